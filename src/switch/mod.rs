//! The journey of a hostname from the old side to the new one, as a state that events change. Pure: who points the name,
//! and how it is looked whether it may be, is given in; time is an argument.
//!
//! What it knows is what a DNS switch is: whoever asked before keeps the answer for the TTL that came with it, so a change
//! is over only when the longest answer given before it has run out. That holds for the way back too.

mod journey;
mod pointing;
mod preflight;
mod ttl;

pub use journey::{Done, Event, Journey, Refused};
pub use pointing::{InvalidPointing, InvalidWaves, Pointing, Waves};
pub use preflight::{Finding, Item, Preflight, Verdict};
pub use ttl::Ttl;
