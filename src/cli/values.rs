//! Values of flags and arguments, checked once, here.

use std::{net::SocketAddr, time::Duration};

use clap::{
    ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{rehearsal::Fault, resource::gateway_api::MAX_WEIGHT, tui::Color};

/// A request's address. The path and the query stay as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// `http` or `https`.
    pub scheme: String,
    /// Lower-case, without port.
    pub host: String,
    /// 80 or 443 when not typed.
    pub port: u16,
    /// `/` when not typed.
    pub path: String,
    /// Without its `?`.
    pub query: Option<String>,
}

/// A request header; the name in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Header {
    pub name: String,
    pub value: String,
}

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

impl Url {
    /// Reads an address as one types it for curl.
    ///
    /// # Errors
    /// What is missing or can not be read.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (scheme, rest) = typed.split_once("://").ok_or_else(|| {
            format!("write `https://{typed}` or `http://{typed}`: the scheme chooses the listener")
        })?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            other => return Err(format!("the scheme is http or https, not `{other}`")),
        };
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let split = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(split);
        let (host, port) = host_and_port(authority)?;
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        if let Some(bad) = target.chars().find(|c| c.is_control() || *c == ' ') {
            return Err(format!(
                "{bad:?} can not stand in a request's target; encode it as %{:02X}",
                u32::from(bad)
            ));
        }
        let path = if path.is_empty() { "/" } else { path }.to_owned();
        Ok(Self { scheme, host, port: port.unwrap_or(default_port), path, query })
    }
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), String> {
    if authority.contains('@') {
        return Err("a user name in the address has no meaning for routing; leave it out".to_owned());
    }
    let (host, port) = match authority.rfind(':') {
        // In `[::1]` the last colon belongs to the address.
        Some(at) if !authority[at..].contains(']') => (&authority[..at], Some(&authority[at + 1..])),
        Some(_) | None => (authority, None),
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if host.is_empty() || host.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("the address has no host".to_owned());
    }
    Ok((host, port.map(self::port).transpose()?))
}

impl Header {
    /// Reads `name: value`, as curl's `-H`.
    ///
    /// # Errors
    /// When there is no colon or the name is none.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (name, value) = typed.split_once(':').ok_or("a header is `name: value`")?;
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(token) {
            return Err(format!("`{}` is no header name", name.escape_debug()));
        }
        Ok(Self { name: name.to_ascii_lowercase(), value: value.trim().to_owned() })
    }
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
    /// Reads `shop/app-canary=503:5%,latency:200ms`.
    ///
    /// # Errors
    /// The part that can not be read.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (service, faults) = typed.split_once('=').ok_or("write NS/SERVICE=FAULT")?;
        let mut fault = Fault::default();
        for part in faults.split(',') {
            match part.split_once(':') {
                None if part == "down" => fault.down = true,
                Some(("latency", time)) => fault.latency = duration(time)?,
                Some((code, share)) => {
                    fault.code = code
                        .parse()
                        .ok()
                        .filter(|code| (200..=599).contains(code))
                        .ok_or_else(|| format!("a status is a number from 200 to 599, not `{code}`"))?;
                    fault.share = percent(share)?;
                }
                None => return Err(format!("a fault is `503:5%`, `latency:200ms` or `down`, not `{part}`")),
            }
        }
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

fn port(typed: &str) -> Result<u16, String> {
    let number = typed.parse().ok().filter(|&port| port != 0);
    number.ok_or_else(|| format!("a port is a number from 1 to 65535, not `{typed}`"))
}

fn address(typed: &str) -> Result<SocketAddr, String> {
    let typed =
        typed.strip_prefix("localhost:").map_or_else(|| typed.to_owned(), |port| format!("127.0.0.1:{port}"));
    typed.parse().map_err(|_| format!("`{typed}` is not an IP address and a port, like 127.0.0.1:9000"))
}

fn percent(typed: &str) -> Result<f64, String> {
    let number = typed.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    let number = number.filter(|share| (0.0..=100.0).contains(share));
    number.map(|share| share / 100.0).ok_or_else(|| format!("a share is `0%` to `100%`, not `{typed}`"))
}

fn duration(typed: &str) -> Result<Duration, String> {
    let wrong = || format!("a time is `200ms` or `2s`, up to an hour, not `{typed}`");
    let (number, milliseconds) = match typed.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => (typed.strip_suffix('s').ok_or_else(wrong)?, 1000.0),
    };
    let milliseconds = number.parse::<f64>().map_err(|_| wrong())? * milliseconds;
    if !(0.0..=3_600_000.0).contains(&milliseconds) {
        return Err(wrong());
    }
    Ok(Duration::from_secs_f64(milliseconds / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_path_and_query_as_typed() {
        let cases = [
            ("https://App.Example.com", ("https", "app.example.com", 443, "/", None), "nothing but a host"),
            ("http://a.b./x%2Fy//z", ("http", "a.b", 80, "/x%2Fy//z", None), "a final dot; bytes as typed"),
            ("HTTPS://a:8443?q=1?2", ("https", "a", 8443, "/", Some("q=1?2")), "a query without a path"),
            ("http://[::1]:8080/a?", ("http", "[::1]", 8080, "/a", Some("")), "IPv6, an empty query"),
            ("http://[::1]/a#top", ("http", "[::1]", 80, "/a", None), "a fragment is never sent"),
        ];
        for (typed, (scheme, host, port, path, query), why) in cases {
            let query = query.map(str::to_owned);
            let expected = Url { scheme: scheme.into(), host: host.into(), port, path: path.into(), query };
            assert_eq!(Url::parse(typed), Ok(expected), "{why}");
        }
        for wrong in ["app.example.com", "ftp://a/", "http://", "http://a:0/", "http://u@a/", "http://a/ b"] {
            assert!(Url::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fault_may_have_several_parts() {
        let spec = FaultSpec::parse("shop/app=503:5%,latency:200ms").unwrap();
        let fault = Fault { share: 0.05, code: 503, latency: Duration::from_millis(200), down: false };
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

    #[test]
    fn a_header_name_is_a_token_and_its_value_is_trimmed() {
        let header = Header::parse("X-API-Version:  v2 ").unwrap();
        assert_eq!((&*header.name, &*header.value), ("x-api-version", "v2"));
        for wrong in ["x", ": v", "a b: c"] {
            assert!(Header::parse(wrong).is_err(), "{wrong}");
        }
    }
}
