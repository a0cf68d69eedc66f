//! What decides over Ingresses and stands on none of them: the controller's flags and ConfigMap, ports of TCP and UDP,
//! the default certificate, and the objects that annotations name. Found where the input has it; told where not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{catalogue::ValueKind, facts::IngressFacts};
use crate::{
    dialect::ingress::Found,
    resource::{Key, Kind, Object},
    world::World,
};

const NGINX: &str = "ingress-nginx";
/// What stands for the controller's own namespace in its flags.
const OWN_NAMESPACE: &str = "$(POD_NAMESPACE)";
/// Flags that name an object: flag, its kind, what it is, what is lost without it.
const FLAGS: &[(&str, Kind, &str, &str)] = &[
    ("configmap", Kind::ConfigMap, SETTINGS, SETTINGS_DEPENDS),
    (
        "tcp-services-configmap",
        Kind::ConfigMap,
        "TCP services",
        "ports that are forwarded as TCP: a TCPRoute each",
    ),
    (
        "udp-services-configmap",
        Kind::ConfigMap,
        "UDP services",
        "ports that are forwarded as UDP: a UDPRoute each",
    ),
    (
        "default-ssl-certificate",
        Kind::Secret,
        "default certificate",
        "hosts without a Secret of their own are served with it",
    ),
    ("default-backend-service", Kind::Service, "default backend", "answers what no Ingress takes"),
];
const SETTINGS: &str = "controller's ConfigMap";
const SETTINGS_DEPENDS: &str =
    "defaults of what annotations leave open: redirects to TLS, sizes, timeouts, snippets allowed or not";
/// Keys of the controller's ConfigMap that name another ConfigMap.
const NAMED: &[(&str, &str, &str)] = &[
    ("proxy-set-headers", "headers to backends", "sent with every request to a backend"),
    ("add-headers", "headers to clients", "sent with every answer"),
];

/// One thing that counts and stands on no Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// What it is.
    pub what: &'static str,
    /// Kind and name, when something names it.
    pub name: Option<String>,
    /// Whether the input has it.
    pub found: bool,
    /// What it says, by name: flags, or the keys of a ConfigMap. Never of a Secret.
    pub settings: Vec<(String, String)>,
    /// What depends on it, in words.
    pub depends: String,
}

/// All of them, for these Ingresses. `found` is what of ingress-nginx the World has.
pub fn outside(world: &World, ingresses: &[IngressFacts], found: Option<&Found>) -> Vec<Outside> {
    let mut all = Vec::new();
    if ingresses.iter().any(|facts| facts.family == Some(NGINX)) {
        nginx(world, found, &mut all);
    }
    all.extend(classes(world, ingresses));
    all.extend(certificates(world, ingresses));
    all.extend(named(world, ingresses));
    all
}

fn nginx(world: &World, found: Option<&Found>, all: &mut Vec<Outside>) {
    let controllers: Vec<(&Object, Vec<(String, String)>)> = workloads(world, found).collect();
    if controllers.is_empty() {
        all.push(Outside {
            what: "controller's flags",
            name: None,
            found: false,
            settings: Vec::new(),
            depends:
                "its class, its annotations' prefix and the names of all below: add the Deployment's manifest"
                    .into(),
        });
    }
    for (object, flags) in &controllers {
        all.push(Outside {
            what: "controller's flags",
            name: Some(object.key.to_string()),
            found: true,
            settings: flags.clone(),
            depends: "which Ingresses it takes, and how".into(),
        });
    }
    for (flag, kind, what, depends) in FLAGS {
        let values = controllers.iter().filter_map(|(object, flags)| {
            let (_, value) = flags.iter().find(|(name, _)| name == flag)?;
            Some(value.replace(OWN_NAMESPACE, &object.key.namespace))
        });
        let mut keys: Vec<Key> = values
            .filter_map(|value| value.split_once('/').map(|(ns, name)| Key::new(kind.clone(), ns, name)))
            .collect();
        if keys.is_empty() && *what == SETTINGS {
            // Known by its name or its label, where no flag says which.
            keys.extend(found.and_then(|found| found.config_map.as_ref()).map(|place| place.key.clone()));
        }
        for key in &keys {
            let one = of(world, key, what, depends);
            for (setting, what, depends) in NAMED {
                let value = one.settings.iter().find(|(name, _)| name == setting).map(|(_, value)| value);
                let Some((ns, name)) = value.and_then(|value| value.split_once('/')) else { continue };
                all.push(of(world, &Key::new(Kind::ConfigMap, ns, name), what, depends));
            }
            all.push(one);
        }
        if keys.is_empty() && (*what == SETTINGS || controllers.is_empty()) {
            all.push(Outside {
                what,
                name: None,
                found: false,
                settings: Vec::new(),
                depends: (*depends).into(),
            });
        }
    }
}

/// What runs the controller, with its flags.
fn workloads<'w>(
    world: &'w World,
    found: Option<&'w Found>,
) -> impl Iterator<Item = (&'w Object, Vec<(String, String)>)> {
    let places = found.into_iter().flat_map(|found| found.controller.iter().chain(&found.others));
    places.filter_map(|place| {
        let object = world.get(&place.key)?;
        Some((&**object, flags(&object.value()).unwrap_or_default()))
    })
}

/// The flags of the controller's container; none when there is no such container.
fn flags(value: &Value) -> Option<Vec<(String, String)>> {
    let spec = value.pointer("/spec/template/spec").or_else(|| value.get("spec"))?;
    let words = |container: &'_ Value| -> Vec<String> {
        let lists = ["command", "args"].into_iter().filter_map(|list| container.get(list)?.as_array());
        lists.flatten().filter_map(Value::as_str).map(|word| word.trim().to_owned()).collect()
    };
    let containers = spec.get("containers")?.as_array()?;
    let container = containers.iter().find(|container| {
        let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
        image.contains("ingress-nginx")
            || image.contains("nginx-ingress-controller")
            || words(container).iter().any(|word| word.contains("nginx-ingress-controller"))
    })?;
    let mut all = Vec::new();
    let mut words = words(container).into_iter().peekable();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix('-') else { continue };
        let flag = flag.trim_start_matches('-');
        all.push(if let Some((name, value)) = flag.split_once('=') {
            (name.to_owned(), value.to_owned())
        } else {
            // A value may be the next word.
            let value = words.next_if(|next| !next.starts_with('-'));
            (flag.to_owned(), value.unwrap_or_else(|| "true".to_owned()))
        });
    }
    Some(all)
}

fn of(world: &World, key: &Key, what: &'static str, depends: &str) -> Outside {
    let object = world.get(key).filter(|object| !object.assumed);
    let data = object.filter(|_| key.kind == Kind::ConfigMap).map(|object| object.value());
    let data = data.as_ref().and_then(|value| value.get("data")?.as_object());
    let settings = data
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    Outside {
        what,
        name: Some(key.to_string()),
        found: object.is_some(),
        settings: settings.collect(),
        depends: depends.to_owned(),
    }
}

/// IngressClasses that Ingresses name.
fn classes(world: &World, ingresses: &[IngressFacts]) -> Vec<Outside> {
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for class in ingresses.iter().filter_map(|facts| facts.class.as_deref()) {
        *users.entry(class).or_default() += 1;
    }
    let found =
        |class: &str| world.get(&Key::new(Kind::IngressClass, "", class)).is_some_and(|one| !one.assumed);
    let classes = users.into_iter().map(|(class, count)| Outside {
        what: "class",
        name: Some(format!("IngressClass {class}")),
        found: found(class),
        settings: Vec::new(),
        depends: format!("which controller serves {}", ingresses_counted(count)),
    });
    classes.collect()
}

/// TLS without a Secret, and Secrets that the input does not hold: one line each, however many.
fn certificates(world: &World, ingresses: &[IngressFacts]) -> Vec<Outside> {
    let (mut bare, mut missing, mut present) = (0, BTreeSet::new(), BTreeSet::new());
    for facts in ingresses {
        for tls in &facts.tls {
            let Some(secret) = &tls.secret else {
                bare += 1;
                continue;
            };
            let key = Key::new(Kind::Secret, facts.namespace().clone(), &**secret);
            let there = world.get(&key).is_some_and(|object| !object.assumed);
            if there {
                present.insert(key.to_string())
            } else {
                missing.insert(key.to_string())
            };
        }
    }
    let mut all = Vec::new();
    let mut line = |name, found, depends: String| {
        all.push(Outside { what: "certificates", name, found, settings: Vec::new(), depends });
    };
    if bare > 0 {
        line(
            None,
            false,
            format!("{bare} TLS entries name no Secret: they get the controller's default certificate"),
        );
    }
    for (names, found) in [(present, true), (missing, false)] {
        if !names.is_empty() {
            line(Some(shortened(&names)), found, "listeners with TLS need them".to_owned());
        }
    }
    all
}

/// Objects that annotations name: ConfigMaps and Secrets.
fn named(world: &World, ingresses: &[IngressFacts]) -> Vec<Outside> {
    let mut users: BTreeMap<Key, (BTreeSet<&str>, usize)> = BTreeMap::new();
    for facts in ingresses {
        for annotation in facts.annotations.iter().filter(|one| one.counts()) {
            let Some(entry) = annotation.entry else { continue };
            let kind = match &entry.kind {
                ValueKind::ConfigMap => Kind::ConfigMap,
                ValueKind::Secret => Kind::Secret,
                // Of these the form of the name is known too.
                ValueKind::Form(_) if entry.key.ends_with("-secret") => Kind::Secret,
                _ => continue,
            };
            let Some(value) = annotation.value.as_deref().map(str::trim).filter(|value| !value.is_empty())
            else {
                continue;
            };
            let (ns, name) = value.split_once('/').unwrap_or((facts.namespace(), value));
            let user = users.entry(Key::new(kind, ns, name)).or_default();
            user.0.insert(&annotation.key);
            user.1 += 1;
        }
    }
    let all = users.into_iter().map(|(key, (keys, count))| {
        let keys: BTreeSet<String> = keys.into_iter().map(str::to_owned).collect();
        let depends = format!("{} of {}", shortened(&keys), ingresses_counted(count));
        of(world, &key, "named by annotations", &depends)
    });
    all.collect()
}

fn ingresses_counted(count: usize) -> String {
    format!("{count} {}", if count == 1 { "Ingress" } else { "Ingresses" })
}

/// The first few, and how many more there are.
fn shortened(names: &BTreeSet<String>) -> String {
    const MOST: usize = 3;
    let mut shown: Vec<String> = names.iter().take(MOST).cloned().collect();
    if names.len() > MOST {
        shown.push(format!("and {} more", names.len() - MOST));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_those_of_the_controllers_container() {
        let value = |image: &str| {
            serde_json::json!({"spec": {"template": {"spec": {"containers": [
                {"image": "example.com/sidecar", "args": ["--configmap=other"]},
                {"image": image, "args": ["/nginx-ingress-controller", "--configmap=$(POD_NAMESPACE)/c", "--watch-ingress-without-class"]},
            ]}}}})
        };
        let found = flags(&value("registry.k8s.io/ingress-nginx/controller:v1.11.0")).unwrap();
        let expected = [("configmap", "$(POD_NAMESPACE)/c"), ("watch-ingress-without-class", "true")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let other = serde_json::json!({"spec": {"containers": [{"image": "traefik:v3", "args": ["--configmap=a/b"]}]}});
        assert_eq!(flags(&other), None);
        let pod = serde_json::json!({"spec": {"containers": [
            {"image": "mirror.example/edge", "command": ["/nginx-ingress-controller", "--configmap", "a/b", "-v=2"]},
        ]}});
        let expected =
            [("configmap", "a/b"), ("v", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(flags(&pod).unwrap(), expected, "by what it runs; a value of its own word");
    }
}
