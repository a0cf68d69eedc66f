//! The looser reader, in tables; each row was asked of nginx or read in its parser.

use super::*;

const BUFFERS: HeadBuffers = HeadBuffers { first: 1024, count: 4, size: 8192 };

fn read(head: &[u8]) -> Result<Head<'_>, Refused> {
    let mut scanned = 0;
    let length = end(head, &mut scanned, BUFFERS)?.expect("a whole head");
    request(&head[..length], Reading::Nginx(BUFFERS))
}

#[test]
fn request_lines_are_taken_as_nginx_takes_them() {
    let cases: [(&str, Option<u16>, &str); 22] = [
        ("GET / HTTP/1.1\r\n", None, "plain"),
        ("GET / HTTP/1.1\n", None, "LF alone"),
        ("GET   /   HTTP/1.1  \r\n", None, "more blanks"),
        ("GET / HTTP/1.2\r\n", None, "a later version of 1"),
        ("GET / HTTP/1.0\r\n", None, "an older one"),
        ("GET / HTTP/2.0\r\n", Some(505), "another protocol"),
        ("GET / HTTP/3.0\r\n", Some(505), "and one more"),
        ("GET / HTTP/0.9\r\n", Some(400), "zero is none"),
        ("GET / HTTP/x\r\n", Some(400), "no number"),
        ("GET / http/1.1\r\n", Some(400), "small letters"),
        ("GET /\r\n", Some(400), "HTTP/0.9"),
        ("GET /a b HTTP/1.1\r\n", Some(400), "a blank in the path"),
        ("get / HTTP/1.1\r\n", Some(400), "a small method"),
        ("TRACE / HTTP/1.1\r\n", Some(405), "TRACE"),
        ("CONNECT a.example:443 HTTP/1.1\r\n", Some(400), "no slashes after a scheme"),
        ("OPTIONS * HTTP/1.1\r\n", Some(400), "no path"),
        ("GET ftp://a.example/x HTTP/1.1\r\n", None, "any scheme"),
        ("GET http://u:p@a.example/ HTTP/1.1\r\n", Some(400), "a user"),
        ("GET http:///a HTTP/1.1\r\n", Some(400), "no host"),
        ("GET /caf\u{e9} HTTP/1.1\r\n", None, "raw bytes"),
        ("GET /a\tb HTTP/1.1\r\n", Some(400), "a control"),
        ("GET /../a HTTP/1.1\r\n", Some(400), "above the root"),
    ];
    for (line, wanted, why) in cases {
        let refused = read(format!("{line}Host: a\r\n\r\n").as_bytes()).err().map(|refused| refused.status);
        assert_eq!(refused, wanted, "{why}");
    }
}

#[test]
fn header_lines_are_taken_as_nginx_takes_them() {
    let ok = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
    let cases = [
        ("X-A: b\r\n", ok("X-A", "b"), "plain"),
        ("X-A:   b  \n", ok("X-A", "b"), "blanks and LF alone"),
        ("X-A: b\r\r\n", ok("X-A", "b"), "CR twice"),
        ("X-A:\tb\r\n", ok("X-A", "\tb"), "a tab is no blank"),
        ("X-A: b\x01c\r\n", ok("X-A", "b\x01c"), "controls"),
        ("x[a]: b\r\n", ok("x[a]", "b"), "a name that is none; later it is dropped"),
        ("X-A\r\n", ok("X-A", ""), "no colon"),
        ("X A: b\r\n", None, "a blank in the name"),
        ("X-A : b\r\n", None, "and behind it"),
        (" X-A: b\r\n", None, "a folded line"),
        (": b\r\n", None, "no name"),
        ("X-A: b\0\r\n", None, "NUL"),
        ("X-A: b\rc\r\n", None, "CR within"),
    ];
    for (line, wanted, why) in cases {
        let head = format!("GET / HTTP/1.1\r\n{line}\r\n");
        let field = read(head.as_bytes()).ok().map(|head| {
            let field = head.fields[0];
            (field.name.to_owned(), String::from_utf8_lossy(field.value).into_owned())
        });
        assert_eq!(field, wanted, "{why}");
    }
}

#[test]
fn a_target_is_cut_for_matching_and_kept_for_the_backend() {
    let cases = [
        ("/a?b=c#d", (None, "/a", Some("b=c"), "#d")),
        ("/a#d?b=c", (None, "/a", None, "#d?b=c")),
        ("http://a.example", (Some("a.example"), "/", None, "")),
        ("HTTP://A.example:8080?q", (Some("A.example:8080"), "/", Some("q"), "")),
    ];
    for (target, (authority, path, query, fragment)) in cases {
        assert_eq!(parse(target), Ok(Target { authority, path, query, fragment }), "{target}");
    }
}

#[test]
fn what_has_no_room_is_refused_before_it_ended() {
    let cases = [
        ([b"GET /".as_slice(), &[b'a'; 8300]].concat(), Some(414), "a long line"),
        ([b"GET / HTTP/1.1\r\nX: ".as_slice(), &[b'a'; 8300]].concat(), Some(400), "a long header"),
        ([b"GET / HTTP/1.1\r\nX: ".as_slice(), &[b'a'; 8100]].concat(), None, "one that has room"),
        ([b"GET / HTTP/1.1\r\n".as_slice(), &b"X: abcdefghi\r\n".repeat(2500)].concat(), Some(400), "many"),
    ];
    for (bytes, wanted, why) in cases {
        assert_eq!(end(&bytes, &mut 0, BUFFERS).err().map(|refused| refused.status), wanted, "{why}");
    }
}

#[test]
fn a_url_chooses_the_server_and_the_header_is_told() {
    let ok = |host: &str, told: &str| Ok((host.to_owned(), told.to_owned()));
    let cases = [
        (None, Some("A.example:80"), true, ok("a.example", "A.example:80")),
        (Some("B.example"), Some("a.example"), true, ok("b.example", "a.example")),
        (Some("b.example"), None, false, ok("b.example", "b.example")),
        (None, None, false, ok("_", "_")),
        (None, Some("a.example:x"), true, ok("a.example", "a.example:x")),
        (None, None, true, Err(400)),
        (None, Some(""), true, Err(400)),
        (None, Some("a b"), true, Err(400)),
        (None, Some("a..b"), true, Err(400)),
    ];
    for (url, header, modern, wanted) in cases {
        let got = hosts(url, header, modern);
        let got = got.map(|(host, told)| (host.into_owned(), told.into_owned())).map_err(|it| it.status);
        assert_eq!(got, wanted, "{url:?} {header:?}");
    }
}
