//! The env file's dialect: literal values, no substitution, errors that name a line and never its
//! text.
//!
//! It reads what python-dotenv reads with `interpolate=False`, with two differences: `\$` in double
//! quotes is a dollar as in a shell, and lines that python-dotenv skips are errors. It only owns
//! reading. [`Env`](crate::Env) and the command line decide which variables count, and for whom.

use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

mod grammar;
#[cfg(test)]
mod tests;

use crate::{bounded_file, shown};
use grammar::Cursor;

/// The variables of an env file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// Each with the index of its last setting, which counts.
    variables: BTreeMap<String, (Zeroizing<String>, usize)>,
    settings: Vec<EnvFileSetting>,
}

/// Where an env file sets a variable. It cannot hold the value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvFileSetting {
    /// The variable.
    pub name: String,
    /// The bytes of the setting in the text: from its `export` or its name to the end of its last
    /// line. They include a comment after the value, but not the white space before the setting and
    /// the line ending after it. Without these bytes, the rest of the file reads as before.
    pub bytes: Range<usize>,
    /// Its lines, from 1; several for a value that spans lines.
    pub lines: RangeInclusive<usize>,
}

/// Why an env file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EnvFileError {
    /// The file could not be read.
    #[error("failed to read the env file {}", shown::path(path))]
    Io {
        /// The file's path, as it was given.
        path: PathBuf,
        /// What the system says; [`std::io::ErrorKind::NotFound`] where there is no file.
        source: std::io::Error,
    },
    /// The file is not UTF-8.
    #[error("{}:{line}: the file is not UTF-8", shown::path(path))]
    NotUtf8 {
        /// The file's path, as it was given.
        path: PathBuf,
        /// The line of the first byte that is not, from 1.
        line: usize,
    },
    /// The file has lines that cannot be read.
    #[error("{}", Lines(path, problems))]
    Problems {
        /// The file's path, as it was given.
        path: PathBuf,
        /// All of them, never empty, in the order of the file.
        problems: Vec<EnvFileProblem>,
    },
}

impl EnvFileError {
    /// Whether there is no such file. This is not an error if the file was not given by name.
    pub fn is_missing(&self) -> bool {
        let EnvFileError::Io { source, .. } = self else { return false };
        source.kind() == std::io::ErrorKind::NotFound
    }
}

/// One line of an env file that cannot be read. It cannot hold the line's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct EnvFileProblem {
    /// The line, from 1. For a value that spans lines, it is the first line.
    pub line: usize,
    /// What is wrong with it.
    pub kind: EnvFileProblemKind,
}

/// What is wrong with a line of an env file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvFileProblemKind {
    /// No name before the `=`, or a name that contains a quote.
    #[error("no valid name before the `=`")]
    Name,
    /// A name without a `=` after it.
    #[error("no `=` after the name")]
    NoEquals,
    /// A quote that is never closed.
    #[error("a quote is opened and never closed")]
    OpenQuote,
    /// Something other than a comment after a closing quote.
    #[error("text after the closing quote")]
    AfterQuote,
    /// A NUL, which an environment variable cannot hold.
    #[error("a NUL character")]
    Nul,
}

impl EnvFile {
    /// The most bytes of a file. No system passes more than a few MiB of variables to a program.
    pub const LIMIT: u64 = 16 * bounded_file::MIB;

    /// The most lines, not counting empty lines and comments. Each takes many times the memory of
    /// its bytes.
    const MOST_LINES: usize = 131_072;

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`EnvFileError`]. [`EnvFileError::is_missing`] distinguishes a missing file from one that
    /// cannot be read.
    pub fn read(path: &Path) -> Result<Self, EnvFileError> {
        let bytes = bounded_file::read(path, EnvFile::LIMIT)
            .map_err(|source| EnvFileError::Io { path: path.to_owned(), source })?;
        EnvFile::of_bytes(path, &Zeroizing::new(bytes))
    }

    /// Reads the content of a file. The path is only used in messages.
    ///
    /// # Errors
    ///
    /// [`EnvFileError`]. [`EnvFileError::Io`] only means that the content is too large.
    pub fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Self, EnvFileError> {
        let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
        if lines
            .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
            .nth(EnvFile::MOST_LINES)
            .is_some()
        {
            let source = std::io::Error::new(
                ErrorKind::FileTooLarge,
                "the file has more than 131,072 lines, not counting comments",
            );
            return Err(EnvFileError::Io { path: path.to_owned(), source });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line =
                1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            EnvFileError::NotUtf8 { path: path.to_owned(), line }
        })?;
        EnvFile::parse(text)
            .map_err(|problems| EnvFileError::Problems { path: path.to_owned(), problems })
    }

    /// Reads a text.
    ///
    /// ```
    /// use hydrant_core::EnvFile;
    ///
    /// let file = EnvFile::parse("export KEY='pa$word' # a comment\n").unwrap();
    /// assert_eq!(file.get("KEY"), Some("pa$word"));
    /// assert_eq!(EnvFile::parse("A=1\nsk-secret\n").unwrap_err()[0].to_string(), "line 2: no `=` after the name");
    /// ```
    ///
    /// # Errors
    ///
    /// Every line that cannot be read, in order.
    pub fn parse(text: &str) -> Result<Self, Vec<EnvFileProblem>> {
        let mut cursor = Cursor::new(text);
        let mut file = EnvFile::default();
        let mut problems = Vec::new();
        while let Some((line, start)) = cursor.next_setting() {
            match grammar::binding(&mut cursor) {
                Ok(Some((name, value))) => {
                    let (bytes, lines) = (start..cursor.offset(), line..=cursor.line());
                    file.settings.push(EnvFileSetting { name: name.clone(), bytes, lines });
                    file.variables.insert(name, (value, file.settings.len() - 1));
                }
                Ok(None) => {}
                Err(kind) => {
                    problems.push(EnvFileProblem { line, kind });
                    cursor.skip_line();
                }
            }
        }
        if problems.is_empty() { Ok(file) } else { Err(problems) }
    }

    /// The value of a variable, if the file sets it to a value that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|(value, _)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All variables with their values, sorted by name; empty values included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, (value, _))| (name.as_str(), value.as_str()))
    }

    /// The names of all variables, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Where the file sets variables, in its order. A name that is set several times is listed
    /// several times.
    ///
    /// ```
    /// use hydrant_core::EnvFile;
    ///
    /// let text = "A=1\nexport B='2\n3' # a comment\n";
    /// let file = EnvFile::parse(text).unwrap();
    /// let setting = &file.settings()[1];
    /// assert_eq!((setting.name.as_str(), &setting.lines), ("B", &(2..=3)));
    /// assert_eq!(&text[setting.bytes.clone()], "export B='2\n3' # a comment");
    /// ```
    pub fn settings(&self) -> &[EnvFileSetting] {
        &self.settings
    }

    /// Where the file sets a variable: the last setting of the name, which counts.
    pub fn setting_of(&self, name: &str) -> Option<&EnvFileSetting> {
        self.variables.get(name).and_then(|(_, index)| self.settings.get(*index))
    }
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// Prints problems one a line, `PATH:LINE: what`.
struct Lines<'a>(&'a Path, &'a [EnvFileProblem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.1.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(f, "{separator}{}:{}: {}", shown::path(self.0), problem.line, problem.kind)?;
        }
        Ok(())
    }
}
