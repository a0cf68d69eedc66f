//! Reading files as users have them.

use super::*;

#[test]
fn the_objects_of_a_file_are_read_with_their_places() {
    let text = "# first\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: x}\n---\n# none\n---\n\
                apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: b\n";
    let (_, loaded) = Manifests::open(&[Input::BuiltIn { name: "t.yaml", text }]).unwrap();
    assert_eq!(loaded.problems, []);
    let seen: Vec<_> = loaded
        .objects
        .iter()
        .map(|o| {
            let origin = o.origin.as_ref().unwrap();
            (o.key.to_string(), origin.line, origin.start, origin.item, &*o.text)
        })
        .collect();
    let want = [
        (
            "Service x/a".to_owned(),
            3,
            8,
            None,
            r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a","namespace":"x"}}"#,
        ),
        (
            "ConfigMap default/b".to_owned(),
            12,
            86,
            Some(0),
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}"#,
        ),
    ];
    assert_eq!(seen, want);
}
