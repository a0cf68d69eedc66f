//! Plans of steps: made from a line of text, agreed to once, then driven by the clock whatever screen is looked at.

use super::{Effect, Intent, Overlay, Prompt, Session, State};
use crate::{
    config,
    resource::Key,
    rollout::{Between, Hold, PlanError, Schedule, Stand, Steps, WeightPlan},
    source::Planned,
    tui::{
        action::{Arg, ArgKind, Group, Place, Row},
        facts::{Line, Tone, canary, rules::Rule, steps},
    },
};

/// What is done with a plan.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("hold", &["space"], "hold the plan, or let it go on", Group::Weights, here, hold).hint("hold").saying(hold_word).quiet().writes().off(no_hold),
    Row::new("next-step", &["n"], "make the next step of the plan now", Group::Weights, here, |state, _| state.by_hand(Steps::step)).hint("next step").quiet().writes().off(no_next),
    Row::new("step-back", &["N"], "one step back, and hold there", Group::Weights, here, |state, _| state.by_hand(Steps::back)).hint("back").paired().quiet().writes().off(no_back),
    Row::new("plan", &["p"], "a plan of steps: 5,25,50,100 every 2m", Group::Weights, here, plan).takes(PLAN).writes().off(no_plan),
];

const PLAN: &[Arg] = &[Arg::optional("BACKEND", ArgKind::Backend), Arg::optional("STEPS", ArgKind::Text)];

/// What a person does with a running plan.
type Deed = fn(&mut Steps, jiff::Timestamp, &[crate::rollout::Seen]) -> Result<Option<WeightPlan>, PlanError>;

/// Pause that is offered.
const OFFERED: std::time::Duration = std::time::Duration::from_mins(2);

fn here(place: Place) -> bool {
    place == Place::Canary
}

fn steps_of(state: &State) -> Option<&Steps> {
    state.session()?.steps.as_ref()
}

const NONE: &str = "no plan runs for this rule: p makes one";

fn no_hold(state: &State) -> Option<String> {
    steps_of(state).is_none_or(|steps| !steps.is_running()).then(|| NONE.to_owned())
}

fn hold_word(state: &State) -> String {
    let held = steps_of(state).is_some_and(|steps| matches!(steps.stand(), Stand::Held(_)));
    if held { "go on" } else { "hold" }.to_owned()
}

fn no_next(state: &State) -> Option<String> {
    let Some(steps) = steps_of(state).filter(|steps| steps.is_running()) else {
        return Some(NONE.to_owned());
    };
    steps.upcoming().is_none().then(|| "this is the last step".to_owned())
}

fn no_back(state: &State) -> Option<String> {
    let going = |steps: &&Steps| steps.is_running() || *steps.stand() == Stand::Done;
    let Some(steps) = steps_of(state).filter(going) else { return Some(NONE.to_owned()) };
    steps.at().is_none().then(|| "the weights are those of the start".to_owned())
}

fn no_plan(state: &State) -> Option<String> {
    if state.session().is_some_and(|session| session.running().is_some()) {
        return Some("a plan runs already: x ends it at the weights of its start".to_owned());
    }
    None
}

fn hold(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let held = steps_of(state).is_some_and(|steps| matches!(steps.stand(), Stand::Held(_)));
    if held {
        return state.by_hand(Steps::resume);
    }
    let now = state.clock;
    let steps = state.session_mut().and_then(|session| session.steps.as_mut());
    steps.map_or(Ok(()), |steps| steps.hold(now)).map_err(|error| error.0)?;
    Ok(Vec::new())
}

/// What the line of a plan is called while it is typed.
pub fn label(session: &Session) -> String {
    let name = session.rule.backends.get(session.at).map_or("", |backend| &backend.name);
    format!("steps of {name}, in %:")
}

fn plan(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let session = state.rule_in_hand()?;
    let mut words = args;
    // `5,25,50` is no name of a backend.
    if let Some(first) = args.first().filter(|first| !is_schedule(first)) {
        session.at = session.find(first)?;
        words = args.get(1..).unwrap_or_default();
    }
    if words.is_empty() {
        let mut usual = Schedule::usual(session.share_before(session.at));
        usual.between = Between::Pause(OFFERED);
        let label = label(session);
        state.overlay = Some(Overlay::Prompt(Prompt { label, text: usual.to_string(), then: draft }));
        return Ok(Vec::new());
    }
    draft(state, &words.join(" "))
}

/// Whether a word begins the text of a plan.
fn is_schedule(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) || matches!(word, "every" | "by" | "even")
}

/// Reads the text of a plan, and asks for what its first change would write.
fn draft(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let session = state.session_mut().ok_or("no rule is open: choose one on Canary")?;
    let steps = session.drafted(text)?;
    let first = (0..steps.targets().len())
        .filter_map(|step| steps.preview(step, &session.seen()).ok())
        .map(|weights| session.plan_of(|at| weights.get(at).copied().unwrap_or(0)))
        .find(|plan| !plan.edit().fields.is_empty());
    let Some(first) = first else { return Err("no step changes anything".to_owned()) };
    session.draft = Some(steps);
    Ok(vec![Effect::Plan(Intent::Start, first)])
}

impl Session {
    /// The plan that a text means for the selected backend.
    ///
    /// # Errors
    /// What is wrong with the text, or who refuses.
    pub fn drafted(&self, text: &str) -> Result<Steps, String> {
        let schedule: Schedule =
            text.parse().map_err(|error: crate::rollout::InvalidSchedule| error.to_string())?;
        let rule = &self.rule;
        Steps::new(rule.route.clone(), rule.index, self.at, schedule, &self.seen()).map_err(|error| error.0)
    }
}

impl State {
    /// The open rule, or the one that is selected, opened.
    pub(super) fn rule_in_hand(&mut self) -> Result<&mut Session, String> {
        if self.session().is_none()
            && let Some(rule) = self.chosen_rule()
        {
            self.open_rule_of(&rule);
        }
        self.session_mut().ok_or_else(|| "no rule is open: choose one on Canary".to_owned())
    }

    /// The rule with a backend that is called so: the one that is open or selected, else the only one that has it.
    pub(super) fn rule_with(&mut self, backend: &str) -> Result<&mut Session, String> {
        let has = |rule: &Rule| rule.backends.iter().any(|own| own.is_called(backend));
        let near = self.session().map(|session| session.rule.clone()).or_else(|| self.chosen_rule());
        if near.as_ref().is_some_and(has) {
            return self.rule_in_hand();
        }
        let here = |rule: &Rule| self.namespace.as_deref().is_none_or(|name| *name == *rule.route.namespace);
        let all = self.screens.rules.list.all().iter().filter(|rule| here(rule));
        let found: Vec<Rule> = all.clone().filter(|rule| has(rule)).cloned().collect();
        match &found[..] {
            [one] => self.open_rule_of(one),
            [] => {
                let names = all.flat_map(|rule| &rule.backends).map(|backend| backend.name.as_str());
                let near = config::nearest(backend, names).map(|name| format!("; did you mean `{name}`?"));
                return Err(format!("no rule shares with a backend `{backend}`{}", near.unwrap_or_default()));
            }
            many => {
                let routes: Vec<String> = many.iter().map(|rule| rule.route.path()).take(3).collect();
                return Err(format!(
                    "{} rules have `{backend}`: choose one ({})",
                    many.len(),
                    routes.join(", ")
                ));
            }
        }
        self.session_mut().ok_or_else(|| "no rule is open: choose one on Canary".to_owned())
    }

    /// The rule that is selected: of a route that has several, the first, except where rules are listed.
    fn chosen_rule(&self) -> Option<Rule> {
        if self.place() == Place::Rules {
            return self.screens.rules.list.selected().cloned();
        }
        self.selected_rule()
    }

    fn session_of(&mut self, route: &Key, rule: usize) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.rule.route == *route && session.rule.index == rule)
    }

    /// All steps of the plan that is being agreed to.
    pub(super) fn steps_told(&mut self, plan: &WeightPlan) -> Vec<Line> {
        let Some(session) = self.session_of(&plan.route, plan.rule) else { return Vec::new() };
        session
            .draft
            .as_ref()
            .map_or_else(Vec::new, |draft| steps::told(draft, &session.rule, &session.now, 8))
    }

    /// Begins the plan that was agreed to: its first change is the one that was shown.
    pub(super) fn start_steps(&mut self, plan: &WeightPlan, planned: Planned) -> Vec<Effect> {
        let now = self.clock;
        let Some(session) = self.session_of(&plan.route, plan.rule) else { return Vec::new() };
        let Some(mut steps) = session.draft.take() else { return Vec::new() };
        let started = steps.start(now, &session.seen());
        let asked = match started {
            Ok(asked) => asked,
            Err(error) => {
                self.note(Tone::Warn, error.0);
                return Vec::new();
            }
        };
        session.clear();
        let effects = match asked {
            Some(asked) if asked.edit() == planned.edit => vec![step(&steps, &asked, planned)],
            Some(asked) => vec![Effect::Plan(Intent::Step, asked)],
            None => Vec::new(),
        };
        session.steps = Some(steps);
        effects
    }

    /// Does with the open rule's plan what a key says.
    fn by_hand(&mut self, deed: Deed) -> Result<Vec<Effect>, String> {
        let now = self.clock;
        let Some(session) = self.session_mut() else { return Ok(Vec::new()) };
        let seen = session.seen();
        let Some(steps) = &mut session.steps else { return Err(NONE.to_owned()) };
        let asked = deed(steps, now, &seen).map_err(|error| error.0)?;
        Ok(asked.map(|plan| Effect::Plan(Intent::Step, plan)).into_iter().collect())
    }

    /// Ends the open rule's running plan at the weights of its start; `None` when none runs.
    pub(super) fn abort_steps(&mut self) -> Option<Result<Vec<Effect>, String>> {
        let session = self.session_mut()?;
        let steps = session.running()?;
        if *steps.stand() == Stand::Held(Hold::Others) {
            session.steps = None;
            self.note(Tone::Warn, "the plan is given up; the weights stay as they are");
            return Some(Ok(Vec::new()));
        }
        session.clear();
        Some(self.by_hand(Steps::abort))
    }

    /// Lets all running plans look at the clock and at the weights.
    pub(super) fn tick_steps(&mut self) {
        let (now, view) = (self.clock, std::sync::Arc::clone(&self.view));
        let mut told = Vec::new();
        for session in &mut self.sessions {
            let seen = session.seen();
            let Some(steps) = session.steps.as_mut().filter(|steps| steps.is_running()) else { continue };
            let before = steps.stand().clone();
            let more = steps.upcoming().and_then(|next| steps.targets().get(next)).is_some_and(|target| {
                let weights: Vec<i64> = seen.iter().map(crate::rollout::Seen::weight).collect();
                target.share() > canary::share(&weights, steps.canary())
            });
            let worse = if more { canary::worse(&view, &session.rule, steps.canary()) } else { None };
            let asked = steps.tick(now, &seen, worse.as_deref());
            self.outbox.extend(asked.map(|plan| Effect::Plan(Intent::Step, plan)));
            told.extend(change(&before, steps));
        }
        self.tell(told);
    }

    /// A step was tried: it was agreed to when the plan began, so it is made.
    pub(super) fn step_planned(
        &mut self,
        plan: &WeightPlan,
        outcome: Result<Planned, String>,
    ) -> Vec<Effect> {
        match outcome {
            Ok(planned) => {
                let steps =
                    self.session_of(&plan.route, plan.rule).and_then(|session| session.steps.as_ref());
                steps.map(|steps| step(steps, plan, planned)).into_iter().collect()
            }
            Err(why) => self.stepped(&plan.route, plan.rule, Err(why)),
        }
    }

    /// A step was made, or not.
    pub(super) fn stepped(&mut self, route: &Key, rule: usize, outcome: Result<(), String>) -> Vec<Effect> {
        let now = self.clock;
        let Some(steps) = self.session_of(route, rule).and_then(|session| session.steps.as_mut()) else {
            return Vec::new();
        };
        let before = steps.stand().clone();
        let asked = steps.applied(now, outcome);
        let told = change(&before, steps);
        self.tell(told);
        asked.map(|plan| Effect::Plan(Intent::Step, plan)).into_iter().collect()
    }

    fn tell(&mut self, told: impl IntoIterator<Item = (Tone, String)>) {
        for (tone, text) in told {
            self.note(tone, text);
        }
    }

    /// Running plans in words, for who wants to leave.
    pub(super) fn plans_told(&self) -> Vec<String> {
        let running = self.sessions.iter().filter_map(|session| Some((session, session.running()?)));
        running
            .filter_map(|(session, plan)| {
                Some(format!("{}  {}", session.rule.route.path(), steps::word(plan)?.1))
            })
            .collect()
    }
}

fn step(steps: &Steps, plan: &WeightPlan, planned: Planned) -> Effect {
    Effect::Step(plan.route.clone(), plan.rule, planned, steps.summary(plan))
}

/// What is worth a line when a plan stands otherwise than before, by itself.
fn change(before: &Stand, steps: &Steps) -> Option<(Tone, String)> {
    if before == steps.stand() {
        return None;
    }
    let route = steps.route().path();
    match steps.stand() {
        Stand::Held(hold) if !matches!(hold, Hold::ByHand(_) | Hold::WentBack) => {
            Some((Tone::Warn, format!("plan of {route} held: {hold}")))
        }
        Stand::Done => Some((Tone::Good, format!("plan of {route} done"))),
        Stand::Aborted => Some((Tone::Warn, format!("plan of {route} aborted: weights as at its start"))),
        // What a person wished is known.
        Stand::Held(_) | Stand::NotStarted | Stand::Waiting(_) | Stand::Applying(_) => None,
    }
}
