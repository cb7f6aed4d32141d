//! Why what was given is no value. None of it holds, or tells anything of, what was given.

use std::fmt;

/// Why nothing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueProblem {
    /// No character at all.
    Nothing,
    /// More than Secrets Manager takes.
    TooLong,
    /// Bytes that are no text.
    NotUtf8,
    /// No environment variable can hold it.
    Nul,
    /// At the prompt: something after the end of the line.
    SeveralLines,
    /// At a terminal: something before the prompt.
    TypedEarly,
    /// At the prompt: a key that types no character, or a control character in what was pasted.
    Control,
    /// `--from-file` names a terminal, which would show what is typed.
    TerminalAsFile,
}

impl fmt::Display for ValueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            ValueProblem::Nothing => "nothing was given",
            ValueProblem::TooLong => {
                "the value is longer than the 65,536 bytes that Secrets Manager takes"
            }
            ValueProblem::NotUtf8 => "the value is no text in UTF-8",
            ValueProblem::Nul => {
                "the value has a NUL character, which no environment variable can hold"
            }
            ValueProblem::SeveralLines => "more than one line was pasted",
            ValueProblem::TypedEarly => "something was typed before the prompt appeared",
            ValueProblem::Control => {
                "the prompt takes text alone, and got an arrow key, a tab or the like"
            }
            ValueProblem::TerminalAsFile => {
                "--from-file names a terminal, which would show what is typed"
            }
        };
        write!(f, "{what}: nothing is written")
    }
}

impl ValueProblem {
    /// What to do.
    pub(crate) fn hint(self) -> Option<&'static str> {
        match self {
            ValueProblem::Nothing | ValueProblem::TooLong => None,
            ValueProblem::NotUtf8 | ValueProblem::Nul => {
                Some("save a text as UTF-8, and binary data as base64")
            }
            ValueProblem::SeveralLines => {
                Some("give it by standard input, or with --from-file PATH")
            }
            ValueProblem::TypedEarly => Some("run it again, and wait for the prompt"),
            ValueProblem::Control => Some(
                "type or paste it again; all else goes by standard input, or with --from-file PATH",
            ),
            ValueProblem::TerminalAsFile => Some("without --from-file the prompt shows nothing"),
        }
    }
}
