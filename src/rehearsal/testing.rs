//! Worlds for tests, from manifests as users write them.

use std::time::Duration;

use crate::{
    source::{Input, Manifests},
    world::{World, assume},
};

/// Longest that a test waits for anything.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

/// The World of a text, what is missing assumed.
pub(super) fn world(text: &'static str) -> World {
    let (_, loaded) = Manifests::open(&[Input::BuiltIn { name: "test.yaml", text }]).unwrap();
    assert_eq!(loaded.problems, [], "a test's manifests are sound");
    let world = World::of(loaded.objects);
    let assumed = assume(&world, None);
    world.apply(&assumed)
}

/// Waits for a future, at most [`LIMIT`].
pub(super) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("it happens in time")
}
