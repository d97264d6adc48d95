//! Texts that recur, as JSON has them.

use crate::domain::LIST_SEPARATOR;
use crate::ingest::packed::{Span, Symbol};
use crate::json::{Json as _, append_from};

/// Every recurring text between quotation marks, the items of a list with commas between them, so
/// that answers copy them. They lie one behind the other: a machine has a dozen, and looking for each
/// where its text is kept alone would take longer than copying it.
#[derive(Debug, Default)]
pub(super) struct Quoted {
    bytes: Vec<u8>,
    /// Where each begins; one more than there are texts.
    starts: Vec<usize>,
}

impl Quoted {
    /// Of these texts, in the order of their numbers, which begin at 1.
    ///
    /// # Cost
    ///
    /// Some ten nanoseconds a text, and its memory and some ten bytes again.
    pub(super) fn of(texts: &[Box<str>]) -> Self {
        let bytes = texts.iter().map(|text| text.len() + 2).sum();
        let (mut bytes, mut starts) = (Vec::with_capacity(bytes), Vec::new());
        starts.reserve_exact(texts.len() + 1);
        for text in texts {
            starts.push(bytes.len());
            for (place, item) in text.split(LIST_SEPARATOR).enumerate() {
                if place > 0 {
                    bytes.push(b',');
                }
                item.write(&mut bytes);
            }
        }
        starts.push(bytes.len());
        Self { bytes, starts }
    }

    /// Where a text lies; nowhere when there is none of the number.
    #[inline]
    pub(super) fn place(&self, symbol: Symbol) -> Span {
        let place = symbol as usize;
        let end = self.starts.get(place).copied();
        let start = place.checked_sub(1).and_then(|before| self.starts.get(before)).copied();
        let (Some(start), Some(end)) = (start, end) else { return Span::default() };
        Span { start, length: end - start }
    }

    /// Appends the text of a place.
    #[inline]
    pub(super) fn append(&self, Span { start, length }: Span, out: &mut Vec<u8>) {
        append_from(out, &self.bytes, start, length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_and_items_of_lists_apart() {
        let long = "x".repeat(300);
        let texts = ["Bank \"A\"", "LINK\u{1f}Plus\u{1f}Visa", "Ünïcode", &long, "EUR"];
        let quoted = Quoted::of(&texts.map(Into::into));
        let expected = [
            "",
            r#""Bank \"A\"""#,
            r#""LINK","Plus","Visa""#,
            r#""Ünïcode""#,
            &format!("\"{long}\""),
            r#""EUR""#,
            "",
        ];
        for (number, expected) in (0..).zip(expected) {
            let mut out = Vec::new();
            quoted.append(quoted.place(number), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
