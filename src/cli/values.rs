//! Values of flags and arguments, checked once, here.

use std::net::SocketAddr;

use clap::{
    ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

pub use crate::{rehearsal::Url, tui::facts::explain::Header};
use crate::{
    rehearsal::{Fault, InvalidFault},
    resource::gateway_api::MAX_WEIGHT,
    tui::Color,
};

/// `BACKEND=WEIGHT`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Weight {
    pub backend: String,
    pub weight: i64,
}

/// `NS/SERVICE[:PORT]=HOST:PORT`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Namespace and name of the Service.
    pub service: (String, String),
    /// Port of the Service; all when absent.
    pub port: Option<u16>,
    /// The user's own program.
    pub address: SocketAddr,
}

/// `NS/SERVICE=FAULT`
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSpec {
    /// Namespace and name of the Service.
    pub service: (String, String),
    /// What goes wrong.
    pub fault: Fault,
}

/// Who answers for Services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackendsMode {
    /// A stand-in of ours
    StandIn,
    /// The ready addresses of the manifests' EndpointSlices
    Direct,
}

/// How many clients.
pub fn client_count() -> impl TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(1..=100_000)
}

/// How much faster clocks run.
///
/// # Errors
/// Outside of 0.01 to 1000.
pub fn speed(typed: &str) -> Result<f64, String> {
    let speed = typed.parse().ok().filter(|speed| (0.01..=1000.0).contains(speed));
    speed.ok_or_else(|| "a speed is a number from 0.01 to 1000".to_owned())
}

impl Weight {
    /// Reads `app-canary=25`.
    ///
    /// # Errors
    /// No `=`, or a weight outside 0 to 1 000 000.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (backend, weight) = typed.rsplit_once('=').ok_or("write BACKEND=WEIGHT: `app-canary=25`")?;
        let number = weight.parse().ok().filter(|number| (0..=MAX_WEIGHT).contains(number));
        let weight = number
            .ok_or_else(|| format!("a weight is a whole number from 0 to {MAX_WEIGHT}, not `{weight}`"))?;
        if backend.is_empty() {
            return Err("the backend's name is missing before `=`".to_owned());
        }
        Ok(Self { backend: backend.to_owned(), weight })
    }
}

impl Backend {
    /// Reads `shop/app:8080=127.0.0.1:9000`.
    ///
    /// # Errors
    /// The part that can not be read.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (service, address) = typed.split_once('=').ok_or("write NS/SERVICE[:PORT]=HOST:PORT")?;
        let (service, port) = match service.rsplit_once(':') {
            Some((service, port)) => (service, Some(self::port(port)?)),
            None => (service, None),
        };
        Ok(Self { service: namespaced(service)?, port, address: self::address(address)? })
    }
}

impl FaultSpec {
    /// Reads `shop/app-canary=503 5% +200ms`.
    ///
    /// # Errors
    /// The part that can not be read.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (service, faults) = typed.split_once('=').ok_or("write NS/SERVICE=FAULT")?;
        let fault = faults.parse().map_err(|error: InvalidFault| error.to_string())?;
        Ok(Self { service: namespaced(service)?, fault })
    }
}

/// `namespace/name`
///
/// # Errors
/// When one of them is missing.
pub fn namespaced(typed: &str) -> Result<(String, String), String> {
    match typed.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok((namespace.to_owned(), name.to_owned()))
        }
        _ => Err(format!("write NAMESPACE/NAME, not `{typed}`")),
    }
}

/// A prefix of annotations, with or without the final `/`.
///
/// # Errors
/// When it is no DNS name.
pub fn annotations_prefix(typed: &str) -> Result<String, String> {
    let prefix = typed.strip_suffix('/').unwrap_or(typed);
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    if prefix.is_empty() || !prefix.chars().all(fits) {
        return Err(format!("a prefix is a DNS name, as `{}`", crate::inventory::NGINX_PREFIX));
    }
    Ok(prefix.to_owned())
}

/// Whether there is to be colour, and how much.
pub fn color() -> impl TypedValueParser<Value = Color> {
    PossibleValuesParser::new(Color::NAMES.map(|(name, _)| name)).try_map(|name| name.parse::<Color>())
}

/// Requests a second.
///
/// # Errors
/// When it is no number from 0 to a million.
pub fn rate(typed: &str) -> Result<f64, String> {
    let typed = typed.strip_suffix("/s").unwrap_or(typed);
    let number = typed.parse().ok().filter(|rate: &f64| (0.0..=1_000_000.0).contains(rate));
    number.ok_or_else(|| "the load is a number of requests a second, from 0 to 1000000".to_owned())
}

/// Seconds, at most a week: more than that nobody waits for.
pub fn ttl() -> impl TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(0..=604_800)
}

/// A DNS server: its address, with port 53 when none is said.
///
/// # Errors
/// When it is no address.
pub fn resolver(typed: &str) -> Result<SocketAddr, String> {
    typed.parse::<std::net::IpAddr>().map_or_else(|_| address(typed), |ip| Ok(SocketAddr::new(ip, 53)))
}

fn port(typed: &str) -> Result<u16, String> {
    let number = typed.parse().ok().filter(|&port| port != 0);
    number.ok_or_else(|| format!("a port is a number from 1 to 65535, not `{typed}`"))
}

/// An IP address (or `localhost`) and a port.
///
/// # Errors
/// When it is none.
pub fn address(typed: &str) -> Result<SocketAddr, String> {
    let typed =
        typed.strip_prefix("localhost:").map_or_else(|| typed.to_owned(), |port| format!("127.0.0.1:{port}"));
    typed.parse().map_err(|_| format!("`{typed}` is not an IP address and a port, like 127.0.0.1:9000"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_fault_may_have_several_parts() {
        let spec = FaultSpec::parse("shop/app=503:5%,latency:200ms").unwrap();
        let fault = Fault { share: 0.05, code: 503, latency: Duration::from_millis(200), ..Fault::default() };
        assert_eq!(FaultSpec::parse("shop/app=503 5% +200ms").as_ref(), Ok(&spec), "as the console says it");
        assert_eq!(spec, FaultSpec { service: ("shop".into(), "app".into()), fault });
        assert!(FaultSpec::parse("shop/app=down").unwrap().fault.down);
        for wrong in
            ["app=down", "a/b=up", "a/b=99:5%", "a/b=503:5", "a/b=503:101%", "a/b=latency:-1s", "a/b="]
        {
            assert!(FaultSpec::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_backend_is_an_address_with_or_without_the_services_port() {
        let own = Backend::parse("shop/app:8080=localhost:9000").unwrap();
        assert_eq!((own.port, own.address), (Some(8080), "127.0.0.1:9000".parse().unwrap()));
        assert_eq!(Backend::parse("shop/app=[::1]:9").unwrap().port, None);
        for wrong in ["app=127.0.0.1:1", "shop/app", "shop/app:x=127.0.0.1:1", "shop/app=example.com:80"] {
            assert!(Backend::parse(wrong).is_err(), "{wrong}");
        }
    }
}
