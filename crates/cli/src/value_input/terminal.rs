//! The mode of a terminal: hidden while a value is typed, and restored on every exit.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
    tcsetattr,
};

/// Echo off, and bytes as they arrive: the kernel's own line editing cuts lines at 4,095 bytes.
/// Ctrl-C stays a signal.
///
/// Dropping it restores the terminal, also in a panic.
pub(super) struct Hidden<'a> {
    terminal: BorrowedFd<'a>,
    /// The mode at first. Later it may be that of a shell that reads a line.
    before: Termios,
    is_hidden: bool,
}

impl<'a> Hidden<'a> {
    /// Hides the input, and returns whether something was typed before. That is not part of a value
    /// and is discarded.
    pub(super) fn new(terminal: BorrowedFd<'a>) -> io::Result<(Self, bool)> {
        let mut hidden = Hidden { terminal, before: tcgetattr(terminal)?, is_hidden: false };
        hidden.hide()?;
        let early = hidden.drop_typed();
        Ok((hidden, early))
    }

    /// Discards unread input, and returns whether there was any.
    pub(super) fn drop_typed(&self) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        // The next read reports a terminal that is gone.
        let typed = poll(&mut [PollFd::from_borrowed_fd(self.terminal, PollFlags::IN)], Some(&now))
            .unwrap_or(0)
            > 0;
        _ = tcflush(self.terminal, QueueSelector::IFlush);
        typed
    }

    /// Hides the input, even if another process has changed the mode in between.
    pub(super) fn hide(&mut self) -> io::Result<()> {
        let mut mode = self.before.clone();
        mode.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON;
        mode.local_modes |= LocalModes::ISIG;
        // A read never waits: a signal key discards the input after `poll` has reported it.
        mode.special_codes[SpecialCodeIndex::VMIN] = 0;
        mode.special_codes[SpecialCodeIndex::VTIME] = 0;
        self.is_hidden = true;
        tcsetattr(self.terminal, OptionalActions::Now, &mode)?;
        // It reports success even if only a part was done.
        if tcgetattr(self.terminal)?.local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON) {
            return Err(io::Error::other("the terminal still shows what is typed"));
        }
        Ok(())
    }

    /// Restores the terminal. Unread input is discarded: it may be part of a value, and would be
    /// the next command of the shell.
    pub(super) fn restore(&mut self) {
        if std::mem::take(&mut self.is_hidden) {
            // A terminal that is gone has nothing to restore.
            _ = tcflush(self.terminal, QueueSelector::IFlush);
            _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
        }
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        self.restore();
    }
}
