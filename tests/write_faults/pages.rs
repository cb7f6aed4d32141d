//! A server that answers every call with an empty page and the token of the next one: nothing is said to be done, and no
//! list is read for ever.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::Server;
use crate::support::{Ran, Sandbox};

const MANIFEST: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";

/// What each answer says beside lists and token.
fn run(beside: &'static str, args: &[&str]) -> Ran {
    let page = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let page = page.fetch_add(1, Ordering::Relaxed);
        let current = r#""VersionIdsToStages":{"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab":["AWSCURRENT"]}"#;
        let lists = format!(r#""SecretList":[],"Versions":[],"Parameters":[],{current}"#);
        let body = format!("{{{beside}{lists},\"NextToken\":\"{page}\"}}");
        (200, vec!["content-type: application/x-amz-json-1.1".to_owned()], body.into())
    });
    Sandbox::new(MANIFEST).at(&server.endpoint()).env("HYDRANT_DEADLINE", "20s").fed(args, "4fA9zQ7Hm")
}

#[track_caller]
fn refused(ran: &Ran, says: &str) {
    assert_eq!(ran.code, Some(76), "{ran:?}");
    assert!(ran.stderr.contains(says), "{says:?} in {ran:?}");
    assert!(!ran.stdout.contains("deleted") && !ran.stderr.contains("deleted"), "{ran:?}");
}

#[test]
fn no_deletion_is_confirmed_by_an_empty_page() {
    let no_date = "the response has no date from which the secret is gone (DeletionDate)";
    let other = "the response is not about the secret that was called for";
    for args in [&["delete", "KEY", "--yes"][..], &["delete", "KEY", "--now", "--yes"]] {
        refused(&run("\"Name\":\"demo/key\",", args), no_date);
        refused(&run("", args), other);
        let ran = run("\"Name\":\"demo/key\",", args);
        assert!(ran.stderr.contains("hydrant status --only KEY"), "{ran:?}");
    }
}

#[test]
fn a_list_of_empty_pages_ends() {
    let named = "\"Name\":\"demo/key\",";
    for args in [&["history", "KEY"][..], &["status", "--all"], &["rollback", "KEY", "--to", "0f2a6c1e"]] {
        refused(&run(named, args), "the list has more than 100 empty pages in a row");
    }
}
