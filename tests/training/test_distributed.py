"""Two processes with half of a batch each have the loss and the gradient of one process with the whole batch."""

import os
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


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the kernel does not say who listens where")
def test_processes_of_one_machine_listen_on_its_loopback_interface_only(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.two_processes", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "MASTER_ADDR": "192.0.2.1"},  # of a batch system, and none that answers
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    addresses = done.stdout.split()
    assert addresses
    loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    assert set(addresses) <= loopback
