//! Where Gateways listen: a loopback address each, the port as wanted where this user may bind it, else a stable high one.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use crate::routing::{Origin, PortKey};

/// Ports tried between the stable high one and one that the system chooses.
const TRIES: u16 = 16;

/// Gateway ▸ its address. An address once given stays.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    by_gateway: BTreeMap<Arc<Origin>, Ipv4Addr>,
    /// Where all Gateways shall have the same ports: the port wanted ▸ the one that was got first.
    alike: Option<BTreeMap<u16, u16>>,
    /// Set where the system has 127.0.0.1 and no other loopback address (macOS).
    single: bool,
}

/// A port that is listened on.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) address: SocketAddr,
    /// What was wanted, when another program has that.
    pub(super) instead_of: Option<SocketAddr>,
    /// The port that others got for the same wish, when this one had to be another.
    pub(super) unlike: Option<u16>,
}

impl Addresses {
    /// All Gateways are to have the same ports: a name has an address and no port, so a client that follows it to another
    /// Gateway keeps the port.
    pub(super) fn alike() -> Self {
        Self { alike: Some(BTreeMap::new()), ..Self::default() }
    }

    /// Whether the system has one address for all of them.
    pub(super) fn is_single(&self) -> bool {
        self.single
    }

    /// The address of a Gateway. From its name, so that it is the same at the next start.
    pub(super) fn of(&mut self, gateway: &Arc<Origin>) -> Ipv4Addr {
        if self.single {
            return Ipv4Addr::LOCALHOST;
        }
        if let Some(address) = self.by_gateway.get(gateway) {
            return *address;
        }
        let taken: BTreeSet<_> = self.by_gateway.values().copied().collect();
        let address = loopback(gateway, &taken);
        self.by_gateway.insert(Arc::clone(gateway), address);
        address
    }

    /// Forgets Gateways that are gone.
    pub(super) fn keep_only(&mut self, gateways: impl Fn(&Origin) -> bool) {
        self.by_gateway.retain(|gateway, _| gateways(gateway));
    }

    /// Binds a port, or the next best one. `ours` are addresses that other ports of ours have.
    ///
    /// # Errors
    /// Why no port at all could be bound.
    pub(super) fn bind(
        &mut self,
        key: &PortKey,
        ours: &BTreeSet<SocketAddr>,
        mut bind: impl FnMut(SocketAddr) -> io::Result<SocketAddr>,
    ) -> Result<Bound, String> {
        let mut instead_of = None;
        let mut last = None;
        let agreed = self.alike.as_ref().and_then(|ports| ports.get(&key.port).copied());
        for port in agreed.into_iter().chain(candidates(key.port)) {
            let mut wanted = SocketAddr::new(IpAddr::V4(self.of(&key.entry)), port);
            let mut bound = attempt(wanted, ours, &mut bind);
            if bound.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AddrNotAvailable)
                && !wanted.ip().to_canonical().eq(&IpAddr::V4(Ipv4Addr::LOCALHOST))
            {
                self.single = true;
                wanted.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
                bound = attempt(wanted, ours, &mut bind);
            }
            match bound {
                Ok(address) => {
                    if let Some(ports) = &mut self.alike {
                        ports.entry(key.port).or_insert(address.port());
                    }
                    let unlike = agreed.filter(|port| *port != address.port());
                    return Ok(Bound { address, instead_of, unlike });
                }
                Err(error) => {
                    let foreign = error.kind() == io::ErrorKind::AddrInUse && !ours.contains(&wanted);
                    if foreign && instead_of.is_none() {
                        instead_of = Some(wanted);
                    }
                    last = Some(error);
                }
            }
        }
        Err(last.map_or_else(|| "no port is free".to_owned(), |error| error.to_string()))
    }
}

fn attempt(
    wanted: SocketAddr,
    ours: &BTreeSet<SocketAddr>,
    bind: &mut impl FnMut(SocketAddr) -> io::Result<SocketAddr>,
) -> io::Result<SocketAddr> {
    if ours.contains(&wanted) {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    bind(wanted)
}

/// The wanted port, its stable stand-in (80 ▸ 8080, 443 ▸ 8443), others at fixed steps, and any.
fn candidates(wanted: u16) -> impl Iterator<Item = u16> {
    let high = if wanted < 1024 { 8000 + wanted } else { wanted };
    let others = (1..=TRIES).filter_map(move |nth| high.checked_add(nth * 1000));
    let stable = (high != wanted).then_some(high);
    [wanted].into_iter().chain(stable).chain(others).chain([0])
}

/// A free address of 127.0.0.2 to 127.0.0.254; with more Gateways than that, of the networks above.
fn loopback(gateway: &Origin, taken: &BTreeSet<Ipv4Addr>) -> Ipv4Addr {
    // 53 and 54 are where systemd's resolver listens.
    const LAST: u32 = 253;
    let free =
        |address: &Ipv4Addr| !taken.contains(address) && !matches!(address.octets(), [_, 0, 0, 53 | 54]);
    // FNV-1a: std's hashes may differ from one compiler to the next.
    let text = gateway.namespace.bytes().chain([b'/']).chain(gateway.name.bytes());
    let hash = text.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let start = (hash % u64::from(LAST)) as u32;
    (0..LAST * 256)
        .map(|nth| {
            let (network, host) = (nth / LAST, (start + nth) % LAST + 2);
            Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 0, 0, 0)) + network * 256 + host)
        })
        .find(free)
        .unwrap_or(Ipv4Addr::LOCALHOST)
}

#[cfg(test)]
mod tests;
