//! What the load asks for: one request for each match of each rule that a backend answers, made from the match itself.
//!
//! Each is looked up in the Table before it is taken, so that a match that another one shadows is not asked for.

use std::{net::SocketAddr, sync::Arc};

use rustls_pki_types::ServerName;

use super::probe::{probe, reaches};
use crate::routing::{Action, BackendId, Candidate, PortKey, Side, Table};

/// Targets at most; a load over more than this says no more than one over these.
const MOST: usize = 2000;

/// How often a rule that splits its requests is asked for each time that another one is: shares need counts.
const SPLIT: usize = 6;

/// One request, ready to be sent.
#[derive(Clone, Debug)]
pub(in crate::rehearsal) struct Target {
    pub(in crate::rehearsal) address: SocketAddr,
    /// As in the request, without a port.
    pub(in crate::rehearsal) host: Arc<str>,
    /// Set for TLS.
    pub(in crate::rehearsal) server_name: Option<ServerName<'static>>,
    /// The whole request.
    pub(in crate::rehearsal) request: Arc<[u8]>,
    /// Asked with HEAD.
    pub(in crate::rehearsal) head_only: bool,
}

/// All targets.
#[derive(Clone, Debug, Default)]
pub(in crate::rehearsal) struct Targets {
    pub(in crate::rehearsal) list: Vec<Target>,
    /// How many of them are different.
    pub(super) different: usize,
    /// How many of a round go to each side: the old one, the new one.
    pub(super) by_side: [usize; 2],
    /// Matches for which no request was made: regular expressions, shadowed ones, rules without a backend; of a
    /// recording, requests that no listener serves.
    pub(in crate::rehearsal) skipped: usize,
    /// Why, for the first of a recording.
    pub(super) why: Option<String>,
    /// Sent one after the other, from the first to the last and again; else in no order.
    pub(in crate::rehearsal) in_order: bool,
}

impl Targets {
    /// The targets of a Table whose ports listen where `bound` says. A rule of which no backend has an endpoint, as
    /// `answered` says, is left out: it would answer 503 and nothing else.
    pub(in crate::rehearsal) fn of(
        table: &Table,
        bound: impl Fn(&PortKey) -> Option<SocketAddr>,
        answered: impl Fn(&BackendId) -> bool,
    ) -> Self {
        let mut targets = Self::default();
        for (key, port) in &table.ports {
            let Some(address) = bound(key) else { continue };
            for listener in &port.listeners {
                for host in listener.hosts.iter() {
                    for candidate in host.iter() {
                        if targets.list.len() >= MOST {
                            return targets;
                        }
                        match probe(listener, host, candidate, &answered)
                            .filter(|probe| reaches(port, probe, candidate))
                        {
                            Some(probe) => {
                                let target = probe.target(address, port.protocol);
                                let turns = turns(candidate);
                                targets.list.extend(std::iter::repeat_n(target, turns));
                                targets.add(key.side, turns);
                                targets.different += 1;
                            }
                            None => targets.skipped += 1,
                        }
                    }
                }
            }
        }
        targets
    }

    /// Counts requests of a round to a side.
    pub(super) fn add(&mut self, side: Side, turns: usize) {
        let [old, new] = &mut self.by_side;
        match side {
            Side::Old => *old += turns,
            Side::New => *new += turns,
        }
    }
}

/// How often a match is asked for in one round.
fn turns(candidate: &Candidate) -> usize {
    match &candidate.rule.action {
        Action::Forward(split) if split.backends.len() > 1 => SPLIT,
        Action::Forward(_) | Action::Redirect(_) | Action::Answer(..) | Action::Return(_) => 1,
    }
}

#[cfg(test)]
mod tests;
