//! A request that stands for its class.

use std::{fmt, net::IpAddr};

use crate::routing::{Ask, Side};

/// A request that stands for its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The request; its side is whichever is asked.
    pub ask: Ask,
    /// Who asks; none: anybody.
    pub client: Option<IpAddr>,
    /// Bytes of its body, where that matters.
    pub body: Option<u64>,
}

impl Witness {
    /// A plain GET.
    pub fn get(scheme: &str, host: &str, port: u16, path: &str) -> Self {
        let ask = Ask {
            side: Side::Old,
            gateway: None,
            method: "GET".to_owned(),
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            port,
            path: path.to_owned(),
            query: None,
            headers: Vec::new(),
        };
        Self { ask, client: None, body: None }
    }

    /// The same as one side is asked.
    pub fn ask(&self, side: Side) -> Ask {
        Ask { side, ..self.ask.clone() }
    }

    /// Path and query.
    pub fn target(&self) -> String {
        match &self.ask.query {
            Some(query) => format!("{}?{query}", self.ask.path),
            None => self.ask.path.clone(),
        }
    }

    /// The host, with the port where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let usual = if self.ask.scheme == "https" { 443 } else { 80 };
        if self.ask.port == usual {
            self.ask.host.clone()
        } else {
            format!("{}:{}", self.ask.host, self.ask.port)
        }
    }
}

/// `GET https://app.example.com/a?b=c x-a: b`
impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ask = &self.ask;
        write!(f, "{} {}://{}{}", ask.method, ask.scheme, self.authority(), self.target())?;
        for (name, value) in &ask.headers {
            write!(f, " {name}: {value}")?;
        }
        if let Some(client) = self.client {
            write!(f, " from {client}")?;
        }
        if let Some(body) = self.body {
            write!(f, " with {body} bytes")?;
        }
        Ok(())
    }
}
