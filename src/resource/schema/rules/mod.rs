//! The rules that the CRDs hold as expressions, one function each or one for a family.
//!
//! A rule is known by the name that `scripts/schema` made from its text: when a release changes a text, its name
//! here leads nowhere, a test fails, and somebody reads the new text. Objects have their defaults when a rule sees them.

mod filters;
mod gateway;
mod listeners;
mod paths;
mod policies;
mod references;
mod routes;

use serde_json::Value;

use super::findings::{Findings, Place, Step};

/// A rule, and what is done about it.
pub(super) struct Rule {
    /// Name in the table.
    pub(super) name: &'static str,
    pub(super) how: How,
}

/// How a rule is held.
pub(super) enum How {
    /// By a function.
    Check(Check),
    /// By the limits in the table, under this code.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader and the test"))]
    Table(&'static str),
    /// Not at all, and why.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader and the test"))]
    Not(&'static str),
}

/// A rule as a function over the part of an object that it stands at.
#[derive(Debug)]
pub(super) struct Check {
    /// Stable code of its problems.
    pub(super) code: &'static str,
    pub(super) run: fn(&mut Here<'_, '_>, &Value),
}

const fn rule(name: &'static str, code: &'static str, run: fn(&mut Here<'_, '_>, &Value)) -> Rule {
    Rule { name, how: How::Check(Check { code, run }) }
}

const fn by_table(name: &'static str, code: &'static str) -> Rule {
    Rule { name, how: How::Table(code) }
}

const fn not_checked(name: &'static str, why: &'static str) -> Rule {
    Rule { name, how: How::Not(why) }
}

/// All rules, by the file that holds them.
pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    [
        filters::RULES,
        gateway::RULES,
        listeners::RULES,
        paths::RULES,
        policies::RULES,
        references::RULES,
        routes::RULES,
        NOT_CHECKED,
    ]
    .into_iter()
    .flatten()
}

/// The function of a rule, if it has one.
pub(super) fn check(name: &str) -> Option<&'static Check> {
    all().find(|rule| rule.name == name).and_then(|rule| match &rule.how {
        How::Check(check) => Some(check),
        How::Table(_) | How::Not(_) => None,
    })
}

const ONLY_X: &str = "of a kind that only the experimental channel has";
const LOOSER: &str = "the standard channel's stricter rule is held in its place";

const NOT_CHECKED: &[Rule] = &[
    not_checked("98c5487a", "immutable: needs the object as it was before"),
    not_checked("99e57335", "of status, which a server does not take from a manifest"),
    not_checked("86169b64", LOOSER),
    not_checked("6ba18b08", LOOSER),
    not_checked("fb9b1a32", LOOSER),
    not_checked("091a3612", "about XBackend, which only the experimental channel has"),
    not_checked("e072cfed", "about ClusterTrustBundle, which only the experimental channel takes"),
    not_checked("5cd6bdde", "of addresses[].routability, which only the experimental channel has"),
    not_checked("d33f186a", "of sessionPersistence, which only the experimental channel has"),
    not_checked("40688bae", "of sessionPersistence, which only the experimental channel has"),
    not_checked("878d3c1d", "of sessionPersistence, which only the experimental channel has"),
    not_checked("e4e62ec7", "of sessionPersistence, which only the experimental channel has"),
    not_checked("fa558870", "of sessionPersistence, which only the experimental channel has"),
    not_checked("073a751b", ONLY_X),
    not_checked("15d4724d", ONLY_X),
    not_checked("1d390f67", ONLY_X),
    not_checked("1e734fbb", ONLY_X),
    not_checked("2ec8a756", ONLY_X),
    not_checked("33a8d2b7", ONLY_X),
    not_checked("4d9f7674", ONLY_X),
    not_checked("556d51ba", ONLY_X),
    not_checked("5d073b04", ONLY_X),
    not_checked("6bce1d13", ONLY_X),
    not_checked("7591af43", "of the filter ExternalAuth, which only the experimental channel has"),
    not_checked("9a796819", "of the filter ExternalAuth, which only the experimental channel has"),
    not_checked("ca5781f2", "of the filter ExternalAuth, which only the experimental channel has"),
    not_checked("cde3ba8c", "of the filter ExternalAuth, which only the experimental channel has"),
    not_checked("ab020874", ONLY_X),
    not_checked("abce9bd0", ONLY_X),
    not_checked("b5ed5f70", ONLY_X),
    not_checked("b68c89a0", ONLY_X),
    not_checked("bcb11989", ONLY_X),
    not_checked("d3a53eb1", ONLY_X),
    not_checked("dbddb2df", ONLY_X),
    not_checked("de669076", ONLY_X),
    not_checked("e98b7d1d", ONLY_X),
    not_checked("f419bab1", ONLY_X),
    not_checked("f48030cd", ONLY_X),
    not_checked("f698b560", ONLY_X),
];

/// Where a check stands and where it tells what it found.
pub(super) struct Here<'f, 'o> {
    pub(super) findings: &'f mut Findings<'o>,
    pub(super) place: &'f Place<'f>,
    pub(super) code: &'static str,
}

impl Here<'_, '_> {
    /// Tells a problem at this place, or some steps below it.
    fn tell(&mut self, steps: &[Step<'_>], message: impl Into<String>, fix: impl Into<String>) {
        match steps {
            [] => self.findings.error(self.code, self.place, message, fix),
            [step, rest @ ..] => {
                let place = self.place.then(*step);
                Here { findings: self.findings, place: &place, code: self.code }.tell(rest, message, fix);
            }
        }
    }
}

/// A text member; empty when it is absent or no text.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The items of a list, or of a list member.
fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).map_or(&[], items)
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn has(value: &Value, name: &str) -> bool {
    value.get(name).is_some()
}

/// Each item that has an earlier twin, with the position of both. Lists here are at most 64 long.
fn twins<'v>(
    items: &'v [Value],
    same: impl Fn(&'v Value, &'v Value) -> bool + 'v,
) -> impl Iterator<Item = (usize, usize)> + 'v {
    items.iter().enumerate().filter_map(move |(index, item)| {
        let first = items.iter().take(index).position(|earlier| same(earlier, item))?;
        Some((first, index))
    })
}
