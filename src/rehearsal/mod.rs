//! A rehearsal on this machine: the gateway proxy, stand-in backends, certificates, load and scraping, driven by
//! the files of a source. Faces read [`View`] values and send [`Command`]s; they never wait for it.

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
mod record;
mod scrape;
mod staff;
mod stand_in;
mod start;
#[cfg(test)]
mod testing;
mod view;
mod watch;

pub use start::start;
pub use view::{
    Backing, CertificateView, Command, Fault, Handle, ListenerView, LoadSetting, LoadView, Notice, Options,
    StandInView, View,
};
