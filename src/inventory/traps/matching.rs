//! Matching: what is left beside the five.

use super::{
    Finder, Trap,
    scene::{Draft, Scene, Spot, annotation, kind, specified, spots, told},
    surprise::shown,
};
use crate::{dialect::ingress::PathKind, resource::Severity};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "M4",
        "trap-m4",
        Severity::Warning,
        "of several regular expressions the longest text wins",
        longest,
        "say the order in the new routes: an Exact match goes before any expression, and expressions of one route go in their order",
    ),
    Trap::new(
        "M5",
        "trap-m5",
        Severity::Info,
        "ImplementationSpecific is a Prefix here",
        implementation,
        "write it as PathPrefix; an expression like `/path.*` would take more than nginx did",
    ),
    Trap::new(
        "M6",
        "trap-m6",
        Severity::Info,
        "a Prefix ends where a segment ends",
        segments,
        "write it as PathPrefix, which does the same; an expression like `/path.*` would take what belongs to the other path",
    )
    .at_most(1),
    Trap::new(
        "M7",
        "trap-m7",
        Severity::Warning,
        "on a host with regular expressions a Prefix is by letters",
        letters,
        "write PathPrefix, and add matches for the other paths if clients use them",
    ),
    Trap::new(
        "M8",
        "trap-m8",
        Severity::Info,
        "an Exact path goes before the Prefix around it",
        exact,
        "write both as they are: Gateway API has the same order, in one route or in two; as an expression the path would lose it",
    )
    .at_most(1),
    Trap::new(
        "M11",
        "trap-m11",
        Severity::Info,
        "a rewritten path is normalized and encoded anew",
        rewritten,
        "see what the new implementation sends: the specification leaves the encoding open",
    )
    .at_most(1),
];

fn longest(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| server.regex) {
        for spot in spots(server) {
            finder.add(Some(&server.host), || {
                let request = spot.plain();
                let found = scene.ask(&request);
                if spot.took(&found) {
                    return None;
                }
                let winner = spots(server).find(|other| other.took(&found))?;
                let own = specified(server, &request.path)?;
                if own.key() == winner.key() && own.path == winner.path {
                    return None;
                }
                let message = format!(
                    "`{}`, which {} is written for, goes to `{}` of {}: its text is longer, and the first expression that \
                     fits wins; Gateway API prefers an Exact match, and else leaves the order of expressions open",
                    request.path,
                    spot.written(),
                    winner.path.path,
                    winner.key().path(),
                );
                Some(Draft::new(spot.key(), message).field(spot.field()).shown(request))
            });
        }
    }
}

fn implementation(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let touched =
        |spot: &Spot<'_>| spot.path.kind == PathKind::ImplementationSpecific && spot.path.path.len() > 1;
    for server in scene.servers().filter(|server| !server.regex) {
        for spot in spots(server).filter(touched) {
            finder.add(Some(&server.host), || {
                let request = spot.request(format!("{}more", spot.path.path.trim_end_matches('/')));
                let found = scene.ask(&request);
                if spot.took(&found) {
                    return None;
                }
                let message = format!(
                    "the controller makes a Prefix of it, by whole segments: `{}` goes to {}, not here; a converter that \
                     takes it for a raw prefix or an expression would let it in",
                    request.path,
                    told(&found),
                );
                let field = format!("{}.pathType", spot.entry());
                Some(Draft::new(spot.key(), message).field(field).shown(request))
            });
        }
    }
}

fn segments(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let touched = |spot: &Spot<'_>| {
        let path = &spot.path.path;
        spot.path.kind == PathKind::Prefix && path.len() > 1 && !path.ends_with('/')
    };
    for server in scene.servers().filter(|server| !server.regex) {
        for spot in spots(server).filter(touched) {
            finder.add(Some(&server.host), || {
                let path = format!("{}more", spot.path.path);
                // Who has a whole segment of it says the same of the Prefix around it.
                let other = specified(server, &path)?;
                let request = spot.request(path);
                let found = scene.ask(&request);
                if !other.took(&found) {
                    return None;
                }
                let message = format!(
                    "`{}` begins with {}, and goes to {} of {} ({}): nginx and PathPrefix both match by whole segments",
                    request.path,
                    spot.written(),
                    other.written(),
                    other.key().path(),
                    told(&found),
                );
                Some(Draft::new(spot.key(), message).field(spot.field()).shown(request))
            });
        }
    }
}

fn exact(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| !server.regex) {
        for spot in spots(server).filter(|spot| spot.path.kind == PathKind::Exact) {
            finder.add(Some(&server.host), || {
                let around = spots(server).find(|other| {
                    other.path.kind != PathKind::Exact && other.takes_by_specification(&spot.path.path)
                })?;
                let request = spot.plain();
                let found = scene.ask(&request);
                let message = format!(
                    "`{}` is under {} of {} too; Exact goes first, and it goes to {}; so it is in Gateway API",
                    request.path,
                    around.written(),
                    around.key().path(),
                    told(&found),
                );
                let draft = Draft::new(spot.key(), message).field(spot.field()).shown(request);
                spot.took(&found).then_some(draft)
            });
        }
    }
}

fn letters(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| server.regex) {
        let touched = |spot: &Spot<'_>| {
            spot.path.kind == PathKind::Prefix
                && spot.path.path.len() > 1
                && !spot.location.rewrites()
                && super::pattern::is_literal(&spot.path.path)
        };
        for spot in spots(server).filter(touched) {
            finder.add(Some(&server.host), || {
                let path = format!("{}more", spot.path.path.trim_end_matches('/'));
                let request = shown(scene, spot, &[path], |path| !spot.takes_by_specification(path))?;
                let message = format!(
                    "{} takes `{}` too, since a path of this host is a regular expression; PathPrefix is by whole segments \
                     and would not",
                    spot.written(),
                    request.path,
                );
                Some(Draft::new(spot.key(), message).field(spot.field()).shown(request))
            });
        }
    }
}

fn rewritten(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| server.regex) {
        for spot in spots(server).filter(|spot| spot.location.rewrites()) {
            finder.add(Some(&server.host), || {
                let front = spot.sample();
                let front = front.trim_end_matches('/');
                let request = spot.request(format!("{front}/a%20b//c?q=1"));
                let found = scene.ask(&request);
                let (path, _) = found.rewritten.as_ref().filter(|_| spot.took(&found))?;
                if !path.contains("b/c") {
                    return None;
                }
                let message = format!(
                    "the back end gets `{path}` for `{}` ({} {}): slashes merged, escapes written anew, the query kept; a \
                     URLRewrite may leave them as they came",
                    request.path,
                    kind(spot.path.kind),
                    spot.path.path,
                );
                let field = annotation(&scene.settings, "rewrite-target");
                Some(Draft::new(spot.key(), message).field(field).shown(request))
            });
        }
    }
}
