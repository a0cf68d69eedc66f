//! What is done with the weights of the open rule.

use super::{Effect, Intent, Overlay, Prompt, State};
use crate::tui::{
    action::{Group, Place, Row},
    facts::Tone,
};

/// Moving, setting, applying and taking back.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("less", &["h", "left"], "one less for the selected backend", Group::Weights, here, |state, _| Ok(state.move_weight(-1))).hint("−1").off(no_less),
    Row::new("more", &["l", "right"], "one more for the selected backend", Group::Weights, here, |state, _| Ok(state.move_weight(1))).hint("+1").paired().off(no_more),
    Row::new("less-by-five", &["H", "shift-left"], "five less", Group::Weights, here, |state, _| Ok(state.move_weight(-5))).hint("−5").off(no_less),
    Row::new("more-by-five", &["L", "shift-right"], "five more", Group::Weights, here, |state, _| Ok(state.move_weight(5))).hint("+5").paired().off(no_more),
    Row::new("set", &["="], "type the weight", Group::Weights, here, set).hint("set"),
    Row::new("apply", &["a"], "show the diff, then apply", Group::Weights, here, apply).hint("apply").saying(apply_word).writes().off(no_apply),
    Row::new("undo", &["u"], "clear what is not applied; else take the last change back", Group::Weights, here, |state, _| Ok(state.undo())).hint("undo").writes().off(no_undo),
    Row::new("abort", &["x"], "back to the weights at the start of the session", Group::Weights, here, |state, _| Ok(state.abort())).hint("abort").writes().off(no_abort),
    Row::new("balance", &["b"], "keep the sum of the weights, or not", Group::Weights, here, balance),
];

fn here(place: Place) -> bool {
    place == Place::Canary
}

/// Why there is no rule to do something with.
const NO_RULE: &str = "no rule is open: choose one on Canary";

fn no_less(state: &State) -> Option<String> {
    let Some(session) = state.session() else { return Some(NO_RULE.to_owned()) };
    (session.wanted(session.at) == 0).then(|| "its weight is 0 already".to_owned())
}

fn no_more(state: &State) -> Option<String> {
    let Some(session) = state.session() else { return Some(NO_RULE.to_owned()) };
    session.refuses(session.at).map(|why| format!("it gets no weight: {why}"))
}

fn no_apply(state: &State) -> Option<String> {
    let Some(session) = state.session() else { return Some(NO_RULE.to_owned()) };
    (session.changes() == 0).then(|| "no weight was moved".to_owned())
}

fn apply_word(state: &State) -> String {
    match state.session().map_or(0, super::Session::changes) {
        0 => "apply".to_owned(),
        1 => "apply 1 change".to_owned(),
        many => format!("apply {many} changes"),
    }
}

fn no_undo(state: &State) -> Option<String> {
    let Some(session) = state.session() else { return Some(NO_RULE.to_owned()) };
    let journal = &state.view.journal;
    let taken: Vec<usize> = journal.iter().filter_map(|entry| entry.undo_of).collect();
    let left = journal.iter().enumerate().any(|(at, entry)| {
        entry.edit.object == *session.route() && entry.undo_of.is_none() && !taken.contains(&at)
    });
    (session.changes() == 0 && !left).then(|| "nothing to take back on this route".to_owned())
}

fn no_abort(state: &State) -> Option<String> {
    let Some(session) = state.session() else { return Some(NO_RULE.to_owned()) };
    (session.changes() == 0 && session.plan_back().is_none())
        .then(|| "the weights are those of the start".to_owned())
}

fn set(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let label = state.session().and_then(|s| s.rule.backends.get(s.at)).map(|b| b.name.clone());
    state.overlay = label.map(|name| {
        Overlay::Prompt(Prompt { label: format!("weight of {name}"), text: String::new(), then: take_weight })
    });
    Ok(Vec::new())
}

fn take_weight(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let text = text.trim();
    if !text.is_empty() {
        let weight = text.parse::<i64>().map_err(|_| format!("`{text}` is no whole number"))?;
        state.session_mut().map_or(Ok(()), |session| session.set(weight))?;
    }
    Ok(Vec::new())
}

fn apply(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let plan = state.session().and_then(super::Session::plan);
    Ok(plan.map_or_else(Vec::new, |plan| vec![Effect::Plan(Intent::Apply, plan)]))
}

fn balance(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    if let Some(session) = state.session_mut() {
        session.balance = !session.balance;
    }
    Ok(Vec::new())
}

impl State {
    fn move_weight(&mut self, by: i64) -> Vec<Effect> {
        if let Some(Err(why)) = self.session_mut().map(|session| session.step(by)) {
            self.note(Tone::Warn, why);
        }
        Vec::new()
    }

    fn undo(&mut self) -> Vec<Effect> {
        let Some(session) = self.session_mut() else { return Vec::new() };
        if session.changes() > 0 {
            session.clear();
            return Vec::new();
        }
        vec![Effect::PlanUndo(session.route().clone())]
    }

    fn abort(&mut self) -> Vec<Effect> {
        let Some(session) = self.session_mut() else { return Vec::new() };
        session.clear();
        session.plan_back().map_or_else(Vec::new, |plan| vec![Effect::Plan(Intent::Abort, plan)])
    }
}
