"""What a Hugging Face model folder consists of."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "sentencepiece.bpe.model", "spiece.model", "vocab.json")
"""Any one of these is enough for `transformers` to build a tokenizer."""

_WEIGHTS = "model.safetensors"


def missing_part(folder: Path, weights: str = _WEIGHTS) -> str | None:
    """What a Hugging Face model folder lacks to be loaded from such weights; None if it is whole."""
    if not (folder / "config.json").is_file():
        return "config.json"
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        return "tokenizer.json"
    return next((name for name in _weight_files(folder, weights) if not (folder / name).is_file()), None)


def content_hash(folder: Path) -> str:
    """SHA-256 (hex) over the files of a whole model folder that decide its embeddings: names and bytes."""
    names = {"config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}
    names |= {*TOKENIZER_FILES, "merges.txt", *_weight_files(folder)}
    digest = hashlib.sha256()
    for name in sorted(names):
        if (folder / name).is_file():
            digest.update(f"{name}\0{file_hash(folder / name)}\n".encode())
    return digest.hexdigest()


def write_json(file: Path, content: Mapping[str, object] | list[dict[str, object]]) -> None:
    """Write a file of a model's folder, which is made where it is missing."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def file_hash(file: Path) -> str:
    """SHA-256 (hex) of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _weight_files(folder: Path, weights: str = _WEIGHTS) -> list[str]:
    """Names of the weight files that a folder has or, by its shard index, should have."""
    index = folder / f"{weights}.index.json"
    if (folder / weights).is_file() or not index.is_file():
        return [weights]
    return sorted(set(json.loads(index.read_text())["weight_map"].values()))
