//! What is inside polygons and along lines.

use serde_json::{Value, json};

use crate::support::{Answer, ESTATE_SIZE, Server, nodes_at, osm, snapshot};

const WITHIN: &str = "/v1/atms/within";

async fn ask(server: &Server, body: &Value) -> Answer {
    server.post(WITHIN, body.to_string()).await
}

fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Value {
    json!([[[west, south], [east, south], [east, north], [west, north], [west, south]]])
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

/// The line of the estate's street.
fn street() -> Value {
    json!({"type": "LineString", "coordinates": [[24.9, 60.1], [24.958, 60.158]]})
}

#[tokio::test]
async fn a_polygon_and_a_box_of_the_same_edges_hold_the_same() {
    let server = Server::start().await;
    let by_query = server.get("/v1/atms/within?bbox=24.9,60.1,24.9255,60.12&operator=Otto").await;
    let polygon = rectangle(24.9, 60.1, 24.9255, 60.12);
    let feature = json!({
        "type": "Feature", "properties": {"name": "x"},
        "geometry": {"type": "Polygon", "coordinates": polygon}
    });
    for shape in [
        json!({"bbox": [24.9, 60.1, 24.9255, 60.12], "operator": "Otto"}),
        json!({"bbox": "24.9,60.1,24.9255,60.12", "operator": ["Otto"]}),
        json!({"polygon": {"type": "Polygon", "coordinates": polygon}, "operator": "Otto"}),
        json!({"polygon": {"type": "MultiPolygon", "coordinates": [polygon]}, "operator": "Otto"}),
        json!({"polygon": feature, "operator": "Otto"}),
    ] {
        let answer = ask(&server, &shape).await;
        assert_eq!(answer.json(), by_query.json(), "{shape}");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        assert_eq!(answer.header("etag"), "");
    }
    assert_eq!(by_query.ids().len(), 8);
}

#[tokio::test]
async fn a_hole_is_left_out_and_a_polygon_may_cross_the_antimeridian() {
    let places = [("-17", "178"), ("-17", "-179"), ("-17", "179.5"), ("-17", "0"), ("-10", "178")];
    let server = Server::of(&osm(&nodes_at(&places))).await;
    let hole = json!([[179.2, -18], [179.2, -16], [179.8, -16], [179.8, -18], [179.2, -18]]);
    let mut jumping = rectangle(177.0, -20.0, -178.0, -12.0);
    jumping.as_array_mut().unwrap().push(hole.clone());
    let mut running_on = rectangle(177.0, -20.0, 182.0, -12.0);
    running_on.as_array_mut().unwrap().push(hole);
    for (coordinates, warnings) in [(jumping, 1), (running_on, 0)] {
        let shape = json!({"polygon": {"type": "Polygon", "coordinates": coordinates}});
        let answer = ask(&server, &shape).await;
        assert_eq!(sorted(answer.ids()), ["osm:node/1", "osm:node/2"]);
        assert_eq!(answer.json()["bbox"], json!([177.0, -20.0, -178.0, -12.0]));
        assert_eq!(answer.json()["warnings"].as_array().unwrap().len(), warnings);
    }
}

#[tokio::test]
async fn a_corridor_is_answered_in_the_order_of_its_line() {
    let server = Server::start().await;
    let answer = ask(&server, &json!({"along": street(), "buffer_m": 50, "limit": 1000})).await;
    let json = answer.json();
    let along: Vec<f64> =
        json["atms"].as_array().unwrap().iter().map(|a| a["along_m"].as_f64().unwrap()).collect();
    assert_eq!(along.len(), ESTATE_SIZE);
    assert!(along.is_sorted());
    assert_eq!(answer.ids()[..2], ["osm:node/1", "osm:node/2"]);
    assert_eq!(json["atms"][59]["along_m"], json["length_m"]);
    assert_eq!(json["buffer_m"], 50.0);
    assert_eq!(json["next"], Value::Null);
    let backwards = json!({"type": "LineString", "coordinates": [[24.958, 60.158], [24.9, 60.1]]});
    let back = ask(&server, &json!({"along": backwards, "buffer_m": 50, "limit": 1000})).await;
    assert_eq!(back.ids()[0], "osm:node/60");
    let headers = [("content-type", "application/json"), ("accept", "application/geo+json")];
    let body = json!({"along": street(), "buffer_m": 50, "limit": 2}).to_string();
    let geojson = server.ask(axum::http::Method::POST, WITHIN, &headers, body).await.json();
    assert_eq!(geojson["type"], "FeatureCollection");
    assert_eq!(geojson["features"][1]["properties"]["along_m"], 0.0);
}

#[tokio::test]
async fn pages_of_a_shape_put_together_are_the_whole_answer() {
    let server = Server::start().await;
    let polygon = json!({"type": "Polygon", "coordinates": rectangle(24.9, 60.1, 24.93, 60.2)});
    for shape in [
        json!({"along": street(), "buffer_m": 100}),
        json!({"along": street(), "buffer_m": 100, "service": "cash_in"}),
        json!({"polygon": polygon}),
        json!({"polygon": polygon, "operator": "-Otto"}),
    ] {
        let with = |name: &str, value: Value| {
            let mut shape = shape.clone();
            shape[name] = value;
            shape
        };
        let whole = ask(&server, &with("limit", json!(1000))).await.ids();
        assert!(whole.len() > 10);
        let mut pages = Vec::new();
        let mut page = ask(&server, &with("limit", json!(4))).await;
        loop {
            pages.extend(page.ids());
            let Some(next) = page.json()["next"].as_str().map(str::to_owned) else { break };
            let mut following = with("cursor", json!(next));
            following["limit"] = json!(7);
            page = ask(&server, &following).await;
        }
        assert_eq!(pages, whole, "{shape}");
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_shape_and_to_its_snapshot() {
    let server = Server::start().await;
    let line = |buffer_m: u32, more: Value| {
        let mut shape = json!({"along": street(), "buffer_m": buffer_m, "limit": 3});
        shape.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shape
    };
    let next = ask(&server, &line(100, json!({}))).await.json()["next"].clone();
    for other in [
        line(101, json!({"cursor": next})),
        line(100, json!({"cursor": next, "operator": "Otto"})),
        json!({"bbox": [24, 60, 25, 61], "cursor": next}),
    ] {
        let detail = ask(&server, &other).await.refused_parameter("cursor");
        assert!(detail.contains("another question"), "{detail}");
    }
    let forged = format!("{}ffffffff", &next.as_str().unwrap()[..48]);
    ask(&server, &line(100, json!({"cursor": forged}))).await.refused_parameter("cursor");
    let next_page = line(100, json!({"cursor": next}));
    assert_eq!(ask(&server, &next_page).await.status, 200);
    server.service.publication().publish(snapshot(&osm(&nodes_at(&[("60.1", "24.9")]))));
    ask(&server, &next_page).await.problem(410, "snapshot_changed");
}

#[tokio::test]
async fn what_is_no_shape_is_refused_by_name_and_without_its_numbers() {
    let server = Server::start().await;
    let polygon =
        |coordinates: Value| json!({"polygon": {"type": "Polygon", "coordinates": coordinates}});
    let line = |coordinates: Value| json!({"along": {"type": "LineString", "coordinates": coordinates}, "buffer_m": 10});
    for (shape, name, part) in [
        (json!({}), "bbox", "is missing"),
        (json!({"bbox": [1, 2, 3]}), "bbox", "four numbers"),
        (json!({"bbox": {"west": 1}}), "bbox", "JSON type"),
        (json!({"bbox": [1, 2, 3, 4], "polygon": {}}), "polygon", "beside another"),
        (json!({"polygon": "POLYGON((0 0))"}), "polygon", "JSON type"),
        (json!({"polygon": {"type": "Point", "coordinates": [1, 2]}}), "polygon", "neither"),
        (
            polygon(json!([[[60.25, 10.0], [61.0, 10.0], [61.0, 11.0], [60.25, 11.0]]])),
            "polygon",
            "ring 1 of polygon 1 is not closed",
        ),
        (
            polygon(json!([[[35.6, 139.7], [35.7, 139.7], [35.7, 139.8], [35.6, 139.7]]])),
            "polygon",
            "exchanged",
        ),
        (
            polygon(json!([[[0.25, 0], [1, 1], [1, 0], [0.25, 1], [0.25, 0]]])),
            "polygon",
            "crosses itself",
        ),
        (polygon(json!([[[0.25, 0], [1, 1], [0.25, 0]]])), "polygon", "fewer than three"),
        (polygon(json!([])), "polygon", "no ring"),
        (
            polygon(json!([[[-120, 60], [0, 60], [120, 60], [-120, 60]]])),
            "polygon",
            "around a pole",
        ),
        (
            polygon(json!([[[0, 0], [1, 0], [1, 1], [0, 0]], [[5, 5], [6, 5], [6, 6], [5, 5]]])),
            "polygon",
            "hole outside",
        ),
        (polygon(json!([[["0", "0"]]])), "polygon", "not an array of two or three numbers"),
        (line(json!([[24.25, 60.0]])), "along", "fewer than two"),
        (line(json!([[24.25, 60.0], [24.25, 97.0]])), "along", "exchanged"),
        (line(json!([[24.25, 60.0], [200.25, 197.0]])), "along", "out of range"),
        (line(json!([[24.25, 60.0], [-155.75, -60.0]])), "along", "other side of the Earth"),
        (json!({"along": street()}), "buffer_m", "is missing"),
        (json!({"along": street(), "buffer_m": 100_001}), "buffer_m", "out of range"),
        (json!({"along": street(), "buffer_m": -1}), "buffer_m", "out of range"),
        (
            json!({"along": {"type": "Point", "coordinates": [1, 2]}, "buffer_m": 1}),
            "along",
            "no LineString",
        ),
        (json!({"bbox": [1, 2, 3, 4], "buffer_m": 5}), "buffer_m", "not a parameter"),
    ] {
        let answer = ask(&server, &shape).await;
        let detail = answer.refused_parameter(name);
        assert!(detail.contains(part), "{shape}: {detail}");
        assert!(!answer.text().contains(".25"), "{}", answer.text());
    }
    let corner = |step: u32| json!([f64::from(step) * 0.001, f64::from(step % 2) * 0.01 + 1.0]);
    let mut ring: Vec<Value> = (0..10_001).map(corner).collect();
    ring.push(corner(0));
    let detail = ask(&server, &polygon(json!([ring]))).await.refused_parameter("polygon");
    assert!(detail.contains("more than 10000"), "{detail}");
}
