//! `cutover inventory annotations`: every key with its count.

use std::fmt::Write as _;

use serde::Serialize;

use super::{
    count::{Counted, count},
    csv, done, html, markdown, tell,
};
use crate::{
    cli::{
        args::{Global, Output},
        failure::Failure,
        out,
        table::Table,
    },
    inventory::{AnnotationCount, AnnotationCountView, Catalogue, NGINX_PREFIX, Tally},
    resource::show::clean,
};

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One row a key.
    Keys,
    /// The same, with the Ingresses that have it.
    Users,
    /// One table a controller.
    ByController,
    /// The keys of each Ingress.
    ByIngress,
}

/// A key with its users.
#[derive(Serialize)]
struct Used<'c> {
    #[serde(flatten)]
    count: AnnotationCountView<'c>,
    users: Vec<User<'c>>,
}

#[derive(Serialize)]
struct User<'c> {
    namespace: &'c str,
    name: &'c str,
}

/// A controller with its keys.
#[derive(Serialize)]
struct Group<'c> {
    controller: Option<&'static str>,
    count: usize,
    annotations: Vec<AnnotationCountView<'c>>,
}

impl<'c> Group<'c> {
    fn of((controller, counts): &(Option<&'static str>, Vec<&'c AnnotationCount>)) -> Self {
        Self {
            controller: *controller,
            count: counts.iter().map(|one| one.count).sum(),
            annotations: counts.iter().map(|one| AnnotationCountView::of(one)).collect(),
        }
    }
}

/// An Ingress with its keys.
#[derive(Serialize)]
struct Keys<'c> {
    namespace: &'c str,
    name: &'c str,
    keys: &'c [&'c str],
}

/// Counts while reading, and prints.
///
/// # Errors
/// Input that can not be read.
pub fn run(global: &Global, shape: Shape, prefix: &str) -> Result<(), Failure> {
    let first = match shape {
        Shape::Keys | Shape::ByController => Tally::without_users(),
        Shape::Users | Shape::ByIngress => Tally::default(),
    };
    let Counted { tally, prefix: found, problems } =
        count(&global.inputs(), global.namespace.as_deref(), global.selector.as_ref(), first)
            .map_err(|problem| Failure::unreadable(&problem))?;
    tell(&problems);
    if shape == Shape::ByIngress {
        by_ingress(&tally.by_ingress(), global.output)?;
    } else {
        // What was typed goes before what was found.
        let prefix = found.as_deref().filter(|_| prefix == NGINX_PREFIX).unwrap_or(prefix);
        keys(&tally.counts(prefix), tally.ingresses(), shape, global)?;
    }
    done(&problems)
}

fn keys(counts: &[AnnotationCount], ingresses: usize, shape: Shape, global: &Global) -> Result<(), Failure> {
    match global.output {
        Output::Table | Output::Wide => out::print(&text(counts, ingresses, shape)),
        Output::Json | Output::Yaml => match shape {
            Shape::Keys | Shape::ByIngress => {
                value(&counts.iter().map(AnnotationCountView::of).collect::<Vec<_>>(), global.output)
            }
            Shape::Users => value(&counts.iter().map(used).collect::<Vec<_>>(), global.output),
            Shape::ByController => {
                value(&groups(counts).iter().map(Group::of).collect::<Vec<_>>(), global.output)
            }
        },
        Output::Csv => out::print(&csv::annotations(counts, shape == Shape::Users)),
        Output::Markdown => out::print(&markdown::annotations(counts, ingresses)),
        Output::Html => out::print(&html::annotations(counts, ingresses)),
    }
}

fn used(count: &AnnotationCount) -> Used<'_> {
    let users = count.users.iter().map(|(namespace, name)| User { namespace, name });
    Used { count: AnnotationCountView::of(count), users: users.collect() }
}

/// Keys by who reads them: who reads most comes first, and those that nobody knows last.
fn groups(counts: &[AnnotationCount]) -> Vec<(Option<&'static str>, Vec<&AnnotationCount>)> {
    let mut groups: Vec<(Option<&'static str>, Vec<&AnnotationCount>)> = Vec::new();
    for count in counts {
        match groups.iter_mut().find(|(controller, _)| *controller == count.controller()) {
            Some((_, group)) => group.push(count),
            None => groups.push((count.controller(), vec![count])),
        }
    }
    groups.sort_by_key(|(controller, group)| {
        (controller.is_none(), std::cmp::Reverse(group.iter().map(|one| one.count).sum::<usize>()))
    });
    groups
}

fn text(counts: &[AnnotationCount], ingresses: usize, shape: Shape) -> String {
    let most = counts.first().map_or(1, |one| one.count);
    let mut text = String::new();
    if shape == Shape::ByController {
        for (controller, group) in groups(counts) {
            let title = controller.and_then(|name| Catalogue::get().controller(name)).map(|one| &*one.title);
            let _ = writeln!(text, "{}", title.unwrap_or("not known to us"));
            text.push_str(&table(group.into_iter(), most, 2));
            text.push('\n');
        }
    } else if shape == Shape::Users {
        for count in counts {
            text.push_str(&table(std::iter::once(count), most, 0));
            for (namespace, name) in &count.users {
                let _ = writeln!(text, "  {}/{}", clean(namespace), clean(name));
            }
            text.push('\n');
        }
    } else {
        text.push_str(&table(counts.iter(), most, 0));
    }
    let (keys, all) = (counts.len(), counts.iter().map(|one| one.count).sum::<usize>());
    let s = |count| if count == 1 { "" } else { "s" };
    let es = if ingresses == 1 { "" } else { "es" };
    let _ = writeln!(text, "{all} annotation{} of {keys} key{} on {ingresses} Ingress{es}", s(all), s(keys));
    text
}

fn table<'c>(counts: impl Iterator<Item = &'c AnnotationCount>, most: usize, indent: usize) -> String {
    let mut table = Table::new(["KEY", "COUNT", "", "NAMESPACES", "VALUES", "CONTROLLER", "VERDICT"]);
    for one in counts {
        table.row([
            &*one.key,
            &one.count.to_string(),
            &bar(one.count, most),
            &one.namespaces.len().to_string(),
            &one.distinct_values.to_string(),
            one.controller().unwrap_or("–"),
            one.verdict.as_str(),
        ]);
    }
    table.render(indent)
}

/// A count beside the largest, as a bar of at most twelve signs; what counts at all is seen.
fn bar(count: usize, most: usize) -> String {
    const WIDTH: usize = 12;
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (count * WIDTH * 8).div_ceil(most.max(1));
    let rest = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{rest}", "█".repeat(eighths / 8))
}

fn by_ingress(all: &[(&str, &str, Vec<&str>)], output: Output) -> Result<(), Failure> {
    let lines = || {
        all.iter().fold(String::new(), |mut text, (namespace, name, keys)| {
            let line = format!("{namespace}/{name}: {}", keys.join(", "));
            text.push_str(&clean(&line));
            text.push('\n');
            text
        })
    };
    match output {
        Output::Table | Output::Wide => out::print(&lines()),
        Output::Json | Output::Yaml => {
            let view = |(namespace, name, keys): &'_ (&'_ str, &'_ str, Vec<&'_ str>)| {
                serde_json::to_value(Keys { namespace, name, keys }).unwrap_or_default()
            };
            value(&all.iter().map(view).collect::<Vec<_>>(), output)
        }
        Output::Csv => out::print(&csv::by_ingress(all)),
        Output::Markdown | Output::Html => Err(Failure::usage(
            "the keys of each Ingress are no report",
            "use -o table, json, yaml or csv, or `cutover inventory -o html`",
        )),
    }
}

fn value(value: &impl Serialize, output: Output) -> Result<(), Failure> {
    if output == Output::Yaml {
        return out::value(&serde_json::to_value(value).unwrap_or_default(), output);
    }
    out::print(&out::pretty(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_count() {
        let cases = [
            (12, 12, "████████████", "the largest"),
            (6, 12, "██████", "half of it"),
            (1, 96_000, "▏", "nothing that counts is unseen"),
            (0, 0, "", "nothing at all"),
        ];
        for (count, most, expected, why) in cases {
            assert_eq!(bar(count, most), expected, "{why}");
        }
    }
}
