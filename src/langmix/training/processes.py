"""Which of the processes of a training this one is."""

import os

# As Lightning looks for it: torchrun's, Lightning's own for the processes it starts, Slurm's.
_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID")


def rank(devices: int, nodes: int) -> int:
    """Number of this process among those of its training; 0, whatever the environment says, if it is the only one.

    The first process does all that is not training: it tracks, evaluates, writes and reports.

    Args:
        devices: Processes per node.
        nodes: Machines.
    """
    known = (os.environ[name] for name in _RANKS if name in os.environ)
    return int(next(known, 0)) if devices * nodes != 1 else 0
