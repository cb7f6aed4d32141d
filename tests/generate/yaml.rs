//! Texts and names in generated YAML, whatever they look like: as they are written, and as PyYAML
//! reads them back, which knows YAML 1.1.

use serde_json::{Value, json};

use crate::docs::{files_below, root};
use crate::generate::common::text;
use crate::generate::tools::{is_pretty, printed, python};
use crate::support::Sandbox;

const MANIFEST: &str =
    "version = 1\n[settings]\nregion = \"us-east-1\"\n[secrets.A]\nsecret_id = \"a\"\n";

/// Texts, and how they are written.
const TEXTS: &[(&str, &str)] = &[
    ("", r#""""#),
    ("plain", r#""plain""#),
    // What some version of YAML reads as another type.
    ("null", r#""null""#),
    ("~", r#""~""#),
    ("true", r#""true""#),
    ("No", r#""No""#),
    ("1", r#""1""#),
    ("-1", r#""-1""#),
    ("0x1f", r#""0x1f""#),
    ("0o7", r#""0o7""#),
    ("1_000", r#""1_000""#),
    ("1e3", r#""1e3""#),
    (".inf", r#"".inf""#),
    ("12:30:45", r#""12:30:45""#),
    ("2010-09-09", r#""2010-09-09""#),
    ("=", r#""=""#),
    ("<<", r#""<<""#),
    // What begins something other than a text.
    ("- a", r#""- a""#),
    ("? a", r#""? a""#),
    ("#a", r##""#a""##),
    ("&a", r#""&a""#),
    ("*a", r#""*a""#),
    ("!Ref a", r#""!Ref a""#),
    ("|", r#""|""#),
    (">", r#"">""#),
    ("%a", r#""%a""#),
    ("@a", r#""@a""#),
    ("`a", r#""`a""#),
    ("{a}", r#""{a}""#),
    ("[a]", r#""[a]""#),
    ("--- a", r#""--- a""#),
    // What ends a text, or is lost at its ends.
    ("a: b", r#""a: b""#),
    ("a:", r#""a:""#),
    ("a #b", r##""a #b""##),
    (" a ", r#"" a ""#),
    // Quotes and escapes.
    ("it's", r#""it's""#),
    ("say \"it's\"", r#"'say "it''s"'"#),
    ("a\\b", r#""a\\b""#),
    ("a\\\"b", r#"'a\"b'"#),
    ("\"a\"\nb\t", r#""\"a\"\nb\t""#),
    ("a\r\n\u{7}\u{85}\u{2028}\u{feff}", r#""a\u000D\n\u0007\u0085\u2028\uFEFF""#),
    // What a CI runner takes for a command.
    ("##[error]x \"##vso[y]\"", r##""#\u0023[error]x \"#\u0023vso[y]\"""##),
    // Beyond ASCII.
    ("ключ 🔑", r#""ключ 🔑""#),
];

fn loaded(yaml: &str) -> Value {
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.argv[1])))";
    serde_json::from_str(&printed(python().args(["-c", script, yaml]))).expect("JSON")
}

#[test]
fn every_text_is_read_back() {
    let sandbox = Sandbox::new(MANIFEST);
    let texts = TEXTS.iter().map(|(held, _)| *held);
    let words = ["kubernetes", "--run", "--", "server"].into_iter().chain(texts.clone());
    let container = text(&sandbox, &words.collect::<Vec<_>>());
    is_pretty(&sandbox.file("container.yaml", &container));
    let lines: Vec<_> =
        container.lines().skip_while(|line| *line != "  - \"server\"").skip(1).collect();
    for ((held, written), line) in TEXTS.iter().zip(&lines) {
        assert_eq!(*line, format!("  - {written}"), "{held:?}");
    }
    let expected: Vec<_> = ["server"].into_iter().chain(texts).collect();
    assert_eq!(loaded(&container)["args"], json!(expected));
}

/// Names of Kubernetes that are written without quotes, and those that YAML reads as another type.
#[test]
fn every_name_is_read_back() {
    let without = ["hydrant", "nullable", "on-call", "1password", "0-k"];
    let quoted = ["null", "true", "no", "on", "y", "0", "0x1f", "0o7", "1e3", "2010-09-09"];
    let sandbox = Sandbox::new(MANIFEST);
    for name in without.into_iter().chain(quoted) {
        let made = text(&sandbox, &["kubernetes", "--name", name]);
        let lines = made.lines().skip_while(|line| !line.ends_with(" envFrom:"));
        let lines = lines.map_while(|line| line.strip_prefix("#     "));
        let container = lines.collect::<Vec<_>>().join("\n");
        let written = if quoted.contains(&name) { format!("\"{name}\"") } else { name.to_owned() };
        assert!(container.ends_with(&format!(" name: {written}")), "{container}");
        let expected = json!({ "envFrom": [{ "secretRef": { "name": name } }] });
        assert_eq!(loaded(&container), expected, "{container}");
    }
}

/// Indentation is the work of the files that print a tree. No other target counts spaces.
#[test]
fn no_target_counts_spaces() {
    const PRINTERS: [&str; 4] = ["comment.rs", "hcl.rs", "typescript.rs", "yaml"];
    let folder = root().join("crates/deploy/src/generate");
    let sources = files_below(&folder, "rs");
    assert!(sources.len() > 20, "{sources:?}");
    for source in sources {
        let own = source.strip_prefix(&folder).expect("a file of the folder");
        if PRINTERS.iter().any(|printer| own.starts_with(printer)) || own.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&source).expect("a source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let counts = line.contains("\"  ") || line.contains("\\n  ");
            assert!(!counts, "{}: {line}", own.display());
        }
    }
}
