//! What the process's environment may not leave open: which of two values counts, and what a
//! `HYDRANT_*` means.

use std::ffi::OsStr;

use hydrant_core::nearest::loose;
use hydrant_core::{Env, Manifest, shown};

use crate::error::Error;

/// The variables of hydrant that hold text.
const TEXTS: [&str; 5] =
    ["HYDRANT_ALLOW_HTTP", "HYDRANT_DEADLINE", "HYDRANT_LOG", "HYDRANT_OFFLINE", "HYDRANT_PROFILE"];
/// Those that hold a path, of whatever bytes.
const PATHS: [&str; 2] = ["HYDRANT_CATALOGUE", "HYDRANT_MANIFEST"];

/// Checks the `HYDRANT_*` variables, before anything is taken from them: each is text, and none is
/// almost a known one.
pub(crate) fn check_own(process: &Env) -> Result<(), Error> {
    check_texts(process)?;
    let known = || TEXTS.into_iter().chain(PATHS);
    for name in process.process_names().filter_map(OsStr::to_str) {
        let Some(own) = name.strip_prefix("HYDRANT_") else { continue };
        if known().any(|known| known == name) || own.starts_with("VAR_") {
            continue;
        }
        let near = loose(own, known().map(|known| known.trim_start_matches("HYDRANT_")));
        if let Some(near) = near {
            tracing::warn!(
                variable = name,
                "unknown variable {name} (did you mean HYDRANT_{near}?)"
            );
        }
    }
    Ok(())
}

fn check_texts(process: &Env) -> Result<(), Error> {
    let is_text = |name: &&&str| process.process(name).is_none_or(|value| value.to_str().is_some());
    match TEXTS.iter().find(|name| !is_text(name)) {
        Some(variable) => Err(Error::Setting { variable, expected: "valid UTF-8" }),
        None => Ok(()),
    }
}

/// Checks what stands before every manifest: of the variables that hydrant itself uses, none is
/// twice in the environment, with different values, and those that hold text do.
///
/// # Errors
///
/// [`Error::SetTwice`], then [`Error::Setting`].
pub fn check_environment(process: &Env) -> Result<(), Error> {
    let mut names = process.set_twice().filter_map(OsStr::to_str);
    match names.find(|name| is_own(name)) {
        Some(name) => Err(Error::SetTwice { variable: name.to_owned() }),
        None => check_texts(process),
    }
}

/// Checks what the environment has twice, with different values: an error where hydrant uses it,
/// else a warning.
pub(crate) fn check_twice(process: &Env, manifest: &Manifest) -> Result<(), Error> {
    for name in process.set_twice() {
        let variable = name.to_string_lossy().into_owned();
        if is_used(&variable, manifest) {
            return Err(Error::SetTwice { variable });
        }
        let variable = shown::unquoted(&variable);
        tracing::warn!(
            variable = &*variable,
            "{variable} is set twice in the environment, to different values"
        );
    }
    Ok(())
}

/// Whether hydrant, or the AWS SDK in it, reads the variable: by its family, as an entry, or as a
/// text of the manifest such as an `arn_var`.
fn is_used(name: &str, manifest: &Manifest) -> bool {
    let entry = name.strip_suffix("_SECRET_ARN").unwrap_or(name);
    is_own(name)
        || manifest.names().any(|known| known == name || known == entry)
        || ['"', '\'']
            .into_iter()
            .any(|quote| manifest.text().contains(&format!("{quote}{name}{quote}")))
}

/// The same, whatever the manifest says. `PATH` is where the command and git are looked for.
fn is_own(name: &str) -> bool {
    name.starts_with("HYDRANT_")
        || name.starts_with("AWS_")
        || name.to_ascii_uppercase().ends_with("_PROXY")
        || ["GITHUB_ENV", "HOME", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_values_none_is_taken_in_silence() {
        let text = "version = 1\n[secrets.KEY]\n[secrets.OTHER]\narn_var = \"WHERE\"\n";
        let manifest = Manifest::parse("m".as_ref(), text).unwrap();
        let check = |name: &str, values: [&str; 2], refused: bool| {
            let env = Env::new(values.map(|value| (name, value)));
            let found = check_twice(&env, &manifest);
            assert_eq!(found.is_err(), refused, "{name}");
            if let Err(error) = found {
                assert_eq!(
                    error.to_string(),
                    format!("{name} is set twice in the environment, to different values")
                );
            }
        };
        for name in [
            "KEY",
            "KEY_SECRET_ARN",
            "WHERE",
            "AWS_REGION",
            "HYDRANT_PROFILE",
            "HYDRANT_VAR_org",
            "https_proxy",
        ] {
            check(name, ["a", "b"], true);
            check(name, ["", "b"], true);
            check(name, ["a", "a"], false);
        }
        check("EDITOR", ["a", "b"], false);
    }
}
