//! The items of the face: what lib.rs exports, with the implementations that belong to each.

use std::collections::BTreeMap;

use syn::visit::Visit;
use syn::{Fields, ImplItem, Item, ItemImpl, Type, Visibility};

use super::sources::{Module, Target, imports, is_left_out, modules, name_of, resolve};
use super::tokens;
use crate::docs::root;

/// The crates whose items are on the face.
const CRATES: [(&str, &str); 2] = [("hydrant", "hydrant"), ("hydrant_core", "core")];

/// The public face of the library.
pub(super) struct Face {
    pub(super) modules: Vec<Module>,
    /// The items by their public paths: the module that has one, and its name there.
    pub(super) items: BTreeMap<String, Target>,
    /// The implementations: the target of each, its module, and its index among the module's items.
    implementations: Vec<(Target, usize, usize)>,
}

impl Face {
    pub(super) fn read() -> Face {
        let modules = CRATES.iter().flat_map(|(name, folder)| {
            modules(name, &root().join("crates").join(folder).join("src"))
        });
        let modules: Vec<_> = modules.collect();
        let mut items = BTreeMap::new();
        exports(&modules, &["hydrant".to_owned()], &mut items);
        let implementations = implementations(&modules);
        Face { modules, items, implementations }
    }

    /// An item and its module.
    pub(super) fn item(&self, target: &Target) -> Option<(usize, &Item)> {
        let Target::Item(module, name) = target else { return None };
        let items = &self.modules[*module].items;
        Some((*module, items.iter().find(|item| name_of(item).as_ref() == Some(name))?))
    }

    /// The implementations for an item, each with its module.
    pub(super) fn implementations(&self, target: &Target) -> Vec<(usize, &ItemImpl)> {
        let own = self.implementations.iter().filter(|(known, ..)| known == target);
        own.map(|(_, module, number)| match &self.modules[*module].items[*number] {
            Item::Impl(item) => (*module, item),
            other => panic!("{}", tokens(other)),
        })
        .collect()
    }

    /// Structs with public fields, and enums, that other crates may make or match whole.
    pub(super) fn exhaustive(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (path, target) in &self.items {
            let (attributes, is_open) = match self.item(target) {
                Some((_, Item::Enum(item))) => (&item.attrs, true),
                Some((_, Item::Struct(item))) => (&item.attrs, item.fields.iter().any(is_public)),
                _ => continue,
            };
            let is_marked = attributes.iter().any(|each| each.path().is_ident("non_exhaustive"));
            if is_open && !is_marked {
                found.push(path.clone());
            }
        }
        found
    }

    /// The paths in signatures that lead to other crates: where, and their first part.
    pub(super) fn others(&self) -> Vec<(String, String)> {
        let mut found: Vec<_> = self
            .named()
            .into_iter()
            .filter_map(|(path, target)| match target {
                Target::Other(root) => Some((path, root)),
                _ => None,
            })
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// The types of these crates that are in signatures and have no public path.
    pub(super) fn unnamed(&self) -> Vec<String> {
        let mut found: Vec<_> = self
            .named()
            .into_iter()
            .filter_map(|(_, target)| match target {
                Target::Item(module, name)
                    if !self
                        .items
                        .values()
                        .any(|known| *known == Target::Item(module, name.clone())) =>
                {
                    Some(format!("{}::{name}", self.modules[module].path.join("::")))
                }
                _ => None,
            })
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// What the signatures name: the public path of the item, and what is named.
    fn named(&self) -> Vec<(String, Target)> {
        let mut named = Vec::new();
        for (path, target) in &self.items {
            let Some((module, item)) = self.item(target) else { continue };
            let mut names = Names(Vec::new());
            names.visit_public(item);
            named.extend(
                names.0.iter().map(|each| (path.clone(), resolve(&self.modules, module, each))),
            );
            for (module, item) in self.implementations(target) {
                let mut names = Names(Vec::new());
                names.visit_implementation(item);
                named.extend(
                    names.0.iter().map(|each| (path.clone(), resolve(&self.modules, module, each))),
                );
            }
        }
        named
    }
}

fn implementations(modules: &[Module]) -> Vec<(Target, usize, usize)> {
    let mut found = Vec::new();
    for (module, Module { items, .. }) in modules.iter().enumerate() {
        for (number, item) in items.iter().enumerate() {
            let Item::Impl(item) = item else { continue };
            let Type::Path(path) = &*item.self_ty else { continue };
            if !is_left_out(&item.attrs) {
                found.push((resolve(modules, module, &parts(&path.path)), module, number));
            }
        }
    }
    found
}

/// Adds what a module of the library makes public.
fn exports(modules: &[Module], module: &[String], items: &mut BTreeMap<String, Target>) {
    let number = modules.iter().position(|each| each.path == module).expect("a module");
    let public = |name: &str| [module, &[name.to_owned()]].concat().join("::");
    for item in &modules[number].items {
        match item {
            Item::Use(item) if matches!(item.vis, Visibility::Public(_)) => {
                if is_left_out(&item.attrs) {
                    continue;
                }
                for (name, path) in imports(&item.tree) {
                    items.insert(public(&name), resolve(modules, number, &path));
                }
            }
            Item::Mod(item)
                if matches!(item.vis, Visibility::Public(_)) && !is_left_out(&item.attrs) =>
            {
                exports(modules, &[module, &[item.ident.to_string()]].concat(), items);
            }
            _ => {}
        }
    }
}

/// Whether a field is public.
pub(super) fn is_public(field: &syn::Field) -> bool {
    matches!(field.vis, Visibility::Public(_)) && !is_left_out(&field.attrs)
}

/// Whether an item of an implementation is on the face: all of a trait's, and the public ones of a
/// type's own.
pub(super) fn is_on_the_face(item: &ImplItem) -> bool {
    match item {
        ImplItem::Fn(item) => {
            matches!(item.vis, Visibility::Public(_)) && !is_left_out(&item.attrs)
        }
        ImplItem::Const(item) => {
            matches!(item.vis, Visibility::Public(_)) && !is_left_out(&item.attrs)
        }
        _ => false,
    }
}

fn parts(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|part| part.ident.to_string()).collect()
}

/// The paths in signatures.
struct Names(Vec<Vec<String>>);

impl Names {
    fn visit_public(&mut self, item: &Item) {
        match item {
            Item::Struct(item) => {
                self.visit_generics(&item.generics);
                item.fields
                    .iter()
                    .filter(|field| is_public(field))
                    .for_each(|field| self.visit_type(&field.ty));
            }
            Item::Enum(item) => {
                for variant in &item.variants {
                    if let Fields::Named(_) | Fields::Unnamed(_) = variant.fields {
                        variant.fields.iter().for_each(|field| self.visit_type(&field.ty));
                    }
                }
            }
            Item::Fn(item) => self.visit_signature(&item.sig),
            Item::Const(item) => self.visit_type(&item.ty),
            Item::Type(item) => self.visit_type(&item.ty),
            Item::Trait(item) => {
                item.supertraits.iter().for_each(|bound| self.visit_type_param_bound(bound));
                for item in &item.items {
                    if let syn::TraitItem::Fn(item) = item {
                        self.visit_signature(&item.sig);
                    }
                }
            }
            _ => {}
        }
    }

    fn visit_implementation(&mut self, item: &ItemImpl) {
        if let Some((path, _)) = &item.trait_ {
            self.visit_path(path);
            return;
        }
        for item in item.items.iter().filter(|item| is_on_the_face(item)) {
            match item {
                ImplItem::Fn(item) => self.visit_signature(&item.sig),
                ImplItem::Const(item) => self.visit_type(&item.ty),
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.push(parts(path));
        syn::visit::visit_path(self, path);
    }
}
