use super::{answer::Seen, *};
use crate::{
    rehearsal::StandInView,
    resource::{Key, Kind},
    routing::way,
    source::{Input, Manifests},
    tui::facts::explain::{Form, with_endpoints},
    world::World,
};

const SHOP: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: any
  listeners: [{name: web, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [app.example]
  rules:
  - matches: [{path: {value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]
  - matches: [{path: {value: /api}}]
    filters:
    - {type: URLRewrite, urlRewrite: {hostname: inner.example, path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}
    - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-Set, value: '1'}], remove: [x-gone]}}
    - {type: ResponseHeaderModifier, responseHeaderModifier: {add: [{name: X-Answer, value: '2'}]}}
    backendRefs: [{name: stable, port: 80, weight: 9}, {name: canary, port: 80, weight: 1}]
  - matches: [{path: {value: /timed}}]
    timeouts: {request: 2s}
    retry: {attempts: 5, codes: [503]}
    backendRefs: [{name: canary, port: 80}]
  - matches: [{path: {value: /own}}]
    backendRefs: [{name: own, port: 80}]
  - matches: [{path: {value: /empty}}]
    backendRefs: [{name: empty, port: 80}]
  - matches: [{path: {value: /half}}]
    backendRefs: [{name: stable, port: 80}, {kind: Nothing, name: gone, port: 80}]
";

fn prediction(words: &str, fault: Fault) -> Prediction {
    let (_, loaded) = Manifests::open(&[Input::BuiltIn { name: "shop.yaml", text: SHOP }]).unwrap();
    let given = World::of(loaded.objects);
    let world = given.apply(&crate::world::assume(&given, None));
    let compiled = crate::dialect::gateway::compile(&world);
    let stand_ins: Vec<StandInView> = world
        .list(&Kind::Service)
        .map(|service| StandInView {
            backend: std::sync::Arc::new(crate::routing::BackendId {
                service: crate::routing::Origin {
                    kind: "Service".into(),
                    namespace: service.key.namespace.clone(),
                    name: service.key.name.clone(),
                },
                port: 80,
            }),
            backing: match &*service.key.name {
                "own" => Backing::Own(([127, 0, 0, 1], 3000).into()),
                "empty" => Backing::NoEndpoint,
                _ => Backing::StandIn(([127, 0, 0, 1], 4000).into()),
            },
            assumed: true,
            fault: if &*service.key.name == "canary" { fault } else { Fault::default() },
            answers: 0,
        })
        .collect();
    assert!(world.get(&Key::new(Kind::Service, "shop", "canary")).is_some());
    let words: Vec<&str> = words.split_whitespace().collect();
    let ask = Form::of_words(&words).unwrap().read().unwrap().ask();
    let backends = Backends { world: &world, stand_ins: &stand_ins };
    let found = with_endpoints(way(&compiled.table, &ask), backends);
    Prediction::of(ask, found, backends)
}

fn headers(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What `/api` answers when all is well.
fn good() -> Answer {
    let seen = Seen {
        service: ("shop".into(), "canary".into(), 80),
        target: "/v1?q=1".into(),
        host: "inner.example".into(),
        headers: vec![("X-Set".into(), vec!["1".into()]), ("x-mine".into(), vec!["m".into()])],
    };
    Answer {
        status: 200,
        headers: headers(&[("X-Answer", "2")]),
        bodiless: false,
        seen: Some(seen),
        by: Some(By::Backend("shop".into(), "canary".into(), 80)),
    }
}

fn own(status: u16, why: &str) -> Answer {
    let by = Some(By::Gateway(Some(why.to_owned())));
    Answer { status, headers: Vec::new(), bodiless: false, seen: None, by }
}

fn seen(change: impl FnOnce(&mut Seen)) -> Answer {
    let mut answer = good();
    answer.seen.as_mut().map(change).unwrap();
    answer
}

/// A rule that waits 2 s, and tries five times more.
const TIMED: &str = "GET http://app.example/timed";

const API: &str = "GET http://app.example/api/v1?q=1 X-Gone:1 X-Mine:m";

#[test]
fn what_comes_as_predicted_is_that_and_what_does_not_is_shouted() {
    let cases: &[(Answer, &[&str], &str)] = &[
        (good(), &[], "all as predicted"),
        (seen(|seen| seen.target = "/api/v1?q=1".into()), &["path"], "the rewrite was not made"),
        (seen(|seen| seen.host = "app.example:80".into()), &["host"], "nor that of the host"),
        (seen(|seen| seen.service.1 = "other".into()), &["backend"], "somebody else"),
        (seen(|seen| seen.headers.clear()), &["header X-Set", "header x-mine"], "headers are missing"),
        (seen(|seen| seen.headers[0].1[0] = "9".into()), &["header X-Set"], "another value"),
        (
            seen(|seen| seen.headers.push(("X-GONE".into(), vec!["1".into()]))),
            &["header x-gone"],
            "one that was to be removed",
        ),
        (Answer { headers: Vec::new(), ..good() }, &["answer's header X-Answer"], "the answer's header"),
        (Answer { status: 500, ..good() }, &["status"], "a status that nobody was told to give"),
        (own(502, "the backend takes no connection"), &["answer"], "no backend answered"),
        (own(404, "no route takes this request"), &["answer"], "no rule took it"),
    ];
    let prediction = prediction(API, Fault::default());
    assert_eq!(prediction.words(), "shop/stable:80 90 % or shop/canary:80 10 %");
    for (answer, differs, why) in cases {
        let compared = prediction.compare(answer);
        let found: Vec<_> = compared.differences().map(|point| point.what.as_str()).collect();
        assert_eq!(found, *differs, "{why}: {compared:#?}");
        let words = if differs.is_empty() { "as predicted" } else { "DIFFERS" };
        assert_eq!(compared.words(), words, "{why}");
    }
}

#[test]
fn what_a_stand_in_was_told_to_do_is_no_difference() {
    let code = Fault { share: 0.2, code: 503, ..Fault::default() };
    let down = Fault { down: true, ..Fault::default() };
    let slow = Fault { latency: std::time::Duration::from_secs(9), ..Fault::default() };
    let jitter = Fault { jitter: std::time::Duration::from_secs(9), ..Fault::default() };
    let dribbled = Fault { pace: std::num::NonZeroU64::new(10), ..Fault::default() };
    let cases = [
        (code, Answer { status: 503, ..good() }, Verdict::FaultTold, "its code"),
        (code, good(), Verdict::Same, "not this time"),
        (code, Answer { status: 500, ..good() }, Verdict::Differs, "another code"),
        (code, own(503, "the backend has no ready endpoint"), Verdict::Differs, "not by the gateway"),
        (down, own(502, "the backend takes no connection"), Verdict::FaultTold, "down"),
        (down, own(404, "no route"), Verdict::Differs, "404 has nothing to do with it"),
        (slow, own(504, "the backend did not answer in time"), Verdict::FaultTold, "slow"),
        (jitter, own(504, "the backend did not answer in time"), Verdict::FaultTold, "now and then slow"),
        (
            dribbled,
            own(504, "the backend did not answer in time"),
            Verdict::Differs,
            "its head comes at once",
        ),
        (Fault::default(), own(504, "the backend did not answer in time"), Verdict::Differs, "and not told"),
    ];
    for (fault, answer, verdict, why) in cases {
        let compared = prediction(API, fault).compare(&answer);
        assert_eq!(compared.verdict(), verdict, "{why}: {compared:#?}");
    }
}

#[test]
fn the_part_of_a_fault_that_explains_is_told_and_no_other() {
    let fault: Fault = "503 20% +9s±1s slow 10B/s".parse().unwrap();
    let late = "the backend did not answer in time";
    let cases = [
        (API, fault, Answer { status: 503, ..good() }, Some("told to fail: 503 20%")),
        (API, fault, own(504, late), Some("shop/canary is told to fail: +9s±1s")),
        (
            API,
            Fault { down: true, ..fault },
            own(502, "no connection"),
            Some("shop/canary is told to fail: down"),
        ),
        (TIMED, fault, own(504, late), Some("shop/canary is told to fail: +9s±1s")),
        (TIMED, "+50ms".parse().unwrap(), own(504, late), None),
        (TIMED, "+400ms".parse().unwrap(), own(504, late), Some("shop/canary is told to fail: +400ms")),
    ];
    for (words, fault, answer, told) in cases {
        let compared = prediction(words, fault).compare(&answer);
        let point = compared.points.iter().find(|point| point.verdict == Verdict::FaultTold);
        assert_eq!(point.map(|point| point.predicted.as_str()), told, "{words} {fault}: {compared:#?}");
    }
}

#[test]
fn no_answer_is_explained_by_a_fault_that_is_slow_enough() {
    let address = ([127, 0, 0, 1], 80).into();
    let within = Duration::from_secs(15);
    let late = || Unanswered::Late(address, within);
    let broken = || Unanswered::Broken(address, "the body ended early".into());
    let cases = [
        (API, "off", late(), None, "nobody was told"),
        (API, "503 20% +20s", late(), Some("+20s"), "later than is waited for"),
        (API, "+10s±6s", late(), Some("+10s±6s"), "now and then"),
        (API, "+50ms slow 100kB/s", late(), None, "slow, but not so slow"),
        (API, "slow 10B/s", late(), Some("slow 10B/s"), "a body that takes its time"),
        (TIMED, "slow 1kB/s", broken(), Some("slow 1kB/s"), "the gateway breaks it off at its deadline"),
        (TIMED, "slow 100kB/s", broken(), None, "in time"),
        (TIMED, "+20s", broken(), None, "a late head is answered with 504"),
        (API, "slow 10B/s", broken(), None, "there is no deadline"),
        (API, "+20s", Unanswered::Refused(address, "refused".into()), None, "the gateway itself is away"),
    ];
    for (words, fault, answer, told, why) in cases {
        let prediction = prediction(words, fault.parse().unwrap());
        let expected = match told {
            Some(told) => (Verdict::FaultTold, format!("shop/canary is told to be slow: {told}")),
            None => (Verdict::Differs, String::new()),
        };
        assert_eq!(prediction.silence(&answer, within), expected, "{fault}: {why}");
    }
    let nobody = Unanswered::NoListener("nobody".into());
    let away = prediction("GET http://app.example:81/", Fault::default());
    assert_eq!(away.silence(&nobody, within).0, Verdict::Same, "predicted");
    assert_eq!(prediction(API, Fault::default()).silence(&nobody, within).0, Verdict::Differs);
}

#[test]
fn answers_of_the_gateway_are_compared_with_status_and_location() {
    let off = Fault::default();
    let redirect = |location: &str| Answer { headers: headers(&[("location", location)]), ..own(301, "") };
    let to = "https://app.example/old/x";
    let cases = [
        ("GET http://app.example/old/x", redirect(to), Verdict::Same, "a redirect"),
        ("GET http://app.example/old/x", redirect("https://b/"), Verdict::Differs, "another place"),
        ("GET http://app.example/old/x", good(), Verdict::Differs, "a backend answered"),
        ("GET http://app.example/none", own(404, "no route takes this request"), Verdict::Same, "no rule"),
        ("GET http://app.example:81/", own(404, ""), Verdict::Differs, "nobody should listen"),
        ("GET http://app.example/empty", own(503, "no ready endpoint"), Verdict::Same, "no endpoint"),
        ("GET http://app.example/half", own(500, "kind Nothing"), Verdict::Same, "the broken half"),
        ("GET http://app.example/half", own(503, ""), Verdict::Differs, "another status"),
    ];
    for (words, answer, verdict, why) in cases {
        let compared = prediction(words, off).compare(&answer);
        assert_eq!(compared.verdict(), verdict, "{why}: {compared:#?}");
    }
    assert_eq!(prediction("GET http://app.example/old/x", off).words(), format!("301 to {to}"));
    assert_eq!(
        prediction("GET http://app.example/half", off).words(),
        "shop/stable:80 50 % or 500 for shop/gone:80 50 %"
    );
}

#[test]
fn what_can_not_be_known_is_said_as_that() {
    let off = Fault::default();
    let by = |name: &str| Some(By::Backend("shop".into(), name.into(), 80));
    let own_program = Answer { status: 418, seen: None, by: by("own"), ..good() };
    let compared = prediction("GET http://app.example/own", off).compare(&own_program);
    assert_eq!(compared.verdict(), Verdict::Same, "the right backend: {compared:#?}");
    assert_eq!(
        compared.unknown,
        ["shop/own:80 is a program of your own", "the request as the backend saw it"]
    );
    let head = Answer { seen: None, bodiless: true, by: by("stable"), ..good() };
    let compared = prediction(&API.replace("GET", "HEAD"), off).compare(&head);
    assert_eq!(
        (compared.verdict(), &*compared.unknown[0]),
        (Verdict::Same, "the request as the backend saw it")
    );
    let silent = Answer { seen: None, bodiless: true, by: None, ..good() };
    let compared = prediction(&API.replace("GET", "HEAD"), off).compare(&silent);
    assert_eq!(compared.unknown, ["which backend answered, and what it saw"]);
}
