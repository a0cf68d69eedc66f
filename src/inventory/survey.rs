//! From a World to what is known of its Ingresses.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use super::{
    catalogue::{Catalogue, Malformed},
    class::{CLASS, Classes},
    classify::Complexity,
    facts::{AnnotationFacts, Backend, IngressFacts, Options, PathFacts, Reading, Survey, TlsFacts},
    verdict::{Verdict, judge},
    views::{self, Loose, Text},
};
use crate::{
    resource::{Kind, Object, Problem, Severity},
    world::World,
};

/// A copy of the whole object: shown by its key only.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Looks at every Ingress of a World, by namespace and name.
pub fn survey(world: &World, options: &Options) -> Survey {
    let classes = Classes::of(world);
    let mut survey = Survey::default();
    for object in world.list(&Kind::Ingress).filter(|object| !object.assumed) {
        let facts = ingress(object, &classes, options, &mut survey.problems);
        survey.totals.add(facts.complexity);
        survey.ingresses.push(facts);
    }
    survey
}

fn ingress(
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
    let class = classes.resolve(text(spec.ingress_class_name.as_ref()), annotated);
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
        obstacles: Vec::new(),
        traps: Vec::new(),
        unreadable,
        class: class.name,
    };
    rules(&mut facts, &spec);
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

fn annotations(
    pairs: Vec<(Text<'_>, Loose<'_>)>,
    family: Option<&'static str>,
    nginx_prefix: &str,
) -> Vec<AnnotationFacts> {
    let mut all: Vec<AnnotationFacts> = pairs
        .into_iter()
        .map(|(key, value)| match value {
            Loose::Text(value) => annotation(&key.0, &value, family, nginx_prefix),
            Loose::Other(shown, what) => {
                let mut facts = annotation(&key.0, &shown, family, nginx_prefix);
                facts.problem = Some(format!("its value is {what}; Kubernetes takes only texts: quote it"));
                facts
            }
        })
        .collect();
    // Of one key twice the last counts, as in any JSON.
    all.reverse();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all.dedup_by(|b, a| a.key == b.key);
    all
}

/// What is known of one annotation where it stands.
fn annotation(key: &str, value: &str, family: Option<&'static str>, nginx_prefix: &str) -> AnnotationFacts {
    let entry = Catalogue::get().find_for(key, nginx_prefix, family);
    let mut facts = AnnotationFacts {
        key: key.into(),
        value: (key != LAST_APPLIED).then(|| value.into()),
        entry,
        verdict: Verdict::Unknown,
        becomes: Cow::Borrowed(""),
        why: None,
        reading: Reading::Read,
        problem: None,
    };
    let Some(entry) = entry else { return facts };
    let judgement = judge(entry, value);
    (facts.verdict, facts.becomes, facts.why) = (judgement.verdict, judgement.becomes, judgement.why);
    facts.reading = if Catalogue::is_unread(key, nginx_prefix) {
        Reading::OtherPrefix
    } else if family.is_some_and(|family| is_anothers(entry, family)) {
        Reading::OtherController
    } else if entry.removed.is_empty() {
        Reading::Read
    } else {
        Reading::Removed
    };
    facts.problem = match facts.reading {
        Reading::Read | Reading::Removed => entry.problem(value),
        Reading::OtherPrefix => {
            Some(format!("not read by this controller, whose annotations begin with `{nginx_prefix}/`"))
        }
        Reading::OtherController => {
            Some(format!("not read by this controller: it is an annotation of {}", entry.controller))
        }
    };
    facts
}

/// Whether an annotation is for another controller than the Ingress's. Tools that serve no Ingress read all.
fn is_anothers(entry: &super::Entry, family: &str) -> bool {
    let serves = Catalogue::get().controller(&entry.controller).is_some_and(|one| !one.classes.is_empty());
    serves && entry.controller != family && !entry.also.iter().any(|also| also == family)
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
    let read = || facts.annotations.iter().filter(|one| one.counts());
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
            .annotations
            .iter()
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
