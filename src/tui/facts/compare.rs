//! Both sides compared, as the screen shows it: made once for a World, aside, with what was accepted of it.

use std::{path::Path, sync::Arc, time::Duration};

use similar::TextDiff;

use crate::{
    comparison::{
        self, Acceptance, Accepted, AcceptedFile, AcceptedFileError, CauseKind, Compiled, Difference, Face,
    },
    dialect::{gateway, ingress},
    rehearsal::View,
    resource::{Kind, Severity},
    routing::compare::{Options, Tally},
    tui::{facts::Health, finding::fields},
    world::World,
};

/// What differs between both sides of a World.
#[derive(Debug, Default)]
pub struct Comparison {
    /// The worst first.
    pub rows: Vec<Arc<DifferenceRow>>,
    /// What was looked at.
    pub tally: Tally,
    /// How long it took.
    pub took: Duration,
    /// Why there is nothing to compare.
    pub missing: Option<&'static str>,
    /// What was compared.
    pub world: Arc<World>,
    /// The old side.
    pub old: Arc<ingress::Compiled>,
    /// The new side.
    pub new: Arc<gateway::Compiled>,
    /// The file of accepted differences.
    pub file: Kept,
    /// Acceptances that match nothing any more.
    pub stale: usize,
}

/// What is accepted, and where that is kept.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// The file; none for what is built in, which is accepted for a session, and where it can not be read.
    pub file: Option<AcceptedFile>,
    /// What is accepted.
    pub accepted: Accepted,
    /// Why the file can not be read.
    pub wrong: Option<String>,
}

/// A difference in a list.
#[derive(Debug)]
pub struct DifferenceRow {
    /// The difference.
    pub difference: Difference,
    /// Why it is good as it is.
    pub accepted: Option<Acceptance>,
    /// Kinds, apart by commas.
    pub kinds: String,
    /// What a filter looks at, in lower case.
    pub haystack: Box<str>,
}

/// What shall be accepted, and what that makes of the file.
#[derive(Debug)]
pub struct Acceptable {
    /// Differences, why, and when.
    pub acceptances: Vec<Acceptance>,
    /// The file; none: kept for the session.
    pub file: Option<AcceptedFile>,
    /// What is accepted then.
    pub after: Accepted,
    /// What changes.
    pub diff: String,
    /// The differences, in a line.
    pub cause: String,
}

impl Comparison {
    /// Compares. Takes a while for many hosts.
    pub fn of(view: &View, file: Option<&Path>, also: &Accepted) -> Self {
        let world = Arc::clone(&view.world);
        let old =
            if view.sides.old { Arc::clone(&view.old) } else { Arc::new(ingress::compile(&view.world)) };
        let new = Arc::clone(&view.compiled);
        let mut file = file.map(|path| Kept::of(AcceptedFile::read(path))).unwrap_or_default();
        also.iter().for_each(|one| file.accepted.put(one.clone()));
        let missing = missing(&world);
        let mut made = Self { missing, world, old, new, file, ..Self::default() };
        if made.missing.is_some() {
            return made;
        }
        let (old, new) = made.faces();
        let report = comparison::compare(&old, &new, &Options::default());
        made.stale = report.stale(&made.file.accepted).count();
        made.rows = report
            .differences
            .into_iter()
            .map(|difference| Arc::new(DifferenceRow::new(difference, &made.file.accepted)))
            .collect();
        made.tally = report.tally;
        made.took = report.took;
        made
    }

    fn faces(&self) -> (Face<'_>, Face<'_>) {
        (
            Face { world: &self.world, compiled: Compiled::Ingresses(Arc::clone(&self.old)) },
            Face { world: &self.world, compiled: Compiled::Gateways(Arc::clone(&self.new)) },
        )
    }

    /// Those that nobody accepted, of this severity.
    pub fn left(&self, severity: Severity) -> usize {
        let left = self.rows.iter().filter(|row| row.accepted.is_none());
        left.filter(|row| row.difference.severity == severity).count()
    }

    /// What the file would be with one more difference accepted.
    pub fn accepting(&self, row: &DifferenceRow, reason: &str, date: String) -> Acceptable {
        let acceptance = Acceptance { id: row.difference.id.clone(), reason: reason.to_owned(), date };
        Acceptable::of(self.file.file.clone(), self.file.accepted.clone(), vec![acceptance], row.cause())
    }
}

/// Why there is nothing to compare.
fn missing(world: &World) -> Option<&'static str> {
    let has = |kind: &Kind| world.list(kind).any(|object| !object.assumed);
    match (has(&Kind::Ingress), has(&Kind::Gateway)) {
        (true, true) => None,
        (true, false) => {
            Some("only the old side is here: add the Gateways and routes that shall stand for the Ingresses")
        }
        (false, true) => {
            Some("only the new side is here: add the Ingresses, or compare two states with `cutover compare`")
        }
        (false, false) => Some("neither side is here: no Ingress and no Gateway in what was read"),
    }
}

impl Kept {
    /// What came of reading it.
    fn of(read: Result<AcceptedFile, AcceptedFileError>) -> Self {
        match read {
            Ok(file) => Self { accepted: file.accepted().clone(), file: Some(file), wrong: None },
            Err(error) => Self { wrong: Some(error.to_string()), ..Self::default() },
        }
    }
}

impl Acceptable {
    /// `acceptances` beside what is accepted already.
    pub fn of(
        file: Option<AcceptedFile>,
        mut after: Accepted,
        acceptances: Vec<Acceptance>,
        cause: String,
    ) -> Self {
        for one in &acceptances {
            after.put(one.clone());
        }
        let name = file.as_ref().map(|file| file.path().display().to_string()).unwrap_or_default();
        let before = file.as_ref().map(AcceptedFile::text).unwrap_or_default();
        let diff = TextDiff::from_lines(before, after.written(&name))
            .unified_diff()
            .header(&name, &name)
            .to_string();
        Self { acceptances, file, after, diff, cause }
    }

    /// Writes it, unless somebody else wrote meanwhile.
    ///
    /// # Errors
    /// Why it is not written.
    pub fn write(&self) -> Result<(), String> {
        let Some(file) = &self.file else { return Ok(()) };
        file.replace(&self.after).map_err(|error| error.to_string())
    }
}

impl DifferenceRow {
    fn new(difference: Difference, accepted: &Accepted) -> Self {
        let kinds =
            difference.kinds().map(crate::routing::compare::Kind::as_str).collect::<Vec<_>>().join(", ");
        let accepted = accepted.get(&difference.id).cloned();
        let host = difference.witness().map_or("", |witness| witness.ask.host.as_str());
        let object = difference.cause.object.as_ref().map(ToString::to_string).unwrap_or_default();
        let all = [
            &*difference.cause.key,
            difference.cause.kind.as_str(),
            &object,
            &kinds,
            host,
            &difference.id,
            accepted.as_ref().map_or("", |accepted| &accepted.reason),
        ];
        let haystack = fields(all).into();
        Self { difference, accepted, kinds, haystack }
    }

    /// How it is: what was accepted is well.
    pub fn health(&self) -> Health {
        if self.accepted.is_some() {
            return Health::Ok;
        }
        match self.difference.severity {
            Severity::Error => Health::Broken,
            Severity::Warning => Health::Attention,
            // Not well as long as nobody accepted it.
            Severity::Info => Health::Waiting,
        }
    }

    /// What makes the difference, in a line; keys of annotations without what they all begin with.
    pub fn cause(&self) -> String {
        let cause = &self.difference.cause;
        match cause.kind {
            CauseKind::Annotation => {
                let short = cause.key.rsplit('/').next().unwrap_or(&cause.key);
                format!("annotation {short}")
            }
            CauseKind::Trap => format!("trap {}  {}", cause.key, cause.title().unwrap_or_default()),
            CauseKind::Missing => format!("missing {}", cause.key),
            CauseKind::Other => cause.key.to_string(),
        }
    }

    /// The word of its severity.
    pub fn word(&self) -> &'static str {
        match self.difference.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        }
    }

    /// The simplest request as a `curl` line.
    pub fn curl(&self) -> Option<String> {
        self.difference.witness().map(crate::routing::compare::Witness::curl)
    }
}

#[cfg(test)]
mod tests;
