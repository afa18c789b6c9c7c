"""Parquet files of a cell, each of which says whose it is."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from langmix.errors import LangmixError

AGAIN = "run the cell again"

# What columns were called before, in cells that are still there.
_FORMER = {"cluster": "question", "corpus_language": "candidate_language"}

_PREFIX = "langmix."


def write_table(table: pa.Table, path: Path, identity: Mapping[str, str]) -> None:
    """Write a table.

    Args:
        table: What to write.
        path: File to write.
        identity: Whose it is, such as the fingerprints of ``cell`` and ``collection``; kept in the schema's metadata.
    """
    metadata = {f"{_PREFIX}{key}": value for key, value in identity.items()}
    pq.write_table(table.replace_schema_metadata((table.schema.metadata or {}) | metadata), path, compression="zstd")


def read_table(
    path: Path, expected: Mapping[str, str] | None = None, schema: pa.Schema | None = None, later: str = ""
) -> pa.Table:
    """Read a table.

    Args:
        path: File to read.
        expected: Whose it has to be, as it was written; other facts in it do not matter. None: whosever it is.
        schema: Columns it has to hold, to which it is cut and cast. None: as it is.
        later: A column that files of older versions lack, and that is empty then.

    Raises:
        LangmixError: The file is missing, damaged or somebody else's, or a column is missing, of another kind, or
            empty where ``schema`` does not allow it.
    """
    table = _renamed(_read(path, pq.read_table))
    check_identity(path, identity_of(table.schema), expected)
    if schema is None:
        return table
    columns = []
    for field in schema:
        if field.name == later and later not in table.column_names:
            columns.append(pa.nulls(len(table), field.type))
            continue
        if field.name not in table.column_names:
            raise LangmixError(f"{path}: has no column '{field.name}' (has: {' '.join(table.column_names)}): {AGAIN}")
        column = table.column(field.name)
        if column.null_count and not field.nullable:
            raise LangmixError(f"{path}: column '{field.name}' has {column.null_count} empty cells: {AGAIN}")
        try:
            columns.append(column.cast(field.type))
        except pa.ArrowException as error:
            raise LangmixError(f"{path}: column '{field.name}' is {column.type}, not {field.type}: {AGAIN}") from error
    return pa.table(columns, schema=schema.with_metadata(table.schema.metadata))


def check_table(path: Path, expected: Mapping[str, str]) -> None:
    """Compare whose a table is with whose it has to be, without reading its rows.

    Raises:
        LangmixError: The file is missing, damaged or somebody else's.
    """
    check_identity(path, identity_of(_read(path, pq.read_schema)), expected)


def identity_of(schema: pa.Schema) -> dict[str, str]:
    """Whose a table is, as it was written; empty where that is not known."""
    metadata: dict[bytes, bytes] = schema.metadata or {}
    texts = {key.decode(): value.decode() for key, value in metadata.items()}
    return {key.removeprefix(_PREFIX): value for key, value in texts.items() if key.startswith(_PREFIX)}


def check_identity(path: Path, found: Mapping[str, str], expected: Mapping[str, str] | None) -> None:
    """Compare whose a file is with whose it has to be.

    Raises:
        LangmixError: They differ; the line names the file, what it has and what was expected.
    """
    for key, value in (expected or {}).items():
        if key not in found:
            raise LangmixError(f"{path}: does not say of which {key} it is, as files of older versions: {AGAIN}")
        if found[key] != value:
            raise LangmixError(f"{path}: belongs to {key} {found[key]}, not to {value}")


def _renamed(table: pa.Table) -> pa.Table:
    """The table with today's names."""
    schema = pa.schema([field.with_name(_FORMER.get(field.name, field.name)) for field in table.schema])
    return pa.table(table.columns, schema=schema.with_metadata(table.schema.metadata))


def _read(path: Path, reader: Callable[[Path], Any]) -> Any:
    if not path.is_file():
        raise LangmixError(f"{path.parent}: has no {path.name}, as cells of older versions: {AGAIN}")
    try:
        return reader(path)
    except (pa.ArrowException, OSError) as error:
        raise LangmixError(f"{path}: damaged ({' '.join(str(error).split())}): {AGAIN}") from error
