//! Adding and taking out matches. What a change does not touch is shared with the table before it.

use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

use imbl::{HashMap, OrdMap, Vector};

use super::{Bucket, Candidate, HostMap, Rank, VirtualHost};
use crate::routing::{Expression, HostPattern, PathMatch};

/// Up to this many changes in a list are made one by one; more rebuild it.
const FEW: usize = 8;

impl HostMap {
    /// Adds matches under a hostname, each in its place; many at once cost little more than one. One of equal path and
    /// rank is replaced.
    pub fn add(&mut self, pattern: &HostPattern, candidates: Vec<Arc<Candidate>>) {
        if candidates.is_empty() {
            return;
        }
        let mut host =
            self.get(pattern).cloned().unwrap_or_else(|| Arc::new(VirtualHost::new(pattern.clone())));
        Arc::make_mut(&mut host).add(candidates);
        self.put(pattern, host);
    }

    /// Takes out matches by path and rank; a hostname without any goes too.
    pub fn remove(&mut self, pattern: &HostPattern, candidates: &[Arc<Candidate>]) {
        let Some(mut host) = self.get(pattern).cloned() else { return };
        Arc::make_mut(&mut host).remove(candidates);
        if host.is_empty() {
            self.take(pattern);
        } else {
            self.put(pattern, host);
        }
    }

    /// Sets all that a host has; without matches it goes, whatever stands in front.
    pub fn set(
        &mut self,
        pattern: &HostPattern,
        front: Vec<Arc<Candidate>>,
        candidates: Vec<Arc<Candidate>>,
    ) {
        if candidates.is_empty() {
            self.take(pattern);
            return;
        }
        let mut host = VirtualHost::new(pattern.clone());
        host.add(candidates);
        host.front = front.into();
        self.put(pattern, Arc::new(host));
    }

    /// The matches under exactly this hostname.
    pub fn get(&self, pattern: &HostPattern) -> Option<&Arc<VirtualHost>> {
        match pattern {
            HostPattern::Exact(name) => self.exact.get(name),
            HostPattern::Under(name) => self.under.get(name),
            HostPattern::OneLabel(name) => self.one_label.get(name),
            HostPattern::Any => self.any.as_ref(),
        }
    }

    /// All hosts, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<VirtualHost>> {
        let named = self.exact.values().chain(self.under.values()).chain(self.one_label.values());
        named.chain(self.expressions.iter().map(|(_, host)| host)).chain(&self.any)
    }

    /// Adds hosts by a regular expression, which is asked after those that are there; they are the `pattern`'s.
    pub fn expression(
        &mut self,
        wanted: Expression,
        pattern: &HostPattern,
        host: (Vec<Arc<Candidate>>, Vec<Arc<Candidate>>),
    ) {
        let (front, candidates) = host;
        let mut made = VirtualHost::new(pattern.clone());
        made.front = front.into();
        made.add(candidates);
        self.expressions.push_back((wanted, Arc::new(made)));
    }

    fn take(&mut self, pattern: &HostPattern) {
        match pattern {
            HostPattern::Exact(name) => drop(self.exact.remove(name)),
            HostPattern::Under(name) => drop(self.under.remove(name)),
            HostPattern::OneLabel(name) => drop(self.one_label.remove(name)),
            HostPattern::Any => self.any = None,
        }
    }

    fn put(&mut self, pattern: &HostPattern, host: Arc<VirtualHost>) {
        match pattern {
            HostPattern::Exact(name) => drop(self.exact.insert(name.clone(), host)),
            HostPattern::Under(name) => drop(self.under.insert(name.clone(), host)),
            HostPattern::OneLabel(name) => drop(self.one_label.insert(name.clone(), host)),
            HostPattern::Any => self.any = Some(host),
        }
    }
}

impl VirtualHost {
    /// A host without matches.
    pub fn new(pattern: HostPattern) -> Self {
        Self {
            pattern,
            front: Bucket::from([]),
            exact: HashMap::new(),
            patterns: Vector::new(),
            prefix: HashMap::new(),
            prefix_lengths: OrdMap::new(),
            raw_prefix: Vector::new(),
        }
    }

    /// All matches, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Candidate>> {
        let exact = self.exact.values().flat_map(|bucket| bucket.iter());
        let prefix = self.prefix.values().flat_map(|bucket| bucket.iter());
        self.front.iter().chain(exact).chain(&self.patterns).chain(prefix).chain(&self.raw_prefix)
    }

    fn is_empty(&self) -> bool {
        self.front.is_empty()
            && self.exact.is_empty()
            && self.patterns.is_empty()
            && self.prefix.is_empty()
            && self.raw_prefix.is_empty()
    }

    fn add(&mut self, candidates: Vec<Arc<Candidate>>) {
        let sorted = Sorted::new(candidates);
        for (path, new) in sorted.exact {
            let bucket = merged(self.exact.get(&path), new);
            self.exact.insert(path, bucket);
        }
        for (path, new) in sorted.prefix {
            let bucket = merged(self.prefix.get(&path), new);
            let length = path.len();
            if self.prefix.insert(path, bucket).is_none() {
                *self.prefix_lengths.entry(length).or_insert(0) += 1;
            }
        }
        insert(&mut self.patterns, sorted.patterns);
        insert(&mut self.raw_prefix, sorted.raw_prefix);
    }

    fn remove(&mut self, candidates: &[Arc<Candidate>]) {
        let sorted = Sorted::new(candidates.to_vec());
        for (path, gone) in sorted.exact {
            match self.exact.get(&path).map(|bucket| without(bucket, &gone)) {
                Some(bucket) if bucket.is_empty() => drop(self.exact.remove(&path)),
                Some(bucket) => drop(self.exact.insert(path, bucket)),
                None => {}
            }
        }
        for (path, gone) in sorted.prefix {
            match self.prefix.get(&path).map(|bucket| without(bucket, &gone)) {
                Some(bucket) if bucket.is_empty() => {
                    self.prefix.remove(&path);
                    match self.prefix_lengths.get_mut(&path.len()) {
                        Some(count) if *count > 1 => *count -= 1,
                        Some(_) | None => drop(self.prefix_lengths.remove(&path.len())),
                    }
                }
                Some(bucket) => drop(self.prefix.insert(path, bucket)),
                None => {}
            }
        }
        take_out(&mut self.patterns, &sorted.patterns);
        take_out(&mut self.raw_prefix, &sorted.raw_prefix);
    }
}

/// Candidates by their kind of path, each list in order and without repetitions.
#[derive(Default)]
struct Sorted {
    exact: Vec<(Arc<str>, Vec<Arc<Candidate>>)>,
    patterns: Vec<Arc<Candidate>>,
    prefix: Vec<(Arc<str>, Vec<Arc<Candidate>>)>,
    raw_prefix: Vec<Arc<Candidate>>,
}

impl Sorted {
    fn new(mut candidates: Vec<Arc<Candidate>>) -> Self {
        // Stable: of equal ones the last given stands last, and is the one that is kept.
        candidates.sort_by(|a, b| in_list(a, b));
        let mut sorted = Self::default();
        for candidate in candidates {
            let list = match &candidate.path {
                PathMatch::Exact(path) => group(&mut sorted.exact, path),
                PathMatch::Prefix(path) => group(&mut sorted.prefix, path),
                PathMatch::Pattern(_) => &mut sorted.patterns,
                PathMatch::RawPrefix(_) => &mut sorted.raw_prefix,
            };
            match list.last_mut() {
                Some(last) if in_list(last, &candidate).is_eq() => *last = candidate,
                Some(_) | None => list.push(candidate),
            }
        }
        sorted
    }
}

/// The list of a path; equal paths come one after the other.
fn group<'a>(
    groups: &'a mut Vec<(Arc<str>, Vec<Arc<Candidate>>)>,
    path: &Arc<str>,
) -> &'a mut Vec<Arc<Candidate>> {
    if groups.last().is_none_or(|(last, _)| last != path) {
        groups.push((path.clone(), Vec::new()));
    }
    let at = groups.len() - 1;
    &mut groups[at].1
}

/// The order in the lists of a host: kind of path, longer text, text, rank.
pub(in crate::routing) fn in_list(a: &Candidate, b: &Candidate) -> Ordering {
    fn key(path: &PathMatch) -> (u8, &str, &str) {
        match path {
            PathMatch::Exact(text) => (0, text, ""),
            PathMatch::Pattern(pattern) => (1, &pattern.written, pattern.regex.as_str()),
            PathMatch::Prefix(text) => (2, text, ""),
            PathMatch::RawPrefix(text) => (3, text, ""),
        }
    }
    let ((kind_a, text_a, regex_a), (kind_b, text_b, regex_b)) = (key(&a.path), key(&b.path));
    let kinds = kind_a.cmp(&kind_b).then_with(|| length(&b.path).cmp(&length(&a.path)));
    match (&a.path, &b.path) {
        // Two expressions of one length: precedence decides before the text does.
        (PathMatch::Pattern(_), PathMatch::Pattern(_)) => kinds
            .then_with(|| a.rank.cmp(&b.rank))
            .then_with(|| text_a.cmp(text_b))
            .then_with(|| regex_a.cmp(regex_b)),
        (
            PathMatch::Exact(_) | PathMatch::Pattern(_) | PathMatch::Prefix(_) | PathMatch::RawPrefix(_),
            PathMatch::Exact(_) | PathMatch::Pattern(_) | PathMatch::Prefix(_) | PathMatch::RawPrefix(_),
        ) => kinds.then_with(|| text_a.cmp(text_b)).then_with(|| a.rank.cmp(&b.rank)),
    }
}

/// What counts as the length of a path.
fn length(path: &PathMatch) -> usize {
    match path {
        PathMatch::Exact(text) | PathMatch::Prefix(text) | PathMatch::RawPrefix(text) => text.len(),
        PathMatch::Pattern(pattern) => pattern.order,
    }
}

/// Two ordered lists as one; of equal candidates the new one stays.
fn merge<'a>(
    old: impl IntoIterator<Item = &'a Arc<Candidate>>,
    new: impl IntoIterator<Item = Arc<Candidate>>,
) -> Vec<Arc<Candidate>> {
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    let mut all = Vec::with_capacity(old.size_hint().0 + new.size_hint().0);
    while let (Some(a), Some(b)) = (old.peek(), new.peek()) {
        match in_list(a, b) {
            Ordering::Less => all.extend(old.next().cloned()),
            Ordering::Equal => drop(old.next()),
            Ordering::Greater => all.extend(new.next()),
        }
    }
    all.extend(old.cloned());
    all.extend(new);
    all
}

fn merged(old: Option<&Bucket>, new: Vec<Arc<Candidate>>) -> Bucket {
    match old {
        Some(old) => merge(old.iter(), new).into(),
        None => new.into(),
    }
}

fn without(old: &Bucket, gone: &[Arc<Candidate>]) -> Bucket {
    let gone: BTreeSet<&Rank> = gone.iter().map(|candidate| &candidate.rank).collect();
    old.iter().filter(|candidate| !gone.contains(&candidate.rank)).cloned().collect()
}

fn insert(list: &mut Vector<Arc<Candidate>>, new: Vec<Arc<Candidate>>) {
    if new.len() > FEW {
        *list = merge(list.iter(), new).into();
        return;
    }
    for candidate in new {
        match list.binary_search_by(|probe| in_list(probe, &candidate)) {
            Ok(at) => drop(list.set(at, candidate)),
            Err(at) => list.insert(at, candidate),
        }
    }
}

fn take_out(list: &mut Vector<Arc<Candidate>>, gone: &[Arc<Candidate>]) {
    if gone.len() > FEW {
        let is_gone = |one: &Arc<Candidate>| gone.binary_search_by(|probe| in_list(probe, one)).is_ok();
        *list = list.iter().filter(|one| !is_gone(one)).cloned().collect();
        return;
    }
    for candidate in gone {
        if let Ok(at) = list.binary_search_by(|probe| in_list(probe, candidate)) {
            list.remove(at);
        }
    }
}
