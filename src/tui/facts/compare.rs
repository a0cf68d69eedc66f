//! Both sides compared, as the screen shows it: made once for a World, aside, with what was accepted of it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use similar::TextDiff;

use crate::{
    comparison::{self, Acceptance, Accepted, CauseKind, Compiled, Difference, Face},
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

/// The file of accepted differences, as it was read.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Where it is; none for what is built in: that is accepted for a session.
    pub path: Option<PathBuf>,
    /// Its text; none where there is no such file.
    pub text: Option<String>,
    /// What it accepts.
    pub accepted: Accepted,
    /// Why it can not be read.
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

/// A text that a file shall have instead of the one it has.
#[derive(Debug)]
pub struct Acceptable {
    /// The difference, why, and when.
    pub acceptance: Acceptance,
    /// The file; none: kept for the session.
    pub path: Option<PathBuf>,
    /// What it must still be.
    pub before: Option<String>,
    /// What it shall be.
    pub after: String,
    /// What changes.
    pub diff: String,
    /// The difference, in a line.
    pub cause: String,
}

impl Comparison {
    /// Compares. Takes a while for many hosts.
    pub fn of(view: &View, file: Option<&Path>, also: &Accepted) -> Self {
        let world = Arc::clone(&view.world);
        let old =
            if view.sides.old { Arc::clone(&view.old) } else { Arc::new(ingress::compile(&view.world)) };
        let new = Arc::clone(&view.compiled);
        let mut file = file.map(Kept::read).unwrap_or_default();
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
        let Kept { path, text, accepted, .. } = &self.file;
        let name = path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let mut accepted = accepted.clone();
        let acceptance = Acceptance { id: row.difference.id.clone(), reason: reason.to_owned(), date };
        accepted.put(acceptance.clone());
        let after = accepted.written(&name);
        let before = text.as_deref().unwrap_or_default();
        let diff = TextDiff::from_lines(before, &after).unified_diff().header(&name, &name).to_string();
        Acceptable { acceptance, path: path.clone(), before: text.clone(), after, diff, cause: row.cause() }
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
    /// Reads it; one that is not there accepts nothing.
    pub fn read(path: &Path) -> Self {
        let kept = Self { path: Some(path.to_path_buf()), ..Self::default() };
        match fs::read_to_string(path) {
            Ok(text) => match Accepted::read(&path.display().to_string(), &text) {
                Ok(accepted) => Self { text: Some(text), accepted, ..kept },
                Err(why) => Self { text: Some(text), wrong: Some(why.to_string()), ..kept },
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => kept,
            Err(error) => Self { wrong: Some(error.to_string()), ..kept },
        }
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
    }
}

impl Acceptable {
    /// Writes it, unless somebody else wrote meanwhile.
    ///
    /// # Errors
    /// Why it is not written.
    pub fn write(&self) -> Result<(), String> {
        let Some(path) = &self.path else { return Ok(()) };
        let name = path.display();
        let now = match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(format!("{name} can not be read: {error}")),
        };
        if now != self.before {
            return Err(format!("{name} was changed meanwhile: look again"));
        }
        let new = path.with_extension("new");
        fs::write(&new, &self.after)
            .and_then(|()| fs::rename(&new, path))
            .map_err(|error| format!("{name} can not be written: {error}"))
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
