"""`python -m sandbox image`: build the image that the Docker sandbox runs programs in."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .docker import DEFAULT_IMAGE, PACKAGES, DockerSandbox, connected
from .slot import CannotStart
from .types import Program

if TYPE_CHECKING:
    from docker import DockerClient

DEFAULT_BASE = "python:3.11-slim"
SYSTEM = {"cpp": "g++", "javascript": "nodejs"}
"""What Debian calls the package that a language needs."""
_DOCKERFILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Dockerfile")
_LAST_LINES = 20


def build(tag: str, base: str, packages: Sequence[str] = (), languages: Sequence[str] = ()) -> Iterator[str]:
    """Build the image, and say what is being done; `CannotStart` says why it cannot be, and what would help."""
    with connected() as client:
        yield from _have(client, base)
        arguments = {"BASE": base, "PACKAGES": " ".join(packages), "SYSTEM": " ".join(SYSTEM[one] for one in languages)}
        # What installs nothing needs no network, and works on engines that have none.
        network = {} if packages or languages else {"network_mode": "none"}
        with open(_DOCKERFILE, "rb") as file:
            content = io.BytesIO(file.read())
        options = {"tag": tag, "buildargs": arguments, "rm": True, "forcerm": True, **network}
        lines: list[str] = []
        try:
            for event in client.api.build(fileobj=content, decode=True, **options):
                line = _said(event)
                if "error" in event:
                    raise CannotStart("\n".join([*lines[-_LAST_LINES:], f"{tag} could not be built: {line}"]))
                if line:
                    lines.append(line)
                    yield line
        finally:  # what had this name before, or was half built
            client.images.prune(filters={"dangling": True, "label": PACKAGES})


def _have(client: DockerClient, base: str) -> Iterator[str]:
    """Pull the base image if it is not here."""
    import docker

    try:
        client.images.get(base)
        return
    except docker.errors.ImageNotFound:
        yield f"pulling {base}"
    help_ = "name one that `docker images` lists, and that has Python 3, with --base"
    try:
        for event in client.api.pull(base, stream=True, decode=True):
            if "error" in event:
                raise CannotStart(f"{base} is not here and cannot be pulled ({event['error']}): {help_}")
            yield f"pulling {base}: {_said(event)}"
    except docker.errors.APIError as error:
        raise CannotStart(f"{base} is not here and cannot be pulled ({error.explanation}): {help_}") from None


def _said(event: dict[str, Any]) -> str:
    """A line of the engine's account of its work."""
    text = event.get("error") or event.get("stream") or event.get("status") or ""
    return " ".join([*str(text).split(), *str(event.get("progress", "")).split()])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m sandbox image", description="Build the image of the Docker sandbox.")
    parser.add_argument("--base", default=DEFAULT_BASE, help="image with Python 3 to start from (default: %(default)s)")
    parser.add_argument("--packages", nargs="+", default=[], help="what programs may import, as pip knows it")
    parser.add_argument("--languages", nargs="+", default=[], choices=SYSTEM, help="besides Python; the base has apt")
    parser.add_argument("--tag", default=DEFAULT_IMAGE, help="the image's name (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        from rich.console import Console
        from rich.markup import escape
    except ModuleNotFoundError:
        print("rich is missing: pip install 'r1-verifiers[docker]'", file=sys.stderr)
        return 1
    console = Console(highlight=False)
    try:
        with console.status(f"building {options.tag}") as status:
            for line in build(options.tag, options.base, options.packages, options.languages):
                status.update(escape(line[:100]))
                if line.startswith("Step "):
                    console.print(line, markup=False)
            status.update("trying it")
            with DockerSandbox(image=options.tag, slots=1) as box:
                execution = box.run(Program("print('hello')"))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    if execution.stdout != b"hello\n":
        print(f"{options.tag} is built, but a program fails in it: {execution}", file=sys.stderr)
        return 1
    console.print(f"{options.tag} is built: open_sandbox('docker', image={options.tag!r})", markup=False)
    return 0
