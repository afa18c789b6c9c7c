"""Checkpoints of a training run: what an interrupted run goes on from, bit by bit as if nothing had happened."""

import hashlib
import logging
import os
import re
from importlib.metadata import version
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.plugins.io import CheckpointIO

from langmix.errors import LangmixError
from langmix.training.data import Batch

log = logging.getLogger(__name__)

_NAME = re.compile(r"step-(\d+)\.([0-9a-f]{64})\.ckpt")
_WRITTEN_BY = "langmix"
_FORMAT = 3  # to be raised when what a checkpoint holds changes its meaning


class CheckpointFolder(CheckpointIO):
    """A folder with the last checkpoint, written so that there is always a good one.

    A checkpoint is written beside its place, flushed to the disk and renamed; only then is the one before removed. Its
    name holds its step and the SHA-256 of its content. One process at a time may write.

    Args:
        folder: Made when the first checkpoint is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def latest(self) -> Path | None:
        """The last checkpoint, None where there is none; a damaged one is passed over with a warning.

        Raises:
            LangmixError: It was written by another version of the software.
        """
        for step, path in sorted(self._checkpoints(), reverse=True):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if f".{digest}." in path.name:
                self._check_version(path)
                return path
            log.warning("%s: damaged (its content is not what its name says): not resumed from step %d", path, step)
        return None

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """Write a checkpoint and remove those before it.

        Args:
            checkpoint: What to write; its `global_step` becomes part of the name.
            path: Ignored: the name is the folder's to choose.
            storage_options: Ignored.

        Raises:
            LangmixError: It cannot be written. The one before is still there.
        """
        step = int(checkpoint["global_step"])
        unfinished = self._folder / ".unfinished"
        before = self._checkpoints()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                sink = _Hashing(file)
                torch.save({**checkpoint, _WRITTEN_BY: _versions()}, sink)  # type: ignore[arg-type]
                if sink.error:
                    raise sink.error
                file.flush()
                os.fsync(file.fileno())
            written = unfinished.rename(self._folder / f"step-{step}.{sink.digest.hexdigest()}.ckpt")
            _sync_folder(self._folder)
            for _, old in before:
                if old != written:  # the same step again has the same name
                    old.unlink()
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            kept = f"; the checkpoint of step {max(before)[0]} is kept" if before else ""
            raise LangmixError(
                f"{self._folder}: the checkpoint of step {step} cannot be written: {error.strerror}{kept}; put that "
                "right and give the same command again, or set training.checkpoint_every=0"
            ) from error

    def load_checkpoint(
        self, path: str | Path, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read a checkpoint; nothing in it is executed.

        Raises:
            LangmixError: It is none.
        """
        try:
            return dict(torch.load(path, map_location="cpu", weights_only=True))
        except (OSError, ValueError, RuntimeError, UnpicklingError) as error:
            raise LangmixError(
                f"{path}: not a checkpoint that langmix wrote; remove {self._folder} to start again"
            ) from error

    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove a checkpoint."""
        Path(path).unlink(missing_ok=True)

    def _checkpoints(self) -> list[tuple[int, Path]]:
        if not self._folder.is_dir():
            return []
        found = ((_NAME.fullmatch(path.name), path) for path in self._folder.iterdir())
        return [(int(match[1]), path) for match, path in found if match]

    def _check_version(self, path: Path) -> None:
        written = self.load_checkpoint(path).get(_WRITTEN_BY)
        if written != _versions():
            found = ", ".join(f"{name} {number}" for name, number in (written or {"unknown": "software"}).items())
            ours = ", ".join(f"{name} {number}" for name, number in _versions().items())
            raise LangmixError(
                f"{path}: written by {found}, and this is {ours}: going on would not give the weights of an "
                f"uninterrupted run; go back to those versions, or remove {self._folder} to start again"
            )


class Checkpoints(pl.Callback):
    """Writes a checkpoint every ``every`` steps, after that step's validation if it has one.

    Args:
        every: Steps between checkpoints.
        validate_every: Steps between validations.
    """

    def __init__(self, every: int, validate_every: int) -> None:
        self._every, self._validate_every = every, validate_every

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
    ) -> None:
        """Write what is due now, unless the step has yet to be validated."""
        if trainer.global_step % self._validate_every:
            self._save(trainer)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write what is due now."""
        self._save(trainer)

    def _save(self, trainer: pl.Trainer) -> None:
        # After the last step there is nothing to go on with: the model is exported at once.
        if trainer.global_step % self._every == 0 and trainer.global_step < trainer.max_steps:
            trainer.save_checkpoint("")


class _Hashing:
    """A file that hashes what is written, and keeps an error to itself: torch's writer would hide its cause."""

    def __init__(self, file: Any) -> None:
        self.digest = hashlib.sha256()
        self.error: OSError | None = None
        self._file = file

    def write(self, data: bytes) -> int:
        if self.error is None:
            try:
                self._file.write(data)
                self.digest.update(data)
            except OSError as error:
                self.error = error
        return len(data)

    def flush(self) -> None:
        pass


def _versions() -> dict[str, str]:
    return {"checkpoint format": str(_FORMAT), "torch": str(torch.__version__), "lightning": version("lightning")}


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
