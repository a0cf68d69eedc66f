//! Copying: what of the selected thing, and the menu that asks.

use std::sync::Arc;

use super::{COPY, clipboard, commands};
use crate::{
    rehearsal,
    resource::{Key, show},
    routing::Origin,
    tui::{
        app::{Choice, Effect, Menu, Spot, State, find},
        facts::{Tone, describe::About},
        format,
        screen::Id,
        widget::table::Column,
    },
};

/// What can be copied, by the word that says it.
pub const WORDS: &[&str] = &["name", "namespaced", "row", "cell", "yaml", "kubectl", "describe", "curl"];

/// Letter, word and what it is, in the order of the menu.
const LINES: &[(char, &str, &str)] = &[
    ('n', "name", "name"),
    ('s', "namespaced", "namespace/name"),
    ('r', "row", "row, columns apart by tabs"),
    ('c', "cell", "cell: choose its column"),
    ('y', "yaml", "YAML; secrets stay hidden"),
    ('k', "kubectl", "kubectl get … -o yaml"),
    ('d', "describe", "kubectl describe …"),
    ('u', "curl", "curl that asks the rehearsal"),
];

/// Columns that a line of the menu shows of what would be copied.
const SHOWN: usize = 64;

/// Why nothing can be copied here; none when something can.
pub fn nothing(state: &State) -> Option<String> {
    let explained = state.screen() == Id::Explain && state.spots.len() == 1;
    let can = explained || subject(state).is_some() || state.lines().is_some_and(|lines| !lines.is_empty());
    (!can).then(|| "nothing is selected".to_owned())
}

/// Copies what was named, or asks.
pub fn copy(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    match args {
        [] => {
            let menu = menu(state);
            state.menu(menu);
            Ok(Vec::new())
        }
        [cell] if cell == "cell" => {
            let menu = columns(state)?;
            state.menu(menu);
            Ok(Vec::new())
        }
        [what, rest @ ..] => {
            let text = text(state, what, rest.first().map(String::as_str))?;
            if let Some(why) = clipboard::refuses(&text) {
                return Err(why);
            }
            let size = match text.len() {
                1 => "1 byte".to_owned(),
                bytes => format!("{} bytes", format::grouped(bytes as u64)),
            };
            let what = match rest.first() {
                Some(column) => format!("{what} {column}"),
                None => what.clone(),
            };
            // A terminal never says whether it took it.
            let allowed = if state.tmux {
                "if tmux (set-clipboard or allow-passthrough on) and the terminal allow it"
            } else {
                "if the terminal allows it (OSC 52)"
            };
            state.note(Tone::Good, format!("copied {what}: {size}, {allowed}"));
            Ok(vec![Effect::Copy(text)])
        }
    }
}

fn menu(state: &State) -> Menu {
    let items = LINES.iter().map(|(key, word, label)| {
        let made =
            if *word == "cell" { columns(state).map(|_| String::new()) } else { text(state, word, None) };
        let (detail, off) = match made {
            Ok(text) => (detail(&text), clipboard::refuses(&text)),
            Err(why) => (String::new(), Some(why)),
        };
        Choice {
            key: Some(*key),
            label: (*label).to_owned(),
            detail,
            off,
            action: &COPY,
            args: vec![(*word).to_owned()],
        }
    });
    let title = match subject(state) {
        Some(about) => format!("copy of {}", about.name()),
        None => "copy".to_owned(),
    };
    Menu { title, items: items.collect(), at: 0, moved: None, left: None }
}

/// The beginning of a text, and how long it is when that is not all.
fn detail(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().trim().replace('\t', "  ");
    let more = lines.count();
    if more > 0 {
        return format!("{} lines, {} bytes", more + 1, format::grouped(text.len() as u64));
    }
    format::fit(&format::clean(&first), SHOWN).into_owned()
}

/// The columns of the list, each with what the selected row has in it.
fn columns(state: &State) -> Result<Menu, String> {
    let cells = cells(state)?;
    let items = cells.into_iter().map(|(name, text)| Choice {
        key: None,
        label: name.clone(),
        off: text.is_empty().then(|| "empty".to_owned()),
        detail: detail(&text),
        action: &COPY,
        args: vec!["cell".to_owned(), name],
    });
    Ok(Menu {
        title: "copy the cell of a column".to_owned(),
        items: items.collect(),
        at: 0,
        moved: None,
        left: None,
    })
}

/// What can be copied under this word.
///
/// # Errors
/// Why it can not.
fn text(state: &State, what: &str, column: Option<&str>) -> Result<String, String> {
    if let Some(column) = column.filter(|_| what != "cell") {
        return Err(format!("`{what}` takes nothing behind it, and there stands `{column}`"));
    }
    match what {
        "name" => named(state).map(|key| format::clean(&key.name).into_owned()),
        "namespaced" => named(state).map(|key| format::clean(&key.path()).into_owned()),
        "row" => {
            let cells = cells(state)?;
            let texts: Vec<String> = cells.into_iter().map(|(_, text)| text).collect();
            Ok(texts.join("\t"))
        }
        "cell" => {
            let wanted = column.ok_or("say which column")?;
            let cells = cells(state)?;
            let at = state.lines().map_or(Ok(0), |lines| find::column(lines, wanted))?;
            Ok(cells.into_iter().nth(at).map(|(_, text)| text).unwrap_or_default())
        }
        "yaml" => {
            let key = named(state)?;
            let object = state.view.world.get(&key).ok_or_else(|| format!("{key} does not exist"))?;
            let mut value = show::shown(object);
            // As kubectl: who changed which field is of no use to anyone who reads it.
            if let Some(metadata) = value.pointer_mut("/metadata").and_then(|it| it.as_object_mut()) {
                metadata.remove("managedFields");
            }
            Ok(show::clean_lines(&show::to_yaml(&value)))
        }
        "kubectl" => named(state).map(|key| commands::get(&key)),
        "describe" => named(state).map(|key| commands::describe(&key)),
        "curl" => curl(state),
        other => Err(format!("`{other}` can not be copied; there are {}", WORDS.join(", "))),
    }
}

/// What the keys are about: the selected thing, or that of the page.
fn subject(state: &State) -> Option<About> {
    match state.spots.last()? {
        Spot::Detail(detail) => Some(detail.about.clone()),
        Spot::Screen(_) | Spot::Canary(..) => state.selected(),
        Spot::Help(_) => None,
    }
}

fn named(state: &State) -> Result<Key, String> {
    match subject(state) {
        Some(About::Object(key)) => Ok(key),
        Some(About::Listener(id)) => Ok(commands::gateway(&id.port.entry)),
        Some(About::Findings(_)) => Err("no single object is behind this line".to_owned()),
        None => Err("no object is selected".to_owned()),
    }
}

/// The cells of the selected row by the names of their columns.
fn cells(state: &State) -> Result<Vec<(String, String)>, String> {
    let lines = state.lines().ok_or("only lists have rows")?;
    let cells = lines.cells(lines.at(), state).ok_or("no row is selected")?;
    let names = lines.columns().iter().map(Column::name);
    let texts = cells.iter().map(|cell| format::clean(cell.text().trim()).into_owned());
    Ok(names.zip(texts).collect())
}

/// A line that asks the listener, the route, or the very rule that is selected.
fn curl(state: &State) -> Result<String, String> {
    let view = &state.view;
    let route = match (state.spots.last(), subject(state)) {
        (Some(Spot::Screen(Id::Explain)), _) => return state.request_as_curl(),
        (Some(Spot::Screen(Id::Compare)), _) => {
            let row = state.screens.compare.list.selected();
            return row.and_then(|row| row.curl()).ok_or_else(|| "no difference is selected".to_owned());
        }
        (Some(Spot::Canary(route, rule)), _) => Some((route.clone(), Some(*rule))),
        (Some(Spot::Screen(Id::Rules)), _) => {
            state.screens.rules.list.selected().map(|rule| (rule.route.clone(), Some(rule.index)))
        }
        (_, Some(About::Listener(id))) => {
            let listener = view.listeners.iter().find(|listener| listener.id == id);
            let listener = listener.ok_or_else(|| format!("listener {} is not served", id.name))?;
            return rehearsal::curl_of(view, listener);
        }
        (_, Some(About::Object(key))) if key.kind.is_route() => Some((key, None)),
        (_, Some(About::Object(_) | About::Findings(_)) | None) => None,
    };
    let (route, rule) =
        route.ok_or("only a listener, a route, a rule or an explained request can be asked")?;
    let origin = Origin {
        kind: route.kind.name().into(),
        namespace: Arc::clone(&route.namespace),
        name: Arc::clone(&route.name),
    };
    let rule = rule.and_then(|rule| u32::try_from(rule).ok());
    let ask = rehearsal::sample(&view.compiled.table, &origin, rule)
        .ok_or_else(|| format!("no request can be made up that {} takes", route.path()))?;
    rehearsal::curl(view, &ask).map_err(|error| error.to_string())
}
