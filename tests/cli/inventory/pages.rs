//! Whole outputs, as snapshots.

use super::{ARTICLE, file};
use crate::program::cutover;

const CLUSTER: &str = "tests/cli/manifests/ingresses.yaml";

fn page(arguments: &[&str]) -> String {
    let run = cutover(arguments);
    let code = if run.code == 0 { String::new() } else { format!("exit code {}\n", run.code) };
    format!("$ cutover {}\n{}{}{code}", arguments.join(" "), run.stdout, run.stderr)
}

#[test]
fn the_table_tells_each_ingress_and_what_stands_on_none() {
    insta::assert_snapshot!(page(&["inventory", "-f", CLUSTER]));
}

#[test]
fn all_about_one_ingress() {
    insta::assert_snapshot!(page(&["inventory", "production/my-app", "-f", ARTICLE]));
}

#[test]
fn annotations_in_a_table_and_by_who_reads_them() {
    let pages = [
        page(&["inventory", "annotations", "-f", CLUSTER]),
        page(&["inventory", "annotations", "--by-controller", "-f", CLUSTER]),
        page(&["inventory", "annotations", "--users", "-f", CLUSTER]),
        page(&["inventory", "annotations", "--by-ingress", "-f", CLUSTER]),
        page(&["inventory", "annotations", "-o", "csv", "-f", CLUSTER]),
    ];
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn a_report_for_a_ticket_and_for_a_spreadsheet() {
    let pages = [
        page(&["inventory", "-o", "markdown", "-f", CLUSTER]),
        page(&["inventory", "-o", "csv", "-f", CLUSTER]),
    ];
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn yaml_is_the_same_value_as_json() {
    let json = cutover(&["inventory", "-o", "json", "-f", CLUSTER]);
    let yaml = cutover(&["inventory", "-o", "yaml", "-f", CLUSTER]);
    // Our own reader of YAML tells: what it is given as JSON and as YAML counts as the same objects.
    let wrap = |text: &str, json: bool| {
        let spec = if json {
            format!("{{\"spec\": {text}}}")
        } else {
            format!("spec:\n  {}", text.replace('\n', "\n  "))
        };
        let head = if json {
            spec.replacen(
                '{',
                "{\"apiVersion\": \"x/v1\", \"kind\": \"Report\", \"metadata\": {\"name\": \"a\"},",
                1,
            )
        } else {
            format!("apiVersion: x/v1\nkind: Report\nmetadata: {{name: a}}\n{spec}")
        };
        let path = file(if json { "wrapped.json" } else { "wrapped.yaml" }, head.as_bytes());
        let mut value = cutover(&["get", "report", "a", "-o", "json", "-f", path.to_str().unwrap()]).json();
        value["spec"].take()
    };
    assert_eq!(wrap(&yaml.stdout, false), wrap(&json.stdout, true));
}

#[test]
fn the_page_for_a_browser_is_one_file_that_asks_for_nothing() {
    let html = cutover(&["inventory", "-o", "html", "-f", CLUSTER]).stdout;
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    for word in ["<script", "<link", "<img", "src=", "href=", "url(", "@import"] {
        assert!(!html.contains(word), "{word}");
    }
    for word in ["@media print", "prefers-color-scheme: dark", "width=device-width", "default-src 'none'"] {
        assert!(html.contains(word), "{word}");
    }
    for word in ["shop/account", "<meter", "Complex: a person decides", "On no Ingress", "UTC"] {
        assert!(html.contains(word), "{word}");
    }
    // Every tag that must be closed is.
    for tag in ["table", "details", "div", "dl", "ul", "body", "html", "style", "summary", "code"] {
        let opened = html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

/// Two Ingresses of one host: the younger asks for regular expressions, and has a path that the older one has.
const MERGED: &str = r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: first, namespace: shop, creationTimestamp: "2024-01-01T00:00:00Z"}
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example.com
      http:
        paths:
          - {path: /Cart, pathType: Exact, backend: {service: {name: cart, port: {number: 80}}}}
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: second
  namespace: shop
  creationTimestamp: "2024-02-01T00:00:00Z"
  annotations: {nginx.ingress.kubernetes.io/use-regex: "true"}
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example.com
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: other, port: {number: 80}}}}
          - {path: "/v[12]", pathType: ImplementationSpecific, backend: {service: {name: api, port: {number: 80}}}}
"#;

#[test]
fn a_rule_is_read_by_the_specification_and_by_its_controller() {
    let path = file("merged.yaml", MERGED.as_bytes());
    let path = path.to_str().unwrap();
    let first = cutover(&["inventory", "shop/first", "-f", path]).stdout;
    let second = cutover(&["inventory", "shop/second", "-f", path]).stdout;
    let cases = [
        (&first, "specification  the path /Cart and no other", "what was meant"),
        (&first, "written as     location ~* \"^/Cart\"", "another Ingress turned it into an expression"),
        (&first, "because of shop/second", "and which one did"),
        (&first, "same host      shop/second", "who else is in the host"),
        (&second, "ingress-nginx  nothing: shop/first has this path", "the older one wins a path of both"),
        (&second, "written as     location ~* \"^/v[12]\"", "its own"),
    ];
    for (page, text, why) in cases {
        assert!(page.contains(text), "{why}: {text}\n{page}");
    }
}

#[test]
fn what_nginx_refuses_as_a_whole_stands_above_everything() {
    let text = MERGED.replace("path: /Cart", "path: \"/my cart\"").replace("use-regex: \"true\"", "x: \"y\"");
    let path = file("refused.yaml", text.as_bytes());
    let run = |flags: &[&str]| cutover(&[&["inventory", "-f", path.to_str().unwrap()], flags].concat());
    let title = "nginx refuses the whole configuration";
    for (flags, head) in [
        (&[][..], title),
        (&["shop/second"], title),
        (&["-o", "markdown"], "## Ingresses\n\n**nginx refuses"),
    ] {
        let page = run(flags).stdout;
        assert!(
            page.starts_with(head) && page.contains("shop/first (shop.example.com)"),
            "{flags:?}\n{page}"
        );
    }
    let html = run(&["-o", "html"]).stdout;
    assert!(html.contains("class=alarm") && html.contains(title), "{html}");
    assert!(run(&["-o", "csv"]).stderr.contains(title));
    let json = run(&["-o", "json"]).json();
    assert_eq!(json["refused"][0]["ingress"], serde_json::json!({"namespace": "shop", "name": "first"}));
    assert!(run(&["-o", "yaml"]).stdout.starts_with("refused:\n"));
}
