//! One document as a tree whose nodes know their place in the text.

use std::{borrow::Cow, collections::HashMap, ops::Range};

/// A stretch of the file. Offsets fit 32 bits because larger files are refused before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// Line of the first byte, from 1.
    pub line: u32,
    /// Characters before the first byte on its line; in JSON, bytes.
    pub column: u32,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `text`
    Plain,
    /// `'text'`
    Single,
    /// `"text"`
    Double,
    /// `|` or `>`, or a collection by indent.
    Block,
    /// `[…]` or `{…}`
    Flow,
}

/// A position in [`Tree::nodes`], and whether an alias (`*name`) leads there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// The node.
    pub node: u32,
    /// True when the text at this place is an alias of a node that stands elsewhere.
    pub alias: bool,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Data<'a> {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as JSON writes it.
    Number(Box<str>),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    Sequence(Vec<Child>),
    /// A mapping, in the order of the text; of equal keys the last.
    Mapping(Vec<Member<'a>>),
}

/// One key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'a> {
    /// The key as a text, whatever it was in YAML.
    pub key: Cow<'a, str>,
    /// Where the key stands.
    pub key_place: Place,
    /// How the key is written.
    pub key_style: Style,
    /// Its value.
    pub value: Child,
    /// True when a merge (`<<`) brought it here.
    pub merged: bool,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'a> {
    /// Where it stands; a collection without brackets ends with its last member.
    pub place: Place,
    /// How it is written.
    pub style: Style,
    /// True when an anchor (`&name`) names it.
    pub anchored: bool,
    /// The value.
    pub data: Data<'a>,
}

/// The members of a mapping while it is read.
#[derive(Default)]
pub(super) struct Members<'a> {
    list: Vec<Member<'a>>,
    /// Where each key is, once the list is too long to look through.
    index: HashMap<Cow<'a, str>, usize>,
}

/// A mapping with more members than this finds equal keys by an index.
const SCAN: usize = 16;

/// All nodes of one document.
#[derive(Debug, Default)]
pub struct Tree<'a> {
    /// The nodes; the order means nothing.
    pub nodes: Vec<Node<'a>>,
}

/// A key that stands twice in one mapping; the last counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The key.
    pub key: String,
    /// Line of the one that does not count.
    pub first: u32,
    /// Line of the one that counts.
    pub line: u32,
}

/// One document.
#[derive(Debug)]
pub struct Document<'a> {
    /// Its nodes.
    pub tree: Tree<'a>,
    /// The outermost node; none when the document holds only comments.
    pub root: Option<Child>,
    /// Byte in the file at which it begins.
    pub start: usize,
    /// Byte in the file at which it ends.
    pub end: usize,
    /// Line at which it begins.
    pub line: u32,
    /// Keys that stand twice.
    pub repeated: Vec<Repeated>,
}

/// What sort of mistake stopped a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Not YAML.
    Yaml,
    /// Not JSON.
    Json,
    /// YAML that has no counterpart in JSON: `.inf`, a null key, a wrong tag or merge.
    Value,
    /// Nested deeper than [`super::MAX_DEPTH`].
    Deep,
    /// Aliases that multiply the document.
    Bomb,
}

/// Why a document was not read. The reader goes on behind it where it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The sort.
    pub kind: FaultKind,
    /// Line in the file, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// What to do; may be empty.
    pub fix: String,
    /// Where the document begins.
    pub start: usize,
}

impl<'a> Members<'a> {
    /// Puts a member at the place of the one with its key, or at the end. Gives what stood there.
    pub(super) fn put(&mut self, member: Member<'a>) -> Option<Member<'a>> {
        let at = if self.list.len() <= SCAN {
            self.list.iter().position(|m| m.key == member.key)
        } else {
            if self.index.is_empty() {
                self.index = self.list.iter().enumerate().map(|(at, m)| (m.key.clone(), at)).collect();
            }
            self.index.get(&member.key).copied()
        };
        if let Some(place) = at.and_then(|at| self.list.get_mut(at)) {
            return Some(std::mem::replace(place, member));
        }
        if !self.index.is_empty() {
            self.index.insert(member.key.clone(), self.list.len());
        }
        self.list.push(member);
        None
    }

    pub(super) fn into_vec(self) -> Vec<Member<'a>> {
        self.list
    }
}

impl Place {
    /// The bytes in the file.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Node<'_> {
    /// The text, when it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Sequence(_) | Data::Mapping(_) => None,
        }
    }

    /// What the value is, in a word.
    pub fn what(&self) -> &'static str {
        match &self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text(_) => "a text",
            Data::Sequence(_) => "a list",
            Data::Mapping(_) => "a mapping",
        }
    }
}

impl<'a> Tree<'a> {
    /// The node of a child.
    pub fn node(&self, child: Child) -> Option<&Node<'a>> {
        self.nodes.get(child.node as usize)
    }

    /// The members of a mapping; none for anything else.
    pub fn members(&self, child: Child) -> &[Member<'a>] {
        match self.node(child).map(|node| &node.data) {
            Some(Data::Mapping(members)) => members,
            _ => &[],
        }
    }

    /// The member of a mapping with this key.
    pub fn member(&self, of: Child, key: &str) -> Option<&Member<'a>> {
        self.members(of).iter().find(|member| member.key == key)
    }

    /// The node under a key.
    pub fn get(&self, of: Child, key: &str) -> Option<&Node<'a>> {
        self.node(self.member(of, key)?.value)
    }

    pub(super) fn push(&mut self, node: Node<'a>) -> Child {
        self.nodes.push(node);
        Child { node: self.nodes.len() as u32 - 1, alias: false }
    }
}
