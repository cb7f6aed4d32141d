//! Rewrite: what to write in the place of a `hydrate()` that was refused. The errors show these
//! lines, and the examples in the docs of [`Error`](crate::Error) are the same lines, compiled.

use std::fmt::{self, Formatter};
use std::thread;

use tokio::runtime::{Handle, RuntimeFlavor};

/// For `#[tokio::main]`.
macro_rules! multi_thread {
    () => {
        "\
fn main() -> Result<(), Box<dyn std::error::Error>> {
    hydrant::hydrate()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        // what the async `main` did
        Ok(())
    })
}"
    };
}

/// For `#[tokio::main(flavor = "current_thread")]`.
macro_rules! current_thread {
    () => {
        "\
fn main() -> Result<(), Box<dyn std::error::Error>> {
    hydrant::hydrate()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // what the async `main` did
        Ok(())
    })
}"
    };
}

/// For a `main` that starts a thread first.
macro_rules! first_in_main {
    () => {
        "\
fn main() -> Result<(), Box<dyn std::error::Error>> {
    hydrant::hydrate()?;
    // then the logger, the runtime and everything else that starts a thread
    Ok(())
}"
    };
}

/// For a thread that is not the one of `main`, as in a test.
macro_rules! values {
    () => {
        "\
let hydration = hydrant::Hydrator::builder().build()?.read().values_blocking()?;
let key = hydration.values.get(\"OPENAI_API_KEY\");"
    };
}

pub(crate) use {current_thread, first_in_main, multi_thread, values};

/// Where `hydrate()` was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CalledFrom {
    /// The thread of `main`.
    Main,
    /// Another thread. `cargo test` runs each test on one.
    OtherThread,
    /// A runtime with worker threads, as of `#[tokio::main]`.
    MultiThreadRuntime,
    /// A runtime without worker threads, as of `#[tokio::main(flavor = "current_thread")]`.
    CurrentThreadRuntime,
}

impl CalledFrom {
    /// The thread that calls; its runtime counts first.
    pub(crate) fn here() -> Self {
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::CurrentThread) => CalledFrom::CurrentThreadRuntime,
            Ok(_) => CalledFrom::MultiThreadRuntime,
            // The standard library gives this name to the first thread; the first thread of a
            // program in another language has none.
            Err(_) if matches!(thread::current().name(), None | Some("main")) => CalledFrom::Main,
            Err(_) => CalledFrom::OtherThread,
        }
    }

    pub(crate) fn is_runtime(self) -> bool {
        matches!(self, CalledFrom::MultiThreadRuntime | CalledFrom::CurrentThreadRuntime)
    }
}

/// What to do, and the lines to write.
impl fmt::Display for CalledFrom {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (advice, lines) = match self {
            CalledFrom::Main => (
                "call it first in `main`, or read the values with `Read::values_blocking`",
                first_in_main!(),
            ),
            CalledFrom::OtherThread => (
                "call it first in `main`, on the thread of `main`; in a test, which `cargo test` \
                 runs on a thread of its own, read the values",
                values!(),
            ),
            CalledFrom::MultiThreadRuntime => {
                ("call it before the runtime starts", multi_thread!())
            }
            CalledFrom::CurrentThreadRuntime => {
                ("call it before the runtime starts", current_thread!())
            }
        };
        write!(f, "{advice}:")?;
        lines.lines().try_for_each(|line| write!(f, "\n    {line}"))
    }
}
