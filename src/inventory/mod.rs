//! What stands in front of a move: every Ingress with its annotations, what each of them means, what becomes of it,
//! and how hard the Ingress is to move.
//!
//! The knowledge is data, in `catalogue/*.toml`; how hard an Ingress is, is a table in `classify.rs`. Texts of
//! annotations are kept as they came: the faces make them harmless.

mod annotate;
mod catalogue;
mod classify;
mod facts;
mod glob;
mod idiom;
mod outside;
mod reading;
mod survey;
mod tally;
pub mod traps;
mod verdict;
mod view;
mod views;

pub use catalogue::{
    Catalogue, Controller, Entry, IMPLEMENTATIONS, Malformed, NGINX_PREFIX, Reach, ValueKind,
};
pub use classify::{Complexity, Reason, Rules, UserRule};
pub use facts::{
    AnnotationFacts, Backend, IngressFacts, Options, PathFacts, Reading, ServiceFacts, Survey, TlsFacts,
    Totals,
};
pub use idiom::Idiom;
pub use outside::{Outside, outside};
pub use reading::{PathReading, readings};
pub use survey::survey;
pub use tally::{AnnotationCount, Tally, annotations};
pub use traps::{MoreTraps, Sample, TrapFinding};
pub use verdict::{Judgement, Verdict, judge};
pub use view::{
    AnnotationCountView, AnnotationView, IngressView, NameView, ProblemView, SourceView, SurveyView,
    TotalsView, TrapView,
};

pub use crate::dialect::ingress::class::From as ClassFrom;

#[cfg(test)]
mod tests;
