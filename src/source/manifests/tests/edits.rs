//! Edits as people see them: text before, field, text after; and what is refused.

use serde_json::{Value, json};

use super::*;

/// Makes an edit of the object called `r` in a built-in text and gives the text after it.
fn edited(text: &str, fields: &[(&str, Value, Value)]) -> Result<String, EditError> {
    let (mut manifests, loaded) = built_in(text);
    let object = loaded.objects.iter().find(|o| &*o.key.name == "r").expect("an object called r");
    let null = |value: &Value| (!value.is_null()).then(|| value.clone());
    let fields = fields
        .iter()
        .map(|(field, old, new)| FieldEdit { field: (*field).to_owned(), old: null(old), new: null(new) })
        .collect();
    let edit = Edit { object: object.key.clone(), fields };
    let planned = manifests.plan(&edit)?;
    manifests.apply(&planned)?;
    let after = memory(&manifests);
    let back = manifests.plan(&edit.inverse())?;
    manifests.apply(&back)?;
    assert_eq!(memory(&manifests), text, "the inverse restores every byte");
    Ok(after)
}

fn memory(manifests: &Manifests) -> String {
    match &manifests.files.values().next().unwrap().text {
        Text::Memory(text) => text.to_string(),
        Text::File(_) | Text::Once(_) => panic!("not in memory"),
    }
}

const HEAD: &str = "apiVersion: v1\nkind: R\nmetadata: {name: r}\n";

#[test]
fn a_weight_changes_and_no_other_byte() {
    let w = "refs[0].weight";
    let cases: &[(&str, &str, Value, Value, &str, &str)] = &[
        (
            "refs:\n- weight: 10 # ten\n  name: a\n",
            w,
            json!(10),
            json!(25),
            "refs:\n- weight: 25 # ten\n  name: a\n",
            "comments stay",
        ),
        (
            "refs:\r\n  - name: 😀\r\n    weight:   010\r\n",
            w,
            json!(8),
            json!(100),
            "refs:\r\n  - name: 😀\r\n    weight:   100\r\n",
            "CRLF, spaces, octal",
        ),
        (
            "refs: [{name: a, weight: 10}, {name: b}]\n",
            w,
            json!(10),
            json!(0),
            "refs: [{name: a, weight: 0}, {name: b}]\n",
            "flow",
        ),
        (
            "refs:\n- {\"name\": \"a\",\n  \"weight\": 10}",
            w,
            json!(10),
            json!(7),
            "refs:\n- {\"name\": \"a\",\n  \"weight\": 7}",
            "no line break at the end",
        ),
        (
            "refs:\n- name: a\n  port: 80\n  filters:\n  - x: 1\n",
            w,
            Value::Null,
            json!(5),
            "refs:\n- name: a\n  port: 80\n  weight: 5\n  filters:\n  - x: 1\n",
            "behind the port",
        ),
        (
            "refs:\n- name: a # the app\n- name: b\n",
            w,
            Value::Null,
            json!(5),
            "refs:\n- name: a # the app\n  weight: 5\n- name: b\n",
            "behind the name and its comment",
        ),
        (
            "refs:\n    -   kind: S\n        group: g\n",
            w,
            Value::Null,
            json!(5),
            "refs:\n    -   kind: S\n        group: g\n        weight: 5\n",
            "behind the last, with its indent",
        ),
        (
            "refs:\r\n- port: 80\r\n  name: a\r\n",
            w,
            Value::Null,
            json!(5),
            "refs:\r\n- port: 80\r\n  weight: 5\r\n  name: a\r\n",
            "with the line ends of its neighbours",
        ),
        (
            "refs:\n- name: a\n  port: 80",
            w,
            Value::Null,
            json!(5),
            "refs:\n- name: a\n  port: 80\n  weight: 5",
            "at the end of a text without a line break",
        ),
        (
            "refs: [{name: a, port: 80}]\n",
            w,
            Value::Null,
            json!(5),
            "refs: [{name: a, port: 80, weight: 5}]\n",
            "flow",
        ),
        (
            "refs: [ { port: 80, name: a } ]\n",
            w,
            Value::Null,
            json!(5),
            "refs: [ { port: 80, weight: 5, name: a } ]\n",
            "flow, in the middle",
        ),
        ("refs: [{name: a}]\n", w, Value::Null, json!(5), "refs: [{name: a, weight: 5}]\n", "flow, alone"),
        (
            "refs: [{\n  name: a,\n  port: 80\n  }]\n",
            w,
            Value::Null,
            json!(5),
            "refs: [{\n  name: a,\n  port: 80,\n  weight: 5\n  }]\n",
            "flow over lines",
        ),
        (
            "refs:\n- \"name\": a\n  \"port\": 80\n",
            w,
            Value::Null,
            json!(5),
            "refs:\n- \"name\": a\n  \"port\": 80\n  \"weight\": 5\n",
            "quoted as its neighbours",
        ),
        (
            "x: &x {weight: 1}\nrefs:\n- name: a\n  weight: 10\n  filters: *x\n",
            w,
            json!(10),
            json!(11),
            "x: &x {weight: 1}\nrefs:\n- name: a\n  weight: 11\n  filters: *x\n",
            "anchors elsewhere",
        ),
        ("a: 'it''s'\n", "a", json!("it's"), json!("o'clock"), "a: 'o''clock'\n", "single quotes stay"),
        ("a: \"x\"\n", "a", json!("x"), json!("y\n"), "a: \"y\\n\"\n", "double quotes stay"),
        ("a: x\n", "a", json!("x"), json!("z-1"), "a: z-1\n", "none stay none"),
        ("a: yes\nb: 1\n", "a", json!(true), json!(false), "a: false\nb: 1\n", "a boolean"),
    ];
    for (before, field, old, new, after, why) in cases {
        if *before == "a: yes\nb: 1\n" || before.contains("010") {
            // The inverse writes `true` and 8, not the word that stood there.
            let (mut manifests, loaded) = built_in(&format!("{HEAD}{before}"));
            let fields = vec![FieldEdit {
                field: (*field).to_owned(),
                old: Some(old.clone()),
                new: Some(new.clone()),
            }];
            let edit = Edit { object: loaded.objects[0].key.clone(), fields };
            let planned = manifests.plan(&edit).unwrap();
            manifests.apply(&planned).unwrap();
            assert_eq!(memory(&manifests), format!("{HEAD}{after}"), "{why}");
            continue;
        }
        for (front, back) in [("", ""), ("\u{feff}# é\n---\nother: 1\n---\n", "\n---\n# end\nz: 1\n")] {
            if !front.is_empty() && !before.ends_with('\n') {
                continue;
            }
            let seen = edited(&format!("{front}{HEAD}{before}{back}"), &[(field, old.clone(), new.clone())]);
            assert_eq!(seen.unwrap(), format!("{front}{HEAD}{after}{back}"), "{why}");
        }
    }
}

#[test]
fn json_files_keep_their_form() {
    let head = r#""apiVersion":"v1","kind":"R","metadata":{"name":"r"}"#;
    let cases = [
        (r#""refs":[{"name":"a","port":80}]"#, r#""refs":[{"name":"a","port":80,"weight":5}]"#),
        (r#""refs": [{"name": "a"}]"#, r#""refs": [{"name": "a", "weight": 5}]"#),
        (
            "\"refs\": [\n\t{\n\t\t\"name\": \"a\",\n\t\t\"port\": 80\n\t}\n]",
            "\"refs\": [\n\t{\n\t\t\"name\": \"a\",\n\t\t\"port\": 80,\n\t\t\"weight\": 5\n\t}\n]",
        ),
    ];
    for (before, after) in cases {
        let other = r#"{"apiVersion":"v1","kind":"R","metadata":{"name":"s"}}"#;
        let whole = |refs: &str| format!("{other}\n{{{head},{refs}}}\n{other}\n");
        let seen = edited(&whole(before), &[("refs[0].weight", Value::Null, json!(5))]).unwrap();
        assert_eq!(seen, whole(after));
    }
}

#[test]
fn several_fields_and_items_of_lists_are_edited_together() {
    let before = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: R\n  metadata: {name: q}\n  refs: [{weight: \
                  1}]\n- apiVersion: v1\n  kind: R\n  metadata: {name: r}\n  refs:\n  - name: a\n  - {name: b, weight: \
                  90}\n";
    let after = before.replace("- name: a\n", "- name: a\n    weight: 10\n").replace("90", "5");
    let fields = [("refs[0].weight", Value::Null, json!(10)), ("refs[1].weight", json!(90), json!(5))];
    assert_eq!(edited(before, &fields).unwrap(), after);
}

#[test]
fn a_member_that_was_written_by_hand_can_be_removed() {
    let cases = [
        ("a:\n- weight: 1\n  name: a\n", "a:\n- name: a\n", "the first, behind a dash"),
        (
            "a:\n- name: a\n  weight: 1 # why\n  z: 1\n",
            "a:\n- name: a\n  # why\n  z: 1\n",
            "its comment stays",
        ),
        ("a: [{weight: 1, name: a}]\n", "a: [{name: a}]\n", "the first in brackets"),
        ("a:\n-\n  weight: 1\n  name: a\n", "a:\n-\n  name: a\n", "the first on its own line"),
    ];
    for (before, after, why) in cases {
        let (mut manifests, loaded) = built_in(&format!("{HEAD}{before}"));
        let fields = vec![FieldEdit { field: "a[0].weight".to_owned(), old: Some(json!(1)), new: None }];
        let planned = manifests.plan(&Edit { object: loaded.objects[0].key.clone(), fields }).unwrap();
        manifests.apply(&planned).unwrap();
        assert_eq!(memory(&manifests), format!("{HEAD}{after}"), "{why}");
    }
}

#[test]
fn what_can_not_be_edited_says_why() {
    let w = "refs[0].weight";
    let cases: &[(&str, &str, Value, Value, &str)] = &[
        (
            "refs: [{weight: 10}]\n",
            w,
            json!(11),
            json!(5),
            "refs[0].weight of R default/r is `10`, not `11`; nothing was written",
        ),
        (
            "refs: [{weight: 10}]\n",
            w,
            Value::Null,
            json!(5),
            "refs[0].weight of R default/r is `10`, not not written; nothing was written",
        ),
        (
            "refs: [{name: a}]\n",
            w,
            json!(1),
            json!(5),
            "refs[0].weight of R default/r is not written, not `1`; nothing was written",
        ),
        (
            "x: &x 10\nrefs: [{weight: *x}]\n",
            w,
            json!(10),
            json!(5),
            "refs[0].weight of R default/r: its text stands elsewhere (an alias or a merge leads there); edit it there by \
          hand",
        ),
        (
            "refs: [{weight: &x 10}]\ny: *x\n",
            w,
            json!(10),
            json!(5),
            "refs[0].weight of R default/r: an anchor names it, so that others may follow it; edit it by hand",
        ),
        (
            "x: &x {weight: 10}\nrefs: [{<<: *x}]\n",
            w,
            json!(10),
            json!(5),
            "refs[0].weight of R default/r: its text stands elsewhere (an alias or a merge leads there); edit it there by \
          hand",
        ),
        (
            "refs: &r [{weight: 10}]\nmore: *r\n",
            w,
            json!(10),
            json!(5),
            "refs[0].weight of R default/r: the text around it, or an anchor that others follow, would make other fields \
          change too",
        ),
        (
            "refs: [{weight: !!str 10}]\n",
            w,
            json!("10"),
            json!(5),
            "refs[0].weight of R default/r: the text around it, or an anchor that others follow, would make other fields \
          change too",
        ),
        (
            "refs: [{name: a, weight: }]\n",
            w,
            Value::Null,
            json!(5),
            "refs[0].weight of R default/r: the key is there without a value; give it one in the file",
        ),
        (
            "refs:\n- weight: |-\n    x\n",
            w,
            json!("x"),
            json!("y"),
            "refs[0].weight of R default/r: it is written as a block (`|` or `>`); edit it by hand",
        ),
        (
            "refs: []\n",
            w,
            Value::Null,
            json!(5),
            "refs[0].weight of R default/r: what should hold it is not written",
        ),
        (
            "refs: [{}]\n",
            w,
            Value::Null,
            json!(5),
            "refs[0].weight of R default/r: it has no neighbour to stand behind; write it by hand",
        ),
        (
            "refs: [{weight: 1}]\n",
            w,
            json!(1),
            Value::Null,
            "refs[0].weight of R default/r: it is the only member of its mapping",
        ),
        (
            "refs: [{weight: 1}]\n",
            "refs[",
            json!(1),
            json!(2),
            "refs[ of R default/r: this is no path of a field",
        ),
    ];
    for (text, field, old, new, why) in cases {
        let error = edited(&format!("{HEAD}{text}"), &[(field, old.clone(), new.clone())]).unwrap_err();
        assert_eq!(error.to_string(), *why, "{text}");
    }
}

#[test]
fn the_diff_shows_three_lines_around_with_their_numbers() {
    let lines = (1..=9).map(|n| format!("l{n}: {n}\n")).collect::<Vec<_>>().concat();
    let (manifests, loaded) = built_in(&format!("# 1\n---\n{HEAD}{lines}last: 1"));
    let edit = |field: &str, old, new| Edit {
        object: loaded.objects[0].key.clone(),
        fields: vec![FieldEdit { field: field.to_owned(), old: Some(old), new: Some(new) }],
    };
    let planned = manifests.plan(&edit("l5", json!(5), json!(50))).unwrap();
    let want = "--- t.yaml\n+++ t.yaml\n@@ -7,7 +7,7 @@\n l2: 2\n l3: 3\n l4: 4\n-l5: 5\n+l5: 50\n l6: 6\n l7: 7\n l8: 8\n";
    assert_eq!(planned.diff, want);
    let planned = manifests.plan(&edit("last", json!(1), json!(2))).unwrap();
    let want = "--- t.yaml\n+++ t.yaml\n@@ -12,4 +12,4 @@\n l7: 7\n l8: 8\n l9: 9\n-last: 1\n\\ No newline at end of \
                file\n+last: 2\n\\ No newline at end of file\n";
    assert_eq!(planned.diff, want);
}

#[test]
fn a_plan_made_on_an_earlier_text_is_refused() {
    let (mut manifests, loaded) = built_in(&format!("{HEAD}a: 1\nb: 1\n"));
    let edit = |field: &str| Edit {
        object: loaded.objects[0].key.clone(),
        fields: vec![FieldEdit { field: field.to_owned(), old: Some(json!(1)), new: Some(json!(2)) }],
    };
    let (a, b) = (manifests.plan(&edit("a")).unwrap(), manifests.plan(&edit("b")).unwrap());
    manifests.apply(&a).unwrap();
    assert!(
        matches!(manifests.apply(&b), Err(EditError::Changed(_))),
        "its diff is no longer what is written"
    );
    assert!(matches!(manifests.apply(&a), Err(EditError::Unexpected { .. })), "made twice");
    assert_eq!(memory(&manifests), format!("{HEAD}a: 2\nb: 1\n"));
}
