//! RotateSecret and CancelRotateSecret: the stored rotation settings, and when the next rotation is
//! due.
//!
//! No function is run, and no value changes here: see the crate's documentation.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Secrets;
use super::list::insert;
use super::versions::CURRENT;
use super::write::checked_token;
use crate::api_error::ApiError;
use crate::constraints;
use crate::generated::{self, SECONDS_PER_DAY};
use crate::scope::Scope;
use crate::wire;

const PENDING: &str = "AWSPENDING";
const SECONDS_PER_HOUR: f64 = 3_600.0;

/// How a secret is rotated.
pub(super) struct Rotation {
    enabled: bool,
    function: String,
    rules: Option<Rules>,
    /// When it was last rotated by RotateSecret.
    rotated: Option<f64>,
    /// What the schedule counts from: the last rotation, or the last new value.
    counted_from: f64,
    /// The token of the last RotateSecret: the same call again does not start a second rotation.
    token: String,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Rules {
    #[serde(skip_serializing_if = "Option::is_none")]
    automatically_after_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_expression: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rotate {
    secret_id: Option<String>,
    client_request_token: Option<String>,
    #[serde(rename = "RotationLambdaARN")]
    rotation_lambda_arn: Option<String>,
    rotation_rules: Option<Rules>,
    rotate_immediately: Option<bool>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html>
pub(crate) fn rotate_secret(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Rotate = wire::input(body)?;
    let token = checked_token(input.client_request_token)?;
    let rules = input.rotation_rules.map(Rules::checked).transpose()?;
    let secret = secrets.find_usable(scope, input.secret_id.as_deref())?;
    let output = json!({ "ARN": secret.arn, "Name": secret.name, "VersionId": token });

    let known = secret.rotation.as_ref().map(|rotation| rotation.function.clone());
    let function =
        input.rotation_lambda_arn.filter(|arn| !arn.is_empty()).or(known).ok_or_else(|| {
            ApiError::invalid_request(
                "No Lambda rotation function ARN is associated with this secret.",
            )
        })?;
    constraints::length("rotationLambdaARN", Some(&function), function.chars().count(), 0, 2048)?;
    if !is_function(&function) {
        return Err(ApiError::new(
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants \
             access to the principal secretsmanager.amazonaws.com.",
        ));
    }
    if secret.rotation.as_ref().is_some_and(|rotation| rotation.token == token) {
        return Ok(output);
    }
    if secret.versions.by_stage(PENDING).is_some_and(|pending| !pending.stages.contains(CURRENT)) {
        return Err(ApiError::invalid_request(
            "A previous rotation isn't complete. That rotation will be reattempted.",
        ));
    }

    let now = generated::now();
    let before = secret.rotation.take();
    let rotated = if input.rotate_immediately.unwrap_or(true) {
        Some(now)
    } else {
        before.as_ref().and_then(|rotation| rotation.rotated)
    };
    let rules = rules.or_else(|| before.and_then(|rotation| rotation.rules));
    secret.rotation =
        Some(Rotation { enabled: true, function, rules, rotated, counted_from: now, token });
    secret.changed = now;
    Ok(output)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cancel {
    secret_id: Option<String>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html>
pub(crate) fn cancel_rotate_secret(
    secrets: &mut Secrets,
    scope: Scope<'_>,
    body: Value,
) -> Result<Value, ApiError> {
    let input: Cancel = wire::input(body)?;
    let secret = secrets.find_usable(scope, input.secret_id.as_deref())?;
    let rotation = secret.rotation.as_mut().ok_or_else(|| {
        ApiError::invalid_request("No Lambda rotation function ARN is associated with this secret.")
    })?;
    rotation.enabled = false;
    secret.changed = generated::now();
    Ok(json!({ "ARN": secret.arn, "Name": secret.name }))
}

impl Rotation {
    /// Makes the schedule count from now: AWS treats a value that was put by hand as a rotation.
    pub(super) fn restart(&mut self, now: f64) {
        self.counted_from = now;
    }

    /// Adds its members of DescribeSecret and ListSecrets. A cancelled rotation keeps its schedule,
    /// but no dates.
    pub(super) fn describe(&self, output: &mut Value) {
        insert(output, "RotationEnabled", Some(self.enabled));
        insert(output, "RotationLambdaARN", Some(&self.function));
        insert(output, "RotationRules", self.rules.as_ref().map(Rules::shown));
        let next = self.rules.as_ref().and_then(|rules| rules.next(self.counted_from));
        insert(output, "LastRotatedDate", self.rotated.filter(|_| self.enabled));
        insert(output, "NextRotationDate", next.filter(|_| self.enabled));
    }
}

impl Rules {
    fn checked(self) -> Result<Self, ApiError> {
        if let Some(days) = self.automatically_after_days {
            constraints::range("rotationRules.automaticallyAfterDays", days, 1, 1000)?;
        }
        if let Some(schedule) = &self.schedule_expression {
            let length = schedule.chars().count();
            constraints::length(
                "rotationRules.scheduleExpression",
                Some(schedule),
                length,
                1,
                256,
            )?;
            if !schedule.starts_with("cron(") && rate(schedule).is_none() {
                return Err(ApiError::invalid_parameter("Invalid schedule expression."));
            }
        }
        if let Some(duration) = &self.duration {
            constraints::length(
                "rotationRules.duration",
                Some(duration),
                duration.chars().count(),
                2,
                3,
            )?;
            if hours(duration).is_none() {
                return Err(ApiError::validation(format!(
                    "1 validation error detected: Value '{duration}' at 'rotationRules.duration' failed to satisfy \
                     constraint: Member must satisfy regular expression pattern: [0-9]+h"
                )));
            }
        }
        if self.automatically_after_days.is_some() && self.schedule_expression.is_some() {
            return Err(ApiError::invalid_parameter(
                "You can't specify both AutomaticallyAfterDays and ScheduleExpression.",
            ));
        }
        Ok(self)
    }

    /// As AWS shows them: the number of days is computed from a rate in days.
    fn shown(&self) -> Self {
        let mut shown = self.clone();
        if let Some(Rate::Days(days)) = self.schedule_expression.as_deref().and_then(rate) {
            shown.automatically_after_days = Some(days);
        }
        shown
    }

    /// The end of the next window, by which a rotation happens. Windows begin by the clock in UTC.
    fn next(&self, from: f64) -> Option<f64> {
        let by_days = self.automatically_after_days.map(Rate::Days);
        let window = self
            .duration
            .as_deref()
            .and_then(hours)
            .map(|hours| f64::from(hours) * SECONDS_PER_HOUR);
        let midnight = generated::day(from);
        match by_days.or_else(|| self.schedule_expression.as_deref().and_then(rate))? {
            Rate::Days(days) => {
                let start = midnight + days as f64 * SECONDS_PER_DAY;
                Some(start + window.unwrap_or(SECONDS_PER_DAY - 1.0))
            }
            Rate::Hours(hours) => {
                let interval = hours as f64 * SECONDS_PER_HOUR;
                let start = midnight + (((from - midnight) / interval).floor() + 1.0) * interval;
                Some(start + window.unwrap_or(SECONDS_PER_HOUR))
            }
        }
    }
}

enum Rate {
    Days(i64),
    Hours(i64),
}

/// `rate(10 days)`, `rate(12 hours)`.
fn rate(schedule: &str) -> Option<Rate> {
    let (number, unit) = schedule.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    match unit {
        "day" | "days" => Some(Rate::Days(number)),
        "hour" | "hours" => Some(Rate::Hours(number)),
        _ => None,
    }
}

/// `3h`.
fn hours(duration: &str) -> Option<u8> {
    duration.strip_suffix('h')?.parse().ok()
}

fn is_function(arn: &str) -> bool {
    let mut parts = arn.split(':');
    parts.next() == Some("arn")
        && parts.nth(1) == Some("lambda")
        && parts.nth(2) == Some("function")
}

#[cfg(test)]
mod tests {
    use super::super::{create_secret, put_secret_value};
    use super::*;

    #[test]
    fn a_new_current_value_counts_as_a_rotation() {
        let mut secrets = Secrets::default();
        let scope = Scope { region: "us-east-1", account: "123456789012" };
        let input = |digit: u8, more: Value| {
            let mut input =
                json!({ "SecretId": "key", "ClientRequestToken": format!("{digit:032}") });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        create_secret(&mut secrets, scope, input(1, json!({ "Name": "key" }))).unwrap();
        let function = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
        rotate_secret(&mut secrets, scope, input(2, json!({ "RotationLambdaARN": function })))
            .unwrap();
        secrets.find(scope, Some("key")).unwrap().rotation.as_mut().unwrap().counted_from = 0.0;
        for (digit, stage, counts) in [(3, CURRENT, true), (4, "blue", false), (5, CURRENT, true)] {
            let value = json!({ "SecretString": "hunter2", "VersionStages": [stage] });
            put_secret_value(&mut secrets, scope, input(digit, value)).unwrap();
            let rotation = secrets.find(scope, Some("key")).unwrap().rotation.as_mut().unwrap();
            assert_eq!(rotation.counted_from > 0.0, counts, "{stage}");
            rotation.counted_from = 0.0;
        }
    }

    #[test]
    fn the_next_rotation_is_at_the_end_of_a_window() {
        // 2026-01-01T10:30:00Z.
        let (midnight, from) = (1_767_225_600.0, 1_767_263_400.0);
        let hour = SECONDS_PER_HOUR;
        for (days, schedule, duration, expected) in [
            (Some(30), None, None, Some(midnight + 31.0 * SECONDS_PER_DAY - 1.0)),
            (Some(30), None, Some("3h"), Some(midnight + 30.0 * SECONDS_PER_DAY + 3.0 * hour)),
            (None, Some("rate(1 day)"), None, Some(midnight + 2.0 * SECONDS_PER_DAY - 1.0)),
            (None, Some("rate(4 hours)"), None, Some(midnight + 13.0 * hour)),
            (None, Some("rate(4 hours)"), Some("2h"), Some(midnight + 14.0 * hour)),
            (None, Some("cron(0 8 1 * ? *)"), None, None),
            (None, None, Some("3h"), None),
        ] {
            let rules = Rules {
                automatically_after_days: days,
                schedule_expression: schedule.map(str::to_owned),
                duration: duration.map(str::to_owned),
            };
            assert_eq!(rules.next(from), expected, "{days:?} {schedule:?} {duration:?}");
        }
    }
}
