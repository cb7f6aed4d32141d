//! Endpoints that never respond.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use hydrant_emulator::DeadEndpoint;

const SHORT: Duration = Duration::from_millis(100);

#[test]
fn one_refuses_connections_for_as_long_as_it_is_held() {
    let dead = DeadEndpoint::refusing().expect("a port");
    assert_eq!(dead.endpoint(), format!("http://{}", dead.address()));
    for _ in 0..3 {
        let error = TcpStream::connect(dead.address()).expect_err("a refused connection");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
}

#[test]
fn one_accepts_and_never_responds() {
    let dead = DeadEndpoint::silent().expect("a port");
    let mut streams: Vec<TcpStream> =
        (0..8).map(|_| TcpStream::connect(dead.address()).expect("a connection")).collect();
    streams[0].write_all(b"GET / HTTP/1.1\r\n\r\n").expect("a request");
    streams[0].set_read_timeout(Some(SHORT)).expect("a timeout");
    assert_eq!(streams[0].read(&mut [0]).expect_err("no answer").kind(), ErrorKind::WouldBlock);
}

#[test]
#[cfg(target_os = "linux")]
fn one_swallows_the_packets_that_open_a_connection() {
    let dead = DeadEndpoint::swallowing().expect("a port");
    for _ in 0..2 {
        let error = TcpStream::connect_timeout(&dead.address(), SHORT).expect_err("no connection");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
