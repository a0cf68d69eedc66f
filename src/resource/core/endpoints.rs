//! EndpointSlices: who really answers for a Service.

use k8s_openapi::api::discovery::v1::EndpointSlice;

use super::port_number;
use crate::resource::{Object, gateway_api::ViewError};

/// The label by which a slice names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// What routing reads of an EndpointSlice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSliceView {
    /// The Service, from the label `kubernetes.io/service-name`; none for a slice that serves no Service.
    pub service: Option<String>,
    /// `addressType`: `IPv4`, `IPv6` or `FQDN`.
    pub address_type: String,
    /// Ports, each found at every endpoint.
    pub ports: Vec<EndpointPort>,
    /// All endpoints, ready or not.
    pub endpoints: Vec<EndpointView>,
}

/// One port of a slice. Its name is that of the Service's port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointPort {
    /// `name`; empty and absent are the same here.
    pub name: Option<String>,
    /// `port`; absent means all ports.
    pub port: Option<u16>,
    /// `protocol`: `TCP` when absent.
    pub protocol: String,
    /// `appProtocol`
    pub app_protocol: Option<String>,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointView {
    /// Addresses that are interchangeable; only the first is used, as kube-proxy does.
    pub addresses: Vec<String>,
    /// `conditions.ready`; unset counts as true.
    pub ready: bool,
    /// `conditions.serving`; unset counts as `ready`.
    pub serving: bool,
    /// `conditions.terminating`; unset counts as false.
    pub terminating: bool,
}

impl EndpointSliceView {
    /// The first address of each ready endpoint.
    pub fn ready(&self) -> impl Iterator<Item = &str> {
        self.endpoints.iter().filter(|e| e.ready).filter_map(|e| e.addresses.first()).map(String::as_str)
    }
}

/// Reads an EndpointSlice of `discovery.k8s.io/v1`.
///
/// # Errors
/// The field that does not fit: a wrong type, or a port outside 1 to 65535.
pub fn endpoint_slice(object: &Object) -> Result<EndpointSliceView, ViewError> {
    let slice = object.view::<EndpointSlice>()?;
    let ports = slice.ports.unwrap_or_default().into_iter().enumerate().map(|(n, port)| {
        let number = port.port.map(|number| port_number(number, || format!("ports[{n}].port")));
        Ok(EndpointPort {
            name: port.name.filter(|name| !name.is_empty()),
            port: number.transpose()?,
            protocol: port.protocol.unwrap_or_else(|| "TCP".to_owned()),
            app_protocol: port.app_protocol,
        })
    });
    let endpoints = slice.endpoints.unwrap_or_default().into_iter().map(|endpoint| {
        let conditions = endpoint.conditions.unwrap_or_default();
        let ready = conditions.ready.unwrap_or(true);
        EndpointView {
            addresses: endpoint.addresses,
            ready,
            serving: conditions.serving.unwrap_or(ready),
            terminating: conditions.terminating.unwrap_or(false),
        }
    });
    Ok(EndpointSliceView {
        service: slice.metadata.labels.and_then(|mut labels| labels.remove(SERVICE_NAME)),
        address_type: slice.address_type,
        ports: ports.collect::<Result<_, ViewError>>()?,
        endpoints: endpoints.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::core::object;
    use serde_json::json;

    #[test]
    fn an_endpoint_is_ready_unless_it_says_otherwise() {
        let slice = endpoint_slice(&object(json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web"}},
            "ports": [{"name": "", "port": 8080}],
            "endpoints": [
                {"addresses": ["10.0.0.1", "10.0.0.9"]},
                {"addresses": ["10.0.0.2"], "conditions": {"ready": true}},
                {"addresses": ["10.0.0.3"], "conditions": {"ready": false, "serving": true, "terminating": true}},
            ]
        })))
        .unwrap();
        assert_eq!(slice.service.as_deref(), Some("web"));
        assert_eq!(slice.ready().collect::<Vec<_>>(), ["10.0.0.1", "10.0.0.2"]);
        assert!(slice.endpoints[2].serving && slice.endpoints[2].terminating);
        assert_eq!((slice.ports[0].name.as_deref(), slice.ports[0].port), (None, Some(8080)));
    }

    #[test]
    fn a_port_out_of_range_is_told_with_its_field() {
        let wrong = object(json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": "web-1"}, "ports": [{"port": 8080}, {"port": -1}], "endpoints": []
        }));
        assert_eq!(endpoint_slice(&wrong).unwrap_err().field, "ports[1].port");
    }
}
