//! `hydrant run`, from the manifest to the environment of the command.

mod support;

use hydrant_emulator::Emulator;
use support::Sandbox;

const OPENAI: &str =
    "version = 1\n[secrets.OPENAI_API_KEY]\narn_var = \"OPENAI_API_KEY_SECRET_ARN\"\nrequired = false\n";

#[test]
fn a_value_comes_from_the_secret_whose_arn_a_variable_holds() {
    let emulator = Emulator::start().unwrap();
    let arn = emulator.create_secret("us-east-1", "demo/openai", Some("sk-test-1")).unwrap();
    let sandbox = Sandbox::new(OPENAI).with(&emulator).env("OPENAI_API_KEY_SECRET_ARN", arn);
    sandbox.run(["run", "--", "printenv", "OPENAI_API_KEY"]).prints("sk-test-1\n");
}
