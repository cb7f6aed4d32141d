//! The environment of a document's reader: a folder, an account with some secrets, and `hydrant`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use hydrant_emulator::{Emulator, Operation, ParameterType};

use crate::docs::root;
use crate::docs::steps::Step;
use crate::support::Sandbox;

const REGION: &str = "us-east-1";

/// One reader. Changes stay within the commands of one document.
pub(crate) struct Account {
    pub(crate) sandbox: Sandbox,
    _emulator: Emulator,
}

impl Account {
    pub(crate) fn new() -> Self {
        let emulator = emulator().expect("an emulator");
        let sandbox = Sandbox::empty().with(&emulator);
        let bin = sandbox.path().join("bin");
        fs::create_dir(&bin).expect("a folder for the programs");
        symlink(env!("CARGO_BIN_EXE_hydrant"), bin.join("hydrant")).expect("a link to the program");
        // A replacement for `cargo run`, without the build.
        let program = |name: &str, text: &str| {
            let path = sandbox.file(&format!("bin/{name}"), text);
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
        };
        program(
            "cargo",
            "#!/bin/sh\n[ \"$1 $2 $3\" = 'run --release --' ] || exit 101\nshift 3\nexec hydrant \"$@\"\n",
        );
        // GitHub's, reduced to setting secrets from a dotenv text: it prints their names.
        program(
            "gh",
            "#!/bin/sh\n[ \"$1 $2 $3 $4 $5\" = 'secret set -f - --repo' ] || exit 101\n\
             sed -n \"s|^\\([A-Z_]*\\)=..*|✓ Set Actions secret \\1 for $6|p\"\n",
        );
        let example = root().join("secrets.toml.example");
        fs::copy(example, sandbox.path().join("secrets.toml.example"))
            .expect("the example manifest");
        let mut path = bin.into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        Account { sandbox: sandbox.env("PATH", path), _emulator: emulator }
    }

    /// Runs the steps in one shell, and returns the exit code and the output of each.
    pub(crate) fn run(&self, steps: &[Step]) -> Vec<(i32, String)> {
        let mut script = "exec 2>&1\n".to_owned();
        for step in steps {
            // The exit code of the previous command is passed on to `echo $?`.
            script +=
                &format!("(exit $last)\n{}\nlast=$?; printf '\\035%s\\036' $last\n", step.command);
        }
        let hydrant = self.sandbox.command::<&str>([]);
        let variables = hydrant.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script])
            .current_dir(self.sandbox.path())
            .stdin(Stdio::null())
            .env_clear()
            .envs(variables);
        let output = shell.output().expect("sh starts");
        let text = String::from_utf8(output.stdout).expect("UTF-8 output");
        let ended = text.split_terminator('\u{1e}').map(|step| match step.rsplit_once('\u{1d}') {
            Some((text, code)) => (code.parse().expect("an exit code"), text.to_owned()),
            None => (output.status.code().unwrap_or(-1), step.to_owned()),
        });
        ended.collect()
    }
}

/// The account in docs/cli.md.
fn emulator() -> Result<Emulator, hydrant_emulator::Error> {
    let emulator = Emulator::start()?;
    let arn =
        |name: &str| format!("arn:aws:secretsmanager:{REGION}:123456789012:secret:{name}-AbCdEf");
    let openai =
        emulator.create_secret_with_arn(&arn("demo/llm/openai-api-key"), Some("sk-demo-1"))?;
    emulator.put_parameter(
        REGION,
        "/demo/llm/openai-api-key-secret-arn",
        &openai,
        ParameterType::String,
    )?;
    emulator.create_secret_with_arn(
        &arn("demo/mcp"),
        Some(r#"{"MCP_CLIENT_ID":"demo","MCP_CLIENT_SECRET":"s3cret"}"#),
    )?;
    emulator.create_secret_with_arn(&arn("demo/empty"), None)?;
    let denied = emulator.create_secret_with_arn(&arn("demo/denied"), Some("hidden"))?;
    for operation in [Operation::GetSecretValue, Operation::BatchGetSecretValue] {
        emulator.deny_item(operation, &denied);
    }
    Ok(emulator)
}
