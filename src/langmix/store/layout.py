"""How a store is laid out, and how an older one is brought to today's layout."""

import os
import tempfile
from pathlib import Path

from filelock import FileLock

from langmix.errors import LangmixError

LAYOUT = 2
"""Raised when a store comes to be laid out so that earlier versions of langmix would misread it.

2: downloads lie in ``collections``, in layout 1 in ``benchmarks``; what a server missed is no longer kept apart.
"""


def writable_folder(folder: Path) -> None:
    """Make a folder where there is none.

    Raises:
        LangmixError: Nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Permission bits do not tell for a superuser or a read-only mount: writing does.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        raise LangmixError(f"store {folder}: cannot be written: a file is in its place") from error
    except OSError as error:
        raise LangmixError(f"store {folder}: cannot be written: {error.strerror}") from error


def check_layout(root: Path) -> None:
    """Mark a new store with today's layout, and bring an older one to it.

    Raises:
        LangmixError: A later version made it, or an earlier one left something that only it can send.
    """
    writable_folder(root)
    if _layout(root) == LAYOUT:
        return
    with FileLock(root / ".LAYOUT.lock"):
        found = _layout(root)
        if found is not None and found > LAYOUT:
            raise LangmixError(
                f"store {root}: made by a newer langmix (layout {found}, this version knows {LAYOUT}); upgrade langmix "
                "or choose another store.root"
            )
        if found == 1:
            _from_layout_1(root)
        unfinished = root / f".LAYOUT.{os.getpid()}.unfinished"
        unfinished.write_text(f"{LAYOUT}\n", encoding="utf-8")
        unfinished.replace(root / "LAYOUT")


def _layout(root: Path) -> int | None:
    """The layout of a store, None of one that is new."""
    file = root / "LAYOUT"
    try:
        found = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    if not found.isdecimal():
        raise LangmixError(f"{file}: holds {found!r}, not the number of a layout; is {root} a store of langmix?")
    return int(found)


def _from_layout_1(root: Path) -> None:
    """Each step leaves a store that the next start goes on with."""
    unsent = root / "unsent"
    if unsent.is_dir() and any(unsent.iterdir()):
        raise LangmixError(
            f"{unsent}: an earlier langmix kept results here that an MLflow server has not got; send them with that "
            "version ('langmix store sync'), or remove the folder"
        )
    downloads, today = root / "benchmarks", root / "collections"
    if not downloads.is_dir():
        return
    today.mkdir(exist_ok=True)
    for folder in downloads.iterdir():
        if not (today / folder.name).exists():
            folder.replace(today / folder.name)
    if not any(downloads.iterdir()):
        downloads.rmdir()
