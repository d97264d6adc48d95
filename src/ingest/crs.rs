//! Coordinate reference systems that sources declare, and the way from metres back to degrees.

use crate::domain::{WGS84_EQUATORIAL_RADIUS_M, WarningKind};

use super::{Crs, RawPosition, RawRecord};

/// The reference system a file's coordinates are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// Degrees of WGS 84, or nothing declared.
    Degrees,
    /// Metres of Web Mercator.
    WebMercator,
    /// Another system, by the name the file gives it.
    Unsupported(String),
}

/// EPSG codes of WGS 84 in degrees: 4326 in the plane, 4979 with heights.
const DEGREES: &[u32] = &[4326, 4979];

/// Codes of Web Mercator: 3857 of EPSG, and what it was called before it had that number (3785 of
/// EPSG, 900913 of `OpenLayers`, 102100 and 102113 of ESRI).
const WEB_MERCATOR: &[u32] = &[3857, 3785, 900_913, 102_100, 102_113];

impl Declared {
    /// The system with this EPSG or ESRI code.
    pub(crate) fn by_code(code: u32) -> Self {
        if DEGREES.contains(&code) {
            Self::Degrees
        } else if WEB_MERCATOR.contains(&code) {
            Self::WebMercator
        } else {
            Self::Unsupported(format!("EPSG:{code}"))
        }
    }

    /// The system with this name: `EPSG:3857`, `urn:ogc:def:crs:OGC:1.3:CRS84`,
    /// `http://www.opengis.net/def/crs/EPSG/0/4326`.
    pub(crate) fn by_name(name: &str) -> Self {
        let last = name.trim().rsplit([':', '/', '#']).next().unwrap_or_default();
        if last.to_ascii_uppercase().starts_with("CRS84") {
            return Self::Degrees;
        }
        match last.parse() {
            Ok(code) => match Self::by_code(code) {
                Self::Unsupported(_) => Self::Unsupported(name.trim().to_owned()),
                known @ (Self::Degrees | Self::WebMercator) => known,
            },
            Err(_) => Self::Unsupported(name.trim().to_owned()),
        }
    }

    /// Makes the record's position one in degrees and says so in a warning, where it was given in
    /// a projection that can be undone. A position in an unsupported system is left alone: the
    /// caller rejects its row.
    pub(crate) fn apply<T>(&self, record: &mut RawRecord<T>) {
        if let (Self::WebMercator, RawPosition::LatLon { lat, lon }) = (self, &record.position) {
            let detail = format!("x {lon}, y {lat} metres of Web Mercator");
            record.position = web_mercator_to_degrees(*lon, *lat);
            record.warnings.push((WarningKind::Reprojected, detail));
        }
    }
}

impl From<Crs> for Declared {
    fn from(crs: Crs) -> Self {
        match crs {
            Crs::Wgs84 => Self::Degrees,
            Crs::WebMercator => Self::WebMercator,
        }
    }
}

/// The position whose Web Mercator coordinates are `x_m` and `y_m`.
///
/// The projection treats the ellipsoid's latitude as if it were on a sphere of the equatorial
/// radius, so its inverse is the spherical one and exact.
///
/// # Units
///
/// - `x_m`, `y_m`: metres east and north of 0°, 0° in the projection
/// - the result: degrees; |x| beyond 20 037 508.34 m gives a longitude beyond ±180°, for the judge
///
/// # References
///
/// IOGP Publication 373-7-2 (2019), *Coordinate Conversions and Transformations including
/// Formulas*, method 1024 "Popular Visualisation Pseudo Mercator".
fn web_mercator_to_degrees(x_m: f64, y_m: f64) -> RawPosition {
    RawPosition::LatLon {
        lat: (y_m / WGS84_EQUATORIAL_RADIUS_M).sinh().atan().to_degrees(),
        lon: (x_m / WGS84_EQUATORIAL_RADIUS_M).to_degrees(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RowRef;

    #[test]
    fn names_of_the_same_system_are_known_in_every_style() {
        for name in [
            "urn:ogc:def:crs:OGC::CRS84",
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "EPSG:4326",
            "urn:ogc:def:crs:EPSG::4326",
            "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        ] {
            assert_eq!(Declared::by_name(name), Declared::Degrees, "{name}");
        }
        for name in ["EPSG:3857", "urn:ogc:def:crs:EPSG::900913", "epsg:102100"] {
            assert_eq!(Declared::by_name(name), Declared::WebMercator, "{name}");
        }
        assert_eq!(
            Declared::by_name("urn:ogc:def:crs:EPSG::27700"),
            Declared::Unsupported("urn:ogc:def:crs:EPSG::27700".to_owned())
        );
    }

    #[test]
    fn metres_come_back_as_the_degrees_of_the_worked_example() {
        // IOGP 373-7-2, the example of method 1024: 24°22'54.433"N, 100°20'00.000"W. Its metres have two decimals.
        let mut record = RawRecord::<String>::new(RowRef::Line(1), String::new());
        record.position = RawPosition::LatLon { lat: 2_800_000.0, lon: -11_169_055.58 };
        Declared::WebMercator.apply(&mut record);
        let RawPosition::LatLon { lat, lon } = record.position else { panic!("no position") };
        assert!((lat - (24.0 + 22.0 / 60.0 + 54.433 / 3600.0)).abs() < 2e-7, "{lat}");
        assert!((lon + 100.0 + 20.0 / 60.0).abs() < 2e-7, "{lon}");
        assert_eq!(record.warnings[0].0, WarningKind::Reprojected);
    }
}
