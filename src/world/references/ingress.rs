//! Light views of Ingress and IngressClass.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

use super::{
    Ask,
    views::{Link, LinkView, Owner, Text},
};
use crate::resource::{Key, Kind};

#[derive(Deserialize)]
pub(super) struct Ingress<'a> {
    #[serde(borrow, default)]
    metadata: IngressMeta<'a>,
    #[serde(borrow)]
    spec: IngressSpec<'a>,
}

#[derive(Default, Deserialize)]
struct IngressMeta<'a> {
    #[serde(borrow, default)]
    annotations: Option<BTreeMap<Text<'a>, Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IngressSpec<'a> {
    #[serde(borrow)]
    ingress_class_name: Option<Text<'a>>,
    #[serde(borrow)]
    default_backend: Option<IngressBackend<'a>>,
    #[serde(borrow, default = "Vec::new")]
    rules: Vec<IngressRule<'a>>,
    #[serde(borrow, default = "Vec::new")]
    tls: Vec<IngressTls<'a>>,
}

#[derive(Deserialize)]
struct IngressRule<'a> {
    #[serde(borrow)]
    http: Option<IngressPaths<'a>>,
}

#[derive(Deserialize)]
struct IngressPaths<'a> {
    #[serde(borrow, default = "Vec::new")]
    paths: Vec<IngressPath<'a>>,
}

#[derive(Deserialize)]
struct IngressPath<'a> {
    #[serde(borrow)]
    backend: IngressBackend<'a>,
}

#[derive(Deserialize)]
struct IngressBackend<'a> {
    #[serde(borrow)]
    service: Option<IngressService<'a>>,
    #[serde(borrow)]
    resource: Option<ResourceRef<'a>>,
}

#[derive(Deserialize)]
struct IngressService<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, default)]
    port: IngressPort<'a>,
}

#[derive(Default, Deserialize)]
struct IngressPort<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    number: Option<i64>,
}

/// A reference whose group is called `apiGroup`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceRef<'a> {
    #[serde(borrow)]
    api_group: Option<Text<'a>>,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
}

impl ResourceRef<'_> {
    fn link(&self, field: String, owner: &Owner<'_>) -> Link {
        let kind = Kind::from_group(self.api_group.as_deref().unwrap_or_default(), &self.kind);
        let namespace = self.namespace.as_deref().map_or_else(|| Arc::clone(&owner.0.namespace), Arc::from);
        Link { field, to: Key::new(kind, namespace, &*self.name), ask: None }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IngressTls<'a> {
    #[serde(borrow)]
    secret_name: Option<Text<'a>>,
}

impl IngressBackend<'_> {
    fn collect(&self, place: &str, owner: &Owner<'_>, links: &mut Vec<Link>) {
        if let Some(service) = &self.service {
            let number =
                service.port.number.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
            let name = service.port.name.as_deref().filter(|name| !name.is_empty());
            let ask = number.map(Ask::Port).or_else(|| name.map(|name| Ask::PortName(name.into())));
            let to = owner.own(Kind::Service, &service.name);
            links.push(Link { field: format!("{place}.service"), to, ask });
        }
        if let Some(resource) = &self.resource {
            links.push(resource.link(format!("{place}.resource"), owner));
        }
    }
}

impl LinkView for Ingress<'_> {
    fn collect(&self, owner: &Owner<'_>, links: &mut Vec<Link>) {
        const CLASS: &str = "kubernetes.io/ingress.class";
        const DEFAULT: &str = "nginx.ingress.kubernetes.io/default-backend";
        let annotation =
            |key| self.metadata.annotations.as_ref().and_then(|annotations| annotations.get(key));
        let field = |key: &str| format!("metadata.annotations[{key}]");
        let class = annotation(CLASS).map(|name| (field(CLASS), name)).or_else(|| {
            self.spec.ingress_class_name.as_ref().map(|name| ("spec.ingressClassName".to_owned(), name))
        });
        if let Some((field, name)) = class {
            links.push(Link { field, to: owner.own(Kind::IngressClass, name), ask: None });
        }
        if let Some(backend) = &self.spec.default_backend {
            backend.collect("spec.defaultBackend", owner, links);
        }
        if let Some(name) = annotation(DEFAULT).filter(|name| !name.is_empty()) {
            // Its first port, whichever that is.
            let to = owner.own(Kind::Service, name);
            links.push(Link { field: field(DEFAULT), to, ask: Some(Ask::Port(80)) });
        }
        for (n, rule) in self.spec.rules.iter().enumerate() {
            for (m, path) in rule.http.iter().flat_map(|http| &http.paths).enumerate() {
                path.backend.collect(&format!("spec.rules[{n}].http.paths[{m}].backend"), owner, links);
            }
        }
        for (n, tls) in self.spec.tls.iter().enumerate() {
            if let Some(name) = tls.secret_name.as_deref().filter(|name| !name.is_empty()) {
                let to = owner.own(Kind::Secret, name);
                let field = format!("spec.tls[{n}].secretName");
                links.push(Link { field, to, ask: Some(Ask::Certificate) });
            }
        }
    }
}

#[derive(Deserialize)]
pub(super) struct IngressClass<'a> {
    #[serde(borrow)]
    spec: IngressClassSpec<'a>,
}

#[derive(Deserialize)]
struct IngressClassSpec<'a> {
    #[serde(borrow)]
    parameters: Option<ResourceRef<'a>>,
}

impl LinkView for IngressClass<'_> {
    fn collect(&self, owner: &Owner<'_>, links: &mut Vec<Link>) {
        if let Some(parameters) = &self.spec.parameters {
            links.push(parameters.link("spec.parameters".to_owned(), owner));
        }
    }
}
