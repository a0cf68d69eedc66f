//! Which rule it is, and what is wished for it.

use ratatui::layout::Rect;

use crate::{
    rollout::Goal,
    tui::{
        app::{Session, State},
        facts::{
            Line, Reading, Tone,
            canary::{self, Meaning},
        },
        format,
        paint::Canvas,
        widget::table::errors_tone,
    },
};

/// Draws the route, the rule and its parents.
pub fn title(canvas: &mut Canvas<'_>, area: Rect, state: &State, session: &Session) {
    let rule = &session.rule;
    let name = rule.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let hosts = if rule.hostnames.is_empty() { "*".to_owned() } else { rule.hostnames.join(" ") };
    let (serving, parents) = session.now.parents;
    let health = session.now.health;
    let generation = state.view.world.get(&rule.route).map_or(0, |object| object.meta.generation);
    let generation = if generation > 0 { format!("  gen {generation}") } else { String::new() };
    let right = Line::dim(format!("attached at {serving} of {parents} parents  "))
        .and(health.tone(), format!("{} {}", health.sign(), health.word()))
        .and(Tone::Dim, generation);
    let wide = format::width(&right.text()) as u16;
    let left = Line::of(Tone::Strong, rule.route.path())
        .and(Tone::Plain, format!(" ▸ rule {} of {}{name}", rule.index + 1, rule.of))
        .and(Tone::Dim, format!("   {hosts}   {}", session.now.listeners.join("  ")));
    canvas.line(area.x + 1, area.y, area.width.saturating_sub(wide + 4), &left);
    canvas.line_right(area.x, area.y, area.width - 1, &right);
}

/// Draws sums, and what the wish or the plan's next step means in requests a second. `seen`: which of the backends are
/// seen, when not all are.
pub fn summary(
    canvas: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    session: &Session,
    seen: Option<(usize, usize)>,
) {
    let (sum, before) = (session.sum(), session.rule.sum());
    let sums = if sum == before {
        Line::dim(format!("sum {sum}"))
    } else {
        Line::dim(format!("sum {before} ▸ ")).and(Tone::Accent, sum.to_string())
    };
    let sums = sums.and(Tone::Dim, if session.balance { "  kept" } else { "  free (b)" });
    canvas.line(area.x + 3, area.y, 22, &sums);
    if let Some((first, count)) = seen {
        let text = format!("{}–{} of {} backends", first + 1, first + count, session.rule.backends.len());
        canvas.put(area.x + 3, area.y + 1, 22, &text, Tone::Dim);
    }
    let x = area.x + 3 + 23;
    let room = area.width.saturating_sub(27);
    for (line, text) in consequence(state, session, room).iter().take(2).enumerate() {
        canvas.line(x, area.y + line as u16, room, text);
    }
}

fn consequence(state: &State, session: &Session, room: u16) -> Vec<Line> {
    let unknown = session.now.backends.iter().find_map(|backend| match backend.observed {
        Reading::Unknown(why) => Some(why),
        Reading::Is(_) | Reading::Nothing => None,
    });
    let Reading::Is(rate) = session.now.rate else {
        let why = unknown.unwrap_or("requests a second are not known");
        return vec![Line::dim(format!("? {why}"))];
    };
    let count = session.rule.backends.len();
    if session.changes() > 0 {
        if session.sum() == 0 {
            return vec![Line::of(Tone::Bad, "all weights 0: every request is answered with 500")];
        }
        let wanted: Vec<i64> = (0..count).map(|at| session.wanted(at)).collect();
        return lines(session, session.at, &wanted, &format!("at {}/s", format::rate(rate)), room);
    }
    if let Some((goal, weights)) = upcoming(session) {
        let steps = session.running().map_or(&[][..], |steps| steps.targets());
        let words = match goal {
            Goal::Step(step) => steps.get(step).map_or_else(String::new, |target| format!("next {target} %")),
            Goal::Back(_) | Goal::Abort => String::new(),
        };
        let canary = session.running().map_or(session.at, crate::rollout::Steps::canary);
        return lines(session, canary, &weights, &words, room);
    }
    let _ = state;
    unknown.map(|why| Line::dim(format!("? {why}"))).into_iter().collect()
}

/// What the running plan does next, and the weights of that.
fn upcoming(session: &Session) -> Option<(Goal, Vec<i64>)> {
    let steps = session.running()?;
    let next = steps.upcoming()?;
    let weights = steps.preview(next, &session.seen()).ok()?;
    Some((Goal::Step(next), weights))
}

/// What weights mean for one backend: its requests a second, and its 5xx.
fn lines(session: &Session, at: usize, weights: &[i64], when: &str, room: u16) -> Vec<Line> {
    let all = canary::meaning(&session.rule, &session.now, weights);
    let (Some(meaning), Some(backend), Some(now)) =
        (all.get(at), session.rule.backends.get(at), session.now.backends.get(at))
    else {
        return Vec::new();
    };
    let Reading::Is((from, to)) = meaning.rate else { return Vec::new() };
    let mut first = Line::dim(format!("{when}   "))
        .and(Tone::Plain, format!("{} ", backend.name))
        .and(Tone::Strong, format!("{}/s ▸ {}/s", format::rate(from), format::rate(to)));
    // What the others lose or get, as far as there is room.
    for (other, meaning) in all.iter().enumerate().filter(|(other, _)| *other != at) {
        let (Reading::Is((from, to)), Some(backend)) = (meaning.rate, session.rule.backends.get(other))
        else {
            continue;
        };
        let text = format!("   {} {}/s ▸ {}/s", backend.name, format::rate(from), format::rate(to));
        if (from - to).abs() < 0.05 || format::width(&first.text()) + format::width(&text) > room as usize {
            continue;
        }
        first = first.and(Tone::Dim, text);
    }
    let mut lines = vec![first];
    if let (Meaning { errors: Reading::Is((from, to)), .. }, Reading::Is(share)) =
        (meaning, now.traffic.errors)
    {
        lines.push(
            Line::dim("its 5xx   ")
                .and(errors_tone(share), format!("{}/s ▸ {}/s", format::rate(*from), format::rate(*to)))
                .and(Tone::Dim, "   if its share of errors stays"),
        );
    }
    lines
}
