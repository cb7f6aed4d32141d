//! `terraform`: the file as python-hcl2 parses it, and as terraform itself does if it is installed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::generate::cdk::plain;
use crate::generate::cloudformation::{sort, template};
use crate::generate::common::text;
use crate::generate::samples::{MANIFEST, texts, toml};
use crate::generate::tools::{both, printed, python};
use crate::support::Sandbox;

const LOAD: &str =
    "import hcl2, json, sys; print(json.dumps(hcl2.load(open(sys.argv[1], encoding='utf-8'))))";

/// The file, parsed by python-hcl2, which keeps texts as written and puts other values into `${}`.
pub(crate) fn read(sandbox: &Sandbox, args: &[&str]) -> Value {
    let file = sandbox.file("main.tf", &text(sandbox, &[&["terraform"], args].concat()));
    is_formatted(sandbox.path());
    serde_json::from_str(&printed(python().args(["-c", LOAD]).arg(file))).expect("JSON")
}

/// terraform in a folder, if it is installed, without network access.
fn terraform(folder: &Path) -> Option<Command> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = std::env::split_paths(&path)
        .map(|folder| folder.join("terraform"))
        .find(|path| path.is_file())?;
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .stdin(Stdio::null());
    command.env("CHECKPOINT_DISABLE", "1");
    Some(command)
}

#[track_caller]
fn is_formatted(folder: &Path) {
    let Some(mut terraform) = terraform(folder) else { return };
    let output =
        terraform.args(["fmt", "-check", "-diff", "."]).output().expect("terraform starts");
    assert!(output.status.success(), "{}", both(&output));
}

/// A text as python-hcl2 returns it, with CloudFormation's words for Terraform's.
fn plain_text(written: &Value, names: &BTreeMap<String, String>) -> String {
    let written = written.as_str().expect("a text");
    if !written.starts_with('"') {
        let id =
            written.trim_start_matches("${aws_secretsmanager_secret.").trim_end_matches(".arn}");
        return format!("<AWS::SecretsManager::Secret {}>", names[id]);
    }
    let own = [
        ("data.aws_partition.hydrant.partition", "AWS::Partition"),
        ("data.aws_partition.hydrant.dns_suffix", "AWS::URLSuffix"),
        ("data.aws_region.hydrant.id", "AWS::Region"),
        ("data.aws_caller_identity.hydrant.account_id", "AWS::AccountId"),
    ];
    let text = own.iter().fold(written.to_owned(), |text, (own, pseudo)| text.replace(own, pseudo));
    // The escapes are those of JSON.
    serde_json::from_str(&text).expect(&text)
}

/// The blocks of a kind, by type and name.
fn blocks<'a>(file: &'a Value, kind: &str) -> Vec<(&'a str, &'a str, &'a Value)> {
    let all = file[kind]
        .as_array()
        .expect(kind)
        .iter()
        .flat_map(|block| block.as_object().expect("a block"));
    let named = all.flat_map(|(kind, named)| {
        let named = named.as_object().expect("a block").iter();
        named.map(move |(name, body)| (kind.trim_matches('"'), name.trim_matches('"'), body))
    });
    named.collect()
}

/// The resources in CloudFormation's form.
pub(crate) fn as_cloudformation(file: &Value) -> BTreeMap<String, Value> {
    let resources = blocks(file, "resource");
    let secrets = resources.iter().filter(|(kind, ..)| *kind == "aws_secretsmanager_secret");
    let names = secrets
        .map(|(_, id, body)| ((*id).to_owned(), plain_text(&body["name"], &BTreeMap::new())));
    let names: BTreeMap<String, String> = names.collect();
    let own = |value: &Value| plain_text(value, &names);
    let mut found = BTreeMap::new();
    for (kind, _, body) in &resources {
        assert_eq!(body["tags"], "${var.tags}", "{kind}");
        let (kind, resource) = match *kind {
            "aws_secretsmanager_secret" => {
                let keys =
                    [("name", "Name"), ("description", "Description"), ("kms_key_id", "KmsKeyId")];
                let properties: serde_json::Map<String, Value> = keys
                    .iter()
                    .filter(|(key, _)| !body[key].is_null())
                    .map(|(key, name)| ((*name).to_owned(), json!(own(&body[key]))))
                    .collect();
                let kept = if body["lifecycle"][0]["prevent_destroy"] == true {
                    "Retain"
                } else {
                    "Delete"
                };
                let kind = "AWS::SecretsManager::Secret";
                (
                    kind,
                    json!({ "Type": kind, "DeletionPolicy": kept, "UpdateReplacePolicy": kept, "Properties": properties }),
                )
            }
            "aws_ssm_parameter" => {
                let kind = "AWS::SSM::Parameter";
                let properties = json!({
                    "Name": own(&body["name"]), "Type": own(&body["type"]), "Value": own(&body["value"])
                });
                (kind, json!({ "Type": kind, "Properties": properties }))
            }
            "aws_iam_policy" => {
                assert_eq!(body["policy"], "${data.aws_iam_policy_document.hydrant_read.json}");
                let kind = "AWS::IAM::ManagedPolicy";
                (
                    kind,
                    json!({ "Type": kind, "Properties": { "PolicyDocument": document(file, own) } }),
                )
            }
            other => panic!("{other}"),
        };
        let name = resource["Properties"]["Name"].as_str().unwrap_or("policy");
        let (key, mut resource) = (format!("{kind} {name}"), resource.clone());
        sort(&mut resource);
        found.insert(key, resource);
    }
    found
}

fn document(file: &Value, own: impl Fn(&Value) -> String) -> Value {
    let data = blocks(file, "data");
    let (_, _, body) =
        data.iter().find(|(kind, ..)| *kind == "aws_iam_policy_document").expect("a document");
    let texts =
        |value: &Value| value.as_array().expect("a list").iter().map(&own).collect::<Vec<_>>();
    let statements = body["statement"].as_array().expect("statements").iter().map(|statement| {
        let mut made = json!({
            "Sid": own(&statement["sid"]),
            "Effect": "Allow",
            "Action": texts(&statement["actions"]),
            "Resource": texts(&statement["resources"]),
        });
        for condition in statement["condition"].as_array().into_iter().flatten() {
            made["Condition"][own(&condition["test"])][own(&condition["variable"])] =
                json!(texts(&condition["values"]));
        }
        made
    });
    json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
}

#[test]
fn the_resources_are_those_of_the_cloudformation_target() {
    let sandbox = Sandbox::new(MANIFEST);
    for args in [&[][..], &["--delete-secrets"]] {
        let file = read(&sandbox, args);
        let found = as_cloudformation(&file);
        assert_eq!(found, plain(&template(&sandbox, args)));
        assert_eq!(found.len(), 6);
        let outputs: Vec<_> =
            file["output"].as_array().expect("outputs").iter().map(Value::to_string).collect();
        assert!(
            outputs.len() == 4 && outputs[3].contains("aws_iam_policy.hydrant_read.arn"),
            "{outputs:?}"
        );
    }
    // Only the data sources that are used, and no version of a secret.
    let exists = "version = 1\n[secrets.A]\nsecret_id = \"arn:aws:secretsmanager:eu-west-1:210987654321:secret:a-AbCdEf\"\n";
    let text = text(&Sandbox::new(exists), &["terraform"]);
    assert!(!text.contains("\"hydrant\" {}") && !text.contains("secret_version"), "{text}");
}

#[test]
fn every_description_is_read_back() {
    let texts = texts();
    let entries = texts
        .iter()
        .enumerate()
        .map(|(n, text)| format!("[secrets.K{n}]\ndescription = {}\n", toml(text)));
    let sandbox = Sandbox::new(&format!("version = 1\n{}", entries.collect::<String>()));
    let file = read(&sandbox, &[]);
    let found = as_cloudformation(&file);
    let described = || texts.iter().enumerate().filter(|(_, text)| !text.trim().is_empty());
    for (n, text) in described() {
        let properties = &found[&format!("AWS::SecretsManager::Secret k{n}")]["Properties"];
        assert_eq!(properties["Description"], json!(text.trim()), "{text:?}");
    }
    // And with terraform itself: as outputs, which need no provider.
    let resources = blocks(&file, "resource");
    let written = resources.iter().filter(|(.., body)| !body["description"].is_null());
    let outputs = written.map(|(_, id, body)| {
        format!(
            "output \"{id}\" {{\n  value = {}\n}}\n",
            body["description"].as_str().expect("a text")
        )
    });
    let alone = Sandbox::empty();
    alone.file("outputs.tf", &outputs.collect::<String>());
    let Some(mut apply) = terraform(alone.path()) else { return };
    printed(apply.args(["apply", "-auto-approve", "-no-color"]));
    let Some(mut output) = terraform(alone.path()) else { return };
    let printed: Value =
        serde_json::from_str(&printed(output.args(["output", "-json"]))).expect("JSON");
    for (n, text) in described() {
        assert_eq!(printed[format!("hydrant_k{n}")]["value"], json!(text.trim()), "{text:?}");
    }
}

/// A module that has all the names that modules usually have, and calls the generated one.
const CALLER: &str = r#"terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "tags" {
  type = map(string)
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_iam_policy_document" "read" {}

resource "aws_iam_policy" "read" {
  policy = data.aws_iam_policy_document.read.json
}

module "secrets" {
  source = "./secrets"

  tags                    = var.tags
  recovery_window_in_days = 7
}

output "read_policy_arn" {
  value = module.secrets.read_policy_arn
}
"#;

/// The keys of every block of a kind: the labels of blocks that have one.
fn labels(file: &Value, kind: &str) -> Vec<String> {
    let blocks = file[kind].as_array().expect(kind).iter();
    let keys = blocks.flat_map(|block| block.as_object().expect("a block").keys());
    keys.map(|key| key.trim_matches('"').to_owned()).collect()
}

#[test]
fn the_module_clashes_with_no_other() {
    let sandbox = Sandbox::new(MANIFEST);
    sandbox.file("main.tf", CALLER);
    std::fs::create_dir(sandbox.path().join("secrets")).expect("a folder");
    sandbox.file("secrets/main.tf", &text(&sandbox, &["terraform"]));
    let load = |file: &str| -> Value {
        let path = sandbox.path().join(file);
        serde_json::from_str(&printed(python().args(["-c", LOAD]).arg(path))).expect("JSON")
    };
    let (caller, module) = (load("main.tf"), load("secrets/main.tf"));
    // What a caller passes is what the module takes, and all of it has a default.
    assert_eq!(labels(&module, "variable"), ["tags", "recovery_window_in_days"]);
    for variable in module["variable"].as_array().expect("variables") {
        let body = variable.as_object().expect("a block").values().next().expect("a body");
        assert!(!body["type"].is_null() && !body["default"].is_null(), "{variable}");
    }
    assert!(module["provider"].is_null(), "{module}");
    // No name is one that another file may have, also where both are in one folder.
    for kind in ["data", "resource"] {
        let other = blocks(&caller, kind);
        for (of, name, _) in blocks(&module, kind) {
            assert!(name == "hydrant" || name.starts_with("hydrant_"), "{kind} {of} {name}");
            assert!(!other.iter().any(|(kind, known, _)| (*kind, *known) == (of, name)));
        }
    }
    is_formatted(sandbox.path());
    is_formatted(&sandbox.path().join("secrets"));
    let Some(mut get) = terraform(sandbox.path()) else { return };
    let output = get.args(["get", "-no-color"]).output().expect("terraform starts");
    assert!(output.status.success(), "{}", both(&output));
}

#[test]
fn the_file_to_the_letter() {
    let manifest = "version = 1\n[secrets.KEY]\ndescription = \"A key\"\narn_parameter = \"/demo/key-secret-arn\"\nkms_key = \"alias/k\"\n";
    let expected = r#"# Made by hydrant from secrets.toml; change that, and make this again:
#     hydrant generate terraform --out secrets/main.tf
#
# This is a whole module. Keep the file in a folder of its own, and call the module:
#     module "secrets" {
#       source = "./secrets"
#     }
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "tags" {
  description = "Tags of everything that this module creates"
  type        = map(string)
  default     = {}
}

variable "recovery_window_in_days" {
  description = "Days in which a deleted secret can be restored: 7 to 30, or 0 for none"
  type        = number
  default     = 30
}

data "aws_caller_identity" "hydrant" {}

data "aws_partition" "hydrant" {}

data "aws_region" "hydrant" {}

resource "aws_secretsmanager_secret" "hydrant_demo_key" {
  name                    = "demo/key"
  description             = "A key"
  kms_key_id              = "alias/k"
  recovery_window_in_days = var.recovery_window_in_days
  tags                    = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_ssm_parameter" "hydrant_demo_key_secret_arn" {
  name  = "/demo/key-secret-arn"
  type  = "String"
  value = aws_secretsmanager_secret.hydrant_demo_key.arn
  tags  = var.tags
}

data "aws_iam_policy_document" "hydrant_read" {
  statement {
    sid     = "ReadSecrets"
    actions = ["secretsmanager:GetSecretValue"]
    resources = [
      aws_secretsmanager_secret.hydrant_demo_key.arn,
    ]
  }

  statement {
    sid     = "ReadParameters"
    actions = ["ssm:GetParameters"]
    resources = [
      "arn:${data.aws_partition.hydrant.partition}:ssm:${data.aws_region.hydrant.id}:${data.aws_caller_identity.hydrant.account_id}:parameter/demo/key-secret-arn",
    ]
  }

  statement {
    sid     = "DecryptByAlias"
    actions = ["kms:Decrypt"]
    resources = [
      "arn:${data.aws_partition.hydrant.partition}:kms:${data.aws_region.hydrant.id}:${data.aws_caller_identity.hydrant.account_id}:key/*",
    ]

    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "kms:ResourceAliases"
      values   = ["alias/k"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${data.aws_region.hydrant.id}.${data.aws_partition.hydrant.dns_suffix}"]
    }
  }
}

resource "aws_iam_policy" "hydrant_read" {
  name_prefix = "hydrant-read-"
  policy      = data.aws_iam_policy_document.hydrant_read.json
  tags        = var.tags
}

output "demo_key_secret_arn" {
  description = "ARN of demo/key, for KEY"
  value       = aws_secretsmanager_secret.hydrant_demo_key.arn
}

output "read_policy_arn" {
  description = "ARN of the policy for roles that read the secrets"
  value       = aws_iam_policy.hydrant_read.arn
}
"#;
    Sandbox::new(manifest).run(["generate", "terraform"]).prints(expected);
}
