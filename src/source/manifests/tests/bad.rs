//! What bad input says: a code, a line, what is wrong.

use super::*;
use crate::resource::Severity;

/// Opens a folder that holds one file.
fn file(name: &str, bytes: &[u8]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    Manifests::open(&[Input::Path(folder.path().to_path_buf())]).unwrap().1
}

#[test]
fn every_bad_text_is_told_with_its_line_and_loses_no_other() {
    let good = service("good");
    let level =
        |level: u32| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "));
    let bomb = (1..12).map(level).collect::<Vec<_>>().concat();
    let cases: Vec<(String, Vec<&str>)> = vec![
        (
            format!("a:\n\tb: 1\n---\n{good}"),
            vec!["Error yaml-syntax 2: "],
        ),
        (
            format!("metadata: {{name: x}}\n---\n{good}"),
            vec!["Warning no-kind 1: neither `apiVersion` nor `kind`: this is no Kubernetes object"],
        ),
        (
            format!("apiVersion: v1\nmetadata: {{name: x}}\n---\n{good}"),
            vec!["Error no-kind 1: `kind` is missing"],
        ),
        (
            format!("kind: Service\nmetadata: {{name: x}}\n---\n{good}"),
            vec!["Error no-api-version 1: `apiVersion` is missing"],
        ),
        (
            format!("apiVersion: 1\nkind: Service\nmetadata: {{name: x}}\n---\n{good}"),
            vec!["Error no-api-version 1: `apiVersion` is a number, not a text"],
        ),
        (
            format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: 12\n---\n{good}"),
            vec!["Error no-name 4: `metadata.name` of this Service is a number; a name is a text"],
        ),
        (
            format!("apiVersion: v1\nkind: Service\nspec: {{}}\n---\n{good}"),
            vec!["Error no-name 1: `metadata.name` of this Service is missing"],
        ),
        (
            format!("apiVersion: v1\nkind: Job\nmetadata: {{generateName: x-}}\n---\n{good}"),
            vec![
                "Error no-name 1: `metadata.name` of this Job is missing; `generateName` is for an API server to fill",
            ],
        ),
        (
            format!("{good}---\n- a\n- b\n"),
            vec!["Warning no-kind 6: the document is a list: this is no Kubernetes object"],
        ),
        (
            format!("{good}---\nhello\n"),
            vec!["Warning no-kind 6: the document is a text: this is no Kubernetes object"],
        ),
        (
            format!("{good}spec: {{a: 1, a: 2}}\n"),
            vec![
                "Warning duplicate-key 5: the key `a` stands twice in one mapping, at lines 5 and 5; the last counts",
            ],
        ),
        (
            format!("a0: &a0 [x]\n{bomb}apiVersion: v1\nkind: Service\nmetadata: {{name: x}}\n---\n{good}"),
            vec!["Error alias-bomb 1: aliases multiply this document beyond measure"],
        ),
        (
            format!("{}\n---\n{good}", "{".repeat(5000)),
            vec!["Error too-deep 1: nested deeper than 120 levels"],
        ),
        (
            format!("a: .nan\n---\n{good}"),
            vec!["Error yaml-value 1: `.nan` is no number that JSON can hold; quote it if it is a text"],
        ),
        (
            format!("kind: X\nmetadata:\n  name: {{{{ .Values.name }}}}\n---\n{good}"),
            vec!["Warning helm-template 3: the document holds a template (`{{ … }}`) and is no YAML: "],
        ),
        (
            format!("{{{{- if .Values.on }}}}\nkind: X\n{{{{- end }}}}\n---\n{good}"),
            vec!["Warning helm-template 1: the document holds a template (`{{ … }}`) and is no YAML: "],
        ),
        (
            "apiVersion: v1\nkind: List\nitems:\n- 5\n- \n- apiVersion: v1\n  kind: Service\n  metadata: {name: good}\n"
                .to_owned(),
            vec!["Error no-kind 4: item 0 of this list is a number, not an object"],
        ),
        (
            format!(
                "{good}---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items: [{{}}]\n"
            ),
            vec!["Error nested-list 9: a list stands inside a list"],
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: good\n  labels:\n    on: yes\n    v: 1.10\n".to_owned(),
            vec![
                "Error needs-quotes 6: `metadata.labels[\"true\"]` is a boolean, not a text",
                "Error needs-quotes 7: `metadata.labels[\"v\"]` is a number, not a text",
            ],
        ),
    ];
    for (text, want) in cases {
        let loaded = file("x.yaml", text.as_bytes());
        let seen = told(&loaded.problems);
        let same =
            seen.len() == want.len() && seen.iter().zip(&want).all(|(seen, want)| seen.starts_with(want));
        assert!(same, "{}: {seen:#?}", text.chars().take(200).collect::<String>());
        let names: Vec<_> = loaded.objects.iter().map(|o| &*o.key.name).collect();
        assert_eq!(names, ["good"], "{}", text.chars().take(200).collect::<String>());
        assert!(loaded.problems.iter().all(|p| p.file.as_ref().is_some_and(|file| file.ends_with("x.yaml"))));
    }
}

#[test]
fn bytes_that_are_no_text_say_what_they_are() {
    let cases: [(&[u8], &str); 4] = [
        (b"\x7fELF\0\0", "Error not-text -: the file is binary, not text"),
        (b"\xff\xfea\0:\0", "Error not-text 1: the file is UTF-16"),
        (b"a: 1\nb: \xe9\n", "Error not-text 2: byte 0xe9 is not UTF-8"),
        (b"{\n  \"kind\": 1\n  \"a\": 2}\n", "Error json-syntax 3: expected `,` or a closing bracket"),
    ];
    for (bytes, want) in cases {
        let loaded = file("x.json", bytes);
        let seen = told(&loaded.problems);
        assert_eq!(seen, [want]);
        assert_eq!(loaded.objects.len(), 0);
    }
}

#[test]
fn files_of_other_trades_are_named_and_are_no_errors() {
    let cases = [
        ("kustomization.yaml", "resources:\n- a.yaml\n", "kustomization", Severity::Warning),
        (
            "k.yaml",
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
            "kustomization",
            Severity::Warning,
        ),
        ("values-prod.yaml", "image:\n  tag: 1\n", "not-kubernetes", Severity::Info),
        ("Chart.yaml", "apiVersion: v2\nname: x\n", "not-kubernetes", Severity::Info),
    ];
    for (name, text, code, severity) in cases {
        let problems = file(name, text.as_bytes()).problems;
        let seen: Vec<_> = problems.iter().map(|p| (p.code, p.severity)).collect();
        assert_eq!(seen, [(code, severity)], "{name}");
    }
}

#[test]
fn a_file_beyond_the_limit_is_refused_unread_and_a_large_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.yaml");
    std::fs::File::create(&path).unwrap().set_len(input::MAX_BYTES + 1).unwrap();
    let loaded = Manifests::open(&[Input::Path(path)]).unwrap().1;
    assert_eq!(told(&loaded.problems), ["Error too-large -: the file is larger than 64 MiB"]);
}

#[test]
fn an_input_that_is_not_there_is_an_error_of_the_whole() {
    let error = Manifests::open(&[Input::Path("/no/such/place.yaml".into())]).unwrap_err();
    assert_eq!(error.code, "unreadable");
    assert_eq!(error.message, "failed to read `/no/such/place.yaml`: no such file or directory");
    assert_eq!(error.fix, "check the path");
}

#[test]
fn an_empty_folder_and_a_dangling_link_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = Manifests::open(&[Input::Path(folder.path().to_path_buf())]).unwrap().1;
    assert_eq!(loaded.problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["empty-folder"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.path().join("a.yaml")).unwrap();
        std::fs::write(folder.path().join("b.yaml"), service("b")).unwrap();
        let loaded = Manifests::open(&[Input::Path(folder.path().to_path_buf())]).unwrap().1;
        assert_eq!(loaded.problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["unreadable"]);
        assert_eq!(loaded.objects.len(), 1, "the others are read");
    }
}

/// Root may read everything, so this test can only say something for other users.
#[cfg(unix)]
#[test]
fn a_sub_folder_without_permission_is_told_and_the_others_are_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::write(folder.path().join("a.yaml"), service("a")).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    let root = std::fs::read_dir(&closed).is_ok();
    let loaded = Manifests::open(&[Input::Path(folder.path().to_path_buf())]).unwrap().1;
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(loaded.objects.len(), 1);
    if !root {
        assert_eq!(loaded.problems.len(), 1);
        assert!(loaded.problems[0].message.contains("permission denied"), "{:?}", loaded.problems);
        assert_eq!(loaded.problems[0].file, Some(closed));
    }
}
