//! Where each field of an object stands in the user's file.

use std::collections::BTreeMap;

use super::{
    Manifests,
    edit::document,
    splice::{first_line, spot},
};
use crate::{
    resource::Origin,
    source::yaml::{Child, Data, Tree, item_path, member_path},
};

/// Lines of fields, by their path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(BTreeMap<String, u32>);

impl Lines {
    /// The line of a field that is written in the file.
    pub fn exact(&self, field: &str) -> Option<u32> {
        self.0.get(field).copied()
    }

    /// The line of a field, or of its nearest parent that is written.
    pub fn nearest(&self, field: &str) -> Option<u32> {
        let mut field = field;
        loop {
            if let Some(line) = self.exact(field) {
                return Some(line);
            }
            field = field.get(..field.rfind(['.', '['])?)?;
        }
    }
}

impl Manifests {
    /// The lines of all fields of an object; none when the file is no longer what was read.
    pub fn lines(&self, origin: &Origin) -> Option<Lines> {
        let (text, start) = self.text_at(origin)?;
        let document = document(&text, start)?;
        let node = spot(&document, origin.item)?;
        let first = first_line(&document.tree, node)?;
        let mut lines = Lines::default();
        let at = |line: u32| origin.line.saturating_add(line).saturating_sub(first);
        walk(&document.tree, node, "", &at, &mut lines.0);
        Some(lines)
    }
}

/// Adds what stands under a node; what an alias or a merge brought stands elsewhere.
fn walk(tree: &Tree<'_>, node: Child, path: &str, at: &dyn Fn(u32) -> u32, out: &mut BTreeMap<String, u32>) {
    match tree.node(node).map(|node| &node.data) {
        Some(Data::Mapping(members)) => {
            for member in members.iter().filter(|member| !member.merged) {
                let path = member_path(path, &member.key);
                out.insert(path.clone(), at(member.key_place.line));
                if !member.value.alias {
                    walk(tree, member.value, &path, at, out);
                }
            }
        }
        Some(Data::Sequence(items)) => {
            for (nth, item) in items.iter().enumerate().filter(|(_, item)| !item.alias) {
                let path = item_path(path, nth);
                if let Some(found) = tree.node(*item) {
                    out.insert(path.clone(), at(found.place.line));
                }
                walk(tree, *item, &path, at, out);
            }
        }
        Some(Data::Null | Data::Bool(_) | Data::Number(_) | Data::Text(_)) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Input;

    const TEXT: &str = "\
# the first
kind: Service
apiVersion: v1
metadata: {name: a, namespace: b}
---
kind: Service
apiVersion: v1
metadata:
  name: web # a name
  labels:
    a.b/c: x
spec:
  ports:
    - port: 80

    - {port: 81,
       name: x}
";

    #[test]
    fn each_field_has_its_line_and_what_is_not_written_that_of_its_parent() {
        let (manifests, loaded) = Manifests::open(&[Input::BuiltIn { name: "a.yaml", text: TEXT }]).unwrap();
        let object = loaded.objects.iter().find(|object| &*object.key.name == "web").unwrap();
        let lines = manifests.lines(object.origin.as_ref().unwrap()).unwrap();
        let cases = [
            ("kind", Some(6), Some(6), "the first of its document"),
            ("metadata.labels[\"a.b/c\"]", Some(11), Some(11), "a name with dots"),
            ("spec.ports[0].port", Some(14), Some(14), "behind a dash"),
            ("spec.ports[1]", Some(16), Some(16), "in brackets"),
            ("spec.ports[1].name", Some(17), Some(17), "on a line of its own"),
            ("spec.ports[0].name", None, Some(14), "not written"),
            ("spec.type", None, Some(12), "not written"),
            ("status.x", None, None, "nothing of it"),
        ];
        for (field, exact, nearest, why) in cases {
            assert_eq!((lines.exact(field), lines.nearest(field)), (exact, nearest), "{field}: {why}");
            let asked = manifests.line_of(object.origin.as_ref().unwrap(), field);
            assert!(nearest.is_none() || asked == nearest, "{field}: as `line_of` has it");
        }
    }
}
