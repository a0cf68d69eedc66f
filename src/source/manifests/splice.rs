//! Where to cut a text so that only the named fields change, and the proof that nothing else did.

use std::ops::Range;

use serde_json::Value;

use super::{Edit, EditError, FieldEdit, cut, edit::document, read::spots, whole};
use crate::{
    resource::{Key, Object},
    source::yaml::{Budget, Child, Data, Document, Step, Tree, Trim, parse_path, write},
};

/// A stretch of the text and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) range: Range<usize>,
    pub(super) new: String,
}

/// One field that is edited, with its path.
struct Field<'e> {
    edit: &'e FieldEdit,
    steps: Vec<Step>,
}

/// The cuts that make an edit, in the order of the text. Tried: after them only the named fields read otherwise.
pub(super) fn cuts(text: &str, object: &Object, edit: &Edit) -> Result<Vec<Cut>, EditError> {
    let refuse = |field: &str, why: &str| EditError::Unsupported {
        object: object.key.clone(),
        field: field.to_owned(),
        why: why.to_owned(),
    };
    if let Some((old, new)) = edit.texts() {
        return whole::cut(text, object, old, new).map(|cut| vec![cut]);
    }
    let Some(origin) = &object.origin else { return Err(EditError::NoOrigin(object.key.clone())) };
    let start = usize::try_from(origin.start).unwrap_or(usize::MAX);
    let changed = || EditError::Changed(origin.file.to_path_buf());
    let before = document(text, start).ok_or_else(changed)?;
    let node = spot(&before, origin.item).ok_or_else(changed)?;
    let mut cuts = Vec::new();
    let mut fields = Vec::new();
    for field in &edit.fields {
        let steps =
            parse_path(&field.field).ok_or_else(|| refuse(&field.field, "this is no path of a field"))?;
        let cut = field_cut(text, &before.tree, node, &object.key, field, &steps)?;
        fields.push(Field { edit: field, steps });
        cuts.extend(cut);
    }
    // Stable: several fields put at one place keep their order.
    cuts.sort_by_key(|cut| (cut.range.start, cut.range.end));
    let overlap = cuts.windows(2).any(|pair| matches!(pair, [a, b] if a.range.end > b.range.start));
    let name = edit.fields.first().map_or("", |field| field.field.as_str());
    if overlap {
        return Err(refuse(name, "two changes of this edit touch the same text"));
    }
    let after = apply(text, &cuts);
    let proof = document(&after, start)
        .filter(|next| next.end + text.len() == before.end + after.len())
        .is_some_and(|next| only_these(&before, &next, origin.item, &fields) == Some(true));
    if proof || cuts.is_empty() {
        return Ok(cuts);
    }
    Err(refuse(
        name,
        "the text around it, or an anchor that others follow, would make other fields change too",
    ))
}

/// The text with its cuts made.
pub(super) fn apply(text: &str, cuts: &[Cut]) -> String {
    let mut out = String::with_capacity(text.len() + cuts.iter().map(|cut| cut.new.len()).sum::<usize>());
    let mut at = 0;
    for cut in cuts {
        out.push_str(text.get(at..cut.range.start).unwrap_or_default());
        out.push_str(&cut.new);
        at = cut.range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The node of an object in its document.
pub(super) fn spot(document: &Document<'_>, item: Option<u32>) -> Option<Child> {
    let root = document.root?;
    match item {
        None => Some(root),
        Some(index) => spots(document, root).get(index as usize).map(|spot| spot.node),
    }
}

/// Line of an object's first key.
pub(super) fn first_line(tree: &Tree<'_>, node: Child) -> Option<u32> {
    let own = tree.members(node).iter().filter(|member| !member.merged);
    own.map(|member| member.key_place.line).min()
}

fn field_cut(
    text: &str,
    tree: &Tree<'_>,
    object: Child,
    key: &Key,
    field: &FieldEdit,
    steps: &[Step],
) -> Result<Option<Cut>, EditError> {
    let refuse = |why: &str| EditError::Unsupported {
        object: key.clone(),
        field: field.field.clone(),
        why: why.to_owned(),
    };
    let unexpected = |found: Option<&Value>| EditError::Unexpected {
        object: key.clone(),
        field: field.field.clone(),
        expected: shown(field.old.as_ref()),
        found: shown(found),
    };
    let found = tree.follow(object, steps);
    let Some(node) = tree.node(found.child) else { return Err(unexpected(None)) };
    if found.steps == steps.len() {
        let value = value_of(tree, found.child);
        if node.data == Data::Null && field.old.is_none() && field.new.is_some() {
            return Err(refuse("the key is there without a value; give it one in the file"));
        }
        if value != field.old {
            return Err(unexpected(value.as_ref()));
        }
        if found.shared {
            return Err(refuse(
                "its text stands elsewhere (an alias or a merge leads there); edit it there by hand",
            ));
        }
        if node.anchored {
            return Err(refuse("an anchor names it, so that others may follow it; edit it by hand"));
        }
    } else if field.old.is_some() {
        return Err(unexpected(None));
    }
    let parent = steps.split_last().map(|(last, before)| (last, tree.follow(object, before)));
    match (&field.new, found.steps == steps.len()) {
        (new, _) if *new == field.old => Ok(None),
        (Some(new), true) => cut::replace(node, new).map(Some).map_err(refuse),
        (None, true) => match (parent, found.member) {
            (Some((_, parent)), Some(member)) => {
                cut::remove(text, tree, parent.child, member).map(Some).map_err(refuse)
            }
            _ => Err(refuse("only members of mappings can be removed")),
        },
        (Some(new), false) => match parent {
            Some((Step::Key(name), parent)) if parent.steps + 1 == steps.len() => {
                if parent.shared {
                    return Err(refuse("its mapping stands elsewhere (an alias or a merge leads there)"));
                }
                cut::insert(text, tree, parent.child, name, new).map(Some).map_err(refuse)
            }
            _ => Err(refuse("what should hold it is not written")),
        },
        (None, false) => Ok(None),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "not written".to_owned(), |value| format!("`{value}`"))
}

/// A node as a value; a null is as good as not written.
fn value_of(tree: &Tree<'_>, child: Child) -> Option<Value> {
    let mut out = Vec::new();
    write(tree, child, Trim::Nothing, &mut Budget::new(0, tree.nodes.len()), &mut out)?;
    serde_json::from_slice(&out).ok().filter(|value| *value != Value::Null)
}

/// Whether two readings of a document differ in these fields of this object and in nothing else.
fn only_these(
    before: &Document<'_>,
    after: &Document<'_>,
    item: Option<u32>,
    fields: &[Field<'_>],
) -> Option<bool> {
    let (old, new) = (before.root?, after.root?);
    let texts = |document: &Document<'_>, root: Child| -> Option<Vec<Vec<u8>>> {
        let mut budget = Budget::new(document.end - document.start, document.tree.nodes.len());
        let mut one = |node| {
            let mut out = Vec::new();
            write(&document.tree, node, Trim::Nothing, &mut budget, &mut out).map(|()| out)
        };
        match item {
            None => Some(vec![one(root)?]),
            Some(_) => spots(document, root).iter().map(|spot| one(spot.node)).collect(),
        }
    };
    let (olds, news) = (texts(before, old)?, texts(after, new)?);
    if olds.len() != news.len() {
        return Some(false);
    }
    for (index, (old, new)) in olds.iter().zip(&news).enumerate() {
        if index != item.unwrap_or(0) as usize {
            if old != new {
                return Some(false);
            }
            continue;
        }
        let mut wanted: Value = serde_json::from_slice(old).ok()?;
        for field in fields {
            set(&mut wanted, &field.steps, field.edit.new.as_ref())?;
        }
        if wanted != serde_json::from_slice::<Value>(new).ok()? {
            return Some(false);
        }
    }
    Some(true)
}

/// Sets or removes a field of a value.
fn set(value: &mut Value, steps: &[Step], new: Option<&Value>) -> Option<()> {
    let (last, before) = steps.split_last()?;
    let mut at = value;
    for step in before {
        at = match step {
            Step::Key(name) => at.get_mut(name.as_str())?,
            Step::Index(index) => at.get_mut(index)?,
        };
    }
    match (last, new) {
        (Step::Key(name), Some(new)) => drop(at.as_object_mut()?.insert(name.clone(), new.clone())),
        (Step::Key(name), None) => drop(at.as_object_mut()?.remove(name.as_str())),
        (Step::Index(index), Some(new)) => *at.get_mut(index)? = new.clone(),
        (Step::Index(_), None) => return None,
    }
    Some(())
}
