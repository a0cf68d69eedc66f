//! What each action does, and why it is off when it is.

use std::sync::Arc;

use super::{Dialog, Effect, Intent, Pane, Prompt, Screen, Scroll, Spot, State};
use crate::{
    rehearsal::{Backing, LoadSetting},
    tui::{
        action::Action,
        facts::{Tone, rehearsal},
    },
};

impl State {
    /// Why an action that has a key here can not be done now; none when it can.
    pub fn off(&self, action: Action) -> Option<String> {
        let row = action.row()?;
        if row.mutates && !self.view.writable {
            return Some("read-only: nothing is written".to_owned());
        }
        let why = |off: bool, why: &str| off.then(|| why.to_owned());
        match action {
            Action::Apply => why(self.session().is_none_or(|s| s.changes() == 0), "no weight was moved"),
            Action::Undo => {
                let session = self.session()?;
                let journal = &self.view.journal;
                let taken: Vec<usize> = journal.iter().filter_map(|entry| entry.undo_of).collect();
                let left = journal.iter().enumerate().any(|(at, entry)| {
                    entry.edit.object == *session.route() && entry.undo_of.is_none() && !taken.contains(&at)
                });
                why(session.changes() == 0 && !left, "nothing to take back on this route")
            }
            Action::Abort => {
                let session = self.session()?;
                why(
                    session.changes() == 0 && session.plan_back().is_none(),
                    "the weights are those of the start",
                )
            }
            Action::Less | Action::LessByFive => {
                let session = self.session()?;
                why(session.wanted(session.at) == 0, "its weight is 0 already")
            }
            Action::More | Action::MoreByFive => {
                let session = self.session()?;
                session.refuses(session.at).map(|why| format!("it gets no weight: {why}"))
            }
            Action::Fault => {
                if self.pane != Pane::StandIns {
                    return Some("choose a stand-in first: Tab".to_owned());
                }
                let tellable =
                    self.stand_ins.selected().is_some_and(|s| matches!(s.backing, Backing::StandIn(_)));
                why(!tellable, "only stand-ins of ours can be told to fail")
            }
            Action::LoadStop | Action::LoadLess => {
                why(self.view.load.setting.rate <= 0.0, "there is no load")
            }
            Action::Describe => why(self.selected().is_none(), "nothing is selected"),
            Action::Weights => {
                why(self.selected_rule().is_none(), "the selected object has no rule with several backends")
            }
            Action::Back => {
                let filtered = self.filter().is_some_and(|filter| !filter.text.is_empty());
                why(self.spots.len() < 2 && !filtered, "this is where one began")
            }
            Action::Overview
            | Action::Gateways
            | Action::Routes
            | Action::Canary
            | Action::Rehearsal
            | Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::Top
            | Action::Bottom
            | Action::Close
            | Action::Expand
            | Action::Open
            | Action::NextPane
            | Action::PreviousPane
            | Action::Filter
            | Action::Set
            | Action::Balance
            | Action::LoadMore
            | Action::Confirm
            | Action::Cancel
            | Action::Help
            | Action::Theme
            | Action::Redraw
            | Action::Suspend
            | Action::Quit => None,
        }
    }

    /// Does an action, or says why not.
    pub fn act(&mut self, action: Action) -> Vec<Effect> {
        if let Some(why) = self.off(action) {
            if !matches!(action, Action::Back) {
                let name = action.row().map_or("", |row| row.name);
                self.note(Tone::Warn, format!("{name}: {why}"));
            }
            return Vec::new();
        }
        match action {
            Action::Overview => self.show(Screen::Overview),
            Action::Gateways => self.show(Screen::Gateways),
            Action::Routes => self.show(Screen::Routes),
            Action::Canary => self.show(Screen::Rules),
            Action::Rehearsal => self.show(Screen::Rehearsal),
            Action::Up => self.step(-1),
            Action::Down => self.step(1),
            Action::PageUp => self.page(-1),
            Action::PageDown => self.page(1),
            Action::Top => self.end(false),
            Action::Bottom => self.end(true),
            Action::Expand => self.branch(true),
            Action::Close => self.branch(false),
            Action::Open => self.open(),
            Action::Describe => {
                if let Some(about) = self.selected() {
                    self.describe(about);
                }
            }
            Action::Weights => {
                if let Some(rule) = self.selected_rule() {
                    self.open_rule_of(&rule);
                }
            }
            Action::Back => self.back(),
            Action::NextPane | Action::PreviousPane => {
                self.pane = match self.pane {
                    Pane::Listeners => Pane::StandIns,
                    Pane::StandIns => Pane::Listeners,
                };
            }
            Action::Filter => {
                if let Some(filter) = self.filter_mut() {
                    filter.editing = true;
                }
            }
            Action::Less => self.move_weight(-1),
            Action::More => self.move_weight(1),
            Action::LessByFive => self.move_weight(-5),
            Action::MoreByFive => self.move_weight(5),
            Action::Set => {
                let label = self.session().and_then(|s| s.rule.backends.get(s.at)).map(|b| b.name.clone());
                self.prompt =
                    label.map(|name| Prompt { label: format!("weight of {name}"), text: String::new() });
            }
            Action::Balance => {
                if let Some(session) = self.session_mut() {
                    session.balance = !session.balance;
                }
            }
            Action::Apply => {
                return self
                    .session()
                    .and_then(super::Session::plan)
                    .map_or_else(Vec::new, |plan| vec![Effect::Plan(Intent::Apply, plan)]);
            }
            Action::Undo => return self.undo(),
            Action::Abort => return self.abort(),
            Action::Fault => {
                return self.stand_ins.selected().map_or_else(Vec::new, |stand_in| {
                    vec![Effect::Fault(Arc::clone(&stand_in.backend), rehearsal::next_fault(&stand_in.fault))]
                });
            }
            Action::LoadMore => return self.load(rehearsal::next_rate(self.view.load.setting.rate, true)),
            Action::LoadLess => return self.load(rehearsal::next_rate(self.view.load.setting.rate, false)),
            Action::LoadStop => return self.load(0.0),
            Action::Confirm => return self.confirm(),
            Action::Cancel => self.dialog = None,
            Action::Help => {
                if !matches!(self.spots.last(), Some(Spot::Help(_))) {
                    self.spots.push(Spot::Help(Scroll::default()));
                }
            }
            Action::Theme => {
                self.theme = self.theme.next();
                self.note(Tone::Dim, format!("theme {}", self.theme.name));
            }
            Action::Redraw => return vec![Effect::Redraw],
            Action::Suspend => return vec![Effect::Suspend],
            Action::Quit => return self.quit(),
        }
        Vec::new()
    }

    fn move_weight(&mut self, by: i64) {
        if let Some(Err(why)) = self.session_mut().map(|session| session.step(by)) {
            self.note(Tone::Warn, why);
        }
    }

    fn undo(&mut self) -> Vec<Effect> {
        let Some(session) = self.session_mut() else { return Vec::new() };
        if session.changes() > 0 {
            session.clear();
            return Vec::new();
        }
        vec![Effect::PlanUndo(session.route().clone())]
    }

    fn abort(&mut self) -> Vec<Effect> {
        let Some(session) = self.session_mut() else { return Vec::new() };
        session.clear();
        session.plan_back().map_or_else(Vec::new, |plan| vec![Effect::Plan(Intent::Abort, plan)])
    }

    fn load(&mut self, rate: f64) -> Vec<Effect> {
        vec![Effect::Load(LoadSetting { rate, ..self.view.load.setting })]
    }

    fn confirm(&mut self) -> Vec<Effect> {
        match self.dialog.take() {
            Some(Dialog::Edit { intent, plan, planned, .. }) => match intent {
                Intent::Apply | Intent::Abort => vec![Effect::Apply(planned, plan.summary())],
                Intent::Undo => vec![Effect::Undo(plan.route)],
            },
            Some(Dialog::Quit(_)) => vec![Effect::Quit],
            None => Vec::new(),
        }
    }

    fn quit(&mut self) -> Vec<Effect> {
        let moved: Vec<String> = self
            .sessions
            .iter()
            .filter(|session| session.changes() > 0)
            .map(|session| session.rule.route.path())
            .collect();
        if moved.is_empty() {
            return vec![Effect::Quit];
        }
        self.dialog = Some(Dialog::Quit(moved));
        Vec::new()
    }
}
