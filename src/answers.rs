//! Answers to questions as bytes: what every way of asking has in common, whether over HTTP, in a
//! chat, by a language model or on the command line.

use std::time::Instant;

use jiff::Timestamp;

use crate::domain::{
    AlongAnswer, AlongQuery, AtmFilter, NearestAnswer, NearestQuery, Row, WithinAnswer, WithinQuery,
};
use crate::places::Candidate;
use crate::publication::View;
use crate::render::{self, Envelope, Explain};
use crate::service::{
    self, AlongQuestion, Cursor, CursorError, NearestQuestion, OFFSET_MAX, Question, WithinQuestion,
};
use crate::snapshot::Snapshot;

/// What an answer is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The project's own JSON.
    Json,
    /// A GeoJSON feature collection, RFC 7946.
    Geojson,
}

/// What was found for a question, before it is written.
#[derive(Debug)]
pub struct Answered<Q, F> {
    /// What was asked, the page included.
    pub query: Q,
    /// What was found.
    pub found: F,
    /// What is said beside it.
    pub envelope: Envelope,
}

impl<Q, F> Answered<Q, F> {
    /// Whether a next page follows.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.envelope.next.is_some()
    }
}

/// The answer to a nearest question, from the place that was named as its origin, if one was.
///
/// # Errors
///
/// The question's cursor continues no answer from this snapshot.
pub fn nearest(
    view: View<'_>,
    question: NearestQuestion,
    place: Option<Candidate>,
    form: Form,
) -> Result<Vec<u8>, CursorError> {
    Ok(Nearest::find(view, question, place)?.write(view, form))
}

/// What was found for a nearest question.
pub type Nearest = Answered<NearestQuery, NearestAnswer>;

impl Nearest {
    /// Finds the answer to a question, from the place that was named as its origin, if one was.
    ///
    /// # Errors
    ///
    /// The question's cursor continues no answer from this snapshot.
    pub fn find(
        view: View<'_>,
        question: NearestQuestion,
        place: Option<Candidate>,
    ) -> Result<Self, CursorError> {
        let NearestQuestion { mut query, cursor, digest, explain, mut warnings } = question;
        let mut pages = Pages { snapshot: view.snapshot, question: digest, asked_at: None };
        let from = pages.turn(view, cursor.as_deref(), &mut query.filter, &mut warnings)?;
        query.offset = from.unwrap_or(0) as usize;
        if query.offset > OFFSET_MAX {
            return Err(CursorError::Malformed);
        }
        let started = explain.then(Instant::now);
        let found = service::nearest(view, &query);
        let took = started.map(|started| started.elapsed());
        warnings.extend(view.snapshot.unknown_names(&query.filter));
        let reached = query.offset + found.neighbours.len();
        if found.more && reached > OFFSET_MAX {
            warnings
                .push(format!("pages end after {reached} neighbours; ask within a bbox for all"));
        }
        if place.as_ref().is_some_and(Candidate::is_an_area) {
            let area =
                "near is a whole country or region: distances are from its most populous place";
            warnings.push(area.to_owned());
        }
        let next = u32::try_from(reached).ok().filter(|_| found.more && reached <= OFFSET_MAX);
        let next = next.map(|from| pages.from(from));
        let explain = took.map(|took| Explain { plan: found.plan, work: found.work, took });
        let envelope = Envelope { next, warnings, explain, place };
        Ok(Self { query, found, envelope })
    }

    /// The answer as bytes, from the view it was found in.
    #[must_use]
    pub fn write(&self, view: View<'_>, form: Form) -> Vec<u8> {
        let Self { query, found, envelope } = self;
        match form {
            Form::Json => render::nearest_json(view, query.origin, &query.filter, found, envelope),
            Form::Geojson => {
                render::nearest_geojson(view, query.origin, &query.filter, found, envelope)
            }
        }
    }
}

/// The answer to a question for what is in an area.
///
/// # Errors
///
/// The question's cursor continues no answer from this snapshot.
pub fn within(
    view: View<'_>,
    question: WithinQuestion,
    form: Form,
) -> Result<Vec<u8>, CursorError> {
    Ok(Within::find(view, question)?.write(view, form))
}

/// What was found for a question for what is in an area.
pub type Within = Answered<WithinQuery, WithinAnswer>;

impl Within {
    /// Finds the answer to a question.
    ///
    /// # Errors
    ///
    /// The question's cursor continues no answer from this snapshot.
    pub fn find(view: View<'_>, question: WithinQuestion) -> Result<Self, CursorError> {
        let WithinQuestion { mut query, cursor, digest, explain, mut warnings } = question;
        let mut pages = Pages { snapshot: view.snapshot, question: digest, asked_at: None };
        let from = pages.turn(view, cursor.as_deref(), &mut query.filter, &mut warnings)?;
        query.from_row = from.unwrap_or(0);
        let started = explain.then(Instant::now);
        let found = service::within(view, &query);
        let took = started.map(|started| started.elapsed());
        warnings.extend(view.snapshot.unknown_names(&query.filter));
        let next = found.next_row.map(|row| pages.from(row.0));
        let explain = took.map(|took| Explain { plan: found.plan, work: found.work, took });
        Ok(Self { query, found, envelope: Envelope { next, warnings, explain, place: None } })
    }

    /// The answer as bytes, from the view it was found in.
    #[must_use]
    pub fn write(&self, view: View<'_>, form: Form) -> Vec<u8> {
        let Self { query, found, envelope } = self;
        let (bbox, filter, rows) = (&query.area.bounding_box(), &query.filter, &found.rows);
        match form {
            Form::Json => render::within_json(view, bbox, filter, rows, envelope),
            Form::Geojson => render::within_geojson(view, filter, rows, envelope),
        }
    }
}

/// The answer to a question for what is along a line.
///
/// # Errors
///
/// The question's cursor continues no answer from this snapshot.
pub fn along(view: View<'_>, question: AlongQuestion, form: Form) -> Result<Vec<u8>, CursorError> {
    Ok(Along::find(view, question)?.write(view, form))
}

/// What was found for a question for what is along a line.
pub type Along = Answered<AlongQuery, AlongAnswer>;

impl Along {
    /// Finds the answer to a question.
    ///
    /// # Errors
    ///
    /// The question's cursor continues no answer from this snapshot.
    pub fn find(view: View<'_>, question: AlongQuestion) -> Result<Self, CursorError> {
        let AlongQuestion { mut query, cursor, digest, explain, mut warnings } = question;
        let mut pages = Pages { snapshot: view.snapshot, question: digest, asked_at: None };
        let from = pages.turn(view, cursor.as_deref(), &mut query.filter, &mut warnings)?;
        query.from = from.map(Row);
        if query.from.is_some_and(|row| row.index() >= view.snapshot.len()) {
            return Err(CursorError::Malformed);
        }
        let started = explain.then(Instant::now);
        let found = service::along(view, &query);
        let took = started.map(|started| started.elapsed());
        warnings.extend(view.snapshot.unknown_names(&query.filter));
        let next = found.next_row.map(|row| pages.from(row.0));
        let explain = took.map(|took| Explain { plan: found.plan, work: found.work, took });
        Ok(Self { query, found, envelope: Envelope { next, warnings, explain, place: None } })
    }

    /// The answer as bytes, from the view it was found in.
    #[must_use]
    pub fn write(&self, view: View<'_>, form: Form) -> Vec<u8> {
        let Self { query, found, envelope } = self;
        let (corridor, filter, found) = (&query.corridor, &query.filter, &found.found);
        match form {
            Form::Json => render::along_json(view, corridor, filter, found, envelope),
            Form::Geojson => render::along_geojson(view, corridor, filter, found, envelope),
        }
    }
}

/// Whether a question's cursor, if it has one, continues an answer from this snapshot.
///
/// # Errors
///
/// It does not.
pub fn check_cursor<Q>(snapshot: &Snapshot, question: &Question<Q>) -> Result<(), CursorError> {
    let cursor = question.cursor.as_deref();
    cursor.map_or(Ok(()), |text| Cursor::resume(text, snapshot.id(), question.digest).map(|_| ()))
}

/// The pages of the answer to one question on one snapshot.
struct Pages<'s> {
    snapshot: &'s Snapshot,
    question: u64,
    /// The instant all pages are of, where the question is what is open now.
    asked_at: Option<Timestamp>,
}

impl Pages<'_> {
    /// Where the page of a cursor starts; `None` is the first page. A later page of what is open
    /// now becomes one of what was open when the first was asked for, and says so.
    fn turn(
        &mut self,
        view: View<'_>,
        cursor: Option<&str>,
        filter: &mut AtmFilter,
        warnings: &mut Vec<String>,
    ) -> Result<Option<u32>, CursorError> {
        let asks_for_now = service::asks_for_now(filter);
        let Some(text) = cursor else {
            self.asked_at = Some(view.now).filter(|_| asks_for_now);
            return Ok(None);
        };
        let cursor = Cursor::resume(text, self.snapshot.id(), self.question)?;
        if cursor.asked_at.is_some() != asks_for_now {
            return Err(CursorError::Malformed);
        }
        self.asked_at = cursor.asked_at;
        if let Some(asked_at) = cursor.asked_at {
            service::fix_now(filter, asked_at);
            warnings.push(format!(
                "open_at=now is taken as {asked_at} on every page: when the first was asked for"
            ));
        }
        Ok(Some(cursor.from))
    }

    /// The cursor of the page that starts `from` there.
    fn from(&self, from: u32) -> String {
        let Self { snapshot, question, asked_at } = *self;
        Cursor { snapshot: snapshot.id(), question, from, asked_at }.encode()
    }
}
