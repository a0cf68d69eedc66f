//! A Gateway: its listeners, what each takes, serves and says, and the routes that were not taken.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    About, MOST,
    conditions::{self, Read},
    head_line, more_line,
};
use crate::{
    dialect::gateway::ListenerStatus,
    rehearsal::{CertificateView, View},
    resource::{Key, Kind},
    routing::ListenerId,
    tui::facts::{
        Known, Line, Tone,
        links::{self, Writer},
        page::{Grid, Link, PageLine, Target},
        words::{self, items, strings, text},
    },
};

/// Routes of one listener that are named on the Gateway's page.
const FEW: usize = 10;

/// Class, addresses, listeners.
pub fn body(known: &Known<'_>, read: Read<'_>) -> Vec<PageLine> {
    let (key, value) = (&read.object.key, read.value);
    let class = text(value, "/spec/gatewayClassName");
    let mut grid = Grid::default();
    let links = grid.row([(Tone::Dim, "Class:"), (Tone::Plain, &class)]);
    links.push(Link::new("class", Target::object(&Key::new(Kind::GatewayClass, "", class.as_str()))));
    grid.listed("Addresses:", &strings(value, "/spec/addresses", "/value"));
    let mut out = vec![PageLine::default()];
    out.extend(grid.lines(0));
    out.extend(head_line("Listeners"));
    let standing = Standing::of(known, key);
    for (at, listener) in items(value, "/spec/listeners").iter().enumerate() {
        let name = text(listener, "/name");
        let id = known.listener_named(key, &name);
        let mut line: PageLine =
            Line::plain("  ").and(Tone::Strong, name).and(Tone::Plain, title(listener)).into();
        if let Some(id) = id {
            line = line.to("listener", Target::About(About::Listener(id.clone())));
        }
        out.push(line);
        out.extend(facts(known, read, listener, at, id, &standing, FEW).lines(4));
        if let Some(status) = id.and_then(|id| known.listener(id)) {
            out.extend(conditions::list(known, read, &status.conditions, Writer::Listener(&status.id), 4));
        }
    }
    out.extend(refused(known, key, &standing.apart));
    out
}

/// Protocol, port and hostname.
pub fn title(listener: &Value) -> String {
    let hostname = match text(listener, "/hostname") {
        hostname if hostname.is_empty() => "*".to_owned(),
        hostname => hostname,
    };
    format!("   {} {}   {hostname}", text(listener, "/protocol"), text(listener, "/port"))
}

/// What a listener takes, shows and serves; at most `most` of its routes.
pub fn facts(
    known: &Known<'_>,
    read: Read<'_>,
    listener: &Value,
    at: usize,
    id: Option<&ListenerId>,
    standing: &Standing,
    most: usize,
) -> Grid {
    let mut grid = Grid::default();
    grid.row([(Tone::Dim, "takes"), (Tone::Plain, &allowed(listener))]);
    for (nth, reference) in items(listener, "/tls/certificateRefs").iter().enumerate() {
        let key = certificate(&read.object.key, reference);
        let (tone, note) = match known.world.get(&key) {
            None => (Tone::Bad, "✗ missing"),
            Some(found) if found.assumed => (Tone::Warn, "assumed"),
            Some(_) => (Tone::Plain, ""),
        };
        let links = grid.row([(Tone::Dim, "certificate"), (Tone::Plain, &key.to_string()), (tone, note)]);
        links.push(Link::new("certificate", Target::object(&key)));
        let field = format!("spec.listeners[{at}].tls.certificateRefs[{nth}]");
        links.push(Link::new("text", Target::Text(read.object.key.clone(), field)));
    }
    let status = id.and_then(|id| known.listener(id));
    if let (Some(view), Some(status)) = (known.view, status) {
        socket(view, status, &mut grid);
    }
    let routes = id.map(|id| standing.routes(known, id, most)).unwrap_or_default();
    if routes.1 == 0 {
        grid.row([(Tone::Dim, "routes"), (Tone::Dim, "none")]);
    }
    for (nth, route) in routes.0.iter().enumerate() {
        let name = if nth == 0 { "routes" } else { "" };
        let mark = known.mark(route);
        let links = grid.row([
            (Tone::Dim, name),
            (Tone::Plain, &route.to_string()),
            (mark.health.tone(), &mark.note()),
        ]);
        links.push(Link::new("route", Target::object(route)));
    }
    let left = routes.1.saturating_sub(routes.0.len());
    if left > 0 {
        grid.row([(Tone::Dim, ""), (Tone::Dim, &format!("and {left} more"))]);
    }
    grid
}

/// Where a listener listens, and whose certificate it shows.
fn socket(view: &View, listener: &ListenerStatus, grid: &mut Grid) {
    let Some(socket) = view.listeners.iter().find(|one| one.id == listener.id) else { return };
    match &socket.address {
        Ok(address) => grid.row([(Tone::Dim, "listens on"), (Tone::Plain, &address.to_string())]),
        Err(why) => grid.row([(Tone::Dim, "listens on"), (Tone::Bad, &format!("✗ nothing: {why}"))]),
    };
    let (tone, words) = match socket.certificate {
        CertificateView::None => return,
        CertificateView::Given => (Tone::Plain, "of the manifests"),
        CertificateView::MadeHere => (Tone::Warn, "made here"),
        CertificateView::Missing => (Tone::Bad, "✗ none"),
    };
    grid.row([(Tone::Dim, "shows"), (tone, &format!("a certificate {words}"))]);
}

/// `allowedRoutes` in words.
fn allowed(listener: &Value) -> String {
    let namespaces = match text(listener, "/allowedRoutes/namespaces/from").as_str() {
        "All" => "routes of all namespaces".to_owned(),
        "None" => "no routes".to_owned(),
        "Selector" => format!("routes of namespaces with {}", selector(listener)),
        "" | "Same" => "routes of the Gateway's own namespace".to_owned(),
        other => format!("namespaces `{other}`, which is not known"),
    };
    match strings(listener, "/allowedRoutes/kinds", "/kind") {
        kinds if kinds.is_empty() => namespaces,
        kinds => format!("{namespaces}, only {}", kinds.join(", ")),
    }
}

fn selector(listener: &Value) -> String {
    let labels =
        listener.pointer("/allowedRoutes/namespaces/selector/matchLabels").and_then(Value::as_object);
    let labels = labels.into_iter().flatten().map(|(key, value)| format!("{key}={}", words::plain(value)));
    let expressions = items(listener, "/allowedRoutes/namespaces/selector/matchExpressions");
    let expressions = expressions.iter().map(|one| {
        let values = strings(one, "/values", "").join(", ");
        let brackets = if values.is_empty() { values } else { format!(" ({values})") };
        format!("{} {}{brackets}", text(one, "/key"), text(one, "/operator"))
    });
    labels.chain(expressions).collect::<Vec<_>>().join(" and ")
}

/// The object that a certificateRef names.
fn certificate(gateway: &Key, reference: &Value) -> Key {
    let or = |found: String, default: &str| if found.is_empty() { default.to_owned() } else { found };
    let kind = Kind::from_group(&text(reference, "/group"), &or(text(reference, "/kind"), "Secret"));
    let namespace = or(text(reference, "/namespace"), &gateway.namespace);
    Key::new(kind, namespace, text(reference, "/name"))
}

/// Who is attached to the listeners of a Gateway, found in one walk over those that name it, or kept by the tree.
pub struct Standing {
    by_listener: HashMap<ListenerId, (Vec<Key>, usize)>,
    /// Routes that name the Gateway, with those that one of its listeners does not take.
    pub apart: (Vec<Key>, usize),
}

impl Standing {
    /// Of one Gateway.
    pub fn of(known: &Known<'_>, gateway: &Key) -> Self {
        let mut standing = Self { by_listener: HashMap::new(), apart: (Vec::new(), 0) };
        if let Some(tree) = known.tree {
            let apart = tree.apart(gateway);
            standing.apart = (apart.iter().take(MOST).cloned().collect(), apart.len());
            return standing;
        }
        for route in known.world.referrers(gateway).filter(|key| key.kind.is_route()) {
            let own = || known.parents(route).iter().filter(|parent| parent.gateway == *gateway);
            let mut ids: Vec<&ListenerId> = own().flat_map(|parent| &parent.listeners).collect();
            ids.dedup();
            for id in ids {
                put(standing.by_listener.entry(id.clone()).or_default(), route);
            }
            if own().any(|parent| parent.listeners.is_empty()) {
                put(&mut standing.apart, route);
            }
        }
        standing
    }

    /// Routes of a listener, at most so many, and how many there are.
    fn routes(&self, known: &Known<'_>, id: &ListenerId, most: usize) -> (Vec<Key>, usize) {
        let (kept, count) = match known.tree {
            Some(tree) => (tree.attached(id), tree.attached(id).len()),
            None => self.by_listener.get(id).map_or((&[][..], 0), |(kept, count)| (kept.as_slice(), *count)),
        };
        (kept.iter().take(most).cloned().collect(), count)
    }
}

fn put((kept, count): &mut (Vec<Key>, usize), key: &Key) {
    *count += 1;
    if kept.len() < MOST {
        kept.push(key.clone());
    }
}

/// Routes that want to be here and were not taken.
fn refused(known: &Known<'_>, gateway: &Key, (routes, count): &(Vec<Key>, usize)) -> Vec<PageLine> {
    let mut grid = Grid::default();
    for route in routes {
        let parents = known.parents(route).iter();
        for parent in parents.filter(|parent| parent.gateway == *gateway && parent.listeners.is_empty()) {
            let why = parent.conditions.iter().find(|one| one.kind == "Accepted");
            let why = why.map_or_else(String::new, |one| format!("{}: {}", one.reason, one.message));
            let row = grid.row([(Tone::Bad, &format!("✗ {route}")), (Tone::Plain, &why)]);
            row.push(Link::new("route", Target::object(route)));
            row.push(Link::new("parent", links::parent(known, parent)));
        }
    }
    if grid.is_empty() {
        return Vec::new();
    }
    let mut out = head_line("Routes that were not taken");
    out.extend(grid.lines(2));
    out.extend(more_line(count.saturating_sub(routes.len())));
    out
}
