//! What is done with a request that a rule took, told from the rule.

use std::sync::Arc;

use super::{
    Ask, Asked, BackendShare, Executed, Explanation, HostTried, Outcome, Sent, named, near,
    policy::{self, Described},
    refused,
};
use crate::routing::{
    Action, Backend, Candidate, Early, Edited, Host, Listener, Request as _, Rule, Split, VirtualHost, Why,
    sent,
};

/// What a rule does with the request that it took.
pub(super) fn matched(
    ask: &Ask,
    asked_host: Host<'_>,
    listener: &Listener,
    host: &VirtualHost,
    candidate: &Candidate,
) -> Explanation {
    let rule = &candidate.rule;
    let executed = Executed { rule: Arc::clone(rule), path: candidate.path.clone() };
    let mut explanation = Explanation {
        gateway: Some((*listener.id.port.entry).clone()),
        listener: Some(named(listener)),
        route: Some((*rule.id.route).clone()),
        hostname: Some(host.pattern.to_string()),
        rule: Some((rule.id.index, rule.id.name.as_deref().map(str::to_owned))),
        matched: Some(near::wanted(candidate)),
        filters: rule.filters_shown.to_vec(),
        ..refused(None, String::new())
    };
    let described = Described::new(ask);
    let values = described.values();
    values.found(rule.policy.as_deref(), &candidate.path);
    if let Some(policy) = &rule.policy {
        explanation.conditions = policy::conditions(rule, policy, &values);
        explanation.not_executed = policy.not_executed.iter().map(ToString::to_string).collect();
    }
    if is_preflight(rule, ask) {
        explanation.outcome = Outcome::Forward;
        explanation.status = Some(204);
        explanation.reason = Some("a CORS preflight is answered by the gateway".to_owned());
        explanation.executed = Some(executed);
        return explanation;
    }
    let guards = rule.policy.as_ref().filter(|_| rule.action.is_guarded());
    if let Some(Early::ToHttps(status, location)) = guards.and_then(|policy| policy.to_https(&values)) {
        explanation.outcome = Outcome::Redirect;
        explanation.status = Some(status);
        explanation.location = Some(location);
        explanation.reason = None;
        explanation.executed = Some(executed);
        return explanation;
    }
    match &rule.action {
        Action::Forward(split) => {
            forward(&mut explanation, ask, &executed, split);
            let refused = rule.policy.as_ref().and_then(|policy| policy::refused(policy, &values));
            if let Some((status, reason)) =
                refused.filter(|_| explanation.outcome == Outcome::Forward && explanation.status.is_none())
            {
                explanation.outcome = Outcome::Refuse;
                explanation.status = Some(status);
                explanation.reason = Some(reason);
            }
        }
        Action::Redirect(redirect) => {
            explanation.outcome = Outcome::Redirect;
            explanation.status = Some(redirect.status);
            explanation.reason = None;
            let (port, query) = (listener.id.port.port, ask.query.as_deref());
            let location =
                redirect.location(&ask.scheme, asked_host.0, port, &ask.path, query, &candidate.path);
            explanation.location = Some(location);
        }
        Action::Return(say) => {
            explanation.location = say.location_for(&values);
            explanation.outcome = match say.status {
                ..300 => Outcome::Forward,
                300..400 if explanation.location.is_some() => Outcome::Redirect,
                _ => Outcome::Refuse,
            };
            explanation.status = Some(say.status);
            explanation.reason = Some(say.why.to_string());
        }
        Action::Answer(status, why) => {
            let refused = guards.and_then(|policy| policy::refused(policy, &values));
            let (status, reason) = refused.unwrap_or_else(|| (*status, why.to_string()));
            explanation.status = Some(status);
            explanation.reason = Some(reason);
        }
    }
    explanation.executed = Some(executed);
    explanation
}

/// The hosts that were asked for a match, in their order; the last one had it when a rule was found.
pub(super) fn tried(listener: &Listener, host: Host<'_>, taken: Option<&VirtualHost>) -> Vec<HostTried> {
    let most = match listener.host_policy {
        crate::routing::HostPolicy::Cascade => usize::MAX,
        crate::routing::HostPolicy::BestOnly => 1,
    };
    let mut tried = Vec::new();
    for virtual_host in listener.hosts.taking(host).take(most) {
        let is_taken = taken.is_some_and(|taken| std::ptr::eq(taken, virtual_host));
        tried.push(HostTried { hostname: virtual_host.pattern.to_string(), taken: is_taken });
        if is_taken {
            break;
        }
    }
    tried
}

/// The Fetch standard, CORS-preflight request.
fn is_preflight(rule: &Rule, ask: &Ask) -> bool {
    let request = Asked(ask);
    let has = |name| request.header(name).is_some();
    let by_policy = rule.policy.as_ref().is_some_and(|policy| policy.preflight(&request));
    by_policy
        || rule.cors.is_some()
            && ask.method == "OPTIONS"
            && has("origin")
            && has("access-control-request-method")
}

/// A backend's share of requests like this one: what steers goes before the weights.
fn share(split: &Split, backend: &Backend, steered: Option<&Backend>) -> f64 {
    match steered {
        Some(steered) if std::ptr::eq(steered, backend) => 1.0,
        Some(_) => 0.0,
        None => split.share(backend),
    }
}

fn forward(explanation: &mut Explanation, ask: &Ask, executed: &Executed, split: &Split) {
    let steered = split.steer(&Asked(ask)).map(|(backend, _)| backend);
    let share = |backend: &Backend| share(split, backend, steered);
    explanation.backends = split
        .backends
        .iter()
        .map(|backend| BackendShare {
            backend: backend.id.service.clone(),
            port: backend.id.port,
            weight: backend.weight,
            share: share(backend),
            problem: backend.problem.as_ref().map(Why::to_string),
        })
        .collect();
    if steered.is_none() && split.total() == 0 {
        let why = if split.backends.is_empty() { Why::NoBackends } else { Why::NoWeight };
        explanation.status = Some(500);
        explanation.reason = Some(why.to_string());
        return;
    }
    let weighted = || split.backends.iter().filter(|backend| share(backend) > 0.0);
    let broken: f64 = weighted().filter(|backend| backend.problem.is_some()).map(share).sum();
    let problem = weighted().find_map(|backend| backend.problem.as_ref());
    if weighted().all(|backend| backend.problem.is_some()) {
        explanation.status = Some(500);
        explanation.reason = problem.map(Why::to_string);
        return;
    }
    explanation.outcome = Outcome::Forward;
    explanation.reason =
        problem.map(|why| format!("{} % of the requests are answered with 500: {why}", percent(broken)));
    // A rewrite of a backendRef goes over the rule's; shown when all requests get the same.
    let sent = executed.sent(ask);
    let mut weighted = sent.iter().filter(|sent| sent.share > 0.0);
    let first = weighted.next();
    if sent.iter().any(|sent| sent.share > 0.0 && sent.path.is_empty() && !ask.path.is_empty()) {
        explanation.outcome = Outcome::Refuse;
        explanation.status = Some(500);
        explanation.reason = Some("the rewritten path is empty".to_owned());
        return;
    }
    let all = first.is_some_and(|first| weighted.all(|one| one.path == first.path && one.host == first.host));
    explanation.rewritten = Some(if let Some(sent) = first.filter(|_| all) {
        (sent.path.clone(), sent.host.clone())
    } else {
        let request = Edited::of_request(Some(&executed.rule), None);
        let host = sent::host(Some(&executed.rule), None, &request).unwrap_or(&ask.host);
        let (path, ..) = sent::target(Some(&executed.rule), None, &ask.path, None, &executed.path);
        (path.into_owned(), host.to_owned())
    });
}

impl Executed {
    /// What each backend would get, in the order written; nothing when the gateway answers by itself.
    pub fn sent(&self, ask: &Ask) -> Vec<Sent> {
        let rule = &*self.rule;
        let Action::Forward(split) = &rule.action else { return Vec::new() };
        let steered = split.steer(&Asked(ask)).map(|(backend, _)| backend);
        let described = Described::new(ask);
        let values = described.values();
        values.found(rule.policy.as_deref(), &self.path);
        let policy = rule.policy.as_deref();
        let one = |backend| {
            let request = policy::request(Edited::of_request(Some(rule), Some(backend)), policy, &values);
            let host = sent::host(Some(rule), Some(backend), &request).unwrap_or(&ask.host).to_owned();
            let query = ask.query.as_deref();
            let (path, between, query) =
                sent::target(Some(rule), Some(backend), &ask.path, query, &self.path);
            Sent {
                backend: Arc::clone(&backend.id),
                share: share(split, backend, steered),
                target: format!("{path}{between}{query}"),
                path: path.into_owned(),
                host,
                request,
                answer: policy::answer(Edited::of_answer(Some(rule), Some(backend)), policy, &values),
                problem: backend.problem.as_ref().map(Why::to_string),
            }
        };
        split.backends.iter().map(one).collect()
    }

    /// Header edits of an answer that the gateway makes itself, or of one whose backend does not matter.
    pub fn answer_edits(&self) -> Edited {
        Edited::of_answer(Some(&self.rule), None)
    }
}

/// At most one decimal.
fn percent(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
}
