import pytest

from langmix.cell_key import CellKey


@pytest.mark.parametrize(
    ("sampler", "alpha", "seed", "name"),
    [
        ("hybrid", 0.5, 0, "me5_small·hybrid α=.5·s0"),
        ("hybrid", 0.25, 2, "me5_small·hybrid α=.25·s2"),
        ("hybrid", 1.0, 0, "me5_small·hybrid α=1·s0"),
        ("hybrid", 0.0, 0, "me5_small·hybrid α=0·s0"),
        ("x_x_mono", None, 13, "me5_small·x_x_mono·s13"),
        ("none", None, 0, "me5_small·untrained"),
    ],
)
def test_name_is_readable_and_tags_lead_back(sampler, alpha, seed, name):
    key = CellKey("me5_small", sampler, "xquad_r", seed, alpha)
    assert key.name == name
    assert CellKey.from_tags(key.tags | {"mlflow.runName": name}) == key


def test_run_without_the_tags_is_no_cell():
    assert CellKey.from_tags({"backbone": "labse", "langmix.version": "0.1.0"}) is None
    assert CellKey.from_tags({"backbone": "b", "sampler": "s", "dataset": "d", "seed": "many"}) is None
