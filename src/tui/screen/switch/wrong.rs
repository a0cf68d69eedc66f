//! What can go wrong at the new side only, chosen from a menu or typed.

use super::doing::whom;
use crate::{
    rehearsal::{SIDE_FAULTS, SideFault},
    routing::Side,
    tui::{
        action::{Arg, ArgKind, named},
        app::{Choice, Effect, Menu, State},
    },
};

/// What can be typed behind the name.
pub(super) const FAULT: &[Arg] = &[Arg::optional("FAULT", ArgKind::OneOf(&WORDS))];

const WORDS: [&str; SIDE_FAULTS.len() + 1] = {
    let mut words = ["off"; SIDE_FAULTS.len() + 1];
    let mut at = 0;
    while at < SIDE_FAULTS.len() {
        words[at + 1] = SIDE_FAULTS[at].0;
        at += 1;
    }
    words
};

/// The keys of [`SIDE_FAULTS`] in the menu.
const KEYS: [char; SIDE_FAULTS.len()] = ['c', 'n', 'r', 'u', 'b', 't', '5', 'l', 's', 'x', 'd', 'i'];

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
    let offered = SIDE_FAULTS.iter().zip(KEYS);
    let mut items: Vec<_> = offered.map(|((label, detail), key)| choice(key, label, detail)).collect();
    items.push(choice('o', "off", "all as it should be"));
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
