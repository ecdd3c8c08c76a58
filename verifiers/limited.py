"""What a worker process may use for one call: CPU time and memory, by the system's own limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


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


@dataclass(frozen=True)
class Bounded:
    """A function that may take so many MiB of memory more than there are when it is called."""

    function: Any
    memory_mb: int

    def __call__(self, *arguments: Any) -> Any:
        import resource

        before, most = resource.getrlimit(resource.RLIMIT_DATA)
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[5])
        limit = pages * resource.getpagesize() + (self.memory_mb << 20)
        resource.setrlimit(resource.RLIMIT_DATA, (min(limit, most) if most >= 0 else limit, most))
        try:
            return self.function(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, (before, most))
