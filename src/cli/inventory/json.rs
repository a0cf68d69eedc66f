//! The inventory for scripts, Ingress by Ingress: a hundred thousand are never held as values at once.

use serde::Serialize;

use super::report::Report;
use crate::{
    cli::{args::Output, failure::Failure, out},
    inventory::{IngressView, ProblemView, TotalsView},
    resource::show::{to_yaml, yaml_item},
};

/// How much is gathered before it is written.
const CHUNK: usize = 256 * 1024;

/// What follows the Ingresses.
#[derive(Serialize)]
struct Rest<'r> {
    totals: TotalsView,
    outside: Vec<OutsideView<'r>>,
    problems: Vec<ProblemView<'r>>,
}

/// One setting that stands on no Ingress.
#[derive(Serialize)]
struct OutsideView<'r> {
    what: &'r str,
    name: Option<&'r str>,
    found: bool,
    settings: &'r [(String, String)],
    depends: &'r str,
}

/// Prints it as JSON or YAML.
///
/// # Errors
/// Those of printing.
pub fn print(report: &Report, output: Output) -> Result<(), Failure> {
    let yaml = output == Output::Yaml;
    let mut text = String::from(if yaml { "ingresses:" } else { "{\n  \"ingresses\": [" });
    for (at, facts) in report.ingresses.iter().enumerate() {
        let view = IngressView::of(facts);
        if yaml {
            text.push_str(if at == 0 { "\n" } else { "" });
            text.push_str(&yaml_item(&serde_json::to_value(&view).unwrap_or_default()));
        } else {
            text.push_str(if at == 0 { "\n    " } else { ",\n    " });
            text.push_str(&out::pretty(&view).trim_end().replace('\n', "\n    "));
        }
        if text.len() > CHUNK {
            out::print(&text)?;
            text.clear();
        }
    }
    let rest = Rest {
        totals: TotalsView::of(report.totals),
        outside: report
            .outside
            .iter()
            .map(|one| OutsideView {
                what: one.what,
                name: one.name.as_deref(),
                found: one.found,
                settings: &one.settings,
                depends: &one.depends,
            })
            .collect(),
        problems: report.problems.iter().map(ProblemView::of).collect(),
    };
    if yaml {
        text.push_str(if report.ingresses.is_empty() { " []\n" } else { "" });
        text.push_str(&to_yaml(&serde_json::to_value(&rest).unwrap_or_default()));
    } else {
        text.push_str(if report.ingresses.is_empty() { "],\n" } else { "\n  ],\n" });
        // Its own brace goes: the members belong to the whole.
        text.push_str(out::pretty(&rest).trim_start_matches("{\n"));
    }
    out::print(&text)
}
