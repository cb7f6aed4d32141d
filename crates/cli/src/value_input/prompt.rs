//! The prompt for a value: the input is not shown, and the terminal is restored however the prompt
//! ends.
//!
//! It is our own and not a library's (rpassword 7.5, dialoguer 0.12, inquire 0.9):
//! docs/architecture.md says what each lacks.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use hydrant_core::SecretValue;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use signal_hook::consts::{SIGCONT, SIGTSTP};
use zeroize::Zeroizing;

use super::keys::{Line, Step};
use super::terminal::Hidden;
use super::{ValueProblem, failed, quiet, text};
use crate::failure::Failure;
use crate::signals::{self, Aside, Held};

/// Input this soon after the end of a line was not typed: it is the rest of a paste.
const PASTED: Duration = Duration::from_millis(100);

/// How long to wait for the rest of a paste.
const PATIENCE: Duration = Duration::from_secs(3);

/// The most that a terminal returns at once.
const CHUNK: usize = 4096;

/// Prompts for one line on this terminal. `say` shows the prompt.
pub(super) fn ask(
    terminal: BorrowedFd<'_>,
    prompt: &str,
    say: &dyn Fn(&str),
) -> Result<SecretValue, Failure> {
    let bytes = typed(terminal, prompt, say)
        .map_err(|source| failed("prompt on the terminal", source))??;
    let value = text(bytes)?;
    // Single-byte ones are refused as they arrive.
    if value.expose().contains(char::is_control) {
        Err(ValueProblem::Control.into())
    } else {
        Ok(value)
    }
}

fn typed(
    terminal: BorrowedFd<'_>,
    prompt: &str,
    say: &dyn Fn(&str),
) -> io::Result<Result<Zeroizing<Vec<u8>>, ValueProblem>> {
    // In this order, since they are dropped in reverse: signals have their effect again after the
    // terminal is restored.
    let _aside = Aside::new();
    let signals = Held::with_stops()?;
    let early = quiet::was_typed();
    let (hidden, just_now) = Hidden::new(terminal)?;
    let mut dialogue = Dialogue { terminal, prompt, say, hidden, signals, line: Line::new() };
    if early || just_now {
        // In any case.
        dialogue.is_the_rest_blank(&[])?;
        return Ok(Err(ValueProblem::TypedEarly));
    }
    // Only now, so that a program that waits for the prompt does not type too early.
    say(prompt);
    let outcome = dialogue.run();
    let Dialogue { hidden, signals, line, .. } = dialogue;
    drop(hidden);
    // The Enter key was not shown.
    say("\n");
    drop(signals);
    Ok(outcome?.map(|()| line.into_bytes()))
}

/// The result of a read from a terminal.
enum Heard {
    /// Bytes, in the chunk.
    Bytes(usize),
    /// Nothing within the time limit.
    Silence,
    /// The terminal is gone.
    End,
}

struct Dialogue<'a> {
    terminal: BorrowedFd<'a>,
    prompt: &'a str,
    say: &'a dyn Fn(&str),
    hidden: Hidden<'a>,
    signals: Held,
    line: Line,
}

impl Dialogue<'_> {
    fn run(&mut self) -> io::Result<Result<(), ValueProblem>> {
        let mut chunk = Zeroizing::new([0; CHUNK]);
        loop {
            let count = match self.hear(&mut *chunk, None)? {
                Heard::Bytes(count) => count,
                Heard::Silence => continue,
                Heard::End => return Ok(Err(ValueProblem::Nothing)),
            };
            for at in 0..count {
                let outcome = match self.line.feed(chunk[at]) {
                    Step::More => continue,
                    Step::Ended => Ok(()),
                    Step::ValueProblem(why) => Err(why),
                };
                let blank = self.is_the_rest_blank(&chunk[at + 1..count])?;
                return Ok(outcome.and(if blank {
                    Ok(())
                } else {
                    Err(ValueProblem::SeveralLines)
                }));
            }
        }
    }

    /// Reads the rest of a paste, so that the shell does not get it, and returns whether it is
    /// empty.
    fn is_the_rest_blank(&mut self, read_already: &[u8]) -> io::Result<bool> {
        let mut rest = Line::new();
        let mut blank = rest.is_blank_with(read_already);
        let mut chunk = Zeroizing::new([0; CHUNK]);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match self.hear(&mut *chunk, Some(PASTED))? {
                Heard::Bytes(count) => blank &= rest.is_blank_with(&chunk[..count]),
                Heard::Silence | Heard::End => break,
            }
        }
        Ok(blank)
    }

    /// Waits for the terminal, and handles signals meanwhile.
    fn hear(&mut self, chunk: &mut [u8], patience: Option<Duration>) -> io::Result<Heard> {
        let patience = patience.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
        loop {
            for signal in self.signals.pending() {
                self.act(signal)?;
            }
            let mut both = [
                PollFd::from_borrowed_fd(self.terminal, PollFlags::IN),
                PollFd::from_borrowed_fd(self.signals.readable(), PollFlags::IN),
            ];
            match poll(&mut both, patience.as_ref()) {
                Ok(0) => return Ok(Heard::Silence),
                Ok(_) if both[0].revents().is_empty() => continue,
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            let is_gone = both[0].revents().intersects(PollFlags::HUP | PollFlags::ERR);
            match read(self.terminal, &mut *chunk) {
                Ok(0) if !is_gone => {}
                // A terminal that was hung up returns an error.
                Ok(0) | Err(Errno::IO) => return Ok(Heard::End),
                Ok(count) => return Ok(Heard::Bytes(count)),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn act(&mut self, signal: i32) -> io::Result<()> {
        // The process was stopped and the terminal restored meanwhile.
        if signal == SIGCONT {
            quiet::hide_again();
            return self.hidden.hide();
        }
        self.line.clear();
        self.hidden.restore();
        (self.say)("\n");
        quiet::while_shown(|| signals::act(signal));
        // It only continues here after Ctrl-Z. The prompt appears again, since the user cannot see
        // what was typed.
        debug_assert_eq!(signal, SIGTSTP, "any other has ended the process");
        self.hidden.hide()?;
        (self.say)(self.prompt);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::{AsFd, OwnedFd};
    use std::sync::mpsc;
    use std::thread;

    use rustix::fs::{Mode, OFlags, open};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{LocalModes, tcgetattr};

    use super::*;
    use crate::value_input::LIMIT;

    /// A terminal: the emulator's side, and the programs' side.
    fn terminal() -> (File, OwnedFd) {
        let outer = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&outer).unwrap();
        unlockpt(&outer).unwrap();
        let inner = open(
            ptsname(&outer, Vec::new()).unwrap(),
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        );
        (File::from(outer), inner.unwrap())
    }

    /// The result of the prompt for this input, typed once the prompt is shown, and what the
    /// terminal showed.
    fn answer_to(typed: &[u8]) -> (Result<String, ValueProblem>, String) {
        let (outer, inner) = terminal();
        let modes = || format!("{:?}", tcgetattr(&inner).unwrap());
        let before = modes();
        let (asked, prompts) = mpsc::channel();
        let say = |text: &str| {
            File::from(inner.try_clone().unwrap()).write_all(text.as_bytes()).unwrap();
            if text == "Value: " {
                let echoes = tcgetattr(&inner).unwrap().local_modes.contains(LocalModes::ECHO);
                asked.send(echoes).unwrap();
            }
        };
        let mut keyboard = outer.try_clone().unwrap();
        let bytes = typed.to_vec();
        let typist = thread::spawn(move || {
            assert!(!prompts.recv().unwrap(), "the terminal shows what is typed");
            keyboard.write_all(&bytes).unwrap();
        });
        let outcome = ask(inner.as_fd(), "Value: ", &say);
        assert_eq!(modes(), before);
        let mut left = [PollFd::new(&inner, PollFlags::IN)];
        assert_eq!(
            poll(&mut left, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })),
            Ok(0),
            "something is left for the shell"
        );
        drop(asked);
        typist.join().unwrap();
        File::from(inner.try_clone().unwrap()).write_all(b"END").unwrap();
        let (mut shown, mut chunk) = (Vec::new(), [0; 64]);
        while !shown.ends_with(b"END") {
            let count = (&outer).read(&mut chunk).unwrap();
            shown.extend_from_slice(&chunk[..count]);
        }
        let outcome =
            outcome.map(|value| value.expose().to_owned()).map_err(|failure| match failure {
                Failure::Input(refused) => refused,
                other => panic!("{other:?}"),
            });
        (outcome, String::from_utf8(shown).unwrap())
    }

    #[track_caller]
    fn check(typed: &str, expected: Result<&str, ValueProblem>) {
        let (outcome, shown) = answer_to(typed.as_bytes());
        let about: String = typed.chars().take(40).collect();
        assert!(
            outcome == expected.map(str::to_owned),
            "{about:?}: {:?}",
            outcome.map(|_| "another text")
        );
        assert_eq!(shown, "Value: \r\nEND", "{about:?}");
    }

    #[test]
    fn a_line_is_the_value() {
        check("sk-4fA9z\r", Ok("sk-4fA9z"));
        check("sk-4fA9z\n", Ok("sk-4fA9z"));
        check("sk-4fA9x\x7fz\r", Ok("sk-4fA9z"));
        check("wrong\x15pässwörd €\r", Ok("pässwörd €"));
        check("\x1b[200~sk-4fA9z\x1b[201~\r", Ok("sk-4fA9z"));
        check("\x1b[200~sk-4fA9z\r\x1b[201~", Ok("sk-4fA9z"));
        check("sk-4fA9z\r\n", Ok("sk-4fA9z"));
    }

    #[test]
    fn a_line_may_be_longer_than_the_kernel_edits() {
        let long: String = ('a'..='z').cycle().take(10_000).collect();
        check(&format!("{long}\r"), Ok(&long));
        let longest = "k".repeat(LIMIT);
        check(&format!("{longest}\r"), Ok(&longest));
        check(&format!("{longest}k\r"), Err(ValueProblem::TooLong));
        check(&format!("{longest}{longest}\r"), Err(ValueProblem::TooLong));
    }

    #[test]
    fn several_lines_are_refused_and_taken_away() {
        check("one\rtwo\r", Err(ValueProblem::SeveralLines));
        check("one\ntwo", Err(ValueProblem::SeveralLines));
        check("\rone\r", Err(ValueProblem::SeveralLines));
        check("\x1b[200~one\rtwo\x1b[201~", Err(ValueProblem::SeveralLines));
        check(&"one line\r".repeat(5000), Err(ValueProblem::SeveralLines));
    }

    #[test]
    fn nothing_and_no_text_are_refused() {
        check("\r", Err(ValueProblem::Nothing));
        check("\x04", Err(ValueProblem::Nothing));
        check("sk\x1b[D", Err(ValueProblem::Control));
        check("sk\tx\r", Err(ValueProblem::Control));
        check("sk\u{85}x\r", Err(ValueProblem::Control));
        let (outcome, _) = answer_to(b"sk\xff\r");
        assert_eq!(outcome, Err(ValueProblem::NotUtf8));
    }

    #[test]
    fn a_terminal_that_goes_away_gives_nothing() {
        let (outer, inner) = terminal();
        let outer = std::cell::Cell::new(Some(outer));
        let outcome = ask(inner.as_fd(), "Value: ", &|_| drop(outer.take()));
        assert!(matches!(outcome, Err(Failure::Input(ValueProblem::Nothing))), "{outcome:?}");
    }

    #[test]
    fn a_panic_leaves_the_terminal_as_it_was() {
        let (_outer, inner) = terminal();
        let modes = || format!("{:?}", tcgetattr(&inner).unwrap());
        let before = modes();
        let during = std::cell::RefCell::new(String::new());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ask(inner.as_fd(), "Value: ", &|_| {
                during.replace(modes());
                std::panic::resume_unwind(Box::new("at the prompt"));
            })
        }));
        assert!(panicked.is_err());
        assert_ne!(during.into_inner(), before);
        assert_eq!(modes(), before);
    }

    #[test]
    fn what_is_no_terminal_is_not_asked() {
        let said = std::cell::Cell::new(false);
        let outcome = ask(File::open("/dev/null").unwrap().as_fd(), "Value: ", &|_| said.set(true));
        assert!(matches!(outcome, Err(Failure::File { .. })) && !said.get(), "{outcome:?}");
    }
}
