//! `GEMINI_API_KEY`, the second secret: the same core, and three more lines in the manifest.

use super::*;

const OPENAI: &str = "[secrets.OPENAI_API_KEY]\nrequired = false\n";

/// A manifest with three more lines, the content of the secret, and the value, or the outcome's
/// word if there is no value.
async fn check(
    lines: &str,
    response: Result<&str, StoreError>,
    expected: Result<&str, (&str, bool)>,
) {
    assert_eq!(lines.lines().count(), 3, "{lines}");
    let env = Env::new([("GEMINI_API_KEY_SECRET_ARN", arn("demo/gemini"))]);
    let response = response.map(|value| text(&arn("demo/gemini"), value));
    let (hydration, _) =
        hydrated(&format!("{OPENAI}{lines}"), &env, &stores(responding(response))).await;
    assert_eq!(hydration.report.get("OPENAI_API_KEY").unwrap().outcome.word(), "skipped");
    let report = hydration.report.get("GEMINI_API_KEY").unwrap();
    let found =
        value(&hydration, "GEMINI_API_KEY").ok_or((report.outcome.word(), report.stops(false)));
    assert_eq!(found, expected, "{lines}");
}

#[tokio::test]
async fn raw_and_optional() {
    let lines =
        "[secrets.GEMINI_API_KEY]\narn_var = \"GEMINI_API_KEY_SECRET_ARN\"\nrequired = false\n";
    check(lines, Ok("sk-test-gemini"), Ok("sk-test-gemini")).await;
    check(lines, Err(absent()), Err(("missing", false))).await;
}

#[tokio::test]
async fn raw_and_required() {
    let lines =
        "[secrets.GEMINI_API_KEY]\narn_var = \"GEMINI_API_KEY_SECRET_ARN\"\nrequired = true\n";
    check(lines, Ok("sk-test-gemini"), Ok("sk-test-gemini")).await;
    check(lines, Err(absent()), Err(("missing", true))).await;
}

#[tokio::test]
async fn by_json_key_and_optional() {
    // Without a source key the ARN is looked up in GEMINI_API_KEY_SECRET_ARN.
    let lines = "[secrets.GEMINI_API_KEY]\njson_key = \"api_key\"\nrequired = false\n";
    check(lines, Ok("{\"api_key\": \"sk-test-gemini\"}"), Ok("sk-test-gemini")).await;
    check(lines, Ok("{\"apiKey\": \"sk-test-gemini\"}"), Err(("missing", false))).await;
    check(lines, Ok("sk-test-gemini"), Err(("failed", false))).await;
}

#[tokio::test]
async fn by_json_key_and_required() {
    let lines = "[secrets.GEMINI_API_KEY]\narn_var = \"GEMINI_API_KEY_SECRET_ARN\"\njson_key \
        = \"api_key\"\n";
    check(lines, Ok("{\"api_key\": \"sk-test-gemini\"}"), Ok("sk-test-gemini")).await;
    check(lines, Ok("{\"apiKey\": \"sk-test-gemini\"}"), Err(("missing", true))).await;
}
