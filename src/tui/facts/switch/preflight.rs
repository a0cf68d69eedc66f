//! What preflight found of hostnames: worked out aside, looked at again where a change can matter.

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use super::LOW;
use crate::{
    comparison::{Accepted, AcceptedFile, AcceptedFileError, Compiled, Face, Report, compare},
    dns::Hostname,
    preflight::{Came, Evidence, Known, Probe},
    rehearsal::{Command, NameView, Question, View},
    routing::compare::Options,
    switch::{Finding, Item, Preflight},
    tui::facts::Tone,
};

/// How long one answer may take.
const WITHIN: Duration = Duration::from_secs(5);
/// Hostnames whose answers are waited for together.
const TOGETHER: usize = 16;

/// What was found of one hostname.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Every point but the TTL and the probe.
    found: Vec<(Item, Finding)>,
    /// Differences that nobody accepted, by id.
    pub left: Vec<String>,
    /// What the wire said; none: nobody asked.
    wire: Option<Finding>,
}

/// What a look found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What differs between both sides of the view.
    pub compared: Arc<Report>,
    /// Each hostname.
    pub all: Vec<(Hostname, Looked)>,
}

/// A look at hostnames.
#[derive(Debug)]
pub struct Looking {
    /// What is looked at.
    pub view: Arc<View>,
    /// What differs between its sides, where that is known already: to compare all may take seconds.
    pub compared: Option<Arc<Report>>,
    /// Whom.
    pub hostnames: Vec<Hostname>,
    /// The file of accepted differences; none: there is no file.
    pub accepted: Option<PathBuf>,
    /// Those that were accepted without a file.
    pub also: Accepted,
    /// When.
    pub at: Timestamp,
}

/// Who asks both sides over the wire.
#[derive(Clone, Debug)]
pub struct Wire(pub UnboundedSender<Command>);

impl Looking {
    /// All that can be seen without the wire.
    pub fn run(&self) -> Found {
        let compared = self.compared.clone().unwrap_or_else(|| Arc::new(self.report()));
        let (accepted, unread) = match self.accepted() {
            Ok(accepted) => (accepted, None),
            Err(why) => (self.also.clone(), Some(why)),
        };
        let evidence = Evidence {
            world: &self.view.world,
            old: &self.view.old,
            new: &self.view.compiled,
            compared: Some((&compared, &accepted)),
            now: self.at,
        };
        let known = Known::new(evidence);
        let one = |hostname: &Hostname| {
            let text = hostname.to_string();
            let left = known.left(&text).iter().map(|one| one.id.clone()).collect();
            let mut found = known.look(&text);
            if let Some(why) = &unread {
                found.retain(|(item, _)| *item != Item::Differences);
                found.push((
                    Item::Differences,
                    Finding::Unknown(format!("what was accepted is not known: {why}")),
                ));
            }
            (hostname.clone(), Looked { found, left, wire: None })
        };
        let all = self.hostnames.iter().map(one).collect();
        Found { compared, all }
    }

    /// As [`Self::run`], and both sides are asked over the wire. Blocks; not to be called within a runtime.
    pub fn probe(&self, wire: &Wire) -> Found {
        let mut found = self.run();
        let evidence = Evidence {
            world: &self.view.world,
            old: &self.view.old,
            new: &self.view.compiled,
            compared: None,
            now: self.at,
        };
        let known = Known::new(evidence);
        for some in found.all.chunks_mut(TOGETHER) {
            let asked: Vec<_> = some
                .iter()
                .map(|(hostname, _)| {
                    let probe = known.probe(&hostname.to_string());
                    let (old, new) = (wire.ask(&probe.old), wire.ask(&probe.new));
                    (probe, old, new)
                })
                .collect();
            for ((_, looked), (probe, old, new)) in some.iter_mut().zip(asked) {
                looked.wire = Some(answered(&probe, old, new));
            }
        }
        found
    }

    fn report(&self) -> Report {
        let old = Face { world: &self.view.world, compiled: Compiled::Ingresses(Arc::clone(&self.view.old)) };
        let new =
            Face { world: &self.view.world, compiled: Compiled::Gateways(Arc::clone(&self.view.compiled)) };
        compare(&old, &new, &Options::default())
    }

    fn accepted(&self) -> Result<Accepted, AcceptedFileError> {
        let mut all = match &self.accepted {
            Some(path) => AcceptedFile::read(path)?.accepted().clone(),
            None => Accepted::default(),
        };
        self.also.iter().for_each(|one| all.put(one.clone()));
        Ok(all)
    }
}

type Answer = Option<oneshot::Receiver<Result<crate::rehearsal::Answered, crate::rehearsal::Unanswered>>>;

impl Wire {
    fn ask(&self, ask: &crate::routing::Ask) -> Answer {
        let (sender, answer) = oneshot::channel();
        let question = Question { ask: ask.clone(), within: WITHIN };
        self.0.send(Command::Ask(question, sender)).ok().map(|()| answer)
    }
}

fn answered(probe: &Probe, old: Answer, new: Answer) -> Finding {
    let came = |answer: Answer| {
        let answer = answer.and_then(|answer| answer.blocking_recv().ok());
        answer.map_or_else(|| Came::Nothing("the rehearsal gave no answer".to_owned()), |it| Came::of(&it))
    };
    probe.judge(&came(old), &came(new))
}

impl Looked {
    /// What was found, written by hand.
    #[cfg(test)]
    pub fn by_hand(found: Vec<(Item, Finding)>, left: Vec<String>, wire: Option<Finding>) -> Self {
        Self { found, left, wire }
    }

    /// All points, with the TTL as it is now.
    pub fn preflight(
        &self,
        name: &NameView,
        now: Timestamp,
        clock: impl Fn(Timestamp) -> String,
    ) -> Preflight {
        self.with_ttl(Finding::of_ttl(name.journey.ttl(), LOW, now, clock))
    }

    /// All points, with what is known of the TTL.
    pub fn with_ttl(&self, ttl: Finding) -> Preflight {
        let unasked = || Finding::Unknown("neither side was asked yet".to_owned());
        let wire = self.wire.clone().unwrap_or_else(unasked);
        Preflight::new(self.found.iter().cloned().chain([(Item::Ttl, ttl), (Item::Probe, wire)]))
    }

    /// The same with what the wire said before, where nobody asked again.
    #[must_use]
    pub fn after(mut self, before: Option<&Self>) -> Self {
        if self.wire.is_none() {
            self.wire = before.and_then(|before| before.wire.clone());
        }
        self
    }
}

/// The sign and tone of what was found. What is not known is never shown as good.
pub fn sign(finding: &Finding) -> (Tone, &'static str) {
    match finding {
        Finding::Green(_) => (Tone::Good, "✓"),
        Finding::Red(_) => (Tone::Bad, "✗"),
        Finding::Unknown(_) => (Tone::Dim, "?"),
    }
}
