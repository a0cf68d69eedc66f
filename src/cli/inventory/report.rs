//! All that the inventory says, whatever the form.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    cli::{args::Global, failure::Failure, settings},
    config::RuleComplexity,
    dialect::ingress,
    inventory::{
        AnnotationCount, Complexity, IngressFacts, MoreTraps, NGINX_PREFIX, Options, Outside, Rules, Survey,
        Tally, Totals, TrapFinding, UserRule, outside, survey,
    },
    resource::{Kind, Problem, Severity},
    source::{Manifests, load},
    world::{World, assume},
};

/// The inventory of some inputs.
pub struct Report {
    /// The Ingresses that were asked for.
    pub ingresses: Vec<IngressFacts>,
    /// How many of each sort.
    pub totals: Totals,
    /// Their annotations.
    pub counts: Vec<AnnotationCount>,
    /// What counts and stands on no Ingress.
    pub outside: Vec<Outside>,
    /// What is wrong with what was read, and with the Ingresses.
    pub problems: Vec<Problem>,
    /// What was read.
    pub sources: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// The Ingresses as their controller serves them.
    pub compiled: ingress::Compiled,
    /// What these Ingresses do that nobody expects: the surprising behaviours first, then the worst.
    pub traps: Vec<Arc<TrapFinding>>,
    /// Findings that are only counted.
    pub more_traps: Vec<MoreTraps>,
}

impl Report {
    /// Reads the inputs and keeps what was asked for.
    ///
    /// # Errors
    /// An input that can not be read, a config that is wrong, a name that no Ingress has.
    pub fn of(global: &Global, names: &[String], prefix: &str) -> Result<Self, Failure> {
        let config = settings::load(global)?;
        let own = config.inventory_rules.into_iter().map(|rule| UserRule {
            annotation: rule.annotation.value,
            complexity: match rule.complexity {
                RuleComplexity::Simple => Complexity::Simple,
                RuleComplexity::Medium => Complexity::Medium,
                RuleComplexity::Complex => Complexity::Complex,
            },
            reason: rule.reason,
        });
        let options = Options { nginx_prefix: prefix.to_owned(), rules: Rules { own: own.collect() } };
        let (manifests, loaded) = load(&global.inputs()).map_err(|problem| Failure::unreadable(&problem))?;
        let world = World::of(loaded.objects);
        let mut problems = loaded.problems;
        problems.extend(old_versions(&world));
        let compiled = compiled(global, &world, prefix);
        let survey = survey(&world, &compiled, &options);
        let Survey { mut ingresses, problems: told, mut traps, more_traps, prefix, .. } = survey;
        problems.extend(told);
        // Those of an Ingress stand with it.
        let elsewhere = traps.iter().filter(|trap| trap.object.kind != Kind::Ingress);
        problems.extend(elsewhere.map(|trap| trap.problem()));
        ingresses.retain(|facts| is_wanted(global, &world, facts));
        let all = std::mem::take(&mut ingresses);
        ingresses = named(global, names, all)?;
        if !names.is_empty() {
            traps.retain(|trap| ingresses.iter().any(|facts| facts.key == trap.object));
        }
        let key = |problem: &Problem| problem.object.clone();
        if ingresses.len() < world.list(&Kind::Ingress).count() {
            let kept: std::collections::HashSet<_> = ingresses.iter().map(|facts| &facts.key).collect();
            problems.retain(|problem| key(problem).is_none_or(|key| kept.contains(&key)));
        }
        for problem in &mut problems {
            locate(&manifests, &world, problem);
        }
        // Loader and survey may tell the same of one field: the first says more.
        let mut seen = std::collections::HashSet::new();
        problems.retain(|problem| {
            problem.field.is_none() || seen.insert((problem.object.clone(), problem.field.clone()))
        });
        let place = |p: &Problem| (p.severity, p.file.clone(), p.line, p.object.clone());
        problems.sort_by_cached_key(place);
        Ok(Self {
            totals: totals(&ingresses),
            counts: counts(&ingresses, &prefix),
            outside: outside(&world, &ingresses, compiled.found.as_ref().as_ref()),
            sources: if global.demo {
                vec!["the bundled bookshop".to_owned()]
            } else {
                global.files.iter().map(|file| file.display().to_string()).collect()
            },
            at: Timestamp::now(),
            compiled,
            traps,
            more_traps,
            ingresses,
            problems,
        })
    }

    /// The Ingresses of one sort.
    pub fn of_complexity(&self, complexity: Complexity) -> impl Iterator<Item = &IngressFacts> {
        self.ingresses.iter().filter(move |facts| facts.complexity == complexity)
    }

    /// Why nginx takes over no change at all, whatever was asked for.
    pub fn refused(&self) -> &[ingress::Refusal] {
        &self.compiled.refused
    }

    /// `7 Ingresses: 3 simple, 2 medium, 2 complex`
    pub fn summary(&self) -> String {
        let Totals { simple, medium, complex } = self.totals;
        let all = self.totals.all();
        let word = if all == 1 { "Ingress" } else { "Ingresses" };
        format!("{all} {word}: {simple} simple, {medium} medium, {complex} complex")
    }
}

fn totals(ingresses: &[IngressFacts]) -> Totals {
    let of = |complexity| ingresses.iter().filter(|facts| facts.complexity == complexity).count();
    Totals {
        simple: of(Complexity::Simple),
        medium: of(Complexity::Medium),
        complex: of(Complexity::Complex),
    }
}

/// The Ingresses as their controller takes them, with this prefix of annotations if it is not the usual one.
/// What an input lacks altogether is assumed, as in a rehearsal.
fn compiled(global: &Global, given: &World, prefix: &str) -> ingress::Compiled {
    let world = if global.strict { given.clone() } else { given.apply(&assume(given, None)) };
    let mut found = ingress::Settings::find(given);
    if prefix != NGINX_PREFIX {
        prefix.clone_into(&mut found.settings.flags.annotations_prefix);
    }
    let settings = found.settings.clone();
    let mut compiled = ingress::compile_with(&world, &settings);
    compiled.found = Arc::new(Some(found));
    compiled
}

fn counts(ingresses: &[IngressFacts], prefix: &str) -> Vec<AnnotationCount> {
    let mut tally = Tally::without_users();
    for facts in ingresses {
        let pairs = facts.annotations.iter().map(|one| (&*one.key, one.value.as_deref().unwrap_or_default()));
        tally.add(facts.namespace(), facts.name(), pairs);
    }
    tally.counts(prefix)
}

fn is_wanted(global: &Global, world: &World, facts: &IngressFacts) -> bool {
    let labels = |selector: &crate::resource::Selector| {
        world.get(&facts.key).is_some_and(|object| selector.matches(object))
    };
    global.namespace.as_deref().is_none_or(|wanted| &**facts.namespace() == wanted)
        && global.selector.as_ref().is_none_or(labels)
}

/// Those that were named, in that order; all when nobody named any.
fn named(global: &Global, names: &[String], all: Vec<IngressFacts>) -> Result<Vec<IngressFacts>, Failure> {
    if names.is_empty() {
        return Ok(all);
    }
    let mut found = Vec::new();
    for typed in names {
        let (namespace, name) =
            typed.split_once('/').map_or((None, typed.as_str()), |(namespace, name)| (Some(namespace), name));
        let fits = |facts: &&IngressFacts| {
            &**facts.name() == name && namespace.is_none_or(|wanted| &**facts.namespace() == wanted)
        };
        let before = found.len();
        found.extend(all.iter().filter(fits).cloned());
        if found.len() == before {
            let near = all.iter().map(|facts| facts.key.path()).take(8).collect::<Vec<_>>().join(", ");
            let place =
                global.namespace.as_ref().map_or_else(String::new, |ns| format!(" in namespace {ns}"));
            let fix = if "annotations".starts_with(typed.as_str()) {
                "to count them: `cutover inventory annotations`".to_owned()
            } else if near.is_empty() {
                "there is no Ingress at all".to_owned()
            } else {
                format!("there are {near}")
            };
            return Err(Failure::failed(format!("Ingress `{typed}` not found{place}"), fix));
        }
    }
    Ok(found)
}

/// Ingresses of a group that no API server serves any more: of another form, so nothing else is said of them.
fn old_versions(world: &World) -> Vec<Problem> {
    let old = world.kinds().filter(|(kind, _)| kind.name() == "Ingress" && **kind != Kind::Ingress);
    let objects = old.flat_map(|(kind, _)| world.list(kind));
    let problems = objects.map(|object| {
        let message =
            format!("`{}` is an old form of an Ingress, which is counted and not read", object.api_version);
        Problem::new(Severity::Warning, "ingress-old-version", message)
            .of(&object.key, object.origin.as_ref())
            .fix("write it as `networking.k8s.io/v1`; `kubectl get ingress -o yaml` does so")
    });
    problems.collect()
}

/// The line of the field, as exact as the file allows.
fn locate(manifests: &Manifests, world: &World, problem: &mut Problem) {
    let Some(field) = problem.field.as_deref() else { return };
    let origin =
        problem.object.as_ref().and_then(|key| world.get(key)).and_then(|object| object.origin.as_ref());
    if let Some(origin) = origin.filter(|origin| problem.line == Some(origin.line)) {
        problem.line = manifests.line_of(origin, field).or(problem.line);
    }
}
