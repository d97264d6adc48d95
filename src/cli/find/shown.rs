//! Answers as people read them: a table, and beside it on standard error what is to be said of it.

use std::io::{self, Write};

use jiff::Timestamp;

use crate::answers::{Along, Nearest, Within};
use crate::domain::{
    Atm, Attribute, Demand, HoursOf, LocalTime, Openness, Outlook, Relaxation, Row, TextField,
    initial_bearing_deg,
};
use crate::publication::View;
use crate::render::{Envelope, Explain};
use crate::snapshot::Snapshot;

use super::super::table::Table;

const NOTHING: &str = "No ATM matches.";

/// The nearest sites, and what to give up for more.
pub(super) fn nearest(out: &mut impl Write, view: View<'_>, answered: &Nearest) -> io::Result<()> {
    let Nearest { query, found, envelope } = answered;
    if let Some(place) = &envelope.place {
        writeln!(io::stderr(), "near {}", place.label())?;
    }
    let mut table =
        Table::new(["distance", "", "site", "address", "machines", "cash in", "fee", "open"]);
    for neighbour in &found.neighbours {
        let nearest = neighbour.atms[0];
        let bearing_deg = initial_bearing_deg(query.origin, view.snapshot.position(nearest.row));
        let [site, address, cash_in, fee, open] = machine(view, nearest.row);
        table.row([
            nearest.distance.to_string(),
            compass(bearing_deg).to_owned(),
            site,
            address,
            neighbour.atms.len().to_string(),
            cash_in,
            fee,
            open,
        ]);
    }
    if found.neighbours.is_empty() {
        writeln!(out, "{NOTHING}")?;
    } else {
        table.write(out)?;
    }
    relaxations(out, &found.relaxations)?;
    say(out, view.snapshot, envelope)
}

/// The ATMs of an area.
pub(super) fn within(out: &mut impl Write, view: View<'_>, answered: &Within) -> io::Result<()> {
    let Within { found, envelope, .. } = answered;
    let mut table = Table::new(["lat", "lon", "atm", "address", "cash in", "fee", "open"]);
    for &row in &found.rows {
        let position = view.snapshot.position(row);
        let [atm, address, cash_in, fee, open] = machine(view, row);
        let [lat, lon] =
            [position.lat_deg(), position.lon_deg()].map(|degrees| format!("{degrees:.5}"));
        table.row([lat, lon, atm, address, cash_in, fee, open]);
    }
    if found.rows.is_empty() {
        writeln!(out, "{NOTHING}")?;
    } else {
        table.write(out)?;
    }
    say(out, view.snapshot, envelope)
}

/// The ATMs along a line.
pub(super) fn along(out: &mut impl Write, view: View<'_>, answered: &Along) -> io::Result<()> {
    let Along { found, envelope, .. } = answered;
    let mut table = Table::new(["along", "beside", "atm", "address", "cash in", "fee", "open"]);
    for beside in &found.found {
        let [atm, address, cash_in, fee, open] = machine(view, beside.row);
        let [along, away] =
            [beside.on_line.along, beside.on_line.distance].map(|metres| metres.to_string());
        table.row([along, away, atm, address, cash_in, fee, open]);
    }
    if found.found.is_empty() {
        writeln!(out, "{NOTHING}")?;
    } else {
        table.write(out)?;
    }
    say(out, view.snapshot, envelope)
}

/// What is to be said beside the table, once it is written.
fn say(out: &mut impl Write, snapshot: &Snapshot, envelope: &Envelope) -> io::Result<()> {
    out.flush()?;
    let mut aside = io::stderr();
    for warning in &envelope.warnings {
        writeln!(aside, "note: {warning}")?;
    }
    if let Some(cursor) = &envelope.next {
        writeln!(aside, "more: repeat the question with --cursor {cursor}")?;
    }
    if let Some(explain) = envelope.explain {
        writeln!(aside, "{}", explained(explain, snapshot))?;
    }
    Ok(())
}

/// What to give up for more, a line each.
fn relaxations(out: &mut impl Write, relaxations: &[Relaxation]) -> io::Result<()> {
    for Relaxation { drop, matches, more, nearest } in relaxations {
        let dropped: Vec<String> = drop.iter().map(Demand::label).collect();
        let more = if *more { " or more" } else { "" };
        writeln!(
            out,
            "without {}: {matches}{more}, the nearest {nearest} away",
            dropped.join(" and ")
        )?;
    }
    Ok(())
}

fn explained(explain: Explain, snapshot: &Snapshot) -> String {
    let Explain { plan, work, took } = explain;
    format!(
        "explain: {}, {} nodes visited, {} ATMs tested, {} geodesics, {:.1} µs, snapshot {}",
        plan.code(),
        work.nodes_visited,
        work.atms_tested,
        work.geodesics,
        took.as_secs_f64() * 1e6,
        snapshot.id(),
    )
}

/// The cells that every table has of a machine: what it is called, where it is, whether it takes
/// cash, whether it is free, and when it is open.
fn machine(view: View<'_>, row: Row) -> [String; 5] {
    let atm = view.snapshot.atm(row);
    [
        name(&atm),
        address(&atm),
        atm.attributes.get(Attribute::CashIn).as_str().to_owned(),
        atm.fee.code().to_owned(),
        openness(&view.snapshot.openness(row, view.now), view.now),
    ]
}

fn name(atm: &Atm<'_>) -> String {
    match (atm.brand_or_operator(), atm.text(TextField::Name)) {
        (Some(known_as), Some(name)) if known_as != name => format!("{known_as}, {name}"),
        (Some(only), _) | (None, Some(only)) => only.to_owned(),
        (None, None) => atm.id.to_string(),
    }
}

fn address(atm: &Atm<'_>) -> String {
    let parts = [
        atm.list(TextField::AddressLines).next(),
        atm.text(TextField::Street),
        atm.text(TextField::HouseNumber),
        atm.text(TextField::City),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Whether a machine is open and what follows, as people say it.
fn openness(openness: &Openness, now: Timestamp) -> String {
    let clock = |change: LocalTime| {
        let (hour, minute) = change.hour_minute();
        match change.days_after(now) {
            0 => format!("{hour:02}:{minute:02}"),
            1 => format!("tomorrow {hour:02}:{minute:02}"),
            2..=6 => format!("{:?} {hour:02}:{minute:02}", change.weekday()),
            _ => format!("{} {hour:02}:{minute:02}", change.date()),
        }
    };
    let said = match openness.outlook(now) {
        Outlook::Open => "open".to_owned(),
        Outlook::ClosesIn(minutes) => format!("open, closes in {minutes} min"),
        Outlook::ClosesAt(change) => format!("open until {}", clock(change)),
        Outlook::Closed => "closed".to_owned(),
        Outlook::OpensIn(minutes) => format!("closed, opens in {minutes} min"),
        Outlook::OpensAt(change) => format!("closed, opens {}", clock(change)),
        Outlook::Unknown => "unknown".to_owned(),
    };
    let inferred = match openness.hours_of {
        HoursOf::Machine => "",
        HoursOf::Host => " (hours of the building)",
        HoursOf::Site => " (hours of the site)",
    };
    match &openness.comment {
        Some(comment) => format!("{said}{inferred}: {comment}"),
        None => format!("{said}{inferred}"),
    }
}

/// The nearest of the eight points of the compass.
fn compass(bearing_deg: f64) -> &'static str {
    const POINTS: [&str; 8] = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 8")]
    let eighth = (bearing_deg / 45.0).round() as usize;
    POINTS[eighth % POINTS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_said_as_people_do() {
        assert_eq!(compass(0.0), "N");
        assert_eq!(compass(359.0), "N");
        assert_eq!(compass(136.0), "SE");
    }
}
