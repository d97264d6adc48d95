//! Telegram: what the Bot API's webhook brings, and the methods that answer.
//!
//! Texts are sent plain, without a mode of markup, so that nothing has to be escaped. The position a
//! live location begins with is taken; that it moves is not followed.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::super::memory::Token;
use super::super::options::TelegramOptions;
use super::super::signature::is_word;
use super::{Call, Incoming, Platform, Said, fit, id, web_address};
use crate::chat::{Card, Intent, Labels, Reply, Suggestion};

/// Limits of the Bot API.
const TEXT_MAX: usize = 4096;
const CALLBACK_BYTES_MAX: usize = 64;

/// What the API does not limit: longer buttons are cut by the apps, and more are no help.
const BUTTON_MAX: usize = 48;
const SHORT_BUTTON_MAX: usize = 16;
const CARDS_MAX: usize = 10;
const SUGGESTIONS_MAX: usize = 12;
const VENUE_TEXT_MAX: usize = 256;

/// A bot on Telegram.
#[derive(Debug)]
pub(in super::super) struct Telegram(pub(in super::super) TelegramOptions);

impl Platform for Telegram {
    const CODE: &'static str = "telegram";
    const PATH: &'static str = "/channels/telegram";
    const PROOF: &'static str = "x-telegram-bot-api-secret-token";
    const PER_SECOND: u32 = 30;
    const HAS_CHALLENGE: bool = false;

    fn is_proven(&self, proof: &[u8], _body: &[u8]) -> bool {
        is_word(&self.0.secret_token, proof)
    }

    fn challenge(&self, _query: &[(String, String)]) -> Option<String> {
        None
    }

    fn read(&self, body: &Value) -> Vec<Incoming> {
        update(body).into_iter().collect()
    }

    /// The address holds the bot's token: it is in no error and no log.
    fn request(&self, client: &Client, method: &'static str) -> RequestBuilder {
        let (api, token) = (self.0.api.trim_end_matches('/'), self.0.token.expose());
        client.post(format!("{api}/bot{token}/{method}"))
    }

    fn receipt(&self, incoming: &Incoming) -> Option<Call> {
        let query = incoming.receipt.as_ref()?;
        let body = json!({"callback_query_id": query});
        Some(Call { method: "answerCallbackQuery", body })
    }

    fn render(&self, reply: &Reply, labels: &Labels, to: &Incoming, token: Token) -> Vec<Call> {
        let mut calls: Vec<Call> =
            fit::pieces(&reply.reply, TEXT_MAX).iter().map(|text| message(text, to)).collect();
        if let Some(last) = calls.last_mut() {
            let markup = if reply.asks_location && to.is_private {
                Some(location_keyboard(&reply.suggestions, labels))
            } else {
                inline_keyboard(reply, labels, token)
            };
            if let Some(markup) = markup {
                last.body["reply_markup"] = markup;
            }
        }
        if let [card] = reply.cards.as_slice()
            && reply.understood.intent != Intent::OpeningHours
        {
            calls.push(pin(card, to));
        }
        calls
    }

    /// One message a second to a person, twenty a minute to a group.
    fn pause(&self, to: &Incoming) -> Duration {
        Duration::from_secs(if to.is_private { 1 } else { 3 })
    }

    fn is_throttling(&self, _code: i64) -> bool {
        false
    }

    fn locale(&self) -> &str {
        &self.0.locale
    }
}

/// What a person did, if it is something to answer.
fn update(update: &Value) -> Option<Incoming> {
    let number = id(&update["update_id"])?;
    let query = &update["callback_query"];
    let (from, chat, at, said, receipt) = if query.is_object() {
        let said = Said::Button(super::text(&query["data"])?.to_owned());
        (&query["from"], &query["message"]["chat"], None, said, id(&query["id"]))
    } else {
        let is_edit = update["edited_message"].is_object();
        let message = if is_edit { &update["edited_message"] } else { &update["message"] };
        let said = said(message, is_edit)?;
        let at = if is_edit { &message["edit_date"] } else { &message["date"] };
        (&message["from"], &message["chat"], at.as_i64(), said, None)
    };
    if from["is_bot"] == true {
        return None;
    }
    let address = id(&chat["id"])?;
    Some(Incoming {
        id: number,
        person: format!("{address} {}", id(&from["id"])?),
        address,
        is_private: chat["type"] == "private",
        locale: super::text(&from["language_code"]).map(str::to_owned),
        at: at.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        said,
        receipt,
    })
}

fn said(message: &Value, is_edit: bool) -> Option<Said> {
    if let Some(text) = super::text(&message["text"]).or_else(|| super::text(&message["caption"])) {
        return Some(command(text).unwrap_or_else(|| Said::Text(text.to_owned())));
    }
    // That a live location moves comes as an edit, every few seconds.
    if is_edit {
        return None;
    }
    for location in [&message["location"], &message["venue"]["location"]] {
        let accuracy_m = &location["horizontal_accuracy"];
        if let Some(said) =
            super::position(&location["latitude"], &location["longitude"], accuracy_m)
        {
            return Some(said);
        }
    }
    let unreadable = ["voice", "audio", "video", "video_note", "photo", "document", "contact"];
    unreadable.iter().any(|kind| !message[kind].is_null()).then_some(Said::Unreadable)
}

/// What a command says: `/start` and `/help`; of any other what follows it.
fn command(text: &str) -> Option<Said> {
    let rest = text.trim().strip_prefix('/')?;
    let (name, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let name = name.split('@').next().unwrap_or_default();
    let after = after.trim();
    Some(match name {
        "start" => Said::Start,
        _ if !after.is_empty() => Said::Text(after.to_owned()),
        _ => Said::Help,
    })
}

fn address(to: &Incoming) -> Value {
    to.address.parse::<i64>().map_or_else(|_no_number| to.address.as_str().into(), Value::from)
}

fn message(text: &str, to: &Incoming) -> Call {
    let body = json!({
        "chat_id": address(to),
        "text": text,
        "link_preview_options": {"is_disabled": true},
    });
    Call { method: "sendMessage", body }
}

/// One ATM on the map. A venue must have an address; one whose address is not stated is a location.
fn pin(card: &Card, to: &Incoming) -> Call {
    let mut body = json!({
        "chat_id": address(to),
        "latitude": card.position.lat,
        "longitude": card.position.lon,
    });
    let Some(address) = &card.address else { return Call { method: "sendLocation", body } };
    body["title"] = fit::line(&card.title, VENUE_TEXT_MAX).into();
    body["address"] = fit::line(address, VENUE_TEXT_MAX).into();
    Call { method: "sendVenue", body }
}

/// A keyboard with a button that shares a position. Its other buttons can only send what they say:
/// suggestions that send something else are left out.
fn location_keyboard(suggestions: &[Suggestion], labels: &Labels) -> Value {
    let mut rows = vec![json!([{"text": labels.share, "request_location": true}])];
    let plain = suggestions.iter().filter(|one| one.text == one.send).take(SUGGESTIONS_MAX);
    rows.extend(plain.map(|one| json!([{"text": one.text}])));
    json!({"keyboard": rows, "resize_keyboard": true, "one_time_keyboard": true})
}

fn inline_keyboard(reply: &Reply, labels: &Labels, token: Token) -> Option<Value> {
    let payload = |send: &str| token.payload(send, CALLBACK_BYTES_MAX);
    let directions =
        |card: &Card| web_address(card).map(|url| json!({"text": labels.directions, "url": url}));
    let details = |card: &Card, text: &str| {
        let payload = payload(&labels.details_of(card.number))?;
        Some(json!({"text": fit::line(text, BUTTON_MAX), "callback_data": payload}))
    };
    let mut rows: Vec<Vec<Value>> = Vec::new();
    if let [card] = reply.cards.as_slice() {
        let is_known = reply.understood.intent == Intent::Details;
        let details = details(card, &labels.details).filter(|_| !is_known);
        rows.push([directions(card), details].into_iter().flatten().collect());
    } else {
        for card in reply.cards.iter().take(CARDS_MAX) {
            let text = format!("{}. {}, {}", card.number, card.title, card.subtitle);
            rows.push([details(card, &text), directions(card)].into_iter().flatten().collect());
        }
    }
    let mut pair: Vec<Value> = Vec::new();
    for one in reply.suggestions.iter().take(SUGGESTIONS_MAX) {
        let Some(payload) = payload(&one.send) else { continue };
        let button = json!({"text": fit::line(&one.text, BUTTON_MAX), "callback_data": payload});
        if fit::length(&one.text) > SHORT_BUTTON_MAX {
            rows.extend((!pair.is_empty()).then(|| std::mem::take(&mut pair)));
            rows.push(vec![button]);
        } else {
            pair.push(button);
            rows.extend((pair.len() == 2).then(|| std::mem::take(&mut pair)));
        }
    }
    rows.extend((!pair.is_empty()).then_some(pair));
    (!rows.is_empty()).then(|| json!({"inline_keyboard": rows}))
}

#[cfg(test)]
mod tests {
    use super::super::{each, testing};
    use super::*;
    use crate::channels::memory::Memory;

    fn message(kind: &str, mut message: Value) -> Option<Incoming> {
        message["from"] = json!({"id": 7, "is_bot": false, "language_code": "pt-br"});
        message["chat"] = json!({"id": 7, "type": "private"});
        message["date"] = 1_700_000_000.into();
        update(&json!({"update_id": 1, kind: message}))
    }

    #[test]
    fn what_a_person_says_is_read_and_everything_else_left_alone() {
        let said = |value: Value| message("message", value).map(|incoming| incoming.said);
        let text = message("message", json!({"text": "Euston"})).unwrap();
        assert!(matches!(&text.said, Said::Text(text) if text == "Euston"));
        assert_eq!(text.locale.as_deref(), Some("pt-br"));
        assert!(matches!(said(json!({"text": "/start x"})), Some(Said::Start)));
        assert!(matches!(said(json!({"text": "/help@atm_bot"})), Some(Said::Help)));
        let command = said(json!({"text": "/atm@atm_bot  Euston, free"}));
        assert!(matches!(command, Some(Said::Text(text)) if text == "Euston, free"));
        let location = json!({"latitude": 60.5, "longitude": 24.5, "horizontal_accuracy": 65});
        for shared in [
            json!({"location": location}),
            json!({"venue": {"location": location, "title": "t", "address": "a"}}),
        ] {
            let Some(Said::Position(shared)) = said(shared) else { panic!() };
            assert!((shared.position.lat_deg() - 60.5).abs() < 1e-9);
            assert_eq!(shared.accuracy, crate::domain::Metres::new(65.0));
        }
        assert!(matches!(said(json!({"voice": {}})), Some(Said::Unreadable)));
        assert!(said(json!({"new_chat_title": "t"})).is_none());
        assert!(said(json!({"sticker": {}})).is_none());

        let edited = |value: Value| message("edited_message", value).map(|incoming| incoming.said);
        assert!(matches!(edited(json!({"text": "Leeds"})), Some(Said::Text(_))));
        assert!(edited(json!({"location": location})).is_none(), "a live location that moves");
        assert!(message("channel_post", json!({"text": "x"})).is_none());
        for nothing in [json!({}), json!(null), json!({"update_id": 2, "poll": {}}), json!([1])] {
            assert!(update(&nothing).is_none());
        }
    }

    #[test]
    fn a_button_is_read_with_what_has_to_be_told_of_it() {
        let query = json!({"update_id": 1, "callback_query": {"id": "9", "data": "Details 2",
            "from": {"id": 7}, "message": {"chat": {"id": -100, "type": "supergroup"}}}});
        let incoming = update(&query).unwrap();
        assert!(matches!(&incoming.said, Said::Button(data) if data == "Details 2"));
        assert_eq!((incoming.address.as_str(), incoming.is_private), ("-100", false));
        let telegram = Telegram(TelegramOptions::default());
        let receipt = telegram.receipt(&incoming).unwrap();
        assert_eq!(receipt.body, json!({"callback_query_id": "9"}));
        assert_eq!(telegram.pause(&incoming), Duration::from_secs(3));
    }

    #[test]
    fn no_limit_is_exceeded_whatever_the_reply() {
        let telegram = Telegram(TelegramOptions::default());
        let token = Memory::default().remember([1; 16], Some("a context"));
        for (cards, suggestions, length) in
            [(0, 0, 5), (0, 3, 5), (0, 30, 300), (1, 2, 30), (30, 30, 30), (10, 20, 9000)]
        {
            let reply = testing::reply(cards, suggestions, length);
            for call in telegram.render(&reply, &testing::labels(), &testing::somebody("-7"), token)
            {
                assert_eq!(call.body["chat_id"], -7);
                if call.method == "sendMessage" {
                    let length = fit::length(call.body["text"].as_str().unwrap());
                    assert!((1..=4096).contains(&length));
                    assert!(call.body.get("parse_mode").is_none());
                }
                for row in each(&call.body["reply_markup"]["inline_keyboard"]) {
                    assert!(each(row).count() > 0);
                    for button in each(row) {
                        assert!(!button["text"].as_str().unwrap().is_empty());
                        let data = button["callback_data"].as_str();
                        assert!(data.is_none_or(|data| (1..=64).contains(&data.len())));
                        assert!(data.is_some() != button["url"].is_string());
                    }
                }
            }
        }
    }

    #[test]
    fn a_position_is_asked_for_where_it_can_be_given() {
        let telegram = Telegram(TelegramOptions::default());
        let token = Memory::default().remember([1; 16], None);
        let mut reply = testing::reply(0, 1, 5);
        reply.asks_location = true;
        let mut to = testing::somebody("7");
        let markup = |to: &Incoming| {
            telegram.render(&reply, &testing::labels(), to, token)[0].body["reply_markup"].clone()
        };
        assert_eq!(markup(&to)["keyboard"][0][0]["request_location"], true);
        to.is_private = false;
        assert!(markup(&to)["keyboard"].is_null(), "only private chats take that button");
        assert!(markup(&to)["inline_keyboard"].is_array());
    }

    #[test]
    fn one_atm_is_shown_on_the_map_with_its_address_where_that_is_stated() {
        let telegram = Telegram(TelegramOptions::default());
        let token = Memory::default().remember([1; 16], None);
        let mut reply = testing::reply(1, 0, 9);
        let last = |reply: &Reply| {
            telegram.render(reply, &testing::labels(), &testing::somebody("7"), token).pop()
        };
        let venue = last(&reply).unwrap();
        assert_eq!((venue.method, venue.body["latitude"].as_f64()), ("sendVenue", Some(60.17)));
        reply.cards[0].address = None;
        assert_eq!(last(&reply).unwrap().method, "sendLocation");
    }
}
