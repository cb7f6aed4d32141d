//! A small HTTP server on loopback that sends whatever a test wants, including what no server
//! should send.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Listens until the test ends.
pub(crate) struct Server {
    port: u16,
}

/// The response to a request: status, headers, each as a line, and body.
pub(crate) type Said = (u16, Vec<String>, Vec<u8>);

impl Server {
    /// Responds to every request by its first line.
    pub(crate) fn start(answer: impl Fn(&str) -> Said + Send + Sync + 'static) -> Self {
        Server::reading(move |first, _| answer(first))
    }

    /// Responds to every request by its first line and its body.
    pub(crate) fn reading(answer: impl Fn(&str, &[u8]) -> Said + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = answer.clone();
                std::thread::spawn(move || serve(stream, &*answer));
            }
        });
        Server { port }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// One request after the other, to the end of the connection.
fn serve(stream: TcpStream, answer: &(impl Fn(&str, &[u8]) -> Said + ?Sized)) {
    let Ok(reading) = stream.try_clone() else { return };
    let (mut reader, mut writer) = (BufReader::new(reading), stream);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if !matches!(reader.read_line(&mut first), Ok(1..)) {
            return;
        }
        loop {
            let mut line = String::new();
            if !matches!(reader.read_line(&mut line), Ok(1..)) {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        let mut body = Vec::new();
        if (&mut reader).take(length).read_to_end(&mut body).is_err() {
            return;
        }
        let (status, headers, body) = answer(first.trim_end(), &body);
        let mut head =
            format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n", body.len()).into_bytes();
        for header in headers {
            head.extend_from_slice(header.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        // Two writes would wait for each other.
        head.extend_from_slice(&body);
        if writer.write_all(&head).is_err() {
            return;
        }
    }
}
