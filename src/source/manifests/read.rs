//! From a text to objects and problems.

use std::{path::Path, sync::Arc};

use super::object::{Maker, Spot};
use crate::{
    resource::{Object, Problem},
    source::yaml::{Budget, Child, Data, Document, Fault, FaultKind, Reader},
};

/// What one text holds.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) objects: Vec<Arc<Object>>,
    pub(super) problems: Vec<Problem>,
    /// True when a part of the text could not be taken: then what the file held before stays.
    pub(super) broken: bool,
}

/// Reads all documents of a text. `text` begins the file.
pub(super) fn read(text: &str, file: &Arc<Path>) -> Read {
    let mut maker = Maker::new(Arc::clone(file));
    let mut read = Read::default();
    for next in reader(text, file) {
        match next {
            Ok(document) => {
                for repeated in &document.repeated {
                    let message = format!(
                        "the key `{}` stands twice in one mapping, at lines {} and {}; the last counts",
                        repeated.key, repeated.first, repeated.line
                    );
                    let fix = match &*repeated.key {
                        "apiVersion" | "kind" => {
                            "if two objects are meant, write `---` between them; else remove one"
                        }
                        _ => "remove one",
                    };
                    maker.tell(Problem::warning("duplicate-key", message).fix(fix), repeated.line);
                }
                objects(&mut maker, &document, &mut read);
            }
            Err(fault) => {
                read.broken = true;
                let problem = told(&fault, text);
                maker.tell(problem, fault.line);
            }
        }
    }
    read.broken |= maker.problems.iter().any(|problem| problem.severity == crate::resource::Severity::Error);
    read.problems = maker.problems;
    read
}

/// A file that is called JSON and is neither JSON nor YAML is told what is wrong with its JSON.
pub(super) fn reader<'a>(text: &'a str, file: &Path) -> Reader<'a> {
    let json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if json && Reader::new(text, 0, 1).any(|next| next.is_err()) {
        Reader::json(text)
    } else {
        Reader::new(text, 0, 1)
    }
}

fn objects(maker: &mut Maker, document: &Document<'_>, read: &mut Read) {
    let Some(root) = document.root else { return };
    let tree = &document.tree;
    let Some(node) = tree.node(root) else { return };
    match &node.data {
        Data::Null => return,
        Data::Mapping(_) => {}
        Data::Sequence(_) | Data::Text(_) | Data::Bool(_) | Data::Number(_) => {
            let message = format!("the document is {}: this is no Kubernetes object", node.what());
            maker.tell(Problem::warning("no-kind", message).fix("leave the file out"), node.place.line);
            return;
        }
    }
    if let Some(problem) = foreign(maker, document, root) {
        maker.tell(problem, node.place.line);
        return;
    }
    let mut budget = Budget::new(document.end - document.start, tree.nodes.len());
    for spot in spots(document, root) {
        match tree.node(spot.node).map(|node| &node.data) {
            Some(Data::Mapping(_)) if spot.item.is_none() || items_of(document, spot.node).is_none() => {
                read.objects.extend(maker.object(document, spot, &mut budget).map(Arc::new));
            }
            Some(Data::Null) | None => {}
            Some(Data::Mapping(_)) => {
                let line = tree.node(spot.node).map_or(document.line, |node| node.place.line);
                let problem = Problem::error("nested-list", "a list stands inside a list");
                maker.tell(problem.fix("move its items to the outer list"), line);
            }
            Some(_) => {
                let node = tree.node(spot.node);
                let (what, line) =
                    node.map_or(("nothing", document.line), |node| (node.what(), node.place.line));
                let item = spot.item.unwrap_or(0);
                let problem =
                    Problem::error("no-kind", format!("item {item} of this list is {what}, not an object"));
                maker.tell(problem, line);
            }
        }
    }
}

/// The objects of a document: itself, or the items of a list.
pub(super) fn spots<'d>(document: &'d Document<'_>, root: Child) -> Vec<Spot<'d>> {
    match items_of(document, root) {
        None => vec![Spot { node: root, item: None, given: None }],
        Some((items, given)) => items
            .iter()
            .enumerate()
            .map(|(index, item)| Spot { node: *item, item: Some(index as u32), given })
            .collect(),
    }
}

/// Items of a list, and the `apiVersion` and `kind` they have when they name none.
pub(super) type Items<'d> = (&'d [Child], Option<(&'d str, &'d str)>);

pub(super) fn items_of<'d>(document: &'d Document<'_>, root: Child) -> Option<Items<'d>> {
    let tree = &document.tree;
    let kind = tree.get(root, "kind")?.as_text()?;
    let items = match tree.get(root, "items").map(|node| &node.data) {
        Some(Data::Sequence(items)) => items.as_slice(),
        Some(Data::Null) | None if kind == "List" => &[],
        _ => return None,
    };
    let single = kind.strip_suffix("List")?;
    let version = tree.get(root, "apiVersion").and_then(|node| node.as_text());
    let given = if single.is_empty() { None } else { version.map(|version| (version, single)) };
    Some((items, given))
}

/// YAML of another trade that often lies beside manifests.
pub(super) fn foreign(maker: &Maker, document: &Document<'_>, root: Child) -> Option<Problem> {
    let tree = &document.tree;
    let text = |key| tree.get(root, key).and_then(|node| node.as_text()).unwrap_or("");
    let (version, kind) = (text("apiVersion"), text("kind"));
    let name =
        maker.file.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let info = |what: &str, fix: &str| {
        Some(Problem::new(crate::resource::Severity::Info, "not-kubernetes", what).fix(fix))
    };
    if version.starts_with("kustomize.config.k8s.io/") || (stem == "kustomization" && kind.is_empty()) {
        let problem = Problem::warning(
            "kustomization",
            "a kustomization is not built here; the files are read as they are",
        );
        return Some(problem.fix("give the built manifests: `kubectl kustomize DIR | cutover … -f -`"));
    }
    if !kind.is_empty() {
        return None;
    }
    if stem == "chart" || stem.starts_with("values") && version.is_empty() {
        return info(
            "a file of a Helm chart, not a manifest; left out",
            "give the rendered manifests: `helm template …`",
        );
    }
    None
}

/// The problem of a document that was not read.
pub(super) fn told(fault: &Fault, text: &str) -> Problem {
    let code = match fault.kind {
        FaultKind::Yaml => "yaml-syntax",
        FaultKind::Json => "json-syntax",
        FaultKind::Value => "yaml-value",
        FaultKind::Deep => "too-deep",
        FaultKind::Bomb => "alias-bomb",
    };
    let template = match fault.kind {
        FaultKind::Yaml | FaultKind::Value => template_in(fault, text),
        FaultKind::Json | FaultKind::Deep | FaultKind::Bomb => false,
    };
    if template {
        let message =
            format!("the document holds a template (`{{{{ … }}}}`) and is no YAML: {}", fault.message);
        return Problem::warning("helm-template", message)
            .fix("give the rendered manifests: `helm template …`");
    }
    Problem::error(code, fault.message.clone()).fix(fault.fix.clone())
}

/// Whether the document at fault has a template's brackets up to a little behind the fault.
fn template_in(fault: &Fault, text: &str) -> bool {
    let document = text.get(fault.start..).unwrap_or("");
    let end = document.match_indices("\n---").map(|(at, _)| at).find(|at| *at > 0).unwrap_or(document.len());
    document.get(..end).is_some_and(|document| document.contains("{{"))
}
