//! A text that a regular expression takes: as far as paths of Ingresses go.

/// A path that a pattern most likely takes; who uses it asks the old side whether it does.
pub(super) fn example(pattern: &str) -> String {
    let mut reader = Reader { rest: pattern.chars().collect(), at: 0 };
    let text = reader.alternatives();
    if text.starts_with('/') { text } else { format!("/{text}") }
}

/// Whether a text has nothing that is special in an expression.
pub(super) fn is_literal(text: &str) -> bool {
    !text.contains(['.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '^', '$', '\\'])
}

struct Reader {
    rest: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    /// The first alternative up to the group's end.
    fn alternatives(&mut self) -> String {
        let first = self.sequence();
        while self.peek() == Some('|') {
            self.at += 1;
            self.sequence();
        }
        first
    }

    fn sequence(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            self.at += 1;
            let piece = match c {
                '^' | '$' => continue,
                '.' => "a".to_owned(),
                '(' => self.group(),
                '[' => self.class(),
                '\\' => escaped(self.next().unwrap_or('\\')),
                c => c.to_string(),
            };
            text.push_str(&piece.repeat(self.times()));
        }
        text
    }

    fn group(&mut self) -> String {
        let mut counts = true;
        if self.peek() == Some('?') {
            self.at += 1;
            match self.next() {
                // Look-around takes nothing.
                Some('=' | '!') => counts = false,
                Some('<' | 'P') => {
                    counts = !matches!(self.peek(), Some('=' | '!'));
                    while let Some(c) = self.next() {
                        if matches!(c, '>' | '=' | '!') {
                            break;
                        }
                    }
                }
                Some(_) | None => {}
            }
        }
        let text = self.alternatives();
        if self.peek() == Some(')') {
            self.at += 1;
        }
        if counts { text } else { String::new() }
    }

    /// One letter of a class.
    fn class(&mut self) -> String {
        let not = self.peek() == Some('^');
        self.at += usize::from(not);
        let mut inside = String::new();
        let mut first = true;
        while let Some(c) = self.next() {
            if c == ']' && !first {
                break;
            }
            first = false;
            match c {
                '\\' => inside.push_str(&escaped(self.next().unwrap_or('\\'))),
                c => inside.push(c),
            }
        }
        if !not {
            return inside.chars().next().unwrap_or('a').to_string();
        }
        ['a', '1', 'z', '-', '_'].into_iter().find(|c| !inside.contains(*c)).unwrap_or('~').to_string()
    }

    /// How often a piece stands: as rarely as it may, but for `*`, of which one shows more.
    fn times(&mut self) -> usize {
        let times = match self.peek() {
            Some('?') => 0,
            Some('*' | '+') => 1,
            Some('{') => {
                let count: String =
                    self.rest.iter().skip(self.at + 1).take_while(|c| c.is_ascii_digit()).collect();
                let Some(end) = self.rest.iter().skip(self.at).position(|c| *c == '}') else { return 1 };
                self.at += end + 1;
                let times = count.parse::<usize>().unwrap_or(0).min(64);
                self.skip_greed();
                return times;
            }
            Some(_) | None => return 1,
        };
        self.at += 1;
        self.skip_greed();
        times
    }

    fn skip_greed(&mut self) {
        if matches!(self.peek(), Some('?' | '+')) {
            self.at += 1;
        }
    }
}

fn escaped(c: char) -> String {
    match c {
        'd' => "1".to_owned(),
        'w' | 'S' | 'D' => "a".to_owned(),
        'W' => "-".to_owned(),
        's' => " ".to_owned(),
        'b' | 'B' | 'A' | 'z' | 'Z' => String::new(),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_taken_by_its_pattern() {
        let patterns = [
            "/a",
            "/api(/|$)(.*)",
            "/foo/bar/[A-Z0-9]{3}",
            "/v[0-9]+/x",
            "/(?!admin)[a-z]+",
            "/a|/b",
            "/(?<name>\\w+)/\\d{2,4}",
            "/[^/]+/x\\.php$",
            "/a(/b)?/c*?",
            "^/x",
        ];
        for pattern in patterns {
            let text = example(pattern);
            let expression = fancy_regex::Regex::new(&format!("^(?:{pattern})")).unwrap();
            assert!(expression.is_match(&text).unwrap(), "{pattern}: {text}");
        }
    }
}
