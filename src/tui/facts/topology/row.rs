//! What a place on the way shows: its name, how it is and why, and the requests that go through it.

use serde_json::Value;

use super::Node;
use crate::{
    dialect::gateway::permits,
    rehearsal::CertificateView,
    resource::{Key, Kind},
    tui::facts::{
        Health, Known, Mark, Measures, Reading,
        describe::{About, matches},
        known::stand_ins,
        links::{self, pointer, role},
        measure,
        page::Target,
        rehearsal,
        routes::{parent_name, parent_row},
        words::{items, percent, text},
    },
};

/// A line of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// A head between two trees.
    pub head: bool,
    /// How it is; none for lines that are no thing.
    pub health: Option<Health>,
    /// Its name.
    pub name: String,
    /// What more there is to say: hostname, weight, address.
    pub note: String,
    /// What is wrong.
    pub words: String,
    /// What goes through.
    pub traffic: Measures,
    /// Where it leads.
    pub target: Option<(&'static str, Target)>,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            head: false,
            health: None,
            name: String::new(),
            note: String::new(),
            words: String::new(),
            traffic: Measures::NOTHING,
            target: None,
        }
    }
}

impl Row {
    fn of(mark: Mark, name: String) -> Self {
        Self { health: Some(mark.health), words: mark.words, name, ..Self::default() }
    }
}

/// The line of a node.
pub fn row(known: &Known<'_>, node: &Node) -> Row {
    match node {
        Node::Object(key) => object(known, key),
        Node::Listener(id) => listener(known, id),
        Node::Apart(_) => Row {
            words: "not taken".to_owned(),
            ..Row::of(Mark::of(Health::Broken, ""), "attached to no listener".to_owned())
        },
        Node::Parent(route, at) => match known.parents(route).get(*at) {
            Some(parent) => {
                let row = parent_row(&route.kind, parent);
                let name =
                    format!("{} {}", parent.gateway.kind, parent_name(&parent.gateway, &parent.parent));
                let mut out = Row::of(Mark::of(row.health, row.words), name);
                out.target = Some(("parent", links::parent(known, parent)));
                out
            }
            None => Row::default(),
        },
        Node::Rule(route, rule) => self::rule(known, route, *rule),
        Node::Backend { route, rule, field, to } => backend(known, route, *rule, field, to),
        Node::Reference(from, field, to) => {
            let mut out = Row::of(known.mark(to), to.to_string());
            out.note = format!("{from}  {}", place_of(known, from, field));
            out.target = Some((role(field), Target::object(to)));
            out
        }
        Node::Holder(from, field) => {
            let mut out = Row::of(known.mark(from), from.to_string());
            out.note = place_of(known, from, field);
            out.target = Some(("referrer", Target::object(from)));
            out
        }
        Node::StandIn(id) => {
            let own = known.view.and_then(|view| {
                let key = Key::new(
                    Kind::from_group("", &id.service.kind),
                    &*id.service.namespace,
                    &*id.service.name,
                );
                let found = stand_ins(view, &key).iter().find(|one| one.backend == *id)?;
                Some(rehearsal::stand_in(view, found))
            });
            let Some(own) = own else { return Row::default() };
            let words =
                if own.fault.is_empty() { String::new() } else { format!("told to fail: {}", own.fault) };
            let health = if own.fault.is_empty() { own.health } else { Health::Attention };
            let mut out = Row::of(Mark::of(health, words), format!(":{}  {}", id.port, own.backing));
            out.traffic = own.traffic;
            out.target = Some(("stand-in", Target::StandIn(std::sync::Arc::clone(id))));
            out
        }
        Node::Endpoint(slice, at) => endpoint(known, slice, *at),
    }
}

fn object(known: &Known<'_>, key: &Key) -> Row {
    let mut out = Row::of(known.mark(key), key.to_string());
    out.traffic = traffic(known, key);
    out.target = Some(("object", Target::object(key)));
    out
}

/// Requests that go through an object, where such are counted.
pub fn traffic(known: &Known<'_>, key: &Key) -> Measures {
    match &key.kind {
        Kind::Gateway => known.measures(&measure::of_gateway(key)),
        Kind::HttpRoute => {
            let attached =
                known.parents(key).iter().any(|parent| parent.served && !parent.listeners.is_empty());
            if attached { known.measures(&measure::of_route(key)) } else { Measures::NOTHING }
        }
        Kind::Service => {
            let Some(view) = known.view else { return Measures::NOTHING };
            let ports = stand_ins(view, key).iter();
            let all: Vec<Measures> = ports
                .map(|one| {
                    known.measures(&measure::of_service(&one.backend.service.to_string(), one.backend.port))
                })
                .collect();
            match all.as_slice() {
                [] => Measures::NOTHING,
                [only] => *only,
                many => sum(many),
            }
        }
        _ => Measures::NOTHING,
    }
}

/// Of several ports together: the rate; the share of errors by it.
fn sum(many: &[Measures]) -> Measures {
    let mut rate = 0.0;
    let mut errors = 0.0;
    for one in many {
        let Reading::Is(own) = one.rate else { return Measures { rate: one.rate, ..Measures::NOTHING } };
        rate += own;
        if let Reading::Is(share) = one.errors {
            errors += own * share;
        }
    }
    let errors = if rate > 0.0 { Reading::Is(errors / rate) } else { Reading::Nothing };
    Measures { rate: Reading::Is(rate), errors, p95: Reading::Nothing }
}

fn listener(known: &Known<'_>, id: &crate::routing::ListenerId) -> Row {
    let name = format!("listener {} ▸ {}", id.port.entry, id.name);
    let Some(status) = known.listener(id) else {
        return Row::of(Mark::of(Health::Broken, "does not exist"), name);
    };
    let who = format!("{} ▸ {}", id.port.entry, id.name);
    let mut out = Row::of(Mark::judged(&status.conditions, &who), name);
    out.target = Some(("listener", Target::About(About::Listener(id.clone()))));
    let mut notes = vec![format!(":{}", id.port.port)];
    let socket = known.view.and_then(|view| view.listeners.iter().find(|one| one.id == *id));
    if let Some(socket) = socket {
        notes.insert(0, socket.hostname.clone());
        match &socket.address {
            Ok(address) => notes.push(address.to_string()),
            Err(why) if out.words.is_empty() => out.words.clone_from(why),
            Err(_) => {}
        }
        if socket.certificate == CertificateView::MadeHere {
            notes.push("certificate made here".to_owned());
        }
    }
    notes.push(match status.attached_routes {
        1 => "1 route".to_owned(),
        many => format!("{} routes", crate::tui::format::grouped(u64::from(many))),
    });
    out.note = notes.join("  ");
    if status.served {
        out.traffic = known.measures(&measure::of_listener(id));
    }
    out
}

fn rule(known: &Known<'_>, route: &Key, rule: usize) -> Row {
    let value = known.world.get(route).map(|object| object.value()).unwrap_or_default();
    let field = format!("spec.rules[{rule}]");
    let spec = value.pointer(&pointer(&field)).unwrap_or(&Value::Null);
    let own = text(spec, "/name");
    let name = format!("{} ▸ rule {} {own}", route, rule + 1);
    // Conditions of a route tell of its rules by their fields.
    let conditions = known.parents(route).iter().flat_map(|parent| &parent.conditions);
    let mut bad = conditions.filter(|one| !one.is_good());
    let told = bad.find(|one| one.field.as_deref().is_some_and(|at| links::within(at, &field)));
    let problem = known.problems(route).into_iter();
    let mut problem = problem.filter(|one| one.field.as_deref().is_some_and(|at| links::within(at, &field)));
    let mark = match (told, problem.next()) {
        (Some(condition), _) => {
            Mark::of(Health::of(condition), crate::tui::facts::reasons::words(condition, &route.path()))
        }
        (None, Some(problem)) => Mark::of(Health::Attention, problem.message.clone()),
        (None, None) => Mark::well(),
    };
    let mut out = Row::of(mark, name.trim_end().to_owned());
    let all = matches(&route.kind, spec);
    out.note = match all.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one}  + {} more", rest.len()),
    };
    if items(spec, "/backendRefs").is_empty() {
        let redirects = items(spec, "/filters").iter().any(|one| text(one, "/type") == "RequestRedirect");
        out.note.push_str(if redirects { "  answers with a redirect" } else { "  no backend: 500" });
    }
    if route.kind == Kind::HttpRoute {
        out.traffic = known.measures(&measure::of_rule(route, rule));
    }
    out.target = Some(("text", Target::Text(route.clone(), field)));
    out
}

fn backend(known: &Known<'_>, route: &Key, rule: usize, field: &str, to: &Key) -> Row {
    let value = known.world.get(route).map(|object| object.value()).unwrap_or_default();
    let own = value.pointer(&pointer(field)).unwrap_or(&Value::Null);
    let port = text(own, "/port");
    let name = if port.is_empty() { to.to_string() } else { format!("{to}:{port}") };
    let mark = if known.world.get(to).is_some() && !permits(known.world, &route.kind, &route.namespace, to) {
        Mark::of(Health::Broken, "no ReferenceGrant allows it")
    } else {
        known.mark(to)
    };
    let mut out = Row::of(mark, name);
    out.target = Some((role(field), Target::object(to)));
    let weighted = field
        .strip_suffix(']')
        .is_some_and(|front| front.rsplit_once('[').is_some_and(|(list, _)| list.ends_with("backendRefs")));
    if weighted {
        let spec = value.pointer(&format!("/spec/rules/{rule}")).unwrap_or(&Value::Null);
        let all = items(spec, "/backendRefs");
        let weight = |one: &Value| one.get("weight").and_then(Value::as_u64).unwrap_or(1);
        let total: u64 = all.iter().map(weight).sum();
        let share = if total == 0 { 0.0 } else { weight(own) as f64 / total as f64 };
        if all.len() > 1 {
            out.note = format!("weight {}  {}", weight(own), percent(share));
        }
        if route.kind == Kind::HttpRoute {
            let port = port.parse().unwrap_or(0);
            out.traffic = known.measures(&measure::of_backend(route, rule, to, port));
        }
    } else {
        let mirror = field.contains("requestMirror");
        let filter = field.strip_suffix(".backendRef").unwrap_or(field);
        let filter = value.pointer(&pointer(filter)).unwrap_or(&Value::Null);
        out.note = match (mirror, text(filter, "/percent")) {
            (false, _) => "asked first".to_owned(),
            (true, share) if share.is_empty() => "mirror".to_owned(),
            (true, share) => format!("mirror {share} %"),
        };
    }
    out
}

/// Where a reference stands: an Ingress's host and path, else the field.
fn place_of(known: &Known<'_>, from: &Key, field: &str) -> String {
    let value = known.world.get(from).map(|object| object.value()).unwrap_or_default();
    let rule = field.find("].http").and_then(|at| field.get(..=at));
    let path = field.find(".backend").and_then(|at| field.get(..at));
    match (&from.kind, rule, path) {
        (Kind::Ingress, Some(rule), Some(path)) => {
            let host = text(&value, &format!("{}/host", pointer(rule)));
            let path = text(&value, &format!("{}/path", pointer(path)));
            format!("{}{path}", if host.is_empty() { "*" } else { &host })
        }
        _ => field.to_owned(),
    }
}

fn endpoint(known: &Known<'_>, slice: &Key, at: usize) -> Row {
    let value = known.world.get(slice).map(|object| object.value()).unwrap_or_default();
    let one = value.pointer(&format!("/endpoints/{at}")).unwrap_or(&Value::Null);
    let ready = one.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true);
    let mark = if ready { Mark::well() } else { Mark::of(Health::Attention, "not ready") };
    let addresses: Vec<String> =
        items(one, "/addresses").iter().map(crate::tui::facts::words::plain).collect();
    let mut out = Row::of(mark, format!("endpoint {}", addresses.join(", ")));
    let field = format!("endpoints[{at}]");
    out.target = Some(("text", Target::Text(slice.clone(), field)));
    out
}
