//! Work in the order it came, conversation by conversation, and many conversations at once.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hashbrown::HashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Which lane work goes to: a conversation, by a keyed hash of its address.
pub(super) type LaneId = [u8; 16];

/// How much work may wait or be under way in all lanes together: many times what a platform sends in
/// one request (Meta up to 1,000 updates), so that none is refused for ever.
const ROOM: u32 = 65_536;

/// How much may wait in one lane: what a person sends faster than it can be answered is passed over
/// rather than let them take the room of everybody.
const LANE_ROOM: usize = 32;

/// Lanes; cloning shares them.
pub(super) struct Lanes<W> {
    room: Arc<Semaphore>,
    waiting: Waiting<W>,
}

type Waiting<W> = Arc<Mutex<HashMap<LaneId, VecDeque<(W, OwnedSemaphorePermit)>>>>;

/// There is no room for what came; nothing of it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl<W> Clone for Lanes<W> {
    fn clone(&self) -> Self {
        Self { room: Arc::clone(&self.room), waiting: Arc::clone(&self.waiting) }
    }
}

impl<W> Default for Lanes<W> {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM as usize)), waiting: Arc::default() }
    }
}

impl<W: Send + 'static> Lanes<W> {
    /// Takes all of this work or none of it, and gives how much was passed over because its lane
    /// has too much waiting. `handle` does a piece of it, and `pause` follows before the next piece
    /// of the same lane.
    ///
    /// # Errors
    ///
    /// [`Full`] when there is no room for it.
    pub(super) fn take<H, D>(
        &self,
        work: Vec<(LaneId, Duration, W)>,
        handle: &Arc<H>,
    ) -> Result<usize, Full>
    where
        H: Fn(W) -> D + Send + Sync + 'static,
        D: Future<Output = ()> + Send + 'static,
    {
        let count = u32::try_from(work.len()).map_err(|_too_many| Full)?;
        let permits = Arc::clone(&self.room).try_acquire_many_owned(count);
        let mut permits = permits.map_err(|_no_room| Full)?;
        let mut passed_over = 0;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (lane, pause, piece) in work {
            let Some(permit) = permits.split(1) else { return Err(Full) };
            if let Some(queue) = waiting.get_mut(&lane) {
                if queue.len() < LANE_ROOM {
                    queue.push_back((piece, permit));
                } else {
                    passed_over += 1;
                }
            } else {
                waiting.insert(lane, VecDeque::from([(piece, permit)]));
                let (waiting, handle) = (Arc::clone(&self.waiting), Arc::clone(handle));
                tokio::spawn(run(waiting, lane, pause, handle));
            }
        }
        Ok(passed_over)
    }

    /// Waits until all work is done, and gives how much is left after `time`. Nothing is taken any
    /// more.
    pub(super) async fn drain(&self, time: Duration) -> usize {
        let all = self.room.acquire_many(ROOM);
        let left = match tokio::time::timeout(time, all).await {
            Ok(_all) => 0,
            Err(_elapsed) => ROOM as usize - self.room.available_permits(),
        };
        self.room.close();
        left
    }
}

/// Does the work of a lane until there is none.
async fn run<W, H, D>(waiting: Waiting<W>, lane: LaneId, pause: Duration, handle: Arc<H>)
where
    H: Fn(W) -> D,
    D: Future<Output = ()> + Send + 'static,
{
    loop {
        let next = {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let next = waiting.get_mut(&lane).and_then(VecDeque::pop_front);
            if next.is_none() {
                waiting.remove(&lane);
            }
            next
        };
        let Some((piece, permit)) = next else { return };
        // In a task of its own, so that a defect ends the piece and not the lane. Its place is told
        // where it happens.
        if tokio::spawn(handle(piece)).await.is_err() {
            tracing::error!("A message could not be answered for a defect");
        }
        drop(permit);
        // The lane stays for that long even when it is empty: the pause is kept before what comes.
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_PAUSE: Duration = Duration::ZERO;

    #[tokio::test]
    async fn a_lane_keeps_its_order_and_no_lane_waits_for_another() {
        let lanes = Lanes::default();
        let done: Arc<Mutex<Vec<(u8, u32)>>> = Arc::default();
        // Nothing of the first lane is done before all of the others is.
        let others_are_done = Arc::new(Semaphore::new(0));
        let (log, gate) = (Arc::clone(&done), Arc::clone(&others_are_done));
        let handle = Arc::new(move |(lane, number): (u8, u32)| {
            let (log, gate) = (Arc::clone(&log), Arc::clone(&gate));
            async move {
                if lane == 0 {
                    let _open = gate.acquire_many(20).await;
                    log.lock().unwrap().push((lane, number));
                } else {
                    log.lock().unwrap().push((lane, number));
                    gate.add_permits(1);
                }
            }
        });
        for number in 0..10 {
            let work = [0, 1, 2].map(|lane| ([lane; 16], NO_PAUSE, (lane, number)));
            assert_eq!(lanes.take(work.to_vec(), &handle), Ok(0));
        }
        assert_eq!(lanes.drain(Duration::from_secs(20)).await, 0);
        let done = done.lock().unwrap();
        for lane in 0..3 {
            let order: Vec<u32> = done.iter().filter(|of| of.0 == lane).map(|of| of.1).collect();
            assert_eq!(order, (0..10).collect::<Vec<_>>());
        }
        assert_eq!(done[..20].iter().filter(|of| of.0 == 0).count(), 0, "{done:?}");
        assert_eq!(done.len(), 30);
    }

    #[tokio::test]
    async fn a_defect_ends_a_piece_and_not_its_lane() {
        let lanes = Lanes::default();
        let done: Arc<Mutex<Vec<u32>>> = Arc::default();
        let log = Arc::clone(&done);
        let handle = Arc::new(move |number: u32| {
            let log = Arc::clone(&log);
            async move {
                assert_ne!(number, 1, "a defect");
                log.lock().unwrap().push(number);
            }
        });
        let work = (0..3).map(|number| ([0; 16], NO_PAUSE, number)).collect();
        lanes.take(work, &handle).unwrap();
        assert_eq!(lanes.drain(Duration::from_secs(20)).await, 0);
        assert_eq!(*done.lock().unwrap(), [0, 2]);
    }

    #[tokio::test]
    async fn nothing_is_taken_beyond_the_room_and_one_lane_cannot_have_it_all() {
        let lanes = Lanes::default();
        let handle = Arc::new(|_: u32| std::future::pending::<()>());
        let flood: Vec<_> = (0..1000).map(|number| ([7; 16], NO_PAUSE, number)).collect();
        let passed_over = lanes.take(flood, &handle).unwrap();
        assert_eq!(passed_over, 1000 - LANE_ROOM);
        let of_many = |from: u32, to: u32| -> Vec<_> {
            (from..to)
                .map(|number| {
                    let mut lane = [0; 16];
                    lane[..4].copy_from_slice(&number.to_be_bytes());
                    (lane, NO_PAUSE, number)
                })
                .collect()
        };
        let left = ROOM - u32::try_from(LANE_ROOM).unwrap();
        assert_eq!(lanes.take(of_many(0, left + 1), &handle), Err(Full));
        assert_eq!(lanes.take(of_many(0, left), &handle), Ok(0));
        assert_eq!(lanes.take(of_many(left, left + 1), &handle), Err(Full));
        assert_eq!(lanes.drain(Duration::from_millis(10)).await, ROOM as usize);
        assert_eq!(lanes.take(of_many(left, left + 1), &handle), Err(Full));
    }
}
