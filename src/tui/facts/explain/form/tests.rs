use super::*;

#[test]
fn an_address_keeps_its_path_and_query_as_typed() {
    let cases = [
        ("https://App.Example.com", ("https", "app.example.com", 443, "/", None), "nothing but a host"),
        ("http://a.b./x%2Fy//z", ("http", "a.b", 80, "/x%2Fy//z", None), "a final dot; bytes as typed"),
        ("HTTPS://a:8443?q=1?2", ("https", "a", 8443, "/", Some("q=1?2")), "a query without a path"),
        ("http://[::1]:8080/a?", ("http", "[::1]", 8080, "/a", Some("")), "IPv6, an empty query"),
        ("http://[::1]/a#top", ("http", "[::1]", 80, "/a", None), "a fragment is never sent"),
    ];
    for (typed, (scheme, host, port, path, query), why) in cases {
        let query = query.map(str::to_owned);
        let expected = Url { scheme: scheme.into(), host: host.into(), port, path: path.into(), query };
        assert_eq!(Url::parse(typed), Ok(expected), "{why}");
    }
    for wrong in ["app.example.com", "ftp://a/", "http://", "http://a:0/", "http://u@a/", "http://a/ b"] {
        assert!(Url::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_address_is_shown_without_the_port_of_its_scheme() {
    for url in ["https://a/", "http://a:443/x?y", "https://a:80/", "http://[::1]:81/"] {
        assert_eq!(Url::parse(url).unwrap().to_string(), url);
    }
    assert_eq!(Url::parse("https://a:443").unwrap().to_string(), "https://a/");
}

#[test]
fn a_header_name_is_a_token_and_its_value_is_trimmed() {
    let header = Header::parse("X-API-Version:  v2 ").unwrap();
    assert_eq!((&*header.name, &*header.value), ("x-api-version", "v2"));
    for wrong in ["x", ": v", "a b: c"] {
        assert!(Header::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn each_mistake_is_told_at_its_field() {
    let form = |method: &str, url: &str, headers: &[&str]| Form {
        method: method.into(),
        url: url.into(),
        headers: headers.iter().map(|header| (*header).into()).collect(),
        gateway: None,
    };
    let cases: [(Form, &[(Place, &str)]); 9] = [
        (form("GET", "https://a/", &["x: 1", "", "  "]), &[]),
        (form(" GET ", " https://a/ ", &[" x : 1"]), &[(Place::Header(0), "`x ` is no header name")]),
        (form("", "", &[]), &[(Place::Method, "write a method"), (Place::Url, "write an address")]),
        (form("get", "https://a/", &[]), &[(Place::Method, "in capitals: GET")]),
        (form("PURGE", "https://a/", &[]), &[]),
        (
            form("G ET", "a.example/x", &["x"]),
            &[
                (Place::Method, "`G ET` is no method"),
                (Place::Url, "write `https://a.example/x`"),
                (Place::Header(0), "a header is `name: value`"),
            ],
        ),
        (form("GET", "https:", &[]), &[(Place::Url, "the scheme chooses the listener")]),
        (form("GET", "https://a/", &["Host: b"]), &[(Place::Header(0), "the host is the address's")]),
        (form("GET", "https://a/", &["a: 1", "x: a\u{1b}b"]), &[(Place::Header(1), "can not stand")]),
    ];
    for (form, mistakes) in cases {
        let wrong = form.read().err().unwrap_or_default();
        assert_eq!(wrong.len(), mistakes.len(), "{form:?}: {wrong:?}");
        for (wrong, (place, part)) in wrong.iter().zip(mistakes) {
            assert_eq!(wrong.place, *place, "{form:?}");
            assert!(wrong.why.contains(part), "`{part}` is not in {wrong:?}");
        }
    }
}

#[test]
fn words_are_a_method_an_address_and_headers() {
    let cases = [
        (&["GET", "https://a/", "X-V:v2"][..], "GET https://a/ X-V:v2", "as the help has it"),
        (&["https://a/"][..], "GET https://a/", "GET goes without saying"),
        (&["POST", "a.example"][..], "POST a.example", "what is wrong is told by the form"),
        (&["a.example/x"][..], "GET a.example/x", "no method has a dot or a slash"),
        (
            &["GET", "http://a/", "accept:", "text/html", "b:1"][..],
            "GET http://a/ accept: text/html b:1",
            "blanks",
        ),
    ];
    for (words, line, why) in cases {
        assert_eq!(Form::of_words(words).unwrap().line(), line, "{why}");
    }
    let words = ["GET", "http://a/", "accept:", "text/html", "b:1"];
    assert_eq!(Form::of_words(&words).unwrap().headers, ["accept: text/html", "b:1"]);
    assert!(Form::of_words(&["GET"]).is_err());
    assert!(Form::of_words::<&str>(&[]).is_err());
}

#[test]
fn credentials_are_not_remembered() {
    let form = Form::of_words(&["GET", "https://a/", "Authorization: Bearer s3cret", "x: 1", "COOKIE:id=1"]);
    let kept = form.unwrap().remembered();
    assert_eq!(kept.headers, ["Authorization:", "x: 1", "COOKIE:"]);
    let text = serde_json::to_string(&kept).unwrap();
    assert!(!text.contains("s3cret") && serde_json::from_str::<Form>(&text).unwrap() == kept);
}
