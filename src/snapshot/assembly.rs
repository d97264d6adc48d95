//! From what a snapshot is given to the whole: what follows from the rows is built here, whether
//! they were ingested or come from an archive.
//!
//! Whatever else is to be derived from rows belongs into `From<Given>`, so that archives need not
//! hold it and older ones give it too.

use std::borrow::Cow;
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::domain::{
    Atm, IngestReport, NamedField, Position, Row, SiteIndex, Source, SourceIndex, TEXT_FIELD_COUNT,
    TextField,
};
use crate::index::{Entry, Index};
use crate::ingest::packed::{self, Codes, NOT_STATED, Piece, Symbol, Symbols, Tag, Unpacking};
use crate::places::{Landmark, LocalPlaces, Naming};

use super::counts::Counts;
use super::hours::Hours;
use super::ids;
use super::names::{self, NameSymbols, Names};
use super::sites::{self, Sites};
use super::table::Table;
use super::{Purpose, Snapshot, SnapshotId, filter};

/// What does not follow from anything else, or only at great cost.
pub(super) struct Given {
    pub(super) id: SnapshotId,
    pub(super) sources: Vec<Source>,
    pub(super) report: IngestReport,
    pub(super) table: Table,
    pub(super) names: NameSymbols,
    /// Where they are not known, they are built.
    pub(super) sites: Option<Sites>,
    pub(super) by_id: Vec<Row>,
}

impl Given {
    /// The snapshot, with everything over it that its purpose asks for.
    pub(super) fn built(self, purpose: Purpose<'_>) -> Snapshot {
        let Self { id, sources, report, table, names, sites, by_id } = self;
        let counts = Counts::of(table.codes());
        let id_ranks = id_ranks(&by_id);
        let entry = |((&position, codes), &tie_rank): ((&Position, &Codes), &u32)| Entry {
            position,
            mask: filter::mask_of(codes),
            tie_rank,
        };
        let rows = table.positions().par_iter().zip(table.codes()).zip(&id_ranks);
        let entries: Vec<Entry> = rows.map(entry).collect();
        drop(id_ranks);
        let names = Names::of(names, table.symbols());
        // Each has stretches that only one core works at.
        let (index, ((sites, hours), places)) = rayon::join(
            || Index::from(entries),
            || {
                let sites_and_hours = || {
                    let sites = sites.unwrap_or_else(|| {
                        Sites::build(table.positions(), &sites::standing(&table), &by_id)
                    });
                    let hours = Hours::build(&table, &names, &sites);
                    (sites, hours)
                };
                let places = || match purpose {
                    Purpose::Inspection => OnceLock::new(),
                    Purpose::Service { landmarks } => {
                        gather_places(&table, &names, landmarks).into()
                    }
                };
                rayon::join(sites_and_hours, places)
            },
        );
        let snapshot = Snapshot {
            id,
            sources,
            report,
            table,
            names,
            sites,
            index,
            counts,
            hours,
            by_id,
            places,
            written: OnceLock::new(),
        };
        if matches!(purpose, Purpose::Service { .. }) {
            snapshot.write_beforehand();
        }
        snapshot
    }
}

/// The places the ATMs of a table name, and the administrator's own.
pub(super) fn gather_places(table: &Table, names: &Names, landmarks: &[Landmark]) -> LocalPlaces {
    let count = u32::try_from(table.len()).unwrap_or(u32::MAX);
    LocalPlaces::gather(count, |number| naming(table, names, Row(number)), landmarks)
}

/// What a row's ATM says of where it stands.
fn naming<'t>(table: &'t Table, names: &Names, row: Row) -> Naming<'t> {
    let symbols = table.symbols();
    let mut texts = [""; TEXT_FIELD_COUNT];
    for piece in table.pieces(row) {
        match piece {
            Piece::Number(field, number) => {
                texts[field as usize] = symbols.text(number).unwrap_or_default();
            }
            Piece::Text(field, text) => texts[field as usize] = text,
            Piece::Extra(_) => {}
        }
    }
    let text = |field: TextField| texts[field as usize];
    Naming {
        position: table.positions()[row.index()],
        location_type: table.stated(row).1,
        country: symbols.text(names.country(row)).unwrap_or_default(),
        city: text(TextField::City),
        subdivision: text(TextField::Subdivision),
        postcode: text(TextField::Postcode),
        street: text(TextField::Street),
        name: text(TextField::Name),
        brand_and_operator: [text(TextField::Brand), text(TextField::Operator)],
    }
}

/// The place of each row's id among all ids.
fn id_ranks(by_id: &[Row]) -> Vec<u32> {
    let mut ranks = vec![0_u32; by_id.len()];
    for (rank, row) in (0..).zip(by_id) {
        ranks[row.index()] = rank;
    }
    ranks
}

/// A snapshot column by column, as an archive holds it.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) id: SnapshotId,
    pub(crate) sources: Vec<Source>,
    pub(crate) report: IngestReport,
    /// Texts that recur, in the order of their numbers, which begin at 1.
    pub(crate) texts: Vec<Box<str>>,
    /// What the tags in `records` stand for, by tag.
    pub(crate) tags: Vec<Tag>,
    /// Packed records, row by row.
    pub(crate) records: Vec<u8>,
    /// Bytes of each row's record.
    pub(crate) lengths: Vec<u32>,
    pub(crate) positions: Vec<Position>,
    pub(crate) codes: Vec<Codes>,
    /// The number of the country each row's ATM stands in.
    pub(crate) countries: Vec<Symbol>,
    /// Rows in the order of their ids.
    pub(crate) by_id: Vec<Row>,
    /// Site of each row, sites being counted in the order of their smallest ids.
    pub(crate) site_of: Vec<SiteIndex>,
}

/// The column of an archive that no snapshot can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inconsistent(pub(crate) &'static str);

impl Snapshot {
    /// Every text that recurs, in the order of their numbers.
    pub(crate) fn recurring_texts(&self) -> &[Box<str>] {
        self.table.symbols().texts()
    }

    /// The packed record of a row.
    pub(crate) fn packed(&self, row: Row) -> &[u8] {
        self.table.packed(row)
    }

    /// Every position, by row.
    pub(crate) fn positions(&self) -> &[Position] {
        self.table.positions()
    }

    /// The closed values of every row.
    pub(crate) fn codes(&self) -> &[Codes] {
        self.table.codes()
    }

    /// The number of the country each row's ATM stands in.
    pub(crate) fn country_symbols(&self) -> &[Symbol] {
        self.names.countries()
    }

    /// Site of each row, sites being counted in the order of their smallest ids.
    pub(crate) fn sites_by_id(&self) -> Vec<SiteIndex> {
        self.sites.by_id(&self.by_id)
    }

    /// The snapshot these columns make. Every one is checked, so that whatever they hold, the
    /// answers of the snapshot are sound.
    pub(crate) fn from_columns(
        mut columns: Columns,
        purpose: Purpose<'_>,
    ) -> Result<Self, Inconsistent> {
        let rows = columns.positions.len();
        let fits = |found: usize, column| (found == rows).then_some(()).ok_or(Inconsistent(column));
        fits(columns.lengths.len(), "lengths")?;
        fits(columns.codes.len(), "sources")?;
        fits(columns.countries.len(), "country")?;
        fits(columns.by_id.len(), "by id")?;
        fits(columns.site_of.len(), "sites")?;
        if columns.codes.iter().any(|row| row.source.0 as usize >= columns.sources.len()) {
            return Err(Inconsistent("sources"));
        }
        if columns.countries.iter().any(|&country| country as usize > columns.texts.len()) {
            return Err(Inconsistent("country"));
        }
        if !packed::tags().starts_with(&columns.tags) {
            repack(&mut columns)?;
        }
        let starts = starts(&columns)?;
        let names = name_symbols(&columns, &starts)?;
        let Columns {
            id, sources, report, texts, records, positions, codes, by_id, site_of, ..
        } = columns;
        let table = Table::of_packed(texts, records, starts, positions, codes);
        // Ids that ascend are all different, and so are their rows: each row occurs once.
        let is_row = |row: &Row| row.index() < rows;
        if !by_id.par_iter().all(is_row) || !ids::ascend(&by_id, |row| table.id(row)) {
            return Err(Inconsistent("by id"));
        }
        let sites = Sites::of(site_of, &by_id).ok_or(Inconsistent("sites"))?;
        let given = Given { id, sources, report, table, names, sites: Some(sites), by_id };
        Ok(given.built(purpose))
    }
}

/// Where each record begins.
fn starts(columns: &Columns) -> Result<Vec<u64>, Inconsistent> {
    let mut end = 0_u64;
    let mut begin = |length: &u32| {
        let start = end;
        end += u64::from(*length);
        start
    };
    let starts = columns.lengths.iter().map(&mut begin).collect();
    (end == columns.records.len() as u64).then_some(starts).ok_or(Inconsistent("lengths"))
}

/// The record that begins there.
fn record(columns: &Columns, start: u64, length: u32) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    columns.records.get(start..start.checked_add(length as usize)?)
}

/// The names of every row, picked out of its record; every record is checked on the way.
fn name_symbols(columns: &Columns, starts: &[u64]) -> Result<NameSymbols, Inconsistent> {
    let mut places = [None; TEXT_FIELD_COUNT];
    for field in NamedField::ALL.iter().filter(|&&field| field != NamedField::Country) {
        places[field.field() as usize] = Some(*field as usize);
    }
    let names_in = |record: &[u8], country: Symbol| {
        let mut names = [NOT_STATED; NamedField::ALL.len()];
        names[NamedField::Country as usize] = country;
        let mut unpacking = Unpacking::begin(record)?;
        while let Some(piece) = unpacking.next(packed::meaning) {
            if let Piece::Number(field, number) = piece {
                columns.texts.get((number as usize).checked_sub(1)?)?;
                if let Some(place) = places[field as usize] {
                    names[place] = number;
                }
            }
        }
        unpacking.rest()?.is_empty().then_some(names)
    };
    let rows = starts.par_iter().zip(&columns.lengths).zip(&columns.countries);
    names::gather(rows, |((&start, &length), &country)| {
        names_in(record(columns, start, length)?, country)
    })
    .ok_or(Inconsistent("records"))
}

/// Packs records anew whose tags mean something else in this release.
fn repack(columns: &mut Columns) -> Result<(), Inconsistent> {
    let starts = starts(columns)?;
    let mut symbols = Symbols::of(std::mem::take(&mut columns.texts));
    let mut records = Vec::with_capacity(columns.records.len());
    let mut lengths = Vec::with_capacity(columns.lengths.len());
    for ((&start, &length), &position) in
        starts.iter().zip(&columns.lengths).zip(&columns.positions)
    {
        let atm = record(columns, start, length).and_then(|record| {
            let mut unpacking = Unpacking::begin(record)?;
            let mut atm = Atm::new(unpacking.id(), position, SourceIndex::default());
            while let Some(piece) =
                unpacking.next(|tag| columns.tags.get(usize::from(tag)).copied())
            {
                match piece {
                    Piece::Number(field, number) => {
                        atm.set_text(field, Some(Cow::Owned(symbols.text(number)?.to_owned())));
                    }
                    Piece::Text(field, text) => atm.set_text(field, Some(Cow::Borrowed(text))),
                    Piece::Extra(extra) => atm.extra = Some(Cow::Borrowed(extra)),
                }
            }
            unpacking.rest()?.is_empty().then_some(atm)
        });
        let atm = atm.ok_or(Inconsistent("records"))?;
        let before = records.len();
        packed::pack(&mut records, &atm, |_field, text| symbols.intern(text));
        let length = u32::try_from(records.len() - before).ok();
        lengths.push(length.ok_or(Inconsistent("records"))?);
    }
    columns.records = records;
    columns.lengths = lengths;
    columns.texts = symbols.into_texts();
    columns.tags = packed::tags();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Input, ReadOptions, SourceFiles};

    /// The columns as a release would have written them that numbers its fields the other way
    /// round and gives by number what this one writes out.
    fn foreign(snapshot: &Snapshot) -> Columns {
        let tags: Vec<Tag> = packed::tags()
            .into_iter()
            .rev()
            .map(|Tag { field, recurs }| Tag { field, recurs: !recurs })
            .collect();
        let mut symbols = Symbols::of(snapshot.recurring_texts().to_vec());
        let (mut records, mut lengths) = (Vec::new(), Vec::new());
        for row in (0..u32::try_from(snapshot.len()).unwrap()).map(Row) {
            let atm = snapshot.atm(row);
            let before = records.len();
            packed::push_text(&mut records, &atm.id);
            let texts =
                || (0..).zip(&tags).filter_map(|(n, tag)| Some((n, tag, atm.text(tag.field)?)));
            records.push(u8::try_from(texts().count()).unwrap());
            for (number, tag, text) in texts() {
                records.push(number);
                if tag.recurs {
                    packed::push_number(&mut records, symbols.intern(text).into());
                } else {
                    packed::push_text(&mut records, text);
                }
            }
            lengths.push(u32::try_from(records.len() - before).unwrap());
        }
        Columns {
            id: snapshot.id(),
            sources: snapshot.sources().to_vec(),
            report: snapshot.report().clone(),
            texts: symbols.into_texts(),
            tags,
            records,
            lengths,
            positions: snapshot.positions().to_vec(),
            codes: snapshot.codes().to_vec(),
            countries: snapshot.country_symbols().to_vec(),
            by_id: snapshot.rows_by_id().to_vec(),
            site_of: snapshot.sites_by_id(),
        }
    }

    #[test]
    fn records_of_a_release_with_other_fields_are_packed_anew() {
        let csv = "id,lat,lon,operator,networks,street,postcode,country\n\
            1,60.1719,24.9414,Bank A,LINK;Plus,Main Street 1,00100,FI\n\
            2,60.1719,24.9415,Bank B,,Side Street,,\n";
        let source = SourceFiles {
            name: "a".to_owned(),
            inputs: vec![Input::memory("a.csv", csv.as_bytes())],
            options: ReadOptions::default(),
            found_in_directory: false,
        };
        let snapshot = Snapshot::ingest(&[source], &mut |_| {}).unwrap();
        let back = Snapshot::from_columns(foreign(&snapshot), Purpose::Inspection).unwrap();
        for &row in snapshot.rows_by_id() {
            assert_eq!(back.atm(row), snapshot.atm(row));
            assert_eq!(back.country(row), snapshot.country(row));
        }
        for &field in NamedField::ALL {
            assert_eq!(back.vocabulary(field), snapshot.vocabulary(field));
        }

        let mut broken = foreign(&snapshot);
        broken.tags.truncate(3);
        let refused = Snapshot::from_columns(broken, Purpose::Inspection).map(|_| ());
        assert_eq!(refused, Err(Inconsistent("records")));
    }
}
