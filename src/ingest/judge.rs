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

/// A record that stands on its own as an ATM, its texts lent by the row where they are as written.
#[derive(Clone, Debug)]
pub(super) struct Sound<'r> {
    /// The ATM; its id is empty where it is to be derived from content.
    pub(super) atm: Atm<'r>,
    /// The country it stands in: the stated one, else the one its position lies in.
    pub(super) country: Option<CountryCode>,
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
pub(super) fn judge<'r, T: AsRef<str>>(
    raw: &'r RawRecord<T>,
    frame: &Frame<'_>,
) -> Result<Sound<'r>, Box<Unsound>> {
    let unsound = |reason, detail: String| {
        let (row, original) = (raw.row.clone(), raw.original.as_ref().to_owned());
        Box::new(Unsound { row, original, reason, detail })
    };
    let position = position(&raw.position).map_err(|(reason, detail)| unsound(reason, detail))?;
    let native_id = raw.native_id.as_ref().map(|id| tidy(id.as_ref()));
    let id = match native_id.filter(|id| !values::is_placeholder(id)) {
        Some(id) if raw.id_is_complete => id,
        Some(id) => {
            let namespace =
                raw.namespace.as_deref().or_else(|| is_osm_element(&id).then_some("osm"));
            Cow::Owned(format!("{}:{id}", namespace.unwrap_or(frame.source_name)))
        }
        None => Cow::Borrowed(""),
    };
    if id.len() > ID_BYTES_MAX {
        return Err(unsound(RejectReason::IdTooLong, format!("{} bytes", id.len())));
    }

    let extra = raw.extra.iter().map(|(name, text)| (Cow::from(name), Cow::from(text.as_ref())));
    let mut draft = Draft {
        atm: Atm::new(id, position, SourceIndex::default()),
        extra: extra.collect(),
        warnings: raw.warnings.clone(),
    };
    for (field, written) in &raw.values {
        let written = written.as_ref();
        if raw.id_is_complete {
            // `convert` wrote it, in the record's own words and item by item.
            draft.put(*field, Cow::Borrowed(written), written);
        } else {
            draft.state(*field, written);
        }
    }
    for (field, default) in frame.defaults {
        if draft.atm.value(*field).is_none() {
            draft.state_owned(*field, default);
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
    Ok(Sound { atm, country, warnings })
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
struct Draft<'r> {
    atm: Atm<'r>,
    extra: BTreeMap<Cow<'r, str>, Cow<'r, str>>,
    warnings: RowWarnings,
}

impl<'r> Draft<'r> {
    /// States a value in a source's own words. The first value of a field stands; lists gather all
    /// values.
    fn state(&mut self, field: Field, written: &'r str) {
        if !is_list(field) {
            return self.state_item(field, written);
        }
        for item in values::items(field, written) {
            match item {
                Cow::Borrowed(item) => self.state_item(field, item),
                Cow::Owned(item) => self.state_owned(field, &item),
            }
        }
    }

    /// States a value whose text is not the row's.
    fn state_owned(&mut self, field: Field, written: &str) {
        for item in values::items(field, written) {
            match values::canonical(field, &item) {
                Ok(Some(canonical)) => self.put(field, Cow::Owned(canonical.into_owned()), &item),
                Ok(None) => {}
                Err(_) => self.refuse(field, &item),
            }
        }
    }

    /// States one item.
    fn state_item(&mut self, field: Field, item: &'r str) {
        match values::canonical(field, item) {
            Ok(Some(canonical)) => self.put(field, canonical, item),
            Ok(None) => {}
            Err(_) => self.refuse(field, item),
        }
    }

    /// Notes an item that the field does not accept.
    fn refuse(&mut self, field: Field, item: &str) {
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
        self.keep_aside(field, item);
    }

    /// Sets a field to a canonical value, or adds it to a list. What finds no place is kept aside
    /// as it was written.
    fn put(&mut self, field: Field, canonical: Cow<'r, str>, written: &str) {
        if let Field::Text(list) = field
            && list.is_list()
        {
            return self.add_to_list(list, canonical);
        }
        match self.atm.value(field) {
            Some(before) if before == canonical => {}
            Some(_) => self.keep_aside(field, written),
            None => {
                let set = if let Field::Text(field) = field {
                    self.atm.set_text(field, Some(canonical));
                    Ok(())
                } else {
                    self.atm.set_value(field, &canonical)
                };
                if let Err(error) = set {
                    self.warnings.push((WarningKind::UnrecognisedValue, error.to_string()));
                    self.keep_aside(field, written);
                }
            }
        }
    }

    /// Adds an item that the list does not have yet.
    fn add_to_list(&mut self, list: TextField, item: Cow<'r, str>) {
        let Some(known) = self.atm.text(list) else {
            return self.atm.set_text(list, Some(item));
        };
        if item.is_empty() || self.atm.list(list).any(|known| known == item) {
            return;
        }
        let joined = [known, &item].join(LIST_SEPARATOR.encode_utf8(&mut [0; 4]));
        self.atm.set_text(list, Some(Cow::Owned(joined)));
    }

    /// Keeps a value that found no place under its field's name.
    fn keep_aside(&mut self, field: Field, written: &str) {
        let mut name = Cow::Borrowed(field.code());
        while self.extra.contains_key(&name) {
            name.to_mut().push('_');
        }
        self.extra.insert(name, Cow::Owned(written.to_owned()));
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

fn is_list(field: Field) -> bool {
    matches!(field, Field::Text(field) if field.is_list())
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
