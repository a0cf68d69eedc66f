//! A plan of steps in one line, in one word, and as the table that is agreed to before it starts.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Line, Reading, Tone,
    canary::{Meaning, meaning},
    rules::{Rule, RuleNow},
};
use crate::{
    rollout::{Between, Goal, Hold, Percent, Seen, Stand, Steps},
    tui::format,
};

/// Of more backends the weights are not told one by one.
const FEW: usize = 4;

/// A step as it is agreed to.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The canary's share; of the weights at the start when there is no step.
    pub share: f64,
    /// From 0; `None`: the weights at the start.
    pub step: Option<usize>,
    /// Weights of all backends.
    pub weights: Vec<i64>,
    /// What they mean for the canary.
    pub canary: Meaning,
}

/// What the plan knows of its rule now.
pub fn seen(rule: &Rule, now: &RuleNow) -> Vec<Seen> {
    let one = |(backend, now): (&super::rules::Backend, &super::rules::BackendNow)| Seen {
        backend: backend.plan_name.clone(),
        written: backend.written,
        refuses: now.refuses.clone(),
    };
    rule.backends.iter().zip(&now.backends).map(one).collect()
}

/// The weights at the start and those of all steps, with what they mean for the canary.
///
/// # Errors
/// A step that a backend refuses.
pub fn rows(steps: &Steps, rule: &Rule, now: &RuleNow) -> Result<Vec<Row>, String> {
    let seen = seen(rule, now);
    let row = |step: Option<usize>, weights: Vec<i64>| {
        let canary = meaning(rule, now, &weights).get(steps.canary()).copied();
        canary.map(|canary| Row { share: canary.share.1, step, weights, canary })
    };
    let mut rows: Vec<Row> = row(None, steps.start_weights().to_vec()).into_iter().collect();
    for step in 0..steps.targets().len() {
        let weights = steps.preview(step, &seen).map_err(|error| error.0)?;
        rows.extend(row(Some(step), weights));
    }
    Ok(rows)
}

/// `plan  10 ✓  25 ●  50  100   next in 0:42`, in at most `room` columns: steps that are far off give way.
pub fn line(steps: &Steps, clock: Timestamp, room: usize) -> Line {
    let stand = stand(steps, clock);
    let begin = 6;
    let end = format::width(&stand.text()) + 2;
    let mut cells: Vec<(Tone, String)> = vec![cell(steps, None, short(steps.start_share()))];
    let targets = steps.targets().iter().enumerate();
    cells.extend(targets.map(|(step, target)| cell(steps, Some(step), target.to_string())));
    let here = steps.at().map_or(0, |at| at + 1);
    let (mut from, mut to) = (0, cells.len());
    let wide = |from: usize, to: usize| -> usize {
        let shown = cells.get(from..to).unwrap_or_default();
        let dots = usize::from(from > 0) * 3 + usize::from(to < cells.len()) * 3;
        shown.iter().map(|(_, text)| format::width(text) + 2).sum::<usize>() + dots
    };
    while to - from > 2 && wide(from, to) + begin + end > room {
        if here.saturating_sub(from) > 1 || to <= here + 2 { from += 1 } else { to -= 1 }
    }
    let mut line = Line::of(Tone::Head, "plan  ");
    if from > 0 {
        line = line.and(Tone::Dim, "…  ");
    }
    for (tone, text) in cells.iter().take(to).skip(from) {
        line = line.and(*tone, text.clone()).and(Tone::Plain, "  ");
    }
    if to < cells.len() {
        line = line.and(Tone::Dim, "…  ");
    }
    stand.0.into_iter().fold(line, |line, (tone, text)| line.and(tone, text))
}

/// A step with its sign: made, where it stands, being made, to come.
fn cell(steps: &Steps, step: Option<usize>, share: String) -> (Tone, String) {
    let goal = match steps.stand() {
        Stand::Applying(Goal::Step(goal)) => Some(Some(*goal)),
        Stand::Applying(Goal::Back(goal)) => Some(*goal),
        Stand::Applying(Goal::Abort) => Some(None),
        Stand::NotStarted | Stand::Waiting(_) | Stand::Held(_) | Stand::Done | Stand::Aborted => None,
    };
    let number = |step: Option<usize>| step.map_or(0, |step| step + 1);
    match number(step).cmp(&number(steps.at())) {
        _ if goal == Some(step) => (Tone::Accent, format!("{share} …")),
        std::cmp::Ordering::Less => (Tone::Plain, format!("{share} ✓")),
        std::cmp::Ordering::Equal => (Tone::Strong, format!("{share} ●")),
        std::cmp::Ordering::Greater => (Tone::Dim, share),
    }
}

/// How it stands: `next in 0:42`, `held: …`, `done`.
pub fn stand(steps: &Steps, clock: Timestamp) -> Line {
    match steps.stand() {
        Stand::NotStarted => Line::dim("not started"),
        Stand::Waiting(Some(until)) => {
            let left = Duration::try_from(until.duration_since(clock)).unwrap_or_default();
            Line::dim("next in ").and(Tone::Strong, countdown(left))
        }
        Stand::Waiting(None) => Line::dim("waits for ").and(Tone::Accent, "n"),
        Stand::Applying(Goal::Abort) => Line::of(Tone::Accent, "going back to the start"),
        Stand::Applying(Goal::Step(_) | Goal::Back(_)) => Line::of(Tone::Accent, "being written"),
        Stand::Held(hold) => {
            let line = Line::of(tone(hold), "held").and(Tone::Plain, format!(": {hold}"));
            match hold {
                Hold::ByHand(Some(left)) => line.and(Tone::Dim, format!(", {} left", countdown(*left))),
                Hold::ByHand(None)
                | Hold::WentBack
                | Hold::Failed(..)
                | Hold::Changed(_)
                | Hold::Refused(..)
                | Hold::Worse(_)
                | Hold::Others => line,
            }
        }
        Stand::Done => Line::of(Tone::Good, "done"),
        Stand::Aborted => {
            Line::of(Tone::Warn, "aborted").and(Tone::Dim, ": the weights are those of the start")
        }
    }
}

/// A running plan in a word or two, for screens that show something else: `plan 25 %`, `plan held`.
pub fn word(steps: &Steps) -> Option<(Tone, String)> {
    let share = steps.at().and_then(|at| steps.targets().get(at));
    let share = share.map_or_else(|| short(steps.start_share()), Percent::to_string);
    match steps.stand() {
        Stand::Waiting(_) | Stand::Applying(_) => Some((Tone::Accent, format!("plan {share} %"))),
        Stand::Held(hold) => Some((tone(hold), format!("plan held at {share} %"))),
        Stand::NotStarted | Stand::Done | Stand::Aborted => None,
    }
}

/// What a person wished is no alarm.
fn tone(hold: &Hold) -> Tone {
    match hold {
        Hold::ByHand(_) | Hold::WentBack => Tone::Accent,
        Hold::Changed(_) | Hold::Worse(_) | Hold::Refused(..) => Tone::Warn,
        Hold::Failed(..) | Hold::Others => Tone::Bad,
    }
}

/// A share in per cent as short as it is: `10`, `33.3`.
pub fn short(share: f64) -> String {
    let text = format::percent(share);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The start and all steps in at most `most` lines, what lies between them, and the way back: what is agreed to.
pub fn told(steps: &Steps, rule: &Rule, now: &RuleNow, most: usize) -> Vec<Line> {
    let rows = match rows(steps, rule, now) {
        Ok(rows) => rows,
        Err(why) => return vec![Line::of(Tone::Bad, why)],
    };
    let name = rule.backends.get(steps.canary()).map_or("", |backend| &backend.name);
    let wide = rows.iter().map(|row| weights(row, steps.canary()).len()).max().unwrap_or(0);
    let whose = among(rule, steps.canary());
    let wide = wide.max(format::width(&whose));
    let head = format!("step   share   {whose:<wide$}   req/s   5xx/s  of {name}");
    let mut lines = vec![Line::of(Tone::Head, head)];
    let last = rows.len().saturating_sub(1);
    for (at, row) in rows.iter().enumerate() {
        // Of many the last is the one that matters most.
        if rows.len() > most && at + 2 >= most && at < last {
            if at + 2 == most {
                lines.push(Line::dim(format!("{} steps more", rows.len() - most + 1)));
            }
            continue;
        }
        let step = row.step.map_or_else(|| "now".to_owned(), |step| (step + 1).to_string());
        let share = format!("{step:<4}{:>6} %   ", short(row.share));
        lines.push(
            Line::dim(share)
                .and(Tone::Strong, format!("{:<wide$}", weights(row, steps.canary())))
                .and(Tone::Plain, format!("{:>8}", then(row.canary.rate)))
                .and(Tone::Dim, format!("{:>8}", then(row.canary.errors))),
        );
    }
    let worse = if steps.schedule().even_if_worse { "" } else { "; held when it is worse than the rest" };
    lines.push(Line::dim(format!("{}{worse}", between(steps))));
    lines.push(Line::dim("space holds, N goes back a step, ").and(Tone::Accent, "x").and(
        Tone::Dim,
        format!(" goes back to {} at once", rows.first().map_or(String::new(), |row| joined(&row.weights))),
    ));
    lines
}

/// The weights of a row: all of a few, or that of the canary and the sum of the rest.
fn weights(row: &Row, canary: usize) -> String {
    if row.weights.len() <= FEW {
        return joined(&row.weights);
    }
    let own = row.weights.get(canary).copied().unwrap_or(0);
    format!("{own} / {}", row.weights.iter().sum::<i64>() - own)
}

/// Whose weights stand in a row.
fn among(rule: &Rule, canary: usize) -> String {
    if rule.backends.len() <= FEW {
        return "weights".to_owned();
    }
    let name = rule.backends.get(canary).map_or("", |backend| &backend.name);
    format!("{name} / rest")
}

fn joined(weights: &[i64]) -> String {
    weights.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ")
}

/// What lies between two steps, in words.
fn between(steps: &Steps) -> String {
    match steps.schedule().between {
        Between::Key => "n makes the next step".to_owned(),
        Between::Pause(pause) => format!("{} between two steps", countdown(pause)),
    }
}

/// `0:42`, `12:00`, `1:02:03`.
pub fn countdown(left: Duration) -> String {
    // What is left of a second counts, so that it ends at 0:00 and not before.
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// What a row comes to.
fn then(of: Reading<(f64, f64)>) -> String {
    of.show(|(_, then)| format::rate(then))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rollout::Schedule,
        tui::{
            facts::{routes, rules},
            fixture,
        },
    };

    fn app() -> (Rule, RuleNow) {
        let view = fixture::view();
        let all = rules::rules(&routes::routes(&view.world));
        let rule = all.into_iter().find(|rule| &*rule.route.name == "app").unwrap();
        let now = rules::now(&view, &rule, None);
        (rule, now)
    }

    fn plan(text: &str) -> (Steps, Vec<Seen>) {
        let (rule, now) = app();
        let seen = seen(&rule, &now);
        let schedule: Schedule = text.parse().unwrap();
        (Steps::new(rule.route.clone(), rule.index, 1, schedule, &seen).unwrap(), seen)
    }

    fn write(plan: &mut Steps, seen: &mut [Seen], asked: Option<crate::rollout::WeightPlan>) {
        let Some(asked) = asked else { return };
        for (seen, weight) in seen.iter_mut().zip(&asked.weights) {
            seen.written = Some(weight.new);
        }
        plan.applied(fixture::clock(), Ok(()));
    }

    #[test]
    fn a_plan_is_told_in_one_line_and_in_a_word() {
        let clock = fixture::clock();
        let (mut plan, mut seen) = plan("5,25,50,100 every 2m");
        let told = |plan: &Steps| line(plan, clock, 120).text();
        let word = |plan: &Steps| word(plan).map(|(_, word)| word).unwrap_or_default();
        assert_eq!(
            (told(&plan), word(&plan)),
            ("plan  10 ●  5  25  50  100  not started".to_owned(), String::new())
        );
        let asked = plan.start(clock, &seen).unwrap();
        assert_eq!(told(&plan), "plan  10 ●  5 …  25  50  100  being written");
        write(&mut plan, &mut seen, asked);
        assert_eq!(told(&plan), "plan  10 ✓  5 ●  25  50  100  next in 2:00");
        let asked = plan.step(clock, &seen).unwrap();
        write(&mut plan, &mut seen, asked);
        let later = clock + jiff::SignedDuration::from_millis(77_400);
        assert_eq!(line(&plan, later, 120).text(), "plan  10 ✓  5 ✓  25 ●  50  100  next in 0:43");
        assert_eq!(word(&plan), "plan 25 %");
        plan.hold(later).unwrap();
        assert_eq!(told(&plan), "plan  10 ✓  5 ✓  25 ●  50  100  held: by hand, 0:43 left");
        assert_eq!(word(&plan), "plan held at 25 %");
        let asked = plan.abort(clock, &seen).unwrap();
        assert_eq!(told(&plan), "plan  10 …  5 ✓  25 ●  50  100  going back to the start");
        write(&mut plan, &mut seen, asked);
        let aborted = "plan  10 ●  5  25  50  100  aborted: the weights are those of the start";
        assert_eq!((told(&plan), word(&plan)), (aborted.to_owned(), String::new()));
    }

    #[test]
    fn a_long_plan_shows_where_it_stands() {
        let text: Vec<String> = (1..=30).map(|step| (step * 3).to_string()).collect();
        let (mut plan, mut seen) = plan(&format!("{} by key", text.join(",")));
        let clock = fixture::clock();
        let asked = plan.start(clock, &seen).unwrap();
        write(&mut plan, &mut seen, asked);
        assert_eq!(
            line(&plan, clock, 60).text(),
            "plan  10 ✓  3 ●  6  9  12  15  18  21  24  …  waits for n"
        );
        for _ in 0..15 {
            let asked = plan.step(clock, &seen).unwrap();
            write(&mut plan, &mut seen, asked);
        }
        assert_eq!(line(&plan, clock, 60).text(), "plan  …  45 ✓  48 ●  51  54  57  60  63  …  waits for n");
        for _ in 0..14 {
            let asked = plan.step(clock, &seen).unwrap();
            write(&mut plan, &mut seen, asked);
        }
        assert_eq!(line(&plan, clock, 30).text(), "plan  …  87 ✓  90 ●  done");
        for room in 0..200 {
            let wide = format::width(&line(&plan, clock, room).text());
            assert!(wide <= room.max(28), "{wide} in {room}");
        }
    }

    #[test]
    fn what_is_agreed_to_are_the_weights_of_all_steps_and_what_they_mean() {
        let (rule, now) = app();
        let (plan, _) = plan("25,100 every 2m");
        let rows = rows(&plan, &rule, &now).unwrap();
        let weights: Vec<_> = rows.iter().map(|row| (row.step, row.weights.clone())).collect();
        assert_eq!(weights, [(None, vec![90, 10]), (Some(0), vec![75, 25]), (Some(1), vec![0, 100])]);
        let told: Vec<String> = told(&plan, &rule, &now, 8).iter().map(Line::text).collect();
        let expected = [
            "step   share   weights   req/s   5xx/s  of app-canary",
            "now     10 %   90 / 10      30     0.9",
            "1       25 %   75 / 25      75     2.3",
            "2      100 %   0 / 100     300     9.3",
            "2:00 between two steps; held when it is worse than the rest",
            "space holds, N goes back a step, x goes back to 90 / 10 at once",
        ];
        assert_eq!(told, expected);
        let (plan, _) = self::plan("10,20,30,40,50,60,70,80,90,100 by key even if worse");
        let told: Vec<String> = super::told(&plan, &rule, &now, 5).iter().map(Line::text).collect();
        let begins: Vec<&str> = told.iter().map(|line| line.get(..14).unwrap_or(line).trim_end()).collect();
        assert_eq!(
            begins,
            [
                "step   share",
                "now     10 %",
                "1       10 %",
                "2       20 %",
                "7 steps more",
                "10     100 %",
                "n makes the ne",
                "space holds, N"
            ]
        );
    }

    #[test]
    fn a_pause_counts_down_to_nothing() {
        let cases = [(0, "0:00"), (1, "0:01"), (42_000, "0:42"), (720_000, "12:00"), (3_723_000, "1:02:03")];
        for (millis, shown) in cases {
            assert_eq!(countdown(Duration::from_millis(millis)), shown);
        }
    }
}
