//! How much is logged: a level, or a filter by module.

use tracing_subscriber::filter::EnvFilter;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Reads a level, or a filter such as `cutover::proxy=trace,info`.
///
/// A level alone is that of cutover itself: libraries tell of warnings at most, so that `trace` is readable and
/// what they know of requests stays out of it.
pub(super) fn read(text: &str) -> Result<EnvFilter, String> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let directives = match lower.as_str() {
        "off" | "error" | "warn" => lower.clone(),
        level if LEVELS.contains(&level) => format!("warn,cutover={level}"),
        _ if !text.contains('=') => return Err(wrong(text, "no such level")),
        _ => text.to_owned(),
    };
    EnvFilter::builder().parse(directives).map_err(|error| wrong(text, &error.to_string()))
}

fn wrong(text: &str, why: &str) -> String {
    let levels = LEVELS.join(", ");
    format!("log level `{text}`: {why}; write {levels}, or a filter such as `cutover::proxy=trace,info`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_that_of_cutover_and_a_filter_is_as_it_is_written() {
        let cases = [
            ("debug", Some("cutover=debug,warn"), "libraries stay quiet"),
            (" TRACE ", Some("cutover=trace,warn"), "in any case"),
            ("error", Some("error"), "less than a warning is less for all"),
            ("off", Some("off"), "nothing"),
            ("cutover::proxy=trace,info", Some("cutover::proxy=trace,info"), "a filter"),
            ("debgu", None, "a mistyped level is no module to be silent about"),
            ("", None, "nothing said"),
            ("cutover=loud", None, "no level"),
        ];
        for (text, directives, why) in cases {
            let read = read(text).map(|filter| filter.to_string()).ok();
            assert_eq!(read.as_deref(), directives, "{why}");
        }
        assert!(read("debgu").unwrap_err().contains("write off, error, warn, info, debug, trace, or"));
    }
}
