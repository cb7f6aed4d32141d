//! A system without threads or descriptors. That is an error, and never a panic.

use std::process::Command;

use hydrant_emulator::Emulator;

use crate::faults::matrix::HOME;
use crate::support::confined::{Filter, confined};
use crate::support::{Ran, Sandbox};

const ONE: &str = "version = 1\n[secrets.V0]\nsecret_id = \"demo/s0\"\n";

/// A name is resolved on a thread. An address needs none.
#[test]
fn no_threads() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/s0", Some("value 0")).unwrap();
    let name = emulator.endpoint().replace("127.0.0.1", "localhost");
    let by_name = Sandbox::new(ONE)
        .with(&emulator)
        .env("AWS_ENDPOINT_URL", name)
        .env("AWS_MAX_ATTEMPTS", "1");
    for args in [&["run", "--", "true"][..], &["check", "--live"], &["status"], &["doctor"]] {
        let ran = without_threads(&by_name, args);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            ran.code.is_some_and(|code| code > 0) && !said.contains("panic"),
            "{args:?}: {ran:?}"
        );
        assert!(said.contains("Resource temporarily unavailable"), "{args:?}: {ran:?}");
    }
    assert_eq!(emulator.connections(), 0);
    let by_address = Sandbox::new(ONE).with(&emulator);
    let ran = without_threads(&by_address, &["check", "--live"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

fn without_threads(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let output = confined(&sandbox.command(args.iter().copied()), Filter::NoThreads).output();
    Ran::of(output.expect("python3"))
}

/// From none in addition to the standard ones to as many as suffice.
#[test]
fn no_descriptors() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/s0", Some("value 0")).unwrap();
    let sandbox = Sandbox::new(ONE).with(&emulator);
    let mut codes = Vec::new();
    for most in 3..=16 {
        let started = sandbox.command(["run", "--", "true"]);
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {most}; exec \"$@\""), "sh"]);
        command
            .arg(started.get_program())
            .args(started.get_args())
            .current_dir(sandbox.path())
            .env_clear();
        command.envs(started.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let ran = Ran::of(command.output().expect("sh"));
        assert!(!ran.stderr.contains("panic"), "at {most}: {ran:?}");
        codes.push(ran.code);
    }
    assert_eq!(codes.last(), Some(&Some(0)), "{codes:?}");
    assert!(codes.iter().all(|code| code.is_some()), "{codes:?}");
}
