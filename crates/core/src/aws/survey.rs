//! The way to AWS, looked at piece by piece where [`Aws::connect`] stops at the first fault:
//! settings, certificates, endpoints, and one unsigned request to see who answers and what time it
//! is there.

use std::time::{Duration, Instant, SystemTime};

use ::http::Uri;
use ::http::uri::Scheme;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_types::service_config::ServiceConfigKey;

use super::checks::{self, PROFILE};
use super::forms::is_url;
use super::profile::Profiles;
use super::settings::SettingSource;
use super::{
    Aws, AwsOptions, Service, Trusted, error, http, plain_http, proxy, quietly, settings, trust,
};
use crate::env::Env;
use crate::store::{Action, StoreError, StoreErrorKind};

/// How far a clock may be off before AWS refuses what it signs
/// ([AWS](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html)).
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// What can be told of the way to AWS before anything is asked.
#[derive(Debug)]
pub struct Survey {
    /// Invalid AWS settings, each with its variable, or `AWS profile`. With one of them
    /// nothing is asked.
    pub settings: Vec<(&'static str, StoreError)>,
    /// The same of settings that are not needed here, and so stop nothing.
    pub not_needed: Vec<(&'static str, StoreError)>,
    /// Endpoints that the environment names and that are refused.
    pub refused: Vec<(Service, StoreError)>,
    /// The variable that names the proxy which AWS is asked through.
    pub proxy: Option<&'static str>,
    /// Which certificate authorities are trusted. Without them nothing is asked.
    pub trust: Result<Trusted, StoreError>,
    /// The region of references that name none.
    pub region: Option<(String, SettingSource)>,
    /// The connection, without credentials yet; `None` where it cannot be made.
    pub aws: Option<Aws>,
}

/// Looks at every setting. Asks nothing of the services; a region may be looked for in instance
/// metadata.
pub async fn survey(env: &Env, options: &AwsOptions) -> Survey {
    let mut wrong = checks::problems(env);
    let profiles = quietly(Profiles::read(env)).await;
    let (profiles, not_needed) = match profiles {
        Ok(profiles) => {
            wrong.extend(checks::way_problem(env, &profiles));
            let not_needed = checks::not_needed(env, &profiles);
            (Some(profiles), not_needed)
        }
        Err(problem) => {
            wrong.push((PROFILE, problem));
            (None, Vec::new())
        }
    };
    let proxy = match proxy::proxy(env) {
        Ok(proxy) => proxy.map(|proxy| proxy.variable),
        Err(problem) => {
            wrong.push((proxy::named_by(env).unwrap_or("proxy"), problem));
            None
        }
    };
    let refused = settings::endpoints(env).into_iter().filter_map(|(service, endpoint, _)| {
        let refused =
            plain_http::check_endpoint(service.variable(), &endpoint, &options.allow_http).err()?;
        Some((service, refused))
    });
    let refused = refused.collect();
    let trust = trust::survey(env, options.isolated.is_some());
    // The SDK would panic on what was found wrong.
    let mut aws = None;
    if let Some(profiles) = profiles.filter(|_| wrong.is_empty() && trust.is_ok()) {
        match Aws::unsigned(env, options, &profiles).await {
            Ok((unsigned, _)) => {
                wrong.extend(unsigned.bad_endpoint(&profiles).map(|problem| (PROFILE, problem)));
                aws = Some(unsigned);
            }
            Err(problem) if problem.kind == StoreErrorKind::Settings => {
                wrong.push((PROFILE, problem))
            }
            Err(problem) => wrong.push(("connection", problem)),
        }
    }
    let region = match &aws {
        Some(aws) => aws.region.clone(),
        None => settings::set_region(env).filter(|(region, _)| crate::reference::is_region(region)),
    };
    let aws = aws.filter(|_| wrong.is_empty());
    Survey { settings: wrong, not_needed, refused, proxy, trust, region, aws }
}

/// Where a service is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The URL, which may hold a user's name and password.
    url: String,
    /// What names it.
    pub source: SettingSource,
}

impl Endpoint {
    /// One of AWS's own.
    pub fn of_aws(url: impl Into<String>) -> Self {
        Endpoint { url: url.into(), source: SettingSource::Aws }
    }

    /// The URL without user, password and path; `None` if it is not an http or https URL.
    pub fn shown(&self) -> Option<String> {
        http::shown_url(&self.url)
    }

    /// Whether it is a URL that can be asked.
    pub(super) fn is_sound(&self) -> bool {
        is_url(&self.url)
    }

    /// Whether both are one address.
    pub fn is_at(&self, other: &Endpoint) -> bool {
        self.url == other.url
    }

    /// Whether it is asked over TLS.
    pub fn is_https(&self) -> bool {
        self.url.parse::<Uri>().is_ok_and(|url| url.scheme() == Some(&Scheme::HTTPS))
    }
}

/// What came back from an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, whatever it is.
    pub status: u16,
    /// From the request to the head of its answer, name resolution and handshakes included.
    pub took: Duration,
    /// How far the local clock is ahead of the server's, in seconds; behind it if negative. `None`
    /// if the answer has no date.
    pub ahead: Option<i64>,
}

impl Aws {
    /// The endpoint that settings name for a service: those of the environment, the env file and
    /// the AWS profile.
    pub fn named_endpoint(&self, service: Service) -> Option<Endpoint> {
        if let Some((_, url, source)) = self.endpoints.iter().find(|(named, ..)| *named == service)
        {
            return Some(Endpoint { url: url.clone(), source: source.clone() });
        }
        // As the clients of the SDK look for it.
        let key = ServiceConfigKey::builder()
            .service_id(service.id())
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url");
        let own = key.build().ok().and_then(|key| self.config.service_config()?.load_config(key));
        let url = own.or_else(|| self.config.endpoint_url().map(str::to_owned))?;
        Some(Endpoint { url, source: SettingSource::Profile(self.profile.clone()) })
    }

    /// Whether AWS is asked at its dual-stack addresses, and at those for FIPS, as settings of the
    /// SDK say.
    pub fn variants(&self) -> (bool, bool) {
        (
            self.config.use_dual_stack().unwrap_or_default(),
            self.config.use_fips().unwrap_or_default(),
        )
    }

    /// Sends one request without a signature, to see whether anyone answers, how fast, and what
    /// time it is there.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Unreachable`] without an answer, [`StoreErrorKind::RefusedEndpoint`] for
    /// plain http.
    pub async fn probe(&self, endpoint: &Endpoint) -> Result<Answer, StoreError> {
        let mut request = HttpRequest::new(SdkBody::empty());
        if request.set_uri(endpoint.url.as_str()).is_err() || endpoint.shown().is_none() {
            return Err(StoreError::new(
                StoreErrorKind::Settings,
                Action::Probe,
                "the endpoint is not an http or https URL",
            ));
        }
        // Its answer has no body, and so its connection is free for what is asked next.
        if request.set_method("HEAD").is_err() {
            return Err(StoreError::new(
                StoreErrorKind::Settings,
                Action::Probe,
                "HTTP has no HEAD",
            ));
        }
        let (begun, at) = (Instant::now(), SystemTime::now());
        let answer = quietly(self.connector.call(request)).await;
        let (took, until) = (begun.elapsed(), SystemTime::now());
        let answer = answer.map_err(|error| error::before_answer(Action::Probe, &error))?;
        let date = answer.headers().get("date");
        let ahead = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        let ahead = ahead.map(|date| ahead_of(date.secs(), seconds(at), seconds(until)));
        Ok(Answer { status: answer.status().as_u16(), took, ahead })
    }
}

/// How far the clock that read `from` before and `until` after the answer is ahead of the one that
/// wrote `date` into it: the least that explains all three.
fn ahead_of(date: i64, from: i64, until: i64) -> i64 {
    if from > date {
        from - date
    } else if until < date {
        until - date
    } else {
        0
    }
}

fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_is_no_wrong_clock() {
        let check = |date, from, until, expected| assert_eq!(ahead_of(date, from, until), expected);
        check(100, 100, 100, 0);
        check(103, 100, 105, 0);
        check(100, 105, 106, 5);
        check(100, 90, 95, -5);
    }

    #[test]
    fn an_endpoint_is_shown_without_what_may_be_secret() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(Endpoint::of_aws(url).shown().as_deref(), expected)
        };
        check(
            "https://secretsmanager.eu-west-1.amazonaws.com",
            Some("https://secretsmanager.eu-west-1.amazonaws.com"),
        );
        check("http://user:pass@localhost:4566/key?x", Some("http://localhost:4566"));
        check("HTTP://user:pass@localhost:4566/key?x", Some("http://localhost:4566"));
        check("sk-test", None);
        check("ftp://localhost", None);
    }
}
