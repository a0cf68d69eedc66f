//! Where nodes stand, and where paths lead.

use super::super::*;

/// The text at a path of the first document, and its line.
fn at(text: &str, path: &str) -> Option<(String, u32)> {
    let document = Reader::new(text, 0, 1).next()?.ok()?;
    let steps = parse_path(path)?;
    let found = document.tree.follow(document.root?, &steps);
    let node = document.tree.node(found.child)?;
    (found.steps == steps.len()).then(|| (text[node.place.range()].to_owned(), node.place.line))
}

#[test]
fn a_path_leads_to_the_bytes_of_its_value() {
    let yaml = "# é\r\na:\r\n  - {id: 'it''s', w: 10}\r\n  - id: \"x\"\r\n    w: 0x10 # hex\r\n\"b.c/d\": plain text\r\n";
    let json = "{\n  \"a\": [{\"n\": \"x\", \"w\": 10}],\n  \"b\": {\"c\": null}\n}";
    let cases = [
        (yaml, "a[0].id", Some(("'it''s'", 3))),
        (yaml, "a[0].w", Some(("10", 3))),
        (yaml, "a[0]", Some(("{id: 'it''s', w: 10}", 3))),
        (yaml, "a[1].w", Some(("0x10", 5))),
        (yaml, "a[1]", Some(("id: \"x\"\r\n    w: 0x10", 4))),
        (yaml, "[\"b.c/d\"]", Some(("plain text", 6))),
        (yaml, "a[2]", None),
        (yaml, "a.b", None),
        (json, "a[0].w", Some(("10", 2))),
        (json, "b.c", Some(("null", 3))),
        (json, "a[0]", Some(("{\"n\": \"x\", \"w\": 10}", 2))),
    ];
    for (text, path, want) in cases {
        assert_eq!(at(text, path), want.map(|(text, line)| (text.to_owned(), line)), "{path} of {text}");
        if let Some((value, line)) = want {
            let marked = format!("\u{feff}{text}");
            assert_eq!(at(&marked, path), Some((value.to_owned(), line)), "{path} behind a byte order mark");
        }
    }
}

#[test]
fn a_path_is_read_or_it_is_none() {
    let key = |name: &str| Step::Key(name.to_owned());
    let cases = [
        ("spec.rules[0].weight", Some(vec![key("spec"), key("rules"), Step::Index(0), key("weight")])),
        ("metadata.annotations[\"a.b/c\"]", Some(vec![key("metadata"), key("annotations"), key("a.b/c")])),
        ("metadata.annotations['a']", Some(vec![key("metadata"), key("annotations"), key("a")])),
        ("", Some(vec![])),
        ("a..b", None),
        ("a[", None),
        ("a[x]", None),
        ("a[0]b", None),
        (".a", None),
        ("a[\"b]", None),
    ];
    for (path, want) in cases {
        assert_eq!(parse_path(path), want, "{path}");
    }
}

#[test]
fn documents_know_where_they_begin_and_end() {
    let cases = [
        ("a: 1\n---\nb: 2\n", vec![(0, 1), (5, 2)], "with and without a marker"),
        ("# c\n\n  a: 1\n  b: 2\n", vec![(5, 3)], "an indented first line, with its indent"),
        (
            "--- # x\na: 1\n...\n%YAML 1.2\n---\nb: 2\n",
            vec![(0, 1), (17, 4)],
            "directives belong to the document",
        ),
        ("{\"a\":1}\n  {\"a\":2}", vec![(0, 1), (10, 2)], "JSON"),
    ];
    for (text, want, why) in cases {
        let documents: Vec<_> = Reader::new(text, 0, 1).map(Result::unwrap).collect();
        let seen: Vec<_> = documents.iter().map(|d| (d.start, d.line)).collect();
        assert_eq!(seen, want, "{why}");
        for document in &documents {
            let again =
                Reader::new(&text[document.start..], document.start, document.line).next().unwrap().unwrap();
            assert_eq!(
                (again.start, again.line, again.end),
                (document.start, document.line, document.end),
                "{why}"
            );
            assert_eq!(again.tree.nodes, document.tree.nodes, "{why}: read from its own beginning");
        }
    }
}
