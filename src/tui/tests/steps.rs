//! Plans of steps, presets and weights by name, as keys and commands make them; word of the edits is given by hand.

use std::sync::Arc;

use jiff::SignedDuration;

use super::keys::press;
use crate::{
    rehearsal::View,
    resource::Key,
    rollout::{Stand, WeightPlan},
    source::Planned,
    tui::{
        Offline,
        app::{Dialog, Effect, Intent, Message, Overlay, State},
        facts::Tone,
        fixture,
        theme::{Depth, Theme},
    },
};

/// Runs a `:` line; what is wrong with it becomes a note here.
fn command(state: &mut State, line: &str) -> Vec<Effect> {
    state.run_line(line).unwrap_or_else(|why| {
        state.note(Tone::Warn, why);
        Vec::new()
    })
}

fn planned(plan: &WeightPlan) -> Planned {
    Planned { edit: plan.edit(), diff: "-90\n+75\n".to_owned(), file: "shop.yaml".into() }
}

fn note(state: &State) -> String {
    state.notes.last().map(|note| note.text.clone()).unwrap_or_default()
}

fn weights(state: &State) -> Vec<i64> {
    state.session().unwrap().rule.backends.iter().map(|backend| backend.weight).collect()
}

fn stand(state: &State) -> Stand {
    state.sessions[0].steps.as_ref().unwrap().stand().clone()
}

/// The weights as they are, as a plan that changes nothing.
fn as_written(state: &State) -> WeightPlan {
    let rule = &state.sessions[0].rule;
    let weight =
        |(index, backend): (usize, &crate::tui::facts::rules::Backend)| crate::rollout::BackendWeight {
            index,
            backend: backend.plan_name.clone(),
            written: backend.written,
            new: backend.weight,
        };
    let weights = rule.backends.iter().enumerate().map(weight).collect();
    WeightPlan { route: rule.route.clone(), rule: rule.index, weights }
}

/// The view after an edit of the weights of shop/app.
fn written(state: &State, plan: &WeightPlan) -> Arc<View> {
    let mut view = (*state.view).clone();
    let object = view.world.get(&plan.route).unwrap();
    let mut text = object.value();
    for weight in &plan.weights {
        let place = format!("/spec/rules/{}/backendRefs/{}", plan.rule, weight.index);
        text.pointer_mut(&place).unwrap()["weight"] = weight.new.into();
    }
    let mut object = (**object).clone();
    object.text = text.to_string().into();
    let change = [crate::world::Change::Put(Arc::new(object))];
    let world = view.world.apply(&change);
    view.compiled = Arc::new(view.compiled.next(&world, &change));
    view.world = Arc::new(world);
    Arc::new(view)
}

/// Does all that a plan asks for, as the rehearsal would; gives the summaries.
fn serve(state: &mut State, effects: Vec<Effect>) -> Vec<String> {
    let mut asked: std::collections::VecDeque<Effect> = effects.into();
    let mut told = Vec::new();
    while let Some(effect) = asked.pop_front() {
        match effect {
            Effect::Plan(Intent::Step, plan) => {
                let planned = planned(&plan);
                asked.extend(state.update(Message::Planned(Intent::Step, plan, Ok(planned))));
            }
            Effect::Step(route, rule, planned, summary) => {
                let seen = state.sessions[0].steps.as_ref().unwrap();
                assert_eq!(seen.route(), &route);
                let fields = planned.edit.fields.iter().filter_map(crate::tui::facts::canary::weight_of);
                let mut plan = as_written(state);
                fields.for_each(|(_, at, weight)| plan.weights[at].new = weight);
                let view = written(state, &plan);
                asked.extend(state.update(Message::View(view)));
                asked.extend(state.update(Message::Stepped(route, rule, Ok(()))));
                told.push(summary);
            }
            Effect::Judge(_) => {}
            other => panic!("asked for {other:?}"),
        }
    }
    told
}

/// A plan of shop/app, agreed to and begun.
fn begun(text: &str) -> (State, Vec<String>) {
    let mut state = fixture::state();
    press(&mut state, "4 enter");
    let asked = command(&mut state, &format!("plan {text}"));
    let [Effect::Plan(Intent::Start, plan)] = &asked[..] else { panic!("{asked:?}: {}", note(&state)) };
    let planned = planned(plan);
    state.update(Message::Planned(Intent::Start, plan.clone(), Ok(planned)));
    let effects = press(&mut state, "enter");
    let told = serve(&mut state, effects);
    (state, told)
}

fn after(state: &mut State, seconds: i64) -> Vec<String> {
    let clock = state.clock + SignedDuration::from_secs(seconds);
    let effects = state.update(Message::Tick(clock));
    serve(state, effects)
}

#[test]
fn a_plan_is_typed_seen_agreed_to_once_and_then_goes_by_the_clock_on_any_screen() {
    let mut state = fixture::state();
    press(&mut state, "4 enter p");
    let Some(Overlay::Prompt(prompt)) = &state.overlay else { panic!("nothing is typed") };
    assert_eq!(prompt.text, "25,50,100 every 2m", "what is above the 10 % that it has");
    let asked = press(&mut state, "enter");
    let [Effect::Plan(Intent::Start, plan)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(plan.summary(), "app-stable 90 → 75, app-canary 10 → 25");
    let planned = planned(plan);
    assert!(state.update(Message::Planned(Intent::Start, plan.clone(), Ok(planned))).is_empty());
    let Some(Dialog::Edit { consequence, .. }) = &state.dialog else { panic!("not asked") };
    let told: Vec<String> = consequence.iter().map(crate::tui::facts::Line::text).collect();
    assert!(told.contains(&"3      100 %   0 / 100     300     9.3".to_owned()), "{told:#?}");
    let effects = press(&mut state, "enter");
    assert_eq!(serve(&mut state, effects), ["app-stable 90 → 75, app-canary 10 → 25 (step 1 of 3)"]);
    assert_eq!(weights(&state), [75, 25]);

    press(&mut state, "1");
    assert!(after(&mut state, 119).is_empty());
    // The fixture's canary is worse than the rest, which holds a plan by the clock.
    assert!(after(&mut state, 1).is_empty());
    assert_eq!(note(&state), "plan of shop/app held: app-canary 5xx 3.1 % against 0.2 %");
    press(&mut state, "4 enter space");
    press(&mut state, "1");
    assert_eq!(after(&mut state, 120), ["app-stable 75 → 50, app-canary 25 → 50 (step 2 of 3)"]);
    assert_eq!(after(&mut state, 120), ["app-stable 50 → 0, app-canary 50 → 100 (step 3 of 3)"]);
    assert_eq!((stand(&state), note(&state)), (Stand::Done, "plan of shop/app done".to_owned()));
}

#[test]
fn a_plan_that_is_not_agreed_to_is_none() {
    let mut state = fixture::state();
    press(&mut state, "4 enter");
    let asked = command(&mut state, "plan app-canary 25,50 every 2m");
    let [Effect::Plan(Intent::Start, plan)] = &asked[..] else { panic!("{asked:?}") };
    let planned = planned(plan);
    state.update(Message::Planned(Intent::Start, plan.clone(), Ok(planned)));
    assert!(press(&mut state, "esc").is_empty() && state.dialog.is_none());
    assert!(state.sessions[0].steps.is_none());
    assert!(after(&mut state, 1000).is_empty());
}

#[test]
fn keys_hold_a_plan_let_it_go_on_make_steps_and_take_them_back() {
    let (mut state, _) = begun("25,50,100 every 2m even if worse");
    press(&mut state, "space");
    assert!(after(&mut state, 500).is_empty(), "held");
    press(&mut state, "space");
    let effects = press(&mut state, "n");
    assert_eq!(serve(&mut state, effects), ["app-stable 75 → 50, app-canary 25 → 50 (step 2 of 3)"]);
    let effects = press(&mut state, "N");
    assert_eq!(serve(&mut state, effects), ["app-stable 50 → 75, app-canary 50 → 25 (back to step 1 of 3)"]);
    assert!(after(&mut state, 500).is_empty(), "held where it went back to");
    let effects = press(&mut state, "x");
    assert_eq!(serve(&mut state, effects), ["app-stable 75 → 90, app-canary 25 → 10 (plan aborted)"]);
    assert_eq!((weights(&state), stand(&state)), (vec![90, 10], Stand::Aborted));
    press(&mut state, "n");
    assert_eq!(note(&state), "next-step: no plan runs for this rule: p makes one");
}

#[test]
fn a_failure_or_a_change_from_outside_holds_a_plan_and_says_why() {
    let (mut state, _) = begun("25,50 every 2m even if worse");
    let clock = state.clock + SignedDuration::from_secs(120);
    let asked = state.update(Message::Tick(clock));
    let [Effect::Plan(Intent::Step, plan)] = &asked[..] else { panic!("{asked:?}") };
    let why = || Err("shop.yaml changed since it was read".to_owned());
    assert!(state.update(Message::Planned(Intent::Step, plan.clone(), why())).is_empty());
    assert_eq!(note(&state), "plan of shop/app held: not written: shop.yaml changed since it was read");
    let asked = press(&mut state, "space");
    assert_eq!(
        serve(&mut state, asked),
        ["app-stable 75 → 50, app-canary 25 → 50 (step 2 of 2)"],
        "tried again"
    );

    let (mut state, _) = begun("25,50 every 2m even if worse");
    let mut plan = as_written(&state);
    (plan.weights[0].new, plan.weights[1].new) = (70, 30);
    let view = written(&state, &plan);
    let effects = state.update(Message::View(view));
    assert!(serve(&mut state, effects).is_empty());
    let told = "plan of shop/app held: changed outside of the plan: app-stable:8080 is 70, not 75, app-canary:8080 is \
                30, not 25";
    assert_eq!(note(&state), told);
}

#[test]
fn leaving_while_a_plan_runs_is_asked_about() {
    let (mut state, _) = begun("25,50 every 2m");
    assert!(press(&mut state, "q").is_empty());
    let Some(Dialog::Quit { moved, plans }) = &state.dialog else { panic!("not asked") };
    assert_eq!((moved.len(), plans.as_slice()), (0, &["shop/app  plan 25 %".to_owned()][..]));
    press(&mut state, "esc p");
    assert_eq!(note(&state), "plan: a plan runs already: x ends it at the weights of its start");
    let asked = press(&mut state, "q enter");
    assert!(matches!(asked[..], [Effect::Quit]));
}

#[test]
fn a_plan_that_can_not_be_says_why() {
    let cases = [
        ("plan app-canary 10", "plan: no step changes anything"),
        ("plan nobody 10", "plan: no backend `nobody`; there is `app-stable:8080`, `app-canary:8080`"),
        ("plan 5,5", "plan: 5 stands twice in a row; a step has to change something"),
        ("plan app-canary 25 every 2", "plan: `2` has no unit; write 2s or 2m"),
    ];
    for (line, why) in cases {
        let mut state = fixture::state();
        press(&mut state, "4 enter");
        assert!(command(&mut state, line).is_empty());
        assert_eq!(note(&state), why, "{line}");
    }
    let mut state = fixture::state();
    press(&mut state, "4 j enter");
    assert!(command(&mut state, "plan beta 25").is_empty());
    assert_eq!(note(&state), "plan: beta:8080 gets no weight: no ready endpoint");
}

#[test]
fn weights_are_set_by_name_by_share_by_word_and_all_at_once() {
    let cases = [
        ("weight app-canary 25", Ok((75, 25))),
        ("weight app-stable 25", Ok((25, 75))),
        ("weight app-canary 12.5%", Ok((875, 125))),
        ("weight app-canary", Err("weight: needs WEIGHT")),
        ("weight app-canary lots", Err("weight: `lots` is no whole number")),
        ("preset off", Ok((100, 0))),
        ("preset half", Ok((50, 50))),
        ("preset 30/70", Ok((70, 30))),
        ("preset full", Ok((0, 100))),
        (
            "preset most",
            Err("preset: `most` is no preset; write off, half, even, full, or parts such as 10/90"),
        ),
        ("weights app-stable=70 app-canary=3", Ok((70, 3))),
        (
            "weights app-stable=70 nobody=3",
            Err("weights: no backend `nobody`; there is `app-stable:8080`, `app-canary:8080`"),
        ),
        ("weights app-stable=70 app-stable:8080=3", Err("weights: `app-stable:8080` is given twice")),
        ("weights app-stable", Err("weights: `app-stable` is no backend with a weight; write app-canary=30")),
    ];
    for (line, outcome) in cases {
        let mut state = fixture::state();
        press(&mut state, "4 enter");
        assert!(command(&mut state, line).is_empty(), "nothing is written by a wish");
        let session = state.session().unwrap();
        let wanted = (session.wanted(0), session.wanted(1));
        match outcome {
            Ok(weights) => assert_eq!((wanted, note(&state)), (weights, String::new()), "{line}"),
            Err(why) => assert_eq!((wanted, note(&state).as_str()), ((90, 10), why), "{line}"),
        }
    }
    let mut state = fixture::state();
    press(&mut state, "4");
    command(&mut state, "weight app-canary 25");
    assert_eq!(state.session().unwrap().wanted(1), 25, "the selected rule is opened");
}

#[test]
fn presets_are_chosen_by_a_letter_and_steps_of_ten_have_keys_that_work_over_ssh() {
    let cases = [
        ("s 5", (50, 50), "half, by its number"),
        ("s down down down enter", (90, 10), "10/90, by moving"),
        ("s esc", (90, 10), "left alone"),
        ("k s 1", (0, 100), "off for the selected one"),
        ("}", (80, 20), "ten more"),
        ("alt-l alt-l", (70, 30), "with alt"),
        ("alt-right", (80, 20), "and arrows"),
        ("{", (100, 0), "ten less"),
        ("= 2 5 % enter", (75, 25), "a share is typed"),
    ];
    for (keys, weights, why) in cases {
        let mut state = fixture::state();
        press(&mut state, "4 enter");
        press(&mut state, keys);
        let session = state.session().unwrap();
        assert_eq!((session.wanted(0), session.wanted(1)), weights, "{keys}: {why}");
    }
    let mut state = fixture::state();
    press(&mut state, "4 j enter s 5");
    assert_eq!(note(&state), "half: beta gets no more weight: no ready endpoint");
}

#[test]
fn a_plan_of_a_rule_that_goes_is_given_up_with_a_word() {
    let (mut state, _) = begun("25,50 every 2m");
    let mut view = (*state.view).clone();
    let gone = crate::world::Change::Remove(Key::new(crate::resource::Kind::HttpRoute, "shop", "app"));
    let world = view.world.apply(std::slice::from_ref(&gone));
    view.compiled = Arc::new(view.compiled.next(&world, &[gone]));
    view.world = Arc::new(world);
    state.update(Message::View(Arc::new(view)));
    assert!(state.sessions.is_empty());
    assert!(note(&state).contains("shop/app"), "{}", note(&state));
}

/// The canary screen as text.
fn drawn(state: State, size: (u16, u16)) -> String {
    Offline::of(state).text(size.0, size.1)
}

/// A plan after its second step, at the moment at which it waits for the third.
fn half_way(theme: &str, depth: Depth) -> State {
    let (mut state, _) = begun("25,50,100 every 2m even if worse");
    state.theme = Theme::named(theme, depth).unwrap();
    // The journal of the fixture ends before the plan: what the plan did comes after it.
    let mut view = (*state.view).clone();
    let mut journal = view.journal.to_vec();
    let mut entry = journal[1].clone();
    entry.at = state.clock;
    entry.summary = "app-stable 90 → 75, app-canary 10 → 25 (step 1 of 3)".to_owned();
    entry.edit.fields[0].new = Some(75.into());
    entry.edit.fields[0].old = Some(90.into());
    entry.edit.fields[1].new = Some(25.into());
    entry.edit.fields[1].old = Some(10.into());
    journal.push(entry);
    view.journal = journal.into();
    view.version += 1;
    let effects = state.update(Message::View(Arc::new(view)));
    assert!(serve(&mut state, effects).is_empty());
    after(&mut state, 78);
    let view = Arc::clone(&state.view);
    state.update(Message::View(view));
    state.notes = crate::tui::app::Notes::default();
    state
}

#[test]
fn a_running_plan_is_drawn_as_it_was_looked_at() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let name = format!("canary_plan_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, drawn(half_way("dark", Depth::True), size));
    }
    let mut elsewhere = half_way("dark", Depth::True);
    press(&mut elsewhere, "3");
    let text = drawn(elsewhere, (80, 24));
    assert!(text.lines().next().unwrap().contains("plan 25 %"), "its word is seen elsewhere too:\n{text}");
}

#[test]
fn a_running_plan_has_the_colours_of_its_theme_and_none_in_mono() {
    for (name, theme, depth) in [("light", "light", Depth::True), ("mono", "dark", Depth::Mono)] {
        let buffer = Offline::of(half_way(theme, depth)).buffer(80, 24);
        insta::assert_snapshot!(format!("canary_plan_{name}_80x24"), format!("{buffer:?}"));
    }
}

#[test]
fn sixteen_backends_scroll_and_leave_room_for_the_chart() {
    let backend =
        |at: usize| format!("{{ name: app-v{at:02}, port: 80, weight: {} }}", if at == 0 { 85 } else { 1 });
    let backends: Vec<String> = (0..16).map(backend).collect();
    let yaml = format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{ name: many, namespace: shop }}\n\
         spec: {{ rules: [{{ backendRefs: [{}] }}] }}\n",
        backends.join(", ")
    );
    let view = fixture::view_of(Box::leak(yaml.into_boxed_str()));
    let state = || {
        let theme = Theme::named("dark", Depth::True).unwrap();
        let mut state = State::new(Arc::new(view.clone()), theme, fixture::clock(), jiff::tz::TimeZone::UTC);
        press(&mut state, "4 enter");
        state
    };
    for size in [(80, 24), (200, 60)] {
        insta::assert_snapshot!(format!("canary_many_{}x{}", size.0, size.1), drawn(state(), size));
    }
    let mut first = state();
    press(&mut first, "g }");
    let text = drawn(first, (80, 24));
    assert!(text.contains("app-v00") && !text.contains("app-v15"), "the selected one is seen:\n{text}");
}
