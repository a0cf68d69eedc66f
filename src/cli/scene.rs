//! What most commands look at: the manifests read, made a World, and compiled.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    args::Global,
    failure::{Failure, USAGE, told},
    out,
};
use crate::{
    dialect::{
        gateway::{self, Compiled},
        ingress,
    },
    resource::{Key, Kind, Object, Problem, Severity},
    source::Manifests,
    tui::facts::{Known, objects::kind_typed},
    world::{World, assume},
};

/// Manifests and what they mean.
pub struct Scene {
    /// The files.
    pub manifests: Manifests,
    /// The objects, with those that are assumed.
    pub world: World,
    /// Table and conditions.
    pub compiled: Compiled,
    /// What was wrong with the files.
    pub problems: Vec<Problem>,
    /// When this was read; ages are counted from here.
    pub now: Timestamp,
}

/// Two lines for who gave no manifests.
pub const HOW_TO_START: &str = "\
See it run with the bundled bookshop:  cutover --demo
Rehearse your own manifests:           cutover rehearse -f DIR
";

impl Scene {
    /// Reads what `-f` or `--demo` names.
    ///
    /// # Errors
    /// Nothing was named, or an input can not be read at all.
    pub fn open(global: &Global) -> Result<Self, Failure> {
        let inputs = global.inputs();
        if inputs.is_empty() {
            return Err(Failure { code: USAGE, text: no_source() });
        }
        let (manifests, loaded) =
            Manifests::open(&inputs).map_err(|problem| Failure::unreadable(&problem))?;
        let given = World::of(loaded.objects);
        let world = if global.strict { given } else { given.apply(&assume(&given, None)) };
        let compiled = gateway::compile(&world);
        Ok(Self { manifests, world, compiled, problems: loaded.problems, now: Timestamp::now() })
    }

    /// What the Ingresses mean; compiled when it is asked for.
    pub fn old(&self) -> ingress::Compiled {
        ingress::compile(&self.world)
    }

    /// As [`Scene::open`], and what was wrong with the files is printed to stderr.
    ///
    /// # Errors
    /// As [`Scene::open`].
    pub fn open_telling(global: &Global) -> Result<Self, Failure> {
        let scene = Self::open(global)?;
        for problem in scene.problems.iter().filter(|problem| problem.severity != Severity::Info) {
            out::tell(&told(problem));
        }
        Ok(scene)
    }

    /// Ends a command whose work is done: not well when a part of the input could not be read.
    ///
    /// # Errors
    /// A silent failure when a file had an error; it has been told on opening.
    pub fn done(&self) -> Result<(), Failure> {
        let broken = self.problems.iter().any(|problem| problem.severity == Severity::Error);
        if broken { Err(Failure::silent(USAGE)) } else { Ok(()) }
    }

    /// The kind that was typed: one that is known, or one that the manifests hold.
    ///
    /// # Errors
    /// When neither.
    pub fn kind(&self, typed: &str) -> Result<Kind, Failure> {
        kind_typed(&self.world, typed).ok_or_else(|| {
            let mut known: Vec<_> = self.world.kinds().map(|(kind, _)| kind.plural()).collect();
            known.dedup();
            let fix = if known.is_empty() {
                "they hold no object at all".to_owned()
            } else {
                format!("they hold {}", known.join(", "))
            };
            Failure::usage(format!("the manifests hold no kind `{typed}`"), fix)
        })
    }

    /// Objects of a kind by what was typed: namespace, labels, and a name (`name` or `namespace/name`).
    ///
    /// # Errors
    /// When a name was typed and no object has it.
    pub fn select(
        &self,
        global: &Global,
        kind: &Kind,
        name: Option<&str>,
    ) -> Result<Vec<Arc<Object>>, Failure> {
        let (namespace, name) = match name.and_then(|name| name.split_once('/')) {
            Some((namespace, name)) => (Some(namespace), Some(name)),
            None => (global.namespace.as_deref(), name),
        };
        let in_namespace =
            |key: &Key| !kind.namespaced() || namespace.is_none_or(|wanted| &*key.namespace == wanted);
        let found: Vec<_> = self
            .world
            .list(kind)
            .filter(|object| in_namespace(&object.key))
            .filter(|object| name.is_none_or(|name| &*object.key.name == name))
            .filter(|object| global.selector.as_ref().is_none_or(|selector| selector.matches(object)))
            .cloned()
            .collect();
        match name {
            Some(name) if found.is_empty() => Err(self.not_found(kind, namespace, name)),
            Some(_) | None => Ok(found),
        }
    }

    fn not_found(&self, kind: &Kind, namespace: Option<&str>, name: &str) -> Failure {
        let place = namespace.map_or_else(String::new, |namespace| format!(" in namespace {namespace}"));
        let elsewhere: Vec<_> =
            self.world.list(kind).filter(|object| &*object.key.name == name).map(|o| o.key.path()).collect();
        let mut near: Vec<_> = self.world.list(kind).map(|object| object.key.path()).take(9).collect();
        let fix = match (elsewhere.is_empty(), near.len()) {
            (false, _) => format!("there is {}", elsewhere.join(", ")),
            (true, 0) => format!("the manifests hold no {kind}"),
            (true, n) => {
                if n == 9 {
                    near.pop();
                    near.push("…".to_owned());
                }
                format!("there are {}", near.join(", "))
            }
        };
        Failure::failed(format!("{kind} `{name}` not found{place}"), fix)
    }

    /// What its objects are told from.
    pub fn known(&self) -> Known<'_> {
        Known {
            world: &self.world,
            compiled: &self.compiled,
            view: None,
            tree: None,
            mistakes: None,
            inventory: None,
            line_of: None,
            now: self.now,
        }
    }

    /// The line of a field, as exact as the file allows.
    pub fn line_of(&self, object: &Object, field: &str) -> Option<u32> {
        let origin = object.origin.as_ref()?;
        self.manifests.line_of(origin, field).or(Some(origin.line))
    }
}

/// What a command says when nobody told it what to read.
pub fn no_source() -> String {
    format!("error: no manifests were named (reading a live cluster is yet to come)\n{HOW_TO_START}")
}
