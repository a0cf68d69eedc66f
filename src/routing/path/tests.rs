use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

#[test]
fn a_path_is_taken_as_its_kind_says() {
    let whole = |text| PathMatch::Pattern(Arc::new(PathPattern::whole(text).unwrap()));
    let start = |text| PathMatch::Pattern(Arc::new(PathPattern::start(text).unwrap()));
    let cases = [
        (PathMatch::exact("/a"), "/a", true, "equal"),
        (PathMatch::exact("/a"), "/a/", false, "a slash counts"),
        (PathMatch::exact("/a"), "/A", false, "case counts"),
        (PathMatch::exact("/a b"), "/a%20b", false, "nothing is decoded"),
        (PathMatch::prefix("/a"), "/a", true, "equal"),
        (PathMatch::prefix("/a"), "/a/", true, "a final slash"),
        (PathMatch::prefix("/a"), "/a/b", true, "a segment more"),
        (PathMatch::prefix("/a"), "/ab", false, "segments, not letters"),
        (PathMatch::prefix("/a/"), "/a", true, "the final slash of a prefix is nothing"),
        (PathMatch::prefix("/a/"), "/a/b", true, "the same"),
        (PathMatch::prefix("/"), "/", true, "the root"),
        (PathMatch::prefix("/"), "/a/b", true, "takes all paths"),
        (PathMatch::prefix("/"), "*", false, "but no asterisk: OPTIONS * has no path"),
        (PathMatch::prefix("/a"), "", false, "shorter"),
        (PathMatch::raw_prefix("/a"), "/ab", true, "letters"),
        (PathMatch::raw_prefix("/a/"), "/a", false, "nginx: location /a/ does not take /a"),
        (whole("/v[0-9]+"), "/v12", true, "the whole path"),
        (whole("/v[0-9]+"), "/v12/x", false, "open at the end it would match"),
        (whole("/v[0-9]+"), "/x/v12", false, "open at the start it would match"),
        (whole("/a|/b"), "/bx", false, "both alternatives are anchored"),
        (whole("(?i)/a"), "/A", true, "flags of one's own"),
        (start("/v[0-9]+"), "/V12/x", true, "nginx: open at the end, any case"),
        (start("/v[0-9]+"), "/x/v12", false, "nginx: anchored at the start"),
        (start("/a|/b"), "/x/b", true, "nginx: the second alternative has no anchor"),
    ];
    for (path, given, takes, why) in cases {
        assert_eq!(path.takes(given), takes, "{path} {given}: {why}");
    }
}

#[test]
fn a_path_is_shown_in_the_words_of_the_api() {
    let pattern = PathPattern::whole("/v[0-9]+").unwrap();
    let cases = [
        (PathMatch::exact("/a/"), "Exact /a/"),
        (PathMatch::prefix("/api/"), "PathPrefix /api"),
        (PathMatch::prefix("/"), "PathPrefix /"),
        (PathMatch::raw_prefix("/api"), "ImplementationSpecific /api"),
        (PathMatch::Pattern(Arc::new(pattern)), "RegularExpression /v[0-9]+"),
    ];
    for (path, shown) in cases {
        assert_eq!(path.to_string(), shown);
    }
}

#[test]
fn an_expression_that_is_none_or_too_big_is_refused_in_one_line() {
    let long = "a".repeat(4097);
    let nested = format!("{}a{}", "(".repeat(200), ")".repeat(200));
    let cases = [
        ("/a(", "regular expression `/a(`: unclosed group", "broken"),
        ("a)|(b", "regular expression `a)|(b`: unopened group", "it may not leave the anchors' group"),
        ("(?=a)", "look-ahead and look-behind, is not supported", "no look-around"),
        (r"\w{1000}\w{1000}", "is too big", "memory"),
        (&nested, "exceed", "the parser's stack"),
        (&long, "is too long: at most 4096", "text"),
    ];
    for (written, part, why) in cases {
        let error = PathPattern::whole(written).unwrap_err().to_string();
        assert!(error.contains(part), "{why}: {error}");
        assert!(!error.contains('\n'), "{why}: {error}");
    }
    assert!(PathPattern::whole(r"/users/[\w-]{1,64}/(?:a|b)").is_ok(), "what people write fits");
}

#[test]
fn nginx_reads_a_path_decoded_merged_and_without_dots() {
    let cases = [
        ("/a/b", "/a/b", "nothing to do"),
        ("/", "/", "the root"),
        ("", "", "nothing at all"),
        ("*", "*", "OPTIONS *"),
        ("/a/", "/a/", "the final slash stays"),
        ("//a///b", "/a/b", "slashes"),
        ("/a//", "/a/", "slashes at the end"),
        ("/%65x", "/ex", "letters"),
        ("/ex%2f", "/ex/", "an encoded slash is one"),
        ("/a%2f%2fb", "/a/b", "and is merged"),
        ("/a/./b", "/a/b", "one dot"),
        ("/a/.", "/a/", "one dot at the end"),
        ("/a/../b", "/b", "two dots"),
        ("/a/b/..", "/a/", "two dots at the end"),
        ("/a/%2e%2e/b", "/b", "encoded dots"),
        ("/../../a", "/a", "not above the root"),
        ("/..", "/", "nor at the end"),
        ("/...", "/...", "three dots are a name"),
        ("/.well-known/x", "/.well-known/x", "a dot in front too"),
        ("/a%zz%4", "/a%zz%4", "no hexadecimal digits"),
        ("/%2541", "/%41", "decoded once"),
        ("/a+b", "/a+b", "a plus is a plus"),
        ("/%c3%bc", "/ü", "UTF-8"),
        ("/%ff", "/\u{10ffff}", "no UTF-8: a character for the byte"),
        ("/%f4%8f%bf%bf", "/\u{10fff4}\u{10ff8f}\u{10ffbf}\u{10ffbf}", "such a character: one for each byte"),
    ];
    for (given, wanted, why) in cases {
        assert_eq!(normalized(given), wanted, "{given}: {why}");
    }
    for given in ["/a/b", "/", "/.well-known/x", "/a/...", "/a/"] {
        assert!(matches!(normalized(given), Cow::Borrowed(_)), "{given} is not copied");
    }
}

proptest! {
    #[test]
    fn the_bytes_of_a_path_survive_being_read(given in prop::collection::vec(any::<u8>(), 0..12)) {
        use std::fmt::Write as _;
        let mut path = String::from("/x");
        for byte in given.iter().filter(|byte| **byte != b'/') {
            let _ = write!(path, "%{byte:02x}");
        }
        let mut wanted = b"/x".to_vec();
        wanted.extend(given.iter().filter(|byte| **byte != b'/'));
        let normal = normalized(&path);
        prop_assert_eq!(&*bytes(&normal), &wanted[..]);
    }

    #[test]
    fn what_leads_above_the_root_can_not_be_read(segments in prop::collection::vec(prop::sample::select(vec!["a", "..", ".", "", "%2e%2e", "b%2f.."]), 0..8)) {
        let path = format!("/{}", segments.join("/"));
        let mut depth = 0;
        let mut above = false;
        for segment in &segments {
            depth += match *segment {
                "a" => 1,
                ".." | "%2e%2e" => -1,
                _ => 0,
            };
            above |= depth < 0;
        }
        prop_assert_eq!(is_readable(&path), !above);
    }
}
