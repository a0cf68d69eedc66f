//! Who is ready to answer for a Service, as its EndpointSlices say.

use serde_json::Value;

use crate::{resource::Key, world::World};

/// Ready endpoints and all of a Service; none when no EndpointSlice is given for it.
pub fn ready(world: &World, service: &Key) -> Option<(usize, usize)> {
    let counts: Vec<_> = world.slices_of(service).map(|slice| ready_in(&slice.value())).collect();
    let sum = counts.iter().fold((0, 0), |(ready, all), one| (ready + one.0, all + one.1));
    (!counts.is_empty()).then_some(sum)
}

/// Ready endpoints and all of one EndpointSlice; an endpoint that does not say counts as ready.
pub fn ready_in(slice: &Value) -> (usize, usize) {
    let endpoints = slice.get("endpoints").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let ready = |one: &&Value| one.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true);
    (endpoints.iter().filter(ready).count(), endpoints.len())
}
