//! `hydrant add`: new entries in the manifest.

use std::path::Path;

use hydrant::{Error, Manifest};
use hydrant_catalogue::{Catalogue, Item};
use hydrant_core::manifest::is_variable_name;
use hydrant_core::shown;
use hydrant_core::{nearest, reserved};
use serde_json::json;

use crate::args::options::Options;
use crate::failure::{Failure, Problem, exit, hints};
use crate::files::manifest_text::{self, NewEntry, insert, line_of};
use crate::files::rewrite::{self, Change};
use crate::session;
use crate::terminal::output::{self, FAINT, Text, styled};

/// Add entries to the manifest
///
/// A NAME is a provider in the catalogue (openai; `hydrant catalogue` lists them), which supplies
/// the variables and their descriptions, or a variable. The rest of the manifest is not changed,
/// including comments and order.
///
/// With --profile, existing entries are overlaid in that profile: as required, or with --optional
/// as optional. (HYDRANT_PROFILE is ignored here.) If any name is wrong, nothing is written.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant add openai anthropic
  hydrant add STRIPE_WEBHOOK_SECRET --optional
  hydrant --profile production add openai       required in production
  hydrant add livekit --dry-run")]
pub(crate) struct Args {
    /// A provider's short name (openai), or a variable (OPENAI_API_KEY)
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// Let a program start without the value
    #[arg(long)]
    optional: bool,
    /// Print the lines that would be added, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what was added as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    session::without_vars(options)?;
    let catalogue = session::load_catalogue(options)?;
    let path = session::manifest_path(options);
    let (wanted, refused) = wanted(&catalogue, &args.names);
    // The manifest's current text and new text.
    let change = || {
        let manifest = Manifest::read(&path).map_err(Error::Manifest)?;
        let place = Place { path: &path, manifest: &manifest, profile: options.profile.as_deref() };
        let problems = refused
            .iter()
            .cloned()
            .chain(wanted.iter().filter_map(|wanted| place.problem(&wanted.variable)));
        let problems: Vec<Problem> = problems.collect();
        if !problems.is_empty() {
            return Err(Failure::Problems(problems));
        }
        let blocks: Vec<String> =
            wanted.iter().map(|wanted| place.block(wanted, !args.optional)).collect();
        let (before, after) =
            (manifest.text().as_bytes().to_vec(), place.with(&blocks)?.into_bytes());
        Ok(Change { before, after, made: (manifest, blocks) })
    };
    // Problems are reported before anything is locked.
    let foreseen = change()?.made;
    let (manifest, blocks) = if args.dry_run { foreseen } else { rewrite::update(&path, change)? };
    let place = Place { path: &path, manifest: &manifest, profile: options.profile.as_deref() };
    if args.json {
        return place.json(&wanted, args);
    }
    if args.dry_run {
        return output::data(&Text::new().lines(blocks.join("\n").lines()));
    }
    output::data(&place.report(&wanted))
}

/// A variable to add, and its catalogue item.
struct Wanted<'a> {
    variable: String,
    item: Option<&'a Item>,
}

/// The variables for the names, each once; and a problem for each unknown name, identified by its
/// position, since it may be a pasted key.
fn wanted<'a>(catalogue: &'a Catalogue, names: &[String]) -> (Vec<Wanted<'a>>, Vec<Problem>) {
    let (mut all, mut problems) = (Vec::<Wanted<'_>>::new(), Vec::new());
    for (index, name) in names.iter().enumerate() {
        let mut add = |variable: &str, item| {
            if !all.iter().any(|known| known.variable == variable) {
                all.push(Wanted { variable: variable.to_owned(), item });
            }
        };
        let items = catalogue.by_name(name);
        if !items.is_empty() {
            items.into_iter().for_each(|item| add(&item.variable, Some(item)));
        } else if is_variable_name(name) && name.contains(|c: char| c.is_ascii_uppercase()) {
            if catalogue.looks_like_key(name) {
                problems.push(rather_a_key(index));
            } else {
                // An alias is kept: it is the name that the program reads.
                add(name, catalogue.by_variable(name));
            }
        } else {
            problems.push(unknown(catalogue, index, name));
        }
    }
    (all, problems)
}

fn rather_a_key(index: usize) -> Problem {
    Problem {
        text: format!("argument {} looks like a key, not like a variable name", index + 1),
        hint: Some(
            "never give a value on the command line: if it was a key, create a new one".to_owned(),
        ),
    }
}

fn unknown(catalogue: &Catalogue, index: usize, name: &str) -> Problem {
    let text = format!(
        "argument {} is neither a provider in the catalogue nor a variable name",
        index + 1
    );
    let hint = match catalogue.nearest_name(name) {
        Some(near) => format!("did you mean {near}?"),
        None => {
            "write a variable in capitals, or list the providers with hydrant catalogue".to_owned()
        }
    };
    Problem { text, hint: Some(hint) }
}

/// Where entries go.
struct Place<'a> {
    path: &'a Path,
    manifest: &'a Manifest,
    profile: Option<&'a str>,
}

impl Place<'_> {
    /// The reason why this variable cannot be added.
    fn problem(&self, variable: &str) -> Option<Problem> {
        let text = self.manifest.text();
        let at = |line: Option<usize>| line.map_or(String::new(), |line| format!(":{line}"));
        let there = line_of(text, &["secrets", variable]);
        let refuse = |text, hint: String| Some(Problem { text, hint: Some(hint) });
        let path = shown::path(self.path);
        match self.profile {
            None if there.is_some() => refuse(
                format!("{variable} is already in the manifest ({path}{})", at(there)),
                "change it there (nothing was written)".to_owned(),
            ),
            None => {
                let why = reserved::reason(variable)?;
                refuse(
                    format!("{variable} is a reserved name: it {why}"),
                    "to use it anyway, write the entry by hand, with allow_reserved = true"
                        .to_owned(),
                )
            }
            Some(profile) => {
                if there.is_none() {
                    let hint = match nearest::loose(variable, self.manifest.names()) {
                        Some(near) => format!("did you mean {near}?"),
                        None => format!(
                            "a profile can only overlay existing entries: first run hydrant add {variable}"
                        ),
                    };
                    return refuse(format!("there is no entry {variable} in {path}"), hint);
                }
                let line = line_of(text, &["profiles", profile, "secrets", variable])?;
                refuse(
                    format!("{variable} is already in that profile ({path}:{line})"),
                    "change it there (nothing was written)".to_owned(),
                )
            }
        }
    }

    fn block(&self, wanted: &Wanted<'_>, required: bool) -> String {
        match self.profile {
            Some(profile) => manifest_text::overlay(profile, &wanted.variable, required),
            None => {
                let description = wanted.item.map(|item| item.description.as_str());
                NewEntry::new(&wanted.variable, description, required).toml()
            }
        }
    }

    /// The manifest's new text, if it is a valid manifest.
    fn with(&self, blocks: &[String]) -> Result<String, Failure> {
        let text = match self.profile {
            Some(profile) => {
                insert(self.manifest.text(), &["profiles", profile, "secrets"], blocks)
            }
            None => insert(self.manifest.text(), &["secrets"], blocks),
        };
        match Manifest::parse(self.path, &text) {
            Ok(_) => Ok(text),
            Err(error) => {
                let problems = error.problems().iter().map(|problem| Problem {
                    text: format!(
                        "nothing was written, because the manifest would be invalid: {}",
                        problem.message
                    ),
                    hint: problem.help.as_ref().map(hints::of_problem),
                });
                Err(Failure::Problems(problems.collect()))
            }
        }
    }

    /// What was added, where to create each key, and the next step.
    fn report(&self, wanted: &[Wanted<'_>]) -> Text {
        let path = shown::path(self.path);
        let count = output::count(wanted.len(), "entry", "entries");
        let Some(_) = self.profile else {
            let text = Text::new().line(format!("{path}: {count} added"));
            return wanted.iter().fold(text, |text, wanted| text.and(&next(wanted)));
        };
        let names = wanted.iter().map(|wanted| format!("  {}", wanted.variable));
        Text::new().line(format!("{path}: {count} overlaid in the profile")).lines(names)
    }

    fn json(&self, wanted: &[Wanted<'_>], args: &Args) -> Result<u8, Failure> {
        let added = wanted.iter().map(|Wanted { variable, item }| {
            json!({
                "variable": variable,
                "required": !args.optional,
                "description": item.map(|item| &item.description),
                "console": item.and_then(|item| item.console.as_ref()),
                "shape": item.and_then(|item| item.key_format.as_ref()).map(|format| &format.pattern),
            })
        });
        output::json(&json!({
            "manifest": shown::path(self.path).into_owned(),
            "profile": self.profile.map(shown::unquoted),
            "written": !args.dry_run,
            "added": added.collect::<Vec<_>>(),
        }))?;
        Ok(exit::DONE)
    }
}

/// The next steps for a new entry.
fn next(Wanted { variable, item }: &Wanted<'_>) -> Text {
    let format = item.and_then(|item| item.key_format.as_ref());
    let rows = [
        ("console", item.and_then(|item| item.console.clone())),
        ("key format", format.map(|format| format.pattern.clone())),
        ("next", Some(format!("hydrant put {variable} --create"))),
    ];
    let rows =
        rows.into_iter().filter_map(|(what, text)| Some(vec![styled(FAINT, what), text?.into()]));
    Text::new().line(variable).table(&rows.collect::<Vec<_>>())
}
