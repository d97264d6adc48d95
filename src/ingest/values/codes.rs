//! Codes of countries and languages.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::name_key;

/// Names of countries beside the English short names of ISO 3166-1: native ones, those of
/// neighbours' files, and what people write.
#[rustfmt::skip]
const COUNTRY_NAMES: &[(&str, &[&str])] = &[
    ("AR", &["República Argentina"]),
    ("AT", &["Österreich", "Autriche", "Oesterreich"]),
    ("AE", &["UAE", "Emirates"]),
    ("BE", &["België", "Belgique", "Belgien", "Bélgica", "Belgio"]),
    ("BG", &["България"]),
    ("BO", &["Bolivia"]),
    ("BN", &["Brunei"]),
    ("BR", &["Brasil", "Brésil", "Brasilien"]),
    ("BY", &["Беларусь", "Белоруссия"]),
    ("CA", &["Canadá"]),
    ("CD", &["DR Congo", "Democratic Republic of the Congo"]),
    ("CH", &["Schweiz", "Suisse", "Svizzera", "Suiza"]),
    ("CI", &["Ivory Coast", "Côte d'Ivoire"]),
    ("CN", &["中国", "中國", "PRC", "People's Republic of China"]),
    ("CV", &["Cape Verde"]),
    ("CZ", &["Czech Republic", "Česko", "Česká republika", "Tschechien"]),
    ("DE", &["Deutschland", "Allemagne", "Alemania", "Alemanha", "Germania", "Duitsland", "Niemcy",
        "Германия"]),
    ("DK", &["Danmark", "Dänemark"]),
    ("EE", &["Eesti"]),
    ("ES", &["España", "Espagne", "Spanien", "Espanha", "Spagna", "Spanje", "Испания"]),
    ("FI", &["Suomi", "Finnland", "Finlande"]),
    ("FR", &["Frankreich", "Francia", "França", "Frankrijk", "Франция"]),
    ("FM", &["Micronesia"]),
    ("GB", &["UK", "United Kingdom", "Great Britain", "Britain", "England", "Scotland", "Wales",
        "Northern Ireland", "Reino Unido", "Royaume-Uni", "Großbritannien",
        "Vereinigtes Königreich", "Regno Unito", "Великобритания"]),
    ("GR", &["EL", "Ελλάδα", "Hellas"]),
    ("HK", &["香港", "Hong Kong SAR"]),
    ("HR", &["Hrvatska"]),
    ("HU", &["Magyarország"]),
    ("IE", &["Éire", "Republic of Ireland"]),
    ("IL", &["ישראל"]),
    ("IR", &["Iran"]),
    ("IT", &["Italia", "Italie", "Italien", "Италия"]),
    ("JP", &["日本", "日本国", "Japón"]),
    ("KP", &["North Korea"]),
    ("KR", &["South Korea", "Korea", "대한민국", "한국"]),
    ("KZ", &["Казахстан", "Қазақстан"]),
    ("LA", &["Laos"]),
    ("LT", &["Lietuva"]),
    ("LV", &["Latvija"]),
    ("MD", &["Moldova"]),
    ("MK", &["Macedonia", "Македонија"]),
    ("MO", &["Macau", "澳門"]),
    ("MX", &["México", "Mexique"]),
    ("NL", &["Netherlands", "The Netherlands", "Holland", "Nederland", "Niederlande", "Pays-Bas",
        "Países Bajos"]),
    ("NO", &["Norge", "Noreg", "Norwegen"]),
    ("PE", &["Perú"]),
    ("PL", &["Polska", "Polen", "Pologne", "Польша"]),
    ("PS", &["Palestine"]),
    ("RO", &["România", "Rumänien"]),
    ("RS", &["Srbija", "Србија"]),
    ("RU", &["Russia", "Россия", "Российская Федерация", "РФ"]),
    ("SE", &["Sverige", "Schweden", "Suède"]),
    ("SI", &["Slovenija"]),
    ("SK", &["Slovensko"]),
    ("SY", &["Syria"]),
    ("SZ", &["Swaziland"]),
    ("TR", &["Turkey", "Türkiye", "Türkei"]),
    ("TW", &["Taiwan", "台灣", "臺灣", "台湾"]),
    ("TZ", &["Tanzania"]),
    ("UA", &["Україна", "Украина"]),
    ("US", &["USA", "United States", "United States of America", "Estados Unidos", "États-Unis",
        "EE.UU.", "США"]),
    ("VE", &["Venezuela"]),
    ("VN", &["Vietnam"]),
];

/// Languages of ISO 639-1 with their codes of ISO 639-2 and -3, and names people write.
#[rustfmt::skip]
const LANGUAGES: &[(&str, &[&str])] = &[
    ("af", &["afr", "Afrikaans"]),
    ("am", &["amh", "Amharic"]),
    ("ar", &["ara", "Arabic", "العربية", "árabe", "arabe", "Arabisch"]),
    ("az", &["aze", "Azerbaijani"]),
    ("be", &["bel", "Belarusian", "беларуская"]),
    ("bg", &["bul", "Bulgarian", "български"]),
    ("bn", &["ben", "Bengali", "বাংলা"]),
    ("bs", &["bos", "Bosnian", "bosanski"]),
    ("ca", &["cat", "Catalan", "català", "catalán"]),
    ("cs", &["ces", "cze", "Czech", "čeština"]),
    ("cy", &["cym", "wel", "Welsh", "Cymraeg"]),
    ("da", &["dan", "Danish", "dansk"]),
    ("de", &["deu", "ger", "German", "Deutsch", "alemán", "allemand", "tedesco", "alemão",
        "Duits", "немецкий", "ドイツ語"]),
    ("el", &["ell", "gre", "Greek", "ελληνικά"]),
    ("en", &["eng", "English", "inglés", "anglais", "Englisch", "inglese", "inglês", "Engels",
        "angielski", "английский", "英語", "英文"]),
    ("es", &["spa", "Spanish", "español", "castellano", "espagnol", "Spanisch", "spagnolo",
        "espanhol", "Spaans", "испанский", "スペイン語"]),
    ("et", &["est", "Estonian", "eesti"]),
    ("eu", &["eus", "baq", "Basque", "euskara"]),
    ("fa", &["fas", "per", "Persian", "Farsi", "فارسی"]),
    ("fi", &["fin", "Finnish", "suomi"]),
    ("fil", &["Filipino"]),
    ("fo", &["fao", "Faroese"]),
    ("fr", &["fra", "fre", "French", "français", "francés", "Französisch", "francese", "francês",
        "Frans", "французский", "フランス語"]),
    ("fy", &["fry", "Frisian"]),
    ("ga", &["gle", "Irish", "Gaeilge"]),
    ("gd", &["gla", "Gaelic", "Scottish Gaelic"]),
    ("gl", &["glg", "Galician", "galego", "gallego"]),
    ("gu", &["guj", "Gujarati"]),
    ("ha", &["hau", "Hausa"]),
    ("he", &["heb", "Hebrew", "עברית"]),
    ("hi", &["hin", "Hindi", "हिन्दी"]),
    ("hr", &["hrv", "Croatian", "hrvatski"]),
    ("hu", &["hun", "Hungarian", "magyar"]),
    ("hy", &["hye", "arm", "Armenian"]),
    ("id", &["ind", "Indonesian", "Bahasa Indonesia"]),
    ("ig", &["ibo", "Igbo"]),
    ("is", &["isl", "ice", "Icelandic", "íslenska"]),
    ("it", &["ita", "Italian", "italiano", "italien", "Italienisch", "итальянский", "イタリア語"]),
    ("ja", &["jpn", "Japanese", "日本語", "японский", "japonés", "japonais", "Japanisch"]),
    ("ka", &["kat", "geo", "Georgian", "ქართული"]),
    ("kk", &["kaz", "Kazakh", "қазақша"]),
    ("km", &["khm", "Khmer"]),
    ("kn", &["kan", "Kannada"]),
    ("ko", &["kor", "Korean", "한국어", "韓国語"]),
    ("ku", &["kur", "Kurdish"]),
    ("ky", &["kir", "Kyrgyz"]),
    ("lb", &["ltz", "Luxembourgish", "Lëtzebuergesch"]),
    ("lo", &["lao", "Lao"]),
    ("lt", &["lit", "Lithuanian", "lietuvių"]),
    ("lv", &["lav", "Latvian", "latviešu"]),
    ("mi", &["mri", "mao", "Māori"]),
    ("mk", &["mkd", "mac", "Macedonian", "македонски"]),
    ("ml", &["mal", "Malayalam"]),
    ("mn", &["mon", "Mongolian"]),
    ("mr", &["mar", "Marathi"]),
    ("ms", &["msa", "may", "Malay", "Bahasa Melayu"]),
    ("mt", &["mlt", "Maltese", "Malti"]),
    ("my", &["mya", "bur", "Burmese"]),
    ("nb", &["nob", "Norwegian Bokmål", "bokmål"]),
    ("ne", &["nep", "Nepali"]),
    ("nl", &["nld", "dut", "Dutch", "Nederlands", "néerlandais", "Niederländisch"]),
    ("nn", &["nno", "nynorsk"]),
    ("no", &["nor", "Norwegian", "norsk"]),
    ("pa", &["pan", "Punjabi"]),
    ("pl", &["pol", "Polish", "polski", "polnisch", "польский"]),
    ("ps", &["pus", "Pashto"]),
    ("pt", &["por", "Portuguese", "português", "portugués", "portugais", "Portugiesisch",
        "portoghese", "ポルトガル語"]),
    ("rm", &["roh", "Romansh"]),
    ("ro", &["ron", "rum", "Romanian", "română"]),
    ("ru", &["rus", "Russian", "русский", "ruso", "russe", "Russisch", "ロシア語"]),
    ("rw", &["kin", "Kinyarwanda"]),
    ("se", &["sme", "Northern Sami"]),
    ("si", &["sin", "Sinhala"]),
    ("sk", &["slk", "slo", "Slovak", "slovenčina"]),
    ("sl", &["slv", "Slovenian", "Slovene", "slovenščina"]),
    ("so", &["som", "Somali"]),
    ("sq", &["sqi", "alb", "Albanian", "shqip"]),
    ("sr", &["srp", "Serbian", "српски", "srpski"]),
    ("st", &["sot", "Sesotho"]),
    ("sv", &["swe", "Swedish", "svenska"]),
    ("sw", &["swa", "Swahili", "Kiswahili"]),
    ("ta", &["tam", "Tamil", "தமிழ்"]),
    ("te", &["tel", "Telugu"]),
    ("tg", &["tgk", "Tajik"]),
    ("th", &["tha", "Thai", "ไทย", "タイ語"]),
    ("tk", &["tuk", "Turkmen"]),
    ("tl", &["tgl", "Tagalog"]),
    ("tn", &["tsn", "Setswana"]),
    ("tr", &["tur", "Turkish", "Türkçe", "Türkisch"]),
    ("tt", &["tat", "Tatar"]),
    ("uk", &["ukr", "Ukrainian", "українська", "украинский"]),
    ("ur", &["urd", "Urdu"]),
    ("uz", &["uzb", "Uzbek"]),
    ("vi", &["vie", "Vietnamese", "tiếng Việt", "ベトナム語"]),
    ("xh", &["xho", "Xhosa"]),
    ("yo", &["yor", "Yoruba"]),
    ("yue", &["Cantonese", "廣東話", "粵語"]),
    ("zh", &["zho", "chi", "Chinese", "中文", "中国語", "chino", "chinois", "Chinesisch", "китайский"]),
    ("zh-Hans", &["Simplified Chinese", "简体中文", "簡体字"]),
    ("zh-Hant", &["Traditional Chinese", "繁體中文", "繁体字"]),
    ("zu", &["zul", "Zulu"]),
];

type Codes = HashMap<String, &'static str>;

static COUNTRIES: LazyLock<Codes> = LazyLock::new(|| {
    let mut codes = Codes::new();
    for country in rust_iso3166::ALL {
        // "Korea (Republic of)" and "Tanzania, United Republic of" are known in full only.
        let keys = [country.alpha2, country.alpha3, country.name].map(name_key);
        let number = format!("{:03}", country.numeric);
        codes.extend(keys.into_iter().chain([number]).map(|key| (key, country.alpha2)));
    }
    extend(&mut codes, COUNTRY_NAMES);
    codes
});

static LANGUAGE_TAGS: LazyLock<Codes> = LazyLock::new(|| {
    let mut tags: Codes = LANGUAGES.iter().map(|(tag, _)| (name_key(tag), *tag)).collect();
    extend(&mut tags, LANGUAGES);
    tags
});

fn extend(codes: &mut Codes, names: &[(&'static str, &[&str])]) {
    for (code, names) in names {
        codes.extend(names.iter().map(|name| (name_key(name), *code)));
    }
}

/// The ISO 3166-1 alpha-2 code of a country given by a code or a name.
pub(super) fn country(text: &str) -> Option<&'static str> {
    COUNTRIES.get(&name_key(text)).copied()
}

/// The BCP 47 tag of a language given by a code, a name, or a tag with a script or a region.
pub(super) fn language(text: &str) -> Option<String> {
    if let Some(tag) = LANGUAGE_TAGS.get(&name_key(text)) {
        return Some((*tag).to_owned());
    }
    let (language, subtag) = text.split_once(['-', '_'])?;
    let language = LANGUAGE_TAGS.get(&language.to_ascii_lowercase())?;
    let letters = subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let subtag = match subtag.len() {
        2 => rust_iso3166::from_alpha2(&subtag.to_ascii_uppercase())?.alpha2.to_owned(),
        4 if letters => {
            let (first, rest) = subtag.split_at(1);
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        }
        _ => return None,
    };
    Some(format!("{language}-{subtag}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_any_code_and_many_names() {
        for (text, code) in [
            ("gb", "GB"),
            ("UK", "GB"),
            ("ARG", "AR"),
            ("840", "US"),
            ("004", "AF"),
            ("NA", "NA"),
            ("Deutschland", "DE"),
            ("ESPAÑA", "ES"),
            ("日本", "JP"),
            ("Россия", "RU"),
            ("Bolivia", "BO"),
            ("U.S.A.", "US"),
            ("Côte d'Ivoire", "CI"),
            ("Netherlands", "NL"),
        ] {
            assert_eq!(country(text), Some(code), "{text}");
        }
        for text in ["", "XX", "Atlantis", "999", "Kings County"] {
            assert_eq!(country(text), None, "{text}");
        }
        assert!(COUNTRY_NAMES.iter().all(|(code, _)| rust_iso3166::from_alpha2(code).is_some()));
    }

    #[test]
    fn languages_become_tags() {
        for (text, tag) in [
            ("en", "en"),
            ("eng", "en"),
            ("English", "en"),
            ("en-GB", "en-GB"),
            ("pt_br", "pt-BR"),
            ("zh-hant", "zh-Hant"),
            ("Español", "es"),
            ("日本語", "ja"),
            ("ger", "de"),
            ("Cymraeg", "cy"),
        ] {
            assert_eq!(language(text).as_deref(), Some(tag), "{text}");
        }
        for text in ["xx", "Klingonese", "en-XX", "en-GB-oed", "", "-"] {
            assert_eq!(language(text), None, "{text}");
        }
    }

    #[test]
    fn no_name_means_two_codes() {
        for names in [COUNTRY_NAMES, LANGUAGES] {
            let mut seen = HashMap::new();
            for (code, names) in names {
                for name in *names {
                    assert!(!name_key(name).is_empty(), "{name}");
                    let before = seen.insert(name_key(name), code);
                    assert!(before.is_none_or(|before| before == code), "{name}");
                }
            }
        }
    }
}
