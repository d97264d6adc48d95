//! What a turn says: its words understood, or a button of the reply before, or a position alone.

use crate::chat::meaning::{Choice, Intent, Language, Meaning, Parameter, PlacePhrase};
use crate::chat::understand::{Answer, Hints, NameBook};
use crate::domain::name_key;

use super::Talk;
use super::context::{Choosable, Settled};

/// What was heard.
pub(super) struct Heard {
    /// What it means, put together with what was said before.
    pub(super) meaning: Meaning,
    /// In which language.
    pub(super) language: Language,
    /// Which words gave what.
    pub(super) because: Vec<(String, String)>,
    /// The place that was chosen from those the reply before offered.
    pub(super) settled: Option<Settled>,
    /// Of how many there were, when one was chosen that was not among them.
    pub(super) beyond: Option<usize>,
}

impl Heard {
    fn of(meaning: Meaning, language: Language) -> Self {
        Self { meaning, language, because: Vec::new(), settled: None, beyond: None }
    }
}

impl Talk<'_> {
    /// The language so far: that of the turns before, else of the locale.
    fn language(&self) -> Language {
        let locale = self.turn.locale.and_then(Language::of_locale);
        self.state.language.or(locale).unwrap_or_default()
    }

    /// Understands the turn.
    pub(super) fn hear(&self, names: &NameBook) -> Heard {
        let mut heard = match self.text {
            None => self.position_alone(),
            Some(text) => self.button(text).unwrap_or_else(|| self.words(text, names)),
        };
        let before = self.state.meaning.as_ref();
        let meaning = &mut heard.meaning;
        // A position shared along with words counts for them, unless they name a place.
        let is_inherited = before.is_some_and(|before| before.place == meaning.place);
        if self.turn.position.is_some() && is_inherited && heard.settled.is_none() {
            meaning.place = None;
        }
        // A place that was asked for, and nothing more, answers the question it was asked for.
        let is_place_alone = heard.because.iter().all(|(_, means)| means == "place");
        if let Some(before) = before.filter(|_| self.state.awaits_place && is_place_alone)
            && meaning.intent == Intent::FindAtms
            && matches!(before.intent, Intent::Directions | Intent::OpeningHours)
        {
            meaning.intent = before.intent;
            meaning.choice = meaning.choice.or(before.choice);
        }
        heard
    }

    /// A position without words asks what was asked before, from there.
    fn position_alone(&self) -> Heard {
        Heard::of(self.without_place(), self.language())
    }

    /// What was asked before, at no place.
    fn without_place(&self) -> Meaning {
        let mut meaning = self.state.meaning.clone().unwrap_or_default();
        meaning.intent = Intent::FindAtms;
        meaning.choice = None;
        meaning.place = None;
        meaning
    }

    /// What a button of the reply before says, by its own words.
    fn button(&self, text: &str) -> Option<Heard> {
        let key = name_key(text);
        let is_it = |label: &str| !key.is_empty() && name_key(label) == key;
        let place = self.state.choices.iter().find(|place| is_it(&place.label));
        if let Some(heard) = place.and_then(|place| self.choose(place, None)) {
            return Some(heard);
        }
        let (_, dropped) = self.state.drops.iter().find(|(label, _)| is_it(label))?;
        let mut meaning = self.state.meaning.clone()?;
        meaning.intent = Intent::FindAtms;
        meaning.choice = None;
        for label in dropped {
            drop_demand(&mut meaning, label);
        }
        Some(Heard::of(meaning, self.language()))
    }

    /// The last question at one of the places that were offered, with what was said beside.
    fn choose(&self, place: &Choosable, said: Option<Meaning>) -> Option<Heard> {
        let before = self.state.meaning.clone()?;
        let intent = before.intent;
        let choice = before.choice;
        // What was not understood as a place is written over by what is chosen.
        let text = before.place.as_ref().map_or_else(|| place.label.clone(), |p| p.text.clone());
        let mut meaning = said.unwrap_or(before);
        meaning.intent = if intent.is_about_atms() { intent } else { Intent::FindAtms };
        meaning.choice = choice;
        meaning.place = Some(PlacePhrase { text: text.clone(), is_kind: false });
        let settled = Settled { text, place: place.clone() };
        Some(Heard { settled: Some(settled), ..Heard::of(meaning, self.language()) })
    }

    fn words(&self, text: &str, names: &NameBook) -> Heard {
        let gazetteer = self.view.snapshot.gazetteer();
        let hints = Hints {
            locale: self.turn.locale,
            language: self.state.language,
            before: self.state.meaning.as_ref(),
            awaits_place: self.state.awaits_place || !self.state.choices.is_empty(),
            names,
            is_place: &|text| gazetteer.knows(text),
        };
        let understood = self.shared.understander.understand(text, &hints);
        let mut heard = Heard::of(understood.meaning, understood.language);
        heard.because = understood.because;
        let choices = &self.state.choices;
        let [first, ..] = choices.as_slice() else { return heard };
        // "Shall I look from the middle of Leeds?"
        let agreed = match understood.answer {
            Some(Answer::Yes) if choices.len() == 1 => self.choose(first, None),
            Some(Answer::No) => Some(Heard::of(self.without_place(), heard.language)),
            Some(Answer::Yes) | None => None,
        };
        if let Some(agreed) = agreed {
            return Heard { language: heard.language, because: heard.because, ..agreed };
        }
        let chosen = match heard.meaning.choice {
            Some(choice) => match choice.index(choices.len()).and_then(|at| choices.get(at)) {
                Some(place) => self.choose(place, None),
                None if matches!(choice, Choice::Number(_)) => {
                    heard.beyond = Some(choices.len());
                    heard.meaning = Meaning::default();
                    return heard;
                }
                None => None,
            },
            None => self.named_choice(&heard.meaning),
        };
        let Some(chosen) = chosen else { return heard };
        Heard { language: heard.language, because: heard.because, ..chosen }
    }

    /// The one of the places offered that the words tell from the others: "Illinois", "the one in
    /// Finland".
    fn named_choice(&self, meaning: &Meaning) -> Option<Heard> {
        let place = meaning.place.as_ref().filter(|_| meaning.intent == Intent::FindAtms)?;
        let key = name_key(&place.text);
        let mut fitting = self
            .state
            .choices
            .iter()
            .filter(|choice| choice.label.split(", ").any(|part| name_key(part) == key));
        let (first, second) = (fitting.next()?, fitting.next());
        if second.is_some() {
            return None;
        }
        self.choose(first, Some(meaning.clone()))
    }
}

/// Gives up a demand by its label in the words of a nearest question.
fn drop_demand(meaning: &mut Meaning, label: &str) {
    let (name, values) = label.split_once('=').unwrap_or((label, ""));
    match name {
        "max_distance_m" => meaning.max_distance_m = None,
        "open_at" => meaning.open_at = None,
        _ => {
            let Some(parameter) = Parameter::of_name(name) else { return };
            for value in values.split(',') {
                let (is_excluding, value) =
                    value.strip_prefix('-').map_or((false, value), |value| (true, value));
                meaning.wishes.retain(|wish| {
                    wish.parameter != parameter
                        || wish.is_excluding != is_excluding
                        || wish.value != value
                });
            }
        }
    }
}
