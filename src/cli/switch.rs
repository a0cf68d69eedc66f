//! `cutover switch`: names of a running rehearsal, told and switched through its admin address.

use std::net::SocketAddr;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use super::{
    args::{Global, Output},
    failure::{FAILED, Failure, USAGE},
    out,
    table::Table,
};
use crate::{
    dns::{Hostname, InvalidHostname},
    rehearsal::{Order, steer},
    resource::show::clean,
    switch::Pointing,
};

/// What was typed.
#[derive(Debug)]
pub struct Wish {
    /// Hostnames.
    pub hosts: Vec<String>,
    /// Every one.
    pub all: bool,
    /// Where to.
    pub to: Option<Pointing>,
    /// Another TTL.
    pub ttl: Option<u32>,
    /// The rehearsal.
    pub admin: SocketAddr,
    /// Also to a side that does not serve it.
    pub force: bool,
}

/// Runs the command.
///
/// # Errors
/// No rehearsal there, or one without DNS; a hostname that is none, that nobody serves, or that can not be switched.
pub fn run(global: &Global, wish: &Wish) -> Result<(), Failure> {
    let hostnames = wish
        .hosts
        .iter()
        .map(|host| host.parse::<Hostname>())
        .collect::<Result<Vec<_>, InvalidHostname>>()
        .map_err(|error| Failure::usage(error.to_string(), "give a DNS name, or `*.` before one"))?;
    let names = hostnames.iter().map(ToString::to_string).collect();
    if wish.to.is_none() && wish.ttl.is_none() {
        if wish.force {
            return Err(Failure::usage("--force has no effect without --to", "say where to"));
        }
        return list(global, wish, names);
    }
    if names.is_empty() && !wish.all {
        return Err(Failure::usage("no hostname to switch", "name some, or use --all"));
    }
    let order = Order {
        hostnames: names,
        all: wish.all,
        to: wish.to.map(|to| to.to_string()),
        ttl: wish.ttl,
        force: wish.force,
    };
    let answer = ask(wish.admin, Some(&order))?;
    match global.output {
        Output::Json | Output::Yaml => return out::value(&answer, global.output),
        Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => {}
    }
    let all = answer.get("switched").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let text: String = all.iter().map(|one| done(one, Timestamp::now())).collect();
    out::print(&text)?;
    for one in all.iter().filter(|one| text_of(one, "done") == "left") {
        out::tell(&clean(&format!("note: {} was left: {}", text_of(one, "hostname"), text_of(one, "why"))));
        out::tell("\n");
    }
    Ok(())
}

/// Lists all names, or those that were named.
fn list(global: &Global, wish: &Wish, wanted: Vec<String>) -> Result<(), Failure> {
    let mut answer = ask(wish.admin, None)?;
    let names = answer.get_mut("names").and_then(Value::as_array_mut);
    let Some(names) = names else { return Err(no_rehearsal(wish.admin, "its answer has no names")) };
    let unknown: Vec<_> =
        wanted.iter().filter(|name| !names.iter().any(|one| text_of(one, "hostname") == **name)).collect();
    if let Some(first) = unknown.first() {
        let message = format!("no Ingress and no route has the hostname `{first}`");
        return Err(Failure::failed(message, "`cutover switch` without a hostname lists all"));
    }
    names.retain(|one| wanted.is_empty() || wanted.contains(&text_of(one, "hostname")));
    match global.output {
        Output::Json | Output::Yaml => return out::value(&answer, global.output),
        Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => {}
    }
    let names = answer.get("names").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let wide = global.output == Output::Wide;
    out::print(&table(names, wide, Timestamp::now()))
}

fn table(names: &[Value], wide: bool, now: Timestamp) -> String {
    if names.is_empty() {
        return "no Ingress and no route has a hostname\n".to_owned();
    }
    let mut heads = vec!["HOSTNAME", "POINTS AT", "SINCE", "TTL", "ALL MOVED BY", "SERVED BY"];
    if wide {
        heads.extend(["OLD", "NEW", "ANSWERS OLD", "ANSWERS NEW"]);
    }
    let mut table = Table::new(heads);
    for name in names {
        let time = |key| time_of(name, key).map_or_else(|| "–".to_owned(), clock);
        let list = |key| {
            let all = name.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        };
        let sides = list("sides");
        let moved = match time_of(name, "moved_by") {
            None => "–".to_owned(),
            Some(by) if by <= now => format!("{} ✓", clock(by)),
            Some(by) => format!("{} ({})", clock(by), until(by, now)),
        };
        let mut cells = vec![
            text_of(name, "hostname"),
            shown(&text_of(name, "to")),
            time("since"),
            ttl(name, now),
            moved,
            if sides == "old new" { "both".to_owned() } else { format!("{sides} alone") },
        ];
        if wide {
            let count = |side: &str| {
                name.pointer(&format!("/answers/{side}")).and_then(Value::as_u64).unwrap_or(0).to_string()
            };
            cells.extend([list("old"), list("new"), count("old"), count("new")]);
        }
        table.row(cells);
    }
    table.render(0)
}

/// `60 s`, or with the one before while that is still kept.
fn ttl(name: &Value, now: Timestamp) -> String {
    let number = |key| name.get(key).and_then(Value::as_u64);
    let ttl = format!("{} s", number("ttl").unwrap_or(0));
    match (number("ttl_before"), time_of(name, "ttl_counts_from")) {
        (Some(before), Some(from)) if from > now => format!("{ttl} ({before} s until {})", clock(from)),
        _ => ttl,
    }
}

/// What was done to one hostname, as a line; nothing for one that was left.
fn done(one: &Value, now: Timestamp) -> String {
    let hostname = clean(&text_of(one, "hostname")).into_owned();
    let (to, from) = (shown(&text_of(one, "to")), shown(&text_of(one, "from")));
    let moved = time_of(one, "moved_by");
    match text_of(one, "done").as_str() {
        "switched" => {
            let back = if text_of(one, "to") == "old" { "; the way back is as slow as the TTL" } else { "" };
            let by = moved.map_or_else(String::new, |by| {
                format!(": all that obey the TTL have moved by {} ({}){back}", clock(by), until(by, now))
            });
            format!("{hostname}   {from} ▸ {to}{by}\n")
        }
        "ttl" => format!("{hostname}   TTL {}\n", ttl_line(one, now)),
        "already" => {
            let by = moved.filter(|by| *by > now);
            let by = by.map_or_else(String::new, |by| format!("; all that obey have moved by {}", clock(by)));
            format!("{hostname}   {to} already, TTL {}{by}\n", ttl_line(one, now))
        }
        "marked" => format!("{hostname}   {to}\n"),
        _ => String::new(),
    }
}

fn ttl_line(one: &Value, now: Timestamp) -> String {
    let seconds = one.get("ttl").and_then(Value::as_u64).unwrap_or(0);
    match time_of(one, "ttl_counts_from").filter(|from| *from > now) {
        Some(from) => format!("{seconds} s: it counts from {} on ({})", clock(from), until(from, now)),
        None => format!("{seconds} s"),
    }
}

/// `old`, `new`, `25 % new`
fn shown(pointing: &str) -> String {
    pointing.parse().map_or_else(|_| pointing.to_owned(), self::pointing)
}

/// The same of a value.
pub fn pointing(pointing: Pointing) -> String {
    if pointing.is_mix() { format!("{pointing} % new") } else { pointing.to_string() }
}

/// The time of the day here; with the day when it is another one.
pub fn clock(at: Timestamp) -> String {
    let (at, now) = (at.to_zoned(TimeZone::system()), Timestamp::now().to_zoned(TimeZone::system()));
    // A second that has begun is not over.
    let at = if at.subsec_nanosecond() > 0 {
        at.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(at)
    } else {
        at
    };
    let form = if at.date() == now.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    at.strftime(form).to_string()
}

/// `in 60 s`, `now`
fn until(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs_f64().ceil().max(0.0);
    if seconds < 1.0 { "now".to_owned() } else { format!("in {seconds:.0} s") }
}

fn text_of(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn time_of(value: &Value, key: &str) -> Option<Timestamp> {
    value.get(key)?.as_str()?.parse().ok()
}

/// Asks, and makes failures of answers that are some.
pub fn ask(admin: SocketAddr, order: Option<&Order>) -> Result<Value, Failure> {
    let (status, body) = steer(admin, order).map_err(|error| {
        let message = format!("no rehearsal answers at {admin}: {error}");
        Failure::failed(message, "give the admin address that `cutover rehearse` says at its start")
    })?;
    let Ok(answer) = serde_json::from_slice::<Value>(&body) else {
        return Err(no_rehearsal(admin, &format!("status {status}, and no JSON")));
    };
    if status == 200 {
        return Ok(answer);
    }
    let errors = answer.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if errors.is_empty() {
        return Err(no_rehearsal(admin, &format!("status {status}")));
    }
    let one = |error: &Value| {
        let hostname = text_of(error, "hostname");
        let place = if hostname.is_empty() { hostname } else { format!("{hostname}: ") };
        Failure::failed(format!("{place}{}", text_of(error, "message")), text_of(error, "fix")).text
    };
    let code = if status == 400 { USAGE } else { FAILED };
    Err(Failure { code, text: errors.iter().map(one).collect() })
}

fn no_rehearsal(admin: SocketAddr, why: &str) -> Failure {
    let message = format!("what answers at {admin} is no rehearsal of cutover: {why}");
    Failure::failed(message, "give the admin address that `cutover rehearse` says at its start")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_a_line_with_the_time_that_it_takes() {
        let now = Timestamp::now();
        let at = |seconds| now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap().to_string();
        let one = |done: &str, from: &str, to: &str, by: Option<String>| {
            serde_json::json!({"hostname": "a.example", "done": done, "from": from, "to": to, "at": at(0),
                "moved_by": by, "ttl": 60, "ttl_counts_from": at(-5)})
        };
        let cases = [
            (one("switched", "old", "new", Some(at(60))), "a.example   old ▸ new: ", "(in 60 s)\n"),
            (one("switched", "new", "25", Some(at(0))), "a.example   new ▸ 25 % new: ", "(now)\n"),
            (
                one("switched", "new", "old", Some(at(60))),
                "a.example   new ▸ old: ",
                "(in 60 s); the way back is as slow as the TTL\n",
            ),
            (one("already", "old", "new", Some(at(-1))), "a.example   new already, TTL 60 s", "\n"),
            (one("ttl", "old", "new", None), "a.example   TTL 60 s", "\n"),
            (one("left", "old", "new", None), "", ""),
        ];
        for (value, begin, end) in cases {
            let line = done(&value, now);
            assert!(line.starts_with(begin) && line.ends_with(end), "{line}");
        }
    }

    #[test]
    fn names_are_listed_with_what_is_still_kept() {
        let now: Timestamp = Timestamp::now();
        let later = now.checked_add(jiff::SignedDuration::from_secs(40)).unwrap();
        let name = serde_json::json!({"hostname": "a.example", "to": "10", "since": now.to_string(), "ttl": 5,
            "ttl_before": 60, "ttl_counts_from": later.to_string(), "moved_by": later.to_string(),
            "sides": ["old", "new"], "old": ["127.0.0.2"], "new": ["127.0.0.3"], "answers": {"old": 7, "new": 1}});
        let text = table(&[name], true, now);
        for part in ["10 % new", "5 s (60 s until ", "(in 40 s)", "both", "127.0.0.3   7             1"] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }
}
