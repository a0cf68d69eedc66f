use super::*;
use crate::{
    rehearsal::View,
    rollout::Entry,
    tui::{
        facts::{gateways::Tree, page::Link},
        fixture,
    },
    world::Change,
};

fn known(view: &View) -> Known<'_> {
    Known::of(view, fixture::clock())
}

fn about(view: &View, name: &str) -> About {
    let (object, listener) =
        name.split_once(" ▸ ").map_or((name, None), |(object, name)| (object, Some(name)));
    let (kind, path) = object.split_once(' ').unwrap();
    let kind = Kind::from_typed(kind).unwrap();
    let (namespace, name) = path.split_once('/').unwrap_or(("", path));
    let key = Key::new(kind, namespace, name);
    match listener {
        Some(listener) => About::Listener(known(view).listener_named(&key, listener).unwrap().clone()),
        None => About::Object(key),
    }
}

fn text(lines: &[PageLine]) -> String {
    lines.iter().map(|line| line.line.text().trim_end().to_owned() + "\n").collect()
}

/// Every reference of the bookshop leads where it should: (page, a line of it, what Enter opens).
#[test]
fn each_reference_leads_to_what_it_names() {
    let view = fixture::bookshop();
    let cases = [
        (
            "HTTPRoute shop/app",
            "parent infra/edge ▸ https",
            "Gateway infra/edge ▸ https",
            "parent ▸ listener",
        ),
        ("HTTPRoute shop/app", "Namespace:", "Namespace shop", "the namespace"),
        ("HTTPRoute shop/app", "From:", "text of HTTPRoute shop/app", "where it came from"),
        ("HTTPRoute shop/app", "backend    app-canary:8080", "Service shop/app-canary", "backend ▸ Service"),
        ("HTTPRoute shop/app", "1 split", "spec.rules[0] of HTTPRoute shop/app", "a rule ▸ its text"),
        ("HTTPRoute shop/checkout", "RequestMirror", "Service shop/checkout-next", "mirror ▸ Service"),
        ("HTTPRoute shop/checkout", "payments/pay:8443", "Service payments/pay", "over namespaces"),
        ("HTTPRoute shop/search", "✗ ResolvedRefs", "Service shop/search-v2", "condition ▸ who is at fault"),
        (
            "HTTPRoute shop/search",
            "at:  spec.rules[0]",
            "spec.rules[0].backendRefs[1] of HTTPRoute shop/search",
            "its field",
        ),
        (
            "HTTPRoute shop/cart",
            "✗ Accepted",
            "Gateway infra/edge ▸ www",
            "refused ▸ the listener that refuses",
        ),
        ("Gateway infra/edge", "Class:", "GatewayClass bookshop", "class"),
        (
            "Gateway infra/edge",
            "certificate   Secret infra/admin-tls",
            "Secret infra/admin-tls",
            "certificate ▸ Secret",
        ),
        ("Gateway infra/edge", "  https   HTTPS 443", "Gateway infra/edge ▸ https", "a listener's line"),
        ("Gateway infra/edge", "✗ HTTPRoute media/img-org", "HTTPRoute media/img-org", "who was not taken"),
        ("Gateway infra/edge ▸ admin", "✗ ResolvedRefs", "Secret infra/admin-tls", "condition ▸ the Secret"),
        (
            "Gateway infra/edge ▸ https",
            "· OverlappingTLSConfig",
            "Gateway infra/edge ▸ www",
            "the other listener",
        ),
        ("Gateway infra/edge ▸ https", "Gateway:", "Gateway infra/edge", "up"),
        ("Service shop/app-canary", ":8080", "stand-in shop/app-canary:8080", "Service ▸ stand-in"),
        ("Service shop/app-canary", "HTTPRoute shop/app", "HTTPRoute shop/app", "who refers to it"),
        ("Secret infra/bookshop-tls", "Gateway infra/edge", "Gateway infra/edge", "who shows it"),
        (
            "ReferenceGrant payments/shop-may-pay",
            "from   HTTPRoutes of namespace shop",
            "Namespace shop",
            "who may",
        ),
        (
            "ReferenceGrant payments/shop-may-pay",
            "from   HTTPRoute shop/checkout",
            "HTTPRoute shop/checkout",
            "one side",
        ),
        (
            "ReferenceGrant payments/shop-may-pay",
            "  to   Service payments/pay",
            "Service payments/pay",
            "the other",
        ),
        (
            "EndpointSlice shop/reviews-7xk2p",
            "Service shop/reviews",
            "Service shop/reviews",
            "slice ▸ Service",
        ),
        ("Ingress shop/app", "Service shop/app-stable", "Service shop/app-stable", "Ingress ▸ Service"),
        ("Namespace media", "HTTPRoute", "", "several: no single one"),
        ("Namespace payments", "ReferenceGrant", "ReferenceGrant payments/shop-may-pay", "the only one"),
    ];
    for (page_of, line, target, why) in cases {
        let lines = page(&known(&view), &about(&view, page_of));
        let found = lines.iter().find(|one| one.line.text().contains(line));
        let found = found.unwrap_or_else(|| panic!("no `{line}` in\n{}", text(&lines)));
        let leads = found.links.first().map(|link| link.target.name()).unwrap_or_default();
        assert_eq!(leads, target, "{page_of}, `{line}`: {why}");
    }
}

#[test]
fn the_order_is_kubectls_with_conditions_first() {
    let view = fixture::bookshop();
    let cases: [(&str, &[&str]); 3] = [
        (
            "HTTPRoute shop/search",
            &[
                "Name:",
                "Namespace:",
                "Labels:",
                "Annotations:",
                "API Version:",
                "Kind:",
                "From:",
                "Conditions:",
                "Hostnames:",
                "Rules:",
                "Refers to:",
                "Events:",
            ],
        ),
        (
            "Gateway infra/edge",
            &[
                "Name:",
                "Conditions:",
                "Class:",
                "Listeners:",
                "Routes that were not taken:",
                "Refers to:",
                "Referred to by:",
                "Events:",
            ],
        ),
        (
            "Service shop/app-stable",
            &["Name:", "Type:", "Endpoints:", "Answered by:", "Referred to by:", "Events:"],
        ),
    ];
    for (name, heads) in cases {
        let text = text(&page(&known(&view), &about(&view, name)));
        let places: Vec<Option<usize>> = heads
            .iter()
            .map(|head| text.find(&format!("\n{head}")).or(text.starts_with(head).then_some(0)))
            .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{heads:?} {places:?}\n{text}");
    }
}

#[test]
fn events_that_nobody_gave_are_unknown_and_those_given_are_told_the_newest_last() {
    let view = fixture::bookshop();
    let app = about(&view, "HTTPRoute shop/app");
    assert!(text(&page(&known(&view), &app)).contains("Events:\n  ? none were given\n"));
    let event = |name: &str, reason: &str, at: &str| {
        let value = serde_json::json!({"involvedObject": {"kind": "HTTPRoute", "namespace": "shop", "name": "app"},
            "reason": reason, "type": "Warning", "message": "m", "lastTimestamp": at});
        Change::Put(std::sync::Arc::new(Object {
            key: Key::new(Kind::Other("".into(), "Event".into()), "shop", name),
            api_version: "v1".into(),
            meta: crate::resource::Meta::default(),
            text: value.to_string().into(),
            origin: None,
            assumed: false,
        }))
    };
    let changes = [event("a", "Second", "2026-11-24T14:01:00Z"), event("b", "First", "2026-11-24T13:00:00Z")];
    let view = View { world: view.world.apply(&changes).into(), ..view };
    let page_of = |name: &str| text(&page(&known(&view), &about(&view, name)));
    let app = page_of("HTTPRoute shop/app");
    let places = ["62m   Warning   First", "71s   Warning   Second"].map(|line| app.find(line));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{app}");
    assert!(
        page_of("HTTPRoute shop/api").contains("Events:\n  <none>\n"),
        "now it is known that there are none"
    );
}

#[test]
fn what_was_changed_here_is_told() {
    let view = fixture::view();
    let page_of = text(&page(&known(&view), &about(&view, "HTTPRoute shop/app")));
    let place = page_of.find("Changed here:").unwrap();
    let after = &page_of[place..];
    assert!(
        after.contains("9m      ana   app-canary 0 → 5") && after.contains("app-canary 5 → 10"),
        "{page_of}"
    );
    let journal: Vec<Entry> = view.journal.to_vec();
    assert!(
        journal[0].at < journal[1].at && after.find("0 → 5") < after.find("5 → 10"),
        "the newest is last"
    );
}

#[test]
fn what_does_not_exist_is_told_with_who_wants_it() {
    let view = fixture::bookshop();
    let lines = page(&known(&view), &about(&view, "Secret infra/admin-tls"));
    let text = text(&lines);
    assert!(text.contains("✗ does not exist") && text.contains("Gateway infra/edge"), "{text}");
}

#[test]
fn many_routes_at_one_gateway_are_counted_and_only_some_are_named() {
    let (mut changes, view) = (Vec::new(), fixture::bookshop());
    for n in 0..3000 {
        let text = format!(
            r#"{{"spec":{{"parentRefs":[{{"name":"edge","namespace":"infra","sectionName":"https"}}],"hostnames":["h{n}.bookshop.example"]}}}}"#
        );
        changes.push(Change::Put(std::sync::Arc::new(Object {
            key: Key::new(Kind::HttpRoute, "shop", format!("many-{n:05}")),
            api_version: "gateway.networking.k8s.io/v1".into(),
            meta: crate::resource::Meta::default(),
            text: text.into(),
            origin: None,
            assumed: false,
        })));
    }
    let world = view.world.apply(&changes);
    let view =
        View { compiled: crate::dialect::gateway::compile(&world).into(), world: world.into(), ..view };
    let (plain, tree) = (known(&view), Tree::of(&std::sync::Arc::new(view.clone())));
    let kept = Known { tree: Some(&tree), ..plain };
    let edge = about(&view, "Gateway infra/edge");
    let lines = page(&plain, &edge);
    let text = text(&lines);
    assert!(
        lines.len() < 250 && text.contains("and 2997 more") && text.contains("more\n"),
        "{}",
        lines.len()
    );
    assert_eq!(lines, page(&kept, &edge), "the tree knows the same without a walk");
}

#[test]
fn links_of_an_object_are_those_of_its_page_each_once() {
    let view = fixture::bookshop();
    let links = crate::tui::facts::links::links(&known(&view), &about(&view, "HTTPRoute shop/app"));
    let names: Vec<String> = links.iter().map(|link: &Link| link.target.name()).collect();
    for wanted in
        ["Gateway infra/edge ▸ https", "Service shop/app-stable", "Service shop/app-canary", "Namespace shop"]
    {
        assert_eq!(names.iter().filter(|name| *name == wanted).count(), 1, "{wanted} in {names:?}");
    }
}
