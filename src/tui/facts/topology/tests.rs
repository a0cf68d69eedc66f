use super::*;
use crate::{
    rehearsal::View,
    resource::{Kind, Meta, Object},
    tui::{facts::gateways::Tree, fixture},
    world::Change,
};

fn text(view: &View, about: &About, folds: &Folds) -> String {
    let known = Known::of(view, fixture::clock());
    page(&known, about, folds).iter().map(|line| line.line.text().trim_end().to_owned() + "\n").collect()
}

fn of(kind: Kind, namespace: &str, name: &str) -> About {
    About::Object(Key::new(kind, namespace, name))
}

#[test]
fn both_ways_are_there_with_health_requests_and_what_is_wrong() {
    let view = fixture::bookshop();
    let open = {
        let mut folds = Folds::default();
        folds.set_all(true);
        folds
    };
    // Page, a line, what must stand on it.
    let cases: [(About, &str, &[&str], &str); 16] = [
        (
            of(Kind::HttpRoute, "shop", "app"),
            "listener infra/edge ▸ https",
            &["└─ ▾ ·", "380/s", "7 routes"],
            "up: the listener, only noted",
        ),
        (of(Kind::HttpRoute, "shop", "app"), "Gateway infra/edge", &["└─", "✓", "412/s"], "up: its Gateway"),
        (of(Kind::HttpRoute, "shop", "app"), "GatewayClass bookshop", &["✓"], "up: its class"),
        (of(Kind::HttpRoute, "shop", "app"), "├─ ▾ ✓ rule 1 split", &["PathPrefix /"], "down: a rule"),
        (
            of(Kind::HttpRoute, "shop", "app"),
            "Service shop/app-canary:8080",
            &["weight 10  10 %", "31/s"],
            "down: a backend",
        ),
        (of(Kind::HttpRoute, "shop", "app"), ":8080  stand-in", &["told to fail"], "down: who answers"),
        (
            of(Kind::HttpRoute, "shop", "search"),
            "Service shop/search-v2:8080",
            &["✗", "does not exist"],
            "missing",
        ),
        (
            of(Kind::HttpRoute, "shop", "checkout"),
            "Service shop/checkout-next:8080",
            &["mirror 20 %"],
            "a mirror",
        ),
        (
            of(Kind::HttpRoute, "shop", "cart"),
            "Gateway infra/edge ▸ www",
            &["✗", "not allowed by infra/edge ▸ www"],
            "not taken",
        ),
        (
            of(Kind::Service, "shop", "app-canary"),
            "HTTPRoute shop/app ▸ rule 2 testers",
            &["✓"],
            "up of a Service: rules",
        ),
        (
            of(Kind::Service, "shop", "app-canary"),
            "Ingress shop/app-canary",
            &["app.bookshop.example/"],
            "and Ingresses",
        ),
        (of(Kind::Service, "shop", "reviews"), "endpoint 10.244.2.9", &["!", "not ready"], "endpoints"),
        (
            of(Kind::Secret, "infra", "bookshop-tls"),
            "listener infra/edge ▸ apex",
            &[":443", "1 route"],
            "up of a Secret",
        ),
        (of(Kind::Namespace, "", "web"), "listener infra/edge ▸ www", &[], "up of a Namespace"),
        (
            of(Kind::ReferenceGrant, "payments", "shop-may-pay"),
            "Service payments/pay",
            &["HTTPRoute shop/checkout"],
            "both sides",
        ),
        (
            of(Kind::Gateway, "infra", "edge"),
            "attached to no listener",
            &["✗"],
            "down of a Gateway: who is left out",
        ),
    ];
    for (about, line, wanted, why) in cases {
        let text = text(&view, &about, &open);
        let found = text.lines().find(|one| one.contains(line));
        let found = found.unwrap_or_else(|| panic!("{why}: no `{line}` in\n{text}"));
        for word in wanted {
            assert!(found.contains(word), "{why}: no `{word}` in `{found}`\n{text}");
        }
    }
}

#[test]
fn a_rule_without_a_grant_says_so_on_its_backend() {
    let view = fixture::bookshop();
    let changes = [Change::Remove(Key::new(Kind::ReferenceGrant, "payments", "shop-may-pay"))];
    let world = view.world.apply(&changes);
    let view = View { compiled: view.compiled.next(&world, &changes).into(), world: world.into(), ..view };
    let text = text(&view, &of(Kind::HttpRoute, "shop", "checkout"), &Folds::default());
    let line = text.lines().find(|line| line.contains("Service payments/pay:8443")).unwrap();
    assert!(line.contains('✗') && line.contains("no ReferenceGrant allows it"), "{text}");
}

fn object(kind: Kind, name: &str, spec: &str) -> Change {
    Change::Put(Arc::new(Object {
        key: Key::new(kind, "shop", name),
        api_version: "v1".into(),
        meta: Meta::default(),
        text: format!(r#"{{"spec":{spec}}}"#).into(),
        origin: None,
        assumed: false,
    }))
}

/// A mesh: a route whose parent is the Service that it sends to.
#[test]
fn what_stands_above_itself_is_cut() {
    let spec = r#"{"parentRefs":[{"kind":"Service","group":"","name":"app"}],
        "rules":[{"backendRefs":[{"name":"app","port":80}]}]}"#;
    let changes =
        [object(Kind::HttpRoute, "mesh", spec), object(Kind::Service, "app", r#"{"ports":[{"port":80}]}"#)];
    let view = fixture::bookshop();
    let world = view.world.apply(&changes);
    let view = View { compiled: view.compiled.next(&world, &changes).into(), world: world.into(), ..view };
    let mut folds = Folds::default();
    folds.set_all(true);
    for about in [of(Kind::Service, "shop", "app"), of(Kind::HttpRoute, "shop", "mesh")] {
        let text = text(&view, &about, &folds);
        assert!(text.lines().count() < 20, "{text}");
    }
    let service = text(&view, &of(Kind::Service, "shop", "app"), &folds);
    assert!(
        service.contains("HTTPRoute shop/mesh") && service.contains("↺ stands above already"),
        "{service}"
    );
}

#[test]
fn fifty_thousand_routes_are_as_many_lines_as_fifty() {
    let view = fixture::bookshop();
    let spec = |n: usize| {
        format!(
            r#"{{"parentRefs":[{{"name":"edge","namespace":"infra","sectionName":"https"}}],"hostnames":["h{n}.bookshop.example"]}}"#
        )
    };
    let changes: Vec<Change> =
        (0..5000).map(|n| object(Kind::HttpRoute, &format!("many-{n:05}"), &spec(n))).collect();
    let world = view.world.apply(&changes);
    let view =
        View { compiled: crate::dialect::gateway::compile(&world).into(), world: world.into(), ..view };
    let tree = Tree::of(&Arc::new(view.clone()));
    let known = Known { tree: Some(&tree), ..Known::of(&view, fixture::clock()) };
    let listener = About::Listener(
        known.listener_named(&Key::new(Kind::Gateway, "infra", "edge"), "https").unwrap().clone(),
    );
    let mut folds = Folds::default();
    let lines = page(&known, &listener, &folds);
    let more = lines.last().unwrap();
    assert!(lines.len() < 350 && more.line.text().contains("└─ ▸ and 4 957 more"), "{}", more.line.text());
    assert_eq!(more.fold.as_ref().map(|fold| &*fold.id), Some("down+"), "Enter on it shows more");
    folds.show_more("down".into(), MORE);
    let longer = page(&known, &listener, &folds);
    assert!(longer.last().unwrap().line.text().contains("and 4 457 more"));
    let closed = page(&known, &of(Kind::GatewayClass, "", "bookshop"), &Folds::default());
    assert!(closed.len() < 60, "a listener with so many routes is closed at first: {}", closed.len());
}
