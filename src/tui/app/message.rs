//! What comes into the state, and what goes out of it.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;

use super::{Derived, Draft, Intent};
use crate::{
    comparison::Accepted,
    config::{Config, Mistake},
    inventory,
    rehearsal::{
        Answered, Fault, LoadSetting, Mix, Question, SideFault, Switch, Switched, Tail, Unanswered,
        Unswitched, View,
    },
    resource::{Key, Origin, Problem},
    rollout::WeightPlan,
    routing::{BackendId, Side},
    source::{Lines, Passage, Planned},
    tui::{
        facts::{
            Tone,
            compare::{Acceptable, Comparison},
            ingresses::Inventory,
            switch,
            told::Told,
        },
        keep::{Gathering, Saving},
        palette::{Found, Many, Search},
        screen::{
            ListId,
            explain::{Looked as Near, Looking},
        },
        selection::{Arranged, Job},
        theme::Shelf,
    },
    world::World,
};

/// What comes in.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(crossterm::event::KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// Something was done with the mouse.
    Mouse(crossterm::event::MouseEvent),
    /// The terminal got the focus, or lost it.
    Focus(bool),
    /// A user's own themes were read again; with what could not be read of them.
    Themes(Arc<Shelf>, Vec<String>),
    /// The terminal has another size.
    Resize,
    /// There is a newer view.
    View(Arc<View>),
    /// The newest requests.
    Tail(Tail),
    /// Something happened that is worth a line.
    Note(Tone, String),
    /// The clock.
    Tick(Timestamp),
    /// An edit was tried.
    Planned(Intent, WeightPlan, Result<Planned, String>),
    /// Taking back the newest change of a route was tried.
    UndoPlanned(Key, Result<Planned, String>),
    /// An edit was made.
    Applied(String, Result<(), String>),
    /// A step of a plan was made, of this route and rule.
    Stepped(Key, usize, Result<(), String>),
    /// An edit was taken back.
    Undone(Result<String, String>),
    /// The text of an object's document.
    Passage(Key, Result<Passage, String>),
    /// The editor ended: the text, or why there is none.
    Edited(Draft, Result<String, String>),
    /// An edit of a document was tried.
    DocumentPlanned(Draft, Result<(Planned, Vec<Problem>), String>),
    /// Mistakes that no condition shows were looked for.
    Judged(Arc<Told>),
    /// The Ingresses of a view were looked at.
    Surveyed(Arc<Inventory>),
    /// Both sides were compared.
    Compared(Arc<Comparison>),
    /// Lists and findings were made.
    Derived(Box<Derived>),
    /// Where the fields of an object stand in its file; none when that can not be known.
    Source(Key, Option<Arc<Lines>>),
    /// Rows of a list were arranged.
    Arranged(ListId, Arranged),
    /// Namespaces and objects of a World were made ready for the palette.
    Indexed(Arc<World>, Arc<Many>),
    /// The palette's items were searched.
    Found(Found),
    /// Near misses of a request were looked for.
    Looked(Near),
    /// What came of a request that was sent, by its number.
    Answered(u64, Box<Result<Answered, Unanswered>>),
    /// The config file was saved, and read.
    Config(Box<Result<Config, Vec<Mistake>>>),
    /// Preflight looked at hostnames, in this view.
    Preflighted(Arc<View>, switch::Found),
    /// Differences were accepted, in words, or why not.
    Accepted(Result<String, String>),
    /// An order about names was given.
    Switched(Result<Vec<Switched>, Vec<Unswitched>>),
    /// More rows are to be gathered that shall be saved.
    Gather(Box<Gathering>),
    /// The rehearsal is gone.
    Closed,
}

/// What goes out.
#[derive(Debug)]
pub enum Effect {
    /// Try an edit.
    Plan(Intent, WeightPlan),
    /// Make it.
    Apply(Planned, String),
    /// Make a step of a plan, of this route and rule.
    Step(Key, usize, Planned, String),
    /// Try to take back the newest change of a route.
    PlanUndo(Key),
    /// Take it back.
    Undo(Key),
    /// Get the text of an object's document.
    Passage(Key),
    /// Open it in the editor.
    Editor(Draft),
    /// Try to put what was written in its place.
    PlanDocument(Draft, String),
    /// Remove a file of the editor.
    Discard(PathBuf),
    /// Tell a stand-in what to do wrong.
    Fault(Arc<BackendId>, Fault),
    /// Set the load.
    Load(LoadSetting),
    /// What the load asks for.
    Mix(Mix),
    /// Read a recording and have the load send it.
    LoadFrom(PathBuf),
    /// Whether requests are followed as they go through the gateway.
    Watch(bool),
    /// Look for mistakes that no condition shows.
    Judge(Arc<View>),
    /// Look at the Ingresses of a view.
    Survey(Arc<View>, Box<inventory::Options>),
    /// Compare both sides of a view, with the file of what is accepted, and what is accepted for this session.
    Compare(Arc<View>, Option<PathBuf>, Accepted),
    /// Write that file.
    Accept(Box<Acceptable>),
    /// Make lists and findings of a view.
    Derive(Arc<View>, Arc<Told>),
    /// Find where the fields of an object stand in its file.
    Source(Key, Origin),
    /// Arrange the rows of a list aside.
    Arrange(ListId, Job),
    /// Make namespaces and objects of a World ready for the palette.
    Index(Arc<World>),
    /// Search the palette's items aside.
    Search(Box<Search>),
    /// Keep a `:` line for the next run.
    Remember(String),
    /// Look for near misses of a request aside.
    Look(Box<Looking>),
    /// Send a request through the gateway; its number.
    Ask(u64, Box<Question>),
    /// Have preflight look at hostnames aside; whether both sides are asked over the wire too.
    Preflight(Box<switch::Looking>, bool),
    /// Give an order about names.
    Switch(Box<Switch>),
    /// Have something go wrong at one side for these hosts, or nothing any more.
    Wrong(Side, Option<SideFault>, Vec<String>),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Put a text on the terminal's clipboard.
    Copy(String),
    /// Write a file.
    Save(Box<Saving>),
    /// Come back for more rows to be saved, after what else there is to do.
    Gather(Box<Gathering>),
    /// Draw everything again.
    Redraw,
    /// Stop, and come back.
    Suspend,
    /// End.
    Quit,
    /// End, because the rehearsal did by itself.
    Lost,
}
