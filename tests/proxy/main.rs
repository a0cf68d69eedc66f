//! The proxy from outside: real sockets on both sides.

mod build;
mod client;
mod strict;
mod upstream;

mod basics;
mod connections;
mod filters;
mod fuzz;
mod http2;
mod lifetime;
mod refusals;
mod retries;
mod tls;
