//! One target's counters as they stood at its last page, and what each rose by.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use super::{Moment, Page, Scope};
use crate::traffic::exposition::Sample;

/// The proxy's counter of answers.
pub(super) const REQUESTS: &str = "cutover_requests_total";
/// The buckets of the proxy's histogram of durations.
pub(super) const DURATION: &str = "cutover_request_duration_seconds_bucket";
/// The most different ends of buckets; the proxy has far fewer.
const BOUNDS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Target {
    /// The last good scrape.
    pub(super) scraped: Option<Moment>,
    /// The last failed one.
    pub(super) failed: Option<Moment>,
    /// Why, unless a good one came after it.
    pub(super) failure: Option<String>,
    /// Number of the page.
    page: u64,
    /// By name and labels.
    counters: HashMap<Box<str>, Counter>,
    /// By labels without those that tell the counters of one series of requests apart.
    group_ids: HashMap<Box<str>, usize>,
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Counter {
    last: f64,
    /// The page that it was last on.
    page: u64,
    group: usize,
    meaning: Meaning,
}

#[derive(Clone, Copy, Debug)]
enum Meaning {
    Requests {
        error: bool,
        by_proxy: bool,
        client_error: bool,
    },
    /// Position in the bounds.
    Bucket(u8),
}

/// Counters that count the same requests for the same scopes.
#[derive(Debug)]
struct Group {
    scopes: Arc<[Scope]>,
    page: u64,
    step: Step,
}

/// What rose between two pages.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) requests: u64,
    pub(super) errors: u64,
    pub(super) errors_by_proxy: u64,
    pub(super) client_errors: u64,
    /// By position of the bound: requests that took at most so long.
    pub(super) up_to: Vec<u64>,
}

/// What a page said.
#[derive(Default)]
pub(super) struct Read {
    /// Scopes of series seen for the first time.
    pub(super) present: Vec<Scope>,
    /// What rose, by the scopes that it counts for; on the first page all since the target began.
    pub(super) steps: Vec<(Arc<[Scope]>, Step)>,
    /// Samples of ours that make no sense.
    pub(super) unusable: usize,
}

impl Target {
    pub(super) fn read(&mut self, at: Moment, page: &Page, bounds: &mut Vec<f64>) -> Read {
        let mut read = Read::default();
        (self.scraped, self.failure) = (Some(at), None);
        self.page += 1;
        let mut key = String::new();
        for sample in &page.samples {
            if sample.name != REQUESTS && sample.name != DURATION {
                continue;
            }
            if !(sample.value.is_finite() && sample.value >= 0.0) {
                read.unusable += 1;
                continue;
            }
            write_key(&mut key, sample, |_| true);
            let Some(counter) = self.counters.get_mut(key.as_str()) else {
                match self.meet(&mut read, sample, bounds) {
                    Some((group, meaning)) => {
                        let counter = Counter { last: sample.value, page: self.page, group, meaning };
                        self.counters.insert(key.as_str().into(), counter);
                        self.count(group, meaning, sample.value);
                    }
                    None => read.unusable += 1,
                }
                continue;
            };
            // Twice on one page: the first counts.
            if counter.page == self.page {
                read.unusable += 1;
                continue;
            }
            // One that fell began again at zero.
            let rise = if sample.value < counter.last { sample.value } else { sample.value - counter.last };
            (counter.last, counter.page) = (sample.value, self.page);
            let (group, meaning) = (counter.group, counter.meaning);
            self.count(group, meaning, rise);
        }
        for group in &mut self.groups {
            if group.page == self.page {
                read.steps.push((group.scopes.clone(), std::mem::take(&mut group.step)));
            }
        }
        self.drop_absent();
        read
    }

    /// Finds out what a new counter means.
    fn meet(&mut self, read: &mut Read, sample: &Sample, bounds: &mut Vec<f64>) -> Option<(usize, Meaning)> {
        let meaning = if sample.name == REQUESTS {
            let code: u16 = label(sample, "code").parse().ok()?;
            let error = (500..600).contains(&code);
            let client_error = (400..500).contains(&code);
            Meaning::Requests { error, by_proxy: error && label(sample, "by") == "proxy", client_error }
        } else {
            let bound: f64 = label(sample, "le").parse().ok()?;
            let known = bounds.iter().position(|one| *one == bound);
            let at = known.or_else(|| {
                let fits = bounds.len() < BOUNDS && !bound.is_nan();
                fits.then(|| bounds.push(bound)).map(|()| bounds.len() - 1)
            });
            Meaning::Bucket(u8::try_from(at?).ok()?)
        };
        let mut key = String::new();
        write_key(&mut key, sample, |name| !matches!(name, "code" | "by" | "le"));
        // The group of both families.
        let key = key.split_once('\n').map_or(key.as_str(), |(_, labels)| labels);
        if let Some(group) = self.group_ids.get(key) {
            return Some((*group, meaning));
        }
        let scopes = scopes(sample);
        read.present.extend(scopes.iter().cloned());
        self.groups.push(Group { scopes: scopes.into(), page: 0, step: Step::default() });
        self.group_ids.insert(key.into(), self.groups.len() - 1);
        Some((self.groups.len() - 1, meaning))
    }

    fn count(&mut self, group: usize, meaning: Meaning, rise: f64) {
        // Counters are whole numbers; text makes them floats.
        let rise = rise.round() as u64;
        let Some(group) = self.groups.get_mut(group).filter(|_| rise > 0) else { return };
        group.page = self.page;
        match meaning {
            Meaning::Requests { error, by_proxy, client_error } => {
                group.step.requests += rise;
                group.step.errors += if error { rise } else { 0 };
                group.step.errors_by_proxy += if by_proxy { rise } else { 0 };
                group.step.client_errors += if client_error { rise } else { 0 };
            }
            Meaning::Bucket(at) => {
                let at = usize::from(at);
                let up_to = &mut group.step.up_to;
                up_to.resize(up_to.len().max(at + 1), 0);
                if let Some(count) = up_to.get_mut(at) {
                    *count += rise;
                }
            }
        }
    }

    /// A counter that is not on the page is gone; should it come back it counts from zero.
    fn drop_absent(&mut self) {
        let (page, before) = (self.page, self.counters.len());
        self.counters.retain(|_, counter| counter.page == page);
        if self.counters.len() == before {
            return;
        }
        let mut used = vec![false; self.groups.len()];
        for counter in self.counters.values() {
            if let Some(used) = used.get_mut(counter.group) {
                *used = true;
            }
        }
        let mut places = Vec::with_capacity(used.len());
        let mut count = 0;
        for used in used {
            places.push(used.then_some(count));
            count += usize::from(used);
        }
        let place = |at: usize| places.get(at).copied().flatten();
        let all = std::mem::take(&mut self.groups).into_iter().enumerate();
        self.groups = all.filter(|(at, _)| place(*at).is_some()).map(|(_, group)| group).collect();
        self.group_ids.retain(|_, at| match place(*at) {
            Some(new) => {
                *at = new;
                true
            }
            None => false,
        });
        for counter in self.counters.values_mut() {
            counter.group = place(counter.group).unwrap_or(counter.group);
        }
    }
}

/// Name and labels as one text, the labels in order of their names; lengths keep values from running together.
fn write_key(key: &mut String, sample: &Sample, keep: impl Fn(&str) -> bool) {
    key.clear();
    key.push_str(&sample.name);
    key.push('\n');
    let mut write = |(name, value): &(String, String)| {
        if keep(name) {
            let _ = write!(key, "{}:{name}{}:{value}", name.len(), value.len());
        }
    };
    if sample.labels.is_sorted() {
        sample.labels.iter().for_each(&mut write);
    } else {
        let mut labels: Vec<_> = sample.labels.iter().collect();
        labels.sort();
        labels.into_iter().for_each(write);
    }
}

fn label<'s>(sample: &'s Sample, name: &str) -> &'s str {
    sample.labels.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value)
}

/// All that a series counts for. An empty label is none: a request that no route took counts for its listener.
fn scopes(sample: &Sample) -> Vec<Scope> {
    let text = |name| Some(label(sample, name)).filter(|value| !value.is_empty()).map(Arc::<str>::from);
    let mut scopes = vec![Scope::All];
    let side = text("side");
    scopes.extend(side.clone().map(|side| Scope::Side { side }));
    if let Some(gateway) = text("gateway") {
        scopes.push(Scope::Gateway { gateway: gateway.clone() });
        scopes.extend(text("listener").map(|listener| Scope::Listener { gateway, listener }));
    }
    let service = text("backend").zip(label(sample, "port").parse().ok());
    if let Some((kind, route)) = text("kind").zip(text("route")) {
        scopes.push(Scope::Route { kind: kind.clone(), route: route.clone() });
        if let Ok(rule) = label(sample, "rule").parse() {
            scopes.push(Scope::Rule { kind: kind.clone(), route: route.clone(), rule });
            let backend = service.clone();
            scopes.extend(backend.map(|(backend, port)| Scope::Backend { kind, route, rule, backend, port }));
        }
    }
    if let Some((backend, port)) = service {
        scopes.extend(side.map(|side| Scope::Service { side: Some(side), backend: backend.clone(), port }));
        scopes.push(Scope::Service { side: None, backend, port });
    }
    scopes
}
