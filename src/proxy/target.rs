//! What a worker knows of a rule and one of its backends: made on the first request after a swap, then only looked up.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use super::{
    Snapshot, beside,
    counters::{Counters, Labels, Series},
    edits::Edits,
    hash::Map,
    upstream::{Endpoints, Way},
};
use crate::routing::{
    Action, Backend, BackendId, BackendProtocol, Balance, Edited, Listener, Mirror, Origin, Policy, Port,
    PortKey, PortProtocol, Rule, Side, sent,
};

/// A rule, one of its backends, and all that was prepared for them.
pub(super) struct Target {
    pub(super) series: Arc<Series>,
    pub(super) rule: Option<Arc<Rule>>,
    /// Name of the listener.
    pub(super) listener: Option<Arc<str>>,
    /// Position among the rule's backends.
    pub(super) backend: Option<usize>,
    pub(super) request: Edits,
    pub(super) response: Edits,
    /// What the backend gets for `Host`; none: what the client sent.
    pub(super) host: Option<String>,
    /// Where the backend answers; none when nobody knows.
    pub(super) endpoints: Option<Rc<Endpoints>>,
    /// Who gets copies, and where; the problem or the lack of an endpoint makes it none.
    pub(super) mirrors: Box<[(Mirror, Option<Rc<Endpoints>>)]>,
    /// Where the service is that decides about requests.
    pub(super) auth: Option<Rc<Endpoints>>,
    /// Who gives the pages of errors.
    pub(super) errors: Option<Rc<Endpoints>>,
    /// Who gives them where the rule's second backend would get the request.
    pub(super) other_errors: Option<Rc<Endpoints>>,
    /// Nothing is said beside a request, and endpoints take turns.
    pub(super) is_plain: bool,
}

impl Target {
    /// What goes beyond Gateway API's core.
    /// Whether the backend gets another path than the one received.
    pub(super) fn rewrites_path(&self) -> bool {
        let of_rule = self.rule.as_ref().and_then(|rule| rule.rewrite.as_ref());
        let rewrites = [self.backend().and_then(|backend| backend.rewrite.as_ref()), of_rule];
        rewrites.into_iter().flatten().any(|rewrite| rewrite.path.is_some())
    }

    pub(super) fn policy(&self) -> Option<&Policy> {
        self.rule.as_ref()?.policy.as_deref()
    }

    /// The backend, when there is one.
    pub(super) fn backend(&self) -> Option<&Backend> {
        match &self.rule.as_ref()?.action {
            Action::Forward(split) => split.backends.get(self.backend?),
            Action::Redirect(_) | Action::Answer(..) | Action::Return(_) => None,
        }
    }
}

/// The key of a target: addresses of listener and rule, which live as long as the snapshot, and the backend's position.
type Key = (usize, usize, usize);

/// A snapshot and what one worker prepared from it.
pub(super) struct Generation {
    /// Counts up; tells caches of elsewhere that they are old.
    pub(super) number: u64,
    pub(super) snapshot: Arc<Snapshot>,
    targets: RefCell<Map<Key, Rc<Target>>>,
    pub(super) tls: RefCell<Map<(usize, usize), Arc<rustls::ServerConfig>>>,
}

impl Generation {
    pub(super) fn new(number: u64, snapshot: Arc<Snapshot>) -> Self {
        Self { number, snapshot, targets: RefCell::default(), tls: RefCell::default() }
    }

    /// The target for what was found on a port.
    pub(super) fn target(
        &self,
        counters: &Counters,
        key: &PortKey,
        port: Option<&Port>,
        listener: Option<&Listener>,
        rule: Option<(&Arc<Rule>, Option<usize>)>,
    ) -> Rc<Target> {
        let place = match (listener, port) {
            (Some(listener), _) => std::ptr::from_ref(listener).addr(),
            (None, Some(port)) => std::ptr::from_ref(port).addr(),
            // The key's own address may be used again by another port: nothing is kept.
            (None, None) => return Rc::new(self.make(counters, key, None, None, false)),
        };
        let (rule_place, backend) = match rule {
            Some((rule, backend)) => (Arc::as_ptr(rule).addr(), backend.unwrap_or(usize::MAX)),
            None => (0, usize::MAX),
        };
        let found = (place, rule_place, backend);
        if let Some(target) = self.targets.borrow().get(&found) {
            return Rc::clone(target);
        }
        let encrypted = port.is_some_and(|port| match port.protocol {
            PortProtocol::Https => true,
            PortProtocol::Http => false,
        });
        let target = Rc::new(self.make(counters, key, listener, rule, encrypted));
        self.targets.borrow_mut().insert(found, Rc::clone(&target));
        target
    }

    fn make(
        &self,
        counters: &Counters,
        key: &PortKey,
        listener: Option<&Listener>,
        rule: Option<(&Arc<Rule>, Option<usize>)>,
        encrypted: bool,
    ) -> Target {
        let backend = match rule {
            Some((rule, Some(at))) => match &rule.action {
                Action::Forward(split) => split.backends.get(at),
                Action::Redirect(_) | Action::Answer(..) | Action::Return(_) => None,
            },
            Some((_, None)) | None => None,
        };
        let of_rule = rule.map(|(rule, _)| &**rule);
        let request = Edited::of_request(of_rule, backend);
        let host = sent::host(of_rule, backend, &request).map(str::to_owned);
        let (request, response) = (Edits::new(request), Edits::new(Edited::of_answer(of_rule, backend)));
        let policy = of_rule.and_then(|rule| rule.policy.as_ref());
        let errors = policy.and_then(|policy| policy.errors.as_ref());
        let other = of_rule.filter(|_| errors.is_some_and(|pages| pages.by_split));
        let other = other.and_then(|rule| match &rule.action {
            Action::Forward(split) => split.backends.get(1),
            Action::Redirect(_) | Action::Answer(..) | Action::Return(_) => None,
        });
        let of = |backend: &Backend| self.endpoints(&backend.id, backend.protocol.as_ref(), encrypted);
        let plain = |id: &Arc<BackendId>| self.endpoints(id, None, encrypted);
        let external = policy.and_then(|policy| policy.access.external.as_ref());
        let mirrors = [of_rule.map(|rule| &rule.mirrors), backend.map(|backend| &backend.mirrors)];
        Target {
            series: counters.series(labels(key, listener, of_rule, backend)),
            host,
            request,
            response,
            endpoints: backend.and_then(of),
            auth: external.and_then(|external| plain(external.backend.as_ref()?)),
            errors: errors.and_then(|errors| plain(errors.backend.as_ref()?)),
            other_errors: other.and_then(of),
            is_plain: errors.is_none()
                && external.is_none()
                && backend.is_none_or(|backend| backend.balance == Balance::Turns)
                && mirrors.iter().flatten().flat_map(|some| some.iter()).all(beside::is_plain_copy),
            mirrors: mirrors
                .into_iter()
                .flatten()
                .flatten()
                .map(|mirror| {
                    let usable = mirror.problem.is_none();
                    (mirror.clone(), usable.then(|| plain(&mirror.backend)).flatten())
                })
                .collect(),
            rule: rule.map(|(rule, _)| Arc::clone(rule)),
            listener: listener.map(|listener| Arc::clone(&listener.id.name)),
            backend: rule.and_then(|(_, at)| at),
        }
    }

    fn endpoints(
        &self,
        id: &Arc<BackendId>,
        spoken: Option<&BackendProtocol>,
        encrypted: bool,
    ) -> Option<Rc<Endpoints>> {
        let upstream = self.snapshot.upstreams.get(id)?;
        let way = || match spoken {
            None => Way::from(upstream.protocol),
            Some(spoken) if upstream.plain => Way::of(spoken, encrypted).without_tls(),
            Some(spoken) => Way::of(spoken, encrypted),
        };
        (!upstream.endpoints.is_empty()).then(|| Rc::new(Endpoints::new(way(), &upstream.endpoints)))
    }
}

fn labels(
    key: &PortKey,
    listener: Option<&Listener>,
    rule: Option<&Rule>,
    backend: Option<&Backend>,
) -> Labels {
    let slashed = |origin: &Origin| format!("{}/{}", origin.namespace, origin.name);
    Labels {
        side: match key.side {
            Side::Old => "old",
            Side::New => "new",
        },
        gateway: slashed(&key.entry),
        listener: listener.map(|listener| listener.id.name.to_string()).unwrap_or_default(),
        kind: rule.map(|rule| rule.id.route.kind.to_string()).unwrap_or_default(),
        route: rule.map(|rule| slashed(&rule.id.route)).unwrap_or_default(),
        rule: rule.map(|rule| rule.id.index.to_string()).unwrap_or_default(),
        backend: backend.map(|backend| slashed(&backend.id.service)).unwrap_or_default(),
        port: backend.map(|backend| backend.id.port.to_string()).unwrap_or_default(),
    }
}
