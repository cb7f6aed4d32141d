//! Intents and outcomes: their order, their id, and what becomes of one that is given up.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::*;

fn log(path: &Path) -> AuditLog {
    AuditLog::new(
        LogPath::Given(path.to_owned()),
        "put",
        Who::here(Some("ada@example.com"), Some("AKIAIOSFODNN7EXAMPLE".to_owned())),
    )
}

fn records(path: &Path) -> Vec<Value> {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn an_outcome_has_the_id_of_its_intent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let intent = log(&path).intent("put", &["KEY", "OTHER"], "demo/key").await.unwrap();
    // It is there before anything is done.
    assert_eq!(records(&path).len(), 1);
    let version = "4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab";
    intent.done(&Receipt::new(Some(version), Some("not an id\n"))).await.unwrap();
    let [intent, outcome] = &records(&path)[..] else { panic!("not two records") };
    assert_eq!(
        (intent["event"].as_str(), outcome["event"].as_str()),
        (Some("intent"), Some("outcome"))
    );
    assert_eq!(intent["id"], outcome["id"]);
    for record in [intent, outcome] {
        assert_eq!(record["action"], "put");
        assert_eq!(record["actor"], "ada@example.com");
        assert_eq!(record["access_key_id"], "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(record["pid"], std::process::id());
    }
    assert_eq!(intent.get("outcome"), None);
    assert_eq!(outcome["outcome"], "done");
    for (entry, variable) in outcome["entries"].as_array().unwrap().iter().zip(["KEY", "OTHER"]) {
        let expected = serde_json::json!({
            "variable": variable, "reference": "demo/key", "outcome": "done", "version_id": version,
        });
        assert_eq!(*entry, expected);
    }
}

#[tokio::test]
async fn a_failure_is_kind_code_and_request() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let intent = log(&path).intent("put", &["KEY"], "demo/key").await.unwrap();
    let request = "3b86e0c1-4f2a-4c1d-9b7e-0123456789ab";
    intent
        .failed(Outcome::Failed, "denied", Some("AccessDeniedException"), Some(request))
        .await
        .unwrap();
    let expected = serde_json::json!({
        "variable": "KEY", "reference": "demo/key", "outcome": "failed", "reason": "denied",
        "code": "AccessDeniedException", "request_id": request,
    });
    assert_eq!(records(&path)[1]["entries"][0], expected);
    assert_eq!(records(&path)[1]["outcome"], "failed");
}

#[tokio::test]
async fn what_is_given_up_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    drop(log(&path).intent("put", &["KEY"], "demo/key").await.unwrap());
    let records = records(&path);
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["id"], records[1]["id"]);
    assert_eq!(records[1]["outcome"], "unknown");
}

#[tokio::test]
async fn an_outcome_stays_beside_its_intent_when_the_file_is_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, rotated) = (folder.path().join("audit.jsonl"), folder.path().join("audit.jsonl.1"));
    let intent = log(&path).intent("put", &["KEY"], "demo/key").await.unwrap();
    fs::rename(&path, &rotated).unwrap();
    intent.done(&Receipt::default()).await.unwrap();
    assert_eq!(records(&rotated).len(), 2);
    assert!(!path.exists());
}

#[tokio::test]
async fn an_intent_that_cannot_be_written_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no").join("audit.jsonl");
    let error = log(&path).intent("put", &["KEY"], "demo/key").await.unwrap_err();
    let expected =
        format!("failed to write to the audit log {}, so nothing was changed", path.display());
    assert_eq!(error.to_string(), expected);
    assert!(!error.was_done());
    assert_eq!(error.io_error().kind(), std::io::ErrorKind::NotFound);
    let done = AuditError::new(&path, error::Stage::Done, "put", std::io::Error::other("no"));
    assert!(done.was_done());
    let path = path.display();
    let expected = format!(
        "the change (put) was made, but the outcome could not be written to the audit log {path}"
    );
    assert_eq!(done.to_string(), expected);
}
