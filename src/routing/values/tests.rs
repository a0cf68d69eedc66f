use super::*;
use crate::routing::{
    PathPattern, Template,
    fixture::{Plain, get},
};

fn values(request: &Plain, encrypted: bool) -> RequestValues<'_, Plain> {
    let arrival = Arrival {
        fragment: "",
        encrypted,
        authority: "Shop.Example:80",
        host: "shop.example",
        path: "/in/a%20b",
        protocol: "HTTP/1.1",
        port: if encrypted { "8443" } else { "80" },
        peer: Some(IpAddr::from([192, 0, 2, 9])),
        peer_text: "192.0.2.9",
        certificate: crate::routing::Certificate::default(),
        new_id: || format!("{:032x}", fastrand::u128(..)),
    };
    RequestValues::new(request, arrival)
}

fn rendered(text: &str, given: &[(&str, &str)], policy: &Policy, encrypted: bool) -> String {
    let mut request = get("/in/a%20b?Q=1&b=2");
    for (name, value) in given {
        request = request.header(&name.to_ascii_lowercase(), value);
    }
    let path = PathMatch::Pattern(PathPattern::start("/in/(.*)").unwrap().into());
    let values = values(&request, encrypted);
    values.found(Some(policy), &path);
    Template::parse(text).render(&values).into_owned()
}

fn believing(peers: &[&str]) -> Policy {
    let peers = peers.iter().map(|net| net.parse().unwrap()).collect();
    Policy {
        forwarded: Forwarded::From { header: "x-forwarded-for".into(), peers, all: true },
        ..Policy::default()
    }
}

#[test]
fn a_request_knows_itself_by_nginx_s_names() {
    let given =
        [("X-A", "1"), ("Cookie", "k=v; s=t"), ("x-forwarded-proto", "https"), ("X-Forwarded-Host", "evil")];
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

#[test]
fn a_peer_that_nobody_knows_is_believed_only_where_everybody_is() {
    let request = get("/").header("x-forwarded-for", "203.0.113.7");
    for (peers, wanted) in [(&["0.0.0.0/0"][..], Some([203, 0, 113, 7])), (&["10.0.0.0/8"], None)] {
        let (policy, path) = (believing(peers), PathMatch::prefix("/"));
        let mut values = values(&request, false);
        (values.arrival.peer, values.arrival.peer_text) = (None, "<client address>");
        values.found(Some(&policy), &path);
        assert_eq!(values.client(), wanted.map(IpAddr::from));
    }
}
