//! Facebook Messenger: what pages' webhooks bring, and the messages of the Send API.
//!
//! A person cannot share a position there since 2019; one that comes all the same is taken. There is
//! no message with a position either: places are shown as a carousel of cards.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::super::memory::Token;
use super::super::options::MessengerOptions;
use super::super::signature::is_signed;
use super::{
    Call, Incoming, Platform, Said, each, fit, id, is_meta_throttling, meta_challenge, web_address,
};
use crate::chat::{Card, Labels, Reply, Suggestion};

/// Limits of the Send API.
const TEXT_MAX: usize = 2000;
const QUICK_REPLIES_MAX: usize = 13;
const QUICK_REPLY_TITLE_MAX: usize = 20;
const ELEMENTS_MAX: usize = 10;
const ELEMENT_TEXT_MAX: usize = 80;
const BUTTON_TITLE_MAX: usize = 20;
const PAYLOAD_BYTES_MAX: usize = 1000;

/// A page on Messenger.
#[derive(Debug)]
pub(in super::super) struct Messenger(pub(in super::super) MessengerOptions);

impl Platform for Messenger {
    const CODE: &'static str = "messenger";
    const PATH: &'static str = "/channels/messenger";
    const PROOF: &'static str = "x-hub-signature-256";
    const PER_SECOND: u32 = 300;
    const HAS_CHALLENGE: bool = true;

    fn is_proven(&self, proof: &[u8], body: &[u8]) -> bool {
        is_signed(&self.0.app_secret, proof, body)
    }

    fn challenge(&self, query: &[(String, String)]) -> Option<String> {
        meta_challenge(&self.0.verify_token, query)
    }

    fn read(&self, body: &Value) -> Vec<Incoming> {
        if body["object"] != "page" {
            return Vec::new();
        }
        // What stands in `standby` another app has the conversation of.
        let events = each(&body["entry"]).flat_map(|entry| each(&entry["messaging"]));
        events.filter_map(event).collect()
    }

    fn request(&self, client: &Client, method: &'static str) -> RequestBuilder {
        let address = format!("{}/{method}", self.0.api.trim_end_matches('/'));
        client.post(address).bearer_auth(self.0.access_token.expose())
    }

    fn receipt(&self, _incoming: &Incoming) -> Option<Call> {
        None
    }

    fn render(&self, reply: &Reply, labels: &Labels, to: &Incoming, token: Token) -> Vec<Call> {
        let mut messages: Vec<Value> = fit::pieces(&reply.reply, TEXT_MAX)
            .into_iter()
            .map(|text| json!({"text": text}))
            .collect();
        if !reply.cards.is_empty() {
            messages.push(carousel(&reply.cards, labels, token));
        }
        // What would have to be cut is shown whole on cards that are chosen by a button.
        let is_long = |one: &Suggestion| fit::length(&one.text) > QUICK_REPLY_TITLE_MAX;
        if reply.cards.is_empty() && reply.suggestions.iter().any(is_long) {
            messages.push(choices(&reply.suggestions, labels, token));
        } else {
            let replies = quick_replies(&reply.suggestions, token);
            if let Some(last) = messages.last_mut().filter(|_| !replies.is_empty()) {
                last["quick_replies"] = replies.into();
            }
        }
        messages.into_iter().map(|message| call(to, &message)).collect()
    }

    fn pause(&self, _to: &Incoming) -> Duration {
        Duration::ZERO
    }

    fn is_throttling(&self, code: i64) -> bool {
        is_meta_throttling(code)
    }

    fn locale(&self) -> &str {
        &self.0.locale
    }
}

/// What a person did, if it is something to answer.
fn event(event: &Value) -> Option<Incoming> {
    let person = id(&event["sender"]["id"])?;
    let at = event["timestamp"].as_i64().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let (id, said) = if event["message"].is_object() {
        let message = &event["message"];
        if message["is_echo"] == true || message["is_deleted"] == true {
            return None;
        }
        (id(&message["mid"])?, said(message)?)
    } else if event["postback"].is_object() {
        let postback = &event["postback"];
        // Those of a menu have no id in old versions; person and time stand for one.
        let mid = id(&postback["mid"]);
        let mid = mid.unwrap_or_else(|| format!("postback {person} {}", event["timestamp"]));
        let payload =
            super::text(&postback["payload"]).or_else(|| super::text(&postback["title"]))?;
        // The name the documentation gives to the button that opens a conversation.
        let is_start =
            payload.eq_ignore_ascii_case("get_started") || !postback["referral"].is_null();
        let said = if is_start { Said::Start } else { Said::Button(payload.to_owned()) };
        (mid, said)
    } else if event["message_edit"].is_object() {
        let edit = &event["message_edit"];
        let said = Said::Text(super::text(&edit["text"])?.to_owned());
        (format!("{} {}", id(&edit["mid"])?, edit["num_edit"]), said)
    } else {
        return None;
    };
    Some(Incoming {
        id,
        address: person.clone(),
        person,
        is_private: true,
        locale: None,
        at,
        said,
        receipt: None,
    })
}

fn said(message: &Value) -> Option<Said> {
    if let Some(payload) = super::text(&message["quick_reply"]["payload"]) {
        return Some(Said::Button(payload.to_owned()));
    }
    let attachments = || each(&message["attachments"]);
    let position = attachments().find_map(|attachment| {
        let coordinates = &attachment["payload"]["coordinates"];
        super::position(&coordinates["lat"], &coordinates["long"], &Value::Null)
    });
    if position.is_some() {
        return position;
    }
    if let Some(text) = super::text(&message["text"]) {
        return Some(Said::Text(text.to_owned()));
    }
    // A thumb up or another sticker is no question.
    let is_sticker = |one: &Value| !one["payload"]["sticker_id"].is_null();
    if !message["sticker_id"].is_null() || attachments().any(is_sticker) {
        return None;
    }
    // A link that was shared, such as to a map.
    let link = attachments().filter(|one| one["type"] == "fallback").find_map(|attachment| {
        super::text(&attachment["payload"]["url"]).or_else(|| super::text(&attachment["url"]))
    });
    match link {
        Some(link) => Some(Said::Text(link.to_owned())),
        None => attachments().next().map(|_attachment| Said::Unreadable),
    }
}

fn call(to: &Incoming, message: &Value) -> Call {
    let body = json!({
        "recipient": {"id": to.address},
        "messaging_type": "RESPONSE",
        "message": message,
    });
    Call { method: "me/messages", body }
}

fn template(elements: &[Value]) -> Value {
    let payload = json!({"template_type": "generic", "elements": elements});
    json!({"attachment": {"type": "template", "payload": payload}})
}

fn carousel(cards: &[Card], labels: &Labels, token: Token) -> Value {
    let cards = &cards[..cards.len().min(ELEMENTS_MAX)];
    let element = |card: &Card| {
        let details = labels.details_of(card.number);
        let title = format!("{}. {}", card.number, card.title);
        let mut element = json!({
            "title": fit::line(&title, ELEMENT_TEXT_MAX),
            "subtitle": fit::line(&subtitle(card), ELEMENT_TEXT_MAX),
        });
        let mut buttons = Vec::new();
        if let Some(url) = web_address(card) {
            element["default_action"] = json!({"type": "web_url", "url": url});
            buttons.push(json!({"type": "web_url", "url": url, "title": labels.directions}));
        }
        if let Some(payload) = token.payload(&details, PAYLOAD_BYTES_MAX) {
            buttons.push(json!({"type": "postback", "title": labels.details, "payload": payload}));
        }
        element["buttons"] = buttons.into();
        element
    };
    template(&cards.iter().map(element).collect::<Vec<_>>())
}

fn subtitle(card: &Card) -> String {
    match &card.address {
        Some(address) => format!("{} · {address}", card.subtitle),
        None => card.subtitle.clone(),
    }
}

fn choices(suggestions: &[Suggestion], labels: &Labels, token: Token) -> Value {
    let suggestions = &suggestions[..suggestions.len().min(ELEMENTS_MAX)];
    let titles = fit::distinct(suggestions.iter().map(|one| one.text.as_str()), ELEMENT_TEXT_MAX);
    let element = |(one, title): (&Suggestion, String)| {
        let payload = token.payload(&one.send, PAYLOAD_BYTES_MAX)?;
        let choose = fit::line(&labels.choose, BUTTON_TITLE_MAX);
        let button = json!({"type": "postback", "title": choose, "payload": payload});
        Some(json!({"title": title, "buttons": [button]}))
    };
    template(&suggestions.iter().zip(titles).filter_map(element).collect::<Vec<_>>())
}

fn quick_replies(suggestions: &[Suggestion], token: Token) -> Vec<Value> {
    let suggestions = &suggestions[..suggestions.len().min(QUICK_REPLIES_MAX)];
    let titles =
        fit::distinct(suggestions.iter().map(|one| one.text.as_str()), QUICK_REPLY_TITLE_MAX);
    let reply = |(one, title): (&Suggestion, String)| {
        let payload = token.payload(&one.send, PAYLOAD_BYTES_MAX)?;
        Some(json!({"content_type": "text", "title": title, "payload": payload}))
    };
    suggestions.iter().zip(titles).filter_map(reply).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::channels::memory::Memory;

    fn read(events: &Value) -> Vec<Incoming> {
        let body = json!({"object": "page", "entry": [{"id": "1", "messaging": events}]});
        Messenger(MessengerOptions::default()).read(&body)
    }

    fn message(message: &Value) -> Option<Said> {
        let event = json!([{"sender": {"id": "7"}, "timestamp": 1_700_000_000_000_i64,
            "message": message}]);
        read(&event).pop().map(|incoming| incoming.said)
    }

    #[test]
    fn what_a_person_says_is_read_and_everything_else_left_alone() {
        let text = message(&json!({"mid": "m", "text": "Euston"}));
        assert!(matches!(text, Some(Said::Text(text)) if text == "Euston"));
        let pressed =
            message(&json!({"mid": "m", "text": "More", "quick_reply": {"payload": "p"}}));
        assert!(matches!(pressed, Some(Said::Button(payload)) if payload == "p"));
        let place = json!({"mid": "m", "attachments": [{"type": "location",
            "payload": {"coordinates": {"lat": 60.5, "long": 24.5}}}]});
        let Some(Said::Position(shared)) = message(&place) else { panic!() };
        assert!((shared.position.lon_deg() - 24.5).abs() < 1e-9);
        let link = json!({"mid": "m", "attachments": [{"type": "fallback",
            "url": "https://maps.example/@60.1,24.9", "payload": null}]});
        assert!(matches!(message(&link), Some(Said::Text(text)) if text.ends_with("24.9")));
        let voice =
            json!({"mid": "m", "attachments": [{"type": "audio", "payload": {"url": "u"}}]});
        assert!(matches!(message(&voice), Some(Said::Unreadable)));
        for nothing in [
            json!({"mid": "m", "text": "x", "is_echo": true}),
            json!({"mid": "m", "text": " "}),
            json!({"mid": "m", "sticker_id": 369, "attachments": [{"type": "image"}]}),
            json!({"text": "without id"}),
            json!({"mid": "m", "attachments": [{"type": "location",
                "payload": {"coordinates": {"lat": 91, "long": 0}}}], "text": null, "sticker_id": 1}),
        ] {
            assert!(message(&nothing).is_none(), "{nothing}");
        }
        let others = json!([
            {"sender": {"id": "7"}, "read": {"watermark": 1}},
            {"sender": {"id": "7"}, "delivery": {"mids": ["m"]}},
            {"sender": {"id": "7"}, "reaction": {"mid": "m"}},
            {"sender": {"id": "7"}, "optin": {}}, {}, null, 7, "x",
            {"sender": {"id": "7"}, "postback": {"mid": "p", "payload": "GET_STARTED"}},
        ]);
        let read = read(&others);
        assert!(matches!(read.as_slice(), [Incoming { said: Said::Start, .. }]));
        let standby = json!({"object": "page", "entry": [{"standby": [
            {"sender": {"id": "7"}, "message": {"mid": "m", "text": "x"}}]}]});
        assert!(Messenger(MessengerOptions::default()).read(&standby).is_empty());
    }

    #[test]
    fn no_limit_is_exceeded_whatever_the_reply() {
        let messenger = Messenger(MessengerOptions::default());
        let token = Memory::default().remember([1; 16], Some("a context"));
        for (cards, suggestions, length) in
            [(0, 0, 5), (0, 3, 5), (0, 30, 300), (1, 2, 30), (30, 30, 30), (10, 20, 5000)]
        {
            let reply = testing::reply(cards, suggestions, length);
            let calls =
                messenger.render(&reply, &testing::labels(), &testing::somebody("7"), token);
            assert!(!calls.is_empty());
            for call in calls {
                let message = &call.body["message"];
                let is_within = |value: &Value, max: usize| {
                    let length = fit::length(value.as_str().unwrap());
                    assert!((1..=max).contains(&length), "{value}");
                };
                if let Some(text) = message.get("text") {
                    is_within(text, 2000);
                }
                for reply in each(&message["quick_replies"]) {
                    is_within(&reply["title"], 20);
                    is_within(&reply["payload"], 1000);
                }
                assert!(each(&message["quick_replies"]).count() <= 13);
                let elements = &message["attachment"]["payload"]["elements"];
                assert!(each(elements).count() <= 10);
                for element in each(elements) {
                    is_within(&element["title"], 80);
                    if let Some(subtitle) = element.get("subtitle") {
                        is_within(subtitle, 80);
                    }
                    assert!((1..=3).contains(&each(&element["buttons"]).count()));
                    for button in each(&element["buttons"]) {
                        is_within(&button["title"], 20);
                    }
                }
            }
        }
    }
}
