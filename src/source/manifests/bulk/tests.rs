use std::{fs, io::Write as _};

use super::*;

/// A list as kubectl prints it, with so many items; each has its number as annotation `n`, and a nasty text.
fn list(items: usize) -> String {
    let items: Vec<_> = (0..items)
        .map(|n| {
            serde_json::json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
                "metadata": {"namespace": format!("ns-{}", n % 7), "name": format!("i-{n}"),
                    "labels": {"odd": (n % 2).to_string()},
                    "annotations": {"n": n.to_string(), "nasty": "\"}],{[\\\u{e9}\n"}},
                "spec": {"rules": [{"host": "a.example.com"}]},
            })
        })
        .collect();
    serde_json::to_string_pretty(&serde_json::json!({"apiVersion": "v1", "items": items, "kind": "List"}))
        .unwrap()
}

/// A file that lives as long as the test.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

type Seen = Vec<(String, Vec<(String, String)>)>;

fn seen(text: &str, selector: Option<&str>) -> (Seen, Vec<Problem>) {
    let file = file(text);
    let selector = selector.map(|text| Selector::parse(text).unwrap());
    let inputs = [Input::Path(file.path().to_path_buf())];
    let (states, problems) = heads(&inputs, selector.as_ref(), Vec::new, |seen: &mut Seen, head| {
        let pairs =
            head.annotations.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        seen.push((format!("{} {}/{}", head.kind, head.namespace, head.name), pairs));
    })
    .unwrap();
    let mut all: Seen = states.into_iter().flatten().collect();
    all.sort();
    (all, problems)
}

#[test]
fn a_long_list_is_read_item_by_item_and_none_is_lost() {
    let (all, problems) = seen(&list(5000), None);
    assert_eq!((all.len(), problems), (5000, Vec::new()));
    assert!(all.iter().all(|(_, pairs)| pairs[1].1 == "\"}],{[\\\u{e9}\n"));
    let (odd, _) = seen(&list(5000), Some("odd=1"));
    assert_eq!(odd.len(), 2500);
}

#[test]
fn what_is_broken_is_told_with_its_line_and_the_rest_counted() {
    let list = list(3);
    let number = list.replace("\"n\": \"1\"", "\"n\": 1");
    let (all, problems) = seen(&number, None);
    assert_eq!(all.len(), 3);
    assert_eq!(all[1].1[0], ("n".to_owned(), "1".to_owned()), "counted as what it is");
    let (object, field) = (problems[0].object.as_ref().unwrap().to_string(), problems[0].field.as_deref());
    assert_eq!((object.as_str(), field), ("Ingress ns-1/i-1", Some("metadata.annotations[\"n\"]")));
    let line = number.lines().position(|line| line.contains("\"n\": 1")).unwrap() as u32 + 1;
    assert_eq!(problems[0].line, Some(line));

    let (all, problems) = seen(&list[..list.len() / 2], None);
    assert_eq!(all.len(), 1, "one is whole");
    assert!(problems[0].message.contains("breaks off inside item 1"), "{problems:#?}");

    let (all, problems) = seen(&list.replace("\"name\": \"i-1\"", "\"name\": "), None);
    assert_eq!((all.len(), problems[0].code), (2, "no-name"), "{problems:#?}");

    let (all, problems) = seen(&format!("{list} {list}"), None);
    assert_eq!((all.len(), problems[0].code), (3, "json-syntax"), "{problems:#?}");
}

#[test]
fn lists_in_lists_and_items_without_a_kind_are_read() {
    let nested = r#"{"apiVersion":"v1","items":[{"kind":"List","apiVersion":"v1","items":[
        {"kind":"List","apiVersion":"v1","items":[{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"deep"}}]}]},
        {"metadata":{"name":"bare","annotations":null}}, {"kind":"Service","apiVersion":"v1","metadata":{"name":"s"}}],"kind":"List"}"#;
    let (all, problems) = seen(nested, None);
    let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Ingress default/bare", "Ingress default/deep", "Service default/s"]);
    assert_eq!(problems, []);
}

#[test]
fn a_list_becomes_the_objects_that_the_usual_reader_makes_of_it() {
    let file = file(&list(300));
    let inputs = [Input::Path(file.path().to_path_buf())];
    let (_, quick) = load(&inputs).unwrap();
    let (_, usual) = Manifests::open(&inputs).unwrap();
    let same = |object: &std::sync::Arc<crate::resource::Object>| {
        (
            object.key.clone(),
            object.text.clone(),
            object.meta.clone(),
            object.origin.as_ref().map(|at| at.line),
        )
    };
    let both = [&quick, &usual].map(|loaded| loaded.objects.iter().map(same).collect::<Vec<_>>());
    assert_eq!(both[0], both[1]);
    assert_eq!((quick.files, quick.problems), (1, usual.problems));
}

#[test]
fn of_other_texts_the_last_of_a_key_counts_and_copies_are_counted_too() {
    let folder = tempfile::tempdir().unwrap();
    let ingress = |value: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\n  annotations:\n    k: {value}\n    \
             kubectl.kubernetes.io/last-applied-configuration: '{{}}'\n"
        )
    };
    fs::write(folder.path().join("a.yaml"), ingress("first")).unwrap();
    fs::write(folder.path().join("b.yaml"), ingress("second")).unwrap();
    fs::write(folder.path().join("c.json"), list(2)).unwrap();
    let inputs = [Input::Path(folder.path().to_path_buf())];
    let (states, problems) = heads(&inputs, None, Vec::new, |seen: &mut Vec<_>, head| {
        seen.push((head.name.to_string(), head.annotations.len(), head.annotations[0].1.to_string()));
    })
    .unwrap();
    let mut all: Vec<_> = states.into_iter().flatten().collect();
    all.sort();
    let expected = [("a", 2, "second"), ("i-0", 2, "0"), ("i-1", 2, "1")];
    assert_eq!(all, expected.map(|(name, count, value)| (name.to_owned(), count, value.to_owned())));
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["duplicate-object"]);
}
