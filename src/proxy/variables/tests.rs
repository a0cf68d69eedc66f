use std::{net::SocketAddr, rc::Rc, sync::Arc};

use super::*;
use crate::{
    proxy::{entry::Entry, facts::View},
    routing::{Origin, PathPattern, PortKey, Side, Template},
};

type Headers = Vec<httparse::Header<'static>>;

fn link(peer: &str) -> Link {
    let entry = Origin { kind: "IngressClass".into(), namespace: "".into(), name: "nginx".into() };
    let key = PortKey { side: Side::Old, entry: Arc::new(entry), port: 80 };
    Link::new(Rc::new(Entry::new(key)), SocketAddr::new(peer.parse().unwrap(), 5000))
}

fn headers(given: &[(&'static str, &'static str)]) -> Headers {
    given.iter().map(|(name, value)| httparse::Header { name, value: value.as_bytes() }).collect()
}

fn rendered(text: &str, given: &[(&'static str, &'static str)], policy: &Policy, encrypted: bool) -> String {
    let (link, fields) = (link("192.0.2.9"), headers(given));
    link.encrypted.set(encrypted);
    let view = View { method: "GET", path: "/in/a%20b", query: Some("Q=1&b=2"), fields: &fields[..] };
    let path = PathMatch::Pattern(PathPattern::start("/in/(.*)").unwrap().into());
    let values = Values::new(&view, &link, ("Shop.Example:80", "shop.example"), "/in/a%20b", "HTTP/1.1");
    values.found(Some(policy), &path);
    Template::parse(text).render(&values).into_owned()
}

fn believing(peers: &[&str]) -> Policy {
    let peers = peers.iter().map(|net| net.parse().unwrap()).collect();
    Policy { forwarded: Forwarded::From { header: "x-forwarded-for".into(), peers }, ..Policy::default() }
}

#[test]
fn a_request_knows_itself_by_nginx_s_names() {
    let given = [("X-A", "1"), ("Cookie", "k=v; s=t"), ("x-forwarded-proto", "https"), ("X-Forwarded-Host", "evil")];
    let cases = [
        ("$scheme://$host$request_uri", "http://shop.example/in/a%20b?Q=1&b=2"),
        ("$pass_access_scheme $best_http_host $http_host", "http Shop.Example:80 Shop.Example:80"),
        ("$uri$is_args$args", "/in/a b?Q=1&b=2"),
        ("$1", "a b"),
        ("$2$nobody$ssl_client_verify", ""),
        ("$arg_q $arg_b $arg_x", "1 2 "),
        ("$cookie_s$cookie_none", "t"),
        ("$http_x_a", "1"),
        ("$remote_addr $realip_remote_addr", "192.0.2.9 192.0.2.9"),
        ("$server_port $pass_port $https", "80 80 "),
        ("$request_method $server_protocol", "GET HTTP/1.1"),
        ("$escaped_request_uri", "%2Fin%2Fa%2520b%3FQ%3D1%26b%3D2"),
    ];
    for (text, wanted) in cases {
        assert_eq!(rendered(text, &given, &Policy::default(), false), wanted, "{text}");
    }
    assert_eq!(rendered("$scheme $https $pass_port", &[], &Policy::default(), true), "https on 443");
}

#[test]
fn what_is_believed_comes_from_the_headers() {
    let all = believing(&["0.0.0.0/0"]);
    let given = [
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "edge.example, inner.example"),
        ("X-Forwarded-Port", "8443"),
        ("X-Forwarded-For", "203.0.113.7"),
    ];
    let text = "$pass_access_scheme $best_http_host $pass_port $remote_addr $realip_remote_addr $scheme";
    assert_eq!(rendered(text, &given, &all, false), "https edge.example 8443 203.0.113.7 192.0.2.9 http");
    let cases = [
        ("198.51.100.1, 203.0.113.7", &["0.0.0.0/0"][..], "198.51.100.1", "all are trusted: the first"),
        ("198.51.100.1, 203.0.113.7", &["192.0.2.0/24"], "203.0.113.7", "the last that a trusted peer named"),
        ("198.51.100.1, 203.0.113.7", &["10.0.0.0/8"], "192.0.2.9", "the peer is not trusted"),
        ("garbage", &["0.0.0.0/0"], "192.0.2.9", "no address"),
        ("garbage, 203.0.113.7", &["0.0.0.0/0"], "203.0.113.7", "as far as there are addresses"),
        ("203.0.113.7:4711", &["0.0.0.0/0"], "203.0.113.7", "with a port"),
        ("2001:db8::1", &["0.0.0.0/0", "::/0"], "2001:db8::1", "of the other family"),
    ];
    for (list, peers, wanted, why) in cases {
        let got = rendered("$remote_addr", &[("x-forwarded-for", list)], &believing(peers), false);
        assert_eq!(got, wanted, "{why}");
    }
}

#[test]
fn a_request_id_is_the_client_s_or_random_and_stays() {
    let known = rendered("$req_id", &[("X-Request-ID", "abc")], &Policy::default(), false);
    assert_eq!(known, "abc");
    let twice = rendered("$req_id $request_id", &[], &Policy::default(), false);
    let (first, second) = twice.split_once(' ').unwrap();
    assert_eq!((first, first.len()), (second, 32));
    assert!(first.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_ne!(twice, rendered("$req_id $request_id", &[], &Policy::default(), false));
}
