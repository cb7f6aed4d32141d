//! `hydrant init`: a first manifest.

use std::path::{Path, PathBuf};

use hydrant::{Error, Manifest};
use hydrant_catalogue::{Class, Classified, Variable, classify};
use hydrant_core::EnvFile;
use hydrant_core::shown;
use serde_json::json;

use crate::args::options::Options;
use crate::failure::{Failure, exit};
use crate::files::manifest_text::NewEntry;
use crate::files::rewrite;
use crate::session;
use crate::terminal::output::{self, FAINT, GOOD, Text, styled};

/// Write a first secrets.toml; with --from, from the names in an env file
///
/// Names that look like secrets (keys, tokens, passwords, URLs with credentials) become entries.
/// The others stay plain configuration, each with the reason. AWS's own credentials and HYDRANT_…
/// never become entries. No value is written or shown: hydrant only checks whether a value is a URL
/// with credentials. An existing file is never replaced.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant init                          a commented starter, with OpenAI
  hydrant init --from .env
  hydrant init --from .env --dry-run    see the manifest, and write nothing
  hydrant init --from .env --json | jq -r '.variables[] | select(.class == \"plain\").variable'")]
pub(crate) struct Args {
    /// Take the names from this env file
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Print the manifest, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what became of each variable as JSON
    #[arg(long)]
    json: bool,
}

const STARTER: &str = include_str!("init/starter.toml");

const HEADER: &str = include_str!("init/header.toml");

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    session::without_vars(options)?;
    let catalogue = session::load_catalogue(options)?;
    let path = session::manifest_path(options);
    let file = match &args.from {
        Some(from) => EnvFile::read(from).map_err(Error::EnvFile)?,
        None => EnvFile::default(),
    };
    let found = classify(&file, &catalogue);
    let text = if args.from.is_some() { manifest(&found) } else { STARTER.to_owned() };
    let entries = match Manifest::parse(&path, &text) {
        Ok(manifest) => manifest.names().map(str::to_owned).collect::<Vec<_>>(),
        Err(error) => {
            let messages = error.problems().iter().map(|problem| problem.message.as_str());
            return Err(Failure::Internal(messages.collect::<Vec<_>>().join("; ")));
        }
    };
    if !args.dry_run {
        // An existing file is left unchanged, and a reader never finds a partial one.
        rewrite::create(&path, &text).map_err(|source| Failure::File {
            doing: format!("write {}", shown::path(&path)),
            source,
        })?;
    }
    if args.json {
        return json(&path, &found, &entries, args);
    }
    if args.dry_run {
        return output::data(&Text::new().lines(text.lines()));
    }
    output::data(&report(&path, &found, &entries))
}

/// The manifest for the variables of an env file.
fn manifest(found: &Classified<'_>) -> String {
    let mut text = HEADER.to_owned();
    for entry in entries(found) {
        text.push('\n');
        text.push_str(&entry.toml());
    }
    let plain = found.variables.iter().filter(|variable| matches!(variable.class, Class::Plain));
    let never = found.variables.iter().filter(|variable| matches!(variable.class, Class::Never));
    text.push_str(&listed("Plain configuration, which stays where it is:", plain));
    text.push_str(&listed("Never entries:", never));
    text
}

/// The entries: those of secrets, and those that a reference names, sorted by name.
fn entries(found: &Classified<'_>) -> Vec<NewEntry> {
    let mut entries: Vec<NewEntry> = Vec::new();
    for variable in &found.variables {
        let (name, item, arn_var) = match variable.class {
            Class::Secret(item) => (variable.name, item, None),
            Class::Reference { of, item } => (of, item, Some(variable.name)),
            Class::Plain | Class::Never => continue,
        };
        let index = entries.iter().position(|entry| entry.variable == name).unwrap_or_else(|| {
            entries.push(NewEntry::new(name, item.map(|item| item.description.as_str()), true));
            entries.len() - 1
        });
        if let Some(arn_var) = arn_var {
            entries[index].arn_var = arn_var.to_owned();
        }
    }
    entries.sort_by(|one, other| one.variable.cmp(&other.variable));
    entries
}

/// Variables as a comment, each with the reason; nothing if there are none.
fn listed<'a>(head: &str, variables: impl Iterator<Item = &'a Variable<'a>>) -> String {
    let rows: Vec<_> =
        variables.map(|variable| vec![variable.name.into(), (&variable.reason).into()]).collect();
    if rows.is_empty() {
        return String::new();
    }
    let lines = Text::new()
        .table(&rows)
        .as_str()
        .lines()
        .map(|line| format!("# {line}\n"))
        .collect::<String>();
    format!("\n# {head}\n{lines}")
}

fn report(path: &Path, found: &Classified<'_>, entries: &[String]) -> Text {
    let rows: Vec<_> = found
        .variables
        .iter()
        .map(|Variable { name, class, reason, .. }| {
            let style = if matches!(class, Class::Secret(_) | Class::Reference { .. }) {
                GOOD
            } else {
                FAINT
            };
            vec![name.into(), styled(style, class.word()), reason.into()]
        })
        .collect();
    let unnamed = match found.redacted_names {
        0 => None,
        number => Some(format!(
            "{} not shown: not valid as a variable name, and possibly part of a value",
            output::count(number, "name is", "names are")
        )),
    };
    let count = output::count(entries.len(), "entry", "entries");
    let next = match entries.first() {
        Some(first) => format!(
            "next: commit it, then set a value for each entry, as in hydrant put {first} --create"
        ),
        None => "next: hydrant add NAME".to_owned(),
    };
    let text = Text::new().line(format!("{}: written, {count}", shown::path(path))).table(&rows);
    text.lines(unnamed).line(next)
}

fn json(
    path: &Path,
    found: &Classified<'_>,
    entries: &[String],
    args: &Args,
) -> Result<u8, Failure> {
    let variables = found.variables.iter().map(|Variable { name, class, reason, .. }| {
        let entry = match class {
            Class::Secret(_) => Some(*name),
            Class::Reference { of, .. } => Some(*of),
            Class::Plain | Class::Never => None,
        };
        json!({ "variable": name, "class": class.word(), "reason": reason, "entry": entry })
    });
    output::json(&json!({
        "manifest": shown::path(path).into_owned(),
        "written": !args.dry_run,
        "entries": entries,
        "variables": variables.collect::<Vec<_>>(),
        "not_shown": found.redacted_names,
    }))?;
    Ok(exit::DONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hydrant_catalogue::Catalogue;

    fn check(env: &str, expected: &str) {
        let file = EnvFile::parse(env).expect("an env file");
        let catalogue = Catalogue::built_in();
        let text = manifest(&classify(&file, &catalogue));
        Manifest::parse("secrets.toml".as_ref(), &text).expect("a manifest");
        assert_eq!(text.strip_prefix(HEADER).expect("the header"), expected, "for {env}");
    }

    #[test]
    fn manifests() {
        check("", "");
        check(
            "MY_TOKEN=1\nOPENAI_API_KEY=1\nREGION=a\nAWS_SESSION_TOKEN=1\nLOG_LEVEL=a\n",
            "
[secrets.MY_TOKEN]
arn_var = \"MY_TOKEN_SECRET_ARN\"

[secrets.OPENAI_API_KEY]
description = \"OpenAI API key\"
arn_var     = \"OPENAI_API_KEY_SECRET_ARN\"

# Plain configuration, which stays where it is:
#   LOG_LEVEL  a level
#   REGION     a region

# Never entries:
#   AWS_SESSION_TOKEN  AWS credentials: hydrant reads secrets with them, so they cannot come from a secret
",
        );
    }

    #[test]
    fn a_reference_makes_its_entry_once() {
        let entry = "
[secrets.GROQ_API_KEY]
description = \"Groq API key\"
arn_var     = \"GROQ_API_KEY_SECRET_ARN\"
";
        check("GROQ_API_KEY=1\nGROQ_API_KEY_SECRET_ARN=1\n", entry);
        check("GROQ_API_KEY_SECRET_ARN=1\n", entry);
        check(
            "MCP_CLIENT_SECRET=1\nMCP_CLIENT_SECRET_ARN=1\n",
            "\n[secrets.MCP_CLIENT_SECRET]\narn_var = \"MCP_CLIENT_SECRET_ARN\"\n",
        );
        check("ODD_SECRET_ARN=1\nODD=1\n", "\n[secrets.ODD]\narn_var = \"ODD_SECRET_ARN\"\n");
    }

    #[test]
    fn the_starter_is_a_manifest() {
        let starter = Manifest::parse("secrets.toml".as_ref(), STARTER).expect("a manifest");
        assert_eq!(starter.names().collect::<Vec<_>>(), ["OPENAI_API_KEY"]);
    }
}
