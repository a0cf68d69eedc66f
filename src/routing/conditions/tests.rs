use super::*;
use crate::routing::fixture::{get, header, query};

fn field(field: Field, name: &str, value: ValueMatch) -> FieldMatch {
    FieldMatch { field, name: name.into(), value }
}

fn pattern(written: &str) -> ValueMatch {
    ValueMatch::whole(written).unwrap()
}

#[test]
fn a_field_is_met_by_its_first_value() {
    use Field::{Cookie, Header, Query};
    let cases = [
        (header("x-v", "v2"), get("/").header("x-v", "v2"), true, "equal"),
        (header("x-v", "v2"), get("/").header("x-v", "V2"), false, "case of values counts"),
        (header("x-v", "v2"), get("/"), false, "none"),
        (header("x-v", ""), get("/").header("x-v", ""), true, "an empty value is a value"),
        (header("x-v", "a, b"), get("/").header("x-v", "a").header("x-v", "b"), true, "RFC 9110: joined"),
        (field(Header, "x-v", pattern("v[12]")), get("/").header("x-v", "v1"), true, "an expression"),
        (
            field(Header, "x-v", pattern("v[12]")),
            get("/").header("x-v", "v12"),
            false,
            "over the whole value",
        ),
        (
            field(Header, "x-v", ValueMatch::part("v[12]").unwrap()),
            get("/").header("x-v", "av12"),
            true,
            "ingress-nginx: a part is enough",
        ),
        (query("a", "1"), get("/?a=1"), true, "equal"),
        (query("a", "1"), get("/?b=2&a=1"), true, "anywhere"),
        (query("a", "1"), get("/?a=2&a=1"), false, "the first of its name counts"),
        (query("a", "1"), get("/"), false, "no query"),
        (query("a", "1"), get("/?A=1"), false, "case of names counts"),
        (query("a", ""), get("/?a"), true, "without = the value is empty"),
        (query("a", ""), get("/?&&a="), true, "empty pairs are nothing"),
        (query("a", "x y"), get("/?a=x%20y"), true, "decoded"),
        (query("a", "x y"), get("/?a=x+y"), false, "a plus is no space: RFC 3986"),
        (query("a b", "1"), get("/?a%20b=1"), true, "names are decoded too"),
        (query("a", "1=2"), get("/?a=1=2"), true, "the first = parts"),
        (query("a", "50%"), get("/?a=50%"), true, "a stray % stays"),
        (field(Query, "a", pattern("ü+")), get("/?a=%C3%BC%c3%bc"), true, "an expression sees it decoded"),
        (
            field(Cookie, "c", ValueMatch::exact("always")),
            get("/").header("cookie", "a=b; c=always"),
            true,
            "a cookie",
        ),
        (
            field(Cookie, "c", ValueMatch::exact("1")),
            get("/").header("cookie", "c=2; c=1"),
            false,
            "the first counts",
        ),
        (field(Cookie, "c", ValueMatch::exact("1")), get("/").header("cookie", "cc=1"), false, "whole names"),
        (field(Cookie, "c", ValueMatch::exact("1")), get("/").header("cookie", "c"), false, "no value"),
    ];
    for (field, request, met, why) in cases {
        assert_eq!(field.met(&request), met, "{field} with {request:?}: {why}");
        if met {
            let value = field.value_in(&request).expect("what is met is there");
            assert!(field.value.takes(&value), "{why}: shown as it is compared");
        }
    }
}

#[test]
fn all_conditions_must_hold_and_those_that_do_not_are_named() {
    let conditions = Conditions {
        tests: Box::default(),
        method: Some("POST".into()),
        fields: [header("a", "1"), query("b", "2"), header("A", "9")].into(),
    };
    let mut request = get("/?b=2").header("a", "1");
    let unmet: Vec<_> = conditions.unmet(&request).collect();
    assert_eq!(unmet, [Unmet::Method("POST")], "the second entry of a name is left out (Gateway API)");
    assert!(!conditions.met(&request));
    request.method = "POST".into();
    assert!(conditions.met(&request));
    request.method = "post".into();
    assert!(!conditions.met(&request), "methods have case");
    assert!(Conditions::default().met(&request), "nothing asked, nothing missed");
}

#[test]
fn a_value_that_is_not_encoded_is_not_copied() {
    let request = get("/?a=plain");
    let value = query("a", "plain").value_in(&request);
    assert!(matches!(value, Some(Cow::Borrowed("plain"))));
}

#[test]
fn conditions_are_shown_in_words() {
    let conditions = Conditions {
        tests: Box::default(),
        method: Some("GET".into()),
        fields: [
            header("x-api-version", "v2"),
            field(Field::Query, "a", pattern("re+")),
            field(Field::Cookie, "c", ValueMatch::exact("always")),
        ]
        .into(),
    };
    assert_eq!(
        conditions.to_string(),
        "method GET, header x-api-version = v2, query a ~ re+, cookie c = always"
    );
    assert_eq!(Conditions::default().to_string(), "");
}
