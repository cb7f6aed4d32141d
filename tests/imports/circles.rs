//! Which file needs which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use super::Sources;
use super::modules::{Module, modules};
use super::paths::paths;

/// From a file to another, with the paths that name it.
type Edges = BTreeMap<(PathBuf, PathBuf), BTreeSet<String>>;

/// Files that need each other, with what each names of the others.
#[derive(Debug)]
pub(super) struct Circle {
    pub(super) files: BTreeSet<PathBuf>,
    edges: Edges,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((from, to), paths) in &self.edges {
            // A name that is imported once is used often.
            let imported = |path: &&String| path.starts_with("crate") || path.starts_with("super");
            let mut shown: Vec<&str> = paths.iter().filter(imported).map(String::as_str).collect();
            if shown.is_empty() {
                shown = paths.iter().map(String::as_str).collect();
            }
            writeln!(f, "  {} -> {}: {}", from.display(), to.display(), shown.join(", "))?;
        }
        Ok(())
    }
}

/// The circles of a crate.
pub(super) fn circles(sources: &Sources) -> Vec<Circle> {
    let edges = edges(&modules(sources));
    let mut next: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> = BTreeMap::new();
    for (from, to) in edges.keys() {
        next.entry(from).or_default().insert(to);
    }
    let reached: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> =
        next.keys().map(|file| (*file, reached_from(file, &next))).collect();
    let mut circles: Vec<Circle> = Vec::new();
    for (file, reached_files) in &reached {
        let is_known = circles.iter().any(|circle| circle.files.contains(*file));
        if is_known || !reached_files.contains(file) {
            continue;
        }
        let files: BTreeSet<PathBuf> = reached_files
            .iter()
            .filter(|other| reached.get(*other).is_some_and(|back| back.contains(file)))
            .map(|other| (*other).clone())
            .collect();
        let within =
            edges.iter().filter(|((from, to), _)| files.contains(from) && files.contains(to));
        let edges = within.map(|(edge, paths)| (edge.clone(), paths.clone())).collect();
        circles.push(Circle { files, edges });
    }
    circles
}

fn reached_from<'a>(
    file: &'a PathBuf,
    next: &BTreeMap<&'a PathBuf, BTreeSet<&'a PathBuf>>,
) -> BTreeSet<&'a PathBuf> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![file];
    while let Some(file) = waiting.pop() {
        for other in next.get(file).into_iter().flatten() {
            if reached.insert(*other) {
                waiting.push(other);
            }
        }
    }
    reached
}

/// The names of other files in each file, without a parent and its own child.
fn edges(modules: &[Module]) -> Edges {
    let families: BTreeSet<(&PathBuf, &PathBuf)> = modules
        .iter()
        .filter_map(|module| Some((&module.file, &modules[module.parent?].file)))
        .collect();
    let mut edges = Edges::new();
    for (number, module) in modules.iter().enumerate() {
        for path in paths(module) {
            for to in (Resolver { modules, seen: Vec::new() }).files(number, &path) {
                let from = &module.file;
                if to != from && !families.contains(&(from, to)) && !families.contains(&(to, from))
                {
                    edges.entry((from.clone(), to.clone())).or_default().insert(path.join("::"));
                }
            }
        }
    }
    edges
}

/// The target of a path.
#[derive(Clone, Copy)]
enum Target {
    Module(usize),
    /// An item of a module.
    Item(usize),
}

/// Follows one path, but not one that it is already following.
struct Resolver<'a> {
    modules: &'a [Module],
    seen: Vec<(usize, Vec<String>)>,
}

impl<'a> Resolver<'a> {
    fn files(mut self, module: usize, path: &[String]) -> Vec<&'a PathBuf> {
        let modules = self.modules;
        let numbers = self.follow(module, path).into_iter().map(|target| match target {
            Target::Module(number) | Target::Item(number) => number,
        });
        numbers.map(|number| &modules[number].file).collect()
    }

    /// Nothing for a path that leaves the crate. A module and a function of the same name both
    /// count.
    fn follow(&mut self, module: usize, path: &[String]) -> Vec<Target> {
        let known = (module, path.to_vec());
        if self.seen.contains(&known) {
            return Vec::new();
        }
        self.seen.push(known);
        let targets = match path.split_first() {
            Some((first, rest)) if first == "crate" => self.within(0, rest),
            Some((first, rest)) if first == "self" => self.up(module, rest),
            Some((first, _)) if first == "super" => self.up(module, path),
            _ => self.named(module, path),
        };
        self.seen.pop();
        targets
    }

    fn up(&mut self, module: usize, path: &[String]) -> Vec<Target> {
        match path.split_first() {
            Some((first, rest)) if first == "super" => {
                self.up(self.modules[module].parent.expect("a parent"), rest)
            }
            _ => self.within(module, path),
        }
    }

    /// A path below a module. A name that is not found there is made by a macro, and belongs to the
    /// module.
    fn within(&mut self, module: usize, path: &[String]) -> Vec<Target> {
        if path.is_empty() {
            return vec![Target::Module(module)];
        }
        let found = self.named(module, path);
        if found.is_empty() { vec![Target::Item(module)] } else { found }
    }

    /// A path whose first name is one of the module's.
    fn named(&mut self, module: usize, path: &[String]) -> Vec<Target> {
        let Some((name, rest)) = path.split_first() else { return Vec::new() };
        let modules = self.modules;
        let own = &modules[module];
        let mut targets = Vec::new();
        if let Some(child) = own.children.get(name) {
            targets.extend(self.within(*child, rest));
            if !rest.is_empty() {
                return targets;
            }
        }
        if own.defines.contains(name) {
            targets.push(Target::Item(module));
        }
        for (_, used) in own.uses.names.iter().filter(|(used, _)| used == name) {
            targets.extend(self.follow_from(module, used, rest));
        }
        if targets.is_empty() {
            for glob in &own.uses.globs {
                for target in self.follow(module, glob) {
                    if let Target::Module(number) = target {
                        targets.extend(self.named(number, path));
                    }
                }
            }
        }
        targets
    }

    /// The rest of a path whose beginning is imported under a name.
    fn follow_from(&mut self, module: usize, used: &[String], rest: &[String]) -> Vec<Target> {
        let begins = self.follow(module, used);
        begins
            .into_iter()
            .flat_map(|target| match target {
                Target::Module(number) if !rest.is_empty() => self.within(number, rest),
                target => vec![target],
            })
            .collect()
    }
}
