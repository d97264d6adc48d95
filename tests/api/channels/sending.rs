//! What is sent: once more where the platform could not take it, at the pace it takes, and to the
//! end when the service stops.

use std::time::{Duration, Instant};

use nearest_atm::channels::ChannelsOptions;
use nearest_atm::metrics::Observed;
use serde_json::{Value, json};

use super::Manner::{After, Held, With};
use super::{Setup, StandIn, messenger_text, options, telegram_message, whatsapp_text};
use crate::support::{PATIENCE, estate, nobody, snapshot};

async fn ask(setup: &Setup, mid: &str) {
    let event = json!([messenger_text("7", mid, "help")]);
    assert_eq!(setup.messenger(&event).await.status, 200);
}

#[tokio::test]
async fn who_is_told_to_wait_waits_and_sends_again() {
    let setup = Setup::start().await;
    setup.stand_in.will(&[With(429, Some("1"), r#"{"error": {"code": 4}}"#)]);
    ask(&setup, "m").await;
    let sent = setup.stand_in.wait_for(2).await;
    assert!(sent[1].at - sent[0].at >= Duration::from_secs(1));
    assert_eq!(sent[0].body, sent[1].body);
    setup.stand_in.comes_to(2).await;
}

#[tokio::test]
async fn telegram_says_in_its_body_how_long_to_wait() {
    let setup = Setup::start().await;
    let flood = r#"{"ok": false, "error_code": 429, "parameters": {"retry_after": 1}}"#;
    setup.stand_in.will(&[With(429, None, flood)]);
    setup.telegram(&telegram_message(7, 1, json!({"text": "help"}))).await;
    let sent = setup.stand_in.wait_for(2).await;
    assert!(sent[1].at - sent[0].at >= Duration::from_secs(1));
    setup.stand_in.comes_to(2).await;
}

#[tokio::test]
async fn what_fails_in_passing_is_sent_again_and_what_is_refused_is_not() {
    let setup = Setup::start().await;
    let throttled = r#"{"error": {"code": 130429, "message": "Rate limit hit"}}"#;
    setup.stand_in.will(&[
        With(500, None, "oops"),
        With(503, None, ""),
        With(400, None, throttled),
    ]);
    setup.whatsapp(&json!([whatsapp_text("7", "w", "help")])).await;
    setup.stand_in.comes_to(4).await;
    for status in [400, 401, 403, 404] {
        let before = setup.stand_in.sent().len();
        setup.stand_in.will(&[With(status, None, r#"{"error": {"code": 100}}"#)]);
        ask(&setup, &format!("m{status}")).await;
        setup.stand_in.comes_to(before + 1).await;
    }
    // And there is an end to it.
    let before = setup.stand_in.sent().len();
    setup.stand_in.will(&[With(500, None, ""); 4]);
    ask(&setup, "last").await;
    setup.stand_in.comes_to(before + 4).await;
    // What has come to the platform is counted when its answer has come back.
    setup.channels.drain(PATIENCE).await;
    let metrics = setup.server.service.metrics().to_text(&Observed::default());
    for line in [
        "atm_channel_events_total{channel=\"messenger\",event=\"failed\"} 5",
        "atm_channel_events_total{channel=\"whatsapp\",event=\"retried\"} 3",
        "atm_channel_events_total{channel=\"whatsapp\",event=\"sent\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in\n{metrics}");
    }
}

#[tokio::test]
async fn a_wait_that_is_longer_than_sensible_is_not_waited_for() {
    let setup = Setup::start().await;
    setup.stand_in.will(&[With(429, Some("3600"), "")]);
    ask(&setup, "m1").await;
    setup.stand_in.comes_to(1).await;
    ask(&setup, "m2").await;
    setup.stand_in.comes_to(2).await;
}

#[tokio::test]
async fn a_slow_platform_holds_up_neither_acknowledgements_nor_other_conversations() {
    let setup = Setup::start().await;
    setup.stand_in.will(&[Held]);
    ask(&setup, "m1").await;
    setup.stand_in.wait_for(1).await;
    // All of this while the platform has not answered yet.
    ask(&setup, "m2").await;
    setup.messenger(&json!([messenger_text("8", "m3", "help")])).await;
    setup.stand_in.comes_to(2).await;
    setup.stand_in.let_go.notify_one();
    let sent = setup.stand_in.wait_for(3).await;
    let people: Vec<&Value> = sent.iter().map(|sent| &sent.body["recipient"]["id"]).collect();
    assert_eq!(people, ["7", "8", "7"], "another conversation goes on, the same one waits");
}

#[tokio::test]
async fn a_platform_that_does_not_answer_in_time_is_asked_again() {
    let stand_in = StandIn::start().await;
    let impatient = ChannelsOptions { send_timeout_ms: 1_000, ..options(&stand_in) };
    let setup = Setup::with(stand_in, &impatient).await;
    setup.server.service.publication().publish(snapshot(&estate()));
    // The first is never answered.
    setup.stand_in.will(&[Held]);
    let started = Instant::now();
    ask(&setup, "m").await;
    let sent = setup.stand_in.wait_for(2).await;
    assert_eq!(sent[0].body, sent[1].body);
    let after = sent[1].at - started;
    assert!(after >= Duration::from_secs(1), "{after:?}");
}

#[tokio::test]
async fn telegram_is_sent_one_message_a_second_to_a_chat_and_many_to_many() {
    const TO_ONE: usize = 30;
    let setup = Setup::start().await;
    for update in 0..TO_ONE as u64 {
        setup.telegram(&telegram_message(7, update, json!({"text": "help"}))).await;
    }
    for person in 100..110 {
        let update =
            telegram_message(person, 1000 + person.unsigned_abs(), json!({"text": "help"}));
        setup.telegram(&update).await;
    }
    // Sooner or later three have come to the one, and all to the many.
    let mut count = 13;
    let times = loop {
        let sent = setup.stand_in.wait_for(count).await;
        let to_one = sent.iter().filter(|sent| sent.body["chat_id"] == 7);
        let times: Vec<Instant> = to_one.map(|sent| sent.at).collect();
        if times.len() >= 3 && sent.len() - times.len() == 10 {
            break times;
        }
        count = sent.len() + 1;
    };
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_secs(1), "{:?}", pair[1] - pair[0]);
    }
    // Half a minute is what all to the one take: the others have not waited for them.
    assert!(times.len() < TO_ONE / 2, "{} before ten to others", times.len());
}

#[tokio::test]
async fn what_was_acknowledged_is_answered_before_the_service_stops() {
    let setup = Setup::start().await;
    setup.stand_in.will(&[After(Duration::from_millis(300)), With(500, None, "")]);
    for number in 0..3 {
        ask(&setup, &format!("m{number}")).await;
    }
    setup.channels.drain(PATIENCE).await;
    assert_eq!(setup.stand_in.sent().len(), 4);
    let late = setup.server.post("/channels/messenger", "{}").await;
    assert_eq!(late.status, 403);
}

#[tokio::test]
async fn after_draining_a_platform_is_asked_to_send_again() {
    let setup = Setup::start().await;
    let Setup { server, stand_in, channels } = setup;
    channels.drain(PATIENCE).await;
    let body = super::messenger_body(&json!([messenger_text("7", "m", "help")]));
    let signature = super::sign(&body);
    let headers = [("x-hub-signature-256", signature.as_str())];
    let answer = server.ask(super::http_method(), "/channels/messenger", &headers, body).await;
    assert_eq!(answer.status, 503);
    stand_in.comes_to(0).await;
}

#[tokio::test]
async fn nobody_listening_at_the_platform_is_no_defect() {
    let stand_in = StandIn::start().await;
    let mut options = options(&stand_in);
    let (_socket, nobody) = nobody();
    options.messenger.api = format!("http://{nobody}/v25.0");
    let setup = Setup::with(stand_in, &options).await;
    setup.server.service.publication().publish(snapshot(&estate()));
    ask(&setup, "m").await;
    setup.channels.drain(PATIENCE).await;
    let metrics = setup.server.service.metrics().to_text(&Observed::default());
    let line = "atm_channel_events_total{channel=\"messenger\",event=\"failed\"} 1";
    assert!(metrics.contains(line), "{metrics}");
}
