//! The descriptors of a runtime: tokio panics if it gets none for its signals, so this tries them
//! before.

use std::io::Result;
use std::os::unix::net::UnixStream;

/// How many pairs are tried. A runtime takes seven descriptors, and a connection one more.
const PAIRS: usize = 4;

/// Whether the process may open as many descriptors as a runtime takes.
///
/// # Errors
///
/// The system's error, for example that too many files are open.
pub fn check() -> Result<()> {
    let mut pairs = Vec::with_capacity(PAIRS);
    for _ in 0..PAIRS {
        pairs.push(UnixStream::pair()?);
    }
    Ok(())
}
