//! Addresses where nothing works, each in its own way, without a thread behind it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

use crate::error::Error;

/// How many connections to open to fill a queue that has room for one. The rest wait on the
/// client's side.
const FILLING: usize = 4;

/// An address of 127.0.0.1 that never responds while it is held. Nobody else gets its port
/// meanwhile.
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
    // Kept open for their effect in the kernel.
    _socket: Socket,
    _waiting: Vec<Socket>,
}

impl DeadEndpoint {
    /// It refuses every connection.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] if no port is available.
    pub fn refusing() -> Result<Self, Error> {
        let (socket, address) = bound().map_err(Error::Start)?;
        Ok(Self { address, _socket: socket, _waiting: Vec::new() })
    }

    /// It accepts connections and data, and never reads or responds.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] if no port is available.
    pub fn silent() -> Result<Self, Error> {
        let (socket, address) = bound().map_err(Error::Start)?;
        socket.listen(1024).map_err(Error::Start)?;
        Ok(Self { address, _socket: socket, _waiting: Vec::new() })
    }

    /// It drops the packets that open a connection, as a firewall does: connecting takes until the
    /// client gives up.
    ///
    /// This works if the kernel drops them when the queue is full, as Linux does.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] if no port is available.
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

/// A socket with a port that nobody listens on.
fn bound() -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok((socket, address))
}

/// A connection that may never be established.
fn begin_to_connect(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    // The result says that it is in progress, or on some systems that it is done.
    let _ = socket.connect(&address.into());
    Ok(socket)
}
