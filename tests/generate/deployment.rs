//! Templates deployed to ministack, which enforces policies, and used: `put` sets the secrets'
//! values, `run` reads them.

use serde_json::{Value, json};

use crate::generate::tools::{printed, python};
use crate::support::aws::Server;

/// Creates or updates a stack, or deletes it if there is no template. Prints its outputs, and the
/// document of its policy.
const DEPLOY: &str = "
import boto3, json, sys
endpoint, name, template = sys.argv[1:]
def client(service):
    return boto3.client(service, endpoint_url=endpoint, region_name='us-east-1',
                        aws_access_key_id='root', aws_secret_access_key='rootsecret')
stacks = client('cloudformation')
def wait(state):
    stacks.get_waiter('stack_%s_complete' % state).wait(StackName=name, WaiterConfig={'Delay': 1, 'MaxAttempts': 60})
if not template:
    stacks.delete_stack(StackName=name)
    wait('delete')
    sys.exit(print('{}'))
body = open(template, encoding='utf-8').read()
try:
    stacks.create_stack(StackName=name, TemplateBody=body, Capabilities=['CAPABILITY_IAM'])
    wait('create')
except stacks.exceptions.AlreadyExistsException:
    stacks.update_stack(StackName=name, TemplateBody=body, Capabilities=['CAPABILITY_IAM'])
    wait('update')
outputs = stacks.describe_stacks(StackName=name)['Stacks'][0]['Outputs']
outputs = {output['OutputKey']: output['OutputValue'] for output in outputs}
iam = client('iam')
if 'ReadPolicyArn' not in outputs:
    sys.exit(print(json.dumps({'outputs': outputs})))
policy = outputs['ReadPolicyArn']
version = iam.get_policy(PolicyArn=policy)['Policy']['DefaultVersionId']
document = iam.get_policy_version(PolicyArn=policy, VersionId=version)['PolicyVersion']['Document']
document = json.loads(document) if isinstance(document, str) else document
print(json.dumps({'outputs': outputs, 'policy': document}))
";

pub(crate) fn deploy(server: &Server, name: &str, template: &str) -> Value {
    let output = printed(python().args(["-c", DEPLOY, server.endpoint(), name, template]));
    serde_json::from_str(&output).expect("JSON")
}

/// A manifest with names for this test only.
pub(crate) const PUBLISHED: &str = "[secrets.KEY]\narn_var = \"KEY_SECRET_ARN\"\narn_parameter = \"/PREFIX/key-secret-arn\"\n\
                                    [secrets.ID]\nsecret_id = \"PREFIX/json\"\njson_key = \"id\"\n\
                                    [secrets.OTHER]\nsecret_id = \"PREFIX/json\"\njson_key = \"other\"\n";

/// Deploys a template, sets the secrets' values with `put`, and reads them with `run` with only the
/// template's policy.
pub(crate) fn deployed_and_used(server: &Server, stack: &str, template: &str) -> Value {
    let root = || {
        server
            .sandbox(PUBLISHED)
            .env("AWS_ACCESS_KEY_ID", "root")
            .env("AWS_SECRET_ACCESS_KEY", "rootsecret")
    };
    let made = deploy(server, stack, template);
    let put = |variable: &str, value: &str, args: &[&str]| {
        let ran = root().fed(["-q", "put", variable].iter().chain(args), value);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    };
    put("KEY", "published", &[]);
    put("ID", "one", &["--replace"]);
    put("OTHER", "two", &["--merge"]);
    let mut policy = made["policy"].clone();
    for statement in policy["Statement"].as_array_mut().expect("statements") {
        // ministack evaluates calls to Parameter Store only on every resource.
        if statement["Sid"] == "ReadParameters" {
            let parameter = format!(
                "arn:aws:ssm:us-east-1:000000000000:parameter/{}",
                server.name("key-secret-arn")
            );
            assert_eq!(statement["Resource"], json!([parameter]));
            statement["Resource"] = json!("*");
        }
    }
    let user = server.as_user(server.sandbox(PUBLISHED), stack, &policy.to_string());
    user.run(["run", "--", "sh", "-c", "echo $KEY, $ID, $OTHER"]).prints("published, one, two\n");
    made
}
