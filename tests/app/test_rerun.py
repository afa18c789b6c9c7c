"""``langmix rerun`` on runs that were really tracked."""

from omegaconf import OmegaConf

from langmix.app.rerun import changed
from langmix.tracking.read import cells
from langmix.tracking.store import Store

from .small import small


def test_a_cell_again_as_it_was_and_with_changes(langmix, refused, tmp_path):
    overrides = small(tmp_path)
    assert langmix(*overrides, "sampler=x_y").returncode == 0
    store = Store.open(tmp_path / "store")
    (before,) = cells(store, "langmix")

    same = langmix("rerun", before.run_id)
    assert same.returncode == 0, same.stderr
    assert "figures are identical" in same.stdout
    assert "configuration" not in same.stdout
    assert "made of" not in same.stdout

    other = langmix("rerun", before.run_id, "sampler=hybrid", "sampler.alpha=0.3", "baseline=round_robin")
    assert other.returncode == 0, other.stderr
    lines = [line.split() for line in other.stdout.splitlines()]
    assert ["sampler.alpha", "–", "0.3"] in lines
    assert any(line[:2] == ["trained", "model"] for line in lines)
    assert "figures differ" in other.stdout
    assert "although" not in other.stdout
    _, again, changes = cells(store, "langmix")
    assert {**before.metrics, **again.metrics} == before.metrics  # without the losses, as nothing was trained
    assert {cell.tags["langmix.rerun_of"] for cell in (again, changes)} == {before.run_id}
    assert changes.key.alpha == 0.3

    assert refused("rerun", before.run_id, "sampler.alhpa=1") == (
        "unknown key 'sampler.alhpa'; did you mean 'sampler.alpha'?"
    )
    assert "0123" in refused("rerun", "0123")


def test_tracked_values_outlive_changes_of_the_configuration_files():
    tracked = {"a": 1, "group": {"kept": 1, "gone": 1, "store": "/then"}, "store": {"root": "/then"}}
    files = {"a": 2, "group": {"kept": 1, "new": 5, "store": "/now"}, "store": {"root": "/now"}}
    overridden = {**files, "group": {**files["group"], "kept": 7}}
    assert changed(tracked, OmegaConf.create(files), OmegaConf.create(overridden)) == {
        "a": 1,
        "group": {"kept": 7, "new": 5, "store": "/now"},
        "store": {"root": "/now"},
    }
