//! Another service decides whether a request goes on: nginx `auth_request`, as ingress-nginx writes it.

use std::sync::Arc;

use cutover::routing::*;

use crate::{
    build::*,
    client::*,
    http2::{block, get, open, send},
    upstream::*,
};

pub fn templates(given: &[(&str, &str)]) -> Box<[(Arc<str>, Template)]> {
    given.iter().map(|(name, value)| ((*name).into(), Template::parse(value))).collect()
}

fn external() -> ExternalAuth {
    ExternalAuth {
        url: Template::parse("http://auth.shop.svc.cluster.local/verify"),
        backend: Some(backend_id("auth")),
        target: Template::parse("/verify?of=$host"),
        host: Template::parse("auth.shop.svc.cluster.local"),
        method: None,
        request: templates(&[
            ("X-Original-URL", "$scheme://$http_host$request_uri"),
            ("X-Original-Method", "$request_method"),
            ("X-Sent-From", "nginx-ingress-controller"),
            ("X-Forwarded-Proto", ""),
            ("X-Real-IP", "$remote_addr"),
        ]),
        sign_in: None,
        passes: ["X-User".into(), "X-Group".into()].into(),
        always_sets_cookie: false,
        speech: Speech::Lasting,
    }
}

fn asked(external: ExternalAuth) -> Rule {
    let access = Access { external: Some(external), ..Access::default() };
    let policy = Policy { access, ..Policy::default() };
    Rule { policy: Some(Arc::new(policy)), ..rule(vec![backend("one", 1)]) }
}

/// The value of a header.
pub fn said<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    let lines = request.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Answers with the status that the client's `X-Verify` says, else 401.
fn verifier() -> (std::net::SocketAddr, Arc<Seen>) {
    answering(|request| {
        let status = said(request, "x-verify").unwrap_or("401");
        format!(
            "HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nX-User: alice\r\nSet-Cookie: s=1; Path=/\r\n\
             WWW-Authenticate: Bearer\r\n\r\n"
        )
    })
}

/// A backend that answers with the status that `X-Status` says.
pub fn obeying() -> (std::net::SocketAddr, Arc<Seen>) {
    answering(|request| {
        let status = said(request, "x-status").unwrap_or("200");
        format!("HTTP/1.1 {status} Said\r\nContent-Length: 3\r\nSet-Cookie: own=1\r\n\r\none")
    })
}

#[test]
fn two_hundreds_go_on_and_all_else_is_answered() {
    let (one, seen) = obeying();
    let (auth, questions) = verifier();
    let running = World::default()
        .endpoints("one", &[one])
        .endpoints("auth", &[auth])
        .rule("/", asked(external()))
        .serve();
    let cases = [
        ("200", 200, true, "yes"),
        ("204", 200, true, "yes without a word"),
        ("401", 401, false, "who is it?"),
        ("403", 403, false, "no"),
        ("302", 500, false, "neither"),
        ("500", 500, false, "it failed"),
    ];
    let mut client = connect(running.address);
    for (verify, status, goes_on, why) in cases {
        let (before, questions_before) = (seen.count(), questions.count());
        let text = format!(
            "POST /a?b=c HTTP/1.1\r\nHost: shop.example\r\nX-Verify: {verify}\r\nX-User: eve\r\nX-Group: root\r\n\
             X-Forwarded-Proto: https\r\nContent-Length: 5\r\n\r\nhello"
        );
        let answer = client.say(text).answer().expect(why);
        assert_eq!(answer.status, status, "{why}: {answer:?}");
        assert_eq!(
            (seen.count() - before, questions.count() - questions_before),
            (usize::from(goes_on), 1),
            "{why}"
        );
        assert_eq!(
            answer.header("www-authenticate").as_deref(),
            (status == 401).then_some("Bearer"),
            "{why}"
        );
        let cookies = goes_on.then_some("own=1, s=1; Path=/");
        assert_eq!(answer.header("set-cookie").as_deref(), cookies, "{why}");
    }
    let request = seen.last();
    assert!(request.contains("X-User: alice\r\n") && !request.contains("eve"), "{request}");
    assert!(!request.contains("X-Group"), "what it does not say is not the client's to say: {request}");
    assert!(request.ends_with("\r\n\r\nhello"), "{request}");
    assert_eq!(
        questions.last(),
        "GET /verify?of=shop.example HTTP/1.1\r\nhost: auth.shop.svc.cluster.local\r\nX-Verify: 500\r\n\
         X-User: eve\r\nX-Group: root\r\nX-Original-URL: http://shop.example/a?b=c\r\nX-Original-Method: POST\r\n\
         X-Sent-From: nginx-ingress-controller\r\nX-Real-IP: 127.0.0.1\r\n\r\n"
    );
    assert_eq!(questions.connections(), 1, "its connection is kept");
}

#[test]
fn cookies_come_with_good_answers_or_with_all() {
    let (one, _) = obeying();
    let (auth, _) = verifier();
    let running = World::default()
        .endpoints("one", &[one])
        .endpoints("auth", &[auth])
        .rule("/good", asked(external()))
        .rule("/all", asked(ExternalAuth { always_sets_cookie: true, ..external() }))
        .serve();
    let cases = [
        ("/good", "200", "404", "own=1", "not with a failure"),
        ("/good", "401", "200", "", "nor with a refusal"),
        ("/all", "200", "404", "own=1, s=1; Path=/", "with a failure"),
        ("/all", "401", "200", "s=1; Path=/", "with a refusal"),
    ];
    for (path, verify, status, cookies, why) in cases {
        let text =
            format!("GET {path} HTTP/1.1\r\nHost: a\r\nX-Verify: {verify}\r\nX-Status: {status}\r\n\r\n");
        assert_eq!(ask(running.address, text).header("set-cookie").unwrap_or_default(), cookies, "{why}");
    }
}

#[test]
fn who_has_to_sign_in_is_sent_there_and_who_can_not_be_asked_lets_nobody_in() {
    let (one, seen) = obeying();
    let (auth, questions) = verifier();
    let to = Template::parse("https://login.example/start?rd=$scheme://$best_http_host$escaped_request_uri");
    let signs = ExternalAuth { sign_in: Some(to), method: Some("POST".into()), ..external() };
    let away = ExternalAuth { backend: Some(backend_id("away")), ..external() };
    let outside = ExternalAuth { backend: None, ..external() };
    let running = World::default()
        .endpoints("one", &[one])
        .endpoints("auth", &[auth])
        .endpoints("away", &[refusing()])
        .rule("/sign", asked(signs))
        .rule("/away", asked(away))
        .rule("/gone", asked(ExternalAuth { backend: Some(backend_id("gone")), ..external() }))
        .rule("/outside", asked(outside))
        .serve();
    let mut client = connect(running.address);
    let answer = client.get("/sign/b?c=d&e=f");
    assert_eq!(answer.status, 302);
    assert_eq!(
        answer.header("location").as_deref(),
        Some("https://login.example/start?rd=http://shop.example%2Fsign%2Fb%3Fc%3Dd%26e%3Df")
    );
    assert_eq!(answer.header("set-cookie").as_deref(), Some("s=1; Path=/"), "302 is a good answer");
    assert!(questions.last().starts_with("POST /verify"), "{}", questions.last());
    assert_eq!(client.get("/away").status, 500, "nobody listens");
    assert_eq!(client.get("/gone").status, 500, "no endpoint");
    assert_eq!(seen.count(), 0);
    assert_eq!(client.get("/outside").status, 200, "a service that is not here is not asked");
}

#[test]
fn http_2_is_decided_about_alike() {
    let (one, seen) = obeying();
    let (auth, _) = verifier();
    let running = World::default()
        .endpoints("one", &[one])
        .endpoints("auth", &[auth])
        .rule("/", asked(external()))
        .serve();
    block(async {
        let mut client = open(running.address).await;
        let got = send(&mut client, get("http://shop.example/a")).await;
        assert_eq!((got.status, seen.count()), (401, 0));
        assert_eq!(got.headers["www-authenticate"], "Bearer");
        let mut request = get("http://shop.example/a");
        request.headers_mut().insert("x-verify", "200".parse().unwrap());
        let got = send(&mut client, request).await;
        assert_eq!((got.status, got.body.as_str(), seen.count()), (200, "one", 1));
        let cookies: Vec<_> = got.headers.get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["own=1", "s=1; Path=/"]);
        assert!(seen.last().contains("X-User: alice\r\n"), "{}", seen.last());
    });
}
