//! Where hyper's HTTP/2 spawns its tasks: on the worker's own thread.

/// Spawns on the thread's local set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local;

impl<F> hyper::rt::Executor<F> for Local
where
    F: Future + 'static,
{
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move {
            future.await;
        });
    }
}
