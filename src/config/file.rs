//! `config.toml`: what may stand in it, read whole, every mistake with its line.
//!
//! Each part reads itself. Names of things that other rooms own (actions, screens, columns, themes) are kept as
//! they were written, with their lines, for [`Config::check`].

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use toml::de::DeTable;

use super::{
    inventory::{InventoryRule, rules},
    mistake::Mistake,
    section::{At, Desk, Section, Value},
    sources::{Source, sources},
};

/// Bytes of a file that is read.
const LARGEST: u64 = 1024 * 1024;
/// Seconds between two measurements: less would measure the measuring, and rates over ten seconds want several.
const REFRESH: (f64, f64) = (0.25, 4.0);
/// Favourite namespaces: one for each number key but 0.
const FAVOURITES: usize = 9;

/// What the file says; nothing where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The file that it came from; empty for the defaults.
    pub file: PathBuf,
    /// Name of a theme.
    pub theme: Option<At<String>>,
    /// Whether there is colour, and how much; `256` may stand without quotes.
    pub color: Option<At<String>>,
    /// Draw with ASCII only.
    pub ascii: Option<bool>,
    /// No movement that is not data.
    pub reduced_motion: Option<bool>,
    /// Take the mouse from the start.
    pub mouse: Option<bool>,
    /// Time between two measurements, 0.25 s to 4 s.
    pub refresh: Option<Duration>,
    /// Namespaces for the number keys, nine at most.
    pub favourites: Vec<At<String>>,
    /// Keys by name of action; an empty list unbinds. The line is that of the action's name.
    pub keys: BTreeMap<String, At<Vec<At<String>>>>,
    /// `:` lines by the name that stands for them.
    pub aliases: BTreeMap<String, At<String>>,
    /// Columns that are shown, in this order, by name of screen. The line is that of the screen's name.
    pub columns: BTreeMap<String, At<Vec<At<String>>>>,
    /// What holds for some sources only; the first that matches is the one.
    pub sources: Vec<Source>,
    /// What the user says of annotations of Ingresses; the first that fits counts.
    pub inventory_rules: Vec<InventoryRule>,
}

impl Config {
    /// Reads a file. One that is not there is an error of its own, `not_found`, which a caller may take for empty.
    ///
    /// # Errors
    /// Every mistake in it, in the order of its lines.
    pub fn read(file: &Path) -> Result<Self, Vec<Mistake>> {
        let whole = |message: String, fix: &str| vec![Mistake::new(file, None, message, fix)];
        let mut bytes = Vec::new();
        let opened = fs::File::open(file).and_then(|open| open.take(LARGEST + 1).read_to_end(&mut bytes));
        if let Err(error) = opened {
            return Err(whole(format!("the config can not be read: {error}"), ""));
        }
        if bytes.len() as u64 > LARGEST {
            return Err(whole("the config is larger than 1 MiB".to_owned(), "this is another file"));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = memchr::memchr_iter(b'\n', valid).count() + 1;
            vec![Mistake::new(file, u32::try_from(line).ok(), "this is no UTF-8", "save it as UTF-8")]
        })?;
        Self::parse(&text, file)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Every mistake in it, in the order of its lines.
    pub fn parse(text: &str, file: &Path) -> Result<Self, Vec<Mistake>> {
        let mut desk = Desk { file, text, mistakes: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let message = error.message().trim().replace('\n', ", ");
            desk.wrong(&error.span().unwrap_or(0..0), format!("this is no TOML: {message}"), "");
        }
        let mut config = Self { file: file.to_path_buf(), ..Self::default() };
        // What a half parsed text means is anybody's guess.
        if errors.is_empty() {
            config.fill(Section::root(table.get_ref()), &mut desk);
        }
        let mut mistakes = desk.mistakes;
        mistakes.sort_by_key(|mistake| mistake.line);
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }

    /// What holds for a source: the first part that matches one of its names.
    pub fn source<'n>(&self, names: impl IntoIterator<Item = &'n str> + Clone) -> Option<&Source> {
        self.sources.iter().find(|source| names.clone().into_iter().any(|name| source.matches(name)))
    }

    fn fill(&mut self, mut root: Section<'_, '_>, desk: &mut Desk<'_>) {
        self.theme = root.take("theme").and_then(|value| desk.text("theme", value));
        self.color = root.take("color").and_then(|value| color(desk, value));
        self.ascii = root.take("ascii").and_then(|value| desk.flag("ascii", value));
        self.reduced_motion =
            root.take("reduced_motion").and_then(|value| desk.flag("reduced_motion", value));
        self.mouse = root.take("mouse").and_then(|value| desk.flag("mouse", value));
        let refresh = root.take("refresh").and_then(|v| desk.number("refresh", v, REFRESH.0, REFRESH.1));
        self.refresh = refresh.map(Duration::from_secs_f64);
        self.favourites = root.take("favourites").map(|value| favourites(desk, value)).unwrap_or_default();
        self.keys = root.take("keys").map(|value| lists(desk, "keys", value, true)).unwrap_or_default();
        self.aliases = root.take("aliases").map(|value| aliases(desk, value)).unwrap_or_default();
        self.columns =
            root.take("columns").map(|value| lists(desk, "columns", value, false)).unwrap_or_default();
        self.sources = root.take("source").map(|value| sources(desk, value)).unwrap_or_default();
        self.inventory_rules = root.take("inventory").map(|value| rules(desk, value)).unwrap_or_default();
        root.end(desk);
    }
}

fn color(desk: &mut Desk<'_>, value: &Value<'_>) -> Option<At<String>> {
    // `256` without quotes is what one writes first.
    let number = value.get_ref().as_integer().map(|number| number.as_str().to_owned());
    match number {
        Some(number) => Some(desk.at(&value.span(), number)),
        None => desk.text("color", value),
    }
}

fn favourites(desk: &mut Desk<'_>, value: &Value<'_>) -> Vec<At<String>> {
    let names = desk.texts("favourites", value).unwrap_or_default();
    for name in &names {
        let is_label = (1..=63).contains(&name.value.len())
            && !name.value.starts_with('-')
            && !name.value.ends_with('-')
            && name.value.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !is_label {
            let message = format!("`{}` is no name of a namespace", name.value);
            let fix = "1 to 63 of a-z, 0-9 and inner `-`";
            desk.mistakes.push(Mistake::new(desk.file, Some(name.line), message, fix));
        }
    }
    if names.len() > FAVOURITES {
        let message = format!("{} favourites, for {FAVOURITES} number keys", names.len());
        desk.wrong(&value.span(), message, "leave some out");
    }
    names
}

/// A list of texts for each name; one text alone is a list of one where `alone` says so.
fn lists(
    desk: &mut Desk<'_>,
    section: &str,
    value: &Value<'_>,
    alone: bool,
) -> BTreeMap<String, At<Vec<At<String>>>> {
    let mut all = BTreeMap::new();
    let Some(table) = Section::of(desk, section, value) else { return all };
    for (name, span, value) in table.all() {
        let full = format!("{section}.{name}");
        let texts = if alone && value.get_ref().is_str() {
            desk.text(&full, value).map(|text| vec![text])
        } else {
            desk.texts(&full, value)
        };
        if !alone
            && texts.as_ref().is_some_and(Vec::is_empty)
            && value.get_ref().as_array().is_some_and(|l| l.is_empty())
        {
            desk.wrong(
                &value.span(),
                format!("`{full}` shows no column"),
                "name one at least, or leave it out",
            );
        }
        if let Some(texts) = texts {
            all.insert(name.to_owned(), desk.at(&span, texts));
        }
    }
    all
}

fn aliases(desk: &mut Desk<'_>, value: &Value<'_>) -> BTreeMap<String, At<String>> {
    let mut all = BTreeMap::new();
    let Some(table) = Section::of(desk, "aliases", value) else { return all };
    for (name, span, value) in table.all() {
        let Some(mut line) = desk.text(&format!("aliases.{name}"), value) else { continue };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            desk.wrong(&span, format!("`{name}` can not be an alias"), "use letters, digits, `-` and `_`");
            continue;
        }
        // Written as it is typed, or without the sign that opens the line.
        let bare = line.value.trim().trim_start_matches(':').trim_start();
        line = At { value: bare.to_owned(), line: line.line };
        if line.value.is_empty() {
            desk.wrong(&value.span(), format!("alias `{name}` stands for nothing"), "write a command");
        } else if line.value.contains(['\n', '\r']) {
            desk.wrong(&value.span(), format!("alias `{name}` has several lines"), "write one command");
        } else {
            all.insert(name.to_owned(), line);
        }
    }
    all
}

#[cfg(test)]
mod tests;
