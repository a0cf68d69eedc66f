//! What is a user's own: the config, taken at the start and whenever it is saved, and the log.

use std::path::PathBuf;

use super::State;
use crate::{
    config::{At, Config, Mistake},
    logs,
    tui::{facts::Tone, keymap::Keymap, settings::LISTS, widget::table::Column},
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
        if !self.own.config.inventory_rules.is_empty() {
            self.survey_again();
        }
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
        if before.inventory_rules != self.own.config.inventory_rules {
            self.survey_again();
        }
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

    /// Makes keys and columns those of the config; aliases and favourites are read where they are used.
    fn wear(&mut self) {
        let config = &self.own.config;
        self.keymap = Keymap::of(&config.keys).0;
        for (name, (screen, pane)) in LISTS {
            let Some(list) = self.screens.get_mut(*screen).list_mut(*pane) else { continue };
            let names: Vec<String> = list.columns().iter().map(Column::name).collect();
            let position = |wanted: &At<String>| names.iter().position(|name| *name == wanted.value);
            let chosen = config.columns.get(*name);
            let chosen: Option<Vec<usize>> =
                chosen.map(|columns| columns.value.iter().filter_map(position).collect());
            // Objects of a kind may have none of these: then all are shown.
            list.shape_mut().chosen = chosen.filter(|columns| !columns.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::tui::{action::Place, fixture, keymap::Chord, screen::Id};

    fn parse(text: &str) -> Result<Config, Vec<Mistake>> {
        Config::parse(text, Path::new("c.toml"))
    }

    #[test]
    fn a_config_that_is_saved_is_taken_whole_and_a_wrong_one_not_at_all() {
        let mut state = fixture::state();
        let text = "theme = \"light\"\nfavourites = [\"shop\"]\n[keys]\nhelp = \"f1\"\n[aliases]\nx = \"routes\"\n\
                    [columns]\nroutes = [\"route\", \"health\"]\n";
        state.reconfigure(parse(text));
        let key = |state: &State| {
            state.keymap.action(Chord::parse("f1").unwrap(), Place::Routes).map(|row| row.name)
        };
        let columns = |state: &State| state.screens.get(Id::Routes).list(0).unwrap().shape().chosen.clone();
        assert_eq!((key(&state), columns(&state)), (Some("help"), Some(vec![1, 0])));
        assert_eq!(
            (state.theme.name.as_str(), state.own.config.aliases["x"].value.as_str()),
            ("light", "routes")
        );
        assert_eq!(state.favourites(), ["shop".into()]);
        state.reconfigure(parse("[keys]\nhelp = 3\n"));
        let note = state.notes.last().unwrap();
        assert!(note.tone == Tone::Bad && note.text.contains("c.toml:2: `keys.help`"), "{}", note.text);
        assert_eq!((key(&state), columns(&state)), (Some("help"), Some(vec![1, 0])), "the old one holds");
        state.theme = state.theme.to("dark").unwrap();
        state.reconfigure(parse("theme = \"light\"\n"));
        assert_eq!((key(&state), columns(&state)), (None, None), "what is not set any more is as at first");
        assert_eq!(state.theme.name, "dark", "a theme chosen since stays: this is not what was changed");
    }
}
