//! Tests of the tables: which names are refused where, and that docs/reserved-names.md lists all of
//! them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::*;

const DOCS: &str = include_str!("../../../../docs/reserved-names.md");

/// Harmless names, including the most common ones of env files.
const PASSING: &[&str] = &[
    "API_KEY",
    "APP_ENV",
    "ASPNETCORE_ENVIRONMENT",
    "AWS_PROFILE",
    "AWS_REGION",
    "BUNDLE_GEMS__CONTRIBSYS__COM",
    "BUNDLE_WITHOUT",
    "CARGO_REGISTRY_TOKEN",
    "CARGO_TERM_COLOR",
    "CI",
    "COMPOSE_PROJECT_NAME",
    "DATABASE_URL",
    "DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "DOCKER_BUILDKIT",
    "DOCKER_IMAGE",
    "DOCKER_PASSWORD",
    "DOTNET_ENVIRONMENT",
    "ENVIRONMENT",
    "FLASK_APP",
    "GITHUB_TOKEN",
    "GIT_AUTHOR_NAME",
    "GIT_BRANCH",
    "GIT_COMMIT",
    "GIT_COMMIT_SHA",
    "GIT_SHA",
    "GIT_TOKEN",
    "GOMAXPROCS",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "HTTPS_PROXY",
    "LANG",
    "LC_ALL",
    "LDAP_PASSWORD",
    // LaunchDarkly's.
    "LD_CLIENT_SIDE_ID",
    "LD_SDK_KEY",
    "LOG_LEVEL",
    "MAKE_WEBHOOK_URL",
    "MIX_ENV",
    "NEXT_PUBLIC_API_URL",
    "NODE_AUTH_TOKEN",
    "NODE_ENV",
    "NODE_PORT",
    "NPM_TOKEN",
    "PATH_TO_DATA",
    "PERL_API_KEY",
    "PGHOST",
    "POETRY_HTTP_BASIC_TEAM_USERNAME",
    "PORT",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHASHSEED",
    "PYTHONUNBUFFERED",
    "RAILS_ENV",
    "REDIS_URL",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "SECRET_KEY",
    "SENTRY_DSN",
    "TF_VAR_region",
    "TZ",
    // libuv's, which is in Node.js.
    "UV_THREADPOOL_SIZE",
    "VITE_API_URL",
    "VK_API_KEY",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "YARN_NPM_AUTH_TOKEN",
    "npm_config__authToken",
    "path",
];

/// Names of a family that an entry can have, and a plain variable of an env file cannot.
const ENTRIES_ALONE: &[&str] = &[
    "DOCKER_HOST",
    "GCC_SPECS",
    "GIT_CEILING_DIRECTORIES",
    "GIT_TRACE",
    "JULIA_EDITOR",
    "LD_SOMETHING",
    "LUA_SOMETHING",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "PERL_SOMETHING",
    "PIP_INDEX_URL",
    "PYTHONCASEOK",
    "RUBY_SOMETHING",
    "SSLKEYLOGFILE",
    "SYSTEMD_PAGER",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "sccache_WRAPPER",
];

/// Names that load code, in every spelling.
const LOADING: &[&str] = &[
    "ARFLAGS",
    "AWS_CONFIG_FILE",
    "BASH_ENV",
    "BASH_FUNC_ls%%",
    "BASH_LOADABLES_PATH",
    "BROWSER",
    "BUNDLE_LOCAL__RACK",
    "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER",
    "CO",
    "COMPILE.c",
    "COMPILER_PATH",
    "DYLD_INSERT_LIBRARIES",
    "ENV",
    "ERL_AFLAGS",
    "FCEDIT",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_0",
    "GIT_DIR",
    "GIT_SSH_COMMAND",
    "GIT_WORK_TREE",
    "HARNESS_PERL",
    "HARNESS_PERL_SWITCHES",
    "HARNESS_SUBCLASS",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "KUBECONFIG",
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LOADLIBES",
    "LUA_INIT_5_4",
    "MAILPATH",
    "MAKEFILES",
    "MAKEINFO",
    "NODE_OPTIONS",
    "NPM_CONFIG_PREFIX",
    "NPM_config_script_shell",
    "Npm_Config_Node_Options",
    "OUTPUT_OPTION",
    "PATH",
    "PC",
    "PERL5OPT",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "RM",
    "RUBYOPT",
    "RUSTC_WORKSPACE_WRAPPER",
    "TARGET_ARCH",
    "TEX",
    "UWSGI_EXEC_PRE_APP",
    "XDG_CONFIG_HOME",
    "YARN_YARN__PATH",
    "_PYTHON_SYSCONFIGDATA_NAME",
    "yarn__yarn_path",
    "npm_config_userconfig",
    "yarn_rc_filename",
];

#[test]
fn who_refuses_which_name() {
    assert!(PASSING.len() >= 30);
    let check = |names: &[&str], as_entry: bool, in_env_file: bool| {
        for name in names {
            assert_eq!(reason(name).is_some(), as_entry, "{name} as an entry");
            assert_eq!(reason_in_env_file(name).is_some(), in_env_file, "{name} in an env file");
        }
    };
    check(PASSING, false, false);
    check(ENTRIES_ALONE, false, true);
    check(LOADING, true, true);
}

/// A name that an entry cannot have is not passed on from an env file.
#[test]
fn an_env_file_is_trusted_with_less_than_an_entry() {
    for program in programs() {
        for (pattern, _) in program.load.iter().chain(program.families) {
            let name = pattern.replace('*', "X");
            assert!(reason_in_env_file(&name).is_some(), "{name}");
        }
        for pattern in program.harmless {
            let name = pattern.replace('*', "_X");
            assert_eq!(reason(&name), None, "{name}");
            assert_eq!(reason_in_env_file(&name), None, "{name}");
            assert!(program.find(program.families, &name).is_some(), "{name} is in no family");
        }
    }
}

/// The filter never rules out a reserved name, and rules out most others.
#[test]
fn three_letters_tell() {
    for program in programs() {
        for (pattern, _) in program.load.iter().chain(program.change).chain(program.families) {
            assert!(filter::may_match(&pattern.replace('*', "ANY")), "{pattern}");
        }
    }
    let plain = [
        "DATABASE_URL",
        "LOG_LEVEL",
        "SENTRY_DSN",
        "REDIS_URL",
        "API_KEY",
        "SECRET_KEY",
        "APP_ENV",
        "A",
        "",
    ];
    assert_eq!(plain.iter().filter(|name| filter::may_match(name)).count(), 0);
}

#[test]
fn each_name_is_there_once() {
    let mut seen = BTreeSet::new();
    for program in programs() {
        for (pattern, reason) in program.load.iter().chain(program.change).chain(program.families) {
            assert!(seen.insert(pattern), "{pattern}");
            assert!(pattern.matches('*').count() <= 1, "{pattern}");
            assert!(!reason.ends_with('.') && !reason.is_empty(), "{pattern}");
        }
        assert!(program.manual.starts_with("https://"), "{}", program.name);
    }
}

#[test]
fn every_run_sets_a_reserved_name() {
    for run in RUNS {
        assert!(
            run.set.iter().any(|(name, _)| reason_in_env_file(name).is_some()),
            "{}",
            run.command
        );
    }
}

/// The tables of the document, made from the data.
fn tables() -> String {
    let mut text = String::new();
    for program in programs() {
        _ = writeln!(text, "### {}\n\nThe manual: <{}>.\n", program.name, program.manual);
        _ = writeln!(text, "| name | refused | because it |\n|---|---|---|");
        let families = if program.families_load { BOTH } else { FILE };
        let lists = [
            (program.load, "", BOTH),
            (program.change, "", FILE),
            (program.families, " (family)", families),
        ];
        for (list, kind, refused) in lists {
            for (pattern, reason) in list {
                _ = writeln!(text, "| `{pattern}`{kind} | {refused} | {reason} |");
            }
        }
        let harmless: Vec<String> =
            program.harmless.iter().map(|name| format!("`{name}`")).collect();
        if !harmless.is_empty() {
            _ = writeln!(text, "\nNot refused: {}.", harmless.join(", "));
        }
        if program.any_case {
            _ = writeln!(text, "\nCapital and small letters are the same here.");
        }
        text.push('\n');
    }
    _ = writeln!(text, "## Runs that show it\n\n| variables | command |\n|---|---|");
    for run in RUNS {
        let set: Vec<String> =
            run.set.iter().map(|(name, value)| format!("`{name}={value}`")).collect();
        _ = writeln!(
            text,
            "| {} | `{}` |",
            set.join(" ").replace('|', "\\|"),
            run.command.replace('|', "\\|")
        );
    }
    text
}

const BOTH: &str = "everywhere";
const FILE: &str = "in an env file";

#[test]
fn the_document_has_every_name() {
    let (_, written) = DOCS.split_once("## The names\n\n").unwrap();
    let expected = tables();
    assert!(written == expected, "docs/reserved-names.md should end so:\n\n{expected}");
}
