//! A document while it grows: what each event adds, anchors and merges included.

use std::{borrow::Cow, collections::HashMap};

use granit_parser::{ScalarStyle, StructureStyle, Tag};

use super::{
    Budget, Child, Data, FaultKind, MAX_DEPTH, Member, Node, Place, Repeated, Style, Tree, scalar,
    tree::Members,
};

/// A collection that is still open.
pub(super) struct Open<'a> {
    node: u32,
    anchor: usize,
    filling: Filling<'a>,
}

pub(super) enum Filling<'a> {
    Sequence(Vec<Child>),
    Mapping { members: Members<'a>, key: Option<Key<'a>> },
}

pub(super) struct Key<'a> {
    text: Cow<'a, str>,
    place: Place,
    style: Style,
    merge: bool,
}

/// One document while it is read.
#[derive(Default)]
pub(super) struct Growing<'a> {
    pub(super) tree: Tree<'a>,
    pub(super) root: Option<Child>,
    open: Vec<Open<'a>>,
    anchors: HashMap<usize, u32>,
    pub(super) repeated: Vec<Repeated>,
    merged: usize,
}

/// A mistake of ours to tell, before it has its document.
pub(super) struct Stop {
    pub(super) kind: FaultKind,
    pub(super) line: u32,
    pub(super) message: String,
    pub(super) fix: &'static str,
}

impl<'a> Growing<'a> {
    pub(super) fn scalar(
        &mut self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        place: Place,
    ) -> Result<(), Stop> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let quoted = style != Style::Plain;
        let tag = tag.map(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:").unwrap_or("!".into()));
        let tag = tag.as_deref();
        let wrong = |message| Stop { kind: FaultKind::Value, line: place.line, message, fix: "" };
        if self.wants_key() {
            let merge = text == "<<"
                && if quoted { tag == Some("merge") } else { matches!(tag, None | Some("merge")) };
            let key = scalar::key(text, quoted, tag).map_err(wrong)?;
            if anchor != 0 {
                let data = Data::Text(key.clone());
                let node = self.tree.push(Node { place, style, anchored: true, data });
                self.anchors.insert(anchor, node.node);
            }
            self.set_key(Key { text: key, place, style, merge });
            return Ok(());
        }
        let data = scalar::value(text, quoted, tag).map_err(wrong)?;
        let child = self.tree.push(Node { place, style, anchored: anchor != 0, data });
        if anchor != 0 {
            self.anchors.insert(anchor, child.node);
        }
        self.attach(child, place.line)
    }

    pub(super) fn open(
        &mut self,
        filling: Filling<'a>,
        style: StructureStyle,
        anchor: usize,
        place: Place,
        brackets: usize,
    ) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(deep(place.line));
        }
        if self.wants_key() {
            if brackets >= MAX_DEPTH {
                return Err(deep(place.line));
            }
            return Err(Stop {
                kind: FaultKind::Value,
                line: place.line,
                message: "a key of a mapping is itself a list or a mapping".to_owned(),
                fix: "quote the text if it begins with a bracket",
            });
        }
        let style = match style {
            StructureStyle::Block => Style::Block,
            StructureStyle::Flow => Style::Flow,
        };
        let child = self.tree.push(Node { place, style, anchored: anchor != 0, data: Data::Null });
        if anchor != 0 {
            self.anchors.insert(anchor, child.node);
        }
        self.open.push(Open { node: child.node, anchor, filling });
        Ok(())
    }

    pub(super) fn close(&mut self, end: Place) -> Result<(), Stop> {
        let Some(Open { node, filling, .. }) = self.open.pop() else { return Ok(()) };
        let (data, last) = match filling {
            Filling::Sequence(items) => {
                let last = items.last().copied();
                (Data::Sequence(items), last)
            }
            Filling::Mapping { members, .. } => {
                let members = members.into_vec();
                let last = members.iter().filter(|m| !m.merged).map(|m| m.value).next_back();
                (Data::Mapping(members), last)
            }
        };
        let inner = last.filter(|child| !child.alias).and_then(|child| self.tree.node(child));
        let inner = inner.map_or(end.start, |node| node.place.end);
        let Some(node_ref) = self.tree.nodes.get_mut(node as usize) else { return Ok(()) };
        node_ref.data = data;
        node_ref.place.end = if node_ref.style == Style::Flow { end.end } else { inner };
        let line = node_ref.place.line;
        self.attach(Child { node, alias: false }, line)
    }

    pub(super) fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Stop> {
        let wrong = |message: &str| Stop {
            kind: FaultKind::Value,
            line: place.line,
            message: message.to_owned(),
            fix: "",
        };
        let Some(node) = self.anchors.get(&anchor).copied() else {
            return Err(wrong("an alias names no anchor"));
        };
        if self.open.iter().any(|open| open.anchor == anchor) {
            return Err(wrong("an anchor's value contains itself"));
        }
        if self.wants_key() {
            let target = self.tree.nodes.get(node as usize).map(|node| &node.data);
            let text: Cow<'a, str> = match target {
                Some(Data::Text(text)) => text.clone(),
                Some(Data::Number(number)) => number.to_string().into(),
                Some(Data::Bool(bool)) => bool.to_string().into(),
                Some(Data::Null | Data::Sequence(_) | Data::Mapping(_)) | None => {
                    return Err(wrong("an alias that stands as a key names no text"));
                }
            };
            self.set_key(Key { text, place, style: Style::Plain, merge: false });
            return Ok(());
        }
        self.attach(Child { node, alias: true }, place.line)
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { filling: Filling::Mapping { key: None, .. }, .. }))
    }

    fn set_key(&mut self, new: Key<'a>) {
        if let Some(Open { filling: Filling::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(new);
        }
    }

    /// Gives a finished node to the collection that it stands in.
    fn attach(&mut self, child: Child, line: u32) -> Result<(), Stop> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(child);
            return Ok(());
        };
        match &mut open.filling {
            Filling::Sequence(items) => items.push(child),
            Filling::Mapping { members, key } => {
                let Some(key) = key.take() else { return Ok(()) };
                if key.merge {
                    let added = merge_sources(&self.tree, child, line)?;
                    self.merged += added.len();
                    if self.merged > Budget::nodes_for(self.tree.nodes.len()) {
                        return Err(bomb(line));
                    }
                    for member in added {
                        members.put(member);
                    }
                } else {
                    let Key { text, place, style, .. } = key;
                    let member =
                        Member { key: text, key_place: place, key_style: style, value: child, merged: false };
                    if let Some(before) = members.put(member).filter(|before| !before.merged) {
                        let (first, line) = (before.key_place.line, place.line);
                        self.repeated.push(Repeated { key: before.key.into_owned(), first, line });
                    }
                }
            }
        }
        Ok(())
    }
}

/// The members that `<<` brings, in the order in which they are set; of a list the first mapping wins, so it comes last.
fn merge_sources<'a>(tree: &Tree<'a>, from: Child, line: u32) -> Result<Vec<Member<'a>>, Stop> {
    let wrong = || Stop {
        kind: FaultKind::Value,
        line,
        message: "a merge (`<<`) names no mapping".to_owned(),
        fix: "",
    };
    let mut sources = vec![from];
    if let Some(Data::Sequence(items)) = tree.node(from).map(|node| &node.data) {
        sources = items.iter().rev().copied().collect();
    }
    let mut added = Vec::new();
    for source in sources {
        match tree.node(source).map(|node| &node.data) {
            Some(Data::Mapping(members)) => {
                added.extend(members.iter().cloned().map(|member| Member { merged: true, ..member }));
            }
            _ => return Err(wrong()),
        }
    }
    Ok(added)
}

/// What is said against nesting.
pub(super) const DEEP_FIX: &str = "no Kubernetes object is nested so deep";

pub(super) fn deep_message() -> String {
    format!("nested deeper than {MAX_DEPTH} levels")
}

pub(super) fn deep(line: u32) -> Stop {
    Stop { kind: FaultKind::Deep, line, message: deep_message(), fix: DEEP_FIX }
}

fn bomb(line: u32) -> Stop {
    Stop {
        kind: FaultKind::Bomb,
        line,
        message: "aliases multiply this document beyond measure".to_owned(),
        fix: "write the values out",
    }
}
