//! Secrecy: a canary goes through every command, log format, verbosity and fault, and appears only
//! where it was requested. `pasted` tests values in the wrong place.

mod canary;
mod escaped;
mod executable;
mod fixture;
mod held;
mod installed;
mod library;
mod names;
mod pasted;
mod paths;
mod responses;
mod stopped;
mod terminal;
mod writes;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use canary::{ODD, PLAIN, forms, found, found_below};
use fixture::{AUDIT_LOG, EMPTY, FAULTS, Fixture, VALUE_FILES};

/// The command, and whether its stdout should contain the values.
const COMMANDS: [(&[&str], bool); 30] = [
    (&["run", "--", "true"], false),
    (&["run", "--strict", "--", "true"], false),
    (&["--ignore-set", "run", "--", "true"], false),
    (&["run", "--", "no-such-command"], false),
    (&["export", "--format", "json"], true),
    (&["export", "--format", "dotenv"], true),
    (&["export", "--format", "docker"], true),
    (&["export", "--format", "github"], true),
    (&["export", "--format", "shell", "--output", "values"], false),
    (&["export", "--format", "fish", "--output", "no/such/folder"], false),
    (&["check", "--json"], false),
    (&["check", "--live"], false),
    (&["check", "--live", "--json", "--strict"], false),
    (&["plan"], false),
    (&["doctor"], false),
    (&["--ignore-set", "doctor", "--json"], false),
    (&["--offline", "doctor"], false),
    (&["--ignore-set", "plan", "--json"], false),
    (&["--manifest", "new.toml", "init", "--from", ".env"], false),
    (&["--manifest", "new.toml", "init", "--from", "seed.env", "--json"], false),
    (&["generate", "cloudformation"], false),
    (&["generate", "cdk", "--out", "made.ts"], false),
    (&["generate", "terraform", "--check", ".env"], false),
    (&["generate", "terraform", "--check", "seed.env"], false),
    (&["generate", "ecs", "--inject", "--account", "123456789012"], false),
    (&["generate", "kubernetes"], false),
    (&["generate", "lambda-layer", "--out", "layer.yaml"], false),
    (&["generate", "github-actions"], false),
    (&["generate", "env-example", "--check", ".env"], false),
    (&["emulate", "--seed", "seed.env", "--", "true"], false),
];

/// Variables by name.
type Variables = &'static [(&'static str, &'static str)];

/// The log settings: arguments and variables.
const LOGS: [(&[&str], Variables); 5] = [
    (&[], &[]),
    (&["--quiet"], EMPTY),
    (&["-vvv"], LOUD),
    (&["--log-format", "text"], LOUD),
    (&["--log-format", "json"], LOUD),
];

/// Everything that makes hydrant, or anything below it, print more.
const LOUD: &[(&str, &str)] = &[
    ("HYDRANT_LOG", "trace"),
    ("RUST_LOG", "trace"),
    ("RUST_BACKTRACE", "full"),
    ("LOG_SENSITIVE_BODIES", "true"),
    ("LOG_SIGNABLE_BODY", "true"),
];

#[test]
fn no_byte_of_a_value_is_shown() {
    let mut cases = Vec::new();
    for (command, shows) in COMMANDS {
        for log in LOGS {
            cases.extend([PLAIN, ODD].map(|canary| (canary, "none", command, shows, log)));
        }
        // A command without calls meets no fault. Commands that differ only in the format of their
        // stdout meet the same ones.
        if ["plan", "--offline", "init", "generate", "emulate", "dotenv", "docker"]
            .iter()
            .any(|word| command.contains(word))
        {
            continue;
        }
        for (fault, _) in FAULTS.iter().skip(1) {
            cases.extend(
                [(PLAIN, LOGS[0]), (ODD, LOGS[3]), (PLAIN, LOGS[4])]
                    .map(|(canary, log)| (canary, *fault, command, shows, log)),
            );
        }
    }
    assert!(cases.len() > 500, "only {} cases", cases.len());
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((canary, fault, command, shows, log)) =
                    cases.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let seen = sweep(canary, fault, command, *shows, *log);
                    let seen =
                        seen.into_iter().map(|seen| format!("{fault} {command:?} {log:?}: {seen}"));
                    faults.lock().unwrap_or_else(PoisonError::into_inner).extend(seen);
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(faults.is_empty(), "{} places:\n{}", faults.len(), faults.join("\n"));
}

/// Runs one case, and returns the places where a form of the canary was seen.
fn sweep(
    canary: &str,
    fault: &str,
    command: &[&str],
    shows: bool,
    log: (&[&str], &[(&str, &str)]),
) -> Vec<String> {
    let fixture = Fixture::new(canary, fault, log.1);
    let output =
        fixture.sandbox.command(log.0.iter().chain(command)).output().expect("the binary starts");
    let forms = forms(canary);
    let mut seen = Vec::new();
    if !shows && let Some(form) = found(&forms, &output.stdout) {
        seen.push(format!("stdout: {form}\n{}", String::from_utf8_lossy(&output.stdout)));
    }
    if let Some(form) = found(&forms, &output.stderr) {
        seen.push(format!("stderr: {form}\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    // It also covers hydrant's internal errors.
    if matches!(output.status.code(), None | Some(70)) {
        seen.push(format!("it ended with {}", output.status));
    }
    seen.extend(found_below(fixture.sandbox.path(), &forms, &VALUE_FILES));
    seen
}

/// Without this check the sweep might search for a value that was never there.
#[test]
fn the_values_do_pass_through() {
    for canary in [PLAIN, ODD] {
        let fixture = Fixture::new(canary, "none", LOUD);
        let asked = ["--log-format", "json", "export", "--format", "json"];
        let output = fixture.sandbox.command(asked).output().expect("the binary starts");
        let values: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        for variable in ["RAW", "OF_JSON", "DEEP", "BY_PARAMETER", "PARAMETER", "KEPT", "FROM_FILE"]
        {
            assert_eq!(values[variable], canary, "{variable}");
        }
        assert!(found(&forms(canary), &output.stdout).is_some());
        // The audit log of these reads is among the files that are searched.
        let audited =
            std::fs::read_to_string(fixture.sandbox.path().join(AUDIT_LOG)).expect("an audit log");
        assert!(audited.contains("PASTED_PARAMETER"), "{audited}");
        for variable in ["RAW", "OF_JSON", "FROM_FILE"] {
            let output = fixture
                .sandbox
                .command(["run", "--", "printenv", variable])
                .output()
                .expect("it starts");
            assert_eq!(String::from_utf8(output.stdout).expect("UTF-8"), format!("{canary}\n"));
        }
    }
}
