//! Everything that a key can do: the one table that bindings, help, footer and read-only gating are made from.

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Action {
    Overview,
    Gateways,
    Routes,
    Canary,
    Rehearsal,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Close,
    Expand,
    Open,
    Describe,
    Weights,
    Back,
    NextPane,
    PreviousPane,
    Filter,
    Less,
    More,
    LessByFive,
    MoreByFive,
    Set,
    Balance,
    Apply,
    Undo,
    Abort,
    Fault,
    LoadMore,
    LoadLess,
    LoadStop,
    Confirm,
    Cancel,
    Help,
    Theme,
    Redraw,
    Suspend,
    Quit,
}

/// Where one is: what a key means depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Place {
    Overview,
    Gateways,
    Routes,
    Rules,
    Canary,
    Rehearsal,
    Detail,
    Help,
    Dialog,
}

/// Headings of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Group {
    Screens,
    Moving,
    Objects,
    Weights,
    Rehearsal,
    General,
}

impl Group {
    /// All, in the order of the help.
    pub const ALL: [Self; 6] =
        [Self::Moving, Self::Screens, Self::Objects, Self::Weights, Self::Rehearsal, Self::General];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Screens => "Screens",
            Self::Moving => "Moving",
            Self::Objects => "Objects",
            Self::Weights => "Weights",
            Self::Rehearsal => "Rehearsal",
            Self::General => "General",
        }
    }
}

/// One action and all that is said of it.
#[derive(Debug)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Its name in the config and on the command line of the console.
    pub name: &'static str,
    /// Keys at first.
    pub keys: &'static [&'static str],
    /// One line for the help.
    pub help: &'static str,
    /// A word for the footer; empty when it does not stand there.
    pub hint: &'static str,
    /// Its heading in the help.
    pub group: Group,
    /// Where it works.
    pub places: &'static [Place],
    /// Whether it changes anything: off when the session is read-only.
    pub mutates: bool,
}

use Place as P;

const SCREENS: &[Place] =
    &[P::Overview, P::Gateways, P::Routes, P::Rules, P::Canary, P::Rehearsal, P::Detail, P::Help];
const EVERYWHERE: &[Place] =
    &[P::Overview, P::Gateways, P::Routes, P::Rules, P::Canary, P::Rehearsal, P::Detail, P::Help, P::Dialog];
const LISTS: &[Place] = &[P::Overview, P::Gateways, P::Routes, P::Rules, P::Rehearsal];
const INSIDE: &[Place] =
    &[P::Overview, P::Gateways, P::Routes, P::Rules, P::Canary, P::Rehearsal, P::Detail, P::Help];
const OBJECTS: &[Place] = &[P::Overview, P::Gateways, P::Routes, P::Rules, P::Canary, P::Rehearsal];
const CANARY: &[Place] = &[P::Canary];
const REHEARSAL: &[Place] = &[P::Rehearsal];
const DIALOG: &[Place] = &[P::Dialog];

#[allow(clippy::too_many_arguments, reason = "a row of the table below, written once a line")]
const fn row(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
    group: Group,
    places: &'static [Place],
) -> Row {
    Row { action, name, keys, help, hint, group, places, mutates: false }
}

const fn changing(row: Row) -> Row {
    Row { mutates: true, ..row }
}

/// All actions. The order is that of the footer and of the help.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(Action::Confirm, "confirm", &["enter", "y"], "do it", "do what the dialog says", Group::General, DIALOG),
    row(Action::Cancel, "cancel", &["esc", "n", "q"], "leave it", "leave the dialog", Group::General, DIALOG),
    row(Action::Less, "less", &["h", "left"], "−1", "one less for the selected backend", Group::Weights, CANARY),
    row(Action::More, "more", &["l", "right"], "+1", "one more for the selected backend", Group::Weights, CANARY),
    row(Action::LessByFive, "less-by-five", &["H", "shift-left"], "−5", "five less", Group::Weights, CANARY),
    row(Action::MoreByFive, "more-by-five", &["L", "shift-right"], "+5", "five more", Group::Weights, CANARY),
    row(Action::Set, "set", &["="], "set", "type the weight", Group::Weights, CANARY),
    changing(row(Action::Apply, "apply", &["a"], "apply", "show the diff, then apply", Group::Weights, CANARY)),
    changing(row(Action::Undo, "undo", &["u"], "undo", "clear what is not applied; else take the last change back", Group::Weights, CANARY)),
    changing(row(Action::Abort, "abort", &["x"], "abort", "back to the weights at the start of the session", Group::Weights, CANARY)),
    row(Action::Balance, "balance", &["b"], "", "keep the sum of the weights, or not", Group::Weights, CANARY),
    row(Action::Expand, "expand", &["l", "right"], "", "open a branch", Group::Moving, &[P::Gateways]),
    row(Action::Close, "close", &["h", "left"], "", "close a branch, or go to its stem", Group::Moving, &[P::Gateways]),
    row(Action::Open, "open", &["enter"], "open", "go in: the object, the weights, the branch", Group::Moving, OBJECTS),
    row(Action::Back, "back", &["esc"], "back", "go back to where one was; clear the filter", Group::Moving, INSIDE),
    row(Action::Describe, "describe", &["d"], "describe", "all about the object: conditions, cure, text, references", Group::Objects, OBJECTS),
    row(Action::Weights, "weights", &["w"], "weights", "the weights of the route", Group::Objects, &[P::Overview, P::Gateways, P::Routes]),
    row(Action::Filter, "filter", &["/"], "filter", "show only rows with this text", Group::Objects, LISTS),
    row(Action::Fault, "fault", &["f"], "fault", "make a stand-in fail: 503 20 %, +500 ms, down, off", Group::Rehearsal, REHEARSAL),
    row(Action::LoadMore, "load-more", &["+"], "load", "more requests a second", Group::Rehearsal, REHEARSAL),
    row(Action::LoadLess, "load-less", &["-"], "load", "fewer requests a second", Group::Rehearsal, REHEARSAL),
    row(Action::LoadStop, "load-stop", &["0"], "stop load", "no requests", Group::Rehearsal, REHEARSAL),
    row(Action::NextPane, "next-pane", &["tab"], "pane", "the next pane", Group::Moving, &[P::Rehearsal]),
    row(Action::PreviousPane, "previous-pane", &["backtab"], "", "the pane before", Group::Moving, &[P::Rehearsal]),
    row(Action::Up, "up", &["up", "k"], "", "one line up", Group::Moving, INSIDE),
    row(Action::Down, "down", &["down", "j"], "", "one line down", Group::Moving, INSIDE),
    row(Action::PageUp, "page-up", &["pgup", "ctrl-b"], "", "one page up", Group::Moving, INSIDE),
    row(Action::PageDown, "page-down", &["pgdn", "ctrl-f"], "", "one page down", Group::Moving, INSIDE),
    row(Action::Top, "top", &["g", "home"], "", "to the first line", Group::Moving, INSIDE),
    row(Action::Bottom, "bottom", &["G", "end"], "", "to the last line", Group::Moving, INSIDE),
    row(Action::Overview, "overview", &["1"], "", "what needs you", Group::Screens, SCREENS),
    row(Action::Gateways, "gateways", &["2"], "", "classes, Gateways, listeners, routes, backends", Group::Screens, SCREENS),
    row(Action::Routes, "routes", &["3"], "", "routes of all kinds and what each parent says", Group::Screens, SCREENS),
    row(Action::Canary, "canary", &["4"], "", "weights: wanted, programmed, observed", Group::Screens, SCREENS),
    row(Action::Rehearsal, "rehearsal", &["5"], "", "listeners, stand-ins and load on this machine", Group::Screens, SCREENS),
    row(Action::Help, "help", &["?"], "", "all keys", Group::General, SCREENS),
    row(Action::Theme, "theme", &["t"], "theme", "the next theme", Group::General, SCREENS),
    row(Action::Redraw, "redraw", &["ctrl-l"], "", "draw the whole screen again", Group::General, EVERYWHERE),
    row(Action::Suspend, "suspend", &["ctrl-z"], "", "to the shell; fg comes back", Group::General, EVERYWHERE),
    row(Action::Quit, "quit", &["q", "ctrl-c"], "quit", "end; asks only when weights are not applied", Group::General, SCREENS),
];

impl Action {
    /// What is said of it.
    pub fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.action == self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_every_row_is_whole() {
        let mut names = HashSet::new();
        for row in TABLE {
            assert!(names.insert(row.name), "{} stands twice", row.name);
            assert!(row.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.name);
            assert!(!row.keys.is_empty() && !row.help.is_empty() && !row.places.is_empty(), "{}", row.name);
        }
    }
}
