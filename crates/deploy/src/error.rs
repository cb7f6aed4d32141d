//! Why nothing was generated.

use std::path::Path;

use hydrant_core::shown;

use crate::policy::{PolicyProblem, PolicyProblemKind};

/// Why nothing was generated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// An option of the call, or a setting beside it, is wrong or missing.
    #[error("{}", .0.text)]
    Usage(Problem),
    /// Entries that the target cannot be made for as they are; never empty.
    #[error("{}", texts(.0))]
    Entries(Vec<Problem>),
}

/// One thing that is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, with the entry's variable and line.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

impl GenerateError {
    pub(crate) fn usage(text: &str) -> Self {
        GenerateError::Usage(Problem { text: text.to_owned(), hint: None })
    }
}

fn texts(problems: &[Problem]) -> String {
    problems.iter().map(|problem| problem.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// The entries that no policy can be made for, each with what to do.
///
/// ```
/// use hydrant_deploy::policy::{PolicyProblem, PolicyProblemKind};
/// use hydrant_deploy::describe;
///
/// let problem = PolicyProblem { variable: "A".to_owned(), line: 3, kind: PolicyProblemKind::Key };
/// let problems = describe("secrets.toml".as_ref(), &[problem]);
/// assert_eq!(problems[0].text, "A (secrets.toml:3): its kms_key is no key");
/// ```
pub fn describe(manifest: &Path, problems: &[PolicyProblem]) -> Vec<Problem> {
    let each = problems.iter().map(|problem| {
        let PolicyProblem { variable, line, kind } = problem;
        let hint = match kind {
            PolicyProblemKind::Reference(_) => "mend the reference, or leave its variable unset",
            PolicyProblemKind::HiddenName { .. } => {
                "set the variable to the ARN, or leave it unset (the entry then counts by its create_name), or name the \
                 secret in the manifest (secret_id)"
            }
            PolicyProblemKind::Key => "a key's ARN, its id, or `alias/NAME`",
        };
        Problem {
            text: format!("{variable} ({}:{line}): {kind}", shown::path(manifest)),
            hint: Some(hint.to_owned()),
        }
    });
    each.collect()
}
