//! In which language a text is written.

use super::super::words::Word;
use super::{Concept, Lexicons};
use crate::chat::meaning::Language;

impl Lexicons {
    /// The language most words of a text are of, names apart. Each word counts for the languages
    /// that have it, the less the more they are; of equal ones the first of `likely` wins, then the
    /// first of all.
    pub(in super::super) fn language_of(
        &self,
        text: &str,
        words: &[Word],
        is_name: &[bool],
        is_place: &dyn Fn(&str) -> bool,
        likely: &[Language],
    ) -> Language {
        /// The weight of a word of one language alone.
        const WEIGHT: usize = 120;
        /// What makes English of a text that says nothing of its language.
        const ENGLISH: usize = 15;
        let mut scores = letters_of(text);
        if likely.is_empty() {
            scores[Language::En as usize] += ENGLISH;
        }
        // "BOM", "CDG": a short form is of no language.
        let has_small = words.iter().any(|word| !word.is_capital);
        let is_short_form = |word: &Word| {
            let written = text.get(word.span.clone()).unwrap_or_default();
            has_small && written.chars().count() > 1 && !written.chars().any(char::is_lowercase)
        };
        // "DAB" is one, and French.
        let is_machine = |word: &Word| {
            self.lexicons.iter().any(|lexicon| {
                lexicon.own.contains(word.key.as_str())
                    && lexicon
                        .longest(std::slice::from_ref(word), 0, 1)
                        .is_some_and(|found| found.concepts.contains(&Concept::Atm))
            })
        };
        let told = words.iter().zip(is_name);
        for (word, is_name) in told.filter(|(word, _)| !is_short_form(word) || is_machine(word)) {
            let whole = self
                .lexicons
                .iter()
                .filter(|lexicon| lexicon.own.contains(word.key.as_str()))
                .count();
            // Short words are much the same everywhere, where others stand beside them.
            let weight = match word.key.chars().count() {
                0..=2 if words.len() > 1 => WEIGHT / 4,
                3 => WEIGHT * 2 / 3,
                _ => WEIGHT,
            };
            // Words of a name tell between languages that nothing else tells apart.
            let weight = if *is_name { weight / 16 } else { weight };
            for (score, lexicon) in scores.iter_mut().zip(&self.lexicons) {
                let is_whole = lexicon.own.contains(word.key.as_str());
                if is_whole {
                    *score += weight / (2 * whole - 1);
                } else if whole == 0 && !is_name && lexicon.owns(&word.key) && !is_place(&word.key)
                {
                    *score += WEIGHT / 2;
                }
            }
        }
        // "2 caejros en Badajoz": what is misspelt in one language tells it, where little else does.
        if scores.iter().all(|score| *score < WEIGHT / 2) {
            let unknown = words.iter().zip(is_name).filter(|(word, is_name)| {
                !**is_name
                    && word.number.is_none()
                    && !is_short_form(word)
                    && !self.lexicons.iter().any(|lexicon| lexicon.knows(&word.key))
                    && !is_place(&word.key)
            });
            for (word, _) in unknown {
                for (score, lexicon) in scores.iter_mut().zip(&self.lexicons) {
                    *score += usize::from(lexicon.content.nearest(&word.key).is_some()) * 20;
                }
            }
        }
        let rank = |language: Language| {
            let likelihood =
                likely.iter().rev().position(|&other| other == language).map_or(0, |at| at + 1);
            (scores[language as usize], likelihood)
        };
        let mut best = Language::En;
        for &language in Language::ALL {
            if rank(language) > rank(best) {
                best = language;
            }
        }
        best
    }
}

/// What the letters of a text say of its language, where its words say nothing: each letter that
/// few languages write.
fn letters_of(text: &str) -> [usize; Language::ALL.len()] {
    let mut scores = [0; Language::ALL.len()];
    for letter in text.chars() {
        let languages: &[Language] = match letter {
            'ñ' | '¿' | '¡' => &[Language::Es],
            'ã' | 'õ' => &[Language::Pt],
            'ê' | 'ç' | 'â' | 'à' => &[Language::Fr, Language::Pt],
            'è' | 'ù' | 'û' | 'î' | 'œ' | 'ë' => &[Language::Fr],
            'ä' | 'ö' | 'ß' => &[Language::De],
            'á' | 'í' | 'ó' | 'ú' => &[Language::Es, Language::Pt],
            _ => continue,
        };
        for &language in languages {
            scores[language as usize] += 10;
        }
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::understand::words::words;

    #[test]
    fn the_language_is_that_of_most_words() {
        let lexicons = Lexicons::load().unwrap();
        for (text, language) in [
            ("where is the nearest cash machine", Language::En),
            ("dónde está el cajero más cercano", Language::Es),
            ("où est le distributeur le plus proche", Language::Fr),
            ("wo ist der nächste Geldautomat", Language::De),
            ("onde fica o multibanco mais próximo", Language::Pt),
        ] {
            let words = words(text, &lexicons.unspaced);
            assert_eq!(
                lexicons.language_of(text, &words, &vec![false; words.len()], &|_| false, &[]),
                language,
                "{text}"
            );
        }
        assert_eq!(
            lexicons.language_of("", &[], &[], &|_| false, &[Language::Pt, Language::Es]),
            Language::Pt
        );
    }
}
