//! From a manifest to the entries of one run: the profile's overlay, `--only`, and `${name}`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::entry::{RawKey, merge};
use super::fill::{fill, report_unset};
use super::keys::is_variable_name;
use super::problems::Problems;
use super::scope::Scope;
use super::sharing::{self, Built};
use super::template::{Part, has_vars, split};
use super::vars::{SelectionProblem, Substitution};
use super::{Entry, Manifest, ManifestError, Settings, build};
use crate::env::Env;
use crate::nearest::loose;

/// What one run selects from a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The profile to overlay, if any.
    pub profile: Option<String>,
    /// The entries to take; empty for all.
    pub only: Vec<String>,
    /// Values for `${name}`. They take precedence over `HYDRANT_VAR_name` and `[vars]`. If a name
    /// is given several times, the last value counts.
    pub vars: Vec<(String, String)>,
}

/// The entries of one run, in the order of the manifest.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The manifest's settings.
    pub settings: Settings,
    /// The entries, in the order of the manifest; every later stage shares them.
    pub entries: Vec<Arc<Entry>>,
}

/// Why a selection failed.
#[derive(Clone, Debug)]
pub enum SelectError {
    /// The selection itself is wrong: all of its problems, never empty.
    Usage(Vec<SelectionProblem>),
    /// The selection is fine, but the manifest has problems with it: a `${name}` without a value,
    /// or a value that is wrong after its `${name}` is filled in.
    Manifest(ManifestError),
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SelectError::Manifest(error) => error.fmt(f),
            SelectError::Usage(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    let separator = if index > 0 { "\n" } else { "" };
                    write!(f, "{separator}{problem}")?;
                    if let Some(help) = problem.help() {
                        write!(f, " ({help})")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for SelectError {}

impl Manifest {
    /// The entries of one run: `only` the named ones, with the profile's keys applied. `${name}` is
    /// filled in from the selection, the process's `HYDRANT_VAR_name` or `[vars]`, in this order.
    ///
    /// ```
    /// use hydrant_core::Env;
    /// use hydrant_core::manifest::{Manifest, Selection};
    ///
    /// let text = "version = 1\n[vars]\nproject = \"demo\"\n[secrets.KEY]\nsecret_id = \"${project}/key\"\n";
    /// let manifest = Manifest::parse("secrets.toml".as_ref(), text)?;
    /// let env = Env::new([("HYDRANT_VAR_project", "other")]);
    /// let selected = manifest.select(&Selection::default(), &env)?;
    /// assert_eq!(selected.entries[0].create_name, "other/key");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SelectError`]: all problems of the selection, or else all problems of what it selects.
    pub fn select(&self, selection: &Selection, env: &Env) -> Result<Selected, SelectError> {
        let mut usage = Vec::new();
        let overlay = selection.profile.as_deref().and_then(|profile| {
            let overlay = self.overlays.get(profile);
            if overlay.is_none() {
                usage.push(self.unknown_profile(profile));
            }
            overlay
        });
        let only = self.only(&selection.only, &mut usage);

        let new_substitution = || Substitution::new(&selection.vars, env, &self.vars);
        let (mut substitution, mut problems) = (new_substitution(), Problems::default());
        // Entries that are not selected still count for the secrets that they share with selected
        // ones. Their problems do not count.
        let (mut other_substitution, mut other_problems) =
            (new_substitution(), Problems::default());
        let mut built = Vec::with_capacity(self.entries.len());
        for (index, entry) in self.entries.iter().enumerate() {
            let is_selected = only.as_ref().is_none_or(|only| only.contains(entry.name.as_str()));
            let (substitution, problems) = if is_selected {
                (&mut substitution, &mut problems)
            } else {
                (&mut other_substitution, &mut other_problems)
            };
            let keys = self.keys(index, overlay);
            let Some(keys) = fill(entry, keys, substitution, problems) else { continue };
            match build::entry(entry, &keys, &self.lines) {
                Ok(entry) => built.push(Built { entry, keys, is_selected }),
                Err((key, problem)) => problem.report(&Scope::Entry(&entry.name), key, problems),
            }
        }
        sharing::share(&mut built, &self.lines, &mut problems);
        let entries = built.into_iter().filter(|one| one.is_selected);
        let entries = entries.map(|one| Arc::new(one.entry)).collect();

        usage.append(&mut substitution.problems);
        // A wrong value is reported rather than that nothing uses it.
        if usage.is_empty() {
            usage = self.unused(&selection.vars);
        }
        if !usage.is_empty() {
            return Err(SelectError::Usage(usage));
        }
        if !problems.is_empty() {
            let mut hidden = self.hidden.clone();
            problems.hide_in(&mut hidden, &self.lines);
            return Err(SelectError::Manifest(problems.into_error(
                &self.path,
                &self.text,
                &self.lines,
                &hidden,
            )));
        }
        Ok(Selected { settings: self.settings.clone(), entries })
    }

    /// The keys of an entry, with those of the profile overriding its own.
    fn keys<'m>(
        &'m self,
        index: usize,
        overlay: Option<&'m HashMap<usize, Vec<RawKey>>>,
    ) -> Vec<&'m RawKey> {
        let over = overlay.and_then(|overlay| overlay.get(&index)).map_or(&[][..], Vec::as_slice);
        merge(&self.entries[index].keys, over)
    }

    /// For a manifest that has other problems: finds each `${name}` without a value, and entries
    /// that share a secret and contradict each other.
    pub(super) fn find_more(&self, selection: &Selection, env: &Env, problems: &mut Problems) {
        let overlay = selection.profile.as_deref().and_then(|profile| self.overlays.get(profile));
        let mut substitution = Substitution::new(&selection.vars, env, &self.vars);
        let mut built = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let keys = self.keys(index, overlay);
            let is_selected = selection.only.is_empty() || selection.only.contains(&entry.name);
            let with_vars = |raw: &&&RawKey| raw.key.takes_vars() && has_vars(raw.text());
            for raw in keys.iter().filter(with_vars).filter(|_| is_selected) {
                if let Err(unset) = substitution.apply(raw.text()) {
                    report_unset(&Scope::Entry(&entry.name), raw, &unset, &substitution, problems);
                }
            }
            // Other problems of the entry were reported.
            let keys = fill(entry, keys, &mut substitution, &mut Problems::default());
            built.extend(keys.and_then(|keys| {
                let entry = build::entry(entry, &keys, &self.lines).ok()?;
                Some(Built { entry, keys, is_selected })
            }));
        }
        sharing::share(&mut built, &self.lines, problems);
    }

    fn unknown_profile(&self, name: &str) -> SelectionProblem {
        SelectionProblem::UnknownProfile {
            name: name.to_owned(),
            nearest: loose(name, self.profiles()).map(str::to_owned),
            known: self.profiles().map(str::to_owned).collect(),
        }
    }

    /// Values for names that no entry uses, in any profile, selected or not.
    fn unused(&self, given: &[(String, String)]) -> Vec<SelectionProblem> {
        if given.is_empty() {
            return Vec::new();
        }
        let overlays = self.overlays.values().flat_map(|overlay| overlay.values().flatten());
        let keys = self.entries.iter().flat_map(|entry| &entry.keys).chain(overlays);
        let texts =
            keys.filter(|raw| raw.key.takes_vars() && has_vars(raw.text())).map(RawKey::text);
        // The syntax was checked when the manifest was read.
        let parts = texts.flat_map(|text| split(text).unwrap_or_default());
        let used: BTreeSet<&str> = parts
            .filter_map(|part| if let Part::Var(name) = part { Some(name) } else { None })
            .collect();
        let unused = given
            .iter()
            .filter(|(name, _)| is_variable_name(name) && !used.contains(name.as_str()));
        let problem = |(name, _): &(String, String)| SelectionProblem::UnusedVar {
            name: name.clone(),
            nearest: loose(name, used.iter().copied()).map(str::to_owned),
            used: used.iter().map(|name| (*name).to_owned()).collect(),
        };
        unused.map(problem).collect()
    }

    /// The names to take, or `None` for all.
    fn only<'s>(
        &self,
        names: &'s [String],
        usage: &mut Vec<SelectionProblem>,
    ) -> Option<HashSet<&'s str>> {
        if names.is_empty() {
            return None;
        }
        let known: HashSet<&str> = self.names().collect();
        for (index, name) in
            names.iter().enumerate().filter(|(_, name)| !known.contains(name.as_str()))
        {
            // With thousands of entries, only the first few wrong names get a suggestion.
            let names = self.names().filter(|_| usage.len() < 20);
            let nearest = loose(name, names).map(str::to_owned);
            usage.push(SelectionProblem::UnknownEntry {
                name: name.clone(),
                position: index + 1,
                nearest,
            });
        }
        Some(names.iter().map(String::as_str).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Need;
    use crate::source::SourceKeys;

    /// The texts to select from and with: the manifest below its version, the profile, `only`,
    /// `--var`, the process.
    #[derive(Default)]
    struct Given<'a> {
        manifest: &'a str,
        profile: &'a str,
        only: &'a [&'a str],
        vars: &'a [(&'a str, &'a str)],
        env: &'a [(&'a str, &'a str)],
    }

    fn select(given: &Given<'_>) -> Result<Selected, SelectError> {
        let manifest =
            Manifest::parse("m".as_ref(), &format!("version = 1\n{}", given.manifest)).unwrap();
        let selection = Selection {
            profile: (!given.profile.is_empty()).then(|| given.profile.to_owned()),
            only: given.only.iter().map(|name| (*name).to_owned()).collect(),
            vars: given
                .vars
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        let file = crate::EnvFile::parse("HYDRANT_VAR_a=from-file").unwrap();
        manifest.select(&selection, &Env::new(given.env.iter().copied()).with_file(file))
    }

    /// For each entry `NAME SOURCE KEYS create=… NEED`, or the error as it prints.
    fn check(given: Given<'_>, expected: &[&str]) {
        let entry = |entry: &Arc<Entry>| {
            let SourceKeys { arn_var, arn_parameter, secret_id, value_parameter } =
                &entry.source_keys;
            let keys = [
                arn_var.as_ref().map(|text| format!("var={text} ")),
                arn_parameter.as_ref().map(|id| format!("parameter={id} ")),
                secret_id.as_ref().map(|secret| format!("secret={secret} ")),
                value_parameter.as_ref().map(|id| format!("value={id} ")),
            ];
            let keys: String = keys.into_iter().flatten().collect();
            let need = match &entry.need {
                Need::Required => "required".to_owned(),
                Need::Optional => "optional".to_owned(),
                Need::Default(default) => format!("default={default}"),
            };
            format!("{}:{} {keys}create={} {need}", entry.line, entry.name, entry.create_name)
        };
        let found: Vec<String> = match select(&given) {
            Ok(selected) => selected.entries.iter().map(entry).collect(),
            Err(error) => error.to_string().lines().map(str::to_owned).collect(),
        };
        assert_eq!(found, expected, "for {}", given.manifest);
    }

    #[test]
    fn defaults() {
        check(Given { manifest: "", ..Given::default() }, &[]);
        check(
            Given {
                manifest: "[secrets.OPENAI_API_KEY]\n[secrets._]\n[secrets._A_B_]",
                ..Given::default()
            },
            &[
                "2:OPENAI_API_KEY var=OPENAI_API_KEY_SECRET_ARN create=openai-api-key required",
                "3:_ var=__SECRET_ARN create=_ required",
                "4:_A_B_ var=_A_B__SECRET_ARN create=a-b required",
            ],
        );
        let manifest = "\
[secrets.Z]
value_parameter = \"/v:3\"
required = false
[secrets.A]
secret_id = \"demo/key\"
arn_parameter = \"/demo/llm/a-secret-arn\"
arn_var = \"B\"
default = \"d\"
[secrets.M]
arn_parameter = \"/demo/llm/m-secret-arn:2\"
[secrets.N]
secret_id = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-AbCdEf\"
create_name = \"own\"
";
        check(
            Given { manifest, ..Given::default() },
            &[
                "2:Z value=/v:3 create=z optional",
                "5:A var=B parameter=/demo/llm/a-secret-arn secret=demo/key create=demo/key \
                     default=d",
                "10:M parameter=/demo/llm/m-secret-arn:2 create=demo/llm/m required",
                "12:N secret=arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-AbCdEf \
                     create=own required",
            ],
        );
    }

    #[test]
    fn all_keys_arrive() {
        let manifest = "[secrets.A]\nsecret_id = \"a\"\njson_pointer = \"/k\"\nversion_id \
            = \"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\"\nkms_key = \"alias/k\"\n\
                        rotate_after = \"90d\"\ndescription = \"what\"";
        let entry = select(&Given { manifest, ..Given::default() }).unwrap().entries.remove(0);
        assert_eq!(entry.selector, crate::selector::Selector::Pointer("/k".to_owned()));
        assert_eq!(
            entry.version,
            Some(crate::reference::Version::Id("4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab".to_owned()))
        );
        assert_eq!(entry.kms_key.as_deref(), Some("alias/k"));
        assert_eq!(entry.rotate_after, Some(std::time::Duration::from_secs(90 * 24 * 3600)));
        assert_eq!(entry.description.as_deref(), Some("what"));
    }

    #[test]
    fn profiles_and_only() {
        let manifest = "[secrets.B]\nrequired = false\n[secrets.A]\nsecret_id = \"dev\"\n\
                        [profiles.production.secrets.B]\nrequired = true\narn_var \
                        = \"C\"\n[profiles.production.secrets.A]\nsecret_id = \"prod\"\n";
        let b = "2:B var=B_SECRET_ARN create=b optional";
        let a = "4:A secret=dev create=dev required";
        check(Given { manifest, ..Given::default() }, &[b, a]);
        check(Given { manifest, only: &["A", "B"], ..Given::default() }, &[b, a]);
        check(Given { manifest, only: &["A"], ..Given::default() }, &[a]);
        check(
            Given { manifest, profile: "production", ..Given::default() },
            &["2:B var=C create=b required", "4:A secret=prod create=prod required"],
        );
        check(
            Given { manifest, profile: "prodution", only: &["A", "a", "ZZ"], ..Given::default() },
            &[
                "unknown profile `prodution` (did you mean `production`?)",
                "unknown entry `a` (did you mean `A`?)",
                "unknown entry `ZZ`",
            ],
        );
        check(
            Given { manifest, profile: "dev", ..Given::default() },
            &["unknown profile `dev` (known profiles: production)"],
        );
        check(
            Given { manifest: "", profile: "dev", ..Given::default() },
            &["unknown profile `dev` (the manifest has no profiles)"],
        );
    }

    const USES_A: &str =
        "[vars]\na = \"vars\"\nempty = \"\"\n[secrets.X]\nsecret_id = \"${a}/x\"\n";

    #[test]
    fn where_vars_come_from() {
        let expect = |value: &str| format!("5:X secret={value}/x create={value}/x required");
        check(Given { manifest: USES_A, ..Given::default() }, &[&expect("vars")]);
        let env = [("HYDRANT_VAR_a", "env")];
        check(Given { manifest: USES_A, env: &env, ..Given::default() }, &[&expect("env")]);
        let vars = [("a", "first"), ("a", "_+=.@-9")];
        check(
            Given { manifest: USES_A, vars: &vars, env: &env, ..Given::default() },
            &[&expect("_+=.@-9")],
        );
        let every = "[secrets.X]\narn_var = \"${a}\"\narn_parameter \
            = \"/${a}/b-secret-arn\"\nvalue_parameter = \"/${a}:1\"\nkms_key = \"alias/${a}\"\n";
        check(
            Given { manifest: every, vars: &[("a", "V")], ..Given::default() },
            &["2:X var=V parameter=/V/b-secret-arn value=/V:1 create=V/b required"],
        );
    }

    #[test]
    fn refused_vars() {
        let allowed = "(use only letters, digits and `_ + = . @ -`)";
        for (value, problem) in [
            ("", "is empty"),
            ("a/b", "contains a character that is not allowed"),
            ("a:b", "contains a character that is not allowed"),
            ("ä", "contains a character that is not allowed"),
        ] {
            let given =
                format!("the value that the program gives for `${{a}}` {problem} {allowed}");
            check(Given { manifest: USES_A, vars: &[("a", value)], ..Given::default() }, &[&given]);
            let env =
                format!("the value that HYDRANT_VAR_a gives for `${{a}}` {problem} {allowed}");
            check(
                Given { manifest: USES_A, env: &[("HYDRANT_VAR_a", value)], ..Given::default() },
                &[&env],
            );
        }
        check(
            Given { manifest: USES_A, vars: &[("a-b", "c"), ("a", "/")], ..Given::default() },
            &[
                "a var has an invalid name (use letters, digits and `_`, and do not start with a \
                     digit)",
                &format!(
                    "the value that the program gives for `${{a}}` contains a character that is \
                         not allowed {allowed}"
                ),
            ],
        );
        let unused = "a value is given for a var that the manifest does not use";
        let check_unused = |manifest, only: &[&str], name, help: &str| {
            let expected = format!("{unused} {help}");
            check(Given { manifest, only, vars: &[(name, "x")], ..Given::default() }, &[&expected]);
        };
        check_unused(USES_A, &[], "org", "(the manifest uses: a)");
        check_unused(USES_A, &["X"], "empty", "(the manifest uses: a)");
        check_unused(
            "[secrets.A]\nsecret_id = \"${organisation}/a\"\n",
            &[],
            "organization",
            "(did you mean `organisation`?)",
        );
        check_unused(
            "[secrets.A]\n",
            &[],
            "org",
            "(leave the value out: the manifest has no `${name}`)",
        );
    }

    #[test]
    fn problems_once_vars_are_filled_in() {
        let manifest = "\
[vars]
project = \"demo\"
bad = \"two words\"
empty = \"\"
self = \"E\"
[secrets.A]
secret_id = \"${projct}/key\"
kms_key = \"alias/${zz}\"
[secrets.B]
arn_parameter = \"/${bad}\"
[secrets.C]
arn_var = \"${empty}\"
[secrets.D]
secret_id = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:${project}-AbCdEf:k::\"
json_key = \"l\"
[secrets.E]
arn_var = \"${self}\"
";
        check(
            Given { manifest, ..Given::default() },
            &[
                "m:8:13: entry A: `secret_id` uses `${projct}`, which is not set (did you mean \
                     `${project}`? set it in [vars], \
             or as HYDRANT_VAR_projct)",
                "m:9:11: entry A: `kms_key` uses `${zz}`, which is not set (set it in [vars], or \
                     as \
             HYDRANT_VAR_zz)",
                "m:11:17: entry B: `arn_parameter` is not a valid parameter name or ARN: character \
                     5 is not allowed in a parameter name",
                "m:13:11: entry C: `arn_var` must not be empty",
                "m:16:12: entry D: json_key `l` contradicts `k` in the suffix of the reference \
                     (write it in one place only)",
                "m:18:11: entry E: `arn_var` is the entry's own variable (name the variable that \
                     holds the ARN)",
            ],
        );
        // Only what is selected is filled in.
        check(
            Given { manifest, only: &["B"], vars: &[("bad", "good")], ..Given::default() },
            &["10:B parameter=/good create=good required"],
        );
        // A name that another entry or a profile uses counts as used.
        let two = "[secrets.A]\nsecret_id = \"a\"\n[secrets.B]\nsecret_id = \"${b}\"\n\
                   [profiles.p.secrets.A]\nsecret_id = \"${p}\"\n";
        check(
            Given {
                manifest: two,
                only: &["A"],
                vars: &[("b", "x"), ("p", "y")],
                ..Given::default()
            },
            &["2:A secret=a create=a required"],
        );
    }

    #[test]
    fn ten_thousand_entries_and_as_many_problems() {
        let mut text = "version = 1\n[vars]\np = \"demo\"\n".to_owned();
        for index in 0..10_000 {
            text += &format!(
                "[secrets.KEY_{index}]\narn_parameter = \"/${{p}}/{index}\"\njson_key = \"k\"\n"
            );
        }
        let manifest = Manifest::parse("m".as_ref(), &text).unwrap();
        let selected = manifest.select(&Selection::default(), &Env::default()).unwrap();
        assert_eq!(selected.entries.len(), 10_000);
        assert_eq!(selected.entries[9_999].line, 3 + 29_998);
        let broken = text.replace("json_key", "colour");
        assert_eq!(Manifest::parse("m".as_ref(), &broken).unwrap_err().problems().len(), 10_000);
    }
}
