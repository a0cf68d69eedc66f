//! What a rehearsal is told: what stand-ins do wrong, how much load is sent, and of what.

use std::{path::PathBuf, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::Pane;
use crate::{
    config,
    rehearsal::{Backing, Fault, LoadSetting, Mix, StandInView},
    routing::BackendId,
    tui::{
        action::{Arg, ArgKind, Group, Place, Row, named},
        app::{Choice, Effect, Menu, Overlay, Prompt, State},
        facts::rehearsal::{self, Part},
    },
};

const FAULT: &[Arg] = &[
    Arg::optional("STAND-IN", ArgKind::StandIn),
    Arg::optional("FAULT", ArgKind::OneOf(&["off", "down", "503 20%", "+500ms", "slow 10kB/s"])),
];
const LOAD: &[Arg] = &[Arg::needed("RATE", ArgKind::Number), Arg::optional("CONNECTIONS", ArgKind::Number)];
const FROM: &[Arg] = &[Arg::optional("FILE", ArgKind::Path)];

/// What a rehearsal can be told.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("faults", &["F"], "choose what a stand-in does wrong, or type it", Group::Rehearsal, here, choose).hint("fault").off(no_fault),
    Row::new("fault", &[], "make a stand-in fail: `fault app-canary 503 20%`, `+500ms`, `slow 10kB/s`, `down`, `off`", Group::Rehearsal, here, fault).takes(FAULT),
    Row::new("fault-code", &["s"], "another status of faulty answers: 503, 500, 502, 504, 429, 404", Group::Rehearsal, here, |state, _| Ok(turn(state, Part::Code))).hint("status").quiet().off(no_fault),
    Row::new("fault-more", &["."], "a greater share of faulty answers", Group::Rehearsal, here, |state, _| Ok(turn(state, Part::More))).hint("share").quiet().off(no_fault),
    Row::new("fault-less", &[","], "a smaller share of faulty answers", Group::Rehearsal, here, |state, _| Ok(turn(state, Part::Less))).hint("share").paired().quiet().off(no_fault),
    Row::new("fault-latency", &["l"], "answers later: 50 ms to 5 s, none", Group::Rehearsal, here, |state, _| Ok(turn(state, Part::Latency))).hint("latency").quiet().off(no_fault),
    Row::new("fault-body", &["b"], "slower bodies: 100, 10, 1 kB/s, at once", Group::Rehearsal, here, |state, _| Ok(turn(state, Part::Body))).hint("slow").quiet().off(no_fault),
    Row::new("fault-down", &["X"], "refuses connections, or takes them again", Group::Rehearsal, here, |state, _| Ok(turn(state, Part::Down))).hint("down").quiet().off(no_fault),
    Row::new("fault-off", &["z"], "does nothing wrong", Group::Rehearsal, here, |state, _| Ok(turn(state, Part::Off))).hint("off").quiet().off(no_fault),
    Row::new("load", &[], "so many requests a second over so many connections: `load 200`, `load 200 64`, `load off`", Group::Rehearsal, here, load).takes(LOAD),
    Row::new("load-more", &["+"], "more requests a second", Group::Rehearsal, here, |state, _| Ok(change_load(state, true))).hint("load"),
    Row::new("load-less", &["-"], "fewer requests a second", Group::Rehearsal, here, |state, _| Ok(change_load(state, false))).hint("load").paired().off(no_load),
    Row::new("load-stop", &["0"], "no requests", Group::Rehearsal, here, |state, _| Ok(set_rate(state, 0.0))).hint("stop load").off(no_load),
    Row::new("connections-more", &[">"], "more connections of the load", Group::Rehearsal, here, |state, _| Ok(change_connections(state, true))),
    Row::new("connections-less", &["<"], "fewer connections of the load", Group::Rehearsal, here, |state, _| Ok(change_connections(state, false))),
    Row::new("load-from", &["r"], "send the requests of a HAR or an access log: `load-from FILE`; `load-from routes` those of the routes", Group::Rehearsal, here, load_from).hint("replay").takes(FROM),
];

fn here(place: Place) -> bool {
    place == Place::Rehearsal
}

fn no_fault(state: &State) -> Option<String> {
    let screen = &state.screens.rehearsal;
    if screen.pane != Pane::StandIns {
        return Some("choose a stand-in first: Tab".to_owned());
    }
    let selected = screen.stand_ins.selected()?;
    (!is_tellable(selected)).then(|| "only stand-ins of ours can be told to fail".to_owned())
}

fn no_load(state: &State) -> Option<String> {
    (load_now(state).rate <= 0.0).then(|| "there is no load".to_owned())
}

fn is_tellable(stand_in: &StandInView) -> bool {
    matches!(stand_in.backing, Backing::StandIn(_))
}

fn name(stand_in: &StandInView) -> String {
    format!("{}:{}", stand_in.backend.service, stand_in.backend.port)
}

/// What was told a moment ago. Keys that are pressed quickly build on it: the view may not have it yet.
#[derive(Debug, Default)]
pub struct Told {
    fault: Option<(Arc<BackendId>, Fault, Timestamp)>,
    load: Option<(LoadSetting, Timestamp)>,
}

/// Until then the view has what was told, or it was not done.
const SOON: SignedDuration = SignedDuration::from_secs(1);

/// Changes one part of what the selected stand-in does wrong.
fn turn(state: &mut State, part: Part) -> Vec<Effect> {
    let clock = state.clock;
    let screen = &mut state.screens.rehearsal;
    let Some(stand_in) = screen.stand_ins.selected() else { return Vec::new() };
    let told = screen
        .told
        .fault
        .take()
        .filter(|(id, _, at)| *id == stand_in.backend && clock.duration_since(*at) < SOON);
    let now = told.map_or(stand_in.fault, |(_, fault, _)| fault);
    let (backend, fault) = (Arc::clone(&stand_in.backend), rehearsal::turned(&now, part));
    screen.told.fault = Some((Arc::clone(&backend), fault, clock));
    vec![Effect::Fault(backend, fault)]
}

/// The load as it is, or as it was told to be a moment ago.
fn load_now(state: &State) -> LoadSetting {
    let told = state.screens.rehearsal.told.load.filter(|(_, at)| state.clock.duration_since(*at) < SOON);
    told.map_or(state.view.load.setting, |(setting, _)| setting)
}

fn set_load(state: &mut State, setting: LoadSetting) -> Vec<Effect> {
    state.screens.rehearsal.told.load = Some((setting, state.clock));
    vec![Effect::Load(setting)]
}

fn choose(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let Some(stand_in) = state.screens.rehearsal.stand_ins.selected() else {
        return Err("no stand-in is selected".to_owned());
    };
    let Some(action) = named("fault") else { return Ok(Vec::new()) };
    let (name, now) = (name(stand_in), stand_in.fault.to_string());
    let choice = |key: char, label: &str, detail: &str, args: &[&str]| Choice {
        key: Some(key),
        label: label.to_owned(),
        detail: detail.to_owned(),
        off: None,
        action,
        args: std::iter::once(name.clone()).chain(args.iter().map(|arg| (*arg).to_owned())).collect(),
    };
    let items = vec![
        choice('5', "503 20%", "every fifth answer is 503", &["503", "20%"]),
        choice('a', "500", "every answer is 500", &["500"]),
        choice('l', "+500ms", "each answer half a second later", &["+500ms"]),
        choice('i', "+500ms±400ms", "now sooner, now later", &["+500ms±400ms"]),
        choice('b', "slow 10kB/s", "the head at once, the body slowly", &["slow", "10kB/s"]),
        choice('d', "down", "refuses connections", &["down"]),
        choice('o', "off", "as it should be", &["off"]),
        choice('t', "type it…", "several together, other numbers", &[]),
    ];
    let at = items.iter().position(|item| item.label == now).unwrap_or(0);
    let title = format!("{name} does wrong: {now}");
    state.menu(Menu { title, items, at, moved: None, left: None });
    Ok(Vec::new())
}

/// `fault [STAND-IN] FAULT…`; asks for it when it is not there.
fn fault(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let all = state.screens.rehearsal.stand_ins.all();
    let named: Vec<&StandInView> = args
        .first()
        .map(|wanted| all.iter().filter(|one| is_called(one, wanted)).collect())
        .unwrap_or_default();
    let (stand_ins, words) = match &named[..] {
        // Before what could be a name of nobody, so that a mistake in a fault is told as one.
        [] => match state.screens.rehearsal.stand_ins.selected() {
            Some(selected) if args.first().is_none_or(|first| !looks_like_a_name(first)) => {
                (vec![selected], args)
            }
            Some(_) | None => return Err(unknown(all, args.first().map_or("", |first| first))),
        },
        found => (found.to_vec(), args.get(1..).unwrap_or_default()),
    };
    if let Some(other) = stand_ins.iter().find(|one| !is_tellable(one)) {
        return Err(format!("{} is not answered by a stand-in of ours", name(other)));
    }
    if words.is_empty() {
        let Some(one) = stand_ins.first() else { return Ok(Vec::new()) };
        let text = if one.fault.is_off() { String::new() } else { one.fault.to_string() };
        let label = format!("{} does wrong:", name(one));
        state.overlay = Some(Overlay::Prompt(Prompt { label, text, then: typed_fault }));
        return Ok(Vec::new());
    }
    let fault: Fault = words.join(" ").parse().map_err(|error| format!("{error}"))?;
    Ok(stand_ins.iter().map(|one| Effect::Fault(Arc::clone(&one.backend), fault)).collect())
}

fn typed_fault(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let selected = state.screens.rehearsal.stand_ins.selected();
    let stand_in = selected.ok_or("no stand-in is selected")?;
    let fault: Fault = text.parse().map_err(|error| format!("{error}"))?;
    Ok(vec![Effect::Fault(Arc::clone(&stand_in.backend), fault)])
}

/// `app-canary`, `shop/app-canary`, `shop/app-canary:8080`
fn is_called(stand_in: &StandInView, wanted: &str) -> bool {
    let service = &stand_in.backend.service;
    *service.name == *wanted || service.to_string() == wanted || name(stand_in) == wanted
}

/// No fault begins with a letter but these.
fn looks_like_a_name(word: &str) -> bool {
    let fault = ["off", "down", "slow", "latency:"].iter().any(|fault| word.starts_with(fault));
    !fault && word.starts_with(|c: char| c.is_alphabetic())
}

fn unknown(all: &[StandInView], wanted: &str) -> String {
    let services: Vec<_> =
        all.iter().filter(|one| is_tellable(one)).map(|one| &one.backend.service).collect();
    if services.is_empty() {
        return "no stand-in of ours answers here".to_owned();
    }
    let whole: Vec<String> = services.iter().map(ToString::to_string).collect();
    // Who leaves the namespace out is held against names alone, and told the whole.
    let typed = |at: usize| {
        let last = if wanted.contains('/') { None } else { services.get(at).map(|service| &*service.name) };
        last.or_else(|| whole.get(at).map(String::as_str)).unwrap_or_default()
    };
    let near = config::nearest(wanted, (0..whole.len()).map(typed));
    let near = near.and_then(|near| whole.iter().enumerate().find(|(at, _)| typed(*at) == near));
    let advice = match near {
        Some((_, near)) => format!("did you mean `{near}`?"),
        None => config::advise(wanted, whole.iter().map(String::as_str)),
    };
    format!("there is no stand-in `{wanted}`; {advice}")
}

fn change_load(state: &mut State, more: bool) -> Vec<Effect> {
    let rate = rehearsal::next_rate(load_now(state).rate, more);
    set_rate(state, rate)
}

fn set_rate(state: &mut State, rate: f64) -> Vec<Effect> {
    let now = load_now(state);
    set_load(state, LoadSetting { rate, ..now })
}

fn change_connections(state: &mut State, more: bool) -> Vec<Effect> {
    let now = load_now(state);
    let concurrency = rehearsal::next_connections(now.concurrency, more);
    set_load(state, LoadSetting { concurrency, ..now })
}

fn load(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let mut setting = load_now(state);
    let [rate, connections @ ..] = args else {
        return Err("say how many requests a second: `load 200`, or `load off`".to_owned());
    };
    let number = rate.strip_suffix("/s").unwrap_or(rate);
    setting.rate = match number {
        "off" => 0.0,
        number => {
            number.parse().ok().filter(|rate| (0.0..=1_000_000.0).contains(rate)).ok_or_else(|| {
                format!("a load is a number of requests a second up to 1000000, not `{rate}`")
            })?
        }
    };
    match connections {
        [] => {}
        [connections] => {
            let number = connections.parse().ok().filter(|number| (1..=4096).contains(number));
            setting.concurrency = number
                .ok_or_else(|| format!("connections are a number from 1 to 4096, not `{connections}`"))?;
        }
        [_, more, ..] => return Err(format!("`{more}` is one word too many: `load RATE CONNECTIONS`")),
    }
    Ok(set_load(state, setting))
}

fn load_from(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    if args.is_empty() {
        let text = match &state.view.load.recorded {
            Some(recorded) => recorded.recording.name.clone(),
            None => String::new(),
        };
        let label = "HAR or access log to send, or `routes`:".to_owned();
        state.overlay = Some(Overlay::Prompt(Prompt { label, text, then: |_, text| from(text) }));
        return Ok(Vec::new());
    }
    from(&args.join(" "))
}

fn from(text: &str) -> Result<Vec<Effect>, String> {
    match text.trim() {
        "" => Err("name a HAR or an access log, or `routes`".to_owned()),
        "routes" => Ok(vec![Effect::Mix(Mix::Routes)]),
        path => {
            let home = path.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest)));
            Ok(vec![Effect::LoadFrom(home.unwrap_or_else(|| PathBuf::from(path)))])
        }
    }
}

#[cfg(test)]
mod tests;
