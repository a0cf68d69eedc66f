//! What requests get.

use std::{io::Read as _, net::TcpListener, sync::mpsc::channel, thread, time::Duration};

use crate::{
    client::{Client, Response},
    files,
    program::Rehearsal,
};

fn rehearse(names: &[&str]) -> Rehearsal {
    let files = files(names);
    Rehearsal::start(&files.iter().map(String::as_str).collect::<Vec<_>>())
}

fn get(rehearsal: &Rehearsal, host: &str, target: &str, headers: &[(&str, &str)]) -> Response {
    Client::https(&rehearsal.address("https"), host).send("GET", target, headers)
}

#[test]
fn the_prefix_of_my_app_is_replaced() {
    let rehearsal = rehearse(&["my-app.yaml"]);
    let cases = [
        ("/api/x", "production/api-service:8080", "/x", "below the prefix"),
        ("/api", "production/api-service:8080", "/", "the prefix itself"),
        ("/api/", "production/api-service:8080", "/", "with a slash"),
        ("/apix", "production/frontend-service:3000", "/apix", "by segments, not by letters"),
        ("/other", "production/frontend-service:3000", "/other", "unchanged"),
    ];
    for (target, service, path, why) in cases {
        let response = get(&rehearsal, "app.example.com", target, &[]);
        assert_eq!(
            (response.service(), response.path()),
            (service.to_owned(), path.to_owned()),
            "{target}: {why}"
        );
    }
}

#[test]
fn headers_choose_a_version() {
    let rehearsal = rehearse(&["header-routing.yaml"]);
    let phone = "Mozilla/5.0 (iPhone) Mobile/15E148";
    let cases = [
        (vec![("X-API-Version", "v2")], "api-v2-service", "its header"),
        (vec![("User-Agent", phone)], "mobile-api-service", "a pattern"),
        (vec![("x-api-version", "v2"), ("user-agent", phone)], "api-v2-service", "a tie: the first rule"),
        (vec![("X-API-Version", "v3")], "api-service", "another version"),
        (vec![], "api-service", "no header"),
    ];
    for (headers, service, why) in cases {
        let response = get(&rehearsal, "api.example.com", "/", &headers);
        assert_eq!(response.service(), format!("production/{service}:8080"), "{why}");
    }
}

#[test]
fn ninety_of_a_hundred_requests_go_to_the_stable_version() {
    let rehearsal = rehearse(&["canary.yaml"]);
    let mut client = Client::https(&rehearsal.address("https"), "app.example.com");
    let canary = (0..5000).filter(|_| client.get("/").service() == "production/app-canary:8080").count();
    let share = canary as f64 / 50.0;
    assert!((8.0..=12.0).contains(&share), "{share} % went to the canary");
}

#[test]
fn the_longest_prefix_wins_over_the_redirect_of_all() {
    let rehearsal = rehearse(&["rewrite-redirect.yaml"]);
    let users = get(&rehearsal, "any.example.com", "/v1/users?page=2", &[]);
    assert_eq!(
        (users.service(), users.path()),
        ("production/users-service:8080".to_owned(), "/users".to_owned())
    );
    assert_eq!(users.json()["request"]["query"], "page=2");

    let api = get(&rehearsal, "any.example.com", "/api/x", &[("X-Forwarded-Prefix", "/outer")]);
    assert_eq!((api.service(), api.path()), ("production/api-service:8080".to_owned(), "/api/x".to_owned()));
    assert_eq!(api.received("x-forwarded-prefix"), ["/outer", "/api"], "added, not replaced");
    assert_eq!(api.received("x-real-ip"), ["{{ .RemoteAddr }}"], "no template: these very characters");

    let other = get(&rehearsal, "any.example.com", "/other", &[]);
    assert_eq!(other.status, 301);
    let location = other.header("location").unwrap();
    assert!(location.starts_with("https://any.example.com"), "{location}");
    assert!(location.ends_with("/other"), "{location}");
}

#[test]
fn a_mirror_gets_a_copy_and_its_trouble_never_shows() {
    let shadow = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = format!("production/shadow-service:8080={}", shadow.local_addr().unwrap());
    let (tx, copies) = channel();
    // A shadow that reads the request and gives no answer: every other time it closes at once, else it waits to the end.
    thread::spawn(move || {
        for (n, stream) in shadow.incoming().flatten().enumerate() {
            let tx = tx.clone();
            thread::spawn(move || {
                let mut stream = stream;
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                    head.push(byte[0]);
                }
                let _ = tx.send(String::from_utf8(head).unwrap());
                if n % 2 == 0 {
                    let _ = std::io::copy(&mut stream, &mut std::io::sink());
                }
            });
        }
    });
    let files = files(&["mirror.yaml"]);
    let mut arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    arguments.extend(["--backend", &own]);
    let rehearsal = Rehearsal::start(&arguments);
    for n in 0..3 {
        let response = get(&rehearsal, "any.example.com", &format!("/copy?n={n}"), &[]);
        assert_eq!((response.status, response.service()), (200, "production/prod-service:8080".to_owned()));
        let copy = copies.recv_timeout(Duration::from_secs(10)).expect("the shadow gets a copy");
        assert!(copy.starts_with(&format!("GET /copy?n={n} HTTP/1.1\r\n")), "{copy}");
    }
}

#[test]
fn another_namespace_answers_only_with_its_grant() {
    let granted = rehearse(&["cross-namespace.yaml", "referencegrants.yaml"]);
    let response = get(&granted, "db.example.com", "/", &[]);
    assert_eq!(response.service(), "database/db-proxy-service:5432");
    drop(granted);

    let refused = rehearse(&["cross-namespace.yaml"]);
    assert_eq!(get(&refused, "db.example.com", "/", &[]).status, 500);
}

#[test]
fn a_request_that_no_route_wants_gets_404() {
    let rehearsal = rehearse(&["my-app.yaml"]);
    // The listener takes the name, no route does: there is no default backend in Gateway API.
    assert_eq!(get(&rehearsal, "other.example.com", "/", &[]).status, 404);
}
