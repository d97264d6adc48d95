//! Blocks of OSM PBF by hand.

/// Writes messages for tests.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(pub(super) Vec<u8>);

impl Message {
    pub(super) fn int(mut self, field: u64, value: i64) -> Self {
        push(&mut self.0, field << 3);
        push(&mut self.0, value.cast_unsigned());
        self
    }

    pub(super) fn sint(self, field: u64, value: i64) -> Self {
        self.int(field, (value << 1) ^ (value >> 63))
    }

    pub(super) fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        push(&mut self.0, (field << 3) | 2);
        push(&mut self.0, value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    pub(super) fn packed(self, field: u64, values: &[i64]) -> Self {
        let mut list = Vec::new();
        for value in values {
            push(&mut list, value.cast_unsigned());
        }
        self.bytes(field, &list)
    }

    /// A list of `sint64`, each as the difference to the one before.
    pub(super) fn deltas(self, field: u64, values: &[i64]) -> Self {
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
