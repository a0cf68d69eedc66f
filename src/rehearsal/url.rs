//! A request's address as one types it, for whoever asks: the command line, the console's form, recordings.

use crate::routing::{Ask, Side};

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

impl Url {
    /// Path and query, as a request line has them.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// The request with this address.
    pub fn ask(&self, method: &str, headers: Vec<(String, String)>) -> Ask {
        Ask {
            side: Side::New,
            gateway: None,
            method: method.to_owned(),
            scheme: self.scheme.clone(),
            host: self.host.clone(),
            port: self.port,
            path: self.path.clone(),
            query: self.query.clone(),
            headers,
        }
    }
}

fn port(typed: &str) -> Result<u16, String> {
    let number = typed.parse().ok().filter(|&port| port != 0);
    number.ok_or_else(|| format!("a port is a number from 1 to 65535, not `{typed}`"))
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
}
