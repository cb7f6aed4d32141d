//! The messages for a person at three in the morning, to the letter: which variable, which line,
//! which reference, AWS's message, how to fix it.

use hydrant_emulator::{Emulator, Operation, ParameterType};

use crate::support::{Ran, Sandbox};

const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/key-AbCdEf";

/// A required entry found by its variable, and the ARN in that variable.
const BY_VARIABLE: &str = "version = 1\n[secrets.KEY]\narn_var = \"KEY_ARN\"\n";

fn emulator() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret_with_arn(ARN, Some("sk-canary")).expect("the emulator takes it");
    emulator
}

/// Runs `true` hydrated from an emulator, with the reference in `KEY_ARN`.
fn run(manifest: &str, emulator: &Emulator, reference: &str) -> Ran {
    start(&Sandbox::new(manifest).with(emulator).env("KEY_ARN", reference))
}

/// Runs a command, and shortens its messages: the ARN, and the request ids, which are random.
fn start(sandbox: &Sandbox) -> Ran {
    let mut ran = sandbox.run(["run", "--", "echo", "started"]);
    let mut parts = ran.stderr.split("(request ");
    let mut stderr = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        stderr.push_str("(request …)");
        stderr.push_str(part.split_once(')').expect("a whole id").1);
    }
    ran.stderr = stderr.replace(ARN, "<ARN>");
    ran
}

#[test]
fn access_denied() {
    let emulator = emulator();
    emulator.deny(Operation::GetSecretValue);
    run(BY_VARIABLE, &emulator, ARN).is(
        77,
        "",
        "hydrant: error: KEY (secrets.toml:2): access denied: <ARN>; AWS said: \
             AccessDeniedException: User: \
             arn:aws:iam::123456789012:user/emulated is not authorized to perform: \
             secretsmanager:GetSecretValue \
             on resource: <ARN> because no identity-based policy allows the \
             secretsmanager:GetSecretValue action \
             (request …)\n  hint: allow secretsmanager:GetSecretValue on <ARN> in the role's \
             policy\n",
    );
}

#[test]
fn access_to_a_parameter_denied() {
    let emulator = emulator();
    emulator.deny(Operation::GetParameters);
    let manifest = "version = 1\n\n[secrets.KEY]\ndescription = \"the key\"\narn_parameter \
        = \"/demo/key-arn\"\n";
    run(manifest, &emulator, "").is(
        77,
        "",
        "hydrant: error: KEY (secrets.toml:3) [the key]: the reference could not be read from \
             parameter \
             /demo/key-arn: access denied; AWS said: AccessDeniedException: User: \
             arn:aws:iam::123456789012:user/emulated is not authorized to perform: \
             ssm:GetParameters on resource: \
             arn:aws:ssm:us-east-1:123456789012:parameter/demo/key-arn because no identity-based \
             policy allows the \
             ssm:GetParameters action (request …)\n  hint: allow ssm:GetParameters on parameter \
             /demo/key-arn in \
             the role's policy\n",
    );
}

#[test]
fn the_value_cannot_be_decrypted() {
    let emulator = emulator();
    emulator.refuse_item(Operation::GetSecretValue, ARN, "DecryptionFailure", "cannot decrypt");
    run(BY_VARIABLE, &emulator, ARN).is(
        77,
        "",
        "hydrant: error: KEY (secrets.toml:2): the value cannot be decrypted: <ARN>; AWS said: \
             DecryptionFailure: \
             cannot decrypt (request …)\n  hint: allow kms:Decrypt on the key that encrypts <ARN>, \
             and check that the key is enabled\n",
    );
}

#[test]
fn the_secret_does_not_exist() {
    run(BY_VARIABLE, &emulator(), &ARN.replace("key", "other")).is(
        66,
        "",
        "hydrant: error: KEY (secrets.toml:2): the secret has no value to read: \
             arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/other-AbCdEf; AWS said: \
             ResourceNotFoundException: Secrets Manager can't find the specified secret. (request \
             …)\n  hint: \
             give it a value: hydrant put KEY (--create if there is no such secret); if it was \
             deleted: hydrant restore KEY\n",
    );
}

#[test]
fn the_secret_was_never_filled() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret_with_arn(ARN, None).unwrap();
    run(BY_VARIABLE, &emulator, ARN).is(
        66,
        "",
        "hydrant: error: KEY (secrets.toml:2): the secret has no value to read: <ARN>; AWS said: \
             ResourceNotFoundException: Secrets Manager can't find the specified secret value for \
             staging label: \
             AWSCURRENT (request …)\n  hint: give it a value: hydrant put KEY (--create if there \
             is no such \
             secret); if it was deleted: hydrant restore KEY\n",
    );
}

#[test]
fn the_json_key_is_another_one() {
    let emulator = Emulator::start().unwrap();
    emulator
        .create_secret_with_arn(
            ARN,
            Some(r#"{"clientId": "sk-canary", "clientSecret": "sk-canary"}"#),
        )
        .unwrap();
    let manifest =
        "version = 1\n[secrets.MCP_CLIENT_ID]\narn_var = \"KEY_ARN\"\njson_key = \"client_id\"\n";
    run(manifest, &emulator, ARN).is(
        66,
        "",
        "hydrant: error: MCP_CLIENT_ID (secrets.toml:2): the JSON object has no key \"client_id\"; \
             it has \
             \"clientId\", \"clientSecret\" (in <ARN>)\n  hint: did you mean json_key \
             = \"clientId\"?\n",
    );
}

#[test]
fn the_value_is_no_json() {
    let manifest = "version = 1\n[secrets.KEY]\narn_var = \"KEY_ARN\"\njson_key = \"api_key\"\n";
    run(manifest, &emulator(), ARN).is(
        76,
        "",
        "hydrant: error: KEY (secrets.toml:2): \"api_key\" cannot be read: the value is not JSON \
             (in \
             <ARN>)\n  hint: remove json_key to take the whole value, or store a JSON object\n",
    );
}

#[test]
fn nothing_names_the_secret() {
    let manifest = "version = 1\n[secrets.KEY]\narn_var = \"KEY_ARN\"\n[secrets.OTHER]\narn_var \
        = \"OTHER_ARN\"\n\
                    arn_parameter = \"/demo/other-arn\"\n[secrets.THIRD]\narn_parameter \
                    = \"/demo/third-arn\"\n";
    run(manifest, &emulator(), "").is(
        66,
        "",
        "hydrant: error: KEY (secrets.toml:2): no reference to its secret: KEY_ARN is not set\n  \
             hint: set KEY_ARN \
             to the secret's ARN, or set KEY itself\n\
         hydrant: error: OTHER (secrets.toml:4): no reference to its secret: OTHER_ARN is not set, \
         and parameter \
             /demo/other-arn does not exist\n  hint: set OTHER_ARN to the secret's ARN, or publish \
             the secret's \
             ARN as parameter /demo/other-arn, or set OTHER itself\n\
         hydrant: error: THIRD (secrets.toml:7): no reference to its secret: parameter \
         /demo/third-arn does not \
             exist\n  hint: publish the secret's ARN as parameter /demo/third-arn, or set THIRD \
             itself\n",
    );
}

#[test]
fn a_parameter_that_does_not_exist_is_a_warning_where_the_start_goes_on() {
    let manifest =
        "version = 1\n[secrets.KEY]\narn_parameter = \"/demo/key-arn\"\nrequired = false\n";
    run(manifest, &emulator(), "").is(
        0,
        "started\n",
        "hydrant: warning: KEY (secrets.toml:2): parameter /demo/key-arn does not exist\n",
    );
}

#[test]
fn an_optional_entry_that_fails_is_a_warning_that_says_so() {
    let emulator = emulator();
    emulator.deny(Operation::GetSecretValue);
    let manifest = format!(
        "{BY_VARIABLE}required = false\n[secrets.OTHER]\nsecret_id = \"{ARN}\"\ndefault \
             = \"none\"\n"
    );
    run(&manifest, &emulator, ARN).is(
        0,
        "started\n",
        "hydrant: warning: KEY (secrets.toml:2): failed: access denied: <ARN>; AWS said: \
             AccessDeniedException: \
             User: arn:aws:iam::123456789012:user/emulated is not authorized to perform: \
             secretsmanager:GetSecretValue on resource: <ARN> because no identity-based policy \
             allows the \
             secretsmanager:GetSecretValue action (request …)\n  hint: allow \
             secretsmanager:GetSecretValue on \
             <ARN> in the role's policy\n\
         hydrant: warning: OTHER (secrets.toml:5): defaulted: access denied: <ARN>; AWS said: \
             AccessDeniedException: User: arn:aws:iam::123456789012:user/emulated is not \
             authorized to perform: \
             secretsmanager:GetSecretValue on resource: <ARN> because no identity-based policy \
             allows the \
             secretsmanager:GetSecretValue action (request …)\n  hint: allow \
             secretsmanager:GetSecretValue on \
             <ARN> in the role's policy\n",
    );
}

#[test]
fn a_key_in_the_wrong_variable_is_not_repeated() {
    run(BY_VARIABLE, &emulator(), "sk-canary-in-the-wrong-variable").is(
        66,
        "",
        "hydrant: error: KEY (secrets.toml:2): the secret has no value to read: the secret that \
             KEY_ARN names; AWS \
             said: ResourceNotFoundException (request …)\n  hint: check that it holds an ARN or a \
             name, not the value itself; otherwise give it a value: hydrant put KEY (--create if \
             there is no such secret); if it was deleted: hydrant restore KEY\n",
    );
}

#[test]
fn a_key_that_cannot_be_a_name_is_not_repeated() {
    run(BY_VARIABLE, &emulator(), "sk canary").is(
        76,
        "",
        "hydrant: error: KEY (secrets.toml:2): KEY_ARN does not hold a valid reference: character \
             3 is not allowed in a secret name\n  hint: put the ARN or name of a secret there; if \
             it holds a key, move the key to its own variable\n",
    );
}

#[test]
fn what_aws_says_of_a_name_from_a_variable_is_not_repeated() {
    let emulator = emulator();
    emulator.refuse(
        Operation::GetSecretValue,
        "AccessDeniedException",
        "not allowed to read sk-canary",
    );
    run(BY_VARIABLE, &emulator, "sk-canary").is(
        77,
        "",
        "hydrant: error: KEY (secrets.toml:2): access denied: the secret that KEY_ARN names; AWS \
             said: \
             AccessDeniedException (request …)\n  hint: allow secretsmanager:GetSecretValue on the \
             secret that \
             KEY_ARN names in the role's policy\n",
    );
}

const SHARED: &str = "version = 1\n[settings]\ndeadline = \"700ms\"\n[secrets.KEY]\narn_var \
    = \"KEY_ARN\"\n\
                      [secrets.SECOND]\nsecret_id = \"demo/second\"\nrequired = false\n\
                      [secrets.THIRD]\narn_parameter = \"/demo/third-arn\"\n";

#[test]
fn no_credentials() {
    let sandbox = Sandbox::new(SHARED).env("AWS_REGION", "us-east-1").env("KEY_ARN", ARN);
    start(&sandbox).is(
        78,
        "",
        "hydrant: error: KEY (secrets.toml:4), SECOND (secrets.toml:6), THIRD (secrets.toml:9): no \
             usable AWS \
             credentials; no source of credentials has any\n  hint: set AWS_PROFILE, or \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task a role: the \
             environment, the env file, the AWS profile (SSO included), web identity, and \
             container and instance metadata have none\n",
    );
}

#[test]
fn no_region() {
    let emulator = emulator();
    let sandbox =
        Sandbox::new(SHARED).with(&emulator).env("AWS_REGION", "").env("KEY_ARN", "demo/key");
    start(&sandbox).is(
        78,
        "",
        "hydrant: error: KEY (secrets.toml:4), SECOND (secrets.toml:6), THIRD (secrets.toml:9): no \
             region\n  hint: \
             set AWS_REGION or settings.region, or use full ARNs: AWS_REGION, AWS_DEFAULT_REGION, \
             the AWS profile, settings.region and instance metadata name none\n",
    );
}

#[test]
fn a_refused_connection() {
    let endpoint = Emulator::start().unwrap().endpoint();
    let address = endpoint.strip_prefix("http://").unwrap();
    let sandbox = Sandbox::new(SHARED).at(&endpoint).env("KEY_ARN", ARN);
    let stderr = format!(
        "hydrant: error: KEY (secrets.toml:4), SECOND (secrets.toml:6), THIRD (secrets.toml:9): \
             AWS cannot be \
             reached; io error: asking {address}: client error (Connect): tcp connect error: \
             Connection refused \
             (os error 111)\n  hint: check that the endpoint can be reached from here (network, \
             DNS, VPC \
             endpoint, certificates)\n"
    );
    start(&sandbox).is(69, "", &stderr);
}

#[test]
fn throttled_to_the_end() {
    let emulator = emulator();
    emulator.throttle(Operation::GetSecretValue, usize::MAX);
    let manifest =
        "version = 1\n[settings]\ndeadline = \"600ms\"\n[secrets.KEY]\narn_var = \"KEY_ARN\"\n";
    run(manifest, &emulator, ARN).is(
        69,
        "",
        "hydrant: error: KEY (secrets.toml:4): still throttled at the deadline: <ARN>; AWS said: \
             ThrottlingException: Rate \
             exceeded (request …)\n  hint: too many requests in this account and region: raise \
             settings.deadline, \
             or start fewer processes at once\n",
    );
}

#[test]
fn plain_http_to_a_stranger() {
    let sandbox = Sandbox::new(BY_VARIABLE).at("http://127.0.0.1:1").env("KEY_ARN", ARN);
    let sandbox = sandbox.env("AWS_ENDPOINT_URL", "http://user:canary@localstack:4566");
    start(&sandbox).is(
        78,
        "",
        "hydrant: error: KEY (secrets.toml:2): the endpoint is refused; localstack would be asked \
             over plain \
             http\n  hint: use https, or allow the host with --allow-http HOST or \
             HYDRANT_ALLOW_HTTP=HOST\n",
    );
}

#[test]
fn aws_settings_that_make_no_sense() {
    let sandbox = Sandbox::new(BY_VARIABLE)
        .at("http://127.0.0.1:1")
        .env("KEY_ARN", ARN)
        .env("AWS_MAX_ATTEMPTS", "many");
    start(&sandbox).is(
        78,
        "",
        "hydrant: error: KEY (secrets.toml:2): invalid AWS settings; AWS_MAX_ATTEMPTS is not a \
             whole \
             number from 1\n  hint: correct the setting\n",
    );
}

#[test]
fn the_most_severe_of_several_is_the_code_and_all_are_reported() {
    let emulator = emulator();
    emulator
        .put_parameter("us-east-1", "/demo/arn", "no reference", ParameterType::String)
        .unwrap();
    emulator.deny_item(Operation::GetSecretValue, ARN);
    let manifest = format!(
        "{BY_VARIABLE}[secrets.B]\nsecret_id = \"demo/absent\"\n[secrets.C]\narn_parameter = \
             \"/demo/arn\"\n"
    );
    run(&manifest, &emulator, ARN).is(
        77,
        "",
        "hydrant: error: KEY (secrets.toml:2): access denied: <ARN>; AWS said: \
             AccessDeniedException: User: \
             arn:aws:iam::123456789012:user/emulated is not authorized to perform: \
             secretsmanager:GetSecretValue \
             on resource: <ARN> because no identity-based policy allows the \
             secretsmanager:GetSecretValue \
             action\n  hint: allow secretsmanager:GetSecretValue on <ARN> in the role's policy\n\
         hydrant: error: B (secrets.toml:4): the secret has no value to read: demo/absent; AWS \
         said: \
             ResourceNotFoundException: Secrets Manager can't find the specified secret.\n  hint: \
             give it a \
             value: hydrant put B (--create if there is no such secret); if it was deleted: \
             hydrant restore B\n\
         hydrant: error: C (secrets.toml:6): parameter /demo/arn does not hold a valid reference: \
         character 3 is not allowed in a secret name\n  hint: put the ARN or name of a secret \
         there; if it holds a key, move the key to its own variable\n",
    );
}

#[test]
fn what_aws_says_cannot_steer_the_terminal() {
    let emulator = emulator();
    emulator.refuse(
        Operation::GetSecretValue,
        "AccessDeniedException",
        "\u{1b}[2J\nhydrant: all is well",
    );
    run(BY_VARIABLE, &emulator, ARN).is(
        77,
        "",
        "hydrant: error: KEY (secrets.toml:2): access denied: <ARN>; AWS said: \
             AccessDeniedException: \
             \\u{1b}[2J\\nhydrant: all is well (request …)\n  hint: allow \
             secretsmanager:GetSecretValue on <ARN> \
             in the role's policy\n",
    );
}
