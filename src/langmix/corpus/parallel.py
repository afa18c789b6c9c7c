"""Parallel training texts: one row is one question-passage pair, in as many languages as it exists in."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa


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
    def open(cls, path: Path, name: str, fingerprint: str) -> "ParallelCorpus":
        """Memory-map an Arrow IPC file that `write` made."""
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        languages = tuple(c.removeprefix("query.") for c in table.column_names if c.startswith("query."))
        return cls(name, languages, table, fingerprint)

    def has(self, side: str) -> npt.NDArray[np.bool_]:
        """Which texts exist: bool ``[rows, languages]`` for ``side`` "query" or "passage"."""
        columns = [self.table.column(f"{side}.{language}").is_valid() for language in self.languages]
        return np.stack([c.to_numpy(zero_copy_only=False) for c in columns], axis=1)

    @cached_property
    def groups(self) -> npt.NDArray[np.int64]:
        """Group of each row as an integer code ``[rows]``; equal codes share a group."""
        encoded = self.table.column("group").combine_chunks().dictionary_encode()
        return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)

    def texts(self, side: str, rows: npt.NDArray[np.int64], languages: npt.NDArray[np.int64]) -> list[str]:
        """The texts of ``rows [n]``, each in its own language (``languages [n]``: index into `languages`)."""
        out: list[str] = [""] * len(rows)
        for code in np.unique(languages):
            at = np.flatnonzero(languages == code)
            column = self.table.column(f"{side}.{self.languages[code]}")
            for position, text in zip(at, column.take(pa.array(rows[at])).to_pylist(), strict=True):
                out[position] = text
        return out
