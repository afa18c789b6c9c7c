"""Further processes of a training run that is spread over several: they train along, and do nothing else."""

import logging
import os
from pathlib import Path

from omegaconf import DictConfig

# As Lightning looks for it: torchrun's, Lightning's own for the processes it starts, Slurm's.
_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID")


def rank(cfg: DictConfig) -> int:
    """Number of this process among those of its training run; 0, whatever the environment says, if it is the only one.

    The first process does all that is not training: it tracks, evaluates, writes and reports.
    """
    shared = str(cfg.training.devices) != "1" or str(cfg.training.nodes) != "1"
    known = (os.environ[name] for name in _RANKS if name in os.environ)
    return int(next(known, 0)) if shared else 0


def train_along(cfg: DictConfig) -> None:
    """Take part in the training of a cell, unless it needs none.

    Raises:
        LangmixError: Whatever the user can put right.
    """
    from langmix.app.cell import quieten, trains
    from langmix.app.parts import build, check
    from langmix.app.training import checkpoint_folder, load_training
    from langmix.fingerprint import fingerprint
    from langmix.finished import is_finished
    from langmix.store import Store

    logging.getLogger("langmix").setLevel(logging.WARNING)
    check(cfg)
    if not trains(cfg):
        return
    quieten()
    training, backbone = load_training(cfg), build(cfg.backbone)
    store = Store(Path(cfg.store.root).expanduser().absolute())
    folder = store.models / fingerprint(training.identity(backbone))
    if not is_finished(folder):
        training.fit(backbone, checkpoint_folder(folder), lambda *_: None)
