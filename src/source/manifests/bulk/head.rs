//! What is counted of an object: who it is, and its annotations as they stand in the text, the last-applied one too.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use crate::{
    resource::Object,
    source::yaml::{Child, Data, Tree},
};

/// An object's name and annotations, borrowed from its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head<'t> {
    /// `apiVersion`
    pub api_version: Cow<'t, str>,
    /// `kind`
    pub kind: Cow<'t, str>,
    /// `default` where none is written.
    pub namespace: Cow<'t, str>,
    /// Never empty.
    pub name: Cow<'t, str>,
    /// Keys and values in the order of the text. A value that is no text stands as its JSON, `null` as nothing.
    pub annotations: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    /// The whole object as JSON.
    pub text: &'t [u8],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Quick<'t> {
    #[serde(borrow, default)]
    api_version: Option<Cow<'t, str>>,
    #[serde(borrow, default)]
    kind: Option<Cow<'t, str>>,
    #[serde(borrow)]
    metadata: Metadata<'t>,
}

#[derive(Deserialize)]
struct Metadata<'t> {
    #[serde(borrow)]
    name: Cow<'t, str>,
    #[serde(borrow, default)]
    namespace: Option<Cow<'t, str>>,
    #[serde(borrow, default)]
    annotations: Pairs<'t>,
}

#[derive(Default)]
struct Pairs<'t>(Vec<(Cow<'t, str>, Cow<'t, str>)>);

/// A text, borrowed where it has no escapes: in a list serde would copy it.
#[derive(Deserialize)]
struct Text<'t>(#[serde(borrow)] Cow<'t, str>);

impl<'de: 't, 't> Deserialize<'de> for Pairs<'t> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::with_capacity(12);
                while let Some((key, value)) = map.next_entry::<Text<'_>, Text<'_>>()? {
                    pairs.push((key.0, value.0));
                }
                Ok(Pairs(pairs))
            }

            fn visit_unit<E>(self) -> Result<Pairs<'de>, E> {
                Ok(Pairs::default())
            }
        }
        from.deserialize_any(Reader)
    }
}

impl<'t> Head<'t> {
    /// Reads an object's JSON; `given` is the version and kind of an item that has none. None for what is not as it
    /// should be, and for lists: there is a slower way for these.
    pub(super) fn quick(text: &'t [u8], given: (&'t str, &'t str)) -> Option<Self> {
        let Quick { api_version, kind, metadata } = serde_json::from_slice(text).ok()?;
        let namespace = metadata.namespace.filter(|namespace| !namespace.is_empty());
        let head = Self {
            api_version: api_version.unwrap_or(Cow::Borrowed(given.0)),
            kind: kind.unwrap_or(Cow::Borrowed(given.1)),
            namespace: namespace.unwrap_or(Cow::Borrowed("default")),
            name: metadata.name,
            annotations: metadata.annotations.0,
            text,
        };
        (!head.name.is_empty() && !head.kind.ends_with("List")).then_some(head)
    }

    /// Of an object whose annotations were kept.
    pub(super) fn known(object: &'t Object, annotations: &'t [(Box<str>, Box<str>)]) -> Self {
        let pairs = annotations.iter().map(|(key, value)| (Cow::Borrowed(&**key), Cow::Borrowed(&**value)));
        Self {
            api_version: Cow::Borrowed(&object.api_version),
            kind: Cow::Borrowed(object.key.kind.name()),
            namespace: Cow::Borrowed(&object.key.namespace),
            name: Cow::Borrowed(&object.key.name),
            annotations: pairs.collect(),
            text: object.text.as_bytes(),
        }
    }

    /// Of an object whose tree is at hand.
    pub(super) fn of(object: &'t Object, tree: &'t Tree<'_>, node: Child) -> Self {
        Self {
            api_version: Cow::Borrowed(&object.api_version),
            kind: Cow::Borrowed(object.key.kind.name()),
            namespace: Cow::Borrowed(&object.key.namespace),
            name: Cow::Borrowed(&object.key.name),
            annotations: annotations(tree, node),
            text: object.text.as_bytes(),
        }
    }
}

fn annotations<'t>(tree: &'t Tree<'_>, node: Child) -> Vec<(Cow<'t, str>, Cow<'t, str>)> {
    let metadata = tree.member(node, "metadata").map(|member| member.value);
    let Some(map) = metadata.and_then(|metadata| tree.member(metadata, "annotations")) else {
        return Vec::new();
    };
    let pairs = tree.members(map.value).iter().map(|member| {
        let value = match tree.node(member.value).map(|node| &node.data) {
            Some(Data::Text(text)) => Cow::Borrowed(&**text),
            Some(Data::Bool(truth)) => Cow::Borrowed(if *truth { "true" } else { "false" }),
            Some(Data::Number(number)) => Cow::Borrowed(&**number),
            Some(Data::Null | Data::Sequence(_) | Data::Mapping(_)) | None => Cow::Borrowed(""),
        };
        (Cow::Borrowed(&*member.key), value)
    });
    pairs.collect()
}
