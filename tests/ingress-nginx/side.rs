//! The old side of one case, run in this process. All that knows how it is made stands here.

use std::{collections::HashSet, net::SocketAddr, sync::Arc, time::Duration};

use cutover::{
    proxy::{Certificates, Names, Options, Proxy, Snapshot, Upstream, UpstreamProtocol, Upstreams},
    routing::{Action, BackendId, Balance, ListenerId, Origin, PortProtocol, Table},
    world::World,
};

use crate::{case::Case, staff::Staff};

/// A running old side; it ends when this is dropped.
pub struct Side {
    /// Where what the case sends to port 80 goes.
    pub http: SocketAddr,
    /// Where what the case sends to port 443 goes.
    pub https: SocketAddr,
    /// Why nginx would refuse the configuration, if it would.
    pub rejected: Option<String>,
    _proxy: Proxy,
}

/// What the dialect makes of the objects.
struct Compiled {
    table: Arc<Table>,
    names: imbl::HashMap<ListenerId, Arc<Names>>,
    rejected: Option<String>,
}

/// Compiles the case's objects and serves them.
///
/// # Errors
/// Why it can not be served.
pub fn serve(case: &Case, staff: &Staff) -> Result<Side, String> {
    let world = World::of(staff.objects(case));
    let compiled = compile(&world);
    let failed = |error: std::io::Error| error.to_string();
    let proxy = Proxy::start(Options {
        workers: 1,
        head_timeout: Duration::from_mins(1),
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(75),
    })
    .map_err(failed)?;
    proxy.publish(Snapshot {
        table: Arc::clone(&compiled.table),
        upstreams: upstreams(staff, &compiled.table),
        certificates: Certificates::default(),
        names: compiled.names,
    });
    let mut bound = Vec::new();
    let entry = cutover::dialect::ingress::entry();
    for key in compiled.table.ports.keys().filter(|key| key.entry == entry) {
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        bound.push((key.port, proxy.bind(key.clone(), local).map_err(failed)?));
    }
    let at = |port| bound.iter().find(|(of, _)| *of == port).map(|(_, address)| *address);
    let missing = |port: u16| format!("the table has no port {port}");
    Ok(Side {
        http: at(80).ok_or_else(|| missing(80))?,
        https: at(443).ok_or_else(|| missing(443))?,
        rejected: compiled.rejected,
        _proxy: proxy,
    })
}

fn compile(world: &World) -> Compiled {
    let compiled = cutover::dialect::ingress::compile(world);
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let by_name = Arc::new(cutover::rehearsal::old_certificates(world, &compiled, today));
    let tls = compiled.table.ports.values().filter(|port| port.protocol == PortProtocol::Https);
    let names =
        tls.flat_map(|port| &port.listeners).map(|listener| (listener.id.clone(), Arc::clone(&by_name)));
    Compiled {
        names: names.collect(),
        rejected: compiled.refused.first().map(|refusal| refusal.message.clone()),
        table: compiled.table,
    }
}

/// Every port of every Service, by its endpoints; `staff.cluster` has the address that `service-upstream` and names of
/// the cluster lead to.
fn upstreams(staff: &Staff, table: &Table) -> Upstreams {
    let own = own_address(table);
    let upstream = |((namespace, name, port), endpoints): (&(String, String, u16), &Vec<SocketAddr>)| {
        let service = Origin {
            kind: "Service".into(),
            namespace: namespace.as_str().into(),
            name: name.as_str().into(),
        };
        let id = BackendId { service, port: *port };
        let cluster =
            staff.cluster.get(&(namespace.clone(), name.clone(), *port)).filter(|_| own.contains(&id));
        let endpoints = cluster.map_or_else(|| endpoints.clone(), |at| vec![*at]);
        let upstream = Upstream { protocol: UpstreamProtocol::Http1, endpoints, plain: false };
        (Arc::new(id), Arc::new(upstream))
    };
    staff.endpoints.iter().map(upstream).collect()
}

/// Backends that are asked at their Service's own address.
fn own_address(table: &Table) -> HashSet<BackendId> {
    let hosts =
        table.ports.values().flat_map(|port| &port.listeners).flat_map(|listener| listener.hosts.iter());
    let rules = hosts.flat_map(|host| host.iter()).map(|candidate| &candidate.rule);
    let splits = rules.filter_map(|rule| match &rule.action {
        Action::Forward(split) => Some(split),
        Action::Redirect(_) | Action::Answer(..) | Action::Return(_) => None,
    });
    let backends = splits.flat_map(|split| &split.backends);
    let of_service = |one: &&cutover::routing::Backend| match &one.balance {
        Balance::Service => true,
        Balance::Sticky(affinity) => affinity.of_service,
        Balance::Turns | Balance::Hash { .. } => false,
    };
    backends.filter(of_service).map(|one| (*one.id).clone()).collect()
}
