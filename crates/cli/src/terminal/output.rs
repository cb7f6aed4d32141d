//! Data on stdout, and the styles of messages on stderr. Colours are only used on a terminal.
//!
//! Text for people is a [`Text`], which escapes what is put into it. Programs read JSON, which
//! [`json`] escapes. Only [`raw`] prints its input unchanged: the texts of `export` and `generate`,
//! whose formats escape by their own rules.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use anstyle::{AnsiColor, Style};
use hydrant_core::shown::{escaped, escaped_json};

use crate::failure::{Failure, exit};
use crate::watchdog;

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const NOTE: Style = Style::new();
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
#[cfg(feature = "deploy")]
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Text for people, ready to be printed: external text is escaped when it is added, and styles are
/// hydrant's own.
#[derive(Debug, Default)]
pub(crate) struct Text(String);

/// A cell of a table, and its style.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        styled(Style::new(), text)
    }
}

/// A cell with a style.
pub(crate) fn styled(style: Style, text: impl AsRef<str>) -> Cell {
    Cell { text: escaped(text.as_ref()).into_owned(), style }
}

impl Text {
    pub(crate) fn new() -> Self {
        Text::default()
    }

    /// Adds a line.
    pub(crate) fn line(self, text: impl AsRef<str>) -> Self {
        self.styled_line(Style::new(), text)
    }

    /// Adds a line with a style.
    pub(crate) fn styled_line(mut self, style: Style, text: impl AsRef<str>) -> Self {
        self.0 += &format!("{style}{}{style:#}\n", escaped(text.as_ref()));
        self
    }

    /// Adds lines.
    pub(crate) fn lines<T: AsRef<str>>(self, lines: impl IntoIterator<Item = T>) -> Self {
        lines.into_iter().fold(self, Text::line)
    }

    /// Adds a line that begins with a word in a style.
    pub(crate) fn marked(mut self, indent: usize, style: Style, word: &str, text: &str) -> Self {
        self.0 += &format!("{:indent$}{style}{word}{style:#} {}\n", "", escaped(text));
        self
    }

    /// Adds a table without borders: columns padded to their longest cell, except the last.
    pub(crate) fn table(mut self, rows: &[Vec<Cell>]) -> Self {
        let width = |cell: &Cell| cell.text.chars().count();
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                rows.iter().filter_map(|row| row.get(column)).map(width).max().unwrap_or(0)
            })
            .collect();
        for row in rows {
            let cells = row.iter().zip(&widths).map(|(cell, widest)| {
                let Cell { text, style } = cell;
                format!("  {style}{text}{style:#}{}", " ".repeat(widest - width(cell)))
            });
            self.0 += cells.collect::<String>().trim_end();
            self.0.push('\n');
        }
        self
    }

    /// Adds another text.
    pub(crate) fn and(mut self, other: &Text) -> Self {
        self.0 += &other.0;
        self
    }

    /// The text with its styles.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes data for people to stdout; without colours if it is not a terminal.
pub(crate) fn data(text: &Text) -> Result<u8, Failure> {
    write(anstream::stdout().lock(), text.as_str())
}

/// Writes help, which is hydrant's own text, to stdout.
pub(crate) fn help(text: &str) -> Result<u8, Failure> {
    write(anstream::stdout().lock(), text)
}

/// Writes data to stdout unchanged, including escape sequences.
pub(crate) fn raw(text: &str) -> Result<u8, Failure> {
    write(io::stdout().lock(), text)
}

/// A reader that has gone away is not an error.
fn write(mut out: impl Write, text: &str) -> Result<u8, Failure> {
    // The reader may be slow.
    watchdog::stop();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::File { doing: "write to stdout".to_owned(), source })
        }
        _ => Ok(exit::DONE),
    }
}

/// Writes the commands that mask values in a log to stdout. Nothing that they do not mask may be
/// shown after them, so a reader that has gone away is an error here, and so is a stdout that
/// nothing reads.
pub(crate) fn masks(text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    let doing =
        "write the masks to stdout, so nothing was added to the file of GITHUB_ENV".to_owned();
    let written = leads_somewhere().and_then(|()| write_to_stdout(text.as_bytes()));
    written.map_err(|source| Failure::File { doing, source })
}

/// The standard library opens /dev/null for a closed stdout. Of devices, only a terminal is read by
/// somebody.
fn leads_somewhere() -> io::Result<()> {
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?).metadata()?;
    if !stdout.file_type().is_char_device() || io::stdout().is_terminal() {
        return Ok(());
    }
    let is_null = fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == stdout.rdev());
    Err(io::Error::other(if is_null {
        "it is closed, or leads to /dev/null, where no runner reads them"
    } else {
        "it leads to a device, where no runner reads them"
    }))
}

/// Without the standard library's stdout, which treats an unwritable descriptor as a success.
fn write_to_stdout(mut bytes: &[u8]) -> io::Result<()> {
    let stdout = io::stdout().lock();
    while !bytes.is_empty() {
        match rustix::io::write(stdout.as_fd(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Writes a serializable value as JSON to stdout.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<u8, Failure> {
    raw(&json_text(value)?)
}

/// A serializable value as JSON: pretty, escaped, with a final newline.
pub(crate) fn json_text(value: &impl serde::Serialize) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::Internal(error.to_string()))?;
    text.push('\n');
    Ok(escaped_json(&text).into_owned())
}

/// `1 entry`, `2 entries`.
pub(crate) fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Prompts on stderr, or ends the line of a prompt.
pub(crate) fn prompt(text: &str) {
    match text {
        "\n" => styled_message("\n"),
        text => styled_message(&escaped(text)),
    }
}

/// Writes text to stderr that is not an event of the log and is already escaped: help, and snippets
/// of the manifest.
pub(crate) fn styled_message(text: &str) {
    // If stderr is gone, it cannot be reported.
    _ = anstream::stderr().lock().write_all(text.as_bytes());
}
