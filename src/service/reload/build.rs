//! Building a snapshot of what is read and what is kept.

use std::path::Path;
use std::sync::Arc;

use super::Track;
use super::difference::Difference;
use super::rejections::Rejections;
use super::run::Plan;
use super::source::ConfiguredSource;
use crate::domain::{RejectReason, RejectedRow};
use crate::ingest::{IngestError, SourceFiles};
use crate::places::Landmark;
use crate::snapshot::{Part, Purpose, Snapshot};

/// Everything a build needs, to be taken to another thread.
pub(super) struct Build {
    parts: Vec<(String, Option<Vec<SourceFiles>>)>,
    current: Option<Arc<Snapshot>>,
    landmarks: Vec<Landmark>,
}

/// What was built, and how it differs from what is served.
pub(super) struct Built {
    pub(super) snapshot: Snapshot,
    pub(super) difference: Difference,
    pub(super) rejections: Rejections,
}

impl Build {
    pub(super) fn new(
        sources: &[ConfiguredSource],
        plans: &[Plan],
        tracks: &[Track],
        current: Option<Arc<Snapshot>>,
        landmarks: &[Landmark],
    ) -> Self {
        let parts = sources.iter().zip(plans).zip(tracks).map(|((source, plan), track)| {
            let files = match plan {
                Plan::Read(located) => Some(source.files(located)),
                // A machine that another source had first may be this one's now.
                Plan::Keep
                | Plan::Unchanged
                | Plan::Still(_)
                | Plan::Failed(_)
                | Plan::Stopped(_) => {
                    let is_read = has_duplicates(current.as_deref(), &source.name);
                    let files = track.files.as_ref().filter(|_| is_read);
                    files.map(|located| source.files(located))
                }
            };
            (source.name.clone(), files)
        });
        Self { parts: parts.collect(), current, landmarks: landmarks.to_vec() }
    }

    /// Builds. What is rejected goes to `rejections`, together with what `earlier` has of sources
    /// that are kept.
    pub(super) fn run(
        self,
        rejections: std::io::Result<Rejections>,
        earlier: Option<&Path>,
    ) -> Result<Built, IngestError> {
        let mut rejections = rejections.unwrap_or_else(Rejections::failed);
        let current = self.current.as_deref();
        let parts = self.parts.iter().filter_map(|(name, files)| match (files, current) {
            (Some(files), _) => Some(Part::Read { name, files }),
            (None, Some(from)) => Some(Part::Kept { name, from }),
            (None, None) => None,
        });
        let parts: Vec<Part<'_>> = parts.collect();
        for part in &parts {
            if let (Part::Kept { name, .. }, Some(earlier)) = (part, earlier) {
                rejections.take_over(name, earlier);
            }
        }
        let purpose = Purpose::Service { landmarks: &self.landmarks };
        let mut on_reject = |configured: &str, row: &RejectedRow| rejections.add(configured, row);
        let snapshot = Snapshot::assemble(&parts, purpose, &mut on_reject)?;
        for file in &snapshot.report().files {
            let (name, rows, admitted) = (&file.file, file.rows, file.admitted);
            let (rejected, warned) = (file.rejected_total(), file.warned.values().sum::<u64>());
            tracing::info!(
                file = name,
                rows,
                admitted,
                rejected,
                warned,
                "Ingested {name}: {admitted} of {rows} rows admitted, {rejected} rejected, {warned} warnings"
            );
        }
        let difference = Difference::between(current, &snapshot);
        Ok(Built { snapshot, difference, rejections })
    }
}

/// Whether a source lost records to the sources before it.
fn has_duplicates(current: Option<&Snapshot>, configured: &str) -> bool {
    let files = current.into_iter().flat_map(|current| &current.report().files);
    files
        .filter(|file| file.configured == configured)
        .any(|file| file.rejected.contains_key(&RejectReason::DuplicateId))
}
