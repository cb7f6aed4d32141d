//! The archive: the same bytes for the same files, whoever makes it and when.
//!
//! The files are stored as they are: a compressor's next version would make other bytes of them,
//! and a layer is small enough. The format is
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>; of it only what every reader
//! knows is used.

/// The signatures of a file's header, of its entry in the directory, and of the end of the
/// directory.
const FILE: u32 = 0x0403_4b50;
const ENTRY: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;

/// The first day that an archive can name: 1980-01-01.
const DAY: u16 = 0x21;

/// A file of the layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    name: &'static str,
    mode: u32,
    content: Vec<u8>,
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
pub(super) fn archive(files: &[File]) -> Option<Vec<u8>> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for File { name, mode, content } in files {
        let begin = u32::try_from(archive.len()).ok()?;
        let (length, name_length) =
            (u32::try_from(content.len()).ok()?, u16::try_from(name.len()).ok()?);
        // What a header and an entry share: versions and flags, stored as it is, midnight, day,
        // checksum, lengths.
        let mut shared = Vec::new();
        put16(&mut shared, &[10, 0, 0, 0, DAY]);
        put32(&mut shared, &[crc32fast::hash(content), length, length]);
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

/// Numbers are written with their lowest byte first.
fn put16(to: &mut Vec<u8>, numbers: &[u16]) {
    to.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn put32(to: &mut Vec<u8>, numbers: &[u32]) {
    to.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
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
}
