"""A vLLM server that a trainer may give new weights: for `engine = "http://HOST:PORT"` in a recipe.

    python -m grpo.serve_vllm MODEL [--port 8000] [--dtype bfloat16] [any option of vllm serve]

MODEL is a folder or hub name of the run's architecture. Whoever reaches the port can change the weights and more, for
these calls of vLLM's know no password: it listens on this machine alone, unless --host says otherwise.
"""

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

import torch

from .vllm_engine import ENVIRONMENT, INSTALL

DEFAULTS = {
    "--host": "127.0.0.1",
    "--dtype": "float32",
    "--generation-config": "vllm",  # nothing by default that the recipe does not say
    "--logprobs-mode": "processed_logprobs",  # after the temperature
}


def command(args: Sequence[str]) -> list[str]:
    """The command line of vLLM's server.

    >>> command(["owner/model", "--dtype", "bfloat16"])[1:7]
    ['-m', 'vllm.entrypoints.openai.api_server', '--model', 'owner/model', '--dtype', 'bfloat16']
    """
    model, *others = args
    given = {other.partition("=")[0] for other in others}
    ours = [part for key, value in DEFAULTS.items() if key not in given for part in (key, value)]
    server = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]  # `vllm serve` wants the package's own name
    return [*server, "--model", model, *others, *ours, "--enable-scale-out"]


def main(args: Sequence[str] | None = None) -> int:
    """Become the server."""
    args = sys.argv[1:] if args is None else args
    if not args or args[0].startswith("-"):
        print(__doc__)
        return 0 if args and args[0] in ("-h", "--help") else 2
    if not find_spec("vllm"):
        print(f"error: vLLM is not installed: {INSTALL}", file=sys.stderr)
        return 2
    line = command(args)
    environment = ENVIRONMENT | os.environ | {"VLLM_SERVER_DEV_MODE": "1"}  # the calls that change weights
    if not torch.accelerator.is_available():
        line += [] if "--enforce-eager" in line else ["--enforce-eager"]
        environment.setdefault("VLLM_CPU_KVCACHE_SPACE", "4")  # GB; else nearly all memory
    os.execve(line[0], line, environment)


if __name__ == "__main__":
    sys.exit(main())
