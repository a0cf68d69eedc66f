//! Headers as a backend gets them, and as the client gets them from the entry point.

use super::Witness;
use crate::routing::{
    AnswerHeader, Backend, Edited, HeaderEdits, How, Policy, Request, RequestValues, Rule, Statuses,
    explain::{Asked, policy},
    sent,
};

/// One name and its values, as one text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) value: String,
}

/// Stands for a header that is taken out of what a backend answers.
pub(super) const TAKEN_OUT: &str = "(taken out)";

/// Puts lines of one name together.
fn merged(mut lines: Vec<Line>) -> Vec<Line> {
    for line in &mut lines {
        line.name.make_ascii_lowercase();
    }
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    let mut all: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        match all.last_mut() {
            Some(last) if last.name == line.name => {
                last.value.push_str(", ");
                last.value.push_str(&line.value);
            }
            Some(_) | None => all.push(line),
        }
    }
    all
}

/// What a backend gets, by the rules by which the proxy writes it.
pub(super) fn upstream(
    rule: &Rule,
    backend: &Backend,
    witness: &Witness,
    values: &RequestValues<'_, Asked<'_>>,
) -> Vec<Line> {
    let ask = &witness.ask;
    let policy = rule.policy.as_deref();
    let edited = policy::request(Edited::of_request(Some(rule), Some(backend)), policy, values);
    let mut lines = Vec::with_capacity(edited.put.len() + ask.headers.len() + 5);
    let drops = |name: &str| edited.dropped.iter().any(|dropped| dropped == name);
    let forwards = |name: &str| {
        name.starts_with("x-forwarded-") && matches!(name.get(12..), Some("for" | "proto" | "host" | "port"))
    };
    for (name, value) in &ask.headers {
        let ours = policy.is_none() && forwards(name);
        if name != "host" && !HeaderEdits::is_fixed(name) && !drops(name) && !ours {
            lines.push(Line { name: name.clone(), value: value.clone() });
        }
    }
    let authority = witness.authority();
    if policy.is_none() {
        let came = values.request.header("x-forwarded-for");
        let client = values.arrival.peer_text;
        let chain = came.map_or_else(|| client.to_owned(), |came| format!("{came}, {client}"));
        let port = values.arrival.port;
        for (name, value) in [
            ("x-forwarded-for", chain.as_str()),
            ("x-forwarded-proto", &ask.scheme),
            ("x-forwarded-host", &authority),
            ("x-forwarded-port", port),
        ] {
            if !drops(name) {
                lines.push(Line { name: name.to_owned(), value: value.to_owned() });
            }
        }
    }
    let host = sent::host(Some(rule), Some(backend), &edited).unwrap_or(&authority);
    lines.push(Line { name: "host".to_owned(), value: host.to_owned() });
    if let Some(connection) = policy.and_then(|policy| policy.connection.as_deref()) {
        lines.push(Line { name: "connection".to_owned(), value: connection.to_owned() });
    }
    lines.extend(edited.put.into_iter().map(|(name, value)| Line { name, value }));
    merged(lines)
}

/// Headers of an answer that the entry point makes itself.
pub(super) fn own<R: Request>(
    rule: &Rule,
    status: u16,
    encrypted: bool,
    added: &[(&'static str, String)],
    values: &RequestValues<'_, R>,
) -> Vec<Line> {
    let mut lines: Vec<Line> = line_up(added);
    lines.extend(
        Edited::of_answer(Some(rule), None).put.into_iter().map(|(name, value)| Line { name, value }),
    );
    let policy = rule.policy.as_deref();
    let of_policy = policy.into_iter().flat_map(|policy| &*policy.answer);
    for header in of_policy.filter(|header| header.is_for(status, encrypted)) {
        put(header, values, &mut lines);
    }
    merged(lines)
}

/// These alone.
pub(super) fn plain(added: &[(&'static str, String)]) -> Vec<Line> {
    merged(line_up(added))
}

fn line_up(added: &[(&'static str, String)]) -> Vec<Line> {
    added.iter().map(|(name, value)| Line { name: (*name).to_owned(), value: value.clone() }).collect()
}

/// What is done to a backend's answer, whatever its status.
pub(super) fn of_backend<R: Request>(
    rule: &Rule,
    backend: Option<&Backend>,
    encrypted: bool,
    added: &[(&'static str, String)],
    values: &RequestValues<'_, R>,
) -> Vec<Line> {
    let edited = Edited::of_answer(Some(rule), backend);
    let mut dropped = edited.dropped;
    let mut lines = line_up(added);
    lines.extend(edited.put.into_iter().map(|(name, value)| Line { name, value }));
    if let Some(policy) = rule.policy.as_deref() {
        dropped.extend(policy.hides.iter().map(|name| name.to_ascii_lowercase()));
        always(policy, encrypted).for_each(|header| {
            let before = lines.len();
            put(header, values, &mut lines);
            if header.how == How::Set && lines.len() == before {
                dropped.push(header.name.to_ascii_lowercase());
            }
        });
    }
    let mut lines = merged(lines);
    for name in dropped {
        if lines.iter().all(|line| line.name != name) {
            lines.push(Line { name, value: TAKEN_OUT.to_owned() });
        }
    }
    lines.sort();
    lines.dedup();
    lines
}

fn always(policy: &Policy, encrypted: bool) -> impl Iterator<Item = &AnswerHeader> {
    policy.answer.iter().filter(move |header| {
        header.statuses == Statuses::All && !header.own_only && (encrypted || !header.encrypted_only)
    })
}

fn put<R: Request>(header: &AnswerHeader, values: &RequestValues<'_, R>, lines: &mut Vec<Line>) {
    let value = header.value.render(values);
    if !value.is_empty() && sent::is_value(&value) {
        lines.push(Line { name: header.name.to_string(), value: value.into_owned() });
    }
}
