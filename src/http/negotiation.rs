//! Which form an answer takes, and whether the client holds it already.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use jiff::Timestamp;

use crate::answers::Form;
use crate::json::write_whole;
use crate::publication::{Published, View};
use crate::snapshot::SnapshotId;

use super::error::Problem;

/// How far apart two answers may be for a client that revalidates: not at all. An answer is used
/// again only after asking whether it still holds, which costs no search.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// The same for answers to a position, which no shared cache may keep.
const REVALIDATE_PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// What the bytes of an answer depend on beside its address; the layer for CORS adds its own.
const VARY: HeaderValue = HeaderValue::from_static("accept, accept-encoding");

/// Headers of an answer, those that layers add included: room for all is made once.
const HEADERS: usize = 10;

/// Whether a client holds the answer of this tag (RFC 9110 § 13.1.2), by weak comparison.
pub(super) fn holds(headers: &HeaderMap, own: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.strip_prefix("W/").unwrap_or(tag)
    }
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || opaque(tag) == opaque(own))
}

/// The types an answer can be given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Geojson,
    /// One JSON value a line.
    Ndjson,
}

impl Kind {
    /// How the answers of this kind are written, one or line by line.
    pub(super) fn form(self) -> Form {
        match self {
            Self::Json | Self::Ndjson => Form::Json,
            Self::Geojson => Form::Geojson,
        }
    }

    /// The kinds of answers that hold positions.
    pub(super) const LOCATED: &'static [Self] = &[Self::Json, Self::Geojson];
    /// The kind of answers that hold none.
    pub(super) const PLAIN: &'static [Self] = &[Self::Json];

    /// The kind of answers that come line by line.
    pub(super) const LINES: &'static [Self] = &[Self::Ndjson];

    /// The best of the `offered` kinds a client accepts, by RFC 9110 § 12.5.1; the first among
    /// equals.
    pub(super) fn negotiate(headers: &HeaderMap, offered: &[Self]) -> Result<Self, Problem> {
        let ranges = || {
            let values = headers.get_all(header::ACCEPT).iter();
            let texts = values.filter_map(|value| value.to_str().ok());
            texts.flat_map(|value| value.split(',')).filter(|range| !range.trim().is_empty())
        };
        let first = offered.first().copied().ok_or(Problem::Internal)?;
        // What nearly every client says, or nothing, needs no weighing.
        let mut values = headers.get_all(header::ACCEPT).iter();
        let only = values.next().filter(|_| values.next().is_none());
        if only.is_some_and(|only| only == first.essence() || only == "*/*")
            || ranges().next().is_none()
        {
            return Ok(first);
        }
        let quality = |kind: Self| {
            let covering = ranges().filter_map(|range| kind.quality_by(range));
            covering.max_by_key(|&(specificity, _)| specificity).map_or(0, |(_, quality)| quality)
        };
        offered
            .iter()
            .rev()
            .map(|&kind| (quality(kind), kind))
            .filter(|&(quality, _)| quality > 0)
            .max_by_key(|&(quality, _)| quality)
            .map(|(_, kind)| kind)
            .ok_or(Problem::NotAcceptable {
                accepted: match offered {
                    [Self::Json] => "application/json",
                    [Self::Ndjson] => "application/x-ndjson",
                    _ => "application/json, application/geo+json",
                },
            })
    }

    /// How specifically a media range covers this kind, and with which quality in thousandths.
    fn quality_by(self, range: &str) -> Option<(u8, u16)> {
        let mut parts = range.split(';').map(str::trim);
        let specificity = match parts.next()? {
            "*/*" => 0,
            essence if essence.eq_ignore_ascii_case("application/*") => 1,
            essence if essence.eq_ignore_ascii_case(self.essence()) => 2,
            _ => return None,
        };
        let weight = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case("q"))
            .map_or(Some(1.0), |(_, weight)| weight.parse::<f32>().ok())?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        let thousandths = (weight.clamp(0.0, 1.0) * 1000.0).round() as u16;
        Some((specificity, thousandths))
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Geojson => "application/geo+json",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// Who may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Everyone.
    Anyone,
    /// Whoever asked, for the answer tells where someone is.
    Asker,
}

/// What an answer in one form, made from one state of the data, is known by.
#[derive(Debug)]
pub(super) struct Validators {
    kind: Kind,
    audience: Audience,
    /// `None` where answers are not asked for again.
    tag: Option<Tag>,
}

/// What the tag of an answer names beside its form and the release, which may render the same data in
/// another way.
#[derive(Debug)]
struct Tag {
    snapshot: SnapshotId,
    /// What answers show beside the snapshot.
    beside: String,
    /// When the answer is given, where that matters.
    minute: Option<i64>,
}

impl Tag {
    /// The tag as a header has it: weak, because a compressed answer has the same. Put together
    /// without a formatter, for every answer has one.
    fn write(&self, kind: Kind) -> Vec<u8> {
        let suffix = match kind {
            Kind::Json => "json",
            Kind::Geojson => "geo",
            Kind::Ndjson => "nd",
        };
        let mut etag = Vec::with_capacity(80 + self.beside.len());
        for part in [
            b"W/\"".as_slice(),
            &self.snapshot.digits(),
            self.beside.as_bytes(),
            concat!("-", env!("CARGO_PKG_VERSION"), "-").as_bytes(),
            suffix.as_bytes(),
        ] {
            etag.extend_from_slice(part);
        }
        if let Some(minute) = self.minute {
            etag.extend_from_slice(if minute < 0 { b"--" } else { b"-" });
            write_whole(&mut etag, minute.unsigned_abs());
        }
        etag.push(b'"');
        etag
    }
}

impl Validators {
    /// Those of an answer that has an address.
    pub(super) fn new(
        published: &Published,
        now: Timestamp,
        kind: Kind,
        audience: Audience,
    ) -> Self {
        let (snapshot, beside) = (published.snapshot.id(), published.tag(now));
        Self { kind, audience, tag: Some(Tag { snapshot, beside, minute: None }) }
    }

    /// Those of an answer that says what is open as it is given. States change at whole minutes,
    /// so the tag names the minute, where any machine has hours that change.
    pub(super) fn at(mut self, view: View<'_>) -> Self {
        if let Some(tag) = self.tag.as_mut().filter(|_| view.snapshot.has_changing_hours()) {
            tag.minute = Some(view.now.as_second().div_euclid(60));
        }
        self
    }

    /// Those of an answer to a body.
    pub(super) fn without_address(kind: Kind) -> Self {
        Self { kind, audience: Audience::Asker, tag: None }
    }

    /// Whether the client holds this very answer.
    pub(super) fn are_held(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(header::IF_NONE_MATCH)
            && self.etag().is_some_and(|own| own.to_str().is_ok_and(|own| holds(headers, own)))
    }

    /// The answer that the client's own still holds.
    pub(super) fn not_modified(self) -> Response {
        self.around(StatusCode::NOT_MODIFIED.into_response())
    }

    /// An answer with its bytes.
    pub(super) fn answer(self, body: impl Into<Body>) -> Response {
        let content_type = HeaderValue::from_static(self.kind.essence());
        let mut response = self.around(Response::new(body.into()));
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response
    }

    fn around(self, mut response: Response) -> Response {
        let etag = self.etag();
        let headers = response.headers_mut();
        headers.reserve(HEADERS);
        let cache = match self.audience {
            Audience::Anyone => REVALIDATE,
            Audience::Asker => REVALIDATE_PRIVATE,
        };
        headers.insert(header::CACHE_CONTROL, cache);
        headers.append(header::VARY, VARY);
        if let Some(etag) = etag {
            headers.insert(header::ETAG, etag);
        }
        response
    }

    fn etag(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.tag.as_ref()?.write(self.kind)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiated(accept: &[&str]) -> Option<Kind> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT, value.parse().unwrap());
        }
        Kind::negotiate(&headers, Kind::LOCATED).ok()
    }

    #[test]
    fn the_most_specific_range_sets_a_kinds_quality_and_the_best_kind_is_given() {
        for (accept, kind) in [
            (&[][..], Some(Kind::Json)),
            (&[""], Some(Kind::Json)),
            (&["*/*"], Some(Kind::Json)),
            (&["application/geo+json"], Some(Kind::Geojson)),
            (&["Application/GEO+json; Q=0.9, application/json;q=0.899"], Some(Kind::Geojson)),
            (&["application/geo+json, application/json"], Some(Kind::Json)),
            (&["application/json;q=0.5", "application/geo+json;q=0.6"], Some(Kind::Geojson)),
            (&["application/geo+json;q=0.1, */*;q=0.9"], Some(Kind::Json)),
            (&["application/json;q=0, */*;q=0.1"], Some(Kind::Geojson)),
            (&["application/*;q=0.2, application/json;q=0.1"], Some(Kind::Geojson)),
            (&["application/json;charset=utf-8"], Some(Kind::Json)),
            (
                &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
                Some(Kind::Json),
            ),
            (&["text/html"], None),
            (&["application/json;q=0"], None),
            (&["application/json;q=nonsense"], None),
        ] {
            assert_eq!(negotiated(accept), kind, "{accept:?}");
        }
    }

    #[test]
    fn a_client_that_takes_only_geojson_gets_no_plain_answer() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, "application/geo+json".parse().unwrap());
        assert!(Kind::negotiate(&headers, Kind::PLAIN).is_err());
    }
}
