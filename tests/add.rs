//! `hydrant add`: new entries, and a manifest that is otherwise what it was.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Ran, Sandbox};

const MANIFEST: &str = "# at the top\nversion = 1\n\n[secrets.OPENAI_API_KEY] # first\narn_var   =   'X'\n# required = false\n\n\
                        # below\n[profiles.production.secrets.OPENAI_API_KEY]\nrequired = true\n";

fn manifest(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.path().join("secrets.toml")).expect("the manifest")
}

#[test]
fn a_name_of_the_catalogue_brings_all_that_is_known() {
    let sandbox = Sandbox::new(MANIFEST);
    sandbox.run(["add", "groq", "STRIPE_WEBHOOK_SECRET", "--optional"]).prints(
        "secrets.toml: 2 entries added
GROQ_API_KEY
  console     https://console.groq.com/keys
  key format  gsk_[A-Za-z0-9]{48,}
  next        hydrant put GROQ_API_KEY --create
STRIPE_WEBHOOK_SECRET
  next  hydrant put STRIPE_WEBHOOK_SECRET --create
",
    );
    let added = "[secrets.GROQ_API_KEY]\ndescription = \"Groq API key\"\narn_var     = \"GROQ_API_KEY_SECRET_ARN\"\n\
                 required    = false\n\n[secrets.STRIPE_WEBHOOK_SECRET]\narn_var  = \"STRIPE_WEBHOOK_SECRET_SECRET_ARN\"\n\
                 required = false\n\n";
    assert_eq!(manifest(&sandbox), MANIFEST.replace("# below", &format!("{added}# below")));
    sandbox.run(["check"]).prints("secrets.toml: 3 entries, no problems\n");
}

#[test]
fn several_variables_and_aliases() {
    let sandbox = Sandbox::new("version = 1\n");
    assert_eq!(sandbox.run(["add", "livekit", "GROK_API_KEY", "LIVEKIT_API_KEY"]).code, Some(0));
    let names = ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "GROK_API_KEY"];
    let text = manifest(&sandbox);
    let headers: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(headers, names.map(|name| format!("[secrets.{name}]")));
    assert!(
        text.contains(
            "description = \"xAI API key, for the Grok models\"\narn_var     = \"GROK_API_KEY_SECRET_ARN\"\n"
        )
    );
}

#[test]
fn line_ends_stay_as_they_are() {
    let sandbox = Sandbox::new("version = 1\r\n[secrets.A]\r\n\r\n[vars]\r\na = 'b'");
    assert_eq!(sandbox.run(["add", "B_TOKEN"]).code, Some(0));
    assert_eq!(
        manifest(&sandbox),
        "version = 1\r\n[secrets.A]\r\n\r\n[secrets.B_TOKEN]\r\narn_var = \"B_TOKEN_SECRET_ARN\"\r\n\r\n[vars]\r\na = 'b'"
    );
}

#[test]
fn a_profile_overlays_what_exists() {
    let sandbox = Sandbox::new("version = 1\n[secrets.OPENAI_API_KEY]\nrequired = false\n")
        .env("HYDRANT_PROFILE", "other");
    let ran = sandbox.run(["--profile", "production", "add", "openai"]);
    ran.prints("secrets.toml: 1 entry overlaid in the profile\n  OPENAI_API_KEY\n");
    assert_eq!(
        sandbox.run(["--profile", "dev", "add", "OPENAI_API_KEY", "--optional"]).code,
        Some(0)
    );
    // HYDRANT_PROFILE affects only what is read, never what is written.
    assert_eq!(sandbox.run(["add", "gemini"]).code, Some(0));
    assert_eq!(
        manifest(&sandbox),
        "version = 1\n[secrets.OPENAI_API_KEY]\nrequired = false\n\n[secrets.GEMINI_API_KEY]\n\
         description = \"Google Gemini API key\"\narn_var     = \"GEMINI_API_KEY_SECRET_ARN\"\n\n\
         [profiles.production.secrets.OPENAI_API_KEY]\nrequired = true\n\n\
         [profiles.dev.secrets.OPENAI_API_KEY]\nrequired = false\n"
    );
    sandbox.run(["--profile", "dev", "add", "openai", "GEMINI_API_KY", "ZZZ"]).is(
        2,
        "",
        "hydrant: error: OPENAI_API_KEY is already in that profile (secrets.toml:12)\n  \
         hint: change it there (nothing was written)\n\
         hydrant: error: there is no entry GEMINI_API_KY in secrets.toml\n  hint: did you mean GEMINI_API_KEY?\n\
         hydrant: error: there is no entry ZZZ in secrets.toml\n  \
         hint: a profile can only overlay existing entries: first run hydrant add ZZZ\n",
    );
}

#[test]
fn every_wrong_name_is_reported_and_nothing_is_written() {
    let sandbox = Sandbox::new(MANIFEST);
    sandbox.run(["add", "openai", "PATH", "gemni", "A-1", "GROQ_API_KEY"]).is(
        2,
        "",
        "hydrant: error: argument 3 is neither a provider in the catalogue nor a variable name\n  hint: did you mean gemini?\n\
         hydrant: error: argument 4 is neither a provider in the catalogue nor a variable name\n  \
         hint: write a variable in capitals, or list the providers with hydrant catalogue\n\
         hydrant: error: OPENAI_API_KEY is already in the manifest (secrets.toml:4)\n  \
         hint: change it there (nothing was written)\n\
         hydrant: error: PATH is a reserved name: it decides which program a command is\n  \
         hint: to use it anyway, write the entry by hand, with allow_reserved = true\n",
    );
    assert_eq!(manifest(&sandbox), MANIFEST);
}

#[test]
fn a_pasted_key_is_never_repeated_and_never_written() {
    let repeated = "a1B2".repeat(8);
    for start in ["sk-proj-", "", "gsk_", "hf_", "AKIA", "ghp_", "xoxb-1-", "sk_live_"] {
        let key = format!("{start}{repeated}");
        let sandbox = Sandbox::new("version = 1\n");
        for args in [
            vec!["add", &key],
            vec!["add", "openai", &key, "--json"],
            vec!["-vvv", "catalogue", &key],
        ] {
            let ran = sandbox.run(args);
            assert_eq!(ran.code, Some(2), "{start}");
            assert!(
                !format!("{}{}", ran.stdout, ran.stderr).contains("a1B2"),
                "{start}: {}",
                ran.stderr
            );
            assert!(ran.stderr.contains("error: argument "), "{}", ran.stderr);
        }
        assert_eq!(manifest(&sandbox), "version = 1\n");
    }
}

#[test]
fn without_a_manifest_and_with_a_bad_one() {
    Sandbox::empty().run(["add", "openai"]).is(
        74,
        "",
        "hydrant: error: there is no manifest secrets.toml\n  \
         hint: name it with --manifest PATH or HYDRANT_MANIFEST, or write one: hydrant init\n",
    );
    let bad = "version = 1\n[secrets.A]\nrequired = 1\n";
    let sandbox = Sandbox::new(bad);
    assert_eq!(sandbox.run(["add", "openai"]).code, Some(65));
    assert_eq!(manifest(&sandbox), bad);
}

#[test]
fn what_would_not_be_a_manifest_is_not_written() {
    for (text, args) in [
        ("version = 1\nsecrets = { A = {} }\n", vec!["add", "B_TOKEN"]),
        ("version = 1\n[secrets.A]\ndefault = \"x\"\n", vec!["--profile", "p", "add", "A"]),
    ] {
        let sandbox = Sandbox::new(text);
        let ran = sandbox.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        let said = "hydrant: error: nothing was written, because the manifest would be invalid: ";
        assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
        assert_eq!(manifest(&sandbox), text);
    }
}

#[test]
fn a_dry_run_prints_the_lines() {
    let sandbox = Sandbox::new(MANIFEST);
    sandbox.run(["add", "--dry-run", "A_TOKEN", "B_TOKEN", "--optional"]).prints(
        "[secrets.A_TOKEN]\narn_var  = \"A_TOKEN_SECRET_ARN\"\nrequired = false\n\n\
         [secrets.B_TOKEN]\narn_var  = \"B_TOKEN_SECRET_ARN\"\nrequired = false\n",
    );
    assert_eq!(manifest(&sandbox), MANIFEST);
    let ran = sandbox.run(["add", "--dry-run", "--json", "mistral"]);
    let added = json!({
        "variable": "MISTRAL_API_KEY", "required": true, "description": "Mistral API key",
        "console": "https://console.mistral.ai/api-keys", "shape": "[A-Za-z0-9]{32}"
    });
    assert_eq!(
        serde_json::from_str::<Value>(&ran.stdout).expect("JSON"),
        json!({ "manifest": "secrets.toml", "profile": null, "written": false, "added": [added] })
    );
    assert_eq!(manifest(&sandbox), MANIFEST);
}

#[test]
fn the_file_keeps_its_mode_and_a_link_stays_a_link() {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path().join("real")).expect("a folder");
    let real = sandbox.file("real/manifest.toml", "version = 1\n");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("a mode");
    symlink("real/manifest.toml", sandbox.path().join("secrets.toml")).expect("a link");
    let before = fs::metadata(&real).expect("the file").ino();
    assert_eq!(sandbox.run(["add", "openai"]).code, Some(0));
    assert!(
        fs::symlink_metadata(sandbox.path().join("secrets.toml")).expect("the link").is_symlink()
    );
    let after = fs::metadata(&real).expect("the file");
    assert_eq!(after.permissions().mode() & 0o7777, 0o640);
    assert_ne!(after.ino(), before, "it is replaced as a whole");
    assert!(manifest(&sandbox).contains("[secrets.OPENAI_API_KEY]"));
    let files = fs::read_dir(sandbox.path().join("real")).expect("the folder").count();
    assert_eq!(files, 1, "nothing is left beside it");
}

/// The results of processes that are started together.
fn at_once(commands: impl Iterator<Item = Command>) -> Vec<Ran> {
    let started: Vec<Child> = commands
        .map(|mut command| {
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("the binary starts")
        })
        .collect();
    started.into_iter().map(|child| Ran::of(child.wait_with_output().expect("its end"))).collect()
}

#[test]
fn thirty_at_once_lose_no_entry() {
    for linked in [false, true] {
        let sandbox = Sandbox::new(MANIFEST);
        if linked {
            fs::create_dir(sandbox.path().join("real")).expect("a folder");
            let (from, to) =
                (sandbox.path().join("secrets.toml"), sandbox.path().join("real/secrets.toml"));
            fs::rename(&from, to).expect("a rename");
            symlink("real/secrets.toml", from).expect("a link");
        }
        for ran in at_once(
            (0..30).map(|index| sandbox.command(["add".to_owned(), format!("KEY_{index}")])),
        ) {
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
        }
        let text = manifest(&sandbox);
        for index in 0..30 {
            assert_eq!(text.matches(&format!("[secrets.KEY_{index}]\n")).count(), 1, "{text}");
        }
        sandbox.run(["check"]).prints("secrets.toml: 31 entries, no problems\n");
        let files = fs::read_dir(sandbox.path()).expect("the folder").count();
        assert_eq!(files, if linked { 2 } else { 1 }, "no lock and no temporary file stays");
    }
}

/// Each waits where its file gets its name, until all of them can see that there is none yet.
#[test]
fn of_twenty_first_manifests_one_is_made() {
    let sandbox = Sandbox::empty();
    let strace = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
    let is_there = strace.is_ok_and(|status| status.success());
    let ran = at_once((0..20).map(|_| {
        let hydrant = sandbox.command(["init"]);
        if !is_there {
            return hydrant;
        }
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=linkat,/^rename", "-e"]);
        command
            .arg("inject=linkat,/^rename:delay_enter=3s")
            .arg(hydrant.get_program())
            .args(hydrant.get_args());
        command.current_dir(sandbox.path()).env_clear();
        command.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }));
    assert_eq!(ran.iter().filter(|ran| ran.code == Some(0)).count(), 1, "{ran:?}");
    assert_eq!(ran.iter().filter(|ran| ran.code == Some(74)).count(), 19, "{ran:?}");
    assert_eq!(fs::read_dir(sandbox.path()).expect("the folder").count(), 1);
    assert_eq!(sandbox.run(["check"]).code, Some(0));
}

/// Whether a process has the file open, as a process that waits for its lock has.
fn has_open(child: &Child, file: &Path) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{}/fd", child.id())) else { return false };
    open.flatten().any(|link| fs::read_link(link.path()).is_ok_and(|path| path == file))
}

#[test]
fn a_lock_is_waited_for_and_ends_with_its_holder() {
    let sandbox = Sandbox::new(MANIFEST);
    let path = sandbox.path().join("secrets.toml").canonicalize().expect("the manifest");
    let add = |name: &str| {
        let mut command = sandbox.command(["add", name]);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the binary starts");
        while !has_open(&child, &path) {
            assert_eq!(child.try_wait().expect("its state"), None, "it did not wait");
        }
        child
    };
    let lock = File::open(&path).expect("the manifest");
    lock.lock().expect("the lock");
    let mut waiting = add("ONE_KEY");
    fs::write(&path, format!("{MANIFEST}# written meanwhile\n")).expect("the manifest");
    lock.unlock().expect("the lock");
    assert!(waiting.wait().expect("its end").success());
    let text = manifest(&sandbox);
    assert!(
        text.contains("[secrets.ONE_KEY]") && text.ends_with("# written meanwhile\n"),
        "{text}"
    );

    // A process that is killed while it has the lock.
    let mut holder = Command::new("bash");
    holder.args(["-c", "exec 9<\"$0\"; flock 9 && echo held && read -r _"]).arg(&path);
    let mut holder =
        holder.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash starts");
    holder.stdout.take().expect("its output").read_exact(&mut [0; 5]).expect("the lock is held");
    let mut waiting = add("OTHER_KEY");
    holder.kill().expect("the holder");
    holder.wait().expect("its end");
    assert!(waiting.wait().expect("its end").success());
    assert!(manifest(&sandbox).contains("[secrets.OTHER_KEY]"));
}

#[test]
fn a_lock_that_is_never_given_up_is_an_error() {
    let sandbox = Sandbox::new(MANIFEST);
    let lock = File::open(sandbox.path().join("secrets.toml")).expect("the manifest");
    lock.lock().expect("the lock");
    let ran = sandbox.run(["add", "A_KEY"]);
    ran.is(
        74,
        "",
        "hydrant: error: failed to write secrets.toml: another process holds a lock on it\n",
    );
    // A command that writes nothing needs no lock.
    assert_eq!(sandbox.run(["add", "A_KEY", "--dry-run"]).code, Some(0));
    assert_eq!(sandbox.run(["check"]).code, Some(0));
    assert_eq!(manifest(&sandbox), MANIFEST);
}
