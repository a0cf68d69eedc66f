//! Who may ask: addresses, passwords, an auth service; and how often.

use std::sync::Arc;

use super::{Context, known, listed};
use crate::{
    dialect::ingress::{
        annotation::{self, Annotations, AuthScheme, Satisfy, snippet::Directive},
        object::PortSpec,
        server::{Location, Server},
    },
    resource::{Key, Kind},
    routing::{
        Access, BackendId, BasicAuth, Duration, ExternalAuth, Limit, Origin, Policy, Rate, Sources, Speech,
        Template, Users,
    },
};

impl Context<'_, '_> {
    pub(super) fn limits(&self, location: &Location, annotations: &Annotations, policy: &mut Policy) {
        let limits = &annotations.limits;
        let owner = location.taken.as_ref().map(|taken| taken.ingress.key.path()).unwrap_or_default();
        let limit = |kind: &str, rate, status| Limit {
            zone: format!("{owner} {kind}").into(),
            rate,
            exempt: limits.exempt.clone().into(),
            status,
        };
        let requests = |kind, rate: annotation::RateLimit, within| {
            let rate = Rate::Requests { count: rate.limit, within, burst: rate.burst };
            limit(kind, rate, self.settings.limits.request_status)
        };
        let mut all = Vec::new();
        if let Some(count) = limits.connections {
            all.push(limit("connections", Rate::Concurrent(count), self.settings.limits.connection_status));
        }
        all.extend(limits.per_second.map(|rate| requests("rps", rate, Duration::from_secs(1))));
        all.extend(limits.per_minute.map(|rate| requests("rpm", rate, Duration::from_mins(1))));
        policy.limits = all.into();
    }

    pub(super) fn access(
        &mut self,
        server: &Server,
        location: &Location,
        annotations: &Annotations,
        policy: &mut Policy,
    ) {
        let (mut deny, allow) = (annotations.sources.deny.clone(), annotations.sources.allow.clone());
        // Of lists in several places the innermost counts: the location's, the server's, that of the settings.
        let of_server = self.base.access.sources.clone();
        let is_open = deny.is_empty() && allow.is_empty();
        if is_open && of_server.is_open() {
            deny.clone_from(&self.settings.block.cidrs);
        }
        let mut access = Access {
            sources: if is_open && !of_server.is_open() {
                of_server
            } else {
                Sources { deny: deny.into(), allow: allow.into() }
            },
            any: annotations.satisfy == Some(Satisfy::Any),
            ..Access::default()
        };
        if !listed(&location.path, &self.settings.no_auth_locations) {
            access.basic =
                annotations.auth.as_ref().filter(|auth| auth.scheme == AuthScheme::Basic).map(|auth| {
                    let users = Users::parse(&String::from_utf8_lossy(&auth.users.0));
                    BasicAuth { realm: auth.realm.as_str().into(), users: Arc::new(users) }
                });
            let global = self
                .settings
                .global_auth
                .as_ref()
                .filter(|_| annotations.global_auth && location.taken.is_some());
            let settings = self.settings;
            if let Some(auth) = annotations.external_auth.as_ref().or(global) {
                access.external = Some(self.external(server, location, auth, policy));
            }
            let _ = settings;
        }
        policy.access = access;
    }

    fn external(
        &mut self,
        server: &Server,
        location: &Location,
        auth: &annotation::ExternalAuth,
        policy: &mut Policy,
    ) -> ExternalAuth {
        let known = known(server, location);
        let text = |text: &str| Template::parse_with(text, &known);
        let (authority, target) = parts(&auth.url);
        let backend = self.named(&auth.host, authority).or_else(|| nowhere(&auth.host));
        if backend.is_none() {
            let what =
                format!("the auth service {} is asked first: it is no Service that is known here", auth.url);
            policy.not_executed = policy.not_executed.iter().cloned().chain([what.into()]).collect();
        }
        let mut request: Vec<(Arc<str>, Template)> = Vec::new();
        let mut set = |name: &str, value: Template| request.push((name.into(), value));
        set("Content-Length", Template::default());
        set("X-Forwarded-Proto", Template::default());
        set("X-Request-ID", text("$req_id"));
        if auth.method.is_some() {
            set("X-Original-URI", text("$request_uri"));
            set("X-Scheme", text("$pass_access_scheme"));
        }
        set("X-Original-URL", text("$scheme://$http_host$request_uri"));
        set("X-Original-Method", text("$request_method"));
        set("X-Sent-From", Template::literal("nginx-ingress-controller"));
        set("X-Real-IP", text("$remote_addr"));
        set("X-Forwarded-For", text("$remote_addr"));
        let redirect = auth.request_redirect.as_deref().filter(|it| !it.is_empty());
        set("X-Auth-Request-Redirect", redirect.map_or_else(|| text("$request_uri"), text));
        if let Some(client) = server.client.as_ref().filter(|client| client.ca.is_some()) {
            if client.pass_to_backend {
                set("ssl-client-cert", text("$ssl_client_escaped_cert"));
            }
            set("ssl-client-verify", text("$ssl_client_verify"));
            set("ssl-client-subject-dn", text("$ssl_client_s_dn"));
            set("ssl-client-issuer-dn", text("$ssl_client_i_dn"));
        }
        for (name, value) in &auth.set_headers {
            set(name, text(value));
        }
        for line in auth.snippet.iter().flat_map(|snippet| &snippet.directives) {
            if let Directive::ProxySetHeader { name, value } = &line.directive {
                set(name, text(value));
            }
        }
        // `auth-keepalive` needs `use-http2: "false"`, and the setting `global-auth-url` has no such thing.
        let of_ingress = location.taken.as_ref().and_then(|it| it.annotations.external_auth.as_ref());
        let lasts = auth.keepalive.is_some() && of_ingress.is_some() && !self.settings.tls.http2;
        let speech = if lasts { Speech::Lasting } else { Speech::Single };
        ExternalAuth {
            url: text(&auth.url),
            backend,
            target: text(target),
            host: text(&auth.host),
            method: auth.method.as_deref().filter(|it| !it.is_empty()).map(Into::into),
            request: request.into(),
            sign_in: auth
                .signin
                .as_deref()
                .filter(|it| !it.is_empty())
                .map(|url| text(&sign_in(url, auth.signin_redirect_param.as_deref()))),
            passes: auth.response_headers.iter().map(|name| name.as_str().into()).collect(),
            always_sets_cookie: auth.always_set_cookie,
            speech,
        }
    }

    /// The Service behind a cluster name: `name.namespace`, with or without `.svc` and the cluster's domain.
    pub(super) fn named(&mut self, host: &str, authority: &str) -> Option<Arc<BackendId>> {
        let mut labels = host.trim_end_matches('.').split('.');
        let (name, namespace) = (labels.next()?, labels.next()?);
        if labels.next().is_some_and(|label| label != "svc") {
            return None;
        }
        let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80);
        let key = Key::new(Kind::Service, namespace, name);
        let (id, _) = self.services.resolve(&key, &PortSpec::Number(port));
        id
    }
}

/// A name that leads nowhere for certain, as a Service that does not exist: whoever asks there fails.
fn nowhere(host: &str) -> Option<Arc<BackendId>> {
    let host = host.trim_end_matches('.');
    let of_cluster = [".svc", ".svc.cluster.local"].iter().any(|end| host.ends_with(end));
    if !of_cluster && !host.ends_with(".invalid") {
        return None;
    }
    let mut labels = host.split('.');
    let (name, namespace) = (labels.next()?.into(), labels.next().unwrap_or_default().into());
    let service = Origin { kind: "Service".into(), namespace, name };
    Some(Arc::new(BackendId { service, port: 0 }))
}

/// Authority, and path with query, of a URL.
pub(super) fn parts(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    (authority, if target.is_empty() { "/" } else { target })
}

/// The sign-in page with the way back in its query, unless it is written there already.
fn sign_in(url: &str, parameter: Option<&str>) -> String {
    let parameter = parameter.filter(|it| !it.is_empty()).unwrap_or("rd");
    let back = format!("{parameter}=$pass_access_scheme://$http_host$escaped_request_uri");
    match url.split_once('?') {
        None | Some((_, "")) => format!("{url}?{back}"),
        Some((_, query)) => {
            let named = query.split('&').any(|pair| {
                pair.split_once('=').is_some_and(|(name, value)| name == parameter && !value.is_empty())
            });
            if named { url.to_owned() } else { format!("{url}&{back}") }
        }
    }
}
