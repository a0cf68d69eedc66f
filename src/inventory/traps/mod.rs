//! Traps: where the move to Gateway API changes what these very Ingresses, or their controller's settings, do.
//!
//! Each row of the tables is one trap with its detector. A detector looks for objects that touch the trap, makes a
//! request that ought to show it, and asks the compiled old side: what the request does not show is not told.

mod around;
mod backend;
mod behaviour;
mod beside;
mod canary;
mod global;
mod headers;
mod hosts;
mod matching;
mod pattern;
mod redirects;
mod scene;
mod surprise;
#[cfg(test)]
mod tests;
mod tls;

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::ScopedJoinHandle,
};

use scene::{Draft, Scene};

use super::facts::IngressFacts;
use crate::{
    dialect::ingress::Compiled,
    resource::{Key, Problem, Severity},
    world::World,
};

/// A trap that an Ingress, or the controller's configuration, really touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrapFinding {
    /// Stable name: `M1`, `T5`, `B14`, `G1`.
    pub id: &'static str,
    /// The trap in a few words.
    pub title: &'static str,
    /// How bad.
    pub severity: Severity,
    /// The object at fault.
    pub object: Key,
    /// The field in it.
    pub field: Option<String>,
    /// The object's file.
    pub file: Option<Arc<Path>>,
    /// Line of the object in its file, from 1; made exact by who can read the file.
    pub line: Option<u32>,
    /// The host that it is about; empty is every other host. None: no host.
    pub host: Option<Arc<str>>,
    /// A request that shows it; none where no single request can.
    pub request: Option<Sample>,
    /// What the old side does with this request, and what Gateway API would do.
    pub message: String,
    /// What to do.
    pub cure: Cow<'static, str>,
}

/// Findings of a trap on a host that are only counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoreTraps {
    /// The trap.
    pub id: &'static str,
    /// The host; none: no host.
    pub host: Option<Arc<str>>,
    /// Places that were not looked at.
    pub count: usize,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// `GET`
    pub method: &'static str,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Without a port.
    pub host: String,
    /// With the query, if there is one.
    pub path: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
}

/// One trap.
pub struct Trap {
    /// Its name.
    pub id: &'static str,
    /// Its code in `check`.
    pub code: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// How bad.
    pub severity: Severity,
    /// Findings told of one host.
    most: usize,
    find: fn(&Scene<'_>, &mut Finder<'_>),
    cure: &'static str,
}

impl Trap {
    const fn new(
        id: &'static str,
        code: &'static str,
        severity: Severity,
        title: &'static str,
        find: fn(&Scene<'_>, &mut Finder<'_>),
        cure: &'static str,
    ) -> Self {
        Self { id, code, title, severity, most: MOST, find, cure }
    }

    /// What to do about it.
    pub fn cure(&self) -> &'static str {
        self.cure
    }

    /// Tells no more than so many of one host.
    const fn at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }
}

/// Findings of one trap that are told of one host.
const MOST: usize = 3;
/// Places of one host that are looked at for one trap, whether they show it or not.
const TRIES: usize = 4 * MOST;
/// Ingresses from which on it is worth a thread.
const MANY: usize = 64;

/// All traps: the five surprising behaviours first.
pub fn all() -> impl Iterator<Item = &'static Trap> {
    let rest = [
        matching::TRAPS,
        hosts::TRAPS,
        tls::TRAPS,
        redirects::TRAPS,
        headers::TRAPS,
        behaviour::TRAPS,
        canary::TRAPS,
        backend::TRAPS,
        global::TRAPS,
        around::TRAPS,
        beside::TRAPS,
    ];
    surprise::TRAPS.iter().chain(rest.into_iter().flatten())
}

/// Where a code of `check` stands among those of its severity: the surprising behaviours first.
pub fn rank(code: &str) -> usize {
    surprise::TRAPS.iter().position(|trap| trap.code == code).unwrap_or(surprise::TRAPS.len())
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Traps {
    pub found: Vec<Arc<TrapFinding>>,
    pub more: Vec<MoreTraps>,
}

/// Looks for every trap.
pub(super) fn find(world: &World, compiled: &Compiled, ingresses: &[IngressFacts]) -> Traps {
    let scene = Scene::new(world, compiled, ingresses);
    let mut ranked: Vec<(usize, Arc<TrapFinding>)> = Vec::new();
    let mut more = Vec::new();
    let surprising = surprise::TRAPS.len();
    for (at, finder) in look(&scene).into_iter().enumerate() {
        let rank = |one: &TrapFinding| if at < surprising { at } else { surprising + one.severity as usize };
        ranked.extend(finder.found.into_iter().map(|one| (rank(&one), one)));
        let mut rest: Vec<MoreTraps> = finder
            .hosts
            .into_iter()
            .filter(|(_, seen)| seen.more > 0)
            .map(|(host, seen)| MoreTraps { id: finder.trap.id, host, count: seen.more })
            .collect();
        rest.sort_by(|a, b| a.host.cmp(&b.host));
        more.extend(rest);
    }
    // Stable: of one rank in the order of the tables.
    ranked.sort_by_key(|(rank, _)| *rank);
    Traps { found: ranked.into_iter().map(|(_, one)| one).collect(), more }
}

/// What each trap's detector finds, in the order of the tables; of many Ingresses on all processors.
fn look<'s>(scene: &'s Scene<'s>) -> Vec<Finder<'s>> {
    let traps: Vec<&'static Trap> = all().collect();
    let look = |trap: &'static Trap| {
        let mut finder = Finder { trap, scene, found: Vec::new(), hosts: HashMap::new() };
        (trap.find)(scene, &mut finder);
        finder
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    if scene.facts.len() < MANY || processors == 1 {
        return traps.into_iter().map(look).collect();
    }
    // Some take much longer than others: who is done takes the next.
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(trap) = traps.get(at) else { return done };
            done.push((at, look(trap)));
        }
    };
    let mut all: Vec<(usize, Finder<'s>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        let join = |worker: ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().flat_map(join).collect()
    });
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, finder)| finder).collect()
}

/// Gathers what one detector finds.
struct Finder<'f> {
    trap: &'static Trap,
    scene: &'f Scene<'f>,
    found: Vec<Arc<TrapFinding>>,
    hosts: HashMap<Option<Arc<str>>, Seen>,
}

#[derive(Default)]
struct Seen {
    told: usize,
    tried: usize,
    more: usize,
}

impl Finder<'_> {
    /// A place that may show the trap; `look` asks the old side. Of one host only the first few are looked at.
    fn add(&mut self, host: Option<&Arc<str>>, look: impl FnOnce() -> Option<Draft>) {
        let seen = self.hosts.entry(host.cloned()).or_default();
        if seen.told >= self.trap.most || seen.tried >= TRIES.max(self.trap.most) {
            seen.more += 1;
            return;
        }
        seen.tried += 1;
        let Some(draft) = look() else { return };
        seen.told += 1;
        let origin = self.scene.origin(&draft.object);
        self.found.push(Arc::new(TrapFinding {
            id: self.trap.id,
            title: self.trap.title,
            severity: draft.severity.unwrap_or(self.trap.severity),
            object: draft.object,
            field: draft.field,
            file: origin.map(|origin| Arc::clone(&origin.file)),
            line: origin.map(|origin| origin.line),
            host: host.map(|host| if **host == *"_" { "".into() } else { Arc::clone(host) }),
            request: draft.request,
            message: draft.message,
            cure: draft.cure.map_or(Cow::Borrowed(self.trap.cure), Cow::Owned),
        }));
    }

    /// A place that touches the trap for certain.
    fn tell(&mut self, host: Option<&Arc<str>>, draft: Draft) {
        self.add(host, || Some(draft));
    }
}

impl TrapFinding {
    /// The request, or that there is none.
    pub fn shown(&self) -> String {
        self.request.as_ref().map_or_else(|| "no single request shows it".to_owned(), ToString::to_string)
    }

    /// As `check` tells it.
    pub fn problem(&self) -> Problem {
        let code = all().find(|trap| trap.id == self.id).map_or("trap", |trap| trap.code);
        let request = self.request.as_ref().map(|it| format!("; see: {it}")).unwrap_or_default();
        let message = format!("{}: {}{request}", self.title, self.message);
        let mut problem = Problem::new(self.severity, code, message).fix(self.cure.clone());
        problem.object = Some(self.object.clone());
        problem.field.clone_from(&self.field);
        problem.file = self.file.as_deref().map(Path::to_path_buf);
        problem.line = self.line;
        problem
    }
}

/// For a shell.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("curl -i")?;
        if self.scheme == "https" {
            f.write_str(" -k")?;
        }
        if self.method != "GET" {
            write!(f, " -X {}", self.method)?;
        }
        for (name, value) in &self.headers {
            write!(f, " -H {}", quoted(&format!("{name}: {value}")))?;
        }
        // curl itself would take dots and braces for its own.
        write!(f, " -g --path-as-is {}", quoted(&format!("{}://{}{}", self.scheme, self.host, self.path)))
    }
}

/// In single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
