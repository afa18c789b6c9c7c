"""What a store holds, which runs use it, and what of it nobody needs."""

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from langmix import finished
from langmix.store.store import Store

_TRAINED = "langmix:"  # begins the origin of a fine-tuned encoder, before its model's name


@dataclass(frozen=True)
class Entry:
    """One finished folder of a store.

    Attributes:
        kind: name of the folder it lies in: `models`, `corpora`, `negatives` and so on.
        folder: where it is; of translations, their file.
        size: of its files, in bytes.
        made: when it was finished.
        metadata: what its writer said about it; of downloads, their number.
        runs: ids of the runs in the MLflow store that used it.
    """

    kind: str
    folder: Path
    size: int
    made: datetime
    metadata: Mapping[str, Any]
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Waste:
    """Something that can go.

    Attributes:
        path: file or folder.
        why: why it is not needed.
        size: in bytes.
    """

    path: Path
    why: str
    size: int


def entries(store: Store, users: Mapping[str, Sequence[str]]) -> list[Entry]:
    """Return the finished folders of a store, those of downloaded collections, and files of translations.

    Args:
        store: the store.
        users: ids of runs by what they are tagged to have used, see `langmix.tracking.read.users`.

    Raises:
        LangmixError: when a manifest is damaged.
    """
    finished_ones = [_entry(kind, folder, users) for kind, folder in folders(store)]
    found = [*finished_ones, *map(_download, _downloads(store)), *map(_translations, _translated(store))]
    return sorted(found, key=lambda entry: (entry.kind, entry.folder))


def folders(store: Store) -> Iterator[tuple[str, Path]]:
    """Yield the kind and place of every folder that has a manifest, whatever its kind."""
    for parent in _kinds(store):
        for done in sorted(parent.glob(f"[!.]*/{finished.DONE}")):
            yield parent.name, done.parent


def _kinds(store: Store) -> list[Path]:
    """Where finished folders may lie: everywhere but with the runs, which are MLflow's."""
    places = (path for path in store.root.glob("[!.]*") if path.is_dir())
    return sorted(path for path in places if path != store.artifact_root)


def _downloads(store: Store) -> list[Path]:
    """Folders of published files, without a manifest: each file is held to its published checksum when it is read."""
    return sorted(path for path in store.collections.glob("[!.]*") if path.is_dir())


def _translated(store: Store) -> list[Path]:
    """Files of translations, each of one translator in one direction."""
    return sorted(store.translations.glob("*.sqlite"))


def waste(store: Store, users: Mapping[str, Sequence[str]]) -> list[Waste]:
    """Return what no finished run and no living process needs: what killed ones left, embeddings, indexes, models.

    A model is needed by the finished runs of every experiment, and by those that are running.

    Args:
        store: the store.
        users: as for `entries`.

    Raises:
        LangmixError: when a manifest is damaged.
    """
    left = [path for parent in _kinds(store) for path, _ in finished.leftovers(parent)]
    left += [path for path in store.collections.glob("*/*.partial") if not finished.is_locked(path.with_name(".lock"))]
    found = [Waste(path, "left by a killed process", _size(path)) for path in left]
    found += [
        Waste(path, "checkpoints of a training that did not finish", _size(path))
        for path in sorted(store.models.glob("*.partial"))
        if not finished.is_being_written(path.with_suffix(""))
    ]
    for entry in entries(store, users):
        if finished.is_being_written(entry.folder):
            continue
        if entry.kind in {"embeddings", "indexes"}:
            found.append(Waste(entry.folder, f"{entry.kind} are made again when they are needed", entry.size))
        if entry.kind == "models" and not entry.runs:
            found.append(Waste(entry.folder, "no finished run refers to this model", entry.size))
    return found


def make_room(store: Store, limit: int, in_use: Collection[str]) -> None:
    """Remove trained models, those first that were not used for the longest time, until the rest is within a limit.

    Args:
        store: the store.
        limit: bytes that models may take.
        in_use: names of models that stay whatever the limit.
    """
    with FileLock(store.models / ".room.lock"):  # processes of a sweep do this side by side
        _make_room(store, limit, in_use)


def _make_room(store: Store, limit: int, in_use: Collection[str]) -> None:
    models = [(done.stat().st_mtime, done.parent) for done in store.models.glob(f"[!.]*/{finished.DONE}")]
    sizes = {folder: _size(folder) for _, folder in models}
    total = sum(sizes.values())
    for _, folder in sorted(models):
        if total <= limit:
            return
        if folder.name not in in_use and not finished.is_being_written(folder):
            remove(Waste(folder, "other models were used later", sizes[folder]))
            total -= sizes[folder]


def remove(unneeded: Waste) -> None:
    """Delete it, so that a process killed in between leaves nothing that counts as finished."""
    if unneeded.path.is_file():
        unneeded.path.unlink(missing_ok=True)
        return
    (unneeded.path / finished.DONE).unlink(missing_ok=True)
    shutil.rmtree(unneeded.path, ignore_errors=True)


def _entry(kind: str, folder: Path, users: Mapping[str, Sequence[str]]) -> Entry:
    metadata = finished.metadata(folder)
    made = datetime.fromtimestamp((folder / finished.DONE).stat().st_mtime, UTC)
    runs = tuple(dict.fromkeys(run for name in _names(kind, folder, metadata) for run in users.get(name, ())))
    return Entry(kind, folder, _size(folder), made, metadata, runs)


def _download(folder: Path) -> Entry:
    files = [path for path in folder.glob("[!.]*") if path.is_file() and path.suffix != ".partial"]
    made = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return Entry(folder.parent.name, folder, _size(folder), made, {"files": len(files)}, ())


def _translations(file: Path) -> Entry:
    size = sum(path.stat().st_size for path in file.parent.glob(f"{file.name}*"))  # with what is not written back yet
    made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return Entry(file.parent.name, file, size, made, {"direction": file.name.rpartition("-")[0]}, ())


def _names(kind: str, folder: Path, metadata: Mapping[str, Any]) -> list[str]:
    """What the tags of a run call what is in a folder."""
    if kind == "models":
        return [folder.name]
    if kind == "corpora":
        splits = json.loads((folder / "splits.json").read_text(encoding="utf-8"))
        return list(splits["fingerprints"].values())
    origin = str(metadata.get("identity", metadata).get("origin", ""))
    return [origin.removeprefix(_TRAINED).partition(" ")[0] if origin.startswith(_TRAINED) else origin]


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in (place, *place.rglob("*")) if path.is_file())
