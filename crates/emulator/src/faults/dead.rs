//! Addresses at which there is nothing to be had, each in its own way, without a thread behind it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

use crate::error::Error;

/// How many connections are tried to fill a queue that has room for one; what is too many waits
/// with the client's.
const FILLING: usize = 4;

/// An address of 127.0.0.1 that answers nothing for as long as it is held; no one else gets its
/// port meanwhile.
///
/// ```
/// use hydrant_emulator::DeadEndpoint;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let dead = DeadEndpoint::refusing()?;
/// let error = std::net::TcpStream::connect(dead.address()).expect_err("a refused connection");
/// assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DeadEndpoint {
    address: SocketAddr,
    // Held for what the kernel does while they are open.
    _socket: Socket,
    _waiting: Vec<Socket>,
}

impl DeadEndpoint {
    /// It refuses every connection.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] if no port is to be had.
    pub fn refusing() -> Result<Self, Error> {
        let (socket, address) = bound().map_err(Error::Start)?;
        Ok(Self { address, _socket: socket, _waiting: Vec::new() })
    }

    /// It lets connections be opened and written to, and never reads or answers.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] if no port is to be had.
    pub fn silent() -> Result<Self, Error> {
        let (socket, address) = bound().map_err(Error::Start)?;
        socket.listen(1024).map_err(Error::Start)?;
        Ok(Self { address, _socket: socket, _waiting: Vec::new() })
    }

    /// It swallows the packets that ask for a connection, as a firewall does: connecting takes
    /// until the client gives up.
    ///
    /// It holds where a full queue makes the kernel drop them, as Linux does.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] if no port is to be had.
    pub fn swallowing() -> Result<Self, Error> {
        let (socket, address) = bound().map_err(Error::Start)?;
        socket.listen(0).map_err(Error::Start)?;
        let waiting = (0..FILLING).map(|_| begin_to_connect(address)).collect::<io::Result<_>>();
        Ok(Self { address, _socket: socket, _waiting: waiting.map_err(Error::Start)? })
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as an endpoint, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// A socket with a port that no one listens on.
fn bound() -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok((socket, address))
}

/// A connection that may never come about.
fn begin_to_connect(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    // What it gives is that it is under way, or on some systems that it is done.
    let _ = socket.connect(&address.into());
    Ok(socket)
}
