//! What is known of each annotation where it stands.

use std::borrow::Cow;

use super::{
    catalogue::{Catalogue, Entry},
    facts::{AnnotationFacts, Reading},
    verdict::{Verdict, judge},
    views::{Loose, Text},
};

/// A copy of the whole object: shown by its key only.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The annotations of an object, by key; of one key twice the last.
pub(super) fn annotations(
    pairs: Vec<(Text<'_>, Loose<'_>)>,
    family: Option<&'static str>,
    nginx_prefix: &str,
) -> Vec<AnnotationFacts> {
    let mut all: Vec<AnnotationFacts> = pairs
        .into_iter()
        .map(|(key, value)| match value {
            Loose::Text(value) => annotation(&key.0, &value, family, nginx_prefix),
            Loose::Other(shown, what) => {
                let mut facts = annotation(&key.0, &shown, family, nginx_prefix);
                facts.problem = Some(format!("its value is {what}; Kubernetes takes only texts: quote it"));
                facts
            }
        })
        .collect();
    // Of one key twice the last counts, as in any JSON.
    all.reverse();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all.dedup_by(|b, a| a.key == b.key);
    all
}

/// What is known of one annotation where it stands.
fn annotation(key: &str, value: &str, family: Option<&'static str>, nginx_prefix: &str) -> AnnotationFacts {
    let entry = Catalogue::get().find_for(key, nginx_prefix, family);
    let mut facts = AnnotationFacts {
        key: key.into(),
        value: (key != LAST_APPLIED).then(|| value.into()),
        entry,
        verdict: Verdict::Unknown,
        becomes: Cow::Borrowed(""),
        why: None,
        reading: Reading::Read,
        problem: None,
        effect: None,
    };
    let Some(entry) = entry else { return facts };
    let judgement = judge(entry, value);
    (facts.verdict, facts.becomes, facts.why) = (judgement.verdict, judgement.becomes, judgement.why);
    facts.reading = if Catalogue::is_unread(key, nginx_prefix) {
        Reading::OtherPrefix
    } else if family.is_some_and(|family| is_anothers(entry, family)) {
        Reading::OtherController
    } else if entry.removed.is_empty() {
        Reading::Read
    } else {
        Reading::Removed
    };
    facts.problem = match facts.reading {
        Reading::Read | Reading::Removed => entry.problem(value),
        Reading::OtherPrefix => {
            Some(format!("not read by this controller, whose annotations begin with `{nginx_prefix}/`"))
        }
        Reading::OtherController => {
            Some(format!("not read by this controller: it is an annotation of {}", entry.controller))
        }
    };
    facts
}

/// Whether an annotation is for another controller than the Ingress's. Tools that serve no Ingress read all.
fn is_anothers(entry: &Entry, family: &str) -> bool {
    serves(&entry.controller) && entry.controller != family && !entry.also.iter().any(|also| also == family)
}

/// Whether a controller serves Ingresses, by our name of it; other tools only read their annotations.
pub(super) fn serves(controller: &str) -> bool {
    Catalogue::get().controller(controller).is_some_and(|one| !one.classes.is_empty())
}
