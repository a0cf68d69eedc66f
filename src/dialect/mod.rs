//! Dialects: how the objects of one API become a routing Table.

pub mod gateway;
pub mod ingress;
mod spread;

pub use spread::spread;
