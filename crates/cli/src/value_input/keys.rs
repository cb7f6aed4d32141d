//! A line from the bytes of a terminal: text, and the few keys that edit it. Pure. `prompt` reads
//! the bytes.
//!
//! A key that types no text is refused: an arrow key or a control character would otherwise be an
//! invisible part of the value. Only the marks that terminals put around a paste are skipped.

use zeroize::{Zeroize, Zeroizing};

use super::{LIMIT, ValueProblem};

const CTRL_D: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const CTRL_U: u8 = 0x15;
const CTRL_W: u8 = 0x17;
const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;

/// What is put before and after a paste:
/// <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h2-Bracketed-Paste-Mode>
const MARKS: [&[u8]; 2] = [b"\x1b[200~", b"\x1b[201~"];

/// The result of a byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The line continues.
    More,
    /// The line is complete.
    Ended,
    /// The line can no longer be a value.
    ValueProblem(ValueProblem),
}

/// The text typed so far.
pub(super) struct Line {
    text: Zeroizing<Vec<u8>>,
    /// The beginning of a mark.
    escape: Vec<u8>,
}

impl Line {
    pub(super) fn new() -> Self {
        Line { text: Zeroizing::new(Vec::with_capacity(LIMIT)), escape: Vec::new() }
    }

    pub(super) fn feed(&mut self, byte: u8) -> Step {
        if byte == ESCAPE || !self.escape.is_empty() {
            return self.mark(byte);
        }
        match byte {
            b'\r' | b'\n' | CTRL_D => return Step::Ended,
            BACKSPACE | DELETE => self.take_character(),
            CTRL_U => self.clear(),
            CTRL_W => self.take_word(),
            byte if byte.is_ascii_control() => return Step::ValueProblem(ValueProblem::Control),
            _ if self.text.len() == LIMIT => return Step::ValueProblem(ValueProblem::TooLong),
            byte => self.text.push(byte),
        }
        Step::More
    }

    /// Reads what comes after the end of a line, and returns whether it is only line endings and
    /// the end of a paste.
    pub(super) fn is_blank_with(&mut self, bytes: &[u8]) -> bool {
        bytes
            .iter()
            .all(|byte| !matches!(self.feed(*byte), Step::ValueProblem(_)) && self.text.is_empty())
    }

    /// Wipes all of it.
    pub(super) fn clear(&mut self) {
        // `zeroize` keeps the capacity.
        self.text.zeroize();
        self.escape.clear();
    }

    /// The bytes of the text.
    pub(super) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.text
    }

    fn mark(&mut self, byte: u8) -> Step {
        self.escape.push(byte);
        if MARKS.contains(&self.escape.as_slice()) {
            self.escape.clear();
        } else if !MARKS.iter().any(|mark| mark.starts_with(&self.escape)) {
            return Step::ValueProblem(ValueProblem::Control);
        }
        Step::More
    }

    fn take_character(&mut self) {
        // Bytes of this form continue a UTF-8 character.
        while self.text.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
    }

    fn take_word(&mut self) {
        let space = |bytes: &[u8]| bytes.last().is_some_and(u8::is_ascii_whitespace);
        while space(&self.text) {
            self.text.pop();
        }
        while !self.text.is_empty() && !space(&self.text) {
            self.text.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line that these bytes make, and the result of the last one.
    fn typed(bytes: &[u8]) -> (String, Step) {
        let mut line = Line::new();
        let place = line.text.as_ptr();
        let mut last = Step::More;
        for byte in bytes {
            last = line.feed(*byte);
        }
        assert_eq!(line.text.as_ptr(), place, "the buffer has moved");
        (String::from_utf8(line.text.to_vec()).unwrap(), last)
    }

    #[test]
    fn keys_edit_the_line() {
        for (bytes, text) in [
            ("key\n", "key"),
            ("key\r", "key"),
            ("key\x04", "key"),
            ("\x04", ""),
            ("kex\x7fy\n", "key"),
            ("kex\x08y\n", "key"),
            ("ké\x7f\x7f\x7fkey\n", "key"),
            ("a€\x7fb\n", "ab"),
            ("a😀\x7fb\n", "ab"),
            ("wrong\x15key\n", "key"),
            ("one two \x17key\n", "one key"),
            ("one\x17key\n", "key"),
            ("\x17\x7f\x15key\n", "key"),
            ("\x1b[200~key\x1b[201~\n", "key"),
            ("a\x1b[200~b\x1b[201~c\n", "abc"),
            ("pass word ~[200~\n", "pass word ~[200~"),
        ] {
            assert_eq!(typed(bytes.as_bytes()), (text.to_owned(), Step::Ended), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [
            "k\x1b[A",
            "k\x1bOP",
            "k\x1b\n",
            "k\x1b\x1b",
            "k\t",
            "k\x01",
            "k\0",
            "k\x16",
            "k\x1b[200x",
            "k\x1b[3~",
        ] {
            let (_, last) = typed(bytes.as_bytes());
            assert_eq!(last, Step::ValueProblem(ValueProblem::Control), "{bytes:?}");
        }
    }

    #[test]
    fn the_line_ends_at_the_limit() {
        let longest = "k".repeat(LIMIT);
        assert_eq!(typed(longest.as_bytes()), (longest.clone(), Step::More));
        assert_eq!(typed(format!("{longest}\n").as_bytes()), (longest.clone(), Step::Ended));
        assert_eq!(
            typed(format!("{longest}k").as_bytes()).1,
            Step::ValueProblem(ValueProblem::TooLong)
        );
    }

    #[test]
    fn clearing_wipes_and_keeps_the_room() {
        let mut line = Line::new();
        let place = line.text.as_ptr();
        b"key\x1b[20".iter().for_each(|byte| _ = line.feed(*byte));
        line.clear();
        assert!(line.text.is_empty() && line.escape.is_empty());
        assert_eq!((line.text.as_ptr(), line.text.capacity()), (place, LIMIT));
    }

    #[test]
    fn line_endings_and_marks_are_blank() {
        for after in ["", "\n", "\r\n", "\n\n", "\x1b[201~", "\n\x1b[201~\n", "\x1b[20"] {
            assert!(Line::new().is_blank_with(after.as_bytes()), "{after:?}");
            let mut by_bytes = Line::new();
            assert!(
                after.bytes().all(|byte| by_bytes.is_blank_with(&[byte])),
                "{after:?}, byte by byte"
            );
        }
        for after in ["x", "\nx", "\x1b[201~x", "\x1b[A", " ", "x\n", "x\x7f"] {
            assert!(!Line::new().is_blank_with(after.as_bytes()), "{after:?}");
        }
    }
}
