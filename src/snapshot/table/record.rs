//! One record as answers tell of it, in JSON.

use crate::domain::{
    Access, Attribute, AttributeGroup, Attributes, LIST_SEPARATOR, LocationType, Position, Source,
    TEXT_FIELD_COUNT, TextField, Tri,
};
use crate::ingest::packed::{self, Codes, Located, NOT_STATED, Span, Symbol};
use crate::json::{Code, Joined, Json as _, LatLon, List, Members, Short, Utf8};
use crate::snapshot::AtmPart;

use super::quoted::Quoted;

/// A record taken apart, in what it takes to write what it holds: an
/// [`Atm`](crate::domain::Atm) can be changed and kept, and costs more.
#[derive(Debug)]
pub(crate) struct Record<'s> {
    pub(crate) position: Position,
    /// Whose record it is.
    pub(crate) source: &'s Source,
    codes: &'s Codes,
    /// The country it stands in, stated or not.
    country: Symbol,
    /// Where texts lie that do not recur.
    arena: &'s [u8],
    /// Where those lie that do.
    quoted: &'s Quoted,
    id: Span,
    extra: Option<Span>,
    /// By field; without length where it is not stated.
    texts: [Span; TEXT_FIELD_COUNT],
}

impl<'s> Record<'s> {
    /// The record that begins at a place of an arena.
    #[inline]
    pub(super) fn new(
        (arena, start): (&'s [u8], usize),
        quoted: &'s Quoted,
        position: Position,
        country: Symbol,
        codes: &'s Codes,
        source: &'s Source,
    ) -> Self {
        let (mut texts, mut extra) = ([Span::default(); TEXT_FIELD_COUNT], None);
        let id = packed::locate(arena, start, |located| match located {
            Located::Number(field, number) => texts[field as usize] = quoted.place(number),
            Located::Text(field, span) => texts[field as usize] = span,
            Located::Extra(span) => extra = Some(span),
        });
        let id = id.unwrap_or_default();
        Self { position, source, codes, country, arena, quoted, id, extra, texts }
    }

    /// Source fields not understood, as the text of a JSON object.
    pub(crate) fn extra(&self) -> Option<&'s [u8]> {
        self.extra.map(|span| self.bytes(span))
    }

    #[inline]
    fn bytes(&self, Span { start, length }: Span) -> &'s [u8] {
        self.arena.get(start..start + length).unwrap_or_default()
    }

    /// Adds a part.
    pub(in crate::snapshot) fn add(&self, part: AtmPart, members: &mut Members<'_>) {
        match part {
            AtmPart::Position => members.add("position", LatLon(self.position)),
            AtmPart::Site => self.add_site(members),
            AtmPart::Identity => self.add_identity(members),
            AtmPart::Abilities => self.add_abilities(members, false),
            AtmPart::Survey => self.add_survey(members),
            AtmPart::Source => members.add_object("source", |members| self.add_source(members)),
        }
    }

    /// Adds the site that is named after it.
    fn add_site(&self, members: &mut Members<'_>) {
        let names = [TextField::Name, TextField::Brand, TextField::Operator];
        members.add_object("site", |members| {
            members.add("id", Joined([b"site:", self.bytes(self.id)]));
            if let Some(name) = names.into_iter().find(|field| self.is_stated(*field)) {
                self.append(name, members.value_of("name"));
            }
            members.add_object("address", |members| self.add_address(members));
        });
    }

    /// Adds the members of its address.
    pub(crate) fn add_address(&self, members: &mut Members<'_>) {
        self.add_named(members, "lines", TextField::AddressLines);
        self.add_text(members, TextField::HouseNumber);
        self.add_text(members, TextField::Street);
        self.add_text(members, TextField::City);
        self.add_text(members, TextField::Subdivision);
        self.add_text(members, TextField::Postcode);
        if self.country != NOT_STATED {
            self.quoted.append(self.quoted.place(self.country), members.value_of("country"));
        }
    }

    /// Adds which machine it is.
    pub(crate) fn add_identity(&self, members: &mut Members<'_>) {
        members.add("id", Utf8(self.bytes(self.id)));
        self.add_text(members, TextField::Name);
        self.add_text(members, TextField::Operator);
        self.add_text(members, TextField::Brand);
        self.add_text(members, TextField::Networks);
    }

    /// Adds what can be done at it, by whom and for how much; `with_unknown` what is not stated too.
    pub(crate) fn add_abilities(&self, members: &mut Members<'_>, with_unknown: bool) {
        let codes = self.codes;
        if codes.location_type != LocationType::Unknown || with_unknown {
            members.add("location_type", Code(codes.location_type.code()));
        }
        self.add_text(members, TextField::Level);
        if codes.access != Access::Unknown || with_unknown {
            members.add("access", Code(codes.access.code()));
        }
        add_attributes(members, codes.attributes, with_unknown);
        members.add("fee", Code(codes.fee.code()));
        self.add_text(members, TextField::Charges);
        self.add_text(members, TextField::SurchargeFreeNetworks);
        self.add_text(members, TextField::Currencies);
        self.add_text(members, TextField::Denominations);
        self.add_text(members, TextField::Schemes);
        self.add_text(members, TextField::Languages);
        self.add_text(members, TextField::MinAmount);
        self.add_text(members, TextField::OpeningHours);
        for attribute in [Attribute::AlwaysOpen, Attribute::Chip] {
            let value = codes.attributes.get(attribute);
            if value != Tri::Unknown || with_unknown {
                members.add(attribute.code(), Code(value.as_str()));
            }
        }
    }

    /// Adds how many machines it stands for, and when that was seen.
    pub(crate) fn add_survey(&self, members: &mut Members<'_>) {
        self.add_text(members, TextField::MachineCount);
        self.add_text(members, TextField::CheckedAt);
    }

    /// Adds the members of whose record it is.
    pub(crate) fn add_source(&self, members: &mut Members<'_>) {
        members.add("name", self.source.name.as_str());
        members.add("as_of", self.source.as_of.as_deref());
    }

    /// Adds a field, if it is stated.
    #[expect(clippy::inline_always, reason = "most of it is known where the field is")]
    #[inline(always)]
    pub(crate) fn add_text(&self, members: &mut Members<'_>, field: TextField) {
        self.add_named(members, field.code(), field);
    }

    /// Adds a field under a name, if it is stated.
    #[expect(clippy::inline_always, reason = "most of it is known where the field is")]
    #[inline(always)]
    fn add_named(&self, members: &mut Members<'_>, name: &'static str, field: TextField) {
        if self.is_stated(field) {
            self.append(field, members.value_of(name));
        }
    }

    #[inline]
    fn is_stated(&self, field: TextField) -> bool {
        self.texts[field as usize].length > 0
    }

    /// Appends the value of a field.
    #[expect(clippy::inline_always, reason = "most of it is known where the field is")]
    #[inline(always)]
    fn append(&self, field: TextField, out: &mut Vec<u8>) {
        let span = self.texts[field as usize];
        match (packed::recurs(field), field.is_list()) {
            (true, false) => self.quoted.append(span, out),
            (true, true) => {
                out.push(b'[');
                self.quoted.append(span, out);
                out.push(b']');
            }
            (false, false) => Utf8(self.bytes(span)).write(out),
            (false, true) => {
                let is_between = |&byte: &u8| char::from(byte) == LIST_SEPARATOR;
                List(self.bytes(span).split(is_between).map(Utf8)).write(out);
            }
        }
    }
}

/// The bits of the attributes of one group.
const fn bits_of(group: AttributeGroup) -> u64 {
    let (mut bits, mut place) = (0, 0);
    while place < Attribute::ALL.len() {
        if Attribute::ALL[place].group() as u8 == group as u8 {
            bits |= Attribute::ALL[place].bit();
        }
        place += 1;
    }
    bits
}

/// Groups of attributes, by what answers call them.
const GROUPS: [(&str, u64); 3] = [
    ("services", bits_of(AttributeGroup::Service)),
    ("accessibility", bits_of(AttributeGroup::Accessibility)),
    ("features", bits_of(AttributeGroup::Feature)),
];

/// Attributes whose absence could be read as a no.
const ALWAYS_SHOWN: u64 = Attribute::CashOut.bit() | Attribute::CashIn.bit();

/// Every attribute as a member with each of its values: yes, no, unknown, and limited. Lists of
/// banks state dozens a machine.
static ATTRIBUTE_MEMBERS: [[Short; 4]; Attribute::ALL.len()] = attribute_members();

const fn attribute_members() -> [[Short; 4]; Attribute::ALL.len()] {
    let mut members = [[Short::member("", ""); 4]; Attribute::ALL.len()];
    let mut place = 0;
    while place < Attribute::ALL.len() {
        let code = Attribute::ALL[place].code();
        members[place] = [
            Short::member(code, "yes"),
            Short::member(code, "no"),
            Short::member(code, "unknown"),
            Short::member(code, "limited"),
        ];
        place += 1;
    }
    members
}

/// Adds the groups of attributes: those stated, and those whose absence could mislead.
fn add_attributes(members: &mut Members<'_>, attributes: Attributes, with_unknown: bool) {
    let stated = attributes.yes_bits() | attributes.no_bits();
    let is_limited = attributes.get(Attribute::WheelchairLimited) == Tri::Yes;
    let limited = if is_limited { Attribute::Wheelchair.bit() } else { 0 };
    let shown = if with_unknown { u64::MAX } else { stated | ALWAYS_SHOWN | limited };
    for (name, group) in GROUPS {
        let mut rest = shown & group;
        if rest == 0 {
            continue;
        }
        let next = || {
            let place = rest.trailing_zeros() as usize;
            let by_value = ATTRIBUTE_MEMBERS.get(place)?;
            let bit = rest & rest.wrapping_neg();
            rest ^= bit;
            let value =
                if bit & limited != 0 { 3 } else { attributes.get(Attribute::ALL[place]) as usize };
            Some(&by_value[value])
        };
        members.add_object_of(name, std::iter::from_fn(next));
    }
}
