//! AWS Security Token Service, only GetCallerIdentity, in the query protocol: form in and XML out.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Map, Value, json};

use crate::api_error::ApiError;
use crate::generated;
use crate::scope::Scope;

/// Whether a call uses the query protocol, which names its operation in the body.
pub(crate) fn is_query(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/x-www-form-urlencoded")
}

/// The input of the only operation.
pub(crate) fn body(bytes: &[u8]) -> Result<Value, ApiError> {
    let is_known =
        bytes.split(|byte| *byte == b'&').any(|pair| pair == b"Action=GetCallerIdentity");
    match is_known {
        true => Ok(Value::Object(Map::new())),
        false => Err(ApiError::bare("InvalidAction")),
    }
}

/// The caller: the same user for every access key.
pub(crate) fn get_caller_identity(scope: Scope<'_>) -> Value {
    json!({ "Arn": scope.user_arn(), "UserId": "AIDAEMULATEDUSER00000", "Account": scope.account })
}

/// The HTTP response to a call.
pub(crate) fn response(result: Result<Value, ApiError>) -> Response<Full<Bytes>> {
    const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
    let id = generated::uuid();
    let (status, body) = match result {
        Ok(output) => {
            let members = output.as_object().into_iter().flatten();
            let members = members.map(|(name, value)| {
                format!("<{name}>{}</{name}>", value.as_str().unwrap_or_default())
            });
            let members: String = members.collect();
            let body = format!(
                "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\"><GetCallerIdentityResult>{members}\
                 </GetCallerIdentityResult><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata>\
                 </GetCallerIdentityResponse>"
            );
            (StatusCode::OK, body)
        }
        Err(ApiError { code, message }) => {
            // Both contain only texts of this program or of a test.
            let body = format!(
                "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code>\
                 <Message>{}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>",
                message.unwrap_or_default()
            );
            (StatusCode::FORBIDDEN, body)
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}
