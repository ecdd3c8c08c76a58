"""What isolation is to be had on this machine, what is missing, and what would help."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator

from . import kernel, landlock
from .embedded import TIERS
from .slot import CannotStart, Settings, Slot

MEANING = {
    "A": "namespaces, read-only root, seccomp, no privileges, limits",
    "B": "Landlock, seccomp, no privileges, limits; no namespaces",
}


def report() -> Iterator[tuple[bool, str]]:
    """Lines to print, each with whether it is good news. The first good one is what `open_sandbox()` gives."""
    user = "root" if os.geteuid() == 0 else f"user {os.geteuid()}"
    system = f"Linux {platform.release()}" if kernel.supported() else platform.system()
    yield kernel.supported(), f"{system} on {platform.machine()}, as {user}"
    if not kernel.supported():
        yield False, "the embedded sandbox needs Linux on x86_64 or aarch64: use 'docker' or 'remote'"
        return
    for tier in TIERS:
        slot = Slot(Settings(tier))
        try:
            slot.start()
        except CannotStart as error:
            yield False, f"tier {tier} ({MEANING[tier]}): {error}"
            for help_ in _helps(tier):
                yield False, f"  {help_}"
            continue
        groups = slot.groups
        slot.stop()
        yield True, f"tier {tier} ({MEANING[tier]})"
        yield bool(groups), "  control groups: " + (", ".join(groups) if groups else _NO_GROUPS)


_NO_GROUPS = (
    "none is writable: memory is watched every 20 ms instead of limited. "
    "Root has them, and `systemd-run --user --scope -p Delegate=yes`"
)


def _helps(tier: str) -> list[str]:
    if tier == "B":
        return [] if landlock.version() else ["Linux 5.13 or newer with lsm=…,landlock on its command line"]
    found = []
    for setting, wanted in (
        ("user/max_user_namespaces", "100000"),
        ("kernel/unprivileged_userns_clone", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "0"),
    ):
        value = _read(f"/proc/sys/{setting}")
        if value and (value == "0") != (wanted == "0"):
            found.append(f"as root: sysctl -w {setting.replace('/', '.')}={wanted}")
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        found.append("this is a container: start it with --privileged for tier A, or be content with tier B")
    return found


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


def main() -> int:
    """Print the report; 0 only if programs can be run in isolation."""
    isolated = False
    for good, line in report():
        print(("✓ " if good else "✗ ") + line)
        isolated |= good and line.startswith("tier ")
    print("programs can be run" if isolated else "programs can NOT be run here: open_sandbox() refuses")
    return 0 if isolated else 1
