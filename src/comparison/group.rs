//! All points of one cause as one difference, while they come: of many requests only the simplest is kept.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::{
    advice,
    cause::{Cause, Finder, Known, rule},
};
use crate::{
    resource::Severity,
    routing::compare::{self, Fold, Kind, Point, Witness},
};

/// Points of one witness that are kept.
const MOST_POINTS: usize = 12;

/// What differs for one cause.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The same in every run: of cause, kinds and place.
    pub id: String,
    /// Why.
    pub cause: Cause,
    /// How bad.
    pub severity: Severity,
    /// Hosts that it touches.
    pub hosts: u64,
    /// Paths of rules that it touches.
    pub paths: u64,
    /// The hosts, by name; of a wildcard one that falls under it.
    pub on: Vec<Box<str>>,
    /// In what, the worst first; each with the simplest request that shows it.
    pub evidence: Vec<Evidence>,
    /// What would make both sides equal, or why nothing can.
    pub fix: String,
}

/// One kind of difference, with the simplest request that shows it.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// In what.
    pub kind: Kind,
    /// The request.
    pub witness: Witness,
    /// The points of this kind.
    pub points: Vec<Point>,
    /// The rules that it meets, in words.
    pub rules: (String, String),
}

impl Difference {
    /// The simplest request of the worst kind.
    pub fn witness(&self) -> Option<&Witness> {
        self.evidence.first().map(|evidence| &evidence.witness)
    }

    /// In what.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + '_ {
        self.evidence.iter().map(|evidence| evidence.kind)
    }
}

/// The points of one thread.
pub(super) struct Groups<'k> {
    finder: Finder<'k>,
    all: HashMap<Cause, Group>,
    host: Option<usize>,
}

#[derive(Default)]
struct Group {
    hosts: u64,
    paths: u64,
    on: Vec<Box<str>>,
    /// The host at hand, and its rules.
    host: Option<usize>,
    rules: HashSet<(usize, usize)>,
    evidence: BTreeMap<Kind, (Weight, Evidence)>,
}

/// How simple a request is: less is simpler.
type Weight = (usize, bool, bool, bool, usize);

impl<'k> Groups<'k> {
    pub(super) fn new(known: &'k Known<'k>) -> Self {
        Self { finder: Finder::new(known), all: HashMap::new(), host: None }
    }
}

impl Fold for Groups<'_> {
    fn add(&mut self, difference: &compare::Difference<'_>) {
        if self.host != Some(difference.host) {
            self.host = Some(difference.host);
            self.finder.next();
        }
        for point in difference.points {
            let cause = self.finder.of(difference, point);
            let group = self.all.entry(cause).or_default();
            if group.host != Some(difference.host) {
                group.host = Some(difference.host);
                group.hosts += 1;
                group.on.push(difference.witness.ask.host.as_str().into());
                group.rules.clear();
            }
            // http and https are one path.
            let path = |reached: &compare::Reached<'_>| {
                reached.candidate().map_or(0, |one| Arc::as_ptr(&one.rule).addr())
            };
            if group.rules.insert((path(difference.old), path(difference.new))) {
                group.paths += 1;
            }
            group.show(difference, point);
        }
    }
}

impl Group {
    fn show(&mut self, difference: &compare::Difference<'_>, point: &Point) {
        let elsewhere = difference.points.iter().any(|one| one.kind == Kind::Backend);
        let weight = weight(difference.witness, point, elsewhere);
        match self.evidence.get_mut(&point.kind) {
            Some((known, evidence)) if *known <= weight => {
                if *known == weight
                    && evidence.witness == *difference.witness
                    && evidence.points.len() < MOST_POINTS
                {
                    evidence.points.push(point.clone());
                }
            }
            Some(_) | None => {
                let evidence = Evidence {
                    kind: point.kind,
                    witness: difference.witness.clone(),
                    points: vec![point.clone()],
                    rules: (rule(difference.old), rule(difference.new)),
                };
                self.evidence.insert(point.kind, (weight, evidence));
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.hosts += other.hosts;
        self.paths += other.paths;
        self.on.extend(other.on);
        for (kind, (weight, evidence)) in other.evidence {
            match self.evidence.get(&kind) {
                Some((known, _)) if *known <= weight => {}
                Some(_) | None => drop(self.evidence.insert(kind, (weight, evidence))),
            }
        }
    }
}

/// `elsewhere`: another backend gets it, so that what it gets is no wonder.
fn weight(witness: &Witness, point: &Point, elsewhere: bool) -> Weight {
    let ask = &witness.ask;
    let odd = ask.path.contains(['%']) || ask.path.contains("//") || ask.path.contains("..");
    let extra = ask.headers.len() + usize::from(ask.query.is_some()) + usize::from(witness.client.is_some());
    let mixed = elsewhere && point.kind != Kind::Backend;
    (extra, odd || mixed, ask.method != "GET", !point.shown, ask.path.len())
}

/// All of them as one list.
pub(super) fn merged(folds: Vec<Groups<'_>>, known: &Known<'_>) -> Vec<Difference> {
    let mut all: HashMap<Cause, Group> = HashMap::new();
    for fold in folds {
        for (cause, group) in fold.all {
            match all.entry(cause) {
                std::collections::hash_map::Entry::Occupied(mut old) => old.get_mut().merge(group),
                std::collections::hash_map::Entry::Vacant(new) => drop(new.insert(group)),
            }
        }
    }
    let mut differences: Vec<Difference> = all
        .into_iter()
        .map(|(cause, mut group)| {
            group.on.sort_unstable();
            let mut evidence: Vec<Evidence> = group.evidence.into_values().map(|(_, it)| it).collect();
            evidence.sort_by_key(|one| (advice::severity(&cause, one, known), one.kind));
            let severity =
                evidence.first().map_or(Severity::Info, |one| advice::severity(&cause, one, known));
            let kinds: Vec<&str> = evidence.iter().map(|one| one.kind.as_str()).collect();
            Difference {
                id: id(&cause, &kinds),
                severity,
                hosts: group.hosts,
                paths: group.paths,
                on: group.on,
                fix: advice::fix(&cause, &evidence, known),
                evidence,
                cause,
            }
        })
        .collect();
    differences.sort_by(|a, b| {
        a.severity
            .cmp(&b.severity)
            .then_with(|| b.hosts.cmp(&a.hosts))
            .then_with(|| b.paths.cmp(&a.paths))
            .then_with(|| a.cause.cmp(&b.cause))
    });
    differences
}

/// A short name that says what it is, and tells places apart.
fn id(cause: &Cause, kinds: &[&str]) -> String {
    let mut kinds = kinds.to_vec();
    kinds.sort_unstable();
    let object = cause.object.as_ref().map(ToString::to_string).unwrap_or_default();
    let whole = format!("{}\n{}\n{}\n{object}", cause.kind, cause.key, kinds.join(","));
    // FNV-1a: it must be the same tomorrow, and on every machine.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in whole.bytes() {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
    }
    let word = cause.key.rsplit(['/', '.']).next().unwrap_or_default();
    let mut slug = String::new();
    for c in word.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(24);
    format!("{}-{:08x}", slug.trim_matches('-'), hash as u32 ^ (hash >> 32) as u32)
}
