//! Hosts of the Table: each belongs to the first server that has it for a name.

use std::{collections::BTreeSet, sync::Arc};

use imbl::{OrdMap, OrdSet};

use crate::{
    dialect::ingress::{Certificate, ClientCertificate, table::Made},
    routing::{Action, BackendId, Candidate, HostMap, HostPattern, Rule},
};

/// How much each of those that rules ask is asked.
pub(super) type Backends = OrdMap<Arc<BackendId>, usize>;

/// Something of each host, by server and name.
#[derive(Clone, Debug, PartialEq)]
pub struct ByHost<T>(OrdMap<Place, T>);

impl<T: Clone> Default for ByHost<T> {
    fn default() -> Self {
        Self(OrdMap::new())
    }
}

impl<T: Clone> ByHost<T> {
    /// All, in the order of the servers. One host may stand here several times: the last counts.
    pub fn iter(&self) -> impl Iterator<Item = (&HostPattern, &T)> {
        self.0.iter().map(|((_, _, pattern), one)| (pattern, one))
    }
}

/// Server, and a name that it has. The names with and without `www.` come after all others.
type Place = (bool, Arc<str>, HostPattern);

/// What a server brings to the Table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Brought {
    /// Its names.
    pub(super) patterns: Vec<HostPattern>,
    /// Its rules.
    pub(super) made: Made,
    /// The other name, with `www.` or without, and what leads from there to this.
    pub(super) www: Option<(HostPattern, Made)>,
    /// The certificate of all names.
    pub(super) certificate: Option<Certificate>,
    /// Whose certificates clients have to have.
    pub(super) client: Option<ClientCertificate>,
}

impl Brought {
    fn places(&self, host: &Arc<str>) -> impl Iterator<Item = Place> {
        let own = self.patterns.iter().map(|pattern| (false, Arc::clone(host), pattern.clone()));
        own.chain(self.www.iter().map(|(pattern, _)| (true, Arc::clone(host), pattern.clone())))
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        // Nobody gets to a server without a name.
        let all = self.made.front.iter().chain(&self.made.candidates).filter(|_| !self.patterns.is_empty());
        all.map(|candidate| &*candidate.rule)
    }
}

/// What ingress-nginx serves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hosts {
    brought: OrdMap<Arc<str>, Arc<Brought>>,
    /// Who has which name.
    owners: OrdSet<(HostPattern, bool, Arc<str>)>,
    pub(super) map: HostMap,
    pub(super) certificates: ByHost<Certificate>,
    pub(super) clients: ByHost<ClientCertificate>,
    pub(super) backends: Backends,
}

impl Hosts {
    /// Puts what a server brings now in the place of what it brought. Names that may belong to another now are `moved`.
    pub(super) fn bring(&mut self, host: &Arc<str>, new: Option<Brought>, moved: &mut BTreeSet<HostPattern>) {
        let old = self.brought.get(host).cloned();
        if old.as_deref() == new.as_ref() {
            return;
        }
        if let Some(old) = old {
            for (www, host, pattern) in old.places(host) {
                self.certificates.0.remove(&(www, Arc::clone(&host), pattern.clone()));
                self.clients.0.remove(&(www, Arc::clone(&host), pattern.clone()));
                self.owners.remove(&(pattern.clone(), www, host));
                moved.insert(pattern);
            }
            old.rules().for_each(|rule| uncount(&mut self.backends, rule));
            self.brought.remove(host);
        }
        let Some(new) = new else { return };
        for (www, host, pattern) in new.places(host) {
            if let Some(certificate) = &new.certificate {
                self.certificates.0.insert((www, Arc::clone(&host), pattern.clone()), certificate.clone());
            }
            if let Some(client) = new.client.as_ref().filter(|_| !www) {
                self.clients.0.insert((www, Arc::clone(&host), pattern.clone()), client.clone());
            }
            self.owners.insert((pattern.clone(), www, host));
            moved.insert(pattern);
        }
        new.rules().for_each(|rule| count(&mut self.backends, rule));
        self.brought.insert(Arc::clone(host), Arc::new(new));
    }

    /// Gives a name to the first that has it.
    pub(super) fn settle(&mut self, pattern: &HostPattern) {
        let from = (pattern.clone(), false, Arc::from(""));
        let owner = self.owners.range(from..).next().filter(|(other, ..)| other == pattern);
        let brought = owner.and_then(|(_, www, host)| Some((*www, self.brought.get(host)?)));
        let made = match brought {
            Some((true, brought)) => brought.www.as_ref().map(|(_, made)| made),
            Some((false, brought)) => Some(&brought.made),
            None => None,
        };
        let made = made.cloned().unwrap_or_default();
        self.map.set(pattern, made.front, made.candidates);
    }
}

/// Counts whom the rules of candidates ask.
pub(super) fn count_all<'c>(all: &mut Backends, candidates: impl Iterator<Item = &'c Arc<Candidate>>) {
    candidates.for_each(|candidate| count(all, &candidate.rule));
}

/// Takes back what was counted.
pub(super) fn uncount_all<'c>(all: &mut Backends, candidates: impl Iterator<Item = &'c Arc<Candidate>>) {
    candidates.for_each(|candidate| uncount(all, &candidate.rule));
}

fn count(all: &mut Backends, rule: &Rule) {
    asked(rule, |id| *all.entry(Arc::clone(id)).or_insert(0) += 1);
}

fn uncount(all: &mut Backends, rule: &Rule) {
    asked(rule, |id| match all.get_mut(id) {
        Some(count) if *count > 1 => *count -= 1,
        Some(_) | None => drop(all.remove(id)),
    });
}

/// Everybody whom a rule asks.
fn asked(rule: &Rule, mut each: impl FnMut(&Arc<BackendId>)) {
    if let Action::Forward(split) = &rule.action {
        for backend in &split.backends {
            each(&backend.id);
            backend.mirrors.iter().for_each(|mirror| each(&mirror.backend));
        }
    }
    rule.mirrors.iter().for_each(|mirror| each(&mirror.backend));
    if let Some(policy) = &rule.policy {
        policy.errors.iter().filter_map(|errors| errors.backend.as_ref()).for_each(&mut each);
        policy.access.external.iter().filter_map(|external| external.backend.as_ref()).for_each(each);
    }
}
