//! The ATM API of UK Open Banking, versions 2.1 to 2.3, and version 1 as far as it differs.
//!
//! The standard lists what a machine has; a code that is not listed says nothing, since several
//! publishers leave lists out or short. Publishers write single values where the standard has
//! lists (`data`, `Brand`, `LocationCategory`) and the other way round; both are read.

pub(crate) mod codes;

use crate::domain::{Attribute, Field, LocationType, TextField, WarningKind, name_key};
use crate::ingest::hours::{Span, Stated};
use crate::ingest::{Event, FileFacts, FormatError, Input, RawRecord, ReadOptions, Sink};

use super::json::document::document;
use super::json::geometry::position_of_pair;
use super::json::members::{Table, take_apart};
use super::json::node::Node;
use super::json::records::{Place, Records, as_pairs};
use super::json::rows::Row;
use super::json::scan::{Scanner, Stop};
use super::json::{time, week};

const FORMAT: &str = "Open Banking ATM JSON";

/// The member `convert` adds to a record: its complete id and what the standard's own members do
/// not say.
pub(crate) const OWN_MEMBER: &str = "NearestATM";

/// What a member of an ATM means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Id,
    Text(TextField),
    Owner,
    BranchId,
    Services,
    OtherServices,
    Accessibility,
    Category,
    AlwaysOpen,
    Hours,
    Note,
    Latitude,
    Longitude,
    Own,
}

/// The members of version 2, then those of version 1 that are called otherwise.
const MEMBERS: Table<Meaning> = &[
    (&["Identification"], Meaning::Id),
    (&["SupportedLanguages"], Meaning::Text(TextField::Languages)),
    (&["ATMServices"], Meaning::Services),
    (&["Accessibility"], Meaning::Accessibility),
    (&["Access24HoursIndicator"], Meaning::AlwaysOpen),
    (&["SupportedCurrencies"], Meaning::Text(TextField::Currencies)),
    (&["MinimumPossibleAmount"], Meaning::Text(TextField::MinAmount)),
    (&["Note"], Meaning::Note),
    (&["OtherAccessibility"], Meaning::OtherServices),
    (&["OtherATMServices"], Meaning::OtherServices),
    (&["Branch", "Identification"], Meaning::BranchId),
    (&["Location", "LocationCategory"], Meaning::Category),
    (&["Location", "Site", "Identification"], Meaning::Text(TextField::SiteRef)),
    (&["Location", "Site", "Name"], Meaning::Text(TextField::Name)),
    (&["Location", "PostalAddress", "AddressLine"], Meaning::Text(TextField::AddressLines)),
    (&["Location", "PostalAddress", "BuildingNumber"], Meaning::Text(TextField::HouseNumber)),
    (&["Location", "PostalAddress", "StreetName"], Meaning::Text(TextField::Street)),
    (&["Location", "PostalAddress", "TownName"], Meaning::Text(TextField::City)),
    (&["Location", "PostalAddress", "CountrySubDivision"], Meaning::Text(TextField::Subdivision)),
    (&["Location", "PostalAddress", "Country"], Meaning::Text(TextField::Country)),
    (&["Location", "PostalAddress", "PostCode"], Meaning::Text(TextField::Postcode)),
    (
        &["Location", "PostalAddress", "GeoLocation", "GeographicCoordinates", "Latitude"],
        Meaning::Latitude,
    ),
    (
        &["Location", "PostalAddress", "GeoLocation", "GeographicCoordinates", "Longitude"],
        Meaning::Longitude,
    ),
    (&["Availability"], Meaning::Hours),
    (&["OpeningHours"], Meaning::Hours),
    (&[OWN_MEMBER], Meaning::Own),
    (&["ATMID"], Meaning::Id),
    (&["Organisation", "ParentOrganisation", "OrganisationName", "LegalName"], Meaning::Owner),
    (&["AccessibilityTypes"], Meaning::Accessibility),
    (&["AdditionalATMServices"], Meaning::OtherServices),
    (&["Currency"], Meaning::Text(TextField::Currencies)),
    (&["MinimumValueDispensed"], Meaning::Text(TextField::MinAmount)),
    (&["BranchIdentification"], Meaning::BranchId),
    (&["LocationCategory"], Meaning::Category),
    (&["SiteID"], Meaning::Text(TextField::SiteRef)),
    (&["SiteName"], Meaning::Text(TextField::Name)),
    (&["Address", "OptionalAddressField"], Meaning::Text(TextField::AddressLines)),
    (&["Address", "BuildingNumberOrName"], Meaning::Text(TextField::HouseNumber)),
    (&["Address", "StreetName"], Meaning::Text(TextField::Street)),
    (&["Address", "TownName"], Meaning::Text(TextField::City)),
    (&["Address", "CountrySubDivision"], Meaning::Text(TextField::Subdivision)),
    (&["Address", "Country"], Meaning::Text(TextField::Country)),
    (&["Address", "PostCode"], Meaning::Text(TextField::Postcode)),
    (&["GeographicLocation", "Latitude"], Meaning::Latitude),
    (&["GeographicLocation", "Longitude"], Meaning::Longitude),
];

/// Reads the ATMs of `input` in their order, one event each.
///
/// # Errors
///
/// - [`FormatError::Io`], [`FormatError::Options`]
/// - [`FormatError::Syntax`] where the JSON breaks off or is not well-formed
/// - [`FormatError::NoRecords`] when there is no list of ATMs where the standard has one
///
/// # Cost
///
/// Two passes, the first for the names of the brands, which may stand behind their ATMs; memory
/// for one record, 1 MiB at most, and for the names.
pub fn read(
    input: &Input,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut outline = Outline::default();
    let notice = document(input, options, FORMAT, |scanner| outline.draw(scanner))?;
    if outline.brands.is_empty() && !outline.is_version_1 {
        let detail = "no list `ATM` in `data[].Brand[]`".to_owned();
        return Err(FormatError::NoRecords { format: FORMAT, detail });
    }
    let mut records = Records::new(options)?;
    let mut rows = None;
    document(input, options, FORMAT, |scanner| {
        let total = if outline.is_version_1 {
            read_version_1(scanner, &mut records, sink)?
        } else {
            read_brands(scanner, &outline.brands, &mut records, sink)?
        };
        rows = Some(total);
        Ok(())
    })
    .map(drop)?;
    if let (Some(stated), Some(rows)) = (outline.total, rows)
        && stated != rows
    {
        let detail = format!("TotalResults is {stated}, {rows} ATMs were found");
        // Nothing follows that a `Break` could spare.
        let _ = sink(Event::FileWarning(WarningKind::TotalDiffers, detail));
    }
    notice.give(sink);
    outline.facts.unused_fields = records.into_unused_fields();
    Ok(outline.facts)
}

/// What there is to know of a file before its records are read.
#[derive(Default)]
struct Outline {
    facts: FileFacts,
    total: Option<u64>,
    /// The name of each object that has a list of ATMs, in their order.
    brands: Vec<Option<String>>,
    is_version_1: bool,
}

impl Outline {
    fn draw(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Stop> {
        scanner.each_item_or_one(|scanner| {
            self.is_version_1 |= each_member_of_object(scanner, |scanner, key| match key {
                "meta" => Ok(scanner.value(|meta| self.take_meta(meta)).map(|_| ())?),
                "data" => scanner.each_item_or_one(|scanner| self.draw_data(scanner)),
                "Brand" => scanner.each_item_or_one(|scanner| self.draw_brand(scanner)),
                _ => Ok(scanner.skip()?),
            })?
            .is_some_and(|keys| keys.is_version_1);
            Ok(())
        })
    }

    fn draw_data(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Stop> {
        let seen = each_member_of_object(scanner, |scanner, key| match key {
            "Brand" => scanner.each_item_or_one(|scanner| self.draw_brand(scanner)),
            _ => Ok(scanner.skip()?),
        })?;
        self.is_version_1 |= seen.is_some_and(|keys| keys.is_version_1);
        Ok(())
    }

    fn draw_brand(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Stop> {
        let (mut name, mut has_list) = (None, false);
        let mut text = Vec::new();
        each_member_of_object(scanner, |scanner, key| {
            match key {
                "BrandName" => {
                    name = scanner.value(|name| Some(name.as_str()?.to_owned()))?.flatten();
                }
                "ATM" => {
                    has_list = true;
                    scanner.each_item_or_one(|scanner| {
                        Ok(scanner.capture(&mut text).map(|_| ())?)
                    })?;
                }
                _ => scanner.skip()?,
            }
            Ok(())
        })?;
        if has_list {
            self.brands.push(name);
        }
        Ok(())
    }

    fn take_meta(&mut self, meta: &Node<'_>) {
        let text = |key: &str| meta.get(key).and_then(Node::as_str);
        self.facts.as_of = text("LastUpdated").and_then(time::to_utc);
        self.facts.licence = text("License").map(str::to_owned);
        self.total = meta.get("TotalResults").and_then(Node::as_u64);
    }
}

/// What the keys of an object say of the version.
struct Keys {
    is_version_1: bool,
}

/// Visits the members of an object and passes over anything else.
fn each_member_of_object(
    scanner: &mut Scanner<'_>,
    mut visit: impl FnMut(&mut Scanner<'_>, &str) -> Result<(), Stop>,
) -> Result<Option<Keys>, Stop> {
    if scanner.peek()? != Some(b'{') {
        scanner.skip()?;
        return Ok(None);
    }
    let mut keys = Keys { is_version_1: false };
    scanner.each_member(|scanner, key| {
        keys.is_version_1 |= key == "ATMID" || key == "GeographicLocation";
        visit(scanner, key)
    })?;
    Ok(Some(keys))
}

fn read_version_1(
    scanner: &mut Scanner<'_>,
    records: &mut Records,
    sink: &mut Sink<'_>,
) -> Result<u64, Stop> {
    let mut make = |row: Row<'_>| atm(records, &row, None);
    if scanner.peek()? == Some(b'[') {
        return scanner.each_row(sink, make);
    }
    let mut rows = 0;
    scanner.each_member(|scanner, key| {
        match key {
            "data" => rows += rows_of(scanner, sink, &mut make)?,
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(rows)
}

fn read_brands(
    scanner: &mut Scanner<'_>,
    brands: &[Option<String>],
    records: &mut Records,
    sink: &mut Sink<'_>,
) -> Result<u64, Stop> {
    let mut brands = brands.iter();
    let mut rows = 0;
    let mut read_brand = |scanner: &mut Scanner<'_>| {
        each_member_of_object(scanner, |scanner, key| {
            match key {
                "ATM" => {
                    let brand = brands.next().and_then(Option::as_deref);
                    rows += rows_of(scanner, sink, &mut |row| atm(records, &row, brand))?;
                }
                _ => scanner.skip()?,
            }
            Ok(())
        })
        .map(|_| ())
    };
    scanner.each_item_or_one(|scanner| {
        each_member_of_object(scanner, |scanner, key| match key {
            "data" => scanner.each_item_or_one(|scanner| {
                each_member_of_object(scanner, |scanner, key| match key {
                    "Brand" => scanner.each_item_or_one(&mut read_brand),
                    _ => Ok(scanner.skip()?),
                })
                .map(|_| ())
            }),
            "Brand" => scanner.each_item_or_one(&mut read_brand),
            _ => Ok(scanner.skip()?),
        })
        .map(|_| ())
    })?;
    Ok(rows)
}

/// Makes one event of each item, or of the one value that stands in place of a list.
fn rows_of(
    scanner: &mut Scanner<'_>,
    sink: &mut Sink<'_>,
    make: &mut impl FnMut(Row<'_>) -> Event,
) -> Result<u64, Stop> {
    if scanner.peek()? == Some(b'[') {
        return scanner.each_row(sink, make);
    }
    scanner.one_row(&mut Vec::new(), sink, make)?;
    Ok(1)
}

/// The event of one ATM.
fn atm(records: &mut Records, row: &Row<'_>, brand: Option<&str>) -> Event {
    if row.node.members().is_none() {
        return row.no_object();
    }
    let mut record = row.record();
    let found = take_apart(&row.node, MEMBERS, &mut record);
    let mut parts = Parts { owner: brand.map(str::to_owned), ..Parts::default() };
    for (meaning, name, node) in found.known {
        take(records, &mut record, &mut parts, (meaning, name, node));
    }
    let Parts { owner, lat, lon, own } = parts;
    if let Some(owner) = owner {
        record.namespace = slug(&owner);
        let name = |field| (Field::Text(field), owner.clone());
        record.values.extend([name(TextField::Operator), name(TextField::Brand)]);
    }
    record.position = position_of_pair(lat, lon);
    for (name, node) in found.others {
        records.keep(&mut record, name, node);
    }
    if let Some(Node::Object(members)) = own {
        override_by(records, &mut record, &as_pairs(members).collect::<Vec<_>>());
    }
    records.finish(row, record)
}

/// What the members of one ATM say before its record is put together.
#[derive(Default)]
struct Parts<'n, 't> {
    owner: Option<String>,
    lat: Option<&'n Node<'t>>,
    lon: Option<&'n Node<'t>>,
    own: Option<&'n Node<'t>>,
}

fn take<'n, 't>(
    records: &mut Records,
    record: &mut RawRecord,
    parts: &mut Parts<'n, 't>,
    (meaning, name, node): (Meaning, String, &'n Node<'t>),
) {
    match meaning {
        Meaning::Latitude => parts.lat = Some(node),
        Meaning::Longitude => parts.lon = Some(node),
        Meaning::Own => parts.own = Some(node),
        Meaning::Owner => parts.owner = node.as_str().map(str::to_owned),
        Meaning::Id => Records::take_id(record, &name, node),
        Meaning::Text(field) => records.take_field(record, Field::Text(field), name, node),
        Meaning::BranchId => match node.scalar().as_deref() {
            // Barclays says here whether the machine stands in a branch.
            None | Some("true" | "false") => records.keep(record, name, node),
            Some(id) => record.values.push((Field::Text(TextField::BranchId), id.to_owned())),
        },
        Meaning::Services => take_codes(records, record, codes::SERVICES, name, node),
        Meaning::Accessibility => take_codes(records, record, codes::ACCESSIBILITY, name, node),
        Meaning::OtherServices => take_other_services(records, record, name, node),
        Meaning::Category => take_categories(records, record, name, node),
        Meaning::AlwaysOpen => {
            records.take_field(record, Field::Attribute(Attribute::AlwaysOpen), name, node);
        }
        Meaning::Note => take_note(records, record, name, node),
        Meaning::Hours => match week::read(node) {
            Some(hours) => {
                let field = Field::Text(TextField::OpeningHours);
                record.values.extend(hours.text.map(|text| (field, text)));
                for (key, left) in hours.left {
                    records.keep(record, format!("{name}.{key}"), left);
                }
            }
            None => records.keep_unreadable_hours(record, name, node),
        },
    }
}

/// Takes a list of codes, each of which is a yes; keeps those that no attribute stands for.
pub(crate) fn take_codes(
    records: &mut Records,
    record: &mut RawRecord,
    table: &[(&str, Attribute)],
    name: String,
    node: &Node<'_>,
) {
    let mut others = Vec::new();
    for item in node.items() {
        let known = item.as_str().and_then(|code| codes::attribute(table, code));
        match known {
            Some(attribute) => state(record, attribute, "yes"),
            None if item.is_blank() => {}
            None => others.push(item.clone()),
        }
    }
    if !others.is_empty() {
        records.keep(record, name, &Node::List(others));
    }
}

/// Takes the kind of place, of several the first that is one; keeps the codes that say more.
pub(crate) fn take_categories(
    records: &mut Records,
    record: &mut RawRecord,
    name: String,
    node: &Node<'_>,
) {
    let mut kind = None;
    let mut others = Vec::new();
    for item in node.items().iter().filter(|item| !item.is_blank()) {
        let code = item.as_str().unwrap_or_default();
        match codes::location(code) {
            Some((is, side)) if kind.is_none_or(|kind| kind == is) => {
                kind = Some(is);
                if let Some(side) = side {
                    state(record, side, "yes");
                }
                if codes::says_more(code, is) {
                    others.push(item.clone());
                }
            }
            // "Other" beside a kind adds nothing, and before one it is the lesser word.
            Some((LocationType::Other, _)) if code.eq_ignore_ascii_case("Other") => {}
            Some((is, _)) if kind == Some(LocationType::Other) => kind = Some(is),
            _ => others.push(item.clone()),
        }
    }
    if let Some(kind) = kind {
        record.values.push((Field::LocationType, kind.code().to_owned()));
    }
    if !others.is_empty() {
        records.keep(record, name, &Node::List(others));
    }
}

/// Keeps services in the publisher's own words, and takes what their names plainly state.
fn take_other_services(
    records: &mut Records,
    record: &mut RawRecord,
    name: String,
    node: &Node<'_>,
) {
    for item in node.items() {
        let words = item.get("Name").unwrap_or(item).as_str().unwrap_or_default().to_lowercase();
        let stated = codes::OTHER_SERVICES.iter().filter(|(words_of, _)| words.contains(words_of));
        for (attribute, value) in stated.flat_map(|(_, stated)| stated.iter()) {
            state(record, *attribute, value);
        }
    }
    records.keep(record, name, node);
}

/// Keeps a note; one that says "24 hours" and nothing else states that the machine never closes.
fn take_note(records: &mut Records, record: &mut RawRecord, name: String, node: &Node<'_>) {
    let whole_day = Stated::Open(vec![Span::WHOLE_DAY]);
    let always =
        |note: &Node<'_>| note.as_str().and_then(Stated::parse).as_ref() == Some(&whole_day);
    if node.items().iter().any(always) {
        state(record, Attribute::AlwaysOpen, "yes");
    }
    records.keep(record, name, node);
}

/// States an attribute that nothing has stated yet.
fn state(record: &mut RawRecord, attribute: Attribute, value: &str) {
    let field = Field::Attribute(attribute);
    if record.values.iter().all(|(stated, _)| *stated != field) {
        record.values.push((field, value.to_owned()));
    }
}

/// Lets the member `convert` wrote have the last word: its fields replace those of the standard's
/// members, a field it gives as null is taken back, and its `extra` is all there is.
fn override_by(records: &mut Records, record: &mut RawRecord, own: &[(&str, &Node<'_>)]) {
    let stated: Vec<Field> = own.iter().filter_map(|(key, _)| Field::from_code(key)).collect();
    record.values.retain(|(field, _)| !stated.contains(field));
    record.extra.clear();
    record.native_id = None;
    record.namespace = None;
    let has = |key: &str| own.iter().any(|(name, _)| *name == key);
    let place = if has("lat") && has("lon") { Place::Inside } else { Place::Outside };
    records.fill(record, own, place);
}

/// `hsbc-uk` of "HSBC UK"; `None` of a name without letters and digits.
fn slug(name: &str) -> Option<String> {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .map(name_key)
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join("-"))
}

#[cfg(test)]
mod tests {
    use super::super::json::testing::{assert_total, extra, reading, value, values as values_of};
    use super::*;
    use crate::domain::RejectReason;
    use crate::ingest::RawPosition;

    fn document(atms: &str) -> String {
        format!(
            r#"{{"meta":{{"LastUpdated":"2024-05-13T07:15:36.085Z","License":"https://example.org/licence"}},
                "data":[{{"Brand":[{{"BrandName":"Example Bank (UK)","ATM":[{atms}]}}]}}]}}"#
        )
    }

    #[test]
    fn every_member_of_the_standard_has_its_field() {
        let found = reading(
            read,
            document(
                r#"
                {"Identification":"A1","SupportedLanguages":["en","eng"],"ATMServices":["CashWithdrawal","Balance","Other"],
                 "Accessibility":["WheelchairAccess","InternalRamp","ExternalRamp"],"Access24HoursIndicator":"true",
                 "SupportedCurrencies":["GBP","EUR"],"MinimumPossibleAmount":"£10","Note":["Mind the step"],
                 "OtherAccessibility":[{"Code":"XXXX","Name":"Braille keys"}],
                 "OtherATMServices":[null,{"Name":"Cash Deposits - notes and coins","Description":"both"}],
                 "Branch":{"Identification":"0202"},"CardIssuer":"nobody",
                 "Location":{"LocationCategory":["BranchExternal"],"OtherLocationCategory":[],
                  "Site":{"Identification":"S1","Name":"ROMFORD"},
                  "PostalAddress":{"AddressLine":["Unit 1","The Mall"],"BuildingNumber":"7/8","StreetName":"High Street",
                   "TownName":"Romford","CountrySubDivision":["Essex"],"Country":"UK","PostCode":"RM1 1UP",
                   "GeoLocation":{"GeographicCoordinates":{"Latitude":"51.57691","Longitude":0.18132}}}}}"#,
            ),
        );
        let record = found.record();
        assert_eq!(record.row.to_string(), "line 3");
        assert_eq!(record.native_id.as_deref(), Some("A1"));
        assert_eq!(record.namespace.as_deref(), Some("example-bank-uk"));
        assert_eq!(record.position, RawPosition::LatLon { lat: 51.57691, lon: 0.18132 });
        assert_eq!(
            values_of(record),
            "languages=en languages=eng cash_out=yes balance=yes wheelchair=yes ramp=yes \
             always_open=true currencies=GBP currencies=EUR min_amount=£10 braille=yes cash_in=yes \
             coins_in=yes branch_id=0202 location_type=branch_external site_ref=S1 name=ROMFORD \
             address_lines=Unit 1 address_lines=The Mall house_number=7/8 street=High Street \
             city=Romford subdivision=Essex country=UK postcode=RM1 1UP \
             operator=Example Bank (UK) brand=Example Bank (UK)"
        );
        assert_eq!(extra(record, "ATMServices"), Some(r#"["Other"]"#));
        assert_eq!(extra(record, "Note"), Some(r#"["Mind the step"]"#));
        assert_eq!(extra(record, "CardIssuer"), Some("nobody"));
        let facts = found.outcome.as_ref().unwrap();
        assert_eq!(facts.as_of.as_deref(), Some("2024-05-13T07:15:36.085Z"));
        assert_eq!(facts.licence.as_deref(), Some("https://example.org/licence"));
    }

    #[test]
    fn single_values_stand_for_lists_and_brands_behind_their_atms() {
        let found = reading(
            read,
            r#"{"data":{"Brand":{"ATM":{"Identification":"1","Note":"24 hours",
                 "Branch":{"Identification":"true"},"Location":{"LocationCategory":"RetailerOutlet",
                 "PostalAddress":{"AddressLine":"Eton"}}},"BrandName":"Late"}},"meta":{"TotalResults":2}}"#,
        );
        let record = found.record();
        assert_eq!(record.namespace.as_deref(), Some("late"));
        assert_eq!(
            values_of(record),
            "always_open=yes location_type=retail address_lines=Eton operator=Late brand=Late"
        );
        assert_eq!(extra(record, "Branch.Identification"), Some("true"));
        assert_eq!(record.position, RawPosition::Missing);
        assert!(matches!(
            found.events.last(),
            Some(Event::FileWarning(WarningKind::TotalDiffers, _))
        ));
    }

    #[test]
    fn several_brands_keep_their_machines_apart() {
        let found = reading(
            read,
            r#"{"data":[{"Brand":[{"BrandName":"A","ATM":[{"Identification":"1"},7]},{"BrandName":"Empty"}]},
                        {"Brand":[{"ATM":[{"Identification":"1"}]},{"BrandName":"C","ATM":[{"Identification":"2"}]}]}],
                "meta":{"TotalResults":"4"}}"#,
        );
        let namespaces: Vec<_> = found.records().iter().map(|r| r.namespace.as_deref()).collect();
        assert_eq!(namespaces, [Some("a"), None, Some("c")]);
        assert_eq!(found.rejected(), [("line 1".to_owned(), RejectReason::MalformedRow)]);
        assert_eq!(found.events.len(), 4, "rejected rows are rows of the total");
    }

    #[test]
    fn version_1_is_read_by_its_own_names() {
        let found = reading(
            read,
            r#"{"meta":{"TotalResults":1},"data":[{"ATMID":"5","Organisation":{
                 "ParentOrganisation":{"LEI":"L","OrganisationName":{"LegalName":"Old Bank plc"}},
                 "Brand":{"TrademarkID":"9","TrademarkIPOCode":"UK"}},
                 "AccessibilityTypes":["DriveThru","ChairAccess"],"Currency":["GBP"],
                 "MinimumValueDispensed":"£5","LocationCategory":"SupermarketExternal",
                 "BranchIdentification":"B","SiteID":"S","SiteName":"N","AdditionalATMServices":["Coin deposit"],
                 "ATMServices":["ChequeBookRequest","FastCash"],
                 "Address":{"BuildingNumberOrName":"1","StreetName":"St","TownName":"T","Country":"GB","PostCode":"P"},
                 "GeographicLocation":{"Latitude":"51.5","Longitude":"-0.1"}}]}"#,
        );
        let record = found.record();
        assert_eq!(record.native_id.as_deref(), Some("5"));
        assert_eq!(record.namespace.as_deref(), Some("old-bank-plc"));
        assert_eq!(record.position, RawPosition::LatLon { lat: 51.5, lon: -0.1 });
        assert_eq!(
            values_of(record),
            "drive_through=yes currencies=GBP min_amount=£5 outdoor=yes location_type=supermarket \
             branch_id=B site_ref=S name=N coins_in=yes fast_cash=yes house_number=1 street=St \
             city=T country=GB postcode=P operator=Old Bank plc brand=Old Bank plc"
        );
        assert_eq!(extra(record, "Organisation.Brand.TrademarkID"), Some("9"));
        assert_eq!(found.events.len(), 1);
    }

    #[test]
    fn categories_that_say_more_are_kept() {
        for (written, kind, kept) in [
            (r#""RemoteUnit""#, "other", Some(r#"["RemoteUnit"]"#)),
            (r#"["Other"]"#, "other", None),
            (r#"["Other","BranchLobby"]"#, "branch_lobby", None),
            (r#"["BranchLobby","Airport"]"#, "branch_lobby", Some(r#"["Airport"]"#)),
        ] {
            let found = reading(
                read,
                document(&format!(r#"{{"Location":{{"LocationCategory":{written}}}}}"#)),
            );
            assert_eq!(value(found.record(), "location_type"), [kind], "{written}");
            assert_eq!(extra(found.record(), "Location.LocationCategory"), kept, "{written}");
        }
    }

    #[test]
    fn hours_of_the_availability_member_are_read() {
        let found = reading(
            read,
            document(
                r#"{"Availability":{"StandardAvailability":{"Day":[
                    {"Name":"Monday","OpeningHours":[{"OpeningTime":"09:00","ClosingTime":"17:00"}]},
                    {"Name":"Sunday","OpeningHours":[]}]}}}"#,
            ),
        );
        let hours = value(found.record(), "opening_hours");
        assert_eq!(hours, ["Mo 09:00-17:00; Tu-Sa unknown; Su off"]);
    }

    #[test]
    fn what_convert_added_has_the_last_word() {
        let found = reading(
            read,
            document(
                r#"{"Identification":"A1","ATMServices":["Balance"],"Note":"x",
                    "NearestATM":{"nearest_atm_id":"x:A1","brand":null,"operator":"Other Bank","cash_in":"no",
                    "balance":"no","networks":["LINK","Plus"],"source":"s","extra":{"k":"v"}},
                    "Location":{"PostalAddress":{"GeoLocation":{"GeographicCoordinates":
                    {"Latitude":"51.5","Longitude":"-0.1"}}}}}"#,
            ),
        );
        let record = found.record();
        assert!(record.id_is_complete);
        assert_eq!(record.native_id.as_deref(), Some("x:A1"));
        assert_eq!(record.namespace, None);
        assert_eq!(
            values_of(record),
            "operator=Other Bank cash_in=no balance=no networks=LINK networks=Plus"
        );
        assert_eq!(record.extra, [("k".to_owned(), "v".to_owned())]);
        assert_eq!(record.position, RawPosition::LatLon { lat: 51.5, lon: -0.1 });
    }

    #[test]
    fn without_a_list_where_it_belongs_there_are_no_records() {
        for nothing in
            [r#"{"data":[]}"#, r#"{"data":[{"Brand":[{"BrandName":"A"}]}]}"#, "{}", "[]", "7"]
        {
            let outcome = reading(read, nothing).outcome;
            assert!(
                matches!(outcome, Err(FormatError::NoRecords { .. })),
                "{nothing}: {outcome:?}"
            );
        }
        assert!(reading(read, document("")).outcome.is_ok());
        assert_eq!(reading(read, "{\"data\":[{\"Brand\":[{\"ATM\":[\n{}").syntax_line(), 2);
    }

    #[test]
    fn any_bytes_are_read_without_panic_and_every_element_counts_once() {
        assert_total(read, document);
    }
}
