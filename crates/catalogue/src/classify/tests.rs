//! Names from real env files, and their classes.

use super::*;

/// Classifies an env file; `NAME class` with the reason, for each variable.
fn classified(env: &str) -> Vec<(String, String)> {
    let file = EnvFile::parse(env).expect("an env file");
    let catalogue = Catalogue::built_in();
    let found = classify(&file, &catalogue);
    let each = found.variables.iter().map(|variable| {
        (format!("{} {}", variable.name, variable.class.word()), variable.reason.clone())
    });
    each.collect()
}

/// Each with a value that is not a URL, as the only one in its file.
#[track_caller]
fn check(class: &str, names: &[&str]) {
    for name in names {
        let found = classified(&format!("{name}=value\n"));
        assert_eq!(
            found.first().map(|(found, _)| found.as_str()),
            Some(format!("{name} {class}").as_str()),
            "{found:?}"
        );
    }
}

#[test]
fn names_of_secrets() {
    check(
        "entry",
        &[
            "OPENAI_API_KEY",
            "ANTHROPIC_API_KEY",
            "GOOGLE_GEMINI_API_KEY",
            "GROK_API_KEY",
            "HUGGING_FACE_HUB_TOKEN",
            "LIVEKIT_API_KEY",
            "LIVEKIT_API_SECRET",
            "GITHUB_TOKEN",
            "GITLAB_ACCESS_TOKEN",
            "SLACK_BOT_TOKEN",
            "STRIPE_SECRET_KEY",
            "STRIPE_WEBHOOK_SECRET",
            "TWILIO_AUTH_TOKEN",
            "SENDGRID_API_KEY",
            "MAILGUN_API_KEY",
            "JWT_SECRET",
            "JWT_SECRET_KEY",
            "NEXTAUTH_SECRET",
            "AUTH_SECRET",
            "SESSION_SECRET",
            "COOKIE_SECRET",
            "SECRET_KEY",
            "SECRET_KEY_BASE",
            "DJANGO_SECRET_KEY",
            "APP_KEY",
            "RAILS_MASTER_KEY",
            "ENCRYPTION_KEY",
            "PRIVATE_KEY",
            "SSH_PRIVATE_KEY",
            "DB_PASSWORD",
            "POSTGRES_PASSWORD",
            "PGPASSWORD",
            "MYSQL_ROOT_PASSWORD",
            "MYSQL_PWD",
            "REDIS_PASSWORD",
            "SMTP_PASS",
            "EMAIL_HOST_PASSWORD",
            "NPM_TOKEN",
            "VAULT_TOKEN",
            "CLOUDFLARE_API_TOKEN",
            "DIGITALOCEAN_ACCESS_TOKEN",
            "TELEGRAM_BOT_TOKEN",
            "DISCORD_TOKEN",
            "API_KEY_2",
            "DB_PASSWORD_PROD",
            "JWT_SECRET_OLD",
            "AZURE_STORAGE_CONNECTION_STRING",
            "GOOGLE_CREDENTIALS_JSON",
            "SSH_KEY_PASSPHRASE",
            "SLACK_WEBHOOK_URL",
            "PASSWORD_SALT",
            "DATABASE_URL",
            "MONGODB_URI",
            "REDIS_URL",
            "CELERY_BROKER_URL",
            "GITHUB_PAT",
            "MYAPIKEY",
            "npm_config__authToken",
            "TF_VAR_db_password",
            "MCP_CLIENT_SECRET",
            "SUPABASE_SERVICE_ROLE_KEY",
            "SENTRY_AUTH_TOKEN",
            "FIREBASE_SERVICE_ACCOUNT_JSON",
        ],
    );
}

#[test]
fn names_of_plain_configuration() {
    check(
        "plain",
        &[
            "AUTH_SERVER_TOKEN_URL",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_PROFILE",
            "AWS_ENDPOINT_URL",
            "AWS_BUCKET",
            "REGION",
            "PORT",
            "DB_PORT",
            "HOST",
            "DB_HOST",
            "POSTGRES_USER",
            "POSTGRES_DB",
            "DB_NAME",
            "LOG_LEVEL",
            "DEBUG",
            "NODE_ENV",
            "ENVIRONMENT",
            "API_BASE_URL",
            "PUBLIC_URL",
            "NEXT_PUBLIC_API_KEY",
            "VITE_SUPABASE_ANON_KEY",
            "SUPABASE_ANON_KEY",
            "SUPABASE_URL",
            "STRIPE_PUBLISHABLE_KEY",
            "JWT_PUBLIC_KEY",
            "VAPID_PUBLIC_KEY",
            "SENTRY_DSN",
            "MAX_TOKENS",
            "OPENAI_MAX_TOKENS",
            "TOKEN_TTL",
            "JWT_EXPIRES_IN",
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "SESSION_TIMEOUT",
            "ENABLE_API_KEY",
            "REQUIRE_PASSWORD",
            "AUTH_ENABLED",
            "API_KEY_HEADER",
            "SECRET_NAME",
            "KMS_KEY_ID",
            "KMS_KEY_ARN",
            "GPG_KEY_ID",
            "SSH_KEY_PATH",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "PRIMARY_KEY",
            "DYNAMODB_PARTITION_KEY",
            "OPENAI_MODEL",
            "LLM_PROVIDER",
            "S3_BUCKET",
            "SMTP_USERNAME",
            "EMAIL_FROM",
            "TZ_NAME",
            "CORS_ORIGINS",
            "JWT_ALGORITHM",
            "JWT_ISSUER",
            "OIDC_CLIENT_ID",
            "KEYCLOAK_REALM",
            "TOKENIZER_PATH",
            "FEATURE_NEW_TOKEN",
            "WORKERS",
            "COLOUR",
            "PASSWORD_MIN_LENGTH",
            "CACHE_KEY_PREFIX",
            "DB_SSL",
            "LIVEKIT_URL",
        ],
    );
}

#[test]
fn names_that_never_become_entries() {
    check(
        "never",
        &[
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_BEARER_TOKEN_BEDROCK",
            "HYDRANT_PROFILE",
            "HYDRANT_OFFLINE",
            "PATH",
            "LD_PRELOAD",
            "NODE_OPTIONS",
            "GIT_SSH_COMMAND",
        ],
    );
}

/// Several variables, each with its class and reason.
#[track_caller]
fn check_file(env: &str, expected: &[(&str, &str)]) {
    let found = classified(env);
    let found: Vec<(&str, &str)> =
        found.iter().map(|(class, reason)| (class.as_str(), reason.as_str())).collect();
    assert_eq!(found, expected, "for {env}");
}

#[test]
fn ids_with_their_secret_beside_them() {
    check_file(
        "MCP_CLIENT_ID=a\nMCP_CLIENT_SECRET=b\n",
        &[
            ("MCP_CLIENT_ID entry", "an id, next to its secret MCP_CLIENT_SECRET"),
            ("MCP_CLIENT_SECRET entry", "a secret, as its name says"),
        ],
    );
    check_file(
        "MCP_CLIENT_ID=a\n",
        &[("MCP_CLIENT_ID plain", "an id without a secret next to it")],
    );
    check_file(
        "R2_ACCESS_KEY_ID=a\nR2_SECRET_ACCESS_KEY=b\n",
        &[
            ("R2_ACCESS_KEY_ID entry", "an id, next to its secret R2_SECRET_ACCESS_KEY"),
            ("R2_SECRET_ACCESS_KEY entry", "a key"),
        ],
    );
}

#[test]
fn urls_with_credentials() {
    let with = "a URL with credentials in it";
    check_file("DATABASE_URL=postgres://u:p@h/d\n", &[("DATABASE_URL entry", with)]);
    check_file("PLACE=redis://:p@h\n", &[("PLACE entry", with)]);
    check_file("FEED=https://h.example/?sig=a\n", &[("FEED entry", with)]);
    check_file(
        "DATABASE_URL=postgres://h/d\n",
        &[("DATABASE_URL plain", "a URL without credentials")],
    );
    check_file("DATABASE_URL=\n", &[("DATABASE_URL entry", "in the catalogue (PostgreSQL)")]);
    check_file("MONGO_URL=\n", &[("MONGO_URL entry", "a database URL usually holds credentials")]);
    check_file("API_URL=https://example.com\n", &[("API_URL plain", "a URL without credentials")]);
    check_file(
        "AUTH_SERVER_TOKEN_URL=https://a.example/token\n",
        &[("AUTH_SERVER_TOKEN_URL plain", "a URL without credentials")],
    );
    let hook = "a webhook URL: anyone who knows it can use it";
    check_file(
        "SLACK_WEBHOOK_URL=https://hooks.example/a/b\n",
        &[("SLACK_WEBHOOK_URL entry", hook)],
    );
    check_file(
        "SENTRY_DSN=https://key@sentry.example/1\n",
        &[("SENTRY_DSN plain", "a DSN: it can only send reports")],
    );
}

#[test]
fn references_belong_to_entries() {
    check_file(
        "GROQ_API_KEY_SECRET_ARN=arn\n",
        &[("GROQ_API_KEY_SECRET_ARN reference", "names the secret of GROQ_API_KEY")],
    );
    check_file(
        "THING=\nTHING_SECRET_ARN=arn\n",
        &[
            ("THING entry", "THING_SECRET_ARN names its secret"),
            ("THING_SECRET_ARN reference", "names the secret of THING"),
        ],
    );
    check_file(
        "MCP_CLIENT_SECRET=\nMCP_CLIENT_SECRET_ARN=arn\n",
        &[
            ("MCP_CLIENT_SECRET entry", "a secret, as its name says"),
            ("MCP_CLIENT_SECRET_ARN reference", "names the secret of MCP_CLIENT_SECRET"),
        ],
    );
    let unknown = "the ARN of a secret without a known variable";
    check_file("DB_SECRET_ARN=arn\n", &[("DB_SECRET_ARN plain", unknown)]);
    check_file("PATH_SECRET_ARN=arn\n", &[("PATH_SECRET_ARN plain", unknown)]);
}

#[test]
fn what_may_be_a_piece_of_a_value_is_counted_alone() {
    let catalogue = Catalogue::built_in();
    let long = "k".repeat(70);
    for name in [
        "a.b-c",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        &long,
    ] {
        let file = EnvFile::parse(&format!("{name}=\n")).expect("an env file");
        let found = classify(&file, &catalogue);
        assert_eq!((found.variables.len(), found.redacted_names), (0, 1), "{name}");
    }
}
