//! `cutover completions` and `cutover man`, made from the one definition of the command line.

use std::{fs, path::Path};

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{args::Cli, failure::Failure, out};

/// Prints what a shell completes with.
///
/// # Errors
/// Those of printing.
pub fn completions(shell: Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "cutover", &mut text);
    out::print(&String::from_utf8_lossy(&text))
}

/// Prints the manual page, or writes one for each command into a folder.
///
/// # Errors
/// Those of printing and writing.
pub fn man(folder: Option<&Path>) -> Result<(), Failure> {
    let pages = pages();
    let Some(folder) = folder else {
        let main = pages.into_iter().next().map(|(_, text)| text).unwrap_or_default();
        return out::print(&main);
    };
    let written = fs::create_dir_all(folder).and_then(|()| {
        pages.iter().try_for_each(|(name, text)| fs::write(folder.join(format!("{name}.1")), text))
    });
    written.map_err(|error| Failure::failed(format!("failed to write to {}: {error}", folder.display()), ""))
}

/// Every page with its name: that of the program first, then `cutover-get` and so on.
fn pages() -> Vec<(String, String)> {
    let mut program = Cli::command().disable_help_subcommand(true);
    // Only now do commands know the flags that all have, and their full names.
    program.build();
    let mut pages = vec![("cutover".to_owned(), page(program.clone(), "cutover"))];
    for command in program.get_subcommands() {
        let name = format!("cutover-{}", command.get_name());
        pages.push((name.clone(), page(command.clone(), &name)));
    }
    pages
}

fn page(command: clap::Command, name: &str) -> String {
    let mut text = Vec::new();
    let source = concat!("cutover ", env!("CARGO_PKG_VERSION"));
    let page = Man::new(command).title(name.to_uppercase()).source(source).date("").manual("cutover");
    // Writing to memory does not fail.
    let _ = page.render(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}
