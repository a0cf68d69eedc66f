//! What a pair of rules is asked beyond its path and conditions: whatever one of the two looks at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Reached, Witness, paths, values};
use crate::routing::{Action, Forwarded, Names, Part, Rule, Sources, Template, Variable};

/// Requests like this one that either rule may answer in another way.
pub(super) fn of(witness: &Witness, old: &Reached<'_>, new: &Reached<'_>) -> Vec<Witness> {
    let rules: Vec<&Rule> =
        [old, new].iter().filter_map(|reached| reached.candidate()).map(|one| &*one.rule).collect();
    let mut all = Vec::new();
    if rules.is_empty() {
        return all;
    }
    let with = |headers: &[(&str, &str)]| {
        let mut probe = witness.clone();
        for (name, value) in headers {
            probe.ask.headers.retain(|(other, _)| other != name);
            probe.ask.headers.push(((*name).to_owned(), (*value).to_owned()));
        }
        probe
    };
    if witness.ask.query.is_none() {
        let mut probe = witness.clone();
        probe.ask.query = Some("a=b".to_owned());
        all.push(probe);
    }
    let splits = rules.iter().filter_map(|rule| match &rule.action {
        Action::Forward(split) => Some(split),
        Action::Redirect(_) | Action::Answer(..) | Action::Return(_) => None,
    });
    let steers = splits.flat_map(|split| &*split.steers).map(|steer| &steer.when);
    all.extend(values::each(witness, steers).into_iter().skip(1));
    cors(witness, &rules, &with, &mut all);
    let policies = || rules.iter().filter_map(|rule| rule.policy.as_deref());
    if policies().any(|policy| policy.access.basic.is_some()) {
        all.push(with(&[("authorization", "Basic eDp4")]));
    }
    if policies().any(|policy| matches!(policy.forwarded, Forwarded::From { .. })) {
        all.push(with(&[("x-forwarded-proto", "https")]));
        all.push(with(&[("x-forwarded-proto", "http"), ("x-forwarded-host", "other.example")]));
    }
    if policies().any(|policy| policy.names != Names::All) {
        all.push(with(&[("x_under_score", "1")]));
        all.push(with(&[("x.dotted", "1")]));
    }
    let edits = rules.iter().any(|rule| !rule.request.is_empty());
    if edits || policies().next().is_some() {
        let names = named(&rules);
        let headers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "198.51.100.7")).collect();
        all.push(with(&headers));
    }
    for sources in policies().map(|policy| &policy.access.sources).filter(|sources| !sources.is_open()) {
        for client in clients(sources) {
            all.push(Witness { client: Some(client), ..witness.clone() });
        }
    }
    if rewrites(&rules) {
        let front = witness.ask.path.trim_end_matches('/');
        for more in ["/x%20y/z", "//x", "/x/../y"] {
            let mut probe = witness.clone();
            probe.ask.path = format!("{front}{more}");
            all.push(probe);
        }
        let mut probe = witness.clone();
        probe.ask.path = paths::encoded(&witness.ask.path);
        all.push(probe);
    }
    all
}

fn rewrites(rules: &[&Rule]) -> bool {
    rules.iter().any(|rule| match &rule.action {
        Action::Forward(split) => {
            rule.rewrite.is_some() || split.backends.iter().any(|backend| backend.rewrite.is_some())
        }
        Action::Redirect(_) | Action::Return(_) => true,
        Action::Answer(..) => false,
    })
}

fn cors(
    witness: &Witness,
    rules: &[&Rule],
    with: &impl Fn(&[(&str, &str)]) -> Witness,
    all: &mut Vec<Witness>,
) {
    let mut origins: Vec<String> = Vec::new();
    for rule in rules {
        let core = rule.cors.iter().flat_map(|cors| &*cors.origins);
        let policy = rule.policy.iter().filter_map(|policy| policy.origins.as_ref());
        for origin in core.chain(policy.flat_map(|origins| &*origins.allowed)) {
            let star = origin.replacen('*', "any", 1);
            let whole = if &**origin == "*" { "https://any.example".to_owned() } else { star };
            if !origins.contains(&whole) {
                origins.push(whole);
            }
        }
    }
    if origins.is_empty() {
        return;
    }
    origins.push("https://stranger.invalid".to_owned());
    let options = |mut probe: Witness| {
        "OPTIONS".clone_into(&mut probe.ask.method);
        probe
    };
    all.push(options(witness.clone()));
    for origin in &origins {
        all.push(with(&[("origin", origin)]));
        all.push(options(with(&[("origin", origin)])));
        all.push(options(with(&[("origin", origin), ("access-control-request-method", "GET")])));
        all.push(options(with(&[
            ("origin", origin),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "x-a"),
        ])));
    }
}

/// Headers that one of the rules sends itself, or reads.
fn named(rules: &[&Rule]) -> Vec<String> {
    let mut names: Vec<String> = vec!["x-forwarded-for".to_owned()];
    let mut add = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let meant =
            !matches!(lower.as_str(), "host" | "cookie" | "authorization" | "origin" | "content-length");
        if meant && !crate::routing::HeaderEdits::is_fixed(&lower) && !names.contains(&lower) {
            names.push(lower);
        }
    };
    for rule in rules {
        let edits = &rule.request;
        edits.remove.iter().for_each(|name| add(name));
        edits.set.iter().chain(&*edits.add).for_each(|(name, _)| add(name));
        let Some(policy) = &rule.policy else { continue };
        for (name, template) in &policy.request {
            add(name);
            read(template).for_each(&mut add);
        }
    }
    names
}

fn read(template: &Template) -> impl Iterator<Item = &str> {
    template.parts().iter().filter_map(|part| match part {
        Part::Variable(Variable::Header(name)) => Some(&**name),
        Part::Variable(_) | Part::Text(_) => None,
    })
}

/// Addresses at the borders of ranges.
fn clients(sources: &Sources) -> Vec<IpAddr> {
    let mut all = vec![IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))];
    for net in sources.deny.iter().chain(&*sources.allow) {
        let (first, last) = (net.network(), net.broadcast());
        let near = [Some(first), Some(last), before(first), after(last)];
        for address in near.into_iter().flatten() {
            if all.len() < 64 && !all.contains(&address) {
                all.push(address);
            }
        }
    }
    all
}

fn before(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(it) => u32::from(it).checked_sub(1).map(|it| IpAddr::V4(Ipv4Addr::from(it))),
        IpAddr::V6(it) => u128::from(it).checked_sub(1).map(|it| IpAddr::V6(Ipv6Addr::from(it))),
    }
}

fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(it) => u32::from(it).checked_add(1).map(|it| IpAddr::V4(Ipv4Addr::from(it))),
        IpAddr::V6(it) => u128::from(it).checked_add(1).map(|it| IpAddr::V6(Ipv6Addr::from(it))),
    }
}
