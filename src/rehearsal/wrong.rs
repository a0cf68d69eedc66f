//! What goes wrong at one side only: the Table and the certificates as they would be then. The files stay as they are.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use super::{Fault, InvalidFault, certificates::Certificates, ports::Listeners};
use crate::routing::{
    Action, BackendId, Candidate, HostMap, HostPattern, Listener, Port, Rule, Side, Table, VirtualHost, Why,
};

/// What can go wrong at one side. Names as they are typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SideFault {
    /// `certificate-missing`
    CertificateMissing,
    /// `certificate-other-name`
    CertificateOtherName,
    /// `route-missing`
    RouteMissing,
    /// `backend-unreachable`
    BackendUnreachable,
    /// `body-limit 1kB`
    BodyLimit(u64),
    /// `timeout 500ms`
    Timeout(Duration),
    /// `dns-alternates`: answers name old and new, in no order and equally often.
    DnsAlternates,
    /// `resolver-ignores-ttl`: what was answered once is believed for an hour.
    ResolverIgnoresTtl,
    /// What stand-ins do wrong, at this side only: `503 20%`, `+500ms`, `slow 10kB/s`, `down`.
    Answers(Fault),
}

/// What can be made wrong at one side, as it is typed, with what comes of it: for who offers it.
pub const SIDE_FAULTS: [(&str, &str); 12] = [
    ("certificate-missing", "the side has no certificate: handshakes fail"),
    ("certificate-other-name", "the side shows a certificate for another name"),
    ("route-missing", "the side has no route for the hostname: 404"),
    ("backend-unreachable", "backends can not be reached from the side: 503"),
    ("body-limit 1kB", "larger bodies of requests are refused: 413"),
    ("timeout 500ms", "answers that take longer are cut: 504, and streams in the middle"),
    ("503 20%", "a part of the answers of the side is 5xx"),
    ("+500ms", "answers of the side come late"),
    ("slow 10kB/s", "bodies of the side's answers dribble"),
    ("down", "backends of the side refuse connections"),
    ("dns-alternates", "DNS names old and new, equally often, wherever the name points"),
    ("resolver-ignores-ttl", "resolvers believe an answer for an hour, whatever its TTL"),
];

/// Why words are no fault of a side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSideFault {
    /// Neither one of these nor one of a stand-in.
    #[error(
        "{0}; or `certificate-missing`, `certificate-other-name`, `route-missing`, `backend-unreachable`, \
         `body-limit 1kB`, `timeout 500ms`, `dns-alternates`, `resolver-ignores-ttl`"
    )]
    Fault(InvalidFault),
    /// Something stands behind a word that stands alone.
    #[error("`{name}` stands alone, without `{rest}`")]
    Alone {
        /// The word.
        name: String,
        /// What stands behind it.
        rest: String,
    },
    /// No size.
    #[error("a size is `500B`, `10kB` or `2MB`, not `{0}`")]
    Size(String),
    /// No time.
    #[error("a time is `500ms` or `2s`, up to an hour, not `{0}`")]
    Time(String),
}

impl FromStr for SideFault {
    type Err = InvalidSideFault;

    fn from_str(given: &str) -> Result<Self, InvalidSideFault> {
        let given = given.trim();
        let (name, rest) = given.split_once(' ').map_or((given, ""), |(name, rest)| (name, rest.trim()));
        let alone = |fault| {
            if rest.is_empty() {
                return Ok(fault);
            }
            Err(InvalidSideFault::Alone { name: name.to_owned(), rest: rest.to_owned() })
        };
        match name {
            "certificate-missing" => alone(Self::CertificateMissing),
            "certificate-other-name" => alone(Self::CertificateOtherName),
            "route-missing" => alone(Self::RouteMissing),
            "backend-unreachable" => alone(Self::BackendUnreachable),
            "dns-alternates" => alone(Self::DnsAlternates),
            "resolver-ignores-ttl" => alone(Self::ResolverIgnoresTtl),
            "timeout" => match format!("+{rest}").parse::<Fault>() {
                Ok(fault) if fault.jitter.is_zero() && fault.share <= 0.0 => Ok(Self::Timeout(fault.latency)),
                Ok(_) | Err(_) => Err(InvalidSideFault::Time(rest.to_owned())),
            },
            "body-limit" => bytes(rest).map(Self::BodyLimit),
            _ => given.parse().map(Self::Answers).map_err(InvalidSideFault::Fault),
        }
    }
}

fn bytes(text: &str) -> Result<u64, InvalidSideFault> {
    let wrong = || InvalidSideFault::Size(text.to_owned());
    let number = text.strip_suffix('B').ok_or_else(wrong)?;
    let (number, unit) = match number.strip_suffix('k') {
        Some(number) => (number, 1000),
        None => number.strip_suffix('M').map_or((number, 1), |number| (number, 1_000_000)),
    };
    number.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wrong)
}

/// As it is typed.
impl fmt::Display for SideFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertificateMissing => f.write_str("certificate-missing"),
            Self::CertificateOtherName => f.write_str("certificate-other-name"),
            Self::RouteMissing => f.write_str("route-missing"),
            Self::BackendUnreachable => f.write_str("backend-unreachable"),
            Self::BodyLimit(bytes) => write!(f, "body-limit {bytes}B"),
            Self::Timeout(time) => write!(f, "timeout {}ms", time.as_secs_f64() * 1000.0),
            Self::DnsAlternates => f.write_str("dns-alternates"),
            Self::ResolverIgnoresTtl => f.write_str("resolver-ignores-ttl"),
            Self::Answers(fault) => write!(f, "{fault}"),
        }
    }
}

/// What is made wrong at a side.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// Where; of DNS and resolvers it says nothing.
    pub side: Side,
    /// What.
    pub fault: SideFault,
    /// For which hostnames, lower-case and as routes have them; none: all.
    pub hosts: Option<Vec<String>>,
}

/// All that is wrong now.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wrongs {
    all: Vec<Wrong>,
}

/// Gives who answers with a fault in a backend's place; none when no stand-in does.
pub(super) type Understudies<'u> = dyn FnMut(&Arc<BackendId>, &Fault) -> Option<Arc<BackendId>> + 'u;

impl Wrong {
    fn is_for(&self, side: Side, host: &HostPattern) -> bool {
        let is_named = |hosts: &Vec<String>| hosts.contains(&host.to_string());
        self.side == side && self.hosts.as_ref().is_none_or(is_named)
    }
}

impl Wrongs {
    /// Adds a fault; of one sort and place the last counts. Without one all end at this side, for these hosts.
    ///
    /// # Errors
    /// What is no fault at all.
    pub(super) fn set(
        &mut self,
        side: Side,
        fault: Option<SideFault>,
        hosts: Option<Vec<String>>,
    ) -> Result<(), String> {
        let Some(fault) = fault else {
            self.all.retain(|wrong| wrong.side != side || (hosts.is_some() && wrong.hosts != hosts));
            return Ok(());
        };
        if let SideFault::Answers(answers) = fault
            && answers == Fault::default()
        {
            return Err("a fault that does nothing; `off` ends all of a side".to_owned());
        }
        let same = |wrong: &Wrong| {
            std::mem::discriminant(&wrong.fault) == std::mem::discriminant(&fault)
                && wrong.side == side
                && wrong.hosts == hosts
        };
        self.all.retain(|wrong| !same(wrong));
        self.all.push(Wrong { side, fault, hosts });
        Ok(())
    }

    /// Whether resolvers keep what they were told.
    pub(super) fn resolvers_ignore_ttl(&self) -> bool {
        self.all.iter().any(|wrong| wrong.fault == SideFault::ResolverIgnoresTtl)
    }

    /// In the order in which it was ordered.
    pub(super) fn all(&self) -> &[Wrong] {
        &self.all
    }

    /// Whether answers of DNS about a hostname name both sides.
    pub(super) fn alternates(&self, hostname: &str) -> bool {
        let named = |wrong: &Wrong| {
            wrong.hosts.as_ref().is_none_or(|hosts| hosts.iter().any(|host| *host == *hostname))
        };
        self.all.iter().any(|wrong| wrong.fault == SideFault::DnsAlternates && named(wrong))
    }

    /// The Table with what is wrong; the same when nothing is.
    pub(super) fn table(&self, table: &Arc<Table>, understudies: &mut Understudies<'_>) -> Arc<Table> {
        let changes = |wrong: &&Wrong| match wrong.fault {
            SideFault::RouteMissing
            | SideFault::BackendUnreachable
            | SideFault::BodyLimit(_)
            | SideFault::Timeout(_)
            | SideFault::Answers(_) => true,
            SideFault::CertificateMissing
            | SideFault::CertificateOtherName
            | SideFault::DnsAlternates
            | SideFault::ResolverIgnoresTtl => false,
        };
        let wrongs: Vec<&Wrong> = self.all.iter().filter(changes).collect();
        if wrongs.is_empty() {
            return Arc::clone(table);
        }
        let mut wrong = Table::clone(table);
        for (key, port) in &table.ports {
            if wrongs.iter().any(|wrong| wrong.side == key.side) {
                let mut listeners = Vec::with_capacity(port.listeners.len());
                for listener in &port.listeners {
                    listeners.push(Arc::new(with(listener, key.side, &wrongs, understudies)));
                }
                wrong.ports.insert(
                    key.clone(),
                    Arc::new(Port { listeners: listeners.into_iter().collect(), ..Port::clone(port) }),
                );
            }
        }
        Arc::new(wrong)
    }

    /// Takes the certificates that are missing, and puts those of another name.
    pub(super) fn certify(&self, listeners: &mut Listeners, certificates: &mut Certificates) {
        for wrong in &self.all {
            let key = match wrong.fault {
                SideFault::CertificateMissing => None,
                SideFault::CertificateOtherName => certificates.fake(),
                SideFault::RouteMissing
                | SideFault::BackendUnreachable
                | SideFault::BodyLimit(_)
                | SideFault::Timeout(_)
                | SideFault::DnsAlternates
                | SideFault::ResolverIgnoresTtl
                | SideFault::Answers(_) => continue,
            };
            let at: Vec<_> = listeners
                .all
                .iter()
                .filter(|listener| {
                    let named = |hosts: &Vec<String>| {
                        let name = listener.hostname.to_ascii_lowercase();
                        hosts.iter().any(|host| *host == name || covers(&name, host))
                    };
                    listener.id.port.side == wrong.side && wrong.hosts.as_ref().is_none_or(named)
                })
                .map(|listener| listener.id.clone())
                .collect();
            for id in at {
                match &key {
                    None => drop(listeners.certificates.remove(&id)),
                    Some(key) if listeners.certificates.contains_key(&id) => {
                        listeners.certificates.insert(id.clone(), [Arc::clone(key)].into());
                    }
                    Some(_) => {}
                }
                if let Some(names) = listeners.names.get(&id) {
                    let mut names = (**names).clone();
                    names.exact.clear();
                    names.wildcard.clear();
                    names.default.clone_from(&key);
                    listeners.names.insert(id, Arc::new(names));
                }
            }
        }
    }
}

/// Whether a listener for `*` or `*.name` has a host.
fn covers(listener: &str, host: &str) -> bool {
    match listener.strip_prefix('*') {
        Some("") => true,
        Some(under) => host.ends_with(under),
        None => false,
    }
}

fn with(listener: &Listener, side: Side, wrongs: &[&Wrong], understudies: &mut Understudies<'_>) -> Listener {
    let mut hosts = HostMap::default();
    for host in listener.hosts.iter() {
        let here: Vec<SideFault> = wrongs
            .iter()
            .filter(|wrong| wrong.is_for(side, &host.pattern))
            .map(|wrong| wrong.fault)
            .collect();
        if !here.contains(&SideFault::RouteMissing) {
            add(&mut hosts, host, &here, understudies);
        }
    }
    Listener { hosts, ..listener.clone() }
}

fn add(hosts: &mut HostMap, host: &VirtualHost, faults: &[SideFault], understudies: &mut Understudies<'_>) {
    let mut candidates = Vec::new();
    // What is in front of all answers by itself, whatever becomes of backends.
    for candidate in host.iter().skip(host.front.len()) {
        let mut rule = Rule::clone(&candidate.rule);
        for fault in faults {
            break_rule(&mut rule, fault, understudies);
        }
        candidates.push(Arc::new(Candidate { rule: Arc::new(rule), ..Candidate::clone(candidate) }));
    }
    hosts.set(&host.pattern, host.front.to_vec(), candidates);
}

fn break_rule(rule: &mut Rule, fault: &SideFault, understudies: &mut Understudies<'_>) {
    match fault {
        SideFault::BackendUnreachable => {
            if matches!(rule.action, Action::Forward(_)) {
                let why = "its backend can not be reached from this side (rehearsed)";
                rule.action = Action::Answer(503, Why::Said(why.to_owned()));
            }
        }
        SideFault::BodyLimit(bytes) => {
            let mut policy = rule.policy.as_deref().cloned().unwrap_or_default();
            policy.max_body = Some(*bytes);
            rule.policy = Some(Arc::new(policy));
        }
        SideFault::Timeout(time) => rule.timeouts.request = Some(*time),
        SideFault::Answers(fault) => {
            if let Action::Forward(split) = &mut rule.action {
                for backend in &mut split.backends {
                    if let Some(other) = understudies(&backend.id, fault) {
                        backend.id = other;
                    }
                }
            }
        }
        SideFault::CertificateMissing
        | SideFault::CertificateOtherName
        | SideFault::RouteMissing
        | SideFault::DnsAlternates
        | SideFault::ResolverIgnoresTtl => {}
    }
}

#[cfg(test)]
mod tests;
