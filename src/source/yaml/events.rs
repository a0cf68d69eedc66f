//! From granit-parser's events to a tree, without recursion.

use std::{borrow::Cow, collections::HashMap};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StrInput, StructureStyle, Tag};

use super::{
    Budget, Child, Data, Document, Fault, FaultKind, MAX_DEPTH, Member, Node, Place, Repeated, Style, Tree,
    scalar, tree::Members,
};

/// Reads YAML.
pub(super) struct Yaml<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text: &'a str,
    base: usize,
    line: u32,
    /// Byte in `text` at which the last document ended.
    behind: usize,
    /// True when the last document was given up, so that its end is not known.
    lost: bool,
    done: bool,
}

/// A collection that is still open.
struct Open<'a> {
    node: u32,
    anchor: usize,
    filling: Filling<'a>,
}

enum Filling<'a> {
    Sequence(Vec<Child>),
    Mapping { members: Members<'a>, key: Option<Key<'a>> },
}

struct Key<'a> {
    text: Cow<'a, str>,
    place: Place,
    style: Style,
    merge: bool,
}

/// One document while it is read.
#[derive(Default)]
struct Growing<'a> {
    tree: Tree<'a>,
    root: Option<Child>,
    open: Vec<Open<'a>>,
    anchors: HashMap<usize, u32>,
    repeated: Vec<Repeated>,
    merged: usize,
}

/// A mistake of ours to tell, before it has its document.
struct Stop {
    kind: FaultKind,
    line: u32,
    message: String,
    fix: &'static str,
}

impl<'a> Yaml<'a> {
    pub(super) fn new(text: &'a str, base: usize, line: u32) -> Self {
        let (text, base) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (rest, base + '\u{feff}'.len_utf8()),
            None => (text, base),
        };
        let options = granit_parser::options! {
            emit_comments: false,
            // Our own cap speaks first; these keep the parser's stack small all the same.
            flow_nesting_limit: MAX_DEPTH + 1,
            block_nesting_limit: MAX_DEPTH + 1,
            // A minified JSON key may be long.
            simple_key_max_lookahead: 65_536,
        };
        let parser = Parser::new_from_str_with_options(text, options);
        Self { parser, text, base, line, behind: 0, lost: false, done: false }
    }

    pub(super) fn next_document(&mut self) -> Option<Result<Document<'a>, Fault>> {
        if self.done {
            return None;
        }
        let mut growing = Growing::default();
        let mut begin: Option<(usize, u32)> = None;
        loop {
            let (event, span) = match self.parser.next_event() {
                None => {
                    self.done = true;
                    return None;
                }
                Some(Err(error)) => {
                    let stop = self.scan_error(&error);
                    return Some(Err(self.abandon(stop, begin)));
                }
                Some(Ok(next)) => next,
            };
            let place = self.place(span);
            let step = match event {
                Event::StreamEnd => {
                    self.done = true;
                    return None;
                }
                Event::DocumentStart(..) => {
                    begin = Some(self.document_start(span));
                    Ok(())
                }
                Event::DocumentEnd => {
                    let end = span.end.byte_offset().unwrap_or(self.text.len());
                    self.behind = end;
                    let (start, line) = begin.unwrap_or((self.base, self.line));
                    let Growing { tree, root, repeated, .. } = growing;
                    let end = self.base + end;
                    return Some(Ok(Document { tree, root, start, end, line, repeated }));
                }
                Event::Scalar(text, style, anchor, tag) => {
                    growing.scalar(text, style, anchor, tag.as_deref(), place)
                }
                Event::SequenceStart(style, anchor, _) => {
                    growing.open(Filling::Sequence(Vec::new()), style, anchor, place, self.brackets(span))
                }
                Event::MappingStart(style, anchor, _) => {
                    let filling = Filling::Mapping { members: Members::default(), key: None };
                    growing.open(filling, style, anchor, place, self.brackets(span))
                }
                Event::SequenceEnd | Event::MappingEnd => growing.close(place),
                Event::Alias(anchor) => growing.alias(anchor, place),
                // The options above switch the others off.
                _ => Ok(()),
            };
            if let Err(stop) = step {
                return Some(Err(self.abandon(stop, begin)));
            }
        }
    }

    /// Where the document begins: at its `---` or first node, or at the `%` lines before.
    fn document_start(&mut self, span: Span) -> (usize, u32) {
        let at = span.start.byte_offset().unwrap_or(self.behind);
        if std::mem::take(&mut self.lost) {
            self.behind = at;
        }
        let before = self.text.get(self.behind..at).unwrap_or("");
        let mut offset = self.behind;
        for line in before.split_inclusive('\n') {
            if line.starts_with('%') {
                let lines = self.text[offset..at].matches('\n').count() as u32;
                return (self.base + offset, self.line + span.start.line() as u32 - 1 - lines);
            }
            offset += line.len();
        }
        // An indented first line belongs to the document with its indent.
        let indent = before.len() - before.trim_end_matches(' ').len();
        (self.base + at - indent, self.line + span.start.line() as u32 - 1)
    }

    fn place(&self, span: Span) -> Place {
        let start = span.start.byte_offset().unwrap_or(0);
        let end = span.end.byte_offset().unwrap_or(start);
        Place {
            start: (self.base + start) as u32,
            end: (self.base + end) as u32,
            line: self.line + span.start.line() as u32 - 1,
            column: span.start.col() as u32,
        }
    }

    /// How many brackets open here, one inside the other.
    fn brackets(&self, span: Span) -> usize {
        let rest = span.start.byte_offset().and_then(|at| self.text.get(at..)).unwrap_or("");
        let opening =
            rest.bytes().filter(|b| !b.is_ascii_whitespace()).take_while(|b| matches!(b, b'{' | b'['));
        opening.take(MAX_DEPTH + 1).count()
    }

    fn abandon(&mut self, stop: Stop, begin: Option<(usize, u32)>) -> Fault {
        let start = begin.map_or(self.base + self.behind, |(start, _)| start);
        self.lost = true;
        match self.parser.proceed_next_document() {
            Ok(true) => {}
            Ok(false) | Err(_) => self.done = true,
        }
        Fault { kind: stop.kind, line: stop.line, message: stop.message, fix: stop.fix.to_owned(), start }
    }

    fn scan_error(&self, error: &ScanError) -> Stop {
        let line = self.line + (error.marker().line() as u32).max(1) - 1;
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => deep(line),
            kind => {
                let message = lower_first(&kind.to_string());
                let tab = message.contains("tab")
                    || self
                        .line_text(error)
                        .is_some_and(|text| text.trim_start_matches(' ').starts_with('\t'));
                let fix = if tab { "indent with spaces; the line holds a tab" } else { "" };
                Stop { kind: FaultKind::Yaml, line, message, fix }
            }
        }
    }

    /// The line at fault.
    fn line_text(&self, error: &ScanError) -> Option<&str> {
        let at = error.marker().byte_offset()?.min(self.text.len());
        let bytes = self.text.as_bytes();
        let start = memchr::memrchr(b'\n', bytes.get(..at)?).map_or(0, |found| found + 1);
        let end = memchr::memchr(b'\n', bytes.get(start..)?).map_or(bytes.len(), |found| start + found);
        self.text.get(start..end)
    }
}

impl<'a> Growing<'a> {
    fn scalar(
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

    fn open(
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

    fn close(&mut self, end: Place) -> Result<(), Stop> {
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

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Stop> {
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

pub(super) fn deep_message() -> String {
    format!("nested deeper than {MAX_DEPTH} levels")
}

fn deep(line: u32) -> Stop {
    Stop {
        kind: FaultKind::Deep,
        line,
        message: deep_message(),
        fix: "no Kubernetes object is nested so deep",
    }
}

fn bomb(line: u32) -> Stop {
    Stop {
        kind: FaultKind::Bomb,
        line,
        message: "aliases multiply this document beyond measure".to_owned(),
        fix: "write the values out",
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
