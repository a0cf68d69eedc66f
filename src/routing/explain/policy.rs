//! What a rule's policy does with a request, told; by the same functions that the proxy executes.

use std::{borrow::Cow, net::IpAddr};

use super::{Ask, Asked};
use crate::routing::{
    Action, Admission, AnswerHeader, Arrival, CookieEdit, Edited, Host, How, LocationEdit, Policy,
    Request as _, RequestValues, Rule, Sources, Statuses, sent, verify_password,
};

/// What stands for the address of a client that is only described.
const CLIENT_ADDRESS: &str = "<client address>";
/// What stands for an id that is made for each request.
const RANDOM: &str = "<random>";

/// Whether a text was told with parts that only a real request has.
pub fn is_unknown(text: &str) -> bool {
    text.contains(CLIENT_ADDRESS) || text.contains(RANDOM)
}

/// What values of a request borrow from, where it is only described.
pub(in crate::routing) struct Described<'a> {
    asked: Asked<'a>,
    host: Cow<'a, str>,
    port: String,
    client: Option<(IpAddr, String)>,
}

impl<'a> Described<'a> {
    pub(in crate::routing) fn new(ask: &'a Ask) -> Self {
        Self::from(ask, None)
    }

    /// The same, by a client of this address.
    pub(in crate::routing) fn from(ask: &'a Ask, client: Option<IpAddr>) -> Self {
        let host = Host::from_authority(&ask.host).unwrap_or(Cow::Borrowed(""));
        let client = client.map(|client| (client, client.to_string()));
        Self { asked: Asked(ask), host, port: ask.port.to_string(), client }
    }

    /// What it knows of itself; who asks is known only where it was said.
    pub(in crate::routing) fn values(&self) -> RequestValues<'_, Asked<'a>> {
        let ask = self.asked.0;
        let arrival = Arrival {
            encrypted: ask.scheme.eq_ignore_ascii_case("https"),
            authority: &ask.host,
            host: &self.host,
            fragment: "",
            path: &ask.path,
            protocol: "HTTP/1.1",
            port: &self.port,
            peer: self.client.as_ref().map(|(client, _)| *client),
            peer_text: self.client.as_ref().map_or(CLIENT_ADDRESS, |(_, text)| text),
            certificate: crate::routing::Certificate::default(),
            new_id: || RANDOM.to_owned(),
        };
        RequestValues::new(&self.asked, arrival)
    }
}

/// An answer that access gives for certain: status and reason.
pub(in crate::routing) fn refused(
    policy: &Policy,
    values: &RequestValues<'_, Asked<'_>>,
) -> Option<(u16, String)> {
    let authorization = values.request.header("authorization");
    match policy.access.admit(values.client(), authorization.as_deref(), verify_password) {
        Admission::Open | Admission::Ask(_) => None,
        Admission::Forbidden => Some((403, "the client's address may not ask".to_owned())),
        Admission::Unauthorized(realm) => {
            let why = if authorization.is_some() {
                "not a user with this password"
            } else {
                "no password is given"
            };
            Some((401, format!("{why}; realm \"{realm}\"")))
        }
    }
}

/// The edits of a request on its way to a backend: what the policy says in place of the client's, then the filters.
pub(in crate::routing) fn request(
    mut edited: Edited,
    policy: Option<&Policy>,
    values: &RequestValues<'_, Asked<'_>>,
) -> Edited {
    let Some(policy) = policy else { return edited };
    let mut put = Vec::new();
    let mut dropped: Vec<String> = Vec::new();
    for (name, template) in &policy.request {
        let value = template.render(values);
        let lower = name.to_ascii_lowercase();
        if lower == "host" {
            if edited.host.is_none() && !value.is_empty() {
                edited.host = Some(value.into_owned());
            }
            continue;
        }
        if !edited.dropped.contains(&lower) {
            if !value.is_empty() && sent::is_value(&value) {
                put.push((name.to_string(), value.into_owned()));
            }
            dropped.push(lower);
        }
    }
    for (name, _) in &values.request.0.headers {
        if !policy.names.take(name) && !dropped.contains(name) {
            dropped.push(name.clone());
        }
    }
    dropped.append(&mut edited.dropped);
    put.append(&mut edited.put);
    Edited { dropped, put, host: edited.host }
}

/// The edits of a backend's answer, as far as they do not depend on its status.
pub(super) fn answer(
    mut edited: Edited,
    policy: Option<&Policy>,
    values: &RequestValues<'_, Asked<'_>>,
) -> Edited {
    let Some(policy) = policy else { return edited };
    let origin = values.request.header("origin");
    let shared = policy.origins.as_ref().and_then(|origins| origins.headers(origin.as_deref()));
    for (name, value) in shared.into_iter().flatten() {
        edited.dropped.push(name.to_owned());
        edited.put.push((name.to_owned(), value));
    }
    edited.dropped.extend(policy.hides.iter().map(|name| name.to_ascii_lowercase()));
    let encrypted = values.arrival.encrypted;
    let always =
        |header: &&AnswerHeader| header.statuses == Statuses::All && (encrypted || !header.encrypted_only);
    for header in policy.answer.iter().filter(always) {
        let value = header.value.render(values);
        match header.how {
            How::Set => edited.dropped.push(header.name.to_ascii_lowercase()),
            How::Add => {}
        }
        if !value.is_empty() && sent::is_value(&value) {
            edited.put.push((header.name.to_string(), value.into_owned()));
        }
    }
    edited
}

/// What it depends on beyond the request, and what is done to answers by their status.
pub(super) fn conditions(rule: &Rule, policy: &Policy, values: &RequestValues<'_, Asked<'_>>) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(most) = policy.max_body {
        told.push(format!("a body of more than {most} bytes is answered with 413"));
    }
    for limit in &policy.limits {
        told.push(format!("at most {limit}; what is beyond it is answered with {}", limit.status));
    }
    access(policy, values, &mut told);
    for header in policy.answer.iter().filter(|header| header.statuses != Statuses::All) {
        let which = match &header.statuses {
            Statuses::All => String::new(),
            Statuses::Good => "2xx and 3xx".to_owned(),
            Statuses::Only(list) => list.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        };
        told.push(format!("answers with {which} get {}: {}", header.name, header.value.render(values)));
    }
    match &policy.location {
        LocationEdit::Off => {}
        LocationEdit::Front(from, to) => told.push(format!(
            "a Location of the backend that begins with {} begins with {}",
            from.render(values),
            to.render(values)
        )),
        LocationEdit::Pattern(expression, to) => {
            told.push(format!("a Location of the backend that matches {} becomes {to}", expression.as_str()));
        }
    }
    for (attribute, edit) in [("Domain", &policy.cookie_domain), ("Path", &policy.cookie_path)] {
        let change = match edit {
            Some(CookieEdit::Text(from, to)) => format!("{from} becomes {to}"),
            Some(CookieEdit::Pattern(from, to)) => format!("what matches {} becomes {to}", from.as_str()),
            None => continue,
        };
        told.push(format!("{attribute} of the backend's cookies: {change}"));
    }
    if let Some(errors) = &policy.errors {
        let codes = errors.codes.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        let who = errors.backend.as_ref().map_or_else(
            || "nobody, which is a 500 of its own".to_owned(),
            |backend| format!("{}:{}", backend.service, backend.port),
        );
        told.push(format!("in place of {codes} answers {who}"));
    }
    steers(rule, values, &mut told);
    tls(rule, values.arrival.encrypted, &mut told);
    told
}

fn access(policy: &Policy, values: &RequestValues<'_, Asked<'_>>, told: &mut Vec<String>) {
    let access = &policy.access;
    let list = |nets: &[ipnet::IpNet]| nets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let Sources { deny, allow } = &access.sources;
    if values.client().is_none() {
        if !deny.is_empty() {
            told.push(format!("clients of {} are answered with 403; assumed to be none", list(deny)));
        }
        if !allow.is_empty() {
            told.push(format!("only clients of {}, others get 403; assumed to be one", list(allow)));
        }
    }
    if let Some(basic) = &access.basic {
        told.push(format!("a user and a password of realm \"{}\", {} users", basic.realm, basic.users.len()));
    }
    if let Some(external) = &access.external {
        told.push(match &external.backend {
            Some(backend) => {
                format!("asks {}:{} first; assumed to agree", backend.service, backend.port)
            }
            None => format!("{} would be asked first; it is not, and assumed to agree", external.url),
        });
    }
    if access.any {
        told.push("one of these is enough".to_owned());
    }
}

/// TLS to backends.
fn tls(rule: &Rule, encrypted: bool, told: &mut Vec<String>) {
    let Action::Forward(split) = &rule.action else { return };
    for backend in &split.backends {
        let Some(tls) = backend.protocol.as_ref().and_then(|spoken| spoken.tls(encrypted)) else { continue };
        let checked = match &tls.authorities {
            Some(_) => format!("its certificate must be one for {}", tls.name),
            None => "any certificate is taken".to_owned(),
        };
        let sent = if tls.sends_name { format!("; {} is sent as SNI", tls.name) } else { String::new() };
        let service = &backend.id.service;
        told.push(format!("{service}:{} is spoken to over TLS: {checked}{sent}", backend.id.port));
    }
}

fn steers(rule: &Rule, values: &RequestValues<'_, Asked<'_>>, told: &mut Vec<String>) {
    let Action::Forward(split) = &rule.action else { return };
    let taken = split.steer(values.request).map(|(_, steer)| std::ptr::from_ref(steer));
    for steer in &split.steers {
        let Some(backend) = split.backends.get(steer.to as usize) else { continue };
        let here = if taken == Some(std::ptr::from_ref(steer)) { ": this request" } else { "" };
        told.push(format!("{} leads to {}:{}{here}", steer.when, backend.id.service, backend.id.port));
    }
}
