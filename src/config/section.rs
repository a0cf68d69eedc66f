//! Reads a TOML table key by key: what nobody took is refused, with its line and the nearest name.

use std::{collections::HashSet, ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{mistake::Mistake, nearest::advise};

/// A value with the line that it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its line, from 1.
    pub line: u32,
}

/// A value of the file as it was parsed.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// Where mistakes are gathered.
pub(super) struct Desk<'t> {
    pub file: &'t Path,
    pub text: &'t str,
    pub mistakes: Vec<Mistake>,
}

/// A table that is being read.
pub(super) struct Section<'a, 't> {
    /// How it is named to a person: empty for the file itself.
    name: String,
    table: &'a DeTable<'t>,
    taken: Vec<&'static str>,
}

impl Desk<'_> {
    /// The line of a byte, from 1.
    pub fn line(&self, span: &Range<usize>) -> u32 {
        let before = self.text.as_bytes().get(..span.start).unwrap_or(self.text.as_bytes());
        u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
    }

    /// Notes a mistake.
    pub fn wrong(&mut self, span: &Range<usize>, message: impl Into<String>, fix: impl Into<String>) {
        let line = self.line(span);
        self.mistakes.push(Mistake::new(self.file, Some(line), message, fix));
    }

    /// The value with its line.
    pub fn at<T>(&self, span: &Range<usize>, value: T) -> At<T> {
        At { value, line: self.line(span) }
    }

    /// A value of another type than is wanted.
    fn other_type(&mut self, name: &str, value: &Value<'_>, wanted: &str) {
        let is = value.get_ref().type_str();
        self.wrong(&value.span(), format!("`{name}` is of type {is}"), format!("write {wanted}"));
    }

    /// `true` or `false`
    pub fn flag(&mut self, name: &str, value: &Value<'_>) -> Option<bool> {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.other_type(name, value, "`true` or `false`, without quotes");
        }
        flag
    }

    /// A text that is not empty.
    pub fn text(&mut self, name: &str, value: &Value<'_>) -> Option<At<String>> {
        match value.get_ref().as_str() {
            Some("") => {
                self.wrong(&value.span(), format!("`{name}` is empty"), "write a text or leave it out");
            }
            Some(text) => return Some(self.at(&value.span(), text.to_owned())),
            None => self.other_type(name, value, "a text in quotes"),
        }
        None
    }

    /// A list of texts, none twice.
    pub fn texts(&mut self, name: &str, value: &Value<'_>) -> Option<Vec<At<String>>> {
        let Some(items) = value.get_ref().as_array() else {
            self.other_type(name, value, "a list of texts: [\"…\", \"…\"]");
            return None;
        };
        let mut texts: Vec<At<String>> = Vec::new();
        let mut seen = HashSet::new();
        for item in items {
            let Some(text) = self.text(name, item) else { continue };
            if seen.insert(text.value.clone()) {
                texts.push(text);
            } else {
                let message = format!("`{}` stands twice in `{name}`", text.value);
                self.wrong(&item.span(), message, "leave one out");
            }
        }
        Some(texts)
    }

    /// A number within bounds, both included.
    pub fn number(&mut self, name: &str, value: &Value<'_>, least: f64, most: f64) -> Option<f64> {
        let written = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.other_type(name, value, &format!("a number from {least} to {most}"));
                return None;
            }
        };
        let number = written.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let message = format!("`{name}` is {written}");
            self.wrong(&value.span(), message, format!("write a number from {least} to {most}"));
        }
        number
    }
}

impl<'a, 't> Section<'a, 't> {
    /// The table of a file.
    pub fn root(table: &'a DeTable<'t>) -> Self {
        Self { name: String::new(), table, taken: Vec::new() }
    }

    /// A table inside: `keys`, `columns.routes`.
    pub fn of(desk: &mut Desk<'_>, name: impl Into<String>, value: &'a Value<'t>) -> Option<Self> {
        let name = name.into();
        let Some(table) = value.get_ref().as_table() else {
            desk.other_type(&name, value, &format!("a table: `[{name}]` and a line for each"));
            return None;
        };
        Some(Self { name, table, taken: Vec::new() })
    }

    /// The value of a key that may be there.
    pub fn take(&mut self, key: &'static str) -> Option<&'a Value<'t>> {
        self.taken.push(key);
        self.table.get(key)
    }

    /// Every key with its value, for tables whose keys a user chooses.
    pub fn all(self) -> impl Iterator<Item = (&'a str, Range<usize>, &'a Value<'t>)> {
        self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
    }

    /// Refuses what was not taken.
    pub fn end(self, desk: &mut Desk<'_>) {
        let Self { name, table, taken } = self;
        for (key, _) in table {
            let word: &str = key.get_ref();
            if !taken.contains(&word) {
                let place = if name.is_empty() { String::new() } else { format!(" in `{name}`") };
                let fix = advise(word, taken.iter().copied());
                desk.wrong(&key.span(), format!("unknown key `{word}`{place}"), fix);
            }
        }
    }
}
