//! Misspelt words, put right where nothing says that they are names.

use hashbrown::HashMap;

use super::super::names::NameBook;
use super::super::words::{Gap, Word};
use super::{Concept, Lexicon};

/// Letters a word has at least to be put right; what is missing one letter may have one less.
const LETTERS_MIN: usize = 5;

/// The words that a misspelt word may have been meant for, in the order of the dictionary.
#[derive(Debug, Default)]
pub(in super::super) struct Spellings {
    /// By their first letters, as those are seldom wrong.
    by_letter: HashMap<char, Vec<Target>>,
}

/// A word that may have been meant.
#[derive(Debug)]
struct Target {
    word: Box<str>,
    letters: Box<[char]>,
    /// Whether it stands for every word that begins so.
    is_stem: bool,
    /// Which letters it has.
    has: u64,
}

/// Which letters a word has, as bits: words that differ in many are not near each other.
fn letters_in(letters: &[char]) -> u64 {
    letters.iter().fold(0, |bits, letter| bits | 1 << (u32::from(*letter) % 64))
}

impl Spellings {
    pub(super) fn add(&mut self, word: &str, is_stem: bool) {
        let Some(first) = word.chars().next().filter(|_| word.chars().count() >= LETTERS_MIN - 1)
        else {
            return;
        };
        let words = self.by_letter.entry(first).or_default();
        if !words.iter().any(|held| *held.word == *word && held.is_stem == is_stem) {
            let letters: Box<[char]> = word.chars().collect();
            let has = letters_in(&letters);
            words.push(Target { word: word.into(), letters, is_stem, has });
        }
    }

    /// Adds a word that is not among them yet.
    pub(in super::super) fn add_new(&mut self, word: &str) {
        let Some(first) = word.chars().next() else { return };
        let letters: Box<[char]> = word.chars().collect();
        let has = letters_in(&letters);
        let target = Target { word: word.into(), letters, is_stem: false, has };
        self.by_letter.entry(first).or_default().push(target);
    }

    /// The word that `key` looks misspelt from by one slip.
    pub(in super::super) fn nearest_by_one(&self, key: &str) -> Option<String> {
        let letters: Vec<char> = key.chars().collect();
        let has = letters_in(&letters);
        let targets = self.by_letter.get(letters.first()?)?;
        let mut near = targets.iter().filter(|target| {
            target.letters.len().abs_diff(letters.len()) <= 1
                && (target.has & !has).count_ones() <= 1
                && edits(&letters, &target.letters) == 1
        });
        // Of two as near it is not known which is meant.
        near.next().filter(|_| near.next().is_none()).map(|target| target.word.to_string())
    }

    /// The word that `key` looks misspelt from: one edit away, two for long words, with the same
    /// first letter. The nearest, of equally near ones the one as long, then the first.
    pub(super) fn nearest(&self, key: &str) -> Option<String> {
        let letters: Vec<char> = key.chars().collect();
        let allowed = match letters.len() {
            0..4 => return None,
            4..=7 => 1,
            _ => 2,
        };
        let mut best: Option<((usize, usize), String)> = None;
        let has = letters_in(&letters);
        for Target { word, letters: target, is_stem, has: wanted } in
            self.by_letter.get(&letters[0])?
        {
            // Each edit adds or takes away one letter, or does both.
            let missing = (wanted & !has).count_ones() as usize;
            if missing > allowed || *is_stem && letters.len() > target.len() + 3 {
                continue;
            }
            let compared =
                if *is_stem { &letters[..letters.len().min(target.len())] } else { &letters };
            let apart = compared.len().abs_diff(target.len());
            // Of a short word a letter is missing or too many, and nothing else is wrong.
            if target.len() < LETTERS_MIN && compared.len() <= target.len() {
                continue;
            }
            if apart > allowed || letters.len() < LETTERS_MIN && compared.len() >= target.len() {
                continue;
            }
            let rank = (edits(compared, target), apart);
            if rank.0 <= allowed && best.as_ref().is_none_or(|(held, _)| rank < *held) {
                let rest: String = letters[compared.len()..].iter().collect();
                best = Some((rank, format!("{word}{rest}")));
            }
        }
        best.map(|(_, word)| word)
    }
}

/// Edits from one word to the other: letters put in, left out, replaced, or two exchanged.
fn edits(from: &[char], to: &[char]) -> usize {
    let width = to.len() + 1;
    let mut before_last: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (row, &letter) in from.iter().enumerate() {
        let mut current = vec![row + 1; width];
        for (column, &wanted) in to.iter().enumerate() {
            let mut cost = (last[column] + usize::from(letter != wanted))
                .min(last[column + 1] + 1)
                .min(current[column] + 1);
            let is_exchanged =
                row > 0 && column > 0 && letter == to[column - 1] && from[row - 1] == wanted;
            if is_exchanged {
                cost = cost.min(before_last[column - 1] + 1);
            }
            current[column + 1] = cost;
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[width - 1]
}

/// Puts words right that look misspelt, in place.
///
/// A word is left as it is where it stands after a word that places stand after, where it begins
/// with a capital that tells, and where it is a place or a bank by itself.
pub(in super::super) fn correct(
    words: &mut [Word],
    lexicon: &Lexicon,
    names: &NameBook,
    is_place: &dyn Fn(&str) -> bool,
    has_telling_capitals: bool,
) {
    for at in 0..words.len() {
        let word = &words[at];
        let is_known = lexicon.knows(&word.key)
            || lexicon.is_street(&word.key)
            || lexicon.is_kind(&word.key)
            || lexicon.is_tail(&word.key)
            || lexicon.is_numbered(&word.key)
            || lexicon.is_inner(&word.key);
        let is_shown = has_telling_capitals && word.is_capital && word.gap != Gap::Stop;
        if word.number.is_some()
            || is_shown
            || is_known
            || word.key.chars().count() < LETTERS_MIN - 1
        {
            continue;
        }
        let may_be_place =
            is_after_preposition(words, at, lexicon) || is_after_street(words, at, lexicon);
        let Some(corrected) = lexicon.content.nearest(&word.key) else {
            if !may_be_place
                && !is_place(&word.key)
                && !is_of_name(names, words, at)
                && let Some(name) = names.nearest(&word.key)
            {
                words[at].key = name;
            }
            continue;
        };
        if may_be_place && !is_sure(lexicon, word, &corrected) {
            continue;
        }
        if is_of_name(names, words, at) || is_place(&word.key) {
            continue;
        }
        words[at].key = corrected;
    }
}

/// Whether a word that places stand after, or an article after one, stands before.
fn is_after_preposition(words: &[Word], at: usize, lexicon: &Lexicon) -> bool {
    let concepts = |place: usize| {
        lexicon
            .longest(&words[place..=place], 0, 1)
            .map_or(&[] as &[Concept], |found| found.concepts)
    };
    let Some(mut before) = at.checked_sub(1) else { return false };
    if words[at].gap == Gap::Stop {
        return false;
    }
    // "near 725 white plains road"
    if words[before].is_digits() && before > 0 {
        before -= 1;
    }
    if concepts(before).contains(&Concept::Article) {
        let Some(earlier) = before.checked_sub(1) else { return false };
        before = earlier;
    }
    concepts(before)
        .iter()
        .any(|concept| matches!(concept, Concept::Near | Concept::In | Concept::To | Concept::Of))
}

/// Whether a street or the number of a house stands before, so that a town may follow.
fn is_after_street(words: &[Word], at: usize, lexicon: &Lexicon) -> bool {
    /// Figures a number has at least that counts no machines.
    const FIGURES_MIN: usize = 3;
    at.checked_sub(1).filter(|_| words[at].gap != Gap::Stop).is_some_and(|before| {
        let word = &words[before];
        let is_house = word.is_digits() && word.key.len() >= FIGURES_MIN;
        is_house || lexicon.is_street(&word.key) || lexicon.is_tail(&word.key)
    })
}

/// Whether a misspelt word is what it was corrected to for sure, though a place might stand there: a
/// time, a length or "not", or a long word with one slip.
fn is_sure(lexicon: &Lexicon, word: &Word, corrected: &str) -> bool {
    /// Letters from which on one slip leaves no doubt.
    const LONG: usize = 7;
    let mut meant = word.clone();
    corrected.clone_into(&mut meant.key);
    let letters: Vec<char> = word.key.chars().collect();
    let is_told = || {
        lexicon.longest(std::slice::from_ref(&meant), 0, 1).is_some_and(|found| {
            found.concepts.iter().any(|it| it.is_measure() || *it == Concept::Not)
        })
    };
    let has_one_slip = || edits(&letters, &corrected.chars().collect::<Vec<char>>()) == 1;
    letters.len() >= LONG && has_one_slip() || letters.len() >= LETTERS_MIN && is_told()
}

/// Whether a word belongs to a name that begins with it or a little before.
fn is_of_name(names: &NameBook, words: &[Word], at: usize) -> bool {
    (at.saturating_sub(3)..=at)
        .any(|from| names.longest(words, from).is_some_and(|(len, _)| from + len > at))
}
