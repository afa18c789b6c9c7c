"""A sweep that is killed again and again ends as one that is left alone."""

import shutil

from killed_sweep import same_figures

from .small import small


def test_three_kills_change_nothing(tmp_path, empty_store):
    for home in ("alone", "killed-0"):
        shutil.copytree(empty_store, tmp_path / home / "store")
    ratio, details = same_figures(tmp_path, 3, 1, [*small(tmp_path), "sampler=none,x_y"])
    assert ratio == 1, details["other"]
    assert details["kills"] == 3
    assert details["figures"] >= 50
