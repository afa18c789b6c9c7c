"""Rows of JSONL, Parquet, CSV and TSV files one by one, with the number by which a row is found again."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Collection, Iterator
from json import JSONDecodeError
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from langmix.document import Node, is_there, kind_of, parsed
from langmix.errors import LangmixError

KINDS = (".jsonl", ".parquet", ".csv", ".tsv")

_LONGEST_CELL = 2**31 - 1  # characters; csv stops at 131,072 by itself, which paragraphs of articles exceed

_CARRIAGE_RETURNS = "its lines seem to end in carriage returns alone; end them in line feeds"

Row = dict[str, Any]
T = TypeVar("T")


class Records:
    """One file of rows: JSONL, Parquet, CSV or TSV, plain or with a further ``.gz``.

    CSV cells may be quoted, TSV cells are taken as they are (a quotation mark is a character like any other, and so is
    a carriage return that is not part of a line's end). Both have a header line, and an empty cell is null.

    Args:
        path: The file.
        layout: What is told with a row that is no such, see `Node`.
        kind: What the file is whatever its extension, e.g. ``.tsv``.

    Attributes:
        path: The file.
        kind: Extension without ``.gz``: what the format is told by.
        unit: What rows are counted in, from 1: "line" or (Parquet) "row".
        columns: The file's columns, as far as known: JSON tells them row by row.

    Raises:
        LangmixError: The file does not exist or has another extension.
    """

    def __init__(self, path: Path, layout: str = "JSONL", kind: str = "") -> None:
        self.path = path
        self._layout = layout
        self.columns: dict[str, None] = {}
        suffixes = [suffix.lower() for suffix in path.suffixes]
        self._gzip = suffixes[-1:] == [".gz"]
        self.kind = kind or "".join(suffixes[-2:-1] if self._gzip else suffixes[-1:])
        self.unit = "row" if self.kind == ".parquet" else "line"
        if self.kind not in KINDS:
            raise LangmixError(f"{path}: unsupported extension; known are {' '.join(KINDS)}, plain or with .gz")
        if not is_there(path):
            raise LangmixError(f"{path}: no such file")

    def at(self, number: int) -> str:
        """Prefix of an error message about a row."""
        return f"{self.path}, {self.unit} {number}: "

    def content_hash(self) -> str:
        """SHA-256 of the file (hexadecimal).

        Raises:
            LangmixError: The file cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise LangmixError(f"{self.path}: cannot be read ({error.strerror or error})") from error

    def rows(self, wanted: Collection[str]) -> Iterator[tuple[int, Row]]:
        """The rows with their numbers, in file order, read as they are asked for.

        Args:
            wanted: Columns the caller needs; Parquet leaves the others out of the rows.

        Raises:
            LangmixError: The file is cut off, damaged or not of its format.
        """
        readers = {".jsonl": self._jsonl, ".parquet": self._parquet, ".csv": self._cells, ".tsv": self._cells}
        yield from self._told(readers[self.kind](wanted))

    def nodes(self, wanted: Collection[str]) -> Iterator[tuple[int, Node]]:
        """As `rows`, but each as an object that tells what is wrong with it.

        Raises:
            LangmixError: As for `rows`.
        """
        for number, row in self.rows(wanted):
            yield number, Node(self.path, f"{self.unit} {number}", row, self._layout)

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines of a file without a header, with their numbers and without their ends.

        Raises:
            LangmixError: The file is cut off, damaged or not UTF-8.
        """
        return self._told((number, line.rstrip("\r\n")) for number, line in enumerate(self._lines(), 1))

    def _told(self, numbered: Iterator[tuple[int, T]]) -> Iterator[tuple[int, T]]:
        """Pass on what is read, and tell what goes wrong with its place."""
        number = 0
        try:
            for number, item in numbered:
                yield number, item
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise LangmixError(f"{self.at(number + 1)}gzip data is cut off or damaged ({error})") from error
        except pa.ArrowException as error:
            reason = str(error).splitlines()[0]
            raise LangmixError(f"{self.path}: not Parquet, cut off or damaged ({reason})") from error
        except UnicodeDecodeError as error:
            raise LangmixError(f"{self.path}: a text behind row {number} is not UTF-8 ({error.reason})") from error
        except OSError as error:
            raise LangmixError(f"{self.path}: cannot be read ({error.strerror or error})") from error

    def _open(self) -> io.BufferedReader:
        if self._gzip:
            # gzip hands out one line per Python call; a buffer in front of it does so in C.
            return io.BufferedReader(gzip.open(self.path), 1 << 20)
        return self.path.open("rb")

    def _lines(self) -> Iterator[str]:
        """Decoded lines; a byte order mark in front of the first is dropped."""
        with self._open() as file:
            for number, line in enumerate(file, 1):
                try:
                    yield line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise LangmixError(f"{self.at(number)}not UTF-8 ({error.reason} at byte {error.start})") from error

    def _jsonl(self, _wanted: Collection[str]) -> Iterator[tuple[int, Row]]:
        for number, line in enumerate(self._lines(), 1):
            if line.isspace():
                continue
            try:
                row = parsed(line)
            except JSONDecodeError as error:
                reason = f"{error.msg} at column {error.colno}"
                hint = _CARRIAGE_RETURNS if _split_by_returns(line) else "one object per line is needed"
                raise LangmixError(f"{self.at(number)}not JSON ({reason}); {hint}") from error
            except ValueError as error:
                raise LangmixError(f"{self.at(number)}{error}") from error
            if not isinstance(row, dict):
                raise LangmixError(f"{self.at(number)}{kind_of(row)} is here, where {self._layout} has an object")
            if not row.keys() <= self.columns.keys():
                self.columns |= dict.fromkeys(row)
            yield number, row

    def _cells(self, _wanted: Collection[str]) -> Iterator[tuple[int, Row]]:
        rows = self._csv() if self.kind == ".csv" else self._tsv()
        start, header = next(rows, (1, []))
        self.columns = dict.fromkeys(header)
        if len(self.columns) < len(header):
            raise LangmixError(f"{self.at(start)}the header names a column twice: {' '.join(header)}")
        for number, cells in rows:
            if cells and len(cells) != len(header):
                raise LangmixError(f"{self.at(number)}{len(cells)} cells under a header of {len(header)}")
            if cells:
                yield number, {name: cell or None for name, cell in zip(header, cells, strict=True)}

    def _tsv(self) -> Iterator[tuple[int, list[str]]]:
        for number, line in enumerate(self._lines(), 1):
            if number == 1 and _split_by_returns(line):
                raise LangmixError(f"{self.at(number)}not TSV; {_CARRIAGE_RETURNS}")
            content = line.removesuffix("\n").removesuffix("\r")
            yield number, content.split("\t") if content else []

    def _csv(self) -> Iterator[tuple[int, list[str]]]:
        csv.field_size_limit(_LONGEST_CELL)  # of the process: there is none of a reader
        reader = csv.reader(self._lines(), strict=True)
        start = 1
        try:
            for cells in reader:
                yield start, cells
                start = reader.line_num + 1  # a quoted cell may hold line breaks
        except csv.Error as error:
            if "new-line character" in str(error):
                raise LangmixError(
                    f"{self.at(start)}not CSV: a carriage return is in a cell without quotation marks, or lines end in "
                    "carriage returns alone; put the cell into quotation marks, or end lines in line feeds"
                ) from error
            raise LangmixError(f"{self.at(start)}not CSV ({error})") from error

    def _parquet(self, wanted: Collection[str]) -> Iterator[tuple[int, Row]]:
        # Parquet is read from its end, so a compressed one has to be in memory.
        source = pa.BufferReader(gzip.decompress(self.path.read_bytes())) if self._gzip else self.path
        before = 0
        with pq.ParquetFile(source) as file:
            self.columns = dict.fromkeys(file.schema_arrow.names)
            for batch in file.iter_batches(batch_size=4096, columns=[name for name in wanted if name in self.columns]):
                yield from enumerate(batch.to_pylist(), before + 1)
                before += len(batch)


def _split_by_returns(line: str) -> bool:
    """Whether a line seems to be several, as no line feed ends them."""
    return "\r" in line.removesuffix("\n").removesuffix("\r")
