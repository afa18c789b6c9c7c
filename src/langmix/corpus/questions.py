"""Which rows of a corpus ask the same question."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langmix.corpus.codes import text_codes

Numbers = npt.NDArray[np.int64]

_FILE_COLUMNS = ("code", "row")
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Questions:
    """The questions of a corpus in all its languages, and the rows that ask each.

    Attributes:
        codes: Codes of the questions, in ascending order, once for each row that asks it, ``[entries]``.
        rows: Those rows, ``[entries]``.
        path: File that they are mapped from; None where they are in memory.
    """

    codes: Numbers
    rows: Numbers
    path: Path | None = None

    @classmethod
    def of(cls, table: pa.Table) -> "Questions":
        """Questions of a table with the columns of `TableCorpus`.

        Of rows that hold the numbers of the very same texts (mMARCO's triples) the first stands for all.
        """
        told = _different(table)
        codes, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for name in table.column_names:
            if name.startswith("query."):
                found, asking = _codes(table.column(name), told)
                codes.append(found)
                rows.append(asking)
        every, asking = np.concatenate(codes), np.concatenate(rows)
        order = np.argsort(every, kind="stable")
        return cls(every[order], asking[order])

    @classmethod
    def open(cls, path: Path) -> "Questions":
        """Map what `write` has written."""
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        codes, rows = (table.column(name).chunk(0).to_numpy() for name in _FILE_COLUMNS)
        return cls(codes, rows, path)

    def write(self, path: Path) -> None:
        """Write them to be mapped, as one Arrow file."""
        batch = pa.RecordBatch.from_arrays([pa.array(self.codes), pa.array(self.rows)], names=list(_FILE_COLUMNS))
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as file:
            file.write_batch(batch)

    def __reduce__(self) -> tuple[Callable[..., "Questions"], tuple[Any, ...]]:
        # Another process maps the file itself; pickling would copy it.
        return (Questions, (self.codes, self.rows)) if self.path is None else (Questions.open, (self.path,))

    def asking(self, codes: Numbers) -> tuple[Numbers, Numbers]:
        """The rows that ask one of the questions ``codes [n]``: which of them, and the row, both ``[found]``."""
        first = np.searchsorted(self.codes, codes, "left")
        counts = np.searchsorted(self.codes, codes, "right") - first
        of = np.repeat(np.arange(len(codes)), counts)
        places = np.arange(len(of)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
        return of, self.rows[places]


def _different(table: pa.Table) -> Numbers:
    """Rows no two of which hold the numbers of the same texts; all, unless all texts are told by number."""
    columns = [table.column(name) for name in table.column_names if name.startswith(("query.", "passage."))]
    if not columns or not all(pa.types.is_dictionary(column.type) for column in columns):
        return np.arange(table.num_rows)
    key = np.zeros(table.num_rows, np.uint64)
    for column in columns:
        # A polynomial in an odd number, modulo 2**64.
        key *= np.uint64(0x9E3779B97F4A7C15)
        key += np.concatenate([np.empty(0, np.uint64), *(_numbers(chunk).astype(np.uint64) for chunk in column.chunks)])
    return np.sort(np.unique(key, return_index=True)[1]).astype(np.int64)


def _numbers(chunk: pa.DictionaryArray) -> Numbers:
    numbers: Numbers = chunk.indices.fill_null(-1).to_numpy().astype(np.int64)
    return numbers


def _codes(column: pa.ChunkedArray, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Codes of a column's texts at ``rows [n]``, and the rows, where there is a text."""
    if pa.types.is_dictionary(column.type):
        chunks = column.chunks
        numbers = np.concatenate([np.empty(0, np.int64), *map(_numbers, chunks)])[rows]
        # An IPC file has one dictionary per column.
        codes = text_codes(chunks[0].dictionary.to_pylist() if chunks else [])
        return codes[numbers[numbers >= 0]], rows[numbers >= 0]
    valid: Numbers = np.flatnonzero(column.is_valid().to_numpy())
    blocks = (column.slice(start, _BLOCK).drop_null().to_pylist() for start in range(0, len(column), _BLOCK))
    return np.concatenate([np.empty(0, np.int64), *map(text_codes, blocks)]), valid
