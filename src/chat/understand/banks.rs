//! Banks and networks that no list has, known by how they are spoken of.

use super::lexicon::{Act, Concept};
use super::scan::{Element, Piece, Text};
use super::words::{Gap, Word};

/// Most words of the name of such a bank.
const WORDS_MAX: usize = 4;

/// A bank known by its capital and the word "bank" behind it, "Coris Bank", or before it where the
/// language has it there, "Banco Guayaquil". How many words it has.
pub(super) fn by_form(text: &Text<'_>, at: usize) -> Option<usize> {
    let is_name =
        |at: usize| text.words.get(at).is_some_and(|word| word.is_capital && word.number.is_none());
    let next = text.words.get(at + 1)?;
    if heads_name(text, at) {
        return Some(2);
    }
    let is_bank = text.phrase(at + 1).is_some_and(|found| found.concepts.contains(&Concept::Bank));
    let begins = is_name(at) && text.phrase(at).is_none() && text.words[at].key.len() > 2;
    (begins && is_bank && next.gap == Gap::Space && is_name(at + 1)).then_some(2)
}

/// Whether the word is the first of a bank's name, as its capital and that of the next say.
pub(super) fn heads_name(text: &Text<'_>, at: usize) -> bool {
    let is_shown = |word: &Word| word.is_capital && text.has_telling_capitals;
    let is_of_name = |concept: &Concept| matches!(concept, Concept::Word | Concept::Adjective);
    let (Some(word), Some(next)) = (text.words.get(at), text.words.get(at + 1)) else {
        return false;
    };
    text.lexicon.is_bank_head(&word.key)
        && is_shown(word)
        && is_shown(next)
        && next.gap == Gap::Space
        && next.number.is_none()
        && text
            .phrase(at + 1)
            .is_none_or(|found| found.len == 1 && found.concepts.iter().all(is_of_name))
}

/// A bank known by what it stands after: in a conversation, "solo los de Caja Rural"; anywhere,
/// "run by Kiwibank" and "neither Barclays nor Kiwibank"; a network by "the network", of one word in
/// small letters too. How many words it has, and whether it is a network.
pub(super) fn alone(text: &Text<'_>, at: usize, pieces: &[Piece<'_>]) -> Option<(usize, bool)> {
    let is_small = |piece: &&Piece<'_>| piece.is(&Concept::Of) || piece.is(&Concept::Article);
    let before = pieces.iter().rev().find(|piece| !is_small(piece))?;
    let is_owner = |at: usize| text.lexicon.is_owner(&text.words[at].key);
    let last = at.checked_sub(1)?;
    // "distributeur de la Banque Foo"
    let is_of = is_owner(last)
        || text.concepts_at(last).contains(&Concept::Article)
            && last.checked_sub(1).is_some_and(is_owner);
    let is_one_of = text.is_conversation && before.is(&Concept::Only) && is_of;
    let is_network = before.is(&Concept::Network) && is_the_one(pieces);
    // "cajero de Openbank en Lugo", "Geldautomat der DKB"
    let is_of_machine = before.is(&Concept::Atm) && is_of && is_called_as_a_bank(text, at);
    let is_told = is_one_of
        || is_network
        || is_of_machine
        || before.is(&Concept::Belongs)
        || is_listed(text, at, pieces);
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

/// Makes banks of capitalised words of no dictionary and no place that stand right beside the
/// machine, or right behind a refusal, where the place is told by others: "un distributeur Argenta à
/// Mouscron", "in Bregenz, außer Hypo Vorarlberg". To pass over them would find what is not wanted.
pub(super) fn beside<'a>(text: &Text<'a>, pieces: &mut Vec<Piece<'a>>) {
    let has_place = pieces
        .iter()
        .any(|piece| matches!(piece.element, Element::Place(_)) || piece.is(&Concept::Here));
    let has_bank = pieces.iter().any(is_bank);
    if !has_place || has_bank || !text.has_telling_capitals && !text.language.capitalises_nouns() {
        return;
    }
    let mut at = 0;
    while at < pieces.len() {
        let len = pieces[at..]
            .iter()
            .take(WORDS_MAX)
            .enumerate()
            .take_while(|(place, piece)| is_of_unknown_name(text, piece, *place > 0))
            .count();
        if len > 0 && is_a_bank(text, pieces, at, len) {
            let words = pieces[at].words.start..pieces[at + len - 1].words.end;
            let element = Element::Bank(text.written(words.clone()));
            pieces.splice(at..at + len, [Piece { element, words }]);
        }
        at += len.max(1);
    }
}

/// Whether a piece is a word of no dictionary with a capital that says so, or goes on with a name.
fn is_of_unknown_name(text: &Text<'_>, piece: &Piece<'_>, goes_on: bool) -> bool {
    let word = &text.words[piece.words.start];
    let is_shown =
        || is_in_capitals(text, piece.words.start) || text.lexicon.has_bank_part(&word.key);
    // The first word has a capital anyway.
    let is_joined =
        if goes_on { word.gap == Gap::Space } else { word.gap != Gap::Stop || is_shown() };
    matches!(piece.element, Element::Unknown)
        && piece.words.len() == 1
        && text.phrase(piece.words.start).is_none()
        && word.is_capital
        && is_joined
}

/// Whether such words stand where a bank does.
fn is_a_bank(text: &Text<'_>, pieces: &[Piece<'_>], at: usize, len: usize) -> bool {
    let (first, last) = (&pieces[at].words, &pieces[at + len - 1].words);
    let is_place =
        [last.end, first.end].iter().any(|&end| (text.is_place)(text.written(first.start..end)));
    let is_beside = |at: Option<usize>, start: usize| {
        let is_joined = text.words.get(start).is_some_and(|word| word.gap == Gap::Space);
        at.and_then(|at| pieces.get(at)).is_some_and(|piece| {
            let is_machine = piece.is(&Concept::Atm) && !text.language.capitalises_nouns();
            is_joined && is_machine
        })
    };
    let is_refused = at.checked_sub(1).is_some_and(|before| pieces[before].is(&Concept::Not));
    // "Hi Sarah ATM in Leeds"
    let is_greeted =
        at.checked_sub(1).is_some_and(|before| pieces[before].is(&Concept::Act(Act::Greeting)));
    let is_long = text.words[first.start].key.chars().count() > 2;
    is_long
        && !is_place
        && !is_greeted
        && (is_refused
            || is_beside(at.checked_sub(1), first.start)
            || is_beside(Some(at + len), last.end))
}

/// Whether words with capitals begin that are called as banks are: by a part of one of them, or by
/// capitals alone, and are no place.
fn is_called_as_a_bank(text: &Text<'_>, at: usize) -> bool {
    let word = &text.words[at];
    let is_shown =
        word.is_capital && (text.has_telling_capitals || text.language.capitalises_nouns());
    if heads_name(text, at) {
        return true;
    }
    is_shown
        && text.phrase(at).is_none()
        && (text.lexicon.has_bank_part(&word.key) || is_in_capitals(text, at))
        && !(text.is_place)(text.written(at..at + 1))
}

/// Whether a word is written in capitals alone where others are not: "DKB".
fn is_in_capitals(text: &Text<'_>, at: usize) -> bool {
    let written = text.written(at..at + 1);
    let letters = written.chars().filter(|letter| letter.is_alphabetic());
    letters.clone().count() > 1 && letters.clone().all(char::is_uppercase)
        || written.chars().count() > 2 && written.chars().any(|letter| letter.is_ascii_digit())
}

/// Whether the network spoken of last is a certain one: "on the network", and not "all networks".
fn is_the_one(pieces: &[Piece<'_>]) -> bool {
    let network = pieces.iter().rposition(|piece| piece.is(&Concept::Network));
    network.and_then(|at| at.checked_sub(1)).is_some_and(|before| {
        [Concept::Article, Concept::Of, Concept::In].iter().any(|it| pieces[before].is(it))
    })
}

/// Whether a piece names a bank.
fn is_bank(piece: &Piece<'_>) -> bool {
    matches!(piece.element, Element::Bank(_))
        || matches!(piece.element, Element::Name(named) if named.is_bank())
}

/// Whether "or" joins a name of no dictionary to a bank before.
fn is_listed(text: &Text<'_>, at: usize, pieces: &[Piece<'_>]) -> bool {
    let [.., bank, or] = pieces else { return false };
    is_bank(bank)
        && (or.is(&Concept::Or) || or.is(&Concept::And))
        && text.has_telling_capitals
        && text.phrase(at).is_none()
        && !(text.is_place)(text.written(at..at + 1))
}
