//! The ATMs of the Open Bank Project, API versions 4 and 5.1.
//!
//! Every value is a string there, `""` what nobody entered; several programs that fill the API
//! write `"false"` for that too, so that a yes or no in place of a text is nothing.

use std::borrow::Cow;

use crate::domain::{Attribute, Fee, Field, TextField};
use crate::ingest::{Event, FileFacts, FormatError, Input, RawRecord, ReadOptions, Sink, values};

use super::json::document::document;
use super::json::geometry::position_of_pair;
use super::json::members::{Table, take_apart};
use super::json::node::Node;
use super::json::records::Records;
use super::json::rows::Row;
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
    let notice = document(input, options, FORMAT, |scanner| {
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
    notice.give(sink);
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
            Meaning::Id => Records::take_id(&mut record, &name, node),
            Meaning::BankId => record.namespace = node.scalar().map(Cow::into_owned),
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
    take_days(records, &mut record, &Node::Object(days));
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

fn take_days(records: &mut Records, record: &mut RawRecord, days: &Node<'_>) {
    if days.is_blank() {
        return;
    }
    match week::read(days) {
        Some(hours) => {
            let field = Field::Text(TextField::OpeningHours);
            record.values.extend(hours.text.map(|text| (field, text)));
        }
        None => records.keep_unreadable_hours(record, "opening_hours".to_owned(), days),
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
            values::canonical(field, &text).ok().flatten().map(Cow::into_owned)
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

#[cfg(test)]
mod tests {
    use super::super::json::testing::{assert_total, extra, reading, value, values as values_of};
    use super::*;
    use crate::ingest::RawPosition;

    const ATM: &str = r#"
      {"id":"atm-1","bank_id":"gh.29.uk","name":"Main Street","address":{"line_1":"No 1","line_2":"",
       "line_3":"Wide Rd","city":"Berlin","county":"","state":"Brandenburg","postcode":"13359","country_code":"DE"},
       "location":{"latitude":52.55,"longitude":13.36},
       "meta":{"license":{"id":"PDDL","name":"Open Data Commons PDDL"}},
       "monday":{"opening_time":"10:00","closing_time":"18:00"},"tuesday":{"opening_time":"10:00","closing_time":"18:00"},
       "wednesday":{"opening_time":"10:00","closing_time":"18:00"},"thursday":{"opening_time":"10:00","closing_time":"18:00"},
       "friday":{"opening_time":"10:00","closing_time":"18:00"},"saturday":{"opening_time":"closed","closing_time":"closed"},
       "sunday":{"opening_time":"","closing_time":""},
       "is_accessible":"true","located_at":"by the door","more_info":"","has_deposit_capability":"false",
       "supported_languages":["es","de"],"services":["ATBP","CASH_WITHDRAWAL","juggling"],
       "accessibility_features":["ATAC","ATAD"],"supported_currencies":["EUR"],"notes":["n1","n2"],
       "location_categories":["ATBI"],"minimum_withdrawal":"5","branch_identification":"false",
       "site_identification":"S9","site_name":"Site","cash_withdrawal_national_fee":"0.00",
       "cash_withdrawal_international_fee":"2.50","balance_inquiry_fee":"","atm_type":"X","phone":"1"}"#;

    #[test]
    fn every_member_of_the_api_has_its_field() {
        let found = reading(read, format!("{{\"atms\":[{ATM}]}}"));
        let record = found.record();
        assert_eq!(record.native_id.as_deref(), Some("atm-1"));
        assert_eq!(record.namespace.as_deref(), Some("gh.29.uk"));
        assert_eq!(record.position, RawPosition::LatLon { lat: 52.55, lon: 13.36 });
        assert_eq!(
            values_of(record),
            "name=Main Street address_lines=No 1 address_lines=Wide Rd city=Berlin \
             subdivision=Brandenburg postcode=13359 country=DE wheelchair=true cash_in=false \
             languages=es languages=de bill_payment=yes cash_out=yes audio=yes automatic_doors=yes \
             currencies=EUR location_type=branch_internal min_amount=5 site_ref=S9 \
             opening_hours=Mo-Fr 10:00-18:00; Sa off; Su unknown \
             charges=national_withdrawal 0.00 EUR charges=international_withdrawal 2.50 EUR \
             fee=some_customers"
        );
        let left = ["located_at", "services", "notes", "site_name", "atm_type", "phone"];
        for name in left {
            assert!(extra(record, name).is_some(), "{name}: {:?}", record.extra);
        }
        assert_eq!(record.extra.len(), left.len(), "{:?}", record.extra);
        let facts = found.outcome.as_ref().unwrap();
        assert_eq!(facts.licence.as_deref(), Some("Open Data Commons PDDL"));
    }

    #[test]
    fn blank_texts_state_nothing() {
        let found = reading(
            read,
            r#"{"atms":[{"id":"1","bank_id":"b","is_accessible":"","has_deposit_capability":"",
                "services":[""],"supported_currencies":[],"monday":{"opening_time":"","closing_time":""},
                "cash_withdrawal_national_fee":"false","site_name":"false"}]}"#,
        );
        assert_eq!(values_of(found.record()), "");
        assert_eq!(found.record().extra, []);
    }

    #[test]
    fn charges_without_one_currency_are_kept_as_they_stand() {
        let found = reading(
            read,
            r#"{"atms":[{"id":"1","bank_id":"b","supported_currencies":["EUR","USD"],
                "cash_withdrawal_national_fee":"1","cash_withdrawal_international_fee":"3"}]}"#,
        );
        assert_eq!(value(found.record(), "charges"), Vec::<&str>::new());
        assert_eq!(value(found.record(), "fee"), ["everyone"]);
        assert_eq!(extra(found.record(), "cash_withdrawal_national_fee"), Some("1"));
    }

    #[test]
    fn a_document_without_the_list_holds_no_records() {
        let outcome = reading(read, r#"{"banks":[]}"#).outcome;
        assert!(matches!(outcome, Err(FormatError::NoRecords { .. })), "{outcome:?}");
        assert_eq!(reading(read, format!("[{ATM}]")).records().len(), 1);
    }

    #[test]
    fn any_bytes_are_read_without_panic_and_every_element_counts_once() {
        assert_total(read, |atms| format!("{{\"atms\":[{atms}]}}"));
    }
}
