use super::*;

/// `NAME=value` for each variable, or `LINE kind` for each problem, with ` | ` between them.
fn check(input: &str, expected: &str) {
    let found = match EnvFile::parse(input) {
        Ok(file) => file.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
        Err(problems) => {
            problems.iter().map(|problem| format!("{} {:?}", problem.line, problem.kind)).collect()
        }
    };
    assert_eq!(found.join(" | "), expected, "for {input:?}");
}

#[test]
fn values_are_literal() {
    check("", "");
    check("# nothing\n\n  # at all", "");
    check("A=1", "A=1");
    check("\u{feff}A=1\r\nB=2\r\n", "A=1 | B=2");
    check("\u{feff}\u{feff}A=1", "A=1");
    check("A=1\rB=2", "A=1 | B=2");
    check("export A=1\nexport\tB = 2\nexport=3", "A=1 | B=2 | export=3");
    check("  A  =  a b  ", "A=a b");
    check("'A'=1", "A=1");
    check("A=pa$word${HOME}`id`$(id)", "A=pa$word${HOME}`id`$(id)");
    check("A=a=b==", "A=a=b==");
    check("A=sk-1#2 # comment", "A=sk-1#2");
    check("A=#1", "A=#1");
    check("A= # comment", "A=");
    check("A=\t#comment", "A=");
    check("A=\u{1c}1\u{1f}\nB\u{1d}=2\u{1e}#3", "A=1 | B=2");
    check("A=\nB=", "A= | B=");
    check("A=a'b\"c", "A=a'b\"c");
    check("A=a\\nb", "A=a\\nb");
    check("A=1\nA=2", "A=2");
    check("a.b-c=1\nÜ=ü", "a.b-c=1 | Ü=ü");
}

#[test]
fn quotes() {
    check(r"A='a $b \n \' \\ # c'", r"A=a $b \n ' \ # c");
    check(r#"A="a\tb\\\"\$x$x\d\u00e9" # comment"#, "A=a\tb\\\"$x$x\\d\\u00e9");
    check(r#"A="\a\b\f\n\r\v\'""#, "A=\u{7}\u{8}\u{c}\n\r\u{b}'");
    check("A='one\r\ntwo'\nB=3", "A=one\r\ntwo | B=3");
    check("A=\"one\n\n# two\"#c\nB=3", "A=one\n\n# two | B=3");
    check("A=''\nB=\"\"", "A= | B=");
    check("A='\\\\'\nB=1", "A=\\ | B=1");
}

#[test]
fn problems_name_their_lines() {
    check("A=1\nhunter2\nB=2\n=3\n", "2 NoEquals | 4 Name");
    check("export =1\nA=1", "1 Name");
    check("A B=1", "1 NoEquals");
    check("A #=1", "1 NoEquals");
    check("\"A\"=1", "1 Name");
    check("'A=1", "1 Name");
    check("''=1", "1 Name");
    check("export\nA=1", "1 NoEquals");
    check("A='one\ntwo\nB=2", "1 OpenQuote | 2 NoEquals");
    check("\n\nA=\"x\" y\nB", "3 AfterQuote | 4 NoEquals");
    check("A='x\ny' z\nB", "1 AfterQuote | 3 NoEquals");
    check("A=\"x\\\"", "1 OpenQuote");
    check("A=a\0b\nB='\0'", "1 Nul | 2 Nul");
    check("A\r\nB\rC\nD", "1 NoEquals | 2 NoEquals | 3 NoEquals | 4 NoEquals");
}

/// `NAME LINES text` for each setting.
#[track_caller]
fn check_places(input: &str, expected: &[&str]) {
    let file = EnvFile::parse(input).unwrap();
    let places = file.settings().iter().map(|setting| {
        let (first, last) = (setting.lines.start(), setting.lines.end());
        format!("{} {first}-{last} {}", setting.name, &input[setting.bytes.clone()])
    });
    assert_eq!(places.collect::<Vec<_>>(), expected, "for {input:?}");
}

#[test]
fn places() {
    check_places("", &[]);
    check_places("# A=1\n\n  A = 1 # one\nB=2", &["A 3-3 A = 1 # one", "B 4-4 B=2"]);
    check_places("\u{feff}\u{feff}A=1\r\n\texport B=2\r\n", &["A 1-1 A=1", "B 2-2 export B=2"]);
    check_places("A=1\rB='x\r\ny' # z\rC=", &["A 1-1 A=1", "B 2-3 B='x\r\ny' # z", "C 4-4 C="]);
    check_places(
        "A='1\n\n2'\nA=3\nB=\nA=é\u{85}",
        &["A 1-3 A='1\n\n2'", "A 4-4 A=3", "B 5-5 B=", "A 6-6 A=é\u{85}"],
    );
    let file = EnvFile::parse("A=1\nB=2\nA=3").unwrap();
    assert_eq!(file.setting_of("A").map(|setting| *setting.lines.start()), Some(3));
    assert_eq!(file.setting_of("C"), None);
}

#[test]
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    assert!(EnvFile::read(&path).unwrap_err().is_missing());
    assert!(!EnvFile::read(folder.path()).unwrap_err().is_missing());

    std::fs::write(&path, "A=1\nhunter2\n=hunter2").unwrap();
    let expected = format!(
        "{0}:2: no `=` after the name\n{0}:3: no valid name before the `=`",
        path.display()
    );
    assert_eq!(EnvFile::read(&path).unwrap_err().to_string(), expected);

    std::fs::write(&path, b"A=1\nB=\xff\n").unwrap();
    let expected = format!("{}:2: the file is not UTF-8", path.display());
    assert_eq!(EnvFile::read(&path).unwrap_err().to_string(), expected);

    std::fs::write(&path, "EMPTY=\nKEY=hunter2").unwrap();
    let file = EnvFile::read(&path).unwrap();
    assert_eq!((file.get("EMPTY"), file.get("KEY")), (None, Some("hunter2")));
    assert_eq!(file.names().collect::<Vec<_>>(), ["EMPTY", "KEY"]);
    assert_eq!(format!("{file:?}"), r#"{"EMPTY", "KEY"}"#);
}
