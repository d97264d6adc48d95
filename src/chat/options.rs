//! How the conversation is configured.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::meaning::Language;
use crate::secret::Secret;

/// Fewest bytes of a secret that replicas share: what is shorter can be guessed.
const SECRET_BYTES_MIN: usize = 16;

/// Most bytes of a text of the bank's that replies repeat.
const TEXT_BYTES_MAX: usize = 500;

/// The conversation. Unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChatOptions {
    /// Whether `POST /v1/chat` and the channels answer.
    pub enabled: bool,
    /// What the context of a conversation is encrypted by. Replicas share it. Empty is a key of
    /// each process's own, so that a conversation ends with the process it began with.
    pub secret: Secret,
    /// How long a conversation can be gone on with after its last turn, seconds.
    pub context_lifetime_s: NonZeroU32,
    /// The bank that answers what is out of scope. Empty is none in particular.
    pub bank: String,
    /// How to reach it, in words that follow every hand-over, in whatever language.
    pub handover: String,
    /// The same in single languages (`de`), instead of what is said in all.
    pub handover_in: BTreeMap<Language, String>,
    /// Where to reach it.
    pub handover_url: String,
    /// A map that shows the way to a machine: `{lat}` and `{lon}` stand for where the machine is.
    pub directions_url: String,
    /// From which age of the data on a reply says how old it is, days.
    pub stale_after_days: NonZeroU32,
}

impl Default for ChatOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            secret: Secret::from(String::new()),
            context_lifetime_s: const { NonZeroU32::new(86_400).unwrap() },
            bank: String::new(),
            handover: String::new(),
            handover_in: BTreeMap::new(),
            handover_url: String::new(),
            directions_url: "https://www.google.com/maps/dir/?api=1&destination={lat},{lon}"
                .to_owned(),
            stale_after_days: const { NonZeroU32::new(90).unwrap() },
        }
    }
}

impl ChatOptions {
    /// The first key with a value that cannot be, and what it accepts.
    #[must_use]
    pub fn fault(&self) -> Option<(&'static str, &'static str)> {
        let secret = self.secret.expose();
        if !secret.is_empty() && secret.len() < SECRET_BYTES_MIN {
            return Some(("secret", "a text of at least 16 bytes, or none"));
        }
        let texts = [("bank", &self.bank), ("handover", &self.handover)];
        let in_languages = self.handover_in.values().map(|text| ("handover_in", text));
        for (key, text) in texts.into_iter().chain(in_languages) {
            if text.len() > TEXT_BYTES_MAX || text.chars().any(char::is_control) {
                return Some((key, "a text of one line of at most 500 bytes"));
            }
        }
        let is_address = |text: &str| {
            url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http" | "tel"))
        };
        if !self.handover_url.is_empty() && !is_address(&self.handover_url) {
            return Some(("handover_url", "an https:, http: or tel: address"));
        }
        let filled = self.directions_to("0", "0");
        let has_both = ["{lat}", "{lon}"].iter().all(|part| self.directions_url.contains(part));
        if !has_both || url::Url::parse(&filled).is_err() {
            return Some(("directions_url", "an address with {lat} and {lon} in it"));
        }
        None
    }

    /// The address of a map with the way to a machine.
    pub(super) fn directions_to(&self, lat: &str, lon: &str) -> String {
        self.directions_url.replace("{lat}", lat).replace("{lon}", lon)
    }

    /// How to reach the bank, as far as that is configured, in a language where it is said in it.
    pub(super) fn contact(&self, language: Language) -> Option<String> {
        let words = self.handover_in.get(&language).unwrap_or(&self.handover);
        let how = [words.trim(), self.handover_url.trim()];
        let how = how.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        match (self.bank.trim(), how.as_str()) {
            ("", "") => None,
            ("", how) => Some(how.to_owned()),
            (bank, "") => Some(bank.to_owned()),
            (bank, how) => Some(format!("{bank}: {how}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_told_by_its_key() {
        assert_eq!(ChatOptions::default().fault(), None);
        let with = |change: fn(&mut ChatOptions)| {
            let mut options = ChatOptions::default();
            change(&mut options);
            options.fault().map(|(key, _)| key)
        };
        assert_eq!(with(|o| o.secret = Secret::from("short".to_owned())), Some("secret"));
        assert_eq!(with(|o| o.handover = "two\nlines".to_owned()), Some("handover"));
        let two_lines = |o: &mut ChatOptions| {
            o.handover_in.insert(Language::Pt, "duas\nlinhas".to_owned());
        };
        assert_eq!(with(two_lines), Some("handover_in"));
        assert_eq!(with(|o| o.handover_url = "javascript:x".to_owned()), Some("handover_url"));
        assert_eq!(with(|o| o.directions_url = "https://x/".to_owned()), Some("directions_url"));
        assert_eq!(with(|o| o.handover_url = "tel:+358100".to_owned()), None);
    }

    #[test]
    fn the_bank_is_named_with_how_to_reach_it() {
        let options = |bank: &str, handover: &str, url: &str| ChatOptions {
            bank: bank.to_owned(),
            handover: handover.to_owned(),
            handover_url: url.to_owned(),
            ..ChatOptions::default()
        };
        assert_eq!(ChatOptions::default().contact(Language::En), None);
        assert_eq!(options("Bank", "", "").contact(Language::En).unwrap(), "Bank");
        let mut all = options("Bank", "call 100", "https://bank.example/help");
        all.handover_in.insert(Language::De, "Telefon 100".to_owned());
        assert_eq!(all.contact(Language::Fr).unwrap(), "Bank: call 100 https://bank.example/help");
        assert_eq!(
            all.contact(Language::De).unwrap(),
            "Bank: Telefon 100 https://bank.example/help"
        );
    }
}
