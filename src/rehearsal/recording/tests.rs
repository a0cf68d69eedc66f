//! Recordings as browsers and servers write them. Lines are of real servers, with names and addresses changed.

use super::*;

fn read(text: &str) -> Recording {
    Recording::read("x.log", text.as_bytes(), &Replay::default()).unwrap()
}

/// Method, host, target, and upstream.
fn shown(request: &Recorded) -> (&str, Option<&str>, &str, Option<&str>) {
    (&request.method, request.host.as_deref(), &request.target, request.upstream.as_deref())
}

#[test]
fn each_format_is_told_by_its_lines() {
    let cases = [
        (
            r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#,
            Format::Common,
            ("GET", None, "/apache_pb.gif", None),
            "the example of Apache's manual",
        ),
        (
            r#"203.0.113.9 - - [22/Nov/2026:06:25:24 +0000] "GET /cart?id=7%20a HTTP/2.0" 200 612 "https://shop.example.com/" "Mozilla/5.0 (X11; Linux x86_64)""#,
            Format::Combined,
            ("GET", None, "/cart?id=7%20a", None),
            "nginx's default",
        ),
        (
            r#"shop.example.com:443 203.0.113.9 - - [22/Nov/2026:06:25:24 +0000] "POST /login HTTP/1.1" 302 0 "-" "curl/8.5.0""#,
            Format::Combined,
            ("POST", Some("shop.example.com"), "/login", None),
            "Apache's vhost_combined, as Debian has it for other_vhosts_access.log",
        ),
        (
            r#"10.42.0.1 - - [22/Nov/2026:06:25:24 +0000] "GET /api/items HTTP/1.1" 200 51 "-" "kube-probe/1.33" 98 0.004 [shop-app-80] [] 10.42.0.17:8080 51 0.004 200 6f6b2a1f9d3c4b5e8a7d6c5b4a392817"#,
            Format::IngressNginx,
            ("GET", None, "/api/items", Some("shop-app-80")),
            "ingress-nginx's upstreaminfo",
        ),
        (
            r#"10.42.0.1 - - [22/Nov/2026:06:25:24 +0000] "GET /x HTTP/1.1" 504 160 "-" "-" 98 15.004 [shop-app-http] [shop-app-canary-http] 10.42.0.17:8080, 10.42.0.18:8080 0, 0 5.001, 10.002 504, 504 0c1d"#,
            Format::IngressNginx,
            ("GET", None, "/x", Some("shop-app-http")),
            "with a canary and two tries",
        ),
        (
            r#"10.42.0.1 - [10.42.0.1] - - [22/Nov/2026:06:25:24 +0000] "GET /old HTTP/1.1" 200 5 "-" "curl" 80 0.001 [shop-app-80] 10.42.0.17:8080 5 0.001 200"#,
            Format::IngressNginx,
            ("GET", None, "/old", Some("shop-app-80")),
            "ingress-nginx before 0.25",
        ),
        (
            r#"2026-11-22T06:25:24.1Z stdout F 10.42.0.1 - - [22/Nov/2026:06:25:24 +0000] "GET /cri HTTP/1.1" 200 5 "-" "curl""#,
            Format::Combined,
            ("GET", None, "/cri", None),
            "as the container runtime keeps it on the node",
        ),
        (
            r#"{"time": "2026-11-22T06:25:24+00:00", "remote_addr": "10.0.0.1", "x_forward_for": "10.0.0.1", "request_id": "6f6b", "remote_user": "", "bytes_sent": 612, "request_time": 0.004, "status": 200, "vhost": "shop.example.com", "request_proto": "HTTP/1.1", "path": "/items", "request_query": "page=2", "request_length": 98, "duration": 0.004, "method": "GET", "http_referrer": "", "http_user_agent": "curl/8.5.0"}"#,
            Format::Json,
            ("GET", Some("shop.example.com"), "/items?page=2", None),
            "the JSON of ingress-nginx's manual",
        ),
        (
            r#"{"time_iso8601":"2026-11-22T06:25:24+00:00","remote_addr":"10.0.0.1","server_protocol":"HTTP/1.1","status":"200","request_method":"GET","request_uri":"\/a\/b?c=d","host":"shop.example.com"}"#,
            Format::Json,
            ("GET", Some("shop.example.com"), "/a/b?c=d", None),
            "nginx with escape=json",
        ),
        (
            r#"{"@timestamp":"2026-11-22T06:25:24+00:00","@nginx_fields":{"request":"DELETE /cart/7 HTTP/1.1","http_host":"Shop.Example.com:8443"}}"#,
            Format::Json,
            ("DELETE", Some("shop.example.com"), "/cart/7", None),
            "fields in an object of their own, and the whole request line",
        ),
        (
            r#"{"log":"10.42.0.1 - - [22/Nov/2026:06:25:24 +0000] \"GET /docker HTTP/1.1\" 200 5 \"-\" \"curl\"\n","stream":"stdout","time":"2026-11-22T06:25:24Z"}"#,
            Format::Combined,
            ("GET", None, "/docker", None),
            "as Docker keeps what a container writes",
        ),
    ];
    for (line, format, wanted, why) in cases {
        let recording = read(line);
        assert_eq!(recording.format, format, "{why}");
        assert_eq!((recording.skips, recording.requests.len()), (0, 1), "{why}");
        assert_eq!(shown(&recording.requests[0]), wanted, "{why}");
    }
}

#[test]
fn what_is_no_request_is_told_with_its_line() {
    let text = "\
I1122 06:25:24.1 7 controller.go:210] \"Configuration changes detected, backend reload required\"
10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"GET /a HTTP/1.1\" 200 5

10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"\\x16\\x03\\x01\\x02\" 400 150
10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"-\" 408 0
10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"GET http://a.test/b HTTP/1.1\" - 5
10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"CONNECT a.test:443 HTTP/1.1\" 400 5
10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"GET http://A.test:80/b?c HTTP/1.1\" 200 5
10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"GET /a b HTTP/1.1\" 400 5
{\"status\": 200}
10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"GET /a
";
    let recording = read(text);
    let requests: Vec<_> =
        recording.requests.iter().map(|request| (request.line, request.target.as_str())).collect();
    assert_eq!(requests, [(2, "/a"), (8, "/b?c")]);
    assert_eq!(recording.requests[1].host.as_deref(), Some("a.test"), "of an absolute target");
    let told: Vec<_> = recording.skipped.iter().map(|skipped| (skipped.line, skipped.why.as_str())).collect();
    let wanted = [
        (1, "no `[time] \"request\"`"),
        (4, "`\\u{16}\\u{3}\\u{1}\\u{2}` is no request"),
        (5, "`-` is no request"),
        (6, "`-` is no status"),
        (7, "CONNECT is no request for a path"),
        (9, "`/a b` is no path"),
        (10, "no method; it is looked for under request_method, method, verb, http_method, or in `request`"),
        (11, "no status behind the request"),
    ];
    assert_eq!(told, wanted);
    assert_eq!(recording.skips, 8);
}

#[test]
fn quotes_and_bytes_that_a_server_escaped_come_back() {
    let recording = read(
        r#"10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] "GET /a\x22b HTTP/1.1" 200 5 "-" "an \"agent\" \\ \xC3\xA4 \x""#,
    );
    assert_eq!(recording.requests[0].target, "/a\"b");
    assert_eq!(recording.requests[0].headers, [("user-agent".to_owned(), r#"an "agent" \ ä \x"#.to_owned())]);
}

/// As Chromium saves it, shortened.
const HAR: &str = r#"{
  "log": {
    "version": "1.2",
    "creator": {"name": "WebInspector", "version": "537.36"},
    "pages": [],
    "entries": [
      {
        "_initiator": {"type": "other"}, "_priority": "VeryHigh", "_resourceType": "document", "cache": {},
        "request": {
          "method": "GET",
          "url": "https://shop.example.com/cart?id=7&x=%2F#top",
          "httpVersion": "http/2.0",
          "headers": [
            {"name": ":authority", "value": "shop.example.com"},
            {"name": ":method", "value": "GET"},
            {"name": "accept", "value": "text/html"},
            {"name": "cookie", "value": "session=abc"},
            {"name": "Authorization", "value": "Bearer abc"},
            {"name": "Host", "value": "shop.example.com"},
            {"name": "Connection", "value": "keep-alive"},
            {"name": "x-version", "value": "v2"}
          ],
          "queryString": [{"name": "id", "value": "7"}],
          "cookies": [], "headersSize": -1, "bodySize": 0
        },
        "response": {"status": 200, "content": {"size": 1, "mimeType": "text/html", "text": "x"}},
        "startedDateTime": "2026-11-22T06:25:24.000Z", "time": 12.3, "timings": {}
      },
      {
        "request": {
          "method": "POST", "url": "http://api.example.com:8080/items", "httpVersion": "HTTP/1.1",
          "headers": [{"name": "Content-Type", "value": "application/json"}, {"name": "Content-Length", "value": "7"}],
          "postData": {"mimeType": "application/json", "text": "{\"a\":1}"}
        },
        "response": {}
      },
      {"request": {"method": "GET", "url": "wss://shop.example.com/live", "headers": []}},
      {"request": {"method": "GET", "url": "data:image/png;base64,xyz", "headers": []}},
      {"request": {"method": "GET"}},
      {"response": {}}
    ]
  }
}"#;

#[test]
fn a_har_gives_its_requests_without_what_logs_somebody_in() {
    let recording = Recording::read("x.har", HAR.as_bytes(), &Replay::default()).unwrap();
    assert_eq!((recording.format, recording.withheld, recording.skips), (Format::Har, 2, 4));
    let [cart, items] = &recording.requests[..] else { panic!("{:?}", recording.requests) };
    let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(shown(cart), ("GET", Some("shop.example.com"), "/cart?id=7&x=%2F", None));
    assert_eq!(cart.protocol, Some(PortProtocol::Https));
    assert_eq!(cart.headers, [named("accept", "text/html"), named("x-version", "v2")]);
    assert_eq!(shown(items), ("POST", Some("api.example.com"), "/items", None));
    assert_eq!((items.protocol, &items.body[..]), (Some(PortProtocol::Http), &b"{\"a\":1}"[..]));
    assert_eq!(items.headers, [named("Content-Type", "application/json")]);
    let told: Vec<_> = recording.skipped.iter().map(|skipped| (skipped.line, &*skipped.why)).collect();
    assert_eq!(told[0], (3, "a WebSocket is no request and answer"));
    assert!(told[1].1.starts_with("url `data:image/png;base64,xyz`: "), "{told:?}");
    assert!(told[2].1.contains("missing field `url`"), "{told:?}");
    assert_eq!(told[3].0, 6);
}

#[test]
fn credentials_are_sent_again_when_told_so() {
    let replay = Replay { credentials: true, ..Replay::default() };
    let recording = Recording::read("x.har", HAR.as_bytes(), &replay).unwrap();
    let names: Vec<_> = recording.requests[0].headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names, recording.withheld), (vec!["accept", "cookie", "Authorization", "x-version"], 0));
}

#[test]
fn a_har_on_one_line_is_a_har_and_a_broken_one_says_where() {
    let one_line = HAR.replace('\n', " ");
    assert_eq!(read(&one_line).format, Format::Har);
    let with_mark = format!("\u{feff}{HAR}");
    assert_eq!(read(&with_mark).requests.len(), 2, "a byte order mark is put up with");
    let broken = Recording::read("x.har", &HAR.as_bytes()[..900], &Replay::default()).unwrap_err();
    assert!(broken.to_string().starts_with("x.har is no HAR: EOF while parsing"), "{broken}");
    assert!(broken.to_string().contains(" at line 23 column "), "{broken}");
}

#[test]
fn hosts_are_mapped_the_narrowest_rule_first() {
    let replay = Replay {
        hosts: ["*=all.test", "Old.example.com=new.test", "none.test"]
            .into_iter()
            .map(|typed| Replay::parse_host(typed).unwrap())
            .collect(),
        credentials: false,
    };
    let cases = [
        (Some("old.example.com"), Some("new.test"), "the recorded one is named"),
        (Some("other.example.com"), Some("all.test"), "all others"),
        (None, Some("none.test"), "none is recorded"),
    ];
    for (recorded, wanted, why) in cases {
        assert_eq!(replay.host(recorded.map(str::to_owned)).as_deref(), wanted, "{why}");
    }
    let kept = Replay::default().host(Some("a.test".to_owned()));
    assert_eq!(kept.as_deref(), Some("a.test"), "nothing is said of it");
    assert_eq!(Replay::default().host(None), None, "and none is made up");
    for wrong in ["", "a b", "=a", "a=", "a/b", "http://a"] {
        assert!(Replay::parse_host(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_file_without_a_request_is_refused_with_the_reason_of_its_first_line() {
    let cases = [
        ("", "x has no request that can be sent; it may be"),
        ("hello\nworld\n", "x has no request that can be sent (line 1: no `[time] \"request\"`); it may be"),
        ("{\"log\": {\"entries\": []}}", "x has no request that can be sent; it may be"),
        ("\u{0}\u{1}\u{2}", "x has no request that can be sent (line 1: "),
        ("{\"entries\": []", "x is no HAR: EOF while parsing an object at line 1 column 14"),
    ];
    for (text, wanted) in cases {
        let error = Recording::read("x", text.as_bytes(), &Replay::default()).unwrap_err();
        assert!(error.to_string().starts_with(wanted), "{error}");
    }
    let missing = Recording::open(Path::new("/none/x.har"), &Replay::default()).unwrap_err();
    assert!(missing.to_string().starts_with("/none/x.har can not be read: "), "{missing}");
}

#[test]
fn more_than_can_be_kept_is_counted() {
    let line = "10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"GET / HTTP/1.1\" 200 5\n";
    let text = line.repeat(MOST + 3) + &"x\n".repeat(TOLD + 5);
    let recording = read(&text);
    assert_eq!((recording.requests.len(), recording.beyond), (MOST, 3));
    assert_eq!((recording.skipped.len(), recording.skips), (TOLD, TOLD as u64 + 5));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_fail_or_give_what_breaks_a_request(bytes: Vec<u8>, text in "\\PC{0,200}") {
        for given in [&bytes[..], text.as_bytes()] {
            if let Ok(recording) = Recording::read("x", given, &Replay::default()) {
                for request in recording.requests {
                    assert_eq!(sendable(&request), Ok(()));
                }
            }
        }
    }
}
