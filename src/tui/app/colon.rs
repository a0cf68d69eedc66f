//! The `:` line and the palette: everything by its name.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use crossterm::event::KeyEvent;

use super::{CommandLine, Effect, Overlay, State};
use crate::{
    config,
    resource::{Key, Kind},
    tui::{
        action::{self, Action, ArgKind, Group, Place, Row},
        command::{self, Candidate, Going, Known, Line, Namespace, Past},
        facts::{Tone, describe::About},
        finding::{Haystack, Query, fold_into},
        palette::{self, Index, Item, Many, Palette, Part},
        screen,
    },
    world::World,
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
/// Objects that are looked at for that: a key waits for it.
const LOOKED_AT: usize = 100_000;
/// Objects that are made ready for the palette at once.
const INDEXED: usize = 2_000;

fn open(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let prompt = command::Prompt::new("", &Names(state));
    state.overlay = Some(Overlay::Command(Box::new(CommandLine { prompt, wrong: None })));
    Ok(Vec::new())
}

fn open_palette(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let few = Index::new(state.few_items(), Arc::default());
    state.overlay = Some(Overlay::Palette(Box::new(Palette::new(few, &state.typed_before))));
    state.refresh_palette();
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

    /// Text pasted into the `:` line.
    pub(super) fn paste_in_command(&mut self, text: &str) {
        if let Some(Overlay::Command(mut line)) = self.overlay.take() {
            line.prompt.paste(text, &Names(self));
            self.overlay = Some(Overlay::Command(line));
        }
    }

    /// The `:` line offers what there is now.
    pub(super) fn refresh_command(&mut self) {
        if !matches!(self.overlay, Some(Overlay::Command(_))) {
            return;
        }
        if let Some(Overlay::Command(mut line)) = self.overlay.take() {
            line.prompt.refresh(&Names(self));
            self.overlay = Some(Overlay::Command(line));
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
            palette::Outcome::Looking(search) => {
                self.overlay = Some(Overlay::Palette(palette));
                vec![Effect::Search(search)]
            }
            palette::Outcome::Edit(line) => {
                let prompt = command::Prompt::new(&line, &Names(self));
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
        if !matches!(self.overlay, Some(Overlay::Palette(_))) {
            return;
        }
        self.index_many();
        let index = Index::new(self.few_items(), self.many_items());
        if let Some(Overlay::Palette(palette)) = &mut self.overlay
            && let Some(search) = palette.set(index, &self.typed_before)
        {
            self.outbox.push(Effect::Search(Box::new(search)));
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
            Kind::Ingress => Ok(self.show(screen::Id::Ingresses)),
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

    /// The few that the palette finds and that change with the moment.
    fn few_items(&self) -> Part {
        let mut few: Vec<Item> =
            action::all().filter(|row| row.by_name()).map(|row| self.action_item(row)).collect();
        if action::named("theme").is_some_and(|row| !row.args.is_empty()) {
            let choice = |name| Item::choice(palette::Sort::Theme, "theme", name);
            few.extend(self.theme.names().map(choice));
        }
        Part::new(few)
    }

    /// The many as far as they are known.
    fn many_items(&self) -> Arc<Many> {
        self.palette_many.as_ref().map(|(_, many)| Arc::clone(many)).unwrap_or_default()
    }

    /// The many are made anew after the World changed: aside when there are very many.
    fn index_many(&mut self) {
        let world = &self.view.world;
        let known = self.palette_many.as_ref().is_some_and(|(of, _)| Arc::ptr_eq(of, world));
        if known || self.indexing {
            return;
        }
        let world = Arc::clone(world);
        if world.len() <= INDEXED {
            self.palette_many = Some((Arc::clone(&world), Arc::new(Many::of(&world))));
        } else {
            self.indexing = true;
            self.outbox.push(Effect::Index(world));
        }
    }

    /// Takes the many that were made aside.
    pub(super) fn indexed(&mut self, world: Arc<World>, many: Arc<Many>) {
        self.indexing = false;
        self.palette_many = Some((world, many));
        self.refresh_palette();
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

    fn arguments(&self, name: &str, before: &[String], word: &str) -> Vec<Candidate> {
        let state = self.0;
        let full = state.in_full(name);
        let name = full.split_whitespace().next().unwrap_or(name);
        let Some(row) = action::named(name) else {
            return state.kind_typed(name).map_or_else(Vec::new, |kind| self.of_kind(&kind, before, word));
        };
        if lists(row) {
            return if before.is_empty() { self.namespaces() } else { Vec::new() };
        }
        row.args.get(before.len()).map_or_else(Vec::new, |arg| self.of(arg.kind, before, word))
    }
}

impl Names<'_> {
    fn of(&self, kind: ArgKind, before: &[String], word: &str) -> Vec<Candidate> {
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
                // Few names stand for very many backends.
                let names: HashSet<&str> =
                    all.flat_map(|rule| &rule.backends).map(|backend| backend.name.as_str()).collect();
                let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
                names.sort();
                names.truncate(OFFERED);
                plain(names)
            }
            ArgKind::StandIn => plain(
                state.view.stand_ins.iter().map(|stand_in| stand_in.backend.service.to_string()).collect(),
            ),
            ArgKind::Object => {
                let kind = before.last().and_then(|typed| state.kind_typed(typed));
                let world = &state.view.world;
                let kinds = world.kinds().map(|(own, _)| own);
                self.objects(kinds.filter(|own| kind.as_ref().is_none_or(|kind| kind == *own)), word)
            }
            ArgKind::OneOf(words) => words.iter().map(|word| Candidate::new(*word, "")).collect(),
            ArgKind::Path | ArgKind::Number | ArgKind::Text => Vec::new(),
        }
    }

    fn namespaces(&self) -> Vec<Candidate> {
        let all = std::iter::once(Candidate::new("all", "all namespaces"));
        let help = |count: usize| Cow::from(format!("{count} objects"));
        all.chain(self.0.namespaces().iter().map(|(name, count)| Candidate::new(&**name, help(*count))))
            .collect()
    }

    fn of_kind(&self, kind: &Kind, before: &[String], word: &str) -> Vec<Candidate> {
        if !before.is_empty() {
            return Vec::new();
        }
        let mut all = if kind.namespaced() { self.namespaces() } else { Vec::new() };
        all.extend(self.objects(std::iter::once(kind), word));
        all
    }

    /// Objects of some kinds that hold a word.
    fn objects<'k>(&self, kinds: impl Iterator<Item = &'k Kind>, word: &str) -> Vec<Candidate> {
        let world = &self.0.view.world;
        let mut offered = Vec::new();
        let holds = Query::text(word);
        let mut lower = String::new();
        for (kind, (namespace, name)) in
            kinds.flat_map(|kind| world.names(kind).map(move |name| (kind, name))).take(LOOKED_AT)
        {
            lower.clear();
            if !namespace.is_empty() {
                fold_into(namespace, &mut lower);
                lower.push('/');
            }
            fold_into(name, &mut lower);
            if holds.matches(&Haystack { text: &lower, object: None }) {
                let key = Key::new(kind.clone(), Arc::clone(namespace), Arc::clone(name));
                offered.push(Candidate::new(key.path(), kind.name().to_owned()));
                if offered.len() >= OFFERED {
                    break;
                }
            }
        }
        offered
    }
}
