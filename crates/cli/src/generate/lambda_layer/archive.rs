//! The archive: the same bytes for the same files, whoever makes it and when; and what differs in
//! one in hand.
//!
//! The files are stored as they are: a compressor's next version would make other bytes of them,
//! and a layer is small enough. An archive that something else made is compared by what its
//! directory says of each file, which needs no decompression. The format is
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>; of it only what every reader
//! knows is used.

use hydrant_core::shown;

use super::crc32::crc32;

/// The signatures of a file's header, of its entry in the directory, and of the end of the
/// directory.
const FILE: u32 = 0x0403_4b50;
const ENTRY: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;

/// The lengths of the last two, and of the first, without their names.
const ENTRY_LENGTH: usize = 46;
const END_LENGTH: usize = 22;
const FILE_LENGTH: usize = 30;

/// The first day that an archive can name: 1980-01-01.
const DAY: u16 = 0x21;

/// A file of the layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) mode: u32,
    pub(crate) content: Vec<u8>,
}

impl File {
    /// A script, which its interpreter has to read.
    pub(super) fn script(name: &'static str, content: Vec<u8>) -> Self {
        File { name, mode: 0o755, content }
    }

    /// A program that its owner alone can read. A process that its user cannot read the executable
    /// of is closed to the other processes of that user from execve on.
    pub(super) fn program(name: &'static str, content: Vec<u8>) -> Self {
        File { name, mode: 0o711, content }
    }

    pub(super) fn readable(name: &'static str, content: Vec<u8>) -> Self {
        File { name, mode: 0o644, content }
    }
}

/// Makes the archive; none where it would be longer than an archive of this form can be, 4 GiB.
pub(crate) fn archive(files: &[File]) -> Option<Vec<u8>> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for File { name, mode, content } in files {
        let begin = u32::try_from(archive.len()).ok()?;
        let (length, name_length) =
            (u32::try_from(content.len()).ok()?, u16::try_from(name.len()).ok()?);
        // What a header and an entry share: versions and flags, stored as it is, midnight, day,
        // checksum, lengths.
        let mut shared = Vec::new();
        put16(&mut shared, &[10, 0, 0, 0, DAY]);
        put32(&mut shared, &[crc32(content), length, length]);
        put16(&mut shared, &[name_length, 0]);
        put32(&mut archive, &[FILE]);
        archive.extend_from_slice(&shared);
        archive.extend_from_slice(name.as_bytes());
        archive.extend_from_slice(content);
        put32(&mut directory, &[ENTRY]);
        // Made on Unix, so that the mode counts; no comment, on the first disk, no attributes of
        // other systems.
        put16(&mut directory, &[3 << 8 | 10]);
        directory.extend_from_slice(&shared);
        put16(&mut directory, &[0, 0, 0]);
        put32(&mut directory, &[(0o100_000 | mode) << 16, begin]);
        directory.extend_from_slice(name.as_bytes());
    }
    let (begin, length) =
        (u32::try_from(archive.len()).ok()?, u32::try_from(directory.len()).ok()?);
    let count = u16::try_from(files.len()).ok()?;
    archive.append(&mut directory);
    put32(&mut archive, &[END]);
    put16(&mut archive, &[0, 0, count, count]);
    put32(&mut archive, &[length, begin]);
    put16(&mut archive, &[0]);
    Some(archive)
}

/// What is different in an archive in hand, a line each; nothing where it makes the same layer.
pub(crate) fn differences(found: &[u8], files: &[File]) -> Vec<String> {
    let Some(entries) = entries(found) else {
        return vec!["it is no archive".to_owned()];
    };
    let mut lines = Vec::new();
    for File { name, mode, content } in files {
        let said = match entries.iter().rfind(|entry| entry.name == *name) {
            None => Some("missing"),
            Some(entry)
                if entry.length as usize != content.len() || entry.checksum != crc32(content) =>
            {
                Some("changed")
            }
            Some(entry) if entry.stored.is_some_and(|stored| stored != content) => Some("changed"),
            Some(entry) if entry.mode & 0o777 != *mode => Some("of another mode"),
            Some(_) => None,
        };
        lines.extend(said.map(|said| format!("{name}: {said}")));
    }
    let known = |name: &str| name.ends_with('/') || files.iter().any(|file| file.name == name);
    let others = entries.iter().filter(|entry| !known(&entry.name));
    lines.extend(others.map(|entry| {
        format!(
            "{}: not of the layer",
            shown::name(&entry.name).unwrap_or_else(|| shown::NOT_SHOWN.into())
        )
    }));
    lines
}

/// What the directory of an archive says of a file.
struct Entry<'a> {
    name: String,
    mode: u32,
    checksum: u32,
    length: u32,
    /// The content, where it is stored as it is.
    stored: Option<&'a [u8]>,
}

/// The directory; none where there is none.
fn entries(archive: &[u8]) -> Option<Vec<Entry<'_>>> {
    // A comment may follow, of 65,535 bytes at most.
    let last = archive.len().checked_sub(END_LENGTH)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    let end = (first..=last).rev().find(|at| get32(archive, *at) == Some(END))?;
    let mut at = get32(archive, end + 16)? as usize;
    let mut entries = Vec::new();
    for _ in 0..get16(archive, end + 10)? {
        if get32(archive, at)? != ENTRY {
            return None;
        }
        let (length, begin) = (get32(archive, at + 24)?, get32(archive, at + 42)? as usize);
        let lengths = [28, 30, 32].map(|field| get16(archive, at + field).map(usize::from));
        let [Some(name), Some(extra), Some(comment)] = lengths else { return None };
        let is_stored = get16(archive, at + 10)? == 0;
        entries.push(Entry {
            name: String::from_utf8_lossy(
                archive.get(at + ENTRY_LENGTH..at + ENTRY_LENGTH + name)?,
            )
            .into_owned(),
            mode: get32(archive, at + 38)? >> 16,
            checksum: get32(archive, at + 16)?,
            length,
            stored: if is_stored { Some(content(archive, begin, length as usize)?) } else { None },
        });
        at += ENTRY_LENGTH + name + extra + comment;
    }
    Some(entries)
}

/// What follows a file's own header.
fn content(archive: &[u8], begin: usize, length: usize) -> Option<&[u8]> {
    let (name, extra) = (get16(archive, begin + 26)?, get16(archive, begin + 28)?);
    let begin = begin + FILE_LENGTH + usize::from(name) + usize::from(extra);
    archive.get(begin..begin.checked_add(length)?)
}

/// Numbers are written with their lowest byte first.
fn put16(to: &mut Vec<u8>, numbers: &[u16]) {
    to.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn put32(to: &mut Vec<u8>, numbers: &[u32]) {
    to.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn get16(from: &[u8], at: usize) -> Option<u16> {
    from.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}

fn get32(from: &[u8], at: usize) -> Option<u32> {
    from.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(script: &str) -> Vec<File> {
        vec![
            File::program("bin/hydrant", b"\x7fELF".to_vec()),
            File::readable("hydrant/secrets.toml", script.into()),
        ]
    }

    #[test]
    fn the_same_files_make_the_same_bytes() {
        assert_eq!(archive(&files("a")), archive(&files("a")));
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
    }

    #[test]
    fn what_is_broken_is_no_archive_or_a_changed_one() {
        let whole = archive(&files("a")).unwrap();
        assert_eq!(differences(b"PK", &files("a")), ["it is no archive"]);
        // No cut and no byte more or less makes it panic; a byte of a file is noticed, though the
        // directory is right.
        for end in 0..whole.len() {
            assert!(!differences(&whole[..end], &files("a")).is_empty(), "{end}");
        }
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            _ = differences(&broken, &files("a"));
        }
        let mut broken = whole;
        let at = broken.windows(4).position(|window| window == b"\x7fELF").unwrap();
        broken[at + 1] = b'e';
        assert_eq!(differences(&broken, &files("a")), ["bin/hydrant: changed"]);
    }
}
