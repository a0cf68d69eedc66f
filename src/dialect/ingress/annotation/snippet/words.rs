//! nginx's own syntax: words, quotes, comments, blocks.

use std::{iter::Peekable, str::CharIndices};

/// One directive: its words and, for a block, what is inside.
#[derive(Debug)]
pub(super) struct Statement {
    /// The line of its first word, from 1.
    pub(super) line: u32,
    /// The words, without quotes and escapes.
    pub(super) words: Vec<String>,
    /// What is between its braces.
    pub(super) block: Option<Block>,
    /// As written.
    pub(super) text: String,
}

/// The inside of a block.
#[derive(Debug)]
pub(super) enum Block {
    /// Directives.
    Directives(Vec<Statement>),
    /// Lua, which is not nginx's syntax.
    Lua,
}

/// What was read, and what breaks the syntax for certain.
pub(super) struct Read {
    pub(super) statements: Vec<Statement>,
    /// Line and reason.
    pub(super) faults: Vec<(u32, String)>,
    /// The text closes a block that it has not opened, and opens another: it breaks out of its place.
    pub(super) breaks_out: bool,
    /// The last directive has no `;`: what the controller writes next becomes a part of it.
    pub(super) open_end: bool,
}

/// The statements of a text.
pub(super) fn read(text: &str) -> Read {
    let mut parser =
        Parser { text, chars: text.char_indices().peekable(), line: 1, depth: 0, low: 0, fault: None };
    let mut statements = Vec::new();
    loop {
        match parser.statement() {
            Next::Statement(statement) => statements.push(statement),
            // A brace that closes what the controller opened: go on behind it.
            Next::Close => {
                parser.depth -= 1;
                parser.low = parser.low.min(parser.depth);
            }
            Next::Open(statement) => {
                statements.push(statement);
                let read = parser.finish(statements);
                return Read { open_end: true, ..read };
            }
            Next::End => return parser.finish(statements),
        }
    }
}

enum Next {
    Statement(Statement),
    /// Words without an end.
    Open(Statement),
    Close,
    End,
}

enum Token {
    Word(String),
    End,
    Open,
    Close,
    Eof,
}

struct Parser<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    line: u32,
    depth: i32,
    low: i32,
    fault: Option<(u32, String)>,
}

/// Blocks deeper than any sane snippet has are not looked into.
const DEEPEST: i32 = 64;

impl Parser<'_> {
    fn finish(&self, statements: Vec<Statement>) -> Read {
        let mut faults: Vec<(u32, String)> = self.fault.clone().into_iter().collect();
        if faults.is_empty() && self.depth != 0 {
            let what = if self.depth > 0 { "a `{` is not closed" } else { "a `}` closes nothing" };
            faults.push((self.line, what.to_owned()));
        }
        let breaks_out = self.low < 0 && self.depth == 0;
        Read { statements, faults, breaks_out, open_end: false }
    }

    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn bump(&mut self) -> Option<char> {
        let (_, c) = self.chars.next()?;
        self.line += u32::from(c == '\n');
        Some(c)
    }

    fn space(&mut self) {
        while let Some((_, c)) = self.chars.peek().copied() {
            match c {
                ' ' | '\t' | '\r' | '\n' => {
                    self.bump();
                }
                '#' => while self.bump().is_some_and(|c| c != '\n') {},
                _ => return,
            }
        }
    }

    fn statement(&mut self) -> Next {
        self.space();
        let (start, line) = (self.at(), self.line);
        let mut words = Vec::new();
        loop {
            let before = self.at();
            let token = self.token();
            let written = |end: usize| self.text[start..end].trim_end().to_owned();
            match token {
                Token::Word(word) => words.push(word),
                Token::End => {
                    let text = written(self.at());
                    return Next::Statement(Statement { line, words, block: None, text });
                }
                Token::Open => {
                    self.depth += 1;
                    let block = self.block(&words);
                    let text = self.text[start..self.at()].to_owned();
                    return Next::Statement(Statement { line, words, block: Some(block), text });
                }
                Token::Close if words.is_empty() => return Next::Close,
                Token::Close => {
                    // Words before a brace have no `;`. The brace is read again.
                    let text = written(before);
                    self.fault.get_or_insert((line, format!("`{}` has no `;`", super::brief(&text))));
                    self.rewind(before);
                    return Next::Statement(Statement { line, words, block: None, text });
                }
                Token::Eof if words.is_empty() => return Next::End,
                Token::Eof => {
                    let text = written(self.text.len());
                    return Next::Open(Statement { line, words, block: None, text });
                }
            }
        }
    }

    fn rewind(&mut self, to: usize) {
        let rest = &self.text[to..];
        self.line = 1 + self.text[..to].matches('\n').count() as u32;
        // Offsets stay those of the whole text.
        let mut chars = self.text.char_indices().peekable();
        if !rest.is_empty() {
            while chars.peek().is_some_and(|(at, _)| *at < to) {
                chars.next();
            }
        }
        self.chars = chars;
    }

    fn block(&mut self, words: &[String]) -> Block {
        if words.first().is_some_and(|word| word.ends_with("_by_lua_block")) {
            self.lua();
            return Block::Lua;
        }
        let mut inside = Vec::new();
        if self.depth > DEEPEST {
            return Block::Directives(inside);
        }
        loop {
            match self.statement() {
                Next::Statement(statement) => inside.push(statement),
                Next::Open(statement) => {
                    inside.push(statement);
                    return Block::Directives(inside);
                }
                Next::Close => {
                    self.depth -= 1;
                    return Block::Directives(inside);
                }
                Next::End => return Block::Directives(inside),
            }
        }
    }

    /// Skips Lua up to its closing brace.
    fn lua(&mut self) {
        let mut depth = 1;
        while let Some(c) = self.bump() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                '"' | '\'' => {
                    while let Some(inner) = self.bump() {
                        match inner {
                            '\\' => {
                                self.bump();
                            }
                            inner if inner == c || inner == '\n' => break,
                            _ => {}
                        }
                    }
                }
                '-' if self.chars.peek().is_some_and(|(_, c)| *c == '-') => {
                    while self.bump().is_some_and(|c| c != '\n') {}
                }
                _ => {}
            }
            if depth == 0 {
                self.depth -= 1;
                return;
            }
        }
    }

    fn token(&mut self) -> Token {
        self.space();
        match self.chars.peek().map(|(_, c)| *c) {
            None => Token::Eof,
            Some(';') => {
                self.bump();
                Token::End
            }
            Some('{') => {
                self.bump();
                Token::Open
            }
            Some('}') => {
                self.bump();
                Token::Close
            }
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            Some(_) => self.bare(),
        }
    }

    fn quoted(&mut self, quote: char) -> Token {
        let line = self.line;
        self.bump();
        let mut word = String::new();
        loop {
            match self.bump() {
                None => {
                    self.fault.get_or_insert((line, format!("a {quote} is not closed")));
                    return Token::Word(word);
                }
                Some('\\') => self.escape(&mut word),
                Some(c) if c == quote => break,
                Some(c) => word.push(c),
            }
        }
        let next = self.chars.peek().map(|(_, c)| *c);
        if let Some(c) = next.filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '{' | ')')) {
            let line = self.line;
            self.fault.get_or_insert((line, format!("`{c}` follows a closing quote without a space")));
        }
        Token::Word(word)
    }

    fn bare(&mut self) -> Token {
        let mut word = String::new();
        while let Some((_, c)) = self.chars.peek().copied() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' => break,
                '{' if !word.ends_with('$') => break,
                '\\' => {
                    self.bump();
                    self.escape(&mut word);
                }
                c => {
                    self.bump();
                    word.push(c);
                }
            }
        }
        Token::Word(word)
    }

    fn escape(&mut self, word: &mut String) {
        match self.bump() {
            Some(c @ ('"' | '\'' | '\\')) => word.push(c),
            Some('t') => word.push('\t'),
            Some('r') => word.push('\r'),
            Some('n') => word.push('\n'),
            Some(c) => word.extend(['\\', c]),
            None => word.push('\\'),
        }
    }
}
