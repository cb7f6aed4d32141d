//! Why nothing was generated, what is to be known of what was, and what to do.

use std::path::Path;

use hydrant_core::shown;

use crate::policy::{PolicyProblem, PolicyProblemKind};

/// Why nothing was generated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// An option of the call, or a setting beside it, is wrong or missing.
    #[error("{}", .0.text)]
    Usage(Problem),
    /// A service account in a cluster-wide store, whose namespace nothing gives.
    #[error("a cluster-wide store has no namespace, and that of the service account is not given")]
    NoNamespace,
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
    pub hint: Option<Hint>,
}

/// What is to be known of a text that was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is.
    pub text: String,
    /// What to do.
    pub hint: Option<Hint>,
}

/// What to do. Where that is an option or a command it is data: the caller, who has them, says it
/// in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// What holds wherever this runs.
    Words(String),
    /// Give the region, or let the environment or the manifest say it.
    GiveRegion,
    /// Give the account.
    GiveAccount,
    /// Give the account, or set the entry's ARN variable.
    GiveAccountOrVariable,
    /// Let the program read its secrets itself, or leave the entry out.
    HydrateOrLeaveOut,
    /// Give the key a name, or let the program read its secrets itself.
    NameKeyOrHydrate,
    /// Give a shorter name, or take another variable.
    ShortenName,
    /// Make two files, each of some entries and with a name of its own.
    SplitFile,
    /// Make several templates, each of some entries.
    SplitTemplate,
    /// Make several stacks, each of some entries.
    SplitStack,
    /// Rename one of the resources, or make two stacks.
    RenameOrSplitStack,
    /// Deploy the template from a bucket.
    UploadTemplate,
    /// Name a program for the architecture, or the other architecture.
    NameOtherProgram,
    /// Build the program for musl, and name it.
    BuildForMusl,
    /// Create the parameter with a value of this variable.
    PutParameter(String),
}

impl Notice {
    pub(crate) fn new(text: String, hint: Hint) -> Self {
        Notice { text, hint: Some(hint) }
    }
}

impl From<String> for Notice {
    fn from(text: String) -> Self {
        Notice { text, hint: None }
    }
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
/// assert_eq!(problems[0].text, "A (secrets.toml:3): its kms_key is not a KMS key");
/// ```
pub fn describe(manifest: &Path, problems: &[PolicyProblem]) -> Vec<Problem> {
    let each = problems.iter().map(|problem| {
        let PolicyProblem { variable, line, kind } = problem;
        let hint = match kind {
            PolicyProblemKind::Reference(_) => "fix the reference, or leave its variable unset",
            PolicyProblemKind::HiddenName { .. } => {
                "set the variable to the ARN, or leave it unset (the entry then counts by its create_name), or name the \
                 secret in the manifest (secret_id)"
            }
            PolicyProblemKind::Key => "a key's ARN, its id, or `alias/NAME`",
        };
        Problem {
            text: format!("{variable} ({}:{line}): {kind}", shown::path(manifest)),
            hint: Some(Hint::Words(hint.to_owned())),
        }
    });
    each.collect()
}
