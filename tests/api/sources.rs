//! The modules of the library's crates as they are written, and what a path in one leads to. What
//! the feature `unstable` adds, and what tests add, is left out.

use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, UseTree};

use super::tokens;

/// A module of a crate.
pub(super) struct Module {
    /// The crate and the modules above, and the module itself.
    pub(super) path: Vec<String>,
    pub(super) items: Vec<Item>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Module(usize),
    /// An item of a module, by its name.
    Item(usize, String),
    /// The first part of a path that leads to another crate, or the name of a generic parameter or
    /// of the prelude.
    Other(String),
}

/// Whether an item is compiled only with the feature `unstable` or for tests, or is hidden, as what
/// only the command line and the stages call.
pub(super) fn is_left_out(attributes: &[Attribute]) -> bool {
    if attributes.iter().any(|attribute| tokens(attribute) == "#[doc(hidden)]") {
        return true;
    }
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.map(tokens).any(|condition| {
        condition.contains("\"unstable\"") && !condition.contains("not(")
            || ["#[cfg(test)]", "#[cfg(doctest)]", "#[cfg(windows)]"].contains(&&*condition)
    })
}

/// The modules of a crate, its root first.
pub(super) fn modules(name: &str, root: &Path) -> Vec<Module> {
    let mut modules = Vec::new();
    let mut waiting = vec![(vec![name.to_owned()], read(&root.join("lib.rs")), root.to_owned())];
    while let Some((path, mut items, folder)) = waiting.pop() {
        for item in &mut items {
            let Item::Mod(child) = item else { continue };
            if is_left_out(&child.attrs) {
                continue;
            }
            let name = child.ident.to_string();
            let below = folder.join(&name);
            let items = match child.content.take() {
                Some((_, items)) => items,
                None => read(&file_of(&folder, &name)),
            };
            waiting.push(([&*path, &[name]].concat(), items, below));
        }
        modules.push(Module { path, items });
    }
    modules
}

fn file_of(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(format!("{name}.rs"));
    if file.exists() { file } else { folder.join(name).join("mod.rs") }
}

fn read(file: &Path) -> Vec<Item> {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())).items
}

/// The name of an item that has one.
pub(super) fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}

/// The names that a `use` imports, each with its path.
pub(super) fn imports(tree: &UseTree) -> Vec<(String, Vec<String>)> {
    match tree {
        UseTree::Path(path) => {
            let mut below = imports(&path.tree);
            for (name, rest) in &mut below {
                if rest.len() == 1 && rest[0] == "self" {
                    *name = path.ident.to_string();
                    rest.clear();
                }
                rest.insert(0, path.ident.to_string());
            }
            below
        }
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(rename) => {
            vec![(rename.rename.to_string(), vec![rename.ident.to_string()])]
        }
        UseTree::Group(group) => group.items.iter().flat_map(imports).collect(),
        _ => Vec::new(),
    }
}

/// The target of a path in a module.
pub(super) fn resolve(modules: &[Module], module: usize, path: &[String]) -> Target {
    let here = &modules[module].path;
    let (first, rest) = path.split_first().expect("a path has a part");
    let start = match first.as_str() {
        "crate" => here[..1].to_vec(),
        "self" => here.clone(),
        "super" => here[..here.len() - 1].to_vec(),
        other if modules.iter().any(|module| module.path == [other]) => vec![other.to_owned()],
        _ => {
            return match (named(modules, module, first), rest) {
                (Some(Target::Module(child)), [_, ..]) => resolve_below(modules, child, rest),
                (Some(target), _) => target,
                (None, _) => Target::Other(first.clone()),
            };
        }
    };
    let start = modules.iter().position(|module| module.path == start).expect("a module");
    if rest.is_empty() { Target::Module(start) } else { resolve_below(modules, start, rest) }
}

fn resolve_below(modules: &[Module], module: usize, path: &[String]) -> Target {
    match (named(modules, module, &path[0]), &path[1..]) {
        (Some(Target::Module(child)), rest @ [_, ..]) => resolve_below(modules, child, rest),
        (Some(target), _) => target,
        (None, _) if path[0] == "super" => resolve(modules, module, path),
        (None, _) => panic!("{}: no {}", modules[module].path.join("::"), path.join("::")),
    }
}

/// What a name of a module leads to.
fn named(modules: &[Module], module: usize, name: &str) -> Option<Target> {
    let Module { path, items } = &modules[module];
    if items.iter().any(|item| name_of(item).as_deref() == Some(name)) {
        return Some(Target::Item(module, name.to_owned()));
    }
    let child = [&**path, &[name.to_owned()]].concat();
    if let Some(child) = modules.iter().position(|module| module.path == child) {
        return Some(Target::Module(child));
    }
    let uses = items.iter().filter_map(|item| match item {
        Item::Use(item) if !is_left_out(&item.attrs) => Some(imports(&item.tree)),
        _ => None,
    });
    let (_, path) = uses.flatten().find(|(known, path)| known == name && path[0] != *name)?;
    Some(resolve(modules, module, &path))
}
