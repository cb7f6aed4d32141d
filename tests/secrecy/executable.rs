//! The first moments of hydrant: another process of the same user spins until it can open its
//! memory, between execve and the prctl of `main`, and reads the values later. An executable that
//! its user cannot read is closed from execve on.

use std::path::Path;
use std::process::Stdio;

use hydrant_emulator::{Emulator, Fault, Operation, ParameterType};

use crate::secrecy::canary::PLAIN;
use crate::secrecy::installed::{Executable, command, is_root, other_process};
use crate::support::{Ran, Sandbox};

/// The results of this many races against a hydrant that has one value already, and waits for
/// another.
fn race(executable: Executable, tries: &str) -> String {
    let emulator = Emulator::start().expect("an emulator");
    let manifest = "version = 1\n[secrets.JSON]\nsecret_id = \"json\"\n[secrets.OTHER]\nvalue_parameter = \"/other\"\n";
    emulator.create_secret("us-east-1", "json", Some(PLAIN)).expect("a secret");
    emulator
        .put_parameter("us-east-1", "/other", "other", ParameterType::String)
        .expect("a parameter");
    emulator.fault(Some(Operation::GetParameters), Fault::Stall, usize::MAX);
    let sandbox = Sandbox::new(manifest).with(&emulator);
    let hydrant = executable.copy(Path::new(env!("CARGO_BIN_EXE_hydrant")), &sandbox);
    let hydrant = hydrant.to_str().expect("a path");
    other_process(&sandbox, &["race", tries, PLAIN, hydrant, "run", "--", "true"])
}

#[test]
fn an_executable_that_its_user_cannot_read_is_closed_from_the_first_moment() {
    assert_eq!(race(Executable::Unreadable, "60"), "never in 60 tries");
}

/// The race is real: if the user can read the executable, it is won, and the value is read.
#[test]
fn an_executable_that_its_user_can_read_is_open_for_a_moment() {
    let result = race(Executable::Readable, "200");
    assert!(result.starts_with("read at try "), "{result}");
}

/// Runs an installed hydrant to its end, with everything already set.
fn installed(executable: Executable, args: &[&str]) -> (String, Ran) {
    let sandbox =
        Sandbox::new("version = 1\n[secrets.KEY]\nsecret_id = \"key\"\n").env("KEY", "set");
    let hydrant = executable.copy(Path::new(env!("CARGO_BIN_EXE_hydrant")), &sandbox);
    let output =
        command(&sandbox, &hydrant, args).stdin(Stdio::null()).output().expect("it starts");
    (hydrant.to_str().expect("a path").to_owned(), Ran::of(output))
}

#[test]
fn it_works_where_it_cannot_read_itself() {
    for args in [
        &["--version"][..],
        &["check"],
        &["plan"],
        &["run", "--", "true"],
        &["export", "--format", "json"],
        &["emulate", "--", "true"],
        &["generate", "env-example"],
        &["generate", "lambda-layer"],
        &["--offline", "doctor"],
    ] {
        let (_, ran) = installed(Executable::Unreadable, args);
        assert_eq!(ran.code, Some(0), "{args:?}: {ran:?}");
    }
}

#[test]
fn doctor_says_which_this_is() {
    let line = |executable, args: &[&str]| {
        let (path, ran) = installed(executable, args);
        let lines = ran.stdout.lines().skip_while(|line| *line != "executable").skip(1);
        lines
            .take_while(|line| line.starts_with(' '))
            .collect::<Vec<_>>()
            .join("\n")
            .replace(&path, "PATH")
    };
    let (open, closed) = (Executable::Readable, Executable::Unreadable);
    let hint = match is_root() {
        true => "make it readable only by root: sudo chmod 0711 PATH",
        false => {
            "install it readable only by root: sudo install -o root -g root -m 0711 PATH \
             /usr/local/bin/hydrant"
        }
    };
    assert_eq!(
        line(open, &["--offline", "doctor"]),
        format!(
            "  ok       hydrant  PATH can be read by this user: another process of the same user can inspect hydrant for \
             a moment at each start\n           hint: {hint}"
        )
    );
    let expected = match is_root() {
        true => {
            "cannot be read by this user: no other process of the same user can inspect hydrant"
                .to_owned()
        }
        // Its owner can change its mode.
        false => format!(
            "belongs to this user, who can make it readable: another process of the same user can inspect hydrant \
             for a moment at each start\n           hint: {hint}"
        ),
    };
    assert_eq!(
        line(closed, &["--offline", "doctor"]),
        format!("  ok       hydrant  PATH {expected}")
    );
    for (executable, readable) in [(open, true), (closed, false)] {
        let (path, ran) = installed(executable, &["--offline", "doctor", "--json"]);
        let said: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let checks = said["checks"].as_array().expect("checks");
        let check = checks.iter().find(|check| check["section"] == "executable").expect("a check");
        assert_eq!(check["details"], serde_json::json!({ "path": path, "readable": readable }));
        assert_eq!((&check["mark"], said["code"].as_u64()), (&"ok".into(), Some(0)));
    }
}

#[test]
fn a_layer_needs_a_binary_that_can_be_read() {
    let (path, ran) =
        installed(Executable::Unreadable, &["generate", "lambda-layer", "--check", "layer.zip"]);
    ran.is(
        2,
        "",
        &format!(
            "hydrant: error: the running program {path} cannot go into the layer: this user cannot read it\n  \
             hint: name a copy of hydrant that this user can read: --binary PATH\n"
        ),
    );
}
