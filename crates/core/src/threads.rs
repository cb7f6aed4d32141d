//! Threads: counts the other threads of the process.

use std::io;

/// The number of threads of this process, without the calling one.
///
/// # Errors
///
/// If the system does not list them.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn other_threads() -> io::Result<usize> {
    // https://man7.org/linux/man-pages/man5/proc_pid_task.5.html
    Ok(std::fs::read_dir("/proc/self/task")?.count().saturating_sub(1))
}

/// The same without `/proc`.
#[cfg(target_vendor = "apple")]
pub(crate) fn other_threads() -> io::Result<usize> {
    use std::ptr::from_mut;

    let mut info = std::mem::MaybeUninit::<libc::proc_taskinfo>::zeroed();
    let size = size_of::<libc::proc_taskinfo>() as libc::c_int;
    let id = std::process::id() as libc::c_int;
    #[expect(unsafe_code, reason = "nothing else counts the threads of a process there")]
    // SAFETY: The buffer is as large as the size says, and all its bytes are initialized: every
    // field is an integer. It is read only after the call has filled it.
    let info = unsafe {
        let buffer = from_mut(&mut info).cast();
        // libproc.h of macOS: the result is the number of bytes that were written.
        if libc::proc_pidinfo(id, libc::PROC_PIDTASKINFO, 0, buffer, size) != size {
            return Err(io::Error::last_os_error());
        }
        info.assume_init()
    };
    Ok(usize::try_from(info.pti_threadnum).unwrap_or_default().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_runs_is_counted() {
        // The harness has its own threads.
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || receiver.recv());
        assert!(other_threads().unwrap() >= 1);
        drop(sender);
        _ = thread.join();
    }
}
