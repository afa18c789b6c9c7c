"""Further processes of a training run that is spread over several: they train along, and do nothing else."""

import logging

from langmix.configuration.opened import Configuration


def train_along(asked: Configuration) -> None:
    """Take part in the training of a cell, unless it needs none.

    Raises:
        LangmixError: Whatever the user can put right.
    """
    from langmix.app import parts
    from langmix.fingerprint import fingerprint
    from langmix.finished import is_finished
    from langmix.training.model import checkpoint_folder

    logging.getLogger("langmix").setLevel(logging.WARNING)
    asked.check()
    if not asked.trains:
        return
    training, backbone = parts.training(asked.to_train), asked.backbone.build()
    folder = asked.store.models / fingerprint(training.identity(backbone))
    if not is_finished(folder):
        training.fit(backbone, checkpoint_folder(folder), lambda *_: None)
