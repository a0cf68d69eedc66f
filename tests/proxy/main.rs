//! The proxy from outside: real sockets on both sides.

mod build;
mod client;
mod upstream;

mod basics;
mod refusals;
