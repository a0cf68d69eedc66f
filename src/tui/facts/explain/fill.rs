//! The form filled from what is selected: a rule of a route, a listener, a request that was seen.

use std::borrow::Cow;

use super::{example::examples, form::Form};
use crate::{
    dialect::gateway::Compiled,
    inventory::IngressFacts,
    proxy::Record,
    resource::{
        Key, Kind,
        gateway_api::{HttpMatch, HttpRoute, PathMatchType, ValueMatchSpec, ValueMatchType},
    },
    routing::{
        Host, HostPattern, Listener, ListenerId, PathPattern, PortKey, PortProtocol, Side, Table, ValueMatch,
    },
    world::World,
};

/// A form and what could not be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The form.
    pub form: Form,
    /// What a person has to put right, in words.
    pub notes: Vec<String>,
}

/// The host where any will do.
const ANY: &str = "example.com";

/// A request that a rule of a route is meant for: the first hostname, the first match. Another rule may still take it.
///
/// # Errors
/// When the route is not there, can not be read, or is of a kind that is not asked by requests.
pub fn of_rule(world: &World, compiled: &Compiled, route: &Key, rule: usize) -> Result<Filled, String> {
    if route.kind != Kind::HttpRoute {
        return Err(format!("{} is not asked by requests of this form yet: only HTTPRoute is", route.kind));
    }
    let object = world.get(route).ok_or_else(|| format!("{route} does not exist"))?;
    let spec = object.view::<HttpRoute>().map_err(|error| format!("{route}: {error}"))?.spec;
    let mut notes = Vec::new();
    let patterns: Vec<HostPattern> =
        spec.hostnames.iter().filter_map(|name| HostPattern::parse(name).ok()).collect();
    let attached = compiled.status.routes.get(route).map_or(&[][..], |all| all);
    let listeners = attached.iter().flat_map(|parent| &parent.listeners);
    let mut listeners: Vec<_> = listeners.filter_map(|id| served(&compiled.table, id)).collect();
    // Most that is plain only leads to what is encrypted.
    listeners.sort_by_key(|(protocol, _)| *protocol == PortProtocol::Http);
    let place = listeners.into_iter().find_map(|(protocol, listener)| {
        let shared = match patterns.as_slice() {
            [] => Some(&listener.hostname),
            some => some.iter().find_map(|pattern| pattern.intersection(&listener.hostname)),
        };
        shared.map(|shared| (protocol, listener.id.port.port, host(shared)))
    });
    let (protocol, port, host) = place.unwrap_or_else(|| {
        notes.push(format!("{} is attached to no listener: it takes no request", route.path()));
        (PortProtocol::Http, 80, patterns.first().map_or_else(|| ANY.to_owned(), host))
    });
    let mut form = Form::default();
    let mut target = "/".to_owned();
    match spec.rules.get(rule).and_then(|rule| rule.matches.first()) {
        Some(first) => target = filled(first, &mut form, &mut notes),
        None => notes.push(format!("{} has no rule {}", route.path(), rule + 1)),
    }
    form.url = url(protocol, &host, port, &target);
    Ok(Filled { form, notes })
}

/// A request to a listener.
pub fn of_listener(table: &Table, id: &ListenerId) -> Filled {
    let entry = &id.port.entry;
    let gateway = gateway_of(&id.port);
    let (url, notes) = if let Some((protocol, listener)) = served(table, id) {
        // A controller's listener takes every host: one that it serves says more.
        let hosts = listener.hosts.iter().filter_map(|host| match &host.pattern {
            HostPattern::Any => None,
            pattern @ (HostPattern::Exact(_) | HostPattern::Under(_) | HostPattern::OneLabel(_)) => {
                Some(self::host(pattern))
            }
        });
        let first = (id.port.side == Side::Old).then(|| hosts.min()).flatten();
        let host = first.unwrap_or_else(|| host(&listener.hostname));
        (url(protocol, &host, id.port.port, "/"), Vec::new())
    } else {
        let note = format!("{entry} ▸ {} is not served: nobody listens", id.name);
        (url(PortProtocol::Http, ANY, id.port.port, "/"), vec![note])
    };
    Filled { form: Form { url, gateway, ..Form::default() }, notes }
}

/// Only this Gateway is asked; a controller is the only one of its side.
fn gateway_of(port: &PortKey) -> Option<(String, String)> {
    let entry = &port.entry;
    (port.side == Side::New).then(|| (entry.namespace.to_string(), entry.name.to_string()))
}

/// A request that the first path of an Ingress is meant for.
pub fn of_ingress(facts: &IngressFacts) -> Filled {
    let mut notes = Vec::new();
    let path = facts.paths.first();
    let host = path.map_or("", |path| &path.host);
    let host = HostPattern::parse(host).map_or_else(|_| ANY.to_owned(), |pattern| self::host(&pattern));
    let written = path.map_or("/", |path| &path.path);
    // What begins like the pattern is most often taken by it; the way says whether it is.
    let literal = written.find(['(', '[', '{', '*', '+', '?', '.', '|', '\\', '^', '$']);
    if path.is_none() {
        notes.push("it has no path".to_owned());
    }
    let begin = literal.and_then(|at| written.get(..at)).unwrap_or(written);
    let target = encoded(begin, |b| b"?#".contains(&b));
    let target = if target.starts_with('/') { target } else { format!("/{target}") };
    let protocol = if facts.tls.is_empty() { PortProtocol::Http } else { PortProtocol::Https };
    let port = if facts.tls.is_empty() { 80 } else { 443 };
    Filled { form: Form { url: url(protocol, &host, port, &target), ..Form::default() }, notes }
}

/// Headers that a sender sets by itself, or that speak of one connection: the form takes none of them.
const OWN: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "expect"];

/// A request that was seen to go through the gateway.
pub fn of_record(record: &Record) -> Filled {
    let head = &record.head;
    let protocol = if record.encrypted { PortProtocol::Https } else { PortProtocol::Http };
    let host = Host::from_authority(head.host()).map_or_else(|_| head.host().to_owned(), Cow::into_owned);
    let own = |name: &str| OWN.iter().any(|own| name.eq_ignore_ascii_case(own));
    let mut notes = Vec::new();
    if head.left_out() > 0 {
        notes.push(format!("{} headers were too long to be kept", head.left_out()));
    }
    let form = Form {
        method: head.method().to_owned(),
        url: url(protocol, &host, record.port.port, head.target()),
        headers: head
            .headers()
            .filter(|(name, _)| !own(name))
            .map(|(name, value)| format!("{name}: {}", value.trim()))
            .collect(),
        gateway: gateway_of(&record.port),
        ..Form::default()
    };
    Filled { form, notes }
}

fn served<'t>(table: &'t Table, id: &ListenerId) -> Option<(PortProtocol, &'t Listener)> {
    let port = table.ports.get(&id.port)?;
    let listener = port.listeners.iter().find(|listener| listener.id == *id)?;
    Some((port.protocol, listener))
}

/// A host of the set.
fn host(pattern: &HostPattern) -> String {
    match pattern {
        HostPattern::Exact(name) => name.to_string(),
        HostPattern::Under(name) | HostPattern::OneLabel(name) => format!("www.{name}"),
        HostPattern::Any => ANY.to_owned(),
    }
}

fn url(protocol: PortProtocol, host: &str, port: u16, target: &str) -> String {
    let (scheme, own) = match protocol {
        PortProtocol::Http => ("http", 80),
        PortProtocol::Https => ("https", 443),
    };
    let port = if port == own { String::new() } else { format!(":{port}") };
    format!("{scheme}://{host}{port}{target}")
}

/// Method and headers of a match go into the form; gives path and query.
fn filled(one: &HttpMatch, form: &mut Form, notes: &mut Vec<String>) -> String {
    if let Some(method) = &one.method {
        form.method.clone_from(method);
    }
    let written = &one.path.value;
    let mut target = match &one.path.kind {
        PathMatchType::Exact | PathMatchType::PathPrefix => encoded(written, |b| b"?#".contains(&b)),
        PathMatchType::RegularExpression => {
            let pattern = PathPattern::whole(written).ok();
            let takes = |path: &String| {
                let plain = path.bytes().all(|b| b.is_ascii_graphic() && !b"?#".contains(&b));
                plain && path.starts_with('/') && pattern.as_ref().is_some_and(|one| one.regex.is_match(path))
            };
            let tried = examples(written).into_iter();
            let mut tried = tried.flat_map(|text| [text.clone(), format!("/{text}")]);
            tried.find(takes).unwrap_or_else(|| {
                notes.push(format!("no path was found that {written} takes: write one"));
                "/".to_owned()
            })
        }
        PathMatchType::Other(_) => "/".to_owned(),
    };
    let mut between = '?';
    for spec in &one.query_params {
        let Some(value) = example(spec, "query parameter", notes) else { continue };
        let odd = |b: u8| b"&#%+=".contains(&b);
        target.push(between);
        target.push_str(&encoded(&spec.name, odd));
        target.push('=');
        target.push_str(&encoded(&value, odd));
        between = '&';
    }
    for spec in &one.headers {
        if let Some(value) = example(spec, "header", notes) {
            form.headers.push(format!("{}: {value}", spec.name));
        }
    }
    target
}

/// The value asked for, or one that the expression takes.
fn example(spec: &ValueMatchSpec, what: &str, notes: &mut Vec<String>) -> Option<String> {
    match &spec.kind {
        ValueMatchType::Exact => Some(spec.value.clone()),
        ValueMatchType::RegularExpression => {
            let wanted = ValueMatch::whole(&spec.value).ok();
            let takes = |text: &String| {
                !text.contains(char::is_control) && wanted.as_ref().is_some_and(|one| one.takes(text))
            };
            let found = examples(&spec.value).into_iter().find(takes);
            if found.is_none() {
                notes
                    .push(format!("no value was found for {what} {} ~ {}: write one", spec.name, spec.value));
            }
            Some(found.unwrap_or_default())
        }
        ValueMatchType::Other(_) => None,
    }
}

/// What can not stand in a request's target is percent-encoded.
fn encoded(text: &str, odd: impl Fn(u8) -> bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_graphic() && !odd(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dialect::gateway::compile,
        routing::{Origin, PortKey, Side, way},
        source::{Input, Manifests},
    };

    const SHOP: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: any
  listeners:
  - {name: web, port: 80, protocol: HTTP, hostname: '*.shop.example'}
  - {name: alt, port: 8080, protocol: HTTP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: shop}
spec:
  parentRefs: [{name: edge, sectionName: web}]
  hostnames: ['*.app.shop.example', b.shop.example]
  rules:
  - backendRefs: [{name: app, port: 80}]
  - matches:
    - method: POST
      path: {type: Exact, value: '/a b?c'}
      headers:
      - {name: X-V, value: v2}
      - {name: x-tenant, type: RegularExpression, value: 't-[0-9]+'}
      queryParams: [{name: q&, value: '1=2 +'}, {name: r, type: RegularExpression, value: 'a|b'}]
    backendRefs: [{name: app, port: 80}]
  - matches: [{path: {type: RegularExpression, value: '/v[0-9]+/.*'}}]
    backendRefs: [{name: app, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: any, namespace: shop}
spec:
  parentRefs: [{name: edge, sectionName: alt}]
  rules: [{backendRefs: [{name: app, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: lost, namespace: shop}
spec:
  parentRefs: [{name: edge, sectionName: nobody}]
  hostnames: [lost.example]
  rules: [{matches: [{path: {type: RegularExpression, value: 'no-slash'}}]}]
";

    fn shop() -> (World, Compiled) {
        let (_, loaded) = Manifests::open(&[Input::BuiltIn { name: "shop.yaml", text: SHOP }]).unwrap();
        let given = World::of(loaded.objects);
        let world = given.apply(&crate::world::assume(&given, None));
        let compiled = compile(&world);
        (world, compiled)
    }

    #[test]
    fn a_rule_fills_the_form_with_a_request_that_it_takes() {
        let (world, compiled) = shop();
        let key = |name: &str| Key::new(Kind::HttpRoute, "shop", name);
        let cases = [
            ("app", 0, "GET http://www.app.shop.example/", "a wildcard inside the listener's"),
            (
                "app",
                1,
                "POST http://www.app.shop.example/a%20b%3Fc?q%26=1%3D2%20%2B&r=a X-V: v2 x-tenant: t-0",
                "all of a match, encoded",
            ),
            ("app", 2, "GET http://www.app.shop.example/v0/a", "an example of the expression"),
            ("any", 0, "GET http://example.com:8080/", "any host, and the listener's own port"),
        ];
        for (name, rule, line, why) in cases {
            let Filled { form, notes } = of_rule(&world, &compiled, &key(name), rule).unwrap();
            assert_eq!((form.line().as_str(), notes.len()), (line, 0), "{why}");
            if rule != 1 {
                let told = way(&compiled.table, &form.read().unwrap().ask());
                assert_eq!(told.rule.map(|(index, _)| index as usize), Some(rule), "{why}");
            }
        }
    }

    #[test]
    fn what_can_not_be_filled_in_is_told() {
        let (world, compiled) = shop();
        let lost = of_rule(&world, &compiled, &Key::new(Kind::HttpRoute, "shop", "lost"), 0).unwrap();
        assert_eq!(lost.form.line(), "GET http://lost.example/");
        assert_eq!(
            lost.notes,
            [
                "shop/lost is attached to no listener: it takes no request",
                "no path was found that no-slash takes: write one"
            ]
        );
        let grpc = Key::new(Kind::GrpcRoute, "shop", "g");
        assert!(of_rule(&world, &compiled, &grpc, 0).unwrap_err().contains("only HTTPRoute"));
    }

    #[test]
    fn a_listener_fills_the_form_with_its_own_address() {
        let (_, compiled) = shop();
        let entry = Origin { kind: "Gateway".into(), namespace: "shop".into(), name: "edge".into() };
        let id = |port, name: &str| ListenerId {
            port: PortKey { side: Side::New, entry: entry.clone().into(), port },
            name: name.into(),
        };
        let filled = of_listener(&compiled.table, &id(80, "web"));
        assert_eq!(filled.form.line(), "GET http://www.shop.example/");
        assert_eq!(filled.form.gateway, Some(("shop".into(), "edge".into())));
        assert_eq!(of_listener(&compiled.table, &id(9, "none")).notes.len(), 1);
    }
}
