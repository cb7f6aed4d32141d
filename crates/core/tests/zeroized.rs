//! A value leaves no copy in the memory of the process once it is dropped.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use hydrant_core::SecretValue;

/// The value's characters, generated each time, so that searching for the value makes no copy of
/// it.
fn character(seed: u64, index: usize) -> u8 {
    let mixed = (seed ^ index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    b'a' + (mixed >> 32) as u8 % 26
}

const LENGTH: usize = 64;

/// The part to search for: the end of the value, because an allocator overwrites the beginning of
/// freed memory.
const TAIL: std::ops::Range<usize> = 32..LENGTH;

/// How often the value is in the writable memory of the process.
fn copies(seed: u64) -> usize {
    let memory = File::open("/proc/self/mem").expect("the memory of this process");
    let maps = fs::read_to_string("/proc/self/maps").expect("its map");
    let mut copies = 0;
    // Allocated once and used for every part. It is not counted, because it holds what it has read.
    let mut bytes = vec![0u8; 1 << 20];
    let own = bytes.as_ptr() as u64;
    for line in maps
        .lines()
        .filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw")))
    {
        let (start, end) =
            line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
        let address = |text| u64::from_str_radix(text, 16).expect("an address");
        let (mut at, end) = (address(start), address(end));
        while at < end {
            let length = bytes.len().min((end - at) as usize);
            let read = memory.read_at(&mut bytes[..length], at).unwrap_or(0);
            let found = bytes[..read].windows(TAIL.len()).enumerate().filter(|(offset, window)| {
                let inside = (own..own + (1 << 20)).contains(&(at + *offset as u64));
                !inside
                    && window.iter().zip(TAIL).all(|(byte, index)| *byte == character(seed, index))
            });
            copies += found.count();
            // The parts overlap, so that nothing is missed at a border.
            at += length.saturating_sub(TAIL.len() - 1).max(1) as u64;
        }
    }
    copies
}

#[test]
fn a_dropped_value_is_nowhere() {
    let seed = u64::from(std::process::id()) << 20;
    let mut text = String::with_capacity(LENGTH);
    (0..LENGTH).for_each(|index| text.push(char::from(character(seed, index))));
    let value = SecretValue::from(text);
    let copy = value.clone();
    assert_eq!(copies(seed), 1, "the value is found, and a copy of it is not a second text");
    drop(value);
    assert_eq!(copies(seed), 1);
    drop(copy);
    assert_eq!(copies(seed), 0);
}
