//! `hydrant emulate`: the environment of its command, which variables of the shell are ignored, and
//! how it ends.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::support::Sandbox;

/// An entry for every way to a secret, and some that share one.
const EVERY_WAY: &str = r#"version = 1

[secrets.BY_VARIABLE]

[secrets.BY_PARAMETER]
arn_parameter = "/demo/by-parameter-arn"

[secrets.BY_ID]
secret_id = "demo/by-id"

[secrets.BY_ARN]
secret_id = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:demo/by-arn-AbCdEf"

[secrets.BY_VALUE]
value_parameter = "/demo/by-value"

[secrets.BY_EITHER]
arn_var = "BY_EITHER_ARN"
arn_parameter = "/demo/by-either-arn"
secret_id = "demo/by-either"

[secrets.CLIENT_ID]
secret_id = "demo/client"
json_key = "clientId"

[secrets.CLIENT_SECRET]
secret_id = "demo/client"
json_pointer = "/nested/client~1secret"

[secrets.PREVIOUS]
secret_id = "demo/previous"
version_stage = "AWSPREVIOUS"

[secrets.PINNED]
secret_id = "demo/pinned"
version_id = "00000000-0000-0000-0000-000000000001"

[secrets.LABELLED]
secret_id = "demo/labelled"
version_stage = "BLUE"
"#;

const NAMES: [&str; 11] = [
    "BY_VARIABLE",
    "BY_PARAMETER",
    "BY_ID",
    "BY_ARN",
    "BY_VALUE",
    "BY_EITHER",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "PREVIOUS",
    "PINNED",
    "LABELLED",
];

const ONE: &str = "version = 1\n[secrets.KEY]\n";

/// `emulate -- printenv NAME…`
fn print<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    ["emulate", "--", "printenv"].into_iter().chain(names).collect()
}

#[test]
fn every_entry_finds_a_placeholder() {
    let expected: String = NAMES.iter().map(|name| format!("placeholder-for-{name}\n")).collect();
    Sandbox::new(EVERY_WAY).run(print(NAMES)).prints(&expected);
}

#[test]
fn a_hydrant_inside_finds_the_same_by_asking() {
    let expected: String = NAMES.iter().map(|name| format!("placeholder-for-{name}\n")).collect();
    let hydrant = env!("CARGO_BIN_EXE_hydrant");
    let inside = ["emulate", "--", hydrant, "--ignore-set", "run", "--", "printenv"]
        .into_iter()
        .chain(NAMES);
    Sandbox::new(EVERY_WAY).run(inside).prints(&expected);
    let plain = ["emulate", "--", hydrant, "run", "--", "printenv"].into_iter().chain(NAMES);
    Sandbox::new(EVERY_WAY).run(plain).prints(&expected);
}

#[test]
fn check_live_inside_finds_every_entry() {
    let hydrant = env!("CARGO_BIN_EXE_hydrant");
    let ran = Sandbox::new(EVERY_WAY).run(["emulate", "--", hydrant, "check", "--live"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(ran.stdout.matches(" required  present  ").count(), NAMES.len(), "{}", ran.stdout);
}

#[test]
fn values_come_from_the_seed_file_and_verbosely_it_says_so() {
    let manifest =
        format!("{ONE}[secrets.CLIENT_ID]\nsecret_id = \"demo/client\"\njson_key = \"id\"\n");
    let manifest = format!(
        "{manifest}[secrets.CLIENT_SECRET]\nsecret_id = \"demo/client\"\njson_key = \"secret\"\n"
    );
    let sandbox = Sandbox::new(&manifest);
    sandbox.file("test.env", "KEY='it is $HOME'\nCLIENT_SECRET=seeded\nSTRANGER=canary\n");
    let ran = sandbox.run([
        "-v",
        "emulate",
        "--seed",
        "test.env",
        "--",
        "printenv",
        "KEY",
        "CLIENT_ID",
        "CLIENT_SECRET",
    ]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "it is $HOME\nplaceholder-for-CLIENT_ID\nseeded\n")
    );
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines[0].starts_with("hydrant: emulating AWS at http://127.0.0.1:"), "{}", lines[0]);
    assert!(lines[0].ends_with(" in us-east-1: 2 secrets, 0 parameters"), "{}", lines[0]);
    let told = [
        "hydrant: warning: STRANGER in the seed file is not an entry of the manifest",
        "hydrant: placeholders: CLIENT_ID",
        "hydrant: values of the seed file: KEY, CLIENT_SECRET",
    ];
    assert_eq!(lines[1..4], told);
    assert!(lines[4..].iter().all(|line| line.starts_with("hydrant: read ")), "{}", ran.stderr);
}

#[test]
fn an_empty_value_of_the_seed_file_is_a_secret_that_was_never_filled() {
    let sandbox = Sandbox::new(&format!("{ONE}required = false\n"));
    sandbox.file("test.env", "KEY=\n");
    let ran = sandbox.run(["emulate", "--seed", "test.env", "--", "sh", "-c", "echo ${KEY-unset}"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "unset\n"));
    assert!(
        ran.stderr.contains("find the specified secret value for staging label: AWSCURRENT"),
        "{}",
        ran.stderr
    );
    let sandbox = Sandbox::new(ONE);
    sandbox.file("test.env", "KEY=\n");
    assert_eq!(sandbox.run(["emulate", "--seed", "test.env", "--", "true"]).code, Some(66));
}

#[test]
fn what_shell_and_env_file_have_for_entries_references_and_aws_does_not_count() {
    let sandbox = Sandbox::new(ONE)
        .env("KEY_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:210987654321:secret:real-AbCdEf")
        .env("AWS_PROFILE", "production")
        .env("AWS_SESSION_TOKEN", "real")
        .env("AWS_ENDPOINT_URL", "http://192.0.2.1")
        .env("AWS_REGION", "eu-west-1")
        .env("HYDRANT_OFFLINE", "1")
        .env("OWN", "own");
    sandbox.file(
        ".env",
        "KEY=local\nAWS_ACCESS_KEY_ID=real\nAWS_CA_BUNDLE=x\nURL=http://localhost:8000\n",
    );
    let names = ["KEY", "AWS_ACCESS_KEY_ID", "AWS_REGION", "OWN", "URL"];
    sandbox
        .run(print(names))
        .prints("placeholder-for-KEY\nemulated\nus-east-1\nown\nhttp://localhost:8000\n");
    let ran = sandbox.run(["emulate", "--", "env"]);
    for ignored in
        ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL=", "AWS_CA_BUNDLE", "210987654321"]
    {
        assert!(!ran.stdout.contains(ignored), "{ignored}: {}", ran.stdout);
    }
}

#[test]
fn the_region_is_that_of_the_settings() {
    let manifest = ONE.replace("[secrets", "[settings]\nregion = \"eu-central-1\"\n[secrets");
    let ran = Sandbox::new(&manifest).run([
        "emulate",
        "--",
        "sh",
        "-c",
        "echo $AWS_REGION $KEY_SECRET_ARN",
    ]);
    assert!(ran.stdout.starts_with("eu-central-1 arn:aws:secretsmanager:eu-central-1:"), "{ran:?}");
}

#[test]
fn its_exit_code_is_that_of_the_command() {
    let check = |script: &str, code| {
        Sandbox::new(ONE).run(["emulate", "--", "sh", "-c", script]).is(code, "", "")
    };
    check("exit 0", 0);
    check("exit 42", 42);
    check("kill -TERM $$", 143);
    check("kill -KILL $$", 137);
    let stderr = "hydrant: error: failed to run no-such-command: command not found in PATH\n";
    Sandbox::new(ONE).run(["emulate", "--", "no-such-command"]).is(127, "", stderr);
    Sandbox::new(ONE).run(["emulate", "--", "."]).is(
        126,
        "",
        "hydrant: error: failed to run .: Permission denied (os error 13)\n",
    );
}

/// A child whose output is read as it arrives.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        // Whatever dispositions the tests were started with (for example under `nohup`).
        let hydrant = sandbox.command(args.iter().copied());
        let mut command = Command::new("env");
        command.arg("--default-signal").arg(hydrant.get_program()).args(hydrant.get_args());
        command.current_dir(sandbox.path()).env_clear();
        command.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        Running { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    fn kill(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh runs").success());
    }

    /// The rest of its output, its messages and its exit code.
    fn end(mut self) -> (String, String, Option<i32>) {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).expect("text");
        self.child.stderr.take().expect("a pipe").read_to_string(&mut err).expect("text");
        (out, err, self.child.wait().expect("an end").code())
    }
}

/// A test that fails leaves nothing running.
impl Drop for Running {
    fn drop(&mut self) {
        _ = self.child.kill();
    }
}

#[test]
fn signals_go_on_to_the_command() {
    let sandbox = Sandbox::new(ONE);
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129), ("USR1", 138), ("QUIT", 131)]
    {
        // The test does not wait for it: a signal ends it, and without one it ends by itself
        // eventually.
        let mut running =
            Running::start(&sandbox, &["emulate", "--", "sh", "-c", "echo ready; exec sleep 20"]);
        assert_eq!(running.line(), "ready");
        running.kill(signal);
        assert_eq!(running.end(), (String::new(), String::new(), Some(code)), "{signal}");
    }
}

#[test]
fn a_command_that_handles_a_signal_ends_as_it_likes() {
    let script = "trap 'echo got it; kill $!; exit 9' TERM; sleep 20 & echo ready; wait";
    let sandbox = Sandbox::new(ONE);
    let mut running = Running::start(&sandbox, &["emulate", "--", "sh", "-c", script]);
    assert_eq!(running.line(), "ready");
    running.kill("TERM");
    assert_eq!(running.end(), ("got it\n".to_owned(), String::new(), Some(9)));
}

#[test]
fn without_a_command_it_prints_exports_and_serves_until_a_signal() {
    let hydrant = env!("CARGO_BIN_EXE_hydrant");
    for signal in ["TERM", "INT"] {
        let sandbox = Sandbox::new(ONE);
        let mut running = Running::start(&sandbox, &["emulate"]);
        let exports: Vec<String> = (0..9).map(|_| running.line()).collect();
        let shell = format!("{}\n{hydrant} run -- printenv KEY", exports.join("\n"));
        let output =
            Command::new("sh").args(["-c", &shell]).current_dir(sandbox.path()).output().unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            "placeholder-for-KEY\n",
            "{exports:?}"
        );
        running.kill(signal);
        let notice = "hydrant: emulating AWS until interrupted (Ctrl-C): run the lines above in another shell to use it\n";
        assert_eq!(running.end(), (String::new(), notice.to_owned(), Some(0)));
    }
}

#[test]
fn what_cannot_be_done() {
    let sandbox = Sandbox::new(ONE);
    sandbox.run(["--offline", "emulate", "--", "true"]).is(
        2,
        "",
        "hydrant: error: emulate calls its own emulator, so it cannot be used with --offline\n  \
         hint: hydrant --help, or hydrant COMMAND --help\n",
    );
    let stderr = "hydrant: error: failed to read the seed file no.env: No such file or directory (os error 2)\n";
    sandbox.run(["emulate", "--seed", "no.env", "--", "true"]).is(74, "", stderr);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let stderr = format!(
        "hydrant: error: failed to listen on 127.0.0.1:{port}: Address already in use (os error 98)\n"
    );
    sandbox.run(["emulate", "--port", &port, "--", "true"]).is(74, "", &stderr);
}

/// Entries that share a variable or a parameter share its secret.
#[test]
fn entries_that_share_a_secret_find_it_with_all_their_parts() {
    let manifest = "version = 1\n[secrets.A]\narn_var = \"X\"\njson_key = \"a\"\n\
                    [secrets.B]\narn_var = \"X\"\njson_key = \"b\"\n[secrets.WHOLE]\narn_var = \"X\"\n\
                    [secrets.C]\narn_parameter = \"/demo/p\"\nkms_key = \"alias/k\"\njson_key = \"c\"\n\
                    [secrets.D]\narn_parameter = \"/demo/p\"\njson_key = \"d\"\n";
    let sandbox = Sandbox::new(manifest);
    sandbox.file("seed", "A=1\nB=2\nC=3\nD=4\n");
    let printed = "echo $A $B $C $D $WHOLE; echo $X | sed 's/-[^-]*$//'";
    let ran = sandbox.run(["-v", "emulate", "--seed", "seed", "--", "sh", "-c", printed]);
    let found = "1 2 3 4 {\"a\":\"1\",\"b\":\"2\"}\n\
                 arn:aws:secretsmanager:us-east-1:123456789012:secret:x\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), found), "{ran:?}");
    assert!(ran.stderr.contains(": 2 secrets, 1 parameter\n"), "{ran:?}");
}
