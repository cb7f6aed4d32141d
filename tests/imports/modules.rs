//! The modules of a crate, without those of tests: what each file and each inline module defines
//! and exports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::{Attribute, Ident, Item, UseTree};

use super::Sources;

/// A module, in a separate file or in that of its parent.
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    pub(crate) parent: Option<usize>,
    pub(crate) children: BTreeMap<String, usize>,
    /// What it imports or exports.
    pub(crate) uses: Uses,
    /// The names that it defines itself.
    pub(crate) defines: Vec<String>,
    /// Its code, without that of its children.
    pub(crate) items: Vec<Item>,
}

/// The modules of a crate; the first is its root.
pub(crate) fn modules(sources: &Sources) -> Vec<Module> {
    let root = ["lib.rs", "main.rs"].into_iter().map(Path::new);
    let root = root.into_iter().find(|root| sources.contains_key(*root)).expect("a root");
    let mut modules = Vec::new();
    add_file(sources, root, None, &mut modules);
    modules
}

fn add_file(
    sources: &Sources,
    file: &Path,
    parent: Option<usize>,
    modules: &mut Vec<Module>,
) -> usize {
    let code = syn::parse_file(&sources[file]).expect("Rust");
    let children = match file.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "main" | "mod") => file.with_file_name(""),
        _ => file.with_extension(""),
    };
    add(sources, file, &children, parent, code.items, modules)
}

/// Adds a module with its children, whose files are in this folder, and returns its number.
fn add(
    sources: &Sources,
    file: &Path,
    folder: &Path,
    parent: Option<usize>,
    items: Vec<Item>,
    modules: &mut Vec<Module>,
) -> usize {
    let number = modules.len();
    modules.push(Module {
        file: file.to_owned(),
        parent,
        children: BTreeMap::new(),
        uses: Uses::default(),
        defines: Vec::new(),
        items: Vec::new(),
    });
    for item in items {
        if is_test(attributes(&item)) {
            continue;
        }
        if let Item::Mod(module) = item {
            let name = module.ident.to_string();
            let folder = folder.join(&name);
            let child = match module.content {
                Some((_, items)) => add(sources, file, &folder, Some(number), items, modules),
                None => {
                    let files = [folder.with_extension("rs"), folder.join("mod.rs")];
                    let child = files.iter().find(|file| sources.contains_key(*file));
                    let child = child.unwrap_or_else(|| panic!("no file of {}", folder.display()));
                    add_file(sources, child, Some(number), modules)
                }
            };
            modules[number].children.insert(name, child);
            continue;
        }
        if let Item::Use(item) = &item {
            modules[number].uses.add(&item.tree);
        }
        modules[number].defines.extend(defined(&item));
        modules[number].items.push(item);
    }
    number
}

/// The imports of a `use`: names with their paths, and the modules with glob imports.
#[derive(Default)]
pub(crate) struct Uses {
    pub(crate) names: Vec<(String, Vec<String>)>,
    pub(crate) globs: Vec<Vec<String>>,
}

impl Uses {
    pub(crate) fn add(&mut self, tree: &UseTree) {
        self.add_below(tree, &mut Vec::new());
    }

    fn add_below(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.add_below(&path.tree, before);
                before.pop();
            }
            UseTree::Name(name) => self.add_name(&name.ident, &name.ident, before),
            UseTree::Rename(rename) => self.add_name(&rename.rename, &rename.ident, before),
            UseTree::Glob(_) => self.globs.push(before.clone()),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.add_below(tree, before));
            }
        }
    }

    fn add_name(&mut self, name: &Ident, original: &Ident, before: &[String]) {
        let mut path = before.to_vec();
        if original != "self" {
            path.push(original.to_string());
        }
        let name = if name == "self" { path.last().cloned() } else { Some(name.to_string()) };
        self.names.extend(name.map(|name| (name, path)));
    }
}

/// The name that an item gives to its module.
fn defined(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[test]`, or `#[cfg(test)]` by itself or among other conditions that all have to hold.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test ,")
        }
        _ => false,
    })
}
