//! What comes on the clipboard.

use super::*;
use crate::{
    resource::{Key, Kind},
    tui::facts::describe::About,
};

/// The text that was asked to be copied.
fn copied(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| if let Effect::Copy(text) = effect { Some(&**text) } else { None })
}

#[test]
fn letters_of_the_menu_copy_what_they_stand_for() {
    let cases = [
        ("3 j c n", "app", "the name"),
        ("3 j c s", "shop/app", "with its namespace"),
        ("3 j c enter", "app", "Enter takes the first"),
        ("3 j c j enter", "shop/app", "and the next"),
        (
            "3 j c k",
            "kubectl get httproutes.gateway.networking.k8s.io/app -n shop -o yaml",
            "a letter before moving",
        ),
        ("3 j c d", "kubectl describe httproutes.gateway.networking.k8s.io/app -n shop", "the other"),
        ("3 j enter c n", "app", "of the page that is read"),
        ("4 enter c s", "shop/app-canary", "the selected backend of a rule"),
        ("2 j c k", "kubectl get gateways.gateway.networking.k8s.io/edge -n infra -o yaml", "from the tree"),
        ("2 j j c n", "edge", "a listener is a part of its Gateway"),
        (
            "6 c u",
            "curl --resolve app.example.com:8080:127.0.0.1 http://app.example.com:8080/",
            "a listener where it really listens",
        ),
        (
            "3 j c u",
            "curl -k --resolve app.example.com:8443:127.0.0.1 https://app.example.com:8443/",
            "a route, by the first match that can be asked for",
        ),
        (
            "4 j enter c u",
            "curl -k --resolve app.example.com:8443:127.0.0.1 https://app.example.com:8443/beta",
            "the rule whose weights are seen",
        ),
    ];
    for (keys, text, why) in cases {
        let mut state = fixture::state();
        let effects = press(&mut state, keys);
        assert_eq!(copied(&effects), Some(text), "{keys}: {why}; {}", told(&state));
        let size = format!("{} bytes", text.len());
        assert!(told(&state).contains(&size) && told(&state).contains("terminal allows"), "{}", told(&state));
    }
}

#[test]
fn rows_and_cells_are_those_of_the_list_with_all_columns() {
    let mut state = fixture::state();
    press(&mut state, "3 j");
    let row = command(&mut state, "copy row");
    let row = copied(&row).unwrap();
    assert!(
        row.starts_with("✓\t~ shop/app\tHTTP\tinfra/edge ▸ http  +1\tapp.example.com\t2\t300\t"),
        "{row}"
    );
    let cell = command(&mut state, "copy cell hostnames");
    assert_eq!(copied(&cell), Some("app.example.com"));
    // Columns by hand: the fifth.
    let effects = press(&mut state, "c c j j j j enter");
    assert_eq!(copied(&effects), Some("app.example.com"));
    assert!(told(&state).starts_with("copied cell hostnames: 15 bytes"), "{}", told(&state));
}

#[test]
fn secrets_stay_hidden_and_what_would_harm_is_written_out() {
    let mut state = hostile();
    let secret = Key::new(Kind::Secret, "b", "s");
    state.describe(About::Object(secret));
    let yaml = command(&mut state, "copy yaml");
    let yaml = copied(&yaml).unwrap();
    assert!(yaml.contains("•• 7 bytes") && !yaml.contains("aHVudGVyMg"), "{yaml}");

    let mut state = hostile();
    press(&mut state, "3");
    for what in ["name", "namespaced", "row", "yaml", "kubectl", "describe"] {
        let effects = command(&mut state, &format!("copy {what}"));
        let text = copied(&effects).unwrap_or_else(|| panic!("{what}: {}", told(&state)));
        let harmful = |c: char| c != '\n' && c != '\t' && crate::resource::show::is_harmful(c);
        assert!(!text.contains(harmful), "{what}: {text:?}");
    }
}

#[test]
fn a_yaml_is_what_was_written_without_the_bookkeeping_of_fields() {
    let mut state = fixture::state();
    press(&mut state, "3 j");
    let effects = command(&mut state, "copy yaml");
    let yaml = copied(&effects).unwrap();
    assert!(yaml.starts_with("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n"), "{yaml}");
    let back = fixture::view_of(yaml.to_owned().leak());
    let back = back.world.get(&Key::new(Kind::HttpRoute, "shop", "app")).unwrap().value();
    assert_eq!(back["spec"]["rules"][0]["backendRefs"][1]["weight"], 10);
}

#[test]
fn what_can_not_be_copied_says_why_and_copies_nothing() {
    let cases = [
        ("3", "copy curl", "no request can be made up that"),
        ("3", "copy cell shoe-size", "there is no column `shoe-size`; there are health, route,"),
        ("3", "copy fish", "`fish` can not be copied; there are name, namespaced, row,"),
        ("3", "copy name twice", "takes nothing behind it"),
        ("3 enter", "copy row", "only lists have rows"),
        ("?", "copy name", "nothing is selected"),
    ];
    for (keys, line, words) in cases {
        let mut state = hostile();
        press(&mut state, keys);
        let effects = command(&mut state, line);
        assert!(told(&state).contains(words), "{line}: {}", told(&state));
        assert_eq!(copied(&effects), None, "{line}");
    }
    let mut state = hostile();
    press(&mut state, "3 j");
    let effects = command(&mut state, "copy yaml");
    assert_eq!(copied(&effects), None, "no half of it");
    assert!(told(&state).contains("terminals take 74994 at most: nothing was copied"), "{}", told(&state));
    let chosen = press(&mut state, "c y");
    assert_eq!(copied(&chosen), None, "the menu says it before");
}
