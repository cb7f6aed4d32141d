//! Entries that share an ARN variable or a parameter have one secret in every generated file: the
//! variable names the created secret, and every entry takes its part of it.

use serde_json::{Value, json};

use crate::generate::cdk::{project, synthesized};
use crate::generate::cloudformation::{linted, template};
use crate::generate::common::text;
use crate::generate::deployment::deploy;
use crate::generate::kubernetes::{are_of_their_types, documents};
use crate::generate::terraform;
use crate::support::Sandbox;
use crate::support::aws::{HOME, Server};

/// Two keys of one JSON secret, whose ARN is in one variable. On a server the name to create is
/// used by this test only.
const SHARED: &str = "[secrets.CLIENT_ID]\narn_var = \"PREFIX_SECRET_ARN\"\njson_key = \"id\"\n\
                      [secrets.CLIENT_SECRET]\narn_var = \"PREFIX_SECRET_ARN\"\njson_key = \"secret\"\n";

fn sandbox() -> Sandbox {
    Sandbox::new(&format!("version = 1\n{}", SHARED.replace("PREFIX", "MCP")))
}

fn of_kind<'a>(template: &'a Value, kind: &str) -> Vec<(&'a String, &'a Value)> {
    let resources = template["Resources"].as_object().expect("resources").iter();
    resources.filter(|(_, resource)| resource["Type"] == kind).collect()
}

#[test]
fn cloudformation_makes_one_secret() {
    let whole = template(&sandbox(), &[]);
    assert_eq!(
        linted(&[sandbox().file("template.yaml", &text(&sandbox(), &["cloudformation"]))]),
        ""
    );
    let secrets = of_kind(&whole, "AWS::SecretsManager::Secret");
    let names: Vec<_> = secrets.iter().map(|(_, one)| &one["Properties"]["Name"]).collect();
    assert_eq!(names, [&json!("mcp")]);
    let outputs = whole["Outputs"].as_object().expect("outputs");
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["McpSecretArn", "ReadPolicyArn"]);
    let statements = &of_kind(&whole, "AWS::IAM::ManagedPolicy")[0].1["Properties"]["PolicyDocument"]
        ["Statement"];
    assert_eq!(statements[0]["Resource"].as_array().map(Vec::len), Some(1), "{statements}");
    assert_eq!(statements.as_array().map(Vec::len), Some(1), "{statements}");
}

/// The stack is deployed, its output goes into the variable, both entries get their values, and a
/// role with only the stack's policy reads both.
#[test]
fn the_secret_of_a_deployed_stack_has_both_values() {
    let server = Server::ministack();
    let root = server
        .sandbox(SHARED)
        .env("AWS_ACCESS_KEY_ID", "root")
        .env("AWS_SECRET_ACCESS_KEY", "rootsecret");
    let made = deploy(&server, "sharing", &template_path(&root));
    let outputs = made["outputs"].as_object().expect("outputs");
    let arns: Vec<_> = outputs.iter().filter(|(name, _)| name.ends_with("SecretArn")).collect();
    let [(_, arn)] = arns[..] else { panic!("{outputs:?}") };
    let variable = server.name("").replace('/', "_SECRET_ARN");
    let root = root.env(&variable, arn.as_str().expect("an ARN"));
    for (name, value, how) in
        [("CLIENT_ID", "demo", "--replace"), ("CLIENT_SECRET", "hush", "--merge")]
    {
        let ran = root.fed(["-q", "put", name, how], value);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    }
    let user = server.as_user(root, "sharing", &made["policy"].to_string());
    user.run(["run", "--", "sh", "-c", "echo $CLIENT_ID, $CLIENT_SECRET"]).prints("demo, hush\n");
}

fn template_path(sandbox: &Sandbox) -> String {
    let file = sandbox.file("template.yaml", &text(sandbox, &["cloudformation"]));
    file.to_str().expect("UTF-8").to_owned()
}

/// The variable of a container holds the ARN of the one secret, and a role that may read one of the
/// entries may read it.
const APP: &str = "import { App, CfnOutput, Stack } from \"aws-cdk-lib\";
import { User } from \"aws-cdk-lib/aws-iam\";
import { HydrantSecrets } from \"./hydrant-secrets\";
const app = new App({ analyticsReporting: false });
const stack = new Stack(app, \"Made\");
const secrets = new HydrantSecrets(stack, \"Secrets\");
secrets.grantRead(new User(stack, \"User\"), \"CLIENT_ID\").assertSuccess();
new CfnOutput(stack, \"Environment\", { value: stack.toJsonString(secrets.environment()) });
app.synth();
";

#[test]
fn cdk_makes_one_secret() {
    let sandbox = sandbox();
    project(&sandbox, APP);
    let made = &synthesized(&sandbox)["Made"];
    let secrets = of_kind(made, "AWS::SecretsManager::Secret");
    let [(id, secret)] = secrets[..] else { panic!("{secrets:?}") };
    assert_eq!(secret["Properties"]["Name"], "mcp");
    let policies = of_kind(made, "AWS::IAM::Policy");
    let resource = &policies[0].1["Properties"]["PolicyDocument"]["Statement"][0]["Resource"];
    assert!(resource.to_string().contains(id.as_str()), "{resource}");
    let environment = made["Outputs"]["Environment"]["Value"].to_string();
    assert_eq!(environment.matches("MCP_SECRET_ARN").count(), 1, "{environment}");
    assert!(environment.contains(id.as_str()), "{environment}");
}

#[test]
fn terraform_makes_one_secret() {
    let sandbox = sandbox();
    let resources = terraform::as_cloudformation(&terraform::read(&sandbox, &[]));
    let names: Vec<_> = resources.keys().map(String::as_str).collect();
    assert_eq!(names, ["AWS::IAM::ManagedPolicy policy", "AWS::SecretsManager::Secret mcp"]);
}

#[test]
fn ecs_takes_both_from_one_secret() {
    let injected = ["ecs", "--inject", "--account", "123456789012", "--region", "us-east-1"];
    let made: Value = serde_json::from_str(&text(&sandbox(), &injected)).expect("JSON");
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:mcp";
    let expected = json!([
        { "name": "CLIENT_ID", "valueFrom": format!("{arn}:id::") },
        { "name": "CLIENT_SECRET", "valueFrom": format!("{arn}:secret::") },
    ]);
    assert_eq!(made["containerDefinition"]["secrets"], expected);
    let resources = &made["executionRolePolicy"]["Statement"][0]["Resource"];
    assert_eq!(resources, &json!([format!("{arn}-??????")]));
}

#[test]
fn kubernetes_takes_both_from_one_secret() {
    let sandbox = sandbox();
    let documents = documents(&text(&sandbox, &["kubernetes", "--region", "us-east-1"]));
    are_of_their_types(sandbox.path(), &documents);
    let external = documents.iter().find(|one| one["kind"] == "ExternalSecret");
    let data = external.expect("an ExternalSecret")["spec"]["data"].as_array().expect("a list");
    let found: Vec<_> = data.iter().map(|datum| &datum["remoteRef"]).collect();
    let expected = ["id", "secret"].map(|part| json!({ "key": "mcp", "property": part }));
    assert_eq!(found, expected.each_ref());
}

#[test]
fn a_policy_has_one_secret() {
    for purpose in ["run", "put"] {
        let args = ["--account", "123456789012", "--region", "us-east-1", "--for", purpose];
        let ran = sandbox().run(["policy"].iter().chain(&args));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let policy: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let resource = "arn:aws:secretsmanager:us-east-1:123456789012:secret:mcp-??????";
        let statements = policy["Statement"].as_array().expect("statements");
        let resources: Vec<_> = statements.iter().map(|one| &one["Resource"]).collect();
        assert_eq!(resources, [&json!([resource])], "{policy}");
    }
}

/// Neighbours: the settings of one entry for the secret count for the other, even if only that one
/// is selected.
#[test]
fn one_of_two_entries_has_the_secret_of_both() {
    let manifest = "version = 1\n[secrets.A]\narn_var = \"X\"\narn_parameter = \"/demo/x-secret-arn\"\n\
                    [secrets.B]\narn_var = \"X\"\njson_key = \"b\"\nkms_key = \"alias/k\"\n";
    for only in ["A", "B"] {
        let sandbox = Sandbox::new(manifest);
        let ran = sandbox.run(["--only", only, "generate", "cloudformation"]);
        let found: Vec<_> = ran.stdout.lines().filter(|line| line.contains("Name: ")).collect();
        assert_eq!(
            found,
            ["      Name: \"demo/x\"", "      Name: \"/demo/x-secret-arn\""],
            "{ran:?}"
        );
        assert!(ran.stdout.contains("KmsKeyId: \"alias/k\""), "{ran:?}");
    }
    let two = "version = 1\n[secrets.A]\narn_var = \"X\"\nsecret_id = \"a\"\n\
               [secrets.B]\narn_var = \"X\"\nsecret_id = \"b\"\n";
    let said = "hydrant: error: A and B: the variable X cannot name two secrets, a and b\n  \
                hint: give both entries one secret_id, or each a variable of its own\n";
    for target in ["cloudformation", "cdk", "terraform"] {
        Sandbox::new(two).run(["generate", target]).is(76, "", said);
    }
}

/// A container gets the variable once, with the permissions for both entries.
#[test]
fn a_container_that_hydrates_itself_gets_the_variable_once() {
    let server = Server::emulator();
    let arn = server.secret(HOME, "mcp", Some(r#"{"id":"demo","secret":"hush"}"#));
    let sandbox = Sandbox::new(&format!("version = 1\n{}", SHARED.replace("PREFIX", "MCP")));
    let sandbox = sandbox.env("MCP_SECRET_ARN", arn.as_str());
    let made: Value = serde_json::from_str(&text(&sandbox, &["ecs"])).expect("JSON");
    let expected = json!([{ "name": "MCP_SECRET_ARN", "value": arn }]);
    assert_eq!(made["containerDefinition"]["environment"], expected);
}

/// A function gets the variable once, with the ARN of the one secret that its role may read. The
/// parameter of one entry counts for the other.
#[test]
fn a_layer_has_one_secret() {
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:mcp-AbCdEf";
    let layer = |sandbox: &Sandbox| text(sandbox, &["lambda-layer"]);
    let read = |made: &str| {
        let (_, policy) = made.split_once("ReadPolicy:\n").expect("a policy");
        let lines = policy.lines().map(str::trim);
        lines.filter(|line| line.contains("mcp")).map(str::to_owned).collect::<Vec<_>>()
    };
    let made = layer(&sandbox().env("MCP_SECRET_ARN", arn));
    assert_eq!(made.matches("MCP_SECRET_ARN").count(), 1, "{made}");
    assert_eq!(read(&made), [format!("- \"{arn}\"")], "{made}");
    let parameter = "json_key = \"id\"\narn_parameter = \"/demo/mcp\"\n";
    let manifest = SHARED.replace("PREFIX", "MCP").replace("json_key = \"id\"\n", parameter);
    let made = layer(&Sandbox::new(&format!("version = 1\n{manifest}")));
    assert_eq!(made.matches("MCP_SECRET_ARN").count(), 0, "{made}");
    let of = |place: &str| format!("- !Sub \"arn:${{AWS::Partition}}:{place}\"");
    let account = "${AWS::Region}:${AWS::AccountId}";
    let expected = [
        of(&format!("secretsmanager:{account}:secret:demo/mcp-??????")),
        of(&format!("ssm:{account}:parameter/demo/mcp")),
    ];
    assert_eq!(read(&made), expected, "{made}");
}
