//! `cutover weights` on a file of the user's: the diff, the bytes, the way back.

use std::{fs, path::PathBuf};

use crate::{
    SHOP,
    program::{cutover, home, root},
};

/// The shop in a file of its own.
fn copy(name: &str) -> PathBuf {
    let folder = home().join("weights");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::copy(root().join(SHOP), &path).unwrap();
    path
}

#[test]
fn a_dry_run_shows_the_diff_and_writes_nothing() {
    let path = copy("dry.yaml");
    let before = fs::read(&path).unwrap();
    let run = cutover(&[
        "weights",
        "shop/app",
        "app-canary=25",
        "app-stable=75",
        "--rule",
        "split",
        "--dry-run",
        "-f",
        path.to_str().unwrap(),
    ]);
    assert_eq!(run.code, 0, "{run:#?}");
    for line in
        ["-          weight: 90", "+          weight: 75", "-          weight: 10", "+          weight: 25"]
    {
        assert!(run.stdout.lines().any(|one| one == line), "`{line}` is not in:\n{}", run.stdout);
    }
    assert!(run.stdout.contains("dry run: nothing was written"), "{}", run.stdout);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn yes_writes_the_weights_and_not_one_other_byte() {
    let path = copy("yes.yaml");
    let before = fs::read_to_string(&path).unwrap();
    let run = cutover(&[
        "weights",
        "shop/app",
        "app-canary=25",
        "--rule",
        "1",
        "--yes",
        "-f",
        path.to_str().unwrap(),
    ]);
    assert_eq!(run.code, 0, "{run:#?}");
    let after = fs::read_to_string(&path).unwrap();
    assert_eq!(after, before.replace("weight: 10", "weight: 25"));

    let undo = run
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("undo: cutover "))
        .unwrap_or_else(|| panic!("{run:#?}"));
    let mut undo: Vec<_> = undo.split(' ').collect();
    undo.push("--yes");
    assert_eq!(cutover(&undo).code, 0, "{undo:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before, "the way back leads back");
}

#[test]
fn a_weight_that_is_not_written_is_added() {
    let path = copy("add.yaml");
    let arguments = ["weights", "shop/app", "web=3", "--rule", "2", "-y", "-f", path.to_str().unwrap()];
    let run = cutover(&arguments);
    assert_eq!(run.code, 0, "{run:#?}");
    let after = fs::read_to_string(&path).unwrap();
    let expected = fs::read_to_string(root().join(SHOP)).unwrap();
    let expected = expected.replace(
        "- name: web\n          port: 80\n",
        "- name: web\n          port: 80\n          weight: 3\n",
    );
    assert_eq!(after, expected);
}

#[test]
fn what_can_not_be_done_says_what_would_be_right() {
    let path = copy("wrong.yaml");
    let file = path.to_str().unwrap();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["shop/app", "nobody=1", "--rule", "1"], 1, "app-canary"),
        (&["shop/app", "app-canary=5"], 2, "--rule"),
        (&["shop/app", "app-canary=10", "--rule", "1"], 1, ""),
        (&["shop/app", "app-canary=5", "--rule", "9"], 1, "rule"),
        (&["shop/app", "app-canary=5", "--rule", "nobody"], 1, "split"),
        (&["shop/app", "app-canary=1000001", "--rule", "1"], 2, "1000000"),
        (&["infra/edge", "a=1"], 1, "not found"),
    ];
    for (arguments, code, words) in cases {
        let mut all = vec!["weights", "--yes", "-f", file];
        all.extend(*arguments);
        let run = cutover(&all);
        assert_eq!(run.code, *code, "{run:#?}");
        assert!(run.stderr.contains(words), "`{words}` is not in {}", run.stderr);
    }
    assert_eq!(fs::read(&path).unwrap(), fs::read(root().join(SHOP)).unwrap());
}
