"""Two processes with half of a batch each have the loss and the gradient of one process with the whole batch."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from .share_of_gradient import GROUPS, VARIANTS, gradients


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shares")
    whole = gradients(folder / "store")
    command = [sys.executable, "-m", "tests.training.share_of_gradient", str(folder / "store")]
    processes = [
        subprocess.Popen(
            [*command, str(folder / f"{rank}.pt"), str(rank), "2", str(folder / "rendezvous")],
            cwd=Path(__file__).parents[2],
        )
        for rank in range(2)
    ]
    assert [process.wait(timeout=300) for process in processes] == [0, 0]
    return whole, [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.mark.parametrize("variant", VARIANTS)
def test_gradients_are_those_of_the_whole_batch(found, variant):
    assert len(GROUPS) % 2  # so the shares are unequal
    whole, shares = found
    for share in shares:
        assert share[variant].keys() == whole[variant].keys()
        for name, expected in whole[variant].items():
            assert torch.allclose(share[variant][name], expected, rtol=1e-3, atol=2e-5), name
    assert torch.equal(shares[0][variant]["loss"], shares[1][variant]["loss"])
