//! What is known of a hostname that is being switched: what preflight found, how both sides do, who is still at the old one,
//! and when which step was made. Plain values; the screen draws them.

mod chart;
mod figures;
mod orders;
mod preflight;

use jiff::Timestamp;

pub use chart::{dns, share, steps};
pub use figures::{Figures, SideFigures, figures, rest};
pub use orders::{consequence, possible};
pub use preflight::{Found, Looked, Looking, Wire, sign};

use crate::switch::Pointing;

/// A TTL that is low enough for a move, in seconds.
pub const LOW: u32 = 60;

/// `old`, `new`, `25 % new`
pub fn pointing(pointing: Pointing) -> String {
    if pointing.is_mix() { format!("{pointing} % new") } else { pointing.to_string() }
}

/// `in 40 s`, `1 min 20 s`: how long until then; none when that is over.
pub fn until(at: Timestamp, now: Timestamp) -> Option<String> {
    let seconds = at.duration_since(now).as_secs_f64().ceil();
    if seconds < 1.0 {
        return None;
    }
    let seconds = seconds as u64;
    Some(match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    })
}

#[cfg(test)]
mod tests;
