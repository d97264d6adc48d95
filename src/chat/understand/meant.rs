//! Whether the name of a bank is meant where its words stand, and not a place or a word of that
//! name: "Santander in Santander".

use super::lexicon::Concept;
use super::names::Named;
use super::place;
use super::scan::Text;
use super::words::Gap;

/// Most small words between a name and the word that tells of it: "(solo los) de la (Kutxa)".
const SMALL_MAX: usize = 2;

/// How far before a name it may be refused: "not one of the ones from (HSBC)".
const REFUSED_WITHIN: usize = 4;

/// The name that begins at a word and how many words it takes, unless the words mean something
/// else.
pub(super) fn name<'a>(text: &Text<'a>, at: usize) -> Option<(usize, &'a Named)> {
    let (len, named) = text.names.longest(&text.words, at)?;
    if len == 1 && text.phrase(at).is_some() && !is_told_as_name(text, at, named) {
        return None;
    }
    // "a bank": no name where capitals do not say so.
    let begins_small = text.concepts_at(at).contains(&Concept::Indefinite);
    if begins_small && !(text.has_telling_capitals && text.words[at].is_capital) {
        return None;
    }
    // "Ciudad de las Artes": a kind of place, and short for a bank that is not here.
    let is_kind =
        text.lexicon.is_street(&text.words[at].key) || text.lexicon.is_kind(&text.words[at].key);
    if len == 1 && is_kind && named.is_short && !text.concepts_at(at + 1).contains(&Concept::Atm) {
        return None;
    }
    // "plaza Santander"
    if at > 0 && is_joined(text, at) && text.lexicon.is_street(&text.words[at - 1].key) {
        return None;
    }
    let around = Around::of(text, at, len);
    around.means_bank(named).then_some((len, named))
}

/// Whether a word goes on with what stands before it.
fn is_joined(text: &Text<'_>, at: usize) -> bool {
    text.words.get(at).is_some_and(|word| matches!(word.gap, Gap::Space | Gap::Glued))
}

fn says_bank(concepts: &[Concept]) -> bool {
    concepts.contains(&Concept::Atm) || concepts.contains(&Concept::Bank)
}

/// Whether a place follows more often than a bank.
fn says_where(concepts: &[Concept]) -> bool {
    concepts.iter().any(|it| matches!(it, Concept::Near | Concept::In | Concept::To))
}

/// What stands around the words of a name.
struct Around<'t, 'a> {
    text: &'t Text<'a>,
    at: usize,
    len: usize,
    /// Where the small words before it begin: "del" of "cajero del Santander".
    from: usize,
    /// What the phrase before those means.
    before: &'a [Concept],
    /// What the phrase behind it means.
    next: &'a [Concept],
}

impl<'t, 'a> Around<'t, 'a> {
    fn of(text: &'t Text<'a>, at: usize, len: usize) -> Self {
        let is_small = |at: usize| {
            let small = |concept: &Concept| matches!(concept, Concept::Of | Concept::Article);
            text.concepts_at(at).iter().any(small)
        };
        let mut from = at;
        while from > 0 && at - from < SMALL_MAX && is_small(from - 1) {
            from -= 1;
        }
        let before = from.checked_sub(1).map_or(&[] as &[Concept], |last| {
            // The last word of a phrase of several stands for it.
            (last.saturating_sub(2)..=last)
                .find_map(|start| {
                    let found = text.lexicon.longest(&text.words, start, last + 1 - start)?;
                    (start + found.len == last + 1).then_some(found.concepts)
                })
                .unwrap_or_default()
        });
        Self { text, at, len, from, before, next: text.concepts_at(at + len) }
    }

    fn end(&self) -> usize {
        self.at + self.len
    }

    fn written(&self) -> &'a str {
        self.text.written(self.at..self.end())
    }

    fn is_place(&self) -> bool {
        (self.text.is_place)(self.written())
    }

    /// Whether what stands beside it says bank.
    fn is_beside(&self) -> bool {
        says_bank(self.next) || says_bank(self.before)
    }

    /// Whether it is refused in the same part of the sentence: "todos menos los del Santander".
    fn is_refused(&self) -> bool {
        let text = self.text;
        let is_same_part = |from: usize| {
            (from + 1..=self.at).all(|it| !matches!(text.words[it].gap, Gap::Comma | Gap::Stop))
        };
        let refuses = |at: usize| {
            let concepts = text.concepts_at(at);
            concepts.iter().any(|concept| matches!(concept, Concept::Not | Concept::Other))
        };
        !says_where(self.before)
            && (self.from.saturating_sub(REFUSED_WITHIN)..self.from)
                .any(|earlier| is_same_part(earlier) && refuses(earlier))
    }

    /// Whether "or" stands between it and another bank.
    fn is_listed(&self) -> bool {
        let text = self.text;
        self.next.contains(&Concept::Or)
            && text.names.longest(&text.words, self.end() + 1).is_some()
            || self.from == self.at && self.before.contains(&Concept::Or)
    }

    /// Whether the words before say that a bank follows, and no place.
    fn is_told(&self) -> bool {
        let has_before = |concept: &Concept| self.before.contains(concept);
        let stands_between = says_bank(self.before)
            && (self.next.contains(&Concept::Or)
                || self.next.contains(&Concept::And)
                || self.next.iter().any(|it| matches!(it, Concept::In | Concept::Near)));
        // In a conversation one bank takes the place of another.
        let takes_turns =
            self.text.has_bank_before && !says_where(self.before) && !has_before(&Concept::Of);
        stands_between
            || has_before(&Concept::Only)
            || has_before(&Concept::Belongs)
            || self.next.contains(&Concept::Only)
            // "any Santander", and never "any Leeds"
            || has_before(&Concept::Indefinite) && self.from == self.at
            || takes_turns
            || self.is_of_another_place()
            || self.is_refused()
            || self.is_listed()
    }

    /// Whether a machine is "of" it, and the place is another: "o mais próximo do Santander no
    /// shopping", and not "do centro de Santander".
    fn is_of_another_place(&self) -> bool {
        let text = self.text;
        let Some(last) = self.from.checked_sub(1).filter(|_| self.from < self.at) else {
            return false;
        };
        let is_of = (self.from..self.at).any(|at| text.concepts_at(at).contains(&Concept::Of));
        let key = &text.words[last].key;
        let is_kind = text.lexicon.is_kind(key) || text.lexicon.is_street(key);
        let begins_place = |at: usize| {
            let concepts = text.concepts_at(at);
            concepts.contains(&Concept::Near) || concepts.contains(&Concept::In)
        };
        let is_told = !self.before.is_empty() && !says_where(self.before) && !is_kind;
        is_of
            && is_told
            && (0..text.words.len())
                .any(|at| (at + 1 < self.from || at >= self.end()) && begins_place(at))
    }

    fn means_bank(&self, named: &Named) -> bool {
        if named.is_initials && !self.means_initials() {
            return false;
        }
        if named.is_short && !named.is_loaded && !self.means_absent_bank() {
            return false;
        }
        // "around Skipton", of which there is also a building society
        let is_where = says_where(self.before) && !self.before.contains(&Concept::Belongs);
        let may_be_place = !named.is_loaded || self.is_place();
        if named.is_short && is_where && !says_bank(self.next) && may_be_place {
            return false;
        }
        // A place of that name, where nothing says that the bank is meant.
        named.is_loaded || says_bank(self.next) || !self.is_place() || self.is_told()
    }

    /// "RBC" is a bank in capitals, or beside what says so; "rbc" may be anything.
    fn means_initials(&self) -> bool {
        if says_bank(self.next) {
            return true;
        }
        let capitals = self.written().chars().filter(|letter| letter.is_uppercase()).count();
        let is_shown = capitals > 1 && self.text.words.iter().any(|word| !word.is_capital);
        let is_bank = says_bank(self.before)
            || is_shown
            || self.before.contains(&Concept::Only)
            || self.is_refused()
            || self.is_listed();
        is_bank && !self.is_place() && !says_where(self.before)
    }

    /// A short form of a bank that is not here is a name beside what says so.
    fn means_absent_bank(&self) -> bool {
        let text = self.text;
        let first = text.concepts_at(self.at);
        // "near East Croydon": a short form that begins with a word of the dictionary
        let begins_with_other = says_where(first) || first.contains(&Concept::Of);
        if self.len > 1 && begins_with_other && !says_bank(self.next) {
            return false;
        }
        let is_first = self.at == 0 || text.words[self.at].gap == Gap::Stop;
        let stands_alone =
            is_first && (self.end() == text.words.len() || !is_joined(text, self.end()));
        let is_lone_word = self.at > 0 && is_joined(text, self.at) && self.before.is_empty();
        let may_be_other = self.is_place() || is_lone_word || place::is_name_like(text, self.end());
        self.is_beside() || stands_alone || self.is_told() || !may_be_other
    }
}

/// Whether a word that is also another word is a name here.
fn is_told_as_name(text: &Text<'_>, at: usize, named: &Named) -> bool {
    let is_network =
        |at: Option<usize>| at.is_some_and(|at| text.concepts_at(at).contains(&Concept::Network));
    let is_shown = text.has_telling_capitals && at > 0 && text.words[at].is_capital;
    is_network(Some(at + 1))
        || is_network(at.checked_sub(1))
        || (is_shown && (named.is_loaded || named.value.len() > 3))
}
