//! Command lines that ask the gateway of this rehearsal: for a listener, for a route, for any request.

use std::{fmt, net::SocketAddr, path::Path};

use super::{CertificateView, ListenerView, Unanswered, View, ask, load};
use crate::routing::{Ask, Host, HostPattern, PortKey, PortProtocol};

/// A command line. `curl --resolve HOST:PORT:ADDRESS [--cacert CA] URL`, quoted for a POSIX shell.
#[derive(Clone, Copy, Debug)]
pub struct Curl<'a> {
    /// Where the listener really listens.
    pub address: SocketAddr,
    /// Over TLS; with the authority that signed the certificate, if it is ours. Without one the certificate is not
    /// checked: those that users bring are signed by whom this machine need not know.
    pub tls: Option<Option<&'a Path>>,
    /// `GET`
    pub method: &'a str,
    /// Host without port.
    pub host: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Request headers.
    pub headers: &'a [(String, String)],
}

/// The line that sends a request to where [`super::Command::Ask`] would send it.
///
/// # Errors
/// Why it can not be sent.
pub fn curl(view: &View, ask: &Ask) -> Result<String, Unanswered> {
    let bound = |key: &PortKey| {
        let mut on_port = view.listeners.iter().filter(|listener| listener.id.port == *key);
        on_port.find_map(|listener| listener.address.as_ref().ok()).copied()
    };
    let to = ask::destination(&view.compiled.table, ask, bound)?;
    let target = match &ask.query {
        Some(query) => format!("{}?{query}", ask.path),
        None => ask.path.clone(),
    };
    let tls = (to.protocol == PortProtocol::Https).then(|| {
        let ours = taking(view, to.address, &ask.host)
            .is_some_and(|listener| listener.certificate == CertificateView::MadeHere);
        view.ca.as_deref().filter(|_| ours)
    });
    let line = Curl {
        address: to.address,
        tls,
        method: &ask.method,
        host: &ask.host,
        target: &target,
        headers: &ask.headers,
    };
    Ok(line.to_string())
}

/// A line that asks a listener for something that it serves, or at least for a host that it takes.
///
/// # Errors
/// Why it does not listen.
pub fn curl_of(view: &View, listener: &ListenerView) -> Result<String, String> {
    let address = *listener.address.as_ref().map_err(Clone::clone)?;
    let table = &view.compiled.table;
    let ask = load::on_listener(table, &listener.id);
    let host = || {
        let port = table.ports.get(&listener.id.port)?;
        let it = port.listeners.iter().find(|it| it.id == listener.id)?;
        load::shared_host(&it.hostname, &HostPattern::Any)
    };
    let (method, host, target, headers) = match &ask {
        Some(ask) => {
            let query = ask.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
            (&*ask.method, ask.host.clone(), format!("{}{query}", ask.path), &ask.headers[..])
        }
        None => ("GET", host().unwrap_or_else(|| "localhost".to_owned()), "/".to_owned(), &[][..]),
    };
    let ours = listener.certificate == CertificateView::MadeHere;
    let tls = (listener.protocol == PortProtocol::Https).then(|| view.ca.as_deref().filter(|_| ours));
    Ok(Curl { address, tls, method, host: &host, target: &target, headers }.to_string())
}

/// The listener at an address whose hostname takes a host best.
fn taking<'v>(view: &'v View, address: SocketAddr, host: &str) -> Option<&'v ListenerView> {
    let host = Host::from_authority(host).ok()?;
    let table = &view.compiled.table;
    let at = view.listeners.iter().filter(|listener| listener.address.as_ref() == Ok(&address));
    let mut taking = at.filter_map(|view| {
        let port = table.ports.get(&view.id.port)?;
        let position = port.listeners.iter().position(|it| it.id == view.id)?;
        port.listeners.get(position)?.hostname.takes(Host(&host)).then_some((position, view))
    });
    // Listeners stand with the most specific first.
    taking.by_ref().min_by_key(|(position, _)| *position).map(|(_, view)| view)
}

impl fmt::Display for Curl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, tls, method, host, target, headers } = *self;
        let ip = if address.ip().is_unspecified() {
            if address.is_ipv4() { "127.0.0.1".to_owned() } else { "[::1]".to_owned() }
        } else if address.is_ipv6() {
            format!("[{}]", address.ip())
        } else {
            address.ip().to_string()
        };
        let port = address.port();
        f.write_str("curl ")?;
        match tls {
            None => {}
            Some(None) => f.write_str("-k ")?,
            Some(Some(ca)) => write!(f, "--cacert {} ", quoted(&ca.display().to_string()))?,
        }
        match method {
            "GET" => {}
            "HEAD" => f.write_str("--head ")?,
            other => write!(f, "-X {} ", quoted(other))?,
        }
        // Without it curl takes dot segments out by itself.
        if target.split(['/', '?']).any(|part| part == "." || part == "..") {
            f.write_str("--path-as-is ")?;
        }
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{host}:{port}{target}");
        // Brackets and braces stand for many URLs otherwise.
        if target.contains(['[', ']', '{', '}']) {
            f.write_str("-g ")?;
        }
        if host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[') {
            write!(f, "--resolve {} ", quoted(&format!("{host}:{port}:{ip}")))?;
        } else if host.trim_matches(['[', ']']) != address.ip().to_string() {
            write!(f, "--connect-to {} ", quoted(&format!("::{ip}:{port}")))?;
        }
        f.write_str(&quoted(&url))?;
        for (name, value) in headers {
            // `name;` is how curl is told of a header without a value.
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            write!(f, " -H {}", quoted(&header))?;
        }
        Ok(())
    }
}

/// A word for a POSIX shell, in quotes when it needs them.
pub fn quoted(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
