//! Services: the ports that a backendRef may name, and where they lead.

use std::collections::BTreeMap;

use k8s_openapi::{api::core::v1::Service, apimachinery::pkg::util::intstr::IntOrString};

use super::port_number;
use crate::resource::{Object, gateway_api::ViewError};

/// What routing reads of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceView {
    /// `spec.type`; `ClusterIP` when absent.
    pub kind: String,
    /// `spec.ports`, in the order written.
    pub ports: Vec<ServicePort>,
    /// `spec.selector`; empty when the endpoints are kept by somebody else.
    pub selector: BTreeMap<String, String>,
    /// `spec.clusterIP`: `None` as a word means headless.
    pub cluster_ip: Option<String>,
    /// `spec.externalName`, for the type `ExternalName`.
    pub external_name: Option<String>,
}

/// One port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// `name`; may be absent when it is the only port.
    pub name: Option<String>,
    /// `port`: what a backendRef names.
    pub port: u16,
    /// `targetPort`: where the Pods listen; `port` when absent.
    pub target: TargetPort,
    /// `protocol`: `TCP` when absent.
    pub protocol: String,
    /// `appProtocol`: `kubernetes.io/h2c`, `kubernetes.io/ws`, …
    pub app_protocol: Option<String>,
}

/// `targetPort`: a number, or the name of a container's port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPort {
    /// This port on each Pod.
    Number(u16),
    /// The container port of that name, which may differ from Pod to Pod.
    Name(String),
}

impl ServiceView {
    /// Whether `clusterIP` is `None`: the Service has no address of its own.
    pub fn is_headless(&self) -> bool {
        self.cluster_ip.as_deref() == Some("None")
    }

    /// The port of that number; of several with one number, the TCP one that stands first.
    pub fn port(&self, number: u16) -> Option<&ServicePort> {
        let mut same = self.ports.iter().filter(|port| port.port == number);
        let first = same.clone().next();
        same.find(|port| port.protocol == "TCP").or(first)
    }
}

/// Reads a Service.
///
/// # Errors
/// The field that does not fit: a wrong type, or a port outside 1 to 65535.
pub fn service(object: &Object) -> Result<ServiceView, ViewError> {
    let spec = object.view::<Service>()?.spec.unwrap_or_default();
    let ports = spec.ports.unwrap_or_default().into_iter().enumerate().map(|(n, port)| {
        let number = port_number(port.port, || format!("spec.ports[{n}].port"))?;
        // kubectl and the server both take 0 and an empty name for "absent".
        let target = match port.target_port {
            None | Some(IntOrString::Int(0)) => TargetPort::Number(number),
            Some(IntOrString::String(name)) if name.is_empty() => TargetPort::Number(number),
            Some(IntOrString::String(name)) => TargetPort::Name(name),
            Some(IntOrString::Int(target)) => {
                TargetPort::Number(port_number(target, || format!("spec.ports[{n}].targetPort"))?)
            }
        };
        Ok(ServicePort {
            name: port.name.filter(|name| !name.is_empty()),
            port: number,
            target,
            protocol: port.protocol.unwrap_or_else(|| "TCP".to_owned()),
            app_protocol: port.app_protocol,
        })
    });
    Ok(ServiceView {
        ports: ports.collect::<Result<_, ViewError>>()?,
        kind: spec.type_.unwrap_or_else(|| "ClusterIP".to_owned()),
        selector: spec.selector.unwrap_or_default(),
        cluster_ip: spec.cluster_ip,
        external_name: spec.external_name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::core::object;
    use serde_json::json;

    fn read(spec: serde_json::Value) -> Result<ServiceView, ViewError> {
        service(&object(
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}),
        ))
    }

    #[test]
    fn absent_fields_get_the_servers_defaults() {
        let web = read(json!({"ports": [{"port": 80}], "clusterIP": "None"})).unwrap();
        assert_eq!(web.kind, "ClusterIP");
        assert!(web.is_headless());
        let expected = ServicePort {
            name: None,
            port: 80,
            target: TargetPort::Number(80),
            protocol: "TCP".to_owned(),
            app_protocol: None,
        };
        assert_eq!(web.ports, [expected]);
    }

    #[test]
    fn a_target_port_may_be_a_number_or_a_name() {
        let web = read(json!({"ports": [
            {"name": "http", "port": 80, "targetPort": 8080, "appProtocol": "kubernetes.io/h2c"},
            {"name": "admin", "port": 81, "targetPort": "admin"},
        ]}))
        .unwrap();
        assert_eq!(web.port(80).unwrap().target, TargetPort::Number(8080));
        assert_eq!(web.port(80).unwrap().app_protocol.as_deref(), Some("kubernetes.io/h2c"));
        assert_eq!(web.port(81).unwrap().target, TargetPort::Name("admin".to_owned()));
        assert_eq!(web.port(82), None);
    }

    #[test]
    fn of_two_ports_with_one_number_tcp_is_taken() {
        let dns = read(json!({"ports": [
            {"name": "udp", "port": 53, "protocol": "UDP"}, {"name": "tcp", "port": 53, "protocol": "TCP"},
        ]}))
        .unwrap();
        assert_eq!(dns.port(53).unwrap().protocol, "TCP");
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_field() {
        let cases = [
            (json!({"ports": [{"port": 0}]}), "spec.ports[0].port", "zero is no port"),
            (json!({"ports": [{"port": 80}, {"port": 65536}]}), "spec.ports[1].port", "too large"),
            (json!({"ports": [{"port": 80, "targetPort": 70000}]}), "spec.ports[0].targetPort", "too large"),
            (json!({"ports": [{"port": "80"}]}), "spec.ports[0].port", "a string"),
            (json!({"selector": {"app": 1}}), "spec.selector.app", "a number"),
        ];
        for (spec, field, why) in cases {
            assert_eq!(read(spec).unwrap_err().field, field, "{why}");
        }
    }
}
