//! Files on disk: every byte but the edited ones stays, whoever wrote them, and whatever else happens to the file.

use std::fs;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::world::Change;

/// Two backends in one style: `{0}` and `{1}` stand for their weights.
const STYLES: [&str; 8] = [
    "refs:\n- name: a\n  port: 80\n  weight: {0}\n- name: b\n  port: 80\n  weight: {1} # canary\n",
    "refs: [{name: a, weight: {0}}, {weight: {1}, name: b}]\n",
    "refs:\n  - weight:   {0}\n    name: a\n\n  # the canary\n  -   name: \"b\"\n      weight: {1}\n      filters:\n      - x: |\n          weight: 5\n",
    "refs:\r\n- name: a😀\r\n  weight: {0}\r\n- name: 'b'\r\n  weight: {1}\r\n",
    "{\"refs\": [{\"name\":\"a\",\"weight\":{0}},\n{ \"weight\" : {1} , \"name\":\"b\" }]}\n",
    "common: &c {port: 80}\nrefs:\n- <<: *c\n  name: a\n  weight: {0}\n- name: b\n  weight: {1}\n  <<: *c\n",
    "refs: [\n  {name: a,\n   weight: {0}}, # one\n  {name: b, weight: {1}},\n]\n",
    "? refs\n: - name: a\n    weight: {0}\n  - ! {\"weight\": {1}, name: b}\n",
];

const HEAD: &str = "apiVersion: v1\nkind: R\nmetadata: {name: NAME, namespace: ns}\n";

fn document(style: usize, name: &str, weights: [u32; 2]) -> String {
    let body = STYLES[style].replace("{0}", &weights[0].to_string()).replace("{1}", &weights[1].to_string());
    match body.strip_prefix('{') {
        Some(rest) => format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"R\", \"metadata\": {{\"name\": \"{name}\", \"namespace\": \"ns\"}}, {rest}"
        ),
        None => format!("{}{body}", HEAD.replace("NAME", name)),
    }
}

fn key(name: &str) -> Key {
    Key::new(crate::resource::Kind::from_api("v1", "R"), "ns", name)
}

fn weights(name: &str, old: [u32; 2], new: [u32; 2]) -> Edit {
    let fields = (0..2)
        .map(|at| FieldEdit {
            field: format!("refs[{at}].weight"),
            old: Some(json!(old[at])),
            new: Some(json!(new[at])),
        })
        .collect();
    Edit { object: key(name), fields }
}

fn make(manifests: &mut Manifests, edit: &Edit) -> Vec<Change> {
    let planned = manifests.plan(edit).unwrap();
    manifests.apply(&planned).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn random_edits_keep_every_other_byte(
        styles in prop::collection::vec(0..STYLES.len(), 1..5),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..2_000u32, 0..2_000u32), 1..8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.yaml");
        let whole = |now: &[[u32; 2]]| {
            let documents: Vec<String> =
                styles.iter().enumerate().map(|(at, style)| document(*style, &format!("r{at}"), now[at])).collect();
            format!("# head\n---\n{}", documents.join("---\n"))
        };
        let mut now = vec![[7, 93]; styles.len()];
        let start = whole(&now);
        fs::write(&path, &start).unwrap();
        let (mut manifests, loaded) = Manifests::open(&[Input::Path(path.clone())]).unwrap();
        prop_assert_eq!(loaded.problems, vec![]);
        let mut made = Vec::new();
        for (which, a, b) in edits {
            let at = which.index(styles.len());
            let edit = weights(&format!("r{at}"), now[at], [a, b]);
            now[at] = [a, b];
            make(&mut manifests, &edit);
            prop_assert_eq!(fs::read_to_string(&path).unwrap(), whole(&now));
            prop_assert_eq!(manifests.refresh().0.len(), 0, "our own writing is no news");
            made.push(edit);
        }
        for edit in made.iter().rev() {
            make(&mut manifests, &edit.inverse());
        }
        prop_assert_eq!(fs::read_to_string(&path).unwrap(), start);
    }
}

#[test]
fn objects_behind_an_edit_know_their_new_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.yaml");
    let text =
        "apiVersion: v1\nkind: R\nmetadata: {name: a, namespace: ns}\nrefs:\n- name: x\n  port: 80\n---\n";
    let both = format!("{text}{}", text.replace("name: a", "name: b"));
    fs::write(&path, &both).unwrap();
    let (mut manifests, loaded) = Manifests::open(&[Input::Path(path.clone())]).unwrap();
    let add = |name: &str| Edit {
        object: key(name),
        fields: vec![FieldEdit { field: "refs[0].weight".to_owned(), old: None, new: Some(json!(5)) }],
    };
    let changes = make(&mut manifests, &add("a"));
    let places: Vec<_> = changes
        .iter()
        .map(|change| match change {
            Change::Put(object) => (object.key.name.to_string(), object.origin.as_ref().unwrap().line),
            Change::Remove(key) => panic!("{key} is gone"),
        })
        .collect();
    assert_eq!(places, [("a".to_owned(), 1), ("b".to_owned(), 9)], "the second moved by a line");
    make(&mut manifests, &add("b"));
    assert_eq!(fs::read_to_string(&path).unwrap(), both.replace("port: 80\n", "port: 80\n  weight: 5\n"));
    let Some(Change::Put(b)) = changes.get(1) else { panic!("{changes:?}") };
    assert_eq!(manifests.line_of(b.origin.as_ref().unwrap(), "refs[0].weight"), Some(15));
    let a = loaded.objects[0].origin.as_ref().unwrap();
    assert_eq!(manifests.line_of(a, "refs[0].weight"), Some(7));
}

#[test]
fn a_file_that_changed_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.yaml");
    fs::write(&path, document(0, "r", [1, 2])).unwrap();
    let mut manifests = Manifests::open(&[Input::Path(path.clone())]).unwrap().0;
    let edit = weights("r", [1, 2], [3, 4]);
    let planned = manifests.plan(&edit).unwrap();
    let theirs = format!("# mine\n{}", document(0, "r", [1, 2]));
    fs::write(&path, &theirs).unwrap();
    let error = manifests.apply(&planned).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{} changed since it was read; nothing was written", path.display())
    );
    assert!(matches!(manifests.plan(&edit), Err(EditError::Changed(_))), "nor planned");
    assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
    manifests.refresh();
    make(&mut manifests, &edit);
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("# mine\n{}", document(0, "r", [3, 4])));
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["r.yaml"], "nothing is left beside it");
}

#[test]
fn a_file_that_is_broken_elsewhere_can_still_be_edited() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.yaml");
    fs::write(&path, format!("{}---\na: [\n", document(0, "r", [1, 2]))).unwrap();
    let (mut manifests, loaded) = Manifests::open(&[Input::Path(path.clone())]).unwrap();
    assert_eq!(loaded.problems.len(), 1);
    let changes = make(&mut manifests, &weights("r", [1, 2], [3, 4]));
    assert_eq!(changes.len(), 1);
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}---\na: [\n", document(0, "r", [3, 4])));
}

#[cfg(unix)]
#[test]
fn links_permissions_and_read_only_files_are_respected() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.txt"), folder.path().join("r.yaml"));
    fs::write(&real, document(0, "r", [1, 2])).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.txt", &link).unwrap();
    let mut manifests = Manifests::open(&[Input::Path(link.clone())]).unwrap().0;
    make(&mut manifests, &weights("r", [1, 2], [3, 4]));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "the link stays");
    assert_eq!(fs::read_to_string(&real).unwrap(), document(0, "r", [3, 4]));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    fs::set_permissions(&real, fs::Permissions::from_mode(0o440)).unwrap();
    manifests.refresh();
    let planned = manifests.plan(&weights("r", [3, 4], [5, 6])).unwrap();
    let error = manifests.apply(&planned).unwrap_err();
    assert_eq!(error.to_string(), format!("failed to write {}", link.display()));
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("read-only"));
}

#[test]
fn an_object_from_nowhere_is_not_edited() {
    let (manifests, _) = built_in(&document(0, "r", [1, 2]));
    let error = manifests.plan(&weights("s", [1, 2], [3, 4])).unwrap_err();
    assert_eq!(error.to_string(), "R ns/s did not come from a file and can not be edited");
}
