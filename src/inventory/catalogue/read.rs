//! From the text of a file to a controller and its entries.
//!
//! A file has hundreds of rows and a count asks for a few: rows are found by their first lines, and each is read as TOML
//! when somebody asks for it.

use serde::Deserialize;

use super::{
    entry::{Controller, Entry, IMPLEMENTATIONS, Malformed, Reach},
    kind::{Form, ValueKind},
};
use crate::inventory::Verdict;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    controller: String,
    title: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    legacy_prefixes: Vec<String>,
    #[serde(default)]
    classes: Vec<String>,
    #[serde(default)]
    class_names: Vec<String>,
    source: String,
    /// What holds for entries that do not say otherwise.
    #[serde(default = "ignored")]
    malformed: Malformed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    key: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    values: Vec<String>,
    min: Option<i64>,
    max: Option<i64>,
    #[serde(default)]
    form: String,
    #[serde(default)]
    default: String,
    meaning: String,
    class: Verdict,
    #[serde(default)]
    becomes: String,
    #[serde(default)]
    policy: toml::Table,
    #[serde(default)]
    quirk: String,
    malformed: Option<Malformed>,
    #[serde(default)]
    executed: bool,
    scope: Option<Reach>,
    #[serde(default)]
    since: String,
    #[serde(default)]
    removed: String,
    #[serde(default)]
    source: String,
}

fn ignored() -> Malformed {
    Malformed::Ignored
}

/// What begins a row.
const ROW: &str = "[[annotation]]\n";

/// A row that nobody has read yet.
pub(super) struct Unread<'t> {
    /// The whole key, then its aliases.
    pub(super) keys: Vec<String>,
    /// What stands below its beginning.
    pub(super) text: &'t str,
}

/// Controller, what holds for entries that do not say otherwise, and rows.
///
/// # Errors
/// Why the text is no file of the catalogue.
pub(super) fn file(text: &str) -> Result<(Controller, Malformed, Vec<Unread<'_>>), toml::de::Error> {
    let mut parts = text.split(ROW);
    let head: Head = toml::from_str(parts.next().unwrap_or_default())?;
    let rows = parts.map(|text| Unread { keys: keys(text, &head.prefix), text }).collect();
    let controller = Controller {
        name: head.controller,
        title: head.title,
        prefix: head.prefix,
        legacy_prefixes: head.legacy_prefixes,
        classes: head.classes,
        class_names: head.class_names,
        source: head.source,
    };
    Ok((controller, head.malformed, rows))
}

/// Key and aliases of a row: texts without escapes, in its first lines.
fn keys(row: &str, prefix: &str) -> Vec<String> {
    let mut lines = row.lines();
    let key = lines.next().filter(|line| line.starts_with("key = "));
    let aliases = lines.next().filter(|line| line.starts_with("aliases = "));
    let texts = key.into_iter().chain(aliases).flat_map(|line| line.split('"').skip(1).step_by(2));
    texts.map(|key| whole(key, prefix)).collect()
}

/// A key with the prefix of its file, unless it has one of its own.
fn whole(key: &str, prefix: &str) -> String {
    if key.contains('/') { key.to_owned() } else { format!("{prefix}{key}") }
}

/// Reads a row.
///
/// # Errors
/// What is wrong with it.
pub(super) fn row(unread: &str, controller: &Controller, malformed: Malformed) -> Result<Entry, String> {
    let row: Row = toml::from_str(unread).map_err(|error| error.to_string())?;
    let key = row.key.clone();
    entry(row, &controller.name, &controller.prefix, malformed).map_err(|wrong| format!("`{key}`: {wrong}"))
}

fn entry(row: Row, controller: &str, prefix: &str, malformed: Malformed) -> Result<Entry, String> {
    let kind = kind(&row)?;
    let mut policies = Vec::new();
    for (implementation, field) in row.policy {
        if !IMPLEMENTATIONS.contains(&implementation.as_str()) {
            return Err(format!("there is no implementation `{implementation}`"));
        }
        let field = field.as_str().ok_or_else(|| format!("policy.{implementation} is no text"))?;
        policies.push((implementation, field.to_owned()));
    }
    if row.class == Verdict::Unknown {
        return Err("what stands here is known".to_owned());
    }
    Ok(Entry {
        key: whole(&row.key, prefix),
        aliases: row.aliases.iter().map(|alias| whole(alias, prefix)).collect(),
        controller: controller.to_owned(),
        also: row.also,
        kind,
        default: row.default,
        meaning: row.meaning,
        class: row.class,
        becomes: row.becomes,
        policies,
        quirk: row.quirk,
        malformed: row.malformed.unwrap_or(malformed),
        executed: row.executed,
        scope: row.scope.unwrap_or(Reach::Location),
        since: row.since,
        removed: row.removed,
        source: row.source,
    })
}

fn kind(row: &Row) -> Result<ValueKind, String> {
    let words = || if row.values.is_empty() { Err("needs `values`") } else { Ok(row.values.clone()) };
    let kind = match row.kind.as_str() {
        "bool" => ValueKind::Bool,
        "flag" => ValueKind::Flag,
        "int" => ValueKind::Int { min: row.min.unwrap_or(i64::MIN), max: row.max.unwrap_or(i64::MAX) },
        "number" => ValueKind::Number,
        "duration" => ValueKind::Duration,
        "size" => ValueKind::Size,
        "string" => ValueKind::Text,
        "enum" => ValueKind::Enum { words: words()?, exact: true },
        "word" => ValueKind::Enum { words: words()?, exact: false },
        "words" => ValueKind::Words { words: words()? },
        "list" => ValueKind::List,
        "cidrs" => ValueKind::Cidrs,
        "url" => ValueKind::Url,
        "path" => ValueKind::Path,
        "regex" => ValueKind::Regex,
        "snippet" => ValueKind::Snippet,
        "host" => ValueKind::Host,
        "hosts" => ValueKind::Hosts,
        "configmap" => ValueKind::ConfigMap,
        "secret" => ValueKind::Secret,
        "service" => ValueKind::Service,
        "json" => ValueKind::Json,
        "header" => ValueKind::Header,
        "headers" => ValueKind::Headers,
        "methods" => ValueKind::Methods,
        "codes" => ValueKind::Codes,
        "pairs" => ValueKind::Pairs,
        "form" => ValueKind::Form(Form::new(row.form.clone())),
        other => return Err(format!("there is no type `{other}`")),
    };
    let bounds = row.min.is_some() || row.max.is_some();
    let takes_words = matches!(kind, ValueKind::Enum { .. } | ValueKind::Words { .. });
    match () {
        () if bounds && row.kind != "int" => Err("only `int` has bounds".to_owned()),
        () if !row.values.is_empty() && !takes_words => {
            Err("`values` without a type that has them".to_owned())
        }
        () if row.form.is_empty() == (row.kind == "form") => {
            Err("`form` and its type go together".to_owned())
        }
        () => Ok(kind),
    }
}
