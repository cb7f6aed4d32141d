//! A progress bar on stderr, for people at a terminal alone; the lines of the log go above it.
//!
//! Nothing is drawn off a terminal, with `--quiet` or with a log of JSON. The cursor is never
//! hidden and no thread draws, so that Ctrl-C leaves nothing to put right.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::options::{LogFormat, Options};

/// The bar that is shown, for what is written to stderr meanwhile.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// A bar that is shown until it is finished or dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows a bar of so many steps, where one may be shown.
    pub(crate) fn start(options: &Options, steps: usize, doing: &'static str) -> Self {
        let shown =
            !options.quiet && options.log_format == LogFormat::Text && io::stderr().is_terminal();
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target).with_prefix(doing);
        if let Ok(style) =
            ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {wide_msg}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        *lock() = shown.then(|| bar.clone());
        // Before the first step too, which may take its time.
        bar.tick();
        Progress { bar }
    }

    /// One step more is done: that of this variable.
    pub(crate) fn done(&self, variable: &str) {
        self.bar.set_message(variable.to_owned());
        self.bar.inc(1);
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        drop(self);
    }
}

/// A command that fails takes its bar away as well.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        *lock() = None;
    }
}

/// Stderr without a bar in the way: what is written at once stays in one piece.
pub(crate) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let write = || anstream::stderr().lock().write_all(bytes);
        // Its own clone: the bar must not be waited for while another thread puts it away.
        let bar = lock().clone();
        match bar {
            Some(bar) => bar.suspend(write)?,
            None => write()?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<ProgressBar>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::io::Read;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use clap::Parser;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use super::*;
    use crate::args::Cli;

    /// What the test below does in a process of its own, whose stderr is a terminal or not.
    fn import(options: &str) {
        let cli =
            Cli::try_parse_from(["hydrant"].into_iter().chain(options.split(' ')).chain(["check"]))
                .unwrap();
        let progress = Progress::start(&cli.options, 3, "importing");
        for variable in ["FIRST_KEY", "SECOND_KEY"] {
            progress.done(variable);
            Stderr.write_all(format!("after {variable}\n").as_bytes()).unwrap();
        }
        progress.finish();
        Stderr.write_all(b"the end\n").unwrap();
    }

    /// What that process wrote to its stderr.
    fn written(options: &str, terminal: bool) -> String {
        let (_, name) = module_path!().split_once("::").unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([
            "--exact",
            &format!("{name}::a_bar_is_shown_at_a_terminal_alone"),
            "--nocapture",
        ]);
        command
            .env("HYDRANT_TEST_BAR", options)
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if !terminal {
            let output = command.output().unwrap();
            assert!(output.status.success());
            return String::from_utf8(output.stderr).unwrap();
        }
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let path = ptsname(&controller, Vec::new()).unwrap();
        let path = Path::new(std::ffi::OsStr::from_bytes(path.to_bytes()));
        let mut child =
            command.stderr(OpenOptions::new().write(true).open(path).unwrap()).spawn().unwrap();
        // Its copy of the other end has to go, so that the end of the child is the end of the text.
        drop(command);
        let mut bytes = Vec::new();
        // On Linux the end of a terminal is an error.
        _ = File::from(controller).read_to_end(&mut bytes);
        assert!(child.wait().unwrap().success());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_bar_is_shown_at_a_terminal_alone() {
        if let Ok(options) = std::env::var("HYDRANT_TEST_BAR") {
            return import(&options);
        }
        let plain = "after FIRST_KEY\nafter SECOND_KEY\nthe end\n";
        for (options, terminal) in [
            ("--log-format text", false),
            ("--quiet", false),
            ("--quiet", true),
            ("--log-format json", true),
        ] {
            assert_eq!(
                written(options, terminal).replace("\r\n", "\n"),
                plain,
                "{options}, {terminal}"
            );
        }

        let drawn = written("--log-format text", true);
        assert!(drawn.contains("importing [") && drawn.contains("] 0/3"), "{drawn:?}");
        assert!(drawn.contains("2/3 SECOND_KEY"), "{drawn:?}");
        assert!(
            !drawn.contains("\u{1b}[?25l"),
            "a cursor that is hidden has to be shown again: {drawn:?}"
        );
        for line in plain.lines() {
            let (before, _) = drawn
                .split_once(&format!("{line}\r\n"))
                .unwrap_or_else(|| panic!("{line}: {drawn:?}"));
            // At the beginning of a line that was cleared.
            assert!(before.ends_with("\u{1b}[2K") || before.ends_with('\n'), "{line}: {drawn:?}");
        }
        assert!(drawn.ends_with("the end\r\n"), "{drawn:?}");
    }
}
