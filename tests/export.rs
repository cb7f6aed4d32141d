//! `hydrant export`: the text of each format, its destination, and what is refused. Tests next to
//! the formats check that every value reads back.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use hydrant_emulator::{Emulator, Operation};

use crate::support::{Ran, Sandbox};

const MANIFEST: &str = r#"version = 1
[secrets.READ]
secret_id = "demo/read"
[secrets.KEPT]
[secrets.DEFAULTED]
default = "us-east-1"
[secrets.SKIPPED]
required = false
"#;

/// A value that every format but docker's has to quote.
const NASTY: &str = "it's \"$HOME\" `id` é";

fn emulator() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/read", Some(NASTY)).expect("the emulator takes it");
    emulator
}

fn sandbox(emulator: &Emulator) -> Sandbox {
    Sandbox::new(MANIFEST).with(emulator).env("KEPT", "own")
}

#[test]
fn every_format_has_the_pairs_that_have_a_value() {
    let emulator = emulator();
    let sandbox = sandbox(&emulator);
    let check =
        |format, expected: &str| sandbox.run(["export", "--format", format]).prints(expected);
    check(
        "json",
        "{\n  \"READ\": \"it's \\\"$HOME\\\" `id` é\",\n  \"KEPT\": \"own\",\n  \"DEFAULTED\": \"us-east-1\"\n}\n",
    );
    check("dotenv", "READ='it\\'s \"$HOME\" `id` é'\nKEPT=own\nDEFAULTED=us-east-1\n");
    check(
        "shell",
        "export READ='it'\\''s \"$HOME\" `id` é'\nexport KEPT='own'\nexport DEFAULTED='us-east-1'\n",
    );
    check(
        "fish",
        "set -gx READ 'it\\'s \"$HOME\" `id` é'\nset -gx KEPT 'own'\nset -gx DEFAULTED 'us-east-1'\n",
    );
    check(
        "powershell",
        "$env:READ = 'it''s \"$HOME\" `id` ' + [char]0xE9\n$env:KEPT = 'own'\n$env:DEFAULTED = 'us-east-1'\n",
    );
    check("docker", "READ=it's \"$HOME\" `id` é\nKEPT=own\nDEFAULTED=us-east-1\n");
}

#[test]
fn a_shell_evaluates_it_to_the_same_values() {
    let emulator = emulator();
    let sandbox = sandbox(&emulator);
    let script = "eval \"$(\"$0\" export --format shell)\"; printf %s \"$READ\"";
    let mut shell = Command::new("sh");
    let hydrant = sandbox.command(["export"]);
    shell.args(["-c", script, env!("CARGO_BIN_EXE_hydrant")]).current_dir(sandbox.path());
    shell.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
    assert_eq!(String::from_utf8(shell.output().unwrap().stdout).unwrap(), NASTY);
}

#[test]
fn github_gets_masks_on_stdout_and_the_pairs_in_its_file() {
    let emulator = emulator();
    let sandbox = sandbox(&emulator);
    sandbox.run(["export", "--format", "github"]).is(
        2,
        "",
        "hydrant: error: GITHUB_ENV is not set: --format github appends to the file that it names, as in a GitHub \
         Actions step\n  hint: hydrant --help, or hydrant COMMAND --help\n",
    );
    let file = sandbox.file("github.env", "BEFORE=1");
    let sandbox = sandbox.env("GITHUB_ENV", &file);
    // A default is not secret, and stays readable in the log.
    sandbox
        .run(["export", "--format", "github"])
        .prints("::add-mask::it's \"$HOME\" `id` é\n::add-mask::own\n");
    let expected = format!(
        "BEFORE=1\nREAD<<HYDRANT_END_0\n{NASTY}\nHYDRANT_END_0\nKEPT<<HYDRANT_END_0\nown\nHYDRANT_END_0\n\
         DEFAULTED<<HYDRANT_END_0\nus-east-1\nHYDRANT_END_0\n"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), expected);
    sandbox.run(["export", "--format", "github", "-o", "x"]).is(
        2,
        "",
        "hydrant: error: --output cannot be used with --format github, which appends to the file that GITHUB_ENV names\n  \
         hint: hydrant --help, or hydrant COMMAND --help\n",
    );
}

#[test]
fn the_runner_s_file_is_a_regular_one_and_private_if_it_is_made() {
    let emulator = emulator();
    let path = |sandbox: &Sandbox, name: &str| sandbox.path().join(name);
    let made = sandbox(&emulator).env("GITHUB_ENV", "new.env");
    assert_eq!(made.run(["export", "--format", "github"]).code, Some(0));
    assert_eq!(fs::metadata(path(&made, "new.env")).unwrap().permissions().mode() & 0o777, 0o600);

    let target = made.file("target", "untouched");
    symlink(&target, path(&made, "link")).unwrap();
    symlink("nowhere", path(&made, "dangling")).unwrap();
    fs::create_dir(path(&made, "folder")).unwrap();
    assert!(Command::new("mkfifo").arg(path(&made, "fifo")).status().unwrap().success());
    let socket = std::os::unix::net::UnixListener::bind(path(&made, "socket")).unwrap();
    let asked = emulator.calls().len();
    for (name, what) in [
        ("link", "it is a symbolic link"),
        ("dangling", "it is a symbolic link"),
        ("folder", "it is not a regular file"),
        ("fifo", "it is not a regular file"),
        ("socket", "it is not a regular file"),
        ("/dev/null", "it is not a regular file"),
        ("/dev/stdout", "it is a symbolic link"),
    ] {
        let sandbox = sandbox(&emulator).env("GITHUB_ENV", made.path().join(name));
        let shown = made.path().join(name);
        let stderr = format!("hydrant: error: failed to append to {}: {what}\n", shown.display());
        sandbox.run(["export", "--format", "github"]).is(74, "", &stderr);
    }
    drop(socket);
    assert_eq!(emulator.calls().len(), asked, "AWS is not asked");
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
    assert!(!path(&made, "nowhere").exists());
}

/// Files have a size limit, as on a nearly full disk: a part of the pairs fits.
#[test]
fn the_runner_s_file_gets_all_pairs_or_none() {
    const LIMIT: usize = 2 * 512;
    let emulator = emulator();
    let sandbox = sandbox(&emulator).env("GITHUB_ENV", "github.env");
    let path = sandbox.path().join("github.env");
    assert_eq!(sandbox.run(["export", "--format", "github"]).code, Some(0));
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() < LIMIT, "{}", whole.len());
    let hydrant = sandbox.command(["export", "--format", "github"]);
    // A shell may or may not ignore the signal of the limit. hydrant reports the same.
    for trap in ["trap '' XFSZ;", ""] {
        for left in [0, 1, whole.len() / 2, whole.len() - 1, whole.len()] {
            let before =
                b"BEFORE=1\n".iter().copied().cycle().take(LIMIT - left).collect::<Vec<_>>();
            fs::write(&path, &before).unwrap();
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{trap} ulimit -f 2; exec \"$0\" \"$@\"")]);
            shell
                .arg(hydrant.get_program())
                .args(hydrant.get_args())
                .current_dir(sandbox.path())
                .env_clear();
            shell.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let ran = Ran::of(shell.stdin(Stdio::null()).output().unwrap());
            let after = fs::read(&path).unwrap();
            if left == whole.len() {
                assert_eq!(
                    (ran.code, after == [before, whole.clone()].concat()),
                    (Some(0), true),
                    "{ran:?}"
                );
                continue;
            }
            let said =
                "failed to append to github.env: File too large (os error 27); nothing was added";
            let said = format!("hydrant: error: {said}\n");
            assert_eq!(
                (ran.code, ran.stderr.as_str()),
                (Some(74), said.as_str()),
                "{trap} {left} bytes left"
            );
            assert!(
                after == before,
                "{trap} {left} bytes left: {} bytes stay",
                after.len() - before.len()
            );
        }
    }
}

#[test]
fn no_pair_is_written_where_its_mask_cannot_be() {
    let emulator = emulator();
    let sandbox = sandbox(&emulator).env("GITHUB_ENV", "github.env");
    let file = sandbox.file("github.env", "BEFORE=1\n");
    for (redirection, why) in [
        (">&-", "it is closed, or leads to /dev/null, where no runner reads them"),
        (">/dev/null", "it is closed, or leads to /dev/null, where no runner reads them"),
        (">/dev/full", "it leads to a device, where no runner reads them"),
        (">/dev/zero", "it leads to a device, where no runner reads them"),
        ("1<secrets.toml", "Bad file descriptor (os error 9)"),
        ("| true", "Broken pipe (os error 32)"),
    ] {
        let hydrant = sandbox.command(["export", "--format", "github"]);
        // The reader is gone before anything is written to it.
        let wait = "mkfifo fifo;";
        let script = match redirection.strip_prefix("| ") {
            Some(reader) => {
                format!(
                    "{wait} {{ read -r _ <fifo; \"$0\" \"$@\"; }} 2>err | {{ {reader}; exec <&-; echo >fifo; }}"
                )
            }
            None => format!("\"$0\" \"$@\" 2>err {redirection}"),
        };
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script])
            .arg(hydrant.get_program())
            .args(hydrant.get_args())
            .current_dir(sandbox.path());
        shell.env_clear().envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.stdin(Stdio::null()).status().unwrap();
        let stderr = fs::read_to_string(sandbox.path().join("err")).unwrap();
        let expected = format!(
            "hydrant: error: failed to write the masks to stdout, so nothing was added to the file of GITHUB_ENV: {why}\n"
        );
        assert_eq!(stderr, expected, "{redirection}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "BEFORE=1\n", "{redirection}");
    }
}

#[test]
fn a_file_is_replaced_as_a_whole_and_readable_by_its_owner_alone() {
    let emulator = emulator();
    let sandbox = sandbox(&emulator);
    let path = sandbox.file("out.env", "old and longer than what is new".repeat(99).as_str());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let before = fs::File::open(&path).unwrap();
    sandbox.run(["export", "--format", "docker", "-o", "out.env"]).prints("");
    assert!(fs::read_to_string(&path).unwrap().ends_with("DEFAULTED=us-east-1\n"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(before.metadata().unwrap().len() > 1000, "who had the old file open has the old file");
    sandbox.run(["export", "--format", "docker", "--output", "new.env"]).prints("");
    let mode = fs::metadata(sandbox.path().join("new.env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left: Vec<_> =
        fs::read_dir(sandbox.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn only_a_regular_file_is_replaced() {
    let emulator = emulator();
    let sandbox = sandbox(&emulator);
    let target = sandbox.file("target", "untouched");
    symlink(&target, sandbox.path().join("link")).unwrap();
    fs::create_dir(sandbox.path().join("folder")).unwrap();
    let check =
        |file, stderr| sandbox.run(["export", "--format", "json", "-o", file]).is(74, "", stderr);
    check("link", "hydrant: error: failed to write link: it is a symbolic link\n");
    check("folder", "hydrant: error: failed to write folder: it is not a regular file\n");
    check(
        "no/such/file",
        "hydrant: error: failed to write no/such/file: No such file or directory (os error 2)\n",
    );
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
}

#[test]
fn what_a_format_cannot_hold_is_named_and_nothing_is_written() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret("us-east-1", "demo/read", Some("two\nlines")).unwrap();
    let sandbox = sandbox(&emulator);
    let stderr =
        "hydrant: error: READ cannot be written in the docker format: its value has a line break\n";
    sandbox.run(["export", "--format", "docker"]).is(76, "", stderr);
    sandbox.run(["export", "--format", "docker", "-o", "out"]).is(76, "", stderr);
    assert!(!sandbox.path().join("out").exists());
    let sandbox = sandbox.env("KEPT", OsStr::from_bytes(b"own-\xff"));
    let stderr = "hydrant: error: KEPT cannot be exported: its value is not UTF-8\n";
    sandbox.run(["export", "--format", "json"]).is(76, "", stderr);
}

#[test]
fn nothing_is_printed_without_a_required_value() {
    let emulator = emulator();
    let sandbox = Sandbox::new(MANIFEST).with(&emulator);
    let stderr = "hydrant: error: KEPT (secrets.toml:4): no reference to its secret: KEPT_SECRET_ARN is not set\n  \
                  hint: set KEPT_SECRET_ARN to the secret's ARN, or set KEPT itself\n";
    sandbox.run(["export", "--format", "json"]).is(66, "", stderr);
    sandbox.run(["export", "--format", "json", "-o", "out"]).is(66, "", stderr);
    assert!(!sandbox.path().join("out").exists());
}

#[test]
fn strict_makes_the_failure_of_an_optional_entry_an_error() {
    let emulator = emulator();
    emulator.deny(Operation::GetSecretValue);
    let sandbox =
        Sandbox::new("version = 1\n[secrets.READ]\nsecret_id = \"demo/read\"\nrequired = false\n")
            .with(&emulator);
    let ran = sandbox.run(["export", "--format", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "{}\n"));
    let ran = sandbox.run(["export", "--strict", "--format", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""));
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let sandbox = Sandbox::new("version = 1\n[secrets.KEPT]\n").env("KEPT", "own");
    let mut command = sandbox.command(["export", "--format", "json"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(Stdio::from(writer)).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn a_full_disk_is_an_error() {
    let sandbox = Sandbox::new("version = 1\n[secrets.KEPT]\n").env("KEPT", "own");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sandbox.command(["export", "--format", "json"]).stdout(full).output().unwrap();
    let stderr =
        "hydrant: error: failed to write to stdout: No space left on device (os error 28)\n";
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()),
        (Some(74), stderr)
    );
}
