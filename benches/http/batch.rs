//! Many questions on one connection, line by line, and single ones beside them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::wire::{Answers, Protocol};

/// What one stream of questions achieved.
pub(crate) struct Streamed {
    pub(crate) per_second: f64,
    /// How long single questions took meanwhile, nanoseconds.
    pub(crate) beside_ns: Vec<u64>,
}

/// Streams `questions` over and over for `time`, one connection, reading as answers come; beside it
/// asks `single` `per_second` times a second on another.
pub(crate) fn stream(
    server: SocketAddr,
    questions: &[String],
    single: &[Vec<u8>],
    per_second: u32,
    time: Duration,
) -> Streamed {
    let mut to_server = TcpStream::connect(server).unwrap();
    let mut from_server = to_server.try_clone().unwrap();
    let hang_up = to_server.try_clone().unwrap();
    let head = "POST /v1/atms/nearest/batch HTTP/1.1\r\nhost: localhost\r\n\
                content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
    to_server.write_all(head.as_bytes()).unwrap();
    let text = questions.join("\n") + "\n";
    let chunk = format!("{:x}\r\n{text}\r\n", text.len()).into_bytes();
    let is_over = AtomicBool::new(false);
    let answered = AtomicU64::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                if to_server.write_all(&chunk).is_err() {
                    break;
                }
            }
        });
        scope.spawn(|| {
            let (mut buffer, mut last) = (vec![0; 256 << 10], b' ');
            while let Ok(count @ 1..) = from_server.read(&mut buffer) {
                // An answer ends with its brace and the line; no other line of the stream does.
                let mut ended = 0;
                for &byte in &buffer[..count] {
                    ended += u64::from(last == b'}' && byte == b'\n');
                    last = byte;
                }
                answered.fetch_add(ended, Ordering::Relaxed);
            }
        });
        // What is first answered from cold caches does not count.
        std::thread::sleep(time / 8);
        let (before, begin) = (answered.load(Ordering::Relaxed), Instant::now());
        let beside_ns = ask_at_a_pace(server, single, per_second, time);
        let count = answered.load(Ordering::Relaxed) - before;
        let per_second = count as f64 / begin.elapsed().as_secs_f64();
        is_over.store(true, Ordering::Relaxed);
        hang_up.shutdown(Shutdown::Both).unwrap();
        Streamed { per_second, beside_ns }
    })
}

/// Asks one question after the other, each when it is due, and tells how long each took from then.
/// This thread sleeps in between, for the cores are busy with the stream.
pub(crate) fn ask_at_a_pace(
    server: SocketAddr,
    questions: &[Vec<u8>],
    per_second: u32,
    time: Duration,
) -> Vec<u64> {
    let mut connection = TcpStream::connect(server).unwrap();
    connection.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 256 << 10];
    let begin = Instant::now();
    let mut times_ns = Vec::new();
    for (number, question) in (1_u32..).zip(questions.iter().cycle()) {
        let due = begin + Duration::from_secs(1) * number / per_second;
        if due > begin + time {
            return times_ns;
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        connection.write_all(question).unwrap();
        let mut answers = Answers::new(Protocol::Http1);
        let mut is_done = false;
        while !is_done {
            let count = connection.read(&mut buffer).unwrap();
            assert!(count > 0, "the server closed a connection");
            answers.take(&buffer[..count], &mut Vec::new(), |_| is_done = true);
        }
        times_ns.push(u64::try_from(due.elapsed().as_nanos()).unwrap());
    }
    times_ns
}

/// How many bytes the bodies of the answers to these requests have in the mean.
pub(crate) fn body_bytes(server: SocketAddr, requests: &[Vec<u8>]) -> usize {
    let mut connection = TcpStream::connect(server).unwrap();
    let mut buffer = vec![0; 256 << 10];
    let mut sum = 0;
    for request in requests {
        connection.write_all(request).unwrap();
        let mut answer = Vec::new();
        let mut answers = Answers::new(Protocol::Http1);
        let mut is_done = false;
        while !is_done {
            let count = connection.read(&mut buffer).unwrap();
            answer.extend_from_slice(&buffer[..count]);
            answers.take(&buffer[..count], &mut Vec::new(), |_| is_done = true);
        }
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        sum += answer.len() - head - 4;
    }
    sum / requests.len()
}
