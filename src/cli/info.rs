//! `cutover info`: every path, what was read, what is wrong, and what the terminal is taken for.

use std::{env, path::PathBuf};

use serde::Serialize;

use super::{
    args::{Global, Output},
    failure::Failure,
    journal, out,
    settings::{By, Place, told},
    table::Table,
};
use crate::{
    config::{Sort, config_dir, state_dir},
    logs,
    resource::show::clean,
    tui,
};

/// All that is said; the members of `-o json`.
#[derive(Debug, Serialize)]
struct Info {
    version: &'static str,
    system: String,
    paths: Vec<Path>,
    config: Read,
    terminal: tui::TerminalFacts,
}

#[derive(Debug, Serialize)]
struct Path {
    name: &'static str,
    /// None when this user has no home.
    path: Option<PathBuf>,
    exists: bool,
    /// What it is.
    what: &'static str,
}

/// The config file.
#[derive(Debug, Serialize)]
struct Read {
    named_by: &'static str,
    read: bool,
    mistakes: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Wrong {
    file: PathBuf,
    line: Option<u32>,
    message: String,
    fix: String,
}

/// Runs the command. A config that is wrong is shown and no failure: here one finds out.
///
/// # Errors
/// Those of printing.
pub fn run(global: &Global) -> Result<(), Failure> {
    let place = Place::of(global);
    let result = place.read();
    let mistakes = result.as_ref().err().cloned().unwrap_or_default();
    let color =
        result.as_ref().ok().and_then(|config| config.color.as_ref()).map(|color| color.value.as_str());
    let info = Info {
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", env::consts::OS, env::consts::ARCH),
        terminal: tui::terminal_facts(|name| env::var(name).ok(), color),
        config: Read {
            named_by: match place.by {
                By::Flag => "--config",
                By::Variable => "CUTOVER_CONFIG",
                By::Folder => "the XDG folder",
            },
            read: mistakes.is_empty() && place.file.as_deref().is_some_and(std::path::Path::exists),
            mistakes: mistakes
                .iter()
                .map(|mistake| Wrong {
                    file: mistake.file.clone(),
                    line: mistake.line,
                    message: mistake.message.clone(),
                    fix: mistake.fix.clone(),
                })
                .collect(),
        },
        paths: paths(place),
    };
    match global.output {
        Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => {
            out::print(&page(&info))?;
            out::tell(&told(&mistakes));
            Ok(())
        }
        Output::Json => out::print(&out::pretty(&info)),
        Output::Yaml => {
            let value = serde_json::to_value(&info).unwrap_or_default();
            out::value(&value, Output::Yaml)
        }
    }
}

fn paths(place: Place) -> Vec<Path> {
    let state = |name: &str| state_dir().map(|folder| folder.join(name));
    let path = |name, path: Option<PathBuf>, what| {
        let exists = path.as_deref().is_some_and(std::path::Path::exists);
        Path { name, path, exists, what }
    };
    vec![
        path("config", place.file, "what you set"),
        path("themes", config_dir().map(|folder| folder.join("themes")), "your own themes"),
        path("state", state_dir(), "the folder of all below"),
        path("log", logs::file(), "what the console says of itself, with six older ones"),
        path("journal", journal::path(false), "every change made, with its inverse"),
        path("commands", state(Sort::Commands.file()), "lines of the `:` prompt"),
        path("requests", state(Sort::Requests.file()), "requests that were explained"),
        path("drafts", state("drafts"), "documents that went to the editor and were not written"),
        path("saved", state("saved"), "tables and charts that were saved"),
        path("reports", state_dir(), "panic-*.txt, if a part of the program panicked"),
    ]
}

fn page(info: &Info) -> String {
    let mut text = format!("cutover {} on {}\n\n", info.version, info.system);
    let mut table = Table::new(["PATH", "", "", ""]);
    for path in &info.paths {
        let (shown, sign) = match &path.path {
            Some(shown) => (shown.display().to_string(), if path.exists { "✓" } else { "–" }),
            None => ("no home".to_owned(), "?"),
        };
        table.row([path.name, sign, &clean(&shown), path.what]);
    }
    text.push_str(&table.render(0));
    let config = &info.config;
    let state = match (config.read, config.mistakes.len()) {
        (true, _) => "read".to_owned(),
        (false, 0) => "none: the defaults hold".to_owned(),
        (false, 1) => "wrong, not used: 1 mistake, below".to_owned(),
        (false, count) => format!("wrong, not used: {count} mistakes, below"),
    };
    text.push_str(&format!("\nconfig    {state} (named by {})\n", config.named_by));
    for (name, value) in info.terminal.lines() {
        text.push_str(&format!("{name:<10}{}\n", clean(&value)));
    }
    text
}
