//! Redirects by annotation.

use super::{
    Finder, Sample, Trap,
    scene::{Draft, Scene, annotation, told},
};
use crate::{
    dialect::ingress::{Effect, Finding, Served},
    resource::Severity,
    routing::Outcome,
};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "T10",
        "trap-t10",
        Severity::Warning,
        "each redirect has its own status",
        statuses,
        "write the status into the RequestRedirect filter: its default is 302",
    ),
    Trap::new(
        "T11",
        "trap-t11",
        Severity::Error,
        "a redirect target with a variable",
        variables,
        "write the target without variables: a RequestRedirect that says no path keeps the client's",
    ),
];

fn statuses(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for taken in scene.taken() {
        let annotations = &taken.annotations;
        let key = &taken.ingress.key;
        let Some(spot) = scene.spot_of(key) else { continue };
        let written = |name: &str| {
            let key = format!("{}/{name}", scene.settings.flags.annotations_prefix);
            taken.ingress.annotations.get(&key)
        };
        let mut look = |name: &'static str, request: Sample, more: String| {
            finder.add(Some(&spot.server.host), || {
                let found = scene.ask(&request);
                (found.outcome == Outcome::Redirect).then(|| {
                    let message =
                        format!("`{}{}` answers {}{more}", request.host, request.path, told(&found));
                    Draft::new(key, message).field(annotation(&scene.settings, name)).shown(request)
                })
            });
        };
        if annotations.rewrite.app_root.is_some() {
            look("app-root", spot.request("/"), "; only the path `/` itself is redirected".to_owned());
        }
        if annotations.redirects.from_to_www {
            let other = match spot.server.host.strip_prefix("www.") {
                Some(bare) => bare.to_owned(),
                None => format!("www.{}", spot.server.host),
            };
            let request = Sample { host: other, ..spot.plain() };
            look("from-to-www-redirect", request, "; no Ingress names this host, a route must".to_owned());
        }
        if let Some(to) = &annotations.redirects.to {
            let (temporal, permanent) = (written("temporal-redirect"), written("permanent-redirect"));
            let name = if temporal.is_some() { "temporal-redirect" } else { "permanent-redirect" };
            let code = written(&format!("{name}-code"));
            let mut more = String::new();
            if temporal.is_some() && permanent.is_some() {
                more.push_str("; the temporal redirect goes before the permanent one");
            }
            if let Some(code) = code.filter(|code| **code != to.code.to_string()) {
                more.push_str(&format!("; `{name}-code: {code}` is out of its range"));
            }
            look(name, spot.plain(), more);
        }
    }
}

fn variables(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let is_target = |finding: &&Finding| {
        let name = finding.key.rsplit('/').next().unwrap_or_default();
        finding.effect == Effect::Dropped
            && matches!(name, "permanent-redirect" | "temporal-redirect")
            && finding.message.contains('$')
    };
    for (key, judged) in &scene.compiled.ingresses {
        let Served::Dropped(findings) = &judged.served else { continue };
        let Some(finding) = findings.iter().find(is_target) else { continue };
        let draft = super::global::of_dropped(scene, key, finding);
        finder.tell(None, draft);
    }
}
