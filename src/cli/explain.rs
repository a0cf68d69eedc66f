//! `cutover explain`: which listener, route, rule and backend take a request, and why.

use std::{fmt::Write as _, sync::Arc};

use serde::Serialize;

use super::{
    args::{Global, Output},
    failure::Failure,
    out,
    scene::Scene,
    table::Table,
};
use crate::{
    resource::{Kind, show::clean},
    routing::{BackendShare, Explanation, Miss, NearMiss, Origin, Outcome, Side, explain},
    tui::facts::explain::{Backends, Header, Part, Path, Sign, nginx_location, with_endpoints},
};

pub use crate::tui::facts::explain::Question;

/// Runs the command.
///
/// # Errors
/// Input that can not be read. A request that is refused is an answer, not a failure.
pub fn run(global: &Global, question: &Question) -> Result<(), Failure> {
    let scene = Scene::open_telling(global)?;
    let ask = question.ask();
    let backends = Backends { world: &scene.world, stand_ins: &[] };
    let table = match question.side {
        Side::New => Arc::clone(&scene.compiled.table),
        Side::Old => {
            let old = scene.old();
            for refusal in old.refused.iter() {
                out::tell(&format!("nginx refuses the whole configuration: {}\n", clean(&refusal.message)));
            }
            old.table
        }
    };
    if question.side == Side::New
        && table.ports.is_empty()
        && scene.world.list(&Kind::Ingress).next().is_some()
    {
        out::tell("note: there is no Gateway here; the Ingresses are asked with --side old\n");
    }
    let found = with_endpoints(explain(&table, &ask), backends);
    match global.output {
        Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => {
            out::print(&text(question, &Path::of(&ask, &found, backends)))?;
        }
        Output::Json if question.side == Side::Old => out::print(&out::pretty(&OldShown::of(&found)))?,
        Output::Json => out::print(&out::pretty(&Shown::of(&found)))?,
        Output::Yaml => {
            out::value(&value(question.side, &found), Output::Yaml)?;
        }
    }
    scene.done()
}

/// An answer as scripts see it.
pub(super) fn value(side: Side, found: &Explanation) -> serde_json::Value {
    let value = match side {
        Side::Old => serde_json::to_value(OldShown::of(found)),
        Side::New => serde_json::to_value(Shown::of(found)),
    };
    value.unwrap_or_default()
}

/// The same for the old side: its server and location stand for listener and match, and what would be the `location`
/// of a redirect is `redirect`.
#[derive(Serialize)]
struct OldShown<'a> {
    outcome: &'static str,
    status: Option<u16>,
    /// The controller.
    gateway: Option<String>,
    server: Option<&'a str>,
    route: Option<Name<'a>>,
    rule: Option<u32>,
    location: Option<String>,
    filters: &'a [String],
    backends: Vec<Backend<'a>>,
    near_misses: Vec<NearBy<'a>>,
    rule_name: Option<&'a str>,
    hostname: Option<&'a str>,
    reason: Option<&'a str>,
    redirect: Option<&'a str>,
    rewritten: Option<Rewritten<'a>>,
    gateways: Vec<String>,
    hostnames_tried: Vec<Tried<'a>>,
    conditions: &'a [String],
    not_executed: &'a [String],
}

impl<'a> OldShown<'a> {
    fn of(found: &'a Explanation) -> Self {
        let shown = Shown::of(found);
        Self {
            outcome: shown.outcome,
            status: shown.status,
            gateway: shown.gateway,
            server: shown.hostname.map(|host| if host == "*" { "_" } else { host }),
            route: shown.route,
            rule: shown.rule,
            location: found.executed.as_ref().map(|executed| nginx_location(&executed.path)),
            filters: shown.filters,
            backends: shown.backends,
            near_misses: shown.near_misses,
            rule_name: shown.rule_name,
            hostname: shown.hostname,
            reason: shown.reason,
            redirect: shown.location,
            rewritten: shown.rewritten,
            gateways: shown.gateways,
            hostnames_tried: shown.hostnames_tried,
            conditions: shown.conditions,
            not_executed: shown.not_executed,
        }
    }
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
struct NearBy<'a> {
    what: &'a str,
    route: Option<Name<'a>>,
    failed: &'a str,
    /// `lost`, or what failed.
    kind: &'static str,
    /// Where the rule is written by which it lost.
    place: Option<&'static str>,
}

#[derive(Serialize)]
struct Tried<'a> {
    hostname: &'a str,
    taken: bool,
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
    near_misses: Vec<NearBy<'a>>,
    rule_name: Option<&'a str>,
    hostname: Option<&'a str>,
    reason: Option<&'a str>,
    location: Option<&'a str>,
    rewritten: Option<Rewritten<'a>>,
    /// All that listen on the port, `namespace/name`.
    gateways: Vec<String>,
    hostnames_tried: Vec<Tried<'a>>,
    /// What it depends on beyond the request.
    conditions: &'a [String],
    /// What the real entry point does too and nobody does here.
    not_executed: &'a [String],
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
            near_misses: found.near_misses.iter().map(NearBy::of).collect(),
            gateways: found.gateways.iter().map(ToString::to_string).collect(),
            hostnames_tried: found
                .hosts
                .iter()
                .map(|tried| Tried { hostname: &tried.hostname, taken: tried.taken })
                .collect(),
            conditions: &found.conditions,
            not_executed: &found.not_executed,
        }
    }
}

impl<'a> NearBy<'a> {
    fn of(near: &'a NearMiss) -> Self {
        let NearMiss { what, route, rule: _, kind, failed } = near;
        let (kind, place) = match kind {
            Miss::Lost(by) => ("lost", Some(by.place())),
            Miss::Method => ("method", None),
            Miss::Header => ("header", None),
            Miss::Query => ("query", None),
            Miss::Cookie => ("cookie", None),
            Miss::Path => ("path", None),
            Miss::Host => ("host", None),
            Miss::Listener => ("listener", None),
        };
        Self { what, route: route.as_ref().map(Name::of), failed, kind, place }
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

fn text(question: &Question, path: &Path) -> String {
    let mut text = clean(&question.line()).into_owned();
    text.push('\n');
    for Header { name, value } in &question.headers {
        let _ = writeln!(text, "  {}", clean(&format!("{name}: {value}")));
    }
    if let Some(choice) = &path.choice {
        let _ = writeln!(text, "  {}", clean(choice));
    }
    text.push('\n');
    let mut way = Table::default();
    // Which parts nobody reached is plain from where it ended.
    for step in path.steps.iter().filter(|step| step.sign != Sign::NotReached || step.part == Part::Backend) {
        if step.sign == Sign::NotReached && step.name.is_empty() {
            continue;
        }
        let cells = [format!("{} {}", step.sign.sign(), step.label), step.name.clone()];
        let more = [&step.detail, &step.note].into_iter().filter(|more| !more.is_empty()).cloned();
        way.row(cells.into_iter().chain(more));
    }
    text.push_str(&way.render(0));
    for (head, sign, nears) in [("it goes before", "", &path.over), ("near misses", "✗ ", &path.misses)] {
        if nears.is_empty() {
            continue;
        }
        let _ = write!(text, "\n{head}\n");
        let mut table = Table::default();
        for near in nears {
            let place = near.by.map(|(_, place)| place.to_owned());
            table.row([format!("{sign}{}", near.what), near.why.clone()].into_iter().chain(place));
        }
        text.push_str(&table.render(2));
    }
    text
}
