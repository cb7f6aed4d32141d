//! The options of every command, the form of messages, the help, and the messages about a wrong
//! command line.

use hydrant_emulator::Emulator;
use serde_json::Value;

use crate::support::{Ran, Sandbox};

const ONE: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";
const PRINT: [&str; 4] = ["run", "--", "printenv", "KEY"];
const SEE_HELP: &str = "  hint: hydrant --help, or hydrant COMMAND --help\n";

fn emulator() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    emulator
        .create_secret("us-east-1", "demo/key", Some("sk-base"))
        .expect("the emulator takes it");
    emulator
        .create_secret("us-east-1", "acme/key", Some("sk-acme"))
        .expect("the emulator takes it");
    emulator
}

#[test]
fn the_manifest_is_named_by_option_else_variable_else_its_place() {
    let sandbox = Sandbox::empty();
    for name in ["secrets.toml", "a.toml", "b.toml"] {
        sandbox.file(name, "version = 1\n");
    }
    let check = |sandbox: &Sandbox, args: &[&str], expected: &str| {
        sandbox.run(args).prints(&format!("{expected}: 0 entries, no problems\n"));
    };
    check(&sandbox, &["check"], "secrets.toml");
    let sandbox = sandbox.env("HYDRANT_MANIFEST", "a.toml");
    check(&sandbox, &["check"], "a.toml");
    check(&sandbox, &["--manifest", "b.toml", "check"], "b.toml");
    check(&sandbox, &["check", "--manifest", "b.toml"], "b.toml");
}

#[test]
fn profile_and_var_by_option_else_variable() {
    let emulator = emulator();
    let manifest = "version = 1\n[vars]\norg = \"demo\"\n[secrets.KEY]\nsecret_id = \"${org}/key\"\n\
                    [profiles.local.secrets.KEY]\ndefault = \"sk-local\"\nsecret_id = \"nowhere\"\n";
    let sandbox = Sandbox::new(manifest).with(&emulator);
    let args = |before: &[&'static str]| before.iter().copied().chain(PRINT).collect::<Vec<_>>();
    sandbox.run(args(&[])).prints("sk-base\n");
    sandbox.run(args(&["--var", "org=acme"])).prints("sk-acme\n");
    sandbox.run(args(&["-q", "--profile", "local"])).prints("sk-local\n");
    let sandbox = sandbox.env("HYDRANT_VAR_org", "acme");
    sandbox.run(args(&[])).prints("sk-acme\n");
    sandbox.run(args(&["--var", "org=demo"])).prints("sk-base\n");
    sandbox.env("HYDRANT_PROFILE", "local").run(args(&["-q"])).prints("sk-local\n");
}

#[test]
fn offline_by_option_or_variable_opens_no_socket() {
    let emulator = emulator();
    let sandbox = Sandbox::new(ONE).with(&emulator);
    let stderr = "hydrant: error: KEY (secrets.toml:2): not set locally, and AWS is not called (offline)\n  \
                  hint: set KEY in the environment or the env file, or run without --offline\n";
    sandbox.run(["--offline", "run", "--", "true"]).is(66, "", stderr);
    let sandbox = sandbox.env("HYDRANT_OFFLINE", "1");
    sandbox.run(["run", "--", "true"]).is(66, "", stderr);
    sandbox.file(".env", "KEY=local\n");
    sandbox.run(PRINT).prints("local\n");
    assert_eq!(emulator.connections(), 0);
    let stderr = "hydrant: error: HYDRANT_OFFLINE is not 1 or 0\n";
    sandbox.env("HYDRANT_OFFLINE", "maybe").run(["check"]).is(2, "", stderr);
}

#[test]
fn an_env_file_by_option_must_be_there_and_goes_before_that_of_the_settings() {
    let sandbox = Sandbox::new(ONE);
    sandbox.file(".env", "KEY=settings\n");
    sandbox.file("other.env", "KEY=other\n");
    sandbox.run(PRINT).prints("settings\n");
    sandbox.run(["--env-file", "other.env", "run", "--", "printenv", "KEY"]).prints("other\n");
    let stderr = "hydrant: error: failed to read the env file no.env: No such file or directory (os error 2)\n";
    sandbox.run(["--env-file", "no.env", "run", "--", "true"]).is(74, "", stderr);
}

#[test]
fn allow_http_allows_a_named_host() {
    // Nothing listens there: the message shows that the call was made.
    let sandbox =
        Sandbox::new(&ONE.replace("[secrets", "[settings]\ndeadline = \"600ms\"\n[secrets"))
            .at("http://127.0.0.1:1")
            .env("AWS_ENDPOINT_URL", "http://0.0.0.0:1");
    assert_eq!(sandbox.run(["run", "--", "true"]).code, Some(78));
    assert_eq!(sandbox.run(["--allow-http", "0.0.0.0", "run", "--", "true"]).code, Some(69));
    assert_eq!(
        sandbox.env("HYDRANT_ALLOW_HTTP", "other, 0.0.0.0").run(["run", "--", "true"]).code,
        Some(69)
    );
}

/// The output of one warning, at each level.
fn levels(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let ran = sandbox.run(args.iter().copied().chain(["run", "--", "true"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    ran.stderr.lines().map(str::to_owned).collect()
}

const LEVELS: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n[secrets.NONE]\nrequired = false\n\
                      [secrets.PARAMETER]\narn_parameter = \"/demo/arn\"\nrequired = false\n";

#[test]
fn how_much_is_said() {
    let emulator = emulator();
    let sandbox = Sandbox::new(LEVELS).with(&emulator);
    let warning =
        "hydrant: warning: PARAMETER (secrets.toml:6): parameter /demo/arn does not exist";
    let read = "hydrant: read demo/key for KEY";
    let decisions = [
        "hydrant: KEY (secrets.toml:2): hydrated: demo/key",
        "hydrant: NONE (secrets.toml:4): skipped: no reference to its secret: NONE_SECRET_ARN is not set",
        "hydrant: PARAMETER (secrets.toml:6): skipped: no reference to its secret: parameter /demo/arn does not exist",
    ];
    let all = [&[warning][..], &decisions, &[read]].concat();
    assert_eq!(levels(&sandbox, &[]), [warning]);
    assert_eq!(levels(&sandbox, &["-q"]), Vec::<String>::new());
    assert_eq!(levels(&sandbox, &["-v"]), [warning, read]);
    assert_eq!(levels(&sandbox, &["-vv"]), all);
    let sandbox = sandbox.env("RUST_LOG", "trace").env("HYDRANT_LOG", "info");
    assert_eq!(levels(&sandbox, &[]), [warning, read]);
    assert_eq!(levels(&sandbox, &["-q"]), Vec::<String>::new());
    assert_eq!(levels(&sandbox, &["-vv"]), all);
    let sandbox = sandbox.env("HYDRANT_LOG", "off");
    assert_eq!(levels(&sandbox, &[]), Vec::<String>::new());
}

#[test]
fn an_error_is_shown_however_quiet_it_is() {
    let sandbox = Sandbox::new(ONE).env("HYDRANT_LOG", "off").env("KEY", "own");
    let stderr = "hydrant: error: failed to run no-such-command: command not found in PATH\n";
    sandbox.run(["run", "--", "no-such-command"]).is(127, "", stderr);
    sandbox.run(["-q", "run", "--", "no-such-command"]).is(127, "", stderr);
}

/// Every line as JSON, without the time.
fn lines(ran: &Ran) -> Vec<Value> {
    let parse = |line: &str| {
        let mut line: Value = serde_json::from_str(line).expect(line);
        assert!(line.as_object_mut().expect("an object").remove("timestamp").is_some());
        line
    };
    ran.stderr.lines().map(parse).collect()
}

#[test]
fn every_line_on_stderr_can_be_json() {
    let emulator = emulator();
    let json = |sandbox: &Sandbox, args: &[&str]| {
        lines(&sandbox.run(["--log-format", "json"].iter().chain(args)))
    };
    let error = |message: &str, hint: Option<&str>, code: u8| {
        let mut line = serde_json::json!({ "level": "ERROR", "message": message, "code": code });
        if let Some(hint) = hint {
            line["hint"] = hint.into();
        }
        line
    };
    let see_help = Some("hydrant --help, or hydrant COMMAND --help");
    // A command that succeeds.
    let sandbox = Sandbox::new(LEVELS).with(&emulator);
    let said = json(&sandbox, &["-v", "run", "--", "true"]);
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(
        (&said[0]["level"], &said[0]["variables"], &said[0]["line"]),
        (&"WARN".into(), &"PARAMETER".into(), &6.into())
    );
    assert_eq!((&said[1]["level"], &said[1]["variables"]), (&"INFO".into(), &"KEY".into()));
    // Failures of every kind.
    let not_found = error("failed to run no-such-command: command not found in PATH", None, 127);
    assert_eq!(json(&sandbox, &["-q", "run", "--", "no-such-command"]), [not_found]);
    let sandbox =
        Sandbox::new("version = 1\n[secrets.A]\narn_vr = \"x\"\n[secrets.B]\nrequired = 1\n");
    let said = json(&sandbox, &["check"]);
    assert_eq!(
        said[0],
        error(
            "secrets.toml:3:1: entry A: unknown key `arn_vr`",
            Some("did you mean `arn_var`?"),
            65
        )
    );
    assert_eq!(said.len(), 2, "{said:?}");
    let unknown = error("unknown command", Some("did you mean run?"), 2);
    assert_eq!(json(&sandbox, &["runn"]), [unknown]);
    assert_eq!(
        lines(&sandbox.run(["--log-format=json"])),
        [error("a command is missing", see_help, 2)]
    );
    let sandbox = sandbox.env("HYDRANT_LOG", "loud");
    let level =
        error("HYDRANT_LOG is not one of off, error, warn, info, debug, trace", see_help, 2);
    assert_eq!(json(&sandbox, &["check"]), [level]);
}

#[test]
fn a_wrong_command_line_is_reported_without_repeating_it() {
    let sandbox = Sandbox::new(ONE);
    let check = |args: &[&str], error: &str, hint: &str| {
        sandbox.run(args).is(2, "", &format!("hydrant: error: {error}\n{hint}"));
    };
    check(&["sk-canary"], "unknown command", SEE_HELP);
    check(&["chek"], "unknown command", "  hint: did you mean check?\n");
    check(&["check", "sk-canary"], "unexpected argument", SEE_HELP);
    check(&["check", "--jsn"], "unexpected argument --jsn", "  hint: did you mean --json?\n");
    check(&["check", "--key=sk-canary"], "unexpected argument --key", SEE_HELP);
    check(&["--var", "sk-canary", "check"], "--var (number 1) is not NAME=VALUE", SEE_HELP);
    check(
        &["--var", "org=sk/canary", "plan"],
        "the --var value for `${org}` contains a character that is not allowed",
        "  hint: use only letters, digits and `_ + = . @ -`\n",
    );
    check(&["emulate", "--port", "sk-canary"], "invalid value for --port", SEE_HELP);
    check(
        &["export", "--format", "sk-canary"],
        "invalid value for --format",
        "  hint: possible values: json, dotenv, shell, fish, powershell, docker, github\n",
    );
    check(
        &["export"],
        "--format <FORMAT> is missing",
        "  hint: hydrant export --format <FORMAT>\n",
    );
    check(
        &["run"],
        "<CMD> is missing",
        "  hint: hydrant [OPTIONS] run [OPTIONS] -- CMD [ARGUMENT]...\n",
    );
    check(&["-q", "-v", "check"], "--quiet and --verbose cannot be used together", SEE_HELP);
    check(
        &["--offline", "--ignore-set", "check"],
        "--offline and --ignore-set cannot be used together",
        SEE_HELP,
    );
    check(&["--manifest", "a", "check", "--manifest"], "missing value for --manifest", SEE_HELP);
    check(&["check", "--strict"], "--live is missing", "  hint: hydrant check --live --strict\n");
    // A value used as a name is the most likely mistake.
    for command in ["put", "delete", "restore", "history", "rollback", "rotate"] {
        check(&[command, "skcanary"], "argument 1 is not the name of an entry of secrets.toml", "");
    }
    let both = "argument 2 is not the name of an entry of secrets.toml";
    check(&["put", "KEY", "sk-canary"], both, "");
    check(
        &["put", "KYE"],
        "argument 1 is not the name of an entry of secrets.toml",
        "  hint: did you mean KEY?\n",
    );
    check(&["put"], "<VARIABLE> is missing", "  hint: hydrant put <VARIABLE>...\n");
    check(&["--only", "KYE", "check"], "unknown entry `KYE`", "  hint: did you mean `KEY`?\n");
    check(
        &["--profile", "prod", "check"],
        "unknown profile `prod`",
        "  hint: the manifest has no profiles\n",
    );
}

#[test]
fn every_command_has_a_help_with_an_example() {
    let sandbox = Sandbox::empty();
    let commands = [
        "run",
        "export",
        "check",
        "plan",
        "init",
        "add",
        "put",
        "import",
        "status",
        "history",
        "rollback",
        "delete",
        "restore",
        "rotate",
        "doctor",
        "policy",
        "generate",
        "catalogue",
        "emulate",
    ];
    for command in commands {
        for flag in ["-h", "--help"] {
            let ran = sandbox.run([command, flag]);
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
            assert!(ran.stdout.contains("\nExamples:\n  "), "{}", ran.stdout);
            assert!(
                ran.stdout.contains("hydrant ") && !ran.stdout.contains('\u{1b}'),
                "{}",
                ran.stdout
            );
        }
    }
    for target in [
        "cloudformation",
        "cdk",
        "terraform",
        "ecs",
        "kubernetes",
        "lambda-layer",
        "github-actions",
        "env-example",
    ] {
        let ran = sandbox.run(["generate", target, "--help"]);
        assert!(
            ran.stdout.contains(&format!("\nExamples:\n  hydrant generate {target}")),
            "{}",
            ran.stdout
        );
    }
    let ran = sandbox.run(["--help"]);
    assert!(
        ran.stdout.contains("\nExit codes:\n    0  success\n    1  a check failed"),
        "{}",
        ran.stdout
    );
    sandbox.run(["--version"]).prints(concat!("hydrant ", env!("CARGO_PKG_VERSION"), "\n"));
    // Without a command it is an error, but it prints the help all the same.
    let ran = sandbox.run(Vec::<String>::new());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("\nUsage: hydrant "), "{}", ran.stderr);
}
