"""``langmix compare`` on runs that were really tracked."""

import pandas as pd
import pytest

from langmix.tracking.read import artifact, cells
from langmix.tracking.store import Store

from .conftest import TINY


@pytest.fixture
def runs(langmix, tmp_path):
    """Ids of an untrained and a trained cell on the same data, and of one on other data."""
    assert langmix("-m", *TINY, "sampler=none,x_y").returncode == 0
    assert langmix(*TINY, "sampler=none", "dataset.languages=[en,fr]").returncode == 0
    return [cell.run_id for cell in cells(Store.open(tmp_path / "store"), "langmix")]


def test_runs_are_compared_and_wrong_ones_refused(langmix, refused, runs, tmp_path):
    untrained, trained, elsewhere = runs
    done = langmix("compare", untrained, trained, "--margin", "average_precision=0.01")
    assert done.returncode == 0, done.stderr
    assert "tiny·x_y" in done.stdout
    assert "with one seed of tiny·x_y nothing is said about training anew" in done.stdout
    table = pd.read_csv(tmp_path / "comparison" / "comparison.csv")
    assert set(table.verdict) <= {"better", "worse", "equivalent within margin", "undecided"}
    whole = table[
        (table.language == "all") & (table.setting == "multilingual") & (table.measure == "average_precision")
    ]
    tables = {cell.run_id: cell.metrics for cell in cells(Store.open(tmp_path / "store"), "langmix")}
    assert whole.baseline_mean.item() == pytest.approx(tables[untrained]["atlas/multilingual/map"])
    assert whole["mean"].item() == pytest.approx(tables[trained]["atlas/multilingual/map"])
    assert (tmp_path / "comparison" / "atlas_average_precision.png").stat().st_size > 10_000

    line = refused("compare", untrained, elsewhere)
    assert line.startswith(f"run {elsewhere} was evaluated on other data than run {untrained}: atlas ")
    assert "margin" in refused("compare", untrained, trained, "--margin", "average_precision=0")
    assert "seed 0 is given twice" in refused("compare", untrained, untrained)
    assert "0123" in refused("compare", untrained, "0123")
    assert "tiny·x_y: has one seed" in refused("compare", untrained, trained, "--seeds")

    path = artifact(Store.open(tmp_path / "store"), trained, "per_query.parquet")
    whole = pd.read_parquet(path)
    gone = whole.iloc[7]
    whole.drop(index=7).to_parquet(path)
    line = refused("compare", untrained, trained)
    assert "run 'tiny·x_y': no row for dataset 'atlas'" in line
    assert f"query '{gone.query_id}'" in line
    whole.assign(average_precision=whole.average_precision.where(whole.index != 7)).to_parquet(path)
    assert "run 'tiny·x_y': average_precision is NaN for dataset 'atlas'" in refused("compare", untrained, trained)
    path.write_bytes(b"PAR1")
    assert f"{path}: not a per-query table" in refused("compare", untrained, trained)
