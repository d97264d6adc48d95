//! Writing JSON straight into one buffer, with no tree, no formatter and no result in between.

mod number;
mod short;
mod values;

pub(crate) use number::{Decimal, Digits};
pub(crate) use short::{Short, append_from};
pub(crate) use values::{LatLon, Point};

/// The two digits of every number below a hundred.
const PAIRS: &[u8; 200] = b"00010203040506070809101112131415161718192021222324\
    25262728293031323334353637383940414243444546474849505152535455565758596061626364656667686970\
    71727374757677787980818283848586878889909192939495969798\
    99";

/// What can be written as a JSON value.
pub(crate) trait Json {
    /// Appends the value to `out`.
    fn write(&self, out: &mut Vec<u8>);
}

/// The members of an object being written.
pub(crate) struct Members<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

/// Appends an object with the members that `fill` adds.
#[inline]
pub(crate) fn object(out: &mut Vec<u8>, fill: impl FnOnce(&mut Members<'_>)) {
    out.push(b'{');
    fill(&mut Members { out, is_first: true });
    out.push(b'}');
}

impl<'o> Members<'o> {
    /// Members of an object whose braces someone else writes.
    #[cfg(test)]
    pub(crate) fn of(out: &'o mut Vec<u8>) -> Self {
        Self { out, is_first: true }
    }

    /// Members of an object behind others, so that each has a comma before it.
    pub(crate) fn following(out: &'o mut Vec<u8>) -> Self {
        Self { out, is_first: false }
    }

    /// Adds members that are written already, each with a comma before it.
    #[inline]
    pub(crate) fn add_run(&mut self, written: &[u8]) {
        // The first of an object has none.
        let skipped = usize::from(self.is_first && !written.is_empty());
        self.is_first &= written.is_empty();
        self.out.extend_from_slice(&written[skipped..]);
    }

    /// Adds an object of members that are written already, each with a comma behind it.
    #[inline]
    pub(crate) fn add_object_of<'m>(
        &mut self,
        name: &'static str,
        members: impl Iterator<Item = &'m Short>,
    ) {
        self.name(name);
        self.out.push(b'{');
        let before = self.out.len();
        members.for_each(|member| member.append(self.out));
        if let Some(comma) = self.out.get_mut(before..).and_then(<[u8]>::last_mut) {
            *comma = b'}';
        } else {
            self.out.push(b'}');
        }
    }

    /// Adds a member. Its name is a code of ours, without anything to escape.
    #[inline]
    pub(crate) fn add(&mut self, name: &'static str, value: impl Json) {
        value.write(self.value_of(name));
    }

    /// Adds the name of a member, whose value is to be appended next.
    #[expect(clippy::inline_always, reason = "where a name is known it is stored and not copied")]
    #[inline(always)]
    pub(crate) fn value_of(&mut self, name: &'static str) -> &mut Vec<u8> {
        self.name(name);
        self.out
    }

    /// Adds a member if there is a value.
    #[inline]
    pub(crate) fn add_some(&mut self, name: &'static str, value: Option<impl Json>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Adds a member that is an object.
    #[inline]
    pub(crate) fn add_object(&mut self, name: &'static str, fill: impl FnOnce(&mut Members<'_>)) {
        self.name(name);
        object(self.out, fill);
    }

    /// Adds a member that is JSON already.
    pub(crate) fn add_written(&mut self, name: &'static str, json: &str) {
        self.name(name);
        self.out.extend_from_slice(json.as_bytes());
    }

    #[expect(clippy::inline_always, reason = "where a name is known it is stored and not copied")]
    #[inline(always)]
    fn name(&mut self, name: &'static str) {
        debug_assert!(name.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\'));
        // Space for the name and its punctuation at once, so that the pushes below only store.
        self.out.reserve(name.len() + 4);
        if !std::mem::replace(&mut self.is_first, false) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }
}

/// A list whose items are made one by one as they are written.
pub(crate) struct List<I>(pub(crate) I);

impl<I: Clone + IntoIterator<Item: Json>> Json for List<I> {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        let mut items = self.0.clone().into_iter();
        if let Some(first) = items.next() {
            first.write(out);
        }
        for item in items {
            out.push(b',');
            item.write(out);
        }
        out.push(b']');
    }
}

impl<T: Json + ?Sized> Json for &T {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<T: Json> Json for Option<T> {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, out: &mut Vec<u8>) {
        List(self).write(out);
    }
}

impl<T: Json, const N: usize> Json for [T; N] {
    fn write(&self, out: &mut Vec<u8>) {
        List(self).write(out);
    }
}

impl Json for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_str().write(out);
    }
}

impl Json for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl Json for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        write_whole(out, u64::from(*self));
    }
}

impl Json for usize {
    fn write(&self, out: &mut Vec<u8>) {
        write_whole(out, *self as u64);
    }
}

impl Json for str {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        Utf8(self.as_bytes()).write(out);
    }
}

/// A text of which the bytes alone are known: nobody needs to look again whether they are UTF-8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Utf8<'t>(pub(crate) &'t [u8]);

impl Json for Utf8<'_> {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.reserve(self.0.len() + 2);
        out.push(b'"');
        write_escaped(out, self.0);
        out.push(b'"');
    }
}

/// A code of ours, without anything to escape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code(pub(crate) &'static str);

impl Json for Code {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        out.extend_from_slice(self.0.as_bytes());
        out.push(b'"');
    }
}

/// A text made of several, written as one string.
pub(crate) struct Joined<'t, const N: usize>(pub(crate) [&'t [u8]; N]);

impl<const N: usize> Json for Joined<'_, N> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        self.0.iter().for_each(|text| write_escaped(out, text));
        out.push(b'"');
    }
}

/// Appends a text as it stands in a string. Most texts have nothing to escape and are copied
/// whole; they are looked through eight bytes at a time.
#[inline]
fn write_escaped(out: &mut Vec<u8>, text: &[u8]) {
    let (words, rest) = text.as_chunks::<8>();
    let is_plain = !words.iter().any(|word| has_special(u64::from_le_bytes(*word)))
        && !rest.iter().any(|&byte| is_special(byte));
    if is_plain {
        out.extend_from_slice(text);
    } else {
        write_with_escapes(out, text);
    }
}

const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether one of eight bytes is special: each comparison sets the top bit of a byte for which it
/// holds (Mycroft's test); bytes above a true one may be set too, which changes no answer.
const fn has_special(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let below_space = word.wrapping_sub(ONES * 0x20) & !word;
    let (quote, backslash) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5c));
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_backslash = backslash.wrapping_sub(ONES) & !backslash;
    (below_space | is_quote | is_backslash) & TOPS != 0
}

#[cold]
fn write_with_escapes(out: &mut Vec<u8>, text: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for &byte in text {
        let letter = match byte {
            b'"' | b'\\' => byte,
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0c => b'f',
            b'\r' => b'r',
            0x00..0x20 => {
                let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
                continue;
            }
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
}

/// Appends the digits of a whole number.
pub(crate) fn write_whole(out: &mut Vec<u8>, number: u64) {
    write_digits(out, number, 1);
}

/// Appends the digits of a whole number, with leading zeros up to `least` digits (20 at most).
#[inline]
pub(crate) fn write_digits(out: &mut Vec<u8>, mut number: u64, least: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    while number >= 10 {
        let pair = 2 * usize::try_from(number % 100).unwrap_or_default();
        number /= 100;
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if number > 0 || at == digits.len() {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
    }
    out.extend_from_slice(&digits[at.min(digits.len() - least)..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: impl Json) -> String {
        let mut out = Vec::new();
        value.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_text_is_written_as_the_reference_writer_does() {
        let awkward = (0..=0x2ff).filter_map(char::from_u32).chain(['\u{2028}', '€', '😀']);
        for letter in awkward {
            for length in 0..18 {
                let mut text = "x".repeat(length);
                text.insert(length / 2, letter);
                text.push_str(&"ü".repeat(length % 5));
                assert_eq!(written(text.as_str()), serde_json::to_string(&text).unwrap());
            }
        }
        assert_eq!(written(Joined([b"a\"", b"b"])), r#""a\"b""#);
    }

    #[test]
    fn whole_numbers_have_all_their_digits() {
        let near = |power: u32| [10_u64.pow(power) - 1, 10_u64.pow(power), 10_u64.pow(power) + 1];
        for number in (0..20).flat_map(near).chain([0, u64::MAX, 42, 1_234_567]) {
            let mut out = Vec::new();
            write_whole(&mut out, number);
            assert_eq!(out, number.to_string().as_bytes());
        }
        let mut out = Vec::new();
        write_digits(&mut out, 42, 7);
        assert_eq!(out, b"0000042");
    }

    #[test]
    fn objects_and_lists_separate_what_they_hold() {
        let mut out = Vec::new();
        object(&mut out, |members| {
            members.add("none", None::<u32>);
            members.add_some("absent", None::<u32>);
            members.add_object("empty", |_| {});
            members.add("list", [1_u32, 2]);
            members.add("nothing", List(std::iter::empty::<u32>()));
            members.add("yes", true);
            members.add_run(br#","a":1,"b":2"#);
            members.add_run(b"");
            members
                .add_object_of("short", [Short::member("c", "3"), Short::member("d", "4")].iter());
            members.add_object_of("shortest", std::iter::empty());
            members.add_object("run", |members| members.add_run(br#","a":1"#));
        });
        let expected = r#"{"none":null,"empty":{},"list":[1,2],"nothing":[],"yes":true,"a":1,"b":2,"short":{"c":"3","d":"4"},"shortest":{},"run":{"a":1}}"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
