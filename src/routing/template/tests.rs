use super::*;

struct Fixed;

impl Variables for Fixed {
    fn value(&self, variable: &Variable) -> Cow<'_, str> {
        Cow::Owned(format!("<{}>", variable.name()))
    }
}

#[test]
fn variables_are_found_and_all_else_stays() {
    let cases = [
        ("https://$host$request_uri", "https://<host><request_uri>"),
        ("${scheme}s", "<scheme>s"),
        ("$1/$2x", "<1>/<2>x"),
        ("costs 5$", "costs 5$"),
        ("$ $$", "$ $$"),
        ("${open", "${open"),
        ("$http_x_api_version;$arg_Id", "<http_x_api_version>;<arg_id>"),
        ("plain", "plain"),
        ("", ""),
    ];
    for (text, wanted) in cases {
        assert_eq!(Template::parse(text).render(&Fixed), wanted, "{text}");
    }
    assert_eq!(Template::literal("$host").render(&Fixed), "$host");
}

#[test]
fn what_is_known_beforehand_becomes_text() {
    let template = Template::parse_with("$service_name.$namespace.svc", |name| match name {
        "service_name" => Some("web".into()),
        "namespace" => Some("shop".into()),
        _ => None,
    });
    assert_eq!(template.as_literal(), Some("web.shop.svc"));
}

#[test]
fn a_template_is_shown_as_it_was_written() {
    for text in ["https://$host$request_uri", "$http_x_a-$cookie_b$3$nobody", "a$"] {
        assert_eq!(Template::parse(text).to_string(), text);
    }
    assert_eq!(Template::parse("$nobody $host").unknown().collect::<Vec<_>>(), ["nobody"]);
}
