//! awsJson1.1: from an HTTP request to an operation with its origin, from a result to an HTTP
//! response.
//!
//! No socket is used and nothing is decided here: see `exchange` and `world`.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::api_error::ApiError;
use crate::generated;
use crate::operation::Operation;
use crate::sts;

const DEFAULT_REGION: &str = "us-east-1";

/// The origin of a call, as it says itself. Nothing of it is verified.
pub(crate) struct Origin {
    pub(crate) region: String,
    pub(crate) access_key_id: Option<String>,
    pub(crate) connection: usize,
}

impl Origin {
    /// Reads the credential scope, `Credential=AKID/DATE/REGION/SERVICE/aws4_request`.
    pub(crate) fn from_headers(headers: &HeaderMap, connection: usize) -> Self {
        let authorization =
            headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let scope = authorization.split_once("Credential=").map_or("", |(_, rest)| rest);
        let mut parts = scope.split([',', ' ']).next().unwrap_or_default().split('/');
        let access_key_id = parts.next().filter(|key| !key.is_empty()).map(str::to_owned);
        let region =
            parts.nth(1).filter(|region| !region.is_empty()).unwrap_or(DEFAULT_REGION).to_owned();
        Self { region, access_key_id, connection }
    }
}

/// The operation in the headers. The one of the query protocol is recognized by its form.
pub(crate) fn operation(headers: &HeaderMap) -> Result<Operation, ApiError> {
    if sts::is_query(headers) {
        return Ok(Operation::GetCallerIdentity);
    }
    headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(Operation::from_target)
        .ok_or_else(|| ApiError::bare("UnknownOperationException"))
}

/// The JSON object in a body; an empty body counts as an empty object.
pub(crate) fn body(bytes: &[u8]) -> Result<Value, ApiError> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice(bytes) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(ApiError::bare("SerializationException")),
    }
}

/// The typed input of an operation. serde's message stays here, because it may quote a value.
pub(crate) fn input<T: DeserializeOwned>(body: Value) -> Result<T, ApiError> {
    serde_json::from_value(body).map_err(|_| ApiError::bare("SerializationException"))
}

/// The HTTP response to a call.
pub(crate) fn response(result: Result<Value, ApiError>) -> Response<Full<Bytes>> {
    let (status, body) = match result {
        Ok(output) => (StatusCode::OK, output),
        Err(error) => (error.status(), error.into_body()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    if let Ok(id) = HeaderValue::from_str(&generated::uuid()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_scope_names_the_region() {
        for (authorization, region, key) in [
            (
                "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ssm/aws4_request, SignedHeaders=host",
                "eu-west-1",
                Some("AKID"),
            ),
            (
                "AWS4-HMAC-SHA256 SignedHeaders=host, Credential=AKID/20260101/cn-north-1/ssm/aws4_request",
                "cn-north-1",
                Some("AKID"),
            ),
            ("AWS4-HMAC-SHA256 Credential=AKID", "us-east-1", Some("AKID")),
            ("Bearer x", "us-east-1", None),
            ("", "us-east-1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(authorization));
            let origin = Origin::from_headers(&headers, 1);
            assert_eq!(
                (origin.region.as_str(), origin.access_key_id.as_deref()),
                (region, key),
                "{authorization}"
            );
        }
    }
}
