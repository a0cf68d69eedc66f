//! Servers and their locations: Ingresses merged by host, over all namespaces, in the controller's order.
//!
//! The order decides: the oldest Ingress first, and of one age the greater `namespace/name`. The first Ingress of a host
//! makes the server and its `/`; the first with a path has it; what belongs to the whole server is taken from the first
//! that says it.

use std::{collections::HashMap, sync::Arc};

use imbl::OrdMap;

use super::{
    annotation::{Annotations, ClientCertificate, snippet::Snippet},
    certificate::{self, Certificate, Secrets},
    change::Claim,
    object::{Ingress, PathKind},
    upstream::{self, DEFAULT, Name},
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

/// Servers by host, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Servers(pub(super) OrdMap<Arc<str>, Arc<Server>>);

impl Servers {
    /// The server of this very host; `_` is the catch-all.
    pub fn get(&self, host: &str) -> Option<&Server> {
        self.0.get(host).map(|server| &**server)
    }

    /// All.
    pub fn iter(&self) -> impl Iterator<Item = &Server> {
        self.0.values().map(|server| &**server)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none, as before anything was compiled.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a server is made of beside its Ingresses.
pub(super) struct Around<'a, 'w> {
    /// Whether there is a server of this name.
    pub(super) has_server: &'a dyn Fn(&str) -> bool,
    /// Whether an upstream is a canary's.
    pub(super) is_canary: &'a dyn Fn(&Name) -> bool,
    pub(super) secrets: &'a mut Secrets<'w>,
}

/// A server, and what canaries and others have to know of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Built {
    pub(super) server: Arc<Server>,
    /// Its paths in the order in which they came, as canaries meet them.
    pub(super) spots: Box<[Spot]>,
    /// Names that it wants to have beside its own, taken ones among them.
    pub(super) wanted: Vec<String>,
    /// Secrets that were asked for.
    pub(super) secrets: Vec<Key>,
}

/// A path and where it leads.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spot {
    pub(super) path: String,
    pub(super) exact: bool,
    pub(super) upstream: Name,
}

/// The host of a rule, as servers are named.
pub(super) fn host_of(host: &str) -> Arc<str> {
    if host.is_empty() { "_".into() } else { host.into() }
}

/// Builds the server of a host from the Ingresses that name it, in the controller's order; none when no Ingress but
/// canaries does.
pub(super) fn build(host: &Arc<str>, claims: &[Claim], around: &mut Around<'_, '_>) -> Option<Built> {
    let mut server = create(host, claims)?;
    let wanted = configure(&mut server, claims, around);
    add_locations(&mut server, claims, around);
    let joined = server.is_catch_all() || claims.iter().any(|it| it.taken.annotations.canary.is_some());
    let spots = server.locations.iter().filter(|_| joined).map(|location| Spot {
        path: location.path.clone(),
        exact: location.exact,
        upstream: Arc::clone(&location.upstream),
    });
    let spots = spots.collect();
    finish(&mut server);
    let secrets = around.secrets.asked();
    Some(Built { server: Arc::new(server), spots, wanted, secrets })
}

/// The first Ingress of a host makes the server and its `/`.
fn create(host: &Arc<str>, claims: &[Claim]) -> Option<Server> {
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
    let default = |taken: &Taken| {
        let backend = taken.ingress.default_backend.as_ref()?;
        upstream::name(&taken.ingress.key.namespace, backend)
    };
    let mut mains = claims.iter().map(|it| &it.taken).filter(|it| it.annotations.canary.is_none());
    let mut server = Server::new(Arc::clone(host));
    if !server.is_catch_all() {
        let first = mains.next()?;
        server.passthrough = first.annotations.tls.passthrough;
        server.locations.push(root(Some(first), default(first).unwrap_or_else(|| DEFAULT.into())));
        return Some(server);
    }
    let mut own = mains.filter(|taken| taken.ingress.rules.is_empty());
    let own = own.find_map(|taken| Some((taken, default(taken)?)));
    server.locations.push(match own {
        Some((taken, name)) => Location { is_default: false, plain: true, ..root(Some(taken), name) },
        None => root(None, DEFAULT.into()),
    });
    Some(server)
}

/// What belongs to the whole server. Gives the aliases as they were wanted.
fn configure(server: &mut Server, claims: &[Claim], around: &mut Around<'_, '_>) -> Vec<String> {
    for claim in claims.iter().filter(|it| it.taken.annotations.canary.is_none() && !it.rules.is_empty()) {
        let Taken { ingress, annotations } = &*claim.taken;
        if server.aliases.is_empty() {
            server.aliases.clone_from(&annotations.aliases);
        }
        if let Some(snippet) = &annotations.snippets.server
            && server.snippet.is_none()
        {
            server.snippet = Some((snippet.clone(), ingress.key.clone()));
        }
        server.passthrough |= annotations.tls.passthrough;
        if server.certificate.is_none() && !ingress.tls.is_empty() {
            server.certificate = Some(certificate::of(&server.host, ingress, around.secrets));
        }
    }
    let wanted = server.aliases.clone();
    server.aliases.retain(|alias| **alias != *server.host && !(around.has_server)(alias));
    server.aliases.sort();
    server.aliases.dedup();
    if let Some(Certificate::Secret(key)) = &server.certificate {
        let others = server.aliases.iter().cloned().chain([server.other()]);
        server.certified = others.filter(|name| around.secrets.cover(key, name)).collect();
    }
    wanted
}

fn add_locations(server: &mut Server, claims: &[Claim], around: &Around<'_, '_>) {
    // The first location of each path; a host may have thousands.
    let mut first: HashMap<String, usize> = HashMap::new();
    first.extend(server.locations.iter().enumerate().map(|(at, location)| (location.path.clone(), at)));
    for claim in claims {
        let Taken { ingress, annotations } = &*claim.taken;
        if !claim.rules.is_empty() {
            server.ingresses.push(ingress.key.clone());
        }
        for at in claim.rules.iter().copied() {
            let Some(rule) = ingress.rules.get(at) else { continue };
            if rule.paths.is_none() && *host_of(&rule.host) != *"_" {
                continue;
            }
            if server.client_error.is_none() {
                server.client_error.clone_from(&annotations.client_certificate_error);
            }
            if server.client.as_ref().is_none_or(|client| client.ca.is_none()) {
                server.client.clone_from(&annotations.client_certificate);
            }
            for (n, path) in rule.paths.iter().flatten().enumerate() {
                let Some(name) = upstream::name(&ingress.key.namespace, &path.backend) else { continue };
                // A canary's has no location of its own.
                if (around.is_canary)(&name) {
                    continue;
                }
                let exact = path.kind == PathKind::Exact;
                let location = Location {
                    path: path.path.clone(),
                    ingress_path: path.path.clone(),
                    exact,
                    taken: Some(Arc::clone(&claim.taken)),
                    place: Some((at, n)),
                    upstream: name,
                    is_default: false,
                    plain: false,
                };
                let known = first.get(&path.path).copied();
                match known.and_then(|at| server.locations.get_mut(at)) {
                    Some(other) if other.exact == exact => {
                        if other.is_default {
                            *other = location;
                            server.from_to_www |= annotations.redirects.from_to_www;
                        }
                    }
                    Some(_) | None => {
                        first.entry(path.path.clone()).or_insert(server.locations.len());
                        server.locations.push(location);
                        server.from_to_www |= annotations.redirects.from_to_www;
                    }
                }
            }
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
