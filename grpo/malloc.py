"""glibc's malloc keeps what torch frees, for the next tensor."""

import ctypes
import platform
import sys

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
"""Options of mallopt(3)."""
SAVING = 1 << 20
"""Bytes from which a tensor is given back where memory is short: if it were kept, what recomputing saves would be lost
in gaps."""


def keep_freed_memory(below: int = 1 << 30) -> None:
    """Have glibc keep what is freed for the next tensor; by default it goes back to the system, page by page.

    Tensors of `below` bytes and more do go back, whole. Keeping them all saved a tenth and more of an update's CPU time
    on two cores, which went into page faults. Elsewhere than under glibc: does nothing.
    """
    if sys.platform != "linux" or not platform.libc_ver()[0].startswith("glibc"):
        return
    mallopt = ctypes.CDLL(None).mallopt
    for option, value in ((M_MMAP_THRESHOLD, below), (M_TRIM_THRESHOLD, (1 << 31) - 1), (M_TOP_PAD, 1 << 26)):
        mallopt(option, value)
