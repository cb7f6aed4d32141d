//! The table of characters that are escaped, against Python's of the Unicode categories.

use std::process::Command;

use hydrant_core::shown::needs_escape;

const PROGRAM: &str = "\
import unicodedata
print(unicodedata.unidata_version)
for code in range(0x110000):
    if unicodedata.category(chr(code)) in ('Cc', 'Cf', 'Zl', 'Zp'):
        print(code)
";

#[test]
fn the_table_is_that_of_unicode() {
    let python = std::env::var_os("HYDRANT_TEST_PYTHON");
    let python =
        python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test");
    let output = Command::new(python).args(["-c", PROGRAM]).output().expect("python starts");
    let output = String::from_utf8(output.stdout).expect("UTF-8");
    let (version, codes) = output.split_once('\n').expect("a version");
    let theirs: Vec<u32> = codes.lines().map(|code| code.parse().expect("a number")).collect();
    let ours = ('\0'..=char::MAX).filter(|char| needs_escape(*char)).map(u32::from);
    // U+13439 to U+1343F are of Unicode 15.
    let known = |code: &u32| version >= "15" || !(0x13439..=0x1343f).contains(code);
    assert_eq!(ours.filter(known).collect::<Vec<_>>(), theirs, "Unicode {version}");
}
