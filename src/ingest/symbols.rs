//! Texts that recur, each kept once and known by a number.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// A text that recurs, by number. Zero means "not stated".
pub(crate) type Symbol = u32;

/// The symbol of a text that is not stated.
pub(crate) const NOT_STATED: Symbol = 0;

/// Every recurring text once.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    texts: Vec<Box<str>>,
    /// The number of each text, while texts are added.
    numbers: HashTable<Symbol>,
    hasher: DefaultHashBuilder,
}

impl Symbols {
    /// These texts, to which more can be added.
    pub(crate) fn of(texts: Vec<Box<str>>) -> Self {
        let mut symbols = Self::fixed(texts);
        for place in 0..symbols.texts.len() {
            let hash = symbols.hasher.hash_one(&*symbols.texts[place]);
            symbols.insert(hash, place);
        }
        symbols
    }

    /// These texts alone.
    pub(crate) fn fixed(texts: Vec<Box<str>>) -> Self {
        Self { texts, ..Self::default() }
    }

    /// The texts alone, in the order of their numbers.
    pub(crate) fn into_texts(self) -> Vec<Box<str>> {
        self.texts
    }

    /// The number of `text`, a new one if it is seen for the first time.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        let hash = self.hasher.hash_one(text);
        let texts = &self.texts;
        let is_same =
            |&number: &Symbol| texts.get(number as usize - 1).is_some_and(|t| **t == *text);
        if let Some(&number) = self.numbers.find(hash, is_same) {
            return number;
        }
        self.texts.push(text.into());
        self.insert(hash, self.texts.len() - 1)
    }

    /// Notes the text at a place, whose number is one more.
    fn insert(&mut self, hash: u64, place: usize) -> Symbol {
        let number = Symbol::try_from(place + 1).unwrap_or(Symbol::MAX);
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.numbers.insert_unique(hash, number, |&number| {
            texts.get(number as usize - 1).map_or(0, |text| hasher.hash_one(&**text))
        });
        number
    }

    /// The text with this number, `None` for [`NOT_STATED`].
    pub(crate) fn text(&self, symbol: Symbol) -> Option<&str> {
        let place = (symbol as usize).checked_sub(1)?;
        self.texts.get(place).map(AsRef::as_ref)
    }

    /// Every text, in the order of their numbers, which begin at 1.
    pub(crate) fn texts(&self) -> &[Box<str>] {
        &self.texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_however_often_it_comes() {
        let mut symbols = Symbols::of(vec!["a".into(), "b".into()]);
        let numbers: Vec<Symbol> =
            (0..10_000).map(|n| symbols.intern(&format!("text {}", n % 1_000))).collect();
        assert_eq!((symbols.intern("b"), symbols.intern("a")), (2, 1));
        assert_eq!(symbols.texts().len(), 1_002);
        for (n, &number) in numbers.iter().enumerate() {
            assert_eq!(symbols.text(number), Some(format!("text {}", n % 1_000).as_str()));
        }
        assert_eq!(symbols.text(NOT_STATED), None);
    }
}
