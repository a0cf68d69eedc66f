//! What a snippet does only when a value of the request is as asked: `if`, and what looks for something in the path.

use std::sync::Arc;

use regex::escape;

use crate::{
    dialect::ingress::annotation::snippet::Condition,
    routing::{
        Action, AnswerHeader, Conditions, Field, FieldMatch, How, Part, PathMatch, PathRewrite, Return,
        Rewrite, Rule, Template, Test, ValueMatch,
    },
};

/// What comes first when a value of the request is as asked.
pub(in crate::dialect::ingress) struct Conditional {
    pub(in crate::dialect::ingress) conditions: Conditions,
    pub(in crate::dialect::ingress) path: Option<PathMatch>,
    pub(super) end: End,
    pub(super) rule: Option<Arc<Rule>>,
}

/// What it does then.
pub(super) enum End {
    Return(Return),
    /// The request goes on with this path.
    Rewritten(PathRewrite),
    /// The answer gets these.
    Headers(Vec<AnswerHeader>),
}

impl Conditional {
    pub(super) fn returns(conditions: Conditions, path: Option<PathMatch>, said: Return) -> Self {
        Self { conditions, path, end: End::Return(said), rule: None }
    }

    /// The same, as a rule beside the one whose location has the snippet.
    pub(in crate::dialect::ingress::rule) fn on(self, rule: &Rule) -> Self {
        let rule = match &self.end {
            End::Return(said) => {
                let action = Action::Return(Box::new(said.clone()));
                Rule { action, rewrite: None, mirrors: Box::default(), ..rule.clone() }
            }
            End::Rewritten(path) => {
                let rewrite = Some(Rewrite { host: None, path: Some(path.clone()) });
                Rule { rewrite, ..rule.clone() }
            }
            End::Headers(headers) => {
                let mut policy = rule.policy.as_deref().cloned().unwrap_or_default();
                // One `add_header` of the block, and those around it are lost.
                let adds = |header: &AnswerHeader| header.how == How::Add;
                let alone = headers.iter().any(adds);
                let kept = policy.answer.iter().filter(|header| !(alone && adds(header))).cloned();
                policy.answer = kept.chain(headers.iter().cloned()).collect();
                Rule { policy: Some(Arc::new(policy)), ..rule.clone() }
            }
        };
        Self { rule: Some(Arc::new(rule)), ..self }
    }

    /// Its rule: the location's with another end.
    pub(in crate::dialect::ingress) fn rule(&self) -> Option<&Arc<Rule>> {
        self.rule.as_ref()
    }

    /// What it answers, if it does.
    pub(in crate::dialect::ingress) fn returned(&self) -> Option<&Return> {
        match &self.end {
            End::Return(said) => Some(said),
            End::Rewritten(_) | End::Headers(_) => None,
        }
    }

    /// Answers come before what only changes something; of changes the last one counts.
    pub(super) fn place(&self) -> u8 {
        match self.end {
            End::Return(_) => 0,
            End::Rewritten(_) => 1,
            End::Headers(_) => 2,
        }
    }
}

/// What is looked for in the path, when a condition asks for the path.
pub(super) fn path_of(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Equals { variable, text, not: false } if is_path(variable) => {
            Some(format!("^{}$", escape(text)))
        }
        Condition::Matches { variable, pattern, any_case, not: false } if is_path(variable) => {
            Some(if *any_case { format!("(?i:{pattern})") } else { pattern.clone() })
        }
        Condition::Is(_) | Condition::Equals { .. } | Condition::Matches { .. } | Condition::Other(_) => None,
    }
}

fn is_path(variable: &str) -> bool {
    matches!(variable, "uri" | "document_uri")
}

/// A condition over one value of the request; none when it asks for something else.
pub(super) fn asked(condition: &Condition) -> Option<Conditions> {
    let pattern = |text: &str| ValueMatch::part(text).ok();
    let (variable, value, not) = match condition {
        // Not empty and not `0`.
        Condition::Is(variable) => (variable, pattern("^(?!0$)(?s:.+)$")?, false),
        Condition::Equals { variable, text, not } if !text.contains('$') => {
            (variable, ValueMatch::exact(text), *not)
        }
        Condition::Matches { variable, pattern: text, any_case, not } => {
            (variable, pattern(&if *any_case { format!("(?i:{text})") } else { text.clone() })?, *not)
        }
        Condition::Equals { .. } | Condition::Other(_) => return None,
    };
    if variable == "request_method"
        && !not
        && let ValueMatch::Exact(method) = &value
    {
        return Some(Conditions { method: Some(Arc::clone(method)), ..Conditions::default() });
    }
    let families = [("http_", Field::Header), ("cookie_", Field::Cookie), ("arg_", Field::Query)];
    let of_family = families.iter().find_map(|(front, field)| Some((*field, variable.strip_prefix(front)?)));
    if let Some((field, name)) = of_family.filter(|_| !not && !takes_nothing(&value)) {
        let name = if field == Field::Header { name.replace('_', "-") } else { name.to_owned() };
        let fields = [FieldMatch { field, name: name.into(), value }].into();
        return Some(Conditions { fields, ..Conditions::default() });
    }
    let template = Template::parse(&format!("${{{variable}}}"));
    let [Part::Variable(variable)] = template.parts() else { return None };
    let tests = [Test { variable: variable.clone(), value, not }].into();
    Test::knows(variable).then(|| Conditions { tests, ..Conditions::default() })
}

/// Whether a value that is not there would do.
fn takes_nothing(value: &ValueMatch) -> bool {
    value.takes("")
}
