//! The config file beside the tables: names that stand for nothing, keys that clash, and an example of all that can
//! be set, made from the same tables.

use super::{
    action::{self, Group},
    chord::Chord,
    keymap::Keymap,
    screen::{Id, ListId, Screens},
    theme::{Color, Ink, Shelf},
    widget::table::Column,
};
use crate::config::{Config, Known, Mistake, config_dir};

/// The lists whose columns can be chosen, by the name that the config has for them.
pub const LISTS: &[(&str, ListId)] = &[
    ("overview", (Id::Overview, 0)),
    ("gateways", (Id::Gateways, 0)),
    ("routes", (Id::Routes, 0)),
    ("canary", (Id::Rules, 0)),
    ("ingresses", (Id::Ingresses, 0)),
    ("annotations", (Id::Annotations, 0)),
    ("differences", (Id::Compare, 0)),
    ("listeners", (Id::Rehearsal, 0)),
    ("stand-ins", (Id::Rehearsal, 1)),
    ("switch", (Id::Switch, 0)),
    ("requests", (Id::Requests, 0)),
    ("explain", (Id::Explain, 0)),
    ("kinds", (Id::Objects, 0)),
    ("objects", (Id::Objects, 1)),
    ("log", (Id::Log, 0)),
];

/// Everything in a config that names nothing, or clashes.
pub fn check(config: &Config) -> Vec<Mistake> {
    let (shelf, _) = config_dir().map(|folder| Shelf::read(&folder.join("themes"))).unwrap_or_default();
    let themes: Vec<&str> = std::iter::once("auto").chain(shelf.names()).collect();
    let actions: Vec<&str> = action::all().map(|row| row.name).collect();
    let screens = Screens::default();
    let named: Vec<Vec<String>> = LISTS.iter().map(|(_, list)| columns(&screens, *list)).collect();
    let named: Vec<Vec<&str>> =
        named.iter().map(|columns| columns.iter().map(String::as_str).collect()).collect();
    let columns: Vec<(&str, &[&str])> =
        LISTS.iter().zip(&named).map(|((name, _), columns)| (*name, columns.as_slice())).collect();
    let known = Known {
        themes: &themes,
        colors: &Color::NAMES.map(|(name, _)| name),
        accent: &|text| text.parse::<Ink>().map(drop).map_err(|error| error.to_string()),
        actions: &actions,
        screens: &columns,
        key: &|key| Chord::read(key).map(drop),
    };
    let mut mistakes = config.check(&known);
    let clashes = Keymap::of(&config.keys).1;
    mistakes.extend(
        clashes.into_iter().map(|(line, what, fix)| Mistake::new(&config.file, Some(line), what, fix)),
    );
    mistakes.sort_by_key(|mistake| mistake.line);
    mistakes
}

/// The columns of a list by the names that the config has for them.
fn columns(screens: &Screens, (screen, pane): ListId) -> Vec<String> {
    let list = screens.get(screen).list(pane);
    list.map(|list| list.columns().iter().map(Column::name).collect()).unwrap_or_default()
}

/// A config file that changes nothing, with all that can be set.
pub fn example() -> String {
    let mut text = EXAMPLE.to_owned();
    for group in Group::ALL {
        text.push_str(&format!("\n# {}\n", group.title()));
        for row in action::all().filter(|row| row.group == *group) {
            let keys: Vec<String> = row.keys.iter().map(|key| toml::Value::from(*key).to_string()).collect();
            let line = format!("# {} = [{}]", row.name, keys.join(", "));
            text.push_str(&format!("{line:<43} # {}\n", row.help));
        }
    }
    text.push_str("\n[columns]\n# What a table shows, in this order; here is all that each has.\n");
    let screens = Screens::default();
    for (name, list) in LISTS {
        let columns: Vec<_> = columns(&screens, *list).iter().map(|name| format!("\"{name}\"")).collect();
        text.push_str(&format!("# {name} = [{}]\n", columns.join(", ")));
    }
    text.push_str(SOURCES);
    text
}

const EXAMPLE: &str = r#"# The config of cutover. Each line that begins with `# ` and sets something shows what holds without it.
# `cutover config` says what is wrong with this file; a console that runs takes it when it is saved.

# theme = "auto"              # `t` in the console shows all
# color = "auto"              # auto, always, never, 16, 256, truecolor
# ascii = false               # draw with ASCII only
# reduced_motion = false      # no movement that is not data
# mouse = false               # take the mouse from the start; `m` gives it back
# refresh = 1                 # seconds between two measurements, 0.25 to 4; counts from the next start
# favourites = []             # namespaces for alt-1 to alt-9

[aliases]
# What may be typed after `:`, and what it stands for; what is typed behind it stays behind.
# ap = "apply"

[keys]
# Keys of actions: one, or a list; an empty list takes them away. Ctrl-C always ends the program.
"#;

const SOURCES: &str = r##"
# What holds for some sources only: files, folders, `demo`. `*` stands for any text, `?` for one letter.
# [[source]]
# match = "*prod*"
# production = true
# read_only = true
# accent = "#ff5f5f"
# word = "PRODUCTION"

# How hard annotations make an Ingress, before the rules that are built in: simple, medium or complex.
# [[inventory.rules]]
# annotation = "example.com/*"
# complexity = "simple"
# reason = "labels of ours"
"##;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::tui::screen::CARDS;

    fn parse(text: &str) -> Config {
        Config::parse(text, Path::new("c.toml")).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
    }

    #[test]
    fn the_example_changes_nothing_and_all_that_it_shows_can_be_set() {
        let example = example();
        assert_eq!(parse(&example), Config { file: "c.toml".into(), ..Config::default() });
        // As a user would: the `# ` taken from every line that sets something.
        let sets = |rest: &str| {
            let name = rest.split(" = ").next().filter(|_| rest.contains(" = "));
            let plain = |b: u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'_');
            rest.starts_with("[[") || name.is_some_and(|name| name.bytes().all(plain))
        };
        let lines =
            example.lines().map(|line| line.strip_prefix("# ").filter(|rest| sets(rest)).unwrap_or(line));
        let set = lines.collect::<Vec<_>>().join("\n");
        let config = parse(&set);
        assert_eq!(check(&config), [], "{set}");
        assert_eq!(config.keys.len(), action::all().count());
        assert_eq!((config.columns.len(), config.sources.len(), config.aliases.len()), (LISTS.len(), 1, 1));
        assert!(config.theme.is_some() && config.refresh.is_some() && config.mouse.is_some());
    }

    #[test]
    fn every_list_of_every_screen_has_a_name_and_its_columns_have_too() {
        let screens = Screens::default();
        for card in CARDS {
            for pane in 0..screens.get(card.id).panes() {
                if screens.get(card.id).list(pane).is_none() {
                    continue;
                }
                let named = LISTS.iter().find(|(_, list)| *list == (card.id, pane));
                let (name, list) = named.unwrap_or_else(|| panic!("{:?} {pane} has no name", card.id));
                let mut columns = columns(&screens, *list);
                columns.sort();
                let count = columns.len();
                columns.dedup();
                assert_eq!(columns.len(), count, "{name} has two columns of one name");
            }
        }
    }

    #[test]
    fn names_that_stand_for_nothing_and_keys_that_clash_are_told_in_the_order_of_the_lines() {
        let config = parse(
            "theme = \"drak\"\n[keys]\nhelp = \"t\"\nqiut = \"q\"\n[columns]\nroutes = [\"hostname\"]\n",
        );
        let told: Vec<_> = check(&config).iter().map(ToString::to_string).collect();
        let begins = [
            "c.toml:1: there is no theme `drak`; did you mean `dark`?",
            "c.toml:3: `t` for `help` is the key of `theme`",
            "c.toml:4: there is no action `qiut`; did you mean `quit`?",
            "c.toml:6: `routes` has no column `hostname`; did you mean `hostnames`?",
        ];
        assert_eq!(told.len(), begins.len(), "{told:#?}");
        for (told, begin) in told.iter().zip(begins) {
            assert!(told.starts_with(begin), "{told}");
        }
    }
}
