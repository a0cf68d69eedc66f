//! How bad a difference is, and what would make both sides equal.

use super::{
    cause::{Cause, CauseKind, HIDDEN, Known, OWN, READING},
    group::Evidence,
};
use crate::{
    inventory::{
        Catalogue, NGINX_PREFIX,
        traps::{self, Trap},
    },
    resource::Severity,
    routing::compare::Kind,
};

/// How bad one kind is, by its cause.
pub(super) fn severity(cause: &Cause, evidence: &Evidence, known: &Known<'_>) -> Severity {
    let by_kind = match evidence.kind {
        Kind::Status | Kind::Backend | Kind::UpstreamPath | Kind::Tls => Severity::Error,
        Kind::Share
        | Kind::Location
        | Kind::ResponseHeaders
        | Kind::UpstreamHeaders
        | Kind::Timeout
        | Kind::BodyLimit => Severity::Warning,
    };
    let ask = &evidence.witness.ask;
    let path = &ask.path;
    let odd = path.contains('%') || path.contains("//") || path.contains("..") || ask.method == "get";
    let least = if odd || !evidence.points.iter().any(|point| point.shown) || ask.method == "TRACE" {
        Severity::Warning
    } else {
        Severity::Error
    };
    // What the new side says more is no loss.
    let of_old = cause.key.starts_with("Ingress.spec") || cause.key.starts_with("controller ");
    let gained = cause.kind == CauseKind::Missing
        && (of_old || evidence.points.iter().all(|point| point.old.is_none()));
    let trap = match cause.kind {
        CauseKind::Trap => {
            let found = known.traps.get(&*cause.key).map(|finding| finding.severity);
            found.or(known_trap(cause).map(|trap| trap.severity)).unwrap_or(Severity::Warning)
        }
        CauseKind::Other if [READING, OWN, HIDDEN].contains(&&*cause.key) => Severity::Info,
        CauseKind::Annotation | CauseKind::Missing | CauseKind::Other => Severity::Error,
    };
    by_kind.max(least).max(trap).max(if gained { Severity::Warning } else { Severity::Error })
}

fn known_trap(cause: &Cause) -> Option<&'static Trap> {
    traps::all().find(|trap| trap.id == &*cause.key)
}

/// What would make both sides equal, or why nothing can.
pub(super) fn fix(cause: &Cause, evidence: &[Evidence], known: &Known<'_>) -> String {
    match cause.kind {
        CauseKind::Annotation => annotation(&cause.key, evidence),
        CauseKind::Trap => match known.traps.get(&*cause.key) {
            Some(finding) => finding.cure.clone().into_owned(),
            None => known_trap(cause).map(|trap| trap.cure().to_owned()).unwrap_or_default(),
        },
        CauseKind::Missing => absent(cause, evidence),
        CauseKind::Other => {
            let Some(first) = evidence.first() else { return String::new() };
            match &*cause.key {
                READING => {
                    return "nothing is lost: nginx refuses such requests before any rule; see whether the new gateway does"
                        .to_owned();
                }
                OWN => return "nothing to do: it ends with the controller, if nobody asks for it".to_owned(),
                HIDDEN => {
                    return "if the back ends send such headers, take them out with a ResponseHeaderModifier"
                        .to_owned();
                }
                _ => {}
            }
            let (old, new) = &first.rules;
            let points: Vec<String> = first
                .points
                .iter()
                .map(|point| match &point.old {
                    Some(value) => format!("{} {value}", point.what),
                    None => format!("no {}", point.what),
                })
                .collect();
            format!("let {new} do what {old} does: {}", points.join(", "))
        }
    }
}

fn annotation(key: &str, evidence: &[Evidence]) -> String {
    let short = key.rsplit('/').next().unwrap_or(key);
    let has = |wanted: &[Kind]| evidence.iter().any(|one| wanted.contains(&one.kind));
    if matches!(short, "rewrite-target" | "use-regex") {
        let mut all = Vec::new();
        if short == "rewrite-target" && rewrites(evidence) && !evidence.iter().any(has_capture) {
            all.push(
                "the whole path is replaced: write a URLRewrite filter of type ReplaceFullPath, not \
                 ReplacePrefixMatch; or let the back end expect the tail of the path",
            );
        }
        // Who gets it differs: not what is written, but what is matched.
        if has(&[Kind::Backend, Kind::Status]) && !all_redirects(evidence) {
            all.push(
                "every path of this host is an expression that takes any case and any tail: where clients need \
                 that, match `(?i)` and the path and `.*` with type RegularExpression",
            );
        }
        if !all.is_empty() {
            return all.join("; ");
        }
    }
    let Some(entry) = Catalogue::get().find(key, NGINX_PREFIX) else {
        return format!("write what {short} does into the route, or accept the difference");
    };
    if !entry.becomes.is_empty() {
        return format!("{short} becomes {}", entry.becomes);
    }
    let policies: Vec<String> =
        entry.policies.iter().take(3).map(|(who, field)| format!("{who}: {field}")).collect();
    if policies.is_empty() {
        format!(
            "nothing in Gateway API says what {short} does: accept the difference, or do it in the back end"
        )
    } else {
        format!("{short} needs a policy of the implementation ({})", policies.join("; "))
    }
}

/// Whether the path differs where one and the same backend gets it.
fn rewrites(evidence: &[Evidence]) -> bool {
    let elsewhere = evidence.iter().find(|one| one.kind == Kind::Backend).map(|one| &one.witness);
    evidence.iter().any(|one| one.kind == Kind::UpstreamPath && Some(&one.witness) != elsewhere)
}

/// Whether only redirects are at stake.
fn all_redirects(evidence: &[Evidence]) -> bool {
    evidence.iter().all(|one| {
        matches!(one.kind, Kind::Location)
            || one.points.iter().all(|point| {
                point.old.as_deref().is_some_and(|old| old.starts_with('3')) && point.kind == Kind::Status
            })
    })
}

/// Whether the path that the old side sends holds a part of the request's.
fn has_capture(evidence: &Evidence) -> bool {
    evidence.points.iter().any(|point| {
        point.kind == Kind::UpstreamPath
            && point.old.as_deref().is_some_and(|old| {
                let tail = evidence.witness.ask.path.rsplit('/').next().unwrap_or_default();
                !tail.is_empty() && old.ends_with(tail)
            })
    })
}

fn absent(cause: &Cause, evidence: &[Evidence]) -> String {
    let Some(first) = evidence.first() else { return String::new() };
    let ask = &first.witness.ask;
    let gained = first.points.iter().all(|point| point.old.is_none())
        || first.points.iter().any(|point| point.kind == Kind::Status && point.old.as_deref() == Some("404"));
    if gained {
        return format!(
            "only the new side has it: nothing is lost; take it out of {} if it is not meant",
            first.rules.1
        );
    }
    match &*cause.key {
        key if key.contains("listeners[] (") => {
            let protocol = ask.scheme.to_ascii_uppercase();
            format!("add a listener of protocol {protocol} on port {} to the Gateway", ask.port)
        }
        "Gateway.spec.listeners[].hostname" => format!("add a listener whose hostname takes {}", ask.host),
        "HTTPRoute.spec.hostnames" => {
            format!("add {} to the hostnames of a route of this listener", ask.host)
        }
        "HTTPRoute.spec.rules[].matches" => format!("add a match that takes {} {}", ask.method, ask.path),
        key => {
            let wanted: Vec<String> = first
                .points
                .iter()
                .filter_map(|point| Some(format!("{} {}", point.what, point.old.as_deref()?)))
                .collect();
            format!("set {key}: {}", wanted.join(", "))
        }
    }
}
