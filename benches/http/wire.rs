//! Requests and answers as bytes, for a client that costs next to nothing: requests are made
//! beforehand, and of an answer no more is looked at than where it begins and ends.

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// `GET` of this path and query.
    Get(String),
    /// `POST` of this JSON to the path of nearest.
    Post(String),
}

/// The path of nearest questions.
pub(crate) const NEAREST: &str = "/v1/atms/nearest";

/// Which protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    /// HTTP/2 without TLS, known beforehand.
    Http2,
}

impl Protocol {
    /// What a client sends before its first request.
    pub(crate) fn preface(self) -> Vec<u8> {
        match self {
            Self::Http1 => Vec::new(),
            Self::Http2 => {
                let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
                // SETTINGS_INITIAL_WINDOW_SIZE: no stream ever waits for room.
                let mut setting = vec![0, 4];
                setting.extend_from_slice(&WINDOW_MAX.to_be_bytes());
                frame(&mut bytes, SETTINGS, 0, 0, &setting);
                frame(&mut bytes, WINDOW_UPDATE, 0, 0, &(WINDOW_MAX - 65_535).to_be_bytes());
                bytes
            }
        }
    }

    /// A request as bytes. For HTTP/2 the number of its stream is filled in as it is sent.
    pub(crate) fn request(self, ask: &Ask) -> Vec<u8> {
        match (self, ask) {
            (Self::Http1, Ask::Get(target)) => format!(
                "GET {target} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\r\n"
            )
            .into_bytes(),
            (Self::Http1, Ask::Post(json)) => format!(
                "POST {NEAREST} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
                json.len()
            )
            .into_bytes(),
            (Self::Http2, Ask::Get(target)) => {
                let mut bytes = Vec::new();
                frame(&mut bytes, HEADERS, END_STREAM | END_HEADERS, 0, &fields(2, target, None));
                bytes
            }
            (Self::Http2, Ask::Post(json)) => {
                let mut bytes = Vec::new();
                let fields = fields(3, NEAREST, Some("application/json"));
                frame(&mut bytes, HEADERS, END_HEADERS, 0, &fields);
                frame(&mut bytes, DATA, END_STREAM, 0, json.as_bytes());
                bytes
            }
        }
    }
}

const WINDOW_MAX: u32 = (1 << 31) - 1;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// Bytes of the head of a frame.
const FRAME_HEAD: usize = 9;

/// Appends a frame (RFC 9113 § 4.1).
fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap();
    out.extend_from_slice(&length.to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}

/// The fields of a request, by number of the static table where they are there (RFC 7541), and
/// never kept in the dynamic one, so that every request stands by itself.
fn fields(method: u8, path: &str, content_type: Option<&str>) -> Vec<u8> {
    let mut out = vec![0x80 | method, 0x86];
    let mut literal = |name: u8, value: &str| {
        if name < 15 {
            out.push(name);
        } else {
            out.extend_from_slice(&[15, name - 15]);
        }
        if value.len() < 127 {
            out.push(u8::try_from(value.len()).unwrap());
        } else {
            let rest = value.len() - 127;
            assert!(rest < 128 * 128);
            out.push(127);
            if rest >= 128 {
                out.extend_from_slice(&[0x80 | (rest % 128) as u8, (rest / 128) as u8]);
            } else {
                out.push(rest as u8);
            }
        }
        out.extend_from_slice(value.as_bytes());
    };
    literal(1, "localhost");
    literal(4, path);
    literal(19, "application/json");
    if let Some(value) = content_type {
        literal(31, value);
    }
    out
}

/// What came of answers on one connection.
#[derive(Debug)]
pub(crate) struct Answers {
    protocol: Protocol,
    /// What came of a head that is not complete.
    begun: Vec<u8>,
    /// Bytes that are passed over before the next head.
    passing_over: usize,
    /// Whether an answer of HTTP/1.1 ends after them.
    ends_one: bool,
    /// Bytes that came since the server was last given room for more.
    unacknowledged: u32,
    next_stream: u32,
}

/// What an answer is known by: for HTTP/2 its stream, for HTTP/1.1 its turn.
pub(crate) type Stream = u32;

impl Answers {
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            begun: Vec::new(),
            passing_over: 0,
            ends_one: false,
            unacknowledged: 0,
            next_stream: 1,
        }
    }

    /// Appends a request to what is to be sent.
    pub(crate) fn send(&mut self, request: &[u8], out: &mut Vec<u8>) -> Stream {
        if self.protocol == Protocol::Http1 {
            out.extend_from_slice(request);
            return 0;
        }
        let stream = self.next_stream;
        self.next_stream += 2;
        let mut rest = request;
        while let [l1, l2, l3, kind, flags, _, _, _, _, after @ ..] = rest {
            let length = u32::from_be_bytes([0, *l1, *l2, *l3]) as usize;
            frame(out, *kind, *flags, stream, &after[..length]);
            rest = &after[length..];
        }
        stream
    }

    /// Takes what came; `done` is told each answer that has ended. What the protocol itself has to
    /// say is appended to `out`.
    pub(crate) fn take(&mut self, came: &[u8], out: &mut Vec<u8>, mut done: impl FnMut(Stream)) {
        if self.begun.is_empty() {
            let used = self.take_whole(came, out, &mut done);
            self.begun.extend_from_slice(&came[used..]);
        } else {
            let mut begun = std::mem::take(&mut self.begun);
            begun.extend_from_slice(came);
            let used = self.take_whole(&begun, out, &mut done);
            begun.drain(..used);
            self.begun = begun;
        }
    }

    /// How many bytes were used: all but a head that is not complete.
    fn take_whole(
        &mut self,
        came: &[u8],
        out: &mut Vec<u8>,
        done: &mut impl FnMut(Stream),
    ) -> usize {
        let mut used = 0;
        loop {
            let passed = self.passing_over.min(came.len() - used);
            self.passing_over -= passed;
            used += passed;
            if self.passing_over > 0 {
                return used;
            }
            if std::mem::take(&mut self.ends_one) {
                done(0);
            }
            let rest = &came[used..];
            let head = match self.protocol {
                Protocol::Http1 => self.http1_head(rest),
                Protocol::Http2 => self.http2_head(rest, out, done),
            };
            match head {
                Some(bytes) => used += bytes,
                None => return used,
            }
        }
    }

    fn http1_head(&mut self, rest: &[u8]) -> Option<usize> {
        let end = rest.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&rest[..end]).unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let (_, length) = head.split_once("content-length: ").unwrap_or_else(|| panic!("{head}"));
        let length = length.split('\r').next().unwrap_or_default();
        self.passing_over = length.parse().unwrap();
        self.ends_one = true;
        Some(end + 4)
    }

    fn http2_head(
        &mut self,
        rest: &[u8],
        out: &mut Vec<u8>,
        done: &mut impl FnMut(Stream),
    ) -> Option<usize> {
        let &[l1, l2, l3, kind, flags, s1, s2, s3, s4, ref after @ ..] = rest else { return None };
        let length = u32::from_be_bytes([0, l1, l2, l3]);
        let stream = u32::from_be_bytes([s1, s2, s3, s4]);
        match kind {
            // `:status: 200` is number 8 of the static table.
            HEADERS => assert_eq!(*after.first()?, 0x88, "an answer other than 200"),
            DATA => self.unacknowledged += length,
            SETTINGS if flags & ACK == 0 => frame(out, SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => frame(out, PING, ACK, 0, after.get(..8)?),
            RESET | GO_AWAY => panic!("the server ended the stream or connection: {after:?}"),
            _ => {}
        }
        if self.unacknowledged > WINDOW_MAX / 2 {
            frame(out, WINDOW_UPDATE, 0, 0, &self.unacknowledged.to_be_bytes());
            self.unacknowledged = 0;
        }
        // The bytes of the frame are passed over afterwards; that they are still under way when an
        // answer is told to be done makes a microsecond at most.
        if matches!(kind, HEADERS | DATA) && flags & END_STREAM != 0 {
            done(stream);
        }
        self.passing_over = length as usize;
        Some(FRAME_HEAD)
    }
}
