//! A small HTTP client that keeps its connection, so that the tests see the bytes on the wire.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use hydrant_emulator::Emulator;
use serde_json::{Value, json};

/// A new emulator, used by one test only.
pub(crate) fn emulator() -> Emulator {
    Emulator::start().expect("an endpoint on loopback")
}

/// A ClientRequestToken: long enough, and distinguished by a digit.
pub(crate) fn token(digit: u8) -> String {
    format!("00000000-0000-4000-8000-{digit:012}")
}

/// One connection to an emulator.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    authorization: String,
}

/// An HTTP response.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn new(emulator: &Emulator) -> Self {
        Self::in_region(emulator, "us-east-1")
    }

    pub(crate) fn in_region(emulator: &Emulator, region: &str) -> Self {
        let endpoint = emulator.endpoint();
        let address = endpoint.strip_prefix("http://").expect("plain HTTP");
        let stream = TcpStream::connect(address).expect("a connection");
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/{region}/service/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        Self { stream: BufReader::new(stream), authorization }
    }

    /// Calls an operation of Secrets Manager. Returns its output, or its code and message.
    pub(crate) fn secrets(
        &mut self,
        operation: &str,
        body: Value,
    ) -> Result<Value, (String, String)> {
        self.send(&format!("secretsmanager.{operation}"), &body.to_string()).result()
    }

    /// Calls an operation of Parameter Store.
    pub(crate) fn ssm(&mut self, operation: &str, body: Value) -> Result<Value, (String, String)> {
        self.send(&format!("AmazonSSM.{operation}"), &body.to_string()).result()
    }

    /// Creates a secret over the wire. Returns its ARN.
    pub(crate) fn create(&mut self, name: &str, value: &str) -> String {
        let body = json!({ "Name": name, "SecretString": value, "ClientRequestToken": token(1) });
        let output = self.secrets("CreateSecret", body).expect("a new secret");
        output["ARN"].as_str().expect("an ARN").to_owned()
    }

    pub(crate) fn send(&mut self, target: &str, body: &str) -> Reply {
        self.send_only(target, body);
        self.receive()
    }

    /// Sends a request, and does not read its response.
    pub(crate) fn send_only(&mut self, target: &str, body: &str) {
        let request = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: \
             {target}\r\nauthorization: {}\r\ncontent-length: {}\r\n\r\n{body}",
            self.authorization,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("a request");
    }

    /// Sends a call of the query protocol.
    pub(crate) fn form(&mut self, form: &str) -> Reply {
        let request = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             authorization: {}\r\ncontent-length: {}\r\n\r\n{form}",
            self.authorization,
            form.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("a request");
        self.receive()
    }

    /// Whether the other side has closed the connection.
    pub(crate) fn is_closed(&mut self) -> bool {
        !matches!(self.stream.fill_buf(), Ok(bytes) if !bytes.is_empty())
    }

    fn receive(&mut self) -> Reply {
        let mut line = || {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a line");
            line.trim_end().to_owned()
        };
        let status =
            line().split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let headers: Vec<(String, String)> = std::iter::from_fn(|| {
            let line = line();
            line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        })
        .collect();
        let length = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .map_or("0", |(_, value)| value);
        let mut body = vec![0; length.parse().expect("a length")];
        self.stream.read_exact(&mut body).expect("a body");
        Reply { status, headers, text: String::from_utf8(body).expect("text") }
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The output of a 200, or the code and the message of a 400.
    pub(crate) fn result(self) -> Result<Value, (String, String)> {
        let body: Value = serde_json::from_str(&self.text).expect("JSON");
        if self.status == 200 {
            return Ok(body);
        }
        assert_eq!(self.status, 400, "{body}");
        let text = |member: &str| body[member].as_str().map(str::to_owned);
        Err((
            text("__type").expect("a code"),
            text("Message").or_else(|| text("message")).unwrap_or_default(),
        ))
    }
}

/// Asserts an error by its code and its message.
#[track_caller]
pub(crate) fn assert_refused(result: Result<Value, (String, String)>, code: &str, message: &str) {
    match result {
        Ok(output) => panic!("answered: {output}"),
        Err(found) => assert_eq!((found.0.as_str(), found.1.as_str()), (code, message)),
    }
}
