"""One training run in several processes, on one machine or several."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch.distributed as dist
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.strategies import DDPStrategy

from langmix.training.checkpoints import CheckpointFolder
from langmix.training.settings import Settings

_LOOPBACK = "127.0.0.1"
# What Lightning and this module set.
_VARIABLES = ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK", "LOCAL_RANK", "WORLD_SIZE", "GLOO_SOCKET_IFNAME")


class OneMachine(DDPStrategy):
    """Processes of one machine that find each other where no other machine can reach them.

    The store through which they meet trusts whoever connects, and by itself listens on all interfaces.
    """

    def setup_distributed(self) -> None:
        """Meet on the loopback interface; where torchrun has a store for them already, at that one."""
        environment = self.cluster_environment
        if environment is not None and not dist.is_torchelastic_launched():
            self.set_world_ranks()
            port, first = environment.main_port, environment.global_rank() == 0
            listening = socket.create_server((_LOOPBACK, port)).detach() if first else None
            store = dist.TCPStore(_LOOPBACK, port, environment.world_size(), first, master_listen_fd=listening)  # type: ignore[attr-defined]
            device = self.root_device
            dist.init_process_group(
                self._get_process_group_backend(),
                store=store,
                rank=environment.global_rank(),
                world_size=environment.world_size(),
                device_id=None if device.type == "cpu" else device,
            )
        super().setup_distributed()


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
        "strategy": _strategy(settings),
        "plugins": plugins,
    }


def _strategy(settings: Settings) -> str | DDPStrategy:
    if settings.processes == 1:
        return "auto"
    # The only buffer is a table that never changes.
    return (OneMachine if settings.nodes == 1 else DDPStrategy)(forward_sync_buffers=False)


@contextmanager
def process_group(settings: Settings) -> Iterator[None]:
    """Leave no process group and no variables of one behind: the next run of a sweep starts processes of its own.

    Meanwhile the processes of one machine talk over its loopback interface, whatever address a batch system has set.
    """
    before = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
    if settings.nodes == 1 < settings.devices:
        os.environ["MASTER_ADDR"] = _LOOPBACK
        loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), None)
        if loopback:
            os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    try:
        yield
    finally:
        if settings.processes > 1:
            if dist.is_initialized():
                dist.destroy_process_group()
            for name in _VARIABLES:
                os.environ.pop(name, None)
            os.environ.update(before)
