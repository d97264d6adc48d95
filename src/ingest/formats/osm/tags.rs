//! `OpenStreetMap` tags to the words of the record.
//!
//! An object counts as an ATM when it is one (`amenity=atm`) or says that it has one (`atm=yes`,
//! or a number, on a bank, a shop, a fuel station, …: the *host*). `atm=no` and `atm=separate` do
//! not count, nor does anything behind a lifecycle prefix (`disused:amenity=atm`) or an object
//! that is itself out of use (`disused=yes`).
//!
//! A host's tags describe the host. Only what holds for the machine as well is taken from them:
//! name, address, floor, kind of place, words that only a machine can mean (`cash_in`), and from a
//! bank its own name as the operator. What would be another field of the record goes to `extra`
//! under `host_…`: the hours of a shop are not the hours of the machine in its wall. Tags that
//! begin with `atm:` or end with `:atm` state the machine's own values.
//!
//! Two defaults of the tagging scheme are treated differently. That an ATM dispenses cash is its
//! definition, so `cash_out` is yes unless stated otherwise or the machine deals in a
//! cryptocurrency. That it takes none when `cash_in` is absent is a convention between mappers,
//! and 93 % of objects say nothing: it stays unknown.

use crate::domain::{Attribute, Field, TextField};

use super::tag_rules::{self, Kind};

/// What the tags of one ATM say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AtmTags {
    /// Values for fields of the record: in its own words where the tag's value is one of those the
    /// scheme documents, else as written, for the judge to see. List fields may occur repeatedly.
    pub(crate) values: Vec<(Field, String)>,
    /// Everything else, by the tags' own keys; what describes only the host as `host_…`; `host`
    /// itself is the tag that says what the host is.
    pub(crate) extra: Vec<(String, String)>,
}

/// How an object comes to count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Machine {
    Itself,
    OnHost,
}

/// Whether an object with these tags is or has an ATM. Cheap enough for every object of an extract.
pub(crate) fn is_atm<'t>(tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> bool {
    machine(tags).is_some()
}

/// Reads the tags of one object, each a key and a value; `None` when it is no ATM.
pub(crate) fn read_tags(tags: &[(&str, &str)]) -> Option<AtmTags> {
    let machine = machine(tags.iter().copied())?;
    let on_host = machine == Machine::OnHost;
    let bank = tags.iter().any(|&tag| tag_rules::is_bank(tag));
    let host = on_host.then(|| tag_rules::host(tags)).flatten();
    let mut reading = AtmTags::default();
    let mut ruled = Vec::with_capacity(tags.len());
    for &(key, value) in tags {
        let value = value.trim();
        let own = key.strip_prefix("atm:").or_else(|| key.strip_suffix(":atm"));
        let states_machine = own.is_some() || !on_host;
        match tag_rules::rule_of(own.unwrap_or(key)) {
            _ if value.is_empty() || says_that_it_counts(key, value) => {}
            _ if host.is_some_and(|(host, _)| host == key) => {
                reading.keep(false, "host", &format!("{key}={value}"));
            }
            Some(rule) if states_machine || tag_rules::holds_for_machine(key, bank) => {
                ruled.push((!states_machine, rule, key, value));
            }
            Some(_) => reading.keep(true, key, value),
            None if key == "atm" && is_count(value) => {
                reading.values.push((Field::Text(TextField::MachineCount), value.to_owned()));
            }
            None => reading.keep(false, key, value),
        }
    }
    // The machine's own tags before its host's, and of several keys for one field the better first.
    ruled.sort_by_key(|&(of_host, (rank, ..), ..)| (of_host, rank));
    for (of_host, (_, rule, rest), key, value) in ruled {
        if !reading.take(rule.kind, rest, value) {
            reading.keep(of_host, key, value);
        }
    }
    reading.add_place(tags, on_host, bank);
    if on_host && bank {
        reading.add_operator_of_bank();
    }
    reading.add_what_follows();
    Some(reading)
}

fn machine<'t>(tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Option<Machine> {
    let mut found = None;
    for (key, value) in tags {
        match key {
            "amenity" if items(value).any(is_word_atm) => {
                let alone = items(value).all(is_word_atm);
                found = Some(if alone { Machine::Itself } else { Machine::OnHost });
            }
            "atm"
                if is_count(value) || items(value).any(|item| item.eq_ignore_ascii_case("yes")) =>
            {
                found = found.or(Some(Machine::OnHost));
            }
            "disused" | "abandoned" | "demolished" | "razed" | "removed" if value == "yes" => {
                return None;
            }
            _ => {}
        }
    }
    found
}

/// Whether the tag says no more than that its object is or has an ATM.
fn says_that_it_counts(key: &str, value: &str) -> bool {
    (key == "amenity" && items(value).all(is_word_atm))
        || (key == "atm" && value.eq_ignore_ascii_case("yes"))
}

fn is_word_atm(word: &str) -> bool {
    word.eq_ignore_ascii_case("atm")
}

/// The items of a `;` list.
fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(';').map(str::trim).filter(|item| !item.is_empty())
}

fn is_count(value: &str) -> bool {
    value.parse::<u32>().is_ok_and(|count| count > 0)
}

impl AtmTags {
    fn value(&self, field: Field) -> Option<&str> {
        self.values.iter().find(|(stated, _)| *stated == field).map(|(_, value)| value.as_str())
    }

    /// Takes a value for `field` unless a better key has given one.
    fn set(&mut self, field: Field, value: &str) -> bool {
        let free = self.value(field).is_none();
        if free {
            self.values.push((field, value.to_owned()));
        }
        free
    }

    fn add_item(&mut self, field: TextField, item: &str) {
        let field = Field::Text(field);
        if !self.values.iter().any(|(stated, value)| *stated == field && value == item) {
            self.values.push((field, item.to_owned()));
        }
    }

    fn keep(&mut self, of_host: bool, key: &str, value: &str) {
        let key = if of_host { format!("host_{key}") } else { key.to_owned() };
        self.extra.push((key, value.to_owned()));
    }

    /// Takes what one tag says by the kind of its rule; `rest` is what its key leaves over. `false`
    /// when the tag must be kept: a better key has already said it, or no field holds what it says.
    fn take(&mut self, kind: Kind, rest: &str, value: &str) -> bool {
        let word = value.to_lowercase();
        let yes_no = tag_rules::yes_no(&word);
        let yes = yes_no == Some("yes");
        match kind {
            Kind::Is(attribute, words_for_yes) => {
                let further = words_for_yes.contains(&word.as_str()).then_some("yes");
                self.set(Field::Attribute(attribute), yes_no.or(further).unwrap_or(value))
            }
            Kind::Text(field) => self.set(Field::Text(field), value),
            Kind::List(field) => {
                items(value).for_each(|item| self.add_item(field, item));
                true
            }
            Kind::Word(field, words) => {
                self.set(field, in_own_words(words, &word).unwrap_or(value))
            }
            Kind::Fee => match charge(value) {
                Some(charge) => {
                    self.add_item(TextField::Charges, &charge);
                    self.set(Field::Fee, "everyone")
                }
                None => self.set(Field::Fee, in_own_words(tag_rules::FEE, &word).unwrap_or(value)),
            },
            Kind::Charge => self.take_named(TextField::Charges, charge(value).as_deref()),
            Kind::Count => is_count(value) && self.set(Field::Text(TextField::MachineCount), value),
            Kind::SeenOn => self.seen_on(value),
            Kind::Hours => {
                let always = tag_rules::ALWAYS_OPEN.contains(&word.as_str());
                let hours = if always { "24/7" } else { value };
                let taken = self.set(Field::Text(TextField::OpeningHours), hours);
                if taken && always {
                    self.set(Field::Attribute(Attribute::AlwaysOpen), "yes");
                }
                taken
            }
            Kind::Currency => self
                .take_named(TextField::Currencies, tag_rules::currency_code(rest).filter(|_| yes)),
            Kind::Currencies => {
                for item in items(value) {
                    let code = tag_rules::currency_code(item).unwrap_or(item);
                    self.add_item(TextField::Currencies, code);
                }
                true
            }
            Kind::Scheme => {
                self.take_named(TextField::Schemes, tag_rules::scheme_name(rest).filter(|_| yes))
            }
            Kind::Language(attribute) => {
                if let Some(attribute) = attribute.filter(|_| yes) {
                    self.set(Field::Attribute(attribute), "yes");
                }
                self.take_named(TextField::Languages, Some(rest).filter(|_| yes))
            }
        }
    }

    fn take_named(&mut self, field: TextField, name: Option<&str>) -> bool {
        if let Some(name) = name {
            self.add_item(field, name);
        }
        name.is_some()
    }

    /// Keeps the latest of several dates.
    fn seen_on(&mut self, date: &str) -> bool {
        let field = Field::Text(TextField::CheckedAt);
        let Some((_, latest)) = self.values.iter_mut().find(|(stated, _)| *stated == field) else {
            return self.set(field, date);
        };
        let begins_with_year = |text: &str| {
            text.len() >= 4 && text.bytes().take(4).all(|digit| digit.is_ascii_digit())
        };
        if begins_with_year(date) && (!begins_with_year(latest) || date > latest.as_str()) {
            let earlier = std::mem::replace(latest, date.to_owned());
            self.keep(false, "earlier_check_date", &earlier);
            return true;
        }
        latest == date
    }

    /// Where the machine stands, by what the object it is part of is.
    fn add_place(&mut self, tags: &[(&str, &str)], on_host: bool, bank: bool) {
        // `indoor` on a bank tells where the bank is, not on which side of its wall the machine
        // stands; of a host, only `atm:indoor` and `atm:outdoor` have become attributes.
        let stated = |attribute| self.value(Field::Attribute(attribute));
        let branch = match (stated(Attribute::Indoor), stated(Attribute::Outdoor)) {
            (Some("yes"), _) | (None, Some("no")) => Some("branch_internal"),
            (Some("no"), _) | (None, Some("yes")) => Some("branch_external"),
            _ => None,
        };
        let kind = if on_host && bank { branch } else { tag_rules::place(tags, on_host) };
        if let Some(kind) = kind {
            self.set(Field::LocationType, kind);
        }
    }

    /// A bank runs the machine it says it has; its brand, or else its name, says which bank it is.
    fn add_operator_of_bank(&mut self) {
        let [brand, name] = [TextField::Brand, TextField::Name].map(Field::Text);
        if let Some(bank) = self.value(brand).or_else(|| self.value(name)).map(str::to_owned) {
            self.set(Field::Text(TextField::Operator), &bank);
        }
    }

    /// What the stated values entail: inside is not outside, and an ATM dispenses cash.
    fn add_what_follows(&mut self) {
        let [indoor, outdoor] = [Attribute::Indoor, Attribute::Outdoor].map(Field::Attribute);
        for (stated, other) in [(indoor, outdoor), (outdoor, indoor)] {
            match self.value(stated) {
                Some("yes") => self.set(other, "no"),
                Some("no") => self.set(other, "yes"),
                _ => continue,
            };
        }
        let bitcoin = (Field::Text(TextField::Currencies), "XBT".to_owned());
        let crypto = self.values.contains(&bitcoin)
            || self.extra.iter().any(|(key, value)| tag_rules::is_crypto(key, value));
        if !crypto {
            self.set(Field::Attribute(Attribute::CashOut), "yes");
        }
    }
}

fn in_own_words(words: &[(&str, &'static str)], written: &str) -> Option<&'static str> {
    words.iter().find(|(word, _)| *word == written).map(|(_, own)| *own)
}

/// "2.50 EUR" as a charge for using the machine, whatever for.
fn charge(written: &str) -> Option<String> {
    let (amount, currency) = written.split_once(char::is_whitespace)?;
    let currency = tag_rules::currency_code(currency)?;
    let number: f64 = amount.parse().ok()?;
    (number.is_finite() && number > 0.0).then(|| format!("use {amount} {currency}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tags written as `key=value` lines of one text.
    fn tags(text: &str) -> Vec<(&str, &str)> {
        text.split(" | ").map(|tag| tag.split_once('=').unwrap()).collect()
    }

    fn reading(text: &str) -> AtmTags {
        read_tags(&tags(text)).unwrap()
    }

    fn stated(text: &str, code: &str) -> Vec<String> {
        let field = Field::from_code(code).unwrap();
        let values = reading(text).values.into_iter();
        values.filter(|(stated, _)| *stated == field).map(|(_, value)| value).collect()
    }

    fn extra(text: &str, key: &str) -> Option<String> {
        reading(text).extra.into_iter().find(|(other, _)| other == key).map(|(_, value)| value)
    }

    #[test]
    fn an_object_counts_when_it_is_or_has_an_atm() {
        for yes in [
            "amenity=atm",
            "amenity=bank;atm",
            "amenity=atm; bank | name=Bank",
            "amenity=bank | atm=yes",
            "shop=convenience | atm=2",
            "atm=yes",
            "disused:amenity=bank | atm=yes",
            "amenity=atm | currency:XBT=yes",
        ] {
            assert!(is_atm(tags(yes)), "{yes}");
        }
        for no in [
            "amenity=bank",
            "amenity=bank | atm=no",
            "amenity=bank | atm=separate",
            "amenity=bank | atm=0",
            "disused:amenity=atm",
            "was:amenity=atm | abandoned:atm=yes",
            "construction:amenity=atm",
            "amenity=atm | disused=yes",
            "abandoned=yes | amenity=bank | atm=yes",
            "amenity=cafe | name=ATM | inside_atm=yes",
        ] {
            assert!(!is_atm(tags(no)) && read_tags(&tags(no)).is_none(), "{no}");
        }
    }

    #[test]
    fn a_machine_dispenses_cash_and_takes_it_only_when_that_is_stated() {
        assert_eq!(stated("amenity=atm", "cash_out"), ["yes"]);
        assert!(stated("amenity=atm", "cash_in").is_empty());
        assert_eq!(stated("amenity=atm | cash_out=no | cash_in=yes", "cash_out"), ["no"]);
        assert_eq!(stated("amenity=atm | cash_in=maybe", "cash_in"), ["maybe"], "judged later");
    }

    #[test]
    fn a_cryptocurrency_machine_is_not_said_to_dispense_cash() {
        let text = "amenity=atm | currency:XBT=yes | currency:LTC=yes | currency:EUR=no";
        assert_eq!(stated(text, "currencies"), ["XBT"]);
        assert!(stated(text, "cash_out").is_empty());
        assert_eq!(extra(text, "currency:LTC").as_deref(), Some("yes"));
        assert_eq!(extra(text, "currency:EUR").as_deref(), Some("no"));
        assert!(stated("amenity=atm | currency:ETH=yes", "cash_out").is_empty());
    }

    #[test]
    fn hours_of_a_host_are_not_hours_of_the_machine() {
        let bank = "amenity=bank | atm=yes | opening_hours=Mo-Fr 09:00-16:00 | wheelchair=yes";
        assert!(stated(bank, "opening_hours").is_empty());
        assert!(stated(bank, "wheelchair").is_empty());
        assert_eq!(extra(bank, "host_opening_hours").as_deref(), Some("Mo-Fr 09:00-16:00"));
        assert_eq!(extra(bank, "host").as_deref(), Some("amenity=bank"));
        for own in ["atm:opening_hours=24/7", "opening_hours:atm=24/7"] {
            let text = format!("{bank} | {own}");
            assert_eq!(stated(&text, "opening_hours"), ["24/7"]);
            assert_eq!(stated(&text, "always_open"), ["yes"]);
        }
        assert_eq!(
            stated("amenity=atm | opening_hours=Mo-Fr 08:00-20:00", "opening_hours").len(),
            1
        );
    }

    #[test]
    fn the_operator_comes_from_a_bank_but_not_from_a_shop() {
        assert_eq!(stated("amenity=bank | atm=yes | name=Banco Sol", "operator"), ["Banco Sol"]);
        let bank = "amenity=bank | atm=yes | name=Filiale | brand=Sparkasse | atm:operator=Euronet";
        assert_eq!(stated(bank, "operator"), ["Euronet"]);
        let shop = "shop=convenience | atm=yes | name=Corner | operator=Smith | brand=Spar";
        assert!(stated(shop, "operator").is_empty() && stated(shop, "brand").is_empty());
        assert_eq!(extra(shop, "host_operator").as_deref(), Some("Smith"));
        assert!(stated("amenity=atm | brand=Otto.", "operator").is_empty());
    }

    #[test]
    fn the_kind_of_place_is_the_hosts_and_the_side_of_a_banks_wall_only_what_is_stated() {
        for (text, kind) in [
            ("shop=supermarket | atm=yes", Some("supermarket")),
            ("shop=mall | atm=yes", Some("retail")),
            ("amenity=fuel | shop=convenience | atm=yes", Some("fuel")),
            ("railway=station | atm=yes", Some("transport_station")),
            ("building=hospital | atm=yes", Some("hospital")),
            ("amenity=atm", None),
            ("amenity=atm | tourism=hotel", Some("hotel")),
            ("amenity=bank | atm=yes | indoor=yes", None),
            ("amenity=bank | atm=yes | atm:indoor=yes", Some("branch_internal")),
            ("amenity=bank | atm=yes | atm:outdoor=yes", Some("branch_external")),
            ("amenity=bank | building=retail | atm=yes", None),
            ("amenity=restaurant | atm=yes", Some("other")),
            ("building=yes | atm=yes", None),
        ] {
            assert_eq!(stated(text, "location_type").first().map(String::as_str), kind, "{text}");
        }
        assert_eq!(
            extra("amenity=restaurant | atm=yes", "host").as_deref(),
            Some("amenity=restaurant")
        );
    }

    #[test]
    fn a_better_key_wins_and_the_other_is_kept() {
        let text = "amenity=atm | addr:housename=Tower | addr:housenumber=5 | addr:suburb=Kallio \
                    | addr:state=CA";
        assert_eq!(stated(text, "house_number"), ["5"]);
        assert_eq!(extra(text, "addr:housename").as_deref(), Some("Tower"));
        assert_eq!(stated(text, "subdivision"), ["CA"]);
        assert_eq!(extra(text, "addr:suburb").as_deref(), Some("Kallio"));
    }

    #[test]
    fn lists_schemes_currencies_and_languages_gather_their_items() {
        let text = "amenity=atm | network=LINK; Visa Plus;LINK | payment:visa=yes | cards:jcb=yes \
                    | payment:cash=yes | currency:GBP=yes | currency=EUR;BTC | speech_output:en=yes \
                    | speech_output:cy=no | payment:contactless=yes";
        assert_eq!(stated(text, "networks"), ["LINK", "Visa Plus"]);
        assert_eq!(stated(text, "schemes"), ["Visa", "JCB"]);
        assert_eq!(extra(text, "payment:cash").as_deref(), Some("yes"));
        assert_eq!(stated(text, "currencies"), ["EUR", "XBT", "GBP"]);
        assert_eq!(stated(text, "languages"), ["en"]);
        assert_eq!(stated(text, "audio"), ["yes"]);
        assert_eq!(stated(text, "contactless"), ["yes"]);
    }

    #[test]
    fn words_of_fee_wheelchair_and_access_become_the_records_own() {
        assert_eq!(stated("amenity=atm | fee=no", "fee"), ["free"]);
        assert_eq!(stated("amenity=atm | fee=some", "fee"), ["some_customers"]);
        assert_eq!(stated("amenity=atm | fee=2.50 EUR", "fee"), ["everyone"]);
        assert_eq!(stated("amenity=atm | fee=yes | charge=3 USD", "charges"), ["use 3 USD"]);
        assert_eq!(stated("amenity=atm | wheelchair=designated", "wheelchair"), ["yes"]);
        assert_eq!(stated("amenity=atm | wheelchair=limited", "wheelchair"), ["limited"]);
        assert_eq!(stated("amenity=atm | access=customers", "access"), ["customers"]);
    }

    #[test]
    fn inside_is_not_outside() {
        assert_eq!(stated("amenity=atm | indoor=no", "outdoor"), ["yes"]);
        assert_eq!(stated("amenity=atm | indoor=yes | outdoor=yes", "outdoor"), ["yes"]);
        assert!(stated("amenity=atm | covered=yes", "indoor").is_empty());
    }

    #[test]
    fn the_latest_date_says_when_the_machine_was_seen() {
        let text = "amenity=atm | survey:date=2014-05-01 | check_date:opening_hours=2024-05-25";
        assert_eq!(stated(text, "checked_at"), ["2024-05-25"]);
        assert_eq!(extra(text, "earlier_check_date").as_deref(), Some("2014-05-01"));
        let host = "amenity=bank | atm=yes | check_date=2024";
        assert!(stated(host, "checked_at").is_empty());
    }

    #[test]
    fn what_no_field_takes_is_kept_under_its_own_key() {
        let text = "amenity=atm | name=Otto | name:en=Otto | ref=4711 | blind=yes | lit=yes";
        for (key, value) in [("name:en", "Otto"), ("ref", "4711"), ("blind", "yes"), ("lit", "yes")]
        {
            assert_eq!(extra(text, key).as_deref(), Some(value));
        }
    }
}
