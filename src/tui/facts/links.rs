//! What a line refers to, and where that is: a parentRef leads to its listener, a backendRef to its Service, a
//! condition to the object at fault.

use serde_json::Value;

use super::{
    Known,
    describe::{self, About},
    known::gateway_of,
    page::{Link, Target},
    words::text,
};
use crate::{
    dialect::gateway::ParentStatus,
    resource::{Condition, Key, Kind, Object},
    routing::ListenerId,
    world::{Reference, references},
};

/// All that something refers to and is referred to by, in the order of its description.
pub fn links(known: &Known<'_>, about: &About) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for link in describe::page(known, about).into_iter().flat_map(|line| line.links) {
        if links.iter().all(|other| other.target != link.target) {
            links.push(link);
        }
    }
    links
}

/// What a reference is for, by its field.
pub fn role(field: &str) -> &'static str {
    const ROLES: &[(&str, &str)] = &[
        ("requestMirror", "mirror"),
        ("externalAuth", "asked first"),
        ("extensionRef", "extension"),
        ("backendRefs", "backend"),
        (".backend.", "backend"),
        ("defaultBackend", "backend"),
        ("parentRef", "parent"),
        ("caCertificateRefs", "authority"),
        ("ertificateRef", "certificate"),
        ("secretName", "certificate"),
        ("lassName", "class"),
        ("ingress.class", "class"),
        ("service-name", "Service"),
        ("targetRefs", "target"),
        ("arametersRef", "parameters"),
    ];
    ROLES.iter().find(|(part, _)| field.contains(part)).map_or("reference", |(_, role)| role)
}

/// Where a reference of an object leads: a parentRef that names a listener leads to it.
pub fn target(known: &Known<'_>, value: &Value, reference: &Reference) -> Target {
    let parent = reference.to.kind == Kind::Gateway && role(&reference.field) == "parent";
    let pointer = format!("{}/sectionName", pointer(&quoted(&reference.field)));
    let listener = parent.then(|| text(value, &pointer)).filter(|name| !name.is_empty());
    match listener.and_then(|name| known.listener_named(&reference.to, &name)) {
        Some(id) => Target::About(About::Listener(id.clone())),
        None => Target::object(&reference.to),
    }
}

/// Where the parent of a route is: the listener that it names, or its Gateway.
pub fn parent(known: &Known<'_>, parent: &ParentStatus) -> Target {
    let named = parent.parent.section_name.as_ref();
    match named.and_then(|name| known.listener_named(&parent.gateway, name)) {
        Some(id) => Target::About(About::Listener(id.clone())),
        None => match parent.listeners.as_slice() {
            [only] => Target::About(About::Listener(only.clone())),
            _ => Target::object(&parent.gateway),
        },
    }
}

/// The reference that a field holds, is a part of, or is a list of.
pub fn reference_at(references: Vec<Reference>, field: &str) -> Option<Reference> {
    let mut inside = None;
    for reference in references {
        if within(field, &reference.field) {
            return Some(reference);
        }
        if inside.is_none() && within(&reference.field, field) {
            inside = Some(reference);
        }
    }
    inside
}

/// Whether a field is another or a part of it: `spec.a[0].b` is within `spec.a[0]`, `spec.ab` not within `spec.a`.
pub fn within(field: &str, of: &str) -> bool {
    !of.is_empty()
        && field.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// A path whose keys with dots stand in quotes, so that it can be read: `labels[a.b/c]` ▸ `labels["a.b/c"]`.
pub fn quoted(field: &str) -> String {
    let mut out = String::with_capacity(field.len() + 2);
    let mut rest = field;
    while let Some((before, inside)) = rest.split_once('[') {
        let Some((key, after)) = inside.split_once(']') else { break };
        out.push_str(before);
        let plain = key.starts_with(['"', '\'']) || key.bytes().all(|b| b.is_ascii_digit());
        out.push_str(&if plain { format!("[{key}]") } else { format!("[\"{key}\"]") });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Who wrote a condition.
#[derive(Clone, Copy, Debug)]
pub enum Writer<'a> {
    /// The object's own.
    Own,
    /// A parent of a route.
    Parent(&'a ParentStatus),
    /// A listener of a Gateway.
    Listener(&'a ListenerId),
}

/// The object at fault for a condition that is not good: what its field names, else who wrote it, else the field.
pub fn at_fault(
    known: &Known<'_>,
    object: &Object,
    value: &Value,
    condition: &Condition,
    writer: Writer<'_>,
) -> Option<Link> {
    if condition.is_good() {
        return None;
    }
    let field = condition.field.as_deref().unwrap_or_default();
    let target = match writer {
        Writer::Listener(id) => other_listener(known, id, condition)
            .or_else(|| named(known, object, value, field))
            .or_else(|| Some(Target::About(About::Listener(id.clone())))),
        Writer::Parent(status) => named(known, object, value, field).or_else(|| Some(parent(known, status))),
        Writer::Own => named(known, object, value, field).or_else(|| bad_listener(known, &object.key)),
    };
    let target =
        target.or_else(|| (!field.is_empty()).then(|| Target::Text(object.key.clone(), field.to_owned())));
    target.map(|target| Link::new("at fault", target))
}

fn named(known: &Known<'_>, object: &Object, value: &Value, field: &str) -> Option<Target> {
    reference_at(references(object), field).map(|reference| target(known, value, &reference))
}

/// The other listener that a condition speaks of.
fn other_listener(known: &Known<'_>, id: &ListenerId, condition: &Condition) -> Option<Target> {
    let between = matches!(&*condition.kind, "OverlappingTLSConfig" | "Conflicted");
    let gateway = known.compiled.status.gateways.get(&gateway_of(id)).filter(|_| between)?;
    let words: Vec<&str> = condition.message.split([' ', ',', ';', ':', '(', ')']).collect();
    let others = gateway.listeners.iter().map(|listener| &listener.id).filter(|other| *other != id);
    let mut said = others.filter(|other| words.contains(&&*other.name));
    said.next().map(|other| Target::About(About::Listener(other.clone())))
}

/// The first listener because of which a Gateway is not well.
fn bad_listener(known: &Known<'_>, gateway: &Key) -> Option<Target> {
    let status = known.compiled.status.gateways.get(gateway)?;
    let bad = status.listeners.iter().find(|one| !one.conditions.iter().all(Condition::is_good))?;
    Some(Target::About(About::Listener(bad.id.clone())))
}

/// A field's path as a JSON pointer: `spec.rules[0].name` ▸ `/spec/rules/0/name`.
pub fn pointer(field: &str) -> String {
    let steps = crate::source::yaml::parse_path(field).unwrap_or_default();
    steps.iter().fold(String::new(), |mut pointer, step| {
        pointer.push('/');
        match step {
            crate::source::yaml::Step::Key(name) => {
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
            crate::source::yaml::Step::Index(index) => pointer.push_str(&index.to_string()),
        }
        pointer
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_finds_the_reference_that_it_is_in_or_holds() {
        let references = || {
            ["spec.parentRefs[0]", "spec.rules[0].backendRefs[0]", "spec.rules[0].backendRefs[1]"]
                .map(|field| Reference { field: field.to_owned(), to: Key::new(Kind::Service, "", field) })
                .to_vec()
        };
        let cases = [
            ("spec.rules[0].backendRefs[1].weight", Some("spec.rules[0].backendRefs[1]"), "a part of it"),
            ("spec.parentRefs[0]", Some("spec.parentRefs[0]"), "the reference"),
            ("spec.rules[0]", Some("spec.rules[0].backendRefs[0]"), "what holds it"),
            ("spec.parentRefs[0]x", None, "another name"),
            ("spec.hostnames[0]", None, "no reference"),
            ("", None, "no field"),
        ];
        for (field, found, why) in cases {
            let reference = reference_at(references(), field);
            assert_eq!(reference.as_ref().map(|r| r.field.as_str()), found, "{why}");
        }
    }

    #[test]
    fn keys_of_a_path_are_quoted_where_they_must_be() {
        let cases = [
            ("spec.rules[0].backendRefs[12].name", "spec.rules[0].backendRefs[12].name"),
            (
                "metadata.labels[kubernetes.io/service-name]",
                "metadata.labels[\"kubernetes.io/service-name\"]",
            ),
            ("metadata.labels[\"a.b\"].c", "metadata.labels[\"a.b\"].c"),
            ("a[", "a["),
        ];
        for (given, expected) in cases {
            assert_eq!(quoted(given), expected);
        }
    }

    #[test]
    fn a_path_is_a_pointer() {
        let cases = [
            ("spec.rules[0].name", "/spec/rules/0/name"),
            ("metadata.labels[\"a.b/c\"]", "/metadata/labels/a.b~1c"),
            ("", ""),
        ];
        for (field, expected) in cases {
            assert_eq!(pointer(field), expected);
        }
    }
}
