//! Which traps of the inventory speak of which differences.

use super::Face;
use crate::{
    inventory::Sample,
    routing::compare::{Kind, Point, Witness},
};

/// A trap's request.
pub(super) fn witness(sample: &Sample, old: &Face<'_>) -> Witness {
    let flags = old.nginx().and_then(|it| it.found.as_ref().as_ref()).map(|found| &found.settings.flags);
    let (http, https) = flags.map_or((80, 443), |flags| (flags.http_port, flags.https_port));
    let port = if sample.scheme == "https" { https } else { http };
    let (path, query) = match sample.path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (sample.path.as_str(), None),
    };
    let mut witness = Witness::get(sample.scheme, &sample.host, port, path);
    sample.method.clone_into(&mut witness.ask.method);
    witness.ask.query = query;
    let headers = sample.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
    witness.ask.headers = headers.filter(|(name, _)| name != "host").collect();
    witness
}

/// Traps that a point is known by, whatever the rule: what the controller does to everything.
pub(super) fn of_point(point: &Point, witness: &Witness) -> &'static [&'static str] {
    // What only the new side does is no habit of the old one; but for what it drops.
    let dropped = point.kind == Kind::UpstreamHeaders
        && (point.what.contains(['_', '.']) || &*point.what == "header proxy");
    if point.old.is_none() && !dropped {
        return &[];
    }
    let what = &*point.what;
    let header = what.strip_prefix("header ");
    match (point.kind, header) {
        (Kind::BodyLimit, _) => &["B1"],
        (Kind::Timeout, _) if what == "tries" => &["B3"],
        (Kind::Timeout, _) => &["B2"],
        (Kind::ResponseHeaders, Some("strict-transport-security")) => &["T5"],
        (Kind::ResponseHeaders, Some("set-cookie")) | (Kind::Share, _) if what != "shares" => {
            if what == "endpoint" || header.is_some() { &["B13", "B8"] } else { &[] }
        }
        (Kind::ResponseHeaders, Some(name)) if name.starts_with("access-control-") => &["T14"],
        (
            Kind::UpstreamHeaders,
            Some(
                "x-real-ip"
                | "x-scheme"
                | "x-forwarded-scheme"
                | "x-request-id"
                | "x-original-forwarded-for"
                | "proxy",
            ),
        ) => &["T12"],
        (Kind::UpstreamHeaders, Some(name)) if name.contains(['_', '.']) => &["T13"],
        (Kind::UpstreamHeaders, Some(name)) if name.starts_with("x-forwarded-") => &["T12"],
        (Kind::Status | Kind::Location, None)
            if witness.ask.scheme == "http"
                && point.old.as_deref().is_some_and(|old| old == "308" || old.starts_with("https://")) =>
        {
            &["T1"]
        }
        (Kind::Status, None) if what == "limits" => &["B6"],
        (Kind::Status, None) if what == "asks first" => &["G11"],
        (Kind::Status, None) if witness.client.is_some() => &["B7"],
        (Kind::Tls, None) if what == "certificate" => &["M18", "T6"],
        (Kind::Tls, None) if what == "client certificate" => &["T8"],
        (Kind::Tls, None) if what == "TLS to the backend" => &["B14"],
        _ => &[],
    }
}

/// Whether a trap that stands for certain requests speaks of a kind.
pub(super) fn speaks_of(id: &str, kind: Kind) -> bool {
    use Kind::{Backend, Location, ResponseHeaders, Share, Status, Tls, UpstreamHeaders, UpstreamPath};
    let kinds: &[Kind] = match id {
        "M1" | "M2" | "M3" | "M4" | "M5" | "M7" | "M9" | "M10" | "M12" | "M13" | "M14" | "M16" | "M17" => {
            &[Status, Backend, Location, UpstreamPath]
        }
        "M11" => &[UpstreamPath],
        "M15" => &[Status, Backend, Share, Location, UpstreamPath, UpstreamHeaders, ResponseHeaders, Tls],
        "M19" => &[Status, Backend],
        "T1" | "T2" | "T3" | "T10" | "T11" => &[Status, Location],
        "B9" | "B10" | "B11" | "B12" => &[Backend, Share],
        "B15" | "B17" => &[Backend],
        _ => &[],
    };
    kinds.contains(&kind)
}
