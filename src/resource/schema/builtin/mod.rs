//! Kubernetes' own kinds: do they fit their types, and the few limits that hand-written manifests run into.

mod ingress;
mod secret;

pub(super) use ingress::ingress;
pub(super) use secret::secret;

use k8s_openapi::api::{
    core::v1::{Namespace, Service},
    discovery::v1::EndpointSlice,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::findings::{Findings, Place, shown};
use crate::resource::{Object, Severity};

/// Reads the object as its type, and names the fields that the type does not have. `None` when it does not fit.
fn typed<T: DeserializeOwned + Serialize>(
    findings: &mut Findings<'_>,
    object: &Object,
    value: &Value,
) -> Option<T> {
    match object.view::<T>() {
        Ok(typed) => {
            if let Ok(known) = serde_json::to_value(&typed) {
                lost(findings, value, &known, &Place::ROOT);
            }
            Some(typed)
        }
        Err(error) => {
            // The reader has the path as text already; one step holds it.
            let place = Place::ROOT.field(&error.field);
            findings.error("wrong-type", &place, error.message, "write what the API has there");
            None
        }
    }
}

/// Fields that are in the text and not in what the type keeps of it.
fn lost(findings: &mut Findings<'_>, value: &Value, known: &Value, place: &Place<'_>) {
    match (value, known) {
        (Value::Object(value), Value::Object(known)) => {
            for (name, part) in value.iter().filter(|(_, part)| !part.is_null()) {
                let here = place.field(name);
                if here.to_string() == "metadata" {
                    continue; // has a judge of its own
                }
                if let Some(known) = known.get(name) {
                    lost(findings, part, known, &here);
                } else {
                    let message =
                        format!("unknown field {}: a server drops it", shown(&Value::from(name.as_str())));
                    findings.tell(
                        Severity::Warning,
                        "unknown-field",
                        &here,
                        message,
                        "take it out, or correct its name",
                    );
                }
            }
        }
        (Value::Array(value), Value::Array(known)) => {
            for (index, (part, known)) in value.iter().zip(known).enumerate() {
                lost(findings, part, known, &place.item(index));
            }
        }
        _ => {}
    }
}

/// Nothing but its type and its name.
pub(super) fn namespace(findings: &mut Findings<'_>, object: &Object, value: &Value) {
    typed::<Namespace>(findings, object, value);
}

/// Ports within their bounds, with names that tell them apart.
pub(super) fn service(findings: &mut Findings<'_>, object: &Object, value: &Value) {
    let Some(service) = typed::<Service>(findings, object, value) else { return };
    let spec = service.spec.unwrap_or_default();
    let list = spec.ports.unwrap_or_default();
    let (root, several) = (Place::ROOT.field("spec"), list.len() > 1);
    let ports = root.field("ports");
    let mut names = std::collections::HashSet::new();
    for (index, port) in list.iter().enumerate() {
        let here = ports.item(index);
        port_number(findings, port.port.into(), &here.field("port"));
        if let Some(k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::Int(target)) = port.target_port
            && target != 0
        {
            port_number(findings, target.into(), &here.field("targetPort"));
        }
        protocol(findings, port.protocol.as_deref(), &here.field("protocol"));
        match port.name.as_deref().filter(|name| !name.is_empty()) {
            None if several => {
                let message = "a Service of several ports names each of them";
                findings.error("missing-field", &here.field("name"), message, "add a name");
            }
            Some(name) if !names.insert(name) => {
                let message = format!("{} is there before: entries must differ", shown(&Value::from(name)));
                findings.error("duplicate-entry", &here.field("name"), message, "rename it");
            }
            _ => {}
        }
    }
    let kind = spec.type_.as_deref().unwrap_or("ClusterIP");
    let kinds = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
    if !kinds.contains(&kind) {
        let message = format!("{} is not one of {}", shown(&Value::from(kind)), kinds.join(", "));
        findings.error("bad-value", &root.field("type"), message, "write one of these");
    }
    if list.is_empty() && kind != "ExternalName" && spec.cluster_ip.as_deref() != Some("None") {
        findings.error("missing-field", &ports, "a Service needs ports", "add at least one");
    }
}

/// An address type, and ports within their bounds.
pub(super) fn endpoint_slice(findings: &mut Findings<'_>, object: &Object, value: &Value) {
    let Some(slice) = typed::<EndpointSlice>(findings, object, value) else { return };
    let kinds = ["IPv4", "IPv6", "FQDN"];
    if !kinds.contains(&slice.address_type.as_str()) {
        let message =
            format!("{} is not one of {}", shown(&Value::from(slice.address_type)), kinds.join(", "));
        findings.error("bad-value", &Place::ROOT.field("addressType"), message, "write one of these");
    }
    let ports = Place::ROOT.field("ports");
    for (index, port) in slice.ports.iter().flatten().enumerate() {
        let here = ports.item(index);
        if let Some(number) = port.port {
            port_number(findings, number.into(), &here.field("port"));
        }
        protocol(findings, port.protocol.as_deref(), &here.field("protocol"));
    }
    let endpoints = Place::ROOT.field("endpoints");
    for (index, endpoint) in slice.endpoints.iter().flatten().enumerate() {
        if endpoint.addresses.is_empty() {
            let here = endpoints.item(index);
            findings.error(
                "missing-field",
                &here.field("addresses"),
                "an endpoint needs an address",
                "add one",
            );
        }
    }
}

fn port_number(findings: &mut Findings<'_>, number: i64, place: &Place<'_>) {
    if !(1..=65535).contains(&number) {
        let message = format!("`{number}` is out of range: 1 to 65535 is allowed");
        findings.error("out-of-range", place, message, "write a number from 1 to 65535");
    }
}

fn protocol(findings: &mut Findings<'_>, protocol: Option<&str>, place: &Place<'_>) {
    if let Some(protocol) = protocol.filter(|protocol| !matches!(*protocol, "TCP" | "UDP" | "SCTP" | "")) {
        let message = format!("{} is not one of TCP, UDP, SCTP", shown(&Value::from(protocol)));
        findings.error(
            "bad-value",
            place,
            message,
            "write the protocol of the port; for HTTP/2 and the like use appProtocol",
        );
    }
}
