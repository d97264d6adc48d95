//! The ATMs of the Open Bank Project, API versions 4 and 5.1.
//!
//! Every value is a string there, `""` what nobody entered; several programs that fill the API
//! write `"false"` for that too, so that a yes or no in place of a text is nothing.

use crate::domain::{Attribute, Fee, Field, TextField};
use crate::ingest::{Event, FileFacts, FormatError, Input, RawRecord, ReadOptions, Sink, values};

use super::json::geometry::position_of_pair;
use super::json::members::{Table, take_apart};
use super::json::node::Node;
use super::json::records::Records;
use super::json::rows::Row;
use super::json::scan::document;
use super::json::week;
use super::open_banking::{codes, take_categories, take_codes};

const FORMAT: &str = "Open Bank Project JSON";

/// What a member of an ATM means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Id,
    BankId,
    Text(TextField),
    Is(Attribute),
    Services,
    Accessibility,
    Categories,
    Charge(&'static str),
    Latitude,
    Longitude,
    Licence,
    Day,
}

const MEMBERS: Table<Meaning> = &[
    (&["id"], Meaning::Id),
    (&["bank_id"], Meaning::BankId),
    (&["name"], Meaning::Text(TextField::Name)),
    (&["address", "line_1"], Meaning::Text(TextField::AddressLines)),
    (&["address", "line_2"], Meaning::Text(TextField::AddressLines)),
    (&["address", "line_3"], Meaning::Text(TextField::AddressLines)),
    (&["address", "city"], Meaning::Text(TextField::City)),
    (&["address", "state"], Meaning::Text(TextField::Subdivision)),
    (&["address", "county"], Meaning::Text(TextField::Subdivision)),
    (&["address", "postcode"], Meaning::Text(TextField::Postcode)),
    (&["address", "country_code"], Meaning::Text(TextField::Country)),
    (&["location", "latitude"], Meaning::Latitude),
    (&["location", "longitude"], Meaning::Longitude),
    (&["meta", "license"], Meaning::Licence),
    (&["monday"], Meaning::Day),
    (&["tuesday"], Meaning::Day),
    (&["wednesday"], Meaning::Day),
    (&["thursday"], Meaning::Day),
    (&["friday"], Meaning::Day),
    (&["saturday"], Meaning::Day),
    (&["sunday"], Meaning::Day),
    (&["is_accessible"], Meaning::Is(Attribute::Wheelchair)),
    (&["has_deposit_capability"], Meaning::Is(Attribute::CashIn)),
    (&["supported_languages"], Meaning::Text(TextField::Languages)),
    (&["services"], Meaning::Services),
    (&["accessibility_features"], Meaning::Accessibility),
    (&["supported_currencies"], Meaning::Text(TextField::Currencies)),
    (&["location_categories"], Meaning::Categories),
    (&["minimum_withdrawal"], Meaning::Text(TextField::MinAmount)),
    (&["branch_identification"], Meaning::Text(TextField::BranchId)),
    (&["site_identification"], Meaning::Text(TextField::SiteRef)),
    (&["site_name"], Meaning::Text(TextField::Name)),
    (&["cash_withdrawal_national_fee"], Meaning::Charge("national_withdrawal")),
    (&["cash_withdrawal_international_fee"], Meaning::Charge("international_withdrawal")),
    (&["balance_inquiry_fee"], Meaning::Charge("balance")),
];

/// Reads the ATMs of `input` in their order, one event each. The bank's id is the namespace of
/// its machines' ids.
///
/// # Errors
///
/// - [`FormatError::Io`], [`FormatError::Options`]
/// - [`FormatError::Syntax`] where the JSON breaks off or is not well-formed
/// - [`FormatError::NoRecords`] when there is no list `atms`
///
/// # Cost
///
/// One pass; memory for one record, 1 MiB at most.
pub fn read(
    input: &Input,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut records = Records::new(options)?;
    let mut licence = None;
    let mut has_list = false;
    document(input, FORMAT, |scanner| {
        let mut make = |row: Row<'_>| atm(&mut records, &row, &mut licence);
        if scanner.peek()? == Some(b'[') {
            has_list = true;
            scanner.each_row(sink, make)?;
            return Ok(());
        }
        scanner.each_member(|scanner, key| {
            if key == "atms" {
                has_list = true;
                scanner.each_row(sink, &mut make)?;
            } else {
                scanner.skip()?;
            }
            Ok(())
        })
    })?;
    if !has_list {
        let detail = "no list `atms`".to_owned();
        return Err(FormatError::NoRecords { format: FORMAT, detail });
    }
    Ok(FileFacts { licence, unused_fields: records.into_unused_fields(), ..FileFacts::default() })
}

/// The event of one ATM. The licence of the first that states one is the file's.
fn atm(records: &mut Records, row: &Row<'_>, licence: &mut Option<String>) -> Event {
    if row.node.members().is_none() {
        return row.no_object();
    }
    let mut record = row.record();
    let found = take_apart(&row.node, MEMBERS, &mut record);
    let (mut lat, mut lon) = (None, None);
    let mut days = Vec::new();
    let mut charges = Vec::new();
    for (meaning, name, node) in found.known {
        let says_nothing = matches!(node.scalar().as_deref(), Some("true" | "false"));
        match meaning {
            Meaning::Latitude => lat = Some(node),
            Meaning::Longitude => lon = Some(node),
            Meaning::Day => days.push((name.into(), node.clone())),
            Meaning::Is(attribute) => {
                records.take_field(&mut record, Field::Attribute(attribute), name, node);
            }
            Meaning::Licence => take_licence(records, &mut record, licence, name, node),
            _ if says_nothing => {}
            Meaning::Id => records.take_id(&mut record, &name, node),
            Meaning::BankId => record.namespace = node.scalar().map(|id| id.into_owned()),
            Meaning::Text(field) => {
                let field = Field::Text(field);
                let taken = record.values.iter().any(|(stated, _)| *stated == field);
                // The state goes before the county, the machine's name before the site's.
                if taken && field != Field::Text(TextField::AddressLines) {
                    records.keep(&mut record, name, node);
                } else {
                    records.take_field(&mut record, field, name, node);
                }
            }
            Meaning::Services => {
                take_words(records, &mut record, codes::SERVICES, name, node);
            }
            Meaning::Accessibility => {
                take_words(records, &mut record, codes::ACCESSIBILITY, name, node);
            }
            Meaning::Categories => take_categories(records, &mut record, name, node),
            Meaning::Charge(kind) => charges.push((kind, name, node)),
        }
    }
    record.position = position_of_pair(lat, lon);
    take_days(records, &mut record, Node::Object(days));
    take_charges(records, &mut record, &charges);
    for (name, node) in found.others {
        records.keep(&mut record, name, node);
    }
    records.finish(row, record)
}

fn take_licence(
    records: &mut Records,
    record: &mut RawRecord,
    licence: &mut Option<String>,
    name: String,
    node: &Node<'_>,
) {
    let stated = node.get("name").or_else(|| node.get("id")).unwrap_or(node).to_extra();
    if *licence.get_or_insert_with(|| stated.clone()) != stated {
        records.keep(record, name, node);
    }
}

/// Takes services by the codes of Open Banking, which the API's examples use, and by plain words.
fn take_words(
    records: &mut Records,
    record: &mut RawRecord,
    table: &[(&str, Attribute)],
    name: String,
    node: &Node<'_>,
) {
    let (mut coded, mut worded) = (Vec::new(), Vec::new());
    for item in node.items() {
        let is_code = item.as_str().is_some_and(|code| codes::attribute(table, code).is_some());
        if is_code { coded.push(item.clone()) } else { worded.push(item.clone()) }
    }
    take_codes(records, record, table, name.clone(), &Node::List(coded));
    if !worded.is_empty() {
        records.take_features(record, name, &Node::List(worded));
    }
}

fn take_days(records: &mut Records, record: &mut RawRecord, days: Node<'_>) {
    if days.is_blank() {
        return;
    }
    match week::read(&days) {
        Some(hours) => {
            let field = Field::Text(TextField::OpeningHours);
            record.values.extend(hours.text.map(|text| (field, text)));
        }
        None => records.keep_unreadable_hours(record, "opening_hours".to_owned(), &days),
    }
}

/// Takes amounts as charges in the machine's one currency. Whether everyone pays follows where
/// both withdrawals have an amount.
fn take_charges(
    records: &mut Records,
    record: &mut RawRecord,
    charges: &[(&'static str, String, &Node<'_>)],
) {
    let currencies: Vec<String> = record
        .values
        .iter()
        .filter(|(field, _)| *field == Field::Text(TextField::Currencies))
        .map(|(_, code)| code.clone())
        .collect();
    let mut costs = Vec::new();
    for (kind, name, node) in charges {
        let amount = node.scalar().and_then(|text| {
            let field = Field::Text(TextField::MinAmount);
            values::canonical(field, &text).ok().flatten().map(|amount| amount.into_owned())
        });
        if let Some(amount) = &amount
            && *kind != "balance"
        {
            costs.push(amount.bytes().any(|byte| (b'1'..=b'9').contains(&byte)));
        }
        match (amount, &currencies[..]) {
            (Some(amount), [currency]) => {
                let charge = format!("{kind} {amount} {currency}");
                record.values.push((Field::Text(TextField::Charges), charge));
            }
            _ => records.keep(record, name.clone(), node),
        }
    }
    let fee = match costs[..] {
        [true, true] => Fee::Everyone,
        [false, false] => Fee::Free,
        [_, _] => Fee::SomeCustomers,
        _ => return,
    };
    record.values.push((Field::Fee, fee.code().to_owned()));
}
