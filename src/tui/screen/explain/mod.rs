//! Explain: a request is typed, the way it takes is seen at once, and it is sent through the real gateway beside what was
//! predicted.

mod asking;
mod draw;
mod entries;
mod fields;
mod sending;
#[cfg(test)]
mod tests;

use std::{cell::Cell, sync::Arc};

use ratatui::layout::Rect;

use super::Screen;
use crate::{
    config::{History, Sort},
    resource::Key,
    routing::{Ask, Explanation, Side},
    tui::{
        action::{Group, Place, Row},
        app::{Effect, State},
        facts::{
            describe::About,
            explain::{Form, Path, Wrong},
        },
        paint::Canvas,
        selection::{Lines, List},
    },
};
use asking::Look;
pub use asking::{Looked, Looking};
use entries::Entry;
use fields::Fields;
pub use sending::Sent;

/// What is asked and what came of it.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("explain-this", &["e"], "the way of a request to what is selected", Group::Explain, askable, asking::explain_selected).hint("explain").quiet().off(asking::not_askable),
    Row::new("send-typed", &["enter", "ctrl-r"], "send the request through the gateway", Group::Explain, Place::form, |state, _| Ok(state.send_request())).hint("send").off(sending::can_not_send),
    Row::new("send", &["ctrl-r"], "the same, from the way below the form", Group::Explain, way, |state, _| Ok(state.send_request())).hint("send").off(sending::can_not_send),
    Row::new("edit-request", &["i", "tab"], "type in the request", Group::Explain, way, |state, _| Ok(state.type_request(true))).hint("edit request"),
    Row::new("next-field", &["tab"], "the next field, behind the last the way", Group::Explain, Place::form, |state, _| Ok(state.next_field(1))).hint("next"),
    Row::new("previous-field", &["backtab"], "the field before", Group::Explain, Place::form, |state, _| Ok(state.next_field(-1))),
    Row::new("leave-request", &["esc"], "from the request to the way", Group::Explain, Place::form, |state, _| Ok(state.type_request(false))).hint("the way"),
    Row::new("ask-side", &["s"], "ask both sides, the old one or the new one", Group::Explain, way, |state, _| Ok(state.turn_side())).hint("side").quiet().off(fields::one_side),
    Row::new("ask-side-typed", &["ctrl-t"], "the same, from the form", Group::Explain, Place::form, |state, _| Ok(state.turn_side())).hint("side").quiet().off(fields::one_side),
    Row::new("add-header", &["ctrl-n"], "one more header", Group::Explain, here, |state, _| Ok(state.add_header())).hint("header"),
    Row::new("remove-header", &["ctrl-x"], "without this header; an empty one goes with Del too", Group::Explain, Place::form, |state, _| Ok(state.remove_header())).off(fields::no_header),
    Row::new("older-request", &["up"], "a request asked before", Group::Explain, Place::form, |state, _| Ok(state.recall(-1))),
    Row::new("newer-request", &["down"], "one asked later", Group::Explain, Place::form, |state, _| Ok(state.recall(1))),
];

/// Where something is selected that a request can be asked of.
fn askable(place: Place) -> bool {
    place.objects() && place != Place::Explain
}

/// On this screen.
fn here(place: Place) -> bool {
    matches!(place, Place::Explain | Place::Form)
}

/// On this screen, not in the form.
fn way(place: Place) -> bool {
    place == Place::Explain
}

/// The screen.
#[derive(Debug, Default)]
pub struct Explain {
    /// What is typed.
    pub fields: Fields,
    /// Whether the form has the keys; else the way below it.
    pub typing: bool,
    /// What is wrong with it.
    pub wrong: Vec<Wrong>,
    /// What could not be filled in.
    notes: Vec<String>,
    /// What was read, and what the Table says, for each side that is asked, the old one first; none while something is
    /// wrong.
    told: Vec<Told>,
    /// The way, near misses, and what came back, a line each.
    list: List<Entry>,
    /// First row seen, for each column of the way. Set by drawing, which alone knows the room.
    offsets: [Cell<usize>; 3],
    look: Look,
    /// What was sent last, for each side that was asked.
    sent: Vec<Sent>,
    /// Counts what was sent, so that an answer finds its question.
    number: u64,
    history: History<Form>,
    /// How far back in it one is, and what was typed before.
    recalled: Option<(usize, Form)>,
}

/// What the Table says of the request as typed.
#[derive(Debug)]
struct Told {
    ask: Ask,
    found: Explanation,
    path: Path,
}

impl Screen for Explain {
    fn list(&self, _: usize) -> Option<&dyn Lines> {
        Some(&self.list)
    }

    fn list_mut(&mut self, _: usize) -> Option<&mut dyn Lines> {
        Some(&mut self.list)
    }

    fn selected(&self) -> Option<About> {
        self.list.selected()?.about.clone()
    }

    fn object(&self) -> Option<Key> {
        match self.selected()? {
            About::Object(key) => Some(key),
            About::Listener(id) => {
                let entry = &id.port.entry;
                (id.port.side == Side::New)
                    .then(|| Key::new(crate::resource::Kind::Gateway, &*entry.namespace, &*entry.name))
            }
            About::Findings(_) => None,
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw::draw(self, canvas, area, state);
    }
}

impl Explain {
    /// Remembers requests in this folder, from run to run. Gives what a person should be told of what is there.
    pub fn remember_in(&mut self, folder: Option<&std::path::Path>) -> Option<String> {
        let told;
        (self.history, told) = History::open(folder, Sort::Requests);
        told
    }
}

impl State {
    /// Follows a newer view: the way is another when the rules or who answers are.
    pub fn explain_follow(&mut self, old: &crate::rehearsal::View) {
        let same = Arc::ptr_eq(&old.compiled, &self.view.compiled)
            && Arc::ptr_eq(&old.world, &self.view.world)
            && old.stand_ins.len() == self.view.stand_ins.len()
            && old
                .stand_ins
                .iter()
                .zip(&*self.view.stand_ins)
                .all(|(a, b)| (&a.backend, &a.backing, a.fault) == (&b.backend, &b.backing, b.fault));
        let same = same && Arc::ptr_eq(&old.old, &self.view.old);
        if !same && !self.screens.explain.told.is_empty() {
            self.explain_again();
        }
    }

    /// A line that sends the request with curl.
    ///
    /// # Errors
    /// Why there is none.
    pub fn request_as_curl(&self) -> Result<String, String> {
        let told = self.screens.explain.told.first().ok_or("the request can not be read yet")?;
        crate::rehearsal::curl(&self.view, &told.ask).map_err(|error| error.to_string())
    }
}

/// What `:explain` does: with words it asks, without it goes to the screen.
///
/// # Errors
/// When no word is an address.
pub fn command(state: &mut State, words: &[String]) -> Result<Vec<Effect>, String> {
    if words.is_empty() {
        let empty = state.screens.explain.fields.url.is_empty();
        state.screens.explain.typing |= empty;
        return Ok(state.show(super::Id::Explain));
    }
    // The last argument is all that follows, in one text.
    let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    let form = Form::of_words(&words)?;
    state.show(super::Id::Explain);
    state.ask_about(form, Vec::new());
    Ok(Vec::new())
}
