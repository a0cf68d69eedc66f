//! Which controller takes an Ingress: by class name, by the old annotation, by nothing at all.

use std::fmt;

use serde::Deserialize;

use super::{Ingress, Settings};
use crate::{resource::Kind, world::World};

/// The annotation that named the class before Kubernetes 1.18.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
/// Marks the IngressClass that the API server writes into Ingresses without one.
const IS_DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

/// An IngressClass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// `spec.controller`
    pub controller: String,
    /// Whether Ingresses without a class get it.
    pub is_default: bool,
    /// Whether an object of this name is there, or a class of a well-known name was assumed.
    pub exists: bool,
}

/// Where a class was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum From {
    /// `spec.ingressClassName`
    Spec,
    /// The annotation.
    Annotation,
    /// The cluster's default class, which the API server writes in when the Ingress is created.
    Default,
    /// Nowhere.
    Nowhere,
}

/// Who takes an Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Name of the class.
    pub class: Option<String>,
    /// Where it was read.
    pub from: From,
    /// The controller behind it, when it can be known.
    pub controller: Option<String>,
    /// Whether ingress-nginx takes it.
    pub taken: bool,
    /// Why not, or why by a guess.
    pub why: Option<String>,
}

/// The IngressClasses of a World.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classes(Vec<Class>);

/// Controllers by the names that their charts give to their classes; for manifests without IngressClasses.
const WELL_KNOWN: &[(&str, &str)] = &[
    ("alb", "ingress.k8s.aws/alb"),
    ("apisix", "apisix.apache.org/apisix-ingress"),
    ("azure-application-gateway", "azure/application-gateway"),
    ("azure/application-gateway", "azure/application-gateway"),
    ("cilium", "cilium.io/ingress-controller"),
    ("contour", "projectcontour.io/ingress-controller"),
    ("gce", "k8s.io/ingress-gce"),
    ("gce-internal", "k8s.io/ingress-gce"),
    ("haproxy", "haproxy.org/ingress-controller/haproxy"),
    ("istio", "istio.io/ingress-controller"),
    ("kong", "ingress-controllers.konghq.com/kong"),
    ("traefik", "traefik.io/ingress-controller"),
];

#[derive(Deserialize)]
struct ClassObject {
    metadata: ClassMeta,
    #[serde(default)]
    spec: ClassSpec,
}

#[derive(Deserialize)]
struct ClassMeta {
    #[serde(default)]
    annotations: Option<std::collections::BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
struct ClassSpec {
    #[serde(default)]
    controller: Option<String>,
}

impl Classes {
    /// Reads them.
    pub fn of(world: &World) -> Self {
        let class = |object: &std::sync::Arc<crate::resource::Object>| {
            let given: ClassObject = serde_json::from_str(&object.text).ok()?;
            let annotations = given.metadata.annotations.unwrap_or_default();
            Some(Class {
                name: object.key.name.to_string(),
                controller: given.spec.controller.unwrap_or_default(),
                is_default: annotations.get(IS_DEFAULT).is_some_and(|value| value == "true"),
                exists: !object.assumed,
            })
        };
        Self(world.list(&Kind::IngressClass).filter_map(class).collect())
    }

    /// The class of this name.
    pub fn get(&self, name: &str) -> Option<&Class> {
        self.0.iter().find(|class| class.name == name)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Class> {
        self.0.iter()
    }

    /// The class that Ingresses without one get.
    pub fn default_class(&self) -> Option<&Class> {
        self.0.iter().find(|class| class.is_default)
    }

    /// Who takes an Ingress of a file, where the API server has not written a default class yet.
    pub fn claim(&self, ingress: &Ingress, settings: &Settings) -> Claim {
        let flags = &settings.flags;
        if let Some(name) = &ingress.class_name {
            return self.by_name(name, settings);
        }
        let annotation = ingress.annotations.get(CLASS_ANNOTATION);
        if let Some(name) = annotation.filter(|name| !name.is_empty()) {
            let known = self.get(name).map(|class| class.controller.clone());
            let taken = *name == flags.ingress_class;
            let controller = match (taken, known) {
                (true, _) => Some(flags.controller_class.clone()),
                (false, known) => known.or_else(|| well_known(name)),
            };
            let why = (!taken).then(|| {
                format!("{CLASS_ANNOTATION} is {name}; this controller takes {}", flags.ingress_class)
            });
            return Claim { class: Some(name.clone()), from: From::Annotation, controller, taken, why };
        }
        if let Some(class) = self.default_class() {
            let name = class.name.clone();
            return Claim { from: From::Default, ..self.by_name(&name, settings) };
        }
        let taken = flags.watch_without_class;
        let why = (!taken).then(|| {
            "it names no class, there is no default class, and --watch-ingress-without-class is not set"
                .to_owned()
        });
        let controller = taken.then(|| flags.controller_class.clone());
        Claim { class: None, from: From::Nowhere, controller, taken, why }
    }

    fn by_name(&self, name: &str, settings: &Settings) -> Claim {
        let flags = &settings.flags;
        let claim = |controller: Option<String>, taken, why| Claim {
            class: Some(name.to_owned()),
            from: From::Spec,
            controller,
            taken,
            why,
        };
        match self.get(name) {
            Some(class) => {
                let taken = class.controller == flags.controller_class
                    || flags.class_by_name && class.name == flags.ingress_class;
                let why = (!taken).then(|| format!("IngressClass {name} belongs to {}", class.controller));
                claim(Some(class.controller.clone()), taken, why)
            }
            // Manifests seldom hold the class, which the chart makes: its usual name says enough.
            None if self.0.is_empty() && name == flags.ingress_class => {
                let why = format!(
                    "IngressClass {name} is not among the manifests; it is taken for ingress-nginx's"
                );
                claim(Some(flags.controller_class.clone()), true, Some(why))
            }
            None => match well_known(name) {
                Some(controller) => {
                    let why =
                        format!("IngressClass {name} is not there; by its name it belongs to {controller}");
                    claim(Some(controller), false, Some(why))
                }
                None => claim(None, false, Some(format!("IngressClass {name} does not exist"))),
            },
        }
    }
}

fn well_known(name: &str) -> Option<String> {
    WELL_KNOWN.iter().find(|(known, _)| *known == name).map(|(_, controller)| (*controller).to_owned())
}

impl fmt::Display for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spec => "ingressClassName",
            Self::Annotation => "annotation",
            Self::Default => "default class",
            Self::Nowhere => "none",
        })
    }
}
