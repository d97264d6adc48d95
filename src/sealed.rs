//! Small states that a client carries between requests, so that the service keeps none: encrypted,
//! authenticated, bound to their purpose, and of no use after a while.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use jiff::Timestamp;

/// Bytes of the instant a state expires, seconds since the epoch.
const EXPIRY_BYTES: usize = 8;

/// Bytes of the nonce of XChaCha20-Poly1305: long enough to be drawn at random for every state.
const NONCE_BYTES: usize = 24;

/// Seals states and opens them again.
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

/// Why a state is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is none that was sealed here for this purpose.
    #[error("is none that this service gave for this")]
    Foreign,
    /// Its time is over.
    #[error("has expired")]
    Expired,
}

impl Default for Sealer {
    /// A sealer with a key of its own: what it seals can be opened by it alone, until the process
    /// ends.
    fn default() -> Self {
        Self(XChaCha20Poly1305::new(&Key::generate()))
    }
}

impl Sealer {
    /// A sealer by a secret that replicas share. Any text will do; its strength is its own.
    #[must_use]
    pub fn from_secret(secret: &str) -> Self {
        let key = blake3::derive_key("nearest-atm 2026 sealed client state", secret.as_bytes());
        Self(XChaCha20Poly1305::new(&Key::from(key)))
    }

    /// Seals a state for `purpose` until `expires_at`, as text that fits a JSON string or a URL.
    #[must_use]
    pub fn seal(&self, state: &[u8], purpose: &[u8], expires_at: Timestamp) -> Option<String> {
        let nonce = XNonce::generate();
        let mut plain = expires_at.as_second().to_be_bytes().to_vec();
        plain.extend_from_slice(state);
        let payload = Payload { msg: &plain, aad: purpose };
        let sealed = self.0.encrypt(&nonce, payload).ok()?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The state that was sealed for `purpose`.
    ///
    /// # Errors
    ///
    /// [`SealError`] when it was not, or its time is over.
    pub fn open(&self, text: &str, purpose: &[u8], now: Timestamp) -> Result<Vec<u8>, SealError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_not_base64| SealError::Foreign)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Foreign)?;
        let payload = Payload { msg: sealed, aad: purpose };
        let nonce = XNonce::from(*nonce);
        let mut plain = self.0.decrypt(&nonce, payload).map_err(|_forged| SealError::Foreign)?;
        let (expiry, _) = plain.split_first_chunk::<EXPIRY_BYTES>().ok_or(SealError::Foreign)?;
        if i64::from_be_bytes(*expiry) <= now.as_second() {
            return Err(SealError::Expired);
        }
        Ok(plain.split_off(EXPIRY_BYTES))
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    #[test]
    fn a_state_is_opened_only_by_its_key_for_its_purpose_in_its_time() {
        let (sealer, other) = (Sealer::from_secret("a"), Sealer::from_secret("b"));
        let now = Timestamp::UNIX_EPOCH;
        let later = now + 1.hour();
        let text = sealer.seal(b"Euston", b"chat", later).unwrap();
        assert!(!text.contains("Euston"));
        assert_eq!(sealer.open(&text, b"chat", now).unwrap(), b"Euston");
        assert_eq!(sealer.open(&text, b"mcp", now), Err(SealError::Foreign));
        assert_eq!(other.open(&text, b"chat", now), Err(SealError::Foreign));
        assert_eq!(sealer.open(&text, b"chat", later), Err(SealError::Expired));
        assert_ne!(sealer.seal(b"Euston", b"chat", later).unwrap(), text);
    }

    #[test]
    fn whatever_is_changed_is_noticed() {
        let sealer = Sealer::default();
        let now = Timestamp::UNIX_EPOCH;
        let text = sealer.seal(b"state", b"", now + 1.hour()).unwrap();
        for place in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(sealer.open(&changed, b"", now).is_err(), "{place}");
            assert!(sealer.open(&text[..place], b"", now).is_err(), "{place}");
        }
        assert!(sealer.open("no base64!", b"", now).is_err());
    }
}
