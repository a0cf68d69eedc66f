//! `cutover get`: objects as a table, as JSON or as YAML.

mod cells;
mod columns;

use std::{fmt::Write as _, sync::Arc};

use self::columns::{Column, columns};
use super::{
    args::{Global, Output},
    export,
    failure::Failure,
    out,
    scene::Scene,
    table::Table,
};
use crate::resource::{Kind, Object};

/// Runs the command.
///
/// # Errors
/// An unknown kind, a name that no object has, input that can not be read.
pub fn run(global: &Global, kinds: &str, name: Option<&str>) -> Result<(), Failure> {
    let scene = Scene::open_telling(global)?;
    let all = kinds == "all";
    let kinds = wanted(&scene, kinds)?;
    let mut found = Vec::new();
    for kind in &kinds {
        let objects = scene.select(global, kind, name)?;
        if !objects.is_empty() {
            found.push((kind.clone(), objects));
        }
    }
    match global.output {
        Output::Table | Output::Wide => {
            let wide = global.output == Output::Wide;
            let prefix = kinds.len() > 1 || all;
            if found.is_empty() {
                let place =
                    global.namespace.as_ref().map_or_else(String::new, |ns| format!(" in {ns} namespace"));
                out::tell(&format!("No resources found{place}.\n"));
            }
            let mut text = String::new();
            for (at, (kind, objects)) in found.iter().enumerate() {
                if at > 0 {
                    text.push('\n');
                }
                let _ = write!(
                    text,
                    "{}",
                    table(&scene, kind, objects, wide, prefix, global.namespace.is_none())
                );
            }
            out::print(&text)?;
        }
        Output::Json | Output::Yaml => print(&scene, &found, name.is_some(), global.output)?,
    }
    scene.done()
}

/// The kinds named, in the order named; for `all` those that have objects.
fn wanted(scene: &Scene, typed: &str) -> Result<Vec<Kind>, Failure> {
    if typed == "all" {
        return Ok(scene.world.kinds().map(|(kind, _)| kind.clone()).collect());
    }
    let mut kinds: Vec<Kind> = Vec::new();
    for word in typed.split(',').filter(|word| !word.is_empty()) {
        let kind = scene.kind(word)?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        return Err(Failure::usage(
            "no kind was named",
            "write `cutover get all` or a kind like `httproute`",
        ));
    }
    Ok(kinds)
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
    let notes: Vec<String> = objects.iter().map(|object| cells::notes(object)).collect();
    let noted = notes.iter().any(|note| !note.is_empty());
    let heads = namespace.then_some("NAMESPACE").into_iter().chain(["NAME"]);
    let heads = heads.chain(columns.iter().map(|column| column.head)).chain(noted.then_some("NOTE"));
    let mut table = Table::new(heads);
    for (object, note) in objects.iter().zip(notes) {
        let name = if prefix {
            format!("{}/{}", kind.name().to_ascii_lowercase(), object.key.name)
        } else {
            object.key.name.to_string()
        };
        let text = object.value();
        let cells = namespace.then(|| object.key.namespace.to_string()).into_iter().chain([name]);
        let cells = cells
            .chain(columns.iter().map(|column| (column.cell)(&cells::Row { scene, object, text: &text })));
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
    let mut items = objects().map(|object| export::with_status(scene, object));
    match (named, objects().count()) {
        (true, 1) => items.next().map_or(Ok(()), |item| out::value(&item, output)),
        (true | false, _) => out::list(items, output),
    }
}
