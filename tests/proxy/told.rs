//! What an explanation tells of a rule's policy, against what the proxy does.

use std::sync::Arc;

use cutover::routing::*;

use crate::{build::*, client::*, policy::*, upstream::*};

/// What is told of a request: status and `Location` of the proxy's own answer, or what the backend gets.
fn told(table: &Table, path: &str, headers: &[(&str, &str)], method: &str) -> (Explanation, Option<Sent>) {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (path, None),
    };
    let ask = Ask {
        side: Side::New,
        gateway: None,
        method: method.into(),
        scheme: "http".into(),
        host: "Shop.Example:80".into(),
        port: 80,
        path: path.into(),
        query,
        headers: headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), (*value).into())).collect(),
    };
    let explanation = explain(table, &ask);
    let sent = explanation.executed.as_ref().map(|executed| executed.sent(&ask)).unwrap_or_default();
    let sent = sent.into_iter().find(|sent| sent.share > 0.0);
    (explanation, sent)
}

/// Rules of all kinds, each under a path of its own.
fn all_kinds() -> Vec<(&'static str, Rule)> {
    let users = Users::parse("anna:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
    let basic = Some(BasicAuth { realm: "x".into(), users: Arc::new(users) });
    let origins = Origins { allowed: ["*".into()].into(), methods: "GET".into(), ..Origins::default() };
    let believed = Forwarded::From {
        header: "x-forwarded-for".into(),
        peers: ["0.0.0.0/0".parse().unwrap()].into(),
        all: true,
    };
    let allow = Sources { allow: ["203.0.113.0/24".parse().unwrap()].into(), ..Sources::default() };
    let to = Some(ToHttps { status: 308, keeps_slash: false, port: None, nameless: false });
    let captures = |text: &str, rule: Rule| Rule {
        rewrite: Some(Rewrite { host: None, path: Some(PathRewrite::Captures(text.into())) }),
        ..rule
    };
    let usual = || Policy { request: usual(), names: Names::Plain { underscores: false }, ..html() };
    let mut edited = guarded(usual());
    edited.request = edits(&["x-scheme"], &[("X-Real-IP", "edited")], &[("X-Scheme", "added")]);
    let mut steered = guarded(usual());
    let when = FieldMatch { field: Field::Cookie, name: "canary".into(), value: ValueMatch::exact("always") };
    let none = Backend { index: 1, problem: Some(Why::NoBackends), ..backend("none", 0) };
    steered.action =
        Action::Forward(Split::new(vec![backend("one", 1), none]).steered([Steer { when, to: 1 }]));
    vec![
        ("/usual/(.*)", guarded(usual())),
        ("/edited", edited),
        ("/steered", steered),
        ("/rewritten/(.*)", captures("/new/$1", guarded(usual()))),
        ("/empty(.*)", captures("$1", guarded(usual()))),
        ("/https", guarded(Policy { https: to.clone(), ..html() })),
        ("/edge", guarded(Policy { https: to, forwarded: believed.clone(), ..usual() })),
        ("/basic", guarded(Policy { access: Access { basic, ..Access::default() }, ..html() })),
        (
            "/listed",
            guarded(Policy {
                forwarded: believed,
                access: Access { sources: allow, ..Access::default() },
                ..html()
            }),
        ),
        ("/origins", guarded(Policy { origins: Some(origins), ..html() })),
        ("/text", returning(200, None, Some("a $host"), html())),
        ("/moved", returning(302, Some("/elsewhere$is_args$args"), None, html())),
        ("/gone", returning(410, None, None, html())),
    ]
}

#[test]
fn what_is_told_of_a_policy_is_what_is_done() {
    let (endpoint, seen) = named("one");
    let mut world = World::default().endpoints("one", &[endpoint]);
    let kinds = all_kinds();
    for (pattern, rule) in &kinds {
        let path = PathMatch::Pattern(Arc::new(PathPattern::start(pattern).unwrap()));
        world.rules.push((None, path, Arc::new(rule.clone())));
    }
    let table = world.snapshot().table;
    let running = world.serve();
    let headers: [&[(&str, &str)]; 8] = [
        &[],
        &[
            ("X-Forwarded-For", "203.0.113.7"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "edge.example"),
        ],
        &[("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-Port", "8443"), ("X_Under", "1")],
        &[("Authorization", "Basic YW5uYTpzZWNyZXQ=")],
        &[("Authorization", "Basic YW5uYTp3cm9uZw==")],
        &[("Origin", "https://a.example"), ("Access-Control-Request-Method", "GET")],
        &[("Cookie", "a=b; canary=always"), ("X-Request-ID", "mine")],
        &[("X-Real-IP", "evil"), ("X-Scheme", "evil"), ("Proxy", "evil")],
    ];
    let mut forwarded = 0;
    for (pattern, _) in &kinds {
        let base = pattern.trim_end_matches("(.*)").trim_end_matches('/');
        for more in headers {
            for (method, path) in [
                ("GET", base.to_owned()),
                ("GET", format!("{base}/a%20b//c?x=1")),
                ("OPTIONS", format!("{base}/")),
            ] {
                let (explanation, sent) = told(&table, &path, more, method);
                let mut text = format!("{method} {path} HTTP/1.1\r\nHost: Shop.Example:80\r\n");
                for (name, value) in more {
                    text += &format!("{name}: {value}\r\n");
                }
                let before = seen.count();
                let answer = ask(running.address, text + "\r\n");
                let case = format!("{method} {path} {more:?}: {explanation:#?}");
                let came = seen.count() > before;
                if explanation.conditions.iter().any(|it| it.contains("assumed")) {
                    continue;
                }
                assert_eq!(
                    came,
                    explanation.outcome == Outcome::Forward && explanation.status.is_none(),
                    "{case}"
                );
                if !came {
                    assert_eq!(Some(answer.status), explanation.status, "{case}");
                    assert_eq!(answer.header("location"), explanation.location, "{case}");
                    continue;
                }
                forwarded += 1;
                let (sent, last) = (sent.expect(&case), seen.last());
                assert!(
                    last.starts_with(&format!("{method} {} HTTP/1.1\r\n", sent.target)),
                    "{case}: {last}"
                );
                assert!(last.contains(&format!("\r\nhost: {}\r\n", sent.host)), "{case}: {last}");
                for (name, value) in &sent.request.put {
                    let value = value.replace("<client address>", "127.0.0.1");
                    if value != "<random>" {
                        assert!(
                            last.contains(&format!("\r\n{name}: {value}\r\n")),
                            "{name}: {value} {case}: {last}"
                        );
                    }
                }
                for name in &sent.request.dropped {
                    let put =
                        sent.request.put.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).count();
                    let lines = last.lines().filter_map(|line| line.split_once(':'));
                    let came = lines.filter(|(other, _)| other.eq_ignore_ascii_case(name)).count();
                    assert_eq!(came, put, "{name} {case}: {last}");
                }
                for (name, value) in &sent.answer.put {
                    assert_eq!(answer.header(name).as_ref(), Some(value), "{case}");
                }
            }
        }
    }
    assert!(forwarded > 100, "{forwarded}");
}
