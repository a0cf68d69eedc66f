//! The inventory for scripts, Ingress by Ingress: a hundred thousand are never held as values at once.

use serde::Serialize;

use super::report::Report;
use crate::{
    cli::{args::Output, failure::Failure, out},
    dialect::ingress::Refusal,
    inventory::{IngressView, ProblemView, TotalsView},
    resource::show::{to_yaml, yaml_item},
};

/// How much is gathered before it is written.
const CHUNK: usize = 256 * 1024;

/// What goes before the Ingresses.
#[derive(Serialize)]
struct First<'r> {
    refused: Vec<RefusedView<'r>>,
}

/// Why nginx refuses the whole configuration.
#[derive(Serialize)]
struct RefusedView<'r> {
    ingress: Option<IngressName<'r>>,
    host: Option<&'r str>,
    message: &'r str,
    fix: &'r str,
}

#[derive(Serialize)]
struct IngressName<'r> {
    namespace: &'r str,
    name: &'r str,
}

impl<'r> RefusedView<'r> {
    fn of(one: &'r Refusal) -> Self {
        let ingress =
            one.ingress.as_ref().map(|key| IngressName { namespace: &key.namespace, name: &key.name });
        Self { ingress, host: one.host.as_deref(), message: &one.message, fix: &one.cure }
    }
}

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
    let first = First { refused: report.refused().iter().map(RefusedView::of).collect() };
    let mut text = if yaml {
        to_yaml(&serde_json::to_value(&first).unwrap_or_default()) + "ingresses:"
    } else {
        // Its last brace goes: more members follow.
        out::pretty(&first).trim_end().trim_end_matches("\n}").to_owned() + ",\n  \"ingresses\": ["
    };
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
