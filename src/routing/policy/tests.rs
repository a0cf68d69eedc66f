use std::net::IpAddr;

use super::*;

fn equal(password: &str, hash: &str) -> bool {
    password == hash
}

#[test]
fn origins_are_compared_as_nginx_does() {
    let cases = [
        (vec!["*"], None, Some("*")),
        (vec!["*"], Some("https://a.example"), Some("*")),
        (vec!["https://a.example"], Some("https://a.example"), Some("https://a.example")),
        (vec!["https://a.example"], Some("HTTPS://A.EXAMPLE"), Some("HTTPS://A.EXAMPLE")),
        (vec!["https://a.example"], Some("https://b.example"), None),
        (vec!["https://a.example"], None, None),
        (vec!["https://*.example"], Some("https://shop.example"), Some("https://shop.example")),
        (vec!["https://*.example"], Some("https://a.b.example"), None),
        (vec!["https://*.example"], Some("https://.example"), None),
        (vec!["https://a.example", "http://b.example"], Some("http://b.example"), Some("http://b.example")),
    ];
    for (allowed, origin, wanted) in cases {
        let origins =
            Origins { allowed: allowed.iter().map(|it| (*it).into()).collect(), ..Origins::default() };
        assert_eq!(origins.allows(origin), wanted, "{allowed:?} {origin:?}");
    }
}

#[test]
fn addresses_are_denied_first_and_then_only_the_allowed_come_in() {
    let ranges = |list: &[&str]| list.iter().map(|it| it.parse().unwrap()).collect::<Box<[IpNet]>>();
    let sources = Sources { deny: ranges(&["10.1.0.0/16"]), allow: ranges(&["10.0.0.0/8", "::1/128"]) };
    for (address, taken) in [("10.2.0.1", true), ("10.1.0.1", false), ("192.0.2.1", false), ("::1", true)] {
        assert_eq!(sources.take(address.parse().unwrap()), taken, "{address}");
    }
    assert!(Sources::default().take("192.0.2.1".parse().unwrap()));
}

#[test]
fn satisfy_any_lets_in_by_address_or_by_password() {
    let inside: IpAddr = "10.0.0.1".parse().unwrap();
    let outside: IpAddr = "192.0.2.1".parse().unwrap();
    let basic = BasicAuth { realm: "staff".into(), users: Arc::new(Users::parse("ada:secret\n# no\nbob:x")) };
    let access = |any| Access {
        sources: Sources { deny: Box::default(), allow: ["10.0.0.0/8".parse().unwrap()].into() },
        basic: Some(basic.clone()),
        external: None,
        any,
    };
    let right = Some("Basic YWRhOnNlY3JldA==");
    let cases = [
        (true, inside, None, Admission::Open),
        (true, outside, right, Admission::Open),
        (true, outside, None, Admission::Unauthorized("staff")),
        (false, inside, right, Admission::Open),
        (false, inside, None, Admission::Unauthorized("staff")),
        (false, outside, right, Admission::Forbidden),
        (false, inside, Some("Bearer YWRhOnNlY3JldA=="), Admission::Unauthorized("staff")),
        (false, inside, Some("Basic !!!"), Admission::Unauthorized("staff")),
    ];
    for (any, client, authorization, wanted) in cases {
        let access = access(any);
        assert_eq!(
            access.admit(Some(client), authorization, equal),
            wanted,
            "{any} {client} {authorization:?}"
        );
    }
    assert_eq!(format!("{:?}", basic.users), "Users(2)", "hashes are never printed");
}

#[test]
fn a_cookies_domain_and_path_are_changed_and_nothing_else() {
    let plain = |template: &Template| template.as_literal().unwrap_or_default().to_owned();
    let domain = CookieEdit::Text("a.internal".into(), Template::literal("a.example"));
    let path = CookieEdit::Text("/app".into(), Template::literal("/"));
    let cases = [
        (&domain, "Domain", "k=v; Domain=.a.internal; Path=/", "k=v; Domain=a.example; Path=/"),
        (&domain, "Domain", "domain=a.internal; Path=/", "domain=a.internal; Path=/"),
        (&path, "Path", "k=v; path=/app/x", "k=v; path=//x"),
        (&path, "Path", "k=v; path=/other", "k=v; path=/other"),
    ];
    for (edit, attribute, cookie, wanted) in cases {
        assert_eq!(edit.apply(attribute, cookie, plain), wanted);
    }
}
