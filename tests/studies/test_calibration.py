"""Halves of one arm's seeds: told apart no more often than promised, and by the figures a direct computation gives."""

from dataclasses import replace

import numpy as np
import pytest

from langmix.errors import LangmixError
from langmix.studies.calibration import COLUMNS, calibration
from langmix.studies.results import Results

from .test_answer import GRID, LANGUAGES, contrast, per_query, study


def drawn(seeds, drift):
    """Results of two arms whose seeds differ by ``drift`` (standard deviation) in all that they rank."""
    rng = np.random.default_rng(1)
    base = rng.uniform(0.3, 0.7, (60, 1)) + rng.normal(0, 0.05, (60, 4))
    flat = dict.fromkeys(LANGUAGES, 0.0)
    facts = {"code": "x", "trained_by": "x"}
    cells = {
        (arm, seed): (per_query(rng, base, flat, rng.normal(0, drift)), facts) for arm in "ab" for seed in range(seeds)
    }
    return Results.of(GRID.hash_on("sample"), "f" * 64, cells, GRID.measures)


@pytest.mark.parametrize("drift", [0.0, 0.01])
def test_nothing_is_found_where_nothing_is(drift):
    found = calibration(study(contrast("b", "a", "better")), {"sample": drawn(16, drift)}, splits=40, resamples=400)
    assert tuple(found.columns) == COLUMNS
    assert found[["arm", "seeds", "splits"]].to_numpy().tolist() == [["a", 16, 40], ["b", 16, 40]]
    assert (found["excluded"] <= 0.15).all()
    assert found["half"].between(1.5 * found["spread"], 4 * found["spread"]).all()
    # Sixteen seeds split in two: the difference of two means of eight, drawn without replacement.
    assert found["spread"].between(0.5 * drift * np.sqrt(2 / 8), 1.5 * np.hypot(drift, 0.005) * np.sqrt(2 / 8)).all()


def test_seeds_that_fall_apart_make_differences_and_intervals_wide():
    results = drawn(16, 0.0)
    values = {
        (arm, seed): of + np.float32(0.1 if seed < 8 and arm == "a" else 0.0)
        for (arm, seed), of in results.values.items()
    }
    found = calibration(study(contrast("b", "a", "better")), {"sample": replace(results, values=values)}, splits=20)
    assert found.loc[0, "spread"] > 5 * found.loc[1, "spread"]
    assert found.loc[0, "half"] > 5 * found.loc[1, "half"]


def test_too_few_seeds_to_split():
    with pytest.raises(LangmixError, match="a on sample has 3 seeds; to split them takes 4 or more"):
        calibration(study(contrast("b", "a", "better")), {"sample": drawn(3, 0.01)})


def test_cells_by_several_versions_of_the_code_are_refused():
    results = drawn(4, 0.01)
    cells = {**results.cells, ("a", 0): {"code": "y", "trained_by": "x"}}
    with pytest.raises(LangmixError, match="code differs between cells"):
        calibration(study(contrast("b", "a", "better")), {"sample": replace(results, cells=cells)})
