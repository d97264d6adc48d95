//! How the texts of one record lie packed in bytes: the id, how many fields follow, then each
//! field as a tag and its text or, where texts recur, the text's number.

use std::borrow::Cow;

use super::admission::Admitted;
use crate::domain::{Access, Atm, Attributes, Fee, LocationType, Position, SourceIndex, TextField};

pub(crate) use super::symbols::{NOT_STATED, Symbol, Symbols};

/// The closed values of one record, together because they are read together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codes {
    pub(crate) attributes: Attributes,
    pub(crate) location_type: LocationType,
    pub(crate) fee: Fee,
    pub(crate) access: Access,
    pub(crate) source: SourceIndex,
}

impl From<&Atm<'_>> for Codes {
    fn from(atm: &Atm<'_>) -> Self {
        Self {
            attributes: atm.attributes,
            location_type: atm.location_type,
            fee: atm.fee,
            access: atm.access,
            source: atm.source,
        }
    }
}

/// Marks `extra` among the packed fields; no text field has this discriminant.
const EXTRA_TAG: u8 = u8::MAX;

/// Whether the texts of a field recur so often that they are kept once and referred to.
pub(crate) const fn recurs(field: TextField) -> bool {
    match field {
        TextField::Operator
        | TextField::Brand
        | TextField::Networks
        | TextField::Sponsor
        | TextField::City
        | TextField::Subdivision
        | TextField::Country
        | TextField::Level
        | TextField::OpeningHours
        | TextField::Currencies
        | TextField::MinAmount
        | TextField::Denominations
        | TextField::Charges
        | TextField::SurchargeFreeNetworks
        | TextField::Schemes
        | TextField::Languages
        | TextField::MachineCount
        | TextField::CheckedAt => true,
        TextField::Name
        | TextField::SiteRef
        | TextField::BranchId
        | TextField::AddressLines
        | TextField::HouseNumber
        | TextField::Street
        | TextField::Postcode => false,
    }
}

/// What a tag stands for: the field, and whether its text is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) field: TextField,
    pub(crate) recurs: bool,
}

/// What the tags of this release stand for, by tag. Records that are stored are stored with it,
/// since another release may number fields in another way.
pub(crate) fn tags() -> Vec<Tag> {
    TextField::ALL.iter().map(|&field| Tag { field, recurs: recurs(field) }).collect()
}

/// Appends a record. `number` gives the number of a field's text where it recurs.
pub(crate) fn pack(
    arena: &mut Vec<u8>,
    atm: &Atm<'_>,
    mut number: impl FnMut(TextField, &str) -> Symbol,
) {
    push_text(arena, &atm.id);
    let fields_at = arena.len();
    arena.push(0);
    let mut fields = 0;
    for &field in TextField::ALL {
        let Some(text) = atm.text(field) else { continue };
        fields += 1;
        arena.push(field as u8);
        if recurs(field) {
            push_number(arena, u64::from(number(field, text)));
        } else {
            push_text(arena, text);
        }
    }
    if let Some(extra) = &atm.extra {
        fields += 1;
        arena.push(EXTRA_TAG);
        push_text(arena, extra);
    }
    arena[fields_at] = fields;
}

/// Appends an admitted record under its id and with its receiver's numbers; `None` when the record
/// is damaged.
pub(crate) fn renumber(arena: &mut Vec<u8>, admitted: &Admitted<'_>) -> Option<()> {
    let mut reader = Reader { bytes: admitted.record };
    reader.skip_text()?;
    push_text(arena, admitted.id);
    // What stands between two numbers is copied at once.
    let mut as_it_is = reader.bytes;
    let copy = |arena: &mut Vec<u8>, from: &[u8], rest: &[u8]| {
        arena.extend_from_slice(from.get(..from.len() - rest.len())?);
        Some(())
    };
    for _ in 0..reader.byte()? {
        let tag = reader.byte()?;
        if meaning(tag).is_some_and(|tag| tag.recurs) {
            copy(arena, as_it_is, reader.bytes)?;
            let number = usize::try_from(reader.number()?).ok()?;
            push_number(arena, u64::from(*admitted.numbers.get(number)?));
            as_it_is = reader.bytes;
        } else {
            reader.skip_text()?;
        }
    }
    copy(arena, as_it_is, reader.bytes)
}

/// The ATM of a record that `bytes` begin with, its texts lent. Records are written by this crate
/// alone and checked when they come from a file, so damage is answered with what can be read
/// instead of an error.
pub(crate) fn atm<'t>(
    bytes: &'t [u8],
    position: Position,
    codes: &Codes,
    symbols: &'t Symbols,
) -> Atm<'t> {
    let record = Unpacking::begin(bytes);
    let id = record.as_ref().map_or("", |record| record.id());
    let mut atm = Atm::new(id, position, codes.source);
    atm.attributes = codes.attributes;
    atm.location_type = codes.location_type;
    atm.fee = codes.fee;
    atm.access = codes.access;
    let Some(mut record) = record else { return atm };
    while let Some(piece) = record.next(meaning) {
        match piece {
            Piece::Number(field, number) => {
                atm.set_text(field, symbols.text(number).map(Cow::Borrowed));
            }
            Piece::Text(field, text) => atm.set_text(field, Some(Cow::Borrowed(text))),
            Piece::Extra(extra) => atm.extra = Some(Cow::Borrowed(extra)),
        }
    }
    atm
}

/// Appends a number in as few bytes as it needs (LEB128).
pub(crate) fn push_number(arena: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        arena.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    arena.push((number & 0x7f) as u8);
}

/// Appends a text behind its length.
pub(crate) fn push_text(arena: &mut Vec<u8>, text: &str) {
    push_number(arena, text.len() as u64);
    arena.extend_from_slice(text.as_bytes());
}

/// One field of a packed record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'r> {
    /// A text by its number.
    Number(TextField, Symbol),
    /// A text.
    Text(TextField, &'r str),
    /// What no field takes.
    Extra(&'r str),
}

/// Takes a packed record apart.
pub(crate) struct Unpacking<'r> {
    reader: Reader<'r>,
    id: &'r str,
    fields_left: u8,
}

impl<'r> Unpacking<'r> {
    /// Begins at the record `bytes` start with; there may be more behind it. `None` when they
    /// start with none.
    pub(crate) fn begin(bytes: &'r [u8]) -> Option<Self> {
        let mut reader = Reader { bytes };
        let id = reader.text()?;
        let fields_left = reader.byte()?;
        Some(Self { reader, id, fields_left })
    }

    /// The record's id.
    pub(crate) fn id(&self) -> &'r str {
        self.id
    }

    /// The next field, its tag read as `meaning` has it. `None` after the last, or at damage:
    /// see [`Self::rest`].
    pub(crate) fn next(&mut self, meaning: impl Fn(u8) -> Option<Tag>) -> Option<Piece<'r>> {
        if self.fields_left == 0 {
            return None;
        }
        let piece = match self.reader.byte()? {
            EXTRA_TAG => Piece::Extra(self.reader.text()?),
            tag => match meaning(tag)? {
                Tag { field, recurs: true } => {
                    Piece::Number(field, Symbol::try_from(self.reader.number()?).ok()?)
                }
                Tag { field, recurs: false } => Piece::Text(field, self.reader.text()?),
            },
        };
        self.fields_left -= 1;
        Some(piece)
    }

    /// The next field but for texts that do not recur, which are passed by unread.
    pub(crate) fn next_but_texts(
        &mut self,
        meaning: impl Fn(u8) -> Option<Tag>,
    ) -> Option<Piece<'r>> {
        while self.fields_left > 0 {
            let (&tag, behind) = self.reader.bytes.split_first()?;
            if tag == EXTRA_TAG || meaning(tag)?.recurs {
                return self.next(meaning);
            }
            self.reader.bytes = behind;
            self.reader.skip_text()?;
            self.fields_left -= 1;
        }
        None
    }

    /// What lies behind the record. `None` when fields are missing.
    pub(crate) fn rest(&self) -> Option<&'r [u8]> {
        (self.fields_left == 0).then_some(self.reader.bytes)
    }
}

/// Where some bytes lie among others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

/// Where one field of a packed record lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Located {
    /// A text by its number.
    Number(TextField, Symbol),
    /// A text.
    Text(TextField, Span),
    /// What no field takes.
    Extra(Span),
}

/// Takes the record apart that begins at a place of `bytes`, without reading its texts, which were
/// checked when they were packed or loaded: hands each field to `take` and gives the id. `None` when
/// there is no record; what is behind damage is left out.
#[inline]
pub(crate) fn locate(bytes: &[u8], start: usize, mut take: impl FnMut(Located)) -> Option<Span> {
    let mut reader = Reader { bytes: bytes.get(start..)? };
    let span = |reader: &mut Reader<'_>| {
        let length = usize::try_from(reader.number()?).ok()?;
        let start = bytes.len() - reader.bytes.len();
        reader.bytes = reader.bytes.get(length..)?;
        Some(Span { start, length })
    };
    let id = span(&mut reader)?;
    let fields = reader.byte()?;
    let mut next = || {
        Some(match reader.byte()? {
            EXTRA_TAG => Located::Extra(span(&mut reader)?),
            tag => match meaning(tag)? {
                Tag { field, recurs: true } => {
                    Located::Number(field, Symbol::try_from(reader.number()?).ok()?)
                }
                Tag { field, recurs: false } => Located::Text(field, span(&mut reader)?),
            },
        })
    };
    for _ in 0..fields {
        let Some(located) = next() else { break };
        take(located);
    }
    Some(id)
}

/// What a tag of this release stands for.
pub(crate) fn meaning(tag: u8) -> Option<Tag> {
    let &field = TextField::ALL.get(usize::from(tag))?;
    Some(Tag { field, recurs: recurs(field) })
}

/// Reads numbers and texts off the front of bytes; `None` where there are none.
pub(crate) struct Reader<'t> {
    pub(crate) bytes: &'t [u8],
}

impl<'t> Reader<'t> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(first)
    }

    #[inline]
    fn number(&mut self) -> Option<u64> {
        // Most take one byte.
        let first = self.byte()?;
        if first < 0x80 {
            return Some(first.into());
        }
        let mut number = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Passes a text by.
    fn skip_text(&mut self) -> Option<()> {
        let length = usize::try_from(self.number()?).ok()?;
        self.bytes = self.bytes.get(length..)?;
        Some(())
    }

    /// A text behind its length.
    pub(crate) fn text(&mut self) -> Option<&'t str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }
}
