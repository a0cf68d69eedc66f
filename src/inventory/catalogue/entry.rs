//! One annotation, and the controller that reads it.

use serde::Deserialize;

use super::kind::ValueKind;
use crate::inventory::Verdict;

/// Implementations of Gateway API whose policies the catalogue names.
pub const IMPLEMENTATIONS: [&str; 9] =
    ["envoy-gateway", "nginx-gateway-fabric", "kgateway", "istio", "traefik", "kong", "cilium", "gke", "aws"];

/// One controller, or another tool that reads annotations of Ingresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// Our name for it: `ingress-nginx`.
    pub name: String,
    /// As its makers write it.
    pub title: String,
    /// What most of its keys begin with, the `/` included; empty when there is no such thing.
    pub prefix: String,
    /// Prefixes that it reads too, without `/`; other controllers may read the same.
    pub legacy_prefixes: Vec<String>,
    /// `spec.controller` of its IngressClasses.
    pub classes: Vec<String>,
    /// What its classes are usually called.
    pub class_names: Vec<String>,
    /// Where the knowledge is from.
    pub source: String,
}

/// What a controller does with a value that it can not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Malformed {
    /// As if the annotation were not there.
    Ignored,
    /// The paths of the Ingress answer with an error.
    Denied,
    /// The whole Ingress is left out.
    Dropped,
    /// A protection falls away.
    Opens,
    /// No later change of any Ingress is taken over.
    Stops,
}

impl Malformed {
    /// What happens, behind what is wrong with the value.
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Ignored => "the annotation is ignored",
            Self::Denied => "the paths of this Ingress answer 503",
            Self::Dropped => "the whole Ingress is left out",
            Self::Opens => "the protection falls away and the site is open",
            Self::Stops => "the controller takes over no later change, of any Ingress",
        }
    }
}

/// What an annotation holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// The paths of its Ingress.
    Location,
    /// The whole host, other Ingresses' paths too.
    Server,
    /// Written on a Service.
    Service,
    /// The Services that the Ingress names.
    Backend,
}

/// All that we know of one annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The whole key with the usual prefix; `*` is a name that a user chose.
    pub key: String,
    /// Other whole keys for the same.
    pub aliases: Vec<String>,
    /// Our name of the controller that reads it.
    pub controller: String,
    /// Other controllers that read this very key.
    pub also: Vec<String>,
    /// What values it takes.
    pub kind: ValueKind,
    /// What holds without it; empty when that is nothing.
    pub default: String,
    /// What it does, in one sentence.
    pub meaning: String,
    /// Where it goes, whatever its value; never [`Verdict::Unknown`].
    pub class: Verdict,
    /// The field of Gateway API, or the policy in words; empty when there is nothing.
    pub becomes: String,
    /// Implementation, one of [`IMPLEMENTATIONS`], and its field.
    pub policies: Vec<(String, String)>,
    /// What surprises, in one sentence; may be empty.
    pub quirk: String,
    /// What happens to a value that it does not take.
    pub malformed: Malformed,
    /// Whether the rehearsal's old side does it.
    pub executed: bool,
    /// What it holds for.
    pub scope: Reach,
    /// The version that brought it; empty when unknown.
    pub since: String,
    /// The version that took it away: later ones ignore it. Empty while it is there.
    pub removed: String,
    /// Where the knowledge is from, when it is not the source of its controller.
    pub source: String,
}

impl Entry {
    /// The key without the prefix.
    pub fn short(&self) -> &str {
        self.key.split_once('/').map_or(&self.key, |(_, short)| short)
    }

    /// Holds a value against the type.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn check(&self, value: &str) -> Result<(), String> {
        super::check::check(&self.kind, value)
    }

    /// What is wrong with a value, and what the controller does about it.
    pub fn problem(&self, value: &str) -> Option<String> {
        if !self.removed.is_empty() {
            return Some(format!("not read since {}: it does nothing", self.removed));
        }
        self.check(value).err().map(|wrong| format!("{wrong}: {}", self.malformed.outcome()))
    }
}
