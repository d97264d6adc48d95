//! What comes: proven or refused, acknowledged at once, answered once and in its order.

use axum::http::Method;
use serde_json::{Value, json};

use super::Manner::Held;
use super::{
    BOT_SECRET, Setup, messenger_body, messenger_text, now_s, sign, telegram_message,
    whatsapp_body, whatsapp_location, whatsapp_text,
};
use crate::support::{Server, estate, snapshot};

#[tokio::test]
async fn the_address_is_verified_by_the_word_alone() {
    let setup = Setup::start().await;
    for channel in ["messenger", "whatsapp"] {
        let path = |query: &str| format!("/channels/{channel}?{query}");
        let right = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify-token";
        let answer = setup.server.get(&path(right)).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "1158201444"));
        assert!(answer.header("content-type").starts_with("text/plain"));
        for wrong in [
            "",
            "hub.mode=subscribe&hub.challenge=1",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=verify-toke",
            "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=verify-token",
            "hub.mode=subscribe&hub.verify_token=verify-token",
        ] {
            setup.server.get(&path(wrong)).await.problem(403, "not_genuine");
        }
    }
    setup.server.get("/channels/telegram").await.problem(405, "method_not_allowed");
}

#[tokio::test]
async fn a_channel_that_is_not_configured_is_not_there() {
    let server = Server::start().await;
    for channel in ["messenger", "whatsapp", "telegram"] {
        let path = format!("/channels/{channel}");
        server.get(&path).await.problem(404, "unknown_path");
        server.post(&path, "{}").await.problem(404, "unknown_path");
    }
}

#[tokio::test]
async fn a_question_on_messenger_is_answered_with_a_carousel_whose_buttons_go_on() {
    let setup = Setup::start().await;
    let event = json!([messenger_text("7", "m1", "nearest ATM to 60.1000, 24.9000")]);
    assert_eq!(setup.messenger(&event).await.status, 200);
    let sent = setup.stand_in.wait_for(2).await;
    for sent in &sent {
        assert_eq!(sent.path, "/v25.0/me/messages");
        assert!(sent.whole.contains("Bearer access-token"));
        assert_eq!(sent.body["recipient"]["id"], "7");
        assert_eq!(sent.body["messaging_type"], "RESPONSE");
    }
    let template = &sent[1].body["message"]["attachment"]["payload"];
    assert_eq!(template["template_type"], "generic");
    let elements = template["elements"].as_array().unwrap();
    assert_eq!(elements.len(), 10);
    let buttons = &elements[1]["buttons"];
    assert!(buttons[0]["url"].as_str().unwrap().contains("60.1"), "{buttons}");
    let payload = buttons[1]["payload"].as_str().unwrap();

    // Another question comes between; the button still means what it meant.
    let second = json!([messenger_text("7", "m2", "ATM near 60.1580, 24.9580")]);
    setup.messenger(&second).await;
    setup.stand_in.wait_for(4).await;
    let postback = json!([{"sender": {"id": "7"}, "timestamp": now_s() * 1000,
        "postback": {"mid": "m3", "title": "Details", "payload": payload}}]);
    setup.messenger(&postback).await;
    let sent = setup.stand_in.wait_for(5).await;
    let text = sent[4].body["message"]["text"].as_str().unwrap();
    assert!(text.contains("Street 3") || text.contains("Street 2"), "{text}");

    // A link that opens the conversation brings a payload of somebody else's.
    let opened = json!([{"sender": {"id": "8"}, "timestamp": now_s() * 1000, "postback": {
        "mid": "m4", "title": "Get Started", "payload": "CAMPAIGN_7",
        "referral": {"ref": "spring", "source": "SHORTLINK", "type": "OPEN_THREAD"}}}]);
    setup.messenger(&opened).await;
    let sent = setup.stand_in.wait_for(6).await;
    let said = sent[5].body.to_string();
    assert!(!said.contains("understand"), "{said}");
}

#[tokio::test]
async fn on_whatsapp_a_position_is_asked_for_and_answered_with_a_list() {
    let setup = Setup::start().await;
    setup.whatsapp(&json!([whatsapp_text("358401", "w1", "where is the nearest atm")])).await;
    let sent = setup.stand_in.wait_for(1).await;
    assert_eq!(sent[0].path, "/v25.0/1061234567/messages");
    let asked = &sent.last().unwrap().body;
    assert_eq!(asked["interactive"]["type"], "location_request_message", "{asked}");
    assert_eq!(asked["interactive"]["action"]["name"], "send_location");
    let before = sent.len();
    setup.whatsapp(&json!([whatsapp_location("358401", "w2", 60.1, 24.9)])).await;
    let sent = setup.stand_in.wait_for(before + 1).await;
    let list = &sent.last().unwrap().body;
    assert_eq!((&list["to"], &list["type"]), (&"358401".into(), &"interactive".into()));
    let rows = list["interactive"]["action"]["sections"][0]["rows"].as_array().unwrap();
    assert!(rows[0]["title"].as_str().unwrap().starts_with("1. "), "{list}");
    // The list row goes on, and one ATM comes with its place on the map.
    let row = json!({"type": "list_reply", "list_reply": {"id": rows[2]["id"], "title": "3"}});
    let before = sent.len();
    setup
        .whatsapp(&json!([{"from": "358401", "id": "w3", "timestamp": now_s().to_string(),
            "type": "interactive", "interactive": row}]))
        .await;
    let sent = setup.stand_in.wait_for(before + 2).await;
    let location = &sent.last().unwrap().body["location"];
    assert!(location["latitude"].as_f64().unwrap() > 60.1, "{:?}", sent.last());
}

#[tokio::test]
async fn on_telegram_a_position_is_asked_for_and_one_atm_is_shown_on_the_map() {
    let setup = Setup::start().await;
    let asked = telegram_message(7, 1, json!({"text": "nearest atm"}));
    assert_eq!(setup.telegram(&asked).await.status, 200);
    let sent = setup.stand_in.wait_for(1).await;
    assert_eq!(sent[0].path, "/v25.0/bot123456:bot-token/sendMessage");
    let keyboard = &sent[0].body["reply_markup"]["keyboard"];
    assert_eq!(keyboard[0][0]["request_location"], true, "{}", sent[0].body);
    let location = json!({"location":
        {"latitude": 60.1, "longitude": 24.9, "horizontal_accuracy": 900.0}});
    setup.telegram(&telegram_message(7, 2, location)).await;
    let sent = setup.stand_in.wait_for(2).await;
    let text = sent[1].body["text"].as_str().unwrap();
    assert!(text.contains("only known to about"), "the accuracy is told: {text}");
    let rows = sent[1].body["reply_markup"]["inline_keyboard"].as_array().unwrap();
    let details = rows[0][0]["callback_data"].as_str().unwrap();
    let pressed = json!({"update_id": 3, "callback_query": {"id": "42", "data": details,
        "from": {"id": 7, "is_bot": false, "first_name": "A"}, "chat_instance": "1",
        "message": {"message_id": 2, "date": now_s(), "chat": {"id": 7, "type": "private"}}}});
    setup.telegram(&pressed).await;
    let sent = setup.stand_in.wait_for(5).await;
    assert!(sent[2].path.ends_with("/answerCallbackQuery"));
    assert_eq!(sent[2].body["callback_query_id"], "42");
    assert!(sent[3].path.ends_with("/sendMessage"));
    assert!(sent[4].path.ends_with("/sendVenue"), "{:?}", sent[4]);
    assert!(sent[4].body["address"].as_str().unwrap().contains("Street"));
}

#[tokio::test]
async fn what_is_forged_truncated_or_oversized_is_refused_and_not_answered() {
    let setup = Setup::start().await;
    let bodies = [
        ("/channels/messenger", messenger_body(&json!([messenger_text("7", "m", "help")]))),
        ("/channels/whatsapp", whatsapp_body(&json!([whatsapp_text("7", "w", "help")]))),
    ];
    for (path, body) in &bodies {
        let signature = sign(body);
        for forged in [
            String::new(),
            "sha256=".to_owned(),
            signature.replacen("sha256=", "sha1=", 1),
            signature[..signature.len() - 2].to_owned(),
            sign(&format!("{body} ")),
        ] {
            setup.sent_as(path, body, &forged).await.problem(403, "not_genuine");
        }
        setup.server.post(path, body.clone()).await.problem(403, "not_genuine");
        let truncated = &body[..body.len() - 1];
        setup.sent_as(path, truncated, &signature).await.problem(403, "not_genuine");
        setup.signed(path, truncated).await.problem(400, "malformed_body");
        let large = format!("{body}{}", " ".repeat(3 << 20));
        setup.signed(path, &large).await.problem(413, "body_too_large");
    }
    let update = telegram_message(7, 1, json!({"text": "help"})).to_string();
    for word in ["", "bot-secret", "bot-secret_1 x", "BOT-SECRET_1"] {
        let headers = [("x-telegram-bot-api-secret-token", word)];
        let answer = setup.server.ask(Method::POST, "/channels/telegram", &headers, update.clone());
        answer.await.problem(403, "not_genuine");
    }
    setup.server.post("/channels/telegram", update.clone()).await.problem(403, "not_genuine");
    let headers = [("x-telegram-bot-api-secret-token", BOT_SECRET)];
    let truncated = update[..update.len() - 1].to_owned();
    let answer = setup.server.ask(Method::POST, "/channels/telegram", &headers, truncated).await;
    answer.problem(400, "malformed_body");
    setup.stand_in.comes_to(0).await;
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_sent() {
    let setup = Setup::start().await;
    let head = "POST /channels/messenger HTTP/1.1\r\nHost: localhost\r\n\
                X-Hub-Signature-256: sha256=00\r\nContent-Length: 3145729\r\n\
                Connection: close\r\n\r\n";
    let answer = setup.server.raw(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn a_large_signed_request_is_taken_though_other_paths_take_less() {
    let setup = Setup::start().await;
    let body = messenger_body(&json!([messenger_text("7", "m", "help")]));
    let large = format!("{body}{}", " ".repeat(2 << 20));
    assert_eq!(setup.signed("/channels/messenger", &large).await.status, 200);
    setup.stand_in.comes_to(1).await;
}

#[tokio::test]
async fn a_message_that_comes_again_is_answered_once() {
    let setup = Setup::start().await;
    let one = json!([messenger_text("7", "m", "help"), messenger_text("7", "m", "help")]);
    let body = messenger_body(&one);
    for _ in 0..3 {
        assert_eq!(setup.signed("/channels/messenger", &body).await.status, 200);
    }
    let update = telegram_message(7, 5, json!({"text": "help"}));
    for _ in 0..3 {
        assert_eq!(setup.telegram(&update).await.status, 200);
    }
    setup.stand_in.comes_to(2).await;
    let old = json!([{"sender": {"id": "7"}, "timestamp": (now_s() - 90_000) * 1000,
        "message": {"mid": "old", "text": "help"}}]);
    assert_eq!(setup.messenger(&old).await.status, 200);
    setup.stand_in.comes_to(2).await;
}

#[tokio::test]
async fn echoes_receipts_and_unknown_events_are_acknowledged_and_not_answered() {
    let setup = Setup::start().await;
    let echo = json!([{"sender": {"id": "1"}, "recipient": {"id": "7"}, "timestamp": 1,
        "message": {"mid": "e", "is_echo": true, "text": "Hello"}},
        {"sender": {"id": "7"}, "read": {"watermark": 1}},
        {"sender": {"id": "7"}, "some_new_event": {"mid": "x"}}]);
    assert_eq!(setup.messenger(&echo).await.status, 200);
    let standby =
        json!({"object": "page", "entry": [{"standby": [messenger_text("7", "s", "hi")]}]});
    for body in
        [standby, json!({"object": "instagram"}), json!([]), json!(null), json!({"entry": 7})]
    {
        let answer = setup.signed("/channels/messenger", &body.to_string()).await;
        assert_eq!(answer.status, 200);
    }
    let reaction = json!([{"from": "7", "id": "r", "timestamp": "1", "type": "reaction"}]);
    assert_eq!(setup.whatsapp(&reaction).await.status, 200);
    for update in [
        json!({"update_id": 1, "channel_post": {"text": "x"}}),
        json!({"update_id": 2, "poll": {}}),
        json!({"update_id": 3, "edited_message": {"chat": {"id": 7, "type": "private"},
            "from": {"id": 7}, "edit_date": now_s(), "location": {"latitude": 1, "longitude": 1}}}),
    ] {
        assert_eq!(setup.telegram(&update).await.status, 200);
    }
    setup.stand_in.comes_to(0).await;
}

// On several threads, as the service runs: on one, the client of the test waits its turn too.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_a_thousand_is_acknowledged_at_once_and_answered_to_the_last() {
    let setup = Setup::start().await;
    // Were it acknowledged after it is answered, it never would be: the platform holds one back.
    setup.stand_in.will(&[Held]);
    let events: Vec<Value> =
        (0..1000).map(|n| messenger_text(&n.to_string(), &format!("m{n}"), "help")).collect();
    assert_eq!(setup.messenger(&events.into()).await.status, 200);
    let sent = setup.stand_in.wait_for(1000).await;
    let people: std::collections::BTreeSet<_> =
        sent.iter().map(|sent| sent.body["recipient"]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(people.len(), 1000);
}

#[tokio::test]
async fn what_was_said_first_is_answered_first() {
    let setup = Setup::start().await;
    let said = |number: i64, text: &str| {
        json!({"sender": {"id": "7"}, "timestamp": now_s() * 1000 + number,
            "message": {"mid": format!("m{number}"), "text": text}})
    };
    let batch = json!([said(3, "thanks"), said(1, "hello"), said(2, "help")]);
    setup.messenger(&batch).await;
    let sent = setup.stand_in.wait_for(3).await;
    let texts: Vec<&str> =
        sent.iter().map(|sent| sent.body["message"]["text"].as_str().unwrap()).collect();
    assert!(texts[0].starts_with("Hello"), "{texts:?}");
    assert!(texts[1].starts_with("I find ATMs"), "{texts:?}");
    assert!(texts[2].starts_with("You are welcome"), "{texts:?}");
}

#[tokio::test]
async fn before_there_is_anything_to_answer_from_a_platform_is_asked_to_send_again() {
    let setup = Setup::unready().await;
    let body = messenger_body(&json!([messenger_text("7", "m", "help")]));
    assert_eq!(setup.signed("/channels/messenger", &body).await.status, 503);
    setup.server.service.publication().publish(snapshot(&estate()));
    assert_eq!(setup.signed("/channels/messenger", &body).await.status, 200);
    setup.stand_in.comes_to(1).await;
}
