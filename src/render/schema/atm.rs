//! An ATM as answers show it.

use serde_json::Value;

use crate::domain::{Access, Attribute, AttributeGroup, Fee, HoursOf, LocationType, TextField};

use super::part::Member;
use super::{
    Named, code, instant, list, map_of, number, object, optional, or_null, reference, required,
    text,
};

/// What an ATM is shown as part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShownIn {
    /// A neighbour, which has the position.
    Neighbour,
    /// An area.
    Area,
    /// The surroundings of a line.
    Line,
    /// Nothing: it is shown by itself, with all there is.
    Itself,
}

pub(super) fn schemas() -> Vec<Named> {
    let tri = code(
        &["yes", "no", "unknown"],
        "Whether the data says so. unknown: the data does not say; it is never a no.",
    );
    vec![
        ("YesNoUnknown", tri),
        ("AtmServices", attributes(AttributeGroup::Service, "What can be done at the machine.")),
        (
            "AtmAccessibility",
            attributes(AttributeGroup::Accessibility, "Who can use the machine, and how."),
        ),
        ("AtmFeatures", attributes(AttributeGroup::Feature, "How the machine stands.")),
        ("Address", address()),
        ("Openness", openness()),
        ("LiveStatus", status()),
        ("AtmSource", source(false)),
        ("AtmRecordSource", source(true)),
        ("AtmInNeighbour", atm(ShownIn::Neighbour, false)),
        ("AtmInArea", atm(ShownIn::Area, true)),
        ("AtmInAreaProperties", atm(ShownIn::Area, false)),
        ("AtmOnLine", atm(ShownIn::Line, true)),
        ("AtmOnLineProperties", atm(ShownIn::Line, false)),
        ("AtmRecord", atm(ShownIn::Itself, true)),
        ("AtmRecordProperties", atm(ShownIn::Itself, false)),
    ]
}

/// Every attribute of a group. What the data does not say may be left out, except whether cash
/// can be had or paid in.
fn attributes(group: AttributeGroup, description: &str) -> Value {
    object(
        description,
        Attribute::of_group(group).map(|attribute| {
            let name = attribute.code();
            if matches!(attribute, Attribute::CashOut | Attribute::CashIn) {
                required(name, reference("YesNoUnknown"))
            } else if attribute == Attribute::Wheelchair {
                let words = ["yes", "no", "limited", "unknown"];
                optional(name, code(&words, "Whether it is usable from a wheelchair."))
            } else {
                optional(name, reference("YesNoUnknown"))
            }
        }),
    )
}

fn address() -> Value {
    object(
        "An address, as far as it is stated.",
        [
            optional("lines", list(&text("A line."), "The address as written, line by line.")),
            optional("house_number", text("House number or house name.")),
            optional(
                "street",
                text("Street; with the house number where the source keeps them together."),
            ),
            optional("city", text("Town or city.")),
            optional("subdivision", text("State, county, province or district.")),
            optional("postcode", text("Postal code.")),
            optional(
                "country",
                text("ISO 3166-1 alpha-2: as stated, else the country the position lies in."),
            ),
        ],
    )
}

fn openness() -> Value {
    let whose: Vec<&str> =
        [HoursOf::Host, HoursOf::Site].into_iter().map(HoursOf::as_str).collect();
    object(
        "Whether the machine is open at the time of the answer.",
        [
            required(
                "state",
                code(&["open", "closed", "unknown"], "unknown: the data does not say."),
            ),
            optional(
                "until",
                instant("When an open machine closes, with the offset of its clocks from UTC."),
            ),
            optional(
                "opens_at",
                instant("When a closed machine opens, with the offset of its clocks from UTC."),
            ),
            optional("time_zone", text("Its time zone, of the IANA database.")),
            optional(
                "hours_of",
                code(
                    &whose,
                    "Whose hours they are, where not the machine's own: of the building it stands \
                     in (host), or of all who state hours at its place (site).",
                ),
            ),
            optional("comment", text("What the hours say of this time in words.")),
        ],
    )
}

fn status() -> Value {
    object(
        "What was reported of the machine after its data was made. It counts before the data until \
         it expires.",
        [
            required(
                "state",
                code(&["in_service", "out_of_service", "unknown"], "Whether the machine works."),
            ),
            required("reported_at", instant("When that was seen.")),
            required("expires_at", instant("Until when it counts.")),
            optional("cash_out", code(&["yes", "no"], "Whether it dispenses cash right now.")),
            optional("cash_in", code(&["yes", "no"], "Whether it takes deposits right now.")),
            optional("note", text("A remark.")),
            required("source", text("Who or what says so.")),
        ],
    )
}

fn source(with_licence: bool) -> Value {
    let licence = with_licence.then(|| optional("licence", text("The licence of the data.")));
    object(
        "Where what is said of the machine comes from.",
        [
            required("name", text("The source's name.")),
            required(
                "as_of",
                or_null(instant("When its data was current; null where it does not say.")),
            ),
        ]
        .into_iter()
        .chain(licence),
    )
}

fn atm(shown_in: ShownIn, with_position: bool) -> Value {
    let is_whole = shown_in == ShownIn::Itself;
    let mut members = identity(shown_in, with_position);
    members.extend(abilities(is_whole));
    if is_whole {
        members.push(required("source", reference("AtmRecordSource")));
        let any = text("A value, as the source has it.");
        members
            .push(optional("extra", map_of(&any, "What the source says beside, not understood.")));
    } else {
        members.push(optional(
            "matched_on",
            list(&text("A filter."), "Which of the filters it is known to fulfil."),
        ));
        members.push(optional(
            "unknown",
            list(&text("A filter."), "Of which of the filters the data does not say."),
        ));
        members.push(required("source", reference("AtmSource")));
    }
    let description = "An ATM. What is left out is not known, and not a no.";
    object(description, members)
}

/// Which machine it is and where it stands.
fn identity(shown_in: ShownIn, with_position: bool) -> Vec<Member> {
    let is_whole = shown_in == ShownIn::Itself;
    let mut members = vec![required(
        "id",
        text("Names the machine as long as its source does, for `/v1/atms/{id}`."),
    )];
    let one = |field: TextField, meaning: &str| optional(field.code(), text(meaning));
    members.extend([
        one(TextField::Name, "The machine's or its place's name."),
        one(TextField::Operator, "The bank or organisation that runs it."),
        one(TextField::Brand, "The name customers see."),
        many(TextField::Networks, "Networks it belongs to."),
    ]);
    if with_position {
        members.push(required("position", reference("Position")));
    }
    if shown_in == ShownIn::Line {
        members.push(required(
            "along_m",
            number("How far along the line, from its start, metres over the ground."),
        ));
    }
    match shown_in {
        ShownIn::Neighbour => members.push(required(
            "distance_m",
            number("Distance from the origin, metres in a straight line over the ground."),
        )),
        ShownIn::Line => members.push(required(
            "distance_m",
            number("Distance from the line, metres over the ground."),
        )),
        ShownIn::Area => {}
        ShownIn::Itself => members.extend([
            required("address", reference("Address")),
            required("site_id", text("The place it stands at.")),
            one(TextField::Sponsor, "The bank that sponsors its access to networks."),
            one(TextField::SiteRef, "The source's own id of the place."),
            one(TextField::BranchId, "The source's own id of the branch it belongs to."),
        ]),
    }
    let place = or_unknown(LocationType::STATED.iter().map(|kind| kind.code()), is_whole);
    members.push(always_if(
        is_whole,
        "location_type",
        code(&place, "What kind of place it stands at."),
    ));
    members.push(one(TextField::Level, "The floor, in the building's own words."));
    let access = or_unknown(Access::STATED.iter().map(|access| access.code()), is_whole);
    members.push(always_if(is_whole, "access", code(&access, "Who may reach it.")));
    members
}

/// What can be done at it, by whom, when and for how much.
fn abilities(is_whole: bool) -> Vec<Member> {
    let fees = or_unknown(Fee::STATED.iter().map(|fee| fee.code()), true);
    vec![
        required("services", reference("AtmServices")),
        always_if(is_whole, "accessibility", reference("AtmAccessibility")),
        always_if(is_whole, "features", reference("AtmFeatures")),
        required("fee", code(&fees, "Whether it costs money, beside what one's own bank charges.")),
        many(TextField::Charges, "What it charges: kind, amount, currency."),
        many(TextField::SurchargeFreeNetworks, "Networks whose cards pay no surcharge."),
        many(TextField::Currencies, "Currencies it dispenses, ISO 4217."),
        many(TextField::Denominations, "Notes it dispenses, in the first currency."),
        many(TextField::Schemes, "Card schemes it accepts."),
        many(TextField::Languages, "Languages it speaks, BCP 47."),
        optional(
            TextField::MinAmount.code(),
            text("The smallest amount, a decimal number in the first currency."),
        ),
        optional(
            TextField::OpeningHours.code(),
            text("Its hours, in the grammar of OpenStreetMap; `open` says what they mean now."),
        ),
        always_if(is_whole, Attribute::AlwaysOpen.code(), reference("YesNoUnknown")),
        always_if(is_whole, Attribute::Chip.code(), reference("YesNoUnknown")),
        required("open", reference("Openness")),
        optional(
            TextField::MachineCount.code(),
            text("How many machines the record stands for, where the source counts them."),
        ),
        optional(TextField::CheckedAt.code(), text("When someone last saw it there, ISO 8601.")),
        optional("status", reference("LiveStatus")),
    ]
}

fn many(field: TextField, meaning: &str) -> Member {
    optional(field.code(), list(&text("One of them."), meaning))
}

fn always_if(is_whole: bool, name: &'static str, schema: Value) -> Member {
    if is_whole { required(name, schema) } else { optional(name, schema) }
}

fn or_unknown(codes: impl Iterator<Item = &'static str>, with_unknown: bool) -> Vec<&'static str> {
    codes.chain(with_unknown.then_some("unknown")).collect()
}
