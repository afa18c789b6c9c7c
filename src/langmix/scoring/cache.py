"""Embeddings kept on disk, so that the same model never encodes the same texts twice."""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from langmix.errors import LangmixError
from langmix.finished import DONE, build_once, is_finished, metadata, verify
from langmix.scoring.scores import Embeddings

_FILE = "embeddings.npy"
_DIGITS = 32  # of the hash that names a folder: 128 bits

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

    def get(self, identity: Mapping[str, Any], texts: Sequence[str], make: Callable[[], Embeddings]) -> Embeddings:
        """Embeddings ``[texts, dim]`` of ``texts`` in their order, made now unless they are kept.

        Args:
            identity: Everything but the texts that the embeddings depend on; must have a JSON form.
            texts: What is encoded.
            make: Encodes them.

        Raises:
            LangmixError: What is kept is not what was written.
        """
        if not self._limit:
            return make()
        target = self._folder / _digest(identity, texts)
        made: list[Embeddings] = []

        def write(folder: Path) -> None:
            made.append(make())
            np.save(folder / _FILE, made[0])

        found = is_finished(target)
        build_once(target, write, {"identity": dict(identity), "texts": len(texts), "digest": target.name})
        if made:
            self._prune()
            return made[0]
        try:
            _check(target)
            embeddings: Embeddings = np.load(target / _FILE, allow_pickle=False)
            os.utime(target / DONE)  # used just now
        except (FileNotFoundError, LangmixError):
            if is_finished(target):
                raise
            return make()  # pruned by another process since the last look
        except ValueError as error:
            reason = " ".join(str(error).split())
            raise LangmixError(
                f"{target / _FILE}: no embeddings ({reason}); remove the folder to make it anew"
            ) from error
        log.info("%d embeddings: %s", len(texts), "kept from before" if found else "made by another process")
        return embeddings

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
