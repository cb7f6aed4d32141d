//! A fault of hydrant's own: a panic ends it with its own code, and is told without its text.
//!
//! The text of a panic may repeat what was being worked on. Where it happened is enough to report it by.

use std::panic::{self, PanicHookInfo, UnwindSafe};

use crate::args::LogFormat;
use crate::exit;
use crate::failure::Failure;

/// Runs the program, and gives its exit code, or that of a fault.
pub(crate) fn guarded(run: impl FnOnce() -> u8 + UnwindSafe) -> u8 {
    panic::set_hook(Box::new(|info| _ = failure(info).report(LogFormat::Text)));
    panic::catch_unwind(run).unwrap_or(exit::INTERNAL)
}

fn failure(info: &PanicHookInfo<'_>) -> Failure {
    let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    Failure::Internal(format!("a panic at {place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_exit_code() {
        assert_eq!(guarded(|| panic!("canary")), exit::INTERNAL);
        assert_eq!(guarded(|| 3), 3);
    }
}
