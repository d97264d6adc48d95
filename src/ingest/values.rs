//! From the words of sources to the words of the record. A value that is none of those its field
//! accepts is an error, never a guess; what says that nothing is known is no value.

mod codes;
mod dates;
mod hours;
mod money;
mod positions;
mod words;

use std::borrow::Cow;

pub(crate) use self::positions::{position, position_of_pair, says_more_than_position};
pub(crate) use self::words::tri;
use crate::domain::{Attribute, Field, LIST_SEPARATOR, TextField, Tri, ValueError};

/// The canonical words of one value of `field`, as [`crate::domain::Atm::set_value`] takes them;
/// `None` where the text says that nothing is known. For a list field this is one item: see
/// [`items`].
///
/// # Errors
///
/// [`ValueError`] when the text is something, but nothing that the field accepts.
pub(crate) fn canonical(field: Field, written: &str) -> Result<Option<Cow<'_, str>>, ValueError> {
    let refused = |accepted| ValueError { field: field.code(), accepted };
    let text = plain(written);
    if says_nothing(&text, field) {
        return Ok(None);
    }
    let known = |word: Option<&'static str>| word.map(Cow::Borrowed);
    let (value, accepted) = match field {
        Field::Attribute(Attribute::Wheelchair) if words::is_limited(&text) => {
            (Some(Cow::Borrowed("limited")), "")
        }
        Field::Attribute(Attribute::AlwaysOpen) if hours::is_always(&text) => {
            (Some(Cow::Borrowed("yes")), "")
        }
        Field::Attribute(_) => match tri(&text) {
            Some(Tri::Unknown) => return Ok(None),
            stated => (stated.map(|tri| Cow::Borrowed(tri.as_str())), "yes, no or unknown"),
        },
        Field::LocationType => {
            (known(words::location_type(&text)), "a location type of /v1/vocabulary")
        }
        Field::Fee => (known(words::fee(&text)), "free, some_customers, everyone or unknown"),
        Field::Access => (known(words::access(&text)), "public, customers, private or unknown"),
        Field::Text(TextField::Currencies) => {
            (known(money::currency(&text)), "a currency code of ISO 4217")
        }
        Field::Text(TextField::MinAmount | TextField::Denominations) => {
            (money::amount(&text).map(Cow::Owned), "a decimal number")
        }
        Field::Text(TextField::Country) => {
            (known(codes::country(&text)), "a country of ISO 3166-1")
        }
        Field::Text(TextField::Languages) => {
            (codes::language(&text).map(Cow::Owned), "a language of BCP 47")
        }
        Field::Text(TextField::OpeningHours) => (
            hours::opening_hours(&text).map(|h| Cow::Owned(h.into_owned())),
            "opening hours in the grammar of OpenStreetMap",
        ),
        Field::Text(TextField::MachineCount) => {
            (money::count(&text).map(Cow::Owned), "a whole number")
        }
        Field::Text(TextField::CheckedAt) => {
            (dates::iso_date(&text).map(Cow::Owned), "a date of ISO 8601")
        }
        Field::Text(_) => (Some(text), ""),
    };
    value.map(Some).ok_or_else(|| refused(accepted))
}

/// The items of a list as written, each to be given to [`canonical`]; the whole text for a field
/// that holds one value.
///
/// A JSON array is taken apart as such. Otherwise addresses are split at line ends, amounts at
/// whatever is no part of a number, and the rest at semicolons, bars and line ends, or at commas
/// where there are none of these.
pub(crate) fn items(field: Field, written: &str) -> Vec<Cow<'_, str>> {
    let Field::Text(list) = field else { return vec![Cow::Borrowed(written)] };
    if !list.is_list() {
        return vec![Cow::Borrowed(written)];
    }
    if let Some(texts) = json_texts(written) {
        return texts.into_iter().map(Cow::Owned).collect();
    }
    let may_hold_slash =
        !matches!(list, TextField::Denominations | TextField::Currencies | TextField::Languages);
    if list == TextField::AddressLines {
        trimmed(written.split(LINES))
    } else if list == TextField::Charges || written.contains(STRONG) {
        trimmed(written.split(STRONG))
    } else if !may_hold_slash && written.contains('/') {
        trimmed(written.split('/'))
    } else if list == TextField::Denominations && written.contains(", ") {
        // A comma inside an amount stands without a space.
        trimmed(written.split(", "))
    } else {
        trimmed(written.split(COMMAS))
    }
}

/// What separates the lines of an address.
const LINES: &[char] = &['\n', '\r', LIST_SEPARATOR];
/// What separates items that may hold commas.
const STRONG: &[char] = &[';', '|', '\n', '\r', LIST_SEPARATOR];
const COMMAS: &[char] = &[',', '、', '，', '،'];

fn trimmed<'a>(items: impl Iterator<Item = &'a str>) -> Vec<Cow<'a, str>> {
    items.map(str::trim).filter(|item| !item.is_empty()).map(Cow::Borrowed).collect()
}

/// The texts of a JSON array of texts and numbers; `None` when it is none.
pub(crate) fn json_texts(written: &str) -> Option<Vec<String>> {
    if !written.trim_start().starts_with('[') {
        return None;
    }
    let values: Vec<serde_json::Value> = serde_json::from_str(written).ok()?;
    values
        .into_iter()
        .map(|value| match value {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => None,
        })
        .collect()
}

/// The items of a list that `convert` wrote: separated by semicolons or, where an item holds one,
/// as a JSON array.
pub(crate) fn written_items(written: &str) -> Vec<Cow<'_, str>> {
    /// A text that is lent where it is written without escapes.
    #[derive(serde::Deserialize)]
    struct Item<'t>(#[serde(borrow)] Cow<'t, str>);

    if written.starts_with('[')
        && let Ok(items) = serde_json::from_str::<Vec<Item<'_>>>(written)
    {
        return items.into_iter().map(|Item(text)| text).collect();
    }
    match json_texts(written) {
        Some(texts) => texts.into_iter().map(Cow::Owned).collect(),
        None => written.split(';').map(Cow::Borrowed).collect(),
    }
}

/// What a list of words says the machine has, and the words it does not know. The words are the
/// names of columns that hold a yes/no: one dictionary serves both.
pub(crate) fn features(written: &str) -> (Vec<Attribute>, Vec<String>) {
    const SEPARATORS: &[char] = &[',', ';', '|', '/', '\n', '\r', '、', '，', LIST_SEPARATOR];
    const AND: &[&str] = &[" and ", " & ", " y ", " et ", " und ", " e ", " en ", " i ", " и "];
    let texts = json_texts(written)
        .unwrap_or_else(|| written.split(SEPARATORS).map(str::to_owned).collect());
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for text in texts.iter().map(|text| text.trim()).filter(|text| !is_placeholder(text)) {
        let parts = || {
            let and = AND.iter().find(|and| text.contains(**and))?;
            text.split(and).map(super::columns::feature).collect::<Option<Vec<_>>>()
        };
        match super::columns::feature(text).map(|feature| vec![feature]).or_else(parts) {
            Some(features) => known.extend(features),
            None => unknown.push(text.to_owned()),
        }
    }
    (known, unknown)
}

/// The text without control characters and without space around it.
fn plain(written: &str) -> Cow<'_, str> {
    let trimmed = written.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    if trimmed.contains(char::is_control) {
        let spaced: String =
            trimmed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        return Cow::Owned(spaced);
    }
    Cow::Borrowed(trimmed)
}

/// Texts of whole cells that stand for no value, in lower case. They are not compared by name keys:
/// "N/A" says nothing, "NA" may be Namibia.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "", "-", "--", "---", "?", "??", ".", "*", "–", "—", "null", "(null)", "<null>", "\\n", "none",
    "nil", "nan", "n/a", "n.a.", "n.a", "#n/a", "#n/d", "#value!", "undefined", "unknown",
    "unspecified", "not specified", "not stated", "not known", "tbd", "tbc", "no data", "nodata",
    "s/d", "sin dato", "sin datos", "desconocido", "no disponible", "no informado", "inconnu",
    "non renseigne", "non renseigné", "n.c.", "unbekannt", "k.a.", "k. a.", "keine angabe",
    "desconhecido", "nao informado", "não informado", "sconosciuto", "n.d.", "n/d", "onbekend",
    "n.v.t.", "nvt", "nieznany", "brak danych", "brak", "неизвестно", "нет данных", "н/д", "不明",
    "未定", "未設定", "不详", "bilinmiyor",
];

/// Whether the text of a whole cell stands for no value.
pub(crate) fn is_placeholder(written: &str) -> bool {
    let text = written.trim();
    // None is longer; a longer text need not be made lower case.
    if text.len() > 32 {
        return false;
    }
    if text.is_ascii() {
        return NOTHING.iter().any(|nothing| nothing.eq_ignore_ascii_case(text));
    }
    NOTHING.contains(&text.to_lowercase().as_str())
}

/// Whether the text says nothing of `field`.
fn says_nothing(text: &str, field: Field) -> bool {
    // "Not available", "no data", "not communicated"; but Namibia and North Dakota among codes.
    const ABBREVIATIONS: &[&str] = &["na", "nd", "nc"];
    let codes = [Field::Text(TextField::Country), Field::Text(TextField::Subdivision)];
    let is_short = || ABBREVIATIONS.iter().any(|short| short.eq_ignore_ascii_case(text));
    is_placeholder(text) || !codes.contains(&field) && is_short()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(field: TextField, written: &str) -> Result<Option<String>, ValueError> {
        canonical(Field::Text(field), written).map(|value| value.map(Cow::into_owned))
    }

    fn word(field: Field, written: &str) -> Result<Option<String>, ValueError> {
        canonical(field, written).map(|value| value.map(Cow::into_owned))
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what is understood")]
    fn some(text: &str) -> Result<Option<String>, ValueError> {
        Ok(Some(text.to_owned()))
    }

    #[test]
    fn values_become_words_of_the_record() {
        assert_eq!(word(Field::Attribute(Attribute::CashIn), "SUPPORTED"), some("yes"));
        assert_eq!(word(Field::Attribute(Attribute::CashIn), "UNKNOWN"), Ok(None));
        assert_eq!(word(Field::Attribute(Attribute::Wheelchair), "Limited"), some("limited"));
        assert_eq!(word(Field::Attribute(Attribute::AlwaysOpen), "24 Hours"), some("yes"));
        assert_eq!(word(Field::LocationType, "Petrol Station"), some("fuel"));
        assert_eq!(word(Field::Fee, "NO_FEE"), some("free"));
        assert_eq!(word(Field::Fee, "yes"), some("everyone"));
        assert_eq!(word(Field::Access, "customers only"), some("customers"));
        assert_eq!(text(TextField::MinAmount, "£10"), some("10"));
        assert_eq!(text(TextField::Country, "ARG"), some("AR"));
        assert_eq!(text(TextField::OpeningHours, "24時間"), some("24/7"));
        assert_eq!(text(TextField::Street, " Main\nStreet "), some("Main Street"));
    }

    #[test]
    fn what_says_nothing_is_no_value_but_a_code_that_looks_like_it_is() {
        for nothing in ["", " ", "null", "None", "N/A", "-", "unknown", "NA", "#N/A", "不明"] {
            assert_eq!(text(TextField::Operator, nothing), Ok(None), "{nothing}");
        }
        assert_eq!(text(TextField::Country, "NA"), some("NA"));
        assert_eq!(text(TextField::Country, "n/a"), Ok(None));
        assert_eq!(text(TextField::Subdivision, "ND"), some("ND"));
        assert_eq!(text(TextField::Level, "nd"), Ok(None));
    }

    #[test]
    fn what_a_field_does_not_accept_is_an_error_that_names_it() {
        let error = word(Field::Attribute(Attribute::CashIn), "sometimes").unwrap_err();
        assert_eq!(error.to_string(), "cash_in accepts yes, no or unknown");
        assert!(word(Field::LocationType, "ATM").is_err());
        assert!(word(Field::Fee, "2.50").is_err());
        assert!(text(TextField::OpeningHours, "ask inside").is_err());
        assert!(text(TextField::Currencies, "$").is_err());
    }

    #[test]
    fn canonical_words_stay_as_they_are() {
        for field in Field::all() {
            let words: &[&str] = match field {
                Field::Attribute(_) => &["yes", "no"],
                Field::LocationType => &["branch_lobby", "other"],
                Field::Fee => &["free", "some_customers", "everyone"],
                Field::Access => &["public", "customers", "private"],
                Field::Text(TextField::Currencies) => &["EUR", "XBT"],
                Field::Text(TextField::MinAmount | TextField::Denominations) => {
                    &["10", "0.0", "10.50"]
                }
                Field::Text(TextField::Country) => &["GB"],
                Field::Text(TextField::Languages) => &["en", "zh-Hant"],
                Field::Text(TextField::OpeningHours) => &["24/7", "Mo-Fr 09:00-17:00"],
                Field::Text(TextField::MachineCount) => &["2", "0"],
                Field::Text(TextField::CheckedAt) => &["2024-05-01", "2024-05"],
                Field::Text(_) => &["Crédit Agricole, S.A."],
            };
            for word in words {
                assert_eq!(
                    canonical(field, word).unwrap().as_deref(),
                    Some(*word),
                    "{}",
                    field.code()
                );
            }
        }
    }

    #[test]
    fn lists_are_taken_apart_where_their_field_allows() {
        let items = |field, written| {
            items(Field::Text(field), written).into_iter().map(Cow::into_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            items(TextField::Networks, "Plus; Star, Inc.;NYCE"),
            ["Plus", "Star, Inc.", "NYCE"]
        );
        assert_eq!(items(TextField::Networks, "Plus, Star"), ["Plus", "Star"]);
        assert_eq!(items(TextField::Networks, "[\"Plus\", \"Star\"]"), ["Plus", "Star"]);
        assert_eq!(
            items(TextField::AddressLines, "5, Main St\r\nCamden, NY"),
            ["5, Main St", "Camden, NY"]
        );
        assert_eq!(items(TextField::Denominations, "10/20/50"), ["10", "20", "50"]);
        assert_eq!(items(TextField::Denominations, "1,000, 2,000"), ["1,000", "2,000"]);
        assert_eq!(items(TextField::Languages, "en/fr"), ["en", "fr"]);
        assert_eq!(items(TextField::Operator, "A; B"), ["A; B"], "one value is not a list");
        assert_eq!(items(TextField::Networks, "[broken"), ["[broken"]);
    }

    #[test]
    fn words_in_a_list_of_services_are_those_of_columns() {
        let (known, unknown) = features("CashWithdrawal;PINChange; Coffee");
        assert_eq!(known, [Attribute::CashOut, Attribute::PinChange]);
        assert_eq!(unknown, ["Coffee"]);
        let (known, _) = features("Geld storten en opnemen");
        assert_eq!(known, [Attribute::CashIn, Attribute::CashOut]);
        let (known, _) = features("[\"AudioCashMachine\", \"WheelchairAccess\"]");
        assert_eq!(known, [Attribute::Audio, Attribute::Wheelchair]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_understood_or_refused_without_panic(text in "\\PC{0,80}", hours in "[A-Za-z0-9:;, /\"'()+-]{0,40}") {
            for field in Field::all() {
                for text in [&text, &hours] {
                    for item in items(field, text) {
                        let _ = canonical(field, &item);
                    }
                }
            }
            let _ = features(&text);
        }
    }
}
