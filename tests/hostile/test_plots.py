"""Every plot draws hostile names without an error or a warning, and as text."""

import tempfile
import warnings
from pathlib import Path

import pandas as pd
from hypothesis import example, given, settings
from matplotlib.image import imread

from langmix.plots.forest import forest_plot
from langmix.plots.matrix import bias_matrix, pair_matrix
from langmix.plots.settings import Arm, settings_chart
from langmix.plots.style import drawing

from .strings import HOSTILE, is_unicode

FEW = settings(max_examples=10)

PAIRS = pd.DataFrame(
    [("monolingual", "en", "en", 0.9), ("cross_lingual", "en", "de", 0.5), ("multilingual", "en", "pool", 0.3)],
    columns=["setting", "query_language", "candidate_language", "map"],
)
BIAS = pd.DataFrame(
    [("en", "en", 0.9, 0.9), ("en", "de", 0.1, 0.5)],
    columns=["query_language", "candidate_language", "top_share", "single_answer_map"],
)
COMPARISON = pd.DataFrame({"setting": ["monolingual"], "language": ["all"], "difference": [0.1], "ci_low": [0.0]})
COMPARISON = COMPARISON.assign(
    ci_high=0.2, p_adjusted=0.01, direction="higher", measure="average_precision", margin=0.05
)


def drawn(draw, *arguments):
    """Draw into a file with all warnings as errors, and return the picture."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(*arguments, Path(folder) / "plot.png")
        return imread(Path(folder) / "plot.png")


@FEW
@example("a" * 70_000)
@given(HOSTILE)
def test_matrices(name):
    drawn(pair_matrix, PAIRS, name)
    drawn(bias_matrix, BIAS, name)


@FEW
@example("a" * 70_000)
@given(HOSTILE)
def test_settings(name):
    metrics = {f"{name}/monolingual/map": 0.5, f"{name}/multilingual/rank_distance": 9.0}
    drawn(settings_chart, [Arm(name, metrics), Arm("other", metrics)], name)


@FEW
@example("a" * 70_000)
@given(HOSTILE.filter(is_unicode))  # half a surrogate pair is in no table
def test_forest(name):
    drawn(forest_plot, COMPARISON.assign(run=name, baseline=name, dataset=name), name, "average_precision")


def test_a_dollar_sign_is_no_formula(tmp_path):
    with drawing(tmp_path / "plot.png", 3, 3) as figure:
        assert not figure.suptitle("$a$").get_parse_math()


def test_an_arm_whose_name_begins_with_an_underscore_is_in_the_legend():
    arm, nameless = (drawn(settings_chart, [Arm(name, {"d/monolingual/map": 0.5})], "d") for name in ("_arm", "_"))
    assert arm.shape != nameless.shape or (arm != nameless).any()
    rows = COMPARISON.assign(baseline="b", dataset="d")
    run, nameless = (drawn(forest_plot, rows.assign(run=name), "d", "average_precision") for name in ("_run", "_"))
    assert run.shape != nameless.shape or (run != nameless).any()
