//! The list of keys in the README is made from the table of actions.

use std::{fs, path::Path};

use crate::tui::{
    action::{self, Group},
    keymap::Keymap,
};

const BEGIN: &str = "<!-- keys: made by `CUTOVER_UPDATE=1 cargo test --lib readme` -->\n";
const END: &str = "<!-- /keys -->\n";

/// A table with a row an action; what is chosen and answered in menus and dialogs is told by these themselves.
fn keys() -> String {
    let keymap = Keymap::default();
    let mut out = String::from("\n| | Keys | By name | |\n|---|---|---|---|\n");
    for group in Group::ALL {
        let mut title = group.title();
        for row in action::all().filter(|row| row.group == *group).filter(|row| row.by_name()) {
            let keys: Vec<String> = keymap.shown(row).iter().map(|key| format!("`{key}`")).collect();
            let typed = row.typed().replace('|', "\\|");
            let help = row.help.replace('|', "\\|");
            out.push_str(&format!("| {title} | {} | `{typed}` | {help} |\n", keys.join(" ")));
            title = "";
        }
    }
    out.push('\n');
    out
}

#[test]
fn the_readme_lists_the_keys_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the list begins with its mark");
    let (listed, after) = rest.split_once(END).expect("and ends with one");
    if std::env::var_os("CUTOVER_UPDATE").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", keys())).unwrap();
        return;
    }
    assert_eq!(listed, keys(), "the README has another list: CUTOVER_UPDATE=1 cargo test --lib readme");
}
