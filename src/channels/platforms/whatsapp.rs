//! `WhatsApp`: what the Cloud API's webhooks bring, and the messages it sends.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::super::memory::Token;
use super::super::options::WhatsappOptions;
use super::super::signature::is_signed;
use super::{Call, Incoming, Platform, Said, each, fit, id, is_meta_throttling, meta_challenge};
use crate::chat::{Card, Intent, Labels, Reply, Suggestion};

/// Limits of the Cloud API.
const TEXT_MAX: usize = 4096;
const INTERACTIVE_TEXT_MAX: usize = 1024;
const BUTTONS_MAX: usize = 3;
const BUTTON_TITLE_MAX: usize = 20;
const BUTTON_ID_BYTES_MAX: usize = 256;
const ROWS_MAX: usize = 10;
const ROW_TITLE_MAX: usize = 24;
const ROW_TEXT_MAX: usize = 72;
const ROW_ID_BYTES_MAX: usize = 200;
const LOCATION_TEXT_MAX: usize = 256;

/// A number on `WhatsApp`.
#[derive(Debug)]
pub(in super::super) struct Whatsapp(pub(in super::super) WhatsappOptions);

impl Platform for Whatsapp {
    const CODE: &'static str = "whatsapp";
    const PATH: &'static str = "/channels/whatsapp";
    const PROOF: &'static str = "x-hub-signature-256";
    const PER_SECOND: u32 = 80;
    const HAS_CHALLENGE: bool = true;

    fn is_proven(&self, proof: &[u8], body: &[u8]) -> bool {
        is_signed(&self.0.app_secret, proof, body)
    }

    fn challenge(&self, query: &[(String, String)]) -> Option<String> {
        meta_challenge(&self.0.verify_token, query)
    }

    fn read(&self, body: &Value) -> Vec<Incoming> {
        if body["object"] != "whatsapp_business_account" {
            return Vec::new();
        }
        let changes = each(&body["entry"]).flat_map(|entry| each(&entry["changes"]));
        let values = changes.filter(|change| change["field"] == "messages");
        let values = values.map(|change| &change["value"]);
        // An account may have other numbers, which other programs answer for.
        let number = &self.0.phone_number_id;
        let ours = values
            .filter(|value| id(&value["metadata"]["phone_number_id"]).as_ref() == Some(number));
        ours.flat_map(|value| {
            // Those of `statuses` tell what became of messages that were sent.
            each(&value["statuses"]).for_each(note_failure);
            each(&value["messages"])
        })
        .filter_map(message)
        .collect()
    }

    fn request(&self, client: &Client, method: &'static str) -> RequestBuilder {
        let WhatsappOptions { api, phone_number_id, access_token, .. } = &self.0;
        let address = format!("{}/{phone_number_id}/{method}", api.trim_end_matches('/'));
        client.post(address).bearer_auth(access_token.expose())
    }

    fn receipt(&self, _incoming: &Incoming) -> Option<Call> {
        None
    }

    fn render(&self, reply: &Reply, labels: &Labels, to: &Incoming, token: Token) -> Vec<Call> {
        let interactive = if reply.cards.is_empty() {
            choices(&reply.suggestions, labels, token)
        } else {
            places(reply, labels, token)
        };
        let mut calls = Vec::new();
        let asks = reply.asks_location.then(
            || json!({"type": "location_request_message", "action": {"name": "send_location"}}),
        );
        for interactive in [interactive, asks].into_iter().flatten() {
            calls.push(interactive);
        }
        let pin = match reply.cards.as_slice() {
            [card] if reply.understood.intent != Intent::OpeningHours => Some(pin(card)),
            _ => None,
        };
        // The first of them says the reply, if it can say all of it.
        let says_all = fit::length(reply.reply.trim()) <= INTERACTIVE_TEXT_MAX && !calls.is_empty();
        let mut messages = Vec::new();
        if !says_all {
            let text = |text: String| json!({"body": text, "preview_url": false});
            let pieces = fit::pieces(&reply.reply, TEXT_MAX).into_iter();
            messages.extend(pieces.map(|piece| ("text", text(piece))));
        }
        for (place, mut interactive) in calls.into_iter().enumerate() {
            let is_telling = says_all && place == 0;
            let asks = interactive["type"] == "location_request_message";
            let short = if asks { &labels.share } else { &labels.further };
            let text = if is_telling { reply.reply.trim() } else { short };
            interactive["body"] = json!({"text": text});
            messages.push(("interactive", interactive));
        }
        messages.extend(pin.map(|pin| ("location", pin)));
        messages.into_iter().map(|(kind, content)| call(to, kind, &content)).collect()
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

/// What a person wrote, if it is something to answer.
fn message(message: &Value) -> Option<Incoming> {
    // People with a user name may have no number that is told.
    let person = id(&message["from"]).or_else(|| id(&message["from_user_id"]))?;
    let seconds = id(&message["timestamp"]).and_then(|digits| digits.parse().ok());
    let payload = |value: &Value| super::text(value).map(|id| Said::Button(id.to_owned()));
    let kind = message["type"].as_str()?;
    let content = &message[kind];
    let said = match kind {
        "text" => Said::Text(super::text(&content["body"])?.to_owned()),
        "location" => super::position(&content["latitude"], &content["longitude"], &Value::Null)?,
        "interactive" => payload(&content["button_reply"]["id"])
            .or_else(|| payload(&content["list_reply"]["id"]))?,
        "button" => payload(&content["payload"]).or_else(|| payload(&content["text"]))?,
        "image" | "video" | "document" => match super::text(&content["caption"]) {
            Some(caption) => Said::Text(caption.to_owned()),
            None => Said::Unreadable,
        },
        "audio" | "contacts" => Said::Unreadable,
        "request_welcome" => Said::Start,
        // Reactions, stickers, orders, changes of numbers, and what is yet to be invented.
        _ => return None,
    };
    Some(Incoming {
        id: id(&message["id"])?,
        address: person.clone(),
        person,
        is_private: message["group_id"].is_null(),
        locale: None,
        at: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        said,
        receipt: None,
    })
    // A group's messages are not for one person's conversation.
    .filter(|incoming| incoming.is_private)
}

/// Logs that a message which was taken did not arrive, by the code of the reason.
fn note_failure(status: &Value) {
    if status["status"] == "failed" {
        let code = status["errors"][0]["code"].as_i64().unwrap_or_default();
        tracing::warn!(code, "WhatsApp could not deliver a message: code {code}");
    }
}

fn call(to: &Incoming, kind: &str, content: &Value) -> Call {
    let is_number = to.address.bytes().all(|byte| byte.is_ascii_digit());
    let recipient = if is_number { "to" } else { "recipient" };
    let body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        (recipient): to.address,
        "type": kind,
        (kind): content,
    });
    Call { method: "messages", body }
}

fn pin(card: &Card) -> Value {
    let mut pin = json!({
        "latitude": card.position.lat,
        "longitude": card.position.lon,
        "name": fit::line(&card.title, LOCATION_TEXT_MAX),
    });
    if let Some(address) = &card.address {
        pin["address"] = fit::line(address, LOCATION_TEXT_MAX).into();
    }
    pin
}

/// A list of the places found, with what can be said next below them.
fn places(reply: &Reply, labels: &Labels, token: Token) -> Option<Value> {
    if let [_card] = reply.cards.as_slice() {
        return choices(&reply.suggestions, labels, token);
    }
    let place = |card: &Card| {
        let id = token.payload(&labels.details_of(card.number), ROW_ID_BYTES_MAX)?;
        let title = fit::line(&format!("{}. {}", card.number, card.title), ROW_TITLE_MAX);
        let text = fit::line(&card.subtitle, ROW_TEXT_MAX);
        Some(json!({"id": id, "title": title, "description": text}))
    };
    let places: Vec<Value> = reply.cards.iter().take(ROWS_MAX).filter_map(place).collect();
    let further = rows(&reply.suggestions, ROWS_MAX - places.len(), token);
    let mut sections = vec![json!({"title": labels.details, "rows": places})];
    if !further.is_empty() {
        sections.push(json!({"title": labels.further, "rows": further}));
    }
    Some(list(labels, &sections))
}

/// Buttons, or a list where buttons are too few or too short.
fn choices(suggestions: &[Suggestion], labels: &Labels, token: Token) -> Option<Value> {
    let fits = |one: &Suggestion| fit::length(one.text.trim()) <= BUTTON_TITLE_MAX;
    if suggestions.len() > BUTTONS_MAX || !suggestions.iter().all(fits) {
        let rows = rows(suggestions, ROWS_MAX, token);
        let sections = [json!({"title": labels.list, "rows": rows})];
        return (!rows.is_empty()).then(|| list(labels, &sections));
    }
    let titles = fit::distinct(suggestions.iter().map(|one| one.text.as_str()), BUTTON_TITLE_MAX);
    let button = |(one, title): (&Suggestion, String)| {
        let id = token.payload(&one.send, BUTTON_ID_BYTES_MAX)?;
        Some(json!({"type": "reply", "reply": {"id": id, "title": title}}))
    };
    let buttons: Vec<Value> = suggestions.iter().zip(titles).filter_map(button).collect();
    (!buttons.is_empty()).then(|| json!({"type": "button", "action": {"buttons": buttons}}))
}

fn rows(suggestions: &[Suggestion], max: usize, token: Token) -> Vec<Value> {
    let suggestions = &suggestions[..suggestions.len().min(max)];
    let titles = fit::distinct(suggestions.iter().map(|one| one.text.as_str()), ROW_TITLE_MAX);
    let row = |(one, title): (&Suggestion, String)| {
        let mut row = json!({"id": token.payload(&one.send, ROW_ID_BYTES_MAX)?, "title": title});
        if fit::length(&one.text) > ROW_TITLE_MAX {
            row["description"] = fit::line(&one.text, ROW_TEXT_MAX).into();
        }
        Some(row)
    };
    suggestions.iter().zip(titles).filter_map(row).collect()
}

fn list(labels: &Labels, sections: &[Value]) -> Value {
    json!({"type": "list", "action": {"button": labels.list, "sections": sections}})
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::channels::memory::Memory;

    fn whatsapp() -> Whatsapp {
        Whatsapp(WhatsappOptions { phone_number_id: "42".to_owned(), ..WhatsappOptions::default() })
    }

    fn read(messages: &Value) -> Vec<Incoming> {
        let value = json!({"messaging_product": "whatsapp",
            "metadata": {"phone_number_id": "42"}, "messages": messages});
        let change = json!({"field": "messages", "value": value});
        whatsapp().read(&json!({"object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [change]}]}))
    }

    fn message(mut message: Value) -> Option<Said> {
        message["from"] = "358401".into();
        message["id"] = "wamid.1".into();
        message["timestamp"] = "1700000000".into();
        read(&json!([message])).pop().map(|incoming| incoming.said)
    }

    #[test]
    fn what_a_person_says_is_read_and_everything_else_left_alone() {
        let text = message(json!({"type": "text", "text": {"body": "Euston"}}));
        assert!(matches!(text, Some(Said::Text(text)) if text == "Euston"));
        let place = json!({"type": "location", "location": {"latitude": 60.5, "longitude": 24.5},
            "context": {"id": "wamid.0"}});
        let Some(Said::Position(shared)) = message(place) else { panic!() };
        assert!((shared.position.lat_deg() - 60.5).abs() < 1e-9);
        for pressed in [
            json!({"type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": {"id": "p", "title": "t"}}}),
            json!({"type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"id": "p", "title": "t"}}}),
            json!({"type": "button", "button": {"payload": "p", "text": "t"}}),
        ] {
            assert!(matches!(message(pressed), Some(Said::Button(payload)) if payload == "p"));
        }
        assert!(matches!(message(json!({"type": "audio", "audio": {}})), Some(Said::Unreadable)));
        for nothing in [
            json!({"type": "reaction", "reaction": {"emoji": "x"}}),
            json!({"type": "unsupported", "errors": [{"code": 131_051}]}),
            json!({"type": "sticker", "sticker": {}}),
            json!({"type": "location", "location": {"latitude": 91, "longitude": 24.5}}),
            json!({"type": "text", "text": {"body": "x"}, "group_id": "g"}),
            json!({}),
        ] {
            assert!(message(nothing.clone()).is_none(), "{nothing}");
        }
    }

    #[test]
    fn messages_to_other_numbers_and_fields_are_left_alone() {
        let change = |field: &str, number: &str| {
            json!({"field": field, "value": {"metadata": {"phone_number_id": number}, "messages": [
                {"from": "1", "id": "w", "type": "text", "text": {"body": "x"}}]}})
        };
        let count = |changes: Value| {
            let entry = json!([{"changes": changes}]);
            whatsapp().read(&json!({"object": "whatsapp_business_account", "entry": entry})).len()
        };
        assert_eq!(count(json!([change("messages", "42"), change("messages", "42")])), 2);
        assert_eq!(count(json!([change("messages", "43"), change("history", "42"), null])), 0);
    }

    #[test]
    fn no_limit_is_exceeded_whatever_the_reply() {
        let token = Memory::default().remember([1; 16], Some("a context"));
        for (cards, suggestions, length) in [
            (0, 0, 5),
            (0, 3, 5),
            (0, 30, 300),
            (1, 2, 30),
            (30, 30, 30),
            (10, 20, 9000),
            (5, 9, 9),
        ] {
            for asks_location in [false, true] {
                let mut reply = testing::reply(cards, suggestions, length);
                reply.asks_location = asks_location;
                let calls = whatsapp().render(
                    &reply,
                    &testing::labels(),
                    &testing::somebody("358401"),
                    token,
                );
                assert!(!calls.is_empty());
                let asked =
                    |call: &&Call| call.body["interactive"]["type"] == "location_request_message";
                assert_eq!(calls.iter().filter(asked).count(), usize::from(asks_location));
                for call in calls {
                    check(&call.body);
                }
            }
        }
    }

    fn check(body: &Value) {
        let is_within = |value: &Value, max: usize| {
            let length = fit::length(value.as_str().unwrap());
            assert!((1..=max).contains(&length), "{value}");
        };
        assert_eq!(body["to"], "358401");
        if let Some(text) = body.get("text") {
            is_within(&text["body"], 4096);
        }
        let Some(interactive) = body.get("interactive") else { return };
        is_within(&interactive["body"]["text"], 1024);
        let action = &interactive["action"];
        assert!(each(&action["buttons"]).count() <= 3);
        for button in each(&action["buttons"]) {
            is_within(&button["reply"]["title"], 20);
            is_within(&button["reply"]["id"], 256);
        }
        let sections: Vec<&Value> = each(&action["sections"]).collect();
        let rows: Vec<&Value> = sections.iter().flat_map(|one| each(&one["rows"])).collect();
        assert!(rows.len() <= 10);
        let mut ids = std::collections::BTreeSet::new();
        for section in &sections {
            is_within(&section["title"], 24);
            assert!(each(&section["rows"]).count() > 0);
        }
        for row in rows {
            is_within(&row["title"], 24);
            is_within(&row["id"], 200);
            assert!(ids.insert(row["id"].as_str().unwrap().to_owned()));
            if let Some(description) = row.get("description") {
                is_within(description, 72);
            }
        }
    }
}
