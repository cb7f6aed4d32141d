//! `cdk`: the file as a compiler and a formatter see it, its synthesized template, and the
//! deployment of that.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::generate::cloudformation::{sort, template};
use crate::generate::common::text;
use crate::generate::deployment::{PUBLISHED, deploy, deployed_and_used};
use crate::generate::samples::{MANIFEST, texts, toml};
use crate::generate::tools::{both, is_pretty, node, node_folder, printed, python};
use crate::support::Sandbox;
use crate::support::aws::Server;

/// With every strict option of the compiler.
const STRICT: [&str; 20] = [
    "--strict",
    "--exactOptionalPropertyTypes",
    "--noUncheckedIndexedAccess",
    "--noPropertyAccessFromIndexSignature",
    "--noImplicitReturns",
    "--noFallthroughCasesInSwitch",
    "--noUnusedLocals",
    "--noUnusedParameters",
    "--isolatedModules",
    "--skipLibCheck",
    "--target",
    "es2022",
    "--module",
    "node16",
    "--moduleResolution",
    "node16",
    "--types",
    "node",
    "--rootDir",
    ".",
];

/// Converts files to JavaScript without a type check, which takes long.
const TRANSPILE: &str = "
const { readFileSync, writeFileSync } = require('fs');
const { transpileModule } = require('typescript');
for (const file of process.argv.slice(1)) {
  const { outputText } = transpileModule(readFileSync(file, 'utf8'), { compilerOptions: { module: 'commonjs', target: 'es2022' } });
  writeFileSync(file.replace(/ts$/, 'js'), outputText);
}
";

/// The generated file, formatted, next to this application and its dependencies.
pub(crate) fn project(sandbox: &Sandbox, app: &str) {
    is_pretty(&sandbox.file("hydrant-secrets.ts", &text(sandbox, &["cdk"])));
    sandbox.file("app.ts", app);
    sandbox.file("package.json", "{}");
    let packages = node_folder().join("node_modules");
    std::os::unix::fs::symlink(packages, sandbox.path().join("node_modules")).expect("a link");
}

/// The compiler finds no problem in the application, nor in these files next to it.
fn compiles(sandbox: &Sandbox, files: &[&str]) {
    let compiler = node_folder().join("node_modules/typescript/bin/tsc");
    let mut tsc = node();
    tsc.arg(compiler).args(STRICT).arg("app.ts").args(files).current_dir(sandbox.path());
    assert_eq!(both(&tsc.output().expect("tsc starts")), "");
}

/// The templates that the application synthesizes, by the names of its stacks.
pub(crate) fn synthesized(sandbox: &Sandbox) -> BTreeMap<String, Value> {
    printed(
        node().args(["-e", TRANSPILE, "app.ts", "hydrant-secrets.ts"]).current_dir(sandbox.path()),
    );
    let out = sandbox.path().join("cdk.out");
    // What the CDK calls deprecated is an error.
    let mut app = node();
    app.arg("app.js").env("CDK_OUTDIR", &out).env("JSII_DEPRECATED", "fail");
    printed(app.current_dir(sandbox.path()));
    let files = fs::read_dir(&out).expect("the output").map(|file| file.expect("a file").path());
    let templates = files.filter_map(|path| {
        let name = path.file_name()?.to_str()?.strip_suffix(".template.json")?.to_owned();
        Some((name, serde_json::from_str(&fs::read_to_string(&path).ok()?).ok()?))
    });
    templates.collect()
}

fn template_file(sandbox: &Sandbox, stack: &str) -> PathBuf {
    sandbox.path().join(format!("cdk.out/{stack}.template.json"))
}

const APP: &str = include_str!("cdk_app.ts");

/// An application with only the secrets.
const MADE: &str = "import { App, CfnOutput, DefaultStackSynthesizer, Stack } from \"aws-cdk-lib\";
import { HydrantSecrets } from \"./hydrant-secrets\";
const synthesizer = new DefaultStackSynthesizer({ generateBootstrapVersionRule: false });
const app = new App({ analyticsReporting: false });
const stack = new Stack(app, \"Made\", { synthesizer });
const secrets = new HydrantSecrets(stack, \"Secrets\");
new CfnOutput(stack, \"ReadPolicyArn\", { value: secrets.readPolicyArn });
app.synth();
";

/// A resource's kind, name and the rest, with ids replaced by names, and functions in one form.
pub(crate) fn plain(template: &Value) -> BTreeMap<String, Value> {
    let resources = template["Resources"].as_object().expect("resources");
    let named = |resource: &Value| {
        let name = resource["Properties"]["Name"].as_str().unwrap_or("policy");
        format!("{} {name}", resource["Type"].as_str().expect("a type"))
    };
    let names: BTreeMap<&str, String> =
        resources.iter().map(|(id, each)| (id.as_str(), named(each))).collect();
    let each = resources.values().map(|resource| {
        let mut resource = resource.clone();
        resource.as_object_mut().expect("a resource").remove("Metadata");
        unify(&mut resource, &names);
        sort(&mut resource);
        (named(&resource), resource)
    });
    each.collect()
}

/// CloudFormation's functions as one text.
fn unify(value: &mut Value, names: &BTreeMap<&str, String>) {
    let text = if let Some(id) = value["Fn::GetAtt"][0].as_str() {
        Some(format!("<{}>", names.get(id).map_or(id, String::as_str)))
    } else if let Some(name) = value["Ref"].as_str() {
        Some(format!("${{{name}}}"))
    } else if let Some(text) = value["Fn::Sub"].as_str() {
        Some(text.to_owned())
    } else if let Some(parts) =
        value.get_mut("Fn::Join").and_then(|join| join.get_mut(1)?.as_array_mut())
    {
        parts.iter_mut().for_each(|part| unify(part, names));
        Some(parts.iter().map(|part| part.as_str().expect("a text")).collect())
    } else {
        None
    };
    if let Some(text) = text {
        *value = json!(text);
    } else if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(|item| unify(item, names));
    } else if let Some(fields) = value.as_object_mut() {
        fields.values_mut().for_each(|field| unify(field, names));
    }
}

#[test]
fn the_resources_are_those_of_the_cloudformation_target() {
    let sandbox = Sandbox::new(MANIFEST);
    project(&sandbox, MADE);
    let made = plain(&synthesized(&sandbox)["Made"]);
    let expected = plain(&template(&sandbox, &[]));
    assert_eq!(made, expected);
    assert!(made.len() == 6 && !format!("{made:?}").contains("SecretString"), "{made:?}");
}

/// Texts that have a meaning in TypeScript arrive unchanged.
#[test]
fn a_compiler_reads_every_description_back() {
    let texts = texts();
    let entries = texts
        .iter()
        .enumerate()
        .map(|(n, text)| format!("[secrets.K{n}]\ndescription = {}\n", toml(text)));
    let sandbox = Sandbox::new(&format!("version = 1\n{}", entries.collect::<String>()));
    project(&sandbox, MADE);
    let made = &synthesized(&sandbox)["Made"];
    let found: BTreeMap<_, _> = made["Resources"]
        .as_object()
        .expect("resources")
        .values()
        .map(|resource| {
            (
                resource["Properties"]["Name"].as_str().unwrap_or_default(),
                &resource["Properties"]["Description"],
            )
        })
        .collect();
    for (n, text) in texts.iter().enumerate() {
        let expected = if text.trim().is_empty() { Value::Null } else { json!(text.trim()) };
        assert_eq!(found[format!("k{n}").as_str()], &expected, "{text:?}");
    }
}

/// A stack that imports, with a user who may read one of the secrets.
const IMPORTED: &str = "
import { User } from \"aws-cdk-lib/aws-iam\";
import { ImportedHydrantSecrets } from \"./hydrant-secrets\";
const other = new Stack(app, \"Imported\", {
  synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
});
const imported = new ImportedHydrantSecrets(other, \"Secrets\");
const user = new User(other, \"User\");
imported.grantRead(user, \"KEY\").assertSuccess();
new CfnOutput(other, \"UserName\", { value: user.userName });
new CfnOutput(other, \"Environment\", { value: other.toJsonString(imported.environment()) });
app.synth();
";

/// Prints an access key of a user.
const ACCESS_KEY: &str = "
import boto3, sys
iam = boto3.client('iam', endpoint_url=sys.argv[1], region_name='us-east-1',
                   aws_access_key_id='root', aws_secret_access_key='rootsecret')
key = iam.create_access_key(UserName=sys.argv[2])['AccessKey']
print(key['AccessKeyId'], key['SecretAccessKey'])
";

#[test]
fn deployed_filled_read_and_imported() {
    let server = Server::ministack();
    let sandbox = server.sandbox(PUBLISHED);
    let stack = server.name("").trim_end_matches('/').to_owned();
    project(&sandbox, &(MADE.replace("app.synth();\n", "") + IMPORTED));
    synthesized(&sandbox);
    let file = |stack| template_file(&sandbox, stack).to_str().expect("UTF-8").to_owned();
    let made = deployed_and_used(&server, &stack, &file("Made"));
    let imported = deploy(&server, &format!("{stack}-imported"), &file("Imported"));
    let environment: Value =
        serde_json::from_str(imported["outputs"]["Environment"].as_str().expect("an output"))
            .expect("JSON");
    let arn = environment["KEY_SECRET_ARN"].as_str().expect("an ARN");
    assert!(
        environment.as_object().expect("an object").len() == 1 && arn.contains(":secret:"),
        "{environment}"
    );
    assert!(made["policy"].to_string().contains(arn), "the ARN itself");
    let user = imported["outputs"]["UserName"].as_str().expect("a name");
    let key = printed(python().args(["-c", ACCESS_KEY, server.endpoint(), user]));
    let (id, secret) = key.trim().split_once(' ').expect("an access key");
    // With its variable, KEY needs no parameter, which ministack would allow only on every
    // resource.
    let reader = server.sandbox(PUBLISHED).env("KEY_SECRET_ARN", arn);
    let reader = reader.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
    reader.run(["--only", "KEY", "run", "--", "printenv", "KEY"]).prints("published\n");
    let ran = reader.run(["--only", "ID", "run", "--", "printenv", "ID"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""), "{ran:?}");
}

const USED: &str = "version = 1\n[secrets.KEY]\narn_var = \"KEY_SECRET_ARN\"\narn_parameter = \"/demo/key-secret-arn\"\n\
                    kms_key = \"alias/demo\"\n[secrets.BY_NAME]\narn_var = \"BY_NAME_SECRET_ARN\"\n[secrets.PLAIN]\nsecret_id = \"demo/plain\"\n";

/// The permissions of each policy of a template, by its role: action and resource, sorted.
fn allowed(template: &Value) -> BTreeMap<String, Vec<String>> {
    let resources = template["Resources"].as_object().expect("resources");
    let names = resources.keys().map(|id| (id.as_str(), id.clone())).collect();
    let policies = resources.values().filter(|resource| resource["Type"] == "AWS::IAM::Policy");
    let mut found = BTreeMap::<String, Vec<String>>::new();
    let list = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    for policy in policies {
        let mut policy = policy["Properties"].clone();
        unify(&mut policy, &names);
        let role = policy["Roles"][0].as_str().expect("a role").trim_matches(['$', '{', '}']);
        let role = role[..role.len() - 8].to_owned();
        for statement in policy["PolicyDocument"]["Statement"].as_array().expect("statements") {
            for action in list(&statement["Action"]) {
                for resource in list(&statement["Resource"]) {
                    let (action, resource) =
                        (action.as_str().expect("a text"), resource.as_str().expect("a text"));
                    let condition = if statement["Condition"].is_null() { "" } else { " if" };
                    found
                        .entry(role.clone())
                        .or_default()
                        .push(format!("{action} {resource}{condition}"));
                }
            }
        }
    }
    found.values_mut().for_each(|allowed| allowed.sort());
    found
}

#[test]
fn imported_by_parameter_or_name_granted_and_handed_on() {
    let sandbox = Sandbox::new(USED);
    project(&sandbox, APP);
    let templates = synthesized(&sandbox);
    let user = &templates["User"];
    let here = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:";
    let published = {
        let parameters = user["Parameters"].as_object().expect("parameters");
        let of = |each: &&Value| {
            each["Default"] == "/demo/key-secret-arn"
                && each["Type"] == "AWS::SSM::Parameter::Value<String>"
        };
        let found: Vec<_> = parameters.iter().filter(|(_, each)| of(each)).collect();
        assert_eq!(found.len(), 1, "{parameters:?}");
        format!("${{{}}}", found[0].0)
    };
    let (by_name, plain) = (format!("{here}by-name"), format!("{here}demo/plain"));
    let parameter =
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/demo/key-secret-arn";
    let key = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*";
    let allowed = allowed(user);
    let both = |action: &str| {
        [format!("{by_name}-??????"), format!("{plain}-??????"), published.clone()]
            .map(|arn| format!("{action} {arn}"))
    };
    let mut reader = Vec::from(both("secretsmanager:GetSecretValue"));
    reader.extend(both("secretsmanager:DescribeSecret"));
    reader.extend([
        "secretsmanager:BatchGetSecretValue *".to_owned(),
        format!("ssm:GetParameters {parameter}"),
        format!("kms:Decrypt {key} if"),
    ]);
    reader.sort();
    assert_eq!(allowed["Reader"], reader);
    let mut one = vec![
        format!("secretsmanager:GetSecretValue {published}"),
        format!("secretsmanager:DescribeSecret {published}"),
        "secretsmanager:BatchGetSecretValue *".to_owned(),
        format!("ssm:GetParameters {parameter}"),
        format!("kms:Decrypt {key} if"),
    ];
    one.sort();
    assert_eq!(allowed["ReaderOfOne"], one);
    let mut writer = vec![
        format!("secretsmanager:PutSecretValue {published}"),
        format!("ssm:GetParameters {parameter}"),
        format!("kms:Decrypt {key} if"),
        format!("kms:GenerateDataKey {key} if"),
    ];
    writer.sort();
    assert_eq!(allowed["Writer"], writer);
    // The variables.
    let resource = |kind: &str| {
        let resources = user["Resources"].as_object().expect("resources");
        let mut found =
            resources.values().find(|resource| resource["Type"] == kind).expect(kind)["Properties"]
                .clone();
        unify(&mut found, &BTreeMap::new());
        found
    };
    let container = &resource("AWS::ECS::TaskDefinition")["ContainerDefinitions"][0]["Environment"];
    let expected = json!([{ "Name": "KEY_SECRET_ARN", "Value": published }, { "Name": "BY_NAME_SECRET_ARN", "Value": by_name }]);
    assert_eq!(container, &expected);
    assert_eq!(
        resource("AWS::Lambda::Function")["Environment"]["Variables"],
        json!({ "KEY_SECRET_ARN": published })
    );
    let mut plain = user["Outputs"]["Plain"]["Value"].clone();
    unify(&mut plain, &BTreeMap::new());
    let expected =
        format!("{{\"KEY_SECRET_ARN\":\"{published}\",\"BY_NAME_SECRET_ARN\":\"{by_name}\"}}");
    assert_eq!(plain, json!(expected));
    // In the stack that creates them, the secrets themselves.
    let granted = self::allowed(&templates["Granted"]);
    assert!(
        granted["Reader"].iter().any(|text| text.starts_with("secretsmanager:GetSecretValue <")),
        "{granted:?}"
    );
}

#[test]
fn a_compiler_that_is_strict_finds_nothing() {
    let sandbox = Sandbox::new(USED);
    project(&sandbox, APP);
    // Manifests with every kind of entry, and with little of each.
    let others = [
        ("every.ts", MANIFEST),
        ("value.ts", "version = 1\n[secrets.V]\nvalue_parameter = \"/v\"\n"),
        ("one.ts", "version = 1\n[secrets.A]\nsecret_id = \"1/a\"\n"),
    ];
    for (file, manifest) in others {
        sandbox.file(file, &text(&Sandbox::new(manifest), &["cdk"]));
        is_pretty(&sandbox.path().join(file));
    }
    // And the example of the guide.
    let guide = include_str!("../../docs/cli.md");
    let (_, part) = guide.split_once("\n### generate cdk\n").expect("its part");
    let (_, example) = part.split_once("\n```ts\n").expect("an example");
    let (example, _) = example.split_once("\n```\n").expect("its end");
    assert!(
        example.contains("./hydrant-secrets") && example.contains("\"GEMINI_API_KEY\""),
        "{example}"
    );
    sandbox.file("example.ts", &example.replace("GEMINI_API_KEY", "KEY"));
    compiles(
        &sandbox,
        &others.map(|(file, _)| file).into_iter().chain(["example.ts"]).collect::<Vec<_>>(),
    );
}

/// The formatter breaks lines after 80 characters, so each text and each list is tried around that
/// length.
#[test]
fn the_formatter_finds_nothing_at_any_width() {
    let named = (20..100).map(|n| {
        let (name, key, variable) = ("x".repeat(n), "k".repeat(n), "V".repeat(n));
        format!("[secrets.{variable}]\nsecret_id = \"{name}\"\nkms_key = \"alias/{key}\"\ndescription = \"{name}\"\n")
    });
    // Lists of variables: those of one secret, in all lengths.
    let together = (1..70).map(|n| {
        let secret = |letter: &str| {
            format!("[secrets.{}]\nsecret_id = \"together/{n}\"\n", letter.repeat(n))
        };
        secret("A") + &secret("B")
    });
    let sandbox = Sandbox::new(&format!(
        "version = 1\n{}{}",
        named.collect::<String>(),
        together.collect::<String>()
    ));
    let ran = sandbox.run(["-q", "generate", "cdk"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    is_pretty(&sandbox.file("hydrant-secrets.ts", &ran.stdout));
}
