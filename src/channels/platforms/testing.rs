//! Replies as a conversation gives them, for the tests of what becomes of them.

use super::{Incoming, Said};
use crate::chat::{
    Card, CardPosition, ChatOptions, Conversation, Intent, Labels, Reply, Suggestion, Understood,
};
use crate::service::Service;

/// A reply of so many cards and suggestions, its texts this long.
pub(super) fn reply(cards: usize, suggestions: usize, length: usize) -> Reply {
    let text = |what: &str| -> String {
        let words = format!("{what} 👩‍👩‍👧‍👦 Säästöpankki & Co <b>*_`[x](y) ");
        words.chars().cycle().take(length.max(what.len())).collect()
    };
    Reply {
        understood: Understood { intent: Intent::FindAtms, ..Understood::default() },
        reply: text("Found:\n"),
        speech: String::new(),
        language: "en",
        consent: None,
        asks_location: false,
        cards: (1..=cards)
            .map(|number| Card {
                atm_id: format!("osm:node/{number}"),
                title: text("Otto"),
                subtitle: text("120 m north"),
                address: (number % 2 == 1).then(|| text("Street 1")),
                facts: vec![text("deposits: not stated")],
                distance_m: 120.0,
                position: CardPosition { lat: 60.17, lon: 24.94 },
                directions_url: "https://maps.example/?to=60.17,24.94".to_owned(),
                number,
            })
            .collect(),
        suggestions: (1..=suggestions)
            .map(|number| Suggestion {
                text: text("Only free ones"),
                send: format!("only free ones {number} {}", "x".repeat(length.min(40))),
            })
            .collect(),
        answer: None,
        explain: None,
        context: None,
    }
}

/// Somebody who wrote.
pub(super) fn somebody(address: &str) -> Incoming {
    Incoming {
        id: "1".to_owned(),
        person: address.to_owned(),
        address: address.to_owned(),
        is_private: true,
        locale: None,
        at: None,
        said: Said::Help,
        receipt: None,
    }
}

/// What buttons say in English.
pub(super) fn labels() -> Labels {
    let conversation = Conversation::new(Service::default(), &ChatOptions::default());
    conversation.unwrap().labels("en").clone()
}
