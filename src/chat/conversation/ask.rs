//! Where a question is asked from, or the question back.

use crate::chat::meaning::{Meaning, Parameter, PlacePhrase};
use crate::chat::replies::Voice;
use crate::chat::understand::{Hints, NameBook};
use crate::domain::{Metres, geodesic_distance};
use crate::places::{Candidate, Wanted};
use crate::service::{self, Located, Params};

use super::Talk;
use super::context::{Choosable, Settled};
use super::draft::Draft;
use super::find::Start;

/// Most letters of what a person wrote that a reply repeats.
const REPEATED_LETTERS_MAX: usize = 60;

/// How far from the place spoken of before a kind of place is looked for.
const KIND_WITHIN_M: f64 = 10_000.0;

/// What must be asked before ATMs can be looked for.
pub(super) enum Asked {
    /// Where.
    Where,
    /// Which of these places, likeliest first.
    Which(Vec<Candidate>),
    /// No place is known by what was written; these are similar.
    Unknown(Vec<Candidate>),
    /// What was written is a position, but not one that can be.
    NoPosition,
    /// Which place of a kind.
    WhichKind,
}

impl<'t> Talk<'t> {
    /// Where a question is asked from.
    pub(super) fn start(
        &self,
        meaning: &Meaning,
        chosen: Option<Settled>,
        names: &NameBook,
        voice: Voice<'t>,
    ) -> Result<Start, Asked> {
        let Some(phrase) = &meaning.place else {
            let spot = self.state.here.ok_or(Asked::Where)?;
            let position = spot.position().ok_or(Asked::Where)?;
            return Ok(Start::here(position, spot.accuracy()));
        };
        let is_this = |settled: &Settled| settled.text == phrase.text;
        let settled = chosen.or_else(|| self.state.settled.clone().filter(is_this));
        if phrase.is_kind {
            let settled = settled.and_then(|settled| Start::settled(&settled));
            return settled.or_else(|| self.of_kind(phrase, names, voice)).ok_or(Asked::WhichKind);
        }
        let hint = self.state.here.and_then(super::context::Spot::position);
        let wanted = Wanted { hint, language: voice.language.tag() };
        let located = service::locate(self.view, &phrase.text, wanted);
        if let Some(settled) = settled {
            let candidates = match located {
                Ok(Located::One(one)) => vec![*one],
                Ok(Located::Ambiguous(several) | Located::Unknown(several)) => several,
                Err(_) => Vec::new(),
            };
            let is_it =
                |candidate: &Candidate| settled.place.spot.position() == Some(candidate.position);
            let known = candidates.into_iter().find(is_it).map(Start::named);
            return known.or_else(|| Start::settled(&settled)).ok_or(Asked::Where);
        }
        match located {
            Ok(Located::One(one)) => Ok(Start::named(*one)),
            Ok(Located::Ambiguous(several)) => Err(Asked::Which(several)),
            Ok(Located::Unknown(similar)) => Err(Asked::Unknown(similar)),
            Err(_) => Err(Asked::NoPosition),
        }
    }

    /// A place of a kind near the place spoken of before: "the station". By the gazetteer's name
    /// for it there, else where the nearest ATM at such a place stands.
    fn of_kind(&self, phrase: &PlacePhrase, names: &NameBook, voice: Voice<'t>) -> Option<Start> {
        let near = self.state.origin.and_then(super::context::Spot::position)?;
        let wanted = Wanted { hint: Some(near), language: voice.language.tag() };
        let is_near = |candidate: &Candidate| {
            geodesic_distance(near, candidate.position).get() <= KIND_WITHIN_M
        };
        if let Some(town) = self.state.settled.as_ref() {
            let name = town.place.label.split(", ").next().unwrap_or_default();
            let text = format!("{name} {}", phrase.text);
            if let Ok(Located::One(one)) = service::locate(self.view, &text, wanted)
                && is_near(&one)
                && one.position != near
            {
                return Some(Start::named(*one));
            }
        }
        let hints = Hints {
            locale: None,
            language: Some(voice.language),
            before: None,
            awaits_place: false,
            names,
            is_place: &|_| false,
        };
        let kind = self.shared.understander.understand(&phrase.text, &hints).meaning;
        let kind = kind.values(Parameter::LocationType)?;
        let texts = [
            ("lat", near.lat_deg().to_string()),
            ("lon", near.lon_deg().to_string()),
            ("location_type", kind),
            ("limit", "1".to_owned()),
            ("max_distance_m", KIND_WITHIN_M.to_string()),
        ];
        let texts = texts.map(|(name, text)| (name.to_owned(), text));
        let question = Params::from_texts(texts).nearest().ok()?;
        let found = service::nearest(self.view, &question.query);
        let row = found.neighbours.first()?.atms.first()?.row;
        let shown =
            crate::chat::replies::Shown::new(voice, self.view, row, near, Metres::default());
        Some(Start::at_machine(self.view.snapshot.position(row), shown.name()))
    }

    /// Asks back.
    pub(super) fn ask(
        &mut self,
        asked: Asked,
        mut meaning: Meaning,
        voice: Voice<'_>,
        draft: &mut Draft,
    ) {
        let written = meaning.place.as_ref().map(|place| repeated(&place.text)).unwrap_or_default();
        let place = [("place", written.into())];
        self.state.awaits_place = true;
        self.state.settled = None;
        if self.is_lost && meaning.place.is_none() {
            draft.line(voice.say("lost"));
        }
        match asked {
            Asked::Where => draft.line(voice.say("ask-place")),
            Asked::WhichKind => draft.line(voice.tell("ask-which", &place)),
            Asked::NoPosition => draft.line(voice.say("bad-position")),
            Asked::Which(candidates) => {
                draft.line(match shared_name(&candidates) {
                    Some(name) => voice.tell("ask-which", &[("place", name.to_owned().into())]),
                    None => voice.say("ask-which-place"),
                });
                self.offer(&candidates, voice, draft);
                self.state.meaning = Some(meaning);
                return;
            }
            Asked::Unknown(similar) if similar.is_empty() => {
                draft.line(voice.say("unknown-place"));
            }
            // Its middle may be far from what was written: nobody is sent there unasked.
            Asked::Unknown(towns) if towns.iter().any(Candidate::is_around) => {
                let [place] = place;
                if let [town] = towns.as_slice() {
                    let town = Choosable::from(town);
                    let values = [place, ("town", town.label.clone().into())];
                    draft.line(voice.tell("unknown-place-in-town", &values));
                    draft.suggest_numbered(1, town.label.clone());
                    self.state.choices = vec![town];
                } else {
                    draft.line(voice.tell("unknown-place-in-which", &[place]));
                    self.offer(&towns, voice, draft);
                }
            }
            Asked::Unknown(similar) => {
                draft.line(voice.say("unknown-place-similar"));
                self.offer(&similar, voice, draft);
            }
        }
        draft.asks_location = true;
        meaning.place = None;
        self.state.meaning = Some(meaning);
    }

    /// Offers places to choose from.
    fn offer(&mut self, candidates: &[Candidate], voice: Voice<'_>, draft: &mut Draft) {
        self.state.choices = candidates.iter().map(Choosable::from).collect();
        // Two that nothing tells apart are one choice.
        self.state.choices.dedup_by(|later, earlier| later.label == earlier.label);
        for (at, choice) in self.state.choices.iter().enumerate() {
            let (number, label) = (at + 1, choice.label.clone());
            let values = [("number", number.into()), ("place", label.clone().into())];
            draft.line(voice.tell("choice-item", &values));
            draft.suggest_numbered(number, label);
        }
    }
}

/// The name of several places, where all have the same.
fn shared_name(candidates: &[Candidate]) -> Option<&str> {
    let (first, others) = candidates.split_first()?;
    others.iter().all(|other| other.name == first.name).then_some(first.name.as_str())
}

/// What a person wrote as a reply repeats it: on one line, and not longer than a name is.
fn repeated(text: &str) -> String {
    let plain = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut short: String = plain.clone().take(REPEATED_LETTERS_MAX).collect();
    if plain.count() > REPEATED_LETTERS_MAX {
        short.push('…');
    }
    short
}
