//! Copying and saving from outside of their parts: keys and `:` lines in, texts and files out.

mod copies;
mod saves;

use std::sync::Arc;

use crate::tui::{
    action,
    app::{Effect, Message, State},
    fixture,
    keymap::Chord,
    theme::{Depth, Theme},
};

/// Names with all that a text can do to a terminal, a shell or a spreadsheet; a Secret; an object too long to copy.
fn hostile() -> State {
    let yaml = format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
         metadata: {{ name: \"=cmd|' /C calc'!A0\", namespace: \"a\\e]0;x\\a\" }}\n\
         spec: {{ parentRefs: [{{ name: nowhere }}], hostnames: [\"@SUM(1,2)\"] }}\n---\n\
         apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
         metadata: {{ name: long, namespace: b, annotations: {{ a: {} }}, managedFields: [{{ manager: me }}] }}\n---\n\
         apiVersion: v1\nkind: Secret\nmetadata: {{ name: s, namespace: b }}\ndata: {{ k: aHVudGVyMg== }}\n",
        "x".repeat(80_000)
    );
    let view = Arc::new(fixture::view_of(yaml.leak()));
    State::new(view, Theme::named("dark", Depth::True).unwrap(), fixture::clock(), jiff::tz::TimeZone::UTC)
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.split_whitespace() {
        let chord = Chord::parse(key).unwrap_or_else(|| panic!("{key} is no key"));
        effects.extend(state.update(Message::Key(chord.event())));
    }
    effects
}

/// What `:NAME ARGS` does.
fn command(state: &mut State, line: &str) -> Vec<Effect> {
    let mut words = line.split(' ').map(str::to_owned);
    let action = action::named(&words.next().unwrap()).unwrap();
    state.act(action, &words.collect::<Vec<_>>())
}

/// What is told in the footer.
fn told(state: &State) -> &str {
    state.notes.last().map_or("", |note| &note.text)
}
