"""Corpora kept on disk: each is read from its source once and memory-mapped ever after."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from langmix.corpus.questions import Questions
from langmix.corpus.split import SPLITS, Split
from langmix.corpus.table import TableCorpus, content_hash
from langmix.errors import LangmixError
from langmix.finished import build_once

_TABLE, _SPLITS, _QUESTIONS = "corpus.arrow", "splits.json", "questions.{}.arrow"


def stamp(path: Path) -> tuple[str, int, int]:
    """Place, size and time of a source: tells a changed file without reading gigabytes of it at every start.

    Raises:
        LangmixError: There is no such file.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise LangmixError(f"{path}: cannot be read ({error.strerror or error})") from error
    return str(path.resolve()), status.st_size, status.st_mtime_ns


class Content(NamedTuple):
    """Content of a corpus to be stored.

    Attributes:
        schema: Columns of the corpus.
        batches: Rows: the training pairs, then the validation pairs.
        training_pairs: How many of the rows are training pairs.
        validation_fraction: Share that was to be held out.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    training_pairs: int
    validation_fraction: float


def stored(folder: Path, name: str, split: str, read: Callable[[], Content]) -> TableCorpus:
    """One split of the corpus kept in ``folder``, which is written first if it is not there.

    The folder holds ``corpus.arrow``, training pairs before validation pairs, so that either split is a slice of one
    memory-mapped file, ``splits.json``: where the splits lie, what is held out and the hash of each one's content, and
    for each split which of its rows ask the same question.

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
        build_once(folder, lambda target: _write(target, read), {"corpus": name})
        splits = json.loads((folder / _SPLITS).read_text(encoding="utf-8"))
    except OSError as error:
        raise LangmixError(f"{folder}: the corpus cannot be stored ({error.strerror or error})") from error
    start, stop = splits["rows"][split]
    if start == stop:
        held_out = Split(**splits["held_out"])
        remedy = "lower it" if split == "train" else "raise it"
        if held_out.of_groups == 1:
            remedy = "a group is not split, so give validation pairs of their own (corpus@validation=NAME)"
        raise LangmixError(
            f"corpus '{name}': validation_fraction={held_out.fraction:g} leaves split '{split}' none of the "
            f"{held_out.of_pairs} pairs in {held_out.of_groups} groups; {remedy}"
        )
    corpus = TableCorpus.open(folder / _TABLE, name, splits["fingerprints"][split], slice(start, stop))
    return replace(corpus, split=Split(**splits["held_out"]), index=folder / _QUESTIONS.format(split))


def _write(folder: Path, read: Callable[[], Content]) -> None:
    content = read()
    path = folder / _TABLE
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, content.schema) as file:
        for batch in content.batches:
            file.write_batch(batch)
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    ends = (0, content.training_pairs, table.num_rows)
    rows = dict(zip(SPLITS, pairwise(ends), strict=True))
    tables = {split: table.slice(start, stop - start) for split, (start, stop) in rows.items()}
    for split, some in tables.items():
        Questions.of(some).write(folder / _QUESTIONS.format(split))
    groups = {split: pc.count_distinct(some.column("group")).as_py() for split, some in tables.items()}
    held_out = Split(
        content.validation_fraction,
        tables["validation"].num_rows,
        table.num_rows,
        groups["validation"],
        sum(groups.values()),  # no group is in both
    )
    told = {
        "rows": rows,
        "fingerprints": {split: content_hash(some) for split, some in tables.items()},
        "held_out": asdict(held_out),
    }
    (folder / _SPLITS).write_text(json.dumps(told, indent=1), encoding="utf-8")
