//! A run: from the time and from what was measured to what is to be done next. No clock, no socket.

use std::{sync::Arc, time::Duration};

use super::{
    judge::reached,
    model::{Action, Command, Hosts, Scenario, Span, Wait},
    record::{Mark, MarkKind, Outcome, Record, Sample},
};

/// What a run is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Time has passed.
    Tick,
    /// Something was measured.
    Measured(Box<Sample>),
    /// What a step wanted can not be done.
    Refused {
        /// Which, from 0.
        step: usize,
        /// Why.
        why: String,
    },
}

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    scenario: Arc<Scenario>,
    record: Record,
    /// The step that is next.
    next: usize,
    waiting: Option<Waiting>,
    /// The TTL in force; the longest when names differ.
    ttl: Duration,
    /// When it was made shorter, on our clock, and what it was: caches may believe that so long.
    before: Option<(Duration, Duration)>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    step: usize,
    since: Duration,
}

impl Run {
    /// A run that begins at 0; `begun` is that moment, RFC 3339. [`Run::event`] with a tick starts it.
    pub fn new(scenario: Arc<Scenario>, begun: String) -> Self {
        let record = Record {
            scenario: scenario.name.clone(),
            about: scenario.about.clone(),
            begun,
            mix: scenario.clients.mix.to_string(),
            clients: scenario.clients.count,
            speed: scenario.clients.speed,
            ..Record::default()
        };
        let ttl = scenario.ttl;
        Self { scenario, record, next: 0, waiting: None, ttl, before: None }
    }

    /// Goes on as far as it can. Gives what is to be done, with the step that wants it, from 0. It is over only when it was
    /// asked once more after its last command: that may be refused.
    pub fn event(&mut self, event: Event, now: Duration) -> Vec<(usize, Command)> {
        if self.is_over() {
            return Vec::new();
        }
        self.record.seconds = now.as_secs_f64();
        match event {
            Event::Tick => {}
            Event::Measured(sample) => self.record.samples.push(*sample),
            Event::Refused { step, why } => {
                // Steps that were to follow at the same moment were not done.
                self.record.marks.truncate(step + 1);
                self.stop(step, why);
                return Vec::new();
            }
        }
        let mut commands = Vec::new();
        while !self.is_over() {
            if let Some(waiting) = self.waiting
                && !self.waited(waiting, now)
            {
                break;
            }
            let scenario = Arc::clone(&self.scenario);
            let Some(step) = scenario.steps.get(self.next) else {
                if commands.is_empty() {
                    self.record.outcome = Outcome::Completed;
                }
                break;
            };
            self.next += 1;
            self.record.marks.push(Mark {
                at: now.as_secs_f64(),
                line: step.line,
                label: step.label.clone(),
                text: step.action.to_string(),
                kind: kind(&step.action),
                ttl: self.believed(now).as_secs_f64() / self.record.speed,
            });
            let at = self.next - 1;
            match &step.action {
                Action::Do(command) => {
                    self.follow(command, now);
                    commands.push((at, command.clone()));
                }
                Action::Wait(_) => self.waiting = Some(Waiting { step: at, since: now }),
            }
        }
        commands
    }

    /// Keeps the TTL in force, and what caches may believe still.
    fn follow(&mut self, command: &Command, now: Duration) {
        if let Command::Ttl { hosts, ttl } = command {
            let known = self.believed(now);
            self.ttl = if *hosts == Hosts::All { *ttl } else { self.ttl.max(*ttl) };
            self.before = (known > self.ttl).then_some((now, known));
        }
    }

    /// Whether a wait is over; one whose limit has come stops the run.
    fn waited(&mut self, waiting: Waiting, now: Duration) -> bool {
        let scenario = Arc::clone(&self.scenario);
        let over = match scenario.steps.get(waiting.step).map(|step| &step.action) {
            Some(Action::Wait(Wait::For(span))) => now >= waiting.since + self.length(*span),
            Some(Action::Wait(Wait::Until { what, bound, over, limit })) => {
                let (since, over) = (waiting.since.as_secs_f64(), over.as_secs_f64());
                let reached = reached(&self.record, *what, *bound, since, over);
                if !reached && now >= waiting.since + self.length(*limit) {
                    let wanted = bound.show(what.unit());
                    self.stop(waiting.step, format!("{what} was not {wanted} within {limit}"));
                }
                reached
            }
            Some(_) | None => true,
        };
        if over {
            self.waiting = None;
        }
        over
    }

    /// The longest time that an answer given until now may be believed, as far as TTLs say.
    fn believed(&self, now: Duration) -> Duration {
        let left = self
            .before
            .map(|(since, ttl)| ttl.saturating_sub(now.saturating_sub(since).mul_f64(self.record.speed)));
        self.ttl.max(left.unwrap_or_default())
    }

    /// A span on our clock.
    fn length(&self, span: Span) -> Duration {
        match span {
            Span::Time(time) => time,
            Span::Ttls(ttls) => self.ttl.mul_f64(ttls / self.record.speed),
        }
    }

    fn stop(&mut self, step: usize, why: String) {
        let line = self.scenario.steps.get(step).map_or(0, |step| step.line);
        self.record.outcome = Outcome::Stopped { line, why };
    }

    /// Whether nothing is to be done any more.
    pub fn is_over(&self) -> bool {
        self.record.outcome != Outcome::Running
    }

    /// When a tick may change something; none: only a measurement can, or it is over.
    pub fn due(&self) -> Option<Duration> {
        let waiting = self.waiting.filter(|_| !self.is_over())?;
        match &self.scenario.steps.get(waiting.step)?.action {
            Action::Wait(Wait::For(span) | Wait::Until { limit: span, .. }) => {
                Some(waiting.since + self.length(*span))
            }
            _ => None,
        }
    }

    /// What is played.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What happened until now.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The step that is done now: its number from 1, how many there are, and its words.
    pub fn progress(&self) -> (usize, usize, String) {
        let step = self.scenario.steps.get(self.next.saturating_sub(1));
        let text = step.map(|step| step.action.to_string()).unwrap_or_default();
        (self.next, self.scenario.steps.len(), text)
    }
}

fn kind(action: &Action) -> MarkKind {
    match action {
        Action::Do(Command::Load { .. }) => MarkKind::Load,
        Action::Do(Command::Ttl { .. }) => MarkKind::Ttl,
        Action::Do(Command::Switch { .. }) => MarkKind::Switch,
        Action::Do(Command::RollBack(_)) => MarkKind::Rollback,
        Action::Do(Command::Hold(_)) => MarkKind::Hold,
        Action::Do(Command::Backend { .. } | Command::Side { .. }) => MarkKind::Fault,
        Action::Wait(_) => MarkKind::Wait,
    }
}

#[cfg(test)]
mod tests;
