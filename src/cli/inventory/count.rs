//! Annotations counted while the inputs are read: nothing else of an Ingress is kept.

#![allow(
    clippy::result_large_err,
    reason = "a problem is made once for a file at most, and carries its place"
)]

use crate::{
    inventory::Tally,
    resource::{Problem, Selector},
    source::{Head, Input, heads},
};

/// Counts the annotations of the Ingresses of some inputs, into tallies begun [`beside`](Tally::beside) `first`.
///
/// # Errors
/// An input that can not be read at all.
pub fn count(
    inputs: &[Input],
    namespace: Option<&str>,
    selector: Option<&Selector>,
    mut first: Tally,
) -> Result<(Tally, Vec<Problem>), Problem> {
    let (parts, problems) = heads(
        inputs,
        selector,
        || first.beside(),
        |tally, head| {
            if is_ingress(head) && namespace.is_none_or(|wanted| head.namespace == wanted) {
                let pairs = head.annotations.iter().map(|(key, value)| (&**key, &**value));
                tally.add(&head.namespace, &head.name, pairs);
            }
        },
    )?;
    for part in parts {
        first.merge(part);
    }
    Ok((first, problems))
}

/// Of the old group too: its annotations are the same.
fn is_ingress(head: &Head<'_>) -> bool {
    head.kind == "Ingress"
        && matches!(head.api_version.split('/').next(), Some("networking.k8s.io" | "extensions"))
}
