//! What all targets have in common: where the text goes, how it begins, what is refused.

use std::fs;

use crate::support::Sandbox;

const ONE: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";

/// Each target, with its usual file.
const TARGETS: &[(&[&str], &str)] = &[
    (&["cloudformation"], "secrets.yaml"),
    (&["cdk"], "hydrant-secrets.ts"),
    (&["terraform"], "secrets/main.tf"),
    (&["kubernetes", "--region", "us-east-1"], "external-secrets.yaml"),
    (&["lambda-layer"], "layer.yaml"),
    (&["github-actions", "--region", "us-east-1"], "step.yaml"),
    (&["env-example"], ".env.example"),
];
/// The target whose text is JSON, with its comment in a member.
const JSON: (&[&str], &str) = (&["ecs", "--region", "us-east-1"], "ecs.json");

/// The output of a target.
pub(crate) fn text(sandbox: &Sandbox, target: &[&str]) -> String {
    let ran = sandbox.run(["generate"].iter().chain(target));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.stdout
}

/// The output, as pasted into a text at this depth.
pub(crate) fn indented(spaces: usize, printed: &str) -> String {
    printed.lines().map(|line| format!("{:spaces$}{line}\n", "")).collect()
}

#[test]
fn a_text_begins_with_the_command_that_makes_it_again() {
    for &(target, file) in TARGETS {
        let sandbox = Sandbox::new(ONE);
        let printed = text(&sandbox, target);
        let mut head = printed
            .lines()
            .filter(|line| !line.starts_with("#!"))
            .map(|line| line.trim_start_matches(['#', '/', ' ']));
        assert_eq!(
            head.next(),
            Some("Made by hydrant from secrets.toml; change that, and make this again:")
        );
        let command = head.next().expect("a command");
        let made = ["hydrant", "generate"]
            .iter()
            .chain(target)
            .chain(&["--out", file])
            .copied()
            .collect::<Vec<_>>();
        assert_eq!(command.split(' ').collect::<Vec<_>>(), made);
        fs::create_dir_all(sandbox.path().join(file).parent().expect("a folder"))
            .expect("the folder of the file");
        // It generates it again, and then the file is as generated.
        sandbox.run(&made[1..]).prints("");
        assert_eq!(fs::read_to_string(sandbox.path().join(file)).expect("the file"), printed);
        sandbox
            .run(["generate"].iter().chain(target).chain(&["--check", file]))
            .prints(&format!("{file} is as generated\n"));
    }
}

#[test]
fn options_that_change_the_text_are_in_its_command_and_no_others() {
    let manifest = "version = 1\n[secrets.A]\nsecret_id = \"${org}/a\"\n[secrets.B]\nsecret_id = \"b\"\n[profiles.p.secrets.A]\n\
                    required = false\n";
    let sandbox = Sandbox::empty().env("HYDRANT_PROFILE", "p");
    sandbox.file("the manifest.toml", manifest);
    let args = [
        "--manifest",
        "the manifest.toml",
        "--only",
        "A",
        "--var",
        "org=acme",
        "-v",
        "--no-env-file",
    ];
    let ran = sandbox.run(args.iter().chain(&["generate", "cloudformation", "--delete-secrets"]));
    let command = ran.stdout.lines().nth(1);
    let expected = "#     hydrant --manifest 'the manifest.toml' --profile p --only A --var org=acme generate cloudformation \
                    --delete-secrets --out secrets.yaml";
    assert_eq!(command, Some(expected), "{ran:?}");
}

#[test]
fn a_file_that_was_changed_is_not_replaced_unasked() {
    let sandbox = Sandbox::new(ONE);
    let out = |args: &[&str]| {
        sandbox.run(["-v", "generate", "cloudformation", "--out", "a.yaml"].iter().chain(args))
    };
    out(&[]).is(0, "", "hydrant: a.yaml is written\n");
    out(&[]).is(0, "", "hydrant: a.yaml is as generated: nothing to do\n");
    let path = sandbox.path().join("a.yaml");
    let made = fs::read_to_string(&path).expect("the file");
    fs::write(&path, "changed\n").expect("the file");
    let said = "hydrant: error: failed to write a.yaml: it already exists, with different content\n  \
                hint: see the difference with --check a.yaml, or replace the file with --force\n";
    out(&[]).is(74, "", said);
    assert_eq!(fs::read_to_string(&path).expect("the file"), "changed\n");
    out(&["--force"]).is(0, "", "hydrant: a.yaml is written\n");
    assert_eq!(fs::read_to_string(&path).expect("the file"), made);
    // Neither a file that is not regular nor a dangling link is written to.
    std::os::unix::fs::symlink("nowhere", sandbox.path().join("link")).expect("a link");
    let ran = sandbox.run(["generate", "cloudformation", "--out", "link"]);
    assert_eq!((ran.code, sandbox.path().join("nowhere").exists()), (Some(74), false), "{ran:?}");
    let ran = sandbox.run(["generate", "cloudformation", "--out", "."]);
    ran.is(74, "", "hydrant: error: failed to write .: it is a directory\n");
}

#[test]
fn check_shows_the_lines_that_differ() {
    let sandbox = Sandbox::new(ONE);
    let made = text(&sandbox, &["cloudformation"]);
    sandbox.file(
        "a.yaml",
        &made
            .replace("DeletionPolicy: Retain", "DeletionPolicy: Delete")
            .replace("demo/key\"", "demo/kye\""),
    );
    let ran = sandbox.run(["generate", "cloudformation", "--check", "a.yaml"]);
    let lines: Vec<_> = ran.stdout.lines().filter(|line| line.starts_with(['-', '+'])).collect();
    let expected = [
        "--- a.yaml",
        "+++ generated",
        "-(1 line of the file, not shown)",
        "+    DeletionPolicy: Retain",
        "-(1 line of the file, not shown)",
        "+      Name: \"demo/key\"",
    ];
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    assert_eq!(lines, expected, "{}", ran.stdout);
    let ran = sandbox.run(["generate", "cloudformation", "--check", "none.yaml"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(74), ""), "{ran:?}");
    let ran = sandbox.run(["generate", "cloudformation", "--check", "a.yaml", "--out", "b.yaml"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

/// Someone may have put a value into the existing file, in a form that nothing recognizes, and many
/// people can see the output of a check.
#[test]
fn check_shows_the_generated_side_alone() {
    let sandbox = Sandbox::new(ONE);
    for &(target, _) in TARGETS.iter().chain([&JSON]) {
        let made = text(&sandbox, target);
        let mut lines: Vec<&str> = made.lines().collect();
        for value in [
            "{\"name\":\"DB_PASSWORD\",\"value\":\"correct-horse-canary\"},",
            "      SecretString: canary",
            "# sk-0123456789canary0123456789",
            "canary",
        ] {
            lines.insert(lines.len() / 2, value);
        }
        for found in [lines.join("\n"), lines.join("\r\n"), "canary".to_owned()] {
            sandbox.file("found", &found);
            let ran = sandbox.run(["generate"].iter().chain(target).chain(&["--check", "found"]));
            assert_eq!(ran.code, Some(1), "{target:?}: {ran:?}");
            assert!(ran.stdout.contains("of the file, not shown)\n"), "{target:?}: {ran:?}");
            assert!(!format!("{ran:?}").contains("canary"), "{target:?}: {ran:?}");
        }
    }
}

/// A text is committed and shown. A variable's content that is not an ARN may be a pasted key.
#[test]
fn what_a_variable_holds_is_in_no_text() {
    for &(target, _) in TARGETS.iter().chain([&JSON]) {
        let manifest = "version = 1\n[secrets.KEY]\n";
        let sandbox = Sandbox::new(manifest)
            .env("KEY_SECRET_ARN", "sk-canary-pasted")
            .env("KEY", "sk-canary-value");
        let ran = sandbox.run(["generate"].iter().chain(target));
        assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
        let ran = sandbox
            .env("KEY_SECRET_ARN", "sk canary pasted")
            .run(["generate"].iter().chain(target));
        assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
    }
}
