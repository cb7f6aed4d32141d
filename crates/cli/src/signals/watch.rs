//! A thread that acts on signals while the main thread waits for AWS or hides the terminal's input:
//! it cancels the call in flight, whose outcome is recorded as unknown, restores the terminal, and
//! then the signal has its effect.

use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hydrant_core::program;
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::SIGCONT;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::held::{Held, act, ends};

/// How long cancelling a call may take. A record of the audit log takes milliseconds.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Whether the thread exists.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// The number of users that act on signals themselves meanwhile.
static ASIDE: AtomicUsize = AtomicUsize::new(0);

/// The call in flight.
static CALL: Mutex<Option<Call>> = Mutex::new(None);

struct Call {
    give_up: oneshot::Sender<()>,
    /// Ends when the call is cancelled.
    given_up: Receiver<()>,
}

/// The terminal, if its mode was changed. It must be restored while a signal has its effect.
pub(crate) struct Screen {
    pub(crate) while_shown: fn(&dyn Fn()),
    /// Another process may have restored it.
    pub(crate) hide_again: fn(),
}

/// The thread, until it is dropped; nothing if one exists already.
pub(crate) struct Watch(Option<(UnixStream, JoinHandle<()>)>);

impl Watch {
    /// For calls: Ctrl-Z has its usual effect.
    pub(crate) fn over_calls() -> io::Result<Self> {
        Self::start(Held::ending, Screen { while_shown: |act| act(), hide_again: || {} })
    }

    /// For a terminal that is hidden: it is restored while this process is stopped.
    pub(crate) fn over_terminal(screen: Screen) -> io::Result<Self> {
        Self::start(Held::with_stops, screen)
    }

    fn start(hold: impl FnOnce() -> io::Result<Held>, screen: Screen) -> io::Result<Self> {
        if WATCHED.swap(true, Ordering::SeqCst) {
            return Ok(Watch(None));
        }
        let started = || {
            let held = hold()?;
            let (stop, stopped) = UnixStream::pair()?;
            let thread = thread::Builder::new()
                .name("signals".to_owned())
                .spawn(move || watch(held, &stopped, &screen))?;
            Ok((stop, thread))
        };
        started()
            .map(|started| Watch(Some(started)))
            .inspect_err(|_| WATCHED.store(false, Ordering::SeqCst))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((mut stop, thread)) = self.0.take() {
            _ = stop.write_all(b".");
            _ = thread.join();
            WATCHED.store(false, Ordering::SeqCst);
        }
    }
}

fn watch(mut held: Held, stopped: &UnixStream, screen: &Screen) {
    loop {
        let mut both = [
            PollFd::from_borrowed_fd(held.readable(), PollFlags::IN),
            PollFd::from_borrowed_fd(stopped.as_fd(), PollFlags::IN),
        ];
        _ = poll(&mut both, None);
        let is_over = !both[1].revents().is_empty();
        for signal in held.pending() {
            if ASIDE.load(Ordering::SeqCst) == 0 {
                take(signal, screen);
            }
        }
        if is_over {
            return;
        }
    }
}

fn take(signal: i32, screen: &Screen) {
    if signal == SIGCONT {
        return (screen.hide_again)();
    }
    // The lock is not held while the call ends.
    let call = if ends(signal) { call().take() } else { None };
    if let Some(call) = call {
        _ = call.give_up.send(());
        // Nothing is sent: the channel closes.
        _ = call.given_up.recv_timeout(LAST_WORDS);
    }
    if ends(signal) {
        program::end_all();
    }
    (screen.while_shown)(&|| act(signal));
}

/// Leaves signals to the code that itself waits for the terminal and for signals, until it is
/// dropped.
pub(crate) struct Aside(());

impl Aside {
    pub(crate) fn new() -> Self {
        ASIDE.fetch_add(1, Ordering::SeqCst);
        Aside(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        ASIDE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs blocking code within a call while nothing is in flight: a signal ends this process without
/// a wait.
pub(crate) fn without_call<T>(work: impl FnOnce() -> T) -> T {
    let aside = call().take();
    let done = work();
    *call() = aside;
    done
}

/// Runs a call to its end. A signal that ends this process first drops the call and everything it
/// has started.
pub(crate) fn run<T>(runtime: Runtime, future: impl Future<Output = T>) -> io::Result<T> {
    let watch = Watch::over_calls()?;
    let (give_up, mut given_up) = oneshot::channel();
    let (in_flight, ended) = channel::<()>();
    *call() = Some(Call { give_up, given_up: ended });
    let done = runtime.block_on(async {
        let mut future = pin!(future);
        let either = poll_fn(|context| match pin!(&mut given_up).poll(context) {
            Poll::Ready(_) => Poll::Ready(None),
            Poll::Pending => future.as_mut().poll(context).map(Some),
        });
        either.await
    });
    let Some(done) = done else {
        // A record that is being written on another thread is waited for.
        runtime.shutdown_timeout(LAST_WORDS);
        drop(in_flight);
        loop {
            // The signal ends this process.
            thread::park();
        }
    };
    drop(call().take());
    // A thread that still resolves a name is not waited for.
    runtime.shutdown_background();
    drop(watch);
    Ok(done)
}

fn call() -> MutexGuard<'static, Option<Call>> {
    CALL.lock().unwrap_or_else(PoisonError::into_inner)
}
