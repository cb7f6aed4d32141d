//! The mode of a terminal: hidden while a value is typed, as it was before on every way out.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
    tcsetattr,
};

/// Echo off, and bytes as they come: the kernel cuts lines that it edits itself at 4,095 bytes.
/// Ctrl-C stays a signal.
///
/// Dropping it restores the terminal, in a panic too.
pub(super) struct Hidden<'a> {
    terminal: BorrowedFd<'a>,
    /// How it was at first. Later it may be as a shell has it while it reads a line.
    before: Termios,
    is_hidden: bool,
}

impl<'a> Hidden<'a> {
    /// Hides what is typed, and tells whether something was typed before. That is no part of a
    /// value: it is dropped.
    pub(super) fn new(terminal: BorrowedFd<'a>) -> io::Result<(Self, bool)> {
        let mut hidden = Hidden { terminal, before: tcgetattr(terminal)?, is_hidden: false };
        hidden.hide()?;
        let early = hidden.drop_typed();
        Ok((hidden, early))
    }

    /// Drops what was typed and not read, and tells whether there was anything.
    pub(super) fn drop_typed(&self) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        // A terminal that is gone is for the next read to tell.
        let typed = poll(&mut [PollFd::from_borrowed_fd(self.terminal, PollFlags::IN)], Some(&now))
            .unwrap_or(0)
            > 0;
        _ = tcflush(self.terminal, QueueSelector::IFlush);
        typed
    }

    /// Hides what is typed, also where another process has changed the mode in between.
    pub(super) fn hide(&mut self) -> io::Result<()> {
        let mut mode = self.before.clone();
        mode.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON;
        mode.local_modes |= LocalModes::ISIG;
        // A read never waits: a signal's key drops what is there to read, after `poll` has told of
        // it.
        mode.special_codes[SpecialCodeIndex::VMIN] = 0;
        mode.special_codes[SpecialCodeIndex::VTIME] = 0;
        self.is_hidden = true;
        tcsetattr(self.terminal, OptionalActions::Now, &mode)?;
        // It reports success where it could do only a part.
        if tcgetattr(self.terminal)?.local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON) {
            return Err(io::Error::other("the terminal goes on showing what is typed"));
        }
        Ok(())
    }

    /// Makes the terminal as it was. What was typed and not read is dropped: it may be a part of a
    /// value, and would be the next command of the shell.
    pub(super) fn restore(&mut self) {
        if std::mem::take(&mut self.is_hidden) {
            // A terminal that is gone has no mode to restore.
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
