"""What a worker process may use for one call: CPU time and memory, by the system's own limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def limited(cpu_s: int, memory_mb: int) -> Iterator[None]:
    """Beyond cpu_s the process dies of SIGXCPU; beyond memory_mb there is a MemoryError."""
    import resource

    limits = {
        resource.RLIMIT_CPU: int(time.process_time()) + 1 + cpu_s,
        resource.RLIMIT_AS: memory_mb * 2**20,
        resource.RLIMIT_CORE: 0,
    }
    before = {kind: resource.getrlimit(kind) for kind in limits}
    try:
        for kind, soft in limits.items():
            resource.setrlimit(kind, (soft, before[kind][1]))
        yield
    finally:
        for kind, both in before.items():
            resource.setrlimit(kind, both)
