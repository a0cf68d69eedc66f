//! The last line: what can be pressed here and now, what is being typed, or what just happened.

use ratatui::layout::Rect;

use super::command;
use crate::tui::{
    action::{self, Action, Place},
    app::{Overlay, State, Target},
    facts::Tone,
    format,
    input::Input,
    paint::Canvas,
};

/// Draws the footer.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let mut x = area.x + 1;
    if let Some(Overlay::Prompt(prompt)) = &state.overlay {
        let room = area.width.saturating_sub(2);
        x += canvas.put(x, area.y, room, &format!("{} ", prompt.label), Tone::Accent);
        let (kept, fresh) = (&state.line, Input::new(&prompt.text));
        let line = if kept.text() == prompt.text { kept } else { &fresh };
        x += line.draw(canvas, x, area.y, area.right().saturating_sub(x + 1), Tone::Strong);
        canvas.put(
            x + 2,
            area.y,
            area.right().saturating_sub(x + 3),
            "Enter takes it   Esc leaves it",
            Tone::Dim,
        );
        return;
    }
    if let Some(Overlay::Command(line)) = &state.overlay {
        command::line(canvas, area, state, line);
        return;
    }
    let end = area.right().saturating_sub(1);
    for Hint { keys, words: hint, on, action } in hints(state) {
        let wide = (format::width(&keys) + 1 + format::width(&hint) + 2) as u16;
        if x + wide > end + 2 {
            break;
        }
        if let Some(action) = action {
            state.hit(Rect { x, width: wide - 2, ..area }, Target::Do(action));
        }
        x += canvas.put(x, area.y, end.saturating_sub(x), &keys, if on { Tone::Accent } else { Tone::Dim });
        x += 1;
        x += canvas.put(x, area.y, end.saturating_sub(x), &hint, if on { Tone::Plain } else { Tone::Dim });
        x += 2;
    }
}

/// Keys with their words.
struct Hint {
    keys: String,
    words: String,
    /// Whether they can be pressed now.
    on: bool,
    /// What a click does; none where it is several.
    action: Option<Action>,
}

/// What can be pressed, that of this place first.
fn hints(state: &State) -> Vec<Hint> {
    let place = state.place();
    let hint = |(keys, words): (&str, &str)| Hint {
        keys: keys.to_owned(),
        words: words.to_owned(),
        on: true,
        action: None,
    };
    if let Some(Overlay::Palette(_)) = &state.overlay {
        return [("Enter", "do it"), ("Tab", "to the : line"), ("↑↓", "move"), ("Esc", "leave it")]
            .map(hint)
            .into();
    }
    if state.typing() && place != Place::Dialog {
        return [("Enter", "keep"), ("Esc", "clear"), ("↑↓", "former"), ("PgUp/PgDn", "look")]
            .map(hint)
            .into();
    }
    let mut out: Vec<Hint> = Vec::new();
    // What works on one screen only comes first: nobody knows it from the others.
    let alone = |row: &Action| Place::ALL.iter().filter(|place| (row.places)(**place)).count() == 1;
    let (own, shared): (Vec<Action>, Vec<Action>) = action::all()
        .filter(|row| !row.hint.is_empty() && (row.places)(place))
        .partition(|row| place.objects() && alone(row));
    for row in own.into_iter().chain(shared) {
        let off = state.off(row);
        if off.is_some() && row.quiet {
            continue;
        }
        let key = state.keymap.shown(row).into_iter().next().unwrap_or_default();
        let hint = row.says.map_or_else(|| row.hint.to_owned(), |says| says(state));
        match out.last_mut() {
            // Two keys of one thing stand together: `h/l −1/+1`.
            Some(Hint { keys, words, action, .. }) if row.paired => {
                *action = None;
                keys.push('/');
                keys.push_str(&key);
                if *words != hint {
                    words.push('/');
                    words.push_str(&hint);
                }
            }
            _ => out.push(Hint { keys: key, words: hint, on: off.is_none(), action: Some(row) }),
        }
    }
    out
}
