//! Redirects to where the client already is.

use std::collections::BTreeMap;

use super::Found;
use crate::{
    dialect::gateway::{Compiled, fault::Fault},
    resource::{Key, Kind, Severity},
    routing::{
        Action, Candidate, HostPattern, Listener, PathMatch, PathRewrite, Port, PortProtocol, Redirect,
        RuleId,
    },
};

pub(super) fn all(compiled: &Compiled, found: &mut Found<'_>) {
    let mut loops: BTreeMap<&RuleId, (Vec<String>, String)> = BTreeMap::new();
    for port in compiled.table.ports.values() {
        for listener in &port.listeners {
            for host in listener.hosts.iter() {
                for candidate in host.iter() {
                    let Action::Redirect(redirect) = &candidate.rule.action else { continue };
                    let Some(url) = returns(port, listener, &host.pattern, candidate, redirect) else {
                        continue;
                    };
                    let place = format!("listener {} of {}", listener.id.name, port.key.entry);
                    let (places, _) = loops.entry(&candidate.rule.id).or_insert((Vec::new(), url));
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
            }
        }
    }
    for (rule, (mut places, url)) in loops {
        places.sort_unstable();
        let route = Key::new(Kind::HttpRoute, rule.route.namespace.clone(), rule.route.name.clone());
        let message = format!(
            "rule {}: on {} the redirect leads to the very URL that was asked for ({url}): clients go round for ever",
            rule.index + 1,
            places.join(", ")
        );
        found.add(
            &route,
            &Fault::note(Severity::Error, "redirect-loop", message)
                .cure("attach the redirect to the HTTP listener alone: a route of its own with sectionName")
                .at(format!("spec.rules[{}].filters", rule.index)),
        );
    }
}

/// The URL that leads to itself, of those that the match takes.
fn returns(
    port: &Port,
    listener: &Listener,
    host: &HostPattern,
    candidate: &Candidate,
    redirect: &Redirect,
) -> Option<String> {
    let host = narrower(&listener.hostname, host);
    // A redirect to one host leads back only from that host.
    let host = match &redirect.host {
        Some(to) if host.takes(crate::routing::Host(to)) => to.to_string(),
        Some(_) => return None,
        None => match host {
            HostPattern::Exact(name) => name.to_string(),
            HostPattern::Under(name) | HostPattern::OneLabel(name) => format!("a.{name}"),
            HostPattern::Any => "a.example".to_owned(),
        },
    };
    let (scheme, usual) = match port.protocol {
        PortProtocol::Http => ("http", 80),
        PortProtocol::Https => ("https", 443),
    };
    let number = port.key.port;
    let path = path(candidate, redirect)?;
    let shown = if number == usual { String::new() } else { format!(":{number}") };
    let asked = format!("{scheme}://{host}{shown}{path}");
    let location = redirect.location(scheme, &host, number, &path, None, &candidate.path);
    (location == asked).then_some(asked)
}

fn narrower<'a>(listener: &'a HostPattern, route: &'a HostPattern) -> &'a HostPattern {
    listener.intersection(route).unwrap_or(route)
}

/// A path that the match takes, and that the redirect would give back if any.
fn path(candidate: &Candidate, redirect: &Redirect) -> Option<String> {
    match (&redirect.path, &candidate.path) {
        (Some(PathRewrite::Full(to)), matched) => matched.takes(to).then(|| to.to_string()),
        (_, PathMatch::Exact(path) | PathMatch::RawPrefix(path)) => Some(path.to_string()),
        (_, PathMatch::Prefix(prefix)) => Some(format!("{prefix}/x")),
        (None, PathMatch::Pattern(pattern)) => ["/", "/x"]
            .into_iter()
            .find(|path| pattern.regex.is_match(path))
            .or(Some("/…"))
            .map(str::to_owned),
        (Some(PathRewrite::Prefix(_) | PathRewrite::Captures(_)), PathMatch::Pattern(_)) => None,
    }
}
