//! Why values do not fit a type: variable, line and expected type. What serde or the type says of a
//! value is dropped, because it may repeat the value.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use serde::de::{Expected, Unexpected};

use crate::report::Values;
use crate::shown;
use crate::shown::KnownValues;

/// Why the values do not fit a type: the first problem. It holds no value and no part of one.
///
/// `VARIABLE (MANIFEST:LINE): invalid value: expected u16`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    manifest: PathBuf,
    variable: Option<String>,
    line: Option<usize>,
    expected: Option<String>,
    problem: Problem,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    /// The value is not one of the field's type.
    Invalid,
    /// A field that is not optional has no value.
    Missing { field: &'static str },
    /// Two variables lead to one field.
    Duplicate { field: &'static str },
    /// No field takes the entry, and the type denies unknown fields.
    Unknown,
}

impl Error {
    fn new(problem: Problem) -> Self {
        Error { manifest: PathBuf::new(), variable: None, line: None, expected: None, problem }
    }

    fn expecting(expected: &dyn Expected) -> Self {
        Error { expected: Some(expected.to_string()), ..Error::new(Problem::Invalid) }
    }

    /// The manifest, as it was named.
    pub fn manifest(&self) -> &Path {
        &self.manifest
    }

    /// The variable. `None` for the value of a field below `#[serde(flatten)]`, where serde does
    /// not tell which it is.
    pub fn variable(&self) -> Option<&str> {
        self.variable.as_deref()
    }

    /// The line of the variable's entry in the manifest, from 1. `None` if there is no such entry.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The expected type, in serde's words or by its name. `None` where no value is there.
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// Notes the variable, and the type of its field, whose name counts where serde says nothing.
    pub(super) fn of_variable(mut self, variable: &str, of_type: Option<&'static str>) -> Self {
        self.variable = Some(variable.to_owned());
        if let (Problem::Invalid, None) = (self.problem, &self.expected) {
            self.expected = of_type.and_then(short_name);
        }
        self
    }

    /// Adds the manifest and the line, and takes out an expectation that repeats a value.
    pub(super) fn among(mut self, values: &Values) -> Self {
        let known = KnownValues::new(values.iter().map(|(_, value)| value));
        self.expected = self.expected.filter(|expected| !known.are_in(expected));
        if let (Problem::Missing { field }, None) = (self.problem, &self.variable) {
            self.variable = Some(super::variable_of(field, values));
        }
        let entry =
            values.entries.iter().find(|entry| Some(&entry.variable) == self.variable.as_ref());
        self.line = entry.map(|entry| entry.line);
        self.manifest.clone_from(&values.manifest);
        self
    }
}

/// The name of a type without the paths of modules; `None` for the types that derives make.
fn short_name(name: &'static str) -> Option<String> {
    let parts = name.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let short: String = parts.map(|part| part.rsplit("::").next().unwrap_or(part)).collect();
    (!name.contains("__")).then_some(short)
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = shown::path(&self.manifest);
        match (&self.variable, self.line) {
            (Some(variable), Some(line)) => write!(f, "{variable} ({manifest}:{line}): ")?,
            (Some(variable), None) => write!(f, "{variable} ({manifest}): ")?,
            (None, _) => write!(f, "{manifest}: ")?,
        }
        match self.problem {
            Problem::Invalid => f.write_str("invalid value")?,
            Problem::Missing { field } if self.line.is_some() => {
                write!(f, "missing value for the field `{field}`")?
            }
            Problem::Missing { field } => write!(f, "no such entry for the field `{field}`")?,
            Problem::Duplicate { field } => write!(f, "duplicate field `{field}`")?,
            Problem::Unknown => f.write_str("the type has no field for this entry")?,
        }
        match &self.expected {
            Some(expected) => write!(f, ": expected {expected}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Each drops what is said of the value.
impl serde::de::Error for Error {
    fn custom<T: Display>(_: T) -> Self {
        Error::new(Problem::Invalid)
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Error::expecting(expected)
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Error::expecting(expected)
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Error::expecting(expected)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let names: Vec<_> = expected.iter().map(|name| format!("`{name}`")).collect();
        let expected = format!("one of {}", names.join(", "));
        Error { expected: Some(expected), ..Error::new(Problem::Invalid) }
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Error::new(Problem::Unknown)
    }

    fn missing_field(field: &'static str) -> Self {
        Error::new(Problem::Missing { field })
    }

    fn duplicate_field(field: &'static str) -> Self {
        Error::new(Problem::Duplicate { field })
    }
}
