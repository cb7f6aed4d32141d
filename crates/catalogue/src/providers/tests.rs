//! Tests of the built-in catalogue and of users' own files.

use super::*;

fn x(times: usize) -> String {
    "a".repeat(times)
}

/// Made-up keys in the right format, then in a wrong one. They are put together here, so that no
/// scanner takes one for a real key.
fn keys(variable: &str) -> (Vec<String>, Vec<String>) {
    let of = |texts: &[(&str, usize)]| {
        texts.iter().map(|(start, more)| format!("{start}{}", x(*more))).collect()
    };
    let jwt = || format!("eyJ{}.{}.{}", x(20), x(40), x(30));
    match variable {
        "OPENAI_API_KEY" => (
            of(&[("sk-proj-", 60), ("sk-svcacct-", 60), ("sk-admin-", 40), ("sk-", 48)]),
            of(&[
                ("sk-ant-api03-", 95),
                ("sk-or-v1-", 64),
                ("sk-", 32),
                ("pk-proj-", 60),
                ("sk-proj-", 5),
                ("\"sk-proj-", 60),
            ]),
        ),
        "ANTHROPIC_API_KEY" => (
            of(&[("sk-ant-api03-", 95), ("sk-ant-admin01-", 95)]),
            of(&[("sk-proj-", 95), ("sk-ant-", 95), ("sk-ant-oat01-", 95), ("sk-ant-api03-", 20)]),
        ),
        "GEMINI_API_KEY" => (
            of(&[("AIza", 35), ("AQ.", 45)]),
            of(&[("AIza", 34), ("AIza", 36), ("AQ", 45), ("sk-", 48)]),
        ),
        "MISTRAL_API_KEY" => (of(&[("", 32)]), of(&[("", 31), ("", 33), ("sk-", 29)])),
        "XAI_API_KEY" => (of(&[("xai-", 80)]), of(&[("xai_", 80), ("xai-", 20), ("sk-", 48)])),
        "OPENROUTER_API_KEY" => {
            (of(&[("sk-or-v1-", 64)]), of(&[("sk-or-", 64), ("sk-or-v1-", 63), ("sk-or-v1-z", 63)]))
        }
        "COHERE_API_KEY" => (of(&[("", 40)]), of(&[("", 39), ("co-", 37)])),
        "GROQ_API_KEY" => {
            (of(&[("gsk_", 48), ("gsk_", 52)]), of(&[("gsk-", 48), ("gsk_", 20), ("xai-", 80)]))
        }
        "DEEPSEEK_API_KEY" => (of(&[("sk-", 32)]), of(&[("sk-", 48), ("sk-A", 31), ("", 35)])),
        "HF_TOKEN" => (of(&[("hf_", 34), ("hf_", 37)]), of(&[("hf-", 34), ("hf_", 10), ("", 37)])),
        "DEEPGRAM_API_KEY" => (of(&[("", 40)]), of(&[("", 39), ("A", 39)])),
        "ELEVENLABS_API_KEY" => {
            (of(&[("sk_", 48), ("", 32)]), of(&[("sk-", 48), ("sk_", 47), ("z", 31)]))
        }
        "LIVEKIT_API_KEY" => (of(&[("API", 12)]), of(&[("API-", 12), ("sk-", 12), ("AP", 3)])),
        "GITHUB_TOKEN" => {
            let mut right: Vec<String> =
                of(&[("ghp_", 36), ("gho_", 36), ("ghu_", 36), ("github_pat_", 82)]);
            right.push(format!("ghs_{}_{}", x(6), jwt()));
            (right, of(&[("ghp-", 36), ("ghp_", 20), ("ghx_", 36), ("glpat-", 20)]))
        }
        "GITLAB_TOKEN" => {
            let mut right: Vec<String> = of(&[("glpat-", 20), ("gldt-", 20)]);
            right.push(format!("glpat-{}.01.{}", x(27), x(9)));
            (right, of(&[("glpat_", 20), ("glpat-", 10), ("ghp_", 36)]))
        }
        "SENTRY_AUTH_TOKEN" => (
            of(&[("sntrys_", 120), ("sntryu_", 64), ("", 64)]),
            of(&[("sntry_", 64), ("sntryu-", 64), ("", 63), ("https://", 64)]),
        ),
        "SLACK_BOT_TOKEN" => (
            of(&[
                ("xoxb-1111111111-2222222222-", 24),
                ("xoxp-1111111111-2222222222-", 32),
                ("xoxe.xoxb-1-", 160),
            ]),
            of(&[("xapp-1-", 64), ("xoxb_", 40), ("xoxb-", 5)]),
        ),
        "STRIPE_SECRET_KEY" => (
            of(&[("sk_test_", 24), ("sk_live_", 99), ("rk_live_", 99)]),
            of(&[("pk_live_", 24), ("sk-live-", 24), ("whsec_", 32), ("sk_live_", 5)]),
        ),
        "NOTION_TOKEN" => (
            of(&[("ntn_", 46), ("secret_", 43)]),
            of(&[("ntn-", 46), ("ntn_", 10), ("secret_", 42)]),
        ),
        "N8N_API_KEY" => {
            let mut right: Vec<String> = of(&[("n8n_api_", 40)]);
            right.push(jwt());
            (right, of(&[("eyJ", 40), ("n8n_api_", 10), ("", 40)]))
        }
        "SUPABASE_SERVICE_ROLE_KEY" => {
            let mut right: Vec<String> = of(&[("sb_secret_", 31)]);
            right.push(jwt());
            (right, of(&[("sb_publishable_", 31), ("sbp_", 40), ("eyJ", 40)]))
        }
        "DATABASE_URL" => (
            of(&[
                ("postgres://user:pass@host/", 3),
                ("postgresql+asyncpg://user:pass@host:5432/", 3),
            ]),
            of(&[("mysql://user:pass@host/", 3), ("host/", 3), ("postgres://host/ ", 3)]),
        ),
        other => panic!("no made-up keys for {other}"),
    }
}

#[test]
fn shapes_tell_right_from_wrong() {
    for item in Catalogue::built_in().items().iter().filter(|item| item.key_format.is_some()) {
        let (right, wrong) = keys(&item.variable);
        assert!(!right.is_empty() && wrong.len() >= 2, "{}", item.variable);
        for key in &right {
            assert_eq!(item.matches_key_format(key), Some(true), "{} {key}", item.variable);
            // The whole value counts: a key pasted with something around it does not match.
            for wrapped in [format!("'{key}'"), format!(" {key}"), format!("{key}\n")] {
                assert_eq!(
                    item.matches_key_format(&wrapped),
                    Some(false),
                    "{} {wrapped:?}",
                    item.variable
                );
            }
        }
        for key in wrong.iter().chain([&String::new(), &"changeme".to_owned()]) {
            assert_eq!(item.matches_key_format(key), Some(false), "{} {key}", item.variable);
        }
    }
}

#[test]
fn every_item_is_whole() {
    let catalogue = Catalogue::built_in();
    let providers = [
        "openai",
        "anthropic",
        "gemini",
        "mistral",
        "xai",
        "openrouter",
        "cohere",
        "groq",
        "deepseek",
        "huggingface",
        "deepgram",
        "elevenlabs",
        "github",
        "gitlab",
        "slack",
        "stripe",
        "notion",
        "n8n",
        "livekit",
        "supabase",
        "postgres",
        "sentry",
    ];
    for provider in providers {
        assert!(!catalogue.by_name(provider).is_empty(), "{provider}");
    }
    for item in catalogue.items() {
        let name = &item.variable;
        assert!(providers.contains(&item.name.as_str()), "{name}");
        assert!(
            !item.display_name.is_empty()
                && !item.category.is_empty()
                && !item.description.is_empty(),
            "{name}"
        );
        assert!(item.console.is_some() || item.name == "postgres", "{name} has no page");
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(item.secret_name.chars().all(is_name), "{name}");
        match &item.key_format {
            Some(format) => {
                assert!(
                    format.source.is_some() && item.no_key_format.is_none(),
                    "{name}: from where?"
                )
            }
            None => assert!(item.no_key_format.is_some(), "{name}: why is there no shape?"),
        }
        // `add` refuses a name that it takes for a key.
        assert!(item.variables().all(|variable| !catalogue.looks_like_key(variable)), "{name}");
    }
}

#[test]
fn look_ups() {
    let catalogue = Catalogue::built_in();
    let openai = catalogue.by_variable("OPENAI_API_KEY").expect("an item");
    assert_eq!((openai.name.as_str(), openai.secret_name.as_str()), ("openai", "openai_api_key"));
    for (alias, name) in
        [("GOOGLE_GEMINI_API_KEY", "gemini"), ("GROK_API_KEY", "xai"), ("GH_TOKEN", "github")]
    {
        assert_eq!(catalogue.by_variable(alias).map(|item| item.name.as_str()), Some(name));
    }
    assert!(catalogue.by_variable("openai").is_none());
    let livekit: Vec<_> =
        catalogue.by_name("livekit").into_iter().map(|item| item.variable.as_str()).collect();
    assert_eq!(livekit, ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"]);
    assert_eq!(
        catalogue.by_variable("LIVEKIT_API_SECRET").and_then(|item| item.matches_key_format("x")),
        None
    );
    assert_eq!(catalogue.nearest_name("opnai"), Some("openai"));
    assert_eq!(catalogue.nearest_name("git-lab"), Some("gitlab"));
}

#[test]
fn what_looks_like_key() {
    let catalogue = Catalogue::built_in();
    let long = x(65);
    for key in [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "hf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "d41d8cd98f00b204e9800998ecf8427e",
        "aB3_xY9kLmNoPqR5TuV",
        "KEY_d41d8cd98f00",
        long.as_str(),
    ] {
        assert!(catalogue.looks_like_key(key), "{key}");
    }
    for name in [
        "OPENAI_API_KEY",
        "API_KEY_2",
        "S3_BUCKET",
        "APPLICATION1",
        "TF_VAR_db_password",
        "MYAPIKEY",
        "OAUTH2_CLIENT_SECRET",
        "Auth0ClientSecret",
        "MICROSOFT365TENANT",
    ] {
        assert!(!catalogue.looks_like_key(name), "{name}");
    }
}

/// The result of a user's own file: its problems, one `LINE message (help)` a line, or the items it
/// adds or changes.
fn own(text: &str) -> String {
    match Catalogue::built_in().extended_by(text) {
        Err(InvalidCatalogue { problems }) => {
            let help = |problem: &Problem| {
                problem.help.as_ref().map_or(String::new(), |help| format!(" ({help})"))
            };
            let lines = problems
                .iter()
                .map(|problem| format!("{} {}{}", problem.line, problem.message, help(problem)));
            lines.collect::<Vec<_>>().join("\n")
        }
        Ok(catalogue) => {
            let before: Vec<String> =
                Catalogue::built_in().items().iter().map(|item| format!("{item:?}")).collect();
            let changed =
                catalogue.items().iter().filter(|item| !before.contains(&format!("{item:?}")));
            let line = |item: &Item| {
                let shape = item.key_format.as_ref().map(|format| format.pattern.as_str());
                let Item {
                    name, variable, secret_name, display_name, category, description, ..
                } = item;
                let console = item.console.as_deref().unwrap_or("-");
                format!(
                    "{name} {variable} [{}] {secret_name} | {display_name} | {category} | \
                         {description} | {console} | {}",
                    item.aliases.join(","),
                    shape.unwrap_or("-"),
                )
            };
            changed.map(line).collect::<Vec<_>>().join("\n")
        }
    }
}

#[test]
fn a_file_of_ones_own_adds_and_changes() {
    assert_eq!(own("version = 1\n"), "");
    assert_eq!(
        own("version = 1\n[providers.acme.variables.ACME_TOKEN]\n"),
        "acme ACME_TOKEN [] acme_token | acme | other | ACME_TOKEN of acme | - | -"
    );
    assert_eq!(
        own(
            "version = 1\n[providers.acme]\ndisplay_name = \"Acme\"\ncategory = \"work\"\nconsole \
                 = \"https://acme.example/keys\"\n\
             [providers.acme.variables.ACME_TOKEN]\naliases = [\"ACME\"]\nsecret_name \
             = \"acme/token\"\ndescription = \"a token\"\n\
             shape = 'ac-[0-9]+|b'\n"
        ),
        "acme ACME_TOKEN [ACME] acme/token | Acme | work | a token | https://acme.example/keys | \
             ac-[0-9]+|b"
    );
    assert_eq!(
        own("version = 1\n[providers.mistral.variables.MISTRAL_API_KEY]\nno_shape = \"a proxy's \
                 keys\"\n"),
        "mistral MISTRAL_API_KEY [] mistral_api_key | Mistral | language models | Mistral API key \
             | https://console.mistral.ai/api-keys | -"
    );
    assert_eq!(
        own("version = 1\n[providers.xai]\nconsole = \"https://acme.example/xai\"\n"),
        "xai XAI_API_KEY [GROK_API_KEY] xai_api_key | xAI | language models | xAI API key, for the \
             Grok models | \
         https://acme.example/xai | xai-[A-Za-z0-9_-]{64,}"
    );
    assert_eq!(
        own("version = 1\n[providers.slack.variables.SLACK_SIGNING_SECRET]\n"),
        "slack SLACK_SIGNING_SECRET [] slack_signing_secret | Slack | work | SLACK_SIGNING_SECRET \
             of Slack | \
         https://api.slack.com/apps | -"
    );
}

#[test]
fn every_problem_of_a_file_is_told_with_its_line() {
    assert_eq!(own(""), "1 `version` is missing (write `version = 1` at the top)");
    assert_eq!(own("version = 2\n"), "1 `version` must be the integer 1");
    assert_eq!(
        own("version = 1
provider = 1
[providers.Acme]
console = \"http://acme.example\"
colour = \"red\"
[providers.acme]
[providers.other.variables.\"B-1\"]
shpae = 'x'
shape = '('
[providers.other.variables.GROK_API_KEY]
aliases = \"X\"
secret_name = 1
description = \"\"
[providers.other.variables.C]
shape = 'x'
no_shape = \"y\"
aliases = [\"D-1\"]
[providers.other.variables.D]
shape_source = \"nowhere\"
"),
        "2 unknown key `provider` (did you mean `providers`?)
3 provider `Acme`: the name cannot be used on the command line (use lowercase letters, digits and `-`, and start with a letter, as in `openai`)
3 provider `Acme`: no variables (add one: [providers.Acme.variables.NAME])
4 provider `Acme`: `console` must be an https URL
5 provider `Acme`: unknown key `colour` (known keys: display_name, category, console, variables)
6 provider `acme`: no variables (add one: [providers.acme.variables.NAME])
7 provider `other`: variable `B-1`: the name is not a valid environment variable name (use \
letters, digits and `_`, and do not start with a digit)
8 provider `other`: variable `B-1`: unknown key `shpae` (did you mean `shape`?)
9 provider `other`: variable `B-1`: `shape` is not a valid regular expression: found open group without \
closing ')'
10 provider `other`: `GROK_API_KEY` is already a variable of `xai` (write it under [providers.xai] to change it)
11 provider `other`: variable `GROK_API_KEY`: `aliases` must be an array of names
12 provider `other`: variable `GROK_API_KEY`: `secret_name` must be a string
13 provider `other`: variable `GROK_API_KEY`: `description` must not be empty
16 provider `other`: variable `C`: `shape` and `no_shape` cannot be used together
17 provider `other`: variable `C`: an alias is not a valid environment variable name
19 provider `other`: variable `D`: `shape_source` needs a `shape`"
    );
    assert_eq!(
        own("version = 1\n[providers.a\n").split(' ').take(5).collect::<Vec<_>>().join(" "),
        "2 not valid TOML: unclosed"
    );
}
