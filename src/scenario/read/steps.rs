//! The steps: each has one thing that it does, and may have a label.

use std::time::Duration;

use super::{
    bound,
    fields::{Fields, Mistakes, Source},
    values,
};
use crate::{
    routing::Side,
    scenario::model::{Action, Command, Hosts, Measure, Step, Wait},
    source::yaml::{Child, Data},
};

/// What a step can do.
const ACTIONS: [&str; 7] = ["load", "ttl", "switch", "rollback", "hold", "fault", "wait"];
/// Requests under way when nobody says how many.
const CONNECTIONS: usize = 256;
/// Over how much time a condition is looked at when nobody says so.
const OVER: Duration = Duration::from_secs(2);

pub(super) fn step(source: Source<'_, '_>, given: Child, mistakes: &mut Mistakes) -> Option<Step> {
    let mut fields = Fields::of(source, given, "a step", mistakes)?;
    let line = fields.line();
    let label = fields.scalar("as", mistakes);
    let mut found = Vec::new();
    for name in ACTIONS {
        let line = fields.line_of(name);
        if let Some(child) = fields.take(name) {
            found.push((name, line, child));
        }
    }
    let had_more = fields.names().next().is_some();
    fields.end(mistakes);
    let action = match found.as_slice() {
        [(name, line, child)] => action(source, name, *line, *child, mistakes)?,
        // What is unknown was told.
        [] if had_more => return None,
        [] => {
            mistakes.add(line, format!("a step does one of {}", ACTIONS.join(", ")));
            return None;
        }
        [(first, ..), (second, ..), ..] => {
            let message = format!("a step does one thing; `{first}` and `{second}` are two");
            mistakes.add(line, message);
            return None;
        }
    };
    Some(Step { line, label, action })
}

fn action(
    source: Source<'_, '_>,
    name: &str,
    line: u32,
    child: Child,
    mistakes: &mut Mistakes,
) -> Option<Action> {
    let command = match name {
        "wait" => return wait(source, line, child, mistakes).map(Action::Wait),
        "load" => load(source, line, child, mistakes),
        "ttl" => ttl(source, line, child, mistakes),
        "switch" => switch(source, line, child, mistakes),
        "rollback" => hosts(source, line, child, mistakes).map(Command::RollBack),
        "hold" => hosts(source, line, child, mistakes).map(Command::Hold),
        "fault" => fault(source, child, mistakes),
        _ => None,
    };
    command.map(Action::Do)
}

fn told<T>(line: u32, name: &str, read: Result<T, String>, mistakes: &mut Mistakes) -> Option<T> {
    read.map_err(|why| mistakes.add(line, format!("`{name}`: {why}"))).ok()
}

fn load(source: Source<'_, '_>, line: u32, child: Child, mistakes: &mut Mistakes) -> Option<Command> {
    if let Some(text) = source.scalar(child) {
        let rate = told(line, "load", values::rate(&text), mistakes)?;
        return Some(Command::Load { rate, connections: CONNECTIONS });
    }
    let mut fields = Fields::of(source, child, "`load`", mistakes)?;
    if !fields.had("rate") {
        mistakes.add(line, "`load` needs `rate`, requests a second");
    }
    let rate = fields.parsed("rate", mistakes, values::rate);
    let connections = fields.parsed("connections", mistakes, values::connections);
    fields.end(mistakes);
    Some(Command::Load { rate: rate?, connections: connections.unwrap_or(CONNECTIONS) })
}

fn ttl(source: Source<'_, '_>, line: u32, child: Child, mistakes: &mut Mistakes) -> Option<Command> {
    if let Some(text) = source.scalar(child) {
        let ttl = told(line, "ttl", values::ttl(&text), mistakes)?;
        return Some(Command::Ttl { hosts: Hosts::All, ttl });
    }
    let mut fields = Fields::of(source, child, "`ttl`", mistakes)?;
    if !fields.had("is") {
        mistakes.add(line, "`ttl` needs `is`, like `is: 30s`");
    }
    let ttl = fields.parsed("is", mistakes, values::ttl);
    let hosts = some_hosts(&mut fields, mistakes);
    fields.end(mistakes);
    Some(Command::Ttl { hosts, ttl: ttl? })
}

fn switch(source: Source<'_, '_>, line: u32, child: Child, mistakes: &mut Mistakes) -> Option<Command> {
    if let Some(text) = source.scalar(child) {
        let to = told(line, "switch", values::side(&text), mistakes)?;
        return Some(Command::Switch { hosts: Hosts::All, to, share: 1.0 });
    }
    let mut fields = Fields::of(source, child, "`switch`", mistakes)?;
    if !fields.had("to") {
        mistakes.add(line, "`switch` needs `to`: `old` or `new`");
    }
    let to = fields.parsed("to", mistakes, values::side);
    let share = fields.parsed("wave", mistakes, values::wave).unwrap_or(1.0);
    let hosts = some_hosts(&mut fields, mistakes);
    fields.end(mistakes);
    Some(Command::Switch { hosts, to: to?, share })
}

/// `hosts` of a mapping; all when absent.
fn some_hosts(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Hosts {
    let line = fields.line_of("hosts");
    let Some(child) = fields.take("hosts") else { return Hosts::All };
    hosts(fields.source(), line, child, mistakes).unwrap_or(Hosts::All)
}

/// `all`, one, or a list.
fn hosts(source: Source<'_, '_>, line: u32, child: Child, mistakes: &mut Mistakes) -> Option<Hosts> {
    let items = match &source.tree.node(child)?.data {
        Data::Text(text) if *text == "all" => return Some(Hosts::All),
        Data::Text(_) => vec![child],
        Data::Sequence(items) => items.clone(),
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::Mapping(_) => {
            mistakes.add(line, "hosts are `all` or a list of hostnames");
            return None;
        }
    };
    if items.is_empty() {
        mistakes.add(line, "no host is named; write `all` or a list of hostnames");
    }
    let mut names = Vec::new();
    for item in items {
        let node = source.tree.node(item)?;
        let Some(text) = node.as_text() else {
            mistakes.add(node.place.line, format!("a hostname is a text, not {}", node.what()));
            continue;
        };
        match values::host(text) {
            Ok(host) => names.push(host),
            Err(why) => mistakes.add(node.place.line, why),
        }
    }
    Some(Hosts::Some(names))
}

fn fault(source: Source<'_, '_>, child: Child, mistakes: &mut Mistakes) -> Option<Command> {
    let mut fields = Fields::of(source, child, "`fault`", mistakes)?;
    let line = fields.line();
    let (of_backend, of_side) = (fields.had("backend"), fields.had("side"));
    if of_backend == of_side {
        mistakes.add(line, "a fault is of a `backend` (`NAMESPACE/SERVICE`) or of a `side` (`old`, `new`)");
    }
    if !fields.had("is") {
        mistakes.add(line, "a fault needs `is`, like `is: 503 20%`");
    }
    let backend = fields.parsed("backend", mistakes, values::backend);
    let side: Option<Side> = fields.parsed("side", mistakes, values::side);
    let action = if of_backend {
        let fault = fields.parsed("is", mistakes, values::fault);
        if fields.had("hosts") {
            mistakes.add(fields.line_of("hosts"), "a backend's fault is for all; `hosts` are of a side's");
        }
        fields.take("hosts");
        backend.zip(fault).map(|((namespace, service), fault)| Command::Backend { namespace, service, fault })
    } else {
        let fault = fields.parsed("is", mistakes, values::side_fault);
        let hosts = some_hosts(&mut fields, mistakes);
        side.zip(fault).map(|(side, fault)| Command::Side { side, fault, hosts })
    };
    fields.end(mistakes);
    action
}

fn wait(source: Source<'_, '_>, line: u32, child: Child, mistakes: &mut Mistakes) -> Option<Wait> {
    if let Some(text) = source.scalar(child) {
        return told(line, "wait", values::span(&text), mistakes).map(Wait::For);
    }
    let mut fields = Fields::of(source, child, "`wait`", mistakes)?;
    for (name, needed) in [
        ("until", "`wait` needs `until`, what is measured, like `until: old-share`"),
        ("limit", "this waits for ever when it does not come true; give `limit`, like `limit: 60s`"),
    ] {
        if !fields.had(name) {
            mistakes.add(line, needed);
        }
    }
    let what = fields.parsed("until", mistakes, values::measure);
    let bound = what.and_then(|what| bound(&mut fields, what, mistakes));
    if what == Some(Measure::OffExpected) {
        mistakes.add(line, "what is expected is known at the end: `off-expected` is for criteria");
    }
    let limit = fields.parsed("limit", mistakes, values::span);
    let over = fields.parsed("over", mistakes, values::time).unwrap_or(OVER);
    if what.is_none() {
        fields.take("at-most");
        fields.take("at-least");
    }
    fields.end(mistakes);
    Some(Wait::Until { what: what?, bound: bound?, over, limit: limit? })
}
