//! Every cell of the design's table: event × required, optional or with a default × strict.

use tracing::Level;

use super::events::at;
use super::*;
use crate::Severity;
use crate::reference::ParameterId;
use crate::store::ParametersAnswer;

/// The behaviour of a store, and the outcome of an optional entry.
struct Case {
    /// Keys of the entry, except `required` and `default`.
    keys: String,
    secrets: MockSecretStore,
    /// The response of Parameter Store.
    parameters: Result<ParametersAnswer, StoreError>,
    outcome: &'static str,
    /// The word of the reason.
    reason: &'static str,
    severity: Severity,
}

impl Case {
    fn new(
        outcome: &'static str,
        reason: &'static str,
        severity: Severity,
        secrets: MockSecretStore,
    ) -> Self {
        let keys = format!("secret_id = \"{}\"\n", arn("demo/key"));
        Case {
            keys,
            secrets,
            parameters: Ok(ParametersAnswer::default()),
            outcome,
            reason,
            severity,
        }
    }

    fn keys(self, keys: &str) -> Self {
        Case { keys: keys.to_owned(), ..self }
    }

    fn and_keys(self, keys: &str) -> Self {
        Case { keys: format!("{}{keys}", self.keys), ..self }
    }

    fn parameters(self, parameters: Result<ParametersAnswer, StoreError>) -> Self {
        Case { parameters, ..self }
    }

    /// The three columns of the table, each also with `strict`.
    async fn check(self) {
        let Case { keys, secrets, parameters, outcome, reason, severity } = self;
        let failed = outcome == "failed";
        let mut store = MockParameterStore::new();
        store.expect_get_parameters().returning(move |_| parameters.clone());
        let stores = stores_with(secrets, store);
        let warned = if outcome == "skipped" { 0 } else { 1 };
        for (need, word, stops, stops_strictly, default, warnings) in [
            ("required = false", outcome, false, failed, None, warned),
            ("default = \"plain\"", "defaulted", false, failed, Some("plain"), warned),
            // The error lists it, so the log does not repeat it.
            ("required = true", outcome, true, true, None, 0),
        ] {
            let what = format!("{reason}, {need}");
            let (hydration, events) =
                hydrated(&format!("[secrets.KEY]\n{keys}{need}\n"), &Env::default(), &stores).await;
            let report = &hydration.report.entries[0];
            assert_eq!(report.outcome.word(), word, "{what}");
            assert_eq!(report.outcome.reason().map(|reason| reason.word()), Some(reason), "{what}");
            assert_eq!(
                (report.stops(false), report.stops(true)),
                (stops, stops_strictly),
                "{what}"
            );
            assert_eq!(hydration.report.severity(false), stops.then_some(severity), "{what}");
            assert_eq!(
                hydration.report.severity(true),
                stops_strictly.then_some(severity),
                "{what}"
            );
            assert_eq!(value(&hydration, "KEY"), default, "{what}");
            let said = at(&events, Level::WARN);
            let said: Vec<_> =
                said.iter().filter(|message| message.contains(&format!("): {word}: "))).collect();
            assert_eq!(said.len(), warnings, "{what}: {said:?}");
            assert!(!format!("{hydration:?} {events:?}").contains("sk-test"), "{what}");
        }
    }
}

fn invalid(name: &str) -> Result<ParametersAnswer, StoreError> {
    Ok(ParametersAnswer { parameters: Vec::new(), invalid: vec![name.to_owned()] })
}

fn filled(value: Option<Payload>) -> MockSecretStore {
    responding(Ok(Secret { value, ..text(&arn("demo/key"), "") }))
}

fn holding(value: &str) -> MockSecretStore {
    filled(Some(Payload::Text(value.into())))
}

#[tokio::test]
async fn no_locator_yields_a_reference() {
    let case = || Case::new("skipped", "no_reference", Severity::Missing, MockSecretStore::new());
    case().keys("").check().await;
    case().keys("arn_var = \"NOT_SET\"\n").check().await;
    case().keys("arn_parameter = \"/demo/arn\"\n").parameters(invalid("/demo/arn")).check().await;
}

#[tokio::test]
async fn there_is_no_value() {
    let error = |code, message| responding(Err(aws_error(StoreErrorKind::Absent, code, message)));
    let case = |reason, secrets| Case::new("missing", reason, Severity::Missing, secrets);
    case("absent", responding(Err(absent()))).check().await;
    let message =
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
    case("absent", error("ResourceNotFoundException", message)).check().await;
    let message =
        "You can't perform this operation on the secret because it was marked for deletion.";
    case("absent", error("InvalidRequestException", message)).check().await;
    case("empty", filled(None)).check().await;
    case("empty", holding("")).check().await;
    case("empty", holding("{\"a\": \"\"}")).and_keys("json_key = \"a\"\n").check().await;
    case("key_absent", holding("{\"a\": \"sk-test-1\"}"))
        .and_keys("json_key = \"b\"\n")
        .check()
        .await;
    case("key_absent", holding("{\"b\": null}")).and_keys("json_key = \"b\"\n").check().await;
    case("key_absent", holding("{\"a\": \"sk-test-1\"}"))
        .and_keys("json_pointer = \"/b\"\n")
        .check()
        .await;
    let keys = "value_parameter = \"/demo/key\"\n";
    case("absent", MockSecretStore::new())
        .keys(keys)
        .parameters(invalid("/demo/key"))
        .check()
        .await;
}

#[tokio::test(start_paused = true)]
async fn whether_there_is_a_value_cannot_be_found_out() {
    use StoreErrorKind::*;
    for (kind, reason, severity) in [
        (Denied, "denied", Severity::Denied),
        (Undecryptable, "undecryptable", Severity::Denied),
        (Throttled, "throttled", Severity::Unreachable),
        (Unreachable, "unreachable", Severity::Unreachable),
        (TimedOut, "timed_out", Severity::Unreachable),
        (Credentials, "no_credentials", Severity::Setup),
        (RefusedEndpoint, "refused_endpoint", Severity::Setup),
        (Settings, "bad_settings", Severity::Setup),
        (Rejected, "rejected", Severity::Unusable),
        (Malformed, "malformed_answer", Severity::Unusable),
    ] {
        let error = aws_error(kind, "SomeException", "said so");
        Case::new("failed", reason, severity, responding(Err(error.clone()))).check().await;
        // The same if the reference is in a parameter, or if the value is a parameter's.
        let case = || {
            Case::new("failed", reason, severity, MockSecretStore::new())
                .parameters(Err(error.clone()))
        };
        case().keys("arn_parameter = \"/demo/arn\"\n").check().await;
        case().keys("value_parameter = \"/demo/key\"\n").check().await;
    }
}

#[tokio::test]
async fn the_value_cannot_be_used() {
    let case = |reason, secrets| Case::new("failed", reason, Severity::Unusable, secrets);
    case("not_text", filled(Some(Payload::Binary(vec![0xff, 0xfe].into())))).check().await;
    case("not_json", holding("sk-test-1")).and_keys("json_key = \"a\"\n").check().await;
    case("not_an_object", holding("[\"sk-test-1\"]")).and_keys("json_key = \"a\"\n").check().await;
    case("bad_json_string", holding("{\"a\": \"sk-test-\\ud800\"}"))
        .and_keys("json_key = \"a\"\n")
        .check()
        .await;
    // The response of Parameter Store does not contain the requested name.
    case("unanswered", MockSecretStore::new())
        .keys("value_parameter = \"/demo/key\"\n")
        .check()
        .await;
    case("unanswered", MockSecretStore::new())
        .keys("arn_parameter = \"/demo/arn\"\n")
        .check()
        .await;
}

/// What is known before any call.
#[tokio::test]
async fn the_reference_cannot_be_used() {
    fn check(keys: &str, variable: &str, expected: (&str, Severity)) {
        let env = Env::new([("ARN", variable)]);
        let options = PlanOptions { parameters: false, ..PlanOptions::default() };
        let plan = plan(&selected(&format!("[secrets.KEY]\n{keys}"), &env), &env, options);
        let reason = crate::reason::Reason::Offline;
        let report = crate::hydrate_without("secrets.toml".as_ref(), plan, &env, &reason).report;
        let found = report.entries[0].outcome.reason().unwrap().word();
        assert_eq!((found, report.severity(false)), (expected.0, Some(expected.1)), "{keys}");
        assert!(!report.entries[0].to_string().contains("sk-test"), "{report:?}");
    }
    check("arn_var = \"ARN\"\n", "sk-test 1", ("invalid_reference", Severity::Unusable));
    let suffixed = format!("{}:other::", arn("demo/key"));
    check(
        "arn_var = \"ARN\"\njson_key = \"mine\"\n",
        &suffixed,
        ("contradiction", Severity::Unusable),
    );
    let parameter = "arn:aws:ssm:us-east-1:123456789012:parameter/demo/key";
    check(
        "arn_var = \"ARN\"\nversion_stage = \"AWSPREVIOUS\"\n",
        parameter,
        ("contradiction", Severity::Unusable),
    );
    check("arn_parameter = \"/demo/arn\"\n", "", ("no_parameter_store", Severity::Setup));
}

#[tokio::test]
async fn no_region() {
    let stores = Stores { region: None, ..stores(MockSecretStore::new()) };
    let manifest = "[secrets.A]\nsecret_id = \"demo/key\"\n[secrets.B]\narn_parameter \
        = \"/demo/arn\"\n\
                    [secrets.C]\nvalue_parameter = \"/demo/key\"\n";
    let (hydration, _) = hydrated(manifest, &Env::default(), &stores).await;
    for entry in &hydration.report.entries {
        assert_eq!(
            entry.outcome.reason().map(|reason| reason.word()),
            Some("no_region"),
            "{}",
            entry.variable
        );
    }
    assert_eq!(hydration.report.severity(false), Some(Severity::Setup));
}

#[tokio::test]
async fn every_failure_is_listed_and_the_most_severe_decides() {
    let mut secrets = MockSecretStore::new();
    secrets.expect_batch_get_secret_value().returning(|request| {
        let of = |id: &SecretId| match id.as_str() {
            "denied" => denied(),
            _ => absent(),
        };
        let error = |id: &SecretId| crate::store::BatchItemError {
            id: id.as_str().to_owned(),
            error: of(id),
        };
        Ok(crate::store::BatchAnswer {
            errors: request.ids.iter().map(error).collect(),
            ..Default::default()
        })
    });
    let manifest =
        "[secrets.A]\nsecret_id = \"absent\"\n[secrets.B]\nsecret_id = \"denied\"\n[secrets.C]\n";
    let (hydration, _) = hydrated(manifest, &Env::default(), &stores(secrets)).await;
    let stopping: Vec<_> =
        hydration.report.stopping(false).map(|entry| entry.outcome.word()).collect();
    assert_eq!(stopping, ["missing", "failed", "skipped"]);
    assert_eq!(hydration.report.severity(false), Some(Severity::Denied));
}

#[test]
fn a_parameter_that_is_looked_up_is_named_in_the_hint() {
    let parameter = Box::new(ParameterId::Name("/demo/arn".to_owned()));
    let error = StoreError { action: Action::GetParameters, ..denied() };
    let reason = Box::new(crate::reason::Reason::Store(error));
    let reason = crate::reason::Reason::Lookup { parameter, reason };
    assert_eq!(
        reason.to_string(),
        "the reference could not be read from parameter /demo/arn: access denied"
    );
    assert_eq!(
        reason.hint("KEY", "it").as_deref(),
        Some("allow ssm:GetParameters on parameter /demo/arn in the role's policy")
    );
}
