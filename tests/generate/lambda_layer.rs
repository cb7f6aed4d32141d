//! `lambda-layer`: the layer, unpacked and started as Lambda does it, and the template, with its
//! linter and formatter.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::generate::cloudformation::linted;
use crate::generate::common::text;
use crate::generate::tools::{is_pretty, printed, python};
use crate::support::aws::{HOME, Server};
use crate::support::{Ran, Sandbox};

const MANIFEST: &str = "\
version = 1
[secrets.OPENAI_API_KEY]
[secrets.MCP_CLIENT_ID]
secret_id = \"demo/mcp\"
json_key = \"id\"
kms_key = \"alias/demo\"
[secrets.LOG_LEVEL]
default = \"info\"
";

const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:openai-AbCdEf";

/// A function as in the guide.
const FUNCTION: &str = "  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: app/
      Policies:
        - !Ref ReadPolicy
";

#[test]
fn the_template_is_to_the_linter_and_the_formatter() {
    for options in [&[][..], &["--architecture", "arm64"]] {
        let sandbox = Sandbox::new(MANIFEST).env("OPENAI_API_KEY_SECRET_ARN", ARN);
        let made = text(&sandbox, &[&["lambda-layer"], options].concat());
        is_pretty(&sandbox.file("layer.yaml", &made));
        let with_function = sandbox.file("function.yaml", &format!("{made}{FUNCTION}"));
        for file in [sandbox.path().join("layer.yaml"), with_function] {
            let found = linted(&[file]);
            assert!(found.is_empty(), "{found}\n{made}");
        }
        let architecture = options.last().unwrap_or(&"x86_64");
        assert_eq!(made.matches(&format!("- {architecture}\n")).count(), 2, "{made}");
        assert!(made.contains("AWS_LAMBDA_EXEC_WRAPPER: /opt/hydrant-wrapper\n"));
        assert!(made.contains(&format!("OPENAI_API_KEY_SECRET_ARN: \"{ARN}\"\n")));
        // Lambda sets it, and refuses a function that does.
        assert!(!made.contains("AWS_REGION"));
    }
}

#[test]
fn the_layer_is_the_same_bytes_each_time_and_compared_by_them() {
    let sandbox = Sandbox::new(MANIFEST);
    let binary = binary(&sandbox, "hydrant-for-lambda", 62);
    let generate = |args: &[&str]| {
        sandbox.run(["generate", "lambda-layer", "--binary", &binary].iter().chain(args))
    };
    generate(&["--out", "layer.zip"]).prints("");
    generate(&["--out", "again.zip"]).prints("");
    let read = |name: &str| fs::read(sandbox.path().join(name)).expect("the layer");
    assert_eq!(read("layer.zip"), read("again.zip"));
    let listed = "import json, sys, zipfile
a = zipfile.ZipFile(sys.argv[1]); assert a.testzip() is None
print(json.dumps([[i.filename, oct(i.external_attr >> 16), i.date_time[0]] for i in a.infolist()]))";
    let listed: Value = serde_json::from_str(&printed(
        python().args(["-c", listed, "layer.zip"]).current_dir(sandbox.path()),
    ))
    .expect("JSON");
    let expected = json!([
        ["bin/hydrant", "0o100711", 1980],
        ["hydrant-wrapper", "0o100755", 1980],
        ["hydrant/secrets.toml", "0o100644", 1980],
    ]);
    assert_eq!(listed, expected);
    generate(&["--check", "layer.zip"]).prints("layer.zip is as generated\n");
    // One byte more, one less, another one, and none at all.
    let whole = read("layer.zip");
    let last = whole.len() - 1;
    let mut other = whole.clone();
    other[last / 2] ^= 1;
    for changed in [&[whole.as_slice(), b"x"].concat(), &whole[..last], &other, b""] {
        fs::write(sandbox.path().join("other.zip"), changed).expect("an archive");
        generate(&["--check", "other.zip"]).is(1, "other.zip is not as generated\n", "");
    }
    generate(&["--out", "other.zip"]).is(
        74,
        "",
        "hydrant: error: failed to write other.zip: it already exists, with different content\n  \
         hint: see the difference with --check other.zip, or replace the file with --force\n",
    );
}

#[test]
fn a_binary_that_lambda_cannot_run_is_refused() {
    let sandbox = Sandbox::new(MANIFEST);
    let arm = binary(&sandbox, "for-arm", 183);
    let generate = |args: &[&str]| {
        sandbox.run(["generate", "lambda-layer", "--out", "layer.zip"].iter().chain(args))
    };
    let hint = "  hint: name one that can with --binary, or give the other --architecture\n";
    generate(&["--binary", &arm]).is(
        2,
        "",
        &format!("hydrant: error: {arm} is for another architecture, and cannot run on Lambda's x86_64\n{hint}"),
    );
    generate(&["--binary", "secrets.toml"]).is(
        2,
        "",
        &format!(
            "hydrant: error: secrets.toml is not a 64-bit binary for Linux, and cannot run on Lambda's x86_64\n{hint}"
        ),
    );
    generate(&["--binary", &arm, "--architecture", "arm64"]).prints("");
    // A layer that can be made and would not work gives a warning.
    sandbox.file(
        "secrets.toml",
        "version = 1\n[settings]\naudit_log = \"audit.jsonl\"\n[secrets.A]\n",
    );
    let newer =
        [fs::read(sandbox.path().join(&arm)).expect("a binary"), b"GLIBC_2.39\0".to_vec()].concat();
    fs::write(sandbox.path().join("newer"), newer).expect("a binary");
    let warnings = "\
hydrant: warning: newer needs glibc 2.39, and Lambda's Amazon Linux 2023 has 2.34: build hydrant for musl (cargo build --release --target \
                    x86_64-unknown-linux-musl, or aarch64), and name it with --binary
hydrant: warning: audit_log is audit.jsonl, which no function can write: on Lambda only /tmp is writable, and what cannot be recorded is \
                    not done
";
    generate(&["--binary", "newer", "--architecture", "arm64", "--force"]).is(0, "", warnings);
    generate(&["--binary", "nowhere"]).is(
        74,
        "",
        "hydrant: error: failed to read nowhere: No such file or directory (os error 2)\n",
    );
}

/// A file that looks like a binary for the machine of this number, and cannot run.
fn binary(sandbox: &Sandbox, name: &str, machine: u8) -> String {
    let head =
        [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0".as_slice(), &[machine, 0], b"GLIBC_2.34\0"]
            .concat();
    fs::write(sandbox.path().join(name), head).expect("a binary");
    name.to_owned()
}

/// The runtime, started as Lambda starts it: through the wrapper, with its own command as
/// arguments, in the folder of the function, with only the temporary folder writable.
#[test]
fn a_runtime_that_is_started_through_the_wrapper_sees_its_variables() {
    let server = Server::emulator();
    let arn = server.secret(HOME, "openai", Some("sk-1"));
    server.secret(HOME, "mcp", Some(r#"{"id":"demo"}"#));
    let manifest = MANIFEST.replace("demo/mcp", "PREFIX/mcp").replace("version = 1\n", "");
    let sandbox = server.sandbox(&manifest);
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let layer = [
        "--only",
        "OPENAI_API_KEY,MCP_CLIENT_ID",
        "generate",
        "lambda-layer",
        "--architecture",
        architecture,
    ];
    let ran = sandbox.run(layer.iter().chain(&["--out", "layer.zip"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    let (opt, task) = (sandbox.path().join("opt"), sandbox.path().join("task"));
    unpack(&sandbox.path().join("layer.zip"), &opt);
    fs::create_dir(&task).expect("the folder of the function");
    let at = if namespaces() { "/opt".to_owned() } else { opt.display().to_string() };
    let runtime = "if [ \"$PWD\" = /mnt ]; then
    touch written 2>/dev/null && echo can write; touch \"$0\"/written 2>/dev/null && echo can write to the layer
fi
touch /tmp/hydrant-lambda-$$ && rm /tmp/hydrant-lambda-$$ && echo \"$OPENAI_API_KEY $MCP_CLIENT_ID [$1] [$2]\"";
    let env = [("OPENAI_API_KEY_SECRET_ARN", arn.as_str()), ("AWS_LAMBDA_FUNCTION_NAME", "demo")];
    let words = ["/bin/sh", "-c", runtime, "/opt", "two words", "*"];
    as_lambda(&sandbox, &opt, &task, &env, &words).prints("sk-1 demo [two words] [*]\n");
    // Without a value nothing is started, and the log says why.
    let ran = as_lambda(&sandbox, &opt, &task, &[], &words);
    let said = format!(
        "hydrant: error: OPENAI_API_KEY ({at}/hydrant/secrets.toml:2): no reference to its secret: OPENAI_API_KEY_SECRET_ARN \
         is not set\n  hint: set OPENAI_API_KEY_SECRET_ARN to the secret's ARN, or set OPENAI_API_KEY itself\n"
    );
    ran.is(66, "", &said);
    // A function may contain its own manifest.
    fs::write(task.join("own.toml"), "version = 1\n[secrets.OWN]\ndefault = \"mine\"\n")
        .expect("a manifest");
    let words = ["/bin/sh", "-c", "echo $OWN"];
    as_lambda(&sandbox, &opt, &task, &[("HYDRANT_MANIFEST", "own.toml")], &words).prints("mine\n");
}

/// Unpacks an archive as Lambda does, with the modes in it.
fn unpack(archive: &Path, folder: &Path) {
    let script = "import os, sys, zipfile
for i in zipfile.ZipFile(sys.argv[1]).infolist():
    path = zipfile.ZipFile(sys.argv[1]).extract(i, sys.argv[2]); os.chmod(path, i.external_attr >> 16 & 0o777)";
    printed(python().args(["-c", script]).arg(archive).arg(folder));
    let mode = |name: &str| {
        fs::metadata(folder.join(name)).expect("a file of the layer").permissions().mode() & 0o777
    };
    assert_eq!((mode("bin/hydrant"), mode("hydrant-wrapper")), (0o711, 0o755));
}

/// Whether the system lets a user create mounts.
fn namespaces() -> bool {
    let probe =
        Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]).output();
    probe.is_ok_and(|output| output.status.success())
}

/// Starts these words as Lambda does: in a mount namespace where the layer is at /opt, and neither
/// it nor the function's folder is writable. Without such namespaces, in the folder where the layer
/// was unpacked.
fn as_lambda(
    sandbox: &Sandbox,
    opt: &Path,
    task: &Path,
    env: &[(&str, &str)],
    words: &[&str],
) -> Ran {
    let script = "
set -e
mount --bind \"$1\" /opt
mount --bind \"$2\" /mnt
shift 2
mount -o remount,bind,ro /opt
mount -o remount,bind,ro /mnt
cd /mnt
exec /opt/hydrant-wrapper \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(opt)
        .arg(task);
    if !namespaces() {
        command = Command::new(opt.join("hydrant-wrapper"));
        command.current_dir(task);
    }
    command.args(words);
    let hydrant = sandbox.command::<&str>([]);
    command.env_clear().envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(
        command.envs(env.iter().copied()).stdin(Stdio::null()).output().expect("unshare starts"),
    )
}
