//! The few words that buttons say of themselves, in the languages replies are in.

/// What buttons say, each at most 20 characters, and what they stand for in a conversation.
#[derive(Debug)]
pub(crate) struct Words {
    /// Shows the way; also what is sent to ask for it.
    pub(super) directions: &'static str,
    /// Tells more of one ATM; also, with its number, what is sent to ask for it.
    pub(super) details: &'static str,
    /// Stands before a number of a list in what is sent.
    number: &'static str,
    /// Takes one of several.
    pub(super) choose: &'static str,
    /// Shares a position.
    pub(super) share: &'static str,
    /// Opens a list.
    pub(super) list: &'static str,
    /// Heads what else can be said.
    pub(super) further: &'static str,
    /// What a person says who opens a conversation.
    pub(crate) greeting: &'static str,
    /// What a person says who wants help.
    pub(crate) help: &'static str,
}

const ENGLISH: Words = Words {
    directions: "Directions",
    details: "Details",
    number: "number",
    choose: "Choose",
    share: "Share my location",
    list: "Show list",
    further: "Further",
    greeting: "Hello",
    help: "Help",
};

const SPANISH: Words = Words {
    directions: "Cómo llego",
    details: "Detalles",
    number: "número",
    choose: "Elegir",
    share: "Compartir ubicación",
    list: "Ver la lista",
    further: "Además",
    greeting: "Hola",
    help: "Ayuda",
};

const FRENCH: Words = Words {
    directions: "Itinéraire",
    details: "Détails",
    number: "numéro",
    choose: "Choisir",
    share: "Partager ma position",
    list: "Voir la liste",
    further: "Autres options",
    greeting: "Bonjour",
    help: "Aide",
};

const GERMAN: Words = Words {
    directions: "Wegbeschreibung",
    details: "Details",
    number: "Nummer",
    choose: "Auswählen",
    share: "Standort teilen",
    list: "Liste zeigen",
    further: "Weiteres",
    greeting: "Hallo",
    help: "Hilfe",
};

const PORTUGUESE: Words = Words {
    directions: "Como chego lá",
    details: "Detalhes",
    number: "número",
    choose: "Escolher",
    share: "Partilhar local",
    list: "Ver a lista",
    further: "Mais opções",
    greeting: "Olá",
    help: "Ajuda",
};

impl Words {
    /// The words of the language of a BCP 47 tag; English where it is none of these.
    pub(crate) fn of(tag: &str) -> &'static Self {
        let subtag = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        match subtag.as_str() {
            "es" => &SPANISH,
            "fr" => &FRENCH,
            "de" => &GERMAN,
            "pt" => &PORTUGUESE,
            _ => &ENGLISH,
        }
    }

    /// What is sent to ask for the details of the ATM of this number in the list last shown.
    pub(super) fn details_of(&self, number: usize) -> String {
        format!("{} {} {number}", self.details, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fit::length;
    use super::*;
    use crate::chat::{Choice, Hints, Intent, NameBook, Understander};
    use crate::snapshot::Snapshot;

    #[test]
    fn what_buttons_send_is_understood_and_what_they_say_fits() {
        let understander = Understander::new().unwrap();
        let files = crate::config::Config::default().source_files().unwrap();
        let names = NameBook::of(&Snapshot::ingest(&files, &mut |_| {}).unwrap());
        for tag in ["en", "es", "fr", "de", "pt"] {
            let words = Words::of(tag);
            let Words { directions, details, choose, share, list, .. } = words;
            for text in [directions, details, choose, share, list] {
                assert!((1..=20).contains(&length(text)), "{text}");
            }
            let hints = Hints {
                locale: Some(tag),
                language: None,
                before: None,
                awaits_place: false,
                names: &names,
                is_place: &|_| false,
            };
            let meaning = |text: &str| understander.understand(text, &hints).meaning;
            assert_eq!(meaning(words.greeting).intent, Intent::Greeting, "{tag}");
            assert_eq!(meaning(words.help).intent, Intent::Help, "{tag}");
            assert_eq!(meaning(directions).intent, Intent::Directions, "{tag}");
            let third = meaning(&words.details_of(3));
            assert_eq!(third.intent, Intent::Details, "{tag}");
            assert_eq!(third.choice, Some(Choice::Number(3)), "{tag}");
        }
    }
}
