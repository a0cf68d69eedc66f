//! Which class an Ingress is of, and which controller stands behind it.

use std::{collections::HashMap, sync::Arc};

use serde::Deserialize;

use super::catalogue::Catalogue;
use crate::{
    resource::{Kind, Object},
    world::World,
};

/// The annotation that named the class before `spec.ingressClassName`.
pub(super) const CLASS: &str = "kubernetes.io/ingress.class";
const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

/// What says which class an Ingress is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClassFrom {
    /// `spec.ingressClassName`
    Spec,
    /// The annotation `kubernetes.io/ingress.class`.
    Annotation,
    /// The IngressClass that is the default: the API server would have written it.
    Default,
    /// Nothing does.
    Nothing,
}

impl ClassFrom {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spec => "ingressClassName",
            Self::Annotation => "annotation",
            Self::Default => "default class",
            Self::Nothing => "none",
        }
    }
}

/// The IngressClasses of a World.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    /// `spec.controller` by name.
    by_name: HashMap<Arc<str>, Option<Arc<str>>>,
    /// The default class; of several the API server takes the newest, then the first by name.
    default: Option<Arc<str>>,
}

/// The class of one Ingress.
pub(super) struct Class {
    pub name: Option<Arc<str>>,
    pub from: ClassFrom,
    pub controller: Option<Arc<str>>,
    pub family: Option<&'static str>,
    /// Whether the IngressClass that it names is there.
    pub exists: bool,
}

#[derive(Deserialize)]
struct View {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    annotations: Option<HashMap<String, serde_json::Value>>,
}

#[derive(Default, Deserialize)]
struct Spec {
    #[serde(default)]
    controller: Option<String>,
}

impl Classes {
    /// Reads every IngressClass.
    pub fn of(world: &World) -> Self {
        let mut classes = Self::default();
        let mut newest: Option<&Object> = None;
        for object in world.list(&Kind::IngressClass).filter(|object| !object.assumed) {
            let view = serde_json::from_str::<View>(&object.text).ok();
            let controller = view.as_ref().and_then(|view| view.spec.controller.as_deref());
            classes.by_name.insert(Arc::clone(&object.key.name), controller.map(Arc::from));
            let annotations = view.and_then(|view| view.metadata.annotations).unwrap_or_default();
            let is_default = annotations.get(DEFAULT).and_then(serde_json::Value::as_str) == Some("true");
            if is_default && newest.is_none_or(|before| object.meta.created > before.meta.created) {
                newest = Some(object);
            }
        }
        classes.default = newest.map(|object| Arc::clone(&object.key.name));
        classes
    }

    /// The class that an Ingress of these words is of. `ingressClassName` wins over the annotation, and either over
    /// the default class. Where there is no IngressClass and several controllers use its name, `has` says whether
    /// there are annotations of a prefix.
    pub(super) fn resolve(
        &self,
        spec: Option<&str>,
        annotation: Option<&str>,
        has: impl Fn(&str) -> bool,
    ) -> Class {
        // An empty annotation is one: the controller that reads it takes the Ingress.
        let (name, from) = match (spec, annotation, &self.default) {
            (Some(spec), _, _) => (Some(Arc::from(spec)), ClassFrom::Spec),
            (None, Some(word), _) => (Some(Arc::from(word)), ClassFrom::Annotation),
            (None, None, Some(default)) => (Some(Arc::clone(default)), ClassFrom::Default),
            (None, None, None) => (None, ClassFrom::Nothing),
        };
        let object = name.as_ref().and_then(|name| self.by_name.get(name));
        let controller = object.cloned().flatten();
        let family = match (&controller, &name) {
            (Some(controller), _) => Catalogue::get().controller_of(controller),
            (None, Some(name)) => {
                let called = || Catalogue::get().controllers_called(name);
                called().find(|one| has(&one.prefix)).or_else(|| called().next())
            }
            (None, None) => None,
        };
        Class {
            from,
            family: family.map(|one| one.name.as_str()),
            exists: object.is_some(),
            controller,
            name,
        }
    }
}
