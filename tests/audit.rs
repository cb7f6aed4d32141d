//! The audit log: an intent on disk before a call to AWS, an outcome with its id after it, and no
//! call if the log cannot be written. `secrecy` checks that it contains no value.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use hydrant_emulator::{Emulator, Fault, Operation};
use serde_json::{Value, json};

use crate::support::{Ran, Sandbox};

const KEY: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";

/// An account with `demo/key`.
fn account() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/key", Some("sk-test-1")).expect("a secret");
    emulator
}

fn records(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("an audit log");
    assert!(text.ends_with('\n'), "the last line is whole");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The two records of a log that has no others.
fn pair(path: &Path) -> (Value, Value) {
    let records = records(path);
    let [intent, outcome] = &records[..] else { panic!("not two records: {records:?}") };
    assert_eq!((&intent["event"], &outcome["event"]), (&json!("intent"), &json!("outcome")));
    assert_eq!(intent["id"], outcome["id"]);
    (intent.clone(), outcome.clone())
}

/// Removes a field from a record, and returns its text.
fn take(record: &mut Value, field: &str) -> String {
    let taken = record.as_object_mut().expect("an object").remove(field);
    taken
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_else(|| panic!("no text in {field}: {record}"))
}

#[test]
fn each_command_that_asks_leaves_an_intent_and_an_outcome() {
    for (command, action, outcome) in [
        (&["run", "--", "true"][..], "read", "hydrated"),
        (&["export", "--format", "json"], "read", "hydrated"),
        (&["check", "--live"], "check", "present"),
    ] {
        let emulator = account();
        let sandbox = Sandbox::new(KEY).with(&emulator).args([
            "--audit-log",
            "audit.jsonl",
            "--actor",
            "ada",
        ]);
        let ran = sandbox.run(command);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{command:?}");
        let log = sandbox.path().join("audit.jsonl");
        assert_eq!(fs::metadata(&log).expect("the log").permissions().mode() & 0o777, 0o600);
        let (intent, ended) = pair(&log);
        let host = fs::read_to_string("/proc/sys/kernel/hostname").expect("a host name");
        for record in [&intent, &ended] {
            assert_eq!(record["action"], action);
            assert_eq!(record["command"], command[0]);
            assert_eq!(record["actor"], "ada");
            assert_eq!(record["access_key_id"], "test");
            assert_eq!(record["host"], host.trim_end());
            assert!(record["uid"].is_u64() && record["pid"].is_u64());
        }
        assert_eq!(intent["entries"], json!([{ "variable": "KEY", "reference": "demo/key" }]));
        assert_eq!(ended["outcome"], "done");
        assert_eq!(ended["entries"][0]["outcome"], outcome);
    }
}

#[test]
fn a_record_has_these_fields_and_no_others() {
    let emulator = account();
    let sandbox = Sandbox::new(KEY).with(&emulator).args(["--audit-log", "audit.jsonl"]);
    assert_eq!(sandbox.run(["run", "--", "true"]).code, Some(0));
    let (mut intent, mut outcome) = pair(&sandbox.path().join("audit.jsonl"));
    let user = Command::new("id").arg("-un").output().expect("id runs").stdout;
    let user = String::from_utf8(user).expect("a name");
    let (begun, ended) = (take(&mut intent, "time"), take(&mut outcome, "time"));
    for time in [&begun, &ended] {
        let form: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(form, "0000-00-00T00:00:00.000Z");
    }
    assert!(begun <= ended);
    for record in [&mut intent, &mut outcome] {
        assert_eq!(take(record, "id").len(), 36);
        assert_eq!(take(record, "user"), user.trim_end());
        let object = record.as_object_mut().expect("an object");
        for field in ["host", "pid", "uid"] {
            assert!(object.remove(field).is_some(), "{field}");
        }
    }
    let expected = json!({
        "event": "intent", "action": "read", "command": "run", "access_key_id": "test",
        "entries": [{ "variable": "KEY", "reference": "demo/key" }],
    });
    assert_eq!(intent, expected);
    // Which version was read, and by which request.
    let entry = &mut outcome["entries"][0];
    let version = take(entry, "version_id");
    let request = take(entry, "request_id");
    assert_eq!((version.len(), request.len()), (36, 36));
    let expected = json!({
        "event": "outcome", "action": "read", "command": "run", "access_key_id": "test", "outcome": "done",
        "entries": [{ "variable": "KEY", "reference": "demo/key", "outcome": "hydrated" }],
    });
    assert_eq!(outcome, expected);
}

#[test]
fn the_version_is_the_one_that_was_read() {
    let emulator = account();
    emulator.create_secret("us-east-1", "demo/other", Some("sk-test-2")).expect("a secret");
    let manifest = format!("{KEY}[secrets.OTHER]\nsecret_id = \"demo/other\"\n");
    let sandbox = Sandbox::new(&manifest).with(&emulator).args(["--audit-log", "audit.jsonl"]);
    let log = sandbox.path().join("audit.jsonl");
    let versions = || {
        assert_eq!(sandbox.run(["run", "--", "true"]).code, Some(0));
        let last = records(&log).pop().expect("a record");
        ["KEY", "OTHER"].map(|variable| {
            let entries = last["entries"].as_array().expect("entries");
            let entry =
                entries.iter().find(|entry| entry["variable"] == variable).expect("the entry");
            (
                entry["version_id"].as_str().expect("a version").to_owned(),
                entry["request_id"].clone(),
            )
        })
    };
    let [(key, batch), (other, same_batch)] = versions();
    assert_ne!(key, other);
    assert_eq!(batch, same_batch);
    emulator.put_secret_value("us-east-1", "demo/key", "sk-test-3").expect("a version");
    let [(newer, _), (unchanged, _)] = versions();
    assert_ne!(newer, key);
    assert_eq!(unchanged, other);
}

#[test]
fn what_failed_is_in_the_outcome_without_the_words_of_aws() {
    let emulator = account();
    emulator.create_secret("us-east-1", "demo/denied", Some("sk-test-2")).expect("a secret");
    emulator.deny_item(Operation::GetSecretValue, "demo/denied");
    let manifest = format!(
        "{KEY}[secrets.DENIED]\nsecret_id = \"demo/denied\"\n[secrets.PASTED]\nrequired = false\n[secrets.NOT_ASKED]\nrequired = false\n"
    );
    let sandbox = Sandbox::new(&manifest).with(&emulator).args(["--audit-log", "audit.jsonl"]);
    let sandbox = sandbox.env("PASTED_SECRET_ARN", "sk-pasted-by-mistake");
    let ran = sandbox.run(["run", "--", "sh", "-c", "echo started"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""));
    let log = sandbox.path().join("audit.jsonl");
    let (_, outcome) = pair(&log);
    assert_eq!(outcome["outcome"], "partial");
    let entries = outcome["entries"].as_array().expect("entries");
    let words: Vec<_> = entries
        .iter()
        .map(|entry| {
            ["variable", "reference", "outcome", "reason", "code"]
                .map(|field| entry[field].as_str())
        })
        .collect();
    let expected = [
        [Some("KEY"), Some("demo/key"), Some("hydrated"), None, None],
        [
            Some("DENIED"),
            Some("demo/denied"),
            Some("failed"),
            Some("denied"),
            Some("AccessDeniedException"),
        ],
        [
            Some("PASTED"),
            Some("the secret that PASTED_SECRET_ARN names"),
            Some("missing"),
            Some("absent"),
            Some("ResourceNotFoundException"),
        ],
    ];
    assert_eq!(words, expected);
    let text = fs::read_to_string(&log).expect("the log");
    for said in ["sk-pasted", "not authorized", "can't find"] {
        assert!(!text.contains(said), "{said}: {text}");
    }
}

#[test]
fn no_call_is_made_if_the_intent_cannot_be_written() {
    /// Prepares the path, and returns the name of the log.
    type Prepare = fn(&Path) -> &'static str;
    let cases: [(Prepare, &str, &str); 5] = [
        (
            |_| "no/such/audit.jsonl",
            "its folder does not exist",
            "create the folder no/such (hydrant does not create it), or name another file with --audit-log",
        ),
        (
            |folder| {
                fs::create_dir(folder.join("audit")).expect("a folder");
                "audit"
            },
            "it is a directory",
            MEND,
        ),
        (
            |folder| {
                fs::write(folder.join("aim"), "").expect("a file");
                symlink("aim", folder.join("audit.jsonl")).expect("a link");
                "audit.jsonl"
            },
            "it is a symbolic link",
            MEND,
        ),
        (|_| "/dev/full", "it is not a regular file", MEND),
        (
            |folder| {
                let made =
                    Command::new("mkfifo").arg(folder.join("fifo")).status().expect("mkfifo runs");
                assert!(made.success());
                "fifo"
            },
            "it is not a regular file",
            MEND,
        ),
    ];
    for (prepare, cause, hint) in cases {
        for command in [
            &["run", "--", "sh", "-c", "echo started"][..],
            &["export", "-f", "json"],
            &["check", "--live"],
        ] {
            let emulator = account();
            let sandbox = Sandbox::new(KEY).with(&emulator);
            let log = prepare(sandbox.path());
            let ran = sandbox.run(["--audit-log", log].iter().chain(command));
            let error = format!(
                "failed to write to the audit log {log}, so nothing was asked of AWS: {cause}"
            );
            ran.is(74, "", &format!("hydrant: error: {error}\n  hint: {hint}\n"));
            assert_eq!(emulator.calls().len(), 0, "{log}");
        }
    }
}

/// A stranger's manifest that would make a shell run the text of a record.
#[test]
fn a_manifest_chooses_no_file_that_means_anything_to_another_program() {
    let emulator = account();
    let sandbox = Sandbox::empty().with(&emulator);
    fs::create_dir(sandbox.path().join("fakehome")).expect("a folder");
    let rc = sandbox.file("fakehome/.bashrc", "alias ll='ls -l'\n");
    let unchanged = || assert_eq!(fs::read_to_string(&rc).expect("the file"), "alias ll='ls -l'\n");
    let manifest = format!(
        "{KEY}version_stage = \"$(touch PWNED)\"\n[settings]\naudit_log = \"fakehome/.bashrc\"\n"
    );
    sandbox.file("secrets.toml", &manifest);
    let ran = sandbox.run(["run", "--", "true"]);
    assert_eq!(ran.code, Some(65), "{}", ran.stderr);
    for problem in [
        "secrets.toml:4:17: entry KEY: `version_stage` is not",
        "secrets.toml:6:13: settings: `audit_log` must",
    ] {
        assert!(ran.stderr.contains(problem), "{}", ran.stderr);
    }

    // What a path does not show: a link, and the contents of a file.
    symlink("fakehome", sandbox.path().join("logs")).expect("a link");
    symlink("fakehome/.bashrc", sandbox.path().join("link.log")).expect("a link");
    sandbox.file("notes.log", "touch PWNED\n");
    sandbox.file("fakehome/empty.log", "");
    let foreign = "it is neither empty nor an audit log of hydrant";
    for (log, cause) in [
        ("logs/empty.log", "a part of its path is a symbolic link, or not a folder"),
        ("logs/new.log", "a part of its path is a symbolic link, or not a folder"),
        ("link.log", "it is a symbolic link"),
        ("notes.log", foreign),
    ] {
        sandbox.file("secrets.toml", &format!("{KEY}[settings]\naudit_log = \"{log}\"\n"));
        for command in
            [&["run", "--", "true"][..], &["status"], &["history", "KEY"], &["check", "--live"]]
        {
            let ran = sandbox.run(command);
            let error = format!(
                "failed to write to the audit log {log}, so nothing was asked of AWS: {cause}"
            );
            ran.is(74, "", &format!("hydrant: error: {error}\n  hint: {MEND}\n"));
        }
    }
    sandbox.file("secrets.toml", KEY);
    let ran = sandbox.run(["--audit-log", "fakehome/.bashrc", "run", "--", "true"]);
    assert!(ran.code == Some(74) && ran.stderr.contains(foreign), "{}", ran.stderr);
    unchanged();
    assert!(!sandbox.path().join("fakehome/new.log").exists());
    assert_eq!(emulator.calls().len(), 0);
}

/// A record contains text from outside: a shell that is given the log runs none of it.
#[test]
fn a_record_that_a_shell_reads_runs_nothing() {
    let emulator = account();
    let sandbox = Sandbox::new(KEY).with(&emulator);
    let actor = "ada $(touch PWNED) `touch PWNED` ${x:-$(touch PWNED)}\u{1b}]0;t\u{7}\u{202e}";
    assert_eq!(
        sandbox.run(["--audit-log", "a.jsonl", "--actor", actor, "run", "--", "true"]).code,
        Some(0)
    );
    let text = fs::read_to_string(sandbox.path().join("a.jsonl")).expect("a log");
    assert!(!text.contains(['$', '`', '\u{1b}', '\u{7}', '\u{202e}']), "{text}");
    assert_eq!(records(&sandbox.path().join("a.jsonl"))[0]["actor"], actor);
    for shell in ["sh", "bash"] {
        let ran = Command::new(shell)
            .arg("a.jsonl")
            .current_dir(sandbox.path())
            .output()
            .expect("a shell");
        assert!(!ran.stderr.is_empty(), "{shell} tried to run it");
        assert!(!sandbox.path().join("PWNED").exists(), "{shell} ran a part of it");
    }
}

const MEND: &str = "fix the file, or name another one with --audit-log: hydrant does nothing that it cannot record";

/// A file of this size that nearly fills the process's limit, as on a full disk.
fn nearly_full(sandbox: &Sandbox, left: usize, args: &[&str]) -> Ran {
    const LIMIT: usize = 64 * 512;
    let start = "{\"time\":\"2026-01-02T03:04:05.678Z\",\"id\":\"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\",\"event\":\"before\",\"x\":\"";
    let line = format!("{start}{}\"}}\n", "x".repeat(LIMIT - left - start.len() - 3));
    assert_eq!(line.len(), LIMIT - left);
    sandbox.file("audit.jsonl", &line);
    let bare = sandbox.command(args);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh"])
        .arg(bare.get_program())
        .args(bare.get_args());
    limited.current_dir(sandbox.path()).env_clear();
    limited.envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(limited.stdin(Stdio::null()).output().expect("sh runs"))
}

#[test]
fn a_full_disk_leaves_no_part_of_a_record() {
    let run = ["--audit-log", "audit.jsonl", "run", "--", "sh", "-c", "echo started"];
    let emulator = account();
    let sandbox = Sandbox::new(KEY).with(&emulator);
    let ran = nearly_full(&sandbox, 100, &run);
    let cause = "failed to write to the audit log audit.jsonl, so nothing was asked of AWS: File too large (os error 27)";
    ran.is(74, "", &format!("hydrant: error: {cause}\n  hint: {MEND}\n"));
    assert_eq!(emulator.calls().len(), 0);
    assert_eq!(records(&sandbox.path().join("audit.jsonl")).len(), 1);

    // The intent fits, the outcome does not: the error says that the secrets were read, and their
    // values are dropped.
    fs::remove_file(sandbox.path().join("audit.jsonl")).expect("the log");
    assert_eq!(sandbox.run(run).code, Some(0));
    let text = fs::read_to_string(sandbox.path().join("audit.jsonl")).expect("the log");
    let intent = text.lines().next().expect("an intent").len();
    emulator.clear_calls();
    let ran = nearly_full(&sandbox, intent + 50, &run);
    let cause =
        "the secrets were read, but the outcome could not be written to the audit log audit.jsonl";
    let hint = "find the call in CloudTrail by its time and access key: the log has its intent, without an outcome";
    ran.is(
        74,
        "",
        &format!("hydrant: error: {cause}: File too large (os error 27)\n  hint: {hint}\n"),
    );
    assert_eq!(emulator.calls().len(), 1);
    let events: Vec<_> = records(&sandbox.path().join("audit.jsonl"))
        .iter()
        .map(|record| record["event"].clone())
        .collect();
    assert_eq!(events, [json!("before"), json!("intent")]);
}

#[test]
fn entries_without_a_value_are_reported_before_a_failed_log() {
    let emulator = account();
    emulator.deny(Operation::GetSecretValue);
    let sandbox = Sandbox::new(KEY).with(&emulator);
    let run = ["--audit-log", "audit.jsonl", "run", "--", "true"];
    assert_eq!(sandbox.run(run).code, Some(77));
    let text = fs::read_to_string(sandbox.path().join("audit.jsonl")).expect("the log");
    let intent = text.lines().next().expect("an intent").len();
    let ran = nearly_full(&sandbox, intent + 50, &run);
    assert_eq!(ran.code, Some(77));
    assert!(ran.stderr.contains("KEY (secrets.toml:2): access denied"), "{}", ran.stderr);
    let lost = "the read failed, and the outcome could not be written to the audit log audit.jsonl: File too large";
    assert!(ran.stderr.contains(lost), "{}", ran.stderr);
}

#[test]
fn many_processes_append_whole_lines() {
    const PROCESSES: usize = 20;
    let emulator = account();
    let sandbox = Sandbox::new(KEY).with(&emulator).args(["--audit-log", "audit.jsonl"]);
    let start = |_| {
        sandbox
            .command(["run", "--", "true"])
            .stdin(Stdio::null())
            .spawn()
            .expect("the binary starts")
    };
    let children: Vec<_> = (0..PROCESSES).map(start).collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    let mut by_id: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for mut record in records(&sandbox.path().join("audit.jsonl")) {
        by_id.entry(take(&mut record, "id")).or_default().push(record["event"].clone());
    }
    assert_eq!(by_id.len(), PROCESSES);
    assert!(
        by_id.values().all(|events| *events == [json!("intent"), json!("outcome")]),
        "{by_id:?}"
    );
}

#[test]
fn a_process_that_is_killed_leaves_its_intent() {
    let emulator = account();
    emulator.fault(Some(Operation::GetSecretValue), Fault::Stall, usize::MAX);
    let sandbox = Sandbox::new(KEY).with(&emulator).args(["--audit-log", "audit.jsonl"]);
    let mut child = sandbox.command(["run", "--", "true"]).spawn().expect("the binary starts");
    while emulator.calls().is_empty() {
        std::thread::yield_now();
    }
    child.kill().expect("it is there");
    child.wait().expect("it ends");
    let records = records(&sandbox.path().join("audit.jsonl"));
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["event"], "intent");
}

#[test]
fn without_a_call_nothing_is_recorded() {
    let emulator = account();
    let sandbox =
        Sandbox::new(KEY).with(&emulator).args(["--audit-log", "no/such/folder/audit.jsonl"]);
    let set = Sandbox::new(KEY)
        .with(&emulator)
        .args(["--audit-log", "audit.jsonl"])
        .env("KEY", "sk-local");
    for ran in [
        sandbox.run(["plan"]),
        sandbox.run(["check"]),
        // Its account is an invented one.
        sandbox.run(["emulate", "--", "true"]),
        set.run(["run", "--", "true"]),
    ] {
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    assert_eq!(sandbox.run(["--offline", "run", "--", "true"]).code, Some(66));
    assert!(!set.path().join("audit.jsonl").exists());
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn the_setting_is_relative_to_the_manifest_and_the_option_to_the_working_folder() {
    let emulator = account();
    let sandbox = Sandbox::empty().with(&emulator);
    fs::create_dir(sandbox.path().join("app")).expect("a folder");
    sandbox
        .file("app/secrets.toml", &format!("{KEY}[settings]\naudit_log = \"by-setting.jsonl\"\n"));
    assert_eq!(sandbox.run(["--manifest", "app/secrets.toml", "run", "--", "true"]).code, Some(0));
    pair(&sandbox.path().join("app/by-setting.jsonl"));
    let args =
        ["--manifest", "app/secrets.toml", "--audit-log", "by-option.jsonl", "run", "--", "true"];
    assert_eq!(sandbox.run(args).code, Some(0));
    pair(&sandbox.path().join("by-option.jsonl"));
    pair(&sandbox.path().join("app/by-setting.jsonl"));
}
