//! Links to maps that carry coordinates. They are read and never fetched.

use url::Url;

use super::{WrittenPosition, WrittenPositionError, at, degrees, plus_code};

type Read = Result<WrittenPosition, WrittenPositionError>;

/// Hosts of which links hold nothing but a number to be looked up there.
const LOOKED_UP: &[&str] = &[
    "goo.gl",
    "maps.app.goo.gl",
    "g.co",
    "bit.ly",
    "tinyurl.com",
    "t.co",
    "maps.apple",
    "binged.it",
    "her.is",
    "osm.li",
    "w3w.co",
    "what3words.com",
    "ya.cc",
    "clck.ru",
];

/// Hosts of maps whose coordinates are shifted from WGS-84 on purpose.
const SHIFTED: &[&str] = &["map.baidu.com", "api.map.baidu.com", "amap.com", "map.qq.com"];

/// Names of a parameter that holds `lat,lon`, the position of what is shared before the middle of
/// what is shown.
const PAIRS: &[&str] = &[
    "destination",
    "daddr",
    "coordinate",
    "q",
    "query",
    "where1",
    "ll",
    "latlng",
    "to",
    "navigate",
    "address",
    "viewpoint",
    "map",
    "sll",
    "center",
    "saddr",
    "origin",
    "cp",
    "sp",
    "rtp",
];

/// Names of two parameters that hold a latitude and a longitude.
const LAT_LON: &[(&str, &str)] =
    &[("mlat", "mlon"), ("lat", "lon"), ("lat", "lng"), ("latitude", "longitude")];

/// Reads the first link in a text; `None` when there is none.
pub(super) fn read(text: &str) -> Option<Read> {
    if is_three_words(text) {
        return Some(Err(WrittenPositionError::LooksUpElsewhere));
    }
    let link = text.split_whitespace().find(|word| {
        word.contains("://") || word.starts_with("google.navigation:") || is_bare_link(word)
    })?;
    let link =
        link.trim_matches(|letter| matches!(letter, '<' | '>' | '(' | ')' | '"' | ',' | '.'));
    let with_scheme = if link.contains(':') && !is_bare_link(link) {
        link.to_owned()
    } else {
        format!("https://{link}")
    };
    let read = Url::parse(&with_scheme)
        .map_or(Err(WrittenPositionError::LinkWithoutPosition), |url| read_url(&url, 0));
    Some(read)
}

/// "///filled.count.soap"
fn is_three_words(text: &str) -> bool {
    text.strip_prefix("///").is_some_and(|words| {
        words.split('.').count() == 3
            && words
                .split('.')
                .all(|word| !word.is_empty() && word.chars().all(char::is_alphabetic))
    })
}

/// A link of a map without its scheme.
fn is_bare_link(word: &str) -> bool {
    const BEGIN: &[&str] = &[
        "maps.google.",
        "www.google.",
        "google.com/maps",
        "goo.gl/",
        "maps.app.goo.gl/",
        "maps.apple.com/",
        "www.openstreetmap.org/",
        "openstreetmap.org/",
        "osm.org/",
        "waze.com/",
        "www.waze.com/",
        "www.bing.com/maps",
        "bing.com/maps",
        "yandex.ru/maps",
        "yandex.com/maps",
        "wego.here.com/",
        "share.here.com/",
        "plus.codes/",
        "w3w.co/",
        "what3words.com/",
    ];
    BEGIN.iter().any(|begin| word.get(..begin.len()).is_some_and(|w| w.eq_ignore_ascii_case(begin)))
}

fn read_url(url: &Url, depth: usize) -> Read {
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.").to_ascii_lowercase();
    let is_at = |known: &str| {
        host == known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.'))
    };
    if SHIFTED.iter().any(|known| is_at(known)) {
        return Err(WrittenPositionError::OtherReferenceSystem);
    }
    // Messengers wrap what is shared into a link of their own.
    let wrapped = ["u", "url", "link", "continue"].iter().find_map(|name| {
        let inner = parameter(url, name)?;
        inner.contains("://").then(|| Url::parse(&inner).ok())?
    });
    if let Some(inner) = wrapped.filter(|_| depth < 3) {
        return read_url(&inner, depth + 1);
    }
    if LOOKED_UP.iter().any(|known| is_at(known)) {
        return Err(WrittenPositionError::LooksUpElsewhere);
    }
    let is_yandex = host.split('.').any(|part| part == "yandex");
    let is_2gis = host.split('.').any(|part| part == "2gis");
    let found = if is_yandex || is_2gis {
        lon_first(url)
    } else if is_at("plus.codes") {
        url.path_segments().and_then(|mut parts| parts.next()).and_then(plus_code::read)
    } else {
        lat_first(url)
    };
    found.unwrap_or(Err(WrittenPositionError::LinkWithoutPosition))
}

fn lat_first(url: &Url) -> Option<Read> {
    let path = decoded(url.path());
    let whole = format!("{path}?{}", decoded(url.query().unwrap_or_default()));
    of_data(&whole)
        .or_else(|| in_parameters(url))
        .or_else(|| in_path(&path))
        .or_else(|| in_fragment(&decoded(url.fragment().unwrap_or_default())))
}

/// Google's `data`: `!3dLAT!4dLON` is the place, `!1dLON!2dLAT` a waypoint, the last the
/// destination, and `!2dLON!3dLAT` the middle of an embedded map.
fn of_data(text: &str) -> Option<Read> {
    let number_after = |at: usize| {
        let rest = &text[at..];
        let end =
            rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(rest.len());
        Some((rest[..end].parse::<f64>().ok()?, &rest[end..]))
    };
    let pair = |first: &str, second: &str| {
        let (at, _) = text.rmatch_indices(first).next()?;
        let (one, rest) = number_after(at + first.len())?;
        let rest = rest.strip_prefix(second)?;
        let (other, _) = number_after(text.len() - rest.len())?;
        Some((one, other))
    };
    if let Some((lat_deg, lon_deg)) = pair("!3d", "!4d") {
        return Some(at(lat_deg, lon_deg, 0.0));
    }
    let (lon_deg, lat_deg) = pair("!2d", "!3d").or_else(|| pair("!1d", "!2d"))?;
    Some(at(lat_deg, lon_deg, 0.0))
}

fn in_parameters(url: &Url) -> Option<Read> {
    for (lat, lon) in LAT_LON {
        let number = |name| parameter(url, name).and_then(|text| text.trim().parse().ok());
        if let Some((lat_deg, lon_deg)) = number(lat).zip(number(lon)) {
            return Some(at(lat_deg, lon_deg, 0.0));
        }
    }
    PAIRS.iter().find_map(|name| of_text(&parameter(url, name)?))
}

/// `/@60.17,24.94,15z`, `/maps/place/60.17,24.94`, `/maps/dir//60.17,24.94`, `/l/60.17,24.94,Name`.
fn in_path(path: &str) -> Option<Read> {
    let parts = || path.split('/').rev().filter(|part| !part.is_empty());
    let shared = parts().filter(|part| !part.starts_with('@')).find_map(of_text);
    shared.or_else(|| parts().find_map(|part| of_text(part.strip_prefix('@')?)))
}

/// OpenStreetMap's `#map=15/60.17/24.94`, in some with the marker's position before.
fn in_fragment(fragment: &str) -> Option<Read> {
    let map = fragment.split('&').find_map(|pair| pair.strip_prefix("map="))?;
    let mut numbers = map.split('/').skip(1).map(|part| part.parse::<f64>().ok());
    let (lat_deg, lon_deg) = (numbers.next()??, numbers.next()??);
    Some(at(lat_deg, lon_deg, 0.0))
}

/// Yandex and 2GIS write the longitude first, but not in `text` and `rtext`.
fn lon_first(url: &Url) -> Option<Read> {
    let exchanged = |text: &str| {
        let text = text.rsplit('~').next().unwrap_or_default();
        let mut numbers = text.split([',', '/']).map(|part| part.trim().parse::<f64>().ok());
        let (lon_deg, lat_deg) = (numbers.next()??, numbers.next()??);
        Some(at(lat_deg, lon_deg, 0.0))
    };
    let destination = parameter(url, "rtext")
        .and_then(|route| of_text(route.rsplit('~').next().unwrap_or_default()));
    destination
        .or_else(|| {
            ["pt", "whatshere[point]", "poi[point]"]
                .iter()
                .find_map(|name| exchanged(&parameter(url, name)?))
        })
        .or_else(|| of_text(&parameter(url, "text")?))
        .or_else(|| ["ll", "m"].iter().find_map(|name| exchanged(&parameter(url, name)?)))
        .or_else(|| decoded(url.path()).split('/').rev().find_map(exchanged))
}

/// A pair of numbers, latitude first, with what map services put around it; or a position in other
/// forms, such as in degrees and minutes or as a full plus code.
fn of_text(text: &str) -> Option<Read> {
    let text = text.trim();
    // Bing lists the points of a route: the last is where it goes.
    let last = text.rsplit('~').next().unwrap_or_default();
    let marked = ["loc:", "ll.", "point.", "pos."]
        .iter()
        .find_map(|mark| text.strip_prefix(mark).or_else(|| last.strip_prefix(mark)));
    let text = marked.unwrap_or(text);
    let text = text.split_once(" (").map_or(text, |(before, _)| before);
    // HERE writes a name before, Bing a name after.
    let text = text.rsplit_once(':').map_or(text, |(_, after)| after);
    let mut numbers = text.split([',', '~', '_']).map(|part| part.trim().parse::<f64>().ok());
    if let (Some(Some(lat_deg)), Some(Some(lon_deg))) = (numbers.next(), numbers.next()) {
        return Some(at(lat_deg, lon_deg, 0.0));
    }
    if let Some(code) = plus_code::read(text)
        && matches!(code, Ok(WrittenPosition::At { .. }))
    {
        return Some(code);
    }
    degrees::read(text)
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let pairs = url.query_pairs();
    let found = pairs.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    // `google.navigation:q=60.17,24.94` has no question mark.
    found.map(|(_, value)| value.into_owned()).or_else(|| {
        let path = url.cannot_be_a_base().then(|| decoded(url.path()))?;
        path.split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    })
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_is_read_from_the_links_people_share() {
        for link in [
            "https://maps.google.com/?q=60.1699,24.9384",
            "https://maps.google.com/maps?q=60.1699%2C24.9384&z=17&hl=fi",
            "maps.google.com/maps?q=loc:60.1699,24.9384",
            "https://www.google.com/maps/@60.1699,24.9384,15z",
            "https://www.google.com/maps/place/60.1699,24.9384",
            "https://www.google.com/maps/place/60.1699+24.9384/@60.2,24.8,12z",
            "https://www.google.com/maps/place/60%C2%B010'11.6%22N+24%C2%B056'18.2%22E/@60.2,24.8,17z/data=!3m1!4b1!4m4!3m3!8m2!3d60.1699!4d24.9384",
            "https://www.google.fi/maps/place/Helsinki/@60.11,25.0,11z/data=!3m1!4b1!4m6!3m5!1s0x46920bc796210691:0xcd4ebd843be2f763!8m2!3d60.1699!4d24.9384!16zL20",
            "https://www.google.com/maps/search/?api=1&query=60.1699%2C24.9384",
            "https://www.google.com/maps/dir/?api=1&origin=1,2&destination=60.1699,24.9384",
            "https://www.google.com/maps/dir/61.5,23.8/60.1699,24.9384/@60.8,24.3,9z",
            "https://www.google.com/maps/dir//Rautatieasema/@60.1,24.9,17z/data=!4m8!4m7!1m0!1m5!1m1!1s0x4:0x9!2m2!1d24.9384!2d60.1699",
            "https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d1984!2d24.9384!3d60.1699!2m3!1f0",
            "https://maps.apple.com/?ll=60.1699,24.9384&q=Dropped%20Pin",
            "https://maps.apple.com/?q=60.1699,24.9384",
            "https://maps.apple.com/place?coordinate=60.1699%2C24.9384&name=Marked",
            "https://maps.apple.com/?daddr=60.1699,24.9384&dirflg=w",
            "https://www.openstreetmap.org/?mlat=60.1699&mlon=24.9384#map=16/60.2/24.8",
            "https://www.openstreetmap.org/#map=17/60.1699/24.9384",
            "https://osm.org/#map=17/60.1699/24.9384&layers=N",
            "https://www.bing.com/maps?cp=60.1699~24.9384&lvl=16",
            "https://www.bing.com/maps/default.aspx?v=2&pc=FACEBK&where1=60.1699%2C+24.9384&FORM=FBKPL1",
            "https://www.bing.com/maps?sp=point.60.1699_24.9384_Station",
            "https://www.bing.com/maps?rtp=adr.Tampere~pos.60.1699_24.9384",
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.bing.com%2Fmaps%2Fdefault.aspx%3Fv%3D2%26where1%3D60.1699%252C%2B24.9384&h=x",
            "https://waze.com/ul?ll=60.1699,24.9384&navigate=yes",
            "https://www.waze.com/live-map/directions?to=ll.60.1699%2C24.9384",
            "https://share.here.com/l/60.1699,24.9384,Station?z=16",
            "https://wego.here.com/?map=60.1699,24.9384,15,normal",
            "https://wego.here.com/directions/walk//Station:60.1699,24.9384",
            "https://yandex.ru/maps/?ll=24.9384%2C60.1699&z=15",
            "https://yandex.com/maps/10493/helsinki/?ll=24.8,60.2&pt=24.9384,60.1699&z=16",
            "https://yandex.ru/maps/?rtext=61.5,23.8~60.1699,24.9384&rtt=auto",
            "https://yandex.ru/maps/?whatshere%5Bpoint%5D=24.9384%2C60.1699",
            "https://2gis.ru/moscow/geo/24.9384,60.1699",
            "google.navigation:q=60.1699,24.9384",
            "comgooglemaps://?q=60.1699,24.9384&center=60.2,24.8",
            "waze://?ll=60.1699,24.9384",
            "I am here: https://maps.google.com/?q=60.1699,24.9384, see you",
            "<https://maps.google.com/?q=60.1699,24.9384>",
            "https://example.org/branch?lat=60.1699&lng=24.9384",
        ] {
            let Some(Ok(WrittenPosition::At { position, .. })) = read(link) else {
                panic!("{link}: {:?}", read(link));
            };
            assert!((position.lat_deg() - 60.1699).abs() < 1e-4, "{link}: {position}");
            assert!((position.lon_deg() - 24.9384).abs() < 1e-4, "{link}: {position}");
        }
    }

    #[test]
    fn links_without_a_position_are_refused_honestly() {
        for (link, error) in [
            ("https://maps.app.goo.gl/AbCdEf", WrittenPositionError::LooksUpElsewhere),
            ("https://goo.gl/maps/AbCdEf", WrittenPositionError::LooksUpElsewhere),
            ("https://maps.apple/p/AbCdEf", WrittenPositionError::LooksUpElsewhere),
            ("https://w3w.co/filled.count.soap", WrittenPositionError::LooksUpElsewhere),
            ("///filled.count.soap", WrittenPositionError::LooksUpElsewhere),
            (
                "https://www.google.com/maps/place/Helsinki",
                WrittenPositionError::LinkWithoutPosition,
            ),
            ("https://maps.google.com/?q=coffee", WrittenPositionError::LinkWithoutPosition),
            ("https://example.org/", WrittenPositionError::LinkWithoutPosition),
            (
                "https://map.baidu.com/?latlng=39.9,116.4",
                WrittenPositionError::OtherReferenceSystem,
            ),
            ("https://maps.google.com/?q=139.7,35.7", WrittenPositionError::Exchanged),
        ] {
            assert_eq!(read(link), Some(Err(error)), "{link}");
        }
        for text in ["Helsinki", "60.1,24.9", "w3w", "///", "a.b.c"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
