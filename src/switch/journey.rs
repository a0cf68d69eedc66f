//! One hostname: what happened to it, what may happen next, and until when.

use std::fmt;

use jiff::Timestamp;

use super::{Pointing, Ttl, Waves};

/// Where a hostname is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    pointing: Pointing,
    before: Option<Pointing>,
    since: Timestamp,
    moved_by: Option<Timestamp>,
    ttl: Ttl,
    waves: Waves,
    held: bool,
    finished: bool,
}

/// What may be done to a hostname.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Serve this TTL, in seconds.
    Ttl(u32),
    /// Point there.
    Point(Pointing),
    /// Point at the next wave.
    Wave,
    /// Let nothing go on: only the way back is open.
    Hold,
    /// Let it go on.
    Resume,
    /// Point at the old side alone.
    RollBack,
    /// The old side is needed no more.
    Finish,
    /// It is needed after all.
    Reopen,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It points elsewhere.
    Pointed {
        /// Where it pointed.
        from: Pointing,
        /// Where it points.
        to: Pointing,
        /// When all that obey the TTL have moved.
        moved_by: Timestamp,
    },
    /// Another TTL is served.
    Ttl {
        /// Seconds before.
        from: u32,
        /// Seconds now.
        to: u32,
        /// From when on it counts.
        settled: Timestamp,
    },
    /// Held, let go, finished or opened again.
    Marked,
    /// It was so already.
    Already,
}

/// Why it was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// [`Event::Hold`]
    #[error("it is held; let it go on first, or roll it back")]
    Held,
    /// [`Event::Finish`]
    #[error("it is finished, and the old side may be gone; open it again first")]
    Finished,
    /// There is no more of the new side than all of it.
    #[error("no wave is left: it points at the new side alone")]
    NoWave,
    /// A part is still sent to the old side.
    #[error("{share} of it point at the new side; finish needs all of it", share = Percent(*.0))]
    NotAllAtNew(Pointing),
    /// Answers from before are still kept.
    #[error("some that obey the TTL still use the answer from before, until {0}")]
    NotMoved(Timestamp),
}

/// `25 %`
struct Percent(Pointing);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0.percent())
    }
}

impl Journey {
    /// A hostname that has pointed there for long, with a TTL that was never another.
    pub fn new(pointing: Pointing, ttl: u32, waves: Waves, at: Timestamp) -> Self {
        Self {
            pointing,
            before: None,
            since: at,
            moved_by: None,
            ttl: Ttl::new(ttl, at),
            waves,
            held: false,
            finished: false,
        }
    }

    /// Where it points.
    pub fn pointing(&self) -> Pointing {
        self.pointing
    }

    /// Where it pointed before; none before the first change.
    pub fn before(&self) -> Option<Pointing> {
        self.before
    }

    /// Since when it points there.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// When all that obey the TTL have moved; none before the first change.
    pub fn moved_by(&self) -> Option<Timestamp> {
        self.moved_by
    }

    /// Whether all that obey have moved.
    pub fn has_moved(&self, now: Timestamp) -> bool {
        self.moved_by.is_none_or(|by| by <= now)
    }

    /// When all that obey would be back, were it rolled back now: the way back is as slow as the TTL.
    pub fn back_by(&self, now: Timestamp) -> Timestamp {
        self.ttl.run_out(now)
    }

    /// How long answers are kept.
    pub fn ttl(&self) -> Ttl {
        self.ttl
    }

    /// Its steps.
    pub fn waves(&self) -> &Waves {
        &self.waves
    }

    /// The share that [`Event::Wave`] would point at.
    pub fn next_wave(&self) -> Option<Pointing> {
        self.waves.after(self.pointing)
    }

    /// Whether only the way back is open.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Whether the old side is needed no more.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The hostname after an event, and what that did.
    ///
    /// # Errors
    /// What it does not allow now; then it is as it was.
    pub fn apply(&self, event: Event, at: Timestamp) -> Result<(Self, Done), Refused> {
        let marked = |held, finished| Ok((Self { held, finished, ..self.clone() }, Done::Marked));
        match event {
            Event::Ttl(seconds) => Ok(self.with_ttl(seconds, at)),
            Event::Point(_) | Event::Wave | Event::RollBack | Event::Hold | Event::Resume
                if self.finished =>
            {
                Err(Refused::Finished)
            }
            Event::RollBack => Ok(self.point(Pointing::OLD, at)),
            Event::Point(_) | Event::Wave | Event::Finish if self.held => Err(Refused::Held),
            Event::Point(to) => Ok(self.point(to, at)),
            Event::Wave => self.next_wave().map(|to| self.point(to, at)).ok_or(Refused::NoWave),
            Event::Hold if !self.held => marked(true, false),
            Event::Resume if self.held => marked(false, false),
            Event::Reopen if self.finished => marked(false, false),
            Event::Finish if self.pointing != Pointing::NEW => Err(Refused::NotAllAtNew(self.pointing)),
            Event::Finish if !self.finished => match self.moved_by {
                Some(by) if by > at => Err(Refused::NotMoved(by)),
                Some(_) | None => marked(false, true),
            },
            Event::Hold | Event::Resume | Event::Finish | Event::Reopen => Ok((self.clone(), Done::Already)),
        }
    }

    fn point(&self, to: Pointing, at: Timestamp) -> (Self, Done) {
        if to == self.pointing {
            return (self.clone(), Done::Already);
        }
        let moved_by = self.ttl.run_out(at);
        let next = Self {
            pointing: to,
            before: Some(self.pointing),
            since: at,
            moved_by: Some(moved_by),
            ..self.clone()
        };
        (next, Done::Pointed { from: self.pointing, to, moved_by })
    }

    fn with_ttl(&self, seconds: u32, at: Timestamp) -> (Self, Done) {
        let ttl = self.ttl.set(seconds, at);
        if ttl == self.ttl {
            return (self.clone(), Done::Already);
        }
        let done = Done::Ttl { from: self.ttl.seconds(), to: seconds, settled: ttl.settled() };
        (Self { ttl, ..self.clone() }, done)
    }
}

#[cfg(test)]
mod tests;
