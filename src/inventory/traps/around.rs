//! What stands around the controller: DNS, certificates, webhooks, load balancers, login services.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Finder, Sample, Trap,
    scene::{Draft, Scene, annotation},
};
use crate::resource::{Key, Kind, Severity};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "G6",
        "trap-g6",
        Severity::Warning,
        "external-dns follows Ingress and route of one host",
        external_dns,
        "move a hostname at once, or restrict external-dns to one kind of source while both stand; mind who owns the TXT record",
    ),
    Trap::new(
        "G7",
        "trap-g7",
        Severity::Warning,
        "cert-manager makes the certificate from the Ingress",
        cert_manager,
        "annotate the Gateway in its place (cert-manager with `enableGatewayAPI`), and copy the Secret first: HTTP-01 needs DNS to lead to the new side",
    ),
    Trap::new(
        "G8",
        "trap-g8",
        Severity::Warning,
        "an admission webhook outlives the controller",
        webhook,
        "delete the ValidatingWebhookConfiguration with the controller, and keep the IngressClass: else no Ingress can be written any more",
    ),
    Trap::new(
        "G9",
        "trap-g9",
        Severity::Warning,
        "the load balancer's address belongs to the controller's Service",
        load_balancer,
        "reserve the address, or give the new gateway's Service the same one, before the old Service goes",
    ),
    Trap::new(
        "G11",
        "trap-g11",
        Severity::Warning,
        "a login by auth-url",
        login,
        "test the login on the new side: Envoy's ext_authz drops `Location` of a 302 unless it is told to let it pass",
    ),
];

const DNS: &str = "external-dns.alpha.kubernetes.io/";

fn external_dns(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let apps = Kind::from_group("apps", "Deployment");
    let runs = scene.world.list(&apps).any(|object| object.text.contains("external-dns"));
    let mut routes: HashMap<String, &Key> = HashMap::new();
    for object in scene.world.list(&Kind::HttpRoute) {
        let value = object.value();
        for host in value.pointer("/spec/hostnames").and_then(Value::as_array).into_iter().flatten() {
            routes.extend(host.as_str().map(|host| (host.to_owned(), &object.key)));
        }
    }
    for facts in scene.facts {
        let annotated = facts.annotations.iter().find(|one| one.key.starts_with(DNS));
        let both = facts.hosts.iter().find_map(|host| Some((host, routes.get(&**host)?)));
        let message = match (annotated, both) {
            (None, None) => continue,
            (None, Some(_)) if !runs => continue,
            (_, Some((host, route))) => {
                format!(
                    "{host} is in this Ingress and in {route}: external-dns writes the record of one, then of the other"
                )
            }
            (Some(one), None) => format!(
                "`{}` makes a DNS record of this Ingress; a route of the same host would make another, and the record flaps",
                one.key
            ),
        };
        let draft = Draft::new(&facts.key, message);
        finder.tell(
            facts.hosts.first(),
            match annotated {
                Some(one) => draft.field(one.field()),
                None => draft.field("spec.rules"),
            },
        );
    }
}

fn cert_manager(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let keys = ["cert-manager.io/issuer", "cert-manager.io/cluster-issuer", "kubernetes.io/tls-acme"];
    for facts in scene.facts {
        let Some(one) = keys.iter().find_map(|key| facts.annotation(key)) else { continue };
        let Some(tls) = facts.tls.iter().find(|tls| tls.secret.is_some()) else { continue };
        let secret = tls.secret.as_deref().unwrap_or_default();
        let there = if scene.has(Kind::Secret, &facts.key.namespace, secret) {
            "is here"
        } else {
            "is not in the input"
        };
        let message = format!(
            "`{}` makes Secret {secret} ({there}) from this Ingress; it is renewed no more when the Ingress goes",
            one.key
        );
        finder.tell(facts.hosts.first(), Draft::new(&facts.key, message).field(one.field()));
    }
}

fn webhook(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let kind = Kind::from_group("admissionregistration.k8s.io", "ValidatingWebhookConfiguration");
    let mut found = false;
    for object in scene
        .world
        .list(&kind)
        .filter(|object| object.text.contains("ingress-nginx") || object.text.contains("nginx-ingress"))
    {
        found = true;
        let message = "it asks the controller about every Ingress that is written; without the controller each write fails";
        finder.tell(None, Draft::new(&object.key, message));
    }
    if let Some(controller) = scene.controller().filter(|_| scene.settings.flags.webhook && !found) {
        let message = "it serves an admission webhook (--validating-webhook), whose ValidatingWebhookConfiguration is not in the \
                       input";
        finder.tell(None, Draft::new(controller, message));
    }
}

fn load_balancer(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let published = scene.settings.flags.publish_service.as_ref();
    let mut told: HashSet<&Key> = HashSet::new();
    for object in scene.world.list(&Kind::Service).filter(|object| !object.assumed) {
        let named = published
            .is_some_and(|name| *name.namespace == *object.key.namespace && *name.name == *object.key.name);
        let labelled = object.label("app.kubernetes.io/name") == Some("ingress-nginx");
        if !(named || labelled) || !object.text.contains("LoadBalancer") || !told.insert(&object.key) {
            continue;
        }
        let value = object.value();
        if value.pointer("/spec/type").and_then(Value::as_str) != Some("LoadBalancer") {
            continue;
        }
        let address = value
            .pointer("/spec/loadBalancerIP")
            .or_else(|| value.pointer("/status/loadBalancer/ingress/0/ip"));
        let address = address.and_then(Value::as_str).map_or_else(
            || "the cloud chose its address, and takes it back when the Service goes".to_owned(),
            |address| format!("its address {address} is what DNS knows"),
        );
        finder.tell(
            None,
            Draft::new(&object.key, format!("clients come in by this Service: {address}")).field("spec.type"),
        );
    }
}

fn login(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for taken in scene.taken() {
        let Some(auth) = &taken.annotations.external_auth else { continue };
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        finder.add(Some(&spot.server.host), || {
            let request: Sample = spot.plain();
            let found = scene.ask(&request);
            let asks = found.executed.as_ref()?.rule.policy.as_ref()?.access.external.is_some()
                || !found.not_executed.is_empty();
            (asks && spot.took(&found)).then(|| {
                let next = match &auth.signin {
                    Some(signin) => format!("a 401 there becomes a 302 to {signin}"),
                    None => "a 401 or 403 there is the answer".to_owned(),
                };
                let message = format!(
                    "`{}` is asked about each request first: {next}; external authorization is experimental in Gateway API, \
                     and does not carry the way to the login by itself",
                    auth.url,
                );
                let field = annotation(&scene.settings, "auth-url");
                Draft::new(spot.key(), message).field(field).shown(request)
            })
        });
    }
}
