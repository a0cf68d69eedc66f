//! A tree as compact JSON, without what nobody reads, and with a cap on what aliases may multiply.

use super::{Child, Data, MAX_DEPTH, Tree};

/// How much one document may write. Aliases repeat nodes, and nodes that repeat nodes grow without end.
#[derive(Clone, Debug)]
pub struct Budget {
    nodes: usize,
    bytes: usize,
}

/// What is left out of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// Nothing but null members, which an API server drops too.
    Nothing,
    /// Of an object: `metadata.managedFields` and the last-applied annotation.
    Object,
    /// The same, inside `metadata`.
    Metadata,
    /// The same, inside `metadata.annotations`.
    Annotations,
}

/// The annotation in which `kubectl apply` keeps a copy of the object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Budget {
    /// The budget of a document of this many bytes and nodes.
    pub fn new(bytes: usize, nodes: usize) -> Self {
        Self { nodes: Self::nodes_for(nodes), bytes: 16 * 1024 * 1024 + 10 * bytes }
    }

    /// How many nodes a document of so many may become.
    pub(super) fn nodes_for(nodes: usize) -> usize {
        100_000 + 10 * nodes
    }

    fn spend(&mut self, bytes: usize) -> Option<()> {
        self.nodes = self.nodes.checked_sub(1)?;
        self.bytes = self.bytes.checked_sub(bytes)?;
        Some(())
    }
}

/// Writes a node as compact JSON. Members that are null are left out.
///
/// None when the budget is spent, or when aliases nest deeper than [`MAX_DEPTH`].
pub fn write(
    tree: &Tree<'_>,
    child: Child,
    trim: Trim,
    budget: &mut Budget,
    out: &mut Vec<u8>,
) -> Option<()> {
    write_at(tree, child, trim, budget, out, 0)
}

fn write_at(
    tree: &Tree<'_>,
    child: Child,
    trim: Trim,
    budget: &mut Budget,
    out: &mut Vec<u8>,
    depth: usize,
) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let before = out.len();
    match &tree.node(child)?.data {
        Data::Null => out.extend_from_slice(b"null"),
        Data::Bool(true) => out.extend_from_slice(b"true"),
        Data::Bool(false) => out.extend_from_slice(b"false"),
        Data::Number(number) => out.extend_from_slice(number.as_bytes()),
        Data::Text(text) => write_text(text, out),
        Data::Sequence(items) => {
            budget.spend(2)?;
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_at(tree, *item, Trim::Nothing, budget, out, depth + 1)?;
            }
            out.push(b']');
            return Some(());
        }
        Data::Mapping(members) => {
            budget.spend(2)?;
            out.push(b'{');
            let mut first = true;
            for member in members {
                let is_null = tree.node(member.value).is_none_or(|node| node.data == Data::Null);
                let Some(inner) = trimmed(trim, &member.key).filter(|_| !is_null) else {
                    budget.spend(0)?;
                    continue;
                };
                if !std::mem::take(&mut first) {
                    out.push(b',');
                }
                write_text(&member.key, out);
                out.push(b':');
                budget.spend(member.key.len())?;
                write_at(tree, member.value, inner, budget, out, depth + 1)?;
            }
            out.push(b'}');
            return Some(());
        }
    }
    budget.spend(out.len() - before)
}

/// How to write a member; none when it is left out.
fn trimmed(trim: Trim, key: &str) -> Option<Trim> {
    match (trim, key) {
        (Trim::Metadata, "managedFields") | (Trim::Annotations, LAST_APPLIED) => None,
        (Trim::Object, "metadata") => Some(Trim::Metadata),
        (Trim::Metadata, "annotations") => Some(Trim::Annotations),
        (Trim::Nothing | Trim::Object | Trim::Metadata | Trim::Annotations, _) => Some(Trim::Nothing),
    }
}

/// A JSON string.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(out, text);
}
