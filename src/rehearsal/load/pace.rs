//! A steady rate: when each request is due, and who may not send because all places are taken.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep_until},
};

use crate::rehearsal::LoadSetting;

/// Requests are sent in steps of this length, or one by one when they are rarer.
const STEP: Duration = Duration::from_millis(5);

/// Calls `send` at the rate set, with a place to be given back and the places there are, until the setting's sender is
/// dropped.
pub(in crate::rehearsal) async fn pace(
    mut setting: watch::Receiver<LoadSetting>,
    mut send: impl FnMut(OwnedSemaphorePermit, usize),
) {
    loop {
        let LoadSetting { rate, concurrency } = *setting.borrow_and_update();
        let running = rate.is_finite() && rate > 0.0 && concurrency > 0;
        if !running {
            if setting.changed().await.is_err() {
                return;
            }
            continue;
        }
        let places = Arc::new(Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS)));
        let step = STEP.as_secs_f64().max(1.0 / rate).min(3600.0);
        let (mut next, mut due) = (Instant::now(), 0.0);
        loop {
            next += Duration::from_secs_f64(step);
            tokio::select! {
                () = sleep_until(next) => {}
                changed = setting.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
            }
            // What a stall kept from being sent is left out.
            next = next.max(Instant::now() - Duration::from_secs_f64(step));
            due += rate * step;
            while due >= 1.0 {
                due -= 1.0;
                if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
                    send(place, concurrency);
                }
            }
        }
    }
}
