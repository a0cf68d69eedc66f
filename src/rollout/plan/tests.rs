//! Plans for routes as people write them.

use serde_json::json;

use super::*;
use crate::resource::{Kind, Meta};

fn route(rules: &Value) -> Object {
    Object {
        key: Key::new(Kind::HttpRoute, "shop", "app"),
        api_version: "gateway.networking.k8s.io/v1".into(),
        meta: Meta::default(),
        text: json!({ "spec": { "rules": rules } }).to_string().into(),
        origin: None,
        assumed: false,
    }
}

fn two_rules() -> Object {
    route(&json!([
        { "name": "plain", "backendRefs": [{ "name": "app", "port": 80 }] },
        { "name": "canary", "backendRefs": [
            { "name": "app-stable", "port": 80, "weight": 90 },
            { "name": "app-canary", "port": 80, "weight": 10 },
            { "name": "app-canary", "port": 81, "namespace": "beta" },
        ] },
    ]))
}

fn wish(wished: &[(&str, i64)]) -> Vec<(String, i64)> {
    wished.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect()
}

#[test]
fn wished_weights_become_an_edit_of_what_is_written() {
    let wished = wish(&[("app-stable", 70), ("app-canary:80", 25), ("beta/app-canary", 5)]);
    let plan = plan(&two_rules(), &RuleSelect::Only, &wished).unwrap();
    assert_eq!(plan.rule, 1);
    let fields: Vec<_> = plan.edit().fields.into_iter().map(|f| (f.field, f.old, f.new)).collect();
    let at = |index| format!("spec.rules[1].backendRefs[{index}].weight");
    let want = [
        (at(0), Some(json!(90)), Some(json!(70))),
        (at(1), Some(json!(10)), Some(json!(25))),
        (at(2), None, Some(json!(5))),
    ];
    assert_eq!(fields, want);
    assert_eq!(plan.summary(), "app-stable 90 → 70, app-canary 10 → 25, beta/app-canary 1 → 5");
}

#[test]
fn a_backend_that_keeps_its_weight_is_not_edited() {
    let wished = wish(&[("app-stable", 90), ("app-canary:80", 11)]);
    let plan = plan(&two_rules(), &RuleSelect::Name("canary".to_owned()), &wished).unwrap();
    assert_eq!(plan.edit().fields.len(), 1);
    assert_eq!(plan.weights.len(), 3, "all backends are shown");
    let single = super::plan(&two_rules(), &RuleSelect::Index(0), &wish(&[("app", 0)])).unwrap();
    assert_eq!(single.edit().fields[0].old, None, "not written means 1");
    assert_eq!(single.summary(), "app 1 → 0");
}

#[test]
fn what_can_not_be_planned_says_what_there_is() {
    let two_canaries = json!([
        { "backendRefs": [{ "name": "a", "port": 1 }, { "name": "b", "port": 1 }] },
        { "name": "x", "backendRefs": [{ "name": "a", "port": 1 }, { "name": "b", "port": 1 }] },
    ]);
    let two_singles = json!([{ "backendRefs": [{ "name": "a" }] }, { "backendRefs": [{ "name": "b" }] }]);
    type Case = (Object, RuleSelect, &'static [(&'static str, i64)], &'static str);
    let cases: [Case; 11] = [
        (
            two_rules(),
            RuleSelect::Index(7),
            &[],
            "HTTPRoute shop/app has no rule 8; there is 1 (plain), 2 (canary)",
        ),
        (
            two_rules(),
            RuleSelect::Name("x".to_owned()),
            &[],
            "HTTPRoute shop/app has no rule named `x`; there is 1 (plain), 2 (canary)",
        ),
        (
            route(&two_canaries),
            RuleSelect::Only,
            &[],
            "more than one rule of HTTPRoute shop/app has several backends; say which; there is 1, 2 (x)",
        ),
        (
            route(&two_singles),
            RuleSelect::Only,
            &[],
            "no rule of HTTPRoute shop/app has more than one backend; say which; there is 1, 2",
        ),
        (route(&json!([])), RuleSelect::Only, &[], "HTTPRoute shop/app has no rule"),
        (
            two_rules(),
            RuleSelect::Only,
            &[("nope", 1)],
            "rule 2 (canary) of HTTPRoute shop/app: no backend `nope`; there is `app-stable:80`, `app-canary:80`, \
             `beta/app-canary:81`",
        ),
        (
            two_rules(),
            RuleSelect::Only,
            &[("app-canary", 1)],
            "rule 2 (canary) of HTTPRoute shop/app: `app-canary` is more than one backend; there is \
             `app-stable:80`, `app-canary:80`, `beta/app-canary:81`",
        ),
        (
            two_rules(),
            RuleSelect::Only,
            &[("app-stable", -1), ("app-canary:80", 1_000_001)],
            "rule 2 (canary) of HTTPRoute shop/app: weight -1 of `app-stable` is not between 0 and 1000000; weight \
             1000001 of `app-canary:80` is not between 0 and 1000000",
        ),
        (
            two_rules(),
            RuleSelect::Only,
            &[("app-stable", 1), ("app-stable:80", 2)],
            "rule 2 (canary) of HTTPRoute shop/app: `app-stable:80` is given twice",
        ),
        (
            two_rules(),
            RuleSelect::Only,
            &[("app-stable", 90)],
            "HTTPRoute shop/app has these weights already: app-stable:80 90, app-canary:80 10, beta/app-canary:81 1",
        ),
        (
            route(&json!([{ "backendRefs": [{ "name": "a", "weight": "x" }] }])),
            RuleSelect::Only,
            &[("a", 1)],
            "HTTPRoute shop/app can not be read: spec.rules[0].backendRefs[0].weight: invalid type: string \"x\", \
             expected i64",
        ),
    ];
    for (object, rule, wished, why) in cases {
        assert_eq!(plan(&object, &rule, &wish(wished)), Err(PlanError(why.to_owned())));
    }
}

#[test]
fn only_routes_have_weights() {
    let mut gateway = two_rules();
    gateway.key = Key::new(Kind::Gateway, "shop", "gw");
    let error = plan(&gateway, &RuleSelect::Only, &[]).unwrap_err();
    assert_eq!(error.0, "Gateway shop/gw is no route and has no weights");
}
