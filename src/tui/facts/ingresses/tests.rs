use std::sync::Arc;

use super::*;
use crate::tui::fixture;

fn inventory() -> Inventory {
    let view = fixture::ingresses();
    Inventory::of_view(&view, &Options::default())
}

#[test]
fn an_ingress_is_as_its_controller_takes_it() {
    let inventory = inventory();
    let told: Vec<(String, Health, &str)> =
        inventory.rows.iter().map(|row| (row.facts.key.path(), row.health, &*row.words)).collect();
    for (path, health, _) in &told {
        assert!(!path.is_empty() && *health != Health::Unknown, "{told:#?}");
    }
    let of =
        |path: &str| told.iter().find(|row| row.0 == path).unwrap_or_else(|| panic!("{path}: {told:#?}"));
    assert_eq!(of("team-x/app").1, Health::Broken, "it is left out");
    assert!(of("legacy/portal").2.starts_with("nobody serves it"), "{told:#?}");
    assert_eq!(inventory.totals.all(), inventory.rows.len());
}

#[test]
fn locations_are_those_of_nginx_and_found_by_ingress() {
    let inventory = inventory();
    let key = Key::new(Kind::Ingress, "shop", "api");
    let all: Vec<String> = inventory.locations(&key).map(|(server, one)| location(server, one)).collect();
    assert_eq!(all, ["~* \"^/api(/|$)(.*)\""]);
}

#[test]
fn what_serves_nothing_here_is_told_of_an_ingress() {
    let inventory = inventory();
    let key = Key::new(Kind::Ingress, "shop", "admin");
    let left: Vec<&str> = inventory.not_executed(&key).collect();
    assert!(!left.is_empty(), "its external authentication is nobody's here: {left:?}");
}

#[test]
fn keys_have_their_users_and_are_found_by_what_is_seen() {
    let inventory = inventory();
    let most = inventory.keys.first().map(|row| (row.count.count, row.most));
    assert_eq!(most.map(|(count, most)| count == most), Some(true), "the longest bar is whole");
    let key =
        inventory.keys.iter().find(|row| &*row.count.key == "nginx.ingress.kubernetes.io/rewrite-target");
    let key = key.expect("it is used");
    assert!(key.haystack.contains("ingress-nginx") && key.haystack.contains("shop"), "{}", key.haystack);
    assert!(key.count.users.contains(&("shop".into(), "api".into())));
}

#[test]
fn what_is_served_is_not_compiled_again_and_the_rest_is() {
    let view = fixture::ingresses();
    let inventory = Inventory::of_view(&view, &Options::default());
    assert!(Arc::ptr_eq(&inventory.old, &view.old), "both sides are served");
    let new = fixture::view();
    let inventory = Inventory::of_view(&new, &Options::default());
    assert_eq!(inventory.rows.len(), 1, "what is not served is known nevertheless");
    assert!(!Arc::ptr_eq(&inventory.old, &new.old) && !inventory.old.servers.is_empty());
}
