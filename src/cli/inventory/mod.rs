//! `cutover inventory`: what stands in front of a move, as a table, for scripts, for a ticket, and as a page.
//!
//! Annotations alone are counted while the input is read; all else is made from a World.

mod annotations;
mod count;
mod csv;
mod detail;
mod html;
mod json;
mod markdown;
mod page;
mod report;

use super::{
    args::{Global, InventoryFlags, InventoryOf, Output},
    failure::{Failure, USAGE, told},
    out,
    scene::no_source,
};
use crate::resource::{Problem, Severity};
use report::Report;

/// Runs the command.
///
/// # Errors
/// Input that can not be read, or a name that no Ingress has.
pub fn run(
    global: &Global,
    names: &[String],
    of: Option<&InventoryOf>,
    how: &InventoryFlags,
) -> Result<(), Failure> {
    if global.inputs().is_empty() {
        return Err(Failure { code: USAGE, text: no_source() });
    }
    if let Some(InventoryOf::Annotations { users, by_controller, by_ingress }) = of {
        let shape = match (users, by_controller, by_ingress) {
            (true, ..) => annotations::Shape::Users,
            (_, true, _) => annotations::Shape::ByController,
            (_, _, true) => annotations::Shape::ByIngress,
            (false, false, false) => annotations::Shape::Keys,
        };
        return annotations::run(global, shape, &how.annotations_prefix);
    }
    let report = Report::of(global, names, &how.annotations_prefix)?;
    tell(report.problems.iter().filter(|problem| problem.object.is_none()));
    match global.output {
        Output::Table | Output::Wide if !names.is_empty() => out::print(&detail::text(&report))?,
        Output::Table | Output::Wide => out::print(&page::text(&report, global.output == Output::Wide))?,
        Output::Json | Output::Yaml => json::print(&report, global.output)?,
        Output::Csv => {
            // A table of one sort of rows has no place for it.
            let refused = page::refused(report.refused());
            if !refused.is_empty() {
                out::tell(&format!("warning: {}\n", refused.trim_end()));
            }
            out::print(&csv::ingresses(&report))?;
        }
        Output::Markdown => out::print(&markdown::text(&report))?,
        Output::Html => out::print(&html::text(&report))?,
    }
    done(&report.problems)
}

/// Tells what is not only worth a note.
fn tell<'p>(problems: impl IntoIterator<Item = &'p Problem>) {
    for problem in problems.into_iter().filter(|problem| problem.severity != Severity::Info) {
        out::tell(&told(problem));
    }
}

/// What is wrong in an object is in the output; a text that could not be read is a failure.
fn done(problems: &[Problem]) -> Result<(), Failure> {
    let broken = problems.iter().any(|one| one.severity == Severity::Error && one.object.is_none());
    if broken { Err(Failure::silent(USAGE)) } else { Ok(()) }
}
