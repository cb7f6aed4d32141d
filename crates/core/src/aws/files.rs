//! The files that the SDK reads by path to get credentials: tokens of web identities and
//! containers, caches of SSO and of `aws login`. Each is looked at before: what is not a regular
//! file, or is larger than any token, is refused by name.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use zeroize::Zeroizing;

use super::forms::refused;
use super::parts::flaw;
use crate::bounded_file;
use crate::secret_value::SecretValue;
use crate::shown;
use crate::store::StoreError;

/// One file, and what names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PathFile {
    /// The token of a web identity, and the setting that leads to it. It goes into the body of a
    /// request.
    Token(String, PathBuf),
    /// The token for a container's credentials, and the variable that leads to it. It goes into a
    /// header.
    HeaderToken(&'static str, PathBuf),
    /// A folder of cached tokens. It may be missing.
    Cache(PathBuf),
}

/// The files of one source of credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PathFiles(pub(super) Vec<PathFile>);

impl PathFiles {
    /// Looks at each, and gives the tokens; it blocks for as long as the file system does.
    pub(super) fn check(&self) -> Result<Vec<SecretValue>, StoreError> {
        let each = self.0.iter().map(PathFile::check);
        Ok(each.collect::<Result<Vec<_>, _>>()?.concat())
    }
}

impl PathFile {
    fn check(&self) -> Result<Vec<SecretValue>, StoreError> {
        let token = |text: &str| vec![SecretValue::from(text.trim())];
        match self {
            PathFile::Token(setting, path) => {
                let bytes = read(setting, path)?;
                Ok(std::str::from_utf8(&bytes).map(token).unwrap_or_default())
            }
            PathFile::HeaderToken(variable, path) => {
                let bytes = read(variable, path)?;
                let text = std::str::from_utf8(&bytes).map_err(|_| "is not UTF-8".to_owned());
                match text.and_then(|text| flaw(text, TOKEN_MAX).map_or(Ok(token(text)), Err)) {
                    Ok(token) => Ok(token),
                    Err(flaw) => Err(refused(format!("{variable}: {}: {flaw}", shown::path(path)))),
                }
            }
            PathFile::Cache(folder) => check_cache(folder),
        }
    }
}

/// No token in a file is longer.
const TOKEN_MAX: usize = 64 << 10;

/// The token in a file, for the way that does not leave the reading to the SDK.
pub(super) fn token(path: &Path) -> io::Result<String> {
    let bytes = bounded_file::read(path, TOKEN_MAX as u64)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "is not UTF-8"))
}

fn read(setting: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let problem = |what: String| refused(format!("{setting}: {}: {what}", shown::path(path)));
    bounded_file::read(path, TOKEN_MAX as u64)
        .map(Zeroizing::new)
        .map_err(|error| problem(error.to_string()))
}

/// The SDK reads one of its files, by the hash of a session's name.
fn check_cache(folder: &Path) -> Result<Vec<SecretValue>, StoreError> {
    let mut tokens = Vec::new();
    let Ok(files) = std::fs::read_dir(folder) else { return Ok(tokens) };
    let paths = files.flatten().map(|file| file.path());
    let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    for path in json {
        match read("the cache of AWS sessions", &path) {
            Err(problem) if path.exists() => return Err(problem),
            Err(_) => {}
            Ok(bytes) => cached(serde_json::from_slice(&bytes).unwrap_or_default(), &mut tokens),
        }
    }
    Ok(tokens)
}

/// The secrets of a session that SSO or `aws login` has left.
const CACHED: [&str; 6] =
    ["accessToken", "clientSecret", "idToken", "refreshToken", "secretAccessKey", "sessionToken"];

fn cached(json: Value, tokens: &mut Vec<SecretValue>) {
    let Value::Object(object) = json else { return };
    for (key, value) in object {
        match value {
            Value::String(text) if CACHED.contains(&key.as_str()) => {
                tokens.push(SecretValue::from(text))
            }
            value => cached(value, tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_refused_by_its_setting_and_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let token = || PathFile::Token("AWS_WEB_IDENTITY_TOKEN_FILE".to_owned(), path.clone());
        let header =
            || PathFile::HeaderToken("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path.clone());
        let check = |file: PathFile, expected: Option<&str>| {
            let found = PathFiles(vec![file]).check().err().map(|error| error.to_string());
            let expected = expected.map(|what| format!("{}: {what}", path.display()));
            assert_eq!(found.is_some(), expected.is_some(), "{found:?} {expected:?}");
            assert!(found.unwrap_or_default().ends_with(&expected.unwrap_or_default()));
        };
        check(token(), Some("No such file or directory (os error 2)"));
        std::fs::write(&path, "canary\n").unwrap();
        check(token(), None);
        let tokens = PathFiles(vec![token()]).check().unwrap();
        assert_eq!(tokens.iter().map(SecretValue::expose).collect::<Vec<_>>(), ["canary"]);
        check(header(), Some("ends in a line break"));
        std::fs::write(&path, b"\xff").unwrap();
        check(header(), Some("is not UTF-8"));
        std::fs::write(&path, vec![b'x'; TOKEN_MAX + 1]).unwrap();
        check(token(), Some("it is larger than 64 KiB"));
    }

    #[test]
    fn a_token_is_read_from_a_small_regular_file_of_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let check = |content: &[u8], expected: Result<&str, &str>| {
            std::fs::write(&path, content).unwrap();
            let read = token(&path).map_err(|error| error.to_string());
            assert_eq!(read.as_deref().map_err(String::as_str), expected);
        };
        check(b"token", Ok("token"));
        check(b"\xff", Err("is not UTF-8"));
        check(&vec![b'x'; TOKEN_MAX + 1], Err("it is larger than 64 KiB"));
    }

    #[test]
    fn of_a_cache_every_file_is_looked_at_and_none_need_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let files = PathFiles(vec![PathFile::Cache(folder.path().join("cache"))]);
        assert!(files.check().is_ok());
        std::fs::create_dir_all(folder.path().join("cache/other")).unwrap();
        std::fs::write(folder.path().join("cache/a.json"), "{}").unwrap();
        std::fs::write(folder.path().join("cache/c.json"), "no JSON").unwrap();
        let session = r#"{"startUrl":"u","accessToken":{"secretAccessKey":"canary1","accessKeyId":"a"},"refreshToken":"canary2"}"#;
        std::fs::write(folder.path().join("cache/d.json"), session).unwrap();
        let tokens = files.check().unwrap();
        assert_eq!(
            tokens.iter().map(SecretValue::expose).collect::<Vec<_>>(),
            ["canary1", "canary2"]
        );
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("cache/b.json")).unwrap();
        let refused = files.check().unwrap_err().to_string();
        assert!(refused.contains("/cache/b.json: "), "{refused}");
    }
}
