//! Closed sets of words in many languages, as data; compared by [`name_key`].

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::domain::{Tri, name_key};

/// Words of one meaning each.
type Dictionary = &'static [(&'static str, &'static [&'static str])];

#[rustfmt::skip]
const TRI: Dictionary = &[
    ("yes", &[
        "yes", "y", "true", "t", "1", "1.0", "on", "available", "supported", "enabled", "present",
            "full",
        "allowed", "permitted", "designated", "si", "s", "verdadero", "disponible", "oui", "o",
            "vrai",
        "ja", "j", "wahr", "vorhanden", "verfügbar", "sim", "verdadeiro", "vero", "disponibile",
            "waar",
        "tak", "prawda", "да", "д", "есть", "так", "истина", "evet", "var", "kyllä", "ano", "igen",
            "áno", "ναι", "نعم", "כן",
        "はい", "有", "有り", "あり", "可", "可能", "対応", "是", "예", "있음",
    ]),
    ("no", &[
        "no", "n", "false", "f", "0", "0.0", "off", "unavailable", "unsupported", "not supported",
            "disabled", "absent",
        "not allowed", "falso", "non", "faux", "indisponible", "nein", "falsch", "nicht vorhanden",
            "não", "indisponível",
        "nee", "onwaar", "nie", "fałsz", "нет", "ні", "ложь", "hayır", "yok", "ei", "nej", "nei",
            "ne", "nem", "nu", "όχι", "لا", "לא",
        "いいえ", "無", "無し", "なし", "不可", "否", "非対応", "没有", "아니오", "없음",
    ]),
    ("unknown", &["unknown", "undetermined", "maybe", "na", "nd", "nc"]),
];

/// Signs that have no letter and so no name key.
#[rustfmt::skip]
const TRI_SIGNS: &[(Tri, &[&str])] = &[
    (Tri::Yes, &["✓", "✔", "☑", "✅", "○", "〇", "◯", "◎", "●"]),
    (Tri::No, &["✗", "✘", "☒", "❌", "×", "✕", "╳"]),
];

#[rustfmt::skip]
const LIMITED: &[&str] = &[
    "limited", "partial", "partially", "partly", "limitado", "limitada", "parcial", "limité",
        "partiel", "partielle",
    "eingeschränkt", "teilweise", "begrenzt", "limitato", "parziale", "beperkt", "gedeeltelijk",
        "ograniczony",
    "częściowo", "частично", "ограниченно", "一部", "部分", "一部対応",
];

#[rustfmt::skip]
const LOCATION_TYPES: Dictionary = &[
    ("branch_external", &["branch_external", "external branch", "branch exterior", "outside branch",
        "exterior sucursal"]),
    ("branch_internal", &["branch_internal", "internal branch", "inside branch", "in branch",
        "branch interior", "interior sucursal", "in filiale"]),
    ("branch_lobby", &["branch_lobby", "lobby", "bank lobby", "vestibule", "foyer", "hall banque"]),
    ("retail", &[
        "retail", "retail outlet", "shop", "store", "shopping centre", "shopping center",
            "shopping mall", "mall",
        "department store", "centro comercial", "tienda", "comercio", "centre commercial",
            "magasin", "commerce",
        "einkaufszentrum", "geschäft", "laden", "kaufhaus", "shopping", "loja", "negozio",
            "centro commerciale",
        "winkel", "winkelcentrum", "sklep", "centrum handlowe", "galeria handlowa", "магазин",
            "торговый центр",
        "тц", "трц", "店舗", "商業施設", "ショッピングセンター", "商場", "購物中心", "商场",
    ]),
    ("supermarket", &[
        "supermarket", "hypermarket", "grocery store", "supermercado", "hipermercado",
            "supermarché", "hypermarché",
        "supermarkt", "supermercato", "ipermercato", "супермаркет", "гипермаркет", "スーパー",
            "スーパーマーケット", "超市", "超級市場",
    ]),
    ("convenience", &["convenience", "convenience store", "c store", "corner shop",
        "tienda de conveniencia", "コンビニ", "コンビニエンスストア", "便利店"]),
    ("fuel", &[
        "fuel", "fuel station", "gas station", "petrol station", "petrol", "service station",
            "filling station",
        "estación de servicio", "gasolinera", "station service", "tankstelle", "posto de gasolina",
            "posto de combustível",
        "stazione di servizio", "distributore", "tankstation", "benzinestation", "stacja paliw",
            "stacja benzynowa",
        "азс", "заправка", "ガソリンスタンド", "加油站",
    ]),
    ("transport_station", &[
        "transport_station", "station", "railway station", "train station", "rail station", "metro",
            "metro station", "subway",
        "subway station", "underground station", "bus station", "bus terminal", "ferry terminal",
            "transport",
        "estación", "estación de tren", "estación de metro", "terminal de ómnibus", "gare",
            "bahnhof", "estação", "stazione",
        "dworzec", "вокзал", "метро", "станция метро", "駅", "車站", "港鐵站", "地铁站",
    ]),
    ("airport", &["airport", "aeropuerto", "aéroport", "flughafen", "aeroporto", "luchthaven",
        "lotnisko", "аэропорт", "空港", "機場", "机场"]),
    ("hospital", &["hospital", "hôpital", "krankenhaus", "spital", "ospedale", "ziekenhuis",
        "szpital", "больница", "病院", "醫院", "医院"]),
    ("hotel", &["hotel", "hôtel", "albergo", "гостиница", "отель", "ホテル", "酒店"]),
    ("education", &[
        "education", "university", "college", "school", "campus", "universidad", "universidade",
            "université", "universität",
        "hochschule", "schule", "università", "universiteit", "uniwersytet", "университет", "школа",
            "大学", "大學", "学校",
    ]),
    ("mobile_unit", &["mobile_unit", "mobile", "mobile atm", "unidad móvil", "unité mobile"]),
    ("other", &["other", "remote unit", "remote", "off site", "off premise", "off premises", "otro",
        "otros", "autre", "andere", "sonstige", "outro", "altro", "overig", "inne", "другое", "その他",
        "其他"]),
];

#[rustfmt::skip]
const FEES: Dictionary = &[
    ("free", &["free", "free of charge", "no fee", "no fees", "no charge", "surcharge free",
        "gratis", "gratuito", "gratuit", "kostenlos", "gebührenfrei", "bezpłatny", "бесплатно",
        "без комиссии", "無料", "免費", "0.00"]),
    ("some_customers", &["some_customers", "some", "domestic", "international",
        "free for customers", "customers free", "non customers"]),
    ("everyone", &["everyone", "all customers", "domestic and international", "charged", "fee",
        "surcharge", "paid", "con comisión", "payant", "kostenpflichtig", "gebührenpflichtig",
        "a pagamento", "платно", "有料", "收費"]),
];

#[rustfmt::skip]
const ACCESSES: Dictionary = &[
    ("public", &["public", "permissive", "open", "open to public", "everyone", "público", "publico",
        "öffentlich", "pubblico", "openbaar", "publiczny", "общий", "публичный", "公開", "一般"]),
    ("customers", &["customers", "customer", "customers only", "guests", "clientes", "clients",
        "kunden", "clienti", "klanten", "klienci", "клиенты"]),
    ("private", &["private", "restricted", "staff", "staff only", "employees", "employees only",
        "members", "members only", "permit", "privado", "restringido", "privé", "privat", "privato",
        "besloten", "prywatny", "служебный", "закрытый", "закрытая территория"]),
];

/// A dictionary by key.
struct ByKey(HashMap<String, &'static str>);

impl ByKey {
    fn new(dictionary: Dictionary) -> Self {
        let words =
            dictionary.iter().flat_map(|(code, words)| words.iter().map(move |w| (w, code)));
        Self(words.map(|(word, code)| (name_key(word), *code)).collect())
    }

    fn code(&self, text: &str) -> Option<&'static str> {
        self.0.get(&name_key(text)).copied()
    }
}

static LIMITED_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| LIMITED.iter().map(|word| name_key(word)).collect());
static TRI_BY_KEY: LazyLock<ByKey> = LazyLock::new(|| ByKey::new(TRI));
static LOCATION_TYPE_BY_KEY: LazyLock<ByKey> = LazyLock::new(|| ByKey::new(LOCATION_TYPES));
static FEE_BY_KEY: LazyLock<ByKey> = LazyLock::new(|| ByKey::new(FEES));
static ACCESS_BY_KEY: LazyLock<ByKey> = LazyLock::new(|| ByKey::new(ACCESSES));

/// What a yes/no word says; `None` when it is no such word. A text that says nothing is
/// [`Tri::Unknown`].
pub(crate) fn tri(text: &str) -> Option<Tri> {
    let text = text.trim();
    if super::is_placeholder(text) {
        return Some(Tri::Unknown);
    }
    if let Some((tri, _)) = TRI_SIGNS.iter().find(|(_, signs)| signs.contains(&text)) {
        return Some(*tri);
    }
    match TRI_BY_KEY.code(text)? {
        "yes" => Some(Tri::Yes),
        "no" => Some(Tri::No),
        _ => Some(Tri::Unknown),
    }
}

/// Whether the text says that something holds in part.
pub(super) fn is_limited(text: &str) -> bool {
    text == "△" || LIMITED_KEYS.contains(&name_key(text))
}

/// The code of the kind of place a text names.
pub(super) fn location_type(text: &str) -> Option<&'static str> {
    LOCATION_TYPE_BY_KEY.code(text)
}

/// The code of what a text says about fees. A yes is that it costs everyone, a no that it is free.
pub(super) fn fee(text: &str) -> Option<&'static str> {
    FEE_BY_KEY.code(text).or_else(|| match tri(text)? {
        Tri::Yes => Some("everyone"),
        Tri::No => Some("free"),
        Tri::Unknown => None,
    })
}

/// The code of who may reach the machine. A yes is that anyone may, a no that nobody from outside.
pub(super) fn access(text: &str) -> Option<&'static str> {
    ACCESS_BY_KEY.code(text).or_else(|| match tri(text)? {
        Tri::Yes => Some("public"),
        Tri::No => Some("private"),
        Tri::Unknown => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Access, Fee, LocationType};

    #[test]
    fn yes_and_no_are_known_in_many_languages_and_nothing_else_is_guessed() {
        for yes in
            ["Y", "TRUE", "sí", "Oui", "ja", "SUPPORTED", "AVAILABLE", "〇", "да", "はい", "1"]
        {
            assert_eq!(tri(yes), Some(Tri::Yes), "{yes}");
        }
        for no in ["N", "False", "não", "non", "Nein", "UNSUPPORTED", "нет", "×", "0", "なし"]
        {
            assert_eq!(tri(no), Some(Tri::No), "{no}");
        }
        for unknown in ["", "N/A", "null", "UNKNOWN", " - ", "不明", "None"] {
            assert_eq!(tri(unknown), Some(Tri::Unknown), "{unknown}");
        }
        for other in ["2", "x", "weekdays only", "not available"] {
            assert_eq!(tri(other), None, "{other}");
        }
    }

    #[test]
    fn dictionaries_hold_only_codes_of_the_record_and_no_word_twice() {
        for (code, _) in LOCATION_TYPES {
            assert!(LocationType::from_code(code).is_some(), "{code}");
        }
        assert!(FEES.iter().all(|(code, _)| Fee::from_code(code).is_some()));
        assert!(ACCESSES.iter().all(|(code, _)| Access::from_code(code).is_some()));
        for dictionary in [TRI, LOCATION_TYPES, FEES, ACCESSES] {
            let mut seen = HashMap::new();
            for (code, words) in dictionary {
                for word in *words {
                    assert!(!name_key(word).is_empty(), "{word}");
                    let before = seen.insert(name_key(word), code);
                    assert!(before.is_none_or(|before| before == code), "{word}");
                }
            }
        }
        for kind in LocationType::STATED {
            assert_eq!(location_type(kind.code()), Some(kind.code()));
        }
    }
}
