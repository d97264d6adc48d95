//! Questions about ATMs: to find them, and about those that were shown.

use crate::chat::meaning::{Choice, Intent, Meaning};
use crate::chat::replies::{Shown, Voice};
use crate::chat::understand::NameBook;
use crate::domain::{Row, geodesic_distance};

use super::Talk;
use super::context::Settled;
use super::draft::Draft;
use super::find::{FoundFrom, Start, asks_the_same};

impl<'t> Talk<'t> {
    /// Replies to a meaning about ATMs; where it was asked from, when that is known.
    pub(super) fn about_atms(
        &mut self,
        meaning: Meaning,
        chosen: Option<Settled>,
        names: &NameBook,
        voice: Voice<'t>,
        draft: &mut Draft,
    ) -> Option<Start> {
        let before = self.state.meaning.clone();
        let is_same = before.is_some_and(|before| asks_the_same(&before, &meaning))
            && self.turn.position.is_none()
            && !self.state.awaits_place;
        let has_list = is_same && !self.state.shown.is_empty();
        self.state.choices.clear();
        self.state.drops.clear();
        let wants_one =
            matches!(meaning.intent, Intent::Details | Intent::Directions | Intent::OpeningHours);
        let goes_on = wants_one || meaning.intent == Intent::More;
        let needs_list = meaning.intent == Intent::More
            || meaning.intent == Intent::Details
            || meaning.choice.is_some();
        if goes_on && needs_list && self.state.shown.is_empty() && meaning.place.is_none() {
            // There is no list to speak of.
            if self.is_lost {
                draft.line(voice.say("lost"));
            }
            draft.line(voice.say("ask-first"));
            draft.asks_location = true;
            return None;
        }
        if wants_one && has_list {
            return self.tell_shown(&meaning, voice, draft);
        }
        // Going on by count in other data would pass some over and repeat others.
        let is_continued = meaning.intent == Intent::More && has_list;
        let is_renewed = is_continued && self.list_is_of_other_data();
        let from = if is_continued && !is_renewed { self.state.passed } else { 0 };
        let start = match self.start(&meaning, chosen, names, voice) {
            Ok(start) => start,
            Err(asked) => {
                self.ask(asked, meaning, voice, draft);
                return None;
            }
        };
        let Some(found) = self.nearest(&meaning, &start, from, voice) else {
            draft.line(voice.say("no-more"));
            return Some(start);
        };
        self.remember(meaning.clone(), &start, &found.nearest, from);
        if wants_one && !found.nearest.found.neighbours.is_empty() {
            draft.answer = self.written(&found.nearest);
            self.tell_found_one(&meaning, &found, draft);
            return Some(start);
        }
        if has_list && from == 0 && meaning.intent == Intent::FindAtms {
            draft.line(found.voice.say("closest-already"));
        }
        if is_renewed {
            draft.line(found.voice.say("data-renewed"));
        }
        self.tell_found(&meaning, &start, &found, from, draft);
        Some(start)
    }

    /// Whether what was listed before came from a snapshot that another has taken the place of.
    fn list_is_of_other_data(&self) -> bool {
        let listed_from = self.state.listed_from.as_deref();
        listed_from.is_some_and(|listed_from| listed_from != self.view.snapshot.id().to_string())
    }

    /// Replies about one of those shown before.
    fn tell_shown(
        &mut self,
        meaning: &Meaning,
        voice: Voice<'t>,
        draft: &mut Draft,
    ) -> Option<Start> {
        let count = self.state.shown.len();
        // Of which nothing is said is the first of the last list.
        let first = Choice::Number(self.state.page + 1);
        let index = meaning.choice.unwrap_or(first).index(count);
        let Some(index) = index else {
            draft.line(voice.tell("no-such-choice", &[("count", count.into())]));
            return None;
        };
        let origin = self.state.origin.and_then(super::context::Spot::position);
        let row = self.view.snapshot.row_of(&self.state.shown[index]);
        let Some((origin, row)) = origin.zip(row) else {
            // The data has changed, and this machine is no longer in it.
            draft.line(voice.say("gone"));
            return None;
        };
        let voice = self.voice_in(voice, self.view.snapshot.country(row));
        let distance = geodesic_distance(origin, self.view.snapshot.position(row));
        let shown = Shown::new(voice, self.view, row, origin, distance);
        self.tell_one(meaning, row, &shown, index + 1, voice, draft);
        let label = self.state.settled.as_ref().filter(|_| meaning.place.is_some());
        let settled = label.and_then(Start::settled);
        settled.or_else(|| Some(Start::here(origin, None)))
    }

    /// Replies about one of those just found.
    fn tell_found_one(&self, meaning: &Meaning, found: &FoundFrom<'t>, draft: &mut Draft) {
        let neighbours = &found.nearest.found.neighbours;
        let index = meaning.choice.unwrap_or(Choice::Number(1)).index(neighbours.len());
        let first = index.and_then(|index| neighbours[index].atms.first());
        let Some((index, first)) = index.zip(first) else {
            let count = neighbours.len();
            draft.line(found.voice.tell("no-such-choice", &[("count", count.into())]));
            return;
        };
        let origin = found.nearest.query.origin;
        let shown = Shown::new(found.voice, self.view, first.row, origin, first.distance);
        self.tell_one(meaning, first.row, &shown, index + 1, found.voice, draft);
    }

    /// Tells of one machine what was asked.
    fn tell_one(
        &self,
        meaning: &Meaning,
        row: Row,
        shown: &Shown<'_>,
        number: usize,
        voice: Voice<'_>,
        draft: &mut Draft,
    ) {
        let url = self.directions(self.view.snapshot.position(row));
        let name = ("name", shown.name().into());
        match meaning.intent {
            Intent::Directions => {
                let what = ("what", shown.way().into());
                draft.line(voice.tell("directions-answer", &[name, what]));
                draft.lines_from(shown.address());
                draft.silent_line(voice.tell("the-way", &[("url", url.clone().into())]));
                draft.suggest(voice.say("say-hours"));
                draft.suggest(voice.say("say-details"));
            }
            Intent::OpeningHours => {
                let what = match meaning.asked_open_at() {
                    Some(when) => shown.openness_at(when),
                    None => shown.openness(),
                };
                draft.line(voice.tell("hours-answer", &[name, ("what", what.into())]));
                draft.lines_from(shown.hours());
                draft.lines_from(shown.status());
                draft.suggest(voice.say("say-directions"));
                draft.suggest(voice.say("say-details"));
            }
            Intent::Details
            | Intent::FindAtms
            | Intent::More
            | Intent::Help
            | Intent::Greeting
            | Intent::Thanks
            | Intent::OutOfScope
            | Intent::Unclear => {
                let what = ("what", shown.summary().into());
                draft.line(voice.tell("details-head", &[name, what]));
                draft.lines_from(shown.details());
                draft.suggest(voice.say("say-directions"));
                draft.suggest(voice.say("say-hours"));
            }
        }
        draft.suggest(voice.say("say-more"));
        let machines = self.view.snapshot.site_rows(self.view.snapshot.site_of(row)).len();
        draft.cards.push(shown.card(number, machines, &[], url));
    }
}
