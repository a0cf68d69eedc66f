//! An Ingress: how hard it is to move and why, the traps that it touches, each rule beside what nginx makes of it, each
//! annotation with its meaning, and what a rehearsal does not do.

use std::sync::Arc;

use super::{MOST, conditions::Read, head_line, more_line};
use crate::{
    inventory::{
        AnnotationFacts, Backend, Complexity, IngressFacts, Options, PathReading, Reading, TrapFinding,
        Verdict, readings,
    },
    resource::{Key, Kind},
    tui::facts::{
        Known, Line, Tone,
        ingresses::{Inventory, location},
        page::{Grid, Link, PageLine, Target},
    },
};

/// All of it.
pub fn body(known: &Known<'_>, read: Read<'_>) -> Vec<PageLine> {
    let key = &read.object.key;
    let own;
    let inventory = match (known.inventory, known.view) {
        (Some(inventory), _) => inventory,
        (None, Some(_)) => return vec![PageLine::default(), Line::dim("· reading the Ingresses").into()],
        (None, None) => {
            let old = Arc::new(crate::dialect::ingress::compile(known.world));
            own = Inventory::of(known.world, old, &Options::default());
            &own
        }
    };
    let Some(row) = inventory.row(key) else { return Vec::new() };
    let facts = &row.facts;
    let mut out = moving(facts);
    if !row.words.is_empty() && facts.traps.is_empty() {
        let sign = format!("  {} ", row.health.sign());
        out.push(Line::of(row.health.tone(), sign).and(Tone::Plain, row.words.clone()).into());
    }
    out.extend(obstacles(facts));
    out.extend(traps(&facts.traps));
    out.extend(rules(inventory, facts));
    out.extend(annotations(facts));
    let left: Vec<&str> = inventory.not_executed(key).collect();
    if !left.is_empty() {
        out.extend(head_line("The controller also does, and a rehearsal does not"));
        out.extend(
            left.iter().map(|text| PageLine::from(Line::of(Tone::Warn, "  ! ").and(Tone::Plain, *text))),
        );
    }
    out
}

/// The tone of how hard an Ingress is to move.
pub fn tone(complexity: Complexity) -> Tone {
    match complexity {
        Complexity::Simple => Tone::Good,
        Complexity::Medium => Tone::Plain,
        Complexity::Complex => Tone::Warn,
    }
}

/// The tone of where the meaning of an annotation goes.
pub fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Standard => Tone::Good,
        Verdict::Experimental => Tone::Plain,
        Verdict::Policy | Verdict::Unknown => Tone::Warn,
        Verdict::None => Tone::Bad,
        Verdict::Internal => Tone::Dim,
    }
}

fn moving(facts: &IngressFacts) -> Vec<PageLine> {
    let mut grid = Grid::default();
    let class = match &facts.class {
        Some(class) => format!("{class}   by {}", facts.class_from),
        None => "none".to_owned(),
    };
    let links = grid.row([(Tone::Dim, "Class:"), (Tone::Plain, &class)]);
    if let Some(class) = &facts.class {
        links.push(Link::new("class", Target::object(&Key::new(Kind::IngressClass, "", &**class))));
    }
    let controller = match (&facts.controller, facts.family) {
        (Some(controller), Some(family)) => format!("{family}   {controller}"),
        (Some(controller), None) => controller.to_string(),
        (None, Some(family)) => format!("{family}, as its class is usually called"),
        (None, None) => "? not known".to_owned(),
    };
    grid.row([(Tone::Dim, "Controller:"), (Tone::Plain, &controller)]);
    for tls in &facts.tls {
        let hosts: Vec<&str> = tls.hosts.iter().map(|host| &**host).collect();
        let hosts = if hosts.is_empty() { "every host of it".to_owned() } else { hosts.join(" ") };
        let secret = tls.secret.as_deref().unwrap_or("the controller's own certificate");
        let links = grid.row([(Tone::Dim, "TLS:"), (Tone::Plain, &format!("{hosts}   {secret}"))]);
        if let Some(name) = &tls.secret {
            let secret = Key::new(Kind::Secret, &*facts.key.namespace, &**name);
            links.push(Link::new("certificate", Target::object(&secret)));
        }
    }
    let mut out = vec![PageLine::default()];
    out.extend(grid.lines(0));
    out.extend(head_line("To move it"));
    let word = facts.complexity.as_str();
    for (at, reason) in facts.reasons.iter().enumerate() {
        let word = if at == 0 { word } else { "" };
        let line = Line::of(tone(facts.complexity), format!("  {word:<8} "));
        out.push(line.and(Tone::Plain, reason.to_string()).into());
    }
    out
}

fn obstacles(facts: &IngressFacts) -> Vec<PageLine> {
    let line = |text: &String| Line::of(Tone::Warn, "  ! ").and(Tone::Plain, text.clone()).into();
    let mut out: Vec<PageLine> = facts.obstacles.iter().take(MOST).map(line).collect();
    out.extend(more_line(facts.obstacles.len().saturating_sub(MOST)));
    if !out.is_empty() {
        out.splice(0..0, head_line("Against it stand"));
    }
    out
}

fn traps(traps: &[Arc<TrapFinding>]) -> Vec<PageLine> {
    if traps.is_empty() {
        return Vec::new();
    }
    let mut out = head_line("Traps");
    for trap in traps {
        let field = trap.field.clone().unwrap_or_default();
        let line =
            Line::of(Tone::Warn, format!("  ! {:<4} ", trap.id)).and(Tone::Plain, trap.message.clone());
        out.push(PageLine::from(line).to("text", Target::Text(trap.object.clone(), field)));
        let request = trap.request.as_ref().map(ToString::to_string).unwrap_or_default();
        for (word, text) in [("try", &*request), ("do", &*trap.cure)] {
            if !text.is_empty() {
                let line = Line::dim(format!("         {word:<4}")).and(Tone::Plain, text);
                out.push(line.into());
            }
        }
    }
    out
}

fn rules(inventory: &Inventory, facts: &IngressFacts) -> Vec<PageLine> {
    let mut out = head_line("Rules, and what nginx makes of each");
    let nginx: Vec<_> = inventory.locations(&facts.key).collect();
    let mut grid = Grid::default();
    let mut put = |host: &str, path: &str, backend: &Backend, field: &str, made: Vec<String>| {
        let host = if host.is_empty() { "*" } else { host };
        let (name, service) = leads(backend);
        let first = made.first().cloned().unwrap_or_default();
        let links = grid.cells(vec![
            (Tone::Strong, host.to_owned()),
            (Tone::Plain, path.to_owned()),
            (Tone::Old, first),
            (Tone::Plain, name),
        ]);
        if let Some(service) = service {
            let service = Key::new(Kind::Service, &*facts.key.namespace, service);
            links.push(Link::new("backend", Target::object(&service)));
        }
        links.push(Link::new("text", Target::Text(facts.key.clone(), field.to_owned())));
        for more in made.into_iter().skip(1) {
            grid.row([(Tone::Plain, ""), (Tone::Plain, ""), (Tone::Old, &more), (Tone::Plain, "")]);
        }
    };
    for path in facts.paths.iter().take(MOST) {
        let place = place_of(&path.field);
        let made = nginx.iter().filter(|(_, one)| one.place.is_some() && one.place == place);
        let mut made: Vec<String> =
            made.map(|(server, one)| format!("location {}", location(server, one))).collect();
        if made.is_empty() && facts.family == Some("ingress-nginx") {
            made.push("nothing: another has the path, or it is a canary's".to_owned());
        }
        let kind = if path.path_type.is_empty() { "no pathType" } else { &path.path_type };
        let written = if path.path.is_empty() { "/" } else { &path.path };
        put(&path.host, &format!("{kind} {written}"), &path.backend, &path.field, made);
    }
    if let Some(backend) = &facts.default_backend {
        put("", "default backend", backend, "spec.defaultBackend", Vec::new());
    }
    if grid.is_empty() {
        out.push(Line::dim("  <none>").into());
    }
    out.extend(grid.lines(2));
    out.extend(more_line(facts.paths.len().saturating_sub(MOST)));
    for reading in readings(&inventory.old, facts).into_iter().take(MOST) {
        out.extend(otherwise(&reading));
    }
    if nginx.iter().any(|(server, _)| server.regex) {
        let text = "  ! a path of the host asks for regular expressions: all its paths are matched as such, whatever their case";
        out.push(Line::of(Tone::Warn, text).into());
    }
    out
}

/// Where nginx reads a path otherwise than the Ingress specification, or another Ingress has it.
fn otherwise(reading: &PathReading) -> Vec<PageLine> {
    let path = if reading.path.is_empty() { "/" } else { &reading.path };
    let mut out = Vec::new();
    if !reading.agree && !reading.locations.is_empty() {
        let line = Line::of(Tone::Warn, format!("  ! {path}  "));
        let line = line.and(Tone::Dim, "nginx: ").and(Tone::Old, reading.reads.clone());
        let line = line.and(Tone::Dim, "   specification: ").and(Tone::Plain, reading.specification.clone());
        out.push(line.into());
    }
    if let Some(key) = &reading.lost_to {
        let line = Line::of(Tone::Warn, format!("  ! {path}  ")).and(Tone::Plain, format!("{key} has it"));
        out.push(PageLine::from(line).to("who has it", Target::object(key)));
    }
    out
}

/// `spec.rules[1].http.paths[0]` as two positions.
fn place_of(field: &str) -> Option<(usize, usize)> {
    let mut numbers = field.split(['[', ']']).filter_map(|part| part.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

fn leads(backend: &Backend) -> (String, Option<&str>) {
    match backend {
        Backend::Service { name, port } if port.is_empty() => (format!("→ {name}"), Some(name)),
        Backend::Service { name, port } => (format!("→ {name}:{port}"), Some(name)),
        Backend::Resource { kind, name } => (format!("→ {kind} {name}"), None),
        Backend::Nothing => ("→ nothing".to_owned(), None),
    }
}

fn annotations(facts: &IngressFacts) -> Vec<PageLine> {
    let mut out = Vec::new();
    if !facts.annotations.is_empty() {
        out.extend(head_line("What its annotations mean"));
        out.extend(facts.annotations.iter().flat_map(|one| annotation(&facts.key, one)));
    }
    for service in &facts.services {
        out.extend(head_line(&format!("On Service {}", service.key.path())));
        out.extend(service.annotations.iter().flat_map(|one| annotation(&service.key, one)));
    }
    out
}

fn annotation(key: &Key, one: &AnnotationFacts) -> Vec<PageLine> {
    let tone = if one.counts() { verdict_tone(one.verdict) } else { Tone::Dim };
    let mut head =
        Line::of(Tone::Strong, format!("  {}", one.key)).and(tone, format!("   {}", one.verdict.as_str()));
    let unread = match one.reading {
        Reading::Read => "",
        Reading::OtherController => "   another controller's: not read here",
        Reading::OtherPrefix => "   not read: the controller was told another prefix",
        Reading::Removed => "   not read: removed from the controller",
    };
    if !unread.is_empty() {
        head = head.and(Tone::Dim, unread);
    }
    let mut out = vec![PageLine::from(head).to("text", Target::Text(key.clone(), one.field()))];
    let policies: Vec<String> = one.policies().iter().map(|(who, field)| format!("{who}: {field}")).collect();
    let policies = policies.join("; ");
    let facts = [
        ("means", one.meaning(), Tone::Plain),
        ("becomes", &one.becomes, Tone::New),
        ("because", one.why.unwrap_or(""), Tone::Plain),
        ("policy", if one.verdict == Verdict::Policy { policies.as_str() } else { "" }, Tone::Plain),
        ("quirk", one.quirk(), Tone::Plain),
    ];
    for (word, text, tone) in facts {
        if !text.is_empty() {
            out.push(Line::dim(format!("    {word:<8} ")).and(tone, text).into());
        }
    }
    if let Some(problem) = &one.problem {
        out.push(Line::of(Tone::Bad, "    ✗ ").and(Tone::Plain, problem.clone()).into());
    }
    out
}
