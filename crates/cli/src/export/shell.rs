//! `shell`: `export` commands for a POSIX shell, made to be evaluated: `eval "$(hydrant export
//! --format shell)"`.
//!
//! In single quotes every character is literal except the single quote itself, which is written
//! outside of them.

use super::{ExportProblem, Format, FormatName, Pair, refuse};

pub(super) struct Shell;

impl Format for Shell {
    fn write(&self, pairs: &[Pair<'_>], out: &mut String) -> Result<(), Vec<ExportProblem>> {
        refuse(FormatName::Shell, pairs, |_| None)?;
        for pair in pairs {
            out.push_str("export ");
            out.push_str(pair.name);
            out.push_str("='");
            for character in pair.value.chars() {
                match character {
                    '\'' => out.push_str(r"'\''"),
                    _ => out.push(character),
                }
            }
            out.push_str("'\n");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NASTY, written};
    use super::*;
    use std::process::Command;

    fn check(value: &str, expected: &str) {
        assert_eq!(written(FormatName::Shell, value), format!("export NAME={expected}\n"));
    }

    #[test]
    fn values() {
        check("", "''");
        check("sk-123", "'sk-123'");
        check("it's", r"'it'\''s'");
        check("'", r"''\'''");
        check("$HOME `id` \\ \"!\"", "'$HOME `id` \\ \"!\"'");
        check("two\nlines\r\n", "'two\nlines\r\n'");
    }

    /// The environment of a process whose shell evaluated the text, as `eval "$(hydrant export …)"`
    /// does.
    #[test]
    fn a_shell_reads_every_value_back() {
        let names: Vec<_> = (0..NASTY.len()).map(|index| format!("V{index}")).collect();
        let pairs: Vec<_> =
            names.iter().zip(NASTY).map(|(name, value)| Pair { name, value }).collect();
        let mut text = String::new();
        Shell.write(&pairs, &mut text).expect("the shell holds every value");

        let mut command = Command::new("sh");
        command.args([
            "-c",
            r#"eval "$1"; shift; for name; do eval "printf '%s\0' \"\${$name}\""; done"#,
            "sh",
        ]);
        let output = command.arg(text).args(&names).env_clear().output().expect("sh starts");
        assert!(output.status.success(), "{output:?}");
        let expected: Vec<u8> = NASTY.iter().flat_map(|value| value.bytes().chain([0])).collect();
        assert_eq!(String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&expected));
    }
}
