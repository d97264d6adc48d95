//! Bytes of any encoding as UTF-8, in one pass and bounded memory.

use std::io::{self, BufRead, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::input::Input;
use super::options::ReadOptions;
use super::record::FormatError;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// Bytes an encoding is guessed from, counted from the first that is not UTF-8.
const GUESS_BYTES: usize = 1 << 20;

/// The text of a file as UTF-8, without byte order mark.
///
/// The encoding is the configured one, else the one its byte order mark names, else UTF-8 as long
/// as the bytes are that. At the first that are not, it is guessed from them and what follows;
/// all before was ASCII and reads the same. Bytes that belong to no text become U+FFFD, and
/// [`Self::notice`] says so.
pub(crate) struct TextReader {
    inner: Box<dyn BufRead + Send>,
    /// Bytes read and not decoded yet.
    raw: Vec<u8>,
    at_end: bool,
    state: State,
    /// Decoded text not taken yet, from `taken` on.
    text: Vec<u8>,
    taken: usize,
    /// Bytes in the buffer of `inner` that are known to be UTF-8, and are lent as they are.
    lent: usize,
    is_damaged: bool,
    encoding: &'static Encoding,
    how_known: &'static str,
}

enum State {
    /// Nothing but ASCII so far: any encoding is possible.
    Ascii,
    /// There was text beyond ASCII, and it was UTF-8.
    Utf8,
    /// Decoded, and whether the end was told.
    Decoding(Decoder, bool),
}

impl TextReader {
    /// Opens a file at its beginning.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or [`FormatError::Options`] when the configured encoding is
    /// no WHATWG label.
    pub(crate) fn open(input: &Input, options: &ReadOptions) -> Result<Self, FormatError> {
        let mut reader = Self {
            inner: input.open()?,
            raw: Vec::with_capacity(CHUNK_BYTES),
            at_end: false,
            state: State::Ascii,
            text: Vec::with_capacity(CHUNK_BYTES),
            taken: 0,
            lent: 0,
            is_damaged: false,
            encoding: UTF_8,
            how_known: "",
        };
        reader.fill(CHUNK_BYTES)?;
        if let Some(label) = &options.encoding {
            let encoding =
                Encoding::for_label(label.as_bytes()).ok_or_else(|| FormatError::Options {
                    option: "encoding".to_owned(),
                    value: label.clone(),
                    accepted: "a label of the WHATWG encoding standard, such as windows-1252",
                })?;
            reader.decode_as(encoding, "as configured");
        } else if let Some((encoding, mark_bytes)) = Encoding::for_bom(&reader.raw) {
            if encoding == UTF_8 {
                reader.raw.drain(..mark_bytes);
            } else {
                reader.decode_as(encoding, "by its byte order mark");
            }
        } else if let Some(encoding) = utf_16_by_zeros(&reader.raw) {
            reader.decode_as(encoding, "by its zero bytes");
        }
        Ok(reader)
    }

    /// What a reader of the report should know of the encoding; `None` for sound UTF-8. Complete
    /// once all text was read.
    pub(crate) fn notice(&self) -> Option<String> {
        let damage = "bytes that belong to no text became U+FFFD";
        match (self.encoding == UTF_8, self.is_damaged) {
            (true, false) => None,
            (true, true) => Some(format!("UTF-8: {damage}")),
            (false, false) => Some(format!("{}, {}", self.encoding.name(), self.how_known)),
            (false, true) => {
                Some(format!("{}, {}: {damage}", self.encoding.name(), self.how_known))
            }
        }
    }

    fn decode_as(&mut self, encoding: &'static Encoding, how_known: &'static str) {
        self.encoding = encoding;
        self.how_known = how_known;
        self.state = State::Decoding(encoding.new_decoder_with_bom_removal(), false);
    }

    /// Reads until `count` bytes wait to be decoded, or the end.
    fn fill(&mut self, count: usize) -> io::Result<()> {
        while self.raw.len() < count && !self.at_end {
            let bytes = self.inner.fill_buf()?;
            let taken = bytes.len().min(count - self.raw.len());
            self.raw.extend_from_slice(&bytes[..taken]);
            self.at_end = taken == 0;
            self.inner.consume(taken);
        }
        Ok(())
    }

    /// Lends what is UTF-8 of the bytes not read yet, where nothing else comes before it.
    fn lend(&mut self) -> io::Result<()> {
        if !self.raw.is_empty() || matches!(self.state, State::Decoding(..)) {
            return Ok(());
        }
        let bytes = self.inner.fill_buf()?;
        let sound = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
        if matches!(self.state, State::Ascii) && !bytes[..sound].is_ascii() {
            self.state = State::Utf8;
        }
        let lead = bytes.first().copied();
        self.lent = sound;
        if sound == 0
            && let Some(lead) = lead
        {
            self.fill(char_bytes(lead))?;
        }
        Ok(())
    }

    /// Makes more text of what is read; none is made only at the end.
    fn more(&mut self) -> io::Result<()> {
        self.text.clear();
        self.taken = 0;
        while self.text.is_empty() {
            // Of a character cut in two no more than its rest, so that text can be lent again.
            let is_utf_8 = !matches!(self.state, State::Decoding(..));
            let cut = self.raw.first().filter(|_| is_utf_8 && self.raw.len() < LONGEST_CHAR);
            self.fill(cut.map_or(CHUNK_BYTES, |&lead| char_bytes(lead)))?;
            match &mut self.state {
                State::Ascii | State::Utf8 if self.raw.is_empty() => return Ok(()),
                State::Ascii | State::Utf8 => self.take_utf_8()?,
                State::Decoding(_, true) if self.at_end && self.raw.is_empty() => return Ok(()),
                State::Decoding(decoder, told_end) => {
                    let wanted = decoder.max_utf8_buffer_length(self.raw.len());
                    self.text.resize(wanted.unwrap_or(4 * CHUNK_BYTES), 0);
                    let (_, read, written, damaged) =
                        decoder.decode_to_utf8(&self.raw, &mut self.text, self.at_end);
                    self.text.truncate(written);
                    self.raw.drain(..read);
                    self.is_damaged |= damaged;
                    *told_end = self.at_end && self.raw.is_empty();
                }
            }
        }
        Ok(())
    }

    /// Passes on what is UTF-8, and settles the encoding at the first byte that is not.
    fn take_utf_8(&mut self) -> io::Result<()> {
        let (sound, is_cut) = match std::str::from_utf8(&self.raw) {
            Ok(text) => (text.len(), false),
            // A character may go on in bytes not read yet.
            Err(error) => (error.valid_up_to(), error.error_len().is_none() && !self.at_end),
        };
        if sound > 0 || is_cut {
            let text = &self.raw[..sound];
            if matches!(self.state, State::Ascii) && !text.is_ascii() {
                self.state = State::Utf8;
            }
            self.text.extend_from_slice(text);
            self.raw.drain(..sound);
            return Ok(());
        }
        if matches!(self.state, State::Utf8) {
            // What was UTF-8 so far is not written in anything else from here on.
            self.decode_as(UTF_8, "");
            return Ok(());
        }
        self.fill(GUESS_BYTES)?;
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(&self.raw, self.at_end);
        self.decode_as(detector.guess(None, Utf8Detection::Deny), "by its looks");
        Ok(())
    }
}

impl BufRead for TextReader {
    /// What is UTF-8 already is lent from where it was read.
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.text.len() && self.lent == 0 {
            self.lend()?;
        }
        if self.lent > 0 {
            return Ok(&self.inner.fill_buf()?[..self.lent]);
        }
        if self.taken == self.text.len() {
            self.more()?;
        }
        Ok(&self.text[self.taken..])
    }

    fn consume(&mut self, count: usize) {
        if self.lent > 0 {
            self.lent -= count;
            self.inner.consume(count);
        } else {
            self.taken += count;
        }
    }
}

impl Read for TextReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let text = self.fill_buf()?;
        let count = buffer.len().min(text.len());
        buffer[..count].copy_from_slice(&text[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// Bytes of the longest character in UTF-8.
const LONGEST_CHAR: usize = 4;

/// Bytes of the character that begins with this one in UTF-8; one where none does.
fn char_bytes(lead: u8) -> usize {
    match lead {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => LONGEST_CHAR,
        _ => 1,
    }
}

/// UTF-16 without a byte order mark: in text of mostly Latin letters every other byte is zero.
fn utf_16_by_zeros(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.get(..head.len().min(1024) & !1)?.chunks_exact(2);
    let (mut first, mut second, mut all) = (0, 0, 0);
    for pair in pairs {
        all += 1;
        first += usize::from(pair[0] == 0);
        second += usize::from(pair[1] == 0);
    }
    match (first, second) {
        (0, zeros) if all > 1 && zeros * 2 > all => Some(UTF_16LE),
        (zeros, 0) if all > 1 && zeros * 2 > all => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], encoding: Option<&str>) -> (String, Option<String>) {
        let input = Input::memory("atms.csv", bytes);
        let options =
            ReadOptions { encoding: encoding.map(str::to_owned), ..ReadOptions::default() };
        let mut reader = TextReader::open(&input, &options).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        let notice = reader.notice();
        (text, notice)
    }

    #[test]
    fn utf_8_stays_as_it_is_with_and_without_its_mark() {
        let text = "id,ciudad\n1,Núñez\n".repeat(20_000);
        assert_eq!(read(text.as_bytes(), None), (text.clone(), None));
        assert_eq!(read(format!("\u{feff}{text}").as_bytes(), None), (text, None));
        assert_eq!(read(b"", None), (String::new(), None));
    }

    #[test]
    fn characters_lie_across_the_ends_of_buffers_without_damage() {
        for text in ["名称,緯度,経度\n", "aé", "\u{1f3e7}xy"] {
            for shift in 0..4 {
                let text = "-".repeat(shift) + &text.repeat(100_000);
                assert_eq!(read(text.as_bytes(), None), (text, None));
            }
        }
        let late = "é".repeat(200_000).into_bytes();
        let (text, notice) = read(&[&late[..], &b"\xc3"[..]].concat(), None);
        assert!(text.ends_with("é\u{fffd}") && notice.is_some());
    }

    #[test]
    fn other_encodings_are_decoded_and_said() {
        let text =
            "id,ciudad\n".to_owned() + &"1,Buenos Aires\n".repeat(9_000) + "2,Núñez y Añatuya\n";
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(&text);
        let (decoded, notice) = read(&bytes, None);
        assert_eq!(decoded, text);
        assert_eq!(notice.as_deref(), Some("windows-1252, by its looks"));
        let (bytes, ..) =
            encoding_rs::SHIFT_JIS.encode("名称,緯度,経度\nみずほ銀行渋谷支店,35.6,139.7\n");
        assert!(read(&bytes, None).0.contains("みずほ銀行渋谷支店"));
        let (bytes, ..) =
            encoding_rs::WINDOWS_1251.encode("банк,широта,долгота\nСбербанк России,55.7,37.6\n");
        assert!(read(&bytes, Some("windows-1251")).0.contains("Сбербанк"));
        for with_mark in [true, false] {
            let text = "id,name\n1,Zürich\n";
            let mark = if with_mark { "\u{feff}" } else { "" };
            let units: Vec<u8> =
                format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
            let (decoded, notice) = read(&units, None);
            assert_eq!(decoded, text);
            assert!(notice.unwrap().starts_with("UTF-16LE"));
        }
    }

    #[test]
    fn damage_in_utf_8_is_replaced_and_said() {
        let (text, notice) = read(b"N\xc3\xba\xc3\xb1ez,\xff,x\n\xc3", None);
        assert_eq!(text, "Núñez,\u{fffd},x\n\u{fffd}");
        assert_eq!(notice.as_deref(), Some("UTF-8: bytes that belong to no text became U+FFFD"));
    }

    #[test]
    fn an_unknown_encoding_is_refused() {
        let options =
            ReadOptions { encoding: Some("latin-99".to_owned()), ..ReadOptions::default() };
        let opened = TextReader::open(&Input::memory("a.csv", *b"x"), &options);
        assert!(matches!(opened, Err(FormatError::Options { .. })));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_become_text(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..400)) {
            // No archive begins like this.
            bytes[0] = b'i';
            read(&bytes, None);
            read(&bytes, Some("utf-16le"));
        }
    }
}
