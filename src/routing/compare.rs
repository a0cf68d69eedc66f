//! In what two entry points differ: found from their Tables, and not by luck.
//!
//! The boundaries of every host, path, method, header, cookie and query of both sides make classes of requests, and one
//! witness of each is asked of both. The answer comes from the functions that the proxy executes and an explanation
//! tells by, so that what is compared is what is done. Pairs that differ are handed on one by one: nothing is gathered.
//!
//! What can not be enumerated is said in [`Tally::open`]: expressions against expressions are sampled, with a seed.
//! Not compared are a backend's own answers, the bodies of pages, and how much a proxy keeps in memory.

mod answer;
mod differ;
mod headers;
mod hosts;
mod kind;
mod paths;
mod probe;
mod reach;
mod sample;
mod values;
mod walk;
mod witness;

use std::{sync::Arc, thread};

pub use answer::{Answer, End, Share};
pub use kind::{Kind, Kinds};
pub use reach::Reached;
pub use witness::Witness;

use super::{Host, Listener, Side, Table};

/// One of two entry points.
#[derive(Clone, Copy)]
pub struct Place<'t> {
    /// The Table.
    pub table: &'t Table,
    /// Which of its sides.
    pub side: Side,
    /// What certificate a client of this host sees at a listener over TLS, in a few words that are equal when it makes no
    /// difference to clients; a Table does not know.
    pub certificate: Option<&'t Certificate<'t>>,
}

/// Says what certificate is shown; none: nobody knows.
pub type Certificate<'t> = dyn Fn(&Listener, Host<'_>) -> Option<Arc<str>> + Sync + 't;

/// How it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// For what is drawn by chance.
    pub seed: u64,
    /// Texts drawn of each expression that meets another.
    pub samples: usize,
    /// Threads.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self { seed: 1, samples: 16, threads }
    }
}

/// One point in which two answers differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Of which kind it is.
    pub kind: Kind,
    /// What differs, in a word or two: `status`, `header x-real-ip`, `Service`.
    pub what: Arc<str>,
    /// What the old side does; none: nothing of the kind.
    pub old: Option<String>,
    /// What the new side does.
    pub new: Option<String>,
    /// Whether the witness alone shows it: not so where it takes time, many requests, or a backend that fails.
    pub shown: bool,
}

/// A request that both sides answer differently.
#[derive(Clone, Copy, Debug)]
pub struct Difference<'d> {
    /// The host's number in the order of names: whoever counts hosts sees when the next begins.
    pub host: usize,
    /// The request.
    pub witness: &'d Witness,
    /// Where the old side leads it.
    pub old: &'d Reached<'d>,
    /// Where the new side leads it.
    pub new: &'d Reached<'d>,
    /// In what the answers differ. Of one pair of rules, and one way to come, each point is told once.
    pub points: &'d [Point],
}

/// Takes what differs.
pub trait Fold: Send {
    /// A request that both sides answer differently.
    fn add(&mut self, difference: &Difference<'_>);

    /// Every request that was asked, with where both sides lead it; for who counts.
    fn asked(&mut self, _witness: &Witness, _old: &Reached<'_>, _new: &Reached<'_>) {}
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Hosts, and one for each sort of host that nobody named.
    pub hosts: u64,
    /// Pairs of rules that some request meets, by host and port.
    pub classes: u64,
    /// Requests that both sides were asked.
    pub witnesses: u64,
    /// Those among them that were drawn by chance.
    pub sampled: u64,
    /// What was not enumerated, in words; the first few.
    pub open: Vec<String>,
    /// How many more.
    pub more_open: u64,
}

/// Sentences of [`Tally::open`] that are kept.
const MOST_OPEN: usize = 20;

impl Tally {
    fn tell(&mut self, sentence: impl FnOnce() -> String) {
        if self.open.len() < MOST_OPEN {
            self.open.push(sentence());
        } else {
            self.more_open += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.hosts += other.hosts;
        self.classes += other.classes;
        self.witnesses += other.witnesses;
        self.sampled += other.sampled;
        self.more_open += other.more_open;
        for sentence in other.open {
            self.tell(|| sentence);
        }
    }
}

/// Compares two entry points. Hosts are shared out among threads, each with a fold of its own; the folds come back in the
/// order of the hosts, so that what is found does not hang on the number of threads.
pub fn compare<F: Fold>(
    old: Place<'_>,
    new: Place<'_>,
    options: &Options,
    fold: impl Fn() -> F + Sync,
) -> (Tally, Vec<F>) {
    let hosts = hosts::all(old, new);
    let entries = reach::Entries::of(old, new);
    let size = hosts.len().div_ceil(options.threads.max(1)).max(1);
    let one = |at: usize, hosts: &[String]| {
        let mut walk = walk::Walk::new(&entries, options, fold());
        for (offset, host) in hosts.iter().enumerate() {
            walk.host(at * size + offset, host);
        }
        walk.end()
    };
    let done: Vec<(Tally, F)> = thread::scope(|scope| {
        let one = &one;
        let parts = hosts.chunks(size).enumerate();
        let running: Vec<_> = parts.map(|(at, hosts)| scope.spawn(move || one(at, hosts))).collect();
        running
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut tally = Tally::default();
    let mut folds = Vec::with_capacity(done.len());
    for (part, fold) in done {
        tally.add(part);
        folds.push(fold);
    }
    (tally, folds)
}

/// Where one side leads a request.
pub fn reached<R>(place: Place<'_>, witness: &Witness, then: impl FnOnce(&Reached<'_>) -> R) -> R {
    reach::with(place, witness, |reached, _| then(reached))
}

/// The answer of one side to a request; the same that [`compare`] compares.
pub fn answer(place: Place<'_>, witness: &Witness) -> Answer {
    reach::with(place, witness, |reached, lookup| Answer::of(reached, lookup, witness))
}

/// In what both sides differ for one request.
pub fn points(old: Place<'_>, new: Place<'_>, witness: &Witness) -> Vec<Point> {
    differ::points(&answer(old, witness), &answer(new, witness))
}
