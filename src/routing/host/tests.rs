use super::*;
use InvalidAuthority as Bad;

fn pattern(text: &str) -> HostPattern {
    HostPattern::parse(text).unwrap()
}

#[test]
fn a_hostname_is_read_in_small_letters_or_refused_with_the_part_at_fault() {
    let label = |given: &str, label: &str| {
        Err(InvalidHost::Label { given: given.to_owned(), label: label.to_owned() })
    };
    let long = ["abcdefghi"; 26].join(".");
    let cases = [
        ("", Ok(HostPattern::Any), "no hostname is every host"),
        ("Shop.Example", Ok(HostPattern::Exact("shop.example".into())), "DNS does not know case"),
        ("*.shop.example", Ok(HostPattern::Under("shop.example".into())), "a wildcard"),
        ("localhost", Ok(HostPattern::Exact("localhost".into())), "one label is a name"),
        ("*", label("*", "*"), "Gateway API leaves the field out instead"),
        ("a.*.example", label("a.*.example", "*"), "a star stands in front only"),
        ("*a.example", label("*a.example", "*a"), "a star is a whole label"),
        ("a..b", label("a..b", ""), "no empty label"),
        ("a.example.", label("a.example.", ""), "no final dot"),
        ("*.", label("*.", ""), "something must follow the star"),
        ("-a.example", label("-a.example", "-a"), "no hyphen at the ends"),
        ("a_b.example", label("a_b.example", "a_b"), "no underscore"),
        ("a.example:80", label("a.example:80", "example:80"), "no port"),
        ("10.0.0.1", Err(InvalidHost::Address("10.0.0.1".into())), "IPv4"),
        ("::1", Err(InvalidHost::Address("::1".into())), "IPv6"),
        ("[::1]", Err(InvalidHost::Address("[::1]".into())), "IPv6 in brackets"),
        (&long, Err(InvalidHost::Length { given: long.clone(), length: 259 }), "RFC 1035"),
    ];
    for (given, wanted, why) in cases {
        assert_eq!(HostPattern::parse(given), wanted, "{why}");
    }
    assert_eq!(
        HostPattern::parse_one_label("*.A.example"),
        Ok(HostPattern::OneLabel("a.example".into())),
        "an Ingress has the other wildcard"
    );
}

#[test]
fn a_pattern_takes_the_hosts_of_its_set_only() {
    let one = HostPattern::parse_one_label("*.shop.example").unwrap();
    let cases = [
        (pattern("shop.example"), "shop.example", true, "the name"),
        (pattern("shop.example"), "a.shop.example", false, "a name is no wildcard"),
        (pattern("*.shop.example"), "a.shop.example", true, "one label"),
        (pattern("*.shop.example"), "a.b.shop.example", true, "two labels"),
        (pattern("*.shop.example"), "shop.example", false, "never the name itself"),
        (pattern("*.shop.example"), "myshop.example", false, "labels, not letters"),
        (pattern("*.shop.example"), ".shop.example", false, "a label is not empty"),
        (one.clone(), "a.shop.example", true, "one label"),
        (one.clone(), "a.b.shop.example", false, "nginx: exactly one"),
        (one, "shop.example", false, "nginx: not none"),
        (HostPattern::Any, "10.0.0.1", true, "any host may be an address"),
        (HostPattern::Any, "", true, "and even none"),
    ];
    for (pattern, host, takes, why) in cases {
        assert_eq!(pattern.takes(Host(host)), takes, "{pattern} {host}: {why}");
    }
}

#[test]
fn two_hostnames_share_the_narrower_one_in_either_order() {
    let cases = [
        ("*.Shop.Example", "a.b.shop.example", Some("a.b.shop.example"), "any depth and case"),
        ("*.shop.example", "*.b.shop.example", Some("*.b.shop.example"), "wildcards nest"),
        ("*.shop.example", "*.shop.example", Some("*.shop.example"), "equal ones"),
        ("*.shop.example", "shop.example", None, "the suffix is outside"),
        ("*.shop.example", "a.myshop.example", None, "labels, not letters"),
        ("*.a.example", "*.b.example", None, "sisters"),
        ("", "*.a.example", Some("*.a.example"), "no hostname takes all"),
        ("", "", Some(""), "two without"),
        ("a.example", "b.example", None, "two names"),
    ];
    for (left, right, shared, why) in cases {
        let (left, right, shared) = (pattern(left), pattern(right), shared.map(pattern));
        assert_eq!(left.intersection(&right), shared.as_ref(), "{why}");
        assert_eq!(right.intersection(&left), shared.as_ref(), "{why}");
        assert_eq!(left.intersects(&right), shared.is_some(), "{why}");
    }
}

#[test]
fn what_covers_or_meets_agrees_with_the_hosts_taken() {
    let names = ["example", "a.example", "b.a.example", "c.b.a.example", "x.example", "b.x.example", "other"];
    let mut all: Vec<HostPattern> = vec![HostPattern::Any];
    for name in names {
        let wildcard = format!("*.{name}");
        all.extend([pattern(name), pattern(&wildcard), HostPattern::parse_one_label(&wildcard).unwrap()]);
    }
    // Every host up to three labels under each name: enough to tell any two of the sets apart.
    let mut hosts: Vec<String> = names.map(str::to_owned).to_vec();
    for name in names {
        for front in ["q", "a", "b", "c", "q.q", "q.q.q", "c.b", "b.a"] {
            hosts.push(format!("{front}.{name}"));
        }
    }
    for left in &all {
        for right in &all {
            let inside =
                hosts.iter().filter(|host| right.takes(Host(host))).all(|host| left.takes(Host(host)));
            let covers = inside && (*right != HostPattern::Any || *left == HostPattern::Any);
            assert_eq!(left.covers(right), covers, "{left:?} covers {right:?}");
            let meet = hosts.iter().any(|host| left.takes(Host(host)) && right.takes(Host(host)));
            assert_eq!(left.intersects(right), meet, "{left:?} meets {right:?}");
        }
    }
}

#[test]
fn the_more_specific_hostname_goes_first() {
    let one = HostPattern::parse_one_label("*.a.example").unwrap();
    let order = [
        pattern("b.a.example"),
        pattern("*.b.a.example"),
        one,
        pattern("*.a.example"),
        pattern("*.example"),
        pattern(""),
    ];
    assert!(order.is_sorted_by(|a, b| a.by_specificity(b).is_lt()), "{order:?}");
}

#[test]
fn a_pattern_is_shown_as_it_was_written() {
    for text in ["a.example", "*.a.example"] {
        assert_eq!(pattern(text).to_string(), text);
    }
    assert_eq!(HostPattern::Any.to_string(), "*", "an empty field would not be seen");
}

#[test]
fn the_host_of_a_request_is_read_or_refused() {
    let long = "a".repeat(254);
    let cases = [
        ("a.example", Ok("a.example"), "as it is"),
        ("A.Example:8080", Ok("a.example"), "case and port go"),
        ("a.example.", Ok("a.example"), "the final dot goes"),
        ("a.example.:80", Ok("a.example"), "before the port too"),
        ("a.example:", Ok("a.example"), "RFC 3986: the digits may be missing"),
        ("a_b.example", Ok("a_b.example"), "clients do have underscores"),
        ("10.0.0.1:80", Ok("10.0.0.1"), "IPv4"),
        ("[2001:DB8::1]:443", Ok("[2001:db8::1]"), "IPv6 keeps its brackets"),
        ("[::1]", Ok("[::1]"), "without a port"),
        ("", Err(Bad::Empty), "no host"),
        (":80", Err(Bad::Empty), "a port only"),
        (".", Err(Bad::EmptyLabel), "the root of DNS"),
        ("a..b", Err(Bad::EmptyLabel), "ambiguous"),
        (".a", Err(Bad::EmptyLabel), "a label is missing"),
        ("a..", Err(Bad::EmptyLabel), "two final dots"),
        ("user@a.example", Err(Bad::Byte(b'@')), "RFC 9110 section 4.2.4"),
        ("a.example/b", Err(Bad::Byte(b'/')), "a path"),
        ("a.example, b.example", Err(Bad::Byte(b',')), "two hosts joined"),
        ("%61.example", Err(Bad::Byte(b'%')), "encoded letters hide a name"),
        ("bücher.example", Err(Bad::Byte(0xc3)), "DNS names travel in ASCII"),
        ("a b", Err(Bad::Byte(b' ')), "a space"),
        ("a.example:http", Err(Bad::Port), "a port is a number"),
        ("a.example:65536", Err(Bad::Port), "of 16 bits"),
        ("a.example:+80", Err(Bad::Port), "of digits only"),
        ("a:80:90", Err(Bad::Port), "once"),
        ("::1", Err(Bad::Port), "an address needs brackets"),
        ("[::1", Err(Bad::Brackets), "closed ones"),
        ("[::1]80", Err(Bad::Brackets), "and a colon after them"),
        ("[a.example]", Err(Bad::Brackets), "with an address"),
        ("[fe80::1%25eth0]", Err(Bad::Brackets), "a zone means nothing to a server"),
        (&long, Err(Bad::TooLong), "longer than any name"),
    ];
    for (given, wanted, why) in cases {
        assert_eq!(Host::from_authority(given).as_deref(), wanted.as_ref().copied(), "{given:?}: {why}");
    }
}

#[test]
fn a_host_that_is_in_order_is_not_copied() {
    for given in ["a.example", "a.example:80", "a.example.", "[::1]:80"] {
        assert!(matches!(Host::from_authority(given), Ok(Cow::Borrowed(_))), "{given}");
    }
}
