//! Reading files as users have them.

mod bad;
mod documents;
mod edits;
mod every_byte;
mod refreshing;

use super::*;

/// A source of one built-in text.
fn built_in(text: &str) -> (Manifests, Loaded) {
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    Manifests::open(&[Input::BuiltIn { name: "t.yaml", text }]).unwrap()
}

/// `Kind path text` of all objects.
fn texts(objects: &[Arc<Object>]) -> Vec<(String, &str)> {
    objects.iter().map(|o| (o.key.to_string(), &*o.text)).collect()
}

/// `severity code line: message` of problems.
fn told(problems: &[Problem]) -> Vec<String> {
    problems
        .iter()
        .map(|p| {
            let line = p.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
            format!("{:?} {} {line}: {}", p.severity, p.code, p.message)
        })
        .collect()
}

fn service(name: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n")
}

#[test]
fn the_objects_of_a_file_are_read_with_their_places() {
    let text = "# first\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: x}\n---\n# none\n---\n\
                apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: b\n";
    let (_, loaded) = built_in(text);
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

#[test]
fn what_nobody_reads_is_left_out_of_the_text_and_all_else_kept() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  generation: 7\n  \
                creationTimestamp: \"2026-01-02T03:04:05Z\"\n  labels: {b: y2, a: x}\n  managedFields: [{manager: m}]\n  \
                annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{}'\n    keep: me\ndata: {k: null, \
                l: \"<é>\"}\nunknownField: 1\n";
    let (_, loaded) = built_in(text);
    let object = &loaded.objects[0];
    let want = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"generation\":7,\
                \"creationTimestamp\":\"2026-01-02T03:04:05Z\",\"labels\":{\"b\":\"y2\",\"a\":\"x\"},\
                \"annotations\":{\"keep\":\"me\"}},\"data\":{\"l\":\"<é>\"},\"unknownField\":1}";
    assert_eq!(&*object.text, want);
    assert_eq!((object.meta.generation, object.label("a"), object.label("b")), (7, Some("x"), Some("y2")));
    assert_eq!(object.meta.created, Some("2026-01-02T03:04:05Z".parse().unwrap()));
}

#[test]
fn a_typed_list_gives_its_kind_to_its_items() {
    let text = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRouteList\nitems:\n- metadata: {name: a, \
                namespace: ns}\n- kind: HTTPRoute\n  apiVersion: gateway.networking.k8s.io/v1\n  metadata: {name: b}\n";
    let (_, loaded) = built_in(text);
    assert_eq!(loaded.problems, []);
    let want = [
        (
            "HTTPRoute ns/a".to_owned(),
            "{\"apiVersion\":\"gateway.networking.k8s.io/v1\",\"kind\":\"HTTPRoute\",\
             \"metadata\":{\"name\":\"a\",\"namespace\":\"ns\"}}",
        ),
        (
            "HTTPRoute default/b".to_owned(),
            "{\"kind\":\"HTTPRoute\",\"apiVersion\":\"gateway.networking.k8s.io/v1\",\
             \"metadata\":{\"name\":\"b\"}}",
        ),
    ];
    assert_eq!(texts(&loaded.objects), want);
}

#[test]
fn of_two_with_one_key_the_last_counts_and_both_places_are_told() {
    let text = format!("{}---\n{}spec: {{x: 1}}\n---\n{}", service("a"), service("a"), service("b"));
    let (_, loaded) = built_in(&text);
    let keys: Vec<_> = loaded.objects.iter().map(|o| (o.key.to_string(), o.text.contains("spec"))).collect();
    assert_eq!(keys, [("Service default/a".to_owned(), true), ("Service default/b".to_owned(), false)]);
    assert_eq!(
        told(&loaded.problems),
        [
            "Warning duplicate-object 6: Service default/a stands twice: at t.yaml:1 and at t.yaml:6; the last counts"
        ]
    );
}

#[test]
fn a_folder_is_read_with_its_sub_folders_and_each_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir_all(root.join("b/deep")).unwrap();
    std::fs::create_dir_all(root.join(".git")).unwrap();
    let put = |name: &str, text: String| std::fs::write(root.join(name), text).unwrap();
    put("a.yaml", service("a"));
    put("b/b.yml", service("b"));
    put("b/deep/c.JSON", r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"c"}}"#.to_owned());
    put("README.md", "not: [a manifest".to_owned());
    put(".git/x.yaml", service("x"));
    put(".a.yaml.swp", "\0".to_owned());
    put("z.yaml", service("z"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(root, root.join("b/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("a.yaml"), root.join("b/link.yaml")).unwrap();
    }
    let inputs = [Input::Path(root.to_path_buf()), Input::Path(root.join("a.yaml"))];
    let (manifests, loaded) = Manifests::open(&inputs).unwrap();
    assert_eq!(loaded.problems, []);
    let keys: Vec<_> = loaded.objects.iter().map(|o| o.key.name.to_string()).collect();
    assert_eq!(keys, ["a", "b", "c", "z"], "by path; a link to a file that was read adds nothing");
    assert_eq!(loaded.files, 4);
    assert!(manifests.roots().contains(&root.to_path_buf()));
}

#[test]
fn the_line_of_a_field_is_that_of_its_key_or_of_its_nearest_parent() {
    let text = "# c\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n\napiVersion: v1\nkind: List\nitems:\n- apiVersion: \
                v1\n  kind: B\n  metadata:\n    name: b\n  spec:\n    rules:\n    - x: 1\n      z: 2\n";
    let (manifests, loaded) = built_in(text);
    let origin = |index: usize| loaded.objects[index].origin.clone().unwrap();
    let cases = [
        (0, "metadata.name", Some(4)),
        (0, "spec.nothing", Some(2)),
        (1, "spec.rules[0].z", Some(17)),
        (1, "spec.rules[0]", Some(16)),
        (1, "spec.rules[7].z", Some(15)),
        (1, "spec.rules[0].z.z", Some(17)),
        (1, "", Some(10)),
        (1, "spec..x", None),
    ];
    for (object, field, line) in cases {
        assert_eq!(manifests.line_of(&origin(object), field), line, "{field}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_and_not_written_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || std::fs::write(path, format!("{}spec: {{x: 1}}\n", service("a"))))
    };
    let (mut manifests, loaded) = Manifests::open(&[Input::Path(path)]).unwrap();
    writer.join().unwrap().unwrap();
    let object = &loaded.objects[0];
    assert!(manifests.refresh().0.is_empty(), "a pipe is not looked at again");
    assert_eq!(manifests.line_of(object.origin.as_ref().unwrap(), "spec.x"), Some(5));
    let field = FieldEdit { field: "spec.x".to_owned(), old: Some(1.into()), new: Some(2.into()) };
    let error = manifests.plan(&Edit { object: object.key.clone(), fields: vec![field] }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "spec.x of Service default/a: it was read from standard input or a pipe, which can not be written back; give \
         the file with -f"
    );
}
