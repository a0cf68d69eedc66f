//! Listeners with what they got, stand-ins with their faults, and lines to copy.

use std::{net::SocketAddr, time::Duration};

use super::{
    Health, Measures,
    measure::{self, Over},
    routes::Route,
};
use crate::{
    rehearsal::{Backing, CertificateView, Fault, ListenerView, StandInView, View},
    routing::{ListenerId, PortProtocol},
};

/// A listener in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListenerRow {
    /// Whether it listens.
    pub health: Health,
    /// `infra/edge ▸ https`
    pub name: String,
    /// `HTTP`, `HTTPS`
    pub protocol: &'static str,
    /// As written, or `*`.
    pub hostname: String,
    /// Port wanted.
    pub wanted: u16,
    /// Where it listens, or why it does not.
    pub got: String,
    /// Where its certificate is from.
    pub certificate: &'static str,
    /// Traffic over 10 s.
    pub traffic: Measures,
}

/// The row of a listener.
pub fn listener(view: &View, listener: &ListenerView) -> ListenerRow {
    ListenerRow {
        health: if listener.address.is_err() {
            Health::Broken
        } else if listener.certificate == CertificateView::Missing {
            Health::Attention
        } else {
            Health::Ok
        },
        name: format!("{} ▸ {}", listener.id.port.entry, listener.id.name),
        protocol: protocol(listener.protocol),
        hostname: listener.hostname.clone(),
        wanted: listener.id.port.port,
        got: match &listener.address {
            Ok(address) => address.to_string(),
            Err(why) => why.clone(),
        },
        certificate: match listener.certificate {
            CertificateView::None => "–",
            CertificateView::Given => "given",
            CertificateView::MadeHere => "made here",
            CertificateView::Missing => "missing",
        },
        traffic: if listener.address.is_ok() {
            measure::measures(view, &measure::of_listener(&listener.id), Over::Short)
        } else {
            Measures::NOTHING
        },
    }
}

fn protocol(protocol: PortProtocol) -> &'static str {
    match protocol {
        PortProtocol::Http => "HTTP",
        PortProtocol::Https => "HTTPS",
    }
}

/// A command that asks a listener, with a host that it takes.
pub fn curl(view: &View, listener: &ListenerView) -> Option<String> {
    let address = listener.address.as_ref().ok()?;
    let host = match listener.hostname.strip_prefix("*.") {
        Some(under) => some_host(view, &listener.id, Some(under)).unwrap_or_else(|| format!("any.{under}")),
        None if listener.hostname == "*" || listener.hostname.is_empty() => {
            some_host(view, &listener.id, None).unwrap_or_else(|| "example.com".to_owned())
        }
        None => listener.hostname.clone(),
    };
    let (port, ip) = (address.port(), bracketed(address));
    Some(match listener.protocol {
        PortProtocol::Http => format!("curl --resolve {host}:{port}:{ip} http://{host}:{port}/"),
        PortProtocol::Https => {
            let trust = match &view.ca {
                Some(ca) if listener.certificate == CertificateView::MadeHere => {
                    format!("--cacert {}", ca.display())
                }
                Some(_) | None => "-k".to_owned(),
            };
            format!("curl {trust} --resolve {host}:{port}:{ip} https://{host}:{port}/")
        }
    })
}

fn bracketed(address: &SocketAddr) -> String {
    let ip = address.ip();
    if ip.is_unspecified() {
        if ip.is_ipv4() { "127.0.0.1".to_owned() } else { "[::1]".to_owned() }
    } else if ip.is_ipv6() {
        format!("[{ip}]")
    } else {
        ip.to_string()
    }
}

/// A hostname of some route that is attached to a listener, under `under`.
fn some_host(view: &View, id: &ListenerId, under: Option<&str>) -> Option<String> {
    let status = &view.compiled.status.routes;
    let attached = status.iter().filter(|(_, parents)| parents.iter().any(|p| p.listeners.contains(id)));
    attached.take(100).find_map(|(key, _)| {
        let hosts = Route::of(view.world.get(key)?).hostnames;
        hosts.into_iter().find(|host| {
            let fits = under.is_none_or(|under| host.strip_suffix(under).is_some_and(|h| h.ends_with('.')));
            fits && !host.starts_with('*')
        })
    })
}

/// A stand-in in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct StandInRow {
    /// Broken on purpose is not broken: only a missing endpoint wants a look.
    pub health: Health,
    /// `shop/app:8080`
    pub name: String,
    /// Who answers.
    pub backing: String,
    /// Whether a stand-in of ours answers, so that it can be told to fail.
    pub tellable: bool,
    /// What it is told to do wrong; empty for nothing.
    pub fault: String,
    /// The Service was assumed.
    pub assumed: bool,
    /// Answers since the start.
    pub answers: u64,
    /// Traffic over 10 s.
    pub traffic: Measures,
}

/// The row of a stand-in.
pub fn stand_in(view: &View, stand_in: &StandInView) -> StandInRow {
    let service = stand_in.backend.service.to_string();
    StandInRow {
        health: if stand_in.backing == Backing::NoEndpoint { Health::Attention } else { Health::Ok },
        name: format!("{service}:{}", stand_in.backend.port),
        backing: backing(&stand_in.backing),
        tellable: matches!(stand_in.backing, Backing::StandIn(_)),
        fault: fault(&stand_in.fault),
        assumed: stand_in.assumed,
        answers: stand_in.answers,
        traffic: measure::measures(view, &measure::of_service(&service, stand_in.backend.port), Over::Short),
    }
}

/// Who answers, in words.
pub fn backing(backing: &Backing) -> String {
    match backing {
        Backing::StandIn(address) => format!("stand-in {address}"),
        Backing::Own(address) => format!("own {address}"),
        Backing::Direct(addresses) => match addresses.as_slice() {
            [one] => format!("endpoint {one}"),
            many => format!("{} endpoints", many.len()),
        },
        Backing::NoEndpoint => "no ready endpoint".to_owned(),
    }
}

/// A fault in words: `503 20 %`, `+500 ms`, `down`.
pub fn fault(fault: &Fault) -> String {
    if fault.down {
        return "down".to_owned();
    }
    let mut words = Vec::new();
    if fault.share > 0.0 {
        let share = (fault.share * 1000.0).round() / 10.0;
        words.push(format!("{} {share} %", fault.code));
    }
    if !fault.latency.is_zero() {
        words.push(format!("+{} ms", fault.latency.as_millis()));
    }
    words.join("  ")
}

/// The next of the faults that a key goes through: some errors, slow, down, none.
pub fn next_fault(now: &Fault) -> Fault {
    let errors = Fault { share: 0.2, code: 503, ..Fault::default() };
    let slow = Fault { latency: Duration::from_millis(500), ..Fault::default() };
    let down = Fault { down: true, ..Fault::default() };
    if now.down {
        Fault::default()
    } else if !now.latency.is_zero() {
        down
    } else if *now == errors {
        slow
    } else {
        errors
    }
}

/// Rates that the load keys go through, requests a second.
const RATES: &[f64] = &[0.0, 1.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0];

/// The next rate up or down.
pub fn next_rate(now: f64, up: bool) -> f64 {
    if up {
        RATES.iter().copied().find(|rate| *rate > now + 1e-9).unwrap_or(now)
    } else {
        RATES.iter().copied().rev().find(|rate| *rate < now - 1e-9).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_go_round_and_come_back_to_none() {
        let mut now = Fault::default();
        let mut words = Vec::new();
        for _ in 0..4 {
            now = next_fault(&now);
            words.push(fault(&now));
        }
        assert_eq!(words, ["503 20 %", "+500 ms", "down", ""]);
    }

    #[test]
    fn rates_step_up_and_down_and_stop_at_the_ends() {
        let cases = [(0.0, true, 1.0), (50.0, true, 100.0), (60.0, true, 100.0), (60.0, false, 50.0)];
        for (now, up, next) in cases {
            assert_eq!(next_rate(now, up), next, "{now}");
        }
        assert_eq!(next_rate(5000.0, true), 5000.0, "the last");
        assert_eq!(next_rate(0.0, false), 0.0, "the first");
    }
}
