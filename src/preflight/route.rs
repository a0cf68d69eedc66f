//! [`Item::Route`](crate::switch::Item::Route): who takes the hostname on the new side.

use serde_json::Value;

use super::{Door, Evidence, Known, Name};
use crate::{
    resource::Condition,
    routing::{Host, HostPattern, Listener, Side},
    switch::Finding,
};

impl Known<'_> {
    pub(super) fn route(&self, name: &Name<'_>) -> Finding {
        let mut good = Vec::new();
        for door in &name.doors {
            match self.takes(*door, name) {
                Ok(listener) => good.push(listener),
                Err(why) => return Finding::Red(why),
            }
        }
        good.dedup();
        Finding::Green(good.join(", "))
    }

    /// The listener that takes it at a door and has a route for it.
    fn takes(&self, door: Door, name: &Name<'_>) -> Result<String, String> {
        let (scheme, port) = door;
        let shown = |listener: &Listener| format!("{} ▸ {}", listener.id.port.entry, listener.id.name);
        let all: Vec<&Listener> = self.listeners(Side::New, door, &name.host).collect();
        let routed = |listener: &&&Listener| listener.hosts.taking(Host(&name.host)).next().is_some();
        if let Some(listener) = all.iter().find(routed) {
            return Ok(shown(listener));
        }
        let about = self.refused(name).map(|why| format!(": {why}")).unwrap_or_default();
        match all.first() {
            Some(listener) => {
                Err(format!("{} takes it, and no accepted route is for it{about}", shown(listener)))
            }
            None => Err(format!("no {scheme} listener at port {port} takes it{about}")),
        }
    }

    /// Why a listener or a route that names the host does not serve it.
    fn refused(&self, name: &Name<'_>) -> Option<&str> {
        let all = self.refused.get_or_init(|| refusals(&self.evidence));
        let is_for = |pattern: &HostPattern| pattern.takes(Host(&name.host));
        all.iter().find(|(pattern, _)| is_for(pattern)).map(|(_, why)| why.as_str())
    }
}

/// Hostnames of routes and listeners that are not served, each with the reason.
fn refusals(evidence: &Evidence<'_>) -> Vec<(HostPattern, String)> {
    let Evidence { world, new, .. } = evidence;
    let bad = |all: &[Condition]| {
        all.iter().find(|one| !one.is_good()).map(|one| format!("{}: {}", one.reason, one.message))
    };
    let pattern = |hostname: &str| HostPattern::parse(hostname).ok().filter(|it| *it != HostPattern::Any);
    let mut all = Vec::new();
    for (key, parents) in &new.status.routes {
        let Some(why) = parents.iter().find_map(|parent| bad(&parent.conditions)) else { continue };
        let value = world.get(key).map(|object| object.value()).unwrap_or_default();
        let hostnames =
            value.pointer("/spec/hostnames").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let patterns = hostnames.iter().filter_map(Value::as_str).filter_map(pattern);
        all.extend(patterns.map(|pattern| (pattern, format!("{key}: {why}"))));
    }
    for (key, gateway) in &new.status.gateways {
        if gateway.listeners.iter().all(|listener| listener.served) {
            continue;
        }
        let value = world.get(key).map(|object| object.value()).unwrap_or_default();
        let specs = value.pointer("/spec/listeners").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (listener, spec) in gateway.listeners.iter().zip(specs).filter(|(listener, _)| !listener.served) {
            let hostname = spec.get("hostname").and_then(Value::as_str).and_then(pattern);
            let why = bad(&listener.conditions);
            all.extend(
                hostname
                    .zip(why)
                    .map(|(pattern, why)| (pattern, format!("{} ▸ {}: {why}", key.path(), listener.id.name))),
            );
        }
    }
    all
}
