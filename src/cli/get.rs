//! `cutover get`: objects as a table, as JSON or as YAML.

use std::{fmt::Write as _, sync::Arc};

use super::{
    args::{Global, Output},
    asked::Asked,
    failure::Failure,
    out,
    scene::Scene,
    table::Table,
};
use crate::{
    resource::{Kind, Object},
    tui::facts::{
        export,
        objects::{Column, Row, columns, notes},
    },
};

/// Runs the command.
///
/// # Errors
/// An unknown kind, a name that no object has, input that can not be read.
pub fn run(global: &Global, what: &[String]) -> Result<(), Failure> {
    let scene = Scene::open_telling(global)?;
    let asked = Asked::of(&scene, global, what)?;
    match global.output {
        Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => {
            let wide = global.output == Output::Wide;
            if asked.found.is_empty() && !asked.named {
                let place =
                    global.namespace.as_ref().map_or_else(String::new, |ns| format!(" in {ns} namespace"));
                out::tell(&format!("No resources found{place}.\n"));
            }
            let mut text = String::new();
            for (at, (kind, objects)) in asked.found.iter().enumerate() {
                if at > 0 {
                    text.push('\n');
                }
                let _ = write!(
                    text,
                    "{}",
                    table(&scene, kind, objects, wide, asked.several, global.namespace.is_none())
                );
            }
            out::print(&text)?;
        }
        Output::Json | Output::Yaml => print(&scene, &asked.found, asked.named, global.output)?,
    }
    asked.done(&scene)
}

fn table(
    scene: &Scene,
    kind: &Kind,
    objects: &[Arc<Object>],
    wide: bool,
    prefix: bool,
    namespace: bool,
) -> String {
    let columns: Vec<&Column> = columns(kind).iter().filter(|column| wide || !column.wide).collect();
    let namespace = namespace && kind.namespaced();
    let notes: Vec<String> = objects.iter().map(|object| notes(object)).collect();
    let noted = notes.iter().any(|note| !note.is_empty());
    let heads = namespace.then_some("NAMESPACE").into_iter().chain(["NAME"]);
    let heads = heads.chain(columns.iter().map(|column| column.head)).chain(noted.then_some("NOTE"));
    let mut table = Table::new(heads);
    let known = scene.known();
    for (object, note) in objects.iter().zip(notes) {
        let name = if prefix {
            format!("{}/{}", kind.name().to_ascii_lowercase(), object.key.name)
        } else {
            object.key.name.to_string()
        };
        let text = object.value();
        let cells = namespace.then(|| object.key.namespace.to_string()).into_iter().chain([name]);
        let row = Row { known: &known, object, text: &text };
        let cells = cells.chain(columns.iter().map(|column| (column.cell)(&row)));
        table.row(cells.chain(noted.then_some(note)));
    }
    table.render(0)
}

/// One object by its name stands alone, as with kubectl; all else is a List.
fn print(
    scene: &Scene,
    found: &[(Kind, Vec<Arc<Object>>)],
    named: bool,
    output: Output,
) -> Result<(), Failure> {
    let objects = || found.iter().flat_map(|(_, objects)| objects);
    let known = scene.known();
    let mut items = objects().map(|object| export::with_status(&known, object));
    match (named, objects().count()) {
        (true, 1) => items.next().map_or(Ok(()), |item| out::value(&item, output)),
        (true | false, _) => out::list(items, output),
    }
}
