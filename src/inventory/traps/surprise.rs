//! The five behaviours that the Kubernetes project warns of before a move.

use super::{
    Finder, Sample, Trap, pattern,
    scene::{Draft, Scene, Spot, annotation, specified, spots, told},
};
use crate::{dialect::ingress::PathKind, resource::Severity, routing::Outcome};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "M1",
        "trap-m1",
        Severity::Warning,
        "a regular expression is a prefix, whatever the case",
        expressions,
        "write the case and the open end into the pattern, `(?i)/path.*`, or list the paths that clients really use",
    ),
    Trap::new(
        "M2",
        "trap-m2",
        Severity::Warning,
        "another Ingress turns the paths of the whole host into regular expressions",
        innocent,
        "find out which of these paths clients use; add a match for each of them, or let them go",
    ),
    Trap::new(
        "M3",
        "trap-m3",
        Severity::Warning,
        "rewrite-target makes regular expressions of paths",
        rewriting,
        "keep the rewrite as a URLRewrite filter on a PathPrefix match, and add matches for other spellings that clients use",
    ),
    Trap::new(
        "M9",
        "trap-m9",
        Severity::Warning,
        "a missing final slash is redirected",
        slash,
        "add an Exact match of the path without its slash, with a RequestRedirect filter (301) to the path with it",
    ),
    Trap::new(
        "M10",
        "trap-m10",
        Severity::Info,
        "paths are normalized for matching only",
        normalized,
        "let the new gateway merge slashes and decode paths, and see whether the back end depends on the path as it was sent",
    )
    .at_most(1),
];

/// The first of some paths that this place takes, and that `keeps` lets pass.
pub(super) fn shown(
    scene: &Scene<'_>,
    spot: Spot<'_>,
    paths: &[String],
    keeps: impl Fn(&str) -> bool,
) -> Option<Sample> {
    let mut fitting = paths.iter().filter(|path| keeps(path)).map(|path| spot.request(path.as_str()));
    fitting.find(|sample| spot.took(&scene.ask(sample)))
}

/// Other case and open end, both at once if it can be.
fn loose(path: &str) -> Vec<String> {
    let upper = path.to_ascii_uppercase();
    let mut all = vec![format!("{upper}-more"), format!("{path}-more"), upper];
    all.retain(|other| other != path);
    all
}

fn expressions(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| server.regex) {
        for spot in spots(server).filter(|spot| spot.annotations().rewrite.use_regex) {
            finder.add(Some(&server.host), || {
                // What the whole pattern takes in its own case is no surprise.
                let whole = fancy_regex::Regex::new(&format!("^(?:{})$", spot.path.path)).ok()?;
                let surprising = |path: &str| !whole.is_match(path).unwrap_or(true);
                let request = shown(scene, spot, &loose(&spot.sample()), surprising)?;
                let message = format!(
                    "nginx matches `~* \"^{}\"`, so `{}` is taken too and goes to {}; a RegularExpression of Gateway API \
                     is matched whole and by case in most implementations, and would not take it",
                    spot.path.path,
                    request.path,
                    told(&scene.ask(&request)),
                );
                Some(Draft::new(spot.key(), message).field(spot.field()).shown(request))
            });
        }
    }
}

fn innocent(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| server.regex) {
        let asks = |spot: &Spot<'_>| {
            let rewrite = &spot.annotations().rewrite;
            rewrite.use_regex || spot.location.rewrites()
        };
        let Some(guilty) = spots(server).find(asks).map(|spot| spot.key()) else { continue };
        for spot in spots(server).filter(|spot| !asks(spot)) {
            finder.add(Some(&server.host), || {
                let request =
                    shown(scene, spot, &loose(&spot.sample()), |path| !spot.takes_by_specification(path))?;
                let by_specification = match specified(server, &request.path) {
                    Some(other) => format!("to {} of {}", other.written(), other.key().path()),
                    None => "to nobody (404)".to_owned(),
                };
                let message = format!(
                    "because of {}, nginx matches `~* \"^{}\"` here: `{}` goes to {}; by the Ingress specification, and by \
                     Gateway API, it goes {by_specification}",
                    guilty.path(),
                    spot.path.path,
                    request.path,
                    told(&scene.ask(&request)),
                );
                Some(Draft::new(spot.key(), message).field(spot.field()).shown(request))
            });
        }
    }
}

fn rewriting(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| server.regex) {
        let implied = |spot: &Spot<'_>| spot.location.rewrites() && !spot.annotations().rewrite.use_regex;
        for spot in spots(server).filter(implied) {
            finder.add(Some(&server.host), || {
                let surprising = |path: &str| !spot.takes_by_specification(path);
                let request = shown(scene, spot, &loose(&spot.sample()), surprising)?;
                let message = format!(
                    "`rewrite-target` alone makes nginx match `~* \"^{}\"` on the whole host: `{}` goes to {}; with \
                     {} as it is written it would not",
                    spot.path.path,
                    request.path,
                    told(&scene.ask(&request)),
                    spot.written(),
                );
                let field = annotation(&scene.settings, "rewrite-target");
                Some(Draft::new(spot.key(), message).field(field).shown(request))
            });
        }
    }
}

fn slash(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| !server.regex) {
        for spot in spots(server).filter(|spot| spot.path.path.len() > 1 && spot.path.path.ends_with('/')) {
            finder.add(Some(&server.host), || {
                let bare = spot.path.path.trim_end_matches('/');
                let request = spot.request(bare);
                let found = scene.ask(&request);
                let goes = found.outcome == Outcome::Redirect && found.status == Some(301);
                if !goes || !found.location.as_deref()?.ends_with(&spot.path.path) {
                    return None;
                }
                let new = match spot.path.kind {
                    PathKind::Exact => "an Exact match takes only the path with the slash: 404",
                    PathKind::Prefix | PathKind::ImplementationSpecific => {
                        "a PathPrefix takes the path without the slash too and sends it to the back end"
                    }
                };
                let message =
                    format!("`{bare}` answers {}, which nobody wrote; in Gateway API {new}", told(&found));
                Some(Draft::new(spot.key(), message).field(spot.field()).shown(request))
            });
        }
    }
    // Two paths that differ by the slash stop nginx.
    for refusal in scene.compiled.refused.iter().filter(|one| one.message.contains("stands twice")) {
        let Some(key) = &refusal.ingress else { continue };
        let message = format!("{}; nginx refuses the whole configuration, for all hosts", refusal.message);
        finder.tell(None, Draft::new(key, message).severity(Severity::Error).cure(refusal.cure.clone()));
    }
}

fn normalized(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers() {
        let literal = |spot: &Spot<'_>| spot.path.path.len() > 1 && pattern::is_literal(&spot.path.path);
        for spot in spots(server).filter(|spot| literal(spot) && !spot.location.rewrites()) {
            finder.add(Some(&server.host), || {
                let request = spot.request(format!("/{}", spot.path.path));
                let found = scene.ask(&request);
                let (path, _) = found.rewritten.as_ref().filter(|_| spot.took(&found))?;
                if *path != request.path {
                    return None;
                }
                let message = format!(
                    "`{}` is matched as `{}`, and the back end gets `{path}` as it was sent; Envoy does not merge slashes \
                     by itself (404), and forwards what it normalized",
                    request.path, spot.path.path,
                );
                Some(Draft::new(spot.key(), message).field(spot.field()).shown(request))
            });
        }
    }
}
