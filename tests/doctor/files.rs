//! The manifest and the env file: their problems, who can read them, and names that are in only one
//! of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::doctor::{HOME, TWO, doctor, emulator, sandbox, section};
use crate::support::{Ran, Sandbox};

#[test]
fn a_manifest_with_problems_does_not_hide_the_rest() {
    let emulator = emulator();
    let manifest = "version = 1\n[secrets.KEY]\nsecret = \"demo/key\"\nrequired = \"yes\"\n";
    let sandbox = sandbox(manifest).with(&emulator);
    private(&sandbox, ".env", "OTHER=sk-set\n");
    let ran = doctor(&sandbox, &["--only", "KEY"]);
    assert_eq!(ran.code, Some(65), "{ran:?}");
    let expected = "\
manifest
  problem  manifest  secrets.toml:3:1: entry KEY: unknown key `secret`
           hint: put the ARN or the name of a secret in `secret_id`
  problem  manifest  secrets.toml:4:12: entry KEY: `required` must be true or false, found a string
           hint: write it without quotes
environment
";
    assert!(ran.stdout.starts_with(expected), "{}", ran.stdout);
    assert!(section(&ran, "env file").starts_with("  ok       path    .env\n"), "{ran:?}");
    assert!(
        section(&ran, "identity")
            .ends_with("caller       arn:aws:iam::123456789012:user/emulated\n"),
        "{ran:?}"
    );
    assert!(section(&ran, "endpoint").contains("responded in … ms"), "{ran:?}");
    assert!(!ran.stdout.contains("\nentries\n"), "{ran:?}");
    assert!(ran.stdout.ends_with("\n2 problems\n"), "{ran:?}");
}

#[test]
fn a_manifest_that_is_not_there() {
    let ran =
        doctor(&Sandbox::empty().env("AWS_REGION", HOME), &["--offline", "--manifest", "no.toml"]);
    assert_eq!(ran.code, Some(74), "{ran:?}");
    let expected = "manifest\n  problem  manifest  there is no manifest no.toml\n           hint: name it with --manifest PATH or \
                    HYDRANT_MANIFEST, or write one: hydrant init\n";
    assert!(ran.stdout.starts_with(expected), "{ran:?}");
}

#[test]
fn what_is_selected_and_by_what() {
    let manifest = format!("{TWO}[profiles.dev.secrets.KEY]\nrequired = false\n");
    let first = |sandbox: &Sandbox, args: &[&str]| {
        let ran = doctor(sandbox, &[&["--offline"], args].concat());
        let (first, _) = ran.stdout.split_once("environment\n").expect("a second section");
        (ran.code, first.to_owned())
    };
    let sandbox = sandbox(&manifest);
    let none = "manifest\n  ok       path     secrets.toml\n  ok       profile  none is selected of dev\n           hint: \
                select one with --profile NAME or HYDRANT_PROFILE\n  ok       entries  all 2\n";
    assert_eq!(first(&sandbox, &[]), (Some(66), none.to_owned()));
    let chosen = "manifest\n  ok       path     secrets.toml (--manifest)\n  ok       profile  dev (--profile)\n  \
                  ok       entries  1 of 2 (--only)\n";
    let args = ["--manifest", "secrets.toml", "--profile", "dev", "--only", "KEY"];
    assert_eq!(first(&sandbox, &args), (Some(0), chosen.to_owned()));
    let sandbox = sandbox.env("HYDRANT_MANIFEST", "secrets.toml").env("HYDRANT_PROFILE", "prod");
    let unknown = "manifest\n  ok       path      secrets.toml (HYDRANT_MANIFEST)\n  problem  manifest  unknown profile `prod`\n           \
                   hint: known profiles: dev\n";
    assert_eq!(first(&sandbox, &[]), (Some(2), unknown.to_owned()));
    sandbox.file("secrets.toml", "version = 1\n[secrets.KEY]\nsecret_id = \"${org}/key\"\n");
    let sandbox = sandbox.env("HYDRANT_PROFILE", "");
    let unset = "manifest\n  ok       path      secrets.toml (HYDRANT_MANIFEST)\n  problem  manifest  secrets.toml:3:13: entry KEY: `secret_id` uses \
                 `${org}`, which is not set\n           hint: set it in [vars], with --var org=…, or as HYDRANT_VAR_org\n";
    assert_eq!(first(&sandbox, &[]), (Some(65), unset.to_owned()));
}

/// Writes a file that only its owner can read.
fn private(sandbox: &Sandbox, name: &str, text: &str) {
    let path = sandbox.file(name, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its mode");
}

fn git(sandbox: &Sandbox, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(sandbox.path()).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null");
    assert!(command.output().expect("git").status.success());
}

fn env_file(sandbox: &Sandbox) -> Ran {
    doctor(sandbox, &["--offline"])
}

#[test]
fn who_can_read_the_env_file_and_where_it_may_end_up() {
    let sandbox = sandbox("version = 1\n[secrets.KEY]\n");
    let path = sandbox.file(".env", "KEY=sk-set\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("its mode");
    git(&sandbox, &["init", "--quiet"]);
    sandbox.file("Dockerfile", "FROM scratch\nCOPY . /\n");
    let bad = "  ok       path    .env\n  \
               warning  mode    0640: others on this machine may read it\n           hint: chmod 600 .env\n  \
               warning  git     git does not ignore it: it is one `git add` from a commit\n           \
               hint: add the line .env to .gitignore; if it is in git already: git rm --cached .env\n  \
               warning  images  an image that Dockerfile builds may include it (COPY .)\n           \
               hint: add the line .env to .dockerignore next to Dockerfile\n  \
               warning  values  set only here, and nothing names a secret for it: KEY\n           \
               hint: name its secret in the manifest, or pass its ARN variable to the deployment: else it has no value there\n";
    let ran = env_file(&sandbox);
    assert_eq!((ran.code, section(&ran, "env file")), (Some(0), bad), "{ran:?}");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
    sandbox.file(".gitignore", ".env\n");
    sandbox.file(".dockerignore", "**/.env*\n");
    let good = "  ok       path    .env\n  ok       mode    0600: only its owner can read it\n  ok       git     not seen by git\n  \
                ok       images  left out by .dockerignore\n";
    assert!(section(&env_file(&sandbox), "env file").starts_with(good), "{:?}", env_file(&sandbox));
    // git does not ignore a file that it already tracks.
    git(&sandbox, &["add", "--force", ".env"]);
    assert!(
        section(&env_file(&sandbox), "env file")
            .contains("  warning  git     git does not ignore it")
    );
}

#[test]
fn a_folder_above_may_build_the_image() {
    let sandbox = Sandbox::empty();
    git(&sandbox, &["init", "--quiet"]);
    fs::create_dir(sandbox.path().join("app")).expect("a folder");
    sandbox.file("app/secrets.toml", "version = 1\n[secrets.KEY]\nrequired = false\n");
    private(&sandbox, "app/.env", "KEY=sk-set\n");
    sandbox.file("compose.yaml", "services: {}\n");
    let ran = doctor(&sandbox, &["--offline", "--manifest", "app/secrets.toml"]);
    assert!(
        section(&ran, "env file")
            .contains("hint: add the line app/.env to .dockerignore next to compose.yaml\n"),
        "{ran:?}"
    );
    sandbox.file(".dockerignore", "app/.env\n");
    let ran = doctor(&sandbox, &["--offline", "--manifest", "app/secrets.toml"]);
    assert!(
        section(&ran, "env file").contains("  ok       images  left out by .dockerignore\n"),
        "{ran:?}"
    );
}

/// Variables that work here and would be missing elsewhere.
#[test]
fn names_that_only_the_env_file_has() {
    let manifest = "version = 1\n[secrets.NAMED]\nsecret_id = \"demo/key\"\n[secrets.BY_VARIABLE]\n[secrets.NOT_NAMED]\n\
                    [secrets.EVERYWHERE]\n";
    let sandbox = sandbox(manifest).env("EVERYWHERE", "sk-set").env("BOTH", "x");
    private(
        &sandbox,
        ".env",
        "NAMED=sk-1\nBY_VARIABLE_SECRET_ARN=demo/key\nNOT_NAMED=sk-2\nEVERYWHERE=sk-3\nDATABASE_URL=sk-4\nBOTH=x\nBLANK=\n\
         LOG_LEVEL=info\nAWS_REGION=us-east-1\nAWS_CA_BUNDLE=x\nHYDRANT_PROFILE=dev\nLD_PRELOAD=x.so\n",
    );
    let ran = env_file(&sandbox);
    let (_, names) =
        section(&ran, "env file").split_once("nothing here builds an image\n").expect("the file");
    assert_eq!(
        names,
        "  ok       aws         AWS settings for this machine: AWS_REGION\n  \
         warning  not read    does not count in an env file: AWS_CA_BUNDLE, HYDRANT_PROFILE, LD_PRELOAD\n           \
         hint: set it in hydrant's own environment\n  \
         ok       values      set only here, and read from AWS in a deployment: NAMED\n  \
         warning  values      set only here, and nothing names a secret for it: NOT_NAMED\n           \
         hint: name its secret in the manifest, or pass its ARN variable to the deployment: else it has no value there\n  \
         ok       references  set only here: BY_VARIABLE_SECRET_ARN\n           \
         hint: pass them to the deployment too, or publish the ARNs as parameters (arn_parameter)\n  \
         ok       plain       set only here, and not an entry: DATABASE_URL, LOG_LEVEL\n           \
         hint: pass those that the program needs to the deployment\n"
    );
}

#[test]
fn lines_of_the_env_file_that_cannot_be_read() {
    let emulator = emulator();
    let sandbox = sandbox("version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n").with(&emulator);
    private(&sandbox, ".env", "A=1\nsk-canary\nB=\"sk-canary\n");
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(65), "{ran:?}");
    let lines = "  ok       path    .env\n  problem  lines   .env:2: no `=` after the name\n  \
                 problem  lines   .env:3: a quote is opened and never closed\n  ok       mode    0600: only its owner can read it\n";
    assert!(section(&ran, "env file").starts_with(lines), "{ran:?}");
    // The other checks continue without it.
    assert!(
        section(&ran, "entries")
            .starts_with("  ok       KEY  required: demo/key (secret_id): readable"),
        "{ran:?}"
    );
    let ran = doctor(&sandbox, &["--env-file", "no.env"]);
    assert_eq!(ran.code, Some(74), "{ran:?}");
    let none = "  problem  lines  failed to read the env file no.env: No such file or directory (os error 2)\n";
    assert_eq!(section(&ran, "env file"), none);
    let ran = doctor(&sandbox, &["--no-env-file"]);
    assert_eq!(
        (ran.code, section(&ran, "env file")),
        (Some(0), "  skipped  path  none is read\n"),
        "{ran:?}"
    );
}
