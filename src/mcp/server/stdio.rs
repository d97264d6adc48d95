//! One client at the other end of standard input.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::service::{QuitReason, ServerInitializeError};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{RoleServer, ServiceExt as _};
use tokio::sync::watch;

use crate::sealed::Sealer;
use crate::service::{Service, Statuses};

use super::{AtmServer, Caller};

/// Most bytes of one message over standard input.
const LINE_BYTES_MAX: usize = 1 << 20;

/// A client that is connected for as long as the process runs.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) caller: Caller,
    /// What it follows, as clients of older revisions say it.
    follows: Mutex<BTreeSet<String>>,
    /// Whether a task tells it of changes.
    pub(super) is_told: AtomicBool,
}

impl Local {
    pub(super) fn follows(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.follows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why speaking over standard input and output ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeakError {
    /// What came first is no beginning of the protocol.
    #[error("standard input does not speak the Model Context Protocol")]
    NotTheProtocol,
    /// A task failed.
    #[error("serving standard input failed")]
    Defect,
}

/// Speaks the protocol over standard input and output until the client hangs up. With `reporting`
/// the client may report what it finds, under that name in the audit log.
///
/// # Errors
///
/// [`SpeakError`] when the client does not speak the protocol.
pub async fn speak(
    service: Service,
    reporting: Option<(Statuses, Arc<str>)>,
    stopping: watch::Receiver<()>,
) -> Result<(), SpeakError> {
    let (statuses, caller) = match reporting {
        Some((statuses, who)) => (Some(statuses), Caller::Publisher(who)),
        None => (None, Caller::Anyone),
    };
    let local = Local { caller, follows: Mutex::default(), is_told: AtomicBool::new(false) };
    let server = AtmServer::new(service, statuses, Sealer::default(), stopping, Some(local));
    let transport =
        AsyncRwTransport::<RoleServer, _, _>::new(tokio::io::stdin(), tokio::io::stdout())
            .with_max_line_length(LINE_BYTES_MAX);
    let session = match server.serve(transport).await {
        Ok(session) => session,
        // A client may look whether the program starts, and leave.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(_) => return Err(SpeakError::NotTheProtocol),
    };
    match session.waiting().await {
        Ok(QuitReason::JoinError(_)) | Err(_) => Err(SpeakError::Defect),
        Ok(_) => Ok(()),
    }
}
