//! What goes beyond Gateway API's core: limits, passwords, headers by variables, nginx's pages.

use std::{sync::Arc, time::Duration};

use cutover::routing::*;

use crate::{build::*, client::*, upstream::*};

/// A rule to one backend with this policy.
pub fn guarded(policy: Policy) -> Rule {
    Rule { policy: Some(Arc::new(policy)), ..rule(vec![backend("one", 1)]) }
}

pub fn html() -> Policy {
    Policy { pages: Pages::Html, ..Policy::default() }
}

pub fn page(title: &str) -> String {
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
}

pub fn returning(status: u16, location: Option<&str>, text: Option<&str>, policy: Policy) -> Rule {
    let say = Return {
        status,
        location: location.map(Template::parse),
        text: text.map(Template::parse),
        why: Why::Said("the manifest says so".into()),
    };
    Rule { action: Action::Return(Box::new(say)), ..guarded(policy) }
}

/// nginx's headers for a backend, as ingress-nginx sets them.
pub fn usual() -> Box<[(Arc<str>, Template)]> {
    let pairs = [
        ("Host", "$best_http_host"),
        ("X-Request-ID", "$req_id"),
        ("X-Real-IP", "$remote_addr"),
        ("X-Forwarded-For", "$remote_addr"),
        ("X-Forwarded-Host", "$best_http_host"),
        ("X-Forwarded-Port", "$pass_port"),
        ("X-Forwarded-Proto", "$pass_access_scheme"),
        ("X-Forwarded-Scheme", "$pass_access_scheme"),
        ("X-Scheme", "$pass_access_scheme"),
        ("X-Original-Forwarded-For", "$http_x_forwarded_for"),
        ("Proxy", ""),
    ];
    pairs.into_iter().map(|(name, value)| (name.into(), Template::parse(value))).collect()
}

#[test]
fn a_backend_gets_the_policy_s_headers_in_place_of_the_client_s() {
    let (endpoint, seen) = named("one");
    let policy = Policy { request: usual(), names: Names::Plain { underscores: false }, ..html() };
    let running = World::default().endpoints("one", &[endpoint]).rule("/", guarded(policy)).serve();
    let answer = ask(
        running.address,
        "GET /a HTTP/1.1\r\nHost: Shop.Example:80\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n\
         x-real-ip: 1.1.1.1\r\nProxy: evil\r\nX_Under: 1\r\nX.Dot: 1\r\nTE: trailers\r\nX-Dash: 1\r\nX-Forwarded-Prefix: /p\r\n\r\n",
    );
    assert_eq!(answer.status, 200);
    let last = seen.last();
    let lines: Vec<_> = last.lines().filter(|line| !line.starts_with("X-Request-ID")).collect();
    assert_eq!(
        lines,
        [
            "GET /a HTTP/1.1",
            "host: Shop.Example:80",
            "X-Dash: 1",
            "X-Forwarded-Prefix: /p",
            "X-Real-IP: 127.0.0.1",
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-Host: Shop.Example:80",
            "X-Forwarded-Port: 80",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Scheme: http",
            "X-Scheme: http",
            "X-Original-Forwarded-For: 203.0.113.7",
            "",
        ]
    );
    let id = last.lines().find_map(|line| line.strip_prefix("X-Request-ID: ")).unwrap();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
}

#[test]
fn the_connection_header_is_the_policy_s() {
    let (endpoint, seen) = named("one");
    let policy = Policy { connection: Some("keep-alive".into()), ..Policy::default() };
    let running = World::default().endpoints("one", &[endpoint]).rule("/", guarded(policy)).serve();
    for more in ["", "Connection: Upgrade\r\nUpgrade: websocket\r\n"] {
        let answer = ask(running.address, format!("GET / HTTP/1.1\r\nHost: a\r\n{more}\r\n"));
        assert_eq!(answer.status, 200);
        assert!(seen.last().contains("connection: keep-alive\r\n"), "{}", seen.last());
        assert_eq!(seen.last().contains("upgrade: websocket"), !more.is_empty());
    }
}

#[test]
fn bodies_are_bounded_by_length_and_while_they_come() {
    let (endpoint, seen) = answering(|request| ok(&request.len().to_string()));
    let policy = Policy { max_body: Some(1000), ..html() };
    let running = World::default().endpoints("one", &[endpoint]).rule("/", guarded(policy)).serve();
    let chunk = |size: usize| format!("{size:x}\r\n{}\r\n", "x".repeat(size));
    let cases = [
        (format!("Content-Length: 1000\r\n\r\n{}", "x".repeat(1000)), 200, "just so much"),
        ("Content-Length: 1001\r\n\r\n".to_owned(), 413, "refused before it comes"),
        (format!("Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk(1000)), 200, "in one chunk"),
        (format!("Transfer-Encoding: chunked\r\n\r\n{}{}0\r\n\r\n", chunk(600), chunk(401)), 413, "in two"),
        ("Transfer-Encoding: chunked\r\n\r\nfffff\r\n".to_owned(), 413, "by the size of a chunk"),
    ];
    for (rest, status, why) in cases {
        let before = seen.count();
        let answer = ask(running.address, format!("POST / HTTP/1.1\r\nHost: a\r\n{rest}"));
        assert_eq!(answer.status, status, "{why}");
        assert_eq!(
            seen.count() - before,
            usize::from(status == 200),
            "{why}: the backend gets whole bodies only"
        );
        if status == 413 {
            assert_eq!(answer.body, page("413 Request Entity Too Large"), "{why}");
        }
    }
}

#[test]
fn any_options_of_an_allowed_origin_is_answered_here_and_the_headers_are_ours() {
    let (endpoint, seen) = answering(|_| {
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nAccess-Control-Allow-Origin: https://own.example\r\n\r\n"
            .into()
    });
    let origins = Origins {
        allowed: ["https://*.shop.example".into()].into(),
        credentials: true,
        methods: "GET, PUT".into(),
        headers: "X-Token".into(),
        expose: "".into(),
        max_age: "600".into(),
    };
    let policy = Policy { origins: Some(origins), ..html() };
    let running = World::default().endpoints("one", &[endpoint]).rule("/", guarded(policy)).serve();
    let from = |method: &str, origin: &str| {
        let text = format!("{method} / HTTP/1.1\r\nHost: a\r\nOrigin: {origin}\r\n\r\n");
        ask(running.address, text)
    };
    let good = from("OPTIONS", "https://a.shop.example");
    assert_eq!((good.status, good.header("content-length"), good.header("content-type")), (204, None, None));
    assert_eq!(good.header("access-control-allow-origin").as_deref(), Some("https://a.shop.example"));
    assert_eq!(good.header("access-control-max-age").as_deref(), Some("600"));
    assert_eq!(seen.count(), 0);
    let plain = from("GET", "https://a.shop.example");
    assert_eq!(plain.header("access-control-allow-origin").as_deref(), Some("https://a.shop.example"));
    assert_eq!(plain.header("access-control-allow-credentials").as_deref(), Some("true"));
    let other = from("OPTIONS", "https://evil.example");
    assert_eq!(other.header("access-control-allow-origin").as_deref(), Some("https://own.example"));
    assert_eq!(seen.count(), 2, "an origin that is not allowed is the backend's matter");
}

#[test]
fn plain_requests_go_to_https_but_not_those_that_came_so() {
    let (endpoint, _) = named("one");
    let to = |keeps_slash, port| Some(ToHttps { status: 308, keeps_slash, port, nameless: false });
    let believed = Forwarded::From {
        header: "x-forwarded-for".into(),
        peers: ["0.0.0.0/0".parse().unwrap()].into(),
        all: true,
    };
    let running = World::default()
        .endpoints("one", &[endpoint])
        .rule("/", guarded(Policy { https: to(false, None), ..html() }))
        .rule("/keep", guarded(Policy { https: to(true, Some(8443)), ..html() }))
        .rule("/tls", guarded(Policy { https: to(false, None), forwarded: believed, ..html() }))
        .serve();
    let cases = [
        ("/", "", "https://Shop.Example", "the last slash is cut"),
        ("/a?b=c/", "", "https://Shop.Example/a?b=c", "even of a query"),
        ("/keep/", "", "https://Shop.Example:8443/keep/", "unless told"),
    ];
    for (path, more, location, why) in cases {
        let text = format!("GET {path} HTTP/1.1\r\nHost: Shop.Example:80\r\n{more}\r\n");
        let answer = ask(running.address, text);
        assert_eq!((answer.status, answer.header("location").as_deref()), (308, Some(location)), "{why}");
        assert_eq!(answer.body, page("308 Permanent Redirect"));
        assert_eq!(answer.header("content-type").as_deref(), Some("text/html"));
    }
    let text = |proto: &str| format!("GET /tls HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: {proto}\r\n\r\n");
    assert_eq!(ask(running.address, text("https")).status, 200, "the load balancer had TLS");
    assert_eq!(ask(running.address, text("http")).status, 308);
}

#[test]
fn answers_of_the_manifest_are_nginx_s() {
    let header = AnswerHeader::set("X-Server", Template::literal("snippet"));
    let with = || Policy { answer: [header.clone()].into(), ..html() };
    let running = World::default()
        .rule("/ping", returning(200, None, Some("pong $http_x_a"), with()))
        .rule("/moved", returning(301, Some("https://new.example$request_uri"), None, with()))
        .rule("/docs", returning(301, Some("/docs/$is_args$args"), None, with()))
        .rule("/denied", returning(403, None, None, with()))
        .rule("/nothing", returning(204, None, None, with()))
        .rule("/teapot", returning(418, None, None, with()))
        .serve();
    let mut client = connect(running.address);
    let cases = [
        ("/ping", 200, None, "pong "),
        ("/moved?a=b", 301, Some("https://new.example/moved?a=b"), &*page("301 Moved Permanently")),
        ("/docs?a", 301, Some("http://shop.example/docs/?a"), &page("301 Moved Permanently")),
        ("/denied", 403, None, &page("403 Forbidden")),
        ("/nothing", 204, None, ""),
        ("/teapot", 418, None, ""),
    ];
    for (path, status, location, body) in cases {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.header("location").as_deref()), (status, location), "{path}");
        assert_eq!(answer.body, body, "{path}");
        assert_eq!(answer.header("x-server").as_deref(), Some("snippet"), "{path}");
        let kind = (!body.is_empty()).then_some("text/html");
        assert_eq!(answer.header("content-type").as_deref(), kind, "{path}");
    }
}

#[test]
fn limits_refuse_and_count_over_all_workers() {
    let (endpoint, _) = named("one");
    let rate = Rate::Requests { count: 1, within: Duration::from_mins(1), burst: 4 };
    let limit = |rate| Limit { zone: "z".into(), rate, exempt: Box::default(), status: 503 };
    let running = World::default()
        .endpoints("one", &[endpoint])
        .rule("/", guarded(Policy { limits: [limit(rate)].into(), ..html() }))
        .serve();
    let statuses: Vec<u16> =
        (0..8).map(|_| ask(running.address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 503, 503, 503], "each on a connection of its own");
}

#[test]
fn requests_under_way_are_counted_until_their_end() {
    let (endpoint, seen) = answering(|request| {
        if request.starts_with("GET /slow") {
            std::thread::sleep(Duration::from_millis(400));
        }
        ok("")
    });
    let limit = Limit { zone: "z".into(), rate: Rate::Concurrent(1), exempt: Box::default(), status: 429 };
    let running = World::default()
        .endpoints("one", &[endpoint])
        .rule("/", guarded(Policy { limits: [limit].into(), ..html() }))
        .serve();
    let mut slow = connect(running.address);
    slow.say("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    running.wait_for(&["cutover_connections", ""], 1.0);
    std::thread::sleep(Duration::from_millis(100));
    let refused = ask(running.address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((refused.status, refused.body), (429, page("429 Too Many Requests")));
    assert_eq!(slow.answer().unwrap().status, 200);
    assert_eq!(slow.get("/").status, 200, "the first is over");
    assert_eq!(seen.count(), 2);
}

#[test]
fn addresses_and_passwords_are_asked_for() {
    let (endpoint, seen) = named("one");
    let users = Users::parse("anna:{PLAIN}secret\nbert:$apr1$abcdefgh$nnbOcusibcRVN8hvNIDex0\n");
    let basic = Some(BasicAuth { realm: "Staff only".into(), users: Arc::new(users) });
    let deny = Sources { deny: ["127.0.0.0/8".parse().unwrap()].into(), ..Sources::default() };
    let with = |access| Policy { access, ..html() };
    let running = World::default()
        .endpoints("one", &[endpoint])
        .rule("/basic", guarded(with(Access { basic: basic.clone(), ..Access::default() })))
        .rule("/deny", guarded(with(Access { sources: deny.clone(), ..Access::default() })))
        .rule("/any", guarded(with(Access { sources: deny, basic, any: true, ..Access::default() })))
        .serve();
    let encoded = |text: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    let cases = [
        ("/basic", None, 401),
        ("/basic", Some("anna:secret"), 200),
        ("/basic", Some("anna:Secret"), 401),
        ("/basic", Some("bert:päss word"), 200),
        ("/basic", Some("carl:secret"), 401),
        ("/deny", None, 403),
        ("/any", None, 401),
        ("/any", Some("anna:secret"), 200),
    ];
    for (path, user, status) in cases {
        let header =
            user.map(|user| format!("Authorization: Basic {}\r\n", encoded(user))).unwrap_or_default();
        let answer = ask(running.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\n{header}\r\n"));
        assert_eq!(answer.status, status, "{path} {user:?}");
        let challenge = (status == 401).then_some("Basic realm=\"Staff only\"");
        assert_eq!(answer.header("www-authenticate").as_deref(), challenge, "{path}");
        match status {
            401 => assert_eq!(answer.body, page("401 Authorization Required")),
            403 => assert_eq!(answer.body, page("403 Forbidden")),
            _ => assert_eq!(answer.body, "one"),
        }
    }
    assert_eq!(seen.count(), 3);
}

#[test]
fn answers_of_backends_and_of_the_proxy_get_the_policy_s_headers() {
    let (endpoint, _) = answering(|request| {
        let status = if request.starts_with("GET /bad") { "500 Internal Server Error" } else { "302 Found" };
        format!(
            "HTTP/1.1 {status}\r\nContent-Length: 0\r\nServer: backend\r\nX-Team: mine\r\nLocation: http://web/a?b\r\n\
             Refresh: 3; url=http://web/r\r\nSet-Cookie: id=1; Domain=internal.example; Path=/app/x\r\n\
             X-Accel-Expires: 1\r\n\r\n"
        )
    });
    let add = |name: &str, statuses| AnswerHeader {
        how: How::Add,
        statuses,
        ..AnswerHeader::set(name, Template::parse("added $host"))
    };
    let policy = Policy {
        answer: [
            AnswerHeader::set("X-Team", Template::literal("one")),
            AnswerHeader::set("Server", Template::default()),
            AnswerHeader {
                encrypted_only: true,
                ..AnswerHeader::set("Strict-Transport-Security", Template::literal("x"))
            },
            add("X-Good", Statuses::Good),
            add("X-All", Statuses::All),
        ]
        .into(),
        hides: ["x-accel-expires".into()].into(),
        location: LocationEdit::Front(Template::literal("http://web/"), Template::parse("$scheme://$host/")),
        cookie_domain: Some(CookieEdit::Text("internal.example".into(), Template::literal("public.example"))),
        cookie_path: Some(CookieEdit::Text("/app".into(), Template::literal("/"))),
        ..html()
    };
    let gone = Rule { policy: Some(Arc::new(policy.clone())), ..rule(vec![backend("refuses", 1)]) };
    let none = Rule { policy: Some(Arc::new(policy.clone())), ..rule(vec![backend("nobody", 1)]) };
    let running = World::default()
        .endpoints("one", &[endpoint])
        .endpoints("refuses", &[refusing()])
        .rule("/", guarded(policy))
        .rule("/gone", gone)
        .rule("/none", none)
        .serve();
    let mut client = connect(running.address);
    let answer = client.get("/");
    let header = |name: &str| answer.header(name).unwrap_or_default();
    assert_eq!(header("location"), "http://shop.example/a?b");
    assert_eq!(header("refresh"), "3; url=http://shop.example/r");
    assert_eq!(header("set-cookie"), "id=1; Domain=public.example; Path=//x");
    let kept = [header("x-team"), header("server"), header("x-accel-expires")];
    assert_eq!(kept, ["one", "", ""]);
    assert_eq!(
        (header("x-good"), header("x-all")),
        ("added shop.example".into(), "added shop.example".into())
    );
    assert_eq!(header("strict-transport-security"), "");
    assert_eq!(client.get("/bad").header("x-good"), None, "not for a 500");
    for (path, status, title) in
        [("/gone", 502, "502 Bad Gateway"), ("/none", 503, "503 Service Temporarily Unavailable")]
    {
        let answer = client.get(path);
        assert_eq!((answer.status, &answer.body), (status, &page(title)));
        assert_eq!(answer.header("x-team").as_deref(), Some("one"));
        assert_eq!(answer.header("x-all").as_deref(), Some("added shop.example"));
        assert_eq!(answer.header("content-type").as_deref(), Some("text/html"));
    }
}

#[test]
fn a_rewritten_path_is_nginx_s_and_an_empty_one_is_500() {
    let (endpoint, seen) = named("one");
    let with = |text: &str| Rule {
        rewrite: Some(Rewrite { host: None, path: Some(PathRewrite::Captures(text.into())) }),
        ..guarded(html())
    };
    let mut world = World::default().endpoints("one", &[endpoint]);
    for (pattern, text) in
        [("/in/(.*)", "/out/$1"), ("/q/(.*)", "/q?p=$1"), ("/cut/(.*)", "/cut?p=$1?"), ("/e(.*)", "$1")]
    {
        let path = PathMatch::Pattern(Arc::new(PathPattern::start(pattern).unwrap()));
        world.rules.push((None, path, Arc::new(with(text))));
    }
    let running = world.serve();
    let mut client = connect(running.address);
    let cases = [
        ("/in/a%2Fb?x=1", "/out/a/b?x=1"),
        ("/in/a%3Fb?", "/out/a%3Fb"),
        ("/q/a?x=1", "/q?p=a&x=1"),
        ("/cut/a?x=1", "/cut?p=a"),
    ];
    for (path, wanted) in cases {
        assert_eq!(client.get(path).status, 200);
        assert!(seen.last().starts_with(&format!("GET {wanted} HTTP/1.1\r\n")), "{path}: {}", seen.last());
    }
    let answer = client.get("/e");
    assert_eq!((answer.status, answer.body), (500, page("500 Internal Server Error")));
}

#[test]
fn a_value_of_the_request_steers_before_the_weights() {
    let (main, _) = named("main");
    let (canary, _) = named("canary");
    let steer = |value: &str, to| Steer {
        when: FieldMatch { field: Field::Header, name: "x-canary".into(), value: ValueMatch::exact(value) },
        to,
    };
    let split = Split::new(vec![backend("main", 1), Backend { index: 1, ..backend("canary", 0) }]);
    let mut it = guarded(html());
    it.action = Action::Forward(split.steered([steer("always", 1), steer("never", 0)]));
    let running =
        World::default().endpoints("main", &[main]).endpoints("canary", &[canary]).rule("/", it).serve();
    for (value, wanted) in [("always", "canary"), ("never", "main"), ("else", "main")] {
        let answer = ask(running.address, format!("GET / HTTP/1.1\r\nHost: a\r\nX-Canary: {value}\r\n\r\n"));
        assert_eq!(answer.body, wanted, "{value}");
    }
}

#[test]
fn an_answer_in_a_backends_place_comes_after_https_and_access() {
    let nobody = || Action::Answer(404, Why::Said("nobody's path".to_owned()));
    let with = |policy| Rule { action: nobody(), ..guarded(policy) };
    let to_https = ToHttps { status: 308, keeps_slash: false, port: None, nameless: false };
    let users = Arc::new(Users::parse("ada:{PLAIN}secret"));
    let basic = Some(BasicAuth { realm: "r".into(), users });
    let denied = Sources { deny: ["127.0.0.0/8".parse().unwrap()].into(), ..Sources::default() };
    let cases = [
        ("/open", html(), 404, "nothing stands before it"),
        ("/https", Policy { https: Some(to_https), ..html() }, 308, "plain requests are sent to https"),
        ("/basic", Policy { access: Access { basic, ..Access::default() }, ..html() }, 401, "a password"),
        (
            "/denied",
            Policy { access: Access { sources: denied, ..Access::default() }, ..html() },
            403,
            "an address",
        ),
    ];
    let mut world = World::default();
    for (path, policy, ..) in &cases {
        world = world.rule(path, with(policy.clone()));
    }
    let running = world.serve();
    for (path, _, status, why) in cases {
        let answer = ask(running.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(answer.status, status, "{why}");
    }
}
