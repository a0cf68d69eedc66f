//! An Ingress's text, read as far as it can be: every part may be absent, and annotations of any type.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

#[derive(Default, Deserialize)]
pub(super) struct Ingress<'a> {
    #[serde(borrow, default)]
    pub metadata: Metadata<'a>,
    #[serde(borrow, default)]
    pub spec: Option<Spec<'a>>,
}

/// The same without the part that may be broken.
#[derive(Default, Deserialize)]
pub(super) struct Head<'a> {
    #[serde(borrow, default)]
    pub metadata: Metadata<'a>,
}

#[derive(Default, Deserialize)]
pub(super) struct Metadata<'a> {
    #[serde(borrow, default)]
    pub annotations: Pairs<'a>,
}

/// Keys and values in the order of the text.
#[derive(Default)]
pub(super) struct Pairs<'a>(pub Vec<(Text<'a>, Loose<'a>)>);

/// A text, borrowed where it has no escapes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<'a>(pub Cow<'a, str>);

/// A text, or something in its place.
pub(super) enum Loose<'a> {
    Text(Cow<'a, str>),
    /// What stands there, and what it is.
    Other(String, &'static str),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec<'a> {
    #[serde(borrow, default)]
    pub ingress_class_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub default_backend: Option<Backend<'a>>,
    #[serde(borrow, default)]
    pub rules: Option<Vec<Rule<'a>>>,
    #[serde(borrow, default)]
    pub tls: Option<Vec<Tls<'a>>>,
}

#[derive(Default, Deserialize)]
pub(super) struct Rule<'a> {
    #[serde(borrow, default)]
    pub host: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub http: Option<Http<'a>>,
}

#[derive(Default, Deserialize)]
pub(super) struct Http<'a> {
    #[serde(borrow, default)]
    pub paths: Option<Vec<Path<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Path<'a> {
    #[serde(borrow, default)]
    pub path: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub path_type: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub backend: Option<Backend<'a>>,
}

#[derive(Default, Deserialize)]
pub(super) struct Backend<'a> {
    #[serde(borrow, default)]
    pub service: Option<Service<'a>>,
    #[serde(borrow, default)]
    pub resource: Option<Resource<'a>>,
}

#[derive(Default, Deserialize)]
pub(super) struct Service<'a> {
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub port: Option<Port<'a>>,
}

#[derive(Default, Deserialize)]
pub(super) struct Port<'a> {
    #[serde(default)]
    pub number: Option<i64>,
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource<'a> {
    #[serde(borrow, default)]
    pub api_group: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tls<'a> {
    #[serde(borrow, default)]
    pub hosts: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub secret_name: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Reader)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
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

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Loose<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.to_string(), "a boolean"))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.to_string(), "a number"))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.to_string(), "a number"))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.to_string(), "a number"))
            }

            fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(String::new(), "nothing"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose<'de>, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Loose::Other(String::new(), "a list"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose::Other(String::new(), "a map"))
            }
        }
        from.deserialize_any(Reader)
    }
}
