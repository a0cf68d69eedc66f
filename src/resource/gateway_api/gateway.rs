//! GatewayClass and Gateway.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{SecretRef, common::open_enum};

/// `GatewayClass`
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GatewayClass {
    /// `spec`
    pub spec: GatewayClassSpec,
}

/// `GatewayClassSpec`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayClassSpec {
    /// The controller that serves Gateways of this class.
    pub controller_name: String,
}

/// `Gateway`
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Gateway {
    /// `spec`
    pub spec: GatewaySpec,
}

/// `GatewaySpec`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewaySpec {
    /// Name of the GatewayClass.
    pub gateway_class_name: String,
    /// Listeners, distinct by name.
    #[serde(default)]
    pub listeners: Vec<ListenerSpec>,
    /// Wanted addresses.
    #[serde(default)]
    pub addresses: Vec<AddressSpec>,
}

/// `GatewaySpecAddress`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AddressSpec {
    /// `IPAddress`, `Hostname` or a domain-prefixed type.
    #[serde(rename = "type", default = "ip_address")]
    pub kind: String,
    /// The address.
    pub value: Option<String>,
}

fn ip_address() -> String {
    "IPAddress".to_owned()
}

open_enum! {
    /// `ProtocolType`
    Protocol { Http = "HTTP", Https = "HTTPS", Tls = "TLS", Tcp = "TCP", Udp = "UDP" }
}
open_enum! {
    /// `TLSModeType`
    TlsMode { Terminate = "Terminate", Passthrough = "Passthrough" }
}
open_enum! {
    /// `FromNamespaces`
    FromNamespaces { All = "All", Selector = "Selector", Same = "Same", None = "None" }
}

/// `Listener`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListenerSpec {
    /// Name, unique within the Gateway.
    pub name: String,
    /// Host, `*.host`, or all when absent or empty.
    pub hostname: Option<String>,
    /// Port wanted.
    pub port: i64,
    /// Protocol.
    pub protocol: Protocol,
    /// TLS settings.
    pub tls: Option<TlsSpec>,
    /// Which routes may attach.
    #[serde(default)]
    pub allowed_routes: AllowedRoutes,
}

/// `ListenerTLSConfig`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsSpec {
    /// Terminate when absent.
    #[serde(default = "terminate")]
    pub mode: TlsMode,
    /// Certificates.
    #[serde(default)]
    pub certificate_refs: Vec<SecretRef>,
    /// Vendor options.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

fn terminate() -> TlsMode {
    TlsMode::Terminate
}

/// `AllowedRoutes`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct AllowedRoutes {
    /// Namespaces; the Gateway's own when absent.
    #[serde(default)]
    pub namespaces: RouteNamespaces,
    /// Kinds; all that fit the protocol when empty.
    #[serde(default)]
    pub kinds: Vec<RouteGroupKind>,
}

/// `RouteNamespaces`
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RouteNamespaces {
    /// Which namespaces.
    #[serde(default = "same")]
    pub from: FromNamespaces,
    /// For `Selector`.
    pub selector: Option<LabelSelector>,
}

impl Default for RouteNamespaces {
    fn default() -> Self {
        Self { from: same(), selector: None }
    }
}

fn same() -> FromNamespaces {
    FromNamespaces::Same
}

/// `RouteGroupKind`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RouteGroupKind {
    /// API group, the Gateway API's when absent.
    #[serde(default = "gateway_group")]
    pub group: String,
    /// Kind of route.
    pub kind: String,
}

fn gateway_group() -> String {
    "gateway.networking.k8s.io".to_owned()
}

/// `metav1.LabelSelector`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// All of these.
    #[serde(default)]
    pub match_labels: BTreeMap<String, String>,
    /// And all of these.
    #[serde(default)]
    pub match_expressions: Vec<LabelExpression>,
}

open_enum! {
    /// `metav1.LabelSelectorOperator`
    LabelOperator { In = "In", NotIn = "NotIn", Exists = "Exists", DoesNotExist = "DoesNotExist" }
}

/// `metav1.LabelSelectorRequirement`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LabelExpression {
    /// Label.
    pub key: String,
    /// Relation.
    pub operator: LabelOperator,
    /// For `In` and `NotIn`.
    #[serde(default)]
    pub values: Vec<String>,
}

impl LabelSelector {
    /// Whether labels satisfy the selector. An unknown operator never matches.
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.match_labels.iter().all(|(key, value)| label(key) == Some(value))
            && self.match_expressions.iter().all(|expression| {
                let value = label(&expression.key);
                let listed = || value.is_some_and(|value| expression.values.iter().any(|v| v == value));
                match &expression.operator {
                    LabelOperator::In => listed(),
                    LabelOperator::NotIn => !listed(),
                    LabelOperator::Exists => value.is_some(),
                    LabelOperator::DoesNotExist => value.is_none(),
                    LabelOperator::Other(_) => false,
                }
            })
    }
}
