//! The text formats of `hydrant export`: each is one small file behind [`Format`].
//!
//! Owns the formats' names, what they share, and the promise of all of them: a format writes every
//! pair so that its reader gets the same bytes back, or it writes nothing and names each pair that
//! it cannot hold. It opens no file and prints nothing: the command decides where the text goes.
//! Nothing here is `Debug` or an error with a value in it: output goes only to `out`, which the
//! caller zeroizes.

mod docker;
mod dotenv;
mod fish;
pub(crate) mod github;
mod json;
mod powershell;
mod shell;

#[cfg(test)]
mod generated;

use std::fmt;

use clap::ValueEnum;

/// One variable to export. The name is a valid one: `[A-Za-z_][A-Za-z0-9_]*`.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
}

/// A way to write pairs as text.
pub(crate) trait Format {
    /// Appends every pair to `out`, in the given order. If one of them cannot be held, `out` is
    /// left unchanged.
    fn write(&self, pairs: &[Pair<'_>], out: &mut String) -> Result<(), Vec<ExportProblem>>;
}

/// Writes the pairs in the named format.
///
/// Reserves room for the longest possible text first, so that `out` is never moved: a moved string
/// leaves a copy behind that is not zeroized.
pub(crate) fn write(
    name: FormatName,
    pairs: &[Pair<'_>],
    out: &mut String,
) -> Result<(), Vec<ExportProblem>> {
    out.reserve(room(pairs));
    name.format().write(pairs, out)
}

/// The formats by name, as `--format` takes them. The doc comments are help texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum FormatName {
    /// One JSON object
    Json,
    /// A .env file
    Dotenv,
    /// `export` commands for a POSIX shell
    Shell,
    /// `set -gx` commands for fish
    Fish,
    /// `$env:` assignments for PowerShell
    Powershell,
    /// A file for `docker run --env-file`
    Docker,
    /// Masks to stdout, then the pairs appended to the file that GITHUB_ENV names
    Github,
}

impl FormatName {
    /// The name as `--format` takes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Dotenv => "dotenv",
            Self::Shell => "shell",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Docker => "docker",
            Self::Github => "github",
        }
    }

    fn format(self) -> &'static dyn Format {
        match self {
            Self::Json => &json::Json,
            Self::Dotenv => &dotenv::Dotenv,
            Self::Shell => &shell::Shell,
            Self::Fish => &fish::Fish,
            Self::Powershell => &powershell::Powershell,
            Self::Docker => &docker::Docker,
            Self::Github => &github::Github,
        }
    }
}

impl fmt::Display for FormatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A pair that a format cannot hold. It has the variable's name, and cannot hold its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ExportProblem {
    pub(crate) name: String,
    pub(crate) format: FormatName,
    pub(crate) reason: &'static str,
}

impl fmt::Display for ExportProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be written in the {} format: {}", self.name, self.format, self.reason)
    }
}

impl std::error::Error for ExportProblem {}

/// Collects the pairs that `reason` objects to. No format holds a NUL, since no environment does.
fn refuse(
    format: FormatName,
    pairs: &[Pair<'_>],
    reason: impl Fn(&Pair<'_>) -> Option<&'static str>,
) -> Result<(), Vec<ExportProblem>> {
    let refused: Vec<_> = pairs
        .iter()
        .filter_map(|pair| {
            let nul = pair.value.contains('\0').then_some("its value has a NUL character");
            let reason = nul.or_else(|| reason(pair))?;
            Some(ExportProblem { name: pair.name.to_owned(), format, reason })
        })
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(refused) }
}

/// The longest text that any format makes of these pairs: PowerShell writes one control character
/// as 18.
fn room(pairs: &[Pair<'_>]) -> usize {
    pairs.iter().map(|pair| 64 + 2 * pair.name.len() + 18 * pair.value.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that have broken one quoting or another.
    pub(super) const NASTY: &[&str] = &[
        "",
        " ",
        "plain",
        " leading and trailing ",
        "\ttab\t",
        "line\nbreak",
        "\n",
        "trailing newlines\n\n\n",
        "carriage\rreturn",
        "trailing carriage return\r",
        "both\r\nof them\r\n",
        "it's",
        "'",
        "''",
        "'quoted'",
        "\"quoted\"",
        "it's \"both\"",
        "\\",
        "ends in a backslash\\",
        "two\\\\",
        "backslash quote \\' and \\\"",
        "not a newline \\n \\r \\t \\x41 \\u0041",
        "$HOME ${HOME} $(id) $((1+1)) $env:PATH",
        "`id`",
        "!history !! !$",
        "%PATH% %0A %25 %d",
        "# no comment",
        "no # comment",
        "a=b=c",
        "&|;<>()[]{}*?~^,:@+-/",
        "--flag",
        "<<EOF\nEOF\nHYDRANT_END_0\n",
        "::add-mask::x",
        "export X=1",
        "{\"api_key\": \"sk-123\", \"n\": 1}",
        "control \u{1} \u{7} \u{8} \u{b} \u{c} \u{1b}[31m \u{7f}",
        "\u{feff}byte order mark",
        "unicode é ü 漢字 \u{1f511} \u{85} \u{a0} \u{2028} \u{202e}",
        "typographic \u{2018}a\u{2019} \u{201a}b\u{201b} \u{201c}c\u{201d}",
        "cp1252 looks like a quote: \u{2011} \u{2012}",
    ];

    /// What a format writes for one pair.
    pub(super) fn written(format: FormatName, value: &str) -> String {
        let mut out = String::new();
        write(format, &[Pair { name: "NAME", value }], &mut out)
            .expect("the format holds the value");
        out
    }

    /// Why a format refuses a value; it must have written nothing.
    pub(super) fn refused(format: FormatName, value: &str) -> &'static str {
        let mut out = String::from("before");
        let pairs = [Pair { name: "FINE", value: "fine" }, Pair { name: "NAME", value }];
        let refused =
            write(format, &pairs, &mut out).expect_err("the format cannot hold the value");
        assert_eq!(out, "before", "{format} wrote something");
        let [refused] = &refused[..] else { panic!("{refused:?}") };
        assert_eq!((refused.name.as_str(), refused.format), ("NAME", format));
        refused.reason
    }

    #[test]
    fn names_read_back() {
        for &format in FormatName::value_variants() {
            assert_eq!(FormatName::from_str(&format.to_string(), false), Ok(format));
        }
    }

    #[test]
    fn no_format_holds_a_nul() {
        for &format in FormatName::value_variants() {
            assert_eq!(refused(format, "a\0b"), "its value has a NUL character", "{format}");
        }
    }

    #[test]
    fn every_refused_pair_is_named() {
        let pairs = [
            Pair { name: "A", value: "\0" },
            Pair { name: "B", value: "fine" },
            Pair { name: "C", value: "two\nlines" },
        ];
        let refused = write(FormatName::Docker, &pairs, &mut String::new())
            .expect_err("two pairs cannot be held");
        let lines: Vec<_> = refused.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "A cannot be written in the docker format: its value has a NUL character",
                "C cannot be written in the docker format: its value has a line break",
            ]
        );
    }

    #[test]
    fn text_is_appended_without_moving() {
        for &format in FormatName::value_variants() {
            for value in NASTY.iter().copied().chain(["\u{1}\u{1}\u{1}\u{1}", "''''", "\u{1f511}"])
            {
                let mut out = String::new();
                let pairs = [Pair { name: "NAME", value }; 20];
                out.reserve(room(&pairs));
                let before = out.as_ptr();
                if write(format, &pairs, &mut out).is_ok() {
                    assert_eq!(out.as_ptr(), before, "{format} outgrew its room");
                }
            }
        }
    }
}
