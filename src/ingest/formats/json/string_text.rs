//! JSON within a string of JSON, read as it goes.

use std::io::{self, BufRead, Read};

/// The text of a JSON string, its escapes undone, up to the closing quotation mark.
pub(super) struct StringText<'s, 't> {
    text: &'s mut Box<dyn BufRead + 't>,
    pending: Pending,
    ended: bool,
    fault: Option<io::Error>,
}

/// The bytes of one character on their way out.
#[derive(Default)]
struct Pending {
    bytes: [u8; 4],
    from: usize,
    to: usize,
}

/// What is wrong with a string; travels inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadString(pub(super) &'static str);

fn bad_string(detail: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, BadString(detail))
}

impl Read for StringText<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let mut written = 0;
        while let Some(slot) = out.get_mut(written) {
            match self.next() {
                Ok(Some(byte)) => *slot = byte,
                Ok(None) => break,
                // What stands before the fault is handed over first.
                Err(fault) if written > 0 => {
                    self.fault = Some(fault);
                    break;
                }
                Err(fault) => return Err(fault),
            }
            written += 1;
        }
        Ok(written)
    }
}

impl<'s, 't> StringText<'s, 't> {
    /// The text of the string whose opening quotation mark was read from `text`.
    pub(super) fn new(text: &'s mut Box<dyn BufRead + 't>) -> Self {
        Self { text, pending: Pending::default(), ended: false, fault: None }
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        if self.pending.from == self.pending.to {
            if self.ended {
                return Ok(None);
            }
            match self.raw()? {
                b'"' => {
                    self.ended = true;
                    return Ok(None);
                }
                b'\\' => self.escape()?,
                0..0x20 => return Err(bad_string("a control character stands in a string")),
                plain => return Ok(Some(plain)),
            }
        }
        let byte = self.pending.bytes.get(self.pending.from).copied();
        self.pending.from += 1;
        Ok(byte)
    }

    fn raw(&mut self) -> io::Result<u8> {
        let byte = self.text.fill_buf()?.first().copied();
        let byte = byte.ok_or_else(|| bad_string("the text ends in the middle of a string"))?;
        self.text.consume(1);
        Ok(byte)
    }

    fn escape(&mut self) -> io::Result<()> {
        let character = match self.raw()? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            plain @ (b'"' | b'\\' | b'/') => char::from(plain),
            b'u' => self.code_point()?,
            _ => return Err(bad_string("an escape in a string is none of those there are")),
        };
        let size = character.encode_utf8(&mut self.pending.bytes).len();
        (self.pending.from, self.pending.to) = (0, size);
        Ok(())
    }

    fn code_point(&mut self) -> io::Result<char> {
        let lone = || bad_string("half a surrogate pair stands in a string");
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if (self.raw()?, self.raw()?) != (b'\\', b'u') {
                return Err(lone());
            }
            let second = self.hex4()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(lone());
            }
            0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(lone)
    }

    fn hex4(&mut self) -> io::Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.raw()?).to_digit(16);
            code = code * 16 + digit.ok_or_else(|| bad_string("an escape lacks digits"))?;
        }
        Ok(code)
    }
}
