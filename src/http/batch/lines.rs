//! A body taken apart into lines.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::FutureExt as _;
use futures_util::stream::{self, Stream, StreamExt as _};

use crate::http::error::Problem;

/// Most bytes one line may have, many times what any question takes.
pub(in crate::http) const LINE_BYTES_MAX: usize = 64 << 10;

/// The lines of a body that are not blank, up to `together` at a time: those there are, without
/// waiting for more. A line that is too long is a problem in its place, and the rest of it is passed
/// over; a client that is silent for longer than `silence_max` ends the lines with a problem.
///
/// Holds no more than a line and what one read brings.
pub(super) fn lines(
    body: Body,
    silence_max: Duration,
    together: usize,
) -> impl Stream<Item = Vec<Result<Bytes, Problem>>> {
    let lines = Lines {
        body: body.into_data_stream(),
        unread: Bytes::new(),
        begun: Vec::new(),
        is_passing_over: false,
        is_over: false,
    };
    stream::unfold(lines, move |mut lines| async move {
        let taken = lines.take(silence_max, together).await;
        (!taken.is_empty()).then_some((taken, lines))
    })
}

struct Lines {
    body: BodyDataStream,
    /// What came and was not looked at yet.
    unread: Bytes,
    /// A line of which the end has not come yet.
    begun: Vec<u8>,
    /// Whether what comes up to the next end of line belongs to one that was too long.
    is_passing_over: bool,
    is_over: bool,
}

impl Lines {
    async fn take(
        &mut self,
        silence_max: Duration,
        together: usize,
    ) -> Vec<Result<Bytes, Problem>> {
        let mut taken = Vec::new();
        loop {
            while taken.len() < together && !self.unread.is_empty() {
                taken.extend(self.next_line());
            }
            if taken.len() >= together || self.is_over {
                return taken;
            }
            let next = self.body.next();
            let came = if taken.is_empty() {
                tokio::time::timeout(silence_max, next).await
            } else {
                // What there is is answered before more is waited for.
                let Some(came) = next.now_or_never() else { return taken };
                Ok(came)
            };
            match came {
                Ok(Some(Ok(bytes))) => self.unread = bytes,
                Ok(None) => {
                    self.is_over = true;
                    taken.extend(self.last_line());
                }
                // Who has gone away waits for no answer.
                Ok(Some(Err(_gone))) => self.is_over = true,
                Err(_elapsed) => {
                    self.is_over = true;
                    taken.push(Err(Problem::BodyTimeout));
                }
            }
        }
    }

    /// Takes what is unread up to the end of a line; the line, if it ended.
    fn next_line(&mut self) -> Option<Result<Bytes, Problem>> {
        let end = self.unread.iter().position(|&byte| byte == b'\n');
        let part = self.unread.split_to(end.map_or(self.unread.len(), |end| end + 1));
        let is_passing_over = std::mem::replace(&mut self.is_passing_over, false);
        if is_passing_over {
            self.is_passing_over = end.is_none();
            return None;
        }
        if self.begun.len() + part.len() > LINE_BYTES_MAX {
            self.begun = Vec::new();
            self.is_passing_over = end.is_none();
            return Some(Err(Problem::LineTooLong));
        }
        match end {
            None => {
                self.begun.extend_from_slice(&part);
                None
            }
            Some(_) if self.begun.is_empty() => unless_blank(part),
            Some(_) => {
                self.begun.extend_from_slice(&part);
                self.last_line()
            }
        }
    }

    /// The line that has begun, as if it ended here.
    fn last_line(&mut self) -> Option<Result<Bytes, Problem>> {
        unless_blank(Bytes::from(std::mem::take(&mut self.begun)))
    }
}

fn unless_blank(line: Bytes) -> Option<Result<Bytes, Problem>> {
    (!line.trim_ascii().is_empty()).then_some(Ok(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the lines of these frames are, a problem as its code.
    async fn read(frames: Vec<&[u8]>, together: usize) -> Vec<Vec<String>> {
        let frames: Vec<_> = frames
            .into_iter()
            .map(|frame| Ok::<_, Problem>(Bytes::copy_from_slice(frame)))
            .collect();
        let body = Body::from_stream(stream::iter(frames));
        let text = |line: &Result<Bytes, Problem>| match line {
            Ok(line) => String::from_utf8_lossy(line.trim_ascii()).into_owned(),
            Err(problem) => problem.code().to_owned(),
        };
        lines(body, Duration::from_secs(5), together)
            .map(|taken| taken.iter().map(text).collect())
            .collect()
            .await
    }

    #[tokio::test]
    async fn lines_are_the_same_however_the_body_is_cut() {
        let whole = b"one\n\n  \r\ntwo\r\nthree\nfour";
        for size in 1..whole.len() {
            let lines = read(whole.chunks(size).collect(), 3).await;
            assert!(lines.iter().all(|taken| (1..=3).contains(&taken.len())), "{lines:?}");
            assert_eq!(lines.concat(), ["one", "two", "three", "four"], "{size}");
        }
        assert!(read(vec![b"", b"\n", b"\n\n"], 3).await.is_empty());
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_a_problem_in_its_place() {
        let long = "x".repeat(LINE_BYTES_MAX + 10);
        for text in [format!("a\n{long}\nb\n"), format!("a\n{long}\nb"), format!("a\n{long}b\nb")] {
            for size in [100, 4096, text.len()] {
                let lines = read(text.as_bytes().chunks(size).collect(), 8).await;
                assert_eq!(lines.concat(), ["a", "line_too_long", "b"], "{size}");
            }
        }
        assert_eq!(read(vec![long.as_bytes()], 8).await.concat(), ["line_too_long"]);
        let most = "x".repeat(LINE_BYTES_MAX - 1) + "\n";
        assert_eq!(read(vec![most.as_bytes()], 8).await.concat(), [most.trim()]);
    }

    #[tokio::test]
    async fn silence_ends_the_lines_with_a_problem() {
        let silent = stream::iter([Ok::<_, Problem>(Bytes::from_static(b"one\ntw"))])
            .chain(stream::pending());
        let taken: Vec<_> =
            lines(Body::from_stream(silent), Duration::from_millis(50), 8).collect().await;
        assert_eq!(taken[0].len(), 1);
        assert_eq!(taken[1], [Err(Problem::BodyTimeout)]);
        assert_eq!(taken.len(), 2);
    }
}
