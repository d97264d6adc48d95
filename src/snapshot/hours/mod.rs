//! When machines are open.
//!
//! Hours recur: a bank gives all its machines the same. Rows that state the same hours, read by the
//! same clocks and the same calendar of holidays, are of one [`Class`]; each class is taken apart
//! once, when the snapshot is built, and answers for all its rows.
//!
//! A machine is open when the clocks of its own time zone show a time its hours hold. In the hour
//! that clocks show twice in autumn it is open twice, if at all; the hour they skip in spring
//! passes in no time. What cannot be known is unknown: hours that are not understood, hours under a
//! comment, holidays of a country whose calendar is not known or that only a part of it has.

mod class;
mod clock;
mod expression;
mod reading;
mod runs;
mod seen;
mod stated;
#[cfg(test)]
mod tests;
mod week;

pub use clock::Zone;

use std::sync::Arc;

use hashbrown::HashMap;
use jiff::Timestamp;
use rayon::prelude::*;

use crate::domain::{HoursOf, OpenAt, Openness, Position, Row, Tri};
use crate::index::{Clause, Part, RowSet, SymbolColumn};
use crate::ingest::CountryCode;
use crate::json::Json as _;

use super::names::Names;
use super::sites::Sites;
use super::table::Table;

use chrono_tz::Tz;
use class::{Asked, Class, Plan};
use clock::Zones;
use expression::Expression;
use reading::{Calendars, Readings};
use runs::{IsOpen, Runs};
use stated::{NO_TEXT, ROUND_THE_CLOCK, Stated, TextId, stated};

/// Most different texts of hours that are taken apart; those of the rest are taken as not
/// understood. Ten times what all ATMs of OpenStreetMap have; it bounds the memory that a file of
/// made-up hours can take.
const TEXTS_MAX: usize = 200_000;

/// Where fewer rows than one in so many have hours that change, that is asked first.
const FEW_SHARE: usize = 8;

/// Rows whose keys are made together.
const CHUNK_ROWS: usize = 1 << 14;

/// How finely the sun's times are told apart, in degrees: a minute's difference takes a quarter.
const SUN_CELL_DEG: f64 = 0.05;

/// When the machines of a snapshot are open.
#[derive(Debug, Default)]
pub(super) struct Hours {
    /// The class of each row.
    of_row: SymbolColumn,
    row_count: usize,
    classes: Vec<Class>,
    /// Rows that are open at all times, and those of which it is at no time known.
    constant: Split,
    /// Rows that are open round the clock, and those of which that is not known.
    always: Split,
    /// Rows that are ever one thing and ever another.
    changing: RowSet,
    /// What was found out of runs of rows.
    runs: Runs,
}

/// Rows of a condition by its verdict; of the rest it is no.
#[derive(Debug, Default)]
struct Split {
    yes: RowSet,
    unknown: RowSet,
}

impl Split {
    fn parts(&self, wanted: &[Tri]) -> impl Iterator<Item = Part<'_>> {
        [(Tri::Yes, &self.yes), (Tri::Unknown, &self.unknown)]
            .into_iter()
            .filter(|(verdict, _)| wanted.contains(verdict))
            .map(|(_, rows)| Part::Rows(rows))
    }
}

/// What makes rows one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    means: Means,
    zone: Option<Tz>,
    /// Where public or school holidays matter.
    country: Option<CountryCode>,
    /// Where the sun matters.
    sun_cell: Option<[i32; 2]>,
    hours_of: HoursOf,
}

/// What a row states of its hours, once texts are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Means {
    /// Nothing, or nothing that is understood, or two things that contradict each other.
    Nothing,
    /// That it closes at times, and not when.
    NotAlways,
    /// That it never closes.
    Always,
    /// These hours.
    Hours(TextId),
}

impl Hours {
    /// Takes the hours of every row apart. `names` has the country each row stands in.
    ///
    /// # Cost
    ///
    /// About a microsecond a row and some ten a class, shared among all cores.
    pub(super) fn build(table: &Table, names: &Names, sites: &Sites) -> Self {
        let (stated, texts) = stated(table, sites);
        let expressions: Vec<Option<Expression>> = texts
            .all()
            .par_iter()
            .enumerate()
            .map(|(place, text)| {
                if place >= TEXTS_MAX {
                    return None;
                }
                let mut expression = Expression::parse(text)?;
                expression.week = Readings::week(&expression);
                Some(expression)
            })
            .collect();
        let expression = |text: TextId| expressions.get(text as usize - 1)?.as_ref();
        let key = |zones: &mut Zones, (row, stated): (Row, &Stated)| {
            let position = table.positions()[row.index()];
            let means = meaning(stated, expression);
            let expression = match means {
                Means::Hours(text) => expression(text),
                Means::Nothing | Means::NotAlways | Means::Always => None,
            };
            let country = || table.symbols().text(names.country(row));
            Key {
                means,
                zone: zones.at(position),
                country: expression
                    .filter(|hours| hours.uses_public_holidays || hours.uses_school_holidays)
                    .and_then(|_| country().and_then(CountryCode::new)),
                sun_cell: expression.filter(|hours| hours.uses_sun).map(|_| sun_cell(position)),
                hours_of: stated.hours_of,
            }
        };
        let (of_row, different) = numbered(&stated, key);
        drop(stated);
        let calendars = Calendars::of(different.iter().filter_map(|key| {
            let Means::Hours(text) = key.means else { return None };
            Some((expression(text)?, key.country))
        }));
        let classes: Vec<Class> =
            different.par_iter().map(|key| key.class(expression, &calendars)).collect();
        let is_wanted: [fn(&Class) -> bool; 5] = [
            |class| class.constant() == Some(Tri::Yes),
            |class| class.constant() == Some(Tri::Unknown),
            |class| class.always() == Tri::Yes,
            |class| class.always() == Tri::Unknown,
            |class| class.constant().is_none(),
        ];
        let mut rows = is_wanted.map(|is_wanted| {
            let wanted: Vec<bool> = classes.iter().map(is_wanted).collect();
            (wanted, RowSet::default())
        });
        rows.par_iter_mut().for_each(|(wanted, rows)| {
            let found = (0..).zip(&of_row).filter(|(_, class)| wanted[**class as usize]);
            let found = found.map(|(row, _)| row).collect();
            *rows = RowSet::from_ascending(found, of_row.len());
        });
        let [open, constant_unknown, always, always_unknown, changing] = rows.map(|(_, rows)| rows);
        let constant = Split { yes: open, unknown: constant_unknown };
        let always = Split { yes: always, unknown: always_unknown };
        let row_count = of_row.len();
        let of_row = SymbolColumn::new(of_row);
        let runs = Runs::new(of_row.run_count());
        Self { of_row, row_count, classes, constant, always, changing, runs }
    }

    /// The rows whose verdict, whether they are open when asked for, is among `wanted`, as clauses
    /// that must all hold.
    pub(super) fn clauses<'s>(
        &'s self,
        when: OpenAt,
        now: Timestamp,
        wanted: &'static [Tri],
    ) -> Vec<Clause<'s>> {
        let mut clauses = vec![Clause::any_of(self.parts(when, now, wanted))];
        // Where few machines have hours at all, they are sooner found by that.
        if when != OpenAt::Always && self.changing.len() < self.row_count / FEW_SHARE {
            let parts = self.constant.parts(wanted).chain([Part::Rows(&self.changing)]);
            clauses.push(Clause::any_of(parts.collect()));
        }
        clauses
    }

    /// The same as parts of a clause, any of which may hold.
    pub(super) fn parts<'s>(
        &'s self,
        when: OpenAt,
        now: Timestamp,
        wanted: &'static [Tri],
    ) -> Vec<Part<'s>> {
        let Some(asked) = Asked::of(when, now) else {
            return self.always.parts(wanted).collect();
        };
        let mut parts: Vec<Part<'s>> = self.constant.parts(wanted).collect();
        if !self.changing.is_empty() {
            let judge = IsOpen { classes: &self.classes, runs: &self.runs, asked, wanted };
            parts.push(Part::Symbols(&self.of_row, Arc::new(judge)));
        }
        parts
    }

    /// Whether a row's machine is open when asked for.
    pub(super) fn is_open(&self, row: Row, when: OpenAt, now: Timestamp) -> Tri {
        self.class(row).map_or(Tri::Unknown, |class| class.is_open(when, now))
    }

    /// Whether a row's machine is open at an instant, and what follows.
    pub(super) fn openness(&self, row: Row, at: Timestamp) -> Openness {
        self.class(row).map_or_else(Openness::default, |class| class.openness(at))
    }

    /// The number of a row's class.
    #[inline]
    pub(super) fn glance(&self, row: Row) -> u64 {
        self.of_row.symbol(row.0).map_or(0, u64::from)
    }

    /// Appends whether a row's machine is open at an instant, and what follows, as JSON.
    pub(super) fn write_openness(&self, row: Row, at: Timestamp, out: &mut Vec<u8>) {
        match self.class(row) {
            Some(class) => class.write_openness(at, out),
            None => Openness::default().write(out),
        }
    }

    /// Whether any machine is known to be open at some times and not at others.
    pub(super) fn has_changing(&self) -> bool {
        !self.changing.is_empty()
    }

    fn class(&self, row: Row) -> Option<&Class> {
        self.classes.get(self.of_row.symbol(row.0)? as usize)
    }
}

/// The different keys of rows, and the number of each row's.
fn numbered(
    stated: &[Stated],
    key: impl Fn(&mut Zones, (Row, &Stated)) -> Key + Sync,
) -> (Vec<u32>, Vec<Key>) {
    // Rows that follow each other stand near each other and mostly have one key: each chunk
    // numbers its own.
    let chunks: Vec<(Vec<Key>, Vec<u32>)> = stated
        .par_chunks(CHUNK_ROWS)
        .enumerate()
        .map(|(chunk, stated)| {
            let (mut zones, mut numbering) = (Zones::default(), Numbering::default());
            let rows =
                (chunk * CHUNK_ROWS..).map(|row| Row(u32::try_from(row).unwrap_or(u32::MAX)));
            let of_row =
                rows.zip(stated).map(|one| numbering.number(key(&mut zones, one))).collect();
            (numbering.different, of_row)
        })
        .collect();
    let mut all = Numbering::default();
    let mut of_row = Vec::with_capacity(stated.len());
    for (keys, numbers) in chunks {
        let known: Vec<u32> = keys.into_iter().map(|key| all.number(key)).collect();
        of_row.extend(numbers.into_iter().map(|number| known[number as usize]));
    }
    (of_row, all.different)
}

/// Keys by number, in the order they are met.
#[derive(Default)]
struct Numbering {
    numbers: HashMap<Key, u32>,
    different: Vec<Key>,
    last: Option<(Key, u32)>,
}

impl Numbering {
    fn number(&mut self, key: Key) -> u32 {
        if let Some((last, number)) = self.last
            && last == key
        {
            return number;
        }
        let number = *self.numbers.entry(key).or_insert_with(|| {
            self.different.push(key);
            u32::try_from(self.different.len() - 1).unwrap_or(u32::MAX)
        });
        self.last = Some((key, number));
        number
    }
}

/// What a row means by what it states. Where it states hours and also that it never closes, the
/// latter counts: such hours are mostly those of the branch.
fn meaning<'e>(stated: &Stated, expression: impl Fn(TextId) -> Option<&'e Expression>) -> Means {
    let round_the_clock = match stated.hours {
        _ if stated.always == Tri::Yes => return Means::Always,
        NO_TEXT => None,
        ROUND_THE_CLOCK => Some(true),
        text => expression(text).map(Expression::is_round_the_clock),
    };
    match (round_the_clock, stated.always) {
        (None, Tri::No) => Means::NotAlways,
        (None, _) => Means::Nothing,
        (Some(false), _) => Means::Hours(stated.hours),
        (Some(true), Tri::No) if stated.hours_of == HoursOf::Machine => Means::Nothing,
        (Some(true), Tri::No) => Means::NotAlways,
        (Some(true), _) => Means::Always,
    }
}

impl Key {
    fn class<'e>(
        &self,
        expression: impl Fn(TextId) -> Option<&'e Expression>,
        calendars: &Calendars,
    ) -> Class {
        let Self { means, zone, hours_of, .. } = *self;
        let constant =
            |is_open, always| Class::new(Plan::Constant(is_open), always, zone, hours_of);
        let text = match means {
            Means::Nothing => return constant(Tri::Unknown, Tri::Unknown),
            Means::NotAlways => return constant(Tri::Unknown, Tri::No),
            Means::Always => return constant(Tri::Yes, Tri::Yes),
            Means::Hours(text) => text,
        };
        let sun_at = self.sun_cell.and_then(middle);
        let read = expression(text).zip(zone).and_then(|(expression, zone)| {
            let holidays = calendars.get(expression, self.country);
            Some((zone, Readings::of(expression, zone, holidays, sun_at)?, expression))
        });
        match read {
            None => constant(Tri::Unknown, Tri::Unknown),
            Some((clocks, readings, expression)) => {
                let always = readings.is_always_open(expression);
                Class::new(Plan::Hours(clocks, readings), always, zone, hours_of)
            }
        }
    }
}

fn sun_cell(position: Position) -> [i32; 2] {
    #[expect(clippy::cast_possible_truncation, reason = "at most 180 degrees")]
    [position.lat_deg(), position.lon_deg()].map(|degrees| (degrees / SUN_CELL_DEG).floor() as i32)
}

fn middle([south, west]: [i32; 2]) -> Option<Position> {
    let [lat_deg, lon_deg] = [south, west].map(|edge| (f64::from(edge) + 0.5) * SUN_CELL_DEG);
    Position::from_lat_lon(lat_deg.min(90.0), lon_deg.min(180.0)).ok()
}
