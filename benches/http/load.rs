//! A load generator on one core that never sleeps: it looks at its sockets again and again, so that
//! neither timers nor wake-ups are in its figures.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::wire::{Answers, Protocol, Stream};

/// How requests are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) protocol: Protocol,
    /// Connections, all of them kept open.
    pub(crate) connections: usize,
    /// Requests under way on each.
    pub(crate) depth: usize,
}

/// When requests are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As soon as there is room: what the server can do at most.
    Saturation,
    /// So many a second, whatever became of those before. The time of one counts from when it was
    /// due, so that one that had to wait for others counts its waiting too (no coordinated
    /// omission).
    PerSecond(f64),
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// How long it took until each answer, nanoseconds.
    pub(crate) times_ns: Vec<u64>,
    /// How long it was measured.
    pub(crate) took: Duration,
    /// How long the server's process was on a core meanwhile.
    pub(crate) server_busy: Duration,
}

impl Figures {
    pub(crate) fn per_second(&self) -> f64 {
        self.times_ns.len() as f64 / self.took.as_secs_f64()
    }

    /// The share of the time the server was on a core.
    pub(crate) fn busy(&self) -> f64 {
        self.server_busy.as_secs_f64() / self.took.as_secs_f64()
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.times_ns.extend(other.times_ns);
        self.took += other.took;
        self.server_busy += other.server_busy;
    }

    /// The time that a share of the answers does not exceed, microseconds.
    pub(crate) fn quantiles_us<const N: usize>(&self, shares: [f64; N]) -> [f64; N] {
        let mut sorted = self.times_ns.clone();
        sorted.sort_unstable();
        shares.map(|share| {
            let place = (sorted.len() as f64 * share) as usize;
            sorted.get(place.min(sorted.len().saturating_sub(1))).map_or(0.0, |&ns| ns as f64 / 1e3)
        })
    }
}

struct Connection {
    stream: TcpStream,
    answers: Answers,
    /// What is under way, and since when.
    under_way: VecDeque<(Stream, Instant)>,
    unsent: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr, protocol: Protocol) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_nonblocking(true).unwrap();
        let (answers, unsent) = (Answers::new(protocol), protocol.preface());
        Self { stream, answers, under_way: VecDeque::new(), unsent }
    }

    fn ask(&mut self, request: &[u8], since: Instant) {
        let stream = self.answers.send(request, &mut self.unsent);
        self.under_way.push_back((stream, since));
    }

    /// Sends what is to be sent, as far as there is room.
    fn flush(&mut self) {
        if self.unsent.is_empty() {
            return;
        }
        match self.stream.write(&self.unsent) {
            Ok(sent) => drop(self.unsent.drain(..sent)),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
        }
    }

    /// Takes what came; `done` is told how long each answer took.
    fn take(&mut self, buffer: &mut [u8], mut done: impl FnMut(Duration)) {
        match self.stream.read(buffer) {
            Ok(0) => panic!("the server closed a connection"),
            Ok(count) => {
                let under_way = &mut self.under_way;
                self.answers.take(&buffer[..count], &mut self.unsent, |stream| {
                    let place = under_way.iter().position(|(own, _)| *own == stream).unwrap();
                    let (_, since) = under_way.remove(place).unwrap();
                    done(since.elapsed());
                });
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
        }
    }
}

/// Asks `requests` in turn for `warm_up`, then for `time`, and tells of the latter.
pub(crate) fn run(
    server: (SocketAddr, u32),
    requests: &[Vec<u8>],
    manner: Manner,
    pace: Pace,
    (warm_up, time): (Duration, Duration),
) -> Figures {
    let Manner { protocol, connections, depth } = manner;
    let mut open: Vec<Connection> =
        (0..connections).map(|_| Connection::open(server.0, protocol)).collect();
    let mut buffer = vec![0; 256 << 10];
    let mut next_request = requests.iter().cycle();
    let begin = Instant::now();
    let measured_from = begin + warm_up;
    let end = measured_from + time;
    let mut figures = Figures::default();
    let mut busy_before = None;
    let (mut due_count, mut turn) = (0_u64, 0);
    loop {
        let now = Instant::now();
        if now >= end {
            break;
        }
        if now >= measured_from && busy_before.is_none() {
            busy_before = Some(busy(server.1));
            figures.times_ns.clear();
        }
        match pace {
            Pace::Saturation => {
                for connection in &mut open {
                    while connection.under_way.len() < depth {
                        connection.ask(next_request.next().unwrap(), now);
                    }
                }
            }
            Pace::PerSecond(rate) => loop {
                let due = begin + Duration::from_secs_f64(due_count as f64 / rate);
                if due > now {
                    break;
                }
                let free = (0..connections)
                    .map(|step| (turn + step) % connections)
                    .find(|&place| open[place].under_way.len() < depth);
                let Some(chosen) = free else { break };
                open[chosen].ask(next_request.next().unwrap(), due);
                turn = chosen + 1;
                due_count += 1;
            },
        }
        for connection in &mut open {
            connection.flush();
            if !connection.under_way.is_empty() {
                connection.take(&mut buffer, |took| {
                    figures.times_ns.push(u64::try_from(took.as_nanos()).unwrap());
                });
            }
        }
    }
    figures.took = measured_from.elapsed();
    figures.server_busy = busy(server.1).saturating_sub(busy_before.unwrap_or_default());
    if let Pace::PerSecond(rate) = pace {
        // Those that were due and found no connection free have waited too.
        let now = Instant::now();
        let still_due = (due_count..).map(|number| {
            now.saturating_duration_since(begin + Duration::from_secs_f64(number as f64 / rate))
        });
        let waited = still_due.take_while(|waited| !waited.is_zero());
        figures.times_ns.extend(waited.map(|waited| u64::try_from(waited.as_nanos()).unwrap()));
    }
    figures
}

/// How long a process has been on a core, of this time and the system's, as Linux says; nothing
/// elsewhere.
fn busy(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // User and system time are the 14th and 15th field; the first after the name is the third.
    let ticks = after_name.split_whitespace().skip(11).take(2);
    let hundredths: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(hundredths * 10)
}
