"""One training run in several processes, on one machine or several."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch.distributed as dist
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.strategies import DDPStrategy

from langmix.training.checkpoints import CheckpointFolder
from langmix.training.settings import Settings


def layout(settings: Settings, checkpoints: CheckpointFolder | None) -> dict[str, Any]:
    """Arguments of Lightning's trainer that say where it runs."""
    plugins: list[Any] = [checkpoints] if checkpoints else []
    if settings.processes == 1:
        # A batch system may have started several runs side by side; Lightning would take them for parts of one.
        plugins.append(LightningEnvironment())
    return {
        "accelerator": settings.accelerator,
        "devices": settings.devices,
        "num_nodes": settings.nodes,
        # The only buffer is a table that never changes.
        "strategy": DDPStrategy(forward_sync_buffers=False) if settings.processes > 1 else "auto",
        "plugins": plugins,
    }


@contextmanager
def process_group(settings: Settings) -> Iterator[None]:
    """Leave no process group and no variables of one behind: the next run of a sweep starts processes of its own."""
    before = dict(os.environ)
    try:
        yield
    finally:
        if settings.processes > 1:
            if dist.is_initialized():
                dist.destroy_process_group()
            for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK", "LOCAL_RANK", "WORLD_SIZE"):
                os.environ.pop(name, None)
                if name in before:
                    os.environ[name] = before[name]
