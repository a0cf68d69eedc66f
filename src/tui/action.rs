//! Everything that can be done: the one table that keys, help, footer, palette, `:` commands, the config's names and
//! read-only gating are made from.

use super::{
    app::{self, Effect, State},
    keep, screen,
};

/// What an action does: it gets the arguments that were typed, none when a key was pressed.
pub type Run = fn(&mut State, &[String]) -> Result<Vec<Effect>, String>;

/// One action and all that is said of it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name: after `:`, in the palette and in the config.
    pub name: &'static str,
    /// Keys at first.
    pub keys: &'static [&'static str],
    /// One line for the help.
    pub help: &'static str,
    /// A word for the footer; empty when it does not stand there.
    pub hint: &'static str,
    /// What the footer says instead of the word, where that depends.
    pub says: Option<fn(&State) -> String>,
    /// Stands in the footer together with the action before it: `h/l −1/+1`.
    pub paired: bool,
    /// Does not stand in the footer while it is off.
    pub quiet: bool,
    /// Its heading in the help.
    pub group: Group,
    /// Where its keys work. By name it works wherever it is not off.
    pub places: fn(Place) -> bool,
    /// Whether it changes anything outside: off when the session is read-only.
    pub writes: bool,
    /// What can follow its name.
    pub args: &'static [Arg],
    /// Whether its keys are digits of which the pressed one is its argument.
    pub digits: bool,
    /// Why it can not be done now; none when it can.
    pub off: fn(&State) -> Option<String>,
    /// What it does.
    pub run: Run,
}

/// An action is its row.
pub type Action = &'static Row;

/// What can follow the name of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arg {
    /// As the help shows it: `WEIGHT`.
    pub name: &'static str,
    /// What is offered to complete it.
    pub kind: ArgKind,
    /// Whether it may be left out.
    pub optional: bool,
}

/// What is offered to complete an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ArgKind {
    Backend,
    StandIn,
    Namespace,
    Theme,
    Object,
    Kind,
    Column,
    Path,
    Number,
    Text,
    OneOf(&'static [&'static str]),
}

impl Arg {
    /// An argument that has to be there.
    pub const fn needed(name: &'static str, kind: ArgKind) -> Self {
        Self { name, kind, optional: false }
    }

    /// An argument that may be left out.
    pub const fn optional(name: &'static str, kind: ArgKind) -> Self {
        Self { name, kind, optional: true }
    }
}

/// Where one is: what a key means depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Place {
    Overview,
    Gateways,
    Routes,
    Rules,
    Canary,
    Ingresses,
    Annotations,
    Compare,
    Rehearsal,
    Switch,
    Requests,
    Explain,
    Objects,
    Log,
    Detail,
    Help,
    /// A request is being typed.
    Form,
    /// Text is being typed: a filter, or a line of the footer.
    Input,
    /// Something is being chosen from a few lines.
    Menu,
    Dialog,
}

impl Place {
    /// All.
    pub const ALL: &'static [Self] = &[
        Self::Overview,
        Self::Gateways,
        Self::Routes,
        Self::Rules,
        Self::Canary,
        Self::Ingresses,
        Self::Annotations,
        Self::Compare,
        Self::Rehearsal,
        Self::Switch,
        Self::Requests,
        Self::Explain,
        Self::Objects,
        Self::Log,
        Self::Detail,
        Self::Help,
        Self::Form,
        Self::Input,
        Self::Menu,
        Self::Dialog,
    ];

    /// Everywhere.
    pub fn any(_: Self) -> bool {
        true
    }

    /// Wherever nothing asks for an answer first.
    pub fn free(self) -> bool {
        !matches!(self, Self::Dialog | Self::Form | Self::Input | Self::Menu)
    }

    /// Where rows are chosen from.
    pub fn list(self) -> bool {
        match self {
            Self::Overview
            | Self::Gateways
            | Self::Routes
            | Self::Rules
            | Self::Ingresses
            | Self::Annotations
            | Self::Compare
            | Self::Rehearsal
            | Self::Switch
            | Self::Requests
            | Self::Objects
            | Self::Log => true,
            Self::Canary
            | Self::Explain
            | Self::Detail
            | Self::Help
            | Self::Form
            | Self::Input
            | Self::Menu
            | Self::Dialog => false,
        }
    }

    /// Where something is selected.
    pub fn objects(self) -> bool {
        self.list() || matches!(self, Self::Canary | Self::Explain)
    }

    /// Where a request is being typed.
    pub fn form(self) -> bool {
        self == Self::Form
    }

    /// In a menu.
    pub fn menu(self) -> bool {
        self == Self::Menu
    }

    /// In a dialog.
    pub fn dialog(self) -> bool {
        self == Self::Dialog
    }
}

/// Headings of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Group {
    Screens,
    Moving,
    Finding,
    Objects,
    Reading,
    Weights,
    Compare,
    Rehearsal,
    Switch,
    Explain,
    General,
}

impl Group {
    /// All, in the order of the help.
    pub const ALL: &'static [Self] = &[
        Self::Moving,
        Self::Screens,
        Self::Finding,
        Self::Objects,
        Self::Reading,
        Self::Weights,
        Self::Compare,
        Self::Rehearsal,
        Self::Switch,
        Self::Explain,
        Self::General,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Screens => "Screens",
            Self::Moving => "Moving",
            Self::Finding => "Finding",
            Self::Objects => "Objects",
            Self::Reading => "Reading",
            Self::Weights => "Weights",
            Self::Compare => "Compare",
            Self::Rehearsal => "Rehearsal",
            Self::Switch => "Switch",
            Self::Explain => "Explain",
            Self::General => "General",
        }
    }
}

impl Row {
    /// An action that is never off, changes nothing outside and takes no arguments.
    pub const fn new(
        name: &'static str,
        keys: &'static [&'static str],
        help: &'static str,
        group: Group,
        places: fn(Place) -> bool,
        run: Run,
    ) -> Self {
        Self {
            name,
            keys,
            help,
            hint: "",
            says: None,
            paired: false,
            quiet: false,
            group,
            places,
            writes: false,
            args: &[],
            digits: false,
            off: |_| None,
            run,
        }
    }

    /// Whether it can be asked for by name: what answers a menu or a dialog can not.
    pub fn by_name(&self) -> bool {
        Place::ALL.iter().any(|place| place.free() && (self.places)(*place))
    }

    /// As it is typed: `:sort [COLUMN] [asc|desc]`.
    pub fn typed(&self) -> String {
        let arg = |arg: &Arg| {
            let name = match arg.kind {
                ArgKind::OneOf(words) if words.len() <= 3 => words.join("|"),
                ArgKind::OneOf(_)
                | ArgKind::Backend
                | ArgKind::StandIn
                | ArgKind::Namespace
                | ArgKind::Theme
                | ArgKind::Object
                | ArgKind::Kind
                | ArgKind::Column
                | ArgKind::Path
                | ArgKind::Number
                | ArgKind::Text => arg.name.to_owned(),
            };
            if arg.optional { format!(" [{name}]") } else { format!(" {name}") }
        };
        format!(":{}{}", self.name, self.args.iter().map(arg).collect::<String>())
    }

    /// Stands in the footer with this word.
    pub const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// Stands in the footer with a word that depends.
    pub const fn saying(self, says: fn(&State) -> String) -> Self {
        Self { says: Some(says), ..self }
    }

    /// Stands in the footer together with the action before it.
    pub const fn paired(self) -> Self {
        Self { paired: true, ..self }
    }

    /// Leaves the footer while it is off.
    pub const fn quiet(self) -> Self {
        Self { quiet: true, ..self }
    }

    /// Changes something outside.
    pub const fn writes(self) -> Self {
        Self { writes: true, ..self }
    }

    /// Takes arguments after its name.
    pub const fn takes(self, args: &'static [Arg]) -> Self {
        Self { args, ..self }
    }

    /// Gets the digit of the key that was pressed as its argument.
    pub const fn digits(self) -> Self {
        Self { digits: true, ..self }
    }

    /// Is off while this gives a reason.
    pub const fn off(self, off: fn(&State) -> Option<String>) -> Self {
        Self { off, ..self }
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Row {}

/// The actions of each file that has some. The order is that of the footer and of the help.
pub const TABLE: &[&[Row]] = &[
    app::general::DIALOG,
    app::menu::ACTIONS,
    app::steps::ACTIONS,
    app::weights::ACTIONS,
    screen::gateways::ACTIONS,
    app::moves::ACTIONS,
    app::pages::ACTIONS,
    app::pages::FACES,
    app::moves::OBJECTS,
    keep::ACTIONS,
    app::find::ACTIONS,
    app::document::ACTIONS,
    screen::rehearsal::ACTIONS,
    screen::switch::ACTIONS,
    screen::requests::ACTIONS,
    screen::explain::ACTIONS,
    app::moves::LINES,
    screen::ACTIONS,
    screen::ingresses::ACTIONS,
    screen::compare::ACTIONS,
    screen::objects::ACTIONS,
    screen::log::ACTIONS,
    screen::log::SHOW,
    app::looks::ACTIONS,
    app::general::ACTIONS,
    app::colon::ACTIONS,
];

/// All actions.
pub fn all() -> impl Iterator<Item = Action> {
    TABLE.iter().flat_map(|rows| rows.iter())
}

/// An action by name.
pub fn named(name: &str) -> Option<Action> {
    all().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_every_row_is_whole() {
        let mut names = HashSet::new();
        for row in all() {
            assert!(names.insert(row.name), "{} stands twice", row.name);
            assert!(row.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.name);
            assert!(!row.help.is_empty(), "{}", row.name);
            assert!(Place::ALL.iter().copied().any(row.places), "{} works nowhere", row.name);
            let optional = row.args.iter().skip_while(|arg| !arg.optional);
            assert!(
                optional.into_iter().all(|arg| arg.optional),
                "{}: what may be left out stands last",
                row.name
            );
        }
    }
}
