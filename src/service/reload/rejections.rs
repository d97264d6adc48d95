//! Every row that was rejected on the way to a snapshot, on disk as CSV.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};

use super::saved::sync_directory;
use crate::domain::RejectedRow;

const HEADER: [&str; 6] = ["source", "file", "row", "reason", "detail", "original"];

/// Rejected rows on their way to a file. They are gone unless the file is kept.
#[derive(Debug)]
pub(super) struct Rejections {
    file: Option<(csv::Writer<BufWriter<File>>, TempPath)>,
    failed: Option<io::Error>,
}

impl Rejections {
    /// An empty file in a folder.
    pub(super) fn create(folder: &Path, name_begins: &str) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(name_begins).tempfile_in(folder)?;
        let (file, path) = NamedTempFile::into_parts(file);
        let writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 16, file));
        let mut rejections = Self { file: Some((writer, path)), failed: None };
        rejections.record(HEADER);
        Ok(rejections)
    }

    /// None can be kept, for this reason, which whoever wants to keep them is told.
    pub(super) fn failed(error: io::Error) -> Self {
        Self { file: None, failed: Some(error) }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, configured: &str, row: &RejectedRow) {
        let place = row.row.to_string();
        let reason = row.reason.code();
        self.record([configured, &row.file, &place, reason, &row.detail, &row.original]);
    }

    /// Adds what an earlier file has of one source.
    pub(super) fn take_over(&mut self, configured: &str, earlier: &Path) {
        let reader = csv::ReaderBuilder::new().from_path(earlier);
        let Ok(mut reader) = reader else { return };
        for record in reader.records() {
            match record {
                Ok(record) if record.get(0) == Some(configured) => {
                    let cells = std::array::from_fn(|cell| record.get(cell).unwrap_or_default());
                    self.record(cells);
                }
                Ok(_) => {}
                Err(error) => {
                    self.failed.get_or_insert(io::Error::other(error));
                    return;
                }
            }
        }
    }

    /// Puts the file into its place; it is on disk when this returns.
    pub(super) fn keep_as(self, path: &Path) -> io::Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let Some((writer, temporary)) = self.file else { return Ok(()) };
        let buffered = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let file = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        temporary.persist(path).map_err(|error| error.error)?;
        sync_directory(path.parent().unwrap_or(Path::new(".")))
    }

    fn record(&mut self, cells: [&str; 6]) {
        let Some((writer, _)) = &mut self.file else { return };
        if self.failed.is_none() {
            self.failed = writer.write_record(cells).err().map(io::Error::other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{RejectReason, RowRef};

    fn row(original: &str) -> RejectedRow {
        RejectedRow {
            file: "a.csv".to_owned(),
            row: RowRef::Line(7),
            reason: RejectReason::NullIsland,
            detail: "0, 0".to_owned(),
            original: original.to_owned(),
        }
    }

    #[test]
    fn rows_of_a_source_that_is_kept_are_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("1.csv");
        let mut rejections = Rejections::create(folder.path(), ".x-").unwrap();
        rejections.add("bank", &row("a \"quoted\"\ntext"));
        rejections.add("city", &row("b"));
        rejections.keep_as(&first).unwrap();

        let second = folder.path().join("2.csv");
        let mut rejections = Rejections::create(folder.path(), ".x-").unwrap();
        rejections.take_over("bank", &first);
        rejections.add("city", &row("c"));
        rejections.keep_as(&second).unwrap();
        let text = std::fs::read_to_string(&second).unwrap();
        assert_eq!(
            text,
            "source,file,row,reason,detail,original\n\
             bank,a.csv,line 7,null_island,\"0, 0\",\"a \"\"quoted\"\"\ntext\"\n\
             city,a.csv,line 7,null_island,\"0, 0\",c\n"
        );
    }
}
