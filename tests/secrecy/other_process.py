"""Another process of the user that runs hydrant. It tries to read hydrant's memory with only that user's rights.

    other_process.py race TRIES TEXT COMMAND…   starts COMMAND up to TRIES times, each time opens its memory as soon as the
                                                kernel allows it, and prints the number of the try that read TEXT there
    other_process.py look PID TEXT…             stops PID, and prints as JSON what can be read of it, and where TEXT stands

Started by root it becomes the user 65534, and keeps no capability.
"""
import ctypes
import json
import os
import signal
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
NOBODY = 65534
MOST = 4 << 20


def become_nobody():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def memory(maps, mem):
    """The writable memory behind these two descriptors, a piece for each mapping."""
    lines = os.pread(maps, MOST, 0).decode(errors="replace").splitlines()
    for line in lines:
        addresses, flags = line.split()[:2]
        if not flags.startswith("rw"):
            continue
        begin, end = (int(address, 16) for address in addresses.split("-"))
        try:
            yield os.pread(mem, min(end - begin, 16 * MOST), begin)
        except OSError:
            pass


def has_ended(pid):
    return os.waitpid(pid, os.WNOHANG) != (0, 0)


def wins(text, command):
    """Whether the value can be read from the command's memory, through descriptors that were opened at its start."""
    pid = os.fork()
    if pid == 0:
        try:
            os.execv(command[0], command)
        finally:
            os._exit(99)
    comm = os.open(f"/proc/{pid}/comm", os.O_RDONLY)
    opened = []
    try:
        # The name changes in execve, when the old memory is gone.
        while not os.pread(comm, 16, 0).startswith(b"hydrant"):
            pass
        for name in ["mem", "maps"]:
            opened.append(os.open(f"/proc/{pid}/{name}", os.O_RDONLY))
        mem, maps = opened
        give_up = time.monotonic() + 20
        while not any(text in piece for piece in memory(maps, mem)):
            if has_ended(pid) or time.monotonic() > give_up:
                sys.exit("the memory is open, and the value never came")
            time.sleep(0.005)
        return True
    except PermissionError:
        return False
    finally:
        for descriptor in [comm, *opened]:
            os.close(descriptor)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def race(tries, text, *command):
    won = next((number for number in range(1, int(tries) + 1) if wins(text.encode(), command)), None)
    print(f"read at try {won}" if won else f"never in {tries} tries")


def state(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def content(path):
    if path.endswith("/mem"):
        mem = os.open(path, os.O_RDONLY)
        maps = os.open(path.removesuffix("mem") + "maps", os.O_RDONLY)
        return b"".join(memory(maps, mem))
    # A directory's names are enough: reading a pipe of another process would empty it.
    if os.path.isdir(path):
        return "\n".join(os.listdir(path)).encode()
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    return os.read(file, MOST)


def called(result):
    return "denied" if result == -1 and ctypes.get_errno() in (1, 13) else "open"


def calls(pid):
    """The system calls that read a process."""
    piece = ctypes.create_string_buffer(8)
    own = (ctypes.c_void_p * 2)(ctypes.addressof(piece), 8)
    theirs = (ctypes.c_void_p * 2)(4096, 8)
    yield "process_vm_readv", called(libc.process_vm_readv(pid, own, 1, theirs, 1, 0))
    pidfd = os.pidfd_open(pid)
    yield "pidfd_getfd", called(libc.syscall(438, pidfd, 0, 0))
    seize, detach = 0x4206, 17
    result = libc.ptrace(seize, pid, None, None)
    yield "ptrace", called(result)
    if result == 0:
        libc.ptrace(detach, pid, None, None)


def look(pid, *texts):
    pid = int(pid)
    os.kill(pid, signal.SIGSTOP)
    while state(pid) != "T":
        time.sleep(0.001)
    found = {"opened": {}, "holding": []}
    for folder in [f"/proc/{pid}", *(f"/proc/{pid}/task/{task}" for task in os.listdir(f"/proc/{pid}/task"))]:
        for name in sorted(set(os.listdir(folder)) - {"net", "task"}):
            path = f"{folder}/{name}"
            try:
                held = content(path)
            except OSError:
                found["opened"].setdefault(name, "denied")
                continue
            found["opened"][name] = "open"
            found["holding"] += [[name, text] for text in texts if text.encode() in held]
    found["opened"].update(calls(pid))
    os.kill(pid, signal.SIGCONT)
    print(json.dumps(found))


if __name__ == "__main__":
    become_nobody()
    {"race": race, "look": look}[sys.argv[1]](*sys.argv[2:])
