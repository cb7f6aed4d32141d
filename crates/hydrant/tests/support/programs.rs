//! A harness for tests that are programs of their own, which this program becomes where a variable
//! names one of them. It has no threads, as other harnesses have: what is tested counts or forks
//! them.
//!
//! It takes the arguments that `cargo test` and nextest give. No test is ignored.

use std::io::{self, Write};
use std::process::{Command, ExitCode};

/// The `main` of such a program: `run` is a test itself. `passes` has the name of one, and starts
/// it as often as it wants; it says whether all went well.
pub(crate) fn main<C>(
    variable: &str,
    cases: &[(&str, C)],
    run: impl Fn(&C),
    passes: impl Fn(&str, &dyn Fn() -> Command) -> bool,
) -> ExitCode {
    if let Ok(name) = std::env::var(variable) {
        let (_, case) =
            cases.iter().find(|(known, _)| *known == name).expect("a test of this name");
        run(case);
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_listed = arguments.iter().any(|argument| argument == "--list");
    let mut out = io::stdout();
    let mut failed = 0;
    for (name, _) in cases.iter().filter(|(name, _)| is_chosen(name, &arguments)) {
        let program = || {
            let mut command = Command::new(std::env::current_exe().expect("this program"));
            command.env_clear().env(variable, name);
            command
        };
        let outcome = if is_listed {
            "test"
        } else if passes(name, &program) {
            "ok"
        } else {
            failed += 1;
            "FAILED"
        };
        writeln!(out, "{name}: {outcome}").expect("standard output");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_chosen(name: &str, arguments: &[String]) -> bool {
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    // The format is an argument of its own.
    let mut filters =
        arguments.iter().filter(|text| !text.starts_with('-') && *text != "terse").peekable();
    let matches = |filter: &String| {
        if has("--exact") { filter == name } else { name.contains(filter.as_str()) }
    };
    !has("--ignored") && (filters.peek().is_none() || filters.any(matches))
}
