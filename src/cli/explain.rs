//! `cutover explain`: which listener, route, rule and backend take a request, and why.

use std::fmt::Write as _;

use serde::Serialize;

use super::{
    args::{Global, Output},
    failure::Failure,
    out,
    scene::Scene,
    table::Table,
    values::{Header, Url},
    words::{percent, ready},
};
use crate::{
    resource::{Key, Kind, show::clean},
    routing::{Ask, BackendShare, Explanation, Origin, Outcome, Side, explain},
};

/// What was asked.
pub struct Question {
    /// Request method.
    pub method: String,
    /// Where to.
    pub url: Url,
    /// With which headers.
    pub headers: Vec<Header>,
    /// Only this Gateway.
    pub gateway: Option<(String, String)>,
}

/// Runs the command.
///
/// # Errors
/// Input that can not be read. A request that is refused is an answer, not a failure.
pub fn run(global: &Global, question: &Question) -> Result<(), Failure> {
    let scene = Scene::open_telling(global)?;
    let Question { method, url, headers, gateway } = question;
    let ask = Ask {
        side: Side::New,
        gateway: gateway.clone(),
        method: method.clone(),
        scheme: url.scheme.clone(),
        host: url.host.clone(),
        port: url.port,
        path: url.path.clone(),
        query: url.query.clone(),
        headers: headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect(),
    };
    let mut found = explain(&scene.compiled.table, &ask);
    for backend in &mut found.backends {
        if backend.problem.is_none() {
            backend.problem = no_endpoint(&scene, &backend.backend);
        }
    }
    match global.output {
        Output::Table | Output::Wide => out::print(&text(&scene, question, &found))?,
        Output::Json => out::print(&out::pretty(&Shown::of(&found)))?,
        Output::Yaml => {
            let value = serde_json::to_value(Shown::of(&found)).unwrap_or_default();
            out::value(&value, Output::Yaml)?;
        }
    }
    scene.done()
}

/// A Service whose EndpointSlices have nobody ready answers nothing, as in a cluster.
fn no_endpoint(scene: &Scene, backend: &Origin) -> Option<String> {
    let key = service(backend)?;
    let (ready, all) = ready(&scene.world, &key)?;
    (ready == 0).then(|| format!("no ready endpoint (0 of {all}): answers 503"))
}

fn service(backend: &Origin) -> Option<Key> {
    (&*backend.kind == "Service")
        .then(|| Key::new(Kind::Service, backend.namespace.clone(), backend.name.clone()))
}

fn is_assumed(scene: &Scene, backend: &Origin) -> bool {
    service(backend).and_then(|key| scene.world.get(&key)).is_some_and(|object| object.assumed)
}

#[derive(Serialize)]
struct Name<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Name<'a> {
    fn of(origin: &'a Origin) -> Self {
        Self { kind: &origin.kind, namespace: &origin.namespace, name: &origin.name }
    }
}

#[derive(Serialize)]
struct Rewritten<'a> {
    path: &'a str,
    host: &'a str,
}

#[derive(Serialize)]
struct Backend<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    port: u16,
    weight: u32,
    share: f64,
    problem: Option<&'a str>,
}

#[derive(Serialize)]
struct Miss<'a> {
    what: &'a str,
    route: Option<Name<'a>>,
    failed: &'a str,
}

/// The answer as scripts see it, in the order of the contract (docs/scripting.md); what it does not name comes last.
#[derive(Serialize)]
struct Shown<'a> {
    outcome: &'static str,
    status: Option<u16>,
    /// `namespace/name`
    gateway: Option<String>,
    listener: Option<&'a str>,
    route: Option<Name<'a>>,
    /// Position in `spec.rules`, from 0.
    rule: Option<u32>,
    #[serde(rename = "match")]
    matched: Option<&'a str>,
    filters: &'a [String],
    backends: Vec<Backend<'a>>,
    near_misses: Vec<Miss<'a>>,
    rule_name: Option<&'a str>,
    hostname: Option<&'a str>,
    reason: Option<&'a str>,
    location: Option<&'a str>,
    rewritten: Option<Rewritten<'a>>,
}

impl<'a> Shown<'a> {
    fn of(found: &'a Explanation) -> Self {
        Self {
            outcome: match found.outcome {
                Outcome::Forward => "forward",
                Outcome::Redirect => "redirect",
                Outcome::Refuse => "refuse",
            },
            status: found.status,
            reason: found.reason.as_deref(),
            location: found.location.as_deref(),
            gateway: found.gateway.as_ref().map(ToString::to_string),
            listener: found.listener.as_ref().map(|(name, _)| &**name),
            hostname: found.hostname.as_deref(),
            route: found.route.as_ref().map(Name::of),
            rule: found.rule.as_ref().map(|(index, _)| *index),
            rule_name: found.rule.as_ref().and_then(|(_, name)| name.as_deref()),
            matched: found.matched.as_deref(),
            filters: &found.filters,
            rewritten: found.rewritten.as_ref().map(|(path, host)| Rewritten { path, host }),
            backends: found.backends.iter().map(Backend::of).collect(),
            near_misses: found
                .near_misses
                .iter()
                .map(|miss| Miss {
                    what: &miss.what,
                    route: miss.route.as_ref().map(Name::of),
                    failed: &miss.failed,
                })
                .collect(),
        }
    }
}

impl<'a> Backend<'a> {
    fn of(share: &'a BackendShare) -> Self {
        let BackendShare { backend, port, weight, share, problem } = share;
        Self {
            kind: &backend.kind,
            namespace: &backend.namespace,
            name: &backend.name,
            port: *port,
            weight: *weight,
            share: *share,
            problem: problem.as_deref(),
        }
    }
}

fn text(scene: &Scene, question: &Question, found: &Explanation) -> String {
    let Question { method, url, headers, .. } = question;
    let port = if (url.scheme == "https") == (url.port == 443) && (url.scheme == "http") == (url.port == 80) {
        String::new()
    } else {
        format!(":{}", url.port)
    };
    let query = url.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
    let mut text =
        clean(&format!("{method} {}://{}{port}{}{query}", url.scheme, url.host, url.path)).into_owned();
    text.push('\n');
    for Header { name, value } in headers {
        let _ = writeln!(text, "  {}", clean(&format!("{name}: {value}")));
    }
    text.push('\n');
    text.push_str(&way(scene, question, found).render(0));
    if !found.near_misses.is_empty() {
        text.push_str("\nnear misses\n");
        let mut misses = Table::default();
        for miss in &found.near_misses {
            misses.row([format!("✗ {}", miss.what), miss.failed.clone()]);
        }
        text.push_str(&misses.render(2));
    }
    text
}

/// The steps that the request takes, one a row.
fn way(scene: &Scene, question: &Question, found: &Explanation) -> Table {
    let mut table = Table::default();
    if let (Some(gateway), Some((listener, hostname))) = (&found.gateway, &found.listener) {
        table.row(["✓ listener", &format!("{gateway} ▸ {listener}"), hostname]);
    }
    if let Some(route) = &found.route {
        let hostname = found.hostname.as_deref().unwrap_or("*");
        table.row(["✓ route", &format!("{} {route}", route.kind), hostname]);
    }
    if let Some((index, name)) = &found.rule {
        let name = name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
        table.row([&format!("✓ rule {}{name}", index + 1), found.matched.as_deref().unwrap_or("")]);
    }
    for filter in &found.filters {
        table.row(["✓ filter", filter]);
    }
    let as_received = |path: &str, host: &str| path == question.url.path && host == question.url.host;
    if let Some((path, host)) = found.rewritten.as_ref().filter(|(path, host)| !as_received(path, host)) {
        table.row(["→ sent as", path, &format!("Host: {host}")]);
    }
    for share in &found.backends {
        let sign = if share.problem.is_some() { "✗ backend" } else { "✓ backend" };
        let kind = if &*share.backend.kind == "Service" { "" } else { &share.backend.kind };
        let assumed = if is_assumed(scene, &share.backend) { Some("assumed") } else { None };
        let note = share.problem.as_deref().or(assumed).unwrap_or("");
        let name = format!("{kind} {}:{}", share.backend, share.port);
        let weight = format!("{}   weight {}", percent(share.share), share.weight);
        table.row([sign, name.trim_start(), &weight, note]);
    }
    let end = match found.outcome {
        Outcome::Forward => None,
        Outcome::Redirect => Some(format!("→ {}", found.status.unwrap_or(302))),
        Outcome::Refuse => {
            Some(format!("✗ {}", found.status.map_or("refused".to_owned(), |s| s.to_string())))
        }
    };
    match (end, &found.location, &found.reason) {
        (Some(end), Some(location), _) => table.row([&end, location]),
        (Some(end), None, reason) => table.row([&end, reason.as_deref().unwrap_or("")]),
        (None, _, Some(reason)) => table.row(["! note", reason]),
        (None, _, None) => {}
    }
    table
}
