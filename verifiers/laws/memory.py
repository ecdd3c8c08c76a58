"""A process whose memory is bounded."""

from __future__ import annotations

import os
from pathlib import Path

_MEMORY = 4 << 30


def bound_memory() -> None:
    """A tower of powers shall end in a MemoryError and not in the machine's."""
    import resource

    size = Path("/proc/self/statm")
    if not size.exists():
        return
    used = int(size.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = used + _MEMORY if hard == resource.RLIM_INFINITY else min(hard, used + _MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
