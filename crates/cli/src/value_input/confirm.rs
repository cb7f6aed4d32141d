//! Confirmation of a step that cannot be undone: the user types the variable's name.

use std::io::{self, BufRead, IsTerminal};

use super::{failed, quiet};
use crate::failure::Failure;
use crate::terminal::output;
use crate::{signals, watchdog};

/// How much of a response is read. A variable name is much shorter.
const LONGEST: u64 = 4096;

/// Whether the user types this variable's name at the prompt. Without a terminal it is a usage
/// error.
pub(crate) fn confirm_by_name(variable: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage {
            text: format!("{variable} is not confirmed: standard input is not a terminal"),
            hint: Some("add --yes to skip the confirmation".to_owned()),
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
        output::prompt(&format!("Type {variable} to continue: "));
        read_response(io::stdin().lock())
    };
    let response = signals::without_call(|| quiet::while_shown(ask));
    let response = response.map_err(|source| failed("prompt on the terminal", source))?;
    if response.is_none() {
        output::prompt("\n");
    }
    Ok(response.is_some_and(|response| response == variable.as_bytes()))
}

/// One line without its end and the surrounding white space; nothing at the end of the input.
fn read_response(input: impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(if line.is_empty() { None } else { Some(line.trim_ascii().to_vec()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_one_line() {
        for (input, expected) in [
            ("KEY\n", Some("KEY")),
            (" KEY \r\nmore", Some("KEY")),
            ("KEY", Some("KEY")),
            ("\n", Some("")),
            ("", None),
        ] {
            assert_eq!(
                read_response(input.as_bytes()).unwrap().as_deref(),
                expected.map(str::as_bytes),
                "{input:?}"
            );
        }
        let endless = "k".repeat(1 << 20);
        assert_eq!(read_response(endless.as_bytes()).unwrap().unwrap().len() as u64, LONGEST);
    }
}
