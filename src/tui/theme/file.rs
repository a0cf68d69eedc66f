//! A theme file: TOML with a slot a line. Every mistake is told with its line, not only the first.

use toml::de::{DeTable, DeValue};

use super::{
    ink::Ink,
    slot::{Palette, Slot},
};
use crate::config;

/// What is wrong in a theme file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1; none when it is about the whole file.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// A theme file as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The theme that says what this one does not, with the line that names it.
    pub inherits: Option<(String, usize)>,
    said: Vec<(Slot, Ink)>,
    series: Option<Vec<Ink>>,
}

impl Draft {
    /// Reads a file.
    ///
    /// # Errors
    /// Everything in it that is no slot, or says no colour.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let line = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
        let table = DeTable::parse(text).map_err(|error| {
            vec![Fault { line: error.span().map(|span| line(span.start)), what: error.message().to_owned() }]
        })?;
        let mut reader =
            Reader { draft: Self { inherits: None, said: Vec::new(), series: None }, faults: Vec::new() };
        for (key, value) in table.get_ref() {
            let at = line(value.span().start);
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("inherits", DeValue::String(name)) => reader.draft.inherits = Some((name.to_string(), at)),
                ("series", DeValue::Array(values)) => {
                    let inks = values
                        .iter()
                        .map(|value| reader.ink("series", value.get_ref(), line(value.span().start)));
                    let inks: Vec<Ink> = inks.collect::<Vec<_>>().into_iter().flatten().collect();
                    reader.draft.series = Some(inks);
                    if values.is_empty() {
                        reader.fault(at, "slot `series` is empty; give it one colour at least".to_owned());
                    }
                }
                ("source", DeValue::Table(table)) => {
                    for (key, value) in table {
                        let name = format!("source.{}", key.get_ref());
                        reader.slot(&name, value.get_ref(), line(key.span().start));
                    }
                }
                ("inherits", other) => reader.fault(at, wrong("inherits", other, "the name of a theme")),
                ("series", other) => reader.fault(at, wrong("series", other, "a list of colours")),
                ("source", other) => reader.fault(at, wrong("source", other, "a table")),
                (name, value) => reader.slot(name, value, line(key.span().start)),
            }
        }
        let Reader { draft, mut faults } = reader;
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(draft) } else { Err(faults) }
    }

    /// The whole palette: what the file says, over that of the theme that it inherits.
    ///
    /// # Errors
    /// Slots that nobody gives a colour.
    pub fn over(self, base: Option<&Palette>) -> Result<Palette, Vec<Fault>> {
        let mut palette = base.cloned().unwrap_or_default();
        for (slot, ink) in self.said {
            palette.set(slot, ink);
        }
        if let Some(series) = self.series {
            palette.set_series(series);
        }
        let missing: Vec<_> = palette.missing().map(|name| format!("`{name}`")).collect();
        if missing.is_empty() {
            return Ok(palette);
        }
        let what = format!("no colour for {}; give them, or write `inherits = \"dark\"`", missing.join(", "));
        Err(vec![Fault { line: None, what }])
    }
}

struct Reader {
    draft: Draft,
    faults: Vec<Fault>,
}

impl Reader {
    fn fault(&mut self, line: usize, what: String) {
        self.faults.push(Fault { line: Some(line), what });
    }

    fn slot(&mut self, name: &str, value: &DeValue<'_>, line: usize) {
        let Some((name, slot)) = Slot::ALL.into_iter().find(|(known, _)| *known == name) else {
            return self.fault(line, format!("there is no slot `{name}`{}", nearest(name)));
        };
        if let Some(ink) = self.ink(name, value, line) {
            self.draft.said.push((slot, ink));
        }
    }

    fn ink(&mut self, slot: &str, value: &DeValue<'_>, line: usize) -> Option<Ink> {
        let Some(text) = value.as_str() else {
            self.fault(line, wrong(slot, value, "a colour in quotes"));
            return None;
        };
        text.parse().map_err(|error| self.fault(line, format!("slot `{slot}`: {error}"))).ok()
    }
}

fn wrong(slot: &str, value: &DeValue<'_>, right: &str) -> String {
    format!("slot `{slot}` is {right}, not a value of type {}", value.type_str())
}

fn nearest(name: &str) -> String {
    let names = Slot::ALL.iter().map(|(name, _)| *name).chain(["series", "inherits"]);
    if let Some(known) = config::nearest(name, names) {
        return format!("; `{known}` is near");
    }
    let all: Vec<_> = Slot::ALL.iter().map(|(name, _)| *name).chain(["series"]).collect();
    format!("; there are {}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<(Option<usize>, String)> {
        let draft = Draft::parse(text).and_then(|draft| draft.over(None));
        draft.unwrap_err().into_iter().map(|fault| (fault.line, fault.what)).collect()
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_its_slot() {
        let text = "# mine\n\
                    inherits = \"dark\"\n\
                    bda = \"red\"\n\
                    good = \"gren\"\n\
                    text = 7\n\
                    series = [\n  \"blue\",\n  \"bleu\",\n]\n\
                    [source]\nnothing = \"red\"\n";
        let told = faults(text);
        let lines: Vec<_> = told.iter().map(|(line, _)| line.unwrap()).collect();
        assert_eq!(lines, [3, 4, 5, 8, 11]);
        let starts = [
            "there is no slot `bda`; `bad` is near",
            "slot `good`: `gren` is no colour (`green`?); write #rrggbb",
            "slot `text` is a colour in quotes, not a value of type integer",
            "slot `series`: `bleu` is no colour (`blue`?)",
            "there is no slot `source.nothing`; there are background, text",
        ];
        for ((_, what), start) in told.iter().zip(starts) {
            assert!(what.starts_with(start), "{what}");
        }
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let told = faults("text = \"red\"\nbad = #ff0000\n");
        assert_eq!(told.first().unwrap().0, Some(2), "{told:?}");
        let twice = faults("text = \"red\"\ntext = \"red\"\n");
        assert_eq!(twice.first().unwrap().0, Some(2), "{twice:?}");
    }

    #[test]
    fn a_file_that_inherits_changes_what_it_says_and_nothing_else() {
        let whole = Draft::parse(include_str!("../../../themes/dark.toml")).unwrap().over(None).unwrap();
        let mine =
            Draft::parse("inherits = \"dark\"\nbad = \"magenta bold\"\n[source]\ndemo = \"cyan\"").unwrap();
        assert_eq!(mine.inherits, Some(("dark".to_owned(), 1)));
        let mine = mine.over(Some(&whole)).unwrap();
        assert_eq!(mine.ink(Slot::Bad), "magenta bold".parse().unwrap());
        assert_eq!(mine.ink(Slot::Demo), "cyan".parse().unwrap());
        let others = Slot::ALL.into_iter().filter(|(_, slot)| ![Slot::Bad, Slot::Demo].contains(slot));
        for (name, slot) in others {
            assert_eq!(mine.ink(slot), whole.ink(slot), "{name}");
        }
    }

    #[test]
    fn what_nobody_gives_a_colour_is_told_and_what_has_a_stand_in_is_not() {
        let told = faults("text = \"red\"\nseries = []");
        assert_eq!(told, [(Some(2), "slot `series` is empty; give it one colour at least".to_owned())]);
        let told = faults("text = \"red\"");
        assert_eq!(
            told,
            [(
                None,
                "no colour for `background`, `strong`, `dim`, `rule`, `accent`, `selection`, `good`, `warn`, `bad`, \
                 `old`, `new`, `series`; give them, or write `inherits = \"dark\"`"
                    .to_owned()
            )]
        );
    }
}
