//! The first lines: where one is, whether anything can be changed, what is broken, and the screens.

use ratatui::layout::Rect;

use crate::tui::{
    action,
    app::{Spot, State, Target},
    facts::{Health, Line, Tone, steps},
    format,
    paint::Canvas,
    screen::{CARDS, Id},
};

/// Draws the header.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let right = standing(state);
    let taken = format::width(&right.text()) as u16;
    let mode = if state.view.writable { (Tone::Accent, "WRITE") } else { (Tone::Good, "READ-ONLY") };
    let room = area.width.saturating_sub(taken + 4);
    let block = canvas.theme.block();
    let mut x = area.x + canvas.styled(area.x, area.y, room, " cutover ", block);
    let word = &canvas.theme.source.word;
    if !word.is_empty() {
        x += canvas.styled(x, area.y, room, &format!("{word} "), block);
    }
    let mut mode = Line::of(mode.0, format!("   {}", mode.1));
    if state.view.strict {
        mode.0.insert(0, (Tone::Dim, "  strict".to_owned()));
    }
    if let Some(namespace) = &state.namespace {
        mode = mode.and(Tone::Dim, "   ns ").and(Tone::Accent, namespace.to_string());
    }
    // Where all has no room the source is cut: whether anything can be changed has to be seen.
    let left = (area.x + 1 + room).saturating_sub(x) as usize;
    let source = format::clean(&state.view.source);
    let source = format::fit(&source, left.saturating_sub(2 + format::width(&mode.text())).max(8));
    let mut line = Line::of(Tone::Dim, "▸ ").and(Tone::Plain, source.into_owned());
    line.0.append(&mut mode.0);
    canvas.line(x, area.y, left as u16, &line);
    canvas.line_right(area.x, area.y, area.width.saturating_sub(1), &right);
    tabs(canvas, Rect { y: area.y + 1, height: 1, ..area }, state);
    let style = canvas.theme.edge();
    canvas.styled(area.x, area.y + 2, area.width, &"─".repeat(area.width as usize), style);
}

fn standing(state: &State) -> Line {
    let findings = &state.findings;
    let mut line = plans(state);
    let counts = [
        (Health::Broken, findings.broken, " broken"),
        (Health::Attention, findings.attention, ""),
        (Health::Waiting, findings.waiting, ""),
    ];
    for (health, count, word) in counts {
        if count > 0 {
            let count = format::grouped(count as u64);
            line = line.and(health.tone(), format!("{} {count}{word}  ", health.sign()));
        }
    }
    if !state.ready() {
        line = line.and(Tone::Dim, "· reading  ");
    } else if findings.broken + findings.attention + findings.waiting == 0 {
        line = line.and(Tone::Good, "✓ all well  ");
    }
    let clock = state.clock.to_zoned(state.zone.clone()).strftime("%H:%M:%S").to_string();
    line.and(Tone::Dim, format!("  {clock}"))
}

/// Plans of steps that run, in a word or two: they go on whatever is looked at.
fn plans(state: &State) -> Line {
    let mut running = state.sessions.iter().filter_map(|session| steps::word(session.running()?));
    match (running.next(), running.count()) {
        (None, _) => Line::default(),
        (Some((tone, word)), 0) => Line::of(tone, format!("{word}  ")),
        (Some((tone, word)), more) => Line::of(tone, format!("{word} +{more}  ")),
    }
}

fn tabs(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let way = way(state);
    let screen = state.screen();
    let at = screen.card().and_then(|card| card.under).unwrap_or(screen);
    // Where no name can be switched there is nothing to see on its screen.
    let switches = state.view.names.is_some() || at == Id::Switch;
    let own = || CARDS.iter().filter(move |card| card.under.is_none() && (switches || card.id != Id::Switch));
    let deep = !way.is_empty();
    let end = area.right().saturating_sub(1);
    let titles = |here: bool| {
        let seen = own().filter(move |card| !here || at == card.id);
        seen.map(|card| format::width(card.title) as u16 + 1).sum::<u16>()
    };
    let wide: usize = way.iter().map(|crumb| 3 + format::width(&format::clean(crumb))).sum();
    let wide = u16::try_from(wide).unwrap_or(u16::MAX);
    let numbers = own().count() as u16 * 3 - 2;
    let room = end.saturating_sub(area.x + 1);
    // Where there is no room for all titles, that of where one is stays, and of the others the number.
    let short = (numbers + titles(false)).saturating_add(wide) > room;
    let wide = wide.min(room.saturating_sub(numbers + titles(true)));
    let mut x = area.x + 1;
    for card in own() {
        let here = at == card.id;
        let from = x;
        // The key that shows it, which may be a user's own.
        let shows = action::named(&card.title.to_lowercase());
        let number = shows.and_then(|row| state.keymap.shown(row).into_iter().next()).unwrap_or_default();
        if number.is_empty() && short && !here {
            continue;
        }
        x += canvas.put(x, area.y, end.saturating_sub(x), &number, Tone::Dim);
        if here || !short {
            let style = canvas.theme.style(if here { Tone::Accent } else { Tone::Plain });
            let style =
                if here && !deep { style.add_modifier(ratatui::style::Modifier::BOLD) } else { style };
            x += 1 + canvas.styled(x + 1, area.y, end.saturating_sub(x + 1), card.title, style);
        }
        state.hit(Rect { x: from, width: x - from, ..area }, Target::Screen(card.id));
        if here && deep {
            let mut left = if short { wide } else { end.saturating_sub(x) };
            for crumb in fitting(way.clone(), left as usize) {
                let used = canvas.put(x, area.y, left, " ▸ ", Tone::Dim);
                (x, left) = (x + used, left - used);
                let used = canvas.put(x, area.y, left, &crumb, Tone::Strong);
                (x, left) = (x + used, left - used);
            }
        }
        x += 2;
    }
    if x + 6 < area.right() {
        let help = Line::of(Tone::Accent, "?").and(Tone::Dim, " help");
        canvas.line_right(area.x, area.y, area.width - 1, &help);
        if let Some(help) = action::named("help") {
            state.hit(Rect { x: area.right() - 7, width: 6, ..area }, Target::Do(help));
        }
    }
}

/// The names of what lies on top of the screen that one is on.
fn way(state: &State) -> Vec<String> {
    let screen = state.spots.iter().rposition(|spot| matches!(spot, Spot::Screen(_)));
    let under = state.screen().card().filter(|card| card.under.is_some()).map(|card| card.title.to_owned());
    under.into_iter().chain(state.spots.iter().skip(screen.map_or(0, |at| at + 1)).map(crumb)).collect()
}

/// Where there is no room for the whole way, its end stays.
fn fitting(mut way: Vec<String>, room: usize) -> Vec<String> {
    let wide =
        |way: &[String]| way.iter().map(|crumb| 3 + format::width(&format::clean(crumb))).sum::<usize>();
    let mut cut = false;
    while way.len() > 1 && wide(&way) + if cut { 4 } else { 0 } > room {
        way.remove(0);
        cut = true;
    }
    if cut {
        way.insert(0, "…".to_owned());
    }
    way
}

fn crumb(spot: &Spot) -> String {
    match spot {
        Spot::Screen(screen) => screen.card().map_or("", |card| card.title).to_owned(),
        Spot::Canary(route, rule) => format!("{} rule {}", route.path(), rule + 1),
        Spot::Detail(page) => page.about.name(),
        Spot::Help(_) => "keys".to_owned(),
    }
}
