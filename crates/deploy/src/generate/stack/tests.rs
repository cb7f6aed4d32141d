use hydrant_core::Env;
use hydrant_core::reference::Arn;

use super::super::tests::input;
use super::*;

fn stack(entries: &str) -> Stack {
    let input = input(entries, &Env::default());
    Stack::of(&input.committed, &input.manifest).unwrap()
}

/// The secrets, the parameters with their secrets, and the source of each entry.
fn check(entries: &str, secrets: &[&str], parameters: &[(&str, &str)], sources: &[StackSource]) {
    let stack = stack(entries);
    let found: Vec<&str> = stack.secrets.iter().map(|secret| secret.name.as_str()).collect();
    assert_eq!(found, secrets, "{entries}");
    let found: Vec<_> =
        stack.parameters.iter().map(|p| (p.name.as_str(), p.secret.as_str())).collect();
    assert_eq!(found, parameters, "{entries}");
    let found: Vec<_> = stack.entries.iter().map(|entry| entry.source.clone()).collect();
    assert_eq!(found, sources, "{entries}");
}

fn arn(text: &str) -> Arn {
    let Ok(ParameterId::Arn(arn)) = ParameterId::parse(text) else { return secret_arn(text) };
    arn
}

fn secret_arn(text: &str) -> Arn {
    use hydrant_core::reference::Reference;
    let Ok(Reference::Secret(secret)) = Reference::parse(text) else { panic!("{text}") };
    let SecretId::Arn(arn) = secret.id else { panic!("{text}") };
    arn
}

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:demo/arn-AbCdEf";

#[test]
fn every_way_to_name_a_secret() {
    let made = |name: &str| StackSource::Secret(SecretId::Name(name.to_owned()));
    check("[secrets.A_KEY]\n", &["a-key"], &[], &[made("a-key")]);
    check("[secrets.A]\nsecret_id = \"x/a\"\n", &["x/a"], &[], &[made("x/a")]);
    check(
        "[secrets.A]\narn_parameter = \"/x/a-secret-arn\"\n",
        &["x/a"],
        &[("/x/a-secret-arn", "x/a")],
        &[made("x/a")],
    );
    // Where an entry names its secret, that is what its parameter publishes, as a put would write
    // it.
    let both = "[secrets.A]\narn_parameter = \"/p\"\nsecret_id = \"a\"\ncreate_name = \"b\"\n";
    check(both, &["a"], &[("/p", "a")], &[made("a")]);
    let value = "[secrets.A]\narn_parameter = \"/p\"\nvalue_parameter = \"/v\"\n";
    check(value, &["p"], &[("/p", "p")], &[made("p")]);
}

#[test]
fn what_exists_is_not_made() {
    let exists = || StackSource::Secret(SecretId::Arn(arn(ARN)));
    check(&format!("[secrets.A]\nsecret_id = \"{ARN}:key::\"\n"), &[], &[], &[exists()]);
    let published = format!("[secrets.A]\nsecret_id = \"{ARN}\"\narn_parameter = \"/p\"\n");
    check(&published, &[], &[("/p", ARN)], &[exists()]);
    for id in ["arn:aws:ssm:eu-west-1:210987654321:parameter/p", "/p:3"] {
        let source = StackSource::NamedBy(ParameterId::parse(id).unwrap());
        check(&format!("[secrets.A]\narn_parameter = \"{id}\"\n"), &[], &[], &[source]);
    }
    let source = StackSource::Parameter(ParameterId::Name("/v".to_owned()));
    check("[secrets.A]\nvalue_parameter = \"/v\"\n", &[], &[], &[source]);
}

#[test]
fn variables_count_where_they_are_asked_for() {
    let env = Env::new([("A_SECRET_ARN", format!("{ARN}:key:AWSPREVIOUS:"))]);
    let input = input("[secrets.A]\n", &env);
    let deployed = &Stack::of(&input.deployed, &input.manifest).unwrap().entries[0];
    assert_eq!(deployed.source, StackSource::Secret(SecretId::Arn(arn(ARN))));
    assert_eq!(deployed.selector, Selector::Key("key".to_owned()));
    assert_eq!(deployed.version, Some(Version::Stage("AWSPREVIOUS".to_owned())));
    assert_eq!(deployed.arn_var.as_deref(), Some("A_SECRET_ARN"));
    let committed = &Stack::of(&input.committed, &input.manifest).unwrap().entries[0];
    assert_eq!(committed.source, StackSource::Secret(SecretId::Name("a".to_owned())));
}

#[test]
fn entries_of_one_secret_are_together() {
    let entries = "[secrets.B]\nsecret_id = \"s\"\njson_key = \"b\"\ndescription = \"One\"\n\
                   [secrets.A]\nsecret_id = \"s\"\njson_key = \"a\"\ndescription = \"Two\"\nkms_key = \"alias/k\"\n\
                   [secrets.C]\nsecret_id = \"s\"\ndescription = \"One\"\n";
    let expected = Secret {
        name: "s".to_owned(),
        kms_key: Some("alias/k".to_owned()),
        description: Some("One; Two".to_owned()),
        variables: ["B", "A", "C"].map(str::to_owned).to_vec(),
    };
    assert_eq!(stack(entries).secrets, [expected]);
}

#[test]
fn entries_that_share_a_variable_or_a_parameter_share_a_secret() {
    let (made, exists) = (
        || StackSource::Secret(SecretId::Name("x".to_owned())),
        || StackSource::Secret(SecretId::Arn(arn(ARN))),
    );
    let both = "[secrets.A]\narn_var = \"X_SECRET_ARN\"\njson_key = \"a\"\n\
                [secrets.B]\narn_var = \"X_SECRET_ARN\"\njson_key = \"b\"\n";
    check(both, &["x"], &[], &[made(), made()]);
    // What one of them says of the secret counts for the other.
    let published = format!("{both}arn_parameter = \"/demo/x-secret-arn\"\n");
    let made = || StackSource::Secret(SecretId::Name("demo/x".to_owned()));
    check(&published, &["demo/x"], &[("/demo/x-secret-arn", "demo/x")], &[made(), made()]);
    check(&format!("{both}secret_id = \"{ARN}\"\n"), &[], &[], &[exists(), exists()]);
    let two = "[secrets.A]\narn_parameter = \"/demo/x\"\njson_key = \"a\"\ncreate_name = \"own\"\n\
               [secrets.B]\narn_parameter = \"/demo/x\"\nkms_key = \"alias/k\"\n";
    let stack = stack(two);
    let found: Vec<_> =
        stack.secrets.iter().map(|one| (&*one.name, one.kms_key.as_deref())).collect();
    assert_eq!(found, [("own", Some("alias/k"))]);
}

#[test]
fn the_order_of_the_manifest_moves_no_resource() {
    let (one, other) =
        ("[secrets.A]\narn_parameter = \"/a\"\n", "[secrets.B]\narn_parameter = \"/b\"\n");
    let (forth, back) = (stack(&format!("{one}{other}")), stack(&format!("{other}{one}")));
    assert_eq!((forth.secrets, forth.parameters), (back.secrets, back.parameters));
}

#[test]
fn everything_that_is_wrong_is_told() {
    let entries = "[secrets.A]\nsecret_id = \"s\"\nkms_key = \"k1\"\n[secrets.B]\nsecret_id = \"s\"\nkms_key = \"k2\"\n\
                   [secrets.C]\narn_parameter = \"/p\"\nsecret_id = \"c\"\n\
                   [secrets.D]\narn_parameter = \"/p\"\nsecret_id = \"d\"\n\
                   [secrets.G]\narn_var = \"X\"\nsecret_id = \"g\"\n[secrets.H]\narn_var = \"X\"\nsecret_id = \"h\"\n\
                   [secrets.E]\nsecret_id = \"x/y\"\n[secrets.F]\nsecret_id = \"x-y\"\n";
    let input = input(entries, &Env::new([("A_SECRET_ARN", "sk-canary")]));
    let wrong = Stack::of(&input.committed, &input.manifest).unwrap_err();
    let texts: Vec<&str> = wrong.iter().map(|problem| problem.text.as_str()).collect();
    let expected = [
        "A and B: the secret s cannot have two keys, k1 and k2",
        "C and D: the parameter /p cannot publish two secrets, c and d",
        "G and H: the variable X cannot name two secrets, g and h",
        "the secrets x-y and x/y would have one id, XY: only their letters and digits count",
    ];
    assert_eq!(texts, expected);
    assert!(wrong.iter().all(|problem| problem.hint.is_some()));
}

#[test]
fn what_may_be_a_pasted_key_is_not_repeated() {
    let env = Env::new([("A_SECRET_ARN", "sk-canary"), ("B_SECRET_ARN", "sk canary")]);
    let input = input("[secrets.A]\n[secrets.B]\n", &env);
    let wrong = Stack::of(&input.deployed, &input.manifest).unwrap_err();
    assert_eq!(wrong.len(), 2);
    assert!(wrong.iter().all(|problem| !format!("{problem:?}").contains("canary")), "{wrong:?}");
}
