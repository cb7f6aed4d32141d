//! `kubernetes`: the resources match the types of the operator and of Kubernetes, the formatter
//! does not change them, and a container with the printed part sees its variables.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::generate::common::{indented, text};
use crate::generate::tools::{is_pretty, node, node_folder, printed, python};
use crate::support::Sandbox;
use crate::support::aws::{HOME, Server};

const MANIFEST: &str = "\
version = 1
[settings]
region = \"us-east-1\"
[secrets.OPENAI_API_KEY]
arn_parameter = \"/demo/llm/openai-api-key-secret-arn\"
required = false
[secrets.MCP_CLIENT_ID]
secret_id = \"demo/mcp\"
json_key = \"client.id\"
[secrets.MCP_CLIENT_SECRET]
secret_id = \"demo/mcp\"
json_pointer = \"/a b/0\"
version_stage = \"AWSPREVIOUS\"
[secrets.PINNED]
secret_id = \"demo/pinned\"
version_id = \"4f2a1c3e-0000-0000-0000-000000000000\"
[secrets.GEMINI_API_KEY]
[secrets.WEBHOOK]
value_parameter = \"/demo/webhook:3\"
[secrets.SHARED]
value_parameter = \"arn:aws:ssm:eu-west-1:123456789012:parameter/demo/shared:label\"
[secrets.LOG_LEVEL]
default = \"info\"
";

const GEMINI: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:gemini-AbCdEf";

fn sandbox() -> Sandbox {
    Sandbox::new(MANIFEST).env("GEMINI_API_KEY_SECRET_ARN", format!("{GEMINI}:api_key::"))
}

/// The documents of a YAML text.
pub(crate) fn documents(yaml: &str) -> Vec<Value> {
    let script = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.argv[1]))))";
    serde_json::from_str(&printed(python().args(["-c", script, yaml]))).expect("documents")
}

/// Checks each document against the published types: with their validator, which checks values, and
/// with the compiler, which knows every field.
pub(crate) fn are_of_their_types(folder: &Path, documents: &[Value]) {
    let packages = node_folder().join("node_modules");
    std::os::unix::fs::symlink(&packages, folder.join("node_modules")).ok();
    let (mut validate, mut compile) = (String::new(), String::new());
    for (index, document) in documents.iter().enumerate() {
        let kind = document["kind"].as_str().expect("a kind");
        let package = match document["apiVersion"].as_str() {
            Some("external-secrets.io/v1") => {
                "@kubernetes-models/external-secrets/external-secrets.io/v1"
            }
            Some("apps/v1") => "kubernetes-models/apps/v1",
            other => panic!("{other:?}"),
        };
        validate += &format!(
            "import {{ {kind} as K{index} }} from '{package}'; new K{index}({document}).validate();\n"
        );
        let (_, fields) = (document["apiVersion"].clone(), document);
        compile += &format!(
            "import type {{ I{kind} as I{index} }} from '{package}'; export const d{index}: I{index} = {fields};\n"
        );
    }
    fs::write(folder.join("validate.mjs"), validate + "console.log('valid');\n").expect("a script");
    assert_eq!(printed(node().arg("validate.mjs").current_dir(folder)), "valid\n");
    fs::write(folder.join("compile.mts"), compile).expect("a module");
    let compiler = packages.join("typescript/bin/tsc");
    let options = [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--module",
        "nodenext",
        "--target",
        "es2022",
        "compile.mts",
    ];
    printed(node().arg(compiler).args(options).current_dir(folder));
}

#[test]
fn resources_are_those_of_the_operator() {
    let every: [&[&str]; 3] = [
        &[],
        &[
            "--namespace",
            "demo",
            "--service-account",
            "app",
            "--name",
            "app",
            "--refresh-interval",
            "30m",
        ],
        &[
            "--cluster-store",
            "--namespace",
            "demo",
            "--service-account",
            "app",
            "--account",
            "123456789012",
        ],
    ];
    for options in every {
        let sandbox = sandbox();
        let made = text(&sandbox, &[&["kubernetes"], options].concat());
        is_pretty(&sandbox.file("external-secrets.yaml", &made));
        are_of_their_types(sandbox.path(), &documents(&made));
    }
}

#[test]
fn the_types_would_find_what_is_wrong() {
    let right = documents(&text(&sandbox(), &["kubernetes"]));
    let wrong: [fn(&mut Value); 2] = [
        |store| store["spec"]["provider"]["aws"]["service"] = "Secrets".into(),
        |store| store["spec"]["provider"]["aws"]["regions"] = "us-east-1".into(),
    ];
    for change in wrong {
        let (mut documents, folder) = (right.clone(), sandbox());
        change(&mut documents[0]);
        assert!(
            std::panic::catch_unwind(|| are_of_their_types(folder.path(), &documents)).is_err()
        );
    }
}

#[test]
fn each_value_comes_from_its_place_and_part() {
    let documents = documents(&text(&sandbox(), &["kubernetes"]));
    let stores: Vec<_> =
        documents.iter().filter(|document| document["kind"] == "SecretStore").collect();
    let said = |store: &&Value| {
        let aws = &store["spec"]["provider"]["aws"];
        format!("{} {} {}", store["metadata"]["name"], aws["service"], aws["region"])
            .replace('"', "")
    };
    let expected = [
        "hydrant-eu-west-1 SecretsManager eu-west-1",
        "hydrant-us-east-1 SecretsManager us-east-1",
        "hydrant-parameters-eu-west-1 ParameterStore eu-west-1",
        "hydrant-parameters-us-east-1 ParameterStore us-east-1",
    ];
    assert_eq!(stores.iter().map(said).collect::<Vec<_>>(), expected);
    let [required, optional] = &documents[stores.len()..] else { panic!("{documents:?}") };
    let home = required["spec"]["secretStoreRef"]["name"].clone();
    let mut found = serde_json::Map::new();
    for datum in required["spec"]["data"].as_array().expect("data") {
        let own = datum.pointer("/sourceRef/storeRef/name").unwrap_or(&home);
        let name = datum["secretKey"].as_str().expect("a key").to_owned();
        found.insert(name, json!({ "store": own, "from": datum["remoteRef"] }));
    }
    let expected = json!({
        "MCP_CLIENT_ID": { "store": "hydrant-us-east-1", "from": { "key": "demo/mcp", "property": r"client\.id" } },
        "MCP_CLIENT_SECRET": {
            "store": "hydrant-us-east-1",
            "from": { "key": "demo/mcp", "property": "a b.0", "version": "AWSPREVIOUS" },
        },
        "PINNED": {
            "store": "hydrant-us-east-1",
            "from": { "key": "demo/pinned", "version": "uuid/4f2a1c3e-0000-0000-0000-000000000000" },
        },
        "GEMINI_API_KEY": { "store": "hydrant-eu-west-1", "from": { "key": GEMINI, "property": "api_key" } },
        "WEBHOOK": { "store": "hydrant-parameters-us-east-1", "from": { "key": "/demo/webhook", "version": "3" } },
        "SHARED": {
            "store": "hydrant-parameters-eu-west-1",
            "from": { "key": "arn:aws:ssm:eu-west-1:123456789012:parameter/demo/shared", "version": "label" },
        },
    });
    assert_eq!(Value::Object(found), expected);
    // An optional entry is separate: a missing value keeps the operator from making a Secret.
    assert_eq!(
        (&required["metadata"]["name"], &optional["metadata"]["name"]),
        (&"hydrant".into(), &"hydrant-openai-api-key".into())
    );
    assert_eq!(
        optional["spec"]["data"][0]["remoteRef"],
        json!({ "key": "demo/llm/openai-api-key" })
    );
}

#[test]
fn what_is_needed_beside_the_resources_is_said_above_them() {
    let made =
        text(&sandbox(), &["kubernetes", "--account", "123456789012", "--service-account", "app"]);
    let comment: Vec<_> = made.lines().take_while(|line| line.starts_with('#')).skip(3).collect();
    let expected = "\
# The role of the service account app has to be allowed:
#     secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:gemini-AbCdEf
#     secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/llm/openai-api-key-??????
#     secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/mcp-??????
#     secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/pinned-??????
#     ssm:GetParameter on arn:aws:ssm:eu-west-1:123456789012:parameter/demo/shared
#     ssm:GetParameter on arn:aws:ssm:us-east-1:123456789012:parameter/demo/webhook
#
# A container takes the variables so:
#     envFrom:
#       - secretRef:
#           name: hydrant
#       - secretRef:
#           name: hydrant-openai-api-key
#           optional: true";
    assert_eq!(comment.join("\n"), expected);
}

#[test]
fn a_container_of_a_deployment_sees_its_variables() {
    let server = Server::emulator();
    let arn = server.secret(HOME, "key", Some("sk-1"));
    let sandbox = server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", arn);
    let words = ["kubernetes", "--run", "--", "sh", "-c", "echo $KEY '$(KEY)'"];
    let made = text(&sandbox, &words);
    is_pretty(&sandbox.file("container.yaml", &made));
    // At the position that its comment names.
    let deployment = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  selector:
    matchLabels:
      app: app
  template:
    metadata:
      labels:
        app: app
    spec:
      serviceAccountName: app
      containers:
        - name: app
          image: demo:1
";
    let deployment = format!("{deployment}{}", indented(10, &made));
    is_pretty(&sandbox.file("deployment.yaml", &deployment));
    let documents = documents(&deployment);
    are_of_their_types(sandbox.path(), &documents);
    let container = &documents[0]["spec"]["template"]["spec"]["containers"][0];
    // As Kubernetes interprets the words: `$$` is a dollar that begins no reference.
    let list = |key: &str| {
        container[key]
            .as_array()
            .expect("words")
            .iter()
            .filter_map(Value::as_str)
            .map(|word| word.replace("$$", "$"))
    };
    let mut deployed = server.sandbox("[secrets.KEY]\n");
    for variable in container["env"].as_array().expect("variables") {
        let text = |key: &str| variable[key].as_str().expect("a text").to_owned();
        deployed = deployed.env(&text("name"), text("value"));
    }
    deployed.run(list("command").skip(1).chain(list("args"))).prints("sk-1 $(KEY)\n");
}

#[test]
fn names_that_cannot_be_distinguished_are_refused() {
    let manifest = "version = 1\n[secrets.A_B]\nsecret_id = \"a\"\nrequired = false\n[secrets.a_b]\nsecret_id = \"b\"\nrequired = false\n";
    let sandbox = Sandbox::new(manifest).env("AWS_REGION", "us-east-1");
    sandbox.run(["generate", "kubernetes"]).is(
        76,
        "",
        "hydrant: error: a_b (secrets.toml:5): its Secret would have the name of A_B's, hydrant-a-b\n  \
         hint: make two files, with --only and --name\n",
    );
}
