//! A rehearsal on this machine: the gateway proxy, stand-in backends, certificates, load and scraping, driven by
//! the files of a source. Faces read [`View`] values and send [`Command`]s; they never wait for it.

#![allow(clippy::result_large_err, reason = "problems and refused edits are rare, and told in full")]

mod addresses;
mod ask;
mod authority;
mod backing;
mod certificates;
pub mod clients;
mod commands;
mod curl;
mod desk;
mod engine;
mod fault;
mod holder;
mod http;
mod load;
mod names;
mod ports;
mod question;
mod record;
mod recording;
mod scrape;
mod sides;
mod sited;
mod staff;
mod stand_in;
mod start;
mod steer;
mod switching;
mod tail;
#[cfg(test)]
mod testing;
mod url;
mod view;
mod wrong;

pub use curl::{Curl, curl, curl_of, quoted};
pub use fault::{Fault, InvalidFault};
pub use load::sample;
pub use question::{Answered, Echo, Question, Timing, Unanswered};
pub use record::{named, names_key};
pub use recording::{Format, InvalidRecording, Mix, Recorded, Recording, Replay, Skipped};
pub use sides::{Sides, old_certificates};
pub use start::start;
pub use steer::{Order, steer};
pub use tail::Tail;
pub use url::Url;
pub use view::{
    Backing, CertificateView, ClientsView, Command, DnsOptions, Handle, ListenerView, LoadSetting, LoadView,
    NameView, NamesView, Notice, Options, RecordedView, StandInView, Switch, Switched, Unswitched, View,
    Which,
};
pub use wrong::{InvalidSideFault, SIDE_FAULTS, SideFault, Wrong};

/// An error with its causes, as messages show it.
fn in_one_line(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
