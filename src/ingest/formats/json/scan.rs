//! Walks a JSON text from its beginning without holding more of it than one value.

use std::io::{BufRead, BufReader};

use crate::ingest::{FormatError, ROW_BYTES_MAX};

use super::node::Node;
use super::string_text::{BadString, StringText};

/// Deepest nesting that is read. Real files reach ten; the bound keeps a hostile one from growing
/// the stack, and is the bound of `serde_json` too.
const DEPTH_MAX: usize = 128;

/// Why a walk ended before the text did.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Whoever takes the events has enough.
    Asked,
    /// The text cannot be read any further.
    Failed(FormatError),
}

impl From<FormatError> for Stop {
    fn from(error: FormatError) -> Self {
        Self::Failed(error)
    }
}

/// A place in a JSON text, before a value or behind one.
pub(crate) struct Scanner<'t> {
    text: Box<dyn BufRead + 't>,
    format: &'static str,
    line: u64,
    depth: usize,
    /// Text of a key or of a skipped value, kept for its allocation.
    scratch: Vec<u8>,
}

/// What was found of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Captured {
    /// Line its first character stands in, from 1.
    pub(crate) line: u64,
    /// Its size. Of a value larger than [`ROW_BYTES_MAX`] only that many bytes were kept.
    pub(crate) size_bytes: u64,
}

impl Captured {
    /// Whether the whole text was kept.
    pub(crate) fn is_whole(self) -> bool {
        self.size_bytes <= ROW_BYTES_MAX as u64
    }
}

impl<'t> Scanner<'t> {
    /// The beginning of `text`, whose first line has the number `line`.
    ///
    /// # Errors
    ///
    /// When nothing can be read.
    pub(crate) fn new(
        mut text: impl BufRead + 't,
        format: &'static str,
        line: u64,
    ) -> Result<Self, FormatError> {
        // A byte order mark is not JSON, but some programs put it before theirs.
        if text.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            text.consume(3);
        }
        Ok(Self { text: Box::new(text), format, line, depth: 0, scratch: Vec::new() })
    }

    /// A syntax error in the line that is being read.
    pub(crate) fn syntax(&self, detail: impl Into<String>) -> FormatError {
        FormatError::Syntax { format: self.format, line: self.line, detail: detail.into() }
    }

    /// The first character of what follows, blanks left out; `None` at the end of the text.
    ///
    /// # Errors
    ///
    /// When nothing can be read.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, FormatError> {
        loop {
            let buffer = fill(&mut self.text, self.format, self.line)?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blanks = buffer.iter().take_while(|byte| is_blank(**byte)).count();
            let lines = newlines(&buffer[..blanks]);
            let next = buffer.get(blanks).copied();
            self.text.consume(blanks);
            self.line += lines;
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Hands every member of the object that follows to `visit`, which must read its value.
    ///
    /// # Errors
    ///
    /// [`FormatError::Syntax`] when no well-formed object follows, and what `visit` returns.
    pub(crate) fn each_member(
        &mut self,
        mut visit: impl FnMut(&mut Self, &str) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.enter(b'{')?;
        if self.take_if(b'}')? {
            self.leave();
            return Ok(());
        }
        loop {
            let key = self.key()?;
            self.expect(b':')?;
            visit(self, &key)?;
            if self.take_if(b'}')? {
                self.leave();
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Hands every item of the array that follows to `visit`, which must read it.
    ///
    /// # Errors
    ///
    /// [`FormatError::Syntax`] when no well-formed array follows, and what `visit` returns.
    pub(crate) fn each_item(
        &mut self,
        mut visit: impl FnMut(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.enter(b'[')?;
        if self.take_if(b']')? {
            self.leave();
            return Ok(());
        }
        loop {
            visit(self)?;
            if self.take_if(b']')? {
                self.leave();
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// As [`Self::each_item`], and for anything but an array a list of that one value: several
    /// publishers leave the brackets of a single item out.
    ///
    /// # Errors
    ///
    /// As [`Self::each_item`].
    pub(crate) fn each_item_or_one(
        &mut self,
        mut visit: impl FnMut(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        match self.peek()? {
            Some(b'[') => self.each_item(visit),
            _ => visit(self),
        }
    }

    /// Reads the value that follows into `text`, which then holds it or, of a value that is too
    /// large, its beginning. Brackets and strings are matched; nothing else is checked.
    ///
    /// # Errors
    ///
    /// [`FormatError::Syntax`] when the text ends inside the value or its brackets do not match.
    pub(crate) fn capture(&mut self, text: &mut Vec<u8>) -> Result<Captured, FormatError> {
        text.clear();
        if matches!(self.peek()?, None | Some(b',' | b':' | b']' | b'}')) {
            return Err(self.syntax("there is no value where one belongs"));
        }
        let mut found = Captured { line: self.line, size_bytes: 0 };
        let mut frame = Frame::default();
        loop {
            let buffer = fill(&mut self.text, self.format, self.line)?;
            if buffer.is_empty() && !frame.is_word() {
                return Err(self.syntax("the text ends in the middle of a value"));
            }
            let (end, complete) = match frame.advance(buffer) {
                Ok(Some(end)) => (end, true),
                Ok(None) => (buffer.len(), buffer.is_empty()),
                Err(Fault { at, detail }) => {
                    self.line += newlines(&buffer[..at]);
                    return Err(self.syntax(detail));
                }
            };
            let part = &buffer[..end];
            let room = ROW_BYTES_MAX - text.len().min(ROW_BYTES_MAX);
            text.extend_from_slice(&part[..end.min(room)]);
            found.size_bytes += end as u64;
            let lines = newlines(part);
            self.text.consume(end);
            self.line += lines;
            if complete {
                return Ok(found);
            }
        }
    }

    /// Reads the value that follows and shows it to `look`; `None` when it is too large.
    ///
    /// # Errors
    ///
    /// [`FormatError::Syntax`] when it is not well-formed.
    pub(crate) fn value<T>(
        &mut self,
        look: impl FnOnce(&Node<'_>) -> T,
    ) -> Result<Option<T>, FormatError> {
        let mut text = Vec::new();
        let found = self.capture(&mut text)?;
        if !found.is_whole() {
            return Ok(None);
        }
        let node = Node::parse(&text).map_err(|error| self.fault_inside(found, &error))?;
        Ok(Some(look(&node)))
    }

    /// Passes over the value that follows.
    ///
    /// # Errors
    ///
    /// [`FormatError::Syntax`] when it is not well-formed.
    pub(crate) fn skip(&mut self) -> Result<(), FormatError> {
        let mut text = std::mem::take(&mut self.scratch);
        let found = self.capture(&mut text)?;
        if found.is_whole() {
            serde_json::from_slice::<serde::de::IgnoredAny>(&text)
                .map_err(|error| self.fault_inside(found, &error))?;
        }
        self.scratch = text;
        Ok(())
    }

    /// The text of the string that follows, as JSON within JSON. The string has to be read to its
    /// end, [`Self::end`], before this walk goes on. Its lines are those of the text within,
    /// the first having the number of the line the string begins in.
    ///
    /// # Errors
    ///
    /// [`FormatError::Syntax`] when no string follows.
    pub(crate) fn embedded(&mut self) -> Result<Scanner<'_>, FormatError> {
        self.expect(b'"')?;
        let inner = BufReader::new(StringText::new(&mut self.text));
        let mut inner = Scanner::new(inner, self.format, self.line)?;
        inner.depth = self.depth;
        Ok(inner)
    }

    /// Reads whatever is left of this text.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn drain(&mut self) -> Result<(), FormatError> {
        loop {
            let buffer = fill(&mut self.text, self.format, self.line)?;
            let (size, lines) = (buffer.len(), newlines(buffer));
            if size == 0 {
                return Ok(());
            }
            self.text.consume(size);
            self.line += lines;
        }
    }

    /// Reads whatever is left of this text, or as much of it as there is, into `out`.
    pub(crate) fn read_what_there_is(&mut self, out: &mut Vec<u8>) {
        while let Ok(buffer) = self.text.fill_buf()
            && !buffer.is_empty()
        {
            let size = buffer.len();
            out.extend_from_slice(buffer);
            self.text.consume(size);
        }
    }

    /// Makes sure that nothing but blanks is left.
    ///
    /// # Errors
    ///
    /// [`FormatError::Syntax`] when something is.
    pub(crate) fn end(&mut self) -> Result<(), FormatError> {
        match self.peek()? {
            None => Ok(()),
            Some(_) => Err(self.syntax("the text goes on after the end of the document")),
        }
    }

    /// The error of a value whose text breaks the grammar, with the line of the file.
    pub(crate) fn fault_inside(&self, found: Captured, error: &serde_json::Error) -> FormatError {
        let line = found.line + (error.line() as u64).saturating_sub(1);
        FormatError::Syntax { format: self.format, line, detail: error_text(error) }
    }

    fn enter(&mut self, bracket: u8) -> Result<(), FormatError> {
        self.expect(bracket)?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.syntax(TOO_DEEP));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn key(&mut self) -> Result<String, FormatError> {
        if self.peek()? != Some(b'"') {
            return Err(self.syntax("there is no key where one belongs"));
        }
        let mut text = std::mem::take(&mut self.scratch);
        let found = self.capture(&mut text)?;
        let key =
            serde_json::from_slice(&text).map_err(|error| self.fault_inside(found, &error))?;
        self.scratch = text;
        Ok(key)
    }

    fn take_if(&mut self, wanted: u8) -> Result<bool, FormatError> {
        let follows = self.peek()? == Some(wanted);
        if follows {
            self.text.consume(1);
        }
        Ok(follows)
    }

    fn expect(&mut self, wanted: u8) -> Result<(), FormatError> {
        if self.take_if(wanted)? {
            return Ok(());
        }
        let wanted = char::from(wanted);
        Err(match self.peek()? {
            None => self.syntax(format!("the text ends where `{wanted}` belongs")),
            Some(found) if found.is_ascii_graphic() => {
                self.syntax(format!("`{}` stands where `{wanted}` belongs", char::from(found)))
            }
            Some(_) => self.syntax(format!("something else stands where `{wanted}` belongs")),
        })
    }
}

const TOO_DEEP: &str = "nested deeper than 128 levels";

/// The message of `error` without its own line, which counts from the beginning of the value.
pub(crate) fn error_text(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().map_or_else(String::new, str::to_owned)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}

/// The bytes that are ready, with the faults of a string within a string as what they are.
fn fill<'b>(
    text: &'b mut Box<dyn BufRead + '_>,
    format: &'static str,
    line: u64,
) -> Result<&'b [u8], FormatError> {
    text.fill_buf().map_err(|error| match error.get_ref().and_then(|e| e.downcast_ref()) {
        Some(BadString(detail)) => {
            FormatError::Syntax { format, line, detail: (*detail).to_owned() }
        }
        None => FormatError::Io(error),
    })
}

/// How far the end of one value has been looked for.
#[derive(Default)]
struct Frame {
    /// The closing brackets that are due, the next one last.
    due: Vec<u8>,
    in_string: bool,
    escaped: bool,
    in_word: bool,
}

struct Fault {
    at: usize,
    detail: &'static str,
}

impl Frame {
    /// Whether the value is a number or a literal, which nothing closes.
    fn is_word(&self) -> bool {
        self.in_word && self.due.is_empty()
    }

    /// Where in `bytes` the value ends, `None` when it goes on behind them.
    fn advance(&mut self, bytes: &[u8]) -> Result<Option<usize>, Fault> {
        for (at, &byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.in_string = false;
                        if self.due.is_empty() {
                            return Ok(Some(at + 1));
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                _ if self.is_word() && (is_blank(byte) || b",:]}[{\"".contains(&byte)) => {
                    return Ok(Some(at));
                }
                b'"' => self.in_string = true,
                b'{' | b'[' if self.due.len() == DEPTH_MAX => {
                    return Err(Fault { at, detail: TOO_DEEP });
                }
                b'{' => self.due.push(b'}'),
                b'[' => self.due.push(b']'),
                b'}' | b']' => {
                    if self.due.pop() != Some(byte) {
                        return Err(Fault { at, detail: "brackets do not match" });
                    }
                    if self.due.is_empty() {
                        return Ok(Some(at + 1));
                    }
                }
                _ if self.due.is_empty() => self.in_word = true,
                _ => {}
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// A walk whose buffer holds two bytes, so that everything crosses its edge.
    fn scanner(text: &str) -> Scanner<'_> {
        Scanner::new(BufReader::with_capacity(2, Cursor::new(text)), "JSON", 1).unwrap()
    }

    fn captured(scanner: &mut Scanner<'_>) -> (String, u64) {
        let mut text = Vec::new();
        let found = scanner.capture(&mut text).unwrap();
        (String::from_utf8(text).unwrap(), found.line)
    }

    #[test]
    fn every_item_is_cut_out_with_its_line() {
        let mut walk = scanner("[\r\n {\"a\":\n \"]}\\\"\"} ,\n7,true\n,\"x\\\\\", []]");
        let mut items = Vec::new();
        walk.each_item(|scanner| {
            items.push(captured(scanner));
            Ok(())
        })
        .unwrap();
        walk.end().unwrap();
        let wanted =
            [("{\"a\":\n \"]}\\\"\"}", 2), ("7", 4), ("true", 4), ("\"x\\\\\"", 5), ("[]", 5)];
        assert_eq!(items, wanted.map(|(text, line)| (text.to_owned(), line)));
    }

    #[test]
    fn a_fault_is_found_in_its_line() {
        for (text, line) in [
            ("[1,\n2", 2),
            ("[1,\n{\"a\":[1}]", 2),
            ("[1\n\n2]", 3),
            ("[1,\n]", 2),
            ("[\n\"abc", 2),
            ("", 1),
            ("[1]\n]", 2),
            ("[{\n\"a\":\nnope}]", 3),
        ] {
            let mut walk = scanner(text);
            let fault =
                walk.each_item(|scanner| Ok(scanner.skip()?)).and_then(|()| Ok(walk.end()?));
            match fault {
                Err(Stop::Failed(FormatError::Syntax { line: found, .. })) => {
                    assert_eq!(found, line, "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn of_a_value_that_is_too_large_only_the_beginning_is_kept() {
        let text = format!("[\"{}\", 1]", "x".repeat(ROW_BYTES_MAX));
        let mut walk = Scanner::new(Cursor::new(text), "JSON", 1).unwrap();
        let mut kept = Vec::new();
        let mut sizes = Vec::new();
        walk.each_item(|scanner| {
            let found = scanner.capture(&mut kept)?;
            sizes.push((found.is_whole(), kept.len()));
            Ok(())
        })
        .unwrap();
        assert_eq!(sizes, [(false, ROW_BYTES_MAX), (true, 1)]);
    }

    fn enter(scanner: &mut Scanner<'_>) -> Result<(), Stop> {
        if scanner.peek()? == Some(b'[') {
            scanner.each_item(enter)
        } else {
            scanner.each_member(|scanner, _| enter(scanner))
        }
    }

    #[test]
    fn nesting_has_a_bound() {
        for deep in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
            assert!(scanner(&deep).skip().is_err());
            let mut walk = scanner(&deep);
            assert!(matches!(enter(&mut walk), Err(Stop::Failed(_))));
        }
    }

    #[test]
    fn json_within_a_string_is_read_as_it_goes() {
        let mut walk = scanner(r#"{"d":"\n[{\"a\":\"\\\"\u00e9\ud83c\udfe7\"},\u005b]]", "e":1}"#);
        let mut items = Vec::new();
        let mut keys = Vec::new();
        walk.each_member(|scanner, key| {
            keys.push(key.to_owned());
            if key != "d" {
                return Ok(scanner.skip()?);
            }
            let mut inner = scanner.embedded()?;
            inner.each_item(|scanner| {
                items.push(captured(scanner).0);
                Ok(())
            })?;
            Ok(inner.end()?)
        })
        .unwrap();
        assert_eq!(items, [r#"{"a":"\"é🏧"}"#, "[]"]);
        assert_eq!(keys, ["d", "e"]);

        for bad in [r#""[1"#, r#""[1]\x""#, r#""[\ud800]""#, "\"[1,\n2]\"", r#""[1]"#] {
            let mut walk = scanner(bad);
            let mut inner = walk.embedded().unwrap();
            let read =
                inner.each_item(|scanner| Ok(scanner.skip()?)).and_then(|()| Ok(inner.end()?));
            assert!(
                matches!(read, Err(Stop::Failed(FormatError::Syntax { .. }))),
                "{bad}: {read:?}"
            );
        }
    }
}
