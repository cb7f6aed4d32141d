//! A fast filter: most names match no pattern, and every start checks all of them. Three letters
//! are enough to rule a name out.

use super::{Program, builds, interpreters, system, tools, virtual_machines};

pub(super) const ALL: [&[Program]; 5] = [
    interpreters::PROGRAMS,
    virtual_machines::PROGRAMS,
    builds::PROGRAMS,
    tools::PROGRAMS,
    system::PROGRAMS,
];

/// Enough bits that two groups of letters rarely share one.
const BITS: usize = 4096;

/// The groups of letters that the patterns begin with, or end with if they begin with a `*`.
struct Letters {
    first: [u64; BITS / 64],
    last: [u64; BITS / 64],
}

/// Computed at compile time.
static LETTERS: Letters = {
    let mut letters = Letters { first: [0; BITS / 64], last: [0; BITS / 64] };
    let mut file = 0;
    while file < ALL.len() {
        let mut program = 0;
        while program < ALL[file].len() {
            let Program { load, change, families, .. } = &ALL[file][program];
            letters = with(with(with(letters, load), change), families);
            program += 1;
        }
        file += 1;
    }
    letters
};

const fn with(mut letters: Letters, list: &[(&str, &str)]) -> Letters {
    let mut index = 0;
    while index < list.len() {
        let pattern = list[index].0.as_bytes();
        if pattern[0] == b'*' {
            let bit = last(pattern);
            letters.last[bit / 64] |= 1 << (bit % 64);
        } else {
            assert!(pattern.len() < 3 || (pattern[1] != b'*' && pattern[2] != b'*'));
            let bit = first(pattern);
            letters.first[bit / 64] |= 1 << (bit % 64);
        }
        index += 1;
    }
    letters
}

/// The bit of the first three letters, or fewer.
const fn first(name: &[u8]) -> usize {
    let (mut bit, mut index) = (0, 0);
    while index < 3 {
        let letter = if index < name.len() { name[index].to_ascii_uppercase() } else { 0 };
        bit = bit * 37 + letter as usize;
        index += 1;
    }
    bit % BITS
}

/// The bit of the last three letters.
const fn last(name: &[u8]) -> usize {
    let length = name.len();
    if length < 3 { 0 } else { first(&[name[length - 1], name[length - 2], name[length - 3]]) }
}

/// Whether a pattern may match the name. It is false for nearly all names that no pattern matches.
pub(super) fn may_match(name: &str) -> bool {
    let is_set = |bits: &[u64; BITS / 64], bit: usize| bits[bit / 64] & (1 << (bit % 64)) != 0;
    is_set(&LETTERS.first, first(name.as_bytes())) || is_set(&LETTERS.last, last(name.as_bytes()))
}
