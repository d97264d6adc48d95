//! Which column or key of a source holds what: the administrator's mapping first, then well-known
//! names of many languages, compared without case, accents and punctuation.

mod fill;
mod known_names;

use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) use self::fill::Filling;
use self::known_names::{FRAMES, KNOWN, PLAIN, PREFIXES, VALUE_KEYS, WRAPPERS};
use super::hours::Day;
use super::options::ReadOptions;
use super::record::FormatError;
use crate::domain::{Attribute, Field, TextField, name_key};

/// The column whose presence says that `convert` wrote the records: every name is then taken
/// exactly, and every value is in the record's own words.
pub(crate) const COMPLETE_ID: &str = "nearest_atm_id";

/// What a column or key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The source's own id.
    Id,
    /// A complete id written by `convert`.
    CompleteId,
    /// Latitude alone.
    Latitude,
    /// Longitude alone.
    Longitude,
    /// Both in one: WKT, "(lat, lon)", "lat, lon", a `geo:` URI.
    Position,
    /// A value of this field.
    Field(Field),
    /// A yes gives this field this value, for a list one more item (`supportsUsd`: currencies USD).
    /// Anything but a yes states nothing of the field.
    YesMeans(Field, &'static str),
    /// A list of words, each of which says that the machine has something.
    Features,
    /// Opening hours of one weekday.
    HoursOn(Day),
    /// `convert`: the name of the record's own source.
    SourceName,
    /// `convert`: when that source's data was current.
    SourceAsOf,
    /// `convert`: that source's licence.
    SourceLicence,
    /// `convert`: the credit that licence asks for.
    SourceAttribution,
    /// `convert`: fields not understood, as the text of a JSON object.
    Extra,
}

impl Role {
    /// Whether several columns may hold it side by side.
    fn may_repeat(self) -> bool {
        matches!(self, Self::YesMeans(..) | Self::Features) || self.is_list()
    }

    /// Whether it is a field that holds a list.
    fn is_list(self) -> bool {
        matches!(self, Self::Field(Field::Text(field)) if field.is_list())
    }
}

/// How good a claim is: lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// 0 for the administrator's mapping, then the tiers of the known names.
    tier: u8,
    /// How many parents and prefixes had to be left out to know the name.
    stripped: u8,
    /// Place in its tier.
    place: u8,
}

impl Rank {
    /// The rank without the place: columns of one level share a list field (`address`,
    /// `address line 2`), while a weaker level would repeat it (`full address`).
    fn level(self) -> (u8, u8) {
        (self.tier, self.stripped)
    }
}

/// What a name claims to hold. Of several names that claim one role the lowest rank wins and the
/// others are extra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) role: Role,
    pub(crate) rank: Rank,
}

/// Knows what names mean, for one source.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    mapped: Vec<(Role, String)>,
    of_convert: bool,
}

impl Columns {
    /// The mapping of `options`, then the well-known names. A role that is mapped is taken from
    /// its column alone, so that a mistyped column shows.
    ///
    /// # Errors
    ///
    /// [`FormatError::Options`] when a key of the mapping is no field, or two share a column.
    pub(crate) fn new(options: &ReadOptions) -> Result<Self, FormatError> {
        let refused = |key: &str, column: &str, accepted| FormatError::Options {
            option: format!("columns.{key}"),
            value: column.to_owned(),
            accepted,
        };
        let mut mapped = Vec::<(Role, String)>::with_capacity(options.columns.len());
        for (key, column) in &options.columns {
            let role = match key.as_str() {
                "id" => Role::Id,
                "lat" => Role::Latitude,
                "lon" => Role::Longitude,
                "position" => Role::Position,
                code => Role::Field(Field::from_code(code).ok_or_else(|| {
                    refused(key, column, "keys are id, lat, lon, position and the record's fields")
                })?),
            };
            if mapped.iter().any(|(_, taken)| same_name(taken, column)) {
                return Err(refused(key, column, "a column may hold one field"));
            }
            mapped.push((role, column.clone()));
        }
        Ok(Self { mapped, of_convert: false })
    }

    /// The exact names of records written by `convert`, for sources that have [`COMPLETE_ID`].
    pub(crate) fn of_convert() -> Self {
        Self { mapped: Vec::new(), of_convert: true }
    }

    /// What the value at `path` holds, as if no other claimed it too: a CSV header is a path of
    /// one, a nested key a path of several. The full path is tried, then its suffixes.
    pub(crate) fn role(&self, path: &[&str]) -> Option<Role> {
        self.claims(path).first().map(|claim| claim.role)
    }

    /// As [`Self::role`], with the rank that settles which of several names wins, and with what
    /// else the name could mean where its first meaning is taken by better columns.
    ///
    /// Costs some allocations; a reader resolves each name once, not once a record.
    pub(crate) fn claims(&self, path: &[&str]) -> Vec<Claim> {
        if self.of_convert {
            let role = if let [name] = path { written_role(name) } else { None };
            let rank = Rank { tier: 0, stripped: 0, place: 0 };
            return role.map(|role| Claim { role, rank }).into_iter().collect();
        }
        let dotted = path.join(".");
        if let Some((role, _)) = self.mapped.iter().find(|(_, name)| same_name(name, &dotted)) {
            return vec![Claim { role: *role, rank: Rank { tier: 0, stripped: 0, place: 0 } }];
        }
        known_claims(path).into_iter().filter(|claim| !self.settles(claim.role)).collect()
    }

    /// Whether the mapping already says where `role` is, so that known names do not.
    fn settles(&self, role: Role) -> bool {
        let is_part = |role| matches!(role, Role::Latitude | Role::Longitude);
        let settles = |mapped| {
            mapped == role
                || role == Role::Position && is_part(mapped)
                || mapped == Role::Position && is_part(role)
        };
        self.mapped.iter().any(|(mapped, _)| settles(*mapped))
    }

    /// What each of the names that occur together holds: the columns of a CSV header, the keys of
    /// a JSON record. Of columns that claim the same, the best keeps it; `None` is for `extra`.
    ///
    /// A latitude and a longitude are chosen as a pair of one tier where there is one, so that `X`
    /// and `Y` count only without better; a column that holds both counts only without a pair, and
    /// hours day by day only where no column holds them all.
    pub(crate) fn assign(&self, paths: &[Vec<&str>]) -> Vec<Option<Role>> {
        let claims: Vec<Vec<Claim>> = paths.iter().map(|path| self.claims(path)).collect();
        let pair = best_pair(&claims);
        let roles: Vec<Option<Claim>> = claims
            .iter()
            .enumerate()
            .map(|(column, claims)| {
                claims.iter().copied().find(|claim| {
                    let not = |role| claim.role != role;
                    (not(Role::Latitude) || pair.is_some_and(|(lat, _)| lat == column))
                        && (not(Role::Longitude) || pair.is_some_and(|(_, lon)| lon == column))
                        && (not(Role::Position) || pair.is_none())
                })
            })
            .collect();
        let rivals = |role: Role| roles.iter().flatten().filter(move |claim| claim.role == role);
        roles
            .iter()
            .enumerate()
            .map(|(column, claim)| {
                let claim = (*claim)?;
                let adds_up = matches!(claim.role, Role::YesMeans(..) | Role::Features);
                let may_repeat = claim.role.may_repeat();
                let beats = |rival: &Claim| {
                    adds_up
                        || claim.rank <= rival.rank
                        || may_repeat && claim.rank.level() <= rival.rank.level()
                };
                let wins = rivals(claim.role).all(beats);
                let hours = Role::Field(Field::Text(TextField::OpeningHours));
                let said = matches!(claim.role, Role::HoursOn(_)) && rivals(hours).next().is_some();
                let again = !may_repeat && roles[..column].contains(&Some(claim));
                (wins && !again && !said).then_some(claim.role)
            })
            .collect()
    }
}

/// The columns of the best latitude and the best longitude, of one tier if possible.
fn best_pair(claims: &[Vec<Claim>]) -> Option<(usize, usize)> {
    let of = |role: Role| {
        let mut found: Vec<(Rank, usize)> = claims
            .iter()
            .enumerate()
            .flat_map(|(column, claims)| claims.iter().map(move |claim| (column, claim)))
            .filter(|(_, claim)| claim.role == role)
            .map(|(column, claim)| (claim.rank, column))
            .collect();
        found.sort_unstable();
        found
    };
    let (lats, lons) = (of(Role::Latitude), of(Role::Longitude));
    let same_tier = lats.iter().find_map(|(lat_rank, lat)| {
        let lon = lons.iter().find(|(lon_rank, _)| lon_rank.tier == lat_rank.tier)?;
        Some((*lat, lon.1))
    });
    same_tier.or_else(|| Some((lats.first()?.1, lons.first()?.1)))
}

fn same_name(one: &str, other: &str) -> bool {
    let key = name_key(one);
    one.trim() == other.trim() || !key.is_empty() && key == name_key(other)
}

/// The attribute that a column of this name would hold.
pub(crate) fn feature(name: &str) -> Option<Attribute> {
    claims_of_key(&name_key(name)).iter().find_map(|claim| {
        if let Role::Field(Field::Attribute(attribute)) = claim.role {
            Some(attribute)
        } else {
            None
        }
    })
}

/// The role of a column that `convert` writes.
fn written_role(name: &str) -> Option<Role> {
    Some(match name {
        COMPLETE_ID => Role::CompleteId,
        "lat" => Role::Latitude,
        "lon" => Role::Longitude,
        "source" => Role::SourceName,
        "source_as_of" => Role::SourceAsOf,
        "source_licence" => Role::SourceLicence,
        "source_attribution" => Role::SourceAttribution,
        "extra" => Role::Extra,
        code => Role::Field(Field::from_code(code)?),
    })
}

/// [`KNOWN`] by key.
static CLAIMS_BY_KEY: LazyLock<HashMap<String, Vec<Claim>>> = LazyLock::new(|| {
    let mut claims = HashMap::<String, Vec<Claim>>::new();
    for (line, (role, names)) in KNOWN.iter().enumerate() {
        let stronger = KNOWN[..line].iter().filter(|(other, _)| other == role).count();
        for (place, name) in (0..=u8::MAX).zip(names.iter()) {
            let tier = u8::try_from(stronger + 1).unwrap_or(u8::MAX);
            let claim = Claim { role: *role, rank: Rank { tier, stripped: 0, place } };
            claims.entry(name_key(name)).or_default().push(claim);
        }
    }
    claims
});

fn is_among(key: &str, names: &[&str]) -> bool {
    names.iter().any(|name| name_key(name) == key)
}

/// What the known names say of a path; empty when they know nothing of it.
fn known_claims(path: &[&str]) -> Vec<Claim> {
    let keys: Vec<String> = path.iter().map(|part| name_key(part)).collect();
    let found = claims_of_keys(&keys);
    match path {
        // A flattened nested name: `location.address.city`, `addr:street`.
        [name] if found.is_empty() && name.contains(['.', '/', ':']) => {
            let parts: Vec<String> = name.split(['.', '/', ':']).map(name_key).collect();
            claims_of_keys(&parts)
        }
        _ => found,
    }
}

fn claims_of_keys(keys: &[String]) -> Vec<Claim> {
    let Some((last, parents)) = keys.split_last() else { return Vec::new() };
    if parents.iter().any(|parent| is_among(parent, FRAMES)) {
        return Vec::new();
    }
    for start in 0..keys.len() {
        let plain = start > 0
            && start == parents.len()
            && is_among(last, PLAIN)
            && !parents.iter().all(|parent| is_among(parent, WRAPPERS));
        let found = claims_of_key(&keys[start..].concat());
        if !plain && !found.is_empty() {
            let stripped = u8::try_from(start).unwrap_or(u8::MAX);
            return found.into_iter().map(|claim| behind(claim, stripped)).collect();
        }
    }
    if !parents.is_empty() && is_among(last, VALUE_KEYS) {
        return claims_of_keys(parents).into_iter().map(|claim| behind(claim, 1)).collect();
    }
    Vec::new()
}

fn behind(mut claim: Claim, stripped: u8) -> Claim {
    claim.rank.stripped = claim.rank.stripped.saturating_add(stripped);
    claim
}

/// What the known names say of one key: as it stands, without a number at its end, without a
/// beginning that adds nothing.
fn claims_of_key(key: &str) -> Vec<Claim> {
    if let Some(claims) = CLAIMS_BY_KEY.get(key) {
        return claims.clone();
    }
    let bare = key.trim_end_matches(|c: char| c.is_ascii_digit());
    if bare.len() < key.len()
        && let Some(claims) = CLAIMS_BY_KEY.get(bare)
    {
        // Only what may occur several times is ever numbered without becoming something else.
        let numbered = |claim: &Claim| {
            claim.role == Role::Position || claim.role == Role::Features || claim.role.is_list()
        };
        return claims.iter().copied().filter(numbered).collect();
    }
    PREFIXES
        .iter()
        .filter_map(|prefix| key.strip_prefix(name_key(prefix).as_str()))
        .filter(|rest| !is_among(rest, PLAIN))
        .map(claims_of_key)
        .find(|claims| !claims.is_empty())
        .map(|claims| claims.into_iter().map(|claim| behind(claim, 1)).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assign(header: &[&str]) -> Vec<Option<Role>> {
        let paths: Vec<Vec<&str>> = header.iter().map(|name| vec![*name]).collect();
        Columns::new(&ReadOptions::default()).unwrap().assign(&paths)
    }

    fn role(path: &[&str]) -> Option<Role> {
        Columns::new(&ReadOptions::default()).unwrap().role(path)
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what a path may hold")]
    fn text(field: TextField) -> Option<Role> {
        Some(Role::Field(Field::Text(field)))
    }

    fn mapping(pairs: &[(&str, &str)]) -> ReadOptions {
        let columns = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        ReadOptions { columns, ..ReadOptions::default() }
    }

    #[test]
    fn names_are_known_in_any_spelling() {
        for name in
            ["LATITUDE", "Latitude (deg)", "широта", "緯度", "atm_lat", "@lat", "Breitengrad"]
        {
            assert_eq!(role(&[name]), Some(Role::Latitude), "{name}");
        }
        assert_eq!(role(&["Name of Institution"]), text(TextField::Operator));
        assert_eq!(role(&["CÓDIGO_POSTAL"]), text(TextField::Postcode));
        assert_eq!(role(&["atm_zipcode"]), text(TextField::Postcode));
        assert_eq!(role(&["addr:housenumber"]), text(TextField::HouseNumber));
        assert_eq!(role(&["24/7"]), Some(Role::Field(Field::Attribute(Attribute::AlwaysOpen))));
        assert_eq!(role(&["address line 3"]), text(TextField::AddressLines));
        assert_eq!(role(&["bank 2"]), None, "a numbered name is another thing unless it is a list");
        assert_eq!(role(&[""]), None);
        assert_eq!(role(&["#"]), None);
    }

    #[test]
    fn nested_names_are_known_by_their_end_but_plain_ones_only_at_the_top() {
        assert_eq!(role(&["address", "geoLocation", "lng"]), Some(Role::Longitude));
        assert_eq!(role(&["geometry", "viewport", "northeast", "lat"]), None);
        assert_eq!(role(&["properties", "name"]), text(TextField::Name));
        assert_eq!(role(&["operator", "name"]), text(TextField::Operator));
        assert_eq!(role(&["photo", "name"]), None);
        assert_eq!(role(&["photo", "id"]), None);
        assert_eq!(role(&["branch", "id"]), text(TextField::BranchId));
        assert_eq!(role(&["address", "country", "code"]), text(TextField::Country));
        assert_eq!(
            role(&["services", "wheelchair", "serviceCapability"]),
            Some(Role::Field(Field::Attribute(Attribute::Wheelchair)))
        );
        assert_eq!(role(&["services", "wheelchair", "serviceActivity"]), None);
        assert_eq!(
            role(&["services", "supportsUsd", "serviceCapability"]),
            Some(Role::YesMeans(Field::Text(TextField::Currencies), "USD"))
        );
        assert_eq!(role(&["Location.PostalAddress.TownName"]), text(TextField::City));
    }

    #[test]
    fn x_and_y_count_only_without_a_better_pair() {
        let lon_lat = [Some(Role::Longitude), Some(Role::Latitude)];
        assert_eq!(assign(&["X", "Y", "XCOORD", "YCOORD"])[..2], lon_lat);
        assert_eq!(assign(&["X", "Y", "XCOORD", "YCOORD"])[2..], [None, None]);
        assert_eq!(assign(&["X", "Y", "LONGITUDE", "LATITUDE"])[..2], [None, None]);
        assert_eq!(assign(&["X", "Y", "LONGITUDE", "LATITUDE"])[2..], lon_lat);
        assert_eq!(assign(&["lat", "x", "y"]), [None, Some(Role::Longitude), Some(Role::Latitude)]);
    }

    #[test]
    fn of_columns_that_claim_one_field_the_best_keeps_it() {
        let roles = assign(&[
            "ID",
            "BANCO",
            "DOM_GEO",
            "DOM_ORIG",
            "DOM_NORMA",
            "OBJECTID",
            "CODIGO_POSTAL_ARGENTINO",
            "CODIGO_POSTAL",
        ]);
        let kept = [
            Some(Role::Id),
            text(TextField::Operator),
            None,
            text(TextField::AddressLines),
            None,
            None,
            None,
            text(TextField::Postcode),
        ];
        assert_eq!(roles, kept);
        let lines = assign(&["Address", "Address Line 2", "Full Address"]);
        assert_eq!(lines, [text(TextField::AddressLines), text(TextField::AddressLines), None]);
        assert_eq!(assign(&["lat", "lon", "lat"])[2], None, "a repeated name counts once");
    }

    #[test]
    fn a_location_is_a_position_only_without_a_pair() {
        assert_eq!(assign(&["Street Address", "Location 1"])[1], Some(Role::Position));
        let roles = assign(&["Location", "Lat", "Long"]);
        assert_eq!(roles[0], text(TextField::AddressLines));
    }

    #[test]
    fn the_mapping_goes_before_what_is_known_and_stands_alone() {
        let options = mapping(&[("operator", "Owner"), ("lat", "N"), ("lon", "geo.e")]);
        let columns = Columns::new(&options).unwrap();
        let paths: Vec<Vec<&str>> =
            [&["Bank"][..], &["owner"], &["n"], &["geo", "e"], &["latitude"], &["geom"]]
                .iter()
                .map(|path| path.to_vec())
                .collect();
        let lat_lon = [Some(Role::Latitude), Some(Role::Longitude)];
        let roles = columns.assign(&paths);
        assert_eq!(roles[..2], [None, text(TextField::Operator)]);
        assert_eq!(roles[2..4], lat_lon);
        assert_eq!(roles[4..], [None, None]);
    }

    #[test]
    fn a_mapping_to_no_field_or_twice_to_one_column_is_refused() {
        assert!(Columns::new(&mapping(&[("bank", "Owner")])).is_err());
        assert!(Columns::new(&mapping(&[("operator", "Owner"), ("brand", "OWNER")])).is_err());
    }

    #[test]
    fn names_written_by_convert_are_exact() {
        let columns = Columns::of_convert();
        assert_eq!(columns.role(&["nearest_atm_id"]), Some(Role::CompleteId));
        assert_eq!(
            columns.role(&["cash_in"]),
            Some(Role::Field(Field::Attribute(Attribute::CashIn)))
        );
        assert_eq!(columns.role(&["source_as_of"]), Some(Role::SourceAsOf));
        assert_eq!(columns.role(&["Lat"]), None);
        assert_eq!(columns.role(&["bank"]), None);
    }

    #[test]
    fn the_table_names_each_thing_once_and_every_key_means_something() {
        let two_meanings = ["location", "localisation", "localizacion"];
        let repeated: Vec<&String> = CLAIMS_BY_KEY
            .iter()
            .filter(|(key, claims)| claims.len() > 1 && !two_meanings.contains(&key.as_str()))
            .map(|(key, _)| key)
            .collect();
        assert!(repeated.is_empty(), "{repeated:?}");
        assert!(!CLAIMS_BY_KEY.contains_key(""));
        for field in Field::all() {
            assert!(
                CLAIMS_BY_KEY.values().flatten().any(|claim| claim.role == Role::Field(field)),
                "{} has no name",
                field.code()
            );
        }
    }
}
