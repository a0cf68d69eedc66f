//! Ingresses and both sides, on the real binary: the inventory, who uses an annotation, and one request asked of both.

use std::fs;

use crate::terminal::Console;

const ROUTE: &str = "\
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: cutover }
spec: { controllerName: cutover.dev/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: production }
spec:
  gatewayClassName: cutover
  listeners: [{ name: http, port: 80, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: plain, namespace: production }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [plain.example.com]
  rules: [{ backendRefs: [{ name: frontend-service, port: 3000 }] }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: plain
  namespace: production
  annotations: { nginx.ingress.kubernetes.io/proxy-body-size: 8m }
spec:
  ingressClassName: nginx
  rules:
  - host: plain.example.com
    http:
      paths: [{ path: /, pathType: Prefix, backend: { service: { name: frontend-service, port: { number: 3000 } } } }]
";

#[test]
fn ingresses_are_understood_and_a_request_is_asked_of_both_sides() {
    let home = tempfile::tempdir().unwrap();
    let article = include_str!("../../examples/article/ingress.yaml");
    let file = home.path().join("objects.yaml");
    fs::write(&file, format!("{article}{ROUTE}")).unwrap();
    let file = file.display().to_string();
    let mut console =
        Console::start(home.path(), &["rehearse", "--side", "both", "--load", "0", "-f", &file]);
    console.sees("Overview");

    // Every Ingress with how hard it is to move; its page has what nginx makes of each path.
    console.press("5");
    let list = console.until("both Ingresses", |text| text.contains("my-app") && text.contains("plain"));
    assert!(list.contains("2 Ingresses") && list.contains("complex"), "{list}");
    console.press("/my-app\r\r");
    console.sees("To move it:");
    console.press("/what nginx\r");
    console.sees("~* \"^/api\"");
    console.press("\x1b\x1b");

    // The keys of annotations, who uses one, and back.
    console.sees("1 of 2 Ingresses");
    console.press("a");
    console.until("the keys", |text| text.contains("2 keys") && text.contains("rewrite-target"));
    console.press("/body-size\r\r");
    console.until("who uses it", |text| text.contains("Esc back") && text.contains("with nginx"));
    console.press("\x1b");
    console.sees("VERDICT");

    // Listeners of both, told apart.
    console.press("6");
    console.until("both sides", |text| text.contains("OLD") && text.contains("ingress-nginx ▸ https"));

    // One request, asked of both; each answer is held against its own prediction.
    console.press(":explain GET http://plain.example.com/x\r");
    console.until("both ways", |text| text.contains("OLD side") && text.contains("both sides do the same"));
    console.press("\x12");
    let sent = console.until("both answers", |text| text.matches("✓ as predicted   sent").count() == 2);
    assert!(sent.contains("OLD ✓") && sent.contains("NEW ✓"), "{sent}");
    console.press("s");
    console.until("the old side alone", |text| text.contains("● old") && !text.contains("NEW side"));
    console.press("q");
    assert_eq!(console.ends().code, 0);
}
