//! `cutover preflight`: what is to be seen of hostnames before they are switched, as the screen *Switch* shows it.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::{
    args::{Global, Output},
    failure::{FAILED, Failure, USAGE},
    out, quiet,
    scene::no_source,
    switch::{ask, clock},
    values,
};
use crate::{
    comparison::Accepted,
    dns::Hostname,
    rehearsal::{DnsOptions, Handle, NameView},
    resource::show::clean,
    switch::{Finding, Item, Preflight, Ttl, Verdict},
    tui::facts::switch::{LOW, Looking, Wire},
};

/// What is looked at.
#[derive(Clone, Debug, Args)]
pub struct Wish {
    /// Hostnames, `*.example.com` among them; every one of the old side when none is named
    #[arg(value_name = "HOST")]
    pub hosts: Vec<String>,
    /// A running rehearsal: its names say which TTL is served, and for how long
    #[arg(long, value_name = "HOST:PORT", value_parser = values::address)]
    pub admin: Option<SocketAddr>,
    /// The file of accepted differences, as `compare --accept` writes it
    #[arg(long, value_name = "FILE", default_value = "cutover-accepted.toml")]
    pub accepted: PathBuf,
    /// Do not look at this point; may be repeated
    #[arg(long, value_name = "POINT", value_parser = point)]
    pub except: Vec<Item>,
}

fn point(typed: &str) -> Result<Item, String> {
    Item::ALL.into_iter().find(|item| item.name() == typed).ok_or_else(|| {
        let names: Vec<&str> = Item::ALL.iter().map(|item| item.name()).collect();
        format!("a point is one of {}", names.join(", "))
    })
}

/// A contract with scripts.
#[derive(Debug, Serialize)]
struct Shown {
    hostnames: Vec<Host>,
}

#[derive(Debug, Serialize)]
struct Host {
    hostname: String,
    /// `go`, `no` or `unknown`.
    verdict: &'static str,
    points: Vec<Point>,
}

#[derive(Debug, Serialize)]
struct Point {
    point: &'static str,
    /// `green`, `red` or `unknown`.
    finding: &'static str,
    reason: String,
}

/// Runs the command.
///
/// # Errors
/// Exit code 1 unless every point of every hostname is green; 2 when an input can not be read.
pub fn run(global: &Global, wish: &Wish) -> Result<(), Failure> {
    if matches!(global.output, Output::Csv | Output::Html | Output::Markdown) {
        return Err(Failure::usage("preflight is no csv, html or markdown", "use -o table, json or yaml"));
    }
    let inputs = global.inputs();
    if inputs.is_empty() {
        return Err(Failure { code: USAGE, text: no_source() });
    }
    let wanted = wish
        .hosts
        .iter()
        .map(|host| host.parse::<Hostname>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Failure::usage(error.to_string(), "give a DNS name, or `*.` before one"))?;
    let ttls = wish.admin.map(|admin| ask(admin, None)).transpose()?;
    let dns = DnsOptions { address: ([127, 0, 0, 1], 0).into(), ttl: LOW, forward: None, seed: 0 };
    let handle = quiet::begin(global, inputs, Some(dns))?;
    let shown = look(&handle, &wanted, wish, ttls.as_ref());
    handle.end();
    let shown = shown?;
    match global.output {
        Output::Json => out::print(&out::pretty(&shown))?,
        Output::Yaml => out::value(&serde_json::to_value(&shown).unwrap_or_default(), Output::Yaml)?,
        Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => {
            out::print(&text(&shown))?;
        }
    }
    if shown.hostnames.iter().all(|host| host.verdict == "go") {
        Ok(())
    } else {
        Err(Failure::silent(FAILED))
    }
}

fn look(handle: &Handle, wanted: &[Hostname], wish: &Wish, ttls: Option<&Value>) -> Result<Shown, Failure> {
    let view = handle.view.borrow().clone();
    let names = view.names.as_ref().map(|names| Arc::clone(&names.names)).unwrap_or_default();
    if let Some(unknown) = wanted.iter().find(|host| !names.iter().any(|name| name.hostname == **host)) {
        let all: Vec<String> = names.iter().map(|name| name.hostname.to_string()).take(9).collect();
        return Err(Failure::failed(
            format!("no Ingress and no route has the hostname `{unknown}`"),
            if all.is_empty() {
                "they have none at all".to_owned()
            } else {
                format!("there are {}", all.join(", "))
            },
        ));
    }
    let is_meant = |name: &&NameView| {
        if wanted.is_empty() { name.sides.old } else { wanted.contains(&name.hostname) }
    };
    let meant: Vec<&NameView> = names.iter().filter(is_meant).collect();
    let now = Timestamp::now();
    let looking = Looking {
        view: Arc::clone(&view),
        compared: None,
        hostnames: meant.iter().map(|name| name.hostname.clone()).collect(),
        accepted: Some(wish.accepted.clone()),
        also: Accepted::default(),
        at: now,
    };
    let wire = Wire(handle.commands.clone());
    let found = if wish.except.contains(&Item::Probe) { looking.run() } else { looking.probe(&wire) };
    let host = |(hostname, looked): &(Hostname, crate::tui::facts::switch::Looked)| {
        let ttl = ttl(ttls, hostname, now);
        let all = looked.with_ttl(ttl);
        let all: Vec<_> = all.all().iter().filter(|(item, _)| !wish.except.contains(item)).cloned().collect();
        let verdict = match verdict(&all) {
            Verdict::Go => "go",
            Verdict::No => "no",
            Verdict::Unknown => "unknown",
        };
        let point = |(item, finding): &(Item, Finding)| Point {
            point: item.name(),
            finding: finding.name(),
            reason: finding.reason().to_owned(),
        };
        Host { hostname: hostname.to_string(), verdict, points: all.iter().map(point).collect() }
    };
    Ok(Shown { hostnames: found.all.iter().map(host).collect() })
}

/// What those points say together that are looked at: the rest counts as good.
fn verdict(all: &[(Item, Finding)]) -> Verdict {
    let left = Item::ALL.into_iter().filter(|item| !all.iter().any(|(of, _)| of == item));
    let left = left.map(|item| (item, Finding::Green(String::new())));
    Preflight::new(all.iter().cloned().chain(left)).verdict()
}

/// The TTL as a running rehearsal serves it.
fn ttl(running: Option<&Value>, hostname: &Hostname, now: Timestamp) -> Finding {
    let Some(running) = running else {
        return Finding::Unknown("no DNS was asked: --admin names a running rehearsal".to_owned());
    };
    let text = hostname.to_string();
    let names = running.get("names").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let Some(name) = names.iter().find(|name| name.get("hostname").and_then(Value::as_str) == Some(&text))
    else {
        return Finding::Unknown("the running rehearsal does not have it".to_owned());
    };
    let number = |key| name.get(key).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let from =
        name.get("ttl_counts_from").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    let (Some(seconds), Some(from)) = (number("ttl"), from) else {
        return Finding::Unknown("the running rehearsal does not say its TTL".to_owned());
    };
    let served = match number("ttl_before").filter(|before| *before > seconds) {
        Some(before) => {
            let since = from.checked_sub(SignedDuration::from_secs(before.into())).unwrap_or(from);
            Ttl::new(before, since).set(seconds, since)
        }
        None => Ttl::new(seconds, from),
    };
    Finding::of_ttl(served, LOW, now, clock)
}

fn text(shown: &Shown) -> String {
    if shown.hostnames.is_empty() {
        return "the old side has no hostname\n".to_owned();
    }
    let mut text = String::new();
    for Host { hostname, verdict, points } in &shown.hostnames {
        let sign = |finding: &str| match finding {
            "green" => "✓",
            "red" => "✗",
            _ => "?",
        };
        let word = match *verdict {
            "go" => "✓ go",
            "no" => "✗ no",
            _ => "? not all is known",
        };
        text.push_str(&format!("{}   {word}\n", clean(hostname)));
        for Point { point, finding, reason } in points {
            text.push_str(&format!("  {} {point:<12} {}\n", sign(finding), clean(reason)));
        }
    }
    text
}
