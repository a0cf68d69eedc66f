//! What ingress-nginx does with a set of Ingresses.

pub mod known_differences;
