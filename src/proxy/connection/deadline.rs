//! The time that a backend has: until an end, and between two signs of life.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::time::Sleep;

use crate::routing::Timeouts;

/// The time allowed; costs nothing when there is no limit.
#[derive(Default)]
pub(in crate::proxy) struct Deadline {
    end: Option<Pin<Box<Sleep>>>,
    idle: Option<Box<Idle>>,
}

/// Who has to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::proxy) enum Waiting {
    /// The backend has to take more of the request.
    Room,
    /// The backend has to answer.
    Answer,
    /// The client: no time of the backend's goes by.
    Client,
}

/// Time between two signs of life (nginx `proxy_send_timeout`, `proxy_read_timeout`).
struct Idle {
    send: Option<Duration>,
    read: Option<Duration>,
    sleep: Pin<Box<Sleep>>,
    /// What is waited for, and what had moved when that began.
    since: Option<(Waiting, u64)>,
}

impl Deadline {
    pub(in crate::proxy) fn at(end: Option<Instant>) -> Self {
        Self { end: end.map(|end| Box::pin(tokio::time::sleep_until(end.into()))), idle: None }
    }

    /// The same, with the time between two signs of life.
    pub(in crate::proxy) fn with_idle(mut self, timeouts: &Timeouts) -> Self {
        let Timeouts { send_idle: send, read_idle: read, .. } = *timeouts;
        self.idle = send.max(read).map(|longest| {
            let sleep = Box::pin(tokio::time::sleep(longest));
            Box::new(Idle { send, read, sleep, since: None })
        });
        self
    }

    /// Whether the time is over.
    pub(in crate::proxy) fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        self.end.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready())
    }

    /// Whether the backend gave no sign of life for too long. `progress` counts what moved.
    pub(in crate::proxy) fn is_idle(
        &mut self,
        cx: &mut Context<'_>,
        waiting: Waiting,
        progress: u64,
    ) -> bool {
        let Some(idle) = &mut self.idle else { return false };
        let time = match waiting {
            Waiting::Room => idle.send,
            Waiting::Answer => idle.read,
            Waiting::Client => None,
        };
        let Some(time) = time else {
            idle.since = None;
            return false;
        };
        if idle.since.replace((waiting, progress)) != Some((waiting, progress)) {
            idle.sleep.as_mut().reset(tokio::time::Instant::now() + time);
        }
        idle.sleep.as_mut().poll(cx).is_ready()
    }

    /// What a read from the backend gave; none when it gave nothing for too long.
    pub(in crate::proxy) fn of_backend<T>(
        &mut self,
        cx: &mut Context<'_>,
        read: Poll<T>,
        progress: u64,
    ) -> Poll<Option<T>> {
        match read {
            Poll::Ready(read) => Poll::Ready(Some(read)),
            Poll::Pending if self.is_idle(cx, Waiting::Answer, progress) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Another future, unless the time is over before.
    pub(in crate::proxy) async fn within<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = std::pin::pin!(future);
        poll_fn(|cx| {
            if let Poll::Ready(done) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(done));
            }
            if self.is_over(cx) { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }
}
