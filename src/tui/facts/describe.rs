//! Everything about one object as text: how it is and what to do, who refers to whom, where it is from, its fields.

use serde_json::Value;

use super::{
    Health, Line, Reading, Tone,
    findings::Finding,
    gateways::Tree,
    reasons, rehearsal,
    routes::parent_name,
    told::Told,
    yaml::{self, without_secrets},
};
use crate::{
    dialect::gateway::ListenerStatus,
    rehearsal::{CertificateView, View},
    resource::{Condition, Key, Kind, Problem, Severity},
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
        About::Listener(id) => listener(view, mistakes, tree, id),
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

/// One listener: how it is and what to do, where it listens, who is attached, its fields.
fn listener(view: &View, mistakes: &Told, tree: &Tree, id: &ListenerId) -> Vec<Line> {
    let gateway = Key::new(Kind::Gateway, &*id.port.entry.namespace, &*id.port.entry.name);
    let name = format!("{} ▸ {}", gateway.path(), id.name);
    let mut out = vec![Line::of(Tone::Strong, format!("listener {name}"))];
    let status = view.compiled.status.gateways.get(&gateway);
    let value = view.world.get(&gateway).map_or(Value::Null, |object| object.value());
    let fields = value.pointer("/spec/listeners").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let named = |field: &&Value| field.get("name").and_then(Value::as_str) == Some(&*id.name);
    match status.and_then(|status| status.listeners.iter().find(|listener| listener.id == *id)) {
        Some(listener) => {
            socket(view, listener, &mut out);
            head("Conditions", &mut out);
            explained(&listener.conditions, &name, &mut out);
        }
        None => out.push(Line::of(Tone::Bad, "  does not exist")),
    }
    let at = fields.iter().position(|field| named(&field));
    let place = at.map(|at| format!("spec.listeners[{at}]"));
    let own = |problem: &&Problem| {
        let field = problem.field.as_deref().unwrap_or_default();
        problem.object.as_ref() == Some(&gateway)
            && place.as_deref().is_some_and(|place| field.starts_with(place))
    };
    problems(view.problems.iter().chain(mistakes.about(&gateway)).filter(own), &mut out);
    let attached = tree.attached(id);
    if !attached.is_empty() {
        head("Routes attached", &mut out);
    }
    out.extend(attached.iter().take(MOST).map(|route| Line::plain(format!("    {route}"))));
    more(attached.len().saturating_sub(MOST), &mut out);
    if let Some(field) = fields.iter().find(named) {
        text(field, &mut out);
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

/// Attached routes, where a listener listens, and whose certificate it shows.
fn socket(view: &View, listener: &ListenerStatus, out: &mut Vec<Line>) {
    let mut line = Line::dim("  attached routes ").and(Tone::Plain, listener.attached_routes.to_string());
    if let Some(socket) = view.listeners.iter().find(|l| l.id == listener.id) {
        line = match &socket.address {
            Ok(address) => line.and(Tone::Dim, "   listens on ").and(Tone::Plain, address.to_string()),
            Err(why) => line.and(Tone::Dim, "   does not listen: ").and(Tone::Bad, why.clone()),
        };
        line = match socket.certificate {
            CertificateView::None => line,
            CertificateView::Given => line.and(Tone::Dim, "   certificate of the manifests"),
            CertificateView::MadeHere => line.and(Tone::Warn, "   certificate made here"),
            CertificateView::Missing => line.and(Tone::Bad, "   no certificate"),
        };
    }
    out.push(line);
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
    conditions(view, key, &mut out);
    let value = object.map_or(Value::Null, |object| without_secrets(object.value()));
    own_status(&value, &mut out);
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

fn conditions(view: &View, key: &Key, out: &mut Vec<Line>) {
    let status = &view.compiled.status;
    let before = out.len();
    if let Some(all) = status.classes.get(key) {
        head("Conditions", out);
        explained(all, "", out);
    }
    if let Some(gateway) = status.gateways.get(key) {
        head("Conditions", out);
        explained(&gateway.conditions, "", out);
        for listener in &gateway.listeners {
            let name = format!("{} ▸ {}", key.path(), listener.id.name);
            head(&format!("Listener {}", listener.id.name), out);
            socket(view, listener, out);
            explained(&listener.conditions, &name, out);
        }
    }
    if let Some(parents) = status.routes.get(key) {
        for parent in parents.iter() {
            let name = parent_name(&parent.gateway, &parent.parent);
            head(&format!("Parent {name}"), out);
            let attached: Vec<String> =
                parent.listeners.iter().map(|id| format!("{} ▸ {}", id.port.entry, id.name)).collect();
            out.push(match (attached.is_empty(), parent.served) {
                (_, false) if key.kind != Kind::HttpRoute => {
                    Line::dim("  · not served yet: this kind is loaded and listed only")
                }
                (true, _) => Line::dim("  attached to no listener"),
                (false, false) => {
                    Line::dim("  · listener not served: ").and(Tone::Plain, attached.join(", "))
                }
                (false, true) => Line::dim("  attached to ").and(Tone::Plain, attached.join(", ")),
            });
            explained(&parent.conditions, &name, out);
        }
    }
    let has_status =
        key.kind.is_route() || matches!(key.kind, Kind::Gateway | Kind::GatewayClass | Kind::ListenerSet);
    if out.len() == before && has_status {
        head("Conditions", out);
        out.push(Line::dim("  ? no controller of ours looks at this object"));
    }
}

fn explained(conditions: &[Condition], parent: &str, out: &mut Vec<Line>) {
    let mut sorted: Vec<&Condition> = conditions.iter().collect();
    sorted.sort_by_key(|condition| Health::of(condition));
    for condition in sorted {
        let health = Health::of(condition);
        let mut line = Line::of(health.tone(), format!("  {} ", health.sign()))
            .and(Tone::Plain, format!("{:<20} ", condition.kind))
            .and(Tone::Dim, format!("{:?}  ", condition.status))
            .and(Tone::Plain, condition.reason.to_string());
        let words = reasons::words(condition, parent);
        if health != Health::Ok && words != condition.reason {
            line = line.and(Tone::Dim, format!("  {words}"));
        }
        out.push(line);
        if health == Health::Ok {
            continue;
        }
        if !condition.message.is_empty() {
            out.push(Line::plain(format!("      {}", condition.message)));
        }
        if let Some(field) = &condition.field {
            out.push(Line::dim("      at ").and(Tone::Plain, field.clone()));
        }
        if !condition.cure.is_empty() {
            out.push(Line::of(Tone::Accent, "      → ").and(Tone::Plain, condition.cure.clone()));
        }
    }
}

/// What the object itself says of its status: somebody else's word, never mixed with ours.
fn own_status(value: &Value, out: &mut Vec<Line>) {
    let Some(status) = value.get("status").filter(|status| !status.is_null()) else { return };
    let generation = value.pointer("/metadata/generation").and_then(Value::as_i64);
    let mut lines = Vec::new();
    gather(status, "", generation, &mut lines);
    if !lines.is_empty() {
        head("Status in its text  (written by another controller)", out);
        out.append(&mut lines);
    }
}

fn gather(status: &Value, place: &str, generation: Option<i64>, out: &mut Vec<Line>) {
    for condition in status.get("conditions").and_then(Value::as_array).into_iter().flatten() {
        let text = |field: &str| condition.get(field).and_then(Value::as_str).unwrap_or("?").to_owned();
        let seen = condition.get("observedGeneration").and_then(Value::as_i64);
        let mut line = Line::dim(format!("  {place}"))
            .and(Tone::Plain, format!("{} {} {}", text("type"), text("status"), text("reason")));
        if let (Some(seen), Some(generation)) = (seen, generation)
            && seen < generation
        {
            line = line.and(Tone::Warn, format!("  ◌ of generation {seen}, the object is at {generation}"));
        }
        out.push(line);
    }
    for (list, name) in [("parents", "/parentRef/name"), ("listeners", "/name")] {
        for inner in status.get(list).and_then(Value::as_array).into_iter().flatten() {
            let name = inner.pointer(name).and_then(Value::as_str).unwrap_or("?");
            gather(inner, &format!("{name}: "), generation, out);
        }
    }
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
    for line in yaml::lines(&shown) {
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
