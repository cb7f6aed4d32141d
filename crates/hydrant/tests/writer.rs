//! The write side of the library, against the store in memory: a service whose users set what they
//! cannot read.

use hydrant::store::Writers;
use hydrant::write::{JsonWrite, PutOptions, RecoveryWindow, State, WriteProblem};
use hydrant::{Env, Error, Hydrator, MemoryStore, Outcome, SecretValue};

const TENANTS: &str =
    "version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"agents/${org}/openai\"\n";

fn hydrator(manifest: &str, writers: Writers) -> Hydrator {
    let builder = Hydrator::builder().manifest_text(manifest).no_env_file().env(Env::default());
    builder.writers(writers).build().expect("a manifest without problems")
}

fn problem(error: &Error) -> &WriteProblem {
    match error {
        Error::Write(failure) => &failure.problem,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_users_key_is_set_blindly_and_only_under_the_users_own_name() {
    let store =
        MemoryStore::new().empty_secret("agents/acme/openai").write_only("agents/acme/openai");
    let hydrator = hydrator(TENANTS, store.secret("agents/zeta/openai", "sk-zeta").writers());
    let acme = hydrator.write().var("org", "acme");
    assert_eq!(acme.status().await.unwrap()[0].state, State::Empty);
    let written =
        acme.put("OPENAI_API_KEY", SecretValue::from("sk-acme"), PutOptions::new()).await.unwrap();
    assert_eq!((written.place.as_str(), written.created), ("agents/acme/openai", false));
    let status = acme.status().await.unwrap().remove(0);
    assert_eq!((status.state, status.version), (State::Configured, Some(written.version)));
    // Who wrote it cannot read it.
    let Err(Error::MissingSecrets(missing)) = hydrator.read().var("org", "acme").values().await
    else {
        panic!("it was read")
    };
    assert!(matches!(missing.report().entries[0].outcome, Outcome::Failed(_)));
    // And no other name can be reached from the place of the variable.
    for org in ["../zeta", "acme/../zeta", "", "*", "zeta/openai"] {
        let put = hydrator
            .write()
            .var("org", org)
            .put("OPENAI_API_KEY", "sk-x".into(), PutOptions::new())
            .await;
        assert!(matches!(put, Err(Error::Selection(_))), "{org:?}: {put:?}");
    }
    let zeta = hydrator.read().var("org", "zeta").values().await.unwrap();
    assert_eq!(zeta.values.get("OPENAI_API_KEY").unwrap().expose(), "sk-zeta");
}

#[tokio::test]
async fn the_life_of_a_secret() {
    let manifest = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";
    let hydrator = hydrator(manifest, MemoryStore::new().writers());
    let writer = hydrator.write();
    let read = async || match hydrator.read().values().await {
        Ok(hydration) => hydration.values.get("KEY").unwrap().expose().to_owned(),
        Err(error) => error.to_string().lines().nth(1).unwrap_or_default().to_owned(),
    };
    let create = PutOptions::new().create(true);
    assert_eq!(writer.status().await.unwrap()[0].state, State::Absent);
    let absent = writer.put("KEY", "one".into(), PutOptions::new()).await.unwrap_err();
    assert!(matches!(problem(&absent), WriteProblem::Absent(_)), "{absent}");
    assert!(writer.put("KEY", "one".into(), create.clone()).await.unwrap().created);
    writer.put("KEY", "two".into(), create.clone()).await.unwrap();
    assert_eq!(read().await, "two");
    let stages: Vec<_> =
        writer.history("KEY").await.unwrap().into_iter().map(|version| version.stages).collect();
    assert_eq!(stages, [["AWSCURRENT"], ["AWSPREVIOUS"]]);
    writer.rollback("KEY", None).await.unwrap();
    assert_eq!(read().await, "one");
    assert!(writer.delete("KEY", RecoveryWindow::Days(7)).await.unwrap().until.is_some());
    assert!(read().await.contains("marked for deletion"));
    assert_eq!(writer.status().await.unwrap()[0].state, State::Deleted);
    writer.restore("KEY").await.unwrap();
    assert_eq!(read().await, "one");
    let bad = writer.delete("KEY", RecoveryWindow::Days(3)).await.unwrap_err();
    assert_eq!(problem(&bad), &WriteProblem::BadWindow);
}

#[tokio::test]
async fn one_key_of_a_json_secret() {
    let manifest = "version = 1\n[secrets.USER]\nsecret_id = \"demo/db\"\njson_key = \"user\"\n\
                    [secrets.PASSWORD]\nsecret_id = \"demo/db\"\njson_key = \"password\"\n";
    let store = MemoryStore::new().secret("demo/db", r#"{"port": 5432.00, "user": "app"}"#);
    let hydrator = hydrator(manifest, store.writers());
    let writer = hydrator.write();
    let refused = writer.put("PASSWORD", "hunter2".into(), PutOptions::new()).await.unwrap_err();
    assert!(matches!(problem(&refused), WriteProblem::PartOfJson(_)));
    let keep = PutOptions::new().json(JsonWrite::Merge);
    writer.put("PASSWORD", "hunter2".into(), keep).await.unwrap();
    let values = hydrator.read().values().await.unwrap().values;
    assert_eq!(values.get("USER").unwrap().expose(), "app");
    assert_eq!(values.get("PASSWORD").unwrap().expose(), "hunter2");
    let history = writer.history("PASSWORD").await.unwrap();
    assert!(
        history.iter().flat_map(|version| &version.stages).all(|stage| stage.starts_with("AWS")),
        "{history:?}"
    );
}
