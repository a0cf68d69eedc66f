use super::*;

fn head(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    headers
}

#[test]
fn only_a_program_on_this_machine_may_change_something() {
    let good = [("host", "127.0.0.1:9000"), ("content-type", "application/json"), (GUARD, "1")];
    let with = |more: &[(&str, &str)]| head(&[&good[..], more].concat());
    let without = |name: &str| {
        let mut headers = head(&good);
        headers.remove(name);
        headers
    };
    let (here, elsewhere) = ("127.0.0.1:5000", "192.0.2.7:5000");
    let cases = [
        (here, with(&[]), true, "cutover switch"),
        (here, with(&[("host", "localhost:9000")]), true, "by the machine's own name"),
        (here, with(&[("host", "[::1]:9000")]), true, "over IPv6"),
        (here, with(&[("content-type", "application/json; charset=utf-8")]), true, "with its charset"),
        ("[::ffff:127.0.0.1]:5000", with(&[]), true, "a socket of both families"),
        (elsewhere, with(&[]), false, "another machine"),
        (here, with(&[("host", "evil.example:9000")]), false, "rebinding: a page's own name leads here"),
        (here, without("host"), false, "no name at all"),
        (here, with(&[("origin", "http://evil.example")]), false, "a page of another site"),
        (here, with(&[("origin", "null")]), false, "a sandboxed page"),
        (here, with(&[("sec-fetch-site", "cross-site")]), false, "a browser says so"),
        (here, with(&[("content-type", "text/plain")]), false, "what a form can send"),
        (here, without("content-type"), false, "or a fetch without CORS"),
        (here, without(GUARD), false, "a header that needs to be allowed first"),
    ];
    for (from, headers, allowed, why) in cases {
        let refused = forbidden(from.parse().unwrap(), &headers);
        assert_eq!(refused.is_none(), allowed, "{why}: {refused:?}");
    }
}

#[test]
fn an_order_says_whom_and_what() {
    let read = |text: &str| -> Result<String, String> {
        let order: Order = serde_json::from_str(text).map_err(|error| error.to_string())?;
        order
            .read()
            .map(|switch| format!("{:?} {:?} {}", switch.which, switch.event, switch.force))
            .map_err(|why| why.message)
    };
    let cases = [
        (r#"{"all":true,"to":"new"}"#, Ok("All Point(Pointing(100)) false")),
        (r#"{"all":true,"ttl":5,"force":true}"#, Ok("All Ttl(5) true")),
        (
            r#"{"hostnames":["A.example"],"to":"10"}"#,
            Ok("These([Hostname { apex: \"a.example\", wildcard: false }]) Point(Pointing(10)) false"),
        ),
        (r#"{"to":"new"}"#, Err("an order has either `hostnames` or `all`")),
        (
            r#"{"all":true,"hostnames":["a.example"],"to":"new"}"#,
            Err("an order has either `hostnames` or `all`"),
        ),
        (r#"{"all":true}"#, Err("an order has either `to` or `ttl`")),
        (r#"{"all":true,"to":"new","ttl":5}"#, Err("an order has either `to` or `ttl`")),
        (
            r#"{"all":true,"to":"away"}"#,
            Err("`away` is not `old`, `new`, or a share of the new side from 0 to 100"),
        ),
        (
            r#"{"hostnames":["a_b"],"to":"new"}"#,
            Err("label `a_b` of hostname `a_b` is not 1 to 63 of a-z, 0-9, inner `-`"),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), expected.map(str::to_owned).map_err(str::to_owned), "{text}");
    }
    assert!(read(r#"{"all":true,"too":"new"}"#).unwrap_err().starts_with("unknown field `too`"));
}
