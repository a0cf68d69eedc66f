//! A cluster full of Ingresses, as `kubectl get ingress -A -o json` prints it: the same for the same seed.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::{Map, Value, json};

/// What stands on Ingresses of real clusters, with how many of a hundred have it and how many values it has.
const ANNOTATIONS: &[(&str, u64, &[&str])] = &[
    ("nginx.ingress.kubernetes.io/proxy-body-size", 55, &["1m", "8m", "64m", "0"]),
    ("nginx.ingress.kubernetes.io/ssl-redirect", 50, &["true", "false"]),
    ("nginx.ingress.kubernetes.io/force-ssl-redirect", 35, &["true"]),
    ("nginx.ingress.kubernetes.io/proxy-read-timeout", 40, &["30", "60", "120", "300", "3600"]),
    ("nginx.ingress.kubernetes.io/proxy-send-timeout", 30, &["60", "300"]),
    ("nginx.ingress.kubernetes.io/proxy-connect-timeout", 20, &["5", "10"]),
    ("nginx.ingress.kubernetes.io/rewrite-target", 25, &["/", "/$1", "/$2"]),
    ("nginx.ingress.kubernetes.io/use-regex", 18, &["true"]),
    ("nginx.ingress.kubernetes.io/enable-cors", 15, &["true"]),
    ("nginx.ingress.kubernetes.io/cors-allow-origin", 14, &["*", "https://app.example.com"]),
    ("nginx.ingress.kubernetes.io/backend-protocol", 10, &["HTTP", "HTTPS", "GRPC"]),
    ("nginx.ingress.kubernetes.io/auth-url", 8, &["https://auth.example.com/verify"]),
    (
        "nginx.ingress.kubernetes.io/auth-signin",
        8,
        &["https://auth.example.com/start?rd=$escaped_request_uri"],
    ),
    ("nginx.ingress.kubernetes.io/whitelist-source-range", 9, &["10.0.0.0/8", "10.0.0.0/8,192.168.0.0/16"]),
    ("nginx.ingress.kubernetes.io/limit-rps", 6, &["5", "20", "100"]),
    (
        "nginx.ingress.kubernetes.io/configuration-snippet",
        7,
        &[
            "more_set_headers \"X-Frame-Options: DENY\";\nmore_set_headers \"X-Content-Type-Options: nosniff\";\n",
            "if ($http_x_old = \"1\") {\n  return 403;\n}\n",
        ],
    ),
    ("nginx.ingress.kubernetes.io/canary", 4, &["true"]),
    ("nginx.ingress.kubernetes.io/canary-weight", 3, &["5", "10", "50"]),
    ("cert-manager.io/cluster-issuer", 60, &["letsencrypt", "letsencrypt-staging"]),
    ("external-dns.alpha.kubernetes.io/ttl", 12, &["60", "300"]),
    ("meta.helm.sh/release-name", 70, &["web", "api", "shop"]),
    ("meta.helm.sh/release-namespace", 70, &["team"]),
    ("kubernetes.io/ingress.class", 20, &["nginx"]),
    ("example.com/owner", 30, &["team-a", "team-b", "Größe 東京", "a \"quoted\" \\ one", "tab\there"]),
];

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// splitmix64: short, and good enough to choose with.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// Writes a list of so many Ingresses, indented by four blanks, about 4.2 kB each.
pub fn write(out: &mut impl Write, ingresses: u64, seed: u64) -> io::Result<()> {
    out.write_all(b"{\n    \"apiVersion\": \"v1\",\n    \"items\": [")?;
    let mut dice = Dice(seed);
    for number in 0..ingresses {
        out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        let mut text = Vec::with_capacity(6000);
        let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut writer = serde_json::Serializer::with_formatter(&mut text, format);
        ingress(number, &mut dice).serialize(&mut writer)?;
        for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
            out.write_all(if at == 0 { b"        " } else { b"\n        " })?;
            out.write_all(line)?;
        }
    }
    out.write_all(b"\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n")
}

/// The list as a text.
pub fn list(ingresses: u64, seed: u64) -> String {
    let mut text = Vec::new();
    write(&mut text, ingresses, seed).unwrap();
    String::from_utf8(text).unwrap()
}

fn ingress(number: u64, dice: &mut Dice) -> Value {
    let namespace = format!("team-{:03}", dice.roll(211));
    let name = format!("ingress-{number:06}");
    let host = format!("{name}.{namespace}.example.com");
    let paths: Vec<Value> = ["/", "/api", "/static", "/admin/settings", "/v2/orders"]
        .iter()
        .take(1 + dice.roll(4) as usize)
        .map(|path| {
            let service = json!({"name": format!("web-{}", dice.roll(40)), "port": {"number": 8080}});
            json!({"backend": {"service": service}, "path": path, "pathType": "Prefix"})
        })
        .collect();
    let rule = |host: &str| json!({"host": host, "http": {"paths": paths}});
    let spec = json!({
        "ingressClassName": "nginx",
        "rules": [rule(&host)],
        "tls": [{"hosts": [host], "secretName": format!("{name}-tls")}],
    });
    let mut metadata = json!({
        "creationTimestamp": "2024-03-05T09:12:44Z",
        "generation": 3,
        "labels": {
            "app.kubernetes.io/instance": format!("web-{}", dice.roll(40)),
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/name": "web",
            "helm.sh/chart": "web-1.14.2",
        },
        "name": name,
        "namespace": namespace,
        "resourceVersion": format!("{}", 80_000_000 + dice.roll(9_999_999)),
        "uid": format!("{:08x}-0000-4000-8000-{number:012x}", dice.roll(1 << 32)),
    });
    // One of fifty has none at all: there jq's pipelines of the article stop.
    if dice.roll(50) > 0 {
        let mut annotations = Map::new();
        for (key, share, values) in ANNOTATIONS {
            if dice.roll(100) < *share {
                let value = values[dice.roll(values.len() as u64) as usize];
                annotations.insert((*key).to_owned(), value.into());
            }
        }
        if dice.roll(100) < 60 {
            let copy = json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
                "metadata": {"annotations": annotations, "name": name, "namespace": namespace},
                "spec": spec,
            });
            annotations.insert(LAST_APPLIED.to_owned(), format!("{copy}\n").into());
        }
        metadata["annotations"] = annotations.into();
    }
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec,
        "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}},
    })
}
