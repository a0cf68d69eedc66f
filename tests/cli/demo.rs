//! The bookshop: whole, served, and broken only where it says so.

use serde_json::Value;

use crate::{
    client::Client,
    program::{Rehearsal, cutover},
};

fn problems(arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["check", "-o", "json"];
    all.extend(arguments);
    cutover(&all).json()["problems"].as_array().unwrap().clone()
}

#[test]
fn it_is_broken_where_it_says_so_and_nowhere_else() {
    let mut told: Vec<_> = problems(&["--demo"])
        .iter()
        .filter(|one| one["severity"] == "error")
        .map(|one| {
            format!("{} {} {}", one["object"]["kind"], one["object"]["namespace"], one["object"]["name"])
                .replace('"', "")
        })
        .collect();
    told.sort();
    told.dedup();
    // The last one has a snippet, which the controller allows no more.
    let expected = [
        "Gateway infra edge",
        "HTTPRoute media img-org",
        "HTTPRoute shop cart",
        "HTTPRoute shop search",
        "Ingress media img",
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_folder_and_what_is_built_in_are_one() {
    let strip = |problems: Vec<Value>| -> Vec<Value> {
        let bare = |mut one: Value| {
            one.as_object_mut().unwrap().remove("file");
            one
        };
        problems.into_iter().map(bare).collect()
    };
    let mut folder = strip(problems(&["-f", "examples/bookshop"]));
    let mut built_in = strip(problems(&["--demo"]));
    folder.sort_by_key(Value::to_string);
    built_in.sort_by_key(Value::to_string);
    assert_eq!(folder, built_in);
}

#[test]
fn every_way_through_it_can_be_walked() {
    let rehearsal = Rehearsal::start(&["--demo", "--load", "0", "--fault", "shop/app-canary=503:0%"]);
    let of = |gateway: &str, listener: &str| {
        let found = rehearsal
            .listeners
            .iter()
            .find(|one| one["gateway"]["name"] == gateway && one["listener"] == listener);
        let found = found.unwrap_or_else(|| panic!("{:#?}", rehearsal.listeners));
        format!("{}:{}", found["address"].as_str().unwrap(), found["port"])
    };
    let https = |host: &str, method: &str, target: &str, headers: &[(&str, &str)]| {
        Client::https(&of("edge", "https"), host).send(method, target, headers)
    };
    /// Host, method, target, headers; status, who answers, and the path it got.
    type Case<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)], u16, &'a str, &'a str);
    let cases: &[Case<'_>] = &[
        ("www.bookshop.example", "GET", "/", &[], 200, "web/home:80", "/"),
        ("www.bookshop.example", "GET", "/", &[("User-Agent", "x Android y")], 200, "web/home-phone:80", "/"),
        ("www.bookshop.example", "GET", "/?preview=next", &[], 200, "web/home-next:80", "/"),
        ("www.bookshop.example", "GET", "/cart", &[], 200, "web/home:80", "/cart"),
        (
            "app.bookshop.example",
            "GET",
            "/x",
            &[("X-Bookshop-Track", "canary")],
            200,
            "shop/app-canary:8080",
            "/x",
        ),
        ("api.bookshop.example", "GET", "/books/7", &[], 200, "shop/catalogue:8080", "/books/7"),
        (
            "api.bookshop.example",
            "GET",
            "/books",
            &[("X-API-Version", "v2")],
            200,
            "shop/catalogue-v2:8080",
            "/books",
        ),
        ("api.bookshop.example", "GET", "/v1/books", &[], 200, "shop/catalogue:8080", "/books"),
        (
            "api.bookshop.example",
            "POST",
            "/orders",
            &[("Content-Length", "0")],
            200,
            "shop/orders:8080",
            "/orders",
        ),
        ("api.bookshop.example", "GET", "/orders", &[], 404, "", ""),
        ("checkout.bookshop.example", "GET", "/pay/1", &[], 200, "payments/pay:8443", "/pay/1"),
        ("img.bookshop.example", "GET", "/thumb/a.jpg", &[], 200, "media/resize:8080", "/resize/200/a.jpg"),
        (
            "img.bookshop.example",
            "GET",
            "/9781234567890.jpg",
            &[],
            200,
            "media/covers:9000",
            "/placeholder.svg",
        ),
        ("reviews.bookshop.example", "GET", "/", &[], 503, "", ""),
    ];
    for (host, method, target, headers, status, service, path) in cases {
        let response = https(host, method, target, headers);
        assert_eq!(response.status, *status, "{host}{target}: {response:#?}");
        if !service.is_empty() {
            assert_eq!(
                (response.service().as_str(), response.path().as_str()),
                (*service, *path),
                "{host}{target}"
            );
        }
    }
    let covers = https("img.bookshop.example", "GET", "/covers/a.jpg", &[]);
    assert_eq!(covers.json()["request"]["host"], "covers.storage.internal");
    assert_eq!(covers.header("cache-control"), Some("public, max-age=86400"));
    let plain = Client::http(&of("edge", "http"), "app.bookshop.example").get("/a?b=c");
    assert_eq!((plain.status, plain.header("location")), (301, Some("https://app.bookshop.example/a?b=c")));
    let cart = Client::http(&of("internal", "http"), "cart.bookshop.internal").get("/cart");
    assert_eq!(cart.service(), "shop/cart:8080", "the parent that takes it serves it");
}
