//! Where a location leads: the Service, its canary, its stickiness, its copies.

use std::sync::Arc;

use super::{Context, access, is_default, known};
use crate::{
    dialect::ingress::{
        annotation::{AffinityMode, Annotations, Canary, Hidden, MirrorTarget, Protocol, UpstreamTls},
        change::Turn,
        server::{Location, Server},
        upstream::Upstream,
    },
    routing::{
        Action, Affinity, Backend, BackendId, BackendProtocol, BackendTls, Balance, Field, FieldMatch,
        Mirror, Origin, PathPattern, Pem, Speech, Split, Steer, Template, ValueMatch, Why,
    },
};

/// Where a location leads in the end.
pub(super) enum Target {
    /// To nobody: the default backend's 404, or its Service.
    Default(Option<Arc<BackendId>>),
    /// To the Service of `default-backend`, since its own has no endpoint.
    Fallback(Arc<BackendId>),
    /// To its own.
    Own,
}

impl Context<'_, '_> {
    /// Where a location leads, and whether that is the Service of `default-backend`.
    pub(super) fn target(&mut self, location: &Location, annotations: &Annotations) -> (Target, bool) {
        if is_default(location) {
            return (Target::Default(self.default_backend.clone()), false);
        }
        let alive = self.upstreams.get(&location.upstream).is_some_and(|upstream| upstream.alive)
            || annotations.service_upstream;
        if !alive && let Some(id) = self.fallback(location, annotations) {
            return (Target::Fallback(id), true);
        }
        (Target::Own, false)
    }

    pub(super) fn forward(
        &self,
        server: &Server,
        location: &Location,
        annotations: &Annotations,
        target: &Target,
    ) -> Action {
        match target {
            Target::Default(None) => {
                let said = if location.taken.is_some() {
                    "no Ingress has this path of the host: the default backend answers"
                } else {
                    "no Ingress has this host: the default backend answers"
                };
                // Its own server has the pages of `custom-http-errors` too, and no location that gives them.
                let fails = self.settings.custom_http_errors.contains(&404);
                Action::Answer(if fails { 500 } else { 404 }, Why::Said(said.to_owned()))
            }
            // `backend-protocol` is not for the `/` that nobody wrote.
            Target::Default(Some(id)) => Action::Forward(Split::new([Backend::new(Arc::clone(id), 1)])),
            Target::Fallback(id) => {
                // It has what its own upstream has, cookies too.
                let own = self.upstreams.get(&location.upstream).filter(|upstream| upstream.sticky);
                let balance = own.map(|upstream| balance(server, location, upstream, annotations));
                let protocol = Some(self.protocol(annotations));
                let backend = Backend { protocol, ..Backend::new(Arc::clone(id), 1) };
                Action::Forward(Split::new([Backend { balance: balance.unwrap_or_default(), ..backend }]))
            }
            Target::Own => self.own_backend(server, location, annotations),
        }
    }

    fn own_backend(&self, server: &Server, location: &Location, annotations: &Annotations) -> Action {
        let Some(upstream) = self.upstreams.get(&location.upstream) else {
            return Action::Answer(503, Why::Said("the upstream is gone".to_owned()));
        };
        let canary = upstream.alternatives.first().and_then(|name| self.upstreams.get(name));
        // One without endpoints is passed over, whatever is asked.
        // So it is beside a main one without: the controller knows no way to it.
        let reached = upstream.alive || annotations.service_upstream && upstream.id.is_some();
        let canary =
            canary.filter(|canary| reached && canary.alive).and_then(|it| Some((it, it.canary.as_ref()?)));
        let main = self.backend(server, location, upstream, annotations);
        match canary {
            None => Action::Forward(Split::new([Backend { weight: 1, ..main }])),
            Some((other, policy)) => {
                let total = policy.total.max(100);
                let weight = policy.weight.clamp(0, total);
                let main = Backend { weight: (total - weight) as u32, ..main };
                let other = self.backend(server, location, other, annotations);
                let other = Backend { weight: weight as u32, index: 1, ..other };
                Action::Forward(Split::new([main, other]).steered(steers(policy)))
            }
        }
    }

    fn backend(
        &self,
        server: &Server,
        location: &Location,
        upstream: &Upstream,
        annotations: &Annotations,
    ) -> Backend {
        let id = upstream.id.clone().unwrap_or_else(|| {
            let service = Origin {
                kind: "Service".into(),
                namespace: Arc::clone(&upstream.service.namespace),
                name: Arc::clone(&upstream.service.name),
            };
            Arc::new(BackendId { service, port: upstream.port.to_string().parse().unwrap_or(0) })
        });
        let balance = balance(server, location, upstream, annotations);
        Backend { balance, protocol: Some(self.protocol(annotations)), ..Backend::new(id, 1) }
    }

    /// How the backends of a location are spoken to, whoever they are.
    fn protocol(&self, annotations: &Annotations) -> BackendProtocol {
        let tls = || Arc::new(tls(annotations, self.of_server.as_deref()));
        match annotations.backend_protocol.protocol {
            Protocol::Http | Protocol::Fcgi => BackendProtocol::Http1,
            Protocol::Https => BackendProtocol::Https(tls()),
            Protocol::AutoHttp => BackendProtocol::AsAsked(tls()),
            Protocol::Grpc => BackendProtocol::H2c,
            // `proxy_ssl_*` says nothing to `grpc_pass`.
            Protocol::Grpcs => BackendProtocol::Grpcs(Arc::default()),
        }
    }

    /// `mirror-target`
    pub(super) fn mirrors(
        &mut self,
        server: &Server,
        location: &Location,
        annotations: &Annotations,
    ) -> Box<[Mirror]> {
        let Some(mirror) = &annotations.mirror else { return Box::default() };
        let before = known(server, location);
        let key = location.taken.as_ref().map(|taken| &taken.ingress);
        let uid = key.map(|ingress| match &*ingress.uid {
            "" => made_up(&ingress.key.path()),
            uid => uid.to_owned(),
        });
        let own = format!("/_mirror-{}", uid.unwrap_or_default());
        // The copy has a location of its own, whose path is `$uri`.
        let known = |name: &str| if name == "uri" { Some(own.clone()) } else { before(name) };
        let made = match &mirror.target {
            MirrorTarget::Url { url, host } => {
                // nginx adds the query to a URL without variables.
                let query = if url.contains('$') { "" } else { "$is_args$args" };
                let (authority, target) = match url.find('$') {
                    // A variable right behind the host is the path.
                    Some(at) if !access::parts(url).0.is_empty() && url[..at].matches('/').count() < 3 => {
                        (access::parts(&url[..at]).0, &url[at..])
                    }
                    Some(_) | None => access::parts(url),
                };
                // Without a path `proxy_pass` hands on that of the copy's own location.
                let bare_host =
                    url.split_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?', '$']));
                let target = if bare_host { own.as_str() } else { target };
                let bare = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
                let named = self.named(bare, authority);
                let problem = named.is_none().then(|| Why::BackendNotFound(format!("the Service of {url}")));
                let id = named.unwrap_or_else(|| {
                    let service = Origin { kind: "Service".into(), namespace: "".into(), name: bare.into() };
                    Arc::new(BackendId { service, port: 80 })
                });
                Mirror {
                    problem,
                    target: Some(Template::parse_with(&format!("{target}{query}"), known)),
                    host: Some(Template::parse_with(host, known)),
                    speech: Speech::Old,
                    ..Mirror::new(id)
                }
            }
            MirrorTarget::Own => {
                // The copy's location is not written then: another one of the host takes it.
                let Some(id) =
                    of_path(server, &own).and_then(|it| self.upstreams.get(&it.upstream)?.id.clone())
                else {
                    return Box::default();
                };
                Mirror { target: Some(Template::literal(&own)), ..Mirror::new(id) }
            }
        };
        [Mirror { without_body: !mirror.body, max_body: self.most_copied, ..made }].into()
    }
}

/// The location that takes a path, which holds nothing that regular expressions look for.
fn of_path<'s>(server: &'s Server, path: &str) -> Option<&'s Location> {
    server.locations.iter().find(|location| {
        if server.regex {
            return PathPattern::start(&location.path).is_ok_and(|pattern| pattern.regex.is_match(path));
        }
        if location.exact { location.path == path } else { path.starts_with(location.path.as_str()) }
    })
}

/// What the first Ingress of a host that has an authority says of TLS counts for all its locations.
pub(super) fn of_server(server: &Server) -> Option<Arc<UpstreamTls>> {
    let with_authority = |location: &Location| {
        let taken = location.taken.clone()?;
        let tls = taken.annotations.upstream_tls.as_ref()?;
        tls.ca.is_some().then(|| (Turn::of(&taken.ingress), Arc::new(tls.clone())))
    };
    let first = server.locations.iter().filter_map(with_authority).min_by(|(a, _), (b, _)| a.cmp(b));
    first.map(|(_, tls)| tls)
}

/// TLS to the backend: `proxy-ssl-*`, which count only with a Secret; without one nginx's own defaults.
fn tls(annotations: &Annotations, of_server: Option<&UpstreamTls>) -> BackendTls {
    let Some(tls) = annotations.upstream_tls.as_ref().or(of_server) else { return BackendTls::default() };
    let pem = |hidden: &Hidden| Pem(Arc::clone(&hidden.0));
    let speaks = |version: &str| tls.ca.is_none() || tls.protocols.split(' ').any(|word| word == version);
    BackendTls {
        name: tls.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("upstream_balancer").into(),
        // A server's name is sent only where it is written.
        sends_name: tls.server_name && (annotations.upstream_tls.is_some() || tls.name.is_some()),
        authorities: tls.ca.as_ref().filter(|_| tls.verify).map(pem),
        client: tls.client.as_ref().map(|(chain, key)| (pem(chain), pem(key))),
        v12: speaks("TLSv1.2"),
        v13: speaks("TLSv1.3"),
    }
}

/// A UID for an Ingress that has none, as those of files: always the same for one name.
fn made_up(name: &str) -> String {
    let key = key_of(name);
    let part = |range: std::ops::Range<usize>| key.get(range).unwrap_or_default();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

/// The values that choose before the weights: header, then cookie.
fn steers(canary: &Canary) -> Vec<Steer> {
    let mut steers = Vec::new();
    let mut steer = |field, name: &str, value: ValueMatch, to| {
        steers.push(Steer { when: FieldMatch { field, name: name.into(), value }, to });
    };
    if let Some(header) = canary.header.as_deref().filter(|it| !it.is_empty()) {
        // nginx has the same variable for both signs, and drops headers with the other one.
        let name = header.to_ascii_lowercase().replace('_', "-");
        let pattern = canary.header_pattern.as_deref().filter(|it| !it.is_empty());
        if let Some(value) = canary.header_value.as_deref().filter(|it| !it.is_empty()) {
            steer(Field::Header, &name, ValueMatch::exact(value), 1);
        } else if let Some(pattern) = pattern {
            if let Ok(value) = ValueMatch::part(pattern) {
                steer(Field::Header, &name, value, 1);
            }
        } else {
            steer(Field::Header, &name, ValueMatch::exact("always"), 1);
            steer(Field::Header, &name, ValueMatch::exact("never"), 0);
        }
    }
    if let Some(cookie) = canary.cookie.as_deref().filter(|it| !it.is_empty()) {
        steer(Field::Cookie, cookie, ValueMatch::exact("always"), 1);
        steer(Field::Cookie, cookie, ValueMatch::exact("never"), 0);
    }
    steers
}

/// What names an upstream in a cookie: 32 hexadecimal digits, always the same for one name (FNV-1a).
fn key_of(name: &str) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in name.bytes() {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("{hash:032x}")
}

fn balance(server: &Server, location: &Location, upstream: &Upstream, annotations: &Annotations) -> Balance {
    if let Some(cookie) = upstream.affinity.cookie.as_ref().filter(|_| upstream.sticky) {
        let here = |(host, path): &(String, String)| **host == *server.host && *path == location.ingress_path;
        return Balance::Sticky(Arc::new(Affinity {
            cookie: cookie.name.as_str().into(),
            key: key_of(&upstream.name).into(),
            silent: !upstream.cookie_locations.iter().any(here),
            persistent: upstream.affinity.mode == AffinityMode::Persistent,
            path: Some(cookie.path.clone().unwrap_or_else(|| location.ingress_path.clone()).into()),
            domain: cookie.domain.as_deref().map(Into::into),
            same_site: cookie.same_site.as_deref().map(Into::into),
            conditional_none: cookie.conditional_same_site_none,
            secure: cookie.secure.then_some(true),
            expires: cookie.expires,
            max_age: cookie.max_age,
            change_on_failure: cookie.change_on_failure,
            of_service: annotations.service_upstream,
        }));
    }
    if annotations.service_upstream {
        return Balance::Service;
    }
    match &upstream.hash {
        Some(hash) if !hash.by.is_empty() => Balance::Hash {
            by: Template::parse_with(&hash.by, known(server, location)),
            subset: hash.subset.then_some(hash.subset_size.clamp(1, 1000) as u32),
        },
        Some(_) | None => Balance::Turns,
    }
}
