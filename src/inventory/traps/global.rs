//! What holds for every Ingress: ConfigMap, flags, and values that the controller does not take.

use serde_json::Value;

use super::{
    Finder, Sample, Trap,
    scene::{Draft, Scene, kind, spots, told},
};
use crate::{
    dialect::ingress::{Effect, Finding, PathKind, Served, settings::Flags},
    resource::{Key, Kind, Severity},
};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "G1",
        "trap-g1",
        Severity::Warning,
        "the controller's ConfigMap changes every Ingress",
        config_map,
        "say it again where it holds for all in the new world: at the Gateway, its class, or the implementation's policies",
    )
    .at_most(200),
    Trap::new(
        "G2",
        "trap-g2",
        Severity::Warning,
        "ports of TCP and UDP that no Ingress shows",
        streams,
        "make a listener and a TCPRoute or UDPRoute for each port, or keep a Service of type LoadBalancer",
    )
    .at_most(200),
    Trap::new(
        "G3",
        "trap-g3",
        Severity::Warning,
        "the controller's flags change what Ingresses mean",
        flags,
        "read the Ingresses as this controller does: another one, or a converter, does not know its flags",
    )
    .at_most(50),
    Trap::new(
        "G4",
        "trap-g4",
        Severity::Warning,
        "what stands in the Ingress does not count any more",
        dead,
        "decide whether it is wanted: what has no effect now should not come back with the move",
    ),
    Trap::new(
        "G5",
        "trap-g5",
        Severity::Warning,
        "a value that the controller does not take",
        malformed,
        "correct the value, or take it out",
    ),
];

fn config_map(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let Some(key) = scene.config_map() else { return };
    let Some(found) = scene.compiled.found.as_ref().as_ref() else { return };
    let Some(object) = scene.world.get(key) else { return };
    let value = object.value();
    for (name, value) in value.get("data").and_then(Value::as_object).into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let told = found.findings.iter().find(|finding| finding.key == *name);
        if told.is_some_and(|finding| matches!(finding.effect, Effect::Inert)) {
            continue;
        }
        let mut shown: String = text.chars().take(80).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        let message = match told {
            Some(finding) => format!("`{name}: {shown}`: {}", finding.message),
            None => format!("`{name}: {shown}` holds for {}, and stands on none", scene.all()),
        };
        let draft = Draft::new(key, message).field(format!("data.{name}"));
        finder.tell(
            None,
            match request(scene, name) {
                Some(request) => draft.shown(request),
                None => draft,
            },
        );
    }
}

/// A request that shows a setting, where one can.
fn request(scene: &Scene<'_>, name: &str) -> Option<Sample> {
    let shows = matches!(
        name,
        "global-auth-url"
            | "custom-http-errors"
            | "ssl-redirect"
            | "force-ssl-redirect"
            | "hsts"
            | "add-headers"
            | "proxy-set-headers"
            | "use-gzip"
            | "whitelist-source-range"
            | "denylist-source-range"
            | "location-snippet"
            | "server-snippet"
            | "proxy-body-size"
    );
    let spot = scene.servers().filter(|_| shows).find_map(|server| spots(server).next())?;
    let mut request = spot.plain();
    match name {
        "ssl-redirect" | "force-ssl-redirect" => request.scheme = "http",
        "custom-http-errors" => "unknown.example".clone_into(&mut request.host),
        _ => {}
    }
    Some(request)
}

fn streams(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let flags = &scene.settings.flags;
    for (name, protocol) in [(&flags.tcp_services, "TCP"), (&flags.udp_services, "UDP")] {
        let Some(name) = name else { continue };
        let key = Key::new(Kind::ConfigMap, name.namespace.as_str(), name.name.as_str());
        let Some(object) = scene.world.get(&key).filter(|object| !object.assumed) else {
            if let Some(controller) = scene.controller() {
                let message =
                    format!("the flag names {key}, which is not here: its {protocol} ports are not known");
                finder.tell(None, Draft::new(controller, message).cure(format!("add {key} to the input")));
            }
            continue;
        };
        let value = object.value();
        for (port, to) in value.get("data").and_then(Value::as_object).into_iter().flatten() {
            let to = to.as_str().unwrap_or_default();
            let message = format!("{protocol} port {port} of the controller leads to {to}");
            finder.tell(None, Draft::new(&key, message).field(format!("data.{port}")));
        }
    }
}

fn flags(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let Some(controller) = scene.controller() else { return };
    let (now, usual) = (&scene.settings.flags, Flags::default());
    let mut say = |set: bool, flag: &str, what: String| {
        if set {
            finder
                .tell(None, Draft::new(controller, format!("`{flag}`: {what}")).field("spec.template.spec"));
        }
    };
    say(
        now.annotations_prefix != usual.annotations_prefix,
        "--annotations-prefix",
        format!("annotations are read that begin with `{}/`, and no others", now.annotations_prefix),
    );
    say(
        now.watch_without_class,
        "--watch-ingress-without-class",
        "Ingresses without a class are served too".to_owned(),
    );
    say(
        now.ingress_class != usual.ingress_class,
        "--ingress-class",
        format!("the old annotation must say `{}`", now.ingress_class),
    );
    say(
        now.controller_class != usual.controller_class,
        "--controller-class",
        format!("IngressClasses of `{}` are taken", now.controller_class),
    );
    say(
        now.class_by_name,
        "--ingress-class-by-name",
        format!("an IngressClass called `{}` is taken, whatever controller it names", now.ingress_class),
    );
    if let Some(name) = &now.default_backend {
        let what =
            format!("unknown hosts and paths are answered by Service {name}; a gateway answers 404 itself");
        say(true, "--default-backend-service", what);
    }
    if let Some(name) = &now.default_certificate {
        let what = format!("hosts without a certificate get the one of Secret {name}");
        say(true, "--default-ssl-certificate", what);
    }
    say(
        now.ssl_passthrough,
        "--enable-ssl-passthrough",
        "TLS of hosts that ask for it is passed on as it comes".to_owned(),
    );
    if let Some(name) = &now.watch_namespace {
        say(true, "--watch-namespace", format!("only Ingresses of {name} are served"));
    }
    say(now.disable_catch_all, "--disable-catch-all", "Ingresses without a host are left out".to_owned());
    if let Some(name) = &now.publish_service {
        let what = format!(
            "the addresses in the status of Ingresses are those of Service {name}; DNS may follow them"
        );
        say(true, "--publish-service", what);
    }
}

const SNIPPETS: &[&str] =
    &["configuration-snippet", "server-snippet", "auth-snippet", "stream-snippet", "modsecurity-snippet"];

fn is_dead(finding: &Finding) -> bool {
    let name = finding.key.rsplit('/').next().unwrap_or_default();
    SNIPPETS.contains(&name)
        || finding.message.starts_with("this controller reads annotations that begin with")
        || finding.effect == Effect::Dropped
            && (finding.message.contains("annotations-risk-level")
                || finding.message.contains("word-blocklist"))
}

fn dead(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for (key, judged) in &scene.compiled.ingresses {
        match &judged.served {
            Served::Dropped(findings) => {
                let dropped = |one: &&Finding| is_dead(one) && one.effect == Effect::Dropped;
                if let Some(finding) = findings.iter().find(dropped) {
                    finder.tell(None, of_dropped(scene, key, finding));
                }
            }
            Served::Nginx(taken) => {
                for finding in taken.annotations.findings.iter().filter(|one| is_dead(one)) {
                    if finding.effect == Effect::Inert {
                        continue;
                    }
                    let draft = Draft::new(key, format!("`{}`: {}", finding.key, finding.message));
                    finder.tell(
                        None,
                        match scene.spot_of(key) {
                            Some(spot) => draft.field(of_key(&finding.key)).shown(spot.plain()),
                            None => draft.field(of_key(&finding.key)),
                        },
                    );
                }
            }
            Served::Plain(_) | Served::Left(_) | Served::Broken(_) => {}
        }
    }
    if !scene.settings.security.strict_path_type {
        return;
    }
    for server in scene.servers() {
        for spot in spots(server) {
            let strict = matches!(spot.path.kind, PathKind::Exact | PathKind::Prefix);
            if !strict || super::pattern::is_literal(&spot.path.path.replace('.', "")) {
                continue;
            }
            finder.add(Some(&server.host), || {
                let request = spot.plain();
                let message = format!(
                    "{} {} holds signs that the admission webhook refuses in this type of path at the next change, though \
                     the controller serves it ({})",
                    kind(spot.path.kind),
                    spot.path.path,
                    told(&scene.ask(&request)),
                );
                Some(Draft::new(spot.key(), message).field(spot.field()).shown(request))
            });
        }
    }
}

fn of_key(key: &str) -> String {
    format!("metadata.annotations[\"{key}\"]")
}

/// An Ingress that is left out: what its first path answers now.
pub(super) fn of_dropped(scene: &Scene<'_>, key: &Key, finding: &Finding) -> Draft {
    let draft = Draft::new(key, "").field(of_key(&finding.key)).severity(Severity::Error);
    let path = scene.facts(key).and_then(|facts| facts.paths.first());
    let request = path.map(|path| Sample {
        method: "GET",
        scheme: "http",
        host: if path.host.is_empty() { "any.example".to_owned() } else { path.host.replace('*', "any") },
        path: if path.path.is_empty() { "/".to_owned() } else { path.path.to_string() },
        headers: Vec::new(),
    });
    let answer =
        request.as_ref().map(|request| format!(": `{}` answers {}", request.path, told(&scene.ask(request))));
    let message = format!(
        "{}: the whole Ingress is left out{}; a converter would bring it to life",
        finding.message.trim_end_matches("; the controller leaves the whole Ingress out"),
        answer.unwrap_or_default(),
    );
    Draft { request, message, ..draft }
}

fn malformed(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for refusal in scene.compiled.refused.iter() {
        let Some(key) = refusal.ingress.as_ref().filter(|_| !refusal.message.contains("stands twice")) else {
            continue;
        };
        let message = format!("{}; nginx refuses every later configuration, for all hosts", refusal.message);
        finder.tell(None, Draft::new(key, message).severity(Severity::Error).cure(refusal.cure.clone()));
    }
    for (key, judged) in &scene.compiled.ingresses {
        let (findings, dropped) = match &judged.served {
            Served::Nginx(taken) => (&taken.annotations.findings, false),
            Served::Dropped(findings) => (findings, true),
            Served::Plain(_) | Served::Left(_) | Served::Broken(_) => continue,
        };
        for finding in findings.iter().filter(|one| !is_dead(one)) {
            let severity = match finding.effect {
                Effect::Dropped | Effect::Denied | Effect::Opens => Severity::Error,
                Effect::Ignored => Severity::Warning,
                // Told above, or no value at all.
                Effect::StopsConfiguration | Effect::Unknown | Effect::Obsolete | Effect::Inert => continue,
            };
            let name = finding.key.rsplit('/').next().unwrap_or_default();
            // The value is well, its companion is missing, or the object that it names is not in the input.
            if crate::inventory::survey::is_of_the_input(scene.world, &key.namespace, finding)
                || finding.message.starts_with("it has no effect without")
            {
                continue;
            }
            if finding.effect == Effect::Dropped
                && name.ends_with("-redirect")
                && finding.message.contains('$')
            {
                continue;
            }
            // Of an Ingress that is left out the rest does not matter.
            if dropped && finding.effect != Effect::Dropped {
                continue;
            }
            let host = scene.facts(key).and_then(|facts| facts.hosts.first());
            finder.add(host, || {
                if dropped {
                    return Some(of_dropped(scene, key, finding));
                }
                let draft = Draft::new(key, "").field(of_key(&finding.key)).severity(severity);
                let request = scene.spot_of(key).map(|spot| spot.plain());
                let answer = request.as_ref().map(|request| told(&scene.ask(request))).unwrap_or_default();
                let message = match finding.effect {
                    Effect::Denied => format!("{}: every path of it answers {answer}", finding.message),
                    Effect::Opens => format!("{}: the site is open ({answer})", finding.message),
                    _ => format!("{} (the Ingress is served on: {answer})", finding.message),
                };
                Some(Draft { request, message, ..draft })
            });
        }
    }
}
