//! The descriptors that a runtime takes: tokio panics where it finds none for its signals, and so
//! they are tried before.

use std::io::Result;
use std::os::unix::net::UnixStream;

/// How many pairs are tried: a runtime takes seven descriptors, and a connection one more.
const PAIRS: usize = 4;

/// Whether the process may open as many descriptors as a runtime takes.
///
/// # Errors
///
/// What the system says, as that too many files are open.
pub fn check() -> Result<()> {
    let mut pairs = Vec::with_capacity(PAIRS);
    for _ in 0..PAIRS {
        pairs.push(UnixStream::pair()?);
    }
    Ok(())
}
