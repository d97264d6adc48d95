//! From a file to judged parcels, in the order of the file: one thread reads, others judge what it
//! has found, and whoever calls takes the parcels.
//!
//! Where there is but one core to use, beside lookups on a machine of two, all of it happens on the
//! calling thread, one batch after the other.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::formats::{self, csv};
use super::input::Input;
use super::judge::Frame;
use super::options::{Format, ReadOptions};
use super::parcel::{Judge, Parcel};
use super::record::{Event, FileFacts, FormatError};

/// How many events travel together from a format to the judges: enough to be worth a parcel, little
/// enough to bound memory.
const BATCH: usize = 4096;

/// Batches under way for each thread that judges.
const BATCHES_EACH: usize = 3;

/// What is judged together.
enum Batch {
    Events(Vec<Event>),
    Rows(csv::Chunk),
}

impl Batch {
    fn judged(
        self,
        judge: &mut Judge,
        frame: &Frame<'_>,
        spent: &Spent,
    ) -> std::io::Result<Parcel> {
        let mut parcel = judge.begin(spent.parcel());
        let read = match self {
            Self::Events(events) => {
                for event in &events {
                    judge.judge(&mut parcel, event, frame);
                }
                String::new()
            }
            Self::Rows(rows) => rows.read(&mut |found| {
                match found {
                    csv::Found::Record(record, place) => {
                        judge.record(&mut parcel, record, place, frame);
                    }
                    csv::Found::Event(event) => judge.judge(&mut parcel, &event, frame),
                }
                ControlFlow::Continue(())
            })?,
        };
        judge.finish(&mut parcel, read);
        Ok(parcel)
    }
}

/// What was used and has room for more: clearing memory touched for the first time takes longer
/// than filling it.
#[derive(Debug, Default)]
struct Spent {
    parcels: Mutex<Vec<Parcel>>,
    texts: Mutex<Vec<Vec<u8>>>,
}

impl Spent {
    fn parcel(&self) -> Parcel {
        lock(&self.parcels).pop().unwrap_or_default()
    }

    fn room(&self) -> Vec<u8> {
        lock(&self.texts).pop().unwrap_or_default()
    }

    /// Takes a parcel nobody looks at any more.
    fn put(&self, mut parcel: Parcel) {
        let room = parcel.take_room();
        if room.capacity() > 0 {
            lock(&self.texts).push(room);
        }
        lock(&self.parcels).push(parcel);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

type Outcome = std::io::Result<Parcel>;

/// Reads a file and hands its parcels to `take`, in order; of them it keeps their room.
///
/// # Errors
///
/// When the file cannot be read to its end; what was handed over until then is to be thrown away.
pub(super) fn run(
    format: Format,
    input: &Input,
    options: &ReadOptions,
    frame: &Frame<'_>,
    take: &mut dyn FnMut(&mut Parcel),
) -> Result<FileFacts, FormatError> {
    let judges = rayon::current_num_threads();
    let spent = &Spent::default();
    if judges == 1 {
        let (mut judge, mut failed) = (Judge::default(), None);
        let facts = read_in_batches(format, input, options, spent, &mut |batch| {
            match batch.judged(&mut judge, frame, spent) {
                Ok(mut parcel) => {
                    take(&mut parcel);
                    spent.put(parcel);
                }
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        return failed.map_or(Ok(facts), |error| Err(error.into()));
    }
    // Each batch brings the place its parcel is to be put, and the places come in file order.
    let (places, parcels) = sync_channel::<Receiver<Outcome>>(judges * BATCHES_EACH);
    let (batches, to_judge) = sync_channel::<(Batch, SyncSender<Outcome>)>(judges * BATCHES_EACH);
    let to_judge = Arc::new(Mutex::new(to_judge));
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            read_in_batches(format, input, options, spent, &mut |batch| {
                let (put, place) = sync_channel(1);
                let is_under_way = places.send(place).is_ok() && batches.send((batch, put)).is_ok();
                // Nobody listens any more: the other side has stopped and says why itself.
                if is_under_way { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        });
        for number in 0..judges {
            let to_judge = Arc::clone(&to_judge);
            scope.spawn(move || {
                let mut judge = Judge::new(number);
                loop {
                    let next = lock(&to_judge).recv();
                    let Ok((batch, put)) = next else { return };
                    let _ = put.send(batch.judged(&mut judge, frame, spent));
                }
            });
        }
        // Once every judge has panicked nothing is taken any more, and nobody waits for them.
        drop(to_judge);
        let mut failed = None;
        for parcel in parcels {
            match parcel.recv() {
                Ok(Ok(mut parcel)) => {
                    take(&mut parcel);
                    spent.put(parcel);
                }
                Ok(Err(error)) => {
                    failed.get_or_insert(error);
                }
                // Its judge has panicked; the scope does too, once the others have ended.
                Err(_) => {}
            }
        }
        let facts = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        failed.map_or(Ok(facts), |error| Err(error.into()))
    })
}

/// Takes batches, in order.
type HandOver<'h> = dyn FnMut(Batch) -> ControlFlow<()> + 'h;

/// Gathers events to batches.
struct Gathering<'h> {
    events: Vec<Event>,
    hand_over: &'h mut HandOver<'h>,
}

impl Gathering<'_> {
    fn add(&mut self, event: Event) -> ControlFlow<()> {
        self.events.push(event);
        if self.events.len() < BATCH { ControlFlow::Continue(()) } else { self.flush() }
    }

    fn flush(&mut self) -> ControlFlow<()> {
        if self.events.is_empty() {
            return ControlFlow::Continue(());
        }
        (self.hand_over)(Batch::Events(std::mem::take(&mut self.events)))
    }
}

/// Runs the format and hands over what it finds, in batches and in order.
fn read_in_batches<'h>(
    format: Format,
    input: &Input,
    options: &ReadOptions,
    spent: &Spent,
    hand_over: &'h mut HandOver<'h>,
) -> Result<FileFacts, FormatError> {
    let mut gathering = Gathering { events: Vec::new(), hand_over };
    let facts = if format == Format::Csv {
        csv::split(input, options, &|| spent.room(), &mut |piece| match piece {
            csv::Piece::Event(event) => gathering.add(event),
            csv::Piece::Rows(rows) => {
                gathering.flush()?;
                (gathering.hand_over)(Batch::Rows(rows))
            }
        })?
    } else {
        formats::read(format, input, options, &mut |event| gathering.add(event))?
    };
    let _ = gathering.flush();
    Ok(facts)
}
