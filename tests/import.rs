//! `hydrant import`: the values of an env file reach the manifest's destinations, each destination
//! once, and nothing else is changed or shown. `faults` tests that a lost response or a throttled
//! write does no harm.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use hydrant_emulator::{Call, Operation};
use serde_json::{Value, json};

use crate::support::aws::{HOME, Server, without_request_ids};
use crate::support::terminal::Terminal;
use crate::support::{Ran, Sandbox};

/// Two keys of one JSON secret around a separate secret, and an entry that the file does not have.
const MANIFEST: &str = "[secrets.MCP_CLIENT_ID]\nsecret_id = \"PREFIX/mcp\"\njson_key = \"client_id\"\n\
                        [secrets.OPENAI_API_KEY]\nsecret_id = \"PREFIX/openai\"\n\
                        [secrets.MCP_CLIENT_SECRET]\nsecret_id = \"PREFIX/mcp\"\njson_key = \"client_secret\"\n\
                        [secrets.ABSENT]\nsecret_id = \"PREFIX/absent\"\n";

const FILE: &str = "# ours\nREGION=eu-west-1\nMCP_CLIENT_ID=agent-4fA9\nOPENAI_API_KEY=\"k4fA9zQ7Hm\"\n\nMCP_CLIENT_SECRET=s-Q7Hm\n\
                    export DEBUG=1 # kept\n";

/// The secrets, empty except the JSON one, and the env file next to the manifest.
fn account() -> (Server, Sandbox) {
    let server = Server::emulator();
    server.secret(HOME, "mcp", Some("{\"url\": \"https://mcp\", \"client_id\": \"old\"}"));
    server.secret(HOME, "openai", None);
    server.secret(HOME, "absent", None);
    let sandbox = server.sandbox(MANIFEST);
    sandbox.file(".env", FILE);
    (server, sandbox)
}

/// The current version of a secret.
#[track_caller]
fn current(server: &Server, name: &str) -> String {
    let versions = server.versions(HOME, name);
    let mut current =
        versions.iter().filter(|(_, stages)| stages.iter().any(|stage| stage == "AWSCURRENT"));
    current.next().expect("a current version").0.clone()
}

fn writes(calls: &[Call]) -> Vec<Operation> {
    let reads = [
        Operation::GetSecretValue,
        Operation::BatchGetSecretValue,
        Operation::DescribeSecret,
        Operation::GetParameters,
        Operation::DescribeParameters,
        Operation::ListSecrets,
        Operation::ListSecretVersionIds,
    ];
    calls.iter().map(|call| call.operation).filter(|operation| !reads.contains(operation)).collect()
}

/// The output contains no value of the file.
#[track_caller]
fn tells_no_value(ran: &Ran) {
    for value in ["4fA9", "Q7Hm", "eu-west-1"] {
        assert!(!ran.stdout.contains(value) && !ran.stderr.contains(value), "{value}: {ran:?}");
    }
}

#[test]
fn every_place_is_written_once() {
    let (server, sandbox) = account();
    let mut ran = None;
    let calls = server.calls_of(|| ran = Some(sandbox.run(["import"]))).expect("the emulator's");
    let (mcp, openai) = (server.name("mcp"), server.name("openai"));
    let expected = format!(
        "MCP_CLIENT_ID, MCP_CLIENT_SECRET: wrote {mcp}, version {}\nOPENAI_API_KEY: wrote {openai}, version {}\n3 values of \
         .env imported; not in the manifest, and ignored: DEBUG, REGION\n",
        current(&server, "mcp"),
        current(&server, "openai")
    );
    let ran = ran.expect("a run");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), expected.as_str()), "{ran:?}");
    tells_no_value(&ran);
    let puts =
        writes(&calls).iter().filter(|operation| **operation == Operation::PutSecretValue).count();
    assert_eq!((puts, server.versions(HOME, "mcp").len()), (2, 2), "{calls:?}");
    let text =
        "{\"url\": \"https://mcp\", \"client_id\": \"agent-4fA9\",\"client_secret\":\"s-Q7Hm\"}";
    assert_eq!(server.value(HOME, "mcp"), text);
    assert_eq!(server.value(HOME, "openai"), "k4fA9zQ7Hm");
    assert!(server.versions(HOME, "absent").is_empty());
    assert_eq!(fs::read_to_string(sandbox.path().join(".env")).expect("the env file"), FILE);
}

#[test]
fn replace_writes_the_listed_keys_alone_and_warns() {
    let (server, sandbox) = account();
    server.handle().deny(Operation::GetSecretValue);
    let ran = sandbox.run(["import", "--replace"]);
    let warned = format!(
        "hydrant: warning: MCP_CLIENT_ID, MCP_CLIENT_SECRET: the other keys of {} are removed (--replace)\n",
        server.name("mcp")
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains(&warned), "{ran:?}");
    server.handle().clear_faults();
    assert_eq!(
        server.value(HOME, "mcp"),
        "{\"client_id\":\"agent-4fA9\",\"client_secret\":\"s-Q7Hm\"}"
    );
}

#[test]
fn a_dry_run_prints_what_would_be_written_where() {
    let (server, sandbox) = account();
    let (mcp, openai) = (server.name("mcp"), server.name("openai"));
    let mut ran = None;
    let calls =
        server.calls_of(|| ran = Some(sandbox.run(["import", "--dry-run", "--comment-out"])));
    let ran = ran.expect("a run");
    let expected = format!(
        "MCP_CLIENT_ID, MCP_CLIENT_SECRET: would write a new version of {mcp}; its other keys stay\nOPENAI_API_KEY: would \
         write a new version of {openai}\n3 values of .env would be imported; not in the manifest, and ignored: DEBUG, \
         REGION\n"
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), expected.as_str()), "{ran:?}");
    assert_eq!(writes(&calls.expect("the emulator's")), []);
    assert_eq!(fs::read_to_string(sandbox.path().join(".env")).expect("the env file"), FILE);
    assert_eq!(fs::read_dir(sandbox.path()).expect("the folder").count(), 2);
}

#[test]
fn json_tells_what_was_written() {
    let (server, sandbox) = account();
    let ran = sandbox.run(["--quiet", "import", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let mut answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let arn = |name: &str| {
        let call = server.secrets(HOME).describe_secret().secret_id(server.name(name));
        server.wait(call.send()).expect("DescribeSecret").arn
    };
    let written = |variables: &[&str], name: &str| {
        json!({ "variables": variables, "reference": server.name(name), "arn": arn(name), "version": current(&server, name),
                "created": false })
    };
    let expected = json!({
        "env_file": ".env",
        "written": [written(&["MCP_CLIENT_ID", "MCP_CLIENT_SECRET"], "mcp"), written(&["OPENAI_API_KEY"], "openai")],
        "unknown": ["DEBUG", "REGION"],
        "backup": null,
        "dry_run": false,
    });
    assert_eq!(answer.take(), expected);
}

#[test]
fn what_clashes_is_refused_and_nothing_is_written() {
    for second in ["secret_id = \"PREFIX/one\"\njson_key = \"k\"\n", "secret_id = \"PREFIX/one\"\n"]
    {
        let server = Server::emulator();
        server.secret(HOME, "one", Some("{}"));
        server.secret(HOME, "other", None);
        let manifest = format!(
            "[secrets.OTHER]\nsecret_id = \"PREFIX/other\"\n[secrets.A]\nsecret_id = \"PREFIX/one\"\n[secrets.B]\n{second}"
        );
        let sandbox = server.sandbox(&manifest);
        sandbox.file(".env", "OTHER=4fA9-other\nA=4fA9-a\nB=4fA9-b\n");
        let mut ran = None;
        let calls =
            server.calls_of(|| ran = Some(sandbox.run(["import"]))).expect("the emulator's");
        let said = format!(
            "hydrant: error: B (secrets.toml:6): A is to be written to the same place; {}\n  hint: import them one by one \
             (--only), or correct the manifest\n",
            server.name("one")
        );
        let ran = ran.expect("a run");
        tells_no_value(&ran);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(76), said.as_str()), "{ran:?}");
        assert_eq!(writes(&calls), []);
        // One by one it works.
        assert_eq!(sandbox.run(["--only", "OTHER,A", "import"]).code, Some(0));
        assert_eq!(
            (server.value(HOME, "one"), server.value(HOME, "other")),
            ("4fA9-a".into(), "4fA9-other".into())
        );
    }
}

/// Ten secrets `s0` to `s9` without a value, an entry for each, and an env file with all of them.
fn ten() -> (Server, Sandbox) {
    let server = Server::emulator();
    let mut manifest = String::new();
    let mut file = "REGION=eu-west-1\n".to_owned();
    for index in 0..10 {
        server.secret(HOME, &format!("s{index}"), None);
        manifest += &format!("[secrets.S{index}]\nsecret_id = \"PREFIX/s{index}\"\n");
        file += &format!("S{index}=4fA9-{index}\n");
    }
    let sandbox = server.sandbox(&manifest);
    sandbox.file(".env", &file);
    (server, sandbox)
}

#[test]
fn what_is_denied_keeps_nothing_else_from_being_written_and_it_can_be_run_again() {
    let (server, sandbox) = ten();
    for index in [1, 3, 5, 7, 9] {
        server.handle().deny_item(Operation::PutSecretValue, &server.name(&format!("s{index}")));
    }
    let ran = without_request_ids(sandbox.run(["import", "--comment-out"]));
    assert_eq!(ran.code, Some(77), "{ran:?}");
    tells_no_value(&ran);
    assert_eq!(ran.stderr.matches("hydrant: error: ").count(), 5, "{ran:?}");
    for index in 0..10 {
        let name = server.name(&format!("s{index}"));
        if index % 2 == 0 {
            assert_eq!(server.value(HOME, &format!("s{index}")), format!("4fA9-{index}"));
        } else {
            assert!(server.versions(HOME, &format!("s{index}")).is_empty());
            let said = format!(
                "hydrant: error: S{index} (secrets.toml:{}): access denied; {name}; ",
                2 + 2 * index
            );
            assert!(ran.stderr.contains(&said), "{said} {ran:?}");
        }
    }
    // Only values that were written are removed from the file.
    let left: String = (0..10)
        .map(|index| match index % 2 {
            0 => format!("# S{index}: in AWS, set by hydrant\n"),
            _ => format!("S{index}=4fA9-{index}\n"),
        })
        .collect();
    let file = || fs::read_to_string(sandbox.path().join(".env")).expect("the env file");
    assert_eq!(file(), format!("REGION=eu-west-1\n{left}"));

    server.handle().clear_faults();
    let ran = sandbox.run(["import", "--comment-out"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for index in 0..10 {
        assert_eq!(server.value(HOME, &format!("s{index}")), format!("4fA9-{index}"));
    }
    assert!(!file().contains("4fA9"), "{}", file());
    assert_eq!(backups(sandbox.path()).len(), 2);
}

/// The backups in a folder.
fn backups(folder: &Path) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path());
    files.filter(|path| path.to_string_lossy().contains(".hydrant-backup-")).collect()
}

fn git(sandbox: &Sandbox, args: &[&str]) {
    let mut git = Command::new("git");
    git.args(args)
        .current_dir(sandbox.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    assert!(git.stdout(Stdio::null()).status().expect("git starts").success(), "{args:?}");
}

const LEFT: &str = "# ours\nREGION=eu-west-1\n# MCP_CLIENT_ID: in AWS, set by hydrant\n# OPENAI_API_KEY: in AWS, set by \
                    hydrant\n\n# MCP_CLIENT_SECRET: in AWS, set by hydrant\nexport DEBUG=1 # kept\n";

#[test]
fn comment_out_takes_out_the_lines_and_keeps_a_backup() {
    for ignored in [None, Some("*.hydrant-backup-*\n"), Some(".env*\n")] {
        let (_server, sandbox) = account();
        if let Some(rules) = ignored {
            git(&sandbox, &["init", "--quiet"]);
            sandbox.file(".gitignore", rules);
        }
        let path = sandbox.path().join(".env");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("a mode");
        let ran = sandbox.run(["import", "--comment-out"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        tells_no_value(&ran);
        assert_eq!(fs::read_to_string(&path).expect("the env file"), LEFT);
        assert_eq!(fs::metadata(&path).expect("the env file").permissions().mode() & 0o777, 0o640);
        let [backup] = &backups(sandbox.path())[..] else { panic!("not one backup") };
        assert_eq!(fs::read_to_string(backup).expect("the backup"), FILE);
        assert_eq!(fs::metadata(backup).expect("the backup").permissions().mode() & 0o777, 0o600);
        let name = backup.file_name().and_then(|name| name.to_str()).expect("a name");
        let last = ran.stdout.lines().last().expect("a line");
        assert!(
            last.starts_with("3 settings removed from .env; backup: ") && last.ends_with(name),
            "{ran:?}"
        );
        // From now on the values come from AWS.
        let args = ["--only", "OPENAI_API_KEY,MCP_CLIENT_SECRET", "run", "--", "sh", "-c"];
        sandbox
            .run([&args[..], &["echo $OPENAI_API_KEY $MCP_CLIENT_SECRET"]].concat())
            .prints("k4fA9zQ7Hm s-Q7Hm\n");
    }
}

#[test]
fn several_at_once_take_out_what_each_imported() {
    let (server, sandbox) = ten();
    let started: Vec<_> = (0..4)
        .map(|index| {
            let only = format!("S{index}");
            let mut command = sandbox.command(["--only", &only, "import", "--comment-out"]);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("the binary starts")
        })
        .collect();
    for child in started {
        let ran = Ran::of(child.wait_with_output().expect("its end"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    let file = fs::read_to_string(sandbox.path().join(".env")).expect("the env file");
    for index in 0..10 {
        let line = if index < 4 {
            format!("# S{index}: in AWS")
        } else {
            format!("S{index}=4fA9-{index}\n")
        };
        assert!(file.contains(&line), "{file}");
    }
    for index in 0..4 {
        assert_eq!(server.value(HOME, &format!("s{index}")), format!("4fA9-{index}"));
    }
    assert_eq!(backups(sandbox.path()).len(), 4);
}

/// A stranger's manifest does not choose which files are rewritten.
#[test]
fn comment_out_of_a_file_elsewhere_takes_the_users_word() {
    let (server, sandbox) = ten();
    let outside = tempfile::tempdir().expect("a folder");
    let path = outside.path().join("profile");
    fs::write(&path, "S0=4fA9-0\n").expect("a file");
    std::os::unix::fs::symlink(&path, sandbox.path().join("linked")).expect("a link");
    let manifest = fs::read_to_string(sandbox.path().join("secrets.toml")).expect("the manifest");
    let named = path.to_str().expect("a path");
    for file in [named, "linked"] {
        sandbox.file("secrets.toml", &format!("{manifest}[settings]\nenv_file = \"{file}\"\n"));
        let mut ran = None;
        let calls = server.calls_of(|| ran = Some(sandbox.run(["import", "--comment-out"])));
        let reason = "the manifest names it, and it is not in the manifest's folder";
        ran.expect("a run").is(
            2,
            "",
            &format!(
                "hydrant: error: --comment-out does not rewrite {file}: {reason}\n  \
                 hint: name it on the command line: hydrant import {file} --comment-out\n"
            ),
        );
        assert_eq!(writes(&calls.expect("the emulator's")), []);
        assert_eq!(fs::read_to_string(&path).expect("the file"), "S0=4fA9-0\n");
    }
    let ran = sandbox.run(["import", named, "--comment-out"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(fs::read_to_string(&path).expect("the file"), "# S0: in AWS, set by hydrant\n");
}

#[test]
fn comment_out_writes_nothing_where_git_would_see_the_backup() {
    let (server, sandbox) = account();
    git(&sandbox, &["init", "--quiet"]);
    sandbox.file(".gitignore", ".env\n");
    let mut ran = None;
    let calls = server.calls_of(|| ran = Some(sandbox.run(["import", "--comment-out"])));
    let ran = ran.expect("a run");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert!(
        ran.stderr.starts_with(
            "hydrant: error: --comment-out does not rewrite .env: git would not ignore"
        ),
        "{ran:?}"
    );
    assert!(
        ran.stderr.ends_with("  hint: add the line *.hydrant-backup-* to .gitignore\n"),
        "{ran:?}"
    );
    assert_eq!(writes(&calls.expect("the emulator's")), []);
    assert_eq!(fs::read_to_string(sandbox.path().join(".env")).expect("the env file"), FILE);
    assert!(backups(sandbox.path()).is_empty());
}

#[test]
fn the_file_is_the_argument_or_the_options_or_the_manifests() {
    let off = "[settings]\nenv_file = false\n";
    for (settings, args, imported) in [
        ("", &["import"][..], Some("beside")),
        ("", &["import", "other.env"], Some("other")),
        ("", &["--env-file", "other.env", "import"], Some("other")),
        ("", &["--env-file", "absent.env", "import", "other.env"], Some("other")),
        ("[settings]\nenv_file = \"other.env\"\n", &["import"], Some("other")),
        (off, &["import", "other.env"], Some("other")),
        (off, &["--env-file", "other.env", "import"], Some("other")),
        (off, &["import"], None),
    ] {
        let server = Server::emulator();
        server.secret(HOME, "key", None);
        let sandbox =
            server.sandbox(&format!("{settings}[secrets.KEY]\nsecret_id = \"PREFIX/key\"\n"));
        sandbox.file(".env", "KEY=beside\n");
        sandbox.file("other.env", "KEY=other\n");
        let ran = sandbox.run(args);
        match imported {
            Some(value) => {
                assert_eq!(ran.code, Some(0), "{settings} {args:?} {ran:?}");
                assert_eq!(server.value(HOME, "key"), value, "{settings} {args:?}");
            }
            None => {
                let said = "hydrant: error: the manifest turns the env file off: give the file to import\n";
                assert!(ran.code == Some(2) && ran.stderr.starts_with(said), "{ran:?}");
                assert!(server.versions(HOME, "key").is_empty());
            }
        }
    }
}

#[test]
fn a_file_that_is_not_there_or_has_nothing_is_said_so() {
    let (server, sandbox) = account();
    let ran = sandbox.run(["import", "absent.env"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(74), ""), "{ran:?}");
    sandbox.file("plain.env", "REGION=eu-west-1\nAWS_REGION=us-east-1\n");
    let said = "hydrant: warning: plain.env has no value for any entry of the manifest\n";
    let told = "0 values of plain.env imported; not in the manifest, and ignored: REGION\n";
    sandbox.run(["import", "plain.env"]).is(0, told, said);
    sandbox.file("empty.env", "OPENAI_API_KEY=\n");
    let said = "hydrant: warning: empty.env has no value for any entry of the manifest\n";
    let calls = server.calls_of(|| {
        sandbox.run(["import", "empty.env"]).is(0, "0 values of empty.env imported\n", said)
    });
    assert_eq!(calls, Some(Vec::new()));
    // An entry that is left out is still in the manifest.
    let calls = server.calls_of(|| {
        let ran = sandbox.run(["--only", "ABSENT", "import"]);
        assert_eq!(
            ran.stdout,
            "0 values of .env imported; not in the manifest, and ignored: DEBUG, REGION\n"
        );
    });
    assert_eq!(calls, Some(Vec::new()));
}

#[test]
fn references_in_the_env_file_count() {
    let server = Server::emulator();
    let arn = server.secret(HOME, "key", None);
    let sandbox = server.sandbox("[secrets.KEY]\n");
    sandbox.file(".env", &format!("KEY_SECRET_ARN={arn}\nKEY=k4fA9zQ7Hm\n"));
    let ran = sandbox.run(["import"]);
    let version = current(&server, "key");
    ran.prints(&format!("KEY: wrote {arn}, version {version}\n1 value of .env imported\n"));
    assert_eq!(server.value(HOME, "key"), "k4fA9zQ7Hm");
}

#[test]
fn what_the_environment_has_is_not_imported() {
    let (server, sandbox) = account();
    let sandbox =
        sandbox.env("OPENAI_API_KEY", "from-the-environment").env("ABSENT", "from-the-environment");
    assert_eq!(sandbox.run(["import"]).code, Some(0));
    assert_eq!(server.value(HOME, "openai"), "k4fA9zQ7Hm");
    assert!(server.versions(HOME, "absent").is_empty());
}

/// All possible contents of an env file arrive byte for byte, and read back the same.
#[test]
fn values_arrive_exactly() {
    let server = Server::emulator();
    let file = "PEM=\"-----BEGIN X-----\nMII\\\"B+/=\n-----END X-----\n\"\nSINGLE='one \"two\" $THREE \\n # four'\n\
                UNICODE=grüße\u{1f511}\nPLAIN=a=b#c\nSPACES='  in and out  '\n";
    let names = ["PEM", "SINGLE", "UNICODE", "PLAIN", "SPACES"];
    let mut manifest = String::new();
    for name in names {
        manifest += &format!("[secrets.{name}]\nsecret_id = \"PREFIX/{}\"\n", name.to_lowercase());
    }
    let sandbox = server.sandbox(&manifest);
    sandbox.file("values.env", file);
    // What `run` reads from the file itself is what must arrive.
    let print = "for name in PEM SINGLE UNICODE PLAIN SPACES; do printenv \"$name\"; echo .; done";
    let local = sandbox.run(["--env-file", "values.env", "run", "--", "sh", "-c", print]);
    assert_eq!((local.code, local.stderr.as_str()), (Some(0), ""));
    assert!(
        local
            .stdout
            .contains("-----END X-----\n\n.\none \"two\" $THREE \\n # four\n.\ngrüße\u{1f511}\n"),
        "{local:?}"
    );
    let ran = sandbox.run(["import", "values.env", "--create"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stdout.matches(": created ").count(), 5, "{ran:?}");
    sandbox.run(["--no-env-file", "run", "--", "sh", "-c", print]).prints(&local.stdout);
}

/// Only for people at a terminal, who may have to wait.
#[test]
fn each_step_is_said_at_a_terminal_alone_and_no_line_is_torn() {
    let (server, sandbox) = ten();
    server.handle().throttle(Operation::PutSecretValue, 3);
    let off = sandbox.run(["-v", "import"]);
    assert_eq!(off.code, Some(0), "{off:?}");
    assert!(!off.stderr.contains(" of 10 done") && !off.stderr.contains('\u{1b}'), "{off:?}");
    assert!(!off.stderr.contains('\r'), "{off:?}");

    let (server, sandbox) = ten();
    server.handle().throttle(Operation::PutSecretValue, 3);
    for index in [2, 4] {
        server.handle().deny_item(Operation::PutSecretValue, &server.name(&format!("s{index}")));
    }
    let sandbox = sandbox.env("TERM", "xterm");
    let mut terminal = Terminal::start(&sandbox.command(["-v", "import"]));
    for step in 1..=10 {
        terminal.awaits(&format!("hydrant: {step} of 10 done: S"));
    }
    terminal.awaits("ended with 77\r\n");
    let shown = terminal.shown();
    // Each message begins at the start of a line, and is complete.
    let mut messages = 0;
    for (at, _) in shown.match_indices("hydrant: ") {
        let before = shown[..at].trim_end_matches("\u{1b}[1m");
        assert!(
            before.is_empty() || before.ends_with('\n'),
            "{:?}",
            &shown[at.saturating_sub(40)..]
        );
        messages += 1;
    }
    assert!(
        messages >= 15,
        "ten steps, three that are tried again, two that are denied: {shown:?}"
    );
    assert!(!shown.contains("4fA9"), "{shown:?}");

    for args in [&["--quiet", "import"][..], &["--log-format", "json", "import"]] {
        let mut terminal = Terminal::start(&sandbox.command(args));
        terminal.awaits("ended with 77\r\n");
        assert!(!terminal.shown().contains(" of 10 done"), "{args:?}: {}", terminal.shown());
    }
}
