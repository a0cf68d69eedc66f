use super::*;
use crate::{
    resource::Meta,
    source::{Input, Manifests},
    tui::fixture,
    world::World,
};

fn shown(lines: &[PageLine]) -> Vec<String> {
    lines.iter().map(|line| line.line.text()).collect()
}

fn route(name: &str) -> About {
    About::Object(Key::new(Kind::HttpRoute, "shop", name))
}

#[test]
fn lines_lead_to_what_they_name() {
    let view = fixture::bookshop();
    let known = Known::of(&view, fixture::clock());
    let gateway = About::Object(Key::new(Kind::Gateway, "infra", "edge"));
    let slice = About::Object(Key::new(Kind::EndpointSlice, "shop", "reviews-7xk2p"));
    let cases = [
        (route("checkout"), "  - name: edge", "Gateway infra/edge ▸ https", "a parent's first line"),
        (route("checkout"), "    sectionName: https", "Gateway infra/edge ▸ https", "and its last"),
        (route("checkout"), "          name: checkout-next", "Service shop/checkout-next", "a mirror"),
        (route("checkout"), "      namespace: payments", "Service payments/pay", "within a backendRef"),
        (route("checkout"), "  namespace: shop", "Namespace shop", "its own namespace"),
        (route("checkout"), "  rules:", "", "a list of several is none of them"),
        (route("checkout"), "  - checkout.bookshop.example", "", "no reference"),
        (gateway.clone(), "  gatewayClassName: bookshop", "GatewayClass bookshop", "a class"),
        (gateway, "      - name: admin-tls", "Secret infra/admin-tls", "a certificate"),
        (slice, "    kubernetes.io/service-name: reviews", "Service shop/reviews", "by label"),
    ];
    for (about, text, target, why) in cases {
        let lines = page(&known, &about, &Folds::default(), None);
        // What we say of it stands above, and refers to nothing.
        let line = lines.iter().rfind(|line| line.line.text() == text);
        let line = line.unwrap_or_else(|| panic!("no `{text}` in {:#?}", shown(&lines)));
        let leads = line.links.first().map(|link| link.target.name()).unwrap_or_default();
        assert_eq!(leads, target, "`{text}`: {why}");
    }
}

#[test]
fn all_open_it_is_the_text_that_get_prints() {
    let view = fixture::bookshop();
    let known = Known::of(&view, fixture::clock());
    let mut folds = Folds::default();
    folds.set_all(true);
    for (kind, _) in view.world.kinds() {
        for object in view.world.list(kind) {
            let about = About::Object(object.key.clone());
            let mut lines = shown(&page(&known, &about, &folds, None));
            if object.origin.is_some() {
                assert!(lines.pop().is_some_and(|line| line.starts_with("# managedFields")));
            }
            assert_eq!(
                lines.join("\n") + "\n",
                show::to_yaml(&export::with_status(&known, object)),
                "{}",
                object.key
            );
        }
    }
}

#[test]
fn folding_hides_what_is_under_a_line_and_says_how_much() {
    let view = fixture::bookshop();
    let known = Known::of(&view, fixture::clock());
    let mut folds = Folds::default();
    let all = page(&known, &route("app"), &folds, None).len();
    folds.set("spec.rules".into(), false);
    let lines = shown(&page(&known, &route("app"), &folds, None));
    let rules = lines.iter().position(|line| line.starts_with("  rules:")).unwrap();
    assert_eq!(lines[rules], "  rules:  # 18 lines");
    assert_eq!(all - lines.len(), 18, "{lines:#?}");
    folds.set_all(false);
    let lines = shown(&page(&known, &route("app"), &folds, None));
    assert!(lines.len() < 8 && lines.iter().any(|line| line.starts_with("spec:  # ")), "{lines:#?}");
    folds.set("spec".into(), true);
    let lines = shown(&page(&known, &route("app"), &folds, None));
    assert!(lines.iter().any(|line| line.starts_with("  rules:  # ")), "one opens one step: {lines:#?}");
    folds.set("spec.rules".into(), true);
    let lines = shown(&page(&known, &route("app"), &folds, None));
    assert!(
        lines.iter().any(|line| line.starts_with("  - backendRefs:  # ")),
        "an item by its first line: {lines:#?}"
    );
}

#[test]
fn what_servers_and_kubectl_keep_is_hidden_and_says_so() {
    let copy = "kubectl.kubernetes.io/last-applied-configuration";
    let text = serde_json::json!({"kind": "Service", "metadata": {"annotations": {copy: "{\"a\":1}"},
        "managedFields": [{"manager": "kubectl", "operation": "Apply"}], "name": "a"}});
    let key = Key::new(Kind::Service, "shop", "a");
    let object = Object {
        key: key.clone(),
        api_version: "v1".into(),
        meta: Meta::default(),
        text: text.to_string().into(),
        origin: None,
        assumed: false,
    };
    let view = crate::rehearsal::View {
        world: World::of([std::sync::Arc::new(object)]).into(),
        ..fixture::bookshop()
    };
    let known = Known::of(&view, fixture::clock());
    let mut folds = Folds::default();
    let lines = shown(&page(&known, &About::Object(key.clone()), &folds, None));
    assert!(lines.contains(&format!("    {copy}:  # 9 bytes, kubectl's copy of the object")), "{lines:#?}");
    assert!(
        lines
            .contains(&"  managedFields:  # 2 lines, who set which field, kept by the API server".to_owned()),
        "{lines:#?}"
    );
    folds.set_all(true);
    let lines = shown(&page(&known, &About::Object(key), &folds, None));
    assert!(
        lines.contains(&"  - manager: kubectl".to_owned())
            && lines.iter().any(|line| line.ends_with("'{\"a\":1}'")),
        "{lines:#?}"
    );
}

#[test]
fn each_line_has_its_line_of_the_users_file() {
    let text = "# top\nkind: HTTPRoute\napiVersion: gateway.networking.k8s.io/v1\nmetadata:\n  # a comment\n  name: r\n  namespace: ns\nspec:\n  parentRefs: [{name: g}]\n";
    let (manifests, loaded) = Manifests::open(&[Input::BuiltIn {
        name: "a.yaml",
        text: Box::leak(text.to_owned().into_boxed_str()),
    }])
    .unwrap();
    let object = loaded.objects.first().unwrap();
    let source = manifests.lines(object.origin.as_ref().unwrap()).unwrap();
    let view = crate::rehearsal::View {
        world: World::of([std::sync::Arc::clone(object)]).into(),
        ..fixture::bookshop()
    };
    let known = Known::of(&view, fixture::clock());
    let lines = page(&known, &About::Object(object.key.clone()), &Folds::default(), Some(&source));
    let numbers: Vec<(String, Option<u32>)> = lines
        .iter()
        .map(|line| (line.line.text(), line.number))
        .filter(|(text, _)| !text.starts_with('#'))
        .collect();
    let of = |text: &str| {
        numbers.iter().find(|(line, _)| line == text).unwrap_or_else(|| panic!("{text}: {numbers:?}")).1
    };
    let cases = [
        ("kind: HTTPRoute", Some(2), "above the version there, below it here"),
        ("  namespace: ns", Some(7), "behind a comment"),
        ("  - name: g", Some(9), "in brackets there"),
        ("cutover:  # 2 lines, what cutover says of it", None, "ours is not in the file"),
    ];
    for (text, number, why) in cases {
        assert_eq!(of(text), number, "{text}: {why}");
    }
}

#[test]
fn keys_numbers_and_comments_are_told_apart() {
    type Pieces = &'static [(Tone, &'static str)];
    let cases: [(&str, bool, Pieces); 6] = [
        ("  - name: web", false, &[(Tone::Dim, "  - "), (Tone::Accent, "name:"), (Tone::Plain, " web")]),
        ("    port: 80", true, &[(Tone::Dim, "    "), (Tone::Accent, "port:"), (Tone::Strong, " 80")]),
        ("a.b/c: x", false, &[(Tone::Accent, "a.b/c:"), (Tone::Plain, " x")]),
        ("\"on\": x", false, &[(Tone::Accent, "\"on\":"), (Tone::Plain, " x")]),
        ("- http://a: b", false, &[(Tone::Dim, "- "), (Tone::Accent, "http://a:"), (Tone::Plain, " b")]),
        ("  expires 24h;", false, &[(Tone::Dim, "  "), (Tone::Plain, "expires 24h;")]),
    ];
    for (text, bare, pieces) in cases {
        let pieces: Vec<_> = pieces.iter().map(|(tone, text)| (*tone, (*text).to_owned())).collect();
        assert_eq!(coloured(text, bare).0, pieces, "{text}");
    }
}
