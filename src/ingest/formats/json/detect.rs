//! Which format of the JSON family a file has, by its beginning.

use hashbrown::HashSet;

use crate::ingest::Format;

use super::document::has_utf_16_mark;
use super::scan::{Scanner, Stop};

/// Deepest keys that are looked at.
const DEPTH_MAX: usize = 6;

/// Most keys that are looked at.
const KEYS_MAX: usize = 10_000;

/// The format a file begins like; `None` when it does not begin like JSON.
///
/// `head` is decompressed and may end anywhere; 64 KiB are enough for every real file seen. An
/// array of features is [`Format::Json`] too: its reader knows features by their looks.
pub(crate) fn detect(head: &[u8]) -> Option<Format> {
    if has_utf_16_mark(head) {
        // The text knows its own mark, whatever encoding it is first said to have.
        return detect(encoding_rs::UTF_16LE.decode(head).0.as_bytes());
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match text.iter().find(|byte| !byte.is_ascii_whitespace())? {
        0x1e => Some(Format::Ndjson),
        b'"' => {
            let text = inner_text(text)?;
            // Of what is within a string only whole documents are read.
            detect(&text).filter(|_| text.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'"'))
        }
        b'{' if is_lines(text) => Some(Format::Ndjson),
        b'{' | b'[' => of_keys(text),
        _ => None,
    }
}

/// The text within the string that `text` begins with, as far as it goes.
fn inner_text(text: &[u8]) -> Option<Vec<u8>> {
    let mut scanner = Scanner::new(text, "JSON", 1).ok()?;
    let mut inner = scanner.embedded().ok()?;
    let mut found = Vec::new();
    inner.read_what_there_is(&mut found);
    Some(found)
}

/// Whether the first line is a complete object and something follows on the next that may be one.
fn is_lines(text: &[u8]) -> bool {
    let mut lines = text.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let is_object = |line: &[u8]| {
        line.trim_ascii().starts_with(b"{")
            && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
    };
    let first = lines.next().is_some_and(is_object);
    first && lines.next().is_some_and(|line| line.trim_ascii().starts_with(b"{"))
}

/// The format of a document by where its keys stand; arrays count for nothing on the way.
fn of_keys(text: &[u8]) -> Option<Format> {
    let mut keys = Keys::default();
    let mut scanner = Scanner::new(text, "JSON", 1).ok()?;
    // The text may well break off; what was seen until then counts.
    let _ = keys.look(&mut scanner, &mut Vec::new());
    if !keys.is_started {
        return None;
    }
    let has = |path: &str| keys.paths.contains(path);
    Some(if has("elements") {
        Format::Overpass
    } else if ["data.Brand", "Brand.ATM", "Brand.BrandName", "data.ATMID", "ATMID"]
        .iter()
        .any(|p| has(p))
    {
        Format::OpenBanking
    } else if has("atms.bank_id") {
        Format::OpenBankProject
    } else if keys.is_geojson || (has("features.geometry") && !has("features.attributes")) {
        Format::Geojson
    } else {
        Format::Json
    })
}

#[derive(Default)]
struct Keys {
    paths: HashSet<String>,
    /// Whether the document names itself a feature or a collection of them.
    is_geojson: bool,
    /// Whether there was a first key or item.
    is_started: bool,
}

impl Keys {
    fn look(&mut self, scanner: &mut Scanner<'_>, path: &mut Vec<String>) -> Result<(), Stop> {
        match scanner.peek()? {
            Some(b'{') if path.len() < DEPTH_MAX => {
                self.is_started |= path.is_empty();
                scanner.each_member(|scanner, key| {
                    path.push(key.to_owned());
                    self.note(path)?;
                    if path.len() == 1 && key == "type" {
                        let kind = scanner.value(|kind| {
                            matches!(kind.as_str(), Some("Feature" | "FeatureCollection"))
                        })?;
                        self.is_geojson |= kind == Some(true);
                    } else {
                        self.look(scanner, path)?;
                    }
                    path.pop();
                    Ok(())
                })
            }
            Some(b'[') if path.len() < DEPTH_MAX => {
                self.is_started |= path.is_empty();
                scanner.each_item(|scanner| self.look(scanner, path))
            }
            _ => Ok(scanner.skip()?),
        }
    }

    fn note(&mut self, path: &[String]) -> Result<(), Stop> {
        self.paths.insert(path.join("."));
        if self.paths.len() > KEYS_MAX { Err(Stop::Asked) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_of_the_family_is_known_by_its_beginning() {
        for (format, head) in [
            (Format::Geojson, r#"{"type":"FeatureCollection","features":[{"type":"Fea"#),
            (Format::Geojson, r#"{"features":[{"geometry":{"type":"Point","coordinates":[1,2]},"#),
            (Format::Geojson, r#"{"type":"Feature","geometry":null,"properties":{}}"#),
            (Format::Ndjson, "{\"type\":\"Feature\"}\r\n\r\n{\"type\":\"Fea"),
            (Format::Ndjson, "\u{1e}{\"type\":\"Feature\",\n"),
            (Format::Json, "{\n\"id\": 1\n}"),
            (Format::Json, r#"{"id":1,"lat":2,"lon":3}"#),
            (Format::Json, "[]"),
            (Format::Json, "\u{feff} [ {\"id\": 1}"),
            (Format::Json, r#"{"results":[{"id":1"#),
            (Format::Json, r#"{"features":[{"attributes":{"OBJECTID":1},"geometry":{"x":1,"y":2"#),
            (Format::Json, r#"{"meta":{"view":{"columns":[{"name":"sid"}]}},"data":[["#),
            (Format::Json, r#""\n[{\"lat\":\"52.3\",\"lng\":\"4.8\"},{\"la"#),
            (Format::Geojson, r#""{\"type\":\"FeatureCollection\",\"features\":[]}""#),
            (Format::Overpass, r#"{"version":0.6,"generator":"Overpass API","elements":[{"ty"#),
            (Format::OpenBanking, r#"{"meta":{},"data":[{"Brand":[{"BrandName":"A","ATM":["#),
            (Format::OpenBanking, r#"{"data":{"Brand":{"ATM":["#),
            (Format::OpenBanking, r#"{"data":[{"Organisation":{},"ATMID":"1""#),
            (Format::OpenBankProject, r#"{"atms":[{"id":"1","bank_id":"gh.29.uk","#),
            (Format::Json, r#"{"atms":[{"id":"1","bank":"gh"},"#),
        ] {
            assert_eq!(detect(head.as_bytes()), Some(format), "{head}");
        }
        let utf_16: Vec<u8> =
            "\u{feff}[{\"id\":1}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(detect(&utf_16), Some(Format::Json));
        for head in ["", "  ", "id,lat,lon", "<osm>", "\"id\",\"lat\"", "{", "[", "7"] {
            let found = detect(head.as_bytes());
            assert!(found.is_none() || head.len() == 1 && head != "7", "{head}: {found:?}");
        }
    }
}
