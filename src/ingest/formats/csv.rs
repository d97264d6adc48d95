//! Comma, semicolon, tab or bar separated values with a header.
//!
//! Everything is found by looking: encoding, delimiter, titles before the header, what each column
//! holds, decimal points or commas. Rows are streamed; no more than a row and a chunk of the file
//! is held in memory.

mod chunk;
mod layout;
mod plain;
mod rows;

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::channel;

pub(in crate::ingest) use self::chunk::{Chunk, Found};

use self::layout::{HEAD_BYTES, Layout};
use self::rows::{Row, Rows};
use crate::domain::{RejectReason, RowRef, Source, WarningKind};
use crate::ingest::columns::{Columns, Filling};
use crate::ingest::crs::Declared;
use crate::ingest::record::{Event, FileFacts, FormatError, ROW_BYTES_MAX, RawRecord, Sink};
use crate::ingest::text_encoding::TextReader;
use crate::ingest::{Input, ReadOptions};

/// Bytes of a [`Chunk`], about: some thousand rows.
const CHUNK_BYTES: usize = 1 << 19;

/// Reads the rows of a file of separated values, each of which gives one [`Event::Record`] or one
/// [`Event::Rejected`], in the order of the file.
///
/// Lines that are blank, or hold nothing but delimiters, are no rows. A row has one cell a column;
/// empty cells behind the last column do no harm, any other number of cells rejects the row as
/// [`RejectReason::MalformedRow`]. Where a quotation mark is not closed and swallows lines that are
/// rows by themselves, only its own line is rejected. Values are handed over as written, with
/// HTML entities decoded; coordinates as numbers, beyond the range of degrees too.
///
/// # Errors
///
/// - [`FormatError::Io`] when the file cannot be read or decompressed to its end.
/// - [`FormatError::Options`] when the mapping of columns or the encoding is not acceptable.
/// - [`FormatError::NoPositionColumn`] when no column is known to hold the position.
/// - [`FormatError::NoRecords`] when there is no header.
///
/// # Cost
///
/// One pass. The meaning of columns is settled once, at the header.
pub fn read(
    input: &Input,
    options: &ReadOptions,
    sink: &mut Sink,
) -> Result<FileFacts, FormatError> {
    let mut failed = None;
    let facts = split(input, options, &Vec::new, &mut |piece| match piece {
        Piece::Event(event) => sink(event),
        Piece::Rows(rows) => {
            let mut flow = ControlFlow::Continue(());
            failed = rows
                .read(&mut |found| {
                    flow = sink(match found {
                        Found::Record(record, _) => {
                            Event::Record(Box::new(record.clone().into_owned()))
                        }
                        Found::Event(event) => event,
                    });
                    flow
                })
                .err();
            if failed.is_some() { ControlFlow::Break(()) } else { flow }
        }
    })?;
    failed.map_or(Ok(facts), |error| Err(error.into()))
}

/// What a file is split into, in its order.
pub(in crate::ingest) enum Piece {
    /// Something that is known already.
    Event(Event),
    /// Rows that can be read by themselves, anywhere and at any time.
    Rows(Chunk),
}

/// As [`read`], but rows that are surely whole are handed over unread, many at a time. It does not
/// end before each of them has been read, or dropped. `room` gives room for text, whatever lies in
/// there.
///
/// # Errors
///
/// As [`read`].
pub(in crate::ingest) fn split(
    input: &Input,
    options: &ReadOptions,
    room: &dyn Fn() -> Vec<u8>,
    hand_over: &mut dyn FnMut(Piece) -> ControlFlow<()>,
) -> Result<FileFacts, FormatError> {
    let columns = Columns::new(options)?;
    let crs = options.crs.map_or(Declared::Degrees, Declared::from);
    let mut rows = Rows::new(TextReader::open(input, options)?, b',');
    let (head, is_all) = rows.head(HEAD_BYTES)?;
    let plan = Arc::new(Plan { layout: Layout::of(head, is_all, &columns)?, crs });
    rows.set_delimiter(plan.layout.delimiter);
    let (used, used_in_chunks) = channel();
    let mut meaning = Meaning::of(Arc::clone(&plan));
    let mut flow = plan.layout.repeated.iter().try_for_each(|name| {
        hand_over(Piece::Event(Event::FileWarning(WarningKind::RepeatedField, name.clone())))
    });
    let mut rows_to_pass = plan.layout.preamble_rows + 1;
    while flow.is_continue() {
        if rows_to_pass == 0
            && let Some((line, text)) = rows.take_plain(CHUNK_BYTES, room)?
        {
            let (plan, used) = (Arc::clone(&plan), used.clone());
            flow = hand_over(Piece::Rows(Chunk { text, line, plan, used }));
            continue;
        }
        let Some(row) = rows.next()? else { break };
        if rows_to_pass > 0 {
            rows_to_pass -= 1;
        } else if let Some(event) = meaning.event(&mut rows, row)? {
            flow = hand_over(Piece::Event(event.into_owned()));
        }
    }
    if flow.is_continue()
        && let Some(notice) = rows.reader().notice()
    {
        let notice = Event::FileWarning(WarningKind::DecodedText, notice);
        let _: ControlFlow<()> = hand_over(Piece::Event(notice));
    }
    drop(used);
    for used in used_in_chunks {
        meaning.used.iter_mut().zip(used).for_each(|(all, here)| *all |= here);
    }
    let Layout { names, roles, .. } = &plan.layout;
    let unused = names.iter().zip(roles).zip(&meaning.used);
    let unused = unused.filter(|((_, role), used)| role.is_none() && **used);
    let unused_fields = unused.map(|((name, _), _)| name.clone()).collect();
    Ok(FileFacts { unused_fields, ..FileFacts::default() })
}

/// How the rows of a file are to be read.
struct Plan {
    layout: Layout,
    crs: Declared,
}

/// A row as it stands in the file.
struct RowText<'r, C> {
    line: u64,
    original: &'r str,
    /// How many cells it has.
    count: usize,
    /// Those that are not empty, each with its place.
    cells: C,
}

/// Makes events of rows.
struct Meaning {
    plan: Arc<Plan>,
    /// Which columns hold something.
    used: Vec<bool>,
    last_source: Option<Arc<Source>>,
}

impl Meaning {
    fn of(plan: Arc<Plan>) -> Self {
        Self { used: vec![false; plan.layout.width()], plan, last_source: None }
    }

    /// What the row just read is; `None` when it holds nothing.
    fn event<'r, R: io::BufRead>(
        &mut self,
        rows: &'r mut Rows<R>,
        row: Row,
    ) -> io::Result<Option<Event<Cow<'r, str>>>> {
        let refused =
            |rows: &Rows<R>, reason, detail| rejected(rows.line(), rows.original(), reason, detail);
        let count = match row {
            Row::Cells(count) => count,
            Row::TooLarge => {
                let detail =
                    format!("more than {ROW_BYTES_MAX} bytes, or a quotation mark not closed");
                return Ok(Some(refused(rows, RejectReason::RowTooLarge, detail)));
            }
        };
        if rows.cells()?.all(|(_, cell)| is_blank(cell)) {
            return Ok(None);
        }
        if rows.is_open()
            || !rows.has_paired_quotes() && rows.second_line_is_row(self.plan.layout.width())
        {
            rows.cut_to_first_line();
            let detail = "a quotation mark is not closed".to_owned();
            return Ok(Some(refused(rows, RejectReason::MalformedRow, detail)));
        }
        let rows = &*rows;
        let (line, original, cells) = (rows.line(), rows.original(), rows.cells()?);
        let mut record = RawRecord::new(RowRef::Line(line), Cow::Borrowed(""));
        let row = RowText { line, original, count, cells };
        Ok(self.row(row, &mut record).map(|outcome| match outcome {
            Ok(()) => Event::Record(Box::new(record)),
            Err(detail) => rejected(line, original, RejectReason::MalformedRow, detail),
        }))
    }

    /// Makes the record of a row that is whole, or says why it is malformed; `None` when the row
    /// holds nothing.
    fn row<'r, C: Iterator<Item = (usize, &'r str)> + Clone>(
        &mut self,
        row: RowText<'r, C>,
        record: &mut RawRecord<Cow<'r, str>>,
    ) -> Option<Result<(), String>> {
        let RowText { line, original, count, cells } = row;
        if cells.clone().all(|(_, cell)| is_blank(cell)) {
            return None;
        }
        let width = self.plan.layout.width();
        let is_behind = |&(place, _): &(usize, &str)| place >= width;
        let fits = count == width
            || count > width && cells.clone().filter(is_behind).all(|(_, cell)| is_blank(cell));
        if !fits {
            return Some(Err(format!("{count} cells where the header has {width}")));
        }
        record.begin(RowRef::Line(line), Cow::Borrowed(original));
        self.fill(cells, record);
        self.plan.crs.apply(record);
        Some(Ok(()))
    }

    /// Puts the cells of a row into its record.
    fn fill<'r>(
        &mut self,
        cells: impl Iterator<Item = (usize, &'r str)>,
        record: &mut RawRecord<Cow<'r, str>>,
    ) {
        let layout = &self.plan.layout;
        let mut filling = Filling::new(record);
        for (place, cell) in cells {
            let (Some(name), Some(role)) = (layout.names.get(place), layout.roles.get(place))
            else {
                continue;
            };
            if let Some(used) = self.used.get_mut(place)
                && !*used
            {
                *used = !is_blank(cell);
            }
            if layout.is_of_convert {
                filling.put_written(*role, name, cell);
            } else {
                filling.put(*role, name, cell);
            }
        }
        filling.finish(&mut self.last_source);
    }
}

fn rejected<T>(line: u64, original: &str, reason: RejectReason, detail: String) -> Event<T> {
    Event::Rejected { row: RowRef::Line(line), reason, detail, original: original.to_owned() }
}

fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Attribute, Field, TextField};
    use crate::ingest::RawPosition;

    struct Found {
        records: Vec<RawRecord>,
        rejected: Vec<(RowRef, RejectReason, String)>,
        warnings: Vec<(WarningKind, String)>,
        facts: FileFacts,
    }

    fn read_with(bytes: &[u8], options: &ReadOptions) -> Result<Found, FormatError> {
        let (mut records, mut rejected, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        let facts = read(&Input::memory("atms.csv", bytes), options, &mut |event| {
            match event {
                Event::Record(record) => records.push(*record),
                Event::Rejected { row, reason, original, .. } => {
                    rejected.push((row, reason, original));
                }
                Event::FileWarning(kind, detail) => warnings.push((kind, detail)),
                Event::NotAtms(_) => panic!("a row of a CSV file is an ATM"),
            }
            ControlFlow::Continue(())
        })?;
        Ok(Found { records, rejected, warnings, facts })
    }

    fn read_text(text: &str) -> Found {
        read_with(text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    fn value(record: &RawRecord, field: Field) -> Option<&str> {
        record.values.iter().find(|(of, _)| *of == field).map(|(_, value)| value.as_str())
    }

    fn text(record: &RawRecord, field: TextField) -> Option<&str> {
        value(record, Field::Text(field))
    }

    fn at(lat: f64, lon: f64) -> RawPosition {
        RawPosition::LatLon { lat, lon }
    }

    #[test]
    fn a_spanish_file_with_semicolons_and_decimal_commas() {
        let found = read_text(
            "ID;LAT;LNG;BANCO;RED;DOM_ORIG;DOM_GEO;TERMINALES;WEB\r\n\
             7;-34,62;-58,41;BANCO DEL SUR;BANELCO;CALLE 1 791;791 CALLE 1;2;\r\n",
        );
        let [record] = found.records.as_slice() else { panic!() };
        assert_eq!(record.row, RowRef::Line(2));
        assert_eq!(record.native_id.as_deref(), Some("7"));
        assert_eq!(record.position, at(-34.62, -58.41));
        assert_eq!(text(record, TextField::Operator), Some("BANCO DEL SUR"));
        assert_eq!(text(record, TextField::Networks), Some("BANELCO"));
        assert_eq!(text(record, TextField::AddressLines), Some("CALLE 1 791"));
        assert_eq!(text(record, TextField::MachineCount), Some("2"));
        assert_eq!(record.extra, [("DOM_GEO".to_owned(), "791 CALLE 1".to_owned())]);
        assert_eq!(found.facts.unused_fields, ["DOM_GEO"], "WEB holds nothing");
        assert_eq!(
            record.original,
            "7;-34,62;-58,41;BANCO DEL SUR;BANELCO;CALLE 1 791;791 CALLE 1;2;"
        );
    }

    #[test]
    fn cells_over_several_lines_keep_the_line_of_their_row() {
        let found = read_text(
            "Name of Institution,City,Location 1\n\
             First Bank,Camden,\"6 Main Street\nCamden, NY\n(43.25, -75.75)\"\n\
             \n\
             Tom &amp; Sons,Rome,\"7 Side &amp; Street\nRome, NY\"\n",
        );
        let [first, second] = found.records.as_slice() else { panic!() };
        assert_eq!((&first.row, &second.row), (&RowRef::Line(2), &RowRef::Line(6)));
        assert_eq!(first.position, at(43.25, -75.75));
        assert_eq!(second.position, RawPosition::Missing);
        assert_eq!(text(second, TextField::Operator), Some("Tom & Sons"));
        assert_eq!(second.extra[0].1, "7 Side & Street\nRome, NY");
        assert_eq!(second.warnings, [(WarningKind::HtmlEntities, "Tom &amp; Sons".to_owned())]);
    }

    #[test]
    fn metres_of_a_projection_are_handed_over_as_they_are() {
        let found = read_text(
            "\u{feff}X,Y,NAME,XCOORD,YCOORD\n-8579996.9,4716489.6,PNC,393463.4,143991.0\n",
        );
        assert_eq!(found.records[0].position, at(4_716_489.6, -8_579_996.9));
        assert_eq!(found.records[0].extra.len(), 2);
        assert!(found.warnings.is_empty());
    }

    #[test]
    fn rows_of_another_width_are_rejected_but_for_empty_cells_at_the_end() {
        let found = read_text("id,lat,lon,name\n1,2,3,A,,\n2,3,4\n3,4,5,B,C\n4,5,6,D\n,,,\n");
        assert_eq!(found.records.len(), 2);
        let lines: Vec<_> =
            found.rejected.iter().map(|(row, reason, _)| (row.clone(), *reason)).collect();
        let malformed = |line| (RowRef::Line(line), RejectReason::MalformedRow);
        assert_eq!(lines, [malformed(3), malformed(4)]);
        assert_eq!(found.rejected[1].2, "3,4,5,B,C");
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_costs_its_own_line_only() {
        let found = read_text("id,lat,lon,name\n1,2,3,\"Joe's\n2,3,4,B\n3,4,5,C\n");
        assert_eq!(
            found.rejected,
            [(RowRef::Line(2), RejectReason::MalformedRow, "1,2,3,\"Joe's".to_owned())]
        );
        assert_eq!(found.records.len(), 2);
        assert_eq!(found.records[1].row, RowRef::Line(4));

        let found =
            read_text("id,lat,lon,name\n1,2,3,\"Joe's\n2,3,4,B\n3,4,5,\"C\"\n4,5,6,\"D\"\n");
        assert_eq!(found.rejected.len(), 1, "a later quotation mark does not hide it");
        assert_eq!(found.records.len(), 3);

        let found = read_text("id,lat,lon,name\n1,2,3,A\n2,3,4,\"cut sho");
        assert_eq!((found.records.len(), found.rejected.len()), (1, 1));
    }

    #[test]
    fn a_file_in_which_every_line_leaves_a_mark_open_is_read_in_time_in_proportion_to_its_size() {
        // Each line closes the mark of the one before and opens another.
        let chained = "1,2,3,\"a\n".to_owned() + &"b\",3,4,\"c\n".repeat(200_000);
        let begun = std::time::Instant::now();
        let found = read_text(&format!("id,lat,lon,name\n{chained}5,6,7,D\n"));
        // At a look at 1 MiB a line it would take many minutes.
        assert!(begun.elapsed() < std::time::Duration::from_mins(1), "{:?}", begun.elapsed());
        assert_eq!(found.records.len() + found.rejected.len(), 200_002);
        assert_eq!(found.records.last().unwrap().native_id.as_deref(), Some("5"));
        assert_eq!(found.records.last().unwrap().row, RowRef::Line(200_003));
    }

    #[test]
    fn a_row_too_large_is_rejected_in_bounded_memory() {
        let long = "x".repeat(3 * ROW_BYTES_MAX);
        let found = read_text(&format!(
            "id,lat,lon,name\r\n1,2,3,{long}\r\n2,3,4,B\r\n3,4,5,\"{long}\"\n4,5,6,D\n"
        ));
        let reasons: Vec<_> =
            found.rejected.iter().map(|(row, reason, _)| (row.clone(), *reason)).collect();
        let too_large = |line| (RowRef::Line(line), RejectReason::RowTooLarge);
        assert_eq!(reasons, [too_large(2), too_large(4)]);
        assert!(
            found
                .rejected
                .iter()
                .all(|(_, _, original)| original.len() < 5_000 && !original.is_empty())
        );
        let rows: Vec<_> = found.records.iter().map(|record| record.row.clone()).collect();
        assert_eq!(rows, [RowRef::Line(3), RowRef::Line(5)]);
    }

    #[test]
    fn an_open_quotation_mark_before_a_large_file_costs_its_own_line_only() {
        let rest = "2,3,4,B\n".repeat(200_000);
        let found = read_text(&format!("id,lat,lon,name\n1,2,3,\"open\n{rest}"));
        assert_eq!(found.rejected.len(), 1);
        assert_eq!(found.records.len(), 200_000);
        assert_eq!(found.records[199_999].row, RowRef::Line(200_002));
    }

    #[test]
    fn line_ends_of_any_kind_count_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let found = read_text(&["id,lat,lon", "1,2,3", "", "2,3,4", ""].join(end));
            let rows: Vec<_> = found.records.iter().map(|record| record.row.clone()).collect();
            assert_eq!(rows, [RowRef::Line(2), RowRef::Line(4)], "{end:?}");
        }
    }

    #[test]
    fn columns_that_need_their_own_knowledge() {
        let found = read_text(
            "lat,lon,supportsUsd,services,Monday,Tuesday,is_free\n\
             1,2,yes,\"CashWithdrawal, Coffee\",9:00 - 17:00,closed,no\n",
        );
        let record = &found.records[0];
        assert_eq!(text(record, TextField::Currencies), Some("USD"));
        assert_eq!(value(record, Field::Attribute(Attribute::CashOut)), Some("yes"));
        assert_eq!(
            text(record, TextField::OpeningHours),
            Some("Mo 09:00-17:00; Tu off; We-Su unknown")
        );
        assert_eq!(value(record, Field::Fee), None, "not free is not a fee for everyone");
        let extra: Vec<_> = record.extra.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(extra, ["services", "is_free"]);
    }

    #[test]
    fn what_convert_wrote_is_taken_to_the_letter() {
        let found = read_text(
            "nearest_atm_id,lat,lon,operator,networks,bank,source,source_as_of,extra\n\
             osm:node/1,1.5,2.5,Tom &amp; Sons,\"[\"\"A; B\"\",\"\"C\"\"]\",x,osm,2024-05-01T00:00:00Z,\"{\"\"note\"\":\"\"n\"\"}\"\n\
             osm:node/2,1.5,2.5,,A;B,,osm,,broken\n",
        );
        let [first, second] = found.records.as_slice() else { panic!() };
        assert!(first.id_is_complete);
        assert_eq!(first.native_id.as_deref(), Some("osm:node/1"));
        assert_eq!(text(first, TextField::Operator), Some("Tom &amp; Sons"));
        let networks = |record: &RawRecord| -> Vec<String> {
            let of = Field::Text(TextField::Networks);
            record.values.iter().filter(|(field, _)| *field == of).map(|(_, v)| v.clone()).collect()
        };
        assert_eq!(networks(first), ["A; B", "C"]);
        assert_eq!(networks(second), ["A", "B"]);
        assert_eq!(first.source.as_ref().unwrap().as_of.as_deref(), Some("2024-05-01T00:00:00Z"));
        assert_eq!(first.extra, [("bank".into(), "x".into()), ("note".into(), "n".into())]);
        assert_eq!(second.warnings[0].0, WarningKind::UnrecognisedValue);
        assert_eq!(second.extra, [("extra".into(), "broken".into())]);
    }

    #[test]
    fn the_mapping_and_the_encoding_of_the_source_are_followed() {
        let columns = [("lat", "breite_neu"), ("lon", "laenge_neu"), ("operator", "wer")];
        let options = ReadOptions {
            columns: columns.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            encoding: Some("windows-1252".to_owned()),
            ..ReadOptions::default()
        };
        let found = read_with(b"Breite neu\tLaenge neu\tWER\n1\t2\tM\xfcnze\n", &options).unwrap();
        assert_eq!(found.records[0].position, at(1.0, 2.0));
        assert_eq!(text(&found.records[0], TextField::Operator), Some("Münze"));
        assert_eq!(found.warnings[0].0, WarningKind::DecodedText);
        let missing = read_with(b"lat\tlon\n1\t2\n", &options);
        assert!(matches!(missing, Err(FormatError::NoPositionColumn { .. })));
    }

    #[test]
    fn a_name_given_twice_counts_once_and_is_said() {
        let found = read_text("id,lat,lon,bank,bank\n1,2,3,A,B\n");
        assert_eq!(found.warnings, [(WarningKind::RepeatedField, "bank".to_owned())]);
        assert_eq!(text(&found.records[0], TextField::Operator), Some("A"));
        assert_eq!(found.records[0].extra, [("bank (column 5)".to_owned(), "B".to_owned())]);
    }

    #[test]
    fn a_sink_that_has_enough_stops_the_reading() {
        let mut count = 0;
        read(
            &Input::memory("a.csv", *b"lat,lon\n1,2\n3,4\n"),
            &ReadOptions::default(),
            &mut |_| {
                count += 1;
                ControlFlow::Break(())
            },
        )
        .unwrap();
        assert_eq!(count, 1);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300), tail in "[,;\t\"\r\n0-9a.()\u{e9}-]{0,200}") {
            let _ = read_with(&bytes, &ReadOptions::default());
            let _ = read_with(format!("id,lat,lon\n{tail}").as_bytes(), &ReadOptions::default());
            let mut mixed = b"bank;location;id\n".to_vec();
            mixed.extend(bytes);
            let _ = read_with(&mixed, &ReadOptions::default());
        }

        #[test]
        fn every_row_is_a_record_or_rejected(rows in proptest::collection::vec(proptest::collection::vec("[a-z0-9,\"\n .]{0,6}", 1..6), 0..20)) {
            let quoted = |cell: &String| format!("\"x{}\"", cell.replace('"', "\"\""));
            let lines = rows.iter().map(|cells| cells.iter().map(quoted).collect::<Vec<_>>().join(","));
            let found = read_text(&format!("id,lat,lon\n{}", lines.collect::<Vec<_>>().join("\n")));
            proptest::prop_assert_eq!(found.records.len() + found.rejected.len(), rows.len());
        }
    }
}
