//! What a list is filtered by, and how it is typed.

use crate::tui::{
    finding::{Query, QueryError},
    input::Input,
};

/// What a list is filtered by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    input: Input,
    /// Whether it is being typed.
    pub editing: bool,
    /// Only what is not as it should be.
    pub broken: bool,
    query: Query,
    wrong: Option<QueryError>,
}

impl Filter {
    /// As typed.
    pub fn text(&self) -> &str {
        self.input.text()
    }

    /// The line that is typed.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Whether it keeps any row away.
    pub fn is_empty(&self) -> bool {
        self.query.is_all() && self.wrong.is_none() && !self.broken
    }

    /// What rows are asked: what was typed, or the last of it that could be read.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Why what was typed can not be read.
    pub fn wrong(&self) -> Option<&QueryError> {
        self.wrong.as_ref()
    }

    /// Filters by another text.
    pub fn set(&mut self, text: &str) {
        self.edit(|input| input.set(text));
    }

    /// Changes what is typed; true when rows have to be looked through again.
    pub fn edit(&mut self, change: impl FnOnce(&mut Input)) -> bool {
        let before = self.input.text().to_owned();
        change(&mut self.input);
        if self.input.text() == before {
            return false;
        }
        match Query::parse(self.input.text()) {
            Ok(query) => {
                self.query = query;
                self.wrong = None;
                true
            }
            // The rows stay as they are until it can be read.
            Err(wrong) => {
                self.wrong = Some(wrong);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::finding::{Haystack, fields};

    #[test]
    fn a_text_that_can_not_be_read_leaves_the_rows_and_says_why() {
        let mut filter = Filter::default();
        let cases = [
            ("/(a", true, "x/(A", None, "a regex that is not closed is a text"),
            ("/(a/", false, "x/(A", Some("unclosed group"), "one that is wrong changes nothing"),
            ("/(a)/", true, "xa", None, "mended"),
            ("-l app in", false, "xa", Some("`in` and `notin`"), "a selector half typed"),
            ("", true, "anything", None, "nothing"),
        ];
        for (text, anew, found, wrong, why) in cases {
            assert_eq!(filter.edit(|input| input.set(text)), anew, "{why}");
            assert_eq!(filter.text(), text);
            assert!(filter.query().matches(&Haystack::of(&fields([found]))), "{why}");
            let told = filter.wrong().map(ToString::to_string);
            assert_eq!(told.is_some(), wrong.is_some(), "{why}");
            assert!(told.unwrap_or_default().contains(wrong.unwrap_or_default()), "{why}");
        }
    }
}
