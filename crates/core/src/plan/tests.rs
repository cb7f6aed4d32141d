//! What is planned for one entry, and what a plan of many costs.

use super::*;
use crate::EnvFile;
use crate::tests::{arn, arn_in, planned, selected};

const PARAMETER: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/demo/key";

/// The one step of a manifest with these keys, in short.
fn short(keys: &str, env: &Env, options: PlanOptions) -> String {
    let plan = plan(&selected(&format!("[secrets.KEY]\n{keys}"), env), env, options);
    let Step { parameter, otherwise } = &plan.entries[0].step;
    let otherwise = settled_short(otherwise);
    match parameter {
        Some(parameter) => format!("ask {parameter}, else {otherwise}"),
        None => otherwise,
    }
}

fn settled_short(settled: &Settled) -> String {
    match settled {
        Settled::Keep(layer) => format!("keep {layer}"),
        Settled::Read(source) => format!("read {} {:?}", source.shown(), source.selector),
        Settled::Without(reason) => reason.word().to_owned(),
    }
}

#[test]
fn source_keys_are_tried_in_their_order() {
    fn check(keys: &str, variables: &[(&str, &str)], expected: &str) {
        let env = Env::new(variables.iter().copied());
        assert_eq!(short(keys, &env, PlanOptions::default()), expected, "{keys} {variables:?}");
    }
    let demo = arn("demo");
    let by_arn = format!("read {demo} Raw");
    check("", &[("KEY_SECRET_ARN", &demo)], &by_arn);
    check("", &[], "no_reference");
    check("arn_var = \"V\"\n", &[("KEY_SECRET_ARN", &demo)], "no_reference");
    for empty in ["", "  \n"] {
        check("arn_var = \"V\"\n", &[("V", empty)], "no_reference");
        check("arn_var = \"V\"\nsecret_id = \"s\"\n", &[("V", empty)], "read s Raw");
    }
    // White space around a reference is not part of it.
    check("arn_var = \"V\"\n", &[("V", &format!(" {demo}\n"))], &by_arn);
    check("arn_var = \"V\"\narn_parameter = \"/p\"\nsecret_id = \"s\"\n", &[("V", &demo)], &by_arn);
    check(
        "arn_var = \"V\"\narn_parameter = \"/p\"\nsecret_id = \"s\"\n",
        &[],
        "ask /p, else read s Raw",
    );
    check("arn_var = \"V\"\narn_parameter = \"/p\"\n", &[], "ask /p, else no_reference");
    check("secret_id = \"s\"\narn_parameter = \"/p\"\n", &[], "ask /p, else read s Raw");
    check(
        "arn_parameter = \"/p\"\nvalue_parameter = \"/v\"\n",
        &[],
        "ask /p, else read parameter /v Raw",
    );
    check("value_parameter = \"/v\"\njson_key = \"k\"\n", &[], "read parameter /v Key(\"k\")");
    // The content of a variable decides, even if it is not a valid reference.
    check("arn_var = \"V\"\nsecret_id = \"s\"\n", &[("V", "no reference")], "invalid_reference");
}

#[test]
fn a_suffix_and_the_entry_both_say_what_is_read() {
    fn check(keys: &str, reference: &str, expected: &str) {
        let env = Env::new([("KEY_SECRET_ARN", reference)]);
        assert_eq!(short(keys, &env, PlanOptions::default()), expected, "{keys} {reference}");
    }
    let demo = arn("demo");
    check("", &format!("{demo}:k::"), &format!("read {demo} Key(\"k\")"));
    check("json_key = \"k\"\n", &format!("{demo}:k::"), &format!("read {demo} Key(\"k\")"));
    check("json_key = \"other\"\n", &format!("{demo}:k::"), "contradiction");
    check(
        "",
        &format!("{demo}::AWSPREVIOUS:"),
        &format!("read {demo} at version stage AWSPREVIOUS Raw"),
    );
    check("version_stage = \"AWSPENDING\"\n", &format!("{demo}::AWSPREVIOUS:"), "contradiction");
    check("version_stage = \"AWSPENDING\"\n", PARAMETER, "contradiction");
    check("", PARAMETER, &format!("read parameter {PARAMETER} Raw"));
}

#[test]
fn a_name_from_a_variable_is_shown_by_its_source() {
    let env = Env::new([("KEY_SECRET_ARN", "sk-test-pasted-by-mistake")]);
    assert_eq!(
        short("", &env, PlanOptions::default()),
        "read the secret that KEY_SECRET_ARN names Raw"
    );
    assert_eq!(short("secret_id = \"demo\"\n", &env, PlanOptions::default()), "read demo Raw");
}

#[test]
fn what_is_set_is_kept() {
    fn check(process: &[(&str, &str)], file: &str, options: PlanOptions, expected: &str) {
        let env = Env::new(process.iter().copied()).with_file(EnvFile::parse(file).unwrap());
        assert_eq!(short("", &env, options), expected, "{process:?} {file:?}");
    }
    let demo = arn("demo");
    let (default, ignore_set) =
        (PlanOptions::default(), PlanOptions { ignore_set: true, ..PlanOptions::default() });
    let read = format!("read {demo} Raw");
    let named = format!("KEY_SECRET_ARN={demo}\n");
    check(&[("KEY", "sk-test-1")], "KEY=sk-test-2\n", default, "keep the environment");
    check(&[("KEY", "")], "KEY=sk-test-2\n", default, "keep the env file");
    check(&[("KEY", "")], "KEY=\n", default, "no_reference");
    check(&[], &named, default, &read);
    // An ARN in the process takes precedence over one in the file, unless it is empty.
    check(&[("KEY_SECRET_ARN", &demo)], "KEY_SECRET_ARN=other\n", default, &read);
    check(&[("KEY_SECRET_ARN", "")], &named, default, &read);
    check(&[("KEY", "sk-test-1"), ("KEY_SECRET_ARN", &demo)], "", ignore_set, &read);
    check(&[], &format!("KEY=sk-test-2\n{named}"), ignore_set, &read);
    check(&[("KEY", "sk-test-1")], "", ignore_set, "no_reference");
}

#[test]
fn offline_and_without_parameter_store() {
    fn check(keys: &str, offline: &str, without: &str) {
        let options = PlanOptions { offline: true, ..PlanOptions::default() };
        assert_eq!(short(keys, &Env::default(), options), offline, "{keys}");
        let options = PlanOptions { parameters: false, ..PlanOptions::default() };
        assert_eq!(short(keys, &Env::default(), options), without, "{keys}");
    }
    check("", "no_reference", "no_reference");
    check("secret_id = \"s\"\n", "offline", "read s Raw");
    check("arn_parameter = \"/p\"\nsecret_id = \"s\"\n", "offline", "no_parameter_store");
    check("value_parameter = \"/p\"\n", "offline", "no_parameter_store");
}

#[test]
fn which_plans_need_a_region_from_elsewhere() {
    fn check(keys: &str, local: bool, needs: bool, some: Option<&str>) {
        let plan = planned(&format!("[secrets.KEY]\n{keys}"), &Env::default());
        let found = (plan.is_local(), plan.needs_default_region(), plan.some_region());
        assert_eq!(found, (local, needs, some), "{keys}");
    }
    check("", true, false, None);
    check("secret_id = \"s\"\n", false, true, None);
    check(&format!("secret_id = \"{}\"\n", arn("s")), false, false, Some("us-east-1"));
    check("value_parameter = \"/p\"\n", false, true, None);
    check(&format!("value_parameter = \"{PARAMETER}\"\n"), false, false, Some("eu-west-1"));
    check("arn_parameter = \"/p\"\n", false, true, None);
    check(&format!("arn_parameter = \"{PARAMETER}\"\n"), false, false, Some("eu-west-1"));
    check(
        &format!("arn_parameter = \"{PARAMETER}\"\nsecret_id = \"s\"\n"),
        false,
        true,
        Some("eu-west-1"),
    );
}

#[test]
fn a_plan_counts_its_calls() {
    fn check(
        entries: impl Iterator<Item = String>,
        batch: Batch,
        parameters: usize,
        secrets: usize,
    ) {
        let manifest: String = entries
            .enumerate()
            .map(|(index, keys)| format!("[secrets.K{index}]\n{keys}\n"))
            .collect();
        let found = planned(&manifest, &Env::default()).calls(batch);
        assert_eq!(found, Calls { parameters, secrets }, "{manifest}");
    }
    let id = |text: String| format!("secret_id = \"{text}\"");
    let named = move |index| id(format!("demo/{index}"));
    let pinned = |index| format!("secret_id = \"demo/{index}\"\nversion_stage = \"AWSPREVIOUS\"");
    check((0..0).map(named), Batch::Auto, 0, 0);
    check((0..1).map(named), Batch::Auto, 0, 1);
    check((0..50).map(named), Batch::Auto, 0, 3);
    check((0..50).map(named), Batch::Never, 0, 50);
    check(
        (0..10).map(|key| format!("secret_id = \"demo\"\njson_key = \"{key}\"")),
        Batch::Auto,
        0,
        1,
    );
    check((0..21).map(move |index| id(arn(&index.to_string()))), Batch::Auto, 0, 2);
    check((0..3).map(pinned), Batch::Auto, 0, 3);
    // Regions do not share a batch, and accounts no region's.
    let regions = ["us-east-1", "eu-west-1"];
    check(
        (0..4).map(|i| id(arn_in(regions[i % 2], "123456789012", &i.to_string()))),
        Batch::Auto,
        0,
        2,
    );
    let accounts = ["123456789012", "210987654321"];
    check(
        (0..4).map(|i| id(arn_in("us-east-1", accounts[i % 2], &i.to_string()))),
        Batch::Auto,
        0,
        4,
    );
    // A parameter each, then a secret each.
    check((0..21).map(|index| format!("arn_parameter = \"/demo/{index}\"")), Batch::Auto, 3, 2);
    check((0..5).map(|_| "arn_parameter = \"/demo\"".to_owned()), Batch::Auto, 1, 1);
    check(
        (0..2).map(|_| {
            "arn_parameter = \"/demo\"\nversion_id = \"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\""
                .to_owned()
        }),
        Batch::Auto,
        1,
        1,
    );
    check((0..11).map(|index| format!("value_parameter = \"/demo/{index}\"")), Batch::Auto, 2, 0);
}
