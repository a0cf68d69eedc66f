//! The catalogue as data: whole, without doubles, and each entry in itself.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::inventory::{Verdict, verdict};

mod values;

/// A catalogue with all that is wrong in it, in each row too.
fn read(files: &[(&str, &'static str)]) -> (Catalogue, Vec<String>) {
    let (catalogue, mut faults) = Catalogue::read(files);
    faults.extend(catalogue.rows.iter().filter_map(|row| catalogue.try_entry(row).err()));
    (catalogue, faults)
}

#[test]
fn rows_alone_are_what_the_whole_file_says() {
    for (name, text) in FILES {
        let whole: toml::Table = text.parse().unwrap();
        let rows = whole["annotation"].as_array().unwrap();
        let (controller, malformed, unread) = read::file(text).unwrap();
        assert_eq!(rows.len(), unread.len(), "{name}");
        for (row, unread) in rows.iter().zip(unread) {
            let alone: toml::Table = unread.text.parse().unwrap();
            assert_eq!(row.as_table(), Some(&alone), "{name}");
            // The keys by which it is found are those that it has.
            let entry = read::row(unread.text, &controller, malformed).unwrap();
            assert_eq!(unread.keys, [&[entry.key][..], &entry.aliases].concat(), "{name}");
        }
    }
}

#[test]
fn the_files_are_read_without_a_fault() {
    let (catalogue, faults) = read(FILES);
    assert_eq!(faults, [""; 0]);
    assert_eq!(catalogue.controllers().len(), FILES.len());
    for (controller, (file, _)) in catalogue.controllers().iter().zip(FILES) {
        assert_eq!(format!("{}.toml", controller.name), *file);
    }
}

#[test]
fn every_file_of_the_folder_is_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/inventory/catalogue");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| std::path::Path::new(name).extension().is_some_and(|ext| ext == "toml"))
        .collect();
    assert_eq!(there, FILES.iter().map(|(name, _)| (*name).to_owned()).collect());
}

#[test]
fn a_broken_file_is_told_and_loses_no_other() {
    let good = "controller = \"a\"\ntitle = \"A\"\nprefix = \"a/\"\nsource = \"s\"\n";
    let row = |more: &str| {
        format!(
            "{good}[[annotation]]\nkey = \"k\"\nmeaning = \"M.\"\n{more}\n[[annotation]]\nkey = \"ok\"\ntype = \"bool\"\nmeaning = \"M.\"\nclass = \"internal\"\n"
        )
    };
    let cases = [
        (row("type = \"bol\"\nclass = \"none\""), "`k`: there is no type `bol`", "a type"),
        (row("type = \"enum\"\nclass = \"none\""), "`k`: needs `values`", "a list without words"),
        (row("type = \"bool\"\nmin = 1\nclass = \"none\""), "`k`: only `int` has bounds", "bounds"),
        (
            row("type = \"bool\"\nvalues = [\"a\"]\nclass = \"none\""),
            "`k`: `values` without a type that has them",
            "words without a list",
        ),
        (row("type = \"form\"\nclass = \"none\""), "`k`: `form` and its type go together", "no form"),
        (row("type = \"bool\"\nclass = \"unknown\""), "`k`: what stands here is known", "a verdict"),
        (
            row("type = \"bool\"\nclass = \"policy\"\npolicy = { nginx = \"x\" }"),
            "`k`: there is no implementation `nginx`",
            "an implementation",
        ),
        (
            row(
                "type = \"bool\"\nclass = \"none\"\n[[annotation]]\nkey = \"b\"\naliases = [\"k\"]\ntype = \"bool\"\nmeaning = \"M.\"\nclass = \"none\"",
            ),
            "`a/k` stands twice",
            "a double",
        ),
    ];
    for (text, expected, why) in cases {
        let (catalogue, faults) = read(&[("a.toml", text.leak())]);
        assert_eq!(faults, [expected], "{why}");
        assert!(catalogue.find("a/ok", NGINX_PREFIX).is_some(), "{why}");
    }
    let (_, faults) = read(&[("a.toml", format!("{good}colour = 1\n").leak())]);
    assert!(faults[0].starts_with("a.toml: "), "{faults:?}");
}

#[test]
fn every_key_of_the_survey_of_controllers_is_present() {
    let missing: Vec<_> = include_str!("tests/names.txt")
        .lines()
        .filter(|name| Catalogue::get().find(name, NGINX_PREFIX).is_none())
        .collect();
    assert_eq!(missing, [""; 0]);
    assert!(include_str!("tests/names.txt").lines().count() > 700);
}

#[test]
fn ingress_nginx_has_its_134_keys_and_two_more_names_for_two_of_them() {
    let entries = Catalogue::get().entries().into_iter().filter(|entry| entry.controller == NGINX);
    let (read, gone): (Vec<_>, Vec<_>) = entries.partition(|entry| entry.removed.is_empty());
    let aliases: usize = read.iter().map(|entry| entry.aliases.len()).sum();
    assert_eq!((read.len(), aliases), (136, 2));
    assert!(gone.len() > 20, "{}", gone.len());
}

#[test]
fn every_entry_is_well_formed() {
    for entry in Catalogue::get().entries() {
        let key = &entry.key;
        let about = format!("{key}: {entry:?}");
        match entry.class {
            Verdict::Standard | Verdict::Experimental | Verdict::Policy => {
                assert!(!entry.becomes.is_empty(), "becomes something: {about}");
            }
            Verdict::None => assert!(entry.becomes.is_empty(), "becomes nothing: {about}"),
            Verdict::Internal => {}
            Verdict::Unknown => panic!("{about}"),
        }
        let sentence = |text: &str| {
            text.ends_with('.')
                && !text.contains('\n')
                && text.chars().next().is_some_and(|c| !c.is_lowercase())
        };
        assert!(sentence(&entry.meaning), "one sentence: {about}");
        assert!(entry.quirk.is_empty() || sentence(&entry.quirk), "one sentence: {about}");
        assert!(entry.meaning.len() <= 140 && entry.quirk.len() <= 240, "short: {about}");
        assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || "-._/*".contains(c)), "{about}");
        assert!(key.matches('*').count() <= 1, "{about}");
        assert!(entry.policies.iter().all(|(_, field)| !field.is_empty()), "{about}");
        let other = entry.also.iter().find(|name| Catalogue::get().controller(name).is_none());
        assert_eq!(other, None, "{about}");
        if let ValueKind::Form(form) = &entry.kind {
            assert!(form.compiled().is_some(), "the form is a regular expression: {about}");
        }
        if let ValueKind::Int { min, max } = entry.kind {
            assert!(min < max, "{about}");
        }
        if !entry.removed.is_empty() {
            assert_eq!(entry.class, Verdict::Internal, "what nobody reads is lost already: {about}");
        }
    }
}

#[test]
fn no_key_stands_twice_under_any_name() {
    let mut seen = BTreeMap::new();
    for entry in Catalogue::get().entries() {
        for key in std::iter::once(&entry.key).chain(&entry.aliases) {
            let before = seen.insert(key, &entry.controller);
            assert_eq!(before, None, "{key} in {}", entry.controller);
        }
    }
    assert!(seen.len() > 780, "{}", seen.len());
}

#[test]
fn defaults_are_values_that_the_type_takes() {
    // Defaults in words stand for what is no value.
    for entry in Catalogue::get().entries() {
        let default = &entry.default;
        if default.is_empty() || default.contains(' ') || default == "30m" {
            continue;
        }
        let numbers = matches!(entry.kind, ValueKind::Bool | ValueKind::Int { .. } | ValueKind::Enum { .. });
        if numbers {
            assert_eq!(entry.check(default), Ok(()), "{}", entry.key);
        }
    }
}

#[test]
fn a_key_is_found_whatever_prefix_the_controller_was_told() {
    let own = "example.com";
    let nginx = |short: &str| format!("nginx.ingress.kubernetes.io/{short}");
    let cases = [
        ("nginx.ingress.kubernetes.io/app-root", NGINX_PREFIX, Some(nginx("app-root")), "the usual one"),
        ("example.com/app-root", own, Some(nginx("app-root")), "its own"),
        ("example.com/app-root", NGINX_PREFIX, None, "another's prefix is not nginx's"),
        ("nginx.ingress.kubernetes.io/app-root", own, Some(nginx("app-root")), "still known, see is_unread"),
        ("example.com/whitelist-source-range", own, Some(nginx("allowlist-source-range")), "an alias"),
        ("example.com/cluster-issuer", own, None, "not the keys of other tools"),
        ("app-root", NGINX_PREFIX, None, "no prefix"),
        ("/app-root", NGINX_PREFIX, None, "an empty prefix"),
        ("NGINX.ingress.kubernetes.io/app-root", NGINX_PREFIX, None, "case matters"),
        ("", NGINX_PREFIX, None, "nothing"),
    ];
    for (key, prefix, expected, why) in cases {
        let found = Catalogue::get().find(key, prefix).map(|entry| entry.key.clone());
        assert_eq!(found, expected, "{why}");
    }
    assert!(Catalogue::is_unread("nginx.ingress.kubernetes.io/app-root", own));
    assert!(!Catalogue::is_unread("nginx.ingress.kubernetes.io/app-root", NGINX_PREFIX));
    assert!(!Catalogue::is_unread("example.com/app-root", own));
}

#[test]
fn names_that_a_user_chose_match_a_pattern() {
    let cases = [
        ("alb.ingress.kubernetes.io/actions.blue-green", Some("alb.ingress.kubernetes.io/actions.*")),
        ("alb.ingress.kubernetes.io/actions", None),
        (
            "traefik.ingress.kubernetes.io/router.tls.domains.12.main",
            Some("traefik.ingress.kubernetes.io/router.tls.domains.*.main"),
        ),
        ("traefik.ingress.kubernetes.io/router.tls.domains.0.other", None),
        ("konghq.com/headers.x-version", Some("konghq.com/headers.*")),
        ("konghq.com/headers", Some("konghq.com/headers")),
        ("argocd.argoproj.io/sync-wave", Some("argocd.argoproj.io/*")),
    ];
    for (key, expected) in cases {
        let found = Catalogue::get().find(key, NGINX_PREFIX).map(|entry| entry.key.as_str());
        assert_eq!(found, expected, "{key}");
    }
}

#[test]
fn the_old_common_prefix_means_what_the_ingresss_controller_makes_of_it() {
    let key = "ingress.kubernetes.io/ssl-redirect";
    let cases = [
        (Some("haproxy"), "haproxy.org/ssl-redirect", "HAProxy Technologies'"),
        (Some("haproxy-ingress"), "haproxy-ingress.github.io/ssl-redirect", "HAProxy Ingress's"),
        (None, "haproxy-ingress.github.io/ssl-redirect", "when nobody knows, the first that has it"),
    ];
    for (controller, expected, why) in cases {
        let found = Catalogue::get().find_for(key, NGINX_PREFIX, controller);
        assert_eq!(found.map(|entry| entry.key.as_str()), Some(expected), "{why}");
    }
}

#[test]
fn a_controller_is_known_by_what_its_class_says() {
    let of = |spec: &str| Catalogue::get().controller_of(spec).map(|one| one.name.as_str());
    assert_eq!(of("k8s.io/ingress-nginx"), Some("ingress-nginx"));
    assert_eq!(of("nginx.org/ingress-controller"), Some("nginx-inc"));
    assert_eq!(of("example.com/own"), None);
    let called = |class: &str| -> Vec<_> {
        Catalogue::get().controllers_called(class).map(|one| one.name.as_str()).collect()
    };
    assert_eq!(called("nginx"), ["ingress-nginx", "nginx-inc"], "two makers, one name");
    assert_eq!(called("alb"), ["aws-alb"]);
    assert_eq!(called("public"), [""; 0]);
    let mut classes = BTreeSet::new();
    for class in Catalogue::get().controllers().iter().flat_map(|one| &one.classes) {
        assert!(classes.insert(class), "{class} is of two controllers");
    }
}

#[test]
fn every_refinement_is_about_a_key_that_is_there() {
    for one in verdict::REFINEMENTS {
        assert!(Catalogue::get().find(one.key, NGINX_PREFIX).is_some(), "{}", one.key);
        let nothing = matches!(one.verdict, Verdict::None | Verdict::Internal);
        assert_eq!(one.becomes.is_empty(), nothing, "{}", one.key);
    }
}
