//! What is a user's own: the config, taken at the start and whenever it is saved, and the log.

use std::path::PathBuf;

use super::State;
use crate::{
    config::{At, Config, Mistake},
    logs,
    tui::{
        facts::Tone,
        keymap::Keymap,
        settings::{LISTS, column_names},
    },
};

/// What a console is started with beside its looks.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// What the config file says.
    pub config: Config,
    /// The config file, watched; none: nobody has one.
    pub file: Option<PathBuf>,
    /// The log.
    pub logs: logs::Handle,
    /// What shall be told at once.
    pub told: Vec<String>,
}

impl State {
    /// Takes what is a user's own, at the start.
    pub fn set_own(&mut self, own: Own) {
        self.own = own;
        self.wear();
        for told in std::mem::take(&mut self.own.told) {
            self.note(Tone::Bad, told);
        }
    }

    /// Takes a config that was saved; of one that is wrong nothing, and that is told.
    pub(super) fn reconfigure(&mut self, read: Result<Config, Vec<Mistake>>) {
        let config = match read {
            Ok(config) if config == self.own.config => return,
            Ok(config) => config,
            Err(mistakes) => {
                let first = mistakes.first().map(ToString::to_string).unwrap_or_default();
                let more = match mistakes.len() {
                    0 | 1 => String::new(),
                    count => format!(" (and {} more: `cutover config` tells all)", count - 1),
                };
                self.note(Tone::Bad, format!("the config was not taken: {first}{more}"));
                return;
            }
        };
        let before = std::mem::replace(&mut self.own.config, config);
        self.wear();
        // A theme that was chosen since stays, unless it is this that was changed.
        let name = |config: &Config| config.theme.as_ref().map(|theme| theme.value.clone());
        if let Some(theme) = name(&self.own.config).filter(|theme| Some(theme) != name(&before).as_ref()) {
            match self.theme.to(&theme) {
                Ok(theme) => self.theme = theme,
                Err(error) => self.note(Tone::Bad, error.to_string()),
            }
        }
        self.note(Tone::Good, "the config was read again");
    }

    /// Makes keys and columns those of the config.
    fn wear(&mut self) {
        self.keymap = Keymap::of(&self.own.config.keys).0;
        for (name, (screen, pane)) in LISTS {
            let Some(list) = self.screens.get_mut(*screen).list_mut(*pane) else { continue };
            let names = column_names(list.columns());
            let at = |column: &At<String>| names.iter().position(|name| *name == column.value);
            let chosen = self.own.config.columns.get(*name);
            let chosen: Option<Vec<usize>> =
                chosen.map(|columns| columns.value.iter().filter_map(at).collect());
            // Objects of a kind may have none of these: then all are shown.
            list.shape_mut().chosen = chosen.filter(|columns| !columns.is_empty());
        }
    }
}
