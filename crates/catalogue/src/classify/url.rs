//! Whether a value is a URL with credentials in it. Nothing of the value leaves this file.

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    WithCredentials,
    Without,
    NoUrl,
}

/// Query parameters that hold a secret.
const PARAMETERS: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "token",
    "access_token",
    "auth",
    "authtoken",
    "key",
    "api_key",
    "apikey",
    "secret",
    "sig",
    "signature",
    "client_secret",
];

pub(super) fn kind(value: &str) -> Kind {
    let value = value.trim().strip_prefix("jdbc:").unwrap_or(value.trim());
    let Some((scheme, rest)) = value.split_once("://") else { return Kind::NoUrl };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !is_scheme || rest.is_empty() {
        return Kind::NoUrl;
    }
    match in_authority(scheme, rest) || in_query(rest) {
        true => Kind::WithCredentials,
        false => Kind::Without,
    }
}

/// `user:password@`. With http a user without a password is a token, elsewhere a name.
fn in_authority(scheme: &str, rest: &str) -> bool {
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    // A password that was not encoded may contain a `/`: then the last `@` before a blank counts.
    // Web URLs have an `@` in paths, too.
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = match (authority.rsplit_once('@'), is_web) {
        (Some((user, _)), _) => user,
        (None, true) => return false,
        (None, false) => match rest.split(['?', '#']).next().unwrap_or_default().rsplit_once('@') {
            Some((user, _)) => user,
            None => return false,
        },
    };
    match user.split_once(':') {
        Some((_, password)) => !password.is_empty(),
        None => is_web && !user.is_empty(),
    }
}

fn in_query(rest: &str) -> bool {
    let query =
        rest.split_once('?').map_or("", |(_, query)| query).split('#').next().unwrap_or_default();
    query.split(['&', ';']).filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
        !value.is_empty() && PARAMETERS.contains(&name.to_ascii_lowercase().as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_urls() {
        for with in [
            "postgres://user:pass@host/db",
            "postgresql+asyncpg://u:p@h:5432/db?sslmode=require",
            "redis://:pass@host:6379/0",
            "mysql://u:p/w@host/db",
            "amqps://u:p@host/vhost",
            "https://ghtoken@github.example/x.git",
            "https://user:pass@host.example",
            "https://host.example/path?sig=abc&x=1",
            "jdbc:postgresql://host/db?user=u&password=p",
            "  mongodb+srv://u:p@cluster.example/db  ",
        ] {
            assert_eq!(kind(with), Kind::WithCredentials, "{with}");
        }
        for without in [
            "https://example.com",
            "postgres://localhost/demo",
            "postgres://user@host/db",
            "postgres://user:@host/db",
            "https://example.com/@user",
            "https://example.com/?key=",
            "https://example.com/?page=1",
            "redis://localhost:6379",
            "jdbc:postgresql://host/db",
        ] {
            assert_eq!(kind(without), Kind::Without, "{without}");
        }
        for none in ["", "example.com", "user:pass@host", "://x", "1a://x", "https://", "sk-1234"] {
            assert_eq!(kind(none), Kind::NoUrl, "{none}");
        }
    }
}
