//! The findings of `hydrant doctor`: a line for each check, with its mark and its fix. No value can
//! get in here.
//!
//! One file decides each section, from facts that others gathered. This one renders them and
//! determines the exit code.

mod dockerignore;

pub(crate) mod aws;
pub(crate) mod entries;
pub(crate) mod env_file;
pub(crate) mod environment;
pub(crate) mod executable;
pub(crate) mod manifest;

use anstyle::Style;
use hydrant_core::Severity;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, exit};
use crate::terminal::output::{self, ERROR, FAINT, GOOD, HINT, Text, WARNING, styled};

/// The sections of the report, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Manifest,
    Environment,
    EnvFile,
    Identity,
    Region,
    Endpoint,
    Clock,
    Trust,
    Executable,
    Entries,
}

const SECTIONS: [(Section, &str); 10] = [
    (Section::Manifest, "manifest"),
    (Section::Environment, "environment"),
    (Section::EnvFile, "env file"),
    (Section::Identity, "identity"),
    (Section::Region, "region"),
    (Section::Endpoint, "endpoint"),
    (Section::Clock, "clock"),
    (Section::Trust, "trust store"),
    (Section::Executable, "executable"),
    (Section::Entries, "entries"),
];

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Ok,
    /// It was not checked.
    Skipped,
    /// A start continues.
    Warning,
    /// A start ends with this exit code.
    Problem(u8),
}

impl Mark {
    fn word(self) -> &'static str {
        match self {
            Mark::Ok => "ok",
            Mark::Skipped => "skipped",
            Mark::Warning => "warning",
            Mark::Problem(_) => "problem",
        }
    }

    fn style(self) -> Style {
        match self {
            Mark::Ok => GOOD,
            Mark::Skipped => FAINT,
            Mark::Warning => WARNING,
            Mark::Problem(_) => ERROR,
        }
    }

    fn code(self) -> Option<u8> {
        match self {
            Mark::Problem(code) => Some(code),
            Mark::Ok | Mark::Skipped | Mark::Warning => None,
        }
    }
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) section: Section,
    pub(crate) name: String,
    pub(crate) mark: Mark,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Details for programs.
    pub(crate) details: Map<String, Value>,
}

impl Finding {
    pub(crate) fn new(
        section: Section,
        name: impl Into<String>,
        mark: Mark,
        message: impl Into<String>,
    ) -> Self {
        Finding {
            section,
            name: name.into(),
            mark,
            message: message.into(),
            hint: None,
            details: Map::new(),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(crate) fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

/// The failure of another command, as findings.
pub(crate) fn of_failure(section: Section, name: &str, failure: &Failure) -> Vec<Finding> {
    let code = failure.code();
    let each = failure.messages_with_hints().into_iter();
    each.map(|(text, hint)| Finding::new(section, name, Mark::Problem(code), text).hint(hint))
        .collect()
}

/// The exit code that `run` would end with. An invalid command line or manifest comes before AWS is
/// called. Of AWS's errors the most severe counts.
pub(crate) fn code(findings: &[Finding]) -> u8 {
    const BEFORE_AWS: [u8; 3] = [exit::USAGE, exit::FILE, exit::BAD_MANIFEST];
    let of_aws = Severity::MOST_SEVERE_FIRST.map(exit::of_severity);
    let rank = |code: &u8| BEFORE_AWS.iter().chain(&of_aws).position(|known| known == code);
    findings
        .iter()
        .filter_map(|finding| finding.mark.code())
        .min_by_key(|code| rank(code).unwrap_or(usize::MAX))
        .unwrap_or(exit::DONE)
}

fn count(findings: &[Finding], word: &str) -> usize {
    findings.iter().filter(|finding| finding.mark.word() == word).count()
}

/// The report for people.
pub(crate) fn text(findings: &[Finding]) -> Text {
    let mut text = Text::new();
    for (section, title) in SECTIONS {
        let of_section: Vec<_> =
            findings.iter().filter(|finding| finding.section == section).collect();
        if of_section.is_empty() {
            continue;
        }
        text = text.styled_line(Style::new().bold(), title);
        let widest =
            of_section.iter().map(|finding| finding.name.chars().count()).max().unwrap_or_default();
        for finding in of_section {
            let word = format!("{:7}", finding.mark.word());
            let name = format!("{:widest$}", finding.name);
            text = text.table(&[vec![
                styled(finding.mark.style(), word),
                name.into(),
                (&finding.message).into(),
            ]]);
            if let Some(hint) = &finding.hint {
                text = text.marked(11, HINT, "hint:", hint);
            }
        }
    }
    let (problems, warnings) = (count(findings, "problem"), count(findings, "warning"));
    let problems = match problems {
        0 => "no problems".to_owned(),
        several => output::count(several, "problem", "problems"),
    };
    let warnings = match warnings {
        0 => String::new(),
        several => format!(", {}", output::count(several, "warning", "warnings")),
    };
    text.line(format!("{problems}{warnings}"))
}

/// The same as JSON.
pub(crate) fn as_json(manifest: &str, findings: &[Finding]) -> Value {
    let title = |section| {
        SECTIONS
            .iter()
            .find(|(known, _)| *known == section)
            .map(|(_, title)| title.replace(' ', "_"))
    };
    let checks = findings.iter().map(|finding| {
        json!({
            "section": title(finding.section),
            "name": finding.name,
            "mark": finding.mark.word(),
            "message": finding.message,
            "hint": finding.hint,
            "code": finding.mark.code(),
            "details": finding.details,
        })
    });
    json!({
        "manifest": manifest,
        "checks": checks.collect::<Vec<_>>(),
        "problems": count(findings, "problem"),
        "warnings": count(findings, "warning"),
        "code": code(findings),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_that_with_which_run_would_end() {
        let check = |codes: &[u8], expected| {
            let of = |code: &u8| Finding::new(Section::Entries, "KEY", Mark::Problem(*code), "");
            let mut findings: Vec<_> = codes.iter().map(of).collect();
            findings.push(Finding::new(Section::Entries, "KEY", Mark::Warning, ""));
            assert_eq!(code(&findings), expected, "{codes:?}");
        };
        check(&[], 0);
        check(&[66, 76, 69, 77, 78], 78);
        check(&[66, 76, 69, 77], 77);
        check(&[66, 76, 69], 69);
        check(&[66, 76], 76);
        check(&[78, 65], 65);
        check(&[65, 74], 74);
        check(&[65, 2], 2);
    }
}
