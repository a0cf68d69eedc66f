//! Access logs with a JSON object a line. nginx has no fixed names for its fields: those of its variables are known, and
//! those that public examples use.

use serde_json::{Map, Value};

use super::{Format, Recorded, host_of, line};
use crate::routing::PortProtocol;

const HOSTS: &[&str] = &["host", "vhost", "http_host", "request_host", "server_name", "server"];
const METHODS: &[&str] = &["request_method", "method", "verb", "http_method"];
/// Those that hold the query too stand first.
const TARGETS: &[&str] = &["request_uri", "path", "uri", "url", "request_path", "http_uri"];
const QUERIES: &[&str] = &["args", "request_query", "query_string", "query"];
const LINES: &[&str] = &["request", "req", "request_line"];
const SCHEMES: &[&str] = &["scheme", "http_x_forwarded_proto", "forwardedproto", "request_scheme"];
const UPSTREAMS: &[&str] = &["proxy_upstream_name", "upstream_name"];
const HEADERS: &[(&str, &[&str])] = &[
    ("user-agent", &["http_user_agent", "user_agent", "ua", "agent"]),
    ("referer", &["http_referer", "http_referrer", "referrer", "referer"]),
];

/// Whether a text that begins with `{` has an object a line, and is no HAR.
pub(super) fn is_lines(text: &str) -> bool {
    const LOOKED_AT: usize = 20;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(LOOKED_AT);
    lines.any(|line| {
        serde_json::from_str::<Map<String, Value>>(line)
            .is_ok_and(|object| object.get("log").is_none_or(Value::is_string))
    })
}

/// Reads a line.
pub(super) fn read(text: &str) -> Result<(Format, Recorded), String> {
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
    // Docker wraps what a container writes.
    if let Some(Value::String(inner)) = object.get("log") {
        let inner = inner.trim();
        return if inner.starts_with('{') { read(inner) } else { line::read(inner) };
    }
    let mut fields = Fields::default();
    fields.add(&object);
    let request = fields.first(LINES).map(line::request).transpose()?;
    let (method, target, absolute) = match request {
        Some(line::Line { method, target, host }) => (method, target, host),
        None => (
            fields.first(METHODS).ok_or_else(|| missing("method", METHODS))?.to_owned(),
            fields.first(TARGETS).ok_or_else(|| missing("path", TARGETS))?.to_owned(),
            None,
        ),
    };
    let mut target = target;
    if !target.contains('?')
        && let Some(query) = fields.first(QUERIES)
    {
        target = format!("{target}?{}", query.trim_start_matches('?'));
    }
    let protocol = match fields.first(SCHEMES) {
        Some("https") => Some(PortProtocol::Https),
        Some("http") => Some(PortProtocol::Http),
        Some(_) | None => None,
    };
    let headers = HEADERS
        .iter()
        .filter_map(|(header, names)| Some(((*header).to_owned(), fields.first(names)?.to_owned())));
    let recorded = Recorded {
        method,
        protocol,
        host: fields.first(HOSTS).and_then(host_of).or(absolute),
        target,
        headers: headers.collect(),
        upstream: fields.first(UPSTREAMS).map(str::to_owned),
        ..Recorded::default()
    };
    Ok((Format::Json, recorded))
}

fn missing(what: &str, names: &[&str]) -> String {
    format!("no {what}; it is looked for under {}, or in `request`", names.join(", "))
}

/// Texts by lower-case name.
#[derive(Default)]
struct Fields(Vec<(String, String)>);

impl Fields {
    /// Adds the fields of an object, then those of the objects in it.
    fn add(&mut self, object: &Map<String, Value>) {
        for (name, value) in object {
            match value {
                Value::String(text) => {
                    self.0.push((name.to_ascii_lowercase().replace('-', "_"), text.clone()));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
            }
        }
        for inner in object.values() {
            if let Value::Object(inner) = inner {
                self.add(inner);
            }
        }
    }

    /// The first of these that says something; nginx writes `-` or nothing for what is not there.
    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|wanted| {
            let named = self.0.iter().filter(|(name, _)| name == wanted);
            named.map(|(_, text)| text.as_str()).find(|text| !text.is_empty() && *text != "-")
        })
    }
}
