"""What computes here: the processor, and with how many threads."""

import hashlib
import os
import platform
from ctypes.util import find_library
from functools import cache
from pathlib import Path

# A hypervisor may hide the model's name; what the processor can do, it cannot.
_TELLING = ("vendor_id", "cpu family", "model", "model name", "stepping", "flags")


def threads() -> int:
    """With how many threads products are computed; another number sums in another order."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdecimal() and int(asked) else os.cpu_count() or 1


@cache
def processor() -> str:
    """Name of the processor and a hash of all that Linux tells of it, which is alike on alike machines."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").partition("\n\n")[0]
    except OSError:
        return f"{platform.processor() or 'processor'} ({platform.machine()})"
    facts = dict(line.split(":", 1) for line in first.splitlines() if ":" in line)
    told = {name.strip(): value.strip() for name, value in facts.items()}
    digest = hashlib.sha256(repr([told.get(name) for name in _TELLING]).encode()).hexdigest()[:8]
    return f"{told.get('model name', platform.machine())} ({digest})"


@cache
def has_gpu() -> bool:
    """Whether torch has a GPU to use; without a driver it need not be asked, and takes seconds to import."""
    if find_library("cuda") is None:
        return False
    import torch

    return torch.cuda.is_available()
