//! Requests as they go through the gateway: the newest at the bottom, followed until one moves up; held with the space
//! key; and why a request went where it did.

mod detail;
mod row;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ratatui::layout::Rect;

use super::{Id, Screen};
use crate::{
    proxy::Record as Seen,
    rehearsal::Tail,
    resource::{Key, Kind},
    tui::{
        action::{Group, Place, Row},
        app::{Effect, Spot, State},
        facts::{Line, Tone},
        format,
        paint::{self, Canvas},
        selection::{Lines, List},
        view::strip_over,
        widget::table::{self, Look},
    },
};
pub use row::Request;

/// What can be done with the tail.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("pause", &["space"], "hold the requests that are shown, and go on with the newest", Group::Rehearsal, here, |state, _| Ok(state.hold_requests())).hint("hold").saying(|state| if state.screens.requests.held { "go on" } else { "hold" }.to_owned()),
];

fn here(place: Place) -> bool {
    place == Place::Requests
}

/// The screen.
#[derive(Debug, Default)]
pub struct Requests {
    /// What is shown.
    pub list: List<Arc<Request>>,
    /// The newest that is known; what is shown is older while it is held.
    tail: Tail,
    /// Whether what is shown stays as it is.
    pub held: bool,
    /// Number of the first request that was not shown yet when it was held.
    next: u64,
    /// Whether the rehearsal was told to follow requests.
    watched: bool,
    /// Whether the details of the selected request are large.
    large: bool,
}

impl Screen for Requests {
    fn list(&self, _: usize) -> Option<&dyn Lines> {
        Some(&self.list)
    }

    fn list_mut(&mut self, _: usize) -> Option<&mut dyn Lines> {
        Some(&mut self.list)
    }

    fn object(&self) -> Option<Key> {
        let record = &self.list.selected()?.record;
        let origin = record.rule.as_ref().map_or(&record.port.entry, |rule| &rule.route);
        Some(Key::new(kind(&origin.kind), &*origin.namespace, &*origin.name))
    }

    fn open(&self) -> fn(&mut State) -> Vec<Effect> {
        |state| {
            let screen = &mut state.screens.requests;
            screen.large = !screen.large;
            Vec::new()
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(self, canvas, area, state);
    }
}

fn kind(name: &str) -> Kind {
    let group = if name == "Ingress" { "networking.k8s.io" } else { "gateway.networking.k8s.io" };
    Kind::from_group(group, name)
}

impl Requests {
    /// The selected request.
    pub fn selected(&self) -> Option<&Arc<Seen>> {
        self.list.selected().map(|request| &request.record)
    }

    /// Requests that came while what is shown was held.
    fn waiting(&self) -> u64 {
        (self.tail.first + self.tail.records.len() as u64).saturating_sub(self.next)
    }
}

impl State {
    /// Takes the newest requests.
    pub fn requests_came(&mut self, tail: Tail) {
        self.screens.requests.tail = tail;
        if !self.screens.requests.held {
            self.show_requests();
        }
    }

    fn hold_requests(&mut self) -> Vec<Effect> {
        let screen = &mut self.screens.requests;
        screen.held = !screen.held;
        if !screen.held {
            self.show_requests();
        }
        Vec::new()
    }

    /// Shows the newest; the selection stays on the last line, or on its request.
    fn show_requests(&mut self) {
        let around = self.around();
        let screen = &mut self.screens.requests;
        let Requests { list, tail, next, .. } = screen;
        let follows = list.sort().is_none() && list.at() + 1 >= list.len();
        let (first, end) = (tail.first, tail.first + tail.records.len() as u64);
        // What is known of those that stay is kept, so that only those that came cost anything.
        let begin = (*next).max(first);
        let new = tail.records.iter().skip(usize::try_from(begin - first).unwrap_or(usize::MAX));
        let new: Vec<_> = (begin..).zip(new).map(|(number, record)| Request::new(number, record)).collect();
        let job = list.patch(
            |all| {
                let gone = all.partition_point(|request| request.number < first);
                all.drain(..gone);
                all.extend(new);
            },
            &around,
        );
        if follows {
            list.step(isize::MAX);
        }
        *next = end;
        self.arrange((Id::Requests, 0), job);
    }

    /// Has requests followed while the screen is on the way to where one is.
    pub(in crate::tui) fn watch(&mut self) {
        let wanted = self.spots.iter().any(|spot| matches!(spot, Spot::Screen(Id::Requests)));
        if std::mem::replace(&mut self.screens.requests.watched, wanted) != wanted {
            self.outbox.push(Effect::Watch(wanted));
        }
    }
}

fn draw(screen: &Requests, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    strip_over(canvas, paint::top(area, 1), &screen.list, ("request", "requests"), true, &standing(screen));
    let room = area.width.saturating_sub(2) as usize;
    let lines = screen.list.selected().map(|request| detail::lines(state, request, screen.large, room));
    let lines = lines.unwrap_or_default();
    let most = if screen.large { area.height * 2 / 3 } else { (area.height / 4).max(3) };
    let foot = if area.height >= 10 && !lines.is_empty() { (1 + lines.len() as u16).min(most) } else { 0 };
    let list = Rect { y: area.y + 1, height: area.height - 1 - foot, ..area };
    table::draw(canvas, list, &screen.list, Look { focused: true, heads: true }, state);
    if screen.list.is_empty() {
        let text = if screen.list.total() > 0 {
            "nothing has this text   Esc clears the filter".to_owned()
        } else if state.view.load.setting.rate > 0.0 {
            "no request yet".to_owned()
        } else {
            "no request yet: nothing sends load, and nobody else asks   5 + sends some".to_owned()
        };
        canvas.put(area.x + 2, list.y + 1, area.width.saturating_sub(3), &text, Tone::Dim);
    }
    if foot > 0 {
        let below = Rect { y: area.bottom() - foot, height: foot, ..area };
        canvas.rule(below, below.y);
        for (at, line) in lines.iter().take(foot.saturating_sub(1) as usize).enumerate() {
            canvas.line(below.x + 1, below.y + 1 + at as u16, below.width - 2, line);
        }
    }
}

/// Whether it follows, and what is not shown.
fn standing(screen: &Requests) -> Line {
    let mut line = if screen.held {
        Line::of(Tone::Warn, "‖ held")
            .and(Tone::Dim, format!("  {} came since", format::grouped(screen.waiting())))
    } else if screen.list.at() + 1 >= screen.list.len() && screen.list.sort().is_none() {
        Line::of(Tone::Good, "● following")
    } else {
        Line::dim("○ G follows the newest")
    };
    if screen.tail.lost > 0 {
        line = line
            .and(Tone::Warn, format!("   {} not shown: too many at once", format::grouped(screen.tail.lost)));
    }
    line
}
