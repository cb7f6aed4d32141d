//! Odd and hostile files by their real names, through the binary: too large, of the wrong kind, not
//! text. Each has an exit code and a message that names the problem, and none blocks.

mod reserved;

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use hydrant_emulator::Emulator;

use crate::support::{Ran, Sandbox};

const GOOD: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";

/// The output of `check` for the manifest in a folder.
fn checked(sandbox: &Sandbox) -> Ran {
    sandbox.run(["check"])
}

/// The output of `export` with an explicit env file.
fn with_env_file(sandbox: &Sandbox, file: &str) -> Ran {
    sandbox.run(["--offline", "--env-file", file, "export", "--format", "json"])
}

fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo starts");
    assert!(made.success(), "{made}");
}

#[test]
fn a_manifest_of_the_wrong_kind_is_refused_and_not_waited_for() {
    let sandbox = Sandbox::empty();
    let manifest = sandbox.path().join("secrets.toml");
    let refused = |what: &str| {
        checked(&sandbox).is(
            74,
            "",
            &format!("hydrant: error: failed to read the manifest secrets.toml: {what}\n"),
        );
        std::fs::remove_file(&manifest)
            .or_else(|_| std::fs::remove_dir(&manifest))
            .expect("it is removed");
    };
    std::fs::create_dir(&manifest).expect("a folder");
    refused("it is a directory");
    fifo(&manifest);
    refused("it is a FIFO, not a regular file");
    symlink("/dev/zero", &manifest).expect("a link");
    refused("it is a device, not a regular file");
    let _socket = std::os::unix::net::UnixListener::bind(&manifest).expect("a socket");
    refused("it is a socket, not a regular file");
    symlink("secrets.toml", &manifest).expect("a link");
    refused("Too many levels of symbolic links (os error 40)");
}

#[test]
fn an_env_file_of_the_wrong_kind_is_refused_and_not_waited_for() {
    let sandbox = Sandbox::new(GOOD);
    std::fs::create_dir(sandbox.path().join("folder")).expect("a folder");
    fifo(&sandbox.path().join("fifo"));
    for (file, what) in [
        ("folder", "it is a directory"),
        ("fifo", "it is a FIFO, not a regular file"),
        ("/dev/zero", "it is a device, not a regular file"),
    ] {
        let expected = format!("hydrant: error: failed to read the env file {file}: {what}\n");
        with_env_file(&sandbox, file).is(74, "", &expected);
    }
}

/// This file exists, and reading it fails, even for root.
#[cfg(target_os = "linux")]
#[test]
fn files_that_cannot_be_read_say_so() {
    let unreadable = "/proc/self/mem";
    let sandbox = Sandbox::new(GOOD);
    let why = "Input/output error (os error 5)";
    with_env_file(&sandbox, unreadable).is(
        74,
        "",
        &format!("hydrant: error: failed to read the env file {unreadable}: {why}\n"),
    );
    let ran = sandbox.run(["--manifest", unreadable, "check"]);
    ran.is(74, "", &format!("hydrant: error: failed to read the manifest {unreadable}: {why}\n"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_file() {
    let sandbox = Sandbox::new(&format!("\u{feff}{GOOD}"));
    sandbox.file(".env", "\u{feff}KEY=value\n");
    sandbox.run(["export", "--format", "dotenv"]).prints("KEY=value\n");
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_line() {
    let sandbox = Sandbox::empty();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(sandbox.path().join(name), bytes).expect("a file")
    };
    write("secrets.toml", b"version = 1\n# \xff\n");
    checked(&sandbox).is(65, "", "hydrant: error: secrets.toml:2: the manifest is not UTF-8\n");
    // UTF-16, as some editors save it.
    write("secrets.toml", b"\xff\xfev\0e\0r\0");
    checked(&sandbox).is(65, "", "hydrant: error: secrets.toml:1: the manifest is not UTF-8\n");
    write("secrets.toml", b"version = 1\n[secrets.KEY]\nsecret_id = \"a\0b\"\n");
    let ran = checked(&sandbox);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(65), ""), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("hydrant: error: secrets.toml:3:"), "{}", ran.stderr);

    write("secrets.toml", GOOD.as_bytes());
    write("bad.env", b"A=1\nKEY=sk-\xff\n");
    with_env_file(&sandbox, "bad.env").is(
        65,
        "",
        "hydrant: error: bad.env:2: the file is not UTF-8\n",
    );
    write("bad.env", b"A=1\nKEY=sk-\0\n");
    with_env_file(&sandbox, "bad.env").is(65, "", "hydrant: error: bad.env:2: a NUL character\n");
}

#[test]
fn ten_thousand_entries_are_read() {
    let mut manifest = String::from("version = 1\n");
    let mut env = String::new();
    for number in 0..10_000 {
        writeln!(
            manifest,
            "[secrets.KEY_{number}]\nsecret_id = \"demo/{number}\"\nrequired = false"
        )
        .expect("memory");
        writeln!(env, "KEY_{number}={number}").expect("memory");
    }
    let sandbox = Sandbox::new(&manifest);
    sandbox.file(".env", &env);
    let ran = sandbox.run(["export", "--format", "dotenv"]);
    assert!(
        ran.code == Some(0) && ran.stdout == env && ran.stderr.is_empty(),
        "not all of them: {:.200}",
        ran.stderr
    );
}

#[test]
fn ten_thousand_problems_are_all_reported() {
    let mut manifest = String::from("version = 1\n");
    for number in 0..10_000 {
        writeln!(manifest, "[secrets.KEY_{number}]\nsecretid = \"demo/{number}\"").expect("memory");
    }
    let ran = checked(&Sandbox::new(&manifest));
    assert_eq!(ran.code, Some(65));
    let problems =
        ran.stderr.lines().filter(|line| line.starts_with("hydrant: error: secrets.toml:"));
    assert_eq!(problems.count(), 10_000);
}

#[test]
fn ten_megabytes_are_read() {
    let filler =
        "# nothing of interest stands here, and nobody will ever read it\n".repeat(160_000);
    assert!(filler.len() > 10_000_000);
    let sandbox = Sandbox::new(&format!("{GOOD}{filler}"));
    sandbox.file(".env", &format!("{filler}KEY=value\n"));
    sandbox.run(["export", "--format", "dotenv"]).prints("KEY=value\n");
    // One line of that length, which is a single text.
    let sandbox =
        Sandbox::new(&format!("{GOOD}description = \"{}\"\nunknown = 1\n", "x".repeat(10_000_000)));
    let ran = checked(&sandbox);
    assert_eq!(ran.code, Some(65), "{}", ran.stderr);
    assert!(
        ran.stderr
            .starts_with("hydrant: error: secrets.toml:5:1: entry KEY: unknown key `unknown`")
    );
    assert!(ran.stderr.len() < 1_000, "a message of {} bytes", ran.stderr.len());
}

/// Sparse files of 20 GB: they have that size, and use no disk space.
#[test]
fn files_that_are_too_large_are_refused_at_once() {
    let emulator = Emulator::start().expect("an emulator");
    let sandbox = Sandbox::new(GOOD).with(&emulator);
    sandbox.file("app.env", "KEY=value\n");
    let large = std::fs::File::create(sandbox.path().join("large")).expect("a file");
    large.set_len(20_000_000_000).expect("a sparse file");
    let failed = |what: &str| format!("hydrant: error: failed to {what}\n");
    for (arguments, code, stderr) in [
        (&["--manifest", "large", "check"][..], 74, failed("read the manifest large: it is larger than 16 MiB")),
        (&["--manifest", "large", "add", "KEY"], 74, failed("read the manifest large: it is larger than 16 MiB")),
        (&["--env-file", "large", "plan"], 74, failed("read the env file large: it is larger than 16 MiB")),
        (
            &["init", "--from", "large", "--manifest", "new"],
            74,
            failed("read the env file large: it is larger than 16 MiB"),
        ),
        (&["--catalogue", "large", "catalogue"], 74, failed("read the catalogue large: it is larger than 256 KiB")),
        (
            &["policy", "--account", "123456789012", "--check", "large"],
            74,
            failed("read large: it is larger than 1 MiB"),
        ),
        (&["generate", "env-example", "--check", "large"], 74, failed("read large: it is larger than 1 MiB")),
        (
            &["generate", "env-example", "--out", "large"],
            74,
            "hydrant: error: failed to write large: it already exists, with different content\n  hint: see the difference with --check \
             large, or replace the file with --force\n"
                .to_owned(),
        ),
    ] {
        sandbox.run(arguments.iter().copied()).is(code, "", &stderr);
    }
    let layer =
        sandbox.run(["generate", "lambda-layer", "--binary", "large", "--out", "layer.zip"]);
    assert_eq!(layer.code, Some(2), "{}", layer.stderr);
    assert!(layer.stderr.contains("larger than the 250 MiB"), "{}", layer.stderr);
    let put = sandbox.run(["put", "KEY", "--from-file", "large"]);
    assert_eq!(put.code, Some(76), "{}", put.stderr);
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let ran = sandbox
            .command(["run", "--", "true"])
            .env(variable, "large")
            .output()
            .expect("the binary starts");
        let ran = Ran::of(ran);
        assert_eq!(ran.code, Some(78), "{variable}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("large: it is larger than 4 MiB"),
            "{variable}: {}",
            ran.stderr
        );
    }
    let import = sandbox.run(["import", "--env-file", "large", "--comment-out"]);
    assert_eq!(import.code, Some(74), "{}", import.stderr);
    assert!(import.stderr.contains("it is larger than 16 MiB"), "{}", import.stderr);
}

/// Every file is read by `bounded_file`, except descriptors that are read with their own limit.
#[test]
fn no_other_code_reads_a_file_by_its_path() {
    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
                sources(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    ["core", "ssm", "hydrant", "cli"]
        .iter()
        .for_each(|name| sources(&crates.join(name).join("src"), &mut files));
    assert!(files.len() > 150, "{} files", files.len());
    let mut elsewhere = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for call in
            ["fs::read(", "read_to_string(", "read_to_end(", "File::open(", "pem_file_iter("]
        {
            let uses = code.matches(call).count();
            (0..uses).for_each(|_| {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                elsewhere.push(format!("{name} {call}"));
            });
        }
    }
    elsewhere.retain(|found| !found.starts_with("tests.rs "));
    elsewhere.sort();
    // The folder of a new file is opened to write its name to disk.
    let expected =
        ["backup.rs File::open(", "bounded_file.rs read_to_end(", "doctor.rs File::open("];
    assert_eq!(elsewhere, expected);
}

/// An input that makes parsers without a limit end their process.
#[test]
fn depth_without_end_is_a_problem_and_no_crash() {
    for (open, close) in [("[", "]"), ("{ a = ", " }")] {
        let nested = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let ran = checked(&Sandbox::new(&format!("{GOOD}description = {nested}\n")));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(65), ""), "{:.200}", ran.stderr);
    }
    let dotted = vec!["a"; 100_000].join(".");
    let ran = checked(&Sandbox::new(&format!("version = 1\n[{dotted}]\n")));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(65), ""), "{:.200}", ran.stderr);
}

#[test]
fn names_that_differ_only_by_case_are_two_variables() {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "upper", Some("UP")).expect("a secret");
    emulator.create_secret("us-east-1", "lower", Some("low")).expect("a secret");
    let manifest =
        "version = 1\n[secrets.KEY]\nsecret_id = \"upper\"\n[secrets.key]\nsecret_id = \"lower\"\n";
    let sandbox = Sandbox::new(manifest).with(&emulator);
    sandbox.run(["export", "--format", "dotenv"]).prints("KEY=UP\nkey=low\n");
    sandbox.run(["run", "--", "sh", "-c", "printf '%s %s' \"$KEY\" \"$key\""]).prints("UP low");
    // A variable for one name affects only that entry.
    sandbox.file(".env", "key=kept\n");
    sandbox.run(["export", "--format", "dotenv"]).prints("KEY=UP\nkey=kept\n");
    sandbox.run(["--only", "Key", "export", "--format", "dotenv"]).is(
        2,
        "",
        "hydrant: error: unknown entry `Key`\n  hint: did you mean `KEY`?\n",
    );
}
