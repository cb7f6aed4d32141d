//! The wire, used by the library in this process: the blocking and the async calls that return
//! values.
//!
//! No test changes this process's environment: each passes its own `Env`.

use std::collections::BTreeSet;

use aws_sdk_ssm::types::ParameterType;
use hydrant::write::{PutOptions, WriteProblem};
use hydrant::{Env, Error, Hydration, Hydrator, Outcome};
use hydrant_core::Severity;
use hydrant_emulator::{Call, Emulator, Operation};

use crate::support::aws::{AWAY, HOME, Server};

on_both! {
    blocking_values_and_their_report
    async_values_are_the_same
    a_required_secret_without_a_value_is_an_error_that_names_it
    a_blocking_call_inside_a_runtime_reads_too
    organisations_at_the_same_time
    each_call_sees_what_is_there_now
    a_put_with_the_same_token_makes_one_version
}

/// A hydrator for this manifest, with an environment that only points to the server.
fn hydrator(endpoint: &str, manifest: &str, more: &[(&str, &str)]) -> Hydrator {
    let at = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", HOME),
    ];
    let env = Env::new(at.iter().chain(more).copied());
    let manifest = format!("version = 1\n{manifest}");
    Hydrator::builder()
        .manifest_text(&manifest)
        .no_env_file()
        .env(env)
        .build()
        .expect("a sound manifest")
}

fn on(server: &Server, manifest: &str, more: &[(&str, &str)]) -> Hydrator {
    hydrator(
        server.endpoint(),
        &manifest.replace("PREFIX", server.name("").trim_end_matches('/')),
        more,
    )
}

fn value<'a>(hydration: &'a Hydration, variable: &str) -> Option<&'a str> {
    hydration.values.get(variable).map(|value| value.expose())
}

const SEVERAL: &str = "[secrets.KEPT]\n[secrets.BY_ARN]\n[secrets.BY_PARAMETER]\narn_parameter = \"/PREFIX/arn\"\n\
    [secrets.JSON]\nsecret_id = \"PREFIX/json\"\njson_key = \"key\"\n\
    [secrets.PARAMETER]\nvalue_parameter = \"/PREFIX/value\"\n\
    [secrets.ABSENT]\nsecret_id = \"PREFIX/none\"\nrequired = false\n";

fn several(server: &Server) -> Hydrator {
    let away = server.secret(AWAY, "away", Some("by arn"));
    let home = server.secret(HOME, "home", Some("by parameter"));
    server.secret(HOME, "json", Some(r#"{"key": 12345678901234567890}"#));
    server.parameter(HOME, "arn", &home, ParameterType::String);
    server.parameter(HOME, "value", "secure", ParameterType::SecureString);
    on(server, SEVERAL, &[("KEPT", "local"), ("BY_ARN_SECRET_ARN", &away)])
}

fn is_several(hydration: &Hydration) {
    let pairs: Vec<_> =
        hydration.values.iter().map(|(name, value)| (name, value.expose())).collect();
    let expected = [
        ("KEPT", "local"),
        ("BY_ARN", "by arn"),
        ("BY_PARAMETER", "by parameter"),
        ("JSON", "12345678901234567890"),
        ("PARAMETER", "secure"),
    ];
    assert_eq!(pairs, expected);
    let outcomes: Vec<_> =
        hydration.report.entries.iter().map(|entry| entry.outcome.word()).collect();
    assert_eq!(outcomes, ["kept", "hydrated", "hydrated", "hydrated", "hydrated", "missing"]);
}

fn blocking_values_and_their_report(server: &Server) {
    let hydrator = several(server);
    is_several(&hydrator.read().values_blocking().expect("values"));
    is_several(&hydrator.read().values_blocking().expect("values"));
}

fn async_values_are_the_same(server: &Server) {
    let hydrator = several(server);
    is_several(&server.wait(hydrator.read().values()).expect("values"));
}

fn a_required_secret_without_a_value_is_an_error_that_names_it(server: &Server) {
    server.secret(HOME, "there", Some("1"));
    let manifest =
        "[secrets.A]\nsecret_id = \"PREFIX/there\"\n[secrets.B]\nsecret_id = \"PREFIX/none\"\n";
    let error = on(server, manifest, &[]).read().values_blocking().expect_err("no values");
    let Error::MissingSecrets(missing) = &error else { panic!("{error}") };
    assert_eq!(missing.severity(), Some(Severity::Missing));
    let entries: Vec<_> =
        missing.entries().map(|entry| (entry.variable.as_str(), entry.line)).collect();
    assert_eq!(entries, [("B", 4)]);
    assert!(matches!(missing.report().get("A").expect("a report").outcome, Outcome::Hydrated));
}

fn a_blocking_call_inside_a_runtime_reads_too(server: &Server) {
    let hydrator = several(server);
    is_several(&server.wait(async { hydrator.read().values_blocking() }).expect("values"));
}

const ORGANISATIONS: usize = 40;
const PER_REQUEST: &str = "[vars]\nstage = \"dev\"\norg = \"none\"\n\
    [secrets.KEY]\nsecret_id = \"PREFIX/agents/${stage}/${org}/shared/openai_api_key\"\n\
    [secrets.OTHER]\nsecret_id = \"PREFIX/agents/${stage}/${org}/shared/other\"\nrequired = false\n";

/// Hydrates for many organisations at the same time, each with a different value.
fn ask_for_all(server: &Server, hydrator: &Hydrator) {
    let requests = (0..ORGANISATIONS).map(|index| async move {
        let hydration =
            hydrator.read().var("org", format!("org{index}")).values().await.expect("values");
        assert_eq!(value(&hydration, "KEY"), Some(format!("key of {index}").as_str()));
        assert_eq!(value(&hydration, "OTHER"), None);
    });
    server.wait(futures_util::future::join_all(requests));
}

fn organisations_at_the_same_time(server: &Server) {
    for index in 0..ORGANISATIONS {
        let name = format!("agents/dev/org{index}/shared/openai_api_key");
        server.secret(HOME, &name, Some(&format!("key of {index}")));
    }
    let hydrator = on(server, PER_REQUEST, &[]);
    let (before, calls) =
        (server.connections(), server.calls_of(|| ask_for_all(server, &hydrator)));
    let (Some(before), Some(calls)) = (before, calls) else { return };
    // One batch for each request: nothing of one organisation is cached for another.
    assert_eq!(calls.len(), ORGANISATIONS);
    let asked: BTreeSet<_> = calls.iter().flat_map(|call| &call.ids).collect();
    assert_eq!(asked.len(), 2 * ORGANISATIONS);
    // A second round reuses the connections of the first: there are never more than concurrent
    // requests.
    let calls = server.calls_of(|| ask_for_all(server, &hydrator)).expect("calls");
    assert_eq!(calls.len(), ORGANISATIONS);
    let opened = server.connections().expect("connections") - before;
    assert!(opened <= ORGANISATIONS, "{opened} connections");
}

fn each_call_sees_what_is_there_now(server: &Server) {
    server.secret(HOME, "it", Some("old"));
    let hydrator = on(server, "[secrets.KEY]\nsecret_id = \"PREFIX/it\"\n", &[]);
    assert_eq!(value(&hydrator.read().values_blocking().expect("values"), "KEY"), Some("old"));
    server.put(HOME, "it", "new");
    assert_eq!(value(&hydrator.read().values_blocking().expect("values"), "KEY"), Some("new"));
}

const BY_ORG: &str = "[vars]\norg = \"none\"\n[secrets.KEY]\nsecret_id = \"agents/${org}/key\"\n";

#[test]
fn requests_one_after_the_other_share_one_connection() {
    let emulator = Emulator::start().unwrap();
    for org in ["acme", "zeta", "omega"] {
        emulator.create_secret(HOME, &format!("agents/{org}/key"), Some(org)).unwrap();
    }
    let hydrator = hydrator(&emulator.endpoint(), BY_ORG, &[]);
    for org in ["acme", "zeta", "omega", "acme"] {
        let hydration = hydrator.read().var("org", org).values_blocking().unwrap();
        assert_eq!(value(&hydration, "KEY"), Some(org));
    }
    assert_eq!((emulator.calls().len(), emulator.connections()), (4, 1));
}

#[test]
fn one_organisation_that_is_denied_leaves_the_others_alone() {
    let emulator = Emulator::start().unwrap();
    for org in ["acme", "zeta"] {
        emulator.create_secret(HOME, &format!("agents/{org}/key"), Some(org)).unwrap();
    }
    emulator.deny_item(Operation::GetSecretValue, "agents/zeta/key");
    let hydrator = hydrator(&emulator.endpoint(), BY_ORG, &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (acme, zeta) = runtime.block_on(async {
        futures_util::future::join(
            hydrator.read().var("org", "acme").values(),
            hydrator.read().var("org", "zeta").values(),
        )
        .await
    });
    assert_eq!(value(&acme.unwrap(), "KEY"), Some("acme"));
    let Err(Error::MissingSecrets(missing)) = zeta else { panic!("zeta was not denied") };
    assert_eq!(missing.severity(), Some(Severity::Denied));
}

#[test]
fn a_value_that_would_change_the_rest_of_a_name_is_refused_without_a_call() {
    let emulator = Emulator::start().unwrap();
    let hydrator = hydrator(&emulator.endpoint(), BY_ORG, &[]);
    for org in ["../acme", "acme/other", "", "a b", "arn:aws:secretsmanager"] {
        let error = hydrator.read().var("org", org).values_blocking().unwrap_err();
        assert!(matches!(error, Error::Selection(_)), "{error}");
    }
    assert_eq!((emulator.calls(), emulator.connections()), (Vec::<Call>::new(), 0));
}

#[test]
fn with_everything_set_no_connection_is_opened() {
    let emulator = Emulator::start().unwrap();
    let manifest = "[secrets.A]\nsecret_id = \"a\"\n[secrets.B]\nvalue_parameter = \"/b\"\n";
    let hydrator = hydrator(&emulator.endpoint(), manifest, &[("A", "1"), ("B", "2")]);
    let hydration = hydrator.read().values_blocking().unwrap();
    assert_eq!((value(&hydration, "A"), value(&hydration, "B")), (Some("1"), Some("2")));
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn neither_report_nor_error_nor_debug_holds_a_value() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "json", Some(r#"{"password": "hunter2"}"#)).unwrap();
    let manifest = "[secrets.A]\nsecret_id = \"json\"\n[secrets.B]\nsecret_id = \"json\"\njson_key = \"pass\"\n";
    let error = hydrator(&emulator.endpoint(), manifest, &[]).read().values_blocking().unwrap_err();
    let hydration = hydrator(&emulator.endpoint(), &format!("{manifest}required = false\n"), &[])
        .read()
        .values_blocking()
        .unwrap();
    assert_eq!(value(&hydration, "A"), Some(r#"{"password": "hunter2"}"#));
    for text in [
        format!("{error}"),
        format!("{error:?}"),
        format!("{hydration:?}"),
        format!("{:?}", hydration.report),
    ] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

fn a_put_with_the_same_token_makes_one_version(server: &Server) {
    const TOKEN: &str = "3b86e0c1-4f2a-4c1d-9b7e-0123456789ab";
    let entry = "[secrets.KEY]\nsecret_id = \"PREFIX/written\"\n";
    let write = on(server, entry, &[]).write();
    let put =
        |value: &str| write.put("KEY", value.into(), PutOptions::new().create(true).token(TOKEN));
    assert_eq!(server.wait(put("sk-one")).expect("created").version, TOKEN);
    assert_eq!(server.wait(put("sk-one")).expect("the same").version, TOKEN);
    let versions = server.wait(write.history("KEY")).expect("a history");
    assert_eq!(versions.iter().map(|version| version.id.as_str()).collect::<Vec<_>>(), [TOKEN]);
    let used = server.wait(put("sk-two")).expect_err("another value");
    assert!(
        matches!(&used, Error::Write(failure) if *failure.problem == WriteProblem::TokenUsed),
        "{used}"
    );
}
