//! The proxy from outside: real sockets on both sides.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod build;
mod client;
mod strict;
mod upstream;

mod attacks;
mod auth;
mod backend_tls;
mod basics;
mod certificates;
mod connections;
mod errors;
mod filters;
mod frames;
mod fuzz;
mod http2;
mod lifetime;
mod next_upstream;
mod nginx;
mod policy;
mod refusals;
mod retries;
mod speed;
mod sticky;
mod tail;
mod tls;
mod told;
