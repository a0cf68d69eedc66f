//! From wished weights to an edit of the object's text.

use std::fmt::Write;

use serde_json::Value;

use crate::{
    resource::{
        Key, Object,
        gateway_api::{AnyRoute, AnyRule, BackendRef, MAX_WEIGHT},
    },
    source::{Edit, FieldEdit},
};

/// Which rule of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSelect {
    /// Position, from 0.
    Index(usize),
    /// The rule's name.
    Name(String),
    /// The only rule with more than one backend, or the only rule.
    Only,
}

/// One backend's weight, before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendWeight {
    /// Position in `backendRefs`.
    pub index: usize,
    /// `namespace/name:port`, or `name:port` in the route's own namespace.
    pub backend: String,
    /// As written; `None`: not written, which means 1.
    pub written: Option<i64>,
    /// Weight wished.
    pub new: i64,
}

/// A change of one rule's weights.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightPlan {
    /// The route.
    pub route: Key,
    /// The rule, from 0.
    pub rule: usize,
    /// All backends of the rule.
    pub weights: Vec<BackendWeight>,
}

/// Why a plan can not be made; says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlanError(pub String);

/// Plans new weights. `wished` names backends as `name`, `name:port`, `namespace/name` or `namespace/name:port`.
///
/// # Errors
/// A rule or backend that is not there or not unique; a weight outside 0 to 1 000 000; nothing to change.
pub fn plan(route: &Object, rule: &RuleSelect, wished: &[(String, i64)]) -> Result<WeightPlan, PlanError> {
    if !route.key.kind.is_route() {
        return fail(format!("{} is no route and has no weights", route.key));
    }
    let view =
        AnyRoute::of(route).or_else(|error| fail(format!("{} can not be read: {error}", route.key)))?;
    let (index, chosen) = select(&route.key, &view.spec.rules, rule)?;
    if chosen.backend_refs.is_empty() {
        return fail(format!("rule {} of {} has no backend", rule_name(index, chosen), route.key));
    }
    let text = route.value();
    let mut weights: Vec<BackendWeight> = chosen
        .backend_refs
        .iter()
        .enumerate()
        .map(|(at, backend)| {
            let written = text.pointer(&format!("/spec/rules/{index}/backendRefs/{at}/weight"));
            let written = written.and_then(Value::as_i64);
            let backend = called(&route.key, backend);
            BackendWeight { index: at, backend, written, new: written.unwrap_or(1) }
        })
        .collect();
    let mut told: Vec<usize> = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for (name, weight) in wished {
        if !(0..=MAX_WEIGHT).contains(weight) {
            wrong.push(format!("weight {weight} of `{name}` is not between 0 and {MAX_WEIGHT}"));
        }
        let found: Vec<usize> = (0..weights.len())
            .filter(|at| chosen.backend_refs.get(*at).is_some_and(|backend| names(name, &route.key, backend)))
            .collect();
        match (found.as_slice(), weights.len()) {
            ([], _) => wrong.push(format!("no backend `{name}`; there is {}", list(&weights))),
            ([at], _) if told.contains(at) => wrong.push(format!("`{name}` is given twice")),
            ([at], _) => {
                told.push(*at);
                if let Some(backend) = weights.get_mut(*at) {
                    backend.new = *weight;
                }
            }
            (_, _) => wrong.push(format!("`{name}` is more than one backend; there is {}", list(&weights))),
        }
    }
    if !wrong.is_empty() {
        return fail(format!("rule {} of {}: {}", rule_name(index, chosen), route.key, wrong.join("; ")));
    }
    let plan = WeightPlan { route: route.key.clone(), rule: index, weights };
    if plan.edit().fields.is_empty() {
        let now = plan.weights.iter().map(|w| format!("{} {}", w.backend, w.before()));
        let now: Vec<String> = now.collect();
        return fail(format!("{} has these weights already: {}", route.key, now.join(", ")));
    }
    Ok(plan)
}

impl BackendWeight {
    /// The weight that counts before the change.
    pub fn before(&self) -> i64 {
        self.written.unwrap_or(1)
    }
}

impl WeightPlan {
    /// The edit of the object's fields.
    pub fn edit(&self) -> Edit {
        let fields =
            self.weights.iter().filter(|weight| weight.new != weight.before()).map(|weight| FieldEdit {
                field: format!("spec.rules[{}].backendRefs[{}].weight", self.rule, weight.index),
                old: weight.written.map(Value::from),
                new: Some(weight.new.into()),
            });
        Edit { object: self.route.clone(), fields: fields.collect() }
    }

    /// `app-canary 10 → 25, app-stable 90 → 75`
    pub fn summary(&self) -> String {
        fn name(weight: &BackendWeight) -> &str {
            weight.backend.rsplit_once(':').map_or(&weight.backend, |(name, _)| name)
        }
        let bare = |weight: &BackendWeight| {
            let twins = self.weights.iter().filter(|other| name(other) == name(weight)).count() > 1;
            if twins { weight.backend.clone() } else { name(weight).to_owned() }
        };
        let mut out = String::new();
        for weight in self.weights.iter().filter(|weight| weight.new != weight.before()) {
            let comma = if out.is_empty() { "" } else { ", " };
            // Writing to a String does not fail.
            let _ = write!(out, "{comma}{} {} → {}", bare(weight), weight.before(), weight.new);
        }
        out
    }
}

fn fail<T>(why: String) -> Result<T, PlanError> {
    Err(PlanError(why))
}

fn select<'r>(
    route: &Key,
    rules: &'r [AnyRule],
    rule: &RuleSelect,
) -> Result<(usize, &'r AnyRule), PlanError> {
    let all = || rules.iter().enumerate();
    if rules.is_empty() {
        return fail(format!("{route} has no rule"));
    }
    let there = || {
        let names: Vec<String> = all().map(|(index, rule)| rule_name(index, rule)).collect();
        format!("there is {}", names.join(", "))
    };
    match rule {
        RuleSelect::Index(index) => match rules.get(*index) {
            Some(rule) => Ok((*index, rule)),
            None => fail(format!("{route} has no rule {}; {}", index + 1, there())),
        },
        RuleSelect::Name(name) => {
            let found: Vec<_> = all().filter(|(_, rule)| rule.name.as_ref() == Some(name)).collect();
            match found.as_slice() {
                [one] => Ok(*one),
                [] => fail(format!("{route} has no rule named `{name}`; {}", there())),
                _ => fail(format!(
                    "{route} has more than one rule named `{name}`; give its number; {}",
                    there()
                )),
            }
        }
        RuleSelect::Only => {
            let found: Vec<_> = all().filter(|(_, rule)| rule.backend_refs.len() > 1).collect();
            match (found.as_slice(), rules) {
                ([one], _) => Ok(*one),
                ([], [one]) => Ok((0, one)),
                ([], _) => {
                    fail(format!("no rule of {route} has more than one backend; say which; {}", there()))
                }
                (_, _) => fail(format!(
                    "more than one rule of {route} has several backends; say which; {}",
                    there()
                )),
            }
        }
    }
}

/// `1`, or `2 (canary)` for a rule with a name: counted from 1, as `--rule` does.
fn rule_name(index: usize, rule: &AnyRule) -> String {
    let number = index + 1;
    rule.name.as_ref().map_or_else(|| number.to_string(), |name| format!("{number} ({name})"))
}

fn called(route: &Key, backend: &BackendRef) -> String {
    let port = backend.port.map_or_else(String::new, |port| format!(":{port}"));
    match backend.namespace.as_deref().filter(|namespace| **namespace != *route.namespace) {
        Some(namespace) => format!("{namespace}/{}{port}", backend.name),
        None => format!("{}{port}", backend.name),
    }
}

/// Whether a typed name means this backend.
fn names(typed: &str, route: &Key, backend: &BackendRef) -> bool {
    let (namespace, rest) =
        typed.split_once('/').map_or((None, typed), |(namespace, rest)| (Some(namespace), rest));
    let (name, port) = rest.split_once(':').map_or((rest, None), |(name, port)| (name, Some(port)));
    let own = backend.namespace.as_deref().unwrap_or(&route.namespace);
    name == backend.name
        && namespace.is_none_or(|namespace| namespace == own)
        && port.is_none_or(|port| backend.port.is_some_and(|own| port == own.to_string()))
}

fn list(weights: &[BackendWeight]) -> String {
    weights.iter().map(|weight| format!("`{}`", weight.backend)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
