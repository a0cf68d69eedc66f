//! From a World to what is known of its Ingresses.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    annotate::{annotations, serves},
    catalogue::{Catalogue, Malformed, NGINX_PREFIX},
    classify::Complexity,
    facts::{
        AnnotationFacts, Backend, IngressFacts, Options, PathFacts, Reading, ServiceFacts, Survey, TlsFacts,
    },
    traps,
    verdict::Verdict,
    views::{self, Loose, Text},
};
use crate::{
    dialect::{
        ingress::{
            Claim, Classes, Compiled, Effect, Finding, Found, Ingress, Judged, Served, Settings, annotation,
            class::From as ClassFrom,
        },
        spread,
    },
    resource::{Key, Kind, Object, Problem, Severity},
    world::World,
};

/// Looks at every Ingress of a World, by namespace and name. `compiled` is the same World as the controller takes it:
/// what it makes of an annotation, and of a request, is asked there.
pub fn survey(world: &World, compiled: &Compiled, options: &Options) -> Survey {
    let found = compiled.found.as_ref().as_ref();
    let looker = Looker { world, compiled, options, prefix: prefix(options, found) };
    let mut survey = Survey {
        missing: found.map(|found| found.missing.clone()).unwrap_or_default(),
        found: found.map(|found| Arc::new(found.clone())),
        prefix: looker.prefix.to_owned(),
        ..Survey::default()
    };
    let objects: Vec<_> = world.list(&Kind::Ingress).filter(|object| !object.assumed).collect();
    let looked = spread(&objects, |objects| objects.iter().map(|object| looker.ingress(object)).collect());
    survey.ingresses.reserve_exact(looked.len());
    for (facts, problems) in looked {
        survey.totals.add(facts.complexity);
        survey.problems.extend(problems);
        survey.ingresses.push(facts);
    }
    let traps = traps::find(world, compiled, &survey.ingresses);
    (survey.traps, survey.more_traps) = (traps.found, traps.more);
    let mut at: HashMap<Key, usize> = HashMap::new();
    at.extend(survey.ingresses.iter().enumerate().map(|(at, facts)| (facts.key.clone(), at)));
    for trap in &survey.traps {
        if let Some(facts) = at.get(&trap.object).and_then(|at| survey.ingresses.get_mut(*at)) {
            facts.traps.push(Arc::clone(trap));
        }
    }
    survey
}

/// The prefix that was asked for, or else the one that the controller's flags say.
fn prefix<'p>(options: &'p Options, found: Option<&'p Found>) -> &'p str {
    let told = found.map(|found| found.settings.flags.annotations_prefix.as_str());
    told.filter(|_| options.nginx_prefix == NGINX_PREFIX).unwrap_or(&options.nginx_prefix)
}

struct Looker<'w> {
    world: &'w World,
    compiled: &'w Compiled,
    options: &'w Options,
    prefix: &'w str,
}

impl Looker<'_> {
    fn ingress(&self, object: &Object) -> (IngressFacts, Vec<Problem>) {
        let (view, unreadable) = read(&object.text);
        let spec = view.spec.unwrap_or_default();
        let pairs = view.metadata.annotations.0;
        let judged = self.compiled.ingresses.get(&object.key);
        let broken = judged.and_then(|judged| match &judged.served {
            Served::Broken(error) => Some(error.to_string()),
            Served::Nginx(_) | Served::Dropped(_) | Served::Plain(_) | Served::Left(_) => None,
        });
        // Of what does not fit the class may still be read.
        let loose = broken.as_ref().map(|_| self.claim(&object.key, &spec, &pairs));
        let claim = loose.as_ref().or_else(|| judged.map(|judged| &judged.claim));
        // A value that is no text is told of its annotation.
        let refused = broken.filter(|_| pairs.iter().all(|(_, value)| matches!(value, Loose::Text(_))));
        let (controller, family) = controller(claim, &pairs);
        let findings = self.findings(&object.key, judged, family, &pairs);
        let class_exists =
            claim.and_then(|claim| claim.class.as_deref()).is_some_and(|name| self.has_class(name));
        let mut facts = IngressFacts {
            key: object.key.clone(),
            origin: object.origin.clone(),
            class: claim.and_then(|claim| claim.class.as_deref()).map(Arc::from),
            class_from: claim.map_or(ClassFrom::Nowhere, |claim| claim.from),
            controller,
            family,
            hosts: Vec::new(),
            paths: Vec::new(),
            default_backend: spec.default_backend.as_ref().map(backend),
            tls: spec.tls.iter().flatten().map(tls).collect(),
            annotations: annotations(pairs, family, self.prefix),
            complexity: Complexity::Simple,
            reasons: Vec::new(),
            services: Vec::new(),
            obstacles: Vec::new(),
            traps: Vec::new(),
            unreadable: unreadable.or(refused),
        };
        if let Some(findings) = findings {
            let told =
                findings.into_iter().filter(|one| !is_of_the_input(self.world, &object.key.namespace, one));
            apply(&mut facts.annotations, &told.collect::<Vec<_>>());
        }
        rules(&mut facts, &spec);
        facts.services = services(self.world, &facts, self.prefix);
        (facts.complexity, facts.reasons) = self.options.rules.classify(&facts);
        facts.obstacles = obstacles(&facts, class_exists);
        let problems = told(&facts);
        (facts, problems)
    }

    fn claim(&self, key: &Key, spec: &views::Spec<'_>, pairs: &[(Text<'_>, Loose<'_>)]) -> Claim {
        let texts = pairs.iter().filter_map(|(key, value)| match value {
            Loose::Text(value) => Some((key.0.to_string(), value.to_string())),
            Loose::Other(..) => None,
        });
        let ingress = Ingress {
            key: key.clone(),
            created: None,
            annotations: texts.collect(),
            class_name: text(spec.ingress_class_name.as_ref()).map(str::to_owned),
            default_backend: None,
            rules: Vec::new(),
            tls: Vec::new(),
            uid: String::new(),
        };
        let default = Settings::default();
        let found = self.compiled.found.as_ref().as_ref().map(|found| &found.settings);
        Classes::of(self.world).claim(&ingress, found.unwrap_or(&default))
    }

    fn has_class(&self, name: &str) -> bool {
        self.world.get(&Key::new(Kind::IngressClass, "", name)).is_some_and(|class| !class.assumed)
    }

    /// What ingress-nginx says of the annotations; none where it is not the one that reads them.
    fn findings(
        &self,
        key: &Key,
        judged: Option<&Arc<Judged>>,
        family: Option<&str>,
        pairs: &[(Text<'_>, Loose<'_>)],
    ) -> Option<Vec<Finding>> {
        let judged = judged.filter(|_| family == Some("ingress-nginx"))?;
        match &judged.served {
            Served::Nginx(taken) => Some(taken.annotations.findings.clone()),
            Served::Dropped(findings) => Some(findings.clone()),
            // No API server has such an Ingress, so what would be said of the rest is asked here.
            Served::Broken(_) | Served::Left(_) | Served::Plain(_) => {
                let texts = pairs.iter().filter_map(|(key, value)| match value {
                    Loose::Text(value) => Some((&*key.0, &**value)),
                    Loose::Other(..) => None,
                });
                let default = Settings::default();
                let found = self.compiled.found.as_ref().as_ref().map(|found| &found.settings);
                Some(match annotation::read(key, texts, found.unwrap_or(&default), &annotation::Nothing) {
                    annotation::Reading::Taken(annotations) => annotations.findings,
                    annotation::Reading::Dropped(findings) => findings,
                })
            }
        }
    }
}

/// The controller, and our name of it. Where no IngressClass says it and several use that name of a class, the
/// annotations choose.
fn controller(
    claim: Option<&Claim>,
    pairs: &[(Text<'_>, Loose<'_>)],
) -> (Option<Arc<str>>, Option<&'static str>) {
    let Some(claim) = claim else { return (None, None) };
    let catalogue = Catalogue::get();
    let guessed = claim.taken && claim.why.is_some();
    let by_name = |name: &String| {
        let called = || catalogue.controllers_called(name);
        called()
            .find(|one| pairs.iter().any(|(key, _)| key.0.starts_with(&*one.prefix)))
            .or_else(|| called().next())
    };
    let named = claim.class.as_ref().filter(|_| guessed || claim.controller.is_none()).and_then(by_name);
    if let Some(one) = named.filter(|one| one.name != "ingress-nginx") {
        return (one.classes.first().map(|class| Arc::from(class.as_str())), Some(one.name.as_str()));
    }
    let controller = claim.controller.as_deref().map(Arc::from);
    if claim.taken {
        return (controller, Some("ingress-nginx"));
    }
    let family = claim.controller.as_deref().and_then(|name| catalogue.controller_of(name)).or(named);
    (controller, family.map(|one| one.name.as_str()))
}

/// Whether an object is missed of whose kind the input has none in this namespace: that says nothing of the cluster.
pub(super) fn is_of_the_input(world: &World, namespace: &str, finding: &Finding) -> bool {
    let silent = |kind: &Kind| world.list_in(kind, namespace).all(|object| object.assumed);
    let missed = |what: &str, how: &str| finding.message.contains(what) && finding.message.contains(how);
    missed("there is no Secret", "") && silent(&Kind::Secret)
        || missed("ConfigMap", "is not found") && silent(&Kind::ConfigMap)
}

/// Puts what the controller says of annotations to them: the worst of one key.
fn apply(all: &mut [AnnotationFacts], findings: &[Finding]) {
    for facts in all.iter_mut().filter(|facts| facts.reading == Reading::Read) {
        let of_key = findings.iter().filter(|finding| *finding.key == *facts.key);
        let finding = of_key.filter(|finding| finding.effect != Effect::Inert).min_by_key(|one| one.effect);
        // A value that is no text is none for the controller.
        let is_text = facts.problem.as_deref().is_none_or(|problem| !problem.starts_with("its value is "));
        if !is_text {
            continue;
        }
        facts.effect = finding.map(|finding| finding.effect);
        facts.problem = finding.map(|finding| format!("{}{}", finding.message, outcome(finding)));
    }
}

/// What it does to the Ingress, where the message does not say so itself.
fn outcome(finding: &Finding) -> &'static str {
    let says = |what: &str| finding.message.contains(what);
    match finding.effect {
        Effect::Dropped if !says("leaves the whole Ingress out") => {
            "; the controller leaves the whole Ingress out"
        }
        Effect::Denied if !says("403") => "; its paths answer 503",
        Effect::Opens if !says("open") => "; the site is open",
        Effect::StopsConfiguration
        | Effect::Dropped
        | Effect::Denied
        | Effect::Opens
        | Effect::Ignored
        | Effect::Unknown
        | Effect::Obsolete
        | Effect::Inert => "",
    }
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
        (Some(class), _) if !class_exists && facts.family.is_none() => {
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

/// What is wrong with it.
fn told(facts: &IngressFacts) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(why) = &facts.unreadable {
        let message = format!("the Ingress can not be read whole: {why}");
        let problem = Problem::error("ingress-unreadable", message).fix("correct the field");
        problems.push(problem.of(&facts.key, facts.origin.as_ref()));
    }
    for annotation in facts.annotations.iter().filter(|one| one.reading == Reading::Read) {
        let Some(wrong) = &annotation.problem else { continue };
        let severity = severity(annotation);
        let message = format!("annotation `{}`: {wrong}", annotation.key);
        let problem = Problem::new(severity, "annotation-malformed", message).fix(cure(wrong));
        problems.push(problem.of(&facts.key, facts.origin.as_ref()).field(annotation.field()));
    }
    problems
}

/// What to do about a value that is not taken.
fn cure(wrong: &str) -> &'static str {
    if wrong.contains("annotations-risk-level") {
        return "take it out, or let the controller's `annotations-risk-level` allow it";
    }
    "correct the value, or take it out"
}

/// An error where more is lost than the annotation.
fn severity(annotation: &AnnotationFacts) -> Severity {
    match (annotation.effect, annotation.entry.map(|entry| entry.malformed)) {
        (Some(Effect::StopsConfiguration | Effect::Dropped | Effect::Denied | Effect::Opens), _)
        | (None, Some(Malformed::Denied | Malformed::Dropped | Malformed::Opens | Malformed::Stops)) => {
            Severity::Error
        }
        (Some(Effect::Ignored | Effect::Unknown | Effect::Obsolete | Effect::Inert), _)
        | (None, Some(Malformed::Ignored) | None) => Severity::Warning,
    }
}
