//! cutover: a terminal console for moving a Kubernetes cluster's traffic from Ingress to Gateway API.
//!
//! Objects come in through [`source`], become a [`world::World`], are read by a [`dialect`] into a
//! [`routing::Table`], and the table is executed by [`proxy`] or asked by [`routing::explain`].
//! [`rehearsal`] joins these on one machine; [`tui`] and [`cli`] are two faces of the same functions.
//!
//! The modules stand in the order of their layers: each uses only those below it
//! (`tests/layers.rs` reads the imports and holds them to it).

pub mod cli;
pub mod tui;

pub mod preflight;
pub mod scenario;

pub mod rehearsal;
pub mod rollout;
pub mod switch;
pub mod traffic;

pub mod dns;
pub mod proxy;

pub mod comparison;
pub mod inventory;

pub mod dialect;
pub mod routing;
pub mod source;
pub mod world;

pub mod logs;

pub mod config;
pub mod resource;
