//! Web addresses.
//!
//! Asked with what is known of the last answer (`ETag`, `Last-Modified`), so that an unchanged file
//! costs one small exchange. Servers that tell neither are told apart by content.

use std::error::Error as _;

use reqwest::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::location::last_part;
use super::spool::Spool;
use super::{Access, FetchError, FetchOptions, Fetched, Located, Version};
use crate::ingest::input::Input;
use crate::retries;

/// How many redirections are followed. Credentials are not taken along to another host.
const REDIRECTS_MAX: usize = 10;

pub(super) async fn fetch(access: &Access, known: Option<&Version>) -> Result<Fetched, FetchError> {
    let limit = access.options.timeout();
    let attempt = attempt(access, known);
    tokio::time::timeout(limit, attempt).await.unwrap_or(Err(FetchError::TooSlow))
}

async fn attempt(access: &Access, known: Option<&Version>) -> Result<Fetched, FetchError> {
    let Some(mut url) = access.location.url() else {
        return Err(FetchError::BadAddress { reason: "it cannot be parsed".to_owned() });
    };
    let (user, password) = (decoded(url.username()), url.password().map(decoded));
    let has_credentials = !user.is_empty() || password.is_some();
    // Neither fails for an address with a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let mut request = client(&access.options)?.get(url.clone());
    if has_credentials {
        request = request.basic_auth(user, password);
    }
    match known.and_then(|version| version.0.split_once(':')) {
        Some(("etag", etag)) => request = request.header(IF_NONE_MATCH, etag),
        Some(("modified", time)) => request = request.header(IF_MODIFIED_SINCE, time),
        Some(_) | None => {}
    }
    let mut response = request.send().await.map_err(failure)?;
    match response.status() {
        StatusCode::NOT_MODIFIED if known.is_some() => return Ok(Fetched::Unchanged),
        status if status.is_success() => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => return Err(FetchError::NotFound),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(FetchError::Denied),
        status => {
            let retry_after = response.headers().get(RETRY_AFTER);
            let retry_after =
                retry_after.and_then(|header| retries::retry_after(header.as_bytes()));
            return Err(FetchError::Status { status: status.as_u16(), retry_after });
        }
    }
    let bytes_max = access.options.bytes_max.get();
    let announced = response.content_length();
    if announced.is_some_and(|length| length > bytes_max) {
        return Err(FetchError::TooLarge { bytes_max });
    }
    let name = file_name(response.url(), &url);
    let validator = validator(&response);
    let mut spool = Spool::open(&access.options);
    while let Some(piece) = response.chunk().await.map_err(failure)? {
        spool.take(piece).await?;
    }
    let spooled = spool.finish().await?;
    if announced.is_some_and(|length| length != spooled.bytes) {
        return Err(FetchError::CutOff);
    }
    let version = validator.unwrap_or_else(|| Version(format!("hash:{}", spooled.digest.to_hex())));
    if known == Some(&version) {
        return Ok(Fetched::Unchanged);
    }
    let inputs = vec![Input::spooled(&name, spooled.path)];
    Ok(Fetched::Changed(Located { inputs, found_in_directory: false, version }))
}

fn client(options: &FetchOptions) -> Result<Client, FetchError> {
    super::use_tls();
    Client::builder()
        .user_agent(retries::USER_AGENT)
        .connect_timeout(options.connect_timeout())
        .read_timeout(options.idle_timeout())
        .redirect(reqwest::redirect::Policy::limited(REDIRECTS_MAX))
        // It would tell another host the address asked first, whose query may be a secret.
        .referer(false)
        .build()
        .map_err(failure)
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// What the server would know this answer by again.
fn validator(response: &Response) -> Option<Version> {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    header(ETAG)
        .map(|etag| Version(format!("etag:{etag}")))
        .or_else(|| header(LAST_MODIFIED).map(|time| Version(format!("modified:{time}"))))
}

/// The file's name: the last part of the address it came from after redirections, or of the one
/// asked.
fn file_name(came_from: &Url, asked: &Url) -> String {
    let part = last_part(asked.path()).or_else(|| last_part(came_from.path()));
    decoded(part.unwrap_or("data"))
}

/// What went wrong, without the address.
fn failure(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        return FetchError::TooSlow;
    }
    let error = error.without_url();
    if error.is_builder() {
        return FetchError::BadAddress { reason: error.to_string() };
    }
    if error.is_body() || error.is_decode() {
        return FetchError::CutOff;
    }
    if error.is_redirect() {
        return FetchError::Unreachable { reason: "too many redirections".to_owned() };
    }
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    let reason = cause.map_or_else(|| "the connection broke off".to_owned(), ToString::to_string);
    FetchError::Unreachable { reason }
}
