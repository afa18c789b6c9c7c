"""Cells in other processes: the same figures to the bit, each model trained once, failures told and survived."""

import importlib.util

import pytest

from langmix.store import Store
from langmix.tracking.read import cells

from .conftest import TINY

# Two cells share a model, and two have no English to train on.
SWEEP = [*TINY, "corpus.languages=[de,ar]", "sampler=x_y,en_en", "dataset.languages=[en],[el]"]
LAUNCHERS = {
    "joblib": ("hydra.launcher.n_jobs=2", "training.workers=1"),
    "submitit_local": ("hydra.launcher.timeout_min=5",),
    "ray": ("+hydra.launcher.ray.init.num_cpus=2", "+hydra.launcher.ray.init.include_dashboard=false"),
}


def outcomes(folder):
    """Status and figures of every cell."""
    return {
        (cell.key.sampler, cell.params["dataset.languages"]): (cell.status, cell.metrics)
        for cell in cells(Store.open(folder / "store"), "langmix")
    }


@pytest.fixture(scope="module")
def alone(langmix_in, tmp_path_factory):
    """The cells one after another in one process."""
    folder = tmp_path_factory.mktemp("alone")
    done = langmix_in(folder)("-m", *SWEEP)
    assert done.returncode == 2, done.stderr
    return outcomes(folder)


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_the_same_cells(alone, langmix, tmp_path, launcher):
    plugin = f"hydra_plugins.hydra_{launcher.removesuffix('_local')}_launcher"
    if importlib.util.find_spec(plugin) is None:
        pytest.skip(f"{plugin} is not installed (extra langmix[{launcher.removesuffix('_local')}])")
    done = langmix("-m", f"hydra/launcher={launcher}", *LAUNCHERS[launcher], *SWEEP, RAY_AUTH_MODE="disabled")
    assert done.returncode == 2, done.stderr
    found = outcomes(tmp_path)
    assert sorted(status for status, _ in found.values()) == ["FAILED"] * 2 + ["FINISHED"] * 2
    assert found.keys() == alone.keys()
    for cell, (status, metrics) in found.items():
        assert (status, _trained(metrics)) == (alone[cell][0], _trained(alone[cell][1])), cell
    assert "4 cells: 2 run, 2 failed" in done.stdout
    (folder,) = tmp_path.glob("multirun/*/*")  # whoever composes the configuration anew, it is the same folder
    assert {path.parent.name for path in folder.glob("*/config.yaml")} == {"0", "1", "2", "3"}
    assert len(list((tmp_path / "store" / "models").glob("*/DONE"))) == 1


def _trained(metrics):
    # Of the cells that share a model, the one that happened to train it has the losses.
    return {name: value for name, value in metrics.items() if name.startswith("atlas/")}
