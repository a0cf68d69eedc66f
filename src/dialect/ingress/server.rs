//! Servers and their locations: Ingresses merged by host, over all namespaces, in the controller's order.
//!
//! The order decides: the oldest Ingress first, and of one age the greater `namespace/name`. The first Ingress of a host
//! makes the server and its `/`; the first with a path has it; what belongs to the whole server is taken from the first
//! that says it.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use super::{
    Settings,
    annotation::{Annotations, ClientCertificate, snippet::Snippet},
    certificate::{self, Certificate, Secrets},
    object::{BackendSpec, Ingress, PathKind},
    upstream::{self, DEFAULT, Name, Services, Upstream, Upstreams},
};
use crate::resource::Key;

/// An Ingress that the controller takes, with its annotations.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The Ingress.
    pub ingress: Ingress,
    /// What its annotations come to.
    pub annotations: Annotations,
}

/// One host, as nginx serves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// `_` is the one for every other host.
    pub host: Arc<str>,
    /// Other names, sorted; those that begin with `~` are regular expressions.
    pub aliases: Vec<String>,
    /// In the order in which nginx has them: the longer path first.
    pub locations: Vec<Location>,
    /// The certificate, when an Ingress with a `tls` section has the host.
    pub certificate: Option<Certificate>,
    /// Other names that the certificate is for: aliases, and the host with or without `www.`.
    pub certified: Vec<String>,
    /// Client certificates.
    pub client: Option<ClientCertificate>,
    /// Why the whole server answers 403.
    pub client_error: Option<String>,
    /// `server-snippet`, and whose it is.
    pub snippet: Option<(Snippet, Key)>,
    /// TLS is passed on as it comes, if the controller's flag allows it.
    pub passthrough: bool,
    /// The host with or without `www.` leads here.
    pub from_to_www: bool,
    /// All paths are regular expressions.
    pub regex: bool,
    /// Ingresses of this host, in the controller's order.
    pub ingresses: Vec<Key>,
}

/// One path of a host.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// The path, as nginx has it.
    pub path: String,
    /// The path, as the Ingress has it.
    pub ingress_path: String,
    /// Exact, or by its beginning.
    pub exact: bool,
    /// Whose it is; none is the controller's own.
    pub taken: Option<Arc<Taken>>,
    /// Position of rule and path in the Ingress; none for `/` that nobody wrote.
    pub place: Option<(usize, usize)>,
    /// Where it leads.
    pub upstream: Name,
    /// No Ingress has written this path: it leads to the default backend.
    pub is_default: bool,
    /// Of the annotations, redirects and rewrites do not count (an Ingress with a backend and no rule).
    pub plain: bool,
}

impl Location {
    fn annotations(&self) -> Option<&Annotations> {
        self.taken.as_ref().map(|taken| &taken.annotations)
    }

    /// `rewrite-target`, when it counts.
    pub fn target(&self) -> Option<&str> {
        self.annotations().filter(|_| !self.plain)?.rewrite.target.as_deref().filter(|it| !it.is_empty())
    }

    /// Whether the path is rewritten: a target that is not the path itself.
    pub fn rewrites(&self) -> bool {
        self.target().is_some_and(|target| target != self.path)
    }

    /// Whether it makes the whole host match by regular expression.
    pub fn asks_regex(&self) -> bool {
        self.rewrites() || self.annotations().is_some_and(|it| it.rewrite.use_regex && !self.plain)
    }
}

/// What servers and upstreams are made of.
pub(super) struct Builder<'w> {
    pub(super) settings: &'w Settings,
    pub(super) services: Services<'w>,
    pub(super) secrets: Secrets<'w>,
    pub(super) upstreams: Upstreams,
    pub(super) servers: BTreeMap<Arc<str>, Server>,
}

/// The controller's order of Ingresses.
pub(super) fn order(a: &Ingress, b: &Ingress) -> Ordering {
    let created = |ingress: &Ingress| ingress.created.map_or(i64::MAX, |time| time.div_euclid(1_000_000));
    created(a).cmp(&created(b)).then_with(|| b.key.path().cmp(&a.key.path()))
}

/// The host of a rule, as servers are named.
fn host_of(host: &str) -> Arc<str> {
    if host.is_empty() { "_".into() } else { host.into() }
}

impl Builder<'_> {
    /// Builds servers from Ingresses in the controller's order.
    pub(super) fn build(mut self, all: &[Arc<Taken>]) -> Self {
        for taken in all {
            self.add_upstreams(taken);
        }
        self.create_servers(all);
        self.configure_servers(all);
        for taken in all {
            self.add_locations(taken);
        }
        super::canary::merge(&mut self, all);
        for server in self.servers.values_mut() {
            finish(server);
        }
        self
    }

    fn add_upstreams(&mut self, taken: &Taken) {
        let Taken { ingress, annotations } = taken;
        let namespace = Arc::clone(&ingress.key.namespace);
        if let Some(backend) = &ingress.default_backend {
            // The last Ingress that names it counts here, unlike with paths.
            let canary = annotations.canary.clone();
            if let Some(upstream) = self.upstream(&namespace, backend, annotations) {
                self.upstreams.0.insert(Arc::clone(&upstream.name), Upstream { canary, ..upstream });
            }
        }
        for path in ingress.rules.iter().filter_map(|rule| rule.paths.as_ref()).flatten() {
            let Some(name) = upstream::name(&namespace, &path.backend) else { continue };
            if self.upstreams.get(&name).is_none()
                && let Some(upstream) = self.upstream(&namespace, &path.backend, annotations)
            {
                let canary = annotations.canary.clone();
                self.upstreams.0.insert(name, Upstream { canary, ..upstream });
            }
        }
    }

    fn upstream(
        &mut self,
        namespace: &Arc<str>,
        backend: &BackendSpec,
        annotations: &Annotations,
    ) -> Option<Upstream> {
        let BackendSpec::Service { name, port } = backend else { return None };
        let service = Key::new(crate::resource::Kind::Service, Arc::clone(namespace), name.as_str());
        let (id, alive) = self.services.resolve(&service, port);
        Some(Upstream {
            name: upstream::name(namespace, backend)?,
            service,
            port: port.clone(),
            id,
            alive,
            canary: None,
            affinity: super::annotation::Affinity::default(),
            sticky: false,
            cookie_locations: Vec::new(),
            hash: annotations.upstream_hash.clone(),
            balance: annotations.load_balance.or(self.settings.load_balance),
            alternatives: Vec::new(),
        })
    }

    fn create_servers(&mut self, all: &[Arc<Taken>]) {
        let root = |taken: Option<&Arc<Taken>>, upstream: Name| Location {
            path: "/".into(),
            ingress_path: "/".into(),
            exact: false,
            taken: taken.cloned(),
            place: None,
            upstream,
            is_default: true,
            plain: false,
        };
        let mut catch_all = Server::new("_".into());
        catch_all.locations.push(root(None, DEFAULT.into()));
        self.servers.insert("_".into(), catch_all);
        for taken in all.iter().filter(|taken| taken.annotations.canary.is_none()) {
            let ingress = &taken.ingress;
            let mut default: Name = DEFAULT.into();
            if let Some(backend) = &ingress.default_backend
                && let Some(name) = upstream::name(&ingress.key.namespace, backend)
                && self.upstreams.get(&name).is_some()
            {
                default = Arc::clone(&name);
                if ingress.rules.is_empty()
                    && let Some(server) = self.servers.get_mut("_")
                    && let Some(location) = server.locations.first_mut()
                    && location.is_default
                {
                    location.is_default = false;
                    location.upstream = name;
                    location.taken = Some(Arc::clone(taken));
                    location.plain = true;
                }
            }
            for rule in &ingress.rules {
                let host = host_of(&rule.host);
                self.servers.entry(Arc::clone(&host)).or_insert_with(|| {
                    let mut server = Server::new(host);
                    server.passthrough = taken.annotations.tls.passthrough;
                    server.locations.push(root(Some(taken), Arc::clone(&default)));
                    server
                });
            }
        }
    }

    fn configure_servers(&mut self, all: &[Arc<Taken>]) {
        let mut aliases: BTreeMap<Arc<str>, Vec<String>> = BTreeMap::new();
        for taken in all.iter().filter(|taken| taken.annotations.canary.is_none()) {
            let Taken { ingress, annotations } = &**taken;
            for rule in &ingress.rules {
                let host = host_of(&rule.host);
                let Some(server) = self.servers.get_mut(&host) else { continue };
                if server.aliases.is_empty() {
                    server.aliases.clone_from(&annotations.aliases);
                    let all = aliases.entry(Arc::clone(&host)).or_default();
                    if all.is_empty() {
                        all.clone_from(&annotations.aliases);
                    }
                }
                if let Some(snippet) = &annotations.snippets.server
                    && server.snippet.is_none()
                {
                    server.snippet = Some((snippet.clone(), ingress.key.clone()));
                }
                server.passthrough |= annotations.tls.passthrough;
                if server.certificate.is_none() && !ingress.tls.is_empty() {
                    server.certificate = Some(certificate::of(&host, ingress, &mut self.secrets));
                }
            }
        }
        for (host, given) in aliases {
            let mut free: Vec<String> = given
                .into_iter()
                .filter(|alias| **alias != *host && !self.servers.contains_key(alias.as_str()))
                .collect();
            free.sort();
            free.dedup();
            if let Some(server) = self.servers.get_mut(&host) {
                server.aliases = free;
            }
        }
        for server in self.servers.values_mut() {
            let Some(Certificate::Secret(key)) = &server.certificate else { continue };
            let others = server.aliases.iter().cloned().chain([server.other()]);
            server.certified = others.filter(|name| self.secrets.cover(key, name)).collect();
        }
    }

    fn add_locations(&mut self, taken: &Arc<Taken>) {
        let Taken { ingress, annotations } = &**taken;
        for (at, rule) in ingress.rules.iter().enumerate() {
            let host = host_of(&rule.host);
            let known = if self.servers.contains_key(&host) { Arc::clone(&host) } else { "_".into() };
            if rule.paths.is_none() && *host != *"_" {
                self.note_ingress(&known, &ingress.key);
                continue;
            }
            let Some(server) = self.servers.get_mut(&known) else { continue };
            if server.client_error.is_none() {
                server.client_error.clone_from(&annotations.client_certificate_error);
            }
            if server.client.as_ref().is_none_or(|client| client.ca.is_none()) {
                server.client.clone_from(&annotations.client_certificate);
            }
            for (n, path) in rule.paths.iter().flatten().enumerate() {
                let Some(name) = upstream::name(&ingress.key.namespace, &path.backend) else { continue };
                let Some(upstream) = self.upstreams.get_mut(&name) else { continue };
                // A canary's has no location of its own.
                if upstream.canary.is_some() {
                    continue;
                }
                let exact = path.kind == PathKind::Exact;
                let location = Location {
                    path: path.path.clone(),
                    ingress_path: path.path.clone(),
                    exact,
                    taken: Some(Arc::clone(taken)),
                    place: Some((at, n)),
                    upstream: Arc::clone(&name),
                    is_default: false,
                    plain: false,
                };
                let same = server.locations.iter_mut().find(|other| other.path == path.path);
                match same {
                    Some(other) if other.exact == exact => {
                        if other.is_default {
                            *other = location;
                            server.from_to_www |= annotations.redirects.from_to_www;
                        }
                    }
                    Some(_) | None => {
                        server.locations.push(location);
                        server.from_to_www |= annotations.redirects.from_to_www;
                    }
                }
                if !upstream.sticky && annotations.affinity.cookie.is_some() {
                    upstream.sticky = true;
                    upstream.affinity.mode = annotations.affinity.mode;
                }
                if let Some(cookie) = &annotations.affinity.cookie {
                    upstream.affinity.cookie = Some(cookie.clone());
                    for name in [known.to_string()].into_iter().chain(server.aliases.iter().cloned()) {
                        upstream.cookie_locations.push((name, path.path.clone()));
                    }
                }
            }
            self.note_ingress(&known, &ingress.key);
        }
    }

    fn note_ingress(&mut self, host: &str, ingress: &Key) {
        if let Some(server) = self.servers.get_mut(host)
            && !server.ingresses.contains(ingress)
        {
            server.ingresses.push(ingress.clone());
        }
    }
}

impl Server {
    fn new(host: Arc<str>) -> Self {
        Self {
            host,
            aliases: Vec::new(),
            locations: Vec::new(),
            certificate: None,
            certified: Vec::new(),
            client: None,
            client_error: None,
            snippet: None,
            passthrough: false,
            from_to_www: false,
            regex: false,
            ingresses: Vec::new(),
        }
    }

    /// The host with `www.`, or without it.
    pub fn other(&self) -> String {
        match self.host.strip_prefix("www.") {
            Some(bare) => bare.to_owned(),
            None => format!("www.{}", self.host),
        }
    }

    /// Whether this is the server of every other host.
    pub fn is_catch_all(&self) -> bool {
        *self.host == *"_"
    }
}

/// Sorts locations, and writes a Prefix as the two that nginx needs for it.
fn finish(server: &mut Server) {
    server.locations.sort_by(|a, b| b.path.cmp(&a.path));
    server.locations.sort_by_key(|location| std::cmp::Reverse(location.path.len()));
    let exact: std::collections::HashSet<String> =
        server.locations.iter().filter(|one| one.exact).map(|one| one.path.clone()).collect();
    let mut written = Vec::with_capacity(server.locations.len() * 2);
    for location in std::mem::take(&mut server.locations) {
        if location.path == "/" || location.exact || location.asks_regex() {
            written.push(location);
            continue;
        }
        let mut slashed = location.clone();
        if !slashed.path.ends_with('/') {
            slashed.path.push('/');
        }
        let alone = !exact.contains(&location.path);
        written.push(slashed);
        if alone {
            written.push(Location { exact: true, ..location });
        }
    }
    server.regex = written.iter().any(Location::asks_regex);
    server.locations = written;
}
