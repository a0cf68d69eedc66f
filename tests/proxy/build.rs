//! Tables and proxies in few words.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use cutover::{
    proxy::{Options, Proxy, Snapshot, Upstream, UpstreamProtocol},
    routing::*,
};

pub fn options() -> Options {
    Options {
        workers: 2,
        head_timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(2),
        idle_timeout: Duration::from_secs(30),
    }
}

pub fn key(port: u16) -> PortKey {
    PortKey { side: Side::New, entry: Arc::new(origin("Gateway", "infra", "edge")), port }
}

pub fn origin(kind: &str, namespace: &str, name: &str) -> Origin {
    Origin { kind: kind.into(), namespace: namespace.into(), name: name.into() }
}

pub fn backend_id(name: &str) -> Arc<BackendId> {
    Arc::new(BackendId { service: origin("Service", "shop", name), port: 8080 })
}

pub fn backend(name: &str, weight: u32) -> Backend {
    Backend::new(backend_id(name), weight)
}

/// A rule that forwards to one backend.
pub fn rule(backends: Vec<Backend>) -> Rule {
    let route = Arc::new(origin("HTTPRoute", "shop", "web"));
    Rule::new(RuleId { route, index: 0, name: None }, Action::Forward(Split::new(backends)))
}

pub fn edits(remove: &[&str], set: &[(&str, &str)], add: &[(&str, &str)]) -> HeaderEdits {
    let pairs = |given: &[(&str, &str)]| given.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    HeaderEdits { remove: remove.iter().map(|n| (*n).into()).collect(), set: pairs(set), add: pairs(add) }
}

/// One port with one listener for each hostname; each has the same routes.
pub struct World {
    pub port: u16,
    pub protocol: PortProtocol,
    /// Name and hostname of the listeners.
    pub listeners: Vec<(&'static str, &'static str)>,
    /// Listener (or all), path and rule.
    pub rules: Vec<(Option<&'static str>, PathMatch, Arc<Rule>)>,
    pub snapshot: Snapshot,
    pub reading: Reading,
}

impl Default for World {
    fn default() -> Self {
        Self {
            port: 80,
            protocol: PortProtocol::Http,
            listeners: vec![("http", "")],
            rules: Vec::new(),
            snapshot: Snapshot::default(),
            reading: Reading::Strict,
        }
    }
}

impl World {
    pub fn reading_as_nginx(self) -> Self {
        let buffers = HeadBuffers { first: 1024, count: 4, size: 8192 };
        Self { reading: Reading::Nginx(buffers), ..self }
    }

    pub fn to(name: &str, endpoint: SocketAddr) -> Self {
        Self::default().endpoints(name, &[endpoint]).rule("/", rule(vec![backend(name, 1)]))
    }

    pub fn rule(mut self, path: &str, mut rule: Rule) -> Self {
        rule.id.index = u32::try_from(self.rules.len()).unwrap();
        self.rules.push((None, PathMatch::prefix(path), Arc::new(rule)));
        self
    }

    pub fn endpoints(self, name: &str, endpoints: &[SocketAddr]) -> Self {
        self.speaking(UpstreamProtocol::Http1, name, endpoints)
    }

    pub fn speaking(mut self, protocol: UpstreamProtocol, name: &str, endpoints: &[SocketAddr]) -> Self {
        let upstream = Upstream { protocol, endpoints: endpoints.to_vec(), plain: false };
        self.snapshot.upstreams.insert(backend_id(name), Arc::new(upstream));
        self
    }

    pub fn listener_id(&self, name: &str) -> ListenerId {
        ListenerId { port: key(self.port), name: name.into() }
    }

    pub fn snapshot(&self) -> Snapshot {
        let listeners = self.listeners.iter().map(|(name, hostname)| {
            let mut hosts = HostMap::default();
            for (at, (only, path, rule)) in self.rules.iter().enumerate() {
                if only.is_some_and(|only| only != *name) {
                    continue;
                }
                let mut candidate = Candidate::by_path(path.clone(), Arc::clone(rule));
                candidate.rank.rule = u32::try_from(at).unwrap();
                hosts.add(&HostPattern::Any, vec![Arc::new(candidate)]);
            }
            Arc::new(Listener {
                id: self.listener_id(name),
                hostname: HostPattern::parse(hostname).unwrap(),
                host_policy: HostPolicy::Cascade,
                path_policy: PathPolicy::AsReceived,
                hosts,
            })
        });
        let port = Port::new(key(self.port), self.protocol, listeners).reading(self.reading);
        let mut snapshot = self.snapshot.clone();
        let mut table = Table::default();
        table.ports.insert(key(self.port), Arc::new(port));
        snapshot.table = Arc::new(table);
        snapshot
    }

    pub fn serve(&self) -> Running {
        self.serve_with(options())
    }

    pub fn serve_with(&self, options: Options) -> Running {
        let proxy = Proxy::start(options).unwrap();
        proxy.publish(self.snapshot());
        let address = proxy.bind(key(self.port), local()).unwrap();
        Running { proxy, address }
    }
}

pub fn local() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A proxy that serves one port.
pub struct Running {
    pub proxy: Proxy,
    pub address: SocketAddr,
}

impl Running {
    /// The value of a counter or gauge whose line begins so (labels included up to where given).
    pub fn metric(&self, has: &[&str]) -> f64 {
        let text = self.proxy.metrics();
        text.lines()
            .filter(|line| has.iter().all(|part| line.contains(part)))
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
            .sum()
    }

    /// Waits until a metric has a value.
    pub fn wait_for(&self, has: &[&str], wanted: f64) {
        self.until(has, &format!("{wanted}"), |value| value >= wanted);
    }

    /// Waits until a gauge is 0.
    pub fn wait_for_zero(&self, has: &[&str]) {
        self.until(has, "0", |value| value == 0.0);
    }

    fn until(&self, has: &[&str], what: &str, is: impl Fn(f64) -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !is(self.metric(has)) {
            assert!(Instant::now() < end, "{has:?} did not become {what}:\n{}", self.proxy.metrics());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
