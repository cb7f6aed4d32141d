//! The `[settings]` of a manifest.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use toml::de::DeValue;

use super::keys::is_variable_name;
use super::keys::{self, type_of};
use super::problems::Problems;
use super::scope::Scope;
use super::tables::{Table, Value, unknown_keys};
use super::{EnvFilePasses, EnvFileSetting, NotPassedOn, Settings, duration, template};
use crate::limits::{Batch, CONCURRENT_CALLS, DEFAULT_DEADLINE};
use crate::reference::is_region;
use crate::reserved;

/// The longest deadline.
const LONGEST_DEADLINE: Duration = Duration::from_secs(600);
/// Each call uses its own connection.
const MOST_CONCURRENT_CALLS: usize = 100;

impl Default for Settings {
    fn default() -> Self {
        Settings {
            region: None,
            deadline: DEFAULT_DEADLINE,
            env_file: EnvFileSetting::Path(".env".into()),
            env_file_passes: EnvFilePasses::All,
            env_file_allow: Vec::new(),
            batch: Batch::Auto,
            concurrency: CONCURRENT_CALLS,
            audit_log: None,
        }
    }
}

impl Settings {
    /// Whether a command gets a variable of this name from the env file, if the name is not an
    /// entry.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub fn passes_on(&self, name: &str) -> Result<(), NotPassedOn> {
        if name.starts_with("HYDRANT_") {
            return Err(NotPassedOn::Own);
        }
        if self.env_file_allow.iter().any(|allowed| allowed == name) {
            return Ok(());
        }
        match self.env_file_passes {
            EnvFilePasses::Entries => Err(NotPassedOn::Closed),
            EnvFilePasses::All => reserved::reason_in_env_file(name)
                .map_or(Ok(()), |reason| Err(NotPassedOn::Reserved(reason))),
        }
    }
}

/// Reads the table, if there is one. A wrong key keeps its default.
pub(super) fn read(table: Option<&Table<'_>>, problems: &mut Problems) -> Settings {
    let mut settings = Settings::default();
    let Some(table) = table else { return settings };
    unknown_keys(&Scope::Settings, table, &keys::SETTINGS, problems);
    for (key, value) in table {
        let outcome = match &**key.get_ref() {
            "deadline" if matches!(value.get_ref(), DeValue::Integer(_)) => Err(SettingProblem(
                "must be a string, found an integer".to_owned(),
                Some("write it as in `10s`".to_owned()),
            )),
            "region" => text(value).and_then(region).map(|region| settings.region = Some(region)),
            "deadline" => {
                text(value).and_then(deadline).map(|deadline| settings.deadline = deadline)
            }
            "env_file" => env_file(value).map(|env_file| settings.env_file = env_file),
            "env_file_passes" => {
                text(value).and_then(passes).map(|passes| settings.env_file_passes = passes)
            }
            "env_file_allow" => allow(value, problems).map(|names| settings.env_file_allow = names),
            "batch" => text(value).and_then(batch).map(|batch| settings.batch = batch),
            "concurrency" => concurrency(value).map(|calls| settings.concurrency = calls),
            "audit_log" => {
                text(value).and_then(audit_log).map(|path| settings.audit_log = Some(path))
            }
            _ => Ok(()),
        };
        if let Err(problem) = outcome {
            problem.report(key.get_ref(), value.span(), problems);
        }
    }
    settings
}

/// A problem of a setting: the text after "`key` ", and the hint.
struct SettingProblem(String, Option<String>);

impl SettingProblem {
    fn report(self, key: &str, span: Range<usize>, problems: &mut Problems) {
        let problem = problems.add(span, format!("{}`{key}` {}", Scope::Settings, self.0));
        if let Some(help) = self.1 {
            problem.help(help);
        }
    }
}

fn text<'v>(value: &'v Value<'_>) -> Result<&'v str, SettingProblem> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text),
        other => Err(SettingProblem(format!("must be a string, found {}", type_of(other)), None)),
    }
}

fn region(text: &str) -> Result<String, SettingProblem> {
    match is_region(text) {
        true => Ok(text.to_owned()),
        false => Err(SettingProblem(
            "is not a valid AWS region".to_owned(),
            Some("write a region such as `us-east-1`".to_owned()),
        )),
    }
}

/// The format of a deadline, for messages.
pub const DEADLINE_FORM: &str = "a duration from 1ms to 10m, as in `10s`";

/// Parses a deadline as the manifest writes it; `None` if it is not [`DEADLINE_FORM`].
pub fn parse_deadline(text: &str) -> Option<Duration> {
    duration::parse(text)
        .filter(|deadline| (Duration::from_millis(1)..=LONGEST_DEADLINE).contains(deadline))
}

fn deadline(text: &str) -> Result<Duration, SettingProblem> {
    let wrong =
        |message: &str, help: &str| SettingProblem(message.to_owned(), Some(help.to_owned()));
    match duration::parse(text) {
        None => Err(wrong("is not a valid duration", &format!("write {}", duration::FORM))),
        Some(Duration::ZERO) => Err(wrong("must be longer than zero", "the default is 10s")),
        Some(long) if long > LONGEST_DEADLINE => {
            Err(wrong("must be at most 10m", "the default is 10s"))
        }
        Some(deadline) => Ok(deadline),
    }
}

fn env_file(value: &Value<'_>) -> Result<EnvFileSetting, SettingProblem> {
    let help = || Some("write a path, or `false` for none".to_owned());
    match value.get_ref() {
        DeValue::Boolean(false) => Ok(EnvFileSetting::Off),
        DeValue::String(text) if text.is_empty() => {
            Err(SettingProblem("must not be empty".to_owned(), help()))
        }
        DeValue::String(text) if template::has_vars(text) => {
            Err(SettingProblem("cannot contain `${name}`".to_owned(), None))
        }
        DeValue::String(text) => Ok(EnvFileSetting::Path(text.as_ref().into())),
        DeValue::Boolean(true) => {
            Err(SettingProblem("must be a path or false, found true".to_owned(), help()))
        }
        other => Err(SettingProblem(
            format!("must be a path or false, found {}", type_of(other)),
            help(),
        )),
    }
}

fn passes(text: &str) -> Result<EnvFilePasses, SettingProblem> {
    match text {
        "all" => Ok(EnvFilePasses::All),
        "entries" => Ok(EnvFilePasses::Entries),
        _ => Err(SettingProblem("must be \"all\" or \"entries\"".to_owned(), None)),
    }
}

/// The names of a list. A problem of one of them is reported at its own position.
fn allow(value: &Value<'_>, problems: &mut Problems) -> Result<Vec<String>, SettingProblem> {
    let form = || Some("write `[\"NAME\"]`".to_owned());
    let DeValue::Array(list) = value.get_ref() else {
        return Err(SettingProblem(
            format!("must be a list of names, found {}", type_of(value.get_ref())),
            form(),
        ));
    };
    let mut names = Vec::new();
    for item in list {
        let problem = match item.get_ref() {
            DeValue::String(name) if name.starts_with("HYDRANT_") => SettingProblem(
                "cannot contain a name that begins with `HYDRANT_`".to_owned(),
                Some("set it in hydrant's own environment".to_owned()),
            ),
            DeValue::String(name) if is_variable_name(name) => {
                names.push(name.to_string());
                continue;
            }
            DeValue::String(_) => {
                // It may be a pasted value.
                problems.hide(item.span());
                SettingProblem(
                    "contains a string that is not a valid environment variable name".to_owned(),
                    Some("write each name in full, without `*`".to_owned()),
                )
            }
            other => SettingProblem(
                format!("must be a list of names, found {} in it", type_of(other)),
                form(),
            ),
        };
        problem.report("env_file_allow", item.span(), problems);
    }
    Ok(names)
}

fn audit_log(text: &str) -> Result<PathBuf, SettingProblem> {
    match text {
        "" => Err(SettingProblem(
            "must not be empty".to_owned(),
            Some("write a path, or leave the key out".to_owned()),
        )),
        text if template::has_vars(text) => {
            Err(SettingProblem("cannot contain `${name}`".to_owned(), None))
        }
        text => stays_below(Path::new(text), text).map(|()| text.into()),
    }
}

/// A manifest may come from a stranger, so it cannot name a file that other programs use: no file
/// outside its folder, none in a settings folder such as `.git`, and only a log file. Symbolic
/// links are checked when the file is opened.
fn stays_below(path: &Path, text: &str) -> Result<(), SettingProblem> {
    let wrong =
        |what: &str, help: &str| Err(SettingProblem(what.to_owned(), Some(help.to_owned())));
    let mut parts = path.components().filter(|part| *part != Component::CurDir);
    if parts.clone().any(|part| !matches!(part, Component::Normal(_))) {
        return wrong(
            "must be a path below the manifest's folder",
            "write a path such as `audit.jsonl`",
        );
    }
    if parts.any(|part| part.as_os_str().as_encoded_bytes().starts_with(b".")) {
        return wrong(
            "must not contain a folder or a file name that begins with a dot",
            "write a path such as `audit.jsonl`",
        );
    }
    if ![".jsonl", ".log"].into_iter().any(|end| text.ends_with(end)) {
        return wrong("must end in `.jsonl` or `.log`", "write a path such as `audit.jsonl`");
    }
    Ok(())
}

fn batch(text: &str) -> Result<Batch, SettingProblem> {
    match text {
        "auto" => Ok(Batch::Auto),
        "never" => Ok(Batch::Never),
        _ => Err(SettingProblem("must be \"auto\" or \"never\"".to_owned(), None)),
    }
}

fn concurrency(value: &Value<'_>) -> Result<usize, SettingProblem> {
    let DeValue::Integer(integer) = value.get_ref() else {
        return Err(SettingProblem(
            format!("must be a whole number, found {}", type_of(value.get_ref())),
            None,
        ));
    };
    let calls = usize::from_str_radix(integer.as_str(), integer.radix()).ok();
    calls.filter(|calls| (1..=MOST_CONCURRENT_CALLS).contains(calls)).ok_or_else(|| {
        let help = format!("the default is {CONCURRENT_CALLS}");
        SettingProblem(format!("must be from 1 to {MOST_CONCURRENT_CALLS}"), Some(help))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    /// The settings of these lines, or their problems, one a line.
    fn check(lines: &str, expected: &str) {
        let found =
            match Manifest::parse("m".as_ref(), &format!("version = 1\n[settings]\n{lines}\n")) {
                Ok(manifest) => {
                    let Settings {
                        region,
                        deadline,
                        env_file,
                        env_file_passes,
                        env_file_allow,
                        batch,
                        concurrency,
                        audit_log,
                    } = manifest.settings();
                    let passes = match (env_file_passes, env_file_allow.join("+")) {
                        (EnvFilePasses::All, allowed) if allowed.is_empty() => String::new(),
                        (passes, allowed) => format!(" {passes:?}+{allowed}"),
                    };
                    let env_file = match env_file {
                        EnvFileSetting::Path(path) => path.display().to_string(),
                        EnvFileSetting::Off => "off".to_owned(),
                    };
                    let audit_log = audit_log
                        .as_ref()
                        .map(|path| format!(" {}", path.display()))
                        .unwrap_or_default();
                    let calls = if *concurrency == CONCURRENT_CALLS {
                        String::new()
                    } else {
                        format!(" {concurrency} calls")
                    };
                    format!(
                        "{} {deadline:?} {env_file}{passes} {batch:?}{calls}{audit_log}",
                        region.as_deref().unwrap_or("-")
                    )
                }
                Err(error) => error.to_string(),
            };
        assert_eq!(found, expected, "for {lines}");
    }

    #[test]
    fn what_an_env_file_passes_on() {
        let mut settings = Settings::default();
        assert_eq!(settings.passes_on("DEBUG"), Ok(()));
        assert_eq!(
            settings.passes_on("GIT_TRACE"),
            Err(NotPassedOn::Reserved("changes how git works"))
        );
        assert_eq!(settings.passes_on("HYDRANT_LOG"), Err(NotPassedOn::Own));
        settings.env_file_allow = vec!["GIT_TRACE".to_owned(), "HYDRANT_LOG".to_owned()];
        assert_eq!(settings.passes_on("GIT_TRACE"), Ok(()));
        assert!(
            settings.passes_on("GIT_TRACE2").is_err() && settings.passes_on("git_trace").is_ok()
        );
        assert_eq!(settings.passes_on("HYDRANT_LOG"), Err(NotPassedOn::Own));
        settings.env_file_passes = EnvFilePasses::Entries;
        assert_eq!(settings.passes_on("DEBUG"), Err(NotPassedOn::Closed));
        assert_eq!(settings.passes_on("PATH"), Err(NotPassedOn::Closed));
        assert_eq!(settings.passes_on("GIT_TRACE"), Ok(()));
    }

    #[test]
    fn settings() {
        check("", "- 10s .env Auto");
        check("region = \"us-gov-west-1\"\ndeadline = \"500ms\"", "us-gov-west-1 500ms .env Auto");
        check("deadline = \"10m\"\nenv_file = false\nbatch = \"never\"", "- 600s off Never");
        check("env_file = \"../.env.local\"\nbatch = \"auto\"", "- 10s ../.env.local Auto");

        check("regon = \"a\"", "m:3:1: settings: unknown key `regon` (did you mean `region`?)");
        let known = "known keys: region, deadline, env_file, env_file_passes, env_file_allow, \
            batch, concurrency, audit_log";
        check("colour = 1", &format!("m:3:1: settings: unknown key `colour` ({known})"));
        let region = "(write a region such as `us-east-1`)";
        check(
            "region = \"US East\"",
            &format!("m:3:10: settings: `region` is not a valid AWS region {region}"),
        );
        check(
            "region = \"\"",
            &format!("m:3:10: settings: `region` is not a valid AWS region {region}"),
        );
        check("region = 1", "m:3:10: settings: `region` must be a string, found an integer");
        let form =
            "(write a whole number and one of the units ms, s, m, h, d, w, as in `10s` or `90d`)";
        check(
            "deadline = \"soon\"",
            &format!("m:3:12: settings: `deadline` is not a valid duration {form}"),
        );
        let default = "(the default is 10s)";
        check(
            "deadline = \"0s\"",
            &format!("m:3:12: settings: `deadline` must be longer than zero {default}"),
        );
        check(
            "deadline = \"601s\"",
            &format!("m:3:12: settings: `deadline` must be at most 10m {default}"),
        );
        check(
            "deadline = 10",
            "m:3:12: settings: `deadline` must be a string, found an integer (write it as in \
                 `10s`)",
        );
        let path = "(write a path, or `false` for none)";
        check(
            "env_file = true",
            &format!("m:3:12: settings: `env_file` must be a path or false, found true {path}"),
        );
        check(
            "env_file = 1",
            &format!(
                "m:3:12: settings: `env_file` must be a path or false, found an integer {path}"
            ),
        );
        check("env_file = \"\"", &format!("m:3:12: settings: `env_file` must not be empty {path}"));
        check("env_file = \"${a}\"", "m:3:12: settings: `env_file` cannot contain `${name}`");
        check("env_file_passes = \"all\"", "- 10s .env Auto");
        check("env_file_passes = \"entries\"", "- 10s .env Entries+ Auto");
        check(
            "env_file_passes = \"entries\"\nenv_file_allow = [\"A\", \"b_2\"]",
            "- 10s .env Entries+A+b_2 Auto",
        );
        check("env_file_allow = []", "- 10s .env Auto");
        check(
            "env_file_passes = \"none\"",
            "m:3:19: settings: `env_file_passes` must be \"all\" or \"entries\"",
        );
        check(
            "env_file_passes = false",
            "m:3:19: settings: `env_file_passes` must be a string, found a boolean",
        );
        let near =
            "m:3:1: settings: unknown key `env_file_allows` (did you mean `env_file_allow`?)";
        check("env_file_allows = []", near);
        let allow = "settings: `env_file_allow`";
        let form = "(write `[\"NAME\"]`)";
        check(
            "env_file_allow = \"A\"",
            &format!("m:3:18: {allow} must be a list of names, found a string {form}"),
        );
        check(
            "env_file_allow = [1, \"GIT_*\", \"HYDRANT_LOG\"]",
            &format!(
                "m:3:19: {allow} must be a list of names, found an integer in it {form}\n\
                 m:3:22: {allow} contains a string that is not a valid environment variable name \
                 (write each name in full, without `*`)\n\
                 m:3:31: {allow} cannot contain a name that begins with `HYDRANT_` (set it in \
                 hydrant's own environment)"
            ),
        );
        check("batch = \"off\"", "m:3:9: settings: `batch` must be \"auto\" or \"never\"");
        check("batch = false", "m:3:9: settings: `batch` must be a string, found a boolean");
        check("concurrency = 1", "- 10s .env Auto 1 calls");
        check("concurrency = 0x40", "- 10s .env Auto 64 calls");
        let bounds = "`concurrency` must be from 1 to 100 (the default is 16)";
        for wrong in ["0", "101", "-1", "99999999999999999999"] {
            check(&format!("concurrency = {wrong}"), &format!("m:3:15: settings: {bounds}"));
        }
        check(
            "concurrency = \"many\"",
            "m:3:15: settings: `concurrency` must be a whole number, found a string",
        );
        check("audit_log = \"log/audit.jsonl\"", "- 10s .env Auto log/audit.jsonl");
        check(
            "audit_log = \"\"",
            "m:3:13: settings: `audit_log` must not be empty (write a path, or leave the key out)",
        );
        check("audit_log = \"./log/audit.log\"", "- 10s .env Auto ./log/audit.log");
        let outside = "must be a path below the manifest's folder \
                       (write a path such as `audit.jsonl`)";
        for path in ["/var/log/a.jsonl", "../a.jsonl", "log/../../a.jsonl", "..", "/"] {
            check(
                &format!("audit_log = \"{path}\""),
                &format!("m:3:13: settings: `audit_log` {outside}"),
            );
        }
        let hidden = "must not contain a folder or a file name that begins with a dot (write a \
            path such as `audit.jsonl`)";
        for path in [".bashrc", ".a.jsonl", ".git/a.log", "a/.b/c.log", "./.a.log", "...jsonl"] {
            check(
                &format!("audit_log = \"{path}\""),
                &format!("m:3:13: settings: `audit_log` {hidden}"),
            );
        }
        let end = "must end in `.jsonl` or `.log` (write a path such as `audit.jsonl`)";
        for path in ["Makefile", "a.json", "a.jsonl/", "a.log/b", "a.LOG", ".", "log", "a.jsonl\\n"]
        {
            check(
                &format!("audit_log = \"{path}\""),
                &format!("m:3:13: settings: `audit_log` {end}"),
            );
        }
        check("audit_log = \"${a}\"", "m:3:13: settings: `audit_log` cannot contain `${name}`");
        check(
            "audit_log = true",
            "m:3:13: settings: `audit_log` must be a string, found a boolean",
        );
        check(
            "auditlog = \"a\"",
            "m:3:1: settings: unknown key `auditlog` (did you mean `audit_log`?)",
        );
    }
}
