//! A rehearsal on this machine: the gateway proxy, stand-in backends, certificates, load and scraping, driven by
//! the files of a source. Faces read [`View`] values and send [`Command`]s; they never wait for it.

#![allow(clippy::result_large_err, reason = "problems and refused edits are rare, and told in full")]

mod addresses;
mod authority;
mod backing;
mod certificates;
mod desk;
mod engine;
mod holder;
mod http;
mod load;
mod ports;
mod scrape;
mod staff;
mod stand_in;
mod start;
#[cfg(test)]
mod testing;
mod view;

pub use start::start;
pub use view::{
    Backing, CertificateView, Command, Fault, Handle, ListenerView, LoadSetting, LoadView, Notice, Options,
    StandInView, View,
};

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
