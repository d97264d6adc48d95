//! Currencies, amounts and counts.

use std::collections::HashMap;
use std::sync::LazyLock;

use iso_currency::{Currency, IntoEnumIterator};

use crate::domain::name_key;

/// Names and signs that mean one currency wherever they are written. `$`, `£`, `¥` and `kr` alone
/// mean several and are not here.
#[rustfmt::skip]
const CURRENCY_NAMES: &[(&str, &[&str])] = &[
    ("EUR", &["€", "euro", "euros", "евро", "ユーロ", "歐元"]),
    ("USD", &["US$", "U$S", "US dollar", "US dollars", "dólar estadounidense",
        "dólares estadounidenses", "доллар США", "доллары США", "米ドル", "美元"]),
    ("GBP", &["GB£", "UK£", "british pound", "british pounds", "pound sterling", "pounds sterling",
        "sterling"]),
    ("JPY", &["JP¥", "円", "日本円", "japanese yen", "yen"]),
    ("CNY", &["CN¥", "RMB", "人民币", "人民幣", "人民元", "renminbi", "chinese yuan"]),
    ("HKD", &["HK$", "hong kong dollars", "港幣", "港元"]),
    ("TWD", &["NT$", "新台幣"]),
    ("AUD", &["A$", "AU$", "australian dollars"]),
    ("CAD", &["C$", "CA$", "canadian dollars"]),
    ("NZD", &["NZ$"]),
    ("SGD", &["S$", "SG$"]),
    ("BRL", &["R$", "reais"]),
    ("MXN", &["MX$", "pesos mexicanos"]),
    ("ARS", &["AR$", "pesos argentinos"]),
    ("RUB", &["₽", "рубль", "рубли", "российский рубль", "руб"]),
    ("INR", &["₹"]),
    ("KRW", &["₩", "원"]),
    ("ILS", &["₪"]),
    ("VND", &["₫"]),
    ("UAH", &["₴", "гривна", "гривня"]),
    ("NGN", &["₦"]),
    ("PHP", &["₱"]),
    ("KZT", &["₸", "тенге"]),
    ("TRY", &["₺"]),
    ("THB", &["฿"]),
    ("GEL", &["₾"]),
    ("PLN", &["zł", "złoty", "złote"]),
    ("CZK", &["Kč"]),
    ("CHF", &["schweizer franken", "franc suisse", "francs suisses", "franco svizzero"]),
    ("XBT", &["BTC", "bitcoin", "₿"]),
];

static CODES_BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let english = Currency::iter().map(|currency| (currency_key(currency.name()), currency.code()));
    let written = CURRENCY_NAMES
        .iter()
        .flat_map(|(code, names)| names.iter().map(move |name| (currency_key(name), *code)));
    english.chain(written).collect()
});

/// A name key that keeps the signs of currencies, so that `US$` is not `US`.
fn currency_key(name: &str) -> String {
    let mut key = name_key(name);
    key.extend(name.chars().filter(|&sign| is_currency_sign(sign)));
    key
}

fn is_currency_sign(sign: char) -> bool {
    matches!(sign, '$' | '£' | '¥' | '฿' | '\u{20a0}'..='\u{20cf}')
}

/// The ISO 4217 code of a currency given by code, number, name or sign. `XBT` counts as one.
pub(super) fn currency(text: &str) -> Option<&'static str> {
    if text.len() == 3 {
        let code = text.to_ascii_uppercase();
        if code == "XBT" {
            return Some("XBT");
        }
        if let Some(currency) = Currency::from_code(&code) {
            return Some(currency.code());
        }
        let number = text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
        if let Some(currency) = number.and_then(Currency::from_numeric) {
            return Some(currency.code());
        }
    }
    CODES_BY_NAME.get(&currency_key(text)).copied()
}

/// A decimal number out of an amount with or without its currency: "£10" is 10, "10,50 €" 10.50.
/// Decimals are kept as written. A single separator before three digits is not guessed at:
/// 1,000 is a thousand in one country and one in another.
pub(super) fn amount(text: &str) -> Option<String> {
    let is_number = |c: char| {
        c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}')
    };
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let (before, rest) = text.split_at(start);
    let end = rest.find(|c| !is_number(c)).unwrap_or(rest.len());
    let (number, after) = rest.split_at(end);
    let number = number.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = |text: &str| text.trim_matches(|c: char| c.is_whitespace() || c == '.').to_owned();
    let (before, after) = (unit(before), unit(after));
    let is_unit = |text: &str| text.is_empty() || is_money(text);
    if !is_unit(&before) || !is_unit(&after) || !before.is_empty() && !after.is_empty() {
        return None;
    }
    decimal(number)
}

fn is_money(text: &str) -> bool {
    let mut signs = text.chars();
    matches!((signs.next(), signs.next()), (Some(sign), None) if is_currency_sign(sign))
        || currency(text).is_some()
}

/// A number in plain decimal notation, without separators of thousands.
fn decimal(number: &str) -> Option<String> {
    let is_point = |c: char| matches!(c, '.' | ',');
    let (whole, fraction) = match number.rfind(is_point) {
        None => (number, None),
        Some(at) => {
            let (whole, fraction) = (&number[..at], &number[at + 1..]);
            let sign = number[at..].chars().next()?;
            if whole.contains(is_point) && whole.contains(sign) {
                // The same sign twice can only separate thousands.
                (number, None)
            } else if fraction.len() == 3 && whole != "0" && !whole.contains(is_point) {
                return None;
            } else {
                (whole, Some(fraction))
            }
        }
    };
    let mut groups = whole.split(|c: char| !c.is_ascii_digit());
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped =
        rest.iter().all(|group| group.len() == 3) && (rest.is_empty() || first.len() <= 3);
    let separators: Vec<char> = whole.chars().filter(|c| !c.is_ascii_digit()).collect();
    let alike = separators.windows(2).all(|pair| pair[0] == pair[1]);
    let leading_zero =
        first.len() > 1 && first.starts_with('0') || first == "0" && !rest.is_empty();
    let fraction_ok =
        fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()));
    if first.is_empty() || !grouped || !alike || leading_zero || !fraction_ok {
        return None;
    }
    let whole = first.to_owned() + &rest.concat();
    Some(fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}")))
}

/// A whole number of machines; spreadsheets write it with a decimal zero.
pub(super) fn count(text: &str) -> Option<String> {
    let whole = text.strip_suffix(".0").or_else(|| text.strip_suffix(",0")).unwrap_or(text);
    let digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    whole.parse::<u32>().ok().filter(|_| digits).map(|count| count.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_known_by_code_number_name_and_unambiguous_sign() {
        for (text, code) in [
            ("EUR", "EUR"),
            ("gbp", "GBP"),
            ("840", "USD"),
            ("€", "EUR"),
            ("US$", "USD"),
            ("Pound sterling", "GBP"),
            ("日本円", "JPY"),
            ("XBT", "XBT"),
            ("руб.", "RUB"),
        ] {
            assert_eq!(currency(text), Some(code), "{text}");
        }
        for text in ["$", "£", "¥", "US", "ABC", "dollar", "+36", "pesos"] {
            assert_eq!(currency(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_become_plain_decimal_numbers_or_nothing() {
        for (text, amount_) in [
            ("£10", "10"),
            ("10.00", "10.00"),
            ("10,50 €", "10.50"),
            ("EUR 5", "5"),
            ("0.0", "0.0"),
            ("1.234,50", "1234.50"),
            ("1,234,567", "1234567"),
            ("1 000", "1000"),
            ("0,250 KWD", "0.250"),
            ("$20.", "20"),
            ("1'000.00 CHF", "1000.00"),
            ("1000円", "1000"),
        ] {
            assert_eq!(amount(text).as_deref(), Some(amount_), "{text}");
        }
        for text in [
            "1,000", "1.000", "ten", "-5", "10-20", "10 to 20", "1,23,45", "000", "10 20", "5 %",
            "",
        ] {
            assert_eq!(amount(text), None, "{text}");
        }
    }

    #[test]
    fn machines_are_counted_in_whole_numbers() {
        assert_eq!(count("3").as_deref(), Some("3"));
        assert_eq!(count("2.0").as_deref(), Some("2"));
        assert_eq!(count("007").as_deref(), Some("7"));
        for text in ["", "2.5", "-1", "+1", "two", "99999999999"] {
            assert_eq!(count(text), None, "{text}");
        }
    }
}
