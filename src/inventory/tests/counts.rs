//! How often each annotation stands.

use super::*;

fn row(count: &AnnotationCount) -> (&str, usize, usize, usize, Option<&str>, &str) {
    (
        &count.key,
        count.count,
        count.namespaces.len(),
        count.distinct_values,
        count.controller(),
        count.verdict.as_str(),
    )
}

fn world() -> World {
    World::of([
        ingress("shop/a", json!({nginx("ssl-redirect"): "true", "team": "x", nginx("app-root"): "/a"})),
        ingress("shop/b", json!({nginx("ssl-redirect"): "false", "team": "x"})),
        ingress("pay/a", json!({nginx("ssl-redirect"): "true"})),
        ingress("pay/b", Value::Null),
        ingress("pay/c", json!({})),
        ingress("docs/a", json!({"konghq.com/strip-path": true, "kubernetes.io/ingress.class": "nginx"})),
    ])
}

#[test]
fn the_largest_count_comes_first_then_the_key() {
    let counts = annotations(&world(), NGINX_PREFIX);
    let rows: Vec<_> = counts.iter().map(row).collect();
    let expected = [
        ("nginx.ingress.kubernetes.io/ssl-redirect", 3, 2, 2, Some("ingress-nginx"), "standard"),
        ("team", 2, 1, 1, None, "unknown"),
        ("konghq.com/strip-path", 1, 1, 1, Some("kong"), "standard"),
        ("kubernetes.io/ingress.class", 1, 1, 1, Some("kubernetes"), "internal"),
        ("nginx.ingress.kubernetes.io/app-root", 1, 1, 1, Some("ingress-nginx"), "standard"),
    ];
    assert_eq!(rows, expected);
    let users: Vec<_> =
        counts[0].users.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect();
    assert_eq!(users, ["pay/a", "shop/a", "shop/b"]);
    let namespaces: Vec<_> = counts[0].namespaces.iter().map(|name| &**name).collect();
    assert_eq!(namespaces, ["pay", "shop"]);
}

#[test]
fn scripts_get_the_numbers_under_their_names() {
    let counts = annotations(&world(), NGINX_PREFIX);
    let first = serde_json::to_value(AnnotationCountView::of(&counts[0])).unwrap();
    let expected = json!({
        "key": "nginx.ingress.kubernetes.io/ssl-redirect",
        "count": 3,
        "namespaces": 2,
        "distinct_values": 2,
        "controller": "ingress-nginx",
        "verdict": "standard",
    });
    assert_eq!(first, expected);
}

#[test]
fn a_custom_prefix_takes_the_usual_keys_their_meaning() {
    let world = World::of([ingress("a", json!({nginx("app-root"): "/", "own.example/app-root": "/"}))]);
    let counts = annotations(&world, "own.example");
    let verdicts: Vec<_> = counts.iter().map(|count| (&*count.key, count.verdict)).collect();
    let expected = [
        ("nginx.ingress.kubernetes.io/app-root", Verdict::Internal),
        ("own.example/app-root", Verdict::Standard),
    ];
    assert_eq!(verdicts, expected);
}

proptest::proptest! {
    #[test]
    fn parts_add_up_to_the_whole(
        ingresses in proptest::collection::vec(
            ("[ab]", "[a-d]", proptest::collection::btree_map("[k-n]", "[x-z]", 0..4)), 0..20),
        cut in 0_usize..20,
    ) {
        let cut = cut.min(ingresses.len());
        let mut whole = Tally::default();
        let mut first = Tally::default();
        let mut second = first.beside();
        for (at, (namespace, name, annotations)) in ingresses.iter().enumerate() {
            let pairs = || annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            whole.add(namespace, name, pairs());
            if at < cut { &mut first } else { &mut second }.add(namespace, name, pairs());
        }
        first.merge(second);
        let (whole_counts, sum) = (whole.counts(NGINX_PREFIX), first.counts(NGINX_PREFIX));
        proptest::prop_assert_eq!(whole.ingresses(), first.ingresses());
        proptest::prop_assert_eq!(whole_counts.len(), sum.len());
        for (one, other) in whole_counts.iter().zip(&sum) {
            proptest::prop_assert_eq!(row(one), row(other));
            proptest::prop_assert_eq!(&one.users, &other.users);
            proptest::prop_assert_eq!(&one.namespaces, &other.namespaces);
            // And the naive count.
            let naive = ingresses.iter().filter(|(_, _, all)| all.contains_key(&*one.key)).count();
            proptest::prop_assert_eq!(one.count, naive);
        }
    }
}
