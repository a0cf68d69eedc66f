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

    /// What rows are asked: what was typed, or nothing while that can not be read.
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
            Ok(query) => (self.query, self.wrong) = (query, None),
            // What can not be read hides nothing.
            Err(wrong) => (self.query, self.wrong) = (Query::default(), Some(wrong)),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::finding::{Haystack, fields};

    #[test]
    fn a_text_that_can_not_be_read_hides_nothing_and_says_why() {
        let mut filter = Filter::default();
        let cases = [
            ("/(a", false, None, "a regex that is not closed is a text"),
            ("/(a/", true, Some("unclosed group"), "one that is wrong hides nothing"),
            ("/(b)/", false, None, "mended"),
            ("-l app in", true, Some("`in` and `notin`"), "a selector half typed"),
            ("", true, None, "nothing"),
        ];
        for (text, shown, wrong, why) in cases {
            assert!(filter.edit(|input| input.set(text)), "{why}");
            assert!(!filter.edit(|input| input.set(text)), "{why}: the same again");
            assert_eq!(filter.text(), text);
            assert_eq!(filter.query().matches(&Haystack::of(&fields(["a row"]))), shown, "{why}");
            let told = filter.wrong().map(ToString::to_string);
            assert_eq!(told.is_some(), wrong.is_some(), "{why}");
            assert!(told.unwrap_or_default().contains(wrong.unwrap_or_default()), "{why}");
        }
    }
}
