"""The languages that programs may be in; one more is one more row."""

from __future__ import annotations

from dataclasses import dataclass

from .types import Limits, Program

COMPILING = Limits(cpu_s=30, wall_s=120, memory_mb=2048, output_kb=64 << 10, processes=16, disk_mb=256)
"""What a compiler may use. The program it makes is the program's caller's to limit."""


@dataclass(frozen=True)
class Language:
    """How a program is run. Commands are looked up on the box's PATH, and run where the files are."""

    file: str
    run: tuple[str, ...]
    compile: tuple[str, ...] = ()
    """What makes the first word of `run` out of the file, if it needs making."""
    bounded_addresses: bool = True
    """Whether limiting the address space is bearable; where it is not, only memory that is used is counted."""


LANGUAGES = {
    "cpp": Language("main.cpp", ("./main",), ("g++", "-O2", "-std=gnu++20", "-o", "main", "main.cpp")),
    "javascript": Language("main.js", ("node", "main.js"), bounded_addresses=False),
}
"""Python is not among them: it is what zygotes are made of."""


def find_language(program: Program) -> Language:
    if program.language not in LANGUAGES:
        known = ", ".join(["python", *LANGUAGES])
        raise ValueError(f"unknown language {program.language!r}: the languages are {known}")
    return LANGUAGES[program.language]
