"""Folders that are either finished and verifiable, or not there.

A finished folder holds a `DONE` manifest with the size and SHA-256 of every file, and a SHA-256 of the manifest's own
content. It is written in a temporary sibling and renamed in one step, so a process killed at any moment leaves nothing
that counts as finished.
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from langmix.errors import LangmixError

log = logging.getLogger(__name__)

DONE = "DONE"
_UNFINISHED = "unfinished"


def build_once(target: Path, writer: Callable[[Path], None], metadata: Mapping[str, Any]) -> Path:
    """Return `target`, letting `writer` fill it unless it is finished already.

    Of several processes that want the same folder, one writes and the others wait for it.

    Args:
        target: the folder to make.
        writer: fills the temporary folder it is given.
        metadata: kept in the manifest; must have a JSON form.
    """
    with _lock(target):
        if not is_finished(target):
            with write_folder(target, metadata) as folder:
                writer(folder)
    return target


@contextmanager
def write_folder(target: Path, metadata: Mapping[str, Any]) -> Iterator[Path]:
    """Give a temporary sibling of `target` to write in; it becomes `target` when the block ends without an error.

    What stood at `target` before is replaced. One writer at a time: a second waits for the first.

    Args:
        target: the folder to make.
        metadata: kept in the manifest; must have a JSON form.

    Raises:
        LangmixError: when the folder cannot be made.
    """
    with _lock(target):
        # Whoever wrote these was killed, for the lock is ours.
        for leftover in target.parent.glob(f".{target.name}.{_UNFINISHED}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.{_UNFINISHED}-", dir=target.parent))
        try:
            folder.chmod(0o755)  # mkdtemp makes folders private; a store may be shared
            yield folder
            _write_manifest(folder, metadata)
            _publish(folder, target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def is_finished(folder: Path) -> bool:
    """Whether `folder` has a manifest and every file in it has its size: a quick look, see `verify`."""
    try:
        files = _manifest(folder)["files"]
        return all((folder / name).stat().st_size == entry["size"] for name, entry in files.items())
    except (LangmixError, OSError):
        return False


def metadata(folder: Path) -> dict[str, Any]:
    """Return what the writer of a finished folder said about it.

    Raises:
        LangmixError: when the folder is not finished.
    """
    return dict(_manifest(folder)["metadata"])


def verify(folder: Path) -> None:
    """Compare every file with its checksum in the manifest.

    Raises:
        LangmixError: when the folder is not finished, or a file is missing, changed or not in the manifest.
    """
    files = _manifest(folder)["files"]
    present = _entries(folder)
    for name in sorted(files.keys() | present.keys()):
        if name not in present:
            raise LangmixError(f"{folder / name}: missing, though listed in {DONE}; remove the folder to make it anew")
        if name not in files:
            raise LangmixError(f"{folder / name}: not listed in {DONE}; remove the file")
        if files[name] != present[name]:
            raise LangmixError(f"{folder / name}: differs from its checksum; remove the folder to make it anew")


def leftovers(parent: Path) -> list[tuple[Path, Path]]:
    """What killed writers left in `parent`, each with the folder it was to become; nothing a living writer works on."""
    found = [
        (path, parent / path.name[1:].rpartition(f".{_UNFINISHED}-")[0]) for path in parent.glob(f".*.{_UNFINISHED}-*")
    ]
    return [(path, target) for path, target in sorted(found) if not is_being_written(target)]


def is_being_written(target: Path) -> bool:
    """Whether a process holds the right to write `target`; the right of a dead process has ended with it."""
    return is_locked(_lock_file(target))


def is_locked(file: Path) -> bool:
    """Whether a process holds the lock whose file this is."""
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / DONE
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LangmixError(f"{folder}: not finished: no readable {DONE} ({error.strerror})") from error
    except ValueError as error:
        raise LangmixError(f"{path}: not a manifest: {error}") from error
    if not isinstance(manifest, dict) or not {"files", "metadata", "sha256"} <= manifest.keys():
        raise LangmixError(f"{path}: not a manifest: it needs the keys files, metadata and sha256")
    if manifest["sha256"] != _digest(manifest["files"], manifest["metadata"]):
        raise LangmixError(f"{path}: differs from its own checksum; remove the folder to make it anew")
    return manifest


def _write_manifest(folder: Path, metadata: Mapping[str, Any]) -> None:
    files = _entries(folder)
    manifest = {"files": files, "metadata": dict(metadata), "sha256": _digest(files, metadata)}
    with (folder / DONE).open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())


def _digest(files: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    content = json.dumps([dict(files), dict(metadata)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _entries(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and checksum of every file below `folder` but the manifest itself."""
    entries = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != DONE:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            entries[name] = {"size": path.stat().st_size, "sha256": digest}
    return entries


def _publish(folder: Path, target: Path) -> None:
    """Rename `folder` to `target`; a folder that stood there goes first, as a rename needs the place free."""
    if target.is_dir():
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.{_UNFINISHED}-", dir=target.parent))
        target.rename(aside / target.name)
        folder.rename(target)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        folder.rename(target)


def _lock_file(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


@contextmanager
def _lock(target: Path) -> Iterator[None]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LangmixError(f"{target.parent}: cannot be written: {error.strerror}") from error
    # A singleton is re-entrant: `build_once` holds it while `write_folder` takes it again.
    lock = FileLock(_lock_file(target), is_singleton=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.info("waiting for another process that is writing %s", target)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
