//! Every public future is `Send` and owns what it needs, so that a service can spawn it.

use std::time::Duration;

use hydrant::write::{DEFAULT_WINDOW, Destination, JsonWrite, PutOptions, Rollback, Rotation};
use hydrant::{Builder, Env, Hydrator, Read, SecretValue, Write, WriteSession};

fn is_service_state<T: Clone + Send + Sync + 'static>(_: &T) {}

fn is_send<T: Send + 'static>(_: T) {}

#[test]
fn every_future_can_be_spawned_and_every_call_kept_in_the_state_of_a_service() {
    let builder: Builder = Hydrator::builder().manifest_text("version = 1\n").env(Env::default());
    let hydrator = builder.build().expect("a manifest without problems");
    let (read, write): (Read, Write) = (hydrator.read(), hydrator.write());
    is_service_state(&hydrator);
    is_service_state(&read);
    is_service_state(&write);

    is_send(read.values());
    is_send(read.check_live());
    is_send(read.var("org", "acme").only(["KEY"]).actor("ada").deadline(Duration::MAX).values());

    is_send(write.put("KEY", SecretValue::from("sk-test"), PutOptions::new().create(true)));
    is_send(write.status());
    is_send(write.status_of("KEY"));
    is_send(write.history("KEY"));
    is_send(write.rollback("KEY", Some("AWSPREVIOUS")));
    is_send(write.delete("KEY", DEFAULT_WINDOW));
    is_send(write.restore("KEY"));
    is_send(write.rotate("KEY", Rotation::new().every_days(30)));
    let options = PutOptions::new().json(JsonWrite::Merge);
    is_send(write.var("org", "acme").only(["KEY"]).actor("ada").deadline(Duration::MAX).put(
        "KEY",
        SecretValue::from("sk-test"),
        options,
    ));
}

/// The futures of the feature `unstable`, which may borrow. Compiled, and never run.
#[expect(dead_code, reason = "the compiler is the test")]
fn so_are_those_of_the_stages(
    hydrator: &Hydrator,
    session: WriteSession,
    destination: &Destination,
    rollback: &Rollback,
) {
    fn is_send<T: Send>(_: T) {}
    let (value, options) = (SecretValue::from("sk-test"), PutOptions::new());
    is_send(hydrator.examine());
    is_send(hydrator.write().session(&["KEY"]));
    is_send(session.put(destination, &value, &options));
    is_send(session.import(&[], &options, |_| {}));
    is_send(session.unlisted());
    is_send(session.history(destination));
    is_send(session.rollback_plan(destination, None));
    is_send(session.rollback(destination, rollback));
    is_send(session.delete(destination, DEFAULT_WINDOW));
    is_send(session.restore(destination));
    is_send(session.check_rotate(destination, &Rotation::new()));
    is_send(session.rotate(destination, &Rotation::new()));
    is_send(session.status());
}

/// Each public function that is async, or gives a future, stands above.
#[test]
fn no_future_is_forgotten() {
    let named = include_str!("send.rs");
    let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).expect("sources");
    let mut found = Vec::new();
    for source in sources {
        let path = source.expect("a source").path();
        if path.is_dir() {
            continue; // The audit log, which is not public.
        }
        let text = std::fs::read_to_string(path).expect("a source");
        let public = text.split("\n    pub ").skip(1).chain(text.split("\npub ").skip(1));
        let signatures = public.filter_map(|item| item.split('{').next());
        let futures = signatures.filter(|item| {
            item.starts_with("async fn ") || item.starts_with("fn ") && item.contains("Future")
        });
        found.extend(futures.map(|item| {
            let name = item.trim_start_matches("async ").trim_start_matches("fn ");
            name.split(['(', '<']).next().expect("a name").to_owned()
        }));
    }
    assert!(found.len() > 20, "{found:?}");
    for name in found {
        assert!(named.contains(&format!(".{name}(")), "{name}");
    }
}
