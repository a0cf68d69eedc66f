//! What objects, files and sockets say, kept by object: a change costs what it touches, not all there is.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::{Health, findings::Finding, health, reasons, routes::parent_name, told::Told};
use crate::{
    dialect::gateway::GatewayStatus,
    rehearsal::{Backing, View},
    resource::{Condition, Key, Kind, Problem, Severity},
};

/// Findings by object. Those that traffic tells of are apart.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    found: BTreeMap<(Health, Key, u32), Finding>,
    /// How many of each: broken, attention, waiting or a note.
    counts: [usize; 3],
    /// Those that are no object's.
    loose: Vec<Finding>,
    /// What the files tell of, and the list that it was made of.
    files: (Arc<[Problem]>, Told),
    /// What was looked for aside.
    mistakes: Arc<Told>,
    /// Services that nobody answers for.
    idle: HashSet<Key>,
    /// Listeners that do not listen, and why.
    deaf: HashMap<Key, Vec<(Arc<str>, String)>>,
}

impl Standing {
    /// All that a view and what was looked for aside tell.
    pub fn of(view: &View, mistakes: &Arc<Told>) -> Self {
        let mut standing = Self::default();
        let status = &view.compiled.status;
        let mut touched: HashSet<Key> =
            status.classes.keys().chain(status.gateways.keys()).cloned().collect();
        let odd = |all: &[Condition]| Health::of_all(all) != Health::Ok;
        let routes = status.routes.iter().filter(|(_, all)| all.iter().any(|one| odd(&one.conditions)));
        touched.extend(routes.map(|(key, _)| key.clone()));
        standing.follow(view, mistakes, touched);
        standing
    }

    /// Takes a newer view; `touched` are the objects whose conditions changed. What else changed is found here.
    /// True when anything is told otherwise than before.
    pub fn follow(&mut self, view: &View, mistakes: &Arc<Told>, mut touched: HashSet<Key>) -> bool {
        let mut loose = false;
        if !Arc::ptr_eq(&self.files.0, &view.problems) && *self.files.0 != *view.problems {
            let told = Told::of(view.problems.iter().cloned());
            touched.extend(self.files.1.changed(&told));
            self.files = (Arc::clone(&view.problems), told);
            loose = true;
        }
        if !Arc::ptr_eq(&self.mistakes, mistakes) {
            touched.extend(self.mistakes.changed(mistakes));
            self.mistakes = Arc::clone(mistakes);
            loose = true;
        }
        let idle = idle(view);
        touched.extend(self.idle.symmetric_difference(&idle).cloned());
        self.idle = idle;
        let deaf = deaf(view);
        let differs = |key: &&Key| self.deaf.get(*key) != deaf.get(*key);
        touched.extend(self.deaf.keys().chain(deaf.keys()).filter(differs).cloned());
        self.deaf = deaf;
        for key in &touched {
            self.put(view, key);
        }
        if loose {
            self.put_loose();
        }
        loose || !touched.is_empty()
    }

    /// All, the worst first; those of no object last within their sort.
    pub fn all(&self) -> impl Iterator<Item = &Finding> {
        self.found.values().chain(&self.loose)
    }

    /// How many there are: broken, attention, waiting or a note.
    pub fn counts(&self) -> [usize; 3] {
        let mut counts = self.counts;
        self.loose.iter().for_each(|finding| count(&mut counts, finding.health, true));
        counts
    }

    /// Tells anew of one object.
    fn put(&mut self, view: &View, key: &Key) {
        for health in [Health::Broken, Health::Attention, Health::Waiting, Health::Note] {
            let range = (health, key.clone(), 0)..=(health, key.clone(), u32::MAX);
            let old: Vec<(Health, Key, u32)> =
                self.found.range(range).map(|(place, _)| place.clone()).collect();
            for place in old {
                self.found.remove(&place);
                count(&mut self.counts, health, false);
            }
        }
        for (at, finding) in self.about(view, key).into_iter().enumerate() {
            count(&mut self.counts, finding.health, true);
            self.found.insert((finding.health, key.clone(), at as u32), finding);
        }
    }

    fn put_loose(&mut self) {
        let problems = self.files.1.loose.iter().chain(&self.mistakes.loose);
        self.loose = problems.filter_map(problem).collect();
        self.loose.sort_by_key(|finding| finding.health);
    }

    fn about(&self, view: &View, key: &Key) -> Vec<Finding> {
        let status = &view.compiled.status;
        let mut about = About { key, told: Vec::new(), out: Vec::new() };
        if let Some(conditions) = status.classes.get(key) {
            about.conditions(key.path(), "", conditions);
        }
        if let Some(gateway) = status.gateways.get(key) {
            about.gateway(gateway, self.deaf.get(key).map_or(&[], Vec::as_slice));
        }
        for parent in status.routes.get(key).map_or(&[][..], |all| all) {
            about.conditions(key.path(), &parent_name(&parent.gateway, &parent.parent), &parent.conditions);
        }
        for told in self.files.1.about(key).iter().chain(self.mistakes.about(key)) {
            about.problem(told);
        }
        let answered = about.out.iter().all(|finding| finding.health > Health::Attention);
        if self.idle.contains(key) && answered {
            let words = "has no ready endpoint".to_owned();
            let detail = "requests to it are answered with 503".to_owned();
            about.add(Health::Attention, key.path(), words, detail, None);
        }
        about.out
    }
}

fn count(counts: &mut [usize; 3], health: Health, more: bool) {
    let [broken, attention, waiting] = counts;
    let place = match health {
        Health::Broken => broken,
        Health::Attention => attention,
        Health::Waiting | Health::Note => waiting,
        Health::Unknown | Health::Ok => return,
    };
    *place = if more { *place + 1 } else { place.saturating_sub(1) };
}

/// What is told of one object.
struct About<'a> {
    key: &'a Key,
    /// What was said already; a condition and a problem often say the same.
    told: Vec<String>,
    out: Vec<Finding>,
}

impl About<'_> {
    fn add(&mut self, health: Health, subject: String, words: String, detail: String, cause: Option<String>) {
        let object = Some(self.key.clone());
        self.out.push(Finding { health, object, subject, words, detail, cause, also: Vec::new() });
    }

    fn conditions(&mut self, subject: String, parent: &str, all: &[Condition]) {
        let Some(worst) = health::deciding(all) else { return };
        let health = Health::of(worst);
        if matches!(health, Health::Ok | Health::Unknown) {
            return;
        }
        // A message that says nothing would be found in every other.
        self.told.extend((!worst.message.is_empty()).then(|| worst.message.clone()));
        let detail = if worst.message.is_empty() { worst.cure.clone() } else { worst.message.clone() };
        let cause = (health == Health::Note).then(|| format!("{} {}", worst.reason, self.key));
        self.add(health, subject, reasons::words(worst, parent), detail, cause);
    }

    fn gateway(&mut self, gateway: &GatewayStatus, deaf: &[(Arc<str>, String)]) {
        let broken = |all: &[Condition]| Health::of_all(all) == Health::Broken;
        let listeners_bad = gateway.listeners.iter().any(|listener| broken(&listener.conditions));
        // A Gateway that is broken because of its listeners is told by them.
        if !(listeners_bad && broken(&gateway.conditions)) {
            self.conditions(self.key.path(), "", &gateway.conditions);
        }
        for listener in &gateway.listeners {
            let subject = format!("{} ▸ {}", self.key.path(), listener.id.name);
            let name = subject.clone();
            self.conditions(subject, &name, &listener.conditions);
        }
        for (listener, why) in deaf {
            let judged = gateway
                .listeners
                .iter()
                .any(|l| l.id.name == *listener && Health::of_all(&l.conditions) < Health::Note);
            if !judged {
                let subject = format!("{} ▸ {listener}", self.key.path());
                self.add(Health::Broken, subject, "does not listen".to_owned(), why.clone(), None);
            }
        }
    }

    fn problem(&mut self, told: &Problem) {
        // A condition says of several faults together what a problem says of one, or of one without its place.
        if self.told.iter().any(|said| said.contains(&told.message) || told.message.contains(said)) {
            return;
        }
        if let Some(finding) = problem(told) {
            self.told.push(told.message.clone());
            self.out.push(finding);
        }
    }
}

fn problem(told: &Problem) -> Option<Finding> {
    let health = match told.severity {
        Severity::Error => Health::Broken,
        Severity::Warning => Health::Attention,
        Severity::Info => return None,
    };
    let place = told.file.as_ref().map(|file| match told.line {
        Some(line) => format!("{}:{line}", file.display()),
        None => file.display().to_string(),
    });
    let subject = told.object.as_ref().map(Key::path).or(place.clone());
    let detail = [place, (!told.fix.is_empty()).then(|| told.fix.clone())];
    Some(Finding {
        health,
        object: told.object.clone(),
        // Of files each is its own mistake; of this machine those of one sort come together.
        cause: (told.object.is_none() && told.file.is_none()).then(|| told.code.to_owned()),
        subject: subject.unwrap_or_else(|| told.code.to_owned()),
        words: told.message.clone(),
        detail: detail.into_iter().flatten().collect::<Vec<_>>().join("  "),
        also: Vec::new(),
    })
}

fn idle(view: &View) -> HashSet<Key> {
    let none = view.stand_ins.iter().filter(|stand_in| stand_in.backing == Backing::NoEndpoint);
    none.map(|stand_in| {
        let service = &stand_in.backend.service;
        Key::new(Kind::Service, &*service.namespace, &*service.name)
    })
    .collect()
}

fn deaf(view: &View) -> HashMap<Key, Vec<(Arc<str>, String)>> {
    let mut deaf: HashMap<Key, Vec<(Arc<str>, String)>> = HashMap::new();
    for listener in view.listeners.iter() {
        if let Err(why) = &listener.address {
            let entry = &listener.id.port.entry;
            let gateway = Key::new(Kind::Gateway, &*entry.namespace, &*entry.name);
            deaf.entry(gateway).or_default().push((Arc::clone(&listener.id.name), why.clone()));
        }
    }
    deaf
}
