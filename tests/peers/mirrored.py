"""Runs in the loggers' environment: a record that a tool is given, killed once or not, and what the tool has of it.

python mirrored.py write LOGGER RUN FIRST LAST [kill]
python mirrored.py read LOGGER RUN             prints JSON: [[prefix, step, {name: value}], …]
"""

import json
import os
import signal
import struct
import sys
import time
from pathlib import Path


def write(logger: str, run: Path, first: int, last: int, kill: bool) -> None:
    """Two steps of one stage, then the steps of another, of which those before `first` are done."""
    from grpo.log import open_log

    with open_log(run, logger=logger) as log:
        if first == 1:
            log.stage("sft", steps=2)
            for step in (1, 2):
                log.metrics({"stage": "sft", "split": "train", "step": step, "loss": 1 / step})
        log.stage("rl", steps=8, done=first - 1)
        for step in range(first, last + 1):
            row = {"stage": "rl", "split": "train", "step": step, "reward": step / 8, "score/format": 1.0, "kl": None}
            log.metrics(row | {"warning": f"nothing new at {step}"})
        if kill:
            time.sleep(1.5)  # for what the tool writes in a thread
            os.kill(os.getpid(), signal.SIGKILL)


def read(logger: str, run: Path) -> list:
    """Everything the tool has, in its order."""
    if logger == "trackio":
        import trackio
        from trackio.sqlite_storage import SQLiteStorage

        [kept] = trackio.Api().runs("grpo")
        rows = SQLiteStorage.get_logs("grpo", kept.name)
        steps = [row.pop("step") for row in rows]
    else:
        [file] = run.glob("wandb/offline-run-*/*.wandb")
        rows = [dict(row) for row in history(file.read_bytes())]
        assert (run / "logger_id").read_text().strip() in file.name
        steps = [next(int(row.pop(key)) for key in list(row) if key.endswith("/step")) for row in rows]
    found = []
    for step, row in zip(steps, rows, strict=True):
        own = {key: value for key, value in row.items() if key.count("/") >= 2}
        [prefix] = {"/".join(key.split("/")[:2]) for key in own}
        found.append([prefix, step, {key[len(prefix) + 1 :]: value for key, value in own.items()}])
    return found


def history(content: bytes):
    """The rows of a .wandb file: 7 bytes, then records in blocks of 32 KiB as LevelDB's log has them."""
    from wandb.proto.wandb_internal_pb2 import Record

    at, record = 7, b""
    while at + 7 <= len(content):
        if 2**15 - at % 2**15 < 7:
            at += 2**15 - at % 2**15
            continue
        _, length, kind = struct.unpack_from("<IHB", content, at)
        record += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            read_record = Record.FromString(record)
            record = b""
            if read_record.WhichOneof("record_type") == "history":
                items = read_record.history.item
                yield {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}


if __name__ == "__main__":
    sys.path.append(os.environ["OURS"])  # torch, after what the loggers' environment has itself
    what, logger, run, *steps = sys.argv[1:]
    if what == "write":
        write(logger, Path(run), int(steps[0]), int(steps[1]), "kill" in steps)
    else:
        print(json.dumps(read(logger, Path(run))))
