//! A location as a rule of the Table: what nginx does with its requests, from the annotations and the settings.

mod access;
mod answer;
mod backend;
mod request;
mod snippet;

use std::{collections::HashMap, sync::Arc};

use super::{
    Settings,
    annotation::{
        Annotations, Cors, HttpVersion, Protocol, Proxy, Replace, UpstreamTls, VerifyClient,
        snippet::{Directive, Line},
    },
    known_differences,
    server::{Location, Server},
    upstream::{DEFAULT, Services, Upstreams},
};
use crate::{
    resource::{Key, Kind},
    routing::{
        Action, BackendId, ClientCertificate, CookieEdit, ErrorPage, Expression, HeaderEdits, LocationEdit,
        Names, Origin, Origins, Pages, Part, PathPattern, PathRewrite, Policy, Retry, Return, Rewrite, Rule,
        RuleId, Template, Timeouts, ToHttps, Variable, Verify, Why,
    },
    world::World,
};

pub(super) use snippet::{Conditional, Idioms};

/// What rules are made with.
pub(super) struct Context<'c, 'w> {
    pub(super) settings: &'c Settings,
    pub(super) upstreams: &'c Upstreams,
    pub(super) services: Services<'w>,
    /// Headers of the ConfigMap of `proxy-set-headers`.
    pub(super) set_headers: Vec<(String, String)>,
    /// Headers of the ConfigMap of `add-headers`.
    pub(super) add_headers: Vec<(String, String)>,
    /// The Service of `--default-backend-service`.
    pub(super) default_backend: Option<Arc<BackendId>>,
    /// Who the rules of nobody belong to.
    pub(super) entry: Arc<Origin>,
    /// What the server at hand has for all its locations.
    pub(super) base: Policy,
    /// The controller has a certificate for the name at hand.
    pub(super) secured: bool,
    /// What the server at hand has of TLS to backends.
    of_server: Option<Arc<UpstreamTls>>,
    /// Paths that are regular expressions, compiled: most hosts have the same few. None can not be compiled.
    patterns: HashMap<String, Option<PathPattern>>,
    /// The policy of the location before: those of one Ingress mostly have one.
    before: Option<Arc<Policy>>,
}

/// A location, compiled.
pub(super) struct Compiled {
    pub(super) rule: Arc<Rule>,
    /// Rules that go before it when a header, cookie or parameter is as asked (`if` of a snippet).
    pub(super) before: Vec<Conditional>,
}

impl<'w> Context<'_, 'w> {
    pub(super) fn new<'c>(
        world: &'w World,
        settings: &'c Settings,
        upstreams: &'c Upstreams,
        entry: Arc<Origin>,
    ) -> Context<'c, 'w> {
        let headers = |name: &Option<super::annotation::NsName>| {
            let lookup = super::lookup::Objects(world);
            let given = name
                .as_ref()
                .and_then(|name| super::annotation::Lookup::config_map(&lookup, &name.namespace, &name.name));
            given.map(|map| map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()).unwrap_or_default()
        };
        let mut services = Services::new(world, settings);
        let default_backend = settings.flags.default_backend.as_ref().and_then(|name| {
            let key = Key::new(Kind::Service, name.namespace.as_str(), name.name.as_str());
            services.first_port(&key).filter(|(_, alive)| *alive).map(|(id, _)| id)
        });
        let mut context = Context {
            base: Policy::default(),
            secured: false,
            of_server: None,
            patterns: HashMap::new(),
            before: None,
            set_headers: headers(&settings.headers.proxy_set),
            add_headers: headers(&settings.headers.add),
            settings,
            upstreams,
            services,
            default_backend,
            entry,
        };
        context.base = context.plain();
        context
    }

    /// Takes up the next server.
    pub(super) fn enter(&mut self, server: &Server) {
        self.base = self.plain();
        self.of_server = backend::of_server(server).filter(|_| !self.settings.proxy_ssl_location_only);
    }

    /// A path of a host that matches by regular expressions.
    pub(super) fn pattern(&mut self, path: &str) -> Option<PathPattern> {
        if let Some(known) = self.patterns.get(path) {
            return known.clone();
        }
        let pattern = PathPattern::start(path).ok();
        self.patterns.insert(path.to_owned(), pattern.clone());
        pattern
    }

    /// Compiles a location.
    pub(super) fn compile(&mut self, server: &Server, location: &Location) -> Compiled {
        let nobody = Annotations { proxy: self.settings.proxy.clone(), ..Annotations::default() };
        let taken = location.taken.clone();
        let annotations = taken.as_ref().map_or(&nobody, |taken| &taken.annotations);
        let (target, replaced) = self.target(location, annotations);
        let mut policy = self.common();
        policy.client_certificate = self.client(server);
        policy.max_body = annotations.proxy.body_size;
        wire(annotations, &mut policy);
        policy.https = self.to_https(server, location, annotations);
        self.answers(annotations, &mut policy);
        let mut idioms = Idioms::of(server, location);
        if let Some(why) = &annotations.denied {
            let action = Action::Return(Box::new(Return {
                status: 503,
                location: None,
                text: None,
                why: Why::Said(format!("the controller denies this location: {why}")),
            }));
            // The pages of the settings stand around all locations; those of the Ingress are left out with it.
            policy.errors = self.errors(server, location, &nobody);
            let rule = self.rule(location, action, policy, annotations);
            return Compiled { rule: Arc::new(rule), before: Vec::new() };
        }
        policy.origins = annotations.cors.as_ref().filter(|cors| !cors.origins.is_empty()).map(origins);
        self.limits(location, annotations, &mut policy);
        self.access(server, location, annotations, &mut policy);
        self.headers(server, location, annotations, replaced, &mut policy);
        edits(annotations, &mut policy);
        policy.errors = self.errors(server, location, annotations);
        let snippets = [&annotations.snippets.configuration, &self.settings.snippets.location];
        for snippet in snippets.into_iter().flatten() {
            idioms.read(snippet, &known(server, location));
        }
        idioms.apply(&mut policy);
        not_executed(annotations, self.settings, &mut policy);
        if let Some(taken) = &taken {
            let known = known_differences::of(taken, self.settings).map(Into::into);
            policy.not_executed = policy.not_executed.iter().cloned().chain(known).collect();
        }
        let returned = redirect(location, annotations).or_else(|| rewritten_away(location));
        let action = match (idioms.returns.take(), returned) {
            (Some(returned), _) | (None, Some(returned)) => Action::Return(Box::new(returned)),
            (None, None) => self.forward(server, location, annotations, &target),
        };
        let mut rule = self.rule(location, action, policy, annotations);
        if let Some(idiom) = idioms.rewrite.take() {
            rule.rewrite = Some(idiom);
        }
        if location.rewrites()
            && let Some(target) = location.target()
        {
            rule.rewrite = Some(Rewrite { host: None, path: Some(PathRewrite::Captures(target.into())) });
        }
        rule.mirrors = self.mirrors(server, location, annotations);
        idioms.timeouts(&mut rule.timeouts);
        let rule = Arc::new(rule);
        let before = idioms.take_conditional().into_iter().map(|one| one.on(&rule)).collect();
        Compiled { rule, before }
    }

    /// A policy that every answer of the server at hand has.
    pub(super) fn common(&self) -> Policy {
        self.base.clone()
    }

    /// `auth-tls-*` of the server at hand.
    pub(super) fn client(&self, server: &Server) -> Option<ClientCertificate> {
        let plain = Policy { client_certificate: None, ..self.common() };
        Some(ClientCertificate { dress: Some(Arc::new(plain)), ..client(server)? })
    }

    /// A policy that every answer of this entry point has.
    pub(super) fn plain(&self) -> Policy {
        let mut policy = Policy {
            names: match (self.settings.headers.ignore_invalid, self.settings.headers.underscores) {
                (true, underscores) => Names::Plain { underscores },
                (false, _) => Names::All,
            },
            forwarded: request::forwarded(self.settings),
            pages: Pages::Html,
            default_type: Some(self.settings.default_type.as_str().into())
                .filter(|kind: &Arc<str>| **kind != *"text/html"),
            answer: self.always(),
            ..Policy::default()
        };
        if let Some(snippet) = &self.settings.snippets.http {
            let mut idioms = Idioms::default();
            idioms.read(snippet, &|_| None);
            idioms.apply(&mut policy);
        }
        policy
    }

    /// A rule of the entry point itself.
    pub(super) fn own(&self, action: Action, policy: Policy) -> Rule {
        let id = RuleId { route: Arc::clone(&self.entry), index: 0, name: None };
        Rule { policy: Some(Arc::new(policy)), ..Rule::new(id, action) }
    }

    /// The policy, held once by locations that follow each other.
    fn share(&mut self, policy: Policy) -> Arc<Policy> {
        let same = self.before.take().filter(|before| **before == policy);
        let shared = same.unwrap_or_else(|| Arc::new(policy));
        self.before = Some(Arc::clone(&shared));
        shared
    }

    fn rule(
        &mut self,
        location: &Location,
        action: Action,
        policy: Policy,
        annotations: &Annotations,
    ) -> Rule {
        let route = location.taken.as_ref().map_or_else(|| Arc::clone(&self.entry), |it| it.ingress.origin());
        let (index, name) = match location.place {
            Some((rule, path)) => (rule as u32, Some(format!("paths[{path}]").into())),
            None => (0, None),
        };
        let proxy = &annotations.proxy;
        Rule {
            timeouts: Timeouts {
                connect: Some(proxy.connect_timeout),
                send_idle: Some(proxy.send_timeout),
                read_idle: Some(proxy.read_timeout),
                ..Timeouts::default()
            },
            retry: Some(retry(annotations)),
            request: HeaderEdits::default(),
            policy: Some(self.share(policy)),
            ..Rule::new(RuleId { route, index, name }, action)
        }
    }

    fn to_https(&self, server: &Server, location: &Location, annotations: &Annotations) -> Option<ToHttps> {
        let tls = &annotations.tls;
        let exempt = listed(&location.path, &self.settings.tls.no_redirect_locations);
        // The controller asks for a certificate by the host of the request; none has the name of the catch-all, but who
        // names no host at all.
        let secured = tls.force_redirect || tls.redirect && self.secured;
        let nameless = !secured && tls.redirect && server.is_catch_all();
        let counts = location.taken.is_some();
        ((secured || nameless) && counts && !exempt).then(|| ToHttps {
            status: self.settings.tls.redirect_code,
            keeps_slash: tls.preserve_trailing_slash,
            nameless,
            port: annotations.redirects.use_port.then_some(self.settings.flags.https_port),
        })
    }
}

/// Bytes that a compiled expression may take.
const PATTERN: usize = 1 << 20;

fn cookie(replace: &Replace) -> Option<CookieEdit> {
    let to = Template::parse(&replace.to);
    match replace.from.strip_prefix('~') {
        Some(pattern) => {
            let (text, flags) = pattern.strip_prefix('*').map_or((pattern, ""), |rest| (rest, "(?i)"));
            let expression = Expression::pcre(&format!("{flags}{text}"), PATTERN).ok()?;
            Some(CookieEdit::Pattern(expression, to))
        }
        None => Some(CookieEdit::Text(replace.from.as_str().into(), to)),
    }
}

/// Whether a path begins as one of a setting's list.
pub(super) fn listed(path: &str, list: &[String]) -> bool {
    list.iter().any(|front| !front.is_empty() && path.starts_with(front.as_str()))
}

fn origins(cors: &Cors) -> Origins {
    Origins {
        allowed: cors.origins.iter().map(|it| it.as_str().into()).collect(),
        credentials: cors.credentials,
        methods: cors.methods.as_str().into(),
        headers: cors.headers.as_str().into(),
        expose: cors.expose.as_deref().unwrap_or_default().into(),
        max_age: cors.max_age.to_string().into(),
    }
}

/// `auth-tls-*` of a server; nothing is asked of clients without certificates of authorities.
fn client(server: &Server) -> Option<ClientCertificate> {
    let client = server.client.as_ref().filter(|client| client.ca.is_some())?;
    let mode = match client.verify {
        VerifyClient::On => Verify::On,
        VerifyClient::Optional => Verify::Optional,
        VerifyClient::OptionalNoCa => Verify::OptionalAny,
        VerifyClient::Off => Verify::Off,
    };
    let subject = client.match_cn.as_ref().filter(|it| !it.is_empty());
    Some(ClientCertificate {
        mode,
        subject: subject.and_then(|text| Expression::pcre(&format!("CN={text}"), PATTERN).ok()),
        error_page: client.error_page.as_deref().map(|page| match page.as_bytes().first() {
            Some(b'/') => ErrorPage::Path(page.into()),
            Some(b'@') => ErrorPage::Nowhere,
            Some(_) | None => ErrorPage::Url(Template::parse(page)),
        }),
        dress: None,
    })
}

/// `permanent-redirect` and `temporal-redirect`.
fn redirect(location: &Location, annotations: &Annotations) -> Option<Return> {
    let to = annotations.redirects.to.as_ref().filter(|_| !location.plain)?;
    let why = Why::Said("the Ingress redirects this path".to_owned());
    Some(returned(to.code, Some(&to.url), why, |_| None))
}

/// A `rewrite-target` with a scheme in front: nginx's `rewrite` redirects then.
fn rewritten_away(location: &Location) -> Option<Return> {
    let text = location.target().filter(|_| location.rewrites())?;
    if !["http://", "https://", "$scheme"].iter().any(|scheme| text.starts_with(scheme)) {
        return None;
    }
    let groups = Template::parse(text);
    let parts = groups.parts().iter().map(|part| match part {
        Part::Variable(Variable::Group(number)) => format!("${{redirect_{number}}}"),
        Part::Variable(variable) => format!("${{{}}}", variable.name()),
        Part::Text(text) => text.to_string(),
    });
    let mut to: String = parts.collect();
    match to.strip_suffix('?') {
        Some(without) => to.truncate(without.len()),
        None if to.contains('?') => to.push_str("${and_args}"),
        None => to.push_str("$is_args$args"),
    }
    let why = Why::Said("the rewrite-target is a URL: nginx redirects to it".to_owned());
    Some(Return { status: 302, location: Some(Template::parse(&to)), text: None, why })
}

/// How backends are spoken to.
fn wire(annotations: &Annotations, policy: &mut Policy) {
    let proxy = &annotations.proxy;
    let http = matches!(
        annotations.backend_protocol.protocol,
        Protocol::Http | Protocol::Https | Protocol::AutoHttp
    );
    policy.max_answer_head = http.then_some(proxy.buffers.size);
    policy.streams = !proxy.request_buffering;
    policy.http_1_0 = http && proxy.http_version == HttpVersion::Http10;
}

/// nginx's `return CODE TEXT`.
pub(super) fn returned(
    status: u16,
    text: Option<&str>,
    why: Why,
    known: impl Fn(&str) -> Option<String>,
) -> Return {
    let is_redirect = matches!(status, 301 | 302 | 303 | 307 | 308);
    let text = text.map(|text| match (is_redirect, text.starts_with('/')) {
        (true, true) => Template::parse_with(&format!("$scheme://$host{text}"), &known),
        (true, false) | (false, _) => Template::parse_with(text, &known),
    });
    // Below 400 nginx answers with a text, an empty one if need be; it has no page for these.
    let text = text.or_else(|| (status < 400 && status != 204 && !is_redirect).then(Template::default));
    let (location, text) = if is_redirect { (text, None) } else { (None, text) };
    Return { status, location, text, why }
}

fn retry(annotations: &Annotations) -> Retry {
    use super::annotation::RetryOn;
    let grpc = matches!(annotations.backend_protocol.protocol, Protocol::Grpc | Protocol::Grpcs);
    // `proxy_next_upstream` says nothing to `grpc_pass`, which has nginx's own defaults.
    let own = Proxy::default().next_upstream;
    let next = if grpc { &own } else { &annotations.proxy.next_upstream };
    let has = |what: RetryOn| next.conditions.contains(&what);
    let codes = next.conditions.iter().filter_map(|condition| match condition {
        RetryOn::Status(status) => Some(*status),
        RetryOn::Error | RetryOn::Timeout | RetryOn::InvalidHeader => None,
    });
    Retry {
        attempts: match (next.conditions.is_empty(), next.tries) {
            (true, _) => 0,
            (false, 0) => u32::MAX,
            (false, tries) => tries - 1,
        },
        codes: codes.collect(),
        backoff: None,
        on_error: has(RetryOn::Error) || has(RetryOn::InvalidHeader),
        on_timeout: has(RetryOn::Timeout),
        non_idempotent: next.non_idempotent,
        within: next.timeout,
        next_endpoint_only: true,
    }
}

/// Variables that are known before a request comes.
pub(super) fn known<'k>(
    server: &'k Server,
    location: &'k Location,
) -> impl Fn(&str) -> Option<String> + use<'k> {
    let service = location
        .taken
        .as_ref()
        .map(|taken| request::service(&server.host, location, &taken.ingress))
        .unwrap_or_default();
    move |name| match name {
        "namespace" => Some(location.taken.as_ref()?.ingress.key.namespace.to_string()),
        "ingress_name" => Some(location.taken.as_ref()?.ingress.key.name.to_string()),
        "service_name" => Some(service.0.clone()),
        "service_port" => Some(service.1.clone()),
        "location_path" => Some(location.ingress_path.clone()),
        "proxy_upstream_name" | "proxy_host" => Some(location.upstream.to_string()),
        "server_name" => Some(server.host.to_string()),
        "literal_dollar" => Some("$".to_owned()),
        _ => None,
    }
}

/// What the controller does too and nobody does here.
fn not_executed(annotations: &Annotations, settings: &Settings, policy: &mut Policy) {
    use super::annotation::AuthScheme;
    let mut all: Vec<Arc<str>> = policy.not_executed.to_vec();
    let mut say = |when: bool, what: &str| {
        if when {
            all.push(what.into());
        }
    };
    let modsecurity = annotations.modsecurity.enabled.unwrap_or(settings.modsecurity);
    say(modsecurity, "ModSecurity looks at requests and may refuse them");
    say(
        annotations.auth.as_ref().is_some_and(|auth| auth.scheme == AuthScheme::Digest),
        "auth-type digest asks for a password by RFC 7616",
    );
    say(annotations.limits.rate.is_some(), "limit-rate slows answers down");
    let protocol = annotations.backend_protocol.protocol;
    let tls = matches!(protocol, Protocol::Https | Protocol::Grpcs | Protocol::AutoHttp);
    say(tls, "backend-protocol speaks TLS to the backend; stand-ins of a rehearsal are spoken to without");
    say(protocol == Protocol::Fcgi, "backend-protocol FCGI speaks FastCGI");
    say(
        annotations.external_auth.as_ref().is_some_and(|auth| auth.cache_key.is_some()),
        "auth-cache-key keeps answers of the auth service",
    );
    let auth = annotations.external_auth.as_ref().and_then(|auth| auth.snippet.as_ref());
    let sets = |line: &Line| matches!(line.directive, Directive::ProxySetHeader { .. });
    say(
        auth.is_some_and(|it| !it.directives.iter().all(sets)),
        "auth-snippet changes the question to the auth service",
    );
    say(settings.compression.brotli, "enable-brotli compresses answers");
    policy.not_executed = all.into();
}

/// Whether the location leads to nobody's backend.
pub(super) fn is_default(location: &Location) -> bool {
    *location.upstream == *DEFAULT
}

fn edits(annotations: &Annotations, policy: &mut Policy) {
    use super::annotation::ProxyRedirect;
    policy.location = match &annotations.proxy.redirect {
        // `default` turns nginx's own name for the upstream into the path; nobody answers with that name.
        ProxyRedirect::Off | ProxyRedirect::Default => LocationEdit::Off,
        ProxyRedirect::Replace { from, to } => match from.strip_prefix('~') {
            Some(pattern) => {
                let (text, flags) = pattern.strip_prefix('*').map_or((pattern, ""), |rest| (rest, "(?i)"));
                match Expression::pcre(&format!("{flags}{text}"), PATTERN) {
                    Ok(expression) => LocationEdit::Pattern(expression, Template::parse(to)),
                    Err(_) => LocationEdit::Off,
                }
            }
            None => LocationEdit::Front(Template::parse(from), Template::parse(to)),
        },
    };
    policy.cookie_domain = annotations.proxy.cookie_domain.as_ref().and_then(cookie);
    policy.cookie_path = annotations.proxy.cookie_path.as_ref().and_then(cookie);
}
