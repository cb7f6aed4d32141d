//! `hydrant policy`: its output, its explanations, the comparison with a file, the result of a
//! linter, and, with enforced policies, that a role can do exactly what its policy is for.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::aws::{HOME, Server, without_request_ids};
use crate::support::{Ran, Sandbox};

const MANIFEST: &str = r#"version = 1
[secrets.BY_ARN]
[secrets.BY_NAME]
secret_id = "demo/name"
json_key = "key"
[secrets.SAME_SECRET]
secret_id = "demo/name"
json_key = "other"
[secrets.PUBLISHED]
arn_parameter = "/demo/published-secret-arn"
kms_key = "alias/demo"
[secrets.VALUE]
value_parameter = "/demo/value"
kms_key = "1234abcd-12ab-34cd-56ef-1234567890ab"
"#;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:demo/arn-AbCdEf";

fn sandbox() -> Sandbox {
    Sandbox::new(MANIFEST)
        .env("AWS_REGION", "us-east-1")
        .env("BY_ARN_SECRET_ARN", format!("{ARN}:key::"))
}

fn policy(sandbox: &Sandbox, args: &[&str]) -> Value {
    let ran = sandbox.run(["policy", "--account", "123456789012"].iter().chain(args));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(&ran.stdout).expect("JSON")
}

fn secret(name: &str) -> String {
    format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-??????")
}

fn statement<'a>(policy: &'a Value, sid: &str) -> &'a Value {
    let statements = policy["Statement"].as_array().expect("statements");
    let found = statements.iter().find(|statement| statement["Sid"] == sid);
    found.unwrap_or_else(|| panic!("there is no {sid} in {policy}"))
}

fn sids(policy: &Value) -> Vec<&str> {
    let each = policy["Statement"].as_array().expect("statements").iter();
    each.map(|statement| statement["Sid"].as_str().expect("a Sid")).collect()
}

#[test]
fn for_a_role_that_runs() {
    let ran = sandbox().run(["policy", "--account", "123456789012"]);
    let by_name = "hydrant: PUBLISHED: nothing here names its secret, so it counts by its name to create, demo/published\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), by_name));
    // To the letter, because it is committed and its diffs are read.
    let expected = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadSecrets",
      "Effect": "Allow",
      "Action": [
        "secretsmanager:GetSecretValue"
      ],
      "Resource": [
        "arn:aws:secretsmanager:eu-west-1:210987654321:secret:demo/arn-AbCdEf",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/name-??????",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/published-??????"
      ]
    },
    {
      "Sid": "ReadSecretsInBatches",
      "Effect": "Allow",
      "Action": [
        "secretsmanager:BatchGetSecretValue"
      ],
      "Resource": [
        "*"
      ]
    },
    {
      "Sid": "ReadParameters",
      "Effect": "Allow",
      "Action": [
        "ssm:GetParameters"
      ],
      "Resource": [
        "arn:aws:ssm:us-east-1:123456789012:parameter/demo/published-secret-arn",
        "arn:aws:ssm:us-east-1:123456789012:parameter/demo/value"
      ]
    },
    {
      "Sid": "Decrypt",
      "Effect": "Allow",
      "Action": [
        "kms:Decrypt"
      ],
      "Resource": [
        "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
      ],
      "Condition": {
        "StringEquals": {
          "kms:ViaService": [
            "ssm.us-east-1.amazonaws.com"
          ]
        }
      }
    },
    {
      "Sid": "DecryptByAlias",
      "Effect": "Allow",
      "Action": [
        "kms:Decrypt"
      ],
      "Resource": [
        "arn:aws:kms:us-east-1:123456789012:key/*"
      ],
      "Condition": {
        "ForAnyValue:StringEquals": {
          "kms:ResourceAliases": [
            "alias/demo"
          ]
        },
        "StringEquals": {
          "kms:ViaService": [
            "secretsmanager.us-east-1.amazonaws.com"
          ]
        }
      }
    }
  ]
}
"#;
    assert_eq!(ran.stdout, expected);
}

#[test]
fn the_order_of_the_manifest_and_what_is_set_do_not_matter() {
    let mut tables: Vec<_> = MANIFEST.split("[secrets.").skip(1).collect();
    tables.reverse();
    let reversed = format!("version = 1\n[secrets.{}", tables.join("[secrets."));
    let other =
        Sandbox::new(&reversed).env("AWS_REGION", "us-east-1").env("BY_ARN_SECRET_ARN", ARN);
    let other = other.env("BY_NAME", "set").env("HYDRANT_OFFLINE", "1");
    assert_eq!(policy(&other, &[]), policy(&sandbox(), &[]));
}

#[test]
fn for_every_other_purpose() {
    let all = [ARN.to_owned(), secret("demo/name"), secret("demo/published")];
    let check = |purpose: &str, kinds: &[&str], sid: &str, actions: &[&str]| {
        let policy = policy(&sandbox(), &["--for", purpose]);
        assert_eq!(sids(&policy), kinds, "{purpose}");
        let statement = statement(&policy, sid);
        let actions: Vec<_> =
            actions.iter().map(|action| format!("secretsmanager:{action}")).collect();
        assert_eq!(
            (&statement["Action"], &statement["Resource"]),
            (&json!(actions), &json!(all)),
            "{purpose}"
        );
        // A role that does not read may not: of parameters, only those that hold a reference.
        if kinds.contains(&"ReadParameters") {
            let published =
                "arn:aws:ssm:us-east-1:123456789012:parameter/demo/published-secret-arn";
            assert_eq!(self::statement(&policy, "ReadParameters")["Resource"], json!([published]));
        }
        assert!(!policy.to_string().contains("GetSecretValue"), "{policy}");
    };
    check(
        "put",
        &[
            "ReadParameters",
            "PutSecrets",
            "PutParameters",
            "DescribeParameters",
            "EncryptSecretsByAlias",
            "EncryptParameters",
        ],
        "PutSecrets",
        &["PutSecretValue"],
    );
    check(
        "status",
        &["ReadParameters", "DescribeSecrets", "DescribeParameters"],
        "DescribeSecrets",
        &["DescribeSecret"],
    );
    let delete = ["DeleteSecret", "DescribeSecret", "RestoreSecret"];
    check(
        "delete",
        &["ReadParameters", "DeleteSecrets", "DeleteParameters"],
        "DeleteSecrets",
        &delete,
    );
    let rollback = ["DescribeSecret", "ListSecretVersionIds", "UpdateSecretVersionStage"];
    check("rollback", &["ReadParameters", "RollBackSecrets"], "RollBackSecrets", &rollback);
    check(
        "rotate",
        &["ReadParameters", "RotateSecrets"],
        "RotateSecrets",
        &["DescribeSecret", "RotateSecret"],
    );
    // A secret that an ARN names cannot be created under a name.
    let create = policy(&sandbox(), &["--for", "put", "--create"]);
    let created = [secret("demo/name"), secret("demo/published")];
    assert_eq!(statement(&create, "CreateSecrets")["Resource"], json!(created));
    let said = "hydrant: error: --create needs --for put\n  hint: hydrant --help, or hydrant COMMAND --help\n";
    sandbox().run(["policy", "--create"]).is(2, "", said);
    let joined = policy(&sandbox(), &["--for", "status,rotate"]);
    assert_eq!(
        sids(&joined),
        ["ReadParameters", "DescribeSecrets", "DescribeParameters", "RotateSecrets"]
    );
}

#[test]
fn the_batch_permission_is_there_only_if_reads_use_it() {
    let has = |manifest: &str, args: &[&str]| {
        let sandbox =
            Sandbox::new(&format!("version = 1\n{manifest}")).env("AWS_REGION", "us-east-1");
        sids(&policy(&sandbox, args)).contains(&"ReadSecretsInBatches")
    };
    let two = "[secrets.A]\nsecret_id = \"a\"\n[secrets.B]\nsecret_id = \"b\"\n";
    assert!(has(two, &[]));
    assert!(!has(two, &["--only", "A"]));
    assert!(!has(&format!("[settings]\nbatch = \"never\"\n{two}"), &[]));
    assert!(!has(&two.replace("\"b\"\n", "\"b\"\nversion_stage = \"AWSPREVIOUS\"\n"), &[]));
    assert!(!has(&two.replace("\"b\"", "\"a\""), &[]), "one secret is read by itself");
    let away = ARN.replace("demo/arn", "b");
    assert!(
        !has(&two.replace("\"b\"", &format!("\"{away}\"")), &[]),
        "regions do not share a batch"
    );
}

#[test]
fn partitions_regions_and_whole_and_partial_arns() {
    let resources = |region: &str, manifest: &str| {
        let sandbox = Sandbox::new(&format!("version = 1\n[secrets.A]\n{manifest}\n"))
            .env("AWS_REGION", "eu-west-3");
        let ran = sandbox.run(["policy", "--region", region, "--kms-key", "alias/k"]);
        let policy: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let key = statement(&policy, "DecryptByAlias");
        let via = key["Condition"]["StringEquals"]["kms:ViaService"].clone();
        (statement(&policy, "ReadSecrets")["Resource"].clone(), key["Resource"].clone(), via)
    };
    let check = |region: &str, partition: &str, via: &[&str]| {
        let secret = format!("arn:{partition}:secretsmanager:{region}:*:secret:a-??????");
        let key = format!("arn:{partition}:kms:{region}:*:key/*");
        let via: Vec<_> = via.iter().map(|end| format!("secretsmanager.{region}.{end}")).collect();
        assert_eq!(
            resources(region, "secret_id = \"a\""),
            (json!([secret]), json!([key]), json!(via))
        );
    };
    check("eu-central-1", "aws", &["amazonaws.com"]);
    check("us-gov-west-1", "aws-us-gov", &["amazonaws.com"]);
    check("cn-north-1", "aws-cn", &["amazonaws.com", "amazonaws.com.cn"]);
    let of = |arn: &str| resources("us-east-1", &format!("secret_id = \"{arn}\"")).0;
    assert_eq!(of(&format!("{ARN}:key::")), json!([ARN]));
    let partial = ARN.replace("-AbCdEf", "");
    assert_eq!(of(&partial), json!([format!("{partial}-??????")]));
}

#[test]
fn a_region_is_needed_where_a_name_stands_alone() {
    let sandbox = Sandbox::new("version = 1\n[secrets.A]\nsecret_id = \"a\"\n");
    let said = "hydrant: error: the region of the secrets that are named without one is unknown\n  hint: give it with \
                --region, or set AWS_REGION or settings.region of the manifest\n";
    sandbox.run(["policy"]).is(2, "", said);
    let sandbox = Sandbox::new(&format!("version = 1\n[secrets.A]\nsecret_id = \"{ARN}\"\n"));
    let ran = sandbox.run(["policy"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "an ARN has all that is needed");
    let parameter = "arn:aws:ssm:eu-west-1:210987654321:parameter/demo/arn";
    let both = format!(
        "version = 1\n[secrets.A]\nsecret_id = \"{ARN}\"\narn_parameter = \"{parameter}\"\n"
    );
    Sandbox::new(&both).run(["policy"]).is(2, "", said);
}

/// A policy is committed and shown. A variable's content that is not an ARN may be a pasted key.
#[test]
fn what_may_be_a_pasted_key_is_in_no_policy() {
    let sandbox = sandbox().env("BY_ARN_SECRET_ARN", "sk-canary-pasted");
    let ran = sandbox.run(["policy", "--account", "123456789012"]);
    let said = "hydrant: error: BY_ARN (secrets.toml:2): the secret that BY_ARN_SECRET_ARN names is not an ARN, and a policy would \
                show it, though it may be a key pasted by mistake\n  hint: set the variable to the ARN, or leave it unset (the \
                entry then counts by its create_name), or name the secret in the manifest (secret_id)\n";
    ran.is(76, "", said);
    let ran = sandbox.env("BY_ARN_SECRET_ARN", "sk canary pasted").run(["policy"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(76), ""));
    assert!(!ran.stderr.contains("canary"), "{ran:?}");
    // Nor is a wrong argument shown.
    for option in ["--account", "--region", "--kms-key", "--for"] {
        let ran = self::sandbox().run(["policy", option, "sk canary"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(!ran.stderr.contains("canary"), "{ran:?}");
    }
}

#[test]
fn a_policy_that_is_too_long_for_a_managed_one_is_warned_of() {
    let manifest: String =
        (0..80).map(|n| format!("[secrets.K{n}]\nsecret_id = \"demo/some/name/{n}\"\n")).collect();
    let sandbox = Sandbox::new(&format!("version = 1\n{manifest}")).env("AWS_REGION", "us-east-1");
    let ran = sandbox.run(["policy", "--account", "123456789012"]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.stderr.starts_with("hydrant: warning: the policy has ")
            && ran.stderr.contains("at most 6144: "),
        "{ran:?}"
    );
    let few = sandbox.run(["--only", "K1,K2", "policy", "--account", "123456789012"]);
    assert_eq!(few.stderr, "");
}

#[test]
fn explain_says_which_entries_need_what() {
    let ran = sandbox().run([
        "--only",
        "BY_NAME,SAME_SECRET,VALUE",
        "policy",
        "--account",
        "123456789012",
        "--explain",
    ]);
    let expected = "hydrant: ReadSecrets: secretsmanager:GetSecretValue on \
        arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/name-?????? for BY_NAME, SAME_SECRET
hydrant: ReadParameters: ssm:GetParameters on arn:aws:ssm:us-east-1:123456789012:parameter/demo/value for VALUE
hydrant: Decrypt: kms:Decrypt on arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab for VALUE
";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), expected));
}

#[test]
fn the_secrets_own_policy() {
    let principal = "arn:aws:iam::111122223333:role/app";
    let sandbox = sandbox();
    let ran = sandbox.run([
        "--only",
        "BY_ARN",
        "policy",
        "--resource",
        "--principal",
        principal,
        "--for",
        "run,status",
    ]);
    let statement = |sid: &str, action: &str| {
        let principal = json!({ "AWS": principal });
        json!({ "Sid": sid, "Effect": "Allow", "Principal": principal, "Action": [action], "Resource": ["*"] })
    };
    let read = statement("ReadSecrets", "secretsmanager:GetSecretValue");
    let describe = statement("DescribeSecrets", "secretsmanager:DescribeSecret");
    let expected = json!({ "Version": "2012-10-17", "Statement": [read, describe] });
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).expect("JSON"), expected);
    assert_eq!(ran.stderr, format!("hydrant: this is the policy of {ARN}\n"));
    // A policy for everyone is refused, and one option does not work without the other.
    for wrong in
        [&["--resource", "--principal", "*"][..], &["--resource"], &["--principal", principal]]
    {
        assert_eq!(sandbox.run(["policy"].iter().chain(wrong)).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn check_compares_a_file_with_what_would_be_printed() {
    let sandbox = sandbox();
    let args = ["--only", "BY_NAME", "policy", "--account", "123456789012"];
    let check = |text: &str| {
        sandbox.file("policy.json", text);
        sandbox.run(args.iter().chain(&["--check", "policy.json"]))
    };
    let printed = sandbox.run(args).stdout;
    check(&printed).is(0, "policy.json is as generated\n", "");
    let needed = secret("demo/name");
    let wide = check(&printed.replace("-??????", "-*"));
    let lines: Vec<_> = wide.stdout.lines().filter(|line| line.starts_with(['-', '+'])).collect();
    let expected = [
        "--- policy.json",
        "+++ generated",
        "-(1 line of the file, not shown)",
        &format!("+        \"{needed}\""),
    ];
    assert_eq!((wide.code, wide.stderr.as_str()), (Some(1), ""));
    assert_eq!(lines, expected, "{}", wide.stdout);
    // A file that is not a policy counts as different, and none of it is shown.
    for text in ["canary", "{}", &printed.replace('\n', "")] {
        let ran = check(text);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{text}: {ran:?}");
        assert!(ran.stdout.contains(&needed) && !ran.stdout.contains("canary"), "{ran:?}");
    }
    assert_eq!(sandbox.run(args.iter().chain(&["--check", "no-such.json"])).code, Some(74));
}

/// Prints parliament's findings for policies, a line each. Its copy of AWS's reference has
/// kms:ResourceAliases for no action, but AWS has it for all actions that use a key
/// (https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html).
const LINT: &str = "
import sys
from parliament import analyze_policy_string, enhance_finding
for text in sys.argv[1:]:
    for finding in analyze_policy_string(text).findings:
        finding = enhance_finding(finding)
        if not finding.detail.startswith('Unknown condition kms:ResourceAliases for action kms:'):
            print(finding.severity, finding.issue, finding.detail, finding.location)
";

fn python() -> Command {
    let python = std::env::var_os("HYDRANT_TEST_PYTHON");
    Command::new(
        python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test"),
    )
}

fn linted(policies: &[String]) -> String {
    let output =
        python().args(["-W", "ignore", "-c", LINT]).args(policies).output().expect("python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_linter_finds_nothing() {
    let purposes = [
        "run",
        "put",
        "status",
        "delete",
        "rollback",
        "rotate",
        "run,put,status,delete,rollback,rotate",
    ];
    let each = purposes.map(|purpose| {
        let create: &[_] = if purpose.contains("put") { &["--create"] } else { &[] };
        let args = ["--for", purpose, "--kms-key", "arn:aws:kms:us-east-1:123456789012:key/1-2"];
        policy(&sandbox(), &[&args[..], create].concat()).to_string()
    });
    assert_eq!(linted(&each), "");
    // It does find an error.
    let wrong = each[0].replace("secretsmanager:GetSecretValue", "secretsmanager:ReadSecret");
    assert!(linted(&[wrong]).contains("UNKNOWN_ACTION"));
}

/// A user who may do this and nothing else, with the manifest of `sandbox`.
fn as_user(server: &Server, name: &str, sandbox: Sandbox, policy: &Value) -> Sandbox {
    // ministack evaluates calls to Parameter Store only on every resource.
    let mut policy = policy.clone();
    for statement in policy["Statement"].as_array_mut().expect("statements") {
        if statement["Action"][0].as_str().is_some_and(|action| action.starts_with("ssm:")) {
            statement["Resource"] = json!("*");
        }
    }
    let user = format!("{}{name}", server.name("").trim_end_matches('/'));
    server.as_user(sandbox, &user, &policy.to_string())
}

/// The four source keys, in an account that also has a neighbour of each secret.
const ENFORCED: &str = "[secrets.A]\nsecret_id = \"PREFIX/a\"\n[secrets.B]\n[secrets.C]\narn_parameter = \"/PREFIX/c-secret-arn\"\n\
                        [secrets.D]\nvalue_parameter = \"/PREFIX/d\"\n";

fn enforced(server: &Server) -> impl Fn() -> Sandbox + '_ {
    use aws_sdk_ssm::types::ParameterType;
    for name in ["a", "a-neighbour", "b", "b-neighbour", "c"] {
        server.secret(HOME, name, Some(&format!("value {name}")));
    }
    let arn_of = |name: &str| {
        let described = server.secrets(HOME).describe_secret().secret_id(server.name(name)).send();
        server.wait(described).expect("DescribeSecret").arn.expect("an ARN")
    };
    let (b, c) = (arn_of("b"), arn_of("c"));
    server.parameter(HOME, "c-secret-arn", &c, ParameterType::String);
    server.parameter(HOME, "d", "value d", ParameterType::SecureString);
    move || server.sandbox(ENFORCED).env("B_SECRET_ARN", &b)
}

fn echo(sandbox: &Sandbox) -> Ran {
    without_request_ids(sandbox.run(["run", "--", "sh", "-c", "echo $A, $B, $C, $D"]))
}

const BATCH: &str = "
import boto3, sys
client = boto3.client('secretsmanager', endpoint_url=sys.argv[1], region_name='us-east-1')
try:
    print(len(client.batch_get_secret_value(SecretIdList=sys.argv[2:])['SecretValues']))
except client.exceptions.ClientError as error:
    print(error.response['Error']['Code'])
";

/// Whether this user may read two secrets in one call.
fn may_batch(server: &Server, user: &Sandbox) -> bool {
    let hydrant = user.command::<&str>([]);
    let variables = hydrant.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let mut python = python();
    python.env_clear().envs(variables).args([
        "-c",
        BATCH,
        server.endpoint(),
        &server.name("a"),
        &server.name("b"),
    ]);
    let output = python.output().expect("python");
    match String::from_utf8_lossy(&output.stdout).trim() {
        "2" => true,
        "AccessDeniedException" => false,
        _ => panic!("{output:?}"),
    }
}

/// A policy without one resource of one statement.
fn without(policy: &Value, statement: usize, resource: usize) -> Value {
    let mut less = policy.clone();
    let resources = less["Statement"][statement]["Resource"].as_array_mut().expect("resources");
    resources.remove(resource);
    if resources.is_empty() {
        less["Statement"].as_array_mut().expect("statements").remove(statement);
    }
    less
}

#[test]
fn with_its_policy_every_entry_hydrates_and_with_less_some_entry_does_not() {
    let server = Server::ministack();
    let sandbox = enforced(&server);
    let ran = sandbox().run(["policy"]);
    let whole: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(sids(&whole), ["ReadSecrets", "ReadSecretsInBatches", "ReadParameters"]);
    let user = as_user(&server, "whole", sandbox(), &whole);
    echo(&user).prints("value a, value b, value c, value d\n");
    assert!(may_batch(&server, &user));
    let mut tried = 0;
    for (index, statement) in whole["Statement"].as_array().expect("statements").iter().enumerate()
    {
        let sid = statement["Sid"].as_str().expect("a Sid");
        for resource in 0..statement["Resource"].as_array().expect("resources").len() {
            // For Parameter Store ministack enforces statements and no resources.
            let less = match sid {
                "ReadParameters" if resource > 0 => continue,
                "ReadParameters" => {
                    let mut less = whole.clone();
                    less["Statement"].as_array_mut().expect("statements").remove(index);
                    less
                }
                _ => without(&whole, index, resource),
            };
            let user = as_user(&server, &format!("less{index}{resource}"), sandbox(), &less);
            let ran = echo(&user);
            match sid {
                // Without it the secrets are read one by one, after a denied call.
                "ReadSecretsInBatches" => {
                    ran.prints("value a, value b, value c, value d\n");
                    assert!(!may_batch(&server, &user));
                }
                _ => assert_eq!(
                    (ran.code, ran.stdout.as_str()),
                    (Some(77), ""),
                    "{sid} {resource}: {ran:?}"
                ),
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 5);
}

#[test]
fn a_neighbour_whose_name_begins_the_same_is_denied() {
    let server = Server::ministack();
    let sandbox = enforced(&server);
    let whole: Value = serde_json::from_str(&sandbox().run(["policy"]).stdout).expect("JSON");
    for name in ["a-neighbour", "b-neighbour"] {
        let neighbour = server.sandbox(&format!("[secrets.N]\nsecret_id = \"PREFIX/{name}\"\n"));
        let ran = as_user(&server, name, neighbour, &whole).run(["run", "--", "printenv", "N"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""), "{ran:?}");
    }
    // As people write it by hand, it is not.
    let by_hand = serde_json::from_str(&whole.to_string().replace("-??????", "-*")).expect("JSON");
    let neighbour = server.sandbox("[secrets.N]\nsecret_id = \"PREFIX/a-neighbour\"\n");
    let user = as_user(&server, "by-hand", neighbour, &by_hand);
    user.run(["run", "--", "printenv", "N"]).prints("value a-neighbour\n");
}

#[test]
fn one_who_puts_cannot_read_and_one_who_describes_can_do_neither() {
    let server = Server::ministack();
    let sandbox = enforced(&server);
    let policy = |purpose: &str| -> Value {
        serde_json::from_str(&sandbox().run(["policy", "--for", purpose]).stdout).expect("JSON")
    };
    let put = |user: &Sandbox, variable: &str| {
        user.file("value", "a new value");
        user.run(["-q", "put", variable, "--from-file", "value"]).code
    };
    let writer = as_user(&server, "put", sandbox(), &policy("put"));
    for variable in ["A", "B", "C", "D"] {
        assert_eq!(put(&writer, variable), Some(0), "{variable}");
    }
    let read = |user: &Sandbox, only: &str| user.run(["--only", only, "run", "--", "true"]).code;
    assert_eq!(read(&writer, "A"), Some(77));
    let watcher = as_user(&server, "status", sandbox(), &policy("status"));
    assert_eq!(watcher.run(["status"]).code, Some(0));
    assert_eq!((put(&watcher, "A"), read(&watcher, "A")), (Some(77), Some(77)));
    let keeper = as_user(&server, "rollback", sandbox(), &policy("rollback"));
    assert_eq!(keeper.run(["rollback", "A"]).code, Some(0));
    assert_eq!(keeper.run(["history", "A"]).code, Some(0));
    assert_eq!((put(&keeper, "A"), read(&keeper, "A")), (Some(77), Some(77)));
    let remover = as_user(&server, "delete", sandbox(), &policy("delete"));
    assert_eq!(remover.run(["delete", "B", "--yes"]).code, Some(0));
    assert_eq!(remover.run(["restore", "B"]).code, Some(0));
    assert_eq!((put(&remover, "A"), read(&remover, "A")), (Some(77), Some(77)));
    let reader = as_user(&server, "run", sandbox(), &policy("run"));
    echo(&reader).prints("value a, a new value, a new value, a new value\n");
    assert_eq!(put(&reader, "A"), Some(77));
}

/// A key that was pasted as a region does not become part of an ARN.
#[test]
fn a_region_has_a_form() {
    let sandbox = Sandbox::new("version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n");
    for text in
        [format!("{}-1", "k7m2q9".repeat(10)), "us-east".to_owned(), "us--east-1".to_owned()]
    {
        let ran = sandbox.run(["policy", "--region", &text]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{text}: {ran:?}");
        let ran = Sandbox::new("version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n")
            .env("AWS_REGION", &text)
            .run(["policy"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{text}: {ran:?}");
    }
}
