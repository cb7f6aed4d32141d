//! The listing as text: an item, then its fields, variants and methods, one a line.

use std::fmt::Write;

use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, TraitItem};

use super::face::{Face, is_on_the_face, is_public};
use super::sources::{Target, is_left_out};
use super::tokens;

const HEADER: &str = "\
The public face of the crate `hydrant`, with the features `ssm`, `sso`, `write` and `memory` and without
`unstable`. The test `api::the_listing_is_that_of_the_library` compares it with the sources. If it fails and the
change is intended, run the command in its message.
";

impl Face {
    pub(super) fn listing(&self) -> String {
        let mut text = HEADER.to_owned();
        for (path, target) in &self.items {
            let same = self.items.iter().find(|(other, known)| *known == target && *other < path);
            if let Some((other, _)) = same {
                write!(text, "\n{path}: as {other}\n").expect("a text");
                continue;
            }
            let Some((_, item)) = self.item(target) else { panic!("{path}: {target:?}") };
            write!(text, "\n{path}: {}\n", head(item)).expect("a text");
            for line in lines(item).into_iter().chain(self.methods(target)) {
                writeln!(text, "    {line}").expect("a text");
            }
        }
        text
    }

    /// The public methods and constants of a type, and the traits that it implements.
    fn methods(&self, target: &Target) -> Vec<String> {
        let (mut own, mut traits) = (Vec::new(), Vec::new());
        for (_, item) in self.implementations(target) {
            if let Some((path, _)) = &item.trait_ {
                traits.push(format!("impl{} {}", tokens(&item.generics), tokens(path)));
                continue;
            }
            own.extend(item.items.iter().filter(|item| is_on_the_face(item)).map(
                |item| match item {
                    ImplItem::Fn(item) => tokens(&item.sig),
                    ImplItem::Const(item) => format!("const {}: {}", item.ident, tokens(&item.ty)),
                    other => panic!("{}", tokens(other)),
                },
            ));
        }
        own.sort();
        traits.sort();
        own.extend(traits);
        own
    }
}

/// What kind of item it is, with its derives.
fn head(item: &Item) -> String {
    match item {
        Item::Struct(item) => {
            format!("{}struct{}", attributes(&item.attrs), tokens(&item.generics))
        }
        Item::Enum(item) => format!("{}enum", attributes(&item.attrs)),
        Item::Trait(item) => format!("trait: {}", tokens(&item.supertraits)),
        Item::Fn(item) => tokens(&item.sig),
        Item::Const(item) => format!("const {}", tokens(&item.ty)),
        Item::Type(item) => format!("type = {}", tokens(&item.ty)),
        other => panic!("{}", tokens(other)),
    }
}

fn attributes(attributes: &[Attribute]) -> String {
    let shown = attributes.iter().filter(|attribute| {
        ["derive", "non_exhaustive"].iter().any(|name| attribute.path().is_ident(name))
    });
    shown.map(|attribute| format!("{} ", tokens(attribute))).collect()
}

/// The fields, variants or methods that an item has of itself.
fn lines(item: &Item) -> Vec<String> {
    match item {
        Item::Struct(item) => fields(&item.fields),
        Item::Enum(item) => {
            let variants = item.variants.iter().filter(|variant| !is_left_out(&variant.attrs));
            variants
                .map(|variant| format!("{}{}", variant.ident, content(&variant.fields)))
                .collect()
        }
        Item::Trait(item) => item
            .items
            .iter()
            .map(|item| match item {
                TraitItem::Fn(item) if item.default.is_some() => {
                    format!("{} (provided)", tokens(&item.sig))
                }
                TraitItem::Fn(item) => tokens(&item.sig),
                other => tokens(other),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn fields(fields: &Fields) -> Vec<String> {
    let public = fields.iter().enumerate().filter(|(_, field)| is_public(field));
    public
        .map(|(number, field)| {
            let name = field.ident.as_ref().map_or(number.to_string(), ToString::to_string);
            format!("{name}: {}", tokens(&field.ty))
        })
        .collect()
}

/// What a variant holds.
fn content(fields: &Fields) -> String {
    let types = fields.iter().map(|field| match &field.ident {
        Some(name) => format!("{name}: {}", tokens(&field.ty.to_token_stream())),
        None => tokens(&field.ty),
    });
    let types = types.collect::<Vec<_>>().join(", ");
    match fields {
        Fields::Named(_) => format!(" {{ {types} }}"),
        Fields::Unnamed(_) => format!("({types})"),
        Fields::Unit => String::new(),
    }
}
