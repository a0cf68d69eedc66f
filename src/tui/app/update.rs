//! Messages change the state and say what has to be done outside of it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Dialog, Effect, Intent, Message, Overlay, Scroll, Spot, State};
use crate::{
    resource::Key,
    rollout::{BackendWeight, WeightPlan},
    source::Planned,
    tui::{
        action::Place,
        facts::{
            Line, Reading, Tone, canary,
            measure::{self, Over},
            rules,
        },
        format,
        input::Input,
        keymap::Chord,
        screen::Id,
    },
};

impl State {
    /// Takes a message. Every one may change what is drawn.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        let mut effects = self.take_message(message);
        if matches!(self.spots.last(), Some(Spot::Screen(Id::Log))) {
            let around = self.around();
            let job = self.screens.log.take(&self.own.logs.ring, &around);
            self.arrange((Id::Log, 0), job);
        }
        self.preflight_follow();
        self.watch();
        // What ends the program comes last.
        self.outbox.append(&mut effects);
        std::mem::take(&mut self.outbox)
    }

    fn take_message(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Key(key) => {
                self.notes.pressed(self.clock);
                return self.key(&key);
            }
            Message::Config(read) => self.reconfigure(*read),
            Message::Paste(text) => self.paste(&text),
            Message::Mouse(event) => return self.mouse(event),
            Message::Focus(here) => self.focus(here),
            Message::Themes(shelf, troubles) => self.reshelve(shelf, troubles),
            Message::Resize => {}
            Message::View(view) => {
                self.take(view);
                self.tick_steps();
                return self.wants();
            }
            Message::Judged(mistakes) => {
                self.judged(mistakes);
                return self.wants();
            }
            Message::Surveyed(inventory) => {
                self.surveyed(inventory);
                return self.wants();
            }
            Message::Compared(facts) => {
                self.take_comparison(facts);
                return self.wants();
            }
            Message::Derived(derived) => {
                self.derived(*derived);
                return self.wants();
            }
            Message::Tail(tail) => self.requests_came(tail),
            Message::Note(tone, text) => self.note(tone, text),
            Message::Tick(clock) => {
                self.clock = clock;
                self.notes.tick(clock);
                self.tick_steps();
            }
            Message::Planned(Intent::Step, plan, outcome) => return self.step_planned(&plan, outcome),
            Message::Stepped(route, rule, outcome) => return self.stepped(&route, rule, outcome),
            Message::Planned(intent, plan, Ok(planned)) => self.ask(intent, plan, planned),
            Message::UndoPlanned(route, Ok(planned)) => {
                let plan = self.comes_to(route, &planned);
                self.ask(Intent::Undo, plan, planned);
            }
            Message::Passage(key, answer) => return self.passage(key, answer),
            Message::Edited(draft, answer) => return self.edited(draft, answer),
            Message::DocumentPlanned(draft, answer) => self.document_planned(draft, answer),
            Message::Applied(summary, Err(why)) => {
                self.note(Tone::Bad, why);
                return self.document_applied(&summary, false);
            }
            Message::Planned(_, _, Err(why))
            | Message::UndoPlanned(_, Err(why))
            | Message::Undone(Err(why)) => self.note(Tone::Bad, why),
            Message::Applied(summary, Ok(())) => {
                let effects = self.document_applied(&summary, true);
                let way_back = if effects.is_empty() { "u" } else { "U" };
                self.note(Tone::Good, format!("applied: {summary}   {way_back} takes it back"));
                return effects;
            }
            Message::Undone(Ok(summary)) => self.note(Tone::Good, summary),
            Message::Source(key, lines) => self.sourced(&key, lines),
            Message::Arranged((screen, pane), arranged) => {
                if let Some(list) = self.screens.get_mut(screen).list_mut(pane) {
                    list.arranged(arranged);
                }
            }
            Message::Indexed(world, many) => self.indexed(world, many),
            Message::Found(found) => {
                if let Some(Overlay::Palette(palette)) = &mut self.overlay {
                    palette.take(found);
                }
            }
            Message::Looked(looked) => self.looked(looked),
            Message::Preflighted(view, found) => self.screens.switch.looked(view, found),
            Message::Accepted(outcome) => return self.accepted(outcome),
            Message::Switched(outcome) => self.switched(outcome),
            Message::Answered(number, answer) => self.answered(number, *answer),
            Message::Gather(gathering) => return gathering.go_on(self),
            Message::Closed => return vec![Effect::Lost],
        }
        Vec::new()
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        let chord = Chord::of(key);
        let place = self.place();
        if Chord::parse("ctrl-c") == Some(chord) && !place.free() {
            return vec![Effect::Quit];
        }
        match &self.overlay {
            Some(Overlay::Command(_)) => return self.command_key(*key),
            Some(Overlay::Palette(_)) => return self.palette_key(*key),
            Some(Overlay::Prompt(_) | Overlay::Menu(_)) | None => {}
        }
        if place == Place::Input {
            return self.typed(key, chord);
        }
        // Letters are text in a form, whatever they are bound to elsewhere.
        let letter = matches!(key.code, KeyCode::Char(_))
            && !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match (self.keymap.action(chord, place), place) {
            (_, Place::Form) if letter => {
                self.type_in_request(*key);
                Vec::new()
            }
            (Some(action), _) if action.digits => {
                let digit: Vec<String> = chord.digit().map(String::from).into_iter().collect();
                self.act(action, &digit)
            }
            // Whatever a user bound or unbound, this ends it.
            (None, _) if Chord::parse("ctrl-c") == Some(chord) => self.quit(),
            (Some(action), _) => self.act(action, &[]),
            (None, Place::Form) => {
                self.type_in_request(*key);
                Vec::new()
            }
            (None, Place::Menu) => self.chosen_by(key.code),
            (None, Place::Dialog) => {
                self.scroll_dialog(key.code);
                Vec::new()
            }
            (None, _) => Vec::new(),
        }
    }

    /// A key while text is being typed.
    fn typed(&mut self, key: &KeyEvent, chord: Chord) -> Vec<Effect> {
        match key.code {
            KeyCode::Enter => return self.typed_all(),
            KeyCode::Esc => self.typed_nothing(),
            KeyCode::Up | KeyCode::Down if self.overlay.is_none() => {
                self.recall_filter(key.code == KeyCode::Up);
            }
            // Pages are turned while one types, so that what is found can be looked at.
            KeyCode::PageUp | KeyCode::PageDown if self.overlay.is_none() => {
                let action = self.screen().card().and_then(|card| self.keymap.action(chord, card.place));
                return action.map_or_else(Vec::new, |action| self.act(action, &[]));
            }
            _ if self.edit(|input| input.handle(*key)) == Some(true) => {}
            _ => {
                let action = self.keymap.action(chord, Place::Input);
                if let Some(action) = action.filter(|action| matches!(action.name, "suspend" | "redraw")) {
                    return self.act(action, &[]);
                }
            }
        }
        Vec::new()
    }

    /// Changes the line that is typed, and does what follows from it.
    fn edit<R>(&mut self, change: impl FnOnce(&mut Input) -> R) -> Option<R> {
        if let Some(Overlay::Prompt(prompt)) = &mut self.overlay {
            // The text may have been set by others since.
            if self.line.text() != prompt.text {
                self.line = Input::new(&prompt.text);
            }
            let out = change(&mut self.line);
            self.line.text().clone_into(&mut prompt.text);
            return Some(out);
        }
        let mut out = None;
        self.recalled = None;
        let anew = self.filter_mut()?.edit(|input| out = Some(change(input)));
        if anew {
            self.refilter();
        }
        out
    }

    fn typed_nothing(&mut self) {
        if self.overlay.take().is_none()
            && let Some(filter) = self.filter_mut()
        {
            filter.editing = false;
            filter.set("");
            self.recalled = None;
            self.refilter();
        }
    }

    fn typed_all(&mut self) -> Vec<Effect> {
        if let Some(Overlay::Prompt(prompt)) = self.overlay.take() {
            return (prompt.then)(self, &prompt.text).unwrap_or_else(|why| {
                // What was typed stays to be mended.
                self.overlay = Some(Overlay::Prompt(prompt));
                self.note(Tone::Warn, why);
                Vec::new()
            });
        }
        if let Some(filter) = self.filter_mut() {
            filter.editing = false;
            let text = filter.text().to_owned();
            self.remember_filter(&text);
        }
        Vec::new()
    }

    fn paste(&mut self, text: &str) {
        // What is pasted is text for an input, never a command.
        let past = &self.typed_before;
        match &mut self.overlay {
            Some(Overlay::Command(_)) => return self.paste_in_command(text),
            Some(Overlay::Palette(palette)) => {
                let search = palette.paste(text, past);
                self.outbox.extend(search.map(|search| Effect::Search(Box::new(search))));
                return;
            }
            Some(Overlay::Prompt(_) | Overlay::Menu(_)) | None => {}
        }
        if self.place() == Place::Form {
            self.paste_in_request(text);
        } else if self.typing() {
            self.edit(|input| input.paste(text));
        }
    }

    fn ask(&mut self, intent: Intent, plan: WeightPlan, planned: Planned) {
        let consequence = match intent {
            Intent::Start => self.steps_told(&plan),
            Intent::Apply | Intent::Abort | Intent::Undo | Intent::Step => self.consequence(&plan),
        };
        self.dialog = Some(Dialog::Edit { intent, plan, planned, consequence, scroll: Scroll::default() });
    }

    /// The weights that an edit comes to: those of the rule that it changes, of which those not named stay.
    fn comes_to(&self, route: Key, planned: &Planned) -> WeightPlan {
        let fields: Vec<(usize, usize, i64)> =
            planned.edit.fields.iter().filter_map(canary::weight_of).collect();
        let index = fields.first().map_or(0, |(rule, ..)| *rule);
        let backends = rules::find(self.screens.rules.list.all(), &route, index)
            .map_or(&[][..], |rule| rule.backends.as_slice());
        let weights = backends.iter().enumerate().map(|(at, backend)| BackendWeight {
            index: at,
            backend: backend.plan_name.clone(),
            written: backend.written,
            new: fields
                .iter()
                .find(|(rule, of, _)| (*rule, *of) == (index, at))
                .map_or(backend.weight, |(.., weight)| *weight),
        });
        WeightPlan { weights: weights.collect(), rule: index, route }
    }

    /// What a plan means in requests a second, as far as that is measured.
    fn consequence(&self, plan: &WeightPlan) -> Vec<Line> {
        let Some(rule) = rules::find(self.screens.rules.list.all(), &plan.route, plan.rule) else {
            return Vec::new();
        };
        let sum: i64 = plan.weights.iter().map(|weight| weight.new).sum();
        let before = rule.sum();
        let counted = measure::of_rule(&rule.route, rule.index);
        let rate = match measure::measures(&self.view, &counted, Over::Short).rate {
            Reading::Is(rate) => rate,
            Reading::Nothing | Reading::Unknown(_) => {
                return vec![Line::dim("requests a second are not measured yet")];
            }
        };
        let mut lines = vec![Line::dim(format!("at {} requests/s", format::rate(rate)))];
        for (weight, backend) in plan.weights.iter().zip(&rule.backends) {
            let part = |weight: i64, sum: i64| if sum > 0 { rate * weight as f64 / sum as f64 } else { 0.0 };
            let (now, then) = (part(backend.weight, before), part(weight.new, sum));
            if weight.new != backend.weight {
                lines.push(
                    Line::plain(format!("{}  {} ▸ {}   ", backend.name, backend.weight, weight.new))
                        .and(Tone::Dim, format!("{}/s ▸ {}/s", format::rate(now), format::rate(then))),
                );
            }
        }
        if sum == 0 {
            lines.push(Line::of(
                Tone::Bad,
                "all weights are 0: every request of this rule is answered with 500",
            ));
        }
        lines
    }

    fn scroll_dialog(&mut self, code: KeyCode) {
        let by = match code {
            KeyCode::Up | KeyCode::Char('k') => -1,
            KeyCode::Down | KeyCode::Char('j') => 1,
            KeyCode::PageUp => -10,
            KeyCode::PageDown => 10,
            _ => 0,
        };
        match &self.dialog {
            Some(Dialog::Edit { scroll, .. }) => scroll.step(by),
            Some(Dialog::Document(asked)) => asked.scroll.step(by),
            Some(Dialog::Accept(accepting)) => accepting.scroll.step(by),
            Some(Dialog::Names(_) | Dialog::Quit { .. }) | None => {}
        }
    }
}
