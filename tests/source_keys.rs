//! A new source key touches at most five files, and docs/architecture.md lists them: the files that
//! name source keys.
//!
//! `Key` has their names in the manifest, and the fields of `SourceKeys` their values in an entry.
//! Neither can be named outside of `hydrant-core`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Item, Member, Visibility};

use crate::docs::document;
use crate::imports::modules::{Module, modules};
use crate::imports::paths::paths;
use crate::imports::{Sources, sources};

/// The variants of `Key` and the fields of `SourceKeys`.
const KEYS: [(&str, &str); 4] = [
    ("ArnVar", "arn_var"),
    ("ArnParameter", "arn_parameter"),
    ("SecretId", "secret_id"),
    ("ValueParameter", "value_parameter"),
];

/// How many files a new source key may touch.
const MOST: usize = 5;

/// The files of a crate that name a source key, without tests. The adapter of AWS is left out: it
/// uses AWS's names for its own structures, and never sees an entry.
fn naming(sources: &Sources) -> BTreeSet<PathBuf> {
    let modules = modules(sources);
    let naming = modules.into_iter().filter(|module| !module.file.starts_with("aws"));
    naming.filter(names_a_key).map(|module| module.file).collect()
}

fn names_a_key(module: &Module) -> bool {
    let names_variant = paths(module).iter().any(|path| match &path[..] {
        [.., of, variant] => {
            matches!(of.as_str(), "Key" | "Self") && KEYS.iter().any(|(name, _)| name == variant)
        }
        _ => false,
    });
    let mut fields = Fields { found: false };
    module.items.iter().for_each(|item| fields.visit_item(item));
    names_variant || fields.found
}

/// Looks for fields with the names of source keys: defined, read, set or matched.
struct Fields {
    found: bool,
}

impl Fields {
    fn look_at(&mut self, ident: &impl ToString) {
        let ident = ident.to_string();
        self.found |= KEYS.iter().any(|(_, field)| *field == ident);
    }

    /// Looks at a macro's tokens: a field's name comes after a dot, and no call follows it.
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let is_behind_dot = || match index.checked_sub(1).map(|before| &tokens[before]) {
                Some(TokenTree::Punct(punct)) => punct.as_char() == '.',
                _ => false,
            };
            let is_called = || matches!(tokens.get(index + 1), Some(TokenTree::Group(_)));
            match token {
                TokenTree::Group(group) => self.read(group.stream()),
                TokenTree::Ident(ident) if is_behind_dot() && !is_called() => self.look_at(ident),
                _ => {}
            }
        }
    }
}

impl<'a> Visit<'a> for Fields {
    fn visit_member(&mut self, member: &'a Member) {
        if let Member::Named(ident) = member {
            self.look_at(ident);
        }
    }

    fn visit_field(&mut self, field: &'a syn::Field) {
        field.ident.iter().for_each(|ident| self.look_at(ident));
        visit::visit_field(self, field);
    }

    fn visit_macro(&mut self, called: &'a syn::Macro) {
        self.read(called.tokens.clone());
    }
}

/// The files in the document's list, in its order.
fn listed() -> Vec<PathBuf> {
    let text = document("docs/architecture.md").text;
    let (_, rest) = text.split_once("\nA new source key takes ").expect("the list");
    let lines = rest.lines().skip_while(|line| !line.starts_with("- "));
    let lines = lines.take_while(|line| line.starts_with("- "));
    lines.filter_map(|line| Some(line.split('`').nth(1)?.into())).collect()
}

#[test]
fn a_new_source_key_touches_the_files_that_are_listed() {
    let listed = listed();
    assert!(listed.len() <= MOST, "{listed:?}");
    assert_eq!(naming(&sources("core")), listed.into_iter().collect());
}

/// The compiler keeps other crates from naming them.
#[test]
fn the_source_keys_are_the_business_of_core() {
    let sources = sources("core");
    let file = |path: &str| syn::parse_file(&sources[&PathBuf::from(path)]).expect("Rust").items;
    let keys = file("source.rs").into_iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == "SourceKeys" => Some(item.fields),
        _ => None,
    });
    let keys = keys.expect("SourceKeys");
    let names: Vec<_> =
        keys.iter().flat_map(|field| &field.ident).map(ToString::to_string).collect();
    assert_eq!(names, KEYS.map(|(_, field)| field));
    assert!(keys.iter().all(|field| matches!(field.vis, Visibility::Restricted(_))));
    let key = file("manifest/keys.rs").into_iter().find_map(|item| match item {
        Item::Enum(item) if item.ident == "Key" => Some(item),
        _ => None,
    });
    let key = key.expect("Key");
    assert!(matches!(key.vis, Visibility::Restricted(_)));
    let variants: Vec<_> = key.variants.iter().map(|variant| variant.ident.to_string()).collect();
    assert_eq!(variants[..KEYS.len()], KEYS.map(|(variant, _)| variant));
}

/// Another file, with each way to name a source key, and some texts that do not name one.
#[test]
fn a_planted_file_is_found() {
    let ways = [
        "fn f(keys: &SourceKeys) -> bool { keys.arn_var.is_some() }",
        "fn f(keys: SourceKeys) { let SourceKeys { secret_id, .. } = keys; }",
        "fn f() -> SourceKeys { SourceKeys { value_parameter: None, ..SourceKeys::default() } }",
        "fn f(keys: &SourceKeys) { println!(\"{:?}\", keys.arn_parameter) }",
        "fn f(key: Key) -> bool { key == Key::SecretId }",
        "fn f(key: Key) -> bool { matches!(key, Key::ArnVar | Key::ArnParameter) }",
        "use super::keys::Key::{self, ValueParameter};",
    ];
    let others = [
        "fn f(entry: &Entry) -> Option<&str> { entry.source_keys.variable() }",
        "fn f(call: Call) -> Call { call.secret_id(\"x\") }",
        "fn f(call: Call) { println!(\"{:?}\", call.secret_id(\"x\")) }",
        "fn f() -> Id { Id::SecretId }",
        "/// As `arn_var`.\nfn f() -> &'static str { \"secret_id\" }",
        "#[cfg(test)]\nmod tests { fn f(keys: &SourceKeys) -> bool { keys.arn_var.is_some() } }",
    ];
    let found = |text: &str| {
        let files = [("lib.rs", "mod planted;"), ("planted.rs", text)];
        let sources = files.map(|(path, text)| (path.into(), text.to_owned()));
        naming(&sources.into()) == BTreeSet::from(["planted.rs".into()])
    };
    for text in ways {
        assert!(found(text), "{text}");
    }
    for text in others {
        assert!(!found(text), "{text}");
    }
}
