//! Annotations counted while the inputs are read: nothing else of an Ingress is kept.

#![allow(
    clippy::result_large_err,
    reason = "a problem is made once for a file at most, and carries its place"
)]

use std::sync::Arc;

use crate::{
    dialect::ingress::Settings,
    inventory::{NGINX_PREFIX, Tally},
    resource::{Key, Kind, Meta, Object, Problem, Selector},
    source::{Head, Input, heads},
    world::World,
};

/// What was counted.
pub struct Counted {
    /// The annotations.
    pub tally: Tally,
    /// The prefix of ingress-nginx's annotations, where a controller among the inputs has one of its own.
    pub prefix: Option<String>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Counts the annotations of the Ingresses of some inputs, into tallies begun [`beside`](Tally::beside) `first`.
///
/// # Errors
/// An input that can not be read at all.
pub fn count(
    inputs: &[Input],
    namespace: Option<&str>,
    selector: Option<&Selector>,
    mut first: Tally,
) -> Result<Counted, Problem> {
    let (parts, problems) = heads(
        inputs,
        selector,
        || (first.beside(), None),
        |(tally, prefix), head| {
            if is_ingress(head) && namespace.is_none_or(|wanted| head.namespace == wanted) {
                let pairs = head.annotations.iter().map(|(key, value)| (&**key, &**value));
                tally.add(&head.namespace, &head.name, pairs);
            } else if prefix.is_none() {
                *prefix = own_prefix(head);
            }
        },
    )?;
    let mut found = None;
    for (part, prefix) in parts {
        first.merge(part);
        found = found.or(prefix);
    }
    Ok(Counted { tally: first, prefix: found, problems })
}

/// Of the old group too: its annotations are the same.
fn is_ingress(head: &Head<'_>) -> bool {
    head.kind == "Ingress"
        && matches!(head.api_version.split('/').next(), Some("networking.k8s.io" | "extensions"))
}

/// The prefix that a controller is told by its flags.
fn own_prefix(head: &Head<'_>) -> Option<String> {
    const FLAG: &str = "annotations-prefix";
    if !matches!(&*head.kind, "Deployment" | "DaemonSet" | "StatefulSet" | "Pod") {
        return None;
    }
    let text = std::str::from_utf8(head.text).ok().filter(|text| text.contains(FLAG))?;
    let kind = Kind::from_api(&head.api_version, &head.kind);
    let object = Object {
        key: Key::new(kind, &*head.namespace, &*head.name),
        api_version: (&*head.api_version).into(),
        meta: Meta::default(),
        text: text.into(),
        origin: None,
        assumed: false,
    };
    let found = Settings::find(&World::of([Arc::new(object)]));
    Some(found.settings.flags.annotations_prefix).filter(|prefix| *prefix != NGINX_PREFIX)
}
