//! What `hydrant generate` makes of a manifest: one file a target, each a function from the
//! [`Input`] to a text.
//!
//! A target's file owns its arguments (whose doc comment is the help) and its text. `stack` is what
//! targets have in common: the secrets, the parameters and the entries; `permissions` what a role
//! needs of them. Files are for `destination`. A new target is a file here, a line below, and a
//! variant with its arm in `commands::generate`.

pub(crate) mod destination;
mod difference;
pub(crate) mod names;
pub(crate) mod permissions;
pub(crate) mod places;
pub(crate) mod stack;
pub(crate) mod start;
pub(crate) mod typescript;
pub(crate) mod yaml;

pub(crate) mod cdk;
pub(crate) mod cloudformation;
pub(crate) mod ecs;
pub(crate) mod env_example;
pub(crate) mod github_actions;
pub(crate) mod kubernetes;
pub(crate) mod lambda_layer;
pub(crate) mod terraform;

use std::collections::BTreeSet;
use std::path::PathBuf;

use hydrant_core::Batch;
use hydrant_core::manifest::LocatorKind;
use hydrant_core::plan::{Plan, Step};
use hydrant_core::policy::{Document, PolicyRequest, Purpose, policy};
use hydrant_core::shown;
use hydrant_core::shown::escaped;

use crate::commands::policy::{refusals, region as is_region};
use crate::failure::Failure;

/// What every target is made from. Nothing in it is a value.
#[derive(Debug)]
pub(crate) struct Input {
    /// The manifest as it was named.
    pub(crate) manifest: PathBuf,
    /// The options of every command that the text depends on, as words of a shell.
    pub(crate) options: Vec<String>,
    /// What the manifest says alone: the same on every machine. For texts that are committed and
    /// make resources.
    pub(crate) committed: Plan,
    /// The same with what ARN variables hold here. For texts about secrets that exist.
    pub(crate) deployed: Plan,
    /// `settings.batch`.
    pub(crate) batch: Batch,
    /// The region that the environment names; else that of the settings.
    pub(crate) region: Option<String>,
    /// `settings.region`, which needs nothing in a deployment.
    pub(crate) settings_region: Option<String>,
    /// `settings.audit_log`, as it is written.
    pub(crate) audit_log: Option<PathBuf>,
}

/// A text with what is to be known of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) text: String,
    /// Said on stderr.
    pub(crate) notices: Vec<String>,
    /// Said on stderr as warnings.
    pub(crate) warnings: Vec<String>,
}

/// What a target's function gives.
pub(crate) type Result = std::result::Result<Made, Failure>;

impl Input {
    /// The comment that a text begins with: what it was made from, and the command that makes it
    /// again. `comment` begins each line; `target` is the target with those of its options that
    /// change the text; `file` its usual name.
    ///
    /// Where the text goes this time is not in it, since `--check` would then find a difference.
    pub(crate) fn header(&self, comment: &str, target: &[&str], file: &str) -> String {
        self.header_with(comment, target, file, &[])
    }

    /// The same for a target that takes a command behind `--`.
    pub(crate) fn header_with(
        &self,
        comment: &str,
        target: &[&str],
        file: &str,
        program: &[String],
    ) -> String {
        let mut words = vec!["hydrant".to_owned()];
        words.extend(self.options.iter().cloned());
        words.push("generate".to_owned());
        words.extend(target.iter().map(|word| (*word).to_owned()));
        words.extend(["--out".to_owned(), file.to_owned()]);
        if !program.is_empty() {
            words.push("--".to_owned());
            words.extend(program.iter().cloned());
        }
        let manifest = on_one_line(&shown::path(&self.manifest));
        let command =
            words.iter().map(|word| on_one_line(&shell_word(word))).collect::<Vec<_>>().join(" ");
        format!(
            "{comment} Made by hydrant from {manifest}; change that, and make this again:\n{comment}     {command}\n"
        )
    }

    /// The region of what is named without one: what the option gives, else the environment, else
    /// the settings; without the option an empty text where every reference names its own.
    ///
    /// # Errors
    ///
    /// That some reference needs one, and nothing says it.
    pub(crate) fn region(&self, option: Option<&str>) -> std::result::Result<String, Failure> {
        // What a parameter names counts by a name, which is in the default region whatever the
        // parameter's own is.
        let asks =
            self.deployed.entries.iter().any(|planned| matches!(planned.step, Step::Ask { .. }));
        let unnamed = asks || self.deployed.needs_default_region() || self.deployed.has_unnamed();
        match option.or(self.region.as_deref().filter(|_| unnamed)) {
            Some(region) if is_region(region).is_err() => {
                Err(Failure::usage("AWS_REGION or AWS_DEFAULT_REGION is no region"))
            }
            Some(region) => Ok(region.to_owned()),
            None if !unnamed => Ok(String::new()),
            None => Err(Failure::Usage {
                text: "the region is not known, which secrets that are named without one are in"
                    .to_owned(),
                hint: Some(
                    "give it with --region, or set AWS_REGION or settings.region of the manifest"
                        .to_owned(),
                ),
            }),
        }
    }

    /// The least that a role must be allowed to run this plan.
    ///
    /// # Errors
    ///
    /// Every entry that no policy can be made for.
    pub(crate) fn run_policy(
        &self,
        plan: &Plan,
        region: &str,
        account: Option<&str>,
        batch: Batch,
    ) -> std::result::Result<Document, Failure> {
        let request = PolicyRequest {
            purposes: BTreeSet::from([Purpose::Run]),
            create: false,
            region: region.to_owned(),
            account: account.map(str::to_owned),
            kms_keys: Vec::new(),
            batch,
            principal: None,
        };
        let policy = policy(plan, &request);
        Ok(policy
            .map_err(|problems| Failure::References(refusals(&self.manifest, &problems)))?
            .document)
    }

    /// The words that give the region again, where the manifest does not.
    pub(crate) fn region_words<'a>(&self, region: &'a str) -> Vec<&'a str> {
        let said = region.is_empty() || self.settings_region.as_deref() == Some(region);
        if said { Vec::new() } else { vec!["--region", region] }
    }

    /// What is said where ARN variables are set that a committed text does not count.
    pub(crate) fn about_variables(&self) -> Option<String> {
        let both = self.committed.entries.iter().zip(&self.deployed.entries);
        let differ = both.filter(|(committed, deployed)| committed.step != deployed.step);
        let names =
            differ.flat_map(|(committed, _)| &committed.entry.locators).filter_map(|locator| {
                match &locator.kind {
                    LocatorKind::ArnVar(name) => Some(name.as_str()),
                    _ => None,
                }
            });
        let names: BTreeSet<&str> = names.collect();
        let is = if names.len() == 1 { "is" } else { "are" };
        (!names.is_empty()).then(|| {
            format!(
                "{} {is} set here and not counted, since this is to be the same on every machine: a secret that exists is named \
                 in the manifest (secret_id)",
                names.into_iter().collect::<Vec<_>>().join(", ")
            )
        })
    }
}

/// A word as a POSIX shell reads it back.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=,:@%+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// Text that ends no comment, and does not show it as another than it is: some languages end a line
/// at U+2028 too.
pub(crate) fn on_one_line(text: &str) -> String {
    escaped(text).into_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use hydrant_core::{Env, Manifest, Selection, plan};

    use super::*;

    /// The input of these entries, with this environment.
    pub(crate) fn input(entries: &str, env: &Env) -> Input {
        let manifest =
            Manifest::parse("secrets.toml".as_ref(), &format!("version = 1\n{entries}")).unwrap();
        let selected = manifest.select(&Selection::default(), &Env::default()).unwrap();
        let options = plan::PlanOptions { ignore_set: true, ..plan::PlanOptions::default() };
        Input {
            manifest: "secrets.toml".into(),
            options: Vec::new(),
            committed: plan::plan(&selected, &Env::default(), options),
            deployed: plan::plan(&selected, env, options),
            batch: manifest.settings().batch,
            region: None,
            settings_region: None,
            audit_log: None,
        }
    }

    #[test]
    fn variables_that_are_set_here_are_told() {
        let env =
            Env::new([("A_SECRET_ARN", "sk-canary"), ("B_SECRET_ARN", " "), ("C_SECRET_ARN", "c")]);
        let told =
            input("[secrets.A]\n[secrets.B]\n[secrets.C]\n", &env).about_variables().unwrap();
        assert!(
            told.starts_with("A_SECRET_ARN, C_SECRET_ARN are set here") && !told.contains("canary"),
            "{told}"
        );
        assert_eq!(input("[secrets.B]\n", &env).about_variables(), None);
    }

    #[test]
    fn headers() {
        fn check(manifest: &str, options: &[&str], expected: &str) {
            let options = options.iter().map(|&option| option.to_owned()).collect();
            let input = Input { manifest: manifest.into(), options, ..input("", &Env::default()) };
            assert_eq!(input.header("#", &["env-example"], ".env.example"), expected);
        }
        check(
            "secrets.toml",
            &[],
            "# Made by hydrant from secrets.toml; change that, and make this again:\n\
             #     hydrant generate env-example --out .env.example\n",
        );
        check(
            "it's\nhere.toml",
            &["--manifest", "it's\nhere.toml"],
            "# Made by hydrant from it's\\nhere.toml; change that, and make this again:\n\
             #     hydrant --manifest 'it'\\''s\\nhere.toml' generate env-example --out .env.example\n",
        );
    }
}
