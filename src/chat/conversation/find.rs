//! Looking for ATMs, and telling what was found.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::value::RawValue;

use crate::answers::{Form, Nearest};
use crate::chat::meaning::{Intent, Meaning, Parameter};
use crate::chat::replies::{Shown, Voice};
use crate::domain::{Condition, Demand, Metres, Neighbour, Position, Relaxation};
use crate::places::{Candidate, PlaceKind};
use crate::service::{Cursor, Given, NearestQuestion, Params, asks_for_now};
use crate::snapshot::Zone;

use super::Talk;
use super::context::{Settled, Spot};
use super::draft::Draft;

/// Most places the text of a reply lists; the rest is on the cards.
const LISTED_MAX: usize = 3;

/// Most ways out of an empty answer that are told.
const RELAXATIONS_MAX: usize = 3;

/// From which distance on it is said how far the nearest is.
const FAR_M: f64 = 30_000.0;

/// Where a question is asked from.
pub(super) struct Start {
    pub(super) position: Position,
    /// How far from there the person may be.
    accuracy: Option<Metres>,
    /// The place that was named.
    candidate: Option<Candidate>,
    /// What it is called; `None` where the person is.
    pub(super) label: Option<String>,
    /// What kind of place it is.
    pub(super) kind: String,
}

impl Start {
    /// Where the person is.
    pub(super) fn here(position: Position, accuracy: Option<Metres>) -> Self {
        Self { position, accuracy, candidate: None, label: None, kind: String::new() }
    }

    /// A place of the gazetteer.
    pub(super) fn named(place: Candidate) -> Self {
        Self {
            position: place.position,
            accuracy: None,
            label: Some(place.label()),
            kind: place.kind.code().to_owned(),
            candidate: Some(place),
        }
    }

    /// A place that was settled on before.
    pub(super) fn settled(settled: &Settled) -> Option<Self> {
        Some(Self {
            position: settled.place.spot.position()?,
            accuracy: None,
            candidate: None,
            label: Some(settled.place.label.clone()),
            kind: settled.place.kind.clone(),
        })
    }

    /// Where a machine stands.
    pub(super) fn at_machine(position: Position, name: String) -> Self {
        let kind = PlaceKind::Site.code().to_owned();
        Self { position, accuracy: None, candidate: None, label: Some(name), kind }
    }

    /// Whether it is a position that was written. No reply repeats one: on a channel it would travel
    /// once more over somebody else's platform.
    fn is_a_position(&self) -> bool {
        self.kind == PlaceKind::Position.code()
    }

    fn is_an_area(&self) -> bool {
        self.candidate.as_ref().is_some_and(Candidate::is_an_area)
    }
}

/// What was found from a start.
pub(super) struct FoundFrom<'t> {
    pub(super) nearest: Nearest,
    pub(super) voice: Voice<'t>,
}

impl<'t> Talk<'t> {
    /// Asks the nearest question of a meaning, passing over `from` places.
    pub(super) fn nearest(
        &self,
        meaning: &Meaning,
        start: &Start,
        from: usize,
        voice: Voice<'t>,
    ) -> Option<FoundFrom<'t>> {
        let mut question = self.question(meaning, start.position)?;
        if from > 0 {
            let (snapshot, digest) = (self.view.snapshot.id(), question.digest);
            let asked_at = asks_for_now(&question.query.filter)
                .then(|| self.state.asked_at.unwrap_or(self.view.now));
            let from = u32::try_from(from).ok()?;
            let cursor = Cursor { snapshot, question: digest, from, asked_at };
            question.cursor = Some(cursor.encode());
        }
        let nearest = Nearest::find(self.view, question, start.candidate.clone()).ok()?;
        let first = nearest.found.neighbours.first().and_then(|it| it.atms.first());
        let country = first.and_then(|found| self.view.snapshot.country(found.row));
        let voice = self.voice_in(voice, country);
        Some(FoundFrom { nearest, voice })
    }

    /// The nearest question of a meaning, by the same door as any other.
    fn question(&self, meaning: &Meaning, origin: Position) -> Option<NearestQuestion> {
        let mut params = Params::default();
        let mut add = |name: &str, given| params.add(name.to_owned(), given);
        add("lat", Given::Number(origin.lat_deg()));
        add("lon", Given::Number(origin.lon_deg()));
        for &parameter in Parameter::ALL {
            if let Some(values) = meaning.values(parameter) {
                add(parameter.name(), Given::Text(values));
            }
        }
        if let Some(when) = meaning.wanted_open_at() {
            let moment = when.resolve(self.view.now, Zone::at(origin));
            add("open_at", Given::Text(moment.parameter()));
        }
        if let Some(limit) = meaning.limit {
            add("limit", Given::Text(limit.to_string()));
        }
        if let Some(metres) = meaning.max_distance_m {
            add("max_distance_m", Given::Number(metres));
        }
        params.nearest().ok()
    }

    /// Remembers what was shown of a question, from the place number `from` on.
    pub(super) fn remember(
        &mut self,
        meaning: Meaning,
        start: &Start,
        nearest: &Nearest,
        from: usize,
    ) {
        let state = &mut self.state;
        if from == 0 {
            state.shown.clear();
            state.asked_at = Some(self.view.now);
            state.listed_from = Some(self.view.snapshot.id().to_string());
        }
        let ids = nearest.found.neighbours.iter().filter_map(|it| it.atms.first());
        state.shown.extend(ids.map(|found| self.view.snapshot.id_of(found.row).to_owned()));
        state.page = from;
        state.passed = from + nearest.found.neighbours.len();
        state.origin = Some(Spot::at(start.position));
        state.awaits_place = false;
        state.settled = meaning.place.as_ref().zip(start.label.as_ref()).map(|(place, label)| {
            let spot = Spot::at(start.position);
            let (label, kind) = (label.clone(), start.kind.clone());
            Settled {
                text: place.text.clone(),
                place: super::context::Choosable { label, kind, spot },
            }
        });
        state.meaning = Some(meaning);
    }

    /// Tells what was found, from the place number `from` on.
    pub(super) fn tell_found(
        &mut self,
        meaning: &Meaning,
        start: &Start,
        found: &FoundFrom<'t>,
        from: usize,
        draft: &mut Draft,
    ) {
        let FoundFrom { nearest, voice } = found;
        let neighbours = &nearest.found.neighbours;
        draft.answer = self.written(nearest);
        if neighbours.is_empty() && from > 0 {
            draft.line(voice.say("no-more"));
            return;
        }
        let zone = Zone::at(start.position);
        if neighbours.is_empty() {
            self.tell_nothing(start, found, zone, draft);
            return;
        }
        draft.line(head(*voice, start, neighbours.len(), from));
        let wishes = self.wishes(*voice, nearest, zone);
        if !wishes.is_empty() && from == 0 {
            draft.line(voice.tell("with-wishes", &[("wishes", wishes.into())]));
        }
        if start.is_an_area() && from == 0 {
            let label = start.label.clone().unwrap_or_default();
            draft.line(voice.tell("whole-area", &[("place", label.into())]));
        }
        let first = neighbours[0].atms.first().map_or(Metres::default(), |found| found.distance);
        if first.get() > FAR_M && from == 0 {
            draft.line(voice.tell("too-far", &[("distance", voice.length(first).into())]));
        }
        self.list(nearest, *voice, from, draft);
        if first.get() > FAR_M && from == 0 {
            // What gives one at hand is worth more than what is wanted far away.
            let relaxations = nearest.found.relaxations.iter();
            let nearer = relaxations.filter(|it| it.nearest.get() < first.get() / 2.0);
            for relaxation in nearer.take(RELAXATIONS_MAX) {
                self.tell_relaxation(relaxation, nearest, *voice, zone, draft);
            }
        }
        if from == 0
            && let Some(accuracy) = start.accuracy.filter(|it| is_vague(*it, neighbours))
        {
            draft.line(voice.tell("accuracy", &[("distance", voice.length(accuracy).into())]));
        }
        self.tell_stale(neighbours, *voice, draft);
        if nearest.has_more() {
            draft.suggest(voice.say("say-more"));
        }
        draft.suggest(voice.say("say-directions"));
        draft.suggest(voice.say("say-details"));
        if meaning.values(Parameter::Fee).is_none() {
            draft.suggest(voice.say("say-free"));
        }
        if meaning.wanted_open_at().is_none() {
            draft.suggest(voice.say("say-open"));
        }
        draft.suggest(voice.say("say-hours"));
    }

    /// The answer as `/v1/atms/nearest` gives it.
    pub(super) fn written(&self, nearest: &Nearest) -> Option<Box<RawValue>> {
        let text = String::from_utf8(nearest.write(self.view, Form::Json)).ok()?;
        RawValue::from_string(text).ok()
    }

    /// Lists the first on lines and all on cards.
    fn list(&self, nearest: &Nearest, voice: Voice<'t>, from: usize, draft: &mut Draft) {
        let neighbours = &nearest.found.neighbours;
        let origin = nearest.query.origin;
        for (at, neighbour) in neighbours.iter().enumerate() {
            let Some(first) = neighbour.atms.first() else { continue };
            let number = from + at + 1;
            let shown = Shown::new(voice, self.view, first.row, origin, first.distance);
            if at < LISTED_MAX {
                let values = [
                    ("number", number.into()),
                    ("name", shown.name().into()),
                    ("what", shown.summary().into()),
                ];
                draft.line(voice.tell("found-item", &values));
            }
            let conditions = &nearest.query.filter.conditions;
            let url = self.directions(self.view.snapshot.position(first.row));
            draft.cards.push(shown.card(number, neighbour.atms.len(), conditions, url));
        }
        let rest = neighbours.len().saturating_sub(LISTED_MAX);
        if rest > 0 {
            draft.line(voice.tell("found-rest", &[("count", rest.into())]));
        }
    }

    /// The address of a map with the way to a machine.
    pub(super) fn directions(&self, to: Position) -> String {
        let (lat, lon) = (format!("{:.7}", to.lat_deg()), format!("{:.7}", to.lon_deg()));
        self.shared.options.directions_to(&lat, &lon)
    }

    /// What was asked for beside the place, in words.
    fn wishes(&self, voice: Voice<'_>, nearest: &Nearest, zone: Zone) -> String {
        let query = &nearest.query;
        let conditions = query.filter.conditions.iter();
        let mut wishes: Vec<String> =
            conditions.map(|condition| voice.condition(condition, zone, self.view.now)).collect();
        wishes.extend(query.max_distance.map(|distance| voice.within(distance)));
        wishes.join(", ")
    }

    /// Tells that nothing was found, why that may be, and what to give up.
    fn tell_nothing(
        &mut self,
        start: &Start,
        found: &FoundFrom<'_>,
        zone: Zone,
        draft: &mut Draft,
    ) {
        let FoundFrom { nearest, voice } = found;
        let wishes = self.wishes(*voice, nearest, zone);
        if wishes.is_empty() {
            draft.line(voice.say("none-at-all"));
            return;
        }
        let wishes = ("wishes", wishes.into());
        draft.line(match &start.label {
            Some(_) if start.is_a_position() => voice.tell("none-there", &[wishes]),
            Some(label) => voice.tell("none-near", &[("place", label.clone().into()), wishes]),
            None => voice.tell("none-here", &[wishes]),
        });
        let conditions = &nearest.query.filter.conditions;
        for condition in conditions {
            let Condition::Named(field, names) = condition else { continue };
            for name in names.iter().filter(|name| !self.view.snapshot.has_name(*field, name)) {
                let written = name.written.clone();
                draft.line(voice.tell("unknown-name", &[("name", written.into())]));
            }
        }
        let is_stated = |condition: &Condition| {
            !matches!(condition, Condition::Named(..) | Condition::NotNamed(..))
        };
        if conditions.iter().any(is_stated) {
            draft.line(voice.say("only-stated"));
        }
        for relaxation in nearest.found.relaxations.iter().take(RELAXATIONS_MAX) {
            self.tell_relaxation(relaxation, nearest, *voice, zone, draft);
        }
    }

    fn tell_relaxation(
        &mut self,
        relaxation: &Relaxation,
        nearest: &Nearest,
        voice: Voice<'_>,
        zone: Zone,
        draft: &mut Draft,
    ) {
        let said = relaxation.drop.iter().map(|demand| match demand {
            Demand::Condition(condition) => voice.condition(condition, zone, self.view.now),
            Demand::MaxDistance => voice.within(nearest.query.max_distance.unwrap_or_default()),
            Demand::InService => voice.say("wish-in-service"),
        });
        let wishes = said.collect::<Vec<_>>().join(", ");
        let id = if relaxation.more { "relaxed-many" } else { "relaxed" };
        let values = [
            ("count", relaxation.matches.into()),
            ("wishes", wishes.clone().into()),
            ("distance", voice.length(relaxation.nearest).into()),
        ];
        draft.line(voice.tell(id, &values));
        // Nobody wants a machine that is out of service.
        if relaxation.drop.contains(&Demand::InService) {
            return;
        }
        let button = voice.tell("relax-button", &[("wishes", wishes.into())]);
        let labels = relaxation.drop.iter().map(Demand::label).collect();
        if button.len() <= 64 {
            draft.suggest(button.clone());
            self.state.drops.push((button, labels));
        }
    }

    /// Says that the data may be out of date, when it may.
    fn tell_stale(&self, neighbours: &[Neighbour], voice: Voice<'_>, draft: &mut Draft) {
        let snapshot = self.view.snapshot;
        let first = neighbours.first().and_then(|neighbour| neighbour.atms.first());
        let Some(first) = first else { return };
        let source = snapshot.source(snapshot.source_of(first.row));
        // What its source says by now may be something else.
        let stale = self.view.stale.iter().find(|stale| stale.name == source.configured);
        let confirmed = stale.and_then(|stale| stale.confirmed_at).map(|at| at.to_string());
        let is_old = |as_of: &&String| {
            let age_s = instant(as_of).map(|at| self.view.now.as_second() - at.as_second());
            let stale_s = i64::from(self.shared.options.stale_after_days.get()) * 86_400;
            age_s.is_some_and(|age_s| age_s > stale_s)
        };
        let as_of = source.as_of.as_ref().filter(is_old).cloned();
        match as_of.or(confirmed) {
            Some(time) => {
                let date = time.get(..10).unwrap_or(&time).to_owned();
                draft.line(voice.tell("stale", &[("date", date.into())]));
            }
            None if stale.is_some() => draft.line(voice.say("stale-undated")),
            None => {}
        }
    }
}

/// The instant of a time by RFC 3339, or the beginning of a date.
fn instant(text: &str) -> Option<Timestamp> {
    let date = || text.parse::<Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse().ok().or_else(|| Some(date()?.timestamp()))
}

/// Whether a position is known so vaguely that another of the first may be the nearest.
fn is_vague(accuracy: Metres, neighbours: &[Neighbour]) -> bool {
    let distance = |at: usize| {
        let first = neighbours.get(at).and_then(|neighbour| neighbour.atms.first());
        first.map(|found| found.distance.get())
    };
    // Moving by so much, one comes nearer by as much and the other farther.
    distance(0).zip(distance(1)).is_some_and(|(one, other)| other - one < 2.0 * accuracy.get())
}

/// The first line of a list.
fn head(voice: Voice<'_>, start: &Start, count: usize, from: usize) -> String {
    let count = ("count", count.into());
    if from > 0 {
        return voice.tell("found-more", &[count]);
    }
    match &start.label {
        Some(_) if start.is_a_position() => voice.tell("found-there", &[count]),
        Some(label) => voice.tell("found-near", &[count, ("place", label.clone().into())]),
        None => voice.tell("found-here", &[count]),
    }
}

/// Whether two meanings ask the same question.
pub(super) fn asks_the_same(one: &Meaning, other: &Meaning) -> bool {
    let question = |meaning: &Meaning| Meaning {
        intent: Intent::FindAtms,
        choice: None,
        topic: None,
        before: None,
        open_at: meaning.wanted_open_at(),
        open_at_else: None,
        ..meaning.clone()
    };
    question(one) == question(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accuracy_worse_than_the_gap_between_the_first_two_is_told() {
        let neighbours = |distances: [f64; 2]| {
            distances.map(|distance| Neighbour {
                site: crate::domain::SiteIndex(0),
                atms: crate::domain::Machines::from(crate::domain::Found {
                    row: crate::domain::Row(0),
                    distance: Metres::new(distance).unwrap(),
                }),
            })
        };
        let metres = |metres| Metres::new(metres).unwrap();
        assert!(is_vague(metres(60.0), &neighbours([100.0, 200.0])));
        assert!(!is_vague(metres(50.0), &neighbours([100.0, 200.0])));
        assert!(!is_vague(metres(500.0), &neighbours([100.0, 200.0])[..1]));
    }

    #[test]
    fn a_date_is_an_instant_too() {
        assert_eq!(instant("2026-08-20"), instant("2026-08-20T00:00:00Z"));
        assert_eq!(instant("yesterday"), None);
    }
}
