//! The old side of one case, run in this process. All that knows how it is made stands here.

use std::net::SocketAddr;

use crate::{case::Case, staff::Staff};

/// A running old side.
pub struct Side {
    /// Where what the case sends to port 80 goes.
    pub http: SocketAddr,
    /// Where what the case sends to port 443 goes.
    pub https: SocketAddr,
    /// Why nginx would refuse the configuration, if it would.
    pub rejected: Option<String>,
}

/// Compiles the case's objects and serves them.
///
/// # Errors
/// Why it can not be served.
pub fn serve(case: &Case, staff: &Staff) -> Result<Side, String> {
    let _ = (staff.objects(case), &staff.endpoints, &staff.cluster);
    Err("not there yet".to_owned())
}
