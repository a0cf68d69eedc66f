//! Values as people write them: `30s`, `2 TTL`, `10%`, `new-5xx`. A message says what would be right.

use std::time::Duration;

use crate::{
    config::nearest,
    rehearsal::{Fault, SideFault},
    routing::Side,
    scenario::model::{MEASURES, Measure, Span, Unit},
};

/// Longest time of anything.
const LONGEST: Duration = Duration::from_hours(24);
/// Largest TTL (RFC 2181 section 8).
const LARGEST_TTL: u64 = 0x7fff_ffff;
/// Most TTLs of anything.
const TTLS: f64 = 1000.0;

/// `500ms`, `30s`, `1m30s`, `2h`; up to a day.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("a time is `500ms`, `30s`, `1m30s` or `2h`, up to a day, not `{text}`");
    let time = parts(text).ok_or_else(wrong)?;
    if time > LONGEST { Err(wrong()) } else { Ok(time) }
}

fn parts(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let number: f64 = number.parse().ok()?;
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        seconds += number
            * match unit {
                "ms" => 0.001,
                "s" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = next.trim_start();
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// A TTL: whole seconds, `30s` or `30`.
pub(super) fn ttl(text: &str) -> Result<Duration, String> {
    let wrong = || format!("a TTL is whole seconds, like `30s`, not `{text}`");
    let seconds = if let Ok(seconds) = text.parse::<u64>() {
        seconds
    } else {
        let time = parts(text).filter(|time| time.subsec_nanos() == 0).ok_or_else(wrong)?;
        time.as_secs()
    };
    if seconds > LARGEST_TTL { Err(wrong()) } else { Ok(Duration::from_secs(seconds)) }
}

/// A time, or `2 TTL`.
pub(super) fn span(text: &str) -> Result<Span, String> {
    match text.strip_suffix("TTLs").or_else(|| text.strip_suffix("TTL")) {
        Some(number) => ttls(number.trim()).map(Span::Ttls),
        None => time(text).map(Span::Time).map_err(|why| format!("{why}; or `2 TTL`")),
    }
}

/// How many TTLs.
pub(super) fn ttls(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=TTLS).contains(number));
    number.ok_or_else(|| format!("so many TTLs are a number from 0 to {TTLS}, not `{text}`"))
}

/// `10%`
pub(super) fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let number = number.filter(|number| (0.0..=100.0).contains(number));
    number.map(|number| number / 100.0).ok_or_else(|| format!("a share is `0%` to `100%`, not `{text}`"))
}

/// A value of a measure.
pub(super) fn value(unit: Unit, text: &str) -> Result<f64, String> {
    match unit {
        Unit::Share => {
            // A difference may be below nothing.
            let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
            share(text).map(|share| sign * share)
        }
        Unit::Count => {
            let number = text.parse().ok().filter(|number: &f64| (0.0..=1e12).contains(number));
            number.ok_or_else(|| format!("a count is a number from 0 on, not `{text}`"))
        }
        Unit::Time => time(text).map(|time| time.as_secs_f64()),
    }
}

pub(super) fn measure(text: &str) -> Result<Measure, String> {
    let names = MEASURES.iter().map(|(name, _)| *name);
    Measure::named(text).ok_or_else(|| match nearest(text, names.clone()) {
        Some(near) => format!("nothing is measured that is called `{text}`; did you mean `{near}`?"),
        None => format!(
            "nothing is measured that is called `{text}`; there are {}",
            names.collect::<Vec<_>>().join(", ")
        ),
    })
}

pub(super) fn side(text: &str) -> Result<Side, String> {
    match text {
        "old" => Ok(Side::Old),
        "new" => Ok(Side::New),
        _ => Err(format!("a side is `old` or `new`, not `{text}`")),
    }
}

/// `NAMESPACE/SERVICE`
pub(super) fn backend(text: &str) -> Result<(String, String), String> {
    let is_name = |name: &str| !name.is_empty() && !name.contains(|c: char| c == '/' || c.is_whitespace());
    let parts = text.split_once('/').filter(|(namespace, service)| is_name(namespace) && is_name(service));
    let parts = parts.map(|(namespace, service)| (namespace.to_owned(), service.to_owned()));
    parts.ok_or_else(|| format!("a backend is `NAMESPACE/SERVICE`, like `shop/web`, not `{text}`"))
}

/// A hostname; `*.` in front stands for all names below.
pub(super) fn host(text: &str) -> Result<String, String> {
    let lower = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let name = lower.strip_prefix("*.").unwrap_or(&lower);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let sound = name.len() <= 253 && name.split('.').all(is_label);
    if sound { Ok(lower) } else { Err(format!("`{text}` is no hostname")) }
}

pub(super) fn fault(text: &str) -> Result<Fault, String> {
    text.parse().map_err(|why: crate::rehearsal::InvalidFault| why.to_string())
}

/// What goes wrong at a side; none for `off`.
pub(super) fn side_fault(text: &str) -> Result<Option<SideFault>, String> {
    match text {
        "off" => Ok(None),
        _ => text.parse().map(Some).map_err(|why: crate::rehearsal::InvalidSideFault| why.to_string()),
    }
}

/// How large a wave is: whole percents, as many of a hundred answers.
pub(super) fn wave(text: &str) -> Result<f64, String> {
    let share = share(text)?;
    let whole = (share * 100.0).round() / 100.0;
    if (share - whole).abs() > 1e-9 {
        Err(format!("a wave is whole percents, not `{text}`"))
    } else {
        Ok(whole)
    }
}

/// Requests a second.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).trim();
    let number = number.parse().ok().filter(|rate| (0.0..=1e6).contains(rate));
    number.ok_or_else(|| format!("a rate is requests a second, `200` or `200/s`, not `{text}`"))
}

/// A whole number in these bounds.
fn whole(text: &str, what: &str, least: usize, most: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{what} are a number from {least} to {most}, not `{text}`"))
}

pub(super) fn clients(text: &str) -> Result<usize, String> {
    whole(text, "clients", 1, 100_000)
}

pub(super) fn connections(text: &str) -> Result<usize, String> {
    whole(text, "connections", 1, 10_000)
}

pub(super) fn pool(text: &str) -> Result<usize, String> {
    whole(text, "connections of a pool", 1, 100)
}

pub(super) fn requests(text: &str) -> Result<u32, String> {
    whole(text, "requests", 1, 1_000_000_000).map(|number| number as u32)
}

/// How much faster clocks run.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|speed| (0.01..=1000.0).contains(speed));
    number.ok_or_else(|| format!("a speed is a number from 0.01 to 1000, not `{text}`"))
}

pub(super) fn yes(text: &str) -> Result<bool, String> {
    match text {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err(format!("`true` or `false`, not `{text}`")),
    }
}
