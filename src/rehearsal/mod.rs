//! A rehearsal on this machine: the gateway proxy, stand-in backends, certificates, load and scraping, driven by
//! the files of a source. Faces read [`View`] values and send [`Command`]s; they never wait for it.

mod view;

pub use view::{
    Backing, CertificateView, Command, Fault, Handle, ListenerView, LoadSetting, LoadView, Notice, Options,
    StandInView, View,
};
