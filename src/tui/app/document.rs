//! An object's document in a person's own editor: opened, read back, checked, shown as a diff, asked about, written.
//! What was typed is never lost: until it is written it stays in a file whose place is told.

use std::path::PathBuf;

use super::{Dialog, Effect, Scroll, Spot, State};
use crate::{
    resource::{Key, Kind, Problem, Severity},
    source::{Passage, Planned},
    tui::{
        action::{Group, Place, Row},
        facts::{Line, Tone},
    },
};

/// What can be done with an object's document.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("edit", &["E"], "the object's document in $KUBE_EDITOR or $EDITOR; shows the diff and asks before it writes", Group::Objects, with_object, edit).writes().off(no_edit),
    Row::new("undo-object", &["U"], "take back the last change of the selected object; asks first", Group::Objects, with_object, undo).writes().off(no_object),
];

/// A document that is being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its object.
    pub key: Key,
    /// The text as it was.
    pub old: String,
    /// The file that it is from.
    pub file: PathBuf,
    /// The file that the editor has; none before it was opened.
    pub path: Option<PathBuf>,
}

/// A question about a document that was edited.
#[derive(Debug)]
pub struct Asked {
    /// The document.
    pub draft: Draft,
    /// What would be written; none when it can not be.
    pub planned: Option<Planned>,
    /// What is wrong with it, or would be.
    pub told: Vec<Line>,
    /// First line of the diff that is seen.
    pub scroll: Scroll,
}

fn with_object(place: Place) -> bool {
    place.objects() || place == Place::Detail
}

fn no_object(state: &State) -> Option<String> {
    state.edited_object().is_none().then(|| "nothing is selected".to_owned())
}

fn no_edit(state: &State) -> Option<String> {
    let Some(key) = state.edited_object() else { return Some("nothing is selected".to_owned()) };
    let object = state.view.world.get(&key);
    if key.kind == Kind::Secret {
        Some("the data of a Secret is never shown here; edit its file".to_owned())
    } else if object.is_none_or(|object| object.assumed || object.origin.is_none()) {
        Some(format!("{key} did not come from a file"))
    } else {
        None
    }
}

fn edit(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    state
        .edited_object()
        .map(|key| vec![Effect::Passage(key)])
        .ok_or_else(|| "nothing is selected".to_owned())
}

fn undo(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    state
        .edited_object()
        .map(|key| vec![Effect::PlanUndo(key)])
        .ok_or_else(|| "nothing is selected".to_owned())
}

impl State {
    /// The object whose document is meant: the selected one, or the one whose weights are open.
    fn edited_object(&self) -> Option<Key> {
        match self.spots.last()? {
            Spot::Canary(route, _) => Some(route.clone()),
            _ => self.selected_object(),
        }
    }

    /// The text is there: it goes to the editor.
    pub(super) fn passage(&mut self, key: Key, answer: Result<Passage, String>) -> Vec<Effect> {
        match answer {
            Ok(Passage { text, file, .. }) => {
                vec![Effect::Editor(Draft { key, old: text, file, path: None })]
            }
            Err(why) => {
                self.note(Tone::Bad, why);
                Vec::new()
            }
        }
    }

    /// The editor ended.
    pub(super) fn edited(&mut self, draft: Draft, answer: Result<String, String>) -> Vec<Effect> {
        match answer {
            Ok(text) if text == draft.old || text.trim().is_empty() => {
                self.note(Tone::Dim, "nothing was changed");
                draft.path.map(Effect::Discard).into_iter().collect()
            }
            Ok(text) => vec![Effect::PlanDocument(draft, text)],
            Err(why) => {
                self.note(Tone::Bad, why);
                Vec::new()
            }
        }
    }

    /// It was tried.
    pub(super) fn document_planned(&mut self, draft: Draft, answer: Result<(Planned, Vec<Problem>), String>) {
        let (planned, told) = match answer {
            Ok((planned, problems)) => (Some(planned), problems.iter().map(told).collect()),
            Err(why) => (None, vec![Line::of(Tone::Bad, why)]),
        };
        self.dialog =
            Some(Dialog::Document(Box::new(Asked { draft, planned, told, scroll: Scroll::default() })));
    }

    /// Enter: it is written, or, where it can not be, edited again.
    pub(super) fn confirm_document(&mut self, asked: Asked) -> Vec<Effect> {
        match asked.planned {
            Some(planned) => {
                let summary = format!("edited in {}", planned.file.display());
                self.editing = asked.draft.path.map(|path| (summary.clone(), path));
                vec![Effect::Apply(planned, summary)]
            }
            None => vec![Effect::Editor(asked.draft)],
        }
    }

    /// Esc: it stays where it is.
    pub(super) fn leave_document(&mut self, asked: &Asked) {
        if let Some(path) = &asked.draft.path {
            self.note(Tone::Warn, format!("not written; what you wrote is in {}", path.display()));
        }
    }

    /// What is to be done once an edit was made: the editor's file is not needed any more, or told of.
    pub(super) fn document_applied(&mut self, summary: &str, made: bool) -> Vec<Effect> {
        let Some((_, path)) = self.editing.take_if(|(known, _)| known == summary) else { return Vec::new() };
        if made {
            return vec![Effect::Discard(path)];
        }
        self.note(Tone::Warn, format!("what you wrote is in {}", path.display()));
        Vec::new()
    }
}

fn told(problem: &Problem) -> Line {
    let (tone, sign) = match problem.severity {
        Severity::Error => (Tone::Bad, "✗ "),
        Severity::Warning => (Tone::Warn, "! "),
        Severity::Info => (Tone::Dim, "· "),
    };
    let field = problem.field.as_deref().map(|field| format!("{field}: ")).unwrap_or_default();
    Line::of(tone, sign).and(Tone::Plain, format!("{field}{}", problem.message))
}
