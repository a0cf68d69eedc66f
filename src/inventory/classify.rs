//! How hard an Ingress is to move: one table of rules for annotations, one for the rest of it, and a user's own.
//!
//! Of an annotation the first rule that fits counts, a user's before ours; of an Ingress the hardest reason.
//! Annotations that its controller does not read count for nothing, unless a rule of the user names them.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::Serialize;

use super::{
    catalogue::{Catalogue, ValueKind},
    facts::{AnnotationFacts, Backend, IngressFacts},
    glob,
    verdict::Verdict,
};

/// How hard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Complexity {
    /// Nothing but routing: it converts whole.
    #[default]
    Simple,
    /// What its annotations say has fields in Gateway API.
    Medium,
    /// A person must decide: policies, authentication, limits, raw configuration, or no equivalent.
    Complex,
}

impl Complexity {
    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Medium => "medium",
            Self::Complex => "complex",
        }
    }
}

/// Why an Ingress is as hard as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// How hard this alone makes it.
    pub complexity: Complexity,
    /// The annotation; none when it is about the rest of the Ingress.
    pub key: Option<Arc<str>>,
    /// In words.
    pub text: Cow<'static, str>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// A rule that the user wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRule {
    /// Whole keys that it is about; `*` stands for any text.
    pub annotation: String,
    /// How hard it makes an Ingress.
    pub complexity: Complexity,
    /// Why; a rule needs no reason.
    pub reason: Option<String>,
}

/// The table, with what the user put before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The user's own; the first that fits counts.
    pub own: Vec<UserRule>,
}

/// What a rule of ours is about.
enum Of {
    /// Values that are raw configuration.
    RawConfiguration,
    /// Keys of these forms.
    Keys(&'static [&'static str]),
    /// A verdict.
    Verdict(Verdict),
    /// A key that we do not know, of a controller that we know.
    Misspelt,
}

struct Rule(Of, Complexity, &'static str);

/// What an annotation that does something makes of its Ingress. The first that fits counts.
const ANNOTATIONS: &[Rule] = &[
    Rule(Of::RawConfiguration, Complexity::Complex, "raw configuration of one proxy is read by hand"),
    Rule(
        Of::Keys(&[
            "*/auth-*",
            "*/enable-global-auth",
            "*/satisfy",
            "*/oauth*",
            "*/basic-auth-*",
            "nginx.com/jwt-*",
            "*/jwt-validation",
            "*/mutual-authentication",
            "*/client-ca",
            "*/client-crt-optional",
        ]),
        Complexity::Complex,
        "authentication is a policy of each implementation, and must not be lost",
    ),
    Rule(
        Of::Keys(&["*/limit-*", "*/rate-limit-*", "*/max-connections", "*/max-requests", "*/max-conns"]),
        Complexity::Complex,
        "limits are a policy of each implementation",
    ),
    Rule(
        Of::Keys(&["*modsecurity*", "*/enable-owasp*", "*/waf*", "appprotect*", "*/shield-*"]),
        Complexity::Complex,
        "a web application firewall is outside of Gateway API",
    ),
    Rule(
        Of::Keys(&[
            "*/allow*list*",
            "*/deny*list*",
            "*/block*list*",
            "*/white*list*",
            "*/black*list*",
            "*/inbound-cidrs",
        ]),
        Complexity::Complex,
        "lists of clients are a policy of each implementation, and must not be lost",
    ),
    Rule(Of::Verdict(Verdict::None), Complexity::Complex, "Gateway API has no equivalent"),
    Rule(Of::Verdict(Verdict::Policy), Complexity::Complex, "only a policy of an implementation says this"),
    Rule(Of::Misspelt, Complexity::Complex, "no release of its controller that we know reads this key"),
    Rule(Of::Verdict(Verdict::Unknown), Complexity::Medium, "we do not know who reads this"),
    Rule(Of::Verdict(Verdict::Experimental), Complexity::Medium, "its field is in the experimental channel"),
    Rule(Of::Verdict(Verdict::Standard), Complexity::Medium, "it has a standard field"),
    Rule(Of::Verdict(Verdict::Internal), Complexity::Simple, "nothing is lost without it"),
];

/// A rule about an Ingress's spec.
struct SpecRule(fn(&IngressFacts) -> bool, Complexity, &'static str);

/// What the rest of an Ingress makes of it. All that fit count.
const SPECS: &[SpecRule] = &[
    SpecRule(|facts| facts.unreadable.is_some(), Complexity::Complex, "its text can not be read whole"),
    SpecRule(has_resource, Complexity::Complex, "a backend that is no Service is up to the controller"),
    SpecRule(
        up_to_the_controller,
        Complexity::Medium,
        "what a path of type ImplementationSpecific means is up to the controller",
    ),
];

/// The reason when there is no other.
const PLAIN: &str = "nothing but routing";

impl Rules {
    /// How hard an Ingress is, and why: the hardest reasons first.
    pub(super) fn classify(&self, facts: &IngressFacts) -> (Complexity, Vec<Reason>) {
        let mut reasons: Vec<Reason> =
            facts.all_annotations().filter_map(|annotation| self.of_annotation(annotation)).collect();
        reasons.extend(SPECS.iter().filter(|rule| rule.0(facts)).map(|rule| Reason {
            complexity: rule.1,
            key: None,
            text: rule.2.into(),
        }));
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.complexity));
        let complexity = reasons.first().map_or(Complexity::Simple, |hardest| hardest.complexity);
        if reasons.is_empty() {
            reasons.push(Reason { complexity, key: None, text: PLAIN.into() });
        }
        (complexity, reasons)
    }

    fn of_annotation(&self, annotation: &AnnotationFacts) -> Option<Reason> {
        let reason = |complexity, text: Cow<'static, str>| {
            Some(Reason { complexity, key: Some(Arc::clone(&annotation.key)), text })
        };
        if let Some(rule) = self.own.iter().find(|rule| glob::fits(&rule.annotation, &annotation.key)) {
            let text = rule.reason.clone().unwrap_or_else(|| format!("your rule for `{}`", rule.annotation));
            return reason(rule.complexity, text.into());
        }
        if !annotation.counts() {
            return None;
        }
        let rule = ANNOTATIONS.iter().find(|rule| match &rule.0 {
            Of::RawConfiguration => annotation.entry.is_some_and(|entry| entry.kind == ValueKind::Snippet),
            Of::Keys(keys) => {
                annotation.entry.is_some() && keys.iter().any(|key| glob::fits(key, &annotation.key))
            }
            Of::Verdict(verdict) => annotation.verdict == *verdict,
            Of::Misspelt => annotation.verdict == Verdict::Unknown && is_a_controllers(&annotation.key),
        })?;
        reason(rule.1, rule.2.into())
    }
}

/// Whether a key has the prefix of a controller that we know.
fn is_a_controllers(key: &str) -> bool {
    let controllers = Catalogue::get().controllers().iter();
    controllers.filter(|one| !one.classes.is_empty()).any(|one| {
        (!one.prefix.is_empty() && key.starts_with(&one.prefix))
            || key
                .split_once('/')
                .is_some_and(|(prefix, _)| one.legacy_prefixes.iter().any(|old| old == prefix))
    })
}

fn has_resource(facts: &IngressFacts) -> bool {
    let paths = facts.paths.iter().map(|path| &path.backend);
    paths.chain(&facts.default_backend).any(|backend| matches!(backend, Backend::Resource { .. }))
}

/// ingress-nginx makes a Prefix of it.
fn up_to_the_controller(facts: &IngressFacts) -> bool {
    facts.family != Some("ingress-nginx")
        && facts.paths.iter().any(|path| &*path.path_type == "ImplementationSpecific" && &*path.path != "/")
}
