//! What a report says about one entry, and which values it returns.

use super::*;
use crate::store::StoreErrorKind;
use crate::tests::{aws_error, hydrated, responding, stores, value};
use crate::{EnvFile, MemoryStore, Stores};

/// The only entry of a manifest: its line of the report, and the hint.
async fn check(keys: &str, env: &Env, stores: &Stores, expected: &str, hint: Option<&str>) {
    let (hydration, events) = hydrated(&format!("[secrets.KEY]\n{keys}"), env, stores).await;
    let report = &hydration.report.entries[0];
    assert_eq!(report.to_string(), expected, "{keys}");
    assert_eq!(report.hint().as_deref(), hint, "{keys}");
    let told = format!("{hydration:?} {events:?} {report} {:?} {:?}", report.said(), report.hint());
    assert!(!told.contains("sk-test"), "{told}");
}

#[tokio::test]
async fn each_outcome_in_words() {
    let none = || MemoryStore::new().stores();
    let set = |value: &str| Env::new([("KEY", value)]);
    let file = Env::default().with_file(EnvFile::parse("KEY=sk-test-file\n").unwrap());
    check("", &set("sk-test-local"), &none(), "kept: already set in the environment", None).await;
    check("", &file, &none(), "kept: already set in the env file", None).await;
    let unset = "no reference to its secret: KEY_SECRET_ARN is not set";
    let set_it = Some("set KEY_SECRET_ARN to the secret's ARN, or set KEY itself");
    // If a required value is missing, only the reason is shown.
    check("", &Env::default(), &none(), unset, set_it).await;
    check("required = false\n", &Env::default(), &none(), &format!("skipped: {unset}"), set_it)
        .await;
    check(
        "default = \"plain\"\n",
        &Env::default(),
        &none(),
        &format!("defaulted: {unset}"),
        set_it,
    )
    .await;
    let full = || MemoryStore::new().secret("demo", "sk-test-1").stores();
    check("secret_id = \"demo\"\n", &Env::default(), &full(), "hydrated: demo", None).await;
    check(
        "secret_id = \"demo\"\n",
        &Env::default(),
        &MemoryStore::new().denied("demo").stores(),
        "access denied: demo; AWS said: AccessDeniedException: denied by the in-memory store",
        Some("allow secretsmanager:GetSecretValue on demo in the role's policy"),
    )
    .await;
    let pinned = "secret_id = \"demo\"\nversion_stage = \"AWSPREVIOUS\"\n";
    check(
        pinned,
        &Env::default(),
        &none(),
        "the secret has no value to read: demo at version stage AWSPREVIOUS; AWS said: \
         ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        Some("give it a value"),
    )
    .await;
}

/// People paste keys into the wrong variable, so neither the name nor AWS's message about it is
/// shown.
#[tokio::test]
async fn a_hidden_reference_is_never_shown() {
    let env = Env::new([("KEY_SECRET_ARN", "sk-test-pasted")]);
    for (kind, code, reason, hint) in [
        (
            StoreErrorKind::Denied,
            "AccessDeniedException",
            "failed: access denied",
            "allow secretsmanager:GetSecretValue on the secret that KEY_SECRET_ARN names in the \
                 role's policy",
        ),
        (
            StoreErrorKind::Absent,
            "ResourceNotFoundException",
            "missing: the secret has no value to read",
            "check that it holds an ARN or a name, not the value itself; otherwise give it a value",
        ),
        (
            StoreErrorKind::Rejected,
            "ValidationException",
            "failed: AWS rejected the request",
            "read what AWS said about the request",
        ),
    ] {
        let error = aws_error(kind, code, "not on resource sk-test-pasted");
        let expected = format!("{reason}: the secret that KEY_SECRET_ARN names; AWS said: {code}");
        let required = expected.split_once(": ").map_or("", |(_, reason)| reason);
        check("", &env, &stores(responding(Err(error.clone()))), required, Some(hint)).await;
        check(
            "required = false\n",
            &env,
            &stores(responding(Err(error.clone()))),
            &expected,
            Some(hint),
        )
        .await;
        let expected = format!("defaulted: {required}");
        check(
            "default = \"plain\"\n",
            &env,
            &stores(responding(Err(error))),
            &expected,
            Some(hint),
        )
        .await;
    }
}

/// A server that fails for a while and repeats the reference of the call is logged with its code.
#[tokio::test(start_paused = true)]
async fn a_hidden_reference_is_not_logged_between_attempts() {
    let env = Env::new([("KEY_SECRET_ARN", "sk-test-pasted")]);
    let error =
        aws_error(StoreErrorKind::Throttled, "ThrottlingException", "too often: sk-test-pasted");
    check(
        "required = false\n",
        &env,
        &stores(responding(Err(error))),
        "failed: still throttled at the deadline: the secret that KEY_SECRET_ARN names; AWS said: \
             ThrottlingException",
        Some(
            "too many requests in this account and region: raise settings.deadline, or start \
            fewer processes at once",
        ),
    )
    .await;
}

#[tokio::test]
async fn values_are_those_of_every_entry_that_has_one() {
    let env = Env::new([("PROCESS", "sk-test-process"), ("EMPTY", "")]);
    let env = env.with_file(
        EnvFile::parse("FILE=sk-test-file\nEMPTY=sk-test-empty\nOTHER=plain\n").unwrap(),
    );
    let manifest = "[secrets.PROCESS]\n[secrets.FILE]\n[secrets.EMPTY]\n[secrets.READ]\nsecret_id \
        = \"demo\"\n\
                    [secrets.DEFAULTED]\ndefault = \"plain\"\n[secrets.SKIPPED]\nrequired = \
                    false\n";
    let stores = MemoryStore::new().secret("demo", "sk-test-read").stores();
    let (hydration, _) = hydrated(manifest, &env, &stores).await;
    let names: Vec<_> = hydration.values.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["PROCESS", "FILE", "EMPTY", "READ", "DEFAULTED"]);
    let to_set: Vec<_> = hydration.values.to_set().map(|(name, _)| name).collect();
    assert_eq!(to_set, ["FILE", "EMPTY", "READ", "DEFAULTED"]);
    assert_eq!(value(&hydration, "EMPTY"), Some("sk-test-empty"));
    assert_eq!(value(&hydration, "OTHER"), None);
    assert!(!format!("{hydration:?}").contains("sk-test"), "{hydration:?}");
}

#[test]
fn a_parameter_that_does_not_exist_is_told_with_its_entry() {
    use crate::reference::ParameterId;
    let selected =
        crate::tests::selected("[secrets.A]\n[secrets.B]\n[secrets.C]\n", &Env::default());
    let entries = selected.entries.into_iter().map(|entry| Found {
        entry,
        source: None,
        receipt: None,
        value: FoundValue::Without(Reason::Empty),
    });
    let absent = vec![("B".to_owned(), ParameterId::Name("/demo/b".to_owned()))];
    let extracted = Extracted { entries: entries.collect(), absent };
    let report = report(Path::new("secrets.toml"), extracted, &Env::default()).report;
    let absent: Vec<_> =
        report.entries.iter().map(|entry| entry.absent_parameter.as_deref()).collect();
    assert_eq!(absent, [None, Some("/demo/b"), None]);
}
