//! A list that is read once, cut into batches of whole items, and handed to threads.
//!
//! At most a few batches are in memory at a time, however long the list is. Who reads and cuts works on a batch itself
//! while the others have enough to do, so that no core waits for another.

use std::{
    io::{self, Read},
    panic::resume_unwind,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, TrySendError},
    },
    thread,
};

use super::{
    super::input::MAX_BYTES,
    cut::{Cut, Cutter, Span},
};

/// How much is read at a time.
const BLOCK: u64 = 256 * 1024;
/// What may stand behind the items: the list's own metadata.
const REST: u64 = 1024 * 1024;

/// Whole items of a list.
#[derive(Debug, Default)]
pub(super) struct Batch {
    text: Vec<u8>,
    items: Vec<Span>,
    /// Number of the first item in the list.
    first: u32,
    /// Where the text begins in the file: byte, and line from 1.
    pub(super) base: usize,
    pub(super) line: u32,
}

/// One item of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'b> {
    pub(super) text: &'b [u8],
    /// Its number in the list, from 0.
    pub(super) number: u32,
    at: usize,
}

/// How a list ended.
#[derive(Debug)]
pub(super) enum End {
    /// Well; with what stands behind the bracket.
    Rest(Vec<u8>),
    /// Too early, or with what is no item.
    Broken {
        /// What is wrong.
        message: String,
        line: u32,
    },
    /// The input failed.
    Failed(io::Error),
}

impl Batch {
    /// The items, one after the other.
    pub(super) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.items.iter().zip(self.first..).map(|((from, to), number)| Item {
            text: self.text.get(*from as usize..*to as usize).unwrap_or_default(),
            number,
            at: *from as usize,
        })
    }

    /// Byte and line of the file at which an item begins.
    pub(super) fn place(&self, item: Item<'_>) -> (usize, u32) {
        (self.base + item.at, self.line + lines(self.text.get(..item.at).unwrap_or_default()))
    }
}

/// Reads a list to its end. `held` was read already: it begins behind the bracket of the items, at `place` (byte and
/// line). Each thread has one `S`; all of them are returned.
pub(super) fn spread<S: Send>(
    mut from: impl Read,
    held: Vec<u8>,
    place: (usize, u32),
    make: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &Batch) + Sync,
) -> (Vec<S>, End) {
    let threads = thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(1, 8);
    let helpers = (threads - 1).max(1);
    let (sender, receiver) = mpsc::sync_channel::<Batch>(2 * helpers);
    let (spent, pool) = mpsc::channel::<Batch>();
    let receiver = Mutex::new(receiver);
    let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..helpers)
            .map(|_| {
                let (spent, next, make, work) = (spent.clone(), &next, &make, &work);
                scope.spawn(move || {
                    let mut state = make();
                    while let Ok(batch) = next() {
                        work(&mut state, &batch);
                        // Nobody takes it when all has been read.
                        let _ = spent.send(batch);
                    }
                    state
                })
            })
            .collect();
        let mut own = make();
        let end = cut(&mut from, held, place, &pool, |batch| {
            // The helpers have enough to do, or are gone with a panic that the join tells.
            if let Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) = sender.try_send(batch)
            {
                work(&mut own, &batch);
                let _ = spent.send(batch);
            }
        });
        drop(sender);
        while let Ok(batch) = next() {
            work(&mut own, &batch);
        }
        let mut states = vec![own];
        for worker in workers {
            match worker.join() {
                Ok(state) => states.push(state),
                Err(panic) => resume_unwind(panic),
            }
        }
        (states, end)
    })
}

fn cut(
    from: &mut impl Read,
    mut held: Vec<u8>,
    (mut base, mut line): (usize, u32),
    pool: &mpsc::Receiver<Batch>,
    mut give: impl FnMut(Batch),
) -> End {
    let (mut cutter, mut items, mut first) = (Cutter::default(), Vec::new(), 0_u32);
    loop {
        let result = cutter.scan(&held, &mut items);
        let open = cutter.is_open();
        let done = cutter.done();
        let next = first + items.len() as u32;
        if done > 0 {
            let mut batch = pool.try_recv().unwrap_or_default();
            batch.text.clear();
            batch.items.clear();
            batch.text.extend_from_slice(held.get(done..).unwrap_or_default());
            std::mem::swap(&mut batch.text, &mut held);
            batch.text.truncate(done);
            std::mem::swap(&mut batch.items, &mut items);
            (batch.first, batch.base, batch.line) = (first, base, line);
            (first, base, line) = (next, base + done, line + lines(&batch.text));
            cutter.forget(done);
            give(batch);
        }
        match result {
            Cut::End(at) => {
                held.drain(..at - done);
                return match from.by_ref().take(REST + 1).read_to_end(&mut held) {
                    Ok(_) => End::Rest(held),
                    Err(error) => End::Failed(error),
                };
            }
            Cut::Stray(at) => {
                let before = held.get(..at - done).unwrap_or_default();
                let byte = held.get(at - done).copied().unwrap_or_default();
                let message =
                    format!("item {next} of this list is no object: it begins with `{}`", char::from(byte));
                return End::Broken { message, line: line + lines(before) };
            }
            Cut::More if held.len() as u64 > MAX_BYTES => {
                let message =
                    format!("item {next} of this list is larger than {} MiB", MAX_BYTES / 1024 / 1024);
                return End::Broken { message, line };
            }
            Cut::More => {}
        }
        match from.by_ref().take(BLOCK).read_to_end(&mut held) {
            Ok(0) => {
                let place = if open { format!("inside item {next}") } else { format!("after {next} items") };
                let message = format!("the list breaks off {place}");
                return End::Broken { message, line: line + lines(&held) };
            }
            Ok(_) => {}
            Err(error) => return End::Failed(error),
        }
    }
}

/// Number of line ends.
fn lines(text: &[u8]) -> u32 {
    memchr::memchr_iter(b'\n', text).count() as u32
}
