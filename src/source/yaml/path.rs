//! Paths of fields, `spec.rules[0].backendRefs[1].weight`, and where they lead in a tree.

use super::{Child, Data, Member, Tree};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `.name`, or `["name"]` for names with dots and brackets.
    Key(String),
    /// `[0]`
    Index(usize),
}

/// How far a path leads.
#[derive(Debug)]
pub struct Found<'t, 'a> {
    /// The node at the end of the path, or its nearest parent that is there.
    pub child: Child,
    /// The member that holds the node; none for the start and for items of lists.
    pub member: Option<&'t Member<'a>>,
    /// Number of steps taken.
    pub steps: usize,
    /// True when an alias or a merge was on the way: the text stands elsewhere.
    pub shared: bool,
    /// True when an anchor names a node on the way, the last one included.
    pub anchored: bool,
}

/// Reads a path; none when it is not one.
pub fn parse_path(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let quoted = ['"', '\''].into_iter().find(|quote| inside.starts_with(*quote));
            let (step, after) = if let Some(quote) = quoted {
                let (name, after) = inside.get(1..)?.split_once(quote)?;
                (Step::Key(name.to_owned()), after.strip_prefix(']')?)
            } else {
                let (index, after) = inside.split_once(']')?;
                (Step::Index(index.parse().ok()?), after)
            };
            steps.push(step);
            rest = after;
        } else {
            let name = if steps.is_empty() { rest } else { rest.strip_prefix('.')? };
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return None;
            }
            steps.push(Step::Key(name[..end].to_owned()));
            rest = &name[end..];
        }
    }
    Some(steps)
}

/// The path of a member of what stands at `path`, as [`parse_path`] reads it.
pub fn member_path(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && !key.contains(['.', '[', ']', '"', '\'', '/']);
    match (plain, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => {
            let quote = if key.contains('"') { '\'' } else { '"' };
            format!("{path}[{quote}{key}{quote}]")
        }
    }
}

/// The path of an item of a list.
pub fn item_path(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

impl<'a> Tree<'a> {
    /// Follows a path as far as it leads.
    pub fn follow<'t>(&'t self, from: Child, steps: &[Step]) -> Found<'t, 'a> {
        let anchored = self.node(from).is_some_and(|node| node.anchored);
        let mut found = Found { child: from, member: None, steps: 0, shared: from.alias, anchored };
        for step in steps {
            let (child, member) = match (step, self.node(found.child).map(|node| &node.data)) {
                (Step::Key(name), Some(Data::Mapping(members))) => {
                    match members.iter().find(|member| member.key == *name) {
                        Some(member) => (member.value, Some(member)),
                        None => break,
                    }
                }
                (Step::Index(index), Some(Data::Sequence(items))) => match items.get(*index) {
                    Some(item) => (*item, None),
                    None => break,
                },
                _ => break,
            };
            found.child = child;
            found.member = member;
            found.steps += 1;
            found.shared |= child.alias || member.is_some_and(|member| member.merged);
            found.anchored |= self.node(child).is_some_and(|node| node.anchored);
        }
        found
    }
}
