//! The text of an object as YAML: coloured, folded by indentation, each line with the line of the user's file and
//! with what it refers to.
//!
//! The text is what `cutover get -o yaml` prints, from the same writer; it is read back to know what each line holds.

use serde_json::Value;

use super::{
    Known, Line, Tone,
    describe::About,
    export,
    links::{self, role},
    page::{Fold, Folds, Link, PageLine, Target},
};
use crate::{
    resource::{Key, Kind, Object, show},
    source::{
        Lines,
        yaml::{Child, Data, Reader, Tree, item_path, member_path},
    },
    world::{Reference, references},
};

/// What is folded before anybody opens it: the path's end, and whose it is.
const HIDDEN: &[(&str, &str)] = &[
    ("cutover", "what cutover says of it"),
    ("metadata.managedFields", "who set which field, kept by the API server"),
    (
        "metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"]",
        "kubectl's copy of the object",
    ),
];

/// What one line of the text holds.
#[derive(Clone, Debug, Default)]
struct Held {
    /// The innermost field that begins on the line, or of which the line is a part.
    path: String,
    /// The outermost node that begins on it and goes on below: its path and its last line.
    fold: Option<(String, usize)>,
    /// Whether the value on the line is a number or a boolean.
    bare: bool,
}

/// The text of something; `folds` says what is open. `lines` are those of the user's file.
pub fn page(known: &Known<'_>, about: &About, folds: &Folds, lines: Option<&Lines>) -> Vec<PageLine> {
    let Some(object) = about.key().and_then(|key| known.world.get(&key)) else { return Vec::new() };
    let value = export::with_status(known, object);
    match about {
        About::Listener(id) => {
            let all = value.pointer("/spec/listeners").and_then(Value::as_array);
            let found = all.into_iter().flatten().enumerate();
            let mut found =
                found.filter(|(_, one)| one.get("name").and_then(Value::as_str) == Some(&*id.name));
            let Some((at, listener)) = found.next() else { return Vec::new() };
            let path = item_path("spec.listeners", at);
            Text::of(known, object, listener, &path).lines(folds, lines)
        }
        About::Object(_) | About::Findings(_) => {
            let mut out = Text::of(known, object, &value, "").lines(folds, lines);
            if object.origin.is_some() {
                let left =
                    "# managedFields and kubectl's copy of the object are left out when a file is read";
                out.push(Line::dim(left).into());
            }
            out
        }
    }
}

/// A part of an object's text, all of it open: the lines under a head of its description.
pub fn lines(known: &Known<'_>, object: &Object, value: &Value, path: &str) -> Vec<PageLine> {
    let mut text = Text::of(known, object, value, path);
    for held in &mut text.held {
        held.fold = None;
    }
    text.lines(&Folds::default(), None)
}

struct Text<'a> {
    known: &'a Known<'a>,
    object: &'a Object,
    value: Value,
    text: String,
    held: Vec<Held>,
    references: Vec<Reference>,
}

impl<'a> Text<'a> {
    fn of(known: &'a Known<'a>, object: &'a Object, value: &Value, path: &str) -> Self {
        let text = show::to_yaml(value);
        let count = text.lines().count();
        let mut held = vec![Held::default(); count];
        // What can not be read back, as too deep, is shown as it is.
        if let Some(Ok(document)) = Reader::new(&text, 0, 1).next()
            && let Some(root) = document.root
        {
            walk(&document.tree, root, path, (0, count), &mut held);
        }
        let mut references = references(object);
        for reference in &mut references {
            reference.field = links::quoted(&reference.field);
        }
        Self { known, object, value: show::shown(object), text, held, references }
    }

    fn lines(&self, folds: &Folds, lines: Option<&Lines>) -> Vec<PageLine> {
        let mut out = Vec::new();
        let mut closed = 0;
        for (at, (text, held)) in self.text.lines().zip(&self.held).enumerate() {
            if at < closed {
                continue;
            }
            let hidden = HIDDEN.iter().find(|(path, _)| *path == held.path);
            let fold = held.fold.as_ref().map(|(path, last)| (path.as_str(), *last));
            let fold = fold.or_else(|| hidden.map(|(path, _)| (*path, at)));
            let mut line = PageLine::from(coloured(text, held.bare));
            if let Some((id, last)) = fold {
                let open = folds.open(id, hidden.is_none());
                if !open {
                    closed = last + 1;
                    line = PageLine::from(folded(text, last - at, hidden.map(|(_, whose)| *whose)));
                }
                line.fold = Some(Fold { id: id.into(), open });
            }
            line.number = lines.and_then(|lines| lines.exact(&held.path));
            line.links = self.links(&held.path);
            line.path = Some(held.path.clone());
            out.push(line);
        }
        out
    }

    fn links(&self, path: &str) -> Vec<Link> {
        if path == "metadata.namespace" && self.object.key.kind.namespaced() {
            let namespace = Key::new(Kind::Namespace, "", &*self.object.key.namespace);
            return vec![Link::new("namespace", Target::object(&namespace))];
        }
        let found = self.references.iter().find(|reference| links::within(path, &reference.field));
        let link = |reference: &Reference| {
            Link::new(role(&reference.field), links::target(self.known, &self.value, reference))
        };
        found.map(link).into_iter().collect()
    }
}

/// Says of the lines `from..to` what they hold.
fn walk(tree: &Tree<'_>, node: Child, path: &str, (from, to): (usize, usize), held: &mut [Held]) {
    for line in held.get_mut(from..to).unwrap_or_default() {
        path.clone_into(&mut line.path);
    }
    let Some(data) = tree.node(node).map(|node| &node.data) else { return };
    let parts: Vec<(usize, String, Child)> = match data {
        Data::Mapping(members) => members
            .iter()
            .map(|member| (member.key_place.line as usize - 1, member_path(path, &member.key), member.value))
            .collect(),
        Data::Sequence(items) => items
            .iter()
            .enumerate()
            .filter_map(|(nth, item)| {
                Some((tree.node(*item)?.place.line as usize - 1, item_path(path, nth), *item))
            })
            .collect(),
        Data::Number(_) | Data::Bool(_) | Data::Null => {
            if let Some(line) = held.get_mut(from) {
                line.bare = true;
            }
            return;
        }
        Data::Text(_) => return,
    };
    let ends: Vec<usize> = parts.iter().skip(1).map(|(line, ..)| *line).chain([to]).collect();
    for ((first, path, child), end) in parts.into_iter().zip(ends) {
        walk(tree, child, &path, (first, end), held);
        if let Some(line) = held.get_mut(first).filter(|_| end > first + 1) {
            line.fold = Some((path, end - 1));
        }
    }
}

/// Where the key of a line ends, behind its colon; none when the line has no key.
fn key_end(line: &str) -> Option<usize> {
    let start = line.len() - line.trim_start_matches([' ', '-']).len();
    let rest = line.get(start..)?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let from = match quote {
        Some(quote) => 1 + rest.get(1..)?.find(quote)? + 1,
        None => 0,
    };
    let colons = rest.get(from..)?.match_indices(':').map(|(at, _)| from + at);
    let mut ends = colons.filter(|at| rest.len() == at + 1 || rest.as_bytes().get(at + 1) == Some(&b' '));
    let end = ends.next()?;
    let name = rest.get(..end)?;
    (quote.is_some() || !name.contains(' ')).then_some(start + end + 1)
}

/// A line with its key, its value and its dashes told apart.
fn coloured(text: &str, bare: bool) -> Line {
    let start = text.len() - text.trim_start_matches([' ', '-']).len();
    let (lead, rest) = text.split_at(start);
    let mut line = if lead.is_empty() { Line::default() } else { Line::dim(lead) };
    let value = match key_end(text) {
        Some(end) => {
            let (key, value) = rest.split_at(end - start);
            line = line.and(Tone::Accent, key);
            value
        }
        None => rest,
    };
    if value.is_empty() {
        return line;
    }
    line.and(if bare { Tone::Strong } else { Tone::Plain }, value)
}

/// The first line of what is folded, and how much that is.
fn folded(text: &str, lines: usize, whose: Option<&str>) -> Line {
    let end = key_end(text).unwrap_or(text.len());
    let (key, value) = text.split_at(end);
    let nested = value.trim().is_empty() || value.trim_start().starts_with('|');
    let size = if lines > 0 {
        format!("{lines} {}", if lines == 1 { "line" } else { "lines" })
    } else {
        format!("{} bytes", value.trim().len())
    };
    let note = match whose {
        Some(whose) => format!("  # {size}, {whose}"),
        None => format!("  # {size}"),
    };
    // An item of a list is known by its first field.
    let shown = if nested || whose.is_some() { key } else { text };
    let mut line = coloured(shown, false);
    line.0.push((Tone::Dim, note));
    line
}

#[cfg(test)]
mod tests;
