//! Places.

use serde_json::Value;

use crate::places::{Match, PlaceKind};

use super::hits::edges;
use super::{
    Named, code, credits, either, list, number, object, optional, reference, required, text, whole,
};

pub(super) fn schemas() -> Vec<Named> {
    let area = object(
        "A region or country.",
        [
            optional("code", text("Its code: ISO 3166-1 alpha-2 for a country.")),
            required("name", text("Its name.")),
        ],
    );
    let origin = object(
        "Where distances are measured from.",
        [
            required("lat", number("Latitude, WGS-84 decimal degrees.")),
            required("lon", number("Longitude, WGS-84 decimal degrees.")),
            optional("place", reference("Place")),
        ],
    );
    let answer = object(
        "The places a text may mean.",
        [
            required("places", list(&reference("Place"), "Best first.")),
            required("snapshot", reference("SnapshotReference")),
            required("attribution", credits()),
        ],
    );
    vec![("PlaceArea", area), ("Place", place()), ("Origin", origin), ("PlacesAnswer", answer)]
}

fn place() -> Value {
    let kinds: Vec<&str> = PlaceKind::ALL.iter().map(|kind| kind.code()).collect();
    let matches: Vec<&str> = Match::ALL.iter().map(|matched| matched.code()).collect();
    let radius = object(
        "As far as a circle reaches.",
        [required("radius_m", number("Its radius, metres."))],
    );
    let bbox = object(
        "A box.",
        [required("bbox", edges("West, south, east and north edge, decimal degrees."))],
    );
    object(
        "A place.",
        [
            required("name", text("Its name, in the language asked for where it is known.")),
            required("label", text("Its name with what tells it from others of that name.")),
            required("kind", code(&kinds, "What kind of place it is.")),
            optional("code", text("Its code, such as an airport's.")),
            optional("city", text("The town it is in.")),
            optional("region", reference("PlaceArea")),
            optional("country", reference("PlaceArea")),
            required("position", reference("Position")),
            required("extent", either([radius, bbox])),
            optional("population", whole("How many people live there.")),
            optional("atms", whole("How many of the ATMs say they are there.")),
            required("match", code(&matches, "How its name fits what was written.")),
        ],
    )
}
