//! The reader against what kubectl's reader does, and against texts meant to break it.

mod places;
mod truth;

use proptest::prelude::*;

use super::*;

/// All documents of a text as compact JSON, members sorted as Go sorts them; faults as `line kind: message`.
fn read(text: &str) -> Vec<Result<String, String>> {
    Reader::new(text, 0, 1)
        .map(|next| match next {
            Err(fault) => Err(format!("{} {:?}: {}", fault.line, fault.kind, fault.message)),
            Ok(document) => {
                let Some(root) = document.root else { return Ok("null".to_owned()) };
                let mut out = Vec::new();
                let mut budget = Budget::new(document.end - document.start, document.tree.nodes.len());
                match write(&document.tree, root, Trim::Nothing, &mut budget, &mut out) {
                    Some(()) => Ok(String::from_utf8(out).unwrap()),
                    None => Err("budget".to_owned()),
                }
            }
        })
        .collect()
}

/// Members that are null are left out by us; `serde_json` sorts the rest.
fn without_nulls(text: &str) -> serde_json::Value {
    fn prune(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(members) => {
                members.retain(|_, value| !value.is_null());
                members.values_mut().for_each(prune);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(prune),
            _ => {}
        }
    }
    let mut value = serde_json::from_str(text).unwrap();
    prune(&mut value);
    value
}

#[test]
fn every_text_means_what_it_means_to_kubectl() {
    let mut wrong = Vec::new();
    for (yaml, truth) in truth::SCALARS.iter().chain(truth::DOCUMENTS) {
        let documents = read(yaml);
        let ours = match documents.as_slice() {
            [] => Some("null".to_owned()),
            [Ok(json)] => Some(json.clone()),
            [Err(_)] => None,
            more => panic!("{yaml:?} became {more:?}"),
        };
        let same = match (&ours, truth) {
            (Some(ours), Some(truth)) => without_nulls(ours) == without_nulls(truth),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !same {
            wrong.push(format!("{yaml:?}: ours {ours:?}, kubectl's {truth:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_whole_number_is_written_as_one() {
    let cases = [
        ("v: 1.0", r#"{"v":1}"#, "a weight of 1.0 is a whole number to an API server"),
        ("v: 1e21", r#"{"v":1e+21}"#, "as Go writes it"),
        (r#"{"v": 1.0}"#, r#"{"v":1}"#, "JSON too"),
        (r#"{"v": 1e2}"#, r#"{"v":100}"#, "JSON too"),
        ("v: 12345678901234567890", r#"{"v":12345678901234567890}"#, "all 64 bits"),
    ];
    for (yaml, json, why) in cases {
        assert_eq!(read(yaml), [Ok(json.to_owned())], "{why}");
    }
}

#[test]
fn after_a_mistake_the_next_document_is_read() {
    let cases = [
        (
            "a: [1\n---\nb: 2\n",
            vec![Err("1 Yaml: unclosed bracket"), Ok(r#"{"b":2}"#)],
            "a list that is not closed",
        ),
        (
            "a: 1\n---\nb:\n\tc: 1\n---\nd: 4\n",
            vec![Ok(r#"{"a":1}"#), Err("4 Yaml: a tab"), Ok(r#"{"d":4}"#)],
            "a tab",
        ),
        (
            "a: .inf\nb: 1\n---\nc: 3\n",
            vec![Err("1 Value: `.inf`"), Ok(r#"{"c":3}"#)],
            "a value that JSON has not",
        ),
        ("a: *x\n---\nc: 3\n", vec![Err("1 Yaml: "), Ok(r#"{"c":3}"#)], "an alias without an anchor"),
        ("~: x\n---\nc: 3\n", vec![Err("1 Value: a key"), Ok(r#"{"c":3}"#)], "a null key"),
    ];
    for (text, want, why) in cases {
        let seen = read(text);
        let same = seen.len() == want.len()
            && seen.iter().zip(&want).all(|(seen, want)| match (seen, want) {
                (Ok(seen), Ok(want)) => seen == want,
                (Err(seen), Err(want)) => {
                    // The parser's own words may change; the line and the sort may not.
                    seen.starts_with(want) || want.split(' ').take(2).eq(seen.split(' ').take(2))
                }
                (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
            });
        assert!(same, "{why}: {seen:?}");
    }
}

#[test]
fn a_tab_says_what_to_do() {
    for text in ["a:\n\tb: 1\n", "a:\n  - x\n\t- y\n", "a: |\n\tx\n"] {
        let fault = Reader::new(text, 0, 1).find_map(Result::err);
        let Some(fault) = fault else { panic!("{text:?} was read as {:?}", read(text)) };
        assert!(fault.fix.contains("spaces"), "{text:?}: {fault:?}");
    }
}

#[test]
fn deep_nesting_is_told_and_never_overflows() {
    let deep = 5_000;
    let cases = [
        ("{".repeat(deep), "braces alone"),
        (format!("a: {}", "{".repeat(deep)), "braces behind a key"),
        ("[".repeat(deep), "brackets"),
        (r#"{"a":"#.repeat(deep), "JSON that is not closed"),
        (format!("{}1{}", r#"{"a":"#.repeat(deep), "}".repeat(deep)), "JSON"),
        (format!("{}1{}", "{a: ".repeat(deep), "}".repeat(deep)), "flow"),
        ((0..deep).map(|i| format!("{}a:\n", " ".repeat(i))).collect::<Vec<_>>().concat(), "indents"),
        (format!("{}x", "- ".repeat(deep)), "lists in lists"),
    ];
    for (text, why) in cases {
        let faults: Vec<Fault> = Reader::new(&text, 0, 1).filter_map(Result::err).collect();
        assert_eq!(faults.first().map(|fault| fault.kind), Some(FaultKind::Deep), "{why}: {faults:?}");
    }
}

#[test]
fn what_is_as_deep_as_allowed_can_be_read_by_all_readers() {
    let text = format!("{}1{}", "{a: ".repeat(MAX_DEPTH), "}".repeat(MAX_DEPTH));
    let json = read(&text).remove(0).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
}

#[test]
fn aliases_that_multiply_are_refused_at_once() {
    let mut lists = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    let mut merges = String::from("m0: &m0 {k: v}\n");
    for level in 1..30 {
        let before = level - 1;
        let nine = vec![format!("*a{before}"); 9].join(", ");
        lists.push_str(&format!("a{level}: &a{level} [{nine}]\n"));
        merges.push_str(&format!(
            "m{level}: &m{level} {{<<: *m{before}, l{level}: *m{before}, r{level}: *m{before}}}\n"
        ));
    }
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 90_000].join(", "));
    let began = std::time::Instant::now();
    for (text, why) in [(lists, "lists of lists"), (merges, "merges"), (long, "a long text many times")] {
        let seen = read(&text);
        assert!(
            seen.iter()
                .any(|next| next.as_ref().is_err_and(|why| why.contains("budget") || why.contains("Bomb"))),
            "{why}"
        );
    }
    assert!(began.elapsed().as_secs() < 10, "took {:?}", began.elapsed());
}

#[test]
fn honest_aliases_are_followed() {
    let text = "base: &b {image: x}\nall: [*b, *b]\none:\n  <<: *b\n  tag: t\n";
    let want = r#"{"base":{"image":"x"},"all":[{"image":"x"},{"image":"x"}],"one":{"image":"x","tag":"t"}}"#;
    assert_eq!(read(text), [Ok(want.to_owned())]);
}

#[test]
fn keys_that_stand_twice_are_told_with_both_lines() {
    let many = (0..40).map(|i| format!("k{i}: 0\n")).collect::<Vec<_>>().concat();
    let cases = [
        ("a: 1\nb: 2\na: 3\n".to_owned(), vec![("a", 1, 3)]),
        ("{\"a\": 1,\n\"a\": 3}".to_owned(), vec![("a", 1, 2)]),
        (format!("{many}k39: 1\nk0: 2\n"), vec![("k39", 40, 41), ("k0", 1, 42)]),
        ("b: &b {x: 1}\nc:\n  <<: *b\n  x: 2\n".to_owned(), vec![]),
    ];
    for (text, want) in cases {
        let document = Reader::new(&text, 0, 1).next().unwrap().unwrap();
        let seen: Vec<_> = document.repeated.iter().map(|r| (r.key.as_str(), r.first, r.line)).collect();
        assert_eq!(seen, want, "{text}");
    }
}

#[test]
fn json_is_read_as_json_and_many_a_file() {
    let cases = [
        (
            "{\n\t\"a\": [1, true, null],\n\t\"b\": \"\\ud83d\\ude00\\/\"\n}\n",
            vec![r#"{"a":[1,true,null],"b":"😀/"}"#],
        ),
        ("{\"a\":1}\n{\"a\":2} {\"a\":3}", vec![r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]),
        ("\u{feff}{\"a\":1}\r\n", vec![r#"{"a":1}"#]),
        ("{\"a\":1}\n---\n{\"a\":2}\n", vec![r#"{"a":1}"#, r#"{"a":2}"#]),
        ("{a: 1, 'b': yes}\n", vec![r#"{"a":1,"b":true}"#]),
        ("[]", vec!["[]"]),
        ("{}", vec!["{}"]),
    ];
    for (text, want) in cases {
        let want: Vec<_> = want.into_iter().map(|text| Ok(text.to_owned())).collect();
        assert_eq!(read(text), want, "{text}");
    }
}

#[test]
fn mistakes_in_json_are_told_in_its_words() {
    let cases = [
        ("{\n  \"a\": 1\n  \"b\": 2\n}", 3, "expected `,` or a closing bracket"),
        ("{\"a\": tru}", 1, "expected a value"),
        ("{\"a\": 1", 1, "the text ends inside a value"),
        ("{\"a\": [1}", 1, "a bracket is closed by the other kind"),
        ("{\"a: 1}", 1, "a string is not closed"),
        ("{\"a\" 1}", 1, "expected `:` behind a key"),
        ("{1: 1}", 1, "expected a key in double quotes"),
        ("{\"a\": \"\\x\"}", 1, "a string holds a wrong escape or a control character"),
        ("{\"a\": 01}", 1, "expected a value"),
        ("{\"a\": 1e999}", 1, "expected a value"),
    ];
    for (text, line, message) in cases {
        let fault = Reader::json(text).find_map(Result::err).unwrap();
        assert_eq!((fault.line, fault.message.as_str()), (line, message), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[ \\t\\n\\r\\[\\]{}:,&*!|>'\"#%@`a-c0-2<~.\\-é😀]{0,80}") {
        let _ = read(&text);
        let _ = Reader::json(&text).count();
    }

    #[test]
    fn any_json_reads_the_same_as_yaml_and_as_json(value in json()) {
        let text = value.to_string();
        let pruned = without_nulls(&text);
        prop_assert_eq!(without_nulls(&read(&text).remove(0).unwrap()), pruned.clone());
        let pretty = format!("# yaml\n{}", serde_json::to_string_pretty(&value).unwrap());
        prop_assert_eq!(without_nulls(&read(&pretty).remove(0).unwrap()), pruned);
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[ -~é😀\\n\\t]{0,12}".prop_map(Into::into),
    ];
    let tree = leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map("[a-z .:#-]{0,6}", inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-z]{1,4}", tree, 0..4)
        .prop_map(|members| serde_json::Value::Object(members.into_iter().collect()))
}

#[test]
fn many_broken_documents_take_no_longer_than_good_ones() {
    let text = "a: [\n---\n%x\n".repeat(20_000);
    let began = std::time::Instant::now();
    assert!(read(&text).len() > 10_000);
    assert!(began.elapsed().as_secs() < 10, "took {:?}", began.elapsed());
}
