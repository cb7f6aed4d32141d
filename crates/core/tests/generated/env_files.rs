//! Env files: every text gives a result, its problems name existing lines, and the values are those
//! of python-dotenv without interpolation.

use std::cell::RefCell;
use std::collections::BTreeMap;

use hydrant_core::EnvFile;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::python::Dotenv;
use crate::texts::soup;

const PIECES: &[&str] = &[
    "A", "B", "A=", "B=", "export ", "export", "=", "'", "\"", "\\", "\\'", "\\\"", "\\n", "\\x41",
    "\\u0041", "#", " #", " ", "\t", "\n", "\n", "\r\n", "\r", "$", "${A}", "$(id)", "`", "value",
    "\u{feff}", "\0", "é", "\u{85}", "\u{a0}", "\u{2028}", "\u{b}", "\u{c}", "\u{1c}",
];

/// Lines as people write them.
fn lines() -> impl Strategy<Value = String> {
    let name = "(export )?[ ]{0,2}[A-Za-z_.-]{1,6}[ ]{0,2}=[ ]{0,2}";
    let value = prop_oneof![
        "[ -~]{0,12}",
        "'([ -&(-\\[\\]-~\\n]|\\\\.){0,12}'( #.{0,4})?",
        "\"([ !#-\\[\\]-~\\n]|\\\\.){0,12}\"( #.{0,4})?",
        soup(PIECES, 6),
    ];
    let line = (name, value).prop_map(|(name, value)| name + &value);
    prop::collection::vec(line, 0..6).prop_map(|lines| lines.join("\n"))
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![1 => any::<String>(), 4 => soup(PIECES, 30), 4 => lines()]
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in texts()) {
        match EnvFile::parse(&text) {
            Ok(file) => prop_assert!(file.iter().all(|(name, value)| !name.is_empty() && !value.contains('\0'))),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                let lines = text.chars().filter(|c| matches!(c, '\n' | '\r')).count() + 1;
                let places: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
                prop_assert!(places.is_sorted() && places[0] >= 1 && places[places.len() - 1] <= lines, "{places:?} of {lines}");
            }
        }
    }
}

/// The text with some of the settings cut out, and a comment in the place of each.
fn without(text: &str, file: &EnvFile, names: &[&str], comment: &str) -> String {
    let mut left = text.to_owned();
    for setting in
        file.settings().iter().rev().filter(|setting| names.contains(&setting.name.as_str()))
    {
        left.replace_range(setting.bytes.clone(), comment);
    }
    left
}

proptest! {
    #[test]
    fn what_is_left_reads_as_the_rest(text in texts(), chosen in any::<prop::sample::Index>(), comment in "(# [ -~]{0,8})?") {
        let Ok(file) = EnvFile::parse(&text) else { return Ok(()) };
        let all: Vec<&str> = file.names().collect();
        prop_assert!(file.settings().iter().all(|setting| all.contains(&setting.name.as_str())));
        prop_assert!(file.settings().is_sorted_by(|a, b| a.bytes.end < b.bytes.start && a.lines.end() < b.lines.start()));
        let one = if all.is_empty() { Vec::new() } else { vec![all[chosen.index(all.len())]] };
        for cut in [&all, &one] {
            let left = without(&text, &file, cut, &comment);
            let read = EnvFile::parse(&left);
            prop_assert!(read.is_ok(), "{left:?} of {text:?}");
            let read = read.unwrap();
            let expected: Vec<_> = file.iter().filter(|(name, _)| !cut.contains(name)).collect();
            prop_assert_eq!(read.iter().collect::<Vec<_>>(), expected, "{:?} of {:?}", left, text);
        }
    }

    /// A value is within the bytes of its setting, and within its lines.
    #[test]
    fn a_setting_reads_by_itself(text in texts()) {
        let Ok(file) = EnvFile::parse(&text) else { return Ok(()) };
        for setting in file.settings() {
            // On a second line, because a byte order mark there is part of a name.
            let alone = EnvFile::parse(&format!("\n{}", &text[setting.bytes.clone()]));
            prop_assert!(alone.is_ok());
            let alone = alone.unwrap();
            prop_assert_eq!(alone.names().collect::<Vec<_>>(), [&setting.name]);
            let last_line = setting.lines.end() - setting.lines.start() + 2;
            prop_assert_eq!(alone.settings()[0].lines.clone(), 2..=last_line);
            let last = file.setting_of(&setting.name) == Some(setting);
            prop_assert!(!last || alone.get(&setting.name) == file.get(&setting.name));
        }
    }
}

#[test]
fn what_is_read_is_what_python_dotenv_reads() {
    let python = RefCell::new(Dotenv::start());
    let config = ProptestConfig {
        source_file: Some(file!()),
        max_global_rejects: u32::MAX,
        ..ProptestConfig::default()
    };
    let run = TestRunner::new(config).run(&texts(), |text| {
        // The only intended difference: within double quotes it is a dollar here, and both
        // characters there.
        prop_assume!(!text.contains("\\$"));
        let Ok(file) = EnvFile::parse(&text) else { return Ok(()) };
        let ours: BTreeMap<String, Option<String>> =
            file.iter().map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).collect();
        prop_assert_eq!(
            ours,
            python.borrow_mut().read(text.trim_start_matches('\u{feff}')),
            "{:?}",
            text
        );
        Ok(())
    });
    run.unwrap();
}
