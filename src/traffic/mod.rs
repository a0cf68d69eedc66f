//! Who got how many requests, errors and milliseconds: scraped counters made into windows.
//!
//! Time is an argument. No data is `None`, never 0.

pub mod exposition;
mod share;
mod window;

pub use share::{Share, share};
pub use window::{Flow, Measured, Moment, Scope, Series, Traffic, Window};
