//! Judging a raw record: it becomes an ATM, perhaps with warnings, or is rejected for one reason.
//!
//! Judging one record needs no other, so records are judged in parallel. What needs the others
//! (duplicates, ids derived from content) is settled in `super::admission`, in file order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::{
    Atm, Attribute, Field, LIST_SEPARATOR, Position, RejectReason, RowRef, SourceIndex, TextField,
    Tri, WarningKind,
};

use super::country::{CountryCode, Whereabouts, country_of, whereabouts};
use super::digest::{RecordDigest, content_digest};
use super::record::{RawPosition, RawRecord};
use super::values;

/// Longest id, in bytes.
const ID_BYTES_MAX: usize = 256;

/// Both coordinates nearer to zero than this are null island: the nearest ATM to the true place
/// is some 500 km away.
const NULL_ISLAND_DEG: f64 = 0.01;

/// Numbers beyond this are metres of a projection rather than slips in degrees.
const PROJECTED_BEYOND: f64 = 400.0;

/// What is suspicious about one row.
pub(super) type RowWarnings = Vec<(WarningKind, String)>;

/// A record that stands on its own as an ATM.
#[derive(Clone, Debug)]
pub(super) struct Sound {
    /// The ATM; its id is empty where it is to be derived from content.
    pub(super) atm: Atm<'static>,
    /// Digest of everything it states, its id apart.
    pub(super) content: RecordDigest,
    /// The country it stands in: the stated one, else the one its position lies in.
    pub(super) country: Option<CountryCode>,
    /// Where its row stands.
    pub(super) row: RowRef,
    /// The row's text, for the case that it turns out a duplicate.
    pub(super) original: String,
    /// The source `convert` wrote with it.
    pub(super) source: Option<crate::domain::Source>,
    /// What is suspicious.
    pub(super) warnings: RowWarnings,
}

/// A record that is rejected.
#[derive(Clone, Debug)]
pub(super) struct Unsound {
    pub(super) row: RowRef,
    pub(super) original: String,
    pub(super) reason: RejectReason,
    pub(super) detail: String,
}

/// What is known of every record of a file.
#[derive(Clone, Debug)]
pub(super) struct Frame<'f> {
    /// Name of the source, the namespace of ids that have no other.
    pub(super) source_name: &'f str,
    /// Values for fields that rows leave out.
    pub(super) defaults: &'f [(Field, String)],
}

/// Judges one record.
pub(super) fn judge(raw: RawRecord, frame: &Frame<'_>) -> Result<Sound, Box<Unsound>> {
    let RawRecord { row, original, .. } = raw;
    let unsound = |reason, detail: String| {
        Box::new(Unsound { row: row.clone(), original: original.clone(), reason, detail })
    };
    let position = position(&raw.position).map_err(|(reason, detail)| unsound(reason, detail))?;
    let id = match raw.native_id.as_deref().map(tidy).filter(|id| !values::is_placeholder(id)) {
        Some(id) if raw.id_is_complete => id.into_owned(),
        Some(id) => {
            let namespace =
                raw.namespace.as_deref().or_else(|| is_osm_element(&id).then_some("osm"));
            format!("{}:{id}", namespace.unwrap_or(frame.source_name))
        }
        None => String::new(),
    };
    if id.len() > ID_BYTES_MAX {
        return Err(unsound(RejectReason::IdTooLong, format!("{} bytes", id.len())));
    }

    let mut draft = Draft {
        atm: Atm::new(id, position, SourceIndex::default()),
        extra: raw.extra.into_iter().collect(),
        warnings: raw.warnings,
    };
    for (field, written) in raw.values {
        if raw.id_is_complete {
            // `convert` wrote it, in the record's own words and item by item.
            draft.put(field, &written, &written);
        } else {
            draft.state(field, &written);
        }
    }
    for (field, default) in frame.defaults {
        if draft.atm.value(*field).is_none() {
            draft.state(*field, default);
        }
    }
    draft.conclude();
    let Draft { mut atm, extra, mut warnings } = draft;
    if !extra.is_empty() {
        atm.extra = serde_json::to_string(&extra).ok().map(Cow::Owned);
    }

    let stated = atm.text(TextField::Country);
    match whereabouts(position, stated) {
        Whereabouts::Plausible => {}
        Whereabouts::Exchanged => {
            let detail = match stated {
                Some(code) => format!("{position} is not in {code}, exchanged it is"),
                None => format!("{position} is in no country, exchanged it is"),
            };
            return Err(unsound(RejectReason::AxesExchanged, detail));
        }
        Whereabouts::OutsideStated => {
            let found = country_of(position);
            let found = found.as_ref().map_or("no country", CountryCode::as_str);
            let stated = stated.unwrap_or_default();
            warnings.push((
                WarningKind::OutsideCountry,
                format!("{position} is in {found}, stated is {stated}"),
            ));
        }
        Whereabouts::Nowhere => warnings.push((WarningKind::InNoCountry, position.to_string())),
    }
    if is_coarse(position.lat_deg()) && is_coarse(position.lon_deg()) {
        warnings.push((WarningKind::CoarsePosition, position.to_string()));
    }
    let country = stated.and_then(CountryCode::new).or_else(|| country_of(position));
    let content = content_digest(&atm);
    Ok(Sound { atm, content, country, row, original, source: raw.source, warnings })
}

/// The position of a record, or why it has none.
fn position(raw: &RawPosition) -> Result<Position, (RejectReason, String)> {
    let (lat, lon) = match raw {
        RawPosition::Missing => return Err((RejectReason::MissingPosition, String::new())),
        RawPosition::Unreadable(text) => {
            return Err((RejectReason::UnreadablePosition, text.clone()));
        }
        &RawPosition::LatLon { lat, lon } => (lat, lon),
    };
    let reason = if !lat.is_finite() || !lon.is_finite() {
        RejectReason::NotFinite
    } else if lat.abs() > PROJECTED_BEYOND || lon.abs() > PROJECTED_BEYOND {
        RejectReason::ProjectedCoordinates
    } else if lat.abs() > 90.0 && Position::from_lat_lon(lon, lat).is_ok() {
        RejectReason::AxesExchanged
    } else if lat.abs() > 90.0 {
        RejectReason::LatitudeOutOfRange
    } else if lon.abs() > 180.0 {
        RejectReason::LongitudeOutOfRange
    } else if lat.abs() < NULL_ISLAND_DEG && lon.abs() < NULL_ISLAND_DEG {
        RejectReason::NullIsland
    } else {
        return Position::from_lat_lon(lat, lon)
            .map_err(|error| (RejectReason::NotFinite, error.to_string()));
    };
    Err((reason, format!("latitude {lat}, longitude {lon}")))
}

/// An ATM while its fields are being filled.
struct Draft {
    atm: Atm<'static>,
    extra: BTreeMap<String, String>,
    warnings: RowWarnings,
}

impl Draft {
    /// States a value in a source's own words. The first value of a field stands; lists gather all
    /// values.
    fn state(&mut self, field: Field, written: &str) {
        for item in values::items(field, written) {
            match values::canonical(field, &item) {
                Ok(Some(canonical)) => self.put(field, &canonical, &item),
                Ok(None) => {}
                Err(_) => {
                    let kind = match field {
                        Field::Text(TextField::OpeningHours) => WarningKind::UnparsableHours,
                        Field::Text(TextField::Country) => WarningKind::UnknownCountry,
                        Field::Text(_)
                        | Field::Attribute(_)
                        | Field::LocationType
                        | Field::Fee
                        | Field::Access => WarningKind::UnrecognisedValue,
                    };
                    self.warnings.push((kind, format!("{}: {item}", field.code())));
                    self.keep_aside(field, &item);
                }
            }
        }
    }

    /// Sets a field to a canonical value, or adds it to a list. What finds no place is kept aside
    /// as it was written.
    fn put(&mut self, field: Field, canonical: &str, written: &str) {
        if let Field::Text(list) = field
            && list.is_list()
        {
            return self.add_to_list(list, canonical);
        }
        match self.atm.value(field) {
            Some(before) if before == canonical => {}
            Some(_) => self.keep_aside(field, written),
            None => {
                if let Err(error) = self.atm.set_value(field, canonical) {
                    self.warnings.push((WarningKind::UnrecognisedValue, error.to_string()));
                    self.keep_aside(field, written);
                }
            }
        }
    }

    /// Adds an item that the list does not have yet.
    fn add_to_list(&mut self, list: TextField, item: &str) {
        if item.is_empty() || self.atm.list(list).any(|known| known == item) {
            return;
        }
        let mut joined = self.atm.text(list).unwrap_or_default().to_owned();
        if !joined.is_empty() {
            joined.push(LIST_SEPARATOR);
        }
        joined.push_str(item);
        self.atm.set_text(list, Some(Cow::Owned(joined)));
    }

    /// Keeps a value that found no place under its field's name.
    fn keep_aside(&mut self, field: Field, written: &str) {
        let mut name = field.code().to_owned();
        while self.extra.contains_key(&name) {
            name.push('_');
        }
        self.extra.insert(name, written.to_owned());
    }

    /// Draws what follows from the fields together.
    fn conclude(&mut self) {
        if self.atm.text(TextField::MachineCount) == Some("0") {
            self.warnings.push((WarningKind::NoMachines, String::new()));
            self.atm.set_text(TextField::MachineCount, None);
            self.keep_aside(Field::Text(TextField::MachineCount), "0");
        }
        let always = self.atm.attributes.get(Attribute::AlwaysOpen);
        if always == Tri::Unknown && self.atm.text(TextField::OpeningHours) == Some("24/7") {
            self.atm.attributes.set(Attribute::AlwaysOpen, Tri::Yes);
        }
    }
}

/// A text without leading, trailing and doubled blanks and without control characters.
fn tidy(text: &str) -> Cow<'_, str> {
    let clean = !text.contains(|letter: char| letter.is_control())
        && !text.contains("  ")
        && text.trim().len() == text.len();
    if clean {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    Cow::Owned(words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

/// Whether an id names an element of OpenStreetMap, as its exports write it: `node/123`.
fn is_osm_element(id: &str) -> bool {
    id.split_once('/').is_some_and(|(kind, number)| {
        matches!(kind, "node" | "way" | "relation")
            && !number.is_empty()
            && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Whether a coordinate has fewer than three decimals.
fn is_coarse(degrees: f64) -> bool {
    let hundredfold = degrees * 100.0;
    (hundredfold - hundredfold.round()).abs() < 1e-9
}
