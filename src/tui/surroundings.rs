//! What a terminal is taken for, and why: for `cutover info`.

use std::io::IsTerminal as _;

use serde::Serialize;

use super::theme::{Color, Depth};

/// What a terminal is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TerminalFacts {
    /// `TERM`
    pub term: Option<String>,
    /// `COLORTERM`
    pub colorterm: Option<String>,
    /// What says of letters: `LC_ALL`, `LC_CTYPE` or `LANG`.
    pub locale: Option<String>,
    /// Columns and rows, when standard output is a terminal.
    pub size: Option<(u16, u16)>,
    /// Whether standard output is a terminal.
    pub is_terminal: bool,
    /// Inside tmux or screen.
    pub multiplexer: Option<&'static str>,
    /// Reached over ssh.
    pub ssh: bool,
    /// How many colours are used.
    pub color: &'static str,
    /// What said so.
    pub color_from: String,
}

/// What the terminal of this environment is taken for; `color` is what the config says.
pub fn of(var: impl Fn(&str) -> Option<String>, color: Option<&str>) -> TerminalFacts {
    let is_terminal = std::io::stdout().is_terminal();
    let set = |name: &str| var(name).filter(|value| !value.is_empty());
    let (depth, color_from) = depth(&var, color);
    TerminalFacts {
        term: set("TERM"),
        colorterm: set("COLORTERM"),
        locale: set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")),
        size: crossterm::terminal::size().ok().filter(|_| is_terminal),
        is_terminal,
        multiplexer: match (set("TMUX"), set("STY")) {
            (Some(_), _) => Some("tmux"),
            (None, Some(_)) => Some("screen"),
            (None, None) => None,
        },
        ssh: set("SSH_CONNECTION").or_else(|| set("SSH_TTY")).is_some(),
        color: match depth {
            Depth::Mono => "none",
            Depth::Ansi16 => "16",
            Depth::Ansi256 => "256",
            Depth::True => "24 bits",
        },
        color_from,
    }
}

fn depth(var: &impl Fn(&str) -> Option<String>, color: Option<&str>) -> (Depth, String) {
    let color = color.and_then(|color| Some((color, color.parse::<Color>().ok()?)));
    let found = color.map_or(Color::Auto, |(_, color)| color).depth(var);
    if let Some((name, _)) = color.filter(|(_, color)| *color != Color::Auto) {
        return (found, format!("the config: color = \"{name}\""));
    }
    let said = |name: &str| format!("{name}={}", var(name).unwrap_or_default());
    let from = match found {
        Depth::Mono => said("NO_COLOR"),
        // Without `COLORTERM` it would be less, or it would not.
        _ if Color::Auto.depth(|name| if name == "COLORTERM" { None } else { var(name) }) == found => {
            said("TERM")
        }
        Depth::Ansi16 | Depth::Ansi256 | Depth::True => said("COLORTERM"),
    };
    (found, from)
}

impl TerminalFacts {
    /// What a person reads: names and values.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
        let size = match (self.size, self.is_terminal) {
            (Some((columns, rows)), _) => format!("{columns}×{rows}"),
            (None, true) => "a terminal that does not tell its size".to_owned(),
            (None, false) => "standard output is no terminal".to_owned(),
        };
        let mut around: Vec<&str> = self.multiplexer.into_iter().collect();
        if self.ssh {
            around.push("ssh");
        }
        let around = if around.is_empty() { "neither tmux nor ssh".to_owned() } else { around.join(", ") };
        vec![
            ("terminal", format!("{size}, {around}")),
            ("TERM", shown(&self.term)),
            ("COLORTERM", shown(&self.colorterm)),
            ("locale", shown(&self.locale)),
            ("colours", format!("{} (by {})", self.color, self.color_from)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_depth_of_colour_is_told_with_what_decided_it() {
        /// Environment, config; depth, and what said so.
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>, &'a str, &'a str);
        let cases: &[Case<'_>] = &[
            (&[("TERM", "xterm-256color")], None, "256", "TERM=xterm-256color"),
            (
                &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
                None,
                "24 bits",
                "COLORTERM=truecolor",
            ),
            (&[("TERM", "xterm-kitty"), ("COLORTERM", "truecolor")], None, "24 bits", "TERM=xterm-kitty"),
            (&[("TERM", "xterm"), ("COLORTERM", "yes")], Some("auto"), "16", "TERM=xterm"),
            (&[("NO_COLOR", "1"), ("TERM", "xterm-256color")], None, "none", "NO_COLOR=1"),
            (
                &[("NO_COLOR", "1"), ("TERM", "xterm-256color")],
                Some("always"),
                "256",
                "the config: color = \"always\"",
            ),
            (&[("TERM", "xterm")], Some("truecolor"), "24 bits", "the config: color = \"truecolor\""),
        ];
        for (environment, color, depth, from) in cases {
            let var = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            let facts = of(var, *color);
            assert_eq!((facts.color, &*facts.color_from), (*depth, *from), "{environment:?} {color:?}");
        }
    }

    #[test]
    fn what_lies_between_is_told() {
        let var = |name: &str| match name {
            "TMUX" | "SSH_TTY" => Some("x".to_owned()),
            "LC_ALL" => Some(String::new()),
            "LANG" => Some("C.UTF-8".to_owned()),
            _ => None,
        };
        let facts = of(var, None);
        assert_eq!(
            (facts.multiplexer, facts.ssh, facts.locale.as_deref()),
            (Some("tmux"), true, Some("C.UTF-8"))
        );
        assert!(
            facts.lines().iter().any(|(name, value)| *name == "terminal" && value.ends_with("tmux, ssh"))
        );
    }
}
