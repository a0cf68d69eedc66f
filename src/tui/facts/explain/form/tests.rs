use super::*;

#[test]
fn an_address_is_shown_without_the_port_of_its_scheme() {
    let line = |url: &str| Form::of_words(&[url]).unwrap().read().unwrap().line();
    for url in ["https://a/", "http://a:443/x?y", "https://a:80/", "http://[::1]:81/"] {
        assert_eq!(line(url), format!("GET {url}"));
    }
    assert_eq!(line("https://a:443"), "GET https://a/");
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
        which: Which::Both,
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
