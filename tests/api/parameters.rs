//! What clients really write into query strings and bodies.

use serde_json::Value;

use crate::support::Server;

async fn nearest(query: &str) -> crate::support::Answer {
    Server::start().await.get(&format!("/v1/atms/nearest?{query}")).await
}

#[tokio::test]
async fn spaces_come_as_plus_or_as_percent_twenty() {
    let server = Server::start().await;
    for operator in ["Aktia+Bank", "Aktia%20Bank", "AKTIA-BANK", "%20aktia+bank%20"] {
        let target = format!("/v1/atms/nearest?lat=60.1&lon=24.9&limit=100&operator={operator}");
        assert_eq!(server.get(&target).await.ids().len(), 20, "{operator}");
    }
    let target =
        "/v1/atms/nearest?lat=60.1&lon=24.9&limit=100&operator=S%C3%A4%C3%A4st%C3%B6pankki+%26+Co";
    assert_eq!(server.get(target).await.ids().len(), 20);
}

#[tokio::test]
async fn letters_that_are_not_percent_encoded_are_understood() {
    let server = Server::start().await;
    let head = "GET /v1/atms/nearest?lat=60.1&lon=24.9&operator=säästöpankki-co HTTP/1.1\r\n\
                Host: localhost\r\nConnection: close\r\n\r\n";
    let answer = server.raw(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"warnings\":[]"), "{answer}");
}

#[tokio::test]
async fn a_plus_sign_a_leading_space_and_stray_ampersands_do_no_harm() {
    for query in ["lat=%2B60.1&lon=+24.9", "&lat=60.1&&lon=24.9&", "lat=6.01e1&lon=24.90"] {
        assert_eq!(nearest(query).await.status, 200, "{query}");
    }
}

#[tokio::test]
async fn a_decimal_comma_is_named_as_such() {
    assert!(nearest("lat=60,17&lon=24.9").await.refused_parameter("lat").contains("comma"));
}

#[tokio::test]
async fn exchanged_coordinates_are_suspected_where_they_cannot_be_meant() {
    let detail = nearest("lat=139.7&lon=35.7").await.refused_parameter("lat");
    assert!(detail.contains("exchanged"), "{detail}");
    assert_eq!(nearest("lat=60.1&lon=181").await.refused_parameter("lon"), "is out of range");
}

#[tokio::test]
async fn an_empty_value_and_a_name_without_one_are_empty() {
    for query in ["lat=&lon=24.9", "lat&lon=24.9", "lat=%20&lon=24.9"] {
        assert_eq!(nearest(query).await.refused_parameter("lat"), "is empty", "{query}");
    }
    for values in ["cash_in,", ",cash_in", "cash_in,,cash_out", "cash_in,%20"] {
        let query = format!("lat=60.1&lon=24.9&service={values}");
        assert_eq!(nearest(&query).await.refused_parameter("service"), "has an empty value");
    }
}

#[tokio::test]
async fn names_in_other_spellings_are_unknown_and_told_the_right_one() {
    let problem = nearest("LAT=60.1&Lon=24.9").await.problem(400, "invalid_parameters");
    let told: Vec<_> = problem["errors"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(
        told,
        [
            ("lat", "is missing"),
            ("lon", "is missing"),
            ("LAT", "is not a parameter of this request, but lat is"),
            ("Lon", "is not a parameter of this request, but lon is"),
        ]
    );
    let detail = nearest("lat=60.1&lon=24.9&service[]=cash_in&service[]=cash_out").await;
    assert!(detail.refused_parameter("service[]").ends_with("but service is"));
    let detail = nearest("lat=60.1&lon=24.9&service%5B%5D=cash_in").await;
    assert!(detail.refused_parameter("service[]").ends_with("but service is"));
}

fn told(error: &Value) -> (&str, &str) {
    (error["parameter"].as_str().unwrap(), error["detail"].as_str().unwrap())
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_with_those_there_are() {
    let answer = nearest("lat=60.1&lon=24.9&colour=red").await;
    assert_eq!(answer.refused_parameter("colour"), "is not a parameter of this request");
    let accepted = answer.json()["errors"][0]["accepted"].as_str().unwrap().to_owned();
    for name in ["lat", "lon", "limit", "max_distance_m", "group", "operator", "unknown", "cursor"]
    {
        assert!(accepted.split(", ").any(|known| known == name), "{accepted}");
    }
}

#[tokio::test]
async fn requests_without_parameters_take_none() {
    let server = Server::start().await;
    for path in ["/v1/vocabulary?page=2", "/v1/atms/osm:node/1?page=2"] {
        server.get(path).await.refused_parameter("page");
    }
    let body = r#"{"lat": 60.1, "lon": 24.9}"#;
    server.post("/v1/atms/nearest?lat=60.1", body).await.refused_parameter("lat");
}

#[tokio::test]
async fn a_parameter_given_twice_is_refused_in_both_spellings() {
    let detail = nearest("lat=60.1&lon=24.9&limit=1&limit=1").await.refused_parameter("limit");
    assert_eq!(detail, "is given twice");
    let body = r#"{"lat": 60.1, "lon": 24.9, "limit": 1, "limit": 1}"#;
    let answer = Server::start().await.post("/v1/atms/nearest", body).await;
    assert_eq!(answer.refused_parameter("limit"), "is given twice");
}

#[tokio::test]
async fn every_parameter_that_is_wrong_is_named_in_one_answer() {
    let query =
        "lat=x&lon=181&limit=0&max_distance_m=-1&group=pair&service=gold&unknown=maybe&near=x";
    let problem = nearest(query).await.problem(400, "invalid_parameters");
    let names: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| told(error).0).collect();
    assert_eq!(
        names,
        ["near", "lat", "lon", "limit", "max_distance_m", "group", "service", "unknown"]
    );
}

#[tokio::test]
async fn a_box_that_is_none_is_refused_with_the_reason() {
    let server = Server::start().await;
    for (bbox, reason) in [
        ("", "four numbers"),
        ("1,2,3", "four numbers"),
        ("1,2,3,4,5", "four numbers"),
        ("24.9;60.1;25;61", "four numbers"),
        ("24,61,25,60", "south"),
        ("24,60,25,91", "latitude"),
        ("-181,60,25,61", "longitude"),
        ("NaN,60,25,61", "finite"),
    ] {
        let answer = server.get(&format!("/v1/atms/within?bbox={bbox}")).await;
        let detail = answer.refused_parameter("bbox");
        assert!(detail.contains(reason), "{bbox}: {detail}");
    }
    assert_eq!(server.get("/v1/atms/within").await.refused_parameter("bbox"), "is missing");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_not_replaced() {
    assert_eq!(
        nearest("lat=60.1&lon=24.9&operator=%FF").await.refused_parameter("operator"),
        "is not UTF-8 text"
    );
    let answer = Server::start().await.get("/v1/atms/%FF%FE").await;
    assert_eq!(answer.refused_parameter("id"), "is not UTF-8 text");
}

#[tokio::test]
async fn no_flood_of_parameters_is_answered_by_a_flood() {
    let server = Server::start().await;
    let query: Vec<_> = (0..5_000).map(|number| format!("a{number}=x")).collect();
    let query = query.join("&");
    let answer = server.get(&format!("/v1/atms/nearest?{query}")).await;
    answer.problem(400, "invalid_parameters");
    assert!(answer.body.len() < 64 << 10, "{} bytes", answer.body.len());

    let members: Vec<_> = (0..60_000).map(|number| format!("\"a{number}\":[1]")).collect();
    let answer = server.post("/v1/atms/nearest", format!("{{{}}}", members.join(","))).await;
    answer.problem(400, "invalid_parameters");
    assert!(answer.body.len() < 64 << 10, "{} bytes", answer.body.len());
}

#[tokio::test]
async fn values_of_the_wrong_json_type_are_refused_by_name() {
    let server = Server::start().await;
    for (name, value) in [
        ("lat", "[60.1]"),
        ("lat", "null"),
        ("limit", "true"),
        ("limit", "{}"),
        ("operator", "7"),
        ("operator", "[\"Otto\", 7]"),
        ("group", "[\"atm\"]"),
    ] {
        let (lat, rest) = if name == "lat" {
            (value, String::new())
        } else {
            ("60.1", format!(", \"{name}\": {value}"))
        };
        let body = format!("{{\"lat\": {lat}, \"lon\": 24.9{rest}}}");
        let detail = server.post("/v1/atms/nearest", body).await.refused_parameter(name);
        assert_eq!(detail, "is of the wrong JSON type", "{name}: {value}");
    }
}
