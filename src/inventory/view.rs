//! What scripts get: `inventory -o json` and `inventory annotations -o json`.

use serde::Serialize;

use super::{
    classify::Complexity,
    facts::{AnnotationFacts, IngressFacts, Survey, Totals},
    tally::AnnotationCount,
    traps::TrapFinding,
    verdict::Verdict,
};
use crate::resource::{Kind, Problem, Severity};

/// `inventory -o json`
#[derive(Debug, Serialize)]
pub struct SurveyView<'s> {
    /// By namespace and name.
    pub ingresses: Vec<IngressView<'s>>,
    /// How many of each sort.
    pub totals: TotalsView,
    /// What is wrong.
    pub problems: Vec<ProblemView<'s>>,
    /// Traps that stand on no Ingress: settings and flags of the controller.
    pub traps: Vec<TrapView<'s>>,
    /// What could not be found, with what depends on it.
    pub missing: &'s [String],
}

/// One Ingress.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct IngressView<'s> {
    pub namespace: &'s str,
    pub name: &'s str,
    pub class: Option<&'s str>,
    pub class_from: String,
    /// `spec.controller` of its IngressClass.
    pub controller: Option<&'s str>,
    pub hosts: Vec<&'s str>,
    pub complexity: Complexity,
    pub reasons: Vec<String>,
    pub obstacles: &'s [String],
    pub annotations: Vec<AnnotationView<'s>>,
    pub traps: Vec<TrapView<'s>>,
    pub source: Option<SourceView>,
}

/// One annotation of an Ingress. The value of a copy of the whole object is left out.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct AnnotationView<'s> {
    pub key: &'s str,
    pub value: Option<&'s str>,
    pub verdict: Verdict,
    pub becomes: Option<&'s str>,
    pub problem: Option<&'s str>,
}

/// One trap.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct TrapView<'s> {
    pub id: &'static str,
    /// As `curl` takes it; none where no request shows it.
    pub request: Option<String>,
    pub title: &'static str,
    pub host: Option<&'s str>,
    pub field: Option<&'s str>,
    pub message: &'s str,
    pub fix: &'s str,
}

/// File and line of an Ingress.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct SourceView {
    pub file: String,
    pub line: u32,
}

/// How many Ingresses of each sort.
#[derive(Clone, Copy, Debug, Serialize)]
#[allow(missing_docs)]
pub struct TotalsView {
    pub simple: usize,
    pub medium: usize,
    pub complex: usize,
}

/// One problem, of the form that `check` tells.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct ProblemView<'s> {
    pub severity: Severity,
    pub code: &'s str,
    pub object: Option<NameView<'s>>,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub field: Option<&'s str>,
    pub message: &'s str,
    pub fix: &'s str,
}

/// Kind, namespace and name of an object.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct NameView<'s> {
    pub kind: &'s str,
    pub namespace: &'s str,
    pub name: &'s str,
}

/// One row of `inventory annotations -o json`.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct AnnotationCountView<'s> {
    pub key: &'s str,
    pub count: usize,
    /// Number of namespaces.
    pub namespaces: usize,
    pub distinct_values: usize,
    /// Our name of who reads it.
    pub controller: Option<&'s str>,
    pub verdict: Verdict,
}

impl<'s> SurveyView<'s> {
    /// A survey, with the problems of all that was read.
    pub fn of(survey: &'s Survey, problems: impl IntoIterator<Item = &'s Problem>) -> Self {
        Self {
            ingresses: survey.ingresses.iter().map(IngressView::of).collect(),
            totals: TotalsView::of(survey.totals),
            problems: problems.into_iter().map(ProblemView::of).collect(),
            traps: survey
                .traps
                .iter()
                .filter(|trap| trap.object.kind != Kind::Ingress)
                .map(|trap| TrapView::of(trap))
                .collect(),
            missing: &survey.missing,
        }
    }
}

impl TotalsView {
    /// The same for scripts.
    pub fn of(totals: Totals) -> Self {
        let Totals { simple, medium, complex } = totals;
        Self { simple, medium, complex }
    }
}

impl<'s> IngressView<'s> {
    /// One Ingress.
    pub fn of(facts: &'s IngressFacts) -> Self {
        let origin = facts.origin.as_ref();
        Self {
            namespace: &facts.key.namespace,
            name: &facts.key.name,
            class: facts.class.as_deref(),
            class_from: facts.class_from.to_string(),
            controller: facts.controller.as_deref(),
            hosts: facts.hosts.iter().map(|host| &**host).collect(),
            complexity: facts.complexity,
            reasons: facts.reasons.iter().map(ToString::to_string).collect(),
            obstacles: &facts.obstacles,
            annotations: facts.annotations.iter().map(AnnotationView::of).collect(),
            traps: facts.traps.iter().map(|trap| TrapView::of(trap)).collect(),
            source: origin.map(|at| SourceView { file: at.file.display().to_string(), line: at.line }),
        }
    }
}

impl<'s> AnnotationView<'s> {
    fn of(facts: &'s AnnotationFacts) -> Self {
        Self {
            key: &facts.key,
            value: facts.value.as_deref(),
            verdict: facts.verdict,
            becomes: Some(&*facts.becomes).filter(|field| !field.is_empty()),
            problem: facts.problem.as_deref(),
        }
    }
}

impl<'s> TrapView<'s> {
    fn of(trap: &'s TrapFinding) -> Self {
        Self {
            id: trap.id,
            title: trap.title,
            host: trap.host.as_deref(),
            field: trap.field.as_deref(),
            request: trap.request.as_ref().map(ToString::to_string),
            message: &trap.message,
            fix: &trap.cure,
        }
    }
}

impl<'s> ProblemView<'s> {
    /// One problem.
    pub fn of(problem: &'s Problem) -> Self {
        Self {
            severity: problem.severity,
            code: problem.code,
            object: problem.object.as_ref().map(|key| NameView {
                kind: key.kind.name(),
                namespace: &key.namespace,
                name: &key.name,
            }),
            file: problem.file.as_ref().map(|file| file.display().to_string()),
            line: problem.line,
            field: problem.field.as_deref(),
            message: &problem.message,
            fix: &problem.fix,
        }
    }
}

impl<'s> AnnotationCountView<'s> {
    /// One row.
    pub fn of(count: &'s AnnotationCount) -> Self {
        Self {
            key: &count.key,
            count: count.count,
            namespaces: count.namespaces.len(),
            distinct_values: count.distinct_values,
            controller: count.controller(),
            verdict: count.verdict,
        }
    }
}
