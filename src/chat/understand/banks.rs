//! Banks and networks that no list has, known by how they are spoken of.

use super::lexicon::Concept;
use super::scan::{Element, Piece, Text};
use super::words::Gap;

/// Most words of the name of such a bank.
const WORDS_MAX: usize = 4;

/// A bank known by its capital and the word "bank" behind it: "Coris Bank". How many words it has.
pub(super) fn by_form(text: &Text<'_>, at: usize) -> Option<usize> {
    let is_name =
        |at: usize| text.words.get(at).is_some_and(|word| word.is_capital && word.number.is_none());
    let next = text.words.get(at + 1)?;
    let is_bank = text.phrase(at + 1).is_some_and(|found| found.concepts.contains(&Concept::Bank));
    let begins = is_name(at) && text.phrase(at).is_none() && text.words[at].key.len() > 2;
    (begins && is_bank && next.gap == Gap::Space && is_name(at + 1)).then_some(2)
}

/// A bank known by what it stands after: in a conversation, "solo los de Caja Rural"; anywhere,
/// "run by Kiwibank" and "neither Barclays nor Kiwibank"; a network by "the network", of one word in
/// small letters too. How many words it has, and whether it is a network.
pub(super) fn alone(text: &Text<'_>, at: usize, pieces: &[Piece<'_>]) -> Option<(usize, bool)> {
    let is_small = |piece: &&Piece<'_>| piece.is(&Concept::Of) || piece.is(&Concept::Article);
    let before = pieces.iter().rev().find(|piece| !is_small(piece))?;
    let is_of = text.lexicon.is_owner(&text.words[at.checked_sub(1)?].key);
    let is_one_of = text.is_conversation && before.is(&Concept::Only) && is_of;
    let is_network = before.is(&Concept::Network) && is_the_one(pieces);
    let is_told =
        is_one_of || is_network || before.is(&Concept::Belongs) || is_listed(text, at, pieces);
    if !is_told || text.names.longest(&text.words, at).is_some() {
        return None;
    }
    let len = text.words[at..]
        .iter()
        .take(WORDS_MAX)
        .enumerate()
        .take_while(|(place, word)| {
            word.is_capital
                && (*place == 0 || word.gap == Gap::Space)
                && text.phrase(at + place).is_none_or(|found| found.len == 1)
        })
        .count();
    let is_joined = matches!(text.words[at].gap, Gap::Space);
    let small = usize::from(is_network && is_joined && text.phrase(at).is_none());
    let len = len.max(small);
    (len > 0).then_some((len, is_network))
}

/// Whether the network spoken of last is a certain one: "on the network", and not "all networks".
fn is_the_one(pieces: &[Piece<'_>]) -> bool {
    let network = pieces.iter().rposition(|piece| piece.is(&Concept::Network));
    network.and_then(|at| at.checked_sub(1)).is_some_and(|before| {
        [Concept::Article, Concept::Of, Concept::In].iter().any(|it| pieces[before].is(it))
    })
}

/// Whether "or" joins a name of no dictionary to a bank before.
fn is_listed(text: &Text<'_>, at: usize, pieces: &[Piece<'_>]) -> bool {
    let [.., bank, or] = pieces else { return false };
    let is_bank = matches!(&bank.element, Element::Bank(_))
        || matches!(&bank.element, Element::Name(named) if named.is_bank());
    is_bank
        && (or.is(&Concept::Or) || or.is(&Concept::And))
        && text.has_telling_capitals
        && text.phrase(at).is_none()
        && !(text.is_place)(text.written(at..at + 1))
}
