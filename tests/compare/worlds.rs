//! Pairs of worlds and requests, made by chance from a seed: small names, so that they meet.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
};

use cutover::{
    routing::compare::Witness,
    source::{Input, Manifests},
    world::{World, assume},
};
use serde_json::{Value, json};

/// Chance with a seed.
pub struct Dice(fastrand::Rng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    fn one<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = self.0.usize(..list.len());
        &list[at]
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.0.u32(..100) < percent
    }

    fn upto(&mut self, most: usize) -> usize {
        self.0.usize(..=most)
    }
}

const HOSTS: &[&str] = &[
    "a.example.com",
    "b.example.com",
    "*.example.com",
    "",
    "*.b.example.com",
    "c.a.example.com",
    "www.a.example.com",
];
const PATHS: &[&str] =
    &["/", "/api", "/api/", "/api/v1", "/app", "/Api", "/a.b", "/x/y", "/ap", "/api/v1/users"];
const PATTERNS: &[&str] = &["/api/v[0-9]+", "/files/(.*)", "/(api|app)(/|$)(.*)", "/[a-z]+/x", "/x/.*\\.php"];
const SERVICES: &[&str] = &["one", "two", "three"];
const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
const NAMES: &[&str] = &["x-a", "x-version", "x-canary"];
const VALUES: &[&str] = &["1", "v2", "always", "never", "abc"];

fn object(api: &str, kind: &str, name: &str, annotations: Value, spec: Value) -> Value {
    json!({
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop", "annotations": annotations},
        "spec": spec,
    })
}

/// Objects of both sides.
pub fn objects(dice: &mut Dice) -> Vec<Value> {
    let mut all: Vec<Value> = SERVICES
        .iter()
        .map(|name| object("v1", "Service", name, json!({}), json!({"ports": [{"port": 80}]})))
        .collect();
    for at in 0..=dice.upto(2) {
        all.push(ingress(dice, at, false));
    }
    if dice.chance(40) {
        all.push(ingress(dice, 9, true));
    }
    all.push(gateway(dice));
    for at in 0..=dice.upto(2) {
        all.push(route(dice, at));
    }
    all
}

/// Objects as a folder of manifests.
pub fn folder(all: &[Value]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": all});
    std::fs::write(folder.path().join("all.json"), list.to_string()).unwrap();
    folder
}

/// A world of a folder.
pub fn load(folder: &Path) -> World {
    let (_, loaded) = Manifests::open(&[Input::Path(folder.to_path_buf())]).unwrap();
    let given = World::of(loaded.objects);
    given.apply(&assume(&given, None))
}

fn ingress(dice: &mut Dice, at: usize, canary: bool) -> Value {
    let mut annotations = serde_json::Map::new();
    let mut add = |key: &str, value: &str| {
        annotations.insert(format!("nginx.ingress.kubernetes.io/{key}"), json!(value));
    };
    let any: &[(&str, &str)] = &[
        ("rewrite-target", "/"),
        ("rewrite-target", "/new/$1"),
        ("use-regex", "true"),
        ("ssl-redirect", "false"),
        ("force-ssl-redirect", "true"),
        ("enable-cors", "true"),
        ("app-root", "/app"),
        ("permanent-redirect", "https://elsewhere.example/x"),
        ("upstream-vhost", "inner.example"),
        ("whitelist-source-range", "127.0.0.0/9"),
        ("proxy-body-size", "5m"),
        ("proxy-read-timeout", "5"),
        ("affinity", "cookie"),
        ("from-to-www-redirect", "true"),
        ("limit-rps", "5"),
        ("proxy-next-upstream", "off"),
        ("configuration-snippet", "more_set_headers \"X-Snippet: yes\";"),
        ("server-alias", "alias.example.com"),
        ("connection-proxy-header", "keep-alive"),
    ];
    for _ in 0..dice.upto(3) {
        let (key, value) = dice.one(any);
        add(key, value);
    }
    if canary {
        add("canary", "true");
        match dice.upto(3) {
            0 => add("canary-weight", "20"),
            1 => add("canary-by-header", "x-canary"),
            2 => add("canary-by-cookie", "canary"),
            _ => {
                add("canary-by-header", "x-canary");
                add("canary-by-header-value", "v2");
            }
        }
    }
    let hosts: Vec<&str> = (0..=dice.upto(2)).map(|_| *dice.one(HOSTS)).collect();
    let rules: Vec<Value> = hosts
        .iter()
        .map(|host| {
            let paths: Vec<Value> = (0..=dice.upto(3))
                .map(|_| {
                    let kind = *dice.one(&["Prefix", "Prefix", "Exact", "ImplementationSpecific"]);
                    let pattern = kind == "ImplementationSpecific" && dice.chance(50);
                    let path = if pattern { dice.one(PATTERNS) } else { dice.one(PATHS) };
                    json!({
                        "path": path,
                        "pathType": kind,
                        "backend": {"service": {"name": dice.one(SERVICES), "port": {"number": 80}}},
                    })
                })
                .collect();
            match *host {
                "" => json!({"http": {"paths": paths}}),
                host => json!({"host": host, "http": {"paths": paths}}),
            }
        })
        .collect();
    let mut spec = json!({"ingressClassName": "nginx", "rules": rules});
    let named: Vec<&str> = hosts.iter().copied().filter(|host| !host.is_empty()).collect();
    if dice.chance(60) && !named.is_empty() {
        spec["tls"] = json!([{"hosts": named, "secretName": "tls"}]);
    }
    object("networking.k8s.io/v1", "Ingress", &format!("i{at}"), Value::Object(annotations), spec)
}

fn gateway(dice: &mut Dice) -> Value {
    let mut listeners = Vec::new();
    let tls = json!({"certificateRefs": [{"name": "tls"}]});
    if dice.chance(80) {
        listeners.push(json!({"name": "http", "port": 80, "protocol": "HTTP"}));
    }
    if dice.chance(80) || listeners.is_empty() {
        listeners.push(json!({"name": "https", "port": 443, "protocol": "HTTPS", "tls": tls}));
    }
    if dice.chance(40) {
        let tls = json!({"certificateRefs": [{"name": "tls"}]});
        let host = dice.one(&["*.example.com", "a.example.com"]);
        listeners
            .push(json!({"name": "own", "port": 443, "protocol": "HTTPS", "hostname": host, "tls": tls}));
    }
    object(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "edge",
        json!({}),
        json!({
            "gatewayClassName": "eg",
            "listeners": listeners,
        }),
    )
}

fn route(dice: &mut Dice, at: usize) -> Value {
    let hosts: Vec<&str> =
        (0..dice.upto(2)).map(|_| *dice.one(HOSTS)).filter(|host| !host.is_empty()).collect();
    let rules: Vec<Value> = (0..=dice.upto(3)).map(|_| rule(dice)).collect();
    let mut spec = json!({"parentRefs": [{"name": "edge"}], "rules": rules});
    if !hosts.is_empty() {
        spec["hostnames"] = json!(hosts);
    }
    object("gateway.networking.k8s.io/v1", "HTTPRoute", &format!("r{at}"), json!({}), spec)
}

fn rule(dice: &mut Dice) -> Value {
    let matches: Vec<Value> = (0..=dice.upto(1))
        .map(|_| {
            let kind = *dice.one(&["PathPrefix", "PathPrefix", "Exact", "RegularExpression"]);
            let path = if kind == "RegularExpression" { dice.one(PATTERNS) } else { dice.one(PATHS) };
            let mut one = json!({"path": {"type": kind, "value": path}});
            if dice.chance(25) {
                one["method"] = json!(dice.one(METHODS));
            }
            let fields = |dice: &mut Dice| {
                let pattern = dice.chance(20);
                let (kind, value) =
                    if pattern { ("RegularExpression", "v[0-9]") } else { ("Exact", *dice.one(VALUES)) };
                json!([{"name": dice.one(NAMES), "type": kind, "value": value}])
            };
            if dice.chance(25) {
                one["headers"] = fields(dice);
            }
            if dice.chance(20) {
                one["queryParams"] = fields(dice);
            }
            one
        })
        .collect();
    let prefixes = matches.iter().all(|one| one["path"]["type"] == "PathPrefix");
    let mut filters = Vec::new();
    let mut redirects = false;
    if dice.chance(30) {
        match dice.upto(4) {
            0 if prefixes => filters.push(json!({"type": "URLRewrite", "urlRewrite": {"path": {
                "type": "ReplacePrefixMatch", "replacePrefixMatch": dice.one(&["/", "/new"])}}})),
            1 => filters
                .push(json!({"type": "URLRewrite", "urlRewrite": {"hostname": "inner.example", "path": {
                "type": "ReplaceFullPath", "replaceFullPath": "/"}}})),
            2 => {
                redirects = true;
                filters.push(json!({"type": "RequestRedirect", "requestRedirect": {
                    "scheme": "https", "statusCode": dice.one(&[301, 302])}}));
            }
            3 => filters.push(json!({"type": "CORS", "cors": {
                "allowOrigins": ["https://a.example.com"], "allowMethods": ["GET"]}})),
            _ => filters.push(json!({"type": "ResponseHeaderModifier", "responseHeaderModifier": {
                "set": [{"name": "X-Snippet", "value": "yes"}], "remove": ["server"]}})),
        }
    }
    if dice.chance(20) {
        filters.push(json!({"type": "RequestHeaderModifier", "requestHeaderModifier": {
            "set": [{"name": "x-a", "value": "new"}], "remove": ["x-version"]}}));
    }
    let mut rule = json!({"matches": matches, "filters": filters});
    if !redirects {
        let backends: Vec<Value> = (0..=dice.upto(1))
            .map(|_| json!({"name": dice.one(SERVICES), "port": 80, "weight": dice.one(&[1, 1, 20, 80, 0])}))
            .collect();
        rule["backendRefs"] = json!(backends);
        if dice.chance(20) {
            rule["timeouts"] = json!({"request": "10s"});
        }
    }
    rule
}

/// A request that may meet something.
pub fn request(dice: &mut Dice) -> Witness {
    let https = dice.chance(50);
    let host = match *dice.one(HOSTS) {
        "" => "unknown.invalid".to_owned(),
        host => {
            let front = *dice.one(&["x", "y.x", "c.a", "www"]);
            host.replacen('*', front, 1)
        }
    };
    let host = match dice.upto(9) {
        0 => "alias.example.com".to_owned(),
        1 => format!("sub.{host}"),
        2 => host.split_once('.').map_or_else(|| host.clone(), |(_, rest)| rest.to_owned()),
        _ => host,
    };
    let mut path = (*dice.one(PATHS)).to_owned();
    if dice.chance(20) {
        (*dice.one(&["/api/v12", "/files/a/b", "/app/q", "/foo/x", "/x/z.php", "/API/v1"]))
            .clone_into(&mut path);
    }
    if dice.chance(40) {
        let more = *dice.one(&["x", "/", "/x", "/x/y", "/v1", "/../app", "//x", "/%2e%2e/api", "/./x", "?"]);
        path.push_str(more);
        path = path.replace('?', "");
    }
    match dice.upto(19) {
        0 => path = path.to_ascii_uppercase(),
        1 => path = path.replacen('a', "%61", 1),
        2 => path = format!("/{path}"),
        3 => path = format!("{}{path}", dice.one(&["/api/..", "/x/y/../..", "/app/..", "/zz/.."])),
        _ => {}
    }
    let mut witness =
        Witness::get(if https { "https" } else { "http" }, &host, if https { 443 } else { 80 }, &path);
    let ask = &mut witness.ask;
    if dice.chance(40) {
        (*dice.one(METHODS)).clone_into(&mut ask.method);
    }
    let mut pairs = Vec::new();
    for _ in 0..dice.upto(2) {
        let (name, value) = (*dice.one(NAMES), *dice.one(VALUES));
        match dice.upto(2) {
            0 => pairs.push(format!("{name}={value}")),
            _ if ask.headers.iter().all(|(other, _)| other != name) => {
                ask.headers.push((name.to_owned(), value.to_owned()));
            }
            _ => {}
        }
    }
    if !pairs.is_empty() {
        ask.query = Some(pairs.join("&"));
    }
    match dice.upto(11) {
        0 => ask.headers.push(("cookie".to_owned(), format!("canary={}", dice.one(VALUES)))),
        1 => ask.headers.push(("origin".to_owned(), "https://a.example.com".to_owned())),
        2 => {
            "OPTIONS".clone_into(&mut ask.method);
            ask.headers.push(("origin".to_owned(), "https://a.example.com".to_owned()));
            ask.headers.push(("access-control-request-method".to_owned(), "GET".to_owned()));
        }
        3 => ask.headers.push(("x_under".to_owned(), "1".to_owned())),
        _ => {}
    }
    // Outside of the range that some Ingresses allow.
    if dice.chance(20) {
        witness.client = Some(IpAddr::V4(Ipv4Addr::new(127, 200, 0, 1)));
    }
    witness
}
