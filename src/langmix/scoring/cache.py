"""Embeddings kept on disk, so that the same model never encodes the same texts twice."""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from langmix.errors import LangmixError
from langmix.finished import DONE, build_once, is_finished, metadata, verify
from langmix.scoring.scores import Embeddings

_FILE = "embeddings.npy"
_DIGITS = 32  # of the hash that names a folder: 128 bits

PART = 65_536
"""Texts that are encoded at a time and kept: whoever is killed loses minutes."""

Make = Callable[[Sequence[str]], Embeddings]
"""Encodes some texts, equal ones alike: ``[texts, dim]``."""

_checked: set[Path] = set()

log = logging.getLogger(__name__)


class EmbeddingCache:
    """Embeddings by what decides them, in folders that are whole or not there.

    Args:
        folder: Where they are kept.
        limit: Bytes it may hold; those not used for the longest time go first. 0 keeps nothing.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit

    def get(self, identity: Mapping[str, Any], texts: Sequence[str], make: Make) -> Embeddings:
        """Embeddings ``[texts, dim]`` of ``texts`` in their order, made now unless they are kept.

        More than `PART` are made in parts, each kept as soon as it is done, and stay on disk: what is returned is read
        from there when it is looked at. Equal texts have equal embeddings, whatever parts they are in.

        Args:
            identity: Everything but the texts that the embeddings depend on; must have a JSON form.
            texts: What is encoded.
            make: Encodes them.

        Raises:
            LangmixError: What is kept is not what was written, or there is no space for it.
        """
        if not self._limit:
            return np.concatenate([make(texts[part]) for part in _parts(texts)])
        whole = self._folder / _digest(identity, texts)
        found = is_finished(whole)
        if not found:
            self._make(whole, identity, texts, make)
        try:
            _check(whole)
            embeddings: Embeddings = np.load(
                whole / _FILE, mmap_mode="r" if len(texts) > PART else None, allow_pickle=False
            )
            os.utime(whole / DONE)  # used just now
        except (FileNotFoundError, LangmixError):
            if is_finished(whole):
                raise
            return np.concatenate([make(texts[part]) for part in _parts(texts)])  # pruned by another process just now
        except ValueError as error:
            reason = " ".join(str(error).split())
            raise LangmixError(
                f"{whole / _FILE}: no embeddings ({reason}); remove the folder to make it anew"
            ) from error
        if found:
            log.info("%d embeddings: kept from before", len(texts))
        else:
            self._prune()  # perhaps of these: they are read, or mapped, by now
        return embeddings

    def _make(self, whole: Path, identity: Mapping[str, Any], texts: Sequence[str], make: Make) -> None:
        """Make the parts that are not kept, and join them."""
        parts = list(_parts(texts))
        folders = [self._folder / _digest(identity, texts[part]) for part in parts]
        for folder, part in zip(folders, parts, strict=True):
            about = {"identity": dict(identity), "texts": part.stop - part.start, "digest": folder.name}
            build_once(folder, partial(_save, make=make, texts=texts[part]), about)
            if len(parts) > 1:
                self._check_space(folder, part.stop, len(texts))
                log.info("%d of %d texts are encoded", part.stop, len(texts))
        if len(parts) > 1:
            about = {"identity": dict(identity), "texts": len(texts), "digest": whole.name}
            build_once(whole, lambda scratch: _join(folders, parts, texts, scratch / _FILE), about)
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)

    def _check_space(self, part: Path, made: int, texts: int) -> None:
        """Refuse what there is no space for, as soon as its size is known: parts and the whole are there together."""
        dim = np.load(part / _FILE, mmap_mode="r", allow_pickle=False).shape[1]
        size, free = 4 * dim * texts, shutil.disk_usage(self._folder).free
        if size > self._limit:
            raise LangmixError(
                f"{texts} embeddings take {_gib(size)} GiB, and store.embeddings_gib is {_gib(self._limit)}"
            )
        if (needed := 2 * size - 4 * dim * made) > free:
            raise LangmixError(
                f"{self._folder}: {texts} embeddings need {_gib(needed)} GiB more while they are joined, and "
                f"{_gib(free)} are free; what is encoded is kept"
            )

    def _prune(self) -> None:
        """Remove the folders used longest ago until the rest is within the limit."""
        used: list[tuple[float, int, Path]] = []
        for done in self._folder.glob(f"*/{DONE}"):
            try:
                used.append((done.stat().st_mtime, (done.parent / _FILE).stat().st_size, done.parent))
            except FileNotFoundError:  # removed by another process
                continue
        total = sum(size for _, size, _ in used)
        for _, size, folder in sorted(used):
            if total <= self._limit:
                return
            shutil.rmtree(folder, ignore_errors=True)
            total -= size


def _parts(texts: Sequence[str]) -> Iterator[slice]:
    """The texts in parts; one of none at all."""
    for start in range(0, max(1, len(texts)), PART):
        yield slice(start, min(start + PART, len(texts)))


def _save(folder: Path, make: Make, texts: Sequence[str]) -> None:
    np.save(folder / _FILE, make(texts))


def _join(folders: Sequence[Path], parts: Sequence[slice], texts: Sequence[str], file: Path) -> None:
    """Write the embeddings of all parts to one file."""
    joined = None
    for folder, part in zip(folders, parts, strict=True):
        _check(folder)
        embeddings = np.load(folder / _FILE, mmap_mode="r", allow_pickle=False)
        if joined is None:
            shape = len(texts), embeddings.shape[1]
            joined = np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=shape)
        joined[part] = embeddings
    if joined is not None:
        for row, first in _repeated(texts):
            joined[row] = joined[first]  # their parts may have given them other last bits
        joined.flush()


def _repeated(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Each text that has occurred before, and where first."""
    hashes = np.fromiter(map(hash, texts), np.int64, len(texts))
    values, counts = np.unique(hashes, return_counts=True)
    first: dict[str, int] = {}
    for row in np.flatnonzero(np.isin(hashes, values[counts > 1])).tolist():
        if (place := first.setdefault(texts[row], row)) != row:
            yield row, place


def _gib(size: int) -> str:
    return f"{size / 2**30:.3g}"


def _check(folder: Path) -> None:
    """Compare embeddings with their checksum, once in a process: seconds, against figures of other texts or models.

    Raises:
        LangmixError: They are not what was written, or written for another folder.
    """
    if folder in _checked:
        return
    verify(folder)
    digest = metadata(folder).get("digest", folder.name)
    if digest != folder.name:
        raise LangmixError(f"{folder}: holds the embeddings of {digest}; remove the folder to make it anew")
    _checked.add(folder)


def _digest(identity: Mapping[str, Any], texts: Sequence[str]) -> str:
    digest = hashlib.sha256(json.dumps(dict(identity), sort_keys=True).encode())
    for text in texts:
        encoded = text.encode()
        digest.update(b"%d:" % len(encoded))  # so that no two lists of texts run together to the same bytes
        digest.update(encoded)
    return digest.hexdigest()[:_DIGITS]
