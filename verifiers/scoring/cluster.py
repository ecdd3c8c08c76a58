"""The rows of a file scored on a Ray cluster, a piece of the file a task, by Ray Data.

Every node must see the file under the same path, and have this package. A task keeps worker processes of its own, as a
run without Ray has them: what hangs costs its row alone, and what dies with its node is scored again.
"""

from __future__ import annotations

import argparse
import logging
import os
import pickle
from collections.abc import Generator, Iterator
from typing import Any

from .columns import Columns
from .lines import Line, scored
from .rows import BadRow, Piece, Row, pieces, read_piece

ROWS = 128
"""Rows of JSONL a task of Ray; so many are scored again where a worker is killed."""
_TOGETHER = 64
"""Lines that leave a task at once."""
_STORE_BYTES = 200 << 20


def on_ray(
    path: str, rows: Iterator[Row], done: int, columns: Columns, options: argparse.Namespace
) -> Generator[Line, None, None]:
    """What `scored` gives, line by line the same."""
    import ray
    import ray.data

    path = os.path.abspath(path)
    todo = [{"piece": pickle.dumps(piece)} for piece in pieces(path, rows, done, ROWS)]
    if not todo:
        return
    ours = not ray.is_initialized()
    if ours:
        _start(options)
    try:
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.WARNING)
        asked = {"path": path, "columns": columns, "timeout": options.timeout}
        found = ray.data.from_items(todo, override_num_blocks=len(todo)).map_batches(
            score_pieces, batch_size=1, num_cpus=1, fn_kwargs=asked
        )
        for block in found.iter_batches(batch_size=None, batch_format="pandas"):
            for packed in block["lines"]:
                for line in pickle.loads(packed):
                    if isinstance(line, BadRow):
                        raise line
                    yield line
    finally:
        if ours:
            ray.shutdown()


def _start(options: argparse.Namespace) -> None:
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.WARNING}
    if options.ray != "local":
        ray.init(address=options.ray, **quiet)
        return
    cores = options.workers or os.cpu_count()
    ray.init(address="local", num_cpus=cores, object_store_memory=_STORE_BYTES, include_dashboard=False, **quiet)


def score_pieces(batch: Any, *, path: str, columns: Columns, timeout: float) -> Iterator[dict[str, list[bytes]]]:
    """In a task of Ray: the lines of a piece, and last what is wrong with a row, if any is."""
    for packed in batch["piece"]:
        piece: Piece = pickle.loads(packed)
        lines: list[Line | BadRow] = []
        try:
            for line in scored(read_piece(path, piece), columns, workers=1, timeout=timeout):
                lines.append(line)
                if len(lines) == _TOGETHER:
                    yield {"lines": [pickle.dumps(lines)]}
                    lines = []
        except BadRow as error:
            lines.append(error)
        if lines:
            yield {"lines": [pickle.dumps(lines)]}
