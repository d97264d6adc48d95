//! Which tag states what: the dictionaries behind [`super::tags`].

use iso_currency::Currency;

use crate::domain::{Attribute, Field, TextField};

/// How the value of a tag is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Yes or no; the further words mean yes as well.
    Is(Attribute, &'static [&'static str]),
    /// Text as it stands.
    Text(TextField),
    /// A `;` list.
    List(TextField),
    /// One of a closed set of words, each with the record's own word for it.
    Word(Field, &'static [(&'static str, &'static str)]),
    /// Who pays, or the amount that everyone pays.
    Fee,
    /// An amount with its currency.
    Charge,
    /// How many machines there are.
    Count,
    /// When someone was there.
    SeenOn,
    /// Opening hours.
    Hours,
    /// The rest of the key is a currency; yes means that it is dispensed.
    Currency,
    /// A `;` list of currencies.
    Currencies,
    /// The rest of the key is a card scheme; yes means that it is accepted.
    Scheme,
    /// The rest of the key is a language; yes means that it is shown, or spoken if an attribute
    /// says so.
    Language(Option<Attribute>),
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    key: &'static str,
    pub(super) kind: Kind,
}

const fn rule(key: &'static str, kind: Kind) -> Rule {
    Rule { key, kind }
}

const INDOORS: &[&str] = &["room", "area", "corridor", "level"];
const ROOFED: &[&str] = &["booth", "arcade", "colonnade", "roof", "partial", "building_passage"];
const DOORS: &[&str] = &["button", "motion", "floor", "continuous", "slowdown_button"];

/// Wheelchair words; `designated` means built for it.
const WHEELCHAIR: &[(&str, &str)] = &[
    ("yes", "yes"),
    ("designated", "yes"),
    ("true", "yes"),
    ("limited", "limited"),
    ("partial", "limited"),
    ("no", "no"),
    ("false", "no"),
];

const ACCESS: &[(&str, &str)] = &[
    ("yes", "public"),
    ("public", "public"),
    ("permissive", "public"),
    ("destination", "public"),
    ("customers", "customers"),
    ("private", "private"),
    ("no", "private"),
    ("permit", "private"),
    ("members", "private"),
    ("residents", "private"),
    ("students", "private"),
    ("employees", "private"),
    ("staff", "private"),
];

/// Words of `fee`; an amount in its place is read as a charge.
pub(super) const FEE: &[(&str, &str)] = &[
    ("no", "free"),
    ("free", "free"),
    ("0", "free"),
    ("some", "some_customers"),
    ("non_customers", "some_customers"),
    ("yes", "everyone"),
];

/// Opening hours that mean day and night, beside their proper spelling.
pub(super) const ALWAYS_OPEN: &[&str] = &[
    "24/7",
    "24 / 7",
    "24/7 open",
    "24-7",
    "24h",
    "24 h",
    "24hrs",
    "24 hours",
    "24時間",
    "mo-su 00:00-24:00",
    "mo-su,ph 00:00-24:00",
    "00:00-24:00",
    "yes",
];

/// Keys and what they state. Of several keys for one field the one further up wins, and the others
/// are kept as they are; a key that ends with `:` stands for every key that begins with it.
const RULES: &[Rule] = &{
    use Attribute as A;
    use Kind::{
        Charge, Count, Currencies, Currency, Fee, Hours, Is, Language, List, Scheme, SeenOn, Text,
        Word,
    };
    use TextField as T;
    [
        rule("operator", Text(T::Operator)),
        rule("brand", Text(T::Brand)),
        rule("network", List(T::Networks)),
        rule("sponsor", Text(T::Sponsor)),
        rule("name", Text(T::Name)),
        rule("addr:full", List(T::AddressLines)),
        rule("addr:housenumber", Text(T::HouseNumber)),
        rule("addr:housename", Text(T::HouseNumber)),
        rule("contact:housenumber", Text(T::HouseNumber)),
        rule("addr:street", Text(T::Street)),
        rule("addr:place", Text(T::Street)),
        rule("contact:street", Text(T::Street)),
        rule("addr:city", Text(T::City)),
        rule("addr:town", Text(T::City)),
        rule("addr:village", Text(T::City)),
        rule("addr:hamlet", Text(T::City)),
        rule("addr:municipality", Text(T::City)),
        rule("contact:city", Text(T::City)),
        rule("addr:state", Text(T::Subdivision)),
        rule("addr:province", Text(T::Subdivision)),
        rule("addr:region", Text(T::Subdivision)),
        rule("addr:county", Text(T::Subdivision)),
        rule("addr:district", Text(T::Subdivision)),
        rule("addr:suburb", Text(T::Subdivision)),
        rule("addr:postcode", Text(T::Postcode)),
        rule("postal_code", Text(T::Postcode)),
        rule("contact:postcode", Text(T::Postcode)),
        rule("addr:country", Text(T::Country)),
        rule("level", Text(T::Level)),
        rule("addr:floor", Text(T::Level)),
        rule("floor", Text(T::Level)),
        rule("opening_hours", Hours),
        rule("24/7", Is(A::AlwaysOpen, &[])),
        rule("currency", Currencies),
        rule("currency:", Currency),
        rule("min_withdrawal", Text(T::MinAmount)),
        rule("minimum_withdrawal", Text(T::MinAmount)),
        rule("min_amount", Text(T::MinAmount)),
        rule("denominations", List(T::Denominations)),
        rule("denomination", List(T::Denominations)),
        rule("fee", Fee),
        rule("charge", Charge),
        rule("payment:contactless", Is(A::Contactless, &[])),
        rule("cards:contactless", Is(A::Contactless, &[])),
        rule("contactless", Is(A::Contactless, &[])),
        rule("payment:nfc", Is(A::Contactless, &[])),
        rule("nfc", Is(A::Contactless, &[])),
        rule("payment:chip", Is(A::Chip, &[])),
        rule("cards:chip", Is(A::Chip, &[])),
        rule("chip", Is(A::Chip, &[])),
        rule("payment:", Scheme),
        rule("cards:", Scheme),
        rule("card:", Scheme),
        rule("capacity", Count),
        rule("count", Count),
        rule("check_date", SeenOn),
        rule("survey:date", SeenOn),
        rule("survey_date", SeenOn),
        rule("lastcheck", SeenOn),
        rule("check_date:", SeenOn),
        rule("cash_out", Is(A::CashOut, &[])),
        rule("cash_withdrawal", Is(A::CashOut, &[])),
        rule("cash_in", Is(A::CashIn, &[])),
        rule("cash_deposit", Is(A::CashIn, &[])),
        rule("deposit", Is(A::CashIn, &["cash"])),
        rule("cheque_in", Is(A::ChequeIn, &[])),
        rule("cheque_deposit", Is(A::ChequeIn, &[])),
        rule("envelope_in", Is(A::EnvelopeIn, &[])),
        rule("coin_in", Is(A::CoinsIn, &[])),
        rule("coins_in", Is(A::CoinsIn, &[])),
        rule("cash_in:coins", Is(A::CoinsIn, &[])),
        rule("balance", Is(A::Balance, &[])),
        rule("balance_inquiry", Is(A::Balance, &[])),
        rule("mini_statement", Is(A::MiniStatement, &[])),
        rule("statement_order", Is(A::StatementOrder, &[])),
        rule("bill_payment", Is(A::BillPayment, &[])),
        rule("bank_transfer", Is(A::Transfer, &[])),
        rule("transfer", Is(A::Transfer, &[])),
        rule("money_transfer", Is(A::Transfer, &[])),
        rule("phone_top_up", Is(A::PhoneTopUp, &[])),
        rule("mobile_top_up", Is(A::PhoneTopUp, &[])),
        rule("charity", Is(A::Charity, &[])),
        rule("pin_change", Is(A::PinChange, &[])),
        rule("pin_unblock", Is(A::PinUnblock, &[])),
        rule("card_activation", Is(A::CardActivation, &[])),
        rule("mobile_registration", Is(A::MobileRegistration, &[])),
        rule("fast_cash", Is(A::FastCash, &[])),
        rule("foreign_currency", Is(A::ForeignCurrency, &[])),
        rule("wheelchair", Word(Field::Attribute(A::Wheelchair), WHEELCHAIR)),
        rule("speech_output", Is(A::Audio, &[])),
        rule("speech_output:", Language(Some(A::Audio))),
        rule("audio", Is(A::Audio, &[])),
        rule("language:", Language(None)),
        rule("languages", List(T::Languages)),
        rule("tactile_writing:braille", Is(A::Braille, &[])),
        rule("tactile_writing:braille:", Is(A::Braille, &[])),
        rule("tactile_writing", Is(A::Braille, &["braille"])),
        rule("braille", Is(A::Braille, &[])),
        rule("hearing_impaired:induction_loop", Is(A::InductionLoop, &[])),
        rule("induction_loop", Is(A::InductionLoop, &[])),
        rule("audio_loop", Is(A::InductionLoop, &[])),
        rule("hearing_loop", Is(A::InductionLoop, &[])),
        rule("level_access", Is(A::LevelAccess, &[])),
        rule("step_free", Is(A::LevelAccess, &[])),
        rule("ramp", Is(A::Ramp, &[])),
        rule("ramp:wheelchair", Is(A::Ramp, &[])),
        rule("automatic_door", Is(A::AutomaticDoors, DOORS)),
        rule("low_counter", Is(A::LowCounter, &[])),
        rule("drive_through", Is(A::DriveThrough, &[])),
        rule("drive_in", Is(A::DriveThrough, &[])),
        rule("indoor", Is(A::Indoor, INDOORS)),
        rule("inside", Is(A::Indoor, &[])),
        rule("outdoor", Is(A::Outdoor, &[])),
        rule("outside", Is(A::Outdoor, &[])),
        rule("covered", Is(A::Covered, ROOFED)),
        rule("access", Word(Field::Access, ACCESS)),
    ]
};

/// The rule for a key, its place in the order of precedence, and what of the key its own name
/// leaves over.
pub(super) fn rule_of(key: &str) -> Option<(usize, Rule, &str)> {
    let ranked = || RULES.iter().copied().enumerate();
    let named = ranked().find(|(_, rule)| rule.key == key).map(|(rank, rule)| (rank, rule, ""));
    named.or_else(|| {
        ranked()
            .filter(|(_, rule)| rule.key.ends_with(':'))
            .find_map(|(rank, rule)| Some((rank, rule, key.strip_prefix(rule.key)?)))
    })
}

/// Keys that hold for a machine as well when they stand on its host: where it is, and words that
/// only a machine can mean. A key that ends with `:` stands for every key that begins with it.
const SHARED_WITH_HOST: &[&str] = &[
    "name",
    "addr:",
    "contact:housenumber",
    "contact:street",
    "contact:city",
    "contact:postcode",
    "postal_code",
    "level",
    "floor",
    "cash_in",
    "cash_out",
    "cheque_in",
    "min_withdrawal",
    "minimum_withdrawal",
];

/// Keys that hold for a machine as well when its host is a bank.
const SHARED_WITH_BANK: &[&str] = &["operator", "brand", "network"];

/// Whether what `key` states of a host holds for the machine.
pub(super) fn holds_for_machine(key: &str, host_is_bank: bool) -> bool {
    let names =
        |name: &&str| if name.ends_with(':') { key.starts_with(*name) } else { key == *name };
    SHARED_WITH_HOST.iter().any(names) || (host_is_bank && SHARED_WITH_BANK.contains(&key))
}

const BANKS: &[&str] = &["bank", "credit_union", "microfinance_bank", "microfinance"];

/// Whether this tag says that its object is a bank, which runs the machines it has.
pub(super) fn is_bank((key, value): (&str, &str)) -> bool {
    matches!(key, "amenity" | "office") && value.split(';').any(|kind| BANKS.contains(&kind.trim()))
}

/// What kind of place an object is, the more telling tag first; `*` stands for any value but `no`.
const PLACES: &[(&str, &str, &str)] = &[
    ("amenity", "fuel", "fuel"),
    ("aeroway", "terminal", "airport"),
    ("aeroway", "aerodrome", "airport"),
    ("amenity", "hospital", "hospital"),
    ("amenity", "clinic", "hospital"),
    ("healthcare", "hospital", "hospital"),
    ("amenity", "university", "education"),
    ("amenity", "college", "education"),
    ("amenity", "school", "education"),
    ("amenity", "kindergarten", "education"),
    ("tourism", "hotel", "hotel"),
    ("tourism", "motel", "hotel"),
    ("tourism", "hostel", "hotel"),
    ("tourism", "guest_house", "hotel"),
    ("tourism", "apartment", "hotel"),
    ("leisure", "resort", "hotel"),
    ("railway", "station", "transport_station"),
    ("railway", "halt", "transport_station"),
    ("railway", "subway_entrance", "transport_station"),
    ("railway", "tram_stop", "transport_station"),
    ("public_transport", "station", "transport_station"),
    ("public_transport", "stop_area", "transport_station"),
    ("public_transport", "platform", "transport_station"),
    ("amenity", "bus_station", "transport_station"),
    ("amenity", "ferry_terminal", "transport_station"),
    ("shop", "supermarket", "supermarket"),
    ("shop", "convenience", "convenience"),
    ("amenity", "marketplace", "retail"),
    ("amenity", "pharmacy", "retail"),
    ("shop", "*", "retail"),
    ("building", "train_station", "transport_station"),
    ("building", "transportation", "transport_station"),
    ("building", "hospital", "hospital"),
    ("building", "hotel", "hotel"),
    ("building", "university", "education"),
    ("building", "college", "education"),
    ("building", "school", "education"),
    ("building", "supermarket", "supermarket"),
    ("building", "retail", "retail"),
];

/// Keys that say what an object is, the more telling first.
const KINDS: &[&str] = &[
    "amenity",
    "shop",
    "aeroway",
    "railway",
    "public_transport",
    "office",
    "tourism",
    "leisure",
    "craft",
    "healthcare",
    "building",
];

/// The tag that says what a host is.
pub(super) fn host<'t>(tags: &[(&'t str, &'t str)]) -> Option<(&'t str, &'t str)> {
    KINDS
        .iter()
        .find_map(|&kind| tags.iter().copied().find(|&(key, value)| key == kind && value != "no"))
}

/// The code of the kind of place an object with these tags is. A host whose kind is stated to be
/// another than those there are codes for is `other`; a building of which no more is said is not.
pub(super) fn place(tags: &[(&str, &str)], on_host: bool) -> Option<&'static str> {
    let is = |wanted_key: &str, wanted: &str| {
        tags.iter().any(|&(key, value)| {
            key == wanted_key
                && value != "no"
                && (wanted == "*" || value.split(';').any(|kind| kind.trim() == wanted))
        })
    };
    let known = PLACES.iter().find(|(key, wanted, _)| is(key, wanted)).map(|(.., place)| *place);
    let other = on_host && host(tags).is_some_and(|(key, _)| key != "building");
    known.or(other.then_some("other"))
}

/// The yes and no of tags.
pub(super) fn yes_no(word: &str) -> Option<&'static str> {
    match word {
        "yes" | "true" | "1" | "only" | "designated" => Some("yes"),
        "no" | "false" | "0" | "none" => Some("no"),
        _ => None,
    }
}

/// The code of a currency: ISO 4217, or XBT for bitcoin, which tags also call BTC.
pub(super) fn currency_code(written: &str) -> Option<&'static str> {
    let written = written.trim().to_uppercase();
    match written.as_str() {
        "XBT" | "BTC" | "BITCOIN" => Some("XBT"),
        "€" | "EURO" => Some("EUR"),
        code => Currency::from_code(code).map(|currency| currency.code()),
    }
}

/// Whether a tag that no field takes says that the machine deals in a cryptocurrency.
pub(super) fn is_crypto(key: &str, value: &str) -> bool {
    const COINS: &[&str] = &[
        "XBT",
        "BTC",
        "BCH",
        "ETH",
        "LTC",
        "XMR",
        "DASH",
        "DOGE",
        "XRP",
        "USDT",
        "ZEC",
        "LBTC",
        "crypto",
        "cryptocurrency",
        "lightning",
    ];
    let name =
        key.strip_prefix("currency:").or_else(|| key.strip_prefix("payment:")).unwrap_or(key);
    value == "yes" && COINS.iter().any(|coin| coin.eq_ignore_ascii_case(name))
}

/// Card schemes by the name tags give them.
const SCHEMES: &[(&str, &str)] = &[
    ("visa", "Visa"),
    ("visa_debit", "Visa Debit"),
    ("visa_electron", "Visa Electron"),
    ("electron", "Visa Electron"),
    ("v_pay", "V Pay"),
    ("vpay", "V Pay"),
    ("plus", "Plus"),
    ("mastercard", "Mastercard"),
    ("mastercard_electronic", "Mastercard"),
    ("maestro", "Maestro"),
    ("cirrus", "Cirrus"),
    ("american_express", "American Express"),
    ("amex", "American Express"),
    ("discover", "Discover"),
    ("discover_card", "Discover"),
    ("diners_club", "Diners Club"),
    ("diners", "Diners Club"),
    ("jcb", "JCB"),
    ("unionpay", "UnionPay"),
    ("china_unionpay", "UnionPay"),
    ("union_pay", "UnionPay"),
    ("girocard", "girocard"),
    ("ec", "girocard"),
    ("cb", "CB"),
    ("carte_bleue", "CB"),
    ("bancontact", "Bancontact"),
    ("bancomat", "Bancomat"),
    ("pagobancomat", "PagoBancomat"),
    ("multibanco", "Multibanco"),
    ("dankort", "Dankort"),
    ("bankaxept", "BankAxept"),
    ("interac", "Interac"),
    ("eftpos", "EFTPOS"),
    ("mir", "Mir"),
    ("elo", "Elo"),
    ("hipercard", "Hipercard"),
    ("rupay", "RuPay"),
    ("troy", "Troy"),
    ("verve", "Verve"),
    ("napas", "NAPAS"),
    ("postfinance_card", "PostFinance Card"),
    ("humo", "Humo"),
    ("uzcard", "Uzcard"),
    ("prostir", "Prostir"),
];

/// The name of a card scheme by the name tags give it.
pub(super) fn scheme_name(written: &str) -> Option<&'static str> {
    let found = SCHEMES.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(written));
    found.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_for_the_record_is_one_of_the_records_own() {
        let position = crate::domain::Position::from_lat_lon(1.0, 1.0).unwrap();
        let mut atm = crate::domain::Atm::new("a", position, crate::domain::SourceIndex::default());
        for (_, code) in FEE {
            atm.set_value(Field::Fee, code).unwrap();
        }
        for (_, _, code) in PLACES {
            atm.set_value(Field::LocationType, code).unwrap();
        }
        for rule in RULES {
            if let Kind::Word(field, words) = rule.kind {
                for (_, code) in words {
                    atm.set_value(field, code).unwrap();
                }
            }
        }
    }

    #[test]
    fn a_key_has_one_rule_and_an_exact_one_beats_a_prefix() {
        for (rank, rule) in RULES.iter().enumerate() {
            assert!(RULES[..rank].iter().all(|other| other.key != rule.key), "{}", rule.key);
        }
        assert!(matches!(
            rule_of("payment:contactless"),
            Some((_, Rule { kind: Kind::Is(..), .. }, _))
        ));
        assert!(matches!(
            rule_of("payment:visa"),
            Some((_, Rule { kind: Kind::Scheme, .. }, "visa"))
        ));
        assert!(rule_of("cuisine").is_none());
    }
}
