//! Every command against every kind of endless server and file: it ends by its deadline, and uses
//! no more memory than a start needs.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hydrant_emulator::Emulator;

use crate::faults::servers::{SERVERS, Server};
use crate::support::{Ran, Sandbox};

const DEADLINE: Duration = Duration::from_millis(400);

/// The allowed time beyond the deadline, on a busy machine.
const SLACK: Duration = Duration::from_secs(2);

/// After this time a command counts as endless.
const NEVER: Duration = Duration::from_secs(30);

/// The most memory of a command, in KiB.
const MEMORY: u64 = 128 * 1024;

/// How many commands run at once that end as fast as they can.
const AT_ONCE: usize = 6;

/// How many run at once that mostly wait for their deadline.
const WAITING_AT_ONCE: usize = 12;

const MANIFEST: &str = "version = 1
[secrets.KEY]
secret_id = \"demo/key\"
[secrets.OTHER]
secret_id = \"demo/other\"
json_key = \"a\"
[secrets.BY_PARAMETER]
arn_parameter = \"/demo/other-arn\"
[secrets.PARAMETER]
value_parameter = \"/demo/parameter\"
";

/// Every command, with the arguments to reach AWS.
const COMMANDS: [&[&str]; 24] = [
    &["run", "--", "true"],
    &["--only", "KEY", "run", "--", "true"],
    &["export", "--format", "json"],
    &["check"],
    &["check", "--live"],
    &["plan"],
    &["status"],
    &["status", "--all"],
    &["put", "KEY"],
    &["put", "OTHER", "--merge"],
    &["put", "PARAMETER", "--create"],
    &["import", "values.env"],
    &["history", "KEY"],
    &["rollback", "KEY"],
    &["delete", "KEY", "--yes"],
    &["restore", "KEY"],
    &["rotate", "KEY"],
    &["doctor"],
    &["policy"],
    &["generate", "env-example"],
    &["catalogue"],
    &["init", "--from", "values.env", "--dry-run", "--manifest", "new.toml"],
    &["add", "openai", "--dry-run"],
    &["emulate", "--", "true"],
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(MANIFEST);
    sandbox.file("values.env", "KEY=value\nOTHER=value\nPARAMETER=value\n");
    sandbox
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("HYDRANT_DEADLINE", format!("{}ms", DEADLINE.as_millis()))
}

/// Runs a command, and checks its deadline and its memory.
#[track_caller]
fn held(sandbox: &Sandbox, arguments: &[&str], row: &str) -> Ran {
    let mut command = sandbox.within_memory(MEMORY, arguments.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begun = Instant::now();
    let mut child = command.spawn().expect("the binary starts");
    // It may end before it has read its input.
    _ = child.stdin.take().expect("its standard input").write_all(b"value");
    let (mut stdout, mut stderr) =
        (child.stdout.take().expect("stdout"), child.stderr.take().expect("stderr"));
    // Both are short, and closed when it ends.
    let reader = thread::spawn(move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        (stdout.read_to_end(&mut out).and(stderr.read_to_end(&mut err)), out, err)
    });
    let mut ended = None;
    while ended.is_none() && begun.elapsed() < NEVER {
        ended = child.try_wait().expect("its end");
        thread::sleep(Duration::from_millis(5));
    }
    let took = begun.elapsed();
    if ended.is_none() {
        _ = child.kill();
    }
    let status = child.wait().expect("its end");
    let (_, out, err) = reader.join().expect("its output");
    let ran = Ran::of(std::process::Output { status, stdout: out, stderr: err });
    let row = format!("{row} × {arguments:?} after {took:?}: {ran:?}");
    assert!(took < DEADLINE + SLACK, "too late: {row}");
    // Without more memory a program aborts.
    assert!(ran.code.is_some_and(|code| code != 70), "{row}");
    assert!(!ran.stderr.contains("panicked"), "{row}");
    ran
}

/// Runs all jobs, a number of them at a time. Failures are reported together.
fn each<T: Sync>(rows: &[T], at_once: usize, work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(row)));
                    *failed.lock().expect("a count") += usize::from(done.is_err());
                }
            });
        }
    });
    assert_eq!(failed.into_inner().expect("a count"), 0, "rows failed");
}

#[test]
fn every_command_ends_by_its_deadline_whatever_a_server_does() {
    let servers: Vec<_> = SERVERS.iter().map(|server| (server, server.start())).collect();
    // One server after the other for each command: floods and silent servers run at the same time.
    let rows =
        COMMANDS.iter().flat_map(|command| servers.iter().map(move |server| (server, *command)));
    let rows: Vec<_> = rows.collect();
    each(&rows, WAITING_AT_ONCE, |((server, running), command)| {
        let sandbox = sandbox().env("AWS_ENDPOINT_URL", &running.endpoint);
        let ran = held(&sandbox, command, &format!("{server:?}"));
        let asks = !["check", "plan", "policy", "generate", "catalogue", "init", "add", "emulate"]
            .contains(&command[0]);
        // An endless response is a failure. An empty page may also be accepted.
        if (asks || command.contains(&"--live")) && **server != Server::Pages {
            assert_ne!(ran.code, Some(0), "{server:?} × {command:?}: {ran:?}");
        }
    });
}

/// A flood for one read after the other, which once kept every timer from running.
#[test]
fn sixteen_reads_at_once_end_by_their_deadline() {
    let entries =
        (0..16).map(|index| format!("[secrets.V{index}]\nsecret_id = \"demo/{index}\"\n"));
    let manifest =
        format!("version = 1\n[settings]\nbatch = \"never\"\n{}", entries.collect::<String>());
    let floods =
        [Server::Continue, Server::EarlyHints, Server::Body, Server::Headers, Server::Parts];
    let servers = floods.map(|server| (server, server.start()));
    // One after the other: each uses the whole machine.
    for (server, running) in &servers {
        let sandbox = sandbox().env("AWS_ENDPOINT_URL", &running.endpoint);
        sandbox.file("secrets.toml", &manifest);
        let ran = held(&sandbox, &["run", "--", "true"], &format!("{server:?}, 16 reads"));
        assert!(matches!(ran.code, Some(69 | 76)), "{server:?}: {ran:?}");
    }
}

/// Credentials use the same client.
#[test]
fn sources_of_credentials_end_by_the_deadline_too() {
    let servers: Vec<_> = SERVERS.iter().map(|server| (server, server.start())).collect();
    let emulator = Emulator::start().expect("an emulator");
    let sources = [
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_ENDPOINT_URL_STS",
    ];
    let rows: Vec<_> =
        servers.iter().flat_map(|server| sources.map(|source| (server, source))).collect();
    each(&rows, WAITING_AT_ONCE, |((server, running), source)| {
        let sandbox =
            sandbox().with(&emulator).env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
        let token = sandbox.file("token", "token");
        let sandbox = match *source {
            "AWS_ENDPOINT_URL_STS" => sandbox
                .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/demo")
                .env("AWS_WEB_IDENTITY_TOKEN_FILE", token),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT" => sandbox.env("AWS_EC2_METADATA_DISABLED", ""),
            _ => sandbox,
        };
        let sandbox = sandbox.env(source, &running.endpoint);
        for command in [&["--only", "KEY", "run", "--", "true"][..], &["doctor"]] {
            let ran = held(&sandbox, command, &format!("{server:?} as {source}"));
            assert_ne!(ran.code, Some(0), "{server:?} as {source} × {command:?}: {ran:?}");
        }
    });
}

/// Files that never end, or never begin.
fn hostile_files(sandbox: &Sandbox) -> Vec<String> {
    let path = |name: &str| sandbox.path().join(name);
    let made =
        std::process::Command::new("mkfifo").arg(path("fifo")).status().expect("mkfifo starts");
    assert!(made.success());
    File::create(path("sparse"))
        .and_then(|file| file.set_len(20_000_000_000))
        .expect("a sparse file");
    std::fs::create_dir(path("folder")).expect("a folder");
    std::os::unix::fs::symlink("loop", path("loop")).expect("a link");
    // Even root, who may read everything else, cannot read this.
    let unreadable = "/proc/self/mem".to_owned();
    let own = ["fifo", "sparse", "folder", "loop"].map(|name| path(name).display().to_string());
    own.into_iter().chain(["/dev/zero".to_owned(), unreadable]).collect()
}

#[test]
fn every_command_ends_by_its_deadline_whatever_a_file_is() {
    const PLACES: [&str; 11] = [
        "--manifest",
        "--env-file",
        "--catalogue",
        "--audit-log",
        "AWS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ];
    let emulator = Emulator::start().expect("an emulator");
    let sandbox = sandbox().with(&emulator);
    let files = hostile_files(&sandbox);
    let rows = files.iter().flat_map(|file| {
        PLACES.iter().flat_map(move |place| COMMANDS.map(|row| (file, place, row)))
    });
    let rows: Vec<_> = rows.collect();
    each(&rows, AT_ONCE, |(file, place, command)| {
        let row = format!("{place} {file}");
        if let Some(option) = place.strip_prefix("--") {
            if command.contains(&"--env-file") && option == "env-file"
                || command.contains(&"--manifest")
            {
                return;
            }
            let arguments: Vec<_> =
                [*place, file.as_str()].iter().chain(command.iter()).copied().collect();
            held(&sandbox, &arguments, &row);
        } else {
            let mut own = Sandbox::new(MANIFEST)
                .with(&emulator)
                .env("HYDRANT_DEADLINE", "400ms")
                .env(place, *file);
            own.file("values.env", "KEY=value\nOTHER=value\nPARAMETER=value\n");
            own = match **place {
                "AWS_WEB_IDENTITY_TOKEN_FILE" => {
                    own.env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/demo")
                }
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" => {
                    own.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", emulator.endpoint())
                }
                _ => own,
            };
            // Otherwise no other source of credentials would be used.
            if place.ends_with("TOKEN_FILE") || **place == "AWS_SHARED_CREDENTIALS_FILE" {
                own = own.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
            }
            held(&own, command, &row);
        }
    });
}

#[test]
fn files_that_one_command_reads_are_no_reason_to_wait() {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/key", Some("value")).expect("a secret");
    let sandbox = sandbox().with(&emulator);
    let files = hostile_files(&sandbox);
    let rows: Vec<_> = files
        .iter()
        .flat_map(|file| {
            [
                vec!["put", "KEY", "--from-file", file],
                vec!["import", file],
                vec!["import", file, "--comment-out"],
                vec!["init", "--from", file, "--manifest", "new.toml"],
                vec!["policy", "--check", file],
                vec!["generate", "env-example", "--check", file],
                vec!["generate", "env-example", "--out", file],
                vec!["generate", "lambda-layer", "--binary", file, "--out", "layer.zip"],
                vec!["emulate", "--seed", file, "--", "true"],
            ]
        })
        .collect();
    each(&rows, AT_ONCE, |arguments| {
        let ran = held(&sandbox, arguments, "file");
        assert_ne!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    });
}

/// The work for each variable does not look at all the others.
#[test]
fn an_env_file_of_many_variables_is_read_in_time() {
    let sandbox = sandbox();
    for (name, line) in [("passed", "X"), ("reserved", "GIT_X"), ("own", "HYDRANT_X")] {
        let lines: String = (0..8_000).map(|index| format!("{line}{index}=1\n")).collect();
        sandbox.file(name, &format!("KEY=value\n{lines}"));
        // Its warnings would fill a pipe that is read only at the end.
        held(
            &sandbox,
            &["--quiet", "--env-file", name, "--only", "KEY", "run", "--", "true"],
            name,
        );
    }
}

/// Each value of a file takes many times its size in memory, and so does each problem.
#[test]
fn files_of_many_values_are_limited_as_well() {
    let sandbox = sandbox().at("http://127.0.0.1:9");
    // Never all in memory: the memory of this process counts for its children.
    let write = |name: &str, head: &str, count: usize, part: fn(usize) -> String, tail: &str| {
        let mut file = BufWriter::new(File::create(sandbox.path().join(name)).expect("a file"));
        let parts =
            std::iter::once(head.to_owned()).chain((0..count).map(part)).chain([tail.to_owned()]);
        parts.for_each(|part| file.write_all(part.as_bytes()).expect("a part"));
        file.flush().expect("a file");
    };
    let (line, list) = (|_| "x\n".to_owned(), |_| "1,".to_owned());
    write("tables", "version = 1\n", 1_000_000, |index| format!("[secrets.K{index}]\n"), "");
    write(
        "one-line",
        "version = 1\nsecrets = { ",
        1_000_000,
        |index| format!("K{index}={{}},"),
        " }\n",
    );
    write("list", "version = 1\n[settings]\nenv_file_allow = [", 5_000_000, list, "]\n");
    write("no-toml", "", 5_000_000, line, "");
    write("variables", "", 1_000_000, |index| format!("A{index}=\n"), "");
    write("policy", "{\"Version\":\"2012-10-17\",\"Statement\":[", 5_000_000, list, "1]}");
    let files = ["tables", "one-line", "list", "no-toml", "variables", "policy"];
    let rows: Vec<_> = files
        .iter()
        .flat_map(|name| {
            [
                vec!["--manifest", name, "check"],
                vec!["--manifest", name, "add", "openai", "--dry-run"],
                vec!["--env-file", name, "run", "--", "true"],
                vec!["--catalogue", name, "catalogue"],
                vec!["import", name],
                vec!["init", "--from", name, "--manifest", "new.toml"],
                vec!["policy", "--check", name],
                vec!["generate", "env-example", "--check", name],
                vec!["emulate", "--seed", name, "--", "true"],
            ]
        })
        .collect();
    each(&rows, AT_ONCE, |arguments| {
        let ran = held(&sandbox, arguments, "file");
        assert_ne!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    });
}
