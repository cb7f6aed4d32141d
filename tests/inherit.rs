//! What the command of `run` inherits: all of it, a short list, or all but AWS credentials and references; and what the
//! system can hold of it.

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use hydrant_emulator::Emulator;
use support::Sandbox;

const MANIFEST: &str = "version = 1\n[secrets.KEPT]\n[secrets.READ]\narn_var = \"READ_ARN\"\n\
                        [secrets.OTHER]\nrequired = false\n[secrets.AWS_OF_AN_ENTRY]\nrequired = false\n";

/// An entry that is kept and one that is read, beside much else; and the names that the command gets of it.
fn names(emulator: &Emulator, options: &[&str]) -> BTreeSet<String> {
    let arn = emulator.create_secret("us-east-1", "demo/read", Some("read"));
    let arn = arn.unwrap_or_else(|_| "demo/read".to_owned());
    let mut sandbox = Sandbox::new(MANIFEST).with(emulator).env("KEPT", "kept").env("READ_ARN", arn);
    sandbox = sandbox.env("AWS_OF_AN_ENTRY", "kept");
    for name in [
        "HOME",
        "LC_TIME",
        "LANG",
        "OTHER_SECRET_ARN",
        "STRANGER",
        "AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_SECRET_KEY",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_SSO_SESSION",
        "AWS_XRAY_DAEMON_ADDRESS",
        "AWS_LAMBDA_FUNCTION_NAME",
        "aws_secret_key",
    ] {
        sandbox = sandbox.env(name, "");
    }
    sandbox.file(".env", "FROM_FILE=1\nAWS_ROLE_ARN=2\n");
    let ran = sandbox.run(["run"].iter().chain(options).chain(&["--", "env"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.contains("KEPT=kept\n") && ran.stdout.contains("READ=read\n"), "{}", ran.stdout);
    ran.stdout.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn everything_a_short_list_or_all_but_credentials_and_references() {
    let emulator = Emulator::start().expect("an emulator");
    let all = names(&emulator, &[]);
    let credentials = set(&[
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_ROLE_ARN",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_SECRET_KEY",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_SSO_SESSION",
    ]);
    let references = set(&["READ_ARN", "OTHER_SECRET_ARN"]);
    assert!(all.is_superset(&credentials) && all.is_superset(&references), "{all:?}");
    assert!(all.contains("STRANGER") && all.contains("FROM_FILE") && all.contains("AWS_REGION"), "{all:?}");

    let but = |gone: &BTreeSet<String>| all.difference(gone).cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&emulator, &["--drop-aws-env"]), but(&credentials));
    assert_eq!(names(&emulator, &["--drop-references"]), but(&references));
    let both = credentials.union(&references).cloned().collect();
    assert_eq!(names(&emulator, &["--drop-references", "--drop-aws-env"]), but(&both));

    let rest = credentials.iter().filter(|name| *name != "AWS_SECRET_KEY").cloned().collect();
    assert_eq!(names(&emulator, &["--drop-aws-env", "--keep", "AWS_SECRET_KEY"]), but(&rest));
    assert_eq!(names(&emulator, &["--drop-references", "--keep", "READ_ARN"]), but(&set(&["OTHER_SECRET_ARN"])));

    let pristine = ["PATH", "HOME", "LANG", "LC_TIME", "KEPT", "READ", "AWS_OF_AN_ENTRY"];
    assert_eq!(names(&emulator, &["--pristine"]), set(&pristine));
    let kept = [&pristine[..], &["STRANGER", "FROM_FILE"]].concat();
    assert_eq!(names(&emulator, &["--pristine", "--keep", "STRANGER,FROM_FILE,ABSENT"]), set(&kept));
    let ran = Sandbox::new(MANIFEST).run(["run", "--keep", "A", "--", "true"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}

/// The limit of this process's stack decides, so each command is started under one of its own.
fn under(stack: &str, sandbox: &Sandbox, args: &[&str]) -> support::Ran {
    let hydrant = sandbox.command(args);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("ulimit -s {stack}; exec \"$@\""), "sh"])
        .arg(hydrant.get_program())
        .args(hydrant.get_args());
    shell.current_dir(sandbox.path()).env_clear();
    shell.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
    support::Ran::of(shell.output().expect("sh starts"))
}

#[test]
fn an_environment_that_the_system_cannot_hold_is_told_with_both_sizes() {
    let emulator = Emulator::start().expect("an emulator");
    let mut manifest = "version = 1\n".to_owned();
    for index in 0..4 {
        let name = format!("demo/{index}");
        emulator.create_secret("us-east-1", &name, Some(&"x".repeat(50_000 + index))).expect("a secret");
        manifest.push_str(&format!("[secrets.KEY_{index}]\nsecret_id = \"{name}\"\n"));
    }
    let sandbox = Sandbox::new(&manifest).with(&emulator);
    let ran = under("512", &sandbox, &["run", "--", "true"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(76), ""), "{}", ran.stderr);
    let (start, rest) = ran.stderr.split_once(" bytes, and").expect("sizes");
    let total: usize = start.rsplit(' ').next().unwrap_or_default().parse().expect("a size");
    assert!(start.starts_with("hydrant: error: the environment and the arguments take ") && total > 200_000, "{start}");
    let largest = "KEY_3 (50010 bytes), KEY_2 (50009 bytes), KEY_1 (50008 bytes)";
    assert_eq!(rest, format!(" the system's limit is 131072; the largest variables are {largest}\n"));

    // A quarter of the stack: with the next size it fits.
    let ran = under("1024", &sandbox, &["run", "--", "true"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}

/// The limit as it is told is the system's own: what is a little below it starts.
#[test]
fn what_is_just_below_the_limit_starts() {
    let mut codes = BTreeSet::new();
    for spare in (0..3_000).step_by(150) {
        // In the env file, so that hydrant itself can start.
        let sandbox = Sandbox::new("version = 1\n[secrets.A]\n[secrets.B]\n");
        sandbox.file(".env", &format!("A={}\nB={}\n", "x".repeat(62_000 - spare), "x".repeat(70_000)));
        let ran = under("512", &sandbox, &["run", "--", "/bin/true"]);
        // Never the system's own error, which has no name and no size.
        assert!(ran.code == Some(0) || ran.stderr.contains("and the system's limit is 131072"), "{spare}: {ran:?}");
        codes.insert(ran.code);
    }
    assert_eq!(codes, BTreeSet::from([Some(0), Some(76)]));
}
