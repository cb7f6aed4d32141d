//! The names in documents: options, exit codes, variables, files. Each one exists, and none is
//! missing.

use std::collections::BTreeSet;
use std::fs;

use crate::docs::markdown::{blocks, part};
use crate::docs::{document, documents, files_below, root};
use crate::support::Sandbox;

const EXIT_CODES: &str = include_str!("../../crates/cli/src/failure/exit.rs");

#[test]
fn options_are_documented_and_documented_options_exist() {
    let cli = document("docs/cli.md");
    let mut known = BTreeSet::new();
    let targets: Vec<_> = subcommands(&["generate"])
        .into_iter()
        .map(|target| vec!["generate".to_owned(), target])
        .collect();
    let commands = subcommands(&[]).into_iter().map(|command| vec![command]);
    for command in [Vec::new()].into_iter().chain(commands).chain(targets) {
        for option in long_options(&help(&command)) {
            assert!(
                cli.text.contains(&format!("`{option}")),
                "{option} of {command:?} is not in docs/cli.md"
            );
            known.insert(option);
        }
    }
    for name in subcommands(&[]) {
        assert!(
            cli.text.contains(&format!("\n## {name}\n")),
            "docs/cli.md has no part about {name}"
        );
    }
    for name in subcommands(&["generate"]) {
        assert!(
            cli.text.contains(&format!("\n### generate {name}\n")),
            "docs/cli.md has no part about generate {name}"
        );
    }
    for document in documents() {
        for option in documented_options(&document.text) {
            assert!(
                known.contains(&option),
                "{}: there is no option {option}",
                document.path.display()
            );
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
    let codes: Vec<&str> =
        rows.filter(|row| row[2..].starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(codes, expected);
}

#[test]
fn fields_of_json_are_documented() {
    let text = document("docs/cli.md").text;
    let writes = ["put", "import", "status", "history", "rollback", "delete", "restore", "rotate"];
    let commands = ["check", "plan", "init", "add", "catalogue", "doctor"].iter().chain(&writes);
    let headings =
        commands.map(|command| format!("## {command}")).chain(["## Messages and logs".to_owned()]);
    for heading in headings {
        let part = part(&text, &heading);
        let printed: String = blocks(part)
            .into_iter()
            .filter(|block| block.info == "console")
            .map(|block| block.body)
            .collect();
        let fields: BTreeSet<&str> =
            printed.split("\":").filter_map(|before| before.rsplit('"').next()).collect();
        let fields = fields
            .into_iter()
            .filter(|field| field.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        let untold: Vec<_> = fields.filter(|field| !part.contains(&format!("`{field}`"))).collect();
        assert!(untold.is_empty(), "not told under {heading}: {untold:?}");
    }
}

#[test]
fn variables_of_hydrant_are_documented() {
    let mut names = BTreeSet::new();
    let sources = files_below(&root().join("crates"), "rs");
    for source in sources.iter().filter(|path| !path.iter().any(|folder| folder == "tests")) {
        let text = fs::read_to_string(source).expect("a source file");
        for rest in text.split("\"HYDRANT_").skip(1) {
            let end =
                rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
            names.insert(format!("HYDRANT_{}", &rest[..end]));
        }
    }
    let text = document("docs/cli.md").text;
    let told = part(&text, "## Variables");
    // A name that ends in `_` is the beginning of several names. The end mark of a text in
    // `export --format github` is not a variable.
    names.retain(|name| !name.starts_with("HYDRANT_TEST_") && name != "HYDRANT_END_");
    for name in &names {
        assert!(told.contains(name.as_str()), "{name} is not in docs/cli.md");
    }
    assert!(names.len() > 4, "only {names:?}");
}

#[test]
fn the_readme_names_the_version_of_rust() {
    let version = concat!("Rust (", env!("CARGO_PKG_RUST_VERSION"), " or later)");
    assert!(document("README.md").text.contains(version), "README.md does not say {version}");
}

#[test]
fn the_map_has_every_file_and_no_other() {
    let text = document("docs/architecture.md").text;
    for folder in ["core", "ssm", "hydrant", "deploy", "catalogue", "cli", "emulator"] {
        let heading = format!("\n### crates/{folder}\n");
        let (_, rest) = text.split_once(&heading).expect("a part of the map");
        let map = &blocks(rest.split("\n##").next().unwrap_or_default())[0].body;
        let told: BTreeSet<String> = map
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .map(str::to_owned)
            .collect();
        let sources = root().join("crates").join(folder).join("src");
        let files = files_below(&sources, "rs");
        let files = files.iter().filter_map(|path| path.strip_prefix(&sources).ok()?.to_str());
        let files: BTreeSet<String> =
            files.filter(|path| !path.contains("tests")).map(str::to_owned).collect();
        let untold: Vec<_> = files.difference(&told).collect();
        let gone: Vec<_> = told.difference(&files).collect();
        assert!(
            untold.is_empty() && gone.is_empty(),
            "the map of crates/{folder}: not in it {untold:?}, gone {gone:?}"
        );
    }
}

/// Each path in the table of questions, and each step of the walk, is a file.
#[test]
fn where_to_look_is_where_files_are() {
    let text = document("docs/architecture.md").text;
    let (_, rest) = text.split_once("\n## Where to look\n").expect("the table");
    let table = rest.split("\n## ").next().unwrap_or_default();
    let right = table.lines().filter_map(|line| line.rsplit("| ").next()?.strip_suffix(" |"));
    let right: Vec<&str> = right.filter(|path| path.starts_with('`')).collect();
    assert_eq!(right.len(), 20, "{right:?}");
    let (_, walk) = text.split_once("\nThe files in that order.").expect("the walk");
    let walk = walk.split("\n\n").nth(1).unwrap_or_default().split(['→', ' ', '\n']);
    let steps: Vec<&str> = walk.filter(|step| step.starts_with('`')).collect();
    assert!(steps.len() > 20, "{steps:?}");
    for path in right.into_iter().chain(steps) {
        let path = path.trim_matches(['`', '.']);
        let (folder, file) = path.split_once('/').expect("a crate and a file");
        let path = root().join("crates").join(folder).join("src").join(file);
        assert!(path.is_file(), "there is no {}", path.display());
    }
}

/// An invariant of docs/architecture.md about core that no lint checks.
#[test]
fn core_leaves_the_process_alone() {
    for folder in ["core", "ssm"] {
        for source in files_below(&root().join("crates").join(folder).join("src"), "rs") {
            let text = fs::read_to_string(&source).expect("a source file");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code.filter(|line| {
                ["env::", "process::exit"].iter().any(|word| line.contains(&format!("std::{word}")))
            }) {
                let is_apply = source.ends_with("apply.rs") && line.contains("std::env::set_var");
                assert!(is_apply, "{}: {line}", source.display());
            }
        }
    }
}

/// An invariant of docs/architecture.md about the pure crates.
#[test]
fn pure_crates_touch_nothing() {
    for folder in ["catalogue", "deploy"] {
        for source in files_below(&root().join("crates").join(folder).join("src"), "rs") {
            let text = fs::read_to_string(&source).expect("a source file");
            for line in text.lines() {
                let is_impure = [
                    "env::",
                    "fs::",
                    "process::",
                    "net::",
                    "io::",
                    "time::Instant",
                    "time::SystemTime",
                ]
                .iter()
                .any(|module| line.contains(&format!("std::{module}")));
                assert!(!is_impure, "{}: {line}", source.display());
            }
        }
    }
}

/// A library has no command line: the command line's `hints` name options and commands.
#[test]
fn the_libraries_name_no_option_and_no_command() {
    let mut commands = subcommands(&[]);
    commands.retain(|command| command != "help");
    let named = |text: &str| {
        let words = text.split([' ', '`', '(', ')', ':', ';', ',', '"']);
        let mut words = words.filter(|word| !word.is_empty()).peekable();
        let mut found = Vec::new();
        while let Some(word) = words.next() {
            let is_option = word
                .strip_prefix("--")
                .is_some_and(|name| name.starts_with(|first: char| first.is_ascii_lowercase()));
            let next = words.peek().copied().unwrap_or_default();
            if is_option || (word == "hydrant" && commands.iter().any(|known| known == next)) {
                found.push(word.to_owned());
            }
        }
        found
    };
    assert_eq!(named("use https, or --allow-http HOST; see `hydrant put KEY`").len(), 2);
    let mut wrong = Vec::new();
    for folder in ["catalogue", "core", "deploy", "hydrant", "ssm"] {
        for source in files_below(&root().join("crates").join(folder).join("src"), "rs") {
            // The arguments of programs other than hydrant.
            if source.ends_with("reserved/runs.rs") || source.ends_with("tests.rs") {
                continue;
            }
            let text = fs::read_to_string(&source).expect("a source file");
            let tests = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub(crate) mod tests {"];
            let code = tests.iter().fold(&*text, |code, tests| code.split(tests).next().unwrap());
            for literal in string_literals(code) {
                // The words of the command that regenerates a file, and the text of a file.
                let is_generated =
                    folder == "deploy" && (!literal.contains(' ') || literal.contains('\n'));
                if !is_generated && !named(&literal).is_empty() {
                    wrong.push(format!("{}: {literal:?}", source.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The string literals of a source file, without comments.
fn string_literals(code: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut literal: Option<String> = None;
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        match (&mut literal, c) {
            (None, '/') if chars.peek() == Some(&'/') => {
                chars.by_ref().find(|c| *c == '\n');
            }
            // A quote as a character literal does not start a string.
            (None, '\'') if chars.peek() == Some(&'"') => {
                chars.next();
            }
            (None, '"') => literal = Some(String::new()),
            (None, _) => {}
            (Some(text), '\\') => text.extend(chars.next().filter(|c| *c != '\n')),
            (Some(_), '"') => literals.extend(literal.take()),
            (Some(text), c) => text.push(c),
        }
    }
    assert_eq!(literal, None, "a text without an end");
    literals
}

/// A path may be a pasted key: `shown::path` turns it into text. Other conversions of bytes are not
/// paths, or go into no message.
#[test]
fn paths_become_texts_in_one_place() {
    const OTHERS: [&str; 14] = [
        "cli/src/child/mod.rs",
        "cli/src/child/limits.rs",
        "cli/src/commands/doctor.rs",
        "cli/src/child/supervise.rs",
        "cli/src/commands/generate/destination.rs",
        "cli/src/commands/generate/mod.rs",
        "cli/src/commands/run.rs",
        "cli/src/doctor/env_file.rs",
        "core/src/aws/proxy.rs",
        "core/src/plan.rs",
        "core/src/shown/path.rs",
        "deploy/src/generate/start.rs",
        "hydrant/src/audit/who.rs",
        "hydrant/src/environment.rs",
    ];
    for folder in ["catalogue", "cli", "core", "deploy", "hydrant", "ssm"] {
        for source in files_below(&root().join("crates").join(folder).join("src"), "rs") {
            let text = fs::read_to_string(&source).expect("a source file");
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let is_other = OTHERS.iter().any(|other| source.ends_with(other));
            let calls: &[&str] =
                if is_other { &[".display()"] } else { &[".display()", "to_string_lossy()"] };
            if !source.ends_with("tests.rs") {
                let found = code.lines().find(|line| calls.iter().any(|call| line.contains(call)));
                assert_eq!(found, None, "{}: use shown::path", source.display());
            }
        }
    }
}

fn help<A: AsRef<str>>(command: &[A]) -> String {
    let ran = Sandbox::empty().run(command.iter().map(AsRef::as_ref).chain(["--help"]));
    assert_eq!(ran.code, Some(0));
    ran.stdout
}

/// The subcommands of a command, or of hydrant itself for none.
fn subcommands(command: &[&str]) -> Vec<String> {
    let help = help(command);
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

/// The options of hydrant that a document names: code spans that begin with one, and the arguments
/// of commands.
fn documented_options(text: &str) -> BTreeSet<String> {
    let mut options = BTreeSet::new();
    for (index, block) in text.split("```").enumerate() {
        if index % 2 == 0 {
            let spans = block.split('`').skip(1).step_by(2);
            options.extend(spans.filter_map(long_option));
            continue;
        }
        for (_, arguments) in block.lines().filter_map(|line| line.split_once("hydrant ")) {
            let own = arguments
                .split_whitespace()
                .take_while(|word| !["--", "&&", "|", ";", "#"].contains(word));
            options.extend(own.filter_map(long_option));
        }
    }
    options
}
