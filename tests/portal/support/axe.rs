//! The rules of accessibility, run in the browser.

use serde_json::Value;
use std::fmt;

const AXE: &str = include_str!("vendor/axe.min.js");

/// A broken rule of accessibility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, as axe names it.
    pub rule: String,
    /// What is wrong.
    pub help: String,
    /// The elements that break it, as HTML, with what to do.
    pub elements: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}\n  {}",
            self.rule,
            self.help,
            self.elements.join("\n  ")
        )
    }
}

/// Runs the rules of WCAG 2.2 AA and axe's best practices, and hands what is broken to the callback.
pub(super) fn script() -> String {
    format!(
        "const done = arguments[0];
            if (!window.axe) {{ {AXE}\n }}
            axe.run(document, {{ resultTypes: ['violations'], runOnly: {{ type: 'tag', values:
                ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }} }})
                .then(found => done(found.violations), error => done(String(error)));"
    )
}

/// What the script handed over.
pub(super) fn violations(found: &Value) -> Vec<Violation> {
    let all = found
        .as_array()
        .unwrap_or_else(|| panic!("axe fails: {found}"));
    all.iter().map(violation).collect()
}

fn violation(found: &Value) -> Violation {
    let element = |node: &Value| {
        format!(
            "{} — {}",
            word(&node["html"]),
            word(&node["failureSummary"])
        )
    };
    Violation {
        rule: word(&found["id"]),
        help: word(&found["help"]),
        elements: found["nodes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(element)
            .collect(),
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
