//! Routes and their parents: who takes whom, in which order it is checked, and what is said.

use super::*;

fn listeners() -> Value {
    json!([
        {"name": "https", "port": 80, "protocol": "HTTP", "hostname": "*.shop.example",
         "allowedRoutes": {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "web"}}}}},
        {"name": "own", "port": 81, "protocol": "HTTP"},
        {"name": "none", "port": 82, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "None"}}},
        {"name": "grpc", "port": 83, "protocol": "HTTP",
         "allowedRoutes": {"namespaces": {"from": "All"}, "kinds": [{"kind": "GRPCRoute"}]}},
        {"name": "all", "port": 84, "protocol": "HTTP", "hostname": "a.other.example",
         "allowedRoutes": {"namespaces": {"from": "All"}}}
    ])
}

fn attach(parent: Value, hostnames: Value) -> (Compiled, ParentStatus) {
    let mut reference = json!({"name": "edge", "namespace": "infra"});
    reference.as_object_mut().unwrap().extend(parent.as_object().unwrap().clone());
    let rules = json!([{"backendRefs": [{"name": "app", "port": 80}]}]);
    let spec = json!({"parentRefs": [reference], "hostnames": hostnames, "rules": rules});
    let more = [
        namespace("shop", json!({"team": "shop"})),
        service("shop/app", &[80]),
        of(Kind::HttpRoute, "shop/app", spec),
    ];
    let compiled = compile(&world(listeners(), more));
    let parent = parents(&compiled, Kind::HttpRoute, "shop/app")[0].clone();
    (compiled, parent)
}

#[test]
fn each_refusal_names_what_was_wanted_and_what_there_is() {
    let cases = [
        (
            json!({"sectionName": "htps"}),
            json!([]),
            "False/NoMatchingParent",
            "Gateway infra/edge has no listener htps: it has https (port 80), own (port 81), none (port 82), grpc (port \
             83), all (port 84)",
        ),
        (
            json!({"sectionName": "own", "port": 80}),
            json!([]),
            "False/NoMatchingParent",
            "Gateway infra/edge has no listener own on port 80: it has https (port 80), own (port 81), none (port 82), \
             grpc (port 83), all (port 84)",
        ),
        (
            json!({"sectionName": "https"}),
            json!(["nowhere.example"]),
            "False/NotAllowedByListeners",
            "Gateway infra/edge does not allow routes from namespace shop on listener https: wants namespaces with \
             team=web; shop has team=shop",
        ),
        (
            json!({"sectionName": "own"}),
            json!([]),
            "False/NotAllowedByListeners",
            "Gateway infra/edge does not allow routes from namespace shop on listener own: takes only its own namespace, infra",
        ),
        (
            json!({"sectionName": "none"}),
            json!([]),
            "False/NotAllowedByListeners",
            "Gateway infra/edge does not allow routes from namespace shop on listener none: takes no namespace",
        ),
        (
            json!({"sectionName": "grpc"}),
            json!([]),
            "False/NotAllowedByListeners",
            "Gateway infra/edge takes no HTTPRoute: listener grpc takes GRPCRoute",
        ),
        (
            json!({}),
            json!(["app.other.example", "*.shop.example"]),
            "False/NoMatchingListenerHostname",
            "no hostname of the route (app.other.example; *.shop.example) meets one of Gateway infra/edge: listener all \
             takes a.other.example",
        ),
        (
            json!({"name": "egde"}),
            json!([]),
            "Unknown/Pending",
            "Gateway infra/egde does not exist: nobody takes this route",
        ),
        (
            json!({"kind": "ListenerSet"}),
            json!([]),
            "Unknown/Pending",
            "ListenerSet infra/edge: ListenerSets are not served yet",
        ),
    ];
    for (parent, hostnames, status, message) in cases {
        let (compiled, parent) = attach(parent, hostnames);
        let accepted = &parent.conditions[0];
        assert_eq!(short(std::slice::from_ref(accepted)), [format!("Accepted={status}")], "{message}");
        assert_eq!(accepted.message, message);
        assert_eq!(accepted.field.as_deref(), Some("spec.parentRefs[0]"));
        assert_eq!(
            short(&parent.conditions)[1],
            "ResolvedRefs=True/ResolvedRefs",
            "that is another question"
        );
        assert!(parent.listeners.is_empty() && !parent.served, "{message}");
        let edge = self::status(&compiled, "infra/edge");
        assert!(edge.listeners.iter().all(|listener| listener.attached_routes == 0), "{message}");
    }
}

#[test]
fn a_namespace_is_chosen_by_its_labels() {
    let at = |labels: Option<Value>| {
        let rules = json!([{"backendRefs": [{"name": "app", "port": 80}]}]);
        let selector =
            json!({"matchExpressions": [{"key": "team", "operator": "In", "values": ["web", "shop"]}]});
        let listeners = json!([{"name": "http", "port": 80, "protocol": "HTTP",
            "allowedRoutes": {"namespaces": {"from": "Selector", "selector": selector}}}]);
        let more = [service("shop/app", &[80]), route("shop/app", json!([]), rules)];
        let namespace = labels.map(|labels| namespace("shop", labels));
        conditions(&compile(&world(listeners, more.into_iter().chain(namespace))), "shop/app")[0].clone()
    };
    assert!(at(Some(json!({"team": "web"}))).is_good());
    let says = "Gateway infra/edge does not allow routes from namespace shop on listener http: wants namespaces with \
                team in (web, shop); shop";
    assert_eq!(at(Some(json!({"team": "x"}))).message, format!("{says} has team=x"));
    assert_eq!(at(Some(json!({}))).message, format!("{says} has no such label"));
    assert_eq!(at(None).message, format!("{says} is not among the objects"));
}

#[test]
fn a_namespace_is_chosen_by_its_name_whether_the_label_is_written_or_not() {
    let rules = json!([{"backendRefs": [{"name": "app", "port": 80}]}]);
    let listener = |name: &str| {
        let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": name}});
        json!([{"name": "http", "port": 80, "protocol": "HTTP",
            "allowedRoutes": {"namespaces": {"from": "Selector", "selector": selector}}}])
    };
    let objects = || [service("shop/app", &[80]), route("shop/app", json!([]), rules.clone())];
    let written = namespace("shop", json!({}));
    let all = [
        (world(listener("shop"), objects()), "not among the objects"),
        (world(listener("shop"), objects().into_iter().chain([written])), "among them"),
        (assumed(&world(listener("shop"), objects())), "assumed"),
    ];
    for (world, why) in all {
        let compiled = compile(&world);
        assert!(conditions(&compiled, "shop/app").iter().all(Condition::is_good), "{why}");
        assert_eq!(status(&compiled, "infra/edge").listeners[0].attached_routes, 1, "{why}");
    }
    let other = conditions(&compile(&world(listener("infra"), objects())), "shop/app")[0].clone();
    assert_eq!(
        other.message,
        "Gateway infra/edge does not allow routes from namespace shop on listener http: wants namespaces with \
         kubernetes.io/metadata.name=infra; shop has kubernetes.io/metadata.name=shop"
    );
}

#[test]
fn a_route_serves_only_the_hosts_it_shares_with_the_listener() {
    let (compiled, parent) =
        attach(json!({}), json!(["a.other.example", "b.other.example", "A.OTHER.example"]));
    assert!(parent.conditions.iter().all(Condition::is_good) && parent.served);
    assert_eq!(parent.listeners.len(), 1);
    let host = |host: &str| {
        let mut ask = ask("GET", &format!("http://{host}/"), &[]);
        ask.port = 84;
        end(&explain(&compiled.table, &ask))
    };
    assert_eq!(host("a.other.example"), "app:80");
    assert_eq!(host("b.other.example"), "404");
}

#[test]
fn two_parent_refs_to_one_listener_attach_once() {
    let refs = json!([{"name": "edge", "namespace": "infra"}, {"name": "edge", "namespace": "infra", "sectionName": "http"}]);
    let spec = json!({"parentRefs": refs, "rules": [{"backendRefs": [{"name": "app", "port": 80}]}]});
    let more = [service("shop/app", &[80]), of(Kind::HttpRoute, "shop/app", spec)];
    let compiled = compile(&world(http(), more));
    assert_eq!(parents(&compiled, Kind::HttpRoute, "shop/app").len(), 2, "one status each");
    assert_eq!(status(&compiled, "infra/edge").listeners[0].attached_routes, 1, "one route");
    let port = compiled.table.ports.values().next().unwrap();
    assert_eq!(port.listeners[0].hosts.any.as_ref().unwrap().iter().count(), 1);
}

#[test]
fn a_route_counts_where_it_is_accepted_even_when_nothing_is_served() {
    let listeners = json!([{"name": "https", "port": 443, "protocol": "HTTPS",
        "tls": {"certificateRefs": [{"name": "gone"}]}, "allowedRoutes": {"namespaces": {"from": "All"}}}]);
    let rules = json!([{"backendRefs": [{"name": "gone", "port": 80}]}]);
    let compiled = compile(&world(listeners, [route("shop/app", json!([]), rules)]));
    let conditions = conditions(&compiled, "shop/app");
    assert_eq!(short(&conditions), ["Accepted=True/Accepted", "ResolvedRefs=False/BackendNotFound"]);
    let listener = &status(&compiled, "infra/edge").listeners[0];
    assert_eq!((listener.attached_routes, listener.served), (1, false));
    assert!(!parents(&compiled, Kind::HttpRoute, "shop/app")[0].served);
}

#[test]
fn other_kinds_attach_and_are_marked_as_not_served() {
    let listeners = json!([
        {"name": "http", "port": 80, "protocol": "HTTP"},
        {"name": "tls", "port": 443, "protocol": "TLS", "hostname": "*.x.io", "tls": {"mode": "Passthrough"}},
        {"name": "tcp", "port": 5432, "protocol": "TCP"}
    ]);
    let parent = |section: &str| json!([{"name": "edge", "sectionName": section}]);
    let rules = json!([{"backendRefs": [{"name": "app", "port": 80}]}]);
    let put = |kind: Kind, section: &str, hosts: Value| {
        let mut spec = json!({"parentRefs": parent(section), "rules": rules.clone()});
        if !hosts.is_null() {
            spec["hostnames"] = hosts;
        }
        of(kind.clone(), &format!("infra/{}", kind.plural()), spec)
    };
    let more = [
        put(Kind::GrpcRoute, "http", json!(["a.io"])),
        put(Kind::TlsRoute, "tls", json!(["b.x.io"])),
        put(Kind::TcpRoute, "tcp", Value::Null),
        service("infra/app", &[80]),
    ];
    let compiled = compile(&world(listeners, more));
    for (kind, n) in [(Kind::GrpcRoute, 0), (Kind::TlsRoute, 1), (Kind::TcpRoute, 2)] {
        let parent = parents(&compiled, kind.clone(), &format!("infra/{}", kind.plural()))[0].clone();
        assert_eq!(short(&parent.conditions), ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"]);
        assert_eq!(parent.conditions[0].message, format!("attached; {kind}s are not served yet"));
        assert!(!parent.served);
        assert_eq!(status(&compiled, "infra/edge").listeners[n].attached_routes, 1, "{kind}");
    }
    let edge = status(&compiled, "infra/edge");
    assert_eq!(edge.listeners.iter().map(|l| l.served).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(short(&edge.listeners[1].conditions)[2], "Programmed=False/Pending");
}
