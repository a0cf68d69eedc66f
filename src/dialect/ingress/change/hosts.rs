//! Hosts of the Table: each belongs to the first server that has it for a name.

use std::{collections::BTreeSet, sync::Arc};

use imbl::{OrdMap, OrdSet};

use crate::{
    dialect::ingress::{
        Certificate, ClientCertificate,
        table::{Made, Named},
    },
    routing::{Action, BackendId, Candidate, Expression, HostMap, HostPattern, Policy, Rule},
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
    /// Its names with their rules.
    pub(super) names: Vec<Named>,
    /// The other name, with `www.` or without, and what leads from there to this.
    pub(super) www: Option<Named>,
    /// Names that are regular expressions, with their rules.
    pub(super) expressions: Vec<(Expression, Arc<Made>)>,
}

impl Brought {
    fn named<'b>(&'b self, host: &'b Arc<str>) -> impl Iterator<Item = (Place, &'b Named)> {
        let all = self.names.iter().map(|it| (false, it)).chain(self.www.iter().map(|it| (true, it)));
        all.map(|(www, named)| ((www, Arc::clone(host), named.pattern.clone()), named))
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        let all =
            self.names.iter().map(|named| &named.made).chain(self.expressions.iter().map(|(_, made)| made));
        all.flat_map(|made| made.front.iter().chain(&made.candidates)).map(|candidate| &*candidate.rule)
    }
}

/// What ingress-nginx serves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hosts {
    brought: OrdMap<Arc<str>, Arc<Brought>>,
    /// Who has which name.
    owners: OrdSet<(HostPattern, bool, Arc<str>)>,
    /// Servers with names that are regular expressions.
    expressive: OrdSet<Arc<str>>,
    /// Headers of answers to what can not be read as a request.
    pub(super) unread: Option<Arc<Policy>>,
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
            for (place, _) in old.named(host) {
                self.certificates.0.remove(&place);
                self.clients.0.remove(&place);
                let (www, host, pattern) = place;
                self.owners.remove(&(pattern.clone(), www, host));
                moved.insert(pattern);
            }
            old.rules().for_each(|rule| uncount(&mut self.backends, rule));
            self.brought.remove(host);
        }
        let was_expressive = self.expressive.remove(host).is_some();
        let is_expressive = new.as_ref().is_some_and(|new| !new.expressions.is_empty());
        if let Some(new) = new {
            for (place, named) in new.named(host) {
                if let Some(certificate) = &named.certificate {
                    self.certificates.0.insert(place.clone(), certificate.clone());
                }
                if let Some(client) = &named.client {
                    self.clients.0.insert(place.clone(), client.clone());
                }
                let (www, host, pattern) = place;
                self.owners.insert((pattern.clone(), www, host));
                moved.insert(pattern);
            }
            new.rules().for_each(|rule| count(&mut self.backends, rule));
            self.brought.insert(Arc::clone(host), Arc::new(new));
        }
        if is_expressive {
            self.expressive.insert(Arc::clone(host));
        }
        if was_expressive || is_expressive {
            self.express();
        }
    }

    /// Puts the names that are regular expressions into the map: in the order of the servers.
    fn express(&mut self) {
        self.map.expressions.clear();
        for (host, brought) in self.expressive.iter().filter_map(|host| Some((host, self.brought.get(host)?)))
        {
            let pattern = HostPattern::parse_one_label(host).unwrap_or(HostPattern::Any);
            for (wanted, made) in &brought.expressions {
                let made = (made.front.clone(), made.candidates.clone());
                self.map.expression(wanted.clone(), &pattern, made);
            }
        }
    }

    /// Gives a name to the first that has it.
    pub(super) fn settle(&mut self, pattern: &HostPattern) {
        let from = (pattern.clone(), false, Arc::from(""));
        let owner = self.owners.range(from..).next().filter(|(other, ..)| other == pattern);
        let brought = owner.and_then(|(_, www, host)| Some((*www, self.brought.get(host)?)));
        let named = match brought {
            Some((true, brought)) => brought.www.as_ref(),
            Some((false, brought)) => brought.names.iter().find(|named| named.pattern == *pattern),
            None => None,
        };
        let made = named.map(|named| Made::clone(&named.made)).unwrap_or_default();
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
