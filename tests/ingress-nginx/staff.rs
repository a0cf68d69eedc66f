//! Who stands behind the Services of a case, and the objects that a cluster would have beside those written.
//!
//! The annotation `oracle/endpoints` of a Service says how many endpoints it has and what is wrong with them.

use std::{collections::BTreeMap, io::Write as _, net::SocketAddr, sync::Arc};

use cutover::{
    resource::{Object, Severity},
    source::{Input, Manifests},
};
use serde_json::{Map, Value, json};
use socket2::{Domain, Socket, Type};

use crate::{
    case::Case,
    echo::{Echo, Endpoint},
};

/// What the kit always sets in the controller's ConfigMap, so that release 1.11 is as strict as the last ones.
const CONFIG: [(&str, &str); 5] = [
    ("worker-processes", "1"),
    ("allow-snippet-annotations", "false"),
    ("strict-validate-path-type", "true"),
    ("allow-cross-namespace-resources", "false"),
    ("annotations-risk-level", "High"),
];
/// The kit's flags that change what is answered.
const FLAGS: [&str; 4] = [
    "--configmap=ingress-nginx/ingress-nginx-controller",
    "--http-port=80",
    "--https-port=443",
    "--enable-annotation-validation=true",
];

/// Namespace, Service and port.
pub type Place = (String, String, u16);

/// The back ends of one case. They answer until this is dropped.
#[derive(Default)]
pub struct Staff {
    /// Ready endpoints of each port of each Service, also those that refuse connections.
    pub endpoints: BTreeMap<Place, Vec<SocketAddr>>,
    /// Where each port of a Service answers at its cluster IP, which is also where its name resolves to; for an
    /// ExternalName Service the address of that name. Absent for headless Services and names that do not resolve.
    pub cluster: BTreeMap<Place, SocketAddr>,
    /// EndpointSlices.
    slices: Vec<Value>,
    open: Vec<Endpoint>,
    /// Bound and not listening: they refuse.
    dead: Vec<Socket>,
}

impl Staff {
    pub fn of(case: &Case, echo: &Echo) -> Self {
        let mut staff = Self::default();
        let (external, own): (Vec<_>, Vec<_>) =
            case.of("Service").partition(|service| service["spec"]["type"] == "ExternalName");
        for service in own {
            staff.hire(service, echo);
        }
        for service in external {
            staff.resolve(service, echo);
        }
        staff
    }

    fn hire(&mut self, service: &Value, echo: &Echo) {
        let (namespace, name) = names(service);
        let wish = service["metadata"]["annotations"]["oracle/endpoints"].as_str().unwrap_or("1");
        let ports: Vec<_> = service["spec"]["ports"].as_array().into_iter().flatten().map(Port::of).collect();
        for port in &ports {
            let place = (namespace.clone(), name.clone(), port.number);
            self.endpoints.insert(place.clone(), Vec::new());
            if service["spec"]["clusterIP"] != "None" {
                let at = self.seat(&place, echo);
                self.cluster.insert(place, at);
            }
        }
        let mut slices = 0;
        for what in wish.split('+') {
            let (count, what) = what.parse().map_or((1, what), |count: usize| (count, "live"));
            for _ in 0..count {
                let mut seats = Vec::new();
                for port in &ports {
                    let place = (namespace.clone(), name.clone(), port.number);
                    let at = if what == "dead" { self.refuse() } else { self.seat(&place, echo) };
                    if what != "unready" {
                        self.endpoints.entry(place).or_default().push(at);
                    }
                    seats.push(json!({"name": port.name, "port": at.port(), "protocol": "TCP"}));
                }
                let endpoint =
                    json!({"addresses": ["127.0.0.1"], "conditions": {"ready": what != "unready"}});
                self.slice(&namespace, &name, &json!([endpoint]), &seats);
                slices += 1;
            }
        }
        // A cluster has one for a Service that nobody serves, too.
        if slices == 0 {
            self.slice(&namespace, &name, &json!([]), &[]);
        }
    }

    fn slice(&mut self, namespace: &str, name: &str, endpoints: &Value, ports: &[Value]) {
        self.slices.push(json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": format!("{name}-{}", self.slices.len()), "namespace": namespace,
                         "labels": {"kubernetes.io/service-name": name}},
            "endpoints": endpoints,
            "ports": ports,
        }));
    }

    /// An ExternalName Service: names of the cluster lead to their Service, `.invalid` nowhere, all others to somebody.
    fn resolve(&mut self, service: &Value, echo: &Echo) {
        let (namespace, name) = names(service);
        let target = service["spec"]["externalName"].as_str().unwrap_or_default().to_ascii_lowercase();
        let written = service["spec"]["ports"].as_array().into_iter().flatten().map(Port::of);
        let mut ports: Vec<u16> = [80, 443].into_iter().chain(written.map(|port| port.number)).collect();
        ports.sort_unstable();
        ports.dedup();
        let local = target.strip_suffix(".svc.cluster.local").and_then(|local| local.split_once('.'));
        for port in ports {
            let place = (namespace.clone(), name.clone(), port);
            let at = match local {
                Some((name, namespace)) => {
                    self.cluster.get(&(namespace.to_owned(), name.to_owned(), port)).copied()
                }
                None if target.ends_with(".invalid") => None,
                None => Some(self.seat(&place, echo)),
            };
            self.endpoints.insert(place.clone(), at.into_iter().collect());
            self.cluster.extend(at.map(|at| (place, at)));
        }
    }

    fn seat(&mut self, (namespace, service, port): &Place, echo: &Echo) -> SocketAddr {
        let owner = json!({"namespace": namespace, "service": service, "port": port});
        let endpoint = echo.open(&Arc::new(owner));
        let address = endpoint.address;
        self.open.push(endpoint);
        address
    }

    fn refuse(&mut self) -> SocketAddr {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
        let address = socket.local_addr().ok().and_then(|address| address.as_socket());
        self.dead.push(socket);
        address.expect("a bound socket has an address")
    }

    /// All objects of the case, as they are read from a file: those written, and what a cluster has beside them.
    pub fn objects(&self, case: &Case) -> Vec<Arc<Object>> {
        let mut items = Vec::new();
        let mut namespaces: Vec<_> =
            case.objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str()).collect();
        namespaces.push("ingress-nginx");
        namespaces.sort_unstable();
        namespaces.dedup();
        items.extend(namespaces.iter().map(|name| json!({"kind": "Namespace", "metadata": {"name": name}})));
        let class =
            |object: &Value| object["kind"] == "IngressClass" && object["metadata"]["name"] == "nginx";
        if !case.objects.iter().any(class) {
            let spec = json!({"controller": "k8s.io/ingress-nginx"});
            items.push(json!({"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": spec}));
        }
        items.extend(controller(case));
        items.extend(case.objects.iter().cloned());
        items.extend(self.slices.iter().cloned());
        for item in &mut items {
            let version = match item["kind"].as_str() {
                Some("Ingress" | "IngressClass") => "networking.k8s.io/v1",
                Some("EndpointSlice") => "discovery.k8s.io/v1",
                Some("Deployment") => "apps/v1",
                _ => "v1",
            };
            item["apiVersion"] = version.into();
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        let mut file = tempfile::Builder::new().suffix(".json").tempfile().expect("a file");
        file.write_all(list.to_string().as_bytes()).expect("room for a file");
        let (_, loaded) =
            Manifests::open(&[Input::Path(file.path().to_owned())]).expect("a file that can be read");
        let wrong = loaded.problems.iter().find(|problem| problem.severity == Severity::Error);
        assert!(wrong.is_none(), "{}: {wrong:?}\n{list}", case.name);
        loaded.objects
    }
}

/// The controller's ConfigMap and its Deployment, from whose arguments its flags are known.
fn controller(case: &Case) -> [Value; 2] {
    let meta = json!({"name": "ingress-nginx-controller", "namespace": "ingress-nginx"});
    let mut data: Map<String, Value> =
        CONFIG.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    data.extend(case.settings.config.clone());
    let mut args = vec!["/nginx-ingress-controller"];
    args.extend(FLAGS);
    args.extend(case.settings.flags.iter().map(String::as_str));
    let container = json!({"name": "controller", "image": "registry.k8s.io/ingress-nginx/controller:v1.11.0", "args": args});
    let labels = json!({"app.kubernetes.io/name": "ingress-nginx"});
    let template = json!({"metadata": {"labels": labels}, "spec": {"containers": [container]}});
    let spec = json!({"selector": {"matchLabels": labels}, "template": template});
    [
        json!({"kind": "ConfigMap", "metadata": meta, "data": data}),
        json!({"kind": "Deployment", "metadata": meta, "spec": spec}),
    ]
}

struct Port {
    name: String,
    number: u16,
}

impl Port {
    fn of(written: &Value) -> Self {
        let number = written["port"].as_u64().and_then(|port| port.try_into().ok()).unwrap_or_default();
        Self { name: written["name"].as_str().unwrap_or_default().to_owned(), number }
    }
}

fn names(object: &Value) -> (String, String) {
    let word = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
    (word("namespace"), word("name"))
}
