//! Everything about one object as text, in kubectl's order: who it is, how it is and what to do, what it asks, who
//! refers to whom, what happened. `cutover describe` prints these lines and the console shows them.

mod around;
mod conditions;
mod gateway;
mod head;
pub mod ingress;
mod listener;
mod plain;
mod route;

#[cfg(test)]
mod tests;

pub use plain::lets;
pub use route::{key as backend_key, matches};

use serde_json::Value;

use super::{
    Known, Line, Tone,
    findings::Finding,
    page::{PageLine, Target},
    yaml,
};
use crate::{
    resource::{Key, Kind, Object, show},
    routing::ListenerId,
};
use conditions::Read;

/// What can be told all about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An object.
    Object(Key),
    /// One listener of a Gateway.
    Listener(ListenerId),
    /// What needs a person, where no single object is behind it.
    Findings(Vec<Finding>),
}

impl About {
    /// Its name: `Gateway infra/edge ▸ https`.
    pub fn name(&self) -> String {
        match self {
            Self::Object(key) => key.to_string(),
            Self::Listener(id) => format!("Gateway {} ▸ {}", id.port.entry, id.name),
            Self::Findings(findings) => {
                findings.first().map(|finding| finding.subject.clone()).unwrap_or_default()
            }
        }
    }

    /// The object that it is, or is a part of.
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Object(key) => Some(key.clone()),
            Self::Listener(id) => Some(super::known::gateway_of(id)),
            Self::Findings(_) => None,
        }
    }
}

/// References, routes and events that are listed at most.
const MOST: usize = 50;

/// All about something.
pub fn page(known: &Known<'_>, about: &About) -> Vec<PageLine> {
    match about {
        About::Object(key) => object(known, key),
        About::Listener(id) => listener::page(known, id),
        About::Findings(findings) => self::findings(findings),
    }
}

/// Everything of one cause, in full.
fn findings(findings: &[Finding]) -> Vec<PageLine> {
    let mut out = Vec::new();
    for finding in findings {
        let to = |line: Line| match &finding.object {
            Some(key) => PageLine::from(line).to("object", Target::object(key)),
            None => line.into(),
        };
        out.push(to(Line::of(finding.health.tone(), format!("{} ", finding.health.sign()))
            .and(Tone::Strong, finding.subject.clone())));
        out.push(to(Line::plain(format!("    {}", finding.words))));
        if !finding.detail.is_empty() {
            out.push(to(Line::dim(format!("    {}", finding.detail))));
        }
        out.push(PageLine::default());
    }
    out
}

/// All about an object.
fn object(known: &Known<'_>, key: &Key) -> Vec<PageLine> {
    let object = known.world.get(key);
    let value = object.map_or(Value::Null, |object| show::shown(object));
    let mut out = head::head(known, key, object.map(|object| &**object), &value);
    let Some(object) = object else {
        out.extend(around::referred_by(known, key));
        return out;
    };
    let read = Read { object, value: &value };
    out.extend(conditions::conditions(known, read));
    out.extend(around::problems(known, key, known.problems(key).into_iter()));
    out.extend(match &key.kind {
        Kind::Gateway => gateway::body(known, read),
        Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => {
            route::body(known, read)
        }
        Kind::Secret => plain::secret(&value),
        Kind::Service => plain::service(known, read),
        Kind::Namespace => plain::namespace(known, key),
        Kind::ReferenceGrant => plain::grant(known, read),
        Kind::Ingress => ingress::body(known, read),
        Kind::GatewayClass
        | Kind::ListenerSet
        | Kind::BackendTlsPolicy
        | Kind::IngressClass
        | Kind::EndpointSlice
        | Kind::ConfigMap
        | Kind::Other(..) => plain::rest(known, read),
    });
    out.extend(around::refers_to(known, read));
    out.extend(around::referred_by(known, key));
    out.extend(around::foreign_status(known, read));
    out.extend(around::changes(known, key));
    out.extend(around::events(known, key));
    out
}

/// What the rehearsal does in place of an object that nobody gave.
fn assumed(kind: &Kind) -> &'static str {
    match kind {
        Kind::Service => "nobody gave it; a stand-in answers",
        Kind::Secret => "nobody gave it; the rehearsal makes a certificate",
        Kind::Namespace => "nobody gave it; taken to exist without labels",
        Kind::GatewayClass => "nobody gave it; taken to be ours",
        Kind::Gateway
        | Kind::ListenerSet
        | Kind::HttpRoute
        | Kind::GrpcRoute
        | Kind::TlsRoute
        | Kind::TcpRoute
        | Kind::UdpRoute
        | Kind::ReferenceGrant
        | Kind::BackendTlsPolicy
        | Kind::IngressClass
        | Kind::Ingress
        | Kind::EndpointSlice
        | Kind::ConfigMap
        | Kind::Other(..) => "nobody gave it",
    }
}

/// An empty line and the head of a section.
fn head_line(title: &str) -> Vec<PageLine> {
    vec![PageLine::default(), Line::of(Tone::Head, format!("{title}:")).into()]
}

/// How many are not listed.
fn more_line(left: usize) -> Option<PageLine> {
    (left > 0).then(|| Line::dim(format!("  and {left} more")).into())
}

/// Fields as YAML, coloured, each line with what it refers to.
fn yaml_lines(known: &Known<'_>, object: &Object, value: &Value, field: &str) -> Vec<PageLine> {
    let lines = yaml::lines(known, object, value, field).into_iter();
    lines
        .map(|mut line| {
            line.line.0.insert(0, (Tone::Plain, "  ".to_owned()));
            line
        })
        .collect()
}
