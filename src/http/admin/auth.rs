//! Who may come in: bearer tokens with a name and a role.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

use crate::secret::Secret;
use crate::service::Service;

use super::super::error::Problem;
use super::super::server::Peer;

/// How many refused attempts one address may make at once, and how long each takes to be forgotten.
const ATTEMPTS_MAX: u32 = 30;
const ATTEMPT_FORGOTTEN_MS: i64 = 2_000;

/// How many addresses attempts are counted of. Beyond, the counts begin anew.
const ADDRESSES_MAX: usize = 10_000;

/// What a credential may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look, and change nothing.
    Viewer,
    /// Everything.
    Publisher,
}

/// A token as it is configured: by itself, or by its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Whom the audit log names.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// The SHA-256 of the token, 64 hexadecimal digits, so that the file need not hold the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Secret>,
}

/// Why a credential is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credential {name:?} accepts either token or sha256, 64 hexadecimal digits")]
pub struct CredentialsError {
    name: String,
}

/// Whoever is admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Whom the audit log names.
    pub name: Arc<str>,
    /// What they may do.
    pub role: Role,
}

/// The digests of all tokens. The tokens themselves are not kept.
#[derive(Clone)]
pub struct Credentials(Vec<([u8; 32], Admitted)>);

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(_, admitted)| admitted)).finish()
    }
}

impl Credentials {
    /// Those configured. An empty token is none; without any, administration stays closed.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] names the credential that is not acceptable.
    pub fn new(configured: &[Credential]) -> Result<Self, CredentialsError> {
        let mut known = Vec::new();
        for credential in configured {
            let refused = || CredentialsError { name: credential.name.clone() };
            let digest = match (&credential.token, &credential.sha256) {
                (Some(token), None) if token.is_empty() => continue,
                (Some(token), None) => Sha256::digest(token.expose()).into(),
                (None, Some(digits)) => from_hex(digits.expose()).ok_or_else(refused)?,
                _ => return Err(refused()),
            };
            let name = credential.name.as_str().into();
            known.push((digest, Admitted { name, role: credential.role }));
        }
        Ok(Self(known))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose token this is. The time it takes depends on how many tokens there are, and on nothing
    /// else: all are compared, by digest, to the last byte.
    fn admit(&self, token: &str) -> Option<&Admitted> {
        let presented: [u8; 32] = Sha256::digest(token).into();
        let (mut found, mut place) = (Choice::from(0), 0_u32);
        for ((digest, _), at) in self.0.iter().zip(0_u32..) {
            let is_equal = digest.ct_eq(&presented);
            place = u32::conditional_select(&place, &at, is_equal);
            found |= is_equal;
        }
        if bool::from(found) { Some(&self.0.get(place as usize)?.1) } else { None }
    }
}

fn from_hex(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// The gate that whoever shows a token passes, or does not: one for all listeners, so that who
/// guesses is counted wherever they do.
pub struct Gate {
    credentials: Credentials,
    attempts: Mutex<HashMap<IpAddr, Attempts>>,
    service: Service,
}

/// Refused attempts of one address that are not forgotten yet, in milliseconds each takes to be.
#[derive(Clone, Copy)]
struct Attempts {
    remembered_ms: i64,
    at_ms: i64,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate for the holders of these credentials.
    #[must_use]
    pub fn new(credentials: Credentials, service: Service) -> Self {
        Self { credentials, attempts: Mutex::default(), service }
    }

    /// Whether there is nobody to let in.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.credentials.is_empty()
    }

    /// Whose token a request shows.
    ///
    /// # Errors
    ///
    /// As [`Self::passed`].
    pub fn admitted<B>(&self, request: &axum::http::Request<B>) -> Result<Admitted, Problem> {
        self.passed(request, |token| self.holder(token).cloned())
    }

    /// Who holds a token.
    #[must_use]
    pub fn holder(&self, token: &str) -> Option<&Admitted> {
        self.credentials.admit(token)
    }

    /// What `known` makes of the token a request shows. An address that has shown too many unknown
    /// ones is not listened to for a while, whatever it shows.
    ///
    /// # Errors
    ///
    /// [`Problem::Unauthorized`] when the request shows no token that is known, and
    /// [`Problem::TooManyAttempts`] when its address has shown too many such.
    pub fn passed<B, T>(
        &self,
        request: &axum::http::Request<B>,
        known: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Problem> {
        let address = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
        let wait_s = |is_refused| address.and_then(|address| self.wait_s(address, is_refused));
        if let Some(seconds) = wait_s(false) {
            return Err(Problem::TooManyAttempts { seconds });
        }
        if let Some(found) = bearer(request.headers()).and_then(known) {
            return Ok(found);
        }
        wait_s(true);
        self.service.metrics().count_refused_credential();
        tracing::warn!("Refused a request without a valid credential");
        Err(Problem::Unauthorized)
    }

    /// How long an address must wait before it is listened to again, in seconds.
    fn wait_s(&self, address: IpAddr, is_refused: bool) -> Option<u64> {
        let now_ms = self.service.now().as_millisecond();
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        if attempts.len() >= ADDRESSES_MAX && !attempts.contains_key(&address) {
            attempts.clear();
        }
        let fresh = Attempts { remembered_ms: 0, at_ms: now_ms };
        let mut of_address = attempts.get(&address).copied().unwrap_or(fresh);
        let passed_ms = (now_ms - of_address.at_ms).max(0);
        of_address.remembered_ms = (of_address.remembered_ms - passed_ms).max(0);
        of_address.at_ms = now_ms;
        if is_refused {
            of_address.remembered_ms += ATTEMPT_FORGOTTEN_MS;
        }
        if of_address.remembered_ms == 0 {
            attempts.remove(&address);
            return None;
        }
        attempts.insert(address, of_address);
        let over_ms = of_address.remembered_ms - i64::from(ATTEMPTS_MAX) * ATTEMPT_FORGOTTEN_MS;
        (over_ms > 0).then(|| u64::try_from(over_ms).unwrap_or(0).div_ceil(1000))
    }
}

/// The token of an `Authorization: Bearer` header (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") && values.next().is_none();
    is_bearer.then(|| token.trim())
}

/// Middleware: lets nobody pass without a token, and few try.
pub(super) async fn admit(
    State(gate): State<Arc<Gate>>,
    mut request: Request,
    next: Next,
) -> Response {
    match gate.admitted(&request) {
        Ok(admitted) => {
            request.extensions_mut().insert(admitted);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Someone who may look.
pub(super) struct Viewer;

/// Someone who may change things, by the name the audit log gives.
pub(super) struct Publisher(pub(super) Arc<str>);

fn admitted(parts: &Parts) -> Result<&Admitted, Problem> {
    parts.extensions.get::<Admitted>().ok_or(Problem::Unauthorized)
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        admitted(parts).map(|_anyone| Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Publisher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let admitted = admitted(parts)?;
        match admitted.role {
            Role::Publisher => Ok(Self(Arc::clone(&admitted.name))),
            Role::Viewer => Err(Problem::Forbidden),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(name: &str, token: Option<&str>, sha256: Option<&str>) -> Credential {
        let secret = |text: &str| Secret::from(text.to_owned());
        let (token, sha256) = (token.map(secret), sha256.map(secret));
        Credential { name: name.to_owned(), role: Role::Viewer, token, sha256 }
    }

    /// `printf %s open-sesame | sha256sum`
    const SESAME: &str = "d7ecdf25eaf3deba0f2628771dbdd22d4138ab6cf38f91ed02a2ca0dec7c8ab7";

    #[test]
    fn a_token_is_known_by_itself_or_by_its_digest_and_no_other_is() {
        let credentials = Credentials::new(&[
            credential("a", Some("first-token"), None),
            credential("b", None, Some(SESAME)),
            credential("none", Some(""), None),
        ])
        .unwrap();
        let name = |token: &str| credentials.admit(token).map(|admitted| &*admitted.name);
        assert_eq!(name("first-token"), Some("a"));
        assert_eq!(name("open-sesame"), Some("b"));
        for other in ["", "first-toke", "first-token ", "FIRST-TOKEN", SESAME] {
            assert_eq!(name(other), None, "{other}");
        }
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("token") && !shown.contains(SESAME), "{shown}");
    }

    #[test]
    fn a_credential_is_one_of_two_kinds() {
        for refused in [
            credential("x", None, None),
            credential("x", Some("a"), Some(SESAME)),
            credential("x", None, Some("abc")),
            credential("x", None, Some(&"g".repeat(64))),
        ] {
            assert!(Credentials::new(&[refused]).is_err());
        }
        assert!(Credentials::new(&[credential("x", Some(""), None)]).unwrap().is_empty());
    }

    #[test]
    fn an_address_that_guesses_must_wait_and_others_need_not() {
        use std::sync::atomic::{AtomicI64, Ordering};

        use jiff::Timestamp;

        static NOW_MS: AtomicI64 = AtomicI64::new(1_000_000);
        let clock = || Timestamp::from_millisecond(NOW_MS.load(Ordering::Relaxed)).unwrap();
        let gate = Gate::new(Credentials::new(&[]).unwrap(), Service::with_clock(clock));
        let [one, other] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        for _ in 0..ATTEMPTS_MAX {
            assert_eq!(gate.wait_s(one, true), None);
        }
        assert_eq!(gate.wait_s(one, true), Some(2));
        assert_eq!(gate.wait_s(one, false), Some(2));
        assert_eq!(gate.wait_s(other, true), None);
        NOW_MS.fetch_add(2_001, Ordering::Relaxed);
        assert_eq!(gate.wait_s(one, false), None);
        assert_eq!(gate.wait_s(one, true), Some(2));
    }
}
