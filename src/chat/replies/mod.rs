//! What replies say, in five languages: the messages of the `.ftl` files beside this, with lengths,
//! times and machines put into words.

mod labels;
mod length;
mod machine;
mod speech;
mod time;
mod wish;

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::meaning::Language;

pub use labels::Labels;
pub(super) use length::Units;
pub(super) use machine::Shown;
pub(super) use speech::ssml;

/// A value of a message.
pub(super) type Arg<'a> = (&'static str, FluentValue<'a>);

/// The messages of one language.
type Messages = FluentBundle<FluentResource>;

/// The messages of every language.
pub(super) struct Phrases(Vec<Messages>);

impl fmt::Debug for Phrases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrases")
    }
}

/// The messages of a language are defective; tests see to it that none are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the messages of language {0} are defective")]
pub struct PhraseError(&'static str);

/// The messages of a language as they are written.
const fn written(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("en.ftl"),
        Language::Es => include_str!("es.ftl"),
        Language::Fr => include_str!("fr.ftl"),
        Language::De => include_str!("de.ftl"),
        Language::Pt => include_str!("pt.ftl"),
    }
}

impl Phrases {
    /// Reads the messages. Takes some milliseconds.
    pub(super) fn load() -> Result<Self, PhraseError> {
        let load = |&language: &Language| {
            let fault = PhraseError(language.tag());
            let resource =
                FluentResource::try_new(written(language).to_owned()).map_err(|_defects| fault)?;
            let id: LanguageIdentifier = language.tag().parse().map_err(|_unknown| fault)?;
            let mut messages = Messages::new_concurrent(vec![id]);
            // Replies are plain text of one direction.
            messages.set_use_isolating(false);
            messages.add_resource(resource).map_err(|_doubles| fault)?;
            Ok(messages)
        };
        Language::ALL.iter().map(load).collect::<Result<_, _>>().map(Self)
    }

    /// What buttons say in a language.
    pub(super) fn labels(&self, language: Language) -> Labels {
        Labels::of(self.voice(language, None, Units::Metric))
    }

    /// The voice of a language, for a person's units and clock.
    pub(super) fn voice(
        &self,
        language: Language,
        locale: Option<&str>,
        units: Units,
    ) -> Voice<'_> {
        Voice {
            messages: &self.0[language as usize],
            language,
            units,
            counts_twelve: language == Language::En && time::counts_twelve(locale),
        }
    }
}

/// Says messages in one language.
#[derive(Clone, Copy)]
pub(super) struct Voice<'p> {
    messages: &'p Messages,
    /// Which language.
    pub(super) language: Language,
    /// Units of length.
    units: Units,
    /// Whether clocks show twelve hours.
    counts_twelve: bool,
}

impl Voice<'_> {
    /// The same voice in other units.
    pub(super) fn in_units(self, units: Units) -> Self {
        Self { units, ..self }
    }

    /// A message without values.
    pub(super) fn say(&self, id: &str) -> String {
        self.tell(id, &[])
    }

    /// A message with its values. One that is not there is empty; tests see to it that all are.
    pub(super) fn tell(&self, id: &str, values: &[Arg<'_>]) -> String {
        let message = self.messages.get_message(id);
        let Some(pattern) = message.as_ref().and_then(fluent_bundle::FluentMessage::value) else {
            return String::new();
        };
        let args: FluentArgs<'_> =
            values.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut faults = Vec::new();
        self.messages.format_pattern(pattern, Some(&args), &mut faults).into_owned()
    }

    /// A number with so many decimals, as the language writes it.
    fn decimal(&self, number: f64, decimals: usize) -> String {
        let text = format!("{number:.decimals$}");
        if self.language == Language::En { text } else { text.replace('.', ",") }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The ids of the messages of a language with the values each takes.
    fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut last = String::new();
        for line in written(language).lines() {
            let begins = line.starts_with(|first: char| first.is_ascii_lowercase());
            if let Some((id, _)) = line.split_once(" = ").filter(|_| begins) {
                id.clone_into(&mut last);
                assert!(found.insert(last.clone(), BTreeSet::new()).is_none(), "{id} twice");
            }
            for part in line.split("{ $").skip(1) {
                let name: String =
                    part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                found.get_mut(&last).unwrap().insert(name);
            }
        }
        found
    }

    #[test]
    fn every_language_has_the_same_messages_with_the_same_values() {
        Phrases::load().unwrap();
        let english = messages(Language::En);
        assert!(english.len() > 100);
        for &language in Language::ALL {
            let these = messages(language);
            for (id, values) in &english {
                assert_eq!(these.get(id), Some(values), "{id} in {}", language.tag());
            }
            assert_eq!(these.len(), english.len(), "{}", language.tag());
        }
    }

    #[test]
    fn every_message_that_the_code_names_is_there_and_no_other() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chat");
        let mut code = String::new();
        for part in ["replies", "conversation"] {
            for entry in std::fs::read_dir(folder.join(part)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "rs") {
                    code.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let coded: Vec<String> = wish::every_code().collect();
        let english = messages(Language::En);
        for id in english.keys() {
            let is_numbered = ["day-", "direction-"]
                .iter()
                .any(|begin| id.starts_with(begin) && code.contains(&format!("\"{begin}{{")));
            let is_named = code.contains(&format!("\"{id}\"")) || coded.contains(id);
            assert!(is_named || is_numbered, "{id} is said nowhere");
        }
        for call in ["say(\"", "tell(\""] {
            for named in code.split(call).skip(1).filter_map(|rest| rest.split('"').next()) {
                let is_begun = named.contains('{');
                assert!(is_begun || english.contains_key(named), "{named} is missing");
            }
        }
        for id in &coded {
            assert!(english.contains_key(id), "{id} is missing");
        }
        for day in 1..=7 {
            assert!(english.contains_key(&format!("day-{day}")));
        }
    }
}
