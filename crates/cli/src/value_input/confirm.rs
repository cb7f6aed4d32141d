//! The question before what cannot be taken back: the variable's name, typed by hand.

use std::io::{self, BufRead, IsTerminal};

use super::{failed, quiet};
use crate::failure::Failure;
use crate::terminal::output;
use crate::{signals, watchdog};

/// As much of an answer as is read; no name of a variable is near it.
const LONGEST: u64 = 4096;

/// Whether the user types this variable's name when asked to. Where there is no terminal to ask at,
/// it is a usage error.
pub(crate) fn confirm_by_name(variable: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage {
            text: format!("{variable} is not confirmed: there is no terminal to ask at"),
            hint: Some("--yes goes on without asking".to_owned()),
        });
    }
    if quiet::was_typed() {
        return Err(Failure::Usage {
            text: format!(
                "{variable} is not confirmed: something was typed before the question appeared"
            ),
            hint: Some("run it again, and wait for the question".to_owned()),
        });
    }
    let _pause = watchdog::pause();
    let ask = || {
        output::prompt(&format!("Type {variable} to go on: "));
        answer(io::stdin().lock())
    };
    let answer = signals::without_call(|| quiet::while_shown(ask));
    let answer = answer.map_err(|source| failed("ask at the terminal", source))?;
    if answer.is_none() {
        output::prompt("\n");
    }
    Ok(answer.is_some_and(|answer| answer == variable.as_bytes()))
}

/// One line without its end and the white space around it; nothing at the end of the input.
fn answer(input: impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(if line.is_empty() { None } else { Some(line.trim_ascii().to_vec()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_line() {
        for (input, expected) in [
            ("KEY\n", Some("KEY")),
            (" KEY \r\nmore", Some("KEY")),
            ("KEY", Some("KEY")),
            ("\n", Some("")),
            ("", None),
        ] {
            assert_eq!(
                answer(input.as_bytes()).unwrap().as_deref(),
                expected.map(str::as_bytes),
                "{input:?}"
            );
        }
        let endless = "k".repeat(1 << 20);
        assert_eq!(answer(endless.as_bytes()).unwrap().unwrap().len() as u64, LONGEST);
    }
}
