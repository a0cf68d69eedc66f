//! The `:` line and the palette: everything by its name.

use std::{borrow::Cow, sync::Arc};

use crossterm::event::KeyEvent;

use super::{CommandLine, Effect, Overlay, State};
use crate::{
    config,
    resource::{Key, Kind},
    tui::{
        action::{self, Action, ArgKind, Group, Place, Row},
        command::{self, Candidate, Going, Known, Line, Namespace, Past},
        facts::{Tone, describe::About},
        palette::{self, Index, Item, Palette, Part},
        screen,
    },
};

/// What opens them.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("command", &[":"], "type an action, a screen or a kind; Tab completes", Group::General, Place::free, open).hint("command"),
    Row::new("palette", &["ctrl-p"], "find an action, a screen or an object by a few letters", Group::General, Place::free, open_palette).hint("find"),
];

/// Words that operators type and what they stand for; the config may name more.
const HABITS: &[(&str, &str, &str)] =
    &[("q", "quit", "quit"), ("h", "help", "all keys"), ("namespace", "ns", "only one namespace, or all")];
/// Ends without asking.
const AT_ONCE: &str = "q!";
/// Lines that are remembered.
const REMEMBERED: usize = 1000;
/// Objects that are offered behind a kind: more nobody goes through with Tab.
const OFFERED: usize = 2000;

fn open(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    state.overlay = Some(Overlay::Command(Box::default()));
    Ok(Vec::new())
}

fn open_palette(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let index = state.index();
    state.overlay = Some(Overlay::Palette(Box::new(Palette::new(index, &state.typed_before))));
    Ok(Vec::new())
}

/// Whether a screen is a list, so that a namespace and a filter can stand behind its name.
fn lists(row: Action) -> bool {
    row.group == Group::Screens && row.args.is_empty()
}

impl State {
    /// A key for the `:` line.
    pub(super) fn command_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        // It is taken out while it is asked what there is to type: that is told by the rest of the state.
        let Some(Overlay::Command(mut line)) = self.overlay.take() else { return Vec::new() };
        let before = line.prompt.input.text().to_owned();
        match line.prompt.handle(key, &Names(self), &self.typed_before) {
            command::Outcome::Closed => Vec::new(),
            command::Outcome::Typing => {
                if line.prompt.input.text() != before {
                    line.wrong = None;
                }
                self.overlay = Some(Overlay::Command(line));
                Vec::new()
            }
            command::Outcome::Run(typed) => match self.run_line(&typed) {
                Ok(effects) => effects,
                Err(why) => {
                    // What was typed stays to be mended.
                    line.wrong = Some(why);
                    self.overlay = Some(Overlay::Command(line));
                    Vec::new()
                }
            },
        }
    }

    /// A key for the palette.
    pub(super) fn palette_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Some(Overlay::Palette(mut palette)) = self.overlay.take() else { return Vec::new() };
        match palette.handle(key, &self.typed_before) {
            palette::Outcome::Closed => Vec::new(),
            palette::Outcome::Choosing => {
                self.overlay = Some(Overlay::Palette(palette));
                Vec::new()
            }
            palette::Outcome::Edit(line) => {
                let prompt = command::Prompt::new(&line);
                self.overlay = Some(Overlay::Command(Box::new(CommandLine { prompt, wrong: None })));
                Vec::new()
            }
            palette::Outcome::Run(line) => self.run_line(&line).unwrap_or_else(|why| {
                self.note(Tone::Warn, why);
                Vec::new()
            }),
        }
    }

    /// The palette finds what there is now.
    pub(super) fn refresh_palette(&mut self) {
        if matches!(self.overlay, Some(Overlay::Palette(_))) {
            let index = self.index();
            if let Some(Overlay::Palette(palette)) = &mut self.overlay {
                palette.set(index, &self.typed_before);
            }
        }
    }

    /// Runs a `:` line and remembers it.
    ///
    /// # Errors
    /// Why it can not be run.
    pub fn run_line(&mut self, typed: &str) -> Result<Vec<Effect>, String> {
        let line = Line::parse(&self.in_full(typed)).map_err(|error| error.to_string())?;
        if line.is_empty() {
            return Ok(Vec::new());
        }
        let effects = self.run_words(&line)?;
        self.outbox.push(Effect::Remember(typed.to_owned()));
        Past::keep(&mut self.typed_before, typed, REMEMBERED);
        Ok(effects)
    }

    fn run_words(&mut self, line: &Line) -> Result<Vec<Effect>, String> {
        let name = line.name();
        if name == AT_ONCE {
            return Ok(vec![Effect::Quit]);
        }
        if let Some(row) = action::named(name).filter(|row| row.by_name()) {
            if let Some(why) = self.off(row) {
                return Err(format!("{name}: {why}"));
            }
            let told = |why: String| format!("{name}: {why}");
            if lists(row) {
                let going = Going::parse(line).map_err(told)?;
                let effects = (row.run)(self, &[])?;
                self.go(going)?;
                return Ok(effects);
            }
            return (row.run)(self, &arguments(row, line).map_err(told)?).map_err(told);
        }
        if let Some(kind) = self.kind_typed(name) {
            return self.show_kind(&kind, Going::parse(line).map_err(|why| format!("{name}: {why}"))?);
        }
        let names = Names(self).names();
        let near = config::nearest(name, names.iter().map(|name| name.text.as_str()));
        Err(match near {
            Some(near) => format!("no command `{name}`: did you mean `{near}`?"),
            None => format!("no command `{name}`: Tab shows all"),
        })
    }

    /// A line with its alias put in full: one of the config, else one of habit.
    fn in_full(&self, typed: &str) -> String {
        let line = self.own.config.expand(typed.trim_start_matches([':', ' ']));
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        match HABITS.iter().find(|(habit, ..)| *habit == word) {
            Some((_, full, _)) => format!("{full} {rest}").trim_end().to_owned(),
            None => line,
        }
    }

    /// A kind that is known, or that objects are of.
    fn kind_typed(&self, typed: &str) -> Option<Kind> {
        let others =
            || self.view.world.kinds().map(|(kind, _)| kind).filter(|kind| matches!(kind, Kind::Other(..)));
        let is = |kind: &&Kind| kind.plural() == typed || kind.name().eq_ignore_ascii_case(typed);
        Kind::from_typed(typed).or_else(|| others().find(is).cloned())
    }

    /// Shows where objects of a kind are listed.
    fn show_kind(&mut self, kind: &Kind, going: Going) -> Result<Vec<Effect>, String> {
        let mut going = going;
        if let (false, Some(Namespace::One(name))) = (kind.namespaced(), &going.namespace) {
            going.object = Some((String::new(), name.clone()));
            going.namespace = None;
        }
        let object = going.object.take();
        let key = object.map(|(namespace, name)| Key::new(kind.clone(), namespace, name));
        if let Some(key) = key.as_ref().filter(|key| self.view.world.get(key).is_none()) {
            return Err(format!("there is no {key}"));
        }
        let effects = self.list_kind(kind)?;
        self.go(going)?;
        if let Some(key) = key {
            let view = Arc::clone(&self.view);
            self.lines_mut().map(|lines| lines.find(&key, &view));
            self.describe(About::Object(key));
        }
        Ok(effects)
    }

    fn list_kind(&mut self, kind: &Kind) -> Result<Vec<Effect>, String> {
        match kind {
            Kind::GatewayClass | Kind::Gateway | Kind::ListenerSet => Ok(self.show(screen::Id::Gateways)),
            kind if kind.is_route() => Ok(self.show(screen::Id::Routes)),
            kind => match action::named("objects") {
                Some(row) => (row.run)(self, &[kind.plural()]),
                None if *kind == Kind::Service => {
                    let effects = self.show(screen::Id::Rehearsal);
                    self.screens.get_mut(screen::Id::Rehearsal).set_pane(1);
                    Ok(effects)
                }
                None => Err(format!("{kind} has no list of its own: name one, NAMESPACE/NAME")),
            },
        }
    }

    /// Does what stands behind the name of a screen.
    fn go(&mut self, going: Going) -> Result<(), String> {
        let Going { namespace, filter, object, context } = going;
        if let Some(context) = context {
            return Err(format!(
                "@{context}: this console shows files; there are no contexts to choose from"
            ));
        }
        match namespace {
            Some(Namespace::All) => drop(self.keep_to(None)),
            Some(Namespace::One(name)) => {
                if let Some(row) = action::named("ns") {
                    (row.run)(self, &[name])?;
                }
            }
            None => {}
        }
        let filter = filter.or_else(|| object.map(|(namespace, name)| format!("{namespace}/{name}")));
        if let Some(filter) = filter {
            self.filter_by(&filter)?;
        }
        Ok(())
    }

    /// What the palette finds.
    fn index(&mut self) -> Index {
        let world = Arc::clone(&self.view.world);
        let objects = match &self.palette_objects {
            Some((of, objects)) if Arc::ptr_eq(of, &world) => Arc::clone(objects),
            Some(_) | None => {
                let all = world
                    .kinds()
                    .flat_map(|(kind, _)| world.list(kind))
                    .map(|object| object_item(&object.key));
                let objects = Arc::new(Part::new(all.collect()));
                self.palette_objects = Some((world, Arc::clone(&objects)));
                objects
            }
        };
        let mut few: Vec<Item> =
            action::all().filter(|row| row.by_name()).map(|row| self.action_item(row)).collect();
        let choice = |sort, word: &'static str, name: &str| Item {
            sort,
            label: name.to_owned().into(),
            detail: sort.word().into(),
            keys: String::new(),
            line: format!("{word} {}", command::quoted(name)),
            off: None,
        };
        few.extend(self.namespaces().keys().map(|name| choice(palette::Sort::Namespace, "ns", name)));
        if action::named("theme").is_some_and(|row| !row.args.is_empty()) {
            few.extend(self.theme.names().map(|name| choice(palette::Sort::Theme, "theme", name)));
        }
        Index::new(Part::new(few), objects)
    }

    fn action_item(&self, row: Action) -> Item {
        let needs = row.args.iter().any(|arg| !arg.optional);
        Item {
            sort: if row.group == Group::Screens { palette::Sort::Screen } else { palette::Sort::Action },
            label: row.name.into(),
            detail: row.help.into(),
            keys: self.keymap.shown(row).join(" "),
            line: format!("{}{}", row.name, if needs { " " } else { "" }),
            off: self.off(row),
        }
    }
}

fn object_item(key: &Key) -> Item {
    let path = key.path();
    let (name, line): (Cow<'static, str>, String) = match key.kind.known_names() {
        Some((name, plural)) => (name.into(), [plural, " ", &path].concat()),
        None => (key.kind.name().to_owned().into(), format!("{} {path}", key.kind.plural())),
    };
    Item {
        sort: palette::Sort::Object,
        label: path.into(),
        detail: name,
        keys: String::new(),
        line,
        off: None,
    }
}

/// The words behind an action's name, held against what it takes.
fn arguments(row: Action, line: &Line) -> Result<Vec<String>, String> {
    let mut args = line.arguments();
    let needed = row.args.iter().filter(|arg| !arg.optional).count();
    if args.len() < needed {
        let missing = row.args.get(args.len()).map_or("more", |arg| arg.name);
        return Err(format!("needs {missing}"));
    }
    if args.len() > row.args.len() {
        match row.args.last().map(|arg| arg.kind) {
            // A text is all that follows, blanks in it too.
            Some(ArgKind::Text) => {
                let rest = line.rest(row.args.len()).to_owned();
                args.truncate(row.args.len() - 1);
                args.push(rest);
            }
            Some(_) => {
                return Err(format!("`{}` is one too many", args.get(row.args.len()).map_or("", |arg| arg)));
            }
            None => return Err("takes nothing behind it".to_owned()),
        }
    }
    Ok(args)
}

/// What there is to type.
pub struct Names<'a>(pub &'a State);

impl Known for Names<'_> {
    fn names(&self) -> Vec<Candidate> {
        let own = action::all().filter(|row| row.by_name()).map(|row| {
            let name = Candidate::new(row.name, row.help);
            if row.args.is_empty() && !lists(row) { name } else { name.with_more() }
        });
        let kinds = self.0.view.world.kinds().flat_map(|(kind, _)| {
            let short = kind.short_names().iter().map(|name| (*name).to_owned());
            let help = kind.name().to_owned();
            std::iter::once(kind.plural())
                .chain(short)
                .map(move |name| Candidate::new(name, help.clone()).with_more())
        });
        let habits = HABITS.iter().map(|(name, _, help)| Candidate::new(*name, *help));
        let aliases = self.0.own.config.aliases.iter();
        let aliases =
            aliases.map(|(name, full)| Candidate::new(name.as_str(), full.value.clone()).with_more());
        let at_once = Candidate::new(AT_ONCE, "end at once");
        let mut all: Vec<Candidate> =
            own.chain(aliases).chain(kinds).chain(habits).chain([at_once]).collect();
        // A kind may be called as an action is: the action is meant.
        let mut seen = std::collections::HashSet::new();
        all.retain(|candidate| seen.insert(candidate.text.clone()));
        all
    }

    fn arguments(&self, name: &str, before: &[String]) -> Vec<Candidate> {
        let state = self.0;
        let full = state.in_full(name);
        let name = full.split_whitespace().next().unwrap_or(name);
        let Some(row) = action::named(name) else {
            return state.kind_typed(name).map_or_else(Vec::new, |kind| self.of_kind(&kind, before));
        };
        if lists(row) {
            return if before.is_empty() { self.namespaces() } else { Vec::new() };
        }
        row.args.get(before.len()).map_or_else(Vec::new, |arg| self.of(arg.kind, before))
    }
}

impl Names<'_> {
    fn of(&self, kind: ArgKind, before: &[String]) -> Vec<Candidate> {
        let state = self.0;
        let plain = |names: Vec<String>| names.into_iter().map(|name| Candidate::new(name, "")).collect();
        match kind {
            ArgKind::Namespace => self.namespaces(),
            ArgKind::Theme => state.theme.names().map(|name| Candidate::new(name, "theme")).collect(),
            ArgKind::Column => {
                let columns = state.lines().map_or(&[][..], |lines| lines.columns());
                columns.iter().map(|column| Candidate::new(column.name(), column.head)).collect()
            }
            ArgKind::Kind => state
                .view
                .world
                .kinds()
                .map(|(kind, _)| Candidate::new(kind.plural(), kind.name().to_owned()))
                .collect(),
            ArgKind::Backend => {
                let rules = state.screens.rules.list.all().iter();
                let open = state.session().map(|session| &session.rule);
                let all = open.into_iter().chain(rules.filter(|_| open.is_none()));
                let mut names: Vec<String> =
                    all.flat_map(|rule| &rule.backends).map(|backend| backend.name.clone()).collect();
                names.sort();
                names.dedup();
                names.truncate(OFFERED);
                plain(names)
            }
            ArgKind::StandIn => plain(
                state.view.stand_ins.iter().map(|stand_in| stand_in.backend.service.to_string()).collect(),
            ),
            ArgKind::Object => {
                let kind = before.last().and_then(|typed| state.kind_typed(typed));
                let world = &state.view.world;
                let objects = world.kinds().filter(|(own, _)| kind.as_ref().is_none_or(|kind| kind == *own));
                let objects = objects.flat_map(|(kind, _)| world.list(kind)).take(OFFERED);
                objects
                    .map(|object| Candidate::new(object.key.path(), object.key.kind.name().to_owned()))
                    .collect()
            }
            ArgKind::OneOf(words) => words.iter().map(|word| Candidate::new(*word, "")).collect(),
            ArgKind::Path | ArgKind::Number | ArgKind::Text => Vec::new(),
        }
    }

    fn namespaces(&self) -> Vec<Candidate> {
        let all = std::iter::once(Candidate::new("all", "all namespaces"));
        let help = |count: usize| Cow::from(format!("{count} objects"));
        all.chain(self.0.namespaces().into_iter().map(|(name, count)| Candidate::new(&*name, help(count))))
            .collect()
    }

    fn of_kind(&self, kind: &Kind, before: &[String]) -> Vec<Candidate> {
        if !before.is_empty() {
            return Vec::new();
        }
        let objects = self.0.view.world.list(kind).take(OFFERED);
        let objects = objects.map(|object| Candidate::new(object.key.path(), kind.name().to_owned()));
        let places = if kind.namespaced() { self.namespaces() } else { Vec::new() };
        places.into_iter().chain(objects).collect()
    }
}
