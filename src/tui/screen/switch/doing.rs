//! What is done with names: looked at, lowered, switched, held, rolled back, finished; each change agreed to first.

use std::sync::Arc;

use super::wrong;
use crate::{
    comparison::{Acceptance, AcceptedFile},
    dns::{Hostname, Record},
    rehearsal::{NameView, Switch, Switched, Unswitched, Which, names_key},
    switch::{Done, Event, Finding, Pointing, Verdict},
    tui::{
        action::{Arg, ArgKind, Group, Place, Row, named},
        app::{Choice, Consent, Deed, Dialog, Effect, Menu, Overlay, Prompt, State},
        facts::{
            Line, Reading, Tone,
            compare::Acceptable,
            switch::{Looking, consequence, figures, pointing, possible, until},
        },
        format,
        screen::Id,
    },
};

/// What can be done here.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("preflight", &["p"], "look at the hostname before it is switched, and ask both sides over the wire", Group::Switch, here, preflight).hint("preflight").off(no_name),
    Row::new("accept", &["C"], "accept what differs for the hostname, with a reason", Group::Switch, here, accept).hint("accept").quiet().writes().off(no_difference),
    Row::new("lower-ttl", &["l"], "serve another TTL: `lower-ttl 5`", Group::Switch, here, lower).hint("TTL").takes(TTL).writes().off(no_name),
    Row::new("switch-to", &["s"], "switch to the new side; by name to a share too: `switch-to 25`", Group::Switch, here, switch).hint("switch").takes(TO).writes().off(no_switch),
    Row::new("wave", &["w"], "switch the next wave: 10, 50, 100 %", Group::Switch, here, |state, _| order(state, Event::Wave)).hint("wave").saying(wave_word).writes().off(no_wave),
    Row::new("roll-back", &["b"], "back to the old side; that is as slow as the TTL", Group::Switch, here, |state, _| order(state, Event::RollBack)).hint("roll back").writes().off(no_way_back),
    Row::new("hold-name", &["h"], "hold: only the way back is open; or go on", Group::Switch, here, hold).hint("hold").saying(hold_word).writes().off(no_name),
    Row::new("finish", &["x"], "the old side is needed no more; or open it again", Group::Switch, here, finish).hint("finish").saying(finish_word).writes().off(no_finish),
    Row::new("undo-switch", &["u"], "take the last change of names back", Group::Switch, here, undo).hint("undo").quiet().writes().off(no_undo),
    Row::new("side-fault", &["F"], "let something go wrong at the new side: its certificate, a route, 5xx; `side-fault off`", Group::Switch, here, wrong::fault).hint("fault").takes(wrong::FAULT).off(no_name),
    Row::new("mark-name", &["space"], "mark the hostname: what is done is done to all that are marked", Group::Switch, here, mark).hint("mark").off(no_name),
    Row::new("mark-all", &["a"], "mark all hostnames that are shown, or none", Group::Switch, here, mark_all).hint("all").off(no_name),
];

const TTL: &[Arg] = &[Arg::optional("SECONDS", ArgKind::Number)];
const TO: &[Arg] = &[Arg::optional("TO", ArgKind::Text)];
/// TTLs that are offered.
const TTLS: [u32; 5] = [5, 10, 30, 60, 300];
/// Hostnames that a question names.
const NAMED: usize = 6;

fn here(place: Place) -> bool {
    place == Place::Switch
}

fn no_name(state: &State) -> Option<String> {
    if state.view.names.is_none() {
        return Some("no name can be switched: start with --side both --dns".to_owned());
    }
    state.screens.switch.selected().is_none().then(|| "no hostname is selected".to_owned())
}

/// Why an event can be done to none of those that are meant.
fn off(state: &State, event: Event) -> Option<String> {
    let mut first = None;
    for name in state.screens.switch.meant() {
        match possible(name, event, state.clock) {
            Ok(_) => return None,
            Err(why) => drop(first.get_or_insert(why)),
        }
    }
    no_name(state).or(first)
}

fn no_switch(state: &State) -> Option<String> {
    // With a share behind its name it may be possible where all of it is not.
    no_name(state)
}

fn no_wave(state: &State) -> Option<String> {
    off(state, Event::Wave)
}

fn no_way_back(state: &State) -> Option<String> {
    off(state, Event::RollBack)
}

fn no_finish(state: &State) -> Option<String> {
    off(state, finishing(state))
}

fn finishing(state: &State) -> Event {
    let finished = state.screens.switch.meant().next().is_some_and(|name| name.journey.is_finished());
    if finished { Event::Reopen } else { Event::Finish }
}

fn holding(state: &State) -> Event {
    let held = state.screens.switch.meant().next().is_some_and(|name| name.journey.is_held());
    if held { Event::Resume } else { Event::Hold }
}

fn hold_word(state: &State) -> String {
    if holding(state) == Event::Hold { "hold" } else { "go on" }.to_owned()
}

fn finish_word(state: &State) -> String {
    if finishing(state) == Event::Finish { "finish" } else { "open again" }.to_owned()
}

fn wave_word(state: &State) -> String {
    let next = state.screens.switch.meant().next().and_then(|name| name.journey.next_wave());
    next.map_or_else(|| "wave".to_owned(), |to| format!("wave {} %", to.percent()))
}

/// The newest change of names that was not taken back.
fn undoable(state: &State) -> Option<&crate::rollout::Entry> {
    let journal = &state.view.journal;
    let taken: Vec<usize> = journal.iter().filter_map(|entry| entry.undo_of).collect();
    let key = names_key();
    let mut ours = journal.iter().enumerate().rev().filter(|(_, entry)| entry.edit.object == key);
    ours.find(|(at, entry)| entry.undo_of.is_none() && !taken.contains(at)).map(|(_, entry)| entry)
}

fn no_undo(state: &State) -> Option<String> {
    undoable(state).is_none().then(|| "no change of names is left to take back".to_owned())
}

fn preflight(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let hostnames = state.screens.switch.meant().map(|name| name.hostname.clone()).collect();
    state.screens.switch.looking = true;
    Ok(vec![Effect::Preflight(Box::new(state.look_at(hostnames)), true)])
}

/// Differences of those that are meant that nobody accepted.
fn unaccepted(state: &State) -> Vec<String> {
    let screen = &state.screens.switch;
    let looked = screen.meant().filter_map(|name| screen.looked.get(&name.hostname));
    let mut all: Vec<String> = looked.flat_map(|looked| looked.left.clone()).collect();
    all.sort();
    all.dedup();
    all
}

fn no_difference(state: &State) -> Option<String> {
    let screen = &state.screens.switch;
    let left =
        |name: &NameView| screen.looked.get(&name.hostname).is_some_and(|looked| !looked.left.is_empty());
    let any = screen.meant().any(left);
    no_name(state).or_else(|| (!any).then(|| "nothing differs that was not accepted".to_owned()))
}

fn accept(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let label = format!("why {} differences of {} are good:", unaccepted(state).len(), whom(state));
    state.overlay = Some(Overlay::Prompt(Prompt { label, text: String::new(), then: accept_because }));
    Ok(Vec::new())
}

fn accept_because(state: &mut State, reason: &str) -> Result<Vec<Effect>, String> {
    if reason.trim().is_empty() {
        return Err("nothing is accepted without a reason".to_owned());
    }
    let date = state.today();
    let one = |id| Acceptance { id, reason: reason.trim().to_owned(), date: date.clone() };
    let all: Vec<Acceptance> = unaccepted(state).into_iter().map(one).collect();
    let what = format!("{} differences of {}", all.len(), whom(state));
    let Some(file) = state.accepted_file() else {
        for one in all {
            state.screens.switch.accepted.put(one);
        }
        return Ok(state.accepted(Ok(format!("{what}, until the end of the demo"))));
    };
    let file = AcceptedFile::read(&file).map_err(|error| error.to_string())?;
    let before = file.accepted().clone();
    state.asks_to_accept(Acceptable::of(Some(file), before, all, what));
    Ok(Vec::new())
}

fn lower(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    if let Some(text) = args.first() {
        let seconds = text.parse::<u32>().ok().filter(|seconds| *seconds <= Record::MAX_TTL);
        let seconds = seconds.ok_or_else(|| format!("a TTL is a number of seconds, not `{text}`"))?;
        return order(state, Event::Ttl(seconds));
    }
    let Some(action) = named("lower-ttl") else { return Ok(Vec::new()) };
    let choice = |(at, seconds): (usize, &u32)| Choice {
        key: char::from_digit(at as u32 + 1, 10),
        label: format!("{seconds} s"),
        detail: String::new(),
        off: off(state, Event::Ttl(*seconds)),
        action,
        args: vec![seconds.to_string()],
    };
    let items = TTLS.iter().enumerate().map(choice).collect();
    state.menu(Menu { title: format!("TTL of {}", whom(state)), items, at: 0, moved: None, left: None });
    Ok(Vec::new())
}

fn switch(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let to = match args.first() {
        None => Pointing::NEW,
        Some(text) => text.parse().map_err(|error| format!("{error}"))?,
    };
    order(state, Event::Point(to))
}

fn hold(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    order(state, holding(state))
}

fn finish(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    order(state, finishing(state))
}

fn mark(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let screen = &mut state.screens.switch;
    if let Some(hostname) = screen.selected().map(|name| name.hostname.clone()) {
        if !screen.marked.remove(&hostname) {
            screen.marked.insert(hostname);
        }
        screen.list.step(1);
    }
    Ok(Vec::new())
}

fn mark_all(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let screen = &mut state.screens.switch;
    let shown: Vec<Hostname> = (0..screen.list.len())
        .filter_map(|line| screen.list.item(line))
        .map(|row| row.name.hostname.clone())
        .collect();
    if screen.marked.is_empty() {
        screen.marked.extend(shown);
    } else {
        screen.marked.clear();
    }
    Ok(Vec::new())
}

/// `app.example.com`, `12 hostnames`
pub(super) fn whom(state: &State) -> String {
    let screen = &state.screens.switch;
    match (screen.marked.len(), screen.meant().next()) {
        (0 | 1, Some(one)) => one.hostname.to_string(),
        (many, _) => format!("{} hostnames", format::grouped(many as u64)),
    }
}

/// Asks for an order: what it does to each, what preflight says, and how the way back is.
fn order(state: &mut State, event: Event) -> Result<Vec<Effect>, String> {
    let now = state.clock;
    let clock = |at: jiff::Timestamp| at.to_zoned(state.zone.clone()).strftime("%H:%M:%S").to_string();
    let (mut lines, mut left, mut can) = (Vec::new(), Vec::new(), Vec::new());
    for name in state.screens.switch.meant() {
        match possible(name, event, now) {
            Ok((journey, done)) => {
                if can.len() < NAMED {
                    lines.push(consequence(name, &journey, done, now, clock));
                }
                can.push(name);
            }
            Err(why) => left.push((name.hostname.clone(), why)),
        }
    }
    let Some(first) = can.first() else {
        let why = left.into_iter().next().map(|(hostname, why)| format!("{hostname}: {why}"));
        return Err(why.unwrap_or_else(|| "no hostname is selected".to_owned()));
    };
    if can.len() > NAMED {
        lines.push(Line::dim(format!("and {} more", format::grouped((can.len() - NAMED) as u64))));
    }
    if let Some((hostname, why)) = left.first() {
        let more = if left.len() > 1 { format!(", and {} more", left.len() - 1) } else { String::new() };
        lines.push(Line::of(Tone::Warn, format!("! left as they are: {hostname} ({why}){more}")));
    }
    let moves = matches!(event, Event::Point(_) | Event::Wave);
    if moves {
        let rate: f64 = can
            .iter()
            .filter_map(|name| {
                let figures = figures(&state.view, &name.hostname.to_string());
                match (figures.own, figures.old.rate, figures.new.rate) {
                    (true, Reading::Is(old), Reading::Is(new)) => Some(old + new),
                    _ => None,
                }
            })
            .sum();
        if rate > 0.0 {
            lines.push(Line::dim(format!("at {} requests/s of the clients here", format::rate(rate))));
        }
        lines.extend(preflight_told(state, &can));
    }
    lines.push(Line::default());
    lines.push(match event {
        Event::RollBack | Event::Point(Pointing::OLD) => Line::of(
            Tone::Warn,
            "Rolling back is as slow as the TTL: whoever asked before stays at new until then.",
        ),
        Event::Point(_) | Event::Wave => {
            let back = until(first.journey.back_by(now), now).unwrap_or_default();
            Line::dim(format!("Rolling back is as slow as the TTL: up to {back} for those that obey."))
        }
        Event::Ttl(_) => Line::dim("A lower TTL counts when the one before has run out everywhere."),
        Event::Hold | Event::Resume | Event::Finish | Event::Reopen => {
            Line::dim("Nothing that DNS answers is changed by this.")
        }
    });
    let to = can.first().map(|name| possible(name, event, now));
    let to = to.and_then(Result::ok).map(|(journey, _)| pointing(journey.pointing())).unwrap_or_default();
    let what = match &can[..] {
        [one] => one.hostname.to_string(),
        many => format!("{} hostnames", format::grouped(many.len() as u64)),
    };
    let title = match event {
        Event::Point(_) => format!("Switch {what} to {to}"),
        Event::Wave => format!("The next wave of {what}: {to}"),
        Event::RollBack => format!("Roll {what} back to {to}"),
        Event::Ttl(seconds) => format!("Serve a TTL of {seconds} s for {what}"),
        Event::Hold => format!("Hold {what}"),
        Event::Resume => format!("Let {what} go on"),
        Event::Finish => format!("Finish {what}"),
        Event::Reopen => format!("Open {what} again"),
    };
    let which = Which::These(can.iter().map(|name| name.hostname.clone()).collect());
    let deed = Deed::Switch(Switch { which, event, force: false });
    state.dialog = Some(Dialog::Names(Box::new(Consent { title, lines, deed })));
    Ok(Vec::new())
}

/// What preflight says of those that would be switched.
fn preflight_told(state: &State, can: &[&NameView]) -> Vec<Line> {
    let clock = |at: jiff::Timestamp| at.to_zoned(state.zone.clone()).strftime("%H:%M:%S").to_string();
    let (mut go, mut unlooked, mut lines) = (0, 0, Vec::new());
    for name in can {
        let Some(looked) = state.screens.switch.looked.get(&name.hostname) else {
            unlooked += 1;
            continue;
        };
        let preflight = looked.preflight(name, state.clock, clock);
        if preflight.verdict() == Verdict::Go {
            go += 1;
            continue;
        }
        for (item, finding) in preflight.all().iter().filter(|(_, it)| matches!(it, Finding::Red(_))) {
            let of = if can.len() > 1 { format!(" of {}", name.hostname) } else { String::new() };
            lines.push(Line::of(Tone::Bad, format!("✗ {item}{of}: {}", finding.reason())));
        }
        let unknown = preflight.all().iter().filter(|(_, it)| matches!(it, Finding::Unknown(_)));
        let unknown: Vec<String> = unknown.map(|(item, _)| item.to_string()).collect();
        if !unknown.is_empty() {
            let of = if can.len() > 1 { format!(" of {}", name.hostname) } else { String::new() };
            lines.push(Line::dim(format!("? not known{of}: {}", unknown.join(", "))));
        }
    }
    lines.truncate(NAMED);
    if unlooked > 0 {
        lines.push(Line::of(Tone::Warn, format!("! preflight did not look at {unlooked} of them: p does")));
    }
    if go > 0 {
        lines.push(Line::of(Tone::Good, format!("✓ preflight: {go} of {} can go", can.len())));
    }
    lines
}

fn undo(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let entry = undoable(state).ok_or("no change of names is left to take back")?;
    let back = entry.edit.inverse();
    let mut lines: Vec<Line> = crate::rehearsal::named(&back)
        .take(NAMED)
        .map(|(hostname, aspect, old, new)| {
            let shown =
                |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Line::plain(format!("{hostname}   {aspect} {} ▸ {}", shown(old), shown(new)))
        })
        .collect();
    let more = back.fields.len().saturating_sub(NAMED);
    if more > 0 {
        lines.push(Line::dim(format!("and {} more", format::grouped(more as u64))));
    }
    lines.push(Line::default());
    lines.push(Line::of(
        Tone::Warn,
        "The way back is as slow as the TTL: whoever asked before keeps what was answered.",
    ));
    let title = format!("Take back: {}", entry.summary);
    state.dialog = Some(Dialog::Names(Box::new(Consent { title, lines, deed: Deed::Undo })));
    Ok(Vec::new())
}

impl State {
    /// A look of preflight at hostnames, as they are now.
    pub fn look_at(&self, hostnames: Vec<Hostname>) -> Looking {
        let accepted = self.accepted_file();
        let also = self.screens.switch.accepted.clone();
        let compared = self.screens.switch.compared(&self.view).cloned();
        Looking { view: Arc::clone(&self.view), compared, hostnames, accepted, also, at: self.clock }
    }

    /// Tells what became of an order.
    pub fn switched(&mut self, outcome: Result<Vec<Switched>, Vec<Unswitched>>) {
        let (tone, text) = match outcome {
            Ok(all) => {
                let done: Vec<&Switched> =
                    all.iter().filter(|one| !matches!(one.done, Ok(Done::Already) | Err(_))).collect();
                let what = match &done[..] {
                    [] => return,
                    [one] => format!("{} ▸ {}", one.hostname, pointing(one.journey.pointing())),
                    many => format!("{} hostnames", format::grouped(many.len() as u64)),
                };
                let by = done.iter().filter_map(|one| match one.done {
                    Ok(Done::Pointed { moved_by, .. }) => Some(moved_by),
                    Ok(Done::Ttl { settled, .. }) => Some(settled),
                    Ok(Done::Marked | Done::Already) | Err(_) => None,
                });
                let by = by.max().and_then(|by| until(by, self.clock));
                let by = by.map(|time| format!(", over in {time}")).unwrap_or_default();
                (Tone::Good, format!("done: {what}{by}   u takes it back"))
            }
            Err(wrong) => {
                let first = wrong.first().map(|one| format!("{}: {}", one.hostname, one.message));
                (
                    Tone::Bad,
                    first.unwrap_or_else(|| "it could not be written down, so it was not done".to_owned()),
                )
            }
        };
        self.note(tone, text);
    }

    /// Has preflight look again where something changed that can matter, while somebody looks at it.
    pub fn preflight_follow(&mut self) {
        if self.screen() != Id::Switch || self.screens.switch.looking {
            return;
        }
        let stale = self.screens.switch.stale(&self.view);
        if !stale.is_empty() {
            self.screens.switch.begins_to_look();
            let looking = self.look_at(stale);
            self.outbox.push(Effect::Preflight(Box::new(looking), false));
        }
    }

    /// Where accepted differences are kept; none for what is built in.
    pub(in crate::tui) fn accepted_file(&self) -> Option<std::path::PathBuf> {
        let by_itself = || (!self.view.source.starts_with("demo ")).then(|| crate::comparison::FILE.into());
        self.screens.compare.file.clone().or_else(by_itself)
    }
}
