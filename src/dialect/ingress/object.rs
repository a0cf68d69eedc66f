//! An Ingress as the controller sees it: defaults filled in, only what serving needs.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::resource::{Key, Object, core, gateway_api::ViewError};

/// An Ingress.
#[derive(Clone, Debug, PartialEq)]
pub struct Ingress {
    /// Its name.
    pub key: Key,
    /// `creationTimestamp`, microseconds since 1970; none counts as the youngest.
    pub created: Option<i64>,
    /// `metadata.annotations`
    pub annotations: BTreeMap<String, String>,
    /// `spec.ingressClassName`
    pub class_name: Option<String>,
    /// `spec.defaultBackend`
    pub default_backend: Option<BackendSpec>,
    /// `spec.rules`
    pub rules: Vec<RuleSpec>,
    /// `spec.tls`
    pub tls: Vec<TlsSpec>,
    /// `metadata.uid`; empty in manifests.
    pub uid: String,
}

/// `IngressRule`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSpec {
    /// Empty: every host.
    pub host: String,
    /// None: no `http` section at all.
    pub paths: Option<Vec<PathSpec>>,
}

/// `HTTPIngressPath`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathSpec {
    /// `/` when absent.
    pub path: String,
    /// How it is meant.
    pub kind: PathKind,
    /// Where it leads.
    pub backend: BackendSpec,
}

/// `pathType`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum PathKind {
    Exact,
    Prefix,
    ImplementationSpecific,
}

/// `IngressBackend`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackendSpec {
    /// A Service.
    Service {
        /// Its name.
        name: String,
        /// Which of its ports.
        port: PortSpec,
    },
    /// `resource`: kind and name.
    Resource(String),
}

/// `ServiceBackendPort`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortSpec {
    /// By number.
    Number(u16),
    /// By name.
    Name(String),
    /// Neither.
    Missing,
}

/// `IngressTLS`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSpec {
    /// `hosts`
    pub hosts: Vec<String>,
    /// `secretName`; may be empty.
    pub secret: String,
}

impl Ingress {
    /// Reads an object.
    ///
    /// # Errors
    /// The field that does not fit.
    pub fn of(object: &Object) -> Result<Self, ViewError> {
        let given = core::ingress(object)?;
        let spec = given.spec.unwrap_or_default();
        let rules = spec.rules.unwrap_or_default().into_iter().map(|rule| RuleSpec {
            host: rule.host.unwrap_or_default(),
            paths: rule.http.map(|http| {
                http.paths
                    .into_iter()
                    .map(|path| PathSpec {
                        path: path.path.filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned()),
                        kind: PathKind::of(&path.path_type),
                        backend: BackendSpec::of(path.backend),
                    })
                    .collect()
            }),
        });
        Ok(Self {
            key: object.key.clone(),
            created: object.meta.created.map(jiff::Timestamp::as_microsecond),
            annotations: given.metadata.annotations.unwrap_or_default().into_iter().collect(),
            uid: given.metadata.uid.unwrap_or_default(),
            class_name: spec.ingress_class_name,
            default_backend: spec.default_backend.map(BackendSpec::of),
            rules: rules.collect(),
            tls: spec
                .tls
                .unwrap_or_default()
                .into_iter()
                .map(|tls| TlsSpec {
                    hosts: tls.hosts.unwrap_or_default(),
                    secret: tls.secret_name.unwrap_or_default(),
                })
                .collect(),
        })
    }

    /// As the Table names it.
    pub fn origin(&self) -> Arc<crate::routing::Origin> {
        Arc::new(crate::routing::Origin {
            kind: "Ingress".into(),
            namespace: Arc::clone(&self.key.namespace),
            name: Arc::clone(&self.key.name),
        })
    }
}

impl PathKind {
    fn of(text: &str) -> Self {
        match text {
            "Exact" => Self::Exact,
            "ImplementationSpecific" => Self::ImplementationSpecific,
            // Also what the controller takes for a missing one.
            _ => Self::Prefix,
        }
    }
}

impl BackendSpec {
    fn of(given: k8s_openapi::api::networking::v1::IngressBackend) -> Self {
        if let Some(service) = given.service {
            let port = service.port.unwrap_or_default();
            let number =
                port.number.and_then(|number| u16::try_from(number).ok()).filter(|number| *number > 0);
            let port = match (number, port.name.filter(|name| !name.is_empty())) {
                (Some(number), _) => PortSpec::Number(number),
                (None, Some(name)) => PortSpec::Name(name),
                (None, None) => PortSpec::Missing,
            };
            return Self::Service { name: service.name, port };
        }
        let resource = given.resource.unwrap_or_default();
        Self::Resource(format!("{} {}", resource.kind, resource.name))
    }
}

/// As written: a number, a name, or nothing.
impl fmt::Display for PortSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
            Self::Missing => Ok(()),
        }
    }
}
