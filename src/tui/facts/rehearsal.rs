//! Listeners with what they got, stand-ins with their faults, and lines to copy.

use std::{num::NonZeroU64, time::Duration};

use super::{
    Health, Measures,
    measure::{self, Over},
};
use crate::{
    rehearsal::{Backing, CertificateView, Fault, ListenerView, StandInView, View},
    routing::{ListenerId, PortProtocol, Side},
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
        name: listener_name(&listener.id),
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

/// `infra/edge ▸ https`, `ingress-nginx ▸ https`
pub fn listener_name(id: &ListenerId) -> String {
    format!("{} ▸ {}", id.port.entry, id.name)
}

/// What one side sends to a stand-in, over 10 s.
pub fn by_side(view: &View, stand_in: &StandInView, side: Side) -> Measures {
    let backend = &stand_in.backend;
    let scope = measure::of_service_by(side, &backend.service.to_string(), backend.port);
    measure::measures(view, &scope, Over::Short)
}

fn protocol(protocol: PortProtocol) -> &'static str {
    match protocol {
        PortProtocol::Http => "HTTP",
        PortProtocol::Https => "HTTPS",
    }
}

/// A command that asks a listener for something that it serves.
pub fn curl(view: &View, listener: &ListenerView) -> Option<String> {
    crate::rehearsal::curl_of(view, listener).ok()
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

/// A fault in words, as it is typed; nothing for none.
pub fn fault(fault: &Fault) -> String {
    if fault.is_off() { String::new() } else { fault.to_string() }
}

/// A part of a fault that a key changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The status of faulty answers.
    Code,
    /// A greater share of them.
    More,
    /// A smaller one.
    Less,
    /// How much later answers come.
    Latency,
    /// How slowly bodies come.
    Body,
    /// Whether connections are refused.
    Down,
    /// All of it.
    Off,
}

/// Statuses that a key goes through.
const CODES: &[u16] = &[503, 500, 502, 504, 429, 404];
/// Shares, in per cent.
const SHARES: &[f64] = &[0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
/// Latencies, in milliseconds.
const LATENCIES: &[u64] = &[50, 100, 200, 500, 1000, 2000, 5000];
/// Paces of bodies, in bytes a second.
const PACES: &[u64] = &[100_000, 10_000, 1_000];

/// A fault with one part changed as a key changes it.
pub fn turned(now: &Fault, part: Part) -> Fault {
    let mut next = *now;
    let failing = now.share > 0.0;
    let code = if CODES.contains(&now.code) { now.code } else { 503 };
    match part {
        Part::Code if failing => {
            let at = CODES.iter().position(|known| *known == now.code);
            next.code = CODES.get(at.map_or(0, |at| at + 1)).or(CODES.first()).copied().unwrap_or(503);
        }
        // The first press makes it fail at all.
        Part::Code => (next.code, next.share) = (code, 0.1),
        Part::More => {
            let percent = now.share * 100.0;
            let more = SHARES.iter().find(|share| **share > percent + 1e-9).copied().unwrap_or(percent);
            (next.share, next.code) = (more / 100.0, if failing { now.code } else { code });
        }
        Part::Less => {
            let percent = now.share * 100.0;
            next.share =
                SHARES.iter().rev().find(|share| **share < percent - 1e-9).map_or(0.0, |it| it / 100.0);
        }
        Part::Latency => {
            let now = now.latency.as_millis();
            let longer = LATENCIES.iter().find(|longer| u128::from(**longer) > now).copied().unwrap_or(0);
            next.latency = Duration::from_millis(longer);
            if longer == 0 {
                next.jitter = Duration::ZERO;
            }
        }
        Part::Body => {
            let now = now.pace.map_or(u64::MAX, NonZeroU64::get);
            next.pace = PACES.iter().find(|pace| **pace < now).and_then(|pace| NonZeroU64::new(*pace));
        }
        Part::Down => next.down = !now.down,
        Part::Off => next = Fault::default(),
    }
    next
}

/// Numbers of connections that a key goes through.
const CONNECTIONS: &[usize] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/// The next number of connections up or down.
pub fn next_connections(now: usize, up: bool) -> usize {
    let next = if up {
        CONNECTIONS.iter().find(|number| **number > now)
    } else {
        CONNECTIONS.iter().rev().find(|number| **number < now)
    };
    next.copied().unwrap_or(now)
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
    fn each_part_of_a_fault_goes_round_and_leaves_the_others() {
        let fault = |text: &str| text.parse::<Fault>().unwrap();
        let cases = [
            ("off", Part::Code, "503 10%", "the first press makes it fail"),
            ("503 10%", Part::Code, "500 10%", "then another status"),
            ("404 10%", Part::Code, "503 10%", "and round"),
            ("418 10%", Part::Code, "503 10%", "from one that was typed"),
            ("off", Part::More, "503 1%", "a share of what is usual"),
            ("404 20%", Part::More, "404 50%", "more"),
            ("404 100%", Part::More, "404 100%", "all is all"),
            ("404 3%", Part::Less, "404 2%", "from one that was typed"),
            ("404 1%", Part::Less, "off", "down to none"),
            ("off", Part::Latency, "+50ms", "later"),
            ("+300ms", Part::Latency, "+500ms", "from one that was typed"),
            ("+5s±1s", Part::Latency, "off", "and round, jitter too"),
            ("off", Part::Body, "slow 100kB/s", "slower"),
            ("slow 1kB/s", Part::Body, "off", "and round"),
            ("+50ms", Part::Down, "+50ms down", "down"),
            ("+50ms down", Part::Down, "+50ms", "and up"),
            ("503 20% +50ms slow 1kB/s down", Part::Off, "off", "nothing of it"),
        ];
        for (now, part, wanted, why) in cases {
            assert_eq!(turned(&fault(now), part).to_string(), wanted, "{now}: {why}");
        }
    }

    #[test]
    fn connections_step_up_and_down_and_stop_at_the_ends() {
        let cases = [(16, true, 32), (17, true, 32), (17, false, 16), (1, false, 1), (4096, true, 4096)];
        for (now, up, next) in cases {
            assert_eq!(next_connections(now, up), next, "{now}");
        }
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
