//! The controller's own objects among others: what runs it, with which arguments, and its ConfigMap.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{Found, Place, SettingFinding, Settings, args, config_map};
use crate::{
    dialect::ingress::annotation::{Effect, NsName},
    resource::{Key, Kind, Object},
    world::World,
};

/// The namespace and name that every installation guide gives.
pub(super) const USUAL: (&str, &str) = ("ingress-nginx", "ingress-nginx-controller");

/// A container that runs the controller.
struct Runner {
    object: Arc<Object>,
    release: Option<String>,
    arguments: Vec<String>,
}

pub(super) fn find(world: &World) -> Found {
    let mut runners = runners(world).into_iter();
    let runner = runners.next();
    let arguments = runner.as_ref().map(|runner| runner.arguments.clone()).unwrap_or_default();
    let (flags, mut findings) = args::read(&arguments);
    let mut missing = Vec::new();
    if runner.is_none() {
        missing.push(
            "the controller's Deployment or DaemonSet is not among the objects; its flags are taken as their defaults: \
             class, annotations prefix, default back end and certificate, TCP and UDP services, ssl-passthrough \
             depend on them"
                .to_owned(),
        );
    }
    let object = match (&flags.config_map, &runner) {
        (Some(name), _) => {
            let found = get(world, Kind::ConfigMap, name);
            if found.is_none() {
                missing.push(format!(
                    "the controller's ConfigMap `{name}` is not among the objects; its defaults are taken: HSTS, \
                     redirects to https, timeouts, body size, retries, snippets, global auth, custom errors and headers \
                     depend on it"
                ));
            }
            found
        }
        (None, Some(_)) => None,
        (None, None) => {
            let found = usual(world);
            if found.is_none() {
                missing.push(
                    "the controller's ConfigMap is not among the objects; its defaults are taken: HSTS, redirects to \
                     https, timeouts, body size, retries, snippets, global auth, custom errors and headers depend on it"
                        .to_owned(),
                );
            }
            found
        }
    };
    let data = object.as_ref().map(|object| data(object, &mut findings)).unwrap_or_default();
    let (settings, told) = config_map::read(&data, Settings { flags, ..Settings::default() });
    findings.extend(told);
    named(world, &settings, &mut missing);
    Found {
        release: runner.as_ref().and_then(|runner| runner.release.clone()),
        controller: runner.as_ref().map(|runner| place(&runner.object)),
        others: runners.map(|runner| place(&runner.object)).collect(),
        config_map: object.as_ref().map(place),
        settings,
        findings,
        missing,
    }
}

fn place(object: &Arc<Object>) -> Place {
    Place { key: object.key.clone(), origin: object.origin.clone() }
}

fn get(world: &World, kind: Kind, name: &NsName) -> Option<Arc<Object>> {
    world.get(&Key::new(kind, name.namespace.as_str(), name.name.as_str())).filter(|o| !o.assumed).cloned()
}

/// What settings and flags name, and what depends on it.
fn named(world: &World, settings: &Settings, missing: &mut Vec<String>) {
    let (flags, headers) = (&settings.flags, &settings.headers);
    let names = [
        (
            Kind::ConfigMap,
            &headers.proxy_set,
            "the headers of `proxy-set-headers` do not reach the back ends",
        ),
        (Kind::ConfigMap, &headers.add, "the headers of `add-headers` are not sent"),
        (Kind::ConfigMap, &flags.tcp_services, "TCP services are not known"),
        (Kind::ConfigMap, &flags.udp_services, "UDP services are not known"),
        (Kind::Secret, &flags.default_certificate, "hosts without a certificate of their own get a made one"),
        (Kind::Service, &flags.default_backend, "unknown hosts and paths get the built-in 404"),
    ];
    for (kind, name, consequence) in names {
        if let Some(name) = name
            && get(world, kind.clone(), name).is_none()
        {
            missing.push(format!("the {kind} `{name}` is not among the objects; {consequence}"));
        }
    }
}

/// Without a controller: the ConfigMap of the usual name, else one with its label and its keys.
fn usual(world: &World) -> Option<Arc<Object>> {
    let name = NsName { namespace: USUAL.0.to_owned(), name: USUAL.1.to_owned() };
    get(world, Kind::ConfigMap, &name).or_else(|| {
        let labelled = |object: &&Arc<Object>| {
            object.label("app.kubernetes.io/name") == Some("ingress-nginx") && !object.assumed
        };
        world
            .list(&Kind::ConfigMap)
            .filter(labelled)
            .find(|object| data(object, &mut Vec::new()).keys().any(|key| config_map::knows(key)))
            .cloned()
    })
}

/// The data of a ConfigMap; values that are no text are told.
pub(super) fn data(object: &Object, findings: &mut Vec<SettingFinding>) -> BTreeMap<String, String> {
    let value = object.value();
    let mut data = BTreeMap::new();
    for (key, value) in value.get("data").and_then(Value::as_object).into_iter().flatten() {
        if let Some(text) = value.as_str() {
            data.insert(key.clone(), text.to_owned());
        } else {
            let message = format!(
                "`{value}` is not a text; the API server refuses the ConfigMap; write quotes around it"
            );
            findings.push(SettingFinding::new(key, Effect::Ignored, message));
        }
    }
    data
}

/// All that run the controller: Deployments first, then DaemonSets, StatefulSets and Pods.
fn runners(world: &World) -> Vec<Runner> {
    let kinds = [("apps", "Deployment"), ("apps", "DaemonSet"), ("apps", "StatefulSet"), ("", "Pod")];
    let mut found = Vec::new();
    for (group, name) in kinds {
        let kind = Kind::from_group(group, name);
        // A Pod of a Deployment that was found says nothing new.
        if name == "Pod" && !found.is_empty() {
            break;
        }
        // Most objects are of no interest: their text is looked at before it is parsed.
        let hint = |object: &&Arc<Object>| object.text.contains("nginx");
        found.extend(world.list(&kind).filter(hint).filter_map(runner));
    }
    found
}

fn runner(object: &Arc<Object>) -> Option<Runner> {
    let value = object.value();
    let spec = value.pointer("/spec/template/spec").or_else(|| value.get("spec"))?;
    let container = spec.get("containers")?.as_array()?.iter().find(|container| runs(container))?;
    let texts = |member: &str| -> Vec<String> {
        let list = container.get(member).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut arguments = texts("command");
    arguments.extend(texts("args"));
    for argument in &mut arguments {
        resolve(argument, container, &object.key);
    }
    Some(Runner { object: Arc::clone(object), release: release(container), arguments })
}

fn runs(container: &Value) -> bool {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let words =
        ["command", "args"].into_iter().filter_map(|member| container.get(member)?.as_array()).flatten();
    image.contains("ingress-nginx/controller")
        || image.contains("nginx-ingress-controller")
        || words.filter_map(Value::as_str).any(|word| word.contains("nginx-ingress-controller"))
}

/// The tag of the image, where it is a version.
fn release(container: &Value) -> Option<String> {
    let image = container.get("image")?.as_str()?;
    let image = image.split('@').next()?;
    let (_, tag) = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?;
    tag.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()).then(|| tag.to_owned())
}

/// Puts in the values of `$(NAME)`, where the manifest has them.
fn resolve(argument: &mut String, container: &Value, key: &Key) {
    for entry in container.get("env").and_then(Value::as_array).into_iter().flatten() {
        let Some(name) = entry.get("name").and_then(Value::as_str) else { continue };
        let field = entry.pointer("/valueFrom/fieldRef/fieldPath").and_then(Value::as_str);
        let value = match field {
            Some("metadata.namespace") => Some(&*key.namespace),
            Some("metadata.name") => Some(&*key.name),
            _ => entry.get("value").and_then(Value::as_str),
        };
        if let Some(value) = value {
            *argument = argument.replace(&format!("$({name})"), value);
        }
    }
    // Charts name the namespace so even where the list of variables is left out.
    if argument.contains("$(POD_NAMESPACE)") {
        *argument = argument.replace("$(POD_NAMESPACE)", &key.namespace);
    }
}
