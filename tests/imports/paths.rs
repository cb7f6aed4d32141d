//! The paths in a module's code: in `use`, in types and expressions, in macros and in attributes.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::modules::{Module, Uses, is_test};

/// Every path of a module, its `use` items included, without those of its children.
pub(crate) fn paths(module: &Module) -> Vec<Vec<String>> {
    let mut paths = Paths(Vec::new());
    module.items.iter().for_each(|item| paths.visit_item(item));
    paths.0
}

struct Paths(Vec<Vec<String>>);

impl<'a> Visit<'a> for Paths {
    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string());
        if path.leading_colon.is_none() {
            self.0.push(segments.collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        let mut uses = Uses::default();
        uses.add(&item.tree);
        self.0.extend(uses.names.into_iter().map(|(_, path)| path).chain(uses.globs));
    }

    fn visit_macro(&mut self, called: &'a syn::Macro) {
        self.visit_path(&called.path);
        self.read(called.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'a syn::Attribute) {
        // A name with a value is documentation, which may name more than the code needs.
        if let syn::Meta::List(list) = &attribute.meta {
            self.read(list.tokens.clone());
        }
    }

    /// `pub(crate)` and `pub(in crate::a)` need nothing.
    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }
}

impl Paths {
    /// Reads tokens without a syntax tree: names with `::` between them.
    fn read(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match &token {
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if colons == 2 => {
                    path.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                _ => {}
            }
            self.0.extend((!path.is_empty()).then(|| std::mem::take(&mut path)));
            colons = 0;
            match token {
                TokenTree::Ident(ident) => path.push(ident.to_string()),
                TokenTree::Group(group) => self.read(group.stream()),
                TokenTree::Literal(literal) => self.read_text(&literal.to_string()),
                TokenTree::Punct(_) => {}
            }
        }
        self.0.extend((!path.is_empty()).then_some(path));
    }

    /// A path in quotation marks, as in attributes.
    fn read_text(&mut self, literal: &str) {
        let text = literal.trim_matches('"');
        if ["crate::", "super::", "self::"].iter().any(|start| text.starts_with(start)) {
            self.0.push(text.split("::").map(str::to_owned).collect());
        }
    }
}
