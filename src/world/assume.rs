//! What a rehearsal stands in for, because manifests rarely come whole.

use super::{Change, World};

/// The objects that nobody gave and that a rehearsal stands in for, as changes to make to `world`.
///
/// Where a namespace holds no Service object at all, each Service that a route names is assumed, with the ports
/// that are asked for; where it holds any, strict is the rule. So with a missing GatewayClass, Namespace, and
/// certificate Secret (only if the namespace holds no Secret of type `kubernetes.io/tls` at all).
/// `touched` are the keys changed since the last call (`None`: look at all); assumed objects that a real one
/// replaced are overwritten by it, those that nobody needs any more are removed.
pub fn assume(world: &World, touched: Option<&[Change]>) -> Vec<Change> {
    let _ = (world, touched);
    unimplemented!()
}
