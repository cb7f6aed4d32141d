//! Secrets that `put --create` creates: their names, keys and descriptions, and the messages about
//! them.

use crate::life::{STALE, undated};
use crate::support::aws::{HOME, Server};

on_both! {
    a_secret_is_created_as_the_entry_says
    a_secret_that_nothing_names_is_created_and_its_arn_shown
    an_arn_cannot_be_created
}

const FULL: &str = "[secrets.KEY]\nsecret_id = \"PREFIX/key\"\ndescription = \"The key of the demo\"\n\
                    kms_key = \"alias/demo\"\n";

fn a_secret_is_created_as_the_entry_says(server: &Server) {
    let sandbox = server.sandbox(FULL);
    let name = server.name("key");
    let ran = undated(sandbox.fed(["put", "KEY"], "sk-4fA9z"));
    let said = format!(
        "hydrant: error: KEY (secrets.toml:2): there is no such secret; {name}; ResourceNotFoundException: "
    );
    let hint = "\n  hint: add --create to create it, or correct the reference\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(66), ""), "{ran:?}");
    assert!(ran.stderr.starts_with(&said) && ran.stderr.ends_with(hint), "{ran:?}");
    assert!(!server.has(HOME, "key"));

    let ran = sandbox.fed(["put", "KEY", "--create"], "sk-4fA9z");
    let version = crate::life::version_at(server, "key", "AWSCURRENT");
    ran.is(0, &format!("KEY: created {name}, version {version}\n"), STALE);
    assert_eq!(server.value(HOME, "key"), "sk-4fA9z");
    let described = server
        .wait(server.secrets(HOME).describe_secret().secret_id(&name).send())
        .expect("DescribeSecret");
    assert_eq!(described.description.as_deref(), Some("The key of the demo"));
    assert_eq!(described.kms_key_id.as_deref(), Some("alias/demo"));

    // An existing one gets a new version.
    let ran = sandbox.fed(["put", "KEY", "--create"], "sk-Q7Hm");
    let version = crate::life::version_at(server, "key", "AWSCURRENT");
    ran.is(0, &format!("KEY: wrote {name}, version {version}\n"), STALE);
    assert_eq!(server.versions(HOME, "key").len(), 2);
}

fn a_secret_that_nothing_names_is_created_and_its_arn_shown(server: &Server) {
    let manifest = "[secrets.KEY]\narn_parameter = \"/PREFIX/arn\"\ncreate_name = \"PREFIX/new\"\n";
    let sandbox = server.sandbox(manifest);
    let ran = undated(sandbox.fed(["put", "KEY"], "sk-4fA9z"));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(66), ""), "{ran:?}");
    assert!(ran.stderr.contains("hydrant put KEY --create"), "{ran:?}");
    assert!(!server.has(HOME, "new"));

    let ran = sandbox.fed(["put", "KEY", "--create"], "sk-4fA9z");
    let version = crate::life::version_at(server, "new", "AWSCURRENT");
    let call = server.secrets(HOME).describe_secret().secret_id(server.name("new"));
    let arn = server.wait(call.send()).expect("DescribeSecret").arn.expect("an ARN");
    let parameter = format!("/{}", server.name("arn"));
    let told = format!(
        "hydrant: warning: KEY: nothing names the new secret yet: its ARN is {arn}; put it into parameter {parameter}\n"
    );
    ran.is(
        0,
        &format!("KEY: created {}, version {version}\n", server.name("new")),
        &format!("{told}{STALE}"),
    );

    // As it says.
    server.parameter(HOME, "arn", &arn, aws_sdk_ssm::types::ParameterType::String);
    sandbox.run(["run", "--", "printenv", "KEY"]).prints("sk-4fA9z\n");
}

fn an_arn_cannot_be_created(server: &Server) {
    let arn = format!(
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:{}-AbCdEf",
        server.name("key")
    );
    let sandbox = server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", &arn);
    let ran = undated(sandbox.fed(["put", "KEY", "--create"], "sk-4fA9z"));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(66), ""), "{ran:?}");
    let said =
        format!("hydrant: error: KEY (secrets.toml:2): there is no secret with this ARN; {arn}; ");
    assert!(ran.stderr.starts_with(&said), "{ran:?}");
    assert!(!server.has(HOME, "key"));
}
