//! Fetched bytes wait on disk until they have been read.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use tempfile::{NamedTempFile, TempPath};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinHandle;

use super::{FetchError, FetchOptions};

/// Pieces that may wait to be written; a slow disk slows the sender down.
const PIECES_WAITING: usize = 16;

/// A fetched file. It is deleted when nobody refers to it any more.
#[derive(Clone, Debug)]
pub(super) struct Spooled {
    pub(super) path: Arc<TempPath>,
    pub(super) bytes: u64,
    /// BLAKE3 of its bytes.
    pub(super) digest: blake3::Hash,
}

/// Takes bytes as they come and writes them on a thread that may wait for the disk.
pub(super) struct Spool {
    pieces: Sender<bytes::Bytes>,
    writing: JoinHandle<io::Result<Spooled>>,
    taken: u64,
    bytes_max: u64,
}

impl Spool {
    /// An empty file in the spool directory, readable for this process's user alone.
    pub(super) fn open(options: &FetchOptions) -> Self {
        let (pieces, mut queue) = channel::<bytes::Bytes>(PIECES_WAITING);
        let directory = options.spool.clone();
        let writing = tokio::task::spawn_blocking(move || {
            let file = create(directory.as_deref())?;
            let mut writer = BufWriter::with_capacity(1 << 17, file);
            let mut hasher = blake3::Hasher::new();
            let mut bytes = 0;
            while let Some(piece) = queue.blocking_recv() {
                hasher.update(&piece);
                bytes += piece.len() as u64;
                writer.write_all(&piece)?;
            }
            let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
            let path = Arc::new(file.into_temp_path());
            Ok(Spooled { path, bytes, digest: hasher.finalize() })
        });
        Self { pieces, writing, taken: 0, bytes_max: options.bytes_max.get() }
    }

    /// Takes the next piece.
    pub(super) async fn take(&mut self, piece: bytes::Bytes) -> Result<(), FetchError> {
        self.taken += piece.len() as u64;
        if self.taken > self.bytes_max {
            return Err(FetchError::TooLarge { bytes_max: self.bytes_max });
        }
        // Nobody takes it when writing has failed, which `finish` reports.
        let _ = self.pieces.send(piece).await;
        Ok(())
    }

    /// The file with everything taken in it.
    pub(super) async fn finish(self) -> Result<Spooled, FetchError> {
        drop(self.pieces);
        match self.writing.await {
            Ok(written) => written.map_err(|error| FetchError::Spool { error }),
            Err(stopped) => Err(FetchError::Spool { error: io::Error::other(stopped) }),
        }
    }
}

fn create(directory: Option<&Path>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("nearest-atm-");
    match directory {
        Some(directory) => {
            std::fs::create_dir_all(directory)?;
            builder.tempfile_in(directory)
        }
        None => builder.tempfile(),
    }
}
