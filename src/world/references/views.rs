//! Light views of the Gateway API's kinds that refer to others.

use std::{borrow::Cow, sync::Arc};

use serde::Deserialize;

use super::Ask;
use crate::resource::{Key, Kind};

/// A reference and what it asks.
pub(in super::super) struct Link {
    pub(in super::super) field: String,
    pub(in super::super) to: Key,
    pub(in super::super) ask: Option<Ask>,
}

/// A view that knows its references.
pub(super) trait LinkView {
    /// Adds them in the order of the fields.
    fn collect(&self, owner: &Owner<'_>, links: &mut Vec<Link>);
}

/// The object whose references are read: it gives the namespace where a reference names none.
pub(super) struct Owner<'a>(pub(super) &'a Key);

pub(super) type Text<'a> = Cow<'a, str>;

/// Any reference of any kind: what is absent has the default of its place.
#[derive(Deserialize)]
struct Ref<'a> {
    #[serde(borrow)]
    group: Option<Text<'a>>,
    #[serde(borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow, default)]
    name: Text<'a>,
    port: Option<i64>,
    #[serde(borrow, default = "Vec::new")]
    filters: Vec<Filter<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter<'a> {
    #[serde(borrow)]
    request_mirror: Option<WithBackend<'a>>,
    #[serde(borrow)]
    external_auth: Option<WithBackend<'a>>,
    #[serde(borrow)]
    extension_ref: Option<Ref<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WithBackend<'a> {
    #[serde(borrow)]
    backend_ref: Option<Ref<'a>>,
}

impl Owner<'_> {
    fn key(&self, reference: &Ref<'_>, group: &str, kind: &str) -> Key {
        let (group, kind) =
            (reference.group.as_deref().unwrap_or(group), reference.kind.as_deref().unwrap_or(kind));
        let namespace =
            reference.namespace.as_deref().map_or_else(|| Arc::clone(&self.0.namespace), Arc::from);
        Key::new(Kind::from_group(group, kind), namespace, &*reference.name)
    }

    pub(super) fn own(&self, kind: Kind, name: &str) -> Key {
        Key::new(kind, Arc::clone(&self.0.namespace), name)
    }

    /// A reference to a Service, unless it says otherwise, and those of its filters.
    fn backend(&self, field: String, reference: &Ref<'_>, links: &mut Vec<Link>) {
        let to = self.key(reference, "", "Service");
        let port = reference.port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
        let ask = port.filter(|_| to.kind == Kind::Service).map(|port| match self.0.kind {
            Kind::UdpRoute => Ask::UdpPort(port),
            _ => Ask::Port(port),
        });
        self.filters(&field, &reference.filters, links);
        links.push(Link { field, to, ask });
    }

    fn filters(&self, place: &str, filters: &[Filter<'_>], links: &mut Vec<Link>) {
        for (n, filter) in filters.iter().enumerate() {
            let place = |member: &str| format!("{place}.filters[{n}].{member}");
            for (member, with) in
                [("requestMirror", &filter.request_mirror), ("externalAuth", &filter.external_auth)]
            {
                if let Some(reference) = with.as_ref().and_then(|with| with.backend_ref.as_ref()) {
                    self.backend(place(&format!("{member}.backendRef")), reference, links);
                }
            }
            if let Some(reference) = &filter.extension_ref {
                let to = self.key(reference, "", "");
                links.push(Link { field: place("extensionRef"), to, ask: None });
            }
        }
    }

    /// A reference with defaults for its group and kind.
    fn plain(&self, field: String, reference: &Ref<'_>, default: (&str, &str), links: &mut Vec<Link>) {
        let to = self.key(reference, default.0, default.1);
        let ask = (to.kind == Kind::Secret).then_some(Ask::Certificate);
        links.push(Link { field, to, ask });
    }

    fn certificates(&self, listeners: &[Listener<'_>], links: &mut Vec<Link>) {
        for (n, listener) in listeners.iter().enumerate() {
            let refs = listener.tls.iter().flat_map(|tls| &tls.certificate_refs).enumerate();
            for (m, reference) in refs {
                let field = format!("spec.listeners[{n}].tls.certificateRefs[{m}]");
                self.plain(field, reference, ("", "Secret"), links);
            }
        }
    }
}

const GATEWAY: (&str, &str) = ("gateway.networking.k8s.io", "Gateway");

#[derive(Deserialize)]
pub(super) struct Route<'a> {
    #[serde(borrow)]
    spec: RouteSpec<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RouteSpec<'a> {
    #[serde(borrow, default = "Vec::new")]
    parent_refs: Vec<Ref<'a>>,
    #[serde(borrow, default = "Vec::new")]
    rules: Vec<Rule<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    #[serde(borrow, default = "Vec::new")]
    filters: Vec<Filter<'a>>,
    #[serde(borrow, default = "Vec::new")]
    backend_refs: Vec<Ref<'a>>,
}

impl LinkView for Route<'_> {
    fn collect(&self, owner: &Owner<'_>, links: &mut Vec<Link>) {
        for (n, parent) in self.spec.parent_refs.iter().enumerate() {
            let to = owner.key(parent, GATEWAY.0, GATEWAY.1);
            links.push(Link { field: format!("spec.parentRefs[{n}]"), to, ask: None });
        }
        for (n, rule) in self.spec.rules.iter().enumerate() {
            let place = format!("spec.rules[{n}]");
            owner.filters(&place, &rule.filters, links);
            for (m, reference) in rule.backend_refs.iter().enumerate() {
                owner.backend(format!("{place}.backendRefs[{m}]"), reference, links);
            }
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Gateway<'a> {
    #[serde(borrow)]
    spec: GatewaySpec<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewaySpec<'a> {
    #[serde(borrow)]
    gateway_class_name: Option<Text<'a>>,
    #[serde(borrow, default = "Vec::new")]
    listeners: Vec<Listener<'a>>,
    #[serde(borrow)]
    tls: Option<GatewayTls<'a>>,
    #[serde(borrow)]
    infrastructure: Option<Parameters<'a>>,
}

#[derive(Deserialize)]
struct Listener<'a> {
    #[serde(borrow)]
    tls: Option<ListenerTls<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListenerTls<'a> {
    #[serde(borrow, default = "Vec::new")]
    certificate_refs: Vec<Ref<'a>>,
}

#[derive(Deserialize)]
struct GatewayTls<'a> {
    #[serde(borrow)]
    backend: Option<GatewayBackendTls<'a>>,
    #[serde(borrow)]
    frontend: Option<GatewayFrontendTls<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewayBackendTls<'a> {
    #[serde(borrow)]
    client_certificate_ref: Option<Ref<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewayFrontendTls<'a> {
    #[serde(borrow)]
    default: Option<FrontendTls<'a>>,
    #[serde(borrow, default = "Vec::new")]
    per_port: Vec<PerPort<'a>>,
}

#[derive(Deserialize)]
struct PerPort<'a> {
    #[serde(borrow)]
    tls: Option<FrontendTls<'a>>,
}

#[derive(Deserialize)]
struct FrontendTls<'a> {
    #[serde(borrow)]
    validation: Option<Validation<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Validation<'a> {
    #[serde(borrow, default = "Vec::new", rename = "caCertificateRefs")]
    ca_certificate_refs: Vec<Ref<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(borrow)]
    parameters_ref: Option<Ref<'a>>,
}

impl Validation<'_> {
    fn collect(&self, place: &str, owner: &Owner<'_>, links: &mut Vec<Link>) {
        for (n, reference) in self.ca_certificate_refs.iter().enumerate() {
            let to = owner.key(reference, "", "ConfigMap");
            links.push(Link { field: format!("{place}.validation.caCertificateRefs[{n}]"), to, ask: None });
        }
    }
}

impl LinkView for Gateway<'_> {
    fn collect(&self, owner: &Owner<'_>, links: &mut Vec<Link>) {
        let spec = &self.spec;
        if let Some(name) = &spec.gateway_class_name {
            let to = owner.own(Kind::GatewayClass, name);
            links.push(Link { field: "spec.gatewayClassName".to_owned(), to, ask: Some(Ask::Class) });
        }
        owner.certificates(&spec.listeners, links);
        if let Some(tls) = &spec.tls {
            if let Some(reference) = tls.backend.as_ref().and_then(|tls| tls.client_certificate_ref.as_ref())
            {
                let field = "spec.tls.backend.clientCertificateRef".to_owned();
                owner.plain(field, reference, ("", "Secret"), links);
            }
            if let Some(frontend) = &tls.frontend {
                if let Some(validation) = frontend.default.as_ref().and_then(|tls| tls.validation.as_ref()) {
                    validation.collect("spec.tls.frontend.default", owner, links);
                }
                for (n, port) in frontend.per_port.iter().enumerate() {
                    if let Some(validation) = port.tls.as_ref().and_then(|tls| tls.validation.as_ref()) {
                        validation.collect(&format!("spec.tls.frontend.perPort[{n}].tls"), owner, links);
                    }
                }
            }
        }
        if let Some(reference) = spec.infrastructure.as_ref().and_then(|i| i.parameters_ref.as_ref()) {
            let to = owner.key(reference, "", "");
            links.push(Link { field: "spec.infrastructure.parametersRef".to_owned(), to, ask: None });
        }
    }
}

#[derive(Deserialize)]
pub(super) struct ListenerSet<'a> {
    #[serde(borrow)]
    spec: ListenerSetSpec<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListenerSetSpec<'a> {
    #[serde(borrow)]
    parent_ref: Option<Ref<'a>>,
    #[serde(borrow, default = "Vec::new")]
    listeners: Vec<Listener<'a>>,
}

impl LinkView for ListenerSet<'_> {
    fn collect(&self, owner: &Owner<'_>, links: &mut Vec<Link>) {
        if let Some(parent) = &self.spec.parent_ref {
            let to = owner.key(parent, GATEWAY.0, GATEWAY.1);
            links.push(Link { field: "spec.parentRef".to_owned(), to, ask: None });
        }
        owner.certificates(&self.spec.listeners, links);
    }
}

#[derive(Deserialize)]
pub(super) struct GatewayClass<'a> {
    #[serde(borrow)]
    spec: Parameters<'a>,
}

impl LinkView for GatewayClass<'_> {
    fn collect(&self, owner: &Owner<'_>, links: &mut Vec<Link>) {
        if let Some(reference) = &self.spec.parameters_ref {
            let to = owner.key(reference, "", "");
            links.push(Link { field: "spec.parametersRef".to_owned(), to, ask: None });
        }
    }
}

#[derive(Deserialize)]
pub(super) struct BackendTlsPolicy<'a> {
    #[serde(borrow)]
    spec: PolicySpec<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicySpec<'a> {
    #[serde(borrow, default = "Vec::new")]
    target_refs: Vec<Ref<'a>>,
    #[serde(borrow)]
    validation: Option<Validation<'a>>,
}

impl LinkView for BackendTlsPolicy<'_> {
    fn collect(&self, owner: &Owner<'_>, links: &mut Vec<Link>) {
        for (n, reference) in self.spec.target_refs.iter().enumerate() {
            let to = owner.key(reference, "", "Service");
            links.push(Link { field: format!("spec.targetRefs[{n}]"), to, ask: None });
        }
        if let Some(validation) = &self.spec.validation {
            validation.collect("spec", owner, links);
        }
    }
}
