//! `hydrant catalogue`: the providers, one of them, and the user's own files.

use serde_json::Value;

use crate::support::Sandbox;

#[test]
fn all_of_them_in_a_table() {
    let ran = Sandbox::empty().run(["catalogue"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 22);
    let cells: Vec<&str> =
        lines[0].split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(
        cells,
        ["openai", "OPENAI_API_KEY", "language models", "https://platform.openai.com/api-keys"]
    );
    let livekit = lines.iter().find(|line| line.contains("livekit")).expect("a line");
    assert!(livekit.contains("LIVEKIT_API_KEY, LIVEKIT_API_SECRET"), "{livekit}");
}

#[test]
fn one_of_them_in_full() {
    Sandbox::empty().run(["catalogue", "GROK_API_KEY", "xai"]).prints(
        "XAI_API_KEY
  description  xAI API key, for the Grok models
  provider     xAI (xai), language models
  console      https://console.x.ai
  also called  GROK_API_KEY
  secret       xai_api_key
  key format   xai-[A-Za-z0-9_-]{64,}
  format from  observed: TruffleHog's detector xai (80 characters after the prefix)
",
    );
    let ran = Sandbox::empty().run(["catalogue", "livekit"]);
    assert!(ran.stdout.contains("key format   not known: none is documented"), "{}", ran.stdout);
}

#[test]
fn as_json() {
    let ran = Sandbox::empty().run(["catalogue", "openai", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let said: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let items = said["items"].as_array().expect("items");
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["variable"], "OPENAI_API_KEY");
    assert_eq!(items[0]["console"], "https://platform.openai.com/api-keys");
    assert!(items[0]["shape"].is_string() && items[0]["no_shape"].is_null());
}

#[test]
fn unknown_names_are_reported_by_their_position() {
    Sandbox::empty().run(["catalogue", "opnai", "openai", "zzzzzz"]).is(
        2,
        "",
        "hydrant: error: argument 1 is not in the catalogue\n  hint: did you mean openai?\n\
         hydrant: error: argument 3 is not in the catalogue\n  hint: list all of them with hydrant catalogue\n",
    );
}

const OWN: &str = r#"version = 1
[providers.acme]
display_name = "Acme"
console = "https://acme.example/keys"
[providers.acme.variables.ACME_TOKEN]
description = "Acme token"
shape = 'ac-[0-9a-f]{16}'
[providers.openai.variables.OPENAI_API_KEY]
secret_name = "acme/openai"
"#;

#[test]
fn a_file_of_ones_own_by_option_and_by_variable() {
    let sandbox = Sandbox::empty();
    sandbox.file("own.toml", OWN);
    let acme = "ACME_TOKEN\n  description  Acme token\n  provider     Acme (acme), other\n  \
                console      https://acme.example/keys\n  secret       acme_token\n  key format   ac-[0-9a-f]{16}\n";
    sandbox.run(["--catalogue", "own.toml", "catalogue", "acme"]).prints(acme);
    let sandbox = sandbox.env("HYDRANT_CATALOGUE", "own.toml");
    sandbox.run(["catalogue", "acme"]).prints(acme);
    let ran = sandbox.run(["catalogue", "openai"]);
    assert!(ran.stdout.contains("secret       acme/openai"), "{}", ran.stdout);
    // The option takes precedence over the variable.
    sandbox.file("none.toml", "version = 1\n");
    assert_eq!(sandbox.run(["--catalogue", "none.toml", "catalogue", "acme"]).code, Some(2));
}

#[test]
fn a_bad_file_is_reported_with_every_problem() {
    let sandbox = Sandbox::empty();
    sandbox
        .file("own.toml", "version = 1\n[providers.acme]\nconsle = \"x\"\n[providers.acme.variables.A]\nshape = '('\n");
    sandbox.run(["catalogue", "--catalogue", "own.toml"]).is(
        65,
        "",
        "hydrant: error: own.toml:3: provider `acme`: unknown key `consle`\n  hint: did you mean `console`?\n\
         hydrant: error: own.toml:5: provider `acme`: variable `A`: `shape` is not a valid regular expression: \
         found open group without closing ')'\n",
    );
    let ran = sandbox.run(["--catalogue", "absent.toml", "add", "openai"]);
    ran.is(
        74,
        "",
        "hydrant: error: failed to read the catalogue absent.toml: No such file or directory (os error 2)\n",
    );
    let ran = sandbox.run(["--catalogue", ".", "catalogue"]);
    ran.is(74, "", "hydrant: error: failed to read the catalogue .: it is a directory\n");
}
