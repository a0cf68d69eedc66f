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

/// A difference that is about to be accepted.
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
        let looked = compare.facts.is_some() || compare.doing != Doing::Not;
        if looked && !Arc::ptr_eq(&old.world, &self.view.world) {
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
        let file = compare.file.clone().or_else(|| self.accepted_file());
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

    /// Writes what was agreed to; what is built in has no file, so it is kept for this session.
    pub(super) fn accept_acceptable(&mut self, acceptable: Acceptable) -> Vec<Effect> {
        if acceptable.path.is_some() {
            return vec![Effect::AcceptDifference(Box::new(acceptable))];
        }
        self.screens.switch.accepted.put(acceptable.acceptance);
        self.difference_accepted(Ok(acceptable.cause))
    }

    /// Takes what came of it.
    pub(super) fn difference_accepted(&mut self, outcome: Result<String, String>) -> Vec<Effect> {
        match outcome {
            Ok(cause) => self.note(Tone::Good, format!("accepted: {cause}")),
            Err(why) => self.note(Tone::Bad, why),
        }
        self.screens.switch.look_again();
        self.screens.compare.doing = Doing::Wanted;
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
    let date = TimeZone::UTC.to_datetime(state.clock).date().to_string();
    let compare = &state.screens.compare;
    let facts = compare.facts.as_ref().ok_or("nothing was compared yet")?;
    let row = compare.list.selected().ok_or("no difference is selected")?;
    let acceptable = facts.accepting(row, reason, date);
    state.dialog = Some(Dialog::Accept(Box::new(Accepting { acceptable, scroll: Scroll::default() })));
    Ok(Vec::new())
}
