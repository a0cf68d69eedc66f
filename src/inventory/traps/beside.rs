//! What stands beside the Ingresses already: the new side's own mistakes, and the way back from it.

use serde_json::Value;

use super::{
    Finder, Sample, Trap,
    scene::{Draft, Scene, annotation, spots, told},
};
use crate::{
    resource::{Key, Kind, Object, Severity},
    routing::Outcome,
};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "T4",
        "trap-t4",
        Severity::Error,
        "the new redirect to https meets itself",
        endless,
        "attach the redirect to the http listener alone, by sectionName, and give the backends a route of their own",
    ),
    Trap::new(
        "G10",
        "trap-g10",
        Severity::Error,
        "no controller takes the new Gateway",
        unclaimed,
        "name a GatewayClass of the implementation that is installed; controllerName of a class can not be changed, so make another class",
    ),
    Trap::new(
        "G12",
        "trap-g12",
        Severity::Info,
        "the way back is a move too",
        way_back,
        "try the way back as well, with clients that were on the new side",
    )
    .at_most(1),
];

fn texts<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v str> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

/// A rule of a route that redirects to https and keeps host and path.
fn redirects(route: &Value) -> Option<usize> {
    list(route, "/spec/rules").position(|rule| {
        list(rule, "/filters").filter_map(|filter| filter.get("requestRedirect")).any(|to| {
            text(to, "scheme") == Some("https") && to.get("hostname").is_none() && to.get("path").is_none()
        })
    })
}

/// A listener with TLS that a route is attached to: its Gateway, and its name.
fn over_tls(scene: &Scene<'_>, object: &Object, route: &Value) -> Option<(Key, String)> {
    list(route, "/spec/parentRefs").find_map(|parent| {
        let namespace = text(parent, "namespace").unwrap_or(&object.key.namespace);
        let key = Key::new(Kind::Gateway, namespace, text(parent, "name")?);
        let gateway = scene.world.get(&key)?.value();
        let (section, port) = (text(parent, "sectionName"), parent.get("port"));
        let listener = list(&gateway, "/spec/listeners").find(|listener| {
            text(listener, "protocol") == Some("HTTPS")
                && section.is_none_or(|name| text(listener, "name") == Some(name))
                && port.is_none_or(|port| listener.get("port") == Some(port))
        })?;
        Some((key, text(listener, "name").unwrap_or_default().to_owned()))
    })
}

fn endless(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for object in scene.world.list(&Kind::HttpRoute).filter(|object| object.text.contains("RequestRedirect"))
    {
        let route = object.value();
        let Some(rule) = redirects(&route) else { continue };
        let Some((gateway, listener)) = over_tls(scene, object, &route) else { continue };
        let names: Vec<&str> = texts(&route, "/spec/hostnames").collect();
        for server in scene.servers().filter(|server| names.contains(&&*server.host)) {
            let Some(spot) = spots(server).next() else { continue };
            finder.add(Some(&server.host), || {
                let request = Sample { scheme: "https", ..spot.plain() };
                let found = scene.ask(&request);
                let message = format!(
                    "the old side answers `{}` with {}; this route stands on listener {listener} of {gateway} too, where \
                     the redirect leads to itself, for ever",
                    request.path,
                    told(&found),
                );
                let field = format!("spec.rules[{rule}].filters");
                (found.outcome != Outcome::Redirect)
                    .then(|| Draft::new(&object.key, message).field(field).shown(request))
            });
        }
    }
}

fn unclaimed(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    if scene.taken().next().is_none() {
        return;
    }
    let own = &scene.settings.flags.controller_class;
    let real = || scene.world.list(&Kind::GatewayClass).filter(|object| !object.assumed);
    for object in scene.world.list(&Kind::Gateway).filter(|object| !object.assumed) {
        let value = object.value();
        let Some(name) = value.pointer("/spec/gatewayClassName").and_then(Value::as_str) else { continue };
        let class = real().find(|class| *class.key.name == *name);
        let message = match class.map(|class| class.value()) {
            Some(class) if class.pointer("/spec/controllerName").and_then(Value::as_str) == Some(own) => {
                format!("class `{name}` is of `{own}`, which serves no Gateways: it stays pending for ever")
            }
            Some(_) => continue,
            // Without any class the input says nothing of this one.
            None if real().next().is_none() => continue,
            None => format!("there is no GatewayClass `{name}`, so it stays pending for ever"),
        };
        finder.tell(None, Draft::new(&object.key, message).field("spec.gatewayClassName"));
    }
}

fn way_back(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers() {
        let sticky = spots(server).find(|spot| {
            let annotations = spot.annotations();
            annotations.affinity.cookie.is_some() && annotations.canary.is_none()
        });
        if let Some(spot) = sticky {
            finder.add(Some(&server.host), || {
                let request = spot.plain();
                let found = scene.ask(&request);
                let name = &spot.annotations().affinity.cookie.as_ref()?.name;
                let message = format!(
                    "`{}` gives the cookie `{name}`; it is lost on the way there, and the new gateway's on the way back: \
                     sessions begin anew twice",
                    request.path,
                );
                let draft = Draft::new(spot.key(), message).field(annotation(&scene.settings, "affinity"));
                spot.took(&found).then(|| draft.shown(request))
            });
        }
        let asks = spots(server).find(|spot| spot.annotations().client_certificate.is_some());
        if let Some(spot) = asks.filter(|_| server.client.is_some()) {
            finder.add(Some(&server.host), || {
                let request = Sample { scheme: "https", ..spot.plain() };
                let message = format!(
                    "`{}` answers {} without a client certificate; whom the new side lets in by another rule is shut out \
                     at once on the way back",
                    request.path,
                    told(&scene.ask(&request)),
                );
                let field = annotation(&scene.settings, "auth-tls-secret");
                Some(Draft::new(spot.key(), message).field(field).shown(request))
            });
        }
    }
}
