//! What a server says beside the value that was asked for, and that the SDK would panic on: dates
//! that cannot be signed with, and the texts of instance metadata from which it makes further
//! requests.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::{DateTime, Format};
use http::Uri;
use http_body_util::{BodyExt, Limited};

use super::clock;

/// Says how long a token of instance metadata lasts, in seconds.
const LIFETIME: &str = "x-aws-ec2-metadata-token-ttl-seconds";

/// No token lasts longer
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-existing-instances.html>).
const LIFETIME_MAX: u64 = 21_600;

/// Where instance metadata names the role; the SDK appends that name to the path.
const ROLE_PATH: &str = "/latest/meta-data/iam/security-credentials/";

/// No role has a longer name
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>).
const ROLE_MAX: usize = 128;

/// The name of a role that cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the role that instance metadata names is not the name of a role")]
pub(super) struct NotARole;

/// What a request asks for, as far as its response has to be tamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Role,
    Other,
}

impl Asked {
    pub(super) fn of(uri: &Uri) -> Self {
        if uri.path() == ROLE_PATH { Asked::Role } else { Asked::Other }
    }
}

/// The response without what the SDK would panic on.
pub(super) async fn tame(
    asked: Asked,
    mut response: HttpResponse,
) -> Result<HttpResponse, NotARole> {
    let headers = response.headers_mut();
    let date = headers.get("date").map(|date| DateTime::from_str(date, Format::HttpDate));
    if date.is_some_and(|date| date.ok().and_then(clock::time_of).is_none()) {
        headers.remove("date");
    }
    if headers
        .get(LIFETIME)
        .and_then(|text| text.parse().ok())
        .is_some_and(|seconds: u64| seconds > LIFETIME_MAX)
    {
        headers.insert(LIFETIME, LIFETIME_MAX.to_string());
    }
    match asked {
        Asked::Role if response.status().is_success() => name_role(response).await,
        _ => Ok(response),
    }
}

async fn name_role(mut response: HttpResponse) -> Result<HttpResponse, NotARole> {
    let body = std::mem::replace(response.body_mut(), SdkBody::empty());
    let name = Limited::new(body, ROLE_MAX).collect().await.map_err(|_| NotARole)?.to_bytes();
    let name = name.trim_ascii();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(byte);
    if name.is_empty() || !name.iter().all(is_name) {
        return Err(NotARole);
    }
    response.headers_mut().insert("content-length", name.len().to_string());
    *response.body_mut() = SdkBody::from(name.to_vec());
    Ok(response)
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;

    use super::*;

    fn response(header: (&'static str, &'static str), body: &str) -> HttpResponse {
        let mut response =
            HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(body));
        response.headers_mut().insert(header.0, header.1);
        response
    }

    #[tokio::test]
    async fn headers_that_no_time_can_hold_are_left_out() {
        let check = async |name: &'static str, value, expected: Option<&str>| {
            let tamed = tame(Asked::Other, response((name, value), "")).await.unwrap();
            assert_eq!(tamed.headers().get(name), expected, "{name}: {value}");
        };
        let today = "Fri, 27 Nov 2026 21:00:00 GMT";
        check("date", today, Some(today)).await;
        for date in [
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Mon, 01 Jan 0001 00:00:00 GMT",
            "x",
        ] {
            check("date", date, None).await;
        }
        check(LIFETIME, "300", Some("300")).await;
        check(LIFETIME, "9223372036854775807", Some("21600")).await;
        check(LIFETIME, "never", Some("never")).await;
    }

    #[tokio::test]
    async fn a_role_has_a_name() {
        let check = async |name: &str, expected: Option<&str>| {
            let tamed = tame(Asked::Role, response(("server", "test"), name)).await;
            let tamed = tamed
                .ok()
                .map(|tamed| String::from_utf8(tamed.body().bytes().unwrap().to_vec()).unwrap());
            assert_eq!(tamed.as_deref(), expected, "{name:?}");
        };
        check("app-role_1@x", Some("app-role_1@x")).await;
        check("app\n", Some("app")).await;
        for name in ["", "\n", "a b", "a\nb", "a/../b", "a?b", "é", &"a".repeat(129)] {
            check(name, None).await;
        }
    }

    #[test]
    fn only_the_request_for_the_role_is_one() {
        let check = |uri: &str, expected| {
            assert_eq!(Asked::of(&uri.parse().unwrap()), expected, "{uri}");
        };
        check("http://169.254.169.254/latest/meta-data/iam/security-credentials/", Asked::Role);
        check("http://169.254.169.254/latest/meta-data/iam/security-credentials/app", Asked::Other);
        check("https://secretsmanager.us-east-1.amazonaws.com/", Asked::Other);
        check("http://127.0.0.1:1", Asked::Other);
    }
}
