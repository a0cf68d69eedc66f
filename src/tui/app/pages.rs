//! Reading: the faces of a page, its folds, what is looked for in it, and the way from reference to reference.

use std::sync::Arc;

use super::{Choice, Effect, Face, Menu, Overlay, Page, Prompt, Spot, State};
use crate::{
    resource::{Key, Kind},
    routing::BackendId,
    tui::{
        action::{self, Arg, ArgKind, Group, Place, Row},
        facts::{
            Tone,
            describe::About,
            links, objects,
            page::{Link, Target},
        },
        screen,
    },
};

/// Pages on top of each other; nobody goes back further.
const DEEPEST: usize = 100;

const OBJECT: &[Arg] = &[Arg::optional("KIND", ArgKind::Kind), Arg::optional("NAME", ArgKind::Object)];

/// The faces of what is selected.
#[rustfmt::skip]
pub const FACES: &[Row] = &[
    Row::new("describe", &["d"], "all about the object: conditions with their cure, rules, references, events", Group::Reading, pages, |state, args| face(state, args, Face::Describe)).hint("describe").quiet().takes(OBJECT).off(nothing),
    Row::new("yaml", &["y"], "the text of the object, with the lines of your file", Group::Reading, pages, |state, args| face(state, args, Face::Yaml)).hint("yaml").quiet().takes(OBJECT).off(nothing),
    Row::new("topology", &["T"], "who sends to the object and what it sends to, with health and requests/s", Group::Reading, pages, |state, args| face(state, args, Face::Topology)).hint("topology").quiet().takes(OBJECT).off(nothing),
    Row::new("diff", &["D"], "what changed last in the object; or how it differs from the marked one", Group::Reading, pages, |state, args| face(state, args, Face::Diff)).takes(OBJECT).off(nothing),
    Row::new("mark", &["M"], "mark the object, to compare another with it", Group::Reading, pages, mark).off(nothing),
    Row::new("jump", &["J"], "choose from all that the object refers to and is referred to by", Group::Reading, pages, jump).takes(&[Arg::optional("NUMBER", ArgKind::Number)]).off(nothing),
    Row::new("xray", &[], "as `topology`", Group::Reading, pages, |state, args| face(state, args, Face::Topology)).takes(OBJECT).off(nothing),
];

/// What can be done on a page.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("follow", &["enter"], "go to what the line refers to, or open what it folds", Group::Reading, here, follow).hint("go").saying(leads).quiet().off(nowhere),
    Row::new("next-face", &["tab"], "the next face: describe, YAML, topology, diff", Group::Reading, here, |state, _| turn(state, 1)).hint("face"),
    Row::new("previous-face", &["backtab"], "the face before", Group::Reading, here, |state, _| turn(state, -1)),
    Row::new("search", &["/"], "look for a text in the page", Group::Reading, here, search).hint("search").takes(&[Arg::optional("TEXT", ArgKind::Text)]),
    Row::new("next-match", &["n"], "the next place that has it", Group::Reading, here, |state, _| Ok(again(state, false))).off(no_search),
    Row::new("previous-match", &["N"], "the place before", Group::Reading, here, |state, _| Ok(again(state, true))).off(no_search),
    Row::new("fold", &["h", "left"], "close what the line folds, or go to what holds it", Group::Reading, here, |state, _| Ok(fold(state, Some(false)))),
    Row::new("unfold", &["l", "right"], "open what the line folds", Group::Reading, here, |state, _| Ok(fold(state, Some(true)))),
    Row::new("fold-turn", &["space"], "open or close what the line folds", Group::Reading, here, |state, _| Ok(fold(state, None))),
    Row::new("fold-all", &["-"], "close all folds", Group::Reading, here, |state, _| Ok(fold_all(state, false))),
    Row::new("unfold-all", &["+", "="], "open all folds", Group::Reading, here, |state, _| Ok(fold_all(state, true))),
    Row::new("backward", &["["], "back to where one came from", Group::Reading, here, |state, _| Ok(state.back())),
    Row::new("forward", &["]"], "again to where one came back from", Group::Reading, lists, |state, _| Ok(forward(state))).off(no_way).quiet(),
];

fn here(place: Place) -> bool {
    place == Place::Detail
}

/// Where `]` is free: in the rehearsal it tells a stand-in to fail more.
fn lists(place: Place) -> bool {
    (place.list() && place != Place::Rehearsal) || here(place)
}

fn pages(place: Place) -> bool {
    place.objects() || here(place)
}

fn nothing(state: &State) -> Option<String> {
    state.selected().is_none().then(|| "nothing is selected".to_owned())
}

fn no_search(state: &State) -> Option<String> {
    let find = state.page_seen().map(|page| page.find.as_str()).unwrap_or_default();
    find.is_empty().then(|| "nothing was looked for: /".to_owned())
}

fn no_way(state: &State) -> Option<String> {
    state.ahead.is_empty().then(|| "there is no way forward".to_owned())
}

fn nowhere(state: &State) -> Option<String> {
    let line = state.page_seen().and_then(Page::line);
    let leads = line.is_some_and(|line| !line.links.is_empty() || line.fold.is_some());
    (!leads).then(|| "this line leads nowhere".to_owned())
}

/// Where Enter leads, for the footer.
fn leads(state: &State) -> String {
    let Some(page) = state.page_seen() else { return "go".to_owned() };
    match (page.link(), page.line().and_then(|line| line.fold.as_ref())) {
        (Some(link), _) => format!("→ {}", link.target.name()),
        (None, Some(fold)) if fold.id.ends_with('+') => "more".to_owned(),
        (None, Some(fold)) if fold.open => "fold".to_owned(),
        (None, Some(_)) => "unfold".to_owned(),
        (None, None) => "go".to_owned(),
    }
}

fn face(state: &mut State, args: &[String], face: Face) -> Result<Vec<Effect>, String> {
    let typed = if args.is_empty() { None } else { Some(state.object_typed(args)?) };
    match typed {
        Some(key) => state.open_page(About::Object(key), face),
        None => state.show_face(face)?,
    }
    Ok(Vec::new())
}

fn mark(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let key = state.selected_object().ok_or("nothing is selected that could be compared")?;
    if state.marked.as_ref() == Some(&key) {
        state.marked = None;
        state.note(Tone::Dim, format!("{key} is not marked any more"));
    } else {
        state.note(Tone::Dim, format!("{key} is marked: D on another {} shows how they differ", key.kind));
        state.marked = Some(key);
    }
    Ok(Vec::new())
}

/// Goes to a reference by its number, or lets a person choose.
fn jump(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let about = state.selected().ok_or("nothing is selected")?;
    let links = links::links(&state.known(), &about);
    if let Some(typed) = args.first() {
        let number: usize = typed.parse().map_err(|_| format!("`{typed}` is no number"))?;
        let link = number.checked_sub(1).and_then(|at| links.into_iter().nth(at));
        let link = link.ok_or_else(|| format!("there is no reference {number}"))?;
        return state.go_to(link.target);
    }
    let action = action::named("jump").ok_or("jump is not in the table")?;
    let own = Target::About(about.clone());
    let items: Vec<Choice> = links
        .into_iter()
        .enumerate()
        .filter(|(_, link)| link.target != own && !matches!(link.target, Target::Text(..)))
        .map(|(at, link)| Choice {
            key: None,
            label: link.target.name(),
            detail: link.words,
            off: None,
            action,
            args: vec![(at + 1).to_string()],
        })
        .collect();
    if items.is_empty() {
        return Err(format!("{} refers to nothing, and nothing to it", about.name()));
    }
    state.menu(Menu { title: format!("From {} to", about.name()), items, at: 0, moved: None, left: None });
    Ok(Vec::new())
}

fn turn(state: &mut State, by: isize) -> Result<Vec<Effect>, String> {
    let Some(page) = state.page_seen() else { return Ok(Vec::new()) };
    let at = (page.face as isize + by).rem_euclid(Face::ALL.len() as isize);
    state.show_face(Face::ALL[at as usize])?;
    Ok(Vec::new())
}

fn search(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    if !args.is_empty() {
        return look_for(state, &args.join(" "));
    }
    state.overlay =
        Some(Overlay::Prompt(Prompt { label: "/".to_owned(), text: String::new(), then: look_for }));
    Ok(Vec::new())
}

/// Goes to the first place from here that has a text. With no text nothing is looked for any more.
fn look_for(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let mut found = true;
    state.on_page(|page| {
        text.clone_into(&mut page.find);
        let at = page.next_found(text, false, true);
        found = text.is_empty() || at.is_some();
        if let Some(at) = at {
            page.go(at);
        }
    });
    if found { Ok(Vec::new()) } else { Err(format!("`{text}` is not on this page")) }
}

fn again(state: &mut State, back: bool) -> Vec<Effect> {
    state.on_page(|page| {
        if let Some(at) = page.next_found(&page.find, back, false) {
            page.go(at);
        }
    });
    Vec::new()
}

fn fold(state: &mut State, open: Option<bool>) -> Vec<Effect> {
    state.with_page(|page| {
        let is = page.line().and_then(|line| line.fold.as_ref()).map(|fold| fold.open);
        match (open, is) {
            // What is closed, or folds nothing, goes to what holds it.
            (Some(false), Some(false) | None) => page.go_stem(),
            (Some(true), Some(true) | None) => {}
            (_, Some(_)) | (None, None) => {
                page.fold(open);
            }
        }
    });
    Vec::new()
}

fn fold_all(state: &mut State, open: bool) -> Vec<Effect> {
    state.with_page(|page| page.fold_all(open));
    Vec::new()
}

fn follow(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    if let Some(Link { target, .. }) = state.page_seen().and_then(Page::link).cloned() {
        return state.go_to(target);
    }
    Ok(fold(state, None))
}

fn forward(state: &mut State) -> Vec<Effect> {
    if let Some(spot) = state.ahead.pop() {
        state.spots.push(spot);
        state.with_page(|_| {});
    }
    Vec::new()
}

impl State {
    /// Changes where one is on the page that is seen; its lines stay.
    pub(super) fn on_page(&mut self, change: impl FnOnce(&mut Page)) {
        if let Some(Spot::Detail(page)) = self.spots.last_mut() {
            change(page);
        }
    }

    /// Opens a page.
    pub fn open_page(&mut self, about: About, face: Face) {
        let mut page = Page::new(about, face);
        page.against = self.against(&page.about);
        self.push_page(page);
    }

    fn push_page(&mut self, mut page: Page) {
        self.fill(&mut page);
        self.ahead.clear();
        self.spots.push(Spot::Detail(page));
        if self.spots.len() > DEEPEST {
            self.spots.remove(1);
        }
    }

    /// Shows a face of the page that is seen, or of what is selected.
    fn show_face(&mut self, face: Face) -> Result<(), String> {
        let about = self.selected().ok_or("nothing is selected")?;
        if matches!(about, About::Findings(_)) && face != Face::Describe {
            return Err(format!("there is no {} of several things", face.title()));
        }
        if self.page_seen().is_none() {
            self.open_page(about, face);
            return Ok(());
        }
        let against = self.against(&about);
        self.with_page(|page| {
            page.face = face;
            page.against = against;
        });
        Ok(())
    }

    /// What is marked, where that can be compared with this.
    fn against(&self, about: &About) -> Option<Key> {
        let key = about.key()?;
        self.marked.clone().filter(|marked| *marked != key && marked.kind == key.kind)
    }

    /// Goes where a line leads.
    pub fn go_to(&mut self, target: Target) -> Result<Vec<Effect>, String> {
        let face = self.page_seen().map_or(Face::Describe, |page| page.face);
        match target {
            Target::About(about) => {
                let there = about.key().is_some_and(|key| self.view.world.get(&key).is_some());
                let face = match face {
                    Face::Yaml | Face::Topology if there => face,
                    Face::Describe | Face::Diff | Face::Yaml | Face::Topology => Face::Describe,
                };
                self.open_page(about, face);
            }
            Target::Text(key, field) => {
                let field = crate::tui::facts::links::quoted(&field);
                self.push_page(Page::new(About::Object(key), Face::Yaml).at_field(field));
            }
            Target::StandIn(backend) => return self.go_to_stand_in(&backend),
        }
        Ok(Vec::new())
    }

    /// Goes to the line of a stand-in in the rehearsal; Esc comes back.
    fn go_to_stand_in(&mut self, backend: &Arc<BackendId>) -> Result<Vec<Effect>, String> {
        let around = self.around();
        let list = &mut self.screens.rehearsal.stand_ins;
        let place = |list: &crate::tui::selection::List<crate::rehearsal::StandInView>| {
            (0..list.len()).find(|at| list.item(*at).is_some_and(|one| one.backend == *backend))
        };
        if place(list).is_none() {
            // A filter keeps it away.
            list.filter = crate::tui::selection::Filter::default();
            let _ = crate::tui::selection::Lines::arrange(list, &around);
        }
        let Some(at) = place(list) else {
            return Err(format!("no stand-in answers for {}:{}", backend.service, backend.port));
        };
        list.step(at as isize - list.at() as isize);
        self.screens.rehearsal.pane = screen::rehearsal::Pane::StandIns;
        self.spots.push(Spot::Screen(screen::Id::Rehearsal));
        Ok(Vec::new())
    }

    /// An object as a person types it: `httproute shop/app`, `httproute/shop/app`, `shop/app`, `app`.
    ///
    /// # Errors
    /// No such kind, no such object, or several.
    pub fn object_typed(&self, words: &[String]) -> Result<Key, String> {
        let world = &self.view.world;
        let typed = words.join(" ");
        let split =
            |word: &str| word.split_once(['/', ' ']).map(|(kind, name)| (kind.to_owned(), name.to_owned()));
        let kind = split(&typed).and_then(|(kind, name)| Some((objects::kind_typed(world, &kind)?, name)));
        let (kinds, name): (Vec<Kind>, String) = match kind {
            Some((kind, name)) => (vec![kind], name),
            None => (world.kinds().map(|(kind, _)| kind.clone()).collect(), typed.clone()),
        };
        let fits = |key: &Key| key.path() == name || *key.name == *name;
        let mut found: Vec<Key> = Vec::new();
        for kind in &kinds {
            found.extend(world.list(kind).map(|object| &object.key).filter(|key| fits(key)).cloned());
        }
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(format!("`{typed}` is not among the objects")),
            several => {
                let names: Vec<String> = several.iter().take(4).map(ToString::to_string).collect();
                Err(format!("`{typed}` is {} objects: {}", several.len(), names.join(", ")))
            }
        }
    }
}
