//! What a change of files brings, and that it brings what a fresh start would.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proptest::prelude::*;

use super::*;
use crate::world::Change;

struct Folder {
    dir: tempfile::TempDir,
    manifests: Manifests,
}

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            put(&dir.path().join(name), text);
        }
        let manifests = Manifests::open(&[Input::Path(dir.path().to_path_buf())]).unwrap().0;
        Self { dir, manifests }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        put(&self.path(name), text);
    }

    /// Changes as `+Kind path` and `-Kind path`, sorted, and problems as codes.
    fn refresh(&mut self) -> (Vec<String>, Vec<&'static str>) {
        let (changes, problems) = self.manifests.refresh();
        let mut changes: Vec<String> = changes
            .iter()
            .map(|change| match change {
                Change::Put(object) => format!("+{}", object.key),
                Change::Remove(key) => format!("-{key}"),
            })
            .collect();
        changes.sort();
        (changes, problems.iter().map(|problem| problem.code).collect())
    }
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn config(name: &str, value: u32) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{v: \"{value}\"}}\n")
}

const NOTHING: (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn only_what_changed_is_given() {
    let text = |a, b| format!("{}---\n{}", config("a", a), config("b", b));
    let mut folder = Folder::of(&[("x.yaml", &text(1, 1)), ("y.yaml", &config("c", 1))]);
    assert_eq!(folder.refresh(), NOTHING, "nothing happened");
    folder.put("x.yaml", &text(1, 2));
    assert_eq!(folder.refresh().0, strings(&["+ConfigMap default/b"]));
    folder.put("x.yaml", &text(1, 2));
    assert_eq!(folder.refresh(), NOTHING, "written again with the same text");
    folder.put("sub/new.yaml", &config("d", 1));
    assert_eq!(folder.refresh().0, strings(&["+ConfigMap default/d"]), "a new file in a new folder");
    fs::remove_file(folder.path("y.yaml")).unwrap();
    assert_eq!(folder.refresh().0, strings(&["-ConfigMap default/c"]));
    fs::rename(folder.path("sub/new.yaml"), folder.path("moved.yaml")).unwrap();
    assert_eq!(folder.refresh().0, strings(&["+ConfigMap default/d"]), "the same object at another place");
    folder.put("x.yaml", &format!("# one line more\n{}", text(1, 2)));
    let moved = strings(&["+ConfigMap default/a", "+ConfigMap default/b"]);
    assert_eq!(folder.refresh().0, moved, "same texts on other lines");
    folder.put("x.yaml", &format!("# one line, longer\n{}", text(1, 2)));
    assert_eq!(folder.refresh(), NOTHING, "moved by bytes on the same lines");
}

#[test]
fn a_file_replaced_as_editors_do_is_read_again() {
    let mut folder = Folder::of(&[("x.yaml", &config("a", 1))]);
    folder.put(".x.yaml.swp", &config("a", 2));
    fs::rename(folder.path(".x.yaml.swp"), folder.path("x.yaml")).unwrap();
    assert_eq!(folder.refresh().0, strings(&["+ConfigMap default/a"]));
    fs::rename(folder.path("x.yaml"), folder.path("x.yaml~")).unwrap();
    folder.put("x.yaml", &config("a", 3));
    assert_eq!(folder.refresh().0, strings(&["+ConfigMap default/a"]));
}

#[test]
fn a_file_that_does_not_parse_keeps_its_objects_and_is_told_once() {
    let good = format!("{}---\n{}", config("a", 1), config("b", 1));
    let mut folder = Folder::of(&[("x.yaml", &good)]);
    for (text, code, why) in [
        ("a: [", "yaml-syntax", "no YAML"),
        ("a\0b", "not-text", "no text"),
        ("kind: ConfigMap\nmetadata: {name: a}\n", "no-api-version", "half an object"),
        ("a: b: c\n---\nx: {{ y }}\n", "helm-template", "a template"),
    ] {
        folder.put("x.yaml", text);
        let (changes, problems) = folder.refresh();
        assert_eq!(changes, Vec::<String>::new(), "{why}");
        assert!(problems.contains(&code) || code == "helm-template", "{why}: {problems:?}");
        assert_eq!(folder.refresh(), NOTHING, "{why}: told once");
        assert!(!folder.manifests.problems().is_empty(), "{why}: and still known");
    }
    let origin = folder.manifests.files.values().next().unwrap().objects[0].origin.clone().unwrap();
    assert_eq!(folder.manifests.line_of(&origin, "data"), None, "the text of these lines is gone");
    folder.put("x.yaml", &format!("{}---\n{}", config("a", 2), config("b", 1)));
    assert_eq!(folder.refresh(), (strings(&["+ConfigMap default/a"]), vec![]));
    assert_eq!(folder.manifests.problems(), [], "all is well again");
}

#[test]
fn a_named_file_that_went_away_keeps_its_objects_until_it_is_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.yaml");
    put(&path, &config("a", 1));
    let manifests = Manifests::open(&[Input::Path(path.clone())]).unwrap().0;
    let mut folder = Folder { dir, manifests };
    fs::remove_file(&path).unwrap();
    assert_eq!(folder.refresh(), (vec![], vec!["unreadable"]));
    assert_eq!(folder.refresh(), NOTHING, "told once");
    put(&path, &config("a", 2));
    assert_eq!(folder.refresh(), (strings(&["+ConfigMap default/a"]), vec![]));
}

#[test]
fn of_two_files_with_one_key_the_other_counts_when_one_goes() {
    let mut folder = Folder::of(&[("a.yaml", &config("x", 1)), ("c.yaml", &config("x", 3))]);
    folder.put("b.yaml", &config("x", 2));
    assert_eq!(folder.refresh(), (vec![], vec!["duplicate-object", "duplicate-object"]), "c still counts");
    fs::remove_file(folder.path("c.yaml")).unwrap();
    assert_eq!(folder.refresh().0, strings(&["+ConfigMap default/x"]), "b counts now");
    fs::remove_file(folder.path("a.yaml")).unwrap();
    assert_eq!(folder.refresh(), NOTHING, "b still counts");
    assert_eq!(folder.manifests.problems(), [], "and alone");
    fs::remove_file(folder.path("b.yaml")).unwrap();
    assert_eq!(folder.refresh().0, strings(&["-ConfigMap default/x"]));
}

/// What a step does to the folder.
#[derive(Clone, Debug)]
enum Step {
    /// File, object and value of each document.
    Write(u8, Vec<(u8, u32)>),
    Remove(u8),
}

fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let documents = prop::collection::vec((0..4u8, 0..3u32), 0..4);
    let step = prop_oneof![
        4 => (0..4u8, documents).prop_map(|(file, documents)| Step::Write(file, documents)),
        1 => (0..4u8).prop_map(Step::Remove),
    ];
    prop::collection::vec(prop::collection::vec(step, 1..4), 1..6)
}

/// Identity, text and place of the objects that a World would hold.
fn held(objects: &std::collections::BTreeMap<Key, Arc<Object>>) -> Vec<(String, String, String, u32)> {
    let row = |object: &Arc<Object>| {
        let origin = object.origin.as_ref().unwrap();
        (object.key.to_string(), object.text.to_string(), origin.file.display().to_string(), origin.line)
    };
    objects.values().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn refreshing_ends_where_a_fresh_start_would(rounds in steps()) {
        let mut folder = Folder::of(&[("0.yaml", &config("o0", 0))]);
        let root = folder.dir.path().to_path_buf();
        let loaded = Manifests::open(&[Input::Path(root.clone())]).unwrap().1;
        let by_key = |objects: Vec<Arc<Object>>| objects.into_iter().map(|o| (o.key.clone(), o)).collect();
        let mut world: std::collections::BTreeMap<Key, Arc<Object>> = by_key(loaded.objects);
        for round in rounds {
            for step in round {
                match step {
                    Step::Write(file, documents) => {
                        let text: Vec<String> =
                            documents.iter().map(|(object, value)| config(&format!("o{object}"), *value)).collect();
                        folder.put(&format!("{file}.yaml"), &text.join("---\n"));
                    }
                    Step::Remove(file) => drop(fs::remove_file(folder.path(&format!("{file}.yaml")))),
                }
            }
            for change in folder.manifests.refresh().0 {
                match change {
                    Change::Put(object) => drop(world.insert(object.key.clone(), object)),
                    Change::Remove(key) => drop(world.remove(&key)),
                }
            }
            let (fresh, loaded) = Manifests::open(&[Input::Path(root.clone())]).unwrap();
            prop_assert_eq!(held(&world), held(&by_key(loaded.objects)));
            prop_assert_eq!(told(&folder.manifests.problems()), told(&fresh.problems()));
        }
    }
}
