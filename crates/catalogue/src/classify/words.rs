//! The meaning of the words in a variable's name.

/// AWS credentials, and variables that lead to them.
pub(super) const AWS_CREDENTIALS: [&str; 8] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
];

/// The meaning of the last word of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Secret(&'static str),
    Url,
    Plain(&'static str),
}

/// Names that mislead, each as a secret (`Ok`) or not.
pub(super) fn special(name: &str) -> Option<Result<&'static str, &'static str>> {
    Some(match name {
        "GOOGLE_APPLICATION_CREDENTIALS" => Err("the path of a file"),
        "SSH_AUTH_SOCK" => Err("the path of a socket"),
        "PWD" | "OLDPWD" => Err("a folder"),
        "PGPASSFILE" => Err("the path of a file"),
        "NPM_AUTH" | "REDIS_AUTH" => Ok("a password"),
        _ if name.ends_with("CONNECTION_STRING") || name.ends_with("CONN_STRING") => {
            Ok("a connection string usually holds a key")
        }
        _ if name.ends_with("SERVICE_ACCOUNT_JSON")
            || name.ends_with("SERVICE_ACCOUNT") && name.contains("GOOGLE") =>
        {
            Ok("a service account's key")
        }
        _ => return None,
    })
}

/// Why the value is public, judging by its name.
pub(super) fn public(name: &str) -> Option<&'static str> {
    const BUILT_IN: [&str; 8] = [
        "NEXT_PUBLIC_",
        "NUXT_PUBLIC_",
        "EXPO_PUBLIC_",
        "VITE_",
        "REACT_APP_",
        "GATSBY_",
        "PUBLIC_",
        "VUE_APP_",
    ];
    if BUILT_IN.iter().any(|prefix| name.starts_with(prefix)) {
        return Some("built into pages that browsers load, so it is public");
    }
    let is_public = |word: &str| ["PUBLIC", "PUBLISHABLE", "ANON", "PUB"].contains(&word);
    (words(name).any(is_public) && name.ends_with("KEY"))
        .then_some("a key that is meant to be public")
}

pub(super) fn is_webhook(name: &str) -> bool {
    words(name).any(|word| word == "WEBHOOK" || word == "HOOK")
}

pub(super) fn is_database(name: &str) -> bool {
    const KINDS: [&str; 22] = [
        "DATABASE",
        "DB",
        "POSTGRES",
        "POSTGRESQL",
        "PG",
        "MYSQL",
        "MARIADB",
        "MONGO",
        "MONGODB",
        "REDIS",
        "VALKEY",
        "AMQP",
        "RABBITMQ",
        "CLICKHOUSE",
        "MSSQL",
        "SQLSERVER",
        "ORACLE",
        "COCKROACH",
        "NEO4J",
        "CELERY",
        "BROKER",
        "SQLALCHEMY",
    ];
    words(name).any(|word| KINDS.contains(&word))
}

/// Why a name does not belong to a secret, whatever its other words are.
pub(super) fn not_a_secret(name: &str) -> Option<&'static str> {
    const FLAGS: [&str; 14] = [
        "USE", "USES", "ENABLE", "ENABLED", "DISABLE", "DISABLED", "IS", "HAS", "ALLOW", "REQUIRE",
        "REQUIRED", "SKIP", "FEATURE", "REQUIRES",
    ];
    const LIMITS: [&str; 8] =
        ["MAX", "MIN", "LIMIT", "TTL", "TIMEOUT", "EXPIRES", "EXPIRY", "EXPIRATION"];
    const TABLES: [&str; 5] = ["PRIMARY", "PARTITION", "SORT", "FOREIGN", "RANGE"];
    let all: Vec<&str> = words(name).collect();
    let before_last = all.iter().rev().nth(1).copied().unwrap_or_default();
    if all.first().is_some_and(|first| FLAGS.contains(first))
        || all.last().is_some_and(|word| FLAGS.contains(word))
    {
        return Some("a flag");
    }
    if all.iter().any(|word| LIMITS.contains(word)) {
        return Some("a limit or a duration");
    }
    if all.last() == Some(&"KEY") && TABLES.contains(&before_last) {
        return Some("a key of a table");
    }
    None
}

/// The name without the part that distinguishes several of one kind: `API_KEY_2`,
/// `DB_PASSWORD_PROD`, `SECRET_KEY_BASE`.
pub(super) fn qualified(name: &str) -> &str {
    const QUALIFIERS: [&str; 22] = [
        "PROD",
        "PRODUCTION",
        "DEV",
        "DEVELOPMENT",
        "STAGING",
        "STAGE",
        "TEST",
        "TESTING",
        "SANDBOX",
        "LIVE",
        "OLD",
        "NEW",
        "PREVIOUS",
        "CURRENT",
        "NEXT",
        "BACKUP",
        "BASE",
        "VALUE",
        "B64",
        "BASE64",
        "PEM",
        "JSON",
    ];
    let mut rest = name;
    while let Some((before, word)) = rest.rsplit_once('_') {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if !(is_number || QUALIFIERS.contains(&word.to_ascii_uppercase().as_str())) {
            break;
        }
        rest = before;
    }
    rest
}

/// The meaning of the last word.
pub(super) fn last(name: &str) -> Option<Last> {
    let word = name.rsplit('_').next().unwrap_or(name).to_ascii_uppercase();
    let known =
        WORDS.iter().find(|(words, _)| words.contains(&word.as_str())).map(|(_, last)| *last);
    known.or_else(|| {
        ENDINGS.iter().find(|(ending, _)| word.ends_with(ending)).map(|(_, last)| *last)
    })
}

const KEY: Last = Last::Secret("a key");
const TOKEN: Last = Last::Secret("a token");
const PASSWORD: Last = Last::Secret("a password");
const SECRET: Last = Last::Secret("a secret, as its name says");

/// Last words, each with its meaning.
const WORDS: &[(&[&str], Last)] = &[
    (&["KEY", "KEYS", "APIKEY", "PAT"], KEY),
    (&["TOKEN", "JWT", "BEARER"], TOKEN),
    (&["PASSWORD", "PASSWD", "PASS", "PASSPHRASE", "PASSCODE", "PWD"], PASSWORD),
    (&["SECRET", "SECRETS", "SALT", "PEPPER", "CREDENTIALS", "CREDENTIAL", "CREDS"], SECRET),
    (&["URL", "URI", "DSN"], Last::Url),
    (&["URLS", "ENDPOINT", "ENDPOINTS", "ORIGIN", "ORIGINS"], Last::Plain("an address")),
    (
        &["HOST", "HOSTS", "HOSTNAME", "DOMAIN", "DOMAINS", "SERVER", "ADDRESS", "ADDR", "IP"],
        Last::Plain("an address"),
    ),
    (&["PORT", "PORTS"], Last::Plain("a port")),
    (&["REGION", "REGIONS", "ZONE", "LOCATION"], Last::Plain("a region")),
    (&["LEVEL", "VERBOSITY"], Last::Plain("a level")),
    (&["DEBUG", "VERBOSE", "FLAG", "ON", "OFF", "SSL", "TLS"], Last::Plain("a flag")),
    (&["ENV", "ENVIRONMENT", "MODE", "STAGE"], Last::Plain("a mode")),
    (&["FILE", "PATH", "DIR", "DIRECTORY", "FOLDER", "SOCK", "SOCKET"], Last::Plain("a path")),
    (&["NAME", "TITLE", "LABEL", "SLUG"], Last::Plain("a name")),
    (&["USER", "USERNAME", "LOGIN"], Last::Plain("a user name")),
    (&["EMAIL", "MAIL", "FROM", "TO", "RECIPIENTS"], Last::Plain("an email address")),
    (&["ID", "IDS", "UUID", "SID"], Last::Plain("an id without a secret next to it")),
    (&["ARN", "ARNS"], Last::Plain("an ARN")),
    (
        &["COUNT", "SIZE", "LENGTH", "NUMBER", "WORKERS", "THREADS", "CONCURRENCY", "RETRIES"],
        Last::Plain("a number"),
    ),
    (
        &["INTERVAL", "SECONDS", "MINUTES", "HOURS", "DAYS", "MS", "LIFETIME", "AGE"],
        Last::Plain("a duration"),
    ),
    (&["VERSION", "TAG", "SHA", "COMMIT", "BRANCH"], Last::Plain("a version")),
    (
        &["TYPE", "KIND", "FORMAT", "ALGORITHM", "ALG", "ENGINE", "DRIVER", "BACKEND", "PROVIDER"],
        Last::Plain("a choice"),
    ),
    (&["MODEL", "MODELS", "VOICE"], Last::Plain("a model")),
    (
        &["ISSUER", "AUDIENCE", "SCOPE", "SCOPES", "REALM", "TENANT"],
        Last::Plain("a login setting that clients know"),
    ),
    (
        &["BUCKET", "QUEUE", "TOPIC", "TABLE", "INDEX", "COLLECTION", "NAMESPACE"],
        Last::Plain("the name of a resource"),
    ),
    (&["PREFIX", "SUFFIX", "HEADER", "FIELD", "SEPARATOR"], Last::Plain("part of a name")),
    (&["LANG", "LANGUAGE", "LOCALE", "TZ", "TIMEZONE", "CURRENCY"], Last::Plain("a locale")),
];

/// Ends of last words that are written together: `PGPASSWORD`, `DBPASS`, `authToken`.
const ENDINGS: &[(&str, Last)] = &[
    ("PASSWORD", PASSWORD),
    ("PASSWD", PASSWORD),
    ("APIKEY", KEY),
    ("SECRETKEY", KEY),
    ("ACCESSKEY", KEY),
    ("PRIVATEKEY", KEY),
    ("TOKEN", TOKEN),
    ("SECRET", SECRET),
];

/// The words of a name as it is written.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split('_').filter(|word| !word.is_empty())
}
