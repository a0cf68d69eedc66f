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

    /// As a `curl` line for a shell.
    pub fn curl(&self) -> String {
        use std::fmt::Write as _;
        let witness = self;
        let ask = &witness.ask;
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let mut line = String::new();
        if let Some(bytes) = witness.body {
            let _ = write!(line, "head -c {bytes} /dev/zero | ");
        }
        line.push_str(if ask.scheme == "https" { "curl -ik" } else { "curl -i" });
        if ask.method != "GET" {
            let _ = write!(line, " -X {}", ask.method);
        }
        for (name, value) in &ask.headers {
            let _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
        }
        if witness.body.is_some() {
            line.push_str(" --data-binary @-");
        }
        let url = format!("{}://{}{}", ask.scheme, witness.authority(), witness.target());
        // curl itself would take dots and braces for its own.
        let odd = url.contains(['[', ']', '{', '}']);
        let dots = ask.path.contains("/.");
        if odd {
            line.push_str(" -g");
        }
        if dots {
            line.push_str(" --path-as-is");
        }
        let _ = write!(line, " {}", quoted(&url));
        if let Some(client) = witness.client {
            let _ = write!(line, "   # from {client}");
        }
        line
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
