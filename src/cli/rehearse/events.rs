//! What a rehearsal without a console prints: a table for people, one JSON object a line for scripts.

use serde::Serialize;

use crate::{
    cli::table::Table,
    rehearsal::{CertificateView, ListenerView, Notice, View},
    resource::Kind,
    routing::{self, PortProtocol, Side},
    scenario::{Outcome, Verdict},
};

/// A line of `-o json`: a contract with scripts.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event<'a> {
    /// A listener listens.
    Listening {
        #[serde(flatten)]
        listener: Listener<'a>,
        /// Where, without the port.
        address: String,
        /// The port bound.
        port: u16,
    },
    /// A listener could not be given a socket, or has no certificate.
    NotListening {
        #[serde(flatten)]
        listener: Listener<'a>,
        reason: &'a str,
    },
    /// The name server listens, over UDP and TCP.
    Dns { address: String, port: u16 },
    /// A hostname points elsewhere.
    Switched {
        hostname: &'a str,
        /// `old`, `new`, or a share of the new side.
        to: String,
        at: String,
        /// When all that obey the TTL have moved.
        moved_by: String,
    },
    /// All listeners have been told of.
    Ready { admin: String },
    /// A step of a scenario begins.
    Step { at: f64, step: usize, steps: usize, text: &'a str },
    /// A scenario is over.
    Scenario { passed: bool, ended: &'a Outcome, criteria: &'a [Verdict] },
    /// Files changed and are served.
    Reloaded { changed: usize, removed: usize },
    /// A file was refused; what it held before is still served.
    Refused { file: Option<String>, line: Option<u32>, message: &'a str },
}

/// What a manifest says of a listener.
#[derive(Debug, Serialize)]
pub struct Listener<'a> {
    gateway: Gateway<'a>,
    listener: &'a str,
    protocol: &'static str,
    hostname: &'a str,
    wanted_port: u16,
    /// `old` or `new`.
    side: &'static str,
}

#[derive(Debug, Serialize)]
struct Gateway<'a> {
    namespace: &'a str,
    name: &'a str,
}

/// The event of a notice; none for those that are only logged.
pub fn event(notice: &Notice) -> Option<Event<'_>> {
    match notice {
        Notice::Listening(view) => Some(listening(view)),
        Notice::Dns { address, .. } => {
            Some(Event::Dns { address: address.ip().to_string(), port: address.port() })
        }
        Notice::Switched { hostname, to, at, moved_by } => Some(Event::Switched {
            hostname,
            to: to.to_string(),
            at: at.to_string(),
            moved_by: moved_by.to_string(),
        }),
        Notice::Ready { admin } => Some(Event::Ready { admin: admin.to_string() }),
        Notice::Reloaded { changed, removed } => {
            Some(Event::Reloaded { changed: *changed, removed: *removed })
        }
        Notice::Refused(problem) => Some(Event::Refused {
            file: problem.file.as_ref().map(|file| file.display().to_string()),
            line: problem.line,
            message: &problem.message,
        }),
        Notice::Note(_) => None,
    }
}

fn listening(view: &ListenerView) -> Event<'_> {
    let ListenerView { id, protocol, hostname, address, certificate: _ } = view;
    let entry = &id.port.entry;
    let listener = Listener {
        gateway: Gateway { namespace: &entry.namespace, name: &entry.name },
        listener: &id.name,
        protocol: protocol_name(*protocol),
        hostname,
        wanted_port: id.port.port,
        side: side(id.port.side),
    };
    match address {
        Ok(address) => Event::Listening { listener, address: address.ip().to_string(), port: address.port() },
        Err(reason) => Event::NotListening { listener, reason },
    }
}

/// Where each listener really listens.
pub fn table(listeners: &[ListenerView]) -> String {
    let heads =
        ["SIDE", "GATEWAY", "LISTENER", "PROTOCOL", "HOSTNAME", "WANTED", "LISTENS AT", "CERTIFICATE"];
    let mut table = Table::new(heads);
    for ListenerView { id, protocol, hostname, address, certificate } in listeners {
        let address = match address {
            Ok(address) => address.to_string(),
            Err(reason) => format!("✗ {reason}"),
        };
        table.row([
            side(id.port.side),
            id.port.entry.to_string().as_str(),
            &id.name,
            protocol_name(*protocol),
            hostname,
            &id.port.port.to_string(),
            &address,
            certificate_name(*certificate),
        ]);
    }
    table.render(0)
}

/// What is said where nothing listens.
pub fn nobody(view: &View) -> String {
    let mut text = "no listener: what was read holds no Gateway of a class that is served here".to_owned();
    if !view.sides.old && view.world.list(&Kind::Ingress).next().is_some() {
        text.push_str("; its Ingresses are served with --side old");
    }
    text + "\n"
}

/// A command that reaches the first listener that listens, at the first host that it has routes for.
pub fn hint(listeners: &[ListenerView], table: &routing::Table) -> Option<String> {
    let (view, address) = listeners.iter().find_map(|view| Some((view, view.address.as_ref().ok()?)))?;
    let listener = table
        .ports
        .get(&view.id.port)
        .and_then(|port| port.listeners.iter().find(|listener| listener.id == view.id));
    let routed = listener.and_then(|listener| listener.hosts.exact.keys().min());
    let host = match (view.hostname.strip_prefix('*'), routed) {
        (None, _) => view.hostname.clone(),
        (Some(_), Some(routed)) => routed.to_string(),
        (Some(""), None) => "app.example.com".to_owned(),
        (Some(under), None) => format!("app{under}"),
    };
    let (scheme, insecure) = match view.protocol {
        PortProtocol::Http => ("http", ""),
        PortProtocol::Https => ("https", "-k "),
    };
    Some(format!("curl {insecure}--connect-to ::{address} {scheme}://{host}/"))
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Old => "old",
        Side::New => "new",
    }
}

fn protocol_name(protocol: PortProtocol) -> &'static str {
    match protocol {
        PortProtocol::Http => "HTTP",
        PortProtocol::Https => "HTTPS",
    }
}

fn certificate_name(certificate: CertificateView) -> &'static str {
    match certificate {
        CertificateView::None => "–",
        CertificateView::Given => "from the manifests",
        CertificateView::MadeHere => "made here",
        CertificateView::Missing => "✗ missing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dialect::ingress,
        resource::Problem,
        routing::{ListenerId, Origin, PortKey},
        source::{Input, Manifests},
        world::World,
    };
    use std::sync::Arc;

    fn view(address: Result<&str, &str>) -> ListenerView {
        let entry = Origin { kind: "Gateway".into(), namespace: "infra".into(), name: "edge".into() };
        let port = PortKey { side: Side::New, entry: Arc::new(entry), port: 443 };
        ListenerView {
            id: ListenerId { port, name: "https".into() },
            protocol: PortProtocol::Https,
            hostname: "*.example.com".into(),
            address: address.map(|address| address.parse().unwrap()).map_err(str::to_owned),
            certificate: CertificateView::MadeHere,
        }
    }

    #[test]
    fn each_event_has_the_members_that_scripts_rely_on_in_the_order_of_the_contract() {
        let mut problem = Problem::error("yaml-syntax", "a tab");
        problem.file = Some("a.yaml".into());
        problem.line = Some(3);
        let gateway = r#""gateway":{"namespace":"infra","name":"edge"},"listener":"https""#;
        let rest = r#""protocol":"HTTPS","hostname":"*.example.com","wanted_port":443,"side":"new""#;
        let cases = [
            (
                Notice::Listening(view(Ok("127.0.0.1:20443"))),
                format!(r#"{{"event":"listening",{gateway},{rest},"address":"127.0.0.1","port":20443}}"#),
            ),
            (
                Notice::Listening(view(Err("port taken"))),
                format!(r#"{{"event":"not-listening",{gateway},{rest},"reason":"port taken"}}"#),
            ),
            (
                Notice::Dns { address: "127.0.0.1:1053".parse().unwrap(), forward: None, example: None },
                r#"{"event":"dns","address":"127.0.0.1","port":1053}"#.to_owned(),
            ),
            (
                Notice::Switched {
                    hostname: "app.example.com".into(),
                    to: crate::switch::Pointing::share(10).unwrap(),
                    at: jiff::Timestamp::UNIX_EPOCH,
                    moved_by: jiff::Timestamp::from_second(60).unwrap(),
                },
                r#"{"event":"switched","hostname":"app.example.com","to":"10","at":"1970-01-01T00:00:00Z","moved_by":"1970-01-01T00:01:00Z"}"#
                    .to_owned(),
            ),
            (
                Notice::Ready { admin: "127.0.0.1:9".parse().unwrap() },
                r#"{"event":"ready","admin":"127.0.0.1:9"}"#.to_owned(),
            ),
            (
                Notice::Reloaded { changed: 2, removed: 1 },
                r#"{"event":"reloaded","changed":2,"removed":1}"#.to_owned(),
            ),
            (
                Notice::Refused(problem),
                r#"{"event":"refused","file":"a.yaml","line":3,"message":"a tab"}"#.to_owned(),
            ),
        ];
        for (notice, expected) in cases {
            assert_eq!(serde_json::to_string(&event(&notice)).unwrap(), expected);
        }
    }

    #[test]
    fn the_hint_names_a_host_that_the_listener_takes() {
        let listeners = [view(Err("taken")), view(Ok("127.0.0.2:20443"))];
        let nothing = routing::Table::default();
        assert_eq!(
            hint(&listeners, &nothing).unwrap(),
            "curl -k --connect-to ::127.0.0.2:20443 https://app.example.com/"
        );
        assert_eq!(hint(&listeners[..1], &nothing), None);
        let ingress = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {ingressClassName: nginx, \
                       rules: [{host: shop.example.com}, {host: books.example.com}]}}";
        let (_, loaded) = Manifests::open(&[Input::BuiltIn { name: "a", text: ingress }]).unwrap();
        let table = ingress::compile(&World::of(loaded.objects)).table;
        let port = table.ports.keys().find(|key| key.port == 80).unwrap().clone();
        let http = ListenerView {
            id: ListenerId { port, name: "http".into() },
            protocol: PortProtocol::Http,
            hostname: "*".into(),
            ..listeners[1].clone()
        };
        assert_eq!(
            hint(&[http], &table).unwrap(),
            "curl --connect-to ::127.0.0.2:20443 http://books.example.com/"
        );
    }
}
