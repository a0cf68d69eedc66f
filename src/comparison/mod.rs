//! What would change for clients and backends, and why: two sides compared, and every difference led back to its cause.
//!
//! `routing::compare` finds the requests that are answered differently. Here each point is given its cause — an
//! annotation, a trap, something missing — and all of one cause become one difference with its simplest witness.
//! That an annotation is the cause is not guessed: the old side is compiled without it and asked again.

mod accepted;
mod advice;
mod cause;
mod face;
mod group;
#[cfg(test)]
mod tests;
mod trap;
mod without;

use std::time::{Duration, Instant};

pub use accepted::{Acceptance, Accepted, AcceptedFile, AcceptedFileError, InvalidAccepted};
pub use cause::{Cause, CauseKind};
pub use face::{Compiled, Face};
pub use group::{Difference, Evidence};

use crate::{
    inventory,
    routing::compare::{self, Options, Tally},
};

/// The file of accepted differences, where no other is named.
pub const FILE: &str = "cutover-accepted.toml";

/// What differs between two sides.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was looked at.
    pub tally: Tally,
    /// The worst first, then those that touch the most hosts.
    pub differences: Vec<Difference>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// Those that nobody accepted.
    pub fn left<'r>(&'r self, accepted: &'r Accepted) -> impl Iterator<Item = &'r Difference> {
        self.differences.iter().filter(|one| accepted.get(&one.id).is_none())
    }

    /// Acceptances that match nothing any more: the difference went, or is another by now.
    pub fn stale<'r>(&'r self, accepted: &'r Accepted) -> impl Iterator<Item = &'r Acceptance> {
        accepted.iter().filter(|one| self.differences.iter().all(|difference| difference.id != one.id))
    }
}

/// Compares two sides.
pub fn compare(old: &Face<'_>, new: &Face<'_>, options: &Options) -> Report {
    let begun = Instant::now();
    let survey = match &old.compiled {
        Compiled::Ingresses(compiled) => {
            inventory::survey(old.world, compiled, &inventory::Options::default())
        }
        Compiled::Gateways(_) => inventory::Survey::default(),
    };
    let (old_certificate, new_certificate) = (old.certificates(), new.certificates());
    let places = (old.place(&old_certificate), new.place(&new_certificate));
    let known = cause::Known::new(old, new, places, &survey);
    let (tally, folds) = compare::compare(places.0, places.1, options, || group::Groups::new(&known));
    let differences = group::merged(folds, &known);
    Report { tally, differences, took: begun.elapsed() }
}
