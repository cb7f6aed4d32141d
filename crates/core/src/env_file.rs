//! The env file's dialect: literal values, no substitution, errors that name a line and never its text.
//!
//! It reads what python-dotenv reads with `interpolate=False`, but for `\$` in double quotes, which is a dollar as in a
//! shell; and it refuses the lines that python-dotenv skips. Owns reading alone: which of the variables count, and for
//! whom, is up to [`Env`](crate::Env) and the command line.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The variables of an env file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvFile {
    variables: BTreeMap<String, Zeroizing<String>>,
}

/// Why an env file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EnvFileError {
    /// The file could not be read.
    #[error("failed to read the env file {}", path.display())]
    Io {
        /// The file's path, as it was given.
        path: PathBuf,
        /// What the system says; [`std::io::ErrorKind::NotFound`] where there is no file.
        source: std::io::Error,
    },
    /// The file is not UTF-8.
    #[error("{}:{line}: the file is not UTF-8", path.display())]
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
    /// Whether there is no such file: no error where the file was not asked for by name.
    pub fn is_missing(&self) -> bool {
        matches!(self, EnvFileError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    }
}

/// One line of an env file that cannot be read. It has no way to hold the line's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct EnvFileProblem {
    /// The line, from 1; of a value that spans lines, its first.
    pub line: usize,
    /// What is wrong with it.
    pub kind: EnvFileProblemKind,
}

/// What is wrong with a line of an env file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvFileProblemKind {
    /// Nothing before the `=`, or a name with a quote in it.
    #[error("no valid name before the `=`")]
    Name,
    /// A name, and then something else.
    #[error("no `=` after the name")]
    NoEquals,
    /// A quote that is never closed.
    #[error("a quote is opened and never closed")]
    OpenQuote,
    /// Something other than a comment after a closing quote.
    #[error("text after the closing quote")]
    AfterQuote,
    /// A NUL, which no environment variable can hold.
    #[error("a NUL character")]
    Nul,
}

impl EnvFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`EnvFileError`]; [`EnvFileError::is_missing`] tells a file that is not there from one that cannot be read.
    pub fn read(path: &Path) -> Result<Self, EnvFileError> {
        let bytes =
            crate::regular_file::read(path).map_err(|source| EnvFileError::Io { path: path.to_owned(), source })?;
        let bytes = Zeroizing::new(bytes);
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            EnvFileError::NotUtf8 { path: path.to_owned(), line }
        })?;
        EnvFile::parse(text).map_err(|problems| EnvFileError::Problems { path: path.to_owned(), problems })
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
        let mut cursor = Cursor { rest: text.trim_start_matches('\u{feff}'), line: 1 };
        let mut variables = BTreeMap::new();
        let mut problems = Vec::new();
        loop {
            cursor.skip(is_space);
            if cursor.rest.is_empty() {
                break;
            }
            let line = cursor.line;
            match binding(&mut cursor) {
                // The last of several settings of a name counts.
                Ok(Some((name, value))) => drop(variables.insert(name, value)),
                Ok(None) => {}
                Err(kind) => {
                    problems.push(EnvFileProblem { line, kind });
                    cursor.skip(|c| !is_newline(c));
                }
            }
        }
        if problems.is_empty() { Ok(EnvFile { variables }) } else { Err(problems) }
    }

    /// The value of a variable, if the file sets it to something that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All variables with their values, sorted by name; empty values included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names of all variables, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
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
            write!(f, "{separator}{}:{}: {}", self.0.display(), problem.line, problem.kind)?;
        }
        Ok(())
    }
}

/// What is left of the text, and the line it starts in.
struct Cursor<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Cursor<'a> {
    /// Takes the first `length` bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        let bytes = taken.as_bytes();
        // A `\r` that no `\n` follows ends a line too.
        let is_end =
            |(index, byte): (usize, &u8)| *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
        self.line += bytes.iter().enumerate().filter(|end| is_end(*end)).count();
        self.rest = rest;
        taken
    }

    /// Takes characters as long as they are wanted.
    fn skip(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len()))
    }
}

fn is_newline(c: char) -> bool {
    c == '\n' || c == '\r'
}

/// White space as python-dotenv takes it: Python counts the four separators of ASCII, Unicode does not.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

fn is_blank(c: char) -> bool {
    is_space(c) && !is_newline(c)
}

type Binding = (String, Zeroizing<String>);

/// Reads one setting, or a comment, which gives none.
fn binding(cursor: &mut Cursor<'_>) -> Result<Option<Binding>, EnvFileProblemKind> {
    if cursor.rest.starts_with('#') {
        cursor.skip(|c| !is_newline(c));
        return Ok(None);
    }
    let name = name(cursor)?;
    let blanks = cursor.take(1).len() + cursor.skip(is_blank).len();
    let quote = cursor.rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let value = match quote {
        Some(quote) => {
            let value = quoted(cursor, quote)?;
            cursor.skip(is_blank);
            if !(cursor.rest.is_empty() || cursor.rest.starts_with(['#', '\n', '\r'])) {
                return Err(EnvFileProblemKind::AfterQuote);
            }
            cursor.skip(|c| !is_newline(c));
            value
        }
        None => Zeroizing::new(unquoted(cursor.skip(|c| !is_newline(c)), blanks > 1).to_owned()),
    };
    if name.contains('\0') || value.contains('\0') {
        return Err(EnvFileProblemKind::Nul);
    }
    Ok(Some((name, value)))
}

/// Reads a name up to its `=`, which is left.
fn name(cursor: &mut Cursor<'_>) -> Result<String, EnvFileProblemKind> {
    if let Some(after) = cursor.rest.strip_prefix("export")
        && after.starts_with(is_blank)
    {
        cursor.take("export".len());
        cursor.skip(is_blank);
    }
    let quoted = cursor.rest.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).map(|(name, _)| name);
    let name = match quoted.filter(|name| !name.contains(is_newline)) {
        Some(name) => {
            cursor.take(name.len() + 2);
            name
        }
        None => cursor.skip(|c| !(is_space(c) || c == '=' || c == '#')),
    };
    cursor.skip(is_blank);
    match cursor.rest.starts_with('=') {
        true if name.is_empty() || name.contains(['\'', '"', '=']) => Err(EnvFileProblemKind::Name),
        true => Ok(name.to_owned()),
        false => Err(EnvFileProblemKind::NoEquals),
    }
}

/// The value without its comment; `blank_before` says whether a `#` at its start may begin one.
fn unquoted(text: &str, blank_before: bool) -> &str {
    if blank_before && text.starts_with('#') {
        return "";
    }
    let comment = text.char_indices().zip(text.chars().skip(1)).find(|((_, before), c)| *c == '#' && is_space(*before));
    comment.map_or(text, |((index, _), _)| &text[..index]).trim_end_matches(is_space)
}

/// Reads a quoted value, its quotes included; it may span lines.
fn quoted(cursor: &mut Cursor<'_>, quote: char) -> Result<Zeroizing<String>, EnvFileProblemKind> {
    let inner = &cursor.rest[1..];
    let mut length = None;
    let mut escaped = false;
    for (index, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => {
                length = Some(index);
                break;
            }
            _ => {}
        }
    }
    let inner = &inner[..length.ok_or(EnvFileProblemKind::OpenQuote)?];
    // Never longer than what it is made of, so that no copy is left behind by growing.
    let mut value = Zeroizing::new(String::with_capacity(inner.len()));
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let next = chars.as_str().chars().next();
        match next.filter(|_| c == '\\').and_then(|next| escape(quote, next)) {
            Some(meant) => {
                value.push(meant);
                chars.next();
            }
            None => value.push(c),
        }
    }
    cursor.take(inner.len() + 2);
    Ok(value)
}

/// What a backslash and this character mean in such quotes; `None` if they stand for themselves.
fn escape(quote: char, c: char) -> Option<char> {
    match (quote, c) {
        (_, '\\' | '\'') => Some(c),
        ('"', '"' | '$') => Some(c),
        ('"', 'n') => Some('\n'),
        ('"', 'r') => Some('\r'),
        ('"', 't') => Some('\t'),
        ('"', 'a') => Some('\u{7}'),
        ('"', 'b') => Some('\u{8}'),
        ('"', 'f') => Some('\u{c}'),
        ('"', 'v') => Some('\u{b}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `NAME=value` for each variable, or `LINE kind` for each problem, with ` | ` between them.
    fn check(input: &str, expected: &str) {
        let found = match EnvFile::parse(input) {
            Ok(file) => file.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
            Err(problems) => problems.iter().map(|problem| format!("{} {:?}", problem.line, problem.kind)).collect(),
        };
        assert_eq!(found.join(" | "), expected, "for {input:?}");
    }

    #[test]
    fn values_are_literal() {
        check("", "");
        check("# nothing\n\n  # at all", "");
        check("A=1", "A=1");
        check("\u{feff}A=1\r\nB=2\r\n", "A=1 | B=2");
        check("\u{feff}\u{feff}A=1", "A=1");
        check("A=1\rB=2", "A=1 | B=2");
        check("export A=1\nexport\tB = 2\nexport=3", "A=1 | B=2 | export=3");
        check("  A  =  a b  ", "A=a b");
        check("'A'=1", "A=1");
        check("A=pa$word${HOME}`id`$(id)", "A=pa$word${HOME}`id`$(id)");
        check("A=a=b==", "A=a=b==");
        check("A=sk-1#2 # comment", "A=sk-1#2");
        check("A=#1", "A=#1");
        check("A= # comment", "A=");
        check("A=\t#comment", "A=");
        check("A=\u{1c}1\u{1f}\nB\u{1d}=2\u{1e}#3", "A=1 | B=2");
        check("A=\nB=", "A= | B=");
        check("A=a'b\"c", "A=a'b\"c");
        check("A=a\\nb", "A=a\\nb");
        check("A=1\nA=2", "A=2");
        check("a.b-c=1\nÜ=ü", "a.b-c=1 | Ü=ü");
    }

    #[test]
    fn quotes() {
        check(r"A='a $b \n \' \\ # c'", r"A=a $b \n ' \ # c");
        check(r#"A="a\tb\\\"\$x$x\d\u00e9" # comment"#, "A=a\tb\\\"$x$x\\d\\u00e9");
        check(r#"A="\a\b\f\n\r\v\'""#, "A=\u{7}\u{8}\u{c}\n\r\u{b}'");
        check("A='one\r\ntwo'\nB=3", "A=one\r\ntwo | B=3");
        check("A=\"one\n\n# two\"#c\nB=3", "A=one\n\n# two | B=3");
        check("A=''\nB=\"\"", "A= | B=");
        check("A='\\\\'\nB=1", "A=\\ | B=1");
    }

    #[test]
    fn problems_name_their_lines() {
        check("A=1\nhunter2\nB=2\n=3\n", "2 NoEquals | 4 Name");
        check("export =1\nA=1", "1 Name");
        check("A B=1", "1 NoEquals");
        check("A #=1", "1 NoEquals");
        check("\"A\"=1", "1 Name");
        check("'A=1", "1 Name");
        check("''=1", "1 Name");
        check("export\nA=1", "1 NoEquals");
        check("A='one\ntwo\nB=2", "1 OpenQuote | 2 NoEquals");
        check("\n\nA=\"x\" y\nB", "3 AfterQuote | 4 NoEquals");
        check("A='x\ny' z\nB", "1 AfterQuote | 3 NoEquals");
        check("A=\"x\\\"", "1 OpenQuote");
        check("A=a\0b\nB='\0'", "1 Nul | 2 Nul");
        check("A\r\nB\rC\nD", "1 NoEquals | 2 NoEquals | 3 NoEquals | 4 NoEquals");
    }

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        assert!(EnvFile::read(&path).unwrap_err().is_missing());
        assert!(!EnvFile::read(folder.path()).unwrap_err().is_missing());

        std::fs::write(&path, "A=1\nhunter2\n=hunter2").unwrap();
        let expected = format!("{0}:2: no `=` after the name\n{0}:3: no valid name before the `=`", path.display());
        assert_eq!(EnvFile::read(&path).unwrap_err().to_string(), expected);

        std::fs::write(&path, b"A=1\nB=\xff\n").unwrap();
        let expected = format!("{}:2: the file is not UTF-8", path.display());
        assert_eq!(EnvFile::read(&path).unwrap_err().to_string(), expected);

        std::fs::write(&path, "EMPTY=\nKEY=hunter2").unwrap();
        let file = EnvFile::read(&path).unwrap();
        assert_eq!((file.get("EMPTY"), file.get("KEY")), (None, Some("hunter2")));
        assert_eq!(file.names().collect::<Vec<_>>(), ["EMPTY", "KEY"]);
        assert_eq!(format!("{file:?}"), r#"{"EMPTY", "KEY"}"#);
    }
}
