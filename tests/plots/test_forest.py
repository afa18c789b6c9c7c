import numpy as np
import pandas as pd
import pytest

from langmix.errors import LangmixError
from langmix.plots.forest import CHARACTERS, forest_plot


@pytest.fixture
def comparison():
    rng = np.random.default_rng(0)
    rows = []
    for setting in ("monolingual", "cross_lingual", "multilingual"):
        for language in ("all", "ar", "de"):
            for run in ("x_y", "hybrid"):
                difference = rng.normal(0, 0.01)
                rows.append([setting, language, run, difference, difference - 0.006, difference + 0.006, rng.random()])
    names = ["setting", "language", "run", "difference", "ci_low", "ci_high", "p_adjusted"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(
        dataset="xquad_r", measure="average_precision", baseline="x_x_mono", margin=0.005, direction="higher"
    )


def test_draws_a_png_that_depends_on_the_numbers_alone(comparison, tmp_path):
    paths = [tmp_path / name for name in ("one.png", "again.png", "other.png", "bare.png")]
    forest_plot(comparison, "xquad_r", "average_precision", paths[0])
    forest_plot(comparison, "xquad_r", "average_precision", paths[1])
    forest_plot(comparison.assign(difference=0.0), "xquad_r", "average_precision", paths[2])
    forest_plot(comparison.assign(margin=np.nan), "xquad_r", "average_precision", paths[3])
    contents = [path.read_bytes() for path in paths]
    assert contents[0].startswith(b"\x89PNG")
    assert contents[0] == contents[1]
    assert len(set(contents)) == 3


def test_words_of_the_axis(comparison, tmp_path, monkeypatch):
    """What the label says, read from the figure before it is painted."""
    found = []
    monkeypatch.setattr("matplotlib.axes.Axes.set_xlabel", lambda _, text, **__: found.append(text))
    for direction in ("higher", "lower", "neither"):
        chosen = comparison.assign(direction=direction, baseline="me5_small·" + "x_x_mono " * 20)
        forest_plot(chosen, "xquad_r", "average_precision", tmp_path / "x.png", {"average_precision": "mAP"})
    assert all(text.startswith("difference in mAP from me5_small·x_x_mono") for text in found)
    assert all(len(line) <= CHARACTERS for text in found for line in text.splitlines())
    for text, words in zip(found, ("further right", "further left", "neither side"), strict=True):
        assert f"({words} is better; hollow" in text


def test_nothing_to_draw(comparison, tmp_path):
    path = tmp_path / "x.png"
    with pytest.raises(LangmixError, match="no row for dataset 'xquad_r', measure 'recall_at_1'"):
        forest_plot(comparison, "xquad_r", "recall_at_1", path)
    assert not path.exists()
