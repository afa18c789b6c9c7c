"""Which process owns a run, whether it still lives, and how it hears that it must end."""

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


class Terminated(SystemExit):
    """Raised in the main thread when SIGTERM arrives, so that runs are closed on the way out."""


def identity() -> str:
    """Return this process as JSON: host, boot, process namespace, pid and start time.

    The start time (in clock ticks since boot) tells a process from a later one with the same number.
    """
    pid = os.getpid()
    facts = {
        "host": socket.gethostname(),
        "boot": _boot(),
        "namespace": _pid_namespace(),
        "pid": pid,
        "start": _start_time(pid),
    }
    return json.dumps(facts)


def is_gone(owner: str) -> bool:
    """Whether the process named by an `identity` has surely ended; False when it cannot be known from here."""
    try:
        facts = json.loads(owner)
        host, boot, namespace, pid, start = (facts[key] for key in ("host", "boot", "namespace", "pid", "start"))
    except (ValueError, TypeError, KeyError):
        return False
    if host != socket.gethostname():
        return False
    if boot != _boot():
        return True
    # Containers may share a host name and still not see each other's processes.
    if namespace != _pid_namespace():
        return False
    return not _exists(pid) or _start_time(pid) != start


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Raise `Terminated` inside the block when SIGTERM arrives.

    Does nothing outside the main thread, where Python allows no handlers, or where somebody already listens.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _raise_terminated(number: int, _frame: FrameType | None) -> None:
    raise Terminated(128 + number)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process
        return True
    return True


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # no Linux: pid alone has to do
        return ""


def _pid_namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _start_time(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The command name, in parentheses, may hold spaces; field 22 is the twentieth after it.
    return stat.rpartition(")")[2].split()[19]
