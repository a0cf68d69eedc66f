//! One cut for one field: a value replaced, a member added in the style of its neighbours, a member taken out.

use std::borrow::Cow;

use serde_json::Value;

use super::splice::Cut;
use crate::source::yaml::{Child, Data, Member, Node, Style, Tree};

/// The neighbours that a new member is put behind, if they are there: where a person would write a weight.
const BEHIND: [&str; 2] = ["port", "name"];

/// Puts another value in a scalar's place, in its style.
pub(super) fn replace(node: &Node<'_>, new: &Value) -> Result<Cut, &'static str> {
    match &node.data {
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::Text(_) => {}
        Data::Sequence(_) | Data::Mapping(_) => return Err("it is a list or a mapping, not a single value"),
    }
    if node.style == Style::Block {
        return Err("it is written as a block (`|` or `>`); edit it by hand");
    }
    let range = node.place.range();
    if range.is_empty() {
        return Err("the key is there without a value; give it one in the file");
    }
    Ok(Cut { range, new: scalar(new, node.style)? })
}

/// Adds a member to a mapping.
pub(super) fn insert(
    text: &str,
    tree: &Tree<'_>,
    parent: Child,
    key: &str,
    new: &Value,
) -> Result<Cut, &'static str> {
    let Some(mapping) = tree.node(parent) else { return Err("what should hold it is not written") };
    let members = own(tree, parent);
    let flow = mapping.style == Style::Flow;
    let fits = |member: &&&Member<'_>| {
        !member.value.alias
            && tree.node(member.value).is_some_and(|node| {
                let inline = matches!(node.style, Style::Plain | Style::Single | Style::Double);
                !node.place.range().is_empty() && (flow || inline)
            })
    };
    let preferred = BEHIND.iter().find_map(|name| members.iter().filter(fits).find(|m| m.key == *name));
    let Some(neighbour) = preferred.or_else(|| members.iter().rfind(fits)).copied() else {
        return Err("it has no neighbour to stand behind; write it by hand");
    };
    let Some(value) = tree.node(neighbour.value).map(|node| node.place.range()) else {
        return Err("it has no neighbour to stand behind; write it by hand");
    };
    let style = if neighbour.key_style == Style::Double { Style::Double } else { Style::Plain };
    let key = quoted(key, neighbour.key_style);
    let new = scalar(new, style)?;
    if flow {
        let colon = text.get(neighbour.key_place.range().end..value.start).unwrap_or(": ");
        let colon = if colon.trim_matches(' ') == ":" { colon } else { ": " };
        let space = space_before(text, &members, neighbour, colon);
        return Ok(Cut { range: value.end..value.end, new: format!(",{space}{key}{colon}{new}") });
    }
    let indent = members.iter().map(|member| member.key_place.column as usize).min().unwrap_or(0);
    let at = line_end(text, value.end);
    let line_break = match text.get(at..) {
        Some(rest) if rest.starts_with("\r\n") => "\r\n",
        Some("") if text.contains("\r\n") => "\r\n",
        _ => "\n",
    };
    Ok(Cut { range: at..at, new: format!("{line_break}{:indent$}{key}: {new}", "") })
}

/// Takes a member out of its mapping.
pub(super) fn remove(
    text: &str,
    tree: &Tree<'_>,
    parent: Child,
    member: &Member<'_>,
) -> Result<Cut, &'static str> {
    let cut = |range: std::ops::Range<usize>| Ok(Cut { range, new: String::new() });
    let members = own(tree, parent);
    let (Some(mapping), Some(value)) = (tree.node(parent), tree.node(member.value)) else {
        return Err("it is not written");
    };
    if members.len() < 2 {
        return Err("it is the only member of its mapping");
    }
    let place = member.key_place.range();
    let end = value.place.range().end.max(place.end);
    let next = members.iter().map(|m| m.key_place.range().start).find(|start| *start > place.start);
    let before = members.iter().rfind(|m| m.key_place.range().start < place.start);
    let commented = |range: std::ops::Range<usize>| text.get(range).is_none_or(|text| text.contains('#'));
    if mapping.style == Style::Flow {
        let range = match (before.filter(|m| !m.value.alias).and_then(|m| tree.node(m.value)), next) {
            (Some(before), _) => before.place.range().end..end,
            (None, Some(next)) => place.start..next,
            (None, None) => return Err("the text before it is an alias; remove it by hand"),
        };
        return if commented(range.clone()) {
            Err("a comment stands beside it; remove it by hand")
        } else {
            cut(range)
        };
    }
    let line = text.get(..place.start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let alone = text.get(line..place.start).is_some_and(|text| text.trim().is_empty());
    let rest = line_end(text, end);
    let blank = text.get(end..rest).is_some_and(|text| text.trim().is_empty());
    if alone && blank {
        // With the line break before, which is the one that an insertion brings.
        let from = if line == 0 { 0 } else { line_end(text, line - 1) };
        return cut(if line == 0 { 0..next.unwrap_or(rest) } else { from..end });
    }
    if alone {
        let spaces = text.get(end..rest).map_or(0, |text| text.len() - text.trim_start_matches(' ').len());
        return cut(place.start..end + spaces);
    }
    match next {
        Some(next) if !commented(place.start..next) => cut(place.start..next),
        _ => Err("it shares its line with something else; remove it by hand"),
    }
}

/// The members that stand in this mapping's own text, in its order.
fn own<'t, 'a>(tree: &'t Tree<'a>, parent: Child) -> Vec<&'t Member<'a>> {
    let mut members: Vec<_> = tree.members(parent).iter().filter(|member| !member.merged).collect();
    members.sort_unstable_by_key(|member| member.key_place.start);
    members
}

/// The end of the line at `at`, before its line break.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find('\n').map_or(text.len(), |found| at + found);
    let cr = end > at && text.as_bytes().get(end - 1) == Some(&b'\r');
    let before_cr = end == at && at > 0 && text.as_bytes().get(at - 1) == Some(&b'\r');
    if end < text.len() && (cr || before_cr) { end - 1 } else { end }
}

/// The space between a comma and the next key in this bracketed mapping.
fn space_before<'t>(text: &'t str, members: &[&Member<'_>], neighbour: &Member<'_>, colon: &str) -> &'t str {
    let before = |member: &Member<'_>| -> (&'t str, bool) {
        let head = text.get(..member.key_place.range().start).unwrap_or_default();
        let bare = head.trim_end_matches([' ', '\t', '\r', '\n']);
        (head.get(bare.len()..).unwrap_or_default(), bare.ends_with(','))
    };
    let (space, comma) = before(neighbour);
    if comma || space.contains('\n') {
        return space;
    }
    let other = members.iter().map(|member| before(member)).find(|(_, comma)| *comma);
    match other {
        Some((space, _)) => space,
        None if colon == ":" => "",
        None => " ",
    }
}

fn quoted(text: &str, style: Style) -> Cow<'_, str> {
    match style {
        Style::Double => Value::from(text).to_string().into(),
        Style::Single => format!("'{}'", text.replace('\'', "''")).into(),
        Style::Plain | Style::Block | Style::Flow => text.into(),
    }
}

/// A value as text, quoted as its place is where that matters.
fn scalar(new: &Value, style: Style) -> Result<String, &'static str> {
    match new {
        Value::Null => Err("a value can not become null; remove the field"),
        Value::Bool(_) | Value::Number(_) => Ok(new.to_string()),
        Value::String(text) => {
            let simple = !text.chars().any(char::is_control);
            match style {
                Style::Single if simple => Ok(quoted(text, Style::Single).into_owned()),
                Style::Plain if plain(text) => Ok(text.clone()),
                Style::Plain | Style::Single | Style::Double | Style::Block | Style::Flow => {
                    Ok(new.to_string())
                }
            }
        }
        Value::Array(_) | Value::Object(_) => Err("only single values are edited"),
    }
}

/// Whether a text without quotes surely is read as this text.
fn plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
            .contains(&&*text.to_ascii_lowercase())
}
