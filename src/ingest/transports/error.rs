//! Why a source cannot be fetched: closed, and free of what addresses may hold.

use std::time::Duration;

use crate::retries;

/// Why a location leads to no files. Texts name the kind of failure, never an address's user,
/// password or query.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The path cannot be read.
    #[error("{location} cannot be read: {error}")]
    Io {
        /// The location as given.
        location: String,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
    /// The directory holds no file.
    #[error("{location} holds no file")]
    Empty {
        /// The location as given.
        location: String,
    },
    /// The location is an address of a kind that is not read.
    #[error(
        "{location} cannot be read; accepted are paths of files and directories, and URLs: file:, \
         http:, https:, s3:, gs:, az:, postgres:"
    )]
    UnsupportedScheme {
        /// The location, without anything secret in it.
        location: String,
    },
    /// The address is none.
    #[error("the address is not a URL: {reason}")]
    BadAddress {
        /// What is wrong with it.
        reason: String,
    },
    /// This build leaves out what would read it.
    #[error("this build does not read {what}; build it with the feature {feature:?}")]
    LeftOut {
        /// What is not read.
        what: &'static str,
        /// The Cargo feature that does.
        feature: &'static str,
    },
    /// Settings of the source do not go together with its location, or with the store's.
    #[error("{reason}")]
    Settings {
        /// Which, and what is accepted.
        reason: String,
    },
    /// Nobody could be reached, or the connection broke off.
    #[error("cannot be reached: {reason}")]
    Unreachable {
        /// What the system says.
        reason: String,
    },
    /// No byte came for too long, or the whole took too long.
    #[error("took longer than allowed")]
    TooSlow,
    /// The bytes ended before the length that was announced.
    #[error("ended before it was complete")]
    CutOff,
    /// There is nothing at the address.
    #[error("is not there")]
    NotFound,
    /// The credentials are missing, wrong, or not enough.
    #[error("refused the credentials")]
    Denied,
    /// The server answered with another status than success.
    #[error("answered with status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// It is larger than the limit.
    #[error("is larger than {bytes_max} bytes, the limit")]
    TooLarge {
        /// The limit.
        bytes_max: u64,
    },
    /// The database refuses the query.
    #[error("the database refuses the query: {reason} (SQLSTATE {code})")]
    Database {
        /// What it says.
        reason: String,
        /// Its five-letter code.
        code: String,
    },
    /// What was fetched cannot be kept.
    #[error("cannot be kept on disk: {error}")]
    Spool {
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
}

impl FetchError {
    /// Whether another attempt may end otherwise.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TooSlow | Self::CutOff => true,
            Self::Status { status, .. } => retries::is_passing(*status),
            Self::Io { .. }
            | Self::Empty { .. }
            | Self::UnsupportedScheme { .. }
            | Self::BadAddress { .. }
            | Self::LeftOut { .. }
            | Self::Settings { .. }
            | Self::NotFound
            | Self::Denied
            | Self::TooLarge { .. }
            | Self::Database { .. }
            | Self::Spool { .. } => false,
        }
    }

    /// How long the other side asks to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        if let Self::Status { retry_after, .. } = self { *retry_after } else { None }
    }
}
