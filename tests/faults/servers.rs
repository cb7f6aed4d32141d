//! Servers that break every rule, on real sockets: each does one thing without end, whatever the
//! request.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use hydrant_emulator::DeadEndpoint;

/// Makes the enum, and the list of all its variants.
macro_rules! servers {
    ($($(#[$does:meta])* $name:ident,)*) => {
        /// What a server does with each connection.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Server {
            $($(#[$does])* $name,)*
        }

        pub(crate) const SERVERS: &[Server] = &[$(Server::$name,)*];
    };
}

servers! {
    /// Accepts no connection: the queue of connections is full.
    Full,
    /// Accepts and sends nothing.
    Silent,
    /// The same behind an https URL: it reads the first message of TLS and sends nothing.
    SilentTls,
    /// Endless `100 Continue`.
    Continue,
    /// Endless `103 Early Hints`.
    EarlyHints,
    /// One header after the other.
    Headers,
    /// One endless header.
    LongHeader,
    /// One byte of a header at a time.
    SlowHeader,
    /// One byte of the body at a time.
    SlowBody,
    /// Endless chunks.
    Body,
    /// A list of many empty objects: few bytes, and large once it is parsed.
    Parts,
    /// A page with a new token, forever.
    Pages,
    /// The status 500, forever.
    Error,
    /// A redirect to itself.
    Redirect,
    /// A reset before the request is read.
    ResetAtOnce,
    /// A reset in the middle of the header.
    ResetInHeader,
    /// A reset in the middle of the body.
    ResetInBody,
}

/// Lists of a million empty objects, made once: the memory of this process counts for its children
/// too.
static PARTS: LazyLock<String> = LazyLock::new(|| {
    let lists = ["SecretValues", "SecretList", "Versions", "Parameters", "Tags", "Errors"];
    let items = "{},".repeat(1_000_000 / lists.len());
    let body: Vec<_> = lists.iter().map(|list| format!("\"{list}\":[{items}{{}}]")).collect();
    format!("{{{}}}", body.join(","))
});

/// How often a slow server sends a byte. A server that takes a second for each is not worse for a
/// shorter deadline.
const SLOW: Duration = Duration::from_millis(50);

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n";

/// A server that runs for as long as the test.
pub(crate) struct Running {
    pub(crate) endpoint: String,
    _dead: Option<DeadEndpoint>,
}

impl Server {
    pub(crate) fn start(self) -> Running {
        if self == Server::Full {
            let dead = DeadEndpoint::swallowing().expect("a port");
            return Running { endpoint: dead.endpoint(), _dead: Some(dead) };
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let scheme = if self == Server::SilentTls { "https" } else { "http" };
        let endpoint = format!("{scheme}://{}", listener.local_addr().expect("an address"));
        let own = endpoint.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let own = own.clone();
                thread::spawn(move || self.serve(connection, &own));
            }
        });
        Running { endpoint, _dead: None }
    }

    /// Ends when the client has disconnected.
    fn serve(self, mut connection: TcpStream, own: &str) -> io::Result<()> {
        match self {
            // Unread data turns the end of the connection into a reset.
            Server::ResetAtOnce => connection.peek(&mut [0]).map(drop),
            Server::ResetInHeader => {
                connection.peek(&mut [0])?;
                connection.write_all(HEAD.as_bytes())
            }
            Server::ResetInBody => {
                connection.peek(&mut [0])?;
                connection.write_all(format!("{HEAD}Content-Length: 100\r\n\r\n{{").as_bytes())
            }
            Server::Full | Server::Silent | Server::SilentTls => loop {
                if connection.read(&mut [0; 4096])? == 0 {
                    return Ok(());
                }
            },
            Server::Continue => repeat(&mut connection, "", "HTTP/1.1 100 Continue\r\n\r\n"),
            Server::EarlyHints => {
                repeat(&mut connection, "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            }
            Server::Headers => repeat(&mut connection, HEAD, "X-Header: value\r\n"),
            Server::LongHeader => repeat(&mut connection, &format!("{HEAD}X-Header: "), "value"),
            Server::Body => {
                let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
                repeat(
                    &mut connection,
                    &format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{{\"Name\":\""),
                    &chunk,
                )
            }
            Server::SlowHeader => trickle(&mut connection, HEAD),
            Server::SlowBody => {
                trickle(&mut connection, &format!("{HEAD}Content-Length: 1000\r\n\r\n"))
            }
            Server::Parts => answer(&mut connection, "200 OK", "", &PARTS),
            Server::Pages => {
                for page in 0.. {
                    let lists =
                        r#""SecretValues":[],"SecretList":[],"Versions":[],"Parameters":[]"#;
                    request(&mut connection)?;
                    respond(
                        &mut connection,
                        "200 OK",
                        "",
                        &format!("{{{lists},\"NextToken\":\"{page}\"}}"),
                    )?;
                }
                Ok(())
            }
            Server::Error => answer(&mut connection, "500 Internal Server Error", "", "{}"),
            Server::Redirect => answer(
                &mut connection,
                "307 Temporary Redirect",
                &format!("Location: {own}/\r\n"),
                "{}",
            ),
        }
    }
}

/// The same for every request.
fn answer(connection: &mut TcpStream, status: &str, headers: &str, body: &str) -> io::Result<()> {
    loop {
        request(connection)?;
        respond(connection, status, headers, body)?;
    }
}

fn respond(connection: &mut TcpStream, status: &str, headers: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    let kind = "Content-Type: application/x-amz-json-1.1";
    let head = format!("HTTP/1.1 {status}\r\n{kind}\r\n{headers}Content-Length: {length}\r\n\r\n");
    connection.write_all(head.as_bytes())?;
    connection.write_all(body.as_bytes())
}

/// Reads one request. Its length is not checked, because the client sends the next one after the
/// response.
fn request(connection: &mut TcpStream) -> io::Result<()> {
    match connection.read(&mut [0; 65_536])? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

fn repeat(connection: &mut TcpStream, first: &str, again: &str) -> io::Result<()> {
    request(connection)?;
    connection.write_all(first.as_bytes())?;
    let block = again.repeat(65_536 / again.len());
    loop {
        connection.write_all(block.as_bytes())?;
    }
}

fn trickle(connection: &mut TcpStream, first: &str) -> io::Result<()> {
    request(connection)?;
    connection.write_all(first.as_bytes())?;
    loop {
        thread::sleep(SLOW);
        connection.write_all(b"x")?;
    }
}
