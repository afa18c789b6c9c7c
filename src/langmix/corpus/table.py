"""A parallel corpus as one Arrow table, in memory or memory-mapped."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from langmix.corpus.parallel import SIDES, ParallelCorpus
from langmix.corpus.questions import Questions
from langmix.corpus.split import Split


@dataclass(frozen=True)
class TableCorpus(ParallelCorpus):
    """Question-passage pairs aligned over languages, as one Arrow table.

    Attributes:
        name: What tables and runs call the corpus.
        languages: ISO 639 codes, in the order of the columns.
        table: Columns ``id`` (string or integer, unique), ``group`` (string or integer) and per language
            ``query.LANG`` and ``passage.LANG`` (string, or dictionary of strings where texts repeat; null where the
            pair has no such text), and for some languages perhaps ``negatives.LANG`` (list of strings) and
            ``answer.LANG`` (string: the part of the passage that answers; null where that is not told).
        fingerprint: Hash of the content: equal hashes mean equal rows in equal order.
        mapped: File and rows of it that `table` is, if it is memory-mapped: another process maps them itself.
        split: What of the corpus is held out for validation; None where its splits are given.
        index: File that its `Questions` are kept in; None: they are looked for when first asked for.
    """

    name: str
    languages: tuple[str, ...]
    table: pa.Table
    fingerprint: str
    split: Split | None = None
    index: Path | None = None
    mapped: tuple[Path, slice] | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @classmethod
    def open(cls, path: Path, name: str, fingerprint: str, rows: slice = slice(None)) -> "TableCorpus":
        """Memory-map (consecutive) rows of an Arrow IPC file with the columns of `table`; nothing is copied."""
        table = _map(path, rows)
        languages = tuple(c.removeprefix("query.") for c in table.column_names if c.startswith("query."))
        return cls(name, languages, table, fingerprint, mapped=(path, rows))

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if not (self.mapped and key == "table")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self.mapped:
            vars(self)["table"] = _map(*self.mapped)

    @property
    def splits(self) -> Mapping[str, Split]:
        """What is held out for validation, by name of the corpus; none where there is no choice."""
        return {} if self.split is None else {self.name: self.split}

    def exists(self, side: str, language: str) -> npt.NDArray[np.bool_]:
        """Which pairs have this text: bool ``[rows]``."""
        if language not in self.languages:
            return np.zeros(len(self), np.bool_)
        column = self.table.column(f"{side}.{language}")
        # A complete column of millions of rows is common and need not be walked through.
        if column.null_count == 0:
            return np.ones(len(self), np.bool_)
        valid: npt.NDArray[np.bool_] = column.is_valid().to_numpy()
        return valid

    def group_names(self, rows: npt.NDArray[np.int64]) -> list[str]:
        """Groups of the pairs ``rows [n]``."""
        column = self.table.column("group")
        return [str(column[row].as_py()) for row in rows.tolist()]

    def ids(self, rows: npt.NDArray[np.int64]) -> list[str]:
        """Ids of the pairs ``rows [n]``."""
        column = self.table.column("id")
        return [str(column[row].as_py()) for row in rows.tolist()]

    @property
    def has_negatives(self) -> bool:
        """Whether any pair was given negatives."""
        return any(f"negatives.{language}" in self.table.column_names for language in self.languages)

    def negatives(self, rows: npt.NDArray[np.int64], languages: npt.NDArray[np.int64]) -> list[list[str]]:
        """The negatives that each of ``rows [n]`` was given in its language (``languages [n]``), often none."""
        names = [f"negatives.{language}" for language in self.languages]
        columns = [self.table.column(name) if name in self.table.column_names else None for name in names]
        return [
            [] if (column := columns[language]) is None else column[row].as_py()
            for row, language in zip(rows.tolist(), languages.tolist(), strict=True)
        ]

    def answers(self, rows: npt.NDArray[np.int64], language: str) -> list[str | None]:
        """The part of the passage that answers the query, for each of ``rows [n]`` in one language."""
        if f"answer.{language}" not in self.table.column_names:
            return [None] * len(rows)
        column = self.table.column(f"answer.{language}")
        return [column[row].as_py() for row in rows.tolist()]

    def all_texts(self, side: str, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], list[str]]:
        """The texts of ``rows [n]`` in whichever languages they have: which of the rows each is of, and the texts."""
        columns = [self.table.column(f"{side}.{language}") for language in self.languages]
        found = [
            (of, text)
            for column in columns
            for of, row in enumerate(rows.tolist())
            if (text := column[row].as_py()) is not None
        ]
        return np.array([of for of, _ in found], np.int64), [text for _, text in found]

    @cached_property
    def _questions(self) -> Questions:
        return Questions.of(self.table) if self.index is None else Questions.open(self.index)

    def asking(self, questions: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The rows that ask one of ``questions [n]`` in any language, see `ParallelCorpus`."""
        return self._questions.asking(questions)

    def texts(self, side: str, rows: npt.NDArray[np.int64], languages: npt.NDArray[np.int64]) -> list[str]:
        """The texts of ``rows [n]``, each in its own language (``languages [n]``: index into `languages`)."""
        columns = [self.table.column(f"{side}.{language}") for language in self.languages]
        # One by one: `take` on a column of several record batches would copy the whole column for every batch.
        return [columns[language][row].as_py() for row, language in zip(rows.tolist(), languages.tolist(), strict=True)]


def _map(path: Path, rows: slice) -> pa.Table:
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    start, stop, _ = rows.indices(table.num_rows)
    return table.slice(start, stop - start)


def schema(languages: tuple[str, ...], negatives: tuple[str, ...] = (), answers: tuple[str, ...] = ()) -> pa.Schema:
    """Columns of `TableCorpus.table` for these languages, of plain strings.

    Some of the languages may have ``negatives``, and some ``answers``.
    """
    texts = [f"{side}.{language}" for language in languages for side in SIDES]
    lists = [(f"negatives.{language}", pa.list_(pa.string())) for language in negatives]
    told = [(f"answer.{language}", pa.string()) for language in answers]
    return pa.schema([*((column, pa.string()) for column in ("id", "group", *texts)), *lists, *told])


def content_hash(table: pa.Table) -> str:
    """SHA-256 (hexadecimal) of a table: column names, and which texts or integers stand in which row.

    How the rows are cut into record batches does not matter; whether texts stand in a dictionary does.
    """
    whole = hashlib.sha256()
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            chunks = column.chunks
            # An IPC file has one dictionary per column, so all chunks index the same texts.
            texts = pa.chunked_array([chunks[0].dictionary]) if chunks else pa.chunked_array([], pa.string())
            indices = pa.chunked_array([chunk.indices for chunk in chunks], column.type.index_type)
            hashes = [_integers(indices), *_strings(texts)]
        elif pa.types.is_integer(column.type):
            hashes = [_integers(column)]
        elif pa.types.is_list(column.type):
            hashes = [_integers(pc.list_value_length(column)), *_strings(pc.list_flatten(column))]
        else:
            hashes = _strings(column)
        whole.update("".join(f"{line}\n" for line in (name, *hashes)).encode())
    return whole.hexdigest()


def _strings(column: pa.ChunkedArray) -> list[str]:
    lengths, texts = hashlib.sha256(), hashlib.sha256()
    for chunk in column.chunks:
        # Lengths keep "ab" + "c" apart from "a" + "bc"; -1 keeps null apart from "".
        lengths.update(pc.binary_length(chunk).fill_null(-1).to_numpy().astype("<i4").tobytes())
        present = chunk.drop_null()
        _, offsets, characters = present.buffers()
        if len(present):
            width = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
            ends = np.frombuffer(offsets, dtype=width)[[present.offset, present.offset + len(present)]]
            texts.update(memoryview(characters)[ends[0] : ends[1]])
    return [lengths.hexdigest(), texts.hexdigest()]


def _integers(column: pa.ChunkedArray) -> str:
    values = hashlib.sha256()
    for chunk in column.chunks:
        values.update(chunk.fill_null(-1).to_numpy())
    return f"{column.type} {values.hexdigest()}"
