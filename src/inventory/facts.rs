//! What is known of each Ingress after a survey. Texts are as they came.

use std::{borrow::Cow, sync::Arc};

use super::{
    catalogue::{Entry, NGINX_PREFIX},
    classify::{Complexity, Reason, Rules},
    traps::{MoreTraps, TrapFinding},
    verdict::Verdict,
};
use crate::{
    dialect::ingress::{Effect, Found, class::From as ClassFrom},
    resource::{Key, Origin, Problem},
};

/// What the controller was told by its flags, and what the user says of complexity.
#[derive(Clone, Debug)]
pub struct Options {
    /// ingress-nginx's `--annotations-prefix`, without the final `/`.
    pub nginx_prefix: String,
    /// How hard an Ingress is.
    pub rules: Rules,
}

impl Default for Options {
    fn default() -> Self {
        Self { nginx_prefix: NGINX_PREFIX.to_owned(), rules: Rules::default() }
    }
}

/// Every Ingress of a World.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// By namespace and name.
    pub ingresses: Vec<IngressFacts>,
    /// How many of each sort.
    pub totals: Totals,
    /// What is wrong with Ingresses as such, and annotations that their controller can not read.
    pub problems: Vec<Problem>,
    /// The settings of ingress-nginx, with their place; none when they were given.
    pub found: Option<Arc<Found>>,
    /// The prefix of ingress-nginx's annotations that was taken, without the final `/`.
    pub prefix: String,
    /// What could not be found, with what depends on it; one sentence each.
    pub missing: Vec<String>,
    /// Every trap: the five surprising behaviours first, then the worst, then by object.
    pub traps: Vec<Arc<TrapFinding>>,
    /// Further findings of a trap on a host, which are not among [`Self::traps`].
    pub more_traps: Vec<MoreTraps>,
}

/// How many Ingresses of each sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Nothing but routing.
    pub simple: usize,
    /// Annotations that have standard fields.
    pub medium: usize,
    /// All that needs a person.
    pub complex: usize,
}

impl Totals {
    /// All of them.
    pub fn all(self) -> usize {
        self.simple + self.medium + self.complex
    }

    pub(super) fn add(&mut self, complexity: Complexity) {
        match complexity {
            Complexity::Simple => self.simple += 1,
            Complexity::Medium => self.medium += 1,
            Complexity::Complex => self.complex += 1,
        }
    }
}

/// One Ingress.
#[derive(Clone, Debug)]
pub struct IngressFacts {
    /// Its key.
    pub key: Key,
    /// Where it was read from; its file and line.
    pub origin: Option<Origin>,
    /// Its class.
    pub class: Option<Arc<str>>,
    /// Where it was read.
    pub class_from: ClassFrom,
    /// `spec.controller` of its IngressClass, or what its class is known to stand for.
    pub controller: Option<Arc<str>>,
    /// Our name of that controller, by the IngressClass, or else by what its class is usually the name of.
    pub family: Option<&'static str>,
    /// Hosts of its rules, each once, in the order of the rules; the empty text is every host.
    pub hosts: Vec<Arc<str>>,
    /// Its paths in the order of the rules; `spec.defaultBackend` is not one of them.
    pub paths: Vec<PathFacts>,
    /// `spec.defaultBackend`.
    pub default_backend: Option<Backend>,
    /// `spec.tls`.
    pub tls: Vec<TlsFacts>,
    /// By key.
    pub annotations: Vec<AnnotationFacts>,
    /// Services that it names, with annotations that its controller reads there; by name.
    pub services: Vec<ServiceFacts>,
    /// How hard it is to move.
    pub complexity: Complexity,
    /// Why: all reasons of that complexity, then those of lesser ones.
    pub reasons: Vec<Reason>,
    /// What stands against moving it, in words.
    pub obstacles: Vec<String>,
    /// Traps that it really touches.
    pub traps: Vec<Arc<TrapFinding>>,
    /// What of its text could not be read: the field and why.
    pub unreadable: Option<String>,
}

impl IngressFacts {
    /// Its namespace.
    pub fn namespace(&self) -> &Arc<str> {
        &self.key.namespace
    }

    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.key.name
    }

    /// Its own annotations, then those of its Services.
    pub fn all_annotations(&self) -> impl Iterator<Item = &AnnotationFacts> {
        self.annotations.iter().chain(self.services.iter().flat_map(|service| &service.annotations))
    }

    /// An annotation by whole key.
    pub fn annotation(&self, key: &str) -> Option<&AnnotationFacts> {
        self.annotations.iter().find(|one| &*one.key == key)
    }
}

/// One path of an Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathFacts {
    /// The rule's host; empty for every host.
    pub host: Arc<str>,
    /// As written; empty when it is left out.
    pub path: Box<str>,
    /// `Exact`, `Prefix`, `ImplementationSpecific`, or what else stands there.
    pub path_type: Box<str>,
    /// Where it leads.
    pub backend: Backend,
    /// The field: `spec.rules[0].http.paths[1]`.
    pub field: String,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A Service of the Ingress's namespace.
    Service {
        /// Its name.
        name: Box<str>,
        /// Number or name of its port; empty when none is given.
        port: Box<str>,
    },
    /// Another object.
    Resource {
        /// Its kind, with the group behind a dot when there is one.
        kind: Box<str>,
        /// Its name.
        name: Box<str>,
    },
    /// Nothing that can be read.
    Nothing,
}

impl Backend {
    /// The Service's name.
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::Service { name, .. } => Some(name),
            Self::Resource { .. } | Self::Nothing => None,
        }
    }
}

/// A Service with annotations that the Ingress's controller reads.
#[derive(Clone, Debug)]
pub struct ServiceFacts {
    /// Its key.
    pub key: Key,
    /// These annotations, by key.
    pub annotations: Vec<AnnotationFacts>,
}

/// One entry of `spec.tls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// Its hosts.
    pub hosts: Vec<Arc<str>>,
    /// The Secret; none where the controller's own certificate is meant.
    pub secret: Option<Box<str>>,
}

/// One annotation of one Ingress.
#[derive(Clone, Debug)]
pub struct AnnotationFacts {
    /// Its whole key.
    pub key: Arc<str>,
    /// Its value; none where it is a copy of the whole object.
    pub value: Option<Arc<str>>,
    /// What the catalogue has on it.
    pub entry: Option<&'static Entry>,
    /// Where its meaning goes.
    pub verdict: Verdict,
    /// The field, or the policy in words; empty when there is nothing.
    pub becomes: Cow<'static, str>,
    /// Why this value has another verdict than the key in general.
    pub why: Option<&'static str>,
    /// Whether the Ingress's controller reads it.
    pub reading: Reading,
    /// What is wrong with it, and what the controller does about it.
    pub problem: Option<String>,
    /// What the controller does about it, where ingress-nginx was asked.
    pub effect: Option<Effect>,
}

impl AnnotationFacts {
    /// Our name of the controller or tool that it is written for.
    pub fn controller(&self) -> Option<&'static str> {
        self.entry.map(|entry| entry.controller.as_str())
    }

    /// What it does.
    pub fn meaning(&self) -> &'static str {
        self.entry.map_or("", |entry| &entry.meaning)
    }

    /// What surprises.
    pub fn quirk(&self) -> &'static str {
        self.entry.map_or("", |entry| &entry.quirk)
    }

    /// Implementation and field of its policy.
    pub fn policies(&self) -> &'static [(String, String)] {
        self.entry.map_or(&[], |entry| &entry.policies)
    }

    /// The field, as `check` and the editor of manifests name it.
    pub fn field(&self) -> String {
        let quote = if self.key.contains('"') { '\'' } else { '"' };
        format!("metadata.annotations[{quote}{}{quote}]", self.key)
    }

    /// Whether it does something where it stands.
    pub fn counts(&self) -> bool {
        match self.reading {
            Reading::Read => self.verdict != Verdict::Internal,
            Reading::OtherController | Reading::OtherPrefix | Reading::Removed => false,
        }
    }
}

/// Whether a controller reads an annotation that stands on its Ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// It does, or nobody knows better.
    Read,
    /// It is another controller's.
    OtherController,
    /// It has the usual prefix, and the controller was told another.
    OtherPrefix,
    /// Releases of the controller that still run have it no more.
    Removed,
}
