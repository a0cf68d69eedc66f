//! Reader of Prometheus text format 0.0.4 (and what OpenMetrics shares with it).
//!
//! Our own, because prometheus-parse 0.2.5 drops labels and lines in silence (README, notes). Line by line and without
//! a copy until the name is wanted; names in quotes (Prometheus 3) are read too. Timestamps and exemplars are passed
//! over: what is read is how the counters stand now.

#[cfg(test)]
mod tests;

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Metric name.
    pub name: String,
    /// Labels in the order written, unescaped.
    pub labels: Vec<(String, String)>,
    /// Value.
    pub value: f64,
}

/// What a page held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// All samples read.
    pub samples: Vec<Sample>,
    /// Lines that could not be read: number from 1, and why.
    pub rejected: Vec<(usize, String)>,
}

/// Reads a page, keeping samples whose name is wanted; every line that can not be read is told.
pub fn parse(text: &str, wanted: impl Fn(&str) -> bool) -> Page {
    let mut page = Page::default();
    for (at, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut rest = Rest(line);
        rest.blanks();
        if rest.0.is_empty() || rest.0.starts_with('#') {
            continue;
        }
        match sample(rest, &wanted) {
            Ok(Some(sample)) => page.samples.push(sample),
            Ok(None) => {}
            Err(why) => page.rejected.push((at + 1, why)),
        }
    }
    page
}

/// `name {labels} value timestamp # exemplar`
fn sample(mut rest: Rest<'_>, wanted: &impl Fn(&str) -> bool) -> Result<Option<Sample>, String> {
    let start = rest.0;
    let mut name = rest.name(true).map(Text::Plain);
    let glued = rest;
    rest.blanks();
    let mut labels = None;
    if rest.take('{') {
        rest.blanks();
        if name.is_none() && rest.0.starts_with('"') {
            name = Some(rest.quoted()?);
            rest.blanks();
            if !rest.take(',') && !rest.0.starts_with('}') {
                return Err(rest.wanted("`,` or `}` after the metric's name"));
            }
        }
        let keep = name.as_ref().is_some_and(|name| wanted(&name.read()));
        labels = Some(rest.labels(keep)?);
    }
    let Some(name) = name else { return Err(Rest(start).wanted("a metric's name")) };
    if labels.is_none() && !glued.0.is_empty() && glued.0.len() == rest.0.len() {
        return Err(rest.wanted("a space or `{` after the metric's name"));
    }
    rest.blanks();
    let value = rest.number("a value")?;
    rest.blanks();
    if !rest.0.is_empty() && !rest.0.starts_with('#') {
        rest.number("a timestamp")?;
        rest.blanks();
    }
    if !rest.0.is_empty() && !rest.0.starts_with('#') {
        return Err(rest.wanted("the end of the line"));
    }
    let read = name.read();
    Ok(wanted(&read).then(|| Sample { name: read.into_owned(), labels: labels.unwrap_or_default(), value }))
}

/// What of a line is still to be read.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a str);

/// A text that may be escaped.
enum Text<'a> {
    Plain(&'a str),
    Escaped(&'a str),
}

impl<'a> Text<'a> {
    /// `\\`, `\"` and `\n` are read; any other backslash is one.
    fn read(&self) -> std::borrow::Cow<'a, str> {
        let escaped = match self {
            Self::Plain(text) => return (*text).into(),
            Self::Escaped(text) => text,
        };
        let mut out = String::with_capacity(escaped.len());
        let mut letters = escaped.chars();
        while let Some(letter) = letters.next() {
            if letter != '\\' {
                out.push(letter);
                continue;
            }
            match letters.next() {
                Some('n') => out.push('\n'),
                Some(plain @ ('\\' | '"')) => out.push(plain),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            }
        }
        out.into()
    }
}

impl<'a> Rest<'a> {
    fn blanks(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn take(&mut self, letter: char) -> bool {
        match self.0.strip_prefix(letter) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`; in a label's name there is no colon.
    fn name(&mut self, colon: bool) -> Option<&'a str> {
        let is_letter = |b: u8| b.is_ascii_alphabetic() || b == b'_' || colon && b == b':';
        let bytes = self.0.as_bytes();
        let length = bytes.iter().take_while(|b| is_letter(**b) || b.is_ascii_digit()).count();
        if length == 0 || bytes.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let (name, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(name)
    }

    /// Reads a text in quotes, without the quotes.
    fn quoted(&mut self) -> Result<Text<'a>, String> {
        let Some(inner) = self.0.strip_prefix('"') else { return Err(self.wanted("a text in quotes")) };
        let (mut at, mut escaped) = (0, false);
        loop {
            let Some(step) = memchr::memchr2(b'"', b'\\', inner.as_bytes().get(at..).unwrap_or_default())
            else {
                return Err(self.wanted("a closing quote"));
            };
            at += step;
            if inner.as_bytes().get(at) == Some(&b'"') {
                break;
            }
            escaped = true;
            at += 2;
        }
        let (text, rest) = inner.split_at(at);
        self.0 = rest.get(1..).unwrap_or_default();
        Ok(if escaped { Text::Escaped(text) } else { Text::Plain(text) })
    }

    /// The labels up to and with the closing brace; copied when they are to be kept.
    fn labels(&mut self, keep: bool) -> Result<Vec<(String, String)>, String> {
        let mut labels: Vec<(String, String)> = Vec::new();
        loop {
            self.blanks();
            if self.take('}') {
                return Ok(labels);
            }
            let here = *self;
            let name = if self.0.starts_with('"') {
                Some(self.quoted()?)
            } else {
                self.name(false).map(Text::Plain)
            };
            let Some(name) = name else { return Err(here.wanted("a label's name or `}`")) };
            self.blanks();
            if !self.take('=') {
                return Err(self.wanted("`=` after a label's name"));
            }
            self.blanks();
            let value = self.quoted()?;
            if keep {
                let name = name.read();
                if labels.iter().any(|(given, _)| *given == name) {
                    return Err(format!("label `{name}` stands there twice"));
                }
                labels.push((name.into_owned(), value.read().into_owned()));
            }
            self.blanks();
            if !self.take(',') && !self.0.starts_with('}') {
                return Err(self.wanted("`,` or `}` after a label"));
            }
        }
    }

    /// Go's floats but for hexadecimal ones.
    fn number(&mut self, what: &str) -> Result<f64, String> {
        let end = self.0.find([' ', '\t']).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        match word.parse() {
            Ok(number) => {
                self.0 = rest;
                Ok(number)
            }
            Err(_) => Err(self.wanted(what)),
        }
    }

    /// Says what should stand here instead; a page may be a long line of something else.
    fn wanted(self, what: &str) -> String {
        let found: String = self.0.chars().take(40).collect();
        if found.is_empty() {
            format!("the line ends where {what} should be")
        } else {
            format!("`{found}` stands where {what} should be")
        }
    }
}
