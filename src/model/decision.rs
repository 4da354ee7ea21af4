//! An outcome and its reason.

use super::origin::Origin;

/// What was decided and why: the rule, and the line of the configuration that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision<T> {
    /// What follows from it.
    pub outcome: T,
    /// The rule in words, for the log.
    pub rule: String,
    /// Where the deciding option stands.
    pub origin: Origin,
}

impl<T> Decision<T> {
    /// A decision by a rule.
    pub fn new(outcome: T, rule: impl Into<String>, origin: Origin) -> Self {
        Self { outcome, rule: rule.into(), origin }
    }

    /// The reason as one line: `rule (file:line:column)`.
    pub fn reason(&self) -> String {
        format!("{} ({})", self.rule, self.origin)
    }
}
