//! A name server whose names can be switched: authoritative for the hostnames of a move, over UDP and TCP.
//!
//! Each hostname has a zone of its own, whose apex is that very hostname (of `*.example.com`: `example.com`). A zone for
//! the parent would claim its other names too, which live elsewhere: so they are refused, or forwarded to who knows them.
//! Every hostname points at the old side, at the new one, or at both by shares, decided anew for each query.
//!
//! What is answered stands in one immutable [`Zones`] behind an `ArcSwap`: a change of any number of names is one swap, a
//! query looks at it once. A question is one lookup by its whole name, and one for each label more where that is not there.
//!
//! The wire format is hickory-proto's. Its server is not used: zones there are lists of record sets behind a lock, with
//! no share, no counters, and a forwarder that writes anew what it was answered.
//!
//! RFC 1034, 1035, 2308 (negative answers), 4592 (wildcards), 6891 (EDNS), 7766 (TCP), 8482 (ANY), 9619 (one question).
//! No DNSSEC, no transfers, no updates.

mod answer;
mod counts;
mod forward;
mod name;
mod server;
mod zones;

pub use counts::{Counted, Counts, Total, Totals};
pub use name::{Hostname, InvalidHostname};
pub use server::{BindError, Options, Reader, Server};
pub use zones::{Addresses, Record, Share, Zones};
