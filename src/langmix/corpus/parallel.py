"""Parallel training texts: one row is one question-passage pair, in as many languages as it exists in."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SIDES = ("query", "passage")


@dataclass(frozen=True)
class ParallelCorpus:
    """Question-passage pairs aligned over languages, as one Arrow table.

    Attributes:
        name: What tables and runs call the corpus.
        languages: ISO 639 codes, in the order of the columns.
        table: Columns ``id`` (string, unique), ``group`` (string: pairs of one group are never each other's
            negatives) and per language ``query.LANG`` and ``passage.LANG`` (string; null where the pair has no such
            text).
        fingerprint: Hash of the content: equal hashes mean equal rows in equal order.
    """

    name: str
    languages: tuple[str, ...]
    table: pa.Table
    fingerprint: str

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @classmethod
    def open(cls, path: Path, name: str, fingerprint: str, rows: slice = slice(None)) -> "ParallelCorpus":
        """Memory-map (consecutive) rows of an Arrow IPC file with the columns of `table`; nothing is copied."""
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        languages = tuple(c.removeprefix("query.") for c in table.column_names if c.startswith("query."))
        start, stop, _ = rows.indices(table.num_rows)
        return cls(name, languages, table.slice(start, stop - start), fingerprint)

    def has(self, side: str) -> npt.NDArray[np.bool_]:
        """Which texts exist: bool ``[rows, languages]`` for ``side`` "query" or "passage"."""
        columns = [self.table.column(f"{side}.{language}").is_valid() for language in self.languages]
        return np.stack([c.to_numpy(zero_copy_only=False) for c in columns], axis=1)

    @cached_property
    def groups(self) -> npt.NDArray[np.int64]:
        """Group of each row as an integer code ``[rows]``; equal codes share a group."""
        encoded = self.table.column("group").combine_chunks().dictionary_encode()
        codes: npt.NDArray[np.int64] = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        return codes

    def texts(self, side: str, rows: npt.NDArray[np.int64], languages: npt.NDArray[np.int64]) -> list[str]:
        """The texts of ``rows [n]``, each in its own language (``languages [n]``: index into `languages`)."""
        columns = [self.table.column(f"{side}.{language}") for language in self.languages]
        # One by one: `take` on a column of several record batches would copy the whole column for every batch.
        return [columns[language][row].as_py() for row, language in zip(rows.tolist(), languages.tolist(), strict=True)]


def schema(languages: tuple[str, ...]) -> pa.Schema:
    """Columns of `ParallelCorpus.table` for these languages."""
    texts = [f"{side}.{language}" for language in languages for side in SIDES]
    return pa.schema([(column, pa.string()) for column in ("id", "group", *texts)])


def content_hash(table: pa.Table) -> str:
    """SHA-256 (hexadecimal) of a table of strings: column names, and which texts stand in which row.

    How the rows are cut into record batches does not matter.
    """
    whole = hashlib.sha256()
    for name in table.column_names:
        lengths, texts = hashlib.sha256(), hashlib.sha256()
        for chunk in table.column(name).chunks:
            # Lengths keep "ab" + "c" apart from "a" + "bc"; -1 keeps null apart from "".
            lengths.update(pc.binary_length(chunk).fill_null(-1).to_numpy().astype("<i4").tobytes())
            present = chunk.drop_null()
            _, offsets, characters = present.buffers()
            if len(present):
                ends = np.frombuffer(offsets, dtype=np.int32)[[present.offset, present.offset + len(present)]]
                texts.update(memoryview(characters)[ends[0] : ends[1]])
        whole.update(f"{name}\n{lengths.hexdigest()}\n{texts.hexdigest()}\n".encode())
    return whole.hexdigest()
