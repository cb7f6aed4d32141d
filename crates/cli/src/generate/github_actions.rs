//! `github-actions`: a workflow whose job takes a role by OpenID Connect and hydrates the
//! environment of its steps.
//!
//! Actions are pinned to their major versions. See
//! <https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws>
//! and <https://github.com/aws-actions/configure-aws-credentials>.

use std::fmt::Write as _;

use super::destination::Destination;
use super::start::start;
use super::yaml::quoted;
use super::{Input, Made, shell_word};
use crate::commands::policy::region;
use crate::failure::Failure;

const FILE: &str = ".github/workflows/hydrant.yml";

/// A workflow of GitHub Actions that takes a role and hydrates the environment of its steps
///
/// The job takes the role by OpenID Connect, so that no key of AWS is stored with GitHub, and
/// hydrant export masks every value in the log before it hands it to the steps that follow.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate github-actions --role arn:aws:iam::123456789012:role/ci --out .github/workflows/hydrant.yml -- npm test
  hydrant --only NPM_TOKEN generate github-actions --role ROLE --source demo/hydrant@v1 -- npm publish
  hydrant generate github-actions --role ROLE --check .github/workflows/hydrant.yml -- npm test    is it up to date?")]
pub(crate) struct Args {
    /// The ARN of the role that the job takes
    #[arg(long, value_name = "ARN", value_parser = role)]
    role: String,
    /// The repository that hydrant is built from on the runner, at a tag, a branch or a commit;
    /// else the runner has it in its PATH
    #[arg(long, value_name = "OWNER/NAME@REF", value_parser = source)]
    source: Option<Source>,
    /// The region; else AWS_REGION, AWS_DEFAULT_REGION, settings.region or an ARN of the manifest
    /// says
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    #[command(flatten)]
    pub(crate) destination: Destination,
    /// A command for the step that follows, which sees the variables
    #[arg(value_name = "CMD", last = true)]
    pub(crate) command: Vec<String>,
}

/// A repository of GitHub at some point.
#[derive(Clone, Debug)]
struct Source {
    repository: String,
    at: String,
}

pub(crate) fn generate(input: &Input, args: &Args) -> super::Result {
    let region = input.region(args.region.as_deref())?;
    // The action asks for one even where every reference has its own.
    let some = input.deployed.some_region().filter(|_| region.is_empty());
    let region = some.map_or(region, str::to_owned);
    if region.is_empty() {
        return Err(Failure::usage("the region is not known: give it with --region"));
    }
    let mut start = start(input, &region)?;
    // The action sets it for the steps that follow.
    start.environment.remove("AWS_REGION");
    let mut target = vec!["github-actions", "--role", &args.role];
    let source = args.source.as_ref().map(|Source { repository, at }| format!("{repository}@{at}"));
    target.extend(source.iter().flat_map(|source| ["--source", source]));
    target.extend(input.region_words(&region));
    let mut text = input.header_with("#", &target, FILE, &args.command);
    text.push_str(HEAD);
    match &args.source {
        Some(source) => build(&mut text, source),
        None => text.push_str("      # hydrant is in the PATH of the runner.\n"),
    }
    // Writing to a String does not fail.
    _ = write!(
        text,
        "      - name: Take the role\n        uses: aws-actions/configure-aws-credentials@v6\n        with:\n          \
         role-to-assume: {}\n          aws-region: {}\n",
        quoted(&args.role),
        quoted(&region)
    );
    // `hydrant … run --`, with the other command in its place.
    let mut words: Vec<String> =
        start.command.iter().take(start.command.len() - 2).map(|word| shell_word(word)).collect();
    words.push("export --format github".to_owned());
    _ = writeln!(
        text,
        "      - name: Hydrate the environment of the steps below\n        run: {}",
        quoted(&words.join(" "))
    );
    if !start.environment.is_empty() {
        text.push_str("        env:\n");
    }
    for (name, value) in &start.environment {
        _ = writeln!(text, "          {name}: {}", quoted(value));
    }
    if !args.command.is_empty() {
        let command =
            args.command.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
        _ = writeln!(text, "      - name: Run\n        run: {}", quoted(&command));
    }
    Ok(Made { text, notices: start.notices, warnings: Vec::new() })
}

const HEAD: &str = "
name: hydrant
on:
  workflow_dispatch:
permissions:
  contents: read
  # For the token that the role is taken with.
  id-token: write
jobs:
  hydrant:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
";

/// Builds hydrant once for each commit of it that is named.
fn build(text: &mut String, Source { repository, at }: &Source) {
    // Writing to a String does not fail.
    _ = write!(
        text,
        "      - uses: actions/checkout@v7
        with:
          repository: {}
          ref: {}
          path: .hydrant
          persist-credentials: false
      - id: hydrant
        run: echo \"commit=$(git -C .hydrant rev-parse HEAD)\" >> \"$GITHUB_OUTPUT\"
      - id: built
        uses: actions/cache@v6
        with:
          path: ~/.hydrant
          key: hydrant-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-${{{{ steps.hydrant.outputs.commit }}}}
      - if: steps.built.outputs.cache-hit != 'true'
        run: cargo install --locked --path .hydrant/crates/cli --root ~/.hydrant --no-default-features
      - run: echo ~/.hydrant/bin >> \"$GITHUB_PATH\"
",
        quoted(repository),
        quoted(at)
    );
}

fn role(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let plain =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+=,.@-".contains(&b));
    let is_one = match parts[..] {
        ["arn", partition, "iam", "", id, who] => {
            partition.starts_with("aws")
                && plain(partition)
                && crate::commands::policy::account(id).is_ok()
                && who.strip_prefix("role/").is_some_and(|name| !name.is_empty() && plain(name))
        }
        _ => false,
    };
    is_one.then(|| text.to_owned()).ok_or_else(|| "the ARN of a role".to_owned())
}

fn source(text: &str) -> Result<Source, String> {
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
    };
    let path = |text: &str| text.split('/').all(plain);
    match text.split_once('@') {
        Some((repository, at))
            if repository.split('/').count() == 2 && path(repository) && path(at) =>
        {
            Ok(Source { repository: repository.to_owned(), at: at.to_owned() })
        }
        _ => Err("a repository of GitHub and a point in it, as in demo/hydrant@v1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles() {
        for right in
            ["arn:aws:iam::123456789012:role/ci", "arn:aws-cn:iam::123456789012:role/path/to/ci"]
        {
            assert_eq!(role(right), Ok(right.to_owned()));
        }
        for wrong in [
            "",
            "ci",
            "arn:aws:iam::123456789012:user/ci",
            "arn:aws:iam::1:role/ci",
            "arn:aws:iam::123456789012:role/",
        ] {
            assert!(role(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sources() {
        for right in ["demo/hydrant@v1", "demo/hydrant@release/1.0", "demo/hydrant@0123abc"] {
            let Source { repository, at } = source(right).unwrap();
            assert_eq!(format!("{repository}@{at}"), right);
        }
        for wrong in [
            "demo/hydrant",
            "hydrant@v1",
            "a/b/c@v1",
            "demo/hydrant@",
            "demo/${{ x }}@v1",
            "demo/hydrant@a//b",
        ] {
            assert!(source(wrong).is_err(), "{wrong}");
        }
    }
}
