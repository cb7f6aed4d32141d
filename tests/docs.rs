//! The documents, held to what the program does: their commands run and print what they say, their options, exit codes
//! and variables are those of the program, their links lead somewhere.
//!
//! How a fenced block is read, by its info string:
//!
//! | block | what becomes of it |
//! |---|---|
//! | `sh` | run; it must end with 0, and a `text` block right below is what it prints |
//! | `console` | each command after `$ ` is run, and prints the lines below it; `…` stands for any text |
//! | `toml secrets.toml`, `dotenv .env` and the like | written to the file that it names |
//! | `sh no-run`, and all others | left alone |
//!
//! The blocks of a document run in a folder and an account of their own, in their order. docs/manifest.md is tested
//! beside the parser, the Rust of README.md and docs/library.md as doctests of the crate `hydrant`.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hydrant_emulator::{Emulator, Operation, ParameterType};
use support::Sandbox;

const REGION: &str = "us-east-1";
const EXIT_CODES: &str = include_str!("../crates/cli/src/exit.rs");

#[test]
fn commands_do_what_the_documents_say() {
    let mut failures = Vec::new();
    let mut run = 0;
    for document in documents() {
        let account = Account::new();
        let blocks = blocks(&document.text);
        for (index, block) in blocks.iter().enumerate() {
            let mut info = block.info.split(' ');
            let steps = match (info.next(), info.next()) {
                (Some("sh"), None) => vec![whole(block, blocks.get(index + 1))],
                (Some("console"), _) => commands(block),
                (Some("toml" | "dotenv"), Some(file)) => {
                    account.sandbox.file(file, &block.body);
                    continue;
                }
                _ => continue,
            };
            run += steps.len();
            for (step, printed) in steps.iter().zip(account.run(&steps)) {
                let (status, text) = printed;
                let as_said = step.expected.as_ref().is_none_or(|expected| is_like(expected, &text));
                if !as_said || (block.info == "sh" && status != 0) {
                    let place = format!("{}:{}", document.path.display(), block.line);
                    failures.push(format!("{place}: {}\n(exit code {status}) {text}", step.command));
                }
            }
        }
    }
    assert!(failures.is_empty(), "not what the document says:\n\n{}", failures.join("\n"));
    assert!(run > 20, "only {run} commands were found");
}

#[test]
fn options_are_documented_and_documented_options_exist() {
    let cli = document("docs/cli.md");
    let mut known = BTreeSet::new();
    for command in [None].into_iter().chain(subcommands().iter().map(|name| Some(name.as_str()))) {
        for option in long_options(&help(command)) {
            assert!(cli.text.contains(&format!("`{option}")), "{option} of {command:?} is not in docs/cli.md");
            known.insert(option);
        }
    }
    for name in subcommands() {
        assert!(cli.text.contains(&format!("\n## {name}\n")), "docs/cli.md has no part about {name}");
    }
    for document in documents() {
        for option in documented_options(&document.text) {
            assert!(known.contains(&option), "{}: there is no option {option}", document.path.display());
        }
    }
}

#[test]
fn exit_codes_are_those_of_the_program() {
    let mut expected = Vec::new();
    let mut meaning = "";
    for line in EXIT_CODES.lines() {
        if let Some(text) = line.strip_prefix("/// ") {
            meaning = text;
        } else if let Some(constant) = line.strip_prefix("pub(crate) const ") {
            let code = constant.rsplit(' ').next().unwrap_or_default().trim_end_matches(';');
            expected.push(format!("| {code} | {meaning} |"));
        }
    }
    assert!(expected.len() > 10, "no constants in exit.rs");
    let text = document("docs/cli.md").text;
    let rows = part(&text, "## Exit codes").lines().filter(|line| line.starts_with("| "));
    let codes: Vec<&str> = rows.filter(|row| row[2..].starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(codes, expected);
}

#[test]
fn variables_of_hydrant_are_documented() {
    let mut names = BTreeSet::new();
    for source in files_below(&root().join("crates"), "rs") {
        let text = fs::read_to_string(&source).expect("a source file");
        for rest in text.split("\"HYDRANT_").skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
            names.insert(format!("HYDRANT_{}", &rest[..end]));
        }
    }
    let text = document("docs/cli.md").text;
    let told = part(&text, "## Variables");
    // A name that ends in `_` is the beginning of several; the end of a text in `export --format github` is no variable.
    names.retain(|name| !name.starts_with("HYDRANT_TEST_") && name != "HYDRANT_END_");
    for name in &names {
        assert!(told.contains(name.as_str()), "{name} is not in docs/cli.md");
    }
    assert!(names.len() > 4, "only {names:?}");
}

#[test]
fn links_lead_somewhere() {
    for document in documents() {
        for target in links(&document.text).iter().filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => root().join(&document.path),
                file => root().join(&document.path).with_file_name("").join(file),
            };
            let found = format!("{}: the link {target}", document.path.display());
            assert!(path.exists(), "{found} names no file");
            if !anchor.is_empty() {
                let text = fs::read_to_string(&path).expect("a document");
                assert!(headings(&text).any(|heading| heading == anchor), "{found} names no heading");
            }
        }
    }
}

/// A document, named from the root of the repository.
struct Document {
    path: PathBuf,
    text: String,
}

/// A fenced block.
struct Block {
    info: String,
    body: String,
    line: usize,
}

/// What a reader types, and what is said to come back.
struct Step {
    command: String,
    expected: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn document(path: &str) -> Document {
    let text = fs::read_to_string(root().join(path)).expect("a document");
    Document { path: path.into(), text }
}

fn documents() -> Vec<Document> {
    let guides = files_below(&root().join("docs"), "md");
    let guides = guides.iter().filter_map(|path| path.strip_prefix(root()).ok()?.to_str());
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].into_iter().chain(guides).map(document).collect()
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            files.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The text from a heading to the next one of its level.
fn part<'a>(text: &'a str, heading: &str) -> &'a str {
    let begin = text.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no part {heading}"));
    let rest = &text[begin + 1..];
    &rest[..rest[1..].find("\n## ").map_or(rest.len(), |end| end + 1)]
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(info), None) => open = Some(Block { info: info.to_owned(), body: String::new(), line: index + 1 }),
            (None, Some(mut block)) => {
                block.body += line;
                block.body.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block is not closed");
    blocks
}

/// A block of shell as one step.
fn whole(block: &Block, next: Option<&Block>) -> Step {
    let expected = next.filter(|next| next.info == "text").map(|next| next.body.clone());
    Step { command: format!("set -e\n{}", block.body), expected }
}

/// The commands of a console, each with the lines below it.
fn commands(block: &Block) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut goes_on = false;
    for line in block.body.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.to_owned(), expected: Some(String::new()) }),
            (None, Some(step)) if goes_on => step.command = format!("{}\n{line}", step.command),
            (None, Some(Step { expected: Some(expected), .. })) => *expected = format!("{expected}{line}\n"),
            (None, _) => panic!("line {}: a console begins with `$ `", block.line),
        }
        goes_on = line.ends_with('\\');
    }
    steps
}

/// Whether a text is the expected one: `…` stands for any text of a line, or for any lines if it stands alone.
fn is_like(expected: &str, text: &str) -> bool {
    let (expected, text) = (without_suffixes(expected), without_suffixes(text));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    lines_are_like(&lines(&expected), &lines(&text))
}

fn lines_are_like(expected: &[String], lines: &[String]) -> bool {
    match (expected.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "…" => {
            (0..=lines.len()).any(|skip| lines_are_like(rest, &lines[skip..]))
        }
        (Some((first, rest)), Some((line, others))) => line_is_like(first, line) && lines_are_like(rest, others),
        _ => false,
    }
}

fn line_is_like(expected: &str, line: &str) -> bool {
    let Some((begin, mut rest)) = expected.split_once('…') else { return expected == line };
    let Some(mut line) = line.strip_prefix(begin) else { return false };
    while let Some((middle, after)) = rest.split_once('…') {
        let Some((_, left)) = line.split_once(middle) else { return false };
        (line, rest) = (left, after);
    }
    line.ends_with(rest)
}

/// The random ends of secrets' ARNs made equal.
fn without_suffixes(text: &str) -> String {
    let mut parts = text.split(":secret:");
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && !"/_+=.@-".contains(c)).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let name = name.rsplit_once('-').filter(|(_, random)| random.len() == 6).map_or(name, |(name, _)| name);
        done += &format!(":secret:{name}-??????{rest}");
    }
    done
}

/// What the reader of a document has: a folder, an account with some secrets, and `hydrant`.
struct Account {
    sandbox: Sandbox,
    _emulator: Emulator,
}

impl Account {
    fn new() -> Self {
        let emulator = emulator().expect("an emulator");
        let sandbox = Sandbox::empty().with(&emulator);
        let bin = sandbox.path().join("bin");
        fs::create_dir(&bin).expect("a folder for the programs");
        symlink(env!("CARGO_BIN_EXE_hydrant"), bin.join("hydrant")).expect("a link to the program");
        // What `cargo run` is to a reader, without the build.
        let cargo = "#!/bin/sh\n[ \"$1 $2 $3\" = 'run --release --' ] || exit 101\nshift 3\nexec hydrant \"$@\"\n";
        let cargo = sandbox.file("bin/cargo", cargo);
        fs::set_permissions(cargo, fs::Permissions::from_mode(0o755)).expect("a program");
        let example = root().join("secrets.toml.example");
        fs::copy(example, sandbox.path().join("secrets.toml.example")).expect("the example manifest");
        let mut path = bin.into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        Account { sandbox: sandbox.env("PATH", path), _emulator: emulator }
    }

    /// Runs the steps in one shell, and gives the exit code and the output of each.
    fn run(&self, steps: &[Step]) -> Vec<(i32, String)> {
        let mut script = "exec 2>&1\n".to_owned();
        for step in steps {
            // The exit code of the command before is handed on to `echo $?`.
            script += &format!("(exit $last)\n{}\nlast=$?; printf '\\035%s\\036' $last\n", step.command);
        }
        let hydrant = self.sandbox.command::<&str>([]);
        let variables = hydrant.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(self.sandbox.path()).stdin(Stdio::null()).env_clear().envs(variables);
        let output = shell.output().expect("sh starts");
        let text = String::from_utf8(output.stdout).expect("UTF-8 output");
        let ended = text.split_terminator('\u{1e}').map(|step| match step.rsplit_once('\u{1d}') {
            Some((text, code)) => (code.parse().expect("an exit code"), text.to_owned()),
            None => (output.status.code().unwrap_or(-1), step.to_owned()),
        });
        ended.collect()
    }
}

/// The account that docs/cli.md speaks of.
fn emulator() -> Result<Emulator, hydrant_emulator::Error> {
    let emulator = Emulator::start()?;
    let arn = |name: &str| format!("arn:aws:secretsmanager:{REGION}:123456789012:secret:{name}-AbCdEf");
    let openai = emulator.create_secret_with_arn(&arn("demo/llm/openai-api-key"), Some("sk-demo-1"))?;
    emulator.put_parameter(REGION, "/demo/llm/openai-api-key-secret-arn", &openai, ParameterType::String)?;
    emulator
        .create_secret_with_arn(&arn("demo/mcp"), Some(r#"{"MCP_CLIENT_ID":"demo","MCP_CLIENT_SECRET":"s3cret"}"#))?;
    emulator.create_secret_with_arn(&arn("demo/empty"), None)?;
    let denied = emulator.create_secret_with_arn(&arn("demo/denied"), Some("hidden"))?;
    for operation in [Operation::GetSecretValue, Operation::BatchGetSecretValue] {
        emulator.deny_item(operation, &denied);
    }
    Ok(emulator)
}

fn help(command: Option<&str>) -> String {
    let ran = Sandbox::empty().run(command.into_iter().chain(["--help"]));
    assert_eq!(ran.code, Some(0));
    ran.stdout
}

fn subcommands() -> Vec<String> {
    let help = help(None);
    let (_, rest) = help.split_once("Commands:\n").expect("commands");
    let (list, _) = rest.split_once("\n\n").expect("an end of the commands");
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

/// The long options that a help text lists.
fn long_options(help: &str) -> BTreeSet<String> {
    let listed = help.lines().map(str::trim).filter(|line| line.starts_with('-'));
    listed.filter_map(|line| line.split_whitespace().find_map(long_option)).collect()
}

/// The option of a word such as `--var=x` or `[--only`.
fn long_option(word: &str) -> Option<String> {
    let name = word.trim_start_matches('[').strip_prefix("--")?;
    let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(name.len());
    name.starts_with(|c: char| c.is_ascii_lowercase()).then(|| format!("--{}", &name[..end]))
}

/// What a document says are options of hydrant: spans of code that begin with one, and the arguments of commands.
fn documented_options(text: &str) -> BTreeSet<String> {
    let mut options = BTreeSet::new();
    for (index, block) in text.split("```").enumerate() {
        if index % 2 == 0 {
            let spans = block.split('`').skip(1).step_by(2);
            options.extend(spans.filter_map(long_option));
            continue;
        }
        for (_, arguments) in block.lines().filter_map(|line| line.split_once("hydrant ")) {
            let own = arguments.split_whitespace().take_while(|word| !["--", "&&", "|", ";", "#"].contains(word));
            options.extend(own.filter_map(long_option));
        }
    }
    options
}

/// The targets of the links outside of fenced blocks and spans of code.
fn links(text: &str) -> Vec<String> {
    let prose = text.split("```").step_by(2).collect::<Vec<_>>().concat();
    let prose = prose.split('`').step_by(2).collect::<Vec<_>>().join("x");
    prose.split("](").skip(1).filter_map(|rest| rest.split(')').next().map(str::to_owned)).collect()
}

/// The anchors of the headings, as GitHub makes them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let prose = text.split("\n```").step_by(2);
    let lines = prose.flat_map(str::lines).filter(|line| line.starts_with('#'));
    lines.map(|line| {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}
