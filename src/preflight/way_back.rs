//! [`Item::WayBack`](crate::switch::Item::WayBack): what clients keep of the new side that the old one could not live with.
//!
//! Both sides ask the same backends, so what these say is kept from either side. What differs is what the entry points add.

use std::collections::BTreeSet;

use super::{HTTP, Known, Name};
use crate::{
    routing::{Action, Balance, Outcome, Rule, Side, way},
    switch::Finding,
};

/// RFC 6797
const HSTS: &str = "strict-transport-security";

impl Known<'_> {
    pub(super) fn way_back(&self, name: &Name<'_>) -> Finding {
        let rules = |side| {
            let mut seen = BTreeSet::new();
            let all = self.candidates(side, name).map(|candidate| &*candidate.rule);
            all.filter(move |rule| seen.insert(std::ptr::from_ref::<Rule>(rule).addr())).collect::<Vec<_>>()
        };
        let (old, new) = (rules(Side::Old), rules(Side::New));
        let secure = self.presents(&name.host);
        let mut kept = Vec::new();
        if let Some(value) = new.iter().find_map(|rule| sent(rule, HSTS)) {
            if !secure {
                return Finding::Red(format!(
                    "the new side sends Strict-Transport-Security ({value}): who was there once insists on https, for which \
                     the old side has no certificate that clients believe"
                ));
            }
            kept.push(format!("HSTS ({value}), and the old side serves https"));
        }
        let forever = |side| {
            let found = way(self.table(side), &name.ask(side, HTTP, "/"));
            let to_https = found.location.is_some_and(|location| location.starts_with("https://"));
            found.status.filter(|status| {
                found.outcome == Outcome::Redirect && to_https && matches!(status, 301 | 308)
            })
        };
        if !secure
            && let Some(status) = forever(Side::New)
            && forever(Side::Old).is_none()
        {
            return Finding::Red(format!(
                "the new side sends clients to https, and they keep that ({status}); there the old side has no certificate \
                 that they believe"
            ));
        }
        let (theirs, ours) = (cookies(&old), cookies(&new));
        if let Some(cookie) = theirs.intersection(&ours).next() {
            return Finding::Red(format!(
                "both sides set the cookie `{cookie}`, and each means something else by its value"
            ));
        }
        if let Some(cookie) = ours.first() {
            kept.push(format!("the cookie `{cookie}`, which the old side does not read"));
        }
        if kept.is_empty() {
            return Finding::Green("the new side adds nothing that clients keep".to_owned());
        }
        Finding::Green(format!("clients keep {}", kept.join("; ")))
    }
}

/// What the entry point itself says by a header of its answers.
fn sent(rule: &Rule, name: &str) -> Option<String> {
    let edits = rule.response.set.iter().chain(&rule.response.add);
    let by_filter =
        edits.filter(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_string());
    let policy = rule.policy.iter().flat_map(|policy| &policy.answer);
    let by_policy = policy
        .filter(|header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.to_string())
        .filter(|value| !value.is_empty());
    by_filter.chain(by_policy).next()
}

/// Names of the cookies that the entry point itself sets.
fn cookies(rules: &[&Rule]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for rule in rules {
        if let Action::Forward(split) = &rule.action {
            all.extend(split.backends.iter().filter_map(|backend| match &backend.balance {
                Balance::Sticky(affinity) => Some(affinity.cookie.to_string()),
                Balance::Turns | Balance::Service | Balance::Hash { .. } => None,
            }));
        }
        let set = rule.response.set.iter().chain(&rule.response.add);
        let set = set.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        all.extend(set.filter_map(|(_, value)| Some(value.split_once('=')?.0.trim().to_owned())));
    }
    all
}
