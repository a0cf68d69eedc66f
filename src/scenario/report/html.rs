//! The report as one HTML page with its charts, without scripts and without anything from elsewhere.

use super::{
    super::{
        judge::{Verdict, passed},
        record::{Record, Sample},
    },
    about,
    chart::{Chart, Line},
    ended, length, percent,
    phases::{numbered, p95, phases},
};
use crate::rehearsal::clients::SideCount;

const STYLE: &str = include_str!("page.css");

/// The report as an HTML page.
pub fn html(record: &Record, verdicts: &[Verdict]) -> String {
    let (word, class) = if passed(record, verdicts) { ("passed", "good") } else { ("failed", "bad") };
    let name = escaped(&record.scenario);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}: {word}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{name} <span class=\"verdict {class}\">{word}</span></h1>\n"
    );
    if !record.about.is_empty() {
        out.push_str(&format!("<p>{}</p>\n", escaped(&record.about)));
    }
    out.push_str(&format!(
        "<p class=\"dim\">Begun {}, {}, {}. {} clients ({}), clocks of caches {} times as fast as ours.</p>\n",
        escaped(&record.begun),
        length(record.seconds),
        escaped(&ended(record)),
        record.clients,
        escaped(&record.mix),
        record.speed
    ));
    criteria(&mut out, verdicts);
    charts(&mut out, record);
    done(&mut out, record);
    clients(&mut out, record);
    out.push_str(&format!(
        "<p class=\"dim\">Made by cutover {} from a rehearsal on one machine.</p>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    ));
    out
}

fn criteria(out: &mut String, verdicts: &[Verdict]) {
    out.push_str("<h2>Criteria</h2>\n");
    if verdicts.is_empty() {
        out.push_str("<p>None was given.</p>\n");
        return;
    }
    out.push_str("<div class=\"scroll\"><table>\n<tr><th></th><th>Measure</th><th>Wanted</th><th>Measured</th><th>When</th></tr>\n");
    for Verdict { line: _, what, wanted, window, value: _, measured, passed } in verdicts {
        let sign =
            if *passed { "<td class=\"good\">✓ holds</td>" } else { "<td class=\"bad\">✗ fails</td>" };
        out.push_str(&format!(
            "<tr>{sign}<td>{}<br><span class=\"dim\">{}</span></td>",
            escaped(what),
            escaped(about(what))
        ));
        let cells = [wanted, measured, window].map(|text| format!("<td>{}</td>", escaped(text))).concat();
        out.push_str(&format!("{cells}</tr>\n"));
    }
    out.push_str("</table></div>\n");
}

fn charts(out: &mut String, record: &Record) {
    let marks: Vec<_> = numbered(record)
        .into_iter()
        .map(|(number, mark)| (number, mark.at, escaped(&format!("{number}. {}", mark.text))))
        .collect();
    let line = |name, class, of: &dyn Fn(&Sample) -> Option<f64>| Line {
        name,
        class,
        points: record.samples.iter().map(|sample| (sample.at - sample.seconds / 2.0, of(sample))).collect(),
    };
    let rate = |side: &SideCount, sample: &Sample| Some(side.requests as f64 / sample.seconds.max(1e-3));
    let errors = |side: &SideCount| side.share(side.server_errors);
    let p95 = |side: &SideCount| side.times.quantile(0.95).map(|time| time.as_secs_f64() * 1000.0);
    let number = |value: f64| format!("{}", (value * 100.0).round() / 100.0);
    let share = |value: f64| format!("{} %", (value * 10000.0).round() / 100.0);
    let all = [
        Chart {
            title: "Requests a second",
            show: number,
            most: None,
            least: 1.0,
            lines: vec![
                line("old side", "old", &|sample| rate(&sample.old, sample)),
                line("new side", "new", &|sample| rate(&sample.new, sample)),
            ],
            marks: &marks,
            seconds: record.seconds,
        },
        Chart {
            title: "Share at the old side",
            show: share,
            most: Some(1.0),
            least: 1.0,
            lines: vec![
                line("DNS", "dns", &|sample| sample.dns_old),
                line("expected of these clients", "told", &|sample| sample.predicted_old),
                line("requests", "old", &Sample::old_share),
            ],
            marks: &marks,
            seconds: record.seconds,
        },
        Chart {
            title: "Answered with 5xx",
            show: share,
            most: None,
            least: 0.04,
            lines: vec![
                line("old side", "old", &|sample| errors(&sample.old)),
                line("new side", "new", &|sample| errors(&sample.new)),
            ],
            marks: &marks,
            seconds: record.seconds,
        },
        Chart {
            title: "Without any answer, a second",
            show: number,
            most: None,
            least: 1.0,
            lines: vec![
                line("old side", "old", &|sample| Some(sample.old.failed as f64 / sample.seconds.max(1e-3))),
                line("new side", "new", &|sample| Some(sample.new.failed as f64 / sample.seconds.max(1e-3))),
                line("no address", "dns", &|sample| {
                    Some(sample.lost.failed as f64 / sample.seconds.max(1e-3))
                }),
            ],
            marks: &marks,
            seconds: record.seconds,
        },
        Chart {
            title: "95 % of answers came within (ms)",
            show: number,
            most: None,
            least: 1.0,
            lines: vec![
                line("old side", "old", &|sample| p95(&sample.old)),
                line("new side", "new", &|sample| p95(&sample.new)),
            ],
            marks: &marks,
            seconds: record.seconds,
        },
    ];
    out.push_str("<h2>Over time</h2>\n");
    for chart in all {
        out.push_str(&chart.svg());
    }
}

fn done(out: &mut String, record: &Record) {
    out.push_str(
        "<h2>What was done</h2>\n<div class=\"scroll\"><table>\n<tr><th class=\"number\">At</th><th>Step</th>\
         <th class=\"number\">Old</th><th class=\"number\">5xx</th><th class=\"number\">p95</th>\
         <th class=\"number\">New</th><th class=\"number\">5xx</th><th class=\"number\">p95</th>\
         <th class=\"number\">Failed</th><th class=\"number\">At old, at its end</th><th class=\"number\">DNS</th>\
         <th class=\"number\">Expected</th></tr>\n",
    );
    for phase in phases(record) {
        let failed = phase.old.failed + phase.new.failed + phase.lost.failed;
        let numbers = [
            phase.old.requests.to_string(),
            percent(phase.old.share(phase.old.server_errors)),
            p95(&phase.old),
            phase.new.requests.to_string(),
            percent(phase.new.share(phase.new.server_errors)),
            p95(&phase.new),
            failed.to_string(),
            percent(phase.last_share),
            percent(phase.dns_old),
            percent(phase.predicted),
        ]
        .map(|text| format!("<td class=\"number\">{text}</td>"))
        .concat();
        out.push_str(&format!(
            "<tr><td class=\"number\">{}</td><td>{}</td>{numbers}</tr>\n",
            length(phase.from),
            escaped(&phase.begins)
        ));
    }
    out.push_str("</table></div>\n");
}

fn clients(out: &mut String, record: &Record) {
    out.push_str(
        "<h2>Clients at the end</h2>\n<div class=\"scroll\"><table>\n<tr><th>Kind</th><th class=\"number\">Clients</th>\
         <th class=\"number\">At old</th><th class=\"number\">At new</th>\
         <th class=\"number\">Connections to old</th><th class=\"number\">to new</th></tr>\n",
    );
    for kind in record.samples.last().map(|sample| &*sample.kinds).unwrap_or_default() {
        let counts = [kind.clients, kind.at_old, kind.at_new, kind.connections_old, kind.connections_new]
            .map(|count| format!("<td class=\"number\">{count}</td>"))
            .concat();
        out.push_str(&format!("<tr><td>{}</td>{counts}</tr>\n", escaped(&kind.name)));
    }
    out.push_str("</table></div>\n");
}

/// Text that is nothing but text in HTML, in an attribute too.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
        out
    })
}
