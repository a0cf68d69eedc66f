//! What one side does with a request, in a form that can be compared: in the order in which a proxy decides.

use std::sync::Arc;

use super::{
    Kind, Witness,
    headers::{self, Line},
    reach::{Lookup, Reached},
};
use crate::routing::{
    Action, Backend, BackendId, Balance, Candidate, Early, ErrorPage, Host, LocationEdit, PathMatch, Policy,
    Request, Rule, Shown, Split, Statuses, Variables,
    explain::{Asked, policy},
    sent,
};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nobody: no connection is made.
    Closed,
    /// The entry point itself.
    Own,
    /// A backend.
    Backend,
}

/// One backend of those that may get the request.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Who.
    pub backend: Arc<BackendId>,
    /// Its share of the requests, 0 to 1.
    pub share: f64,
    /// Whether its share is answered with 500, since it can not be used.
    pub broken: bool,
    /// Path and query that it gets.
    pub target: String,
    /// Headers that it gets, by name.
    pub(super) headers: Vec<Line>,
}

/// What one side does with a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Who answers.
    pub end: End,
    /// The status; none when a backend, or nobody, says it.
    pub status: Option<u16>,
    /// `Location` of a redirect.
    pub location: Option<String>,
    /// Backends, by name.
    pub shares: Vec<Share>,
    /// Over TLS.
    pub(super) encrypted: bool,
    /// What certificate is shown, when it is known.
    pub(super) certificate: Option<Arc<str>>,
    /// Headers that the client gets from the entry point, by name.
    pub(super) response: Vec<Line>,
    /// What else counts.
    pub(super) facets: Vec<Facet>,
}

/// Something else that counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facet {
    pub(super) kind: Kind,
    pub(super) what: &'static str,
    pub(super) value: String,
}

impl Answer {
    fn own(status: u16, encrypted: bool) -> Self {
        Self {
            end: End::Own,
            status: Some(status),
            location: None,
            shares: Vec::new(),
            encrypted,
            certificate: None,
            response: Vec::new(),
            facets: Vec::new(),
        }
    }

    fn closed(encrypted: bool) -> Self {
        Self { end: End::Closed, status: None, ..Self::own(0, encrypted) }
    }

    /// What comes of a request that was looked up.
    pub(super) fn of(reached: &Reached<'_>, lookup: &Lookup<'_>, witness: &Witness) -> Self {
        let encrypted = witness.ask.scheme == "https";
        let mut answer = match reached {
            Reached::Closed => Self::closed(encrypted),
            // A name that no listener has ends the handshake; an explanation tells what plain HTTP would say.
            Reached::NoListener if encrypted => Self::closed(encrypted),
            Reached::Refused(status, _) => Self::own(*status, encrypted),
            Reached::NoListener | Reached::NoRule(_) => Self::own(404, encrypted),
            Reached::Match(_, _, candidate) => matched(candidate, witness, encrypted),
        };
        if let (true, Some(show), Some(listener)) = (encrypted, lookup.certificate, reached.listener()) {
            answer.certificate = show(listener, Host(&witness.ask.host));
        }
        answer
    }

    /// The answer is the entry point's own, and leads elsewhere.
    pub fn is_redirect(&self) -> bool {
        self.end == End::Own && self.location.is_some()
    }
}

fn matched(candidate: &Candidate, witness: &Witness, encrypted: bool) -> Answer {
    let ask = &witness.ask;
    let rule = &*candidate.rule;
    let policy = rule.policy.as_deref();
    let described = policy::Described::from(ask, witness.client);
    let values = described.values();
    values.found(policy, &candidate.path);
    let request = values.request;
    let mut added: Vec<(&'static str, String)> = Vec::new();
    // An answer of its own has what the policy says of answers.
    let own = |status: u16, location: Option<String>, added: &[(&'static str, String)]| Answer {
        location,
        response: headers::own(rule, status, encrypted, added, &values),
        ..Answer::own(status, encrypted)
    };
    if let Some(policy) = policy {
        let origin = request.header("origin");
        let shared = policy.origins.as_ref().and_then(|origins| origins.headers(origin.as_deref()));
        added = shared.unwrap_or_default();
        let wanted = policy.client_certificate.as_ref();
        if let Some(refused) = wanted.and_then(|wanted| wanted.refuses(encrypted.then_some(Shown::Nothing))) {
            let page = wanted.and_then(|wanted| wanted.error_page.as_ref()).filter(|_| refused.status == 400);
            let (status, location) = match page {
                Some(ErrorPage::Url(page)) => (302, Some(page.render(&values).into_owned())),
                Some(ErrorPage::Nowhere) => (500, None),
                // What the host has at that path, by GET, is not looked for here.
                Some(ErrorPage::Path(_)) | None => (refused.status, None),
            };
            let mut answer = Answer { location, ..Answer::own(status, encrypted) };
            answer.facets.extend(client(policy));
            return answer;
        }
        if witness.body.is_some_and(|body| policy.max_body.is_some_and(|most| body > most)) {
            return own(413, None, &[]);
        }
        if policy.preflight(request) {
            return Answer { response: headers::plain(&added), ..Answer::own(204, encrypted) };
        }
    }
    if let (Some(cors), Some(origin)) = (&rule.cors, request.header("origin")) {
        let asked = request.header("access-control-request-method").filter(|_| request.method() == "OPTIONS");
        if let Some(method) = asked {
            let names = request.header("access-control-request-headers");
            let said = cors.answer(&origin, Some((&method, names.as_deref())));
            return Answer { response: headers::plain(&said), ..Answer::own(204, encrypted) };
        }
        added = cors.answer(&origin, None);
    }
    let guards = policy.filter(|_| rule.action.is_guarded());
    if let Some(Early::ToHttps(status, location)) = guards.and_then(|policy| policy.to_https(&values)) {
        return own(status, Some(location), &added);
    }
    let refused = || guards.and_then(|policy| policy::refused(policy, &values));
    // Who asks too often is refused before that.
    let own_guarded = |status: u16, added: &[(&'static str, String)]| {
        let mut answer = own(status, None, added);
        if let Some(policy) = guards {
            of_guards(policy, &values, &mut |kind, what, value: Option<String>| {
                answer.facets.extend(value.map(|value| Facet { kind, what, value }));
            });
        }
        answer
    };
    match &rule.action {
        Action::Redirect(redirect) => {
            let host = Host::from_authority(&ask.host).unwrap_or_default();
            let query = ask.query.as_deref();
            let location = redirect.location(&ask.scheme, &host, ask.port, &ask.path, query, &candidate.path);
            own(redirect.status, Some(location), &added)
        }
        Action::Answer(status, _) => own_guarded(refused().map_or(*status, |(status, _)| status), &added),
        Action::Return(say) => own(say.status, say.location_for(&values), &added),
        Action::Forward(split) => {
            let shares = shares(rule, split, &candidate.path, witness, &values);
            let unusable = shares.iter().all(|share| share.broken);
            if unusable || shares.iter().any(|share| share.target.is_empty()) {
                return own_guarded(500, &added);
            }
            if let Some((status, _)) = refused() {
                return own_guarded(status, &added);
            }
            forwarded(rule, split, shares, encrypted, &added, &values)
        }
    }
}

/// What a backend's answer comes to.
fn forwarded<R: Request>(
    rule: &Rule,
    split: &Split,
    shares: Vec<Share>,
    encrypted: bool,
    added: &[(&'static str, String)],
    values: &crate::routing::RequestValues<'_, R>,
) -> Answer {
    let first = shares.iter().find(|share| !share.broken);
    let backend = first.and_then(|first| split.backends.iter().find(|one| one.id == first.backend));
    let mut facets = Vec::new();
    let mut facet = |kind, what, value: Option<String>| {
        facets.extend(value.map(|value| Facet { kind, what, value }));
    };
    times(rule, &mut facet);
    let mirrors = rule.mirrors.iter().chain(backend.into_iter().flat_map(|one| &*one.mirrors));
    let copies: Vec<String> = mirrors
        .filter(|mirror| mirror.problem.is_none())
        .map(|mirror| format!("{} of {} to {}", mirror.fraction.0, mirror.fraction.1, name(&mirror.backend)))
        .collect();
    facet(Kind::Backend, "copies", (!copies.is_empty()).then(|| copies.join(", ")));
    if let Some(backend) = backend {
        facet(Kind::Share, "endpoint", endpoint(&backend.balance));
        let tls = backend.protocol.as_ref().and_then(|spoken| spoken.tls(encrypted));
        let verified = tls.map(|tls| match tls.authorities {
            Some(_) => format!("a certificate for {} is wanted", tls.name),
            None => "any certificate is taken".to_owned(),
        });
        facet(Kind::Tls, "TLS to the backend", verified);
    }
    if let Some(policy) = rule.policy.as_deref() {
        of_policy(policy, values, &mut facet);
        facets.extend(client(policy));
    }
    let mut response = headers::of_backend(rule, backend, encrypted, added, values);
    if let Some(Balance::Sticky(cookie)) = backend.map(|backend| &backend.balance).filter(|_| true)
        && !cookie.silent
    {
        response.push(Line { name: "set-cookie".into(), value: format!("{} is set", cookie.cookie) });
    }
    response.sort();
    Answer {
        end: End::Backend,
        status: None,
        location: None,
        shares,
        encrypted,
        certificate: None,
        response,
        facets,
    }
}

fn times(rule: &Rule, facet: &mut impl FnMut(Kind, &'static str, Option<String>)) {
    let times = &rule.timeouts;
    for (what, time) in [
        ("the whole request", times.request),
        ("one try", times.backend),
        ("connecting", times.connect),
        ("between two writes", times.send_idle),
        ("between two reads", times.read_idle),
    ] {
        facet(Kind::Timeout, what, time.map(|time| format!("{} s", time.as_secs_f64())));
    }
    let retry = rule.retry.as_ref().filter(|retry| retry.attempts > 0);
    let told = retry.map(|retry| {
        let mut when: Vec<String> = retry.codes.iter().map(u16::to_string).collect();
        when.extend(retry.on_error.then(|| "error".to_owned()));
        when.extend(retry.on_timeout.then(|| "timeout".to_owned()));
        let many =
            if retry.attempts == u32::MAX { "each endpoint".to_owned() } else { retry.attempts.to_string() };
        format!("{many} more, on {}", when.join(", "))
    });
    facet(Kind::Timeout, "tries", told);
}

fn of_policy(
    policy: &Policy,
    values: &impl Variables,
    facet: &mut impl FnMut(Kind, &'static str, Option<String>),
) {
    facet(Kind::BodyLimit, "largest body", policy.max_body.map(|most| format!("{most} bytes")));
    of_guards(policy, values, facet);
    let errors = policy.errors.as_ref().map(|errors| {
        let codes: Vec<String> = errors.codes.iter().map(u16::to_string).collect();
        let who = errors.backend.as_ref().map_or_else(|| errors.otherwise.to_string(), |it| name(it));
        format!("{who} in place of {}", codes.join(", "))
    });
    facet(Kind::Backend, "error pages", errors);
    facet(Kind::Backend, "version", policy.http_1_0.then(|| "HTTP/1.0".to_owned()));
    let location = match &policy.location {
        LocationEdit::Off => None,
        LocationEdit::Front(from, to) => {
            Some(format!("{} becomes {}", from.render(values), to.render(values)))
        }
        LocationEdit::Pattern(from, to) => Some(format!("{} becomes {to}", from.as_str())),
    };
    facet(Kind::Location, "Location of the backend", location);
    for (what, edit) in
        [("Domain of cookies", &policy.cookie_domain), ("Path of cookies", &policy.cookie_path)]
    {
        facet(Kind::ResponseHeaders, what, edit.as_ref().map(|edit| format!("{edit:?}")));
    }
    let sometimes: Vec<String> = policy
        .answer
        .iter()
        .filter(|header| !header.own_only && header.statuses != Statuses::All)
        .map(|header| format!("{}: {} ({:?})", header.name, header.value.render(values), header.statuses))
        .collect();
    facet(
        Kind::ResponseHeaders,
        "headers of some statuses",
        (!sometimes.is_empty()).then(|| sometimes.join(", ")),
    );
}

/// What may refuse a request that is let in by itself.
fn of_guards(
    policy: &Policy,
    values: &impl Variables,
    facet: &mut impl FnMut(Kind, &'static str, Option<String>),
) {
    let limits: Vec<String> =
        policy.limits.iter().map(|limit| format!("{limit}, else {}", limit.status)).collect();
    facet(Kind::Status, "limits", (!limits.is_empty()).then(|| limits.join("; ")));
    let external = policy.access.external.as_ref();
    facet(Kind::Status, "asks first", external.map(|external| external.url.render(values).into_owned()));
}

/// Who is asked for a certificate.
fn client(policy: &Policy) -> Option<Facet> {
    let wanted = policy.client_certificate.as_ref()?;
    let subject = wanted.subject.as_ref().map(|it| format!(", subject {}", it.as_str())).unwrap_or_default();
    let value = format!("{:?}{subject}", wanted.mode);
    Some(Facet { kind: Kind::Tls, what: "client certificate", value })
}

fn endpoint(balance: &Balance) -> Option<String> {
    match balance {
        Balance::Turns | Balance::Service => None,
        Balance::Hash { by, subset: None } => Some(format!("by a hash of {by}")),
        Balance::Hash { by, subset: Some(many) } => Some(format!("{many} by a hash of {by}")),
        Balance::Sticky(cookie) => Some(format!("by the cookie {}", cookie.cookie)),
    }
}

/// Everybody who may get the request, by name; a backend that stands twice once.
fn shares(
    rule: &Rule,
    split: &Split,
    path: &PathMatch,
    witness: &Witness,
    values: &crate::routing::RequestValues<'_, Asked<'_>>,
) -> Vec<Share> {
    let ask = &witness.ask;
    let steered = split.steer(values.request).map(|(backend, _)| backend);
    let share = |backend: &Backend| match steered {
        Some(steered) => f64::from(u8::from(std::ptr::eq(steered, backend))),
        None => split.share(backend),
    };
    let mut all: Vec<Share> = Vec::with_capacity(split.backends.len());
    for backend in split.backends.iter().filter(|backend| share(backend) > 0.0) {
        let broken = backend.problem.is_some();
        if let Some(same) = all.iter_mut().find(|one| one.backend == backend.id && one.broken == broken) {
            same.share += share(backend);
            continue;
        }
        let query = ask.query.as_deref();
        let (target, between, query) = sent::target(Some(rule), Some(backend), &ask.path, query, path);
        let target = if target.is_empty() { String::new() } else { format!("{target}{between}{query}") };
        all.push(Share {
            backend: Arc::clone(&backend.id),
            share: share(backend),
            broken,
            target,
            headers: headers::upstream(rule, backend, witness, values),
        });
    }
    all.sort_by(|a, b| a.backend.cmp(&b.backend).then_with(|| a.broken.cmp(&b.broken)));
    all
}

/// `shop/web:80`
pub(super) fn name(backend: &BackendId) -> String {
    format!("{}:{}", backend.service, backend.port)
}
