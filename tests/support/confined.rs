//! Runs a command under a kernel filter for system calls, which every process that it starts
//! inherits.

use std::process::Command;

/// What is forbidden.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Filter {
    /// The process ends with SIGSYS when it opens a socket, starts a thread or polls as a runtime
    /// does.
    Idle,
    /// The process ends with SIGSYS when it opens a socket of AF_INET, AF_INET6 or AF_PACKET.
    Offline,
    /// The system has no thread and no process left: EAGAIN.
    NoThreads,
}

const CONFINED: &str = r#"
import ctypes, os, platform, struct, sys
LOAD, JUMP, RETURN, ALLOW, KILL, EAGAIN = 0x20, 0x15, 0x06, 0x7FFF0000, 0x80000000, 0x0005000B
calls = {
    "x86_64": (0xC000003E, 41, [56, 57, 58, 435], [53, 213, 291]),
    "aarch64": (0xC00000B7, 198, [220, 435], [199, 20]),
}
arch, socket, threads, others = calls[platform.machine()]
def refuse(forbidden, verdict):
    count = len(forbidden)
    jumps = [(JUMP, count - at, 0, number) for at, number in enumerate(forbidden)]
    return jumps + [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, verdict)]
rules = {
    "Idle": refuse([socket] + threads + others, KILL),
    "NoThreads": refuse(threads, EAGAIN),
    "Offline": [(JUMP, 1, 0, socket), (RETURN, 0, 0, ALLOW), (LOAD, 0, 0, 16)] + refuse([2, 10, 17], KILL),
}
code = [(LOAD, 0, 0, 4), (JUMP, 1, 0, arch), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)] + rules[sys.argv[1]]
program = b"".join(struct.pack("HBBI", *line) for line in code)
held = ctypes.create_string_buffer(program)
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
assert libc.prctl(38, 1, 0, 0, 0) == 0
filter = Filter(len(code), ctypes.addressof(held))
assert libc.prctl(22, 2, ctypes.addressof(filter), 0, 0) == 0, os.strerror(ctypes.get_errno())
os.execv(sys.argv[2], sys.argv[2:])
"#;

/// The same command, arguments, folder and environment, under a filter.
pub(crate) fn confined(started: &Command, filter: Filter) -> Command {
    let mut command = Command::new("python3");
    command
        .args(["-c", CONFINED, &format!("{filter:?}")])
        .arg(started.get_program())
        .args(started.get_args());
    command.env_clear().envs(started.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = started.get_current_dir() {
        command.current_dir(folder);
    }
    command
}
