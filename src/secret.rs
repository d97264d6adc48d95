//! Texts that never show: tokens, passwords, addresses that may hold one.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;

/// What is written in place of a secret.
const REDACTED: &str = "[redacted]";

/// A text that shows as `[redacted]` wherever it is written, and is compared in a time that does
/// not depend on where it differs.
#[derive(Clone)]
pub struct Secret(String);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        // An error about a value of another type would repeat it.
        impl Visitor<'_> for Reader {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, _number: i64) -> Result<Secret, E> {
                Err(E::custom("a secret is a text in quotes"))
            }

            fn visit_f64<E: Error>(self, _number: f64) -> Result<Secret, E> {
                Err(E::custom("a secret is a text in quotes"))
            }

            fn visit_bool<E: Error>(self, _flag: bool) -> Result<Secret, E> {
                Err(E::custom("a secret is a text in quotes"))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl Secret {
    /// The text itself. Whoever asks for it keeps it out of logs, answers and errors.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nowhere_and_equals_itself_alone() {
        let secret = Secret::from("hunter2".to_owned());
        let written = format!("{secret:?} {}", serde_json::to_string(&secret).unwrap());
        assert!(!written.contains("hunter2"), "{written}");
        assert_eq!(secret, "hunter2".to_owned().into());
        assert_ne!(secret, "hunter".to_owned().into());
    }
}
