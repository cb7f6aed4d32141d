//! A server that returns an empty page and the token of the next one for every call: nothing is
//! reported as done, and no list is read forever.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::server::Server;
use crate::support::{Ran, Sandbox};

const PARAMETER: &str = "version = 1\n[secrets.KEY]\nvalue_parameter = \"/demo/key\"\n";

const MANIFEST: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";

/// The members of each response in addition to lists and token.
fn run(beside: &'static str, args: &[&str]) -> Ran {
    run_with(MANIFEST, beside, args)
}

fn run_with(manifest: &str, beside: &'static str, args: &[&str]) -> Ran {
    let page = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let page = page.fetch_add(1, Ordering::Relaxed);
        let current =
            r#""VersionIdsToStages":{"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab":["AWSCURRENT"]}"#;
        let lists = format!(r#""SecretList":[],"Versions":[],"Parameters":[],{current}"#);
        let body = format!("{{{beside}{lists},\"NextToken\":\"{page}\"}}");
        (200, vec!["content-type: application/x-amz-json-1.1".to_owned()], body.into())
    });
    Sandbox::new(manifest)
        .at(&server.endpoint())
        .env("HYDRANT_DEADLINE", "20s")
        .fed(args, "4fA9zQ7Hm")
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
    let other = "the response is not for the requested secret";
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
    for args in
        [&["history", "KEY"][..], &["status", "--all"], &["rollback", "KEY", "--to", "0f2a6c1e"]]
    {
        refused(&run(named, args), "the list has more than 100 empty pages in a row");
    }
}

/// AWS may return an empty first page for a parameter that exists.
#[test]
fn a_parameter_is_found_on_a_later_page() {
    let page = |token: &str, rest: &str| {
        format!("{{\"Version\":8,\"Parameters\":[{rest}],\"NextToken\":\"{token}\"}}")
    };
    let server = Server::reading(move |_, body| {
        let body = match std::str::from_utf8(body).unwrap_or_default() {
            body if body.contains("\"n3\"") => {
                page("", r#"{"Name":"/demo/key","Version":7,"LastModifiedDate":1700000000}"#)
            }
            body if body.contains("\"n2\"") => page("n3", ""),
            _ => page("n2", ""),
        };
        (200, vec!["content-type: application/x-amz-json-1.1".to_owned()], body.into())
    });
    let cases: [(&[&str], i32, &str); 4] = [
        (&["status"], 0, "version 7"),
        (&["check", "--live"], 0, "present"),
        (&["put", "KEY"], 0, "version 8"),
        (&["put", "KEY", "--create"], 0, "version 8"),
    ];
    for (args, code, says) in cases {
        let ran = Sandbox::new(PARAMETER).at(&server.endpoint()).fed(args, "4fA9zQ7Hm");
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, Some(code), "{args:?}: {ran:?}");
        assert!(
            all.contains(says) && !all.contains("created") && !all.contains("missing"),
            "{args:?}: {ran:?}"
        );
    }
}

#[test]
fn a_parameter_on_no_page_is_not_reported_as_not_found() {
    for args in
        [&["status"][..], &["check", "--live"], &["put", "KEY"], &["put", "KEY", "--create"]]
    {
        let ran = run_with(PARAMETER, "", args);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            all.contains("the list has more than 100 empty pages in a row"),
            "{args:?}: {ran:?}"
        );
        assert!(
            !all.contains("created") && !all.contains("missing") && !all.contains("absent"),
            "{args:?}: {ran:?}"
        );
        assert_eq!(ran.code, Some(76), "{args:?}: {ran:?}");
    }
}
