"""Corpora kept on disk: each is read from its source once and memory-mapped ever after."""

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from filelock import FileLock

from langmix.corpus.parallel import ParallelCorpus, content_hash
from langmix.corpus.split import SPLITS
from langmix.errors import LangmixError


class Content(NamedTuple):
    """Content of a corpus to be stored.

    Attributes:
        schema: Columns of the corpus.
        batches: Rows: the training pairs, then the validation pairs.
        training_pairs: How many of the rows are training pairs.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    training_pairs: int


def stored(folder: Path, name: str, split: str, read: Callable[[], Content]) -> ParallelCorpus:
    """One split of the corpus kept in ``folder``, which is written first if it is not there.

    The folder holds ``corpus.arrow``, training pairs before validation pairs, so that either split is a slice of one
    memory-mapped file, and ``DONE``: where the splits lie and the hash of each one's content. It appears under its
    name only when it is complete; what a killed process left is removed by the next one that writes.

    Args:
        folder: Place of the corpus; its name has to change with whatever ``read`` depends on.
        name: What the corpus is to be called.
        split: "train" or "validation".
        read: Reads the corpus from its source.

    Raises:
        LangmixError: There is no such split, or the split has no pairs; and whatever ``read`` raises.
    """
    if split not in SPLITS:
        raise LangmixError(f"corpus '{name}': unknown split '{split}' (known: {' '.join(SPLITS)})")
    try:
        done = _done(folder)
        if done is None:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.parent / ".lock"):
                done = _done(folder) or _write(folder, read)
    except OSError as error:
        raise LangmixError(f"{folder}: the corpus cannot be stored ({error.strerror or error})") from error
    start, stop = done["rows"][split]
    if start == stop:
        pairs = done["rows"]["validation"][1]
        remedy = "lower" if split == "train" else "raise"
        raise LangmixError(
            f"corpus '{name}': validation_fraction leaves split '{split}' none of the {pairs} pairs; {remedy} it"
        )
    return ParallelCorpus.open(folder / "corpus.arrow", name, done["fingerprints"][split], slice(start, stop))


def _done(folder: Path) -> dict[str, Any] | None:
    """The manifest of a complete corpus."""
    try:
        done: dict[str, Any] = json.loads((folder / "DONE").read_text(encoding="utf-8"))
        size = (folder / "corpus.arrow").stat().st_size
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return done if size == done["bytes"] else None


def _write(folder: Path, read: Callable[[], Content]) -> dict[str, Any]:
    content = read()
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    path = partial / "corpus.arrow"
    try:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, content.schema) as file:
            for batch in content.batches:
                file.write_batch(batch)
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        ends = (0, content.training_pairs, table.num_rows)
        rows = dict(zip(SPLITS, pairwise(ends), strict=True))
        fingerprints = {split: content_hash(table.slice(start, stop - start)) for split, (start, stop) in rows.items()}
        done: dict[str, Any] = {"rows": rows, "fingerprints": fingerprints, "bytes": path.stat().st_size}
        (partial / "DONE").write_text(json.dumps(done, indent=1), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return done
