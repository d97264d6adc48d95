//! The same answers as GeoJSON (RFC 7946). What is beside features is a foreign member (§ 6.1).

use serde_json::{Value, json};

use super::hits::{line, relaxations, tail};
use super::part::Member;
use super::{Named, constant, credits, list, object, optional, reference, required, text};

pub(super) fn schemas() -> Vec<Named> {
    let coordinates = json!({
        "type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2,
        "description": "Longitude, latitude: WGS-84 decimal degrees.",
    });
    let point = object(
        "A position.",
        [required("type", constant("Point")), required("coordinates", coordinates)],
    );
    let origin = optional("origin", reference("Origin"));
    vec![
        ("Point", point),
        ("NeighbourFeature", feature("NeighbourProperties", [])),
        ("AtmInAreaFeature", feature("AtmInAreaProperties", [])),
        ("AtmOnLineFeature", feature("AtmOnLineProperties", [])),
        ("NearestFeatures", collection("NeighbourFeature", [origin, relaxations()])),
        ("WithinFeatures", collection("AtmInAreaFeature", [])),
        ("AlongFeatures", collection("AtmOnLineFeature", line())),
        (
            "AtmFeature",
            feature(
                "AtmRecordProperties",
                [
                    required("snapshot", reference("SnapshotReference")),
                    required("attribution", credits()),
                ],
            ),
        ),
    ]
}

fn feature(properties: &str, beside: impl IntoIterator<Item = Member>) -> Value {
    object(
        "A GeoJSON feature.",
        [
            required("type", constant("Feature")),
            required("id", text("The id of its nearest machine, for `/v1/atms/{id}`.")),
            required("geometry", reference("Point")),
            required("properties", reference(properties)),
        ]
        .into_iter()
        .chain(beside),
    )
}

fn collection(feature: &str, beside: impl IntoIterator<Item = Member>) -> Value {
    object(
        "A GeoJSON feature collection.",
        [
            required("type", constant("FeatureCollection")),
            required("features", list(&reference(feature), "In the order of the JSON answer.")),
        ]
        .into_iter()
        .chain(beside)
        .chain(tail()),
    )
}
