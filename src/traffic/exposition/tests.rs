use proptest::prelude::*;

use super::*;

fn all(text: &str) -> Page {
    parse(text, |_| true)
}

/// One line read: name, labels as `k=v` one after the other, value.
fn read(line: &str) -> Option<(String, Vec<String>, f64)> {
    let page = all(line);
    assert!(page.rejected.is_empty(), "{line}: {:?}", page.rejected);
    let sample = page.samples.into_iter().next()?;
    let labels = sample.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Some((sample.name, labels, sample.value))
}

#[test]
fn every_line_that_is_written_so_somewhere_is_read_whole() {
    let cases: &[(&str, &str, &[&str], f64, &str)] = &[
        ("up 1", "up", &[], 1.0, "no labels"),
        ("envoy_server_live{} 1", "envoy_server_live", &[], 1.0, "Envoy writes empty braces"),
        (r#"x{path="/v[0-9]{2}/x"} 1"#, "x", &["path=/v[0-9]{2}/x"], 1.0, "ingress-nginx: braces in a value"),
        (r#"x{path="/a,b"} 1"#, "x", &["path=/a,b"], 1.0, "a comma in a value"),
        (r#"x{path="/a?x=1"} 1"#, "x", &["path=/a?x=1"], 1.0, "= in a value"),
        (
            r#"x{destination="k8s:app=web,k8s:ns=x"} 1"#,
            "x",
            &["destination=k8s:app=web,k8s:ns=x"],
            1.0,
            "Hubble: all of these",
        ),
        (r#"x{a="1", b="2"} 1"#, "x", &["a=1", "b=2"], 1.0, "a space after the comma"),
        (r#"x{ a="1" } 1"#, "x", &["a=1"], 1.0, "spaces in the braces"),
        (r#"x { a = "1" , b = "2" , } 1"#, "x", &["a=1", "b=2"], 1.0, "spaces everywhere, a last comma"),
        ("x\t{a=\"1\"}\t1\t", "x", &["a=1"], 1.0, "tabs"),
        (r#"x{a="1"}1"#, "x", &["a=1"], 1.0, "no space after the braces"),
        (r#"x{a="q\"b\\s\nn"} 1"#, "x", &["a=q\"b\\s\nn"], 1.0, "escapes are read"),
        (r#"x{a="\\n"} 1"#, "x", &["a=\\n"], 1.0, "a backslash and an n"),
        (r#"x{a="\d"} 1"#, "x", &["a=\\d"], 1.0, "no escape: kept"),
        (r#"x{a="ends\\"} 1"#, "x", &["a=ends\\"], 1.0, "a backslash before the quote"),
        (r#"x{a=""} 1"#, "x", &["a="], 1.0, "an empty value"),
        ("x{a=\"# {\"} 1", "x", &["a=# {"], 1.0, "no comment"),
        ("job:x:rate5m 0.5", "job:x:rate5m", &[], 0.5, "recording rules have colons"),
        (r#"{"my.metric",a="1"} 1"#, "my.metric", &["a=1"], 1.0, "UTF-8 names"),
        (r#"{"my.metric"} 1"#, "my.metric", &[], 1.0, "without labels"),
        (r#"{"a\"b"} 1"#, "a\"b", &[], 1.0, "escaped names"),
        (r#"x{"my.label"="1"} 1"#, "x", &["my.label=1"], 1.0, "UTF-8 labels"),
        (r#"x{ort="Köln ☃"} 1"#, "x", &["ort=Köln ☃"], 1.0, "UTF-8 values"),
        (r#"x_total{a="1"} 3 # {trace_id="a b"} 0.5 1.5"#, "x_total", &["a=1"], 3.0, "an exemplar"),
        ("x 3 1712345678901", "x", &[], 3.0, "a timestamp in milliseconds"),
        ("x 3 1712345678.901", "x", &[], 3.0, "OpenMetrics: in seconds"),
        ("x 3 1712345678.901 # {} 1", "x", &[], 3.0, "both"),
        ("x +Inf", "x", &[], f64::INFINITY, "plus infinity"),
        ("x -Inf", "x", &[], f64::NEG_INFINITY, "minus infinity"),
        ("x 1.5e+06", "x", &[], 1.5e6, "an exponent"),
        ("x -0.5", "x", &[], -0.5, "negative"),
        ("x_created 1.7e9", "x_created", &[], 1.7e9, "an ordinary sample"),
        ("x 1\r", "x", &[], 1.0, "CRLF"),
        ("  x 1", "x", &[], 1.0, "indented"),
    ];
    for (line, name, labels, value, why) in cases {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        assert_eq!(read(line), Some(((*name).to_owned(), labels, *value)), "{why}");
    }
    assert!(read("x NaN").is_some_and(|(_, _, value)| value.is_nan()), "no number is a value");
}

#[test]
fn what_can_not_be_read_is_told_with_its_line() {
    let cases = [
        (
            "<html><h1>502 Bad Gateway</h1></html>",
            "`<html><h1>502 Bad Gateway</h1></html>` stands where a metric's name should be",
        ),
        ("Service Unavailable", "`Unavailable` stands where a value should be"),
        ("x", "the line ends where a value should be"),
        ("x{a=\"1\"}", "the line ends where a value should be"),
        ("x{a=\"1\" 1", "`1` stands where `,` or `}` after a label should be"),
        ("x{a=\"1 1", "`\"1 1` stands where a closing quote should be"),
        ("x{a=\"1\\", "`\"1\\` stands where a closing quote should be"),
        ("x{a=1} 1", "`1} 1` stands where a text in quotes should be"),
        ("x{a} 1", "`} 1` stands where `=` after a label's name should be"),
        ("x{1a=\"1\"} 1", "`1a=\"1\"} 1` stands where a label's name or `}` should be"),
        ("x{a:b=\"1\"} 1", "`:b=\"1\"} 1` stands where `=` after a label's name should be"),
        ("x{,} 1", "`,} 1` stands where a label's name or `}` should be"),
        ("x{a=\"1\",a=\"2\"} 1", "label `a` stands there twice"),
        ("{a=\"1\"} 1", "`{a=\"1\"} 1` stands where a metric's name should be"),
        ("{\"x\" a=\"1\"} 1", "`a=\"1\"} 1` stands where `,` or `}` after the metric's name should be"),
        ("1x 1", "`1x 1` stands where a metric's name should be"),
        ("x-y 1", "`-y 1` stands where a space or `{` after the metric's name should be"),
        ("x one", "`one` stands where a value should be"),
        ("x 1,5", "`1,5` stands where a value should be"),
        ("x 1 then", "`then` stands where a timestamp should be"),
        ("x 1 2 3", "`3` stands where the end of the line should be"),
    ];
    for (line, why) in cases {
        let page = all(&format!("up 1\n{line}\nup 2\n"));
        assert_eq!(page.rejected, [(2, why.to_owned())]);
        assert_eq!(page.samples.len(), 2, "the lines around {line} are read");
    }
}

#[test]
fn comments_types_and_empty_lines_are_no_samples() {
    let page = all("# HELP x A text with { and \"\n# TYPE x counter\n\n   \n#x 1\n# EOF\n\r\n");
    assert_eq!(page, Page::default());
}

#[test]
fn an_error_page_is_no_empty_page() {
    let page = parse("<!DOCTYPE html>\r\n<html>\r\n<h1>502 Bad Gateway</h1>\r\n</html>", |name| name == "x");
    assert_eq!(page.samples, []);
    assert_eq!(page.rejected.len(), 4, "each line is told, wanted or not");
}

#[test]
fn only_wanted_names_are_kept_and_broken_lines_are_told_all_the_same() {
    let page =
        parse("x 1\ny{a=\"1\"} 2\n{\"z.z\",a=\"1\"} 3\ny{a=} 4\n", |name| name == "y" || name == "z.z");
    let names: Vec<_> =
        page.samples.iter().map(|sample| (sample.name.as_str(), sample.labels.len())).collect();
    assert_eq!(names, [("y", 1), ("z.z", 1)]);
    assert_eq!(page.rejected.len(), 1);
}

proptest! {
    #[test]
    fn any_labels_come_back_as_they_were_written(
        labels in prop::collection::btree_map("[a-zA-Z_][a-zA-Z0-9_]{0,6}", ".{0,12}|[\"\\\\n{},= \n]{0,8}", 0..5),
        value in any::<f64>(),
        crlf: bool,
    ) {
        let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let written: Vec<String> = labels.iter().map(|(name, text)| format!("{name}=\"{}\"", escape(text))).collect();
        let end = if crlf { "\r\n" } else { "\n" };
        let page = all(&format!("before 1{end}m{{{}}} {value}{end}", written.join(",")));
        prop_assert_eq!(&page.rejected, &[]);
        let sample = &page.samples[1];
        let wanted: Vec<(String, String)> = labels.into_iter().collect();
        prop_assert_eq!(&sample.labels, &wanted);
        prop_assert!(sample.value == value || sample.value.is_nan() && value.is_nan());
    }

    #[test]
    fn no_text_makes_it_fail_and_no_line_is_lost(text in "([a-z{}\"\\\\=,# \t\r\n1.]|é){0,80}") {
        let page = all(&text);
        let full = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line).trim_start_matches([' ', '\t']));
        let lines = full.filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        prop_assert_eq!(page.samples.len() + page.rejected.len(), lines);
    }
}
