//! The last line: what can be pressed here and now, what is being typed, or what just happened.

use ratatui::layout::Rect;

use super::command;
use crate::tui::{
    action::{self, Place},
    app::{Overlay, State},
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
    let mut end = area.right().saturating_sub(1);
    if let Some((tone, text, _)) = &state.note {
        let most = area.width.saturating_sub(2);
        let wide = (format::width(&format::clean(text)) as u16).min(most);
        canvas.put(area.right().saturating_sub(wide + 1), area.y, wide, text, *tone);
        end = area.right().saturating_sub(wide + 3);
    }
    for (keys, hint, on) in hints(state) {
        let wide = (format::width(&keys) + 1 + format::width(&hint) + 2) as u16;
        if x + wide > end + 2 {
            break;
        }
        x += canvas.put(x, area.y, end.saturating_sub(x), &keys, if on { Tone::Accent } else { Tone::Dim });
        x += 1;
        x += canvas.put(x, area.y, end.saturating_sub(x), &hint, if on { Tone::Plain } else { Tone::Dim });
        x += 2;
    }
}

/// Keys with their words and whether they can be pressed now, those of this place first.
fn hints(state: &State) -> Vec<(String, String, bool)> {
    let place = state.place();
    if let Some(Overlay::Palette(_)) = &state.overlay {
        let words = [("Enter", "do it"), ("Tab", "to the : line"), ("↑↓", "move"), ("Esc", "leave it")];
        return words.map(|(key, word)| (key.to_owned(), word.to_owned(), true)).into();
    }
    if state.typing() && place != Place::Dialog {
        return vec![
            ("Enter".to_owned(), "keep".to_owned(), true),
            ("Esc".to_owned(), "clear".to_owned(), true),
            ("↑↓".to_owned(), "move".to_owned(), true),
        ];
    }
    let mut out: Vec<(String, String, bool)> = Vec::new();
    for row in action::all().filter(|row| !row.hint.is_empty() && (row.places)(place)) {
        let off = state.off(row);
        if off.is_some() && row.quiet {
            continue;
        }
        let key = state.keymap.shown(row).into_iter().next().unwrap_or_default();
        let hint = row.says.map_or_else(|| row.hint.to_owned(), |says| says(state));
        match out.last_mut() {
            // Two keys of one thing stand together: `h/l −1/+1`.
            Some((keys, words, _)) if row.paired => {
                keys.push('/');
                keys.push_str(&key);
                if *words != hint {
                    words.push('/');
                    words.push_str(&hint);
                }
            }
            _ => out.push((key, hint, off.is_none())),
        }
    }
    out
}
