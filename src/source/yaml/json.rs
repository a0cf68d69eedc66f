//! JSON to a tree: RFC 8259, several documents one after the other, without recursion.

use std::borrow::Cow;

use super::{
    Child, Data, Document, Fault, FaultKind, MAX_DEPTH, Member, Node, Place, Repeated, Style, Tree,
    scalar::json_float, tree::Members,
};

/// Reads JSON.
pub(super) struct Json<'a> {
    text: &'a str,
    at: usize,
    base: usize,
    line: u32,
    failed: bool,
}

struct Open<'a> {
    node: u32,
    filling: Filling<'a>,
}

enum Filling<'a> {
    Sequence(Vec<Child>),
    Mapping(Members<'a>, Option<(Cow<'a, str>, Place)>),
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
}

impl<'a> Json<'a> {
    /// Whether the whole text is JSON. Reads it once with a reader that keeps nothing.
    pub(super) fn accepts(text: &str) -> bool {
        let text = text.trim_start_matches('\u{feff}');
        serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>().all(|next| next.is_ok())
    }

    pub(super) fn new(text: &'a str, base: usize, line: u32) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, base, line, failed: false }
    }

    pub(super) fn next_document(&mut self) -> Option<Result<Document<'a>, Fault>> {
        self.skip_space();
        if self.failed || self.at >= self.text.len() {
            return None;
        }
        let (start, line) = (self.base + self.at, self.line);
        match self.document() {
            Ok((tree, root, repeated)) => {
                let end = self.base + self.at;
                Some(Ok(Document { tree, root: Some(root), start, end, line, repeated }))
            }
            Err((kind, message)) => {
                self.failed = true;
                let fix =
                    if kind == FaultKind::Deep { super::grow::DEEP_FIX.to_owned() } else { String::new() };
                Some(Err(Fault { kind, line: self.line, message, fix, start }))
            }
        }
    }

    fn document(&mut self) -> Result<(Tree<'a>, Child, Vec<Repeated>), (FaultKind, String)> {
        let mut tree = Tree::default();
        let mut open: Vec<Open<'a>> = Vec::new();
        let mut repeated = Vec::new();
        let mut want = Want::Value;
        loop {
            self.skip_space();
            let Some(byte) = self.text.as_bytes().get(self.at).copied() else {
                return Err(wrong("the text ends inside a value"));
            };
            let closing = matches!(byte, b']' | b'}')
                && matches!(want, Want::CommaOrEnd | Want::KeyOrEnd | Want::ValueOrEnd);
            let finished = if closing {
                let Some(done) = open.pop() else { return Err(wrong("a bracket closes nothing")) };
                let data = match (done.filling, byte) {
                    (Filling::Sequence(items), b']') => Data::Sequence(items),
                    (Filling::Mapping(members, None), b'}') => Data::Mapping(members.into_vec()),
                    (Filling::Sequence(_) | Filling::Mapping(..), _) => {
                        return Err(wrong("a bracket is closed by the other kind"));
                    }
                };
                self.at += 1;
                if let Some(node) = tree.nodes.get_mut(done.node as usize) {
                    node.data = data;
                    node.place.end = (self.base + self.at) as u32;
                }
                Child { node: done.node, alias: false }
            } else {
                match want {
                    Want::CommaOrEnd => {
                        if byte != b',' {
                            return Err(wrong("expected `,` or a closing bracket"));
                        }
                        self.at += 1;
                        let mapping = matches!(open.last(), Some(Open { filling: Filling::Mapping(..), .. }));
                        want = if mapping { Want::Key } else { Want::Value };
                        continue;
                    }
                    Want::Key | Want::KeyOrEnd => {
                        self.key(open.last_mut())?;
                        want = Want::Value;
                        continue;
                    }
                    Want::Value | Want::ValueOrEnd => {
                        if matches!(byte, b'{' | b'[') {
                            if open.len() >= MAX_DEPTH {
                                return Err((FaultKind::Deep, super::grow::deep_message()));
                            }
                            let place = self.place(self.at, self.at + 1);
                            let node = tree.push(node(place, Style::Flow, Data::Null)).node;
                            let (filling, next) = if byte == b'{' {
                                (Filling::Mapping(Members::default(), None), Want::KeyOrEnd)
                            } else {
                                (Filling::Sequence(Vec::new()), Want::ValueOrEnd)
                            };
                            open.push(Open { node, filling });
                            self.at += 1;
                            want = next;
                            continue;
                        }
                        let scalar = self.scalar(byte)?;
                        tree.push(scalar)
                    }
                }
            };
            match open.last_mut().map(|open| &mut open.filling) {
                None => return Ok((tree, finished, repeated)),
                Some(Filling::Sequence(items)) => items.push(finished),
                Some(Filling::Mapping(members, key)) => {
                    if let Some((key, key_place)) = key.take() {
                        let key_style = Style::Double;
                        let member = Member { key, key_place, key_style, value: finished, merged: false };
                        if let Some(before) = members.put(member) {
                            let (first, line) = (before.key_place.line, key_place.line);
                            repeated.push(Repeated { key: before.key.into_owned(), first, line });
                        }
                    }
                }
            }
            want = Want::CommaOrEnd;
        }
    }

    fn key(&mut self, open: Option<&mut Open<'a>>) -> Result<(), (FaultKind, String)> {
        if self.text.as_bytes().get(self.at) != Some(&b'"') {
            return Err(wrong("expected a key in double quotes"));
        }
        let start = self.at;
        let text = self.string()?;
        let place = self.place(start, self.at);
        self.skip_space();
        if self.text.as_bytes().get(self.at) != Some(&b':') {
            return Err(wrong("expected `:` behind a key"));
        }
        self.at += 1;
        if let Some(Open { filling: Filling::Mapping(_, key), .. }) = open {
            *key = Some((text, place));
        }
        Ok(())
    }

    fn scalar(&mut self, first: u8) -> Result<Node<'a>, (FaultKind, String)> {
        let start = self.at;
        if first == b'"' {
            let text = self.string()?;
            return Ok(node(self.place(start, self.at), Style::Double, Data::Text(text)));
        }
        let rest = &self.text[start..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')));
        let word = &rest[..end.unwrap_or(rest.len())];
        let data = match word {
            "null" => Data::Null,
            "true" => Data::Bool(true),
            "false" => Data::Bool(false),
            number => match json_number(number) {
                Some(number) => Data::Number(number),
                None => return Err(wrong("expected a value")),
            },
        };
        self.at += word.len();
        Ok(node(self.place(start, self.at), Style::Plain, data))
    }

    /// Reads a string that begins here.
    fn string(&mut self) -> Result<Cow<'a, str>, (FaultKind, String)> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                None | Some(b'\n') => return Err(wrong("a string is not closed")),
                Some(b'\\') => at += 2,
                Some(b'"') => break,
                Some(_) => at += 1,
            }
        }
        let Some(raw) = self.text.get(start..=at) else { return Err(wrong("a string is not closed")) };
        self.at = at + 1;
        let inner = &raw[1..raw.len() - 1];
        if !inner.contains('\\') && !inner.bytes().any(|b| b < 0x20) {
            return Ok(inner.into());
        }
        match serde_json::from_str::<String>(raw) {
            Ok(text) => Ok(text.into()),
            Err(_) => Err(wrong("a string holds a wrong escape or a control character")),
        }
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' => {}
                _ => break,
            }
            self.at += 1;
        }
    }

    fn place(&self, start: usize, end: usize) -> Place {
        Place { start: (self.base + start) as u32, end: (self.base + end) as u32, line: self.line, column: 0 }
    }
}

fn wrong(message: &str) -> (FaultKind, String) {
    (FaultKind::Json, message.to_owned())
}

fn node(place: Place, style: Style, data: Data<'_>) -> Node<'_> {
    Node { place, style, anchored: false, data }
}

/// A number as the API server's reader has it: whole where it fits, else a float without a needless fraction.
fn json_number(text: &str) -> Option<Box<str>> {
    match serde_json::from_str::<serde_json::Number>(text).ok()? {
        number if number.is_i64() || number.is_u64() => Some(number.to_string().into()),
        number => json_float(number.as_f64()?),
    }
}
