//! The env file: who can read it, where it must not end up, and which names a deployment would
//! miss. Names only, never values.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use hydrant_core::manifest::{NotPassedOn, Settings};
use hydrant_core::{bounded_file, reserved, shown};

use super::dockerignore::excludes;
use super::environment::OF_AWS;
use super::{Finding, Mark, Section};
use crate::files::ignored::{Git, NotIgnored};
use crate::terminal::output;

/// The AWS SDK's variables that also count in an env file.
const IN_FILE: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_STS",
];

/// Files that an image is built from.
const BUILDS: &[&str] = &[
    "Dockerfile",
    "Containerfile",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

/// The maximum size of a `.dockerignore`, in bytes.
const LIMIT: u64 = bounded_file::MIB;

/// The facts about the env file.
#[derive(Default)]
pub(crate) struct Facts {
    /// Its path, even if it does not exist.
    pub(crate) path: Option<PathBuf>,
    /// Its problems.
    pub(crate) problems: Vec<Finding>,
    /// The names that only this file sets.
    pub(crate) only_here: BTreeSet<String>,
    /// The entries of the manifest, and whether something names the secret of each without the env
    /// file; `None` if the manifest cannot be read.
    pub(crate) entries: Option<Vec<(String, bool)>>,
    /// The variables that hold references of entries.
    pub(crate) references: BTreeSet<String>,
    /// The manifest's settings for the env file.
    pub(crate) settings: Settings,
}

fn line(name: &str, mark: Mark, message: impl Into<String>) -> Finding {
    Finding::new(Section::EnvFile, name, mark, message)
}

/// Checks the file, its repository, and whether images built here include it.
pub(crate) fn findings(mut facts: Facts) -> Vec<Finding> {
    let Some(path) = &facts.path else {
        return [vec![line("path", Mark::Skipped, "none is read")], facts.problems].concat();
    };
    let shown = shown::path(path);
    let mode = match fs::metadata(path) {
        Ok(metadata) => metadata.permissions().mode() & 0o7777,
        Err(error) if error.kind() == io::ErrorKind::NotFound && facts.problems.is_empty() => {
            return vec![line(
                "path",
                Mark::Ok,
                format!("{shown} does not exist (it is optional)"),
            )];
        }
        Err(_) => return facts.problems,
    };
    let mut findings = vec![line("path", Mark::Ok, shown.to_string())];
    findings.append(&mut facts.problems);
    findings.push(match mode & 0o077 {
        0 => line("mode", Mark::Ok, format!("{mode:04o}: only its owner can read it")),
        _ => line("mode", Mark::Warning, format!("{mode:04o}: others on this machine may read it"))
            .hint(format!("chmod 600 {shown}")),
    });
    if let Some((folder, name)) = real(path) {
        findings.push(ignored(&folder, &name));
        findings.push(images(&folder, &name));
    }
    findings.extend(of_aws(&facts));
    if let Some(entries) = &facts.entries {
        findings.extend(names(&facts, entries));
    }
    findings
}

/// Its folder without symbolic links, and its name.
fn real(path: &Path) -> Option<(PathBuf, String)> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some((folder.canonicalize().ok()?, path.file_name()?.to_str()?.to_owned()))
}

fn ignored(folder: &Path, name: &str) -> Finding {
    match Git::of_process().ignores(folder, name.as_ref()) {
        Ok(()) => line("git", Mark::Ok, "not seen by git"),
        Err(NotIgnored::Seen) => line(
            "git",
            Mark::Warning,
            "git does not ignore it: it is one `git add` from a commit",
        )
        .hint(format!(
            "add the line {name} to .gitignore; if it is in git already: git rm --cached {name}"
        )),
        Err(NotIgnored::Unknown(reason)) => line(
            "git",
            Mark::Warning,
            format!("failed to find out whether git ignores it: {reason}"),
        ),
    }
}

/// Searches upwards, to the root of the repository, for builds that have the file in their context.
fn images(folder: &Path, name: &str) -> Finding {
    let root = folder.ancestors().find(|above| above.join(".git").symlink_metadata().is_ok());
    let mut builds = false;
    for context in folder.ancestors() {
        if let Some(file) = BUILDS.iter().find(|file| context.join(file).is_file()) {
            builds = true;
            let inner = folder.strip_prefix(context).unwrap_or(Path::new("")).join(name);
            let inner = inner.to_string_lossy();
            let lines = [format!("{file}.dockerignore"), ".dockerignore".to_owned()];
            let lines = lines
                .iter()
                .find_map(|ignore| bounded_file::read_text(&context.join(ignore), LIMIT).ok());
            if !excludes(&lines.unwrap_or_default(), &inner) {
                let message = format!("an image that {file} builds may include it (COPY .)");
                return line("images", Mark::Warning, message)
                    .hint(format!("add the line {inner} to .dockerignore next to {file}"));
            }
        }
        if root.is_none_or(|root| root == context) {
            break;
        }
    }
    line(
        "images",
        Mark::Ok,
        if builds { "left out by .dockerignore" } else { "nothing here builds an image" },
    )
}

/// The matching names as one text; `None` if there are none.
fn listed(only_here: &BTreeSet<String>, kind: impl Fn(&str) -> bool) -> Option<String> {
    let names: Vec<&str> = only_here.iter().map(String::as_str).filter(|name| kind(name)).collect();
    let mut listed: Vec<_> = names.iter().filter_map(|name| shown::name(name)).collect();
    let hidden = names.len() - listed.len();
    if hidden > 0 {
        listed.push(
            format!("{} {}", output::count(hidden, "name", "names"), shown::NOT_SHOWN).into(),
        );
    }
    (!listed.is_empty()).then(|| listed.join(", "))
}

impl Facts {
    /// Whether the manifest passes it on from the env file, although it is reserved or plain
    /// variables are not passed on.
    fn is_opened(&self, name: &str) -> bool {
        self.settings.env_file_allow.iter().any(|allowed| allowed == name)
    }

    /// Whether it only counts in the process environment: for hydrant, and for the command.
    fn does_not_count(&self, name: &str) -> bool {
        let is_entry = || self.entries.iter().flatten().any(|(entry, _)| entry == name);
        let of_aws = || OF_AWS.iter().any(|(known, _)| *known == name) && !IN_FILE.contains(&name);
        match self.settings.passes_on(name) {
            Err(NotPassedOn::Own) => true,
            Err(NotPassedOn::Reserved(_)) => !is_entry(),
            Ok(()) | Err(NotPassedOn::Closed) => of_aws(),
        }
    }
}

/// Variables for hydrant or the AWS SDK.
fn of_aws(facts: &Facts) -> Vec<Finding> {
    let only_here = &facts.only_here;
    let mut findings = Vec::new();
    if let Some(names) = listed(only_here, |name| IN_FILE.contains(&name)) {
        findings.push(line("aws", Mark::Ok, format!("AWS settings for this machine: {names}")));
    }
    if let Some(names) = listed(only_here, |name| facts.does_not_count(name)) {
        findings.push(
            line("not read", Mark::Warning, format!("does not count in an env file: {names}"))
                .hint("set it in hydrant's own environment".to_owned()),
        );
    }
    let opened = |name: &str| facts.is_opened(name) && reserved::reason_in_env_file(name).is_some();
    if let Some(names) = listed(only_here, opened) {
        let message =
            format!("reserved, and passed on as the manifest says (env_file_allow): {names}");
        findings.push(line("opened", Mark::Ok, message));
    }
    findings
}

/// The names that only this file has, by the effect on a deployment without them.
fn names(facts: &Facts, entries: &[(String, bool)]) -> Vec<Finding> {
    let Facts { only_here, references, settings, .. } = facts;
    let entry =
        |name: &str| entries.iter().find(|(known, _)| known == name).map(|(_, named)| *named);
    let is_plain = |name: &str| {
        let counts = !facts.does_not_count(name) && !name.starts_with("AWS_");
        entry(name).is_none() && !references.contains(name) && counts
    };
    let closed = |name: &str| settings.passes_on(name) == Err(NotPassedOn::Closed);
    let mut findings = Vec::new();
    if let Some(names) = listed(only_here, |name| entry(name) == Some(true)) {
        findings.push(line(
            "values",
            Mark::Ok,
            format!("set only here, and read from AWS in a deployment: {names}"),
        ));
    }
    if let Some(names) = listed(only_here, |name| entry(name) == Some(false)) {
        findings.push(
            line("values", Mark::Warning, format!("set only here, and nothing names a secret for it: {names}")).hint(
                "name its secret in the manifest, or pass its ARN variable to the deployment: else it has no value there"
                    .to_owned(),
            ),
        );
    }
    if let Some(names) =
        listed(only_here, |name| entry(name).is_none() && references.contains(name))
    {
        findings.push(line("references", Mark::Ok, format!("set only here: {names}")).hint(
            "pass them to the deployment too, or publish the ARNs as parameters (arn_parameter)"
                .to_owned(),
        ));
    }
    if let Some(names) = listed(only_here, |name| is_plain(name) && closed(name)) {
        let message =
            format!("set here, and not passed on (env_file_passes = \"entries\"): {names}");
        findings.push(line("plain", Mark::Ok, message));
    }
    if let Some(names) = listed(only_here, |name| is_plain(name) && !closed(name)) {
        findings.push(
            line("plain", Mark::Ok, format!("set only here, and not an entry: {names}"))
                .hint("pass those that the program needs to the deployment".to_owned()),
        );
    }
    findings
}
