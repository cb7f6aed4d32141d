//! The AWS configuration files, read once ahead of the SDK: what it would ignore or panic on is refused with its place.
//!
//! What the files say of regions and credentials is for the SDK, which finds them by the same variables of the process.

use std::error::Error;

use aws_config::profile::ProfileFileLoadError;
use aws_types::os_shim_internal;

use super::{CONNECT, settings};
use crate::env::Env;
use crate::store::{StoreError, StoreErrorKind};

/// Refuses files that cannot be read or parsed, and retry settings of the chosen profile that make no sense.
pub(super) async fn validate(env: &Env) -> Result<(), StoreError> {
    let refuse = |message: String| Err(StoreError::new(StoreErrorKind::Settings, CONNECT, message));
    let chosen = env.text("AWS_PROFILE").map(|name| name.to_owned().into());
    let (files, process) = (os_shim_internal::Fs::real(), os_shim_internal::Env::real());
    let profiles = match aws_config::profile::load(&files, &process, &Default::default(), chosen).await {
        Ok(profiles) => profiles,
        Err(error) => return refuse(unreadable(&error)),
    };
    let of_profile = |key: &str| format!("{key} of the AWS profile {}", profiles.selected_profile());
    if profiles.get("max_attempts").is_some_and(|text| !settings::is_max_attempts(text)) {
        return refuse(format!("{} is not {}", of_profile("max_attempts"), settings::MAX_ATTEMPTS));
    }
    if profiles.get("retry_mode").is_some_and(|text| !settings::is_retry_mode(text)) {
        return refuse(format!("{} is not {}", of_profile("retry_mode"), settings::RETRY_MODES));
    }
    Ok(())
}

/// What is wrong with which file, on one line. The parser names the line and never repeats it.
fn unreadable(error: &ProfileFileLoadError) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source()).map(ToString::to_string);
    let all: Vec<_> = std::iter::once(error.to_string()).chain(causes).collect();
    all.join(": ").split_whitespace().collect::<Vec<_>>().join(" ")
}
