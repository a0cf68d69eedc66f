//! Ingress: hosts, paths and backends as `networking.k8s.io/v1` takes them.

use std::net::IpAddr;

use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};
use serde_json::Value;

use super::typed;
use crate::resource::{
    Object,
    schema::{
        findings::{Findings, Place, shown},
        metadata::is_wildcard_hostname,
    },
};

pub(in crate::resource::schema) fn ingress(findings: &mut Findings<'_>, object: &Object, value: &Value) {
    if &*object.api_version != "networking.k8s.io/v1" {
        let message = format!("`{}` of Ingress is not served since Kubernetes 1.22", object.api_version);
        let fix = "write apiVersion: networking.k8s.io/v1, and pathType and backend.service in each path";
        return findings.error("version-not-served", &Place::ROOT.field("apiVersion"), message, fix);
    }
    let Some(ingress) = typed::<Ingress>(findings, object, value) else { return };
    let spec = ingress.spec.unwrap_or_default();
    let root = Place::ROOT.field("spec");
    if spec.default_backend.is_none() && spec.rules.as_ref().is_none_or(Vec::is_empty) {
        findings.error("missing-field", &root, "needs rules or a defaultBackend", "add one of the two");
    }
    if let Some(default) = &spec.default_backend {
        backend(findings, default, &root.field("defaultBackend"));
    }
    let rules = root.field("rules");
    for (index, rule) in spec.rules.iter().flatten().enumerate() {
        let rule_place = rules.item(index);
        host(findings, rule.host.as_deref().unwrap_or_default(), &rule_place.field("host"));
        let http = rule_place.field("http");
        let paths = http.field("paths");
        for (index, path) in rule.http.iter().flat_map(|http| &http.paths).enumerate() {
            let here = paths.item(index);
            let text = path.path.as_deref().unwrap_or_default();
            match path.path_type.as_str() {
                "Exact" | "Prefix" if !text.starts_with('/') => {
                    let message = format!("the path {} does not begin with `/`", shown(&Value::from(text)));
                    findings.error("path-not-absolute", &here.field("path"), message, "begin it with `/`");
                }
                "ImplementationSpecific" if !text.is_empty() && !text.starts_with('/') => {
                    let message = format!("the path {} does not begin with `/`", shown(&Value::from(text)));
                    findings.error("path-not-absolute", &here.field("path"), message, "begin it with `/`");
                }
                "Exact" | "Prefix" | "ImplementationSpecific" => {}
                "" => {
                    let fix = "add pathType: Exact, Prefix or ImplementationSpecific";
                    findings.error("missing-field", &here.field("pathType"), "`pathType` is required", fix);
                }
                other => {
                    let kinds = "Exact, Prefix, ImplementationSpecific";
                    let message = format!("{} is not one of {kinds}", shown(&Value::from(other)));
                    findings.error("bad-value", &here.field("pathType"), message, "write one of these");
                }
            }
            backend(findings, &path.backend, &here.field("backend"));
        }
    }
    let tls = root.field("tls");
    for (index, entry) in spec.tls.iter().flatten().enumerate() {
        let entry_place = tls.item(index);
        let hosts = entry_place.field("hosts");
        for (index, name) in entry.hosts.iter().flatten().enumerate() {
            host(findings, name, &hosts.item(index));
        }
    }
}

fn host(findings: &mut Findings<'_>, host: &str, place: &Place<'_>) {
    if host.is_empty() {
        return;
    }
    if host.parse::<IpAddr>().is_ok() {
        let message = format!("{} is an IP address: a host is a name", shown(&Value::from(host)));
        findings.error("bad-pattern", place, message, "write a name, or take the host out");
    } else if !is_wildcard_hostname(host) {
        let message = format!("{} is no hostname", shown(&Value::from(host)));
        findings.error(
            "bad-pattern",
            place,
            message,
            "write a name in lower case, like shop.example.com or *.example.com",
        );
    }
}

fn backend(findings: &mut Findings<'_>, backend: &IngressBackend, place: &Place<'_>) {
    let service = place.field("service");
    match (&backend.service, &backend.resource) {
        (Some(_), Some(_)) => {
            findings.error(
                "ingress-backend",
                place,
                "service and resource exclude each other",
                "keep one of the two",
            );
        }
        (None, None) => {
            findings.error("ingress-backend", place, "needs a service or a resource", "add a service");
        }
        (None, Some(_)) => {}
        (Some(to), None) => {
            let port = service.field("port");
            let number = to.port.as_ref().and_then(|port| port.number).filter(|number| *number != 0);
            let name = to.port.as_ref().and_then(|port| port.name.as_deref()).filter(|name| !name.is_empty());
            match (number, name) {
                (Some(_), Some(_)) => {
                    findings.error(
                        "ingress-backend",
                        &port,
                        "number and name exclude each other",
                        "keep one of the two",
                    );
                }
                (None, None) => {
                    findings.error(
                        "ingress-backend",
                        &port,
                        "needs a number or a name",
                        "add one of the two",
                    );
                }
                (Some(number), None) => super::port_number(findings, number.into(), &port.field("number")),
                (None, Some(_)) => {}
            }
            if to.name.is_empty() {
                findings.error(
                    "missing-field",
                    &service.field("name"),
                    "`name` is required",
                    "name the Service",
                );
            }
        }
    }
}
