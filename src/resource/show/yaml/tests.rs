//! The look of what is written. That it means the same is a property in `cli::out`, where the reader is at hand.

use serde_json::json;

use super::*;

#[test]
fn values_are_written_as_kubectl_writes_them() {
    let value = json!({
        "kind": "List", "empty": {}, "none": null,
        "items": [
            {"name": "a", "ports": [80, 443, "80"], "labels": {"on": "yes"}},
            [1, [2, {"a": 1, "b": 2}]], [], "x: y", "text\nof two\n", ["in\n\na list"]
        ],
        "text": {"kept": "1\n2\n\n", "one": "1\n"}
    });
    let expected = r#"empty: {}
items:
- labels:
    "on": "yes"
  name: a
  ports:
  - 80
  - 443
  - "80"
- - 1
  - - 2
    - a: 1
      b: 2
- []
- 'x: y'
- |
  text
  of two
- - |-
    in

    a list
kind: List
none: null
text:
  kept: |+
    1
    2

  one: |
    1
"#;
    assert_eq!(to_yaml(&value), expected);
    let long = "k".repeat(129);
    assert_eq!(
        yaml_item(&json!({&long: 1, "l": {&long: [2]}})),
        format!("- ? {long}\n  : 1\n  l:\n    ? {long}\n    :\n    - 2\n")
    );
    assert_eq!(yaml_item(&json!({"a": [1], "b": 2})), "- a:\n  - 1\n  b: 2\n");
}

#[test]
fn strings_are_quoted_only_where_yaml_reads_them_otherwise() {
    let cases = [
        ("plain", "plain", "a word"),
        ("two words", "two words", "and two"),
        ("größe 東京", "größe 東京", "letters of the world"),
        ("yes", "\"yes\"", "a truth value in YAML 1.1"),
        ("Off", "\"Off\"", "in any case"),
        ("", "\"\"", "nothing"),
        ("~", "\"~\"", "null"),
        ("<<", "\"<<\"", "a merge"),
        ("80", "\"80\"", "a number"),
        ("0755", "\"0755\"", "an octal number"),
        ("1e3", "\"1e3\"", "a float"),
        ("1_000", "\"1_000\"", "a number in groups"),
        ("-0x1F", "\"-0x1F\"", "a hexadecimal number"),
        ("-.Inf", "\"-.Inf\"", "no number that JSON has"),
        ("1:30", "\"1:30\"", "ninety, in base 60"),
        ("2026-11-24T10:32:43Z", "\"2026-11-24T10:32:43Z\"", "a time"),
        ("2026-11-24", "\"2026-11-24\"", "a date"),
        ("1.5s", "1.5s", "no number"),
        ("10.0.0.1", "10.0.0.1", "an address"),
        ("8080/tcp", "8080/tcp", "a port"),
        ("2026-11-release", "2026-11-release", "no date"),
        ("*.example.com", "'*.example.com'", "an alias"),
        ("a: b", "'a: b'", "a mapping"),
        ("a:", "'a:'", "a mapping to nothing"),
        (":80", ":80", "no mapping"),
        ("http://a/#b", "http://a/#b", "no comment"),
        ("a #b", "'a #b'", "a comment"),
        ("#no", "'#no'", "a comment from the start"),
        ("- a", "'- a'", "an item"),
        ("-a", "-a", "no item"),
        ("-", "'-'", "an empty item"),
        ("---", "'---'", "the end of a document"),
        (" lead", "' lead'", "a blank in front"),
        ("trail ", "'trail '", "a blank at the end"),
        ("it's", "it's", "a quote inside"),
        ("'it's'", "'''it''s'''", "a quote in front"),
        ("{{ .Host }}", "'{{ .Host }}'", "a template"),
        ("a\tb", "\"a\\tb\"", "a tab"),
        ("a \nb", "\"a \\nb\"", "a blank at a line's end"),
        ("\n", "\"\\n\"", "a line end alone"),
        ("\u{1b}[31m \"\\", "\"\\x1b[31m \\\"\\\\\"", "an escape sequence"),
        ("a\u{202e}b\u{e0041}", "\"a\\u202eb\\U000e0041\"", "a turned direction, an unseen letter"),
    ];
    for (text, written, why) in cases {
        assert_eq!(to_yaml(&text.into()), format!("{written}\n"), "{why}");
    }
}
