//! The crates as they are published: each has what a registry and docs.rs show. Whether cargo can
//! package them is a step of `.ci/run`.

use std::fs;

use toml::Table;

use super::root;

/// The keys of a package that a registry shows. There is no public repository yet.
const SHOWN: [&str; 8] = [
    "categories",
    "description",
    "edition",
    "include",
    "keywords",
    "license",
    "readme",
    "rust-version",
];

/// The most bytes of a description that a list of search results shows whole.
const DESCRIPTION: usize = 150;

#[test]
fn every_crate_has_what_a_registry_shows() {
    let read = |path| fs::read_to_string(path).expect("a file of the repository");
    let mut crates = 0;
    for folder in fs::read_dir(root().join("crates")).expect("the crates") {
        let folder = folder.expect("a crate").path();
        let name = folder.display();
        let manifest: Table = read(folder.join("Cargo.toml")).parse().expect("a manifest");
        let package = manifest["package"].as_table().expect("a package");
        for key in SHOWN {
            assert!(package.contains_key(key), "{name}: no {key}");
        }
        let description = package["description"].as_str().expect("a text");
        assert!(description.len() <= DESCRIPTION, "{name}: {} bytes", description.len());
        assert!(!description.ends_with('.'), "{name}: {description}");
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let text = read(folder.join(licence));
            assert_eq!(text, read(root().join(licence)), "{name}: {licence}");
        }
        let title = format!("# {}\n", package["name"].as_str().expect("a name"));
        let readme = read(folder.join("README.md"));
        assert!(readme.starts_with(&title) && readme.lines().count() < 20, "{name}: README.md");
        crates += 1;
    }
    assert!(crates >= 7, "{crates}");
}
