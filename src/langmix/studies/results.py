"""The per-query tables of a grid on one collection in one file: what statistics need, without any text."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from langmix.errors import LangmixError
from langmix.statistics.paired import GROUPS, KEYS

_LISTS = (*KEYS, "question", *GROUPS, "relevant")
_HEADER = b"langmix.results"


@dataclass(frozen=True)
class Results:
    """What cells of a grid measured on one collection.

    Attributes:
        grid: Hash of the grid that they were asked for by, see `Grid.hash_on`.
        collection: Fingerprint of what was searched.
        cells: What is known of each, by arm and seed: its fingerprint, the code that trained and evaluated it, the
            processor and the seconds that it took.
        lists: The ranked lists, with what names them; `[lists, columns]`.
        values: By arm and seed, a value per list and measure; float32 `[lists, measures]`.
        measures: Names of the measures.
    """

    grid: str
    collection: str
    cells: Mapping[tuple[str, int], Mapping[str, Any]]
    lists: pd.DataFrame
    values: Mapping[tuple[str, int], npt.NDArray[np.float32]]
    measures: tuple[str, ...]

    @classmethod
    def of(
        cls,
        grid: str,
        collection: str,
        cells: Mapping[tuple[str, int], tuple[pd.DataFrame, Mapping[str, Any]]],
        measures: Sequence[str],
    ) -> "Results":
        """Put the per-query tables of cells side by side.

        Args:
            grid: See `Results`, like the arguments not described here.
            collection: See `Results`.
            cells: Table and facts by arm and seed.
            measures: Columns to keep.

        Raises:
            LangmixError: A table has other lists than the first, or lacks a measure.
        """
        (first_of, (first, _)), *_ = cells.items()
        lists = _sorted(first)
        values = {}
        for cell, (table, _) in cells.items():
            if lacking := [name for name in measures if name not in table.columns]:
                raise LangmixError(f"{_name(cell)}: its per-query table has no column '{lacking[0]}'")
            ordered = _sorted(table)
            if not ordered[list(_LISTS)].equals(lists[list(_LISTS)]):
                raise LangmixError(f"{_name(cell)}: ranked other lists than {_name(first_of)}")
            values[cell] = ordered[list(measures)].to_numpy(np.float32)
        facts = {cell: facts for cell, (_, facts) in cells.items()}
        return cls(grid, collection, facts, lists[list(_LISTS)], values, tuple(measures))

    def joined(self, more: "Results") -> "Results":
        """These cells and those.

        Raises:
            LangmixError: They are of another grid or collection, or ranked other lists.
        """
        for key in ("grid", "collection", "measures"):
            if getattr(self, key) != getattr(more, key):
                raise LangmixError(f"results of another {key} cannot be joined to those that are there")
        if not self.lists.equals(more.lists):
            raise LangmixError("results of other lists cannot be joined to those that are there")
        return replace(self, cells={**self.cells, **more.cells}, values={**self.values, **more.values})

    def table(self, arm: str, seed: int) -> pd.DataFrame:
        """Per-query table of a cell, as `langmix.statistics.compare.compare` takes it."""
        values = pd.DataFrame(self.values[arm, seed].astype(np.float64), columns=list(self.measures))
        return pd.concat([self.lists.reset_index(drop=True), values], axis=1)

    def seeds(self, arms: Sequence[str]) -> list[int]:
        """Seeds that all of these arms have."""
        return sorted(set.intersection(*({seed for arm, seed in self.cells if arm == each} for each in arms)))

    def write(self, path: Path) -> None:
        """Write them as one Parquet file, whole or not at all.

        Raises:
            LangmixError: It cannot be written.
        """
        columns = {name: pa.array(self.lists[name].astype(str)).dictionary_encode() for name in _LISTS[:-1]}
        columns["relevant"] = pa.array(self.lists["relevant"].to_numpy(np.int32))
        for cell, values in self.values.items():
            for measure, column in zip(self.measures, values.T, strict=True):
                columns[f"{_name(cell)} {measure}"] = pa.array(column, from_pandas=True)
        header = {
            "grid": self.grid,
            "collection": self.collection,
            "measures": self.measures,
            "cells": [[*cell, facts] for cell, facts in self.cells.items()],
        }
        table = pa.table(columns).replace_schema_metadata({_HEADER: json.dumps(header).encode()})
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, scratch, compression="zstd", compression_level=19)
            scratch.replace(path)
        except OSError as error:
            scratch.unlink(missing_ok=True)
            raise LangmixError(f"{path}: cannot be written ({error.strerror or error})") from error

    @classmethod
    def read(cls, path: Path) -> "Results":
        """Read what `write` has written.

        Raises:
            LangmixError: There is no such file, or it is none of that kind.
        """
        try:
            table = pq.read_table(path)
            header = json.loads(table.schema.metadata[_HEADER])
            cells = {(str(arm), int(seed)): facts for arm, seed, facts in header["cells"]}
            measures = tuple(map(str, header["measures"]))
            lists = _plain(table.select(list(_LISTS)).to_pandas())
            values = {
                cell: np.stack([table.column(f"{_name(cell)} {name}").to_numpy() for name in measures], axis=1)
                for cell in cells
            }
        except FileNotFoundError as error:
            raise LangmixError(f"{path}: no such file") from error
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            reason = " ".join(str(error).split())
            raise LangmixError(f"{path}: are no results of a grid ({reason}); gather them again") from error
        return cls(str(header["grid"]), str(header["collection"]), cells, lists, values, measures)


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    return _plain(table).sort_values(list(KEYS), ignore_index=True)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """With the same types wherever it comes from."""
    names = {name: table[name].astype(object).fillna("").astype(str) for name in _LISTS[:-1]}
    return table.assign(**names, relevant=table["relevant"].astype(np.int32))


def _name(cell: tuple[str, int]) -> str:
    return f"{cell[0]}·s{cell[1]}"
