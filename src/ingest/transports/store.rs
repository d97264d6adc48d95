//! Buckets: `s3:`, `gs:` and `az:`. An address that ends with a slash stands for every object below
//! it, as a directory does.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, ObjectMeta, ObjectStore, ObjectStoreScheme,
    RetryConfig,
};

use super::location::last_part;
use super::spool::{Spool, Spooled};
use super::{Access, FetchError, FetchOptions, Fetched, Located, Version};
use crate::ingest::input::Input;

/// Most objects below one address.
const OBJECTS_MAX: usize = 10_000;

pub(super) async fn fetch(access: &Access, known: Option<&Version>) -> Result<Fetched, FetchError> {
    let limit = access.options.timeout();
    let attempt = attempt(access, known);
    tokio::time::timeout(limit, attempt).await.unwrap_or(Err(FetchError::TooSlow))
}

async fn attempt(access: &Access, known: Option<&Version>) -> Result<Fetched, FetchError> {
    let (store, path, is_prefix) = open(access)?;
    if is_prefix {
        return fetch_all(access, known, &*store, &path).await;
    }
    let known_etag = known.and_then(|version| version.0.strip_prefix("etag:"));
    let options =
        GetOptions { if_none_match: known_etag.map(str::to_owned), ..GetOptions::default() };
    let (meta, spooled) = match get(access, &*store, &path, options).await {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Fetched::Unchanged),
        Err(error) => return Err(error),
    };
    let version = meta.e_tag.map_or_else(
        || Version(format!("hash:{}", spooled.digest.to_hex())),
        |etag| Version(format!("etag:{etag}")),
    );
    if known == Some(&version) {
        return Ok(Fetched::Unchanged);
    }
    let name = last_part(path.as_ref()).unwrap_or("data");
    let inputs = vec![Input::spooled(name, spooled.path)];
    Ok(Fetched::Changed(Located { inputs, found_in_directory: false, version }))
}

/// Every object below a prefix, in the order of their paths.
async fn fetch_all(
    access: &Access,
    known: Option<&Version>,
    store: &dyn ObjectStore,
    prefix: &Path,
) -> Result<Fetched, FetchError> {
    let listed = store.list(Some(prefix)).take(OBJECTS_MAX + 1).try_collect::<Vec<_>>();
    let mut objects = listed.await.map_err(failure)?;
    objects.retain(|object| !object.location.parts().any(|part| part.as_ref().starts_with('.')));
    if objects.len() > OBJECTS_MAX {
        let reason = format!("more than {OBJECTS_MAX} objects stand below the address");
        return Err(FetchError::Settings { reason });
    }
    if objects.is_empty() {
        return Err(FetchError::Empty { location: access.location.to_string() });
    }
    objects.sort_by(|a, b| a.location.cmp(&b.location));
    let mut state = blake3::Hasher::new();
    for object in &objects {
        let etag = object.e_tag.as_deref().unwrap_or_default();
        for text in [object.location.as_ref(), etag, &object.last_modified.to_rfc3339()] {
            state.update(&(text.len() as u64).to_le_bytes());
            state.update(text.as_bytes());
        }
        state.update(&object.size.to_le_bytes());
    }
    let version = Version(format!("list:{}", state.finalize().to_hex()));
    if known == Some(&version) {
        return Ok(Fetched::Unchanged);
    }
    let mut inputs = Vec::with_capacity(objects.len());
    for object in objects {
        // The very object that was listed, so that the files together are what the version says.
        let options = GetOptions { if_match: object.e_tag.clone(), ..GetOptions::default() };
        let got = get(access, store, &object.location, options).await?;
        let (_meta, spooled) = got.ok_or(FetchError::CutOff)?;
        let whole = object.location.as_ref();
        let name = whole.strip_prefix(prefix.as_ref()).unwrap_or(whole);
        inputs.push(Input::spooled(name.trim_start_matches('/'), spooled.path));
    }
    Ok(Fetched::Changed(Located { inputs, found_in_directory: true, version }))
}

/// One object on disk, `None` when it is the one already known.
async fn get(
    access: &Access,
    store: &dyn ObjectStore,
    path: &Path,
    options: GetOptions,
) -> Result<Option<(ObjectMeta, Spooled)>, FetchError> {
    let result = match store.get_opts(path, options).await {
        Ok(result) => result,
        Err(object_store::Error::NotModified { .. }) => return Ok(None),
        Err(error) => return Err(failure(error)),
    };
    let meta = result.meta.clone();
    let bytes_max = access.options.bytes_max.get();
    if meta.size > bytes_max {
        return Err(FetchError::TooLarge { bytes_max });
    }
    let idle = access.options.idle_timeout();
    let mut pieces = result.into_stream();
    let mut spool = Spool::open(&access.options);
    loop {
        let piece = tokio::time::timeout(idle, pieces.next()).await;
        match piece.map_err(|_elapsed| FetchError::TooSlow)? {
            Some(piece) => spool.take(piece.map_err(|_broken| FetchError::CutOff)?).await?,
            None => break,
        }
    }
    let spooled = spool.finish().await?;
    if spooled.bytes != meta.size {
        return Err(FetchError::CutOff);
    }
    Ok(Some((meta, spooled)))
}

/// The store of an address, the path in it, and whether that is a prefix of several objects.
fn open(access: &Access) -> Result<(Arc<dyn ObjectStore>, Path, bool), FetchError> {
    super::use_tls();
    let unparsable = || FetchError::BadAddress { reason: "it cannot be parsed".to_owned() };
    let mut url = access.location.url().ok_or_else(unparsable)?;
    if !url.username().is_empty() || url.password().is_some() {
        // abfs: has the container where others have a user.
        if url.password().is_some() || !url.scheme().starts_with("abfs") {
            let reason = "credentials of a bucket are not given in its address but in \
                          sources.storage or the environment, such as AWS_ACCESS_KEY_ID";
            return Err(FetchError::Settings { reason: reason.to_owned() });
        }
    }
    url.set_query(None);
    let (scheme, path) = ObjectStoreScheme::parse(&url).map_err(|_unknown| unparsable())?;
    let is_prefix = url.path().ends_with('/') || path.as_ref().is_empty();
    let settings = || {
        let settings = access.storage.iter();
        settings.map(|(name, value)| (name.to_ascii_lowercase(), value.expose().to_owned()))
    };
    let client = client_options(&access.options, settings());
    let retry = retry(&access.options);
    let store: Arc<dyn ObjectStore> = match scheme {
        ObjectStoreScheme::AmazonS3 => {
            let mut builder = AmazonS3Builder::new().with_url(url);
            for (name, value) in settings() {
                if let Ok(key) = name.parse::<AmazonS3ConfigKey>() {
                    builder = builder.with_config(key, value);
                }
            }
            Arc::new(builder.with_client_options(client).with_retry(retry).build().map_err(misset)?)
        }
        ObjectStoreScheme::GoogleCloudStorage => {
            let mut builder = GoogleCloudStorageBuilder::new().with_url(url);
            for (name, value) in settings() {
                if let Ok(key) = name.parse::<GoogleConfigKey>() {
                    builder = builder.with_config(key, value);
                }
            }
            Arc::new(builder.with_client_options(client).with_retry(retry).build().map_err(misset)?)
        }
        ObjectStoreScheme::MicrosoftAzure => {
            let mut builder = MicrosoftAzureBuilder::new().with_url(url);
            for (name, value) in settings() {
                if let Ok(key) = name.parse::<AzureConfigKey>() {
                    builder = builder.with_config(key, value);
                }
            }
            Arc::new(builder.with_client_options(client).with_retry(retry).build().map_err(misset)?)
        }
        ObjectStoreScheme::Local | ObjectStoreScheme::Memory | ObjectStoreScheme::Http | _ => {
            return Err(FetchError::UnsupportedScheme { location: access.location.to_string() });
        }
    };
    Ok((store, path, is_prefix))
}

fn client_options(
    options: &FetchOptions,
    mut settings: impl Iterator<Item = (String, String)>,
) -> ClientOptions {
    let allows_http = settings.any(|(name, value)| {
        matches!(name.as_str(), "allow_http" | "aws_allow_http" | "azure_allow_http")
            && matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes")
    });
    ClientOptions::new()
        .with_connect_timeout(options.connect_timeout())
        .with_read_timeout(options.idle_timeout())
        .with_timeout(options.timeout())
        .with_allow_http(allows_http)
}

/// Retries inside the store's client, which knows best which of its requests may be repeated.
fn retry(options: &FetchOptions) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(options.backoff_ms.get()),
            ..BackoffConfig::default()
        },
        max_retries: usize::try_from(options.attempts.get() - 1).unwrap_or(usize::MAX),
        retry_timeout: Duration::from_mins(3),
    }
}

fn misset(_error: object_store::Error) -> FetchError {
    let reason = "the store's settings are not complete or not understood; see sources.storage";
    FetchError::Settings { reason: reason.to_owned() }
}

/// What went wrong. The store's own words hold addresses and, signed, more than that.
#[expect(clippy::needless_pass_by_value, reason = "the signature `map_err` wants")]
fn failure(error: object_store::Error) -> FetchError {
    if let object_store::Error::NotFound { .. } = error {
        return FetchError::NotFound;
    }
    if let object_store::Error::PermissionDenied { .. }
    | object_store::Error::Unauthenticated { .. } = error
    {
        return FetchError::Denied;
    }
    // Another object stands where one was listed: what was fetched would be of two states.
    if let object_store::Error::Precondition { .. } = error {
        return FetchError::CutOff;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return FetchError::Unreachable { reason: io.kind().to_string() };
        }
        cause = error.source();
    }
    FetchError::Unreachable { reason: "the store does not answer as one".to_owned() }
}
