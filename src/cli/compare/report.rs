//! A comparison as scripts see it (docs/scripting.md), and as the other ways of printing take it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{
    changes::Changes,
    live::{self, Said},
};
use crate::{
    cli::explain,
    comparison::{Accepted, Difference, Face, Report},
    resource::Severity,
    routing::{Side, compare::Witness},
};

/// All of it.
#[derive(Serialize)]
pub(super) struct Shown<'r> {
    classes: u64,
    witnesses: u64,
    sampled: u64,
    pub(super) differences: Vec<One<'r>>,
    hosts: u64,
    /// Milliseconds.
    took: f64,
    /// What was not enumerated.
    not_enumerated: &'r [String],
    more_not_enumerated: u64,
    sides: (&'static str, &'static str),
    /// Acceptances that match no difference any more.
    pub(super) stale: Vec<Stale<'r>>,
    /// Against the comparison before, while files are watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) changes: Option<Changes>,
}

#[derive(Serialize)]
pub(super) struct Stale<'r> {
    pub(super) id: &'r str,
    pub(super) reason: &'r str,
    pub(super) date: &'r str,
}

/// One difference.
#[derive(Serialize)]
pub(super) struct One<'r> {
    pub(super) id: &'r str,
    pub(super) cause: Cause<'r>,
    pub(super) severity: Severity,
    pub(super) hosts: u64,
    pub(super) paths: u64,
    pub(super) witness: Option<Request<'r>>,
    /// As `explain` tells it.
    pub(super) old: Value,
    pub(super) new: Value,
    pub(super) kind: Vec<&'static str>,
    pub(super) fix: &'r str,
    pub(super) accepted: Option<Reason<'r>>,
    pub(super) live: Value,
    /// Each kind with the simplest request that shows it.
    pub(super) evidence: Vec<Evidence<'r>>,
    /// What came over the wire from the old side, and from the new one.
    pub(super) came: Option<(&'r str, &'r str)>,
    /// What of that was not predicted.
    pub(super) odd: &'r [String],
}

#[derive(Serialize)]
pub(super) struct Cause<'r> {
    pub(super) kind: &'static str,
    pub(super) key: &'r str,
    /// What a trap is, in a few words.
    pub(super) title: Option<&'static str>,
    /// `Ingress shop/web`
    pub(super) object: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Reason<'r> {
    pub(super) reason: &'r str,
    pub(super) date: &'r str,
}

/// A request.
#[derive(Serialize)]
pub(super) struct Request<'r> {
    pub(super) method: &'r str,
    pub(super) scheme: &'r str,
    /// With the port, where it is not the scheme's own.
    pub(super) host: String,
    /// With the query.
    pub(super) path: String,
    pub(super) headers: BTreeMap<&'r str, &'r str>,
    /// Bytes of its body.
    pub(super) body: Option<u64>,
    /// Where it comes from.
    pub(super) client: Option<String>,
    pub(super) curl: String,
}

#[derive(Serialize)]
pub(super) struct Evidence<'r> {
    pub(super) kind: &'static str,
    pub(super) curl: String,
    pub(super) old_rule: &'r str,
    pub(super) new_rule: &'r str,
    pub(super) points: Vec<Point<'r>>,
}

#[derive(Serialize)]
pub(super) struct Point<'r> {
    pub(super) what: &'r str,
    pub(super) old: Option<&'r str>,
    pub(super) new: Option<&'r str>,
    /// Whether this request alone shows it.
    pub(super) shown: bool,
}

impl<'r> Shown<'r> {
    pub(super) fn new(
        report: &'r Report,
        faces: &(Face<'_>, Face<'_>),
        accepted: &'r Accepted,
        live: Option<&'r BTreeMap<String, Said>>,
    ) -> Self {
        let side = |face: &Face<'_>| match face.side() {
            Side::Old => "ingress",
            Side::New => "gateway",
        };
        let one = |difference| One::new(difference, faces, accepted, live);
        Self {
            classes: report.tally.classes,
            witnesses: report.tally.witnesses,
            sampled: report.tally.sampled,
            hosts: report.tally.hosts,
            took: (report.took.as_secs_f64() * 1e4).round() / 10.0,
            differences: report.differences.iter().map(one).collect(),
            not_enumerated: &report.tally.open,
            more_not_enumerated: report.tally.more_open,
            sides: (side(&faces.0), side(&faces.1)),
            stale: report
                .stale(accepted)
                .map(|it| Stale { id: &it.id, reason: &it.reason, date: &it.date })
                .collect(),
            changes: None,
        }
    }

    /// What was looked at, in one sentence.
    pub(super) fn looked(&self) -> String {
        let drawn = match self.sampled {
            0 => String::new(),
            many => format!(", {many} of them drawn by chance"),
        };
        let names = if self.hosts == 1 { "name" } else { "names" };
        format!(
            "{} {names}, {} classes, {} requests asked of both sides{drawn}, in {} ms",
            self.hosts, self.classes, self.witnesses, self.took
        )
    }

    /// What was not enumerated, a sentence each.
    pub(super) fn open(&self) -> impl Iterator<Item = String> + '_ {
        let more =
            (self.more_not_enumerated > 0).then(|| format!("and {} more of these", self.more_not_enumerated));
        self.not_enumerated.iter().cloned().chain(more)
    }
}

impl<'r> One<'r> {
    fn new(
        difference: &'r Difference,
        faces: &(Face<'_>, Face<'_>),
        accepted: &'r Accepted,
        live: Option<&'r BTreeMap<String, Said>>,
    ) -> Self {
        let witness = difference.witness();
        let told = |face: &Face<'_>| {
            witness.map_or(Value::Null, |witness| {
                let side = face.side();
                explain::value(side, &crate::routing::explain(face.table(), &witness.ask(side)))
            })
        };
        let said = live.and_then(|live| live.get(&difference.id));
        let evidence = difference.evidence.iter().map(|one| Evidence {
            kind: one.kind.as_str(),
            curl: one.witness.curl(),
            old_rule: &one.rules.0,
            new_rule: &one.rules.1,
            points: one
                .points
                .iter()
                .map(|point| Point {
                    what: &point.what,
                    old: point.old.as_deref(),
                    new: point.new.as_deref(),
                    shown: point.shown,
                })
                .collect(),
        });
        Self {
            id: &difference.id,
            cause: Cause {
                kind: difference.cause.kind.as_str(),
                key: &difference.cause.key,
                title: difference.cause.title(),
                object: difference.cause.object.as_ref().map(ToString::to_string),
            },
            severity: difference.severity,
            hosts: difference.hosts,
            paths: difference.paths,
            witness: witness.map(Request::of),
            old: told(&faces.0),
            new: told(&faces.1),
            kind: difference.kinds().map(crate::routing::compare::Kind::as_str).collect(),
            fix: &difference.fix,
            accepted: accepted.get(&difference.id).map(|it| Reason { reason: &it.reason, date: &it.date }),
            live: live::shown(said),
            evidence: evidence.collect(),
            came: said.map(|said| (said.came.0.as_str(), said.came.1.as_str())),
            odd: said.map_or(&[], |said| &said.odd),
        }
    }
}

impl<'r> Request<'r> {
    fn of(witness: &'r Witness) -> Self {
        let ask = &witness.ask;
        Self {
            method: &ask.method,
            scheme: &ask.scheme,
            host: witness.authority(),
            path: witness.target(),
            headers: ask.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            body: witness.body,
            client: witness.client.map(|client| client.to_string()),
            curl: witness.curl(),
        }
    }
}
