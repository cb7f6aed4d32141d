//! The problems of a manifest, each with its position in the text.

use crate::shown;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One problem of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong: a lowercase fragment that names the entry or table it is in.
    pub message: String,
    /// What to do about it.
    pub help: Option<Help>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes of the text that the problem is about.
    pub span: Range<usize>,
    /// Whether the line may be shown: false where it may hold a value pasted by mistake (unknown
    /// keys, syntax, defaults, values that are wrong).
    pub show_source: bool,
}

/// What to do about a problem of a manifest; `Display` says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Help {
    /// In words.
    Words(String),
    /// Give a `${name}` a value.
    SetVar {
        /// The name between the braces.
        name: String,
        /// The nearest name that has a value.
        nearest: Option<String>,
    },
}

impl Help {
    /// `did you mean …? ` with a space at its end, if there is a near name; else empty.
    pub fn suggestion(&self) -> String {
        match self {
            Help::SetVar { nearest: Some(near), .. } => format!("did you mean `${{{near}}}`? "),
            _ => String::new(),
        }
    }
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Help::Words(text) => f.write_str(text),
            Help::SetVar { name, .. } => {
                write!(f, "{}set it in [vars], or as HYDRANT_VAR_{name}", self.suggestion())
            }
        }
    }
}

impl From<&str> for Help {
    fn from(text: &str) -> Self {
        Help::Words(text.to_owned())
    }
}

impl From<String> for Help {
    fn from(text: String) -> Self {
        Help::Words(text)
    }
}

/// All the problems of one manifest; never empty.
///
/// `Display` gives one line each, `PATH:LINE:COLUMN: message (help)`, in the order of the text.
#[derive(Clone)]
pub struct ManifestError {
    path: PathBuf,
    text: Arc<str>,
    problems: Vec<Problem>,
}

impl ManifestError {
    pub(crate) fn new(path: &Path, text: Arc<str>, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.span.start);
        ManifestError { path: path.to_owned(), text, problems }
    }

    /// The manifest's path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The manifest's text, for showing lines.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The problems, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(
                f,
                "{}:{}:{}: {}",
                shown::path(&self.path),
                problem.line,
                problem.column,
                problem.message
            )?;
            if let Some(help) = &problem.help {
                write!(f, " ({help})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ManifestError {}

/// Omits the text: a line of it may hold a value pasted by mistake.
impl fmt::Debug for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManifestError")
            .field("path", &self.path)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}
