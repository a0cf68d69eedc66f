//! Themes: chosen with a preview, by name, and read again when a user saves one; and whose the mouse is.

use std::sync::Arc;

use super::{Effect, State, dialog::Choice};
use crate::tui::{
    action::{self, Arg, ArgKind, Group, Place, Row},
    app::Menu,
    facts::Tone,
    theme::{Depth, Shelf},
};

/// What is done about looks.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("theme", &["t"], "choose a theme; each is shown while one looks", Group::General, Place::free, theme).hint("theme").takes(&[Arg::optional("NAME", ArgKind::Theme)]),
    Row::new("mouse", &["m"], "the mouse selects and opens, or marks text as ever", Group::General, Place::free, |state, _| Ok(state.turn_mouse())),
];

fn theme(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    if let Some(name) = args.first() {
        state.theme = state.theme.to(name).map_err(|error| error.to_string())?;
        state.before = None;
        state.note(Tone::Dim, format!("theme {name}"));
        return Ok(Vec::new());
    }
    let row = action::named("theme").ok_or("there is no such action")?;
    let choice = |name: &str| Choice {
        key: None,
        label: name.to_owned(),
        detail: state.theme.about(name),
        off: state.theme.to(name).err().map(|error| error.to_string()),
        action: row,
        args: vec![name.to_owned()],
    };
    let items: Vec<Choice> = state.theme.names().map(choice).collect();
    let at = items.iter().position(|item| item.label == state.theme.name).unwrap_or(0);
    state.before = Some(state.theme.clone());
    // Else one would look through them all and wonder.
    let title = match state.theme.depth() {
        Depth::Mono => "theme: none has colour here (NO_COLOR, --color, TERM)",
        Depth::Ansi16 | Depth::Ansi256 | Depth::True => "theme",
    };
    state.menu(Menu { title: title.to_owned(), items, at, moved: Some(preview), left: Some(take_back) });
    Ok(Vec::new())
}

fn preview(state: &mut State, choice: &Choice) {
    if let Ok(theme) = state.theme.to(&choice.label) {
        state.theme = theme;
    }
}

fn take_back(state: &mut State) {
    if let Some(before) = state.before.take() {
        state.theme = before;
    }
}

impl State {
    fn turn_mouse(&mut self) -> Vec<Effect> {
        let ours = !self.pointer.ours;
        self.pointer.ours = ours;
        let told = if ours {
            "the mouse selects, two clicks open; with Shift it marks text"
        } else {
            "the mouse marks text again"
        };
        self.note(Tone::Dim, told);
        vec![Effect::Mouse(ours)]
    }

    /// Takes the themes as they are now in a user's folder, and what could not be read of them.
    pub(super) fn reshelve(&mut self, shelf: Arc<Shelf>, troubles: Vec<String>) {
        let (theme, trouble) = self.theme.reshelved(Arc::clone(&shelf));
        let own = theme.file(&theme.name).is_some();
        self.theme = theme;
        self.before = self.before.take().map(|before| before.reshelved(shelf).0);
        if let Some(trouble) = trouble {
            self.note(Tone::Bad, trouble.to_string());
        } else if let Some(trouble) = troubles.into_iter().next() {
            self.note(Tone::Bad, trouble);
        } else if own {
            self.note(Tone::Dim, format!("theme {} was read again", self.theme.name));
        }
    }
}
