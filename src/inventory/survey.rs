//! From a World to what is known of its Ingresses.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use super::{
    annotate::{annotations, serves},
    catalogue::Malformed,
    class::{CLASS, Classes},
    classify::Complexity,
    facts::{Backend, IngressFacts, Options, PathFacts, Reading, ServiceFacts, Survey, TlsFacts},
    verdict::Verdict,
    views::{self, Loose, Text},
};
use crate::{
    resource::{Key, Kind, Object, Problem, Severity},
    world::World,
};

/// Looks at every Ingress of a World, by namespace and name.
pub fn survey(world: &World, options: &Options) -> Survey {
    let classes = Classes::of(world);
    let mut survey = Survey::default();
    for object in world.list(&Kind::Ingress).filter(|object| !object.assumed) {
        let facts = ingress(world, object, &classes, options, &mut survey.problems);
        survey.totals.add(facts.complexity);
        survey.ingresses.push(facts);
    }
    survey
}

fn ingress(
    world: &World,
    object: &Object,
    classes: &Classes,
    options: &Options,
    problems: &mut Vec<Problem>,
) -> IngressFacts {
    let (view, unreadable) = read(&object.text);
    let spec = view.spec.unwrap_or_default();
    let pairs = view.metadata.annotations.0;
    let annotated = pairs.iter().find(|(key, _)| key.0 == CLASS).and_then(|(_, value)| match value {
        Loose::Text(text) => Some(&**text),
        Loose::Other(..) => None,
    });
    let class = classes.resolve(text(spec.ingress_class_name.as_ref()), annotated, |prefix| {
        pairs.iter().any(|(key, _)| key.0.starts_with(prefix))
    });
    let mut facts = IngressFacts {
        key: object.key.clone(),
        origin: object.origin.clone(),
        class_from: class.from,
        controller: class.controller,
        family: class.family,
        hosts: Vec::new(),
        paths: Vec::new(),
        default_backend: spec.default_backend.as_ref().map(backend),
        tls: spec.tls.iter().flatten().map(tls).collect(),
        annotations: annotations(pairs, class.family, &options.nginx_prefix),
        complexity: Complexity::Simple,
        reasons: Vec::new(),
        services: Vec::new(),
        obstacles: Vec::new(),
        traps: Vec::new(),
        unreadable,
        class: class.name,
    };
    rules(&mut facts, &spec);
    facts.services = services(world, &facts, &options.nginx_prefix);
    (facts.complexity, facts.reasons) = options.rules.classify(&facts);
    facts.obstacles = obstacles(&facts, class.exists);
    tell(&facts, problems);
    facts
}

/// The text as far as it fits: when the spec does not, at least the metadata.
fn read(text: &str) -> (views::Ingress<'_>, Option<String>) {
    match serde_json::from_str::<views::Ingress<'_>>(text) {
        Ok(view) => (view, None),
        Err(error) => {
            // The same types again, to have the field's name.
            let mut reader = serde_json::Deserializer::from_str(text);
            let named = serde_path_to_error::deserialize::<_, views::Ingress<'_>>(&mut reader).err();
            let why = named
                .map_or_else(|| error.to_string(), |error| format!("{}: {}", error.path(), error.inner()));
            let head = serde_json::from_str::<views::Head<'_>>(text).unwrap_or_default();
            (views::Ingress { metadata: head.metadata, spec: None }, Some(why))
        }
    }
}

/// Services that the paths name and that have annotations which the controller reads.
fn services(world: &World, facts: &IngressFacts, nginx_prefix: &str) -> Vec<ServiceFacts> {
    let backends = facts.paths.iter().map(|path| &path.backend).chain(&facts.default_backend);
    let names: BTreeSet<&str> = backends.filter_map(Backend::service).collect();
    let mut all = Vec::new();
    for name in names {
        let key = Key::new(Kind::Service, Arc::clone(&facts.key.namespace), name);
        // Most Services have none, and a look is cheaper than reading.
        let Some(object) = world.get(&key).filter(|object| object.text.contains("\"annotations\"")) else {
            continue;
        };
        let head = serde_json::from_str::<views::Head<'_>>(&object.text).unwrap_or_default();
        let mut found = annotations(head.metadata.annotations.0, facts.family, nginx_prefix);
        found.retain(|one| one.reading == Reading::Read && one.controller().is_some_and(serves));
        if !found.is_empty() {
            all.push(ServiceFacts { key, annotations: found });
        }
    }
    all
}

fn rules(facts: &mut IngressFacts, spec: &views::Spec<'_>) {
    let mut seen = HashSet::new();
    for (at, rule) in spec.rules.iter().flatten().enumerate() {
        let host: Arc<str> = text(rule.host.as_ref()).unwrap_or_default().into();
        if seen.insert(Arc::clone(&host)) {
            facts.hosts.push(Arc::clone(&host));
        }
        for (inner, path) in rule.http.iter().flat_map(|http| http.paths.iter().flatten()).enumerate() {
            facts.paths.push(PathFacts {
                host: Arc::clone(&host),
                path: text(path.path.as_ref()).unwrap_or_default().into(),
                path_type: text(path.path_type.as_ref()).unwrap_or_default().into(),
                backend: path.backend.as_ref().map_or(Backend::Nothing, backend),
                field: format!("spec.rules[{at}].http.paths[{inner}]"),
            });
        }
    }
}

fn backend(view: &views::Backend<'_>) -> Backend {
    if let Some(service) = &view.service {
        let port = service.port.as_ref();
        let number = port.and_then(|port| port.number).map(|number| number.to_string());
        let name = port.and_then(|port| text(port.name.as_ref())).map(str::to_owned);
        let port = number.or(name).unwrap_or_default();
        return Backend::Service {
            name: text(service.name.as_ref()).unwrap_or_default().into(),
            port: port.into(),
        };
    }
    let Some(resource) = &view.resource else { return Backend::Nothing };
    let kind = text(resource.kind.as_ref()).unwrap_or_default();
    let kind =
        text(resource.api_group.as_ref()).map_or_else(|| kind.to_owned(), |group| format!("{kind}.{group}"));
    Backend::Resource { kind: kind.into(), name: text(resource.name.as_ref()).unwrap_or_default().into() }
}

fn tls(view: &views::Tls<'_>) -> TlsFacts {
    TlsFacts {
        hosts: view.hosts.iter().flatten().map(|host| Arc::from(&*host.0)).collect(),
        secret: text(view.secret_name.as_ref()).filter(|name| !name.is_empty()).map(Box::from),
    }
}

fn text<'v>(view: Option<&'v Text<'_>>) -> Option<&'v str> {
    view.map(|text| &*text.0)
}

/// What stands against moving an Ingress, the worst first.
fn obstacles(facts: &IngressFacts, class_exists: bool) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(facts.unreadable.iter().map(|why| format!("it can not be read whole: {why}")));
    match (&facts.class, &facts.controller) {
        (None, _) => all.push("it has no class, so which controller serves it can not be told".to_owned()),
        (Some(class), None) if class_exists => {
            all.push(format!("IngressClass `{class}` names no controller"));
        }
        (Some(class), None) if facts.family.is_none() => {
            all.push(format!("there is no IngressClass `{class}`, so its controller can not be told"));
        }
        (Some(_), _) => {}
    }
    let read = || facts.all_annotations().filter(|one| one.counts());
    all.extend(
        read().filter(|one| one.verdict == Verdict::None).map(|one| format!("{}: no equivalent", one.key)),
    );
    all.extend(read().filter(|one| one.verdict == Verdict::Policy).map(|one| {
        let what = if one.becomes.is_empty() { "a policy of the implementation" } else { &*one.becomes };
        format!("{}: needs {what}", one.key)
    }));
    all.extend(
        read().filter(|one| one.verdict == Verdict::Unknown).map(|one| format!("{}: not known", one.key)),
    );
    all.extend(
        facts
            .all_annotations()
            .filter_map(|one| one.problem.as_ref().map(|problem| format!("{}: {problem}", one.key))),
    );
    all
}

fn tell(facts: &IngressFacts, problems: &mut Vec<Problem>) {
    if let Some(why) = &facts.unreadable {
        let message = format!("the Ingress can not be read whole: {why}");
        let problem = Problem::error("ingress-unreadable", message).fix("correct the field");
        problems.push(problem.of(&facts.key, facts.origin.as_ref()));
    }
    for annotation in facts.annotations.iter().filter(|one| one.reading == Reading::Read) {
        let Some(wrong) = &annotation.problem else { continue };
        let severity = match annotation.entry.map(|entry| entry.malformed) {
            Some(Malformed::Denied | Malformed::Dropped | Malformed::Opens | Malformed::Stops) => {
                Severity::Error
            }
            Some(Malformed::Ignored) | None => Severity::Warning,
        };
        let message = format!("annotation `{}`: {wrong}", annotation.key);
        let problem = Problem::new(severity, "annotation-malformed", message).fix("correct the value");
        problems.push(problem.of(&facts.key, facts.origin.as_ref()).field(annotation.field()));
    }
}
