//! What the command of `run` inherits: everything, a short list, or everything except AWS
//! credentials and references, and how much the system can hold.

use std::collections::BTreeSet;
use std::process::Command;

use hydrant_emulator::Emulator;

use crate::support::{Ran, Sandbox};

const MANIFEST: &str = "version = 1\n[secrets.KEPT]\n[secrets.READ]\narn_var = \"READ_ARN\"\n\
                        [secrets.OTHER]\nrequired = false\n[secrets.AWS_OF_AN_ENTRY]\nrequired = false\n";

/// An entry that is kept and one that is read, with many other variables, and the names that the
/// command gets.
fn names(emulator: &Emulator, options: &[&str]) -> BTreeSet<String> {
    let arn = emulator.create_secret("us-east-1", "demo/read", Some("read"));
    let arn = arn.unwrap_or_else(|_| "demo/read".to_owned());
    let mut sandbox =
        Sandbox::new(MANIFEST).with(emulator).env("KEPT", "kept").env("READ_ARN", arn);
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
    assert!(
        ran.stdout.contains("KEPT=kept\n") && ran.stdout.contains("READ=read\n"),
        "{}",
        ran.stdout
    );
    ran.stdout
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.to_owned())
        .collect()
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
    assert!(
        all.contains("STRANGER") && all.contains("FROM_FILE") && all.contains("AWS_REGION"),
        "{all:?}"
    );

    let but = |gone: &BTreeSet<String>| all.difference(gone).cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&emulator, &["--drop-aws-env"]), but(&credentials));
    assert_eq!(names(&emulator, &["--drop-references"]), but(&references));
    let both = credentials.union(&references).cloned().collect();
    assert_eq!(names(&emulator, &["--drop-references", "--drop-aws-env"]), but(&both));

    let rest = credentials.iter().filter(|name| *name != "AWS_SECRET_KEY").cloned().collect();
    assert_eq!(names(&emulator, &["--drop-aws-env", "--keep", "AWS_SECRET_KEY"]), but(&rest));
    assert_eq!(
        names(&emulator, &["--drop-references", "--keep", "READ_ARN"]),
        but(&set(&["OTHER_SECRET_ARN"]))
    );

    let pristine = ["PATH", "HOME", "LANG", "LC_TIME", "KEPT", "READ", "AWS_OF_AN_ENTRY"];
    assert_eq!(names(&emulator, &["--pristine"]), set(&pristine));
    let kept = [&pristine[..], &["STRANGER", "FROM_FILE"]].concat();
    assert_eq!(
        names(&emulator, &["--pristine", "--keep", "STRANGER,FROM_FILE,ABSENT"]),
        set(&kept)
    );
    let ran = Sandbox::new(MANIFEST).run(["run", "--keep", "A", "--", "true"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}

/// The limit of this process's stack decides, so each command is started with a limit of its own.
fn under(stack: &str, sandbox: &Sandbox, args: &[&str]) -> Ran {
    let hydrant = sandbox.command(args);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("ulimit -s {stack}; exec \"$@\""), "sh"])
        .arg(hydrant.get_program())
        .args(hydrant.get_args());
    shell.current_dir(sandbox.path()).env_clear();
    shell.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(shell.output().expect("sh starts"))
}

#[test]
fn an_environment_that_the_system_cannot_hold_is_reported_with_both_sizes() {
    let emulator = Emulator::start().expect("an emulator");
    let mut manifest = "version = 1\n".to_owned();
    for index in 0..4 {
        let name = format!("demo/{index}");
        emulator
            .create_secret("us-east-1", &name, Some(&"x".repeat(50_000 + index)))
            .expect("a secret");
        manifest.push_str(&format!("[secrets.KEY_{index}]\nsecret_id = \"{name}\"\n"));
    }
    let sandbox = Sandbox::new(&manifest).with(&emulator);
    let ran = under("512", &sandbox, &["run", "--", "true"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(76), ""), "{}", ran.stderr);
    let (start, rest) = ran.stderr.split_once(" bytes, and").expect("sizes");
    let total: usize = start.rsplit(' ').next().unwrap_or_default().parse().expect("a size");
    assert!(
        start.starts_with("hydrant: error: the environment and the arguments take ")
            && total > 200_000,
        "{start}"
    );
    let largest = "KEY_3 (50010 bytes), KEY_2 (50009 bytes), KEY_1 (50008 bytes)";
    assert_eq!(
        rest,
        format!(" the system's limit is 131072; the largest variables are {largest}\n")
    );

    // A quarter of the stack: it fits in the next size.
    let ran = under("1024", &sandbox, &["run", "--", "true"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}

/// The reported limit is the system's: an environment slightly below it starts.
#[test]
fn what_is_just_below_the_limit_starts() {
    let mut codes = BTreeSet::new();
    for spare in (0..3_000).step_by(150) {
        // In the env file, so that hydrant itself can start.
        let sandbox = Sandbox::new("version = 1\n[secrets.A]\n[secrets.B]\n");
        sandbox
            .file(".env", &format!("A={}\nB={}\n", "x".repeat(62_000 - spare), "x".repeat(70_000)));
        let ran = under("512", &sandbox, &["run", "--", "/bin/true"]);
        // Never the system's own error, which has neither a name nor a size.
        assert!(
            ran.code == Some(0) || ran.stderr.contains("and the system's limit is 131072"),
            "{spare}: {ran:?}"
        );
        codes.insert(ran.code);
    }
    assert_eq!(codes, BTreeSet::from([Some(0), Some(76)]));
}

/// Starts it with an environment that has names twice, which only execve can do.
fn with_twice(sandbox: &Sandbox, twice: &[(&str, &str)], args: &[&str]) -> Ran {
    const EXEC: &str = "
import os, sys
class Pairs:
    def __init__(self, pairs): self.pairs = pairs
    def keys(self): return [name for name, _ in self.pairs]
    def values(self): return [value for _, value in self.pairs]
    def __len__(self): return len(self.pairs)
    def __getitem__(self, name): return dict(self.pairs)[name]
end = sys.argv.index('--')
given = [tuple(text.split('=', 1)) for text in sys.argv[1:end]]
os.execve(sys.argv[end + 1], sys.argv[end + 1:], Pairs(list(os.environ.items()) + given))
";
    let hydrant = sandbox.command(args);
    let mut python = Command::new("python3");
    python
        .args(["-I", "-c", EXEC])
        .args(twice.iter().map(|(name, value)| format!("{name}={value}")))
        .arg("--");
    python
        .arg(hydrant.get_program())
        .args(hydrant.get_args())
        .current_dir(sandbox.path())
        .env_clear();
    python.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(python.output().expect("python3 starts"))
}

/// glibc takes the first of two, bash the last.
#[test]
fn a_variable_that_is_set_twice_is_not_chosen_in_silence() {
    let manifest =
        "version = 1\n[secrets.KEY]\n[secrets.REF]\narn_var = \"WHERE\"\nrequired = false\n";
    let sandbox =
        Sandbox::new(manifest).env("KEY", "one").env("EDITOR", "vi").env("AWS_REGION", "us-east-1");
    let run = ["run", "--", "sh", "-c", "echo started $KEY"];
    for name in ["KEY", "WHERE", "REF_SECRET_ARN", "AWS_REGION", "HYDRANT_OFFLINE", "HTTPS_PROXY"] {
        for command in [&run[..], &["export", "-f", "json"], &["plan"]] {
            let twice = [(name, "1"), (name, "0")];
            let ran = with_twice(&sandbox, &twice, command);
            ran.is(
                2,
                "",
                &format!(
                    "hydrant: error: {name} is set twice in the environment, to different values\n  \
                     hint: start hydrant with only one {name}: programs differ in which one they read\n"
                ),
            );
        }
    }
    // Variables that hydrant does not use, and duplicates with the same value.
    let ran = with_twice(&sandbox, &[("EDITOR", "emacs"), ("KEY", "one")], &run);
    let warning = "hydrant: warning: EDITOR is set twice in the environment, to different values\n";
    ran.is(0, "started one\n", warning);
}

#[test]
fn a_variable_of_hydrant_means_what_it_says() {
    use std::os::unix::ffi::OsStringExt;
    let not_utf8 = || std::ffi::OsString::from_vec(b"prod\xff".to_vec());
    let manifest = "version = 1\n[secrets.KEY]\nrequired = false\n[secrets.TENANT]\nsecret_id = \"${org}/key\"\n\
                    [profiles.prod]\n";
    let with = |name: &str, value: std::ffi::OsString| {
        Sandbox::new(manifest).env("KEY", "k").env(name, value)
    };
    let run = ["--only", "KEY", "run", "--", "printenv", "KEY"];
    for name in ["HYDRANT_PROFILE", "HYDRANT_OFFLINE", "HYDRANT_ALLOW_HTTP"] {
        let ran = with(name, not_utf8()).run(run);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(
            ran.stderr.starts_with(&format!("hydrant: error: {name} is not valid UTF-8\n")),
            "{ran:?}"
        );
    }
    let ran = with("HYDRANT_VAR_org", not_utf8()).run(["run", "--", "true"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("the value that HYDRANT_VAR_org gives"),
        "{ran:?}"
    );
    // A path may have any bytes.
    let sandbox = Sandbox::new("not read").env("KEY", "k").env("HYDRANT_MANIFEST", not_utf8());
    std::fs::write(sandbox.path().join(not_utf8()), manifest).expect("a manifest");
    sandbox.run(run).prints("k\n");

    let ran = with("HYDRANT_OFLINE", "1".into()).run(run);
    ran.is(
        0,
        "k\n",
        "hydrant: warning: unknown variable HYDRANT_OFLINE (did you mean HYDRANT_OFFLINE?)\n",
    );
    with("HYDRANT_VAR_unused", "x".into()).run(run).prints("k\n");
    with("HYDRANT_ELSEWHERE", "x".into()).run(run).prints("k\n");

    // A value for a name is meant to be used, whatever is selected.
    let sandbox = with("OTHER", "x".into());
    sandbox.run([&["--var", "org=acme"], &run[..]].concat()).prints("k\n");
    for command in [&run[..], &["--only", "KEY", "check", "--offline"], &["--only", "KEY", "plan"]]
    {
        sandbox.run([&["--var", "orgg=acme"], command].concat()).is(
            2,
            "",
            "hydrant: error: --var sets a name that nothing in the manifest uses\n  \
             hint: did you mean `org`?\n",
        );
    }
}

#[test]
fn what_is_set_twice_stops_every_command() {
    let refused = |ran: &Ran, name: &str| {
        let text = format!(
            "hydrant: error: {name} is set twice in the environment, to different values\n"
        );
        assert!(
            ran.code == Some(2) && ran.stdout.is_empty() && ran.stderr.starts_with(&text),
            "{ran:?}"
        );
    };
    let commands: [&[&str]; 8] = [
        &["add", "ZZ"],
        &["init"],
        &["catalogue"],
        &["check"],
        &["doctor"],
        &["generate", "env-example"],
        &["export", "-f", "github"],
        &["run", "--", "true"],
    ];
    for command in commands {
        for name in ["HYDRANT_MANIFEST", "HYDRANT_CATALOGUE", "GITHUB_ENV", "PATH", "AWS_PROFILE"] {
            let sandbox = Sandbox::new(MANIFEST).env("KEPT", "k").env("READ", "r");
            let before = files(&sandbox);
            refused(&with_twice(&sandbox, &[(name, "m1.toml"), (name, "m2.toml")], command), name);
            assert_eq!(files(&sandbox), before, "{name} {command:?}");
        }
    }
}

fn files(sandbox: &Sandbox) -> BTreeSet<std::ffi::OsString> {
    let found = std::fs::read_dir(sandbox.path()).expect("a folder");
    found.map(|entry| entry.expect("an entry").file_name()).collect()
}

#[test]
fn what_is_not_utf8_is_not_taken_for_unset() {
    use std::os::unix::ffi::OsStringExt;
    let not_utf8 = || std::ffi::OsString::from_vec(b"1\xff".to_vec());
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/read", Some("read")).expect("a secret");
    let manifest = "version = 1\n[secrets.READ]\nsecret_id = \"demo/read\"\n";
    let with = |name: &str| Sandbox::new(manifest).with(&emulator).env(name, not_utf8());
    for name in ["AWS_PROFILE", "AWS_ACCOUNT_ID"] {
        let ran = with(name).run(["run", "--", "true"]);
        let text = format!("; {name} is not UTF-8\n");
        assert!(ran.code == Some(78) && ran.stderr.contains(&text), "{ran:?}");
    }
    for name in ["HYDRANT_OFFLINE", "HYDRANT_PROFILE", "HYDRANT_DEADLINE", "HYDRANT_ALLOW_HTTP"] {
        for command in COMMANDS.into_iter().filter(|command| command[0] != "doctor") {
            let ran = with(name).run(command);
            let text = format!("hydrant: error: {name} is not valid UTF-8\n");
            assert!(ran.code == Some(2) && ran.stderr.starts_with(&text), "{command:?} {ran:?}");
        }
        let calls = emulator.calls().len();
        let ran = with(name).run(["doctor"]);
        let says = |line: &str| {
            line.contains("problem") && line.contains(name) && line.ends_with("is not valid UTF-8")
        };
        assert!(ran.code == Some(2) && ran.stdout.lines().any(says), "{ran:?}");
        let instead = match name {
            "HYDRANT_DEADLINE" => "doctor uses settings.deadline, or ten seconds\n",
            "HYDRANT_ALLOW_HTTP" => "doctor allows plain http to no host by it\n",
            _ => "doctor does not call AWS\n",
        };
        assert!(ran.stdout.contains(instead), "{ran:?}");
        if ["HYDRANT_OFFLINE", "HYDRANT_PROFILE"].contains(&name) {
            assert_eq!(emulator.calls().len(), calls, "{name}: {ran:?}");
        }
    }
    // Variables that hydrant does not read.
    for name in ["HYDRANT_ELSEWHERE", "HYDRANT_VAR_unused"] {
        with(name).run(["run", "--", "printenv", "READ"]).prints("read\n");
    }
}

/// Every command, as far as it gets without a response.
const COMMANDS: [&[&str]; 19] = [
    &["run", "--", "true"],
    &["export", "--format", "json"],
    &["check"],
    &["check", "--live"],
    &["plan"],
    &["init", "--from", ".env"],
    &["add", "openai"],
    &["catalogue", "openai"],
    &["put", "READ"],
    &["import"],
    &["status"],
    &["history", "READ"],
    &["rollback", "READ"],
    &["delete", "READ", "--dry-run"],
    &["restore", "READ"],
    &["rotate", "READ"],
    &["policy"],
    &["generate", "terraform"],
    &["doctor"],
];

/// The same for one that nothing in the manifest uses, and in commands that use none.
#[test]
fn a_var_that_nothing_uses_is_an_error_in_every_command() {
    let emulator = Emulator::start().expect("an emulator");
    for command in COMMANDS {
        let sandbox = Sandbox::new("version = 1\n[secrets.READ]\nsecret_id = \"demo/read\"\n")
            .with(&emulator);
        sandbox.file(".env", "READ=1\n");
        let ran = sandbox.run([&["--var", "unused=1"], command].concat());
        let no_use =
            "hydrant: error: --var cannot be used here: this command does not fill in `${NAME}`\n";
        let unused = "--var sets a name that nothing in the manifest uses";
        let said = match command[0] {
            "add" | "init" | "catalogue" => ran.stderr.starts_with(no_use) && ran.stdout.is_empty(),
            "doctor" => ran.stdout.contains(unused),
            _ => ran.stderr.contains(unused),
        };
        assert!(ran.code == Some(2) && said, "{command:?}: {ran:?}");
        // doctor continues with the checks that are possible.
        assert!(command[0] == "doctor" || emulator.calls().is_empty(), "{command:?}");
    }
}

/// A path may have any bytes: the file there counts, for every command that calls AWS.
#[cfg(target_os = "linux")]
#[test]
fn the_file_of_aws_profiles_may_have_any_name() {
    use std::os::unix::ffi::OsStringExt;
    let name = std::ffi::OsString::from_vec(b"config-\xff".to_vec());
    let profile = "[default]\naws_access_key_id = AKIDOFTHEFILE\naws_secret_access_key = test\nregion = us-east-1\n";
    for command in COMMANDS {
        let emulator = Emulator::start().expect("an emulator");
        emulator.create_secret("us-east-1", "demo/read", Some("read")).expect("a secret");
        let sandbox = Sandbox::new("version = 1\n[secrets.READ]\nsecret_id = \"demo/read\"\n");
        let sandbox =
            sandbox.env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_CONFIG_FILE", &name);
        std::fs::write(sandbox.path().join(&name), profile).expect("a file");
        let ran = sandbox.run(command);
        assert!(
            !ran.stderr.contains("UTF-8") && !ran.stdout.contains("UTF-8"),
            "{command:?}: {ran:?}"
        );
        if ["run", "export", "status", "history", "doctor"].contains(&command[0])
            || command.contains(&"--live")
        {
            assert_eq!(ran.code, Some(0), "{command:?}: {ran:?}");
            assert_ne!(emulator.calls(), [], "{command:?}");
        }
        // If the file cannot be used it is named.
        std::fs::write(sandbox.path().join(&name), "[default]\nmax_attempts = many\n")
            .expect("a file");
        let ran = sandbox.run(command);
        if ["run", "export", "status", "history"].contains(&command[0]) {
            let place = "max_attempts of the AWS profile default (config-\u{fffd}:2) is not a whole number from 1";
            assert!(ran.code == Some(78) && ran.stderr.contains(place), "{command:?}: {ran:?}");
        }
    }
}

#[test]
fn one_name_has_one_var() {
    let manifest = "version = 1\n[secrets.KEY]\nrequired = false\nsecret_id = \"${org}/${team}\"\n";
    let sandbox = Sandbox::new(manifest).env("KEY", "k");
    let run = ["run", "--", "printenv", "KEY"];
    let vars = ["--var", "org=a", "--var", "team=t"];
    sandbox.run([&vars[..], &run].concat()).prints("k\n");
    let ran = sandbox.run([&vars[..], &["--var", "org=b"], &run].concat());
    let text = "hydrant: error: --var (number 3) repeats a name: give each name once\n";
    assert!(
        ran.code == Some(2) && ran.stdout.is_empty() && ran.stderr.starts_with(text),
        "{ran:?}"
    );
}
