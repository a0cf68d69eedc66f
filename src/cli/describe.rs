//! `cutover describe`: all about an object, in kubectl's order, with what is wrong told first.
//!
//! The lines are those of the console's page of the object.

use std::fmt::Write as _;

use super::{
    args::{Global, Output},
    asked::Asked,
    failure::Failure,
    out,
    scene::Scene,
};
use crate::{
    resource::{Object, show::clean},
    tui::facts::{
        Known,
        describe::{About, page},
        export,
        told::Told,
    },
};

/// Runs the command.
///
/// # Errors
/// An unknown kind, a name that no object has, input that can not be read.
pub fn run(global: &Global, what: &[String]) -> Result<(), Failure> {
    let scene = Scene::open_telling(global)?;
    let asked = Asked::of(&scene, global, what)?;
    let objects: Vec<_> = asked.found.iter().flat_map(|(_, objects)| objects).collect();
    match global.output {
        Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => {
            let line_of = |object: &Object, field: &str| scene.line_of(object, field);
            let mistakes = Told::of(scene.compiled.problems(&scene.world));
            let known = Known { line_of: Some(&line_of), mistakes: Some(&mistakes), ..scene.known() };
            let texts: Vec<_> = objects.iter().map(|object| describe(&known, object)).collect();
            out::print(&texts.join("\n\n"))?;
        }
        Output::Json | Output::Yaml => {
            let known = scene.known();
            let mut values = objects.iter().map(|object| export::with_status(&known, object));
            match (asked.named, objects.len()) {
                (true, 1) => values.next().map_or(Ok(()), |value| out::value(&value, global.output))?,
                (true | false, _) => out::list(values, global.output)?,
            }
        }
    }
    if objects.is_empty() && !asked.named {
        out::tell("No resources found.\n");
    }
    asked.done(&scene)
}

/// The page of an object as plain text.
fn describe(known: &Known<'_>, object: &Object) -> String {
    let mut text = String::new();
    for line in page(known, &About::Object(object.key.clone())) {
        let _ = writeln!(text, "{}", clean(line.line.text().trim_end()));
    }
    text
}
