//! Few bytes, copied with all the room around them.

/// Bytes of the room.
const SHORT_BYTES: usize = 32;

/// Bytes so few that all the room for them is copied and what is too much is cut off again: as long
/// as is known beforehand takes some moves between registers, and any other length a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Short {
    room: [u8; SHORT_BYTES],
    length: usize,
}

impl Short {
    /// A member whose value is a text, with a comma behind it. Both are codes of ours, without
    /// anything to escape; to be made when the program is compiled, which fails where they are too
    /// long.
    pub(crate) const fn member(name: &str, value: &str) -> Self {
        let parts = [b"\"", name.as_bytes(), b"\":\"", value.as_bytes(), b"\","];
        let (mut room, mut length) = ([0; SHORT_BYTES], 0);
        let mut part = 0;
        while part < parts.len() {
            let mut place = 0;
            while place < parts[part].len() {
                room[length] = parts[part][place];
                length += 1;
                place += 1;
            }
            part += 1;
        }
        Self { room, length }
    }

    /// Appends the bytes.
    #[inline]
    pub(crate) fn append(&self, out: &mut Vec<u8>) {
        append_room(out, &self.room, self.length);
    }
}

/// Appends `length` bytes of `all` from a place on; what is not there is left out.
#[inline]
pub(crate) fn append_from(out: &mut Vec<u8>, all: &[u8], start: usize, length: usize) {
    let from = all.get(start..).unwrap_or_default();
    match from.first_chunk() {
        Some(room) if length <= SHORT_BYTES => append_room(out, room, length),
        _ => out.extend_from_slice(from.get(..length).unwrap_or(from)),
    }
}

#[inline]
fn append_room(out: &mut Vec<u8>, room: &[u8; SHORT_BYTES], length: usize) {
    let end = out.len() + length;
    out.extend_from_slice(room);
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_bytes_are_appended_as_there_are() {
        let all: Vec<u8> = (0..100).collect();
        for start in [0, 1, 60, 67, 68, 69, 99, 100, 101] {
            for length in [0, 1, 31, 32, 33, 40] {
                let mut out = vec![7];
                append_from(&mut out, &all, start, length);
                let expected = all.iter().skip(start).take(length);
                assert!(out[1..].iter().eq(expected), "{start} {length}");
            }
        }
        let mut out = Vec::new();
        Short::member("mobile_registration", "unknown").append(&mut out);
        assert_eq!(out, br#""mobile_registration":"unknown","#);
    }
}
