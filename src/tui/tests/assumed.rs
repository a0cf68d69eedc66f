//! What nobody gave and a rehearsal stands in for is marked on every screen, at every width.

use std::sync::Arc;

use crate::tui::{Offline, fixture};

/// A Gateway and a route with two backends: no class, no Namespace, no certificate, no Service.
const ALONE: &str = r#"apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec:
  gatewayClassName: nowhere
  listeners:
  - name: http
    port: 80
    protocol: HTTP
    allowedRoutes: { namespaces: { from: All } }
  - name: https
    port: 443
    protocol: HTTPS
    hostname: "*.example.com"
    tls: { certificateRefs: [{ name: edge-tls }] }
    allowedRoutes: { namespaces: { from: All } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: app, namespace: production }
spec:
  parentRefs: [{ name: edge, namespace: infra }]
  hostnames: [app.example.com]
  rules:
  - backendRefs:
    - { name: app-stable, port: 8080, weight: 90 }
    - { name: app-canary, port: 8080, weight: 10 }
"#;

fn console(text: &'static str) -> Offline {
    let view = Arc::new(fixture::assumed_view_of(text));
    Offline::new(view, "dark", false, fixture::clock()).unwrap()
}

/// The line that holds these words; the words say what they belong to when it is not there.
#[track_caller]
fn line_with<'a>(text: &'a str, words: &str) -> &'a str {
    text.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no `{words}` in:\n{text}"))
}

#[test]
fn every_screen_marks_what_nobody_gave() {
    // Keys; words that find a line; what the line has at 80 columns and at 200.
    let cases = [
        ("3", "✓", "~ production", "~ production", "a route that rests on assumed objects"),
        ("3", "assumed:", "2 backends", "2 backends", "and below, which"),
        ("3", "assumed:", "GatewayClass", "GatewayClass", "the class of its Gateway"),
        ("3", "assumed:", "certificate", "certificate made here", "the listener's certificate"),
        ("4", "■", "app-stable~ 90", "app-stable assumed 90", "a rule with weights"),
        ("4 enter", "■ app-stable", "app-stable~", "app-stable assumed", "a weight"),
        ("4 enter", "■ app-canary", "app-canary~", "app-canary assumed", "every weight"),
        ("6", "infra/edge ▸ https", "~ infra", "made here", "a certificate"),
        ("6", "app-ca", "~ production", "app-canary:8080 assumed", "a stand-in"),
    ];
    for (keys, words, narrow, wide, why) in cases {
        let mut console = console(ALONE);
        console.keys(keys);
        for (size, mark) in [((80, 24), narrow), ((200, 60), wide)] {
            let text = console.text(size.0, size.1);
            assert!(line_with(&text, words).contains(mark), "{why}: `{mark}` at {size:?}\n{text}");
        }
    }
}

#[test]
fn the_tree_marks_each_of_its_lines_and_no_width_cuts_the_mark_away() {
    let nodes = [
        ("nowhere", "nowhere assumed", "the class"),
        ("infra/edge", "ok  Namespace infra assumed", "a Gateway's Namespace"),
        ("https", "ok  certificate made here", "a certificate"),
        ("▾ ~ production", "Namespace production assumed", "a route's Namespace"),
        ("      ~ production", "app-stable:8080 assumed", "a backend"),
    ];
    let long = ALONE.replace("production", "production-of-the-longest-name");
    let cases = [(ALONE, 80, false), (ALONE, 120, false), (ALONE, 200, true), (long.leak(), 80, false)];
    for (yaml, width, whole) in cases {
        let mut console = console(yaml);
        // Down to the route of the first listener, and open it.
        console.keys("2 j j j l");
        let text = console.text(width, 24);
        for (name, words, why) in nodes {
            let line = line_with(&text, name);
            assert!(line.contains("~ "), "{why} at {width}\n{text}");
            assert!(!whole || line.contains(words), "{why} at {width}\n{text}");
        }
    }
}

#[test]
fn a_detail_says_what_was_assumed_and_what_is_done_instead() {
    let cases = [
        ("2 d", "taken to be ours", "the class"),
        ("3 enter", "Service production/app-stable", "a backend of a route"),
        ("4 enter enter", "a stand-in answers", "the Service itself"),
    ];
    for (keys, words, why) in cases {
        let mut console = console(ALONE);
        console.keys(keys);
        let text = console.text(200, 60);
        assert!(line_with(&text, words).contains("assumed"), "{why}\n{text}");
    }
}

#[test]
fn nothing_is_marked_where_all_was_given() {
    let mut console = Offline::new(fixture::view(), "dark", false, fixture::clock()).unwrap();
    for keys in ["2", "3", "4", "4 enter", "6"] {
        console.keys(keys);
        let text = console.text(200, 60);
        assert!(!text.contains("assumed"), "{keys}\n{text}");
    }
}
