//! One host after the other: every class of requests is asked of both sides, and what differs is handed on.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use super::{
    Answer, Difference, End, Fold, Options, Point, Tally, Witness, differ,
    paths::{self, Paths},
    probe,
    reach::{Entries, Entry, Lookup, Reached},
    values,
};
use crate::routing::{Action, Candidate, PathRewrite, explain::Asked, normalized};

/// Paths of one host that are asked at most: a host with more is told.
const MOST_PATHS: usize = 200_000;

/// Walks over hosts.
pub(super) struct Walk<'e, 't, F> {
    entries: &'e Entries<'t>,
    options: &'e Options,
    fold: F,
    tally: Tally,
}

/// What both sides are for one host at one scheme and port.
struct Scene<'s, 't> {
    host: usize,
    name: &'s str,
    entry: &'s Entry<'t>,
    lookups: [Lookup<'t>; 2],
    /// Matches with conditions, of each side.
    conditioned: [Vec<&'t Candidate>; 2],
}

/// What is known of the pairs of rules that were met.
#[derive(Default)]
struct Pairs {
    known: HashMap<(usize, usize), Pair>,
    /// The first request of each pair, to be asked more when all plain ones are through: the simplest tells a point.
    later: Vec<Witness>,
}

#[derive(Default)]
struct Pair {
    /// It was asked all that its rules look at; who was met by such a question only, was not.
    probed: bool,
    /// The path changes the answer.
    by_path: bool,
    /// Points that were told.
    told: HashSet<u64>,
}

impl<'e, 't, F: Fold> Walk<'e, 't, F> {
    pub(super) fn new(entries: &'e Entries<'t>, options: &'e Options, fold: F) -> Self {
        Self { entries, options, fold, tally: Tally::default() }
    }

    pub(super) fn end(self) -> (Tally, F) {
        (self.tally, self.fold)
    }

    pub(super) fn host(&mut self, number: usize, name: &str) {
        self.tally.hosts += 1;
        let mut known: Option<(Vec<usize>, Paths)> = None;
        for entry in &self.entries.all {
            let lookup = |at: usize| {
                let ports = entry.sides.get(at).map_or(&[][..], Vec::as_slice);
                Lookup::new(ports, name, self.entries.certificates.get(at).copied().flatten())
            };
            let lookups = [lookup(0), lookup(1)];
            let signature = chains(&lookups);
            let paths = match known.take() {
                Some((same, paths)) if same == signature => paths,
                Some(_) | None => self.paths(name, &lookups),
            };
            let conditioned = [0, 1].map(|at: usize| {
                let all = lookups.get(at).into_iter().flat_map(Lookup::candidates);
                all.filter(|one| one.conditions.method.is_some() || !one.conditions.fields.is_empty())
                    .collect()
            });
            let scene = Scene { host: number, name, entry, lookups, conditioned };
            self.entry(&scene, &paths);
            known = Some((signature, paths));
        }
    }

    fn paths(&mut self, name: &str, lookups: &[Lookup<'_>; 2]) -> Paths {
        let mut hasher = DefaultHasher::new();
        (self.options.seed, name).hash(&mut hasher);
        let mut random = fastrand::Rng::with_seed(hasher.finish());
        let mut paths = paths::of(lookups, self.options.samples, &mut random);
        self.tally.sampled += paths.sampled;
        for pattern in &paths.open {
            self.tally.tell(|| format!("{name}: paths that {pattern} takes were drawn, not enumerated"));
        }
        if paths.all.len() > MOST_PATHS {
            let more = paths.all.len() - MOST_PATHS;
            self.tally.tell(|| format!("{name}: {more} paths were left out"));
            paths.all.truncate(MOST_PATHS);
        }
        paths
    }

    fn entry(&mut self, scene: &Scene<'_, '_>, paths: &Paths) {
        let mut pairs = Pairs::default();
        // One path for each rule that reads paths in nginx's way, for the detours.
        let mut meant: Vec<String> = Vec::new();
        let mut seen = HashSet::new();
        for path in &paths.all {
            let base = scene.witness(path);
            self.ways(scene, &base, &mut pairs);
            if !paths.detours.is_empty() {
                let reader = scene.lookups.iter().find(|lookup| lookup.normalizes());
                let id = reader.map_or(0, |lookup| lookup.find(&Asked(&base.ask)).id());
                if seen.insert(id) {
                    meant.push(path.clone());
                }
            }
        }
        for path in paths::detours(&paths.detours, &meant) {
            self.ways(scene, &scene.witness(&path), &mut pairs);
        }
        if scene.lookups.iter().any(Lookup::is_nginx) {
            self.odd(scene, paths, &mut pairs);
        }
        for witness in std::mem::take(&mut pairs.later) {
            let [old, new] = scene.lookups.each_ref().map(|lookup| lookup.find(&Asked(&witness.ask)));
            for probe in probe::of(&witness, &old, &new) {
                self.ask(scene, &probe, &mut pairs, false);
            }
        }
    }

    /// What nginx refuses before it looks for a rule.
    fn odd(&mut self, scene: &Scene<'_, '_>, paths: &Paths, pairs: &mut Pairs) {
        let mut seen = HashSet::new();
        for path in &paths.all {
            let base = scene.witness(path);
            // What may take it: the same for all paths of a class, with conditions or without.
            let mut takers = scene.taken(path);
            takers.extend(scene.lookups.iter().map(|lookup| lookup.find(&Asked(&base.ask)).id()));
            if !seen.insert(takers) {
                continue;
            }
            let mut trace = base.clone();
            "TRACE".clone_into(&mut trace.ask.method);
            self.ways(scene, &trace, pairs);
            let mut small = base.clone();
            "get".clone_into(&mut small.ask.method);
            self.ways(scene, &small, pairs);
            let front = path.trim_end_matches('/');
            let up = "/..".repeat(front.matches('/').count() + 1);
            for odd in [format!("{front}/%zz"), format!("{front}{up}")] {
                self.ways(scene, &scene.witness(&odd), pairs);
            }
        }
    }

    /// Every way in which a path can be asked for.
    fn ways(&mut self, scene: &Scene<'_, '_>, base: &Witness, pairs: &mut Pairs) {
        if scene.conditioned.iter().all(Vec::is_empty) {
            self.ask(scene, base, pairs, true);
            return;
        }
        let candidates = scene.conditioned(&base.ask.path);
        if candidates.is_empty() {
            self.ask(scene, base, pairs, true);
            return;
        }
        let ways = values::ways(base, &candidates);
        if !ways.whole {
            let path = &base.ask.path;
            self.tally.tell(|| {
                format!(
                    "{}: the conditions of {path} have too many combinations; each two were tried",
                    scene.name
                )
            });
        }
        for witness in &ways.all {
            self.ask(scene, witness, pairs, true);
        }
    }

    /// Asks both sides. A pair that was not met before will be asked more.
    fn ask(&mut self, scene: &Scene<'_, '_>, witness: &Witness, pairs: &mut Pairs, probes: bool) {
        self.tally.witnesses += 1;
        let [old, new] = scene.lookups.each_ref().map(|lookup| lookup.find(&Asked(&witness.ask)));
        self.fold.asked(witness, &old, &new);
        let id = (old.class(), new.class());
        if !pairs.known.contains_key(&id) {
            self.tally.classes += 1;
        }
        let pair = pairs.known.entry(id).or_default();
        if probes && pair.probed && !pair.by_path {
            return;
        }
        let answers =
            [Answer::of(&old, &scene.lookups[0], witness), Answer::of(&new, &scene.lookups[1], witness)];
        pair.by_path |= by_path(&answers, &old, &new);
        let mut points = differ::points(&answers[0], &answers[1]);
        if probes && !pair.probed && !is_settled(&old, &new, &points) {
            pairs.later.push(witness.clone());
        }
        pair.probed |= probes;
        points.retain(|point| pair.told.insert(hash(point)));
        self.tell(scene, witness, (&old, &new), points);
    }

    fn tell(
        &mut self,
        scene: &Scene<'_, '_>,
        witness: &Witness,
        (old, new): (&Reached<'_>, &Reached<'_>),
        mut points: Vec<Point>,
    ) {
        // A body that only one side takes.
        let at = points.iter().position(|point| point.kind == super::Kind::BodyLimit);
        if let Some(point) = at.map(|at| points.swap_remove(at)) {
            let limits = [old, new].map(|reached| {
                reached
                    .candidate()
                    .and_then(|one| one.rule.policy.as_ref())
                    .and_then(|policy| policy.max_body)
            });
            let least = limits.into_iter().flatten().min().unwrap_or(0);
            let mut heavy = Witness { body: Some(least.saturating_add(1)), ..witness.clone() };
            if matches!(heavy.ask.method.as_str(), "GET" | "HEAD") {
                let post = Witness {
                    ask: crate::routing::Ask { method: "POST".into(), ..heavy.ask.clone() },
                    ..heavy.clone()
                };
                let same = scene.lookups.each_ref().map(|lookup| lookup.find(&Asked(&post.ask)).id());
                if same == [old.id(), new.id()] {
                    heavy = post;
                }
            }
            self.fold.add(&Difference { host: scene.host, witness: &heavy, old, new, points: &[point] });
        }
        if !points.is_empty() {
            self.fold.add(&Difference { host: scene.host, witness, old, new, points: &points });
        }
    }
}

impl<'t> Scene<'_, 't> {
    /// Matches with conditions that take a path.
    fn conditioned(&self, path: &str) -> Vec<&'t Candidate> {
        let normal = normalized(path);
        let mut candidates = Vec::new();
        for (lookup, conditioned) in self.lookups.iter().zip(&self.conditioned) {
            let path = if lookup.normalizes() { &*normal } else { path };
            candidates.extend(conditioned.iter().copied().filter(|one| one.path.takes(path)));
        }
        candidates
    }

    /// The same as numbers.
    fn taken(&self, path: &str) -> Vec<usize> {
        if self.conditioned.iter().all(Vec::is_empty) {
            return Vec::new();
        }
        self.conditioned(path).into_iter().map(|one| std::ptr::from_ref::<Candidate>(one).addr()).collect()
    }

    fn witness(&self, path: &str) -> Witness {
        Witness::get(self.entry.scheme, self.name, self.entry.number, path)
    }
}

/// Hosts under which requests can come, of both sides.
fn chains(lookups: &[Lookup<'_>; 2]) -> Vec<usize> {
    let mut all = Vec::new();
    for lookup in lookups {
        all.push(usize::from(lookup.normalizes()));
        for spot in lookup.spots() {
            all.extend(spot.chain.iter().map(|host| std::ptr::from_ref(*host).addr()));
        }
    }
    all
}

/// Whether more questions can tell nothing new: one side always says the same, and the other, by a rule that does nothing
/// but forward, does not.
fn is_settled(old: &Reached<'_>, new: &Reached<'_>, points: &[Point]) -> bool {
    let rule = match (old.candidate(), new.candidate()) {
        (Some(one), None) | (None, Some(one)) => &one.rule,
        (None, None) => return true,
        (Some(_), Some(_)) => return false,
    };
    let forwards = rule.policy.is_none() && matches!(rule.action, Action::Forward(_));
    forwards && points.iter().any(|point| point.kind == super::Kind::Status)
}

/// Whether another path of the same two rules may be answered otherwise.
fn by_path(answers: &[Answer; 2], old: &Reached<'_>, new: &Reached<'_>) -> bool {
    let rewrites = |reached: &Reached<'_>| {
        let Some(candidate) = reached.candidate() else { return false };
        let Action::Forward(split) = &candidate.rule.action else { return false };
        let all = split.backends.iter().map(|backend| &backend.rewrite).chain([&candidate.rule.rewrite]);
        all.flatten().any(|rewrite| match &rewrite.path {
            Some(PathRewrite::Prefix(_) | PathRewrite::Captures(_) | PathRewrite::Full(_)) => true,
            None => false,
        })
    };
    match (answers[0].end, answers[1].end) {
        (End::Own, End::Own) => answers.iter().any(Answer::is_redirect),
        (End::Closed, _) | (_, End::Closed) => false,
        (End::Own | End::Backend, End::Own | End::Backend) => rewrites(old) || rewrites(new),
    }
}

fn hash(point: &Point) -> u64 {
    let mut hasher = DefaultHasher::new();
    (point.kind, &*point.what).hash(&mut hasher);
    hasher.finish()
}
