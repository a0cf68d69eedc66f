//! Both sides are compared when somebody looks, and again when the objects change; a difference is accepted by a diff.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::{Dialog, Effect, Overlay, Prompt, Scroll, Spot, State};
use crate::{
    rehearsal::View,
    tui::{
        facts::{
            Tone,
            compare::{Acceptable, Comparison},
            explain::{Form, Which},
        },
        screen::{Id, compare::Doing},
    },
};

/// What is about to be accepted.
#[derive(Debug)]
pub struct Accepting {
    /// What would be written.
    pub acceptable: Acceptable,
    /// First line of the diff that is seen.
    pub scroll: Scroll,
}

impl State {
    /// Goes to the differences; Esc comes back. The file of accepted ones may be another by now.
    pub fn show_compare(&mut self) -> Vec<Effect> {
        self.screens.compare.open = false;
        if !matches!(self.spots.last(), Some(Spot::Screen(Id::Compare))) {
            self.spots.push(Spot::Screen(Id::Compare));
        }
        self.screens.compare.doing = Doing::Wanted;
        self.wants_compare().into_iter().collect()
    }

    /// Whether a difference is open.
    pub(super) fn reads_difference(&self) -> bool {
        matches!(self.spots.last(), Some(Spot::Screen(Id::Compare))) && self.screens.compare.open
    }

    /// Compares again where objects changed, once somebody looked.
    pub(super) fn compare_follow(&mut self, old: &View) {
        let compare = &mut self.screens.compare;
        if compare.was_looked_at() && !Arc::ptr_eq(&old.world, &self.view.world) {
            compare.doing = Doing::Wanted;
        }
    }

    /// A comparison that shall be made aside.
    pub(super) fn wants_compare(&mut self) -> Option<Effect> {
        let compare = &mut self.screens.compare;
        if compare.doing != Doing::Wanted {
            return None;
        }
        compare.doing = Doing::Asked;
        let file = self.accepted_file();
        let also = self.screens.switch.accepted.clone();
        Some(Effect::Compare(Arc::clone(&self.view), file, also))
    }

    /// Takes what was compared aside; what came meanwhile is compared next.
    pub(super) fn take_comparison(&mut self, facts: Arc<Comparison>) {
        let around = self.around();
        let compare = &mut self.screens.compare;
        if compare.doing == Doing::Asked {
            compare.doing = Doing::Not;
        }
        let job = compare.list.set(facts.rows.clone(), &around);
        compare.facts = Some(facts);
        compare.open &= compare.list.selected().is_some();
        self.arrange((Id::Compare, 0), job);
    }

    /// Asks for the reason.
    ///
    /// # Errors
    /// When nothing is selected.
    pub fn accept_difference(&mut self) -> Result<Vec<Effect>, String> {
        let row = self.screens.compare.list.selected().ok_or("no difference is selected")?;
        self.overlay = Some(Overlay::Prompt(Prompt {
            label: format!("why {} is accepted:", row.cause()),
            text: String::new(),
            then: take_reason,
        }));
        Ok(Vec::new())
    }

    /// The date that is written beside a reason, as `cutover compare --accept` writes it.
    pub(in crate::tui) fn today(&self) -> String {
        TimeZone::UTC.to_datetime(self.clock).date().to_string()
    }

    /// Shows what would be accepted, and asks.
    pub(in crate::tui) fn asks_to_accept(&mut self, acceptable: Acceptable) {
        self.dialog = Some(Dialog::Accept(Box::new(Accepting { acceptable, scroll: Scroll::default() })));
    }

    /// Writes what was agreed to; what is built in has no file, so it is kept for this session.
    pub(super) fn accept_acceptable(&mut self, acceptable: Acceptable) -> Vec<Effect> {
        if acceptable.file.is_some() {
            return vec![Effect::Accept(Box::new(acceptable))];
        }
        acceptable.acceptances.into_iter().for_each(|one| self.screens.switch.accepted.put(one));
        self.accepted(Ok(acceptable.cause))
    }

    /// Tells what came of it; preflight looks again, and both sides are compared again where somebody looked.
    pub(in crate::tui) fn accepted(&mut self, outcome: Result<String, String>) -> Vec<Effect> {
        match outcome {
            Ok(what) => self.note(Tone::Good, format!("accepted: {what}")),
            Err(why) => self.note(Tone::Bad, why),
        }
        self.screens.switch.look_again();
        if self.screens.compare.was_looked_at() {
            self.screens.compare.doing = Doing::Wanted;
        }
        self.wants_compare().into_iter().collect()
    }

    /// The witness of the selected difference in the form of Explain.
    ///
    /// # Errors
    /// When none is selected.
    pub fn witness_form(&self) -> Result<(Form, Vec<String>), String> {
        let row = self.screens.compare.list.selected().ok_or("no difference is selected")?;
        let witness = row.difference.witness().ok_or("it has no request")?;
        let ask = &witness.ask;
        let mut notes = Vec::new();
        notes.extend(witness.client.map(|client| format!("it comes from {client}")));
        notes.extend(witness.body.map(|body| format!("it has a body of {body} bytes")));
        let form = Form {
            method: ask.method.clone(),
            url: format!("{}://{}{}", ask.scheme, witness.authority(), witness.target()),
            headers: ask.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect(),
            which: Which::Both,
            ..Form::default()
        };
        Ok((form, notes))
    }
}

fn take_reason(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let reason = text.trim();
    if reason.is_empty() {
        return Err("nothing is accepted without a reason".to_owned());
    }
    let date = state.today();
    let compare = &state.screens.compare;
    let facts = compare.facts.as_ref().ok_or("nothing was compared yet")?;
    let row = compare.list.selected().ok_or("no difference is selected")?;
    let acceptable = facts.accepting(row, reason, date);
    state.asks_to_accept(acceptable);
    Ok(Vec::new())
}
