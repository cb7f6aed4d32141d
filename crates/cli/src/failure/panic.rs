//! Internal errors: a panic has its own exit code, and is reported without its text.
//!
//! The text of a panic may contain data that was being processed. Its location is enough for a bug
//! report.

use std::panic::{self, PanicHookInfo, UnwindSafe};

use crate::args::options::LogFormat;
use crate::failure::{Failure, exit};
use crate::terminal::log;

/// Runs the program, and returns its exit code, or that of an internal error.
pub(crate) fn guarded(run: impl FnOnce() -> u8 + UnwindSafe) -> u8 {
    panic::set_hook(Box::new(|info| {
        _ = log::in_any_case(|| failure(info).report(LogFormat::Text))
    }));
    panic::catch_unwind(run).unwrap_or(exit::INTERNAL)
}

fn failure(info: &PanicHookInfo<'_>) -> Failure {
    let place =
        info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    Failure::Internal(format!("a panic at {place}"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_panic_is_an_exit_code() {
        assert_eq!(guarded(|| panic!("canary")), exit::INTERNAL);
        assert_eq!(guarded(|| 3), 3);
    }

    /// The process that the next test starts.
    #[test]
    #[ignore = "panics, in a process of its own"]
    fn panicking() {
        crate::terminal::log::start_for_usage(LogFormat::Text);
        let value = "canary".repeat(2);
        let code = guarded(move || panic!("the value was {value}: {:?}", value.parse::<i32>()));
        std::process::exit(code.into());
    }

    #[test]
    fn a_panic_is_told_without_its_text() {
        let mut itself = Command::new(std::env::current_exe().unwrap());
        itself
            .args(["--exact", "failure::panic::tests::panicking", "--ignored", "--nocapture"])
            .env("RUST_BACKTRACE", "full");
        let output = itself.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(exit::INTERNAL.into()), "{said}");
        assert!(
            said.starts_with(
                "hydrant: error: internal error: a panic at crates/cli/src/failure/panic.rs:"
            ),
            "{said}"
        );
        assert_eq!(said.lines().count(), 2, "{said}");
        assert!(
            !said.contains("canary") && !String::from_utf8_lossy(&output.stdout).contains("canary"),
            "{said}"
        );
    }
}
