//! How an action is done, and why it is off when it is.

use super::{Effect, State};
use crate::tui::{action::Action, facts::Tone};

impl State {
    /// Why an action can not be done now; none when it can.
    pub fn off(&self, action: Action) -> Option<String> {
        if action.writes && !self.view.writable {
            return Some("read-only: nothing is written".to_owned());
        }
        (action.off)(self)
    }

    /// Does an action with what was typed after its name, or says why not.
    pub fn act(&mut self, action: Action, args: &[String]) -> Vec<Effect> {
        if let Some(why) = self.off(action) {
            // Nobody has to be told that there is no way back from where one began.
            if action.name != "back" {
                self.note(Tone::Warn, format!("{}: {why}", action.name));
            }
            return Vec::new();
        }
        match (action.run)(self, args) {
            Ok(effects) => effects,
            Err(why) => {
                self.note(Tone::Warn, format!("{}: {why}", action.name));
                Vec::new()
            }
        }
    }
}
