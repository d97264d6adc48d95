//! Puts the values of one row into its record, each by the role of its column.

use std::borrow::Cow;
use std::sync::Arc;

use html_escape::decode_html_entities;

use super::Role;
use crate::domain::{Field, Source, TextField, Tri, WarningKind};
use crate::ingest::hours::{Stated, Week};
use crate::ingest::record::RawRecord;
use crate::ingest::values;

/// A record while the values of its row come in. `'t` is the life of the row's texts.
pub(crate) struct Filling<'f, 't> {
    record: &'f mut RawRecord<Cow<'t, str>>,
    lat: &'t str,
    lon: &'t str,
    position: Option<&'t str>,
    week: Week,
    has_entities: bool,
    /// Name, time, licence and attribution of the record's own source.
    source: [&'t str; 4],
}

impl<'f, 't> Filling<'f, 't> {
    /// Begins with a record that has its row and original text.
    pub(crate) fn new(record: &'f mut RawRecord<Cow<'t, str>>) -> Self {
        Self {
            record,
            lat: "",
            lon: "",
            position: None,
            week: Week::default(),
            has_entities: false,
            source: [""; 4],
        }
    }

    /// Puts the value of the column `name`. A blank text is no value; what no field takes goes to
    /// `extra` under the column's own name.
    pub(crate) fn put(&mut self, role: Option<Role>, name: &str, written: &'t str) {
        let text = written.trim();
        if text.is_empty() {
            return;
        }
        match role {
            Some(Role::Latitude) => self.lat = text,
            Some(Role::Longitude) => self.lon = text,
            Some(Role::Position) => {
                self.position = Some(text);
                if values::says_more_than_position(text) {
                    self.extra(name, text);
                }
            }
            Some(Role::Id) => {
                if !values::is_placeholder(text) {
                    self.record.native_id = Some(self.decoded(text));
                }
            }
            Some(Role::Field(field)) => {
                let value = self.decoded(text);
                self.record.values.push((field, value));
            }
            Some(Role::YesMeans(field, value)) => match values::tri(text) {
                Some(Tri::Yes) => self.record.values.push((field, Cow::Borrowed(value))),
                Some(Tri::Unknown) => {}
                Some(Tri::No) | None => self.extra(name, text),
            },
            Some(Role::Features) => {
                let (known, unknown) = values::features(text);
                let stated =
                    |attribute| (Field::Attribute(attribute), Cow::Borrowed(Tri::Yes.as_str()));
                self.record.values.extend(known.into_iter().map(stated));
                if !unknown.is_empty() {
                    self.extra(name, text);
                }
            }
            Some(Role::HoursOn(day)) => {
                if let Some(stated) = Stated::parse(text) {
                    self.week.state(day, stated);
                } else {
                    self.record
                        .warnings
                        .push((WarningKind::UnparsableHours, format!("{name}: {text}")));
                    self.extra(name, text);
                }
            }
            // Names that only `convert` writes; see `put_written`.
            Some(
                Role::CompleteId
                | Role::SourceName
                | Role::SourceAsOf
                | Role::SourceLicence
                | Role::SourceAttribution
                | Role::Extra,
            )
            | None => self.extra(name, text),
        }
    }

    /// Puts the value of a column that `convert` wrote: taken to the letter, lists separated by
    /// semicolons or, where an item holds one, as a JSON array.
    pub(crate) fn put_written(&mut self, role: Option<Role>, name: &str, written: &'t str) {
        if written.is_empty() {
            return;
        }
        let text = Cow::Borrowed(written);
        match role {
            Some(Role::CompleteId) => {
                self.record.native_id = Some(text);
                self.record.id_is_complete = true;
            }
            Some(Role::Latitude) => self.lat = written,
            Some(Role::Longitude) => self.lon = written,
            Some(role @ Role::Field(field)) if role.is_list() => {
                let items = values::written_items(written);
                self.record.values.extend(items.into_iter().map(|item| (field, item)));
            }
            Some(Role::Field(field)) => self.record.values.push((field, text)),
            Some(Role::SourceName) => self.source[0] = written,
            Some(Role::SourceAsOf) => self.source[1] = written,
            Some(Role::SourceLicence) => self.source[2] = written,
            Some(Role::SourceAttribution) => self.source[3] = written,
            Some(Role::Extra) => self.put_extra(name, written),
            Some(
                Role::Id | Role::Position | Role::YesMeans(..) | Role::Features | Role::HoursOn(_),
            )
            | None => self.record.extra.push((name.to_owned(), text)),
        }
    }

    /// Takes the text of a JSON object apart; what is none is kept as it stands.
    fn put_extra(&mut self, name: &str, text: &'t str) {
        use serde_json::{Map, Value};
        let Ok(object) = serde_json::from_str::<Map<String, Value>>(text) else {
            let warning = (WarningKind::UnrecognisedValue, format!("{name} accepts a JSON object"));
            self.record.warnings.push(warning);
            self.record.extra.push((name.to_owned(), Cow::Borrowed(text)));
            return;
        };
        self.record.extra.extend(object.into_iter().map(|(key, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (key, Cow::Owned(text))
        }));
    }

    /// Finishes the record. `last` is the source of the record before, which is mostly the same.
    pub(crate) fn finish(self, last: &mut Option<Arc<Source>>) {
        self.record.position = match self.position {
            Some(text) => values::position(text),
            None => values::position_of_pair(self.lat, self.lon),
        };
        if let Some(hours) = self.week.grammar() {
            self.record.values.push((Field::Text(TextField::OpeningHours), Cow::Owned(hours)));
        }
        if self.source.iter().any(|text| !text.is_empty()) {
            if !last.as_ref().is_some_and(|last| self.is_of(last)) {
                *last = Some(Arc::new(self.own_source()));
            }
            self.record.source.clone_from(last);
        }
    }

    fn own_source(&self) -> Source {
        let [name, as_of, licence, attribution] = self.source;
        let [as_of, licence, attribution] =
            [as_of, licence, attribution].map(|text| (!text.is_empty()).then(|| text.to_owned()));
        Source { name: name.to_owned(), as_of, licence, attribution, ..Source::default() }
    }

    fn is_of(&self, source: &Source) -> bool {
        let [name, as_of, licence, attribution] = self.source;
        // Comparing nothing with nothing, at whatever address, takes some processors long.
        let is_same = |text: &Option<String>, own: &str| match text {
            Some(text) => !own.is_empty() && text == own,
            None => own.is_empty(),
        };
        source.name == name
            && is_same(&source.as_of, as_of)
            && is_same(&source.licence, licence)
            && is_same(&source.attribution, attribution)
    }

    fn extra(&mut self, name: &str, text: &'t str) {
        let text = self.decoded(text);
        self.record.extra.push((name.to_owned(), text));
    }

    /// The text with its HTML entities decoded; said once a row.
    fn decoded(&mut self, text: &'t str) -> Cow<'t, str> {
        if !text.contains('&') {
            return Cow::Borrowed(text);
        }
        let decoded = decode_html_entities(text);
        if decoded != text && !self.has_entities {
            self.has_entities = true;
            self.record.warnings.push((WarningKind::HtmlEntities, text.to_owned()));
        }
        decoded
    }
}
