//! Faults of responses and of connections, as the bytes that a client sees and the way its
//! connection ends.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hydrant_emulator::{ConnectionFault, Emulator, Fault, Operation};
use serde_json::{Value, json};

use crate::client::{Client, emulator};

/// Longer than any response takes on a busy machine, except in a failing test.
const LONG: Duration = Duration::from_secs(20);

/// How long to wait for a response that must not come.
const SHORT: Duration = Duration::from_millis(100);

const REQUEST: &str = "POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: secretsmanager.GetSecretValue\r\n\
                       content-length: 18\r\n\r\n{\"SecretId\":\"key\"}";

/// A secret to read, with a value long enough to be cut.
fn filled() -> Emulator {
    let emulator = emulator();
    emulator.create_secret("us-east-1", "key", Some("hunter2")).expect("a secret");
    emulator
}

fn connect(emulator: &Emulator, patience: Duration) -> TcpStream {
    let endpoint = emulator.endpoint();
    let stream = TcpStream::connect(endpoint.strip_prefix("http://").expect("plain HTTP"))
        .expect("a connection");
    stream.set_read_timeout(Some(patience)).expect("a timeout");
    stream
}

/// Reads to the end of the connection. `None` for a FIN, else the error.
fn drain(stream: &mut TcpStream) -> (String, Option<ErrorKind>) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).err().map(|error| error.kind());
    (String::from_utf8_lossy(&bytes).into_owned(), end)
}

/// Makes one call over a separate connection. Returns the received bytes and how the connection
/// ended.
fn call(emulator: &Emulator, patience: Duration) -> (String, Option<ErrorKind>) {
    let mut stream = connect(emulator, patience);
    stream.write_all(REQUEST.as_bytes()).expect("a request");
    drain(&mut stream)
}

/// The length in the header, and the length of the received body.
fn lengths(text: &str) -> (usize, usize) {
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let promised = head.split_once("content-length: ").expect("a length").1;
    (promised.lines().next().and_then(|length| length.parse().ok()).expect("a number"), body.len())
}

#[test]
fn a_response_can_be_lost_to_a_reset() {
    let emulator = filled();
    emulator.fault(Some(Operation::GetSecretValue), Fault::ResetBeforeResponse, 2);
    for _ in 0..2 {
        assert_eq!(call(&emulator, LONG), (String::new(), Some(ErrorKind::ConnectionReset)));
    }
    let output = Client::new(&emulator)
        .secrets("GetSecretValue", json!({ "SecretId": "key" }))
        .expect("a value");
    assert_eq!(output["SecretString"], "hunter2");
    assert_eq!(emulator.calls().len(), 3, "the calls are on record, their answers are lost");
}

/// A client whose write was done and whose response never came: with the same token it is done
/// once.
#[test]
fn a_write_whose_response_is_lost_is_executed() {
    for fault in [Fault::ResetBeforeResponse, Fault::CutDuringResponse, Fault::Status(500)] {
        let emulator = filled();
        let mut client = Client::new(&emulator);
        let token = crate::client::token(7);
        let create =
            json!({ "Name": "new", "SecretString": "hunter2", "ClientRequestToken": token });
        let put =
            json!({ "SecretId": "key", "SecretString": "hunter3", "ClientRequestToken": token });
        let parameter = json!({ "Name": "/key", "Value": "hunter4", "Type": "SecureString", "Overwrite": true });
        for (target, input) in [
            ("secretsmanager.CreateSecret", &create),
            ("secretsmanager.PutSecretValue", &put),
            ("AmazonSSM.PutParameter", &parameter),
        ] {
            emulator.fault(None, fault.clone(), 1);
            let body = input.to_string();
            let head = format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let mut stream = connect(&emulator, LONG);
            let request = format!(
                "POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: {target}\r\n{head}{body}"
            );
            stream.write_all(request.as_bytes()).expect("a request");
            let (text, _) = drain(&mut stream);
            assert!(
                !text.contains("\"Version"),
                "{target}, {fault:?}: no whole answer, but {text}"
            );
        }
        for id in ["new", "key"] {
            let output =
                client.secrets("GetSecretValue", json!({ "SecretId": id })).expect("a value");
            assert_eq!(output["VersionId"], token, "{id}, {fault:?}");
        }
        // Again, as a client would. A parameter has no token, and so gets a second version.
        assert_eq!(
            client.secrets("CreateSecret", create).expect("the same secret")["VersionId"],
            token
        );
        assert_eq!(
            client.secrets("PutSecretValue", put).expect("the same version")["VersionId"],
            token
        );
        assert_eq!(client.ssm("PutParameter", parameter).expect("another version")["Version"], 2);
        let versions = client.secrets(
            "ListSecretVersionIds",
            json!({ "SecretId": "key", "IncludeDeprecated": true }),
        );
        assert_eq!(versions.expect("a list")["Versions"].as_array().map(Vec::len), Some(2));
        let tokens: Vec<Option<String>> =
            emulator.calls().into_iter().map(|call| call.client_request_token).collect();
        assert_eq!(
            tokens.iter().flatten().filter(|found| **found == token).count(),
            4,
            "{fault:?}"
        );
    }
}

#[test]
fn a_response_can_break_off_in_the_middle() {
    for (fault, end) in [
        (Fault::ResetDuringResponse, Some(ErrorKind::ConnectionReset)),
        (Fault::CutDuringResponse, None),
    ] {
        let emulator = filled();
        emulator.fault(None, fault.clone(), 1);
        let (text, found) = call(&emulator, LONG);
        assert_eq!(found, end, "{fault:?}");
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{fault:?}: {text}");
        let (promised, came) = lengths(&text);
        assert_eq!(came, promised / 2, "{fault:?}: {text}");
    }
}

#[test]
fn a_connection_can_be_reset_after_its_response() {
    let emulator = filled();
    emulator.fault(None, Fault::ResetAfterResponse, 1);
    let (text, end) = call(&emulator, LONG);
    let (promised, came) = lengths(&text);
    assert_eq!((came, end), (promised, Some(ErrorKind::ConnectionReset)));
    assert!(text.contains("hunter2"));
}

#[test]
fn a_stalled_call_is_received_and_never_gets_a_response() {
    let emulator = filled();
    emulator.fault(None, Fault::Stall, 1);
    let (text, end) = call(&emulator, SHORT);
    assert_eq!((text.as_str(), end), ("", Some(ErrorKind::WouldBlock)));
    assert_eq!(emulator.calls().len(), 1);
    Client::new(&emulator).secrets("ListSecrets", json!({})).expect("the next is answered");
}

#[test]
fn it_ends_at_once_whatever_is_stalled() {
    let emulator = filled();
    emulator.fault(Some(Operation::GetSecretValue), Fault::Stall, 1);
    emulator.fault(Some(Operation::GetSecretValue), Fault::Trickle(LONG), 1);
    emulator.fault(Some(Operation::GetSecretValue), Fault::Latency(LONG), 1);
    let mut streams = Vec::new();
    for calls in 1..=3 {
        let mut stream = connect(&emulator, LONG);
        stream.write_all(REQUEST.as_bytes()).expect("a request");
        streams.push(stream);
        await_that(|| emulator.calls().len() == calls);
    }
    emulator.fault_connections(ConnectionFault::NeverAnswerHandshake, 1);
    streams.push(connect(&emulator, LONG));
    await_that(|| emulator.open_connections() == 4);
    let start = Instant::now();
    drop(emulator);
    for stream in &mut streams {
        assert_ne!(drain(stream).1, Some(ErrorKind::WouldBlock), "the connection has ended");
    }
    assert!(start.elapsed() < LONG / 2);
}

#[test]
fn a_response_can_come_late_or_byte_by_byte() {
    let pause = Duration::from_millis(2);
    let emulator = filled();
    emulator.fault(None, Fault::Latency(SHORT), 1);
    emulator.fault(None, Fault::Trickle(pause), 1);
    let mut client = Client::new(&emulator);
    for least in [SHORT, pause * 100] {
        let start = Instant::now();
        let output =
            client.secrets("GetSecretValue", json!({ "SecretId": "key" })).expect("a value");
        assert_eq!(output["SecretString"], "hunter2");
        assert!(start.elapsed() >= least, "{:?} of {least:?}", start.elapsed());
    }
}

#[test]
fn a_trickle_comes_one_byte_at_a_time() {
    let emulator = filled();
    emulator.fault(None, Fault::Trickle(SHORT), 1);
    let mut stream = connect(&emulator, LONG);
    stream.write_all(REQUEST.as_bytes()).expect("a request");
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    // The header comes in one piece, or with the first byte, and the rest byte by byte.
    while !String::from_utf8_lossy(&seen).contains("\r\n\r\n{\"") {
        let length = stream.read(&mut chunk).expect("bytes");
        assert!(seen.is_empty() || length == 1, "{length} bytes at once");
        seen.extend_from_slice(&chunk[..length]);
    }
}

#[test]
fn a_response_can_be_without_end_and_ends_with_the_emulator() {
    let emulator = filled();
    emulator.fault(Some(Operation::GetSecretValue), Fault::Endless, 1);
    let mut stream = connect(&emulator, LONG);
    stream.write_all(REQUEST.as_bytes()).expect("a request");
    std::io::copy(&mut (&mut stream).take(8 << 20), &mut std::io::sink())
        .expect("as much as is read");
    Client::new(&emulator).secrets("ListSecrets", json!({})).expect("others are served meanwhile");
    drop(emulator);
    assert_ne!(drain(&mut stream).1, Some(ErrorKind::WouldBlock));
}

#[test]
fn a_response_can_be_replaced() {
    let emulator = filled();
    let mut client = Client::new(&emulator);
    for (fault, status, content_type, is_json) in [
        (Fault::WrongShape, 200, "application/x-amz-json-1.1", true),
        (Fault::Body("[1]".to_owned()), 200, "application/x-amz-json-1.1", true),
        (Fault::Body("{\"SecretString\":".to_owned()), 200, "application/x-amz-json-1.1", false),
        (Fault::Status(500), 500, "application/x-amz-json-1.1", false),
        (Fault::Status(503), 503, "application/x-amz-json-1.1", false),
        (Fault::Status(7), 500, "application/x-amz-json-1.1", false),
        (Fault::Page(502), 502, "text/html", false),
        (
            Fault::Redirect("http://127.0.0.1:1/".to_owned()),
            307,
            "application/x-amz-json-1.1",
            false,
        ),
    ] {
        emulator.fault(Some(Operation::GetSecretValue), fault.clone(), 1);
        let reply = client.send("secretsmanager.GetSecretValue", "{\"SecretId\":\"key\"}");
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (status, Some(content_type)),
            "{fault:?}"
        );
        let json: Result<Value, _> = serde_json::from_str(&reply.text);
        assert_eq!(json.is_ok(), is_json, "{fault:?}: {}", reply.text);
        assert!(!reply.text.contains("hunter2"), "{fault:?}");
        match fault {
            Fault::WrongShape => assert_eq!(json.expect("JSON")["SecretString"], 5),
            Fault::Body(text) => assert_eq!(reply.text, text),
            Fault::Status(_) => assert_eq!(reply.text, ""),
            Fault::Page(_) => assert!(reply.text.starts_with("<html>")),
            Fault::Redirect(address) => {
                assert_eq!(reply.header("location"), Some(address.as_str()))
            }
            _ => {}
        }
    }
    assert_eq!(emulator.connections(), 1, "none of these ends the connection");
}

#[test]
fn garbage_is_no_text() {
    let emulator = filled();
    emulator.fault(None, Fault::Garbage, 1);
    let mut stream = connect(&emulator, LONG);
    stream
        .write_all(REQUEST.replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes())
        .expect("a request");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    assert!(bytes.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(String::from_utf8(bytes).is_err());
}

#[test]
fn a_fault_is_met_by_its_operation_alone_and_can_be_taken_back() {
    let emulator = filled();
    emulator.fault(Some(Operation::ListSecrets), Fault::Status(500), usize::MAX);
    let mut client = Client::new(&emulator);
    for _ in 0..3 {
        client.secrets("GetSecretValue", json!({ "SecretId": "key" })).expect("a value");
        assert_eq!(client.send("secretsmanager.ListSecrets", "{}").status, 500);
    }
    emulator.clear_faults();
    client.secrets("ListSecrets", json!({})).expect("a list");
}

#[test]
fn a_connection_can_be_lost_before_a_byte() {
    for (fault, end) in [
        (ConnectionFault::ResetOnAccept, Some(ErrorKind::ConnectionReset)),
        (ConnectionFault::CloseOnAccept, None),
        (ConnectionFault::NeverAnswerHandshake, Some(ErrorKind::WouldBlock)),
    ] {
        let emulator = filled();
        emulator.fault_connections(fault, 1);
        let patience = if fault == ConnectionFault::NeverAnswerHandshake { SHORT } else { LONG };
        let mut stream = connect(&emulator, patience);
        if fault == ConnectionFault::CloseOnAccept {
            stream.write_all(REQUEST.as_bytes()).expect("a request that no one reads");
        }
        assert_eq!(drain(&mut stream), (String::new(), end), "{fault:?}");
        Client::new(&emulator).secrets("ListSecrets", json!({})).expect("the next is served");
        assert_eq!((emulator.calls().len(), emulator.connections()), (1, 2), "{fault:?}");
    }
}

/// Waits for an action of another thread.
pub(crate) fn await_that(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LONG, "it never came about");
        std::thread::yield_now();
    }
}

#[test]
fn the_date_of_a_response_can_be_shifted() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let mut date = |seconds: i64| {
        emulator.shift_clock(seconds);
        let reply = client.send("secretsmanager.ListSecrets", "{}");
        assert_eq!(reply.status, 200);
        reply.header("date").expect("a date").to_owned()
    };
    let (now, past) = (date(0), date(-1_000_000_000));
    assert!(now.ends_with(" GMT") && past.ends_with(" GMT"), "{now} {past}");
    assert_ne!(now.split(' ').nth(3), past.split(' ').nth(3));
}
