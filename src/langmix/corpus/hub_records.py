"""Rows of a data set that the library `datasets` reads: on the hub at a pinned revision, or in a folder."""

import hashlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langmix.corpus.address import COMMIT
from langmix.corpus.records import Records, Row
from langmix.document import is_there
from langmix.errors import LangmixError

if TYPE_CHECKING:
    import pyarrow as pa

_AT_HUB = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<revision>.*))?")
_BATCH = 4096  # rows read at a time
_SAVED = ("state.json", "dataset_dict.json")  # what a folder written by save_to_disk holds


class HubRecords(Records):
    """One split of one subset. Rows are read as they are asked for, and not kept by the library.

    Args:
        path: ``OWNER/NAME@COMMIT`` on the hub, the commit in 40 hexadecimal digits; or a folder, of Parquet, JSON, CSV
            or Arrow files, or written by ``save_to_disk``.
        rows: ``SUBSET:SPLIT``, the subset perhaps a folder below the folder; or ``SPLIT``, where there is one subset.
        layout: What is told with a row that is no such.

    Raises:
        LangmixError: There is no such data set, subset or split, or the hub cannot be reached.
    """

    def __init__(self, path: str | Path | None, rows: str, layout: str = "a row") -> None:
        if not path:
            raise LangmixError("a path is null: give OWNER/NAME@COMMIT of a data set on the hub, or a folder")
        folder = Path(path).expanduser()
        match = None if is_there(folder, folder=True) else _AT_HUB.fullmatch(str(path))
        if match is None and not is_there(folder, folder=True):
            raise LangmixError(f"{path}: no such folder, and not OWNER/NAME@COMMIT of a data set on the hub")
        if match and not COMMIT.fullmatch(match["revision"] or ""):
            # A branch moves, and what is read with it.
            raise LangmixError(f"{path}: needs a commit of 40 hexadecimal digits, as in {match['name']}@COMMIT")
        subset, _, split = rows.rpartition(":")
        self.path = (Path(path) if match else folder) / subset / split
        self.unit = "row"
        self._layout = layout
        self._pinned = bool(match)
        self._data = (
            self._loaded(match["name"], subset, split, revision=match["revision"])
            if match
            else self._local(folder, subset, split)
        )
        self.columns = dict.fromkeys(self._data.column_names or [])

    def content_hash(self) -> str:
        """SHA-256 (hexadecimal) of the address on the hub, or of the rows of a folder."""
        digest = hashlib.sha256(str(self.path).encode() if self._pinned else b"")
        if not self._pinned:
            for batch in self._batches(self.columns):
                for row in batch.to_pylist():
                    digest.update(repr(sorted(row.items())).encode(errors="surrogatepass"))
        return digest.hexdigest()

    def rows(self, wanted: Collection[str]) -> Iterator[tuple[int, Row]]:
        """The rows with their numbers, from 1.

        Raises:
            LangmixError: They cannot be read.
        """
        number = 0
        for batch in self._batches(wanted):
            for row in batch.to_pylist():
                number += 1
                yield number, row

    def _batches(self, wanted: Collection[str]) -> "Iterator[pa.Table]":
        import pyarrow as pa
        from httpx2 import HTTPError

        names = [name for name in self.columns if name in wanted]
        number = 0
        try:
            for batch in self._data.with_format("arrow").iter(_BATCH):
                yield batch.select(names)
                number += len(batch)
        except (OSError, ValueError, pa.ArrowException, HTTPError) as error:
            raise LangmixError(f"{self.path}: cannot be read behind row {number} ({_first_line(error)})") from error

    def _local(self, folder: Path, subset: str, split: str) -> Any:
        own = folder / subset
        for place in (own, own / split):
            if any(is_there(place / name) for name in _SAVED):
                return self._saved(place, split)
        if subset and is_there(own, folder=True):
            return self._loaded(str(folder), "", split, data_dir=subset)
        return self._loaded(str(folder), subset, split)

    def _saved(self, place: Path, split: str) -> Any:
        from datasets import DatasetDict, load_from_disk

        try:
            found = load_from_disk(str(place))
        except (OSError, ValueError) as error:
            raise LangmixError(f"{place}: no data set of save_to_disk ({_first_line(error)})") from error
        if isinstance(found, DatasetDict):
            if split not in found:
                raise LangmixError(f"{place}: has no split '{split}' (has: {' '.join(map(str, found))})")
            return found[split]
        return found

    def _loaded(self, path: str, subset: str, split: str, **more: str) -> Any:
        from datasets import load_dataset
        from httpx2 import HTTPError

        try:
            found: Any = load_dataset(path, subset or None, split=split, streaming=True, **more)
            # Of a stream of JSON, columns are known from its first rows alone.
            return found if found.column_names else found._resolve_features()  # noqa: SLF001
        except (OSError, ValueError, KeyError, HTTPError) as error:
            raise LangmixError(f"{self.path}: datasets cannot load it ({_first_line(error)})") from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
