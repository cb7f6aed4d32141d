//! A long-running Python process that reads env files with python-dotenv, one line of JSON for
//! each.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Without interpolation, and with line ends as they are.
const PROGRAM: &str = "\
import dotenv, io, json, logging, sys
logging.disable()
for line in sys.stdin:
    values = dotenv.dotenv_values(stream=io.StringIO(json.loads(line), newline=''), \
    interpolate=False)
    print(json.dumps(values), flush=True)
";

pub(crate) struct Dotenv {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Dotenv {
    pub(crate) fn start() -> Self {
        let python = std::env::var_os("HYDRANT_TEST_PYTHON");
        let python =
            python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test");
        let mut command = Command::new(python);
        command.args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python starts");
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Dotenv { child, questions, answers }
    }

    /// The variables of a file; `None` for a name without `=`.
    pub(crate) fn read(&mut self, text: &str) -> BTreeMap<String, Option<String>> {
        let question = serde_json::to_string(text).expect("a text is JSON");
        writeln!(self.questions.as_mut().expect("open until the end"), "{question}")
            .expect("python listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("python answers");
        serde_json::from_str(&answer).expect("python answers in JSON")
    }
}

impl Drop for Dotenv {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.wait();
    }
}
