//! Who answers for each Service port: stand-ins opened and closed, and the upstreams that the proxy dials.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    sync::Arc,
};

use super::{
    Backing, Fault, StandInView,
    backing::{Answerer, Backends, Plan, Wishes},
    stand_in::{Crowd, StandIn},
};
use crate::{
    proxy::{Upstream, Upstreams},
    resource::{Key, Kind, Problem},
    routing::BackendId,
    world::{Change, World},
};

/// Stand-ins at most where the system does not say how many files may be open.
const MOST: usize = 512;

/// All who answer.
#[derive(Debug)]
pub(super) struct Staff {
    backends: Backends,
    wishes: Wishes,
    /// Faults by Service, given before its stand-in was there.
    faults: HashMap<(String, String), Fault>,
    /// Faults of single ports, kept while a stand-in is away.
    set: HashMap<Arc<BackendId>, Fault>,
    members: BTreeMap<Arc<BackendId>, Member>,
    upstreams: Upstreams,
    /// Of stand-ins, so that sockets are left for the proxy and the load.
    most: usize,
    open: usize,
    /// For all above that number.
    crowd: Option<Crowd>,
    /// Who answer in others' place at one side, with a fault.
    understudies: BTreeMap<Arc<BackendId>, Understudy>,
}

#[derive(Debug)]
struct Understudy {
    of: Arc<BackendId>,
    stand_in: StandIn,
    /// By the Table that is being made.
    wanted: bool,
}

#[derive(Debug)]
struct Member {
    plan: Plan,
    stand_in: Option<StandIn>,
    /// Why it could not be opened.
    failure: Option<String>,
}

impl Staff {
    pub(super) fn new(wishes: Wishes, faults: Vec<(String, String, Fault)>) -> Self {
        Self {
            backends: Backends::default(),
            wishes,
            faults: faults.into_iter().map(|(namespace, name, fault)| ((namespace, name), fault)).collect(),
            set: HashMap::new(),
            members: BTreeMap::new(),
            upstreams: Upstreams::default(),
            most: most(),
            open: 0,
            crowd: None,
            understudies: BTreeMap::new(),
        }
    }

    /// Follows changes. The stand-ins given back are not needed by the next snapshot any more; they are to be kept
    /// until requests that began with the last one are through. Must be called within a runtime.
    pub(super) fn update(&mut self, world: &World, changes: &[Change]) -> Vec<StandIn> {
        let mut retired = Vec::new();
        for id in self.backends.update(changes) {
            let plan = self.backends.is_named(&id).then(|| self.wishes.plan(world, &id)).flatten();
            let Some(plan) = plan else {
                self.upstreams.remove(&id);
                retired.extend(self.members.remove(&id).and_then(|member| member.stand_in));
                continue;
            };
            let old = self.members.remove(&id);
            let mut stand_in = old.and_then(|member| member.stand_in);
            let mut failure = None;
            if plan.answerer != Answerer::StandIn {
                retired.extend(stand_in.take());
            } else if stand_in.is_none() {
                match self.open(&id, retired.len()) {
                    Ok(opened) => stand_in = Some(opened),
                    Err(why) => failure = Some(why),
                }
            }
            let member = Member { plan, stand_in, failure };
            let endpoints = match member.backing() {
                Backing::StandIn(address) | Backing::Own(address) => vec![address],
                Backing::Direct(addresses) => addresses,
                Backing::NoEndpoint => Vec::new(),
            };
            let plain = match member.backing() {
                Backing::StandIn(_) => true,
                Backing::Own(_) | Backing::Direct(_) | Backing::NoEndpoint => false,
            };
            let upstream = Upstream { protocol: member.plan.protocol, endpoints, plain };
            if self.upstreams.get(&id).is_none_or(|old| **old != upstream) {
                self.upstreams.insert(Arc::clone(&id), Arc::new(upstream));
            }
            self.members.insert(id, member);
        }
        self.open = self.members.values().filter(|member| member.stand_in.is_some()).count();
        retired
    }

    /// Who answers in a stand-in's place with a fault; none when it is no stand-in that answers. Those that were not asked
    /// for until [`Staff::dismiss`] are dismissed then. Must be called within a runtime.
    pub(super) fn understudy(&mut self, id: &Arc<BackendId>, fault: &Fault) -> Option<Arc<BackendId>> {
        let member = self.members.get(id).filter(|member| member.stand_in.is_some())?;
        let protocol = member.plan.protocol;
        let other = Self::understudy_of(id, fault);
        if let Some(known) = self.understudies.get_mut(&other) {
            known.wanted = true;
            return Some(other);
        }
        // By its own name it answers as the other one does.
        let stand_in = self.opened(Arc::clone(id), *fault, self.understudies.len()).ok()?;
        let upstream = Upstream { protocol, endpoints: vec![stand_in.address()], plain: true };
        self.upstreams.insert(Arc::clone(&other), Arc::new(upstream));
        self.understudies
            .insert(Arc::clone(&other), Understudy { of: Arc::clone(id), stand_in, wanted: true });
        Some(other)
    }

    /// The name of an understudy: counters and logs show namespace, name and port, which are the other one's.
    pub(super) fn understudy_of(id: &BackendId, fault: &Fault) -> Arc<BackendId> {
        let mut other = id.clone();
        other.service.kind = format!("{} with {fault}", id.service.kind).into();
        Arc::new(other)
    }

    /// Whether any stand-in's understudy has this fault.
    pub(super) fn plays(&self, fault: &Fault) -> bool {
        self.understudies.values().any(|one| one.stand_in.fault() == *fault)
    }

    /// Takes out the understudies that nobody wants any more; they are to be kept as those of [`Staff::update`].
    pub(super) fn dismiss(&mut self) -> Vec<StandIn> {
        let gone = self.understudies.extract_if(.., |_, one| !std::mem::replace(&mut one.wanted, false));
        let gone: Vec<_> = gone.collect();
        for (id, _) in &gone {
            self.upstreams.remove(id);
        }
        gone.into_iter().map(|(_, one)| one.stand_in).collect()
    }

    /// Takes what the old side names, in order; the next update follows.
    pub(super) fn name_old(&mut self, ids: &Arc<[Arc<BackendId>]>) {
        self.backends.name_old(ids);
    }

    /// Whether anybody answers for a backend.
    pub(super) fn has_endpoint(&self, id: &BackendId) -> bool {
        self.upstreams.get(id).is_some_and(|upstream| !upstream.endpoints.is_empty())
    }

    /// Where the proxy finds each backend.
    pub(super) fn upstreams(&self) -> Upstreams {
        self.upstreams.clone()
    }

    /// Tells a stand-in what to do wrong.
    ///
    /// # Errors
    /// Who answers instead of a stand-in.
    pub(super) fn set_fault(&mut self, id: &Arc<BackendId>, fault: Fault) -> Result<(), String> {
        let member = self.members.get(id);
        if let Some(stand_in) = member.and_then(|member| member.stand_in.as_ref()) {
            stand_in.set_fault(fault);
            self.set.insert(Arc::clone(id), fault);
            return Ok(());
        }
        let place = format!("{}:{}", id.service, id.port);
        Err(match member.map(Member::backing) {
            None => format!("no route names Service {place}, so no stand-in answers for it"),
            Some(Backing::StandIn(_) | Backing::NoEndpoint) => format!("Service {place} has no endpoint"),
            Some(Backing::Own(address)) => {
                format!("Service {place} is answered by your own program at {address}")
            }
            Some(Backing::Direct(_)) => format!("Service {place} is answered by its endpoints"),
        })
    }

    /// What a face shows.
    pub(super) fn view(&self) -> Arc<[StandInView]> {
        self.members
            .iter()
            .map(|(id, member)| StandInView {
                backend: Arc::clone(id),
                backing: member.backing(),
                assumed: member.plan.assumed,
                fault: member.stand_in.as_ref().map_or_else(Fault::default, StandIn::fault),
                answers: member.stand_in.as_ref().map_or(0, StandIn::answers) + self.answers_for(id),
            })
            .collect()
    }

    /// Answers of all stand-ins.
    pub(super) fn answers(&self) -> u64 {
        let own = self.members.values().filter_map(|member| member.stand_in.as_ref());
        own.chain(self.understudies.values().map(|one| &one.stand_in)).map(StandIn::answers).sum()
    }

    fn answers_for(&self, id: &BackendId) -> u64 {
        let others = self.understudies.values().filter(|one| *one.of == *id);
        others.map(|one| one.stand_in.answers()).sum()
    }

    /// What could not be done as wished.
    pub(super) fn problems(&self, world: &World) -> Vec<Problem> {
        let unknown = self.wishes.unknown(world).map(|(service, port)| {
            let port = port.map(|port| format!(" with port {port}")).unwrap_or_default();
            Problem::warning("own-backend-unknown", format!("{service}{port} of `--backend` does not exist"))
                .of(&service, None)
                .fix("give NAMESPACE/SERVICE as in the manifests")
        });
        let unhappy = self.faults.keys().filter(|(namespace, name)| {
            let service = Key::new(Kind::Service, namespace.as_str(), name.as_str());
            self.backends.ports_of(&service).iter().all(|id| !self.members.contains_key(id))
        });
        let faults = unhappy.map(|(namespace, name)| {
            let message = format!("a fault is given for Service {namespace}/{name}, which no route names");
            Problem::warning("fault-unknown", message).fix("give NAMESPACE/SERVICE of a route's backendRef")
        });
        let closed: Vec<_> =
            self.members.iter().filter_map(|(id, m)| Some((id, m.failure.as_ref()?))).collect();
        let failed = closed.first().map(|(id, why)| {
            let message = format!(
                "{} of {} stand-ins could not be opened, first that of {}:{}: {why}",
                closed.len(),
                self.members.len(),
                id.service,
                id.port
            );
            Problem::error("stand-in-missing", message)
                .fix("allow more open files (`ulimit -n`), or rehearse fewer routes at once")
        });
        unknown.chain(faults).chain(failed).collect()
    }

    fn open(&mut self, id: &Arc<BackendId>, retired: usize) -> Result<StandIn, String> {
        let service = (id.service.namespace.to_string(), id.service.name.to_string());
        let fault = self.set.get(id).or_else(|| self.faults.get(&service)).copied().unwrap_or_default();
        let opened = self.opened(Arc::clone(id), fault, retired);
        self.open += 1;
        opened.map_err(|error| error.to_string())
    }

    /// Opens one, with so many beside those that are counted.
    fn opened(&mut self, id: Arc<BackendId>, fault: Fault, more: usize) -> std::io::Result<StandIn> {
        if self.open + more < self.most {
            return StandIn::open(id, fault);
        }
        let crowd = self.crowd.take().map_or_else(Crowd::open, Ok);
        crowd.map(|crowd| StandIn::among(self.crowd.insert(crowd), id, fault))
    }
}

impl Member {
    fn backing(&self) -> Backing {
        match (&self.plan.answerer, &self.stand_in) {
            (Answerer::StandIn, Some(stand_in)) => Backing::StandIn(stand_in.address()),
            (Answerer::StandIn, None) | (Answerer::NoEndpoint, _) => Backing::NoEndpoint,
            (Answerer::Own(address), _) => Backing::Own(*address),
            (Answerer::Direct(addresses), _) => Backing::Direct(addresses.clone()),
        }
    }
}

/// A third of the files that may be open: the proxy needs two for each request under way.
fn most() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok());
    soft.map_or(MOST, |soft| soft / 3)
}

#[cfg(test)]
mod tests;
