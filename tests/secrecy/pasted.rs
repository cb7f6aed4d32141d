//! A canary pasted in the wrong place: the problem is reported, and the canary is not repeated.

use crate::secrecy::canary::{ODD, PLAIN, forms, found};
use crate::support::Sandbox;

/// The smallest start, without a call to AWS.
const SOUND: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/${place}\"\nrequired = false\n";

/// Runs it verbosely, in both formats, and finds the canary nowhere, with at least the code that
/// shows that it was processed.
#[track_caller]
fn check(
    what: &str,
    canary: &str,
    code: impl Fn(Option<i32>) -> bool,
    sandbox: &Sandbox,
    args: &[&str],
) {
    for log in [&["-vvv"][..], &["-vvv", "--log-format", "json"], &["--quiet"]] {
        let args = log.iter().chain(args);
        let output = sandbox.command(args).output().expect("the binary starts");
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(found(&forms(canary), bytes), None, "{what}: {name}: {text}");
        }
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(code(output.status.code()), "{what}: {}: {said}", output.status);
    }
}

fn sound() -> Sandbox {
    Sandbox::new(SOUND).env("HYDRANT_VAR_place", "key").env("KEY", "set")
}

#[test]
fn in_the_arguments() {
    for canary in [PLAIN, ODD] {
        let joined = |option: &str| format!("{option}={canary}");
        let cases: [Vec<String>; 20] = [
            vec![canary.into()],
            vec!["check".into(), canary.into()],
            vec!["plan".into(), canary.into()],
            vec!["add".into(), canary.into()],
            vec![
                "add".into(),
                "openai".into(),
                canary.replace(['-', '/', '+', '=', ' ', '"', '&', '$', '%', '\\', '\'', '~'], ""),
            ],
            vec!["catalogue".into(), canary.into()],
            vec!["init".into(), canary.into()],
            vec!["export".into(), "--format".into(), "json".into(), canary.into()],
            vec!["export".into(), "--format".into(), canary.into()],
            vec!["export".into(), joined("--format")],
            vec!["emulate".into(), "--port".into(), canary.into()],
            vec![format!("--{canary}"), "check".into()],
            vec![format!("-{canary}"), "check".into()],
            vec!["check".into(), joined("--json")],
            vec!["check".into(), joined("--key")],
            vec![joined("--log-format"), "check".into()],
            vec!["--var".into(), canary.replace('=', ""), "check".into()],
            vec!["--var".into(), format!("place= {canary}"), "plan".into()],
            vec!["--var".into(), format!("{}!=value", canary.replace('=', "")), "plan".into()],
            vec!["check".into(), "--json".into(), "--".into(), canary.into()],
        ];
        for args in cases {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let what = args.join(" ");
            check(&what, canary, |code| code == Some(2), &sound(), &args);
        }
    }
}

#[test]
fn in_the_environment() {
    for canary in [PLAIN, ODD] {
        let place = format!(" {canary}");
        let credentials =
            format!("http://user:{}@localhost.example:1/", canary.replace(['/', ' '], ""));
        for (variable, value) in [
            ("HYDRANT_LOG", canary),
            ("HYDRANT_OFFLINE", canary),
            ("HYDRANT_VAR_place", &place),
            ("HYDRANT_ALLOW_HTTP", canary),
            ("AWS_ENDPOINT_URL", canary),
            ("AWS_ENDPOINT_URL", &credentials),
            ("AWS_MAX_ATTEMPTS", canary),
            ("AWS_RETRY_MODE", canary),
            ("AWS_SECRET_ACCESS_KEY", canary),
            ("AWS_SESSION_TOKEN", canary),
        ] {
            let sandbox = Sandbox::new(&format!("{SOUND}[settings]\ndeadline = \"500ms\"\n"))
                .env("HYDRANT_VAR_place", "key")
                .at("http://127.0.0.1:1")
                .env(variable, value);
            check(
                variable,
                canary,
                |code| code != Some(70),
                &sandbox,
                &["run", "--strict", "--", "true"],
            );
            check(variable, canary, |code| code != Some(70), &sandbox, &["doctor"]);
            check(variable, canary, |code| code != Some(70), &sandbox, &["doctor", "--json"]);
        }
    }
}

#[test]
fn in_the_env_file() {
    for canary in [PLAIN, ODD] {
        let bare = canary.replace('=', "");
        for line in [
            bare.clone(),
            format!("export {bare}"),
            format!("KEY=\"{}", canary.replace('"', "")),
            format!("KEY='{}", canary.replace('\'', "")),
            format!("KEY=\"value\" {canary}"),
            format!("KEY='value'{canary}"),
            format!("1 {bare}=value"),
            format!("1{bare}: value"),
            format!("KEY={canary}\0"),
        ] {
            let sandbox = sound();
            sandbox.file(".env", &format!("# the first line\n{line}\n"));
            check(&line, canary, |code| code == Some(65), &sandbox, &["run", "--", "true"]);
            check(&line, canary, |code| code == Some(65), &sandbox, &["doctor"]);
            sandbox.file("seed.env", &format!("{line}\n"));
            let args = ["--no-env-file", "emulate", "--seed", "seed.env", "--", "true"];
            check(&format!("seed {line}"), canary, |code| code == Some(65), &sandbox, &args);
        }
    }
}

#[test]
fn in_the_manifest() {
    for canary in [PLAIN, ODD] {
        for head in manifests(canary) {
            let sandbox = Sandbox::new(&format!("version = 1\n{head}"));
            for args in [
                &["check"][..],
                &["check", "--json"],
                &["run", "--", "true"],
                &["plan"],
                &["doctor", "--json"],
            ] {
                check(&format!("{head} {args:?}"), canary, |code| code == Some(65), &sandbox, args);
            }
        }
    }
}

/// Manifests without their version line, each with the canary in a place where people paste keys.
pub(crate) fn manifests(canary: &str) -> Vec<String> {
    let text = toml_text(canary);
    vec![
        format!("[secrets.KEY]\ncolour = {text}\n"),
        format!("[secrets.KEY]\nvalue = {text}\n"),
        format!("[secrets.KEY]\nvalue = [{text}]\n"),
        format!("[secrets.KEY]\nvalue = {canary}\n"),
        format!("[secrets.KEY]\nvalue = \"{canary}\n"),
        format!("[secrets.KEY]\nrequired = {text}\n"),
        format!("[secrets.KEY]\nrequired = true\ndefault = {text}\n"),
        format!("[secrets.KEY]\ndefault = {text}\ncolour = 1\n"),
        format!("[secrets.KEY]\ndefault = {text}\ndefault = {text}\n"),
        format!("[secrets.KEY]\narn_var = {text}\n"),
        format!("[secrets.KEY]\narn_parameter = {}\n", toml_text(&format!("a/ {canary}"))),
        format!("[secrets.KEY]\nsecret_id = {}\n", toml_text(&format!("a {canary}"))),
        format!("[secrets.KEY]\njson_pointer = {text}\n"),
        format!("[secrets.KEY]\nrotate_after = {text}\n"),
        format!("[secrets.KEY]\ncreate_name = {}\n", toml_text(&format!("a {canary}"))),
        format!("[secrets.KEY]\nkms_key = {}\n", toml_text(&format!("a {canary}"))),
        format!("[secrets]\nKEY = {text}\n"),
        // A value on the line of the problem, and one that spans lines.
        format!("[secrets]\nKEY = {{ colour = 1, default = {text} }}\n"),
        format!("[secrets]\nKEY = {{ default = {text}, required = true }}\n"),
        format!(
            "[secrets.KEY]\nrequired = true\ndefault = \"\"\"\n{}\"\"\"\n",
            text.trim_matches('"')
        ),
        format!("[secrets.KEY]\ncolour = \"\"\"\n{}\n\"\"\"\n", text.trim_matches('"')),
        format!("[settings]\nkey = {text}\n"),
        format!("[settings]\ndeadline = {text}\n"),
        format!("[settings]\nbatch = {text}\n"),
        format!("[vars]\nkey = [{text}]\n"),
        format!("key = {text}\n"),
    ]
}

fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
