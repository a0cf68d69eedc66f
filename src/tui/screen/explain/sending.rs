//! A request is sent through the gateway; what comes back stands beside what was predicted.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    rehearsal::{Answered, Question, Unanswered},
    routing::{Side, Table, way},
    tui::{
        app::{Effect, State},
        facts::{
            Tone,
            explain::{Answer, Backends, Compared, Form, Prediction, Verdict, with_endpoints},
        },
        screen::explain::{asking::table, fields::Fields},
    },
};

/// How long an answer is waited for.
const WITHIN: Duration = Duration::from_secs(15);

/// A request that was sent.
#[derive(Debug)]
pub struct Sent {
    number: u64,
    /// `GET https://app.example.com/`
    pub line: String,
    /// When.
    pub at: Timestamp,
    /// What was predicted.
    pub prediction: Prediction,
    /// The rules by which it was.
    table: Arc<Table>,
    /// What came of it.
    pub came: Came,
}

/// What came of a request.
#[derive(Debug)]
pub enum Came {
    /// Nothing yet.
    Waiting,
    /// An answer, and what is to be said of it.
    Answer(Box<Answered>, Compared),
    /// None; how that stands to what was predicted, and the fault that explains it.
    Nothing(Unanswered, Verdict, String),
}

impl Sent {
    /// How prediction and answer stand to each other; none while nothing came.
    pub fn verdict(&self) -> Option<Verdict> {
        match &self.came {
            Came::Waiting => None,
            Came::Answer(_, compared) => Some(compared.verdict()),
            Came::Nothing(_, verdict, _) => Some(*verdict),
        }
    }

    /// Which side was asked.
    pub fn side(&self) -> Side {
        self.prediction.ask.side
    }

    /// Whether it is the request that stands in the form.
    pub fn is_of(&self, form: &Form) -> bool {
        self.line == form.line()
    }

    /// The same in a few words.
    pub fn words(&self) -> &'static str {
        match &self.came {
            Came::Waiting => "waiting",
            Came::Answer(..) | Came::Nothing(..) => self.verdict().map_or("waiting", Verdict::words),
        }
    }
}

/// Why nothing can be sent.
pub fn can_not_send(state: &State) -> Option<String> {
    let explain = &state.screens.explain;
    match (explain.told.first(), explain.wrong.first()) {
        // The backends may be a person's own programs, so that only what asks is sent (RFC 9110, 9.2.1).
        (Some(told), _)
            if !state.view.writable && !matches!(&*told.ask.method, "GET" | "HEAD" | "OPTIONS") =>
        {
            Some(format!(
                "read-only: {} may change something; GET, HEAD and OPTIONS are sent",
                told.ask.method
            ))
        }
        (Some(_), _) => explain
            .sent
            .iter()
            .any(|sent| matches!(sent.came, Came::Waiting))
            .then(|| "the last request has no answer yet".to_owned()),
        (None, Some(wrong)) => Some(wrong.why.clone()),
        (None, None) => Some("type an address first".to_owned()),
    }
}

impl State {
    /// Sends the request as typed.
    pub fn send_request(&mut self) -> Vec<Effect> {
        let form = self.screens.explain.fields.form();
        let backends = Backends { world: &self.view.world, stand_ins: &self.view.stand_ins };
        let mut effects = Vec::new();
        let mut all = Vec::new();
        let mut number = self.screens.explain.number;
        for told in &self.screens.explain.told {
            let prediction = Prediction::of(told.ask.clone(), told.found.clone(), backends);
            let mut ask = told.ask.clone();
            // Who sees a Gateway explained has that one asked.
            ask.gateway =
                told.found.gateway.as_ref().map(|it| (it.namespace.to_string(), it.name.to_string()));
            number += 1;
            all.push(Sent {
                number,
                line: form.line(),
                at: self.clock,
                table: Arc::clone(table(&self.view, ask.side)),
                prediction,
                came: Came::Waiting,
            });
            effects.push(Effect::Ask(number, Box::new(Question { ask, within: WITHIN })));
        }
        if all.is_empty() {
            return effects;
        }
        self.screens.explain.number = number;
        self.screens.explain.sent = all;
        self.remember_request(form);
        self.explain_lines();
        effects
    }

    /// Takes what came back.
    pub fn answered(&mut self, number: u64, answer: Result<Answered, Unanswered>) {
        let all = &mut self.screens.explain.sent;
        let Some(at) = all.iter().position(|sent| sent.number == number) else { return };
        let mut sent = all.remove(at);
        sent.came = match answer {
            Ok(answered) => {
                let answer = Answer::of(&sent.prediction.ask.method, &answered);
                let compared = self.compared(&mut sent.prediction, &sent.table, &answer);
                Came::Answer(Box::new(answered), compared)
            }
            Err(why) => {
                let (verdict, told) = sent.prediction.silence(&why, WITHIN);
                Came::Nothing(why, verdict, told)
            }
        };
        self.shout(&sent);
        self.screens.explain.sent.insert(at, sent);
        self.explain_lines();
    }

    /// When the rules changed while the request was under way, either may have answered it.
    fn compared(&self, prediction: &mut Prediction, by: &Arc<Table>, answer: &Answer) -> Compared {
        let now = table(&self.view, prediction.ask.side);
        let first = prediction.compare(answer);
        if first.verdict() != Verdict::Differs || Arc::ptr_eq(by, now) {
            return first;
        }
        let backends = Backends { world: &self.view.world, stand_ins: &self.view.stand_ins };
        let found = with_endpoints(way(now, &prediction.ask), backends);
        let newer = Prediction::of(prediction.ask.clone(), found, backends);
        let mut second = newer.compare(answer);
        if second.verdict() == Verdict::Differs {
            return first;
        }
        *prediction = newer;
        second.unknown.push("the rules changed while it was under way: this is by the new ones".to_owned());
        second
    }

    /// A difference is a defect of ours: it is told loudly and goes into the log.
    fn shout(&mut self, sent: &Sent) {
        if sent.verdict() != Some(Verdict::Differs) {
            return;
        }
        let what = match &sent.came {
            Came::Answer(_, compared) => compared
                .differences()
                .map(|point| format!("{} {}, came {}", point.what, point.predicted, point.came))
                .collect::<Vec<_>>()
                .join("; "),
            Came::Nothing(why, ..) => format!("predicted {}, came nothing: {why}", sent.prediction.words()),
            Came::Waiting => return,
        };
        let side = crate::tui::facts::measure::word(sent.side());
        tracing::error!(request = sent.line, side, "the gateway does not do what was predicted: {what}");
        self.note(Tone::Bad, format!("DIFFERS from what was predicted: {what}"));
    }

    fn remember_request(&mut self, form: Form) {
        let explain = &mut self.screens.explain;
        explain.recalled = None;
        // A file that can not be written is told; asking goes on without it.
        if let Err(error) = explain.history.add(form.remembered()) {
            self.note(Tone::Warn, format!("the request is not remembered: {error}"));
        }
    }

    /// Puts a request that was asked before into the form; forth again comes what was typed.
    pub fn recall(&mut self, by: isize) -> Vec<Effect> {
        let explain = &mut self.screens.explain;
        let last = explain.history.entries().len();
        let (at, typed) = explain.recalled.take().unwrap_or_else(|| (last, explain.fields.form()));
        let next = at.saturating_add_signed(by).min(last);
        let form = explain.history.entries().get(next).cloned().unwrap_or_else(|| typed.clone());
        let place = explain.fields.at;
        explain.fields = Fields::of(&form);
        if place == crate::tui::facts::explain::Place::Method {
            explain.fields.at = place;
        }
        explain.notes.clear();
        explain.recalled = (next < last).then_some((next, typed));
        self.explain_again();
        Vec::new()
    }
}
