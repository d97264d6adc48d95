//! Whether a request comes from the platform it says it comes from.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::secret::Secret;

/// Whether `signature` is `sha256=` and the hexadecimal HMAC-SHA256 of the body by the secret, as
/// Meta signs. The body is taken as it came: written anew it would have other bytes.
///
/// The time it takes does not depend on where a signature is wrong.
#[must_use]
pub(super) fn is_signed(secret: &Secret, signature: &[u8], body: &[u8]) -> bool {
    let Some(presented) = signature.strip_prefix(b"sha256=").and_then(digest) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(&presented).is_ok()
}

/// Whether two words are the same, in a time that does not depend on where they differ.
#[must_use]
pub(super) fn is_word(secret: &Secret, presented: &[u8]) -> bool {
    !secret.is_empty() && bool::from(secret.expose().as_bytes().ct_eq(presented))
}

/// The 32 bytes of 64 hexadecimal digits.
fn digest(digits: &[u8]) -> Option<[u8; 32]> {
    let value =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    const SIGNATURE: &[u8] =
        b"sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const BODY: &[u8] = b"what do ya want for nothing?";

    #[test]
    fn a_published_signature_is_taken_and_any_other_is_not() {
        let secret = Secret::from("Jefe".to_owned());
        assert!(is_signed(&secret, SIGNATURE, BODY));
        assert!(!is_signed(&secret, SIGNATURE, &BODY[1..]));
        assert!(!is_signed(&Secret::from("jefe".to_owned()), SIGNATURE, BODY));
        for place in 0..SIGNATURE.len() {
            let mut changed = SIGNATURE.to_vec();
            changed[place] ^= 1;
            assert!(!is_signed(&secret, &changed, BODY), "{place}");
            assert!(!is_signed(&secret, &SIGNATURE[..place], BODY), "{place}");
        }
    }

    #[test]
    fn no_word_is_the_empty_one() {
        assert!(!is_word(&Secret::from(String::new()), b""));
        assert!(is_word(&Secret::from("w0rd".to_owned()), b"w0rd"));
        assert!(!is_word(&Secret::from("w0rd".to_owned()), b"w0rd "));
    }
}
