//! What is told against what is executed, on random tables and requests.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::routing::{
    Candidate, Cors, HeaderEdits, HostPattern, Listener, PathRewrite, Redirect,
    find::tests::oracle::{entry, host, request},
    fixture::{Plain, backend, port_key},
};

/// Gateway, port, TLS, listeners with their hostnames and matches.
type Gateway = (&'static str, u16, bool, Vec<(&'static str, Vec<(HostPattern, Arc<Candidate>)>)>);

fn rewrite() -> impl Strategy<Value = Option<Rewrite>> {
    let path = prop::option::of(prop_oneof![
        Just(PathRewrite::Full("/full?own=1".into())),
        Just(PathRewrite::Prefix("/new/".into())),
        Just(PathRewrite::Prefix("".into())),
        Just(PathRewrite::Captures("/$1".into())),
    ]);
    let host = prop::option::of(prop::sample::select(vec!["inner.example", "no host"]));
    prop::option::of((path, host).prop_map(|(path, host)| Rewrite { host: host.map(Into::into), path }))
}

fn edits() -> impl Strategy<Value = HeaderEdits> {
    let name = || prop::sample::select(vec!["x", "y", "Host", "Connection", "bad name"]);
    let pair = || (name(), prop::sample::select(vec!["1", "b.example", "no\nvalue"]));
    let pairs = || prop::collection::vec(pair(), 0..2);
    (prop::collection::vec(name(), 0..2), pairs(), pairs()).prop_map(|(remove, set, add)| {
        let pairs = |given: Vec<(&str, &str)>| given.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        HeaderEdits { remove: remove.into_iter().map(Into::into).collect(), set: pairs(set), add: pairs(add) }
    })
}

fn action() -> impl Strategy<Value = Action> {
    let one =
        (prop::sample::select(vec!["a", "b", "c"]), 0..3_u32, prop::bool::weighted(0.3), rewrite(), edits());
    let forward = prop::collection::vec(one, 0..4).prop_map(|backends| {
        let made =
            backends.into_iter().enumerate().map(|(at, (name, weight, broken, rewrite, request))| Backend {
                index: at as u32,
                problem: broken.then(|| Why::BackendNotFound(format!("Service shop/{name}"))),
                rewrite,
                request,
                ..backend(name, weight)
            });
        Action::Forward(Split::new(made.collect::<Vec<_>>()))
    });
    let redirect = (prop::option::of(Just("https")), prop::option::of(Just(8443)), rewrite()).prop_map(
        |(scheme, port, rewrite)| {
            let path = rewrite.and_then(|rewrite| rewrite.path);
            Action::Redirect(Redirect { scheme: scheme.map(Into::into), host: None, port, path, status: 302 })
        },
    );
    prop_oneof![6 => forward, 2 => redirect, 1 => Just(Action::Answer(500, Why::Invalid("broken".into())))]
}

fn candidate() -> impl Strategy<Value = (HostPattern, Arc<Candidate>)> {
    (entry(), action(), rewrite(), edits(), prop::bool::weighted(0.2)).prop_map(
        |((host, candidate), action, rewrite, request, cors)| {
            let rule = Rule {
                action,
                rewrite,
                request,
                cors: cors.then(Cors::default),
                ..(*candidate.rule).clone()
            };
            (host, Arc::new(Candidate { rule: Arc::new(rule), ..(*candidate).clone() }))
        },
    )
}

fn gateway() -> impl Strategy<Value = Gateway> {
    let hostname = prop::sample::select(vec!["", "*.example", "a.example", "*.a.example", "b.example"]);
    let listener = (hostname, prop::collection::vec(candidate(), 0..8));
    (
        prop::sample::select(vec!["infra/a", "infra/b"]),
        prop::sample::select(vec![80_u16, 8080]),
        any::<bool>(),
        prop::collection::vec(listener, 0..4),
    )
}

fn built(gateways: &[Gateway]) -> Table {
    let mut table = Table::default();
    for (name, port, tls, listeners) in gateways {
        let key = port_key(name, *port);
        let listeners = listeners.iter().enumerate().map(|(at, (hostname, matches))| {
            let mut map = HostMap::default();
            for (host, candidate) in matches {
                map.add(host, vec![Arc::clone(candidate)]);
            }
            listener(&key, &format!("l{at}"), hostname, map)
        });
        let protocol = if *tls { PortProtocol::Https } else { PortProtocol::Http };
        table.ports.insert(key.clone(), Arc::new(Port::new(key.clone(), protocol, listeners)));
    }
    table
}

fn asked(host: &str, request: Plain, port: u16, scheme: &str, preflight: bool, gateway: Option<&str>) -> Ask {
    let mut headers = request.headers;
    if preflight {
        headers.push(("origin".into(), "https://a.example".into()));
        headers.push(("access-control-request-method".into(), "GET".into()));
    }
    Ask {
        side: Side::New,
        gateway: gateway.and_then(|path| path.split_once('/')).map(|(a, b)| (a.into(), b.into())),
        method: if preflight { "OPTIONS".into() } else { request.method },
        scheme: scheme.into(),
        host: host.into(),
        port,
        path: request.path,
        query: request.query,
        headers,
    }
}

/// All that may become of a request, as a proxy executes a Table; written down once more.
#[derive(Debug, Default, PartialEq)]
struct Done {
    /// Name of the listener.
    listener: Option<String>,
    /// Answers of the gateway itself.
    statuses: BTreeSet<u16>,
    location: Option<String>,
    /// Backend, target, host.
    sent: BTreeSet<(String, String, String)>,
}

fn execute(table: &Table, ask: &Ask) -> Done {
    let mut done = Done::default();
    let of = |port: &&Arc<Port>| {
        let scheme = if port.protocol == PortProtocol::Https { "https" } else { "http" };
        let entry = &port.key.entry;
        let named = ask.gateway.as_ref().is_some_and(|(a, b)| **a == *entry.namespace && **b == *entry.name);
        port.key.port == ask.port && scheme == ask.scheme && named
    };
    let Some(port) = table.ports.values().find(of) else { return done };
    let Ok(host) = Host::from_authority(&ask.host) else {
        done.statuses.insert(400);
        return done;
    };
    let request = Asked(ask);
    let (listener, candidate): (&Listener, &Candidate) = match find(port, Host(&host), &request) {
        Found::Match { listener, candidate, .. } => (listener, candidate),
        Found::NoRule(listener) => {
            done.listener = Some(listener.id.name.to_string());
            done.statuses.insert(404);
            return done;
        }
        Found::NoListener => {
            done.statuses.insert(404);
            return done;
        }
    };
    done.listener = Some(listener.id.name.to_string());
    let rule = &candidate.rule;
    let preflight = rule.cors.is_some()
        && ask.method == "OPTIONS"
        && request.header("origin").is_some()
        && request.header("access-control-request-method").is_some();
    match &rule.action {
        _ if preflight => drop(done.statuses.insert(204)),
        Action::Return(say) => drop(done.statuses.insert(say.status)),
        Action::Answer(status, _) => drop(done.statuses.insert(*status)),
        Action::Redirect(redirect) => {
            done.statuses.insert(redirect.status);
            let query = ask.query.as_deref();
            done.location =
                Some(redirect.location(&ask.scheme, &host, ask.port, &ask.path, query, &candidate.path));
        }
        Action::Forward(split) => {
            for random in 0..split.total().max(1) {
                match split.pick(random) {
                    Some(backend) if backend.problem.is_none() => {
                        let edited = crate::routing::Edited::of([&rule.request, &backend.request]);
                        let rewrites = || [&backend.rewrite, &rule.rewrite].into_iter().flatten();
                        let path = rewrites().find_map(|rewrite| rewrite.path.as_ref());
                        let path = path.filter(|_| ask.path != "*");
                        let path = path.map_or(ask.path.as_str().into(), |path| {
                            path.apply(&ask.path, &candidate.path).into_owned()
                        });
                        let target = match &ask.query {
                            Some(query) if path.contains('?') => format!("{path}&{query}"),
                            Some(query) => format!("{path}?{query}"),
                            None => path,
                        };
                        let host = rewrites().find_map(|rewrite| rewrite.host.as_deref());
                        let host = host.filter(|host| Host::from_authority(host).is_ok());
                        let host = host.or(edited.host.as_deref()).unwrap_or(&ask.host);
                        done.sent.insert((backend.id.service.to_string(), target, host.to_owned()));
                    }
                    Some(_) | None => drop(done.statuses.insert(500)),
                }
            }
        }
    }
    done
}

/// The same, as it is told.
fn told(explanation: &Explanation, ask: &Ask) -> Done {
    let mut done = Done {
        listener: explanation.listener.as_ref().map(|(name, _)| name.clone()),
        location: explanation.location.clone(),
        ..Done::default()
    };
    done.statuses.extend(explanation.status);
    if explanation.outcome == Outcome::Forward && explanation.status.is_none() {
        let sent = explanation.executed.as_ref().map(|executed| executed.sent(ask)).unwrap_or_default();
        for (share, sent) in explanation.backends.iter().zip(&sent) {
            assert_eq!((&share.backend, share.share), (&sent.backend.service, sent.share));
            match (share.share > 0.0, &share.problem) {
                (true, None) => {
                    done.sent.insert((share.backend.to_string(), sent.target.clone(), sent.host.clone()));
                }
                (true, Some(_)) => drop(done.statuses.insert(500)),
                (false, _) => {}
            }
        }
    }
    done
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn what_is_told_is_what_is_executed(
        gateways in prop::collection::vec(gateway(), 1..4),
        asks in prop::collection::vec(
            (prop_oneof![9 => host(), 1 => Just("A.Example:80".to_owned()), 1 => Just("a..b".to_owned())], request(),
             prop::sample::select(vec![80_u16, 8080]), prop::sample::select(vec!["http", "https"]),
             prop::bool::weighted(0.2)),
            1..8,
        ),
    ) {
        let table = built(&gateways);
        for (host, request, port, scheme, preflight) in asks {
            let mut each = Vec::new();
            for gateway in ["infra/a", "infra/b"] {
                let ask = asked(&host, request.clone(), port, scheme, preflight, Some(gateway));
                let explanation = explain(&table, &ask);
                let real = execute(&table, &ask);
                // A host that is none is told before anyone asks who listens.
                if real != Done::default() || explanation.status != Some(400) {
                    prop_assert_eq!(&told(&explanation, &ask), &real);
                }
                let nothing = Explanation { near_misses: Vec::new(), ..explanation.clone() };
                prop_assert_eq!(&way(&table, &ask), &nothing, "the way is the same without near misses");
                prop_assert_eq!(near_misses(&table, &ask), explanation.near_misses);
                prop_assert_eq!(
                    explanation.hosts.last().is_some_and(|last| last.taken), explanation.hostname.is_some());
                each.push(nothing);
            }
            let any = way(&table, &asked(&host, request, port, scheme, preflight, None));
            if any.gateways.len() == 2 && any.gateway.is_some() {
                let alone = |one: &Explanation| Explanation { gateways: any.gateways.clone(), ..one.clone() };
                prop_assert!(each.iter().any(|one| alone(one) == any), "one of the Gateways answers: {:?}", any);
            }
        }
    }
}
