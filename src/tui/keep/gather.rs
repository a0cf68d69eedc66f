//! Rows made into cells a slice at a time: only the loop has the state that cells are made from, and keys must not wait
//! for 50,000 of them.

use std::sync::Arc;

use super::{
    evidence::Evidence,
    sheet::{InCsv, Part, Sheet},
    write::{Body, Saving, To},
};
use crate::{
    rehearsal::View,
    tui::{
        app::{Effect, State},
        selection::{Frozen, Lines},
        widget::table::Column,
    },
};

/// Rows of a slice: a few milliseconds.
const SLICE: usize = 500;

/// A list on its way into a file.
#[derive(Debug)]
pub struct Gathering {
    rows: Box<dyn Frozen>,
    columns: &'static [Column],
    sheet: Sheet,
    /// What all rows are made from, whatever comes meanwhile.
    view: Arc<View>,
    body: Writes,
    rest: Rest,
    to: To,
}

/// What stands beside the rows.
pub type Rest = (Evidence, Vec<Part>);

/// In which format.
pub type Writes = fn(Evidence, Vec<Part>) -> Body;

impl Gathering {
    /// Begins with a list as it is now.
    pub fn of(state: &State, lines: &dyn Lines, body: Writes, rest: Rest, to: To) -> Self {
        let columns = lines.columns();
        Self {
            rows: lines.frozen(),
            columns,
            sheet: Sheet::over(columns),
            view: Arc::clone(&state.view),
            body,
            rest,
            to,
        }
    }

    /// Makes one slice; asks to come back, or to write what is whole.
    pub fn go_on(mut self: Box<Self>, state: &mut State) -> Vec<Effect> {
        let newest = std::mem::replace(&mut state.view, Arc::clone(&self.view));
        let from = self.sheet.rows.len();
        for line in from..(from + SLICE).min(self.rows.len()) {
            let cells = self.rows.cells(line, state).unwrap_or_default();
            self.sheet.push(self.columns, cells);
        }
        state.view = newest;
        if self.sheet.rows.len() < self.rows.len() {
            return vec![Effect::Gather(self)];
        }
        let (evidence, mut parts) = self.rest;
        parts.insert(0, ("rows", InCsv::Table, self.sheet));
        let body = (self.body)(evidence, parts);
        vec![Effect::Save(Box::new(Saving { body, to: self.to }))]
    }
}
