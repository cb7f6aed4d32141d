//! Compares docs/cost.md with the calls of the commands: each row of the table is run.

use hydrant_emulator::Emulator;

use crate::docs::document;
use crate::docs::markdown::{blocks, part};
use crate::support::Sandbox;

#[test]
fn commands_ask_as_often_as_the_document_says() {
    let text = document("docs/cost.md").text;
    let part = part(&text, "## Calls of other commands");
    let manifest = &blocks(part)[0].body;
    let mut rows = 0;
    for row in part.lines().filter(|line| line.starts_with("| `hydrant ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let command = cells[1].trim_matches('`').trim_start_matches("hydrant ");
        let emulator = Emulator::start().expect("an emulator");
        emulator.create_secret("us-east-1", "demo/key", Some("sk-1")).expect("a secret");
        emulator
            .create_secret("us-east-1", "demo/json", Some("{\"part\": \"sk-2\"}"))
            .expect("a secret");
        let ran = Sandbox::new(manifest).with(&emulator).fed(command.split(' '), "sk-3");
        assert_eq!(ran.code, Some(0), "{command}: {ran:?}");
        let calls = emulator.calls();
        let asked = calls
            .iter()
            .filter(|call| call.operation.to_string().starts_with("secretsmanager:"))
            .count();
        assert_eq!(asked.to_string(), cells[2], "{command}: {calls:?}");
        rows += 1;
    }
    assert!(rows > 5, "only {rows} rows");
}
