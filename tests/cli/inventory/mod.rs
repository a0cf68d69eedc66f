//! `cutover inventory` from outside: its contract with scripts, its pages, hostile input, and its counts beside jq's.

mod bad_input;
mod contract;
mod counts;
mod many;
mod pages;
mod settings;
mod speed;
mod traps;

use std::{fs, path::PathBuf};

use crate::program::home;

/// The article's Ingress.
const ARTICLE: &str = "examples/article/ingress.yaml";

/// A file of these tests with this content.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let folder = home().join("inventory");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

/// A list with these items, as kubectl prints one.
fn list(items: &[serde_json::Value]) -> Vec<u8> {
    let list = serde_json::json!({"apiVersion": "v1", "items": items, "kind": "List"});
    serde_json::to_vec_pretty(&list).unwrap()
}

/// An Ingress with these annotations.
fn ingress(name: &str, annotations: &serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"namespace": "shop", "name": name, "annotations": annotations},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": format!("{name}.example.com"), "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}
        ]}}]},
    })
}
