//! From one node of a document to an object: its identity, the little metadata, its text.

use std::{collections::HashSet, path::Path, sync::Arc};

use crate::{
    resource::{Key, Kind, Meta, Object, Origin, Problem},
    source::yaml::{Budget, Child, Data, Document, Node, Tree, Trim, write, write_text},
};

/// What the objects of one file share.
pub(super) struct Maker {
    pub(super) file: Arc<Path>,
    pub(super) problems: Vec<Problem>,
    /// Namespaces, versions and labels, each once.
    words: HashSet<Arc<str>>,
}

/// Where an object stands in its document.
#[derive(Clone, Copy)]
pub(super) struct Spot<'d> {
    pub(super) node: Child,
    /// Position in the list.
    pub(super) item: Option<u32>,
    /// `apiVersion` and `kind` that the list gives to items without.
    pub(super) given: Option<(&'d str, &'d str)>,
}

impl Maker {
    pub(super) fn new(file: Arc<Path>) -> Self {
        Self { file, problems: Vec::new(), words: HashSet::new() }
    }

    /// Tells a problem at a line of this file.
    pub(super) fn tell(&mut self, mut problem: Problem, line: u32) {
        problem.file = Some(self.file.to_path_buf());
        problem.line = Some(line);
        self.problems.push(problem);
    }

    /// The object at a spot; none when it was told why not.
    pub(super) fn object(
        &mut self,
        document: &Document<'_>,
        spot: Spot<'_>,
        budget: &mut Budget,
    ) -> Option<Object> {
        let tree = &document.tree;
        let line = first_line(tree, spot.node).unwrap_or(document.line);
        let (api_version, kind) = self.identify(tree, spot, line)?;
        let metadata = tree.member(spot.node, "metadata").map(|member| member.value);
        let name = self.name(tree, metadata, kind, line)?;
        let kind = Kind::from_api(api_version, kind);
        let namespace = self.namespace(tree, metadata, &kind, name);
        let key = Key::new(kind, self.word(&namespace), name);
        let origin =
            Origin { file: Arc::clone(&self.file), line, start: document.start as u64, item: spot.item };
        let meta = self.meta(tree, metadata, &key, &origin);
        let mut out = Vec::new();
        if write(tree, spot.node, Trim::Object, budget, &mut out).is_none() {
            let problem = Problem::error("alias-bomb", "aliases multiply this document beyond measure");
            self.tell(problem.fix("write the values out"), line);
            return None;
        }
        if spot.given.is_some() {
            out = complete(tree, spot, &out);
        }
        let text = String::from_utf8(out).ok()?.into_boxed_str();
        let api_version = self.word(api_version);
        Some(Object { key, api_version, meta, text, origin: Some(origin), assumed: false })
    }

    /// `apiVersion` and `kind`, its own or the list's.
    fn identify<'t>(&mut self, tree: &'t Tree<'_>, spot: Spot<'t>, line: u32) -> Option<(&'t str, &'t str)> {
        let own = |key| tree.get(spot.node, key).filter(|node| node.data != Data::Null);
        let (version, kind) = (own("apiVersion"), own("kind"));
        let version_text = version.and_then(|node| node.as_text()).or(spot.given.map(|given| given.0));
        let kind_text = kind.and_then(|node| node.as_text()).or(spot.given.map(|given| given.1));
        match (version_text, kind_text) {
            (Some(version), Some(kind)) if !version.is_empty() && !kind.is_empty() => {
                return Some((version, kind));
            }
            (None, None) if version.is_none() && kind.is_none() => {
                self.tell(
                    Problem::warning(
                        "no-kind",
                        "neither `apiVersion` nor `kind`: this is no Kubernetes object",
                    )
                    .fix("leave the file out, or add both"),
                    line,
                );
            }
            (_, None | Some("")) => {
                self.tell(missing("no-kind", "kind", kind.map(Node::what), "`kind: HTTPRoute`"), line);
            }
            (None | Some(_), Some(_)) => {
                let example = "`apiVersion: gateway.networking.k8s.io/v1`";
                self.tell(missing("no-api-version", "apiVersion", version.map(Node::what), example), line);
            }
        }
        None
    }

    fn name<'t>(
        &mut self,
        tree: &'t Tree<'_>,
        metadata: Option<Child>,
        kind: &str,
        line: u32,
    ) -> Option<&'t str> {
        let node = metadata.and_then(|metadata| tree.get(metadata, "name"));
        let (what, line) = match node.map(|node| (&node.data, node)) {
            Some((Data::Text(name), _)) if !name.is_empty() => return Some(name),
            Some((Data::Text(_) | Data::Null, node)) => ("is empty", node.place.line),
            Some((Data::Number(_), node)) => ("is a number; a name is a text", node.place.line),
            Some((Data::Bool(_), node)) => ("is a boolean; a name is a text", node.place.line),
            Some((Data::Sequence(_) | Data::Mapping(_), node)) => ("is no text", node.place.line),
            None if metadata.is_some_and(|metadata| tree.member(metadata, "generateName").is_some()) => {
                ("is missing; `generateName` is for an API server to fill", line)
            }
            None => ("is missing", line),
        };
        let fix = if what.ends_with("a text") { "put it in quotes" } else { "give the object a name" };
        let problem = Problem::error("no-name", format!("`metadata.name` of this {kind} {what}"));
        self.tell(problem.fix(fix).field("metadata.name"), line);
        None
    }

    /// The namespace, `default` where none is written, as kubectl has it.
    fn namespace(&mut self, tree: &Tree<'_>, metadata: Option<Child>, kind: &Kind, name: &str) -> String {
        let node = metadata.and_then(|metadata| tree.get(metadata, "namespace"));
        match node.map(|node| (&node.data, node)) {
            Some((Data::Text(namespace), _)) if !namespace.is_empty() => namespace.to_string(),
            None | Some((Data::Text(_) | Data::Null, _)) => "default".to_owned(),
            Some((Data::Bool(_) | Data::Number(_) | Data::Sequence(_) | Data::Mapping(_), node)) => {
                let message = format!("`metadata.namespace` of {kind} {name} is {}, not a text", node.what());
                let problem = Problem::error("needs-quotes", message).fix("put it in quotes");
                let line = node.place.line;
                self.tell(problem.field("metadata.namespace"), line);
                "default".to_owned()
            }
        }
    }

    fn meta(&mut self, tree: &Tree<'_>, metadata: Option<Child>, key: &Key, origin: &Origin) -> Meta {
        let Some(metadata) = metadata else { return Meta::default() };
        let text = |key| tree.get(metadata, key).and_then(|node| node.as_text());
        let created = text("creationTimestamp").and_then(|text| text.parse().ok());
        let generation = match tree.get(metadata, "generation").map(|node| &node.data) {
            Some(Data::Number(number)) => number.parse().unwrap_or(0),
            _ => 0,
        };
        let mut labels: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        for (map, keep) in [("labels", true), ("annotations", false)] {
            let members = tree.member(metadata, map).map_or(&[][..], |member| tree.members(member.value));
            for member in members {
                let Some(node) = tree.node(member.value) else { continue };
                match &node.data {
                    Data::Text(value) if keep => labels.push((self.word(&member.key), self.word(value))),
                    Data::Text(_) | Data::Null => {}
                    Data::Bool(_) | Data::Number(_) | Data::Sequence(_) | Data::Mapping(_) => {
                        let field = format!("metadata.{map}[\"{}\"]", member.key);
                        let message = format!("`{field}` is {}, not a text", node.what());
                        let mut problem =
                            Problem::error("needs-quotes", message).of(key, Some(origin)).field(field);
                        problem.line = Some(member.key_place.line);
                        self.problems.push(problem.fix("put the value in quotes"));
                    }
                }
            }
        }
        labels.sort_unstable();
        Meta { labels: labels.into(), created, generation }
    }

    fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(word) = self.words.get(text) {
            return Arc::clone(word);
        }
        let word: Arc<str> = text.into();
        self.words.insert(Arc::clone(&word));
        word
    }
}

/// Line of the first key.
fn first_line(tree: &Tree<'_>, node: Child) -> Option<u32> {
    let own = tree.members(node).iter().filter(|member| !member.merged);
    own.map(|member| member.key_place.line).min()
}

fn missing(code: &'static str, field: &'static str, what: Option<&str>, example: &str) -> Problem {
    let state = what.map_or_else(|| "is missing".to_owned(), |what| format!("is {what}, not a text"));
    Problem::error(code, format!("`{field}` {state}")).fix(format!("write it, as in {example}")).field(field)
}

/// An item of a typed list has the list's version and kind; its text shall have them too.
fn complete(tree: &Tree<'_>, spot: Spot<'_>, out: &[u8]) -> Vec<u8> {
    let Some((version, kind)) = spot.given else { return out.to_vec() };
    let mut whole = vec![b'{'];
    for (key, value) in [("apiVersion", version), ("kind", kind)] {
        if tree.get(spot.node, key).is_none_or(|node| node.data == Data::Null) {
            write_text(key, &mut whole);
            whole.push(b':');
            write_text(value, &mut whole);
            whole.push(b',');
        }
    }
    whole.extend_from_slice(out.get(1..).unwrap_or_default());
    whole
}

/// Two places of one object; the later counts.
pub(super) fn duplicate(before: &Object, after: &Object) -> Problem {
    let place = |object: &Object| {
        object
            .origin
            .as_ref()
            .map_or_else(String::new, |origin| format!("{}:{}", origin.file.display(), origin.line))
    };
    let message =
        format!("{} stands twice: at {} and at {}; the last counts", after.key, place(before), place(after));
    Problem::warning("duplicate-object", message)
        .of(&after.key, after.origin.as_ref())
        .fix(format!("remove the one at {}", place(before)))
}
