//! `cloudformation`: the template, the results of a linter, a formatter and a parser, and its
//! deployment to a mock.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::generate::common::text;
use crate::generate::deployment::{PUBLISHED, deploy, deployed_and_used};
use crate::generate::samples::{MANIFEST, texts, toml};
use crate::generate::tools::{both, is_pretty, printed, python};
use crate::support::Sandbox;
use crate::support::aws::{HOME, Server};

/// A template as JSON, with CloudFormation's short forms in full.
const LOAD: &str = "
import json, sys, yaml
class Loader(yaml.SafeLoader): pass
def full(loader, name, node):
    text = loader.construct_scalar(node)
    return {'Ref': text} if name == 'Ref' else {'Fn::' + name: text.split('.') if name == 'GetAtt' else text}
Loader.add_multi_constructor('!', full)
print(json.dumps(yaml.load(open(sys.argv[1], encoding='utf-8'), Loader)))
";

/// The output of a target, in a file and as JSON.
pub(crate) fn template(sandbox: &Sandbox, args: &[&str]) -> Value {
    let target = [&["cloudformation"], args].concat();
    let file = sandbox.file("template.yaml", &text(sandbox, &target));
    serde_json::from_str(&printed(python().args(["-c", LOAD]).arg(file))).expect("JSON")
}

/// The findings of cfn-lint, of every level.
pub(crate) fn linted(files: &[PathBuf]) -> String {
    let mut lint = python();
    let output = lint
        .args([
            "-c",
            "import cfnlint.runner; cfnlint.runner.main()",
            "--include-checks",
            "I",
            "W",
            "--",
        ])
        .args(files)
        .output();
    both(&output.expect("cfn-lint starts"))
}

#[test]
fn the_template_to_the_letter() {
    let manifest = "version = 1\n[secrets.KEY]\ndescription = \"A key\"\narn_parameter = \"/demo/key-secret-arn\"\n\
                    [secrets.VALUE]\nvalue_parameter = \"/demo/value\"\n";
    let said = "hydrant: VALUE: parameter /demo/value holds the value itself, and is not made here: hydrant put VALUE --create \
                makes a SecureString\n";
    let expected = r#"# Made by hydrant from secrets.toml; change that, and make this again:
#     hydrant generate cloudformation --out secrets.yaml
AWSTemplateFormatVersion: "2010-09-09"
Description: Secrets without values, the parameters that publish their ARNs, and a policy to read them
Resources:
  DemoKeySecret:
    Type: AWS::SecretsManager::Secret
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      Name: "demo/key"
      Description: "A key"
  DemoKeySecretArnParameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: "/demo/key-secret-arn"
      Type: String
      Value: !GetAtt DemoKeySecret.Id
  ReadPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: ReadSecrets
            Effect: Allow
            Action:
              - secretsmanager:GetSecretValue
            Resource:
              - !GetAtt DemoKeySecret.Id
          - Sid: ReadParameters
            Effect: Allow
            Action:
              - ssm:GetParameters
            Resource:
              - !Sub "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/demo/key-secret-arn"
              - !Sub "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/demo/value"
Outputs:
  DemoKeySecretArn:
    Description: "ARN of demo/key, for KEY"
    Value: !GetAtt DemoKeySecret.Id
  ReadPolicyArn:
    Description: ARN of the policy for roles that read the secrets
    Value: !Ref ReadPolicy
"#;
    Sandbox::new(manifest).run(["generate", "cloudformation"]).is(0, expected, said);
}

#[test]
fn linter_and_formatter_find_nothing() {
    let two = "version = 1\n[secrets.A]\n[secrets.B]\n";
    let value = "version = 1\n[secrets.A]\nvalue_parameter = \"/a\"\n";
    let exists = "version = 1\n[secrets.A]\nsecret_id = \"arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a-AbCdEf\"\n";
    let long = format!(
        "version = 1\n[secrets.A]\ndescription = \"{}\"\nsecret_id = \"{}\"\n",
        "é: ".repeat(900),
        "a/".repeat(256)
    );
    let sandboxes = [MANIFEST, two, value, exists, &long].map(Sandbox::new);
    let files = sandboxes.iter().enumerate().map(|(index, sandbox)| {
        template(sandbox, if index == 0 { &["--delete-secrets"] } else { &[] });
        sandbox.path().join("template.yaml")
    });
    let files: Vec<_> = files.collect();
    files.iter().for_each(|file| is_pretty(file));
    assert_eq!(linted(&files), "");
    // They do find an error.
    let sandbox = Sandbox::new(two);
    let wrong =
        text(&sandbox, &["cloudformation"]).replace("!GetAtt ASecret.Id", "!GetAtt ASecret.Arn");
    assert!(linted(&[sandbox.file("wrong.yaml", &wrong)]).contains("E1010"));
}

#[test]
fn secrets_have_no_value_and_stay_unless_they_are_to_go() {
    let sandbox = Sandbox::new(MANIFEST);
    let whole = template(&sandbox, &[]);
    let resources = whole["Resources"].as_object().expect("resources");
    let secrets =
        resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::SecretsManager::Secret");
    let secrets: Vec<_> = secrets.collect();
    assert_eq!(secrets.len(), 3);
    for (id, secret) in secrets {
        let properties = secret["Properties"].as_object().expect("properties");
        let unknown = properties
            .keys()
            .filter(|key| !["Name", "Description", "KmsKeyId"].contains(&key.as_str()));
        assert_eq!(unknown.count(), 0, "{id}");
        assert_eq!(
            (&secret["DeletionPolicy"], &secret["UpdateReplacePolicy"]),
            (&json!("Retain"), &json!("Retain"))
        );
    }
    let by_name =
        json!({ "Name": "demo/by-name", "Description": "Ключ", "KmsKeyId": "alias/demo" });
    assert_eq!(resources["DemoByNameSecret"]["Properties"], by_name);
    let published = |id: &str| &resources[id]["Properties"]["Value"];
    assert_eq!(
        published("DemoLlmOpenaiApiKeySecretArnParameter"),
        &json!({ "Fn::GetAtt": ["DemoLlmOpenaiApiKeySecret", "Id"] })
    );
    let existing = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:demo/arn-AbCdEf";
    assert_eq!(published("DemoExistsSecretArnParameter"), &json!(existing));
    let deleted = template(&sandbox, &["--delete-secrets"]);
    let secret = &deleted["Resources"]["DemoByNameSecret"];
    assert_eq!(
        (&secret["DeletionPolicy"], &secret["UpdateReplacePolicy"]),
        (&json!("Delete"), &json!("Delete"))
    );
}

/// The statements are those of `hydrant policy` with this account and region.
#[test]
fn the_policy_is_that_of_the_command() {
    let sandbox = Sandbox::new(MANIFEST);
    let mut found =
        template(&sandbox, &[])["Resources"]["ReadPolicy"]["Properties"]["PolicyDocument"].take();
    resolve(&mut found);
    let ran = sandbox.run(["policy", "--account", "123456789012", "--region", "us-east-1"]);
    // The stack knows what it publishes itself: the name to create does not add a secret.
    let guessed =
        "        \"arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/exists-??????\",\n";
    let mut command = serde_json::from_str(&ran.stdout.replace(guessed, "")).expect("JSON");
    assert!(ran.stdout.contains(guessed) && ran.stdout.contains("kms:ResourceAliases"));
    sort(&mut found);
    sort(&mut command);
    assert_eq!(found, command);
}

/// Every list in one order: names and functions are sorted differently.
pub(crate) fn sort(value: &mut Value) {
    if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(sort);
        items.sort_by_key(Value::to_string);
    } else if let Some(fields) = value.as_object_mut() {
        fields.values_mut().for_each(sort);
    }
}

/// The values for the functions of a template in account 123456789012 and us-east-1.
fn resolve(value: &mut Value) {
    let names = [
        ("DemoByNameSecret", "demo/by-name"),
        ("DemoLlmOpenaiApiKeySecret", "demo/llm/openai-api-key"),
        ("NamedByNothingSecret", "named-by-nothing"),
    ];
    let pseudo = [
        ("Partition", "aws"),
        ("Region", "us-east-1"),
        ("AccountId", "123456789012"),
        ("URLSuffix", "amazonaws.com"),
    ];
    if let Some(text) = value["Fn::Sub"].as_str() {
        let each = pseudo.iter();
        *value = json!(each.fold(text.to_owned(), |text, (name, own)| {
            text.replace(&format!("${{AWS::{name}}}"), own)
        }));
    } else if let Some(id) = value["Fn::GetAtt"][0].as_str() {
        let (_, name) = names.iter().find(|(known, _)| *known == id).expect("a secret");
        *value =
            json!(format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-??????"));
    } else if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(resolve);
    } else if let Some(fields) = value.as_object_mut() {
        fields.values_mut().for_each(resolve);
    }
}

#[test]
fn an_entry_more_and_another_order_change_no_other_resource() {
    let whole = template(&Sandbox::new(MANIFEST), &[]);
    let mut tables: Vec<_> = MANIFEST.split("[secrets.").skip(1).collect();
    tables.reverse();
    let reversed = format!("version = 1\n[secrets.{}", tables.join("[secrets."));
    // Entries that share a secret are in the order of the manifest.
    let same = |text: &str| text.replace("BY_NAME, SAME_SECRET", "SAME_SECRET, BY_NAME");
    assert_eq!(
        same(&template(&Sandbox::new(&reversed), &[]).to_string()),
        same(&whole.to_string())
    );
    let more = format!(
        "version = 1\n[secrets.AAA]\narn_parameter = \"/aaa\"\n{}",
        MANIFEST.replace("version = 1\n", "")
    );
    let more = template(&Sandbox::new(&more), &[]);
    for (id, resource) in whole["Resources"].as_object().expect("resources") {
        if id != "ReadPolicy" {
            assert_eq!(&more["Resources"][id], resource, "{id}");
        }
    }
    let ids = |template: &Value| {
        template["Resources"]
            .as_object()
            .expect("resources")
            .keys()
            .cloned()
            .collect::<BTreeSet<_>>()
    };
    let new: Vec<_> = ids(&more).difference(&ids(&whole)).cloned().collect();
    assert_eq!(new, ["AaaParameter", "AaaSecret"]);
}

#[test]
fn a_parser_reads_every_description_back() {
    let texts = texts();
    let entries = texts
        .iter()
        .enumerate()
        .map(|(n, text)| format!("[secrets.K{n}]\ndescription = {}\n", toml(text)));
    let sandbox = Sandbox::new(&format!("version = 1\n{}", entries.collect::<String>()));
    let template = template(&sandbox, &[]);
    for (n, text) in texts.iter().enumerate() {
        let found = &template["Resources"][format!("K{n}Secret")]["Properties"]["Description"];
        let expected = text.trim();
        let expected = if expected.is_empty() { Value::Null } else { json!(expected) };
        assert_eq!(found, &expected, "{text:?}");
    }
    is_pretty(&sandbox.path().join("template.yaml"));
    // AWS's limit is 2,048 characters.
    let sandbox = Sandbox::new(&format!(
        "version = 1\n[secrets.A]\ndescription = \"{}\"\n",
        "é".repeat(3000)
    ));
    let cut =
        self::template(&sandbox, &[])["Resources"]["ASecret"]["Properties"]["Description"].clone();
    assert_eq!(cut, json!(format!("{}…", "é".repeat(2047))));
}

#[test]
fn entries_that_cannot_be_deployed_are_reported() {
    let many: String = (0..210).map(|n| format!("[secrets.K{n}]\n")).collect();
    let ran = Sandbox::new(&format!("version = 1\n{many}")).run(["generate", "cloudformation"]);
    let said = [
        "the template has 211 resources and 211 outputs, and CloudFormation takes 500 and 200: make several, with --only",
        "the template has ",
        "the managed policy will have about ",
    ];
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(ran.code == Some(0) && lines.len() == said.len(), "{}", ran.stderr);
    for (line, said) in lines.iter().zip(said) {
        assert!(line.starts_with(&format!("hydrant: warning: {said}")), "{line}");
    }
    assert!(
        lines[1]
            .ends_with("takes one of more than 51200 from S3 alone: deploy it with --s3-bucket"),
        "{}",
        lines[1]
    );
    // The description of a secret with many entries is within the limit.
    let many: String = (0..100)
        .map(|n| format!("[secrets.SOME_LONG_NAME_{n}]\nsecret_id = \"demo/s\"\n"))
        .collect();
    let template = template(&Sandbox::new(&format!("version = 1\n{many}")), &[]);
    assert_eq!(
        template["Outputs"]["DemoSSecretArn"]["Description"].as_str().map(str::len),
        Some(1024)
    );
    let wrong = "version = 1\n[secrets.A]\nsecret_id = \"x/y\"\nkms_key = \"k1\"\n[secrets.B]\nsecret_id = \"x/y\"\nkms_key = \"k2\"\n\
                 [secrets.C]\nsecret_id = \"x-y\"\n";
    let said = "hydrant: error: A and B: the secret x/y cannot have two keys, k1 and k2\n  hint: give both entries one kms_key\n\
                hydrant: error: the secrets x-y and x/y would have one id, XY: only their letters and digits count\n  hint: rename one \
                (create_name, arn_parameter), or make two stacks, with --only\n";
    Sandbox::new(wrong).run(["generate", "cloudformation"]).is(76, "", said);
    let said = "hydrant: error: there is nothing to generate: no entry is selected\n  hint: hydrant --help, or hydrant COMMAND --help\n";
    Sandbox::new("version = 1\n").run(["generate", "cloudformation"]).is(2, "", said);
}

#[test]
fn deployed_filled_read_extended_and_kept() {
    let server = Server::ministack();
    let stack = server.name("").trim_end_matches('/').to_owned();
    let sandbox = server.sandbox(PUBLISHED);
    template(&sandbox, &[]);
    let file = sandbox.path().join("template.yaml");
    let file = file.to_str().expect("UTF-8");
    let before = deployed_and_used(&server, &stack, file);
    assert_eq!(before["outputs"].as_object().expect("outputs").len(), 3);
    // Another entry at the beginning: existing secrets stay, with their ARNs and values.
    let more =
        server.sandbox(&format!("[secrets.AAA]\narn_parameter = \"/PREFIX/aaa\"\n{PUBLISHED}"));
    template(&more, &[]);
    let after = deploy(&server, &stack, more.path().join("template.yaml").to_str().expect("UTF-8"));
    for (name, value) in before["outputs"].as_object().expect("outputs") {
        assert_eq!(&after["outputs"][name], value, "{name}");
    }
    assert_eq!(after["outputs"].as_object().expect("outputs").len(), 4);
    assert_eq!(server.value(HOME, "key"), "published");
    deploy(&server, &stack, "");
    assert_eq!(server.value(HOME, "key"), "published");
    // If they are to be deleted, they are.
    let gone = server.sandbox("[secrets.GONE]\nsecret_id = \"PREFIX/gone\"\n");
    template(&gone, &["--delete-secrets"]);
    deploy(&server, &stack, gone.path().join("template.yaml").to_str().expect("UTF-8"));
    assert!(server.has(HOME, "gone"));
    deploy(&server, &stack, "");
    assert!(!server.has(HOME, "gone"));
}
