//! Why a given value is invalid. No message contains or reveals anything of the value.

use std::fmt;

/// The reason why nothing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueProblem {
    /// No character.
    Nothing,
    /// Longer than Secrets Manager's limit.
    TooLong,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// An environment variable cannot hold it.
    Nul,
    /// At the prompt: something after the end of the line.
    SeveralLines,
    /// At a terminal: something before the prompt.
    TypedEarly,
    /// At the prompt: a key that types no character, or a control character in a paste.
    Control,
    /// `--from-file` names a terminal, which would show what is typed.
    TerminalAsFile,
}

impl fmt::Display for ValueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            ValueProblem::Nothing => "nothing was given",
            ValueProblem::TooLong => {
                "the value is longer than Secrets Manager's limit of 65,536 bytes"
            }
            ValueProblem::NotUtf8 => "the value is not valid UTF-8",
            ValueProblem::Nul => {
                "the value has a NUL character, which no environment variable can hold"
            }
            ValueProblem::SeveralLines => "more than one line was pasted",
            ValueProblem::TypedEarly => "something was typed before the prompt appeared",
            ValueProblem::Control => {
                "the prompt takes only text, and got an arrow key, a tab or a similar key"
            }
            ValueProblem::TerminalAsFile => {
                "--from-file names a terminal, which would show what is typed"
            }
        };
        write!(f, "{what}: nothing was written")
    }
}

impl ValueProblem {
    /// What to do.
    pub(crate) fn hint(self) -> Option<&'static str> {
        match self {
            ValueProblem::Nothing | ValueProblem::TooLong => None,
            ValueProblem::NotUtf8 | ValueProblem::Nul => {
                Some("save text as UTF-8, and binary data as base64")
            }
            ValueProblem::SeveralLines => {
                Some("give it on standard input, or with --from-file PATH")
            }
            ValueProblem::TypedEarly => Some("run it again, and wait for the prompt"),
            ValueProblem::Control => Some(
                "type or paste it again, or give such a value on standard input or with --from-file PATH",
            ),
            ValueProblem::TerminalAsFile => {
                Some("run it without --from-file: the prompt hides what is typed")
            }
        }
    }
}
