//! The grammar of one setting, and the position in the text.

use zeroize::Zeroizing;

use super::EnvFileProblemKind;

/// The rest of the text, and the line it starts in.
pub(super) struct Cursor<'a> {
    rest: &'a str,
    line: usize,
    length: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of a text, after its byte order mark.
    pub(super) fn new(text: &'a str) -> Self {
        Cursor { rest: text.trim_start_matches('\u{feff}'), line: 1, length: text.len() }
    }

    /// Moves to the next setting or comment, if there is one, and returns its line and its first
    /// byte.
    pub(super) fn next_setting(&mut self) -> Option<(usize, usize)> {
        self.skip(is_space);
        (!self.rest.is_empty()).then(|| (self.line, self.offset()))
    }

    /// Moves to the end of the line.
    pub(super) fn skip_line(&mut self) {
        self.skip(|c| !is_newline(c));
    }

    /// How many bytes of the text have been read.
    pub(super) fn offset(&self) -> usize {
        self.length - self.rest.len()
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Takes the first `length` bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        let bytes = taken.as_bytes();
        // A `\r` without a `\n` after it ends a line too.
        let is_end = |(index, byte): (usize, &u8)| {
            *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'))
        };
        self.line += bytes.iter().enumerate().filter(|end| is_end(*end)).count();
        self.rest = rest;
        taken
    }

    /// Takes characters while they match.
    fn skip(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len()))
    }
}

fn is_newline(c: char) -> bool {
    c == '\n' || c == '\r'
}

/// White space as in python-dotenv: Python includes the four separators of ASCII, Unicode does not.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

fn is_blank(c: char) -> bool {
    is_space(c) && !is_newline(c)
}

type Binding = (String, Zeroizing<String>);

/// Reads one setting. A comment gives `None`.
pub(super) fn binding(cursor: &mut Cursor<'_>) -> Result<Option<Binding>, EnvFileProblemKind> {
    if cursor.rest.starts_with('#') {
        cursor.skip_line();
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
            cursor.skip_line();
            value
        }
        None => Zeroizing::new(unquoted(cursor.skip(|c| !is_newline(c)), blanks > 1).to_owned()),
    };
    if name.contains('\0') || value.contains('\0') {
        return Err(EnvFileProblemKind::Nul);
    }
    Ok(Some((name, value)))
}

/// Reads a name up to its `=`, and leaves the `=`.
fn name(cursor: &mut Cursor<'_>) -> Result<String, EnvFileProblemKind> {
    if let Some(after) = cursor.rest.strip_prefix("export")
        && after.starts_with(is_blank)
    {
        cursor.take("export".len());
        cursor.skip(is_blank);
    }
    let quoted =
        cursor.rest.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).map(|(name, _)| name);
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

/// The value without its comment. `blank_before` says whether a `#` at its start begins a comment.
fn unquoted(text: &str, blank_before: bool) -> &str {
    if blank_before && text.starts_with('#') {
        return "";
    }
    let comment = text
        .char_indices()
        .zip(text.chars().skip(1))
        .find(|((_, before), c)| *c == '#' && is_space(*before));
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
    // Reserve the full length, so that growing does not leave copies in memory.
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

/// The character that a backslash and this character mean in such quotes; `None` if both are
/// literal.
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
