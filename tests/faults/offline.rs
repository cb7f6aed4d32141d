//! Offline no command opens a socket: each runs under a filter that ends it if it tries.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use hydrant_emulator::Emulator;

use crate::support::confined::{Filter, confined};
use crate::support::{Ran, Sandbox};

/// Every kind of source, and none with a region.
const MANIFEST: &str = "version = 1\n[vars]\nproject = \"demo\"\n[secrets.BY_NAME]\nsecret_id = \"demo/key\"\n\
                        [secrets.BY_VARIABLE]\nrequired = false\n\
                        [secrets.BY_PARAMETER]\narn_parameter = \"/demo/arn\"\nrequired = false\n\
                        [secrets.PARAMETER]\nvalue_parameter = \"/demo/value\"\nrequired = false\n";

/// Each command, once for each way to call it.
const CALLS: &[&[&str]] = &[
    &["run", "--", "true"],
    &["export"],
    &["check"],
    &["check", "--live"],
    &["plan"],
    &["init"],
    &["add", "gemini"],
    &["put", "BY_NAME"],
    &["import"],
    &["status"],
    &["history", "BY_NAME"],
    &["rollback", "BY_NAME"],
    &["delete", "BY_NAME", "--yes"],
    &["restore", "BY_NAME"],
    &["rotate", "BY_NAME"],
    &["doctor"],
    &["doctor", "--json"],
    &["policy"],
    &["policy", "--region", "us-east-1", "--account", "123456789012"],
    &["generate", "cloudformation"],
    &["generate", "cdk"],
    &["generate", "terraform"],
    &["generate", "ecs", "--", "./server"],
    &["generate", "kubernetes", "--", "./server"],
    &["generate", "lambda-layer", "--out", "layer.zip"],
    &["generate", "github-actions"],
    &["generate", "env-example"],
    &["catalogue"],
];

/// Ends by itself, with any code: not by the filter, and not by a panic.
#[track_caller]
fn opens_no_socket(sandbox: &Sandbox, call: &[&str]) -> Ran {
    let command = sandbox.command(call.iter().copied());
    let output =
        confined(&command, Filter::Offline).stdin(Stdio::null()).output().expect("python3");
    assert_eq!(output.status.signal(), None, "{call:?}: {output:?}");
    let ran = Ran::of(output);
    assert!(ran.code.is_some_and(|code| code != 70), "{call:?}: {ran:?}");
    ran
}

/// Only the option or the variable turns things off: metadata, a proxy, a profile that logs in or
/// runs a program.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(MANIFEST)
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("AWS_PROFILE", "program");
    let config = sandbox.file(
        "config",
        "[profile program]\ncredential_process = touch started\n\
         [profile sso]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n\
         [sso-session s]\nsso_region = us-east-1\nsso_start_url = https://127.0.0.1:9/start\n\
         [profile role]\nrole_arn = arn:aws:iam::123456789012:role/a\ncredential_source = Ec2InstanceMetadata\n",
    );
    sandbox.file(".env", "BY_NAME=set\n");
    let home = sandbox.path().to_owned();
    sandbox.env("AWS_CONFIG_FILE", config).env("HOME", home)
}

/// Each command in one way, and those that look up credentials or a region in all ways.
#[test]
fn no_command_opens_a_socket() {
    std::thread::scope(|scope| {
        for calls in CALLS.chunks(CALLS.len().div_ceil(4)) {
            scope.spawn(move || calls.iter().for_each(|call| opens_no_socket_in_any_way(call)));
        }
    });
}

fn opens_no_socket_in_any_way(call: &[&str]) {
    let offline = [&["--offline"], call].concat();
    let of_profile = |profile: &str| {
        let sandbox = sandbox().env("AWS_PROFILE", profile);
        opens_no_socket(&sandbox, &offline);
        assert!(
            !sandbox.path().join("started").exists(),
            "{call:?}: a credential process was started"
        );
    };
    of_profile("program");
    if !["run", "check", "doctor"].contains(&call[0]) {
        return;
    }
    ["sso", "role", ""].into_iter().for_each(of_profile);
    opens_no_socket(&sandbox().env("HYDRANT_OFFLINE", "1"), call);
    opens_no_socket(&sandbox(), &[&["--offline", "--ignore-set", "--no-env-file"], call].concat());
    let keys = sandbox()
        .env("AWS_ACCESS_KEY_ID", "a")
        .env("AWS_SECRET_ACCESS_KEY", "b")
        .env("AWS_PROFILE", "");
    opens_no_socket(&keys, &offline);
}

/// A new command, and a new target of `generate`, must be added above.
#[test]
fn every_command_is_called() {
    let names = |args: &[&str]| {
        let help = sandbox().run(args.iter().copied()).stdout;
        let commands =
            help.split("\nCommands:\n").nth(1).unwrap_or_else(|| panic!("no commands in {help}"));
        let lines = commands.lines().take_while(|line| line.starts_with("  "));
        let first = lines
            .filter(|line| !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next());
        first.map(str::to_owned).collect::<Vec<_>>()
    };
    for name in names(&["--help"]).iter().filter(|name| *name != "emulate") {
        assert!(CALLS.iter().any(|call| call[0] == name), "{name} is not called offline");
    }
    for name in names(&["generate", "--help"]) {
        assert!(
            CALLS.iter().any(|call| call[0] == "generate" && call[1] == name),
            "generate {name} is not called"
        );
    }
}

#[test]
fn the_filter_bites() {
    let emulator = Emulator::start().unwrap();
    let sandbox = Sandbox::new(MANIFEST).with(&emulator);
    let command = sandbox.command(["run", "--", "true"]);
    let ended = confined(&command, Filter::Offline).output().expect("python3");
    assert_eq!(ended.status.signal(), Some(rustix::process::Signal::SYS.as_raw()), "{ended:?}");
    assert_eq!(emulator.connections(), 0);
}
