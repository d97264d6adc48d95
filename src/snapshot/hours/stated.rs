//! What records state of when machines are open, and what follows for those that state nothing.
//!
//! A machine's own hours count before all others. A machine of which it is known that it stands
//! inside, and that states no hours, can be reached while what it stands in is open:
//!
//! - its host, where its own record describes that (a bank with an ATM, in OpenStreetMap); else
//! - its site: the hours of hosts and of machines inside that stand there, if all of them agree.
//!
//! Both are inferences, and answers say so. A machine in a wall, in a lobby that stays open longer,
//! or of which it is not known where it stands, gets no hours this way.

use std::borrow::Cow;

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::domain::{Attribute, HoursOf, LocationType, Row, SiteIndex, TextField, Tri};
use crate::ingest::packed::{NOT_STATED, Symbol};

use super::super::sites::Sites;
use super::super::table::Table;

/// A text of hours, by number; see [`Texts`].
pub(super) type TextId = u32;

/// The number of no text.
pub(super) const NO_TEXT: TextId = 0;

/// Stands for hours round the clock that are stated by a yes.
pub(super) const ROUND_THE_CLOCK: TextId = TextId::MAX;

/// Where ingest keeps the hours of what a machine is part of.
const HOST_HOURS: &str = "host_opening_hours";

/// Rows looked at before their texts are numbered, which is not done in parallel.
const ROWS_AT_ONCE: usize = 1 << 16;

/// Every text of hours once.
#[derive(Debug, Default)]
pub(super) struct Texts<'t> {
    by_symbol: HashMap<Symbol, TextId>,
    by_text: HashMap<Box<str>, TextId>,
    all: Vec<Cow<'t, str>>,
}

impl<'t> Texts<'t> {
    /// The texts, that of number 1 first.
    pub(super) fn all(&self) -> &[Cow<'t, str>] {
        &self.all
    }

    fn number(&mut self, text: Cow<'t, str>) -> TextId {
        if let Some(&id) = self.by_text.get(text.as_ref()) {
            return id;
        }
        self.by_text.insert(text.as_ref().into(), self.next());
        self.all.push(text);
        self.next() - 1
    }

    fn next(&self) -> TextId {
        TextId::try_from(self.all.len() + 1).unwrap_or(ROUND_THE_CLOCK - 1)
    }

    fn of_symbol(&mut self, symbol: Symbol, table: &'t Table) -> TextId {
        if let Some(&id) = self.by_symbol.get(&symbol) {
            return id;
        }
        let Some(text) = table.symbols().text(symbol) else { return NO_TEXT };
        let id = self.number(text.into());
        self.by_symbol.insert(symbol, id);
        id
    }
}

/// What the record of one row states.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stated {
    /// Whether it says of itself that it never closes.
    pub(super) always: Tri,
    /// The hours that count for it.
    pub(super) hours: TextId,
    /// Whose they are.
    pub(super) hours_of: HoursOf,
    /// The hours of what it is part of.
    host: TextId,
    /// Whether it is known to stand inside of something that closes when it closes.
    is_inside: bool,
}

/// What every row states, and what follows for those that state nothing.
pub(super) fn stated<'t>(table: &'t Table, sites: &Sites) -> (Vec<Stated>, Texts<'t>) {
    let mut texts = Texts::default();
    let rows: Vec<Row> =
        (0..table.len()).filter_map(|row| u32::try_from(row).ok()).map(Row).collect();
    let mut stated: Vec<Stated> = Vec::with_capacity(rows.len());
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let found: Vec<_> = rows
            .par_iter()
            .map(|&row| {
                let (own, extra) = table.symbol_and_extra(row, TextField::OpeningHours);
                (row, own, extra.and_then(host_hours))
            })
            .collect();
        stated.extend(found.into_iter().map(|(row, own, host)| {
            let (attributes, location_type) = table.stated(row);
            let own = if own == NOT_STATED { NO_TEXT } else { texts.of_symbol(own, table) };
            Stated {
                always: attributes.get(Attribute::AlwaysOpen),
                hours: own,
                hours_of: HoursOf::Machine,
                host: host.map_or(NO_TEXT, |text| texts.number(text.into())),
                is_inside: location_type == LocationType::BranchInternal
                    || location_type != LocationType::BranchLobby
                        && attributes.get(Attribute::Indoor) == Tri::Yes,
            }
        }));
    }
    for site in (0..sites.len()).filter_map(|site| u32::try_from(site).ok()) {
        infer(&mut stated, sites.rows(SiteIndex(site)));
    }
    (stated, texts)
}

/// The hours of the host in the text of a JSON object of texts.
fn host_hours(extra: &str) -> Option<String> {
    if !extra.contains(HOST_HOURS) {
        return None;
    }
    let extra: serde_json::Map<String, serde_json::Value> = serde_json::from_str(extra).ok()?;
    extra.get(HOST_HOURS)?.as_str().map(str::to_owned)
}

/// Gives the machines of one site the hours that follow.
fn infer(stated: &mut [Stated], rows: &[Row]) {
    let lacks = |one: &Stated| one.is_inside && one.always != Tri::Yes && one.hours == NO_TEXT;
    if !rows.iter().any(|row| lacks(&stated[row.index()])) {
        return;
    }
    // What is known of the place: one text, or more than one, which is as good as none.
    let (mut place, mut is_disputed) = (NO_TEXT, false);
    for row in rows {
        let one = &stated[row.index()];
        let own = match (one.is_inside, one.always) {
            (false, _) => NO_TEXT,
            (true, Tri::Yes) => ROUND_THE_CLOCK,
            (true, Tri::No | Tri::Unknown) => one.hours,
        };
        for text in [own, one.host].into_iter().filter(|&text| text != NO_TEXT) {
            is_disputed |= place != NO_TEXT && place != text;
            place = text;
        }
    }
    for row in rows {
        let one = &mut stated[row.index()];
        if !lacks(one) {
            continue;
        }
        if one.host != NO_TEXT {
            (one.hours, one.hours_of) = (one.host, HoursOf::Host);
        } else if place != NO_TEXT && !is_disputed {
            (one.hours, one.hours_of) = (place, HoursOf::Site);
        }
    }
}
