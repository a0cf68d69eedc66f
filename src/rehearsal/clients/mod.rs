//! Clients as they are: a crowd that resolves through a DNS server, over real sockets, each kind in its own way.
//!
//! What a client does next, who is where, and what is to be expected are pure; `population` and `resolve` have the
//! sockets.

mod census;
mod client;
mod crowd;
mod facts;
mod kind;
mod mix;
mod population;
mod predict;
mod requests;
mod resolve;
#[cfg(test)]
mod testing;
mod times;

pub use census::{Census, KindCount, Outcome, SideCount};
pub use facts::{Brief, Facts, HISTORY, HostFacts, KindRest, RECENT, Recent, Rest, Tick};
pub use kind::{Caching, KINDS, Keep, Kind};
pub use mix::{ClientMix, InvalidMix};
pub use population::ClientOptions;
pub(super) use population::{Clients, ClientsReader};
pub use predict::{Prediction, Said};
pub(super) use requests::{Places, Requests};
pub use times::Times;
