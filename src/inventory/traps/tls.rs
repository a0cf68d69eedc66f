//! The way to https, and certificates.

use super::{
    Finder, Sample, Trap,
    scene::{Draft, Scene, Spot, annotation, host, spots, told},
};
use crate::{
    dialect::ingress::{Certificate, Server},
    resource::{Key, Kind, Severity},
    routing::Outcome,
};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "T1",
        "trap-t1",
        Severity::Warning,
        "http is redirected to https by itself",
        redirected,
        "attach a second HTTPRoute to the http listener, with a RequestRedirect filter (scheme https, 308 where it is allowed)",
    )
    .at_most(1),
    Trap::new(
        "T2",
        "trap-t2",
        Severity::Warning,
        "the redirect believes X-Forwarded-Proto",
        believed,
        "let the load balancer send https on to the https listener, or redirect there; a RequestRedirect looks at the listener only and would loop",
    )
    .at_most(1),
    Trap::new(
        "T3",
        "trap-t3",
        Severity::Warning,
        "challenges of ACME and the redirect to https",
        challenge,
        "give `/.well-known/acme-challenge/` a rule of its own on the http listener, before the redirect",
    )
    .at_most(1),
    Trap::new(
        "T5",
        "trap-t5",
        Severity::Warning,
        "HSTS is sent on every answer over https",
        hsts,
        "add a ResponseHeaderModifier with Strict-Transport-Security to the https routes; browsers keep the old value for its max-age",
    )
    .at_most(1),
    Trap::new(
        "T6",
        "trap-t6",
        Severity::Warning,
        "the certificate is not the one that is written",
        chosen,
        "name a Secret that is there and holds a certificate for the host",
    )
    .at_most(1),
    Trap::new(
        "T7",
        "trap-t7",
        Severity::Warning,
        "the certificate's Secret is not beside the Gateway",
        far_secret,
        "add a ReferenceGrant in the Secret's namespace, or a ListenerSet beside the Secret",
    )
    .at_most(1),
    Trap::new(
        "T8",
        "trap-t8",
        Severity::Warning,
        "client certificates are asked of this host only",
        client,
        "give the host a Gateway, or a port, of its own: `frontend.tls` of a Gateway holds for all hosts of a port",
    )
    .at_most(1),
    Trap::new(
        "T9",
        "trap-t9",
        Severity::Warning,
        "ssl-passthrough",
        passthrough,
        "use a TLSRoute on a listener of mode Passthrough, if the back end really speaks TLS",
    ),
];

/// A path that http redirects, with the request and where it leads.
fn to_https<'s>(scene: &Scene<'_>, server: &'s Server) -> Option<(Spot<'s>, Sample, String)> {
    spots(server).take(12).find_map(|spot| {
        let request = Sample { scheme: "http", ..spot.plain() };
        let found = scene.ask(&request);
        let location = found.location.filter(|location| location.starts_with("https://"))?;
        (found.outcome == Outcome::Redirect && matches!(found.status, Some(301 | 302 | 307 | 308)))
            .then_some((spot, request, format!("{} to {location}", found.status.unwrap_or_default())))
    })
}

fn wants_https(server: &Server) -> bool {
    spots(server).any(|spot| {
        let tls = &spot.annotations().tls;
        tls.force_redirect || tls.redirect && server.certificate.is_some()
    })
}

fn redirected(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| wants_https(server)) {
        finder.add(Some(&server.host), || {
            let (spot, request, answer) = to_https(scene, server)?;
            let listed = spot.taken.ingress.tls.iter().flat_map(|tls| &tls.hosts).any(|name| **name == *server.host);
            let why = match (spot.annotations().tls.force_redirect, listed) {
                (true, _) => "force-ssl-redirect asks for it",
                (false, true) => "the Ingress has a `tls` section, and `ssl-redirect` is on by default",
                (false, false) => {
                    "the Ingress has a `tls` section, though this host is not in it, and `ssl-redirect` is on by default"
                }
            };
            let message = format!("`{}` answers {answer}: {why}; a Gateway redirects nothing by itself", request.path);
            let field = if spot.annotations().tls.force_redirect {
                annotation(&scene.settings, "force-ssl-redirect")
            } else {
                "spec.tls".to_owned()
            };
            Some(Draft::new(spot.key(), message).field(field).shown(request))
        });
    }
}

fn believed(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    if !scene.settings.forwarded.trust {
        return;
    }
    for server in scene.servers().filter(|server| wants_https(server)) {
        finder.add(Some(&server.host), || {
            let (spot, mut request, answer) = to_https(scene, server)?;
            request.headers.push(("X-Forwarded-Proto".to_owned(), "https".to_owned()));
            let found = scene.ask(&request);
            let message = format!(
                "without the header `{}` answers {answer}, with it {}: `use-forwarded-headers` is on; a RequestRedirect \
                 behind a load balancer that ends TLS would redirect for ever",
                request.path,
                told(&found),
            );
            (found.outcome != Outcome::Redirect).then(|| Draft::new(spot.key(), message).shown(request))
        });
    }
}

const CHALLENGE: &str = "/.well-known/acme-challenge";

fn challenge(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| wants_https(server)) {
        let solver = spots(server).find(|spot| spot.path.path.starts_with(CHALLENGE));
        let asks = spots(server).find(|spot| {
            let annotations = &spot.taken.ingress.annotations;
            ["cert-manager.io/issuer", "cert-manager.io/cluster-issuer", "kubernetes.io/tls-acme"]
                .iter()
                .any(|key| annotations.contains_key(*key))
        });
        let Some(spot) = solver.or(asks) else { continue };
        finder.add(Some(&server.host), || {
            let request = Sample { scheme: "http", ..spot.request(format!("{CHALLENGE}/token")) };
            let found = scene.ask(&request);
            let message = match found.outcome {
                Outcome::Redirect => format!(
                    "`{}` answers {}: the path is exempt only where an Ingress path begins so; a solver gets its own \
                     Ingress while it runs, a redirect route of a Gateway has no such exemption",
                    request.path,
                    told(&found),
                ),
                Outcome::Forward | Outcome::Refuse => format!(
                    "`{}` is not redirected and goes to {}; a redirect route of a Gateway for all paths would take it",
                    request.path,
                    told(&found),
                ),
            };
            Some(Draft::new(spot.key(), message).shown(request))
        });
    }
}

fn hsts(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let Some(hsts) = &scene.settings.tls.hsts else { return };
    for server in scene.servers().filter(|server| server.certificate.is_some()) {
        let Some(spot) = spots(server).next() else { continue };
        finder.add(Some(&server.host), || {
            let request = Sample { scheme: "https", ..spot.plain() };
            let found = scene.ask(&request);
            let policy = found.executed.as_ref()?.rule.policy.clone()?;
            let sends = policy.answer.iter().any(|header| header.name.eq_ignore_ascii_case("strict-transport-security"));
            sends.then(|| {
                let message = format!(
                    "answers carry `Strict-Transport-Security: {}`, which no Ingress asked for; a Gateway sends none, and \
                     browsers remember the old one",
                    hsts.value(),
                );
                Draft::new(spot.key(), message).field("spec.tls").shown(request)
            })
        });
    }
}

fn chosen(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| !server.is_catch_all()) {
        let Some(certificate) = &server.certificate else { continue };
        let Some(spot) = spots(server).find(|spot| !spot.taken.ingress.tls.is_empty()) else { continue };
        let tls = &spot.taken.ingress.tls;
        let listed =
            tls.iter().flat_map(|tls| &tls.hosts).any(|name| name.eq_ignore_ascii_case(&server.host));
        let silent = scene.is_silent(&Kind::Secret, &spot.key().namespace);
        let message = match certificate {
            // Without any Secret the input says nothing of this one.
            Certificate::Default(why) if silent && why.contains("is not there") => continue,
            Certificate::Default(why) => format!(
                "clients of {} get the controller's default certificate: {why}; a Gateway's listener would not be ready, \
                 and refuse the handshake",
                server.host
            ),
            Certificate::Secret(key) if !listed => format!(
                "{} is in no `tls` section; {key} is taken because its certificate is for it; a listener takes the \
                 Secret that it names",
                server.host
            ),
            Certificate::Secret(_) => continue,
        };
        let request = Sample { scheme: "https", ..spot.plain() };
        let draft = Draft::new(spot.key(), message).field("spec.tls").shown(request);
        finder.tell(Some(&server.host), draft);
    }
}

fn far_secret(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let gateways: Vec<&Key> =
        scene.world.list(&Kind::Gateway).filter(|object| !object.assumed).map(|object| &object.key).collect();
    let secret = |server: &Server| match &server.certificate {
        Some(Certificate::Secret(key)) => Some(key.clone()),
        Some(Certificate::Default(_)) | None => None,
    };
    let mut spaces: Vec<_> = scene.servers().filter_map(secret).map(|key| key.namespace).collect();
    spaces.sort();
    spaces.dedup();
    for server in scene.servers() {
        let Some(key) = secret(server) else { continue };
        let Some(spot) = spots(server).find(|spot| !spot.taken.ingress.tls.is_empty()) else { continue };
        let near = gateways.iter().any(|gateway| gateway.namespace == key.namespace);
        let granted = scene.world.list_in(&Kind::ReferenceGrant, &key.namespace).next().is_some();
        let message = match (gateways.first(), spaces.len()) {
            (Some(gateway), _) if !near && !granted => format!(
                "{key} is read in its own namespace; {gateway} is in another and there is no ReferenceGrant here",
            ),
            (None, 2..) => format!(
                "{key} is one of the Secrets of {} namespaces; one Gateway for all hosts is in one of them at most",
                spaces.len()
            ),
            (Some(_) | None, _) => continue,
        };
        finder.tell(Some(&server.host), Draft::new(spot.key(), message).field("spec.tls"));
    }
}

fn client(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let others = scene.servers().filter(|server| !server.is_catch_all() && server.client.is_none()).count();
    for server in scene.servers() {
        let asks = server.client.is_some() || server.client_error.is_some();
        let Some(spot) = spots(server).find(|_| asks) else { continue };
        let owner = spots(server).find(|spot| {
            spot.annotations().client_certificate.is_some()
                || spot.annotations().client_certificate_error.is_some()
        });
        let spot = owner.unwrap_or(spot);
        finder.add(Some(&server.host), || {
            let request = Sample { scheme: "https", host: host(server), ..spot.plain() };
            let found = scene.ask(&request);
            let answer = match (&server.client_error, found.status) {
                (Some(why), _) => format!("403, because {why}"),
                (None, Some(status)) => status.to_string(),
                (None, None) => "what its back end says, since a certificate is optional".to_owned(),
            };
            let message = format!(
                "without a client certificate `{}` answers {answer}; {others} other hosts ask for none. Gateway API asks \
                 for a whole port, and clients reuse connections over hosts",
                request.path,
            );
            let field = annotation(&scene.settings, "auth-tls-secret");
            Some(Draft::new(spot.key(), message).field(field).shown(request))
        });
    }
}

fn passthrough(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for taken in scene.taken().filter(|taken| taken.annotations.tls.passthrough) {
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        finder.add(Some(&spot.server.host), || {
            let request = Sample { scheme: "https", ..spot.plain() };
            let message = if scene.settings.flags.ssl_passthrough {
                "TLS goes to the back end as it comes, so no other annotation and no path of this host counts over https"
                    .to_owned()
            } else {
                let found = scene.ask(&request);
                spot.took(&found).then(|| {
                    format!(
                        "the flag --enable-ssl-passthrough is not set, so it does nothing: the controller ends TLS itself, \
                         and {} answers; a TLSRoute would pass TLS on",
                        told(&found),
                    )
                })?
            };
            let field = annotation(&scene.settings, "ssl-passthrough");
            Some(Draft::new(spot.key(), message).field(field).shown(request))
        });
    }
}
