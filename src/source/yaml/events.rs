//! From granit-parser's events to a tree, without recursion.

use granit_parser::{ErrorKind, Event, Parser, ScanError, Span, StrInput};

use super::{
    Document, Fault, FaultKind, MAX_DEPTH, Place,
    grow::{Filling, Growing, Stop, deep},
    tree::Members,
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

fn lower_first(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
