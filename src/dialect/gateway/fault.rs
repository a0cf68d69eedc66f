//! Something that is not as it should be, before it is known in which condition it will be told.

use crate::resource::{Condition, Key, Origin, Problem, Severity, Truth};

/// One thing that is wrong: what a condition says, and one [`crate::resource::Problem`] each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// `reason` of the condition.
    pub(super) reason: &'static str,
    /// Code and severity of the problem.
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    /// One sentence: lower case, no full stop.
    pub(super) message: String,
    /// What to do.
    pub(super) cure: String,
    /// The field at fault.
    pub(super) field: Option<String>,
}

impl Fault {
    pub(super) fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            code: code(reason),
            severity: Severity::Error,
            message: message.into(),
            cure: String::new(),
            field: None,
        }
    }

    /// Something that no condition tells.
    pub(super) fn note(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self { code, severity, ..Self::new("", message) }
    }

    /// A code of its own, where the reason says too little.
    pub(super) fn coded(mut self, severity: Severity, code: &'static str) -> Self {
        self.severity = severity;
        self.code = code;
        self
    }

    /// With more words in front.
    pub(super) fn within(mut self, front: &str) -> Self {
        self.message = format!("{front}: {}", self.message);
        self
    }

    /// With more words at the end.
    pub(super) fn so(mut self, consequence: &str) -> Self {
        self.message.push_str(consequence);
        self
    }

    /// The problem that tells this fault of an object.
    pub(super) fn problem(&self, key: &Key, origin: Option<&Origin>) -> Problem {
        let problem = Problem::new(self.severity, self.code, self.message.clone());
        let problem = problem.fix(self.cure.clone()).of(key, origin);
        match &self.field {
            Some(field) => problem.field(field.clone()),
            None => problem,
        }
    }

    pub(super) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = cure.into();
        self
    }

    pub(super) fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The condition that tells this fault.
    pub(super) fn condition(&self, kind: &'static str, status: Truth, generation: i64) -> Condition {
        Condition {
            kind: kind.into(),
            status,
            reason: self.reason.into(),
            message: self.message.clone(),
            generation,
            cure: self.cure.clone(),
            field: self.field.clone(),
        }
    }
}

/// The stable code of a condition's reason: the reason in kebab case.
fn code(reason: &'static str) -> &'static str {
    match reason {
        "NotAllowedByListeners" => "not-allowed-by-listeners",
        "NoMatchingListenerHostname" => "no-matching-listener-hostname",
        "NoMatchingParent" => "no-matching-parent",
        "RefNotPermitted" => "ref-not-permitted",
        "BackendNotFound" => "backend-not-found",
        "InvalidCertificateRef" => "invalid-certificate-ref",
        "InvalidKind" => "invalid-kind",
        "InvalidRouteKinds" => "invalid-route-kinds",
        "UnsupportedProtocol" => "unsupported-protocol",
        "UnsupportedValue" => "unsupported-value",
        "IncompatibleFilters" => "incompatible-filters",
        "HostnameConflict" => "hostname-conflict",
        "ProtocolConflict" => "protocol-conflict",
        "InvalidParameters" => "invalid-parameters",
        "Pending" => "pending",
        _ => "invalid",
    }
}

/// One condition for several faults: the first gives reason, cure and field, the message has all.
pub(super) fn gathered(
    faults: &[Fault],
    kind: &'static str,
    status: Truth,
    generation: i64,
) -> Option<Condition> {
    let first = faults.first()?;
    let message = listed(faults.iter().map(|fault| fault.message.as_str()), 4);
    Some(Condition { message, ..first.condition(kind, status, generation) })
}

/// Parts of a message, at most `most` of them: the rest is counted.
pub(super) fn listed<'a>(parts: impl Iterator<Item = &'a str>, most: usize) -> String {
    let parts: Vec<&str> = parts.collect();
    let mut text = parts.iter().take(most).copied().collect::<Vec<_>>().join("; ");
    if parts.len() > most {
        text.push_str(&format!("; and {} more", parts.len() - most));
    }
    text
}

/// `condition` for something good that still wants a word.
pub(super) fn noted(kind: &'static str, reason: &'static str, generation: i64, message: String) -> Condition {
    Condition { message, ..Condition::good(kind, reason, generation) }
}
