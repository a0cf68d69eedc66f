//! What is done with the weights of the open rule.

use super::{Choice, Effect, Intent, Menu, Overlay, Prompt, Session, State};
use crate::{
    rollout::{Percent, PlanError, Preset, assignments},
    tui::{
        action::{self, Arg, ArgKind, Group, Place, Row},
        facts::{Tone, chart::Of},
    },
};

/// Moving, setting, applying and taking back.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("less", &["h", "left"], "one less for the selected backend", Group::Weights, here, |state, _| Ok(state.move_weight(-1))).hint("−1").off(no_less),
    Row::new("more", &["l", "right"], "one more for the selected backend", Group::Weights, here, |state, _| Ok(state.move_weight(1))).hint("+1").paired().off(no_more),
    Row::new("less-by-five", &["H", "shift-left"], "five less", Group::Weights, here, |state, _| Ok(state.move_weight(-5))).hint("−5").off(no_less),
    Row::new("more-by-five", &["L", "shift-right"], "five more", Group::Weights, here, |state, _| Ok(state.move_weight(5))).hint("+5").paired().off(no_more),
    Row::new("less-by-ten", &["{", "alt-h", "alt-left", "ctrl-left"], "ten less", Group::Weights, here, |state, _| Ok(state.move_weight(-10))).hint("−10").off(no_less),
    Row::new("more-by-ten", &["}", "alt-l", "alt-right", "ctrl-right"], "ten more", Group::Weights, here, |state, _| Ok(state.move_weight(10))).hint("+10").paired().off(no_more),
    Row::new("apply", &["a"], "show the diff, then apply", Group::Weights, here, |state, _| Ok(apply(state))).hint("apply").saying(apply_word).writes().off(no_apply),
    Row::new("set", &["="], "type the weight, or a share: 25%", Group::Weights, here, |state, _| Ok(set(state))).hint("set"),
    Row::new("preset", &["s"], "set all weights by a word: off, 10/90, half, even, full", Group::Weights, here, preset).hint("preset").takes(PRESET),
    Row::new("weight", &[], "set the weight of a backend: app-canary 25", Group::Weights, here, weight).takes(WEIGHT),
    Row::new("undo", &["u"], "clear what is not applied; else take the last change back", Group::Weights, here, |state, _| Ok(state.undo())).hint("undo").writes().off(no_undo),
    Row::new("abort", &["x"], "back to the weights at the start of the plan, or of the session", Group::Weights, here, abort).hint("abort").writes().off(no_abort),
    Row::new("chart", &["v"], "what is drawn: 5xx, requests, p95; the journal where it has no room beside", Group::Weights, here, |state, _| Ok(state.turn_chart())).hint("chart"),
    Row::new("balance", &["b"], "keep the sum of the weights, or not", Group::Weights, here, |state, _| Ok(balance(state))),
];

const PRESET: &[Arg] =
    &[Arg::optional("PRESET", ArgKind::OneOf(&["off", "1/99", "5/95", "10/90", "half", "even", "full"]))];
const WEIGHT: &[Arg] = &[Arg::needed("BACKEND", ArgKind::Backend), Arg::needed("WEIGHT", ArgKind::Number)];

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
    (session.changes() == 0 && session.plan_back().is_none() && session.running().is_none())
        .then(|| "the weights are those of the start".to_owned())
}

fn set(state: &mut State) -> Vec<Effect> {
    let label = state.session().and_then(|s| s.rule.backends.get(s.at)).map(|b| b.name.clone());
    state.overlay = label.map(|name| {
        Overlay::Prompt(Prompt {
            label: format!("weight of {name}:"),
            text: String::new(),
            then: take_weight,
        })
    });
    Vec::new()
}

fn take_weight(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let text = text.trim();
    if !text.is_empty() {
        state.session_mut().map_or(Ok(()), |session| set_to(session, text))?;
    }
    Ok(Vec::new())
}

/// Sets the selected backend's weight, or its share: `25`, `25%`.
fn set_to(session: &mut Session, text: &str) -> Result<(), String> {
    if text.ends_with('%') {
        let share = text.parse::<Percent>().map_err(|error| error.to_string())?;
        return session.set_share(share);
    }
    session.set(text.parse::<i64>().map_err(|_| format!("`{text}` is no whole number"))?)
}

fn weight(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let [name, text] = args else { return Err("write a backend and its weight: app-canary 25".to_owned()) };
    let session = state.rule_with(name)?;
    session.at = session.find(name)?;
    set_to(session, text)?;
    Ok(Vec::new())
}

/// Sets all weights that are told: `app-stable=70 app-canary=30`.
pub(super) fn set_all(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let words = args.iter().flat_map(|arg| arg.split_whitespace());
    let wished = assignments(words).map_err(|error| error.0)?;
    state.rule_in_hand()?.set_all(&wished)?;
    Ok(Vec::new())
}

fn preset(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let session = state.rule_in_hand()?;
    match args {
        [] => {
            let menu = presets(session);
            state.menu(menu);
            Ok(Vec::new())
        }
        [word] => {
            session.preset(word.parse().map_err(|error: PlanError| error.0)?)?;
            Ok(Vec::new())
        }
        _ => Err("one preset at a time".to_owned()),
    }
}

/// Presets with the weights that they mean; those that are refused say why.
fn presets(session: &Session) -> Menu {
    let name = session.rule.backends.get(session.at).map_or("", |backend| &backend.name);
    let choice = |(at, preset): (usize, &Preset)| {
        let mut tried = session.clone();
        let refused = tried.preset(*preset).err();
        let weights: Vec<String> =
            (0..tried.rule.backends.len()).map(|at| tried.wanted(at).to_string()).collect();
        Some(Choice {
            key: char::from_digit(at as u32 + 1, 10),
            label: preset.to_string(),
            detail: weights.join(" / "),
            off: refused,
            action: action::named("preset")?,
            args: vec![preset.to_string()],
        })
    };
    let items: Vec<Choice> = Preset::OFFERED.iter().enumerate().filter_map(choice).collect();
    Menu { title: format!("share of {name}"), items, at: 0, moved: None, left: None }
}

fn abort(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    state.abort_steps().unwrap_or_else(|| Ok(state.abort()))
}

fn apply(state: &State) -> Vec<Effect> {
    let plan = state.session().and_then(super::Session::plan);
    plan.map_or_else(Vec::new, |plan| vec![Effect::Plan(Intent::Apply, plan)])
}

fn balance(state: &mut State) -> Vec<Effect> {
    if let Some(session) = state.session_mut() {
        session.balance = !session.balance;
    }
    Vec::new()
}

/// Columns from which the journal has room beside the charts.
pub const SIDE: u16 = 100;

/// What the canary screen draws below the weights, where it has not room for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// The share of 5xx.
    #[default]
    Errors,
    /// Requests a second.
    Rate,
    /// The 95th percentile.
    P95,
    /// The rule's changes, where they have no room beside.
    Journal,
}

impl Shown {
    /// What of traffic it is; none for the journal.
    pub fn of(self) -> Option<Of> {
        match self {
            Self::Errors => Some(Of::Errors),
            Self::Rate => Some(Of::Rate),
            Self::P95 => Some(Of::P95),
            Self::Journal => None,
        }
    }
}

impl State {
    fn turn_chart(&mut self) -> Vec<Effect> {
        self.chart = match self.chart {
            Shown::Errors => Shown::Rate,
            Shown::Rate => Shown::P95,
            Shown::P95 if self.size.get().0 < SIDE => Shown::Journal,
            Shown::P95 | Shown::Journal => Shown::Errors,
        };
        Vec::new()
    }

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
