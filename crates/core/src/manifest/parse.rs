//! Reads TOML text into a checked [`Manifest`], and reports every problem.
//!
//! Owns the top-level tables and the order of the steps. `syntax` has TOML's own errors, `keys` the
//! known keys, `settings` the table `[settings]`, `entry` an entry as it is written, and `check`
//! the rules for the values.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::check;
use super::entry::{RawEntry, RawKey, merge, read_keys};
use super::keys::{self, is_variable_name, type_of};
use super::problems::{HiddenLines, Lines, Problems};
use super::scope::Scope;
use super::syntax::Syntax;
use super::tables::{Table, Value, did_you_mean, entry_table, table, unknown_keys};
use super::{Manifest, ManifestError, Selection, Vars, settings, template};
use crate::bounded_file;
use crate::env::Env;
use crate::nearest::loose;
use crate::shown;
use crate::shown::{backquoted, looks_like_key};

/// Why a manifest could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read; [`std::io::ErrorKind::NotFound`] where there is none.
    #[error("failed to read the manifest {}", shown::path(path))]
    Io {
        /// The manifest's path, as it was given.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not UTF-8, as TOML must be.
    #[error("{}:{line}: the manifest is not UTF-8", shown::path(path))]
    NotUtf8 {
        /// The manifest's path, as it was given.
        path: PathBuf,
        /// The line of the first byte that is not, from 1.
        line: usize,
    },
    /// The file was read and has problems.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// The keys that each profile overrides, by the entry's index.
pub(super) type Overlays = BTreeMap<String, HashMap<usize, Vec<RawKey>>>;

impl Manifest {
    /// The most bytes of a manifest. A hundred thousand entries have less.
    pub const LIMIT: u64 = 16 * bounded_file::MIB;

    /// Reads and checks a manifest's file.
    ///
    /// # Errors
    ///
    /// [`ReadError`], with all the problems of the text.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        Ok(Manifest::parse(path, &text_of(path)?)?)
    }

    /// Like [`Manifest::read`], for a known selection: if the manifest has problems, a `${name}`
    /// without a value is reported with them. On its own it is not a problem: a later selection may
    /// give it a value.
    ///
    /// # Errors
    ///
    /// Those of [`Manifest::read`].
    pub fn read_for(path: &Path, selection: &Selection, env: &Env) -> Result<Self, ReadError> {
        Ok(Manifest::parse_for(path, &text_of(path)?, selection, env)?)
    }

    /// Like [`Manifest::parse`], for a known selection; see [`Manifest::read_for`].
    ///
    /// # Errors
    ///
    /// Those of [`Manifest::parse`].
    pub fn parse_for(
        path: &Path,
        text: &str,
        selection: &Selection,
        env: &Env,
    ) -> Result<Self, ManifestError> {
        let (manifest, mut problems) = Manifest::parse_all(path, text);
        if !problems.is_empty() {
            manifest.find_more(selection, env, &mut problems);
        }
        manifest.unless(problems)
    }

    /// Checks a manifest's text; `path` is for messages and for what is relative to it.
    ///
    /// ```
    /// use hydrant_core::manifest::Manifest;
    ///
    /// let error = Manifest::parse("secrets.toml".as_ref(), "version = 1\n[secrets.KEY]\njsonkey = \"a\"\n").unwrap_err();
    /// assert_eq!(error.to_string(), "secrets.toml:3:1: entry KEY: unknown key `jsonkey` (did you mean `json_key`?)");
    /// ```
    ///
    /// # Errors
    ///
    /// All the problems of the text, in its order.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ManifestError> {
        let (manifest, problems) = Manifest::parse_all(path, text);
        manifest.unless(problems)
    }

    /// Reads as much of the text as possible, and collects its problems.
    fn parse_all(path: &Path, text: &str) -> (Self, Problems) {
        let mut problems = Problems::default();
        if has_too_many_tokens(text) {
            let message = "the manifest has more than 131,072 tokens, not counting comments";
            problems.add(0..0, message).help("split it into several manifests");
            return (Manifest::parse_all(path, "").0, problems);
        }
        let lines = Lines::of(text);
        let mut hidden = HiddenLines::default();

        let (root, errors) = DeTable::parse_recoverable(text);
        let syntax = Syntax::report(text, &lines, &errors, &mut problems);
        let mut reader = Reader { certain: syntax.certain, problems: Problems::default() };
        let parts = reader.root(root.get_ref());
        reader.problems.hide_in(&mut hidden, &lines);
        problems.hide_in(&mut hidden, &lines);
        if syntax.structure_holds {
            reader.problems.keep(&lines, |line| !syntax.lines.contains(&line));
            problems.append(reader.problems);
        }
        let Parts { settings, vars, entries, overlays } = parts;
        (
            Manifest {
                path: path.to_owned(),
                text: text.into(),
                settings,
                vars,
                entries,
                overlays,
                lines,
                hidden,
            },
            problems,
        )
    }

    fn unless(self, problems: Problems) -> Result<Self, ManifestError> {
        if problems.is_empty() {
            return Ok(self);
        }
        Err(problems.into_error(&self.path, &self.text, &self.lines, &self.hidden))
    }
}

/// The most tokens of a manifest, not counting white space and comments. Each token takes many
/// times the memory of its bytes. Ten thousand entries with a source have fewer.
const MOST_TOKENS: usize = 131_072;

fn has_too_many_tokens(text: &str) -> bool {
    let counts = |kind| {
        !matches!(
            kind,
            TokenKind::Whitespace | TokenKind::Newline | TokenKind::Comment | TokenKind::Eof
        )
    };
    text.len() > MOST_TOKENS
        && Source::new(text).lex().filter(|token| counts(token.kind())).nth(MOST_TOKENS).is_some()
}

fn text_of(path: &Path) -> Result<String, ReadError> {
    let bytes = bounded_file::read(path, Manifest::LIMIT)
        .map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let end = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count();
        ReadError::NotUtf8 { path: path.to_owned(), line }
    })
}

/// The content of a manifest's tables.
struct Parts {
    settings: super::Settings,
    vars: Vars,
    entries: Vec<RawEntry>,
    overlays: Overlays,
}

struct Reader {
    certain: bool,
    problems: Problems,
}

impl Reader {
    fn root(&mut self, root: &Table<'_>) -> Parts {
        let problems = &mut self.problems;
        unknown_keys(&Scope::Root, root, &keys::ROOT, problems);
        match root.get("version") {
            Some(version) if !is_one(version.get_ref()) => {
                problems.add(
                    version.span(),
                    format!("`version` must be the integer 1, found {}", found(version)),
                );
            }
            None if self.certain => {
                problems.add(0..0, "`version` is missing").help("write `version = 1` at the top");
            }
            _ => {}
        }
        let settings = settings::read(table(&Scope::Root, root, "settings", problems), problems);
        let vars = self.vars(root);
        let entries = self.entries(root);
        let overlays = self.profiles(root, &entries);
        Parts { settings, vars, entries, overlays }
    }

    fn vars(&mut self, root: &Table<'_>) -> Vars {
        let mut vars = Vars::new();
        let Some(table) = table(&Scope::Root, root, "vars", &mut self.problems) else {
            return vars;
        };
        for (name, value) in table {
            let scope = Scope::Vars;
            self.problems.hide(name.span().start..value.span().end);
            if !is_variable_name(name.get_ref()) {
                self.problems
                    .add(
                        name.span(),
                        format!("{scope}the name {} is not valid", backquoted(name.get_ref())),
                    )
                    .help(check::NAME_FORM);
            }
            match value.get_ref() {
                DeValue::String(text) if template::has_vars(text) => self
                    .problems
                    .add(
                        value.span(),
                        format!("{scope}{} contains a `${{`", backquoted(name.get_ref())),
                    )
                    .help("write a literal value"),
                DeValue::String(text) => {
                    vars.insert(name.get_ref().to_string(), text.to_string());
                }
                other => self
                    .problems
                    .add(
                        value.span(),
                        format!(
                            "{scope}{} must be a string, found {}",
                            backquoted(name.get_ref()),
                            type_of(other)
                        ),
                    )
                    .help("write it in quotes"),
            }
        }
        vars
    }

    /// The entries in the order of the text, which is not the order of a TOML table.
    fn entries(&mut self, root: &Table<'_>) -> Vec<RawEntry> {
        let problems = &mut self.problems;
        let mut entries = Vec::new();
        for (name, value) in table(&Scope::Root, root, "secrets", problems).into_iter().flatten() {
            let scope = Scope::Entry(name.get_ref());
            if !is_variable_name(name.get_ref()) {
                if looks_like_key(name.get_ref()) {
                    problems.hide(name.span());
                }
                problems
                    .add(
                        name.span(),
                        format!("{scope}the name is not a valid environment variable name"),
                    )
                    .help(check::NAME_FORM);
            }
            if is_variable_name(name.get_ref()) && looks_like_key(name.get_ref()) {
                // Reports, records and other programs repeat the names of entries.
                problems.hide(name.span());
                problems
                    .add(name.span(), format!("{scope}the name looks like a key"))
                    .help("write the name of the variable there, and rotate the key if it is real");
            }
            let keys = match entry_table(&scope, name, value, problems) {
                Some(table) => read_keys(&scope, table, false, problems),
                None => Vec::new(),
            };
            check::values(&scope, name.get_ref(), &keys, problems);
            let all = merge(&keys, &[]);
            check::combinations(&scope, &all, problems);
            check::reserved(&scope, name.get_ref(), name.span(), &all, problems);
            entries.push(RawEntry { name: name.get_ref().to_string(), span: name.span(), keys });
        }
        entries.sort_by_key(|entry| entry.span.start);
        entries
    }

    fn profiles(&mut self, root: &Table<'_>, entries: &[RawEntry]) -> Overlays {
        let problems = &mut self.problems;
        let mut overlays = Overlays::new();
        let Some(profiles) = table(&Scope::Root, root, "profiles", problems) else {
            return overlays;
        };
        let by_name: HashMap<&str, usize> =
            entries.iter().enumerate().map(|(i, entry)| (&*entry.name, i)).collect();
        for (profile, value) in profiles {
            let scope = Scope::Profile(profile.get_ref());
            let overlay = overlays.entry(profile.get_ref().to_string()).or_default();
            let DeValue::Table(keys) = value.get_ref() else {
                problems.add(
                    value.span(),
                    format!("{scope}must be a table, found {}", type_of(value.get_ref())),
                );
                continue;
            };
            unknown_keys(&scope, keys, &keys::PROFILE, problems);
            for (name, value) in table(&scope, keys, "secrets", problems).into_iter().flatten() {
                let scope = Scope::Overlay { profile: profile.get_ref(), entry: name.get_ref() };
                let keys = match entry_table(&scope, name, value, problems) {
                    Some(table) => read_keys(&scope, table, true, problems),
                    None => Vec::new(),
                };
                check::values(&scope, name.get_ref(), &keys, problems);
                match by_name.get(&**name.get_ref()) {
                    Some(&index) => {
                        let merged = merge(&entries[index].keys, &keys);
                        check::combinations(&scope, &merged, problems);
                        if let Some(allowed) =
                            keys.iter().find(|key| key.key == keys::Key::AllowReserved)
                        {
                            check::reserved(
                                &scope,
                                name.get_ref(),
                                allowed.span.clone(),
                                &merged,
                                problems,
                            );
                        }
                        overlay.insert(index, keys);
                    }
                    None if self.certain => {
                        let names = entries
                            .iter()
                            .map(|entry| &*entry.name)
                            .filter(|_| problems.may_suggest());
                        let near = loose(name.get_ref(), names);
                        let help = near
                            .map_or("add the entry to [secrets] first".to_owned(), did_you_mean);
                        problems
                            .add(name.span(), format!("{scope}there is no such entry"))
                            .help(help);
                    }
                    None => {}
                }
            }
        }
        overlays
    }
}

fn is_one(value: &DeValue<'_>) -> bool {
    matches!(value, DeValue::Integer(integer) if integer.as_str() == "1" && integer.radix() == 10)
}

/// What was found in the place of the integer 1.
fn found(value: &Value<'_>) -> &'static str {
    if matches!(value.get_ref(), DeValue::Integer(_)) {
        "another integer"
    } else {
        type_of(value.get_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../../secrets.toml.example");

    /// The problems as `LINE:COLUMN message (help)`, with a `*` in front where the line may not be
    /// shown.
    fn check(text: &str, expected: &[&str]) {
        let problems = match Manifest::parse("m".as_ref(), text) {
            Ok(_) => Vec::new(),
            Err(error) => error.problems().to_vec(),
        };
        let line = |problem: super::super::Problem| {
            let mark = if problem.show_source { "" } else { "*" };
            let help = problem.help.map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{mark}{}:{} {}{help}", problem.line, problem.column, problem.message)
        };
        assert_eq!(problems.into_iter().map(line).collect::<Vec<_>>(), expected, "for {text}");
    }

    #[test]
    fn what_is_not_set_is_told_with_everything_else() {
        let text = "version = 2\n[secrets.A]\nsecret_id = \"${project}/a\"\n[secrets.B]\nsecret_id \
            = \"${org}/b\"\n";
        let check = |selection: &Selection, env: &[(&str, &str)], expected: &[&str]| {
            let env = Env::new(env.iter().copied());
            let error = Manifest::parse_for("m".as_ref(), text, selection, &env).unwrap_err();
            let messages: Vec<_> =
                error.problems().iter().map(|problem| problem.message.as_str()).collect();
            assert_eq!(messages, expected);
        };
        let version = "`version` must be the integer 1, found another integer";
        let a = "entry A: `secret_id` uses `${project}`, which is not set";
        let b = "entry B: `secret_id` uses `${org}`, which is not set";
        let given = Selection {
            vars: vec![("project".to_owned(), "demo".to_owned())],
            ..Selection::default()
        };
        let only = Selection { only: vec!["A".to_owned()], ..Selection::default() };
        check(&Selection::default(), &[], &[version, a, b]);
        check(&given, &[("HYDRANT_VAR_org", "acme")], &[version]);
        check(&given, &[], &[version, b]);
        check(&only, &[], &[version, a]);
        // On its own it is not a problem of the manifest: a later selection may give the value.
        let sound = text.replace("version = 2", "version = 1");
        assert!(
            Manifest::parse_for("m".as_ref(), &sound, &Selection::default(), &Env::default())
                .is_ok()
        );
    }

    #[test]
    fn what_is_fine() {
        for text in [
            "version = 1",
            "\u{feff}version = 1\r\n[secrets.A]\r\n",
            "version = 1\n[secrets]\n",
            "version = 1\nsecrets.A.arn_var = \"B\"\n",
            "version = 1\nsecrets = { A = { json_key = \"k\" } }\n",
            "version = 1\n[profiles.production]\n",
            "version = 1\n[profiles.production.secrets.A]\nrequired = true\n[secrets.A]\n",
            "version = 1\n[vars]\nproject = \"demo\"\nempty = \"\"\n",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn the_example_is_fine_as_it_is_and_with_gemini() {
        let names = |text: &str| {
            let manifest = Manifest::parse("secrets.toml".as_ref(), text).unwrap();
            manifest.names().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(names(EXAMPLE), ["OPENAI_API_KEY"]);

        let lines: Vec<&str> = EXAMPLE.lines().collect();
        let first = lines.iter().position(|line| *line == "# [secrets.GEMINI_API_KEY]").unwrap();
        let uncomment = |(index, line): (usize, &&str)| match (first..first + 3).contains(&index) {
            true => line.strip_prefix("# ").unwrap().to_owned(),
            false => (*line).to_owned(),
        };
        let uncommented: Vec<String> = lines.iter().enumerate().map(uncomment).collect();
        assert_eq!(names(&uncommented.join("\n")), ["OPENAI_API_KEY", "GEMINI_API_KEY"]);
        let after = lines[first + 3..]
            .iter()
            .any(|line| line.starts_with("# [") || line.starts_with("# json"));
        assert!(!after, "the block is exactly three lines");
    }

    #[test]
    fn the_version() {
        let missing = ["1:1 `version` is missing (write `version = 1` at the top)"];
        check("", &missing);
        check("# nothing\n[secrets.A]\n", &missing);
        check("version = 2", &["1:11 `version` must be the integer 1, found another integer"]);
        check("version = \"1\"", &["*1:11 `version` must be the integer 1, found a string"]);
        check("version = 1.0", &["1:11 `version` must be the integer 1, found a float"]);
    }

    #[test]
    fn unknown_keys_and_tables() {
        check(
            "version = 1\n[secret.A]\narn_var = \"B\"\n[setings]\n[colours]\n",
            &[
                "*2:2 unknown key `secret` (did you mean `secrets`?)",
                "*4:2 unknown key `setings` (did you mean `settings`?)",
                "*5:2 unknown key `colours` (known keys: version, settings, vars, secrets, \
                     profiles)",
            ],
        );
        check(
            "version = 1\nOPENAI_API_KEY = \"sk-1\"",
            &["*2:1 unknown key `OPENAI_API_KEY` (known keys: version, settings, vars, secrets, \
                     profiles)"],
        );
        check(
            "version = 1\n[profiles.p]\nentries = 1\n[profiles.p.secrets.A]\nrequierd = \
                 true\n[secrets.A]",
            &[
                "*3:1 profile p: unknown key `entries` (known keys: secrets)",
                "*5:1 profile p, entry A: unknown key `requierd` (did you mean `required`?)",
            ],
        );
        let long = "k".repeat(40);
        check(
            &format!("version = 1\n{long} = 1\n\"a\\u001bb\" = 1"),
            &[
                &format!(
                    "*2:1 unknown key `{long}` (known keys: version, settings, vars, secrets, \
                         profiles)"
                ),
                "*3:1 unknown key `a\\u{1b}b` (known keys: version, settings, vars, secrets, \
                     profiles)",
            ],
        );
    }

    #[test]
    fn wrong_types_of_tables() {
        check(
            "version = 1\nsecrets = 1\nvars = []\nsettings = \"a\"\nprofiles = true",
            &[
                "*2:11 `secrets` must be a table, found an integer",
                "*3:8 `vars` must be a table, found an array",
                "*4:12 `settings` must be a table, found a string",
                "*5:12 `profiles` must be a table, found a boolean",
            ],
        );
        check(
            "version = 1\n[secrets]\nA = \"sk-1\"\n[[secrets.B]]\n[profiles]\np = \
                 1.5\n[profiles.q.secrets]\nA = 1979-05-27\n",
            &[
                "*3:1 entry A: must be a table, found a string (write where the value is: the \
                     manifest never holds the value itself)",
                "*4:11 entry B: must be a table, found an array (write where the value is: the \
                     manifest never holds the value itself)",
                "6:5 profile p: must be a table, found a float",
                "*8:1 profile q, entry A: must be a table, found a date (write where the value is: \
                     the manifest never holds the value itself)",
            ],
        );
    }

    #[test]
    fn names_and_vars() {
        let key = format!("sk-{}", "x".repeat(48));
        check(
            &format!("version = 1\n[secrets.{key}]\n"),
            &["*2:10 entry (not shown: it looks like a key): the name is not a valid environment \
                     variable name (use letters, digits and `_`, and do not start with a digit)"],
        );
        check(
            "version = 1\n[secrets.\"my key\"]\n[secrets.2A]\n",
            &[
                "2:10 entry `my key`: the name is not a valid environment variable name (use \
                     letters, digits and `_`, and do not start with a digit)",
                "3:10 entry `2A`: the name is not a valid environment variable name (use letters, \
                     digits and `_`, and do not start with a digit)",
            ],
        );
        check(
            "version = 1\n[vars]\na-b = \"1\"\nport = 5\nc = \"${d}\"\ne = \"$f {g}\"\n",
            &[
                "*3:1 vars: the name `a-b` is not valid (use letters, digits and `_`, and do not \
                     start with a digit)",
                "*4:8 vars: `port` must be a string, found an integer (write it in quotes)",
                "*5:5 vars: `c` contains a `${` (write a literal value)",
            ],
        );
    }

    #[test]
    fn profiles_overlay_entries_that_exist() {
        check(
            "version = 1\n[secrets.OPENAI_API_KEY]\n[profiles.p.secrets.OPENAI_KEY]\n[profiles.p.secrets.ZZ]\njsonkey = 1",
            &[
                "3:21 profile p, entry OPENAI_KEY: there is no such entry (did you mean \
                     `OPENAI_API_KEY`?)",
                "4:21 profile p, entry ZZ: there is no such entry (add the entry to [secrets] \
                     first)",
                "*5:1 profile p, entry ZZ: unknown key `jsonkey` (did you mean `json_key`?)",
            ],
        );
    }

    #[test]
    fn syntax_errors_come_with_the_rest_and_without_the_text() {
        check(
            "version = 1\n[secrets.A]\narn_var = sk-1\njson_key = \"a\njsonkey = 1\n",
            &[
                "*3:11 not valid TOML: string values must be quoted, expected literal string",
                "*4:14 not valid TOML: invalid basic string, expected `\"`",
                "*5:1 entry A: unknown key `jsonkey` (did you mean `json_key`?)",
            ],
        );
        check(
            "version = 1\n[secrets.A]\narn_var = \"B\"\narn_var = \"C\"\n[secrets.A]\nrequired \
                 = \"yes\"",
            &[
                "*4:1 duplicate key `arn_var` (write each table and each key only once)",
                "*5:10 duplicate key `A` (write each table and each key only once)",
                "*6:12 entry A: `required` must be true or false, found a string (write it without \
                     quotes)",
            ],
        );
        // The table of the keys below a broken header is not known, and the version may be on a
        // broken line.
        check(
            "version\nsecrets.A]\narn_var = \"B\"\n",
            &[
                "*1:8 not valid TOML: key with no value, expected `=`",
                "*2:10 not valid TOML: key with no value, expected `=`",
            ],
        );
        check("sk-hunter2", &["*1:11 not valid TOML: key with no value, expected `=`"]);
    }

    #[test]
    fn lines_with_a_value_in_them_are_never_shown() {
        check(
            "version = 1\n[secrets]\nA = { required = \"yes\", default = \"x\" }\n",
            &["*3:18 entry A: `required` must be true or false, found a string (write it without \
                     quotes)"],
        );
        check(
            "version = 1\n[secrets.A]\ndefault = 5\nrequired = 1\n",
            &[
                "*3:11 entry A: `default` must be a string, found an integer (write it in quotes)",
                "4:12 entry A: `required` must be true or false, found an integer (write it \
                     without quotes)",
            ],
        );
        let error =
            Manifest::parse("m".as_ref(), "version = 1\nsk = \"hunter2\"\n[vars]\na=\"${hunter2\"")
                .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn five_mistakes_are_five_problems() {
        let text = "\
version = 1
[settings]
deadline = \"10 seconds\"

[secrets.OPENAI_API_KEY]
arn_var = \"OPENAI_API_KEY_SECRET_ARN\"
jsonkey = \"api_key\"
required = \"yes\"

[secrets.GEMINI-API-KEY]
secret_id = \"demo/gemini\"
value_parameter = \"/demo/gemini\"
";
        check(
            text,
            &[
                "*3:12 settings: `deadline` is not a valid duration (write a whole number and one \
                     of the units ms, s, m, h, d, w, as in \
             `10s` or `90d`)",
                "*7:1 entry OPENAI_API_KEY: unknown key `jsonkey` (did you mean `json_key`?)",
                "*8:12 entry OPENAI_API_KEY: `required` must be true or false, found a string \
                     (write it without quotes)",
                "10:10 entry `GEMINI-API-KEY`: the name is not a valid environment variable name \
                     (use letters, digits and `_`, and do not start with a digit)",
                "12:1 entry `GEMINI-API-KEY`: `secret_id` and `value_parameter` cannot be used \
                     together (remove one of them)",
            ],
        );
        let error = Manifest::parse("dir/secrets.toml".as_ref(), text).unwrap_err();
        assert_eq!(error.to_string().lines().count(), 5);
        assert!(error.to_string().starts_with(
            "dir/secrets.toml:3:12: settings: `deadline` is not a valid duration (write"
        ));
    }

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.toml");
        let error = Manifest::read(&path).unwrap_err();
        assert!(
            matches!(&error, ReadError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
        );
        assert_eq!(error.to_string(), format!("failed to read the manifest {}", path.display()));

        std::fs::write(&path, b"version = 1\n\n# \xff").unwrap();
        let expected = format!("{}:3: the manifest is not UTF-8", path.display());
        assert_eq!(Manifest::read(&path).unwrap_err().to_string(), expected);

        std::fs::write(&path, EXAMPLE).unwrap();
        assert_eq!(Manifest::read(&path).unwrap().path(), path);
    }

    #[test]
    fn no_text_makes_it_panic() {
        // Every prefix of a manifest, and every manifest with one character less or one of these
        // more.
        let text = "version = 1\n[vars]\na='b'\n[secrets.A]\nsecret_id \
            = \"${a}é\"\n[[secrets.B]]\nx={y=1}\n[profiles.p.secrets.A]\n";
        for index in (0..=text.len()).filter(|index| text.is_char_boundary(*index)) {
            let (before, after) = text.split_at(index);
            let mut shorter = after.chars();
            shorter.next();
            let _ = Manifest::parse("m".as_ref(), before);
            let _ = Manifest::parse("m".as_ref(), &format!("{before}{}", shorter.as_str()));
            for extra in ["\"", "'", "[", "]", "{", "=", ".", "#", "\n", "\0", "\r", "é", "\"\"\""]
            {
                let _ = Manifest::parse("m".as_ref(), &format!("{before}{extra}{after}"));
            }
        }
    }
}
