"""What a corpus holds out is searched, before and after training on the rest of it."""

from .conftest import TINY


def test_cells_on_held_out_pairs(langmix):
    asked = ["dataset=pairs", "dataset.languages=[en,ar]", "dataset.limit=20"]
    ended = langmix("-m", *[each for each in TINY if not each.startswith("dataset")], *asked, "sampler=none,x_y")
    assert ended.returncode == 0, ended.stderr
    assert "2 cells: 2 run" in ended.stdout
    assert "pairs" in ended.stdout
