//! All about one request.

use super::Request;
use crate::{
    proxy::Record as Seen,
    tui::{
        app::State,
        facts::{Line, Tone},
        format,
        view::detail::wrap,
    },
};

/// Headers whose values log somebody in: they are not for a screen that others see.
const SECRET: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-csrf-token"];

/// The lines: what was asked, who answered, what went wrong; with headers when `all`.
pub fn lines(state: &State, request: &Request, all: bool, room: usize) -> Vec<Line> {
    let Seen {
        client, port, encrypted, listener, head, status, by_proxy, rule, backend, bytes, problem, ..
    } = &*request.record;
    let scheme = if *encrypted { "https" } else { "http" };
    let asked = if head.method().is_empty() {
        Line::dim("it could not be read as a request")
    } else {
        Line::of(Tone::Strong, format!("{} ", head.method()))
            .and(Tone::Plain, format!("{scheme}://{}{}", head.host(), head.target()))
    };
    let answered = Line::dim("answered ")
        .and(request.tone(), status.to_string())
        .and(Tone::Dim, " by ")
        .and(
            Tone::Plain,
            match backend.as_ref().filter(|_| !by_proxy) {
                Some(backend) => format!("{}:{}", backend.service, backend.port),
                None => "the gateway".to_owned(),
            },
        )
        .and(
            Tone::Dim,
            format!(" in {} ms, {} bytes", format::millis(request.millis()), format::grouped(*bytes)),
        );
    let mut way = Line::dim(format!("{client} ▸ ")).and(Tone::Plain, port.entry.to_string());
    let listener = listener.as_deref().unwrap_or("no listener");
    way = way.and(Tone::Dim, " ▸ ").and(Tone::Plain, listener);
    way = match rule {
        Some(rule) => {
            let name = rule.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            let rule = format!("{} {} rule {}{name}", rule.route.kind, rule.route, rule.index + 1);
            way.and(Tone::Dim, " ▸ ").and(Tone::Plain, rule)
        }
        None => way.and(Tone::Dim, " ▸ no rule"),
    };
    if let Some(backend) = backend {
        way = way.and(Tone::Dim, " ▸ ").and(Tone::Plain, format!("{}:{}", backend.service, backend.port));
    }
    let mut lines = vec![asked, answered];
    if let Some(problem) = problem {
        lines.push(Line::of(request.tone(), problem.clone()).and(Tone::Dim, "   e says why"));
    }
    lines.push(way);
    if all {
        lines.push(Line::dim(format!("began {}   Enter closes this", request.time(&state.zone))));
        for (name, value) in head.headers() {
            let secret = SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret));
            let value = if secret { "(not shown)" } else { value };
            lines.push(Line::of(Tone::Head, format!("{name}: ")).and(Tone::Plain, value));
        }
        if head.left_out() > 0 {
            lines.push(Line::dim(format!("{} long headers are not kept", head.left_out())));
        }
    }
    lines.iter().flat_map(|line| wrap(line, room)).collect()
}
