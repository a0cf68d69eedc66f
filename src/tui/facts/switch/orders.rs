//! What an order would do to hostnames, before it is given: which can follow it, which can not and why, and what it means.

use jiff::Timestamp;

use super::{pointing, until};
use crate::{
    rehearsal::NameView,
    switch::{Done, Event, Journey, Pointing},
    tui::facts::{Line, Tone},
};

/// What would become of a hostname.
///
/// # Errors
/// Why it can not be done.
pub fn possible(name: &NameView, event: Event, now: Timestamp) -> Result<(Journey, Done), String> {
    let (journey, done) = name.journey.apply(event, now).map_err(|why| why.to_string())?;
    if let Done::Pointed { to, .. } = done {
        if to != Pointing::OLD && !name.sides.new {
            return Err("only the old side serves it; at the new side it would not be found".to_owned());
        }
        if to != Pointing::NEW && !name.sides.old {
            return Err("only the new side serves it; at the old side it would not be found".to_owned());
        }
    }
    if done == Done::Already {
        return Err(already(name, event));
    }
    Ok((journey, done))
}

fn already(name: &NameView, event: Event) -> String {
    match event {
        Event::Point(_) | Event::Wave | Event::RollBack => {
            format!("it points at {} already", pointing(name.journey.pointing()))
        }
        Event::Ttl(seconds) => format!("its TTL is {seconds} s already"),
        Event::Hold => "it is held already".to_owned(),
        Event::Resume => "it is not held".to_owned(),
        Event::Finish => "it is finished already".to_owned(),
        Event::Reopen => "it is not finished".to_owned(),
    }
}

/// What it means for one hostname, in a line.
pub fn consequence(
    name: &NameView,
    journey: &Journey,
    done: Done,
    now: Timestamp,
    clock: impl Fn(Timestamp) -> String,
) -> Line {
    let hostname = format!("{}   ", name.hostname);
    let line = Line::plain(hostname);
    match done {
        Done::Pointed { from, to, moved_by } => {
            let in_time = until(moved_by, now).map(|time| format!(" (in {time})")).unwrap_or_default();
            let tone = |at: Pointing| if at == Pointing::OLD { Tone::Old } else { Tone::New };
            line.and(tone(from), pointing(from))
                .and(Tone::Dim, " ▸ ")
                .and(tone(to), pointing(to))
                .and(Tone::Dim, format!("   all that obey have moved by {}{in_time}", clock(moved_by)))
        }
        Done::Ttl { from, to, settled } => {
            let line = line.and(Tone::Plain, format!("TTL {from} s ▸ {to} s"));
            match until(settled, now) {
                Some(time) => {
                    line.and(Tone::Dim, format!("   it counts from {} on (in {time})", clock(settled)))
                }
                None => line.and(Tone::Dim, "   it counts at once"),
            }
        }
        Done::Marked | Done::Already => {
            let word = match (journey.is_finished(), journey.is_held()) {
                (true, _) => "finished: the old side is needed no more",
                (_, true) => "held: only the way back is open",
                (false, false) => "goes on",
            };
            line.and(Tone::Plain, word)
        }
    }
}
