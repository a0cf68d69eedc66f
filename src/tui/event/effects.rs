//! What the state wants done outside of it: asked of the rehearsal, or worked out in a thread of its own.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tokio::sync::{mpsc as tokio_mpsc, oneshot};

use super::Wake;
use crate::{
    config::state_dir,
    rehearsal::{Command, Mix, Recording, Replay, Unanswered},
    source::Edit,
    tui::{
        app::{Derived, Effect, Message},
        editor,
        facts::{Tone, compare::Comparison, ingresses::Inventory, switch::Wire, told::Told},
        palette::Many,
    },
};

/// Time between two slices of work that only the loop can do.
const BETWEEN: Duration = Duration::from_millis(8);

/// Does it; what comes of it is a message.
pub(super) fn command(
    effect: Effect,
    commands: &tokio_mpsc::UnboundedSender<Command>,
    wake: &mpsc::Sender<Wake>,
) {
    let wake = wake.clone();
    let gone = "the rehearsal does not answer".to_owned();
    match effect {
        Effect::Plan(intent, plan) => {
            let (sender, answer) = oneshot::channel();
            let _ = commands.send(Command::Plan(plan.clone(), sender));
            tokio::spawn(async move {
                let answer = answer.await.map_or(Err(gone), |answer| answer.map_err(|error| chain(&error)));
                let _ = wake.send(Wake::Message(Message::Planned(intent, plan, answer)));
            });
        }
        Effect::Apply(planned, summary) => {
            let (sender, answer) = oneshot::channel();
            let _ = commands.send(Command::Apply(planned, summary.clone(), sender));
            tokio::spawn(async move {
                let answer = answer.await.map_or(Err(gone), |answer| answer.map_err(|error| chain(&error)));
                let _ = wake.send(Wake::Message(Message::Applied(summary, answer)));
            });
        }
        Effect::Step(route, rule, planned, summary) => {
            let (sender, answer) = oneshot::channel();
            let _ = commands.send(Command::Apply(planned, summary, sender));
            tokio::spawn(async move {
                let answer = answer.await.map_or(Err(gone), |answer| answer.map_err(|error| chain(&error)));
                let _ = wake.send(Wake::Message(Message::Stepped(route, rule, answer)));
            });
        }
        Effect::PlanUndo(route) => {
            let (sender, answer) = oneshot::channel();
            let _ = commands.send(Command::PlanUndo(Some(route.clone()), sender));
            tokio::spawn(async move {
                let answer = answer.await.unwrap_or(Err(gone));
                let _ = wake.send(Wake::Message(Message::UndoPlanned(route, answer)));
            });
        }
        Effect::Undo(route) => {
            let (sender, answer) = oneshot::channel();
            let _ = commands.send(Command::Undo(Some(route), sender));
            tokio::spawn(async move {
                let answer = answer.await.unwrap_or(Err(gone));
                let _ = wake.send(Wake::Message(Message::Undone(answer)));
            });
        }
        Effect::Fault(backend, fault) => {
            let _ = commands.send(Command::Fault(backend, fault));
        }
        Effect::Load(setting) => {
            let _ = commands.send(Command::Load(setting));
        }
        Effect::Mix(mix) => {
            let _ = commands.send(Command::Mix(mix));
        }
        Effect::Watch(on) => {
            let _ = commands.send(Command::Watch(on));
        }
        Effect::LoadFrom(path) => {
            let commands = commands.clone();
            thread::spawn(move || {
                let (tone, text) = match Recording::open(&path, &Replay::default()) {
                    Ok(recording) => {
                        let told = replays(&recording);
                        let _ = commands.send(Command::Mix(Mix::Recorded(Arc::new(recording))));
                        told
                    }
                    Err(why) => (Tone::Bad, chain(&why)),
                };
                let _ = wake.send(Wake::Message(Message::Note(tone, text)));
            });
        }
        Effect::Judge(view) => {
            // Takes a while in a large World, so neither the loop nor this thread waits for it.
            thread::spawn(move || {
                let mistakes = Arc::new(Told::of(view.compiled.problems(&view.world)));
                let _ = wake.send(Wake::Message(Message::Judged(mistakes)));
            });
        }
        Effect::Survey(view, options) => {
            thread::spawn(move || {
                let inventory = Arc::new(Inventory::of_view(&view, &options));
                let _ = wake.send(Wake::Message(Message::Surveyed(inventory)));
            });
        }
        Effect::Compare(view, file, also) => {
            thread::spawn(move || {
                let facts = Arc::new(Comparison::of(&view, file.as_deref(), &also));
                let _ = wake.send(Wake::Message(Message::Compared(facts)));
            });
        }
        Effect::Accept(acceptable) => {
            thread::spawn(move || {
                let outcome = acceptable.write().map(|()| acceptable.cause.clone());
                let _ = wake.send(Wake::Message(Message::Accepted(outcome)));
            });
        }
        Effect::Derive(view, mistakes) => {
            thread::spawn(move || {
                let derived = Box::new(Derived::of(view, &mistakes));
                let _ = wake.send(Wake::Message(Message::Derived(derived)));
            });
        }
        Effect::Source(key, origin) => {
            let (sender, answer) = oneshot::channel();
            let _ = commands.send(Command::Lines(origin, sender));
            tokio::spawn(async move {
                let lines = answer.await.unwrap_or_default().map(Arc::new);
                let _ = wake.send(Wake::Message(Message::Source(key, lines)));
            });
        }
        Effect::Arrange(list, job) => {
            thread::spawn(move || {
                if let Some(arranged) = job.run() {
                    let _ = wake.send(Wake::Message(Message::Arranged(list, arranged)));
                }
            });
        }
        Effect::Index(world) => {
            thread::spawn(move || {
                let many = Arc::new(Many::of(&world));
                let _ = wake.send(Wake::Message(Message::Indexed(world, many)));
            });
        }
        Effect::Search(search) => {
            thread::spawn(move || {
                if let Some(found) = search.run() {
                    let _ = wake.send(Wake::Message(Message::Found(found)));
                }
            });
        }
        Effect::Look(looking) => {
            thread::spawn(move || {
                if let Some(looked) = looking.run() {
                    let _ = wake.send(Wake::Message(Message::Looked(looked)));
                }
            });
        }
        Effect::Ask(number, question) => {
            let (sender, answer) = oneshot::channel();
            let _ = commands.send(Command::Ask(*question, sender));
            tokio::spawn(async move {
                let answer = answer.await.unwrap_or(Err(Unanswered::NoListener(gone)));
                let _ = wake.send(Wake::Message(Message::Answered(number, Box::new(answer))));
            });
        }
        Effect::Preflight(looking, asked) => {
            let wire = Wire(commands.clone());
            thread::spawn(move || {
                let found = if asked { looking.probe(&wire) } else { looking.run() };
                let _ = wake.send(Wake::Message(Message::Preflighted(looking.view, found)));
            });
        }
        Effect::Switch(order) => {
            let (sender, answer) = oneshot::channel();
            let _ = commands.send(Command::Switch(*order, sender));
            tokio::spawn(async move {
                let answer = answer.await.unwrap_or_else(|_| Ok(Vec::new()));
                let _ = wake.send(Wake::Message(Message::Switched(answer)));
            });
        }
        Effect::Wrong(side, fault, hosts) => {
            let (sender, answer) = oneshot::channel();
            let whom = if hosts.len() == 1 { hosts.join("") } else { format!("{} hostnames", hosts.len()) };
            let _ = commands.send(Command::Wrong(side, fault, Some(hosts), sender));
            tokio::spawn(async move {
                let (tone, text) = match answer.await.unwrap_or(Err(gone)) {
                    Ok(()) => match fault {
                        Some(fault) => {
                            (Tone::Warn, format!("{whom}: {fault} at the new side; F off ends it"))
                        }
                        None => (Tone::Good, format!("{whom}: nothing goes wrong any more")),
                    },
                    Err(why) => (Tone::Bad, why),
                };
                let _ = wake.send(Wake::Message(Message::Note(tone, text)));
            });
        }
        Effect::Passage(key) => {
            let (sender, answer) = oneshot::channel();
            let _ = commands.send(Command::Passage(key.clone(), sender));
            tokio::spawn(async move {
                let answer = answer.await.map_or(Err(gone), |answer| answer.map_err(|error| chain(&error)));
                let _ = wake.send(Wake::Message(Message::Passage(key, answer)));
            });
        }
        Effect::PlanDocument(draft, text) => {
            let (sender, answer) = oneshot::channel();
            let edit = Edit::of_document(draft.key.clone(), draft.old.clone(), text);
            let _ = commands.send(Command::PlanDocument(edit, sender));
            tokio::spawn(async move {
                let answer = answer.await.map_or(Err(gone), |answer| answer.map_err(|error| chain(&error)));
                let _ = wake.send(Wake::Message(Message::DocumentPlanned(draft, answer)));
            });
        }
        Effect::Gather(gathering) => {
            tokio::spawn(async move {
                // Long enough for a frame in between.
                tokio::time::sleep(BETWEEN).await;
                let _ = wake.send(Wake::Message(Message::Gather(gathering)));
            });
        }
        Effect::Save(saving) => {
            thread::spawn(move || {
                let home = std::env::var_os("HOME").map(PathBuf::from);
                let (tone, text) = match saving.write(state_dir().as_deref(), home.as_deref()) {
                    Ok(text) => (Tone::Good, text),
                    Err(why) => (Tone::Bad, why),
                };
                let _ = wake.send(Wake::Message(Message::Note(tone, text)));
            });
        }
        Effect::Discard(path) => editor::discard(&path),
        Effect::Remember(_)
        | Effect::Editor(_)
        | Effect::Copy(_)
        | Effect::Mouse(_)
        | Effect::Redraw
        | Effect::Suspend
        | Effect::Quit
        | Effect::Lost => {}
    }
}

/// What was read of a recording.
fn replays(recording: &Recording) -> (Tone, String) {
    let Recording { name, format, requests, skips, .. } = recording;
    let text = format!("{name}: {} requests, {format}", requests.len());
    match recording.skipped.first() {
        None => (Tone::Good, text),
        Some(first) => {
            (Tone::Warn, format!("{text}; {skips} not understood, first line {}: {}", first.line, first.why))
        }
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
