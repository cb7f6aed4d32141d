//! The region for references that name none: of the environment, the AWS profile, the manifest or
//! instance metadata.

use aws_config::imds::{self, region::ImdsRegionProvider};
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::AwsOptions;
use super::checks::metadata_problem;
use super::forms::{REGION, URL, refused};
use super::profile::Profiles;
use super::settings::{SettingSource, own, set_region};
use crate::env::Env;
use crate::reference::is_region;
use crate::store::StoreError;

/// The region for references that name none, and where it was found: the process's, the env file's,
/// the profile's, `settings.region`, instance metadata. The network is asked only where a region is
/// needed.
pub(super) async fn region(
    env: &Env,
    profiles: &Profiles,
    options: &AwsOptions,
    http: &SharedHttpClient,
) -> Result<Option<(String, SettingSource)>, StoreError> {
    if let Some(region) = set_region(env) {
        return Ok(Some(region));
    }
    let provider = ProviderConfig::without_region().with_http_client(http.clone());
    let of_profile =
        ProfileFileRegionProvider::builder().configure(&provider).profile_name(&profiles.name);
    if let Some(region) = of_profile.profile_files(profiles.files()).build().region().await {
        return match is_region(region.as_ref()) {
            true => Ok(Some((region.to_string(), SettingSource::Profile(profiles.name.clone())))),
            false => Err(profiles.problem("region", REGION)),
        };
    }
    if let Some(region) = &options.settings_region {
        return Ok(Some((region.clone(), SettingSource::Manifest)));
    }
    if !options.needs_region {
        return Ok(None);
    }
    if let Some((_, problem)) = metadata_problem(env, profiles) {
        return Err(problem);
    }
    let client = metadata_client(env, profiles, http)?;
    // The SDK's own provider looks whether metadata is disabled in the environment of the process.
    let region = if options.isolated.is_none() {
        let found = ImdsRegionProvider::builder().configure(&provider).imds_client(client).build();
        found.region().await.map(|region| region.to_string())
    } else if is_metadata_disabled(env) {
        None
    } else {
        client.get(REGION_PATH).await.ok().map(|region| region.as_ref().to_owned())
    };
    match region {
        Some(region) if !is_region(&region) => {
            Err(refused(format!("the region that instance metadata names is not {REGION}")))
        }
        region => Ok(region.map(|region| (region, SettingSource::Metadata))),
    }
}

/// Where instance metadata has the region.
const REGION_PATH: &str = "/latest/meta-data/placement/region";

/// The client of instance metadata.
pub(super) fn metadata_client(
    env: &Env,
    profiles: &Profiles,
    http: &SharedHttpClient,
) -> Result<imds::Client, StoreError> {
    let provider = ProviderConfig::without_region().with_http_client(http.clone());
    let client =
        imds::Client::builder().configure(&provider).endpoint(metadata_endpoint(env, profiles));
    let client =
        client.map_err(|_| refused(format!("the endpoint of instance metadata is not {URL}")))?;
    Ok(client.build())
}

/// Whether the environment says that there is no instance metadata.
pub(super) fn is_metadata_disabled(env: &Env) -> bool {
    own(env, "AWS_EC2_METADATA_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// Where instance metadata is asked, if a setting says so. Given to the SDK, which would read the
/// profile's file for it.
fn metadata_endpoint<'a>(env: &'a Env, profiles: &'a Profiles) -> &'a str {
    let of = |name: &str, key: &str| own(env, name).or_else(|| profiles.get(key));
    let endpoint = of("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    let mode = of("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    let of_mode = match mode {
        Some(mode) if mode.eq_ignore_ascii_case("ipv6") => "http://[fd00:ec2::254]",
        _ => "http://169.254.169.254",
    };
    endpoint.unwrap_or(of_mode)
}
