//! What can be known of a binary without starting it: whether it is one for Linux and this
//! architecture, and which glibc it needs.

use super::Architecture;

/// The minor version of the glibc of Amazon Linux 2023, which Lambda's runtimes stand on.
pub(super) const GLIBC_OF_LAMBDA: u32 = 34;

/// What keeps it from running on Lambda.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is for something else; a clause.
    Foreign(&'static str),
    /// It needs a newer glibc, of this minor version.
    Glibc(u32),
}

/// See `man 5 elf`: the file begins with its magic number, class and byte order; the machine is at
/// byte 18.
pub(super) fn faults(binary: &[u8], architecture: Architecture) -> Option<Fault> {
    let machine = match architecture {
        Architecture::X86 => 62,
        Architecture::Arm => 183,
    };
    let is_elf = binary.starts_with(b"\x7fELF\x02\x01");
    match binary.get(18..20) {
        Some(found) if is_elf && found == u16::to_le_bytes(machine) => {}
        Some(_) if is_elf => return Some(Fault::Foreign("is for another architecture")),
        _ => return Some(Fault::Foreign("is not a 64-bit binary for Linux")),
    }
    newest_glibc(binary).filter(|minor| *minor > GLIBC_OF_LAMBDA).map(Fault::Glibc)
}

/// The newest of the versions that it names, as `GLIBC_2.34`: the linker writes down those that it
/// needs.
fn newest_glibc(binary: &[u8]) -> Option<u32> {
    const NAME: &[u8] = b"GLIBC_2.";
    let versions =
        binary.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME).filter_map(
            |(at, _)| {
                let digits: Vec<u8> = binary[at + NAME.len()..]
                    .iter()
                    .copied()
                    .take_while(u8::is_ascii_digit)
                    .take(4)
                    .collect();
                String::from_utf8(digits).ok()?.parse().ok()
            },
        );
    versions.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(machine: u8, rest: &str) -> Vec<u8> {
        [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0".as_slice(), &[machine, 0], rest.as_bytes()]
            .concat()
    }

    #[test]
    fn binaries() {
        fn check(binary: &[u8], architecture: Architecture, expected: Option<Fault>) {
            assert_eq!(faults(binary, architecture), expected);
        }
        let foreign = |what| Some(Fault::Foreign(what));
        check(&elf(62, ""), Architecture::X86, None);
        check(&elf(183, ""), Architecture::Arm, None);
        check(&elf(183, ""), Architecture::X86, foreign("is for another architecture"));
        check(
            b"#!/bin/sh\necho no binary at all\n",
            Architecture::X86,
            foreign("is not a 64-bit binary for Linux"),
        );
        check(b"", Architecture::X86, foreign("is not a 64-bit binary for Linux"));
        check(&elf(62, "GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_PRIVATE"), Architecture::X86, None);
        check(
            &elf(62, "GLIBC_2.4\0GLIBC_2.39\0GLIBC_2.17"),
            Architecture::X86,
            Some(Fault::Glibc(39)),
        );
    }
}
