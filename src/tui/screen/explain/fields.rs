//! The form: a method, an address, headers; one of them has the cursor.

use crossterm::event::{KeyCode, KeyEvent};

use crate::{
    rehearsal::Sides,
    tui::{
        app::{Effect, State},
        facts::explain::{Form, Place, Which},
        input::Input,
    },
};

/// What is typed.
#[derive(Debug)]
pub struct Fields {
    /// The method.
    pub method: Input,
    /// The address.
    pub url: Input,
    /// `name: value`
    pub headers: Vec<Input>,
    /// Which has the cursor.
    pub at: Place,
    /// Only this Gateway.
    gateway: Option<(String, String)>,
    /// Which side is asked.
    pub which: Which,
}

/// Headers at most.
const MOST: usize = 64;

impl Default for Fields {
    fn default() -> Self {
        Self::of(&Form::default())
    }
}

impl Fields {
    /// The fields of a form, the cursor behind the address.
    pub fn of(form: &Form) -> Self {
        Self {
            method: Input::new(&form.method),
            url: Input::new(&form.url),
            headers: form.headers.iter().map(|header| Input::new(header)).collect(),
            at: Place::Url,
            gateway: form.gateway.clone(),
            which: form.which,
        }
    }

    /// What is typed.
    pub fn form(&self) -> Form {
        Form {
            method: self.method.text().to_owned(),
            url: self.url.text().to_owned(),
            headers: self.headers.iter().map(|header| header.text().to_owned()).collect(),
            gateway: self.gateway.clone(),
            which: self.which,
        }
    }

    /// Only this Gateway is asked: `namespace/name`.
    pub fn gateway(&self) -> Option<String> {
        self.gateway.as_ref().map(|(namespace, name)| format!("{namespace}/{name}"))
    }

    fn input(&mut self) -> &mut Input {
        match self.at {
            Place::Method => &mut self.method,
            Place::Header(at) if at < self.headers.len() => self.headers.get_mut(at).unwrap_or(&mut self.url),
            Place::Header(_) | Place::Url => &mut self.url,
        }
    }

    fn order(&self) -> Vec<Place> {
        let headers = (0..self.headers.len()).map(Place::Header);
        [Place::Method, Place::Url].into_iter().chain(headers).collect()
    }
}

/// Why there is no side to choose.
pub fn one_side(state: &State) -> Option<String> {
    (state.view.sides != Sides::BOTH).then(|| "only one side is served".to_owned())
}

/// Why no header can be removed here.
pub fn no_header(state: &State) -> Option<String> {
    let on_header = matches!(state.screens.explain.fields.at, Place::Header(_));
    (!on_header).then(|| "the cursor is on no header".to_owned())
}

impl State {
    /// A key for the field that has the cursor.
    pub fn type_in_request(&mut self, key: KeyEvent) {
        let fields = &mut self.screens.explain.fields;
        // An empty header goes with the key that would take its next letter.
        if let Place::Header(at) = fields.at
            && matches!(key.code, KeyCode::Backspace | KeyCode::Delete)
            && fields.headers.get(at).is_some_and(Input::is_empty)
        {
            self.remove_header();
            return;
        }
        // Another address may be another Gateway's.
        let before = fields.url.text().to_owned();
        if fields.input().handle(key) {
            if fields.url.text() != before {
                fields.gateway = None;
            }
            self.screens.explain.recalled = None;
            self.explain_again();
        }
    }

    /// Pasted text goes into the field that has the cursor; each further line is a header.
    pub fn paste_in_request(&mut self, text: &str) {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let Some(first) = lines.next() else { return };
        let fields = &mut self.screens.explain.fields;
        if fields.at == Place::Url {
            fields.gateway = None;
        }
        fields.input().paste(first);
        let left = MOST.saturating_sub(fields.headers.len());
        fields.headers.extend(lines.take(left).map(Input::new));
        self.screens.explain.recalled = None;
        self.explain_again();
    }

    /// Asks both sides, the old one, the new one, in turn.
    pub fn turn_side(&mut self) -> Vec<Effect> {
        let fields = &mut self.screens.explain.fields;
        fields.which = match fields.which {
            Which::Both => Which::Old,
            Which::Old => Which::New,
            Which::New => Which::Both,
        };
        self.explain_again();
        Vec::new()
    }

    /// Gives the keys to the form, or to the way.
    pub fn type_request(&mut self, typing: bool) -> Vec<Effect> {
        self.screens.explain.typing = typing;
        Vec::new()
    }

    /// Goes to the next field; behind the last, and before the first, is the way.
    pub fn next_field(&mut self, by: isize) -> Vec<Effect> {
        let explain = &mut self.screens.explain;
        let order = explain.fields.order();
        let now = order.iter().position(|place| *place == explain.fields.at).unwrap_or(0);
        if let Some(next) = now.checked_add_signed(by).and_then(|next| order.get(next)) {
            explain.fields.at = *next;
        } else {
            explain.fields.at = Place::Url;
            explain.typing = false;
        }
        Vec::new()
    }

    /// One more header, to be typed.
    pub fn add_header(&mut self) -> Vec<Effect> {
        let explain = &mut self.screens.explain;
        explain.typing = true;
        let headers = &mut explain.fields.headers;
        let last_is_empty = headers.last().is_some_and(Input::is_empty);
        if !last_is_empty && headers.len() < MOST {
            headers.push(Input::default());
        }
        explain.fields.at = Place::Header(headers.len().saturating_sub(1));
        Vec::new()
    }

    /// Takes the header with the cursor away.
    pub fn remove_header(&mut self) -> Vec<Effect> {
        let fields = &mut self.screens.explain.fields;
        if let Place::Header(at) = fields.at
            && at < fields.headers.len()
        {
            fields.headers.remove(at);
            fields.at = match fields.headers.len() {
                0 => Place::Url,
                left => Place::Header(at.min(left - 1)),
            };
            self.explain_again();
        }
        Vec::new()
    }
}
