//! The wire format of protocol buffers, as far as OSM PBF uses it.
//!
//! Values are borrowed from the message; nothing is allocated.
//!
//! Source: *Protocol Buffers, Encoding*, <https://protobuf.dev/programming-guides/encoding/>.

/// The bytes do not follow the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

/// The value of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'m> {
    /// A variable-length integer.
    Varint(u64),
    /// A string, an embedded message or a packed list.
    Bytes(&'m [u8]),
    /// A fixed-width number, which OSM PBF never uses.
    Fixed,
}

impl<'m> Value<'m> {
    pub(super) fn bytes(self) -> Result<&'m [u8], Damaged> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Varint(_) | Self::Fixed => Err(Damaged),
        }
    }

    fn bits(self) -> Result<u64, Damaged> {
        match self {
            Self::Varint(bits) => Ok(bits),
            Self::Bytes(_) | Self::Fixed => Err(Damaged),
        }
    }

    /// An integer of the types `int32` and `int64`, which are sent as their two's complement.
    pub(super) fn int(self) -> Result<i64, Damaged> {
        self.bits().map(u64::cast_signed)
    }

    /// An integer of the type `sint64`.
    pub(super) fn sint(self) -> Result<i64, Damaged> {
        self.bits().map(zigzag)
    }
}

/// The fields of a message, in order, each with its number; after damage nothing more.
#[derive(Clone, Debug)]
pub(super) struct Fields<'m> {
    rest: &'m [u8],
}

impl<'m> Fields<'m> {
    pub(super) fn of(message: &'m [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Result<(u64, Value<'m>), Damaged> {
        let tag = varint(&mut self.rest)?;
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut self.rest)?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = varint(&mut self.rest)?;
                Value::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err(Damaged),
        };
        Ok((tag >> 3, value))
    }

    fn take(&mut self, length: usize) -> Result<&'m [u8], Damaged> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Damaged)?;
        self.rest = rest;
        Ok(taken)
    }
}

impl<'m> Iterator for Fields<'m> {
    type Item = Result<(u64, Value<'m>), Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// The integers of a packed list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packed<'m> {
    rest: &'m [u8],
}

impl<'m> Packed<'m> {
    pub(super) fn of(value: Value<'m>) -> Result<Self, Damaged> {
        Ok(Self { rest: value.bytes()? })
    }

    /// How many integers are left: as many as bytes that end one.
    pub(super) fn count(self) -> usize {
        self.rest.iter().filter(|byte| **byte < 0x80).count()
    }

    pub(super) fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    /// The next integer as it was sent; that there is none is damage.
    pub(super) fn next(&mut self) -> Result<u64, Damaged> {
        varint(&mut self.rest)
    }

    /// The next integer as a place in a table.
    pub(super) fn next_place(&mut self) -> Result<usize, Damaged> {
        Ok(usize::try_from(self.next()?).unwrap_or(usize::MAX))
    }

    /// Moves `number` on by the next integer of a list of differences.
    pub(super) fn advance(&mut self, number: &mut i64) -> Result<(), Damaged> {
        *number = number.checked_add(zigzag(self.next()?)).ok_or(Damaged)?;
        Ok(())
    }
}

fn zigzag(bits: u64) -> i64 {
    (bits >> 1).cast_signed() ^ -(bits & 1).cast_signed()
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Damaged> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Damaged)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Damaged)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Writes messages for tests.
    #[derive(Clone, Debug, Default)]
    pub(in super::super) struct Message(pub(in super::super) Vec<u8>);

    impl Message {
        pub(in super::super) fn int(mut self, field: u64, value: i64) -> Self {
            push(&mut self.0, field << 3);
            push(&mut self.0, value.cast_unsigned());
            self
        }

        pub(in super::super) fn sint(self, field: u64, value: i64) -> Self {
            self.int(field, (value << 1) ^ (value >> 63))
        }

        pub(in super::super) fn bytes(mut self, field: u64, value: &[u8]) -> Self {
            push(&mut self.0, (field << 3) | 2);
            push(&mut self.0, value.len() as u64);
            self.0.extend_from_slice(value);
            self
        }

        pub(in super::super) fn packed(self, field: u64, values: &[i64]) -> Self {
            let mut list = Vec::new();
            for value in values {
                push(&mut list, value.cast_unsigned());
            }
            self.bytes(field, &list)
        }

        /// A list of `sint64`, each as the difference to the one before.
        pub(in super::super) fn deltas(self, field: u64, values: &[i64]) -> Self {
            let mut last = 0;
            let deltas: Vec<i64> = values
                .iter()
                .map(|value| {
                    let delta = value - std::mem::replace(&mut last, *value);
                    (delta << 1) ^ (delta >> 63)
                })
                .collect();
            self.packed(field, &deltas)
        }
    }

    fn push(bytes: &mut Vec<u8>, mut value: u64) {
        while value >= 0x80 {
            bytes.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        bytes.push(value.to_le_bytes()[0]);
    }

    #[test]
    fn what_is_written_reads_back() {
        let message = Message::default().int(1, -5).sint(2, -70_000).bytes(3, b"atm").0;
        let fields: Vec<_> = Fields::of(&message).map(Result::unwrap).collect();
        assert_eq!(fields.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(fields[0].1.int(), Ok(-5));
        assert_eq!(fields[1].1.sint(), Ok(-70_000));
        assert_eq!(fields[2].1.bytes(), Ok(&b"atm"[..]));

        let list = Message::default().deltas(1, &[i64::MAX, 7, -300]).0;
        let mut list = Packed::of(Fields::of(&list).next().unwrap().unwrap().1).unwrap();
        assert_eq!(list.count(), 3);
        let mut number = 0;
        for expected in [i64::MAX, 7, -300] {
            list.advance(&mut number).unwrap();
            assert_eq!(number, expected);
        }
    }

    #[test]
    fn damage_is_seen_and_not_run_over() {
        let message = Message::default().bytes(3, b"atm").0;
        for (bytes, damage) in [
            (&message[..4], "shorter than it says"),
            (&[0x08, 0xff], "a number without an end"),
            (&[0x0b], "a group, long abolished"),
        ] {
            let fields: Vec<_> = Fields::of(bytes).collect();
            assert_eq!(fields, [Err(Damaged)], "{damage}");
        }
        let long = Value::Bytes(&[0xff; 11]);
        assert_eq!(Packed::of(long).unwrap().next(), Err(Damaged), "more than 64 bits");
        let mut far = i64::MAX;
        assert_eq!(Packed::of(Value::Bytes(&[2])).unwrap().advance(&mut far), Err(Damaged));
    }
}
