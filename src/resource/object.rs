//! One object: its identity, the little metadata that lists need, its text, and where it came from.

use std::{fmt, path::Path, sync::Arc};

use super::Kind;

/// The label by which selectors choose a Namespace by its name.
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// What names an object within one World. `namespace` is empty for cluster-scoped kinds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The object's kind.
    pub kind: Kind,
    /// The object's namespace; empty for cluster-scoped kinds.
    pub namespace: Arc<str>,
    /// The object's name.
    pub name: Arc<str>,
}

impl Key {
    /// A key from its parts; the namespace of a cluster-scoped kind is dropped.
    pub fn new(kind: Kind, namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        let namespace = if kind.namespaced() { namespace.into() } else { "".into() };
        Self { kind, namespace, name: name.into() }
    }

    /// `namespace/name`, or the name alone for cluster-scoped kinds.
    pub fn path(&self) -> String {
        if self.namespace.is_empty() {
            self.name.to_string()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }
}

/// `HTTPRoute shop/app`
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.path())
    }
}

/// Where an object was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The file; `-` for standard input, `demo/…` for what is built in.
    pub file: Arc<Path>,
    /// Line of the object's first key, from 1.
    pub line: u32,
    /// Byte offset in the file at which the object's document begins.
    pub start: u64,
    /// Position in `items` when the document is a `List`.
    pub item: Option<u32>,
}

/// The metadata that lists, selectors and precedence need; the rest stays in the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// Labels, sorted by key.
    pub labels: Box<[(Arc<str>, Arc<str>)]>,
    /// `metadata.creationTimestamp`; objects from files have none.
    pub created: Option<jiff::Timestamp>,
    /// `metadata.generation`; 0 where there is none.
    pub generation: i64,
}

/// An object as the source gave it. Its text is the truth; views are made from it.
#[derive(Clone, PartialEq)]
pub struct Object {
    /// Identity.
    pub key: Key,
    /// `apiVersion` as written.
    pub api_version: Arc<str>,
    /// The little metadata kept at hand.
    pub meta: Meta,
    /// The whole object as compact JSON, without `managedFields` and the last-applied annotation.
    pub text: Box<str>,
    /// Where it was read from; none for objects from a cluster or assumed ones.
    pub origin: Option<Origin>,
    /// True when nobody gave this object and the rehearsal stands in for it.
    pub assumed: bool,
}

/// A Secret's text is left out: what is printed for debugging ends up in logs.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, api_version, meta, text, origin, assumed } = self;
        let mut shown = f.debug_struct("Object");
        shown.field("key", key).field("api_version", api_version).field("meta", meta);
        match key.kind {
            Kind::Secret => shown.field("text", &format_args!("redacted, {} bytes", text.len())),
            _ => shown.field("text", text),
        };
        shown.field("origin", origin).field("assumed", assumed).finish()
    }
}

impl Object {
    /// The value of a label. A Namespace has its name as [`NAMESPACE_NAME`], written or not: the API server sees to it.
    pub fn label(&self, key: &str) -> Option<&str> {
        if self.key.kind == Kind::Namespace && key == NAMESPACE_NAME {
            return Some(&self.key.name);
        }
        self.meta.labels.iter().find(|(k, _)| &**k == key).map(|(_, v)| &**v)
    }

    /// The text as a value, for display and for checks that walk all fields.
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or(serde_json::Value::Null)
    }

    /// A typed view of the text.
    ///
    /// # Errors
    /// What field of the text the type can not hold, and why.
    pub fn view<T: serde::de::DeserializeOwned>(&self) -> Result<T, super::gateway_api::ViewError> {
        super::gateway_api::view(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_has_its_name_as_a_label_and_no_other_kind_has() {
        let of = |kind: Kind, written: &[(&str, &str)]| Object {
            key: Key::new(kind, "", "shop"),
            api_version: "v1".into(),
            meta: Meta {
                labels: written.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
                ..Meta::default()
            },
            text: "{}".into(),
            origin: None,
            assumed: false,
        };
        let cases = [
            (Kind::Namespace, "", Some("shop"), "the API server adds it"),
            (Kind::Namespace, "other", Some("shop"), "the API server sets it right"),
            (Kind::GatewayClass, "", None, "only Namespaces have it by themselves"),
            (Kind::GatewayClass, "other", Some("other"), "elsewhere it is a label like any"),
        ];
        for (kind, written, expected, why) in cases {
            let labels: &[_] = if written.is_empty() { &[] } else { &[(NAMESPACE_NAME, written)] };
            assert_eq!(of(kind, labels).label(NAMESPACE_NAME), expected, "{why}");
        }
    }

    #[test]
    fn debug_shows_the_text_of_all_but_secrets() {
        for (kind, visible) in [(Kind::Secret, false), (Kind::ConfigMap, true)] {
            let object = Object {
                key: Key::new(kind.clone(), "shop", "a"),
                api_version: "v1".into(),
                meta: Meta::default(),
                text: r#"{"data":{"password":"hunter2"}}"#.into(),
                origin: None,
                assumed: false,
            };
            assert_eq!(format!("{object:?} {object:#?}").contains("hunter2"), visible, "{kind}");
        }
    }
}
