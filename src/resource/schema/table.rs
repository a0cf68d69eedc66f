//! The schemas of the Gateway API's CRDs as data, read once.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, OnceLock},
};

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::rules::{self, Check};

/// The table of v1.7.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A table that does not parse is a broken build, which the tests of this file show.
    let raw: Raw = serde_json::from_str(include_str!("gateway-api-v1.7.json")).unwrap_or_default();
    Table::from(raw)
});

/// The file's form.
#[derive(Debug, Default, Deserialize)]
struct Raw {
    kinds: Vec<Row>,
    patterns: Vec<String>,
    rules: BTreeMap<String, RuleText>,
    nodes: Vec<RawNode>,
}

/// A kind at a version.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    /// API group.
    pub(super) group: String,
    /// Kind on the wire.
    pub(super) kind: String,
    /// Version within the group.
    pub(super) version: String,
    /// Which CRDs serve it.
    pub(super) served: Served,
    /// Its schema.
    pub(super) root: usize,
}

/// Which CRDs serve a version of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Served {
    /// Those of both channels.
    Standard,
    /// Those of the experimental channel.
    Experimental,
    /// None: it is only still known.
    None,
}

/// A rule as the CRDs have it, in the Common Expression Language.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(test), expect(dead_code, reason = "read by the test that no rule is forgotten"))]
pub(super) struct RuleText {
    pub(super) rule: String,
    pub(super) message: String,
    #[serde(default)]
    pub(super) experimental: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawNode {
    #[serde(rename = "type")]
    kind: Type,
    #[serde(default)]
    fields: BTreeMap<String, usize>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    experimental: Vec<String>,
    items: Option<usize>,
    values: Option<usize>,
    min: Option<i64>,
    max: Option<i64>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    min_items: Option<usize>,
    max_items: Option<usize>,
    min_properties: Option<usize>,
    max_properties: Option<usize>,
    pattern: Option<usize>,
    pattern_experimental: Option<usize>,
    #[serde(default, rename = "enum")]
    values_allowed: Vec<Value>,
    #[serde(default)]
    enum_experimental: Vec<Value>,
    default: Option<Value>,
    list: Option<ListType>,
    #[serde(default)]
    keys: Vec<String>,
    format: Option<String>,
    #[serde(default)]
    rules: Vec<String>,
}

/// JSON type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub(super) enum Type {
    Object,
    Array,
    String,
    Integer,
    Boolean,
}

/// `x-kubernetes-list-type`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub(super) enum ListType {
    Atomic,
    Set,
    Map,
}

/// One part of a schema.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Type,
    /// Known fields, sorted by name.
    pub(super) fields: Vec<Field>,
    /// For the items of a list.
    pub(super) items: Option<usize>,
    /// For the values of a map.
    pub(super) values: Option<usize>,
    /// Bounds of a number, of a text's characters, or of the number of items or entries.
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<usize>,
    /// What the experimental channel asks for instead.
    pub(super) pattern_experimental: Option<usize>,
    pub(super) allowed: Vec<Value>,
    pub(super) allowed_experimental: Vec<Value>,
    pub(super) list: ListType,
    pub(super) keys: Vec<String>,
    pub(super) checks: Vec<&'static Check>,
}

/// A field of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) node: usize,
    pub(super) required: bool,
    /// Only the experimental channel has it.
    pub(super) experimental: bool,
    pub(super) default: Option<Value>,
}

impl Node {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .binary_search_by(|field| field.name.as_str().cmp(name))
            .ok()
            .and_then(|at| self.fields.get(at))
    }
}

/// All schemas, sharing equal parts.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) kinds: Vec<Row>,
    pub(super) patterns: Vec<Pattern>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the test that no rule is forgotten"))]
    pub(super) rules: BTreeMap<String, RuleText>,
    nodes: Vec<Node>,
}

/// A pattern and its automaton, made when first asked.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) text: String,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Whether the text has the pattern. The CRDs' syntax (RE2) is read as it is by the crate `regex`;
    /// what it could not read would let everything pass, which a test forbids.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.compiled().is_none_or(|regex| regex.is_match(text))
    }

    pub(super) fn compiled(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| Regex::new(&self.text).ok()).as_ref()
    }
}

impl Table {
    /// A part by its number.
    pub(super) fn node(&self, number: usize) -> Option<&Node> {
        self.nodes.get(number)
    }
}

impl From<Raw> for Table {
    fn from(raw: Raw) -> Self {
        let defaults: Vec<Option<Value>> = raw.nodes.iter().map(|node| node.default.clone()).collect();
        let nodes = raw.nodes.into_iter().map(|node| {
            let (min, max) = match node.kind {
                Type::Integer => {
                    let (low, high) = match node.format.as_deref() {
                        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
                        _ => (i64::MIN, i64::MAX),
                    };
                    (Some(node.min.unwrap_or(low)), Some(node.max.unwrap_or(high)))
                }
                Type::String => (count(node.min_length), count(node.max_length)),
                Type::Array => (count(node.min_items), count(node.max_items)),
                Type::Object => (count(node.min_properties), count(node.max_properties)),
                Type::Boolean => (None, None),
            };
            let fields = node.fields.into_iter().map(|(name, number)| Field {
                required: node.required.contains(&name),
                experimental: node.experimental.contains(&name),
                default: defaults.get(number).cloned().flatten(),
                node: number,
                name,
            });
            Node {
                kind: node.kind,
                fields: fields.collect(),
                items: node.items,
                values: node.values,
                min,
                max,
                pattern: node.pattern,
                pattern_experimental: node.pattern_experimental,
                allowed: node.values_allowed,
                allowed_experimental: node.enum_experimental,
                list: node.list.unwrap_or(ListType::Atomic),
                keys: node.keys,
                checks: node.rules.iter().filter_map(|name| rules::check(name)).collect(),
            }
        });
        Self {
            nodes: nodes.collect(),
            kinds: raw.kinds,
            patterns: raw.patterns.into_iter().map(|text| Pattern { text, regex: OnceLock::new() }).collect(),
            rules: raw.rules,
        }
    }
}

fn count(bound: Option<usize>) -> Option<i64> {
    bound.map(|bound| bound as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole_and_every_number_leads_somewhere() {
        serde_json::from_str::<Raw>(include_str!("gateway-api-v1.7.json")).unwrap();
        let known = |number: usize| number < TABLE.nodes.len();
        assert!(TABLE.kinds.len() > 20 && TABLE.kinds.iter().all(|row| known(row.root)));
        for node in &TABLE.nodes {
            assert!(node.fields.iter().all(|field| known(field.node)));
            assert!(node.items.into_iter().chain(node.values).all(known));
            let patterns = node.pattern.into_iter().chain(node.pattern_experimental);
            assert!(patterns.into_iter().all(|pattern| pattern < TABLE.patterns.len()));
            assert!(node.fields.is_sorted_by(|a, b| a.name < b.name), "the search for a field needs it");
            assert!(node.kind != Type::Array || node.items.is_some());
        }
    }

    #[test]
    fn every_pattern_of_the_crds_compiles() {
        for pattern in &TABLE.patterns {
            assert!(pattern.compiled().is_some(), "{}", pattern.text);
        }
    }
}
