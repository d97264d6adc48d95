//! Page by page, an answer is the same as in one piece.

use serde_json::Value;

use crate::support::{ESTATE_SIZE, Server, nodes_at, osm, snapshot};

const HERE: &str = "/v1/atms/nearest?lat=60.1299&lon=24.9301";
const BOX: &str = "/v1/atms/within?bbox=24,60,25,61";

/// The ids of all pages, each page asked for with the cursor of the one before.
async fn walk(server: &Server, question: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut target = question.to_owned();
    for _ in 0..200 {
        let page = server.get(&target).await;
        ids.extend(page.ids());
        let next = &page.json()["next"];
        let Some(cursor) = next.as_str() else {
            assert_eq!(*next, Value::Null);
            return ids;
        };
        target = format!("{question}&cursor={cursor}");
    }
    panic!("no end of pages");
}

async fn first_cursor(server: &Server, question: &str) -> String {
    server.get(question).await.json()["next"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn all_pages_of_nearest_are_the_whole_answer() {
    let server = Server::start().await;
    for filter in [
        "",
        "&group=atm",
        "&operator=Otto",
        "&service=cash_in&unknown=only",
        "&max_distance_m=2500",
    ] {
        let whole = server.get(&format!("{HERE}{filter}&limit=100")).await.ids();
        for limit in [1, 7, 59, 60] {
            let pages = walk(&server, &format!("{HERE}{filter}&limit={limit}")).await;
            assert_eq!(pages, whole, "{filter} {limit}");
        }
    }
}

#[tokio::test]
async fn all_pages_of_within_are_the_whole_answer() {
    let server = Server::start().await;
    for filter in ["", "&operator=-Otto", "&service=cash_in"] {
        let whole = server.get(&format!("{BOX}{filter}&limit=1000")).await.ids();
        for limit in [1, 7, 59, 60] {
            let pages = walk(&server, &format!("{BOX}{filter}&limit={limit}")).await;
            assert_eq!(pages, whole, "{filter} {limit}");
        }
        let distinct: std::collections::BTreeSet<_> = whole.iter().collect();
        assert_eq!(distinct.len(), whole.len());
    }
    assert_eq!(server.get(&format!("{BOX}&limit=1000")).await.ids().len(), ESTATE_SIZE);
}

#[tokio::test]
async fn pages_may_be_asked_for_in_a_body_and_in_another_size() {
    let server = Server::start().await;
    let whole = server.get(&format!("{HERE}&group=atm&limit=30")).await.ids();
    let cursor = first_cursor(&server, &format!("{HERE}&group=atm&limit=10")).await;
    let body = format!(
        "{{\"lat\": 60.1299, \"lon\": 24.9301, \"group\": \"atm\", \"limit\": 20, \"cursor\": \"{cursor}\"}}"
    );
    assert_eq!(server.post("/v1/atms/nearest", body).await.ids(), whole[10..]);
}

#[tokio::test]
async fn a_cursor_of_another_question_is_refused() {
    let server = Server::start().await;
    let cursor = first_cursor(&server, &format!("{HERE}&limit=1")).await;
    for question in [
        format!("{HERE}&operator=Otto&cursor={cursor}"),
        format!("{HERE}&group=atm&cursor={cursor}"),
        format!("{HERE}&max_distance_m=500&cursor={cursor}"),
        format!("{HERE}&unknown=include&cursor={cursor}"),
        format!("{BOX}&cursor={cursor}"),
    ] {
        let detail = server.get(&question).await.refused_parameter("cursor");
        assert!(detail.contains("another question"), "{question}: {detail}");
    }
    let cursor = first_cursor(&server, &format!("{BOX}&limit=1")).await;
    let other_box = format!("/v1/atms/within?bbox=24,60,25,60.5&cursor={cursor}");
    server.get(&other_box).await.refused_parameter("cursor");
}

#[tokio::test]
async fn what_is_no_cursor_is_refused() {
    let server = Server::start().await;
    let cursor = first_cursor(&server, &format!("{HERE}&limit=1")).await;
    let accented = format!("{}%C3%A9", &cursor[2..]);
    for text in
        ["", "1", "next", &cursor[1..], &format!("{cursor}0"), &"g".repeat(56), &accented, "%2B"]
    {
        let detail = server.get(&format!("{HERE}&cursor={text}")).await.refused_parameter("cursor");
        assert!(detail.contains("not a cursor"), "{text}: {detail}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_snapshot_is_gone() {
    let server = Server::start().await;
    let nearest = first_cursor(&server, &format!("{HERE}&limit=1")).await;
    let within = first_cursor(&server, &format!("{BOX}&limit=1")).await;
    server.service.publication().publish(snapshot(&osm(&nodes_at(&[("60.1", "24.9")]))));
    for target in [format!("{HERE}&cursor={nearest}"), format!("{BOX}&cursor={within}")] {
        server.get(&target).await.problem(410, "snapshot_changed");
    }
}

#[tokio::test]
async fn a_cursor_past_the_end_is_an_empty_page() {
    let server = Server::start().await;
    for question in [HERE, BOX] {
        let cursor = first_cursor(&server, &format!("{question}&limit=1")).await;
        let past = format!("{question}&cursor={}00002710", &cursor[..48]);
        let answer = server.get(&past).await;
        assert_eq!(answer.ids(), Vec::<String>::new());
        assert_eq!(answer.json()["next"], Value::Null);
    }
}

#[tokio::test]
async fn pages_of_nearest_end_where_finding_them_would_cost_a_sort_of_everything() {
    let server = Server::start().await;
    let cursor = first_cursor(&server, &format!("{HERE}&limit=1")).await;
    for (from, status) in [("00002710", 200), ("00002711", 400), ("ffffffff", 400)] {
        let made_up = format!("{}{from}", &cursor[..48]);
        let page = server.get(&format!("{HERE}&limit=1&cursor={made_up}")).await;
        assert_eq!(page.status, status, "{from}");
    }
}

#[tokio::test]
async fn a_cursor_holds_no_position() {
    let server = Server::start().await;
    let here = first_cursor(&server, "/v1/atms/nearest?lat=60.1&lon=24.9&limit=3").await;
    let there = first_cursor(&server, "/v1/atms/nearest?lat=-33.4&lon=151.2&limit=3").await;
    assert_eq!(here, there);
}
