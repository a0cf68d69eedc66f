//! Everything about one object as text: how it is and what to do, who refers to whom, where it is from, its fields.

mod conditions;
mod listener;

use serde_json::Value;

use super::{Line, Reading, Tone, findings::Finding, gateways::Tree, rehearsal, told::Told};
use crate::{
    rehearsal::View,
    resource::{Key, Kind, Problem, Severity, show},
    routing::ListenerId,
    tui::format,
    world::references,
};

/// What can be told all about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An object.
    Object(Key),
    /// One listener of a Gateway.
    Listener(ListenerId),
    /// What needs a person, where no single object is behind it.
    Findings(Vec<Finding>),
}

impl About {
    /// Its name: `Gateway infra/edge ▸ https`.
    pub fn name(&self) -> String {
        match self {
            Self::Object(key) => key.to_string(),
            Self::Listener(id) => format!("Gateway {} ▸ {}", id.port.entry, id.name),
            Self::Findings(findings) => {
                findings.first().map(|finding| finding.subject.clone()).unwrap_or_default()
            }
        }
    }
}

/// All about something.
pub fn describe(view: &View, mistakes: &Told, tree: &Tree, about: &About) -> Vec<Line> {
    match about {
        About::Object(key) => object(view, mistakes, key),
        About::Listener(id) => listener::listener(view, mistakes, tree, id),
        About::Findings(findings) => self::findings(findings),
    }
}

/// Everything of one cause, in full.
fn findings(findings: &[Finding]) -> Vec<Line> {
    let mut out = Vec::new();
    for finding in findings {
        out.push(
            Line::of(finding.health.tone(), format!("{} ", finding.health.sign()))
                .and(Tone::Strong, finding.subject.clone()),
        );
        out.push(Line::plain(format!("    {}", finding.words)));
        if !finding.detail.is_empty() {
            out.push(Line::dim(format!("    {}", finding.detail)));
        }
        out.push(Line::default());
    }
    out
}

/// References that are listed at most.
const MOST: usize = 200;

fn more(left: usize, out: &mut Vec<Line>) {
    if left > 0 {
        out.push(Line::dim(format!("    and {left} more")));
    }
}

/// All about an object.
fn object(view: &View, mistakes: &Told, key: &Key) -> Vec<Line> {
    let object = view.world.get(key);
    let mut out = Vec::new();
    let mut first = Line::of(Tone::Strong, key.to_string());
    match object {
        None => first = first.and(Tone::Bad, "   does not exist"),
        Some(object) => {
            if let Some(origin) = &object.origin {
                first = first.and(Tone::Dim, format!("   {}:{}", origin.file.display(), origin.line));
            }
            if object.assumed {
                first =
                    first.and(Tone::Warn, "   assumed").and(Tone::Dim, format!("  {}", assumed(&key.kind)));
            }
        }
    }
    out.push(first);
    conditions::conditions(view, key, &mut out);
    let value = object.map_or(Value::Null, |object| show::shown(object));
    conditions::own_status(&value, &mut out);
    let told = view.problems.iter().filter(|problem| problem.object.as_ref() == Some(key));
    problems(told.chain(mistakes.about(key)), &mut out);
    answered(view, key, &mut out);
    inside(view, key, &mut out);
    links(view, key, &mut out);
    if object.is_some() {
        text(&value, &mut out);
    }
    out
}

/// What the rehearsal does in place of an object that nobody gave.
fn assumed(kind: &Kind) -> &'static str {
    match kind {
        Kind::Service => "nobody gave it; a stand-in answers",
        Kind::Secret => "nobody gave it; the rehearsal makes a certificate",
        Kind::Namespace => "nobody gave it; taken to exist without labels",
        Kind::GatewayClass => "nobody gave it; taken to be ours",
        Kind::Gateway
        | Kind::ListenerSet
        | Kind::HttpRoute
        | Kind::GrpcRoute
        | Kind::TlsRoute
        | Kind::TcpRoute
        | Kind::UdpRoute
        | Kind::ReferenceGrant
        | Kind::BackendTlsPolicy
        | Kind::IngressClass
        | Kind::Ingress
        | Kind::EndpointSlice
        | Kind::ConfigMap
        | Kind::Other(..) => "nobody gave it",
    }
}

/// Who answers for a Service, by port.
fn answered(view: &View, key: &Key, out: &mut Vec<Line>) {
    let own = view.stand_ins.iter().filter(|stand_in| {
        let service = &stand_in.backend.service;
        key.kind.name() == &*service.kind && key.namespace == service.namespace && key.name == service.name
    });
    let before = out.len();
    for stand_in in own {
        if out.len() == before {
            head("Answered by", out);
        }
        let row = rehearsal::stand_in(view, stand_in);
        let mut line = Line::of(row.health.tone(), format!("  {} ", row.health.sign()))
            .and(Tone::Plain, format!(":{}  {}", stand_in.backend.port, row.backing))
            .and(Tone::Dim, format!("   answers {}", format::grouped(row.answers)));
        if let (Reading::Is(rate), Reading::Is(errors)) = (row.traffic.rate, row.traffic.errors) {
            let traffic = format!("   {} requests/s, {} % 5xx", format::rate(rate), format::percent(errors));
            line = line.and(Tone::Dim, traffic);
        }
        if !row.fault.is_empty() {
            line = line.and(Tone::Dim, "   told to fail ").and(Tone::Warn, row.fault);
        }
        out.push(line);
    }
}

/// How many objects of each kind a namespace holds.
fn inside(view: &View, key: &Key, out: &mut Vec<Line>) {
    if key.kind != Kind::Namespace {
        return;
    }
    let before = out.len();
    for (kind, _) in view.world.kinds() {
        let count = view.world.list_in(kind, &key.name).count();
        if count > 0 {
            if out.len() == before {
                head("Holds", out);
            }
            out.push(Line::plain(format!("  {count:>6}  {kind}")));
        }
    }
}

fn head(title: &str, out: &mut Vec<Line>) {
    out.push(Line::default());
    out.push(Line::of(Tone::Head, title));
}

fn problems<'a>(problems: impl Iterator<Item = &'a Problem>, out: &mut Vec<Line>) {
    let mut told: Vec<&str> = Vec::new();
    for problem in problems {
        if told.contains(&problem.message.as_str()) {
            continue;
        }
        if told.is_empty() {
            head("Problems", out);
        }
        told.push(&problem.message);
        let (health, sign) = match problem.severity {
            Severity::Error => (Tone::Bad, "✗"),
            Severity::Warning => (Tone::Warn, "!"),
            Severity::Info => (Tone::Dim, "·"),
        };
        out.push(
            Line::of(health, format!("  {sign} "))
                .and(Tone::Plain, problem.message.clone())
                .and(Tone::Dim, format!("  {}", problem.code)),
        );
        if let Some(field) = &problem.field {
            out.push(Line::dim("      at ").and(Tone::Plain, field.clone()));
        }
        if !problem.fix.is_empty() {
            out.push(Line::of(Tone::Accent, "      → ").and(Tone::Plain, problem.fix.clone()));
        }
    }
}

fn links(view: &View, key: &Key, out: &mut Vec<Line>) {
    let refers = view.world.get(key).map(|object| references(object)).unwrap_or_default();
    if !refers.is_empty() {
        head("Refers to", out);
    }
    for reference in refers {
        let there = view.world.get(&reference.to);
        let (tone, sign) = if there.is_some() { (Tone::Good, "✓") } else { (Tone::Bad, "✗") };
        let mut line = Line::of(tone, format!("  {sign} "))
            .and(Tone::Plain, reference.to.to_string())
            .and(Tone::Dim, format!("  {}", reference.field));
        if there.is_none() {
            line = line.and(Tone::Bad, "  does not exist");
        } else if there.is_some_and(|object| object.assumed) {
            line = line.and(Tone::Warn, "  assumed");
        }
        out.push(line);
    }
    let mut referrers = view.world.referrers(key).peekable();
    if referrers.peek().is_some() {
        head("Referred to by", out);
    }
    out.extend(referrers.by_ref().take(MOST).map(|referrer| Line::plain(format!("    {referrer}"))));
    more(referrers.count(), out);
}

fn text(value: &Value, out: &mut Vec<Line>) {
    head("Text", out);
    let mut shown = value.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.remove("status");
    }
    for line in show::to_yaml(&shown).lines() {
        let name_ends = line.find(':').filter(|at| {
            let name = line.get(..*at).unwrap_or("").trim_start().trim_start_matches("- ");
            !name.is_empty() && !name.contains(['\'', '"', ' '])
        });
        let key_end =
            name_ends.filter(|at| line.len() == at + 1 || line.as_bytes().get(at + 1) == Some(&b' '));
        out.push(match key_end {
            Some(at) => {
                let (name, rest) = line.split_at(at + 1);
                Line::of(Tone::Accent, format!("  {name}")).and(Tone::Plain, rest)
            }
            None => Line::plain(format!("  {line}")),
        });
    }
}
