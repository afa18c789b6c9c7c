"""Hard negatives through the command line."""

import json

from langmix.store import Store
from langmix.tracking.read import cells

from .conftest import TINY


def test_plan_tells_how_many_negatives_batches_carry(langmix, tmp_path):
    done = langmix("plan", *TINY, "sampler=x_x_mono", "negatives=bm25", "negatives.count=2", "--batches=3")
    assert done.returncode == 0, done.stderr
    assert "hard negatives in them: 48 (" in done.stdout
    assert len(list((tmp_path / "store" / "negatives").glob("*/DONE"))) == 1
    assert "hard negatives" not in langmix("plan", *TINY, "--batches=1").stdout


def test_a_model_trained_with_negatives_is_another_model(langmix, tmp_path):
    for choice in (["negatives=bm25"], ["negatives=bm25", "negatives.count=2"]):
        done = langmix(*TINY, *choice)
        assert done.returncode == 0, done.stderr
    assert "mined" not in done.stderr  # the second time
    models = (tmp_path / "store" / "models").glob("*/training.json")
    assert sorted(json.loads(path.read_text())["negatives"]["count"] for path in models) == [1, 2]
    found = cells(Store.open(tmp_path / "store"), "langmix")
    assert [cell.params["negatives.count"] for cell in found] == ["1", "2"]
    assert {cell.key.sampler for cell in found} == {"hybrid+bm25"}


def test_bad_input_is_told_in_a_line(refused):
    line = refused(*TINY, "negatives=given")
    assert line.startswith("negatives=given: corpus 'atlas' comes with no negatives; use negatives=bm25")
    assert refused(*TINY, "negatives=bm25", "negatives.depth=0") == "negatives.depth=0: must be a whole number from 1"
    assert refused("plan", *TINY, "negatives=bm25", "negatives.count=-1").startswith("negatives.count=-1: must be")
    assert refused(*TINY, "negatives=bm52").startswith("negatives=bm52: no such negatives; did you mean 'bm25'?")
