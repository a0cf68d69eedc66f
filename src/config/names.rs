//! Names of things that other rooms own, held against what they say that there is.

use super::{file::Config, mistake::Mistake, nearest::advise};

/// What there is, told by who knows it.
pub struct Known<'a> {
    /// Themes, a user's own too.
    pub themes: &'a [&'a str],
    /// Ways to have colour.
    pub colors: &'a [&'a str],
    /// Whether a text names a colour; if not, what would.
    pub accent: &'a dyn Fn(&str) -> Result<(), String>,
    /// Actions.
    pub actions: &'a [&'a str],
    /// Screens with the columns of their tables.
    pub screens: &'a [(&'a str, &'a [&'a str])],
    /// Whether a text names a key; if not, what would.
    pub key: &'a dyn Fn(&str) -> Result<(), String>,
}

impl Config {
    /// Every name in the file that stands for nothing, in the order of the lines.
    pub fn check(&self, known: &Known<'_>) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut wrong = |line: u32, message: String, fix: String| {
            mistakes.push(Mistake::new(&self.file, Some(line), message, fix));
        };
        let of = |names: &'_ [&'_ str], word: &str| advise(word, names.iter().copied());
        if let Some(theme) = self.theme.as_ref().filter(|theme| !known.themes.contains(&&*theme.value)) {
            wrong(theme.line, format!("there is no theme `{}`", theme.value), of(known.themes, &theme.value));
        }
        if let Some(color) = self.color.as_ref().filter(|color| !known.colors.contains(&&*color.value)) {
            let message = format!("`color` can not be `{}`", color.value);
            wrong(color.line, message, of(known.colors, &color.value));
        }
        for accent in self.sources.iter().filter_map(|source| source.accent.as_ref()) {
            if let Err(fix) = (known.accent)(&accent.value) {
                wrong(accent.line, format!("`{}` is no colour", accent.value), fix);
            }
        }
        for (action, keys) in &self.keys {
            if !known.actions.contains(&action.as_str()) {
                wrong(keys.line, format!("there is no action `{action}`"), of(known.actions, action));
            }
            for key in &keys.value {
                if let Err(fix) = (known.key)(&key.value) {
                    wrong(key.line, format!("`{}` is no key", key.value), fix);
                }
            }
        }
        for (alias, line) in &self.aliases {
            if known.actions.contains(&alias.as_str()) {
                let fix = "choose another name; an action keeps its own".to_owned();
                wrong(line.line, format!("alias `{alias}` is the name of an action"), fix);
            } else if let Err((message, fix)) = self.ends_in_an_action(alias, known.actions) {
                wrong(line.line, message, fix);
            }
        }
        for (screen, columns) in &self.columns {
            let Some((_, all)) = known.screens.iter().find(|(name, _)| name == screen) else {
                let fix = advise(screen, known.screens.iter().map(|(name, _)| *name));
                wrong(columns.line, format!("there is no screen `{screen}` with columns"), fix);
                continue;
            };
            for column in columns.value.iter().filter(|column| !all.contains(&&*column.value)) {
                let message = format!("`{screen}` has no column `{}`", column.value);
                wrong(column.line, message, of(all, &column.value));
            }
        }
        mistakes.sort_by_key(|mistake| mistake.line);
        mistakes
    }

    /// A `:` line with its alias, if it begins with one, put in full; what stands behind the alias stays behind.
    pub fn expand(&self, line: &str) -> String {
        let mut line = line.trim().to_owned();
        // An alias may stand for another; as many steps as there are aliases are enough for any that ends.
        for _ in 0..self.aliases.len() {
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
            let Some(full) = self.aliases.get(word) else { break };
            let longer = format!("{} {}", full.value, rest.trim_start());
            longer.trim_end().clone_into(&mut line);
        }
        line
    }

    fn ends_in_an_action(&self, alias: &str, actions: &[&str]) -> Result<(), (String, String)> {
        let mut word = alias;
        for _ in 0..=self.aliases.len() {
            let Some(full) = self.aliases.get(word) else {
                if actions.contains(&word) {
                    return Ok(());
                }
                let all = actions.iter().copied().chain(self.aliases.keys().map(String::as_str));
                return Err((
                    format!("alias `{alias}` begins with `{word}`, which is no action"),
                    advise(word, all),
                ));
            };
            word = full.value.split_whitespace().next().unwrap_or_default();
        }
        Err((format!("alias `{alias}` stands for itself"), "let it begin with an action".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const KNOWN: Known<'_> = Known {
        themes: &["dark", "light"],
        colors: &["auto", "always", "256"],
        accent: &|text| if text.starts_with('#') { Ok(()) } else { Err("write `#rrggbb`".to_owned()) },
        actions: &["quit", "weights", "theme"],
        screens: &[("routes", &["name", "hostnames"]), ("rules", &["name"])],
        key: &|key| if key.len() == 1 { Ok(()) } else { Err("write `q` or `ctrl-q`".to_owned()) },
    };

    fn mistakes(text: &str) -> Vec<String> {
        let config = Config::parse(text, Path::new("c.toml")).unwrap();
        config.check(&KNOWN).iter().map(Mistake::to_string).collect()
    }

    #[test]
    fn names_that_stand_for_nothing_are_told_with_line_and_nearest() {
        let text = "\
theme = \"drak\"
color = \"allways\"
[keys]
quti = \"q\"
quit = [\"Q\", \"strg-q\"]
[aliases]
quit = \"theme\"
w = \"weigths shop/app\"
a = \"b\"
b = \"a\"
[columns]
rotues = [\"name\"]
routes = [\"hostname\", \"name\"]
[[source]]
match = \"x\"
accent = \"red\"
";
        let expected = [
            "c.toml:1: there is no theme `drak`; did you mean `dark`?",
            "c.toml:2: `color` can not be `allways`; did you mean `always`?",
            "c.toml:4: there is no action `quti`; did you mean `quit`?",
            "c.toml:5: `strg-q` is no key; write `q` or `ctrl-q`",
            "c.toml:7: alias `quit` is the name of an action; choose another name; an action keeps its own",
            "c.toml:8: alias `w` begins with `weigths`, which is no action; did you mean `weights`?",
            "c.toml:9: alias `a` stands for itself; let it begin with an action",
            "c.toml:10: alias `b` stands for itself; let it begin with an action",
            "c.toml:12: there is no screen `rotues` with columns; did you mean `routes`?",
            "c.toml:13: `routes` has no column `hostname`; did you mean `hostnames`?",
            "c.toml:16: `red` is no colour; write `#rrggbb`",
        ];
        assert_eq!(mistakes(text), expected);
    }

    #[test]
    fn names_that_are_there_are_taken() {
        let text = "theme = \"light\"\n[keys]\nquit = []\n[aliases]\nw = \"x shop/app\"\nx = \"weights\"\n\
                    [columns]\nroutes = [\"hostnames\", \"name\"]\n[[source]]\nmatch = \"*\"\naccent = \"#a1b2c3\"\n";
        assert_eq!(mistakes(text), [""; 0]);
    }

    #[test]
    fn an_alias_is_put_in_full_before_what_stands_behind_it() {
        let text = "[aliases]\nw = \"x shop/app\"\nx = \":weights\"\na = \"b\"\nb = \"a\"\n";
        let config = Config::parse(text, Path::new("c.toml")).unwrap();
        let cases = [
            ("w", "weights shop/app", "an alias of an alias"),
            ("  w   canary=25", "weights shop/app canary=25", "arguments stay behind"),
            ("ww", "ww", "a whole word only"),
            ("theme w", "theme w", "the first word only"),
            ("a", "a", "one that stands for itself ends somewhere"),
            ("", "", "nothing"),
        ];
        for (line, full, why) in cases {
            assert_eq!(config.expand(line), full, "{why}");
        }
    }
}
