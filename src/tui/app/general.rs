//! What works nearly everywhere: answering a dialog, help, the end.

use super::{Deed, Dialog, Effect, Intent, Scroll, Spot, State};
use crate::{
    rehearsal::names_key,
    tui::action::{Group, Place, Row},
};

/// What answers a dialog.
#[rustfmt::skip]
pub const DIALOG: &[Row] = &[
    Row::new("confirm", &["enter", "y"], "do what the dialog says", Group::General, Place::dialog, |state, _| Ok(state.confirm())).hint("do it"),
    Row::new("cancel", &["esc", "n", "q"], "leave the dialog", Group::General, Place::dialog, cancel).hint("leave it"),
];

/// The rest.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("help", &["?"], "all keys", Group::General, Place::free, help),
    Row::new("redraw", &["ctrl-l"], "draw the whole screen again", Group::General, Place::any, |_, _| Ok(vec![Effect::Redraw])),
    Row::new("suspend", &["ctrl-z"], "to the shell; fg comes back", Group::General, Place::any, |_, _| Ok(vec![Effect::Suspend])),
    Row::new("quit", &["q", "ctrl-c"], "end; asks when weights are not applied or a plan runs", Group::General, Place::free, |state, _| Ok(state.quit())).hint("quit"),
];

fn cancel(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    if let Some(Dialog::Document(asked)) = state.dialog.take() {
        state.leave_document(&asked);
    }
    Ok(Vec::new())
}

fn help(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    if !matches!(state.spots.last(), Some(Spot::Help(_))) {
        state.spots.push(Spot::Help(Scroll::default()));
    }
    Ok(Vec::new())
}

impl State {
    fn confirm(&mut self) -> Vec<Effect> {
        match self.dialog.take() {
            Some(Dialog::Edit { intent, plan, planned, .. }) => match intent {
                Intent::Apply | Intent::Abort => vec![Effect::Apply(planned, plan.summary())],
                Intent::Undo => vec![Effect::Undo(plan.route)],
                Intent::Start | Intent::Step => self.start_steps(&plan, planned),
            },
            Some(Dialog::Document(asked)) => self.confirm_document(*asked),
            Some(Dialog::Accept(accepting)) => self.accept_acceptable(accepting.acceptable),
            Some(Dialog::Names(consent)) => match consent.deed {
                Deed::Switch(order) => vec![Effect::Switch(Box::new(order))],
                Deed::Undo => vec![Effect::Undo(names_key())],
            },
            Some(Dialog::Quit { .. }) => vec![Effect::Quit],
            None => Vec::new(),
        }
    }

    /// Ends, or asks first when weights are not applied.
    pub(super) fn quit(&mut self) -> Vec<Effect> {
        let moved: Vec<String> = self
            .sessions
            .iter()
            .filter(|session| session.changes() > 0)
            .map(|session| session.rule.route.path())
            .collect();
        let plans = self.plans_told();
        if moved.is_empty() && plans.is_empty() {
            return vec![Effect::Quit];
        }
        self.dialog = Some(Dialog::Quit { moved, plans });
        Vec::new()
    }
}
