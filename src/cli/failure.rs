//! Why a command could not do what was asked, with the exit code that scripts see.

use std::fmt::Write as _;

use crate::resource::{Problem, show::clean};

/// `1`: what was asked failed, or problems were found.
pub const FAILED: u8 = 1;
/// `2`: wrong usage or unreadable input.
pub const USAGE: u8 = 2;

/// The end of a command that did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Exit code.
    pub code: u8,
    /// What to print to stderr; nothing when all has been said.
    pub text: String,
}

impl Failure {
    /// What was asked failed.
    pub fn failed(message: impl AsRef<str>, fix: impl AsRef<str>) -> Self {
        Self { code: FAILED, text: lines("error", message.as_ref(), fix.as_ref()) }
    }

    /// Wrong usage, or input that can not be read.
    pub fn usage(message: impl AsRef<str>, fix: impl AsRef<str>) -> Self {
        Self { code: USAGE, text: lines("error", message.as_ref(), fix.as_ref()) }
    }

    /// An input that can not be read.
    pub fn unreadable(problem: &Problem) -> Self {
        Self { code: USAGE, text: told(problem) }
    }

    /// Nothing more to say.
    pub fn silent(code: u8) -> Self {
        Self { code, text: String::new() }
    }
}

/// An error with its causes in one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let _ = write!(text, ": {inner}");
        cause = inner.source();
    }
    text
}

/// A problem as `error: file:line: object: field: message` and `  fix: …`.
pub fn told(problem: &Problem) -> String {
    let mut message = place(problem);
    if problem.message.contains(&format!("`{message}`")) {
        // Some messages name the file themselves; it is not said twice.
        message.clear();
    }
    if !message.is_empty() {
        message.push_str(": ");
    }
    if let Some(object) = &problem.object {
        let _ = write!(message, "{object}: ");
    }
    if let Some(field) = &problem.field {
        let _ = write!(message, "{field}: ");
    }
    message.push_str(&problem.message);
    let word = match problem.severity {
        crate::resource::Severity::Error => "error",
        crate::resource::Severity::Warning => "warning",
        crate::resource::Severity::Info => "info",
    };
    lines(word, &message, &problem.fix)
}

/// `file:line`, or what is known of it.
pub fn place(problem: &Problem) -> String {
    match (&problem.file, problem.line) {
        (Some(file), Some(line)) => format!("{}:{line}", file.display()),
        (Some(file), None) => file.display().to_string(),
        (None, Some(_) | None) => String::new(),
    }
}

fn lines(word: &str, message: &str, fix: &str) -> String {
    let mut text = format!("{word}: {}\n", clean(message));
    if !fix.is_empty() {
        let _ = writeln!(text, "  fix: {}", clean(fix));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Key, Kind};

    #[test]
    fn a_problem_is_told_with_place_object_field_and_cure() {
        let mut problem =
            Problem::error("weight-range", "-1 is no weight").field("spec.rules[0]").fix("use 0");
        problem.object = Some(Key::new(Kind::HttpRoute, "shop", "app\u{1b}"));
        problem.file = Some("a.yaml".into());
        problem.line = Some(7);
        let expected =
            "error: a.yaml:7: HTTPRoute shop/app\\u{1b}: spec.rules[0]: -1 is no weight\n  fix: use 0\n";
        assert_eq!(told(&problem), expected);
    }
}
