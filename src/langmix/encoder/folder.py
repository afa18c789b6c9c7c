"""Model folders that are either whole or absent."""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from langmix.errors import LangmixError

TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "sentencepiece.bpe.model", "spiece.model", "vocab.json")
"""Any one of these is enough for `transformers` to build a tokenizer."""

_SCRATCH = ".partial-"


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Yield a scratch folder beside ``target``; rename it to ``target`` when the block ends without an error.

    The rename is the last step and atomic, so that a process killed earlier leaves no folder of that name.

    Raises:
        LangmixError: If ``target`` exists already.
    """
    if target.exists():
        raise LangmixError(f"{target}: exists already; choose another folder or remove it")
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f"{target.name}{_SCRATCH}{uuid.uuid4().hex}")
    scratch.mkdir()
    try:
        yield scratch
        os.replace(scratch, target)  # noqa: PTH105 -- Path.replace is documented for files; this is a folder
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def make_once(target: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write the folder ``target`` unless it is there; safe when several processes ask at once."""
    if target.is_dir():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f"{target.name}.lock")):
        if target.is_dir():
            return
        # Only the holder of the lock writes here: a scratch folder found now was left by a killed process.
        for leftover in target.parent.glob(f"{target.name}{_SCRATCH}*"):
            shutil.rmtree(leftover)
        with whole(target) as scratch:
            fill(scratch)


def missing_part(folder: Path) -> str | None:
    """What a Hugging Face model folder lacks to be loaded from safetensors; None if it is whole."""
    if not (folder / "config.json").is_file():
        return "config.json"
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        return "tokenizer.json"
    return next((name for name in _weight_files(folder) if not (folder / name).is_file()), None)


def content_hash(folder: Path) -> str:
    """SHA-256 (hex) over the files of a whole model folder that decide its embeddings: names and bytes."""
    names = {"config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}
    names |= {*TOKENIZER_FILES, "merges.txt", *_weight_files(folder)}
    digest = hashlib.sha256()
    for name in sorted(names):
        if (folder / name).is_file():
            digest.update(f"{name}\0{file_hash(folder / name)}\n".encode())
    return digest.hexdigest()


def file_hash(file: Path) -> str:
    """SHA-256 (hex) of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _weight_files(folder: Path) -> list[str]:
    """Names of the weight files that a folder has or, by its shard index, should have."""
    index = folder / "model.safetensors.index.json"
    if (folder / "model.safetensors").is_file() or not index.is_file():
        return ["model.safetensors"]
    return sorted(set(json.loads(index.read_text())["weight_map"].values()))
