//! What asks for an answer before anything else happens.

use super::{Accepting, Effect, Scroll, State, document::Asked};
use crate::{
    rehearsal::Switch,
    rollout::WeightPlan,
    source::Planned,
    tui::{action::Action, command, facts::Line, palette::Palette},
};

/// Why an edit is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The weights wished.
    Apply,
    /// Back to the weights at the start.
    Abort,
    /// Back to before the last change.
    Undo,
    /// The first step of a plan, before it is agreed to.
    Start,
    /// A step of a plan that was agreed to.
    Step,
}

/// A question.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time passes through; a box would only add a step")]
pub enum Dialog {
    /// An edit with its diff.
    Edit {
        /// Why.
        intent: Intent,
        /// What was planned; of an undo only what it comes to.
        plan: WeightPlan,
        /// What would be written.
        planned: Planned,
        /// What it would mean.
        consequence: Vec<Line>,
        /// First line of the diff that is seen.
        scroll: Scroll,
    },
    /// A document that was edited.
    Document(Box<Asked>),
    /// A difference that shall be accepted.
    Accept(Box<Accepting>),
    /// Something that is to be done to names.
    Names(Box<Consent>),
    /// Ending with something unfinished.
    Quit {
        /// Routes of which weights were moved and not applied.
        moved: Vec<String>,
        /// Plans that run, in words.
        plans: Vec<String>,
    },
}

/// What is to be done to names, as it is agreed to.
#[derive(Clone, Debug)]
pub struct Consent {
    /// What.
    pub title: String,
    /// What it would mean.
    pub lines: Vec<Line>,
    /// What is done then.
    pub deed: Deed,
}

/// What is done to names.
#[derive(Clone, Debug)]
pub enum Deed {
    /// An order.
    Switch(Switch),
    /// The newest change of names is taken back.
    Undo,
}

/// What lies over the screen and has the keys.
#[derive(Debug)]
pub enum Overlay {
    /// One line being typed.
    Prompt(Prompt),
    /// Something being chosen.
    Menu(Menu),
    /// A `:` line being typed.
    Command(Box<CommandLine>),
    /// The palette.
    Palette(Box<Palette>),
}

/// A `:` line being typed.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// The line.
    pub prompt: command::Prompt,
    /// Why it could not be run.
    pub wrong: Option<String>,
}

/// One line being typed in the footer.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What it is for.
    pub label: String,
    /// As typed.
    pub text: String,
    /// What becomes of it. An error is told, and the line stays to be mended.
    pub then: fn(&mut State, &str) -> Result<Vec<Effect>, String>,
}

/// Something being chosen from a few lines.
#[derive(Clone, Debug)]
pub struct Menu {
    /// What it is for.
    pub title: String,
    /// The choices.
    pub items: Vec<Choice>,
    /// The selected one.
    pub at: usize,
    /// What happens as the selection moves; a preview.
    pub moved: Option<fn(&mut State, &Choice)>,
    /// What happens when nothing is chosen; a preview is taken back.
    pub left: Option<fn(&mut State)>,
}

/// One line of a menu.
#[derive(Clone, Debug)]
pub struct Choice {
    /// A key that chooses it at once; none: only Enter.
    pub key: Option<char>,
    /// What it is called.
    pub label: String,
    /// More, dim.
    pub detail: String,
    /// Why it can not be chosen; none when it can.
    pub off: Option<String>,
    /// What is done when it is chosen.
    pub action: Action,
    /// The action's arguments.
    pub args: Vec<String>,
}
