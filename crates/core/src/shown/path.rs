//! How a path may be shown. People paste keys where paths belong: a part that looks like a key is
//! replaced, and the rest stays.

use std::borrow::Cow;
use std::path::Path;

use super::name::{self, LONGEST, NOT_SHOWN, looks_like_key};

/// The longest path that a system accepts.
const LONGEST_PATH: usize = 4096;

/// A path for people, unchanged except for the parts that look like keys.
///
/// A folder may begin like a key (`sk-learn`) or have a hash as its name (in Nix and in
/// containers). So in a path a key must also continue like one, and a hash in an absolute path is
/// not a key.
///
/// ```
/// use std::path::Path;
///
/// use hydrant_core::shown::path;
///
/// assert_eq!(path(Path::new("/srv/sk-learn-app/secrets.toml")), "/srv/sk-learn-app/secrets.toml");
/// assert_eq!(path(Path::new("sk-proj-0123456789abcdef/x")), "(not shown: it looks like a key)/x");
/// ```
pub fn path(path: &Path) -> Cow<'_, str> {
    let text = path.to_string_lossy();
    let is_alone = !text.contains(['/', '.']);
    if (is_alone && looks_like_key(&text))
        || name::has_user_info(&text)
        || name::has_secret_access_key(&text)
    {
        return Cow::Borrowed(NOT_SHOWN);
    }
    let parts: Vec<&str> = text.split('/').collect();
    let is_absolute = text.starts_with('/');
    let mut shown = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        let is_folder = is_absolute && at + 1 < parts.len();
        shown.push(match is_key(part, is_folder) {
            true => Cow::Borrowed(NOT_SHOWN),
            false => name::cut(part, LONGEST),
        });
    }
    let shown = shown.join("/");
    match *shown == *text && shown.len() <= LONGEST_PATH {
        true => text,
        false => Cow::Owned(name::cut(&shown, LONGEST_PATH).into_owned()),
    }
}

/// The command of a command line: a path, or a name to look up in `PATH`.
pub fn command(text: &str) -> Cow<'_, str> {
    match text.contains('/') {
        true => path(Path::new(text)),
        false => name::unquoted(text),
    }
}

/// Whether an argument of a command is or contains a key, as `--token=KEY` and
/// `postgres://user:password@host` do.
pub fn is_key_argument(text: &str) -> bool {
    let is_absolute = text.starts_with('/');
    let mut parts = text.split('/').peekable();
    let mut has_key = || {
        while let Some(part) = parts.next() {
            if is_key(part, is_absolute && parts.peek().is_some()) {
                return true;
            }
        }
        false
    };
    name::has_user_info(text) || name::has_secret_access_key(text) || has_key()
}

/// Whether a part of a path is a key. A folder of only lowercase letters and digits in an absolute
/// path may be a hash.
fn is_key(part: &str, is_folder: bool) -> bool {
    if !looks_like_key(part) {
        return false;
    }
    if name::begins_like_key(part) {
        return name::holds_key(part);
    }
    let is_hash = is_folder && !part.contains(|char: char| char.is_ascii_uppercase());
    !is_hash && !is_cache(part)
}

/// The AWS SDK uses a hash as the name of a session's cache.
fn is_cache(part: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    part.strip_suffix(".json")
        .is_some_and(|hash| [40, 64].contains(&hash.len()) && hash.bytes().all(is_hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-proj-qX7vB2nM9kL4jH8gT5dW3zR6";

    #[test]
    fn ordinary_paths_are_shown_to_the_letter() {
        for text in [
            "",
            "secrets.toml",
            ".env",
            "/",
            "//srv/app/",
            "./a/../b",
            "/home/me/sk-learn-project/secrets.toml",
            "/srv/hf_transformers/config/.env.production.local",
            "npm_publish_token_of_production/x",
            "/nix/store/3n58xw4373jp0ljirf06d8077j15pc4j-hydrant-0.2.0/share/secrets.toml",
            "/var/lib/docker/overlay2/3f2a9c0b7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a/merged/.env",
            "/home/me/.aws/sso/cache/d033e22ae348aeb5660fc2140aec35850c4da997.json",
            "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
            "/var/run/secrets/..2024_05_01_12_00_00.123456789/ca.crt",
            "/runs/4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab/secrets.toml",
            "/tmp/.tmpaB3dE9/secrets.toml",
            "/Users/me/Library/Application Support/hydrant/secrets.toml",
            "services/MyBackendService2/configuration",
            "services/MyBackendService2/configuration/secrets.toml",
            "/srv/app/.env.hydrant-backup.20261128T003000Z",
            "backups/20261128T003000Z/secrets.toml",
            "/Users/JohnDoe/Projects/AcmeApp2/MyApi3/secrets.toml",
            "/Users/JohnDoe/MyApi3/V2/AcmeBackend2/A1",
            "/home/me/MyBackendService2/AcmeShop/Api",
            "C:\\Users\\me\\secrets.toml",
            "/home/josé/프로젝트/secrets.toml",
            "/home/runner/work/_temp/_github_home/secrets-2024-01-01.toml",
        ] {
            assert_eq!(path(Path::new(text)), text);
        }
        let long = "f".repeat(255);
        assert_eq!(path(Path::new(&long)), long);
    }

    #[test]
    fn keys_in_paths_are_not_shown() {
        let check =
            |text: String, expected: &str| assert_eq!(path(Path::new(&text)), expected, "{text}");
        for key in [
            KEY,
            "ghp_qX7vB2nM9kL4jH8gT5dW3zR6qX7vB2nM9kL4",
            "qX7vB2nM9kL4jH8gT5dW3zR6pY6wC3mN8kF5sD2a",
            "3f2a9c0b7d6e5f4a3b2c1d0e9f8a7b6c",
        ] {
            check(key.to_owned(), NOT_SHOWN);
            check(format!("{key}/x"), &format!("{NOT_SHOWN}/x"));
            check(format!("./a/{key}.toml"), &format!("./a/{NOT_SHOWN}"));
            check(format!("/srv/{key}"), &format!("/srv/{NOT_SHOWN}"));
        }
        check(format!("/srv/copy-{KEY}/x"), &format!("/srv/{NOT_SHOWN}/x"));
        check("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(), NOT_SHOWN);
        check("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY/x".to_owned(), NOT_SHOWN);
        for (before, after) in
            [("", ".toml"), ("", ".jsonl"), ("./", ""), ("/nonexist/", ""), ("a-", "/x")]
        {
            check(format!("{before}wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY{after}"), NOT_SHOWN);
        }
        check("postgres://app:hunter2@db.internal/app".to_owned(), NOT_SHOWN);
        check("a".repeat(300), &format!("{}…", "a".repeat(256)));
        check("b/".repeat(4000), &format!("{}…", "b/".repeat(2048)));
    }

    #[test]
    fn keys_in_arguments_are_told_from_ordinary_ones() {
        for text in [
            KEY,
            "--token=ghp_qX7vB2nM9kL4jH8gT5dW3zR6qX7vB2nM9kL4",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "--secret=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "--key=qX7vB2nM9kL4jH8gT5dW3zR6pY6wC3mN8kF5sD2a",
            "postgres://app:hunter2pass@db/app",
            "--dsn=postgres://app:hunter2pass@db/app",
        ] {
            assert!(is_key_argument(text), "{text}");
        }
        for text in [
            "",
            "--port=8080",
            "./hf_transformers/run.sh",
            "sk-learn-app",
            "postgres://db.internal:5432/app",
            "s3://my-bucket/releases/2024-05-01/app-v2.tar.gz",
            "exec node --max-old-space-size=4096 dist/main.js",
            "/nix/store/3n58xw4373jp0ljirf06d8077j15pc4j-hydrant-0.2.0/bin/hydrant",
            "-Djava.security.egd=file:/dev/./urandom",
            "gunicorn.workers.ggevent.GeventWorker",
            "arn:aws:iam::123456789012:role/AppRole",
        ] {
            assert!(!is_key_argument(text), "{text}");
        }
    }

    #[test]
    fn commands_are_names_or_paths() {
        for text in ["node", "./server", "/usr/bin/python3.12", "docker-entrypoint.sh"] {
            assert_eq!(command(text), text);
        }
        assert_eq!(command(KEY), NOT_SHOWN);
        assert_eq!(command(&format!("bin/{KEY}")), format!("bin/{NOT_SHOWN}"));
    }
}
