use std::fs;

use super::*;
use crate::{
    resource::Kind,
    source::{Edit, EditError},
};

const FILE: &str = "\
# the file's own words
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}   # first
--- # between
# about b
apiVersion: v1
kind: Service
metadata:
  name: b
  namespace: shop
spec:
  note: |
    text
     --- no marker
...
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: c, namespace: shop}}
--- {apiVersion: v1, kind: Service, metadata: {name: d, namespace: shop}}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: shop}
";

fn open(text: &str) -> (tempfile::TempDir, std::path::PathBuf, Manifests) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yaml");
    fs::write(&file, text).unwrap();
    let (manifests, _) = Manifests::open(&[Input::Path(file.clone())]).unwrap();
    (folder, file, manifests)
}

fn service(name: &str) -> Key {
    Key::new(Kind::Service, "shop", name)
}

#[test]
fn a_document_is_shown_with_its_comments_and_nothing_of_its_neighbours() {
    let (_folder, _, manifests) = open(FILE);
    let a = manifests.passage(&service("a")).unwrap();
    assert_eq!((a.line, a.text.lines().count()), (1, 4));
    assert!(a.text.starts_with("# the file's own") && a.text.ends_with("# first\n"), "{}", a.text);
    let b = manifests.passage(&service("b")).unwrap();
    assert_eq!(b.line, 6);
    assert!(b.text.starts_with("# about b\n") && b.text.ends_with("     --- no marker\n"), "{}", b.text);
    let refused = [
        (service("c"), "an item of a list"),
        (service("d"), "begins on the line of its `---`"),
        (Key::new(Kind::Secret, "shop", "s"), "a Secret is never shown"),
        (service("nobody"), "did not come from a file"),
    ];
    for (key, words) in refused {
        let error = manifests.passage(&key).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn another_document_takes_its_place_every_other_byte_stays_and_it_can_be_taken_back() {
    let (_folder, file, mut manifests) = open(FILE);
    let old = manifests.passage(&service("b")).unwrap().text;
    // Without its last line end, as some editors save.
    let new = old.replace("    text\n", "    other text\n").trim_end().to_owned();
    let edit = Edit::of_document(service("b"), old, new);
    let planned = manifests.plan(&edit).unwrap();
    assert!(planned.diff.contains("-    text\n+    other text\n"), "{}", planned.diff);
    assert_eq!(fs::read_to_string(&file).unwrap(), FILE, "a plan writes nothing");
    let changes = manifests.apply(&planned).unwrap();
    assert!(!changes.is_empty());
    assert_eq!(fs::read_to_string(&file).unwrap(), FILE.replace("    text\n", "    other text\n"));
    let planned = manifests.plan(&planned.edit.inverse()).unwrap();
    manifests.apply(&planned).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), FILE);
}

#[test]
fn what_can_not_stand_there_is_refused_with_its_line() {
    let (_folder, file, manifests) = open(FILE);
    let old = manifests.passage(&service("b")).unwrap().text;
    let cases = [
        (old.replace("  name: b", "  name: [b"), "line ", "no YAML"),
        (old.replace("  name: b", "  name: z"), "it is Service shop/z now", "another name"),
        (old.replace("kind: Service", "kind: Gateway"), "can not be changed here", "another kind"),
        (format!("{old}---\n{old}"), "only one document", "two documents"),
        ("# nothing\n".to_owned(), "it holds no object", "no object"),
        (String::new(), "it holds no object", "nothing at all"),
    ];
    for (new, words, why) in cases {
        let error =
            manifests.plan(&Edit::of_document(service("b"), old.clone(), new)).unwrap_err().to_string();
        assert!(error.contains(words), "{why}: {error}");
    }
    let error = manifests.plan(&Edit::of_document(service("b"), "x".to_owned(), old.clone())).unwrap_err();
    assert!(error.to_string().contains("not what was edited"), "{error}");
    let planned =
        manifests.plan(&Edit::of_document(service("b"), old.clone(), old.replace("text", "t"))).unwrap();
    fs::write(&file, FILE.replace("# first", "# 1st")).unwrap();
    let mut manifests = manifests;
    assert!(matches!(manifests.apply(&planned), Err(EditError::Changed(_))), "the file changed meanwhile");
}
