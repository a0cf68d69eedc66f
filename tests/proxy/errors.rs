//! Pages of errors: another backend answers in place of who failed (ingress-nginx `custom-http-errors`).

use std::sync::Arc;

use cutover::routing::*;

use crate::{
    auth::{obeying, said, templates},
    build::*,
    client::*,
    http2::{block, get, open, send},
    upstream::*,
};

fn paged(codes: &[u16], of_backends: bool, from: Option<&str>, to: &str) -> Rule {
    let errors = ErrorPages {
        otherwise: 500,
        codes: codes.into(),
        backend: from.map(backend_id),
        request: templates(&[
            ("X-Format", "$http_accept"),
            ("X-Original-URI", "$request_uri"),
            ("X-Namespace", "shop"),
            ("X-Forwarded-For", "$remote_addr"),
        ]),
        of_backends,
        by_split: false,
        speech: Speech::Lasting,
        dress: Arc::default(),
    };
    let denied = Sources { deny: ["127.0.0.0/8".parse().unwrap()].into(), ..Sources::default() };
    let access =
        Access { sources: if to == "denied" { denied } else { Sources::default() }, ..Access::default() };
    let policy = Policy { errors: Some(errors), access, ..Policy::default() };
    Rule {
        policy: Some(Arc::new(policy)),
        response: edits(&[], &[("Strict-Transport-Security", "max-age=1")], &[]),
        ..rule(vec![backend(to, 1)])
    }
}

/// Gives pages: what it was asked, with the status of its own choice.
fn pages() -> (std::net::SocketAddr, Arc<Seen>) {
    answering(|request| {
        let body = request.split_once("\r\n\r\n").unwrap().1;
        let page = format!("page {} {body}", said(request, "x-code").unwrap());
        let length = if request.starts_with("HEAD") { 0 } else { page.len() };
        let page = if length == 0 { "" } else { &page };
        format!("HTTP/1.1 418 Tea\r\nContent-Length: {length}\r\n\r\n{page}")
    })
}

#[test]
fn a_page_comes_in_place_of_who_failed() {
    let (one, seen) = obeying();
    let (from, asked) = pages();
    let running = World::default()
        .endpoints("one", &[one])
        .endpoints("dead", &[refusing()])
        .endpoints("pages", &[from])
        .rule("/both", paged(&[404, 503], true, Some("pages"), "one"))
        .rule("/own", paged(&[404, 503, 502], false, Some("pages"), "one"))
        .rule("/dead", paged(&[502], true, Some("pages"), "dead"))
        .rule("/none", paged(&[503], true, Some("pages"), "nowhere"))
        .rule("/nobody", paged(&[404], true, None, "one"))
        .rule("/away", paged(&[404], true, Some("dead"), "one"))
        .serve();
    let page = |status| format!("page {status} ");
    let cases = [
        ("/both", "404", 418, page(404), "a backend's status"),
        ("/both", "503", 418, page(503), "another"),
        ("/both", "500", 500, "one".into(), "one that is not listed"),
        ("/both", "200", 200, "one".into(), "no failure"),
        ("/own", "404", 404, "one".into(), "a backend's is its own"),
        ("/dead", "", 418, page(502), "the proxy's"),
        ("/none", "", 418, page(503), "the proxy's, which asked nobody"),
    ];
    let mut client = connect(running.address);
    for (path, status, wanted, body, why) in cases {
        let text = format!(
            "GET {path}/a?b=c HTTP/1.1\r\nHost: shop.example\r\nX-Status: {status}\r\nX-Mine: 1\r\n\r\n"
        );
        let text = if status.is_empty() { text.replace("X-Status: \r\n", "") } else { text };
        let answer = client.say(text).answer().expect(why);
        assert_eq!((answer.status, &answer.body), (wanted, &body), "{why}");
        let plain = wanted != 418;
        assert_eq!(
            answer.header("strict-transport-security").is_some(),
            plain,
            "{why}: edits are not on pages"
        );
        assert_eq!(answer.header("set-cookie").is_some(), plain, "{why}: nothing is left of the failure");
    }
    assert_eq!(seen.count(), 5);
    assert_eq!(
        asked.last(),
        "GET /?b=c HTTP/1.1\r\nhost: shop.example\r\nX-Mine: 1\r\nX-Original-URI: /none/a?b=c\r\n\
         X-Namespace: shop\r\nX-Forwarded-For: 127.0.0.1\r\nx-code: 503\r\n\r\n"
    );
    for (path, status, why) in
        [("/nobody", 500, "nobody gives pages"), ("/away", 502, "who gives them is away")]
    {
        let answer = client.say(format!("GET {path} HTTP/1.1\r\nHost: a\r\nX-Status: 404\r\n\r\n")).answer();
        assert_eq!(answer.map(|answer| answer.status), Some(status), "{why}");
    }
}

#[test]
fn a_page_is_asked_for_with_method_and_body() {
    let (one, _) = obeying();
    let (from, asked) = pages();
    let running = World::default()
        .endpoints("one", &[one])
        .endpoints("pages", &[from])
        .rule("/", paged(&[404, 403], true, Some("pages"), "one"))
        .serve();
    let large = "x".repeat(100_000);
    let cases = [
        ("POST", "Content-Length: 5\r\n\r\nhello".to_owned(), "page 404 hello".to_owned(), true, "a length"),
        (
            "PUT",
            "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n".to_owned(),
            "page 404 3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n".to_owned(),
            true,
            "chunks, as they came",
        ),
        (
            "POST",
            format!("Content-Length: 100000\r\n\r\n{large}"),
            "page 404 ".to_owned(),
            false,
            "too large to be kept",
        ),
        ("HEAD", "\r\n".to_owned(), String::new(), true, "HEAD stays HEAD"),
    ];
    for (method, rest, body, may_go_on, why) in cases {
        let mut client = connect(running.address);
        let answer = client
            .say(format!("{method} /a HTTP/1.1\r\nHost: a\r\nX-Status: 404\r\n{rest}"))
            .answer_to(method)
            .expect(why);
        assert_eq!((answer.status, answer.body), (418, body), "{why}");
        assert!(asked.last().starts_with(&format!("{method} / HTTP/1.1\r\n")), "{why}");
        if may_go_on {
            let next = client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer();
            assert_eq!(next.map(|answer| answer.status), Some(200), "{why}: the connection goes on");
        }
    }
    block(async {
        let mut client = open(running.address).await;
        let mut request = get("http://shop.example/x");
        request.headers_mut().insert("x-status", "404".parse().unwrap());
        let got = send(&mut client, request).await;
        assert_eq!((got.status, got.body.as_str()), (418, "page 404 "), "HTTP/2");
    });
}
