//! What nginx refuses, and what is served then.

use super::*;

#[test]
fn a_path_twice_refuses_everything_and_says_where() {
    let text = ingress("twice", "x.example", &[], &[("/a", "Prefix", "one"), ("/a/", "Prefix", "two")])
        + &ingress("fine", "y.example", &[], &[("/", "Prefix", "one")]);
    let compiled = compile(&world(&text));
    let refusal = &compiled.refused[0];
    assert_eq!(refusal.ingress.as_ref().map(Key::path).as_deref(), Some("shop/twice"));
    assert_eq!(refusal.host.as_deref(), Some("x.example"));
    assert_eq!(
        refusal.message,
        "location `/a/` stands twice: as a path with, and as one without, its final slash"
    );
    assert_eq!(goes_to(&compiled, "y.example", "/"), "404", "nothing of the new configuration is served");
}

#[test]
fn what_was_served_before_is_served_on() {
    let before = world(&ingress("fine", "y.example", &[], &[("/", "Prefix", "one")]));
    let compiled = compile(&before);
    let bad = ingress("twice", "x.example", &[], &[("/a", "Prefix", "one"), ("/a/", "Prefix", "two")]);
    let changes: Vec<Change> = world(&bad).list(&Kind::Ingress).cloned().map(Change::Put).collect();
    let next = compiled.next(&before.apply(&changes), &changes);
    assert_eq!(next.refused.len(), 1);
    assert_eq!(goes_to(&next, "y.example", "/"), "one");
    assert_eq!(goes_to(&next, "x.example", "/a"), "404");
}

#[test]
fn a_wildcard_has_no_www() {
    let text =
        ingress("w", "\"*.x.example\"", &[("from-to-www-redirect", "true")], &[("/", "Prefix", "one")]);
    let compiled = compile(&world(&text));
    assert!(compiled.refused[0].message.contains("www.*.x.example"), "{:?}", compiled.refused);
}
