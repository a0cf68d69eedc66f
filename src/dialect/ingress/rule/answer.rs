//! Headers of answers, and who answers for a backend that failed.

use std::sync::Arc;

use super::{Context, is_default, known};
use crate::{
    dialect::ingress::{
        annotation::Annotations,
        server::{Location, Server},
    },
    resource::{Key, Kind},
    routing::{AnswerHeader, BackendId, ErrorPages, Policy, Speech, Template},
};

/// `Server` with `server-tokens`: the nginx of the controller's last releases.
const NGINX: &str = "nginx/1.27.1";

/// Headers of backends that are meant for nginx itself.
const NEVER_PASSED: &[&str] = &[
    "x-accel-buffering",
    "x-accel-charset",
    "x-accel-expires",
    "x-accel-limit-rate",
    "x-accel-redirect",
    "x-pad",
];

impl Context<'_, '_> {
    /// Headers that all answers of the entry point have.
    pub(super) fn always(&self) -> Box<[AnswerHeader]> {
        let mut headers: Vec<AnswerHeader> = self
            .add_headers
            .iter()
            .map(|(name, value)| AnswerHeader::set(name, Template::parse(value)))
            .collect();
        if self.settings.headers.server_tokens {
            // Where backends may name themselves, nginx adds no name of its own to their answers.
            let own_only = self.settings.headers.backend_server;
            headers.push(AnswerHeader { own_only, ..AnswerHeader::set("Server", Template::literal(NGINX)) });
        }
        headers.into()
    }

    /// Headers of a location's answers.
    pub(super) fn answers(&self, annotations: &Annotations, policy: &mut Policy) {
        let mut headers = policy.answer.to_vec();
        if let Some(hsts) = &self.settings.tls.hsts {
            headers.push(AnswerHeader {
                encrypted_only: true,
                ..AnswerHeader::set("Strict-Transport-Security", Template::literal(&hsts.value()))
            });
        }
        if annotations.denied.is_none() {
            let custom = &annotations.headers.custom;
            headers
                .extend(custom.iter().map(|(name, value)| AnswerHeader::set(name, Template::literal(value))));
        }
        policy.answer = headers.into();
        policy.hides = self.hides();
    }

    /// Headers of backends that clients do not get.
    fn hides(&self) -> Box<[Arc<str>]> {
        let settings = &self.settings.headers;
        let mut hides: Vec<Arc<str>> =
            settings.hide.iter().map(|name| name.to_ascii_lowercase().into()).collect();
        // Without `server-tokens` the controller clears the header of every answer.
        if !settings.backend_server || !settings.server_tokens {
            hides.push("server".into());
        }
        hides.extend(NEVER_PASSED.iter().map(|name| Arc::from(*name)));
        hides.into()
    }

    /// The Service of `default-backend`, when somebody answers there.
    pub(super) fn fallback(
        &mut self,
        location: &Location,
        annotations: &Annotations,
    ) -> Option<Arc<BackendId>> {
        let name = annotations.errors.default_backend.as_deref()?;
        let namespace = Arc::clone(&location.taken.as_ref()?.ingress.key.namespace);
        let (id, alive) = self.services.first_port(&Key::new(Kind::Service, namespace, name))?;
        alive.then_some(id)
    }

    /// `custom-http-errors`, of the Ingress or of the settings.
    pub(super) fn errors(
        &mut self,
        server: &Server,
        location: &Location,
        annotations: &Annotations,
    ) -> Option<ErrorPages> {
        let of_ingress = !annotations.errors.codes.is_empty();
        let codes = if of_ingress { &annotations.errors.codes } else { &self.settings.custom_http_errors };
        if codes.is_empty() {
            return None;
        }
        let codes = codes.clone();
        let own = of_ingress.then(|| self.fallback(location, annotations)).flatten();
        let own = own.filter(|_| !is_default(location));
        // The controller's copy of the upstream has its canary too.
        let by_split = own.is_some();
        let backend = own.or_else(|| self.default_backend.clone());
        let known = known(server, location);
        let text = |text: &str| Template::parse_with(text, &known);
        let mut request: Vec<(Arc<str>, Template)> = Vec::new();
        let mut set = |name: &str, value: Template| request.push((name.into(), value));
        set("X-Format", text("$http_accept"));
        set("X-Original-URI", text("$request_uri"));
        super::request::about(&text, &mut set);
        set("X-Request-ID", text("$req_id"));
        set("X-Forwarded-For", text("$remote_addr"));
        set("Host", text("$best_http_host"));
        Some(ErrorPages {
            codes: codes.into(),
            // Its own default backend says 404, and has no page for it where the settings want one.
            otherwise: if self.settings.custom_http_errors.contains(&404) { 500 } else { 404 },
            backend,
            request: request.into(),
            by_split,
            speech: Speech::Old,
            dress: Arc::new(Policy { hides: self.hides(), ..self.common() }),
            of_backends: if of_ingress {
                !annotations.errors.disable_intercept
            } else {
                !self.settings.disable_proxy_intercept_errors
            },
        })
    }
}
