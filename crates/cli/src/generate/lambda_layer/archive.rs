//! The archive: the same bytes for the same files, whoever makes it and when; and what differs in one in hand.
//!
//! The files are stored as they are: a compressor's next version would make other bytes of them, and a layer is small enough.

use std::io::{Cursor, Read, Write};

use zip::read::ZipArchive;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

/// A file of the layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) mode: u32,
    pub(crate) content: Vec<u8>,
}

impl File {
    pub(super) fn executable(name: &'static str, content: Vec<u8>) -> Self {
        File { name, mode: 0o755, content }
    }

    pub(super) fn readable(name: &'static str, content: Vec<u8>) -> Self {
        File { name, mode: 0o644, content }
    }
}

/// # Errors
///
/// That of the library, which there is no reason for in memory.
pub(crate) fn archive(files: &[File]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for File { name, mode, content } in files {
        // The date is the first one that an archive can have.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .unix_permissions(*mode);
        archive.start_file(*name, options)?;
        archive.write_all(content)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// What is different in an archive in hand, a line each; nothing where it makes the same layer.
pub(crate) fn differences(found: &[u8], files: &[File]) -> Vec<String> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(found)) else {
        return vec!["it is no archive".to_owned()];
    };
    let mut lines = Vec::new();
    for file in files {
        let said = match archive.by_name(file.name) {
            Err(zip::result::ZipError::FileNotFound) => Some("missing"),
            Err(_) => Some("unreadable"),
            Ok(mut entry) => {
                let mut content = Vec::new();
                match entry.by_ref().take(file.content.len() as u64 + 1).read_to_end(&mut content) {
                    Err(_) => Some("unreadable"),
                    Ok(_) if content != file.content => Some("changed"),
                    Ok(_) if entry.unix_mode().map(|mode| mode & 0o777) != Some(file.mode) => Some("of another mode"),
                    Ok(_) => None,
                }
            }
        };
        lines.extend(said.map(|said| format!("{}: {said}", file.name)));
    }
    let known = |name: &str| name.ends_with('/') || files.iter().any(|file| file.name == name);
    let names = archive.file_names().filter_map(Result::ok);
    lines.extend(names.filter(|name| !known(name)).map(|name| format!("{name}: not of the layer")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(script: &str) -> Vec<File> {
        vec![
            File::executable("bin/hydrant", b"\x7fELF".to_vec()),
            File::readable("hydrant/secrets.toml", script.into()),
        ]
    }

    #[test]
    fn the_same_files_make_the_same_bytes() {
        assert_eq!(archive(&files("a")).unwrap(), archive(&files("a")).unwrap());
    }

    #[test]
    fn differences_are_told_by_file() {
        fn check(found: &[File], expected: &[&str]) {
            assert_eq!(differences(&archive(found).unwrap(), &files("a")), expected);
        }
        check(&files("a"), &[]);
        check(&files("b"), &["hydrant/secrets.toml: changed"]);
        check(&files("ab"), &["hydrant/secrets.toml: changed"]);
        check(&files("a")[..1], &["hydrant/secrets.toml: missing"]);
        let mut other = files("a");
        other[0].mode = 0o644;
        other.push(File::readable("x", Vec::new()));
        check(&other, &["bin/hydrant: of another mode", "x: not of the layer"]);
        assert_eq!(differences(b"PK", &files("a")), ["it is no archive"]);
    }
}
