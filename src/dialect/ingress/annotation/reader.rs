//! One Ingress's annotations in the hand of the parsers: values looked up, checked, and told about.

use std::collections::BTreeMap;

use super::{
    Effect, Finding, Lookup, NsName,
    known::{Known, known, nearest, obsolete},
    units::trim_lines,
    validate,
};
use crate::{
    dialect::ingress::settings::{Flags, Settings},
    resource::Key,
};

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not written.
    Missing,
    /// The validator refused it.
    Refused,
    /// It passed and is no value all the same: empty, or not of its type with validation off.
    Unusable,
}

/// What the parsers read from and report to.
pub(super) struct Reader<'a> {
    pub(super) ingress: &'a Key,
    pub(super) settings: &'a Settings,
    pub(super) lookup: &'a dyn Lookup,
    /// By the name without the prefix.
    values: BTreeMap<&'a str, &'a str>,
    pub(super) findings: Vec<Finding>,
    pub(super) denied: Option<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        ingress: &'a Key,
        annotations: impl Iterator<Item = (&'a str, &'a str)>,
        settings: &'a Settings,
        lookup: &'a dyn Lookup,
    ) -> Self {
        let mut reader =
            Self { ingress, settings, lookup, values: BTreeMap::new(), findings: Vec::new(), denied: None };
        let default = Flags::default().annotations_prefix;
        let prefix = settings.flags.annotations_prefix.as_str();
        for (key, value) in annotations {
            if let Some(name) = key.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')) {
                reader.values.insert(name, value);
            } else if key.strip_prefix(default.as_str()).is_some_and(|rest| rest.starts_with('/')) {
                let why = format!("this controller reads annotations that begin with `{prefix}/` only");
                reader.findings.push(Finding::new(key, Effect::Ignored, why));
            }
        }
        reader
    }

    /// Tells of one annotation.
    pub(super) fn tell(&mut self, name: &str, effect: Effect, message: impl Into<String>) {
        let key = self.key(name);
        self.findings.push(Finding::new(key, effect, message));
    }

    /// Denies every location.
    pub(super) fn deny(&mut self, name: &str, message: impl Into<String>) {
        let message = message.into();
        let reason = format!("{}: {message}", self.key(name));
        self.denied.get_or_insert(reason);
        self.tell(name, Effect::Denied, message);
    }

    /// The key as written.
    fn key(&self, name: &str) -> String {
        format!("{}/{}", self.settings.flags.annotations_prefix, self.spelling(name))
    }

    /// The alias where it is what counts.
    fn spelling<'n>(&self, name: &'n str) -> &'n str {
        let filled = |name: &str| self.values.get(name).is_some_and(|value| !value.is_empty());
        match known(name).and_then(|known| known.alias) {
            Some(alias) if !filled(name) && filled(alias) => alias,
            _ => name,
        }
    }

    /// Whether the annotation, or its alias, is written.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(self.spelling(name))
    }

    /// The value as written; empty where there is none.
    pub(super) fn raw(&self, name: &str) -> &'a str {
        self.values.get(self.spelling(name)).copied().unwrap_or_default()
    }

    fn find(&self, name: &str) -> Result<&'a str, Fault> {
        let value = *self.values.get(self.spelling(name)).ok_or(Fault::Missing)?;
        let passes = !self.settings.flags.annotation_validation
            || known(name).is_none_or(|known| known.accepts(value));
        if passes { Ok(value) } else { Err(Fault::Refused) }
    }

    /// A text, which is not empty.
    pub(super) fn text(&self, name: &str) -> Result<String, Fault> {
        Some(trim_lines(self.find(name)?)).filter(|text| !text.is_empty()).ok_or(Fault::Unusable)
    }

    /// A boolean.
    pub(super) fn boolean(&self, name: &str) -> Result<bool, Fault> {
        validate::boolean(self.find(name)?).ok_or(Fault::Unusable)
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Result<i64, Fault> {
        validate::integer(self.find(name)?).ok_or(Fault::Unusable)
    }

    /// What is wrong with a value.
    pub(super) fn complaint(&self, name: &str) -> String {
        let value = self.raw(name);
        let wants = known(name).map_or("a value", Known::wants);
        match value {
            "" => "the value is empty".to_owned(),
            value => format!("`{}` is not {wants}", short(value)),
        }
    }

    /// A value, or the default; a bad one is told as ignored, with what stands `instead`.
    pub(super) fn or_ignored<T>(&mut self, name: &str, got: Result<T, Fault>, instead: &str) -> Option<T> {
        match got {
            Ok(value) => Some(value),
            Err(Fault::Missing) => None,
            Err(Fault::Refused | Fault::Unusable) => {
                let message = format!("{}; {instead}", self.complaint(name));
                self.tell(name, Effect::Ignored, message);
                None
            }
        }
    }

    /// The same, but a refused value drops the Ingress.
    pub(super) fn or_dropped<T>(&mut self, name: &str, got: Result<T, Fault>, instead: &str) -> Option<T> {
        if got.as_ref().err() == Some(&Fault::Refused) {
            let message = format!("{}; the controller leaves the whole Ingress out", self.complaint(name));
            self.tell(name, Effect::Dropped, message);
            return None;
        }
        self.or_ignored(name, got, instead)
    }

    /// nginx will not take the configuration with this in it.
    pub(super) fn stops(&mut self, name: &str, why: impl std::fmt::Display) {
        let value = short(self.raw(name));
        let message = format!(
            "`{value}`: {why}; nginx refuses the whole configuration, so no later change takes effect"
        );
        self.tell(name, Effect::StopsConfiguration, message);
    }

    /// `namespace/name` of what an annotation refers to; the Ingress's own namespace where none is written.
    pub(super) fn reference(&self, value: &str) -> Option<NsName> {
        let (namespace, name) = match value.split_once('/') {
            Some((_, name)) if name.contains('/') => return None,
            Some((namespace, name)) => (namespace, name),
            None => ("", value),
        };
        let namespace = if namespace.is_empty() { &*self.ingress.namespace } else { namespace };
        Some(NsName { namespace: namespace.to_owned(), name: name.to_owned() })
    }

    /// Whether an object may be used from here.
    pub(super) fn may_use(&self, namespace: &str) -> bool {
        self.settings.security.cross_namespace || namespace == &*self.ingress.namespace
    }

    /// Tells of all that stands against the names themselves: too risky, unknown, without what it needs.
    pub(super) fn names(&mut self) {
        for (name, value) in self.values.clone() {
            let Some(known) = known(name) else {
                let (effect, message) = match (obsolete(name), nearest(name)) {
                    (Some(became), _) => (Effect::Obsolete, became.to_owned()),
                    (None, Some(like)) => {
                        (Effect::Unknown, format!("no release reads this name; `{like}` is the nearest"))
                    }
                    (None, None) => (Effect::Unknown, "no release reads this name".to_owned()),
                };
                self.tell(name, effect, message);
                continue;
            };
            if known.risk > self.settings.security.risk_level {
                let message = format!(
                    "its risk is {:?}, and `annotations-risk-level` allows {:?}; the controller leaves the whole \
                     Ingress out",
                    known.risk, self.settings.security.risk_level
                );
                self.tell(name, Effect::Dropped, message);
            }
            if known.alias == Some(name)
                && !self.raw(known.name).is_empty()
                && self.spelling(known.name) != name
            {
                let message = format!("`{}` is written too and counts", known.name);
                self.tell(name, Effect::Ignored, message);
            }
            let words = &self.settings.security.word_blocklist;
            if let Some(word) = words.iter().find(|word| value.contains(word.as_str())).cloned() {
                let message = format!(
                    "the value holds `{word}` of `annotation-value-word-blocklist`; the controller leaves the \
                     whole Ingress out"
                );
                self.tell(name, Effect::Dropped, message);
            }
            if let Some(needs) = known.needs.filter(|needs| !self.has(needs)) {
                self.tell(name, Effect::Ignored, format!("it has no effect without `{needs}`"));
            }
        }
    }
}

/// The beginning of a long value.
pub(in crate::dialect::ingress) fn short(value: &str) -> String {
    const MOST: usize = 100;
    match value.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.to_owned(),
    }
}
