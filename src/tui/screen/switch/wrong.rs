//! What can go wrong at the new side only, chosen from a menu or typed.

use super::doing::whom;
use crate::{
    rehearsal::SideFault,
    routing::Side,
    tui::{
        action::{Arg, ArgKind, named},
        app::{Choice, Effect, Menu, State},
    },
};

/// What can be typed behind the name.
pub(super) const FAULT: &[Arg] = &[Arg::optional(
    "FAULT",
    ArgKind::OneOf(&[
        "off",
        "certificate-missing",
        "certificate-other-name",
        "route-missing",
        "backend-unreachable",
        "body-limit",
        "timeout",
        "dns-alternates",
        "resolver-ignores-ttl",
    ]),
)];

/// Lets the user choose, or does what was typed.
pub(super) fn fault(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let hosts: Vec<String> = state.screens.switch.meant().map(|name| name.hostname.to_string()).collect();
    if !args.is_empty() {
        return typed_fault(hosts, &args.join(" "));
    }
    let Some(action) = named("side-fault") else { return Ok(Vec::new()) };
    let choice = |key: char, label: &str, detail: &str| Choice {
        key: Some(key),
        label: label.to_owned(),
        detail: detail.to_owned(),
        off: None,
        action,
        args: label.split(' ').map(str::to_owned).collect(),
    };
    let items = vec![
        choice('5', "500 20%", "every fifth answer of the new side is 500"),
        choice('c', "certificate-missing", "the new side's listener has no certificate"),
        choice('n', "certificate-other-name", "it has one for another name"),
        choice('r', "route-missing", "its route is not there"),
        choice('u', "backend-unreachable", "a backend that only the old side reaches"),
        choice('b', "body-limit 1kB", "larger bodies are refused"),
        choice('t', "timeout 500ms", "cuts what takes longer"),
        choice('d', "dns-alternates", "DNS answers old and new in turn"),
        choice('i', "resolver-ignores-ttl", "what was answered once is kept for an hour"),
        choice('o', "off", "all as it should be"),
    ];
    let title = format!("{} goes wrong at the new side", whom(state));
    state.menu(Menu { title, items, at: 0, moved: None, left: None });
    Ok(Vec::new())
}

fn typed_fault(hosts: Vec<String>, text: &str) -> Result<Vec<Effect>, String> {
    let fault = match text.trim() {
        "off" => None,
        text => Some(text.parse::<SideFault>().map_err(|error| error.to_string())?),
    };
    Ok(vec![Effect::Wrong(Side::New, fault, hosts)])
}
