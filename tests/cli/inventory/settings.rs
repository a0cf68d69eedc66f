//! What stands on no Ingress and decides over all: the user's own rules, the controller's flags, and the objects that
//! settings and annotations name.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{file, ingress, list};
use crate::program::{cutover, cutover_in};

#[test]
fn a_users_own_rules_go_before_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cutover")).unwrap();
    let config = "[[inventory.rules]]\nannotation = \"example.com/*\"\ncomplexity = \"simple\"\n\n\
                  [[inventory.rules]]\nannotation = \"*/limit-rps\"\ncomplexity = \"medium\"\nreason = \"our edge does it\"\n";
    fs::write(folder.path().join("cutover/config.toml"), config).unwrap();
    let items = [
        ingress("labelled", &json!({"example.com/owner": "team-a"})),
        ingress("limited", &json!({"nginx.ingress.kubernetes.io/limit-rps": "5"})),
        ingress("guarded", &json!({"nginx.ingress.kubernetes.io/auth-url": "http://a.example"})),
    ];
    let path = file("rules.json", &list(&items));
    let arguments = ["inventory", "-o", "json", "-f", path.to_str().unwrap()];
    let words = |home: &Path| {
        let value = cutover_in(&arguments, &[("XDG_CONFIG_HOME", home.to_str().unwrap())]).json();
        let one = |one: &Value| (one["name"].clone(), one["complexity"].clone(), one["reasons"][0].clone());
        value["ingresses"].as_array().unwrap().iter().map(one).collect::<Vec<_>>()
    };
    let ours = words(Path::new("/no/such/folder"));
    let complexities: Vec<_> = ours.iter().map(|(name, complexity, _)| (name, complexity)).collect();
    let expected = [("guarded", "complex"), ("labelled", "medium"), ("limited", "complex")];
    let expected = expected.map(|(name, complexity)| (json!(name), json!(complexity)));
    assert_eq!(complexities, expected.iter().map(|(name, word)| (name, word)).collect::<Vec<_>>());
    let own = words(folder.path());
    assert_eq!(own[0], ours[0], "no rule of theirs is about it");
    assert_eq!(own[1].1, "simple");
    assert_eq!(own[1].2, "example.com/owner: your rule for `example.com/*`");
    assert_eq!(own[2].1, "medium");
    assert_eq!(own[2].2, "nginx.ingress.kubernetes.io/limit-rps: our edge does it");
}

/// The controller's Deployment, with these arguments.
fn controller(arguments: &[&str]) -> Value {
    let args = [&["/nginx-ingress-controller"][..], arguments].concat();
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "edge", "name": "controller"},
        "spec": {"template": {"spec": {"containers": [{
            "name": "controller", "image": "registry.k8s.io/ingress-nginx/controller:v1.11.0",
            "args": args,
        }]}}},
    })
}

#[test]
fn the_prefix_of_the_controllers_flags_holds_for_every_command() {
    let mine = json!({"edge.example.com/permanent-redirect": "https://new.example/", "nginx.ingress.kubernetes.io/limit-rps": "x"});
    let items = [controller(&["--annotations-prefix=edge.example.com"]), ingress("a", &mine)];
    let path = file("own-prefix.json", &list(&items));
    let path = path.to_str().unwrap();
    let annotations =
        cutover(&["inventory", "-o", "json", "-f", path]).json()["ingresses"][0]["annotations"].take();
    assert_eq!(annotations[0]["key"], "edge.example.com/permanent-redirect");
    assert_eq!(annotations[0]["verdict"], "standard");
    let problem = annotations[1]["problem"].as_str().unwrap();
    assert!(problem.contains("begin with `edge.example.com/`"), "{problem}");
    let counts = cutover(&["inventory", "annotations", "-o", "json", "-f", path]).json();
    let verdict = |key: &str| {
        counts.as_array().unwrap().iter().find(|row| row["key"] == key).map(|row| row["verdict"].clone())
    };
    assert_eq!(verdict("edge.example.com/permanent-redirect"), Some(json!("standard")));
    assert_eq!(verdict("nginx.ingress.kubernetes.io/limit-rps"), Some(json!("internal")), "nobody reads it");
    let way =
        cutover(&["explain", "--side", "old", "-o", "json", "-f", path, "GET", "http://a.example.com/"])
            .json();
    assert_eq!((&way["status"], &way["redirect"]), (&json!(301), &json!("https://new.example/")));
    let check = cutover(&["check", "-o", "json", "-f", path]).json();
    let codes: Vec<_> = check["problems"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
    assert!(codes.contains(&json!("trap-g3")) && !codes.contains(&json!("trap-g5")), "{codes:?}");
    assert!(!codes.contains(&json!("annotation-malformed")), "the usual prefix is not read: {codes:?}");
}

/// `what`, name and whether it is here, of all that stands on no Ingress.
fn outside(items: &[Value]) -> Vec<(String, String, bool, String)> {
    let path = file("outside.json", &list(items));
    let value = cutover(&["inventory", "-o", "json", "-f", path.to_str().unwrap()]).json();
    let word = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let row = |one: &Value| {
        (word(one, "what"), word(one, "name"), one["found"].as_bool().unwrap(), word(one, "depends"))
    };
    value["outside"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn what_stands_on_no_ingress_is_told_where_it_is_and_where_it_is_not() {
    let one = ingress(
        "a",
        &json!({
            "nginx.ingress.kubernetes.io/custom-headers": "shop/headers",
            "nginx.ingress.kubernetes.io/auth-type": "basic",
            "nginx.ingress.kubernetes.io/auth-secret": "passwords",
            "nginx.ingress.kubernetes.io/auth-tls-secret": "shop/authority",
            "nginx.ingress.kubernetes.io/auth-proxy-set-headers": "shop/asked",
        }),
    );
    let nothing = outside(std::slice::from_ref(&one));
    let whats: Vec<&str> = nothing.iter().map(|(what, ..)| what.as_str()).collect();
    for what in [
        "controller's flags",
        "controller's ConfigMap",
        "TCP services",
        "UDP services",
        "default certificate",
        "default backend",
        "class",
        "named by annotations",
    ] {
        assert!(whats.contains(&what), "{what}: {whats:?}");
    }
    assert!(
        nothing.iter().all(|(what, _, found, depends)| !found && !depends.is_empty() && !what.is_empty())
    );
    for name in
        ["ConfigMap shop/headers", "ConfigMap shop/asked", "Secret shop/passwords", "Secret shop/authority"]
    {
        let row = nothing.iter().find(|(_, other, ..)| other == name);
        let (.., depends) = row.unwrap_or_else(|| panic!("{name}: {nothing:#?}"));
        assert!(depends.ends_with("of 1 Ingress"), "{depends}");
    }

    let config = |namespace: &str, name: &str, data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": namespace, "name": name}, "data": data});
    let secret = |namespace: &str, name: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": namespace, "name": name}, "data": {"auth": "c2VjcmV0LXdvcmQ="}});
    let all = [
        controller(&[
            "--configmap=$(POD_NAMESPACE)/settings",
            "--tcp-services-configmap=edge/tcp",
            "--udp-services-configmap=edge/udp",
            "--default-ssl-certificate=edge/certificate",
            "--default-backend-service=edge/nobody",
        ]),
        config("edge", "settings", json!({"proxy-set-headers": "edge/sent", "add-headers": "edge/answered"})),
        config("edge", "tcp", json!({"5432": "shop/database:5432"})),
        config("edge", "udp", json!({"53": "shop/names:53"})),
        config("edge", "sent", json!({"X-Edge": "yes"})),
        config("edge", "answered", json!({"X-Frame-Options": "DENY"})),
        secret("edge", "certificate"),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "edge", "name": "nobody"}, "spec": {"ports": [{"port": 80}]}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}),
        config("shop", "headers", json!({"X-Shop": "yes"})),
        config("shop", "asked", json!({"X-Ask": "yes"})),
        secret("shop", "passwords"),
        secret("shop", "authority"),
        one,
    ];
    let everything = outside(&all);
    let lacking: Vec<_> = everything.iter().filter(|(_, _, found, _)| !found).collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
    let names: Vec<&str> = everything.iter().map(|(_, name, ..)| name.as_str()).collect();
    for name in
        ["ConfigMap edge/sent", "ConfigMap edge/answered", "ConfigMap edge/tcp", "Secret edge/certificate"]
    {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    let path = file("outside.json", &list(&all));
    let path = path.to_str().unwrap();
    for form in ["table", "json", "markdown", "html"] {
        let page = cutover(&["inventory", "-o", form, "-f", path]).stdout;
        assert!(
            !page.contains("secret-word") && !page.contains("c2VjcmV0"),
            "{form}: of a Secret nothing is shown"
        );
    }
    let table = cutover(&["inventory", "-f", path]).stdout;
    assert!(table.contains("5432 = shop/database:5432") && table.contains("X-Edge = yes"), "{table}");
}

#[test]
fn check_tells_a_value_once_and_the_surprising_behaviours_first() {
    let items = [
        ingress(
            "a",
            &json!({"nginx.ingress.kubernetes.io/proxy-body-size": "8m", "nginx.ingress.kubernetes.io/limit-rps": "many"}),
        ),
        ingress(
            "b",
            &json!({"nginx.ingress.kubernetes.io/proxy-body-size": "many", "nginx.ingress.kubernetes.io/use-regex": "true"}),
        ),
    ];
    let path = file("once.json", &list(&items));
    let problems = cutover(&["check", "-o", "json", "-f", path.to_str().unwrap()]).json()["problems"].take();
    let problems = problems.as_array().unwrap();
    for name in ["limit-rps", "proxy-body-size"] {
        let field = format!("metadata.annotations[\"nginx.ingress.kubernetes.io/{name}\"]");
        let told: Vec<_> = problems
            .iter()
            .filter(|one| one["field"] == json!(field))
            .map(|one| one["code"].as_str().unwrap())
            .filter(|code| matches!(*code, "annotation-malformed" | "trap-g5"))
            .collect();
        assert_eq!(told, ["trap-g5"], "{name}: {problems:#?}");
    }
    let of = |severity: &str| -> Vec<&str> {
        problems
            .iter()
            .filter(|one| one["severity"] == severity)
            .map(|one| one["code"].as_str().unwrap())
            .collect()
    };
    assert_eq!(of("warning").first(), Some(&"trap-m1"), "{:?}", of("warning"));
    assert!(of("warning").len() > 1, "others follow");
}

#[test]
fn a_rule_that_is_wrong_stops_the_inventory_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cutover")).unwrap();
    let file = folder.path().join("cutover/config.toml");
    fs::write(
        &file,
        "[[inventory.rules]]\nannotation = \"example.com/*\"\ncomplexity = \"easy\"\nreason = \"ours\"\nbecause = \"ours\"\n",
    )
    .unwrap();
    let home = [("XDG_CONFIG_HOME", folder.path().to_str().unwrap())];
    let run = cutover_in(&["inventory", "-f", super::ARTICLE], &home);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    for words in [
        ":3: `inventory.rules.complexity` can not be `easy`\n  fix: write simple, medium or complex",
        ":5: unknown key `because` in `inventory.rules`",
    ] {
        let told = format!("{}{words}", file.display());
        assert!(run.stderr.contains(&told), "{told} is not in {}", run.stderr);
    }
    let counts = cutover_in(&["inventory", "annotations", "-f", super::ARTICLE], &home);
    assert_eq!((counts.code, counts.stderr.as_str()), (0, ""), "counting asks no rule");
}
