//! Rows and columns as plain values, and the two ways of writing them: CSV that no spreadsheet runs, and JSON.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::evidence::Evidence;
use crate::{
    resource::show,
    tui::{
        facts::{Health, Line},
        format,
        widget::table::Column,
    },
};

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Cleaned.
    Text(String),
    /// A number that was shown as one.
    Number(f64),
    /// Not known, or does not apply.
    Nothing,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Names of the columns, each once.
    pub names: Vec<String>,
    /// Rows; each has a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// What becomes of a table in CSV, which holds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InCsv {
    /// It is the table.
    Table,
    /// A `#` line for each row.
    Head,
    /// Only JSON has it.
    No,
}

/// A table with its name and its place in CSV.
pub type Part = (&'static str, InCsv, Sheet);

impl Cell {
    /// A text, cleaned.
    pub fn text(text: &str) -> Self {
        Self::Text(format::clean(text.trim_end()).into_owned())
    }

    /// A number as a column of numbers shows it: `1 286`, `340k`. Signs of none are nothing; `<0.1` stays as it is.
    fn shown(text: &str) -> Self {
        let text = text.trim();
        if matches!(text, "" | "–" | "?") {
            return Self::Nothing;
        }
        let packed = text.replace(' ', "");
        let (digits, times) = packed.strip_suffix('k').map_or((&*packed, 1.0), |digits| (digits, 1000.0));
        let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
        match digits.parse::<f64>() {
            Ok(number) if plain => Self::Number(number * times),
            _ => Self::text(text),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            // Counts stay whole.
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Value::from(*number as i64)
            }
            Self::Number(number) => Value::from(*number),
            Self::Nothing => Value::Null,
        }
    }

    fn field(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => harmless(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Nothing => Cow::Borrowed(""),
        }
    }
}

impl Sheet {
    /// A table without rows, for a list.
    pub fn over(columns: &[Column]) -> Self {
        Self { names: names(columns), rows: Vec::new() }
    }

    /// Takes one more row of a list.
    pub fn push(&mut self, columns: &[Column], cells: Vec<Line>) {
        let cells = cells.iter().zip(columns).enumerate();
        self.rows.push(cells.map(|(at, (cell, column))| cell_of(at, column, &cell.text())).collect());
    }

    fn objects(&self) -> Value {
        let row = |cells: &Vec<Cell>| {
            let pairs = self.names.iter().cloned().zip(cells.iter().map(Cell::json));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        Value::Array(self.rows.iter().map(row).collect())
    }
}

fn cell_of(at: usize, column: &Column, text: &str) -> Cell {
    if column.right {
        return Cell::shown(text);
    }
    // The sign left of a name is a word here.
    if at == 0 && column.head.is_empty() {
        let all = [Health::Broken, Health::Attention, Health::Waiting, Health::Unknown, Health::Ok];
        let word = all.into_iter().find(|health| health.sign() == text.trim()).map(Health::word);
        return word.map_or(Cell::Nothing, Cell::text);
    }
    Cell::text(text)
}

/// The names of columns, each once and with its unit: `REQ/S` is `req_s`, a sign without a head `health`.
pub fn names(columns: &[Column]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in columns {
        let name = if column.head.is_empty() { slug(&column.name()) } else { slug(column.head) };
        let same = names.iter().filter(|other| **other == name).count();
        names.push(if same == 0 { name } else { format!("{name}_{}", same + 1) });
    }
    names
}

/// A name of letters, digits and `_`.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.replace('%', " percent").to_lowercase().chars() {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// A text that a spreadsheet takes for text. Those that begin like a formula would be run when the file is opened.
fn harmless(text: &str) -> Cow<'_, str> {
    match text.trim_start().as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@') => Cow::Owned(format!("'{text}")),
        Some(_) | None => Cow::Borrowed(text),
    }
}

/// CSV (RFC 4180, lines end with LF): `#` lines, the names, the rows.
///
/// # Errors
/// Those of the writer, which into memory has none.
pub fn csv(evidence: &Evidence, parts: &[Part]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for (name, value) in &evidence.0 {
        let text = match value {
            Value::Null => "none".to_owned(),
            Value::String(text) => format::clean(text).into_owned(),
            other => other.to_string(),
        };
        // A cell of its own, so that no comma in it begins one that is run.
        writer.write_record([format!("# {name}").as_str(), &harmless(&text)])?;
    }
    for (name, _, sheet) in parts.iter().filter(|(_, place, _)| *place == InCsv::Head) {
        for row in &sheet.rows {
            let cells = sheet.names.iter().zip(row).map(|(name, cell)| format!("{name} {}", cell.field()));
            writer.write_record([format!("# {name}")].into_iter().chain(cells))?;
        }
    }
    for (_, _, sheet) in parts.iter().filter(|(_, place, _)| *place == InCsv::Table) {
        writer.write_record(&sheet.names)?;
        for row in &sheet.rows {
            writer.write_record(row.iter().map(Cell::field).map(Cow::into_owned))?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// One JSON object: what it says of itself as fields, then each table by its name.
pub fn json(evidence: &Evidence, parts: &[Part]) -> Vec<u8> {
    let mut object = Map::new();
    for (name, value) in &evidence.0 {
        object.insert((*name).to_owned(), value.clone());
    }
    for (name, _, sheet) in parts {
        object.insert((*name).to_owned(), sheet.objects());
    }
    let mut text = format!("{:#}", Value::Object(object));
    text.push('\n');
    show::clean_json(text).into_bytes()
}

/// The picture of a screen under what it says of itself.
pub fn text(evidence: &Evidence, picture: &str) -> Vec<u8> {
    let mut out = String::new();
    for (name, value) in &evidence.0 {
        let text = match value {
            Value::Null => "none".to_owned(),
            Value::String(text) => format::clean(text).into_owned(),
            other => other.to_string(),
        };
        out.push_str(&format!("# {name}: {text}\n"));
    }
    out.push('\n');
    out.push_str(picture);
    out.into_bytes()
}
