//! What a policy needs for each way to a value, in short; the form of the whole is for the tests of
//! the command.

use std::collections::BTreeSet;

use hydrant_core::{Env, Manifest, Selection, plan};

use super::*;

/// A whole ARN of a secret with this name.
fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf")
}

/// The plan of a manifest, its first line left out.
fn planned(manifest: &str, env: &Env) -> Plan {
    let manifest =
        Manifest::parse("secrets.toml".as_ref(), &format!("version = 1\n{manifest}")).unwrap();
    let selected = manifest.select(&Selection::default(), env).unwrap();
    plan::plan(&selected, env, plan::PlanOptions::default())
}

fn request(purposes: &[Purpose]) -> PolicyRequest {
    PolicyRequest {
        purposes: purposes.iter().copied().collect(),
        create: false,
        region: "us-east-1".to_owned(),
        account: None,
        kms_keys: Vec::new(),
        batch: Batch::Auto,
        principal: None,
    }
}

/// A policy in short: `Sid=resource,resource Sid=…`, ARNs from their account on.
fn short(policy: &Policy) -> String {
    let resource = |text: &String| text.splitn(5, ':').last().unwrap_or_default().to_owned();
    let each = policy.document.statement.iter().map(|statement| {
        format!(
            "{}={}",
            statement.sid,
            statement.resource.iter().map(resource).collect::<Vec<_>>().join(",")
        )
    });
    each.collect::<Vec<_>>().join(" ")
}

#[test]
fn each_way_to_a_value() {
    fn check(keys: &str, variables: &[(&str, &str)], purpose: Purpose, expected: &str) {
        let env = Env::new(variables.iter().copied());
        let plan = planned(&format!("[secrets.KEY]\n{keys}"), &env);
        assert_eq!(
            short(&policy(&plan, &request(&[purpose])).unwrap()),
            expected,
            "{keys} {purpose:?}"
        );
    }
    let demo = arn("demo");
    let whole = "ReadSecrets=123456789012:secret:demo-AbCdEf";
    check("", &[("KEY_SECRET_ARN", &demo)], Purpose::Run, whole);
    check("", &[("KEY_SECRET_ARN", &format!("{demo}:k:AWSPREVIOUS:"))], Purpose::Run, whole);
    check("", &[], Purpose::Run, "ReadSecrets=*:secret:key-??????");
    check("create_name = \"demo/k\"\n", &[], Purpose::Run, "ReadSecrets=*:secret:demo/k-??????");
    // The parameter decides at run time; the name stands for what it may hold.
    let asks = "ReadSecrets=*:secret:demo/k-?????? ReadParameters=*:parameter/demo/k-secret-arn";
    check("arn_parameter = \"/demo/k-secret-arn\"\n", &[], Purpose::Run, asks);
    check(
        "arn_parameter = \"/demo/k-secret-arn:3\"\ncreate_name = \"demo/k\"\n",
        &[],
        Purpose::Run,
        asks,
    );
    check(
        "arn_parameter = \"/p\"\nsecret_id = \"s\"\n",
        &[],
        Purpose::Run,
        "ReadSecrets=*:secret:s-?????? ReadParameters=*:parameter/p",
    );
    let both = format!("arn_parameter = \"/p\"\nsecret_id = \"{demo}\"\n");
    let two = "ReadSecrets=*:secret:p-??????,123456789012:secret:demo-AbCdEf ReadParameters=*:parameter/p";
    check(&both, &[], Purpose::Run, two);
    let one = "ReadSecrets=123456789012:secret:demo-AbCdEf ReadParameters=*:parameter/p";
    check(&format!("{both}create_name = \"demo\"\n"), &[], Purpose::Run, one);
    check("value_parameter = \"plain:2\"\n", &[], Purpose::Run, "ReadParameters=*:parameter/plain");
    let through = "value_parameter = \"/aws/reference/secretsmanager/demo/k\"\n";
    let read = "ReadSecrets=*:secret:demo/k-?????? ReadParameters=*:parameter/aws/reference/secretsmanager/demo/k";
    check(through, &[], Purpose::Run, read);
    check(through, &[], Purpose::Status, "DescribeParameters=*");
    check(through, &[], Purpose::Rotate, "");
    // What hydrant refuses to write is not allowed either.
    check("value_parameter = \"/p:2\"\n", &[], Purpose::Put, "");
    check(
        "value_parameter = \"/p\"\n",
        &[],
        Purpose::Put,
        "PutParameters=*:parameter/p DescribeParameters=*",
    );
}

#[test]
fn keys_are_named_by_what_can_name_them() {
    let check = |key: &str, expected: Option<(&str, Option<&str>)>| {
        let found = arn::Key::parse(key);
        let found = found.as_ref().map(|key| key.resource("us-east-1", None));
        assert_eq!(
            found.as_ref().map(|(resource, alias)| (resource.as_str(), *alias)),
            expected,
            "{key}"
        );
    };
    let whole = "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1";
    check(whole, Some((whole, None)));
    check("1-2", Some(("arn:aws:kms:us-east-1:*:key/1-2", None)));
    check("alias/a/b", Some(("arn:aws:kms:us-east-1:*:key/*", Some("alias/a/b"))));
    let alias = "arn:aws:kms:eu-west-1:123456789012:alias/a";
    check(alias, Some(("arn:aws:kms:eu-west-1:123456789012:key/*", Some("alias/a"))));
    for wrong in [
        "",
        "*",
        "key/1",
        "alias/",
        "alias/*",
        "arn:aws:kms:us-east-1:123456789012:key/*",
        "arn:aws:iam::1:role/a",
    ] {
        check(wrong, None);
    }
}

#[test]
fn entries_that_no_policy_can_be_made_for_are_all_told() {
    let env = Env::new([("A_SECRET_ARN", "sk-canary"), ("B_SECRET_ARN", "not a reference")]);
    let plan = planned(
        "[secrets.A]\n[secrets.B]\n[secrets.C]\n[secrets.D]\nsecret_id = \"d\"\nkms_key = \"key/*\"\n",
        &env,
    );
    let problems = policy(&plan, &request(&[Purpose::Run])).unwrap_err();
    let found: Vec<_> =
        problems.iter().map(|problem| (problem.variable.as_str(), problem.line)).collect();
    assert_eq!(found, [("A", 2), ("B", 3), ("D", 5)]);
    assert!(!format!("{problems:?}").contains("sk-canary"));
}

#[test]
fn a_secrets_own_policy_has_nothing_but_its_own_actions() {
    let manifest = "[secrets.A]\narn_parameter = \"/a\"\nkms_key = \"alias/a\"\n[secrets.B]\nsecret_id = \"b\"\n";
    let every = [
        Purpose::Run,
        Purpose::Put,
        Purpose::Status,
        Purpose::Delete,
        Purpose::Rollback,
        Purpose::Rotate,
    ];
    let principal = Some("arn:aws:iam::123456789012:root".to_owned());
    let request = PolicyRequest { principal, create: true, ..request(&every) };
    let policy = policy(&planned(manifest, &Env::default()), &request).unwrap();
    let sids = "ReadSecrets=* PutSecrets=* DescribeSecrets=* DeleteSecrets=* RollBackSecrets=* RotateSecrets=*";
    assert_eq!(short(&policy), sids);
    assert_eq!(
        policy.secrets,
        BTreeSet::from(["a", "b"].map(|name| arn::secret_named(name, "us-east-1", None)))
    );
}
