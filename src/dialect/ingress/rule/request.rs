//! Headers that the backend gets.

use std::sync::Arc;

use super::{Context, known};
use crate::{
    dialect::ingress::{
        Settings,
        annotation::{Annotations, Protocol},
        object::{BackendSpec, Ingress},
        server::{Location, Server},
    },
    routing::{Forwarded, Policy, Template},
};

/// The host that nginx names where nobody says one: its own name of all upstreams.
const UNNAMED: &str = "upstream_balancer";

/// Whose forwarded headers count.
pub(super) fn forwarded(settings: &Settings) -> Forwarded {
    let given = &settings.forwarded;
    if !given.trust && !given.real_ip {
        return Forwarded::Nobody;
    }
    Forwarded::From {
        header: given.for_header.to_ascii_lowercase().into(),
        peers: given.trusted.clone().into(),
        all: given.trust,
    }
}

/// Service and port of a path, as `$service_name` and `$service_port` say them.
pub(super) fn service(host: &str, location: &Location, ingress: &Ingress) -> (String, String) {
    let names = |backend: &BackendSpec| match backend {
        BackendSpec::Service { name, port } => Some((name.clone(), port.to_string())),
        BackendSpec::Resource(_) => None,
    };
    let default = ingress.default_backend.as_ref().and_then(names).unwrap_or_default();
    let rules = ingress.rules.iter().filter(|rule| rule.host == *host || host == "_" && rule.host.is_empty());
    let mut paths = rules.flat_map(|rule| rule.paths.iter().flatten());
    paths
        .find(|path| path.path == location.ingress_path)
        .and_then(|path| names(&path.backend))
        .unwrap_or(default)
}

impl Context<'_, '_> {
    /// What `proxy_set_header` says, in the order of the controller's template.
    pub(super) fn headers(
        &self,
        server: &Server,
        location: &Location,
        annotations: &Annotations,
        replaced: bool,
        policy: &mut Policy,
    ) {
        let settings = self.settings;
        let known = known(server, location);
        let text = |text: &str| Template::parse_with(text, &known);
        let mut all: Vec<(Arc<str>, Template)> = policy.request.to_vec();
        let mut set = |name: &str, value: Template| all.push((name.into(), value));
        // With these the wrong directive is used, and nothing of it reaches the backend.
        let lost = annotations.backend_protocol.loses_headers;
        if lost {
            set("Host", Template::literal(UNNAMED));
        }
        let grpc = matches!(annotations.backend_protocol.protocol, Protocol::Grpc | Protocol::Grpcs);
        if !lost {
            let vhost = annotations.headers.upstream_vhost.as_deref().filter(|host| !host.is_empty());
            set("Host", vhost.map_or_else(|| text("$best_http_host"), text));
            if let Some(client) = server.client.as_ref().filter(|client| client.ca.is_some()) {
                if client.pass_to_backend {
                    set("ssl-client-cert", text("$ssl_client_escaped_cert"));
                }
                set("ssl-client-verify", text("$ssl_client_verify"));
                set("ssl-client-subject-dn", text("$ssl_client_s_dn"));
                set("ssl-client-issuer-dn", text("$ssl_client_i_dn"));
            }
            let id = if settings.headers.request_id { "$req_id" } else { "$http_x_request_id" };
            set("X-Request-ID", text(id));
            set("X-Real-IP", text("$remote_addr"));
            let full = settings.forwarded.trust && settings.forwarded.full;
            set("X-Forwarded-For", full_for(full));
            set("X-Forwarded-Host", text("$best_http_host"));
            set("X-Forwarded-Port", text("$pass_port"));
            set("X-Forwarded-Proto", text("$pass_access_scheme"));
            set("X-Forwarded-Scheme", text("$pass_access_scheme"));
            if settings.headers.original_uri {
                set("X-Original-URI", text("$request_uri"));
            }
            set("X-Scheme", text("$pass_access_scheme"));
            let name = settings.forwarded.for_header.to_ascii_lowercase().replace('-', "_");
            set("X-Original-Forwarded-For", text(&format!("$http_{name}")));
            set("Proxy", Template::default());
            for (name, value) in &self.set_headers {
                set(name, text(value));
            }
            if annotations.auth.is_some() {
                set("Authorization", Template::default());
            }
        }
        if location.rewrites()
            && let Some(prefix) =
                annotations.headers.x_forwarded_prefix.as_deref().filter(|it| !it.is_empty())
            && (!lost || grpc)
        {
            set("X-Forwarded-Prefix", text(prefix));
        }
        if replaced {
            set("X-Code", Template::literal("503"));
            set("X-Format", text("$http_accept"));
            about(&text, &mut set);
            set("X-Request-ID", text("$req_id"));
        }
        policy.request = all.into();
        policy.closes = !lost && !grpc && !settings.keeps_upstreams;
        policy.connection = annotations.headers.connection.as_deref().map(Into::into);
    }
}

/// `X-Forwarded-For`: the client alone, or the whole way.
fn full_for(full: bool) -> Template {
    // The list of the client is kept by the controller only when it is told so.
    if full { Template::parse("$full_x_forwarded_for") } else { Template::parse("$remote_addr") }
}

/// What a default backend is told of the path.
pub(super) fn about(text: &impl Fn(&str) -> Template, set: &mut impl FnMut(&str, Template)) {
    set("X-Namespace", text("$namespace"));
    set("X-Ingress-Name", text("$ingress_name"));
    set("X-Service-Name", text("$service_name"));
    set("X-Service-Port", text("$service_port"));
}
