//! What `hydrant generate` makes of a manifest: one file a target, each a function from the
//! [`Input`] to a text.
//!
//! A target's file owns its options and its text. `stack` is what targets have in common: the
//! secrets, the parameters and the entries; `permissions` what a role needs of them. A new target
//! is a file here and a line below; its arguments are the command line's.

mod comment;
mod hcl;
mod names;
mod permissions;
mod sources;
mod stack;
mod start;
mod typescript;
mod yaml;

pub mod cdk;
pub mod cloudformation;
pub mod ecs;
pub mod env_example;
pub mod github_actions;
pub mod kubernetes;
pub mod lambda_layer;
pub mod terraform;

use std::collections::BTreeSet;
use std::path::PathBuf;

use hydrant_core::plan::Plan;
use hydrant_core::reference::is_region;
use hydrant_core::shown::{self, escaped, shell_word};
use hydrant_core::{Batch, Manifest};

use crate::error::{GenerateError, Hint, Notice, Problem, describe};
use crate::policy::{Document, PolicyRequest, Purpose, policy};
use comment::comment;

/// What every target is made from. Nothing in it is a value.
#[derive(Debug)]
pub struct Input {
    /// The manifest as it was named.
    pub manifest: PathBuf,
    /// The options of every command that the text depends on, as words of a shell.
    pub options: Vec<String>,
    /// What the manifest says alone: the same on every machine. For texts that are committed and
    /// make resources.
    pub committed: Plan,
    /// The same with what ARN variables hold here. For texts about secrets that exist.
    pub deployed: Plan,
    /// `settings.batch`.
    pub batch: Batch,
    /// The region that the environment names; else that of the settings.
    pub region: Option<String>,
    /// `settings.region`, which needs nothing in a deployment.
    pub settings_region: Option<String>,
    /// `settings.audit_log`, as it is written.
    pub audit_log: Option<PathBuf>,
}

/// A text with what is to be known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// What was generated.
    pub text: String,
    /// For the caller to show.
    pub notices: Vec<Notice>,
    /// For the caller to show as warnings.
    pub warnings: Vec<Notice>,
}

/// What a target's function gives.
pub type Result = std::result::Result<Generated, GenerateError>;

impl Input {
    /// The input of a manifest: `committed` is its plan without what is set here, `deployed` its
    /// plan with the ARN variables that are set here. The region is that of the settings, and no
    /// option is given.
    pub fn new(manifest: &Manifest, committed: Plan, deployed: Plan) -> Self {
        let settings = manifest.settings();
        Input {
            manifest: manifest.path().to_owned(),
            options: Vec::new(),
            committed,
            deployed,
            batch: settings.batch,
            region: settings.region.clone(),
            settings_region: settings.region.clone(),
            audit_log: settings.audit_log.clone(),
        }
    }

    /// The comment that a text begins with: what it was made from, and the command that makes it
    /// again. `sign` begins each line; `target` is the target with those of its options that
    /// change the text; `file` its usual name.
    ///
    /// Where the text goes this time is not in it, since `--check` would then find a difference.
    pub(crate) fn header(&self, sign: &str, target: &[&str], file: &str) -> String {
        self.header_with(sign, target, file, &[])
    }

    /// The same for a target that takes a command behind `--`.
    pub(crate) fn header_with(
        &self,
        sign: &str,
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
        let about = format!("Made by hydrant from {manifest}; change that, and make this again:");
        comment(sign, 0, &about) + &comment(sign, 1, &command)
    }

    /// The region of what is named without one: what the option gives, else the environment, else
    /// the settings; without the option an empty text where every reference names its own.
    ///
    /// # Errors
    ///
    /// That some reference needs one, and nothing says it.
    pub(crate) fn region(
        &self,
        option: Option<&str>,
    ) -> std::result::Result<String, GenerateError> {
        let unnamed = self.deployed.may_need_default_region();
        match option.or(self.region.as_deref().filter(|_| unnamed)) {
            Some(region) if !is_region(region) => Err(GenerateError::usage(
                "AWS_REGION or AWS_DEFAULT_REGION is not a valid AWS region",
            )),
            Some(region) => Ok(region.to_owned()),
            None if !unnamed => Ok(String::new()),
            None => Err(GenerateError::Usage(Problem {
                text: "the region of the secrets that are named without one is unknown".to_owned(),
                hint: Some(Hint::GiveRegion),
            })),
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
    ) -> std::result::Result<Document, GenerateError> {
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
            .map_err(|problems| GenerateError::Entries(describe(&self.manifest, &problems)))?
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
        let names = differ.filter_map(|(committed, _)| committed.entry.source_keys.variable());
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

/// Text that ends no comment, and does not show it as another than it is: some languages end a line
/// at U+2028 too.
pub(crate) fn on_one_line(text: &str) -> String {
    escaped(text).into_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use hydrant_core::{Env, Selection, plan};

    use super::*;

    /// The input of these entries, with this environment.
    pub(crate) fn input(entries: &str, env: &Env) -> Input {
        let manifest =
            Manifest::parse("secrets.toml".as_ref(), &format!("version = 1\n{entries}")).unwrap();
        let selected = manifest.select(&Selection::default(), &Env::default()).unwrap();
        let options = plan::PlanOptions { ignore_set: true, ..plan::PlanOptions::default() };
        let committed = plan::plan(&selected, &Env::default(), options);
        Input::new(&manifest, committed, plan::plan(&selected, env, options))
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
