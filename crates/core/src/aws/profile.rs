//! The AWS configuration and credentials files: read here, once and with a limit, and handed to the
//! SDK as texts. What cannot be read or parsed, and what the SDK would ignore or panic on, is named
//! with its file and line.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_config::profile::{Profile, ProfileFileLoadError, ProfileSet};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal;

use super::credential_process::{CredentialProcess, Programs};
use super::files::{PathFile, PathFiles};
use super::forms::{self, is_url, refused};
use super::redact::Secrets;
use super::settings;
use crate::bounded_file;
use crate::env::Env;
use crate::shown;
use crate::store::StoreError;

/// No configuration file is longer.
const LONGEST: u64 = 4 << 20;

/// The keys of a profile that lead to credentials.
const CREDENTIALS: [&str; 8] = [
    "aws_access_key_id",
    "role_arn",
    "credential_process",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "web_identity_token_file",
    "login_session",
];

/// The keys whose credentials go before those of a `credential_process`.
const BEFORE_PROCESS: [&str; 8] = [
    "credential_source",
    "web_identity_token_file",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_start_url",
    "sso_session",
    "login_session",
];

/// A key of a profile, whether its text is sound, and what it has to be.
type KeyCheck = (&'static str, fn(&str) -> bool, &'static str);

/// The AWS profile that counts, and the files that it was found in.
#[derive(Debug)]
pub(super) struct Profiles {
    /// The name of the profile.
    pub(super) name: String,
    /// What is wrong with a file that this run does not need.
    pub(super) not_needed: Vec<StoreError>,
    texts: Vec<ProfileText>,
    set: ProfileSet,
}

/// One of the two files.
struct ProfileText {
    kind: EnvConfigFileKind,
    path: PathBuf,
    text: String,
}

impl std::fmt::Debug for ProfileText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProfileText").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Profiles {
    /// Reads both files. A file that cannot be used is an error, unless the environment gives keys
    /// and a region.
    pub(super) async fn read(env: &Env) -> Result<Self, StoreError> {
        let is_needed = settings::credentials(env).is_none() || settings::set_region(env).is_none();
        let mut not_needed = Vec::new();
        let mut unless_needed = |problem| {
            if is_needed {
                return Err(problem);
            }
            not_needed.push(problem);
            Ok(())
        };
        let mut texts = Vec::new();
        for kind in [EnvConfigFileKind::Config, EnvConfigFileKind::Credentials] {
            match ProfileText::read(kind, env) {
                Ok(text) => texts.extend(text),
                Err(problem) => unless_needed(problem)?,
            }
        }
        let name = settings::profile(env).to_owned();
        let set = match load(&files(&texts), &name).await {
            Ok(set) => set,
            Err(_) => {
                for text in std::mem::take(&mut texts) {
                    match text.parse_problem().await {
                        None => texts.push(text),
                        Some(problem) => unless_needed(problem)?,
                    }
                }
                load(&files(&texts), &name).await.map_err(|error| refused(one_line(&error)))?
            }
        };
        let profiles = Profiles { name, not_needed, texts, set };
        profiles.validate()?;
        Ok(profiles)
    }

    /// The files, for the SDK.
    pub(super) fn files(&self) -> EnvConfigFiles {
        files(&self.texts)
    }

    /// Every profile, with what the files say of services.
    pub(super) fn set(&self) -> &ProfileSet {
        &self.set
    }

    /// What the profile says.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.set.get(key)
    }

    /// Whether the profile leads to credentials of any kind.
    pub(super) fn has_credentials(&self) -> bool {
        CREDENTIALS.iter().any(|key| self.get(key).is_some())
    }

    /// The profile, and those that its roles are assumed with.
    fn chain(&self) -> Vec<&Profile> {
        let mut chain: Vec<&Profile> = Vec::new();
        let mut next = self.set.get_profile(&self.name);
        while let Some(profile) =
            next.filter(|next| chain.iter().all(|known| known.name() != next.name()))
        {
            chain.push(profile);
            next = profile.get("source_profile").and_then(|name| self.set.get_profile(name));
        }
        chain
    }

    /// The secrets of those profiles.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let keys = ["aws_secret_access_key", "aws_session_token"];
        self.chain()
            .into_iter()
            .flat_map(move |profile| keys.into_iter().filter_map(|key| profile.get(key)))
    }

    /// The source outside of the profiles that a role is assumed with, as `EcsContainer`.
    pub(super) fn credential_source(&self) -> Option<&str> {
        self.chain().into_iter().find_map(|profile| profile.get("credential_source"))
    }

    /// The profile whose `credential_process` gives the first credentials, if one does, and whether
    /// it assumes a role with itself. As the SDK goes through the profiles.
    fn with_process(&self) -> Option<(&Profile, bool)> {
        let mut known: Vec<&str> = Vec::new();
        let mut name = self.name.as_str();
        loop {
            let profile = self.set.get_profile(name).filter(|_| !known.contains(&name))?;
            let has = |key: &str| profile.get(key).is_some();
            known.push(name);
            // Of a source profile the keys count first.
            if known.len() > 1 && has("aws_access_key_id") && has("aws_secret_access_key") {
                return None;
            }
            let assumes = has("role_arn") && !has("web_identity_token_file");
            match profile.get("source_profile").filter(|_| assumes) {
                Some(source) if source != name => name = source,
                source => {
                    let is_first =
                        has("credential_process") && !BEFORE_PROCESS.iter().any(|key| has(key));
                    return (is_first && source.is_some() == assumes).then_some((profile, assumes));
                }
            }
        }
    }

    /// The program of [`Self::with_process`].
    pub(super) fn credential_process(
        &self,
        programs: Programs,
        secrets: Arc<Secrets>,
        environment: Option<&Env>,
    ) -> Option<CredentialProcess> {
        let (profile, _) = self.with_process()?;
        Some(CredentialProcess {
            command: profile.get("credential_process")?.to_owned(),
            setting: self.setting(profile.name(), "credential_process"),
            account: profile.get("aws_account_id").map(str::to_owned),
            programs,
            secrets,
            environment: environment.cloned(),
            running: Mutex::default(),
        })
    }

    /// The files, for the SDK, in which a source of this name takes the place of that program.
    pub(super) fn files_with_source(&self, source: &str) -> EnvConfigFiles {
        let overlay = self.with_process().map(|(profile, assumes)| match assumes {
            // A profile with both keys is refused.
            true => {
                format!(
                    "[{}]\nsource_profile = {source}\n[{source}]\ncredential_source = {source}\n",
                    profile.name()
                )
            }
            false => format!("[{}]\ncredential_source = {source}\n", profile.name()),
        });
        let overlay = overlay.map(|text| ProfileText {
            kind: EnvConfigFileKind::Credentials,
            path: PathBuf::new(),
            text,
        });
        files(self.texts.iter().chain(&overlay))
    }

    /// A key of a profile in words, with its file and line.
    pub(super) fn setting(&self, profile: &str, key: &str) -> String {
        let place = self
            .texts
            .iter()
            .find_map(|text| Some((&text.path, line_of(&text.text, profile, key)?)));
        let place = place
            .map(|(path, line)| format!(" ({}:{line})", shown::path(path)))
            .unwrap_or_default();
        format!("{key} of the AWS profile {}{place}", shown::unquoted(profile))
    }

    /// What is wrong with a key of the profile, with its file and line.
    pub(super) fn problem(&self, key: &str, expected: &str) -> StoreError {
        refused(format!("{} is not {expected}", self.setting(&self.name, key)))
    }

    /// The retry settings, which the SDK panics on, and the metadata endpoint.
    fn validate(&self) -> Result<(), StoreError> {
        let checks: [KeyCheck; 2] = [
            ("max_attempts", forms::is_max_attempts, forms::MAX_ATTEMPTS),
            ("retry_mode", forms::is_retry_mode, forms::RETRY_MODES),
        ];
        self.check(&checks)
    }

    /// What the profile says of the ways to credentials, for a run that goes by it.
    pub(super) fn check_credentials(&self) -> Result<(), StoreError> {
        self.check(&[
            ("sso_region", crate::reference::is_region, forms::REGION),
            ("sso_start_url", is_url, forms::URL),
        ])
    }

    /// What the profile says of instance metadata.
    pub(super) fn check_metadata(&self) -> Result<(), StoreError> {
        self.check(&[
            ("ec2_metadata_service_endpoint", is_url, forms::URL),
            ("ec2_metadata_service_endpoint_mode", forms::is_endpoint_mode, forms::ENDPOINT_MODES),
        ])
    }

    fn check(&self, checks: &[KeyCheck]) -> Result<(), StoreError> {
        let mut wrong = checks
            .iter()
            .filter(|(key, is_sound, _)| self.get(key).is_some_and(|text| !is_sound(text)));
        wrong.next().map_or(Ok(()), |(key, _, expected)| Err(self.problem(key, expected)))
    }

    /// The files that the SDK reads by path for the profiles that it goes through.
    pub(super) fn path_files(&self, env: &Env) -> PathFiles {
        let mut files = Vec::new();
        let profiles = self.chain();
        for profile in &profiles {
            if let Some(path) = profile.get("web_identity_token_file") {
                let setting = format!(
                    "web_identity_token_file of the AWS profile {}",
                    shown::unquoted(profile.name())
                );
                files.push(PathFile::Token(setting, path.into()));
            }
        }
        let some_has = |key: &str| profiles.iter().any(|profile| profile.get(key).is_some());
        let home = env.process("HOME").map(Path::new);
        if some_has("sso_session") || some_has("sso_start_url") {
            files.extend(home.map(|home| PathFile::Cache(home.join(".aws/sso/cache"))));
        }
        if some_has("login_session") {
            let named = env.process("AWS_LOGIN_CACHE_DIRECTORY").map(PathBuf::from);
            let folder = named.or_else(|| Some(home?.join(".aws/login/cache")));
            files.extend(folder.map(PathFile::Cache));
        }
        PathFiles(files)
    }
}

impl ProfileText {
    /// `None` for a file that is not there, and for one in a home that this user cannot look into.
    fn read(kind: EnvConfigFileKind, env: &Env) -> Result<Option<Self>, StoreError> {
        let (variable, default) = match kind {
            EnvConfigFileKind::Config => ("AWS_CONFIG_FILE", ".aws/config"),
            EnvConfigFileKind::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
        };
        let home = env.process("HOME").filter(|home| !home.is_empty()).map(Path::new);
        let named = env.process(variable).filter(|path| !path.is_empty()).map(Path::new);
        let path = match (named, home) {
            (Some(path), Some(home)) if path.starts_with("~") => {
                home.join(path.strip_prefix("~").unwrap_or(path))
            }
            (Some(path), _) => path.to_owned(),
            (None, Some(home)) => home.join(default),
            (None, None) => return Ok(None),
        };
        let problem = |what: String| match named {
            Some(_) => refused(format!("{variable}: {}: {what}", shown::path(&path))),
            None => refused(format!("{}: {what}", shown::path(&path))),
        };
        // The usual way to say that there is no process.
        if path == Path::new("/dev/null") {
            return Ok(None);
        }
        let bytes = match bounded_file::read(&path, LONGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error)
                if error.kind() == std::io::ErrorKind::PermissionDenied && named.is_none() =>
            {
                return Ok(None);
            }
            Err(error) => return Err(problem(error.to_string())),
        };
        let text = String::from_utf8(bytes).map_err(|_| problem("it is not UTF-8".to_owned()))?;
        Ok(Some(ProfileText { kind, path, text }))
    }

    /// Why this text by itself cannot be parsed: of two texts the parser does not say which one it
    /// means.
    async fn parse_problem(&self) -> Option<StoreError> {
        let error = load(&files(std::slice::from_ref(self)), "default").await.err()?;
        let place = format!("error parsing {} on line", shown::path(&self.path));
        Some(refused(one_line(&error).replace("error parsing on line", &place)))
    }
}

fn files<'a>(texts: impl IntoIterator<Item = &'a ProfileText>) -> EnvConfigFiles {
    let none = (EnvConfigFileKind::Config, String::new());
    let each = texts.into_iter().map(|text| (text.kind, text.text.clone())).chain([none]);
    each.fold(EnvConfigFiles::builder(), |files, (kind, text)| files.with_contents(kind, text))
        .build()
}

async fn load(files: &EnvConfigFiles, name: &str) -> Result<ProfileSet, ProfileFileLoadError> {
    let (real, process) = (os_shim_internal::Fs::real(), os_shim_internal::Env::real());
    aws_config::profile::load(&real, &process, files, Some(name.to_owned().into())).await
}

/// The line of a key in the section of a profile, as far as a simple look finds it.
fn line_of(text: &str, profile: &str, key: &str) -> Option<usize> {
    let mut is_inside = false;
    for (index, line) in text.lines().enumerate() {
        if let Some(section) = line.trim().strip_prefix('[') {
            let section = section.split(']').next().unwrap_or_default().trim();
            is_inside = section.strip_prefix("profile").map_or(section, str::trim_start) == profile;
        } else if is_inside
            && line.split_once('=').is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case(key))
        {
            return Some(index + 1);
        }
    }
    None
}

/// What is wrong with which file, on one line. The parser names the line and never repeats it.
fn one_line(error: &ProfileFileLoadError) -> String {
    let causes =
        std::iter::successors(error.source(), |&cause| cause.source()).map(ToString::to_string);
    let all: Vec<_> = std::iter::once(error.to_string()).chain(causes).collect();
    all.join(": ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreErrorKind;

    #[test]
    fn a_key_is_found_in_the_section_of_its_profile() {
        let text = "[default]\nregion = a\n[profile team]\n# region = b\noutput = json\nRegion = c\n[other]\nregion=d\n";
        let check =
            |profile, expected| assert_eq!(line_of(text, profile, "region"), expected, "{profile}");
        check("default", Some(2));
        check("team", Some(6));
        check("other", Some(8));
        check("nobody", None);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_used_is_refused_by_its_name_unless_it_is_not_needed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let check = async |text: &[u8], expected: &str| {
            std::fs::write(&path, text).unwrap();
            let config = ("AWS_CONFIG_FILE", path.to_str().unwrap());
            let refused = Profiles::read(&Env::new([config])).await.unwrap_err();
            assert_eq!(refused.kind, StoreErrorKind::Settings);
            assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
            assert!(
                refused.to_string().contains(expected) && !refused.to_string().contains("canary"),
                "{refused}"
            );
            let keys = [
                ("AWS_ACCESS_KEY_ID", "a"),
                ("AWS_SECRET_ACCESS_KEY", "b"),
                ("AWS_REGION", "us-east-1"),
            ];
            let profiles =
                Profiles::read(&Env::new(keys.into_iter().chain([config]))).await.unwrap();
            assert_eq!(profiles.not_needed, [refused]);
        };
        check(b"[default]\n  canary = 1\n", "on line 2").await;
        check(b"[default\n", "on line 1").await;
        check(b"[default]\nregion = \xff\n", "it is not UTF-8").await;
        check(&vec![b'#'; (4 << 20) + 1], "it is larger than 4 MiB").await;
    }

    #[tokio::test]
    async fn a_key_that_makes_no_sense_is_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, "[default]\nregion = us-east-1\nmax_attempts = canary\n").unwrap();
        let refused = Profiles::read(&Env::new([("AWS_CONFIG_FILE", path.to_str().unwrap())]))
            .await
            .unwrap_err();
        let expected = format!(
            "max_attempts of the AWS profile default ({}:3) is not a whole number from 1",
            path.display()
        );
        assert_eq!(refused.to_string(), expected);
    }
}
