//! One rule of an HTTPRoute: what is done with the requests that it takes.

use std::{sync::Arc, time::Duration};

use super::{
    backend::Referrer,
    duration,
    fault::Fault,
    filters::{Filters, Scope},
    matches::Match,
    notes,
};
use crate::{
    resource::{
        Severity,
        gateway_api::{HttpRetry, HttpRule, MAX_WEIGHT},
    },
    routing::{
        Action, Backend, Balance, Candidate, Origin, PathMatch, PathRewrite, Retry, Rule, RuleId, Split,
        Timeouts, Why,
    },
};

/// A rule, compiled.
#[derive(Default)]
pub(super) struct Compiled {
    /// Its matches, ready for the Table; none when the rule was dropped.
    pub(super) candidates: Vec<Arc<Candidate>>,
    /// Why the rule was dropped: it has values that can not be used.
    pub(super) dropped: Vec<Fault>,
    /// Why the rule, or a backend of it, answers 500 though its matches are good.
    pub(super) fallen: Vec<Fault>,
    /// References that do not resolve.
    pub(super) unresolved: Vec<Fault>,
    /// What no condition tells.
    pub(super) notes: Vec<Fault>,
}

/// Compiles the rule at a position of a route.
pub(super) fn compile(
    referrer: &Referrer<'_>,
    route: &Arc<Origin>,
    created: Option<i64>,
    index: usize,
    spec: &HttpRule,
) -> Compiled {
    let place = format!("spec.rules[{index}]");
    let mut compiled = Compiled::default();
    let mut matches = Vec::new();
    for (n, one) in spec.matches.iter().enumerate() {
        match Match::of(one, &format!("{place}.matches[{n}]")) {
            Ok(one) => matches.push(one),
            Err(faults) => compiled.dropped.extend(faults),
        }
    }
    let timeouts =
        timeouts(spec, &place).map_err(|faults| compiled.dropped.extend(faults)).unwrap_or_default();
    let retry = spec.retry.as_ref().map(|spec| retry(spec, &format!("{place}.retry")));
    let retry = retry.transpose().map_err(|faults| compiled.dropped.extend(faults)).unwrap_or_default();

    compiled.dropped.extend(weights(spec, &place));

    let filters = Filters::of(referrer, &format!("{place}.filters"), &spec.filters, Scope::Rule);
    compiled.unresolved.extend(filters.unresolved.iter().cloned());
    compiled.fallen.extend(filters.broken.iter().cloned());
    if filters.redirect.is_some() && !spec.backend_refs.is_empty() {
        compiled.fallen.push(
            Fault::new("IncompatibleFilters", "a rule with RequestRedirect can not have backendRefs")
                .cure("remove the backendRefs, or the redirect")
                .at(format!("{place}.backendRefs")),
        );
    }
    let path = filters.redirect.as_ref().and_then(|redirect| redirect.path.as_ref());
    let path = path.or_else(|| filters.rewrite.as_ref().and_then(|rewrite| rewrite.path.as_ref()));
    let by_pattern = |one: &Match| matches!(one.path, PathMatch::Pattern(_));
    if matches!(path, Some(PathRewrite::Prefix(_))) && matches.iter().any(by_pattern) {
        compiled.fallen.push(
            Fault::new("UnsupportedValue", "ReplacePrefixMatch needs a match of type PathPrefix")
                .cure("match by PathPrefix, or use ReplaceFullPath")
                .at(format!("{place}.filters")),
        );
    }
    let broken = compiled.fallen.first().map(|fault| match fault.reason {
        "UnsupportedValue" if !filters.broken.is_empty() => Why::UnsupportedFilter(fault.message.clone()),
        _ => Why::Invalid(fault.message.clone()),
    });
    let backends = backends(referrer, &place, spec, &mut compiled);
    compiled.notes = notes::of(spec, &place);
    if !compiled.dropped.is_empty() {
        return compiled;
    }
    let action = match (broken, filters.redirect) {
        (Some(why), _) => Action::Answer(500, why),
        (None, Some(redirect)) => Action::Redirect(redirect),
        (None, None) if backends.is_empty() => Action::Answer(500, Why::NoBackends),
        (None, None) => Action::Forward(Split::new(backends)),
    };
    let rule = Arc::new(Rule {
        id: RuleId {
            route: Arc::clone(route),
            index: index as u32,
            name: spec.name.as_deref().map(Arc::from),
        },
        action,
        request: filters.request,
        response: filters.response,
        rewrite: filters.rewrite,
        mirrors: filters.mirrors.into(),
        cors: filters.cors,
        timeouts,
        retry,
        policy: None,
        filters_shown: filters.shown.into(),
    });
    compiled.candidates = matches
        .into_iter()
        .enumerate()
        .map(|(n, one)| {
            Arc::new(Candidate {
                rank: one.rank(route, created, index, n),
                path: one.path,
                conditions: one.conditions,
                rule: Arc::clone(&rule),
                match_index: n as u32,
            })
        })
        .collect();
    compiled
}

/// What an API server refuses: no backend gets a share by it, and none is taken to have a weight of 0.
fn weights<'a>(spec: &'a HttpRule, place: &'a str) -> impl Iterator<Item = Fault> + 'a {
    let wrong = |weight: i64| !(0..=MAX_WEIGHT).contains(&weight);
    spec.backend_refs.iter().enumerate().filter(move |(_, one)| wrong(one.weight)).map(move |(n, one)| {
        Fault::new("UnsupportedValue", format!("a weight is 0 to {MAX_WEIGHT}, not {}", one.weight))
            .at(format!("{place}.backendRefs[{n}].weight"))
    })
}

fn backends(referrer: &Referrer<'_>, place: &str, spec: &HttpRule, compiled: &mut Compiled) -> Vec<Backend> {
    let weight = |weight: i64| u32::try_from(weight.max(0)).unwrap_or(u32::MAX);
    let total: u64 = spec.backend_refs.iter().map(|one| u64::from(weight(one.weight))).sum();
    let mut backends = Vec::with_capacity(spec.backend_refs.len());
    for (n, reference) in spec.backend_refs.iter().enumerate() {
        let place = format!("{place}.backendRefs[{n}]");
        let resolved = referrer.resolve(reference, &place);
        let filters = Filters::of(referrer, &format!("{place}.filters"), &reference.filters, Scope::Backend);
        let weight = weight(reference.weight);
        let consequence = consequence(u64::from(weight), total);
        let (unresolved, fault) = resolved.problem.unzip();
        if let Some(mut fault) = fault {
            if weight == 0 {
                fault.severity = Severity::Warning;
            }
            compiled.unresolved.push(fault.so(&consequence));
        }
        let broken = filters.broken.first().map(|fault| Why::UnsupportedFilter(fault.message.clone()));
        compiled.fallen.extend(filters.broken.into_iter().map(|fault| fault.so(&consequence)));
        compiled.unresolved.extend(filters.unresolved);
        backends.push(Backend {
            id: resolved.id,
            weight,
            index: n as u32,
            problem: unresolved.or(broken),
            request: filters.request,
            response: filters.response,
            rewrite: filters.rewrite,
            mirrors: filters.mirrors.into(),
            balance: Balance::Turns,
        });
    }
    backends
}

/// What a broken backend of this weight means for the requests of its rule.
fn consequence(weight: u64, total: u64) -> String {
    if weight == 0 {
        return ": it gets no requests, its weight is 0".to_owned();
    }
    if weight == total {
        return ": all requests of the rule answer 500".to_owned();
    }
    let percent = weight as f64 * 100.0 / total as f64;
    let percent = if percent < 1.0 { format!("{percent:.1}") } else { format!("{percent:.0}") };
    format!(": {percent} % of the rule's requests answer 500")
}

fn timeouts(spec: &HttpRule, place: &str) -> Result<Timeouts, Vec<Fault>> {
    let Some(timeouts) = &spec.timeouts else { return Ok(Timeouts::default()) };
    let mut faults = Vec::new();
    let mut read = |given: Option<&str>, member: &str| {
        limit(given, &format!("{place}.timeouts.{member}")).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    };
    let request = read(timeouts.request.as_deref(), "request");
    let backend = read(timeouts.backend_request.as_deref(), "backendRequest");
    if faults.is_empty() { Ok(Timeouts { request, backend, ..Timeouts::default() }) } else { Err(faults) }
}

/// A duration; zero is no limit.
fn limit(given: Option<&str>, field: &str) -> Result<Option<Duration>, Fault> {
    let Some(given) = given else { return Ok(None) };
    let duration = duration::parse(given)
        .map_err(|error| Fault::new("UnsupportedValue", error.to_string()).at(field))?;
    Ok((!duration.is_zero()).then_some(duration))
}

fn retry(spec: &HttpRetry, place: &str) -> Result<Retry, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut codes = Vec::new();
    for (n, code) in spec.codes.iter().enumerate() {
        match u16::try_from(*code) {
            Ok(code @ 400..=599) => codes.push(code),
            _ => faults.push(
                Fault::new("UnsupportedValue", format!("a status to retry is 400 to 599, not {code}"))
                    .at(format!("{place}.codes[{n}]")),
            ),
        }
    }
    let attempts = u32::try_from(spec.attempts).map_err(|_| {
        faults.push(
            Fault::new("UnsupportedValue", format!("attempts is 0 or more, not {}", spec.attempts))
                .at(format!("{place}.attempts")),
        );
    });
    let backoff =
        limit(spec.backoff.as_deref(), &format!("{place}.backoff")).map_err(|fault| faults.push(fault));
    match (attempts, backoff) {
        (Ok(attempts), Ok(backoff)) if faults.is_empty() => {
            Ok(Retry { attempts, codes: codes.into(), backoff, ..Retry::default() })
        }
        _ => Err(faults),
    }
}
