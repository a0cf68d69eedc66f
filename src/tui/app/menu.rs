//! Choosing from a few lines: copy what, which preset, which theme.

use crossterm::event::KeyCode;

use super::{Effect, Menu, Overlay, State};
use crate::tui::{
    action::{Group, Place, Row},
    facts::Tone,
};

/// What can be done in a menu.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("choose", &["enter"], "take the line of a menu", Group::General, Place::menu, |state, _| Ok(state.choose())).hint("take it"),
    Row::new("menu-down", &["down", "ctrl-n"], "the next line of a menu", Group::General, Place::menu, |state, _| Ok(state.move_menu(1))),
    Row::new("menu-up", &["up", "ctrl-p"], "the line before", Group::General, Place::menu, |state, _| Ok(state.move_menu(-1))),
    Row::new("leave-menu", &["esc"], "leave a menu", Group::General, Place::menu, |state, _| Ok(state.leave_menu())).hint("leave it"),
];

impl State {
    /// Lets a person choose.
    pub fn menu(&mut self, menu: Menu) {
        self.overlay = Some(Overlay::Menu(menu));
    }

    fn move_menu(&mut self, by: isize) -> Vec<Effect> {
        let Some(Overlay::Menu(menu)) = &mut self.overlay else { return Vec::new() };
        let last = menu.items.len().saturating_sub(1);
        menu.at = menu.at.saturating_add_signed(by).min(last);
        if let (Some(moved), Some(choice)) = (menu.moved, menu.items.get(menu.at).cloned()) {
            moved(self, &choice);
        }
        Vec::new()
    }

    pub(super) fn choose(&mut self) -> Vec<Effect> {
        let Some(Overlay::Menu(menu)) = self.overlay.take() else { return Vec::new() };
        let Some(choice) = menu.items.get(menu.at).cloned() else { return Vec::new() };
        if let Some(why) = choice.off {
            self.overlay = Some(Overlay::Menu(menu));
            self.note(Tone::Warn, format!("{}: {why}", choice.label));
            return Vec::new();
        }
        self.act(choice.action, &choice.args)
    }

    fn leave_menu(&mut self) -> Vec<Effect> {
        if let Some(Overlay::Menu(Menu { left: Some(left), .. })) = self.overlay.take() {
            left(self);
        }
        Vec::new()
    }

    /// A letter that stands for a line; `j` and `k` move where they stand for none.
    pub(super) fn chosen_by(&mut self, code: KeyCode) -> Vec<Effect> {
        let (KeyCode::Char(letter), Some(Overlay::Menu(menu))) = (code, &mut self.overlay) else {
            return Vec::new();
        };
        if let Some(at) = menu.items.iter().position(|item| item.key == Some(letter)) {
            menu.at = at;
            return self.choose();
        }
        match letter {
            'j' => self.move_menu(1),
            'k' => self.move_menu(-1),
            _ => Vec::new(),
        }
    }
}
