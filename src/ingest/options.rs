//! How a source wants to be read, as its administrator configures it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The formats that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Comma, semicolon, tab or bar separated values with a header.
    Csv,
    /// A GeoJSON `FeatureCollection` or `Feature` (RFC 7946).
    Geojson,
    /// One JSON value a line, GeoJSON features or plain records.
    Ndjson,
    /// A JSON array of records, or an object that holds one.
    Json,
    /// UK Open Banking ATM API 2.x.
    OpenBanking,
    /// Open Bank Project ATMs, v4 or v5.1.
    OpenBankProject,
    /// OpenStreetMap in protocol buffers.
    OsmPbf,
    /// OpenStreetMap XML.
    OsmXml,
    /// The JSON of an Overpass API server.
    Overpass,
}

impl Format {
    /// The name used on the command line and in reports.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Geojson => "geojson",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::OpenBanking => "open-banking",
            Self::OpenBankProject => "open-bank-project",
            Self::OsmPbf => "osm-pbf",
            Self::OsmXml => "osm-xml",
            Self::Overpass => "overpass",
        }
    }
}

/// How to read the files of one source. The default reads every known format by its looks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadOptions {
    /// The format, where name and content do not tell.
    pub format: Option<Format>,
    /// For CSV and JSON: which column holds what. Keys are `id`, `lat`, `lon`, `position` and the
    /// names of the record's fields; values are the source's own column names or, for nested JSON,
    /// dotted paths.
    pub columns: BTreeMap<String, String>,
    /// Values for fields the source leaves out, by the names of the record's fields, such as
    /// `country = "AR"`.
    pub defaults: BTreeMap<String, String>,
    /// The coordinate reference system of the source's numbers: `EPSG:4326` or `EPSG:3857`. Without
    /// it, numbers are degrees, and metres are rejected.
    pub crs: Option<Crs>,
    /// The character encoding, by its WHATWG label, where the bytes do not tell.
    pub encoding: Option<String>,
    /// The licence of the source's data, where the source does not state it.
    pub licence: Option<String>,
    /// The credit that licence asks for.
    pub attribution: Option<String>,
}

/// A coordinate reference system that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Crs {
    /// WGS-84 degrees.
    #[serde(rename = "EPSG:4326")]
    Wgs84,
    /// Web Mercator metres.
    #[serde(rename = "EPSG:3857")]
    WebMercator,
}
